"""Runs haikuterm: first the frame that the full-screen face fills in, then everything that takes longer."""

from __future__ import annotations

import sys

from haikuterm.ui.first_frame import FirstFrame, begins, theme_of


def main() -> int:
    """Run haikuterm with the words of the command line and return its exit code."""
    words, frame = sys.argv[1:], FirstFrame()
    try:
        if begins(words):
            frame.show(theme_of(words))
        from haikuterm.cli import main as run  # after the frame: this imports a hundred modules

        return run(words, frame)
    except KeyboardInterrupt:
        return 130
    finally:
        frame.leave()


if __name__ == "__main__":
    raise SystemExit(main())
