"""Small weights, a hub and wheels of our own to fetch them from, and a llama.cpp that only says that it serves."""

from __future__ import annotations

import json
import random
import threading
import zipfile
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from haikuterm.adapters.embedded_sources import WeightPart, Weights

NAME = "qwen2.5-coder-0.5b"
FILE = "small.gguf"
SLICE = 100_000
CONTENT = random.Random(1).randbytes(2 * SLICE - 777)
LONGER = CONTENT + random.Random(2).randbytes(SLICE)
NO_HUB = "http://127.0.0.1:9"  # the discard port: nobody listens


def wheels(folder: Path, content: bytes = CONTENT) -> Weights:
    """Real wheels in the folder that hold slices of the content, and the description that pins them."""
    folder.mkdir(exist_ok=True)
    parts = []
    for number, start in enumerate(range(0, len(content), SLICE), 1):
        piece = content[start : start + SLICE]
        wheel = folder / f"weights_part{number}-1.0-py3-none-any.whl"
        member = f"weights_part{number}/data.bin"
        with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(member, piece)
            info = f"weights_part{number}-1.0.dist-info"
            archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: weights-part{number}\nVersion: 1.0\n")
            archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(f"{info}/RECORD", "")
        digest = sha256(wheel.read_bytes()).hexdigest()
        parts.append(WeightPart(f"weights-part{number}", "1.0", digest, wheel.stat().st_size, member, len(piece)))
    return Weights("Apache-2.0", "us/small", FILE, len(content), sha256(content).hexdigest(), tuple(parts))


class Hub:
    """A model hub on the loopback, from `with` to the end of the block.

    content: what it gives. cut: bytes after which its next answer breaks off, None for never. ranges: what was asked
    for, in order. resumes: whether it understands Range. sent: set once a cut answer has gone out.
    """

    def __init__(self, content: bytes = CONTENT, *, cut: int | None = None, resumes: bool = True) -> None:
        self.content, self.cut, self.resumes = content, cut, resumes
        self.ranges: list[str] = []
        self.hold = threading.Event()
        self.hold.set()
        self.sent = threading.Event()

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hold.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = self.headers.get("Range", "")
                hub.ranges.append(asked)
                start = int(asked[len("bytes=") : -1]) if asked and hub.resumes else 0
                body, cut = hub.content[start:], hub.cut
                hub.cut = None
                self.send_response(206 if start else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body if cut is None else body[:cut])
                self.wfile.flush()
                if cut is not None:
                    hub.sent.set()
                    hub.hold.wait(60)
                self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        return Handler


STUB = """
import json, os, sys

class Bag:
    def __getattr__(self, name):
        bag = Bag()
        self.__dict__[name] = bag
        return bag

CommonParams = Bag

class Server:
    def __init__(self, params):
        os.write(1, b"llama.cpp talks on standard output\\\\n")
        if os.environ.get("STUB_FAILS"):
            sys.stderr.write("loading\\\\ngguf_init: bad magic\\\\n")
            sys.exit(3)
        facts = {"pid": os.getpid(), "argv": sys.argv, "spin": os.environ.get("GOMP_SPINCOUNT"),
                 "keys": params.api_keys, "alias": sorted(params.model_alias), "path": params.model.path}
        with open(os.environ["STUB_FACTS"], "a") as file:
            file.write(json.dumps(facts) + "\\\\n")
        self.listening_address = f"http://127.0.0.1:1/{os.getpid()}"
""".replace("\\\\n", "\\n")


def stub_engine(folder: Path, code: str = STUB) -> Path:
    """A folder for PYTHONPATH whose xllamacpp writes down what it was asked for instead of serving."""
    folder.mkdir(exist_ok=True)
    (folder / "xllamacpp.py").write_text(code)
    return folder


def facts(path: Path) -> list[dict[str, object]]:
    """What the stub wrote down, one row per start."""
    return [json.loads(row) for row in path.read_text().splitlines()]
