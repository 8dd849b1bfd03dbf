"""The bank's tables in the contract's columns, as a source would export them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.contract import DATA_CATEGORIES, OPERATIONS, OUTCOMES, PARTY_ROLES, RECORD_KINDS
from pipeline.simulate.days import DAY
from pipeline.simulate.growing import INVENTED, NEVER, NONE
from pipeline.simulate.machines import Machine
from pipeline.simulate.staff import NEVER_LEFT, ROLES, SHIFT_NAMES, SHIFTS
from pipeline.simulate.subjects import SEGMENTS
from pipeline.simulate.world import REASONS, STATUSES, World

if TYPE_CHECKING:
    import pyarrow as pa

Table = dict[str, NDArray[Any]]
OFFSET = "+08:00"
CODES = {
    "post_loan": "01",
    "loan_approval": "02",
    "card_approval": "03",
    "other": "04",
    "objection": "05",
    "guarantee": "08",
    "judicial": "09",
    "merchant": "19",
    "legal_representative": "22",
}
LABELS = {
    "post_loan": "贷后管理",
    "loan_approval": "贷款审批",
    "card_approval": "信用卡审批",
    "other": "其他",
    "objection": "异议核查",
    "guarantee": "担保资格审查",
    "judicial": "司法调查",
    "merchant": "特约商户实名审查",
    "legal_representative": "法人代表资信审查",
    "self_request": "本人查询",
}
COMPLAINT_KINDS = ("nuisance_call", "fraud_attempt", "leak_suspected", "police_request")


@cache
def _clock() -> NDArray[np.object_]:
    """Every second of a day, as the second half of an ISO time."""
    minutes = [f"T{m // 60:02d}:{m % 60:02d}" for m in range(1440)]
    return np.array(
        [f"{minute}:{second:02d}{OFFSET}" for minute in minutes for second in range(60)], dtype=object
    )


def times(at: NDArray[np.int64]) -> NDArray[np.object_]:
    """ISO 8601 with the bank's offset; NEVER becomes null."""
    text = np.full(len(at), None, dtype=object)
    known = at != NEVER
    text[known] = dates(at[known] // DAY) + _clock()[at[known] % DAY]
    return text


def dates(day: NDArray[np.int64], known: NDArray[np.bool_] | None = None) -> NDArray[np.object_]:
    """ISO dates of days since 1970; null where not known."""
    text = np.full(len(day), None, dtype=object)
    known = np.ones(len(day), dtype=bool) if known is None else known
    if known.any():
        first, last = int(day[known].min()), int(day[known].max())
        names = np.arange(first, last + 1).astype("datetime64[D]").astype("U10").astype(object)
        text[known] = names[day[known] - first]
    return text


def pick(names: Sequence[str] | NDArray[np.object_], index: NDArray[Any]) -> NDArray[np.object_]:
    """Names by index; NONE becomes null."""
    return np.asarray(np.array([*names, None], dtype=object)[index])


def numbered(rng: np.random.Generator, prefix: str, n: int) -> NDArray[np.object_]:
    """Running numbers from a random start, as a source gives them out."""
    first = int(rng.integers(1_000_000, 5_000_000))
    return np.array([f"{prefix}{number}" for number in range(first, first + n)], dtype=object)


def places(rows: Table) -> tuple[Any, Any, Any]:
    """Branch, terminal and address of each act."""
    branch, seat = rows["branch"].astype(np.int64), rows["seat"].astype(np.int64)
    code = branch * 1000 + seat
    seen, back = np.unique(code, return_inverse=True)
    b, s = seen // 1000, seen % 1000
    names = np.array([f"B{x:03d}" for x in b], dtype=object)
    terminals = np.array([f"T{x:03d}-{y:02d}" for x, y in zip(b, s, strict=True)], dtype=object)
    addresses = np.array(
        [f"10.{20 + x // 200}.{x % 200}.{y + 10}" for x, y in zip(b, s, strict=True)], dtype=object
    )
    return names[back], terminals[back], addresses[back]


def access_log(
    world: World, rows: Table, ids: NDArray[np.object_], actors: list[str], numbers: NDArray[np.object_],
    records: NDArray[np.object_], machines: list[Machine],
) -> pa.Table:  # fmt: skip
    """The access log, numbered in the order of the source."""
    import pyarrow as pa

    rng, n, at = world.rng("log"), len(rows["at"]), rows["at"]
    branch, terminal, address = places(rows)
    machine = rows["machine"]
    terminal[machine], address[machine] = None, "10.9.0.8"
    channels = pick([m.channel for m in machines], np.where(machine, rows["actor"] - world.staff.n, NONE))
    channels[~machine] = "workstation"
    written = at + rng.integers(0, 4, n)
    if world.habits.log_delay == "nightly":
        written = np.maximum(at // DAY * DAY + 23 * 3600 + 3300, at + 5)
    behind = rng.random(n) < 0.001
    written[behind] += rng.integers(1, 4, int(behind.sum())) * DAY
    workdays = np.flatnonzero(world.days.workday)
    for night in rng.choice(workdays, min(world.habits.late_logs, len(workdays)), replace=False):
        missed = world.days.of(at) == night  # the export failed, and came with the next night's
        written[missed] = np.maximum(written[missed], world.days.at(int(night)) + DAY + 23 * 3600)
    reasons = {
        "name": REASONS,
        "code": [CODES.get(r, r) for r in REASONS],
        "label": [LABELS.get(r, r) for r in REASONS],
    }
    consent, signed, expires = consents(world, rows)
    columns = {
        "event_id": ids,
        "occurred_at": times(at),
        "employee_id": pick(actors, rows["actor"]),
        "operation": pick(OPERATIONS, rows["operation"]),
        "data_category": pick(DATA_CATEGORIES, rows["category"]),
        "subject_id": numbers[rows["subject"]],
        "reason": pick(reasons[world.habits.reason_style], rows["reason"]),
        "outcome": pick(OUTCOMES, rows["outcome"]),
        "branch_id": branch,
        "terminal_id": terminal,
        "source_ip": address,
        "channel": channels,
        "requester_id": pick(actors, rows["requester"]),
        "business_ref": references(rng, rows["ref"], records),
        "authorization_id": consent,
        "authorization_signed_on": signed,
        "authorization_expires_on": expires,
        "recorded_at": times(written),
    }
    if world.habits.shared_credentials:  # the bureau knows the branch's account, not the person's
        columns["account_id"] = np.char.add("PB", branch.astype("U4")).astype(object)
    return pa.table(columns)


def references(
    rng: np.random.Generator, ref: NDArray[np.int64], records: NDArray[np.object_]
) -> NDArray[np.object_]:
    """The business numbers as typed; invented ones look like the others and are nobody's."""
    typed = pick(records, np.maximum(ref, NONE))
    made_up = np.flatnonzero(ref == INVENTED)
    taken = set(records)
    for row in made_up:
        while (number := f"R{rng.integers(1_000_000, 6_000_000)}") in taken:
            pass
        typed[row] = number
    return typed


def consents(world: World, rows: Table) -> tuple[Any, Any, Any]:
    """Number, day of signing and end of the customer's consent; some are missing, as everywhere."""
    rng, n = world.rng("consent"), len(rows["at"])
    free = ("post_loan", "counter_service", "judicial", "collection", "other", "objection")
    needed = ~np.isin(rows["reason"], [REASONS.index(r) for r in free])
    given = needed & (rng.random(n) >= world.habits.missing_consent) & ~rows["unsigned"]
    signed = rows["at"] // DAY - np.minimum(rng.geometric(0.45, n) - 1, 20)
    number = np.full(n, None, dtype=object)
    serial = rng.permutation(n) + 100_000
    number[given] = [f"A{n}" for n in serial[given].tolist()]
    late = given & (rng.random(n) < world.habits.missing_consent)  # signed after the look-up
    signed = np.where(late, rows["at"] // DAY + rng.integers(1, 15, n), signed)
    return number, dates(signed, given), dates(signed + np.where(rng.random(n) < 0.5, 90, 180), given)


def record_feeds(
    world: World, keep: NDArray[np.int64], names: NDArray[np.object_], seen: NDArray[np.int64],
    actors: list[str], numbers: NDArray[np.object_],
) -> tuple[pa.Table, pa.Table]:  # fmt: skip
    """The business records and their parties; `keep` are the records that had arrived."""
    import pyarrow as pa

    table = {c: world.records[c][keep] for c in world.records.columns}
    past = {c: np.where(table[c] < world.days.end, table[c], NEVER) for c in ("decided", "closed")}
    account = np.isin(table["kind"], [RECORD_KINDS.index("loan_account"), RECORD_KINDS.index("card_account")])
    table["status"][account & (past["closed"] == NEVER)] = STATUSES.index("active")
    early = table["status"] == STATUSES.index("active")
    status = np.where((past["decided"] == NEVER) & (past["closed"] == NEVER) & ~early, 0, table["status"])
    records = pa.table({
        "record_id": names[keep],
        "kind": pick(RECORD_KINDS, table["kind"]),
        "branch_id": _branches(world)[table["branch"]],
        "created_at": times(table["created"]),
        "created_by": pick(actors, table["by"]),
        "recorded_at": times(seen[keep]),
        "decided_at": times(past["decided"]),
        "closed_at": times(past["closed"]),
        "status": pick(STATUSES, status),
        "amount": pa.array(table["amount"], from_pandas=True),
        "second_person": table["second"],
    })  # fmt: skip
    there = np.zeros(len(names), dtype=bool)
    there[keep] = True
    rank = np.zeros(len(names), dtype=np.int64)
    rank[keep] = np.arange(len(keep))
    record = world.parties["record"]
    mine = np.flatnonzero(there[record])
    mine = mine[np.argsort(rank[record[mine]], kind="stable")]
    parties = pa.table({
        "record_id": names[record[mine]],
        "subject_id": numbers[world.parties["subject"][mine]],
        "party_role": pick(PARTY_ROLES, world.parties["role"][mine]),
    })  # fmt: skip
    return records, parties


def staff_feeds(world: World) -> tuple[pa.Table, pa.Table]:
    """The employees with their assignments, and the absences."""
    import pyarrow as pa

    staff, first = world.staff, world.days.first
    rows = sorted(world.staff.assignments, key=lambda a: (staff.ids[a[0]], a[1]))
    person = np.array([r[0] for r in rows])
    since = np.array([staff.hired[r[0]] if r[1] < 0 else first + r[1] for r in rows])
    since = np.maximum(since, staff.hired[person])
    gone = staff.left[person]
    employees = pa.table({
        "employee_id": pick(staff.ids, person),
        "name": pick(staff.names, person),
        "role": pick(ROLES, np.array([r[2] for r in rows])),
        "branch_id": np.array([f"B{r[3]:03d}" for r in rows], dtype=object),
        "manager_id": pick(staff.ids, staff.manager[person]),
        "hired_on": dates(staff.hired[person]),
        "left_on": dates(np.minimum(gone, NEVER_LEFT), gone < NEVER_LEFT),
        "shift": pick([_span(*SHIFTS[s]) for s in SHIFT_NAMES], staff.shift[person]),
        "valid_from": dates(since),
    })  # fmt: skip
    away = sorted(staff.absences, key=lambda a: (staff.ids[a[0]], a[1]))
    absences = pa.table({
        "employee_id": pa.array([staff.ids[a[0]] for a in away], pa.string()),
        "starts_on": pa.array([world.days.date(a[1]).isoformat() for a in away], pa.string()),
        "ends_on": pa.array([world.days.date(a[2]).isoformat() for a in away], pa.string()),
        "kind": pa.array([a[3] for a in away], pa.string()),
    })  # fmt: skip
    return employees, absences


def _branches(world: World) -> NDArray[np.object_]:
    return np.array([f"B{b:03d}" for b in range(world.staff.branches)], dtype=object)


def _span(start: float, end: float) -> str:
    return "-".join(f"{int(h) % 24:02d}:{round(h % 1 * 60):02d}" for h in (start, end))


def customer_feeds(world: World, numbers: NDArray[np.object_]) -> tuple[pa.Table, pa.Table]:
    """The bank's customers, and the complaints that came in."""
    import pyarrow as pa

    table = world.subjects.table
    mine = np.flatnonzero(table["customer"])
    mine = mine[np.argsort(numbers[mine])]
    customers = pa.table({
        "subject_id": numbers[mine],
        "home_branch_id": _branches(world)[table["home"][mine]],
        "region_code": table["region"][mine].astype("U6").astype(object),
        "deposit_balance": np.round(table["balance"][mine], 2),
        "segment": pick(SEGMENTS, table["segment"][mine]),
    })  # fmt: skip
    rng, told = world.rng("complaint numbers"), world.complaints
    order = np.lexsort((rng.random(len(told)), told["day"]))
    order = order[(told["day"][order] >= 0) & (told["day"][order] < world.days.n)]
    complaints = pa.table({
        "complaint_id": numbered(rng, "C", len(order)),
        "subject_id": numbers[told["subject"][order]],
        "received_on": dates(told["day"][order] + world.days.first),
        "kind": pick(COMPLAINT_KINDS, told["kind"][order]),
    })  # fmt: skip
    return customers, complaints


def small_feeds(world: World, machines: list[Machine]) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Log-ins, the register of machines, and the calendar."""
    import pyarrow as pa

    logins = world.logins
    order = np.lexsort((logins["actor"], logins["at"]))
    order = order[(logins["at"][order] >= world.days.at(0)) & (logins["at"][order] < world.days.end)]
    rows = {c: logins[c][order] for c in logins.columns}
    _, terminal, address = places(rows)
    entered = pa.table({
        "occurred_at": times(rows["at"]),
        "employee_id": pick(world.staff.ids, rows["actor"]),
        "terminal_id": terminal,
        "source_ip": address,
        "outcome": pick(("fail", "ok"), rows["ok"].astype(np.int64)),
    })  # fmt: skip
    accounts = pa.table({
        "account_id": [m.account_id for m in machines],
        "owner_id": [world.staff.ids[m.owner] if m.owner != NONE else None for m in machines],
        "purpose": [m.purpose for m in machines],
        "channel": [m.channel for m in machines],
        "valid_from": [world.days.date(-400).isoformat() for _ in machines],
        "valid_to": pa.array([None for _ in machines], pa.string()),
    })  # fmt: skip
    calendar = pa.table({
        "day": dates(world.days.first + np.arange(world.days.n)),
        "is_workday": world.days.workday,
    })  # fmt: skip
    return entered, accounts, calendar
