"""A CRM and a mail server that take messages, and now and then fail, hang, or leave after taking one."""

import asyncio
import base64
import email
import email.policy
import re
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, Envelope, Session
from standardwebhooks import Webhook, WebhookVerificationError

from devstack.processes import LOOPBACK

INBOX = "leads@casabricks.example"
# Longer than the app waits for either.
HANG_SECONDS = 30.0
_INQUIRY = re.compile(r"^Inquiry: ([0-9a-f-]+)", re.MULTILINE)


class Mishap(StrEnum):
    FAILED = "answered with an error"
    LEFT = "hung up after taking it"
    HUNG = "never answered"


# Of every hundred messages.
SHARES = {Mishap.FAILED: 6.0, Mishap.LEFT: 3.0, Mishap.HUNG: 0.5}


@dataclass
class Inbox:
    """What one receiver got: for each message id its inquiry, and how often it came and with what content."""

    random: Random
    inquiry_of: dict[str, str] = field(default_factory=dict)
    taken: Counter[str] = field(default_factory=Counter)
    contents: dict[str, set[bytes]] = field(default_factory=dict)
    mishaps: Counter[Mishap] = field(default_factory=Counter)
    forged: int = 0
    _spared: set[str] = field(default_factory=set)

    def take(self, message_id: str, inquiry_id: str, content: bytes) -> None:
        self.inquiry_of[message_id] = inquiry_id
        self.taken[message_id] += 1
        self.contents.setdefault(message_id, set()).add(content)

    def mishap(self, message_id: str) -> Mishap | None:
        """One a message at most: after a second failure the app waits for minutes, after a third for half an hour."""
        if message_id in self._spared:
            return None
        self._spared.add(message_id)
        at = self.random.uniform(0, 100)
        for mishap, share in SHARES.items():
            if at < share:
                self.mishaps[mishap] += 1
                return mishap
            at -= share
        return None


class Receivers:
    """Both servers, on ports of their own; `variables` lead the app to them."""

    def __init__(self, seed: int) -> None:
        self.webhooks, self.emails = Inbox(Random(f"{seed} webhooks")), Inbox(Random(f"{seed} e-mails"))
        self._webhook_senders = WeakSet[asyncio.StreamWriter]()
        self._mail_senders = WeakSet[SMTP]()
        self._secret = f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"
        self.variables = {"LEADS_INBOX": INBOX, "CRM_WEBHOOK_SECRET": self._secret}

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        crm = await asyncio.start_server(self._on_webhook, LOOPBACK, 0)
        mail = await loop.create_server(self._greet, LOOPBACK, 0)
        self.variables["CRM_WEBHOOK_URL"] = f"http://{LOOPBACK}:{crm.sockets[0].getsockname()[1]}/leads"
        self.variables["SMTP_URL"] = f"smtp://{LOOPBACK}:{mail.sockets[0].getsockname()[1]}"
        try:
            yield
        finally:
            crm.close()
            mail.close()
            # Those that hang are still here.
            here: list[asyncio.StreamWriter | SMTP] = [*self._webhook_senders, *self._mail_senders]
            for sender in here:
                if sender.transport is not None:
                    sender.transport.close()
            await asyncio.sleep(0)

    def _greet(self) -> SMTP:
        sender = SMTP(self, hostname="mail.casabricks.example")
        self._mail_senders.add(sender)
        return sender

    async def _on_webhook(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._webhook_senders.add(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            headers = email.message_from_string(head.partition("\r\n")[2])
            body = await reader.readexactly(int(headers["content-length"]))
            status = await self._answer(headers["webhook-id"], dict(headers), body)
            if status:
                writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
                await writer.drain()
        writer.close()

    async def _answer(self, message_id: str, headers: dict[str, str], body: bytes) -> str | None:
        try:
            event = Webhook(self._secret).verify(body, headers)
        except WebhookVerificationError:
            self.webhooks.forged += 1
            return "401 Unauthorized"
        mishap = self.webhooks.mishap(message_id)
        if mishap is Mishap.FAILED:
            return "500 Internal Server Error"
        if mishap is Mishap.HUNG:
            await asyncio.sleep(HANG_SECONDS)
            return None
        self.webhooks.take(message_id, event["data"]["id"], body)
        return None if mishap is Mishap.LEFT else "204 No Content"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        letter = email.message_from_bytes(envelope.original_content or b"", policy=email.policy.default)
        message_id = str(letter["Message-ID"])
        mishap = self.emails.mishap(message_id)
        if mishap is Mishap.FAILED:
            return "451 Try again later"
        if mishap is Mishap.HUNG:
            await asyncio.sleep(HANG_SECONDS)
            return "421 Too late"
        text = letter.get_content()
        found = _INQUIRY.search(text)
        self.emails.take(message_id, found[1] if found else "", f"{letter['Subject']}\n{text}".encode())
        if mishap is Mishap.LEFT and server.transport is not None:
            server.transport.close()
        return "250 Taken"
