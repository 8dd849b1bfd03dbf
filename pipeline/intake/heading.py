"""A header's names: how they are compared, and how much of them may be shown.

Where the header is missing, the first row stands in its place, with a customer's name and number in it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache

from pipeline.contract import FEEDS
from pipeline.intake.aliases import ALIASES
from pipeline.intake.surnames import SURNAMES

_LONGEST_SHOWN = 40
# Numbers are written in groups, with blanks, hyphens or dots between them; underlines part names, and years in them.
_NUMBER = re.compile(r"(?:\d[\W_]*){5}")
_WORD = re.compile(r"[A-Za-z]+(?:[_-][A-Za-z]+)*|[A-Za-z]*[\u4e00-\u9fff]{2,12}[A-Za-z]*")
_CHINESE_NAME = re.compile(rf"[{SURNAMES}][\u4e00-\u9fff]{{1,3}}")


def plain_name(name: str) -> str:
    """Bring a header's name into the form in which names are compared."""
    return name.strip().strip("\ufeff'\"").strip().lower().replace(" ", "_").replace("-", "_")


@cache
def all_names() -> frozenset[str]:
    """Return every name by which a column of any feed is known, in the form in which names are compared."""
    names = {name for feed in FEEDS.values() for name in feed.by_name}
    aliases = {plain_name(alias) for feed in ALIASES.values() for told in feed.values() for alias in told}
    return frozenset(names | aliases)


def is_row(header: Sequence[str], known: Collection[str] = ()) -> bool:
    """Tell whether what stands in the header's place is rather a row.

    Args:
        header: Cells of the first line.
        known: Names that are known beside those of the contract and of usual exports.
    """
    return any(cell.strip()[:1].isdigit() for cell in header) and not _names_columns(header, known)


def shown_header(header: Sequence[str], known: Collection[str] = ()) -> list[str]:
    """Show a header's cells, masked where one may be a customer's number or name.

    Args:
        header: Cells of the first line.
        known: Names that are known beside those of the contract and of usual exports.
    """
    if _names_columns(header, known):
        return [_without_number(cell.strip()) for cell in header]
    row = is_row(header, known)
    return [_word(cell.strip(), row) for cell in header]


def _names_columns(header: Sequence[str], known: Collection[str]) -> bool:
    names = [plain_name(cell) for cell in header]
    told = sum(name in known or name in all_names() for name in names)
    # One name alone may be a cell's word, such as `account`, in a row with a number or a time.
    return told > 1 or (told == 1 and not any(name[:1].isdigit() for name in names))


def _without_number(cell: str) -> str:
    return f"{cell[:1]}***" if _NUMBER.search(cell) or len(cell) > _LONGEST_SHOWN else cell


def _word(cell: str, row: bool) -> str:
    fit = (
        not row
        and len(cell) <= _LONGEST_SHOWN
        and _WORD.fullmatch(cell)
        and not _CHINESE_NAME.fullmatch(cell)
    )
    return cell if fit or not cell else f"{cell[:1]}***"
