"""Seals files into a pack: their hashes in a manifest, the manifest under a signature."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline.evidencepack.signing_key import fingerprint, public_text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FORM = "tellerwatch evidence pack 1"
MANIFEST, SIGNATURE, PUBLIC_KEY, SUMS = "manifest.json", "manifest.sig", "public_key.pem", "SHA256SUMS"
OUTSIDE = frozenset({MANIFEST, SIGNATURE, PUBLIC_KEY})
"""Files that the manifest does not list: itself, its signature, and the key, whose hash it gives."""


def seal(
    files: Mapping[str, bytes], about: Mapping[str, Any], key: Ed25519PrivateKey, *, sm3: bool | None = None
) -> dict[str, bytes]:
    """Add the sums, the manifest, its signature and the public key to files.

    Args:
        files: Name → content; names as they will stand in the pack, with `/` between folders.
        about: What the manifest says besides: the case, the run, the position in the access record.
        key: The installation's key.
        sm3: Write SM3 sums too; None does so where this machine's OpenSSL has it.

    Returns:
        All files of the pack, by name.
    """
    if clash := sorted({*OUTSIDE, SUMS} & set(files)):
        raise ValueError(f"{clash[0]} is written here")
    content = {name: files[name] for name in sorted(files)}
    sums = "".join(f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, body in content.items())
    content[SUMS] = sums.encode()
    with_sm3 = sm3_here() if sm3 is None else sm3
    manifest = {
        "form": FORM,
        "schema_version": "1.0",
        **about,
        "public_key_sha256": fingerprint(key.public_key()),
        "files": [_listed(name, content[name], with_sm3) for name in sorted(content)],
    }
    text = canonical(manifest)
    return {
        **content,
        MANIFEST: text,
        SIGNATURE: signature_text(key.sign(text)),
        PUBLIC_KEY: public_text(key.public_key()),
    }


def canonical(value: Any) -> bytes:
    """Write JSON in its one form: sorted keys, two blanks, Chinese as itself, a line end."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False)
    return (text + "\n").encode()


def signature_text(signature: bytes) -> bytes:
    """Write a signature in its one form: lower-case hexadecimal and a line end."""
    return signature.hex().encode() + b"\n"


def sm3_here() -> bool:
    """Say whether this machine can compute SM3 (GB/T 32905-2016)."""
    return "sm3" in hashlib.algorithms_available and sm3_of(b"") is not None


def sm3_of(body: bytes) -> str | None:
    """Hash with SM3; None where OpenSSL names it and still refuses."""
    try:
        return hashlib.new("sm3", body).hexdigest()
    except ValueError:
        return None


def _listed(name: str, body: bytes, with_sm3: bool) -> dict[str, Any]:
    listed: dict[str, Any] = {
        "name": name,
        "bytes": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    return {**listed, "sm3": sm3_of(body)} if with_sm3 else listed
