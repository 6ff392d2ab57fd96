"""Pages from templates: who looks at them, in which language and theme, and under which policy."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import RedirectResponse

from app.config.settings import AppEnv, Settings
from app.core.area import SQFT_IN, AreaUnit
from app.core.vocabulary import Language
from app.web.areas import areas
from app.web.assets import assets
from app.web.drawings import bricks, icons, months, samples, scatter, street, types
from app.web.folding import Folding
from app.web.formats import formats
from app.web.language import texts
from app.web.saved import saved_in
from app.web.times import times
from app.web.wording import wording

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGE_COOKIE, THEME_COOKIE, VASTU_COOKIE, UNIT_COOKIE = "language", "theme", "vastu", "unit"


class Theme(StrEnum):
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Visitor:
    language: Language
    theme: Theme | None
    """None follows the visitor's system."""
    unit: AreaUnit


def visitor_of(request: Request) -> Visitor:
    """What the switches were set to (preferences.py); before that, the browser's first language.

    An address that was shared says its language, since the messengers that fetch it have none.
    """
    theme, unit = request.cookies.get(THEME_COOKIE), request.cookies.get(UNIT_COOKIE)
    chosen = (
        request.query_params.get("language")
        or request.cookies.get(LANGUAGE_COOKIE)
        or request.headers.get("accept-language", "").strip().lower()[:2]
    )
    return Visitor(
        language=Language(chosen) if chosen in set(Language) else Language.ENGLISH,
        theme=Theme(theme) if theme in set(Theme) else None,
        unit=AreaUnit(unit) if unit in set(AreaUnit) else AreaUnit.SQFT,
    )


def srcset(image: dict[str, Any], shows: str = "") -> str:
    """The variants of the original or the enhanced picture, for a browser to choose from; unless told the preferred."""
    shows = shows or ("enhanced" if image["enhanced_url"] else "original")
    return ", ".join(
        f"{variant['url']} {variant['width']}w"
        for variant in image["variants"]
        if variant["shows"] == shows and variant["format"] == "webp"
    )


def fifth(score: int | None) -> int:
    """0-4, as core/sun.py puts indices into words."""
    return min((score or 0) // 20, 4)


@cache
def environment(language: Language, unit: AreaUnit = AreaUnit.SQFT) -> Environment:
    """One for each language and unit, so that macros know them without being told."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,  # a file replaced under a running process would meet the texts and code of before
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[Folding],
    )
    t = texts(language)
    made.filters |= formats(t) | times(t) | areas(t, unit)
    constant = {"t": t, "icon": icons.icon, "asset": assets().url}
    made.filters |= constant
    made.globals |= (
        wording(t)
        | constant
        | {
            "language": language,
            "unit": unit,
            "unit_name": t(f"unit.{unit}"),
            "sqft_in_unit": float(SQFT_IN[unit]),
            "logo": icons.LOGO,
            "street": street.street,
            "type_drawing": types.drawing,
            "sample": samples.sample,
            "srcset": srcset,
            "fifth": fifth,
            "bricks": bricks.meter,
            "price_strip": bricks.price_strip,
            "months": months.months,
            "scatter": scatter.scatter,
        }
    )
    return made


@cache
def content_security_policy(media_url: str) -> str:
    """Nothing from elsewhere but photos of the storage; no inline script, no inline style."""
    media = urlsplit(media_url)
    images = f" {media.scheme}://{media.netloc}" if media.netloc else ""
    return (
        "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'; "
        f"img-src 'self' data:{images}; form-action 'self'; frame-ancestors 'none'"
    )


def rendered(request: Request, template: str, language: Language, **context: Any) -> str:
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    visitor = visitor_of(request)
    made = environment(language, visitor.unit).get_template(template)
    return made.render(
        {
            "theme": visitor.theme,
            "here": here,
            "origin": origin_of(request),
            "saved": saved_in(request),
            "shows_vastu": request.cookies.get(VASTU_COOKIE) != "hidden",
        }
        | context
    )


def page(
    request: Request, template: str, *, status: int = 200, language: Language | None = None, **context: Any
) -> Response:
    """A page, or a part of one, in the visitor's language unless told otherwise; never kept by shared caches."""
    settings: Settings = request.app.state.settings
    body = rendered(request, template, language or visitor_of(request).language, **context)
    headers = {
        "Content-Security-Policy": content_security_policy(settings.media_url),
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cache-Control": "private, no-cache",
        "Vary": "Accept, Accept-Language, Cookie",
    }
    return Response(body, status, headers=headers, media_type="text/html")


def see_other(address: str) -> Response:
    return RedirectResponse(address, 303)


def is_partial(request: Request) -> bool:
    """Whether htmx asks, which puts the answer into the page that is there."""
    return request.headers.get("hx-request") == "true"


def is_secure(settings: Settings) -> bool:
    """Whether cookies are for TLS only."""
    return settings.app_env is AppEnv.PRODUCTION


def origin_of(request: Request) -> str:
    """Scheme and host that links to the outside begin with."""
    settings: Settings = request.app.state.settings
    return str(settings.public_url or request.base_url).rstrip("/")


def results_before(request: Request) -> str | None:
    """The address of the results that the visitor came from; the page's own stays without it."""
    page_before, origin = request.headers.get("referer", ""), origin_of(request)
    return page_before.removeprefix(origin) if page_before.startswith(f"{origin}/homes?") else None
