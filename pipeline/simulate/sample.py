"""The bank of `sample_logs/`: small, always the same, with a Ding in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from pipeline.simulate.bank import SimulatedBank, build
from pipeline.simulate.habits import draw_habits

SEED = 20260613
EMPLOYEES = 60
DAYS = 90
START = date(2026, 4, 2)  # ninety days on it is the thirtieth of June
CAST = {"to_order": "丁一帆", "bulk": "沈墨川", "hollow": "方砾汀"}  # invented names


def sample_bank(seed: int = SEED) -> SimulatedBank:
    """Make the sample bank; the same bytes every time."""
    quiet = replace(
        draw_habits(np.random.default_rng([seed, 1])),
        has_card_centre=False, has_clerks=True, phone_rate=5.0, counter_rate=3.0, manager_rate=2.6,
        batch_size=40.0, late_nights=1, lost_nights=0, reason_style="name", campaign=False, unlinked=0.015,
    )  # fmt: skip
    share = len(CAST) / EMPLOYEES
    bank = build(seed, EMPLOYEES, DAYS, START, share, tuple(CAST), machine_share=0.01, habits=quiet)
    return _named(bank)


def _named(bank: SimulatedBank) -> SimulatedBank:
    """Give the leakers the names that the story uses."""
    import pyarrow as pa

    new = dict(zip(bank.truth["employee_id"], bank.truth["scenario"].map(CAST), strict=True))
    staff = bank.tables["employees"]
    ids, names = staff["employee_id"].to_pylist(), staff["name"].to_pylist()
    names = [new.get(who, name) for who, name in zip(ids, names, strict=True)]
    at = staff.schema.get_field_index("name")
    tables = bank.tables | {"employees": staff.set_column(at, "name", pa.array(names))}
    return replace(bank, tables=tables)
