"""Gives demo listings pictures, through the same services as uploads: credited photos and drawn fronts.

Some photos are dark and tilted; their enhancement is asked for, so that the first start shows it at work.
"""

import io
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from uuid import UUID

from app.config.database import Database
from app.config.settings import Settings
from app.core.clock import utc_now
from app.core.jobs import Queue
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import ImageType, PropertyType
from app.infrastructure.ai import missing_settings
from app.infrastructure.raster import png
from app.infrastructure.storage import Storage
from app.repositories.demo_pictures import best_without_images, count_drawings, count_fronts
from app.schemas.image import ImageUpload
from app.services.audit import COMMAND
from app.services.demo.facades import WIDTH, facade
from app.services.enhancement.attempts import Desk
from app.services.uploads import Uploader

PHOTOS = Path(__file__).parents[2] / "data" / "photos"
DARK = sorted(PHOTOS.glob("dark/*.jpg"))
FRONTS = [*DARK, *sorted(PHOTOS.glob("exterior_*.jpg"))]
INSIDES = sorted(PHOTOS.glob("interior_*.jpg"))
DRAWINGS_PER_TYPE = 12
VIEWS = 3  # of one height; a few drawings serve many homes
FLOORS = (3, 7, 12, 18)


@dataclass(frozen=True)
class DemoPictures:
    database: Database
    queue: Queue
    storage: Storage
    settings: Settings

    async def add_photos(self) -> int:
        """Add the photos that no demo listing has yet to the best ones without pictures; returns how many."""
        async with self.database.read() as session:
            # They are added in this order, so those missing after an interruption are the last ones.
            missing = FRONTS[await count_fronts(session) :]
            homes = await best_without_images(session, [PropertyType.FLAT, PropertyType.VILLA], len(missing))
        insides = dict(zip(FRONTS, INSIDES, strict=False))
        for home, front in zip(homes, missing, strict=False):
            image_id = await self._store(home.id, front.read_bytes(), ImageType.FRONT_EXTERIOR)
            if front in insides:
                await self._store(home.id, insides[front].read_bytes(), ImageType.INTERIOR)
            if front in DARK and not missing_settings(self.settings):
                await self._ask_for_enhancement(image_id)
        return len(homes)

    async def add_drawings(self) -> int:
        """Give the best demo listings of each type a drawn front where they have no picture; returns how many."""
        added = 0
        for kind in PropertyType:
            async with self.database.read() as session:
                missing = DRAWINGS_PER_TYPE - await count_drawings(session, kind)
                homes = await best_without_images(session, [kind], max(missing, 0))
            drawn: dict[tuple[int, int], bytes] = {}
            for home, view in zip(homes, cycle(range(VIEWS)), strict=False):
                floors = min(FLOORS, key=lambda each: abs(each - home.floors))
                if (floors, view) not in drawn:
                    drawn[floors, view] = await png(facade(kind, floors, view), 2 * WIDTH)
                await self._store(home.id, drawn[floors, view], ImageType.OTHER, is_illustration=True)
            added += len(homes)
        return added

    async def _store(self, home: UUID, file: bytes, image_type: ImageType, *, is_illustration: bool = False) -> UUID:
        uploader = Uploader(
            self.database,
            self.queue,
            self.storage,
            self.settings.ranking,
            COMMAND,
            most_bytes=len(file),
            illustrations=is_illustration,
        )
        image, _ = await uploader.store(home, io.BytesIO(file), len(file), ImageUpload(image_type=image_type))
        return UUID(image["id"])

    async def _ask_for_enhancement(self, image_id: UUID) -> None:
        async with unit_of_work(self.database, self.queue) as session:
            await Desk(session, self.settings, COMMAND, utc_now()).start(image_id)
