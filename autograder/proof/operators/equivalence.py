"""One form for sources that plainly mean the same, so that a mutant which changes nothing is not proposed."""

import ast
import warnings

from autograder.authoring.syntax import parse_code

_NEUTRAL_RIGHT = {ast.Add: 0, ast.Sub: 0, ast.Mult: 1, ast.Div: 1, ast.FloorDiv: 1, ast.Pow: 1}
_NEUTRAL_LEFT = {ast.Add: 0, ast.Mult: 1}
_MIRRORED = {ast.Gt: ast.Lt, ast.GtE: ast.LtE}


def canonical(source: str) -> str | None:
    """The syntax tree as text, without positions and neutral elements; None if the source does not compile."""
    try:
        tree = parse_code(source)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(tree, "mutant", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (SyntaxError, ValueError):
        return None
    return ast.dump(_Canonical().visit(tree))


def _value(node: ast.expr | None) -> float | None:
    """The value of a number literal, which a truth value is not."""
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


class _Canonical(ast.NodeTransformer):
    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        left, right, kind = _value(node.left), _value(node.right), type(node.op)
        if right is not None and right == _NEUTRAL_RIGHT.get(kind):
            return node.left
        if left is not None and left == _NEUTRAL_LEFT.get(kind):
            return node.right
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.op, ast.USub) and (value := _value(node.operand)) is not None:
            return ast.Constant(-value if value else value)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        self.generic_visit(node)
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=same)) if name == same:
                return ast.Pass()
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.Compare:
        self.generic_visit(node)
        mirrored = _MIRRORED.get(type(node.ops[0]))
        if mirrored and len(node.ops) == 1:
            return ast.Compare(node.comparators[0], [mirrored()], [node.left])
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "range" and len(node.args) == 2:
            node.args = node.args[1:] if _value(node.args[0]) == 0 else node.args
        return node

    def visit_Slice(self, node: ast.Slice) -> ast.Slice:
        self.generic_visit(node)
        step = None if _value(node.step) == 1 else node.step
        lower = None if step is None and _value(node.lower) == 0 else node.lower
        return ast.Slice(lower, node.upper, step)
