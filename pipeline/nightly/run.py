"""A night, from the lake to the officer's desk: ordered steps, each recorded; a failed step is never a quiet night."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from importlib.metadata import version
from math import exp
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from pipeline.bank import Bank, open_bank
from pipeline.calendar import cutoff_of
from pipeline.casebook import cases as casebook_cases
from pipeline.casebook import runs, scores, suppressions
from pipeline.casebook.engine import writing
from pipeline.errors import TellerwatchError
from pipeline.evidence.months import keep_closed
from pipeline.evidence.store import evidence_rows, write_evidence
from pipeline.evidence.stored_span import StoredSpan, note_span, read_span
from pipeline.home import Home
from pipeline.investigation.related import relate
from pipeline.lake.store import Lake
from pipeline.nightly.alerted_before import alert_history
from pipeline.nightly.duration import seconds_of
from pipeline.nightly.findings import findings_of, lookups_per_day
from pipeline.nightly.owed import draw_owed, tell_still_owed
from pipeline.nightly.rescoring import change_by, changes_since, first_horizon, nights_with_late_data
from pipeline.scoring.alerting import AUDIT, Raised, raise_alerts
from pipeline.scoring.explain import Reason, reasons_of, unexplained
from pipeline.scoring.scorer import NightScores
from pipeline.settings import Settings

Clock = Callable[[], datetime]
Advance = Callable[[str, int, int], None]

STATE_DAYS = 45
"""Calendar days over which a look-up's state may still change; older evidence is written once."""
REASONS_FROM = 2.0
"""Nats from which a person's reasons are stored, so that an investigation can read them."""
LADDER = ((250, "critical"), (50, "high"), (25, "medium"))
"""Unexplained look-ups → severity: the ladder of contract.md section 6."""
REPORT = "report"
"""The step that comes after a night's end: a night whose report was cut off is done, and drawn by the next run."""
PACKAGES = ("tellerwatch", "pyod", "duckdb", "ibis-framework", "pandas", "numpy", "scikit-learn")


@dataclass(frozen=True)
class NightDone:
    """What a night came to; `run --json` prints these.

    Attributes:
        night: The night.
        status: ok, incomplete or failed.
        run_id: The run's id in the ledger.
        scored: People scored.
        new_cases: Cases opened.
        seconds: How long its own steps took when it was done.
        findings: What the reader must know about its data.
        report: The report's path, or an empty text.
        revision: How often it had been scored before.
    """

    night: date
    status: str
    run_id: str
    scored: int
    new_cases: int
    seconds: float
    findings: list[dict[str, Any]]
    report: str = ""
    revision: int = 0


def severity_of(score: float, unexplained_count: int, policy: str) -> str:
    """Grade a case by what would be lost if it waited, not by how strange it looks."""
    if policy == "after_left":
        return "high"
    if policy == AUDIT:
        return "low"
    for least, word in LADDER:
        if unexplained_count >= least:
            return word
    return "medium" if policy or score >= 12 else "low"


class Nights:
    """Runs nights of one home, in order.

    Args:
        home: The installation; its lock is held by the caller.
        settings: The effective configuration.
        engine: The casebook.
        clock: The present moment, aware.
        advance: Told (what, done, total) as the work goes on.
        rescore: Make a new revision of nights that are done.
    """

    def __init__(
        self,
        home: Home,
        settings: Settings,
        engine: Engine,
        clock: Clock,
        advance: Advance | None = None,
        rescore: bool = False,
    ) -> None:
        self.home, self.settings, self.engine, self.clock = home, settings, engine, clock
        self.advance = advance or (lambda what, done, total: None)
        self.rescore = rescore

    def run(self, asked: Sequence[date], *, late_too: bool = False) -> list[NightDone]:
        """Run the nights that are not done yet, and give back what each came to.

        Args:
            asked: The nights, in order.
            late_too: First score again the nights before them for which data have come late.
        """
        undrawn = self._draw_what_was_cut_off()
        horizon = Lake(self.home, self.engine).horizon()
        late = self._late_before(asked, horizon) if late_too else []
        nights = [*late, *asked]
        opened = [self._open(night, horizon, self.rescore or night in late) for night in nights]
        work = [(night, found.run) for night, found in zip(nights, opened, strict=True) if found.work]
        done = {
            night: self._told(found.run)
            for night, found in zip(nights, opened, strict=True)
            if not found.work
        }
        # A night that was cut off goes on with the batches it began with, so the groundwork is laid per horizon.
        for its_horizon in sorted({run.batch_horizon for _, run in work}):
            some = [(night, run) for night, run in work if run.batch_horizon == its_horizon]
            self.advance("Linking look-ups to business records", 0, len(some))
            with open_bank(
                self.home, self.settings, self.engine, some[0][0], some[-1][0], its_horizon, stored=True
            ) as bank:
                counts = lookups_per_day(bank.groundwork)
                self._store_evidence(bank, some[0][0])
                for index, (night, run) in enumerate(some):
                    self.advance(f"Night of {night}", index, len(some))
                    done[night] = self._night(bank, run, counts, is_last=index == len(some) - 1)
                self.advance("Done", len(some), len(some))
        if work:
            keep_closed(self.home, self.settings)
        tell_still_owed(undrawn, asked)
        return [done[night] for night in nights]

    def _late_before(self, asked: Sequence[date], horizon: int) -> list[date]:
        today = self.clock().astimezone(ZoneInfo(self.settings.bank.zone)).date()
        return nights_with_late_data(self.engine, self.settings, horizon, asked[0] if asked else today)

    def _open(self, night: date, horizon: int, rescore: bool) -> runs.OpenedRun:
        with writing(self.engine) as connection:
            return runs.open_run(
                connection,
                night=night,
                config_hash=self.settings.config_hash,
                code_version=version("tellerwatch"),
                seed=self.settings.detection.seed,
                cutoff=cutoff_of(night, self.settings.bank.cutoff, self.settings.bank.zone),
                batch_horizon=horizon,
                at=self.clock(),
                rescore=rescore,
            )

    def _told(self, run: runs.Run) -> NightDone:
        report = run.manifest.get("report", "")
        return NightDone(
            run.night,
            run.status,
            run.run_id,
            run.scored,
            run.new_cases,
            seconds_of(self.engine, run),
            run.findings,
            report,
            run.revision,
        )

    @contextmanager
    def _step(self, run: runs.Run, name: str) -> Iterator[dict[str, Any]]:
        with writing(self.engine) as connection:
            ordinal = runs.begin_step(connection, run.run_id, name, self.clock())
        detail: dict[str, Any] = {}
        status = "failed"
        try:
            yield detail
            status = "ok"
        finally:
            with writing(self.engine) as connection:
                runs.end_step(connection, run.run_id, ordinal, status=status, at=self.clock(), detail=detail)

    def _store_evidence(self, bank: Bank, first_night: date) -> None:
        laid = bank.groundwork
        if laid.pairs is None:
            return
        rows = evidence_rows(laid.acts, laid.states, laid.mismatches, laid.pairs, laid.wide)
        span = read_span(self.home)
        first = span.first_to_write(laid.first, first_night, STATE_DAYS)
        whole_from = span.whole_from if first > laid.first else None
        note_span(self.home, StoredSpan(whole_from, first))
        write_evidence(bank.backend, self.home, rows, first, laid.last)
        note_span(self.home, StoredSpan(whole_from or laid.first))

    def _night(self, bank: Bank, run: runs.Run, counts: dict[date, int], is_last: bool) -> NightDone:
        try:
            finished = self._steps(bank, run, counts)
        except (TellerwatchError, OSError, ValueError, ArithmeticError) as error:
            finding = {
                "code": "failed_step",
                "feed": "",
                "count": 1,
                "detail": {"error": type(error).__name__},
            }
            with writing(self.engine) as connection:
                failed = runs.finish_run(
                    connection, run.run_id, status="failed", at=self.clock(), findings=[finding]
                )
            from pipeline.reporting.failed import write_failed_night

            path = write_failed_night(self.home, self.settings, self.engine, failed)
            if isinstance(error, TellerwatchError):
                return NightDone(**{**asdict(self._told(failed)), "report": str(path)})
            raise
        return self._report(finished, is_last)

    def _steps(self, bank: Bank, run: runs.Run, counts: dict[date, int]) -> runs.Run:
        alerted = self._alerted(bank, run)
        before = self._run_before(run)
        with self.engine.connect() as connection:
            since = first_horizon(connection, before.night) if before else None
            rescored = changes_since(connection, run, since)
        found = findings_of(
            run.night,
            bank.groundwork,
            counts,
            self.engine,
            self.settings,
            since,
            run.batch_horizon,
            alerted["calibrated"],
            run.started_at,
        )
        status = "incomplete" if any(finding.incomplete for finding in found) else "ok"
        manifest = {
            "versions": {name: version(name) for name in PACKAGES},
            "calibrated": alerted["calibrated"],
            "reference_nights": len(bank.scorer.reference_nights(run.night)),
            "lookups": counts.get(run.night, 0),
            "expected_false": alerted["people"] * exp(-self.settings.alerting.open_nats),
            "previous_run": before.run_id if before else "",
        }
        if run.revision:
            manifest["changed"] = change_by(self.engine, self.settings, run, alerted["new"])
        if rescored:
            manifest["rescored"] = list(rescored)
        with writing(self.engine) as connection:
            finished = runs.finish_run(
                connection,
                run.run_id,
                status=status,  # type: ignore[arg-type]  # one of the two literals above
                at=self.clock(),
                scored=alerted["people"],
                new_cases=alerted["new"],
                findings=[finding.as_json() for finding in found],
                manifest=manifest,
            )
            # In the same transaction: whoever finds the night done also finds that its report is owed.
            runs.begin_step(connection, run.run_id, REPORT, self.clock())
        return finished

    def _alerted(self, bank: Bank, run: runs.Run) -> dict[str, Any]:
        """Score and alert, or read what that came to where the night was cut off after it."""
        with self.engine.connect() as connection:
            kept = {
                step.name: step.detail
                for step in runs.steps_of(connection, run.run_id)
                if step.status == "ok"
            }
        if "alert" in kept:
            return kept["alert"]
        with self._step(run, "score") as detail:
            scored = bank.score(run.night)
            detail["people"] = len(scored.people)
        with self._step(run, "alert") as detail:
            raised, new_cases = self._alert(run, scored)
            relate(self.home, self.settings, self.engine, run)
            detail |= {"raised": len(raised), "new": new_cases}
            detail |= {"people": len(scored.people), "calibrated": bool(scored.calibrated)}
        return detail

    def _run_before(self, run: runs.Run) -> runs.Run | None:
        with self.engine.connect() as connection:
            earlier = runs.runs_between(
                connection, run.night - timedelta(days=60), run.night - timedelta(days=1)
            )
        finished = [one for one in earlier if one.finished]
        return finished[-1] if finished else None

    def _alert(self, run: runs.Run, scored: NightScores) -> tuple[list[Raised], int]:
        history = alert_history(self.engine, run.night, run.config_hash, self.settings.alerting.quiet_days)
        raised = raise_alerts(scored, history, self.settings.alerting)
        alerted = {one.row: one for one in raised}
        rank = scored.rank
        told = {
            row: reasons_of(scored, row, alerted[row].policy if row in alerted else "")
            for row in range(len(scored.people))
            if row in alerted or scored.score[row] >= REASONS_FROM
        }
        rows = [
            scores.ScoreRow(
                employee_id=str(employee),
                score=float(scored.score[row]),
                p_value=float(scored.p_value[row]),
                rank=int(rank[row]),
                alert=row in alerted,
                unexplained=unexplained(scored, row),
                families={
                    name: round(float(points[row]), 6)
                    for name, points in scored.families.items()
                    if points[row] > 0
                },
            )
            for row, employee in enumerate(scored.people)
        ]
        reason_rows = {row: _reason_rows(str(scored.people[row]), reasons) for row, reasons in told.items()}
        with writing(self.engine) as connection:
            scores.write_scores(connection, run.run_id, rows)
            scores.write_reasons(
                connection, run.run_id, [one for some in reason_rows.values() for one in some]
            )
            in_force = suppressions.active_on(connection, run.night)
            for row, one in alerted.items():
                codes = [reason.code for reason in told[row]] or [one.policy or "score"]
                branch = str(scored.branches[row])
                if codes and all(
                    any(rule.covers(one.employee_id, branch, code) for rule in in_force) for code in codes
                ):
                    continue  # the report lists what was hidden, and by which suppression
                casebook_cases.raise_or_continue(
                    connection,
                    run,
                    employee_id=one.employee_id,
                    score=rows[row].score,
                    p_value=rows[row].p_value,
                    rank=rows[row].rank,
                    severity=severity_of(rows[row].score, rows[row].unexplained, one.policy),  # type: ignore[arg-type]  # a severity's name
                    unexplained=rows[row].unexplained,
                    reasons=reason_rows[row],
                    at=self.clock(),
                )
            # Counted from the casebook: a step that was cut off after its commit finds its cases there already.
            new_cases = casebook_cases.opened_by(connection, run.run_id)
        return raised, new_cases

    def _draw_what_was_cut_off(self) -> dict[date, Exception]:
        """Draw the reports of nights that are done, but whose report a crash or a full disk kept back."""
        with self.engine.connect() as connection:
            owed = runs.with_step_open(connection, REPORT)
        return draw_owed(owed, self._report)

    def _report(self, run: runs.Run, is_last: bool) -> NightDone:
        from pipeline import reporting

        with self._step(run, REPORT):
            path = reporting.write_night_report(self.home, self.settings, self.engine, run)
            # Earlier nights of a span have passed: their people's pages would be drawn again at once.
            if is_last:
                reporting.write_dossiers(self.home, self.settings, self.engine, run)
        return NightDone(**{**asdict(self._told(run)), "report": str(path)})


def _reason_rows(employee_id: str, reasons: Sequence[Reason]) -> list[scores.ReasonRow]:
    return [
        scores.ReasonRow(
            employee_id,
            ordinal,
            reason.code,
            reason.family,
            reason.text_en,
            reason.text_zh,
            reason.points,
            reason.value,
            reason.own_normal,
            reason.peer_normal,
            reason.window_days,
            {"exposure": reason.exposure} if reason.exposure is not None else {},
        )
        for ordinal, reason in enumerate(reasons)
    ]
