"""A home that is ready, and a small web server that notes who called."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pipeline.home import Home
from pipeline.installation import install
from pipeline.log import LogOptions, set_up


class Called(ThreadingHTTPServer):
    """A server on the loopback address that answers with a status of one's choice and notes each call."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Noting)
        self.calls: list[tuple[str, str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class _Noting(BaseHTTPRequestHandler):
    server: Called

    def _note(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.calls.append((self.command, self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = _note  # noqa: N815  # the base class's names

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture(autouse=True)
def _log_to_this_tests_stderr() -> None:
    set_up(LogOptions())


@pytest.fixture
def web() -> Iterator[Called]:
    """A web server that notes its calls."""
    server = Called()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def ready(home: Home) -> Home:
    """A home as `init` makes it."""
    install(home)
    return home
