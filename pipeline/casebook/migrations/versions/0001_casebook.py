"""Make the casebook: intake's ledger, nights, decisions, the access record.

Revision: 0001, the first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.casebook.types import Json, RowId, UTCDateTime

revision = "0001"
down_revision = None


def _one_of(name: str, column: str, *choices: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{choice}'" for choice in choices)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(name))


def upgrade() -> None:
    """Make every table and index."""
    op.create_table(
        "access_records",
        sa.Column("seq", RowId, autoincrement=False, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("case_no", sa.String(length=64)),
        sa.Column("act", sa.String(length=64), nullable=False),
        sa.Column("target_kind", sa.String(length=32), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("detail", Json, nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_access_records"),
    )
    op.create_table(
        "batches",
        sa.Column("batch_id", RowId, nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("published_at", UTCDateTime()),
        sa.Column("status", sa.String(length=16), nullable=False),
        _one_of("ck_batches_status", "status", "open", "published", "failed"),
        sa.PrimaryKeyConstraint("batch_id", name="pk_batches"),
    )
    op.create_table(
        "cases",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("employee_id", sa.String(length=128), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("opened_run", sa.String(length=64), nullable=False),
        sa.Column("last_night", sa.Date(), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("p_value", sa.Float(), nullable=False),
        sa.Column("unexplained", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=128)),
        sa.Column("due_on", sa.Date()),
        sa.Column("disposition", sa.String(length=32)),
        sa.Column("disposition_text", sa.Text()),
        sa.Column("second_person", sa.String(length=128)),
        sa.Column("aware_at", UTCDateTime()),
        _one_of(
            "ck_cases_disposition",
            "disposition",
            "confirmed_leak",
            "no_authorisation",
            "conflict_of_interest",
            "explained_business",
            "data_error",
            "insufficient_data",
            "duplicate",
        ),
        _one_of("ck_cases_severity", "severity", "low", "medium", "high", "critical"),
        _one_of("ck_cases_status", "status", "new", "in_review", "closed"),
        sa.PrimaryKeyConstraint("case_id", name="pk_cases"),
    )
    op.create_index("ix_cases_employee_id", "cases", ["employee_id"])
    op.create_index(
        "uq_cases_open_employee_id",
        "cases",
        ["employee_id"],
        unique=True,
        sqlite_where=sa.text("status <> 'closed'"),
        postgresql_where=sa.text("status <> 'closed'"),
    )
    op.create_table(
        "runs",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("config_hash", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("code_version", sa.String(length=64), nullable=False),
        sa.Column("seed", RowId, nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("cutoff", UTCDateTime(), nullable=False),
        sa.Column("batch_horizon", RowId, nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("finished_at", UTCDateTime()),
        sa.Column("scored", sa.Integer(), nullable=False),
        sa.Column("new_cases", sa.Integer(), nullable=False),
        sa.Column("findings", Json, nullable=False),
        sa.Column("manifest", Json, nullable=False),
        _one_of("ck_runs_status", "status", "running", "ok", "incomplete", "failed"),
        sa.PrimaryKeyConstraint("run_id", name="pk_runs"),
        sa.UniqueConstraint("night", "config_hash", "revision", name="uq_runs_night_config_hash_revision"),
    )
    op.create_table(
        "suppressions",
        sa.Column("id", RowId, nullable=False),
        sa.Column("employee_id", sa.String(length=128)),
        sa.Column("reason_code", sa.String(length=64)),
        sa.Column("branch_id", sa.String(length=128)),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("record", sa.Text()),
        sa.Column("created_by", sa.String(length=128), nullable=False),
        sa.Column("second_person", sa.String(length=128)),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("removed_at", UTCDateTime()),
        sa.Column("removed_by", sa.String(length=128)),
        sa.PrimaryKeyConstraint("id", name="pk_suppressions"),
    )
    op.create_table(
        "case_events",
        sa.Column("id", RowId, nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("detail", Json, nullable=False),
        _one_of(
            "ck_case_events_kind",
            "kind",
            "opened",
            "continued",
            "new_evidence",
            "assigned",
            "note",
            "status",
            "closed",
            "reopened",
            "attested",
            "second_approval",
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_case_events_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_events"),
    )
    op.create_index("ix_case_events_case_id", "case_events", ["case_id"])
    op.create_table(
        "case_nights",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("p_value", sa.Float(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("unexplained", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_case_nights_case_id"),
        sa.PrimaryKeyConstraint("case_id", "night", name="pk_case_nights"),
    )
    op.create_table(
        "files",
        sa.Column("file_id", RowId, nullable=False),
        sa.Column("batch_id", RowId, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", RowId, nullable=False),
        sa.Column("feed", sa.String(length=64), nullable=False),
        sa.Column("mapping", sa.String(length=128)),
        sa.Column("encoding", sa.String(length=32), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("duplicate", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name="fk_files_batch_id"),
        sa.PrimaryKeyConstraint("file_id", name="pk_files"),
    )
    op.create_index("ix_files_batch_id", "files", ["batch_id"])
    op.create_index("ix_files_sha256_feed_mapping", "files", ["sha256", "feed", "mapping"])
    op.create_table(
        "lake_files",
        sa.Column("lake_file_id", RowId, nullable=False),
        sa.Column("batch_id", RowId, nullable=False),
        sa.Column("feed", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date()),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name="fk_lake_files_batch_id"),
        sa.PrimaryKeyConstraint("lake_file_id", name="pk_lake_files"),
        sa.UniqueConstraint("path", name="uq_lake_files_path"),
    )
    op.create_index("ix_lake_files_feed_day", "lake_files", ["feed", "day"])
    op.create_table(
        "reasons",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("employee_id", sa.String(length=128), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("family", sa.String(length=64), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("value", sa.Float()),
        sa.Column("own_normal", sa.Float()),
        sa.Column("peer_normal", sa.Float()),
        sa.Column("points", sa.Float(), nullable=False),
        sa.Column("window_days", sa.Integer()),
        sa.Column("detail", Json, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_reasons_run_id"),
        sa.PrimaryKeyConstraint("run_id", "employee_id", "ordinal", name="pk_reasons"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "scores",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("employee_id", sa.String(length=128), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("p_value", sa.Float(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("alert", sa.Boolean(), nullable=False),
        sa.Column("unexplained", sa.Integer(), nullable=False),
        sa.Column("families", Json, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_scores_run_id"),
        sa.PrimaryKeyConstraint("run_id", "employee_id", name="pk_scores"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_scores_employee_id_run_id", "scores", ["employee_id", "run_id"])
    op.create_table(
        "steps",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("finished_at", UTCDateTime()),
        sa.Column("detail", Json, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_steps_run_id"),
        sa.PrimaryKeyConstraint("run_id", "ordinal", name="pk_steps"),
    )
    op.create_table(
        "rejected_rows",
        sa.Column("id", RowId, nullable=False),
        sa.Column("file_id", RowId, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("column_name", sa.String(length=64)),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.Text()),
        sa.ForeignKeyConstraint(["file_id"], ["files.file_id"], name="fk_rejected_rows_file_id"),
        sa.PrimaryKeyConstraint("id", name="pk_rejected_rows"),
    )
    op.create_index("ix_rejected_rows_file_id", "rejected_rows", ["file_id"])
