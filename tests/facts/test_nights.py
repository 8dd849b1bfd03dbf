"""A night that reads stored facts scores, to the last bit, as one that computes everything."""

from __future__ import annotations

from pipeline.bank import open_bank
from pipeline.casebook.scores import read_scores
from pipeline.facts.manifest import facts_signature
from pipeline.facts.store import FactStore
from tests.homes import SmallBank


def test_stored_nights_score_as_a_computation_of_everything(small_bank: SmallBank) -> None:
    assert FactStore(small_bank.home).load(facts_signature(small_bank.settings)) is not None
    run = small_bank.last
    with small_bank.engine.connect() as connection:
        stored = {row.employee_id: row.score for row in read_scores(connection, run.run_id)}
    with open_bank(
        small_bank.home, small_bank.settings, small_bank.engine, run.night, run.night, run.batch_horizon
    ) as bank:
        scores = bank.score(run.night)
    computed = dict(zip(scores.people.tolist(), scores.score.tolist(), strict=True))
    assert len(computed) > 10
    assert stored == computed


def test_a_past_night_that_is_kept_gives_the_same_score(small_bank: SmallBank) -> None:
    run = small_bank.last
    found = []
    for _ in range(2):  # the second reads what the first kept of the past nights
        with open_bank(
            small_bank.home,
            small_bank.settings,
            small_bank.engine,
            run.night,
            run.night,
            run.batch_horizon,
            stored=True,
        ) as bank:
            found.append(bank.score(run.night).score.tolist())
    kept = list((small_bank.home.derived / "facts" / "past").glob("*.npz"))
    assert len(kept) >= 3
    assert found[0] == found[1]
