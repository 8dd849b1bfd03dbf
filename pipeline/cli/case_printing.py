"""How cases are printed: as JSON that others rely on, and as tables for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console
    from rich.table import Table

    from pipeline.casebook.case_file import Case, CaseNight
    from pipeline.casebook.relations import Relation
    from pipeline.casebook.scores import ReasonRow
    from reports.document import HistoryEntry, Text

MOST_NIGHTS = 10
"""Nights that are printed, the newest."""
_NUMBERS = ("Score", "p", "Unexplained", "Unex-\nplained", "Rank", "Value", "Own normal", "Peers' normal")
COLORS = {"critical": "bold red", "high": "red", "medium": "yellow", "low": ""}


def case_json(case: Case, reasons: Sequence[ReasonRow]) -> dict[str, Any]:
    """Return one case as the contract has it."""
    return {**asdict(case), "reasons": [reason_json(reason) for reason in reasons]}


def reason_json(reason: ReasonRow) -> dict[str, Any]:
    """Return one reason as the contract has it."""
    plain = asdict(reason)
    return {name: plain[name] for name in plain if name not in ("employee_id", "ordinal")}


def related_json(
    case_id: str, relations: Sequence[Relation], people: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return the cases that are one matter with a case, each with what relates them.

    Args:
        case_id: The case.
        relations: What the nights have found.
        people: Case → whose it is.
    """
    from pipeline.investigation.matter_words import why

    return [
        {
            "case_id": one.beside(case_id),
            "employee_id": people.get(one.beside(case_id), ""),
            "kind": one.kind,
            "shared": one.shared,
            "night": one.night,
            "text_en": why(one).en,
            "text_zh": why(one).zh,
        }
        for one in relations
        if case_id in (one.case_id, one.other_id)
    ]


def print_matters(
    console: Console, cases: Sequence[Case], relations: Sequence[Relation], language: str
) -> None:
    """Print which of the cases are one matter, with what relates them."""
    from pipeline.casebook.relations import matters
    from pipeline.investigation.matter_words import why

    for group in matters([case.case_id for case in cases], relations):
        console.print(f"One matter, {len(group)} people: {', '.join(group)}", style="bold")
        for one in relations:
            if one.case_id in group and one.other_id in group:
                words = why(one).zh if language == "zh" else why(one).en
                console.print(f"  {one.case_id} – {one.other_id}: {words}", markup=False)


def print_cases(
    console: Console,
    cases: Sequence[Case],
    reasons: Mapping[str, Sequence[ReasonRow]],
    language: str,
    relations: Sequence[Relation] = (),
) -> None:
    """Print cases as a table, each with its most telling reason, and which of them are one matter."""
    if not cases:
        console.print("No case.")
        return
    table = _table("Case", "Employee", "Opened", "Severity", "Status", "Score", "Unex-\nplained")
    for case in cases:
        table.add_row(
            case.case_id,
            case.employee_id,
            case.opened_on.isoformat(),
            f"[{COLORS[case.severity]}]{case.severity}[/]" if COLORS[case.severity] else case.severity,
            case.status if case.disposition is None else f"{case.status}:\n{case.disposition}",
            f"{case.score:.1f}",
            str(case.unexplained),
        )
    console.print(table)
    for case in cases:  # a column of its own would be a finger wide on a narrow terminal
        for reason in reasons.get(case.case_id, ())[:1]:
            console.print(f"{case.case_id}  {_words(reason, language)}", markup=False)
    print_matters(console, cases, relations, language)
    waiting = sum(case.open for case in cases)
    console.print(f"{waiting} open, {len(cases) - waiting} closed")


def print_case(
    console: Console,
    case: Case,
    reasons: Sequence[ReasonRow],
    nights: Sequence[CaseNight],
    history: Sequence[HistoryEntry],
    language: str,
    local: Callable[[datetime], str],
    related: Sequence[Mapping[str, Any]] = (),
    before: Text | None = None,
) -> None:
    """Print one case: its state, why, the newest nights, the history in words."""
    told_before = before and (before.zh if language == "zh" else before.en)
    console.print(f"{case.case_id}  {case.employee_id}  {case.severity}  {case.status}", style="bold")
    for label, value in (
        ("Opened on", case.opened_on),
        ("Last seen", case.last_night),
        ("Before", told_before),
        ("Score", f"{case.score:.2f} (p {case.p_value:.2g})"),
        ("Unexplained", case.unexplained),
        ("Owner", case.owner),
        ("Due on", case.due_on),
        ("Known since", case.aware_at and local(case.aware_at)),
        ("Closed as", case.disposition),
        ("Because", case.disposition_text),
        ("Second person", case.second_person),
    ):
        if value is not None:
            console.print(f"  {label:<14}{value}", markup=False)
    for other in related:
        words = other["text_zh" if language == "zh" else "text_en"]
        console.print(f"  One matter with {other['case_id']} ({other['employee_id']}): {words}", markup=False)
    if reasons:
        from pipeline.investigation.reasons import distinct

        table = _table("Why", "Value", "Own normal", "Peers' normal")
        for reason in distinct(reasons):
            normals = (reason.value, reason.own_normal, reason.peer_normal)
            table.add_row(_plain(_words(reason, language)), *(_number(value) for value in normals))
        console.print(table)
    table = _table("Night", "Rank", "Score", "p", "Unexplained")
    for night in nights[-MOST_NIGHTS:]:
        table.add_row(
            night.night.isoformat(),
            str(night.rank),
            f"{night.score:.2f}",
            f"{night.p_value:.2g}",
            str(night.unexplained),
        )
    console.print(table)
    if len(nights) > MOST_NIGHTS:
        console.print(
            f"  {len(nights) - MOST_NIGHTS} nights before, from {nights[0].night} on: --json holds all."
        )
    table = _table("When", "Who", "What")
    for item in history:
        words, colon = (item.act.zh, "：") if language == "zh" else (item.act.en, ": ")
        said = f"{words}{colon}{item.note}" if item.note else words
        table.add_row(f"{item.at:%Y-%m-%d %H:%M}", _plain(item.by), _plain(said))
    console.print(table)


def _table(*columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        # Where room is short these give way first: a case's number that is cut is another number.
        words = column in ("Why", "What", "Status")
        table.add_column(
            column, justify="right" if column in _NUMBERS else "left", overflow="fold", no_wrap=not words
        )
    return table


def _words(reason: ReasonRow, language: str) -> str:
    return reason.text_zh if language == "zh" else reason.text_en


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
