"""The dossier on paper (PDF), where a Chromium is there to print it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
SECONDS = 90
_QUIET = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-pdf-header-footer",
)


def browser_here() -> str | None:
    """Return the browser that can print, or None."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def as_pdf(page: bytes, folder: Path, browser: str | None = None) -> bytes | None:
    """Print a page.

    Args:
        page: The page's HTML, with all it needs inside.
        folder: Private scratch space.
        browser: The program; None looks for one.

    Returns:
        The PDF, or None where there is no browser or it did not print.
    """
    program = browser or browser_here()
    if program is None:
        return None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        source, target = Path(scratch) / "page.html", Path(scratch) / "page.pdf"
        source.write_bytes(page)
        # As root the browser refuses its own sandbox; the page is ours, and runs no script from elsewhere.
        sandbox = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
        places = (f"--user-data-dir={scratch}/profile", f"--print-to-pdf={target}", source.as_uri())
        command = [program, *_QUIET, *sandbox, *places]
        try:
            subprocess.run(command, capture_output=True, timeout=SECONDS, check=True)  # noqa: S603  # its arguments are ours
            return target.read_bytes()
        except (OSError, subprocess.SubprocessError):
            return None
