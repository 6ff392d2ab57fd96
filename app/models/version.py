from sqlalchemy import BigInteger, Identity
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class DataVersion(Base):
    """Random numbers that together name a state of the data which public answers show.

    A trigger on each table concerned (data_changed) replaces one of them in every transaction that writes there; of as
    many rows as there ever were writers at the same time, one that nobody holds.
    """

    __tablename__ = "data_versions"

    slot: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    token: Mapped[int] = mapped_column(BigInteger)
