"""What every document shares: text in two languages, identifiers, the manifest.

Times in a document are aware and already stand on the bank's wall clock; the view prints them as they are.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

SCHEMA_VERSION: Final = 1
"""Goes up when a field changes its meaning or goes away; a new optional field leaves it."""

Language = Literal["zh", "en"]
Severity = Literal["critical", "high", "medium", "low"]

MARKER = "identifier"
"""Strings marked so are keys of records, not prose: the last wall reads them less strictly (redact.py)."""

Identifier = Annotated[str, MARKER]
"""A key: case, event, record, employee, terminal, file."""

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$"), MARKER]
"""A hash in lower-case hex."""


class Part(BaseModel):
    """A frozen piece of a document; an unknown key is an error, never dropped in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)


class Text(Part):
    """One sentence or label in both languages, made from the same facts: both carry the same numbers."""

    en: str
    zh: str

    @classmethod
    def same(cls, value: str) -> Text:
        """Say the same in both languages, as for a code or a name."""
        return cls(en=value, zh=value)


class Links(Part):
    """Neighbouring pages, as addresses relative to this one; empty means there is none."""

    index: str = ""
    month: str = ""
    overview: str = ""
    previous: str = ""
    next: str = ""
    json_twin: str = ""
    csv: str = ""

    @field_validator("*")
    @classmethod
    def _relative(cls, value: str) -> str:
        return relative_address(value)


def relative_address(value: str) -> str:
    """Refuse an address that would lead out of the reports' folder or run as code."""
    if ":" in value or "\\" in value or value.startswith("/"):
        raise ValueError("a report links only to its neighbours, by a relative address without a colon")
    return value


class PageMark(Part):
    """What stands at the head and foot of every page.

    Attributes:
        institution: The bank's name.
        classification: The mark printed on every page, such as C2.
        language: Which language is shown first; the other is always inside.
        zone: Name of the bank's time zone; all times of the document stand on it.
        links: Neighbouring pages.
    """

    institution: str
    classification: str
    language: Language = "zh"
    zone: str = "Asia/Shanghai"
    links: Links = Links()


class InputFile(Part):
    """One file or table that the run read."""

    name: Identifier
    feed: str
    rows: int
    sha256: Digest


class Manifest(Part):
    """What it takes to recompute the page.

    Attributes:
        run_id: The run that scored.
        versions: Package or part → version, in the order to print.
        config_hash: Hash of the effective configuration.
        seed: The random seed.
        batch_horizon: Nothing recorded after this moment was used.
        inputs: The files read.
        previous_run_hash: Link of the run chain; empty on the first run.
        run_hash: This run's own link of the chain.
    """

    run_id: Identifier
    versions: dict[str, str]
    config_hash: Digest
    seed: int
    batch_horizon: AwareDatetime
    inputs: tuple[InputFile, ...] = ()
    previous_run_hash: Digest | Literal[""] = ""
    run_hash: Digest | Literal[""] = ""


Moment = AwareDatetime
"""An aware time on the bank's wall clock."""

__all__ = [
    "MARKER",
    "SCHEMA_VERSION",
    "Digest",
    "Identifier",
    "InputFile",
    "Language",
    "Links",
    "Manifest",
    "Moment",
    "PageMark",
    "Part",
    "Severity",
    "Text",
    "relative_address",
]
