"""Which cell of a source is which column of the contract, without a mapping: the header's names decide."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from pipeline.contract import Feed
from pipeline.intake.errors import RefusedFileError
from pipeline.intake.heading import is_row, plain_name, shown_header


@dataclass(frozen=True)
class Bound:
    """Columns found and not found.

    Attributes:
        cells: Contract column → SQL of its raw cell.
        unknown: Header names that mean nothing to the feed, fit to be shown.
    """

    cells: dict[str, str]
    unknown: tuple[str, ...]


def bind(feed: Feed, header: list[str]) -> Bound:
    """Find the contract's columns in a header.

    Args:
        feed: The feed of the contract.
        header: Names as the source writes them.

    Raises:
        RefusedFileError: A required column is missing, or a name stands there twice.
    """
    names = [plain_name(name) for name in header]
    twice = sorted(name for name, times in Counter(names).items() if times > 1 and name in feed.by_name)
    if twice:
        raise RefusedFileError(
            "duplicate_column",
            f"The header names {', '.join(twice)} more than once; nobody can say which one counts.",
            "Export it again with each column once.",
        )
    cells = {name: f"c{index}" for index, name in enumerate(names) if name in feed.by_name}
    demand_required(feed, set(cells), header)
    unknown = [name for name, plain in zip(shown_header(header), names, strict=True) if plain not in cells]
    return Bound(cells, tuple(unknown))


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
