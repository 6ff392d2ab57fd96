"""E-mail through a real SMTP server on this machine."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from aiosmtpd.smtp import SMTP, Envelope, Session

from app.core.ids import new_id
from app.infrastructure.delivery import Letter, NotDeliveredError
from app.infrastructure.delivery.mail import SmtpCarrier


@dataclass
class Mailbox:
    answer: str = "250 OK"
    got: list[Envelope] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        self.got.append(envelope)
        return "250 taken"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest_asyncio.fixture
async def carrier(mailbox: Mailbox) -> AsyncIterator[SmtpCarrier]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(mailbox, hostname="mail.homes.example"), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield SmtpCarrier(f"smtp://127.0.0.1:{port}", "CasaBricks <leads@homes.example>")
    server.close()
    await server.wait_closed()


LETTER = Letter(new_id(), "ravi@homes.example", "नई पूछताछ", "Phone: +919876543210\n", b"{}")


async def test_a_letter_arrives_with_its_id(mailbox: Mailbox, carrier: SmtpCarrier) -> None:
    await carrier.send(LETTER)
    (envelope,) = mailbox.got
    assert (envelope.mail_from, envelope.rcpt_tos) == ("leads@homes.example", [LETTER.recipient])
    assert isinstance(envelope.content, bytes)
    assert f"Message-ID: <{LETTER.id}@homes.example>".encode() in envelope.content


@pytest.mark.parametrize(("answer", "is_final"), [("550 no such user", True), ("451 later", False)])
async def test_an_address_that_does_not_exist_is_final_and_a_busy_server_is_not(
    mailbox: Mailbox,
    carrier: SmtpCarrier,
    answer: str,
    is_final: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    mailbox.answer = answer
    with pytest.raises(NotDeliveredError) as refused:
        await carrier.send(LETTER)
    assert refused.value.is_final is is_final
    assert str(refused.value) == f"The address was refused ({answer[:3]})"


async def test_a_server_that_is_away_is_tried_later() -> None:
    with pytest.raises(NotDeliveredError, match="cannot be reached") as refused:
        await SmtpCarrier("smtp://127.0.0.1:1", "leads@homes.example").send(LETTER)
    assert not refused.value.is_final


async def test_a_password_is_not_sent_without_encryption(mailbox: Mailbox, carrier: SmtpCarrier) -> None:
    url = f"smtp://ravi:hunter2@127.0.0.1:{carrier._url.port}"
    with pytest.raises(NotDeliveredError) as refused:
        await SmtpCarrier(url, "leads@homes.example").send(LETTER)
    assert mailbox.got == []
    assert "hunter2" not in str(refused.value)
