"""A stored reason as the dossier shows it: normals, window, what clears it, the look-ups behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from pipeline.casebook.scores import ReasonRow
from pipeline.features.catalogue import FEATURE_OF
from pipeline.features.spec import Model, Words
from pipeline.investigation.stored import Act, Stored
from reports.document import Reason, Text
from reports.words import say

MOST_EVENTS = 200

# Marks whose look-ups can be told apart in the stored evidence; other reasons speak of days.
_BEHIND: dict[str, Callable[[Act], bool]] = {
    "unlinked": lambda act: act.counted and act.state == "unlinked",
    "thin": lambda act: act.counted and act.state == "thin",
    "waiting": lambda act: act.counted and act.state == "pending",
    "mismatch": lambda act: act.counted and act.mismatch,
    "off_hours": lambda act: act.is_lookup and act.off_hours,
}


def text_of(words: Words) -> Text:
    """Turn the catalogue's words into a document's."""
    return Text(en=words.en, zh=words.zh)


def label_of(code: str) -> Text:
    """Name a reason in a few words."""
    if code in FEATURE_OF:
        return text_of(FEATURE_OF[code].title)
    return say("facts.reason.pattern") if code == "pattern" else say("facts.reason.policy")


def sentence_of(row: ReasonRow) -> Text:
    """Give the stored sentence."""
    return Text(en=row.text_en, zh=row.text_zh)


def shown_reasons(rows: Sequence[ReasonRow], acts: Sequence[Act], stored: Stored) -> tuple[Reason, ...]:
    """Turn stored reasons into the dossier's.

    Args:
        rows: The stored reasons, most telling first.
        acts: The person's acts that count for them.
        stored: What the run may use.
    """
    return tuple(_shown(row, acts, stored) for row in rows[:5])


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
    found = [act.event_id for act in acts if act.day >= first and behind(act)]
    return tuple(reversed(found))[:MOST_EVENTS]
