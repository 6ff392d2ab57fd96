"""Who changed what, field by field."""

from fastapi import APIRouter, Response

from app.config.database import ReadSession
from app.core.vocabulary import AuditAction, AuditEntity
from app.schemas.audit import AuditPage, AuditQuery
from app.services import audit
from app.web.admin.panel import AdminPanelDep
from app.web.admin.tables import table

router = APIRouter()
PATH = "/admin/audit"
FILTERS = ("entity", "action", "entity_id", "date_from", "date_to", "page")
A_PAGE = 50
# Where the row of an entry can be looked at; of others nothing is shown but their id.
PAGES = {AuditEntity.PROPERTY: "/admin/listings/", AuditEntity.INQUIRY: "/admin/leads/"}


@router.get(PATH, include_in_schema=False)
async def entries(panel: AdminPanelDep) -> Response:
    """Newest first. What only super admins may do, only they see."""

    async def search(session: ReadSession, query: AuditQuery) -> AuditPage:
        return await audit.search(session, panel.user.role, query)

    shown = await table(panel, PATH, FILTERS, AuditQuery, search, A_PAGE)
    actions = [(action.value, action.replace("_", " ").capitalize()) for action in AuditAction]
    return await panel.page("audit.html", entities=list(AuditEntity), actions=actions, pages=PAGES, **shown)
