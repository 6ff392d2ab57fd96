"""Who changed what, field by field."""

from fastapi import APIRouter, Response

from app.config.database import ReadSession
from app.core.vocabulary import AuditAction, AuditEntity
from app.schemas.audit import AuditPage, AuditQuery
from app.schemas.auth import UserQuery
from app.services import accounts, audit
from app.web.admin.panel import AdminPanelDep
from app.web.admin.tables import table

router = APIRouter()
PATH = "/admin/audit"
FILTERS = ("actor", "entity", "action", "entity_id", "date_from", "date_to", "page")
A_PAGE, MOST_PEOPLE = 50, 100
# Where the row of an entry can be looked at; of others nothing is shown but their id.
PAGES = {AuditEntity.PROPERTY: "/admin/listings/", AuditEntity.INQUIRY: "/admin/leads/"}


@router.get(PATH, include_in_schema=False)
async def entries(panel: AdminPanelDep) -> Response:
    """Newest first. What only super admins may do, only they see."""

    async def search(session: ReadSession, query: AuditQuery) -> AuditPage:
        return await audit.search(session, panel.user.role, query)

    shown = await table(panel, PATH, FILTERS, AuditQuery, search, A_PAGE)
    async with panel.reading() as session:
        people = await accounts.search(session, UserQuery(per_page=MOST_PEOPLE))
    return await panel.page(
        "audit.html",
        people=[("none", "A command"), *((str(each.id), each.full_name) for each in people.items)],
        entities=list(AuditEntity),
        actions=list(AuditAction),
        pages=PAGES,
        **shown,
    )
