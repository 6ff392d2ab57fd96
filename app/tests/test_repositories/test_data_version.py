"""The version that answers are kept by: every commit changes it, and nothing an answer shows is left out."""

import httpx
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.config.database import Database, create_database
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.main import create_app
from app.models.image import PropertyImage
from app.models.market import MarketPosition
from app.repositories import data_version
from app.tests.conftest import client_of, settings_for
from app.tests.factories import make_property, make_user, sector_id

SLOTS = text("SELECT count(*) FROM data_versions")
WATCHED = text("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'data_changed'")
HIDE = text("UPDATE properties SET is_active = false")


async def test_every_commit_changes_it_and_nothing_else_does(database: Database) -> None:
    seen = [await data_version.read(database.direct)]
    async with unit_of_work(database) as session:
        await make_property(session)
        assert await data_version.read(database.direct) == seen[-1]
    seen.append(await data_version.read(database.direct))
    for statement in (
        "UPDATE properties SET title = 'Another title'",
        "DELETE FROM places WHERE id = (SELECT min(id) FROM places)",
        "TRUNCATE market_segments",
    ):
        async with unit_of_work(database) as session:
            await session.execute(text(statement))
        seen.append(await data_version.read(database.direct))
    assert len(set(seen)) == len(seen)
    async with unit_of_work(database) as session:
        await make_user(session)
        await session.execute(text("UPDATE properties SET title = 'Nobody' WHERE false"))
    async with database.write() as session:
        await session.execute(HIDE)
        await session.rollback()
    assert await data_version.read(database.direct) == seen[-1]


async def test_a_savepoint_rolled_back_takes_nothing_of_it_away(database: Database) -> None:
    async with unit_of_work(database) as session:
        await make_property(session)
    before = await data_version.read(database.direct)
    async with unit_of_work(database) as session:
        nested = await session.begin_nested()
        await session.execute(HIDE)
        await nested.rollback()
        await session.execute(HIDE)
    assert await data_version.read(database.direct) != before


async def test_writers_do_not_wait_for_each_other(database: Database) -> None:
    """Each of them changes it when it commits, whoever began first."""
    async with unit_of_work(database) as session:
        homes = [await make_property(session) for _ in range(3)]
    rename = text("UPDATE properties SET title = 'Renamed' WHERE id = :id")
    seen = [await data_version.read(database.direct)]
    async with database.write() as first, database.write() as second:
        await first.execute(text("SET lock_timeout = '5s'"))
        await second.execute(text("SET lock_timeout = '5s'"))
        await first.execute(rename, {"id": homes[0].id})
        await second.execute(rename, {"id": homes[1].id})
        await second.commit()
        seen.append(await data_version.read(database.direct))
        async with unit_of_work(database) as third:
            await third.execute(rename, {"id": homes[2].id})
        seen.append(await data_version.read(database.direct))
        await first.commit()
        seen.append(await data_version.read(database.direct))
    assert len(set(seen)) == len(seen)
    async with database.read() as reader:
        assert await reader.scalar(SLOTS) == 2  # as many as wrote at once


async def ask_all(client: httpx.AsyncClient, home: str) -> list[int]:
    """Every answer that is kept ready, in each of its ways."""
    flats = {"budget_min": 1, "budget_max": 90_000_000, "property_type": "flat"}
    searches = [
        flats,
        flats | {"bhk": 5},
        flats | {"locality_preference": "sector 137"},
        flats | {"locality_preference": "Ajnara Nowhere"},
        flats | {"locality_preference": "noida expressway", "bhk": 5},
        {"q": "3 bhk near sector 137 metro under 2 cr"},
    ]
    answers = [await client.post("/api/v1/search/guided", json=body) for body in searches]
    answers += [
        await client.get(path) for path in ("/api/v1/search/questions", f"/api/v1/properties/{home}", f"/homes/{home}")
    ]
    return [answer.status_code for answer in answers]


async def test_what_is_kept_shows_nothing_whose_writes_do_not_change_it(database: Database) -> None:
    """Asked by a role that may read no table but those with the trigger."""
    async with unit_of_work(database) as session:
        home = await make_property(session, sector_id=await sector_id(session), society_name="Ajnara Nowhere")
        session.add(
            PropertyImage(
                property_id=home.id,
                sha256="a" * 64,
                original_key="a.jpg",
                content_type="image/jpeg",
                width=10,
                height=10,
                image_type="interior",
            )
        )
    role = f"reader_{new_id().hex}"
    async with database.engine.begin() as connection:
        await connection.execute(text(f"CREATE ROLE {role} LOGIN PASSWORD '{role}'"))
        watched = set(await connection.scalars(WATCHED))
        await connection.execute(text(f"GRANT SELECT ON data_versions, {', '.join(watched)} TO {role}"))
    assert MarketPosition.__tablename__ in watched
    url = make_url(database.engine.url).set(username=role, password=role)
    settings = settings_for(url.render_as_string(hide_password=False), redis_url=None)
    opened = create_database(settings)
    try:
        async with client_of(create_app(settings, opened)) as client:
            assert set(await ask_all(client, str(home.id))) == {200}
    finally:
        await opened.close()
        async with database.engine.begin() as connection:
            await connection.execute(text(f"DROP OWNED BY {role}"))
            await connection.execute(text(f"DROP ROLE {role}"))
