"""A month and an index as documents."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

from reports import document as d
from tests.reports.made_common import BANK, BRANCHES, text


def month_report(**changes: Any) -> d.MonthReport:
    dice = random.Random(9)
    nights = []
    for number in range(1, 31):
        state = {8: "incomplete", 18: "incomplete", 21: "failed"}.get(number, "complete")
        day = date(2026, 6, number)
        nights.append(
            d.MonthNight(
                night=day,
                state=state,
                new=0 if state == "failed" else dice.choice((0, 0, 1, 1, 2)),
                continued=dice.randint(2, 6),
                lookups=dice.randint(39_000, 43_000) if day.weekday() < 5 else 3_100,
                coverage=0.64 if number == 18 else 0.997,
                recall=dice.choice((0.9, 0.95, 1.0)) if number % 3 == 0 else None,
                address=f"{day}.html",
            )  # type: ignore[arg-type]  # drawn from the states above
        )
    return d.MonthReport(
        institution=BANK,
        classification="C2",
        month=date(2026, 6, 1),
        nights=tuple(nights),
        opened=sum(night.new for night in nights),
        closed=17,
        open_at_end=6,
        close_days=8.5,
        recall_floor=0.9,
        links=d.Links(index="../index.html"),
        dispositions=(
            d.Disposition(outcome=text("Explained: business", "已解释：业务原因"), cases=9),
            d.Disposition(outcome=text("Against the rules: no authorisation", "查实违规（未授权）"), cases=5),
            d.Disposition(outcome=text("Not enough data", "数据不足"), cases=3),
        ),
        branches=tuple(
            d.UnitShare(
                key=name,
                unexplained=30 - index,
                lookups=4_000 + index,
                share=(30 - index) / (4_000 + index),
                cases=index % 3,
            )
            for index, name in enumerate(BRANCHES)
        ),
        approvers=(d.UnitShare(key="E-0440", unexplained=52, lookups=410, share=52 / 410, cases=2),),
    ).model_copy(update=changes)


def index_report(**changes: Any) -> d.IndexReport:
    month = month_report()
    return d.IndexReport(
        institution=BANK,
        classification="C2",
        latest=tuple(reversed(month.nights[11:18])),
        open_cases=4,
        months=tuple(
            d.IndexMonth(
                month=date(2026 - back // 12, 12 - back % 12, 1),
                nights=30,
                incomplete=back % 3,
                failed=back % 7 == 0,
                opened=20 + back % 5,
                closed=18,
                address=f"{2026 - back // 12}-{12 - back % 12:02d}/month.html",
            )
            for back in range(6, 42)
        ),
    ).model_copy(update=changes)
