"""Leads: the board, the table, one person's lead, and what is done with it."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from app.api.dependencies import DatabaseDep
from app.api.downloads import csv_download
from app.config.database import ReadSession, WriteSession
from app.core.clock import utc_now
from app.core.vocabulary import InquiryStatus, InquiryType
from app.schemas.admin_inquiries import (
    Assignment,
    InquiryDetail,
    InquiryFilters,
    InquiryPage,
    InquiryQuery,
    InquiryStatusChange,
    InquirySummary,
    NoteInput,
)
from app.schemas.auth import UserQuery
from app.services import accounts, leads, listings
from app.services.leads import NEXT, LeadWriter
from app.services.versions import etag
from app.web.admin.forms import FormRefusedError, address, checked, filled, problems_of
from app.web.admin.panel import AdminPanelDep, Panel, StaffPanelDep
from app.web.admin.tables import table, typed_filters
from app.web.admin.toast import Told
from app.web.preferences import local_path

router = APIRouter()
PATH = "/admin/leads"
FILTERS = ("q", "inquiry_type", "assignee", "date_from", "date_to", "property_id")
IN_TABLE = (*FILTERS, "status", "sort", "page")
A_COLUMN, A_PAGE, MOST_COLLEAGUES = 12, 25, 100
SORTS = {"full_name": "Person", "created_at": "Asked", "updated_at": "Changed"}


async def _colleagues(panel: Panel, session: ReadSession) -> list[tuple[str, str]]:
    """Who may be given a lead; agents are not told, they give none away."""
    if not panel.is_admin:
        return []
    found = await accounts.search(session, UserQuery(is_active=True, per_page=MOST_COLLEAGUES))
    return [(str(user.id), user.full_name) for user in found.items]


@router.get(PATH, include_in_schema=False)
async def board(panel: StaffPanelDep) -> Response:
    """A column for each status: new ones by how long they wait, the others by what happened last."""
    typed = typed_filters(panel, FILTERS)
    columns: dict[InquiryStatus, InquiryPage] = {}
    problems: dict[str, str] = {}
    async with panel.reading() as session:
        try:
            for status in InquiryStatus:
                sort = "created_at" if status is InquiryStatus.NEW else "-updated_at"
                asked = {"status": status, "sort": sort, "per_page": A_COLUMN}
                columns[status] = await leads.search(session, panel.user, checked(InquiryQuery, filled(typed) | asked))
        except FormRefusedError as refused:
            problems = problems_of(refused)
        colleagues = await _colleagues(panel, session)
    return await panel.page(
        "leads_board.html",
        columns=columns,
        next_of=NEXT,
        now=utc_now(),
        tag=_tag,
        **_filters(typed, problems, colleagues, "board"),
    )


@router.get(f"{PATH}/table", include_in_schema=False)
async def rows(panel: StaffPanelDep) -> Response:
    """The same in rows, with order and pages."""

    async def search(session: ReadSession, query: InquiryQuery) -> InquiryPage:
        return await leads.search(session, panel.user, query)

    shown = await table(panel, f"{PATH}/table", IN_TABLE, InquiryQuery, search, A_PAGE)
    async with panel.reading() as session:
        shown |= _filters(shown["typed"], shown["problems"], await _colleagues(panel, session), "table")
    return await panel.page("leads_table.html", sort=shown["typed"]["sort"] or "-created_at", sorts=SORTS, **shown)


def _tag(lead: InquirySummary | InquiryDetail) -> str:
    return etag(lead.id, lead.version)


def _filters(
    typed: dict[str, str], problems: dict[str, str], colleagues: list[tuple[str, str]], view: str
) -> dict[str, Any]:
    kept = {name: typed[name] for name in FILTERS}
    return {
        "typed": typed,
        "problems": problems,
        "colleagues": colleagues,
        "view": view,
        "statuses": list(InquiryStatus),
        "types": list(InquiryType),
        "as_board": address(PATH, kept),
        "as_table": address(f"{PATH}/table", kept),
        "as_csv": address(f"{PATH}/export", kept | {"status": typed.get("status", "")}),
        "status": 422 if problems else 200,
    }


@router.get(f"{PATH}/export", include_in_schema=False)
async def export(panel: AdminPanelDep, database: DatabaseDep) -> Response:
    """The filtered leads as CSV, with phone numbers in full; the audit has it."""
    try:
        filters = checked(InquiryFilters, filled(typed_filters(panel, (*FILTERS, "status"))))
    except FormRefusedError as refused:
        return panel.go(PATH, Told(f"Not exported: {next(iter(refused.problems.values()))}.", bad=True))
    return await csv_download(leads.export(database, panel.actor, filters), "inquiries.csv")


@router.get(f"{PATH}/{{inquiry_id}}", include_in_schema=False)
async def lead(inquiry_id: UUID, panel: StaffPanelDep) -> Response:
    """One lead with its timeline; the only page with the phone number in full."""
    return await _lead_page(panel, inquiry_id)


async def _lead_page(panel: Panel, inquiry_id: UUID, *, note: str = "", problem: str = "") -> Response:
    async with panel.reading() as session:
        found = await leads.read(session, panel.user, inquiry_id)
        colleagues = await _colleagues(panel, session)
        home = found.property and await listings.read(session, found.property.id, panel.settings.media_url)
    return await panel.page(
        "lead.html",
        lead=found,
        home=home,
        version=_tag(found),
        steps=NEXT[found.status],
        statuses=list(InquiryStatus),
        colleagues=colleagues,
        note=note,
        problem=problem,
        status=422 if problem else 200,
        whatsapp=(found.phone or "").removeprefix("+"),
    )


def _writer(panel: Panel, session: WriteSession, if_match: str | None = None) -> LeadWriter:
    return LeadWriter(session, panel.user, panel.actor, panel.settings, if_match)


@router.post(f"{PATH}/{{inquiry_id}}/status", include_in_schema=False)
async def set_status(inquiry_id: UUID, panel: StaffPanelDep) -> Response:
    """Move it on, back to where the button was: the board or the lead."""
    form = await panel.request.form()

    async def work(session: WriteSession) -> Told:
        wanted = checked(InquiryStatusChange, {"status": form.get("status")}).status
        version = str(form["version"]) if "version" in form else None
        moved = await _writer(panel, session, version).set_status(inquiry_id, wanted)
        return Told(f"{moved.full_name}: {moved.status} now.")

    return await panel.write(local_path(str(form.get("back") or f"{PATH}/{inquiry_id}")), work)


@router.post(f"{PATH}/{{inquiry_id}}/notes", include_in_schema=False)
async def add_note(inquiry_id: UUID, panel: StaffPanelDep) -> Response:
    """Added to the timeline, where nothing is changed afterwards."""
    note = str((await panel.request.form()).get("note", ""))
    try:
        body = checked(NoteInput, {"note": note})
    except FormRefusedError as refused:
        return await _lead_page(panel, inquiry_id, note=note, problem=refused.problems["note"])

    async def work(session: WriteSession) -> Told:
        await _writer(panel, session).add_note(inquiry_id, body.note)
        return Told("The note is kept.")

    return await panel.write(f"{PATH}/{inquiry_id}", work)


@router.post(f"{PATH}/{{inquiry_id}}/assignment", include_in_schema=False)
async def assign(inquiry_id: UUID, panel: AdminPanelDep) -> Response:
    """To a colleague, who is told by e-mail, or to nobody."""
    form = await panel.request.form()

    async def work(session: WriteSession) -> Told:
        whom = checked(Assignment, {"user_id": form.get("user_id") or None}).user_id
        given = await _writer(panel, session).assign(inquiry_id, whom)
        return Told(f"The lead is {given.assignee.full_name}'s now." if given.assignee else "The lead is nobody's now.")

    return await panel.write(f"{PATH}/{inquiry_id}", work)
