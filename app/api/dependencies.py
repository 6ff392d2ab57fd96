"""What routes are given: sessions, the current user, the client's address."""

import re
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Self

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.config.database import Database, DirectReads, ReadSession, WriteSession
from app.config.settings import Settings
from app.core.addresses import counted_as
from app.core.exceptions import ForbiddenError, UnauthenticatedError
from app.core.jobs import Queue
from app.core.security import TokenClaims, hash_address
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import UserRole
from app.infrastructure.ai import Provider
from app.infrastructure.cache.versioned import VersionedCache
from app.infrastructure.limiter import RateLimiter
from app.infrastructure.storage import Storage
from app.models.user import User
from app.services import auth
from app.services.audit import Actor
from app.services.events import Recorder, Visitor
from app.services.gazetteer import Places

# Crawlers, previews, monitors and bare HTTP libraries say what they are; Cubot makes phones. What lies is counted.
PROGRAMS = re.compile(
    r"(?<!cu)bot(\b|_)|crawl|spider|slurp|preview|externalhit|headless|lighthouse|monitor|uptime|archiver|scrapy|"
    r"^(curl|wget|python|httpx|aiohttp|go-http|java|node|axios|libwww|ruby|php|postman|insomnia)",
    re.IGNORECASE,
)
LONGEST_AGENT = 512  # beyond it nobody says who he is; the pattern would search all of a head of 32 KB
bearer = HTTPBearer(auto_error=False, description="The token from POST /api/v1/auth/login")


async def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def get_settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def get_limiter(request: Request) -> RateLimiter:
    limiter: RateLimiter = request.app.state.limiter
    return limiter


async def get_queue(request: Request) -> Queue:
    queue: Queue = request.app.state.queue
    return queue


async def get_storage(request: Request) -> Storage:
    storage: Storage = request.app.state.storage
    return storage


async def get_ai_service(request: Request) -> Provider | None:
    provider: Provider | None = request.app.state.ai_service
    return provider


# The busy public reads call these three themselves: as dependencies they would cost more than the search they serve.
def places_of(request: Request) -> Places:
    places: Places = request.app.state.places
    return places


def reads_of(request: Request) -> DirectReads:
    reads: DirectReads = request.app.state.database.direct
    return reads


def cache_of(request: Request) -> VersionedCache:
    cache: VersionedCache = request.app.state.cache
    return cache


async def get_cache(request: Request) -> VersionedCache:
    return cache_of(request)


def events_of(request: Request) -> Recorder:
    recorder: Recorder = request.app.state.events
    return recorder


async def get_places(request: Request) -> Places:
    return places_of(request)


DatabaseDep = Annotated[Database, Depends(get_database)]
SettingsDep = Annotated[Settings, Depends(get_settings)]
LimiterDep = Annotated[RateLimiter, Depends(get_limiter)]
CacheDep = Annotated[VersionedCache, Depends(get_cache)]
QueueDep = Annotated[Queue, Depends(get_queue)]
StorageDep = Annotated[Storage, Depends(get_storage)]
AiServiceDep = Annotated[Provider | None, Depends(get_ai_service)]
PlacesDep = Annotated[Places, Depends(get_places)]


async def read_session(database: DatabaseDep) -> AsyncIterator[ReadSession]:
    async with database.turn(), database.read() as session:
        yield session


async def write_session(database: DatabaseDep, queue: QueueDep) -> AsyncIterator[WriteSession]:
    async with database.turn(), unit_of_work(database, queue) as session:
        yield session


# Function scope: the commit happens before the reply leaves, not after it.
ReadSessionDep = Annotated[ReadSession, Depends(read_session, scope="function")]
WriteSessionDep = Annotated[WriteSession, Depends(write_session, scope="function")]


IfMatch = Annotated[str | None, Header(alias="If-Match", description="The ETag that was read; a stale one gets 412")]


def address_of(request: Request, settings: Settings) -> str:
    """Whom to count: the address the outermost trusted proxy saw; what a client writes into the header is ignored."""
    forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
    if settings.trusted_proxy_count:
        hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
        if len(hops) >= settings.trusted_proxy_count:
            return counted_as(hops[-settings.trusted_proxy_count])
    peer: tuple[str, int] | None = getattr(request.state, "peer", request.client)  # app/server.py
    return counted_as(peer[0]) if peer else "unknown"


async def client_address(request: Request, settings: SettingsDep) -> str:
    return address_of(request, settings)


ClientAddressDep = Annotated[str, Depends(client_address)]


@dataclass(frozen=True, slots=True)
class CurrentUser:
    user: User
    claims: TokenClaims
    actor: Actor
    """The same person as the audit knows him."""

    @classmethod
    def of(cls, request: Request, settings: Settings, user: User, claims: TokenClaims) -> Self:
        return cls(
            user,
            claims,
            Actor(user.id, request.state.request_id, hash_address(settings, address_of(request, settings))),
        )


async def current_user(
    request: Request,
    database: DatabaseDep,
    settings: SettingsDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> CurrentUser:
    if credentials is None:
        raise UnauthenticatedError("A bearer token is required")
    # A session of its own, closed before the route's opens: no request ever waits for a second connection.
    async with database.read() as session:
        user, claims = await auth.authenticate(session, settings, credentials.credentials)
    return CurrentUser.of(request, settings, user, claims)


CurrentUserDep = Annotated[CurrentUser, Depends(current_user)]


def require_role(*roles: UserRole) -> Callable[[CurrentUser], Coroutine[Any, Any, CurrentUser]]:
    async def check(current: CurrentUserDep) -> CurrentUser:
        if current.user.role not in roles:
            raise ForbiddenError("Your role does not allow this")
        return current

    return check


StaffDep = Annotated[CurrentUser, Depends(require_role(UserRole.SUPER_ADMIN, UserRole.ADMIN, UserRole.AGENT))]
SuperAdminDep = Annotated[CurrentUser, Depends(require_role(UserRole.SUPER_ADMIN))]
AdminDep = Annotated[CurrentUser, Depends(require_role(UserRole.SUPER_ADMIN, UserRole.ADMIN))]


@lru_cache(1024)
def _is_program(agent: str) -> bool:
    return not agent or PROGRAMS.search(agent) is not None


def visitor_of(request: Request) -> Visitor | None:
    """None for those whose doings are not recorded: staff, programs, and who asks for the head alone."""
    headers = request.headers
    agent = headers.get("user-agent", "")[:LONGEST_AGENT]
    # Only staff have tokens; in the pages they stand in a cookie (app/web/session.py).
    is_staff = "authorization" in headers or "session=" in headers.get("cookie", "")
    if is_staff or request.scope["state"]["method"] == "HEAD" or _is_program(agent):
        return None
    return Visitor(address_of(request, request.app.state.settings), agent)
