"""Runs the program with every socket that is not a Unix one refused and written down (argv: the file, its words).

Where the system allows it, the process has also left the network behind: a namespace of its own, for its children too.
"""

from __future__ import annotations

import ctypes
import socket
import sys
from contextlib import suppress
from pathlib import Path

CLONE_NEWNET = 0x4000_0000
WRITTEN = Path(sys.argv[1])


def watch(event: str, given: tuple[object, ...]) -> None:
    """Python tells this of every socket that is made, connected or bound, and of every name that is looked up."""
    if event == "socket.__new__" and given[1] == socket.AF_UNIX:
        return
    if event in ("socket.__new__", "socket.getaddrinfo", "socket.gethostbyname", "socket.connect"):
        if event == "socket.connect" and isinstance(given[1], (str, bytes)):
            return
        with WRITTEN.open("a", encoding="utf-8") as file:
            file.write(f"{event} {given[1:]!r}\n")
        raise OSError(f"the network is off: {event}")


def leave_the_network() -> None:
    """A network of nothing but a loopback that is down; no matter where that is not allowed."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).unshare(CLONE_NEWNET)


if __name__ == "__main__":
    leave_the_network()
    sys.addaudithook(watch)
    from haikuterm.cli import main

    sys.exit(main(sys.argv[2:]))
