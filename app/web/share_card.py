"""The card that messengers and social networks show for a home: price, place, and its photo with its label."""

import asyncio
import base64
import re
from hashlib import blake2b
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response

from app.api.caching import public
from app.api.dependencies import StorageDep, reads_of
from app.core.exceptions import NotFoundError, UnavailableError
from app.core.vocabulary import Language, ListingType
from app.infrastructure import pictures, raster
from app.infrastructure.storage import Storage
from app.services import listings
from app.services.figures import svg
from app.services.figures.sheet import wrap
from app.services.figures.svg import element, rect
from app.services.figures.theme import LIGHT
from app.services.figures.words import rupees as rupees_of_area
from app.web.drawings import types
from app.web.formats import formats
from app.web.language import Texts, texts
from app.web.wording import titled

router = APIRouter()
WIDTH, HEIGHT, PHOTO, EDGE = 1200, 630, 660, 56
TEXT_WIDTH = WIDTH - PHOTO - 2 * EDGE
AN_HOUR = 3600
KEPT = 32
# The renderer joins the letters of a run by the script it begins with. Devanagari behind Latin letters would fall apart
# ("4 BHK वलिा"), so it stands in a run of its own: between the signs of an isolate, which have no width.
DEVANAGARI = re.compile(r"[\u0900-\u097f]+(?: [\u0900-\u097f]+)*")
ISOLATED = "\u2066\\g<0>\u2069"
_drawn: dict[str, bytes] = {}


@router.get("/homes/{property_id:uuid}/card.png", include_in_schema=False)
async def share_card(
    property_id: UUID, request: Request, storage: StorageDep, language: Language = Language.ENGLISH
) -> Response:
    """1200 by 630 pixels; drawn once for the same content. The address says the language: messengers have none."""
    media_url: str = request.app.state.settings.media_url
    home = orjson.loads(await listings.detail(reads_of(request), property_id, media_url))
    drawing = draw(home, await _photo(home, storage, media_url), texts(language))
    key = blake2b(drawing.encode(), digest_size=12).hexdigest()
    if key not in _drawn:
        while len(_drawn) >= KEPT:
            _drawn.pop(next(iter(_drawn)))
        _drawn[key] = await asyncio.to_thread(pictures.reduced_png, await raster.png(drawing, WIDTH))
    return public(request, _drawn[key], "image/png", max_age_seconds=AN_HOUR)


async def _photo(home: dict[str, Any], storage: Storage, media_url: str) -> bytes | None:
    """The JPEG variant of what is shown first; None without one, or while the storage does not answer."""
    for image in home["images"][:1]:
        shows = "enhanced" if image["enhanced_url"] else "original"
        for variant in image["variants"]:
            if variant["format"] == "jpeg" and variant["shows"] == shows:
                try:
                    return await storage.get(variant["url"].removeprefix(media_url))
                except (NotFoundError, UnavailableError):
                    return None
    return None


def draw(home: dict[str, Any], photo: bytes | None, t: Texts) -> str:
    """SVG; what is AI-enhanced or a drawing says so on the picture."""
    parts = [rect(0, 0, WIDTH, HEIGHT, LIGHT.paper), _picture(home, photo, t), _words(home, t)]
    return element("svg", *parts, xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {HEIGHT}", width=WIDTH)


def _picture(home: dict[str, Any], photo: bytes | None, t: Texts) -> str:
    if photo is None:
        # Not as markup, which would escape what is put into it.
        drawn = str(types.drawing(home["property_type"])).replace('class="ti"', 'x="130" y="170" class="ti"', 1)
        drawn = drawn.replace('width="80" height="64"', 'width="400" height="320"', 1)
        return element("style", _STROKES) + _JAALI + rect(0, 0, PHOTO, HEIGHT, LIGHT.sunk) + drawn
    encoded = base64.b64encode(photo).decode()
    picture = element(
        "image",
        href=f"data:image/jpeg;base64,{encoded}",
        x=0,
        y=0,
        width=PHOTO,
        height=HEIGHT,
        preserveAspectRatio="xMidYMid slice",
    )
    first = home["images"][0]
    if first["enhanced_url"]:
        return picture + _plate(t("ai.label").unescape())
    return picture + (_plate(t("photo.drawing").unescape()) if first["is_illustration"] else "")


def _plate(label: str) -> str:
    width = svg.advance(label, 26) + 40
    return rect(0, HEIGHT - 60, width, 60, LIGHT.ink) + _text(20, HEIGHT - 21, label, 26, LIGHT.surface, strong=True)


def _words(home: dict[str, Any], t: Texts) -> str:
    x, rent = PHOTO + EDGE, home["listing_type"] == ListingType.RENT
    price = formats(t)["rupees"](home["price"])
    # The display letters have no Devanagari.
    display = t.language is Language.ENGLISH
    lines = [_text(x, 150, price, 84 if display else 72, LIGHT.ink, display=display, strong=not display)]
    y = 200
    if rent:
        lines.append(_text(x, y, t("card.a_month").unescape(), 30, LIGHT.ink_2))
        y += 44
    if home["price_per_sqft"]:
        basis = t(f"basis.{home['area_basis']}").unescape()
        per = f"₹{rupees_of_area(home['price_per_sqft'])} {t('unit.per_sqft').unescape()} ({basis})"
        lines.append(_text(x, y, per, 28, LIGHT.ink_2))
    y += 76
    for row in wrap(formats(t)["unbroken"](titled(t, home)), TEXT_WIDTH, 40)[:4]:
        lines.append(_text(x, y, row, 40, LIGHT.ink, strong=True))
        y += 52
    lines.append(_text(x, y + 8, svg.fit(home["locality"], TEXT_WIDTH, 30), 30, LIGHT.ink_2))
    bricks = "".join(
        rect(left, top, width, 14, LIGHT.brick, rx=2)
        for left, top, width in ((0, 0, 26), (30, 0, 26), (0, 18, 12), (44, 18, 12), (0, 36, 26), (30, 36, 26))
    )
    mark = element("g", bricks + rect(16, 18, 24, 14, LIGHT.lamp, rx=2), transform=f"translate({x} {HEIGHT - 96})")
    return "".join(lines) + mark + _text(x + 76, HEIGHT - 58, "CasaBricks", 38, LIGHT.ink, display=True)


def _text(
    x: float, y: float, content: str, size: float, fill: str, *, strong: bool = False, display: bool = False
) -> str:
    return element(
        "text",
        svg.words(DEVANAGARI.sub(ISOLATED, content)),
        x=x,
        y=y,
        fill=fill,
        font_size=size,
        font_family=svg.DISPLAY_FAMILY if display else svg.TEXT_FAMILY,
        font_weight="600" if strong else "500" if display else None,
    )


# The drawing of a type, which the pages colour by their styles.
_STROKES = (
    f".wall,.door,.shop,.awn{{fill:{LIGHT.surface};stroke:{LIGHT.ink_2}}}.w{{fill:{LIGHT.line};stroke:{LIGHT.ink_2}}}"
    f".tank{{fill:{LIGHT.ink_2}}}.jaali{{fill:url(#jaali);stroke:{LIGHT.ink_2}}}"
    f"rect,path{{stroke-width:.4}}.l,.dim,.ground,.jl{{fill:none;stroke:{LIGHT.ink_2}}}.ground{{stroke-width:.8}}"
)
_JAALI = (
    '<defs><pattern id="jaali" width="10" height="8" patternUnits="userSpaceOnUse">'
    '<path class="jl" d="M0 0h10M0 4h10M2 0v4M7 4v4"/></pattern></defs>'
)
