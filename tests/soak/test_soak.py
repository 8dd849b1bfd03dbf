"""Nights under trouble come to the same as undisturbed ones: two here, sixty with `make soak`."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from pipeline.casebook.runs import runs_between
from tests.homes import copied
from tests.soak.ground import PATIENCE_SECONDS, ROOT, Clock, Database, Disk, Post
from tests.soak.outcome import difference, pages, stored
from tests.soak.soak import Soak
from tests.soak.tiny_bank import ZONE, drop_history, first_night
from tests.soak.undisturbed import after

NIGHTS = int(os.environ.get("SOAK_NIGHTS", "2"))
LONG = 15
"""Nights after which the seller has given rise to a case: a shorter soak shows runs, scores and pages."""
CONFIG = f"""
[bank]
name = "Bank of Example"
zone = "{ZONE}"
country = "NL"

[casebook]
url = "@casebook"

[detection]
detectors = []
reference_every = 20
least_reference_nights = 1
least_reference_rows = 10
warm_up_days = 10

[alerting]
open_nats = 3.0
keep_nats = 2.0
budget_per_1000_per_week = 1000.0

[schedule]
drop_folders = ["drop"]
heartbeat_seconds = 15
retry_seconds = 1
retry_longest_seconds = 8
retries = 8
grace_seconds = 5

[tell]
nights_back = 30
report_link = "https://watch.bank.example"

[mail]
host = "127.0.0.1"
port = @port
security = "none"
sender = "night@bank.example"
recipients = ["officer@bank.example"]
"""


def configure(root: Path, address: str, port: int) -> None:
    (root / "config.toml").write_text(CONFIG.replace("@casebook", address).replace("@port", str(port)))


@pytest.mark.postgres
def test_nights_under_trouble_come_to_the_same_as_undisturbed_ones(tmp_path):
    # The quiet nights have a server of their own: the other's goes away.
    database, quiet_database, post = Database(), Database(), Post()
    disk = Disk(tmp_path / "disk")
    soak = beside = None
    try:
        clock = Clock(tmp_path / "clock", after(first_night() - timedelta(days=1)))
        root, quiet = disk.folder / "home", tmp_path / "quiet"
        address = database.make("disturbed")

        def tellerwatch(*words: str) -> None:
            line = [sys.executable, "-P", "-m", "pipeline", "-q", "--home", str(root), *words]
            done = subprocess.run(line, env=clock.environment, cwd=tmp_path, check=False)
            assert done.returncode in (0, 3), words

        root.mkdir(mode=0o700)
        configure(root, address, post.port)
        tellerwatch("init")
        (root / "drop").mkdir()
        drop_history(root / "drop")
        tellerwatch("ingest", "--drop")
        tellerwatch("run", "--night", str(first_night() - timedelta(days=1)))
        copied(root, quiet)
        undisturbed = quiet_database.make_copy("undisturbed", address)
        configure(quiet, undisturbed, post.port)
        words = [sys.executable, "-m", "tests.soak.undisturbed", str(quiet), str(NIGHTS)]
        beside = subprocess.Popen(words, cwd=ROOT, env=clock.surroundings)

        soak = Soak(root, address, clock, post, database, disk, tmp_path / "scheduler.log")
        soak.play(NIGHTS)
        assert soak.scheduler.end() == 0
        assert beside.wait(PATIENCE_SECONDS) == 0

        calm_engine = create_engine(undisturbed)
        with soak.engine.connect() as connection:
            nights = Counter(run.night for run in runs_between(connection, first_night()))
            rows = connection.execute(text("SELECT count(*) FROM runs WHERE revision = 0")).scalar()
        assert nights == {first_night() + timedelta(days=place): 1 for place in range(NIGHTS)}
        assert rows == NIGHTS + 1
        told = Counter(key for key in post.told if key.endswith(".done.mail"))
        assert told == {
            f"{first_night() + timedelta(days=place)}.done.mail": 1 for place in range(-1, NIGHTS)
        }
        assert max(Counter(post.told).values()) == 1
        assert soak.kills >= NIGHTS // 8
        disturbed_rows, calm_rows = stored(soak.engine), stored(calm_engine)
        calm_engine.dispose()
        for table, expected in calm_rows.items():
            assert disturbed_rows[table] == expected, table
        assert calm_rows["cases"] or NIGHTS < LONG
        disturbed_pages, calm_pages = pages(root), pages(quiet)
        assert sorted(disturbed_pages) == sorted(calm_pages)
        assert difference(calm_pages, disturbed_pages) == ""
        # Shown by `make soak`, which shows what tests have logged.
        counted = f"{NIGHTS} nights, {soak.kills} kills, {len(post.told)} messages, {len(calm_pages)} pages"
        logging.getLogger("soak").warning(counted)
    finally:
        if soak is not None:
            soak.stop()
        if beside is not None and beside.poll() is None:
            beside.kill()
        post.stop()
        database.stop()
        quiet_database.stop()
        disk.stop()
