"""A small simulated bank whose rows are taken in as they came: everything by a cut-off, or all at once."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Engine

from pipeline.casebook.engine import open_casebook
from pipeline.features.windows import NightFacts, night_facts, staff_frame
from pipeline.groundwork import lay
from pipeline.home import Home
from pipeline.installation import install
from pipeline.intake.ingest import ingest
from pipeline.lake.engine import connect
from pipeline.lake.store import Lake
from pipeline.settings import Settings
from pipeline.simulate import build

START = date(2026, 1, 5)
DAYS = 75
SETTINGS = Settings.model_validate({"engine": {"threads": 1}})
ZONE = ZoneInfo("Asia/Shanghai")
LATER = {"business_records": ("decided_at", "closed_at")}
"""Times that a row learns after it was written; `second_person` comes with the decision."""


def cut_off(night: date) -> datetime:
    return datetime.combine(night + timedelta(days=1), time(2), tzinfo=ZONE)


@cache
def tables() -> dict[str, pd.DataFrame]:
    """Feeds as text, with what the simulation leaves out: rows, versions, moves and harm recorded later."""
    found = {
        name: table.to_pandas().astype(object)
        for name, table in build(3, 12, DAYS, START, 0.2, None).tables.items()
    }
    log = found["access_log"]
    found["access_log"] = log = log[log["channel"] != "api"].reset_index(drop=True)
    late = log.index[::97]
    moved = pd.to_datetime(log.loc[late, "occurred_at"]) + pd.Timedelta(days=4)
    log.loc[late, "recorded_at"] = [moment.isoformat() for moment in moved]
    busiest = log["employee_id"].value_counts().index.tolist()
    staff = found["employees"]
    staff["recorded_at"] = None
    move = staff.iloc[[1]].assign(
        valid_from="2026-02-09", branch_id="B9", recorded_at="2026-02-20T10:00:00+08:00"
    )
    leave = staff[staff["employee_id"] == busiest[1]].assign(
        left_on="2026-02-27", recorded_at="2026-03-05T10:00:00+08:00"
    )
    found["employees"] = pd.concat([staff, move, leave], ignore_index=True)
    away = pd.concat(
        [
            found["absences"],
            pd.DataFrame([{"employee_id": busiest[0], "starts_on": "2026-02-24", "ends_on": "2026-02-28"}]),
        ],
        ignore_index=True,
    )
    found["absences"] = away
    away["recorded_at"] = [f"{ends}T18:00:00+08:00" for ends in away["ends_on"]]
    customers = found["customers"]
    customers["recorded_at"] = None
    customers.loc[customers.index[::11], "recorded_at"] = "2026-02-18T09:00:00+08:00"
    again = customers.iloc[::13].assign(
        segment="vip", home_branch_id="B9", recorded_at="2026-03-02T09:00:00+08:00"
    )
    found["customers"] = pd.concat([customers, again], ignore_index=True)
    victims = log["subject_id"].drop_duplicates().iloc[::40].tolist()
    found["complaints"] = pd.DataFrame(
        {
            "complaint_id": [f"C{i}" for i in range(len(victims) * 2)],
            "subject_id": victims * 2,
            "received_on": ["2026-02-25"] * len(victims) + ["2026-02-10"] * len(victims),
            "kind": "leak_suspected",
            "recorded_at": ["2026-02-25T20:00:00+08:00"] * len(victims)
            + ["2026-03-08T20:00:00+08:00"] * len(victims),
        },
        dtype=object,
    )
    listed = log.iloc[::200]
    found["bureau_findings"] = pd.DataFrame(
        {
            "finding_id": [f"F{i}" for i in range(len(listed))],
            "kind": "volume",
            "occurred_at": listed["occurred_at"].to_numpy(),
            "employee_id": [None if i % 3 == 0 else who for i, who in enumerate(listed["employee_id"])],
            "branch_id": listed["branch_id"].to_numpy(),
            "recorded_at": (pd.to_datetime(listed["occurred_at"]) + pd.Timedelta(days=9)).map(
                lambda moment: moment.isoformat()
            ),
        },
        dtype=object,
    )
    found["access_log"] = pd.concat([log, _corrected(log)], ignore_index=True)
    records = found["business_records"]
    for column in ("decided_at", "closed_at"):
        # Here some business is settled within the span, after it was written.
        loans = records.index[(records["kind"] == "loan_application") & records["recorded_at"].notna()][::3]
        after = pd.to_datetime(records.loc[loans, "recorded_at"]) + pd.Timedelta(days=6)
        records.loc[loans, column] = [moment.isoformat() for moment in after]
    # Some are left lying, and some decided only after they have stalled.
    loans = records.index[(records["kind"] == "loan_application") & records["recorded_at"].notna()]
    idle = loans[1::6]
    records.loc[idle, ["second_person", "decided_at", "closed_at"]] = None
    slow = pd.to_datetime(records.loc[idle[::2], "recorded_at"]) + pd.Timedelta(days=40)
    records.loc[idle[::2], "decided_at"] = [moment.isoformat() for moment in slow]
    return found


def _corrected(log: pd.DataFrame) -> pd.DataFrame:
    """Look-ups sent again six days later: of another customer, on another day, by another person, as if they had failed."""
    parts = []
    for offset, column in enumerate(("subject_id", "occurred_at", "employee_id", "outcome")):
        again = log.iloc[50 + offset :: 120].copy()
        seen = pd.to_datetime(again["occurred_at"])
        again["recorded_at"] = [moment.isoformat() for moment in seen + pd.Timedelta(days=6)]
        if column == "occurred_at":
            again[column] = [moment.isoformat() for moment in seen - pd.Timedelta(days=2)]
        elif column == "outcome":
            again[column] = "error"
        else:
            again[column] = log[column].to_numpy()[: len(again)]
        parts.append(again)
    return pd.concat(parts)


def _before(times: pd.Series, moment: datetime) -> pd.Series:
    return pd.to_datetime(times, utc=True, format="ISO8601") <= pd.Timestamp(moment)


def as_came(night: date, since: date | None = None) -> dict[str, pd.DataFrame]:
    """Return the rows recorded between two nights' cut-offs, cut to what was known of them."""
    parts = {}
    for feed, table in tables().items():
        stamp = "recorded_at" if "recorded_at" in table else "occurred_at" if "occurred_at" in table else None
        written = table[stamp] if stamp else pd.Series([None] * len(table), dtype=object)
        known = _before(written, cut_off(night)) | written.isna()
        earlier = (
            (_before(written, cut_off(since)) | written.isna())
            if since
            else pd.Series(False, index=table.index)
        )
        if since:  # a row that has learnt a time since is sent again
            for column in LATER.get(feed, ()):
                learnt = _before(table[column], cut_off(night)) & ~_before(table[column], cut_off(since))
                earlier &= ~learnt
        part = table[known & ~earlier].copy()
        for column in LATER.get(feed, ()):
            part.loc[~_before(part[column], cut_off(night)), column] = None
        parts[feed] = part
    return parts


@dataclass
class StagedBank:
    """One home that takes in what came."""

    home: Home
    engine: Engine
    folder: Path
    taken: int = 0

    def take(self, parts: dict[str, pd.DataFrame]) -> None:
        self.taken += 1
        folder = self.folder / str(self.taken)
        folder.mkdir()
        for feed, part in parts.items():
            if len(part):
                part.to_csv(folder / f"{feed}-{self.taken}.csv", index=False)
        ingest(self.home, SETTINGS, self.engine, (folder,), clock=lambda: datetime(2026, 7, 1, tzinfo=UTC))

    def facts(
        self, nights: list[date], settings: Settings = SETTINGS
    ) -> tuple[pd.DataFrame, list[NightFacts]]:
        """Lay the groundwork for nights: its daily facts, and the nights' windows."""
        backend = connect(self.home, settings)
        try:
            laid = lay(backend, Lake(self.home, self.engine), settings, nights[0], nights[-1])
            frame = laid.facts.order_by("person", "day", "night").to_pandas()
            windows = list(
                night_facts(backend, laid.facts, staff_frame(laid.staff), laid.calendar, nights, laid.first)
            )
            return frame, windows
        finally:
            backend.disconnect()


def fresh_bank() -> StagedBank:
    root = Path(tempfile.mkdtemp(prefix="tellerwatch-staged-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    home = Home(root / "home")
    install(home, {})
    home.token_key.write_text("ab" * 32)
    (root / "exports").mkdir()
    return StagedBank(home, open_casebook(home, SETTINGS), root / "exports")


def known_by(frame: pd.DataFrame, night: date, peaks: frozenset[str]) -> pd.DataFrame:
    """Sum increments to what was known of each person and day by a night."""
    rows = frame[pd.to_datetime(frame["night"]) <= pd.Timestamp(night)]
    measures = [name for name in rows.columns if name not in ("person", "day", "night")]
    grouped = rows.groupby(["person", "day"])[measures].agg(
        {name: "max" if name in peaks else "sum" for name in measures}
    )
    return grouped[(grouped != 0).any(axis=1)].sort_index()
