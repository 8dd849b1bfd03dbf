"""Verifies the access record: finds any change, gap, other order and, with an anchor, a cut-off tail."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, select
from sqlalchemy.exc import DBAPIError

from pipeline.casebook.access import GENESIS, hash_of
from pipeline.casebook.tables import access_records
from pipeline.errors import UsageError, is_transient
from pipeline.home import PRIVATE_FILE

_NEVER = datetime.min.replace(tzinfo=UTC)
"""The moment of an entry whose moment cannot be read."""
UNREADABLE = (ValueError, TypeError, RecursionError, DBAPIError)
"""What reading says of a field that is no JSON, no time, no text, or nested without end."""
_TOGETHER = 1_000
"""Entries that are read at once."""


@dataclass(frozen=True)
class Anchor:
    """A head of the chain that was seen at some moment and is kept on another machine."""

    seq: int
    hash: str
    at: datetime


@dataclass(frozen=True)
class ChainFault:
    """One place where the chain does not hold.

    Attributes:
        seq: The entry's number; 0 for a row that no entry speaks of.
        code: `changed`, `gap`, `broken_link`, `cut_off` or `rewritten`; of rows, see `record_check`.
        text: The same in words.
    """

    seq: int
    code: str
    text: str


@dataclass(frozen=True)
class ChainReport:
    """What reading the whole chain has shown.

    Attributes:
        entries: How many entries there are.
        head: The last number and hash; None when there is no entry.
        faults: Every place that does not hold.
        anchors: How many anchors it was held against.
    """

    entries: int
    head: Anchor | None
    faults: tuple[ChainFault, ...]
    anchors: int

    @property
    def intact(self) -> bool:
        """Whether no fault was found."""
        return not self.faults


def verify_chain(
    connection: Connection,
    anchors: Iterable[Anchor] = (),
    heed: Callable[[Mapping[str, Any]], None] | None = None,
) -> ChainReport:
    """Read the whole chain and hold it against the anchors.

    Without an anchor nobody can see that entries at the end are missing, or that all was written anew.

    Args:
        connection: An open connection.
        anchors: Heads seen earlier.
        heed: Is handed every entry that is what was written, in order.
    """
    awaited = sorted(set(anchors), key=lambda anchor: anchor.seq)
    by_seq: dict[int, list[Anchor]] = {}
    for anchor in awaited:
        by_seq.setdefault(anchor.seq, []).append(anchor)
    faults: list[ChainFault] = []
    entries, last_seq, last_hash, head = 0, 0, GENESIS, None
    for row in _entries(connection):
        seq, stored = row["seq"], row["hash"]
        if seq != last_seq + 1:
            faults.append(ChainFault(seq, "gap", f"after entry {last_seq} comes entry {seq}"))
        if row["previous_hash"] != last_hash:
            faults.append(ChainFault(seq, "broken_link", f"entry {seq} does not follow the one before it"))
        if not _as_written(row):
            faults.append(ChainFault(seq, "changed", f"entry {seq} is not what was written"))
        elif heed is not None:
            heed(row)
        faults += [
            ChainFault(seq, "rewritten", f"entry {seq} is not the one anchored at {anchor.at.isoformat()}")
            for anchor in by_seq.pop(seq, [])
            if anchor.hash != stored
        ]
        entries, last_seq, last_hash, head = (
            entries + 1,
            seq,
            stored,
            Anchor(seq, stored, row.get("at", _NEVER)),
        )
    faults += [
        ChainFault(
            seq, "cut_off", f"entry {seq} was anchored at {missing[0].at.isoformat()} and is not there"
        )
        for seq, missing in sorted(by_seq.items())
    ]
    return ChainReport(entries, head, tuple(faults), len(awaited))


def _entries(connection: Connection) -> Iterator[dict[str, Any]]:
    """Read the entries in order; of one that somebody has made unreadable, its number and hashes alone."""
    table = access_records
    plain = select(table.c.seq, table.c.previous_hash, table.c.hash)
    numbers = list(connection.scalars(select(table.c.seq).order_by(table.c.seq)))
    for start in range(0, len(numbers), _TOGETHER):
        some = numbers[start : start + _TOGETHER]
        within = table.c.seq.between(some[0], some[-1])
        try:
            whole = connection.execute(select(table).where(within).order_by(table.c.seq)).mappings().all()
            yield from map(dict, whole)
        except UNREADABLE as error:
            unless_it_passes(error)
            for seq in some:
                yield _one(connection, (select(table), plain), seq)


def _one(connection: Connection, queries: Iterable[Select[Any]], seq: int) -> dict[str, Any]:
    """Read of one entry as much as can be read: all of it, its hashes, or nothing but its number."""
    for query in queries:
        try:
            return dict(connection.execute(query.where(access_records.c.seq == seq)).mappings().one())
        except UNREADABLE as error:
            unless_it_passes(error)
    return {"seq": seq, "previous_hash": "", "hash": ""}


def unless_it_passes(error: Exception) -> None:
    """Raise what a disk or a connection did: only what stands in the entry speaks against the entry."""
    if is_transient(error):
        raise error


def _as_written(row: dict[str, Any]) -> bool:
    """Say whether an entry's content has the entry's hash; what cannot be hashed was never written by us."""
    try:
        return "detail" in row and hash_of(row) == row["hash"]
    except UNREADABLE:
        return False


def read_anchors(path: Path) -> list[Anchor]:
    """Read an anchor file: one JSON object a line, with `seq`, `hash` and `at`.

    Raises:
        UsageError: The file is missing, or a line cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"The anchor file {path} cannot be read, so a cut-off tail would not be seen.",
            "Name the file that `tellerwatch ledger verify --write-anchor` has written.",
        ) from error
    anchors = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            anchors.append(Anchor(int(item["seq"]), str(item["hash"]), _aware(str(item["at"]))))
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(
                f"Line {number} of the anchor file {path} is not an anchor.",
                "Take the file from the machine where it is kept; one that was edited proves nothing.",
            ) from error
    return anchors


def write_anchor(path: Path, head: Anchor) -> None:
    """Add the chain's head to an anchor file, which belongs on another machine or on paper.

    Raises:
        UsageError: The file cannot be written.
    """
    line = json.dumps({"seq": head.seq, "hash": head.hash, "at": head.at.astimezone(UTC).isoformat()})
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, PRIVATE_FILE), "w") as file:
            file.write(line + "\n")
    except OSError as error:
        raise UsageError(
            f"The anchor cannot be written to {path}: {error.strerror}. The record itself is intact.",
            "Name a file in a folder that is there and can be written to.",
        ) from error


def _aware(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        raise ValueError("an anchor's time needs an offset")
    return moment
