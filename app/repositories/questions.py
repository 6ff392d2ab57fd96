"""Statements on how the guided questions are asked."""

import orjson
from sqlalchemy import select

from app.config.database import DirectReads, Query, ReadSession, WriteSession
from app.models.questions import QuestionConfig
from app.schemas.questions import QuestionsConfig

DOCUMENT = Query("SELECT document FROM question_config")


async def read_document(reads: DirectReads) -> QuestionsConfig:
    """For the public read, which has no session."""
    (row,) = await reads.fetch(DOCUMENT, {})
    return QuestionsConfig.model_validate(orjson.loads(row["document"]))


async def find(session: ReadSession) -> QuestionConfig:
    return (await session.execute(select(QuestionConfig))).scalar_one()


async def lock(session: WriteSession) -> QuestionConfig:
    return (await session.execute(select(QuestionConfig).with_for_update())).scalar_one()
