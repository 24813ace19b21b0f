"""haikuterm: an interactive terminal chat and coding assistant, small model first."""

__version__ = "0.1.0"
