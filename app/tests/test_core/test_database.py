"""What must hold behind a transaction pooler, seen from the server's side."""

from sqlalchemy import select, text

from app.config.database import create_database
from app.config.settings import Settings
from app.core.unit_of_work import unit_of_work
from app.models.geography import Sector, Zone
from app.tests.factories import make_property


async def test_behind_a_pooler_no_statement_stays_prepared_on_the_server(settings: Settings) -> None:
    pooled = settings.model_copy(update={"database_transaction_pooler": True, "database_pool_size": 1})
    database = create_database(pooled)
    for model in (Sector, Zone, Sector):
        async with database.read() as session:
            (await session.execute(select(model).limit(1))).scalar_one()
        async with unit_of_work(database) as session:
            await make_property(session)
    async with database.read() as session:
        names = await session.execute(text("SELECT name FROM pg_prepared_statements WHERE name <> ''"))
        assert names.scalars().all() == []
    await database.close()
