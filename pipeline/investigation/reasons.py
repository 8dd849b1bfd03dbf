"""A stored reason as the dossier shows it: normals, window, what clears it, the look-ups behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from pipeline.casebook.scores import ReasonRow
from pipeline.features.catalogue import FEATURE_OF
from pipeline.features.families.linkage import CLASSES, WAITING
from pipeline.features.spec import Model, Words
from pipeline.investigation.stored import Act, Stored
from reports.document import Reason, Text
from reports.words import say

_WAITING = frozenset(rule for kind in WAITING for rule in CLASSES[kind])
MOST_EVENTS = 2_000
MOST_REASONS = 5

# Marks whose look-ups can be told apart in the stored evidence; other reasons speak of days.
_BEHIND: dict[str, Callable[[Act, date], bool]] = {
    "unlinked": lambda act, _: act.counted and act.state == "unlinked",
    "untraced": lambda act, night: act.counted and (act.state == "unlinked" or _waits(act, night)),
    "hollow": lambda act, _: act.counted and act.state == "thin" and act.record_is_hollow,
    "far": lambda act, _: act.counted and act.state == "thin" and not act.record_is_hollow,
    "long_open": lambda act, _: act.counted and act.state == "linked" and act.record_is_long_open,
    "mismatch": lambda act, _: act.counted and act.mismatch,
    "unknown_number": lambda act, _: act.counted and act.state == "unlinked" and act.number_unknown,
    "off_hours": lambda act, _: act.is_lookup and act.off_hours,
}


def _waits(act: Act, night: date) -> bool:
    # As the measure has it: of the night itself nothing waits yet, and only what follows an application does.
    return act.state == "pending" and act.day < night and act.rule in _WAITING


def text_of(words: Words) -> Text:
    """Turn the catalogue's words into a document's."""
    return Text(en=words.en, zh=words.zh)


def label_of(code: str) -> Text:
    """Name a reason in a few words."""
    if code in FEATURE_OF:
        return text_of(FEATURE_OF[code].title)
    return say(f"facts.reason.{code}") if code in ("pattern", "audit") else say("facts.reason.policy")


def sentence_of(row: ReasonRow) -> Text:
    """Give the stored sentence."""
    return Text(en=row.text_en, zh=row.text_zh)


def distinct(rows: Sequence[ReasonRow]) -> list[ReasonRow]:
    """Leave out a reason that says the same figure of the same window as one before it: it is told once, with both's points.

    Args:
        rows: Stored reasons, the most telling first.
    """
    kept: list[ReasonRow] = []
    for row in rows:
        same = next((place for place, one in enumerate(kept) if _same_figure(row, one)), None)
        if same is None:
            kept.append(row)
        else:
            kept[same] = replace(kept[same], points=kept[same].points + row.points)
    return kept


def _same_figure(row: ReasonRow, other: ReasonRow) -> bool:
    # Where nothing is open any more, "no record" and "no record so far" count the same look-ups.
    both = {row.code, other.code} == {"unlinked", "untraced"}
    return both and (row.value, row.window_days) == (other.value, other.window_days)


def shown_reasons(rows: Sequence[ReasonRow], acts: Sequence[Act], stored: Stored) -> tuple[Reason, ...]:
    """Turn stored reasons into the dossier's.

    Args:
        rows: The stored reasons, most telling first.
        acts: The person's acts that count for them.
        stored: What the run may use.
    """
    return tuple(_shown(row, acts, stored) for row in distinct(rows)[:MOST_REASONS])


def _shown(row: ReasonRow, acts: Sequence[Act], stored: Stored) -> Reason:
    feature = FEATURE_OF.get(row.code)
    style = "number" if feature is None or feature.model is not Model.SHARE else "count"
    return Reason(
        code=row.code,
        label=label_of(row.code),
        text=sentence_of(row),
        value=row.value,
        own_normal=row.own_normal,
        peer_normal=row.peer_normal,
        style=style if row.value is not None and row.value == round(row.value) else "number",
        unit=text_of(feature.unit) if feature else say("facts.reason.no_unit"),
        window=window_words(row.window_days, stored.night),
        points=row.points,
        clears=say("facts.reason.clears", what=text_of(feature.look_alikes)) if feature else None,
        events=_events(row, acts, stored),
    )


def window_words(days: int | None, night: date) -> Text:
    """Name a window that ends with the night."""
    return say("facts.window", n=days, night=night) if days else say("facts.window_night", night=night)


def _events(row: ReasonRow, acts: Sequence[Act], stored: Stored) -> tuple[str, ...]:
    feature = FEATURE_OF.get(row.code)
    behind = _BEHIND.get(feature.numerator) if feature else None
    if behind is None or row.window_days is None:
        return ()
    first = stored.window_start(row.window_days)
    found = [act.event_id for act in acts if act.day >= first and behind(act, stored.night)]
    return tuple(reversed(found))[:MOST_EVENTS]
