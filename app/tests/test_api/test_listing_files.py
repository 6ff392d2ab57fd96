"""Listings as a file: exported, imported again, imported by request with everything that can be wrong."""

import csv
import io
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.config.database import Database, WriteSession
from app.core.unit_of_work import unit_of_work
from app.core.vocabulary import City, UserRole
from app.infrastructure.queue.memory import MemoryQueue
from app.repositories import imports
from app.services import exports
from app.services.imports import request
from app.tests.conftest import Statements
from app.tests.factories import make_properties, make_property

ROOT = "/api/v1/admin/properties"
HEAD = "listing_type,property_type,price,locality,external_id,title\n"
Headers = dict[str, str]


async def send(
    client: httpx.AsyncClient, who: Headers, data: bytes | str, path: str = f"{ROOT}/import", **fields: str
) -> httpx.Response:
    content = data.encode() if isinstance(data, str) else data
    return await client.post(path, files={"file": ("l.csv", content)}, data=fields, headers=who)


async def imported(client: httpx.AsyncClient, who: Headers, data: bytes | str, **fields: str) -> dict[str, Any]:
    answer = await send(client, who, data, **fields)
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report


def counts(report: dict[str, Any]) -> tuple[int, ...]:
    return tuple(report[name] for name in ("rows", "new", "changed", "unchanged", "refused"))


async def download(client: httpx.AsyncClient, who: Headers, **query: Any) -> list[dict[str, str]]:
    answer = await client.get(f"{ROOT}/export", params=query, headers=who)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == 'attachment; filename="listings.csv"'
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def as_file(rows: list[dict[str, str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


TYPED: list[dict[str, Any]] = [
    {
        "title": "=HYPERLINK of a flat",
        "description": 'A first line\n\n\tand  a second, "quoted"\n=1+1\n\'=2',
        "locality": "Behind the big temple",
        "sector": "Sector 62",
        "amenities": ["'=1", "Gym", "Pool, heated", "=2", '5" pipe; "new"', "none"],
        "floor_number": -1,
        "total_floors": 12,
        "maintenance_monthly": 20,
        "carpet_area_sqft": 1000.5,
        "area_sqft": 1400,
        "area_basis": "super_built_up",
        "possession": "under_construction",
        "available_from": "2027-03-01",
        "ownership": "leasehold",
        "lease_years_left": 70,
        "entrance_facing": "north_east",
        "rera_number": "UPRERAPRJ1234",
    },
    {"property_type": "plot", "area_sqft": 2000, "area_basis": "plot"},
    {"listing_type": "rent", "price": 25_000, "furnishing": "semi_furnished", "society_name": "Gaur City"},
    {"property_type": "commercial", "price": 90, "area_sqft": 900, "area_basis": "carpet"},
    {"latitude": 28.51, "longitude": 77.41, "is_active": False},
]


async def test_what_was_exported_is_imported_as_unchanged(
    client: httpx.AsyncClient, database: Database, admin: Headers
) -> None:
    for fields in TYPED:
        flat = {"title": "A flat", "listing_type": "sale", "property_type": "flat", "price": 8_500_000}
        body = {"locality": "Sector 137"} | flat | fields | {"title": fields.get("title", "Some home or other")}
        assert (await client.post(ROOT, json=body, headers=admin)).status_code == 201
    await imported(client, admin, HEAD + "sale,flat,50 lakh,Sector 62,a1,\nrent,villa,1 lakh,Sector 44 Noida,,\n")
    rows = await download(client, admin)
    assert len(rows) == 7
    report = await imported(client, admin, as_file(rows), dry_run="true")
    assert counts(report) == (7, 0, 0, 7, 0), report
    async with database.read() as session:
        before = (await session.execute(text("SELECT array_agg(version ORDER BY id) FROM properties"))).scalar_one()
    assert counts(await imported(client, admin, as_file(rows))) == (7, 0, 0, 7, 0)
    async with database.read() as session:
        after = (await session.execute(text("SELECT array_agg(version ORDER BY id) FROM properties"))).scalar_one()
    assert before == after

    cheaper = next(row for row in rows if row["title"].startswith("'=HYPER"))
    cheaper["ListPrice"] = "84 lakh"
    report = await imported(client, admin, as_file(rows), dry_run="true")
    assert counts(report) == (7, 0, 1, 6, 0)
    (changed,) = report["changed_rows"]
    assert changed["property_id"] == cheaper["ListingKey"]
    assert changed["fields"]["price"] == {"from": 8_500_000, "to": 8_400_000}
    await imported(client, admin, as_file(rows))
    body = (await client.get(f"{ROOT}/{cheaper['ListingKey']}", headers=admin)).json()
    assert (body["price"], body["title"], body["sector"]) == (8_400_000, TYPED[0]["title"], "Sector 62")


async def test_the_export_has_the_columns_of_reso_and_the_filters_of_the_list(
    client: httpx.AsyncClient,
    database: Database,
    headers: dict[UserRole, Headers],
    statements: Statements,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    admin = headers[UserRole.ADMIN]
    monkeypatch.setattr(exports, "AT_ONCE", 2)
    async with unit_of_work(database) as session:
        await make_properties(session, [{"price": 5_000_000 + number} for number in range(5)])
        await make_property(session, price=1, title="@cheap", floor_number=-2, amenities=["Lift"])
    statements.clear()
    rows = await download(client, admin, price_min=5_000_001)
    assert [row["ListPrice"] for row in rows] == ["5000004", "5000003", "5000002", "5000001"]
    assert len([each for each in statements if "FROM properties" in each]) == 3, "in batches"
    (cheap,) = await download(client, admin, price_max=1, status="active")
    wanted = {"title": "'@cheap", "EntryLevel": "-2", "AssociationAmenities": "Lift", "BedroomsTotal": "3"}
    assert cheap.items() >= (wanted | {"StandardStatus": "Active", "City": City.NOIDA, "DirectionFaces": ""}).items()
    assert await download(client, admin, status="deleted") == []
    refused = await client.get(f"{ROOT}/export", params={"sector": "Nowhere"}, headers=admin)
    assert refused.status_code == 422
    audited = await client.get("/api/v1/admin/audit", params={"action": "exported"}, headers=admin)
    entry = audited.json()["items"][0]
    assert (entry["entity"], entry["details"]) == ("property", {"filters": {"status": "deleted"}})


async def test_an_import_and_its_dry_run(
    client: httpx.AsyncClient, database: Database, admin: Headers, queue: MemoryQueue
) -> None:
    first = HEAD + "sale,flat,50 lakh,Sector 62,a1,A flat in Sector 62\nsale,flat,60 lakh,Sector 62,a2,\n"
    told = await imported(client, admin, first, dry_run="true")
    assert (counts(told), queue.jobs) == ((2, 2, 0, 0, 0), [])
    assert told["new_rows"][0] == {"row": 2, "title": "A flat in Sector 62"}
    assert (await client.get(ROOT, headers=admin)).json()["total_count"] == 0
    done = await imported(client, admin, first)
    assert (counts(done), done["new_rows"]) == (counts(told), [])
    assert [job.name for job in queue.jobs] == ["market.refresh"]

    second = HEAD + "sale,flat,55 lakh,Sector 62,a1,A flat in Sector 62\nsale,flat,60 lakh,Sector 62,a2,\n"
    second += 'sale,castle,1,Sector 62,a3,\nsale,flat,1 Cr,"Sector 62, Gurgaon",a4,\nsale,plot,2 Cr,Sector 44,a5,\n'
    told = await imported(client, admin, second, dry_run="true")
    assert counts(told) == (5, 1, 1, 1, 2)
    (changed,) = told["changed_rows"]
    assert (changed["row"], changed["fields"]) == (2, {"price": {"from": 5_000_000, "to": 5_500_000}})
    assert [(each["row"], each["column"], each["reason"]) for each in told["refused_rows"]] == [
        *((4, "property_type", "unknown_type"), (5, "locality", "outside_area"))
    ]
    assert told["refused_by_reason"] == {"unknown_type": 1, "outside_area": 1}
    done = await imported(client, admin, second)
    assert counts(done) == counts(told)
    found = await client.get("/api/v1/admin/audit", params={"entity_id": changed["property_id"]}, headers=admin)
    latest, earliest = found.json()["items"]
    assert latest["entity_id"] == done["import_id"]
    assert latest["details"] == {"read_as": "casabricks", "new": 1, "changed": 1}
    assert len(earliest["related_ids"]) == 2
    assert latest["actor"]["full_name"] == "Asha Rao"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (HEAD.encode(), "no rows"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not UTF-8"),
        (b"PK\x03\x04 a spreadsheet", "spreadsheet or ZIP"),
        (HEAD.encode() + b"sale,flat,1,Sec\x00tor 62,a,\n", "NUL"),
        (HEAD.encode() + "sale,flat,1,Sectör 62,a,\n".encode("latin-1"), "not UTF-8"),
        (HEAD.encode("utf-16"), "UTF-16"),
        (HEAD.encode() + b"x" * (5 << 20), "longer than 4 MB"),
        (HEAD.encode() + b'sale,flat,1,"Sector 62,a,\n', "never closed"),
        (b"some,other,columns\n1,2,3\n", "Columns are missing"),
    ],
)
async def test_what_is_no_listing_file_is_said(
    client: httpx.AsyncClient, admin: Headers, data: bytes, said: str
) -> None:
    answer = await send(client, admin, data)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["loc"] == ["body", "file"]
    assert said in error["msg"]
    assert "Nothing was written" in error["msg"]


async def test_too_much_names_the_command(
    client: httpx.AsyncClient, admin: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = HEAD + "sale,flat,1 Cr,Sector 62,a,\n" * 4
    monkeypatch.setattr(request, "MOST_ROWS", 3)
    refused = [await send(client, admin, lines), await send(client, admin, b"x" * (request.MOST_BYTES + 99_999))]
    monkeypatch.setattr(request, "MOST_BYTES", 100)
    refused.append(await send(client, admin, lines))
    for answer in refused:
        assert answer.status_code == 413
        assert "casabricks import-listings" in answer.json()["detail"]
    elsewhere = await send(client, admin, b"x" * (request.MOST_BYTES + 600_000), path=ROOT)
    assert "512 KB" in elsewhere.json()["detail"]


@pytest.mark.parametrize("hold", [imports.one_chunk_at_a_time, imports.hold_requests])
async def test_while_another_import_runs_it_is_not_begun(
    client: httpx.AsyncClient, database: Database, admin: Headers, hold: Callable[[WriteSession], Awaitable[Any]]
) -> None:
    lines = HEAD + "sale,flat,1 Cr,Sector 62,a,\n"
    async with database.write() as session:
        await hold(session)
        answer = await send(client, admin, lines)
        assert (answer.status_code, "running" in answer.json()["detail"]) == (409, True)
    assert counts(await imported(client, admin, lines)) == (1, 1, 0, 0, 0)


async def test_an_import_may_take_longer_than_a_transaction_may_wait(database: Database) -> None:
    limit = "idle_in_transaction_session_timeout"
    async with database.write() as holding:
        await holding.execute(text(f"SET LOCAL {limit} = '1s'"))
        assert await imports.hold_requests(holding)
        assert await holding.scalar(text(f"SHOW {limit}")) == "0"


async def test_fields_of_the_form(client: httpx.AsyncClient, admin: Headers) -> None:
    line = HEAD + "sale,flat,1 Cr,Sector 62,a,=1+1 flat\n"
    for fields in ({"dry_run": "perhaps"}, {"dryrun": "true"}, {"profile": "no_such"}):
        refused = await send(client, admin, line, **fields)
        assert (refused.status_code, refused.json()["errors"][0]["loc"]) == (422, ["body", *fields])
    assert (await client.post(f"{ROOT}/import", json={}, headers=admin)).status_code == 415
    await imported(client, admin, line)
    (row,) = await download(client, admin)
    assert row["title"] == "'=1+1 flat"
