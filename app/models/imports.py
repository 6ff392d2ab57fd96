from uuid import UUID

from sqlalchemy import BigInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class ImportSeen(Base):
    """Rows one running import has taken, so that duplicates inside a file are found with flat memory. Unlogged."""

    __tablename__ = "import_seen"
    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012 - SQLAlchemy's declarative protocol

    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    """Hash of the external id or of the unit's fingerprint."""
    row_number: Mapped[int] = mapped_column(primary_key=True)
    said: Mapped[str | None] = mapped_column(Text)
    """With a fingerprint: what else the row says of its unit, as JSON (services/imports/duplicates.py)."""
