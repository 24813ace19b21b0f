"""The child process of the embedded model: llama.cpp's own server, which lives as long as its standard input.

Run by file path, so that it imports nothing of this program. Argv: the weights' path, the model's id, its context in
tokens. Standard input: the key, then nothing until its end. Standard output: one line of JSON with the server's URL.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import Any


def main() -> None:
    """Serve on the loopback until the parent closes our standard input, or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is for the parent
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever llama.cpp prints goes to the log
    key = sys.stdin.buffer.readline().decode().strip()
    ended = threading.Thread(target=_end_with_parent, daemon=True)
    ended.start()  # already while the model loads
    server = _serve(sys.argv[1], sys.argv[2], int(sys.argv[3]), key)
    print(json.dumps({"url": server.listening_address}), file=answers, flush=True)
    ended.join()


def _end_with_parent() -> None:
    """The pipe ends when the parent closes it or dies, even by SIGKILL."""
    while os.read(0, 4096):  # not sys.stdin: its lock, held by a thread that waits, breaks the end of the interpreter
        pass
    os._exit(0)  # nothing of ours is to be saved; a clean end would wait for the answer that is being written


def _serve(path: str, model: str, context: int, key: str) -> Any:
    """Start the server; it runs in threads of its own for as long as the object lives."""
    import xllamacpp

    threads = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    params = xllamacpp.CommonParams()
    params.model.path = path
    params.model_alias = {model}
    params.hostnames = ["127.0.0.1"]
    params.port = 0  # the system picks one
    params.api_keys = [key]
    params.n_ctx, params.n_parallel = context, 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.ui = False
    params.endpoint_slots = False
    params.cache_ram_mib = 512
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
