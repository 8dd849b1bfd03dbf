"""Plays the nights: each with its trouble, all with the real scheduler, casebook, mail and files."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import date, timedelta
from datetime import time as clock_time
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import create_engine, text

from pipeline.scheduling.triggers import DailyMoment
from tests.soak.ground import Clock, Database, Disk, Post, Scheduler, wait_for
from tests.soak.plan import arrivals, together, trouble_of
from tests.soak.tiny_bank import ZONE, first_night

SHARED = ("config.toml", "secrets", "lake", "derived", "reports", "outbox", "tmp", "drop")


class Soak:
    """One home under trouble.

    Args:
        root: The home.
        address: Its casebook.
        clock: The clock of its processes.
        post: Who takes its mail.
        database: The server of its casebook.
        disk: What it lies on.
        log: Where the schedulers' messages go.
    """

    def __init__(
        self, root: Path, address: str, clock: Clock, post: Post, database: Database, disk: Disk, log: Path
    ) -> None:
        self.root, self.clock, self.post, self.database, self.disk, self.log = (
            root,
            clock,
            post,
            database,
            disk,
            log,
        )
        self.engine = create_engine(address, pool_pre_ping=True)
        self.moments = DailyMoment(clock_time(2), ZONE, timedelta(minutes=30))
        self.chance = random.Random(20260210)
        self.scheduler = self.start()
        self.kills = 0

    def start(self, root: Path | None = None) -> Scheduler:
        return Scheduler(root or self.root, self.clock, self.log)

    def play(self, nights: int) -> None:
        """Play the nights in order."""
        for places in together(nights):
            trouble = trouble_of(places[0])
            days = [first_night() + timedelta(days=one) for one in places]
            with self.log.open("a") as told:
                told.write(f"=== {days[-1]}: {trouble}\n")
            TROUBLE[trouble](self, days)
            self.wait_until_done(days[-1])

    # --- what troubles are made of ------------------------------------------------------------------------

    def fall(self, night: date) -> None:
        """Bring the night's files, and let its moment come."""
        arrivals(self.root / "drop", night)
        self.clock.set(self.moments.moment(night + timedelta(days=1)) - timedelta(seconds=1))

    def wait_until_done(self, night: date) -> None:
        wait_for(lambda: self.told(night), f"the night of {night} was not done and told")

    def told(self, night: date) -> bool:
        return f"{night}.done.mail" in self.post.told and self.drawn(night)

    def drawn(self, night: date) -> bool:
        query = "SELECT 1 FROM runs JOIN steps USING (run_id) WHERE night = :night AND name = 'report' AND steps.status = 'ok'"
        with (
            suppress(Exception),
            self.engine.connect() as connection,
        ):  # the database may be away at this moment
            return connection.execute(text(query), {"night": night}).first() is not None
        return False

    def at_work(self, word: str) -> int:
        return int(wait_for(lambda: self.scheduler.child(word), f"no process does `{word}`"))

    def sometime(self, word: str) -> None:
        """Wait a part of what such processes took of late: a trouble that comes when all is done troubles nobody."""
        took = re.findall(
            rf" {word} done .* ended_by=itself exit_code=0 .*seconds=([0-9.]+)", self.log.read_text()
        )
        usual = median(map(float, took[-5:])) if took else 3.0
        time.sleep(self.chance.uniform(0.0, 0.8 * usual))

    def kill_child(self, word: str) -> None:
        pid = self.at_work(word)
        self.sometime(word)
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
            self.kills += 1

    def beat(self) -> dict[str, Any]:
        with suppress(OSError, ValueError):
            return dict(json.loads((self.root / "watch" / "heartbeat.json").read_text()))
        return {"jobs": []}

    def command(self, *words: str) -> None:
        line = [sys.executable, "-P", "-m", "pipeline", "-q", "--home", str(self.root), *words]
        subprocess.run(line, env=self.clock.environment, cwd=self.root, stdout=subprocess.DEVNULL, check=True)

    def stop(self) -> None:
        self.scheduler.stop()
        self.engine.dispose()


def nothing(soak: Soak, days: list[date]) -> None:
    soak.fall(days[0])


def run_killed(soak: Soak, days: list[date]) -> None:
    soak.fall(days[0])
    soak.kill_child("run")


def ingest_killed(soak: Soak, days: list[date]) -> None:
    soak.fall(days[0])
    soak.kill_child("ingest")


def power_cut(soak: Soak, days: list[date]) -> None:
    soak.fall(days[0])
    soak.at_work("run")
    soak.sometime("run")
    soak.scheduler.kill(children=True)
    soak.kills += 1
    soak.scheduler = soak.start()


def scheduler_killed(soak: Soak, days: list[date]) -> None:
    soak.fall(days[0])
    soak.at_work("run")
    soak.sometime("run")
    soak.scheduler.kill()  # its child works on, and the next scheduler has to bear with that
    soak.kills += 1
    soak.scheduler = soak.start()


def database_gone_midway(soak: Soak, days: list[date]) -> None:
    soak.fall(days[0])
    soak.at_work("run")
    soak.sometime("run")
    soak.database.go_away()
    time.sleep(4)
    soak.database.come_back()


def database_gone_before(soak: Soak, days: list[date]) -> None:
    soak.database.go_away()
    soak.fall(days[0])
    soak.at_work("ingest")
    time.sleep(6)
    soak.database.come_back()


def disk_full(soak: Soak, days: list[date]) -> None:
    arrivals(soak.root / "drop", days[0])
    with soak.disk.full(soak.scheduler.pid):
        soak.clock.set(soak.moments.moment(days[0] + timedelta(days=1)) - timedelta(seconds=1))
        soak.at_work("ingest")
        time.sleep(6)
        assert not soak.drawn(days[0])


def mail_closed(soak: Soak, days: list[date]) -> None:
    soak.post.closed = True
    soak.fall(days[0])
    wait_for(lambda: soak.drawn(days[0]), "the night was not done")
    wait_for(lambda: soak.scheduler.child("notify") is None, "the message still goes out")
    assert f"{days[0]}.done.mail" not in soak.post.told
    soak.post.closed = False
    soak.clock.set(soak.moments.moment(days[0] + timedelta(days=1)) + timedelta(hours=2))


def two_schedulers(soak: Soak, days: list[date], root: Path | None = None) -> None:
    second = soak.start(root)
    with ExitStack() as stack:
        stack.callback(second.stop)
        wait_for(lambda: second.child("ingest") or soak.told(days[0]), "the second does nothing", 60)
        soak.fall(days[0])
        soak.wait_until_done(days[0])
        assert second.end() == 0


def two_machines(soak: Soak, days: list[date]) -> None:
    """The same casebook, lake and reports, but no lock in common except the database's."""
    elsewhere = soak.root.with_name("elsewhere")
    if not elsewhere.exists():
        for folder in (elsewhere, elsewhere / "logs", elsewhere / "watch"):
            folder.mkdir(mode=0o700)
        for name in SHARED:
            (elsewhere / name).symlink_to(soak.root / name)
    two_schedulers(soak, days, elsewhere)


def clock_set_back(soak: Soak, days: list[date]) -> None:
    soak.fall(days[0])
    soak.wait_until_done(days[0])
    soak.clock.set(soak.moments.moment(days[0] + timedelta(days=1)) - timedelta(hours=5))
    wait_for(lambda: soak.scheduler.child("ingest"), "nothing was planned anew")
    wait_for(lambda: not soak.scheduler.child("ingest"), "the second look did not end")


def down_for_nights(soak: Soak, days: list[date]) -> None:
    """No scheduler for some nights; the exports are taken in as they come, by hand."""
    assert soak.scheduler.end() == 0
    for night in days:
        soak.fall(night)
        soak.command("ingest", "--drop")
    soak.scheduler = soak.start()


TROUBLE: dict[str, Callable[[Soak, list[date]], None]] = {
    "nothing": nothing,
    "run killed": run_killed,
    "ingest killed": ingest_killed,
    "power cut": power_cut,
    "scheduler killed": scheduler_killed,
    "database gone midway": database_gone_midway,
    "database gone before": database_gone_before,
    "disk full": disk_full,
    "mail closed": mail_closed,
    "two schedulers": two_schedulers,
    "two machines": two_machines,
    "clock set back": clock_set_back,
    "down for nights": down_for_nights,
}
