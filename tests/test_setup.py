"""What a newcomer types first: the scripts and targets that set everything up."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FIND_PYTHON = ["/bin/bash", "scripts/find-python.sh"]
SCRIPTS = sorted([*(ROOT / "scripts").glob("*.sh"), ROOT / ".ci" / "run"])
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def ran(command, **environment):
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_supported_python_is_found():
    folder = str(Path(sys.executable).parent)
    done = ran(FIND_PYTHON, PATH=f"{folder}:/usr/bin:/bin")
    assert done.returncode == 0, done.stderr
    version = ran([done.stdout.strip(), "-c", "import sys; print(sys.version_info[:2])"]).stdout
    assert version.strip() in {"(3, 11)", "(3, 12)", "(3, 13)"}


def test_the_python_that_was_named_is_taken():
    base = getattr(sys, "_base_executable", sys.executable)
    assert ran(FIND_PYTHON, PATH="/usr/bin:/bin", PYTHON=base).stdout.strip() == base


def test_without_a_python_it_is_said_which_is_needed_and_how_to_get_it(tmp_path):
    done = ran(FIND_PYTHON, PATH=str(tmp_path))
    assert done.returncode == 1
    assert done.stdout == ""
    assert "3.11, 3.12 or 3.13" in done.stderr
    assert "apt-get install python3 python3-venv" in done.stderr


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_script_stops_at_its_first_error_and_may_be_run(script):
    text = script.read_text(encoding="utf-8")
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in text
    assert os.access(script, os.X_OK)
    assert subprocess.run(["/bin/bash", "-n", str(script)], check=False).returncode == 0


@needs_make
def test_make_help_lists_every_target_that_a_person_types():
    done = ran(["make", "help"], PATH=os.environ["PATH"])
    assert done.returncode == 0, done.stderr
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].replace("$(CHECKS)", "").split()
    assert set(re.findall(r"^  make ([a-z-]+)", done.stdout, re.MULTILINE)) == set(phony)


@needs_make
@pytest.mark.parametrize(
    ("target", "file"), [("demo", "constraints/runtime.txt"), ("test", "constraints/dev.txt")]
)
def test_on_a_fresh_machine_a_target_first_installs_what_is_fixed_with_hashes(target, file, tmp_path):
    done = ran(["make", "-n", target, f"VENV={tmp_path}/venv"], PATH=os.environ["PATH"])
    assert done.returncode == 0, done.stderr
    assert f"install --require-hashes -r {file}" in done.stdout
    assert not (tmp_path / "venv").exists()


def test_continuous_integration_runs_the_whole_suite_through_make():
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(r"^make test\b", text, re.MULTILINE)
    assert "export CI=true" in text
