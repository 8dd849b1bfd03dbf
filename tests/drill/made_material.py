"""An invented bank as a leak finds it: no engine, no home."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from pipeline.drill.leaks.material import Host, Material
from pipeline.lake.schema import ibis_schema

FIRST, NIGHT = date(2026, 6, 1), date(2026, 6, 12)
DAYS = [FIRST + timedelta(days=offset) for offset in range(12)]
WORK = tuple(day for day in DAYS if day.weekday() < 5)
CLOSED = tuple(day for day in DAYS if day.weekday() >= 5)


def work_of(name: str, branch: str = "B1", a_day: int = 3) -> pd.DataFrame:
    """Honest look-ups of one person, in the lake's columns: in the morning, recorded a minute later."""
    rows = []
    for day in WORK:
        for number in range(a_day):
            local = pd.Timestamp(day) + timedelta(hours=9, minutes=10 * number)
            rows.append(
                {
                    "event_id": f"{name}-{day}-{number}",
                    "occurred_at": local - timedelta(hours=8),
                    "occurred_at_local": local,
                    "recorded_at": local - timedelta(hours=8) + timedelta(minutes=1),
                    "recorded_at_local": local + timedelta(minutes=1),
                    "employee_id": name,
                    "operation": "query",
                    "data_category": "credit_report",
                    "reason": "post_loan" if number == 0 else "loan_approval",
                    "outcome": "ok",
                    "branch_id": branch,
                    "terminal_id": f"T-{name}",
                    "channel": "workstation",
                    "business_ref": f"REF-{name}-{number}",
                    "authorization_id": f"AUTH-{number}",
                    "authorization_signed_on": day,
                    "subject_token": f"honest-{name}-{day}-{number}",
                    "subject_city": "9001",
                    "business_day": day,
                }
            )
    return pd.DataFrame(rows).reindex(columns=list(ibis_schema("access_log")))


def host(name: str, branch: str = "B1", busy: bool = False, away: tuple[date, ...] = ()) -> Host:
    return Host(name, "client_manager", branch, 3.0, busy, work_of(name, branch), away)


def material(**other: object) -> Material:
    """A bank that sends everything; `other` takes things away."""
    people = [
        {
            "subject_token": f"seen-{n}",
            "subject_province": "91",
            "subject_city": f"91{n % 5:02d}",
            "branch": "B2",
        }
        for n in range(40)
    ]
    idle = [{"subject_token": f"idle-{n}", "subject_city": "9001", "home_branch": "B2"} for n in range(30)]
    subject = ["subject_token", "subject_province", "subject_city", "subject_age_band", "subject_valid"]
    records = [
        {"record_id": f"R{n}", "branch_id": "B1", "created_at_local": pd.Timestamp(2026, 5, 20 + n % 10, 9)}
        for n in range(20)
    ]
    like = pd.DataFrame(
        [{"record_id": "R0", "kind": "loan_application", "second_person": True, "business_day": FIRST}]
    ).reindex(columns=list(ibis_schema("business_records")))
    parts: dict[str, object] = {
        "night": NIGHT,
        "work_days": WORK,
        "closed_days": CLOSED,
        "zone": "Asia/Shanghai",
        "strangers": pd.DataFrame(people).reindex(columns=[*subject, "branch"]),
        "customers": pd.DataFrame(idle).reindex(columns=[*subject, "home_branch"]),
        "applications": pd.DataFrame(records),
        "records_like": like,
        "terminals": pd.DataFrame(
            [{"branch_id": "B1", "terminal_id": "T-other", "source_ip": "10.0.0.9"}], dtype=object
        ),
        "feeds": frozenset(
            {
                "access_log",
                "business_records",
                "record_parties",
                "complaints",
                "absences",
                "logins",
                "customers",
            }
        ),
        "reasons": frozenset({"loan_approval", "post_loan"}),
        "operations": frozenset({"query", "print"}),
        "batch": 8,
    }
    return Material(**(parts | other))  # type: ignore[arg-type]  # the fields' own types


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)
