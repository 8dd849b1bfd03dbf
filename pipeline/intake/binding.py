"""Which cell of a source is which column of the contract, without a mapping: the header's names decide."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from pipeline.contract import Feed, Kind
from pipeline.intake.cell_sql import quoted
from pipeline.intake.errors import RefusedFileError
from pipeline.intake.heading import is_row, plain_name, shown_header
from pipeline.intake.tokens import BLANKS

FOOTERS = ("合计", "总计", "小计", "共")
"""What a row begins with that is a total rather than data."""


@dataclass(frozen=True)
class Bound:
    """Columns found and not found.

    Attributes:
        cells: Contract column → SQL of its raw cell.
        unknown: Header names that mean nothing to the feed, fit to be shown.
        footer: SQL over the tidy cells that is true for rows which are no data.
    """

    cells: dict[str, str]
    unknown: tuple[str, ...]
    footer: str = ""


def bind(feed: Feed, header: list[str]) -> Bound:
    """Find the contract's columns in a header.

    Args:
        feed: The feed of the contract.
        header: Names as the source writes them.

    Raises:
        RefusedFileError: A required column is missing, or a name stands there twice.
    """
    names = [plain_name(name) for name in header]
    demand_once(names, set(feed.by_name))
    cells = {name: f"c{index}" for index, name in enumerate(names) if name in feed.by_name}
    demand_required(feed, set(cells), header)
    shown = zip(shown_header(header), names, strict=True)
    unknown = tuple(name for name, plain in shown if plain not in feed.by_name)
    told = {name: header[int(cell[1:])] for name, cell in cells.items()}
    return Bound(cells, unknown, f"{header_again(told)}{_totals(feed, cells)}")


def header_again(told: dict[str, str]) -> str:
    """Write the test for a row that repeats the header, as files do that were made of several.

    Args:
        told: Contract column → its name in the header.
    """
    tests = (f"r_{column} = {quoted(name.strip(BLANKS))}" for column, name in told.items())
    return f"coalesce({' AND '.join(tests)}, false)"


def _totals(feed: Feed, cells: dict[str, str]) -> str:
    """Write the test for a total, where a feed has no time or date that would refuse it."""
    required = [feed.by_name[name] for name in feed.required_columns]
    if any(column.kind in (Kind.TIME, Kind.DATE) for column in required):
        return ""
    named = [
        f"r_{column.name}" for column in required if column.name.endswith("_id") and column.name in cells
    ]
    tests = [f"prefix({cell}, {quoted(word)})" for cell in named for word in FOOTERS]
    return "".join(f" OR coalesce({test}, false)" for test in tests)


def demand_once(names: list[str], wanted: set[str]) -> None:
    """Refuse a file whose header has a wanted name twice.

    Args:
        names: The header's, in the form in which names are compared.
        wanted: Those that are read.

    Raises:
        RefusedFileError: One stands there more than once.
    """
    twice = sorted(name for name, times in Counter(names).items() if times > 1 and name in wanted)
    if twice:
        raise RefusedFileError(
            "duplicate_column",
            f"The header names {', '.join(twice)} more than once; nobody can say which one counts.",
            "Export it again with each column once.",
        )


def demand_required(feed: Feed, present: set[str], header: list[str], known: Collection[str] = ()) -> None:
    """Refuse a file that lacks a required column.

    Args:
        feed: The feed of the contract.
        present: Contract columns that were found.
        header: Names as the source writes them, for the message.
        known: Names that a mapping knows.

    Raises:
        RefusedFileError: One is missing; the message names it, what was found, and the nearest name.
    """
    missing = [name for name in feed.required_columns if name not in present]
    if not missing:
        return
    shown = shown_header(header, known)
    free = {plain_name(told): cell for told, cell in zip(header, shown, strict=True)}
    hints = []
    for name in missing:
        near = difflib.get_close_matches(name, free.keys() - feed.by_name.keys(), n=1, cutoff=0.6)
        hints.append(f"{name}" + (f" (nearest in the file: {free[near[0]]})" if near else ""))
    found = ", ".join(cell or "(empty)" for cell in shown[:40])
    row = " The first line looks like a row, not like a header." if is_row(header, known) else ""
    raise RefusedFileError(
        "missing_column",
        f"The header lacks {', '.join(hints)}, required in {feed.name}. Found: {found}.{row}",
        "Export it with that column, or name a mapping with --mapping; `ingest --dry-run` proposes one.",
    )
