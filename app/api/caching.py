"""Validators and lifetimes of public reads."""

from hashlib import blake2b

from fastapi import Request, Response

NOT_MODIFIED = 304


def etag_of(body: bytes) -> str:
    return f'"{blake2b(body, digest_size=12).hexdigest()}"'


def listed(request: Request, name: str) -> str | None:
    """The value of a header that is a list, given on one line or on several; None without any."""
    lines = request.headers.getlist(name)
    return ",".join(lines) if lines else None


def is_known(request: Request, etag: str) -> bool:
    """Whether the client has these bytes already (If-None-Match)."""
    known = listed(request, "if-none-match")
    return known is not None and bool({"*", etag} & {tag.strip().removeprefix("W/") for tag in known.split(",")})


def public_json(request: Request, body: bytes, *, max_age_seconds: int) -> Response:
    return public(request, body, "application/json", max_age_seconds=max_age_seconds)


def public(request: Request, body: bytes, media_type: str, *, max_age_seconds: int) -> Response:
    """Bytes with ETag and Cache-Control; 304 without a body when the client has them already."""
    etag = etag_of(body)
    headers = {"ETag": etag, "Cache-Control": f"public, max-age={max_age_seconds}"}
    if is_known(request, etag):
        return Response(status_code=NOT_MODIFIED, headers=headers)
    return Response(body, media_type=media_type, headers=headers)
