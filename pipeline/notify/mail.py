"""Mail by SMTP, plain text, protected on the way."""

from __future__ import annotations

import hashlib
import os
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from pipeline.errors import ConfigError, TellerwatchError
from pipeline.notify.outbox import Message
from pipeline.settings import Settings
from pipeline.settings.operation import Mail

PASSWORD_VARIABLE = "TELLERWATCH_MAIL_PASSWORD"  # noqa: S105  # a name, no secret


def check_mail(mail: Mail) -> None:
    """See that the settings suffice to send.

    Raises:
        ConfigError: Sender or recipients are missing, or a password would travel in the clear.
    """
    if not mail.sender or not mail.recipients:
        raise ConfigError(
            "mail.host is set, but mail.sender or mail.recipients is empty, so nobody hears of the night.",
            "Set both in config.toml, or empty mail.host.",
        )
    if mail.security == "none" and mail.user:
        raise ConfigError(
            "mail.user is set, but mail.security is none: the password would travel in the clear.",
            "Set mail.security to starttls or tls.",
        )


def as_mail(mail: Mail, message: Message) -> EmailMessage:
    """Return the mail of a message; its Message-ID is the same whenever it is sent."""
    made = EmailMessage()
    made["From"] = mail.sender
    made["To"] = ", ".join(mail.recipients)
    made["Subject"] = message.subject
    made["Date"] = format_datetime(message.made_at)
    identity = hashlib.sha256(f"{message.key} {mail.sender}".encode()).hexdigest()[:24]
    made["Message-ID"] = f"<{message.key}.{identity}@{mail.sender.rpartition('@')[2] or 'tellerwatch'}>"
    made["Auto-Submitted"] = "auto-generated"
    made["X-Tellerwatch-Key"] = message.key
    made.set_content(message.text, cte="base64" if not message.text.isascii() else None)
    return made


def send_mail(settings: Settings, message: Message) -> None:
    """Send one message to all recipients in one transaction.

    Raises:
        OSError: The server cannot be reached, or the connection broke (smtplib's errors are of this kind).
        ConfigError: The settings do not suffice.
    """
    mail = settings.mail
    check_mail(mail)
    with _connected(mail, settings.tell.timeout_seconds) as server:
        if mail.user:
            server.login(mail.user, _password(mail))
        refused = server.send_message(as_mail(mail, message))
    if refused:
        # Some have it: to send it again would send it to them twice. The rest is for a person to mend.
        raise PartlyRefusedError(len(refused))


class PartlyRefusedError(TellerwatchError):
    """Some recipients were refused; the others have the message.

    Args:
        count: How many were refused.
    """

    def __init__(self, count: int) -> None:
        super().__init__(
            f"The mail server refused {count} of the recipients; the others have the message.",
            "Correct mail.recipients; the night's message is not sent a second time.",
        )
        self.count = count


def _connected(mail: Mail, timeout: float) -> smtplib.SMTP:
    if mail.security == "none":
        return smtplib.SMTP(mail.host, mail.port, timeout=timeout)
    context = ssl.create_default_context(cafile=mail.ca_file or None)
    if mail.security == "tls":
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=timeout, context=context)
    server = smtplib.SMTP(mail.host, mail.port, timeout=timeout)
    try:
        server.starttls(context=context)
    except BaseException:
        server.close()
        raise
    return server


def _password(mail: Mail) -> str:
    if given := os.environ.get(PASSWORD_VARIABLE):
        return given
    try:
        return Path(mail.password_file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(
            f"mail.user is set, but no password can be read ({error.strerror}).",
            f"Name its file in mail.password_file, or give it in {PASSWORD_VARIABLE}.",
        ) from error
