"""Staff under codes: one stable code a person, and one layer that puts codes in the place of ids and names.

A code is a keyed hash of the employee id: the same on every page and every night, and without the key of the
installation nobody can compute it. What is stored stays as it is; only what is shown goes through here. Who is
behind a code is told by `tellerwatch reveal who`, to two people, with an entry in the access record.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from pipeline.home import Home
    from pipeline.settings import Settings

PREFIX = "P-"
LENGTH = 10
"""Characters of a code, five bits each: among 400,000 people a chance of 1 in 14,000 that two share one."""
_FORM = "tellerwatch staff 1\n"
_CODE = re.compile(rf"{PREFIX}[A-Z2-7]{{{LENGTH}}}", re.IGNORECASE)
# A colour's escape sequence ends in a letter that would run into the id behind it.
_WORD = re.compile(r"\x1b\[[0-9;]*m|[0-9A-Za-z]+(?:[._@\-][0-9A-Za-z]+)*")
_PIECE = re.compile(r"[0-9A-Za-z]+")
_NAMED = ("name",)
"""Fields that hold a person's name and nothing else: emptied."""
MASK = "***"
T = TypeVar("T")


def is_code(text: str) -> bool:
    """Say whether a text has the form of a code."""
    return _CODE.fullmatch(text.strip()) is not None


class StaffCodes:
    """Codes of the people whom the installation knows.

    Args:
        key: The installation's secret behind the codes.
        ids: Everybody's id.
        names: Everybody's name, masked in free text.
    """

    def __init__(self, key: bytes, ids: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        self._key = key
        self._code: dict[str, str] = {}
        self._person: dict[str, str] = {}
        self._names: dict[str, list[str]] = {}
        self.learn(ids)
        for name in sorted({name.strip() for name in names}, key=lambda name: (-len(name), name)):
            if len(name) > 1:
                self._names.setdefault(name[:2], []).append(name)
        firsts = "".join(re.escape(letter) for letter in sorted({begin[0] for begin in self._names}))
        self._first = re.compile(f"[{firsts}]") if firsts else None

    def learn(self, ids: Iterable[str]) -> None:
        """Know these ids too."""
        for employee_id in ids:
            if employee_id and employee_id not in self._code:
                code = self._made(employee_id)
                self._code[employee_id] = code
                self._person[code] = employee_id

    def code(self, employee_id: str) -> str:
        """Return somebody's code."""
        if employee_id and employee_id not in self._code:
            self.learn([employee_id])
        return self._code.get(employee_id, "")

    def person(self, code: str) -> str | None:
        """Return who is behind a code; None for nobody here."""
        return self._person.get(code.strip().upper())

    def _made(self, employee_id: str) -> str:
        digest = hmac.new(self._key, (_FORM + employee_id).encode(), hashlib.sha256).digest()
        return PREFIX + base64.b32encode(digest).decode()[:LENGTH]

    def text(self, text: str, names: bool = True) -> str:
        """Put codes in the place of every known id in a text, and of names where the text is people's own."""
        if employee := self._code.get(text):
            return employee
        coded = _WORD.sub(self._word, text)
        return self._without_names(coded) if names else coded

    def _word(self, found: re.Match[str]) -> str:
        word = found[0]
        if word.startswith("\x1b"):
            return word
        if word in self._code:
            return self._code[word]
        return _PIECE.sub(self._piece, word)

    def _piece(self, found: re.Match[str]) -> str:
        # A part of a longer word, such as a terminal's name. Figures alone would be parts of dates too.
        piece = found[0]
        return piece if piece.isdigit() else self._code.get(piece, piece)

    def _without_names(self, text: str) -> str:
        if self._first is None:
            return text
        kept, at = [], 0
        for found in self._first.finditer(text):
            start = found.start()
            some = self._names.get(text[start : start + 2], ())
            name = next((one for one in some if start >= at and text.startswith(one, start)), None)
            if name is not None:
                kept += [text[at:start], MASK]
                at = start + len(name)
        return "".join([*kept, text[at:]])

    def shown(self, value: T) -> T:
        """Return a copy of anything that is printed, with codes for people: documents, records, lists, text."""
        return self._shown(value)  # type: ignore[no-any-return]  # the same kind of thing that came in

    def _shown(self, value: Any, names: bool = True) -> Any:
        if isinstance(value, str):
            return self.text(value, names)
        if isinstance(value, BaseModel):
            templated = set(type(value).model_fields) == {"en", "zh"}
            return value.model_copy(
                update={
                    field: self._field(field, getattr(value, field), names and not templated)
                    for field in type(value).model_fields
                }
            )
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = {item.name: getattr(value, item.name) for item in dataclasses.fields(value) if item.init}
            return dataclasses.replace(
                value, **{name: self._field(name, of, names) for name, of in fields.items()}
            )
        if isinstance(value, dict):
            templated = set(value) == {"en", "zh"}
            return {
                self._shown(key, names): self._field(key, of, names and not templated)
                for key, of in value.items()
            }
        if isinstance(value, (list, tuple, set, frozenset)):
            return type(value)(self._shown(item, names) for item in value)
        return value

    def _field(self, field: Any, value: Any, names: bool) -> Any:
        if field in _NAMED and isinstance(value, str):
            return "" if any(value.strip() in some for some in self._names.values()) else self.text(value)
        return self._shown(value, names and not str(field).startswith("text_"))


_ALL = """
    SELECT DISTINCT employee_id, coalesce(name, ''), coalesce(manager_id, '')
    FROM read_parquet(?, union_by_name = true)
"""


def staff_codes(home: Home, settings: Settings, engine: Engine) -> StaffCodes | None:
    """Read whom the installation knows; None where staff is shown by id and name.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: Its casebook.
    """
    return read_codes(home, engine) if settings.privacy.staff == "codes" else None


def read_codes(home: Home, engine: Engine) -> StaffCodes:
    """Read everybody from the register, the register of machines, the scores and the cases."""
    import duckdb
    from sqlalchemy import select

    from pipeline.casebook.tables import cases, scores
    from pipeline.evidencepack.signing_key import staff_key
    from pipeline.lake.store import Lake

    lake = Lake(home, engine)
    ids: set[str] = set()
    names: set[str] = set()
    with duckdb.connect() as connection:
        if paths := [str(path) for path in lake.files("employees")]:
            for employee_id, name, manager in connection.execute(_ALL, [paths]).fetchall():
                ids |= {employee_id, manager}
                names.add(name)
        if paths := [str(path) for path in lake.files("service_accounts")]:
            sql = "SELECT DISTINCT account_id, coalesce(owner_id, '') FROM read_parquet(?, union_by_name = true)"
            ids |= {one for row in connection.execute(sql, [paths]).fetchall() for one in row}
    with engine.connect() as stored:
        for column in (scores.c.employee_id, cases.c.employee_id):
            ids |= {row[0] for row in stored.execute(select(column).distinct())}
    return StaffCodes(staff_key(home), ids, names)
