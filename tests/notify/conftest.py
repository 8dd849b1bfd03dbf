"""A casebook with nights in it, and real servers that take mail and calls."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from pipeline.casebook.engine import open_casebook
from pipeline.home import Home
from pipeline.installation import install
from pipeline.settings import Settings


class Post:
    """A post office: keeps each envelope, or answers with an error of one's choice."""

    def __init__(self) -> None:
        self.envelopes: list[Any] = []
        self.answer = ""
        self.refuse: set[str] = set()

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802  # aiosmtpd's name
        if address in self.refuse:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802  # aiosmtpd's name
        if self.answer:
            return self.answer
        self.envelopes.append(envelope)
        return "250 OK"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for the loopback address, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key, made = folder / "key.pem", folder / "cert.pem"
    words = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout {key} -out {made} -subj /CN=localhost"
    subprocess.run(
        [*words.split(), "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True,
        capture_output=True,
    )
    return made, key


@pytest.fixture
def post() -> Post:
    """The post office behind each mail server."""
    return Post()


@pytest.fixture
def mail_server(post: Post) -> Iterator[int]:
    """A real SMTP server without protection; its port."""
    controller = Controller(post, hostname="127.0.0.1", port=_free_port())
    yield from _served(controller)


@pytest.fixture
def starttls_server(post: Post, certificate: tuple[Path, Path]) -> Iterator[int]:
    """A real SMTP server that insists on STARTTLS and a login."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)

    def check(_server, _session, _envelope, _mechanism, data):
        known = isinstance(data, LoginPassword) and data == LoginPassword(b"night", b"correct horse")
        return AuthResult(success=known, handled=False)

    yield from _served(
        Controller(
            post,
            hostname="127.0.0.1",
            port=_free_port(),
            tls_context=context,
            require_starttls=True,
            authenticator=check,
            auth_required=True,
        )
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _served(controller: Controller) -> Iterator[int]:
    controller.start()
    yield controller.port
    controller.stop()


class Hook(ThreadingHTTPServer):
    """A receiver of webhooks."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.calls: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class _Taking(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:  # the base class's name
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A real receiver of webhooks."""
    server = Hook()
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


@pytest.fixture
def casebook(ready: Home):
    """Its casebook."""
    engine = open_casebook(ready, Settings())
    yield engine
    engine.dispose()


@pytest.fixture
def by_mail(mail_server: int) -> Callable[..., Settings]:
    """Settings that send mail to the plain server."""

    def settings(**more: Any) -> Settings:
        mail = {
            "host": "127.0.0.1",
            "port": mail_server,
            "security": "none",
            "sender": "night@bank.example",
            "recipients": ["officer@bank.example"],
        }
        return Settings.model_validate({"mail": {**mail, **more.pop("mail", {})}, **more})

    return settings
