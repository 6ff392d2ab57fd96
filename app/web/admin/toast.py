"""What the last form did, kept in a cookie until the next page has said it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass, field

import orjson
from fastapi import Request, Response

from app.config.settings import Settings
from app.web.pages import is_secure
from app.web.preferences import local_path

COOKIE, PATH = "told", "/admin"
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Told:
    """`undo` is where a form with `fields` is posted to take it back."""

    text: str
    bad: bool = False
    undo: str = ""
    fields: dict[str, list[str]] = field(default_factory=dict)


def tell(response: Response, settings: Settings, told: Told | None) -> None:
    """None forgets it."""
    secure = is_secure(settings)
    value = "" if told is None else urlsafe_b64encode(orjson.dumps(asdict(told))).decode()
    seconds = SECONDS if told is not None else 0
    response.set_cookie(COOKIE, value, max_age=seconds, path=PATH, httponly=True, samesite="lax", secure=secure)


def read_told(request: Request) -> Told | None:
    """None where there is nothing, or nothing of ours."""
    try:
        told = Told(**orjson.loads(urlsafe_b64decode(request.cookies.get(COOKIE, ""))))
        fields = {name: [str(value) for value in values] for name, values in told.fields.items()}
        return Told(str(told.text), bool(told.bad), local_path(told.undo) if told.undo else "", fields)
    except (ValueError, TypeError, AttributeError):
        return None
