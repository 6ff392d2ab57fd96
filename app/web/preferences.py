"""The switches of language, theme and unit: a form and a cookie, so that they work without scripts."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Response
from pydantic import BaseModel, ConfigDict

from app.api.dependencies import SettingsDep
from app.config.settings import Settings
from app.core.area import AreaUnit
from app.core.vocabulary import Language
from app.web.pages import LANGUAGE_COOKIE, THEME_COOKIE, UNIT_COOKIE, VASTU_COOKIE, Theme, is_secure, see_other

router = APIRouter()
A_YEAR = 365 * 24 * 3600
SYSTEM = "system"
# It comes back in a head, which has limits of its own.
LONGEST_PATH = 4_000


class Preferences(BaseModel):
    model_config = ConfigDict(extra="forbid")

    language: Language | None = None
    theme: Theme | Literal["system"] | None = None
    vastu: Literal["shown", "hidden"] | None = None
    unit: AreaUnit | None = None
    back: str = "/"

    def cookies(self) -> dict[str, str]:
        """What was switched."""
        switched = (self.language, self.theme, self.vastu, self.unit)
        names = (LANGUAGE_COOKIE, THEME_COOKIE, VASTU_COOKIE, UNIT_COOKIE)
        return {name: value for name, value in zip(names, switched, strict=True) if value is not None}


def local_path(path: str) -> str:
    """The path when it leads to a page of ours; the home page otherwise: "//host" and "/\\\\host" are elsewhere."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if is_ours and path.isprintable() and len(path) <= LONGEST_PATH else "/"


@router.post("/preferences", include_in_schema=False)
async def preferences(chosen: Annotated[Preferences, Form()], settings: SettingsDep) -> Response:
    """Remember what was switched and go back to the page."""
    response = see_other(local_path(chosen.back))
    remember(response, chosen, settings)
    return response


def remember(response: Response, chosen: Preferences, settings: Settings) -> None:
    for name, value in chosen.cookies().items():
        if value == SYSTEM:
            response.delete_cookie(name)
        else:
            response.set_cookie(name, value, max_age=A_YEAR, samesite="lax", httponly=True, secure=is_secure(settings))
