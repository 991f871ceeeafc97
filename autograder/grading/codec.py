"""The closed codec: which values may cross the wall, and how.

A value becomes a *node* of msgpack types. None, bool, int, float, str and bytes stand for themselves; everything
else is a list whose first item is a tag. Decoding builds values of the types named here and of no others, within
limits; there is no pickle and no object array. What has no tag crosses as a `RemoteRef`, a claim about an
object that stays behind.

Exact base types come out: a subclass of int, list or Tensor arrives as int, list or Tensor.
"""

import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

MAX_DEPTH = 64
MAX_NODES = 2_000_000
MAX_INT_BYTES = 2_048  # about 4,900 decimal digits; more would make the judge's own printing slow
MAX_DIMS = 32
MAX_DIM = 2**40
MAX_NAME = 200

ARRAY_KINDS = "biufcSUmM"
DTYPE_TEXT = re.compile(r"[<|][biufcSU][0-9]{1,6}|<[mM]8\[[0-9]{0,4}[a-zA-Z]{1,2}\]")
TENSOR_DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        *(torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.complex128),
        *(
            torch.int8,
            torch.int16,
            torch.int32,
            torch.int64,
            torch.uint8,
            torch.uint16,
            torch.uint32,
            torch.uint64,
        ),
        torch.bool,
    )
}
PANDAS_DTYPES = frozenset({"object", "str", "string", "category", "boolean", "Int64", "Float64"})


class CodecError(Exception):
    """A node that is not of the closed set, or a value that is over a limit."""


@dataclass(frozen=True)
class RemoteRef:
    """What is told of an object that stays behind the wall: a number to ask for it by, and claims.

    Attributes:
        kind: ``module``, ``callable`` or ``object``.
        bases: dotted names of the object's classes, most derived first; for a module its own name.
    """

    number: int
    kind: str
    type_name: str
    bases: tuple[str, ...] = ()


REF_KINDS = ("module", "callable", "object")

# --- encoding -----------------------------------------------------------------------------------------------------


@dataclass
class Encoder:
    """Turns values into nodes.

    Attributes:
        refer: makes the reference for a value that cannot cross; None refuses such values.
        exact: refuse subclasses of plain types and non-contiguous arrays, for a sender that promises identity.
    """

    refer: Callable[[Any], RemoteRef] | None = None
    exact: bool = False
    nodes: int = 0
    trail: list[int] = field(default_factory=list)

    def encode(self, value: Any) -> Any:
        """The node of a value.

        Raises:
            CodecError: too deep, too large, cyclic, or not of the closed set and nothing to refer to it by.
        """
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise CodecError(f"more than {MAX_NODES:,} values inside one another")
        if value is None or type(value) in (bool, float, str, bytes):
            return value
        encoder = ENCODERS.get(type(value)) or _other_encoder(value, self.exact)
        if encoder is None:
            return self._refer(value)
        if len(self.trail) >= MAX_DEPTH or id(value) in self.trail:
            raise CodecError(f"nested more than {MAX_DEPTH} deep, or inside itself")
        self.trail.append(id(value))
        try:
            node = encoder(self, value)
        finally:
            self.trail.pop()
        return self._refer(value) if node is None else node

    def _refer(self, value: Any) -> list[Any]:
        if self.refer is None:
            raise CodecError(f"{type(value).__name__} is not plain data")
        ref = self.refer(value)
        return ["ref", ref.number, ref.kind, ref.type_name[:MAX_NAME], [b[:MAX_NAME] for b in ref.bases]]


def _other_encoder(value: Any, exact: bool) -> Callable[[Encoder, Any], Any] | None:
    """The encoder of a numpy scalar or, unless exactness matters, of the plain type that a class derives from."""
    if isinstance(value, np.generic):
        return _encode_scalar
    if exact:
        return None
    for base in (
        bool,
        int,
        float,
        str,
        bytes,
        tuple,
        list,
        dict,
        set,
        frozenset,
        complex,
        np.ndarray,
        torch.Tensor,
    ):
        if isinstance(value, base):
            return ENCODERS.get(base) or (lambda _, v, base=base: base(v))
    return _pandas_encoder(value)


def _encode_int(_: Encoder, value: int) -> Any:
    value = int(value)
    if -(2**63) <= value < 2**63:
        return value
    size = value.bit_length() // 8 + 1
    if size > MAX_INT_BYTES:
        raise CodecError(f"an integer of about {int(value.bit_length() * math.log10(2)):,} digits")
    return ["int", value.to_bytes(size, "little", signed=True)]


def _encode_complex(_: Encoder, value: complex) -> list[Any]:
    return ["complex", value.real, value.imag]


def _encode_items(tag: str) -> Callable[[Encoder, Any], list[Any]]:
    return lambda encoder, value: [tag, [encoder.encode(item) for item in value]]


def _encode_dict(encoder: Encoder, value: dict[Any, Any]) -> list[Any]:
    return ["dict", [[encoder.encode(k), encoder.encode(v)] for k, v in dict.items(value)]]


def _encode_array(encoder: Encoder, value: np.ndarray) -> list[Any] | None:
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        return None
    if value.dtype.kind not in ARRAY_KINDS or value.dtype.names:
        return None
    if encoder.exact and not value.flags.c_contiguous:
        raise CodecError("not contiguous")
    plain = np.asarray(value)
    plain = np.ascontiguousarray(plain, plain.dtype.newbyteorder("="))
    return ["array", plain.dtype.str, list(value.shape), plain.tobytes()]


def _encode_scalar(_: Encoder, value: np.generic) -> list[Any] | None:
    if value.dtype.kind not in ARRAY_KINDS or value.dtype.names:
        return None
    native = np.asarray(value).astype(value.dtype.newbyteorder("="))
    return ["scalar", native.dtype.str, native.tobytes()]


def _encode_tensor(encoder: Encoder, value: torch.Tensor) -> list[Any] | None:
    with torch._C.DisableTorchFunctionSubclass():  # a subclass may answer for itself otherwise
        return _encode_plain_tensor(encoder, value)


def _encode_plain_tensor(encoder: Encoder, value: torch.Tensor) -> list[Any] | None:
    dtype = str(value.dtype).removeprefix("torch.")
    if value.layout != torch.strided or value.is_meta or value.is_nested or dtype not in TENSOR_DTYPES:
        return None
    if encoder.exact and not (value.is_contiguous() and value.is_leaf):
        raise CodecError("not contiguous, or part of a graph")
    plain = value.detach().as_subclass(torch.Tensor).cpu().resolve_conj().resolve_neg().contiguous()
    raw = plain.reshape(-1).view(torch.uint8).numpy().tobytes() if plain.numel() else b""
    kind = "parameter" if isinstance(value, torch.nn.Parameter) else "tensor"
    grad = encoder.encode(value.grad) if value.is_leaf and value.grad is not None else None
    return [kind, dtype, list(plain.shape), str(value.device), bool(value.requires_grad), grad, raw]


def _pandas_encoder(value: Any) -> Callable[[Encoder, Any], Any] | None:
    pandas = sys.modules.get("pandas")
    if pandas is None:
        return None
    if isinstance(value, pandas.DataFrame):
        return _encode_frame
    if isinstance(value, pandas.Series | pandas.Index):
        return _encode_series
    return None


def _encode_series(encoder: Encoder, value: Any) -> list[Any]:
    pandas = sys.modules["pandas"]
    index = None if isinstance(value, pandas.Index) else _encode_series(encoder, value.index)
    values = value.to_numpy()
    data = values if values.dtype.kind in ARRAY_KINDS else list(values)
    return ["series", encoder.encode(value.name), str(value.dtype), encoder.encode(data), index]


def _encode_frame(encoder: Encoder, value: Any) -> list[Any]:
    columns = [_encode_series(encoder, value.iloc[:, i]) for i in range(value.shape[1])]
    return ["frame", columns, _encode_series(encoder, value.index)]


ENCODERS: dict[type, Callable[[Encoder, Any], Any]] = {
    int: _encode_int,
    complex: _encode_complex,
    list: _encode_items("list"),
    tuple: _encode_items("tuple"),
    set: _encode_items("set"),
    frozenset: _encode_items("frozenset"),
    dict: _encode_dict,
    np.ndarray: _encode_array,
    torch.Tensor: _encode_tensor,
    torch.nn.Parameter: _encode_tensor,
    torch.Size: lambda _, v: ["size", list(v)],
    torch.dtype: lambda _, v: ["torch.dtype", str(v).removeprefix("torch.")],
    torch.device: lambda _, v: ["torch.device", str(v)],
    type(...): lambda _, __: ["ellipsis"],
    range: lambda _, v: ["range", v.start, v.stop, v.step],
}

# --- decoding -----------------------------------------------------------------------------------------------------


@dataclass
class Decoder:
    """Turns nodes from the other side into values; trusts nothing in them.

    Attributes:
        resolve: what becomes of a reference.
    """

    resolve: Callable[[RemoteRef], Any]
    nodes: int = 0

    def decode(self, node: Any, depth: int = 0) -> Any:
        """The value of a node.

        Raises:
            CodecError: the node is not well formed or over a limit.
        """
        self.nodes += 1
        if self.nodes > MAX_NODES or depth > MAX_DEPTH:
            raise CodecError(f"more than {MAX_NODES:,} values, or nested more than {MAX_DEPTH} deep")
        if node is None or type(node) in (bool, int, float, str, bytes):
            return node
        if type(node) is not list or not node or type(node[0]) is not str or node[0] not in DECODERS:
            raise CodecError(f"not a node: {type(node).__name__}")
        types, build = DECODERS[node[0]]
        parts = node[1:]
        if len(parts) != len(types) or not all(isinstance(p, t) for p, t in zip(parts, types, strict=True)):
            raise CodecError(f"malformed node {node[0]!r}")
        try:
            return build(self, depth + 1, *parts)
        except CodecError:
            raise
        except (ValueError, TypeError, OverflowError, KeyError, IndexError, RuntimeError, MemoryError) as err:
            raise CodecError(f"malformed node {node[0]!r}: {type(err).__name__}") from err

    def items(self, nodes: list[Any], depth: int) -> list[Any]:
        return [self.decode(node, depth) for node in nodes]


def _shape(dims: list[Any], itemsize: int, raw: bytes) -> tuple[int, ...]:
    """The shape told by ``dims``, checked against the bytes that came with it, in Python integers."""
    if len(dims) > MAX_DIMS or not all(type(d) is int and 0 <= d <= MAX_DIM for d in dims):
        raise CodecError("impossible shape")
    if math.prod(dims) * itemsize != len(raw):
        raise CodecError(f"{len(raw)} bytes do not fill the shape {dims}")
    if not raw and math.prod(d for d in dims if d) > MAX_DIM:
        raise CodecError(f"impossible shape {dims}")
    return tuple(dims)


def _dtype(text: str) -> np.dtype:
    if not DTYPE_TEXT.fullmatch(text):  # numpy itself understands far more than it writes
        raise CodecError(f"dtype {text[:40]!r} does not cross")
    return np.dtype(text)


def _true_or_false(boolean: bool, raw: bytes) -> bytes:
    """The bytes of an array, those of a boolean one made 0 or 1: other bytes would be neither true nor false."""
    return (np.frombuffer(raw, np.uint8) != 0).tobytes() if boolean else raw


def _decode_int(_: Decoder, __: int, raw: bytes) -> int:
    if len(raw) > MAX_INT_BYTES:
        raise CodecError("integer too large")
    return int.from_bytes(raw, "little", signed=True)


def _decode_dict(decoder: Decoder, depth: int, pairs: list[Any]) -> dict[Any, Any]:
    return {decoder.decode(k, depth): decoder.decode(v, depth) for k, v in pairs}


def _decode_array(_: Decoder, __: int, dtype: str, dims: list[Any], raw: bytes) -> np.ndarray:
    kind = _dtype(dtype)
    return np.frombuffer(bytearray(_true_or_false(kind.kind == "b", raw)), kind).reshape(
        _shape(dims, kind.itemsize, raw)
    )


def _decode_scalar(decoder: Decoder, depth: int, dtype: str, raw: bytes) -> np.generic:
    return _decode_array(decoder, depth, dtype, [], raw)[()]


def _tensor(dtype: str, dims: list[Any], raw: bytes) -> torch.Tensor:
    kind = TENSOR_DTYPES[dtype]
    shape = _shape(dims, kind.itemsize, raw)
    if not raw:
        return torch.empty(shape, dtype=kind)
    return torch.frombuffer(bytearray(_true_or_false(kind == torch.bool, raw)), dtype=kind).reshape(shape)


def _decode_tensor(decoder: Decoder, depth: int, *parts: Any) -> torch.Tensor:
    """A tensor on the CPU, wherever it was: ``device`` is told as the attribute ``remote_device``."""
    dtype, dims, device, requires_grad, grad, raw = parts
    return _with_gradient(decoder, depth, _tensor(dtype, dims, raw).requires_grad_(requires_grad), device, grad)


def _decode_parameter(decoder: Decoder, depth: int, *parts: Any) -> torch.nn.Parameter:
    dtype, dims, device, requires_grad, grad, raw = parts
    parameter = torch.nn.Parameter(_tensor(dtype, dims, raw), requires_grad=requires_grad)
    return _with_gradient(decoder, depth, parameter, device, grad)


def _with_gradient(decoder: Decoder, depth: int, tensor: Any, device: str, grad: Any) -> Any:
    tensor.remote_device = device[:MAX_NAME]
    if grad is not None:
        tensor.grad = decoder.decode(grad, depth)  # torch refuses one of another shape, dtype or class
    return tensor


def _decode_series(decoder: Decoder, depth: int, name: Any, dtype: str, data: Any, index: Any) -> Any:
    import pandas

    values = decoder.decode(data, depth)
    if not isinstance(values, list | np.ndarray) or np.ndim(values) != 1:
        raise CodecError("a column is one-dimensional")
    kind = {"dtype": dtype if dtype in PANDAS_DTYPES else None} if isinstance(values, list) else {}
    if index is None:
        return pandas.Index(values, name=decoder.decode(name, depth), **kind)
    return pandas.Series(values, decoder.decode(index, depth), name=decoder.decode(name, depth), **kind)


def _decode_frame(decoder: Decoder, depth: int, columns: list[Any], index: list[Any]) -> Any:
    import pandas

    rows = decoder.decode(index, depth)
    series = decoder.items(columns, depth)
    if not isinstance(rows, pandas.Index) or not all(isinstance(s, pandas.Series) for s in series):
        raise CodecError("a frame is made of columns")
    frame = pandas.DataFrame({i: s.to_numpy() for i, s in enumerate(series)}, index=rows)
    frame.columns = pandas.Index([s.name for s in series])
    return frame


def _decode_ref(decoder: Decoder, _: int, number: int, kind: str, type_name: str, bases: list[Any]) -> Any:
    if kind not in REF_KINDS or len(bases) > 100 or not all(type(b) is str for b in bases):
        raise CodecError("malformed reference")
    return decoder.resolve(RemoteRef(number, kind, type_name[:MAX_NAME], tuple(b[:MAX_NAME] for b in bases)))


Build = Callable[..., Any]
TENSOR_PARTS = (str, list, str, bool, object, bytes)
DECODERS: dict[str, tuple[tuple[Any, ...], Build]] = {
    "int": ((bytes,), _decode_int),
    "complex": ((float, float), lambda _, __, re, im: complex(re, im)),
    "list": ((list,), lambda d, depth, nodes: d.items(nodes, depth)),
    "tuple": ((list,), lambda d, depth, nodes: tuple(d.items(nodes, depth))),
    "set": ((list,), lambda d, depth, nodes: set(d.items(nodes, depth))),
    "frozenset": ((list,), lambda d, depth, nodes: frozenset(d.items(nodes, depth))),
    "dict": ((list,), _decode_dict),
    "array": ((str, list, bytes), _decode_array),
    "scalar": ((str, bytes), _decode_scalar),
    "tensor": (TENSOR_PARTS, _decode_tensor),
    "parameter": (TENSOR_PARTS, _decode_parameter),
    "size": ((list,), lambda _, __, dims: torch.Size(dims)),
    "torch.dtype": ((str,), lambda _, __, name: TENSOR_DTYPES[name]),
    "torch.device": ((str,), lambda _, __, name: torch.device(name)),
    "ellipsis": ((), lambda _, __: ...),
    "range": ((int, int, int), lambda _, __, start, stop, step: range(start, stop, step)),
    "series": ((object, str, object, object), _decode_series),
    "frame": ((list, list), _decode_frame),
    "ref": ((int, str, str, list), _decode_ref),
}
