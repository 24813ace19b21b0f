"""A local server that speaks the Messages API, with answers written by the test.

    with MessagesApi() as api:
        api.answer(Say("Hello."), Fail(529, "Overloaded"), Break("Hel", "reset"))
        ... point a client at api.url, any key but "bad" ...
        assert api.requests[0]["model"] == "claude-haiku-4-5"

By hand: python -m tests.messages_api [--port N] [--script answers.json] [--delay SECONDS]
"""

from __future__ import annotations

import argparse
import json
import select
import socket
import struct
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self, TypeAlias
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.messages_answers import Answer, Break, Fail, Pause, Replay, Say, body_of, events_of, head_of
from tests.messages_rules import Refused, check
from tests.messages_usage import PromptCache

__all__ = ["Answer", "Break", "Fail", "MessagesApi", "Pause", "Replay", "Say", "api"]

Script: TypeAlias = "Answer | Callable[[dict[str, Any]], Answer]"

MODELS = (
    {"id": "claude-haiku-4-5", "display_name": "Claude Haiku 4.5", "max_input_tokens": 200_000, "max_tokens": 64_000},
    {
        "id": "claude-haiku-5-5",
        "display_name": "Claude Haiku 5.5",
        "max_input_tokens": 1_000_000,
        "max_tokens": 128_000,
    },
)


class MessagesApi:
    """The server, running from `with` to the end of the block.

    requests, headers: body and (lower-case) headers of each POST /v1/messages, in order. counts: bodies of
    count_tokens. log: method, path and status of every answer to anything, in order. hung_up: set when a client left
    in the middle of an answer. models: rows of GET /v1/models.
    """

    def __init__(self, port: int = 0, delay: float = 0.0) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.counts: list[dict[str, Any]] = []
        self.log: list[str] = []
        self.models: list[dict[str, Any]] = [dict(row) for row in MODELS]
        self.hung_up = threading.Event()
        self.closing = threading.Event()
        self.delay = delay
        self.cache = PromptCache()
        self.signed: dict[str, str] = {}
        self.paused = False
        self._answers: deque[Script] = deque()
        self._server = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        """The base URL, without /v1."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, *answers: Script) -> None:
        """Queue answers; they are used in order, and when there are none left the answer is "OK."."""
        self._answers.extend(answers)

    def next_answer(self, body: dict[str, Any]) -> Answer:
        """The answer to this request."""
        answer = self._answers.popleft() if self._answers else Say()
        return answer(body) if callable(answer) else answer

    @property
    def unused(self) -> int:
        """How many queued answers nobody asked for."""
        return len(self._answers)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.close_all()
        assert not self._server.crashes, "\n".join(self._server.crashes)


class _Server(ThreadingHTTPServer):
    """Knows its open connections, so that none outlives the test."""

    daemon_threads = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], api: MessagesApi) -> None:
        self.api = api
        self.crashes: list[str] = []
        self._open: set[socket.socket] = set()
        super().__init__(address, _Connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep what went wrong for the test to see; a client that left is no fault."""
        trace = traceback.format_exc()
        if "ConnectionResetError" not in trace and "BrokenPipeError" not in trace:
            self.crashes.append(trace)

    def close_all(self) -> None:
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it has closed by itself
        self.server_close()


class _Connection(BaseHTTPRequestHandler):
    """One client's connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, *args: Any) -> None:
        """Say nothing: stderr belongs to the test."""

    def send_response(self, code: int, message: str | None = None) -> None:
        self.server.api.log.append(f"{self.command} {urlsplit(self.path).path} {code}")
        super().send_response(code, message)

    def do_GET(self) -> None:
        if self._refused_key():
            return
        url = urlsplit(self.path)
        if url.path != "/v1/models":
            self._fail(Fail(404, "Not found"))
            return
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        self._json(200, self._page(int(query.get("limit", 20)), query.get("after_id", "")))

    def _page(self, limit: int, after: str) -> dict[str, Any]:
        rows = [{"type": "model", "created_at": "2026-10-07T00:00:00Z", **row} for row in self.server.api.models]
        start = next((i + 1 for i, row in enumerate(rows) if row["id"] == after), 0)
        page = rows[start : start + limit]
        ends = {"first_id": page[0]["id"], "last_id": page[-1]["id"]} if page else {"first_id": None, "last_id": None}
        return {"data": page, "has_more": start + limit < len(rows), **ends}

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self._refused_key():
            return
        path = urlsplit(self.path).path
        if path not in ("/v1/messages", "/v1/messages/count_tokens"):
            self._fail(Fail(404, "Not found"))
            return
        body = json.loads(data)
        if path.endswith("count_tokens"):
            self._count(body)
        else:
            self._messages(body)

    def _refused_key(self) -> bool:
        """Answer 401 where there is no usable key, 400 where the version is missing."""
        bearer = self.headers.get("authorization", "").removeprefix("Bearer ")
        key = bearer or self.headers.get("x-api-key", "")
        if not key or key == "bad":
            self._fail(Fail(401, "invalid x-api-key" if key else "Authentication is required"))
            return True
        if "anthropic-version" not in self.headers:
            self._fail(Fail(400, "anthropic-version: header is required"))
            return True
        return False

    def _count(self, body: dict[str, Any]) -> None:
        api = self.server.api
        api.counts.append(body)
        try:
            check({"max_tokens": 1, **body}, api.signed)
        except Refused as refused:
            self._fail(Fail(400, str(refused)))
            return
        self._json(200, {"input_tokens": api.cache.size(body)})

    def _messages(self, body: dict[str, Any]) -> None:
        api = self.server.api
        api.requests.append(body)
        api.headers.append({name.lower(): value for name, value in self.headers.items()})
        try:
            check(body, api.signed, paused=api.paused)
        except Refused as refused:
            self._fail(Fail(400, str(refused)))
            return
        answer = api.next_answer(body)
        api.paused = isinstance(answer, Say) and answer.stop == "pause_turn"
        match answer:
            case Fail():
                self._fail(answer)
            case Say() if not body.get("stream"):
                self._json(200, body_of(answer, body, api.cache.charge(body), api.signed))
            case _:
                self._stream(answer, body)

    def _fail(self, fail: Fail) -> None:
        self._json(fail.status, fail.body, fail.header_lines)

    def _json(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**head_of(), "content-type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, answer: Say | Break | Replay, body: dict[str, Any]) -> None:
        self.send_response(200)
        for name, value in {**head_of(), "content-type": "text/event-stream", "transfer-encoding": "chunked"}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self._send_all(answer, body)
        except (ConnectionResetError, BrokenPipeError):
            self.server.api.hung_up.set()
            self.close_connection = True

    def _send_all(self, answer: Say | Break | Replay, body: dict[str, Any]) -> None:
        api = self.server.api
        for item in events_of(answer, body, api.cache.charge(body), api.signed):
            match item:
                case bytes():
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(item), item))
                    api.closing.wait(api.delay)
                case Pause():
                    item.reached.set()
                    self._wait(item.go)
                case "reset":
                    self._reset()
                    return
                case _:
                    self._wait(threading.Event())
        self.wfile.write(b"0\r\n\r\n")

    def _wait(self, go: threading.Event) -> None:
        """Until the test says go or the server closes; raises ConnectionResetError if the client leaves first."""
        while not go.is_set() and not self.server.api.closing.is_set():
            if select.select([self.connection], [], [], 0.01)[0]:
                raise ConnectionResetError

    def _reset(self) -> None:
        """Drop the connection the hard way: the client gets a TCP reset."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # detached, because http.server would end the stream in an orderly way before it closes
        socket.close(self.connection.detach())


@pytest.fixture
def api() -> Iterator[MessagesApi]:
    """A running local Messages API; queue answers with `api.answer(...)`, else it says "OK."."""
    with MessagesApi() as running:
        yield running


def from_json(row: str | Mapping[str, Any]) -> Answer:
    """An answer of its JSON form: a text, or the fields of Say, of Fail (has "status") or of Break (has "how")."""
    if isinstance(row, str):
        return Say(row)
    kind = Fail if "status" in row else Break if "how" in row else Say
    return kind(**row)


def main() -> None:
    """Run the server until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.messages_api", description=main.__doc__)
    parser.add_argument("--port", type=int, default=8787)
    parser.add_argument("--script", type=Path, help="a JSON list of answers, used in order")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds between two pieces of an answer")
    args = parser.parse_args()
    with MessagesApi(args.port, args.delay) as running:
        if args.script:
            running.answer(*(from_json(row) for row in json.loads(args.script.read_text(encoding="utf-8"))))
        print(f"ANTHROPIC_BASE_URL={running.url}", flush=True)  # noqa: T201 - the one thing its user must know
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
