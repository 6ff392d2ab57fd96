"""Every page. `GET /` is the API's as well: who asks for JSON gets the health check."""

from collections.abc import Iterator

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute

from app.config.settings import AppEnv, Settings
from app.web import (
    ask,
    compare,
    components,
    detail,
    home,
    preferences,
    reading,
    results,
    search_engines,
    share_card,
    shortlist,
    static_files,
)
from app.web.admin import (
    account,
    audit,
    dashboard,
    deliveries,
    editor,
    imports,
    leads,
    listings,
    live,
    photos,
    questions,
    users,
)
from app.web.forms import forms_only, refuse_foreign_forms
from app.web.session import LoginNeeded, on_login_needed

ADMIN: tuple[APIRouter, ...] = tuple(
    part.router
    for part in (
        account,
        dashboard,
        listings,
        editor,
        live,
        photos,
        leads,
        imports,
        deliveries,
        questions,
        audit,
        users,
    )
)
PAGES: tuple[APIRouter, ...] = (
    home.router,
    results.router,
    detail.router,
    ask.router,
    shortlist.router,
    compare.router,
    reading.router,
    share_card.router,
    search_engines.router,
    preferences.router,
    static_files.router,
    *ADMIN,
)
IN_DEVELOPMENT: tuple[APIRouter, ...] = (components.router,)


def add_pages(app: FastAPI) -> None:
    settings: Settings = app.state.settings
    shown = PAGES if settings.app_env is AppEnv.PRODUCTION else (*PAGES, *IN_DEVELOPMENT)
    for router in shown:
        app.include_router(router, dependencies=[Depends(refuse_foreign_forms), Depends(forms_only)])
    app.add_exception_handler(LoginNeeded, on_login_needed)


def routes_of_pages() -> Iterator[tuple[str, str]]:
    """Method and path of each."""
    for router in (*PAGES, *IN_DEVELOPMENT):
        for route in router.routes:
            assert isinstance(route, APIRoute)  # noqa: S101 - nothing else is added to them
            yield from ((method, route.path) for method in route.methods or ())
