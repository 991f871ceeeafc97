"""Code that no operator may change: what is shown, and what is no part of an answer."""

from collections.abc import Sequence

import libcst as cst
import libcst.matchers as m

from autograder.proof.operators.base import called, root_name, words

_NEVER = (
    cst.Annotation,
    cst.Decorator,
    cst.Import,
    cst.ImportFrom,
    cst.FormattedString,
    cst.ConcatenatedString,
    cst.Raise,
    cst.Assert,
    cst.Parameters,
    cst.ExceptHandler,
)
_SHOWING = words(
    "print display pprint show plt sns fig figure ax axs axis axes warnings logging logger get_ipython grader",
    "tqdm writer",
)
_TYPE_CHECKS = {"isinstance", "issubclass", "hasattr", "callable"}


def is_untouched(node: cst.CSTNode) -> bool:
    """Whether a node is to be left alone, with everything inside it."""
    match node:
        case cst.FunctionDef():
            return _draws(node)
        case cst.If():
            checks = m.findall(node.test, m.Call(m.Name(m.MatchIfTrue(_TYPE_CHECKS.__contains__))))
            return bool(checks) or _shows([node])
        case cst.SimpleStatementLine() | cst.For() | cst.While() | cst.With():
            return _shows([node])
        case cst.Call():
            return called(node) in _TYPE_CHECKS
        case cst.Arg(keyword=cst.Name(value="dtype" | "device")):
            return not isinstance(node.value, cst.Attribute)
    return isinstance(node, _NEVER)


def _shows(statements: Sequence[cst.CSTNode]) -> bool:
    """Whether statements do nothing but print and plot."""
    return bool(statements) and all(map(_shows_one, statements))


def _shows_one(node: cst.CSTNode) -> bool:
    match node:
        case cst.SimpleStatementLine(body=parts):
            return _shows(parts)
        case cst.Expr(value=value) | cst.Assign(value=value):
            called_or_named = isinstance(value, cst.Call) or isinstance(node, cst.Expr)
            return called_or_named and root_name(value) in _SHOWING
        case cst.Assign(targets=[cst.AssignTarget(target=target)]):
            return root_name(target) in _SHOWING
        case cst.If(orelse=other) if other is not None:
            return _shows(node.body.body) and _shows([other])
        case cst.If() | cst.For() | cst.While() | cst.With() | cst.Else():
            return _shows(node.body.body)
    return False


def _draws(function: cst.FunctionDef) -> bool:
    """Whether a function is there for a figure: it plots, and returns nothing."""
    plots = m.findall(function.body, m.Name(m.MatchIfTrue({"plt", "sns"}.__contains__)))
    return bool(plots) and not m.findall(function.body, m.Return(value=m.DoesNotMatch(None)))
