"""The last wall: nothing that looks like a customer's number or telephone leaves in a document.

Documents carry aliases and tokens only, so this never fires while the stages before it do their work.
Prose is read strictly. Keys (case, event, record) are read for what is a valid resident number, since a
bank's own serial numbers may have 15 to 18 digits. Hashes are hexadecimal and are not standalone digit runs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel

from reports.document.common import MARKER

_EDGE_BEFORE = r"(?<![0-9A-Za-z])"
_EDGE_AFTER = r"(?![0-9A-Za-z])"
_LONG_RUN = re.compile(rf"{_EDGE_BEFORE}(?:\d{{15,18}}|\d{{17}}[Xx]){_EDGE_AFTER}")
_SPACED_RESIDENT = re.compile(
    rf"{_EDGE_BEFORE}\d{{6}}[ \-]?(?:1[89]|20)\d{{6}}[ \-]?\d{{3}}[\dXx]{_EDGE_AFTER}"
)
_PHONE = re.compile(rf"{_EDGE_BEFORE}(?:\+?86[ \-]?)?1[3-9]\d[ \-]?\d{{4}}[ \-]?\d{{4}}{_EDGE_AFTER}")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
# A bank's serial numbers of 15 digits begin with a day, or with a branch and a day of this century: neither is a region and a birth of then.
_REGION = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]")
_OLDEST_OF_OLD_FORM = "1936"


class RedactionError(ValueError):
    """A document holds what looks like a customer's number: it is not rendered.

    Args:
        where: Path of the field within the document; never its content.
        looks_like: What it looks like, in words.
    """

    def __init__(self, where: str, looks_like: str) -> None:
        super().__init__(
            f"The report was not written: its field {where} holds what looks like {looks_like}. "
            "A report carries aliases and tokens only. Mask the text where it was entered, then render again."
        )
        self.where = where
        self.looks_like = looks_like


def refuse_raw_numbers(document: BaseModel) -> None:
    """Walk a document and refuse it when any text looks like a raw customer number.

    Args:
        document: Any document of `reports.document`.

    Raises:
        RedactionError: Some field looks like a resident number or an unmasked telephone number.
    """
    for where, text, is_key in _texts(document, type(document).__name__):
        looks_like = _looks_like(text, is_key)
        if looks_like:
            raise RedactionError(where, looks_like)


def _looks_like(text: str, is_key: bool) -> str:
    if len(text) < 11:
        return ""
    flat = unicodedata.normalize("NFKC", text)
    if is_key:
        return "a resident number" if any(_is_resident(run) for run in _LONG_RUN.findall(flat)) else ""
    if _LONG_RUN.search(flat) or _SPACED_RESIDENT.search(flat):
        return "a resident or account number"
    return "a telephone number" if _PHONE.search(flat) else ""


def _is_resident(run: str) -> bool:
    """Tell a resident number from a serial number: a date of birth and, at 18 places, the check digit."""
    birth = run[6:14] if len(run) == 18 else "19" + run[6:12]
    if len(run) not in (15, 18) or not birth[:4].isdigit():
        return False
    plausible = "1900" <= birth[:4] <= "2035" and "01" <= birth[4:6] <= "12" and "01" <= birth[6:8] <= "31"
    if not plausible:
        return False
    if len(run) == 15:
        return bool(_REGION.match(run)) and birth[:4] >= _OLDEST_OF_OLD_FORM
    total = sum(int(digit) * weight for digit, weight in zip(run[:17], _WEIGHTS, strict=True))
    return _CHECK[total % 11] == run[17].upper()


def _texts(value: Any, where: str, is_key: bool = False) -> Iterator[tuple[str, str, bool]]:
    if isinstance(value, str):
        yield where, value, is_key
    elif isinstance(value, BaseModel):
        for name, marked in _fields(type(value)):
            yield from _texts(getattr(value, name), f"{where}.{name}", marked)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield f"{where} (key)", str(key), False
            yield from _texts(item, f"{where}[]", is_key)
    elif isinstance(value, tuple | list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{where}[{index}]", is_key)


@cache
def _fields(kind: type[BaseModel]) -> tuple[tuple[str, bool], ...]:
    """Name a model's fields, and say of each whether it is marked as a key: the same for thousands of rows."""
    return tuple(
        (name, MARKER in info.metadata or _marked(info.annotation))
        for name, info in kind.model_fields.items()
    )


def _marked(annotation: Any) -> bool:
    """Find the mark of a key inside a union or a tuple."""
    if get_origin(annotation) is Annotated:
        return MARKER in annotation.__metadata__
    return any(_marked(inner) for inner in get_args(annotation))
