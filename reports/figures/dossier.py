"""Charts of the dossier: the score's parts, the year, the week, the peers, the evidence."""

from __future__ import annotations

from reports.charts import BandPoint, Bar, ReasonBar, band_line, bars, heat_map, reason_bars, strip
from reports.document import Dossier, EvidenceCounts, Text
from reports.figures.figure import Figure, figure, month_tick
from reports.words import LADDER, number, say, styled

FIGURES = ("evidence", "reasons", "days", "cumulative", "hours", "peers")
STATES = ("unlinked", "thin", "mismatch", "pending", "not_assessable", "linked")
TELLING = frozenset({"unlinked", "thin", "mismatch"})


def dossier_figures(dossier: Dossier) -> dict[str, Figure]:
    """Draw what the document has data for, by name; a chart without data is left out."""
    drawn = {"evidence": _evidence(dossier.evidence)}
    if dossier.reasons and dossier.score is not None:
        drawn["reasons"] = _reasons(dossier)
    if dossier.timeline:
        drawn["days"] = _days(dossier)
    if dossier.cumulative:
        drawn["cumulative"] = _cumulative(dossier)
    if dossier.hours:
        drawn["hours"] = _hours(dossier)
    if dossier.peers:
        drawn["peers"] = _peers(dossier)
    return drawn


def _reasons(dossier: Dossier) -> Figure:
    title = say("dossier.reasons.chart")
    parts = [(reason.label, reason.points) for reason in dossier.reasons]
    if dossier.other_points:
        parts.append((say("dossier.reasons.other"), dossier.other_points))
    series = [
        ReasonBar(label, points, number(points), telling=index == 0)
        for index, (label, points) in enumerate(parts)
    ]
    caption = say(
        "dossier.reasons.chart_caption",
        score=dossier.score or 0.0,
        top=dossier.reasons[0].label,
        points=dossier.reasons[0].points,
    )
    columns = [(say("dossier.reasons.reason"), False), (say("dossier.reasons.points"), True)]
    rows = [(label, number(points)) for label, points in parts]
    return figure("chart-reasons", title, caption, reason_bars("chart-reasons", title, series), columns, rows)


def _days(dossier: Dossier) -> Figure:
    title = say("dossier.time.chart")
    days = dossier.timeline
    series = [
        Bar(
            tip=f"{item.day}: {item.total} · {item.unexplained}",
            up=item.total,
            down=item.unexplained,
            mark=item.mark,
            tick=month_tick(item.day, days[index - 1].day if index else None, len(days) > 100),
        )
        for index, item in enumerate(days)
    ]
    caption = say(
        "dossier.time.caption",
        n=len(days),
        total=sum(item.total for item in days),
        unexplained=sum(item.unexplained for item in days),
    )
    columns = [
        (say("night.population.day"), False),
        (say("dossier.time.up"), True),
        (say("dossier.time.down"), True),
        (say("dossier.time.mark"), False),
        (say("dossier.time.note"), False),
    ]
    marks: dict[str, Text] = {
        mark: say(f"dossier.time.{mark}") for mark in ("absent", "holiday", "not_assessable")
    }
    rows = [
        (
            item.day,
            item.total,
            item.unexplained,
            marks.get(item.mark, Text.same("")),
            item.note or Text.same(""),
        )
        for item in reversed(days)
    ]
    drawing = bars(
        "chart-timeline",
        title,
        series,
        above=say("dossier.time.up"),
        below=say("dossier.time.down"),
        height=230,
    )
    used = {item.mark for item in days}
    signs = {"absent": "▬", "holiday": "·", "not_assessable": "□"}
    key = [(sign, marks[mark]) for mark, sign in signs.items() if mark in used]
    return figure("chart-timeline", title, caption, drawing, columns, rows, key)


def _cumulative(dossier: Dossier) -> Figure:
    title = say("dossier.time.cumulative")
    points = dossier.cumulative
    last = points[-1]
    series = [
        BandPoint(
            value=item.own,
            low=item.peer_low,
            high=item.peer_high,
            tick=month_tick(item.day, points[index - 1].day if index else None, len(points) > 100),
        )
        for index, item in enumerate(points)
    ]
    caption = say(
        "dossier.time.cumulative_caption", day=last.day, n=last.own, low=last.peer_low, high=last.peer_high
    )
    drawing = band_line(
        "chart-cumulative",
        title,
        series,
        own=say("dossier.time.own"),
        band=say("dossier.time.band"),
        levels=[(mark, Text.same(f"{mark}")) for mark in LADDER],
    )
    columns = [
        (say("night.population.day"), False),
        (say("dossier.time.own"), True),
        (say("dossier.time.low"), True),
        (say("dossier.time.high"), True),
    ]
    rows = [(item.day, item.own, number(item.peer_low), number(item.peer_high)) for item in reversed(points)]
    return figure("chart-cumulative", title, caption, drawing, columns, rows)


def _hours(dossier: Dossier) -> Figure:
    title = say("dossier.time.heat")
    counts = dossier.hours
    most, day, hour = max((count, -d, -h) for d, row in enumerate(counts) for h, count in enumerate(row))
    caption = say(
        "dossier.time.heat_caption",
        n=sum(map(sum, counts)),
        weekday=say(f"common.weekday.{-day}"),
        hour=f"{-hour:02d}",
        most=most,
    )
    if dossier.usual_hours:
        start, end = dossier.usual_hours
        frame = say("dossier.time.heat_shift", start=f"{start:02d}", end=f"{end:02d}")
        caption = Text(en=f"{caption.en} {frame.en}", zh=caption.zh + frame.zh)
    columns = [
        (say("dossier.time.weekday"), False),
        *[(Text.same(f"{hour:02d}"), True) for hour in range(24)],
    ]
    rows = [(say(f"common.weekday.{index}"), *row) for index, row in enumerate(counts)]
    drawing = heat_map("chart-hours", title, counts, dossier.usual_hours)
    return figure("chart-hours", title, caption, drawing, columns, rows)


def _peers(dossier: Dossier) -> Figure:
    assert dossier.peers is not None  # noqa: S101 - the caller has looked
    peers = dossier.peers
    own = styled(peers.own, peers.style)
    median = None
    if peers.median is None:
        caption = say("dossier.peers.caption_short", own=own, n=peers.n)
    else:
        caption = say("dossier.peers.caption", own=own, n=peers.n, median=styled(peers.median, peers.style))
        median = (peers.median, say("dossier.peers.median"))
    label = say("dossier.peers.own")
    drawing = strip(
        "chart-peers",
        peers.measure,
        peers.values,
        peers.own,
        own_label=Text(en=f"{label.en}: {own}", zh=f"{label.zh}:{own}"),
        median=median,
        style=peers.style,
    )
    same: dict[str, int] = {}
    for value in sorted(peers.values, reverse=True):
        written = styled(value, peers.style)
        same[written] = same.get(written, 0) + 1
    columns = [(say("dossier.peers.value"), False), (say("dossier.peers.peer"), True)]
    return figure("chart-peers", peers.measure, caption, drawing, columns, list(same.items()))


def _evidence(counts: EvidenceCounts) -> Figure:
    title = say("dossier.evidence.caption")
    values = {state: int(getattr(counts, state)) for state in STATES}
    total = sum(values.values()) - counts.mismatch
    series = [
        ReasonBar(
            say(f"dossier.evidence.{state}"), values[state], f"{values[state]:,}", telling=state in TELLING
        )
        for state in STATES
    ]
    caption = say("dossier.evidence.chart_caption", unlinked=counts.unlinked, n=total, linked=counts.linked)
    columns = [
        (say("dossier.evidence.state"), False),
        (say("dossier.evidence.count"), True),
        (say("dossier.evidence.meaning"), False),
    ]
    rows = [
        (say(f"dossier.evidence.{state}"), values[state], say(f"dossier.evidence.{state}_means"))
        for state in STATES
    ]
    return figure(
        "chart-evidence", title, caption, reason_bars("chart-evidence", title, series), columns, rows
    )
