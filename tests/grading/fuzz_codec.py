"""Fuzzes the decoder: any bytes give a value of an allowed type, or one clean refusal.

``python fuzz_codec.py --count 1000000 --seed 1`` prints how many inputs were taken and how many refused.
"""

import argparse
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgpack
import numpy as np
import pandas as pd
import torch

from autograder.grading.codec import CodecError, RemoteRef
from autograder.grading.decoding import DECODERS, Decoder
from autograder.grading.encoding import Encoder
from autograder.grading.wire import HEADER, Message, Violation, pack, unpack

ALLOWED = (
    *(type(None), bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, range, type(...)),
    *(np.ndarray, np.generic, torch.Tensor, torch.Size, torch.dtype, torch.device, pd.DataFrame, pd.Series, pd.Index),
    RemoteRef,
)
LEAVES: list[Any] = [
    *(None, True, False, 0, 1, -1, 2, 2**31, 2**63 - 1, -(2**63), 0.0, -0.5, float("nan"), float("inf"), "", "a", b""),
    *(
        b"\0" * 8,
        b"\xff" * 24,
        "<f8",
        "<i4",
        "|b1",
        "<U2",
        "|O",
        "float32",
        "bool",
        "cpu",
        "cuda:0",
        "object",
        "module",
    ),
]
SEEDS: list[Any] = [
    *(None, 7, 2**80, 1.5, "text", b"bytes", [1, (2, {3})], {"a": [1.0, None]}, np.arange(6.0).reshape(2, 3)),
    *(torch.ones(2, 3), torch.nn.Parameter(torch.zeros(1)), np.float32(3), torch.Size([1]), torch.float16, range(3)),
    *(pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}), pd.Series([1.0]), object()),
]


def random_node(rng: random.Random, depth: int = 0) -> Any:
    """A node that is now and then well formed."""
    roll = rng.random()
    if depth > 4 or roll < 0.3:
        return rng.choice(LEAVES)
    if roll < 0.9:
        tag = rng.choice(list(DECODERS))
        wanted = DECODERS[tag][0]
        return [tag, *(_part(rng, kind, depth) for kind in wanted[: rng.choice([len(wanted)] * 9 + [1])])]
    return [random_node(rng, depth + 1) for _ in range(rng.randrange(4))]


def _part(rng: random.Random, kind: Any, depth: int) -> Any:
    fitting = [leaf for leaf in LEAVES if isinstance(leaf, kind)] if kind is not object else []
    if kind is list and rng.random() < 0.8:
        shape = rng.random() < 0.4
        return [
            rng.choice([0, 1, 2, 3, 2**40]) if shape else random_node(rng, depth + 1) for _ in range(rng.randrange(4))
        ]
    return rng.choice(fitting) if fitting and rng.random() < 0.9 else random_node(rng, depth + 1)


def mutated(rng: random.Random, frame: bytes) -> bytes:
    """A frame with a few bytes changed, dropped or doubled."""
    data = bytearray(frame)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(data)) if data else 0
        deed = rng.randrange(3)
        if deed == 0 and data:
            data[at] = rng.randrange(256)
        elif deed == 1:
            del data[at : at + rng.randrange(1, 5)]
        else:
            data[at:at] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 5)))
    return bytes(data)


def inputs(rng: random.Random) -> Iterator[bytes]:
    """Payloads without end: random nodes, mutated frames, plain noise."""
    encoder = lambda value: Encoder(lambda _: RemoteRef(1, "object", "x")).encode(value)  # noqa: E731
    frames = [pack(Message(b"12345678", "value", [encoder(value), ""]))[HEADER.size :] for value in SEEDS]
    while True:
        roll = rng.random()
        if roll < 0.5:
            yield msgpack.packb([b"12345678", "value", [random_node(rng), ""]])
        elif roll < 0.95:
            yield mutated(rng, rng.choice(frames))
        else:
            yield rng.randbytes(rng.randrange(64))


def check(payload: bytes) -> str:
    """``taken`` or ``refused``.

    Raises:
        AssertionError: something else came out. Anything else: the decoder broke.
    """
    try:
        body = unpack(payload).body
        node = body[0] if isinstance(body, list) and body else body
        value = Decoder(lambda ref: ref).decode(node)
    except (CodecError, Violation):
        return "refused"
    assert isinstance(value, ALLOWED), type(value)
    return "taken"


def fuzz(count: int, seed: int) -> Counter[str]:
    """Run so many inputs; how many were taken and refused."""
    source = inputs(random.Random(seed))
    return Counter(check(next(source)) for _ in range(count))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    told = fuzz(arguments.count, arguments.seed)
    print(f"{arguments.count:,} inputs, seed {arguments.seed}: {told['taken']:,} taken, {told['refused']:,} refused")


if __name__ == "__main__":
    main()
