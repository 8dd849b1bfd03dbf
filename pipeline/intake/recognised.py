"""Files that were only recognised: their account repeats that of the reading before."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select

from pipeline.casebook.tables import files, rejected_rows


def was_read() -> ColumnElement[bool]:
    """Tell an account that comes of reading a file from one of a file that was only recognised.

    The latter repeats how much was rejected without the rows: they stay with the account that read them.
    """
    held = select(rejected_rows.c.id).where(rejected_rows.c.file_id == files.c.file_id)
    return or_(files.c.accepted > 0, held.exists())
