"""`tellerwatch notify`: tell of the nights by mail and webhook, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.context import CliContext, json_option, pass_context
from pipeline.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from rich.console import Console


@click.command(short_help="Tell of the nights by mail and webhook, each once.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and send nothing.")
@click.option("--retry", is_flag=True, help="Try messages again that were set aside after too many attempts.")
@json_option
@pass_context
def notify(context: CliContext, dry_run: bool, retry: bool) -> int:
    """Tell of the nights that ended, by the channels in [mail], [webhook] and [siem], and send what waits.

    Each night is told once on each channel, whoever calls this and however often; the scheduler calls it by
    itself. The exit code is 3 when a message could not be sent: it waits for the next attempt.
    """
    context.require_home()
    from pipeline.clock import now
    from pipeline.notify.channels import channels

    if not channels(context.settings):
        raise UsageError(
            "None of mail.host, webhook.url and siem.format is set, so there is nobody to tell.",
            f"Set one in {context.home.config}.",
        )
    if dry_run:
        return _show_only(context)
    from pipeline.notify.telling import tell

    told = tell(context.home, context.settings, context.engine, now(), refused_too=retry)

    def say(console: Console) -> None:
        for key in told.sent:
            console.print(f"sent: {key}", markup=False)
        for key, trouble in told.failed.items():
            console.print(f"not sent, will be tried again: {key} ({trouble})", markup=False)
        for key in told.given_up:
            console.print(f"set aside after too many attempts: {key}", markup=False)
        console.print(f"{len(told.sent)} sent, {told.waiting} waiting.")

    context.emit(told, say)
    return ExitCode.INCOMPLETE if told.failed or told.given_up else ExitCode.OK


def _show_only(context: CliContext) -> int:
    from zoneinfo import ZoneInfo

    from pipeline.clock import now
    from pipeline.notify.news import body, news_since, subject, text

    settings = context.settings
    today = now().astimezone(ZoneInfo(settings.bank.zone)).date()
    found = news_since(context.home, settings, context.engine, today)

    def say(console: Console) -> None:
        for news in found:
            console.print(subject(news, settings.bank.name), style="bold", markup=False)
            console.print(text(news, with_ids=settings.mail.with_ids), markup=False)

    context.emit({"dry_run": True, "messages": [body(news, settings.bank.name) for news in found]}, say)
    return ExitCode.OK
