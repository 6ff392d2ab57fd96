from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from app.core.clock import INDIA
from app.schemas.days import Days


def within(days: Days, moment: InstrumentedAttribute[datetime]) -> list[ColumnElement[bool]]:
    """The conditions that a moment lies in a range of Noida's days."""
    conditions = []
    if days.date_from is not None:
        conditions.append(moment >= _midnight(days.date_from))
    if days.date_to is not None:
        conditions.append(moment < _midnight(days.date_to + timedelta(days=1)))
    return conditions


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), INDIA)
