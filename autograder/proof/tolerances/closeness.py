"""What ``allclose`` and its like allow: their tolerances as numpy, torch and math define them."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch


@dataclass(frozen=True)
class _Closeness:
    """How a function says what it allows.

    Attributes:
        parameters: the two values, relative and absolute tolerance.
        usual: relative and absolute tolerance unless told; None takes them from the type of the values.
        equal_nan: whether two values that are no numbers count as equal, unless told.
        symmetric: the tolerance is the larger of the two, relative to the larger value, not their sum.
    """

    parameters: tuple[str, str, str, str]
    usual: tuple[float, float] | None
    equal_nan: bool = False
    symmetric: bool = False


_NUMPY = _Closeness(("a", "b", "rtol", "atol"), (1e-5, 1e-8))
_TORCH = _Closeness(("input", "other", "rtol", "atol"), (1e-5, 1e-8))
_FUNCTIONS: dict[Callable[..., Any], _Closeness] = {
    np.allclose: _NUMPY,
    np.isclose: _NUMPY,
    torch.allclose: _TORCH,
    torch.isclose: _TORCH,
    math.isclose: _Closeness(("a", "b", "rel_tol", "abs_tol"), (1e-9, 0.0), symmetric=True),
    np.testing.assert_allclose: _Closeness(("actual", "desired", "rtol", "atol"), (1e-7, 0.0), equal_nan=True),
    torch.testing.assert_close: _Closeness(("actual", "expected", "rtol", "atol"), None),
}
# What torch.testing.assert_close allows where it is not told.
_BY_DTYPE: dict[object, tuple[float, float]] = {
    torch.float16: (1e-3, 1e-5),
    torch.bfloat16: (1.6e-2, 1e-5),
    torch.float32: (1.3e-6, 1e-5),
    torch.complex64: (1.3e-6, 1e-5),
}
_FINEST = (1e-7, 1e-7)


def excess(function: Any, positional: tuple[Any, ...], named: dict[str, Any]) -> "np.ndarray | None":
    """How large differences are, element by element, relative to what a call allows; above 1 is too large.

    Returns:
        None where the function is none of those known here, or only whole numbers are compared.

    Raises:
        TypeError, ValueError: what is compared has no numbers.
    """
    owner = getattr(function, "__self__", None)
    if isinstance(owner, torch.Tensor):  # a.allclose(b)
        function, positional = getattr(torch, function.__name__), (owner, *positional)
    known = _FUNCTIONS.get(function)
    if known is None:
        return None
    given = dict(zip(known.parameters, positional, strict=False)) | named
    first, second, rtol, atol = (given.get(name) for name in known.parameters)
    usual = known.usual or _by_dtype(first, second)
    rtol, atol = (usual[0] if rtol is None else rtol), (usual[1] if atol is None else atol)
    first, second = as_array(first), as_array(second)
    if first.dtype.kind not in "fc" and second.dtype.kind not in "fc":
        return None
    if known.symmetric:
        allowed = np.maximum(rtol * np.maximum(abs(first), abs(second)), atol)
    else:
        allowed = atol + rtol * abs(second)
    return _ratio(first, second, allowed, given.get("equal_nan", known.equal_nan))


def as_array(value: Any) -> "np.ndarray":
    """Numbers, however they are kept, as an array on the CPU.

    Raises:
        TypeError, ValueError: it is something else.
    """
    if isinstance(value, torch.Tensor):
        tensor: torch.Tensor = value.detach().cpu().resolve_conj()
        return (tensor.double() if tensor.is_floating_point() else tensor).numpy()
    if isinstance(value, bool | int | float | complex | np.generic | np.ndarray):
        array = np.asarray(value)
    elif isinstance(value, list | tuple):
        array = np.asarray([as_array(part) for part in value])
    else:
        raise TypeError(f"{type(value).__name__} holds no numbers")
    if array.dtype.kind not in "biufc":
        raise TypeError(f"{array.dtype} is no number")
    return array.astype(float) if array.dtype.kind == "f" else array


def _ratio(first: "np.ndarray", second: "np.ndarray", allowed: "np.ndarray", equal_nan: bool) -> "np.ndarray":
    same = (first == second) | (np.isnan(first) & np.isnan(second) & bool(equal_nan))
    ratio = abs(first - second) / allowed
    return np.where(same, 0.0, np.where(np.isfinite(ratio), ratio, math.inf))


def _by_dtype(*values: Any) -> tuple[float, float]:
    found = [_BY_DTYPE.get(getattr(value, "dtype", None), _FINEST) for value in values]
    return max(rtol for rtol, _ in found), max(atol for _, atol in found)
