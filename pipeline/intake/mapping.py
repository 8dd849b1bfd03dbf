"""Mappings: how a source's export becomes a feed of the contract; one TOML file each."""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pipeline.contract import FEEDS, Feed
from pipeline.errors import ConfigError, UsageError
from pipeline.home import Home
from pipeline.intake.binding import Bound, demand_once, demand_required, header_again
from pipeline.intake.cell_sql import quoted
from pipeline.intake.heading import plain_name, shown_header
from pipeline.intake.origins import named_like
from pipeline.intake.staging import Reading
from pipeline.resources import shipped_config


class Footer(BaseModel):
    """Rows that are no data, such as a total in the last line."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str = Field(description="header of the column that tells")
    begins: list[str] = Field(description="what its cell begins with")


class Withdrawn(BaseModel):
    """Rows that the source takes back: it sends them again, marked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str = Field(description="header of the column that tells")
    values: list[str] = Field(min_length=1, description="what its cell says then, without regard to case")


class MappingFile(BaseModel):
    """What a mapping's file says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    feed: str
    title: str = ""
    zone: str | None = None
    delimiter: str | None = Field(None, min_length=1, max_length=1)
    short_rows: bool = False
    columns: dict[str, str | list[str]] = {}
    combined: dict[str, list[str]] = {}
    constants: dict[str, str] = {}
    by_file_name: dict[str, dict[str, str]] = {}
    values: dict[str, dict[str, str]] = {}
    formats: dict[str, list[str]] = {}
    ignored: list[str] = []
    footer: Footer | None = None
    withdrawn: Withdrawn | None = None

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                ZoneInfo(value)
            except (KeyError, ValueError, OSError) as error:
                raise ValueError(f"no time zone is called {value!r}") from error
        return value


@dataclass(frozen=True)
class Mapping:
    """One mapping, ready for use.

    Attributes:
        name: The file's name without its ending.
        version: First eight hex digits of the file's hash: a changed mapping takes a known file in anew.
        rules: What the file says.
    """

    name: str
    version: str
    rules: MappingFile

    @property
    def label(self) -> str:
        """Name and version, as the ledger keeps them."""
        return f"{self.name}@{self.version}"

    @property
    def feed(self) -> Feed:
        """The feed that it makes."""
        return FEEDS[self.rules.feed]

    def zone(self, bank_zone: str) -> str:
        """Return the zone of times without an offset."""
        return self.rules.zone or bank_zone


def mapping_folders(home: Home) -> tuple[Path, Path]:
    """Return where mappings are looked for: the home's own first, then those that came with the program."""
    return home.root / "mappings", shipped_config() / "mappings"


def mapping_names(home: Home) -> list[str]:
    """List the names of all mappings that can be used."""
    return sorted({path.stem for folder in mapping_folders(home) for path in folder.glob("*.toml")})


def load_mapping(home: Home, name: str) -> Mapping:
    """Read a mapping by its name.

    Args:
        home: The installation.
        name: The file's name without `.toml`.

    Raises:
        UsageError: There is none of that name.
        ConfigError: It cannot be used.
    """
    folders = mapping_folders(home)
    known = mapping_names(home)
    path = next(
        (
            folder / f"{name}.toml"
            for folder in folders
            if name in known and (folder / f"{name}.toml").is_file()
        ),
        None,
    )
    if path is None:
        near = difflib.get_close_matches(name, known, n=1)
        raise UsageError(
            f"There is no mapping called {name!r}" + (f"; did you mean {near[0]}?" if near else "."),
            f"Put {name}.toml into {folders[0]}, or use one of: {', '.join(known) or 'none yet'}.",
        )
    content = path.read_bytes()
    try:
        rules = MappingFile.model_validate(tomllib.loads(content.decode("utf-8-sig")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as error:
        raise ConfigError(
            f"The mapping {path} cannot be used: {_first(error)}.",
            "docs/feeds.md shows what a mapping may say.",
        ) from error
    _check(path, rules)
    return Mapping(name, hashlib.sha256(content).hexdigest()[:8], rules)


def header_names(mapping: Mapping) -> set[str]:
    """Return every header that the mapping knows, in the form in which names are compared."""
    return _read_names(mapping.rules) | {plain_name(name) for name in mapping.rules.ignored}


def _read_names(rules: MappingFile) -> set[str]:
    """Return the headers whose cells are read, in the form in which names are compared."""
    lists = [[told] if isinstance(told, str) else told for told in rules.columns.values()]
    lists += [*rules.combined.values(), *([part.column] for part in (rules.footer, rules.withdrawn) if part)]
    return {plain_name(name) for names in lists for name in names}


def apply_mapping(mapping: Mapping, header: list[str], file_name: str, zone: str) -> tuple[Bound, Reading]:
    """Say how a file with this header is to be read.

    Args:
        mapping: The mapping.
        header: Names as the source writes them.
        file_name: The file's name; some constants depend on it.
        zone: Zone of times without an offset, where the mapping names none.

    Raises:
        RefusedFileError: A required column comes from nowhere, or a name that is read stands there twice.
    """
    rules = mapping.rules
    demand_once([plain_name(name) for name in header], _read_names(rules))
    place = {plain_name(name): f"c{index}" for index, name in enumerate(header)}
    written = {plain_name(name): name for name in header}
    cells: dict[str, str] = {}
    told: dict[str, str] = {}
    used: set[str] = {plain_name(name) for name in rules.ignored}
    if rules.withdrawn is not None:
        used.add(plain_name(rules.withdrawn.column))
    for column, headers in rules.columns.items():
        names = [plain_name(name) for name in ([headers] if isinstance(headers, str) else headers)]
        found = [place[name] for name in names if name in place]
        used.update(names)
        if found:
            told[column] = next(written[name] for name in names if name in place)
            cells[column] = (
                found[0] if len(found) == 1 else f"coalesce({', '.join(_filled(cell) for cell in found)})"
            )
    for column, headers in rules.combined.items():
        names = [plain_name(name) for name in headers]
        used.update(names)
        if all(name in place for name in names):
            told[column] = " ".join(written[name] for name in names)
            cells[column] = f"concat_ws(' ', {', '.join(_filled(place[name]) for name in names)})"
    for column, value in rules.constants.items():
        cells.setdefault(column, quoted(value) + "::VARCHAR")
    for column, patterns in rules.by_file_name.items():
        for pattern, value in patterns.items():
            if named_like(file_name, pattern):
                cells.setdefault(column, quoted(value) + "::VARCHAR")
    demand_required(mapping.feed, set(cells), header, used)
    shown = zip(header, shown_header(header, used), strict=True)
    unknown = tuple(cell for name, cell in shown if plain_name(name) not in used)
    spellings = {
        column: {spelling.lower(): value for spelling, value in values.items()}
        for column, values in rules.values.items()
    }
    formats = {column: tuple(patterns) for column, patterns in rules.formats.items()}
    footer = " OR ".join(test for test in (_footer(rules, place), header_again(told) if told else "") if test)
    return Bound(cells, unknown), Reading(
        cells, mapping.zone(zone), formats, spellings, footer, _withdrawn(rules, place)
    )


def _footer(rules: MappingFile, place: dict[str, str]) -> str:
    if rules.footer is None:
        return ""
    cell = place.get(plain_name(rules.footer.column))
    if cell is None:
        return ""
    tests = " OR ".join(f"starts_with(ltrim({cell}), {quoted(word)})" for word in rules.footer.begins)
    return f"coalesce({tests}, false)"


def _withdrawn(rules: MappingFile, place: dict[str, str]) -> str:
    if rules.withdrawn is None:
        return ""
    cell = place.get(plain_name(rules.withdrawn.column))
    if cell is None:
        return ""
    values = ", ".join(quoted(value.strip().lower()) for value in rules.withdrawn.values)
    return f"coalesce(lower(trim({cell})) IN ({values}), false)"


def _filled(cell: str) -> str:
    return f"nullif(trim({cell}), '')"


def _check(path: Path, rules: MappingFile) -> None:
    if rules.feed not in FEEDS:
        raise ConfigError(
            f"The mapping {path} makes {rules.feed!r}, which is no feed.",
            "The feeds are: " + ", ".join(FEEDS),
        )
    known = FEEDS[rules.feed].by_name
    parts = (rules.columns, rules.combined, rules.constants, rules.by_file_name, rules.values, rules.formats)
    for name in sorted({name for part in parts for name in part}):
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise ConfigError(
                f"The mapping {path} names {name!r}, which is no column of {rules.feed}"
                + (f"; did you mean {near[0]}?" if near else "."),
                "The columns are: " + ", ".join(known) + ".",
            )
    for column, values in rules.values.items():
        wrong = [
            value for value in values.values() if known[column].choices and value not in known[column].choices
        ]
        if wrong:
            raise ConfigError(
                f"The mapping {path} gives {column} the value {wrong[0]!r}, unknown to the contract.",
                "It may be: " + ", ".join(known[column].choices) + ".",
            )


def _first(error: Any) -> str:
    if isinstance(error, ValidationError):
        item = error.errors()[0]
        return f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
    return str(error)
