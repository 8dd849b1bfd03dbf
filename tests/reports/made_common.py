"""What all made documents share: invented names, one night, one manifest."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, time, timedelta, timezone

from reports import document as d
from reports.document import Text

ZONE = timezone(timedelta(hours=8))
NIGHT = date(2026, 6, 18)
BANK = "Bank of Example 示例银行"
BRANCHES = (
    "Lakeside",
    "Old Town",
    "North Gate",
    "Harbour",
    "University",
    "East Market",
    "Head Office",
    "Station",
)


def text(en: str, zh: str) -> Text:
    return Text(en=en, zh=zh)


def digest(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()


def moment(day: date, hour: int = 2, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE)


def manifest() -> d.Manifest:
    feeds = (
        ("access_log", 41_870),
        ("business_records", 9_412),
        ("record_parties", 11_037),
        ("employees", 10_012),
    )
    return d.Manifest(
        run_id="N-20260618-7f3a91c2",
        versions={"tellerwatch": "0.1.0", "pyod": "3.6.7", "duckdb": "2.0.1"},
        config_hash=digest("config")[:12],
        seed=20260618,
        batch_horizon=moment(NIGHT + timedelta(days=1)),
        inputs=tuple(
            d.InputFile(name=f"{feed}-2026-06-18.csv", feed=feed, rows=rows, sha256=digest(feed))
            for feed, rows in feeds
        ),
        previous_run_hash=digest("before"),
        run_hash=digest("run"),
    )
