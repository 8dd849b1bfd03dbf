"""What the credit bureau found unusual, about whom and about which branch, as known on a night."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.investigation.stored import Stored
from reports.document import Text
from reports.words import say

WORKDAYS = 60
"""Working days over which look-ups that the bureau listed are told of."""
NAMED_KINDS = frozenset({"volume", "off_hours", "dormant", "no_consent", "cross_region"})
"""Kinds with words of their own; another is shown as it came."""


@dataclass(frozen=True)
class Listed:
    """What the bureau said of one person or branch.

    Attributes:
        key: The person or the branch.
        findings: How many findings.
        kinds: Of which kinds, in order.
    """

    key: str
    findings: int
    kinds: tuple[str, ...]


def listed(stored: Stored, column: str, keys: tuple[str, ...] = ()) -> list[Listed]:
    """Count the bureau's findings per person or branch, most first.

    Args:
        stored: What the run may use.
        column: `employee_id` or `branch_id`.
        keys: Only these; empty means all.
    """
    paths = stored.feed_paths("bureau_findings")
    if not paths:
        return []
    rows = stored.rows(
        f"""
        SELECT {column}, count(DISTINCT finding_id), list_sort(list_distinct(list(coalesce(kind, ''))))
        FROM read_parquet(?, union_by_name = true)
        WHERE coalesce({column}, '') <> '' AND (len(?) = 0 OR list_contains(?, {column}))
            AND coalesce(CAST(occurred_at_local AS DATE), received_on) BETWEEN ? AND ?
            AND coalesce(received_on, ?) <= ?
            AND (recorded_at_local IS NULL OR CAST(recorded_at_local AS DATE) <= ?)
        GROUP BY 1 ORDER BY 2 DESC, 1
        """,
        [
            paths,
            list(keys),
            list(keys),
            stored.window_start(WORKDAYS),
            stored.night,
            stored.night,
            stored.night,
            stored.night,
        ],
    )
    return [Listed(str(key), int(n), tuple(kind for kind in kinds if kind)) for key, n, kinds in rows]


def bureau_words(one: Listed) -> Text:
    """Say what the bureau listed."""
    kinds = [say(f"facts.bureau.{kind}") for kind in one.kinds if kind in NAMED_KINDS]
    other = [kind for kind in one.kinds if kind not in NAMED_KINDS]
    what = Text(
        en=", ".join([kind.en for kind in kinds] + other) or "–",
        zh="、".join([kind.zh for kind in kinds] + other) or "–",
    )
    return say("facts.thing.bureau", n=one.findings, days=WORKDAYS, kinds=what)
