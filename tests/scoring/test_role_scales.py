"""Whose past nights make up the yardstick of a role."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.scoring.role_scales import HANDFUL, RoleScales

NIGHTS = 14


def bank(people: int, hot: dict[int, float], crew: int = 6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """People, roles and nominal nats of past nights; the first `crew` people are a role of their own."""
    rng = np.random.default_rng(5)
    who = np.tile(np.array([f"E{one:03d}" for one in range(people)], dtype=object), NIGHTS)
    roles = np.where(np.tile(np.arange(people), NIGHTS) < crew, "reviewer", "manager").astype(object)
    fused = rng.exponential(1.0, people * NIGHTS)
    for person, nats in hot.items():
        fused[person::people] = nats
    return who, roles, fused


def test_a_seller_and_his_partner_in_a_small_role_are_not_the_yardstick_of_what_they_do() -> None:
    # Others are hotter still, so that the two are not among the hottest of the bank.
    others = dict.fromkeys(range(100, 107), 30.0)
    role, fifteen = np.array(["reviewer"], dtype=object), np.array([15.0])
    honest = RoleScales.fit(*bank(300, others), NIGHTS, 0.35).nats(role, fifteen)[0]
    ring = RoleScales.fit(*bank(300, others | {0: 15.0, 1: 14.0}), NIGHTS, 0.35).nats(role, fifteen)[0]
    assert ring == pytest.approx(honest, rel=0.1)


def test_in_a_small_bank_a_handful_of_the_hottest_is_set_aside() -> None:
    calm = RoleScales.fit(*bank(75, {}), NIGHTS, 0.35)
    some = RoleScales.fit(*bank(75, {20 + one: 25.0 for one in range(HANDFUL)}), NIGHTS, 0.35)
    role, ten = np.array(["manager"], dtype=object), np.array([10.0])
    assert some.nats(role, ten)[0] > 0.9 * calm.nats(role, ten)[0]
