"""One file on its way into the lake: published whole or not at all, with an account of every row."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from pipeline.contract import FEEDS
from pipeline.errors import is_transient
from pipeline.home import Home
from pipeline.intake import findings as say
from pipeline.intake import ledger
from pipeline.intake.binding import Bound, bind
from pipeline.intake.day_accounts import DayAccount, count_days, has_hours, read_days
from pipeline.intake.delimited import BrokenQuotesError
from pipeline.intake.errors import (
    UNREADABLE_BYTES,
    RefusedFileError,
    engine_failed,
    reader_failed,
    unreadable,
)
from pipeline.intake.held import Held
from pipeline.intake.kept import is_fleeting, keep, rejected_only
from pipeline.intake.manifest import Promise, promised
from pipeline.intake.mapping import Mapping, apply_mapping, header_names
from pipeline.intake.naming import Named
from pipeline.intake.opening import open_rows
from pipeline.intake.origins import source_of
from pipeline.intake.parts import published, write_parts
from pipeline.intake.party_days import PARTIES, count_party_days
from pipeline.intake.probe import sha256_of
from pipeline.intake.publishing import move_into_lake, stage_folder
from pipeline.intake.result import FileResult, Finding
from pipeline.intake.rows import RawRows
from pipeline.intake.staged import Account, judge, stage
from pipeline.intake.staging import Reading, staging_sql
from pipeline.intake.subject_sql import give_key
from pipeline.intake.truth import about_rows, demand_whole_keys
from pipeline.intake.wall_clock import steady_spans
from pipeline.intake.workbook import by_sheet, left_out
from pipeline.lake.engine import connect_raw
from pipeline.lake.store import Lake
from pipeline.settings import Settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class FileIntake:
    """One file on its way into the lake.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook, which holds the ledger.
        named: The file and its feed.
        mapping: How it is read; None reads the contract's own column names.
        pads: The token key's pads.
        now: The present moment.
        dry_run: Account for every row, and publish nothing.
        anew: Read it even if the very same file was taken in before.
    """

    def __init__(
        self,
        home: Home,
        settings: Settings,
        engine: Engine,
        named: Named,
        mapping: Mapping | None,
        pads: tuple[bytes, ...],
        now: datetime,
        dry_run: bool = False,
        anew: bool = False,
    ) -> None:
        self.home, self.settings, self.engine = home, settings, engine
        self.path, self.pads, self.now, self.dry_run = named.path, pads, now, dry_run
        self.name, self.anew = named.name or named.path.name, anew
        self.feed = FEEDS[named.feed or ""]
        self.mapping = mapping
        self.result = FileResult(
            named.shown or str(named.path), self.feed.name, mapping=mapping.label if mapping else None
        )
        self.findings: list[Finding] = []
        self.promise: Promise | None = None
        self.sha256 = named.sha256

    def run(self) -> None:
        """Take the file in, or say why not."""
        try:
            self.result.sha256 = self.sha256 or sha256_of(self.path)
            size = self.path.stat().st_size
        except OSError as error:
            self._refused(unreadable(error))
            return
        before = None
        if not self.anew:
            before = ledger.known_file(self.engine, self.result.sha256, self.feed.name, self.result.mapping)
        self.promise = promised(self.engine, self.feed.name, Path(self.result.path).name)
        batch_id = file_id = 0
        if not self.dry_run:
            batch_id, file_id = ledger.open_batch(self.engine, self.result, size, self.now)
        if before is not None:
            self._again(before)
            if not self.dry_run:
                ledger.publish(self.engine, batch_id, file_id, self.result, [], [], self.now, [], [])
            return
        try:
            self._take(batch_id, file_id)
        except RefusedFileError as refusal:
            self._refused(refusal)
            if not self.dry_run:
                if is_fleeting(self.result.path) and not self.anew:
                    with self.path.open("rb") as content:
                        keep(self.home, self.pads, file_id, self._ending(), content)
                rejected = [ledger.Rejected(0, None, refusal.code, refusal.what)]
                ledger.refuse(self.engine, batch_id, file_id, self.result, rejected, self.now, self.findings)

    def _take(self, batch_id: int, file_id: int) -> None:
        import duckdb

        if self.promise is not None and self.promise.sha256 not in (None, self.result.sha256):
            raise RefusedFileError(
                ledger.MANIFEST_MISMATCH,
                "The file's bytes are not those that its manifest names: it was cut off or changed on the way.",
                "Copy it again; where the manifest is wrong, send another one.",
            )
        try:
            try:
                self._attempt(batch_id, file_id, repair=False)
            except BrokenQuotesError:
                self._attempt(batch_id, file_id, repair=True)
        except duckdb.Error as error:
            # The engine's own words may quote a row, and with it a customer: only the kind of error is told.
            raise engine_failed(type(error).__name__, str(error)) from None
        except OSError as error:
            if not is_transient(error):
                raise
            raise unreadable(error) from error
        except UNREADABLE_BYTES as error:
            raise reader_failed(error) from None

    def _attempt(self, batch_id: int, file_id: int, repair: bool) -> None:
        with ExitStack() as stack:
            rows = self._open(stack, repair)
            self.result.encoding = rows.encoding
            zone = self.settings.bank.zone
            limit = self.settings.engine.intake_memory_limit
            # The engine reads times without an offset in its session's zone: that is the source's, not the bank's.
            told_in = self.mapping.zone(zone) if self.mapping is not None else zone
            connection = stack.enter_context(
                connect_raw(self.home, self.settings, told_in, rows.readable, limit)
            )
            try:
                bound, reading = self._bind(rows.header)
                if "mojibake" in rows.notes:
                    demand_whole_keys(connection, self.feed, rows.sql, reading.cells)
            except RefusedFileError as refusal:
                self._count_refused(connection, rows, refusal.code)
                raise
            give_key(connection, self.pads)
            received = self.now.astimezone(ZoneInfo(zone)).date().isoformat()
            spans = steady_spans(connection, zone, received)
            statement = staging_sql(
                self.feed, rows.sql, reading, zone, received, rows.blanks, spans, rows.signs
            )
            size = self.path.stat().st_size
            held = stage(connection, statement, self.feed, rows, (batch_id, file_id), size, self.home, stack)
            shortfalls = rows.shortfalls(connection)
            rows.doubt(connection, held.rows + len(shortfalls))
            sheets = left_out(self.path, self.name) if shortfalls and rows.encoding == "xlsx" else []
            shortfalls = by_sheet(shortfalls, sheets)
            lake = Lake(self.home, self.engine)
            account = judge(connection, self.feed, lake, rows, held, shortfalls)
            self._fill(account)
            days = count_days(connection, self.feed) if account.accepted else []
            told = [
                *self._truth(connection, lake, days),
                *say.about_header(self.result, bound.unknown),
                *say.about_notes(self.result, rows.notes),
                *say.about_sheets(self.result, sheets),
                *say.about_account(self.result, account, self.settings.intake.max_reject_share),
                *say.against_manifest(self.result, self.promise),
            ]
            if not self.dry_run:
                if self.feed.name == PARTIES and account.accepted:
                    days = count_party_days(connection, lake)
                if is_fleeting(self.result.path) and self.result.rejected > account.reasons["footer"]:
                    self._keep(connection, rows, bool(shortfalls), file_id, stack)
                self._publish(connection, account, held, batch_id, file_id, told, days)
        self.findings += told

    def _keep(
        self, connection: DuckDBPyConnection, rows: RawRows, whole: bool, file_id: int, stack: ExitStack
    ) -> None:
        """Keep what was rejected: the rows, or all bytes where some of them never became rows."""
        if whole:
            with self.path.open("rb") as content:
                keep(self.home, self.pads, file_id, self._ending(), content)
        else:
            rejected = rejected_only(connection, rows, self.home, stack)
            keep(self.home, self.pads, file_id, ".parquet", rejected)

    def _ending(self) -> str:
        return "".join(Path(self.name).suffixes)

    def _truth(self, connection: DuckDBPyConnection, lake: Lake, days: list[DayAccount]) -> list[Finding]:
        earlier = []
        if days and has_hours(self.feed):
            source = source_of(self.result.path)
            earlier = read_days(self.engine, feed=self.feed.name, source=source)
        return about_rows(connection, self.feed, self.result, lake, self.now, days, earlier)

    def _open(self, stack: ExitStack, repair: bool) -> RawRows:
        if self.mapping is None:
            return open_rows(self.path, self.home, stack, self.feed.by_name, repair=repair, name=self.name)
        rules = self.mapping.rules
        expected = header_names(self.mapping)
        return open_rows(
            self.path,
            self.home,
            stack,
            expected,
            rules.delimiter,
            repair,
            rules.short_rows or bool(rules.footer),
            self.name,
        )

    def _bind(self, header: list[str]) -> tuple[Bound, Reading]:
        zone = self.settings.bank.zone
        if self.mapping is not None:
            return apply_mapping(self.mapping, header, self.name, zone)
        bound = bind(self.feed, header)
        return bound, Reading(bound.cells, zone, footer=bound.footer)

    def _count_refused(self, connection: DuckDBPyConnection, rows: RawRows, code: str) -> None:
        """A file that is refused whole has its rows counted all the same: none is lost unseen."""
        # Every cell is asked for: the reader judges only the columns that somebody wants.
        cells = ", ".join(f"count(c{index})" for index in range(len(rows.header)))
        # And the answer is read to its end: only then does the engine tell what it could not read.
        ((count, *_),) = connection.execute(f"SELECT count(*), {cells} FROM {rows.sql}").fetchall()
        lost = count + len(rows.shortfalls(connection))
        self.result.read = self.result.rejected = lost
        self.result.reasons = {code: lost} if lost else {}

    def _fill(self, account: Account) -> None:
        self.result.read, self.result.accepted = account.read, account.accepted
        self.result.duplicate, self.result.rejected = account.duplicate, account.rejected_rows
        self.result.reasons = dict(sorted(account.reasons.items()))
        self.result.days = [day.isoformat() for day in account.days]

    def _publish(
        self,
        connection: DuckDBPyConnection,
        account: Account,
        held: Held,
        batch_id: int,
        file_id: int,
        told: list[Finding],
        days: list[DayAccount],
    ) -> None:
        parts = []
        if account.accepted:
            folder = stage_folder(self.home, batch_id)
            shutil.rmtree(folder, ignore_errors=True)
            parts = write_parts(connection, self.feed, account, held, folder, batch_id, file_id)
            move_into_lake(self.home, self.feed.name, folder, parts)
        ledger.publish(
            self.engine,
            batch_id,
            file_id,
            self.result,
            published(parts, self.feed.name),
            account.rejected,
            self.now,
            [*self.findings, *told],
            days,
        )
        self.result.batch_id = batch_id

    def _again(self, before: FileResult) -> None:
        self.result.encoding, self.result.read = before.encoding, before.read
        self.result.duplicate = before.accepted + before.duplicate
        # What was rejected is still not in: to call it a duplicate would say that nothing is missing.
        self.result.rejected, self.result.reasons = before.rejected, before.reasons
        self.findings.append(say.taken_before(self.result, before))
        self.findings += say.about_rejected(self.result, self.settings.intake.max_reject_share)

    def _refused(self, refusal: RefusedFileError) -> None:
        self.result.refused = True
        self.findings.append(say.refused(self.result, refusal))
