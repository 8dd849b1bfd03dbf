"""Verifies a pack offline, without a home: what it proves, what it does not, and every fault."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.evidencepack.container import read_pack
from pipeline.evidencepack.sealing import (
    FORM,
    MANIFEST,
    OUTSIDE,
    PUBLIC_KEY,
    SIGNATURE,
    canonical,
    signature_text,
    sm3_of,
)
from pipeline.evidencepack.signing_key import fingerprint, public_text

ACCESS_RECORD = "access_record.json"
PROVES = (
    "Every file is, byte for byte, what was signed, and none was added or taken away.",
    "The signature was made by whoever holds the secret half of the key shown here.",
    "Each entry of the access record in the pack, unless it shows staff under codes, fits its own hash.",
    "The last entry of the access record in the pack is the export itself.",
)
PROVES_PINNED = "That key is the one you named."
NOT_PROVEN = (
    "Whose key it is, unless you compare its fingerprint with one that you had from the bank by another way.",
    "That the bank's logs were true or complete before they were taken in; the dossier names the files.",
    "That the clock of the exporting machine was right.",
    "That nothing else was known about the case: the pack holds one case as of one night.",
    "That the person did what the figures suggest: they are a ground to ask, not a finding of guilt.",
)


@dataclass(frozen=True)
class PackFault:
    """One thing in a pack that does not hold."""

    code: str
    file: str
    text: str


@dataclass(frozen=True)
class PackReport:
    """What verifying a pack has shown.

    Attributes:
        intact: Whether no fault was found.
        signed_by: Fingerprint of the key in the pack; empty where there is none that can be read.
        key_named: Whether it was held against a fingerprint that the verifier had from elsewhere.
        about: What the manifest says of the case, the run, the place in the access record.
    """

    intact: bool
    files: int
    signed_by: str
    key_named: bool
    about: dict[str, Any]
    faults: tuple[PackFault, ...]
    proves: tuple[str, ...]
    does_not_prove: tuple[str, ...]


def verify_pack(path: Path, key: str = "") -> PackReport:
    """Verify a pack that lies at a path.

    Args:
        path: A folder or a zip file.
        key: Fingerprint that the key must have, as the bank has told it by another way; empty takes any.

    Raises:
        UsageError: There is nothing that could be a pack.
    """
    files, wrong = read_pack(path)
    return verify_files(files, key, [PackFault("container", "", text) for text in wrong])


def verify_files(
    files: Mapping[str, bytes], key: str = "", faults: list[PackFault] | None = None
) -> PackReport:
    """Verify a pack's files.

    Args:
        files: Name → content.
        key: Fingerprint that the key must have; empty takes any.
        faults: What was found before.
    """
    found = list(faults or [])
    found += [
        PackFault("missing", name, f"{name} is not in the pack")
        for name in sorted(OUTSIDE)
        if name not in files
    ]
    signed_by, key_faults = _signature(files, key)
    found += key_faults
    manifest, form_faults = _manifest(files.get(MANIFEST, b""), signed_by)
    found += form_faults
    found += _contents(files, manifest)
    found += _access_record(files.get(ACCESS_RECORD), manifest)
    intact = not found
    named = bool(key) and intact
    return PackReport(
        intact=intact,
        files=len(files),
        signed_by=signed_by,
        key_named=named,
        about={name: value for name, value in manifest.items() if name != "files"},
        faults=tuple(found),
        proves=(*PROVES, PROVES_PINNED) if named else PROVES if intact else (),
        does_not_prove=NOT_PROVEN[1:] if named else NOT_PROVEN,
    )


def _signature(files: Mapping[str, bytes], wanted: str) -> tuple[str, list[PackFault]]:
    """Check the signature over the manifest's bytes, and the key's one form."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    text, signature = files.get(PUBLIC_KEY), files.get(SIGNATURE)
    if text is None or signature is None:
        return "", []
    try:
        key = load_pem_public_key(text)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey) or public_text(key) != text:
        return "", [PackFault("key", PUBLIC_KEY, "the public key is no Ed25519 key in its one form")]
    faults = []
    mark = fingerprint(key)
    if wanted and wanted.replace(":", "").replace(" ", "").lower() != mark:
        faults.append(PackFault("other_key", PUBLIC_KEY, "it was signed with another key than you named"))
    try:
        raw = bytes.fromhex(signature.decode("ascii").strip())
        if signature_text(raw) != signature:
            raise ValueError
        key.verify(raw, files.get(MANIFEST, b""))
    except (ValueError, InvalidSignature):
        faults.append(PackFault("signature", SIGNATURE, "it does not fit the manifest and the key"))
    return mark, faults


def _manifest(text: bytes, signed_by: str) -> tuple[dict[str, Any], list[PackFault]]:
    try:
        manifest = json.loads(text)
        listed = {item["name"]: (item["bytes"], item["sha256"]) for item in manifest["files"]}
        # Whoever signs anew may write what the one form cannot say: no number, half a character, a depth without end.
        in_one_form = canonical(manifest) == text
        if not all(isinstance(name, str) for name in listed):
            raise TypeError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}, [PackFault("manifest", MANIFEST, "the manifest cannot be read")]
    faults = []
    if manifest.get("form") != FORM or len(listed) != len(manifest["files"]):
        faults.append(PackFault("manifest", MANIFEST, f"it is not of the form {FORM!r}"))
    if not in_one_form:
        faults.append(PackFault("manifest", MANIFEST, "it is not written in its one form"))
    if manifest.get("public_key_sha256") != signed_by:
        faults.append(PackFault("key", PUBLIC_KEY, "it is not the key that the manifest names"))
    return manifest, faults


def _contents(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> list[PackFault]:
    listed = {item["name"]: item for item in manifest.get("files", ())}
    faults = [
        PackFault("added", name, f"{name} is not in the manifest")
        for name in sorted(set(files) - set(listed) - OUTSIDE)
    ]
    for name, item in sorted(listed.items()):
        body = files.get(name)
        if body is None:
            faults.append(PackFault("missing", name, f"{name} is not in the pack"))
        elif len(body) != item.get("bytes") or hashlib.sha256(body).hexdigest() != item.get("sha256"):
            faults.append(PackFault("changed", name, f"{name} is not what was signed"))
        elif "sm3" in item and (here := sm3_of(body)) is not None and here != item["sm3"]:
            faults.append(PackFault("changed", name, f"{name} does not fit its SM3 sum"))
    return faults


def _access_record(body: bytes | None, manifest: Mapping[str, Any]) -> list[PackFault]:
    """Check each entry's own hash, where it shows what was hashed, and that the last is the one that the manifest names."""
    from pipeline.casebook.access import hash_of

    if not manifest:
        return []
    position = manifest.get("chain")
    if not isinstance(position, dict):
        return [PackFault("access_record", MANIFEST, "the manifest names no place in the access record")]
    if body is None:
        return [PackFault("access_record", ACCESS_RECORD, "the access record is not in the pack")]
    try:
        entries = [{**item, "at": datetime.fromisoformat(item["at"])} for item in json.loads(body)["entries"]]
        faults = [
            PackFault("access_record", ACCESS_RECORD, f"entry {item['seq']} does not fit its hash")
            for item in entries
            if not item.get("coded") and hash_of(item) != item["hash"]
        ]
        last = entries[-1] if entries else {}
        if (last.get("seq"), last.get("hash")) != (position.get("seq"), position.get("hash")):
            faults.append(PackFault("access_record", ACCESS_RECORD, "its last entry is not the export"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return [PackFault("access_record", ACCESS_RECORD, "the access record cannot be read")]
    return faults
