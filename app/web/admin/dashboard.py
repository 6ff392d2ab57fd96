"""Today: what waits first, how soon people are answered, what visitors look for and do not find."""

from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Response

from app.core.clock import INDIA, utc_now
from app.core.price_bands import BANDS, band_end
from app.core.vocabulary import InquiryStatus, ListingType, PropertyType
from app.schemas.admin_inquiries import InquiryQuery
from app.schemas.analytics import Analytics, AnalyticsQuery, DemandAndSupply
from app.services import analytics, leads, overview
from app.services.search import FEW
from app.web.admin.panel import Panel, StaffPanelDep
from app.web.drawings.bricks import round_share
from app.web.drawings.laid import ROW_BRICKS, Column, columns, row

router = APIRouter()
RANGES = {"1": "Today", "7": "7 days", "30": "30 days"}
WAITING_SHOWN, UNMET_SHOWN, VIEWED_SHOWN = 6, 5, 5
GOAL_MINUTES, MINUTE = 30, 60
# Searches per listed home from which a field is drawn hotter.
HEATS = (0.25, 1, 3, 10)


@router.get("/admin", include_in_schema=False)
async def today(panel: StaffPanelDep) -> Response:
    """Agents see their own leads; what visitors did is for admins."""
    days = panel.request.query_params.get("days", "1")
    days = days if days in RANGES else "1"
    now = utc_now()
    async with panel.reading() as session:
        new = InquiryQuery(status=InquiryStatus.NEW, sort="created_at", per_page=WAITING_SHOWN)
        waiting = await leads.search(session, panel.user, new)
        answers = await overview.first_answers(session, panel.user, now)
        figures = None
        if panel.is_admin:
            first = (now - timedelta(days=int(days) - 1)).astimezone(INDIA).date()
            figures = await analytics.read(session, AnalyticsQuery(date_from=first), now)
    bars = [_column(each.day, each.median_seconds, is_now=each is answers[-1]) for each in answers]
    return await panel.page(
        "dashboard.html",
        today=now.astimezone(INDIA),
        now=now,
        days=days,
        ranges=RANGES,
        unanswered=waiting,
        answers=answers,
        chart=columns(bars, GOAL_MINUTES),
        goal=GOAL_MINUTES,
        figures=figures,
        **(_shown(panel, figures) if figures else {}),
    )


def _column(day: date, seconds: float | None, *, is_now: bool) -> Column:
    return Column(f"{day:%a}", None if seconds is None else seconds / MINUTE, is_now)


def _shown(panel: Panel, figures: Analytics) -> dict[str, Any]:
    """What is drawn of the figures: the funnel, and demand beside supply in the purpose asked for."""
    funnel = figures.funnel
    steps = (
        ("Searched", funnel.searched, None),
        ("Read a home", funnel.searched_viewed, funnel.view_rate),
        ("Asked", funnel.searched_viewed_inquired, funnel.inquiry_rate),
    )
    share = round_share(funnel.searched, ROW_BRICKS)
    purpose = ListingType.RENT if panel.request.query_params.get("for") == "rent" else ListingType.SALE
    demand = {(each.property_type, each.price_from): each for each in figures.demand if each.listing_type is purpose}
    return {
        "steps": [(label, count, rate, row(count, share)) for label, count, rate in steps],
        "visitors_per_brick": share,
        "purpose": purpose,
        "purposes": list(ListingType),
        "bands": [
            (start, band_end(purpose, start))
            for start in BANDS[purpose]
            if any((kind, start) in demand for kind in PropertyType)
        ],
        "kinds": list(PropertyType),
        "demand": demand,
        "heat": heat,
        "unmet": figures.unmet_demand[:UNMET_SHOWN],
        "few": FEW,
        "viewed": figures.properties[:VIEWED_SHOWN],
    }


def heat(each: DemandAndSupply | None) -> int:
    """0 for what nobody searched, to 4 for many searches with hardly a home."""
    if each is None or not each.searches:
        return 0
    ratio = each.searches / max(each.homes, 1)
    return sum(ratio >= limit for limit in HEATS) if each.homes else len(HEATS)
