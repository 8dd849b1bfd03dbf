"""Keep what intake found out about the data, what came per source and day, and what manifests promise.

Revision: 0002, after 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.casebook.types import Json, RowId, UTCDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables; installations from before know of completeness from here on."""
    op.create_table(
        "day_accounts",
        sa.Column("id", RowId, nullable=False),
        sa.Column("batch_id", RowId, nullable=False),
        sa.Column("feed", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("small_hours", sa.Integer(), nullable=False),
        sa.Column("forenoon", sa.Integer(), nullable=False),
        sa.Column("afternoon", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name="fk_day_accounts_batch_id"),
        sa.PrimaryKeyConstraint("id", name="pk_day_accounts"),
    )
    op.create_index("ix_day_accounts_feed_day", "day_accounts", ["feed", "day"])
    op.create_index("ix_day_accounts_batch_id", "day_accounts", ["batch_id"])
    op.create_table(
        "data_findings",
        sa.Column("finding_id", RowId, nullable=False),
        sa.Column("batch_id", RowId, nullable=False),
        sa.Column("feed", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("days", Json, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("found_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("level IN ('note', 'incomplete')", name=op.f("ck_data_findings_level")),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name="fk_data_findings_batch_id"),
        sa.PrimaryKeyConstraint("finding_id", name="pk_data_findings"),
    )
    op.create_index("ix_data_findings_batch_id", "data_findings", ["batch_id"])
    op.create_table(
        "manifest_entries",
        sa.Column("id", RowId, nullable=False),
        sa.Column("after_batch", RowId, nullable=False),
        sa.Column("feed", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date()),
        sa.Column("file_name", sa.Text()),
        sa.Column("rows", sa.Integer()),
        sa.Column("sha256", sa.String(length=64)),
        sa.Column("told_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_manifest_entries"),
    )
    op.create_index("ix_manifest_entries_feed_day", "manifest_entries", ["feed", "day"])
