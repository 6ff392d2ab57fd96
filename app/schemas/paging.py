"""Numbered pages, the same for every list."""

from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from app.core.exceptions import InvalidInputError
from app.schemas.base import RequestModel, refused

MAX_DEPTH = 10_000


def check_depth(page: int, per_page: int) -> None:
    if page * per_page > MAX_DEPTH:
        raise refused(("page", f"is more than {MAX_DEPTH:,} results deep; narrow the answers instead"))


class PageQuery(RequestModel):
    page: Annotated[int, Field(ge=1, le=MAX_DEPTH)] = 1
    per_page: Annotated[int, Field(ge=1, le=100)] = 20

    @model_validator(mode="after")
    def _check_depth(self) -> Self:
        check_depth(self.page, self.per_page)
        return self

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.per_page


class Paged(BaseModel):
    """What every page says about itself; a list adds its `items`."""

    total_count: int
    page: int
    per_page: int
    total_pages: int
    has_next: bool
    has_prev: bool

    @classmethod
    def of(cls, total_count: int, query: PageQuery) -> "Paged":
        """Raises InvalidInputError when there is no such page."""
        pages = -(-total_count // query.per_page)
        if query.page > max(pages, 1):
            raise InvalidInputError("page", f"the last page is {max(pages, 1)}", location="query")
        return Paged(
            total_count=total_count,
            page=query.page,
            per_page=query.per_page,
            total_pages=pages,
            has_next=query.page < pages,
            has_prev=query.page > 1,
        )
