"""What carries messages about inquiries to people and to other systems."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


class NotDeliveredError(Exception):
    """The text says why, without naming a person. `is_final`: trying again would change nothing."""

    def __init__(self, reason: str, *, is_final: bool = False, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.is_final = is_final
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that may be sent again: its id stays, so that whoever gets it twice can tell."""

    id: UUID
    recipient: str | None
    subject: str
    text: str
    payload: bytes
    """The same as JSON, for programs."""


class Carrier(Protocol):
    async def send(self, letter: Letter) -> None:
        """Raises NotDeliveredError."""

    async def close(self) -> None: ...
