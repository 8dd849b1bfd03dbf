"""Charts of the month: new cases, the drill's recall, coverage."""

from __future__ import annotations

from reports.charts import BandPoint, Bar, band_line, bars
from reports.document import MonthNight, MonthReport
from reports.figures.figure import Figure, figure
from reports.words import say, share


def month_figures(report: MonthReport) -> list[Figure]:
    """Draw what the month has data for."""
    drawn = []
    if report.nights:
        drawn.append(_cases(report))
    if any(night.recall is not None for night in report.nights):
        drawn.append(_recall(report))
    if any(night.coverage is not None for night in report.nights):
        drawn.append(_coverage(report))
    return drawn


def _tick(night: MonthNight, index: int) -> str:
    return f"{night.night:%m-%d}" if index % 5 == 0 else ""


def _cases(report: MonthReport) -> Figure:
    title = say("trend.month.cases")
    series = [
        Bar(
            tip=f"{night.night}: {night.new}",
            up=night.new,
            mark="not_assessable" if night.state != "complete" else "",
            tick=_tick(night, index),
        )
        for index, night in enumerate(report.nights)
    ]
    caption = say(
        "trend.month.cases_caption", n=sum(night.new for night in report.nights), nights=len(report.nights)
    )
    columns = [(say("trend.col.night"), False), (say("trend.col.new"), True), (say("trend.col.state"), False)]
    rows = [(night.night, night.new, say(f"common.state.{night.state}")) for night in report.nights]
    return figure(
        "chart-cases", title, caption, bars("chart-cases", title, series, height=170), columns, rows
    )


def _recall(report: MonthReport) -> Figure:
    title = say("trend.month.recall")
    drills = [(night, night.recall) for night in report.nights if night.recall is not None]
    points = [
        BandPoint(value=recall, tick=_tick(night, index)) for index, (night, recall) in enumerate(drills)
    ]
    floor = report.recall_floor
    levels = [] if floor is None else [(floor, say("trend.month.floor", n=share(floor)))]
    caption = say(
        "trend.month.recall_caption",
        recall=share(drills[-1][1]),
        floor="–" if floor is None else share(floor),
    )
    columns = [(say("trend.col.night"), False), (say("trend.col.recall"), True)]
    rows = [(night.night, share(recall)) for night, recall in drills]
    drawing = band_line(
        "chart-recall", title, points, own=say("trend.col.recall"), levels=levels, style="share", height=180
    )
    return figure("chart-recall", title, caption, drawing, columns, rows)


def _coverage(report: MonthReport) -> Figure:
    title = say("trend.month.coverage")
    known = [(night, night.coverage) for night in report.nights if night.coverage is not None]
    series = [
        Bar(
            tip=f"{night.night}: {share(coverage)}",
            up=coverage,
            mark="not_assessable" if night.state != "complete" else "",
            tick=_tick(night, index),
        )
        for index, (night, coverage) in enumerate(known)
    ]
    caption = say("trend.month.coverage_caption", low=share(min(coverage for _, coverage in known)))
    columns = [(say("trend.col.night"), False), (say("trend.col.coverage"), True)]
    rows = [(night.night, share(coverage)) for night, coverage in known]
    return figure(
        "chart-coverage",
        title,
        caption,
        bars("chart-coverage", title, series, style="share", height=150),
        columns,
        rows,
    )
