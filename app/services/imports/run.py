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
from app.core.jobs import Queue
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import AuditAction, AuditEntity
from app.repositories import geography, imports, properties
from app.repositories.imports import Known
from app.repositories.property_bulk import insert_ranked
from app.repositories.ranking import lock, refresh_ranks
from app.services import listing_file, market
from app.services.audit import Actor, record
from app.services.imports.errors_file import ErrorsFile
from app.services.imports.leftovers import forget, forget_abandoned
from app.services.imports.listing import ParsedListing
from app.services.imports.location import read_atlas
from app.services.imports.problems import FileProblem, OutcomeChangedProblem, RowProblem, TooManyRowsProblem
from app.services.imports.profiles import AUTO, choose_shape
from app.services.imports.reader import ListingFile, RawRow
from app.services.imports.rows import RowReader
from app.services.imports.settle import Outcome, settle
from app.services.imports.summary import SHOWN, Change, Summary

CHUNK = 1000

Read = tuple[RawRow, ParsedListing | list[RowProblem]]


@dataclass(slots=True)
class ImportSummary(Summary):
    """`added` (dry runs only) holds row and title of the first `shown` new ones, `changed_listings` the ids and
    titles of `changes`."""

    kept_deleted: int = 0
    added: list[tuple[int, str]] = field(default_factory=list)
    changed_listings: list[tuple[UUID, str]] = field(default_factory=list)
    flagged: Counter[str] = field(default_factory=Counter)


class ListingImport:
    """One import. `summary` is up to date with what is committed, also when the import is broken off."""

    def __init__(
        self,
        database: Database,
        ranking: Ranking,
        queue: Queue | None,
        actor: Actor,
        *,
        profile: str = AUTO,
        dry_run: bool = False,
        most_rows: int | None = None,
        shown: int = SHOWN,
        on_progress: Callable[[int], None] | None = None,
        only_as: Sequence[str] | None = None,
    ) -> None:
        """`on_progress` is called with the bytes of the file done so far. Without a queue no refresh is asked for.

        `only_as` are the `digests` of a trial: a chunk that would come out otherwise is not written.
        """
        self.summary = ImportSummary(shown=shown)
        self.digests: list[str] = []
        self.id = new_id()
        self._database = database
        self._ranking = ranking
        self._queue = queue
        self._actor = actor
        self._profile = profile
        self._most_rows = most_rows
        self._dry_run = dry_run
        self._on_progress = on_progress
        self._only_as = only_as
        self._sector_ids: set[int | None] = set()
        self._own_reader: RowReader | None = None

    async def run(self, file: BinaryIO, errors: BinaryIO | None = None) -> ImportSummary:
        """Import a seekable binary file; refused rows go to `errors`.

        Raises FileProblem, before anything is written, for a file that is no listing file, and OutcomeChangedProblem.
        Each chunk is one transaction: when the database goes away, chunks before it stay and a second run finds them
        unchanged.
        """
        source = await asyncio.to_thread(ListingFile, file)
        shape = choose_shape(source.columns, self._profile)
        rows_in_file = await asyncio.to_thread(source.check)
        if self._most_rows is not None and rows_in_file > self._most_rows:
            raise TooManyRowsProblem(f"The file has {rows_in_file:,} rows; at most {self._most_rows:,} are taken here")
        self.summary.read_as = shape.profile
        errors_file = ErrorsFile(errors, None if source.is_json else source.columns) if errors else None
        atlas = await read_atlas(self._database)
        if not atlas.has_sectors:
            raise FileProblem("There are no sectors to place listings in: run `uv run casabricks load-geography`")
        reader = RowReader(shape, atlas)
        self._own_reader = reader if shape.is_own_export else None
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
            await forget(self._database, self.id)
            await self._ask_for_refresh()
        return self.summary

    async def _ask_for_refresh(self) -> None:
        """Have what was written, also by an import that was broken off, compared with the market."""
        if not self._sector_ids or self._queue is None:
            return
        async with unit_of_work(self._database, self._queue) as session:
            zones = await geography.zone_of_each(session, [sector for sector in self._sector_ids if sector])
            market.ask_for_refresh(session, {zones[sector] if sector else None for sector in self._sector_ids})

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
            outcome = await settle(session, self.id, listings, self._present_hashes)
            self._note(outcome.digest())
            read_on()
            if self._dry_run:
                await self._compare(session, outcome)
            else:
                await self._write(session, outcome)
        refusals |= {wrong.row: [wrong] for wrong in outcome.duplicates}
        self._count(chunk, outcome, refusals)
        return [(raw, refusals[raw.number]) for raw, _ in chunk if raw.number in refusals]

    def _note(self, digest: str) -> None:
        """Raises OutcomeChangedProblem."""
        if self._only_as is not None and digest not in self._only_as[len(self.digests) : len(self.digests) + 1]:
            raise OutcomeChangedProblem(self.summary.rows)
        self.digests.append(digest)

    async def _write(self, session: WriteSession, outcome: Outcome) -> None:
        changed = {stored.id: listing for listing, stored in outcome.changed}
        added = {new_id(): listing for listing in outcome.new}
        if changed:
            await lock(session, list(changed))
        if added:
            now = utc_now()
            rows = [_row(number, listing) for number, listing in added.items()]
            for row in rows:
                row["listed_at_is_known"] = row["listed_at"] is not None
                row["listed_at"] = row["listed_at"] or now
            await insert_ranked(session, rows, self._ranking)
        if changed:
            await imports.update_listings(session, [_row(number, listing) for number, listing in changed.items()])
            await refresh_ranks(session, list(changed), self._ranking)
        if added or changed:
            details = {"read_as": self.summary.read_as, "new": len(added), "changed": len(changed)}
            written = (AuditEntity.IMPORT, AuditAction.IMPORTED)
            ids = [*added, *changed]
            record(session, self._actor, *written, entity_id=self.id, details=details, related_ids=ids)
        self._sector_ids.update(stored.sector_id for _, stored in outcome.changed)
        self._sector_ids.update(each.values["sector_id"] for each in (*outcome.new, *changed.values()))

    async def _present_hashes(self, session: WriteSession, known: Sequence[Known]) -> dict[UUID, int]:
        """Of an own export: what the hash of each listing's row would be in one made now. Else of none.

        What was imported long ago, or typed by an admin, is compared by what it is today.
        """
        reader = self._own_reader
        if reader is None:
            return {}
        stored = await properties.find_all(session, [each.id for each in known])
        rows = {listing.id: RawRow(0, texts := listing_file.texts(listing), texts) for listing in stored}
        read = await asyncio.to_thread(lambda: {number: reader.read(row) for number, row in rows.items()})
        return {number: row.content_hash for number, row in read.items() if isinstance(row, ParsedListing)}

    async def _compare(self, session: WriteSession, outcome: Outcome) -> None:
        new = outcome.new[: self.summary.shown - len(self.summary.added)]
        self.summary.added += [(listing.row, listing.values["title"]) for listing in new]
        shown = outcome.changed[: self.summary.shown - len(self.summary.changes)]
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
            self.summary.changed_listings.append((known.id, listing.values["title"]))

    def _count(self, chunk: Sequence[Read], outcome: Outcome, refusals: dict[int, list[RowProblem]]) -> None:
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
