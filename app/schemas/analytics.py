"""What visitors did, as admins see it."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from app.core.vocabulary import ListingType, PropertyType
from app.schemas.base import RequestModel
from app.schemas.days import Day


class AnalyticsQuery(RequestModel):
    date_from: Day | None = Field(default=None, description="The first day, in Noida; six days before the last")
    date_to: Day | None = Field(default=None, description="The last day; today")


class Activity(BaseModel):
    searches: int
    views: int = Field(description="Once per visitor, home and half hour")
    inquiries: int


class Activities(Activity):
    suggestions_taken: int


class Visitors(BaseModel):
    """Each counts once a day; nothing connects the days."""

    visitors: int
    searched: int
    viewed: int
    inquired: int
    searched_viewed: int = Field(description="Searched and viewed a home on the same day")
    searched_viewed_inquired: int


class AnalyticsDayFigures(Activities, Visitors):
    day: date


class HourFigures(Activity):
    hour: int = Field(ge=0, le=23, description="In Noida: 9 is from 9 to 10")


class Funnel(Visitors):
    view_rate: float | None = Field(description="Of the visitors who searched, the share who viewed; null without any")
    inquiry_rate: float | None = Field(description="Of those, the share who inquired")


class Demand(BaseModel):
    """Searches whose largest price lies in the band."""

    listing_type: ListingType
    property_type: PropertyType
    price_from: int = Field(description="Rupees, exclusive")
    price_to: int | None = Field(description="Inclusive; null: no end")
    searches: int
    few: int = Field(description="Searches that found fewer than six homes")
    none: int = Field(description="Those among them that found no home")


class DemandAndSupply(Demand):
    homes: int = Field(description="Homes listed now at a price in the band")


class UnmetDemand(Demand):
    bhk: int | None
    place: str | None = Field(description="As it is called, however it was typed")


class ViewedProperty(BaseModel):
    id: UUID
    title: str
    is_listed: bool
    views: int
    inquiries: int


class Responses(BaseModel):
    received: int
    answered: int = Field(description="Of these; answered is when an inquiry first leaves `new`")
    median_seconds: float | None = Field(description="From receipt to answer; null when none was answered")
    p90_seconds: float | None
    waiting: int = Field(description="Inquiries of any day that wait now")
    oldest_waiting_seconds: float | None


class Enhancements(BaseModel):
    under_way: int
    oldest_seconds: float | None = Field(description="Age of the oldest under way")
    completed: int
    failed: int
    timeout: int
    rejected: int
    discarded: int
    median_seconds: float | None = Field(description="From asking for one to its picture")


class Analytics(BaseModel):
    date_from: date
    date_to: date
    as_of: datetime | None = Field(
        description="When the newest of these days was last counted, hourly; null: none of them was. Responses and "
        "enhancements are as of now"
    )
    totals: Activities
    funnel: Funnel
    days: list[AnalyticsDayFigures] = Field(description="Those that were counted")
    hours_of_day: list[HourFigures] = Field(description="Those in which anything happened")
    demand: list[DemandAndSupply]
    unmet_demand: list[UnmetDemand] = Field(description="The 20 most frequent that found few homes")
    properties: list[ViewedProperty] = Field(description="The 20 most viewed")
    responses: Responses
    enhancements: Enhancements
