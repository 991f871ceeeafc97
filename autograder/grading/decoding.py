"""Nodes from the other side into values: of the closed set of types, within limits, nothing in them believed."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from autograder.grading.codec import (
    MAX_DEPTH,
    MAX_INT_BYTES,
    MAX_NAME,
    MAX_NODES,
    REF_KINDS,
    TENSOR_DTYPES,
    CodecError,
    RemoteRef,
)

MAX_DIMS = 32
MAX_DIM = 2**40
DTYPE_TEXT = re.compile(r"[<|][biufcSU][0-9]{1,6}|<[mM]8\[[0-9]{0,4}[a-zA-Z]{1,2}\]")
PANDAS_DTYPES = frozenset({"object", "str", "string", "category", "boolean", "Int64", "Float64"})


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
    scalar: np.generic = _decode_array(decoder, depth, dtype, [], raw).flat[0]
    return scalar


def _tensor(dtype: str, dims: list[Any], raw: bytes) -> torch.Tensor:
    kind = TENSOR_DTYPES[dtype]
    shape = _shape(dims, kind.itemsize, raw)
    if not raw:
        return torch.empty(shape, dtype=kind)
    return torch.frombuffer(bytearray(_true_or_false(kind == torch.bool, raw)), dtype=kind).reshape(shape)


def _decode_tensor(decoder: Decoder, depth: int, *parts: Any) -> torch.Tensor:
    """A tensor on the CPU, wherever it was: ``device`` is told as the attribute ``remote_device``."""
    dtype, dims, device, requires_grad, grad, raw = parts
    tensor = _tensor(dtype, dims, raw).requires_grad_(requires_grad)
    _complete(decoder, depth, tensor, device, grad)
    return tensor


def _decode_parameter(decoder: Decoder, depth: int, *parts: Any) -> torch.nn.Parameter:
    dtype, dims, device, requires_grad, grad, raw = parts
    parameter = torch.nn.Parameter(_tensor(dtype, dims, raw), requires_grad=requires_grad)
    _complete(decoder, depth, parameter, device, grad)
    return parameter


def _complete(decoder: Decoder, depth: int, tensor: Any, device: str, grad: Any) -> None:
    """Set what a tensor has beside its values."""
    tensor.remote_device = device[:MAX_NAME]
    if grad is not None:
        tensor.grad = decoder.decode(grad, depth)  # torch refuses one of another shape, dtype or class


def _decode_series(decoder: Decoder, depth: int, name: Any, dtype: str, data: Any, index: Any) -> Any:
    import pandas

    values = decoder.decode(data, depth)
    if not isinstance(values, list | np.ndarray) or np.ndim(values) != 1:
        raise CodecError("a column is one-dimensional")
    kind: Any = dtype if isinstance(values, list) and dtype in PANDAS_DTYPES else None  # an array has its own
    if index is None:
        return pandas.Index(values, dtype=kind, name=decoder.decode(name, depth))
    return pandas.Series(values, decoder.decode(index, depth), dtype=kind, name=decoder.decode(name, depth))


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
