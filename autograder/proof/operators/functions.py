"""Functions taken for one another, left out, nested the other way round, or with their arguments exchanged."""

from collections.abc import Iterator

import libcst as cst

from autograder.proof.operators.base import (
    Above,
    Operator,
    Propose,
    as_text,
    called,
    code,
    is_library_call,
    is_number,
    keyword,
    options,
    positional,
    renamed,
    root_name,
    subject,
    tight,
    with_keyword,
    with_subject,
    with_value,
    without,
    words,
)


def _both_ways(*pairs: tuple[str, str]) -> dict[str, tuple[str, ...]]:
    return {name: (other,) for pair in pairs for name, other in (pair, pair[::-1])}


_REDUCTIONS = {
    **_both_ways(("sum", "mean"), ("max", "min"), ("amax", "amin"), ("argmax", "argmin"), ("any", "all")),
    **_both_ways(("cumsum", "cumprod"), ("maximum", "minimum"), ("var", "std"), ("nansum", "nanmean")),
    "prod": ("sum",),
    "median": ("mean",),
}
_FUNCTIONS = {
    **_both_ways(("sin", "cos"), ("softmax", "log_softmax"), ("sigmoid", "tanh"), ("zeros", "ones"), ("rand", "randn")),
    **_both_ways(("zeros_like", "ones_like"), ("tril", "triu"), ("comb", "perm"), ("children", "modules")),
    **_both_ways(("named_children", "named_modules"), ("mse_loss", "l1_loss"), ("random", "standard_normal")),
    "floor": ("ceil", "round"),
    "ceil": ("floor", "round"),
    "round": ("floor",),
    "log": ("log2",),
    "log1p": ("log",),
    "expm1": ("exp",),
}
_MISSING = {"math": {"round", "mean", "sum", "sigmoid"}, "np": {"sigmoid"}}  # so no mistake that would run
_BUILTINS = {"max", "min", "any", "all"}  # builtins whose counterpart is one, too
_DROPPED = words(
    "exp log log2 log10 log1p expm1 sqrt rsqrt square abs fabs absolute sign relu tanh sigmoid logsigmoid gelu",
    "silu softplus leaky_relu elu softmax log_softmax normalize dropout layer_norm batch_norm cumsum cumprod",
    "reciprocal neg floor ceil round trunc inv inverse pinv conj tril triu sort sorted unique reversed flip",
    "fliplr flipud roll nan_to_num",
)
_NONLINEAR = {"exp", "log", "sqrt", "square", "abs"}
_SUMS = {"sum", "mean"}
_EITHER_ORDER = words(  # functions that give the same both ways, or nothing sensible the other way round
    "max min maximum minimum fmax fmin allclose isclose equal array_equal gcd lcm add multiply hypot dot vdot",
    "inner logaddexp logical_and logical_or not_equal mse_loss l1_loss smooth_l1_loss huber_loss",
    "cosine_similarity dist zip range isinstance issubclass getattr hasattr setattr map filter print round save",
    "partial reduce repeat tile roll reshape view expand permute transpose broadcast_to flip gather take split",
    "chunk topk expand_dims one_hot append insert get setdefault pop sum mean softmax log_softmax cat concatenate",
    "stack union intersection swapaxes quantile enumerate __init__ full where clamp clip arange register_buffer",
    "register_parameter load_state_dict add_module replace to asarray array tensor as_tensor isin apply",
    "masked_fill scatter scatter_add index_add clip_grad_norm_ clip_grad_value_",
)


_NEVER_SWAPPED = (cst.BaseString, cst.Lambda, cst.GeneratorExp)


def _names_of(table: dict[str, tuple[str, ...]]) -> Propose:
    def propose(node: cst.Call, above: Above) -> Iterator[cst.CSTNode]:
        initial = isinstance(above[0], cst.Arg) and called(above[1]) == "Parameter"  # any beginning will do
        if initial or (isinstance(node.func, cst.Name) and called(node) not in _BUILTINS):
            return
        for name in table.get(called(node), ()):
            if name not in _MISSING.get(root_name(node.func), ()):
                yield renamed(node, name)

    return propose


def _loss_reduction(node: cst.Call, _: Above) -> Iterator[cst.CSTNode]:
    """A loss that is summed where it should be averaged, or averaged where it should be summed."""
    reduction = keyword(node, "reduction")
    if reduction is not None and (said := as_text(reduction.value)) is not None:
        other = {"sum": "mean", "mean": "sum"}.get(said)
        if other:
            yield with_value(node, reduction, cst.SimpleString(f'"{other}"'))
    elif is_library_call(node) and (called(node).endswith("_loss") or "cross_entropy" in called(node)):
        yield with_keyword(node, "reduction", '"sum"')


def _dropped(node: cst.Call, above: Above) -> Iterator[cst.CSTNode]:
    """The function left out; of one that is applied twice, such as ``argsort``, one application."""
    inner = subject(node)
    if inner is None or isinstance(above[0], cst.Expr):
        return
    if called(node) in _DROPPED or called(inner) == called(node) == "argsort":
        yield tight(inner)


def _dropped_bound(node: cst.Call, _: Above) -> Iterator[cst.CSTNode]:
    """A clamp without one of its bounds, or the larger of two numbers without one of them."""
    name, args = called(node), positional(node)
    if name in {"max", "min", "maximum", "minimum", "fmax", "fmin"} and len(args) == 2 == len(node.args):
        library_max = name in {"max", "min"} and not isinstance(node.func, cst.Name)
        yield from [] if library_max else [tight(arg.value) for arg in args if not is_number(arg.value)]
    if name not in {"clamp", "clip", "clamp_", "clip_"} or (inner := subject(node)) is None:
        return
    bounds = options(node)
    if len(bounds) == 1:
        yield tight(inner)
        return
    for bound in bounds:
        yield without(node, bound) if bound.keyword else with_value(node, bound, cst.Name("None"))


def _nested(node: cst.Call, _: Above) -> Iterator[cst.CSTNode]:
    """The log of a sum for the sum of logs, and the like."""
    inner = subject(node)
    if not isinstance(inner, cst.Call) or (core := subject(inner)) is None:
        return
    names = called(node), called(inner)
    if any(a in _NONLINEAR and b in _SUMS for a, b in (names, names[::-1])):
        yield with_subject(inner, with_subject(node, core))


def _swapped_arguments(node: cst.Call, _: Above) -> Iterator[cst.CSTNode]:
    args = positional(node)
    if len(args) != 2 or called(node) in _EITHER_ORDER or not called(node):
        return
    first, second = (arg.value for arg in args)
    literal = any(is_number(one) or isinstance(one, _NEVER_SWAPPED) for one in (first, second))
    if not literal and code(first) != code(second):
        yield with_value(with_value(node, args[0], second), args[1], first)


def _swapped_branches(node: cst.Call, _: Above) -> Iterator[cst.CSTNode]:
    args = positional(node)
    if called(node) == "where" and len(args) == 3 and code(args[1].value) != code(args[2].value):
        yield with_value(with_value(node, args[1], args[2].value), args[2], args[1].value)


OPERATORS = (
    Operator("wrong-reduction", "a sum for a mean, the largest for the smallest", cst.Call, _names_of(_REDUCTIONS)),
    Operator("wrong-loss-reduction", "a loss summed and not averaged, or the reverse", cst.Call, _loss_reduction),
    Operator("wrong-function", "a related function", cst.Call, _names_of(_FUNCTIONS)),
    Operator("dropped-function", "a function not applied: no exp, no absolute value", cst.Call, _dropped),
    Operator("dropped-bound", "a bound forgotten", cst.Call, _dropped_bound),
    Operator("swapped-nesting", "the log of a sum for the sum of logs", cst.Call, _nested),
    Operator("swapped-arguments", "two arguments exchanged", cst.Call, _swapped_arguments),
    Operator("swapped-branches", "the branches of where exchanged", cst.Call, _swapped_branches),
)
