"""Whatever the format, the packing and the encoding: every row is accounted for, and nothing accepted is lost."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.intake.conftest import HEADER, as_csv, fresh_bank

FEW = settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
CELLS = st.tuples(
    st.integers(1, 9).map(str),
    st.sampled_from(["2026-06-18 10:00:00", "2026/6/19 9:05", "never", ""]),
    st.sampled_from(["E1", "柜员2", ""]),
    st.sampled_from(["900001199001010012", "'900001199001010012", "9.1E+17", "证X1"]),
    st.sampled_from(["02", "贷款审批", "two\nlines", 'a "b"', ""]),
)
ROWS = st.lists(CELLS, min_size=1, max_size=12)


def packed(form: str, encoding: str, rows: list[tuple[str, ...]]) -> tuple[str, bytes]:
    """Write rows as a file of a form and encoding; return its ending and bytes."""
    plain, _, packing = form.partition(".")
    if plain == "parquet":
        sink = pa.BufferOutputStream()
        columns = [pa.array([row[at] or None for row in rows], pa.string()) for at in range(len(HEADER))]
        pq.write_table(pa.table(columns, names=list(HEADER)), sink)
        return f".{form}", sink.getvalue().to_pybytes()
    if plain == "jsonl":
        lines = (json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False) for row in rows)
        text = "".join(line + "\n" for line in lines)
    else:
        text = as_csv(rows, delimiter={"csv": ",", "tsv": "\t", "dat": "\x1d"}[plain])
    content = text.encode(encoding)
    if packing == "gz":
        content = gzip.compress(content)
    elif packing == "zst":
        content = pa.compress(content, "zstd", asbytes=True)
    return f".{form}", content


@pytest.mark.parametrize(
    ("form", "encoding"),
    [
        *((form, code) for form in ("csv", "jsonl") for code in ("utf-8-sig", "gb18030", "utf-16")),
        ("tsv.gz", "gb18030"),
        ("dat.zst", "utf-8"),
        ("jsonl.gz", "utf-8"),
        ("parquet", "utf-8"),
    ],
)
@FEW
@given(rows=ROWS)
def test_every_row_is_accounted_for_and_the_lake_is_that_of_a_plain_csv(
    tmp_path: Path, form: str, encoding: str, rows: list[tuple[str, ...]]
) -> None:
    plain, other = fresh_bank(tmp_path), fresh_bank(tmp_path)
    plain.write("access_log.csv", as_csv(rows).encode())
    ending, content = packed(form, encoding, rows)
    other.write("access_log" + ending, content)
    (expected,) = plain.take().files
    (file,) = other.take().files
    assert file.read == len(rows) == file.accepted + file.duplicate + file.rejected
    counts = ("read", "accepted", "duplicate", "rejected", "reasons")
    assert [getattr(file, name) for name in counts] == [getattr(expected, name) for name in counts]
    assert other.rows("access_log") == plain.rows("access_log")


@FEW
@given(rows=ROWS, bad=st.sampled_from([b"\xff\xfe\x00junk\x00", b"", b'event_id\n"', b"a,b\n1,2\n"]))
def test_nothing_accepted_is_changed_by_a_later_bad_file(
    tmp_path: Path, rows: list[tuple[str, ...]], bad: bytes
) -> None:
    bank = fresh_bank(tmp_path)
    bank.write("access_log-1.csv", as_csv(rows))
    bank.take()
    before = bank.rows("access_log", "*")
    stored = {path: path.read_bytes() for path in bank.home.lake.rglob("*.parquet")}
    broken = bank.write("access_log-2.csv", bad)
    (file,) = bank.take(broken).files
    assert file.accepted == 0
    assert bank.rows("access_log", "*") == before
    assert {path: path.read_bytes() for path in bank.home.lake.rglob("*.parquet")} == stored
