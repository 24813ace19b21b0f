import re

PATTERN = re.compile("x")
