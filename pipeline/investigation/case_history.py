"""The life of a person's cases in words."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from pipeline.casebook.case_file import CaseEvent
from pipeline.investigation.case_life import CaseThen
from reports.document import HistoryEntry, Text
from reports.words import say

MOST_NIGHTS = 3
"""Nights a case was merely seen again, in the history; the newest of them."""


def status_words(case: CaseThen | None) -> Text:
    """Name the status of a case."""
    if case is None:
        return say("facts.status.none")
    if case.status == "closed":
        return say("facts.status.closed", how=disposition_words(case.disposition))
    return say(f"facts.status.{case.status}")


def disposition_words(code: str) -> Text:
    """Name how a case ended."""
    return say(f"facts.disposition.{code}") if code else Text.same("–")


def entries(cases: Sequence[CaseThen], zone: ZoneInfo) -> tuple[HistoryEntry, ...]:
    """List what happened, newest first; of nights that only saw the person again, the newest few."""
    told = []
    for case in cases:
        seen_again = [event for event in case.events if event.kind == "continued"]
        left_out = set(map(id, seen_again[:-MOST_NIGHTS]))
        told += [(event, case.case_id) for event in case.events if id(event) not in left_out]
    # What was written at one moment, as by a clock that ticks in minutes, stays newest first too.
    told.reverse()
    told.sort(key=lambda item: item[0].at, reverse=True)
    return tuple(
        HistoryEntry(
            at=event.at.astimezone(zone),
            case_id=case_id,
            act=_act(event),
            by=event.actor,
            note=str(event.detail.get("text", "")),
        )
        for event, case_id in told
    )


def _act(event: CaseEvent) -> Text:
    detail = event.detail
    if event.kind in ("opened", "continued", "new_evidence"):
        return say(f"facts.act.{event.kind}", night=str(detail.get("night", "")))
    if event.kind == "assigned":
        return say("facts.act.assigned", owner=str(detail.get("owner", "")))
    if event.kind == "attested":
        return say("facts.act.attested", who=str(detail.get("attested_by", "")))
    if event.kind == "closed":
        return say("facts.act.closed", how=disposition_words(str(detail.get("disposition", ""))))
    if event.kind == "status" and "closing_as" in detail:
        return say("facts.act.closing")
    return say(f"facts.act.{event.kind}")
