"""Contrast of every pair of colours used together, in light, dark and on paper (WCAG 1.4.3, 1.4.11)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STYLE = (Path(__file__).parents[2] / "reports/templates/style.css").read_text(encoding="utf-8")
TEXT = [
    *[
        (ink, ground)
        for ink in ("ink", "soft", "link", "alarm", "warn", "fine", "c2")
        for ground in ("paper", "sheet")
    ],
    *[("ink", ground) for ground in ("plain-bg", "warn-bg", "h1", "h2", "h3")],
    ("soft", "plain-bg"),
    ("fine", "fine-bg"),
    ("warn", "warn-bg"),
    ("alarm", "alarm-bg"),
    ("paper", "ink"),
    ("sheet", "h4"),
    ("sheet", "h5"),
]
GRAPHICS = [(ink, ground) for ink in ("c1", "c2", "edge") for ground in ("paper", "sheet")]


def palettes() -> dict[str, dict[str, str]]:
    blocks = re.findall(r":root(?:, :root:root)? \{(.*?)\}", STYLE, re.DOTALL)
    light, dark, paper = (dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6});", block)) for block in blocks)
    return {"light": light, "dark": light | dark, "paper": light | paper}


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(char * 2 for char in colour[1:])
    parts = [int(digits[index : index + 2], 16) / 255 for index in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["light", "dark", "paper"])
def test_text_and_shapes_stand_out_from_their_ground(name: str) -> None:
    palette = palettes()[name]
    weak = {pair: round(contrast(palette[pair[0]], palette[pair[1]]), 2) for pair in TEXT}
    assert {pair: value for pair, value in weak.items() if value < 4.5} == {}
    shapes = {pair: round(contrast(palette[pair[0]], palette[pair[1]]), 2) for pair in GRAPHICS}
    assert {pair: value for pair, value in shapes.items() if value < 3} == {}


def test_the_two_colours_of_the_charts_differ_in_lightness_too() -> None:
    for palette in palettes().values():
        assert contrast(palette["c1"], palette["c2"]) > 1.2


def test_the_style_asks_for_nothing_from_outside() -> None:
    assert "url(" not in STYLE
    assert "@import" not in STYLE
