"""What is in deploy/ fits the program: commands that exist, exit codes that are meant, a unit that is closed."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from pipeline.cli.main import root
from pipeline.errors import ExitCode

DEPLOY = Path(__file__).parents[1] / "deploy"
UNIT = DEPLOY / "tellerwatch.service"
MOST_EXPOSURE = 1.5
"""What `systemd-analyze security` may say of the unit, from 0 (closed) to 10."""

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine"
)


def command_lines() -> list[list[str]]:
    """Every `tellerwatch …` that deploy/ runs, as words after the program's name."""
    found: list[list[str]] = []
    unit = UNIT.read_text(encoding="utf-8")
    found += [shlex.split(line)[1:] for line in re.findall(r"^Exec\w+=(.*)$", unit, re.MULTILINE)]
    cronjob = (DEPLOY / "cronjob.yaml").read_text(encoding="utf-8")
    found += [
        shlex.split(line)[1:] for line in re.findall(r"^\s+(tellerwatch [^|\n]*)", cronjob, re.MULTILINE)
    ]
    container = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    listed = [json.loads(words) for words in re.findall(r"^\s*CMD (\[.*\])$", container, re.MULTILINE)]
    found += [words[1:] if words[0] == "tellerwatch" else words for words in listed]
    return found


@pytest.mark.parametrize("words", command_lines(), ids=" ".join)
def test_each_command_that_is_deployed_is_one_that_the_program_has(words):
    context = root.make_context("tellerwatch", list(words), resilient_parsing=False)
    command: click.Command = root
    rest = [*context._protected_args, *context.args]
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        _, command, rest = command.resolve_command(context, rest)
        assert command is not None
    command.make_context(command.name, rest, parent=context, resilient_parsing=True)
    assert len(command_lines()) >= 6


def test_the_cronjob_repeats_nothing_that_does_not_get_better_by_it():
    text = (DEPLOY / "cronjob.yaml").read_text(encoding="utf-8")
    (values,) = re.findall(r"values: \[([\d, ]+)\]", text)
    assert {int(value) for value in values.split(",")} == {ExitCode.USAGE, ExitCode.NOT_PERMITTED}
    assert text.count(f"[ $? -eq {int(ExitCode.INCOMPLETE)} ]") == 2
    assert "concurrencyPolicy: Forbid" in text


@needs_systemd
def test_the_unit_is_as_closed_as_it_says():
    words = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNIT)]
    said = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    (level,) = re.findall(r"Overall exposure level for \S+: ([\d.]+)", said)
    assert float(level) <= MOST_EXPOSURE


@needs_systemd
def test_the_unit_holds_no_word_that_systemd_does_not_know(tmp_path):
    here = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8").replace("/opt/tellerwatch/bin/tellerwatch", sys.executable)
    here.write_text(
        text.replace("file:///opt/tellerwatch/docs/runbook.md", "man:systemd(1)"), encoding="utf-8"
    )
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(here)], capture_output=True, text=True, check=False
    )
    assert (said.returncode, said.stderr) == (0, "")
