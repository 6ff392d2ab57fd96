"""Webhooks to a CRM, signed as Standard Webhooks says (https://www.standardwebhooks.com)."""

from datetime import timedelta

import httpx

from app.config.settings import AppEnv, Settings
from app.core.clock import utc_now
from app.infrastructure.delivery import Letter, NotDeliveredError
from app.infrastructure.http import (
    ForbiddenUrlError,
    GuardedTransport,
    NoAnswerError,
    Reach,
    create_client,
    exchange,
)
from app.infrastructure.signing import sign

SECONDS = 20.0
MOST_ANSWER_BYTES = 16 * 1024
LONGEST_WAIT = timedelta(hours=24)


class CrmCarrier:
    """Posts to the configured address alone; in production only by https to the public internet. No redirects."""

    def __init__(self, url: str, secret: str, *, is_production: bool) -> None:
        self._url = httpx.URL(url)
        self._secret = secret
        reach = Reach((self._url,), https_only=is_production, private_addresses=not is_production)
        self._client = create_client(GuardedTransport(reach))

    async def send(self, letter: Letter) -> None:
        headers = sign(self._secret, str(letter.id), utc_now(), letter.payload)
        try:
            answer = await exchange(
                self._client,
                "POST",
                self._url,
                seconds=SECONDS,
                max_bytes=MOST_ANSWER_BYTES,
                content=letter.payload,
                headers={**headers, "Content-Type": "application/json"},
            )
        except NoAnswerError as error:
            raise NotDeliveredError(f"The CRM gave no answer: {error}") from None
        except ForbiddenUrlError as error:
            raise NotDeliveredError(f"The CRM cannot be asked: {error}") from None
        if not answer.is_success:
            raise NotDeliveredError(
                f"The CRM answered {answer.status}",
                is_final=answer.status == httpx.codes.GONE,
                retry_after_seconds=_retry_after(answer.headers.get("retry-after", "")),
            )

    async def close(self) -> None:
        await self._client.aclose()


def _retry_after(header: str) -> float | None:
    return min(float(header), LONGEST_WAIT.total_seconds()) if header.isascii() and header.isdigit() else None


def create_crm_carrier(settings: Settings) -> CrmCarrier | None:
    if settings.crm_webhook_url is None or settings.crm_webhook_secret is None:
        return None
    secret = settings.crm_webhook_secret.get_secret_value()
    return CrmCarrier(settings.crm_webhook_url, secret, is_production=settings.app_env is AppEnv.PRODUCTION)
