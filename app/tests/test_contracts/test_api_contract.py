"""The public contract: names, paths, documented errors, and who may call what."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI
from pydantic import TypeAdapter

from app.api.errors import Problem
from app.config.database import Database, create_database
from app.config.settings import Settings
from app.core.ids import new_id
from app.core.vocabulary import UserRole
from app.infrastructure.queue.memory import MemoryQueue
from app.main import create_app
from app.schemas.auth import LoginRequest, UserCreate
from app.schemas.base import RequestModel
from app.schemas.inquiries import InquiryRequest
from app.schemas.properties import PropertyCreate, PropertyInput
from app.schemas.questions import QuestionsConfig
from app.schemas.search import CountRequest, GuidedSearchBody, GuidedSearchRequest, PlainWordsRequest
from app.services.geography import PlaceKind
from app.tests.conftest import client_of, settings_for
from app.web.router import routes_of_pages

# Every method and path clients may rely on. A new route belongs here and in ACCESS.
PUBLISHED = {
    "GET /",
    "GET /health",
    "GET /health/live",
    "GET /health/ready",
    "GET /metrics",
    "POST /api/v1/auth/login",
    "GET /api/v1/auth/me",
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/password",
    "GET /api/v1/search/questions",
    "POST /api/v1/search/guided",
    "POST /api/v1/search/count",
    "GET /api/v1/properties/{property_id}",
    "GET /api/v1/properties/{property_id}/similar",
    "GET /api/v1/properties/{property_id}/prices",
    "GET /api/v1/properties/{property_id}/widgets/compass.{extension}",
    "GET /api/v1/properties/{property_id}/widgets/price.{extension}",
    "GET /api/v1/properties/{property_id}/widgets/nearby.{extension}",
    "GET /api/v1/properties/{property_id}/costs",
    "GET /api/v1/method",
    "POST /api/v1/inquiries",
    "GET /api/v1/inquiries/notice",
    "GET /api/v1/admin/properties",
    "POST /api/v1/admin/properties",
    "GET /api/v1/admin/properties/export",
    "POST /api/v1/admin/properties/import",
    "GET /api/v1/admin/properties/{property_id}",
    "PUT /api/v1/admin/properties/{property_id}",
    "DELETE /api/v1/admin/properties/{property_id}",
    "PATCH /api/v1/admin/properties/{property_id}/status",
    "POST /api/v1/admin/properties/{property_id}/restore",
    "GET /api/v1/admin/inquiries",
    "GET /api/v1/admin/inquiries/{inquiry_id}",
    "PATCH /api/v1/admin/inquiries/{inquiry_id}/status",
    "POST /api/v1/admin/inquiries/{inquiry_id}/notes",
    "PATCH /api/v1/admin/inquiries/{inquiry_id}/assignment",
    "GET /api/v1/admin/inquiries/export",
    "POST /api/v1/admin/privacy/export",
    "POST /api/v1/admin/privacy/erasure",
    "GET /api/v1/admin/users",
    "POST /api/v1/admin/users",
    "PATCH /api/v1/admin/users/{user_id}",
    "GET /api/v1/admin/analytics",
    "GET /api/v1/admin/deliveries",
    "POST /api/v1/admin/deliveries/{delivery_id}/replay",
    "GET /api/v1/admin/questions",
    "PUT /api/v1/admin/questions",
    "GET /api/v1/admin/audit",
    "POST /api/v1/admin/properties/{property_id}/images",
    "PATCH /api/v1/admin/images/{image_id}",
    "DELETE /api/v1/admin/images/{image_id}",
    "GET /media/{key}",
    "POST /api/v1/admin/images/{image_id}/enhance",
    "GET /api/v1/admin/images/{image_id}/enhancements",
    "POST /api/v1/admin/enhancements/{enhancement_id}/publish",
    "POST /api/v1/admin/enhancements/{enhancement_id}/discard",
    "POST /api/v1/webhooks/ai-enhancement",
}
ANYONE = frozenset[UserRole]()
SIGNED_IN = frozenset(UserRole)
ADMINS = frozenset({UserRole.SUPER_ADMIN, UserRole.ADMIN})
SUPER_ADMINS = frozenset({UserRole.SUPER_ADMIN})
# Who may call each route; ANYONE needs no token.
ACCESS = {
    "GET /": ANYONE,
    "GET /health": ANYONE,
    "GET /health/live": ANYONE,
    "GET /health/ready": ANYONE,
    "GET /metrics": ANYONE,
    "POST /api/v1/auth/login": ANYONE,
    "GET /api/v1/auth/me": SIGNED_IN,
    "POST /api/v1/auth/logout": SIGNED_IN,
    "POST /api/v1/auth/password": SIGNED_IN,
    "GET /api/v1/search/questions": ANYONE,
    "POST /api/v1/search/guided": ANYONE,
    "POST /api/v1/search/count": ANYONE,
    "GET /api/v1/properties/{property_id}": ANYONE,
    "GET /api/v1/properties/{property_id}/similar": ANYONE,
    "GET /api/v1/properties/{property_id}/prices": ANYONE,
    "GET /api/v1/properties/{property_id}/widgets/compass.{extension}": ANYONE,
    "GET /api/v1/properties/{property_id}/widgets/price.{extension}": ANYONE,
    "GET /api/v1/properties/{property_id}/widgets/nearby.{extension}": ANYONE,
    "GET /api/v1/properties/{property_id}/costs": ANYONE,
    "GET /api/v1/method": ANYONE,
    "POST /api/v1/inquiries": ANYONE,
    "GET /api/v1/inquiries/notice": ANYONE,
    "GET /api/v1/admin/properties": SIGNED_IN,
    "POST /api/v1/admin/properties": ADMINS,
    "GET /api/v1/admin/properties/export": ADMINS,
    "POST /api/v1/admin/properties/import": ADMINS,
    "GET /api/v1/admin/properties/{property_id}": SIGNED_IN,
    "PUT /api/v1/admin/properties/{property_id}": ADMINS,
    "DELETE /api/v1/admin/properties/{property_id}": ADMINS,
    "PATCH /api/v1/admin/properties/{property_id}/status": ADMINS,
    "POST /api/v1/admin/properties/{property_id}/restore": ADMINS,
    "GET /api/v1/admin/inquiries": SIGNED_IN,
    "GET /api/v1/admin/inquiries/{inquiry_id}": SIGNED_IN,
    "PATCH /api/v1/admin/inquiries/{inquiry_id}/status": SIGNED_IN,
    "POST /api/v1/admin/inquiries/{inquiry_id}/notes": SIGNED_IN,
    "PATCH /api/v1/admin/inquiries/{inquiry_id}/assignment": ADMINS,
    "GET /api/v1/admin/inquiries/export": ADMINS,
    "POST /api/v1/admin/privacy/export": SUPER_ADMINS,
    "POST /api/v1/admin/privacy/erasure": SUPER_ADMINS,
    "GET /api/v1/admin/users": SUPER_ADMINS,
    "POST /api/v1/admin/users": SUPER_ADMINS,
    "PATCH /api/v1/admin/users/{user_id}": SUPER_ADMINS,
    "GET /api/v1/admin/analytics": ADMINS,
    "GET /api/v1/admin/deliveries": ADMINS,
    "POST /api/v1/admin/deliveries/{delivery_id}/replay": ADMINS,
    "GET /api/v1/admin/questions": SUPER_ADMINS,
    "PUT /api/v1/admin/questions": SUPER_ADMINS,
    "GET /api/v1/admin/audit": ADMINS,
    "POST /api/v1/admin/properties/{property_id}/images": ADMINS,
    "PATCH /api/v1/admin/images/{image_id}": ADMINS,
    "DELETE /api/v1/admin/images/{image_id}": ADMINS,
    "GET /media/{key}": ANYONE,
    "POST /api/v1/admin/images/{image_id}/enhance": ADMINS,
    "GET /api/v1/admin/images/{image_id}/enhancements": SIGNED_IN,
    "POST /api/v1/admin/enhancements/{enhancement_id}/publish": ADMINS,
    "POST /api/v1/admin/enhancements/{enhancement_id}/discard": ADMINS,
    "POST /api/v1/webhooks/ai-enhancement": ANYONE,
}
# Needs no token and takes none: the body is signed.
BY_SIGNATURE = {"POST /api/v1/webhooks/ai-enhancement"}
# Adds to what is there, or says itself in which state it may be done, and so overwrites nothing.
ADDING = {
    "POST /api/v1/admin/properties/{property_id}/images",
    "POST /api/v1/admin/images/{image_id}/enhance",
    "POST /api/v1/admin/enhancements/{enhancement_id}/publish",
    "POST /api/v1/admin/enhancements/{enhancement_id}/discard",
    "POST /api/v1/admin/inquiries/{inquiry_id}/notes",
    "POST /api/v1/admin/deliveries/{delivery_id}/replay",
}
WITHOUT_DATABASE = {
    *("GET /", "GET /health", "GET /health/live", "GET /health/ready"),
    *("GET /api/v1/method", "GET /api/v1/inquiries/notice"),
}


@pytest.fixture(scope="module")
def described() -> FastAPI:
    """The app with its description, which takes half a second to make and which no test changes."""
    settings = settings_for("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    return create_app(settings, create_database(settings), MemoryQueue())


def operations(app: FastAPI) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each documented operation, by "METHOD /path"."""
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_published_route_exists_and_no_other_does(described: FastAPI) -> None:
    assert {name for name, _ in operations(described)} == PUBLISHED


def test_every_route_is_in_the_description_or_serves_it(described: FastAPI) -> None:
    paths = {name.split(" ")[1] for name, _ in operations(described)}
    helpers = {"/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc", "/static-offline-docs"}
    pages = {path.replace(":path}", "}") for _, path in routes_of_pages()} - {"/"}
    seen: set[str] = set()
    for route in described.routes:
        contexts = getattr(route, "effective_route_contexts", None)
        seen |= {context.path for context in contexts()} if contexts else {getattr(route, "path", repr(route))}
    assert {path.replace(":path}", "}") for path in seen} - helpers - pages == paths


async def test_docs_can_be_closed(settings: Settings, database: Database) -> None:
    closed = settings.model_copy(update={"docs_enabled": False})
    served = ["/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect", "/static-offline-docs/swagger-ui.css"]
    for given, status in ((settings, 200), (closed, 404)):
        async with client_of(create_app(given, database)) as client:
            assert {(await client.get(path)).status_code for path in served} == {status}
            for link in (await client.get("/")).json()["links"].values():
                assert (await client.get(link)).status_code == 200


def test_operation_ids_summaries_and_descriptions(described: FastAPI) -> None:
    found = [operation for _, operation in operations(described)]
    assert len({operation["operationId"] for operation in found}) == len(found)
    for operation in found:
        assert operation["summary"]
        assert operation.get("description"), operation["operationId"]


def test_every_error_is_shown_by_an_example_of_its_own(described: FastAPI) -> None:
    shown = {}
    for name, operation in operations(described):
        for status, answer in operation["responses"].items():
            if int(status) >= 400 and name not in WITHOUT_DATABASE:
                example = answer["content"]["application/problem+json"]["example"]
                assert example["status"] == int(status)
                assert ("errors" in example) == (status == "422")
                Problem.model_validate(example)
                shown[status] = example["type"]
    assert len(set(shown.values())) == len(shown) == 12
    assert shown["404"] == "/problems/not-found"


def test_only_what_can_be_stale_takes_if_match(described: FastAPI) -> None:
    taking = {
        name
        for name, operation in operations(described)
        if any(parameter["name"].lower() == "if-match" for parameter in operation.get("parameters", ()))
    }
    changing = {name for name in ACCESS if "/admin/" in name and "{" in name and not name.startswith("GET")}
    assert taking == changing - ADDING | {"PUT /api/v1/admin/questions"}


def test_every_kind_of_place_is_described(described: FastAPI) -> None:
    kind = described.openapi()["components"]["schemas"]["PlaceApplied"]["properties"]["kind"]
    assert re.findall(r"[a-z_]+", kind["description"].partition(";")[0]) == [each.value for each in PlaceKind]


def test_every_operation_documents_its_errors(described: FastAPI) -> None:
    problem = {"$ref": "#/components/schemas/Problem"}
    for name, operation in operations(described):
        expected = set() if name in WITHOUT_DATABASE else {"503"}
        if "requestBody" in operation:
            expected |= {"408", "413", "415", "422"}
        if operation.get("parameters"):
            expected |= {"422"}
        if ACCESS[name] != ANYONE or name in BY_SIGNATURE:
            expected |= {"401"}
        if ACCESS[name] == ADMINS or "/admin/" in name:
            expected |= {"403"}
        if "{" in name:
            expected |= {"404"}
        assert expected <= operation["responses"].keys(), name
        for status, answer in operation["responses"].items():
            if int(status) >= 400 and name not in WITHOUT_DATABASE:
                assert answer["content"]["application/problem+json"]["schema"] == problem, (name, status)


def test_access_table_is_complete(described: FastAPI) -> None:
    assert {name for name, _ in operations(described)} == ACCESS.keys()


def test_protected_operations_name_their_security(described: FastAPI) -> None:
    for name, operation in operations(described):
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
            method, re.sub(r"{\w+}", str(new_id()), path), headers=headers[role] if role else {}
        )
        if name in BY_SIGNATURE:
            assert answer.status_code == 401, (name, role)
        elif allowed == ANYONE or role in allowed:
            assert answer.status_code not in {401, 403}, (name, role)
        else:
            assert answer.status_code == (403 if role else 401), (name, role)
        assert answer.status_code < 500, (name, role)


@pytest.mark.parametrize(
    "model",
    [
        *(GuidedSearchRequest, PlainWordsRequest, CountRequest, LoginRequest, InquiryRequest),
        *(PropertyInput, PropertyCreate, UserCreate, QuestionsConfig),
    ],
)
def test_the_example_that_swagger_offers_is_accepted(described: FastAPI, model: type[RequestModel]) -> None:
    (example,) = described.openapi()["components"]["schemas"][model.__name__]["examples"]
    model.model_validate_json(orjson.dumps(example))


def test_guided_search_is_described_by_answers_or_by_words(described: FastAPI) -> None:
    body = described.openapi()["paths"]["/api/v1/search/guided"]["post"]["requestBody"]["content"]["application/json"]
    assert [each["$ref"].rpartition("/")[2] for each in body["schema"]["anyOf"]] == [
        "GuidedSearchRequest",
        "PlainWordsRequest",
    ]
    schemas = described.openapi()["components"]["schemas"]
    assert schemas["GuidedSearchRequest"]["required"] == ["budget_min", "budget_max", "property_type"]
    assert schemas["PlainWordsRequest"]["required"] == ["q"]
    for example in body["examples"].values():
        TypeAdapter[object](GuidedSearchBody).validate_python(example["value"])
