"""The app behind a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from fastapi import FastAPI
from uvicorn.server import ServerState

from app.server import LimitedProtocol

Address = tuple[str, int]


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[tuple[Address, ServerState]]:
    config = uvicorn.Config(app, log_config=None, lifespan="off")
    config.load()
    state = ServerState()

    def protocol() -> LimitedProtocol:
        return LimitedProtocol(config=config, server_state=state, app_state={})

    async with await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0) as listening:
        yield listening.sockets[0].getsockname(), state
        for connection in list(state.connections):
            connection.shutdown()


@pytest.fixture
async def address(app: FastAPI) -> AsyncIterator[Address]:
    async with served(app) as (address, _):
        yield address


@asynccontextmanager
async def connection(address: Address) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(*address)
    try:
        yield reader, writer
    finally:
        writer.close()
