"""Unmasking: never by one alone, never after its time, and always an entry of the chain; on each database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, update

from pipeline.casebook.access import append
from pipeline.casebook.engine import writing
from pipeline.casebook.independence import FourEyes
from pipeline.casebook.reveal_copy import match
from pipeline.casebook.reveals import (
    CHALLENGE,
    REQUEST,
    Reveal,
    approve,
    permitted,
    read_reveal,
    read_reveals,
    request,
)
from pipeline.casebook.tables import access_records
from pipeline.errors import NotPermittedError, UsageError
from pipeline.intake.tokens import token
from tests.casebook.nights import NOW, alert, done, later

CASE, TOKENS = "C-2026-0001", ["a" * 64, "b" * 64]
EYES = FourEyes("high", officers={"wang.bo": "M1", "li.na": "E1"}, managers={"E1": "M1"})
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
def asked(engine: Engine) -> Reveal:
    """A request that waits."""
    with writing(engine) as connection:
        alert(connection, done(connection))
    return ask(engine)


def ask(engine: Engine, **more: Any) -> Reveal:
    values: dict[str, Any] = {
        "case_id": CASE,
        "reason": "The victims have to be told.",
        "tokens": TOKENS,
        "hours": 24,
        "actor": "chen.jing",
        "host": "desk-4",
        "at": NOW,
        "eyes": EYES,
    }
    with writing(engine) as connection:
        return request(connection, **{**values, **more})


def agree(engine: Engine, reveal_id: str, actor: str = "sun.li", **more: Any) -> Reveal:
    values: dict[str, Any] = {"actor": actor, "host": "desk-5", "at": later(hours=1), "eyes": EYES}
    with writing(engine) as connection:
        return approve(connection, reveal_id, **{**values, **more})


def may(engine: Engine, reveal_id: str, actor: str = "chen.jing", **delta: int) -> Reveal:
    with engine.connect() as connection:
        return permitted(connection, reveal_id, actor=actor, at=later(**(delta or {"hours": 2})))


def test_a_request_is_of_no_use_until_another_has_approved_it_nor_after_its_time(
    engine: Engine, asked: Reveal
) -> None:
    assert asked.standing(NOW) == "waits"
    with pytest.raises(NotPermittedError, match="not approved"):
        may(engine, asked.reveal_id)
    agreed = agree(engine, asked.reveal_id)
    assert (agreed.approved_by, agreed.approved_at) == ("sun.li", later(hours=1))
    assert may(engine, asked.reveal_id.lower()).tokens == tuple(TOKENS)
    with pytest.raises(NotPermittedError, match="could be used until"):
        may(engine, asked.reveal_id, hours=24)
    with pytest.raises(NotPermittedError, match=r"was asked for by chen\.jing"):
        may(engine, asked.reveal_id, "sun.li")


@pytest.mark.parametrize(
    ("actor", "words"),
    [
        ("chen.jing", "has asked for"),
        ("Chen.Jing ", "has asked for"),
        ("wang.bo", "leads E1"),
    ],
)
def test_nobody_who_is_not_independent_approves(
    engine: Engine, asked: Reveal, actor: str, words: str
) -> None:
    with pytest.raises(NotPermittedError, match=words):
        agree(engine, asked.reveal_id, actor)
    with engine.connect() as connection:
        assert read_reveal(connection, asked.reveal_id).approved_by == ""


@pytest.mark.parametrize("actor", ["E1", "li.na"])
def test_a_request_about_oneself_looks_as_if_there_were_none(
    engine: Engine, asked: Reveal, actor: str
) -> None:
    with pytest.raises(UsageError, match=f"no request {asked.reveal_id} that this account may see"):
        agree(engine, asked.reveal_id, actor)
    with engine.connect() as connection:
        assert read_reveal(connection, asked.reveal_id).approved_by == ""


def test_an_approval_comes_once_and_in_time(engine: Engine, asked: Reveal) -> None:
    with pytest.raises(NotPermittedError, match="could be used until"):
        agree(engine, asked.reveal_id, at=later(days=2))
    agree(engine, asked.reveal_id)
    with pytest.raises(UsageError, match=r"approved by sun\.li already"):
        agree(engine, asked.reveal_id, "zhao.min")


def test_a_signature_approves_where_all_share_one_account(engine: Engine, asked: Reveal) -> None:
    signed = {
        "actor": "chen.jing",
        "signed_by": "sun.li",
        "signature": SIGNER.sign((CHALLENGE + asked.challenge).encode()).hex(),
        "public_key": SIGNER.public_key().public_bytes_raw().hex(),
    }
    other = ask(engine)
    for wrong, words in (
        ({"signature": "00" * 64}, "not sun.li's"),
        ({"signature": "nonsense"}, "not sun.li's"),
        ({"signature": SIGNER.sign(asked.challenge.encode()).hex()}, "not sun.li's"),
        ({"public_key": ""}, "names no key"),
        ({"signed_by": "chen.jing"}, "has asked for"),
    ):
        with pytest.raises(NotPermittedError, match=words):
            agree(engine, asked.reveal_id, **{**signed, **wrong})
    with pytest.raises(NotPermittedError, match=r"not sun\.li's"):
        agree(engine, other.reveal_id, **signed)
    assert agree(engine, asked.reveal_id, **signed).approved_by == "sun.li"


def test_a_request_needs_a_reason_a_customer_a_case_and_somebody_else_than_the_person(
    engine: Engine, asked: Reveal
) -> None:
    for more in ({"reason": " "}, {"tokens": []}, {"case_id": "C-2026-0404"}):
        with pytest.raises(UsageError):
            ask(engine, **more)
    with pytest.raises(UsageError, match="no case"):
        ask(engine, actor="li.na")
    with engine.connect() as connection:
        assert [item.reveal_id for item in read_reveals(connection)] == [asked.reveal_id]
        with pytest.raises(UsageError, match="no request R-404"):
            read_reveal(connection, "R-404")


def test_a_try_that_was_refused_is_no_request_and_no_approval(engine: Engine, asked: Reveal) -> None:
    for act, target in (("reveal request", CASE), ("reveal approve", asked.reveal_id)):
        append(engine, at=NOW, actor="x", host="h", act=act, target_kind="case", target=target)
    with engine.connect() as connection:
        assert read_reveals(connection) == [asked]


@pytest.mark.parametrize(
    "change", [{"actor": "sun.li"}, {"detail": {"tokens": []}}, {"target": "C-2026-0002"}]
)
def test_a_request_that_was_changed_in_the_database_unmasks_nothing(
    engine: Engine, asked: Reveal, change: dict[str, Any]
) -> None:
    agree(engine, asked.reveal_id)
    with writing(engine) as connection:
        connection.execute(update(access_records).where(access_records.c.act == REQUEST).values(**change))
    with pytest.raises(NotPermittedError, match="not what was written"):
        may(engine, asked.reveal_id)


def test_candidates_are_matched_however_they_are_spelt_and_others_do_not_count(tmp_path: Path) -> None:
    key = b"k" * 32
    numbers = ["970104198104214453", "98170219960812044X", "981711198611025816"]
    tokens = [token(key, number) for number in numbers[1:]]
    typed = ["", " 98170219960812044x \n", "970104198104214453\n", "98170219960812044X"]
    found = match(typed, tokens, lambda number: token(key, number))
    assert found.numbers == {tokens[0]: "98170219960812044x"}
    assert (found.read, found.unmatched) == (3, 1)
