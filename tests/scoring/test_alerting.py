"""Who is raised: the line, hysteresis, the flood guard, and the floor that no model dilutes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache

import numpy as np

from pipeline.nightly.run import severity_of
from pipeline.scoring.alerting import AUDIT, AlertHistory, drawn_by_lot, raise_alerts
from pipeline.scoring.explain import reasons_of
from pipeline.scoring.scorer import NightScores
from pipeline.settings import Alerting
from tests.scoring.made_nights import NIGHT, later, ordinary, scorer

SETTINGS = Alerting()


@cache
def quiet() -> NightScores:
    """A night on which nobody stands out; not made while tests are collected, which every worker does for itself."""
    return scorer().score(ordinary(NIGHT))


def _night(days: int = 0, **nats: float) -> NightScores:
    score = np.zeros(len(quiet().people))
    for employee, value in nats.items():
        score[list(quiet().people).index(employee)] = value
    return replace(quiet(), night=later(days), score=score, calibrated=True)


def test_who_is_above_the_line_is_raised_and_nobody_else() -> None:
    raised = raise_alerts(
        _night(E003=SETTINGS.open_nats + 1, E004=SETTINGS.open_nats - 0.1), AlertHistory(), SETTINGS
    )
    assert [one.employee_id for one in raised] == ["E003"]


def test_a_raised_person_stays_raised_while_the_evidence_holds() -> None:
    history = AlertHistory()
    raise_alerts(_night(E003=SETTINGS.open_nats + 1), history, SETTINGS)
    (again,) = raise_alerts(_night(1, E003=SETTINGS.keep_nats + 0.1), history, SETTINGS)
    assert not again.is_new


def test_after_a_quiet_fortnight_it_takes_the_full_line_again() -> None:
    history = AlertHistory()
    raise_alerts(_night(E003=SETTINGS.open_nats + 1), history, SETTINGS)
    late = SETTINGS.quiet_days + 1
    assert raise_alerts(_night(late, E003=SETTINGS.keep_nats + 0.1), history, SETTINGS) == []
    (again,) = raise_alerts(_night(late, E003=SETTINGS.open_nats + 1), history, SETTINGS)
    assert again.is_new


def test_a_flood_is_stopped_worst_first() -> None:
    everybody = {str(name): SETTINGS.open_nats + index / 10 for index, name in enumerate(quiet().people[:30])}
    raised = raise_alerts(_night(**everybody), AlertHistory(), SETTINGS)
    assert [one.employee_id for one in raised] == [str(name) for name in quiet().people[:30][::-1][:5]]


def test_the_budget_is_free_again_a_week_later() -> None:
    history = AlertHistory(opened=[NIGHT] * 5)
    assert raise_alerts(_night(1, E003=20.0), history, SETTINGS) == []
    assert len(raise_alerts(_night(7, E003=20.0), history, SETTINGS)) == 1


def test_an_account_used_after_its_owner_left_is_a_case_whatever_the_model_says() -> None:
    facts = ordinary(NIGHT)
    facts.bands["after_left"][9, 0] = 1
    scores = replace(quiet(), score=np.zeros(len(quiet().people)), facts=facts, calibrated=False)
    (raised,) = raise_alerts(scores, AlertHistory(), SETTINGS)
    assert (raised.employee_id, raised.policy) == ("E009", "after_left")


def test_leave_that_was_cut_short_is_no_case() -> None:
    facts = ordinary(NIGHT)
    facts.bands["absent_judged"][9, 0], facts.bands["absent_untraced"][9, 0] = 20, 4
    scores = replace(quiet(), score=np.zeros(len(quiet().people)), facts=facts)
    assert raise_alerts(scores, AlertHistory(), SETTINGS) == []
    facts.bands["absent_untraced"][9, 0] = 12
    assert [one.policy for one in raise_alerts(scores, AlertHistory(), SETTINGS)] == ["absent"]


def test_where_most_waits_till_the_next_day_an_open_day_of_absence_says_little() -> None:
    facts = ordinary(NIGHT)
    facts.bands["fresh"][:, 3], facts.bands["fresh_traceless"][:, 3] = 100, 65
    facts.bands["absent_judged"][9, 0], facts.bands["absent_untraced"][9, 0] = 12, 8
    scores = replace(quiet(), score=np.zeros(len(quiet().people)), facts=facts)
    assert raise_alerts(scores, AlertHistory(), SETTINGS) == []
    facts.bands["absent_untraced"][9, 0] = 12
    assert [one.policy for one in raise_alerts(scores, AlertHistory(), SETTINGS)] == ["absent"]


def test_where_most_waits_a_small_gathering_may_be_chance() -> None:
    def met(waiting: float) -> list[str]:
        def change(bands: dict[str, np.ndarray]) -> None:
            bands["fresh_application"][:, 3], bands["fresh_bare_application"][:, 3] = 100, 100 * waiting
            bands["crowd"][3, 1], bands["crowd"][4, 1] = 2, 7

        scores = replace(quiet(), score=np.zeros(len(quiet().people)), facts=ordinary(NIGHT, change))
        return [one.employee_id for one in raise_alerts(scores, AlertHistory(), SETTINGS)]

    assert met(0.2) == ["E003", "E004"]
    assert met(0.65) == ["E004"]


def test_without_a_calibrated_past_the_model_raises_nobody() -> None:
    scores = replace(_night(E003=30.0), calibrated=False)
    assert raise_alerts(scores, AlertHistory(), SETTINGS) == []


def test_remembering_is_by_night_not_by_call() -> None:
    history = AlertHistory(last_raised={"E003": NIGHT - timedelta(days=1)})
    (raised,) = raise_alerts(_night(E003=SETTINGS.keep_nats + 1), history, SETTINGS)
    assert not raised.is_new
    assert history.last_raised["E003"] == NIGHT


def test_a_gathering_at_a_protected_customer_is_a_case_for_each() -> None:
    facts = ordinary(NIGHT)
    facts.bands["crowd"][[3, 4, 5], 1] = 2
    facts.bands["crowd"][6, 1] = 1
    scores = replace(quiet(), score=np.zeros(len(quiet().people)), facts=facts)
    raised = raise_alerts(scores, AlertHistory(), SETTINGS)
    assert [(one.employee_id, one.policy) for one in raised] == [(f"E00{n}", "gathered") for n in (3, 4, 5)]


def test_an_operator_who_asks_for_one_other_has_encounters_raised() -> None:
    facts = ordinary(NIGHT)
    facts.bands["gathered"][[3, 4], 1] = 1
    scores = replace(quiet(), score=np.zeros(len(quiet().people)), facts=facts)
    asked = SETTINGS.model_copy(update={"gathered_others": 1})
    assert [one.employee_id for one in raise_alerts(scores, AlertHistory(), asked)] == ["E003", "E004"]
    assert raise_alerts(scores, AlertHistory(), SETTINGS) == []


def test_where_gatherings_are_everyday_the_rule_is_silent() -> None:
    facts = ordinary(NIGHT)
    facts.bands["crowd"][[3, 4, 5], 1] = 2
    facts.bands["crowd"][: len(facts.people) // 10, 3] = 2
    scores = replace(quiet(), score=np.zeros(len(quiet().people)), facts=facts)
    assert raise_alerts(scores, AlertHistory(), SETTINGS) == []


def test_nobody_is_drawn_by_lot_unless_the_bank_asks_for_it() -> None:
    assert SETTINGS.audit_share == 0
    assert raise_alerts(_night(), AlertHistory(), SETTINGS) == []


AUDITED = Alerting(audit_share=0.5, budget_per_1000_per_week=500.0)
"""One in twenty a night: the made bank has eighty people only."""


def test_the_lot_draws_the_stated_share_whatever_the_scores() -> None:
    drawn = [len(drawn_by_lot(_night(day), AUDITED)) for day in range(200)]
    assert 0.04 < np.mean(drawn) / len(quiet().people) < 0.06
    loud = {str(name): 50.0 for name in quiet().people}
    assert drawn_by_lot(_night(3, **loud), AUDITED) == drawn_by_lot(_night(3), AUDITED)


def test_who_is_drawn_is_said_to_be_drawn_and_takes_nothing_from_the_budget() -> None:
    history = AlertHistory()
    raised = raise_alerts(_night(), history, AUDITED)
    assert raised
    assert {one.policy for one in raised} == {AUDIT}
    assert history.opened == []
    reason = reasons_of(quiet(), raised[0].row, AUDIT)[0]
    assert (reason.code, reason.points) == (AUDIT, 0.0)
    assert "nothing that was measured" in reason.text_en
    assert severity_of(0.0, 0, AUDIT) == "low"


def test_who_is_raised_anyway_is_not_drawn_as_well() -> None:
    row = drawn_by_lot(_night(), AUDITED)[0]
    raised = raise_alerts(_night(**{str(quiet().people[row]): 20.0}), AlertHistory(), AUDITED)
    assert [one.policy for one in raised if one.row == row] == [""]
