"""Inquiries in the admin panel. An agent has only those assigned to him; any other is 404, as if it did not exist."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.api.caching import listed
from app.api.dependencies import AdminDep, DatabaseDep, IfMatch, ReadSessionDep, SettingsDep, StaffDep, WriteSessionDep
from app.api.downloads import CSV, csv_download
from app.api.errors import problems
from app.schemas.admin_inquiries import (
    Assignment,
    InquiryDetail,
    InquiryFilters,
    InquiryPage,
    InquiryQuery,
    InquiryStatusChange,
    NoteInput,
)
from app.services import leads
from app.services.leads import LeadWriter
from app.services.versions import etag

router = APIRouter(prefix="/admin/inquiries", tags=["admin: inquiries"], responses=problems(401, 403, 422, 503))


def adder(current: StaffDep, session: WriteSessionDep, settings: SettingsDep) -> LeadWriter:
    return LeadWriter(session, current.user, current.actor, settings)


AdderDep = Annotated[LeadWriter, Depends(adder)]


def writer(request: Request, adder: AdderDep, _: IfMatch = None) -> LeadWriter:
    return replace(adder, if_match=listed(request, "if-match"))


WriterDep = Annotated[LeadWriter, Depends(writer)]


def versioned(response: Response, inquiry: InquiryDetail) -> InquiryDetail:
    response.headers["ETag"] = etag(inquiry.id, inquiry.version)
    response.headers["Cache-Control"] = "no-store"
    return inquiry


@router.get("", summary="List inquiries", response_model=InquiryPage)
async def search(
    current: StaffDep, query: Annotated[InquiryQuery, Query()], session: ReadSessionDep, response: Response
) -> InquiryPage:
    """All filters given must hold. Phone numbers are masked. For every role; agents have their own."""
    response.headers["Cache-Control"] = "no-store"
    return await leads.search(session, current.user, query)


@router.get(
    "/export",
    summary="Export inquiries as CSV",
    response_class=StreamingResponse,
    responses=CSV,
)
async def export(
    current: AdminDep, query: Annotated[InquiryFilters, Query()], database: DatabaseDep
) -> StreamingResponse:
    """All that the filters let through, newest first, with phone numbers in full. What a spreadsheet would take for a
    formula begins with a quote. For admins; the audit has it.
    """
    return await csv_download(leads.export(database, current.actor, query), "inquiries.csv")


@router.get("/{inquiry_id}", summary="Read an inquiry", response_model=InquiryDetail, responses=problems(404))
async def read(inquiry_id: UUID, response: Response, current: StaffDep, session: ReadSessionDep) -> InquiryDetail:
    """With its timeline, the person's other inquiries, and the phone number in full. For every role."""
    return versioned(response, await leads.read(session, current.user, inquiry_id))


@router.patch(
    "/{inquiry_id}/status",
    summary="Move an inquiry on",
    response_model=InquiryDetail,
    responses=problems(404, 408, 409, 412, 413, 415),
)
async def set_status(
    inquiry_id: UUID, body: InquiryStatusChange, response: Response, writer: WriterDep
) -> InquiryDetail:
    """new → contacted → qualified → converted or lost, a step at a time; a converted or lost one can be reopened as any
    of the first three. Any other step gets 409. For every role.
    """
    return versioned(response, await writer.set_status(inquiry_id, body.status))


@router.post(
    "/{inquiry_id}/notes",
    summary="Add a note",
    status_code=201,
    response_model=InquiryDetail,
    responses=problems(404, 408, 409, 413, 415),
)
async def add_note(inquiry_id: UUID, body: NoteInput, response: Response, writer: AdderDep) -> InquiryDetail:
    """Notes stand on the timeline and are never changed. For every role."""
    return versioned(response, await writer.add_note(inquiry_id, body.note))


@router.patch(
    "/{inquiry_id}/assignment",
    summary="Assign an inquiry",
    response_model=InquiryDetail,
    responses=problems(404, 408, 409, 412, 413, 415),
)
async def assign(
    inquiry_id: UUID, body: Assignment, response: Response, _: AdminDep, writer: WriterDep
) -> InquiryDetail:
    """To an active account, or with null to nobody. For admins."""
    return versioned(response, await writer.assign(inquiry_id, body.user_id))
