"""Test files of otter's exception format whose comparisons are noted while they run.

An inequality ``error < 1e-6`` inside an assert becomes ``__recorder__.compare(0, error, 1e-06)``, which gives the same
outcome (`readings.Recorder`). Calls of ``allclose`` and its like become calls of ``close``, seeds that a test chooses
go through ``seed``.

Only what an assert demands, or compares with another outcome, is noted. One comparison of several of which any may
hold is neither. Functions that a test may send to the student's objects are left as they are.
"""

import ast
from collections.abc import Iterable, Iterator
from types import CodeType
from typing import Any

from autograder.authoring.syntax import parse_code
from autograder.proof.tolerances.readings import Place

RECORDER = "__recorder__"
_INEQUALITIES: dict[type[ast.cmpop], str] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_EQUALITIES = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot)
_CLOSE = {"allclose", "isclose"}
_ASSERT_CLOSE = {"assert_close", "assert_allclose"}
_SEEDERS = {"default_rng", "seed", "manual_seed", "manual_seed_all", "Random", "RandomState"}
_CONSTANT_NAMES = {"math", "np", "numpy", "torch", "abs", "float", "max", "min"}  # in expressions without variables


def instrument(source: str, path: str) -> tuple[CodeType, list[Place]]:
    """The code of a test file with its comparisons noted, and the places where they stand.

    Raises:
        SyntaxError: the file is not Python.
    """
    tree = parse_code(source)
    places: list[Place] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and any(_called(one) == "test_case" for one in node.decorator_list):
            _Case(node, places).rewrite()
    return compile(ast.fix_missing_locations(tree), path, "exec"), places


class _Case(ast.NodeTransformer):
    """Rewrites one test function in place."""

    def __init__(self, function: ast.FunctionDef, places: list[Place]):
        self.function, self.places = function, places
        self.passed_on, self.shared = _names_passed_on(function), _names_shared(function)

    def rewrite(self) -> None:
        self.function.body = [self.visit(statement) for statement in self.function.body]

    # --- statements and calls, wherever they stand ---

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node if _may_leave(node, self.passed_on) else self.generic_visit(node)

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return node  # most are passed on

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        node.test = self._demand(node.test, True)
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = _called(node)
        if name in _ASSERT_CLOSE:
            return self._close(node, True)
        if name in _SEEDERS:
            node.args[:1] = [self._seed(seed) for seed in node.args[:1]]
            for keyword in node.keywords:
                keyword.value = self._seed(keyword.value) if keyword.arg == "seed" else keyword.value
        return node

    def _seed(self, seed: ast.expr) -> ast.expr:
        """A seed that the student's code may get, too, stays: both may be meant to draw the same."""
        shared = any(name.id in self.shared for name in _names_read(seed))
        return seed if shared else _recorder_call("seed", seed, [seed])

    # --- what an assert demands ---

    def _demand(self, node: ast.expr, wanted: bool | None, each: bool = False) -> ast.expr:
        """An expression whose outcome must be ``wanted`` (None: either), in each element or as a whole."""
        rewrite = getattr(self, f"_demand_{type(node).__name__}", None)
        return rewrite(node, wanted, each) if rewrite else node

    def _demand_Compare(self, node: ast.Compare, wanted: bool | None, each: bool) -> ast.expr:
        if len(node.ops) == 1 and type(node.ops[0]) in _INEQUALITIES:
            return self._compare(node, wanted, each)
        if all(isinstance(op, _EQUALITIES) for op in node.ops):
            node.left = self._demand(node.left, None)
            node.comparators = [self._demand(one, None) for one in node.comparators]
        return node

    def _demand_UnaryOp(self, node: ast.UnaryOp, wanted: bool | None, each: bool) -> ast.expr:
        if isinstance(node.op, ast.Not | ast.Invert):
            node.operand = self._demand(node.operand, None if wanted is None else not wanted, each)
        return node

    def _demand_BoolOp(self, node: ast.BoolOp, wanted: bool | None, each: bool) -> ast.expr:
        """Where one operand is enough, the last one is demanded if it is reached at all."""
        enough = wanted is not None and wanted is not isinstance(node.op, ast.And)
        first = len(node.values) - 1 if enough else 0
        node.values[first:] = [self._demand(one, wanted, each) for one in node.values[first:]]
        return node

    def _demand_BinOp(self, node: ast.BinOp, wanted: bool | None, each: bool) -> ast.expr:
        if wanted is not None and isinstance(node.op, ast.BitAnd if wanted else ast.BitOr):
            node.left, node.right = (self._demand(one, wanted, each) for one in (node.left, node.right))
        return node

    def _demand_Call(self, node: ast.Call, wanted: bool | None, each: bool) -> ast.expr:
        name = _called(node)
        if name in _CLOSE:
            return self._close(node, wanted, each)
        if name in ("all", "any"):
            if wanted is not (name == "all"):
                return node
            each = True
        elif name not in ("bool", "item"):
            return node
        if node.args:
            node.args[0] = self._demand(node.args[0], wanted, each)
        elif isinstance(node.func, ast.Attribute):  # (a < b).all()
            node.func.value = self._demand(node.func.value, wanted, each)
        return node

    def _demand_GeneratorExp(
        self, node: ast.GeneratorExp | ast.ListComp | ast.SetComp, wanted: bool | None, each: bool
    ) -> ast.expr:
        node.elt = self._demand(node.elt, wanted, each)
        return node

    _demand_ListComp = _demand_SetComp = _demand_GeneratorExp

    # --- calls of the recorder ---

    def _compare(self, node: ast.Compare, wanted: bool | None, each: bool) -> ast.expr:
        left, right = node.left, node.comparators[0]
        bound_left = _is_constant(left) and not _is_constant(right)
        number = self._place(node, wanted, _INEQUALITIES[type(node.ops[0])], bound_left, each)
        return _recorder_call("compare", node, [number, left, right])

    def _close(self, node: ast.Call, wanted: bool | None, each: bool = False) -> ast.expr:
        return _recorder_call(
            "close", node, [self._place(node, wanted, each=each), node.func, *node.args], node.keywords
        )

    def _place(self, node: ast.expr, wanted: bool | None, *details: Any, **named: Any) -> ast.expr:
        text = ast.unparse(node) if wanted is not False else f"not {ast.unparse(node)}"
        self.places.append(Place(self.function.name, node.lineno, text, wanted, *details, **named))
        return ast.Constant(len(self.places) - 1)


def _recorder_call(method: str, at: ast.expr, args: list[ast.expr], keywords: Iterable[ast.keyword] = ()) -> ast.expr:
    function = ast.Attribute(ast.Name(RECORDER, ast.Load()), method, ast.Load())
    return ast.copy_location(ast.Call(function, args, list(keywords)), at)


def _called(node: ast.expr) -> str:
    """The last name of what a call calls; empty for anything else."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name
    return ""


def _is_constant(node: ast.expr) -> bool:
    return all(part.id in _CONSTANT_NAMES for part in ast.walk(node) if isinstance(part, ast.Name))


def _names_passed_on(function: ast.FunctionDef) -> set[str]:
    """Names that are read for more than a call, and those that functions say which may be passed on."""
    called = {id(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
    found = {name.id for name in _names_read(function) if id(name) not in called}
    for node in ast.walk(function):
        if isinstance(node, ast.Lambda) or (node is not function and _may_leave(node, found)):
            found |= {name.id for name in _names_read(node)}
    return found


def _may_leave(node: ast.AST, passed_on: set[str]) -> bool:
    return isinstance(node, ast.FunctionDef) and bool(node.decorator_list or node.name in passed_on)


def _names_shared(function: ast.FunctionDef) -> set[str]:
    """Names that are read elsewhere than in the arguments of a seeding function."""
    seeders = [node for node in ast.walk(function) if isinstance(node, ast.Call) and _called(node) in _SEEDERS]
    private = {id(name) for call in seeders for argument in call.args for name in _names_read(argument)}
    return {name.id for name in _names_read(function) if id(name) not in private}


def _names_read(node: ast.AST) -> Iterator[ast.Name]:
    return (part for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load))
