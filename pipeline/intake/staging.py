"""Writes the one statement that turns a source's rows into clean, typed, tokenised, judged ones.

The statement is a tower of SELECTs, each adding columns to the one below: raw cells (`x_`), tidy text
(`r_`), typed values (`t_`), plausible values (`v_`), values with defaults, what is derived from the
customer's number, and the hash of the content.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipeline.contract import Column, Feed, Kind
from pipeline.intake import cell_sql
from pipeline.intake.cell_sql import quoted
from pipeline.intake.numbers_in_text import any_cleared, cleared, clearing_levels, text_columns
from pipeline.intake.probe import SIGNS, Blanks
from pipeline.intake.subject_sql import Level, subject_levels, token_sql
from pipeline.intake.vocabulary import value_map
from pipeline.intake.wall_clock import Span, wall_clock
from pipeline.lake.schema import BUSINESS_DAY, lake_columns, subject_column

_IDENTIFIERS = ("_id", "_ref")
_BAD = {Kind.TIME: "bad_time", Kind.DATE: "bad_date", Kind.NUMBER: "bad_number", Kind.BOOLEAN: "bad_value"}
_BETWEEN = "\x1f"
_BANDS = ((10_000, "under_10k"), (100_000, "10k_100k"), (500_000, "100k_500k"))
_HIGHEST_BAND = "500k_plus"
_RAW_CELL = re.compile("c[0-9]+")
PROVENANCE = frozenset({"batch_id", "file_id", "line"})


@dataclass(frozen=True)
class Reading:
    """How one source's cells are to be read.

    Attributes:
        cells: Contract column → SQL over the raw cells; columns that the source lacks are absent.
        zone: Zone of times without an offset.
        formats: Contract column → formats tried before the usual ones.
        spellings: Contract column → lower-case spelling → value, over the usual ones.
        footer: SQL over the raw and the tidy cells that is true for rows which are no data; empty for none.
        withdrawn: SQL over the raw cells that is true for rows which the source takes back; empty for none.
    """

    cells: dict[str, str]
    zone: str
    formats: dict[str, tuple[str, ...]] = field(default_factory=dict)
    spellings: dict[str, dict[str, str]] = field(default_factory=dict)
    footer: str = ""
    withdrawn: str = ""


def staging_sql(
    feed: Feed,
    source: str,
    reading: Reading,
    bank_zone: str,
    received: str,
    blanks: Blanks = "any",
    spans: tuple[Span, ...] = (),
    signs: str = SIGNS,
) -> str:
    """Write the statement.

    Args:
        feed: The feed of the contract.
        source: FROM clause of the raw rows.
        reading: How its cells are to be read.
        bank_zone: The zone of the business day and of the `_local` columns.
        received: ISO date on which the file came in; the age counts for it where a feed has no day.
        blanks: What raw cells might have to be freed of at their ends.
        spans: Where the bank's offset stands still.
        signs: Which signs raw cells may hold that sheets' errors and some words for nothing begin with.

    Returns:
        A SELECT of the lake's columns (of the provenance only `row_hash`), `problem` (`code:column` or null),
        `detail` (masked), `clipped` (a resident number ends in 000 and its check digit is wrong), `cleared` (a customer's number stood
        in a text, and was replaced) and `withdrawn`.
    """
    subject = subject_column(feed)
    levels: list[Level] = [
        {f"x_{name}": sql for name, sql in reading.cells.items()},
        {
            # What a mapping has put together may have blanks where no cell has.
            f"r_{name}": cell_sql.tidy(f"x_{name}", blanks, signs)
            if _RAW_CELL.fullmatch(sql)
            else cell_sql.tidy(f"x_{name}")
            for name, sql in reading.cells.items()
        },
        {f"t_{column.name}": _typed(feed, column, reading, bank_zone, blanks) for column in feed.columns},
        {f"v_{column.name}": _plausible(column) for column in feed.columns},
        {column.name: _with_default(feed, column) for column in feed.columns if column.default},
    ]
    plain = {column.name: f"v_{column.name}" for column in feed.columns if not column.default}
    levels[-1] |= plain
    times = [column.name for column in feed.columns if column.kind is Kind.TIME]
    if times:
        levels.append({f"{name}_local": wall_clock(name, bank_zone, spans) for name in times})
    levels.append({"on_day": _on_day(feed, received)})
    if subject:
        levels += subject_levels("v_" + subject, "on_day")
    if feed.name == "customers":
        levels.append({"band": _asset_band()})
    levels.append({"problem": _problem(feed, subject, reading)})
    levels.append({"refused": _refused(feed, subject, reading)})
    levels.append({"detail": _detail(subject)})
    if subject:
        levels.append({"subject_token": f"CASE WHEN problem IS NULL THEN {token_sql('subject_number')} END"})
    levels += clearing_levels(text_columns(feed), "subject_number" if subject else None)
    levels.append({"withdrawn": reading.withdrawn or "false"})
    levels.append({"row_hash": _hash(feed, subject)})
    tower = f"SELECT * FROM {source}"
    for level in levels:
        added = ", ".join(f"{sql} AS {name}" for name, sql in level.items())
        tower = f"SELECT *, {added} FROM ({tower})"
    stored = ", ".join(
        f"{_stored(feed, column.name)} AS {column.name}"
        for column in lake_columns(feed)
        if column.name not in PROVENANCE
    )
    clipped = "NOT subject_valid AND suffix(subject_number, '000')" if subject else "false"
    marks = f"{clipped} AS clipped, {any_cleared(text_columns(feed))} AS cleared"
    return f"SELECT {stored}, problem, detail, {marks}, withdrawn FROM ({tower})"


def _typed(feed: Feed, column: Column, reading: Reading, bank_zone: str, blanks: Blanks) -> str:
    if column.name not in reading.cells:
        return "NULL::" + {
            Kind.TIME: "TIMESTAMPTZ",
            Kind.DATE: "DATE",
            Kind.NUMBER: "DOUBLE",
            Kind.BOOLEAN: "BOOLEAN",
        }.get(column.kind, "VARCHAR")
    cell = f"r_{column.name}"
    formats = reading.formats.get(column.name, ())
    if column.kind is Kind.TIME:
        return cell_sql.moment(cell, reading.zone, formats)
    if column.kind is Kind.DATE:
        return cell_sql.day(cell, reading.zone, bank_zone, formats)
    if column.kind is Kind.NUMBER:
        return cell_sql.number(cell)
    if column.kind is Kind.BOOLEAN:
        return cell_sql.yes_or_no(cell)
    spellings = value_map(feed.name, column.name, column.choices) | reading.spellings.get(column.name, {})
    if spellings:
        return cell_sql.spelled(cell, spellings, keep_unknown=not column.choices)
    if column.subject:
        return cell
    # A file without the wide space's and the wide signs' first bytes has nothing to narrow; what a mapping adds may.
    held = blanks if _RAW_CELL.fullmatch(reading.cells[column.name]) else "any"
    if column.name.endswith(_IDENTIFIERS):
        return cell_sql.identifier(cell, held)
    return cell_sql.narrow(cell) if held == "any" and column.name.endswith("_ip") else cell


def _plausible(column: Column) -> str:
    typed = f"t_{column.name}"
    if column.kind in (Kind.TIME, Kind.DATE):
        kind = "TIMESTAMPTZ" if column.kind is Kind.TIME else "DATE"
        return f"CASE WHEN {cell_sql.plausible(typed, kind)} THEN {typed} END"
    return typed


def _with_default(feed: Feed, column: Column) -> str:
    default = column.default or ""
    if default.startswith("{"):
        return f"coalesce(v_{column.name}, v_{default.strip('{}')})"
    return f"coalesce(v_{column.name}, {quoted(default)})"


def _on_day(feed: Feed, received: str) -> str:
    if not feed.day:
        return f"DATE {quoted(received)}"
    if feed.by_name[feed.day].kind is Kind.DATE:
        return feed.day
    return f"{feed.day}_local::DATE"


def _asset_band() -> str:
    arms = " ".join(f"WHEN v_deposit_balance < {limit} THEN '{band}'" for limit, band in _BANDS)
    by_balance = f"CASE WHEN v_deposit_balance IS NULL THEN NULL {arms} ELSE '{_HIGHEST_BAND}' END"
    return f"coalesce(v_asset_band, {by_balance})"


def _problem(feed: Feed, subject: str | None, reading: Reading) -> str:
    arms = [f"WHEN {reading.footer} THEN 'footer:'"] if reading.footer else []
    for column in feed.columns:
        if column.name not in reading.cells:
            continue
        cell, value = f"r_{column.name}", f"v_{column.name}"
        code = _BAD.get(column.kind) or ("bad_value" if column.choices else "")
        if column.required:
            arms.append(f"WHEN {cell if code else value} IS NULL THEN 'missing_value:{column.name}'")
        if code:
            wrong = f"{cell} IS NOT NULL AND {value} IS NULL"
            if column.kind in (Kind.TIME, Kind.DATE) and not column.required:
                # The comparison with null first: the pattern is for the few cells that are no plausible time.
                wrong = f"CASE WHEN {wrong} THEN NOT {cell_sql.never(cell)} ELSE false END"
            arms.append(f"WHEN {wrong} THEN '{code}:{column.name}'")
        # What makes a row the same row, or says whose it is: cut alike, different ones would become one.
        if value.endswith("_id") and not column.subject and (column.required or column.name in feed.key):
            arms.append(f"WHEN {cell_sql.damaged(value)} THEN 'damaged_id:{column.name}'")
        if column.name == subject:
            if column.required:
                arms.append(f"WHEN subject_number IS NULL THEN 'missing_value:{column.name}'")
            arms.append(f"WHEN subject_damaged THEN 'damaged_id:{column.name}'")
    return f"CASE {' '.join(arms)} END" if arms else "NULL::VARCHAR"


def _refused(feed: Feed, subject: str | None, reading: Reading) -> str:
    """Return the cell for which a row is rejected."""
    arms = []
    for column in feed.columns:
        if column.name in reading.cells:
            cell = "subject_number" if column.name == subject else f"r_{column.name}"
            arms.append(f"WHEN suffix(problem, ':{column.name}') THEN {cell}")
    return f"CASE WHEN problem IS NULL THEN NULL {' '.join(arms)} END"


def _detail(subject: str | None) -> str:
    own = f"WHEN suffix(problem, ':{subject}') THEN refused[1] || '***' " if subject else ""
    return f"CASE WHEN refused IS NULL THEN NULL {own}ELSE {cell_sql.shown('refused')} END"


def _hash(feed: Feed, subject: str | None) -> str:
    """Hash the content as the contract has it; no cell is ever empty text, so nulls are told apart."""
    parts = []
    for column in feed.columns:
        if column.name == "deposit_balance":
            continue
        name = "subject_token" if column.name == subject else cleared(feed, column.name)
        if column.name == "asset_band":
            name = "band"
        parts.append(f"epoch_us({name})" if column.kind is Kind.TIME else name)
    between = f", {quoted(_BETWEEN)}, "
    # A row that is taken back is another row than the one that stood.
    return (
        f"md5(concat({between.join(parts)}, CASE WHEN withdrawn THEN {quoted(_BETWEEN + 'withdrawn')} END))"
    )


def _stored(feed: Feed, name: str) -> str:
    """Return the SQL of a stored column, over the top of the tower."""
    if name == BUSINESS_DAY:
        return "on_day"
    if name == "asset_band":
        return "band"
    if name == "finding_id" and feed.name == "bureau_findings":
        return f"coalesce({cleared(feed, name)}, 'F' || left(row_hash, 16))"
    column = feed.by_name.get(name)
    if column is not None and column.kind is Kind.TIME:
        return f"make_timestamp(epoch_us({name}))"
    return cleared(feed, name)
