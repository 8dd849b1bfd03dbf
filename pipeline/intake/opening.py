"""Opens one file of any kind as rows of text."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from pipeline.errors import is_transient
from pipeline.home import Home
from pipeline.intake.delimited import open_delimited
from pipeline.intake.errors import UNREADABLE_BYTES, RefusedFileError, reader_failed, unreadable
from pipeline.intake.json_lines import open_json_lines
from pipeline.intake.naming import ending
from pipeline.intake.parquet import open_parquet
from pipeline.intake.probe import Probe, probe
from pipeline.intake.rows import RawRows, engine_path, no_doubt, spool
from pipeline.intake.workbook import unfold_workbook


def open_rows(
    path: Path,
    home: Home,
    stack: ExitStack,
    expected: Iterable[str],
    delimiter: str | None = None,
    repair: bool = False,
    short_rows: bool = False,
    name: str = "",
) -> RawRows:
    """Open a file as rows of text.

    Args:
        path: The file.
        home: The installation.
        stack: Closes what is opened.
        expected: Header names that would make sense, lower case.
        delimiter: The delimiter, where a mapping names it.
        repair: Set records with broken quotes aside.
        short_rows: Fields may be left out at a row's end.
        name: The name that tells its kind, where that is not its own.

    Raises:
        RefusedFileError: It cannot be read as what it is called, or holds nothing.
    """
    try:
        file: IO[bytes] = stack.enter_context(path.open("rb"))
        if path.stat().st_size == 0:
            raise RefusedFileError(
                "empty_file",
                "The file is empty.",
                "If nothing happened that day, a header alone says so; otherwise export it again.",
            )
        where = engine_path(file, path)
        called = Path(name or path.name)
        kind = ending(called)
        if called.suffix.lower() in (".gz", ".zst"):
            file, where = _unpacked(called.suffix.lower(), file, home, stack)
        if kind in (".parquet", ".pq"):
            return open_parquet(file, where)
        if kind == ".xlsx":
            file = unfold_workbook(file, home, stack)
            told = probe(file)
            rows = open_delimited(
                file, engine_path(file, path), told, home, stack, expected, ",", repair, short_rows
            )
            # The text is ours: its encoding is not the sender's, and its quotes are right.
            return replace(rows, encoding="xlsx", doubt=no_doubt)
        told = probe(file)
        return _open_text(kind, file, where, told, home, stack, expected, delimiter, repair, short_rows)
    except OSError as error:
        raise unreadable(error) from error
    except UNREADABLE_BYTES as error:
        raise reader_failed(error) from None  # its words may quote a row


def _open_text(
    kind: str,
    file: IO[bytes],
    where: Path,
    told: Probe,
    home: Home,
    stack: ExitStack,
    expected: Iterable[str],
    delimiter: str | None,
    repair: bool,
    short_rows: bool,
) -> RawRows:
    if not told.encoding:
        raise RefusedFileError(
            "not_text",
            "The bytes are no text: neither UTF-8, nor GB18030, nor UTF-16 with its mark.",
            "Export it again as CSV in UTF-8 or GBK, or give it the ending of what it is.",
        )
    if kind in (".jsonl", ".ndjson", ".json"):
        return open_json_lines(file, where, told, home, stack, expected)
    return open_delimited(file, where, told, home, stack, expected, delimiter, repair, short_rows)


def unpacker(packing: str, file: IO[bytes]) -> Any:
    """Return a reader of what a packed file holds; damage shows when it is read.

    Args:
        packing: `.gz` or `.zst`.
        file: The packed bytes.
    """
    if packing == ".gz":
        return gzip.GzipFile(fileobj=file)
    import pyarrow as pa

    return pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd")


def _unpacked(packing: str, file: IO[bytes], home: Home, stack: ExitStack) -> tuple[IO[bytes], Path]:
    """Unpack into a nameless scratch file."""
    target, where = spool(home, stack)
    try:
        packed = unpacker(packing, file)
        while chunk := packed.read(4 << 20):
            target.write(chunk)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        if is_transient(error):
            raise  # the scratch disk is full: nothing is wrong with the file
        raise RefusedFileError(
            "damaged_archive",
            f"The file cannot be unpacked: it is no {packing[1:]} file, is damaged, or ends too early.",
            "Copy or export it again.",
        ) from error
    target.flush()
    target.seek(0)
    return target, where
