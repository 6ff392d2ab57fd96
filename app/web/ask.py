"""Asking about a home, or reporting a mistake on its page: the forms, and what becomes of them."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import RFC_4122, UUID

import orjson
from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict, ValidationError

from app.api.dependencies import ClientAddressDep, DatabaseDep, LimiterDep, QueueDep, SettingsDep, events_of, reads_of
from app.api.dependencies import visitor_of as counted_visitor
from app.core.clock import utc_now
from app.core.exceptions import ConflictError, InvalidInputError, NoSuchListingError, TooManyRequestsError
from app.core.ids import new_id
from app.core.phones import PhoneRuleError, normalise_phone
from app.core.vocabulary import MISTAKE, InquiryType, Language
from app.schemas.inquiries import ConsentNotice, InquiryRequest
from app.services import home_view, inquiries, listings
from app.services.notices import present_notice
from app.web.errors import minutes_to_wait
from app.web.language import Texts, texts
from app.web.pages import Theme, is_partial, is_secure, page, see_other, visitor_of
from app.web.preferences import Preferences, remember

router = APIRouter()
# Nobody fills in a form faster; simple robots do.
LEAST_TIME = timedelta(seconds=2)
TICKED = "on"
SWITCHES = {"language", "theme"}
# Of the page that says it was sent: long enough to read it there, also after a switch of language.
PHONE_COOKIE, PHONE_KEPT_SECONDS = "asked", 600
# The trap is a field that people do not see.
TRAP = "website"


class Part(StrEnum):
    """Of a home's page, in which there may be a mistake; its title in the texts is `PART.title`."""

    SUN = "sun"
    PRICE = "price"
    AROUND = "around"
    COSTS = "costs"
    TRUST = "trust"


class AskForm(BaseModel):
    """As it was typed. The rules are those of InquiryRequest; with a `part` it reports a mistake."""

    model_config = ConfigDict(extra="forbid")

    key: str = ""
    part: Part | None = None
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
    # A switch of the page that shows a refused form; it sends along what was typed.
    language: Language | None = None
    theme: Theme | None = None

    def request(self, property_id: UUID, t: Texts) -> InquiryRequest:
        """Raises ValidationError. A mistake is a general inquiry, whose message begins with the part it is in."""
        typed = self.model_dump(exclude={"key", "part", "consent", "marketing_consent", TRAP, *SWITCHES})
        given = {name: value for name, value in typed.items() if value.strip()}
        if self.part is not None and "message" in given:
            subject = t("mistake.subject", part=t(f"{self.part}.title"))
            given |= {
                "message": f"{subject.unescape()}\n{given['message']}",
                "inquiry_type": InquiryType.GENERAL,
                "source": MISTAKE,
            }
        return InquiryRequest.model_validate(
            given
            | {
                "property_id": property_id,
                "consent": self.consent == TICKED,
                "marketing_consent": self.marketing_consent == TICKED,
                "notice_language": t.language,
            }
        )


def blank(request: Request, property_id: UUID, part: Part | None = None) -> dict[str, Any]:
    """A form that nobody filled in yet, for parts/ask.html or parts/mistake.html."""
    return shown(request, property_id, AskForm(key=str(new_id()), part=part))


def shown(request: Request, property_id: UUID, form: AskForm, errors: dict[str, str] | None = None) -> dict[str, Any]:
    notice = _notice(request)
    return {"property_id": property_id, "typed": form, "errors": errors or {}, "notice": notice}


def _notice(request: Request) -> ConsentNotice:
    return present_notice(request.app.state.settings.inquiry_retention_days, visitor_of(request).language)


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
    if form.language or form.theme:
        return await _switched(request, property_id, form)
    t = texts(visitor_of(request).language)
    try:
        body = form.request(property_id, t)
        if problem := _incomplete(t, form) or _robotic(t, form):
            return await _again(request, property_id, form, problem, status=422)
        received = await inquiries.submit(
            database, queue, limiter, settings, body, key=_key(form.key, body), client_address=address
        )
    except (ValidationError, InvalidInputError, TooManyRequestsError, ConflictError) as error:
        return await _refused(request, property_id, form, t, error)
    if received.is_new and form.part is None:
        events_of(request).inquired(counted_visitor(request), property_id, body.inquiry_type)
    about = body.inquiry_type.value if form.part is None else MISTAKE
    if is_partial(request):
        return page(request, "parts/asked.html", about=about, phone=body.phone, property_id=property_id)
    answer = see_other(f"/homes/{property_id}/asked?about={about}")
    # Not in the address, which browsers and logs keep.
    answer.set_cookie(
        PHONE_COOKIE,
        body.phone,
        max_age=PHONE_KEPT_SECONDS,
        path=f"/homes/{property_id}/asked",
        samesite="lax",
        httponly=True,
        secure=is_secure(settings),
    )
    return answer


@router.get("/homes/{property_id:uuid}/ask", include_in_schema=False)
async def ask_again(property_id: UUID, request: Request, about: InquiryType = InquiryType.GENERAL) -> Response:
    """The form on a page of its own, for who gave a wrong number."""
    form = shown(request, property_id, AskForm(key=str(new_id()), inquiry_type=about))
    return page(request, "ask.html", form=form, home=await _home(request, property_id), sent=False)


@router.get("/homes/{property_id:uuid}/mistake", include_in_schema=False)
async def mistake(property_id: UUID, request: Request, part: Part) -> Response:
    """A form of its own for what is wrong in a part of the page."""
    form = blank(request, property_id, part)
    return page(request, "ask.html", form=form, home=await _home(request, property_id), sent=False)


@router.get("/homes/{property_id:uuid}/asked", include_in_schema=False)
async def asked(
    property_id: UUID, request: Request, about: InquiryType | Literal["mistake"] = InquiryType.GENERAL
) -> Response:
    """What happens next."""
    phone = _phone(request.cookies.get(PHONE_COOKIE, ""))
    home = await _home(request, property_id)
    answer = page(request, "asked.html", about=about, phone=phone, property_id=property_id, home=home)
    # The number is not to be found on this machine after the cookie.
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _phone(cookie: str) -> str | None:
    """None for what is no number."""
    try:
        return normalise_phone(cookie, foreign=True)
    except PhoneRuleError:
        return None


async def _home(request: Request, property_id: UUID) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(
        await listings.detail(reads_of(request), property_id, request.app.state.settings.media_url)
    )
    return found


async def _refused(
    request: Request,
    property_id: UUID,
    form: AskForm,
    t: Texts,
    error: ValidationError | InvalidInputError | TooManyRequestsError | ConflictError,
) -> Response:
    if isinstance(error, ValidationError):
        return await _again(
            request, property_id, form, _words_by_field(t, error.errors()) | _incomplete(t, form), status=422
        )
    if isinstance(error, InvalidInputError):
        problems = _words_by_field(t, error.extra["errors"])
    elif isinstance(error, TooManyRequestsError):
        limit = request.app.state.settings.rate_limit_inquiries_per_hour
        problems = {"": t.count("ask.error.many", minutes_to_wait(error.headers), limit=limit)}
    else:
        problems = {"": t("gone.text")}
    answer = await _again(request, property_id, form, problems, status=error.status)
    answer.headers.update(error.headers)
    return answer


async def _again(
    request: Request, property_id: UUID, form: AskForm, errors: dict[str, str], *, status: int
) -> Response:
    """The form as it was typed, or what else there is where the home is gone."""
    filled = shown(request, property_id, form, errors)
    if is_partial(request):
        return page(request, "parts/mistake.html" if form.part else "parts/ask.html", status=status, form=filled)
    try:
        home = await _home(request, property_id)
    except NoSuchListingError:
        homes = await home_view.instead(reads_of(request), property_id)
        return page(request, "gone.html", status=status, homes=homes)
    return page(request, "ask.html", status=status, form=filled, home=home, sent=True)


async def _switched(request: Request, property_id: UUID, form: AskForm) -> Response:
    """The form as it was typed, in another language or theme."""
    chosen = Preferences(language=form.language, theme=form.theme)
    request.cookies.update(chosen.cookies())
    answer = await _again(request, property_id, form, {}, status=200)
    remember(answer, chosen, request.app.state.settings)
    return answer


def _incomplete(t: Texts, form: AskForm) -> dict[str, str]:
    """A question may be without words, the report of a mistake may not."""
    if form.part is None or form.message.strip():
        return {}
    return {"": t("ask.error.some"), "message": t("ask.error.no_message")}


def _robotic(t: Texts, form: AskForm) -> dict[str, str]:
    """What speaks against a person, by field."""
    if form.website:
        return {"": t("ask.error.some"), TRAP: t("ask.error.website")}
    shown_at = _time_of(form.key)
    if shown_at is None:  # the form that is shown again has a new one
        form.key = str(new_id())
    elif utc_now() - shown_at >= LEAST_TIME:
        return {}
    return {"": t("ask.error.key")}


def _time_of(key: str) -> datetime | None:
    """When a key was made; None for what is no key. RFC 9562: a UUIDv7 begins with its time in milliseconds."""
    try:
        made = UUID(key)
        shown_at = datetime.fromtimestamp((made.int >> 80) / 1000, UTC)
    except ValueError:  # also for a year after 9999
        return None
    return shown_at if made.variant == RFC_4122 and made.version == 7 else None  # noqa: PLR2004 - ordered by time


def _key(key: str, body: InquiryRequest) -> str:
    """The same form sent twice is one inquiry; sent again after a change it is another."""
    return f"{key}.{hashlib.sha256(body.model_dump_json().encode()).hexdigest()}"


def _words_by_field(t: Texts, problems: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What was refused, by field, in the visitor's language; under no name what has no field to be marked."""
    found: dict[str, str] = {"": t("ask.error.some")}
    for problem in problems:
        name = str(problem["loc"][-1])
        if most := problem.get("ctx", {}).get("max_length"):
            words = t("ask.error.too_long", most=most)
        elif problem["type"] == "missing":
            words = t(f"ask.error.no_{name}")
        elif f"ask.error.{name}" not in t.by_key:
            continue
        else:
            words = t(f"ask.error.{name}")
        found["" if name == "notice_version" else name] = words
    return found
