"""What a backup holds, told from the rows: how many there are and of what, and which objects they name."""

from collections.abc import Sequence

from sqlalchemy import text

from app.config.database import ReadSession, WriteSession

# Rows are compared as text, which these shape.
AS_TEXT = ("TimeZone = 'UTC'", "DateStyle = 'ISO'", "IntervalStyle = 'iso_8601'", "extra_float_digits = 1")
OBJECTS = """
SELECT original_key FROM property_images
UNION SELECT enhanced_key FROM property_images WHERE enhanced_key IS NOT NULL
UNION SELECT v ->> 'key' FROM property_images, jsonb_array_elements(variants || enhanced_variants) v
UNION SELECT result_key FROM enhancements WHERE result_key IS NOT NULL
ORDER BY 1
"""
TABLES = """
SELECT relname, quote_ident(relname) FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1
"""


async def begin_snapshot(session: WriteSession) -> str:
    """Let this transaction, and whoever is told the name that is returned, see the rows of this moment to its end."""
    await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
    name: str = (await session.execute(text("SELECT pg_export_snapshot()"))).scalar_one()
    return name


async def sum_tables(session: WriteSession) -> dict[str, tuple[int, str]]:
    """Of each table how many rows it has, and a sum over their contents that does not depend on their order."""
    for setting in AS_TEXT:
        await session.execute(text(f"SET LOCAL {setting}"))
    sums = {}
    for name, quoted in (await session.execute(text(TABLES))).all():
        statement = text(f"""
SELECT count(*), coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0)::text FROM public.{quoted} t
""")
        rows, total = (await session.execute(statement)).one()
        sums[name] = (rows, total)
    return sums


async def has_tables(session: ReadSession) -> bool:
    return (await session.execute(text(TABLES))).first() is not None


async def find_named_objects(session: ReadSession) -> Sequence[str]:
    return (await session.execute(text(OBJECTS))).scalars().all()


async def scratch_prefix(session: ReadSession) -> str:
    """How the names of this database's scratch databases begin, and those of no other database's."""
    oid = (await session.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()"))).scalar_one()
    return f"casabricks_drill_{oid}_"


async def find_scratch(session: ReadSession, prefix: str) -> Sequence[str]:
    """Those that this user may drop."""
    statement = text("""
SELECT datname FROM pg_database WHERE starts_with(datname, :prefix) AND pg_has_role(datdba, 'USAGE') ORDER BY 1
""")
    return (await session.execute(statement, {"prefix": prefix})).scalars().all()


async def create_scratch(session: ReadSession, name: str) -> None:
    """An empty database beside this one; the session must be one that commits each statement."""
    await session.execute(text(f'CREATE DATABASE "{name}" TEMPLATE template0'))


async def drop_scratch(session: ReadSession, name: str) -> None:
    await session.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
