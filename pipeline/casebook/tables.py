"""The casebook's tables. A database gets them from the migrations; a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from pipeline.casebook.types import Json, RowId, UTCDateTime

BATCH_STATUSES = ("open", "published", "failed")
FINDING_LEVELS = ("note", "incomplete")
RUN_STATUSES = ("running", "ok", "incomplete", "failed")
DRILL_STATUSES = ("passed", "below_floor", "not_assessable")
SEVERITIES = ("low", "medium", "high", "critical")
CASE_STATUSES = ("new", "in_review", "closed")
EVENT_KINDS = (
    "opened", "continued", "new_evidence", "assigned", "note", "status", "closed", "reopened", "attested",
    "second_approval",
)  # fmt: skip
RELATIONS = ("customers", "typed", "terminal", "gathered")
DISPOSITIONS = (
    "confirmed_leak",
    "no_authorisation",
    "conflict_of_interest",
    "explained_business",
    "data_error",
    "insufficient_data",
    "duplicate",
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _one_of(column: str, choices: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{choice}'" for choice in choices)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


# --- intake -----------------------------------------------------------------------------------------------

batches = Table(
    "batches",
    metadata,
    Column("batch_id", RowId, primary_key=True),
    Column("opened_at", UTCDateTime, nullable=False),
    Column("published_at", UTCDateTime),
    Column("status", String(16), nullable=False),
    _one_of("status", BATCH_STATUSES),
)

files = Table(
    "files",
    metadata,
    Column("file_id", RowId, primary_key=True),
    Column("batch_id", RowId, ForeignKey("batches.batch_id"), nullable=False),
    Column("path", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size_bytes", RowId, nullable=False),
    Column("feed", String(64), nullable=False),
    Column("mapping", String(128)),
    Column("encoding", String(32), nullable=False),
    Column("read", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("duplicate", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("reasons", Json, nullable=False),  # {code: rows}
    Column("received_at", UTCDateTime, nullable=False),
    Index("ix_files_sha256_feed_mapping", "sha256", "feed", "mapping"),
    Index("ix_files_batch_id", "batch_id"),
)

lake_files = Table(
    "lake_files",
    metadata,
    Column("lake_file_id", RowId, primary_key=True),
    Column("batch_id", RowId, ForeignKey("batches.batch_id"), nullable=False),
    Column("feed", String(64), nullable=False),
    Column("day", Date),
    Column("path", Text, nullable=False),  # relative to the lake's root
    Column("rows", Integer, nullable=False),
    UniqueConstraint("path"),
    Index("ix_lake_files_feed_day", "feed", "day"),
)

rejected_rows = Table(
    "rejected_rows",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("file_id", RowId, ForeignKey("files.file_id"), nullable=False),
    Column("line", Integer, nullable=False),
    Column("column_name", String(64)),
    Column("code", String(64), nullable=False),
    Column("detail", Text),  # masked; never the raw value of a subject column
    Index("ix_rejected_rows_file_id", "file_id"),
)

day_accounts = Table(
    "day_accounts",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("batch_id", RowId, ForeignKey("batches.batch_id"), nullable=False),
    Column("feed", String(64), nullable=False),
    Column("source", String(255), nullable=False),  # which export: the file's name without day and part
    Column("day", Date, nullable=False),
    Column("rows", Integer, nullable=False),  # accepted
    Column("small_hours", Integer, nullable=False),  # of the hours 1 to 6; 0 where the feed has no times
    Column("forenoon", Integer, nullable=False),  # 8 to 12
    Column("afternoon", Integer, nullable=False),  # 13 to 23
    Index("ix_day_accounts_feed_day", "feed", "day"),
    Index("ix_day_accounts_batch_id", "batch_id"),
)

data_findings = Table(
    "data_findings",
    metadata,
    Column("finding_id", RowId, primary_key=True),
    Column("batch_id", RowId, ForeignKey("batches.batch_id"), nullable=False),
    Column("feed", String(64), nullable=False),
    Column("source", String(255), nullable=False),
    Column("code", String(64), nullable=False),
    Column("level", String(16), nullable=False),
    Column("count", Integer, nullable=False),
    Column("days", Json, nullable=False),  # ISO dates, those that are known; empty for none
    Column("text", Text, nullable=False),
    Column("found_at", UTCDateTime, nullable=False),
    _one_of("level", FINDING_LEVELS),
    Index("ix_data_findings_batch_id", "batch_id"),
)

manifest_entries = Table(
    "manifest_entries",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("after_batch", RowId, nullable=False),  # the last batch before the manifest was read
    Column("feed", String(64), nullable=False),
    Column("day", Date),
    Column("file_name", Text),
    Column("rows", Integer),
    Column("sha256", String(64)),
    Column("told_at", UTCDateTime, nullable=False),
    Index("ix_manifest_entries_feed_day", "feed", "day"),
)

# --- nights -----------------------------------------------------------------------------------------------

runs = Table(
    "runs",
    metadata,
    Column("run_id", String(64), primary_key=True),
    Column("night", Date, nullable=False),
    Column("config_hash", String(64), nullable=False),
    Column("revision", Integer, nullable=False),  # 0 first; one more for each re-score that was asked for
    Column("code_version", String(64), nullable=False),
    Column("seed", RowId, nullable=False),
    Column("status", String(16), nullable=False),
    Column("cutoff", UTCDateTime, nullable=False),
    Column("batch_horizon", RowId, nullable=False),  # the last batch that was published when the run began
    Column("started_at", UTCDateTime, nullable=False),
    Column("finished_at", UTCDateTime),
    Column("scored", Integer, nullable=False),
    Column("new_cases", Integer, nullable=False),
    Column("findings", Json, nullable=False),
    Column("manifest", Json, nullable=False),
    _one_of("status", RUN_STATUSES),
    UniqueConstraint("night", "config_hash", "revision"),
)

steps = Table(
    "steps",
    metadata,
    Column("run_id", String(64), ForeignKey("runs.run_id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("name", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("started_at", UTCDateTime, nullable=False),
    Column("finished_at", UTCDateTime),
    Column("detail", Json, nullable=False),
    PrimaryKeyConstraint("run_id", "ordinal"),
)

# A year of a 10,000-person bank is 2.5 million scores. They lie in primary-key order (one night together, no
# second copy of the key), and one index more serves "this employee over time".
scores = Table(
    "scores",
    metadata,
    Column("run_id", String(64), ForeignKey("runs.run_id"), nullable=False),
    Column("employee_id", String(128), nullable=False),
    Column("score", Float, nullable=False),
    Column("p_value", Float, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("alert", Boolean, nullable=False),
    Column("unexplained", Integer, nullable=False),
    Column("families", Json, nullable=False),  # {family: points}
    PrimaryKeyConstraint("run_id", "employee_id"),
    Index("ix_scores_employee_id_run_id", "employee_id", "run_id"),
    sqlite_with_rowid=False,
)

reasons = Table(
    "reasons",
    metadata,
    Column("run_id", String(64), ForeignKey("runs.run_id"), nullable=False),
    Column("employee_id", String(128), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("code", String(64), nullable=False),
    Column("family", String(64), nullable=False),
    Column("text_en", Text, nullable=False),
    Column("text_zh", Text, nullable=False),
    Column("value", Float),
    Column("own_normal", Float),
    Column("peer_normal", Float),
    Column("points", Float, nullable=False),
    Column("window_days", Integer),
    Column("detail", Json, nullable=False),
    PrimaryKeyConstraint("run_id", "employee_id", "ordinal"),
    sqlite_with_rowid=False,
)

# Everybody's look-ups without business on one night, {employee: number}: read whole, as peers are set beside a person. The same as
# in `scores`, where they lie among all else.
run_figures = Table(
    "run_figures",
    metadata,
    Column("run_id", String(64), ForeignKey("runs.run_id"), nullable=False),
    Column("unexplained", Json, nullable=False),
    PrimaryKeyConstraint("run_id"),
)

# --- decisions --------------------------------------------------------------------------------------------

cases = Table(
    "cases",
    metadata,
    Column("case_id", String(32), primary_key=True),
    Column("employee_id", String(128), nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("opened_run", String(64), nullable=False),
    Column("last_night", Date, nullable=False),
    Column("severity", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("score", Float, nullable=False),
    Column("p_value", Float, nullable=False),
    Column("unexplained", Integer, nullable=False),
    Column("owner", String(128)),
    Column("due_on", Date),
    Column("disposition", String(32)),
    Column("disposition_text", Text),
    Column("second_person", String(128)),
    Column("aware_at", UTCDateTime),
    _one_of("severity", SEVERITIES),
    _one_of("status", CASE_STATUSES),
    _one_of("disposition", DISPOSITIONS),
    # The database itself keeps a person from having two open cases, whatever two nights at once may try. The
    # migration says so to PostgreSQL too; said here, every command would load that dialect, asyncio and all.
    Index(
        "uq_cases_open_employee_id",
        "employee_id",
        unique=True,
        sqlite_where=text("status <> 'closed'"),
    ),
    Index("ix_cases_employee_id", "employee_id"),
)

case_events = Table(
    "case_events",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("case_id", String(32), ForeignKey("cases.case_id"), nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("detail", Json, nullable=False),
    _one_of("kind", EVENT_KINDS),
    Index("ix_case_events_case_id", "case_id"),
)

case_nights = Table(
    "case_nights",
    metadata,
    Column("case_id", String(32), ForeignKey("cases.case_id"), nullable=False),
    Column("night", Date, nullable=False),
    Column("run_id", String(64), nullable=False),
    Column("score", Float, nullable=False),
    Column("p_value", Float, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("unexplained", Integer, nullable=False),
    PrimaryKeyConstraint("case_id", "night"),
)

# Two cases that a night found to be one matter; the lower number stands first, and each night says it anew.
case_relations = Table(
    "case_relations",
    metadata,
    Column("run_id", String(64), ForeignKey("runs.run_id"), nullable=False),
    Column("case_id", String(32), ForeignKey("cases.case_id"), nullable=False),
    Column("other_id", String(32), ForeignKey("cases.case_id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("night", Date, nullable=False),
    Column("shared", Integer, nullable=False),  # customers, look-ups or days that they share
    _one_of("kind", RELATIONS),
    PrimaryKeyConstraint("run_id", "case_id", "other_id", "kind"),
    Index("ix_case_relations_case_id", "case_id"),
    Index("ix_case_relations_other_id", "other_id"),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("employee_id", String(128)),
    Column("reason_code", String(64)),
    Column("branch_id", String(128)),
    Column("reason", Text, nullable=False),
    Column("record", Text),
    Column("created_by", String(128), nullable=False),
    Column("second_person", String(128)),
    Column("created_at", UTCDateTime, nullable=False),
    Column("until", Date, nullable=False),
    Column("removed_at", UTCDateTime),
    Column("removed_by", String(128)),
)

# --- who looked at what -----------------------------------------------------------------------------------

access_records = Table(
    "access_records",
    metadata,
    Column("seq", RowId, primary_key=True, autoincrement=False),  # 1, 2, 3 … without a gap
    Column("at", UTCDateTime, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("host", String(255), nullable=False),
    Column("case_no", String(64)),
    Column("act", String(64), nullable=False),
    Column("target_kind", String(32), nullable=False),
    Column("target", Text, nullable=False),
    Column("detail", Json, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

# --- drills -----------------------------------------------------------------------------------------------

# What was planted and what was found; whose accounts were borrowed stands nowhere.
drills = Table(
    "drills",
    metadata,
    Column("drill_id", RowId, primary_key=True),
    Column("night", Date, nullable=False),
    Column("seed", RowId, nullable=False),
    Column("config_hash", String(64), nullable=False),
    Column("code_version", String(64), nullable=False),
    Column("batch_horizon", RowId, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("status", String(16), nullable=False),
    Column("hosts", Integer, nullable=False),
    Column("raised", Integer, nullable=False),
    Column("leaked_median", Float),
    Column("floor", Float, nullable=False),
    Column("skipped", Json, nullable=False),  # {scenario: why this bank could not have it}
    _one_of("status", DRILL_STATUSES),
    UniqueConstraint("night", "seed", "config_hash"),
)

drill_scenarios = Table(
    "drill_scenarios",
    metadata,
    Column("drill_id", RowId, ForeignKey("drills.drill_id"), nullable=False),
    Column("scenario", String(32), nullable=False),
    Column("hosts", Integer, nullable=False),
    Column("raised", Integer, nullable=False),
    Column("leaked_median", Float),
    Column("delay_median", Float),  # days; of those who were raised
    PrimaryKeyConstraint("drill_id", "scenario"),
)
