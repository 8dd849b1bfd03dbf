"""The parallel runner keeps on one worker what shares something, and begins with what takes long."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.together import LONG

ROOT = Path(__file__).parents[1]
SETTINGS = "[pytest]\npythonpath = . {root}\naddopts = --import-mode=importlib -p no:cacheprovider\n"
CONFTEST = """
import os
import pytest
from tests import together

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config, items):
    together.group(items)
    yield
    together.name_groups(items)

@pytest.fixture(scope="session")
def costly(worker_id):
    with open({seen!r}, "a") as file:
        file.write(worker_id + "\\n")
"""
TESTS = """
import pytest

@pytest.mark.parametrize("number", range(6))
def test_alone(number): pass

@pytest.mark.parametrize("number", range(6))
def test_costly(costly, number): pass
"""


def test_what_a_session_makes_is_made_on_one_worker(tmp_path):
    seen = tmp_path / "seen"
    (tmp_path / "pytest.ini").write_text(SETTINGS.format(root=ROOT))
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "together.py").write_text((ROOT / "tests" / "together.py").read_text())
    (tmp_path / "tests" / "conftest.py").write_text(CONFTEST.format(seen=str(seen)))
    (tmp_path / "tests" / "test_some.py").write_text(TESTS)
    words = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", "-p", "no:randomly"]
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        words, cwd=tmp_path, env=outside, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "12 passed" in done.stdout
    assert len(seen.read_text().split()) == 1


def test_what_is_begun_first_is_there():
    assert [path for path in LONG if not (ROOT / path).is_file()] == []
