"""What is typed on the command line: reasons are words, numbers are not said again, nothing acts on the terminal."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import click
import pytest
from sqlalchemy import update

from pipeline.casebook import engine as casebook_engine
from pipeline.casebook import tables
from pipeline.casebook.engine import open_casebook, writing
from pipeline.cli.main import root
from pipeline.cli.plain import plain, without_typed_numbers
from pipeline.cli.plain_console import PlainConsole
from pipeline.errors import ExitCode
from pipeline.home import Home
from pipeline.settings import Settings

NUMBER = "990101199001011234"
SPELLINGS = (
    NUMBER,
    "990101-19900101-1234",
    "9901 0119 9001 0112 34",
    "6222021234567890123",
    NUMBER[:-1] + "x",
)
UNTIL = ("--until", "2026-07-01")


@pytest.mark.parametrize("blank", ["", " ", "\t\n", "\u3000", "\u200b "])
@pytest.mark.parametrize(
    "words",
    [
        ("purge", "hold", "--from", "2026-06-01", "--to", "2026-06-02", "--case", "T-1", "--reason"),
        ("purge", "hold", "--from", "2026-06-01", "--to", "2026-06-02", "--reason", "A suit.", "--case"),
        ("purge", "release", "1", "--reason"),
        ("reveal", "request", "C-2026-0001", "--reason"),
        ("suppress", "add", "--employee", "E1", "--reason-code", "unlinked", *UNTIL, "--reason"),
        ("cases", "close", "C-2026-0001", "--disposition", "duplicate", "--text"),
        ("cases", "reopen", "C-2026-0001", "--text"),
        ("cases", "aware", "C-2026-0001", "--at", "2026-06-18T09:30+08:00", "--text"),
    ],
    ids=" ".join,
)
def test_a_reason_of_blanks_is_none(
    tellerwatch: Callable[..., Any], words: tuple[str, ...], blank: str
) -> None:
    answer = tellerwatch(*words, blank)
    assert answer.code == ExitCode.USAGE
    assert f"{words[-1]} holds no words" in answer.err


def test_every_reason_in_words_is_held_to_that() -> None:
    loose = [
        f"{' '.join(path)} {option.opts[0]}"
        for path, option in _options()
        if option.opts[0] in ("--reason", "--text") and getattr(option.callback, "__name__", "") != "in_words"
    ]
    assert loose == []


def _options(
    command: click.Command = root, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _options(inner, (*path, name))
        return
    for option in command.params:
        if isinstance(option, click.Option):
            yield path, option


def test_a_number_typed_as_a_day_or_a_choice_is_not_said_again(tellerwatch: Callable[..., Any]) -> None:
    tried = 0
    for path, option in _options():
        if not isinstance(option.type, (click.DateTime, click.Choice)):
            continue
        spelling = SPELLINGS[tried % len(SPELLINGS)]
        for words in ((option.opts[0], spelling), (f"{option.opts[0]}={spelling}",)):
            answer = tellerwatch(*path, *words)
            assert answer.code == ExitCode.USAGE, (path, words)
            assert spelling not in answer.out + answer.err, (path, option.opts)
        tried += 1
    assert tried > 30


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    "words",
    [
        ("{}",),
        ("who-queried", "--case", "T-1", "--as-of", "{}"),
        ("who-queried", "--case", "T-1", "{}"),
        ("investigate", "{}", "--case", "T-1"),
        ("investigate", "E1", "--case", "T-1", "--as-of", "{}"),
        ("cases", "show", "{}"),
        ("cases", "note", "{}", "text"),
        ("cases", "assign", "C-2026-0001", "{}"),
        ("cases", "list", "--owner", "{}", "--employee", "{}"),
        ("cases", "export-sheet", "--case", "{}", "--out", "x.csv"),
        ("cases", "export-sheet", "--owner", "{}", "--out", "x.csv"),
        ("cases", "rerank", "apply", "{}"),
        ("cases", "aware", "C-2026-0001", "--text", "x", "--at", "{}"),
        ("export", "evidence", "{}"),
        ("reveal", "approve", "{}"),
        ("reveal", "approve", "R-1", "--signed-by", "{}"),
        ("suppress", "remove", "{}"),
        ("suppress", "add", "--employee", "{}", "--reason", "x", *UNTIL),
        ("suppress", "add", "--branch", "{}", "--reason-code", "{}", "--reason", "x", *UNTIL),
        ("purge", "release", "{}", "--reason", "x"),
        ("ledger", "show", "--target", "{}", "--case", "{}"),
        ("verify", "{}"),
        ("run", "--night", "{}"),
        ("report", "--night", "{}"),
    ],
    ids=" ".join,
)
def test_a_number_typed_in_any_place_is_not_said_again(
    booked: Callable[..., Any], words: tuple[str, ...], spelling: str
) -> None:
    answer = booked(*(word.format(spelling) for word in words))
    said = (answer.out + answer.err).casefold()
    assert spelling.casefold() not in said
    assert "".join(sign for sign in spelling if sign.isalnum()).casefold() not in said


def test_what_is_no_number_is_said_as_it_was_typed() -> None:
    for word in ("2026-06-18", "C-2026-0001", "20260618", "access_log-20260618-20260619.csv", "E1042"):
        assert without_typed_numbers(f"see {word}.", [word, f"--x={word}"]) == f"see {word}."


def test_what_was_typed_into_a_note_does_not_act_on_the_terminal(
    booked: Callable[..., Any], home: Home
) -> None:
    evil = "\x1b]0;mine\x07 \x1b[2J\x1b[31mred \x9b1m \u202egnp.exe \r gone"
    assert booked("cases", "note", "C-2026-0001", evil).code == ExitCode.OK
    assert booked("cases", "assign", "C-2026-0001", f"chen{evil}").code == ExitCode.OK
    closing = ("--disposition", "duplicate", "--text", evil, "--second-person", f"wu{evil}")
    booked("cases", "close", "C-2026-0001", *closing)
    engine = open_casebook(home, Settings())
    with writing(engine) as connection:
        connection.execute(update(tables.reasons).values(text_en=evil, text_zh=evil))
    engine.dispose()
    for words in (
        ("cases", "show", "C-2026-0001"),
        ("cases", "list"),
        ("cases", "clocks"),
        ("ledger", "show"),
    ):
        answer = booked(*words)
        assert answer.code == ExitCode.OK
        assert plain(answer.out) == answer.out
        assert plain(answer.err) == answer.err
    assert "\\x1b[2J" in booked("cases", "show", "C-2026-0001").out


def test_a_demo_does_not_pass_over_the_home_that_was_named(
    tellerwatch: Callable[..., Any], home: Home
) -> None:
    answer = tellerwatch("demo")
    assert answer.code == ExitCode.USAGE
    assert f"so {home.root} would be left as it is" in answer.err
    assert "--into" in answer.err


def test_a_casebook_that_may_only_be_read_is_told_in_words(
    booked: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare = casebook_engine._prepare_sqlite

    def read_only(connection: Any, entry: Any) -> None:
        prepare(connection, entry)
        connection.execute("PRAGMA query_only = ON")

    monkeypatch.setattr(casebook_engine, "_prepare_sqlite", read_only)
    for words in (("cases", "list"), ("run", "--night", "2026-06-18"), ("cases", "note", "C-2026-0001", "x")):
        answer = booked(*words)
        assert answer.code == ExitCode.USAGE
        assert "can be read and not written" in answer.err
        assert "did not expect" not in answer.err


def test_a_reader_that_goes_away_is_left_to_the_command_lines_top() -> None:
    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        PlainConsole(file=Gone()).print("a line")


@pytest.mark.parametrize(
    "words", [("investigate", "E404", "--case", "T-1"), ("who-queried", "--case", "T-1", "x")]
)
def test_a_process_that_only_looked_ends_at_once_and_leaves_nothing_open(
    booked: Callable[..., Any], home: Home, words: tuple[str, ...]
) -> None:
    line = [sys.executable, "-m", "pipeline", "--home", str(home.root), *words]
    there = subprocess.run(line, capture_output=True, text=True, check=False)
    # Before this very process opens it: the last one to close takes the journals away.
    assert [path.name for path in home.root.glob("casebook.sqlite*")] == ["casebook.sqlite"]
    here = booked(*words)
    assert (there.returncode, there.stdout, there.stderr) == (here.code, here.out, here.err)
    assert here.code != ExitCode.OK
