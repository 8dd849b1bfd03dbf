"""A bank of twelve people, day by day: small enough for many nights, with one who sells from the fourth week."""

from __future__ import annotations

import csv
import random
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline.intake.tokens import check_digit

ZONE = "Europe/Amsterdam"
FIRST = date(2026, 1, 12)
"""First day with look-ups. The nights go over the last Sunday of March, when the clocks go forward."""
HISTORY_DAYS = 28
STAFF = [f"E{number:02d}" for number in range(1, 13)]
SELLER, SELLS_FROM = "E05", FIRST + timedelta(days=HISTORY_DAYS - 9)
LOOKUPS = ("event_id", "occurred_at", "employee_id", "subject_id", "reason", "branch_id", "recorded_at")
RECORDS = (
    "record_id",
    "kind",
    "branch_id",
    "created_at",
    "created_by",
    "recorded_at",
    "status",
    "second_person",
)
PARTIES = ("record_id", "subject_id", "party_role")
Rows = list[tuple[str, ...]]


def first_night() -> date:
    """The first night that is run."""
    return FIRST + timedelta(days=HISTORY_DAYS)


def number_of(person: int) -> str:
    """An invented resident number; no region of its code exists."""
    digits = f"9{person % 8 + 1}0{person % 97:03d}19{60 + person % 40:02d}0{person % 9 + 1}1{person % 10}{person % 1000:03d}"
    return digits + check_digit(digits)


def branch_of(employee: str) -> str:
    return f"B{int(employee[1:]) % 2}"


def day_of(day: date) -> dict[str, Rows]:
    """The rows of one day: honest look-ups with the application that each is for, and the seller's without."""
    rows: dict[str, Rows] = {"access_log": [], "business_records": [], "record_parties": []}
    if day.weekday() == 6:
        return rows
    chance = random.Random(f"tiny bank {day}")
    for employee in STAFF:
        sold = chance.randint(4, 7) if employee == SELLER and day >= SELLS_FROM and day.weekday() != 5 else 0
        for place in range((2 if day.weekday() == 5 else chance.randint(3, 6)) + sold):
            at = datetime(day.year, day.month, day.day, 9, tzinfo=ZoneInfo(ZONE))
            at += timedelta(minutes=40 * place + chance.randint(0, 30), seconds=chance.randint(0, 59))
            identity = f"{day:%m%d}{employee}{place:02d}"
            person, branch = number_of(chance.randint(0, 99_999)), branch_of(employee)
            seen = at.isoformat()
            rows["access_log"].append((f"Q{identity}", seen, employee, person, "loan_approval", branch, seen))
            if place >= sold:
                made = (at - timedelta(minutes=20)).isoformat()
                record = f"R{identity}"
                rows["business_records"].append(
                    (record, "loan_application", branch, made, employee, made, "open", "true")
                )
                rows["record_parties"].append((record, person, "principal"))
    return rows


HEADERS = {"access_log": LOOKUPS, "business_records": RECORDS, "record_parties": PARTIES}


def drop(folder: Path, name: str, header: tuple[str, ...], rows: Rows) -> None:
    """Leave one file as a bank does: the content, then the marker that says it is whole."""
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    path.with_name(path.name + ".done").touch()


def drop_history(folder: Path) -> None:
    """Leave the staff and the four weeks before the first night."""
    staff = [(one, f"Person {one}", "credit_officer", branch_of(one), "2020-01-06") for one in STAFF]
    drop(folder, "employees", ("employee_id", "name", "role", "branch_id", "hired_on"), staff)
    days = [day_of(FIRST + timedelta(days=offset)) for offset in range(HISTORY_DAYS)]
    for feed, header in HEADERS.items():
        drop(folder, f"{feed}-history", header, [row for rows in days for row in rows[feed]])


def drop_day(folder: Path, day: date, feeds: tuple[str, ...] = tuple(HEADERS)) -> None:
    """Leave the files of one day, or some of them."""
    rows = day_of(day)
    for feed in feeds:
        drop(folder, f"{feed}-{day}", HEADERS[feed], rows[feed])
