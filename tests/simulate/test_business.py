"""Honest look-ups mostly have business behind them; illegitimate ones do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.simulate import SimulatedBank
from pipeline.simulate.feeds import CODES, LABELS

SUPPORT = {
    "loan_approval": ({"loan_application"}, -30, 9),
    "card_approval": ({"card_application"}, -15, 4),
    "post_loan": ({"loan_account", "card_account", "guarantee"}, -9999, 0),
    "guarantee": ({"guarantee", "loan_application"}, -30, 14),
    "legal_representative": ({"company_customer", "loan_application"}, -60, 28),
    "merchant": ({"merchant"}, -15, 14),
    "objection": ({"objection"}, -1, 28),
    "self_request": ({"self_request"}, -1, 1),
    "counter_service": ({"service_ticket"}, -1 / 24, 10 / 1440),
    "collection": ({"collection_case"}, -60, 0),
    "judicial": ({"judicial_request"}, -1, 1),
    "other": ({"other"}, -9999, 0),
}
NAMES = {alias: name for table in (CODES, LABELS) for name, alias in table.items()}


@pytest.fixture(scope="module")
def judged(bank: SimulatedBank) -> pd.DataFrame:
    """Look-ups older than ten days, with whether a supporting record names the subject in time."""
    log = bank.tables["access_log"].to_pandas()
    log["reason"] = log["reason"].map(lambda text: NAMES.get(text, text))
    log["at"] = pd.to_datetime(log["occurred_at"])
    log = log[(log["operation"] == "query") & (log["outcome"] == "ok") & (log["channel"] == "workstation")]
    log = log[log["at"] < log["at"].max() - pd.Timedelta(days=10)]
    records = bank.tables["business_records"].to_pandas()
    records["created"] = pd.to_datetime(records["created_at"])
    parties = (
        bank.tables["record_parties"]
        .to_pandas()
        .merge(records[["record_id", "kind", "created"]], on="record_id")
    )
    found: set[str] = set()
    for reason, (kinds, low, high) in SUPPORT.items():
        asked = log.loc[log["reason"] == reason, ["event_id", "subject_id", "at"]]
        both = asked.merge(parties[parties["kind"].isin(kinds)], on="subject_id")
        days = (both["created"] - both["at"]).dt.total_seconds() / 86_400
        found.update(both.loc[(days >= low) & (days <= high), "event_id"])
    leaks = bank.truth_events.set_index("event_id")["scenario"]
    return log.assign(linked=log["event_id"].isin(found), scenario=log["event_id"].map(leaks))


def test_between_half_a_percent_and_a_tenth_of_honest_lookups_lead_nowhere(judged: pd.DataFrame) -> None:
    honest = judged[judged["scenario"].isna()]
    share = 1 - honest.groupby("reason")["linked"].mean()
    assert share[["loan_approval", "counter_service"]].between(0.003, 0.12).all()
    assert (share.drop(["loan_approval", "counter_service"]) < 0.15).all()


def test_sold_lookups_have_no_business_unless_it_was_invented(judged: pd.DataFrame) -> None:
    sold = judged.dropna(subset="scenario").groupby("scenario")["linked"].mean()
    assert sold["hollow"] > 0.6
    assert (sold.drop(["hollow", "favour_cards", "celebrity"]) < 0.05).all()
    assert (sold[["favour_cards", "celebrity"]] < 0.2).all()


def test_borrowed_numbers_name_somebody_else(bank: SimulatedBank) -> None:
    log = bank.tables["access_log"].to_pandas().set_index("event_id")
    events = bank.truth_events
    borrowed = log.loc[events.loc[events["scenario"] == "borrowed_ref", "event_id"]].dropna(
        subset="business_ref"
    )
    parties = bank.tables["record_parties"].to_pandas()
    pairs = set(zip(parties["record_id"], parties["subject_id"], strict=True))
    assert len(borrowed) > 10
    assert not [
        pair for pair in zip(borrowed["business_ref"], borrowed["subject_id"], strict=True) if pair in pairs
    ]
    honest = log.drop(events["event_id"]).dropna(subset="business_ref")
    matching = [pair in pairs for pair in zip(honest["business_ref"], honest["subject_id"], strict=True)]
    assert np.mean(matching) > 0.97


def test_nobody_is_at_work_on_a_day_of_absence_but_a_stranger_under_the_name(bank: SimulatedBank) -> None:
    log = bank.tables["access_log"].to_pandas()
    log["day"] = log["occurred_at"].str.slice(0, 10)
    away = log.merge(bank.tables["absences"].to_pandas(), on="employee_id")
    away = away[(away["day"] >= away["starts_on"]) & (away["day"] <= away["ends_on"])]
    known = set(bank.truth["employee_id"])
    strange = away[~away["employee_id"].isin(known)]
    night_shift = strange["occurred_at"].str.slice(11, 13).astype(int) < 7
    assert (~night_shift).sum() <= 0.001 * len(log)
