"""Five kinds of chart as static SVG of our own: bars with a line, band line, heat map, strip, reason bars.

Static SVG prints sharp, works offline under a strict content policy, needs no script, is read aloud by its
caption and its table, and is the same byte for byte. No style attribute: classes and geometry only.
"""

from reports.charts.bandline import BandPoint, band_line
from reports.charts.bars import Bar, bars
from reports.charts.heatmap import heat_map
from reports.charts.ladder import ladder
from reports.charts.reasonbars import ReasonBar, reason_bars
from reports.charts.strip import strip
from reports.charts.svg import WIDTH, ticks

__all__ = [
    "WIDTH",
    "BandPoint",
    "Bar",
    "ReasonBar",
    "band_line",
    "bars",
    "heat_map",
    "ladder",
    "reason_bars",
    "strip",
    "ticks",
]
