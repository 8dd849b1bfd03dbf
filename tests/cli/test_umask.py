"""What the program makes is its owner's alone, whatever the shell allows, and the folders above it too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_a_home_and_the_folders_above_it_are_private_under_an_open_umask(tmp_path: Path) -> None:
    home = tmp_path / "new" / "below" / "home"
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "--home", str(home), "init"],
        umask=0,
        env={**os.environ, "TELLERWATCH_HOME": str(home)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made = [tmp_path / "new", home.parent, *home.rglob("*")]
    assert [path for path in made if path.stat().st_mode & 0o077] == []
