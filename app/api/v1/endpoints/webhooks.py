"""Callbacks of other services. Nothing of a body is read before its signature was checked."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from app.api.dependencies import AiServiceDep, WriteSessionDep
from app.api.errors import problems
from app.core.clock import utc_now
from app.core.exceptions import InvalidInputError, NotFoundError, UnauthenticatedError
from app.schemas.enhancement import CallbackAnswer, ServiceCallback
from app.services.enhancement.reports import Callback, accept_callback, read_callback

router = APIRouter(prefix="/webhooks", tags=["webhooks"])
BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": ServiceCallback.model_json_schema()}},
    }
}


async def verified(request: Request, provider: AiServiceDep) -> Callback:
    """Before a session is asked for, so that what is not signed, or drips in, holds none."""
    return read_callback(provider, dict(request.headers), await request.body())


VerifiedDep = Annotated[Callback, Depends(verified)]


@router.post(
    "/ai-enhancement",
    summary="The AI service tells how a job ended",
    response_model=CallbackAnswer,
    responses=problems(
        UnauthenticatedError("A signature is required: webhook-signature or X-Webhook-Signature"),
        NotFoundError("There is no job 01a20aad-dd51-72b3-ac1a-411bb39b1a11"),
        InvalidInputError("status", "must be success or failed"),
        *(408, 413, 415, 503),
    ),
    openapi_extra=BODY,
)
async def ai_enhancement(callback: VerifiedDep, session: WriteSessionDep) -> CallbackAnswer:
    """Signed by Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`), or for simple services by
    `X-Webhook-Signature`, the hexadecimal HMAC-SHA256 of the body.

    The same callback again is answered with 200 and changes nothing. The result is fetched by a job.
    """
    return CallbackAnswer(result=await accept_callback(session, callback, utc_now()))
