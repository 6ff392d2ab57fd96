"""The reasons for a rank: at most three, the strongest parts that speak for a home, each with its figure.

A statement of repositories/ranking.py makes them from its row of `parts`; `:value` and the others are the weights.
"""

from collections.abc import Iterator
from typing import NamedTuple

from app.repositories.sentences import sql, sql_case, sql_day


class Reason(NamedTuple):
    """A reason that holds `when`; the sentence `reason.CODE` is made of its figures, in English as `shown` has them."""

    code: str
    when: str
    strength: str
    figures: dict[str, str]
    shown: dict[str, str] = {}  # noqa: RUF012 - a default of a tuple, never changed

    @property
    def sentence(self) -> str:
        return f"WHEN '{self.code}' THEN {sql(f'reason.{self.code}', **self.figures | self.shown)}"

    @property
    def as_json(self) -> str:
        columns = ", ".join(f"{value} AS {name}" for name, value in self.figures.items())
        return f"WHEN '{self.code}' THEN (SELECT row_to_json(f) FROM (SELECT {columns}) f)"


def _reasons() -> Iterator[Reason]:
    dearness = {
        "percent": "round(-difference_percentage)::int",
        "property_type": "property_type",
        "place": """CASE scope WHEN 'society' THEN society_name WHEN 'zone' THEN zone_name WHEN 'noida' THEN NULL
          ELSE sector_name END""",
        "compared": "compared",
    }
    among = {
        "homes": f"CASE property_type {sql_case('alike')} END",
        "place": f"coalesce({dearness['place']}, {sql('place.noida')})",
    }
    for code, scopes in (("below_others", "IN"), ("below_similar", "NOT IN")):
        when = f"category = 'below_average' AND value IS NOT NULL AND scope {scopes} ('society', 'noida')"
        yield Reason(code, when, ":value * value", dearness, among)
    sun = {"facing": "window_facing", "daylight": "daylight", "heat": "heat"}
    side = {"side": f"CASE window_facing {sql_case('facing')} END"}
    yield Reason("light", "light >= 0.6", ":light * light", sun, side)
    away = {"distance_m": "distance_m", "station": "station_name"}
    distance = f"""CASE WHEN distance_m < 50 THEN {sql("unit.near")}
          WHEN distance_m < 1000 THEN distance_m / 10 * 10 || ' ' || {sql("unit.metre")}
          ELSE round(distance_m / 1000.0, 1) || ' ' || {sql("unit.kilometre")} END"""
    near = "distance_m <= 1500 AND is_near_its_position"
    strength = ":place * 0.7 * (3000 - distance_m) / 2700::float8"
    yield Reason("metro", f"{near} AND is_exact", strength, away, {"distance": distance})
    yield Reason("metro_about", f"{near} AND NOT is_exact", strength, away, {"distance": distance})
    around = {"places": "nearby_places"}
    near, exact = "nearby_places >= 2 AND is_near_its_position", "is_exact AND are_exact"
    strength = ":place * 0.3 * nearby_places / 6::float8"
    yield Reason("nearby", f"{near} AND {exact}", strength, around)
    yield Reason("nearby_about", f"{near} AND NOT ({exact})", strength, around)
    number = {"photos": "photos"}
    yield Reason("photos", "photos >= 4 AND NOT is_enhanced", ":picture * picture", number)
    yield Reason("photos_enhanced", "photos > 1 AND is_enhanced", ":picture * picture", number)
    yield Reason("photo_enhanced", "photos = 1 AND is_enhanced", ":picture * picture", number)
    day, shown = {"day": "(confirmed_at AT TIME ZONE 'Asia/Kolkata')::date"}, {"day": sql_day("confirmed_at")}
    for code, is_verified in (("verified", ""), ("listed", "NOT ")):
        when = f"freshness >= 0.7 AND {is_verified}coalesce(confirmed_at = verified_at, false)"
        yield Reason(code, when, ":freshness * freshness", day, shown)
    facts = {"given": "cardinality(array_positions(given, true))", "asked": "cardinality(given)"}
    yield Reason("facts", "completeness >= 0.7", ":completeness * completeness", facts)


ALL = tuple(_reasons())
REASONS = f"""
    SELECT coalesce(json_agg(CASE code {" ".join(reason.sentence for reason in ALL)} END
        ORDER BY strength DESC), '[]') AS reasons,
      coalesce(json_agg((SELECT row_to_json(w) FROM (SELECT code, CASE code
        {" ".join(reason.as_json for reason in ALL)} END AS figures) w) ORDER BY strength DESC), '[]') AS reason_figures
    FROM (
      SELECT code, strength FROM (VALUES
        {", ".join(f"('{reason.code}', {reason.when}, {reason.strength})" for reason in ALL)}
      ) AS r (code, holds, strength) WHERE holds ORDER BY strength DESC LIMIT 3) best"""
