"""Comparisons, boolean operations and the conditions they make."""

from collections.abc import Iterator

import libcst as cst

from autograder.proof.operators.base import Above, Kinds, Operator, Propose, exchanged

_BOUNDARIES: Kinds = {
    cst.LessThan: cst.LessThanEqual,
    cst.LessThanEqual: cst.LessThan,
    cst.GreaterThan: cst.GreaterThanEqual,
    cst.GreaterThanEqual: cst.GreaterThan,
}
_OPPOSITES: Kinds = {
    cst.LessThan: cst.GreaterThan,
    cst.LessThanEqual: cst.GreaterThanEqual,
    cst.GreaterThan: cst.LessThan,
    cst.GreaterThanEqual: cst.LessThanEqual,
    cst.Equal: cst.NotEqual,
    cst.NotEqual: cst.Equal,
    cst.In: cst.NotIn,
    cst.NotIn: cst.In,
    cst.Is: cst.IsNot,
    cst.IsNot: cst.Is,
}
_JUNCTIONS: Kinds = {cst.And: cst.Or, cst.Or: cst.And, cst.BitAnd: cst.BitOr, cst.BitOr: cst.BitAnd}
_JUNCTION_NODES = (cst.BooleanOperation, cst.BinaryOperation)
_CONDITIONAL = (cst.If, cst.IfExp)


def _compared(kinds: Kinds) -> Propose:
    def propose(node: cst.Comparison, above: Above) -> Iterator[cst.CSTNode]:
        if isinstance(above[0], _CONDITIONAL) and type(node.comparisons[0].operator) not in _BOUNDARIES:
            return  # with a condition fixed either way, its reverse proves nothing more
        if len(node.comparisons) > 1 and kinds is _OPPOSITES:
            return  # nobody turns round one half of lo < x < hi
        for position, target in enumerate(node.comparisons):
            if new := exchanged(target.operator, kinds):
                changed = target.with_changes(operator=new)
                others = node.comparisons
                yield node.with_changes(comparisons=[*others[:position], changed, *others[position + 1 :]])

    return propose


def _and_for_or(node: cst.BooleanOperation | cst.BinaryOperation, _: Above) -> Iterator[cst.CSTNode]:
    if new := exchanged(node.operator, _JUNCTIONS):
        yield node.with_changes(operator=new)


def _dropped_condition(node: cst.BooleanOperation | cst.BinaryOperation, _: Above) -> Iterator[cst.CSTNode]:
    if type(node.operator) not in _JUNCTIONS:
        return
    yield node.left
    if type(getattr(node.left, "operator", None)) is not type(node.operator):
        yield node.right


def _dropped_filter(node: cst.BaseComp, _: Above) -> Iterator[cst.CSTNode]:
    loop = node.for_in
    for condition in loop.ifs:
        left = [other for other in loop.ifs if other is not condition]
        yield node.with_changes(for_in=loop.with_changes(ifs=left))


def _dropped_not(node: cst.UnaryOperation, _: Above) -> Iterator[cst.CSTNode]:
    if isinstance(node.operator, cst.Not | cst.BitInvert):
        yield node.expression


def _negated(node: cst.CompIf | cst.While, _: Above) -> Iterator[cst.CSTNode]:
    covered = isinstance(node.test, cst.Comparison | cst.BooleanOperation | cst.UnaryOperation)
    if not covered and not _is_true(node.test):
        yield node.with_changes(test=cst.UnaryOperation(cst.Not(), node.test))


def _is_true(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Name) and node.value == "True"


def _fixed(node: cst.If | cst.IfExp, _: Above) -> Iterator[cst.CSTNode]:
    """A case that is always or never taken; one that only raises is no case to be taken always."""
    raises = isinstance(node, cst.If) and _only_raises(node.body)
    last = isinstance(node, cst.If) and isinstance(node.orelse, cst.Else) and _only_raises(node.orelse.body)
    for value in ("False",) if raises or last else ("True", "False"):
        yield node.with_changes(test=cst.Name(value))


def _only_raises(block: cst.BaseSuite) -> bool:
    match block:
        case cst.IndentedBlock(body=[cst.SimpleStatementLine(body=[cst.Raise()])]):
            return True
        case cst.SimpleStatementSuite(body=[cst.Raise()]):
            return True
    return False


OPERATORS = (
    Operator("wrong-boundary", "a boundary on the wrong side", cst.Comparison, _compared(_BOUNDARIES)),
    Operator("wrong-comparison", "the opposite comparison", cst.Comparison, _compared(_OPPOSITES)),
    Operator("and-for-or", "and for or, or the reverse", _JUNCTION_NODES, _and_for_or),
    Operator("dropped-condition", "one of two conditions forgotten", _JUNCTION_NODES, _dropped_condition),
    Operator("dropped-filter", "the condition of a comprehension forgotten", cst.BaseComp, _dropped_filter),
    Operator("dropped-not", "a negation lost", cst.UnaryOperation, _dropped_not),
    Operator("negated-condition", "a condition turned round", (cst.CompIf, cst.While), _negated),
    Operator("fixed-condition", "a case forgotten", _CONDITIONAL, _fixed),
)
