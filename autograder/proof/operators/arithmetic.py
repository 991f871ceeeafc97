"""Sums, products, powers and signs."""

from collections.abc import Iterator

import libcst as cst

from autograder.proof.operators.base import (
    Above,
    Kinds,
    Operator,
    Propose,
    as_int,
    called,
    exchanged,
    is_number,
    precedence,
    tight,
    words,
)

_ADDITIVE = (cst.Add, cst.Subtract)
_SIGNS: Kinds = {cst.Add: cst.Subtract, cst.Subtract: cst.Add}
_SIGNS_IN_PLACE: Kinds = {cst.AddAssign: cst.SubtractAssign, cst.SubtractAssign: cst.AddAssign}
_OTHERS: Kinds = {
    cst.Multiply: cst.Divide,
    cst.Divide: cst.Multiply,
    cst.FloorDivide: cst.Divide,
    cst.Modulo: cst.FloorDivide,
    cst.Power: cst.Multiply,
    cst.MatrixMultiply: cst.Multiply,
}
_OTHERS_IN_PLACE: Kinds = {cst.MultiplyAssign: cst.DivideAssign, cst.DivideAssign: cst.MultiplyAssign}
_ORDERED = (cst.Subtract, cst.Divide, cst.FloorDivide, cst.Modulo, cst.Power, cst.MatrixMultiply)
_COLLECTIONS = (
    cst.BaseString,
    cst.BaseList,
    cst.BaseSet,
    cst.BaseDict,
    cst.Tuple,
)
_SIZES = words(
    "range arange zeros ones empty rand randn eye linspace Linear Embedding",
)
_EVEN = words(
    "abs fabs absolute square norm allclose cos cosh",
)


def _is_numeric(node: cst.BinaryOperation) -> bool:
    return not isinstance(node.left, _COLLECTIONS) and not isinstance(node.right, _COLLECTIONS)


def _exchanged(kinds: Kinds, in_place: Kinds) -> Propose:
    def propose(node: cst.BinaryOperation | cst.AugAssign, above: Above) -> Iterator[cst.CSTNode]:
        if isinstance(node, cst.AugAssign):
            if new := exchanged(node.operator, in_place):
                yield node.with_changes(operator=new)
        elif (new := exchanged(node.operator, kinds)) and _is_numeric(node) and not _is_milder(node, above):
            yield node.with_changes(operator=new)

    return propose


def _is_milder(node: cst.BinaryOperation, above: Above) -> bool:
    """Whether other operators make the likelier mistake: in ``zeros(n + 1)``, and with the products of a sum."""
    if isinstance(node.operator, _ADDITIVE):
        return is_number(node.right) and isinstance(above[0], cst.Arg) and called(above[1]) in _SIZES
    within = isinstance(above[0], cst.Comparison | cst.ComparisonTarget) or (
        isinstance(above[0], cst.BinaryOperation) and isinstance(above[0].operator, _ADDITIVE)
    )
    return isinstance(node.operator, cst.Multiply) and within


def _swapped(node: cst.BinaryOperation, above: Above) -> Iterator[cst.CSTNode]:
    """The operands the other way round, where that makes a difference one can see."""
    if not isinstance(node.operator, _ORDERED) or not _is_numeric(node):
        return
    if isinstance(node.operator, cst.Subtract) and _is_sign_free(node, above):
        return
    if isinstance(node.operator, cst.MatrixMultiply) and (_is_vector(node.left) or _is_vector(node.right)):
        return  # a product of vectors does not mind
    indexed = isinstance(above[0], cst.Index | cst.Slice)
    if is_number(node.right) and (indexed or not isinstance(node.operator, cst.Subtract)):
        return
    operands = [tight(one) if precedence(one) <= precedence(node) else one for one in (node.right, node.left)]
    yield node.with_changes(left=operands[0], right=operands[1])


def _is_sign_free(node: cst.BinaryOperation, above: Above) -> bool:
    """Whether the sign of a difference is lost at once, as in ``abs(a - b)`` and ``(a - b) ** 2``."""
    parent, *further = above
    match parent:
        case cst.BinaryOperation(operator=cst.Power(), left=left, right=right):
            return left is node and (as_int(right) or 1) % 2 == 0
        case cst.Arg():
            return called(further[0]) in _EVEN
        case cst.Attribute(attr=cst.Name(value=name)):
            return name in _EVEN
    return False


def _is_vector(node: cst.CSTNode) -> bool:
    """Whether one column or a part of a row is taken somewhere, as in ``theta[:, 1]`` and ``phi[1:]``."""
    if isinstance(node, cst.Subscript):
        if len(node.slice) == 1:
            return isinstance(node.slice[0].slice, cst.Slice)
        return any(isinstance(part.slice, cst.Index) and is_number(part.slice.value) for part in node.slice)
    return not isinstance(node, cst.Call) and any(map(_is_vector, node.children))


def _dropped_term(node: cst.BinaryOperation, _: Above) -> Iterator[cst.CSTNode]:
    if not isinstance(node.operator, _ADDITIVE) or not _is_numeric(node):
        return
    if not is_number(node.left):
        yield node.left
    added = isinstance(node.operator, cst.Add) and not isinstance(getattr(node.left, "operator", None), _ADDITIVE)
    if not is_number(node.right) and (added or is_number(node.left)):
        yield node.right


def _dropped_factor(node: cst.BinaryOperation, _: Above) -> Iterator[cst.CSTNode]:
    if not isinstance(node.operator, cst.Multiply | cst.Divide | cst.FloorDivide) or not _is_numeric(node):
        return
    if not is_number(node.left):
        yield node.left
    chained = isinstance(getattr(node.left, "operator", None), cst.Multiply | cst.Divide)
    if isinstance(node.operator, cst.Multiply) and not is_number(node.right) and not chained:
        yield node.right


def _dropped_power(node: cst.BinaryOperation, _: Above) -> Iterator[cst.CSTNode]:
    if isinstance(node.operator, cst.Power) and not is_number(node.left):
        yield node.left


def _dropped_minus(node: cst.UnaryOperation, above: Above) -> Iterator[cst.CSTNode]:
    indexed = isinstance(above[0], cst.Index | cst.Slice | cst.Arg) and is_number(node)
    if isinstance(node.operator, cst.Minus) and not indexed:
        yield node.expression


def _overwritten(node: cst.AugAssign, _: Above) -> Iterator[cst.CSTNode]:
    if isinstance(node.operator, cst.AddAssign | cst.SubtractAssign | cst.BitOrAssign):
        yield cst.Assign([cst.AssignTarget(node.target)], node.value)


_OPERATIONS = (cst.BinaryOperation, cst.AugAssign)
OPERATORS = (
    Operator("wrong-sign", "plus for minus, or minus for plus", _OPERATIONS, _exchanged(_SIGNS, _SIGNS_IN_PLACE)),
    Operator(
        "wrong-arithmetic",
        "divided for multiplied, doubled for squared, elementwise for a matrix product",
        _OPERATIONS,
        _exchanged(_OTHERS, _OTHERS_IN_PLACE),
    ),
    Operator("swapped-operands", "the operands the other way round", cst.BinaryOperation, _swapped),
    Operator("dropped-term", "a term of a sum forgotten", cst.BinaryOperation, _dropped_term),
    Operator("dropped-factor", "a factor or a denominator forgotten", cst.BinaryOperation, _dropped_factor),
    Operator("dropped-power", "a square or another power forgotten", cst.BinaryOperation, _dropped_power),
    Operator("dropped-minus", "a minus sign lost", cst.UnaryOperation, _dropped_minus),
    Operator("overwritten", "overwritten where it should be accumulated", cst.AugAssign, _overwritten),
)
