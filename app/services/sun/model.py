"""The sun over Noida on a cloudless day, and what of it falls on a vertical wall.

Angles are degrees, azimuths clockwise from north, irradiances W/m².
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from math import acos, asin, atan2, cos, degrees, exp, radians, sin, tan

LATITUDE, LONGITUDE, ELEVATION_M = 28.5355, 77.3910, 200
# Linke turbidity, January to December: how many clean, dry atmospheres the haze amounts to.
TURBIDITY = (3.0, 3.3, 3.75, 4.1, 4.3, 4.5, 5.2, 5.35, 4.35, 3.7, 3.3, 3.15)
ALBEDO = 0.2
SOLAR_CONSTANT = 1366.1
# Lumens per watt of the direct beam (70-105 by the sun's height) and of a clear sky: P. J. Littlefair, "The luminous
# efficacy of daylight: a review", Lighting Research & Technology 17 (1985) 162-182.
BEAM_EFFICACY, DIFFUSE_EFFICACY = 100, 130

INDIA = timezone(timedelta(hours=5, minutes=30))
# Geometric zenith of the sun's centre when its upper rim meets the horizon: refraction and half a diameter below it.
HORIZON_ZENITH = 90.833


@dataclass(frozen=True, slots=True)
class Orbit:
    """Where the sun stands against the earth: declination, equation of time in minutes, distance in au."""

    declination: float
    equation_of_time: float
    distance: float


@dataclass(frozen=True, slots=True)
class Sun:
    """The sun as seen from Noida; the altitude includes refraction, negative below the horizon."""

    altitude: float
    azimuth: float
    distance: float


@dataclass(frozen=True, slots=True)
class Sky:
    """Irradiance on a level plane, of the beam at right angles to it, diffuse on a level plane; and above the air."""

    horizontal: float
    beam: float
    diffuse: float
    extraterrestrial: float


@dataclass(frozen=True, slots=True)
class WallLight:
    """What falls on a wall: from the sun's disc, and from the sky and the ground."""

    beam: float
    diffuse: float

    @property
    def irradiance(self) -> float:
        return self.beam + self.diffuse

    @property
    def illuminance(self) -> float:
        """Lux."""
        return BEAM_EFFICACY * self.beam + DIFFUSE_EFFICACY * self.diffuse


def orbit_at(moment: datetime) -> Orbit:
    """NOAA Global Monitoring Laboratory, Solar Calculation Details (after J. Meeus, Astronomical Algorithms)."""
    century = (moment.timestamp() / 86400 + 2440587.5 - 2451545) / 36525
    longitude = radians((280.46646 + century * (36000.76983 + century * 0.0003032)) % 360)
    anomaly = radians(357.52911 + century * (35999.05029 - 0.0001537 * century))
    eccentricity = 0.016708634 - century * (0.000042037 + 0.0000001267 * century)
    centre = radians(
        sin(anomaly) * (1.914602 - century * (0.004817 + 0.000014 * century))
        + sin(2 * anomaly) * (0.019993 - 0.000101 * century)
        + sin(3 * anomaly) * 0.000289
    )
    node = radians(125.04 - 1934.136 * century)
    apparent_longitude = longitude + centre - radians(0.00569 + 0.00478 * sin(node))
    arcseconds = 21.448 - century * (46.815 + century * (0.00059 - century * 0.001813))
    obliquity = radians(23 + (26 + arcseconds / 60) / 60 + 0.00256 * cos(node))
    y = tan(obliquity / 2) ** 2
    equation_of_time = 4 * degrees(
        y * sin(2 * longitude)
        - 2 * eccentricity * sin(anomaly)
        + 4 * eccentricity * y * sin(anomaly) * cos(2 * longitude)
        - 0.5 * y**2 * sin(4 * longitude)
        - 1.25 * eccentricity**2 * sin(2 * anomaly)
    )
    distance = 1.000001018 * (1 - eccentricity**2) / (1 + eccentricity * cos(anomaly + centre))
    return Orbit(degrees(asin(sin(obliquity) * sin(apparent_longitude))), equation_of_time, distance)


def _refraction(altitude: float) -> float:
    """NOAA's approximation, in degrees, for a geometric altitude."""
    if altitude > 85:  # noqa: PLR2004 - NOAA's pieces, here and below
        return 0
    slope = tan(radians(altitude))
    if altitude > 5:  # noqa: PLR2004 - the formula's own limits
        arcseconds = 58.1 / slope - 0.07 / slope**3 + 0.000086 / slope**5
    elif altitude > -0.575:  # noqa: PLR2004 - likewise
        arcseconds = 1735 + altitude * (-518.2 + altitude * (103.4 + altitude * (-12.79 + altitude * 0.711)))
    else:
        arcseconds = -20.772 / slope
    return arcseconds / 3600


def sun_at(moment: datetime) -> Sun:
    orbit = orbit_at(moment)
    solar_minutes = moment.timestamp() % 86400 / 60 + orbit.equation_of_time + 4 * LONGITUDE
    hour_angle, latitude, declination = radians(solar_minutes / 4 - 180), radians(LATITUDE), radians(orbit.declination)
    geometric = degrees(
        asin(sin(latitude) * sin(declination) + cos(latitude) * cos(declination) * cos(hour_angle)),
    )
    from_south = atan2(sin(hour_angle), cos(hour_angle) * sin(latitude) - tan(declination) * cos(latitude))
    return Sun(geometric + _refraction(geometric), (degrees(from_south) + 180) % 360, orbit.distance)


def sunrise_and_sunset(day: date) -> tuple[datetime, datetime]:
    """When the upper rim of the sun meets a level horizon, in India's time, by NOAA's hour angle of sunrise."""
    return _horizon(day, side=1), _horizon(day, side=-1)


def _horizon(day: date, *, side: int) -> datetime:
    midnight = datetime.combine(day, time(), INDIA)
    moment = midnight + timedelta(hours=12)
    for _ in range(3):  # the declination is that of the moment sought: each round is some 300 times closer
        orbit = orbit_at(moment)
        latitude, declination = radians(LATITUDE), radians(orbit.declination)
        hour_angle = degrees(
            acos(cos(radians(HORIZON_ZENITH)) / (cos(latitude) * cos(declination)) - tan(latitude) * tan(declination))
        )
        utc_minutes = 720 - 4 * (LONGITUDE + side * hour_angle) - orbit.equation_of_time
        moment = midnight + timedelta(hours=5.5, minutes=utc_minutes)
    return moment


def clear_sky(sun: Sun, turbidity: float) -> Sky:
    """Irradiance under a cloudless sky, for a sun above the horizon.

    P. Ineichen and R. Perez, "A new airmass independent formulation for the Linke turbidity coefficient", Solar Energy
    73 (2002) 151-157, as pvlib writes it; air mass by F. Kasten and A. T. Young, Applied Optics 28 (1989) 4735-4738.
    """
    cos_zenith = sin(radians(sun.altitude))
    extraterrestrial = SOLAR_CONSTANT / sun.distance**2
    pressure_share = ((44331.514 - ELEVATION_M) / 11880.516) ** (1 / 0.1902632) / 1013.25
    air_mass = pressure_share / (cos_zenith + 0.50572 * (6.07995 + sun.altitude) ** -1.6364)
    low, high = exp(-ELEVATION_M / 8000), exp(-ELEVATION_M / 1250)
    extinction = (3.92e-5 * ELEVATION_M + 0.0387) * air_mass * (low + high * (turbidity - 1))
    horizontal = (5.09e-5 * ELEVATION_M + 0.868) * extraterrestrial * cos_zenith * exp(-extinction)
    beam = extraterrestrial * (0.664 + 0.163 / low) * exp(-0.09 * air_mass * (turbidity - 1))
    least_diffuse = (0.1 - 0.2 * exp(-turbidity)) / (0.1 + 0.882 / low)
    beam = min(beam, horizontal * (1 - least_diffuse) / cos_zenith)
    return Sky(horizontal, beam, horizontal - beam * cos_zenith, extraterrestrial)


def on_wall(sun: Sun, sky: Sky, azimuth: float) -> WallLight:
    """What falls on a vertical wall that looks towards `azimuth`.

    J. E. Hay and J. A. Davies, "Calculations of the solar radiation incident on an inclined surface", Proc. First
    Canadian Solar Radiation Data Workshop (1980) 59-72: of the diffuse light, the share the beam kept of its strength
    comes from around the sun, and the rest evenly from the half of the sky that the wall sees.
    """
    altitude = radians(sun.altitude)
    cos_incidence = max(0.0, cos(altitude) * cos(radians(sun.azimuth - azimuth)))
    around_the_sun = sky.beam / sky.extraterrestrial
    # The ratio has no bound at the horizon; one degree is taken as the least height, as in pvlib.
    ratio = cos_incidence / max(sin(altitude), 0.01745)
    from_sky = sky.diffuse * (around_the_sun * ratio + (1 - around_the_sun) / 2)
    return WallLight(sky.beam * cos_incidence, from_sky + sky.horizontal * ALBEDO / 2)
