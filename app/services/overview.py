"""What staff see first: what waits, and how the work goes."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from app.config.database import ReadSession
from app.core.clock import INDIA
from app.models.user import User
from app.repositories import overview
from app.repositories.overview import FirstAnswers, PhotoAtWork, Waiting
from app.services.leads import only_of

MOST_PHOTOS = 100
DAYS = 7


async def waiting(session: ReadSession, user: User) -> Waiting:
    """The counts beside the navigation, in one statement."""
    return await overview.waiting(session, only_of(user))


async def photos(session: ReadSession, media_url: str) -> Sequence[PhotoAtWork]:
    """What is to be decided, is under way or failed, in this order."""
    return await overview.photos(session, media_url, MOST_PHOTOS)


async def first_answers(session: ReadSession, user: User, now: datetime) -> Sequence[FirstAnswers]:
    """The last seven days in Noida, also those on which no lead came."""
    today = now.astimezone(INDIA).date()
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    since = datetime.combine(days[0], time(), INDIA)
    found = {each.day: each for each in await overview.first_answers(session, since, only_of(user))}
    return [found.get(day, FirstAnswers(day, 0, None)) for day in days]
