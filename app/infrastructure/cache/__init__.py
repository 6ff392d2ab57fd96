"""Public answers kept as ready bytes: the port to where they are kept."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class ByteStore(Protocol):
    """Keeps bytes by name, for a while. May lose any of them at any time; never raises."""

    def is_usable(self) -> bool:
        """Whether it is worth asking now; decided at once."""

    async def exchange(self, values: Mapping[str, bytes], names: Sequence[str]) -> Sequence[bytes | None] | None:
        """Keep the values by their names, then say what is kept under each of `names`; None when the store failed."""

    async def check(self) -> bool:
        """Whether it answers, asked with patience."""

    async def close(self) -> None: ...
