"""A bank's tables as files: feeds in the folder, the truth in a folder of its own below it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import UsageError
from pipeline.home import PRIVATE_DIR, PRIVATE_FILE
from pipeline.simulate.bank import SimulatedBank

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("csv", "parquet")
BY_MONTH = {"access_log": "occurred_at", "business_records": "recorded_at", "logins": "occurred_at"}


def write(bank: SimulatedBank, out: Path, form: str = "csv") -> SimulatedBank:
    """Write the feeds into `out` and the truth into `out/truth`, readable by the owner alone.

    Raises:
        UsageError: The format does not exist, or the folder holds other things.
    """
    if form not in FORMATS:
        raise UsageError(
            f"No format is called {form}; nothing was written.", f"Choose from {', '.join(FORMATS)}."
        )
    truth = out / "truth"
    if out.is_file() or (out.is_dir() and any(p.suffix in (".csv", ".parquet") for p in out.iterdir())):
        raise UsageError(
            f"{out} already holds tables; a second bank among them would be read as one with the first.",
            "Name a new folder, or empty that one.",
        )
    for folder in (out, truth):
        folder.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
    files = []
    for feed, table in bank.tables.items():
        for name, part in _parts(feed, table, bank.tables["calendar"]["day"][0].as_py()):
            files.append(out / f"{name}.{form}")
            _table(part, files[-1], form)
    for name in ("truth", "truth_events", "innocents"):
        files.append(truth / f"{name}.csv")
        _bytes(files[-1], getattr(bank, name).to_csv(index=False, lineterminator="\n").encode())
    return replace(bank, files=tuple(files))


def _parts(feed: str, table: pa.Table, start: str) -> Iterator[tuple[str, pa.Table]]:
    import pyarrow.compute as pc

    if feed not in BY_MONTH or not len(table):
        yield feed, table
        return
    first = start[:7] if feed == "business_records" else ""
    month = pc.utf8_slice_codeunits(table[BY_MONTH[feed]], 0, 7)
    if first:  # what was there before the span comes as one file, as a bank's first load does
        yield f"{feed}-history", table.filter(pc.less(month, first))
    for value in sorted(pc.unique(month).to_pylist()):
        if value >= first:
            yield f"{feed}-{value}", table.filter(pc.equal(month, value))


def _table(table: pa.Table, path: Path, form: str) -> None:
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    sink = pa.BufferOutputStream()
    if form == "csv":
        options: Any = pa.csv.WriteOptions(quoting_style="none", quoting_header="none")
        pa.csv.write_csv(table, sink, options)
    else:
        pa.parquet.write_table(table, sink, compression="zstd")
    _bytes(path, sink.getvalue().to_pybytes())


def _bytes(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
