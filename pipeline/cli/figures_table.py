"""The figures of a back-test as tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

NAMES = ("recall", "delay", "leaked", "under25", "cases", "false", "precision", "ap")
OF_A_SCENARIO = ("recall", "delay", "leaked", "under25", "cases", "ap")  # a false case belongs to no scenario
UNITS = "delay in days and leaked in look-ups are medians; cases and false are per 1,000 employees and week"
WHOLE = ("delay", "leaked")


def _number(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:g}" if name in WHOLE else f"{value:.2f}"


def _interval(name: str, figures: dict[str, Any]) -> str:
    interval = figures["intervals"].get(name)
    return f"{_number(name, interval[0])}–{_number(name, interval[1])}" if interval else "–"


def _table(*headings: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for heading in headings:
        table.add_column(
            heading, justify="right" if heading and heading != "meaning" else "left", no_wrap=True
        )
    return table


def print_figures(console: Console, result: dict[str, Any]) -> None:
    """Print the figures of all leaks beside the rivals', then those of each scenario.

    Args:
        console: Where.
        result: The answer of a back-test.
    """
    together, rivals = result["figures"]["all"], result.get("rivals", {})
    table = _table("", "all leaks", "95 %", *rivals)
    for name in NAMES:
        others = [_number(name, rival["all"][name]) for rival in rivals.values()]
        table.add_row(name, _number(name, together[name]), _interval(name, together), *others)
    console.print(table)
    console.print(UNITS)
    if rivals:
        console.print("The rivals are cut so that each opens as many new cases, or as near below as it can.")
    table = _table("", "leaks", *OF_A_SCENARIO)
    for scenario, figures in result["figures"]["scenarios"].items():
        cells = [_number(name, figures[name]) for name in OF_A_SCENARIO]
        table.add_row(scenario, str(figures["campaigns"]), *cells)
    console.print(table)
    if left_out := result["campaigns_left_out"]:
        console.print(f"{left_out} leaks do not begin within these nights and are not judged.")
