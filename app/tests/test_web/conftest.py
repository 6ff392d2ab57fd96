"""Signed-in browsers without scripts: forms are sent, redirects followed, cookies kept."""

import html
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest_asyncio
from fastapi import FastAPI

from app.core.vocabulary import UserRole
from app.tests.conftest import client_of

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FROM_OUR_PAGE = HTML | {"Sec-Fetch-Site": "same-origin"}


class StaffBrowser:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        client.headers.update(FROM_OUR_PAGE)
        client.follow_redirects = True

    async def open(self, path: str, status: int = 200) -> str:
        answer = await self.client.get(path)
        assert answer.status_code == status, answer.text
        return answer.text

    async def send(self, path: str, form: dict[str, Any] | None = None, status: int = 200, **options: Any) -> str:
        """Post a form; returns the page it leads to."""
        answer = await self.client.post(path, data=form or {}, **options)
        assert answer.status_code == status, answer.text
        return answer.text


def fields_of(page: str) -> dict[str, str]:
    """What a form of the page would send as it stands: inputs, selects, text areas; of the radios the chosen ones."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", page):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes.get("type") in {"checkbox", "radio"} and " checked" not in tag:
            continue
        if "name" in attributes:
            found[attributes["name"]] = html.unescape(attributes.get("value", "on"))
    for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected>', options)
        found[name] = chosen[1] if chosen else ""
    for name, text in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>(.*?)</textarea>', page, re.DOTALL):
        found[name] = html.unescape(text)
    return found


Enter = Callable[[UserRole], Any]


@pytest_asyncio.fixture
async def enter(app: FastAPI, headers: dict[UserRole, dict[str, str]]) -> AsyncIterator[Enter]:
    """A browser in which somebody of that role is signed in."""
    async with AsyncExitStack() as stack:

        async def opened(role: UserRole) -> StaffBrowser:
            client = await stack.enter_async_context(client_of(app))
            client.cookies.set("session", headers[role]["Authorization"].removeprefix("Bearer "))
            return StaffBrowser(client)

        yield opened


@pytest_asyncio.fixture
async def admin_browser(enter: Enter) -> StaffBrowser:
    browser: StaffBrowser = await enter(UserRole.ADMIN)
    return browser
