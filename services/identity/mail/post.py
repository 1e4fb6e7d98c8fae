"""Delivers mail: into the inbox that this machine can read, and to an SMTP server if one is named. Never into a log."""

import asyncio
import logging
import smtplib
import ssl
import uuid
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any
from urllib.parse import unquote, urlsplit

from cloud.log import line
from cloud.tables import Table
from services.identity.tables import EXPIRES

LOG = logging.getLogger(__name__)

SENDER = "no-reply@verificationemail.com"  # as Cognito's own default sender
_KEPT = 86400  # seconds
_PATIENCE = 10  # seconds


class Post:
    """smtp_url: smtp://[user:password@]host:port, smtps:// for TLS, "" for the inbox alone."""

    def __init__(self, table: Table, clock: Callable[[], float], smtp_url: str = "") -> None:
        self._table = table
        self._clock = clock
        self._smtp = smtp_url

    async def send(self, to: str, subject: str, text: str, code: str = "") -> None:
        """Deliver a message. A server that does not take it is logged; the inbox has the message anyway."""
        now = self._clock()
        # The later, the smaller: a query gives the newest first.
        identity = f"{10**15 - int(now * 1e5):015d}-{uuid.uuid4().hex[:8]}"
        message = {"To": to, "Id": identity, "Subject": subject, "Text": text, "Code": code, "Sent": now}
        await self._table.create({**message, EXPIRES: int(now + _KEPT)})
        if self._smtp and "@" in to:
            try:
                await asyncio.to_thread(self._hand_over, to, subject, text)
            except (OSError, ValueError, smtplib.SMTPException) as error:
                LOG.warning(line("mail", refused=type(error).__name__))

    async def pretend(self) -> None:
        """What sending costs, for a message to nobody."""
        await self._table.get({"To": "nobody", "Id": "none"})

    async def messages(self, to: str = "") -> list[dict[str, Any]]:
        """What was sent, the newest first; to: to this address only."""
        found = await self._table.query(to) if to else await self._table.scan()
        shown = [{name: value for name, value in one.items() if name != EXPIRES} for one in found]
        return sorted(shown, key=lambda message: str(message["Id"]))

    def _hand_over(self, to: str, subject: str, text: str) -> None:
        server = urlsplit(self._smtp)
        message = EmailMessage(SMTP)
        message["From"], message["To"], message["Subject"] = SENDER, to, " ".join(subject.split())
        message.set_content(text)
        host, secure = server.hostname or "localhost", server.scheme == "smtps"
        with _connect(host, server.port or (465 if secure else 25), secure) as connection:
            if server.username:
                connection.login(unquote(server.username), unquote(server.password or ""))
            connection.send_message(message)


def _connect(host: str, port: int, secure: bool) -> smtplib.SMTP:
    if secure:
        return smtplib.SMTP_SSL(host, port, timeout=_PATIENCE, context=ssl.create_default_context())
    return smtplib.SMTP(host, port, timeout=_PATIENCE)
