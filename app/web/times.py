"""Times as a page shows them, and the letters a person goes by."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from app.core.clock import INDIA, utc_now
from app.web.formats import NBSP
from app.web.language import Texts

MINUTE, HOUR, DAY = 60, 3600, 86_400


def times(t: Texts) -> dict[str, Callable[..., Any]]:
    """More of the template filters of one language."""

    def clock(moment: datetime) -> str:
        """14:05, in India."""
        return f"{moment.astimezone(INDIA):%H:%M}"

    def lasted(seconds: float) -> str:
        """ "48 min", "1 h 52 min", "3 d": the two largest units up to a day."""
        minutes = max(0, round(seconds / MINUTE))
        if seconds >= DAY:
            return f"{int(seconds // DAY)}{NBSP}{t('unit.day')}"
        if minutes < HOUR // MINUTE:
            return f"{minutes}{NBSP}{t('unit.minute')}"
        hours, left = divmod(minutes, HOUR // MINUTE)
        return f"{hours}{NBSP}{t('unit.hour')}" + (f"{NBSP}{left}{NBSP}{t('unit.minute')}" if left else "")

    def since(moment: datetime) -> str:
        return lasted((utc_now() - moment).total_seconds())

    def month(iso: str) -> str:
        """November 2026, of text that begins with it as ISO 8601 has it."""
        return f"{t(f'month_long.{int(iso[5:7])}')}{NBSP}{iso[:4]}"

    return {"clock": clock, "lasted": lasted, "since": since, "month": month, "initials": initials}


def initials(name: str) -> str:
    """ "Meera Anand" → "MA"."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()
