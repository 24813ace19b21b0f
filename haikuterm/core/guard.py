"""What must not pass: secrets on their way out, terminal escapes on their way in."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

# C0 and C1 controls, DEL, the marks that reorder text on the screen (CVE-2021-42574), and halves of characters, as in
# names of files that are not UTF-8; tab and newline stay.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufff9-\ufffb]"
)
_PICTURES = 0x2400  # U+2400 "SYMBOL FOR NULL" and on: one picture for each C0 control

SECRET_NAMES = (
    ".env", ".env.*", "*.pem", "*.p12", "*.pfx", "*.key", "*.keystore", "*.jks", "id_rsa*", "id_dsa*", "id_ecdsa*",
    "id_ed25519*", ".netrc", "_netrc", ".npmrc", ".pypirc", ".htpasswd", "credentials", "credentials.json",
    "credentials.toml", "secrets.*", ".git-credentials", "*.kdbx",
)  # fmt: skip
HARMLESS_NAMES = (".env.example", ".env.sample", ".env.template", "id_*.pub")

_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}

SECRET_TEXT = (
    ("a private key", re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----")),
    ("an Anthropic API key", re.compile(r"\bsk-ant-[A-Za-z0-9_-]{20,}")),
    ("an OpenAI API key", re.compile(r"\bsk-(?:proj-)?[A-Za-z0-9_-]{32,}")),
    ("an AWS access key", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a GitHub token", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})")),
    ("a GitLab token", re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}")),
    ("a Slack token", re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}")),
    ("a Google API key", re.compile(r"\bAIza[A-Za-z0-9_-]{35}\b")),
    ("a Stripe live key", re.compile(r"\b[rs]k_live_[A-Za-z0-9]{20,}")),
)


def visible(text: str) -> str:
    """The text with every control character and escape made a visible character; newline and tab stay."""
    return _CONTROL.sub(_show, text)


def visible_line(text: str) -> str:
    """Like `visible`, for one line: newlines and tabs are shown too."""
    return visible(text).replace("\n", "␊").replace("\t", "␉")


def _show(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(_PICTURES + code)
    return "␡" if code == 0x7F else f"<U+{code:04X}>"


def secret_name(path: str) -> bool:
    """Whether the file's name is one that usually holds secrets."""
    name = PurePosixPath(path).name.lower()
    if any(fnmatchcase(name, pattern) for pattern in HARMLESS_NAMES):
        return False
    return any(fnmatchcase(name, pattern) for pattern in SECRET_NAMES)


def odd_name(path: str) -> str:
    """Why a new file should not have this path: some system cannot hold it, or shows it as another; "" if none."""
    for part in path.split("/"):
        if any(ord(sign) < 0x20 or sign == "\x7f" for sign in part):
            return "it holds a control character"
        if part.partition(".")[0].lower() in _DEVICES:
            return f"{part!r} is the name of a device on Windows"
        if part.endswith((" ", ".")) or part.startswith(" "):
            return f"{part!r} begins with a blank, or ends with a blank or a dot, which some systems drop"
        if wrong := next((sign for sign in part if sign in '<>:"|?*'), ""):
            return f"{wrong!r} cannot stand in a file name on Windows"
    return ""


def secret_text(text: str) -> str:
    """What kind of secret the text seems to hold ("a private key"), or ""."""
    return next((kind for kind, pattern in SECRET_TEXT if pattern.search(text)), "")
