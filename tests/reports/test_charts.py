from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.charts import (
    BandPoint,
    Bar,
    ReasonBar,
    band_line,
    bars,
    heat_map,
    ladder,
    reason_bars,
    strip,
    ticks,
)
from reports.document import Text
from tests.reports.pages import read

TITLE = Text(en="Look-ups", zh="查询")
counts = st.integers(0, 10**6)


def box(svg: str) -> tuple[float, float]:
    match = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    assert match
    return float(match[1]), float(match[2])


def assert_within(svg: str) -> None:
    """Every rectangle lies within the drawing, and no number is not a number."""
    assert "nan" not in svg
    assert "inf" not in svg
    width, height = box(svg)
    for rect in read(svg).all("rect"):
        x, y, w, h = (float(rect.attributes[name]) for name in ("x", "y", "width", "height"))
        assert x >= -0.1
        assert y >= -0.1
        assert w >= 0
        assert h >= 0
        assert x + w <= width + 0.2
        assert y + h <= height + 0.2


@given(st.lists(st.tuples(counts, counts), max_size=300), st.none() | st.floats(0, 10**6))
def test_bars_of_any_height_stay_within_the_drawing(
    values: list[tuple[int, int]], level: float | None
) -> None:
    series = [
        Bar(tip="", up=max(pair), down=min(pair), mark="absent" if not pair[0] else "") for pair in values
    ]
    assert_within(bars("x", TITLE, series, level=None if level is None else (level, TITLE), below=TITLE))


@given(st.lists(st.lists(st.integers(0, 999), min_size=24, max_size=24), min_size=7, max_size=7))
def test_a_heat_map_writes_every_count_that_is_not_nothing_into_its_cell(rows: list[list[int]]) -> None:
    svg = heat_map("x", TITLE, rows, usual=(22, 6))
    assert_within(svg)
    written = [item.text for item in read(svg).all("text") if re.search(r"\bn\d", item.attributes["class"])]
    assert written == [str(count) for row in rows for count in row if count]


@given(st.lists(st.floats(0, 1), max_size=400), st.floats(0, 1))
def test_a_strip_draws_within_the_drawing_whatever_the_peers_are(values: list[float], own: float) -> None:
    svg = strip("x", TITLE, values, own, own_label=TITLE, style="share")
    assert "nan" not in svg
    _, height = box(svg)
    assert all(0 <= float(dot.attributes["cy"]) <= height for dot in read(svg).all("circle"))
    assert bool(values) == bool(list(read(svg).all("circle")))


@given(st.lists(st.floats(-5, 500), min_size=1, max_size=8))
def test_reason_bars_write_each_number_beside_its_bar(points: list[float]) -> None:
    svg = reason_bars("x", TITLE, [ReasonBar(TITLE, value, f"{value:.2f}") for value in points])
    assert_within(svg)
    assert [item.text for item in read(svg).all("text") if item.attributes["class"] == "t n"] == [
        f"{v:.2f}" for v in points
    ]


@given(st.lists(st.tuples(counts, counts), min_size=1, max_size=250))
def test_a_band_line_of_any_values_has_no_point_above_the_drawing(values: list[tuple[int, int]]) -> None:
    points = [BandPoint(value=max(pair), low=min(pair) / 2, high=float(min(pair))) for pair in values]
    svg = band_line("x", TITLE, points, own=TITLE, band=TITLE, levels=[(25, TITLE)])
    assert "nan" not in svg
    for path in read(svg).all("path"):
        heights = [
            float(pair.split()[1])
            for pair in re.split("[ML]", path.attributes["d"].rstrip("Z"))
            if pair.strip()
        ]
        assert all(0 <= y <= box(svg)[1] for y in heights)


@pytest.mark.parametrize(
    ("count", "full"), [(0, 0), (25, 1), (49, 1), (50, 2), (250, 3), (500, 4), (5_000, 5)]
)
def test_the_ladder_fills_one_step_for_each_mark_reached(count: int, full: int) -> None:
    drawn = [item for item in read(ladder(count)).all("rect") if item.attributes["class"] == "f2"]
    assert sum(float(item.attributes["width"]) == 52 for item in drawn) == full


@given(st.floats(1e-6, 1e9))
def test_axis_marks_are_round_start_at_zero_and_reach_the_highest_value(highest: float) -> None:
    marks = ticks(highest)
    assert marks[0] == 0
    assert marks[-1] >= highest * 0.999
    assert 2 <= len(marks) <= 7


def test_axis_marks_of_counts_are_whole() -> None:
    assert all(mark.is_integer() for highest in range(1, 200) for mark in ticks(highest, whole=True))


def test_a_label_in_a_chart_is_text_even_when_it_is_markup() -> None:
    svg = reason_bars("x", TITLE, [ReasonBar("<script>alert(1)</script>", 1.0, "1")])
    assert not list(read(svg).all("script"))
    assert "alert(1)" in read(svg).text
