"""What a soak stands on: a clock, a home on a small disk, PostgreSQL and SMTP servers that go away and come back."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from tests.postgres import started

VIRTUAL = Path(__file__).with_name("virtual")
ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 900
ROOMY = "3g"
"""More than the least that the product wants to see free, so that only a full disk counts as full; taken as it is filled."""


def wait_for(true: Callable[[], Any], what: str, patience: float = PATIENCE_SECONDS) -> Any:
    """Wait until something is so, and return it."""
    deadline = time.monotonic() + patience
    while True:
        if found := true():
            return found
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.1)


class Clock:
    """The wall clock of all processes of one soak."""

    def __init__(self, path: Path, at: datetime) -> None:
        self.path = path
        self.set(at)

    def set(self, at: datetime) -> None:
        draft = self.path.with_suffix(".new")
        draft.write_text(str((at - datetime.now(UTC)).total_seconds()))
        draft.replace(self.path)  # a process that reads at this moment finds the old or the new

    @property
    def environment(self) -> dict[str, str]:
        """For processes that live by this clock."""
        return {
            **self.surroundings,
            "PYTHONPATH": f"{VIRTUAL}{os.pathsep}{ROOT}",
            "SOAK_CLOCK": str(self.path),
        }

    @property
    def surroundings(self) -> dict[str, str]:
        """For any process of the soak."""
        left_out = ("TELLERWATCH_", "PYTHONDONTWRITEBYTECODE")
        # Dozens of short processes: each would compile all that it imports, if nothing might be kept; the installation's is there.
        kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
        return {**kept, "PYTHONPATH": str(ROOT)}


class Post:
    """A post office that keeps each envelope, and can be closed."""

    def __init__(self) -> None:
        self.subjects: list[tuple[str, str]] = []
        self.closed = False
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        if self.closed:
            return "451 come back later"
        lines = envelope.content.decode("ascii", errors="replace").splitlines()
        found = {line.partition(": ")[0]: line.partition(": ")[2] for line in lines if ": " in line}
        self.subjects.append((found["X-Tellerwatch-Key"], found["Message-ID"]))
        return "250 OK"

    @property
    def told(self) -> list[str]:
        """The keys of the messages that came, as often as they came."""
        return [key for key, _ in self.subjects]

    def stop(self) -> None:
        self.controller.stop()


class Database:
    """A PostgreSQL server of its own."""

    def __init__(self) -> None:
        self.server, self.folder = started("soak-")
        self.address = str(self.server.get_uri())

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """A connection to the server itself."""
        engine = create_engine(self.address, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            yield connection
        engine.dispose()

    def make(self, name: str) -> str:
        """Make an empty database; its address."""
        with self.connected() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        return make_url(self.address).set(database=name).render_as_string(hide_password=False)

    def make_copy(self, name: str, of_address: str) -> str:
        """Make a database that holds all that another holds, also one on another server; its address."""
        address = self.make(name)
        programs = Path(f"/proc/{self.pid}/exe").resolve().parent  # those that fit this server
        source, target = (
            make_url(one).set(drivername="postgresql").render_as_string(hide_password=False)
            for one in (of_address, address)
        )
        content = subprocess.run(
            [programs / "pg_dump", "--no-owner", source], stdout=subprocess.PIPE, check=True
        )
        words = [programs / "psql", "--quiet", "--set=ON_ERROR_STOP=1", target]
        subprocess.run(words, input=content.stdout, stdout=subprocess.DEVNULL, check=True)
        return address

    @property
    def pid(self) -> int:
        return int((Path(self.folder) / "postmaster.pid").read_text().split()[0])

    def go_away(self) -> None:
        """End at once, as after a crash: connections break, nothing is written in order."""
        pid = self.pid
        os.kill(pid, signal.SIGQUIT)
        wait_for(lambda: not _lives(pid), "the database did not end", 30)

    def come_back(self) -> None:
        """Start again, and recover; on a busy machine that takes longer than its starter has patience for."""
        with suppress(subprocess.SubprocessError):
            self.server.ensure_postgres_running()
        wait_for(self._answers, "the database did not come back", 300)

    def _answers(self) -> bool:
        with suppress(OperationalError), self.connected() as connection:
            return connection.execute(text("SELECT 1")).scalar() == 1
        return False

    def stop(self) -> None:
        with suppress(OSError, subprocess.SubprocessError):
            self.server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


def _lives(pid: int) -> bool:
    with suppress(OSError):
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return False


class Disk:
    """A disk for the home that can be filled.

    Where mounting is allowed it is a file system of its own, and full is full (ENOSPC). Elsewhere the
    processes are forbidden to write to any file beyond its first bytes (RLIMIT_FSIZE, EFBIG), which hits the
    same places of the program.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        words = ["mount", "-t", "tmpfs", "-o", f"size={ROOMY}", "tmpfs", str(folder)]
        try:
            self.own = subprocess.run(words, capture_output=True, check=False).returncode == 0
        except OSError:
            self.own = False

    @contextmanager
    def full(self, scheduler: int) -> Iterator[None]:
        """Leave no room while the block runs, for the scheduler and all that it starts."""
        if self.own:
            used = shutil.disk_usage(self.folder).used
            self._resize(f"{used // 1024 + 8}k")
            try:
                yield
            finally:
                self._resize(ROOMY)
            return
        before = resource.prlimit(scheduler, resource.RLIMIT_FSIZE, (64, resource.RLIM_INFINITY))
        try:
            yield
        finally:
            resource.prlimit(scheduler, resource.RLIMIT_FSIZE, before)

    def _resize(self, size: str) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", str(self.folder)], check=True)

    def stop(self) -> None:
        if self.own:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=False)


class Scheduler:
    """A `tellerwatch schedule` in a process of its own."""

    def __init__(self, root: Path, clock: Clock, log: Path) -> None:
        words = [sys.executable, "-P", "-m", "pipeline", "--home", str(root), "schedule"]
        self.log = log.open("ab")
        self.process = subprocess.Popen(words, stderr=self.log, env=clock.environment, cwd=root)

    @property
    def pid(self) -> int:
        return self.process.pid

    def child(self, word: str) -> int | None:
        """The process that it has started for a command, while that is at work."""
        return next((pid for pid, words in self._children() if word in words), None)

    def _children(self) -> list[tuple[int, list[str]]]:
        try:
            listed = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
            others = [path.read_text().split() for path in Path(f"/proc/{self.pid}/task").glob("*/children")]
        except OSError:
            return []
        pids = {int(one) for some in [listed, *others] for one in some}
        found = []
        for pid in pids:
            with suppress(OSError):
                found.append((pid, Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")))
        return found

    def kill(self, *, children: bool = False) -> None:
        """Kill it, as the kernel does when memory is short; with its children, as a power cut."""
        left = self._children() if children else []
        self.process.kill()
        for pid, _ in left:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        self.process.wait()

    def end(self) -> int:
        """Ask it to end, in order; its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(PATIENCE_SECONDS)
        finally:
            self.log.close()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.kill(children=True)
        self.log.close()
