"""Draws demo listings. Listing n depends only on the seed and n, so a small load is the beginning of a large one."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any, NamedTuple

from app.core.money import CRORE, LAKH
from app.core.vocabulary import AreaBasis, ListingType, LocationPrecision, Ownership, Possession, PropertyType
from app.services.demo.calibration import Spread, chooser, normal_within, read_calibration
from app.services.demo.places import DemoEstate, DemoSector, DemoSociety, draw_estate, draw_societies, near
from app.services.demo.texts import AMENITIES, TERRACE, write_texts
from app.services.geography import inside_service_area

SOURCE = "demo"
SEED = 2026
SQFT_A_SQM = 10.7639
LISTED_WITHIN_DAYS = 120


class _SectorMarket(NamedTuple):
    sector: DemoSector
    spread: Spread
    societies: Sequence[DemoSociety]
    standing: Sequence[DemoSociety]


class DemoGenerator:
    """Draws the listings of one seed over the sectors given."""

    def __init__(self, sectors: Sequence[DemoSector], seed: int = SEED) -> None:
        self._seed = seed
        self._figures = figures = read_calibration()
        ordered = sorted(sectors, key=lambda sector: sector.slug)
        markets = [figures.market(sector.slug, sector.zone_slug) for sector in ordered]
        homes, businesses = [], []
        for sector, market in zip(ordered, markets, strict=True):
            is_business = sector.slug in figures.business_sectors
            homes.append(0 if is_business else market.weight)
            businesses.append(market.weight * (figures.business_pull if is_business else 1))
        self._home_weights, self._business_weights = list(accumulate(homes)), list(accumulate(businesses))
        societies = draw_societies(seed, figures, ordered, homes)
        self._markets = [
            _SectorMarket(sector, market.spread(figures.steepest), here, [each for each in here if each.stands])
            for sector, market, here in zip(ordered, markets, societies, strict=True)
        ]
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
        self._ownership = chooser(figures.ownership_shares.other)

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
            society = rng.choice(market.societies if sells else market.standing)
        use = self._commercial(rng) if commercial else kind.value
        bhk = self._bhk[kind](rng) if kind in self._bhk else None
        estate = society.estate if society else self._estate(rng, kind, sells=sells)
        building = self._building(rng, kind, use, society)

        area = self._area(rng, use, bhk)
        value = self._rupees_a_sqft(rng, market, society, use) * area
        row: dict[str, Any] = {
            "source": SOURCE,
            "external_id": f"demo-{number}",
            "listing_type": ListingType.SALE if sells else ListingType.RENT,
            "property_type": kind,
            "price": _asked(rng, value) if sells else self._rent(rng, value, bhk),
            "bhk": bhk,
            "bathrooms": max(1, bhk + rng.choice((-1, 0, 0, 0, 1))) if bhk else None,
            "balconies": rng.randint(1, min(bhk + 1, 4)) if bhk else None,
            "locality": market.sector.locality,
            "sector_id": market.sector.id,
            "society_name": society.name if society else None,
            "is_active": rng.random() >= figures.inactive_share,
            **self._areas(rng, kind, area, sells=sells),
            **self._position(rng, market.sector, society),
            **self._facings(rng, kind),
            **building,
            **self._state(rng, estate),
            **_dates(rng, estate, as_of, figures.verified_share, sells=sells),
            **_extras(rng, kind, society, bhk, building),
        }
        if society and society.stands and rng.random() < 0.7:  # noqa: PLR2004 - a share
            row["maintenance_monthly"] = round(area * society.maintenance_a_sqft / 100) * 100
        row["title"], row["description"] = write_texts(rng, row, "society" if society else use)
        return row

    def _estate(self, rng: Random, kind: PropertyType, *, sells: bool) -> DemoEstate:
        possession = None
        if kind is not PropertyType.PLOT:
            possession = self._possession(rng) if sells else Possession.READY_TO_MOVE
        return draw_estate(rng, possession, self._ownership(rng), oldest=25)

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
        deviations = normal_within(rng, figures.widest)
        if society:
            deviations = society.level + deviations * figures.spread_inside_society
        level = market.spread.at(deviations * figures.spread_kept) * figures.level_by_type[use]
        return max(level, figures.least_by_type[use])

    def _rent(self, rng: Random, value: float, bhk: int | None) -> int:
        yields, least = self._figures.rent_yield, self._figures.least_rent
        monthly = value * rng.uniform(*(yields.home if bhk else yields.commercial)) / 12
        # Not one sum for all the cheapest.
        monthly = max(monthly, (least.home[bhk] if bhk else least.commercial) * rng.uniform(1, 1.3))
        step = 500 if monthly < 25_000 else 1000 if monthly < LAKH else 5000  # noqa: PLR2004 - as people ask
        return round(monthly / step) * step

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
            latitude, longitude = near(rng, society.latitude, society.longitude, 40)
        else:
            latitude, longitude = near(rng, sector.latitude, sector.longitude, 250)
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

    def _state(self, rng: Random, estate: DemoEstate) -> dict[str, Any]:
        """What the listing says of its estate, which is not always everything."""
        figures = self._figures
        furnished = estate.possession is Possession.READY_TO_MOVE and rng.random() >= figures.furnishing_unknown_share
        ownership = estate.ownership if rng.random() >= figures.ownership_unknown_share else None
        states_lease = ownership is Ownership.LEASEHOLD and rng.random() < 0.7  # noqa: PLR2004 - a share
        return {
            "possession": estate.possession,
            "age_years": estate.age,
            "furnishing": self._furnishing(rng) if furnished else None,
            "ownership": ownership,
            "lease_years_left": estate.lease_years_left if states_lease else None,
        }


def _sale_share_without_plots(sale: float, plots: float) -> float:
    """Plots are always sold; this share of the others makes the whole come out at `sale`."""
    return (sale - plots) / (1 - plots)


def _asked(rng: Random, value: float) -> int:
    """A sale price as people name one: the dearer, the rounder."""
    if value < 50 * LAKH:
        step = LAKH // 2 if rng.random() < 0.2 else LAKH  # noqa: PLR2004 - a share
    elif value < 2 * CRORE:
        step = LAKH if rng.random() < 0.5 else 5 * LAKH  # noqa: PLR2004 - a share
    else:
        step = 5 * LAKH if value < 10 * CRORE else 25 * LAKH
    return max(round(value / step), 1) * step


def _dates(rng: Random, estate: DemoEstate, as_of: datetime, verified_share: float, *, sells: bool) -> dict[str, Any]:
    days = LISTED_WITHIN_DAYS * rng.random() ** 2
    listed_at = as_of - timedelta(days=days)
    verified_at = listed_at + timedelta(days=days * rng.random()) if rng.random() < verified_share else None
    available_from = None
    if estate.ready_in_months:
        available_from = (as_of + timedelta(days=estate.ready_in_months * 30)).date().replace(day=1)
    elif not sells:
        # Empty since it was listed, or let for some weeks yet.
        later = timedelta(days=rng.randint(5, 45))
        available_from = (listed_at if rng.random() < 0.6 else as_of + later).date()  # noqa: PLR2004 - a share
    return {"listed_at": listed_at, "verified_at": verified_at, "available_from": available_from}


def _extras(
    rng: Random, kind: PropertyType, society: DemoSociety | None, bhk: int | None, building: Mapping[str, int | None]
) -> dict[str, Any]:
    choices: Sequence[str] = AMENITIES["society" if society else "home" if bhk else kind.value]
    if kind is not PropertyType.VILLA and building["floor_number"] != building["total_floors"]:
        choices = [amenity for amenity in choices if amenity != TERRACE]
    least, most = (2, 8) if society else (0, 3)
    parking = None if kind is PropertyType.PLOT else rng.choices((0, 1, 2, 3), (12, 55, 25, 8))[0]
    amenities = rng.sample(choices, rng.randint(least, most))
    return {"amenities": amenities, "parking_spaces": parking, "maintenance_monthly": None}
