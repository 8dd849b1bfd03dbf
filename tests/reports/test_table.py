from __future__ import annotations

import csv
import io

import pytest

from reports.redact import RedactionError
from reports.table import COLUMNS, lookups_csv
from tests.reports import factories


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_the_csv_holds_every_look_up_in_the_documents_order() -> None:
    lookups = factories.lookups(5_000)
    read = rows(lookups_csv(lookups))
    assert [row["event_id"] for row in read] == [item.event_id for item in lookups]
    assert set(read[0]) == set(COLUMNS)
    assert read[0]["state"] == lookups[0].state
    assert read[0]["note_zh"] == (lookups[0].note.zh if lookups[0].note else "")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(cell: str) -> None:
    item = factories.lookups(1)[0].model_copy(update={"branch": cell})
    written = rows(lookups_csv([item]))[0]["branch"]
    assert written.lstrip(" ")[0] not in "=+-@\t\r"


def test_quotes_commas_and_line_ends_survive_the_way_through_the_csv() -> None:
    item = factories.lookups(1)[0].model_copy(update={"branch": 'a "b", c\nd'})
    assert rows(lookups_csv([item]))[0]["branch"] == 'a "b", c\nd'


def test_the_csv_stands_behind_the_same_wall_as_the_page() -> None:
    item = factories.lookups(1)[0].model_copy(update={"branch": "call 13900000000"})
    with pytest.raises(RedactionError):
        lookups_csv([item])
