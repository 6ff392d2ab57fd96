"""The places in memory: read once for all who wait."""

import asyncio
import threading
from collections.abc import Iterable

import pytest

from app.config.database import Database, ReadSession
from app.services import gazetteer
from app.services.gazetteer import Places
from app.services.geography import Gazetteer, PlaceRecord


async def test_all_who_wait_share_one_reading_and_its_failure(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, away = asyncio.Event(), asyncio.Event()
    readings = 0

    async def read_places(_: ReadSession, *, with_listed: bool) -> None:
        nonlocal readings
        readings += 1
        begun.set()
        await away.wait()
        raise TimeoutError

    monkeypatch.setattr(gazetteer, "read_places", read_places)
    places = Places(database)
    waiting = [asyncio.create_task(places.known()) for _ in range(5)]
    await begun.wait()
    away.set()
    assert {type(end) for end in await asyncio.gather(*waiting, return_exceptions=True)} == {TimeoutError}
    assert readings == 1


async def test_the_index_is_built_beside_the_loop(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    builders = []

    class Noted(Gazetteer):
        def __init__(self, records: Iterable[PlaceRecord]) -> None:
            builders.append(threading.get_ident())
            super().__init__(records)

    monkeypatch.setattr(gazetteer, "Gazetteer", Noted)
    await Places(database).known()
    assert len(builders) == 1
    assert threading.get_ident() not in builders


async def test_a_failed_reading_is_tried_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async def read_places(_: ReadSession, *, with_listed: bool) -> None:
        raise TimeoutError

    places = Places(database)
    with monkeypatch.context() as patch:
        patch.setattr(gazetteer, "read_places", read_places)
        with pytest.raises(TimeoutError):
            await places.known()
    known = await places.known()
    assert known.sectors
    assert await places.known() is known
