"""Which cell of a source is which column of the contract, without a mapping: the header's names decide."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass

from pipeline.contract import Feed
from pipeline.intake.errors import RefusedFileError, header_name


@dataclass(frozen=True)
class Bound:
    """Columns found and not found.

    Attributes:
        cells: Contract column → SQL of its raw cell.
        unknown: Header names that mean nothing to the feed, fit to be shown.
    """

    cells: dict[str, str]
    unknown: tuple[str, ...]


def plain_name(name: str) -> str:
    """Bring a header's name into the form in which names are compared."""
    return name.strip().strip("\ufeff'\"").strip().lower().replace(" ", "_").replace("-", "_")


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
    unknown = tuple(header_name(name) for name in header if plain_name(name) not in feed.by_name)
    return Bound(cells, unknown)


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


def demand_required(feed: Feed, present: set[str], header: list[str]) -> None:
    """Refuse a file that lacks a required column.

    Args:
        feed: The feed of the contract.
        present: Contract columns that were found.
        header: Names as the source writes them, for the message.

    Raises:
        RefusedFileError: One is missing; the message names it, what was found, and the nearest name.
    """
    missing = [name for name in feed.required_columns if name not in present]
    if not missing:
        return
    free = [plain_name(name) for name in header if plain_name(name) not in feed.by_name]
    hints = []
    for name in missing:
        near = difflib.get_close_matches(name, free, n=1, cutoff=0.6)
        hints.append(f"{name}" + (f" (nearest in the file: {header_name(near[0])})" if near else ""))
    found = ", ".join(header_name(name) or "(empty)" for name in header[:40])
    raise RefusedFileError(
        "missing_column",
        f"The header lacks {', '.join(hints)}, required in {feed.name}. Found: {found}.",
        "Export it with that column, or name a mapping with --mapping; `ingest --dry-run` proposes one.",
    )
