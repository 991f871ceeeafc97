"""Statements forgotten, and loops left too early."""

from collections.abc import Iterator

import libcst as cst
import libcst.matchers as m

from autograder.proof.operators.base import Above, Operator, called, code

_LOOPS = (cst.For, cst.While)


def _dropped_statement(node: cst.AugAssign | cst.Expr | cst.Assign, above: Above) -> Iterator[cst.CSTNode]:
    """An update, a call for its effect, or ``x = f(x)``."""
    if isinstance(node, cst.Expr):
        dropped = isinstance(node.value, cst.Call) and called(node.value) != "__init__"
    else:
        target = node.target if isinstance(node, cst.AugAssign) else node.targets[0].target
        dropped = not _ends_loop(target, above) and (isinstance(node, cst.AugAssign) or _is_update(node, target))
    if dropped:
        yield cst.Pass()


def _is_update(node: cst.Assign, target: cst.BaseAssignTargetExpression) -> bool:
    return isinstance(target, cst.Name) and bool(m.findall(node.value, m.Name(target.value)))


def _ends_loop(target: cst.CSTNode, above: Above) -> bool:
    """Whether a while loop waits for this variable, so that without the statement it would never end."""
    loops = [node for node in above if isinstance(node, cst.While)]
    return any(code(target) in {code(name) for name in m.findall(loop.test, m.Name())} for loop in loops)


def _early_return(node: cst.For | cst.While, above: Above) -> Iterator[cst.CSTNode]:
    """The return one step too far in, so that the loop runs once."""
    if not isinstance(above[0], cst.IndentedBlock) or not isinstance(node.body, cst.IndentedBlock):
        return
    later = above[0].body[[one is node for one in above[0].body].index(True) + 1 :]
    match later:
        case [cst.SimpleStatementLine(body=[cst.Return() as found]), *_]:
            line = cst.SimpleStatementLine([found])
            yield node.with_changes(body=node.body.with_changes(body=[*node.body.body, line]))


def _wrong_jump(node: cst.Break | cst.Continue, above: Above) -> Iterator[cst.CSTNode]:
    """On to the next round for out of the loop, or the reverse; never a loop without an end."""
    loop = next(one for one in above if isinstance(one, _LOOPS))
    if isinstance(node, cst.Continue):
        yield cst.Break()
    elif isinstance(loop, cst.For):
        yield cst.Continue()


def _swapped_return(node: cst.Return, _: Above) -> Iterator[cst.CSTNode]:
    match node.value:
        case cst.Tuple(elements=[cst.Element(value=first), cst.Element(value=second)] as pair):
            if code(first) != code(second):
                swapped = [pair[0].with_changes(value=second), pair[1].with_changes(value=first)]
                yield node.with_changes(value=node.value.with_changes(elements=swapped))


OPERATORS = (
    Operator("dropped-statement", "a statement forgotten", (cst.AugAssign, cst.Expr, cst.Assign), _dropped_statement),
    Operator("early-return", "returned in the first round of a loop", _LOOPS, _early_return),
    Operator("wrong-jump", "break for continue, or the reverse", (cst.Break, cst.Continue), _wrong_jump),
    Operator("swapped-return", "two results exchanged", cst.Return, _swapped_return),
)
