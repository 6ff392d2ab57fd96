"""A home's price per square foot among its comparables: what is said about it, and its figure."""

from app.core.market_rules import MIN_COMPARABLES, MIN_RANGE
from app.core.vocabulary import ListingType, PriceCategory
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
            facts=[("Looked at", evidence.scope), ("Left out", _left_out(evidence))],
            notes=[asked],
        )
    homes = lay(evidence).homes_per_brick
    brick = f"One brick is one {evidence.one}."
    if homes > 1:
        brick = f"One brick is {homes} {evidence.many}, a cut one fewer."
    return sheet(
        _draw(evidence, theme),
        theme,
        headline=headline(evidence),
        legend=_legend(evidence, homes, theme),
        facts=_facts(evidence),
        notes=[f"{asked} {brick}"],
    )


def headline(evidence: PriceEvidence) -> Sentence:
    if evidence.n < MIN_RANGE:
        return (("Too few to compare.", "ink"),)
    similar = f"{evidence.n} similar {evidence.many}"
    if evidence.home is None or evidence.n < MIN_COMPARABLES:
        why = "too few for a verdict" if evidence.home is not None else f"the price of this {evidence.one} is not known"
        return ((f"Median ₹{words.rupees(evidence.median)} of {similar}; {why}.", "ink"),)
    ratio = evidence.home / evidence.median
    per_cent = round(abs(ratio - 1) * 100)
    if per_cent == 0:
        return ((f"At the median of {similar}.", "ink"),)
    off = f"{ratio:.1f}{words.NBSP}times" if ratio >= TIMES else f"{per_cent}% {'below' if ratio < 1 else 'above'}"
    return ((off, TONES.get(evidence.verdict, "ink")), (f"the median of {similar}.", "ink"))


def _left_out(evidence: PriceEvidence) -> str:
    counts = ((evidence.duplicates_left_out, "duplicate"), (evidence.outliers_left_out, "outlier"))
    return ", ".join(words.count(number, one, f"{one}s") for number, one in counts if number) or "none"


def _facts(evidence: PriceEvidence) -> list[tuple[str, str]]:
    label, low, high = "Middle half (P25 to P75)", evidence.p25, evidence.p75
    if evidence.n < MIN_COMPARABLES:
        label, low, high = "Range", evidence.values[0], evidence.values[-1]
    return [
        (label, words.between(low, high)),
        ("Compared", f"{evidence.n} {evidence.many}"),
        ("Scope", evidence.scope),
        ("Area basis", f"{words.basis(evidence.basis).capitalize()}, all of them"),
        ("Left out", _left_out(evidence)),
        ("Spread (COD)", "not known" if evidence.cod is None else f"{evidence.cod:.1f}%"),
    ]


def _legend(evidence: PriceEvidence, homes: int, theme: Theme) -> list[Sign]:
    def brick(fill: str, label: str) -> Sign:
        return Sign(rect(0, -5.5, 22, 11, fill, rx=1.5), 22, label)

    each = f"one {evidence.one}" if homes == 1 else f"{homes} {evidence.many}"
    signs = [brick(theme.brick_mid, f"{each}, middle half"), brick(theme.brick_pale, f"{each}, outside it")]
    return signs if evidence.home is None else [brick(theme.brick, f"this {evidence.one}"), *signs]


def _draw(evidence: PriceEvidence, theme: Theme) -> Drawing:
    if evidence.n < MIN_RANGE:
        title = f"Not enough comparable listings ({evidence.n})"
        description = f"{evidence.scope}. A comparison needs at least {MIN_RANGE} {evidence.many}."
        body, height = too_few(evidence.n, title, theme)
    else:
        title = plain(headline(evidence))
        facts = "; ".join(f"{label}: {value}" for label, value in _facts(evidence))
        own = "not known" if evidence.home is None else f"₹{words.rupees(evidence.home)}"
        description = (
            f"Rupees per square foot. This {evidence.one}: {own}; median: ₹{words.rupees(evidence.median)}; {facts}."
        )
        body, height = chart(evidence, theme)
    return Drawing("price", height, title, description, body)
