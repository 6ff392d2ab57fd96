"""The files under static/, held in memory, each under a name that holds its hash, so that it may be kept for ever."""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from mimetypes import guess_type
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
PREFIX = "/static/"
# Every page gets these styles as one file, joined in the order of their names.
STYLES, SITE = FOLDER / "styles", "site.css"
NOT_SERVED = {".md", ".txt"}
_RELATIVE_URL = re.compile(r"url\((fonts/[\w.-]+)\)")


@dataclass(frozen=True, slots=True)
class Asset:
    url: str
    media_type: str
    body: bytes
    gzipped: bytes | None
    """Where it is smaller than the body; fonts are compressed already."""


class Assets:
    def __init__(self) -> None:
        self._by_name = {path.relative_to(FOLDER).as_posix(): _asset(path, path.read_bytes()) for path in _files()}
        self._by_name[SITE] = _asset(FOLDER / SITE, self._styles().encode())
        self._by_url = {asset.url: asset for asset in self._by_name.values()}

    def url(self, name: str) -> str:
        """Raises KeyError for a name that is no file of ours."""
        return self._by_name[name].url

    def at(self, url: str) -> Asset | None:
        return self._by_url.get(url)

    def _styles(self) -> str:
        joined = "\n".join(path.read_text() for path in sorted(STYLES.glob("*.css")))
        return _RELATIVE_URL.sub(lambda found: f"url({self.url(found[1])})", joined)


def _files() -> Iterator[Path]:
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file() and path.parent != STYLES and path.suffix not in NOT_SERVED:
            yield path


def _asset(path: Path, body: bytes) -> Asset:
    digest = blake2b(body, digest_size=6).hexdigest()
    relative = path.relative_to(FOLDER)
    media_type = guess_type(path.name)[0] or "font/woff2"
    gzipped = gzip.compress(body, mtime=0)
    return Asset(
        url=PREFIX + relative.with_name(f"{path.stem}.{digest}{path.suffix}").as_posix(),
        media_type=media_type,
        body=body,
        gzipped=gzipped if len(gzipped) < len(body) * 0.9 else None,
    )


@cache
def assets() -> Assets:
    """Read once a process."""
    return Assets()
