"""The embedded servers: data that stays, access that needs the password, and what a killed owner leaves behind."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.tests.test_devstack.waiting import eventually
from devstack.processes import free_ports, is_alive
from devstack.servers import PostgresServer, ValkeyServer
from devstack.system import DirectoryBusyError

# Without the kernel's parent-death signal, as on macOS: the orphans really stay.
OWNER = """
import json, sys, time
from pathlib import Path
from devstack import processes
processes._death_watch = lambda number: ()
from devstack.servers import PostgresServer, ValkeyServer
home = Path(sys.argv[1])
postgres = PostgresServer.start(home / "pg", durable=True)
valkey = ValkeyServer.start(home / "vk", durable=True)
print(json.dumps([postgres.pid, valkey.pid, postgres.url(), valkey.url()]), flush=True)
time.sleep(600)
"""


@contextlib.contextmanager
def running(home: Path, *, durable: bool = False) -> Iterator[tuple[PostgresServer, ValkeyServer]]:
    with contextlib.ExitStack() as stack:
        postgres = PostgresServer.start(home / "pg", durable=durable)
        stack.callback(postgres.stop)
        valkey = ValkeyServer.start(home / "vk", durable=durable)
        stack.callback(valkey.stop)
        yield postgres, valkey


def start_owner(home: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", OWNER, str(home)], stdout=subprocess.PIPE)


async def execute(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_data_and_urls_survive_a_stop_and_a_start(scratch: Path) -> None:
    with running(scratch, durable=True) as (postgres, valkey):
        urls = postgres.url(), valkey.url()
        await execute(urls[0], "CREATE TABLE kept AS SELECT 42 AS answer")
        with redis.Redis.from_url(urls[1]) as client:
            client.set("job", "queued")
    with running(scratch, durable=True) as (postgres, valkey):
        assert (postgres.url(), valkey.url()) == urls
        assert await execute(urls[0], "SELECT answer FROM kept") == 42
        with redis.Redis.from_url(urls[1]) as client:
            assert client.get("job") == b"queued"


async def test_both_servers_refuse_a_caller_without_the_password(scratch: Path) -> None:
    with running(scratch) as (postgres, valkey):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await execute(postgres.url().replace(postgres.password, "guess"), "SELECT 1")
        once = Retry(NoBackoff(), 0)
        with redis.Redis(port=valkey.port, retry=once) as client, pytest.raises(redis.AuthenticationError):
            client.ping()


async def test_a_first_start_over_an_interrupted_initdb_takes_settings_and_creates_databases(scratch: Path) -> None:
    (scratch / "pg" / "initdb").mkdir(parents=True)
    (scratch / "pg" / "initdb" / "half-written").touch()
    server = PostgresServer.start(scratch / "pg", durable=False, settings={"max_connections": "33"})
    try:
        server.create_database('odd "name"')
        server.create_database('odd "name"')
        url = server.url('odd "name"')
        assert await execute(url, "SHOW max_connections") == "33"
        assert await execute(url, "SHOW fsync") == "off"
        assert await execute(url, "SELECT lower('नोएडा ÉTÉ')") == "नोएडा été"
    finally:
        server.stop()


def test_a_directory_has_one_owner_and_is_free_after_stop(scratch: Path) -> None:
    first = ValkeyServer.start(scratch, durable=False)
    with pytest.raises(DirectoryBusyError, match=str(os.getpid())):
        ValkeyServer.start(scratch, durable=False)
    first.stop()
    first.stop()
    ValkeyServer.start(scratch, durable=False).stop()


async def test_a_killed_owner_leaves_orphans_that_the_next_start_replaces(scratch: Path) -> None:
    with start_owner(scratch) as owner:
        assert owner.stdout is not None
        postgres_pid, valkey_pid, url, redis_url = json.loads(owner.stdout.readline())
        await execute(url, "CREATE TABLE kept AS SELECT 42 AS answer")
        with redis.Redis.from_url(redis_url) as client:
            client.set("job", "queued")
        owner.kill()
    orphans = [psutil.Process(postgres_pid), psutil.Process(valkey_pid)]
    assert all(is_alive(orphan) for orphan in orphans)

    with running(scratch, durable=True) as (postgres, valkey):
        assert not any(is_alive(orphan) for orphan in orphans)
        assert await execute(postgres.url(), "SELECT answer FROM kept") == 42
        with redis.Redis.from_url(valkey.url()) as client:
            assert client.get("job") == b"queued"


async def test_a_crashed_server_comes_back_on_the_same_url(scratch: Path) -> None:
    with running(scratch, durable=True) as (postgres, valkey):
        await execute(postgres.url(), "CREATE TABLE kept AS SELECT 42 AS answer")
        for server in (postgres, valkey):
            assert server.pid is not None
            os.kill(server.pid, signal.SIGKILL)
            eventually(lambda server=server: server.poll() is not None)  # type: ignore[misc] # a default binds the loop variable
            server.restart()
            assert server.poll() is None
        assert await execute(postgres.url(), "SELECT answer FROM kept") == 42


def test_a_stale_pid_file_that_names_a_stranger_harms_nobody(scratch: Path) -> None:
    with running(scratch):
        pass
    stranger = os.getpid()
    (scratch / "pg/data/postmaster.pid").write_text(f"{stranger}\n{scratch}\n")
    (scratch / "vk/data/valkey.pid").write_text(f"{stranger}\n")
    with running(scratch) as (postgres, valkey):
        assert postgres.pid != stranger
        assert valkey.pid != stranger


def test_free_ports_start_at_the_same_place_for_the_same_seed() -> None:
    assert next(free_ports("seed")) == next(free_ports("seed"))


def test_a_new_folder_from_mkdtemp_will_do_even_for_root() -> None:
    with tempfile.TemporaryDirectory() as folder:
        ValkeyServer.start(Path(folder) / "valkey", durable=False).stop()
        assert Path(folder).stat().st_mode & 0o044 == 0, "nobody else may list it"
