"""A service that keeps the contract and survives being killed: `python -m … PORT FOLDER SECRET`.

A job is a file from before it is acknowledged until its callback was accepted. A file `hold-submit`, `hold-callback`
or `hold-result` in the folder makes it wait there, as long as the file exists; a file `at-…` shows that it waits.
"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import httpx
import pyvips

from app.core.clock import utc_now
from app.infrastructure.signing import sign


class Service:
    def __init__(self, port: int, folder: Path, secret: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.folder = folder
        self.secret = secret

    def wait_at(self, point: str) -> None:
        while (self.folder / f"hold-{point}").exists():
            (self.folder / f"at-{point}").touch()
            time.sleep(0.01)

    def accept(self, job: dict[str, str]) -> None:
        self.wait_at("submit")
        path = self.folder / f"{job['job_id']}.job"
        if not path.exists() and not self.result(job["job_id"]).exists():
            part = path.with_suffix(".part")
            part.write_text(json.dumps(job))
            part.rename(path)

    def result(self, job_id: str) -> Path:
        return self.folder / f"{job_id}.jpg"

    def work(self) -> None:
        while True:
            for path in self.folder.glob("*.job"):
                self.finish(path)
            time.sleep(0.02)

    def finish(self, path: Path) -> None:
        """Make the result and call back; what does not work is tried again in the next round."""
        job = json.loads(path.read_text())
        try:
            photo = pyvips.Image.jpegload_buffer(httpx.get(job["image_url"], timeout=5).raise_for_status().content)
            self.result(job["job_id"]).write_bytes((photo * 1.15).cast("uchar").jpegsave_buffer())
            self.wait_at("callback")
            said = {
                "job_id": job["job_id"],
                "status": "success",
                "enhanced_image_url": f"{self.url}/results/{job['job_id']}.jpg",
            }
            body = json.dumps(said).encode()
            headers = sign(self.secret, f"msg_{uuid4().hex}", utc_now(), body)
            httpx.post(job["webhook_url"], content=body, headers=headers, timeout=5).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            path.unlink()


def handler_of(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            service.accept(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            service.wait_at("result")
            content = service.result(Path(self.path).stem).read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


if __name__ == "__main__":
    service = Service(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
    threading.Thread(target=service.work, daemon=True).start()
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), handler_of(service)).serve_forever()
