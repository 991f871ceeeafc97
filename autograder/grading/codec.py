"""The closed codec: which values may cross the wall, and within which limits.

A value becomes a *node* of msgpack types. None, bool, int, float, str and bytes stand for themselves; everything
else is a list whose first item is a tag. Decoding builds values of the types named here and of no others, within
limits; there is no pickle and no object array. What has no tag crosses as a `RemoteRef`, a claim about an
object that stays behind.

Exact base types come out: a subclass of int, list or Tensor arrives as int, list or Tensor. Nodes are made in
`encoding` and read in `decoding`.
"""

from dataclasses import dataclass

import torch

MAX_DEPTH = 64
MAX_NODES = 2_000_000
MAX_INT_BYTES = 2_048  # about 4,900 decimal digits; more would make the judge's own printing slow
MAX_NAME = 200

ARRAY_KINDS = "biufcSUmM"
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
