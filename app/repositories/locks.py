import zlib

from sqlalchemy import text

from app.config.database import WriteSession

_NAMESPACE = 6034


async def try_hold(session: WriteSession, name: str) -> bool:
    """Hold the name until this transaction ends, however it ends; False when another transaction holds it.

    A lock of the transaction and not of the session, so that it works through a transaction pooler. The transaction
    may wait idle as long as the work takes: it has no row and no snapshot, so vacuum is not held back.
    """
    number = zlib.crc32(name.encode()) - 2**31
    statement = text("SELECT pg_try_advisory_xact_lock(:namespace, :number)")
    held: bool = (await session.execute(statement, {"namespace": _NAMESPACE, "number": number})).scalar_one()
    if held:
        # The second is of PostgreSQL 17 and newer, hence by way of the list of settings.
        await session.execute(
            text("""
SELECT set_config(name, '0', true) FROM pg_settings
WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')
""")
        )
    return held
