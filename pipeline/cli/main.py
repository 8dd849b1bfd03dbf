"""`tellerwatch`: the command line's root, and the one place where errors become exit codes."""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import click

# Without it every command would ask each package of the installation whether it extends pydantic; none of ours does.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from pipeline.cli.context import CliContext, default_home, pass_context, to_json
from pipeline.cli.interruption import notice_interruption
from pipeline.cli.plain import plain, without_typed_numbers
from pipeline.cli.shared_options import add_shared_options
from pipeline.errors import ExitCode, TellerwatchError, is_transient
from pipeline.home import Home

# Written out, so that `--help` imports no command and a search finds each: name → (place, short help).
# A command shows itself once its module is there.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("pipeline.cli.init:init", "Make a home: config, key, empty casebook."),
    "doctor": (
        "pipeline.cli.doctor:doctor",
        "Check all that a night needs; a fix for each line.",
    ),
    "config": ("pipeline.cli.config:config", "Check and show the configuration."),
    "ingest": ("pipeline.cli.ingest:ingest", "Take in exports: folders or files."),
    "quarantine": (
        "pipeline.cli.quarantine:quarantine",
        "List and export rejected rows, masked.",
    ),
    "run": ("pipeline.cli.run:run", "Run the nights, in order."),
    "report": ("pipeline.cli.report:report", "Render a night's report again from what is stored."),
    "month": ("pipeline.cli.month:month", "Write a month's page."),
    "cases": ("pipeline.cli.cases:cases", "List, show, assign, annotate, close and re-open cases."),
    "suppress": (
        "pipeline.cli.suppress:suppress",
        "Suppress a finding for a time, in the open.",
    ),
    "investigate": ("pipeline.cli.investigate:investigate", "Show one employee from stored scores."),
    "who-queried": ("pipeline.cli.who_queried:who_queried", "Show everyone who looked up one customer."),
    "reveal": ("pipeline.cli.reveal:reveal", "Ask for and approve an unmasked copy, with four eyes."),
    "export": ("pipeline.cli.export:export", "Export evidence packs and alerts."),
    "verify": ("pipeline.cli.verify:verify", "Verify an evidence pack."),
    "ledger": ("pipeline.cli.ledger:ledger", "Verify the tamper-evident access record."),
    "schedule": ("pipeline.cli.schedule:schedule", "Run every night by itself, in the foreground."),
    "notify": ("pipeline.cli.notify:notify", "Tell of the nights by mail and webhook, each once."),
    "backtest": ("pipeline.cli.backtest:backtest", "Replay nights point in time and write the rankings."),
    "whatif": ("pipeline.cli.whatif:whatif", "Show what another alert budget would have raised."),
    "drill": ("pipeline.cli.drill:drill", "Measure the pipeline's own recall on planted leakers."),
    "simulate": ("pipeline.cli.simulate:simulate", "Write a synthetic bank with planted leakers."),
    "key": ("pipeline.cli.key:key", "Lay a new token key over the old one."),
    "purge": ("pipeline.cli.purge:purge", "Delete what is past its retention."),
    "demo": ("pipeline.cli.demo:demo", "Do all of the main job on the sample logs, in a throw-away home."),
}


HELP = """Ask of every look-up at a customer's data what business it was for; show what is left over.

\b
First steps:
  tellerwatch demo                       all of it, on the sample logs
  tellerwatch --home H init
  tellerwatch --home H ingest EXPORTS/
  tellerwatch --home H run --catch-up
"""


class LazyGroup(click.Group):
    """A group whose commands are imported only when they are run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order of work."""
        return [name for name, (where, _) in COMMANDS.items() if find_spec(where.partition(":")[0])]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; None when there is no such name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return add_shared_options(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or name the nearest ones."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            raise click.exceptions.NoSuchCommand(name, possibilities=self.list_commands(ctx), ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the written-out table, importing none."""
        rows = [(name, COMMANDS[name][1]) for name in self.list_commands(ctx)]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


@click.group(
    cls=LazyGroup,
    help=HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit codes: 0 done, 1 findings (--fail-on), 2 usage or config, 3 data incomplete, "
    "4 not permitted, 5 locked, 6 drill below floor, 70 internal error, 130 interrupted.",
)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where this installation keeps its config, lake, casebook and reports.  "
    "[env: TELLERWATCH_HOME; default: ~/.tellerwatch]",
)
@click.option("--json", "as_json", is_flag=True, help="Print results as JSON on standard output.")
@click.option("--log-format", type=click.Choice(["text", "json"]), help="The log's form, on standard error.")
@click.option("-v", "--verbose", count=True, help="Say more on standard error; twice for all.")
@click.option("-q", "--quiet", is_flag=True, help="Say only errors on standard error.")
@click.option("--no-color", is_flag=True, help="No colours.  [env: NO_COLOR]")
@click.version_option(package_name="tellerwatch", message="%(prog)s %(version)s")
@pass_context
def root(
    context: CliContext,
    home: Path | None,
    as_json: bool,
    log_format: Any,
    verbose: int,
    quiet: bool,
    no_color: bool,
) -> None:
    """Note the options that every command shares."""
    if home is not None:
        context.home, context.home_named = Home(home.expanduser().absolute()), True
    context.json = context.json or as_json
    context.log_format = log_format or context.log_format
    context.verbosity = max(context.verbosity, verbose)
    context.quiet = context.quiet or quiet
    context.no_color = context.no_color or no_color
    context.set_up_logging()


def invoke(arguments: Sequence[str], cli: CliContext | None = None) -> int:
    """Carry out one command line and return its exit code; every error ends here as a message.

    Args:
        arguments: The words after `tellerwatch`.
        cli: What commands are handed; None makes it.
    """
    cli = cli or CliContext(home=Home(default_home()))
    with notice_interruption() as interruption:
        try:
            with root.make_context("tellerwatch", list(arguments), obj=cli) as context:
                answer = root.invoke(context)
            if sys.stdout is not None:  # closed by the shell
                sys.stdout.flush()
            return int(answer) if isinstance(answer, int) else ExitCode.OK
        except click.exceptions.Exit as ending:
            return ending.exit_code
        except BrokenPipeError:
            # The reader has had enough (`… | head`); that is no error of ours.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return ExitCode.OK
        except (KeyboardInterrupt, click.Abort):
            return _tell_interrupted()
        except Exception as error:  # the command line's top: nothing may reach the screen unscrubbed
            return _tell_interrupted() if interruption.asked else _tell(cli, error, arguments)


def _tell_interrupted() -> int:
    click.echo("Interrupted; what was published before stays published.", err=True)
    return ExitCode.INTERRUPTED


def _tell(cli: CliContext, error: Exception, arguments: Sequence[str]) -> int:
    """Say an error on standard error and return its exit code; with `--json`, what kind it is on standard output."""
    if isinstance(error, click.ClickException):
        shown = io.StringIO()
        error.show(file=shown)
        click.echo(_fit(shown.getvalue(), arguments), err=True, nl=False)
        return ExitCode.USAGE
    if cli.json:
        # No text: what the error says stands on standard error; programs ask only whether to try again.
        with suppress(OSError):  # where the disk is full there is nothing to write to
            click.echo(to_json({"error": {"kind": type(error).__name__, "transient": is_transient(error)}}))
    if isinstance(error, TellerwatchError):
        click.echo(f"Error: {_fit(cli.coded(str(error)), arguments)}", err=True)
        return error.exit_code
    from pipeline.cli.crash import record_crash

    click.echo(f"Error: {record_crash(cli.home, error)}", err=True)
    return ExitCode.INTERNAL


def _fit(text: str, arguments: Sequence[str]) -> str:
    """Make a message fit for a terminal: no customer's number, no sign that acts on it."""
    from pipeline.log import scrub

    return plain(scrub(without_typed_numbers(text, arguments)))


def run() -> None:
    """Serve as the console entry: `tellerwatch`."""
    # A command keeps nearly all that it makes: to look for what it has dropped costs a tenth of looking at one person.
    gc.set_threshold(200_000, 50, 100)
    # Whatever is made is its owner's alone, the folders above it too, however the shell is set.
    os.umask(0o077)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal of one language still gets the rest of a page
    if instruction := os.environ.get("_TELLERWATCH_COMPLETE"):
        from click.shell_completion import shell_complete

        sys.exit(shell_complete(root, {}, "tellerwatch", "_TELLERWATCH_COMPLETE", instruction))
    cli = CliContext(home=Home(default_home()))
    code = int(invoke(sys.argv[1:], cli))
    if cli.only_looks:
        _leave(cli, code)
    sys.exit(code)


def _leave(cli: CliContext, code: int) -> NoReturn:
    """End a process that has only looked, without taking down piece by piece all that it had loaded.

    That would be a tenth of looking at one person. What has to be closed in order is closed here.
    """
    if (engine := cli.__dict__.get("engine")) is not None:
        engine.dispose()
    for stream in (sys.stdout, sys.stderr):
        with suppress(
            OSError, ValueError, AttributeError
        ):  # the reader has gone, or it was closed by the shell
            stream.flush()
    os._exit(code)
