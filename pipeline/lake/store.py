"""The lake's reader: published Parquet only, as the ledger lists it, as of a batch horizon."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, and_, func, or_, select

from pipeline.casebook.tables import batches, lake_files
from pipeline.contract import FEEDS
from pipeline.engines.tables import read_files
from pipeline.home import Home
from pipeline.lake.schema import BUSINESS_DAY, lake_columns, stored_key

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

# A corrected row that belongs to another day now is written twice: to its new day, and as a copy to the day
# that it has left, in a file of this ending, so that whoever reads the old day alone learns of it.
MOVED = "-moved.parquet"
# Rows that the source has taken back lie apart, on the day of the row: no version before them counts any more.
WITHDRAWN = "-withdrawn-moved.parquet"

LINES_AT_MOST = 10**10  # a batch is one file: its number and the line order all versions


class Lake:
    """What has been published into one home's lake.

    Args:
        home: The installation.
        engine: Its casebook, whose ledger says which files count.
    """

    def __init__(self, home: Home, engine: Engine) -> None:
        self.home = home
        self.engine = engine

    def horizon(self) -> int:
        """Return the highest published batch; 0 when nothing has been published."""
        with self.engine.connect() as connection:
            highest = connection.scalar(
                select(func.max(batches.c.batch_id)).where(batches.c.status == "published")
            )
        return int(highest or 0)

    def has(self, feed: str, horizon: int | None = None) -> bool:
        """Tell whether any row of a feed has been published."""
        return bool(self._rows(feed, None, None, horizon, limit=1))

    def files(
        self,
        feed: str,
        first: date | None = None,
        last: date | None = None,
        horizon: int | None = None,
        moved: bool = False,
        after: int = 0,
    ) -> list[Path]:
        """List the Parquet files of a feed, in a fixed order.

        Args:
            feed: The feed's name.
            first: First business day wanted; None from the beginning. Feeds without days ignore it.
            last: Last business day wanted; None to the end.
            horizon: Highest batch that counts; None takes all that are published.
            moved: With the copies that stand on the days which corrected rows have left.
            after: Batches up to this one do not count.
        """
        rows = self._rows(feed, first, last, horizon, after=after)
        return [
            self.home.lake / row.path
            for row in rows
            if not row.path.endswith(WITHDRAWN) and (moved or not row.path.endswith(MOVED))
        ]

    def withdrawn(self, feed: str, horizon: int | None = None) -> list[Path]:
        """List the files that hold what the source has taken back."""
        rows = self._rows(feed, None, None, horizon, ending=WITHDRAWN)
        return [self.home.lake / row.path for row in rows]

    def by_day(self, feed: str, first: date, last: date) -> list[tuple[date, Path]]:
        """List the Parquet files of a feed with the business day of each, first and last day included."""
        return [
            (row.day, self.home.lake / row.path)
            for row in self._rows(feed, first, last, None)
            if row.day is not None and not row.path.endswith(MOVED)
        ]

    def days(self, feed: str, horizon: int | None = None) -> list[date]:
        """List the business days on which a feed has rows."""
        rows = self._rows(feed, None, None, horizon)
        return sorted({row.day for row in rows if row.day is not None and not row.path.endswith(MOVED)})

    def table(
        self,
        backend: Backend,
        feed: str,
        first: date | None = None,
        last: date | None = None,
        horizon: int | None = None,
        after: int = 0,
    ) -> Table:
        """Return all versions of a feed's rows, typed as the lake's schema; empty when there are none.

        Rows that the source has taken back by the horizon are not among them.
        """
        table = self._read(backend, feed, self.files(feed, first, last, horizon, after=after))
        return self._standing(backend, feed, table, horizon)

    def listed(self, feed: str, horizon: int) -> list[tuple[date | None, str]]:
        """List day and path of all files of a feed up to a batch, copies of moved rows among them."""
        return [(row.day, row.path) for row in self._rows(feed, None, None, horizon)]

    def _read(self, backend: Backend, feed: str, paths: list[Path]) -> Table:
        return read_files(backend, paths, lake_columns(FEEDS[feed]))

    def _standing(self, backend: Backend, feed: str, table: Table, horizon: int | None) -> Table:
        """Leave out the rows that came before a withdrawal of their key."""
        paths = self.withdrawn(feed, horizon)
        if not paths:
            return table
        key = stored_key(FEEDS[feed])
        gone = self._read(backend, feed, paths)
        gone = gone.group_by(**{f"gone_{name}": gone[name] for name in key}).agg(
            gone_at=(gone.batch_id * LINES_AT_MOST + gone.line).max()
        )
        same = [table[name].identical_to(gone[f"gone_{name}"]) for name in key]
        joined = table.left_join(gone, same)
        after = joined.batch_id * LINES_AT_MOST + joined.line > joined.gone_at
        return joined.filter(joined.gone_at.isnull() | after).select(table.columns)

    def latest(
        self,
        backend: Backend,
        feed: str,
        first: date | None = None,
        last: date | None = None,
        horizon: int | None = None,
        recorded_by: datetime | None = None,
    ) -> Table:
        """Return the newest version of each row: the highest batch, file and line among rows of the same key.

        Args:
            backend: The engine's Ibis backend.
            feed: The feed's name.
            first: First business day wanted.
            last: Last business day wanted.
            horizon: Highest batch that counts; None takes all that are published.
            recorded_by: Aware moment; versions that the source recorded later do not count. A row that does
                not say when it was recorded always counts.
        """
        import ibis

        bounded = first is not None or last is not None
        table = self._read(backend, feed, self.files(feed, first, last, horizon, moved=bounded))
        table = self._standing(backend, feed, table, horizon)
        if recorded_by is not None and "recorded_at" in table.columns:
            known = ibis.timestamp(_naive_utc(recorded_by))
            table = table.filter((table.recorded_at <= known) | table.recorded_at.isnull())
        counting = _newest(table, list(stored_key(FEEDS[feed])))
        # A row that a correction moved elsewhere has its newer version beside it, which is of another day.
        if bounded and BUSINESS_DAY in counting.columns:
            if first is not None:
                counting = counting.filter(counting[BUSINESS_DAY] >= ibis.date(first))
            if last is not None:
                counting = counting.filter(counting[BUSINESS_DAY] <= ibis.date(last))
        return counting

    def history(
        self,
        backend: Backend,
        feed: str,
        first: date | None = None,
        last: date | None = None,
        horizon: int | None = None,
    ) -> Table:
        """Return all versions of the rows of some days, and of rows that a correction has moved from these days elsewhere."""
        table = self._read(backend, feed, self.files(feed, first, last, horizon, moved=True))
        return self._standing(backend, feed, table, horizon)

    def _rows(
        self,
        feed: str,
        first: date | None,
        last: date | None,
        horizon: int | None,
        limit: int | None = None,
        after: int = 0,
        ending: str = "",
    ) -> list[Any]:
        wanted = and_(batches.c.status == "published", lake_files.c.feed == feed)
        if ending:
            wanted = and_(wanted, lake_files.c.path.endswith(ending, autoescape=True))
        if after:
            wanted = and_(wanted, lake_files.c.batch_id > after)
        if horizon is not None:
            wanted = and_(wanted, lake_files.c.batch_id <= horizon)
        if first is not None:
            wanted = and_(wanted, or_(lake_files.c.day.is_(None), lake_files.c.day >= first))
        if last is not None:
            wanted = and_(wanted, or_(lake_files.c.day.is_(None), lake_files.c.day <= last))
        query = (
            select(lake_files.c.path, lake_files.c.day)
            .join(batches, batches.c.batch_id == lake_files.c.batch_id)
            .where(wanted)
            .order_by(lake_files.c.day, lake_files.c.batch_id, lake_files.c.path)
            .limit(limit)
        )
        with self.engine.connect() as connection:
            return list(connection.execute(query))


def _newest(table: Table, key: list[str]) -> Table:
    """Keep the newest version of each key."""
    import ibis

    copies = table.group_by(key).agg(copies=table.count())
    # Ranking carries every column of every row along; most feeds hold no correction, and the keys alone tell.
    if not copies.filter(copies.copies > 1).limit(1).to_pyarrow().num_rows:
        return table
    versions = ibis.window(
        group_by=[table[name] for name in key],
        order_by=[ibis.desc(table.batch_id), ibis.desc(table.file_id), ibis.desc(table.line)],
    )
    ranked = table.mutate(_version=ibis.row_number().over(versions))
    return ranked.filter(ranked["_version"] == 0).drop("_version")


def _naive_utc(moment: datetime) -> datetime:
    from datetime import UTC

    return moment.astimezone(UTC).replace(tzinfo=None)
