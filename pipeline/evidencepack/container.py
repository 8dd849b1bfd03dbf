"""The pack as a folder, or as one zip file of a single possible form, so that no byte can hide a change."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

from pipeline.errors import UsageError
from pipeline.home import PRIVATE_DIR, PRIVATE_FILE

_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_pack(files: Mapping[str, bytes], out: Path) -> Path:
    """Write a pack, whole or not at all: one file where the name ends in `.zip`, else a new folder.

    Raises:
        UsageError: Something lies there already, or the place cannot be written.
    """
    if out.exists():
        raise UsageError(
            f"{out} is there already, so no pack was written: evidence is never written over.",
            "Name another place with --out.",
        )
    draft = out.with_name(f".{out.name}.{os.getpid()}.new")
    try:
        out.parent.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
        if out.suffix == ".zip":
            _write(draft, zip_bytes(files))
        else:
            draft.mkdir(mode=PRIVATE_DIR)
            for name, body in sorted(files.items()):
                (draft / name).parent.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
                _write(draft / name, body)
        draft.rename(out)
    except OSError as error:
        raise UsageError(
            f"The pack cannot be written to {out}: {error.strerror}.", "Name another place with --out."
        ) from error
    return out


def read_pack(path: Path) -> tuple[dict[str, bytes], list[str]]:
    """Read a pack.

    Returns:
        Its files by name, and what is wrong with the container itself: a link, a doubled name, or a
        byte of the zip file that belongs to no file.

    Raises:
        UsageError: There is nothing that could be a pack.
    """
    try:
        if path.is_dir():
            return _read_folder(path)
        return _read_zip(path)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise UsageError(
            f"{path} cannot be opened as an evidence pack ({type(error).__name__}): nothing is proven.",
            "Name the folder or the .zip file that `tellerwatch export evidence` has written, whole.",
        ) from error


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """Write files as a zip file of one form: sorted, stored as they are, no clock, no machine's traces."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            item = zipfile.ZipInfo(name, _EPOCH)
            item.create_system = 3
            item.external_attr = (stat.S_IFREG | PRIVATE_FILE) << 16
            archive.writestr(item, files[name])
    return out.getvalue()


def _write(path: Path, body: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)


def _read_folder(path: Path) -> tuple[dict[str, bytes], list[str]]:
    files: dict[str, bytes] = {}
    wrong: list[str] = []
    for item in sorted(path.rglob("*")):
        name = item.relative_to(path).as_posix()
        if item.is_symlink() or not (item.is_file() or item.is_dir()):
            wrong.append(f"{name} is a link or no ordinary file")
        elif item.is_file():
            files[name] = item.read_bytes()
    return files, wrong


def _read_zip(path: Path) -> tuple[dict[str, bytes], list[str]]:
    body = path.read_bytes()
    files: dict[str, bytes] = {}
    wrong: list[str] = []
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        items = archive.infolist()
        if sum(item.file_size for item in items) > len(body):
            return {}, ["the zip file promises more than it holds"]
        if any(item.compress_type != zipfile.ZIP_STORED for item in items):
            return {}, ["the zip file is packed in another way than this program packs"]
        for item in items:
            if item.filename in files:
                wrong.append(f"{item.filename} is in it twice")
            try:
                files[item.filename] = archive.read(item)
            except zipfile.BadZipFile:
                wrong.append(f"{item.filename} does not fit its checksum")
    if not wrong and zip_bytes(files) != body:
        wrong.append("the zip file has bytes that belong to no file, or another form than it is written in")
    return files, wrong
