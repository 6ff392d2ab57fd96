"""Any service that keeps the contract of docs/enhancement.md."""

from collections.abc import Mapping
from uuid import UUID

from app.config.settings import Settings
from app.core.exceptions import InvalidInputError
from app.infrastructure import signing
from app.infrastructure.ai import Report, Submission
from app.infrastructure.ai.common import Service, read_body
from app.schemas.enhancement import ServiceCallback

OPERATIONS = ("exposure", "white_balance", "denoise", "verticals", "sharpen")
FORBIDDEN = ("sky", "objects")


class HttpService:
    name = "http"

    def __init__(self, settings: Settings) -> None:
        self._service = Service(settings, str(settings.ai_service_api_url))
        key = settings.ai_service_api_key.get_secret_value() if settings.ai_service_api_key else ""
        self._headers = {"Authorization": f"Bearer {key}"}
        self._secrets = [secret.get_secret_value() for secret in settings.ai_service_webhook_secret]

    async def submit(self, submission: Submission) -> None:
        body = {
            "job_id": str(submission.job_id),
            "image_url": submission.image_url,
            "webhook_url": submission.webhook_url,
            "operations": OPERATIONS,
            "forbidden": FORBIDDEN,
        }
        headers = {**self._headers, "Idempotency-Key": str(submission.job_id)}
        # What it answers besides the status is of no account: the callback tells the rest.
        await self._service.call("POST", self._service.base, json=body, headers=headers)

    async def poll(self, job_id: UUID, provider_ref: str | None) -> Report | None:  # noqa: ARG002 - goes by our id
        answer = await self._service.call("GET", self._service.base.join(f"jobs/{job_id}"), headers=self._headers)
        try:
            report = self.read_report(answer.body)
        except InvalidInputError:
            return None  # not ended, or not understood
        return report if report.job_id == job_id else None

    async def fetch(self, result_url: str | None, provider_ref: str | None) -> bytes:  # noqa: ARG002 - goes by the URL
        return await self._service.download(str(result_url))

    def verify(self, headers: Mapping[str, str], body: bytes) -> str:
        return signing.verify(self._secrets, headers, body)

    def read_report(self, body: bytes) -> Report:
        said = read_body(ServiceCallback, body)
        error = None if said.status == "success" else said.error_message or "The AI service gave no reason"
        return Report(said.job_id, said.status == "success", said.enhanced_image_url, error)

    async def check(self) -> None:
        await self._service.check()

    async def close(self) -> None:
        await self._service.close()
