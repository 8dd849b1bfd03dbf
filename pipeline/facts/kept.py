"""The groundwork of nights from stored facts: what has changed since is computed again, the rest is read."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis.expr.types as ir
import pandas as pd

from pipeline.contract import FEEDS
from pipeline.evidence import coverage, linkage, lookups, people, stalled
from pipeline.evidence.corrections import standing
from pipeline.evidence.people import known_since
from pipeline.evidence.reasons import RULE_OF
from pipeline.evidence.states import LOST_REACH_DAYS
from pipeline.evidence.store import evidence_rows, write_evidence
from pipeline.evidence.stored_span import StoredSpan, note_span, read_span
from pipeline.evidence.weighing import fetched, gaps_table, people_seen, records_made
from pipeline.facts.changes import Dirty, cells, others, span
from pipeline.facts.dirty import find_dirty
from pipeline.facts.lots import lots
from pipeline.facts.manifest import Manifest, facts_signature, silent_by_batch
from pipeline.facts.past import Past
from pipeline.facts.reading import Reading, days_around, days_of, within
from pipeline.facts.store import DESCRIBED, KEPT_AT_LEAST, MONTHS, SMALL, STEPS, WRONG, month_of
from pipeline.facts.touched import AFTER_DAYS
from pipeline.facts.weighed import Business, business_of, parties_of, steps_of
from pipeline.features.marks import described_acts
from pipeline.groundwork import (
    CONTEXT_DAYS,
    HISTORY_DAYS,
    NEAR_DAYS,
    RECORD_DAYS,
    Groundwork,
    bank_calendar,
    calendar_table,
    clockless_batches,
    counted_facts,
    first_known,
    surroundings,
)
from pipeline.home import Home
from pipeline.lake.store import Lake
from pipeline.settings import Settings

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

STATE_DAYS = 45
"""Calendar days before the first night of which the acts and their states are handed out."""


class Keeper(Reading):
    """Brings the stored facts of a home up to the nights asked about.

    Args:
        backend: The engine.
        lake: The events.
        home: The installation; its lock is held by the caller.
        settings: The effective configuration.
        first_night: First night that will be read.
        last_night: Last night that will be read.
        horizon: Highest ingest batch that counts.
    """

    def __init__(
        self,
        backend: Backend,
        lake: Lake,
        home: Home,
        settings: Settings,
        first_night: date,
        last_night: date,
        horizon: int,
    ) -> None:
        super().__init__(backend, lake, home, settings, horizon)
        self.first_night, self.last_night = first_night, last_night
        self.signature = facts_signature(settings)
        seen = lake.days("access_log", horizon)
        self.begins = min(seen, default=first_night)
        self.first = max(first_night - timedelta(days=HISTORY_DAYS), min(self.begins, first_night))
        self.from_day = self.first - timedelta(days=CONTEXT_DAYS)
        self.before = self.store.load(self.signature)
        self.last = max(last_night, self.before.last) if self.before else last_night

    # --- the work -------------------------------------------------------------------------------------

    def groundwork(self) -> Groundwork | None:
        """Bring the store up to date and return what the nights are read from; None where the store is ahead.

        A night that was cut off goes on with the batches that it began with, though others came since.
        """
        if self.before and self.before.horizon > self.horizon:
            return None
        self.calendar = bank_calendar(
            self.backend, self.lake, self.settings,
            self.from_day - timedelta(days=RECORD_DAYS), self.last, self.horizon,
        )  # fmt: skip
        self.days = self.keep("tw_days", calendar_table(self.calendar))
        self.staff = self.keep("tw_staff", people.staff_periods(self.versions("employees"), self.cutoff))
        self.gone = self.keep("tw_gone", people.departures(self.versions("employees"), self.cutoff))
        self._describe_now()
        if self.before is not None and not self._usable(self.before):
            self.before = None
        self.telling = self._telling()
        if self.before is None:
            self.store.forget()
            self.now.first = self.from_day
        else:
            self.now.first = max(self.before.first, self.from_day)
            self.now.generation = self.before.generation + 1
            self.now.files = {part: dict(keys) for part, keys in self.before.files.items()}
        dirty = find_dirty(self)
        if self.before is not None and self.before.horizon != self.horizon and not dirty.all:
            dirty.weighed.add(self.last)  # nothing hangs on what came; but it has been counted
        if dirty.all:
            self._update(dirty)
        return self._groundwork()

    def _describe_now(self) -> None:
        """Write down what the facts hang on as it is now."""
        since = first_known(self.versions("customers"), self.cutoff)
        machines = self.versions("service_accounts")
        registered = machines.group_by("account_id").agg(known=known_since(machines, self.cutoff).min())
        rows = registered.order_by("account_id").to_pandas().to_csv(index=False)
        self.now = Manifest(
            signature=self.signature,
            horizon=self.horizon,
            first=self.from_day,
            last=self.last,
            begins=self.begins,
            customers_since=since.isoformat() if since else "",
            workdays={
                day.isoformat(): self.calendar.is_workday(day)
                for day in span(
                    self.from_day - timedelta(days=RECORD_DAYS), self.last + timedelta(days=AFTER_DAYS)
                )
            },
            machines=rows,
            clockless=silent_by_batch(clockless_batches(self.lake, self.horizon)),
            cells=cells(self.lake, self.horizon, self.last),
            others_from=self.last - timedelta(days=KEPT_AT_LEAST),
            others=others(self.lake, self.horizon, self.last - timedelta(days=KEPT_AT_LEAST)),
        )

    def _usable(self, before: Manifest) -> bool:
        """Tell whether stored facts can be brought up to date at all: they reach back far enough, and the ground is the same."""
        now = self.now
        return (
            before.begins == now.begins
            and before.first <= max(self.from_day, self.begins)
            and before.customers_since == now.customers_since
            and before.machines == now.machines
            and before.clockless
            == {batch: when for batch, when in now.clockless.items() if int(batch) <= before.horizon}
            and all(now.workdays.get(day, work) == work for day, work in before.workdays.items())
            and others(self.lake, before.horizon, before.others_from) == before.others
            and all(part in before.files for part in (DESCRIBED, STEPS, WRONG, MONTHS, SMALL))
        )

    # --- computing ------------------------------------------------------------------------------------

    def _update(self, dirty: Dirty) -> None:
        self._describe(dirty.described)
        wanted = dirty.all
        business, near, seen = self._business(wanted)
        made = self._made()
        wide = self.keep("tw_wide", self.wide(near))
        gaps = coverage.gaps(fetched(seen), fetched(made))
        more = self._drawn_in(wanted, wide, gaps, made)
        if more:
            wanted |= more
            business, near, seen = self._business(wanted)
        stepped, wrong = steps_of(business, wide, gaps_table(gaps), self.keep, "weighed")
        self._replace(STEPS, stepped, wanted)
        self._replace(WRONG, wrong, wanted)
        counted = {near for day in wanted for near in days_around(day, NEAR_DAYS)}
        for lot in lots(counted, lambda day: self.store.bytes_of(self.now, DESCRIBED, day)):
            self._count(lot)
        self._write_evidence(wanted, stepped, wrong, business, wide)
        small = {"near": near, "people": seen, "made": made, "staff": self.staff, "gone": self.gone}
        small["telling"] = self.telling
        self.now.files[SMALL] = {
            name: self.store.write_one(self.backend, SMALL, name, table, self.now.generation)
            for name, table in small.items()
        }
        self._prune()
        self.store.save(self.now)

    def _describe(self, days: set[date]) -> None:
        self.now.files.setdefault(DESCRIBED, {})
        if not days:
            return
        back = {day - timedelta(days=n) for day in days for n in range(CONTEXT_DAYS + 1)}
        log = standing(self.history("access_log", back), self.cutoff)
        log = log.filter(within(log.business_day, back))
        machines = self.versions("service_accounts")
        acts = self.keep("tw_acts", lookups.acts(log, self.staff, machines, self.cutoff))
        acts = acts.filter(~acts.is_machine)
        mine = acts.filter(within(acts.day, days))
        parties = self.keep("tw_described_parties", parties_of(mine, self.versions("record_parties")))
        known = linkage.party_versions(parties, self.cutoff)
        blind = clockless_batches(self.lake, self.horizon)
        beside = surroundings(self.versions, self.days, known, self.begins, self.cutoff, self.keep, blind)
        described = described_acts(acts, beside, self.keep, lambda day: within(day, days))
        self._replace(DESCRIBED, self.keep("tw_described", described), days)

    def _replace(self, part: str, rows: ir.Table, days: set[date]) -> None:
        held = self.now.files.setdefault(part, {})
        for day in days:
            held.pop(day.isoformat(), None)
        held |= self.store.write_days(self.backend, part, rows, self.now.generation)

    def _business(self, days: set[date]) -> tuple[Business, ir.Table, ir.Table]:
        business = business_of(
            self.acts(days), self.days, self.versions("business_records"), self.versions("record_parties"),
            self.cutoff, self.keep, "weighed", self.telling, clockless_batches(self.lake, self.horizon),
        )  # fmt: skip
        near = self.merged("near", linkage.near_per_day(business.pairs), days)
        return business, near, self.merged("people", people_seen(business.looked), days)

    def _telling(self) -> ir.Table:
        """Learn of which kinds of applications the feed tells each step."""
        if self.before is not None and not self.came("business_records"):
            return self.small_table("telling")
        return self.keep("tw_telling", stalled.telling_kinds(self.first_steps()))

    def _made(self) -> ir.Table:
        """Count the records of each day; again of those days only whose records something new is told of."""
        records, parties = self.versions("business_records"), self.versions("record_parties")
        if self.before is not None:
            if self.before.horizon == self.horizon:
                return self.small_table("made")
            new = (
                self.since("business_records")
                .select("record_id")
                .union(self.since("record_parties").select("record_id"))
            )
            touched = records.semi_join(new.distinct(), "record_id")
            days = days_of(touched.select(day=touched.created_at_local.date()).distinct())
            of_days = (
                records.filter(within(records.created_at_local.date(), days)).select("record_id").distinct()
            )
            records = records.semi_join(of_days, "record_id")
            parties = parties.semi_join(of_days, "record_id")
        made = records_made(
            linkage.record_versions(records, self.days, self.cutoff),
            linkage.party_versions(parties, self.cutoff),
        )
        if self.before is None:
            return self.keep("tw_new_made", made)
        old = self.small_table("made")
        fresh = made.filter(within(made.day, days))
        return self.keep("tw_new_made", old.filter(~within(old.day, days)).select(*made.columns).union(fresh))

    def _drawn_in(self, done: set[date], wide: ir.Table, gaps: pd.DataFrame, made: ir.Table) -> set[date]:
        """Find days that are drawn in because a role's wide kinds, or the lost days, are others than they were."""
        if self.before is None:
            return set()
        before = self.wide(self.small_table("near"))
        keys = ["role", "kind", "day"]
        found = days_of(wide.anti_join(before, keys).select("day").distinct())
        found |= days_of(before.anti_join(wide, keys).select("day").distinct())
        first_seen = {
            rule.reason: min((night for kind in rule.kinds if (night := seen.get(kind))), default=None)
            for seen in [_first_nights(fetched(made))]
            for rule in RULE_OF.values()
        }
        old = self.gaps()
        changed = pd.concat([old, gaps]).drop_duplicates(keep=False)
        for rule, day, gap in changed[["rule", "day", "gap"]].itertuples(index=False):
            first = first_seen[rule]
            if (
                gap != coverage.Gap.LOST or first is None or first > day
            ):  # a kind that is not sent yet: each day stands for itself
                found.add(day)
            else:
                found |= set(span(day - timedelta(days=AFTER_DAYS), day + timedelta(days=LOST_REACH_DAYS)))
        return {day for day in found - done if self.now.first <= day <= self.before.last}

    def _count(self, days: set[date]) -> None:
        """Count the facts of days, put them into their months, and drop what was known of nights that they change.

        Some counts look at the days beside a day, and some at the days before it.
        """
        days = {day for day in days if self.now.first <= day <= self.last}
        beside = {near for day in days for near in days_around(day, NEAR_DAYS)}
        back = {day - timedelta(days=n) for day in days for n in range(CONTEXT_DAYS + 1)}
        counted = counted_facts(
            self.acts(beside),
            self.acts(back),
            self.steps(STEPS, beside).drop("day"),
            self.steps(WRONG, beside).drop("day"),
            self.versions,
            self.latest("logins", days),
            self.settings,
            self.keep,
        )
        facts = self.keep("tw_facts", counted.filter(within(counted.day, days)))
        months = sorted({month_of(day) for day in days})
        old = self.store.read(self.backend, self.now, MONTHS, months)
        held = self.now.files.setdefault(MONTHS, {})
        past = Past(self.home, self.settings)
        if old is None:
            past.forget_from(date.min)
        else:
            mine = old.filter(within(old.day, days)).select(*facts.columns)
            moved = [
                one.difference(other).night.min().to_pyarrow().as_py()
                for one, other in ((facts, mine), (mine, facts))
            ]
            past.forget_from(min((night for night in moved if night is not None), default=date.max))
            facts = old.filter(~within(old.day, days)).select(*facts.columns).union(facts)
        facts = self.keep("tw_months", facts)
        for month in months:
            year, number = (int(part) for part in month.removeprefix("month=").split("-"))
            rows = facts.filter((facts.day.year() == year) & (facts.day.month() == number))
            held[month] = self.store.write_one(
                self.backend, MONTHS, month, rows.order_by("person", "day", "night"), self.now.generation
            )

    def _write_evidence(
        self, days: set[date], stepped: ir.Table, wrong: ir.Table, business: Business, wide: ir.Table
    ) -> None:
        """Write the evidence of the days; it counts as open until it is done."""
        mine = {day for day in days if self.first <= day <= self.last_night}
        if not mine:
            return
        whole = read_span(self.home).whole_from
        note_span(self.home, StoredSpan(whole, min(mine)))
        rows = evidence_rows(self.acts(mine), stepped.drop("day"), wrong.drop("day"), business.pairs, wide)
        write_evidence(self.backend, self.home, rows.filter(within(rows.day, mine)), min(mine), max(mine))
        note_span(self.home, StoredSpan(min(whole or self.first, self.first)))

    def _prune(self) -> None:
        """Drop days beyond what any night reads."""
        for part in (DESCRIBED, STEPS, WRONG):
            held = self.now.files.setdefault(part, {})
            for key in [key for key in held if key < self.now.first.isoformat()]:
                del held[key]
        held = self.now.files.setdefault(MONTHS, {})
        for key in [key for key in held if key < month_of(self.now.first)]:
            del held[key]

    # --- what is handed out ---------------------------------------------------------------------------

    def _groundwork(self) -> Groundwork:
        lately = span(self.first_night - timedelta(days=STATE_DAYS), self.last_night)
        acts = self.acts(lately)
        near = self.store.read(self.backend, self.now, SMALL, ["near"])
        made = self.store.read(self.backend, self.now, SMALL, ["made"])
        seen = self.store.read(self.backend, self.now, SMALL, ["people"])
        facts = self.store.read(self.backend, self.now, MONTHS)
        assert near is not None and made is not None and seen is not None and facts is not None  # noqa: S101, PT018  # just written
        return Groundwork(
            calendar=self.calendar,
            acts=acts,
            states=self.steps(STEPS, lately),
            mismatches=self.steps(WRONG, lately),
            pairs=None,
            wide=self.wide(near),
            facts=facts.filter(facts.day >= self.first),
            staff=self.staff,
            gaps=coverage.gaps(fetched(seen), fetched(made)),
            feeds=frozenset(name for name in FEEDS if self.lake.has(name, self.horizon)),
            first=self.first,
            last=self.last_night,
            begins=self.begins,
        )


def _first_nights(made: pd.DataFrame) -> dict[str, date]:
    return {str(kind): min(rows) for kind, rows in made.groupby("kind")["known_from"]}
