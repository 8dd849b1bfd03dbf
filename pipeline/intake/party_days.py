"""The days to which the parties of business records belong: their feed has none of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.intake.day_accounts import DayAccount
from pipeline.intake.duplicates import read_parquet
from pipeline.lake.schema import BUSINESS_DAY
from pipeline.lake.store import Lake

if TYPE_CHECKING:
    import duckdb

PARTIES, RECORDS = "record_parties", "business_records"


def count_party_days(connection: duckdb.DuckDBPyConnection, lake: Lake) -> list[DayAccount]:
    """Count the accepted parties of one file per day: that of the record, or that on which they were added to it.

    A record without its parties explains nothing: where they come late, the nights that lacked them are scored
    again. Parties whose record has not come yet are not counted: the record itself will come late.

    Args:
        connection: Holds the view `accepted`, rows of the parties' feed.
        lake: What is published already.
    """
    known = lake.files(RECORDS)
    if not known:
        return []
    found = connection.execute(
        f"""SELECT greatest(r.made, a.recorded_at_local::DATE) AS day, count(*) FROM accepted a
        JOIN (SELECT record_id, min({BUSINESS_DAY}) AS made FROM {read_parquet(known)}
              SEMI JOIN accepted USING (record_id) GROUP BY 1) r USING (record_id)
        GROUP BY 1 ORDER BY 1"""
    )
    return [DayAccount(*row) for row in found.fetchall()]
