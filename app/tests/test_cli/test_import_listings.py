"""`casabricks import-listings`: how it ends, what it says, and that it leaves nothing behind."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import text

from app.config.database import Database
from app.core.unit_of_work import unit_of_work
from app.infrastructure.queue.broker import QUEUES, mark_attended
from app.repositories.imports import one_chunk_at_a_time
from app.tests.test_cli.conftest import Casabricks
from app.tests.test_devstack.waiting import DEADLINE_SECONDS
from app.tests.test_services.test_imports_db import csv_of, home
from devstack.servers import ValkeyServer

NO_WORKER = "No worker compares them with the market: run `casabricks refresh-market`\n"


def written(folder: Path, name: str, content: bytes) -> str:
    (folder / name).write_bytes(content)
    return str(folder / name)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_it_ends_with_0_1_or_2(casabricks: Casabricks, tmp_path: Path) -> None:
    good = written(tmp_path, "good.csv", csv_of(home(1)))
    partly = written(tmp_path, "partly.csv", csv_of(home(1), home(2, city="Delhi")))
    bad = written(tmp_path, "bad.csv", b"price,title\n1,x\n")
    errors = tmp_path / "errors.csv"
    result = await casabricks("import-listings", good)
    told = "1 rows read as casabricks: 1 new, 0 changed, 0 unchanged, 0 kept deleted, 0 refused\n"
    assert (result.exit_code, result.output) == (0, told + NO_WORKER)
    result = await casabricks("import-listings", partly, "--errors", str(errors))
    assert result.exit_code == 1
    assert "1 outside_area" in result.output
    assert "row 3, city 'Delhi': is not Noida or Greater Noida" in result.output
    assert NO_WORKER not in result.output, "nothing was written"
    assert errors.read_text().splitlines()[0].endswith(",_row,_column,_reason,_line")
    result = await casabricks("import-listings", bad, "--errors", str(errors))
    assert result.exit_code == 2
    assert "bad.csv: Columns are missing in row 1 (the header). Nearest is casabricks, which needs" in result.output
    assert "Nothing was written." in result.output
    assert len(errors.read_text().splitlines()) == 2, "an import that cannot be done leaves the errors file alone"
    written(tmp_path, "bad.csv", b"listing_type,property_type,price,locality,Price\nsale,flat,1,x,2\n")
    result = await casabricks("import-listings", bad)
    assert (result.exit_code, "columns 'price' and 'Price', which mean the same" in result.output) == (2, True)
    result = await casabricks("import-listings", "none.csv")
    assert (result.exit_code, result.output) == (2, "none.csv cannot be read: No such file or directory\n")
    assert names_in(tmp_path) == ["bad.csv", "errors.csv", "good.csv", "partly.csv"]
    os.mkfifo(tmp_path / "pipe")
    result = await casabricks("import-listings", "pipe")
    assert (result.exit_code, "is a pipe or device" in result.output) == (2, True)
    away = "postgresql+asyncpg://nobody:secret@127.0.0.1:1/none"
    result = await casabricks("import-listings", good, DATABASE_URL=away)
    assert (result.exit_code, "cannot be reached" in result.output) == (2, True)


async def test_names_may_hold_braces_and_brackets(casabricks: Casabricks, tmp_path: Path) -> None:
    file = written(tmp_path, "{0} {task} [bold].csv", csv_of(home(1), home(2, price="x")))
    result = await casabricks("import-listings", file, "--errors", "{errors} [x].csv")
    assert result.exit_code == 1, result.output
    assert names_in(tmp_path) == ["{0} {task} [bold].csv", "{errors} [x].csv"]


async def test_an_errors_file_that_cannot_be_one_is_told_at_once(casabricks: Casabricks, tmp_path: Path) -> None:
    file = written(tmp_path, "homes.csv", csv_of(home(1)))
    (tmp_path / "folder").mkdir()
    result = await casabricks("import-listings", file, "--errors", "folder")
    assert (result.exit_code, result.output) == (2, "folder cannot be written: it is a folder\n")
    result = await casabricks("import-listings", file, "--errors", "missing/errors.csv")
    assert (result.exit_code, result.output) == (2, "missing/errors.csv cannot be written: No such file or directory\n")
    assert (await casabricks("import-listings", file)).output.startswith("1 rows read as casabricks: 1 new"), (
        "nothing was imported before"
    )


async def process(database: Database, folder: Path, program: str, *arguments: str) -> asyncio.subprocess.Process:
    variables: Mapping[str, str] = {
        **{name: os.environ[name] for name in ("PATH", "PYTHONPYCACHEPREFIX") if name in os.environ},
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "JWT_SECRET_KEY": "tests-sign-with-this-key-and-nothing-else-does",
    }
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", f"{program}; from app.cli.main import app; app()", *arguments),
        cwd=folder,
        env=variables,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


@pytest.mark.parametrize(
    ("refused", "told"),
    [
        (60, "All rows are dealt with, but errors.csv cannot be written: File too large"),
        (2000, "errors.csv cannot be written: File too large. "),
    ],
)
async def test_a_full_disk_is_told_in_a_sentence(database: Database, tmp_path: Path, refused: int, told: str) -> None:
    """A limit of the process on the size of files stands for the disk's end."""
    written(tmp_path, "homes.csv", csv_of(home(1), *(home(number, price="x") for number in range(refused))))
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))"
    importing = await process(database, tmp_path, full, "import-listings", "homes.csv", "--errors", "errors.csv")
    output, _ = await importing.communicate()
    assert told in output.decode()
    assert "Traceback" not in output.decode()
    assert importing.returncode == 2
    assert names_in(tmp_path) == ["homes.csv"]


async def test_a_terminated_import_leaves_no_file_behind(database: Database, tmp_path: Path) -> None:
    written(tmp_path, "homes.csv", csv_of(home(1), home(2, price="x")))
    waiting = text(
        "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database "
        "WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted"
    )
    async with unit_of_work(database) as session:
        await one_chunk_at_a_time(session)  # so that the import waits, its errors file open
        importing = await process(database, tmp_path, "pass", "import-listings", "homes.csv", "--errors", "errors.csv")
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not (await session.execute(waiting)).scalar_one():  # noqa: ASYNC110 - in another process
                await asyncio.sleep(0.05)
        importing.send_signal(signal.SIGTERM)
        await importing.communicate()
    assert importing.returncode == -signal.SIGTERM
    assert names_in(tmp_path) == ["homes.csv"]


async def test_it_says_when_a_worker_compares_what_was_written(
    casabricks: Casabricks, tmp_path: Path, valkey: ValkeyServer
) -> None:
    file = written(tmp_path, "homes.csv", csv_of(home(1)))
    with Redis.from_url(valkey.url(5)) as redis:
        redis.flushdb()
        mark_attended(redis, QUEUES)
        result = await casabricks("import-listings", file, REDIS_URL=valkey.url(5))
        assert "The worker compares them with the market now\n" in result.output
        assert redis.llen("market") + redis.zcard("unacked_index") >= 1
        redis.flushdb()
    written(tmp_path, "homes.csv", csv_of(home(2)))
    result = await casabricks("import-listings", file, REDIS_URL="redis://127.0.0.1:1/0")
    assert (result.exit_code, NO_WORKER in result.output) == (0, True), "the broker is away"
