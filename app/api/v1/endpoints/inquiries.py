from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from app.api.caching import public_json
from app.api.dependencies import ClientAddressDep, DatabaseDep, LimiterDep, QueueDep, SettingsDep, events_of, visitor_of
from app.api.errors import problems
from app.core.exceptions import InvalidInputError, TooManyRequestsError
from app.core.vocabulary import Language
from app.models.inquiry import Inquiry
from app.schemas.inquiries import ConsentNotice, InquiryReceipt, InquiryRequest
from app.services import inquiries
from app.services.inquiries import KEY_HEADER
from app.services.notices import present_notice

router = APIRouter(prefix="/inquiries", tags=["inquiries"])
OK = 200
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias=KEY_HEADER,
        pattern=r"^[\x21-\x7e]{1,255}$",
        description="A text of the client's own, such as a UUID, that names this inquiry when it is sent again",
    ),
]


@router.post(
    "",
    summary="Send an inquiry",
    status_code=201,
    response_model=InquiryReceipt,
    responses={
        OK: {"model": InquiryReceipt, "description": "The same inquiry came within the last ten minutes"},
        **problems(
            InvalidInputError("phone", "must be an Indian number; for example 98765 43210"),
            TooManyRequestsError("At most 5 inquiries an hour are taken from one address", retry_after_seconds=720),
            *(404, 408, 409, 413, 415, 503),
        ),
    },
)
async def submit(
    body: InquiryRequest,
    request: Request,
    response: Response,
    database: DatabaseDep,
    queue: QueueDep,
    limiter: LimiterDep,
    settings: SettingsDep,
    address: ClientAddressDep,
    key: IdempotencyKey = None,
) -> Inquiry:
    """201 means that it is stored for good.

    Sent again with its `Idempotency-Key` it gets the same answer; that key with another body gets 422. Without a key,
    an inquiry of the same phone, property and type within ten minutes is the same one: 200 with its id. A property
    that is inactive or deleted takes none (409). Five an hour are taken from one address, then 429 with `Retry-After`.
    """
    received = await inquiries.submit(database, queue, limiter, settings, body, key=key, client_address=address)
    if received.is_new:
        events_of(request).inquired(visitor_of(request), body.property_id, body.inquiry_type)
    response.headers["Cache-Control"] = "no-store"
    if not received.is_new and not received.is_replay:
        response.status_code = OK
    return received.inquiry


@router.get(
    "/notice",
    summary="What a person consents to",
    response_model=ConsentNotice,
    responses={304: {"description": "Unchanged"}, **problems(422)},
)
async def notice(request: Request, settings: SettingsDep, language: Language = Language.ENGLISH) -> Response:
    """The notice to show beside the consent of an inquiry, which then names its `version` and `language`."""
    shown = present_notice(settings.inquiry_retention_days, language)
    return public_json(request, shown.model_dump_json().encode(), max_age_seconds=300)
