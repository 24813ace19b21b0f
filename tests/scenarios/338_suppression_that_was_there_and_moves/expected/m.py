x = 1
import os  # noqa: F401
