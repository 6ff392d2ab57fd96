"""Statements on how the guided questions are asked."""

from sqlalchemy import select

from app.config.database import DirectReads, Query, ReadSession, WriteSession
from app.models.questions import QuestionConfig

DOCUMENT = Query("SELECT document FROM question_config")


async def read_document(reads: DirectReads) -> str:
    """The JSON, for public reads, which have no session."""
    (row,) = await reads.fetch(DOCUMENT, {})
    document: str = row["document"]
    return document


async def find(session: ReadSession) -> QuestionConfig:
    return (await session.execute(select(QuestionConfig))).scalar_one()


async def lock(session: WriteSession) -> QuestionConfig:
    return (await session.execute(select(QuestionConfig).with_for_update())).scalar_one()
