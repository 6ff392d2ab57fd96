"""Answers as an S3 server does to what the app asks of it. Signatures are looked at for their key only."""

import re
from urllib.parse import unquote

from app.tests.stand_ins.server import Asked, Reply, StandIn

ACCESS_KEY = "AKIASTANDIN"


def _xml(status: int, code: str) -> Reply:
    body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{code}</Message></Error>'
    return Reply(status, body.encode(), {"content-type": "application/xml"})


class S3StandIn(StandIn):
    bucket = "property-images"

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[str, tuple[bytes, str, str]] = {}

    def answer(self, asked: Asked) -> Reply:
        path, _, query = asked.path.partition("?")
        bucket, _, key = unquote(path).removeprefix("/").partition("/")
        if bucket == "public":  # what a CDN in front of the bucket serves
            return self._serve(key, asked)
        if f"Credential={ACCESS_KEY}/" not in asked.headers.get("authorization", ""):
            return _xml(403, "InvalidAccessKeyId")
        if bucket != self.bucket:
            return _xml(404, "NoSuchBucket")
        if asked.method == "GET":
            return self._list() if "list-type=2" in query else self._serve(key, asked)
        if asked.method == "DELETE":
            self.objects.pop(key, None)
            return Reply(204)
        self.objects[key] = (asked.body, asked.headers["content-type"], asked.headers["cache-control"])
        return Reply(200, headers={"etag": '"0"'})

    def _list(self) -> Reply:
        body = f"<ListBucketResult><Name>{self.bucket}</Name><KeyCount>0</KeyCount></ListBucketResult>"
        return Reply(200, body.encode(), {"content-type": "application/xml"})

    def _serve(self, key: str, asked: Asked) -> Reply:
        if key not in self.objects:
            return _xml(404, "NoSuchKey")
        body, content_type, cache = self.objects[key]
        headers = {"content-type": content_type, "cache-control": cache, "etag": '"0"'}
        headers["last-modified"] = "Wed, 25 Nov 2026 10:00:00 GMT"
        if wanted := re.fullmatch(r"bytes=(\d+)-(\d*)", asked.headers.get("range", "")):
            start, end = int(wanted[1]), min(int(wanted[2] or len(body)), len(body) - 1)
            headers["content-range"] = f"bytes {start}-{end}/{len(body)}"
            return Reply(206, body[start : end + 1], headers)
        return Reply(200, body, headers)
