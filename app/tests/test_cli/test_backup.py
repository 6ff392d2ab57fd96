"""Backup, drill and restore with the real pg_dump, database and files."""

import json
from pathlib import Path

import pytest

from app.config.database import Database
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.repositories import backups, locks
from app.tests.conftest import fresh_database, run_on_server
from app.tests.factories import make_inquiry
from app.tests.test_cli.conftest import Casabricks


async def sums(database: Database) -> dict[str, tuple[int, str]]:
    async with unit_of_work(database) as session:
        return await backups.sum_tables(session)


@pytest.fixture
async def backed_up(casabricks: Casabricks, database: Database, tmp_path: Path) -> Path:
    """A backup of listings with pictures and an inquiry."""
    for command in (("load-demo", "--listings", "20"), ("load-demo-pictures",)):
        done = await casabricks(*command, STORAGE_FOLDER=str(tmp_path / "media"))
        assert done.exit_code == 0, done.output
    async with unit_of_work(database) as session:
        await make_inquiry(session, full_name="आशा", message="It's 'free'?\n\ttab")
    done = await casabricks("backup", str(tmp_path / "backup"), STORAGE_FOLDER=str(tmp_path / "media"))
    assert done.exit_code == 0, done.output
    return tmp_path / "backup"


async def test_everything_comes_back_pictures_too(
    casabricks: Casabricks, database: Database, backed_up: Path, tmp_path: Path
) -> None:
    manifest = json.loads((backed_up / "manifest.json").read_text())
    assert manifest["tables"]["inquiries"][0] == 1
    assert len(manifest["objects"]) > 10
    async with unit_of_work(database) as drilling:
        prefix = await backups.scratch_prefix(drilling)
        killed, running, anothers = f"{prefix}killed", f"{prefix}running", f"casabricks_drill_0_{new_id().hex}"
        await locks.try_hold(drilling, running)
        for name in (killed, running, anothers):
            await run_on_server(f"CREATE DATABASE {name} TEMPLATE template0")
        done = await casabricks("drill", str(backed_up))
        assert (done.exit_code, done.stdout[:7]) == (0, "Proved "), done.output
        assert await backups.find_scratch(drilling, prefix) == [running]
        assert await backups.find_scratch(drilling, anothers) == [anothers]
        for name in (running, anothers):
            await run_on_server(f"DROP DATABASE {name}")
    async with fresh_database() as other:
        here = {"DATABASE_URL": other.engine.url.render_as_string(hide_password=False)}
        here["STORAGE_FOLDER"] = str(tmp_path / "other-media")
        refused = await casabricks("restore", str(backed_up), **here)
        assert refused.exit_code == 2
        assert "The database is not empty" in refused.stderr
        await run_on_server(f"DROP DATABASE {other.engine.url.database} WITH (FORCE)")
        await run_on_server(f"CREATE DATABASE {other.engine.url.database} TEMPLATE template0")
        (tmp_path / "file").touch()
        failed = await casabricks("restore", str(backed_up), **here | {"STORAGE_FOLDER": str(tmp_path / "file" / "x")})
        assert (failed.exit_code, "storage does not work" in failed.stderr) == (2, True)
        done = await casabricks("restore", str(backed_up), **here)
        assert done.exit_code == 0, done.output
        assert await sums(other) == await sums(database)
    for key in manifest["objects"]:
        assert (tmp_path / "other-media" / key).read_bytes() == (tmp_path / "media" / key).read_bytes()


async def test_a_drill_tells_what_a_backup_lacks_and_leaves_nothing(
    casabricks: Casabricks, database: Database, backed_up: Path, tmp_path: Path
) -> None:
    again = await casabricks("backup", str(backed_up))
    assert (again.exit_code, again.stderr) == (2, f"{backed_up} exists already; name a new folder\n")
    manifest = json.loads((backed_up / "manifest.json").read_text())
    spoilt, lost, forgotten = list(manifest["objects"])[:3]
    (tmp_path / "media" / lost).unlink()
    second = await casabricks("backup", str(tmp_path / "second"), STORAGE_FOLDER=str(tmp_path / "media"))
    assert (second.exit_code, second.stderr) == (1, f"1 pictures are not in the storage: {lost}\n")
    assert (await casabricks("drill", str(tmp_path / "second"))).exit_code == 0
    assert "is no backup" in (await casabricks("drill", str(tmp_path))).stderr
    (backed_up / "objects" / spoilt).write_bytes(b"not a picture")
    (backed_up / "objects" / lost).unlink()
    del manifest["objects"][forgotten]
    manifest["tables"]["inquiries"][1] = "0"
    (backed_up / "manifest.json").write_text(json.dumps(manifest))
    done = await casabricks("drill", str(backed_up))
    assert done.exit_code == 1
    table, *pictures = done.stderr.splitlines()
    assert table.startswith("Table inquiries: 1 rows of sum 0 in the backup, 1 rows of sum ")
    assert pictures == [
        f"Picture {forgotten}: a row names it, and the backup does not have it",
        f"Picture {spoilt}: it is not what was backed up",
        f"Picture {lost}: it is not what was backed up",
    ]
    assert "it is not what was backed up" in (await casabricks("restore", str(backed_up))).stderr
    for elsewhere in ("../../secret.jpg", "notes.txt"):
        named = manifest | {"objects": {elsewhere: "0" * 64}}
        (backed_up / "manifest.json").write_text(json.dumps(named))
        assert "is no backup" in (await casabricks("drill", str(backed_up))).stderr
    async with database.read() as session:
        assert await backups.find_scratch(session, await backups.scratch_prefix(session)) == []


async def test_a_folder_that_cannot_be_written_is_named(casabricks: Casabricks, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = await casabricks("backup", str(tmp_path / "file" / "backup"))
    assert (done.exit_code, done.stderr) == (
        2,
        f"{tmp_path}/file/.backup.unfinished cannot be written: Not a directory\n",
    )
