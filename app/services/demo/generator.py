"""Draws demo listings. Listing n depends only on the seed and n, so a small load is the beginning of a large one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from math import cos, radians
from random import Random
from typing import Any, NamedTuple

from app.core.money import CRORE, LAKH
from app.core.vocabulary import (
    AreaBasis,
    City,
    ListingType,
    LocationPrecision,
    Ownership,
    Possession,
    PropertyType,
)
from app.services.demo.calibration import Spread, chooser, normal_within, read_calibration
from app.services.demo.texts import AMENITIES, society_name, write_texts
from app.services.geography import inside_service_area

SOURCE = "demo"
SEED = 2026
METRES_A_DEGREE = 111_195
SQFT_A_SQM = 10.7639
LISTED_WITHIN_DAYS = 120
LEASE_YEARS = 90  # Noida's authorities lease their land for 90 years


class DemoSector(NamedTuple):
    id: int
    slug: str
    name: str
    city: City
    zone_slug: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class DemoSociety:
    """An invented society: its flats share a place, a price level, a height and an age."""

    name: str
    latitude: float
    longitude: float
    level: float
    floors: int
    age: int


@dataclass(frozen=True, slots=True)
class _SectorMarket:
    sector: DemoSector
    locality: str
    spread: Spread
    societies: Sequence[DemoSociety]


class DemoGenerator:
    """Draws the listings of one seed over the sectors given."""

    def __init__(self, sectors: Sequence[DemoSector], seed: int = SEED) -> None:
        self._seed = seed
        self._figures = figures = read_calibration()
        ordered = sorted(sectors, key=lambda sector: sector.slug)
        markets = [figures.market(sector.slug, sector.zone_slug) for sector in ordered]
        self._markets = [
            _SectorMarket(sector, _locality(sector), market.spread(figures.steepest), self._societies(sector, number))
            for number, (sector, market) in enumerate(zip(ordered, markets, strict=True))
        ]
        business = [sector.slug in figures.business_sectors for sector in ordered]
        weights = [market.weight for market in markets]
        self._home_weights = list(
            accumulate(0 if inside else weight for weight, inside in zip(weights, business, strict=True))
        )
        self._business_weights = list(
            accumulate(
                weight * (figures.business_pull if b else 1) for weight, b in zip(weights, business, strict=True)
            )
        )
        self._type = chooser(figures.type_shares)
        self._bhk = {
            PropertyType.FLAT: chooser(figures.bhk_shares.flat),
            PropertyType.VILLA: chooser(figures.bhk_shares.villa),
        }
        self._plot_sqm = chooser(figures.plot_sqm_shares)
        self._commercial = chooser(figures.commercial_shares)
        self._flat_basis = chooser(figures.flat_basis_shares)
        self._possession = chooser(figures.possession_shares)
        self._furnishing = chooser(figures.furnishing_shares)
        self._facing = chooser(figures.facing_shares)
        self._ownership = chooser(figures.ownership_shares)

    def listing(self, number: int, as_of: datetime) -> dict[str, Any]:
        """Return listing `number` as columns of Property, without id; dates are relative to `as_of`."""
        rng = Random(f"{self._seed}:listing:{number}")
        figures = self._figures
        kind = self._type(rng)
        sells = kind is PropertyType.PLOT or rng.random() < _sale_share_without_plots(
            figures.sale_share, figures.type_shares[PropertyType.PLOT]
        )
        commercial = kind is PropertyType.COMMERCIAL
        weights = self._business_weights if commercial else self._home_weights
        market = rng.choices(self._markets, cum_weights=weights)[0]
        society = None
        if kind is PropertyType.FLAT and rng.random() < figures.society_share:
            society = rng.choice(market.societies)
        use = self._commercial(rng) if commercial else kind.value
        bhk = self._bhk[kind](rng) if kind in self._bhk else None

        area = self._area(rng, use, bhk)
        value = self._rupees_a_sqft(rng, market, society, use) * area
        row: dict[str, Any] = {
            "source": SOURCE,
            "external_id": f"demo-{number}",
            "listing_type": ListingType.SALE if sells else ListingType.RENT,
            "property_type": kind,
            "price": _asked(rng, value) if sells else self._rent(rng, value, commercial=commercial),
            "bhk": bhk,
            "bathrooms": max(1, bhk + rng.choice((-1, 0, 0, 0, 1))) if bhk else None,
            "balconies": rng.randint(1, min(bhk + 1, 4)) if bhk else None,
            "locality": market.locality,
            "sector_id": market.sector.id,
            "society_name": society.name if society else None,
            "is_active": rng.random() >= figures.inactive_share,
            **self._areas(rng, kind, area, sells=sells),
            **self._position(rng, market.sector, society),
            **self._facings(rng, kind),
            **self._building(rng, kind, use, society),
            **self._state(rng, kind, society, as_of, sells=sells),
            **self._ownership_terms(rng),
            **_dates(rng, as_of, figures.verified_share),
            **_extras(rng, kind, society, bhk),
        }
        if society and row["possession"] is Possession.READY_TO_MOVE and rng.random() < 0.7:  # noqa: PLR2004 - a share
            row["maintenance_monthly"] = round(area * rng.uniform(1.8, 3.6) / 100) * 100
        row["title"], row["description"] = write_texts(rng, row, "society" if society else use)
        return row

    def _societies(self, sector: DemoSector, number: int) -> list[DemoSociety]:
        levels = self._figures.societies_per_sector
        societies = []
        for place, level in enumerate(levels):
            rng = Random(f"{self._seed}:society:{sector.slug}:{place}")
            latitude, longitude = _near(rng, sector.latitude, sector.longitude, 350)
            societies.append(
                DemoSociety(
                    name=society_name(number * len(levels) + place),
                    latitude=latitude,
                    longitude=longitude,
                    level=level,
                    floors=rng.randint(14, 34),
                    age=rng.randint(1, 16),
                )
            )
        return societies

    def _area(self, rng: Random, use: str, bhk: int | None) -> float:
        areas = self._figures.area
        if use == PropertyType.PLOT:
            return self._plot_sqm(rng) * SQFT_A_SQM
        spread = (areas.flat if use == PropertyType.FLAT else areas.villa)[bhk] if bhk else areas.commercial[use]
        drawn = spread.at(normal_within(rng, self._figures.widest))
        step = 5 if drawn < 3000 else 50  # noqa: PLR2004 - people round large areas
        return round(drawn / step) * step

    def _rupees_a_sqft(self, rng: Random, market: _SectorMarket, society: DemoSociety | None, use: str) -> float:
        figures = self._figures
        if society:
            deviations = society.level + rng.gauss(0, figures.spread_inside_society)
        else:
            deviations = normal_within(rng, figures.widest)
        level = market.spread.at(deviations * figures.spread_kept) * figures.level_by_type[use]
        return max(level, figures.least_by_type[use])

    def _rent(self, rng: Random, value: float, *, commercial: bool) -> int:
        yields = self._figures.rent_yield
        monthly = value * rng.uniform(*(yields.commercial if commercial else yields.home)) / 12
        step = 500 if monthly < 25_000 else 1000 if monthly < LAKH else 5000  # noqa: PLR2004 - as people ask
        return max(round(monthly / step) * step, self._figures.least_rent)

    def _areas(self, rng: Random, kind: PropertyType, area: float, *, sells: bool) -> dict[str, Any]:
        figures = self._figures
        basis: AreaBasis
        stated, carpet = area, None
        match kind:
            case PropertyType.PLOT:
                basis = AreaBasis.PLOT
            case PropertyType.VILLA:
                basis = AreaBasis.BUILT_UP
            case PropertyType.COMMERCIAL:
                basis = AreaBasis.SUPER_BUILT_UP
            case PropertyType.FLAT:
                basis = self._flat_basis(rng)
                inside = area * rng.uniform(*figures.carpet_part)
                if basis is AreaBasis.CARPET:
                    stated = inside
                elif rng.random() < figures.carpet_also_share:
                    carpet = round(inside)
                if basis is AreaBasis.BUILT_UP:
                    stated = area * rng.uniform(*figures.built_up_part)
        if not sells and rng.random() < figures.rent_without_area_share:
            return {"area_sqft": None, "area_basis": None, "carpet_area_sqft": None}
        return {"area_sqft": round(stated), "area_basis": basis, "carpet_area_sqft": carpet}

    def _position(self, rng: Random, sector: DemoSector, society: DemoSociety | None) -> dict[str, Any]:
        if society:
            latitude, longitude = _near(rng, society.latitude, society.longitude, 40)
        else:
            latitude, longitude = _near(rng, sector.latitude, sector.longitude, 250)
        if rng.random() < self._figures.sector_precision_share or not inside_service_area(latitude, longitude):
            return {
                "latitude": sector.latitude,
                "longitude": sector.longitude,
                "location_precision": LocationPrecision.SECTOR,
            }
        return {"latitude": latitude, "longitude": longitude, "location_precision": LocationPrecision.EXACT}

    def _facings(self, rng: Random, kind: PropertyType) -> dict[str, Any]:
        figures = self._figures
        entrance = self._facing(rng) if rng.random() >= figures.facing_unknown_share else None
        has_windows = kind in {PropertyType.FLAT, PropertyType.VILLA}
        window = self._facing(rng) if has_windows and rng.random() < figures.window_facing_share else None
        return {"entrance_facing": entrance, "window_facing": window}

    def _building(self, rng: Random, kind: PropertyType, use: str, society: DemoSociety | None) -> dict[str, Any]:
        if kind is PropertyType.PLOT:
            return {"floor_number": None, "total_floors": None}
        if kind is PropertyType.VILLA:
            return {"floor_number": None, "total_floors": rng.choices((1, 2, 3, 4), (15, 45, 32, 8))[0]}
        if society:
            total = society.floors
        elif use == PropertyType.FLAT:
            total = rng.randint(2, 4) if rng.random() < 0.6 else rng.randint(5, 14)  # noqa: PLR2004 - a share
        else:
            total = rng.randint(3, 28) if use == "office" else rng.randint(2, 6)
        highest = total if use in {PropertyType.FLAT, "office"} else min(total, 2)
        floor = rng.randint(0, highest) if rng.random() < 0.9 else None  # noqa: PLR2004 - a share
        return {"floor_number": floor, "total_floors": total}

    def _state(
        self, rng: Random, kind: PropertyType, society: DemoSociety | None, as_of: datetime, *, sells: bool
    ) -> dict[str, Any]:
        """Possession with what follows from it: only a home that stands has an age and furniture."""
        state: dict[str, Any] = dict.fromkeys(("possession", "age_years", "furnishing", "available_from"))
        if kind is PropertyType.PLOT:
            return state
        possession = self._possession(rng) if sells else Possession.READY_TO_MOVE
        state["possession"] = possession
        if possession is not Possession.READY_TO_MOVE:
            months = rng.randint(4, 30) if possession is Possession.UNDER_CONSTRUCTION else rng.randint(30, 60)
            state["available_from"] = (as_of + timedelta(days=months * 30)).date().replace(day=1)
            return state
        state["age_years"] = max(0, society.age + rng.choice((-1, 0, 0, 1))) if society else rng.randint(0, 25)
        if rng.random() >= self._figures.furnishing_unknown_share:
            state["furnishing"] = self._furnishing(rng)
        if not sells:
            state["available_from"] = (as_of + timedelta(days=rng.randint(0, 45))).date()
        return state

    def _ownership_terms(self, rng: Random) -> dict[str, Any]:
        ownership = self._ownership(rng) if rng.random() >= self._figures.ownership_unknown_share else None
        left = rng.randint(58, LEASE_YEARS - 2) if ownership is Ownership.LEASEHOLD and rng.random() < 0.7 else None  # noqa: PLR2004 - a share
        return {"ownership": ownership, "lease_years_left": left}


def _sale_share_without_plots(sale: float, plots: float) -> float:
    """Plots are always sold; this share of the others makes the whole come out at `sale`."""
    return (sale - plots) / (1 - plots)


def _locality(sector: DemoSector) -> str:
    """Noida goes without saying; Greater Noida has sectors of the same names."""
    outside = sector.city is City.GREATER_NOIDA and "," not in sector.name and sector.city not in sector.name
    return f"{sector.name}, {sector.city}" if outside else sector.name


def _near(rng: Random, latitude: float, longitude: float, metres: float) -> tuple[float, float]:
    north, east = rng.gauss(0, metres), rng.gauss(0, metres)
    there = latitude + north / METRES_A_DEGREE, longitude + east / (METRES_A_DEGREE * cos(radians(latitude)))
    return round(there[0], 6), round(there[1], 6)


def _asked(rng: Random, value: float) -> int:
    """A sale price as people name one: the dearer, the rounder."""
    if value < 50 * LAKH:
        step = LAKH // 2 if rng.random() < 0.2 else LAKH  # noqa: PLR2004 - a share
    elif value < 2 * CRORE:
        step = LAKH if rng.random() < 0.5 else 5 * LAKH  # noqa: PLR2004 - a share
    else:
        step = 5 * LAKH if value < 10 * CRORE else 25 * LAKH
    return max(round(value / step), 1) * step


def _dates(rng: Random, as_of: datetime, verified_share: float) -> dict[str, Any]:
    days = LISTED_WITHIN_DAYS * rng.random() ** 2
    listed_at = as_of - timedelta(days=days)
    verified_at = listed_at + timedelta(days=days * rng.random()) if rng.random() < verified_share else None
    return {"listed_at": listed_at, "verified_at": verified_at}


def _extras(rng: Random, kind: PropertyType, society: DemoSociety | None, bhk: int | None) -> dict[str, Any]:
    choices = AMENITIES["society" if society else "home" if bhk else kind.value]
    least, most = (2, 8) if society else (0, 3)
    parking = None if kind is PropertyType.PLOT else rng.choices((0, 1, 2, 3), (12, 55, 25, 8))[0]
    amenities = rng.sample(choices, rng.randint(least, most))
    return {"amenities": amenities, "parking_spaces": parking, "maintenance_monthly": None}
