from collections.abc import Mapping, Sequence


class MemoryStore:
    """The twin of RedisStore for tests: in this process, without an end to its size or time."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}

    def is_usable(self) -> bool:
        return True

    async def exchange(self, values: Mapping[str, bytes], names: Sequence[str]) -> Sequence[bytes | None]:
        self.values.update(values)
        return [self.values.get(name) for name in names]

    async def check(self) -> bool:
        return True

    async def close(self) -> None:
        self.values.clear()
