"""Photos being enhanced, told as they change: server-sent events that read the database, whichever worker wrote it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import UUID

import orjson
from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from app.core.vocabulary import ImageType, Language
from app.schemas.properties import AdminProperty
from app.server import CLOSING
from app.web.admin.fidelity import checks
from app.web.admin.panel import AdminPanelDep, Panel
from app.web.admin.photos import PATH, Photo, photos_of
from app.web.admin.words import WORDS
from app.web.pages import rendered

router = APIRouter()
LOOK_SECONDS = 1.0
# The browser comes back for more by itself, and is asked again who it is.
MOST_LOOKS = 120


@router.get(f"{PATH}/live", include_in_schema=False)
async def live(property_id: UUID, panel: AdminPanelDep) -> Response:
    """A `photo` event with the card of each photo whose state changed; `done` when nothing is under way."""
    closing = asyncio.Event()
    setattr(panel.request.state, CLOSING, closing)  # set when the server shuts down (app/server.py)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(panel, property_id, closing), media_type="text/event-stream", headers=headers)


async def _events(panel: Panel, property_id: UUID, closing: asyncio.Event) -> AsyncIterator[bytes]:
    states: dict[UUID, str] = {}
    for _ in range(MOST_LOOKS):
        async with panel.reading() as session:
            listing, photos = await photos_of(session, panel.settings, property_id)
        for place, photo in enumerate(photos, start=1):
            # At first all that have an attempt: it may have ended since the page was made.
            is_news = states.get(photo.image.id, "" if photo.attempt else photo.state) != photo.state
            states[photo.image.id] = photo.state
            if is_news:
                yield _event(photo, _card(panel, listing, photo, place))
        if not any(photo.is_under_way for photo in photos):
            yield b"event: done\ndata:\n\n"
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(closing.wait(), LOOK_SECONDS)
        if closing.is_set():
            return


def _card(panel: Panel, listing: AdminProperty, photo: Photo, place: int) -> str:
    shown = {"listing": listing, "photo": photo, "place": place, "types": list(ImageType), "words": WORDS}
    limits = panel.settings.fidelity
    card = "admin/photo_card.html"
    return rendered(panel.request, card, Language.ENGLISH, checks=checks, limits=limits, **shown)


def _event(photo: Photo, card: str) -> bytes:
    data = {"id": photo.image.id, "state": photo.state, "html": card}
    return b"event: photo\ndata: %s\n\n" % orjson.dumps(data)
