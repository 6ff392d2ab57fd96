"""Answers as ready bytes, each good for one version of the data only.

A request reads the version after it has come in, so what it is given tells of every write that was committed before.
Requests that come while one look-up is under way share the next one: one statement and one round trip for all of them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from app.core.metrics import CACHE
from app.infrastructure.cache import ByteStore

APP = Path(__file__).parents[2]
DIGEST_BYTES = 16
VERSION_BYTES = 8
# Answers of one kind lie in so many places, each in the one that its question falls on: any number of different
# questions takes no more memory than this many answers, of at most so many bytes.
SLOTS = 4096
MOST_BYTES = 64 * 1024
MOST_TOGETHER = 64


@cache
def source_digest() -> str:
    """Of the app's own files: answers are not shared with another release, which may word them otherwise."""
    digest = blake2b(digest_size=DIGEST_BYTES)
    for path in sorted(APP.rglob("*")):
        if path.suffix in {".py", ".toml"} and "tests" not in path.relative_to(APP).parts:
            digest.update(path.read_bytes())
    return digest.hexdigest()


class Found(NamedTuple):
    slot: str
    mark: bytes
    """What an answer to this question must begin with to be good now: the version of the data, and the question."""
    answer: bytes | None


class VersionedCache:
    """Without a store, and while it is away, every answer is made anew."""

    def __init__(self, store: ByteStore | None, read_version: Callable[[], Awaitable[int]]) -> None:
        self.store = store
        self._read_version = read_version
        self._release = source_digest()
        self._asked: list[tuple[str, asyncio.Future[tuple[int, bytes | None] | None]]] = []
        self._made: dict[str, bytes] = {}
        self._talking: asyncio.Task[None] | None = None
        self._being_made: dict[bytes, asyncio.Task[bytes]] = {}

    async def get(self, kind: str, question: str, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """The answer kept for the question, else the one that is made, once for all who ask at the same time.

        Raises what `make` raises, and the errors of reading the version.
        """
        if self.store is None or not self.store.is_usable():
            CACHE.labels(kind, "bypass").inc()
            return await make()
        found = await self._find(kind, question)
        if found is None:
            CACHE.labels(kind, "error").inc()
            return await make()
        if found.answer is not None:
            CACHE.labels(kind, "hit").inc()
            return found.answer
        CACHE.labels(kind, "miss").inc()
        # Who waits for it has read the same version, after which its making began.
        making = self._being_made.get(found.mark)
        if making is None:
            making = self._being_made[found.mark] = asyncio.create_task(self._make(found, make))
            making.add_done_callback(lambda _: self._being_made.pop(found.mark))
        return await asyncio.shield(making)

    async def holds(self, kind: str, question: str) -> bool:
        """Whether an answer is kept that is good now."""
        if self.store is None or not self.store.is_usable():
            return False
        found = await self._find(kind, question)
        return found is not None and found.answer is not None

    async def close(self) -> None:
        if self.store is not None:
            await self.store.close()

    async def _make(self, found: Found, make: Callable[[], Awaitable[bytes]]) -> bytes:
        answer = await make()
        if len(answer) <= MOST_BYTES and len(self._made) < MOST_TOGETHER:
            self._made[found.slot] = found.mark + answer
            self._talk()
        return answer

    async def _find(self, kind: str, question: str) -> Found | None:
        """None when the store failed."""
        digest = blake2b(f"{self._release} {kind} {question}".encode(), digest_size=DIGEST_BYTES).digest()
        slot = f"answers:{kind}:{int.from_bytes(digest) % SLOTS}"
        future = asyncio.get_running_loop().create_future()
        self._asked.append((slot, future))
        self._talk()
        looked_up = await future
        if looked_up is None:
            return None
        version, value = looked_up
        mark = version.to_bytes(VERSION_BYTES, signed=True) + digest
        answer = value[len(mark) :] if value is not None and value.startswith(mark) else None
        return Found(slot, mark, answer)

    def _talk(self) -> None:
        if self.store is not None and (self._talking is None or self._talking.done()):
            self._talking = asyncio.create_task(self._exchange(self.store))

    async def _exchange(self, store: ByteStore) -> None:
        """Take what was made to the store and look up what is asked for, together, until there is no more of either."""
        while self._asked or self._made:
            batch, self._asked = self._asked[:MOST_TOGETHER], self._asked[MOST_TOGETHER:]
            made, self._made = self._made, {}
            if not batch:
                await store.exchange(made, [])
                continue
            reading = asyncio.ensure_future(self._read_version())
            values = await store.exchange(made, [slot for slot, _ in batch])
            await asyncio.wait([reading])
            for number, (_, future) in enumerate(batch):
                if future.done():
                    continue  # its request was given up
                if error := reading.exception():
                    future.set_exception(error)
                else:
                    future.set_result(None if values is None else (reading.result(), values[number]))
