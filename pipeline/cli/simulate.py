"""`simulate`: a synthetic bank with planted leakers, for measuring and for showing."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.context import CliContext, json_option, pass_context

if TYPE_CHECKING:
    from rich.console import Console


@click.command()
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Same seed, same bytes.")
@click.option("--employees", type=click.IntRange(20, 200_000), default=300, show_default=True, help="Staff.")
@click.option("--days", type=click.IntRange(7, 3660), default=250, show_default=True, help="Calendar days.")
@click.option(
    "--start", type=click.DateTime(["%Y-%m-%d"]), default="2025-09-01", show_default=True, help="First day."
)
@click.option(
    "--leakers",
    type=click.FloatRange(0, 0.5),
    default=0.02,
    show_default=True,
    help="Share of the staff that leaks at some time; 0 for a quiet bank.",
)
@click.option("--scenarios", metavar="A,B,…", help="Kinds of leaks to plant; all unless given.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "parquet"]),
    default="csv",
    show_default=True,
    help="File format.",
)
@click.option(
    "--preset", type=click.Choice(["sample"]), help="A bank with a fixed story; sizes and seed are its own."
)
@json_option
@pass_context
def simulate(
    context: CliContext,
    out: Path,
    seed: int,
    employees: int,
    days: int,
    start: datetime,
    leakers: float,
    scenarios: str | None,
    form: str,
    preset: str | None,
) -> None:
    """Write a synthetic bank into OUT, and the truth about it into OUT/truth.

    All people are invented: no number in it can be a real person's. `ingest OUT` takes the feeds alone.
    """
    from pipeline.simulate import simulate as make
    from pipeline.simulate import write

    chosen = [name.strip() for name in scenarios.split(",") if name.strip()] if scenarios else None
    if preset:
        from pipeline.simulate.sample import sample_bank

        bank = write(sample_bank(), out, form)
    else:
        first = date(start.year, start.month, start.day)
        bank = make(
            out,
            seed,
            employees=employees,
            days=days,
            start=first,
            leakers=leakers,
            scenarios=chosen,
            form=form,
        )
    result: dict[str, Any] = {
        "folder": str(out),
        "rows": {feed: len(table) for feed, table in bank.tables.items()},
        "leakers": int(bank.truth["employee_id"].nunique()),
        "illegitimate": len(bank.truth_events),
        "scenarios": sorted(bank.truth["scenario"].unique()),
    }

    def human(console: Console) -> None:
        for feed, rows in result["rows"].items():
            console.print(f"{feed:<18}{rows:>12,}")
        console.print(
            f"{result['leakers']} leakers, {result['illegitimate']:,} illegitimate look-ups; "
            f"the truth is in {out / 'truth'}"
        )

    context.emit(result, human)
