"""`demo`: all of the main job on the sample logs, in a throw-away home."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.context import CliContext, json_option, pass_context
from pipeline.errors import UsageError
from pipeline.home import Home

if TYPE_CHECKING:
    from rich.console import Console

NIGHTS = 30
CASE = "DEMO-1"


def _fresh_home(context: CliContext, keep: Path | None) -> None:
    """Point the invocation at an empty home that may be thrown away."""
    from pipeline.installation import install

    root = keep.absolute() if keep else Path(tempfile.mkdtemp(prefix="tellerwatch-demo-"))
    if root.exists() and any(root.iterdir()):
        if not (root / ".demo").exists():
            raise UsageError(
                f"{root} is not empty and was not made by an earlier demo.",
                "Name another folder with --into, or empty this one.",
            )
        shutil.rmtree(root)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    (root / ".demo").touch()
    context.home = Home(root)
    install(context.home)


@click.command()
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the demo's home here; a former demo there is replaced.",
)
@json_option
@pass_context
def demo(context: CliContext, into: Path | None) -> None:
    """Take in the sample bank, run a month of nights, and show the report and one person's dossier."""
    from pipeline.resources import shipped_sample_logs

    if context.home_named:
        raise UsageError(
            f"`demo` works in a home of its own, so {context.home.root} would be left as it is.",
            "Leave --home away; to keep the demo's home, name an empty folder: `tellerwatch demo --into DIR`.",
        )
    logs = shipped_sample_logs()
    _fresh_home(context, into)
    from pipeline.casebook.case_file import list_cases
    from pipeline.clock import now
    from pipeline.intake.ingest import ingest
    from pipeline.lake.store import Lake
    from pipeline.nightly.run import Nights
    from pipeline.reporting.places import case_file

    with context.locked("demo"), context.progress() as bar:
        task = bar.add_task("Taking in the sample logs", total=None)
        taken = ingest(
            context.home,
            context.settings,
            context.engine,
            [logs],
            clock=now,
            progress=lambda path, place, count: bar.update(
                task, description=f"Taking in {path.name}", completed=place, total=count
            ),
        )
        last = Lake(context.home, context.engine).days("access_log")[-1]
        nights = [last - timedelta(days=back) for back in reversed(range(NIGHTS))]
        runner = Nights(
            context.home,
            context.settings,
            context.engine,
            now,
            lambda what, done, total: bar.update(task, description=what, completed=done, total=total),
        )
        done = runner.run(nights)
    with context.engine.connect() as connection:
        cases = list_cases(connection)
    worst = max(cases, key=lambda case: case.score) if cases else None
    dossier = context.home.reports / case_file(worst.case_id) if worst else None
    result: dict[str, Any] = {
        "home": context.home.root,
        "rows": taken.totals,
        "nights": len(done),
        "cases": [
            {
                "case_id": case.case_id,
                "employee_id": case.employee_id,
                "severity": case.severity,
                "unexplained": case.unexplained,
            }
            for case in cases
        ],
        "report": done[-1].report,
        "dossier": dossier,
    }
    context.emit(result, lambda console: _show(console, context, result, worst.employee_id if worst else ""))


def _show(console: Console, context: CliContext, result: dict[str, Any], employee: str) -> None:
    console.print(f"\n{result['nights']} nights run, {len(result['cases'])} cases:")
    for case in result["cases"]:
        console.print(
            f"  {case['case_id']}  {case['employee_id']}  {case['severity']:8}  {case['unexplained']} look-ups without any business record"
        )
    console.print(f"\nReport:  {result['report']}")
    console.print(f"Dossier: {result['dossier']}")
    console.print(
        f"\nOpen them in a browser, or go on here:\n  tellerwatch --home {context.home.root} cases list"
    )
    if employee:
        console.print(f"  tellerwatch --home {context.home.root} investigate {employee} --case {CASE}")
