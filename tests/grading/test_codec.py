"""What may cross the wall crosses unchanged; anything else is refused in one way."""

import math

import hypothesis.extra.numpy as hnp
import msgpack
import numpy as np
import pandas as pd
import pytest
import torch
from fuzz_codec import fuzz
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.grading.codec import CodecError, RemoteRef
from autograder.grading.decoding import Decoder
from autograder.grading.encoding import Encoder

NUMBERS = st.integers() | st.floats(allow_nan=False) | st.complex_numbers(allow_nan=False)
SCALARS = st.none() | st.booleans() | NUMBERS | st.text() | st.binary()
HASHABLE = st.none() | st.booleans() | st.integers() | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(HASHABLE, inner, max_size=4)
        | st.sets(HASHABLE, max_size=4)
    ),
    max_leaves=12,
)
DTYPES = (
    hnp.boolean_dtypes() | hnp.integer_dtypes() | hnp.floating_dtypes(sizes=(16, 32, 64)) | hnp.complex_number_dtypes()
)
ALLOWED = (
    *(type(None), bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, range, type(...)),
    *(np.ndarray, np.generic, torch.Tensor, torch.Size, torch.dtype, torch.device, pd.DataFrame, pd.Series, pd.Index),
    RemoteRef,
)


def refer(value: object) -> RemoteRef:
    return RemoteRef(1, "object", type(value).__name__)


def cross(value: object, exact: bool = False) -> object:
    """A value through the encoder, bytes, and the decoder."""
    node = Encoder(refer, exact).encode(value)
    sent = msgpack.packb(node, use_bin_type=True, unicode_errors="surrogatepass")
    return Decoder(lambda ref: ref).decode(msgpack.unpackb(sent, raw=False, unicode_errors="replace"))


def decode(node: object) -> object:
    return Decoder(lambda ref: ref).decode(node)


@given(VALUES)
def test_plain_values_cross_unchanged(value: object):
    """Types and values of everything built of Python's own types are kept."""
    crossed = cross(value)
    assert type(crossed) is type(value)
    assert crossed == value or "\ufffd" in repr(crossed)


@given(hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)))
def test_arrays_cross_unchanged(array: np.ndarray):
    """Shape, dtype (in native byte order) and every bit are kept."""
    crossed = cross(array)
    assert crossed.shape == array.shape
    assert crossed.dtype == array.dtype.newbyteorder("=")
    assert np.array_equal(crossed, array, equal_nan=array.dtype.kind in "fc")


@pytest.mark.parametrize(
    "dtype", ["float16", "bfloat16", "float32", "float64", "complex64", "int8", "int64", "uint8", "bool"]
)
@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3)])
def test_tensors_cross_unchanged(dtype: str, shape: tuple[int, ...]):
    """Shape, dtype and values are kept, for scalars and empty tensors, too."""
    tensor = (torch.rand(shape) * 100).to(getattr(torch, dtype))
    crossed = cross(tensor)
    assert crossed.dtype == tensor.dtype
    assert crossed.shape == tensor.shape
    assert torch.equal(crossed, tensor)


def test_requires_grad_and_parameter_are_told():
    """A tensor that requires a gradient still does, and a parameter is one."""
    assert cross(torch.ones(2, requires_grad=True) * 2).requires_grad
    crossed = cross(torch.nn.Parameter(torch.ones(2)))
    assert isinstance(crossed, torch.nn.Parameter)
    assert crossed.is_leaf


def test_gradient_of_a_leaf_crosses_with_it():
    """What backward() left in .grad can be compared by a test."""
    weight = torch.ones(3, requires_grad=True)
    (weight * torch.arange(3.0)).sum().backward()
    assert torch.equal(cross(weight).grad, torch.arange(3.0))
    assert cross(weight * 2).grad_fn is None


@pytest.mark.parametrize(
    "value",
    [
        torch.arange(6.0).reshape(1, 6)[:, 3],
        np.arange(6).reshape(2, 3).T,
        np.arange(3, dtype=">i4"),
        np.ma.array([1, 2]),
        torch.arange(6).reshape(2, 3).T,
        torch.tensor([1 + 2j]).conj(),
    ],
)
def test_other_layouts_of_the_same_values_cross(value: object):
    """Transposed, big-endian, masked without a mask, conjugated, one element out of a row: the values count."""
    crossed = cross(value)
    assert np.array_equal(
        np.asarray(crossed), np.asarray(value.resolve_conj() if isinstance(value, torch.Tensor) else value)
    )


def test_frames_and_series_cross_as_columns():
    """Columns, index, names and values are kept."""
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": [0.5, math.inf]}, index=["r", "s"])
    pd.testing.assert_frame_equal(cross(frame), frame)
    pd.testing.assert_series_equal(cross(frame["c"]), frame["c"])


def test_subclasses_cross_as_their_base():
    """An int that is equal to everything arrives as the int it is."""

    class Liar(int):
        def __eq__(self, _: object) -> bool:
            return True

        __hash__ = int.__hash__

    crossed = cross([Liar(3), type("Row", (tuple,), {})((1, 2))])
    assert crossed == [3, (1, 2)]
    assert [type(item) for item in crossed] == [int, tuple]
    assert crossed[0] != 4


@pytest.mark.parametrize(
    "value",
    [
        object(),
        len,
        (i for i in ()),
        np.array([object()]),
        np.zeros(2, dtype=[("a", int)]),
        np.ma.array([1, 2], mask=[0, 1]),
        torch.eye(2).to_sparse(),
        torch.empty(2, device="meta"),
    ],
)
def test_anything_else_arrives_as_a_reference(value: object):
    """Objects, object arrays, structured, masked, sparse and meta tensors stay behind."""
    assert isinstance(cross(value), RemoteRef)


def test_cycles_depth_and_size_are_refused_when_sent():
    """A list inside itself, one nested too deep and an integer of a million digits cannot be sent."""
    cycle: list = []
    cycle.append(cycle)
    deep: list = []
    for _ in range(100):
        deep = [deep]
    for value in (cycle, deep, 10**1_000_000):
        with pytest.raises(CodecError):
            cross(value)


@pytest.mark.parametrize(
    "node",
    [
        ["array", "<f8", [2**40], b""],
        ["array", "<f8", [10**30, 0], b""],
        ["array", "<f8", [-1], b""],
        ["array", "<f8", [2], b"\0" * 15],
        ["array", "|O", [1], b"\0" * 8],
        ["array", "|V8", [1], b"\0" * 8],
        ["array", "<f8, <f8", [1], b"\0" * 16],
        ["tensor", "float32", [2], "cpu", False, None, b"\0" * 7],
        ["tensor", "qint8", [1], "cpu", False, None, b"\0"],
        ["tensor", "float32", [1], "cpu", True, 5, b"\0" * 4],
        ["tensor", "float32", [1], "cpu", True, ["tensor", "float32", [2], "cpu", False, None, b"\0" * 8], b"\0" * 4],
        ["tensor", "int64", [1], "cpu", True, None, b"\0" * 8],
        ["int", b"\0" * 10_000],
        ["dict", [[["list", []], 1]]],
        ["dict", [[1]]],
        ["set", [["list", []]]],
        ["complex", 1, 2],
        ["ref", 1, "weapon", "x", []],
        ["ref", "1", "object", "x", []],
        ["torch.dtype", "__class__"],
        ["nothing like this"],
        [],
        {"a": 1},
        ["list", "text"],
        [
            "frame",
            [["series", "a", "int64", ["array", "<i8", [3], b"\0" * 24], None]],
            ["series", None, "int64", ["list", []], None],
        ],
    ],
)
def test_malformed_nodes_are_refused(node: object):
    """Impossible shapes, wrong sizes, unknown tags and types: one clean refusal."""
    with pytest.raises(CodecError):
        decode(node)


@settings(max_examples=300)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**64 - 1)
        | st.floats()
        | st.text(max_size=5)
        | st.binary(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=5)
            | st.tuples(
                st.sampled_from(["list", "tuple", "dict", "set", "array", "tensor", "int", "series", "ref", "size"]),
                inner,
            ).map(list)
        ),
        max_leaves=10,
    )
)
def test_any_node_gives_an_allowed_value_or_a_refusal(node: object):
    """Whatever arrives, the decoder builds nothing but values of the closed set."""
    try:
        value = decode(node)
    except CodecError:
        return
    assert isinstance(value, ALLOWED)


def test_boolean_bytes_other_than_zero_and_one_become_true():
    """A forged boolean cannot be neither true nor false."""
    assert decode(["array", "|b1", [2], b"\x02\x00"]).tolist() == [True, False]
    assert decode(["tensor", "bool", [2], "cpu", False, None, b"\xff\x00"]).tolist() == [True, False]


def test_exact_sender_refuses_what_would_change_on_the_way():
    """Towards the sandbox, a non-contiguous array or a subclass is left to the pickler."""
    for value in (np.arange(6).reshape(2, 3).T, torch.eye(3)[:, :2], type("L", (list,), {})()):
        with pytest.raises(CodecError):
            Encoder(None, exact=True).encode(value)


def test_fuzzed_bytes_give_an_allowed_value_or_a_refusal():
    """Twenty thousand random, mutated and noisy payloads; fuzz_codec.py runs as many as one likes."""
    told = fuzz(20_000, seed=2)
    assert told["taken"] > 1_000
    assert told["refused"] > 1_000
