"""Importing listings over HTTP: the fields beside the file, and what became of its rows."""

from uuid import UUID

from pydantic import BaseModel, Field

from app.schemas.audit import Change
from app.schemas.base import RequestModel


class ImportUpload(RequestModel):
    """The fields beside the file."""

    dry_run: bool = Field(default=False, description="Say what would become of each row; write nothing")
    profile: str = Field(default="auto", max_length=40, description="auto, casabricks, portal_a, portal_b or portal_c")


class AddedRow(BaseModel):
    row: int
    title: str


class ChangedRow(BaseModel):
    row: int
    property_id: UUID
    title: str = Field(description="As the file has it")
    fields: dict[str, Change]


class RefusedRow(BaseModel):
    row: int = Field(description="As a spreadsheet counts: the head is row 1")
    column: str = Field(description="Empty: the whole row")
    value: str
    reason: str = Field(description="docs/importing.md says what each means")
    rule: str


class ImportReport(BaseModel):
    """Counts are of all rows; each list holds the first 1,000."""

    dry_run: bool
    import_id: UUID = Field(description="By which the audit has what was written")
    read_as: str = Field(description="The profile")
    rows: int
    new: int
    changed: int
    unchanged: int
    kept_deleted: int = Field(description="Rows of deleted listings, which stay so")
    refused: int
    refused_by_reason: dict[str, int]
    to_review: dict[str, int] = Field(description="Taken, with a review flag")
    new_rows: list[AddedRow] = Field(description="Of a dry run")
    changed_rows: list[ChangedRow] = Field(description="Of a dry run")
    refused_rows: list[RefusedRow] = Field(description="Every problem of a row on its own")
