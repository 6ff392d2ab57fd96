"""Strokes of the drawings: one line weight, set by class (styles/4-drawing.css)."""

from markupsafe import Markup

from app.services.figures.svg import number


def rect(x: float, y: float, width: float, height: float, kind: str, extra: str = "") -> str:
    box = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
    return f'<rect class="{kind}" {box}{extra}/>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str = "l") -> str:
    return f'<path class="{kind}" d="M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}"/>'


def path(d: str, kind: str) -> str:
    return f'<path class="{kind}" d="{d}"/>'


def drawn(markup: str) -> Markup:
    """To be put into a page as it is: drawings are made of constants, numbers and escaped texts."""
    return Markup(markup)  # noqa: S704 - nothing of what a visitor or a listing says is in it unescaped
