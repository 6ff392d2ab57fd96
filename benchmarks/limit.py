"""The limit to measure against: Starlette and asyncpg, one SQL statement that returns the page as JSON, no count.

It validates nothing, ranks nothing and knows no total; what it answers in a second is what this machine can do with
this query. Environment: LIMIT_DSN (postgresql://…).
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

CARD = """json_build_object('id', l.id, 'title', l.title, 'price', l.price::text, 'area_sqft', l.area_sqft::text,
 'price_per_sqft', l.price_per_sqft::text, 'locality', l.locality, 'sector', l.sector, 'bhk', l.bhk,
 'property_type', l.property_type, 'listing_type', l.listing_type,
 'primary_image', (SELECT json_build_object('id', i.id, 'original_url', i.original_url,
   'enhanced_url', i.enhanced_url, 'thumbnail_url', i.thumbnail_url, 'image_type', i.image_type,
   'is_primary', i.is_primary, 'display_order', i.display_order, 'enhancement_status', i.enhancement_status)
   FROM bench_images i WHERE i.property_id = l.id AND i.is_primary),
 'key_metrics', json_build_object('vastu_score', l.vastu_score, 'natural_light_score', l.natural_light_score,
   'price_vs_market', NULL))::text"""


def statement(rooms: str) -> str:
    return f"""SELECT '{{"results":[' || coalesce(string_agg({CARD}, ',' ORDER BY l.price, l.id), '')
 || '],"total_count":null,"page":1,"per_page":' || $5::int || '}}'
FROM (SELECT * FROM bench_listings
  WHERE is_active AND property_type = $1 AND price BETWEEN $2 AND $3 AND {rooms}
  ORDER BY price, id LIMIT $5 OFFSET $6) l"""  # noqa: S608 - built from constants


STATEMENTS = {True: statement("bhk = $4"), False: statement("$4::int IS NULL")}


async def search(request: Request) -> Response:
    answers = orjson.loads(await request.body())
    bhk, per_page = answers.get("bhk"), answers.get("per_page", 20)
    async with request.app.state.pool.acquire() as connection:
        text = await connection.fetchval(
            STATEMENTS[bhk is not None],
            answers["property_type"],
            answers["budget_min"],
            answers["budget_max"],
            bhk,
            per_page,
            (answers.get("page", 1) - 1) * per_page,
        )
    return Response(text, media_type="application/json")


async def ready(_: Request) -> Response:
    return Response(b"{}")


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    async def prepare(connection: asyncpg.Connection) -> None:
        await connection.execute("SET jit = off")

    app.state.pool = await asyncpg.create_pool(os.environ["LIMIT_DSN"], min_size=4, max_size=4, init=prepare)
    yield
    await app.state.pool.close()


app = Starlette(routes=[Route("/health/live", ready), Route("/search", search, methods=["POST"])], lifespan=lifespan)
