"""Which files are meant, and which feed each one is."""

from __future__ import annotations

import difflib
import glob
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.contract import FEEDS
from pipeline.errors import UsageError
from pipeline.intake.endings import ENDINGS as ENDINGS
from pipeline.intake.endings import ending as ending
from pipeline.intake.endings import is_beside, is_plain

Known = Callable[[Path], object]
STANDARD_INPUT = "-"
# Order in which feeds are taken in: what explains a look-up before the look-ups.
_LAST = ("access_log",)
_MANIFEST = re.compile(r"(?:.+[-_.])?manifest(?:[-_.][0-9-]+)?\.(?:csv|toml)", re.IGNORECASE)


@dataclass(frozen=True)
class Named:
    """A file and the feed that it is.

    Attributes:
        path: The file.
        feed: Its feed's name; None when the name tells of none.
        shown: How it is called in the ledger and to people; empty for its path.
        name: The name that tells its kind; empty for its path's own.
        sha256: The hash under which the ledger knows it; empty for that of its bytes.
    """

    path: Path
    feed: str | None
    shown: str = ""
    name: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Found:
    """The files that are meant.

    Attributes:
        named: The files with their feeds, in the order in which they are taken in.
        strange: Those whose names tell of no feed.
        unread: Those that are called after a feed, and are of a kind that is not read.
    """

    named: list[Named]
    strange: list[Path]
    unread: list[Path]


def known_feed(name: str) -> str:
    """Return the feed of that name.

    Raises:
        UsageError: There is none.
    """
    plain = name.strip().lower().replace("-", "_")
    if plain in FEEDS:
        return plain
    near = difflib.get_close_matches(plain, FEEDS, n=1)
    raise UsageError(
        f"There is no feed called {name!r}" + (f"; did you mean {near[0]}?" if near else "."),
        "The feeds are: " + ", ".join(FEEDS) + ".",
    )


def feed_of(path: Path) -> str | None:
    """Tell the feed from a file's name: the longest feed name that it begins with."""
    name = path.name.lower().replace("-", "_").replace(" ", "_")
    fitting = [
        feed
        for feed in FEEDS
        if name.startswith(feed) and (len(name) == len(feed) or not name[len(feed)].isalpha())
    ]
    return max(fitting, key=len, default=None)


def is_manifest(path: Path) -> bool:
    """Tell a manifest, which lists what was sent and is no export itself, by its name."""
    return bool(_MANIFEST.fullmatch(path.name))


def find_files(paths: Sequence[Path], feed: str | None, strict: bool = True) -> Found:
    """List the files that are meant, in the order in which they are taken in.

    Args:
        paths: Folders, files, or patterns with wildcards.
        feed: The feed, where it was named.
        strict: A file that was named and tells of no feed is an error.

    Raises:
        UsageError: A path does not exist, nothing there is an export of a feed, or (with `strict`) a file
            that was named tells of no feed.
    """
    named: list[Named] = []
    strange: list[Path] = []
    unread: list[Path] = []
    for path in paths:
        if path.is_dir():
            unread += unread_below(path)
            for item in files_below(path):
                told = feed or feed_of(item)
                if told is None:
                    strange.append(item)
                else:
                    named.append(Named(item, told))
        else:
            for item in _matching(path):
                told = feed or feed_of(item)
                if told is None and not strict:
                    strange.append(item)
                else:
                    named.append(_named_file(item, feed))
    if not named and not unread and (strict or not strange):
        raise _nothing_to_take(paths, strange)
    unique = {item.path.resolve(): item for item in named}
    return Found(sorted(unique.values(), key=_order), strange, unread)


def files_below(folder: Path, known: Known = feed_of) -> list[Path]:
    """List the files of a folder that can be exports, hidden and temporary ones left out.

    Args:
        folder: The folder.
        known: Tells by its name whether a file is an export, where its ending does not.
    """
    return [item for item in _inside(folder) if _is_read(item, known)]


def unread_below(folder: Path, known: Known = feed_of, markers: tuple[str, ...] = ()) -> list[Path]:
    """List the files of a folder that are called as exports are, and are of a kind that is not read.

    Args:
        folder: The folder.
        known: Tells by its name whether a file is an export.
        markers: More endings of markers, as configured.
    """
    return [
        item
        for item in _inside(folder)
        if not _is_read(item, known) and known(item) and not is_beside(item, markers)
    ]


def _inside(folder: Path) -> list[Path]:
    found = (item for item in sorted(folder.rglob("*")) if item.is_file() and _visible(item, folder))
    return [item for item in found if not is_manifest(item)]


def _is_read(item: Path, known: Known) -> bool:
    return ending(item) in ENDINGS or (bool(known(item)) and is_plain(item))


def _nothing_to_take(paths: Sequence[Path], strange: list[Path]) -> UsageError:
    where = ", ".join(str(path) for path in paths)
    if not strange:
        return UsageError(
            f"There is no export in {where}, so nothing was taken in.",
            "Check the path. Files of these endings are looked for: " + ", ".join(ENDINGS) + ".",
        )
    names = ", ".join(path.name for path in strange[:5]) + (" …" if len(strange) > 5 else "")
    return UsageError(
        f"No file in {where} tells which feed it is ({names}), so nothing was taken in.",
        "Name the feed with --feed, or call the files after their feeds, as in access_log-2026-06-18.csv; "
        "`ingest --dry-run` proposes a mapping for each. The feeds are: " + ", ".join(FEEDS) + ".",
    )


def _visible(item: Path, below: Path) -> bool:
    return not any(part.startswith((".", "~$")) for part in item.relative_to(below).parts)


def _matching(path: Path) -> Iterable[Path]:
    if path.is_file():
        return [path]
    if any(sign in path.name for sign in "*?[") and path.parent.is_dir():
        found = sorted(item for item in path.parent.glob(path.name) if item.is_file())
        if found:
            return found
    # Wildcards in any part, as a shell would have done it; after the above, where a folder's own name has such signs.
    if any(sign in str(path) for sign in "*?["):
        found = sorted(Path(item) for item in glob.glob(str(path), recursive=True) if Path(item).is_file())  # noqa: PTH207
        if found:
            return found
    raise UsageError(
        f"There is no file or folder at {path}, so nothing of it was taken in.",
        "Check the path; an export that is late is best taken in once it is there.",
    )


def _named_file(path: Path, feed: str | None) -> Named:
    told = feed or feed_of(path)
    if told is None:
        raise UsageError(
            f"The name of {path} does not tell which feed it is.",
            "Name it with --feed, or call the file after its feed, as in access_log-2026-06-18.csv. "
            "The feeds are: " + ", ".join(FEEDS) + ".",
        )
    return Named(path, told)


def _order(item: Named) -> tuple[bool, str, str]:
    return (item.feed in _LAST, item.feed or "", str(item.path))
