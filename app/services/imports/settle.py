"""What becomes of the listings of one chunk: new, changed, unchanged, or a duplicate of a row or listing before it."""

import hashlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import orjson

from app.config.database import WriteSession
from app.repositories import imports
from app.repositories.imports import Known, Taken
from app.services.imports.duplicates import POSSIBLE_DUPLICATE, Likeness, Said
from app.services.imports.listing import ParsedListing
from app.services.imports.problems import Reason, RowProblem, problem

PresentHashes = Callable[[WriteSession, Sequence[Known]], Awaitable[dict[UUID, int]]]


@dataclass(slots=True)
class Outcome:
    new: list[ParsedListing] = field(default_factory=list)
    changed: list[tuple[ParsedListing, Known]] = field(default_factory=list)
    duplicates: list[RowProblem] = field(default_factory=list)
    unchanged: int = 0
    kept_deleted: int = 0

    def digest(self) -> str:
        """The same only for the same decisions on stored listings that are the same still."""
        decided = [
            [(each.row, each.content_hash, each.values["review_flags"]) for each in self.new],
            [(each.row, each.content_hash, str(stored.id), stored.version) for each, stored in self.changed],
            [each.row for each in self.duplicates],
            (self.unchanged, self.kept_deleted),
        ]
        return hashlib.sha256(orjson.dumps(decided)).hexdigest()


async def settle(
    session: WriteSession, import_id: UUID, listings: Sequence[ParsedListing], present_hashes: PresentHashes
) -> Outcome:
    """Compare with the rows taken before, with each other and with what is stored; remember what is taken.

    A stored listing is compared by its present hash where there is one, else by the hash of its last import.
    """
    chunk = _Chunk()
    keys = {key for each in listings for key in (each.identity_key, each.fingerprint) if key is not None}
    async with imports.planned_for_now(session):
        for taken in await imports.taken_before(session, import_id, keys):
            chunk.take(taken)
        known = await imports.known_listings(session, [each.identity for each in listings])
        hashes = await present_hashes(session, known)
        known = [each._replace(content_hash=hashes.get(each.id, each.content_hash)) for each in known]
        chunk.known = {(each.source, each.external_id): each for each in known}
        written = [each for each in listings if not chunk.is_unchanged(each)]
        rewritten = {chunk.known[each.identity].id for each in written if each.identity in chunk.known}
        fingerprints = {each.fingerprint for each in written if each.fingerprint is not None}
        for twin in await imports.twins(session, fingerprints, before=import_id):
            # One that a row of this chunk changes is compared by that row: what it says now is past.
            if twin["id"] not in rewritten:
                chunk.twins[twin["fingerprint"]].append((twin["id"], Said.of(twin)))
    remembered = [taken for listing in listings for taken in chunk.settle(listing)]
    if remembered:
        await imports.remember(session, import_id, remembered)
    return chunk.outcome


class _Chunk:
    def __init__(self) -> None:
        self.outcome = Outcome()
        self.known: dict[tuple[str, str], Known] = {}
        self.twins: defaultdict[int | None, list[tuple[UUID, Said]]] = defaultdict(list)
        self._row_of: dict[int, int] = {}
        self._units: defaultdict[int | None, list[tuple[int, Said]]] = defaultdict(list)

    def take(self, taken: Taken) -> None:
        if taken.said is None:
            self._row_of[taken.key] = taken.row_number
        else:
            self._units[taken.key].append((taken.row_number, Said.from_json(taken.said)))

    def is_unchanged(self, listing: ParsedListing) -> bool:
        stored = self.known.get(listing.identity)
        return stored is not None and stored.content_hash == listing.content_hash

    def settle(self, listing: ParsedListing) -> list[Taken]:
        """Sort one listing; returns what to remember of it, nothing when it is refused."""
        if (row := self._row_of.get(listing.identity_key)) is not None:
            return self._refuse(listing, Reason.DUPLICATE_IN_FILE, f"is the same listing as row {row}")
        stored = self.known.get(listing.identity)
        found = set()
        for row, said in self._units.get(listing.fingerprint, ()):
            found.add(likeness := listing.said.likeness(said))
            if likeness is Likeness.SAME:
                return self._refuse(listing, Reason.DUPLICATE_IN_FILE, f"is the same unit as row {row}")
        for twin, said in self.twins.get(listing.fingerprint, ()):
            found.add(likeness := listing.said.likeness(said))
            if likeness is Likeness.SAME and stored is None:
                return self._refuse(listing, Reason.DUPLICATE_OF_LISTING, f"is the same unit as listing {twin}")
        if found - {Likeness.DIFFERENT}:
            listing.values["review_flags"] = sorted((*listing.values["review_flags"], POSSIBLE_DUPLICATE))
        self._sort(listing, stored)
        return self._remember(listing)

    def _refuse(self, listing: ParsedListing, reason: Reason, rule: str) -> list[Taken]:
        self.outcome.duplicates.append(problem(listing.row, "", "", reason, rule))
        return []

    def _sort(self, listing: ParsedListing, stored: Known | None) -> None:
        if stored is None:
            self.outcome.new.append(listing)
        elif stored.is_deleted:
            self.outcome.kept_deleted += 1
        elif self.is_unchanged(listing):
            self.outcome.unchanged += 1
        else:
            self.outcome.changed.append((listing, stored))

    def _remember(self, listing: ParsedListing) -> list[Taken]:
        self._row_of[listing.identity_key] = listing.row
        remembered = [Taken(listing.identity_key, listing.row, None)]
        if listing.fingerprint is not None and len(self._units[listing.fingerprint]) < imports.COMPARED:
            self._units[listing.fingerprint].append((listing.row, listing.said))
            remembered.append(Taken(listing.fingerprint, listing.row, listing.said.to_json()))
        return remembered
