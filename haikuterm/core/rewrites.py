"""The words that a rule wants elsewhere on a line: what stands there, and what should.

A small model that is told the rule copies the linter's placeholder names; told the words, it puts them in.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from haikuterm.core.findings import Finding

_STYLES: dict[type[ast.cmpop], str] = {ast.Is: "==", ast.IsNot: "!=", ast.Eq: "is", ast.NotEq: "is not"}
_LOOSE = (ast.BoolOp, ast.IfExp, ast.Lambda, ast.NamedExpr)


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Part of one line, and what it should be; "" for nothing."""

    old: str
    new: str

    def __str__(self) -> str:
        return f"Replace `{self.old}` with `{self.new}`." if self.new else f"Remove `{self.old}`."


def rewrite(module: ast.Module, row: str, finding: Finding) -> Rewrite | None:
    """What the finding's rule wants changed in the row, its line; None for rules that say nothing so exact."""
    if finding.code == "E722":
        found = re.search(r"\bexcept\s*:", row)
        return Rewrite(found[0], "except Exception:") if found else None
    if finding.code == "F541" and finding.end_line == finding.line:
        old = row[finding.column - 1 : finding.end_column - 1]
        prefix = re.match(r"[A-Za-z]*", old)
        plain = (
            re.sub("[fF]", "", prefix[0]) + old[prefix.end() :].replace("{{", "{").replace("}}", "}") if prefix else ""
        )
        return Rewrite(old, plain)
    at = len(row[: finding.column - 1].encode())
    for node in ast.walk(module):
        if isinstance(node, (ast.Compare, ast.UnaryOp)) and node.lineno == node.end_lineno == finding.line:
            new = _compared(node, finding.code, row)
            if new and node.col_offset <= at < (node.end_col_offset or 0):
                return Rewrite(_segment(node, row), new)
    return None


def _segment(node: ast.expr, row: str) -> str:
    return row.encode()[node.col_offset : node.end_col_offset].decode()


def _compared(node: ast.Compare | ast.UnaryOp, code: str, row: str) -> str:
    """The comparison as the rule wants it, or ""."""
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=ast.Compare(left=left, ops=[ast.In()], comparators=[right])):
            return f"{_segment(left, row)} not in {_segment(right, row)}" if code == "E713" else ""
        case ast.UnaryOp(op=ast.Not(), operand=ast.Compare(left=left, ops=[ast.Is()], comparators=[right])):
            return f"{_segment(left, row)} is not {_segment(right, row)}" if code == "E714" else ""
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _styled(left, op, right, code, row)
    return ""


def _styled(left: ast.expr, op: ast.cmpop, right: ast.expr, code: str, row: str) -> str:
    if type(op) not in _STYLES:
        return ""
    style, equal = _STYLES[type(op)], isinstance(op, (ast.Eq, ast.NotEq))
    if code in ("E711", "E712") and isinstance(left, ast.Constant):
        left, right = right, left
    match code, right:
        case "E711", ast.Constant(value=None) if equal:
            return f"{_segment(left, row)} {style} None"
        case "E712", ast.Constant(value=bool(value)) if equal:
            return _truth(left, isinstance(op, ast.Eq) == value, row)
        case ("E721", _) if equal:
            return f"{_segment(left, row)} {style} {_segment(right, row)}"
        case ("F632", _) if not equal:
            return f"{_segment(left, row)} {style} {_segment(right, row)}"
    return ""


def _truth(node: ast.expr, wanted: bool, row: str) -> str:
    text = f"({_segment(node, row)})" if isinstance(node, _LOOSE) else _segment(node, row)
    return text if wanted else f"not {text}"
