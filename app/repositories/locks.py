import zlib

from sqlalchemy import text

from app.config.database import WriteSession

_NAMESPACE = 6034
_SHORT = 6035


def _number(name: str) -> int:
    return zlib.crc32(name.encode()) - 2**31


async def hold(session: WriteSession, *names: str) -> None:
    """Wait until no other transaction holds any of the names; then hold them until this one ends.

    Taken in one statement and one order, so that two holders never wait for each other.
    """
    numbers = sorted({_number(name) for name in names})
    statement = text("SELECT pg_advisory_xact_lock(:namespace, number) FROM unnest(CAST(:numbers AS int[])) number")
    await session.execute(statement, {"namespace": _SHORT, "numbers": numbers})


async def try_hold(session: WriteSession, name: str) -> bool:
    """Hold the name until this transaction ends, however it ends; False when another transaction holds it.

    A lock of the transaction and not of the session, so that it works through a transaction pooler. The transaction
    may wait idle as long as the work takes: it has no row and no snapshot, so vacuum is not held back.
    """
    statement = text("SELECT pg_try_advisory_xact_lock(:namespace, :number)")
    held: bool = (await session.execute(statement, {"namespace": _NAMESPACE, "number": _number(name)})).scalar_one()
    if held:
        # The second is of PostgreSQL 17 and newer, hence by way of the list of settings.
        await session.execute(
            text("""
SELECT set_config(name, '0', true) FROM pg_settings
WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')
""")
        )
    return held
