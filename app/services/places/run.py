"""Imports a file of places: the same code decides for a dry run and for one that writes.

Rows are read one by one, so that memory holds the places of Noida in the file and not the file. They are few, so all
is written in one transaction: after an interruption nothing was.
"""

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any, BinaryIO

from app.config.database import Database
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import AuditAction, AuditEntity, LocationPrecision
from app.repositories import places
from app.repositories.places import STATED, StoredPlace
from app.services.audit import COMMAND, record
from app.services.imports.errors_file import ErrorsFile
from app.services.imports.problems import FileProblem, Reason, RowProblem, problem
from app.services.imports.reader import RawRow
from app.services.imports.summary import SHOWN, Change, Summary
from app.services.places.reader import PlaceFile
from app.services.places.rows import ParsedPlace, read_row
from app.services.places.same_place import PlaceIndex

CHUNK = 500
MAX_PLACES = 200_000
# Differences in these alone are no news.
DATED = ("as_of", "source")


class PlacesImport:
    def __init__(
        self, database: Database, *, dry_run: bool = False, on_progress: Callable[[int], None] | None = None
    ) -> None:
        """`on_progress` is called with the bytes of the file done so far."""
        self._database = database
        self._dry_run = dry_run
        self._on_progress = on_progress
        self._summary = Summary()
        self._accepted: list[ParsedPlace] = []
        self._met: PlaceIndex[ParsedPlace] = PlaceIndex()
        self._met_ids: dict[str, ParsedPlace] = {}

    async def run(self, file: BinaryIO, errors: BinaryIO | None = None) -> Summary:
        """Import a seekable binary file; refused rows go to `errors`.

        Raises FileProblem, before anything is written, for a file that is no file of places or breaks off.
        """
        source = await asyncio.to_thread(PlaceFile, file)
        self._summary.read_as = source.format
        errors_file = ErrorsFile(errors, source.columns) if errors else None
        rows = source.rows()
        while chunk := await asyncio.to_thread(self._read_chunk, rows, source):
            for raw, problems in chunk:
                if problems:
                    self._summary.refuse(problems)
                    if errors_file:
                        errors_file.add(raw, problems)
            self._summary.rows += len(chunk)
            if self._on_progress:
                self._on_progress(source.bytes_read)
        await self._settle(source.as_of)
        return self._summary

    def _read_chunk(self, rows: Iterator[RawRow], source: PlaceFile) -> list[tuple[RawRow, list[RowProblem]]]:
        chunk = []
        for raw in islice(rows, CHUNK):
            found = read_row(raw, source.shape)
            chunk.append((raw, found if isinstance(found, list) else self._accept(found)))
        return chunk

    def _accept(self, place: ParsedPlace) -> list[RowProblem]:
        """Take a place, unless an earlier row is the same one."""
        first = self._met_ids.get(place.osm_id) if place.osm_id else None
        if first is None and (same := self._met.same_as(place)):
            first = same[0][1]
        if first:
            rule = f"is the same place as row {first.row}, {first.name}"
            return [problem(place.row, "name", place.name, Reason.DUPLICATE_IN_FILE, rule)]
        if len(self._accepted) == MAX_PLACES:
            msg = f"The file holds more than {MAX_PLACES} places; there are not so many in Noida"
            raise FileProblem(msg)
        self._accepted.append(place)
        self._met.add(place)
        if place.osm_id:
            self._met_ids[place.osm_id] = place
        return []

    async def _settle(self, as_of: date | None) -> None:
        """Find what is stored already, and write what is new or changed."""
        accepted = [replace(place, as_of=place.as_of or as_of) for place in self._accepted]
        async with unit_of_work(self._database) as session:
            if not self._dry_run:
                await places.lock(session)
            stored = await places.read_all(session)
            matched = await asyncio.to_thread(match, accepted, stored)
            inserts, updates = self._sort(accepted, matched)
            if not self._dry_run:
                await places.insert(session, inserts)
                await places.update(session, updates)
                if inserts or updates:
                    details: dict[str, Any] = {"what": "places", "read_as": self._summary.read_as}
                    details |= {"new": len(inserts), "changed": len(updates)}
                    record(session, COMMAND, AuditEntity.IMPORT, AuditAction.IMPORTED, details=details)

    def _sort(
        self, accepted: Sequence[ParsedPlace], matched: dict[int, StoredPlace]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        inserts, updates = [], []
        for place in accepted:
            known = matched.get(place.row)
            if known is None:
                self._summary.new += 1
                inserts.append(_new(place))
                continue
            values = _updated(known, place)
            columns = {name: (getattr(known, name), values[name]) for name in STATED if _differs(known, values, name)}
            if columns:
                updates.append(values | {"id": known.id})
            if columns.keys() <= set(DATED):
                self._summary.unchanged += 1
                continue
            self._summary.changed += 1
            if self._dry_run and len(self._summary.changes) < SHOWN:
                self._summary.changes.append(Change(place.row, known.name, columns))
        return inserts, updates


def match(accepted: Sequence[ParsedPlace], stored: Sequence[StoredPlace]) -> dict[int, StoredPlace]:
    """Find the stored place that each row is, by row number: by id, else the likeliest first, each once."""
    by_id = {place.osm_id: place for place in stored if place.osm_id}
    matched = {place.row: by_id[place.osm_id] for place in accepted if place.osm_id in by_id}
    claimed = {place.id for place in matched.values()}
    index: PlaceIndex[StoredPlace] = PlaceIndex()
    for known in stored:
        if known.id not in claimed:
            index.add(known)
    pairs = [
        (closeness, place.row, known)
        for place in accepted
        if place.row not in matched
        for closeness, known in index.same_as(place)
    ]
    for _, row, known in sorted(pairs, key=lambda pair: (pair[0], pair[1], pair[2].id)):
        if row not in matched and known.id not in claimed:
            matched[row] = known
            claimed.add(known.id)
    return matched


def _new(place: ParsedPlace) -> dict[str, Any]:
    name = "-".join(re.findall("[a-z0-9]+", place.name.lower()))[:120]
    values = {name: getattr(place, name) for name in STATED if name != "is_landmark"}
    return values | {"slug": f"{name or place.category}-{new_id().hex[-12:]}", "is_landmark": False}


def _updated(known: StoredPlace, place: ParsedPlace) -> dict[str, Any]:
    """The columns of a stored place after a row about it.

    A row that is less precise, or as precise and older (undated is oldest), changes nothing. A landmark keeps the name,
    the aliases and the line that it is known by.
    """
    values = known._asdict()
    if _weight(place.precision, place.as_of) < _weight(known.precision, known.as_of):
        return values
    if not known.is_landmark:
        values |= {"name": place.name, "aliases": list(place.aliases), "line": place.line or known.line}
    return values | {
        "category": place.category,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "precision": place.precision,
        "source": place.source,
        "as_of": place.as_of,
        "osm_id": place.osm_id or known.osm_id,
    }


def _weight(precision: str, as_of: date | None) -> tuple[bool, date]:
    return precision == LocationPrecision.EXACT, as_of or date.min


def _differs(known: StoredPlace, values: dict[str, Any], name: str) -> bool:
    return bool(getattr(known, name) != values[name])
