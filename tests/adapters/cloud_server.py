"""A local server that stands for any cloud: keeps what is sent, and answers in the cloud's own encoding."""

from __future__ import annotations

import json
import struct
import threading
import zlib
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

USAGE = {"input_tokens": 7, "output_tokens": 1}


def events(model: str) -> list[dict[str, Any]]:
    """An answer that says "OK."."""
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": [], "usage": USAGE}
    return [
        {"type": "message_start", "message": {**head, "stop_reason": None, "stop_sequence": None}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "OK."}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
        {"type": "message_stop"},
    ]


def framed(event: dict[str, Any]) -> bytes:
    """An event as Bedrock's InvokeModel sends it (docs.aws.amazon.com, event stream encoding)."""
    heads = {":event-type": "chunk", ":content-type": "application/json", ":message-type": "event"}
    headers = b"".join(
        bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for name, value in heads.items()
    )
    payload = json.dumps({"bytes": b64encode(json.dumps(event).encode()).decode()}).encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
    return message + struct.pack(">I", zlib.crc32(message))


@dataclass
class CloudServer:
    """What was sent to it: (method, path, headers in lower case, body). served: the id that it says has answered."""

    url: str = ""
    served: str = "claude-haiku-4-5-20251001"
    seen: list[tuple[str, str, dict[str, str], dict[str, Any]]] = field(default_factory=list)

    @property
    def path(self) -> str:
        """Of the last request."""
        return self.seen[-1][1]

    @property
    def headers(self) -> dict[str, str]:
        """Of the last request."""
        return self.seen[-1][2]

    @property
    def body(self) -> dict[str, Any]:
        """Of the last request."""
        return self.seen[-1][3]

    def answer(self, path: str) -> tuple[str, bytes]:
        """The type and the bytes of the answer to a request for this path."""
        if "count" in path:
            return "application/json", b'{"input_tokens": 7}'
        if path.endswith("invoke-with-response-stream"):
            return "application/vnd.amazon.eventstream", b"".join(map(framed, events(self.served)))
        lines = "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events(self.served))
        return "text/event-stream", lines.encode()


def _handler(cloud: CloudServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            """Say nothing: stderr belongs to the test."""

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers.get("content-length", 0)))
            heads = {name.lower(): value for name, value in self.headers.items()}
            cloud.seen.append(("POST", self.path, heads, json.loads(data)))
            kind, answer = cloud.answer(self.path)
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    return Handler


@pytest.fixture
def cloud() -> Iterator[CloudServer]:
    """A running server for any cloud."""
    held = CloudServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(held))
    held.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield held
    server.shutdown()
    thread.join()
    server.server_close()
