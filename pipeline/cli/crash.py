"""What is kept of an unexpected error: a traceback in the home's logs, scrubbed, never on the screen."""

from __future__ import annotations

import hashlib
import os
import traceback
from pathlib import Path

from pipeline.clock import now
from pipeline.home import PRIVATE_DIR, PRIVATE_FILE, Home
from pipeline.log import scrub


def record_crash(home: Home, error: BaseException) -> str:
    """Write the traceback where an operator can send it from, and say so.

    Args:
        home: The installation; where it does not exist, nothing is written.
        error: What was raised.

    Returns:
        The sentences for the screen: kind and place of the error, no value from the data.
    """
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown place"
    summary = f"Tellerwatch met an error that it did not expect ({type(error).__name__} at {place})."
    text = scrub("".join(traceback.format_exception(error)))
    if not home.exists:
        return f"{summary}\n  → Run it again in an existing home to have the details logged there."
    mark = hashlib.sha256(text.encode()).hexdigest()[:8]
    path = home.logs / f"crash-{now():%Y%m%dT%H%M%SZ}-{mark}.log"
    try:
        home.logs.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as log:
            log.write(text)
    except OSError:
        return f"{summary}\n  → The details could not be written to {home.logs}; check its space and owner."
    return f"{summary}\n  → The details are in {path}; tonight's work is not done until the command succeeds."
