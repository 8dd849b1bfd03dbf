"""Charts of the overview: look-ups per day, the night's scores, the branches."""

from __future__ import annotations

from reports.charts import Bar, ReasonBar, bars, reason_bars
from reports.document import NightReport, Population
from reports.figures.figure import Figure, figure, month_tick
from reports.words import number, say, share

TOP_BRANCHES = 12
BRANCH_ROWS = 200


def night_figures(report: NightReport) -> list[Figure]:
    """Draw what the document has data for; a chart without data is left out."""
    population = report.population
    drawn = []
    if population.days:
        drawn.append(_days(population))
    if population.scores:
        drawn.append(_scores(population, report.verdict.scored))
    if population.branches:
        drawn.append(_branches(population))
    return drawn


def _days(population: Population) -> Figure:
    title = say("night.population.days")
    days = population.days
    series = [
        Bar(
            tip=f"{item.day}: {item.total:,}",
            up=item.total,
            mark="not_assessable" if not item.complete else "" if item.workday else "holiday",
            tick=month_tick(item.day, days[index - 1].day if index else None, len(days) > 100),
        )
        for index, item in enumerate(days)
    ]
    level = None
    if population.median is not None:
        level = (population.median, say("night.population.median", n=population.median))
    caption = say(
        "night.population.days_caption",
        day=days[-1].day,
        total=days[-1].total,
        median="–" if population.median is None else number(population.median),
    )
    kinds = {True: say("night.population.workday"), False: say("night.population.rest_day")}
    rows = [
        (
            item.day,
            item.total,
            kinds[item.workday] if item.complete else say("night.population.incomplete_day"),
        )
        for item in days
    ]
    columns = [
        (say("night.population.day"), False),
        (say("night.population.lookups"), True),
        (say("night.population.kind"), False),
    ]
    key = []
    if any(not item.workday for item in days):
        key.append(("·", say("night.population.rest_day")))
    if any(not item.complete for item in days):
        key.append(("□", say("night.population.incomplete_day")))
    return figure(
        "chart-days", title, caption, bars("chart-days", title, series, level=level), columns, rows, key
    )


def _scores(population: Population, scored: int) -> Figure:
    title = say("night.population.scores")
    bins = population.scores
    every = max(1, len(bins) // 8)
    series = [
        Bar(
            tip=f"{number(item.lower)} – {number(item.upper)}: {item.employees:,}",
            up=item.employees,
            tick=number(item.lower) if index % every == 0 else "",
        )
        for index, item in enumerate(bins)
    ]
    cut = None
    caption = say("night.population.scores_caption_open", n=scored)
    if population.cutoff is not None:
        place = 0.0
        for index, item in enumerate(bins):
            if item.lower <= population.cutoff:
                place = index + min(1.0, (population.cutoff - item.lower) / (item.upper - item.lower or 1))
        cut = (place, say("night.population.line", n=population.cutoff))
        caption = say("night.population.scores_caption", n=scored, cutoff=population.cutoff)
    columns = [
        (say("night.population.score_from"), False),
        (say("night.population.score_to"), True),
        (say("night.population.employees"), True),
    ]
    rows = [(number(item.lower), number(item.upper), item.employees) for item in bins]
    drawing = bars("chart-scores", title, series, cut=cut, above=say("night.population.employees"))
    return figure("chart-scores", title, caption, drawing, columns, rows)


def _branches(population: Population) -> Figure:
    title = say("night.population.branches")
    branches = population.branches
    bank = population.bank_share
    series = [
        ReasonBar(
            label=item.branch,
            value=item.share,
            written=f"{share(item.share)} · {item.unexplained:,} / {item.lookups:,}",
            telling=bank is not None and item.share > bank,
        )
        for item in branches[:TOP_BRANCHES]
    ]
    level = None if bank is None else (bank, say("night.population.bank", n=share(bank)))
    worst = branches[0]
    caption = say(
        "night.population.branches_caption",
        branch=worst.branch[:60],
        unexplained=worst.unexplained,
        lookups=worst.lookups,
        share=share(worst.share),
        bank="–" if bank is None else share(bank),
    )
    columns = [
        (say("night.population.branch"), False),
        (say("night.population.lookups"), True),
        (say("night.population.unexplained"), True),
        (say("night.population.share"), True),
        (say("night.population.employees"), True),
    ]
    rows = [
        (item.branch, item.lookups, item.unexplained, share(item.share), item.employees) for item in branches
    ]
    drawing = reason_bars("chart-branches", title, series, level=level)
    return figure("chart-branches", title, caption, drawing, columns, rows)
