"""Scores: calibrated on the past, additive, the same whatever was scored before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np

from pipeline.calendar import BusinessCalendar
from pipeline.scoring.explain import LEAST_PART, reasons_of
from pipeline.scoring.scorer import NightScores, Scorer
from pipeline.settings import Detection
from tests.scoring.made_nights import FIRST, LAST, NIGHT, PEOPLE, fresh_scorer, later, ordinary, scorer


def _planted(measure: str, row: int, share: float, base: str = "lookups"):  # type: ignore[no-untyped-def]  # a local function
    def change(bands: dict[str, np.ndarray]) -> None:
        bands[measure] = bands[measure].copy()
        bands[measure][row, :3] = np.ceil(share * bands[base][row, :3])

    return change


def _of(scores: NightScores, row: int) -> float:
    return float(scores.score[row])


def test_honest_nights_reach_a_p_value_as_often_as_it_says() -> None:
    watch = scorer()
    p = np.concatenate([watch.score(ordinary(later(shift))).p_value for shift in range(6)])
    assert 0.03 < (p <= 0.1).mean() < 0.2
    assert (p <= 0.001).mean() < 0.01


def test_within_a_role_the_p_value_falls_as_the_score_rises() -> None:
    scores = scorer().score(ordinary(NIGHT, _planted("unlinked_application", 3, 0.3)))
    for role in set(scores.roles):
        rows = np.flatnonzero(scores.roles == role)
        by_score = rows[np.argsort(scores.score[rows], kind="stable")]
        assert (np.diff(scores.p_value[by_score]) <= 1e-12).all()


def test_points_add_up_to_the_score() -> None:
    scores = scorer().score(ordinary(NIGHT, _planted("unlinked_application", 3, 0.4)))
    total = np.sum(list(scores.families.values()), axis=0)
    loud = scores.score > 2
    np.testing.assert_allclose(total[loud], scores.score[loud])


def test_a_loud_case_names_what_may_say_little_too() -> None:
    def strangers(bands: dict[str, np.ndarray]) -> None:
        _planted("unlinked_application", 3, 0.95)(bands)
        _planted("far_region", 3, 0.9)(bands)

    scores = scorer().score(ordinary(NIGHT, strangers))
    part = scores.families["breadth"][3] / scores.score[3]
    assert part < LEAST_PART  # however many strangers: the family may not say more
    assert "far_region" in [reason.code for reason in reasons_of(scores, 3)]


def test_of_a_great_staff_the_past_keeps_whole_branches_whatever_was_scored_before() -> None:
    made = {night: ordinary(night, people=1500) for night in scorer().reference_nights(NIGHT)}

    def watch() -> Scorer:
        return Scorer(
            Detection.model_validate({"detectors": [], "most_reference_rows": 1000}),
            BusinessCalendar("CN", FIRST, LAST),
            lambda nights: [made.get(night) or ordinary(night, people=1500) for night in nights],
            FIRST,
        )

    fresh, busy = watch(), watch()
    scores = fresh.score(ordinary(NIGHT, people=1500))
    kept = next(iter(fresh.past.values()))[0].tolist()
    assert kept == [f"E{number:03d}" for number in range(1500) if number % 6 in (0, 2, 4)]
    assert {len(people) for people, *_ in fresh.past.values()} == {750}
    assert scores.calibrated
    assert len(scores.score) == 1500
    busy.score(ordinary(max(busy.reference_nights(NIGHT)), people=1500))
    assert busy.score(ordinary(NIGHT, people=1500)).score.tolist() == scores.score.tolist()


def test_a_rare_role_is_kept_wherever_it_sits() -> None:
    facts = ordinary(NIGHT, people=1500)
    facts.roles[7] = "auditor"
    assert "auditor" in facts.of_branches(1000).roles
    assert facts.of_branches(1500) is facts


def test_unusually_little_work_never_surprises() -> None:
    def idle(bands: dict[str, np.ndarray]) -> None:
        for name, values in bands.items():
            if name != "active":
                bands[name] = values.copy()
                bands[name][7, :3] = 0

    assert _of(scorer().score(ordinary(NIGHT, idle)), 7) < 3


def test_how_something_was_done_is_no_case_by_itself() -> None:
    scores = scorer().score(ordinary(NIGHT, _planted("far_region", 5, 0.9)))
    assert _of(scores, 5) < 8.5


def _without_business(bands: dict[str, np.ndarray]) -> None:
    for name in ("closed", "unlinked", "supported", "hollow"):
        bands[f"{name}_application"] = np.zeros_like(bands["lookups"])
    bands["not_assessable"] = bands["lookups"]


def test_where_no_business_is_sent_whose_data_are_taken_is_a_case_and_how_is_none() -> None:
    def tonight(measure: str) -> NightScores:
        def change(bands: dict[str, np.ndarray]) -> None:
            _without_business(bands)
            _planted(measure, 5, 0.9)(bands)

        return watch.score(ordinary(NIGHT, change))

    watch = Scorer(
        Detection.model_validate({"detectors": []}),
        BusinessCalendar("CN", FIRST, LAST),
        lambda nights: [ordinary(night, _without_business) for night in nights],
        FIRST,
    )
    assert _of(tonight("far_region"), 5) > 10
    assert _of(tonight("off_hours"), 5) < 8.5


def test_a_seller_hides_behind_no_other_seller() -> None:
    def many(bands: dict[str, np.ndarray]) -> None:
        bands["unlinked_application"] = bands["unlinked_application"].copy()
        bands["unlinked_application"][1:17:2, :3] = np.ceil(0.35 * bands["lookups"][1:17:2, :3])

    scores = scorer().score(ordinary(NIGHT, many))
    assert (scores.score[1:17:2] > 6).all()


def test_a_night_scores_the_same_whatever_was_scored_before() -> None:
    fresh, used = fresh_scorer(), fresh_scorer()
    for shift in (-3, -2, -1):
        used.score(ordinary(later(shift)))
    for other in (used, scorer()):
        np.testing.assert_array_equal(fresh.score(ordinary(NIGHT)).score, other.score(ordinary(NIGHT)).score)


def test_reasons_carry_the_value_and_both_normals() -> None:
    scores = scorer().score(ordinary(NIGHT, _planted("unlinked_application", 3, 0.4)))
    reason = reasons_of(scores, 3)[0]
    assert reason.value is not None
    assert reason.peer_normal is not None
    assert reason.value > 3 * reason.peer_normal
    assert str(int(reason.value)) in reason.text_en
    assert str(int(reason.value)) in reason.text_zh


def test_without_enough_past_nothing_is_called_calibrated() -> None:
    assert not scorer(least_reference_nights=100).score(ordinary(NIGHT)).calibrated
    assert scorer().score(ordinary(NIGHT)).calibrated


def test_reference_nights_lie_in_the_past_on_a_fixed_raster() -> None:
    nights = scorer().reference_nights(NIGHT)
    assert all(night < NIGHT for night in nights)
    assert set(scorer().reference_nights(later(1))) - set(nights) <= {NIGHT}
    assert scorer().reference_nights(date(2026, 1, 10)) == ()


def test_the_pyod_family_joins_in_and_the_same_seed_gives_the_same_scores() -> None:
    facts = ordinary(NIGHT, _planted("unlinked_application", 3, 0.4))
    one = scorer(detectors=["iforest", "knn"], pattern_rows=300).score(facts)
    other = scorer(detectors=["iforest", "knn"], pattern_rows=300).score(facts)
    assert "pattern" in one.families
    np.testing.assert_array_equal(one.score, other.score)


def _without_reasons(waits: int) -> Callable[[dict[str, np.ndarray]], None]:
    def change(bands: dict[str, np.ndarray]) -> None:
        for what in ("closed", "supported", "unlinked", "hollow"):
            bands[f"{what}_unstated"] = bands[f"{what}_application"]
            bands[f"{what}_application"] = np.zeros_like(bands[f"{what}_unstated"])
        bands["pending_unstated"] = np.zeros_like(bands["closed_unstated"])
        bands["pending_unstated"][5, :2] = waits
        bands["pending"] = bands["pending_unstated"]

    return change


def test_where_no_reasons_are_stated_what_waits_is_held_to_others_who_state_none() -> None:
    watch = Scorer(
        Detection.model_validate({"detectors": []}),
        BusinessCalendar("CN", FIRST, LAST),
        lambda nights: [ordinary(night, _without_reasons(0)) for night in nights],
        FIRST,
    )
    scores = watch.score(ordinary(NIGHT, _without_reasons(25)))
    (waiting,) = [one for one in scores.relatives if one.feature.id == "untraced" and one.days == 5]
    assert waiting.peer[5] < 5, "nobody else waits, so nobody's waiting is ordinary"
    assert scores.rank[5] == 1
    assert scores.score[5] > 8


def test_what_somebody_did_not_do_is_no_reason() -> None:
    scores = scorer().score(ordinary(NIGHT))
    assert not scores.facts.window("gathered", 5).any()
    points = {
        name: np.full(PEOPLE, 3.0 if name in ("watched", "linkage") else 0.0) for name in scores.families
    }
    told = [reason for row in range(PEOPLE) for reason in reasons_of(replace(scores, families=points), row)]
    assert {reason.family for reason in told} == {"linkage"}
    assert all(reason.value for reason in told)


def test_two_encounters_at_two_customers_say_nothing_and_two_branches_at_one_do() -> None:
    def met(crowd: float) -> Callable[[dict[str, np.ndarray]], None]:
        def plant(bands: dict[str, np.ndarray]) -> None:
            bands["gathered"][3, 1], bands["crowd"][3, 1] = 2.0, crowd

        return plant

    quiet, apart, together = (
        scorer().score(ordinary(NIGHT, change)).families["watched"][3] for change in (None, met(0), met(2))
    )
    assert apart == quiet
    assert together > quiet + 5
