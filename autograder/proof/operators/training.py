"""Gradients, modes, copies, dtypes and modules: what one forgets around a network."""

from collections.abc import Iterator

import libcst as cst

from autograder.proof.operators.base import (
    Above,
    Operator,
    Propose,
    as_int,
    as_text,
    called,
    code,
    is_library_call,
    is_method,
    keyword,
    number,
    positional,
    receiver,
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

_DTYPES = {"float64": "float32", "float32": "float64", "int64": "int32", "complex128": "complex64"}
_CASTS = {"double", "float", "half", "long", "int"}
_FLOAT64_ANYWAY = {"zeros", "ones", "empty", "linspace", "eye", "identity"}  # of numpy
_LAYERS = words(
    "ReLU LeakyReLU PReLU GELU ELU SiLU Tanh Sigmoid Softplus Softmax LogSoftmax Dropout Dropout1d Dropout2d",
    "BatchNorm1d BatchNorm2d LayerNorm GroupNorm InstanceNorm2d",
)
_WITH_BIAS = words(
    "Linear Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d LazyLinear LazyConv2d",
)
_REGISTERING = {"Parameter", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"}


def _biased_variance(node: cst.Call, above: Above) -> Iterator[cst.CSTNode]:
    if called(node) not in {"var", "std", "var_mean", "std_mean", "cov"} or isinstance(node.func, cst.Name):
        return
    if (said := keyword(node, "correction", "ddof")) is not None:
        if (value := as_int(said.value)) is not None:
            yield with_value(node, said, number(0 if value else 1))
    elif (said := keyword(node, "unbiased", "bias")) is not None:
        other = {"True": "False", "False": "True"}.get(code(said.value))
        if other:
            yield with_value(node, said, cst.Name(other))
    elif called(node) != "cov" and root_name(node.func) != "statistics":
        yield with_keyword(node, "correction", "1" if _is_numpy(node, above) else "0")


def _is_numpy(node: cst.Call, above: Above) -> bool:
    """Whether a call is numpy's, whose variance is the biased one; for a method, what the source uses decides."""
    if is_library_call(node):
        return root_name(node.func) in {"np", "numpy"}
    source = code(above[-1])
    return "np." in source and "torch." not in source


def _wrong_dtype(node: cst.Attribute | cst.Call, above: Above) -> Iterator[cst.CSTNode]:
    if isinstance(node, cst.Call):
        other = {"double": "float", "float": "double"}.get(called(node))
        if other and is_method(node) and not node.args and not isinstance(subject(node), cst.Comparison):
            yield renamed(node, other)
    elif root_name(node.value) in {"np", "numpy", "torch"} and node.attr.value in _DTYPES:
        call = next((one for one in above if isinstance(one, cst.Call)), None)
        if not (call and called(call) == "astype" and isinstance(subject(call), cst.Comparison | cst.BinaryOperation)):
            yield node.with_changes(attr=cst.Name(_DTYPES[node.attr.value]))


def _dropped_dtype(node: cst.Call, above: Above) -> Iterator[cst.CSTNode]:
    inner, said = receiver(node), keyword(node, "dtype")
    if inner is not None and (called(node) == "astype" or (called(node) in _CASTS and not node.args)):
        if not isinstance(inner, cst.Comparison | cst.BinaryOperation) and not isinstance(above[0], cst.Expr):
            yield tight(inner)
    elif said is not None and not _is_default_dtype(node, said):
        yield without(node, said)


def _is_default_dtype(node: cst.Call, said: cst.Arg) -> bool:
    float64 = code(said.value) in {"np.float64", "numpy.float64", "float"}
    return float64 and called(node) in _FLOAT64_ANYWAY and root_name(node.func) in {"np", "numpy"}


def _dropped_method(*names: str) -> Propose:
    def propose(node: cst.Call, above: Above) -> Iterator[cst.CSTNode]:
        value = receiver(node)
        if called(node) in names and value is not None and not isinstance(above[0], cst.Expr):
            yield value

    return propose


def _dropped_copy(node: cst.Call, above: Above) -> Iterator[cst.CSTNode]:
    inner, name = subject(node), called(node)
    if inner is None or isinstance(above[0], cst.Expr):
        return
    if name in {"clone", "deepcopy"} or (name == "copy" and (node.args or is_method(node))):
        yield tight(inner)
    elif name == "array" and root_name(node.func) in {"np", "numpy"} and isinstance(inner, cst.Name):
        yield renamed(node, "asarray")


def _wrong_mode(node: cst.Call, _: Above) -> Iterator[cst.CSTNode]:
    if is_method(node) and called(node) in {"train", "eval"} and not node.args:
        yield renamed(node, "eval" if called(node) == "train" else "train")


def _dropped_no_grad(node: cst.With, _: Above) -> Iterator[cst.CSTNode]:
    """A plain block: ``if True`` keeps its lines as they are."""
    if len(node.items) == 1 and called(node.items[0].item) in {"no_grad", "inference_mode"}:
        yield cst.If(cst.Name("True"), node.body, leading_lines=node.leading_lines)


def _unregistered(node: cst.Call | cst.Expr, _: Above) -> Iterator[cst.CSTNode]:
    """A plain attribute that the module does not know of."""
    match node:
        case cst.Call():
            if called(node) in _REGISTERING and (args := positional(node)):
                yield tight(args[0].value)
        case cst.Expr(value=cst.Call(func=cst.Attribute(value=owner, attr=cst.Name(value="register_buffer"))) as call):
            args = positional(call)
            if len(args) == 2 and (name := as_text(args[0].value)):
                yield cst.Assign([cst.AssignTarget(cst.Attribute(owner, cst.Name(name)))], args[1].value)


def _dropped_layer(node: cst.Call, _: Above) -> Iterator[cst.CSTNode]:
    if called(node) in _LAYERS and is_library_call(node):
        yield renamed(node, "Identity").with_changes(args=[])


def _dropped_bias(node: cst.Call, _: Above) -> Iterator[cst.CSTNode]:
    if called(node) in _WITH_BIAS and is_library_call(node) and positional(node) and not keyword(node, "bias"):
        yield with_keyword(node, "bias", "False")


def _softmax_twice(node: cst.Call, _: Above) -> Iterator[cst.CSTNode]:
    """The loss applies softmax itself; probabilities are handed to it for logits."""
    logits = subject(node)
    if called(node) == "cross_entropy" and is_library_call(node) and logits is not None:
        softmax = cst.Call(cst.Attribute(tight(logits), cst.Name("softmax")), [cst.Arg(number(-1))])
        yield with_subject(node, softmax)


def _shared_object(node: cst.ListComp, _: Above) -> Iterator[cst.CSTNode]:
    """One object k times in place of k objects."""
    match node.for_in:
        case cst.CompFor(target=cst.Name(value="_"), iter=cst.Call(args=[count]) as loop, ifs=[], inner_for_in=None):
            if isinstance(node.elt, cst.Call) and called(loop) == "range":
                yield cst.BinaryOperation(cst.List([cst.Element(node.elt)]), cst.Multiply(), tight(count.value))


OPERATORS = (
    Operator("biased-variance", "divided by n and not n - 1, or the reverse", cst.Call, _biased_variance),
    Operator("wrong-dtype", "another precision", (cst.Attribute, cst.Call), _wrong_dtype),
    Operator("dropped-dtype", "a dtype left to chance", cst.Call, _dropped_dtype),
    Operator("dropped-detach", "the graph not cut", cst.Call, _dropped_method("detach")),
    Operator("dropped-requires-grad", "no gradient asked for", cst.Call, _dropped_method("requires_grad_")),
    Operator("dropped-copy", "changes what belongs to the caller", cst.Call, _dropped_copy),
    Operator("wrong-mode", "train for eval, or eval for train", cst.Call, _wrong_mode),
    Operator("dropped-no-grad", "gradients recorded where they should not be", cst.With, _dropped_no_grad),
    Operator("unregistered", "a tensor or layer that the module does not know of", (cst.Call, cst.Expr), _unregistered),
    Operator("dropped-layer", "an activation, normalisation or dropout layer forgotten", cst.Call, _dropped_layer),
    Operator("dropped-bias", "a layer without biases", cst.Call, _dropped_bias),
    Operator("softmax-twice", "probabilities where the loss wants logits", cst.Call, _softmax_twice),
    Operator("shared-object", "one object repeated in place of several", cst.ListComp, _shared_object),
)
