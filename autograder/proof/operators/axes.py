"""Axes, shapes and transposes."""

from collections.abc import Iterator

import libcst as cst

from autograder.proof.operators.base import (
    Above,
    Operator,
    as_int,
    as_text,
    called,
    keyword,
    number,
    options,
    positional,
    subject,
    tight,
    with_value,
    without,
    words,
)

_OPTIONAL_AXIS = words(  # without an axis these work on all entries
    "sum mean std var max min prod any all argmax argmin amax amin norm median nansum nanmean count_nonzero",
    "squeeze quantile nanmedian",
)
_AXIS_FIRST = words(  # the first argument after the subject is the axis
    "sum mean std var max min prod any all argmax argmin amax amin median cumsum cumprod softmax log_softmax",
    "logsumexp unsqueeze squeeze expand_dims cat concatenate stack size unbind select index_select argsort",
    "logcumsumexp flip",
)
_TRANSPOSES = words(
    "transpose permute t swapaxes movedim moveaxis adjoint",
)
_OTHER_AXIS = {0: 1, 1: 0, -1: -2}


def _axis(node: cst.Call) -> cst.Arg | None:
    """The argument that says along which axis."""
    found = keyword(node, "axis", "dim", "dims")
    if found or called(node) not in _AXIS_FIRST or isinstance(node.func, cst.Name) or not positional(node):
        return found
    first = next(iter(options(node)), None)
    return first if first and first.keyword is None and _axes(first.value) else None


def _axes(node: cst.BaseExpression) -> list[int]:
    """The axes that an expression names as literals."""
    parts = [part.value for part in node.elements] if isinstance(node, cst.Tuple | cst.List) else [node]
    axes = [as_int(part) for part in parts]
    return [axis for axis in axes if axis is not None] if None not in axes else []


def _wrong_axis(node: cst.Call, _: Above) -> Iterator[cst.CSTNode]:
    axis = _axis(node)
    if axis is None:
        return
    if (value := as_int(axis.value)) is not None:
        other = _OTHER_AXIS.get(value, value - 1 if value > 0 else value + 1)
        yield with_value(node, axis, number(other))
    elif isinstance(axis.value, cst.Tuple) and len(axis.value.elements) > 1:
        axes = _axes(axis.value)
        for kept in [*axes[:1], *axes[-1:]]:
            yield with_value(node, axis, number(kept))


def _dropped_axis(node: cst.Call, above: Above) -> Iterator[cst.CSTNode]:
    parent = above[0]
    pair = isinstance(parent, cst.Attribute) and parent.attr.value in {"values", "indices"}
    axis = _axis(node)
    if axis and called(node) in _OPTIONAL_AXIS and not pair and not keyword(node, "keepdim", "keepdims"):
        yield without(node, axis)


def _dropped_keepdim(node: cst.Call, _: Above) -> Iterator[cst.CSTNode]:
    kept = keyword(node, "keepdim", "keepdims")
    if kept and not (isinstance(kept.value, cst.Name) and kept.value.value == "False"):
        yield without(node, kept)


def _dropped_transpose(node: cst.Attribute | cst.Call, above: Above) -> Iterator[cst.CSTNode]:
    if isinstance(node, cst.Attribute):
        if node.attr.value in {"T", "mT", "H", "mH"}:
            yield node.value
    elif called(node) in _TRANSPOSES and not isinstance(above[0], cst.Expr) and (inner := subject(node)) is not None:
        yield tight(inner)


def _dropped_unit_axis(node: cst.Call, above: Above) -> Iterator[cst.CSTNode]:
    named = called(node) in {"squeeze", "unsqueeze", "expand_dims"}
    if named and not isinstance(above[0], cst.Expr) and (inner := subject(node)) is not None:
        yield tight(inner)


def _wrong_broadcast(node: cst.Subscript, _: Above) -> Iterator[cst.CSTNode]:
    """``[:, None]`` for ``[None, :]``: a column where a row is meant."""
    if len(node.slice) == 2 and {_part(part.slice) for part in node.slice} == {":", "None"}:
        first, second = node.slice
        yield node.with_changes(slice=[first.with_changes(slice=second.slice), second.with_changes(slice=first.slice)])


def _part(part: cst.BaseSlice) -> str:
    match part:
        case cst.Index(value=cst.Name(value="None") | cst.Attribute(attr=cst.Name(value="newaxis"))):
            return "None"
        case cst.Slice(lower=None, upper=None, step=None):
            return ":"
    return ""


def _transposed_einsum(node: cst.Call, _: Above) -> Iterator[cst.CSTNode]:
    """The last two letters of an operand, or of the result, exchanged."""
    args = positional(node)
    if called(node) != "einsum" or not args or (pattern := as_text(args[0].value)) is None:
        return
    inputs, arrow, result = pattern.partition("->")
    operands = [*inputs.split(","), *([result] if arrow else [])]
    for n, operand in enumerate(operands):
        letters = operand.strip()
        if len(letters) < 2 or not letters[-2:].isalpha():
            continue
        parts = [*operands[:n], letters[:-2] + letters[:-3:-1], *operands[n + 1 :]]
        text = ",".join(parts[:-1]) + arrow + parts[-1] if arrow else ",".join(parts)
        yield with_value(node, args[0], cst.SimpleString(f'"{text}"'))


OPERATORS = (
    Operator("wrong-axis", "along another axis", cst.Call, _wrong_axis),
    Operator("dropped-axis", "over all entries and not along an axis", cst.Call, _dropped_axis),
    Operator("dropped-keepdim", "the reduced axis not kept", cst.Call, _dropped_keepdim),
    Operator("dropped-transpose", "a transpose forgotten", (cst.Attribute, cst.Call), _dropped_transpose),
    Operator("dropped-unit-axis", "an axis of length one not added or not removed", cst.Call, _dropped_unit_axis),
    Operator("wrong-broadcast", "a row for a column", cst.Subscript, _wrong_broadcast),
    Operator("transposed-einsum", "two indices of an einsum exchanged", cst.Call, _transposed_einsum),
)
