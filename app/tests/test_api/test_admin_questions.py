"""How super admins have the questions asked, and what visitors are asked then."""

from typing import Any

import httpx
import pytest

from app.config.database import Database
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import UserRole
from app.tests.factories import make_properties

ADMIN = "/api/v1/admin/questions"
PUBLIC = "/api/v1/search/questions"
Headers = dict[str, str]


@pytest.fixture
def boss(headers: dict[UserRole, Headers]) -> Headers:
    return headers[UserRole.SUPER_ADMIN]


async def asked(client: httpx.AsyncClient) -> dict[str, Any]:
    body: dict[str, Any] = (await client.get(PUBLIC)).json()
    return body


def wish(body: dict[str, Any], key: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in body["preference"]["choices"] if each["key"] == key)
    return found


async def test_what_is_set_is_asked_at_once_and_what_is_left_out_is_as_shipped(
    client: httpx.AsyncClient, database: Database, boss: Headers
) -> None:
    async with unit_of_work(database) as session:
        await make_properties(session, [{"bhk": bhk, "price": bhk * 2_500_000} for bhk in (1, 2, 2, 3)])
    shipped = await asked(client)
    assert (shipped["budget"]["text"], wish(shipped, "listing_type")["options"][0]["label_hi"]) == (
        *("What would you like to spend?", "खरीदना"),
    )
    sector = {"en": "Near our office", "hi": "हमारे कार्यालय के पास"}
    body = {
        "budget": {
            "text": {"en": "How much?", "hi": "कितना?"},
            "sale": {"minimum": 4_000_000, "maximum": 6_000_000, "steps": [{"price_from": 0, "step": 500_000}]},
        },
        "property_type": {
            "options": [{"value": "villa"}, {"value": "commercial", "hidden": True}],
        },
        "preference": {
            "bhk": {"options": [{"value": 3, "label": {"en": "Three", "hi": "तीन"}}, {"value": 1, "hidden": True}]},
            "locality_preference": {
                "options": [{"value": "Sector 62", "label": sector}, {"value": "Greater Noida", "hidden": True}]
            },
        },
    }
    stored = await client.put(ADMIN, json=body, headers=boss)
    assert (stored.status_code, stored.json()["version"]) == (200, 2)
    now = await asked(client)
    assert (now["budget"]["text"], now["budget"]["text_hi"]) == ("How much?", "कितना?")
    assert now["budget"]["help"] == shipped["budget"]["help"]
    scale = now["budget"]["scales"]["sale"]
    assert (scale["minimum"], scale["maximum"]) == (4_000_000, 6_000_000)
    assert scale["steps"] == [{"price_from": 0, "step": 500_000}]
    assert sum(bar["count"] for bar in scale["histogram"]) == 4
    assert [(bar["price_from"], bar["price_to"]) for bar in (scale["histogram"][0], scale["histogram"][-1])] == [
        *((None, 4_000_000), (6_000_000, None))
    ]
    assert now["budget"]["scales"]["rent"] == shipped["budget"]["scales"]["rent"]
    assert [option["value"] for option in now["property_type"]["options"]] == ["villa", "flat", "plot"]
    assert [(each["value"], each["label"], each["count"]) for each in wish(now, "bhk")["options"]] == [
        *((3, "Three", 1), (2, "2 BHK", 2))
    ]
    places = wish(now, "locality_preference")["options"]
    assert (places[0]["value"], places[0]["label_hi"], places[1]["value"]) == ("Sector 62", sector["hi"], "Noida")
    assert "Greater Noida" not in [each["value"] for each in places]
    assert (await client.put(ADMIN, json={}, headers=boss)).json()["version"] == 3
    assert await asked(client) == shipped


async def test_versions_and_the_audit(client: httpx.AsyncClient, boss: Headers) -> None:
    first = await client.get(ADMIN, headers=boss)
    tag = first.headers["etag"]
    body = {"property_type": {"options": [{"value": "plot"}]}}
    second = await client.put(ADMIN, json=body, headers=boss | {"If-Match": tag})
    assert second.headers["etag"] != tag
    again = await client.put(ADMIN, json=body, headers=boss)
    assert again.json() == second.json(), "nothing changed"
    stale = await client.put(ADMIN, json={}, headers=boss | {"If-Match": tag})
    assert (stale.status_code, stale.headers["etag"]) == (412, second.headers["etag"])
    assert stale.json()["current"] == second.json()
    whole = await client.put(ADMIN, json=first.json()["questions"], headers=boss)
    assert whole.json()["questions"] == first.json()["questions"], "what is read can be put back"
    found = await client.get("/api/v1/admin/audit", params={"entity": "questions"}, headers=boss)
    changes = [entry["changes"] for entry in found.json()["items"]]
    option = {"value": "plot", "label": None, "hidden": False}
    assert changes[1] == {"property_type.options": {"from": [], "to": [option]}}
    assert len(changes) == 2


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({"budget": {"sale": {"minimum": 5}}}, "minimum", "nearest is 0"),
        ({"budget": {"sale": {"minimum": 200_000, "maximum": 100_000}}}, "maximum", "more than minimum"),
        ({"budget": {"rent": {"steps": []}}}, "steps", "at least 1"),
        ({"budget": {"rent": {"steps": [{"price_from": 1000, "step": 1000}]}}}, "steps", "begin with price_from 0"),
        ({"budget": {"rent": {"steps": [{"price_from": 0, "step": 0}]}}}, "step", "greater than or equal to 1"),
        ({"budget": {"rent": {"steps": [{"price_from": 0, "step": 3000}]}}}, "steps", "must lead to 1000"),
        ({"budget": {"sale": {"steps": [{"price_from": 0, "step": 100_000}] * 2}}}, "steps", "in order"),
        ({"budget": {"sale": {"maximum": 0}}}, "maximum", "nearest is 100000"),
        ({"budget": {"sale": {"minimum": 1_000_000_000}}}, "minimum", "nearest is 990000000"),
        ({"budget": {"text": {"en": "", "hi": "क"}}}, "en", "needs words in English"),
        ({"budget": {"text": {"en": "What?", "hi": "\u200b"}}}, "hi", "needs words in Hindi"),
        (
            {"property_type": {"options": [{"value": "flat", "label": {"en": " ", "hi": "क"}}]}},
            "en",
            "needs words in English",
        ),
        ({"budget": {"text": {"en": "What?"}}}, "hi", "required"),
        ({"property_type": {"options": [{"value": "castle"}]}}, "value", "flat"),
        ({"property_type": {"options": [{"value": "flat"}] * 2}}, "options", "once"),
        (
            {"preference": {"listing_type": {"options": [{"value": v, "hidden": True} for v in ("sale", "rent")]}}},
            *("options", "not hidden"),
        ),
        ({"preference": {"bhk": {"options": [{"value": 21}]}}}, "value", "20"),
        (
            {"preference": {"locality_preference": {"options": [{"value": "sector 62"}]}}},
            *("options", "did you mean Sector 62?"),
        ),
        (
            {"preference": {"locality_preference": {"options": [{"value": "Atlantis Heights"}]}}},
            *("options", "no place's name"),
        ),
        ({"version": 3}, "version", "not permitted"),
    ],
)
async def test_what_cannot_be_asked_is_refused(
    client: httpx.AsyncClient, boss: Headers, body: dict[str, Any], field: str, rule: str
) -> None:
    answer = await client.put(ADMIN, json=body, headers=boss)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert field in str(error["loc"][-1])
    assert rule in error["msg"]
    assert (await client.get(ADMIN, headers=boss)).json()["version"] == 1
