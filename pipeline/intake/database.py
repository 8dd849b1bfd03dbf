"""Feeds from a database: read in chunks by watermark and key, each a batch, resumed where reading ended."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Row, column, create_engine, func, select, table, text
from sqlalchemy.exc import SQLAlchemyError

from pipeline.errors import ConfigError, UsageError
from pipeline.home import PRIVATE_DIR, PRIVATE_FILE, Home
from pipeline.intake.chunks import walk
from pipeline.intake.file_intake import FileIntake
from pipeline.intake.kept import forget_old
from pipeline.intake.mapping import Mapping, load_mapping
from pipeline.intake.naming import Named, known_feed
from pipeline.intake.publishing import clear_scratch, sweep
from pipeline.intake.result import FileResult, Finding, IngestResult
from pipeline.intake.rows import spool
from pipeline.intake.tokens import key_pads, load_key
from pipeline.intake.unread import keep_unusable, keep_usable
from pipeline.intake.watermarks import KEPT, earlier
from pipeline.settings import Settings
from pipeline.settings.sources import Source


def take_source(
    home: Home,
    settings: Settings,
    engine: Engine,
    *names: str,
    dry_run: bool = False,
    clock: Callable[[], datetime],
    progress: Callable[[Path, int, int], None] | None = None,
) -> IngestResult:
    """Read what configured database sources have that is new. The caller holds the home's lock.

    A source that cannot be read to its end is a finding that makes the night incomplete: what was published of
    it stays and is accounted for, the others are read, and the next read goes on where this one ended.

    Args:
        home: The installation.
        settings: The effective configuration, with the sections `sources.NAME`.
        engine: The casebook, which holds the ledger.
        names: The sources' names.
        dry_run: Account for every row, and publish and remember nothing.
        clock: Returns the present moment, aware.
        progress: Called before each chunk.

    Returns:
        The account of each chunk, which counts as a file called `source:NAME/TABLE`.

    Raises:
        UsageError: No source has one of the names; nothing was read.
        ConfigError: An address, feed or mapping cannot be used; nothing was read.
    """
    pads = key_pads(load_key(home))
    result = IngestResult(dry_run=dry_run)
    with ExitStack() as stack:
        ready = []
        for name in names:
            source, feed, mapping = _described(home, settings, name)
            outside = _engine(name, source)
            stack.callback(outside.dispose)
            ready.append((name, source, feed, mapping, outside))
        sweep(home, engine)
        forget_old(home, clock(), settings.intake.keep_rejected_days)
        stack.callback(clear_scratch, home)

        def take(named: Named, mapping: Mapping | None) -> FileResult:
            if progress is not None:
                progress(Path(named.shown), len(result.files), len(result.files) + 1)
            intake = FileIntake(home, settings, engine, named, mapping, pads, clock(), dry_run)
            intake.run()
            result.files.append(intake.result)
            result.findings += intake.findings
            return intake.result

        for name, source, feed, mapping, outside in ready:
            whole, failed = False, []
            try:
                with outside.connect() as connection:
                    taking = partial(take, mapping=mapping)
                    whole = _read_tables(home, name, source, connection, feed, taking, result, dry_run)
            except DamagedStateError:
                failed = [_damaged(name, home, feed)]
            except SQLAlchemyError as error:
                failed = [_failed(name, source, feed, error)]
            result.findings += failed
            if not dry_run:
                for finding in failed:
                    keep_unusable(engine, finding, settings.bank.zone, clock())
                if whole:
                    keep_usable(engine, [_shown(name)], feed, clock())
    return result


def _shown(name: str) -> str:
    return f"source:{name}"


def _read_tables(
    home: Home,
    name: str,
    source: Source,
    connection: Any,
    feed: str,
    take: Callable[[Named], FileResult],
    result: IngestResult,
    dry_run: bool,
) -> bool:
    """Read a source's table and its history; tell whether all of them were read to their ends."""
    for origin in (source.table or "query", *source.history):
        reader = _Reader(home, name, source, origin)
        if not _read(reader, connection, feed, home, take, dry_run):
            return False  # the next read begins with the chunk that was refused
        result.findings += reader.findings(connection, feed)
    return True


def _described(home: Home, settings: Settings, name: str) -> tuple[Source, str, Mapping | None]:
    source = settings.sources.get(name)
    if source is None:
        raise UsageError(
            f"No source is called {name!r}.",
            f"Describe it in config.toml as [sources.{name}]. "
            f"There are: {', '.join(settings.sources) or 'none'}.",
        )
    feed = known_feed(source.feed)
    mapping = load_mapping(home, source.mapping) if source.mapping else None
    if mapping is not None and mapping.feed.name != feed:
        raise ConfigError(
            f"[sources.{name}] is {feed}, and its mapping {source.mapping} makes {mapping.feed.name}.",
            "Name another mapping, or another feed.",
        )
    return source, feed, mapping


def _read(
    reader: _Reader,
    connection: Any,
    feed: str,
    home: Home,
    take: Callable[[Named], FileResult],
    dry_run: bool,
) -> bool:
    """Take one table's chunks in; tell whether none was refused."""
    for header, rows, last in reader.chunks(connection):
        with ExitStack() as stack:
            taken = take(_spooled(home, stack, feed, reader.shown, header, rows))
        if taken.refused:
            return False
        if not dry_run:
            reader.remember(last)
    return True


def _failed(name: str, source: Source, feed: str, error: SQLAlchemyError) -> Finding:
    # The driver's own words may quote a row or the address: only the kind of error is told.
    kind = type(getattr(error, "orig", None) or error).__name__
    text = (
        f"The source {name} could not be read to its end ({kind}), and its newest rows are missing; what was "
        f"published before stays. Check the address in {source.url_variable}, the names in [sources.{name}] and "
        "the database; the next read goes on where this one ended."
    )
    return Finding("source_failed", "incomplete", _shown(name), feed, 1, text)


def _damaged(name: str, home: Home, feed: str) -> Finding:
    text = (
        f"How far the source {name} was read stands in {home.root / 'sources' / f'{name}.json'}, which is damaged: "
        "the source was not read, and its newest rows are missing. Delete that file and read again: all is read "
        "from the beginning then, and known rows count as duplicates."
    )
    return Finding("source_state_damaged", "incomplete", _shown(name), feed, 1, text)


def _engine(name: str, source: Source) -> Engine:
    url = os.environ.get(source.url_variable)
    if not url:
        raise ConfigError(
            f"The variable {source.url_variable}, which holds the address of the source {name}, is not set.",
            "Set it to an SQLAlchemy address, such as postgresql+psycopg://user:password@host/database.",
        )
    try:
        return create_engine(url, hide_parameters=True)
    except (SQLAlchemyError, ImportError) as error:
        raise ConfigError(
            f"The address in {source.url_variable} cannot be used ({type(error).__name__}).",
            "It is an SQLAlchemy address, and its driver must be installed.",
        ) from None


def _spooled(
    home: Home, stack: ExitStack, feed: str, shown: str, header: list[str], rows: list[Row[Any]]
) -> Named:
    """Write one chunk into a Parquet file that has no name."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    target, where = spool(home, stack)
    columns = [pa.array([_as_text(row[at]) for row in rows], pa.string()) for at in range(len(header))]
    pq.write_table(pa.table(columns, names=header), target, compression="lz4")
    target.flush()
    return Named(where, feed, shown=shown, name=f"{shown.rpartition('/')[2]}.parquet")


class DamagedStateError(Exception):
    """What is kept of how far a source was read cannot be used."""


class _Reader:
    """One table, read from its last watermark on."""

    def __init__(self, home: Home, name: str, source: Source, origin: str) -> None:
        self.source, self.origin, self.shown = source, origin, f"source:{name}/{origin}"
        self.path = home.root / "sources" / f"{name}.json"
        if source.query:
            self.place: Any = text(f"({source.query}) src")
        else:
            schema, _, plain = origin.rpartition(".")
            self.place = table(plain, schema=schema or None)

    def chunks(self, connection: Any) -> Iterator[tuple[list[str], list[Row[Any]], Any]]:
        """Yield the header, the rows and the last watermark of each chunk.

        Rows without a key come first, along their watermark alone: they have no place among the others, and
        how far they were read is not remembered, so that a read that breaks off begins with them again.
        """
        source = self.source
        query = self._select()
        if source.watermark:
            query = query.where(column(source.watermark).is_not(None))
            after = self._first_bound()
            query = query if after is None else query.where(after)
        order = [name for name in (source.watermark, source.key) if name]
        if source.key:
            keyless = query.where(column(source.key).is_(None))
            for header, rows, _ in walk(connection, keyless, order[:-1], source.chunk_rows):
                yield header, rows, None
            query = query.where(column(source.key).is_not(None))
        for header, rows, last in walk(connection, query, order, source.chunk_rows):
            yield header, rows, last[0] if source.watermark else None

    def _select(self) -> Any:
        return select(text("*")).select_from(self.place)

    def _first_bound(self) -> Any:
        kept = self._state().get(self.origin)
        if not self.source.watermark or kept is None:
            return None
        try:
            value = earlier(KEPT[kept["kind"]][2](kept["watermark"]), self.source.overlap_seconds)
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            raise DamagedStateError from error
        # Not only later rows: others of the same watermark may have come since. Known ones are duplicates.
        return column(self.source.watermark) >= value

    def remember(self, watermark: Any) -> None:
        """Keep how far this table was read. Never the key: it may be a customer's number."""
        kind = next((name for name, (known, _, _) in KEPT.items() if isinstance(watermark, known)), None)
        if kind is None:
            return
        state = self._state()
        state[self.origin] = {"kind": kind, "watermark": KEPT[kind][1](watermark)}
        self.path.parent.mkdir(mode=PRIVATE_DIR, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.touch(mode=PRIVATE_FILE)
        fresh.write_text(json.dumps(state, indent=2, sort_keys=True), encoding="utf-8")
        fresh.replace(self.path)

    def findings(self, connection: Any, feed: str) -> list[Finding]:
        """Name the rows that have no watermark, and so are never read."""
        if not self.source.watermark:
            return []
        query = select(func.count()).select_from(self.place).where(column(self.source.watermark).is_(None))
        count = int(connection.execute(query).scalar() or 0)
        if not count:
            return []
        words = f"{count} rows have no {self.source.watermark} and were not read; name another watermark."
        return [Finding("no_watermark", "incomplete", f"source:{self.origin}", feed, count, words)]

    def _state(self) -> dict[str, dict[str, str]]:
        if not self.path.is_file():
            return {}
        try:
            state = json.loads(self.path.read_text(encoding="utf-8"))
        except ValueError as error:  # no JSON, or no text
            raise DamagedStateError from error
        if not isinstance(state, dict):
            raise DamagedStateError
        return state


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", errors="replace")
    return str(value)
