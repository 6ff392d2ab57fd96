"""The places around a home: what is said about them, and their figure."""

from app.core.language import say
from app.core.vocabulary import Language, LocationPrecision, PlaceCategory
from app.services.figures import svg, words
from app.services.figures.nearby_map import Nearby, NearbyPlace, around, colour, marker, position_unknown
from app.services.figures.sheet import Drawing, Sentence, alone, plain, sheet
from app.services.figures.svg import MARGIN, WIDTH, element, lettering
from app.services.figures.theme import Theme

NEAREST_SAID = 3
ROW, HEADING = 25.0, 24.0


def drawing(figure: Nearby, theme: Theme) -> str:
    return alone(_draw(figure, theme), theme)


def on_sheet(figure: Nearby, theme: Theme) -> str:
    return sheet(
        _draw(figure, theme), theme, headline=headline(figure), listing=_listing(figure, theme), notes=notes(figure)
    )


def headline(figure: Nearby, language: Language = Language.ENGLISH) -> Sentence:
    if figure.precision is None:
        return ((say(language, "nearby_figure.unknown"), "ink"),)
    nearest: dict[PlaceCategory, NearbyPlace] = {}
    for place in sorted(figure.places, key=lambda place: place.distance_m):
        nearest.setdefault(place.category, place)
    if not nearest:
        return ((say(language, "nearby_figure.nothing"), "ink"),)
    # A distance says more than the same sector.
    telling = [place for place in nearest.values() if not _in_its_sector(figure, place)] or [*nearest.values()]
    said = [
        f"{say(language, f'one_place.{place.category}')}{words.NBSP}{away(figure, place, language)}"
        for place in telling[:NEAREST_SAID]
    ]
    sentence = ", ".join(said) + say(language, "figure.stop")
    return ((sentence[0].upper() + sentence[1:], "ink"),)


def notes(figure: Nearby, language: Language = Language.ENGLISH) -> list[str]:
    if figure.precision is None:
        return [say(language, "nearby_figure.from_nowhere")]
    said = [say(language, "nearby_figure.lines")]
    if figure.precision is not LocationPrecision.EXACT:
        middle = say(language, f"middle_of_its.{figure.precision}")
        said.append(say(language, "nearby_figure.from_middle", middle=middle))
    if any(place.precision is not LocationPrecision.EXACT for place in figure.places):
        said.append(say(language, "nearby_figure.hollow"))
    if any(figure.is_beyond(place) for place in figure.places):
        said.append(say(language, "nearby_figure.dashed", reach=words.reach(figure.reach_m, language)))
    return [" ".join(said)]


def _in_its_sector(figure: Nearby, place: NearbyPlace) -> bool:
    return figure.precision is place.precision is LocationPrecision.SECTOR and place.distance_m < 1


def away(figure: Nearby, place: NearbyPlace, language: Language) -> str:
    """How far a place is; a position that is a middle makes it a rough distance."""
    if _in_its_sector(figure, place):
        return say(language, "nearby_figure.in_its_sector").replace(" ", words.NBSP)
    distance = words.metres(place.distance_m, language)
    exact = figure.precision is place.precision is LocationPrecision.EXACT
    return distance if exact else f"{say(language, 'nearby_figure.about')}{words.NBSP}{distance}"


def _draw(figure: Nearby, theme: Theme) -> Drawing:
    if figure.precision is None:
        body, height = position_unknown(theme)
    else:
        body, height = around(figure, theme)
    language = theme.language
    listed = "; ".join(
        f"{place.number} {place.name}, {say(language, f'one_place.{place.category}')}, "
        f"{away(figure, place, language)}, {words.long(words.towards(place.bearing_deg), language)}"
        for place in figure.places
    )
    if listed and figure.precision:
        listed += say(language, "figure.stop")
    return Drawing(
        key=f"nearby-{figure.reach_m}",
        height=height,
        title=plain(headline(figure, language)),
        description=" ".join([*notes(figure, language), listed if figure.precision else ""]).strip(),
        body=body,
    )


def _listing(figure: Nearby, theme: Theme) -> tuple[str, float]:
    """Rows under the name of each category, marked as on the map. Markup and height."""
    markup, y = "", 0.0
    if figure.precision is None:
        return markup, y
    for category in PlaceCategory:
        places = [place for place in figure.places if place.category is category]
        if places:
            markup += lettering(
                (MARGIN, y + 17),
                say(theme.language, f"place.{category}"),
                colour(category, theme),
                strong=True,
                anchor="start",
            )
            y += HEADING
        for place in sorted(places, key=lambda place: place.number):
            distance = away(figure, place, theme.language)
            room = WIDTH - 2 * MARGIN - 32 - 10 - svg.advance(distance)
            markup += element(
                "g", marker(figure, place, theme), transform=f"translate({MARGIN + 11} {svg.number(y + 12)})"
            )
            markup += lettering((MARGIN + 32, y + 17), svg.fit(place.name, room), theme.ink, anchor="start")
            markup += lettering((WIDTH - MARGIN, y + 17), distance, theme.ink_2, anchor="end")
            y += ROW
        y += 4 if places else 0
    return markup, y
