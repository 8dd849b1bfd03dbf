from __future__ import annotations

import shlex
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from pipeline.casebook.engine import open_casebook, writing
from pipeline.home import Home
from pipeline.settings import Settings
from tests.casebook.nights import alert, done

RUNBOOK = Path(__file__).parents[2] / "docs" / "runbook.md"


def runbook_commands(heading: str) -> list[str]:
    """The `tar` lines that the runbook gives under a heading, so that what is tested is what is written."""
    section = RUNBOOK.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("tar ")]


def modes(home: Home) -> dict[Path, int]:
    """The mode of each file that stays; the database's own journals come and go."""
    journals = {f"{home.casebook.name}-{kind}" for kind in ("wal", "shm")}
    found = [path for path in home.root.rglob("*") if path != home.lock and path.name not in journals]
    return {path: stat.S_IMODE(path.stat().st_mode) for path in found}


@pytest.fixture
def worked(tellerwatch, home):
    assert tellerwatch("init").code == 0
    engine = open_casebook(home, Settings())
    with writing(engine) as connection:
        alert(connection, done(connection), "E0142")
    engine.dispose()
    (home.lake / "day.parquet").write_bytes(b"rows")
    (home.tmp / "half").write_bytes(b"scratch")
    return home


def test_a_home_restored_as_the_runbook_says_is_the_home_that_was_backed_up(worked, tellerwatch, tmp_path):
    places = {"/var/lib/tellerwatch": str(worked.root), "/backup": str(tmp_path)}

    def run(line: str) -> None:
        for name, place in places.items():
            line = line.replace(name, place)
        subprocess.run(shlex.split(line), check=True, capture_output=True)

    before = tellerwatch("cases", "list", "--json").json
    key = worked.token_key.read_bytes()
    kept = {path: mode for path, mode in modes(worked).items() if path.parent != worked.tmp}
    (save,) = runbook_commands("Back up")
    (restore,) = runbook_commands("Restore")
    run(save)
    shutil.rmtree(worked.root)
    worked.root.mkdir(mode=0o700)
    run(restore)
    restored = Home(worked.root)
    assert tellerwatch("cases", "list", "--json").json == before
    assert restored.token_key.read_bytes() == key
    assert (restored.lake / "day.parquet").read_bytes() == b"rows"
    assert not (restored.tmp / "half").exists()
    assert tellerwatch("ledger", "verify").code == 0
    assert tellerwatch("doctor").code == 0
    assert {path: mode for path, mode in modes(restored).items() if path in kept} == kept
