"""The columns of the stored evidence, in the one place that both who writes and who reads them looks at."""

from __future__ import annotations

ACT_COLUMNS = (
    "event_id",
    "day",
    "night",
    "entity",
    "employee_id",
    "role",
    "own_branch",
    "branch_id",
    "occurred_at_local",
    "operation",
    "data_category",
    "outcome",
    "reason",
    "rule",
    "subject_token",
    "business_ref",
    "authorization_id",
    "authorization_signed_on",
    "authorization_expires_on",
    "consent_needed",
    "consent_bad",
    "terminal_id",
    "source_ip",
    "channel",
    "off_hours",
    "is_workday",
    "typist_absent",
    "is_lookup",
    "follows",
)
"""What the act itself says."""

STEP_COLUMNS = ("state", "from_night", "until_night")
"""The state of a look-up, and between which nights it had it."""

RECORD_COLUMNS = (
    "mismatch_from",
    "mismatch_until",
    "unknown_number_from",
    "unknown_number_until",
    "record_id",
    "record_kind",
    "record_from",
    "record_is_near",
    "record_is_hollow",
    "record_is_long_open",
)
"""The number that names somebody else, or that is in no record, and the record that explains best."""

STORED = (*ACT_COLUMNS, *STEP_COLUMNS, *RECORD_COLUMNS)
ADDED_LATER = frozenset(
    {
        "authorization_signed_on",
        "authorization_expires_on",
        "follows",
        "unknown_number_from",
        "unknown_number_until",
        "record_is_long_open",
    }
)
"""Columns that evidence stored by an earlier version lacks; read as unknown there."""

JUDGED = ("linked", "thin", "unlinked")
"""States that wait for nothing any more."""
BARE = ("pending", "unlinked")
"""States without any record so far."""

PLACES = 8
"""Numbers that stand for the units of far records: enough to tell one or two units from many."""
