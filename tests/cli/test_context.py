from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import Enum
from pathlib import Path

import numpy as np
import pytest
from pydantic import BaseModel

from pipeline.cli.context import CliContext, to_json
from pipeline.home import Home

HERE = Path(__file__).parents[2]
WORKING = """
import sys
from pipeline.cli.context import CliContext
context = CliContext(quiet="quiet" in sys.argv, json="json" in sys.argv)
with context.progress() as bar:
    task = bar.add_task("Nights", total=2)
    bar.advance(task)
    bar.advance(task)
print("result")
"""


class Color(Enum):
    RED = "red"


@dataclass
class Row:
    day: date
    inner: tuple[Color, ...]


class Model(BaseModel):
    at: time


def test_json_is_versioned_and_carries_dates_enums_models_and_numpy():
    result = {
        "row": Row(date(2026, 6, 18), (Color.RED,)),
        "model": Model(at=time(2, 0)),
        "n": np.int64(3),
        "x": np.float64(0.5),
        "at": datetime(2026, 6, 18, 18, tzinfo=UTC),
        "path": Path("a/b"),
        "name": "河流",
    }
    text = to_json(result)
    assert "河流" in text
    read = json.loads(text)
    assert next(iter(read)) == "schema_version"
    assert read["row"] == {"day": "2026-06-18", "inner": ["red"]}
    assert read["model"] == {"at": "02:00:00"}
    assert (read["n"], read["x"], read["path"]) == (3, 0.5, "a/b")
    assert read["at"] == "2026-06-18T18:00:00+00:00"


def test_a_bare_list_comes_under_items():
    assert json.loads(to_json([{"a": 1}]))["items"] == [{"a": 1}]


def test_a_number_that_json_does_not_know_is_null():
    assert json.loads(to_json({"score": float("nan"), "most": [float("inf"), 1.5]})) == {
        "schema_version": "1.0",
        "score": None,
        "most": [None, 1.5],
    }


def test_settings_and_casebook_are_not_opened_before_they_are_asked_for(tmp_path):
    context = CliContext(Home(tmp_path / "none"))
    assert not {"settings", "engine"} & set(vars(context))


@pytest.mark.parametrize("words", [[], ["json"]])
def test_a_bar_is_shown_on_a_terminal_and_the_result_stays_alone_on_standard_output(words):
    main, end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", WORKING, *words], cwd=HERE, stdout=subprocess.PIPE, stderr=end, text=True
    )
    os.close(end)
    out, _ = process.communicate()
    shown = os.read(main, 65536).decode()
    os.close(main)
    assert out == "result\n"
    assert "Nights" in shown
    assert "2/2" in shown


def test_no_bar_is_shown_on_a_terminal_when_quiet():
    main, end = pty.openpty()
    subprocess.run(
        [sys.executable, "-c", WORKING, "quiet"], cwd=HERE, stdout=subprocess.DEVNULL, stderr=end, check=True
    )
    os.set_blocking(main, False)
    with pytest.raises(BlockingIOError):
        os.read(main, 65536)
    os.close(end)
    os.close(main)


def test_nothing_is_shown_where_standard_error_is_no_terminal():
    done = subprocess.run(
        [sys.executable, "-c", WORKING], cwd=HERE, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("result\n", "")
