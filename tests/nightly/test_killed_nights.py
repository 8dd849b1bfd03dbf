"""A night that is killed at any of its steps goes on from the last complete one, to the same bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from pipeline.casebook.runs import latest_run, steps_of
from pipeline.home import Home
from tests.homes import copied
from tests.nightly.tiny_nights import opened, play, take_in
from tests.soak.outcome import pages, stored
from tests.soak.tiny_bank import drop_day, first_night

ROOT = Path(__file__).parents[2]
NIGHT = first_night()
DEATHS = (
    # step, edge → the night's status and its steps' as they then stand
    ("score", "done", "running", {"score": "running"}),
    ("alert", "done", "running", {"score": "ok", "alert": "running"}),
    ("alert", "recorded", "running", {"score": "ok", "alert": "ok"}),
    ("report", "done", "incomplete", {"score": "ok", "alert": "ok", "report": "running"}),
)


def kill_at(home: Home, step: str, edge: str) -> None:
    """Play the night in a process that is killed there."""
    words = [sys.executable, "-m", "tests.nightly.dying", str(home.root), str(NIGHT), step, edge]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TELLERWATCH_")}
    ended = subprocess.run(words, cwd=ROOT, env={**kept, "PYTHONPATH": str(ROOT)}, check=False)
    assert ended.returncode == -signal.SIGKILL


def standing(home: Home) -> tuple[str, dict[str, str], dict[str, object]]:
    with opened(home) as engine, engine.connect() as connection:
        run = latest_run(connection, night=NIGHT, finished=False)
        assert run is not None
        steps = steps_of(connection, run.run_id)
    return (
        run.status,
        {one.name: one.status for one in steps},
        {one.name: (one.started_at, one.finished_at) for one in steps if one.status == "ok"},
    )


def test_a_night_killed_at_each_of_its_steps_goes_on_and_ends_in_the_same_bytes(
    home: Home, tmp_path: Path
) -> None:
    drop_day(home.root / "drop", NIGHT, ("access_log",))
    take_in(home, NIGHT)
    quiet = Home(copied(home.root, tmp_path / "quiet"))
    play(quiet, [NIGHT])
    complete: dict[str, object] = {}
    for step, edge, status, steps in DEATHS:
        kill_at(home, step, edge)
        found, by_name, moments = standing(home)
        assert (found, by_name) == (status, steps), f"killed at {step}, {edge}"
        if complete.get("alert"):
            assert moments["alert"] == complete["alert"]  # complete: not done a second time
        complete = moments
    play(home, [NIGHT])
    found, by_name, moments = standing(home)
    assert (found, set(by_name.values())) == ("incomplete", {"ok"})
    assert moments["alert"] == complete["alert"]
    with opened(home) as disturbed, opened(quiet) as calm:
        assert stored(disturbed) == stored(calm)
    assert pages(home.root) == pages(quiet.root)
    assert len(pages(home.root)) > 2
