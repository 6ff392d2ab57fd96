"""The public answers that are kept ready, and what each depends on beside the data they are made from.

Nothing in them may depend on the time of day: what is kept is good until the data changes.
"""

from uuid import UUID

import orjson

from app.config.database import DirectReads
from app.core.clock import INDIA, utc_now
from app.core.vocabulary import Language
from app.infrastructure.cache.versioned import VersionedCache
from app.schemas.search import GuidedSearchRequest, PlainWordsRequest
from app.services import home_view, listings, search
from app.services.gazetteer import Places
from app.services.questions import ask
from app.services.questions import type_names as read_type_names

SEARCH, QUESTIONS, DETAIL, HOME = "search", "questions", "detail", "home"


async def guided(
    cache: VersionedCache, reads: DirectReads, places: Places, body: GuidedSearchRequest | PlainWordsRequest
) -> bytes:
    """See search.guided."""
    question = await search_question(places, body)
    return await cache.get(SEARCH, question, lambda: search.guided(reads, places, body))


async def search_question(places: Places, body: GuidedSearchRequest | PlainWordsRequest) -> str:
    # Of plain words only what was given: a value that is a default may contradict them.
    words = isinstance(body, PlainWordsRequest)
    answers = body.model_dump_json(exclude_unset=words)
    if not words and body.locality_preference is None:
        return answers
    # Places are read anew every few minutes by each process, and not with each version of the data.
    return f"{answers} {(await places.known()).fingerprint}"


async def questions(cache: VersionedCache, reads: DirectReads, places: Places) -> bytes:
    """See questions.ask; as JSON bytes."""

    async def make() -> bytes:
        return (await ask(reads, places)).model_dump_json().encode()

    return await cache.get(QUESTIONS, (await places.known()).fingerprint, make)


async def type_names(cache: VersionedCache, reads: DirectReads) -> bytes:
    """See questions.type_names; as JSON bytes."""

    async def make() -> bytes:
        return orjson.dumps({kind.value: name.model_dump() for kind, name in (await read_type_names(reads)).items()})

    return await cache.get(QUESTIONS, "names of types", make)


async def detail(cache: VersionedCache, reads: DirectReads, property_id: UUID, media_url: str) -> bytes:
    """See listings.detail."""
    question = f"{property_id} {media_url}"
    return await cache.get(DETAIL, question, lambda: listings.detail(reads, property_id, media_url))


async def home(
    cache: VersionedCache, reads: DirectReads, property_id: UUID, media_url: str, language: Language
) -> bytes:
    """See home_view.gather."""
    # The trend is that of the last 24 months.
    question = f"{property_id} {media_url} {language} {utc_now().astimezone(INDIA):%Y-%m}"
    return await cache.get(HOME, question, lambda: home_view.gather(reads, property_id, media_url, language))
