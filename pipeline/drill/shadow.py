"""The shadow: the bank's own lake, read as it is, with planted rows laid over it in memory. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from sqlalchemy import Engine

from pipeline.bank import Bank
from pipeline.home import Home
from pipeline.lake.schema import ibis_schema
from pipeline.lake.store import Lake
from pipeline.settings import Settings

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

Planted = Mapping[str, pd.DataFrame]
"""Feed → rows to lay over it, in the lake's columns; a column that is missing is null."""


class ShadowLake(Lake):
    """A lake with planted rows over it.

    Args:
        home: The installation.
        engine: Its casebook, whose ledger says which files count.
        planted: The rows; their keys are new, and they lie within the days that are read.
    """

    def __init__(self, home: Home, engine: Engine, planted: Planted) -> None:
        super().__init__(home, engine)
        self.planted = {feed: rows for feed, rows in planted.items() if len(rows)}

    def _read(self, backend: Backend, feed: str, paths: list[Path]) -> Table:
        """Read files as ever, and lay the planted rows over them: they are of no day that is not asked about."""
        import ibis

        real = super()._read(backend, feed, paths)
        rows = self.planted.get(feed)
        if rows is None:
            return real
        schema = ibis.schema(ibis_schema(feed))
        return real.select(list(schema)).union(ibis.memtable(_typed(rows, feed), schema=schema))


def _typed(rows: pd.DataFrame, feed: str) -> pd.DataFrame:
    """Put planted rows into the lake's columns and order."""
    typed = rows.reindex(columns=list(ibis_schema(feed))).reset_index(drop=True)
    return typed.astype(object).where(typed.notna(), None)


@contextmanager
def shadow_bank(
    home: Home,
    settings: Settings,
    engine: Engine,
    first: date,
    last: date,
    horizon: int,
    planted: Planted,
) -> Iterator[Bank]:
    """Lay the groundwork of a span of nights on the shadow, as a night lays it on the lake.

    Args:
        home: The installation; its lake is only read.
        settings: The effective configuration.
        engine: The casebook; nothing is written to it.
        first: First night.
        last: Last night.
        horizon: Highest ingest batch that counts.
        planted: Rows over the lake's; none for the bank as it is.
    """
    from pipeline.groundwork import lay
    from pipeline.lake.engine import connect

    lake = ShadowLake(home, engine, planted)
    backend = connect(home, settings)
    try:
        yield Bank(backend, lake, lay(backend, lake, settings, first, last, horizon), settings)
    finally:
        backend.disconnect()
