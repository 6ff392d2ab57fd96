"""The mark, and line icons (icons.toml)."""

import tomllib
from functools import cache
from pathlib import Path

from markupsafe import Markup

from app.web.drawings.pen import drawn

LOGO = drawn(
    '<svg class="mark" viewBox="0 0 28 28" width="28" height="28" aria-hidden="true">'
    '<g class="mark-brick"><rect y="2" width="13" height="7" rx="1"/><rect x="15" y="2" width="13" height="7" rx="1"/>'
    '<rect y="11" width="6" height="7" rx="1"/><rect x="22" y="11" width="6" height="7" rx="1"/>'
    '<rect y="20" width="13" height="7" rx="1"/><rect x="15" y="20" width="13" height="7" rx="1"/></g>'
    '<rect class="mark-lamp" x="8" y="11" width="12" height="7" rx="1"/></svg>'
)
_DRAWN = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())


@cache
def icon(name: str, size: int = 20) -> Markup:
    """Decoration: what it means is said beside it or in a label. Raises KeyError."""
    return drawn(
        f'<svg class="ic" width="{size}" height="{size}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
        f"{_DRAWN[name]}</svg>"
    )
