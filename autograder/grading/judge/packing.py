"""What a test passes to a student's function when it is more than plain data: pickled, with nothing lost.

This direction is trusted: the sandbox may unpickle what tests send. Handles travel as the numbers of the objects
they stand for.
"""

import io
import sys
from collections.abc import Callable
from typing import Any

import cloudpickle
import numpy as np
import torch


def pickled(value: Any, number_of: Callable[[Any], int | None]) -> bytes:
    """A value as bytes for the sandbox.

    Args:
        number_of: the number of the object behind a handle; None for anything else.
    """
    buffer = io.BytesIO()
    _Pickler(buffer, number_of).dump(value)
    return buffer.getvalue()


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle has no types
    """Cloudpickle, but for handles, and for what pickling would change: strides and gradients."""

    def __init__(self, buffer: io.BytesIO, number_of: Callable[[Any], int | None]):
        super().__init__(buffer)
        self._number_of = number_of

    def persistent_id(self, obj: Any) -> int | None:
        return self._number_of(obj)

    def reducer_override(self, obj: Any) -> Any:
        if type(obj) is np.ndarray and obj.dtype.kind in "biufc" and not obj.flags.c_contiguous and obj.size:
            return _strided, (np.ascontiguousarray(obj), obj.strides)
        if type(obj) in (torch.Tensor, torch.nn.Parameter) and obj.is_leaf and obj.grad is not None:
            bare = obj.detach().requires_grad_(obj.requires_grad)
            return _with_gradient, (bare, obj.grad, type(obj) is torch.nn.Parameter)
        return super().reducer_override(obj)


def _strided(values: np.ndarray, strides: tuple[int, ...]) -> np.ndarray:
    """An array with these values and these strides, which may be negative: pickling alone would straighten it."""
    spans = [(n - 1) * s for n, s in zip(values.shape, strides, strict=True)]
    start = -sum(span for span in spans if span < 0)
    buffer = np.zeros(start + sum(span for span in spans if span > 0) + values.itemsize, np.uint8)
    array = np.ndarray(values.shape, values.dtype, buffer, start, strides)
    array[...] = values
    return array


def _with_gradient(bare: torch.Tensor, grad: torch.Tensor, is_parameter: bool) -> torch.Tensor:
    """A leaf with its gradient, which pickling alone would drop."""
    leaf = torch.nn.Parameter(bare.detach(), bare.requires_grad) if is_parameter else bare
    leaf.grad = grad
    return leaf


# The sandbox does not have this module: send the functions themselves.
cloudpickle.register_pickle_by_value(sys.modules[__name__])
