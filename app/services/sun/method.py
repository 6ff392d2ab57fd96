"""How the sun's figures are found, as text for readers."""

from dataclasses import dataclass
from datetime import date

from app.services.sun.model import ALBEDO, BEAM_EFFICACY, DIFFUSE_EFFICACY, ELEVATION_M, LATITUDE, LONGITUDE, TURBIDITY
from app.services.sun.recompute import FIRST_HOUR, LAST_HOUR, STEP, YEAR


@dataclass(frozen=True, slots=True)
class Method:
    title: str
    summary: str
    inputs: dict[str, str]
    as_of: date
    checked: str
    limits: tuple[str, ...]
    sources: tuple[str, ...]


SUN_METHOD = Method(
    title="Heat and light from the sun",
    summary=(
        "Computed for a clear sky over Noida on a vertical wall, not measured at the home. "
        "Heat: the energy of April to June, the afternoon counting most. "
        f"Natural light: the mean from {FIRST_HOUR} to {LAST_HOUR} h over the year. "
        "100 is the direction of the eight that gets the most."
    ),
    inputs={
        "Place": f"{LATITUDE:.4f} N, {LONGITUDE:.4f} E, {ELEVATION_M} m",
        "Sun": f"position every {STEP.seconds // 60} minutes of {YEAR} (NOAA); sunrise, sunset and path on the 21st",
        "Air": f"Linke turbidity, January to December: {', '.join(map(str, TURBIDITY))} (Ineichen-Perez clear sky)",
        "Sky and ground": f"Hay-Davies; the ground reflects {ALBEDO:.0%}",
        "Heat index": "energy of April to June, weighted by 1 + 0.5 cos(2π(h - 15)/24), h the hour in India",
        "Natural light index": f"illuminance: beam {BEAM_EFFICACY} lm/W, from sky and ground {DIFFUSE_EFFICACY} lm/W",
        "Words": "very low, low, moderate, high, very high: one for each 20 points",
    },
    as_of=date(2026, 11, 25),
    checked=(
        "Within 0.2% of the monthly energies pvlib 0.16.1 gives for the same model. With a Perez sky in place of "
        "Hay-Davies the indices differ by at most 5 points, and walls out of the sun get up to two fifths more energy."
    ),
    limits=(
        "Haze, monsoon, neighbouring towers, floor, balcony and glass are not modelled.",
        "Directions are as the source of the listing gives them.",
    ),
    sources=(
        "NOAA Global Monitoring Laboratory, Solar Calculation Details",
        "P. Ineichen and R. Perez, Solar Energy 73 (2002) 151-157",
        "F. Kasten and A. T. Young, Applied Optics 28 (1989) 4735-4738",
        "J. E. Hay and J. A. Davies, Proc. First Canadian Solar Radiation Data Workshop (1980) 59-72",
        "P. J. Littlefair, Lighting Research & Technology 17 (1985) 162-182",
    ),
)
