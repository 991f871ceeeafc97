"""Values into nodes of the codec."""

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from autograder.grading.codec import (
    ARRAY_KINDS,
    MAX_DEPTH,
    MAX_INT_BYTES,
    MAX_NAME,
    MAX_NODES,
    TENSOR_DTYPES,
    CodecError,
    RemoteRef,
)


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
            return ENCODERS.get(base) or _plain_encoder(base)
    return _pandas_encoder(value)


def _plain_encoder(base: type) -> Callable[[Encoder, Any], Any]:
    return lambda _, value: base(value)


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
    resolved = value.detach().as_subclass(torch.Tensor).cpu().resolve_conj().resolve_neg()
    # A view of one element counts as contiguous whatever its stride, and yet cannot be seen as bytes: so a clone.
    plain = resolved.clone(memory_format=torch.contiguous_format)
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
