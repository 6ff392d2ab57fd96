"""A backup is a folder: a dump of the database, the pictures its rows name, and a manifest of both to check it by."""

import asyncio
import hashlib
import shutil
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel
from sqlalchemy.engine import make_url

from app.config.database import Database, WriteSession, create_database
from app.config.settings import Settings
from app.core.clock import utc_now
from app.core.exceptions import NotFoundError
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.infrastructure import postgres_tools
from app.infrastructure.storage import Storage
from app.infrastructure.storage.keys import TYPES, checked
from app.repositories import backups, locks

DUMP, OBJECTS, MANIFEST = "database.dump", "objects", "manifest.json"
# While this job's lock is held, no object that the snapshot names is removed.
REMOVAL = "images.remove_loose_objects"


class BackupError(Exception):
    """The text says what stands in the way."""


def _of_a_picture(key: str) -> str:
    # A manifest may have been changed: a key that is none of ours could name any file of this machine.
    if Path(checked(key)).suffix not in TYPES:
        msg = f"{key!r} is no picture's key"
        raise ValueError(msg)
    return key


class Manifest(BaseModel):
    taken_at: datetime
    tables: dict[str, tuple[int, str]]
    """Rows, and a sum over their contents."""
    objects: dict[Annotated[str, AfterValidator(_of_a_picture)], str]
    """SHA-256 by key."""
    missing: list[str]
    """Keys that rows name, and the storage did not have."""

    @property
    def rows(self) -> int:
        return sum(rows for rows, _ in self.tables.values())


async def back_up(settings: Settings, database: Database, storage: Storage, folder: Path) -> Manifest:
    """Write the backup into a folder that appears when it is whole.

    Raises BackupError, PostgresToolError, UnavailableError.
    """
    unfinished = await asyncio.to_thread(_begin, folder)
    async with unit_of_work(database) as holding:
        while not await locks.try_hold(holding, REMOVAL):  # noqa: ASYNC110 - by a job, in another process
            await asyncio.sleep(1)
        async with unit_of_work(database) as session:
            snapshot = await backups.begin_snapshot(session)
            taken_at = utc_now()
            tables, keys = await backups.sum_tables(session), await backups.find_named_objects(session)
            await postgres_tools.dump(settings.database_url, unfinished / DUMP, snapshot)
        objects = {key: await _copy(storage, key, unfinished / OBJECTS) for key in keys}
    manifest = Manifest(
        taken_at=taken_at,
        tables=tables,
        objects={key: digest for key, digest in objects.items() if digest is not None},
        missing=[key for key, digest in objects.items() if digest is None],
    )
    await asyncio.to_thread(_write, unfinished / MANIFEST, manifest.model_dump_json(indent=1).encode())
    unfinished.rename(folder)
    return manifest


def _begin(folder: Path) -> Path:
    if folder.exists():
        raise BackupError(f"{folder} exists already; name a new folder")
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)  # of a run that was killed
    try:
        unfinished.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise BackupError(f"{unfinished} cannot be written: {error.strerror}") from None
    return unfinished


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}") from None


async def _copy(storage: Storage, key: str, folder: Path) -> str | None:
    try:
        data = await storage.get(key)
    except NotFoundError:
        return None
    await asyncio.to_thread(_write, folder / key, data)
    return hashlib.sha256(data).hexdigest()


async def restore(settings: Settings, database: Database, storage: Storage, folder: Path) -> list[str]:
    """Read a backup into an empty database and the storage; returns how what is there differs from it, in sentences.

    Raises BackupError when the backup is damaged or the database is not empty, PostgresToolError, UnavailableError.
    """
    manifest = read_manifest(folder)
    if damaged := await asyncio.to_thread(_damaged, manifest, folder):
        raise BackupError("\n".join(damaged))
    async with database.read() as session:
        if await backups.has_tables(session):
            raise BackupError("The database is not empty: create a new one and name it by DATABASE_URL")
    # Pictures first: when the storage fails the database is still empty, and the restore can be run again.
    for key in manifest.objects:
        data = await asyncio.to_thread((folder / OBJECTS / key).read_bytes)
        await storage.put(key, data, TYPES[Path(key).suffix])
    await postgres_tools.restore(settings.database_url, folder / DUMP)
    return await _differences(database, manifest)


async def drill(settings: Settings, database: Database, folder: Path) -> list[str]:
    """Restore a backup beside the database and compare; returns how it differs, in sentences. Nothing stays.

    Also nothing of a drill that was killed: whoever drills holds the scratch database's name, and who is dead does not.
    Raises BackupError, PostgresToolError.
    """
    manifest = read_manifest(folder)
    async with unit_of_work(database) as holding:
        prefix = await backups.scratch_prefix(holding)
        await _drop_leftovers(database, holding, prefix)
        name = f"{prefix}{new_id().hex}"
        await locks.try_hold(holding, name)
        found = await _compare_in(name, settings, database, folder, manifest)
    return found + await asyncio.to_thread(_damaged, manifest, folder)


async def _drop_leftovers(database: Database, holding: WriteSession, prefix: str) -> None:
    async with database.read() as session:
        for name in await backups.find_scratch(session, prefix):
            if await locks.try_hold(holding, name):
                await backups.drop_scratch(session, name)


async def _compare_in(name: str, settings: Settings, database: Database, folder: Path, manifest: Manifest) -> list[str]:
    url = make_url(settings.database_url).set(database=name).render_as_string(hide_password=False)
    scratch = create_database(settings.model_copy(update={"database_url": url}))
    async with database.read() as session:
        await backups.create_scratch(session, name)
    try:
        await postgres_tools.restore(url, folder / DUMP)
        return await _differences(scratch, manifest)
    finally:
        await scratch.close()
        async with database.read() as session:
            await backups.drop_scratch(session, name)


def read_manifest(folder: Path) -> Manifest:
    """Raises BackupError."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        raise BackupError(f"{folder} is no backup: it has no {MANIFEST} that can be read") from None


async def _differences(database: Database, manifest: Manifest) -> list[str]:
    async with unit_of_work(database) as session:
        tables, keys = await backups.sum_tables(session), await backups.find_named_objects(session)
    found = [
        f"Table {name}: {_told(manifest.tables.get(name))} in the backup, {_told(tables.get(name))} here"
        for name in sorted(tables.keys() | manifest.tables.keys())
        if tables.get(name) != manifest.tables.get(name)
    ]
    known = manifest.objects.keys() | set(manifest.missing)
    return found + [
        f"Picture {key}: a row names it, and the backup does not have it" for key in keys if key not in known
    ]


def _told(table: tuple[int, str] | None) -> str:
    return "no such table" if table is None else f"{table[0]:,} rows of sum {table[1]}"


def _damaged(manifest: Manifest, folder: Path) -> list[str]:
    return [
        f"Picture {key}: it is not what was backed up"
        for key, digest in manifest.objects.items()
        if not (path := folder / OBJECTS / key).is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest
    ]
