"""Leaks with a pretext: another's number, an invented application, a loan that is not there; honest pulls, copied."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipeline.drill.leaks.leak import Leak
from pipeline.drill.leaks.material import Host


def borrowed_ref(leak: Leak) -> None:
    """Look strangers up under the number of another customer's application."""
    pool = leak.material.applications
    for host in leak.hosts:
        days = leak.doses(leak.working_days(host), 1.5, 7)
        near = pool[pool["branch_id"] == host.branch]
        near = near if len(near) >= len(days) / 4 else pool
        made = pd.to_datetime(near["created_at_local"]).dt.date.to_numpy()
        numbers = []
        for day in days:
            fresh = near["record_id"].to_numpy()[made < day]
            numbers.append(str(leak.rng.choice(fresh)) if len(fresh) else None)
        victims = leak.victims(host, len(days))
        leak.look_up(host, days, victims, reason="loan_approval", business_ref=numbers)


def hollow(leak: Leak) -> None:
    """Invent an application after each look-up, touched by nobody else and withdrawn at once."""
    rng, like = leak.rng, leak.material.records_like
    for host in leak.hosts:
        days = leak.doses(leak.working_days(host), 1.5, 5)
        looked = leak.look_up(
            host, days, leak.victims(host, len(days)), reason="loan_approval", business_ref=None
        )
        if not len(looked):
            continue
        looked = looked[rng.random(len(looked)) < 0.92].reset_index(drop=True)
        n = len(looked)
        rows = like.iloc[rng.integers(0, len(like), n)].reset_index(drop=True)
        rows["record_id"] = [leak.invent("record")[:16].upper() for _ in range(n)]
        rows["branch_id"], rows["created_by"] = host.branch, host.employee_id
        rows["second_person"], rows["status"] = False, "withdrawn"
        rows["business_day"] = looked["business_day"]
        later = pd.Series(pd.to_timedelta(rng.integers(120, 7200, n), unit="s"))
        ended = later + pd.Series(pd.to_timedelta(rng.integers(7200, 64_800, n), unit="s"))
        for suffix in ("", "_local"):
            at = pd.to_datetime(looked[f"occurred_at{suffix}"])
            rows[f"created_at{suffix}"], rows[f"closed_at{suffix}"] = at + later, at + ended
            rows[f"recorded_at{suffix}"] = rows[f"closed_at{suffix}"]
            rows[f"decided_at{suffix}"] = pd.NaT
        leak.add("business_records", rows)
        leak.add("record_parties", _parties(rows, looked))


def _parties(records: pd.DataFrame, looked: pd.DataFrame) -> pd.DataFrame:
    """Name the customers who were looked up as the invented applications' principals."""
    columns: dict[str, Any] = {
        "record_id": records["record_id"],
        "party_role": "principal",
        "recorded_at": records["recorded_at"],
        "recorded_at_local": records["recorded_at_local"],
    }
    subject = {column: looked[column] for column in looked.columns if column.startswith("subject_")}
    return pd.DataFrame(columns | subject)


def post_loan_pretext(leak: Leak) -> None:
    """Claim to look after the loans of people who owe the bank nothing."""
    for host in leak.hosts:
        days = leak.doses(leak.working_days(host), 1.5, 8)
        leak.look_up(host, days, leak.victims(host, len(days)), reason="post_loan", business_ref=None)


def resale(leak: Leak) -> None:
    """Look up nothing that was not due, but copy it; some of the customers complain."""
    rng = leak.rng
    for host in leak.hosts:
        own = _honest_pulls(leak, host)
        own = own[rng.random(len(own)) < rng.uniform(0.3, 0.8)].reset_index(drop=True)
        if not len(own):
            continue
        how = np.where(rng.random(len(own)) < rng.uniform(0, 1), "print", "export")
        second = leak.office_hours(own) + rng.integers(30, 3 * 3600, len(own))
        leak.copy_out(own, host, second, how)
        hurt = own[rng.random(len(own)) < rng.uniform(0.05, 0.3)].reset_index(drop=True)
        _complain(leak, hurt)


def _honest_pulls(leak: Leak, host: Host) -> pd.DataFrame:
    inside = set(leak.working_days(host))
    work = host.work
    return work[(work["operation"] == "query") & work["business_day"].isin(inside)].reset_index(drop=True)


def _complain(leak: Leak, hurt: pd.DataFrame) -> None:
    """Let these customers complain some days after they were looked up."""
    n = len(hurt)
    if not n:
        return
    waited = pd.Series(pd.to_timedelta(1 + leak.rng.gamma(1.5, 4.0, n).astype(np.int64), unit="D"))
    received = pd.to_datetime(hurt["business_day"]) + waited
    rows = pd.DataFrame({column: hurt[column] for column in hurt.columns if column.startswith("subject_")})
    rows["received_on"] = rows["business_day"] = received.dt.date
    rows["kind"] = leak.rng.choice(
        ["nuisance_call", "fraud_attempt", "leak_suspected"], n, p=[0.6, 0.25, 0.15]
    )
    rows["recorded_at"] = rows["recorded_at_local"] = received + pd.Timedelta(hours=12)
    leak.add("complaints", rows, "complaint_id")
