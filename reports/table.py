"""All look-ups of a dossier as CSV, for the file beside the page; opens in a spreadsheet and runs nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from reports.document import LookUp
from reports.markup import visible
from reports.redact import refuse_raw_numbers

COLUMNS = (
    "event_id",
    "occurred_at",
    "subject",
    "reason",
    "state",
    "record_id",
    "note_en",
    "note_zh",
    "authorisation",
    "operation",
    "outcome",
    "terminal",
    "branch",
    "requester_id",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def lookups_csv(lookups: Sequence[LookUp]) -> str:
    """Write look-ups as CSV, in the order given.

    A cell that a spreadsheet would run as a formula gets an apostrophe before it. The text starts with a byte
    order mark, without which spreadsheets read Chinese as something else; encode it as UTF-8.

    Args:
        lookups: All look-ups of a dossier.

    Raises:
        RedactionError: Some text looks like a raw customer number.
    """
    sheet = io.StringIO()
    sheet.write("\ufeff")
    writer = csv.writer(sheet, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in lookups:
        refuse_raw_numbers(row)
        cells = (
            row.event_id,
            row.occurred_at.isoformat(),
            row.subject,
            row.reason,
            row.state,
            row.record_id,
            row.note.en if row.note else "",
            row.note.zh if row.note else "",
            row.authorisation,
            row.operation,
            row.outcome,
            row.terminal,
            row.branch,
            row.requester_id,
        )
        writer.writerow([_harmless(cell) for cell in cells])
    return sheet.getvalue()


def _harmless(cell: str) -> str:
    cell = visible(cell)
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
