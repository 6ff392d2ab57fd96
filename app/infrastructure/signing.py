"""Signed messages, both ways: Standard Webhooks, and for simple services an HMAC of the body alone."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

from standardwebhooks import Webhook, WebhookVerificationError

from app.core.exceptions import UnauthenticatedError

SCHEME = "Webhook-Signature"
PREFIX = "whsec_"
LONGEST_ID = 128


def sign(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of Standard Webhooks for a message sent at that time."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": _webhook(secret).sign(message_id, at, body.decode()),
    }


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes) -> str:
    """Return what names this message, its webhook-id or the body's hash, when one of the secrets signed it.

    Header names are in lower case. A webhook-timestamp may be five minutes off. Raises UnauthenticatedError.
    """
    if "webhook-signature" in headers:
        _verify_standard(secrets, headers, body)
        message_id = headers["webhook-id"]
        return message_id if len(message_id) <= LONGEST_ID else hashlib.sha256(message_id.encode()).hexdigest()
    if "x-webhook-signature" in headers:
        _verify_simple(secrets, headers["x-webhook-signature"], body)
        return hashlib.sha256(body).hexdigest()
    raise UnauthenticatedError("A signature is required: webhook-signature or X-Webhook-Signature", SCHEME)


def _verify_standard(secrets: Sequence[str], headers: Mapping[str, str], body: bytes) -> None:
    reason = "there is no secret to check it with"
    for secret in secrets:
        try:
            _webhook(secret).verify(body, dict(headers), json_parse=False)
        except WebhookVerificationError as error:
            reason = str(error).lower()
        except ValueError:  # what the library raises for signatures and bodies that are not text of the right form
            reason = "it is not well formed"
        else:
            return
    raise UnauthenticatedError(f"The signature is not accepted: {reason}", SCHEME)


def _verify_simple(secrets: Sequence[str], given: str, body: bytes) -> None:
    signature = given.strip().lower().removeprefix("sha256=").encode()
    for secret in secrets:
        expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()
        if hmac.compare_digest(expected, signature):
            return
    raise UnauthenticatedError("The signature is not accepted: it does not fit the body", SCHEME)


def _webhook(secret: str) -> Webhook:
    """By the standard's rule what follows `whsec_` is base64; a secret without it is used as it stands."""
    return Webhook(secret if secret.startswith(PREFIX) else secret.encode())
