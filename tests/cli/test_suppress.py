"""A suppression that is mistyped is not taken: it would hide nothing, and be believed to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ExitCode
from pipeline.home import Home
from tests.cli.test_cases import employed, traces

UNTIL = ("--reason", "Night shift.", "--until", (datetime.now(UTC).date() + timedelta(days=30)).isoformat())


@pytest.mark.parametrize(
    ("scope", "words", "near"),
    [
        (("--employee", "E22", "--reason-code", "unlinked"), "There is no E22 in the register", "E2"),
        (("--employee", "E2", "--reason-code", "unlinkd"), "no unlinkd in the catalogue", "unlinked"),
        (("--employee", "E2", "--reason-code", "foo_bar"), "no foo_bar in the catalogue", ""),
        (("--branch", "B11", "--second-person", "chen.jing"), "no B11 in the branches", "B1"),
    ],
)
def test_a_mistyped_suppression_is_refused_with_the_nearest_names(
    booked: Callable[..., Any], home: Home, tmp_path: Path, scope: tuple[str, ...], words: str, near: str
) -> None:
    employed(home, tmp_path)
    answer = booked("suppress", "add", *scope, *UNTIL)
    assert answer.code == ExitCode.USAGE
    assert words in answer.err
    assert near in answer.err
    assert traces(home)[0][:2] == ("suppress add", scope[1])
    assert booked("suppress", "list", "--all", "--json").json["suppressions"] == []


def test_a_person_with_a_case_can_be_named_though_the_register_does_not_know_them(
    booked: Callable[..., Any], home: Home, tmp_path: Path
) -> None:
    employed(home, tmp_path)
    assert (
        booked("suppress", "add", "--employee", "E3", "--reason-code", "unlinked", *UNTIL).code == ExitCode.OK
    )


def test_names_are_kept_as_the_register_and_the_catalogue_write_them(
    booked: Callable[..., Any], home: Home, tmp_path: Path
) -> None:
    employed(home, tmp_path)
    agreed = (*UNTIL, "--second-person", "chen.jing", "--json")
    one = booked("suppress", "add", "--employee", " e2", "--reason-code", "UNLINKED ", *agreed).json
    assert (one["suppression"]["employee_id"], one["suppression"]["reason_code"]) == ("E2", "unlinked")
    wide = booked("suppress", "add", "--branch", "b1 ", *agreed).json
    assert wide["suppression"]["branch_id"] == "B1"
