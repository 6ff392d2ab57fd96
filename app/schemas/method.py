"""How each number is made."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from app.schemas.costs import CostRates


class MethodEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str = Field(description="What answers and pages refer to", examples=["compass.heat"])
    title: str
    method: str
    formula: str | None = None
    inputs: list[str]
    data_sources: list[str]
    limits: list[str] = Field(description="What it does not say")
    as_of: date | None = Field(
        default=None, description="Date of the data it rests on; null where each answer carries its own or none is used"
    )
    version: int = Field(description="Raised when the method changes")


class RankPart(BaseModel):
    key: str
    weight: float = Field(description="Only the ratio to the other weights matters")
    method: str


class MethodDocument(BaseModel):
    entries: list[MethodEntry]
    rank_parts: list[RankPart]
    cost_rates: CostRates
