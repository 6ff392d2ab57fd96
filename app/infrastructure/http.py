"""Requests to other hosts: bounded in size and time; where the address comes from outside, also in where they go."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urljoin

import httpx

CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 20.0  # between two pieces of an answer
MOST_REDIRECTS = 3
DEFAULT_PORTS = {"http": 80, "https": 443}
# Forms in which an IPv6 address stands for an IPv4 address: the last 32 bits.
_CARRIES_IPV4 = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
# Tunnels and translations of a network of one's own: what they lead to cannot be told.
_OPAQUE = tuple(IPv6Network(net) for net in ("::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fec0::/10"))
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class NoAnswerError(Exception):
    """The host could not be reached or did not answer in time; it may later."""


class ForbiddenUrlError(Exception):
    """The address leads where nothing may be fetched from."""


class UnusableAnswerError(Exception):
    """An answer came, and it is not what was asked for."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where requests may go: to these origins, and to these hosts on their scheme's usual port.

    A host that begins with a dot stands for every name that ends so.
    """

    origins: Collection[httpx.URL]
    hosts: Collection[str] = ()
    https_only: bool = True
    private_addresses: bool = False

    def check(self, url: httpx.URL) -> None:
        """Raises ForbiddenUrlError."""
        if url.scheme not in DEFAULT_PORTS or (self.https_only and url.scheme != "https"):
            raise ForbiddenUrlError(f"{'https' if self.https_only else 'http or https'} is required")
        if url.userinfo:
            raise ForbiddenUrlError("the address must not carry a user name or password")
        if not any(_same_origin(url, origin) for origin in self.origins) and not self._is_allowed_host(url):
            raise ForbiddenUrlError(f"{url.scheme}://{url.netloc.decode('ascii')[:100]} is not among the allowed ones")

    def _is_allowed_host(self, url: httpx.URL) -> bool:
        host = ascii_host(url)
        named = any(host.endswith(name) if name.startswith(".") else host == name for name in self.hosts)
        return named and url.port is None


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` ends at the most bytes that were asked for; `is_whole` tells whether that was all."""

    status: int
    headers: httpx.Headers
    body: bytes
    is_whole: bool

    @property
    def is_success(self) -> bool:
        return httpx.codes.is_success(self.status)


def ascii_host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii").lower().rstrip(".")


def is_public(address: str) -> bool:
    """Whether the address is one of the public internet's single hosts, in whatever form it is written."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if any(ip in net for net in _CARRIES_IPV4):
            ip = IPv4Address(ip.packed[-4:])
        elif any(ip in net for net in _OPAQUE):
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


async def resolve(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedTransport(httpx.AsyncBaseTransport):
    """Checks the address that a name resolves to and connects to just that one, so that it cannot change in between."""

    def __init__(self, reach: Reach, resolve: Resolve = resolve) -> None:
        self._reach = reach
        self._resolve = resolve
        # No connection is used twice: one to an address would else serve each name that leads there.
        self._direct = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._reach.check(request.url)
        host = ascii_host(request.url)
        failure: httpx.TransportError = httpx.ConnectError("The name leads to no address")
        for address in await self._addresses(host, request.url.port or DEFAULT_PORTS[request.url.scheme]):
            pinned = httpx.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,  # with the Host of the name
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},
            )
            try:
                return await self._direct.handle_async_request(pinned)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError("The name cannot be resolved") from error
        if not self._reach.private_addresses and not all(map(is_public, addresses)):
            raise ForbiddenUrlError(f"the host {host[:100]} has an address that is not public")
        return addresses

    async def aclose(self) -> None:
        await self._direct.aclose()


def create_client(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """A client that follows no redirects and asks no proxy. The caller closes it."""
    return httpx.AsyncClient(
        transport=transport,
        trust_env=False,
        headers={"User-Agent": "CasaBricks", "Accept-Encoding": "identity"},
        timeout=httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS),
    )


async def exchange(
    client: httpx.AsyncClient, method: str, url: str | httpx.URL, *, seconds: float, max_bytes: int, **options: Any
) -> Answer:
    """One request and its answer, as far as max_bytes, all within `seconds`.

    Raises NoAnswerError, and ForbiddenUrlError from a guarded client.
    """
    try:
        async with _within(seconds), client.stream(method, url, **options) as response:
            body = bytearray()
            async for part in response.aiter_raw():
                body += part
                if len(body) > max_bytes:
                    break
            return Answer(response.status_code, response.headers, bytes(body[:max_bytes]), len(body) <= max_bytes)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise ForbiddenUrlError("the address is not well formed") from None
    except httpx.HTTPError as error:
        raise NoAnswerError(type(error).__name__) from None


async def safe_fetch(
    client: httpx.AsyncClient,
    url: str,
    *,
    content_types: Collection[str],
    max_bytes: int,
    seconds: float,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """GET through a guarded client; redirects are followed a few times, each checked, `headers` kept for one host only.

    The answer's status is for the caller to judge; a success is whole and of one of the types. Raises NoAnswerError,
    ForbiddenUrlError, UnusableAnswerError.
    """
    try:
        target = origin = httpx.URL(url)
    except httpx.InvalidURL:
        raise ForbiddenUrlError("the address is not well formed") from None
    async with _within(seconds):
        for _ in range(MOST_REDIRECTS + 1):
            own = dict(headers or {}) if _same_origin(target, origin) else {}
            answer = await exchange(client, "GET", target, seconds=seconds, max_bytes=max_bytes, headers=own)
            location = answer.headers.get("location")
            if answer.status not in {301, 302, 303, 307, 308} or location is None:
                if answer.is_success:
                    _check_content(answer, content_types, max_bytes)
                return answer
            target = _joined(target, location)
    raise UnusableAnswerError(f"more than {MOST_REDIRECTS} redirects")


@asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise NoAnswerError(f"no answer within {seconds:g} s") from None


def _joined(base: httpx.URL, location: str) -> httpx.URL:
    try:
        return httpx.URL(urljoin(str(base), location))
    except (httpx.InvalidURL, ValueError):
        raise ForbiddenUrlError("a redirect's address is not well formed") from None


def _same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    return (one.scheme, ascii_host(one), one.port) == (other.scheme, ascii_host(other), other.port)


def _check_content(answer: Answer, content_types: Collection[str], max_bytes: int) -> None:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in content_types:
        raise UnusableAnswerError(f"the content type is {kind[:60] or 'not given'}, not {' or '.join(content_types)}")
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise UnusableAnswerError("the content is compressed, which was not asked for")
    if not answer.is_whole:
        raise UnusableAnswerError(f"it is larger than {max_bytes // 1_000_000} MB")
