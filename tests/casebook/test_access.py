from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from pipeline.casebook.access import GENESIS, access_log_of, append, append_within, hash_of
from pipeline.casebook.chain import Anchor, ChainReport, read_anchors, verify_chain, write_anchor
from pipeline.casebook.engine import open_casebook, writing
from pipeline.casebook.tables import access_records
from pipeline.errors import UsageError
from pipeline.home import Home
from pipeline.settings import Settings
from tests.casebook.nights import NOW, later

TOKEN = "4f" * 32


def fill(engine: Engine, entries: int = 5) -> None:
    for number in range(entries):
        append(
            engine,
            at=later(minutes=number),
            actor="chen.jing",
            host="audit-01",
            act="investigate",
            target_kind="employee",
            target=f"E{number}",
            case_no="C-2026-0001" if number % 2 else None,
            detail={
                "why": "投诉 2026-117",
                "rows": number,
                "share": 0.1 + 0.2,
                "filters": {"b": 1, "a": [None]},
            },
        )


def check(engine: Engine, *anchors: Anchor) -> ChainReport:
    with engine.connect() as connection:
        return verify_chain(connection, anchors)


def head(engine: Engine) -> Anchor:
    found = check(engine).head
    assert found is not None
    return found


def refused(engine: Engine, statement: str) -> bool:
    """Tamper, and say whether the database itself would not have it: PostgreSQL keeps no text that is none, SQLite keeps anything."""
    try:
        tamper(engine, text(statement))
    except DBAPIError:
        assert engine.dialect.name == "postgresql"
        return True
    return False


def tamper(engine: Engine, statement: Any) -> None:
    with writing(engine) as connection:
        connection.execute(statement)


def test_an_untouched_chain_is_intact(engine: Engine) -> None:
    assert check(engine).intact
    assert check(engine).head is None
    fill(engine)
    report = check(engine)
    assert report.intact
    assert report.entries == 5
    assert head(engine).seq == 5
    assert check(engine, head(engine)).intact


def test_entries_are_numbered_without_a_gap_and_linked(engine: Engine) -> None:
    fill(engine, 3)
    with engine.connect() as connection:
        newest_first = access_log_of(connection)
        of_one = access_log_of(connection, target="E1")
        of_case = access_log_of(connection, case_no="C-2026-0001")
    third, second, first = newest_first
    assert (first.seq, second.seq, third.seq) == (1, 2, 3)
    assert first.previous_hash == GENESIS
    assert second.previous_hash == first.hash
    assert third.previous_hash == second.hash
    assert [item.seq for item in of_one] == [item.seq for item in of_case] == [2]


CHANGED: dict[str, Any] = {
    "at": NOW + timedelta(minutes=2, microseconds=1),
    "actor": "wang.bo",
    "host": "audit-02",
    "case_no": "C-2026-0002",
    "act": "who-queried",
    "target_kind": "customer",
    "target": "E7",
    "detail": {"why": "投诉 2026-118"},
    "previous_hash": "0" * 64,
    "hash": "f" * 64,
}


@pytest.mark.parametrize("field", sorted(CHANGED))
@pytest.mark.parametrize("seq", [1, 3, 5])
def test_a_change_of_any_field_is_found(engine: Engine, field: str, seq: int) -> None:
    fill(engine)
    value = "1" * 64 if field == "previous_hash" and seq == 1 else CHANGED[field]
    tamper(engine, update(access_records).where(access_records.c.seq == seq).values({field: value}))
    report = check(engine)
    assert not report.intact
    assert seq in {fault.seq for fault in report.faults}


@pytest.mark.parametrize(
    "broken",
    [
        "detail = 'no JSON'",
        "detail = '{\"a\"\\:NaN}'",
        """detail = '"\\ud800"'""",
        "detail = x'FF'",
        "detail = replace(hex(zeroblob(100000)), '0', '[')",
        "at = 'no time'",
        "at = 5",
        "at = x'00'",
        "actor = x'FF00'",
        "actor = CAST(x'FF' AS TEXT)",
    ],
)
def test_a_field_made_unreadable_is_found_like_any_other_change(engine: Engine, broken: str) -> None:
    fill(engine)
    if refused(engine, f"UPDATE access_records SET {broken} WHERE seq = 3"):
        return
    assert [(fault.seq, fault.code) for fault in check(engine).faults] == [(3, "changed")]


@pytest.mark.parametrize("field", ["hash", "previous_hash"])
@pytest.mark.parametrize("value", ["x'FF00'", "CAST(x'FF' AS TEXT)"])
@pytest.mark.parametrize("seq", [3, 5])
def test_a_hash_made_unreadable_is_found_at_its_entry(
    engine: Engine, field: str, value: str, seq: int
) -> None:
    fill(engine)
    if refused(engine, f"UPDATE access_records SET {field} = {value} WHERE seq = {seq}"):
        return
    assert (seq, "changed") in {(fault.seq, fault.code) for fault in check(engine).faults}


def test_an_anchor_that_cannot_be_written_is_told_in_words(engine: Engine, tmp_path: Path) -> None:
    fill(engine)
    with pytest.raises(UsageError, match=r"cannot be written to .*No such file"):
        write_anchor(tmp_path / "nowhere" / "a.jsonl", head(engine))


def test_every_field_of_the_record_is_tampered_with_above() -> None:
    assert {column.name for column in access_records.c} == {*CHANGED, "seq"}


def test_a_number_that_was_changed_is_found(engine: Engine) -> None:
    fill(engine)
    tamper(engine, update(access_records).where(access_records.c.seq == 5).values(seq=9))
    assert {fault.code for fault in check(engine).faults} == {"gap", "changed"}


@pytest.mark.parametrize("seq", [1, 3, 4])
def test_an_entry_taken_out_is_found(engine: Engine, seq: int) -> None:
    fill(engine)
    tamper(engine, delete(access_records).where(access_records.c.seq == seq))
    assert {fault.code for fault in check(engine).faults} == {"gap", "broken_link"}


def test_an_entry_taken_out_with_the_numbers_closed_up_is_found(engine: Engine) -> None:
    fill(engine)
    tamper(engine, delete(access_records).where(access_records.c.seq == 3))
    for seq in (4, 5):
        tamper(engine, update(access_records).where(access_records.c.seq == seq).values(seq=seq - 1))
    assert not check(engine).intact


def test_two_entries_exchanged_are_found(engine: Engine) -> None:
    fill(engine)
    for before, after in ((2, 99), (4, 2), (99, 4)):
        tamper(engine, update(access_records).where(access_records.c.seq == before).values(seq=after))
    assert {fault.seq for fault in check(engine).faults} >= {2, 4}


def test_a_cut_off_tail_is_found_with_an_anchor_and_only_then(engine: Engine) -> None:
    fill(engine)
    anchor = head(engine)
    tamper(engine, delete(access_records).where(access_records.c.seq >= 4))
    assert check(engine).intact
    report = check(engine, anchor)
    assert [(fault.seq, fault.code) for fault in report.faults] == [(5, "cut_off")]


def test_a_chain_emptied_to_the_last_entry_is_found_with_an_anchor(engine: Engine) -> None:
    fill(engine)
    anchor = head(engine)
    tamper(engine, delete(access_records))
    assert [fault.code for fault in check(engine, anchor).faults] == ["cut_off"]


def test_a_chain_written_anew_from_a_changed_entry_is_found_with_an_anchor(engine: Engine) -> None:
    fill(engine)
    anchor = head(engine)
    with writing(engine) as connection:
        rows = [dict(row) for row in connection.execute(select(access_records)).mappings()]
        connection.execute(delete(access_records))
        previous = GENESIS
        for row in sorted(rows, key=lambda row: row["seq"]):
            if row["seq"] == 2:
                row["actor"] = "somebody.else"
            row["previous_hash"] = previous
            row["hash"] = previous = hash_of(row)
            connection.execute(insert(access_records).values(row))
    assert check(engine).intact
    assert [fault.code for fault in check(engine, anchor).faults] == ["rewritten"]


def test_a_chain_that_grew_still_holds_against_an_old_anchor(engine: Engine) -> None:
    fill(engine, 2)
    anchor = head(engine)
    fill(engine, 2)
    report = check(engine, anchor)
    assert report.intact
    assert (report.entries, report.anchors) == (4, 1)


def test_writers_at_the_same_time_make_one_chain(backend: tuple[Home, Settings]) -> None:
    def write(_number: int) -> None:
        engine = open_casebook(*backend)
        fill(engine, 5)
        engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    engine = open_casebook(*backend)
    report = check(engine)
    engine.dispose()
    assert report.intact
    assert report.entries == 20


def test_an_entry_stays_although_the_act_fails_afterwards(engine: Engine) -> None:
    def look() -> None:
        append(engine, at=NOW, actor="a", host="h", act="investigate", target_kind="employee", target="E1")
        raise RuntimeError("the terminal went away")

    with pytest.raises(RuntimeError, match="terminal"):
        look()
    assert check(engine).entries == 1


def test_an_entry_within_a_decision_falls_with_it(engine: Engine) -> None:
    def decide() -> None:
        with writing(engine) as connection:
            append_within(
                connection, at=NOW, actor="a", host="h", act="close", target_kind="case", target="C-2026-0001"
            )
            raise RuntimeError("refused")

    with pytest.raises(RuntimeError, match="refused"):
        decide()
    assert check(engine).entries == 0


def test_the_hash_is_made_as_the_page_on_the_access_record_says() -> None:
    fields = {
        "seq": 1,
        "at": datetime(2026, 6, 18, 18, 30, tzinfo=UTC),
        "actor": "陈静",
        "host": "audit-01",
        "case_no": None,
        "act": "investigate",
        "target_kind": "employee",
        "target": "E1",
        "detail": {},
        "previous_hash": GENESIS,
    }
    written = (
        '["tellerwatch access record 1",{"act":"investigate","actor":"陈静",'
        '"at":"2026-06-18T18:30:00.000000+00:00","case_no":null,"detail":{},"host":"audit-01",'
        '"previous_hash":"' + "0" * 64 + '","seq":1,"target":"E1","target_kind":"employee"}]'
    )
    assert hash_of(fields) == hashlib.sha256(written.encode()).hexdigest()


def test_a_moment_of_another_zone_hashes_as_the_same_moment(engine: Engine) -> None:
    shanghai = datetime(2026, 6, 18, 9, 30, tzinfo=timezone(timedelta(hours=8)))
    record = append(
        engine, at=shanghai, actor="a", host="h", act="investigate", target_kind="employee", target="E1"
    )
    assert record.at == shanghai
    assert record.at.tzinfo is UTC
    assert check(engine).intact


def test_no_customers_number_and_nothing_unstorable_gets_in_yet_tokens_do(engine: Engine) -> None:
    number = "990101199001011234"
    digits = "123456789012345" + "ab" + "9" * 15
    record = append(
        engine,
        at=NOW,
        actor="a\x00b",
        host="h",
        act="who-queried",
        target_kind="customer",
        target=TOKEN,
        case_no=f"tel {number}",
        detail={"why": f"caller gave {number}\x00", number: [number, {"deep": number}], "hash": digits},
    )
    with engine.connect() as connection:
        stored = json.dumps(str(connection.execute(text("SELECT * FROM access_records")).all()))
    assert number not in stored
    assert record.target == TOKEN
    assert record.actor == "ab"
    assert record.detail["hash"] == digits
    assert check(engine).intact


@pytest.mark.parametrize("bad", [{"x": float("nan")}, {"x": object()}])
def test_a_detail_that_is_no_json_is_refused_unwritten(engine: Engine, bad: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        append(engine, at=NOW, actor="a", host="h", act="x", target_kind="case", target="C", detail=bad)
    assert check(engine).entries == 0


def test_an_anchor_file_is_added_to_and_read_back(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "anchors.jsonl"
    fill(engine, 2)
    first = head(engine)
    write_anchor(path, first)
    fill(engine, 1)
    write_anchor(path, head(engine))
    assert read_anchors(path) == [first, head(engine)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert check(engine, *read_anchors(path)).anchors == 2


def _bad_line(line: str) -> Callable[[Path], None]:
    return lambda path: path.write_text(line) and None


@pytest.mark.parametrize(
    "make",
    [
        lambda path: None,
        _bad_line("not json"),
        _bad_line('{"seq": 1}'),
        _bad_line('{"seq": 1, "hash": "a", "at": "2026-06-18T01:00:00"}'),
        _bad_line('["seq"]'),
    ],
)
def test_an_anchor_file_that_cannot_be_read_is_a_usage_error(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "anchor")
    with pytest.raises(UsageError, match="anchor"):
        read_anchors(tmp_path / "anchor")
