"""Whether a Python source still says the same: its syntax tree, with the forms that linters prefer made equal.

A linter that falls silent proves little: deleting the line silences it too. So a model's fix of a known rule counts
only if the whole file's tree is one of those that the rule asks for.
"""

from __future__ import annotations

import ast
import warnings

_OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_STRICT: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Is: ast.Eq, ast.IsNot: ast.NotEq}


def tree(source: str) -> ast.Module | None:
    """The source's syntax tree, or None if it does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python thinks of the user's backslashes is not for our screen
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # ValueError: a NUL; the last two: deep nesting
        return None


def meaning(module: ast.Module) -> str:
    """A text that two trees share if they mean the same but for style; the tree is used up."""
    return ast.dump(_Plain().visit(module))


def shape(module: ast.Module) -> str:
    """The kinds of its statements in order: what a change within one line must not change."""
    return " ".join(type(node).__name__ for node in ast.walk(module) if isinstance(node, ast.stmt))


class _Plain(ast.NodeTransformer):
    """Rewrites the forms that E711-E714, E721, E722, F541 and F632 complain of, and their remedies, to one form."""

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """`is` as `==`, a constant on the right, and `x == True` as `x`."""
        self.generic_visit(node)
        node.ops = [_STRICT.get(type(op), type(op))() for op in node.ops]
        if len(node.ops) > 1 or not isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
            return node
        if isinstance(node.left, ast.Constant):
            node.left, node.comparators = node.comparators[0], [node.left]
        match node.comparators:
            case [ast.Constant(value=bool(value))]:
                agrees = isinstance(node.ops[0], ast.Eq) == value
                return node.left if agrees else _negated(node.left)
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        """`not x in y` as `x not in y`."""
        self.generic_visit(node)
        return _negated(node.operand) if isinstance(node.op, ast.Not) else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """`isinstance(x, T)` as `type(x) == T`."""
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name(id="isinstance"), args=[thing, kind], keywords=[]):
                asked = ast.Call(ast.Name("type", ast.Load()), [thing], [])
                return ast.Compare(asked, [ast.Eq()], [kind])
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        """An f-string without placeholders as a plain one."""
        self.generic_visit(node)
        parts = [part.value for part in node.values if isinstance(part, ast.Constant)]
        return ast.Constant("".join(map(str, parts))) if len(parts) == len(node.values) else node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.ExceptHandler:
        """A bare `except:` as `except Exception:`."""
        self.generic_visit(node)
        if node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "BaseException"):
            node.type = ast.Name("Exception", ast.Load())
        return node


def _negated(node: ast.expr) -> ast.expr:
    match node:
        case ast.Compare(ops=[op]) if type(op) in _OPPOSITE:
            return ast.Compare(node.left, [_OPPOSITE[type(op)]()], node.comparators)
        case ast.UnaryOp(op=ast.Not()):
            return node.operand
    return ast.UnaryOp(ast.Not(), node)
