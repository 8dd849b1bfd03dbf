"""One installation's folder: where its config, key, lake, casebook and reports lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PRIVATE_DIR = 0o700
PRIVATE_FILE = 0o600


@dataclass(frozen=True)
class Home:
    """Paths of one installation; making one touches nothing."""

    root: Path

    @property
    def config(self) -> Path:
        """The operator's settings, over the defaults."""
        return self.root / "config.toml"

    @property
    def token_key(self) -> Path:
        """The key of the customers' tokens; the environment can stand in for it."""
        return self.root / "secrets" / "token.key"

    @property
    def casebook(self) -> Path:
        """The SQLite casebook, where no other database is configured."""
        return self.root / "casebook.sqlite"

    @property
    def lake(self) -> Path:
        """Parquet by feed and business day."""
        return self.root / "lake"

    @property
    def derived(self) -> Path:
        """What is computed from the lake and can be computed again: evidence, facts, scores."""
        return self.root / "derived"

    @property
    def reports(self) -> Path:
        """The rendered reports."""
        return self.root / "reports"

    @property
    def tmp(self) -> Path:
        """Scratch space on the same file system, so that a rename publishes."""
        return self.root / "tmp"

    @property
    def logs(self) -> Path:
        """Structured logs."""
        return self.root / "logs"

    @property
    def watch(self) -> Path:
        """What shows from outside that the scheduler lives: heartbeat and metrics."""
        return self.root / "watch"

    @property
    def outbox(self) -> Path:
        """Messages that wait to be sent, and those that were."""
        return self.root / "outbox"

    @property
    def lock(self) -> Path:
        """The lock that one run at a time holds."""
        return self.root / "lock"

    def make(self) -> None:
        """Make the folders, readable by the owner alone."""
        inside = (
            self.token_key.parent,
            self.lake,
            self.derived,
            self.reports,
            self.tmp,
            self.logs,
            self.watch,
            self.outbox,
        )
        for folder in (self.root, *inside):
            folder.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)

    @property
    def exists(self) -> bool:
        """Whether `tellerwatch init` has been here."""
        return self.config.is_file()
