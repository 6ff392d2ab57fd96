from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, Text, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
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


class ImportTrial(Base):
    """The file somebody tried last and what would become of it, for an hour (repositories/imports.py)."""

    __tablename__ = "import_trials"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    """Another with each trial."""
    file_name: Mapped[str] = mapped_column(String(120))
    """As the client says; to be shown only."""
    profile: Mapped[str] = mapped_column(String(40))
    file: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
    """Gone once it is imported."""
    refused: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
    """The errors file; empty when every row is taken."""
    digests: Mapped[list[str]] = mapped_column(ARRAY(String(64)))
    """What was decided, a thousand rows each (services/imports/settle.py)."""
    report: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """An ImportReport: of the trial, then of the import."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
