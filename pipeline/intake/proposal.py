"""Proposes a mapping for a file that nobody has mapped yet, and shows its first rows, masked."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipeline.contract import FEEDS, Feed, Kind
from pipeline.errors import ConfigError
from pipeline.home import Home
from pipeline.intake.aliases import ALIASES
from pipeline.intake.binding import FOOTERS
from pipeline.intake.cell_sql import quoted
from pipeline.intake.errors import RefusedFileError
from pipeline.intake.heading import all_names, plain_name, shown_header
from pipeline.intake.mapping import Mapping, apply_mapping, header_names, load_mapping, mapping_names
from pipeline.intake.naming import Named
from pipeline.intake.opening import open_rows
from pipeline.intake.rows import RawRows
from pipeline.intake.staging import Reading, staging_sql
from pipeline.intake.subject_sql import give_key
from pipeline.intake.vocabulary import REASONS
from pipeline.lake.engine import connect_raw
from pipeline.lake.schema import BUSINESS_DAY, subject_column
from pipeline.settings import Settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SHOWN_ROWS = 10
_NEAR = 0.72
_EXACT, _ALIAS, _ENDS_WITH = 1.0, 0.95, 0.8


@dataclass(frozen=True)
class Proposal:
    """What a file could be.

    Attributes:
        path: The file.
        feed: The feed that it resembles most; None when it resembles none.
        mapping: Name of a mapping that is there already and fits; None when one must be written.
        toml: The mapping to write, ready for the home's `mappings/` folder.
        columns: Contract column → header.
        missing: Required columns for which no header was found.
        unused: Headers that mean nothing to the feed, fit to be shown.
        rows: The first rows as the mapping reads them, masked; `problem` says what would reject one.
    """

    path: str
    feed: str | None = None
    mapping: str | None = None
    toml: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    rows: list[dict[str, str | None]] = field(default_factory=list)


def propose(
    home: Home,
    settings: Settings,
    named: Named,
    pads: tuple[bytes, ...],
    now: datetime,
) -> Proposal:
    """Propose a mapping for one file.

    Args:
        home: The installation.
        settings: The effective configuration.
        named: The file; where its feed is not known, the one that it resembles most is looked for.
        pads: The token key's pads.
        now: The present moment.

    Raises:
        RefusedFileError: The file cannot be read at all.
    """
    with ExitStack() as stack:
        feed, path, shown_as = named.feed, named.path, named.shown or str(named.path)
        rows = open_rows(path, home, stack, all_names(), short_rows=True, name=named.name)
        wanted = [FEEDS[feed]] if feed else list(FEEDS.values())
        best = max((_match(item, rows.header) for item in wanted), key=lambda match: match.fit)
        fitting, columns, reading = _fitting_mapping(home, settings, path, rows.header, feed, best)
        chosen = fitting.feed if fitting else best.feed
        if not columns:
            return Proposal(shown_as)  # perhaps no header at all: nothing of it is shown
        zone = settings.bank.zone
        known = header_names(fitting) if fitting else ()
        masked = dict(zip(rows.header, shown_header(rows.header, known), strict=True))
        connection = stack.enter_context(connect_raw(home, settings, reading.zone, rows.readable))
        missing = [name for name in chosen.required_columns if name not in reading.cells]
        footer = _footer(connection, rows, chosen, columns) if fitting is None else None
        text = "" if fitting else _toml(chosen, columns, masked, footer)
        give_key(connection, pads)
        received = now.astimezone(ZoneInfo(zone)).date().isoformat()
        shown = list(_first_rows(connection, chosen, rows, reading, zone, received))
    return Proposal(
        shown_as,
        chosen.name,
        fitting.name if fitting else None,
        text,
        {column: masked[name] for column, name in columns.items()},
        missing,
        [masked[name] for name in rows.header if name not in columns.values()],
        shown,
    )


@dataclass(frozen=True)
class _Match:
    feed: Feed
    columns: dict[str, str]
    fit: float


def _match(feed: Feed, header: list[str]) -> _Match:
    """Pair headers with columns, the surest pairs first; each is used once."""
    pairs = []
    for place, told in enumerate(header):
        for order, column in enumerate(feed.columns):
            sure = _likeness(plain_name(told), column.name, ALIASES.get(feed.name, {}).get(column.name, ()))
            if sure >= _NEAR:
                pairs.append((-sure, order, place))
    columns: dict[str, str] = {}
    used: set[int] = set()
    total = 0.0
    for negative, order, place in sorted(pairs):
        name = feed.columns[order].name
        if name in columns or place in used:
            continue
        columns[name] = header[place]
        used.add(place)
        total -= negative
    # A feed that asks for one column would fit whatever has it: what is told counts, less half of the missing.
    missing = sum(name not in columns for name in feed.required_columns)
    return _Match(feed, columns, round(total - missing / 2, 6))


def _likeness(name: str, column: str, aliases: tuple[str, ...]) -> float:
    if name == column:
        return _EXACT
    known = [plain_name(alias) for alias in aliases]
    if name in known:
        return _ALIAS
    # In Chinese what a word is about stands at its end: 查询流水号 is a 流水号.
    if not name.isascii() and any(len(alias) >= 3 and name.endswith(alias) for alias in known):
        return _ENDS_WITH
    return max(
        (difflib.SequenceMatcher(None, name, other).ratio() * 0.9 for other in (column, *known)), default=0.0
    )


def _fitting_mapping(
    home: Home, settings: Settings, path: Path, header: list[str], feed: str | None, best: _Match
) -> tuple[Mapping | None, dict[str, str], Reading]:
    """Find the mapping that reads most of a file; else read it by the pairs that were found."""
    place = {name: f"c{index}" for index, name in reversed(list(enumerate(header)))}
    zone = settings.bank.zone
    found: tuple[int, Mapping, Reading] | None = None
    for name in mapping_names(home):
        try:
            mapping = load_mapping(home, name)
            bound, reading = apply_mapping(mapping, header, path.name, zone)
        except (ConfigError, RefusedFileError):
            continue
        told = len(header) - len(bound.unknown)
        if feed in (None, mapping.feed.name) and (found is None or told > found[0]):
            found = (told, mapping, reading)
    if found is not None and found[0] >= len(best.columns):
        _, mapping, reading = found
        by_cell = {cell: name for name, cell in place.items()}
        columns = {
            column: by_cell[cell] for column, cell in reading.cells.items() if cell in by_cell
        } or dict(best.columns)
        return mapping, columns, reading
    return None, best.columns, Reading({column: place[name] for column, name in best.columns.items()}, zone)


def _footer(
    connection: DuckDBPyConnection, rows: RawRows, feed: Feed, columns: dict[str, str]
) -> tuple[str, list[str]] | None:
    """Look for rows that are no data, such as a total in the last line."""
    first = columns.get(feed.key[0], rows.header[0])
    cell = f"c{rows.header.index(first)}"
    tests = ", ".join(f"count(*) FILTER (starts_with(ltrim({cell}), {quoted(word)}))" for word in FOOTERS)
    counts = connection.execute(f"SELECT {tests} FROM {rows.sql}").fetchone() or ()
    words = [word for word, count in zip(FOOTERS, counts, strict=False) if count]
    return (first, words) if words else None


def _toml(
    feed: Feed, columns: dict[str, str], masked: dict[str, str], footer: tuple[str, list[str]] | None
) -> str:
    lines = [f'feed = "{feed.name}"', 'title = ""']
    paired = columns.values()
    unused = [name for name, shown in masked.items() if name and name not in paired and shown == name]
    if footer:
        lines.append("short_rows = true")
    if unused:
        lines.append(f"ignored = {json.dumps(unused, ensure_ascii=False)}")
    lines += ["", "[columns]"]
    for column in feed.columns:
        if column.name in columns:
            shown = json.dumps(masked[columns[column.name]], ensure_ascii=False)
            lines.append(f"{column.name} = {shown}")
        elif column.required:
            lines.append(f'# {column.name} = "?"   # required: {column.meaning}')
    if footer:
        below, words = (json.dumps(told, ensure_ascii=False) for told in (masked[footer[0]], footer[1]))
        lines += ["", "[footer]", f"column = {below}", f"begins = {words}"]
    return "\n".join(lines) + "\n"


def _first_rows(
    connection: DuckDBPyConnection, feed: Feed, rows: RawRows, reading: Reading, zone: str, received: str
) -> Iterator[dict[str, str | None]]:
    source = f"(SELECT * FROM {rows.sql} LIMIT {SHOWN_ROWS})"
    subject = subject_column(feed)
    wanted = [column for column in feed.columns if column.name in reading.cells]
    shown = []
    for column in wanted:
        if column.name == subject:
            shown.append("left(subject_token, 8) || '…'")
        elif column.name == "deposit_balance":
            shown.append("asset_band")
        elif column.kind is Kind.TEXT and not column.choices:
            known = ", ".join(quoted(reason) for reason in REASONS)
            clear = f"{column.name} IN ({known})" if column.name == "reason" else "false"
            shown.append(f"CASE WHEN {clear} THEN {column.name} ELSE {column.name}[1] || '***' END")
        elif column.kind is Kind.TIME:
            shown.append(f"strftime({column.name}_local, '%Y-%m-%d %H:%M:%S')")
        else:
            shown.append(f"{column.name}::VARCHAR")
    names = [column.name for column in wanted]
    if feed.day and feed.day not in names:
        shown.append(f"{BUSINESS_DAY}::VARCHAR")
        names.append(BUSINESS_DAY)
    cells = ", ".join([*shown, "problem"])
    statement = staging_sql(feed, source, reading, zone, received)
    for row in connection.execute(f"SELECT {cells} FROM ({statement})").fetchall():
        *values, problem = row
        yield {**dict(zip(names, values, strict=True)), "problem": problem}
