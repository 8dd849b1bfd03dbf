"""The bank of the story: somebody sells reports to order, and one of the victims complains."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.cli.main import invoke
from pipeline.home import Home
from tests.homes import CONFIG, LAST

FIRST = LAST - timedelta(days=1)
MORE_CONFIG = """
[casebook]
url = "{url}"
second_person_from = "low"
second_person_must_act = true

[deadlines.legal_hours]
"report to the supervisor" = 24

[deadlines.legal_sources]
"report to the supervisor" = "Article 0 of an invented rule"
"""


@dataclass(frozen=True)
class StoryBank:
    """A home with stored nights.

    Attributes:
        seller: Who sells.
        honest: The two colleagues who looked the victim up too.
        victim: The number of the customer who complains.
        numbers: Every customer's number in the feeds.
    """

    home: Home
    seller: str
    honest: tuple[str, str]
    victim: str
    numbers: frozenset[str]


def make_story_bank(folder: Path, casebook_url: str = "") -> StoryBank:
    """Simulate a bank, let two colleagues serve a victim at the counter, and run two nights.

    Args:
        folder: Where feeds and home go.
        casebook_url: The casebook's address; empty takes the home's own SQLite file.
    """
    feeds, home = folder / "feeds", Home(folder / "home")
    asked = ("--seed", 11, "--employees", 24, "--days", 56, "--leakers", 0.05, "--scenarios", "to_order")
    _done("-q", "simulate", feeds, *asked)
    seller = _rows(feeds / "truth" / "truth.csv")[0]["employee_id"]
    sold = {row["event_id"] for row in _rows(feeds / "truth" / "truth_events.csv")}
    acts = [row for path in sorted(feeds.glob("access_log*.csv")) for row in _rows(path)]
    known = [row for row in acts if row["occurred_at"][:10] <= FIRST.isoformat()]
    asking: dict[str, set[str]] = {}
    for row in known:
        asking.setdefault(row["subject_id"], set()).add(row["employee_id"])
    victim, template = next(
        (row["subject_id"], row)
        for row in known
        if row["event_id"] in sold and len(asking[row["subject_id"]]) == 1
    )
    colleagues = sorted(row["employee_id"] for row in _rows(feeds / "employees.csv"))
    first, second = [name for name in colleagues if name != seller][:2]
    _serve(feeds, template, victim, (first, second))
    home.make()
    home.config.write_text(CONFIG + MORE_CONFIG.format(url=casebook_url), encoding="utf-8")
    _done("-q", "--home", home.root, "init")
    _done("-q", "--home", home.root, "ingest", feeds)
    _done("-q", "--home", home.root, "run", "--from", FIRST, "--to", LAST, allowed=(0, 3))
    numbers = {row["subject_id"] for row in acts if len(row["subject_id"]) >= 8}
    return StoryBank(home, seller, (first, second), victim, frozenset(numbers))


def _serve(feeds: Path, template: dict[str, str], victim: str, colleagues: tuple[str, str]) -> None:
    """Write a look-up at the counter for each of two colleagues, with the ticket that explains it."""
    posts = {row["employee_id"]: row["branch_id"] for row in _rows(feeds / "employees.csv")}
    look_ups, tickets, parties = [], [], []
    for number, employee in enumerate(colleagues, start=1):
        at = datetime.fromisoformat(f"{FIRST - timedelta(days=number)}T10:00:00+08:00")
        before = (at - timedelta(minutes=5)).isoformat()
        look_ups.append(
            {
                **dict.fromkeys(template, ""),
                "event_id": f"QSTORY{number}",
                "occurred_at": at.isoformat(),
                "recorded_at": at.isoformat(),
                "employee_id": employee,
                "operation": "query",
                "data_category": "credit_report",
                "subject_id": victim,
                "reason": "counter_service",
                "outcome": "ok",
                "branch_id": posts[employee],
                "channel": "workstation",
            }
        )
        tickets.append(
            {
                "record_id": f"RSTORY{number}",
                "kind": "service_ticket",
                "branch_id": posts[employee],
                "created_at": before,
                "created_by": employee,
                "recorded_at": before,
                "second_person": "true",
            }
        )
        party = {"record_id": f"RSTORY{number}", "subject_id": victim, "party_role": "principal"}
        parties.append(party)
    _write(feeds / "access_log-story.csv", look_ups)
    _write(feeds / "business_records-story.csv", tickets)
    _write(feeds / "record_parties-story.csv", parties)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: Iterable[dict[str, str]]) -> None:
    listed = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(listed[0]))
        writer.writeheader()
        writer.writerows(listed)


def _done(*arguments: object, allowed: tuple[int, ...] = (0,)) -> None:
    code = invoke([str(argument) for argument in arguments])
    assert code in allowed, f"{arguments} returned {code}"
