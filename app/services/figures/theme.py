"""Colours of the figures, named as the design tokens: subah (light), shaam (dark), and PAGE, which follows the page;
and the language of their words."""

from dataclasses import dataclass, fields, replace
from typing import Literal

from app.core.vocabulary import Language

Tone = Literal["ink", "brick", "neem", "haldi"]
Ramp = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Theme:
    surface: str
    paper: str
    sunk: str
    line: str
    line_strong: str
    ink: str
    ink_2: str
    ink_3: str
    brick: str
    on_brick: str
    brick_mid: str
    brick_pale: str
    lamp: str
    neem: str
    nila: str
    haldi: str
    lac: str
    heat: Ramp
    on_heat: Ramp
    light: Ramp
    on_light: Ramp
    language: Language = Language.ENGLISH

    def tone(self, tone: Tone) -> str:
        return {"ink": self.ink, "brick": self.brick, "neem": self.neem, "haldi": self.haldi}[tone]


LIGHT = Theme(
    surface="#fdfbf7",
    paper="#f4efe6",
    sunk="#eae2d5",
    line="#d8ccba",
    line_strong="#8a7b6b",
    ink="#231b17",
    ink_2="#54483f",
    ink_3="#695c51",
    brick="#a9441f",
    on_brick="#fffaf3",
    brick_mid="#d99a7a",
    brick_pale="#e6cbb9",
    lamp="#f2b234",
    neem="#386342",
    nila="#26607a",
    haldi="#7b5200",
    lac="#9c1c42",
    heat=("#efe6d8", "#f0cfae", "#e5a377", "#b6562a", "#8a2f10"),
    on_heat=("#231b17", "#231b17", "#231b17", "#ffffff", "#fffaf3"),
    light=("#d5d2cc", "#e6dfc9", "#f3e3ae", "#f7d06d", "#f2b234"),
    on_light=("#231b17", "#231b17", "#231b17", "#231b17", "#231b17"),
)
DARK = Theme(
    surface="#1d2027",
    paper="#14161b",
    sunk="#282c35",
    line="#363b46",
    line_strong="#858b99",
    ink="#f4ece1",
    ink_2="#c9c0b5",
    ink_3="#aaa297",
    brick="#ea9068",
    on_brick="#2a1108",
    brick_mid="#a55a3a",
    brick_pale="#5b3a2d",
    lamp="#f7bf55",
    neem="#93c99f",
    nila="#8ec4da",
    haldi="#e9bd62",
    lac="#f493a5",
    heat=("#2b2f38", "#4c3530", "#7d4630", "#d97a4c", "#ffb184"),
    on_heat=("#f4ece1", "#f4ece1", "#fff6ec", "#1d0d06", "#1d0d06"),
    light=("#2b2f38", "#403d38", "#6a5a34", "#c4953a", "#f7bf55"),
    on_light=("#f4ece1", "#f4ece1", "#fff6ec", "#1d1306", "#1d1306"),
)


def _tokens() -> Theme:
    """Every colour as the custom property of tokens.css, so an inlined figure changes with the page's theme."""

    def token(name: str, step: str = "") -> str:
        return f"var(--{name.replace('_', '-')}{step})"

    return Theme(
        **{  # type: ignore[arg-type] # by field name, so of mixed types
            field.name: tuple(token(field.name, f"-{step}") for step in range(1, 6))
            if field.type is Ramp
            else token(field.name)
            for field in fields(Theme)
            if field.name != "language"
        }
    )


PAGE = _tokens()
PAGES = {language: replace(PAGE, language=language) for language in Language}
