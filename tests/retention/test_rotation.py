"""A new token key over the old one: cut off anywhere, it ends in the same lake, and nights do not notice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from pipeline.casebook.access import access_log_of
from pipeline.casebook.engine import open_casebook
from pipeline.home import Home
from pipeline.installation import install
from pipeline.intake.tokens import KEY_VARIABLE, load_key, wrapped
from pipeline.retention.rotation_state import read_rotation
from pipeline.settings import load_settings
from tests.homes import copied
from tests.soak.outcome import pages, stored
from tests.soak.tiny_bank import FIRST, drop_day, drop_history

CONFIG = """
[bank]
zone = "Europe/Amsterdam"
country = "NL"
[detection]
detectors = []
reference_every = 20
least_reference_nights = 1
least_reference_rows = 10
warm_up_days = 10
[alerting]
open_nats = 3.0
keep_nats = 2.0
"""
NIGHT = FIRST + timedelta(days=27)
# The product's own command, killed by itself when a named function is called for the nth time.
KILLED = """
import os, signal, sys
from pipeline.retention import rotation
name, left = sys.argv[1], int(sys.argv[2])
place = rotation.KeyRotation if hasattr(rotation.KeyRotation, name) else rotation
whole = getattr(place, name)
def counted(*given, **named):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(*given, **named)
setattr(place, name, counted)
from pipeline.cli.main import invoke
sys.exit(invoke(["--home", sys.argv[3], "key", "rotate"]))
"""


def tokens_of(home: Home) -> dict[str, list[str]]:
    """Each file with tokens → its tokens, in the file's order."""
    found = {}
    for path in sorted([*home.lake.rglob("*.parquet"), *(home.derived / "evidence").rglob("*.parquet")]):
        names = {
            row[0] for row in duckdb.execute("SELECT name FROM parquet_schema($1)", [str(path)]).fetchall()
        }
        if "subject_token" in names:
            rows = duckdb.execute(
                "SELECT subject_token FROM read_parquet($1, hive_partitioning = false)", [str(path)]
            ).fetchall()
            found[path.relative_to(home.root).as_posix()] = [row[0] for row in rows]
    return found


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with four weeks of a tiny bank and one night."""
    from pipeline.cli.main import invoke

    home = Home(tmp_path_factory.mktemp("rotation") / "home")
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("TELLERWATCH_")}
    install(home)
    home.config.write_text(CONFIG)
    feeds = home.root.parent / "feeds"
    feeds.mkdir()
    drop_history(feeds)
    assert invoke(["-q", "--home", str(home.root), "ingest", str(feeds)]) in (0, 3)
    assert invoke(["-q", "--home", str(home.root), "run", "--night", str(NIGHT)]) in (0, 3)
    os.environ.update(kept)
    return home


@pytest.fixture
def worked(grown: Home, home: Home) -> Home:
    """A copy of it, for the test to spoil."""
    copied(grown.root, home.root)
    return home


def killed_in(home: Home, name: str, nth: int) -> None:
    words = [sys.executable, "-c", KILLED, name, str(nth), str(home.root)]
    assert subprocess.run(words, capture_output=True, check=False).returncode == -signal.SIGKILL


def test_after_it_every_token_is_wrapped_once_and_a_customer_is_found_as_before(
    worked: Home, tellerwatch: Callable[..., object]
) -> None:
    before, old = tokens_of(worked), load_key(worked)
    answer = tellerwatch("key", "rotate", "--json")
    assert answer.code == 0, answer.err
    new = load_key(worked)
    assert (new, len(new.over)) == (old, 1)
    assert tokens_of(worked) == {
        path: [one and wrapped(new.over[0], one) for one in tokens] for path, tokens in before.items()
    }
    assert answer.json["files"] == len(before)
    assert answer.json["rows"] == sum(map(len, before.values()))
    assert not (worked.root / "rotation").exists()
    assert worked.token_key.stat().st_mode & 0o777 == 0o600
    assert new.over[0].hex() not in answer.out
    assert "2 keys over one another" in tellerwatch("doctor").out
    engine = open_casebook(worked, load_settings(worked.config))
    with engine.connect() as connection:
        acts = [entry.act for entry in access_log_of(connection)]
    engine.dispose()
    assert "key rotate" in acts


def test_a_night_after_it_finds_what_it_would_have_found_without_it(
    worked: Home, grown: Home, tellerwatch: Callable[..., object], tmp_path: Path
) -> None:
    from pipeline.cli.main import invoke

    plain = Home(tmp_path / "plain")
    copied(grown.root, plain.root)
    next_day = NIGHT + timedelta(days=1)
    feeds = tmp_path / "feeds"
    feeds.mkdir()
    drop_day(feeds, next_day)
    assert tellerwatch("key", "rotate").code == 0
    for root in (worked.root, plain.root):
        assert invoke(["-q", "--home", str(root), "ingest", str(feeds)]) in (0, 3)
        assert invoke(["-q", "--home", str(root), "run", "--night", str(next_day)]) in (0, 3)
    found = {}
    for home in (worked, plain):
        engine = open_casebook(home, load_settings(home.config))
        found[home.root] = (stored(engine), pages(home.root))
        engine.dispose()
    assert found[worked.root] == found[plain.root]


@pytest.mark.parametrize(
    ("name", "nth"),
    [
        ("_copy_one", 0),
        ("_copy_one", 7),
        ("_move", 0),
        ("_lay_over", 0),
        ("_drop_caches", 0),
        ("drop_rotation", 0),
    ],
)
def test_cut_off_anywhere_and_run_again_it_has_wrapped_each_token_once(
    worked: Home, tellerwatch: Callable[..., object], name: str, nth: int
) -> None:
    before = tokens_of(worked)
    killed_in(worked, name, nth)
    began_with = read_rotation(worked)
    assert began_with is not None
    if name == "_copy_one":
        assert tokens_of(worked) == before  # until all is copied nothing has changed
    else:
        refused = tellerwatch("run", "--night", str(NIGHT))
        assert (refused.code, "tellerwatch key rotate" in refused.err) == (2, True)
        assert "FAIL" in tellerwatch("doctor").out
    answer = tellerwatch("key", "rotate", "--json")
    assert (answer.code, answer.json["resumed"]) == (0, True)
    key = bytes.fromhex(began_with.key)
    assert load_key(worked).over == (key,)
    assert tokens_of(worked) == {
        path: [one and wrapped(key, one) for one in tokens] for path, tokens in before.items()
    }
    assert read_rotation(worked) is None


def test_a_key_that_comes_from_a_variable_is_left_to_whoever_set_it(
    worked: Home, tellerwatch: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "ab" * 32)
    answer = tellerwatch("key", "rotate")
    assert (answer.code, KEY_VARIABLE in answer.err) == (2, True)
    assert read_rotation(worked) is None
