from sqlalchemy import text

from app.config.database import ReadSession


async def ping(session: ReadSession) -> None:
    await session.execute(text("SELECT 1"))
