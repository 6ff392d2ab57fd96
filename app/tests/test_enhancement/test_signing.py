"""Who signed what, when."""

import base64
import hashlib
import hmac
from datetime import timedelta

import pytest

from app.core.clock import utc_now
from app.core.exceptions import UnauthenticatedError
from app.infrastructure.signing import sign, verify

OLD, NEW = (f"whsec_{base64.b64encode(bytes([n]) * 24).decode()}" for n in (1, 2))
PLAIN = "a secret of a simple service"
BODY = '{"job_id": "…"}'.encode()


def simple(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("secret", [OLD, NEW, PLAIN])
def test_each_of_several_secrets_will_do(secret: str) -> None:
    assert verify([OLD, NEW, PLAIN], sign(secret, "msg_1", utc_now(), BODY), BODY) == "msg_1"


def test_the_signature_is_the_standards() -> None:
    """https://www.standardwebhooks.com: base64 HMAC-SHA256 of id, timestamp and body, joined by dots."""
    now = utc_now()
    headers = sign(NEW, "msg_1", now, BODY)
    signed = f"msg_1.{int(now.timestamp())}.".encode() + BODY
    digest = hmac.new(bytes([2]) * 24, signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    several = headers | {"webhook-signature": f"v1a,aaaa v1,AAAA {headers['webhook-signature']}"}
    assert verify([NEW], several, BODY) == "msg_1"


@pytest.mark.parametrize("minutes", [-6, 6])
def test_stale_ones_are_refused(minutes: int) -> None:
    headers = sign(NEW, "msg_1", utc_now() + timedelta(minutes=minutes), BODY)
    with pytest.raises(UnauthenticatedError, match=r"too (old|new)"):
        verify([NEW], headers, BODY)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": "1"},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "nan"},
        {"webhook-timestamp": "9" * 400},
        {"webhook-signature": ""},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,no base64!,x"},
        {"webhook-signature": "v1,=="},
        {"webhook-signature": "v2,AAAA"},
        {"webhook-signature": "v1,é"},
    ],
)
def test_changed_headers_are_refused(change: dict[str, str]) -> None:
    with pytest.raises(UnauthenticatedError):
        verify([NEW], sign(NEW, "msg_1", utc_now(), BODY) | change, BODY)


def test_changed_bodies_and_other_secrets_are_refused() -> None:
    headers = sign(NEW, "msg_1", utc_now(), BODY)
    for secrets, body in (([NEW], BODY + b" "), ([NEW], b"\xff\xfe"), ([OLD, PLAIN], BODY), ([], BODY)):
        with pytest.raises(UnauthenticatedError):
            verify(secrets, headers, body)
    for name in headers:
        with pytest.raises(UnauthenticatedError):
            verify([NEW], {key: value for key, value in headers.items() if key != name}, BODY)


def test_simple_services_sign_the_body_alone() -> None:
    for signature in (simple(PLAIN, BODY), f"sha256={simple(PLAIN, BODY)}", simple(PLAIN, BODY).upper()):
        named = verify([OLD, PLAIN], {"x-webhook-signature": signature}, BODY)
        assert named == hashlib.sha256(BODY).hexdigest()
    for signature in ("", "sha256=", simple(PLAIN, b"other"), simple(OLD, BODY), "é", "0" * 64):
        with pytest.raises(UnauthenticatedError):
            verify([PLAIN], {"x-webhook-signature": signature}, BODY)


def test_a_weaker_signature_does_not_stand_in_for_a_bad_one() -> None:
    bad = sign(OLD, "msg_1", utc_now(), BODY) | {"x-webhook-signature": simple(PLAIN, BODY)}
    with pytest.raises(UnauthenticatedError):
        verify([PLAIN], bad, BODY)


def test_long_ids_are_named_by_their_hash() -> None:
    named = verify([NEW], sign(NEW, "m" * 5000, utc_now(), BODY), BODY)
    assert named == hashlib.sha256(b"m" * 5000).hexdigest()
