"""E-mail: by SMTP, or as files in a folder where there is none."""

import asyncio
import os
import ssl
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib

from app.config.settings import Settings
from app.core.clock import utc_now
from app.infrastructure.delivery import Letter, NotDeliveredError

SECONDS = 20.0
IMPLICIT_TLS_PORT = 465
SUBMISSION_PORT = 587
LASTING = 500


def compose(letter: Letter, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = letter.recipient
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(utc_now())
    message["Message-ID"] = f"<{letter.id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message


class SmtpCarrier:
    """A connection a letter: they are few, and a server may close one that waits."""

    def __init__(self, url: str, sender: str) -> None:
        self._url = urlsplit(url)
        self._sender = sender
        self._tls = ssl.create_default_context()  # reads all certificates there are

    async def send(self, letter: Letter) -> None:
        implicit_tls = self._url.scheme == "smtps"
        try:
            async with asyncio.timeout(SECONDS):
                await aiosmtplib.send(
                    compose(letter, self._sender),
                    hostname=self._url.hostname,
                    port=self._url.port or (IMPLICIT_TLS_PORT if implicit_tls else SUBMISSION_PORT),
                    username=unquote(self._url.username) if self._url.username else None,
                    password=unquote(self._url.password) if self._url.password else None,
                    use_tls=implicit_tls,
                    # Where the server offers it; a password never travels without.
                    start_tls=True if self._url.username and not implicit_tls else None,
                    tls_context=self._tls,
                    timeout=SECONDS,
                )
        except aiosmtplib.SMTPRecipientsRefused as error:
            code = error.recipients[0].code
            raise NotDeliveredError(f"The address was refused ({code})", is_final=code >= LASTING) from None
        except aiosmtplib.SMTPResponseException as error:
            raise NotDeliveredError(f"The mail server answered {error.code}") from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise NotDeliveredError(f"The mail server cannot be reached: {type(error).__name__}") from None

    async def close(self) -> None:
        pass


class FolderCarrier:
    """A file a letter, named by its id: sent twice it is there once."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, letter: Letter) -> None:
        try:
            await asyncio.to_thread(self._write, letter)
        except OSError as error:
            raise NotDeliveredError(f"The folder cannot be written: {type(error).__name__}") from None

    def _write(self, letter: Letter) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        # Of its own name, since two processes may write it; renamed when it is whole.
        unfinished = self._folder / f".{letter.id}.{os.getpid()}"
        unfinished.write_bytes(compose(letter, self._sender).as_bytes())
        unfinished.replace(self._folder / f"{letter.id}.eml")

    async def close(self) -> None:
        pass


def create_mail_carrier(settings: Settings) -> SmtpCarrier | FolderCarrier | None:
    if settings.smtp_url is not None:
        return SmtpCarrier(settings.smtp_url.get_secret_value(), settings.mail_from)
    return FolderCarrier(settings.mail_folder, settings.mail_from) if settings.sends_mail else None
