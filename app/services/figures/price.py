"""A home's price per square foot among its comparables: what is said about it, and its figure."""

from app.core.language import say
from app.core.market_rules import MIN_COMPARABLES, MIN_RANGE
from app.core.vocabulary import Language, ListingType, PriceCategory
from app.services.figures import words
from app.services.figures.price_chart import chart, lay, too_few
from app.services.figures.price_evidence import PriceEvidence
from app.services.figures.sheet import Drawing, Sentence, Sign, alone, plain, sheet
from app.services.figures.svg import rect
from app.services.figures.theme import Theme, Tone

TIMES = 3  # from three times the median on, a factor says more than a percentage
TONES: dict[PriceCategory | None, Tone] = {PriceCategory.BELOW_AVERAGE: "neem", PriceCategory.ABOVE_AVERAGE: "haldi"}


def drawing(evidence: PriceEvidence, theme: Theme) -> str:
    return alone(_draw(evidence, theme), theme)


def on_sheet(evidence: PriceEvidence, theme: Theme) -> str:
    area = f"sq{words.NBSP}ft of {words.basis(evidence.basis)} area"
    what = "Asking prices in rupees" if evidence.listing_type is ListingType.SALE else "Asking rents in rupees a month"
    asked = f"{what} per {area}, {words.day(evidence.as_of)}."
    if evidence.n < MIN_RANGE:
        return sheet(
            _draw(evidence, theme),
            theme,
            headline=headline(evidence),
            facts=[("Looked at", evidence.scope), ("Left out", _left_out(evidence, theme.language))],
            notes=[asked],
        )
    homes = lay(evidence).homes_per_brick
    brick = f"One brick is one {evidence.one(theme.language)}."
    if homes > 1:
        brick = f"One brick is {homes} {evidence.many(theme.language)}, a cut one fewer."
    return sheet(
        _draw(evidence, theme),
        theme,
        headline=headline(evidence),
        legend=_legend(evidence, homes, theme),
        facts=_facts(evidence, theme.language),
        notes=[f"{asked} {brick}"],
    )


def headline(evidence: PriceEvidence, language: Language = Language.ENGLISH) -> Sentence:
    if evidence.n < MIN_RANGE:
        return (("Too few to compare.", "ink"),)
    similar = {"n": evidence.n, "homes": evidence.alike(language)}
    if evidence.home is None or evidence.n < MIN_COMPARABLES:
        key = "price_figure.too_few" if evidence.home is not None else "price_figure.unpriced"
        median, home = words.rupees(evidence.median), evidence.one(language)
        return ((say(language, key, **similar, median=median, home=home), "ink"),)
    ratio = evidence.home / evidence.median
    per_cent = round(abs(ratio - 1) * 100)
    if per_cent == 0:
        return ((say(language, "price_figure.at_median", **similar), "ink"),)
    way = "times" if ratio >= TIMES else "below" if ratio < 1 else "above"
    off = say(language, f"price_figure.{way}", ratio=f"{ratio:.1f}", percent=per_cent)
    return ((off, TONES.get(evidence.verdict, "ink")), (say(language, "price_figure.the_median", **similar), "ink"))


def _left_out(evidence: PriceEvidence, language: Language) -> str:
    counts = (("duplicates", evidence.duplicates_left_out), ("outliers", evidence.outliers_left_out))
    said = [words.count(f"price_figure.{name}", number, language) for name, number in counts if number]
    return ", ".join(said) or say(language, "price_figure.none")


def _facts(evidence: PriceEvidence, language: Language) -> list[tuple[str, str]]:
    name, low, high = "middle", evidence.p25, evidence.p75
    if evidence.n < MIN_COMPARABLES:
        name, low, high = "range", evidence.values[0], evidence.values[-1]
    unknown = say(language, "figure.not_known")
    facts = {
        name: words.between(low, high),
        "compared": f"{evidence.n} {evidence.many(language)}",
        "scope": evidence.scope,
        "basis": say(language, f"price_figure.all_{evidence.basis}"),
        "left_out": _left_out(evidence, language),
        "spread": unknown if evidence.cod is None else f"{evidence.cod:.1f}%",
    }
    return [(say(language, f"price_figure.{name}"), value) for name, value in facts.items()]


def _legend(evidence: PriceEvidence, homes: int, theme: Theme) -> list[Sign]:
    def brick(fill: str, label: str) -> Sign:
        return Sign(rect(0, -5.5, 22, 11, fill, rx=1.5), 22, label)

    one, many = evidence.one(theme.language), evidence.many(theme.language)
    each = f"one {one}" if homes == 1 else f"{homes} {many}"
    signs = [brick(theme.brick_mid, f"{each}, middle half"), brick(theme.brick_pale, f"{each}, outside it")]
    return signs if evidence.home is None else [brick(theme.brick, f"this {one}"), *signs]


def _draw(evidence: PriceEvidence, theme: Theme) -> Drawing:
    language = theme.language
    if evidence.n < MIN_RANGE:
        title = say(language, "unknown.too_few", n=evidence.n)
        homes = evidence.many(language)
        description = say(language, "price_figure.needs_homes", scope=evidence.scope, least=MIN_RANGE, homes=homes)
        body, height = too_few(evidence.n, title, theme)
    else:
        title = plain(headline(evidence, language))
        unknown = say(language, "figure.not_known")
        description = say(
            language,
            "price_figure.described",
            unit=say(language, f"unit.{evidence.unit}"),
            home=evidence.one(language),
            own=unknown if evidence.home is None else f"₹{words.rupees(evidence.home)}",
            median=words.rupees(evidence.median),
            facts="; ".join(f"{label}: {value}" for label, value in _facts(evidence, language)),
        )
        body, height = chart(evidence, theme)
    return Drawing("price", height, title, description, body)
