"""What a feed looks like in the lake: its columns and their types, in order."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.contract import FEEDS, PROVENANCE, SUBJECT_DERIVED, Feed, Kind

BUSINESS_DAY = "business_day"
_NOT_STORED = frozenset({("customers", "deposit_balance")})
_SQL = {
    Kind.TEXT: "VARCHAR",
    Kind.TIME: "TIMESTAMP",
    Kind.DATE: "DATE",
    Kind.NUMBER: "DOUBLE",
    Kind.BOOLEAN: "BOOLEAN",
}
_IBIS = {
    "VARCHAR": "string",
    "TIMESTAMP": "timestamp(6)",
    "DATE": "date",
    "DOUBLE": "float64",
    "BOOLEAN": "boolean",
    "BIGINT": "int64",
}


@dataclass(frozen=True)
class LakeColumn:
    """One stored column.

    Attributes:
        name: Its name in the Parquet files.
        sql: Its type in the engine's SQL.
    """

    name: str
    sql: str

    @property
    def ibis(self) -> str:
        """The same type as Ibis names it."""
        return _IBIS[self.sql]


def subject_column(feed: Feed) -> str | None:
    """Name the column that holds the customer's number, if the feed has one."""
    return next((column.name for column in feed.columns if column.subject), None)


def lake_columns(feed: Feed) -> tuple[LakeColumn, ...]:
    """List the stored columns of a feed.

    The contract's columns without the customer's number, each time twice (`x` in UTC, `x_local` on the bank's
    wall clock), then what is derived from the number, the business day, and where the row came from.

    Args:
        feed: The feed of the contract.
    """
    columns: list[LakeColumn] = []
    for column in feed.columns:
        if column.subject or (feed.name, column.name) in _NOT_STORED:
            continue
        columns.append(LakeColumn(column.name, _SQL[column.kind]))
        if column.kind is Kind.TIME:
            columns.append(LakeColumn(f"{column.name}_local", "TIMESTAMP"))
    if subject_column(feed):
        columns += [LakeColumn(derived.name, _SQL[derived.kind]) for derived in SUBJECT_DERIVED]
    if feed.day:
        columns.append(LakeColumn(BUSINESS_DAY, "DATE"))
    columns += [
        LakeColumn(derived.name, "BIGINT" if derived.kind is Kind.NUMBER else _SQL[derived.kind])
        for derived in PROVENANCE
    ]
    return tuple(columns)


def stored_key(feed: Feed) -> tuple[str, ...]:
    """Name the columns that make a stored row the same row, the token standing for the number."""
    return tuple("subject_token" if feed.by_name[name].subject else name for name in feed.key)


def ibis_schema(feed_name: str) -> dict[str, str]:
    """Return the lake's schema of a feed as Ibis types, in stored order."""
    return {column.name: column.ibis for column in lake_columns(FEEDS[feed_name])}
