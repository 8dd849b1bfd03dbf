"""What is decided is held against the access record: no row changes, goes or comes without being found."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, Table, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from pipeline.casebook import decisions
from pipeline.casebook.access import append
from pipeline.casebook.clocks import become_aware
from pipeline.casebook.digests import CASE_EVENT, FORMS, PURGE, digest_of, rows_query
from pipeline.casebook.engine import open_casebook, reading, writing
from pipeline.casebook.independence import FourEyes
from pipeline.casebook.record_check import RecordReport, verify_record
from pipeline.casebook.suppressions import add_suppression, remove_suppression
from pipeline.casebook.tables import access_records, case_events, case_nights, cases, suppressions
from pipeline.casebook.upgrade import HEAD
from pipeline.home import Home
from pipeline.settings import Settings
from tests.casebook.nights import DAY, NOW, alert, done, later, reason

CASE, OTHER = "C-2026-0001", "C-2026-0002"
EYES = FourEyes(managers={"E1": "M1"})
CHEN: dict[str, Any] = {"actor": "chen.jing", "at": later(hours=1), "eyes": EYES}


@pytest.fixture
def decided(engine: Engine) -> Engine:
    """A casebook in which every kind of line was written, by nights and by officers."""
    with writing(engine) as connection:
        alert(connection, done(connection))
        alert(connection, done(connection, DAY + timedelta(1)))
        alert(connection, done(connection, DAY + timedelta(2)), unexplained=30, severity="high")
        alert(connection, done(connection, DAY - timedelta(1)), "E2")
    with writing(engine) as connection:
        become_aware(connection, CASE, since=NOW, text="A complaint came in.", **CHEN)
        decisions.assign(connection, CASE, owner="chen.jing", due_on=date(2026, 6, 30), **CHEN)
        decisions.note(connection, CASE, text="Asked the branch.", **CHEN)
        decisions.attest(
            connection, CASE, attested_by="M1", answer="not_confirmed", text="Never heard of.", **CHEN
        )
    with writing(engine) as connection:
        closing = {"disposition": "confirmed_leak", "text": "He sold them.", "second_person": "wu.min"}
        decisions.close(connection, CASE, **closing, **CHEN)
    with writing(engine) as connection:
        alert(connection, done(connection, DAY + timedelta(3)), unexplained=30)
        news = [reason(family="copies", code="COPIES")]
        alert(connection, done(connection, DAY + timedelta(4)), unexplained=50, reasons=news)
        decisions.close(connection, CASE, **closing, **CHEN)
        decisions.reopen(connection, CASE, text="A second complaint.", **CHEN)
        decisions.close(connection, CASE, **closing, **CHEN)
    until = date(2026, 7, 1)
    with writing(engine) as connection:
        for person in ("E7", "E8"):
            scope = {"employee_id": person, "reason_code": "unlinked", "branch_id": "B1", "record": "HR-7"}
            made = add_suppression(
                connection, reason="Moves.", created_by="a", created_at=NOW, until=until, **scope
            )
        remove_suppression(connection, made.id, removed_by="b", at=later(hours=2))
    return engine


def check(engine: Engine) -> RecordReport:
    with reading(engine) as connection:
        return verify_record(connection)


def codes(engine: Engine) -> set[str]:
    report = check(engine)
    assert report.intact == (not report.faults and not report.chain.faults)
    return {fault.code for fault in (*report.faults, *report.chain.faults)}


def tamper(engine: Engine, *statements: Any) -> None:
    with writing(engine) as connection:
        for statement in statements:
            connection.execute(statement)


def kinds(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.scalars(select(case_events.c.kind)))


def test_all_that_nights_and_officers_write_is_attested(decided: Engine) -> None:
    assert kinds(decided) == {
        "opened", "continued", "new_evidence", "status", "assigned", "note", "attested", "closed", "reopened",
        "second_approval",
    }  # fmt: skip
    report = check(decided)
    assert report.intact, report
    assert (report.cases, report.suppressions, report.as_found) == (2, 2, 0)
    with decided.connect() as connection:
        entries = connection.scalars(
            select(access_records.c.detail).where(access_records.c.act == CASE_EVENT)
        )
        assert len({entry["event"] for entry in entries}) == report.events


CHANGED: dict[str, dict[str, Any]] = {
    "event": {
        "id": 900,
        "case_id": OTHER,
        "at": later(days=3),
        "actor": "wang.bo",
        "kind": "note",
        "detail": {"disposition": "explained_business"},
    },
    "case": {
        "case_id": "C-2026-0009",
        "employee_id": "E5",
        "opened_on": date(2025, 1, 1),
        "opened_run": "none",
        "last_night": date(2025, 1, 1),
        "severity": "low",
        "status": "in_review",
        "score": 0.1,
        "p_value": 0.9,
        "unexplained": 0,
        "owner": "wang.bo",
        "due_on": date(2027, 1, 1),
        "disposition": "explained_business",
        "disposition_text": "All explained.",
        "second_person": "sun.li",
        "aware_at": later(days=9),
    },
    "night": {
        "case_id": OTHER,
        "night": date(2025, 1, 1),
        "run_id": "none",
        "score": 0.1,
        "p_value": 0.9,
        "rank": 900,
        "unexplained": 0,
    },
    "suppression": {
        "id": 900,
        "employee_id": "E1",
        "reason_code": "volume",
        "branch_id": None,
        "reason": "None.",
        "record": None,
        "created_by": "c",
        "second_person": "sun.li",
        "created_at": later(days=1),
        "until": date(2036, 7, 1),
        "removed_at": later(days=1),
        "removed_by": "c",
    },
}
KEYS = {"event": "id", "case": "case_id", "night": "night", "suppression": "id"}


def test_every_column_of_what_is_attested_is_tampered_with_here() -> None:
    for kind, (table, names) in FORMS.items():
        assert set(CHANGED[kind]) == set(names) == {column.name for column in table.c}


@pytest.mark.parametrize("kind", list(FORMS))
def test_a_change_of_any_field_of_a_decision_is_found(decided: Engine, kind: str) -> None:
    table: Table = FORMS[kind][0]  # type: ignore[index]  # a kind's name
    found: dict[str, set[str]] = {}
    with writing(decided) as connection:
        last = connection.scalar(select(func.max(table.c[KEYS[kind]])))
        one = {"case": CASE, "night": DAY}.get(kind, last)
        for field, value in CHANGED[kind].items():
            if (kind, field) == ("case", "case_id"):
                continue  # the key that all of a case hangs on: below
            with connection.begin_nested() as tried:
                changed = update(table).where(table.c[KEYS[kind]] == one).values({field: value})
                assert connection.execute(changed).rowcount == 1
                found[field] = {fault.code for fault in verify_record(connection).faults}
                tried.rollback()
    changed_keys = {"id": {f"{kind}_added", f"{kind}_gone"}}
    assert found == {field: changed_keys.get(field, {f"{kind}_changed"}) for field in found}
    assert len(found) >= len(CHANGED[kind]) - 1
    assert codes(decided) == set()


def test_a_case_under_another_number_is_found(decided: Engine) -> None:
    with decided.connect() as connection:
        row = dict(connection.execute(select(cases).where(cases.c.case_id == OTHER)).mappings().one())
    moved = {"case_id": CHANGED["case"]["case_id"]}
    tamper(
        decided,
        update(cases).where(cases.c.case_id == OTHER).values(status="closed"),
        insert(cases).values({**row, **moved}),
        *(update(one).where(one.c.case_id == OTHER).values(moved) for one in (case_events, case_nights)),
        delete(cases).where(cases.c.case_id == OTHER),
    )
    assert codes(decided) == {"case_added", "case_gone", "event_changed", "night_added", "night_gone"}


@pytest.mark.parametrize("kind", list(FORMS))
def test_a_row_taken_away_and_a_row_put_in_are_found(decided: Engine, kind: str) -> None:
    table: Table = FORMS[kind][0]  # type: ignore[index]  # a kind's name
    key = table.c[KEYS[kind]]
    if kind == "case":
        tamper(
            decided,
            *(delete(one).where(one.c.case_id == CASE) for one in (case_events, case_nights, cases)),
        )
        assert codes(decided) == {"case_gone", "event_gone", "night_gone"}
        return
    with decided.connect() as connection:
        row = dict(connection.execute(select(table).order_by(key.desc()).limit(1)).mappings().one())
    tamper(decided, delete(table).where(*(column == row[column.name] for column in table.primary_key)))
    gone = {"night": "night_changed"}.get(kind, f"{kind}_gone")
    assert codes(decided) == {gone}
    tamper(decided, insert(table).values(row))
    assert codes(decided) == set()
    second = {**row, KEYS[kind]: DAY - timedelta(20) if kind == "night" else 901}
    tamper(decided, insert(table).values(second))
    assert codes(decided) == {"night_changed" if kind == "night" else f"{kind}_added"}


def test_a_case_put_in_is_found(decided: Engine) -> None:
    with decided.connect() as connection:
        row = dict(connection.execute(select(cases).where(cases.c.case_id == CASE)).mappings().one())
    tamper(decided, insert(cases).values({**row, "case_id": "C-2026-0700", "employee_id": "E9"}))
    assert codes(decided) == {"case_added"}


def test_a_digest_taken_out_of_its_entry_saves_nobody(decided: Engine) -> None:
    with decided.connect() as connection:
        entry = connection.execute(
            select(access_records).where(access_records.c.act == CASE_EVENT).order_by(access_records.c.seq)
        ).first()
    assert entry is not None
    number = entry.detail["event"]
    tamper(
        decided,
        update(case_events).where(case_events.c.id == number).values(actor="nobody"),
        update(access_records).where(access_records.c.seq == entry.seq).values(detail={"kind": "opened"}),
    )
    assert codes(decided) == {"changed", "event_added"}


def test_what_was_changed_cannot_be_attested_anew(decided: Engine) -> None:
    with decided.connect() as connection:
        number = connection.scalar(select(func.max(case_events.c.id)))
    tamper(decided, update(case_events).where(case_events.c.id == number).values(actor="nobody"))
    with decided.connect() as connection:
        found = connection.execute(rows_query("event").where(case_events.c.id == number))
        rows = [dict(row) for row in found.mappings()]
        old = connection.scalar(
            select(access_records.c.detail)
            .where(access_records.c.act == CASE_EVENT)
            .order_by(access_records.c.seq.desc())
        )
    anew = {**(old or {}), "event": number, "event_sha256": digest_of("event", rows)}
    append(decided, at=NOW, actor="x", host="h", act=CASE_EVENT, target_kind="case", target=CASE, detail=anew)
    assert {"attested_twice", "event_changed"} <= codes(decided)


def test_an_entry_that_should_hold_digests_and_does_not_is_told(decided: Engine) -> None:
    append(decided, at=NOW, actor="x", host="h", act=CASE_EVENT, target_kind="case", target=CASE)
    assert codes(decided) == {"no_digest"}


def older(engine: Engine) -> None:
    """Make of a casebook what a version without digests would have left."""
    tamper(
        engine,
        delete(access_records),
        text("UPDATE alembic_version SET version_num = '0004'"),
    )


def test_an_older_casebook_is_taken_as_found_and_watched_from_then_on(
    decided: Engine, backend: tuple[Home, Settings]
) -> None:
    events = check(decided).events
    older(decided)
    open_casebook(*backend).dispose()
    report = check(decided)
    assert report.intact, report
    assert (report.as_found, report.events, report.chain.entries) == (events, events, 1)
    assert report.found_at is not None
    with writing(decided) as connection:
        decisions.note(connection, CASE, text="Written by this version.", **CHEN)
    after = check(decided)
    assert (after.intact, after.as_found, after.events) == (True, events, events + 1)
    tamper(decided, update(case_events).where(case_events.c.id == 1).values(actor="nobody"))
    tamper(decided, update(cases).where(cases.c.case_id == CASE).values(disposition="duplicate"))
    tamper(decided, update(suppressions).values(until=date(2036, 1, 1)))
    tamper(decided, update(case_nights).where(case_nights.c.case_id == OTHER).values(rank=77))
    assert codes(decided) == {"event_changed", "case_changed", "suppression_changed", "night_changed"}


def test_a_casebook_made_to_look_older_is_not_taken_as_found_again(
    decided: Engine, backend: tuple[Home, Settings]
) -> None:
    tamper(
        decided,
        update(cases).where(cases.c.case_id == CASE).values(disposition="explained_business"),
        text("UPDATE alembic_version SET version_num = '0004'"),
    )
    open_casebook(*backend).dispose()
    assert codes(decided) == {"found_again", "case_changed"}


def test_a_new_casebook_begins_without_an_entry(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == HEAD
    assert check(engine).chain.entries == 0


def test_a_case_whose_time_is_over_may_go_and_its_numbers_come_again(decided: Engine) -> None:
    names = (case_events, case_nights, cases)
    tamper(decided, *(delete(one).where(one.c.case_id.in_([CASE, OTHER])) for one in names))
    assert codes(decided) == {"case_gone", "event_gone", "night_gone"}
    detail = {"cases": {"count": 2, "case_ids": [CASE, OTHER]}}
    append(decided, at=NOW, actor="x", host="h", act=PURGE, target_kind="casebook", target="r", detail=detail)
    assert codes(decided) == set()
    with writing(decided) as connection:
        assert alert(connection, done(connection, DAY + timedelta(30))).case_id == CASE
    assert codes(decided) == set()


@pytest.mark.parametrize(
    "broken",
    [
        "case_events SET detail = 'no JSON' WHERE id = 3",
        "case_events SET detail = '{\"a\"\\:NaN}' WHERE id = 3",
        "case_events SET detail = replace(hex(zeroblob(100000)), '0', '[') WHERE id = 3",
        "case_events SET at = 'no time' WHERE id = 3",
        "case_events SET actor = x'FF00' WHERE id = 3",
        "case_events SET actor = CAST(x'FF' AS TEXT) WHERE id = 3",
        "cases SET due_on = 'no day' WHERE case_id = 'C-2026-0001'",
        "cases SET score = 'much' WHERE case_id = 'C-2026-0001'",
        "case_nights SET p_value = x'FF' WHERE case_id = 'C-2026-0001'",
        "suppressions SET until = 'never' WHERE id = 1",
    ],
)
def test_a_row_made_unreadable_is_found_at_its_place(decided: Engine, broken: str) -> None:
    kind = {"case_events": "event", "cases": "case", "case_nights": "night", "suppressions": "suppression"}
    try:
        tamper(decided, text(f"UPDATE {broken}"))
    except DBAPIError:
        assert decided.dialect.name == "postgresql"
        return
    (fault,) = check(decided).faults
    assert fault.code == f"{kind[broken.split()[0]]}_changed"


def test_who_verifies_sees_one_moment_whatever_is_written_meanwhile(decided: Engine) -> None:
    count = select(func.count()).select_from(case_events)
    with reading(decided) as connection:
        before = connection.scalar(count)
        with writing(decided) as other:
            decisions.note(other, CASE, text="Meanwhile.", **CHEN)
        assert connection.scalar(count) == before
        assert verify_record(connection).intact
    assert check(decided).events == (before or 0) + 1
