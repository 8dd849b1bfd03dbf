from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from pipeline.cli import main
from pipeline.clock import now
from pipeline.errors import ExitCode
from pipeline.lock import hold_lock
from tests.cli.odd_commands import RESIDENT_NUMBER

HERE = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _odd_command(monkeypatch):
    monkeypatch.setitem(main.COMMANDS, "end", ("tests.cli.odd_commands:end", "End in a given way."))


def command_line(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def test_help_lists_every_command_and_ends_well(tellerwatch):
    answer = tellerwatch("--help")
    assert answer.code == ExitCode.OK
    assert all(
        re.search(rf"^  {name} ", answer.out, re.MULTILINE)
        for name in main.root.list_commands(click.Context(main.root))
    )


def test_every_listed_command_exists_and_says_what_it_does():
    for name in main.root.list_commands(click.Context(main.root)):
        where, short_help = main.COMMANDS[name]
        module, _, attribute = where.partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command), where
        assert command.help or command.short_help, where
        assert short_help.endswith("."), where


def test_help_imports_none_of_the_heavy_packages():
    script = (
        "import sys; from pipeline.cli.main import invoke; invoke(['--help']);"
        "heavy = set('numpy pandas duckdb ibis pyod sqlalchemy alembic pydantic rich structlog'.split());"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=HERE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["docter"], "Did you mean 'doctor'?"),
        (["config", "shwo"], "Did you mean 'show'?"),
        (["--hoome", "x"], "'--home'"),
        (["config", "show", "--efective"], "Did you mean '--effective'?"),
        (["--log-format", "xml", "doctor"], "'xml' is not one of 'text', 'json'"),
        (["doctor", "surplus"], "unexpected extra argument"),
    ],
)
def test_a_mistyped_word_is_a_usage_error_that_names_the_nearest(tellerwatch, arguments, words):
    answer = tellerwatch(*arguments)
    assert (answer.code, answer.out) == (ExitCode.USAGE, "")
    assert words in answer.err


def test_no_word_at_all_shows_the_help_and_is_a_usage_error():
    done = command_line()
    assert done.returncode == ExitCode.USAGE
    assert "Commands:" in done.stderr


@pytest.mark.parametrize(
    ("way", "code"),
    [
        ("plain", ExitCode.OK),
        ("three", ExitCode.INCOMPLETE),
        ("incomplete", ExitCode.INCOMPLETE),
        ("not permitted", ExitCode.NOT_PERMITTED),
        ("unexpected", ExitCode.INTERNAL),
        ("interrupted", ExitCode.INTERRUPTED),
    ],
)
def test_each_way_of_ending_has_its_exit_code(tellerwatch, way, code):
    assert tellerwatch("end", way).code == code


def test_an_expected_error_says_what_and_what_to_do_on_standard_error(tellerwatch):
    answer = tellerwatch("end", "incomplete")
    assert answer.out == ""
    assert answer.err == "Error: The log of 2026-06-18 is missing.\n  → Ask the source for it.\n"


def test_a_customers_number_never_reaches_the_screen(tellerwatch):
    for way in ("unexpected", "not permitted"):
        answer = tellerwatch("end", way)
        assert RESIDENT_NUMBER not in answer.out + answer.err


def test_an_unexpected_error_leaves_its_traceback_in_a_private_scrubbed_log(tellerwatch, home):
    assert tellerwatch("init").code == ExitCode.OK
    answer = tellerwatch("end", "unexpected")
    assert "Traceback" not in answer.err
    (crash,) = home.logs.glob("crash-*.log")
    assert str(crash) in answer.err
    text = crash.read_text(encoding="utf-8")
    assert "Traceback" in text
    assert "odd_commands.py" in text
    assert RESIDENT_NUMBER not in text
    assert stat.S_IMODE(crash.stat().st_mode) == 0o600


def test_an_unexpected_error_makes_no_home_where_there_is_none(tellerwatch, home):
    assert tellerwatch("end", "unexpected").code == ExitCode.INTERNAL
    assert not home.root.exists()


def test_the_home_may_stand_before_or_after_the_command(tmp_path, capsys):
    assert main.invoke(["--home", str(tmp_path / "before"), "init"]) == ExitCode.OK
    assert main.invoke(["init", "--home", str(tmp_path / "after"), "-q", "--no-color"]) == ExitCode.OK
    assert main.invoke(["config", "show", "--home", str(tmp_path / "after")]) == ExitCode.OK
    assert {path.name for path in tmp_path.iterdir()} == {"before", "after"}


def test_the_home_may_come_from_the_environment(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TELLERWATCH_HOME", str(tmp_path / "named"))
    assert main.invoke(["init"]) == ExitCode.OK
    assert (tmp_path / "named" / "config.toml").is_file()


def test_json_may_be_asked_for_before_or_after_the_command(tellerwatch):
    before, after = tellerwatch("--json", "config", "validate"), tellerwatch("config", "validate", "--json")
    assert before.json == after.json
    assert before.json["schema_version"]


def test_a_command_that_needs_a_home_says_how_to_make_one(tellerwatch, home):
    answer = tellerwatch("end", "without a home")
    assert answer.code == ExitCode.USAGE
    assert f"tellerwatch --home {home.root} init" in answer.err


def test_a_command_that_finds_the_lock_taken_says_who_has_it(tellerwatch, home):
    tellerwatch("init")
    assert tellerwatch("end", "locked").code == ExitCode.OK
    with hold_lock(home, "run", now()):
        answer = tellerwatch("end", "locked")
    assert answer.code == ExitCode.LOCKED
    assert f"process {os.getpid()}" in answer.err


def test_a_reader_that_goes_away_is_no_error(tmp_path):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pipeline",
            "--home",
            str(tmp_path),
            "config",
            "show",
            "--effective",
            "--json",
        ],
        cwd=HERE,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (ExitCode.OK, "")


def test_standard_error_holds_no_bar_when_it_is_no_terminal(tellerwatch, home):
    answer = tellerwatch("init")
    assert answer.err == ""


def odd_process(way, **options):
    """A process of its own that ends in a given way."""
    script = (
        "import sys; from pipeline.cli import main;"
        "main.COMMANDS['end'] = ('tests.cli.odd_commands:end', '');"
        "sys.exit(int(main.invoke(['end', sys.argv[1]])))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", script, way],
        cwd=HERE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        **options,
    )


def test_an_unanswered_question_is_an_interruption():
    process = odd_process("question", stdin=subprocess.DEVNULL)
    process.communicate()
    assert process.returncode == ExitCode.INTERRUPTED


def test_ctrl_c_in_the_middle_of_a_query_is_an_interruption():
    process = odd_process("in a query")
    assert process.stdout.readline() == "computing\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == ExitCode.INTERRUPTED
    assert err == "Interrupted; what was published before stays published.\n"


def test_completion_offers_the_commands(tmp_path):
    words = {"_TELLERWATCH_COMPLETE": "bash_complete", "COMP_WORDS": "tellerwatch do", "COMP_CWORD": "1"}
    done = command_line(env={**os.environ, **words})
    assert "plain,doctor" in done.stdout


def test_the_version_is_that_of_the_distribution():
    from importlib import metadata

    done = command_line("--version")
    assert done.stdout.strip() == f"tellerwatch {metadata.version('tellerwatch')}"
