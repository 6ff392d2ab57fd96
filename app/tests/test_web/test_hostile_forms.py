"""What else than their own fields may be posted to the pages' forms: each answer is a page that names the rule."""

import html
import random
from urllib.parse import quote_from_bytes, urlencode

import httpx
import pytest
from sqlalchemy import text

from app.config.database import Database
from app.core.ids import new_id
from app.core.unit_of_work import unit_of_work
from app.tests.factories import make_property
from app.tests.test_web.conftest import FROM_OUR_PAGE

URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
FIELDS = {
    "/preferences": {"theme": "dark", "back": "/homes"},
    "/shortlist": {"home": str(new_id()), "change": "add", "back": "/homes"},
    "/homes/{home}/ask": {"key": str(new_id()), "full_name": "Asha Rao", "phone": "98765 43210", "consent": "on"},
    "/admin/login": {"email": "asha@example.com", "password": "not the password", "next": "/admin"},
}
ALL_FORMS = pytest.mark.parametrize("path", FIELDS)


@pytest.fixture
async def home(database: Database) -> str:
    async with unit_of_work(database) as session:
        return str((await make_property(session)).id)


async def post(
    client: httpx.AsyncClient, path: str, body: bytes, media_type: str = URLENCODED, **headers: str
) -> tuple[int, str]:
    """Status and text of the page; for a form that was taken an empty one."""
    given = FROM_OUR_PAGE | {"Content-Type": media_type} | headers
    answer = await client.post(path, content=body, headers={name: value for name, value in given.items() if value})
    if answer.status_code == httpx.codes.SEE_OTHER:
        return answer.status_code, ""
    assert answer.headers["content-type"] == "text/html; charset=utf-8", answer.text
    assert "<html" in answer.text
    return answer.status_code, html.unescape(answer.text)


@ALL_FORMS
async def test_what_is_no_form_is_refused_by_a_page_that_names_the_rule(
    client: httpx.AsyncClient, home: str, path: str
) -> None:
    form = urlencode(FIELDS[path]).encode()
    path = path.format(home=home)
    for media_type in ("application/json", "text/plain", ""):
        status, page = await post(client, path, form, media_type)
        assert (status, "application/x-www-form-urlencoded or multipart/form-data" in page) == (415, True)
    status, page = await post(client, path, b"a=" + b"b" * 600_000)
    assert (status, "at most 512 KB" in page) == (413, True)
    status, page = await post(client, path, b"&".join(b"f%d=1" % number for number in range(10_000)))
    assert (status, "Maximum number of fields is 1000" in page) == (422, True)
    status, page = await post(client, path, form, MULTIPART)
    assert (status, "multipart" in page) == (422, True)
    status, page = await post(client, path, form, **{"Sec-Fetch-Site": "cross-site"})
    assert (status, "not sent from our own page" in page) == (403, True)


@pytest.mark.parametrize("path", [path for path in FIELDS if path != "/admin/login"])
async def test_an_unknown_field_is_named(client: httpx.AsyncClient, home: str, path: str) -> None:
    form = urlencode(FIELDS[path] | {"role": "super_admin"}).encode()
    status, page = await post(client, path.format(home=home), form)
    assert (status, "role: Extra inputs are not permitted" in page) == (422, True)


async def test_a_wrong_answer_is_named_with_its_rule(client: httpx.AsyncClient) -> None:
    status, page = await post(client, "/preferences", b"language=fr")
    assert (status, "language: Input should be 'en' or 'hi'" in page) == (422, True)


PIECES = (
    *(b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\r\n", b"=", b"&", b"%", b"%zz", b"[]", b"'\"<>"),
    "गणेश \u202e".encode(),
)


@ALL_FORMS
async def test_no_form_breaks_a_page(client: httpx.AsyncClient, database: Database, home: str, path: str) -> None:
    chance = random.Random(path)
    for _ in range(20):
        fields = {name: value.encode() for name, value in FIELDS[path].items()}
        for name in chance.sample(sorted(fields), chance.randint(1, len(fields))):
            at = chance.randint(0, len(fields[name]))
            fields[name] = fields[name][:at] + chance.choice(PIECES) * chance.choice((1, 1, 9_000)) + fields[name][at:]
        if chance.random() < 0.5:
            media_type = URLENCODED
            is_escaped = chance.random() < 0.5
            values = {name: quote_from_bytes(value).encode() if is_escaped else value for name, value in fields.items()}
            body = b"&".join(b"%s=%s" % (name.encode(), value) for name, value in values.items())
        else:
            media_type = MULTIPART
            head = b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
            file = chance.choice((b"", b'; filename="a.txt"'))
            body = b"".join(head % (name.encode(), file, value) for name, value in fields.items()) + b"--b--\r\n"
        status, _ = await post(client, path.format(home=home), body[: 500 << 10], media_type)
        assert status in {303, 401, 403, 413, 415, 422, 429}, body[:300]
    async with database.read() as session:
        assert (await session.execute(text("SELECT count(*) FROM inquiries"))).scalar_one() == 0
