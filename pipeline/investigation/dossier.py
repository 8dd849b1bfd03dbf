"""The dossier of one person as of one run, put together from stored rows."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from re import fullmatch

from sqlalchemy import Engine

from pipeline.casebook.runs import Run, latest_run, runs_between
from pipeline.casebook.scores import ReasonRow, ScoreRow, read_reasons, read_scores
from pipeline.errors import UsageError
from pipeline.home import Home
from pipeline.investigation import case_history
from pipeline.investigation.beside import beside
from pipeline.investigation.case_life import CaseThen, cases_then
from pipeline.investigation.connections import connections
from pipeline.investigation.course import Course, cumulated, hours, peers_of, read_course, timeline
from pipeline.investigation.defences import GROWTH_WORKDAYS, Circumstances, defences
from pipeline.investigation.lookups import aliases, counts_of, shown_lookups
from pipeline.investigation.manifest import manifest_of
from pipeline.investigation.matter_words import related_cases
from pipeline.investigation.reasons import distinct, sentence_of, shown_reasons, window_words
from pipeline.investigation.staff import Spell, Staff, read_staff
from pipeline.investigation.steps import suggested
from pipeline.investigation.stored import EVIDENCE_WORKDAYS, Act, Stored, steadily
from pipeline.pseudonyms import staff_codes
from pipeline.settings import Settings
from reports.document import (
    Connection,
    Defence,
    Dossier,
    EmploymentSpell,
    EvidenceCounts,
    LookUp,
    Peers,
    Profile,
    Reason,
    Text,
)
from reports.words import say

NEAREST = 3


@dataclass(frozen=True)
class Picture:
    """A dossier with what the command line needs beside it.

    Attributes:
        dossier: The document.
        lookups: All look-ups of the window; the document holds the same.
        tokens: alias → the customer's token, to filter by; never printed.
        run: The run that was read.
    """

    dossier: Dossier
    lookups: tuple[LookUp, ...]
    tokens: dict[str, str]
    run: Run


def run_as_of(engine: Engine, as_of: date | None) -> Run:
    """Find the finished run that speaks for a day: the last night that is not later.

    Raises:
        UsageError: No night has been run by then.
    """
    with engine.connect() as connection:
        found = latest_run(connection, at_or_before=as_of) if as_of else latest_run(connection)
        if found is not None:
            return found
        first = runs_between(connection)
    when = f" on {as_of} or before" if as_of else ""
    raise UsageError(
        f"No night{when} has been run here, so there is no stored score and no evidence to read.",
        f"The first one run is {first[0].night}."
        if first
        else "Run one first: `tellerwatch run --night DAY`.",
    )


def dossier(
    home: Home,
    settings: Settings,
    engine: Engine,
    employee_id: str,
    as_of: date | None = None,
    *,
    case_number: str = "",
    requested_by: str = "",
) -> Dossier:
    """Put together one person's dossier from what is stored; nothing is scored.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook.
        employee_id: Whose.
        as_of: The night; None takes the last one run.
        case_number: The ground for looking; the person's own case where it is empty.
        requested_by: Who asked.

    Raises:
        UsageError: Nobody has this id, or no night has been run.
    """
    return picture(
        home, settings, engine, employee_id, run_as_of(engine, as_of), case_number, requested_by
    ).dossier


def picture(
    home: Home,
    settings: Settings,
    engine: Engine,
    employee_id: str,
    run: Run,
    case_number: str = "",
    requested_by: str = "",
    known_at: datetime | None = None,
) -> Picture:
    """Put together the dossier, and keep what a filter needs.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook.
        employee_id: Whose.
        run: The run whose stored rows are read.
        case_number: The ground for looking; the person's own case where it is empty.
        requested_by: Who asked.
        known_at: What people have decided about the cases up to this moment; None takes the end of the run.

    Raises:
        UsageError: Nobody has this id.
    """

    def read(stored: Stored) -> tuple[Picture, list[Act]]:
        with beside(stored) as second:
            everybody = second.read(read_staff)
            acts = stored.acts_of([employee_id])
            staff = everybody.result()
            if not acts and not staff.of(employee_id):
                raise _unknown(employee_id, staff, stored)
            shared = second.read(lambda other: connections(employee_id, acts, staff, other))
            return _drawn(employee_id, acts, staff, stored, shared, case_number, requested_by, known_at), acts

    drawn, acts = steadily(home, settings, engine, run, read)
    if codes := staff_codes(home, settings, engine):
        codes.learn([employee_id, *(name for act in acts for name in (act.entity, act.employee_id))])
        shown = codes.shown(drawn.dossier)
        return replace(drawn, dossier=shown, lookups=shown.lookups)
    return drawn


def _unknown(employee_id: str, staff: Staff, stored: Stored) -> UsageError:
    from difflib import get_close_matches

    if stored.settings.privacy.staff == "codes":
        # The nearest ids would be people's ids.
        return UsageError(
            f"Nobody here has the id or the code {employee_id}.", "Check it against the dossier or the case."
        )
    with stored.engine.connect() as connection:
        known = sorted(
            {*staff.spells, *(row.employee_id for row in read_scores(connection, stored.run.run_id))}
        )
    folded, typed = {name.casefold(): name for name in known}, employee_id.casefold()
    # Two digits in each other's place are the commonest slip, and no nearer by letters than many other ids.
    swapped = [
        typed[:at] + typed[at + 1] + typed[at] + typed[at + 2 :] for at in range(max(0, len(typed) - 1))
    ]
    close = get_close_matches(typed, list(folded), n=NEAREST, cutoff=0.5)
    near = [folded[name] for name in dict.fromkeys([*swapped, *close]) if name in folded][:NEAREST]
    return UsageError(
        f"Nobody is called {employee_id} in the register of staff or in the access log up to {stored.night}.",
        f"Did you mean {', '.join(near)}?" if near else "Check the id in the employees feed.",
    )


def circumstances(stored: Stored, staff: Staff, course: Course, employee_id: str) -> Circumstances:
    """Gather what a person's explanations are checked against."""
    posts = staff.posts(stored.night)
    earlier = course.about(stored.window_start(GROWTH_WORKDAYS) - timedelta(days=1))
    return Circumstances(
        post=staff.post(employee_id, stored.night),
        colleagues={person: post for person, post in posts.items() if person != employee_id},
        away=_away(stored),
        absences_known=bool(stored.feed_paths("absences")),
        machines=_machines(stored),
        now=course.now,
        earlier=course.counts[earlier] if earlier else {},
        earlier_night=earlier,
    )


def _away(stored: Stored) -> dict[str, list[tuple[date, date, str]]]:
    paths = stored.feed_paths("absences")
    away: dict[str, list[tuple[date, date, str]]] = {}
    if paths:
        sql = """
            SELECT DISTINCT employee_id, starts_on, ends_on, coalesce(kind, '') AS kind
            FROM read_parquet(?, union_by_name = true) WHERE starts_on <= ? ORDER BY ALL
        """
        for person, first, last, kind in stored.rows(sql, [paths, stored.night]):
            away.setdefault(person, []).append((first, last, kind))
    return away


def _machines(stored: Stored) -> dict[str, tuple[str, str]] | None:
    paths = stored.feed_paths("service_accounts")
    if not paths:
        return None
    sql = """
        SELECT account_id, coalesce(owner_id, ''), coalesce(purpose, '')
        FROM read_parquet(?, union_by_name = true) ORDER BY ALL
    """
    return {account: (owner, purpose) for account, owner, purpose in stored.rows(sql, [paths])}


def _drawn(
    employee_id: str,
    acts: Sequence[Act],
    staff: Staff,
    stored: Stored,
    shared: Future[tuple[Connection, ...]],
    case_number: str,
    requested_by: str,
    known_at: datetime | None,
) -> Picture:
    night = stored.night
    own = [act for act in acts if act.entity == employee_id]
    with stored.engine.connect() as connection:
        score = next(iter(read_scores(connection, stored.run.run_id, [employee_id])), None)
        reasons = read_reasons(connection, stored.run.run_id, [employee_id]).get(employee_id, [])
        cases = cases_then(connection, stored.run, employee_id, known_at)
        course = read_course(connection, stored)
        manifest = manifest_of(connection, stored.run, stored.zone)
        case = _current(cases)
        related = related_cases(connection, stored.run.run_id, case.case_id) if case else ()
    around = circumstances(stored, staff, course, employee_id)
    posts = {employee_id: around.post, **around.colleagues} if around.post else dict(around.colleagues)
    counts = counts_of(own)
    peers = peers_of(employee_id, around.post, posts, course, night)
    checked = defences(employee_id, own, around, stored)
    shown = shown_reasons(reasons, own, stored)
    names = aliases(own)
    rows = shown_lookups(own, names, any(act.authorization_id for act in own))
    document = Dossier(
        institution=stored.settings.bank.name or "Tellerwatch",
        classification=stored.settings.reports.classification,
        language=stored.settings.reports.language,
        zone=stored.settings.bank.zone,
        profile=_profile(employee_id, own, staff, around.post),
        case_number=case_number or (case.case_id if case else "–"),
        case_id=case.case_id if case else "",
        requested_by=requested_by,
        as_of=night,
        window=window_words(EVIDENCE_WORKDAYS, night),
        status=case_history.status_words(case),
        severity=case.severity if case and case.open else None,
        opened_on=case.opened_on if case else None,
        due=case.due_on if case else None,
        unexplained=counts.unlinked,
        score=score.score if score else None,
        p_value=_rarity(score, stored.run),
        cutoff_score=stored.settings.alerting.open_nats,
        summary=_summary(reasons, counts, peers, checked, score),
        reasons=shown,
        other_points=_other_points(score, shown),
        speaks_for=checked,
        timeline=timeline(own, around.away.get(employee_id, []), stored),
        cumulative=cumulated(employee_id, around.post, posts, course),
        hours=hours(own),
        usual_hours=_shift(around.post),
        peers=peers,
        evidence=counts,
        lookups=rows,
        lookups_total=len(rows),
        connections=shared.result(),
        related=related,
        history=case_history.entries([(one.case_id, one.events) for one in cases], stored.zone),
        steps=suggested(own, counts, around.post, case is not None),
        blind_spots=(say("facts.blind.T09"), say("facts.blind.T25")),
        manifest=manifest,
    )
    return Picture(document, rows, {alias: token for token, alias in names.items()}, stored.run)


def _current(cases: Sequence[CaseThen]) -> CaseThen | None:
    """Choose the case the dossier belongs to: the open one, else the newest."""
    return max(cases, key=lambda case: (case.open, case.opened_on, case.case_id), default=None)


def _rarity(score: ScoreRow | None, run: Run) -> float | None:
    return score.p_value if score is not None and run.manifest.get("calibrated", True) else None


def _other_points(score: ScoreRow | None, shown: Sequence[Reason]) -> float:
    return round(score.score - sum(reason.points for reason in shown), 6) if score else 0.0


def _profile(employee_id: str, own: Sequence[Act], staff: Staff, post: Spell | None) -> Profile:
    if post is None:
        last = own[-1] if own else None
        return Profile(
            employee_id=employee_id,
            role=last.role if last else "unknown",
            branch=last.own_branch if last else "",
        )
    return Profile(
        employee_id=employee_id,
        name=post.name,
        role=post.role,
        branch=post.branch_id,
        manager_id=post.manager_id,
        hired_on=post.hired_on,
        left_on=post.left_on,
        shift=post.shift,
        spells=tuple(
            EmploymentSpell(
                starts=spell.hired_on if spell.begins.year <= 1900 and spell.hired_on else spell.begins,
                ends=spell.ends,
                role=spell.role,
                branch=spell.branch_id,
                manager_id=spell.manager_id,
            )
            for spell in staff.of(employee_id)
        ),
    )


def _shift(post: Spell | None) -> tuple[int, int] | None:
    """Read the first and last hour of a shift such as 08:30-17:30; a shift in another form frames nothing."""
    found = fullmatch(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})", post.shift) if post else None
    if found is None:
        return None
    first, last = int(found[1]), int(found[3]) + (int(found[4]) > 0)
    return (first, last) if 0 <= first < last <= 24 else None


def _summary(
    reasons: Sequence[ReasonRow],
    counts: EvidenceCounts,
    peers: Peers | None,
    checked: Sequence[Defence],
    score: ScoreRow | None,
) -> tuple[Text, ...]:
    told = [sentence_of(row) for row in distinct(reasons)[:2]]
    if score is None:
        told.append(say("facts.summary.not_scored"))
    total = counts.linked + counts.thin + counts.pending + counts.unlinked + counts.not_assessable
    told.append(
        say(
            "facts.summary.evidence",
            days=EVIDENCE_WORKDAYS,
            n=total,
            unlinked=counts.unlinked,
            thin=counts.thin,
            pending=counts.pending,
            linked=counts.linked,
        )
    )
    if peers is not None and peers.median is not None:
        told.append(say("facts.summary.peers", n=peers.n, median=peers.median))
    outcomes = [defence.outcome for defence in checked]
    silent = set(outcomes) == {"does_not"}
    told.append(
        say("facts.summary.for_none", all=len(outcomes))
        if silent
        else say(
            "facts.summary.for",
            all=len(outcomes),
            explains=outcomes.count("explains"),
            partly=outcomes.count("partly"),
            unknown=outcomes.count("unknown"),
        )
    )
    return tuple(told)
