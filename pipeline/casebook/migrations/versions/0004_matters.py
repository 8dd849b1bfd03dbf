"""Keep each night's figures in one piece, and which cases belong to one matter.

Revision: 0004, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.casebook.types import Json

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables of nights' figures and of related cases; nights before have neither, and are read as before."""
    op.create_table(
        "run_figures",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("unexplained", Json, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_run_figures_run_id"),
        sa.PrimaryKeyConstraint("run_id", name="pk_run_figures"),
    )
    op.create_table(
        "case_relations",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("other_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("shared", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('customers', 'typed', 'terminal', 'gathered')", name=op.f("ck_case_relations_kind")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_case_relations_run_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_case_relations_case_id"),
        sa.ForeignKeyConstraint(["other_id"], ["cases.case_id"], name="fk_case_relations_other_id"),
        sa.PrimaryKeyConstraint("run_id", "case_id", "other_id", "kind", name="pk_case_relations"),
    )
    op.create_index("ix_case_relations_case_id", "case_relations", ["case_id"])
    op.create_index("ix_case_relations_other_id", "case_relations", ["other_id"])
