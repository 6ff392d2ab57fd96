"""What search engines ask for: robots.txt and the site map."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import PlainTextResponse, StreamingResponse

from app.api.dependencies import reads_of
from app.repositories.sitemap import Listed
from app.services import sitemap
from app.web.pages import origin_of

router = APIRouter()
XML = "application/xml"
AN_HOUR = {"Cache-Control": "public, max-age=3600"}
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
READ_BY_ALL = ("/", "/method", "/privacy", "/about")
NOT_INDEXED = ("/admin/", "/api/", "/shortlist", "/compare", "/homes?", "/homes/*/")


@router.get("/robots.txt", include_in_schema=False)
async def robots(request: Request) -> Response:
    """All may read the homes; searches and lists of a visitor's own are nothing to index."""
    closed = "\n".join(f"Disallow: {path}" for path in NOT_INDEXED)
    # The pictures of a home, its card among them.
    text = f"User-agent: *\nAllow: /homes/*/card.png\n{closed}\n\nSitemap: {origin_of(request)}/sitemap.xml\n"
    return PlainTextResponse(text, headers=AN_HOUR)


@router.get("/sitemap.xml", include_in_schema=False)
async def site_map(request: Request) -> Response:
    """The parts of the map."""
    origin, parts = origin_of(request), await sitemap.parts(reads_of(request))
    entries = "".join(f"<sitemap><loc>{origin}/sitemap/{part}.xml</loc></sitemap>" for part in range(1, parts + 1))
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="{NAMESPACE}">{entries}</sitemapindex>\n'
    return Response(body, media_type=XML, headers=AN_HOUR)


@router.get("/sitemap/{part}.xml", include_in_schema=False)
async def site_map_part(part: Annotated[int, Path(ge=1, le=1000)], request: Request) -> Response:
    """Up to 50,000 homes, sent while they are read."""
    batches = sitemap.homes(reads_of(request), part)
    first: list[Listed] = await anext(batches, [])
    return StreamingResponse(_urls(origin_of(request), part, first, batches), media_type=XML, headers=AN_HOUR)


async def _urls(origin: str, part: int, first: list[Listed], others: AsyncIterator[list[Listed]]) -> AsyncIterator[str]:
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{NAMESPACE}">\n'
    if part == 1:
        yield "".join(f"<url><loc>{origin}{path}</loc></url>\n" for path in READ_BY_ALL)
    yield _entries(origin, first)
    async for batch in others:
        yield _entries(origin, batch)
    yield "</urlset>\n"


def _entries(origin: str, batch: list[Listed]) -> str:
    return "".join(
        f"<url><loc>{origin}/homes/{home.id}</loc><lastmod>{home.updated_at.isoformat(timespec='seconds')}</lastmod></url>\n"
        for home in batch
    )
