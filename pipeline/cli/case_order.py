"""`tellerwatch cases rerank`: let decisions bend the order of the queue, in versions that can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.acting import acting
from pipeline.cli.context import CliContext, json_option, pass_context
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from rich.console import Console

    from pipeline.casebook.ordering import Ordering


@click.command("rerank", short_help="Order the queue by what decisions taught, in versions.")
@click.option(
    "--propose", "wanted", flag_value="propose", help="Work out a version; nothing is ordered by it."
)
@click.option("--apply", "version", metavar="VERSION", help="Order by this version from now on.")
@click.option("--undo", "wanted", flag_value="undo", help="Take back what was applied last.")
@json_option
@pass_context
def rerank(context: CliContext, wanted: str | None, version: str | None) -> None:
    """Show, propose, apply or take back a version of the order in which cases of one severity stand.

    A version weighs each reason by how often its closed cases were confirmed (`cases precision`). It hides
    nobody, raises nobody and changes no severity; decisions about people of the decider's own branch are left
    out. Without an option, every version is listed.
    """
    from pipeline.casebook import ordering
    from pipeline.casebook.engine import writing

    if wanted and version:
        raise UsageError("One thing at a time.", "Give --propose, --apply or --undo.")
    names = {"propose": ordering.PROPOSE, "undo": ordering.UNDO}
    act = acting(context, ordering.APPLY if version else names.get(wanted or "", "cases rerank"))
    act.record("casebook", "order", detail={"version": version} if version else None)
    given: dict[str, Any] = {"actor": act.actor, "host": act.host, "at": act.at}
    if wanted == "propose":
        feedback = _measured(context, act)
        with writing(act.engine) as connection:
            made = ordering.propose(connection, feedback, **given)
        words = (
            f"{made.version} is proposed from {made.closed} closed cases; it orders nothing until applied."
        )
    elif version:
        must_act = context.settings.casebook.second_person_must_act
        with writing(act.engine) as connection:
            made = ordering.apply(connection, version, must_act=must_act, **given)
        words = (
            f"{made.version} orders the queue from now on; `tellerwatch cases rerank --undo` takes it back."
        )
    elif wanted == "undo":
        with writing(act.engine) as connection:
            made = ordering.undo(connection, **given)
        words = f"In force now: {made.version or 'the plain order'}."
    else:
        with act.engine.connect() as connection:
            known, in_force = ordering.versions(connection), ordering.ordering_at(connection)
        told = {"in_force": in_force.version, "versions": [_told(one) for one in known]}
        context.emit(told, lambda console: _list(console, known, in_force.version, context.local))
        return
    context.emit(_told(made), lambda console: console.print(words, markup=False))


def _measured(context: CliContext, act: Any) -> Any:
    from pipeline.casebook.precision import precision
    from pipeline.casebook.register import branches_on

    branches = branches_on(context.home, act.engine, act.at.date())
    eyes = act.eyes
    with act.engine.connect() as connection:
        return precision(connection, eyes=eyes, branches=branches)


def _told(one: Ordering) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(one)


def _list(console: Console, known: list[Ordering], in_force: str, local: Callable[[datetime], str]) -> None:
    for one in known:
        state = "IN FORCE" if one.version == in_force else "not in force" if one.applied_at else "proposed"
        when = local(one.proposed_at) if one.proposed_at else ""
        console.print(
            f"{one.version}  {state}, by {one.proposed_by} on {when}, {one.closed} closed cases", markup=False
        )
        for code, weight in one.weights.items():
            console.print(f"    {weight:>5.2f}  {code}", markup=False)
    if not in_force:
        console.print("In force: the plain order, the strongest evidence first.")
