from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.vocabulary import UserRole
from app.models.base import Base, Timestamped, values_of

__all__ = ["RevokedToken", "User", "UserRole"]


MAX_FULL_NAME = 120


class User(Timestamped, Base):
    __tablename__ = "users"
    __table_args__ = (Index("uq_users_email_lower", text("lower(email)"), unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(254))
    hashed_password: Mapped[str] = mapped_column(String(100))
    full_name: Mapped[str] = mapped_column(String(MAX_FULL_NAME))
    role: Mapped[UserRole] = mapped_column(values_of(UserRole))
    is_active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    token_generation: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Carried in every token; raising it revokes them all (password change, deactivation)."""
    last_login_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's declarative protocol


class RevokedToken(Base):
    """A token that was logged out; the row may go once the token has expired."""

    __tablename__ = "revoked_tokens"

    jti: Mapped[UUID] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime] = mapped_column(server_default=func.now())
