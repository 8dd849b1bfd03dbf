"""The evidence rows as they may be shown: customers under aliases, with the record that explains."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Literal

from pipeline.evidence.columns import JUDGED
from pipeline.evidence.reasons import RULE_OF, Mode
from pipeline.investigation.stored import Act
from reports.document import EvidenceCounts, LookUp, Text
from reports.words import say

SHOWN_STATES = ("unlinked", "mismatch", "thin", "not_assessable", "pending", "linked")
"""Most telling first."""
_LONG_NUMBER = re.compile(r"[0-9](?:[ -]?[0-9]){10,}")
_OUTCOMES = ("ok", "not_found", "denied", "error")


def aliases(acts: Iterable[Act]) -> dict[str, str]:
    """Give each customer an alias, by the order in which the person first looked them up.

    Args:
        acts: All acts of the window, in the order of time.
    """
    names: dict[str, str] = {}
    for act in acts:
        if act.subject_token not in names:
            names[act.subject_token] = f"S-{len(names) + 1:04d}"
    return names


def counts_of(acts: Iterable[Act]) -> EvidenceCounts:
    """Count look-ups by state; as in the scores, a customer looked up twice on a day counts once, what only follows not at all."""
    counts = dict.fromkeys(("linked", "thin", "pending", "unlinked", "not_assessable", "mismatch"), 0)
    for act in acts:
        if act.counted and act.state:
            counts[act.state] += 1
            counts["mismatch"] += act.mismatch
    return EvidenceCounts(**counts)


def shown_state(act: Act) -> str:
    """Return the state it is listed under: a wrong number is more telling than the record beside it."""
    return "mismatch" if act.mismatch and act.state != "unlinked" else act.state or "not_assessable"


def shown_lookups(acts: Sequence[Act], names: dict[str, str], known_consent: bool) -> tuple[LookUp, ...]:
    """Turn look-ups into the dossier's rows, most telling first and newest first among equals.

    Args:
        acts: The person's acts.
        names: token → alias.
        known_consent: Whether the bank's log carries authorisations at all.
    """
    looked = [act for act in acts if act.is_lookup]
    looked.sort(key=lambda act: (act.occurred_at, act.event_id), reverse=True)
    looked.sort(key=lambda act: SHOWN_STATES.index(shown_state(act)))
    return tuple(_shown(act, names, known_consent) for act in looked)


def _shown(act: Act, names: dict[str, str], known_consent: bool) -> LookUp:
    return LookUp(
        event_id=act.event_id,
        occurred_at=act.occurred_at,
        reason=act.reason or act.rule,
        subject=names[act.subject_token],
        state=shown_state(act),
        record_id=act.record_id,
        note=note_of(act),
        authorisation=_consent(act, known_consent),
        terminal=act.terminal_id,
        operation=act.operation,
        outcome=act.outcome if act.outcome in _OUTCOMES else "error",
        branch=act.branch_id,
        requester_id=act.entity if act.entity != act.employee_id else "",
    )


def _consent(
    act: Act, known: bool
) -> Literal["", "valid", "missing", "expired", "signed_after", "not_needed", "unknown"]:
    if not act.consent_needed:
        return "not_needed"
    if not known:
        return "unknown"
    if not act.authorization_id:
        return "missing"
    if act.signed_late:
        return "signed_after"
    return "expired" if act.consent_bad else "valid"


def _shortened(reference: str) -> str:
    """Show the end of a long number only: in prose nobody can tell a bank's serial number from a customer's or a telephone's."""
    return _LONG_NUMBER.sub(lambda found: "…" + re.sub("[ -]", "", found[0])[-6:], reference)


def note_of(act: Act) -> Text | None:
    """Say why a look-up has its state, and what is wrong with the number that was typed in."""
    why = _why(act)
    if not act.number_unknown or not act.counted or act.state not in JUDGED:
        return why
    number = say("facts.note.unknown_number", ref=_shortened(act.business_ref))
    return Text(en=f"{why.en} {number.en}", zh=f"{why.zh}{number.zh}") if why else number


def _why(act: Act) -> Text | None:
    if act.only_follows:
        return say("facts.note.follows")
    if not act.counted and act.is_lookup:
        return say("facts.note.repeat")
    if act.mismatch:
        return say("facts.note.mismatch", ref=_shortened(act.business_ref))
    if act.state == "unlinked":
        return _outside("unlinked", act.rule)
    if act.state == "thin":
        return say("facts.note.hollow" if act.record_is_hollow else "facts.note.far")
    if act.state == "pending":
        return _outside("pending", act.rule)
    if act.state == "not_assessable":
        return say("facts.note.not_assessable")
    if act.record_is_long_open:
        return say("facts.note.long_open")
    return say("facts.note.later") if act.came_later else None


@cache
def _outside(state: str, rule: str) -> Text:
    return say(f"facts.note.{state}", span=span_words(rule))


def span_words(rule: str) -> Text:
    """Say within which time a reason's record may lie."""
    found = RULE_OF[rule]
    if found.mode is Mode.MINUTES:
        return say("facts.span.minutes", before=found.before_minutes, after=found.after_minutes)
    if found.mode is Mode.ACTIVE:
        return say("facts.span.active")
    if found.mode is Mode.REFERENCE:
        return say("facts.span.reference")
    return say("facts.span.days", before=found.before_days, after=found.after_workdays)
