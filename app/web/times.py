"""Times as a page shows them, and the letters a person goes by."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from markupsafe import Markup

from app.core.clock import INDIA, utc_now
from app.web.formats import NBSP, formats
from app.web.language import Texts

MINUTE, HOUR, DAY = 60, 3600, 86_400
ELEMENT = Markup('<time datetime="{}" title="{}">{}</time>')


class Times:
    """In India, in the words of one language."""

    def __init__(self, t: Texts) -> None:
        self._t = t
        self._date = formats(t)["day"]

    def clock(self, moment: datetime) -> str:
        """14:05."""
        return f"{moment.astimezone(INDIA):%H:%M}"

    def lasted(self, seconds: float) -> str:
        """ "under a minute", "48 min", "1 h 52 min", "3 days": the two largest units up to a day."""
        if seconds < MINUTE:
            return str(self._t("time.moment"))
        if seconds >= DAY:
            return str(self._t.count("time.days", int(seconds // DAY))).replace(" ", NBSP)
        hours, minutes = divmod(int(seconds // MINUTE), HOUR // MINUTE)
        parts = ((hours, "unit.hour"), (minutes, "unit.minute"))
        return NBSP.join(f"{number}{NBSP}{self._t(unit)}" for number, unit in parts if number)

    def since(self, moment: datetime, before: str = "") -> Markup:
        """How long it is ago: "just now", "12 min", with a word before what is longer than a minute."""
        seconds = (utc_now() - moment).total_seconds()
        now = str(self._t("time.now"))
        return self._exact(moment, now if seconds < MINUTE else f"{before}{self.lasted(seconds)}")

    def when(self, moment: datetime) -> Markup:
        """just now; 12 min ago; today, 09:05; yesterday, 21:40; 24 Nov, 14:00; 3 Feb 2025."""
        return self._exact(moment, self._said(moment.astimezone(INDIA), utc_now().astimezone(INDIA)))

    def month(self, iso: str) -> str:
        """November 2026, of text that begins with it as ISO 8601 has it."""
        return f"{self._t(f'month_long.{int(iso[5:7])}')}{NBSP}{iso[:4]}"

    def _said(self, moment: datetime, now: datetime) -> str:
        passed = (now - moment).total_seconds()
        if 0 <= passed < MINUTE:
            return str(self._t("time.now"))
        if 0 <= passed < HOUR:
            return str(self._t("time.ago", span=self.lasted(passed)))
        for days, key in enumerate(("time.today", "time.yesterday")):
            if moment.date() == now.date() - timedelta(days=days):
                return str(self._t(key, clock=self.clock(moment)))
        return f"{self._day(moment)}, {self.clock(moment)}" if moment.year == now.year else self._date(moment)

    def _exact(self, moment: datetime, said: str) -> Markup:
        """With the second in India and in UTC for whoever points at it."""
        india, utc = moment.astimezone(INDIA), moment.astimezone(UTC)
        title = f"{self._date(india)}, {india:%H:%M:%S} IST; {utc:%Y-%m-%d %H:%M:%S} UTC"
        return ELEMENT.format(utc.isoformat(timespec="seconds"), title, said)

    def _day(self, india: datetime) -> str:
        return f"{india.day}{NBSP}{self._t(f'month.{india.month}')}"


def times(t: Texts) -> dict[str, Callable[..., Any]]:
    """More of the template filters of one language."""
    of = Times(t)
    names = ("clock", "lasted", "since", "when", "month")
    return {**{name: getattr(of, name) for name in names}, "initials": initials}


def initials(name: str) -> str:
    """ "Meera Anand" → "MA"."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()
