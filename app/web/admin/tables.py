"""Lists with filters in the address: what was typed, what was found, or which rule was broken."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from app.config.database import ReadSession
from app.core.exceptions import InvalidInputError
from app.schemas.paging import Paged, PageQuery
from app.web.admin.forms import FormRefusedError, address, checked, filled, problems_of
from app.web.admin.panel import Panel

UNPROCESSABLE = 422
Q = TypeVar("Q", bound=PageQuery)


def typed_filters(panel: Panel, names: Sequence[str]) -> dict[str, str]:
    return {name: panel.request.query_params.get(name, "") for name in names}


async def table(
    panel: Panel,
    path: str,
    names: Sequence[str],
    model: type[Q],
    search: Callable[[ReadSession, Q], Awaitable[Paged]],
    per_page: int,
) -> dict[str, Any]:
    """What the template of a list is given. `found` is None when a filter breaks a rule; `to` makes other addresses."""
    typed = typed_filters(panel, names)
    found, problems = None, {}
    try:
        query = checked(model, filled(typed) | {"per_page": per_page})
        async with panel.reading() as session:
            found = await search(session, query)
    except (FormRefusedError, InvalidInputError) as refused:
        problems = problems_of(refused)
    return {
        "typed": typed,
        "found": found,
        "problems": problems,
        "status": UNPROCESSABLE if problems else 200,
        "to": partial(address, path, typed),
    }
