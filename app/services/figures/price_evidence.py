"""What is known about a home's price beside its comparables."""

from dataclasses import dataclass, replace
from datetime import date

from app.core.area import SQFT_IN, AreaUnit
from app.core.language import say
from app.core.vocabulary import AreaBasis, Language, ListingType, PriceCategory, PropertyType
from app.services.figures.laying import Bins


@dataclass(frozen=True)
class PriceEvidence:
    """Prices are rupees (rents: a month) per `unit` of `basis`, above 0. `bins` stand in for `values` above 60
    comparables; below five there is nothing but `n`, and the quartiles may be 0. `home` is None when its own price is
    not known."""

    listing_type: ListingType
    property_type: PropertyType
    n: int
    values: tuple[float, ...]  # sorted
    bins: Bins | None
    median: float
    p25: float
    p75: float
    cod: float | None  # per cent
    duplicates_left_out: int
    outliers_left_out: int
    home: float | None
    verdict: PriceCategory | None
    scope: str
    basis: AreaBasis
    as_of: date
    unit: AreaUnit = AreaUnit.SQFT

    def one(self, language: Language) -> str:
        """ "flat" """
        return say(language, f"homes.{self.property_type}.one")

    def many(self, language: Language) -> str:
        """ "flats" """
        return say(language, f"homes.{self.property_type}.other")

    def alike(self, language: Language) -> str:
        """ "flats", as those that it is compared with."""
        return say(language, f"alike.{self.property_type}")

    def per(self, unit: AreaUnit) -> "PriceEvidence":
        """The same, of prices per square foot, in another unit."""
        sqft = float(SQFT_IN[unit])
        return replace(
            self,
            unit=unit,
            values=tuple(value * sqft for value in self.values),
            bins=self.bins and replace(self.bins, start=self.bins.start * sqft, step=self.bins.step * sqft),
            median=self.median * sqft,
            p25=self.p25 * sqft,
            p75=self.p75 * sqft,
            home=None if self.home is None else self.home * sqft,
        )
