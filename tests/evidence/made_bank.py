"""A tiny bank made by hand: rows as the lake keeps them, weighed by the product's own evidence room."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from pipeline.calendar import BusinessCalendar
from pipeline.contract import FEEDS
from pipeline.evidence.corrections import standing
from pipeline.evidence.lookups import Clockless
from pipeline.evidence.states import IN_NO_RECORD, NAMES_OTHERS
from pipeline.evidence.weighing import Evidence, Feeds, weigh
from pipeline.groundwork import calendar_table
from pipeline.lake.schema import ibis_schema, lake_columns
from pipeline.settings import Settings

ARROW = {
    "VARCHAR": pa.string(),
    "TIMESTAMP": pa.timestamp("us"),
    "DATE": pa.date32(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "BIGINT": pa.int64(),
}


def token(subject: str) -> str:
    return f"token-of-{subject}"


@dataclass
class MadeBank:
    """A bank's feeds as lists of rows; times are the bank's wall clock, `YYYY-MM-DD HH:MM[:SS]`."""

    settings: Settings = field(default_factory=Settings)
    first: date = date(2026, 1, 1)
    last: date = date(2026, 6, 30)
    workdays: dict[date, bool] = field(default_factory=dict)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in FEEDS})

    def _times(self, name: str, moment: str | None) -> dict[str, Any]:
        if moment is None:
            return {}
        local = datetime.fromisoformat(moment)
        if local.tzinfo is None:
            local = local.replace(tzinfo=ZoneInfo(self.settings.bank.zone))
        local = local.astimezone(ZoneInfo(self.settings.bank.zone))
        return {name: local.astimezone(UTC).replace(tzinfo=None), f"{name}_local": local.replace(tzinfo=None)}

    def add(self, feed: str, **values: Any) -> None:
        """Add a row; its line number is its place, so a later row of the same key is the newer version."""
        row: dict[str, Any] = {}
        by_name = FEEDS[feed].by_name
        for name, value in values.items():
            column = by_name.get(name)
            if column is not None and column.subject:
                row["subject_token"] = token(value)
            elif column is not None and column.kind.value == "time":
                row |= self._times(name, value)
            elif column is not None and column.kind.value == "date" and isinstance(value, str):
                row[name] = date.fromisoformat(value)
            else:
                row[name] = value
        day = FEEDS[feed].day
        if day:
            row["business_day"] = row[f"{day}_local"].date() if f"{day}_local" in row else row[day]
        row |= {"batch_id": 1, "file_id": 1, "line": len(self.rows[feed]) + 1}
        self.rows[feed].append(row)

    def staff(self, employee: str, role: str = "manager", branch: str | None = "B1", **rest: Any) -> None:
        self.add("employees", employee_id=employee, role=role, branch_id=branch, **rest)

    def lookup(self, event: str, at: str, by: str, subject: str, reason: str | None, **rest: Any) -> None:
        rest = {"operation": "query", "outcome": "ok", "recorded_at": at, "branch_id": "B1", **rest}
        self.add(
            "access_log",
            event_id=event,
            occurred_at=at,
            employee_id=by,
            subject_id=subject,
            reason=reason,
            **rest,
        )

    def record(
        self,
        record: str,
        kind: str,
        at: str,
        subject: str | None,
        by: str | None = "amy",
        branch: str | None = "B1",
        **rest: Any,
    ) -> None:
        rest = {"recorded_at": at, "second_person": True, **rest}
        self.add(
            "business_records",
            record_id=record,
            kind=kind,
            created_at=at,
            created_by=by,
            branch_id=branch,
            **rest,
        )
        if subject is not None:
            self.party(record, subject)

    def party(self, record: str, subject: str, role: str = "principal", **rest: Any) -> None:
        self.add("record_parties", record_id=record, subject_id=subject, party_role=role, **rest)

    def ordinary_business(self) -> None:
        """Add one record of every kind long before, so that no kind counts as a feed that is not sent."""
        for kind in (
            "loan_application",
            "card_application",
            "loan_account",
            "card_account",
            "guarantee",
            "objection",
            "self_request",
        ):
            self.record(f"old-{kind}", kind, "2025-06-02 10:00", "nobody", closed_at="2025-06-03 10:00")
        for kind in (
            "service_ticket",
            "collection_case",
            "merchant",
            "company_customer",
            "judicial_request",
            "other",
        ):
            self.record(f"old-{kind}", kind, "2025-06-02 10:00", "nobody", closed_at="2025-06-03 10:00")

    def table(self, feed: str) -> ir.Table:
        columns = lake_columns(FEEDS[feed])
        data = {
            column.name: pa.array([row.get(column.name) for row in self.rows[feed]], ARROW[column.sql])
            for column in columns
        }
        return ibis.memtable(pa.table(data), schema=ibis.schema(ibis_schema(feed)))

    @property
    def calendar(self) -> BusinessCalendar:
        return BusinessCalendar(self.settings.bank.country, self.first, self.last, self.workdays)

    def feeds(self) -> Feeds:
        return Feeds(
            standing(self.table("access_log"), self.settings.bank.cutoff),
            self.table("employees"),
            self.table("service_accounts"),
            self.table("business_records"),
            self.table("record_parties"),
        )

    def weighed(self, backend: Any = None, clockless: Clockless = ()) -> Weighed:
        backend = backend or ibis.duckdb.connect(threads=1)

        def keep(name: str, table: ir.Table) -> ir.Table:
            backend.raw_sql(f"DROP TABLE IF EXISTS {name}")
            return backend.create_table(name, table, temp=True)

        days = keep("tw_days", calendar_table(self.calendar))
        return Weighed(weigh(self.feeds(), days, self.settings, keep, clockless))


Step = tuple[str, date, date]


class Weighed:
    """Evidence that a test asks questions of."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.steps: dict[str, list[Step]] = {}
        rows = evidence.states.order_by("event_id", "from_night").select(
            "event_id", "state", "from_night", "until_night"
        )
        for event, state, since, until in _rows(rows):
            self.steps.setdefault(event, []).append((state, since, until))

    def state(self, event: str, night: date | str) -> str | None:
        """Return the state of a look-up as known on a night; None before it is known."""
        asked = date.fromisoformat(night) if isinstance(night, str) else night
        held = [state for state, since, until in self.steps.get(event, []) if since <= asked < until]
        assert len(held) <= 1, f"{event} is in two states on {asked}"
        return held[0] if held else None

    def final(self, event: str) -> str | None:
        return self.steps[event][-1][0] if event in self.steps else None

    def mismatches(self, kind: str = NAMES_OTHERS) -> dict[str, tuple[date, date]]:
        table = self.evidence.mismatches
        table = table.filter(table.kind == kind).select("event_id", "from_night", "until_night")
        return {event: (since, until) for event, since, until in _rows(table)}

    def held_from(self) -> dict[str, date]:
        """Return event → the night from which a number that is in no record is held against it."""
        table = self.evidence.mismatches
        table = table.filter(table.kind == IN_NO_RECORD).select("event_id", "held_from")
        return dict(_rows(table))


def _rows(table: ir.Table) -> Iterable[tuple[Any, ...]]:
    found = table.to_pyarrow()
    return zip(*(found.column(name).to_pylist() for name in found.column_names), strict=True)


def day(text: str, plus: int = 0) -> date:
    return date.fromisoformat(text) + timedelta(days=plus)
