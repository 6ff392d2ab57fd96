"""Asking about a home: the form, and what becomes of it."""

import hashlib
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Annotated, Any
from uuid import RFC_4122, UUID

import orjson
from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict, ValidationError

from app.api.dependencies import ClientAddressDep, DatabaseDep, LimiterDep, QueueDep, SettingsDep, events_of, reads_of
from app.api.dependencies import visitor_of as counted_visitor
from app.core.clock import utc_now
from app.core.exceptions import InvalidInputError, TooManyRequestsError
from app.core.ids import new_id
from app.core.vocabulary import InquiryType, Language
from app.schemas.inquiries import ConsentNotice, InquiryRequest
from app.services import inquiries, listings
from app.services.notices import present_notice
from app.web.pages import is_partial, page, see_other, visitor_of

router = APIRouter()
# Nobody fills in a form faster; simple robots do.
LEAST_TIME = timedelta(seconds=2)
TICKED = "on"
# The trap is a field that people do not see.
TRAP = "website"


class AskForm(BaseModel):
    """As it was typed. The rules are those of InquiryRequest."""

    model_config = ConfigDict(extra="forbid")

    key: str = ""
    inquiry_type: str = InquiryType.GENERAL.value
    full_name: str = ""
    phone: str = ""
    email: str = ""
    message: str = ""
    preferred_contact_time: str = ""
    consent: str = ""
    marketing_consent: str = ""
    notice_version: str = ""
    website: str = ""

    def request(self, property_id: UUID, language: Language) -> InquiryRequest:
        """Raises ValidationError."""
        typed = self.model_dump(exclude={"key", "consent", "marketing_consent", TRAP})
        return InquiryRequest.model_validate(
            {name: value for name, value in typed.items() if value.strip()}
            | {
                "property_id": property_id,
                "consent": self.consent == TICKED,
                "marketing_consent": self.marketing_consent == TICKED,
                "notice_language": language,
            }
        )


def blank(request: Request, property_id: UUID) -> dict[str, Any]:
    """A form that nobody filled in yet, for parts/ask.html."""
    return shown(request, property_id, AskForm(key=str(new_id())))


def shown(
    request: Request, property_id: UUID, form: AskForm, errors: Collection[str] = (), wait: int | None = None
) -> dict[str, Any]:
    """`errors` are the fields that were refused; `wait` are the minutes until one more inquiry is taken."""
    return {
        "property_id": property_id,
        "typed": form,
        "errors": errors,
        "wait": wait,
        "an_hour": request.app.state.settings.rate_limit_inquiries_per_hour,
        "notice": _notice(request),
    }


def _notice(request: Request) -> ConsentNotice:
    language = visitor_of(request).language
    return present_notice(request.app.state.settings.inquiry_retention_days, language)


@router.post("/homes/{property_id:uuid}/ask", include_in_schema=False)
async def ask(
    property_id: UUID,
    form: Annotated[AskForm, Form()],
    request: Request,
    database: DatabaseDep,
    queue: QueueDep,
    limiter: LimiterDep,
    settings: SettingsDep,
    address: ClientAddressDep,
) -> Response:
    """Store the inquiry and say so; what was refused comes back as it was typed, each rule at its field."""
    if problem := _robotic(form):
        return await _again(request, property_id, form, problem, status=422)
    try:
        body = form.request(property_id, visitor_of(request).language)
        received = await inquiries.submit(
            database, queue, limiter, settings, body, key=_key(form.key, body), client_address=address
        )
    except ValidationError as error:
        errors = {str(each["loc"][0]) for each in error.errors()}
        return await _again(request, property_id, form, errors, status=422)
    except InvalidInputError as error:
        [problem] = error.extra["errors"]
        return await _again(request, property_id, form, {problem["loc"][-1]}, status=error.status)
    except TooManyRequestsError as error:
        minutes = ceil(int(error.headers["Retry-After"]) / 60)
        answer = await _again(request, property_id, form, status=error.status, wait=minutes)
        answer.headers.update(error.headers)
        return answer
    if received.is_new:
        events_of(request).inquired(counted_visitor(request), property_id, body.inquiry_type)
    done = f"/homes/{property_id}/asked?about={body.inquiry_type}"
    if is_partial(request):
        return page(request, "parts/asked.html", about=body.inquiry_type)
    return see_other(done)


@router.get("/homes/{property_id:uuid}/asked", include_in_schema=False)
async def asked(property_id: UUID, request: Request, about: InquiryType = InquiryType.GENERAL) -> Response:
    """What happens next."""
    return page(request, "asked.html", about=about, home=await _home(request, property_id))


async def _home(request: Request, property_id: UUID) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(
        await listings.detail(reads_of(request), property_id, request.app.state.settings.media_url)
    )
    return found


async def _again(
    request: Request,
    property_id: UUID,
    form: AskForm,
    errors: Collection[str] = (),
    *,
    status: int,
    wait: int | None = None,
) -> Response:
    filled = shown(request, property_id, form, errors, wait)
    if is_partial(request):
        return page(request, "parts/ask.html", status=status, form=filled)
    return page(request, "ask.html", status=status, form=filled, home=await _home(request, property_id))


def _robotic(form: AskForm) -> set[str]:
    """The fields that speak against a person: the trap, and a key that is none of ours or was sent too soon."""
    if form.website:
        return {TRAP}
    shown_at = _time_of(form.key)
    if shown_at is None:  # the form that is shown again has a new one
        form.key = str(new_id())
        return {"key"}
    return {"key"} if utc_now() - shown_at < LEAST_TIME else set()


def _time_of(key: str) -> datetime | None:
    """When a key was made; None for what is no key. RFC 9562: a UUIDv7 begins with its time in milliseconds."""
    try:
        made = UUID(key)
    except ValueError:
        return None
    if made.variant != RFC_4122 or made.version != 7:  # noqa: PLR2004 - ordered by time
        return None
    return datetime.fromtimestamp((made.int >> 80) / 1000, UTC)


def _key(key: str, body: InquiryRequest) -> str:
    """The same form sent twice is one inquiry; sent again after a change it is another."""
    return f"{key}.{hashlib.sha256(body.model_dump_json().encode()).hexdigest()}"
