"""Which tests belong on one worker, and which ones begin: for `pytest -n 2 --dist loadgroup`.

What a module or a session makes once is made once on each worker. So tests that need the same thing are one
group. What takes long by itself goes first, or one worker would still be at it when the other has nothing left.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

LONG = (
    "tests/soak/test_soak.py",
    "tests/evidencepack/test_story.py",
    "tests/intake/test_to_report.py",
    "tests/features/test_follows.py",
    "tests/detectors/test_pyod_detectors.py",
    "tests/intake/test_accounting.py",
    "tests/upgrade/test_old_homes.py",
    "tests/scoring/test_scoring.py",
)
"""Files of single tests of more than ten seconds, the longest first; groups go before single tests anyhow."""


def group(items: Iterable[pytest.Item]) -> None:
    """Mark tests that share something, also by way of a third one, as one group."""
    leader: dict[str, str] = {}

    def leading(key: str) -> str:
        while leader.setdefault(key, key) != key:
            key = leader[key]
        return key

    shared = [(item, sorted(_shared(item))) for item in items]
    for _, keys in shared:
        for key in keys[1:]:
            one, other = sorted((leading(keys[0]), leading(key)))
            leader[other] = one
    for item, keys in shared:
        if keys and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(leading(keys[0])))


def name_groups(items: Iterable[pytest.Item]) -> None:
    """Say each test's group in its name, where the parallel runner looks for it, if it does not stand there yet.

    pytest 9.2 keeps names in a structure, and pytest-xdist 3.8 writes to where they were before: without this, marks
    have no effect, and nothing says so (pytest-xdist's issue 1386).
    """
    for item in items:
        mark = item.get_closest_marker("xdist_group")
        if mark is not None and not item.nodeid.endswith(f"@{mark.args[0]}"):
            item._id = type(item.id).parse(f"{item.nodeid}@{mark.args[0]}")


def _shared(item: pytest.Item) -> set[str]:
    """Name what a test shares with others: this project's fixtures that outlive a test, and a module's cached results."""
    if not isinstance(item, pytest.Function):
        return set()
    found = {
        f"{definition.baseid}:{name}"
        for name in item.fixturenames
        for definition in item._fixtureinfo.name2fixturedefs.get(name, ())
        if definition.scope in ("session", "module") and definition.baseid.startswith("tests")
    }
    own = (one for one in vars(item.module).values() if hasattr(one, "cache_info"))
    if any(one.__module__ == item.module.__name__ for one in own):
        found.add(item.location[0])
    return found


def long_first(items: list[pytest.Item]) -> None:
    """Put what takes long at the beginning."""
    place = {path: number for number, path in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.location[0], len(LONG)))
