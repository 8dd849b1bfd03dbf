"""What a night needs of the machine and of the home: one check, one line, one fix.

Nothing here changes anything, save that an older casebook is brought up to date, as by every command.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from importlib import metadata
from zoneinfo import ZoneInfo

from pipeline.errors import ConfigError
from pipeline.home import PRIVATE_DIR, PRIVATE_FILE, Home
from pipeline.lock import LockFileError, current_holder
from pipeline.resources import shipped_config
from pipeline.settings import Settings, load_settings

DISTRIBUTION = "tellerwatch"
PYTHONS = ((3, 11), (3, 13))
GIB = 1024**3
DISK_FAIL_BYTES = 1 * GIB
DISK_WARN_BYTES = 10 * GIB
HOLIDAYS_AHEAD = timedelta(days=31)
_UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[^]]*\])?\s*(==\s*(?P<version>[^,;\s]+))?")


class State(StrEnum):
    """How a check ended."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True)
class Check:
    """One line of `doctor`.

    Attributes:
        name: What was looked at.
        state: How it ended.
        found: What was found, without personal data.
        fix: The next thing to do; empty where nothing is wrong.
    """

    name: str
    state: State
    found: str
    fix: str = ""


def examine(home: Home, at: datetime) -> list[Check]:
    """Check everything that a night needs, in the order in which an operator would mend it.

    Args:
        home: The installation.
        at: The present moment.
    """
    checks = [_python(), _packages(), _shipped()]
    if not home.exists:
        fix = f"tellerwatch --home {home.root} init"
        return [*checks, Check("home", State.FAIL, f"there is none at {home.root}", fix)]
    checks += [_home_modes(home), _writable(home), _disk(home)]
    try:
        settings = load_settings(home.config)
    except ConfigError as error:
        return [*checks, Check("configuration", State.FAIL, error.what, error.todo)]
    from pipeline.health_records import examine_records

    return [
        *checks,
        Check("configuration", State.OK, f"valid, hash {settings.config_hash}"),
        _memory(settings),
        _clock(home, settings, at),
        _holidays(settings, at),
        _key(home, dict(os.environ)),
        _signing_key(home),
        _lock(home),
        *examine_records(home, settings, at),
    ]


def _python() -> Check:
    low, high = PYTHONS
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if low <= sys.version_info[:2] <= high:
        return Check("python", State.OK, found)
    fix = f"Install Tellerwatch under Python {low[0]}.{low[1]} to {high[0]}.{high[1]}."
    return Check("python", State.FAIL, found, fix)


def _packages() -> Check:
    try:
        requirements = metadata.requires(DISTRIBUTION) or []
        version = metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        fix = "Install it (`make setup`, or pip install tellerwatch) so that its packages can be checked."
        return Check("packages", State.WARN, "Tellerwatch runs from its sources, uninstalled", fix)
    wrong = [problem for text in requirements if "extra ==" not in text for problem in _unmet(text)]
    if wrong:
        fix = "pip install --require-hashes -r constraints/runtime.txt"
        return Check("packages", State.FAIL, "; ".join(wrong), fix)
    return Check("packages", State.OK, f"tellerwatch {version}, all packages present, pins kept")


def _unmet(requirement: str) -> Iterator[str]:
    match = _PINNED.match(requirement)
    if match is None:
        return
    name, pin = match["name"], match["version"]
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        yield f"{name} is missing"
        return
    if pin and found != pin:
        yield f"{name} is {found}, pinned is {pin}"


def _shipped() -> Check:
    folder = shipped_config()
    if (folder / "default.toml").is_file():
        mappings = len(list((folder / "mappings").glob("*.toml")))
        return Check("shipped files", State.OK, f"default settings and {mappings} mappings are there")
    return Check("shipped files", State.FAIL, f"{folder} is incomplete", "Install Tellerwatch again.")


def _home_modes(home: Home) -> Check:
    folders = [home.root, home.token_key.parent, home.lake, home.derived, home.reports, home.tmp, home.logs]
    files = [home.config, home.token_key, home.casebook]
    open_to_others = [
        path for path in [*folders, *files] if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    if open_to_others:
        names = ", ".join(str(path) for path in open_to_others)
        fix = f"chmod -R go= {home.root}"
        return Check("modes", State.FAIL, f"open to other users of this machine: {names}", fix)
    return Check("modes", State.OK, f"folders {PRIVATE_DIR:o}, files {PRIVATE_FILE:o}: this user alone")


def _writable(home: Home) -> Check:
    folders = (home.root, home.lake, home.derived, home.reports, home.tmp, home.logs)
    missing = [path for path in folders if not path.is_dir()]
    if missing:
        names = ", ".join(str(path) for path in missing)
        return Check("folders", State.FAIL, f"missing: {names}", f"tellerwatch --home {home.root} init")
    closed = [path for path in folders if not os.access(path, os.W_OK | os.X_OK)]
    if closed:
        names = ", ".join(str(path) for path in closed)
        return Check("folders", State.FAIL, f"not writable: {names}", f"chown -R $(id -u) {home.root}")
    return Check("folders", State.OK, f"all there and writable, in {home.root}")


def _disk(home: Home) -> Check:
    free = shutil.disk_usage(home.root).free
    found = f"{free / GIB:.1f} GiB free"
    fix = "Free space on that disk, or move the home to a larger one; a night that finds it full stops."
    if free < DISK_FAIL_BYTES:
        return Check("disk", State.FAIL, found, fix)
    if free < DISK_WARN_BYTES:
        return Check("disk", State.WARN, found, fix)
    return Check("disk", State.OK, found)


def _memory(settings: Settings) -> Check:
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = settings.engine.memory_limit
    match = re.fullmatch(r"\s*([\d.]+)\s*([A-Za-z]+)\s*", limit)
    unit = _UNITS.get(match[2].upper()) if match else None
    if match is None or unit is None:
        return Check(
            "memory", State.FAIL, f"engine.memory_limit is {limit!r}", "Write it like 2GB or 512MiB."
        )
    found = f"engine.memory_limit {limit} of {there / GIB:.1f} GiB"
    if float(match[1]) * unit > 0.8 * there:
        return Check(
            "memory", State.WARN, found, "Set engine.memory_limit to at most 80 % of the machine's memory."
        )
    return Check("memory", State.OK, found)


def _clock(home: Home, settings: Settings, at: datetime) -> Check:
    local = at.astimezone(ZoneInfo(settings.bank.zone))
    found = f"{local:%Y-%m-%d %H:%M} in {settings.bank.zone}, cut-off {settings.bank.cutoff:%H:%M}"
    newest = max(path.stat().st_mtime for path in (home.config, home.casebook, home.lake) if path.exists())
    if newest > at.timestamp() + 300:
        ahead = "The home was written in the future of this clock"
        return Check(
            "clock", State.FAIL, f"{found}. {ahead}", "Set the machine's clock (NTP), then look again."
        )
    return Check("clock", State.OK, found)


def _holidays(settings: Settings, at: datetime) -> Check:
    from pipeline.calendar import BusinessCalendar

    today = at.astimezone(ZoneInfo(settings.bank.zone)).date()
    country = settings.bank.country
    calendar = BusinessCalendar(country, today, today + HOLIDAYS_AHEAD)
    if calendar.unknown_years:
        years = ", ".join(str(year) for year in calendar.unknown_years)
        fix = "Upgrade the `holidays` package, or ingest a `calendar` feed for that year."
        state = State.FAIL if today.year in calendar.unknown_years else State.WARN
        return Check("holidays", state, f"{country}: {years} not yet announced to this version", fix)
    return Check("holidays", State.OK, f"{country}, known for {today:%Y} and the month ahead")


def _key(home: Home, environment: dict[str, str]) -> Check:
    from pipeline.intake.tokens import KEY_FILE_VARIABLE, KEY_VARIABLE, load_key
    from pipeline.retention.rotation_state import FINISH, read_rotation, refuse_half_rotated

    try:
        refuse_half_rotated(home)
        keys = 1 + len(load_key(home, environment).over)
    except ConfigError as error:
        return Check("token key", State.FAIL, error.what, error.todo)
    if read_rotation(home) is not None:
        return Check("token key", State.WARN, "a change of the key was begun and cut off", FINISH)
    if environment.get(KEY_VARIABLE):
        place = f"the environment ({KEY_VARIABLE})"
    else:
        place = environment.get(KEY_FILE_VARIABLE) or str(home.token_key)
    laid = f"; {keys} keys over one another" if keys > 1 else ""
    return Check("token key", State.OK, f"present, from {place}{laid}")


def _signing_key(home: Home) -> Check:
    from pipeline.evidencepack.signing_key import key_fault, signing_key_path

    path = signing_key_path(home)
    if not path.exists():
        fix = f"tellerwatch --home {home.root} init makes one; if packs were signed before, restore the old one."
        return Check("signing key", State.WARN, "there is none yet", fix)
    if (fault := key_fault(home)) is not None:
        return Check("signing key", State.FAIL, fault.what, fault.todo)
    return Check("signing key", State.OK, f"present, from {path}")


def _lock(home: Home) -> Check:
    try:
        holder = current_holder(home)
    except LockFileError as error:
        return Check("lock", State.FAIL, error.what, error.todo)
    if holder is None:
        return Check("lock", State.OK, "free")
    found = f"held by `{holder.command}`, process {holder.pid} on {holder.host}, since {holder.since}"
    return Check(
        "lock", State.WARN, found, "Normal while it works; the lock frees itself when that process ends."
    )
