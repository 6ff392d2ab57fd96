from app.config.database import DirectReads, Query

PING = Query("SELECT 1")


async def ping(pulse: DirectReads) -> None:
    await pulse.fetch(PING, {})
