"""Sun and heat by direction: what is said about a home's sides, and the figure."""

from app.core.language import say
from app.core.vocabulary import Facing, Language
from app.services.figures import svg, words
from app.services.figures.compass_dial import Compass, LightBasis, Mode, dial
from app.services.figures.sheet import Drawing, Sentence, Sign, alone, sheet
from app.services.figures.svg import element, lettering, line, rect
from app.services.figures.theme import Theme


def drawing(figure: Compass, theme: Theme) -> str:
    return alone(_draw(figure, theme), theme)


def on_sheet(figure: Compass, theme: Theme) -> str:
    if figure.mode is Mode.HEAT:
        meaning = "Summer sun on each wall, April to June, afternoons weighted; 100 is the hottest."
    else:
        meaning = "Daylight on each wall, 8 to 18 h over the year; 100 is the brightest."
    return sheet(
        _draw(figure, theme),
        theme,
        headline=headline(figure),
        legend=_legend(figure, theme),
        notes=(
            meaning,
            f"Clear sky at Noida; {_sun_words(figure, theme.language)}.",
            "Haze, monsoon, towers nearby, floor, balcony and glass are not modelled.",
        ),
    )


def headline(figure: Compass) -> Sentence:
    if figure.measured is None:
        return (("Facing not known." if figure.entrance is None else "Side of the windows not known.", "ink"),)
    side = words.long(figure.measured, Language.ENGLISH)
    subject = f"{side.capitalize()} windows:" if figure.basis is LightBasis.WINDOWS else f"Entrance side, {side}:"
    what = f"summer{words.NBSP}heat" if figure.mode is Mode.HEAT else "daylight"
    index = figure.indexes[figure.measured]
    return ((f"{subject} {what}", "ink"), (f"{index}{words.NBSP}of{words.NBSP}100.", "brick"))


def _sun_words(figure: Compass, language: Language) -> str:
    return say(
        language,
        "compass.sun",
        month=words.month(figure.month, language),
        rise=f"{figure.sunrise_azimuth:.0f}",
        set=f"{figure.sunset_azimuth:.0f}",
    )


def _facing_words(figure: Compass, language: Language) -> str:
    def known(facing: Facing | None) -> str:
        return say(language, "figure.not_known") if facing is None else words.long(facing, language)

    key = "compass.facings_stand_in" if figure.basis is LightBasis.ENTRANCE else "compass.facings"
    return say(language, key, windows=known(figure.windows), entrance=known(figure.entrance))


def _draw(figure: Compass, theme: Theme) -> Drawing:
    key, language = f"compass-{figure.mode}-{figure.month}", theme.language
    what = say(language, f"compass.{figure.mode}")
    listed = ", ".join(f"{words.long(facing, language)} {index}" for facing, index in figure.indexes.items())
    body, height = dial(figure, key, theme)
    return Drawing(
        key=key,
        height=height,
        title=say(language, "compass.title", what=what, month=words.month(figure.month, language)),
        description=say(
            language,
            "compass.described",
            facings=_facing_words(figure, language),
            what=what,
            listed=listed,
            sun=_sun_words(figure, language),
        ),
        body=body,
    )


def _legend(figure: Compass, theme: Theme) -> list[Sign]:
    heat = figure.mode is Mode.HEAT
    ramp = theme.heat if heat else theme.light
    low, high = ("cool", "hot") if heat else ("dim", "bright")
    low_width = svg.advance(low, svg.NOTE) + 6
    scale = lettering((0, 5), low, theme.ink_2, size=svg.NOTE, anchor="start") + "".join(
        rect(low_width + 18 * step, -6, 18, 12, fill) for step, fill in enumerate(ramp)
    )
    signs = [
        Sign(scale, low_width + 90, high),
        Sign(line([(0, 0), (20, 0)], theme.brick, 2.5), 20, f"sun in {words.month(figure.month, theme.language)}"),
        Sign(
            line([(1, 0), (22, 0)], theme.ink_3, 1.5, stroke_dasharray="1.5 4", stroke_linecap="round"), 22, "Jun, Dec"
        ),
    ]
    if figure.windows is not None:
        signs.append(Sign(rect(0, -3, 20, 6, theme.lamp), 20, "windows"))
    if figure.entrance is not None:
        door = element("path", d="M1 7v-14a14 14 0 0 1 14 14", fill="none", stroke=theme.ink, stroke_width=1.5)
        signs.append(Sign(door, 16, "entrance"))
    if figure.basis is LightBasis.ENTRANCE:
        outline = rect(1, -6, 20, 12, "none", stroke=theme.ink, stroke_width=2.5, stroke_dasharray="5 3")
        signs.append(Sign(outline, 22, "stands in for the windows"))
    return signs
