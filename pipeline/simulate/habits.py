"""How one bank lives: every parameter drawn from a wide prior by the seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Habits:
    """One bank's parameters; shares are 0…1, rates are per working day unless the name says otherwise.

    Source: docs/simulation.md gives each prior and where its range comes from.
    """

    branch_size: int
    has_clerks: bool
    has_card_centre: bool
    counters_shared: int
    saturday_branches: float
    saturday_load: float
    off_roster: float
    lunch_dip: float
    month_end: float
    quarter_end: float
    opening_season: float
    monday: float
    manager_rate: float
    sme_rate: float
    reviewer_rate: float
    counter_rate: float
    phone_rate: float
    specialist_rate: float
    batch_size: float
    machine_rate: float
    rate_spread: float
    dispersion: float
    unlinked: float
    record_first: float
    far_creator: float
    far_branch: float
    second_person: float
    hollow_honest: float
    approval: float
    repeat: float
    not_found: float
    missing_consent: float
    reference_typed: float
    view_share: float
    print_paper: float
    print_file: float
    paper_branches: float
    same_night: float
    next_night: float
    late_nights: int
    lost_nights: int
    joiners: float
    leavers: float
    transfers: float
    acting: float
    absences_a_year: float
    login_failures: float
    complaints_a_year: float
    campaign: bool
    campaign_unlinked: float
    reason_style: str
    log_delay: str
    late_logs: int
    shared_credentials: bool
    hot_desks: float
    overtime: float
    second_views: float
    sloppy: float
    expiry_days: int


def draw_habits(rng: np.random.Generator) -> Habits:
    """Draw one bank's parameters."""
    u = rng.uniform
    return Habits(
        branch_size=int(rng.integers(8, 22)),
        has_clerks=bool(rng.random() < 0.6),
        has_card_centre=bool(rng.random() < 0.8),
        counters_shared=int(rng.integers(2, 6)),
        saturday_branches=u(0.3, 0.6),
        saturday_load=u(0.3, 0.5),
        off_roster=u(0.005, 0.03),
        lunch_dip=u(0.4, 0.7),
        month_end=u(1.15, 1.3),
        quarter_end=u(1.2, 1.4),
        opening_season=u(1.1, 1.4),
        monday=u(1.0, 1.15),
        manager_rate=u(1.5, 5.0),
        sme_rate=u(0.6, 2.0),
        reviewer_rate=u(60, 160),
        counter_rate=u(6, 25),
        phone_rate=u(15, 50),
        specialist_rate=u(0.5, 3.0),
        batch_size=u(50, 300),
        machine_rate=u(300, 1500),
        rate_spread=u(0.25, 0.6),
        dispersion=u(1.5, 6.0),
        unlinked=float(np.exp(u(np.log(0.005), np.log(0.04)))),
        record_first=u(0.5, 0.8),
        far_creator=u(0.2, 0.6),
        far_branch=u(0.005, 0.04),
        second_person=u(0.93, 0.995),
        hollow_honest=u(0.002, 0.015),
        approval=u(0.45, 0.7),
        repeat=u(0.02, 0.06),
        not_found=u(0.01, 0.04),
        missing_consent=u(0.005, 0.02),
        reference_typed=u(0.0, 0.9),
        view_share=u(0.02, 0.25),
        print_paper=u(0.6, 0.95),
        print_file=u(0.02, 0.15),
        paper_branches=u(0.0, 0.6),
        same_night=u(0.85, 0.95),
        next_night=u(0.8, 0.95),
        late_nights=int(rng.integers(0, 3)),
        lost_nights=int(rng.random() < 0.3),
        joiners=u(0.08, 0.15),
        leavers=u(0.08, 0.12),
        transfers=u(0.06, 0.14),
        acting=u(0.02, 0.05),
        absences_a_year=u(2.0, 5.0),
        login_failures=u(0.01, 0.05),
        complaints_a_year=u(0.002, 0.01),
        campaign=bool(rng.random() < 0.6),
        campaign_unlinked=u(0.1, 0.3),
        reason_style=str(rng.choice(["name", "code", "label"], p=[0.6, 0.25, 0.15])),
        log_delay=str(rng.choice(["at_once", "nightly"])),
        late_logs=int(rng.random() < 0.3),
        shared_credentials=bool(rng.random() < 0.3),
        hot_desks=u(0.002, 0.02),
        overtime=u(0.0, 0.008),
        second_views=u(0.0, 0.3),
        sloppy=u(0.0, 0.06),
        expiry_days=int(rng.integers(0, 3)),
    )
