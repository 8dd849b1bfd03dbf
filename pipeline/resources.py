"""Where the files lie that come with the program: `config/` and `sample_logs/`.

In a checkout they stand beside the packages; an installed wheel carries them inside this one.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def shipped_config() -> Path:
    """Return the folder of the default settings, the mappings and the checks."""
    return _shipped("config", "_config")


def shipped_sample_logs() -> Path:
    """Return the folder of the small bank that the demo works on."""
    return _shipped("sample_logs", "_sample_logs")


def _shipped(in_checkout: str, in_wheel: str) -> Path:
    installed = _PACKAGE / in_wheel
    return installed if installed.is_dir() else _PACKAGE.parent / in_checkout
