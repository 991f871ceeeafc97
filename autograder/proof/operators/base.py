"""What an operator is, and how operators look at calls, numbers and precedence in a libcst tree.

An operator proposes, for one node, the nodes that could stand in its place if a certain mistake had been made.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import libcst as cst


def words(*lines: str) -> frozenset[str]:
    """A set of names, written as text to be read and added to."""
    return frozenset(" ".join(lines).split())


Above = Sequence[cst.CSTNode]
"""The ancestors of a node, its parent first."""

Propose = Callable[[Any, Above], Iterable[cst.CSTNode]]
"""Gives the replacements of a node, of the type that the operator is for."""

Kinds = Mapping[type[cst.CSTNode], type[cst.CSTNode]]
"""Which kind of ``+``, ``<`` or ``and`` is put for which."""

LIBRARIES = words("np numpy torch F nn math scipy random statistics itertools functools init")
_COMPOUND = (cst.BinaryOperation, cst.UnaryOperation, cst.BooleanOperation, cst.Comparison, cst.IfExp, cst.Lambda)
_AROUND = ("whitespace_before", "whitespace_after")
_PRECEDENCE = (
    (cst.Lambda, cst.IfExp, cst.NamedExpr, cst.Yield),
    (cst.Or,),
    (cst.And,),
    (cst.Not, cst.Comparison),
    (cst.BitOr,),
    (cst.BitXor,),
    (cst.BitAnd,),
    (cst.LeftShift, cst.RightShift),
    (cst.Add, cst.Subtract),
    (cst.Multiply, cst.Divide, cst.FloorDivide, cst.Modulo, cst.MatrixMultiply),
    (cst.Minus, cst.Plus, cst.BitInvert),
    (cst.Power,),
)


@dataclass(frozen=True)
class Operator:
    """One kind of mistake: ``propose(node, above)`` gives the replacements of a node of the types ``on``."""

    name: str
    mistake: str  # for people: what the author of the mutant would have done
    on: type[cst.CSTNode] | tuple[type[cst.CSTNode], ...]
    propose: Propose


def code(node: cst.CSTNode) -> str:
    """The source text of a node."""
    return cst.Module([]).code_for_node(node)


def root_name(node: cst.BaseExpression) -> str:
    """The name that a chain of attributes, calls and subscripts begins with, or ""."""
    while not isinstance(node, cst.Name):
        match node:
            case cst.Attribute(value=inner) | cst.Subscript(value=inner) | cst.Call(func=inner):
                node = inner
            case _:
                return ""
    return node.value


def called(node: cst.CSTNode) -> str:
    """The last name of what a call calls: "sum" for ``x.sum()``, ``np.sum(x)`` and ``sum(x)``; else ""."""
    match node:
        case cst.Call(func=cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name))):
            return name
    return ""


def is_library_call(call: cst.Call) -> bool:
    """Whether a call goes to a function of a module, such as ``torch.exp(x)``."""
    inner = call.func
    while isinstance(inner, cst.Attribute):
        inner = inner.value
    return isinstance(inner, cst.Name) and inner is not call.func and inner.value in LIBRARIES


def receiver(call: cst.Call) -> cst.BaseExpression | None:
    """The value whose method a call is: ``x`` for ``x.exp()``, None for ``torch.exp(x)``."""
    return call.func.value if isinstance(call.func, cst.Attribute) and not is_library_call(call) else None


def is_method(call: cst.Call) -> bool:
    """Whether a call is a method of a value, such as ``x.exp()``."""
    return receiver(call) is not None


def subject(call: cst.Call) -> cst.BaseExpression | None:
    """What a call works on: the value whose method it is, or else its first positional argument."""
    if (value := receiver(call)) is not None:
        return value
    if call.args and not call.args[0].star and call.args[0].keyword is None:
        return call.args[0].value
    return None


def with_subject(call: cst.Call, new: cst.BaseExpression) -> cst.Call:
    """The same call on another subject."""
    if is_method(call):
        return call.with_changes(func=call.func.with_changes(value=tight(new)))
    return call.with_changes(args=[call.args[0].with_changes(value=new), *call.args[1:]])


def options(call: cst.Call) -> list[cst.Arg]:
    """The arguments of a call besides its subject."""
    return list(call.args if is_method(call) else call.args[1:])


def keyword(call: cst.Call, *names: str) -> cst.Arg | None:
    """The argument passed under one of these names."""
    return next((arg for arg in call.args if arg.keyword and arg.keyword.value in names), None)


def positional(call: cst.Call) -> list[cst.Arg]:
    """The positional arguments, or none where a star hides how many there are."""
    return [] if any(arg.star for arg in call.args) else [arg for arg in call.args if arg.keyword is None]


def without(call: cst.Call, dropped: cst.Arg) -> cst.Call:
    """The call without one argument."""
    args = [arg for arg in call.args if arg is not dropped]
    if args:
        args[-1] = args[-1].with_changes(comma=call.args[-1].comma)
    return call.with_changes(args=args)


def with_value(call: cst.Call, changed: cst.Arg, value: cst.BaseExpression) -> cst.Call:
    """The call with another value for one argument."""
    return call.with_changes(args=[arg.with_changes(value=value) if arg is changed else arg for arg in call.args])


def with_keyword(call: cst.Call, name: str, value: str) -> cst.Call:
    """The call with one more keyword argument."""
    last = [arg.with_changes(comma=cst.MaybeSentinel.DEFAULT) for arg in call.args[-1:]]
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    new = cst.Arg(cst.parse_expression(value), cst.Name(name), equal)
    return call.with_changes(args=[*call.args[:-1], *last, new])


def renamed(call: cst.Call, name: str) -> cst.Call:
    """The call of another function or method."""
    attribute = isinstance(call.func, cst.Attribute)
    return call.with_changes(func=call.func.with_changes(attr=cst.Name(name)) if attribute else cst.Name(name))


def tight(node: cst.BaseExpression) -> cst.BaseExpression:
    """The expression in parentheses, unless it can stand beside an operator without."""
    if isinstance(node, _COMPOUND) and not node.lpar:
        return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return node


def fitted(new: cst.CSTNode, old: cst.CSTNode, parent: cst.CSTNode) -> cst.CSTNode:
    """The replacement of a node, in parentheses where it would not hold together without."""
    if not isinstance(new, cst.BaseExpression) or new.lpar:
        return new
    if isinstance(old, cst.BaseExpression) and old.lpar and (isinstance(new, _COMPOUND) or "\n" in code(new)):
        return new.with_changes(lpar=old.lpar, rpar=old.rpar)
    beside = isinstance(parent, cst.BaseExpression | cst.ComparisonTarget)
    return tight(new) if beside and precedence(new) < precedence(old) else new


def precedence(node: cst.CSTNode) -> int:
    """How tightly an expression binds; atoms and whatever stands in parentheses bind most."""
    if not getattr(node, "lpar", ()):
        kind = getattr(node, "operator", node)
        for level, kinds in enumerate(_PRECEDENCE):
            if isinstance(kind, kinds):
                return level
    return len(_PRECEDENCE)


def exchanged(old: cst.CSTNode, kinds: Kinds) -> cst.CSTNode | None:
    """The operator that a table puts for another, with the same space around it; ``**`` often has none."""
    new = kinds.get(type(old))
    return new().with_changes(**{name: getattr(old, name) for name in _AROUND}) if new else None


def as_int(node: cst.CSTNode | None) -> int | None:
    """The value of an integer literal, with its sign."""
    match node:
        case cst.Integer():
            return node.evaluated_value
        case cst.UnaryOperation(operator=cst.Minus(), expression=cst.Integer() as inner):
            return -inner.evaluated_value
    return None


def as_text(node: cst.CSTNode) -> str | None:
    """The value of a string literal; None for bytes."""
    value = node.evaluated_value if isinstance(node, cst.SimpleString) else None
    return value if isinstance(value, str) else None


def is_number(node: cst.CSTNode) -> bool:
    """Whether a node is a number literal, with or without a sign."""
    inner = node.expression if isinstance(node, cst.UnaryOperation) else node
    return isinstance(inner, cst.BaseNumber)


def number(value: float) -> cst.BaseExpression:
    """The literal of a number."""
    return cst.parse_expression(repr(value))


def shifted(node: cst.BaseExpression, by: int) -> cst.BaseExpression:
    """``node`` plus an integer; literals are added up."""
    if (value := as_int(node)) is not None:
        return number(value + by)
    sign = cst.Add() if by > 0 else cst.Subtract()
    return cst.BinaryOperation(tight(node), sign, number(abs(by)))
