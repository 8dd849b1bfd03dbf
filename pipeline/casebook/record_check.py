"""Holds the casebook's cases, their history and the suppressions against the digests in the access record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, select

from pipeline.casebook.chain import (
    UNREADABLE,
    Anchor,
    ChainFault,
    ChainReport,
    unless_it_passes,
    verify_chain,
)
from pipeline.casebook.digests import (
    AS_FOUND,
    CASE_EVENT,
    FORMS,
    PURGE,
    SUPPRESSION,
    Kind,
    digest_of,
    rows_query,
)

_TOGETHER = 500
"""Rows' keys that are asked for at once."""


@dataclass(frozen=True)
class RecordReport:
    """What holding the casebook against its access record has shown.

    Attributes:
        chain: What reading the chain of entries has shown.
        faults: Rows that are not what an entry attests, and entries that attest what is not there.
        events: Lines of cases' histories that were read.
        cases: Cases that were read.
        suppressions: Suppressions that were read.
        as_found: Rows among them written before digests were kept: attested only as they stood on `found_at`.
        found_at: When they were taken as found; None where there are none.
    """

    chain: ChainReport
    faults: tuple[ChainFault, ...]
    events: int
    cases: int
    suppressions: int
    as_found: int = 0
    found_at: datetime | None = None

    @property
    def intact(self) -> bool:
        """Whether neither the chain nor a row speaks against what was written."""
        return self.chain.intact and not self.faults


@dataclass(frozen=True)
class _Word:
    """What an entry says of one row."""

    seq: int
    sha256: str
    case_id: str = ""


@dataclass
class _Attested:
    """What the entries say, gathered in their order."""

    events: dict[int, _Word] = field(default_factory=dict)
    cases: dict[str, _Word] = field(default_factory=dict)
    nights: dict[str, _Word] = field(default_factory=dict)
    suppressions: dict[int, _Word] = field(default_factory=dict)
    faults: list[ChainFault] = field(default_factory=list)
    first: int = 0
    found_events: set[int] = field(default_factory=set)
    found_at: datetime | None = None

    def heed(self, entry: Mapping[str, Any]) -> None:
        """Take over what an entry attests; one that attests nothing leaves all as it is."""
        seq, detail = entry["seq"], entry["detail"]
        if entry["act"] == PURGE:
            for case_id in detail.get("cases", {}).get("case_ids", ()):
                self._purged(case_id)
        if entry["act"] not in (CASE_EVENT, SUPPRESSION, AS_FOUND):
            return
        try:
            if entry["act"] == AS_FOUND:
                self._as_found(entry)
            elif entry["act"] == CASE_EVENT:
                self._event(seq, detail["event"], entry["target"], detail["event_sha256"])
                self.cases[entry["target"]] = _Word(seq, detail["case_sha256"])
                self.nights[entry["target"]] = _Word(seq, detail["nights_sha256"])
            else:
                self.suppressions[detail["suppression"]] = _Word(seq, detail["sha256"])
        except (KeyError, TypeError, ValueError, AttributeError):
            text = f"entry {seq} should hold digests and does not"
            self.faults.append(ChainFault(seq, "no_digest", text))
        self.first = self.first or seq

    def _event(self, seq: int, number: int, case_id: str, sha256: str) -> None:
        # A second word on one line would let whoever changed it have it attested anew.
        if (before := self.events.get(number)) is not None:
            text = f"entry {seq} attests event {number}, which entry {before.seq} attests already"
            self.faults.append(ChainFault(seq, "attested_twice", text))
            return
        self.events[number] = _Word(seq, sha256, case_id)

    def _as_found(self, entry: Mapping[str, Any]) -> None:
        seq, detail = entry["seq"], entry["detail"]
        # The upgrade does so once, before any digest. Done again, it would bless whatever was changed since.
        if self.first:
            text = f"entry {seq} takes rows as found, although digests are kept since entry {self.first}"
            self.faults.append(ChainFault(seq, "found_again", text))
            return
        for number, case_id, sha256 in detail["events"]:
            self._event(seq, number, case_id, sha256)
        for case_id, state, nights in detail["cases"]:
            self.cases[case_id], self.nights[case_id] = _Word(seq, state), _Word(seq, nights)
        for number, sha256 in detail["suppressions"]:
            self.suppressions[number] = _Word(seq, sha256)
        self.found_events, self.found_at = set(self.events), entry["at"]

    def _purged(self, case_id: str) -> None:
        self.cases.pop(case_id, None)
        self.nights.pop(case_id, None)
        # SQLite gives the numbers of rows that were deleted last to new ones.
        for number in [number for number, word in self.events.items() if word.case_id == case_id]:
            del self.events[number]
            self.found_events.discard(number)


def verify_record(connection: Connection, anchors: Iterable[Anchor] = ()) -> RecordReport:
    """Read the whole chain, hold it against the anchors, and the casebook's rows against the chain.

    An entry that is not what was written attests nothing; the rows that it spoke for are told too.

    Args:
        connection: A connection that sees one moment throughout (`engine.reading`).
        anchors: Heads of the chain seen earlier.
    """
    attested = _Attested()
    chain = verify_chain(connection, anchors, heed=attested.heed)
    faults = attested.faults
    read: dict[Kind, int] = {}
    held: tuple[tuple[Kind, str, Mapping[Any, _Word]], ...] = (
        ("event", "id", attested.events),
        ("case", "case_id", attested.cases),
        ("night", "case_id", attested.nights),
        ("suppression", "id", attested.suppressions),
    )
    for kind, key, words in held:
        read[kind], found = _held(connection, kind, key, words)
        faults += found
    return RecordReport(
        chain,
        tuple(faults),
        read["event"],
        read["case"],
        read["suppression"],
        len(attested.found_events),
        attested.found_at,
    )


def _held(
    connection: Connection, kind: Kind, key: str, words: Mapping[Any, _Word]
) -> tuple[int, list[ChainFault]]:
    """Hold all rows of one kind against what the entries say of them."""
    faults: list[ChainFault] = []
    found: set[Any] = set()
    name = "the nights of case" if kind == "night" else kind
    are = "are" if kind == "night" else "is"
    try:
        for one, rows in _rows(connection, kind, key):
            found.add(one)
            word = words.get(one)
            if word is None:
                text = f"{name} {one} {are} attested by no entry"
                faults.append(ChainFault(0, f"{kind}_added", text))
            elif rows is None or not _as_attested(kind, rows, word):
                text = f"{name} {one} {are} not what entry {word.seq} attests"
                faults.append(ChainFault(word.seq, f"{kind}_changed", text))
    except UNREADABLE as error:
        unless_it_passes(error)
        faults.append(ChainFault(0, f"{kind}_changed", f"which rows of {kind}s there are cannot be read"))
        return len(found), faults
    empty = digest_of(kind, [])
    faults += [
        ChainFault(word.seq, f"{kind}_gone", f"{name} {one}, attested by entry {word.seq}, {are} not there")
        for one, word in words.items()
        # A case may have no night: one that was opened by hand has none yet.
        if one not in found and word.sha256 != empty
    ]
    return len(found), faults


def _rows(
    connection: Connection, kind: Kind, key: str
) -> Iterator[tuple[Any, list[Mapping[str, Any]] | None]]:
    """Read rows by their key; None for one that somebody has made unreadable."""
    table, names = FORMS[kind]
    column: Column[Any] = table.c[key]
    query = rows_query(kind).order_by(*(table.c[name] for name in names[:2]))
    keys = list(connection.scalars(select(column).distinct().order_by(column)))
    for start in range(0, len(keys), _TOGETHER):
        some = keys[start : start + _TOGETHER]
        try:
            by_key: dict[Any, list[Mapping[str, Any]]] = {one: [] for one in some}
            for row in connection.execute(query.where(column.in_(some))).mappings().all():
                by_key[row[key]].append(dict(row))
            yield from by_key.items()
        except UNREADABLE as error:
            unless_it_passes(error)
            for one in some:
                yield one, _one(connection, query.where(column == one))


def _one(connection: Connection, query: Any) -> list[Mapping[str, Any]] | None:
    try:
        return [dict(row) for row in connection.execute(query).mappings().all()]
    except UNREADABLE as error:
        unless_it_passes(error)
        return None


def _as_attested(kind: Kind, rows: list[Mapping[str, Any]], word: _Word) -> bool:
    try:
        return digest_of(kind, rows) == word.sha256
    except UNREADABLE:
        return False
