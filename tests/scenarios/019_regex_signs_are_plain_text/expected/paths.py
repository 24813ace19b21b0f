import re

PATTERN = re.compile(r"\1(\w+)\g<0>$")
