"""Loads the facts in app/data/geography (sources in its README) into the database."""

import csv
from datetime import date
from importlib.resources import files
from typing import Any

from app.config.database import Database
from app.core.unit_of_work import unit_of_work
from app.models.geography import Sector, Society, Zone
from app.repositories import geography


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("app.data") / "geography" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _many(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _number(text: str) -> float | None:
    return float(text) if text else None


def _whole(text: str) -> int | None:
    return int(float(text)) if text else None


async def load_geography(database: Database) -> dict[str, int]:
    """Insert or update all of it in one transaction; returns how many rows of each kind there are."""
    zones = [row | {"aliases": _many(row["aliases"])} for row in _rows("zones.csv")]
    async with unit_of_work(database) as session:
        await geography.upsert(session, Zone, zones)
        zone_ids = await geography.ids_by_slug(session, Zone)
        sectors: list[dict[str, Any]] = [
            {
                **{key: row[key] for key in ("slug", "name", "city", "confidence", "source")},
                "aliases": _many(row["aliases"]),
                "zone_id": zone_ids[row["zone_slug"]],
                "latitude": float(row["latitude"]),
                "longitude": float(row["longitude"]),
            }
            for row in _rows("sectors.csv")
        ]
        await geography.upsert(session, Sector, sectors)
        sector_ids = await geography.ids_by_slug(session, Sector)
        societies: list[dict[str, Any]] = [
            {
                **{key: row[key] for key in ("slug", "name", "position_precision", "source")},
                "aliases": _many(row["aliases"]),
                "rera_numbers": _many(row["rera_number"]),
                "promoter": row["promoter"] or None,
                "sector_id": sector_ids.get(row["sector_slug"]),
                "zone_id": zone_ids.get(row["zone_slug"]),
                "latitude": _number(row["latitude"]),
                "longitude": _number(row["longitude"]),
                "total_units": _whole(row["total_units"]),
                "towers": _whole(row["towers"]),
                "land_area_acres": _number(row["land_area_acres"]),
                "possession": row["possession"] or None,
            }
            for row in _rows("societies.csv")
        ]
        await geography.upsert(session, Society, societies)
        places: list[dict[str, Any]] = [
            {
                **{key: row[key] for key in ("slug", "name", "category", "precision", "source")},
                "aliases": _many(row["aliases"]),
                "line": row["line"] or None,
                "sector_id": sector_ids.get(row["sector_slug"]),
                "latitude": float(row["latitude"]),
                "longitude": float(row["longitude"]),
                "as_of": date.fromisoformat(row["as_of"]) if row["as_of"] else None,
            }
            for row in _rows("places.csv")
        ]
        await geography.upsert_places(session, places)
    return {"zones": len(zones), "sectors": len(sectors), "societies": len(societies), "places": len(places)}
