"""The customers' tokens: a keyed hash of the normalised number, equal here and in the engine's SQL."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.home import Home

KEY_VARIABLE = "TELLERWATCH_TOKEN_KEY"
KEY_FILE_VARIABLE = "TELLERWATCH_TOKEN_KEY_FILE"
MIN_KEY_BYTES = 16
_BLOCK = 64  # SHA-256's block, bytes

BLANKS = (
    "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u200b\u200c\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)
_WIDE = "".join(chr(code + 0xFEE0) for code in range(0x21, 0x7F))
_NARROW = "".join(chr(code) for code in range(0x21, 0x7F)).upper()
_LOWER = "abcdefghijklmnopqrstuvwxyz"
# One table for both sides: what is replaced by what; what has no partner is dropped.
TRANSLATE_FROM = _WIDE + _LOWER + "\u2018\u2019" + BLANKS
TRANSLATE_TO = _NARROW + _LOWER.upper() + "''"
_TABLE = str.maketrans(TRANSLATE_FROM[: len(TRANSLATE_TO)], TRANSLATE_TO, TRANSLATE_FROM[len(TRANSLATE_TO) :])

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
_OLD_FORM = re.compile(r"[0-9]{8}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}")

_PACKED = re.compile('="\'*(.*)"')
_FLOATED = re.compile(r"([0-9]+)\.0+")


def check_digit(first_seventeen: str) -> str:
    """Return the eighteenth character of a resident number.

    Args:
        first_seventeen: The first seventeen digits.

    Source: GB 11643-1999 (ISO 7064, MOD 11-2).
    """
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, first_seventeen, strict=True))
    return CHECK_DIGITS[total % 11]


def normalise_subject(raw: str) -> str:
    """Bring a customer's number into its one form.

    Blanks and leading apostrophes go, a sheet's `="…"` and the `.0` of a float too, full-width characters become
    narrow, letters become capitals, and a resident number of fifteen digits is brought to eighteen.

    Args:
        raw: The number as it stands in an export or was typed.
    """
    text = raw.translate(_TABLE).lstrip("'")
    if packed := _PACKED.fullmatch(text):
        text = packed[1]
    if floated := _FLOATED.fullmatch(text):
        text = floated[1]
    if _OLD_FORM.fullmatch(text):
        text = f"{text[:6]}19{text[6:]}"
        text += check_digit(text)
    return text


class TokenKey(bytes):
    """The secret of an installation: its first key, and those that have been laid over it since, in order.

    Numbers are not kept, so a new key cannot take the old one's place: it is applied to the old one's tokens.
    """

    over: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, keys: Sequence[bytes]) -> TokenKey:
        """Make it of its keys, the oldest first."""
        made = cls(keys[0])
        made.over = tuple(keys[1:])
        return made


def token(key: bytes, raw: str) -> str:
    """Return the token that stands for a customer: HMAC-SHA-256 of the normalised number, hex.

    Args:
        key: The secret of this installation.
        raw: The number as it stands in an export or was typed.
    """
    made = hmac.new(key, normalise_subject(raw).encode("utf-8"), hashlib.sha256).hexdigest()
    for over in _over(key):
        made = wrapped(over, made)
    return made


def wrapped(key: bytes, made: str) -> str:
    """Return the token that a further key makes of a token.

    Args:
        key: The further key.
        made: The token, hex.
    """
    return hmac.new(key, made.encode("ascii"), hashlib.sha256).hexdigest()


def key_pads(key: bytes) -> tuple[bytes, ...]:
    """Return the inner and the outer pad of the key, then those of each key over it, 64 bytes each.

    Args:
        key: The secret of this installation.

    Source: RFC 2104.
    """
    return tuple(pad for one in (key, *_over(key)) for pad in _pads(one))


def _over(key: bytes) -> tuple[bytes, ...]:
    return key.over if isinstance(key, TokenKey) else ()


def _pads(key: bytes) -> tuple[bytes, bytes]:
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


def key_file(home: Home, environment: Mapping[str, str]) -> Path:
    """Return the file that holds the token key, where no variable does."""
    named = environment.get(KEY_FILE_VARIABLE)
    return Path(named) if named else home.token_key


def load_key(home: Home, environment: dict[str, str] | None = None) -> TokenKey:
    """Read the token key: from the environment, from a file that it names, or from the home.

    One line is one key; further lines are those that were laid over it, in order.

    Args:
        home: The installation.
        environment: The environment; None takes the process's own.

    Raises:
        ConfigError: There is none, others can read it, or it is no key.
    """
    variables = dict(os.environ if environment is None else environment)
    if text := variables.get(KEY_VARIABLE):
        return _decoded(text, f"the variable {KEY_VARIABLE}")
    path = key_file(home, variables)
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise ConfigError(
            f"The token key {path} cannot be read ({error.strerror}); no customer can be tokenised.",
            f"`tellerwatch init` makes one; or restore it from the backup, or set {KEY_FILE_VARIABLE}.",
        ) from error
    if mode & 0o077:
        raise ConfigError(
            f"The token key {path} can be read by others (mode {mode:04o}); tokens would protect nobody.",
            f"chmod 600 {path}, and think about who may have read it.",
        )
    return _decoded(text, str(path))


def _decoded(text: str, where: str) -> TokenKey:
    return TokenKey.of([_one_key(word, where) for word in text.split() or [""]])


def _one_key(text: str, where: str) -> bytes:
    key = b""
    if re.fullmatch(r"([0-9a-fA-F]{2})+", text):
        key = bytes.fromhex(text)
    else:
        try:
            key = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            key = b""
    if len(key) < MIN_KEY_BYTES:
        raise ConfigError(
            f"What {where} holds is no token key: it takes {MIN_KEY_BYTES} bytes or more, as hex or base64.",
            "Restore the right one from the backup; a new one gives every known customer a new token.",
        )
    return key
