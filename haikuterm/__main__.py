"""Runs haikuterm as `python -m haikuterm`."""

from haikuterm.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
