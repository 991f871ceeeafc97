"""Indices, bounds, numbers, truth values and texts."""

from collections.abc import Iterator

import libcst as cst
import libcst.matchers as m

from autograder.proof.operators.base import (
    Above,
    Operator,
    as_int,
    called,
    number,
    positional,
    shifted,
    with_value,
    words,
)

_COUNTERS = {"i", "j", "k", "t"}
_MANY = 10  # one more or less of so many repetitions makes no difference that a test could insist on
_TINY = 1e-3  # guards against a division by zero and tolerances: another one is not a mistake
_NOT_CONSTANTS = words(  # functions whose literals say where or how, not how much
    "range arange manual_seed seed default_rng Generator RandomState Random uniform normal integers randint",
    "choice Linear reshape view expand permute transpose flatten unflatten movedim swapaxes squeeze unsqueeze",
    "expand_dims size sum mean max min argmax argmin var std prod any all cumsum cumprod softmax log_softmax",
    "logsumexp sort argsort flip round norm",
)
_NOT_QUANTITIES = words(  # keywords, and names of variables, whose value is no part of an answer
    "axis dim dims axes correction ddof seed atol rtol tol eps decimals ndim lr learning_rate momentum",
    "weight_decay batch_size epochs num_epochs steps num_steps inplace strict copy retain_graph keepdim keepdims",
    "unbiased non_blocking weights_only start_dim end_dim num_workers",
)
_CONTAINERS = (cst.Tuple, cst.List, cst.Set, cst.Dict, cst.Element, cst.DictElement)


def _index(node: cst.Index, _: Above) -> Iterator[cst.CSTNode]:
    """The neighbouring entry nearer to the end from which one counts: the other may not exist."""
    value = as_int(node.value)
    if value is not None:
        yield node.with_changes(value=shifted(node.value, -1 if value > 0 or value == -1 else 1))
    elif isinstance(node.value, cst.Name) and node.value.value in _COUNTERS:
        yield node.with_changes(value=shifted(node.value, -1))


def _slice(node: cst.Slice, _: Above) -> Iterator[cst.CSTNode]:
    if node.step is not None and node.lower is None and node.upper is None:
        yield node.with_changes(step=None, second_colon=cst.MaybeSentinel.DEFAULT)
    for bound, nearest in (("lower", 1), ("upper", -1)):
        value = getattr(node, bound)
        if as_int(value) == nearest:
            yield node.with_changes(**{bound: None})
        elif _is_bound(value):
            for by in (-1, 1):
                if as_int(value) != -by:  # a bound of 0 would leave nothing
                    yield node.with_changes(**{bound: shifted(value, by)})


def _is_bound(node: cst.BaseExpression | None) -> bool:
    """Whether one may be added to a bound; a sum that holds a number already is changed by other operators."""
    return as_int(node) is not None or isinstance(node, cst.Name | cst.Call | cst.Attribute)


def _range(node: cst.Call, above: Above) -> Iterator[cst.CSTNode]:
    """A loop that begins one later, or ends one earlier or later."""
    args = positional(node)
    indexing = isinstance(above[0], cst.Index)  # as many indices as there are others beside them
    if called(node) not in {"range", "arange"} or not args or len(args) != len(node.args) or indexing:
        return
    if isinstance(above[0], cst.For) and _trains(above[0]):
        return
    ignored = isinstance(above[0], cst.CompFor | cst.For) and _is_name(above[0].target, "_")
    if not ignored and len(args) == 1:
        yield node.with_changes(args=[cst.Arg(number(1)), *node.args])
    for arg in args[:2]:
        value = as_int(arg.value)
        if _is_bound(arg.value) and not (ignored and (value or 0) >= _MANY):
            starts = arg is args[0] and len(args) > 1
            for by in (1,) if starts and value == 0 else (-1, 1):
                yield with_value(node, arg, shifted(arg.value, by))


def _trains(loop: cst.For) -> bool:
    """Whether a loop takes steps of an optimiser, where one more or less makes no difference to insist on."""
    return bool(m.findall(loop.body, m.Call(m.Attribute(attr=m.Name("step") | m.Name("backward")))))


def _is_name(node: cst.CSTNode, name: str) -> bool:
    """Whether a node is one certain name."""
    return isinstance(node, cst.Name) and node.value == name


def _constant(node: cst.Integer | cst.Float, above: Above) -> Iterator[cst.CSTNode]:
    value = node.evaluated_value
    if not _is_quantity(above) or 0 < value < _TINY or _is_covered(node, above):
        return
    yield number(value + 1 if value == int(value) else 2 * value)
    if _is_answer(above):
        yield number(value - 1) if isinstance(value, int) else number(-value)


def _is_quantity(above: Above) -> bool:
    """Whether a number says how much, and nothing else changes it already."""
    match above[0]:
        case cst.Index() | cst.Slice() | cst.UnaryOperation():
            return False
        case cst.BinaryOperation(operator=cst.Power() | cst.Modulo()):
            return False
        case cst.Arg(keyword=None):
            return called(above[1]) not in _NOT_CONSTANTS
    return not _is_setting(above)


def _is_covered(node: cst.Integer | cst.Float, above: Above) -> bool:
    """Whether likelier mistakes are made elsewhere: a comparison with 0, a factor 2, one more or less of something."""
    value, parent = node.evaluated_value, above[0]
    match parent:
        case cst.GeneratorExp() | cst.ListComp():
            return True  # counted one by one
        case cst.Comparison() | cst.ComparisonTarget():
            return value == 0
        case cst.BinaryOperation(operator=cst.Multiply() | cst.Divide() | cst.FloorDivide()):
            return value in {1, 2, 0.5}
        case cst.BinaryOperation(operator=cst.Add() | cst.Subtract(), right=right):
            return value == 1 and right is node and not isinstance(above[1], cst.Arg)
    return False


def _is_setting(above: Above) -> bool:
    """Whether a value is passed or bound under a name that makes it a setting."""
    for node in above:
        match node:
            case cst.Arg(keyword=cst.Name(value=name)) | cst.AssignTarget(target=cst.Name(value=name)):
                return name in _NOT_QUANTITIES
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))]):
                return name in _NOT_QUANTITIES
            case cst.BaseStatement() | cst.Arg():
                return False
    return False


def _is_answer(above: Above) -> bool:
    """Whether a literal is handed in as it stands: assigned outside functions, or returned."""
    holders = [node for node in above if not isinstance(node, _CONTAINERS)]
    inside = any(isinstance(node, cst.FunctionDef) for node in holders)
    return isinstance(holders[0], cst.Return) or (isinstance(holders[0], cst.Assign | cst.AnnAssign) and not inside)


def _boolean(node: cst.Name, above: Above) -> Iterator[cst.CSTNode]:
    other = {"True": "False", "False": "True"}.get(node.value)
    tested = isinstance(above[0], cst.While | cst.If | cst.IfExp) and above[0].test is node
    if other and not tested and not _is_setting(above):
        yield cst.Name(other)


def _text(node: cst.SimpleString, above: Above) -> Iterator[cst.CSTNode]:
    """Another answer: the next one that the source gives elsewhere, or else the next letter, or a denial."""
    answers = list(_texts(above[-1], False))
    own = next((number for number, answer in enumerate(answers) if answer is node), None)
    if own is None or not (text := node.evaluated_value) or not isinstance(text, str):
        return
    others = [answer.evaluated_value for answer in answers[own:] + answers[:own]]
    other = next((other for other in others if other != text), None)
    if other is None:
        other = chr(ord(text) + 1) if len(text) == 1 else f"not {text}"
    yield cst.SimpleString(repr(other))


def _texts(node: cst.CSTNode, is_value: bool) -> Iterator[cst.SimpleString]:
    """The strings that are assigned or returned, alone or within containers, in source order."""
    match node:
        case cst.SimpleString():
            yield from [node] * is_value
        case cst.Assign(value=value) | cst.DictElement(value=value):
            yield from _texts(value, is_value or isinstance(node, cst.Assign))
        case _:
            handed_on = isinstance(node, cst.Return) or (is_value and isinstance(node, _CONTAINERS))
            for child in node.children:
                yield from _texts(child, handed_on)


OPERATORS = (
    Operator("off-by-one", "a neighbouring entry or column", cst.Index, _index),
    Operator("wrong-slice", "a slice that begins or ends one off, or runs the other way", cst.Slice, _slice),
    Operator("wrong-range", "a loop that begins or ends one off", cst.Call, _range),
    Operator("wrong-constant", "another number", (cst.Integer, cst.Float), _constant),
    Operator("flipped-boolean", "True for False, or False for True", cst.Name, _boolean),
    Operator("wrong-text", "another word", cst.SimpleString, _text),
)
