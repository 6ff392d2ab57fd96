"""The public contract: names, paths, documented errors, and who may call what."""

from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI

from app.config.database import Database
from app.config.settings import Settings
from app.core.ids import new_id
from app.core.vocabulary import UserRole
from app.main import create_app
from app.schemas.auth import LoginRequest
from app.schemas.base import RequestModel
from app.schemas.properties import PropertyCreate, PropertyInput
from app.schemas.search import CountRequest, GuidedSearchRequest
from app.tests.conftest import client_of

# Every method and path clients may rely on. A new route belongs here and in ACCESS.
PUBLISHED = {
    "GET /",
    "GET /health",
    "GET /health/live",
    "GET /health/ready",
    "POST /api/v1/auth/login",
    "GET /api/v1/auth/me",
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/password",
    "GET /api/v1/search/questions",
    "POST /api/v1/search/guided",
    "POST /api/v1/search/count",
    "GET /api/v1/properties/{property_id}",
    "GET /api/v1/admin/properties",
    "POST /api/v1/admin/properties",
    "GET /api/v1/admin/properties/{property_id}",
    "PUT /api/v1/admin/properties/{property_id}",
    "DELETE /api/v1/admin/properties/{property_id}",
    "PATCH /api/v1/admin/properties/{property_id}/status",
    "POST /api/v1/admin/properties/{property_id}/restore",
}
ANYONE = frozenset[UserRole]()
SIGNED_IN = frozenset(UserRole)
ADMINS = frozenset({UserRole.SUPER_ADMIN, UserRole.ADMIN})
# Who may call each route; ANYONE needs no token.
ACCESS = {
    "GET /": ANYONE,
    "GET /health": ANYONE,
    "GET /health/live": ANYONE,
    "GET /health/ready": ANYONE,
    "POST /api/v1/auth/login": ANYONE,
    "GET /api/v1/auth/me": SIGNED_IN,
    "POST /api/v1/auth/logout": SIGNED_IN,
    "POST /api/v1/auth/password": SIGNED_IN,
    "GET /api/v1/search/questions": ANYONE,
    "POST /api/v1/search/guided": ANYONE,
    "POST /api/v1/search/count": ANYONE,
    "GET /api/v1/properties/{property_id}": ANYONE,
    "GET /api/v1/admin/properties": SIGNED_IN,
    "POST /api/v1/admin/properties": ADMINS,
    "GET /api/v1/admin/properties/{property_id}": SIGNED_IN,
    "PUT /api/v1/admin/properties/{property_id}": ADMINS,
    "DELETE /api/v1/admin/properties/{property_id}": ADMINS,
    "PATCH /api/v1/admin/properties/{property_id}/status": ADMINS,
    "POST /api/v1/admin/properties/{property_id}/restore": ADMINS,
}
WITHOUT_DATABASE = {"GET /", "GET /health", "GET /health/live", "GET /health/ready"}


def operations(app: FastAPI) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each documented operation, by "METHOD /path"."""
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_published_route_exists_and_no_other_does(app: FastAPI) -> None:
    assert {name for name, _ in operations(app)} == PUBLISHED


def test_every_route_is_in_the_description_or_serves_it(app: FastAPI) -> None:
    described = {name.split(" ")[1] for name, _ in operations(app)}
    helpers = {"/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc", "/static-offline-docs"}
    seen = set()
    for route in app.routes:
        contexts = getattr(route, "effective_route_contexts", None)
        seen |= {context.path for context in contexts()} if contexts else {getattr(route, "path", repr(route))}
    assert seen - helpers == described


async def test_docs_can_be_closed(settings: Settings, database: Database) -> None:
    closed = settings.model_copy(update={"docs_enabled": False})
    served = ["/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect", "/static-offline-docs/swagger-ui.css"]
    for given, status in ((settings, 200), (closed, 404)):
        async with client_of(create_app(given, database)) as client:
            assert {(await client.get(path)).status_code for path in served} == {status}
            for link in (await client.get("/")).json()["links"].values():
                assert (await client.get(link)).status_code == 200


def test_operation_ids_and_summaries(app: FastAPI) -> None:
    found = [operation for _, operation in operations(app)]
    assert len({operation["operationId"] for operation in found}) == len(found)
    assert all(operation["summary"] for operation in found)


def test_every_operation_documents_its_errors(app: FastAPI) -> None:
    problem = {"$ref": "#/components/schemas/Problem"}
    for name, operation in operations(app):
        expected = set() if name in WITHOUT_DATABASE else {"503"}
        if "requestBody" in operation:
            expected |= {"408", "413", "415", "422"}
        if operation.get("parameters"):
            expected |= {"422"}
        if ACCESS[name] != ANYONE:
            expected |= {"401"}
        if ACCESS[name] == ADMINS or "/admin/" in name:
            expected |= {"403"}
        if "{" in name:
            expected |= {"404"}
        assert expected <= operation["responses"].keys(), name
        for status, answer in operation["responses"].items():
            if int(status) >= 400 and name not in WITHOUT_DATABASE:
                assert answer["content"]["application/problem+json"]["schema"] == problem, (name, status)


def test_access_table_is_complete(app: FastAPI) -> None:
    assert {name for name, _ in operations(app)} == ACCESS.keys()


def test_protected_operations_name_their_security(app: FastAPI) -> None:
    for name, operation in operations(app):
        assert bool(operation.get("security")) == (ACCESS[name] != ANYONE), name


@pytest.mark.parametrize("role", [None, *UserRole])
async def test_who_may_call_what(
    client: httpx.AsyncClient, headers: dict[UserRole, dict[str, str]], role: UserRole | None
) -> None:
    """Bodies are empty and ids unknown: what is let in is refused for that reason, never with 401 or 403."""
    # Logging out last, so that the token lives until then.
    for name, allowed in sorted(ACCESS.items(), key=lambda entry: "logout" in entry[0]):
        method, path = name.split(" ")
        answer = await client.request(
            method, path.replace("{property_id}", str(new_id())), headers=headers[role] if role else {}
        )
        if allowed == ANYONE or role in allowed:
            assert answer.status_code not in {401, 403}, (name, role)
        else:
            assert answer.status_code == (403 if role else 401), (name, role)
        assert answer.status_code < 500, (name, role)


@pytest.mark.parametrize("model", [GuidedSearchRequest, CountRequest, LoginRequest, PropertyInput, PropertyCreate])
def test_the_example_that_swagger_offers_is_accepted(app: FastAPI, model: type[RequestModel]) -> None:
    (example,) = app.openapi()["components"]["schemas"][model.__name__]["examples"]
    model.model_validate_json(orjson.dumps(example))
