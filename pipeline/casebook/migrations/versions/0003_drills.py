"""Keep what drills planted and found, so that their recall has a trend.

Revision: 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.casebook.types import Json, RowId, UTCDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables of drills."""
    op.create_table(
        "drills",
        sa.Column("drill_id", RowId, nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("seed", RowId, nullable=False),
        sa.Column("config_hash", sa.String(length=64), nullable=False),
        sa.Column("code_version", sa.String(length=64), nullable=False),
        sa.Column("batch_horizon", RowId, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("hosts", sa.Integer(), nullable=False),
        sa.Column("raised", sa.Integer(), nullable=False),
        sa.Column("leaked_median", sa.Float()),
        sa.Column("floor", sa.Float(), nullable=False),
        sa.Column("skipped", Json, nullable=False),
        sa.CheckConstraint(
            "status IN ('passed', 'below_floor', 'not_assessable')", name=op.f("ck_drills_status")
        ),
        sa.PrimaryKeyConstraint("drill_id", name="pk_drills"),
        sa.UniqueConstraint("night", "seed", "config_hash", name="uq_drills_night_seed_config_hash"),
    )
    op.create_table(
        "drill_scenarios",
        sa.Column("drill_id", RowId, nullable=False),
        sa.Column("scenario", sa.String(length=32), nullable=False),
        sa.Column("hosts", sa.Integer(), nullable=False),
        sa.Column("raised", sa.Integer(), nullable=False),
        sa.Column("leaked_median", sa.Float()),
        sa.Column("delay_median", sa.Float()),
        sa.ForeignKeyConstraint(["drill_id"], ["drills.drill_id"], name="fk_drill_scenarios_drill_id"),
        sa.PrimaryKeyConstraint("drill_id", "scenario", name="pk_drill_scenarios"),
    )
