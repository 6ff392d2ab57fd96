"""Answers as Supabase Storage 1.11 was seen to answer: nearly every refusal is HTTP 400, and the body says which."""

import hashlib
import json
import re
from typing import Any
from urllib.parse import unquote

from app.tests.stand_ins.server import Asked, Reply, StandIn

SERVICE_KEY = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.c2VydmljZQ"
ANON_KEY = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.YW5vbg"
NEW_KEY = "sb_secret_of_the_project"
KEY = re.compile(r"[\w/!.*'() &$=@;:+,?-]+", re.ASCII)


def _json(status: int, body: Any) -> Reply:
    return Reply(status, json.dumps(body).encode(), {"content-type": "application/json; charset=utf-8"})


def _refused(status: int, error: str, code: str, message: str) -> Reply:
    return _json(400, {"statusCode": str(status), "error": error, "message": message, "code": code})


NO_BUCKET = _refused(404, "Bucket not found", "NoSuchBucket", "Bucket not found")
NO_OBJECT = _refused(404, "not_found", "NoSuchKey", "Object not found")
DENIED = _refused(403, "Unauthorized", "AccessDenied", "new row violates row-level security policy")
LOCKED = _refused(423, "ResourceLocked", "ResourceLocked", "The resource is locked")
READ_ONLY = _refused(503, "ReadOnly", "ReadOnly", "The database is read-only")


class SupabaseStandIn(StandIn):
    bucket = "property-images"

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[str, tuple[bytes, str, str]] = {}
        self.settings: dict[str, Any] = {"public": True, "file_size_limit": None, "allowed_mime_types": None}
        self.refusals: list[Reply] = []

    def answer(self, asked: Asked) -> Reply:
        if self.refusals:
            return self.refusals.pop(0)
        path = unquote(asked.path).partition("?")[0]
        if not path.startswith("/storage/v1/"):
            return _json(404, {"message": f"Route {path} not found", "error": "Not Found", "statusCode": 404})
        path = path.removeprefix("/storage/v1")
        if path.startswith("/object/public/"):
            return self._public(path.removeprefix("/object/public/"))
        role = self._role(asked)
        if isinstance(role, Reply):
            return role
        if path.startswith("/bucket/"):
            known = path == f"/bucket/{self.bucket}" and role == "service_role"
            return _json(200, {"id": self.bucket, "name": self.bucket, **self.settings}) if known else NO_BUCKET
        return self._object(asked, path.removeprefix("/object/"), role)

    def _role(self, asked: Asked) -> str | Reply:
        if asked.headers.get("apikey") == NEW_KEY and "authorization" not in asked.headers:
            return "service_role"
        bearer = asked.headers.get("authorization")
        if bearer is None:
            return _refused(400, "Error", "InvalidRequest", "headers must have required property 'authorization'")
        if bearer == f"Bearer {SERVICE_KEY}":
            return "service_role"
        if bearer == f"Bearer {ANON_KEY}":
            return "anon"
        return _refused(403, "Unauthorized", "AccessDenied", "Invalid Compact JWS")

    def _object(self, asked: Asked, path: str, role: str) -> Reply:
        bucket, _, key = path.partition("/")
        if bucket != self.bucket:
            return NO_BUCKET
        if not KEY.fullmatch(key):
            return _refused(400, "InvalidKey", "InvalidKey", f"Invalid key: {key}")
        if asked.method == "GET":
            return self._serve(key) if key in self.objects else NO_OBJECT
        if role != "service_role":
            return DENIED
        if asked.method == "DELETE":
            return _json(200, {"message": "Successfully deleted"}) if self.objects.pop(key, None) else NO_OBJECT
        return self._store(key, asked)

    def _store(self, key: str, asked: Asked) -> Reply:
        limit, types = self.settings["file_size_limit"], self.settings["allowed_mime_types"]
        content_type = asked.headers.get("content-type", "text/plain")
        if limit is not None and len(asked.body) > limit:
            return _refused(413, "Payload too large", "EntityTooLarge", "The object exceeded the maximum allowed size")
        if types and content_type not in types:
            return _refused(415, "invalid_mime_type", "InvalidMimeType", f"mime type {content_type} is not supported")
        if key in self.objects and asked.headers.get("x-upsert") != "true":
            return _refused(409, "Duplicate", "KeyAlreadyExists", "The resource already exists")
        self.objects[key] = (asked.body, content_type, asked.headers.get("cache-control", "no-cache"))
        return _json(200, {"Key": f"{self.bucket}/{key}", "Id": "5f0f0d5e-7c0b-4a52-9d7b-a7e0f2a0c001"})

    def _public(self, path: str) -> Reply:
        bucket, _, key = path.partition("/")
        if bucket != self.bucket or not self.settings["public"]:
            return NO_BUCKET
        return self._serve(key) if key in self.objects else NO_OBJECT

    def _serve(self, key: str) -> Reply:
        body, content_type, cache = self.objects[key]
        etag = hashlib.md5(body, usedforsecurity=False).hexdigest()
        return Reply(200, body, {"content-type": content_type, "cache-control": cache, "etag": f'"{etag}"'})
