"""Which days have to be computed again, feed by feed: what can a row that came since have changed?"""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from pipeline.evidence.nights import known_night
from pipeline.evidence.people import known_since
from pipeline.evidence.stalled import silent_records
from pipeline.evidence.stored_span import read_span
from pipeline.evidence.weighing import gaps_table
from pipeline.facts.changes import Dirty, changed_cells, changed_positions, digest, periods_of, span
from pipeline.facts.manifest import Manifest
from pipeline.facts.reading import Reading, as_text, days_of, within
from pipeline.facts.store import DESCRIBED, MONTHS, STEPS, WRONG
from pipeline.facts.touched import harmed_days, named_parties, together, touched_records
from pipeline.facts.weighed import business_of, steps_of
from pipeline.groundwork import CONTEXT_DAYS, clockless_batches
from pipeline.lake.store import MOVED


def find_dirty(reading: Reading) -> Dirty:
    """Find the days that have to be computed again, and the new ones.

    Args:
        reading: The lake as it is, and what is stored.
    """
    if reading.before is None:
        return Dirty(set(span(reading.from_day, reading.last)), set())
    before, dirty = reading.before, Dirty()
    first = reading.now.first
    dirty.described |= set(span(before.last + timedelta(days=1), reading.last))
    for day in changed_cells(before, reading.now.cells, "access_log", first):
        reach = 0 if _only_late(reading, before, day) else CONTEXT_DAYS
        dirty.described |= set(span(day, min(day + timedelta(days=reach), reading.last)))
    dirty.weighed |= set(changed_cells(before, reading.now.cells, "logins", first))
    if before.horizon != reading.horizon:
        _of_staff(reading, dirty)
        _of_absences(reading, dirty)
        _of_customers(reading, dirty)
        _of_findings(reading, dirty)
        _of_business(reading, dirty)
    open_from = read_span(reading.home).first_to_write(
        reading.first, reading.last_night + timedelta(days=1), 0
    )
    dirty.weighed |= set(span(max(open_from, first), reading.last))
    dirty.described = {day for day in dirty.described if first <= day <= reading.last}
    dirty.weighed = {day for day in dirty.weighed if first <= day <= reading.last} - dirty.described
    return dirty


def _only_late(reading: Reading, before: Manifest, day: date) -> bool:
    """Tell whether all that came of a day was written after its own night: nothing else looks back at such rows."""
    listed = {path for when, path in reading.lake.listed("access_log", before.horizon) if when == day}
    if digest(listed) != before.cells["access_log"].get(day.isoformat(), digest([])):
        return False  # something is gone
    new = reading.lake.table(reading.backend, "access_log", day, day, reading.horizon, after=before.horizon)
    told = new.filter(known_night(new.recorded_at_local, reading.cutoff) <= new.business_day)
    moved = any(
        path.endswith(MOVED)
        for when, path in reading.lake.listed("access_log", reading.horizon)
        if when == day
    )
    # A correction that was told late leaves what earlier nights saw, and later days look back at, as it was.
    return not moved and not int(told.count().to_pyarrow().as_py())


def _of_staff(reading: Reading, dirty: Dirty) -> None:
    """A move that was told late changes the acts of its days, and what is usual for the days after."""
    if not reading.came("employees"):
        return
    old, new = reading.small("staff"), as_text(reading.staff)
    moved = changed_positions(periods_of(old), periods_of(new), reading.now.first, reading.last)
    gone_old, gone_new = reading.small("gone"), as_text(reading.gone)
    both = pd.concat([gone_old, gone_new]).drop_duplicates(keep=False)
    left: dict[str, date] = {}
    for person, day in zip(both["employee_id"], both["left_on"], strict=True):
        left[person] = min(date.fromisoformat(day), left.get(person, date.max))
    if not moved and not left:
        return
    active = _active(reading, {*moved, *left})
    for person, days in active.items():
        for day in days & moved.get(person, set()):
            dirty.described |= set(span(day, min(day + timedelta(days=CONTEXT_DAYS), reading.last)))
        dirty.described |= {day for day in days if person in left and day > left[person]}


def _active(reading: Reading, names: set[str]) -> dict[str, set[date]]:
    """Return the days on which people have facts."""
    facts = reading.stored(MONTHS)
    if facts is None:
        return {}
    rows = facts.filter(facts.person.isin(sorted(names))).select("person", "day").distinct().to_pandas()
    found: dict[str, set[date]] = {}
    for person, day in zip(rows["person"], rows["day"], strict=True):
        found.setdefault(person, set()).add(pd.Timestamp(day).date())
    return found


def _of_absences(reading: Reading, dirty: Dirty) -> None:
    """An absence changes the days that it covers, of the one who was away."""
    if not reading.came("absences"):
        return
    rows = reading.since("absences").select("employee_id", "starts_on", "ends_on").to_pandas()
    if rows.empty:
        return
    active = _active(reading, set(rows["employee_id"]))
    for person, begins, ends in rows.itertuples(index=False):
        since, until = pd.Timestamp(begins).date(), pd.Timestamp(ends).date()
        dirty.described |= {day for day in active.get(person, ()) if since <= day <= until}


def _of_customers(reading: Reading, dirty: Dirty) -> None:
    """What is told of a customer describes the acts that become known from then on."""
    if not reading.came("customers"):
        return
    rows = reading.since("customers")
    known = rows.group_by("subject_token").agg(known=known_since(rows, reading.cutoff).min())
    acts = reading.stored(DESCRIBED)
    if acts is None:
        return
    met = acts.join(known, [acts.subject_token == known.subject_token, acts.night >= known.known])
    dirty.described |= days_of(met.select("day").distinct())


def _of_findings(reading: Reading, dirty: Dirty) -> None:
    """What the bureau found is counted on the day that it speaks of."""
    if not reading.came("bureau_findings"):
        return
    found = reading.since("bureau_findings")
    day = ibis.coalesce(found.occurred_at_local.date(), found.received_on)
    dirty.weighed |= days_of(found.filter(day.notnull()).select(day=day).distinct())


def _of_business(reading: Reading, dirty: Dirty) -> None:
    """New business, and harm, touch the look-ups of the customers that it names."""
    acts = reading.stored(DESCRIBED)
    if acts is None or not reading.came("business_records", "record_parties", "complaints"):
        return
    asked = acts.filter(acts.is_lookup)
    records, parties = reading.versions("business_records"), reading.versions("record_parties")
    touched = reading.keep(
        "tw_touched",
        touched_records(
            records,
            reading.since("business_records"),
            reading.since("record_parties"),
            reading.cutoff,
            _newly_stalled(reading),
        ),
    )
    named = reading.keep("tw_named", named_parties(records, parties, touched))
    dirty.described |= days_of(together(asked, named.semi_join(reading.since("record_parties"), "record_id")))
    typed = asked.join(touched, asked.business_ref == touched.record_id)
    typed = typed.select("subject_token", since="day", known="known")
    both = named.select("subject_token", "since", "known").union(typed)
    both = both.group_by("subject_token").agg(since=both.since.min(), known=both.known.min())
    both = reading.keep("tw_both", both)
    mine = asked.join(both, "subject_token").filter(lambda t: t.day >= t.since)
    dirty.weighed |= days_of(mine.filter(mine.known <= mine.night).select("day").distinct())
    dirty.weighed |= days_of(harmed_days(asked.select("subject_token", "day"), reading.since("complaints")))
    sure = dirty.all
    mine = reading.keep("tw_mine", mine.drop("since", "known").filter(~within(mine.day, sure)))
    held = sorted(days_of(mine.select("day").distinct()))
    if not held:
        return
    blind = clockless_batches(reading.lake, reading.horizon)
    business = business_of(
        mine, reading.days, records, parties, reading.cutoff, reading.keep, "touched", reading.telling, blind
    )
    wide, gaps = reading.wide(reading.small_table("near")), gaps_table(reading.gaps())
    for part, new in zip(
        (STEPS, WRONG), steps_of(business, wide, gaps, reading.keep, "touched"), strict=True
    ):
        old = reading.steps(part, held).semi_join(business.looked, "event_id").select(*new.columns)
        for one, other in ((new, old), (old, new)):
            dirty.weighed |= days_of(one.anti_join(other, list(new.columns)).select("day").distinct())


def _newly_stalled(reading: Reading) -> ir.Table:
    """Return record_id, known: records that stall, or no longer do, because of what all records of their kind show now."""
    old, now = reading.small_table("telling"), reading.telling
    moved = old.difference(now).union(now.difference(old))
    since = moved.group_by("kind").agg(told_from=moved.told_from.min())
    return silent_records(reading.first_steps(), since)
