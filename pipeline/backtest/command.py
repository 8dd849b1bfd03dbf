"""One back-test from question to answer: checks, replay, rankings, figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from pipeline.backtest.figures import Figure, Replayed, measure, replayed
from pipeline.backtest.outcomes import Clock
from pipeline.backtest.rankings import CodedSink, check_out, rankings_file
from pipeline.backtest.replay import check_span, count, replay
from pipeline.backtest.tally import Tally
from pipeline.backtest.truth import read_truth
from pipeline.bank import open_bank
from pipeline.errors import UsageError
from pipeline.home import Home
from pipeline.lake.store import Lake
from pipeline.pseudonyms import staff_codes
from pipeline.settings import Settings


@dataclass(frozen=True)
class Asked:
    """What the operator asked for.

    Attributes:
        first: First night.
        last: Last night.
        out: Where the rankings go; None writes none.
        truth: Who leaked; None measures nothing.
        truth_events: The illegitimate look-ups; None leaves `leaked` and `under25` unsaid.
        rivals: Measure the naive rivals too.
        draws: Bootstrap samples; 0 for none.
    """

    first: date
    last: date
    out: Path | None = None
    truth: Path | None = None
    truth_events: Path | None = None
    rivals: bool = False
    draws: int = 500


def carry_out(
    home: Home, settings: Settings, engine: Engine, asked: Asked, advance: Callable[[], None] = lambda: None
) -> dict[str, Any]:
    """Replay, write, measure.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook, for what the lake holds; nothing is written to it.
        asked: What was asked for.
        advance: Called after each night.

    Returns:
        The answer in plain types, ready for JSON.

    Raises:
        UsageError: The span, an output or a truth file cannot be used.
    """
    if asked.truth is None and (asked.truth_events or asked.rivals):
        raise UsageError(
            "--truth-events and --rivals are of use only beside --truth: without it nothing can be measured.",
            "Give --truth truth.csv too, or leave them out.",
        )
    check_span(Lake(home, engine), asked.first, asked.last)
    if asked.out is not None:
        check_out(asked.out)
    truth = None if asked.truth is None else read_truth(asked.truth, settings.bank.zone, asked.truth_events)
    tally = Tally(asked.first, asked.last)
    clock = Clock(settings.bank.zone, settings.bank.cutoff)
    with open_bank(home, settings, engine, asked.first, asked.last) as bank:
        rivals = None
        if asked.rivals:
            from pipeline.backtest.rivals import Rivals

            rivals = Rivals(bank, asked.first, asked.last)
        codes = staff_codes(home, settings, engine)
        with rankings_file(asked.out) as file:
            sink = CodedSink(file, codes.code) if file is not None and codes else file
            for night in replay(bank, asked.first, asked.last, sink, advance):
                count(tally, night)
                if rivals is not None:
                    rivals.watch(night)
    answer: dict[str, Any] = {
        "from": asked.first,
        "to": asked.last,
        "out": None if asked.out is None else str(asked.out),
        "nights": tally.nights,
        "rows": tally.rows,
        "employees": tally.employees,
        "raised": len(tally.raised),
        "new_cases": len(tally.new_cases()),
        "config_hash": settings.config_hash,
        "seed": settings.detection.seed,
    }
    if truth is not None:
        seed, draws = settings.detection.seed, asked.draws
        ours = replayed(tally, truth, clock)
        answer["campaigns"] = len(ours.outcomes)
        answer["campaigns_left_out"] = ours.left_out
        answer["figures"] = figures_of([ours], seed, draws)
        if rivals is not None:
            rated = rivals.rated(len(tally.new_cases()))
            answer["rivals"] = {
                name: {"cut": one.cut, "new_cases": one.new_cases}
                | figures_of([replayed(one.tally, truth, clock)], seed, draws)
                for name, one in rated.items()
            }
    return answer


def figures_of(banks: list[Replayed], seed: int, draws: int) -> dict[str, Any]:
    """Return the figures of all campaigns together and per scenario, in plain types."""
    scenarios = sorted(frozenset().union(*(bank.scenarios for bank in banks)))
    return {
        "all": _plain(measure(banks, seed=seed, draws=draws)),
        "scenarios": {
            name: _plain(measure(banks, scenario=name, seed=seed, draws=draws))
            | {"campaigns": sum(o.scenario == name for bank in banks for o in bank.outcomes)}
            for name in scenarios
        },
    }


def _plain(figures: dict[str, Figure]) -> dict[str, Any]:
    """Put each figure under its name, and its interval beside it."""
    values: dict[str, Any] = {name: figure.value for name, figure in figures.items()}
    values["intervals"] = {
        name: [figure.low, figure.high] for name, figure in figures.items() if figure.low is not None
    }
    return values
