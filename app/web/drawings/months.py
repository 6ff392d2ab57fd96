"""Twelve columns of bricks: the sun's energy on a wall, month by month."""

from collections.abc import Sequence

from markupsafe import Markup

from app.services.figures.svg import number
from app.web.drawings.pen import drawn, rect

KWH_A_BRICK = 0.5
COLUMN, WIDTH, PITCH, HEIGHT = 26.0, 20.0, 6.0, 78.0


def months(energies: Sequence[float], chosen: int, initials: Sequence[str], label: str) -> Markup:
    """`energies` in kWh per square metre a day from January on; `chosen` is 1-12. `label` is escaped by its maker."""
    body = ""
    for month, (energy, initial) in enumerate(zip(energies, initials, strict=True), start=1):
        left, kind = COLUMN * (month - 1) + 3, "in" if month == chosen else "out"
        for level in range(1, max(1, round(energy / KWH_A_BRICK)) + 1):
            body += rect(left, HEIGHT - PITCH * level, WIDTH, PITCH - 1.4, kind, ' rx="0.8"')
        current = ' class="cur"' if month == chosen else ""
        body += f'<text{current} x="{number(left + WIDTH / 2)}" y="{number(HEIGHT + 17)}">{initial}</text>'
    return drawn(f'<svg class="months" viewBox="0 0 312 100" role="img" aria-label="{label}">{body}</svg>')
