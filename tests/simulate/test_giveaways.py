"""Numbers and formats tell nothing: a classifier trained on them alone finds nobody."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from pipeline.simulate import SimulatedBank, build


@pytest.fixture(scope="module")
def formats(bank: SimulatedBank) -> tuple[np.ndarray, np.ndarray]:
    log = bank.tables["access_log"].to_pandas()
    log = log[(log["channel"] == "workstation") & (log["operation"] == "query")]
    # High digits of a running number tell the day, which is no format; low digits must tell nothing.
    number = log["event_id"].str[1:].astype(int)
    subject = log["subject_id"]
    consent = log["authorization_id"].str[1:].astype(float)
    columns = {
        "event_last": number % 10,
        "event_hundred": number % 100,
        "second": log["occurred_at"].str[17:19].astype(int),
        "tens": subject.str[14:15].astype(int),
        "serial": subject.str[14:17].astype(int),
        "check": subject.str[17].replace("X", "10").astype(int),
        "day_of_birth": subject.str[12:14].astype(int),
        "month_of_birth": subject.str[10:12].astype(int),
        "consent_last": consent % 100,
        "length": sum(log[c].fillna("").str.len() for c in ("event_id", "subject_id", "terminal_id")),
    }
    X = pd.DataFrame(columns).fillna(0).to_numpy(float)
    return X, log["event_id"].isin(set(bank.truth_events["event_id"])).to_numpy()


def test_a_classifier_on_ids_and_formats_finds_nothing(formats: tuple[np.ndarray, np.ndarray]) -> None:
    X, bad = formats
    rng = np.random.default_rng(0)
    rows = np.concatenate(
        [np.flatnonzero(bad), rng.choice(np.flatnonzero(~bad), 5 * int(bad.sum()), replace=False)]
    )
    half = rng.random(len(rows)) < 0.5
    # Whether a consent is there at all is a trace, not a format; its digits must say nothing.
    X = np.delete(X, 8, axis=1)
    model = HistGradientBoostingClassifier(max_iter=60, random_state=0).fit(X[rows[half]], bad[rows[half]])
    found = roc_auc_score(bad[rows[~half]], model.predict_proba(X[rows[~half]])[:, 1])
    assert abs(found - 0.5) < 0.03


def test_the_digits_of_a_consent_say_nothing(
    formats: tuple[np.ndarray, np.ndarray], bank: SimulatedBank
) -> None:
    X, bad = formats
    given = X[:, 8] > 0
    assert abs(roc_auc_score(bad[given], X[given, 8]) - 0.5) < 0.03


def test_the_order_of_rows_within_a_day_says_nothing_beyond_the_time(bank: SimulatedBank) -> None:
    log = bank.tables["access_log"].to_pandas()
    assert log["occurred_at"].is_monotonic_increasing
    bad = log["event_id"].isin(set(bank.truth_events["event_id"]))
    tied = log.groupby("occurred_at")["event_id"].transform("size") > 1
    mixed = log[tied].assign(bad=bad, place=log[tied].groupby("occurred_at").cumcount())
    mixed = mixed[mixed.groupby("occurred_at")["bad"].transform("nunique") > 1]
    assert len(mixed) > 100
    assert abs(roc_auc_score(mixed["bad"], mixed["place"]) - 0.5) < 0.1


STEALTHY = ("to_order", "slow_drip", "hollow", "borrowed_ref", "ring", "needle", "household", "quota_hugging")


def test_no_single_fact_of_a_lookup_tells_the_stealthy_ones() -> None:
    parts = []
    for seed in (21, 22, 23, 24):
        made = build(seed, 120, 110, date(2026, 1, 5), leakers=0.15, scenarios=STEALTHY)
        log = made.tables["access_log"].to_pandas()
        log["bad"] = log["event_id"].isin(set(made.truth_events["event_id"]))
        log = log[(log["channel"] == "workstation") & (log["operation"] == "query")]
        # Like with like: honest look-ups that carry a leaker's reason, of the same bank.
        log = log[log["reason"].isin(set(log.loc[log["bad"], "reason"]))]
        prefix = log["subject_id"].str[:4]
        home = log.groupby("branch_id")["subject_id"].transform(lambda x: x.str[:4].mode()[0])
        parts.append(
            pd.DataFrame({
                "bad": log["bad"],
                "elsewhere": prefix != home,
                "hour": log["occurred_at"].str[11:13].astype(int),
                "born": log["subject_id"].str[6:10].astype(int),
                "consent": log["authorization_id"].isna(),
                "reference": log["business_ref"].isna(),
                "not_found": log["outcome"] != "ok",
                "for_another": log["requester_id"].isna(),
            }).astype(float)
        )  # fmt: skip
    facts = pd.concat(parts)
    told = {name: roc_auc_score(facts["bad"], facts[name]) for name in facts.columns[1:]}
    assert {name: auc for name, auc in told.items() if abs(auc - 0.5) > 0.25} == {}
