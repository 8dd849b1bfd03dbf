"""The life of cases under any order of nights, decisions and repetitions, against a model a page long."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, delete

from pipeline.casebook.case_file import CaseEvent, cases_of, events_of, list_cases, nights_of
from pipeline.casebook.cases import ReopenPolicy
from pipeline.casebook.decisions import assign, close, note, reopen
from pipeline.casebook.engine import writing
from pipeline.casebook.independence import FourEyes
from pipeline.casebook.runs import Run
from pipeline.casebook.tables import metadata
from pipeline.errors import NotPermittedError, UsageError
from tests.casebook.nights import DAY, alert, done, later, reason

PEOPLE = ("E1", "E2")
FAMILIES = ("unexplained", "access_shape", "timing")
POLICY = ReopenPolicy(growth=5, new_case_after_days=20)
EYES = FourEyes("high", managers={"E1": "M1", "E2": "M1"})
people = st.sampled_from(PEOPLE)


@dataclass
class Modelled:
    """What a case must be like."""

    employee_id: str
    status: str = "new"
    severity: str = "low"
    known: set[str] = field(default_factory=set)
    weighed: int = 0
    unexplained: int = 0
    last_night: date = DAY
    nights: list[date] = field(default_factory=list)
    decided_on: date = DAY


class CaseLife(RuleBasedStateMachine):
    engine: Engine

    @initialize()
    def empty(self) -> None:
        with writing(self.engine) as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(delete(table))
        self.night = DAY
        self.hours = 1
        self.model: list[Modelled] = []
        self.told: list[tuple[Run, str, dict[str, Any]]] = []
        self.seen: dict[str, list[CaseEvent]] = {}

    def newest(self, person: str) -> Modelled | None:
        return next((case for case in reversed(self.model) if case.employee_id == person), None)

    def number(self, case: Modelled) -> str:
        return f"C-2026-{self.model.index(case) + 1:04d}"

    def now(self) -> Any:
        self.hours += 1
        return later(days=(self.night - DAY).days, seconds=self.hours)

    @rule(
        alerts=st.dictionaries(
            people,
            st.tuples(
                st.integers(0, 30),
                st.sets(st.sampled_from(FAMILIES), min_size=1),
                st.sampled_from(["low", "medium", "high"]),
            ),
            max_size=2,
        ),
        days=st.sampled_from([1, 1, 1, 3, 19, 22]),
    )
    def a_night(self, alerts: dict[str, tuple[int, set[str], str]], days: int) -> None:
        self.night += timedelta(days=days)
        if self.night.year != DAY.year:
            self.night = DAY.replace(month=12, day=31)
            return
        with writing(self.engine) as connection:
            run = done(connection, self.night)
            for person, (unexplained, families, severity) in sorted(alerts.items()):
                reasons = [
                    reason(name, name.upper(), place, person) for place, name in enumerate(sorted(families))
                ]
                values = {
                    "unexplained": unexplained,
                    "severity": severity,
                    "reasons": reasons,
                    "at": self.now(),
                    "policy": POLICY,
                }
                raised = alert(connection, run, person, **values)
                expected = self.expect(person, unexplained, families, severity)
                newest = self.newest(person)
                assert newest is not None
                assert (raised.kind, raised.case_id) == (expected, self.number(newest))
                self.told.append((run, person, values))

    def expect(self, person: str, unexplained: int, families: set[str], severity: str) -> str:
        case = self.newest(person)
        long_ago = (
            case is not None
            and case.status == "closed"
            and (self.night - max(case.last_night, case.decided_on)).days > POLICY.new_case_after_days
        )
        if case is None or long_ago:
            self.model.append(
                Modelled(
                    person,
                    "new",
                    severity,
                    set(families),
                    unexplained,
                    unexplained,
                    self.night,
                    [self.night],
                )
            )
            return "opened"
        news = bool(families - case.known) or unexplained - case.weighed >= POLICY.growth
        case.nights.append(self.night)
        closed = case.status == "closed"
        case.known |= families
        if closed and not news:
            return "stays_closed"
        if news:
            case.weighed = unexplained
        case.status = "new" if closed else case.status
        case.unexplained, case.last_night = unexplained, self.night
        case.severity = max(case.severity, severity, key=["low", "medium", "high"].index)
        return "reopened" if closed else "new_evidence" if news else "continued"

    @precondition(lambda self: self.told)
    @rule(pick=st.integers(0, 1_000))
    def any_night_told_again(self, pick: int) -> None:
        run, person, values = self.told[pick % len(self.told)]
        with writing(self.engine) as connection:
            assert alert(connection, run, person, **{**values, "at": self.now()}).kind == "unchanged"

    @rule(person=people, second=st.sampled_from([None, "zhao.min", "M1", "chen.jing", "E1"]))
    def an_officer_closes(self, person: str, second: str | None) -> None:
        case = self.newest(person)
        if case is None:
            return
        dependent = second in ("M1", "chen.jing", person)
        refused = case.status == "closed" or dependent or (case.severity == "high" and second is None)
        at = self.now()
        try:
            with writing(self.engine) as connection:
                close(
                    connection,
                    self.number(case),
                    disposition="explained_business",
                    text="A campaign.",
                    actor="chen.jing",
                    second_person=second,
                    at=at,
                    eyes=EYES,
                )
        except (UsageError, NotPermittedError):
            assert refused
        else:
            assert not refused
            case.status, case.weighed, case.decided_on = "closed", case.unexplained, at.date()

    @rule(person=people)
    def an_officer_re_opens(self, person: str) -> None:
        for case in [item for item in self.model if item.employee_id == person]:
            newest = self.newest(person)
            assert newest is not None
            allowed = case.status == "closed" and newest.status == "closed"
            try:
                with writing(self.engine) as connection:
                    reopen(connection, self.number(case), text="A letter.", actor="zhao.min", at=self.now())
            except UsageError:
                assert not allowed
            else:
                assert allowed
                assert case is newest or newest.status == "closed"
                case.status = "in_review"
                # The newest closed case is the one that later alerts look at; keep to it.
                if case is not newest:
                    with writing(self.engine) as connection:
                        at = self.now()
                        close(
                            connection,
                            self.number(case),
                            disposition="duplicate",
                            text="It is in the newer one.",
                            actor="chen.jing",
                            second_person="zhao.min",
                            at=at,
                            eyes=EYES,
                        )
                    case.status, case.decided_on = "closed", at.date()

    @rule(person=people, act=st.sampled_from(["note", "assign"]))
    def an_officer_takes_it_up(self, person: str, act: str) -> None:
        case = self.newest(person)
        if case is None:
            return
        common: dict[str, Any] = {"actor": "chen.jing", "at": self.now()}
        try:
            with writing(self.engine) as connection:
                if act == "note":
                    note(connection, self.number(case), text="Called the branch.", **common)
                else:
                    assign(connection, self.number(case), owner="sun.li", **common)
        except UsageError:
            assert act == "assign"
            assert case.status == "closed"
        else:
            case.status = "in_review" if case.status == "new" else case.status

    @invariant()
    def the_casebook_is_as_the_model_says(self) -> None:
        with self.engine.connect() as connection:
            stored = {case.case_id: case for case in list_cases(connection)}
            assert set(stored) == {self.number(case) for case in self.model}
            for case in self.model:
                found = stored[self.number(case)]
                assert found.employee_id == case.employee_id
                assert (found.status, found.severity) == (case.status, case.severity)
                assert (found.unexplained, found.last_night) == (case.unexplained, case.last_night)
                assert (found.disposition is None) == (found.status != "closed")
                assert [night.night for night in nights_of(connection, found.case_id)] == case.nights

    @invariant()
    def nobody_has_two_open_cases_and_the_first_listed_is_the_one_that_counts(self) -> None:
        with self.engine.connect() as connection:
            for person in PEOPLE:
                found, newest = cases_of(connection, person), self.newest(person)
                assert sum(case.open for case in found) <= 1
                if newest is not None:
                    assert found[0].case_id == self.number(newest)

    @invariant()
    def history_only_grows(self) -> None:
        with self.engine.connect() as connection:
            for case in self.model:
                number = self.number(case)
                events = events_of(connection, number)
                before = self.seen.get(number, [])
                assert events[: len(before)] == before
                assert events[0].kind == "opened"
                assert (events[-1].kind == "closed") <= (case.status == "closed")
                self.seen[number] = events


def test_cases_live_as_the_model_says_whatever_the_order(engine: Engine) -> None:
    few = engine.dialect.name == "postgresql"
    machine = type("Machine", (CaseLife,), {"engine": engine})
    run_state_machine_as_test(
        machine,
        settings=hypothesis_settings(max_examples=5 if few else 15, stateful_step_count=25, deadline=None),
    )
