"""Not one row is lost: conservation, independence of order, split and format, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from pipeline.casebook.tables import files
from pipeline.intake import ledger
from tests.intake.conftest import HEADER, Bank, as_csv, fresh_bank

ModestPropertyTest = settings(
    max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
EVENTS = st.lists(
    st.tuples(
        st.integers(1, 40).map(str),
        st.datetimes(datetime(2026, 6, 1), datetime(2026, 6, 4)).map(lambda at: at.isoformat(" ", "seconds")),  # noqa: DTZ001  # a wall clock, as banks write it
        st.sampled_from(["E1", "E2", "e 3", ""]),
        st.sampled_from(["900001199001010012", "'900001199001010012", "９00001199001010099", "P 123", ""]),
        st.sampled_from(["02", "贷款审批", "", 'a "b", c', "two\nlines", "post_loan"]),
    ),
    max_size=25,
)


@ModestPropertyTest
@given(rows=EVENTS, cut=st.integers(0, 25))
def test_every_row_read_is_accepted_duplicate_or_rejected_and_the_ledger_says_so(
    tmp_path: Path, rows: list[tuple[str, ...]], cut: int
) -> None:
    bank = fresh_bank(tmp_path)
    bank.write("access_log-1.csv", as_csv(rows[:cut]))
    bank.write("access_log-2.csv", as_csv(rows[cut:]) + "short\n")
    result = bank.take()
    assert [file.read for file in result.files] == [len(rows[:cut]), len(rows[cut:]) + 1]
    for file in result.files:
        assert file.read == file.accepted + file.duplicate + file.rejected
        assert file.rejected == sum(file.reasons.values())
    assert len(bank.rows("access_log")) == sum(file.accepted for file in result.files)
    with bank.engine.connect() as connection:
        written = connection.execute(
            select(files.c.read, files.c.accepted, files.c.duplicate, files.c.rejected)
        )
        assert [tuple(row) for row in written] == [
            (file.read, file.accepted, file.duplicate, file.rejected) for file in result.files
        ]


@ModestPropertyTest
@given(rows=EVENTS, data=st.data())
def test_the_lake_is_the_same_whatever_the_order_the_split_the_delimiter_and_the_format(
    tmp_path: Path, rows: list[tuple[str, ...]], data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(rows)))
    one, other = fresh_bank(tmp_path), fresh_bank(tmp_path)
    one.write("access_log.csv", as_csv(rows))
    other.write("access_log-a.csv", as_csv(mixed[cut:], delimiter=data.draw(st.sampled_from(",;|\t^\x1d"))))
    half = tmp_path / "half.csv"
    half.write_text(as_csv(mixed[:cut]), encoding="utf-8")
    duckdb.execute(
        f"COPY (FROM read_csv('{half}', all_varchar=true, header=true, delim=',', quote='\"', escape='\"')) "
        f"TO '{other.folder / 'access_log-b.parquet'}'"
    )
    one.take()
    other.take()
    assert one.rows("access_log") == other.rows("access_log")


@ModestPropertyTest
@given(rows=EVENTS)
def test_taking_the_same_rows_again_adds_nothing(tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    bank = fresh_bank(tmp_path)
    bank.write("access_log.csv", as_csv(rows))
    (first,) = bank.take().files
    before = bank.rows("access_log", "*")
    (again,) = bank.take().files
    assert (again.accepted, again.duplicate, again.rejected) == (
        0,
        first.read - first.rejected,
        first.rejected,
    )
    bank.write("access_log.csv", as_csv(reversed(rows)) + "\n")
    (turned,) = bank.take().files
    assert turned.accepted == 0
    assert bank.rows("access_log", "*") == before


def test_no_customer_number_is_left_in_any_file_of_the_home(bank: Bank) -> None:
    numbers = [f"90000119900101{number:04d}" for number in range(200)]
    rows = [(str(at), "2026-06-18 10:00:00", "E1", number, "02") for at, number in enumerate(numbers)]
    rows += [(number, number, "E1", "", number) for number in numbers[:20]]  # shifted cells
    bank.write("access_log.csv", as_csv(rows) + f"{numbers[0]},{numbers[1]}\n")
    bank.write("access_log-2.csv", (as_csv(rows[:5])[:-1] + f',"{numbers[2]}\n').encode("gb18030"))
    bank.write(
        "customers.csv", as_csv([(number, "12") for number in numbers], ("subject_id", "deposit_balance"))
    )
    bank.write("complaints.csv", f"{numbers[3]},{numbers[4]}\n{numbers[3]},{numbers[4]}\n")
    result = bank.take()
    assert sum(file.accepted for file in result.files) == 400
    decoded = str(result.as_json()) + str(bank.quarantine())
    for path in bank.home.root.rglob("*"):
        if path.suffix == ".parquet":
            decoded += str(duckdb.execute("FROM read_parquet($1)", [str(path)]).fetchall())
        elif path.is_file():
            decoded += path.read_bytes().decode("latin-1")
        assert "90000119900101" not in path.name
    assert "90000119900101" not in decoded


def test_files_are_private(bank: Bank) -> None:
    bank.write(
        "access_log.csv", as_csv([("1", "2026-06-18", "E1", "X1", "02"), ("2", "2026-06-19", "E1", "X1", "")])
    )
    bank.take()
    for path in bank.home.lake.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0


def test_a_crash_between_rename_and_ledger_leaves_nothing_visible(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank.write("access_log.csv", as_csv([("1", "2026-06-18", "E1", "X1", "02")]))

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as crashing:
        crashing.setattr(ledger, "publish", dies)
        with pytest.raises(KeyboardInterrupt):
            bank.take()
    assert len(list(bank.home.lake.rglob("*.parquet"))) == 1
    assert bank.rows("access_log") == []
    (file,) = bank.take().files
    assert file.accepted == 1
    assert len(list(bank.home.lake.rglob("*.parquet"))) == 1


def test_a_corrected_row_keeps_both_versions_and_the_newer_counts(bank: Bank) -> None:
    at = "2026-06-18 10:00:00"
    bank.write("access_log-1.csv", as_csv([("1", at, "E1", "X1", "02")]))
    bank.write("access_log-2.csv", as_csv([("1", at, "E1", "X1", "03"), ("1", at, "E1", "X1", "04")]))
    result = bank.take()
    assert [finding.count for finding in result.findings if finding.code == "corrected_rows"] == [2]
    assert len(bank.rows("access_log")) == 3


def test_a_dry_run_counts_and_publishes_nothing(bank: Bank) -> None:
    bank.write(
        "access_log.csv", as_csv([("1", "2026-06-18", "E1", "X1", "02"), ("2", "x", "E1", "X1", "02")])
    )
    (file,) = bank.take(dry_run=True).files
    assert (file.read, file.accepted, file.rejected) == (2, 1, 1)
    assert bank.rows("access_log") == []
    assert list(bank.home.lake.rglob("*.parquet")) == []


def test_a_night_belongs_to_the_bank_s_day_and_times_without_offset_to_its_zone(bank: Bank) -> None:
    rows = [
        ("1", "2026-06-18T16:30:00Z", "E1", "X1", "02"),
        ("2", "2026/6/19 0:30", "E1", "X1", "02"),
        ("3", "20260619003000", "E1", "X1", "02"),
    ]
    bank.write("access_log.csv", as_csv(rows, HEADER))
    bank.take()
    moment = datetime(2026, 6, 18, 16, 30, tzinfo=UTC).replace(tzinfo=None)
    told = bank.rows("access_log", "occurred_at, occurred_at_local, business_day, recorded_at")
    assert told == [(moment, moment + timedelta(hours=8), datetime(2026, 6, 19).date(), moment)] * 3  # noqa: DTZ001  # a day


def test_a_customer_s_balance_is_kept_as_a_band_only(bank: Bank) -> None:
    bank.write("customers.csv", "subject_id,deposit_balance,asset_band\nX1,9999.99,\nX2,600000,\nX3,5,gold\n")
    bank.take()
    assert sorted(row[0] for row in bank.rows("customers", "asset_band")) == [
        "500k_plus",
        "gold",
        "under_10k",
    ]
    assert "9999.99" not in str(bank.rows("customers"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_gives_the_same_rows(make_bank: Callable[[], Bank], encoding: str) -> None:
    rows = [(str(number), "2026-06-18", "柜员1", "证X1", "贷款审批") for number in range(3)]
    plain, coded = make_bank(), make_bank()
    plain.write("access_log.csv", as_csv(rows))
    coded.write("access_log.csv", as_csv(rows).encode(encoding))
    plain.take()
    (file,) = coded.take().files
    assert file.encoding == encoding
    assert plain.rows("access_log") == coded.rows("access_log")
