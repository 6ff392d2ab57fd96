"""Imports a listing file: the same code decides for a dry run and for one that writes."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO
from uuid import UUID

from app.config.database import Database, WriteSession
from app.config.settings import Ranking
from app.core.clock import utc_now
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.repositories import imports
from app.repositories.imports import Known
from app.repositories.property_bulk import insert_ranked
from app.repositories.ranking import lock, refresh_ranks
from app.services.imports.errors_file import ErrorsFile
from app.services.imports.leftovers import forget, forget_abandoned
from app.services.imports.listing import ParsedListing
from app.services.imports.location import read_atlas
from app.services.imports.problems import FileProblem, Reason, RowProblem, problem
from app.services.imports.profiles import AUTO, choose_shape
from app.services.imports.reader import ListingFile, RawRow
from app.services.imports.rows import RowReader
from app.services.imports.summary import SHOWN, Change, Summary

CHUNK = 1000

Read = tuple[RawRow, ParsedListing | list[RowProblem]]


@dataclass(slots=True)
class ImportSummary(Summary):
    kept_deleted: int = 0
    flagged: Counter[str] = field(default_factory=Counter)


class ListingImport:
    """One import. `summary` is up to date with what is committed, also when the import is broken off."""

    def __init__(
        self,
        database: Database,
        ranking: Ranking,
        *,
        profile: str = AUTO,
        dry_run: bool = False,
        on_progress: Callable[[int], None] | None = None,
    ) -> None:
        """`on_progress` is called with the bytes of the file done so far."""
        self.summary = ImportSummary()
        self._database = database
        self._ranking = ranking
        self._profile = profile
        self._dry_run = dry_run
        self._on_progress = on_progress
        self._id = new_id()

    async def run(self, file: BinaryIO, errors: BinaryIO | None = None) -> ImportSummary:
        """Import a seekable binary file; refused rows go to `errors`.

        Raises FileProblem, before anything is written, for a file that is no listing file. Each chunk is one
        transaction: when the database goes away, chunks before it stay and a second run finds them unchanged.
        """
        source = await asyncio.to_thread(ListingFile, file)
        shape = choose_shape(source.columns, self._profile)
        await asyncio.to_thread(source.check)
        self.summary.read_as = shape.profile
        errors_file = ErrorsFile(errors, None if source.is_json else source.columns) if errors else None
        atlas = await read_atlas(self._database)
        if not atlas.has_sectors:
            raise FileProblem("There are no sectors to place listings in: run `uv run casabricks load-geography`")
        reader = RowReader(shape, atlas)
        await forget_abandoned(self._database)
        rows = source.rows()
        reading = asyncio.create_task(asyncio.to_thread(_read_chunk, rows, reader))

        def read_on() -> None:
            nonlocal reading
            reading = asyncio.create_task(asyncio.to_thread(_read_chunk, rows, reader))

        try:
            while chunk := await reading:
                done = source.bytes_read
                refused = await self._take(chunk, read_on)
                if errors_file:
                    for raw, problems in refused:
                        errors_file.add(raw, problems)
                if self._on_progress:
                    self._on_progress(done)
        finally:
            await asyncio.wait([reading])
            await forget(self._database, self._id)
        return self.summary

    async def _take(self, chunk: Sequence[Read], read_on: Callable[[], None]) -> list[tuple[RawRow, list[RowProblem]]]:
        """Settle and write one chunk; returns its refused rows in order.

        `read_on` is called when the long statements begin: the next chunk is read while the server writes this one.
        Sooner, the two would only fight over the interpreter.
        """
        listings = [found for _, found in chunk if isinstance(found, ParsedListing)]
        refusals = {raw.number: found for raw, found in chunk if not isinstance(found, ParsedListing)}
        async with unit_of_work(self._database) as session:
            if not self._dry_run:
                await imports.one_chunk_at_a_time(session)
            outcome = await self._settle(session, listings)
            read_on()
            if self._dry_run:
                await self._compare(session, outcome.changed)
            else:
                await self._write(session, outcome)
        refusals |= {wrong.row: [wrong] for wrong in outcome.duplicates}
        self._count(chunk, outcome, refusals)
        return [(raw, refusals[raw.number]) for raw, _ in chunk if raw.number in refusals]

    async def _settle(self, session: WriteSession, listings: Sequence[ParsedListing]) -> "_Outcome":
        """Tell what is new, changed, unchanged or a duplicate."""
        outcome = _Outcome()
        first: dict[int, int] = {}
        for listing in listings:
            for key in listing.keys:
                first.setdefault(key, listing.row)
        if first:
            first |= await imports.meet(session, self._id, first)
        once = [listing for listing in listings if not outcome.refuse_repeated(listing, first)]
        if not once:
            return outcome
        known = {
            (found.source, found.external_id): found
            for found in await imports.known_listings(session, [listing.identity for listing in once])
        }
        unknown = [each.fingerprint for each in once if each.fingerprint and each.identity not in known]
        twins = {twin.fingerprint: twin.id for twin in await imports.twins(session, unknown)} if unknown else {}
        for listing in once:
            stored = known.get(listing.identity)
            if stored:
                outcome.sort_known(listing, stored)
            elif listing.fingerprint in twins:
                rule = f"is the same unit as listing {twins[listing.fingerprint]}"
                outcome.duplicates.append(problem(listing.row, "", "", Reason.DUPLICATE_OF_LISTING, rule))
            else:
                outcome.new.append(listing)
        return outcome

    async def _write(self, session: WriteSession, outcome: "_Outcome") -> None:
        changed = {stored.id: listing for listing, stored in outcome.changed}
        if changed:
            await lock(session, list(changed))
        if outcome.new:
            now = utc_now()
            rows = [_row(new_id(), new) for new in outcome.new]
            for row in rows:
                row["listed_at_is_known"] = row["listed_at"] is not None
                row["listed_at"] = row["listed_at"] or now
            await insert_ranked(session, rows, self._ranking)
        if changed:
            await imports.update_listings(session, [_row(number, listing) for number, listing in changed.items()])
            await refresh_ranks(session, list(changed), self._ranking)

    async def _compare(self, session: WriteSession, changed: Sequence[tuple[ParsedListing, Known]]) -> None:
        shown = changed[: SHOWN - len(self.summary.changes)]
        if not shown:
            return
        stored = await imports.stored_values(session, [known.id for _, known in shown])
        for listing, known in shown:
            columns = {
                name: (before, listing.values[name])
                for name, before in stored[known.id].items()
                if name in listing.values and _differs(name, before, listing.values[name])
            }
            self.summary.changes.append(Change(listing.row, f"listing {known.id}", columns))

    def _count(self, chunk: Sequence[Read], outcome: "_Outcome", refusals: dict[int, list[RowProblem]]) -> None:
        summary = self.summary
        summary.rows += len(chunk)
        summary.new += len(outcome.new)
        summary.changed += len(outcome.changed)
        summary.unchanged += outcome.unchanged
        summary.kept_deleted += outcome.kept_deleted
        for listing in (*outcome.new, *(changed for changed, _ in outcome.changed)):
            summary.flagged.update(listing.values["review_flags"])
        for row in sorted(refusals):
            summary.refuse(refusals[row])


@dataclass(slots=True)
class _Outcome:
    new: list[ParsedListing] = field(default_factory=list)
    changed: list[tuple[ParsedListing, Known]] = field(default_factory=list)
    duplicates: list[RowProblem] = field(default_factory=list)
    unchanged: int = 0
    kept_deleted: int = 0

    def refuse_repeated(self, listing: ParsedListing, first: dict[int, int]) -> bool:
        """Refuse a listing that an earlier row of the file already is."""
        for key, what in zip(listing.keys, ("is the same listing", "is the same unit"), strict=False):
            if first[key] != listing.row:
                rule = f"{what} as row {first[key]}"
                self.duplicates.append(problem(listing.row, "", "", Reason.DUPLICATE_IN_FILE, rule))
                return True
        return False

    def sort_known(self, listing: ParsedListing, stored: Known) -> None:
        if stored.is_deleted:
            self.kept_deleted += 1
        elif stored.content_hash == listing.content_hash:
            self.unchanged += 1
        else:
            self.changed.append((listing, stored))


def _read_chunk(rows: Iterator[RawRow], reader: RowReader) -> list[Read]:
    return [(raw, reader.read(raw)) for raw in islice(rows, CHUNK)]


def _row(listing_id: UUID, listing: ParsedListing) -> dict[str, Any]:
    return listing.values | {
        "id": str(listing_id),
        "source": listing.source,
        "external_id": listing.external_id,
        "fingerprint": listing.fingerprint,
        "content_hash": listing.content_hash,
    }


def _differs(column: str, before: Any, after: Any) -> bool:
    if column == "listed_at":
        return after is not None and datetime.fromisoformat(before) != datetime.fromisoformat(after)
    if column in ("area_sqft", "carpet_area_sqft") and before is not None and after is not None:
        return float(before) != float(after)
    return bool(before != after)
