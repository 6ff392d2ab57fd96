"""A range of days, the same for every list that takes one."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from app.schemas.base import RequestModel, refused

Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))]


class Days(RequestModel):
    date_from: Day | None = Field(default=None, description="The first day, in Noida")
    date_to: Day | None = Field(default=None, description="The last day")

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        if self.date_from and self.date_to and self.date_to < self.date_from:
            raise refused(("date_to", "must not lie before date_from"))
        return self
