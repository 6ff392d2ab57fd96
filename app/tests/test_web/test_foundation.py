"""What all pages share: who may open them, their policy, switches, files and errors."""

import re

import httpx
import pytest
from fastapi import FastAPI, Response

from app.config.database import Database
from app.config.settings import AppEnv, Settings
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import Language, UserRole
from app.main import create_app
from app.tests.conftest import ROOT, client_of, settings_for
from app.tests.factories import auth_headers, make_user
from app.web.assets import FOLDER, STYLES, assets
from app.web.drawings.street import WINDOWS, homes_per_window
from app.web.language import texts
from app.web.pages import TEMPLATES, content_security_policy
from app.web.preferences import local_path
from app.web.router import routes_of_pages
from app.web.session import AdminPageDep, StaffPageDep, sign_in

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
ANYONE = None
STAFF = frozenset(UserRole)
ADMINS = frozenset({UserRole.ADMIN, UserRole.SUPER_ADMIN})
SUPERS = frozenset({UserRole.SUPER_ADMIN})
# Who may open each page: anyone, or the roles that may; the others are sent to the login page or told 403.
PAGES: dict[str, frozenset[UserRole] | None] = {
    "GET /": ANYONE,
    "GET /count": ANYONE,
    "GET /homes": ANYONE,
    "GET /homes/more": ANYONE,
    "GET /homes/count": ANYONE,
    "GET /homes/change/{question}": ANYONE,
    "GET /homes/{property_id:uuid}": ANYONE,
    "GET /homes/{property_id:uuid}/sun": ANYONE,
    "GET /homes/{property_id:uuid}/around": ANYONE,
    "GET /homes/{property_id:uuid}/costs": ANYONE,
    "GET /homes/{property_id:uuid}/qr.svg": ANYONE,
    "POST /homes/{property_id:uuid}/ask": ANYONE,
    "GET /homes/{property_id:uuid}/ask": ANYONE,
    "GET /homes/{property_id:uuid}/mistake": ANYONE,
    "GET /homes/{property_id:uuid}/asked": ANYONE,
    "POST /shortlist": ANYONE,
    "GET /shortlist": ANYONE,
    "GET /compare": ANYONE,
    "GET /homes/{property_id:uuid}/card.png": ANYONE,
    "GET /method": ANYONE,
    "GET /privacy": ANYONE,
    "GET /about": ANYONE,
    "GET /robots.txt": ANYONE,
    "GET /sitemap.xml": ANYONE,
    "GET /sitemap/{part}.xml": ANYONE,
    "POST /preferences": ANYONE,
    "GET /static/{name:path}": ANYONE,
    "GET /admin/components": ANYONE,
    "GET /admin/login": ANYONE,
    "POST /admin/login": ANYONE,
    "GET /admin/account": STAFF,
    "POST /admin/account": STAFF,
    "GET /admin/listings": STAFF,
    "POST /admin/listings/status": ADMINS,
    "GET /admin/listings/new": ADMINS,
    "POST /admin/listings/new": ADMINS,
    "GET /admin/listings/{property_id}": STAFF,
    "POST /admin/listings/{property_id}": ADMINS,
    "POST /admin/listings/{property_id}/undo": ADMINS,
    "POST /admin/listings/{property_id}/delete": ADMINS,
    "POST /admin/listings/{property_id}/restore": ADMINS,
    "GET /admin/photos": ADMINS,
    "GET /admin/listings/{property_id}/photos": ADMINS,
    "POST /admin/listings/{property_id}/photos": ADMINS,
    "GET /admin/listings/{property_id}/photos/live": ADMINS,
    "POST /admin/listings/{property_id}/photos/order": ADMINS,
    "POST /admin/listings/{property_id}/photos/{image_id}": ADMINS,
    "POST /admin/listings/{property_id}/photos/{image_id}/delete": ADMINS,
    "POST /admin/listings/{property_id}/photos/{image_id}/enhance": ADMINS,
    "POST /admin/listings/{property_id}/attempts/{enhancement_id}/{decision}": ADMINS,
    "GET /admin/leads": STAFF,
    "GET /admin/leads/table": STAFF,
    "GET /admin/leads/export": ADMINS,
    "GET /admin/leads/{inquiry_id}": STAFF,
    "POST /admin/leads/{inquiry_id}/status": STAFF,
    "POST /admin/leads/{inquiry_id}/notes": STAFF,
    "POST /admin/leads/{inquiry_id}/assignment": ADMINS,
    "GET /admin": STAFF,
    "GET /admin/import": ADMINS,
    "POST /admin/import": ADMINS,
    "GET /admin/import/template.csv": ADMINS,
    "GET /admin/import/{trial_id}": ADMINS,
    "POST /admin/import/{trial_id}": ADMINS,
    "GET /admin/import/{trial_id}/refused": ADMINS,
    "GET /admin/deliveries": ADMINS,
    "POST /admin/deliveries/replay": ADMINS,
    "GET /admin/audit": ADMINS,
    "GET /admin/questions": SUPERS,
    "POST /admin/questions": SUPERS,
    "POST /admin/questions/restore": SUPERS,
    "GET /admin/users": SUPERS,
    "POST /admin/users": SUPERS,
    "POST /admin/users/{user_id}": SUPERS,
    "POST /admin/users/{user_id}/password": SUPERS,
    "POST /admin/logout": STAFF,  # last: it ends the session
}


def test_every_page_is_in_the_table() -> None:
    assert {f"{method} {path}" for method, path in routes_of_pages()} == PAGES.keys()


@pytest.mark.parametrize("role", [None, *UserRole])
async def test_who_may_open_what(
    client: httpx.AsyncClient, headers: dict[UserRole, dict[str, str]], role: UserRole | None
) -> None:
    if role is not None:
        client.cookies.set("session", headers[role]["Authorization"].removeprefix("Bearer "))
    for name, allowed in PAGES.items():
        method, path = name.split(" ")
        address = re.sub(r"{[\w:]+}", str(new_id()), path)
        answer = await client.request(method, address, headers=HTML | {"Sec-Fetch-Site": "same-origin"})
        if allowed is ANYONE or role in allowed:
            assert answer.status_code not in {401, 403}, name
            assert not answer.headers.get("location", "").startswith("/admin/login?next="), name
        elif role is None:
            assert answer.headers["location"].startswith("/admin/login?next="), name
        else:
            assert answer.status_code == 403, name
        assert answer.status_code < 500, name


@pytest.mark.parametrize(
    ("accept", "is_page"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", True),
        ("*/*", False),
        ("application/json", False),
        ("application/json, text/html;q=0.5", False),
        ("text/html;q=0.9, application/json;q=0.2", True),
    ],
)
async def test_the_root_is_a_page_or_json_by_accept(client: httpx.AsyncClient, accept: str, is_page: bool) -> None:  # noqa: FBT001 - parametrized
    answer = await client.get("/", headers={"Accept": accept})
    assert answer.headers["content-type"].startswith("text/html" if is_page else "application/json")
    assert "Accept" in answer.headers["vary"]


async def test_a_page_allows_nothing_inline_and_nobody_else(client: httpx.AsyncClient) -> None:
    answer = await client.get("/admin/components", headers=HTML)
    assert answer.headers.get_list("content-security-policy") == [content_security_policy("/media/")]
    assert "unsafe" not in content_security_policy("/media/")
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert not re.findall(r"\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|<style", answer.text)
    assert "img-src 'self' data: https://cdn.example;" in content_security_policy("https://cdn.example/homes/")


async def test_switches_are_remembered_without_scripts(client: httpx.AsyncClient) -> None:
    form = {"language": "hi", "theme": "dark", "back": "/admin/components?a=1"}
    answer = await client.post("/preferences", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/components?a=1")
    page = (await client.get("/admin/components", headers=HTML)).text
    assert '<html lang="hi" data-theme="dark">' in page
    await client.post("/preferences", data={"theme": "system"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert '<html lang="hi">' in (await client.get("/admin/components", headers=HTML)).text


async def test_the_browsers_first_language_is_the_first_one_shown(client: httpx.AsyncClient) -> None:
    for accepted, language in (("hi-IN,en;q=0.8", "hi"), ("en-IN,hi;q=0.8", "en"), ("fr", "en")):
        page = await client.get("/admin/components", headers=HTML | {"Accept-Language": accepted})
        assert f'<html lang="{language}">' in page.text


@pytest.mark.parametrize("path", ["//elsewhere.example", "/\\elsewhere.example", "https://elsewhere.example", "/a\nb"])
def test_the_way_back_leads_nowhere_else(path: str) -> None:
    assert local_path(path) == "/"


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://casabricks.test"}, 403),
        ({"Origin": "http://casabricks.test"}, 303),
        ({"Origin": "http://evil.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
        ({}, 403),
    ],
)
async def test_forms_come_from_our_own_pages(client: httpx.AsyncClient, given: dict[str, str], status: int) -> None:
    answer = await client.post("/preferences", data={"theme": "dark"}, headers=given)
    assert answer.status_code == status
    assert ("set-cookie" in answer.headers) == (status == 303)


async def test_files_are_kept_for_ever_and_come_compressed(client: httpx.AsyncClient) -> None:
    answer = await client.get(assets().url("site.css"), headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    fonts = re.findall(r"url\((/static/fonts/[^)]+)\)", answer.text)
    assert fonts
    for font in fonts:
        assert (await client.get(font)).headers["content-type"] == "font/woff2"
    assert (await client.get("/static/site.0123.css")).status_code == 404


def test_the_tokens_stand_in_one_file() -> None:
    colours = re.compile(r"#[0-9a-fA-F]{3,8}\b(?![-\w])|\brgba?\(")
    for path in (*STYLES.glob("*.css"), *FOLDER.glob("*.css")):
        if path.name != "1-tokens.css":
            rules = re.sub(r"url\(\"data:[^)]*\)|/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
            assert colours.findall(rules) == [], path.name


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/homes/nowhere", 404)])
async def test_errors_are_pages_for_browsers_and_problems_for_clients(
    client: httpx.AsyncClient, path: str, status: int
) -> None:
    page = await client.get(path, headers=HTML)
    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert "<h1>Nobody lives at this address</h1>" in page.text
    problem = await client.get(path)
    assert problem.headers["content-type"] == "application/problem+json"
    inside_the_api = await client.get("/api/v1/properties/none", headers=HTML)
    assert inside_the_api.headers["content-type"] == "application/problem+json"


async def test_what_breaks_on_our_side_is_a_page_that_tells_nothing() -> None:
    app = create_app(settings_for("postgresql+asyncpg://nobody@127.0.0.1:1/none"))

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("secret")

    async with client_of(app) as client:
        page = await client.get("/broken", headers=HTML)
        assert page.status_code == 500
        assert "Something broke on our side" in page.text
        assert "secret" not in page.text
        assert page.headers["x-request-id"] in page.text
        page = await client.get("/", headers=HTML)
        assert (page.status_code, page.headers["retry-after"]) == (503, "5")
        assert "One moment, please" in page.text
        assert "127.0.0.1" not in page.text


def test_both_languages_say_the_same() -> None:
    # The texts hold the sentences of services as well.
    english, hindi = (texts(language).by_key for language in Language)
    assert english.keys() == hindi.keys()
    for key, text in english.items():
        # The number itself may be a word: "one flat".
        named, named_in_hindi = (set(re.findall(r"{\w+}", each)) - {"{n}"} for each in (text, hindi[key]))
        assert named == named_in_hindi, key


def test_no_text_is_left_over() -> None:
    """Keys are named whole, or by their beginning where a template completes them."""
    code = [
        path for part in ("core", "repositories", "services", "web") for path in (ROOT / "app" / part).rglob("*.py")
    ]
    sources = "".join(path.read_text() for path in [*TEMPLATES.rglob("*.html"), *code])
    named = set(re.findall(r"[\"'](\w+(?:\.\w+)+)[\"']", sources))
    begun = (
        *re.findall(r"[\"']((?:\w+\.)+\w*)(?:[\"'] ?~|{)", sources),
        *(f"{kind}." for kind in re.findall(r"""(?:sql_case\(|told\()["'](\w+)["']""", sources)),
    )
    for key in texts(Language.ENGLISH).by_key:
        whole = key.removesuffix(".one").removesuffix(".other")
        assert whole in named or key.startswith(begun), key


async def test_the_component_sheet_is_not_there_in_production(settings: Settings, database: Database) -> None:
    production = settings.model_copy(update={"app_env": AppEnv.PRODUCTION})
    async with client_of(create_app(production, database)) as client:
        assert (await client.get("/admin/components", headers=HTML)).status_code == 404


def test_a_window_stands_for_a_round_number_of_homes() -> None:
    for kind, windows in WINDOWS.items():
        for homes in (0, 1, windows, windows + 1, 30 * windows):
            scale = homes_per_window(homes, kind)
            assert scale * windows >= homes
            assert str(scale).rstrip("0") in {"1", "2", "5"}


async def test_the_cookie_opens_what_its_role_may_see(app: FastAPI, database: Database) -> None:
    @app.get("/admin/probe")
    async def probe(current: StaffPageDep) -> str:
        return current.user.full_name

    @app.get("/admin/probe/admins")
    async def admins(current: AdminPageDep) -> str:
        return current.user.full_name

    settings: Settings = app.state.settings
    async with unit_of_work(database) as session:
        agent = await make_user(session, UserRole.AGENT)
        gone = await make_user(session, UserRole.ADMIN, is_active=False)
    async with client_of(app) as client:
        answer = await client.get("/admin/probe?page=2", headers=HTML)
        assert answer.headers["location"] == "/admin/login?next=%2Fadmin%2Fprobe%3Fpage%3D2"
        for user, path, status in (
            (agent, "/admin/probe", 200),
            (agent, "/admin/probe/admins", 403),
            (gone, "/admin/probe", 303),
        ):
            client.cookies.set("session", auth_headers(settings, user)["Authorization"].removeprefix("Bearer "))
            assert (await client.get(path, headers=HTML)).status_code == status
        # The API takes no cookie, so that nobody's page can write through it.
        assert (await client.get("/api/v1/admin/properties")).status_code == 401


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(settings: Settings) -> None:
    response = Response()
    sign_in(response, settings.model_copy(update={"app_env": AppEnv.PRODUCTION}), "token")
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("__Host-session=token; ")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
