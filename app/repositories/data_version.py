from app.config.database import DirectReads, Query

VERSION = Query("SELECT coalesce(bit_xor(token), 0) FROM data_versions")


async def read(reads: DirectReads) -> int:
    """A number that names the state of all that public answers show (models/version.py); every write changes it."""
    version: int = (await reads.fetch(VERSION, {}))[0][0]
    return version
