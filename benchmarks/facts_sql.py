"""The same facts and windows by hand, in one statement of DuckDB's own SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

LOOK = "is_lookup"
ENTITY: dict[str, str] = {
    "lookups": LOOK,
    "fast": f"{LOOK} AND gap_seconds < 15",
    "home_known": f"{LOOK} AND home_branch IS NOT NULL",
    "other_home": f"{LOOK} AND home_branch <> own_branch",
    "region_known": f"{LOOK} AND subject_city IS NOT NULL",
    "far_region": f"{LOOK} AND far_region",
    "customer_feed": f"{LOOK} AND has_customers",
    "no_customer": f"{LOOK} AND has_customers AND NOT is_customer",
    "wealth_known": f"{LOOK} AND asset_band IS NOT NULL",
    "wealthy": f"{LOOK} AND asset_band IN ('100k_500k', '500k_plus')",
    "watched": f"{LOOK} AND segment IN ('vip', 'public_figure', 'pep', 'media', 'staff')",
    "age_known": f"{LOOK} AND subject_age_band IS NOT NULL",
    "age_unusual": f"{LOOK} AND subject_age_band IN ('under_18', '75_plus')",
    "copies": "operation IN ('print', 'export') AND outcome = 'ok'",
    "copies_or_lookups": "(operation IN ('print', 'export') OR is_lookup) AND outcome = 'ok'",
    "exports": "operation = 'export' AND outcome = 'ok'",
    "not_found": "outcome = 'not_found'",
    "denied": "outcome = 'denied'",
    "attempts": "operation IN ('query', 'view')",
    "others_fresh": "others_fresh",
    "repeats": f"{LOOK} AND repeated",
    "consent_needed": f"{LOOK} AND consent_needed",
    "consent_missing": f"{LOOK} AND consent_needed AND authorization_id IS NULL",
    "consent_bad": f"{LOOK} AND consent_needed AND consent_bad",
    "consent_reused": f"{LOOK} AND consent_reused",
    "by_others": f"{LOOK} AND entity <> employee_id",
    "foreign_reason": f"{LOOK} AND foreign_reason",
    "co_queried": f"{LOOK} AND co_queried",
}
TYPIST: dict[str, str] = {
    "off_hours": f"{LOOK} AND off_hours",
    "clocked": f"{LOOK} AND has_clock",
    "typed": LOOK,
    "day_off": f"{LOOK} AND NOT is_workday",
    "absent": f"{LOOK} AND typist_absent",
    "after_left": f"{LOOK} AND typist_left",
    "for_others": f"{LOOK} AND entity <> employee_id",
    "terminal_known": f"{LOOK} AND terminal_id IS NOT NULL",
    "new_terminal": f"{LOOK} AND new_terminal",
    "others_terminal": f"{LOOK} AND others_terminal",
    "others_account": f"{LOOK} AND others_account",
    "clashes": f"{LOOK} AND clashes",
    "crowded_terminal": f"{LOOK} AND crowded_terminal",
    "woken": f"{LOOK} AND woken",
    "alone": f"{LOOK} AND is_alone",
    "steady": f"{LOOK} AND is_steady",
}
PEAKS = {
    "peak_10min": ("entity", "in_10min"),
    "peak_60min": ("entity", "in_60min"),
    "peak_run": ("employee_id", "run_length"),
}
CLASSES = {
    "application": ("loan_approval", "card_approval", "guarantee", "legal_representative", "merchant"),
    "standing": ("post_loan", "collection"),
    "service": ("counter_service", "self_request", "objection", "judicial"),
    "unstated": ("other", "unstated"),
}


def _states() -> dict[str, str]:
    found = {
        name: f"state = '{name}'" for name in ("linked", "thin", "pending", "unlinked", "not_assessable")
    }
    for kind, rules in CLASSES.items():
        of = f"rule IN {rules}"
        found |= {
            f"closed_{kind}": f"{of} AND state IN ('linked', 'thin', 'unlinked')",
            f"unlinked_{kind}": f"{of} AND state = 'unlinked'",
            f"supported_{kind}": f"{of} AND state IN ('linked', 'thin')",
            f"hollow_{kind}": f"{of} AND thinness = 'hollow'",
            f"far_{kind}": f"{of} AND thinness = 'far'",
        }
    return found | {"hollow": "thinness = 'hollow'", "far": "thinness = 'far'"}


STATES = _states()
SPREAD = ("unlinked_days", "unlinked_squares", "explained_days", "explained_squares")
MEASURES = (*ENTITY, *TYPIST, *PEAKS, *STATES, "with_reference", "active", *SPREAD)
"""What is computed in all ways."""


def facts_sql(acts: str, states: str) -> str:
    """Return a statement that makes the table `facts`."""

    def summed(what: dict[str, str], peaks: str) -> str:
        parts = [f"count(*) FILTER ({condition}) AS {name}" for name, condition in what.items()]
        return ", ".join(
            parts + [f"max({column}) AS {name}" for name, (whose, column) in PEAKS.items() if whose == peaks]
        )

    signed = ", ".join(
        f"sum(CASE WHEN {condition} THEN sign ELSE 0 END)::BIGINT AS {name}"
        for name, condition in STATES.items()
    )
    total = ", ".join(
        f"max({name}) AS {name}" if name in PEAKS else f"sum({name})::BIGINT AS {name}" for name in MEASURES
    )
    return f"""CREATE OR REPLACE TABLE facts AS
    WITH of_entity AS (SELECT entity AS person, day, night, {summed(ENTITY, "entity")} FROM {acts} GROUP BY ALL),
    of_typist AS (SELECT employee_id AS person, day, night, {summed(TYPIST, "employee_id")} FROM {acts} GROUP BY ALL),
    of_days AS (SELECT entity AS person, day, min(night) AS night, 1 AS active FROM {acts} WHERE is_lookup GROUP BY ALL),
    first AS (
        SELECT entity AS person, day, night, min_by({{'event': event_id, 'rule': rule, 'ref': business_ref, 'follows': follows}}, (occurred_at, event_id)) AS one
        FROM {acts} WHERE is_lookup GROUP BY entity, subject_token, day, night),
    known AS (SELECT person, day, night, one.event AS event_id, one.rule AS rule, one.ref AS ref, one.follows AS follows FROM first),
    steps AS (
        SELECT k.person, k.day, k.rule, s.state, s.thinness, s.from_night, s.until_night FROM known k JOIN {states} s USING (event_id)
        WHERE NOT (k.follows AND s.state IN ('pending', 'unlinked'))),
    stepped AS (
        SELECT person, day, from_night AS night, rule, state, thinness, count(*) AS sign FROM steps GROUP BY ALL
        UNION ALL
        SELECT person, day, until_night, rule, state, thinness, -count(*) FROM steps
        WHERE until_night < DATE '9999-12-31' GROUP BY ALL),
    evidence AS (SELECT person, day, night, {signed} FROM stepped GROUP BY ALL),
    so_far AS (
        SELECT *, sum(unlinked) OVER w AS u, sum(linked + thin) OVER w AS e FROM evidence
        WINDOW w AS (PARTITION BY person, day ORDER BY night)),
    spread AS (
        SELECT * EXCLUDE (u, e), (u > 0)::BIGINT - (u - unlinked > 0)::BIGINT AS unlinked_days,
        u * u - (u - unlinked) * (u - unlinked) AS unlinked_squares,
        (e > 0)::BIGINT - (e - linked - thin > 0)::BIGINT AS explained_days,
        e * e - (e - linked - thin) * (e - linked - thin) AS explained_squares FROM so_far),
    typed AS (SELECT person, day, night, count(*) AS with_reference FROM known WHERE ref <> '' GROUP BY ALL),
    together AS (
        SELECT * FROM of_entity UNION ALL BY NAME SELECT * FROM of_typist UNION ALL BY NAME SELECT * FROM of_days
        UNION ALL BY NAME SELECT * FROM spread UNION ALL BY NAME SELECT * FROM typed)
    SELECT person, day, night, {total} FROM together GROUP BY ALL"""


def windows_sql(night: date, starts: list[date]) -> str:
    """Return a statement that sums the table `facts` over a night's bands, into `windows`."""
    cases = " ".join(f"WHEN day >= DATE '{start}' THEN {band}" for band, start in enumerate(starts))
    total = ", ".join(
        f"max({name}) AS {name}" if name in PEAKS else f"sum({name}) AS {name}" for name in MEASURES
    )
    return f"""CREATE OR REPLACE TABLE windows AS SELECT person, CASE {cases} END AS band, {total} FROM facts
    WHERE night <= DATE '{night}' AND day <= DATE '{night}' AND day >= DATE '{starts[-1]}' GROUP BY ALL"""


def band_starts(
    night: date, window_start: Callable[[int], date], windows: tuple[int, ...], reach: int
) -> list[date]:
    """Return the first day of each band, the newest band first."""
    return [*(window_start(window) for window in windows), night - timedelta(days=reach)]
