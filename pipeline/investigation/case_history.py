"""The life of a person's cases in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
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


def entries(histories: Iterable[tuple[str, Sequence[CaseEvent]]], zone: ZoneInfo) -> tuple[HistoryEntry, ...]:
    """List what happened, newest first; of nights that only saw the person again, the newest few.

    Args:
        histories: Cases with their events, oldest first.
        zone: The bank's zone, in which times are told.
    """
    told = []
    for case_id, events in histories:
        seen_again = [event for event in events if event.kind == "continued"]
        left_out = set(map(id, seen_again[:-MOST_NIGHTS]))
        told += [
            (event, case_id, _act(event, events[:place], zone))
            for place, event in enumerate(events)
            if id(event) not in left_out
        ]
    # What was written at one moment, as by a clock that ticks in minutes, stays newest first too.
    told.reverse()
    told.sort(key=lambda item: item[0].at, reverse=True)
    return tuple(
        HistoryEntry(
            at=event.at.astimezone(zone),
            case_id=case_id,
            act=act,
            by=event.actor,
            note="" if "answers" in event.detail else str(event.detail.get("text", "")),
        )
        for event, case_id, act in told
    )


def before_words(events: Sequence[CaseEvent], zone: ZoneInfo) -> Text | None:
    """Say of a case that is open again how often it was seen before, and how, by whom and when it was closed.

    Args:
        events: The case's history, oldest first.
        zone: The bank's zone.

    Returns:
        None for a case that is closed, or was never closed before.
    """
    for place in reversed(range(len(events))):
        if events[place].kind == "closed":
            return None
        if events[place].kind == "reopened":
            return _closed_before(events[place], events[:place], zone)
    return None


def _closed_before(again: CaseEvent, earlier: Sequence[CaseEvent], zone: ZoneInfo) -> Text | None:
    closing = next((event for event in reversed(earlier) if event.kind == "closed"), None)
    if closing is None:
        return None
    nights = {event.detail["night"] for event in earlier if "night" in event.detail}
    second = closing.detail.get("second_person")
    how = disposition_words(str(closing.detail.get("disposition", "")))
    return say(
        "facts.case.before_two" if second else "facts.case.before",
        n=len(nights - {again.detail.get("night")}),
        how=how,
        who=closing.actor,
        second=str(second or ""),
        on=closing.at.astimezone(zone).date(),
    )


def _act(event: CaseEvent, earlier: Sequence[CaseEvent], zone: ZoneInfo) -> Text:
    if event.kind == "reopened" and (before := _closed_before(event, earlier, zone)) is not None:
        words = _what(event, zone)
        return Text(en=f"{words.en}; {before.en}", zh=f"{words.zh}；{before.zh}")
    return _what(event, zone)


def _what(event: CaseEvent, zone: ZoneInfo) -> Text:
    detail = event.detail
    night, news = str(detail.get("night", "")), detail.get("news")
    if event.kind in ("new_evidence", "reopened") and night and news:
        return say(f"facts.act.{event.kind}_why", night=night, why=news_words(news))
    if event.kind in ("opened", "continued", "new_evidence"):
        return say(f"facts.act.{event.kind}", night=night)
    if event.kind == "assigned":
        owner, due = str(detail.get("owner", "")), detail.get("due_on")
        return (
            say("facts.act.assigned_due", owner=owner, due=str(due))
            if due
            else say("facts.act.assigned", owner=owner)
        )
    if event.kind == "attested":
        return _attested(detail)
    if event.kind == "closed":
        return say("facts.act.closed", how=disposition_words(str(detail.get("disposition", ""))))
    if event.kind == "second_approval" and detail.get("second_person"):
        return say("facts.act.second_approval_of", who=str(detail["second_person"]))
    if event.kind == "status" and "closing_as" in detail:
        return say("facts.act.closing", how=disposition_words(str(detail["closing_as"])))
    if event.kind == "status" and "aware_at" in detail:
        since = datetime.fromisoformat(detail["aware_at"]).astimezone(zone)
        return say("facts.act.aware", since=f"{since:%Y-%m-%d %H:%M}")
    return say(f"facts.act.{event.kind}")


def _attested(detail: Mapping[str, Any]) -> Text:
    who = str(detail.get("attested_by", ""))
    if "answers" not in detail:
        return say("facts.act.attested", who=who)
    given = Counter(answer["answer"] for answer in detail["answers"])
    yes, no, unknown = (given[name] for name in ("confirmed", "not_confirmed", "does_not_know"))
    return say("facts.act.attested_sheet", who=who, yes=yes, no=no, unknown=unknown)


def news_words(codes: Sequence[str]) -> Text:
    """Say what was new of a person who was raised again, from the codes of the casebook."""
    told = []
    for code in codes:
        kind, _, value = code.partition(":")
        if kind == "unexplained":
            told.append(say("facts.change.why_grown", n=value.lstrip("+")))
        else:
            told.append(say("facts.change.why_family", family=_family_words(value)))
    told = told or [say("facts.change.why_person")]
    return Text(en="; ".join(one.en for one in told), zh="；".join(one.zh for one in told))


def _family_words(family: str) -> Text:
    try:
        return say(f"facts.family.{family}")
    except KeyError:  # of another version
        return Text.same(family)
