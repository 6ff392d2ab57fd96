"""What every admin page has: who is signed in, sessions, the frame with its counts, and a word on what was done."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from app.api.dependencies import CurrentUser, DatabaseDep, QueueDep, SettingsDep, read_session, write_session
from app.config.database import Database, ReadSession, WriteSession
from app.config.settings import Settings
from app.core.exceptions import (
    CasaBricksError,
    ConflictError,
    InvalidInputError,
    PreconditionFailedError,
    UnavailableError,
)
from app.core.jobs import Queue
from app.core.vocabulary import Language, UserRole
from app.models.user import User
from app.services import overview
from app.services.audit import Actor
from app.web.admin.forms import FormRefusedError
from app.web.admin.toast import Told, read_told, tell
from app.web.admin.words import WORDS
from app.web.pages import page, see_other
from app.web.session import AdminPageDep, StaffPageDep, SuperAdminPageDep

# Said in a toast on the page the form came from; anything else is a page of its own.
TOLD_ERRORS = (ConflictError, InvalidInputError, PreconditionFailedError, UnavailableError, FormRefusedError)
ADMINS = {UserRole.ADMIN, UserRole.SUPER_ADMIN}


@dataclass(frozen=True, slots=True)
class Panel:
    request: Request
    current: CurrentUser
    settings: Settings
    database: Database
    queue: Queue

    @property
    def user(self) -> User:
        return self.current.user

    @property
    def actor(self) -> Actor:
        return self.current.actor

    @property
    def is_admin(self) -> bool:
        return self.user.role in ADMINS

    @property
    def is_super(self) -> bool:
        return self.user.role is UserRole.SUPER_ADMIN

    def reading(self) -> AbstractAsyncContextManager[ReadSession]:
        return asynccontextmanager(read_session)(self.database)

    def writing(self) -> AbstractAsyncContextManager[WriteSession]:
        return asynccontextmanager(write_session)(self.database, self.queue)

    async def page(self, template: str, *, status: int = 200, **context: Any) -> Response:
        async with self.reading() as session:
            waiting = await overview.waiting(session, self.user)
        told = read_told(self.request)
        shown = page(
            self.request,
            f"admin/{template}",
            status=status,
            language=Language.ENGLISH,
            panel=self,
            waiting=waiting,
            told=told,
            words=WORDS,
            **context,
        )
        shown.headers["Cache-Control"] = "no-store"
        if told is not None:
            tell(shown, self.settings, None)
        return shown

    def go(self, path: str, told: Told | None = None) -> Response:
        """On to another page, which says what was done."""
        response = see_other(path)
        if told is not None:
            tell(response, self.settings, told)
        return response

    async def write(self, path: str, work: Callable[[WriteSession], Awaitable[Told]]) -> Response:
        """Do it in one transaction and go on to `path`, which tells what was done or why it was not."""
        try:
            async with self.writing() as session:
                told = await work(session)
        except TOLD_ERRORS as refused:
            told = refusal(refused)
        return self.go(path, told)


def refusal(refused: CasaBricksError | FormRefusedError) -> Told:
    if isinstance(refused, FormRefusedError):
        rules = [f"{name.replace('_', ' ')} {rule}" for name, rule in refused.problems.items()]
        return Told(f"Not done: {'; '.join(rules)}.", bad=True)
    if isinstance(refused, PreconditionFailedError):
        return Told("Somebody changed it meanwhile, so nothing was done. This is how it stands now.", bad=True)
    return Told(f"{refused.detail}.".replace("..", "."), bad=True)


async def staff_panel(
    request: Request, current: StaffPageDep, settings: SettingsDep, database: DatabaseDep, queue: QueueDep
) -> Panel:
    return Panel(request, current, settings, database, queue)


StaffPanelDep = Annotated[Panel, Depends(staff_panel)]


async def admin_panel(panel: StaffPanelDep, _: AdminPageDep) -> Panel:
    return panel


async def super_panel(panel: StaffPanelDep, _: SuperAdminPageDep) -> Panel:
    return panel


AdminPanelDep = Annotated[Panel, Depends(admin_panel)]
SuperPanelDep = Annotated[Panel, Depends(super_panel)]
