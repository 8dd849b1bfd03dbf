"""What is in deploy/ fits the program: commands that exist, exit codes that are meant, a unit that is closed."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import click
import pytest
import yaml

from pipeline.cli.main import root
from pipeline.errors import ExitCode
from pipeline.settings import Settings

DEPLOY = Path(__file__).parents[1] / "deploy"
UNIT = DEPLOY / "tellerwatch.service"
CRONJOB_KEYS = {
    "schedule",
    "timeZone",
    "concurrencyPolicy",
    "startingDeadlineSeconds",
    "successfulJobsHistoryLimit",
    "failedJobsHistoryLimit",
    "jobTemplate",
    "suspend",
}
INSTRUCTIONS = {
    "ARG",
    "FROM",
    "COPY",
    "RUN",
    "ENV",
    "USER",
    "VOLUME",
    "STOPSIGNAL",
    "HEALTHCHECK",
    "ENTRYPOINT",
    "CMD",
}
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


def test_the_cronjob_is_a_job_that_may_do_nothing_but_its_nights():
    job = yaml.safe_load((DEPLOY / "cronjob.yaml").read_text(encoding="utf-8"))
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    assert set(job["spec"]) <= CRONJOB_KEYS
    minute, hour, *rest = job["spec"]["schedule"].split()
    settings = Settings()
    moment = datetime.combine(date(2026, 1, 5), settings.bank.cutoff)
    moment += timedelta(minutes=settings.schedule.delay_minutes)
    assert (int(hour), int(minute), rest) == (moment.hour, moment.minute, ["*"] * 3)
    assert job["spec"]["timeZone"] == settings.bank.zone
    inner = job["spec"]["jobTemplate"]["spec"]
    assert set(inner) <= {"backoffLimit", "activeDeadlineSeconds", "podFailurePolicy", "template"}
    assert inner["activeDeadlineSeconds"] == settings.schedule.time_limit_minutes * 60
    pod = inner["template"]["spec"]
    assert pod["restartPolicy"] == "Never"  # a policy on failure is refused with any other
    assert pod["securityContext"]["runAsNonRoot"] is True
    (container,) = pod["containers"]
    for rule in inner["podFailurePolicy"]["rules"]:
        assert rule["onExitCodes"]["containerName"] == container["name"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {mount["name"] for mount in container["volumeMounts"]} == {one["name"] for one in pod["volumes"]}
    image = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    user = str(pod["securityContext"]["runAsUser"])
    assert f"USER {user}\n" in image
    assert f"--uid {user} " in image
    home = re.findall(r"TELLERWATCH_HOME=(\S+)", image)
    assert {mount["mountPath"] for mount in container["volumeMounts"]} >= {*home, "/tmp"}


def test_the_container_file_is_built_of_instructions_in_an_order_that_builds():
    text = re.sub(r"\\\n", " ", (DEPLOY / "Containerfile").read_text(encoding="utf-8"))
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip() and line[0] != "#"]
    words = [word for word, _ in lines]
    assert set(words) <= INSTRUCTIONS
    assert words[:2] == ["ARG", "FROM"]
    told = dict(lines)
    assert words.index("RUN") < words.index("USER")  # what needs root comes before it is given up
    assert "--no-index" in told["RUN"]  # nothing is fetched while building
    for word in ("ENTRYPOINT", "CMD"):
        assert all(
            isinstance(part, str) for part in json.loads(told[word])
        )  # as lists: signals reach the program
    unit = UNIT.read_text(encoding="utf-8")
    assert told["STOPSIGNAL"] in unit
    assert told["VOLUME"] in re.findall(r"TELLERWATCH_HOME=(\S+)", unit)


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
