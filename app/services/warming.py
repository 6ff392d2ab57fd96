"""Has the answers ready that visitors will most likely ask for."""

from datetime import timedelta
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from app.config.database import Database
from app.core.clock import utc_now
from app.core.exceptions import InvalidInputError
from app.infrastructure.cache.versioned import VersionedCache
from app.repositories.frequent_searches import most_frequent_answers
from app.schemas.search import GuidedSearchBody, GuidedSearchRequest, PlainWordsRequest
from app.services import ready
from app.services.gazetteer import Places

LOOKED_BACK = timedelta(days=7)
MOST = 200
BODY: TypeAdapter[GuidedSearchRequest | PlainWordsRequest] = TypeAdapter(GuidedSearchBody)


class Warmed(NamedTuple):
    searches: int
    refused: int
    """Searched for once, and no longer to be answered: by other rules, or a page that is no more."""
    warm: int
    """Found in the cache afterwards, good for the data as they then were."""


async def warm_up(cache: VersionedCache, database: Database, places: Places) -> Warmed:
    """Answer the most frequent searches of the last week, then look whether each is kept."""
    async with database.read() as session:
        frequent = await most_frequent_answers(session, utc_now() - LOOKED_BACK, MOST)
    answered = [body for answers in frequent if (body := await _answer(cache, database, places, answers))]
    kept = [await cache.holds(ready.SEARCH, await ready.search_question(places, body)) for body in answered]
    return Warmed(searches=len(frequent), refused=len(frequent) - len(answered), warm=sum(kept))


async def _answer(
    cache: VersionedCache, database: Database, places: Places, answers: dict[str, Any]
) -> GuidedSearchRequest | PlainWordsRequest | None:
    try:
        body = BODY.validate_python(answers)
        await ready.guided(cache, database.direct, places, body)
    except (ValidationError, InvalidInputError):
        return None
    return body
