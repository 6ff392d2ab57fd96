"""The queue's twin for tests: keeps what would have been sent."""

from collections.abc import Sequence

from app.core.jobs import Job


class MemoryQueue:
    def __init__(self) -> None:
        self.jobs: list[Job] = []

    async def send(self, jobs: Sequence[Job]) -> None:
        self.jobs += jobs

    async def unattended(self) -> Sequence[str]:
        return []

    async def close(self) -> None:
        pass
