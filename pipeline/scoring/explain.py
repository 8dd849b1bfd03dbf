"""From numbers to reasons: the few measurements that make up a person's score, in words, with the two normals beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.features.relative import Relative
from pipeline.features.spec import WINDOWS, Words
from pipeline.scoring.alerting import AUDIT
from pipeline.scoring.family_limits import PATTERN
from pipeline.scoring.scorer import FAMILY_COLUMNS, WEIGHTS, NightScores

MOST_REASONS = 5
LEAST_POINTS, LEAST_PART, TELLING_POINTS = 0.3, 0.04, 1.0
"""Reasons that say less than this, in nats or as a part of the score, are not worth an officer's time.

Of a loud score the part is much, and what tells how it was done (at night, printed) may never say much: whatever says
`TELLING_POINTS` is told.
"""

UNKNOWN = "–"
_OWN_EN = re.compile(r"; [^;{}]*\{own\}[^;,{}]*, ")
_OWN_ZH = re.compile(r"；[^；{}]*\{own\}[^；，{}]*，")
"""The clause on the own past, which is left out where there is no past."""

_PATTERN_WORDS = Words(
    "The mix of all measurements is unusual among past employee-nights, though no single one stands out.",
    "各项指标的组合在以往员工日中较为少见，但无单项突出。",
)
_AUDIT_WORDS = Words(
    "Drawn by lot for an audit: nothing that was measured led to this person.",
    "随机抽查选中：与任何指标无关。",
)


@dataclass(frozen=True)
class Reason:
    """Why somebody's score is what it is.

    Attributes:
        code: Id of the feature, or `pattern`.
        family: Its family.
        points: Its part of the score.
        text_en: One sentence.
        text_zh: The same in Chinese.
        value: What was measured; None where a pattern, not a number, speaks.
        exposure: Out of how many.
        own_normal: What the own past would give.
        peer_normal: What peers would give.
        window_days: Over how many working days.
    """

    code: str
    family: str
    points: float
    text_en: str
    text_zh: str
    value: float | None = None
    exposure: float | None = None
    own_normal: float | None = None
    peer_normal: float | None = None
    window_days: int | None = None


def _number(value: float) -> str:
    """Print a count: whole where it is whole, one digit below ten, none above."""
    if value != value:
        return UNKNOWN
    rounded = round(value, 1) if abs(value) < 10 else round(value)
    return f"{rounded:g}"


def _sentence(words: Words, relative: Relative, row: int) -> tuple[str, str]:
    facts = {
        "k": _number(float(relative.value[row])),
        "n": _number(float(relative.exposure[row])),
        "own": _number(float(relative.own[row])),
        "peer": _number(float(relative.peer[row])),
        "days": str(relative.days),
    }
    return in_words(words, facts)


def in_words(words: Words, facts: Mapping[str, str]) -> tuple[str, str]:
    """Fill a sentence in both languages; a past that nobody has is not spoken of.

    Args:
        words: The sentence.
        facts: What its places stand for.
    """
    if facts["own"] == UNKNOWN:
        words = Words(_OWN_EN.sub("; ", words.en), _OWN_ZH.sub("；", words.zh))
    return words.en.format(**facts), words.zh.format(**facts)


def reasons_of(scores: NightScores, row: int, policy: str = "") -> list[Reason]:
    """Return the reasons of one person on one night, most telling first; a family speaks through its loudest measurement.

    Args:
        scores: The night's scores.
        row: The person's row.
        policy: The policy rule that raised them, which comes first: without it nobody would know why. Its
            points are those that its measurement has anyway, often none.
    """
    reasons = []
    for family, points in scores.families.items():
        earned = float(points[row])
        if earned < max(LEAST_POINTS, min(LEAST_PART * float(scores.score[row]), TELLING_POINTS)):
            continue
        if family == PATTERN:
            reasons.append(Reason(PATTERN, family, earned, _PATTERN_WORDS.en, _PATTERN_WORDS.zh))
            continue
        columns = FAMILY_COLUMNS[family]
        loudest = max(columns, key=lambda column: (scores.surprise[row, column] * WEIGHTS[column], -column))
        relative = scores.relatives[loudest]
        if relative.value[row] <= 0:
            continue  # rare things are a little unusual even where there are none; no officer can act on a nought
        text_en, text_zh = _sentence(relative.feature.sentence, relative, row)
        own = float(relative.own[row])
        reasons.append(
            Reason(
                relative.feature.id,
                family,
                earned,
                text_en,
                text_zh,
                value=float(relative.value[row]),
                exposure=float(relative.exposure[row]),
                own_normal=None if own != own else own,
                peer_normal=float(relative.peer[row]),
                window_days=relative.days,
            )
        )
    reasons.sort(key=lambda reason: (-reason.points, reason.code))
    if policy:
        told = next((reason for reason in reasons if reason.code == policy), _of_rule(scores, row, policy))
        reasons = [told, *(reason for reason in reasons if reason is not told)]
    return reasons[:MOST_REASONS]


def _of_rule(scores: NightScores, row: int, policy: str) -> Reason:
    """Put in words what a policy rule saw: the feature of its name, over the shortest window that shows it."""
    if policy == AUDIT:
        return Reason(AUDIT, AUDIT, 0.0, _AUDIT_WORDS.en, _AUDIT_WORDS.zh)
    windows = [one for one in scores.relatives if one.feature.id == policy]
    found = next((one for one in windows if one.value[row] > 0), windows[0])
    text_en, text_zh = _sentence(found.feature.sentence, found, row)
    return Reason(
        policy,
        found.feature.family,
        0.0,
        text_en,
        text_zh,
        value=float(found.value[row]),
        exposure=float(found.exposure[row]),
        peer_normal=float(found.peer[row]),
        window_days=found.days,
    )


def unexplained(scores: NightScores, row: int) -> int:
    """Count the look-ups without business behind them, over the longest window."""
    return int(scores.facts.window("unlinked", WINDOWS[-1])[row])
