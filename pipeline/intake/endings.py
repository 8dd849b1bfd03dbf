"""What a file is by its ending: read, left alone with a word, or no export at all."""

from __future__ import annotations

import re
from pathlib import Path

TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".dat", ".del")
ENDINGS = (*TEXT_ENDINGS, ".jsonl", ".ndjson", ".json", ".parquet", ".pq", ".xlsx")
COMPRESSED = (".gz", ".zst")
# Of no use without the file that they stand beside: that it is whole, its hash, its signature.
MARKERS = (
    ".done",
    ".ok",
    ".flag",
    ".fin",
    ".end",
    ".ctl",
    ".md5",
    ".sha1",
    ".sha256",
    ".sha512",
    ".sig",
    ".asc",
)
# A transfer under way: the file gets its own name when it is whole.
UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp")
# What people keep beside exports and nobody would send as one.
PAPERS = (
    ".md",
    ".sql",
    ".toml",
    ".ini",
    ".yaml",
    ".py",
    ".sh",
    ".doc",
    ".docx",
    ".pdf",
    ".bak",
    ".old",
    ".orig",
)
# As systems write logs that they turn over: access_log.log, access_log.1, access_log.2026-06-19.
_PLAIN = re.compile(r"|\.log|\.[0-9][0-9_-]*")


def ending(path: Path) -> str:
    """Return a file's kind by its ending, compression taken off; lower case."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in COMPRESSED:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def is_plain(path: Path) -> bool:
    """Tell a name whose ending says nothing of what is in it: it is read as text, as when it is named singly.

    A file of that kind without a byte, beside others that are called after it, is a mark that they are whole.
    """
    if not _PLAIN.fullmatch(ending(path)):
        return False
    return path.stat().st_size > 0 or not any(
        other.name.startswith(f"{path.name}.") for other in path.parent.iterdir()
    )


def is_beside(path: Path, markers: tuple[str, ...] = ()) -> bool:
    """Tell a file that says something of another, or nothing: a marker, a hash, an empty flag.

    Args:
        path: The file.
        markers: More endings of markers, as configured.
    """
    name = path.name.lower()
    return name.endswith((*MARKERS, *markers)) or path.stat().st_size == 0
