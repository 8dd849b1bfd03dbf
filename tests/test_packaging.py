"""The wheel holds all that an installation needs, and runs where there is no checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    arguments = [
        "-m",
        "pip",
        "wheel",
        "-qq",
        "--no-index",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(ROOT),
    ]
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, cwd=folder)
    (path,) = folder.glob("*.whl")
    return path


def test_the_wheel_holds_packages_config_samples_and_licence_and_no_tests(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"pipeline", "detectors", "reports"}
    assert "pipeline/_config/default.toml" in names
    config = {
        f"pipeline/_config/{path.relative_to(ROOT / 'config')}" for path in (ROOT / "config").rglob("*.toml")
    }
    assert config <= set(names)
    assert any(name.startswith("pipeline/_sample_logs/") and "access_log" in name for name in names)
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_the_wheel_holds_every_file_of_the_packages(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for package in ("pipeline", "detectors", "reports"):
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert path.relative_to(ROOT).as_posix() in names


def test_the_wheel_runs_without_a_checkout(wheel, tmp_path):
    target = tmp_path / "installed"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "-qq",
            "--no-index",
            "--no-deps",
            "--no-compile",
            "--target",
            str(target),
            str(wheel),
        ],
        check=True,
        capture_output=True,
    )
    script = (
        "import pipeline, sys; from pathlib import Path; from pipeline import resources;"
        "target = Path(sys.argv.pop(1)); places = [Path(pipeline.__file__)];"
        "places += [resources.shipped_config(), resources.shipped_sample_logs()];"
        "assert all(place.is_relative_to(target) and place.exists() for place in places), places;"
        "from pipeline.cli.main import run; run()"
    )
    environment = {**os.environ, "PYTHONPATH": str(target), "TELLERWATCH_HOME": str(tmp_path / "home")}
    for arguments, words in (
        (["--help"], "Commands:"),
        (["init"], "made: config.toml"),
        (["doctor"], "shipped files"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", script, str(target), *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert words in done.stdout
