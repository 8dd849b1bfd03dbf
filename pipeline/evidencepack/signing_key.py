"""The installation's signing key (Ed25519): made by `init`, or on first use, for the owner's eyes alone."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ConfigError
from pipeline.home import PRIVATE_DIR, PRIVATE_FILE, Home

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SEED_BYTES = 32


def signing_key_path(home: Home) -> Path:
    """Return where the signing key lies: beside the token key."""
    return home.token_key.with_name("signing.key")


def load_signing_key(home: Home) -> Ed25519PrivateKey:
    """Read the signing key, or make one where there is none yet.

    Raises:
        ConfigError: It cannot be read, others can read it, or it is none.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(_seed(home))


def sheet_key(home: Home) -> bytes:
    """Derive the secret that seals sheets; knowing it gives nobody the signing key."""
    return hmac.new(_seed(home), b"tellerwatch sheet 1", hashlib.sha256).digest()


def staff_key(home: Home) -> bytes:
    """Derive the secret behind the codes of staff; it outlives a change of the customers' key."""
    return hmac.new(_seed(home), b"tellerwatch staff 1", hashlib.sha256).digest()


def make_signing_key(home: Home) -> bool:
    """Make the signing key where there is none yet.

    Returns:
        Whether one was made.
    """
    path = signing_key_path(home)
    if path.exists():
        return False
    _make(path)
    return True


def key_fault(home: Home) -> ConfigError | None:
    """Say what is wrong with the signing key; None where it is fit for use."""
    try:
        _seed(home)
    except ConfigError as error:
        return error
    return None


def _seed(home: Home) -> bytes:
    path = signing_key_path(home)
    make_signing_key(home)
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError as error:
        raise ConfigError(
            f"The signing key {path} cannot be read ({error.strerror}); nothing can be signed.",
            "Restore it from the backup, or let the user who owns the home do this.",
        ) from error
    if mode & 0o077:
        raise ConfigError(
            f"The signing key {path} can be read by others (mode {mode:04o}); what it signs proves nothing.",
            f"chmod 600 {path}; if somebody may have read it, take it away, and tell those who hold packs.",
        )
    try:
        seed = bytes.fromhex(text)
    except ValueError:
        seed = b""
    if len(seed) != SEED_BYTES:
        raise ConfigError(
            f"What {path} holds is no signing key: it takes {SEED_BYTES} bytes as hexadecimal digits.",
            "Restore it from the backup; a new one is made where there is none.",
        )
    return seed


def _make(path: Path) -> None:
    path.parent.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(os.urandom(SEED_BYTES).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # unlike a rename, never over a key that another process has just made
        except FileExistsError:
            return
    finally:
        draft.unlink(missing_ok=True)


def public_text(key: Ed25519PublicKey) -> bytes:
    """Write a public key as PEM, in its one form."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return the SHA-256 of the raw public key: what to compare by telephone."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()
