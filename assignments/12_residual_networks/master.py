# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [raw]
# # ASSIGNMENT CONFIG
# name: 12_residual_networks
# export_cell: {pdf: false}
# tests: {files: false, ok_format: false}
# show_question_points: true

# %% [markdown]
# # Residual networks
#
# A residual block adds what it computes to what it was given. Here you unroll such blocks into paths, follow a
# derivative along them, and see what the sums do to the variance at the start of training. Batch normalisation keeps
# that variance in check: you take it apart step by step, forward and backward, and find out what it does to a penalty
# on the weights. At the end come the shapes: bottlenecks, U-Nets, and images of unequal size.
#
# | question | what you write | points |
# | --- | --- | --- |
# | `q1_unrolling` | a residual network as one long sum | 3 |
# | `q2_path_counts` | how many paths there are, and how long they are | 3 |
# | `q3_gradient_paths` | a derivative as a sum over paths | 5 |
# | `q4_uncorrelated` | when variances simply add, and why they do here | 5 |
# | `q5_variance_by_depth` | what happens to the variance, block after block | 4 |
# | `q6_batch_norm_forward` | batch normalisation in seven steps | 4 |
# | `q7_batch_norm_backward` | the same steps backward | 4 |
# | `q8_batch_norm_jacobian` | how each output depends on each example of the batch | 4 |
# | `q9_batch_norm_parameters` | what batch normalisation adds to the count, and what becomes redundant | 4 |
# | `q10_bottleneck` | two residual blocks, counted and built | 5 |
# | `q11_scale_invariance` | a convolution whose length does not matter | 4 |
# | `q12_shrinking_weights` | what a penalty does to such a convolution in the long run | 5 |
# | `q13_unet_sizes` | which images fit through a U-Net | 4 |
# | `q14_unequal_images` | a batch of images of different sizes | 5 |
#
# Each question stands alone: no answer needs an earlier one. `grader.check` runs a few small public tests.
# More tests, with other numbers, decide the score.

# %% [markdown]
# ## Recap and notation
#
# A **residual network** with $K$ blocks $b_1, \dots, b_K$ turns the input $x$ into the output $f$:
#
# $$h_0 = x, \qquad h_k = h_{k-1} + b_k(h_{k-1}) \quad (k = 1, \dots, K), \qquad f = h_K .$$
#
# - The straight connection around a block is its **skip**, the rest, $b_k$, is its **branch**. A branch keeps the
#   shape of what it is given.
# - A typical branch is a few layers in the order ReLU, then linear map or convolution.
# - **He initialisation** draws the weights of a linear map with $D$ inputs from a normal distribution with mean 0 and
#   variance $2 / D$. Biases start at 0.
# - **Batch normalisation** (batch norm) subtracts from each hidden unit its mean over the batch, divides by its
#   standard deviation over the batch, multiplies by a learned **scale** $\gamma$ and adds a learned **offset**
#   $\delta$. In a convolutional network the mean runs over examples and positions, and each channel has its own
#   $\gamma$ and $\delta$. After training it uses **running** means and variances instead, averages that were gathered
#   during training.
# - A Jacobian is written with one row per output: $J_{ij} = \partial (\text{output } i) / \partial (\text{input } j)$.
#
# Batches come first: `(N, D)` for vectors, `(N, C, H, W)` for images with $C$ channels. Run the set-up cell, then look
# at the same 30 layers of random weights, between one input and one output, without and with skips (there the branches
# are multiplied by 0.3). Without skips the slope at one point says nothing about the slope next to it.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def show(draw):
    """Call draw(); while the answer it needs is missing, say so in a line instead of failing."""
    try:
        draw()
    except Exception as problem:
        plt.close("all")
        print(f"No figure yet: it is drawn by your own answer ({type(problem).__name__}: {problem}).")


# %%
def draw_two_networks():
    rng = np.random.default_rng(3)
    x = np.linspace(-2, 2, 401)
    entry = np.outer(x, rng.normal(size=50)) + rng.normal(size=50)
    layers = rng.normal(size=(30, 50, 50)) / math.sqrt(50)
    exit_weights = rng.normal(size=50) / math.sqrt(50)
    plain, residual = entry, entry
    for layer in layers:
        plain = np.tanh(2.2 * plain @ layer)
        residual = residual + 0.3 * np.tanh(2.2 * residual @ layer)
    figure, axes = plt.subplots(1, 2, figsize=(12, 2.8))
    for axis, hidden, title in zip(axes, (plain, residual), ("30 layers, no skips", "30 layers with skips")):
        axis.plot(x, hidden @ exit_weights)
        axis.set(title=title, xlabel="$x$", ylabel="$f$")
    figure.tight_layout()


show(draw_two_networks)

# %% [raw] sources="udl-11.1"
# # BEGIN QUESTION
# name: q1_unrolling
# points: 3

# %% [markdown]
# ## 1. One long sum
#
# Substitute each line of $h_k = h_{k-1} + b_k(h_{k-1})$ into the next, for four blocks, until only $x$ and the blocks
# remain. You find that $f$ is a sum of five terms: $x$, and one term from each block. For two blocks on numbers,
# $b_1(h) = 2h$ and $b_2(h) = h^2$, and $x = 1$, the terms are $1$, $2$ and $9$, and $f = 12$.
#
# - `residual_terms(blocks, x)` returns the list of these terms, `len(blocks) + 1` tensors of the shape of `x`: first
#   `x` itself, then the contribution of each block. `blocks` is a list of functions, possibly empty.
# - `residual_output(blocks, x)` returns $f$, their sum.
# - `unrolled_matrix(matrices)` is for linear blocks, $b_k(h) = A_k h$ with a column vector $h$: it returns the
#   matrix $M$ with $f = M x$. `matrices` is a list of at least one `(D, D)` tensor, $A_1$ first.
#
# The tensor `x` that is passed in stays as it is.


# %% [raw]
# # BEGIN SOLUTION
# %%
def residual_terms(blocks, x):
    """The terms whose sum is the output: [x, contribution of block 1, ..., contribution of block K]."""
    # BEGIN SOLUTION
    terms = [x]
    for block in blocks:
        terms.append(block(sum(terms)))
    return terms
    # END SOLUTION


def residual_output(blocks, x):
    """Output of the residual network, a tensor of the shape of x."""
    # BEGIN SOLUTION
    return sum(residual_terms(blocks, x))
    # END SOLUTION


def unrolled_matrix(matrices):
    """The (D, D) matrix that a residual network of linear blocks applies to its input."""
    # BEGIN SOLUTION
    total = torch.eye(len(matrices[0]), dtype=matrices[0].dtype)
    for A in matrices:
        total = total + A @ total
    return total
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For the blocks 2h and h * h and x = 1 the terms are 1, 2 and 9, the output is 12; one linear block
  with the matrix A gives I + A.
"""  # END TEST CONFIG


def test_two_blocks(residual_terms, residual_output, unrolled_matrix):
    import torch

    blocks, x = [lambda h: 2 * h, lambda h: h * h], torch.tensor([1.0])
    got = residual_terms(blocks, x)
    assert got is not None, "residual_terms(...) returned None: expected a list of tensors"
    assert isinstance(got, (list, tuple)) and len(got) == 3, "residual_terms: expected a list of three tensors"
    assert all(isinstance(term, torch.Tensor) for term in got), "residual_terms: each entry should be a tensor"
    values = [term.tolist() for term in got]
    assert values == [[1.0], [2.0], [9.0]], f"residual_terms: expected [[1.0], [2.0], [9.0]], got {values}"
    got = residual_output(blocks, x)
    assert isinstance(got, torch.Tensor), f"residual_output should return a tensor, got {type(got).__name__}"
    assert got.tolist() == [12.0], f"residual_output: expected [12.0], got {got.tolist()}"
    got = unrolled_matrix([torch.tensor([[0.0, 3.0], [0.0, 1.0]])])
    assert isinstance(got, torch.Tensor), f"unrolled_matrix should return a tensor, got {type(got).__name__}"
    assert got.tolist() == [[1.0, 3.0], [0.0, 2.0]], f"expected [[1, 3], [0, 2]], got {got.tolist()}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The terms do not belong to the network h_k = h_(k-1) + b_k(h_(k-1)). What is each block given, and is
  any skip missing?
"""  # END TEST CONFIG


def test_terms_against_recursion(residual_terms, residual_output):
    import torch

    rng = torch.Generator().manual_seed(1201)
    for depth in (0, 1, 2, 4, 7):
        for shape in ((4,), (1, 4), (5, 4), (2, 3, 4)):
            for dtype, room in ((torch.float64, 1e-11), (torch.float32, 1e-4)):
                weights = [torch.randn(4, 4, generator=rng, dtype=dtype) for _ in range(depth)]
                blocks = [lambda h, w=w: torch.tanh(h @ w) * (1 + h) for w in weights]
                x = torch.randn(*shape, generator=rng, dtype=dtype)
                h, expected = x, [x]
                for block in blocks:
                    expected.append(block(h))
                    h = h + expected[-1]
                terms = residual_terms(blocks, x)
                assert len(terms) == depth + 1
                # each block at most squares the size of a rounding error relative to h, seven blocks in all
                size = 1 + max(term.abs().max().item() for term in expected)
                for got, term in zip(terms, expected):
                    assert got.shape == x.shape and got.dtype == dtype
                    assert (got - term).abs().max() <= room * size
                got = residual_output(blocks, x)
                assert got.shape == x.shape and (got - h).abs().max() <= room * size

    def keeps_x(terms, output):
        import torch

        x = torch.ones(3)
        terms([torch.sin, torch.cos], x)
        output([torch.sin, torch.cos], x)
        return x.tolist()

    assert inside(keeps_x)(residual_terms, residual_output) == [1.0, 1.0, 1.0]


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The matrix of linear blocks is wrong. Which block meets the input first, and so which factor stands
  next to x?
"""  # END TEST CONFIG


def test_matrix_against_paths(unrolled_matrix):
    from itertools import combinations

    import torch

    rng = torch.Generator().manual_seed(1202)
    for depth, d in ((1, 1), (1, 3), (2, 3), (3, 2), (5, 4)):
        for dtype, room in ((torch.float64, 1e-12), (torch.float32, 1e-4)):
            matrices = [torch.randn(d, d, generator=rng, dtype=dtype) for _ in range(depth)]
            x = torch.randn(d, generator=rng, dtype=dtype)
            expected, size = torch.zeros_like(x), 1.0
            for length in range(depth + 1):
                for path in combinations(range(depth), length):
                    term = x
                    for k in path:
                        term = matrices[k] @ term
                    expected = expected + term
                    size += term.abs().max().item()
            got = unrolled_matrix(matrices)
            # at most 32 paths of five factors
            assert got.shape == (d, d) and got.dtype == dtype
            assert (got @ x - expected).abs().max() <= room * size


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-11.2"
# # BEGIN QUESTION
# name: q2_path_counts
# points: 3

# %% [markdown]
# ## 2. How many paths?
#
# If the blocks are linear, multiplying everything out turns the network into a sum over **paths** from the input to
# the output. At each block a path goes either through the branch or along the skip. Its **length** is the number of
# branches on it. Four blocks give 1, 4, 6, 4 and 1 paths of lengths 0 to 4.
#
# - `counts_3` and `counts_5`: the same lists for three and for five blocks, found by hand.
# - `path_counts(k)`: the list for `k` blocks (`k` may be 0), `k + 1` Python integers, exact for any `k`.
# - `share_up_to(k, length)`: the share of all paths that have at most the given length, a float; `length` is 0 or
#   more, and may be larger than `k`. For four blocks and length 1 it is $5 / 16$. It must work for thousands of blocks.
# - `mean_path_length(k, r)`: suppose that each branch multiplies what passes by $r \ge 0$, so that a path of length
#   $P$ carries the weight $r^P$. Return the mean length of the paths, weighted in this way, as a float. For two
#   blocks and $r = 1$ it is 1; for two blocks and $r = \tfrac12$ the lengths 0, 1, 2 have the weights
#   $1,\; 2 \cdot \tfrac12,\; \tfrac14$ in all, and the mean is $\tfrac23$. There is a short formula; a sum with
#   powers of $r$ overflows for many blocks.

# %% [raw]
# # BEGIN SOLUTION
# %%
counts_3 = [1, 3, 3, 1]  # SOLUTION
counts_5 = [1, 5, 10, 10, 5, 1]  # SOLUTION


def path_counts(k):
    """Number of paths of each length 0, ..., k through k residual blocks: a list of k + 1 integers."""
    # BEGIN SOLUTION
    return [math.comb(k, length) for length in range(k + 1)]
    # END SOLUTION


def share_up_to(k, length):
    """Share of the paths through k blocks whose length is at most the given one, a float."""
    # BEGIN SOLUTION
    return sum(path_counts(k)[: length + 1]) / 2**k
    # END SOLUTION


def mean_path_length(k, r):
    """Mean length of the paths if a path of length P has the weight r**P, a float."""
    # BEGIN SOLUTION
    # On each block the branch has the weight r, the skip 1.
    return k * r / (1 + r)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Four blocks give 1, 4, 6, 4, 1 paths, 5/16 of them of length 0 or 1; two blocks with r = 1/2 have the
  mean length 2/3.
"""  # END TEST CONFIG


def test_four_blocks(counts_3, counts_5, path_counts, share_up_to, mean_path_length):
    import numpy as np

    for name, counts, length in (("counts_3", counts_3, 4), ("counts_5", counts_5, 6)):
        assert isinstance(counts, (list, tuple)), f"{name} should be a list of integers"
        assert len(counts) == length, f"{name}: expected {length} counts, got {len(counts)}"
    got = path_counts(4)
    assert got is not None, "path_counts(4) returned None: expected a list"
    assert isinstance(got, (list, tuple)), "path_counts should return a list"
    assert list(got) == [1, 4, 6, 4, 1], f"path_counts(4): expected [1, 4, 6, 4, 1], got {got}"
    got = share_up_to(4, 1)
    assert got is not None, "share_up_to(4, 1) returned None: expected a float"
    assert np.shape(got) == () and abs(got - 5 / 16) < 1e-12, f"share_up_to(4, 1): expected 0.3125, got {got}"
    got = mean_path_length(2, 0.5)
    assert got is not None, "mean_path_length(2, 0.5) returned None: expected a float"
    assert np.shape(got) == () and abs(got - 2 / 3) < 1e-12, f"mean_path_length: expected 0.6667, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some counts are wrong, or not exact. At each block a path has two ways to go; write all of them down
  for three blocks.
"""  # END TEST CONFIG


def test_counts_against_enumeration(counts_3, counts_5, path_counts):
    from itertools import product

    import numpy as np

    for k in range(11):
        expected = [0] * (k + 1)
        for choice in product((0, 1), repeat=k):
            expected[sum(choice)] += 1
        assert list(path_counts(k)) == expected
        if k in (3, 5):
            assert list({3: counts_3, 5: counts_5}[k]) == expected
    row = [1]
    for k in range(1, 81):
        row = [a + b for a, b in zip([0, *row], [*row, 0])]
        if k in (54, 80):
            got = path_counts(k)
            assert all(isinstance(count, (int, np.integer)) for count in got)
            assert [int(count) for count in got] == row


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A share or a mean length is wrong for some numbers of blocks. Compare with a list of all paths for
  three blocks, then try very many.
"""  # END TEST CONFIG


def test_shares_and_means(share_up_to, mean_path_length):
    from fractions import Fraction
    from itertools import product

    for k in (0, 1, 2, 3, 7, 10):
        lengths = [sum(choice) for choice in product((0, 1), repeat=k)]
        for length in range(k + 3):
            share = sum(n <= length for n in lengths) / len(lengths)
            assert abs(share_up_to(k, length) - share) < 1e-12
        for r in (0.0, 0.1, 0.5, 1.0, 2.5, 30.0):
            weights = [r**n for n in lengths]
            mean = sum(n * w for n, w in zip(lengths, weights)) / sum(weights)
            # sums of at most 1024 positive terms
            assert abs(mean_path_length(k, r) - mean) <= 1e-11 * (1 + mean)
    # an odd number of blocks: short and long paths are equally many
    assert abs(share_up_to(3001, 1500) - 0.5) < 1e-12
    row = [1]
    for _ in range(1500):
        row = [a + b for a, b in zip([0, *row], [*row, 0])]
    for length in (700, 760):
        share = float(Fraction(sum(row[: length + 1]), sum(row)))
        assert abs(share_up_to(1500, length) - share) <= 1e-11 * share
    assert abs(mean_path_length(4000, 3.0) - 3000) < 1e-8


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-11.3"
# # BEGIN QUESTION
# name: q3_gradient_paths
# points: 5

# %% [markdown]
# ## 3. A derivative along all paths
#
# Let $a = b_1(x)$ be the output of the first branch, so that $h_1 = x + a$. We want $\partial f / \partial a$ with $x$
# held fixed, for a network of $K$ blocks. Let $J_k$ be the Jacobian of $b_k$ at the input that block $k$ really gets,
# $h_{k-1}$. For two blocks, $f = h_1 + b_2(h_1)$ and so $\partial f / \partial a = I + J_2$: one path along the skip,
# one through the branch. For four blocks there are eight paths, and each contributes a product of Jacobians.
#
# - `list_paths(k)` returns the paths from $a$ to $f$ for $K$ = `k` $\ge 1$ blocks: a list of tuples, each with the
#   numbers of the branches that the path passes, in increasing order. The order of the list is free.
#   `list_paths(2)` is `[(), (2,)]`.
# - `path_jacobian(jacobians)` takes the list $[J_2, \dots, J_K]$ (at least one) of `(D, D)` tensors and returns
#   $\partial f / \partial a$, a `(D, D)` tensor, in the layout of the recap (one row per output). Matrices do not
#   commute: think of which factor of a product stands on the left.
# - `tanh_jacobians(weights, x)`: for the blocks $b_k(h) = \tanh(W_k h)$, return the list $[J_2, \dots, J_K]$. `weights`
#   is $[W_1, \dots, W_K]$, each `(D, D)`; `x` is `(D,)`. Use formulas, not autograd. With $D = 1$, $W_1 = 0$,
#   $W_2 = 2$ and $x = 0$ it is a single Jacobian, $2$.
#
# Then set each entry of `path_facts` to `True` or `False`.
#
# - `"needs_the_branches"`: if $J_2, \dots, J_K$ are all zero, $\partial f / \partial a$ is zero as well.
# - `"order_is_free"`: the factors in the product of a path may be multiplied in any order.
# - `"skip_dominates"`: if $K = 5$ and no $J_k$ stretches any vector by more than a factor of 0.01, the path of length 0
#   contributes more than all other paths together (measured by the largest stretch).
# - `"never_zero"`: because of the path along the skips, $\partial f / \partial a$ cannot be the zero matrix.


# %% [raw]
# # BEGIN SOLUTION
# %%
def list_paths(k):
    """Paths from the first branch's output to f, through k blocks: a list of tuples of branch numbers."""
    # BEGIN SOLUTION
    paths = [()]
    for branch in range(2, k + 1):
        paths += [(*path, branch) for path in paths]
    return paths
    # END SOLUTION


def path_jacobian(jacobians):
    """Derivative of f with respect to the first branch's output, (D, D), from [J_2, ..., J_K]."""
    # BEGIN SOLUTION
    total = torch.zeros_like(jacobians[0])
    for path in list_paths(len(jacobians) + 1):
        product = torch.eye(len(total), dtype=total.dtype)
        for branch in path:
            product = jacobians[branch - 2] @ product
        total += product
    return total
    # END SOLUTION


def tanh_jacobians(weights, x):
    """[J_2, ..., J_K] of the blocks tanh(W_k h), each at the input that its block gets."""
    # BEGIN SOLUTION
    h = x + torch.tanh(weights[0] @ x)
    jacobians = []
    for W in weights[1:]:
        out = torch.tanh(W @ h)
        jacobians.append((1 - out**2)[:, None] * W)
        h = h + out
    return jacobians
    # END SOLUTION


path_facts = {}
path_facts["needs_the_branches"] = False  # SOLUTION
path_facts["order_is_free"] = False  # SOLUTION
path_facts["skip_dominates"] = True  # SOLUTION
path_facts["never_zero"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Two blocks have the paths () and (2,) and the derivative I + J_2; path_facts holds four booleans.
"""  # END TEST CONFIG


def test_second_block(list_paths, path_jacobian, tanh_jacobians, path_facts):
    import torch

    got = list_paths(2)
    assert got is not None, "list_paths(2) returned None: expected a list of tuples"
    assert isinstance(got, (list, tuple)), "list_paths should return a list"
    assert all(isinstance(path, (list, tuple)) for path in got), "list_paths: each path should be a tuple"
    found = sorted(tuple(path) for path in got)
    assert found == [(), (2,)], f"list_paths(2): expected [(), (2,)], got {found}"
    got = path_jacobian([torch.tensor([[0.0, 3.0], [0.0, 1.0]])])
    assert isinstance(got, torch.Tensor), f"path_jacobian should return a tensor, got {type(got).__name__}"
    assert got.tolist() == [[1.0, 3.0], [0.0, 2.0]], f"path_jacobian: expected [[1, 3], [0, 2]], got {got.tolist()}"
    got = tanh_jacobians([torch.tensor([[0.0]]), torch.tensor([[2.0]])], torch.tensor([0.0]))
    assert isinstance(got, (list, tuple)), f"tanh_jacobians should return a list, got {type(got).__name__}"
    assert len(got) == 1, f"tanh_jacobians: expected one Jacobian for two blocks, got {len(got)}"
    assert isinstance(got[0], torch.Tensor), "tanh_jacobians: each Jacobian should be a tensor"
    assert got[0].tolist() == [[2.0]], f"tanh_jacobians: expected [[2.0]], got {got[0].tolist()}"
    assert isinstance(path_facts, dict), "path_facts should be a dictionary"
    for key in ("needs_the_branches", "order_is_free", "skip_dominates", "never_zero"):
        assert isinstance(path_facts.get(key), bool), f"path_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Paths or derivative are wrong for some number of blocks. How many paths are there, and on which side
  does the Jacobian of a later block stand?
"""  # END TEST CONFIG


def test_paths_and_derivative(list_paths, path_jacobian):
    from itertools import product

    import torch
    from torch.autograd.functional import jacobian

    for k in (1, 2, 3, 4, 7):
        expected = []
        for choice in product((False, True), repeat=k - 1):
            expected.append(tuple(branch for branch, taken in enumerate(choice, start=2) if taken))
        assert sorted(tuple(int(b) for b in path) for path in list_paths(k)) == sorted(expected)
    rng = torch.Generator().manual_seed(1203)
    for k, d in ((2, 1), (2, 3), (3, 3), (4, 2), (6, 4)):
        for dtype, room in ((torch.float64, 1e-12), (torch.float32, 1e-4)):
            weights = [torch.randn(d, d, generator=rng, dtype=dtype) for _ in range(k - 1)]
            x, a = torch.randn(2, d, generator=rng, dtype=dtype)

            def output(a):
                h = x + a
                for w in weights:
                    h = h + torch.sin(w @ h)
                return h

            h, jacobians = x + a, []
            for w in weights:
                jacobians.append(jacobian(lambda h, w=w: torch.sin(w @ h), h))
                h = h + torch.sin(w @ h)
            expected = jacobian(output, a)
            got = path_jacobian(jacobians)
            # at most 32 products of five matrices; the largest seen has entries below 200
            assert got.shape == (d, d) and got.dtype == dtype
            assert (got - expected).abs().max() <= room * (10 + expected.abs().max())
    assert torch.equal(path_jacobian([torch.zeros(3, 3)] * 4), torch.eye(3))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The Jacobians of the tanh blocks are wrong. At which point is each of them taken, and which axis of W
  belongs to the outputs?
"""  # END TEST CONFIG


def test_tanh_jacobians(tanh_jacobians):
    import torch
    from torch.autograd.functional import jacobian

    rng = torch.Generator().manual_seed(1204)
    for k, d in ((1, 2), (2, 1), (2, 3), (4, 3), (6, 5)):
        for dtype, room in ((torch.float64, 1e-12), (torch.float32, 1e-4)):
            weights = [torch.randn(d, d, generator=rng, dtype=dtype) for _ in range(k)]
            x = torch.randn(d, generator=rng, dtype=dtype)
            got, h = tanh_jacobians(weights, x), x
            assert len(got) == k - 1
            for index, w in enumerate(weights):
                branch = lambda h, w=w: torch.tanh(w @ h)
                if index > 0:
                    expected = jacobian(branch, h)
                    # rounding grows by a small factor per block, six blocks at most
                    assert got[index - 1].shape == (d, d) and got[index - 1].dtype == dtype
                    assert (got[index - 1] - expected).abs().max() <= room
                h = h + branch(h)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the four statements about paths is decided wrongly.
"""  # END TEST CONFIG


def test_path_facts(path_facts):
    import torch

    def derivative(jacobians):
        total = torch.eye(2, dtype=torch.float64)
        for J in jacobians:
            total = (torch.eye(2, dtype=torch.float64) + J) @ total
        return total

    rng = torch.Generator().manual_seed(1205)
    Js = torch.randn(4, 2, 2, generator=rng, dtype=torch.float64)
    small = [0.01 * J / torch.linalg.matrix_norm(J, 2) for J in Js]
    # the largest possible stretch of all other paths together is that of Jacobians 0.01 I
    rest = max(torch.linalg.matrix_norm(derivative(j) - torch.eye(2), 2) for j in (small, [0.01 * torch.eye(2)] * 4))
    zero_branches = derivative([torch.zeros(2, 2, dtype=torch.float64)] * 4)
    cancelling = derivative([-torch.eye(2, dtype=torch.float64), Js[0]])
    assert path_facts["needs_the_branches"] is bool(zero_branches.abs().max() < 1e-9)
    assert path_facts["order_is_free"] is bool(torch.allclose(Js[0] @ Js[1], Js[1] @ Js[0]))
    assert path_facts["skip_dominates"] is bool(rest < 1)
    assert path_facts["never_zero"] is bool(cancelling.abs().max() > 1e-9)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-11.4"
# # BEGIN QUESTION
# name: q4_uncorrelated
# points: 5

# %% [markdown]
# ## 4. When do variances add?
#
# A block adds two random numbers, an input $u$ and the value $v$ of a branch. The variance of a sum of numbers
# $u_1, \dots, u_n$ follows from their **covariance matrix** `cov`, with the variances on the diagonal and
# $\text{Cov}[u_i, u_j]$ elsewhere.
#
# - `variance_of_sum(cov)`: the variance of $u_1 + \dots + u_n$, a float; `cov` is an `(n, n)` array. For variances
#   1 and 1 and the covariance $-1$ it is 0. Expand $\text{Var}[u + v] = \mathbb{E}[(u + v - \ldots)^2]$ first, and
#   count the mixed terms.
#
# At the start of training, whether the covariance is zero depends on the order of the layers in the branch. You can
# check this without approximation if the weights are as simple as possible: each $w_j$ is $+s$ or $-s$ with
# probability $\tfrac12$, independently of the others and of the input. The input $h$ is one of the $N$ rows of `H`,
# each with probability $1 / N$. The branch has a single output $v$, built in one of two orders:
#
# $$\text{ReLU, then linear:}\quad v = \sum_{j=1}^{D} w_j\, \text{ReLU}(h_j), \qquad\qquad
# \text{linear, then ReLU:}\quad v = \text{ReLU}\Big(\sum_{j=1}^{D} w_j\, h_j\Big).$$
#
# - `branch_moments(H, s, relu_last)` returns the pair `(covariance, variance)`: the array of shape `(D,)` with
#   $\text{Cov}[h_j, v]$ for each $j$, and the float $\text{Var}[v]$, both over input **and** weights, exactly (go
#   through all $2^D$ choices of signs; $D \le 8$). `H` has shape `(N, D)`; `relu_last` is `True` for the second order.
#   With the rows $(0)$ and $(2)$ and $s = 1$, the second order gives $v = 0, 0, 0, 2$ with probability
#   $\tfrac14$ each, so the covariance is $\tfrac12$ and the variance $\tfrac34$; the first order gives 0 and 2.
#
# Use it to decide; set each entry of `sum_facts` to `True` or `False`. The weights are as above.
#
# - `"relu_then_linear"`: in the first order, all covariances are zero for every `H`.
# - `"linear_then_relu"`: in the second order, all covariances are zero for every `H`.
# - `"symmetric_inputs"`: in the second order, they are zero if `H` holds each row as often as its negative.
# - `"independent"`: in the first order, $v$ is even independent of $h$, for every `H`.
# - `"one_draw"`: in the first order, for any one fixed choice of the weights, the covariances over the rows of `H`
#   alone are zero for every `H`.


# %% [raw]
# # BEGIN SOLUTION
# %%
def variance_of_sum(cov):
    """Variance of the sum of n numbers with the (n, n) covariance matrix cov, a float."""
    # BEGIN SOLUTION
    return float(cov.sum())
    # END SOLUTION


def branch_moments(H, s, relu_last):
    """Covariances of the inputs with the branch's value, shape (D,), and variance of that value, a float.

    H: (N, D) array, its rows equally likely; the weights are +s or -s, all 2**D choices equally likely.
    """
    # BEGIN SOLUTION
    signs = np.indices((2,) * H.shape[1]).reshape(H.shape[1], -1) * 2 - 1
    if relu_last:
        v = np.maximum(s * H @ signs, 0)
    else:
        v = s * np.maximum(H, 0) @ signs
    covariance = (H - H.mean(axis=0)).T @ v.mean(axis=1) / len(H)
    return covariance, float(v.var())
    # END SOLUTION


sum_facts = {}
sum_facts["relu_then_linear"] = True  # SOLUTION
sum_facts["linear_then_relu"] = False  # SOLUTION
sum_facts["symmetric_inputs"] = True  # SOLUTION
sum_facts["independent"] = False  # SOLUTION
sum_facts["one_draw"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Variances 1 and 1 with the covariance -1 give 0; the rows (0) and (2) give 1/2 and 3/4 with the ReLU
  last, 0 and 2 with the linear map last; sum_facts holds five booleans.
"""  # END TEST CONFIG


def test_small_cases(variance_of_sum, branch_moments, sum_facts):
    import numpy as np

    got = variance_of_sum(np.array([[1.0, -1.0], [-1.0, 1.0]]))
    assert got is not None, "variance_of_sum(...) returned None: expected a float"
    assert np.shape(got) == () and abs(got) < 1e-12, f"variance_of_sum: expected 0, got {got}"
    for relu_last, covariance, variance in ((True, 0.5, 0.75), (False, 0.0, 2.0)):
        got = branch_moments(np.array([[0.0], [2.0]]), 1.0, relu_last)
        assert got is not None, "branch_moments(...) returned None: expected (covariance, variance)"
        assert isinstance(got, (tuple, list)) and len(got) == 2, "branch_moments: expected (covariance, variance)"
        assert np.shape(got[0]) == (1,), f"covariance: expected shape (1,), got {np.shape(got[0])}"
        assert np.shape(got[1]) == (), f"variance should be a single number, got shape {np.shape(got[1])}"
        assert abs(got[0][0] - covariance) < 1e-12, f"covariance: expected {covariance}, got {got[0][0]}"
        assert abs(got[1] - variance) < 1e-12, f"variance: expected {variance}, got {got[1]}"
    assert isinstance(sum_facts, dict), "sum_facts should be a dictionary"
    for key in ("relu_then_linear", "linear_then_relu", "symmetric_inputs", "independent", "one_draw"):
        assert isinstance(sum_facts.get(key), bool), f"sum_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The variance of a sum is wrong for some covariance matrices. How often does each covariance occur in
  the expanded square?
"""  # END TEST CONFIG


def test_variance_of_samples(variance_of_sum):
    import numpy as np

    rng = np.random.default_rng(1206)
    for n in (1, 2, 2, 3, 6):
        u = rng.normal(size=(50, n)) @ rng.normal(size=(n, n))
        cov = np.atleast_2d(np.cov(u.T, bias=True))
        expected = u.sum(axis=1).var()
        # the same 50 numbers, summed in another order
        assert abs(variance_of_sum(cov) - expected) <= 1e-11 * np.abs(cov).sum()
    assert abs(variance_of_sum(np.array([[2, 1], [1, 3]])) - 7) < 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Covariance or variance is not that over inputs and weights together. Try two inputs of several units,
  in both orders of ReLU and linear map.
"""  # END TEST CONFIG


def test_moments_by_listing(branch_moments):
    from itertools import product

    import numpy as np

    rng = np.random.default_rng(1207)
    for n, d, s in ((1, 1, 1.0), (2, 1, 0.3), (1, 3, 2.0), (5, 3, 0.7), (4, 4, 1.5), (7, 6, 0.1)):
        H = rng.normal(size=(n, d)) + rng.exponential(size=(n, d))
        H[0, 0] = -1.0
        for relu_last in (True, False):
            inputs, values = [], []
            for h in H:
                for w in product((-s, s), repeat=d):
                    if relu_last:
                        v = max(sum(a * b for a, b in zip(w, h)), 0.0)
                    else:
                        v = sum(a * max(b, 0.0) for a, b in zip(w, h))
                    inputs.append(h)
                    values.append(v)
            inputs, values = np.array(inputs), np.array(values)
            expected = (inputs * values[:, None]).mean(axis=0) - inputs.mean(axis=0) * values.mean()
            got = branch_moments(H, s, relu_last)
            # means over at most 448 numbers of size below 50
            assert np.shape(got[0]) == (d,) and np.abs(got[0] - expected).max() <= 1e-11
            assert abs(got[1] - (values**2).mean() + values.mean() ** 2) <= 1e-10


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about covariances is decided wrongly.
"""  # END TEST CONFIG


def test_sum_facts(sum_facts):
    from itertools import product

    import numpy as np

    rng = np.random.default_rng(1208)
    half = rng.exponential(size=(6, 4)) - 0.3
    skewed, symmetric = half, np.concatenate([half, -half])
    W = np.array(list(product((-1.0, 1.0), repeat=4))).T

    def covariances(H, v):
        return np.abs((H - H.mean(axis=0)).T @ v / len(H)).max()

    first = np.maximum(skewed, 0) @ W
    last = np.maximum(skewed @ W, 0).mean(axis=1)
    last_symmetric = np.maximum(symmetric @ W, 0).mean(axis=1)
    # if v were independent of h, its square would be uncorrelated with any function of h
    dependence = covariances(skewed**2, (first**2).mean(axis=1))
    found = {
        "relu_then_linear": covariances(skewed, first.mean(axis=1)) < 1e-9,
        "linear_then_relu": covariances(skewed, last) < 1e-9,
        "symmetric_inputs": covariances(symmetric, last_symmetric) < 1e-9,
        "independent": dependence < 1e-9,
        "one_draw": max(covariances(skewed, first[:, k]) for k in range(16)) < 1e-9,
    }
    for key, fact in found.items():
        assert sum_facts[key] is bool(fact)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-11.4"
# # BEGIN QUESTION
# name: q5_variance_by_depth
# points: 4

# %% [markdown]
# ## 5. Block after block
#
# At the start of training, input and branch of a block are uncorrelated, so their variances add. Follow the variance
# through a chain of blocks, $h_k = h_{k-1} + W_k\, \text{ReLU}(h_{k-1})$, with He initialisation: the entries of the
# `(D, D)` matrix $W_k$ are drawn from a normal distribution with mean 0 and variance $2 / D$. The branch then has the
# same variance as its input. There are three modes:
#
# - `"plain"`: as just described;
# - `"scaled"`: each sum is multiplied by $1 / \sqrt 2$, so $h_k = (h_{k-1} + W_k\, \text{ReLU}(h_{k-1})) / \sqrt 2$;
# - `"normalised"`: the branch begins with batch normalisation (scale 1, offset 0), followed by ReLU and $W_k$. The skip
#   is not normalised. The values that enter the ReLU have mean 0 and variance 1 over the batch, for each unit.
#
# Write two functions.
#
# - `predicted_variance(k, mode)`: the variance of $h_k$, as a float, if the input $h_0 = x$ has mean 0 and variance 1
#   and $D$ is large. For $k = 1$ it is 2, 1 and 2 in the three modes.
# - `simulate_variances(x, depth, mode)`: `x` is a float32 tensor of shape `(N, D)`, not necessarily with variance 1.
#   Send it through `depth` blocks with freshly drawn weights, and return the `depth + 1` variances of
#   $h_0, \dots, h_K$ as a list of floats: each over all $N \cdot D$ entries together. Whether you divide by the number
#   of entries or by one less does not matter, nor does a small $\epsilon$ in the batch normalisation.


# %% [raw]
# # BEGIN SOLUTION
# %%
def predicted_variance(k, mode):
    """Variance of h_k in a wide network whose input has variance 1; mode: "plain", "scaled" or "normalised"."""
    # BEGIN SOLUTION
    return {"plain": 2.0**k, "scaled": 1.0, "normalised": 1.0 + k}[mode]
    # END SOLUTION


def simulate_variances(x, depth, mode):
    """Variances of h_0, ..., h_depth, each over all entries: a list of depth + 1 floats. x: (N, D)."""
    # BEGIN SOLUTION
    h = x
    variances = [h.var().item()]
    for _ in range(depth):
        entering = (h - h.mean(dim=0)) / h.std(dim=0) if mode == "normalised" else h
        W = torch.randn(x.shape[1], x.shape[1]) * math.sqrt(2 / x.shape[1])
        h = h + torch.relu(entering) @ W
        if mode == "scaled":
            h = h / math.sqrt(2)
        variances.append(h.var().item())
    return variances
    # END SOLUTION


# %% [raw]
# # END SOLUTION


# %%
def draw_variances():
    torch.manual_seed(0)
    x, blocks = torch.randn(200, 400), range(16)
    for mode, colour in (("plain", "C0"), ("scaled", "C1"), ("normalised", "C2")):
        plt.semilogy(blocks, simulate_variances(x, 15, mode), "o", color=colour, markersize=4)
        plt.semilogy(blocks, [predicted_variance(k, mode) for k in blocks], color=colour, label=mode)
    plt.gca().set(title="points: simulated, lines: predicted", xlabel="block", ylabel="variance")
    plt.legend()


show(draw_variances)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: After one block the variance is 2, 1 and 2 in the three modes; simulate_variances returns a list that
  begins with the variance of x.
"""  # END TEST CONFIG


def test_one_block(predicted_variance, simulate_variances):
    import numpy as np
    import torch

    x = torch.tensor([[1.0, -1.0, 3.0], [1.0, 0.0, 2.0]])
    for mode, expected in (("plain", 2), ("scaled", 1), ("normalised", 2)):
        got = predicted_variance(1, mode)
        assert got is not None, f"predicted_variance(1, {mode!r}) returned None: expected a float"
        assert np.shape(got) == () and abs(got - expected) < 1e-9, f"{mode}: expected {expected}, got {got}"
        got = simulate_variances(x, 3, mode)
        assert got is not None, "simulate_variances(...) returned None: expected a list of floats"
        assert isinstance(got, (list, tuple)) and len(got) == 4, "simulate_variances: expected 4 numbers for depth 3"
        assert all(np.shape(v) == () for v in got), "simulate_variances: expected single numbers"
        # six entries: dividing by 6 or by 5 is both fine
        assert 1.6 < got[0] < 2.1, f"the first variance should be that of x (5/3, or 2 with N - 1), got {got[0]}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The predicted variance is wrong for some number of blocks. What does each single block add to it?
"""  # END TEST CONFIG


def test_prediction_step_by_step(predicted_variance):
    plain = scaled = normalised = 1.0
    for k in range(41):
        for mode, expected in (("plain", plain), ("scaled", scaled), ("normalised", normalised)):
            assert abs(predicted_variance(k, mode) - expected) <= 1e-9 * expected
        branch = {"plain": plain, "scaled": scaled, "normalised": 1.0}
        plain += branch["plain"]
        scaled = (scaled + branch["scaled"]) / 2
        normalised += branch["normalised"]


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The simulated variances are not those of such blocks. Check the variance of the weights, where the
  ReLU stands, and over which axis batch normalisation averages.
"""  # END TEST CONFIG


def test_simulation(simulate_variances):
    import math

    import numpy as np
    import torch

    # units with means of their own, which batch normalisation takes away, and skewed units
    means = torch.cat([torch.full((30,), 0.9), torch.full((270,), -0.1)])
    for x in (means + 0.1 * torch.randn(100, 300), torch.empty(100, 300).exponential_()):
        units = (x - x.mean(dim=0)) / x.std(dim=0)
        expected = x.var().item() + 2 * units.clamp(min=0).square().mean().item()
        start, end = np.mean([simulate_variances(x, 1, "normalised") for _ in range(12)], axis=0)
        assert abs(start - x.var().item()) < 0.01
        # logarithms stray by at most 0.03 in 60 repetitions
        assert abs(math.log(end / expected)) < 0.1
    # means over 5 runs with 300 units; logarithms stray by at most 0.15 (0.04 if normalised) in 60 repetitions
    for mode, room in (("plain", 0.5), ("scaled", 0.5), ("normalised", 0.15)):
        runs = [simulate_variances(torch.randn(100, 300), 5, mode) for _ in range(5)]
        assert all(len(run) == 6 for run in runs)
        expected = 1.0
        for mean in np.mean(runs, axis=0):
            assert abs(math.log(mean / expected)) < room
            expected = {"plain": 2 * expected, "scaled": expected, "normalised": expected + 1}[mode]
    assert len(simulate_variances(x, 0, "plain")) == 1


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-11.5"
# # BEGIN QUESTION
# name: q6_batch_norm_forward
# points: 4

# %% [markdown]
# ## 6. Batch normalisation, step by step
#
# A batch holds $N$ examples of $D$ units; $z_i$ is the value of one unit for example $i$. Each unit is treated on its
# own, with a scale $\gamma$ and an offset $\delta$ of its own. In small steps:
#
# | name | formula | shape |
# | --- | --- | --- |
# | `"mean"` | $m = \tfrac1N \sum_i z_i$ | `(D,)` |
# | `"centred"` | $c_i = z_i - m$ | `(N, D)` |
# | `"square"` | $q_i = c_i^2$ | `(N, D)` |
# | `"variance"` | $v = \tfrac1N \sum_i q_i$ | `(D,)` |
# | `"std"` | $s = \sqrt{v + \epsilon}$ | `(D,)` |
# | `"inverse"` | $r = 1 / s$ | `(D,)` |
# | `"unit"` | $u_i = c_i\, r$ | `(N, D)` |
# | `"out"` | $z'_i = \gamma\, u_i + \delta$ | `(N, D)` |
#
# Write `bn_forward(z, gamma, delta, eps)` with NumPy. It returns a dictionary of the eight arrays. `z` is a float64
# array of shape `(N, D)` with $N \ge 1$, `gamma` and `delta` have shape `(D,)`, `eps` is $\epsilon \ge 0$, and
# $s > 0$. For $z = (1, 3)$, one unit, $\epsilon = 3$, $\gamma = 2$ and $\delta = 10$: $m = 2$, $v = 1$, $s = 2$,
# $u = (-\tfrac12, \tfrac12)$ and $z' = (9, 11)$. Values may be large and close to one another: follow the table.
#
# Then set each entry of `batch_facts` to `True` or `False`. They are about one unit; a statement is true if it holds
# for all batches of $N \ge 2$ examples that are not all equal, and all $\gamma \ne 0$.
#
# - `"shift"`: adding the same constant to all $z_i$ leaves all $z'_i$ as they are, whatever $\epsilon$ is.
# - `"positive_factor"`: with $\epsilon = 0$, multiplying all $z_i$ by the same $c > 0$ leaves all $z'_i$ as they are.
# - `"negative_factor"`: the same for every $c < 0$.
# - `"own_example_only"`: $z'_i$ depends on $z_i$ and on the parameters, and on none of the other examples.
# - `"mean_is_offset"`: the mean of the $z'_i$ is $\delta$, whatever $\epsilon$ is.
# - `"std_is_scale"`: their standard deviation (dividing by $N$) is $|\gamma|$, whatever $\epsilon$ is.


# %% [raw]
# # BEGIN SOLUTION
# %%
def bn_forward(z, gamma, delta, eps):
    """All steps of batch normalisation, as a dictionary of arrays.

    z: (N, D) float64; gamma, delta: (D,); eps: float.
    """
    # BEGIN SOLUTION
    mean = z.mean(axis=0)
    centred = z - mean
    square = centred**2
    variance = square.mean(axis=0)
    std = np.sqrt(variance + eps)
    inverse = 1 / std
    unit = centred * inverse
    steps = {"mean": mean, "centred": centred, "square": square, "variance": variance}
    return steps | {"std": std, "inverse": inverse, "unit": unit, "out": gamma * unit + delta}
    # END SOLUTION


batch_facts = {}
batch_facts["shift"] = True  # SOLUTION
batch_facts["positive_factor"] = True  # SOLUTION
batch_facts["negative_factor"] = False  # SOLUTION
batch_facts["own_example_only"] = False  # SOLUTION
batch_facts["mean_is_offset"] = True  # SOLUTION
batch_facts["std_is_scale"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For z = (1, 3), eps = 3, gamma = 2, delta = 10 the outputs are 9 and 11; batch_facts holds six
  booleans.
"""  # END TEST CONFIG


def test_two_examples(bn_forward, batch_facts):
    import numpy as np

    got = bn_forward(np.array([[1.0], [3.0]]), np.array([2.0]), np.array([10.0]), 3.0)
    assert got is not None, "bn_forward(...) returned None: expected a dictionary"
    assert isinstance(got, dict), "bn_forward should return a dictionary"
    expected = {"mean": [2], "centred": [[-1], [1]], "variance": [1], "std": [2], "unit": [[-0.5], [0.5]]}
    expected["out"] = [[9], [11]]
    for key in ("mean", "centred", "square", "variance", "std", "inverse", "unit", "out"):
        assert key in got, f"the dictionary has no entry {key!r}"
    for key, values in expected.items():
        assert np.shape(got[key]) == np.shape(values), f"{key}: expected shape {np.shape(values)}"
        assert np.allclose(got[key], values), f"{key}: expected {values}, got {np.asarray(got[key]).tolist()}"
    assert isinstance(batch_facts, dict), "batch_facts should be a dictionary"
    keys = ["shift", "positive_factor", "negative_factor", "own_example_only", "mean_is_offset", "std_is_scale"]
    for key in keys:
        assert isinstance(batch_facts.get(key), bool), f"batch_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Some step is wrong for some batch. What is divided by how many, where does eps stand, and what happens
  when all values are equal or large?
"""  # END TEST CONFIG


def test_against_torch(bn_forward):
    import numpy as np
    import torch

    rng = np.random.default_rng(1209)
    for n, d in ((1, 3), (2, 1), (2, 4), (7, 1), (7, 5), (64, 3)):
        for eps in (1e-5, 0.3):
            z = rng.normal(size=(d, n)).T * rng.uniform(0.1, 30, size=d) + rng.normal(size=d)
            gamma, delta = rng.normal(size=d), rng.normal(size=d)
            got = bn_forward(z, gamma, delta, eps)
            variance, mean = torch.var_mean(torch.tensor(z), dim=0, correction=0)
            std = torch.hypot(variance.sqrt(), torch.full_like(variance, eps**0.5)).numpy()
            expected = {"mean": mean.numpy(), "variance": variance.numpy(), "std": std, "inverse": std**-1}
            expected["centred"] = z - mean.numpy()
            expected["square"] = np.abs(expected["centred"]) ** 2
            # torch refuses a batch of one; the only example is its own mean
            expected["unit"], expected["out"] = np.zeros((1, d)), delta[None]
            if n > 1:
                args = [torch.tensor(a) for a in (z, gamma, delta)]
                out = torch.nn.functional.batch_norm(args[0], None, None, *args[1:], True, eps=eps)
                unit = torch.nn.functional.batch_norm(args[0], None, None, None, None, True, eps=eps)
                expected["unit"], expected["out"] = unit.numpy(), out.numpy()
            for key, values in expected.items():
                # float64, at most 64 terms; a unit's values are below 150 in size
                assert np.shape(got[key]) == values.shape
                assert np.allclose(got[key], values, rtol=1e-9, atol=1e-9)
    constant = bn_forward(np.full((4, 2), 3.0), np.array([1.0, 2.0]), np.array([5.0, 6.0]), 1e-5)["out"]
    assert np.allclose(constant, [5.0, 6.0], rtol=0, atol=1e-9)
    # the mean of 64 values near 1e8 is rounded by 1e-7 at most, the variance is about 1
    z = rng.normal(size=(64, 2))
    ones, zeros = np.ones(2), np.zeros(2)
    near, far = (bn_forward(z + shift, ones, zeros, 0.0)["out"] for shift in (0.0, 1e8))
    assert np.abs(near - far).max() < 1e-6


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six statements about batch normalisation is decided wrongly.
"""  # END TEST CONFIG


def test_batch_facts(batch_facts):
    import numpy as np
    import torch

    def out(z, eps):
        z, scale, offset = (torch.tensor(np.reshape(a, shape)) for a, shape in ((z, (9, 1)), (1.7, 1), (-0.4, 1)))
        return torch.nn.functional.batch_norm(z, None, None, scale, offset, True, eps=eps).numpy()

    z = np.random.default_rng(1210).normal(size=9)
    other = np.append(z[:-1], 20.0)
    tiny = 1e-30
    found = {
        "shift": all(np.allclose(out(z, eps), out(z + 3.0, eps)) for eps in (tiny, 0.5)),
        "positive_factor": all(np.allclose(out(z, tiny), out(c * z, tiny)) for c in (0.1, 7.0)),
        "negative_factor": all(np.allclose(out(z, tiny), out(c * z, tiny)) for c in (-1.0, -7.0)),
        "own_example_only": np.allclose(out(z, 0.1)[:-1], out(other, 0.1)[:-1]),
        "mean_is_offset": all(abs(out(z, eps).mean() + 0.4) < 1e-9 for eps in (tiny, 0.5)),
        "std_is_scale": all(abs(out(z, eps).std() - 1.7) < 1e-9 for eps in (tiny, 0.5)),
    }
    for key, fact in found.items():
        assert batch_facts[key] is bool(fact)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-11.5"
# # BEGIN QUESTION
# name: q7_batch_norm_backward
# points: 4

# %% [markdown]
# ## 7. The same steps backward
#
# One unit of batch normalisation computes, from the values $z_1, \dots, z_N$ of a batch,
#
# $$m = \tfrac1N \sum_i z_i, \quad c_i = z_i - m, \quad q_i = c_i^2, \quad v = \tfrac1N \sum_i q_i, \quad
# s = \sqrt{v + \epsilon}, \quad r = \frac1s, \quad u_i = c_i\, r, \quad z'_i = \gamma\, u_i + \delta .$$
#
# Now the derivatives $g_i = \partial L / \partial z'_i$ of a loss are given, and you go through the steps from right
# to left. Mind that $c_i$ is used twice: by $u_i$ and by $q_i$.
#
# Write `bn_backward(g, steps, gamma)` with NumPy. It returns a dictionary of the derivatives of $L$ with respect to
# each step, total derivatives that count every route:
#
# - `"unit"`, `"centred"`, `"square"`, `"z"` ($\partial L / \partial u_i$, $\partial L / \partial c_i$,
#   $\partial L / \partial q_i$, $\partial L / \partial z_i$), each of shape `(N, D)`;
# - `"inverse"`, `"std"`, `"variance"`, `"mean"` (the same for $r$, $s$, $v$, $m$), `"gamma"` and `"delta"`, each of
#   shape `(D,)`.
#
# `g` has shape `(N, D)`, `gamma` has shape `(D,)`, and `steps` holds the forward pass: `"mean"`, `"variance"`,
# `"std"`, `"inverse"` of shape `(D,)` and `"centred"`, `"square"`, `"unit"`, `"out"` of shape `(N, D)`, with $D$ units
# side by side. For $z = (1, 3)$, $\epsilon = 3$, $\gamma = 1$ and $g = (1, 0)$, where $c = (-1, 1)$ and $s = 2$, the
# derivative is $-1$ for $r$, $\tfrac14$ for $s$, $\tfrac1{16}$ for $v$, and $(\tfrac3{16}, -\tfrac3{16})$ for $z$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def bn_backward(g, steps, gamma):
    """Derivatives of the loss with respect to all steps of batch normalisation, as a dictionary of arrays.

    g: (N, D), derivatives for the outputs; steps: dictionary of the forward pass; gamma: (D,).
    """
    # BEGIN SOLUTION
    unit = gamma * g
    inverse = (unit * steps["centred"]).sum(axis=0)
    std = -inverse * steps["inverse"] ** 2
    variance = std / 2 * steps["inverse"]
    square = np.ones_like(g) * variance / len(g)
    centred = unit * steps["inverse"] + 2 * steps["centred"] * square
    mean = -centred.sum(axis=0)
    found = {"unit": unit, "inverse": inverse, "std": std, "variance": variance, "square": square}
    found |= {"centred": centred, "mean": mean, "z": centred + mean / len(g)}
    return found | {"gamma": (g * steps["unit"]).sum(axis=0), "delta": g.sum(axis=0)}
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For z = (1, 3), eps = 3, gamma = 1 and g = (1, 0) the derivatives for z are 3/16 and -3/16.
"""  # END TEST CONFIG


def test_two_examples(bn_backward):
    import numpy as np

    steps = {"mean": np.array([2.0]), "centred": np.array([[-1.0], [1.0]]), "square": np.ones((2, 1))}
    steps |= {"variance": np.array([1.0]), "std": np.array([2.0]), "inverse": np.array([0.5])}
    steps |= {"unit": np.array([[-0.5], [0.5]]), "out": np.array([[-0.5], [0.5]])}
    got = bn_backward(np.array([[1.0], [0.0]]), steps, np.array([1.0]))
    assert got is not None, "bn_backward(...) returned None: expected a dictionary"
    assert isinstance(got, dict), "bn_backward should return a dictionary"
    for key in ("unit", "inverse", "std", "variance", "square", "centred", "mean", "z", "gamma", "delta"):
        assert key in got, f"the dictionary has no entry {key!r}"
    expected = {"inverse": [-1], "std": [1 / 4], "variance": [1 / 16], "z": [[3 / 16], [-3 / 16]]}
    for key, values in expected.items():
        assert np.shape(got[key]) == np.shape(values), f"{key}: expected shape {np.shape(values)}"
        assert np.allclose(got[key], values), f"{key}: expected {values}, got {np.asarray(got[key]).tolist()}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: A derivative with respect to some step is wrong. Does it count every route to the loss, and has it the
  shape of the step?
"""  # END TEST CONFIG


def test_each_step_against_autograd(bn_backward):
    import numpy as np
    import torch

    rng = torch.Generator().manual_seed(1211)
    for n, d in ((1, 1), (1, 3), (2, 1), (3, 3), (7, 5), (64, 2)):
        for eps in (1e-3, 0.7):
            z, g = torch.randn(2, n, d, generator=rng, dtype=torch.float64)
            gamma, delta = torch.randn(2, d, generator=rng, dtype=torch.float64)
            gamma[0] = -abs(gamma[0])
            t = {"z": 3 * z + 1, "gamma": gamma, "delta": delta}
            for leaf in t.values():
                leaf.requires_grad_()
            t["mean"] = t["z"].mean(dim=0)
            t["centred"] = t["z"] - t["mean"]
            t["square"] = t["centred"] ** 2
            t["variance"] = t["square"].mean(dim=0)
            t["std"] = (t["variance"] + eps).sqrt()
            t["inverse"] = 1 / t["std"]
            t["unit"] = t["centred"] * t["inverse"]
            t["out"] = t["gamma"] * t["unit"] + t["delta"]
            names = ["unit", "inverse", "std", "variance", "square", "centred", "mean", "z", "gamma", "delta"]
            gradients = torch.autograd.grad((g * t["out"]).sum(), [t[name] for name in names])
            arrays = {name: value.detach().numpy() for name, value in t.items()}
            steps = {name: arrays[name] for name in names[:-3]} | {"out": arrays["out"]}
            got = bn_backward(g.numpy(), steps, arrays["gamma"])
            for name, gradient in zip(names, gradients):
                # float64, sums of at most 64 terms, divided by a standard deviation of 0.03 at least
                assert np.shape(got[name]) == tuple(gradient.shape)
                size = 1 + gradient.abs().max().item()
                assert np.abs(got[name] - gradient.numpy()).max() <= 1e-9 * size


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The derivative with respect to z is not that of batch normalisation for special batches, such as equal
  values or a single example.
"""  # END TEST CONFIG


def test_special_batches(bn_backward):
    import numpy as np
    import torch

    rng = np.random.default_rng(1212)
    batches = [np.full((5, 2), 3.0), rng.normal(size=(1, 2)), np.array([[0.0, 1.0], [1e4, 1.0]])]
    batches += [rng.normal(size=(2, 40)).T, 1e-3 * rng.normal(size=(6, 2))]
    for z in batches:
        for gamma in (np.array([1.3, -0.2]), np.array([0.0, 2.0])):
            g = rng.normal(size=z.shape)
            c = z - z.mean(axis=0)
            v = (c**2).mean(axis=0)
            s = np.sqrt(v + 1e-5)
            steps = {"mean": z.mean(axis=0), "centred": c, "square": c**2, "variance": v, "std": s, "inverse": 1 / s}
            steps |= {"unit": c / s, "out": gamma * c / s}
            got = bn_backward(g, steps, gamma)["z"]
            # each unit is a channel of one image that shows the batch
            image = torch.tensor(z.T[None, :, :, None].copy()).requires_grad_()
            if len(z) > 1:
                args = None, None, torch.tensor(gamma), torch.zeros(2).double(), True
                out = torch.nn.functional.batch_norm(image, *args, eps=1e-5)
                (out[0, :, :, 0].T * torch.tensor(g)).sum().backward()
                expected = image.grad[0, :, :, 0].T.numpy()
            else:
                expected = np.zeros_like(z)
            # the factor gamma / s is 630 at most
            assert np.shape(got) == z.shape and np.abs(got - expected).max() <= 1e-8


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-11.5"
# # BEGIN QUESTION
# name: q8_batch_norm_jacobian
# points: 4

# %% [markdown]
# ## 8. Everybody depends on everybody
#
# Batch normalisation maps the values $z = (z_1, \dots, z_N)$ of one unit to
#
# $$z'_i = \gamma\, u_i + \delta, \qquad u_i = \frac{z_i - m}{s}, \qquad m = \tfrac1N \sum_j z_j, \qquad
# s^2 = \tfrac1N \sum_j (z_j - m)^2 + \epsilon .$$
#
# Since $m$ and $s$ contain all examples, each output depends on each input. Work out $\partial z'_i / \partial z_j$
# on paper, for $j = i$ and for $j \ne i$; the result needs $\gamma$, $s$, $N$ and the $u$'s only.
#
# - `bn_jacobian(z, gamma, eps)` returns the `(N, N)` array of $\partial z'_i / \partial z_j$, row $i$, column $j$.
# - `input_gradient(g, z, gamma, eps)` returns the $\partial L / \partial z_j$, shape `(N,)`, where `g` holds the
#   $\partial L / \partial z'_i$. It works for $N = 500\,000$, so it cannot build the matrix.
#
# `z` and `g` are float64 arrays of shape `(N,)` with $N \ge 1$, `gamma` and `eps` are floats, and $s > 0$. For
# $z = (1, 3)$, $\gamma = 1$, $\epsilon = 3$ the matrix has $\tfrac3{16}$ on the diagonal and $-\tfrac3{16}$ beside it.
#
# Then set each entry of `jacobian_facts` to `True` or `False`. Unless it says otherwise, a statement is about all
# batches, all $\gamma \ne 0$ and all $\epsilon > 0$.
#
# - `"symmetric"`: example $i$ influences output $j$ exactly as much as example $j$ influences output $i$.
# - `"rows_sum_to_zero"`: the entries of each row add up to zero.
# - `"diagonal_is_enough"`: $\partial L / \partial z_i$ is $g_i\, \partial z'_i / \partial z_i$.
# - `"diagonal_sign"`: no entry on the diagonal has the sign opposite to that of $\gamma$.
# - `"blind_to_pairs"`: for $N = 2$, $z_1 \ne z_2$ and $\epsilon = 0$ the whole matrix is zero.
# - `"calm_when_constant"`: if all $z_i$ are equal, the matrix is zero.


# %% [raw]
# # BEGIN SOLUTION
# %%
def bn_jacobian(z, gamma, eps):
    """Derivatives of all outputs of one unit (rows) with respect to all its inputs (columns), (N, N)."""
    # BEGIN SOLUTION
    s = np.sqrt(z.var() + eps)
    u = (z - z.mean()) / s
    return gamma / s * (np.eye(len(z)) - (1 + np.outer(u, u)) / len(z))
    # END SOLUTION


def input_gradient(g, z, gamma, eps):
    """Derivatives of the loss with respect to the inputs of one unit, (N,), without the Jacobian."""
    # BEGIN SOLUTION
    s = np.sqrt(z.var() + eps)
    u = (z - z.mean()) / s
    return gamma / s * (g - g.mean() - u * (g * u).mean())
    # END SOLUTION


jacobian_facts = {}
jacobian_facts["symmetric"] = True  # SOLUTION
jacobian_facts["rows_sum_to_zero"] = True  # SOLUTION
jacobian_facts["diagonal_is_enough"] = False  # SOLUTION
jacobian_facts["diagonal_sign"] = True  # SOLUTION
jacobian_facts["blind_to_pairs"] = True  # SOLUTION
jacobian_facts["calm_when_constant"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For z = (1, 3), gamma = 1 and eps = 3 the matrix holds 3/16 and -3/16; jacobian_facts holds six
  booleans.
"""  # END TEST CONFIG


def test_two_examples(bn_jacobian, input_gradient, jacobian_facts):
    import numpy as np

    z, expected = np.array([1.0, 3.0]), [[3 / 16, -3 / 16], [-3 / 16, 3 / 16]]
    got = bn_jacobian(z, 1.0, 3.0)
    assert got is not None, "bn_jacobian(...) returned None: expected an array of shape (N, N)"
    assert np.shape(got) == (2, 2), f"bn_jacobian: expected shape (2, 2), got {np.shape(got)}"
    assert np.allclose(got, expected), f"bn_jacobian: expected {expected}, got {np.asarray(got).tolist()}"
    got = input_gradient(np.array([1.0, 0.0]), z, 1.0, 3.0)
    assert got is not None, "input_gradient(...) returned None: expected an array of shape (N,)"
    assert np.shape(got) == (2,), f"input_gradient: expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, expected[0]), f"input_gradient: expected {expected[0]}, got {np.asarray(got).tolist()}"
    assert isinstance(jacobian_facts, dict), "jacobian_facts should be a dictionary"
    keys = ["symmetric", "rows_sum_to_zero", "diagonal_is_enough", "diagonal_sign"]
    for key in [*keys, "blind_to_pairs", "calm_when_constant"]:
        assert isinstance(jacobian_facts.get(key), bool), f"jacobian_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The matrix is not the derivative of batch normalisation. The mean and the standard deviation move with
  every example.
"""  # END TEST CONFIG


def test_jacobian_against_autograd(bn_jacobian):
    import numpy as np
    import torch

    rng = np.random.default_rng(1213)
    batches = [rng.normal(size=1), np.full(4, 2.0), np.array([0.0, 1.0]), rng.normal(size=12)[::3]]
    for z in [*batches, *(5 * rng.normal(size=n) + 3 for n in (3, 7, 30))]:
        for gamma, eps in ((1.0, 1e-3), (-2.5, 0.4), (0.0, 1.0), (0.3, 2.0)):

            def normalise(t):
                deviation = torch.sqrt(((t - t.mean()) ** 2).sum() / len(t) + eps)
                return gamma * (t - t.mean()) / deviation + 0.7

            expected = torch.autograd.functional.jacobian(normalise, torch.tensor(z.copy())).numpy()
            got = bn_jacobian(z, gamma, eps)
            # gamma / s is 32 at most
            assert np.shape(got) == expected.shape and np.abs(got - expected).max() <= 1e-10


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The gradient for the inputs is wrong for some batch, or needs far too much memory for a large one.
"""  # END TEST CONFIG


def test_gradient_against_torch(input_gradient):
    import numpy as np
    import torch

    rng = np.random.default_rng(1214)
    batches = [rng.normal(size=1), np.full(4, 2.0), *(5 * rng.normal(size=n) + 3 for n in (2, 3, 40, 500_000))]
    for z in batches:
        for gamma, eps in ((1.0, 1e-5), (-2.5, 0.4)):
            g = rng.normal(size=len(z)) + 0.5
            t = torch.tensor(z).requires_grad_()
            if len(z) > 1:
                scale, offset = torch.tensor([gamma, 0.0], dtype=torch.float64).chunk(2)
                out = torch.nn.functional.batch_norm(t[:, None], None, None, scale, offset, True, eps=eps)
                (out[:, 0] * torch.tensor(g)).sum().backward()
                expected = t.grad.numpy()
            else:
                expected = np.zeros(1)
            got = input_gradient(g, z, gamma, eps)
            # gamma / s is 316 at most; means of half a million float64 numbers
            assert np.shape(got) == z.shape and np.abs(got - expected).max() <= 1e-8


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six statements about the Jacobian is decided wrongly.
"""  # END TEST CONFIG


def test_jacobian_facts(jacobian_facts):
    import numpy as np
    import torch

    def matrix(z, gamma, eps):
        def normalise(t):
            return gamma * (t - t.mean()) / torch.sqrt(((t - t.mean()) ** 2).mean() + eps)

        return torch.autograd.functional.jacobian(normalise, torch.tensor(z, dtype=torch.float64)).numpy()

    rng = np.random.default_rng(1215)
    batches = [*rng.normal(size=(10, 5)), np.array([0.0] * 8 + [50.0]), np.ones(3)]
    found = [(gamma, matrix(z, gamma, eps)) for z in batches for gamma in (1.2, -0.7) for eps in (1e-5, 0.5)]
    beside_diagonal = max(np.abs(J - np.diag(np.diag(J))).max() for _, J in found)
    facts = {
        "symmetric": all(np.allclose(J, J.T) for _, J in found),
        "rows_sum_to_zero": all(np.abs(J.sum(axis=1)).max() < 1e-8 for _, J in found),
        "diagonal_is_enough": beside_diagonal < 1e-8,
        "diagonal_sign": all((np.diag(J) / gamma).min() > -1e-8 for gamma, J in found),
        "blind_to_pairs": np.abs(matrix([0.3, -1.9], 1.2, 0.0)).max() < 1e-8,
        "calm_when_constant": np.abs(matrix(np.ones(3), 1.2, 0.5)).max() < 1e-8,
    }
    for key, fact in facts.items():
        assert jacobian_facts[key] is bool(fact)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-11.6"
# # BEGIN QUESTION
# name: q9_batch_norm_parameters
# points: 4

# %% [markdown]
# ## 9. What batch normalisation adds
#
# A fully connected network has $D_i$ inputs, `depth` $\ge 1$ hidden layers of $D$ units each, and $D_o$ outputs: linear
# map, ReLU, linear map, ReLU, …, and a linear map at the end. Each linear map has weights and, unless it says
# otherwise, biases. With batch normalisation, each hidden layer is linear map, batch norm, ReLU; none follows the
# output. Parameters are what an optimiser changes: weights, biases, scales and offsets. For $D_i = D_o = 1$ and one
# hidden layer of 2 units there are 7 parameters without batch norm.
#
# - First by hand, as integers, for one input, ten hidden layers of twenty units and one output: `plain_total` without
#   batch norm; `norm_total` with batch norm and all biases; `lean_total` with batch norm, and without the biases of
#   the linear maps directly before a batch norm.
# - `mlp_params(d_in, d_out, depth, width, batch_norm=False, bias_before=True)`: the number of parameters, an integer.
#   `bias_before=False` leaves those biases out; without batch norm it has no effect.
# - `build_mlp(d_in, d_out, depth, width, batch_norm=False, bias_before=True)`: the network itself, an `nn.Module` made
#   of `nn.Linear`, `nn.BatchNorm1d` and ReLUs, that maps `(N, D_i)` to `(N, D_o)`.
#
# Then set each entry of `bias_facts` to `True` or `False`. $\beta$ is the bias of a linear map directly before a batch
# norm; a statement holds only if it holds for every such network.
#
# - `"redundant_in_training"`: in training mode, adding a constant to $\beta$ leaves the output as it is.
# - `"redundant_in_evaluation"`: in evaluation mode, after some training, it leaves the output as it is, too.
# - `"no_gradient"`: in training mode the derivative of any loss with respect to $\beta$ is zero, apart from rounding.
# - `"redundant_behind_relu"`: if the order is linear map, ReLU, batch norm, then in training mode adding a constant
#   to the bias of the linear map leaves the output as it is.
# - `"optimiser_moves_means"`: the running means are among `net.parameters()`, so an optimiser changes them.


# %% [raw]
# # BEGIN SOLUTION
# %%
plain_total = 3841  # SOLUTION
norm_total = 4241  # SOLUTION
lean_total = 4041  # SOLUTION


def mlp_params(d_in, d_out, depth, width, batch_norm=False, bias_before=True):
    """Number of parameters of the network with depth hidden layers of width units, an integer."""
    # BEGIN SOLUTION
    weights = d_in * width + (depth - 1) * width**2 + width * d_out
    per_unit = 2 + bias_before if batch_norm else 1
    return weights + depth * width * per_unit + d_out
    # END SOLUTION


def build_mlp(d_in, d_out, depth, width, batch_norm=False, bias_before=True):
    """The same network as an nn.Module."""
    # BEGIN SOLUTION
    layers, before = [], d_in
    for _ in range(depth):
        layers.append(nn.Linear(before, width, bias=bias_before or not batch_norm))
        if batch_norm:
            layers.append(nn.BatchNorm1d(width))
        layers.append(nn.ReLU())
        before = width
    return nn.Sequential(*layers, nn.Linear(width, d_out))
    # END SOLUTION


bias_facts = {}
bias_facts["redundant_in_training"] = True  # SOLUTION
bias_facts["redundant_in_evaluation"] = False  # SOLUTION
bias_facts["no_gradient"] = True  # SOLUTION
bias_facts["redundant_behind_relu"] = False  # SOLUTION
bias_facts["optimiser_moves_means"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: One input, one output and one hidden layer of 2 units have 7 parameters; the totals are integers,
  build_mlp returns an nn.Module, bias_facts holds five booleans.
"""  # END TEST CONFIG


def test_two_units(plain_total, norm_total, lean_total, mlp_params, build_mlp, bias_facts):
    import torch

    for name, total in (("plain_total", plain_total), ("norm_total", norm_total), ("lean_total", lean_total)):
        assert type(total) is int, f"{name} should be an integer"
    got = mlp_params(1, 1, 1, 2)
    assert got is not None, "mlp_params(1, 1, 1, 2) returned None: expected an integer"
    assert got == 7, f"mlp_params(1, 1, 1, 2): expected 7, got {got}"
    net = build_mlp(3, 2, 1, 4)
    assert net is not None, "build_mlp(3, 2, 1, 4) returned None: expected an nn.Module"
    assert isinstance(net, torch.nn.Module), "build_mlp should return an nn.Module"
    out = net(torch.ones(5, 3))
    assert out.shape == (5, 2), f"build_mlp(3, 2, 1, 4): expected outputs of shape (5, 2), got {tuple(out.shape)}"
    assert isinstance(bias_facts, dict), "bias_facts should be a dictionary"
    keys = ["redundant_in_training", "redundant_in_evaluation", "no_gradient", "redundant_behind_relu"]
    for key in [*keys, "optimiser_moves_means"]:
        assert isinstance(bias_facts.get(key), bool), f"bias_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some count is wrong. How many linear maps stand between hidden layers, behind which of them stands a
  batch norm, and what of it is learned?
"""  # END TEST CONFIG


def test_counts_against_torch(plain_total, norm_total, lean_total, mlp_params):
    import torch

    def count(d_in, d_out, depth, width, norm, bias):
        sizes = [d_in] + [width] * depth
        layers = [torch.nn.Linear(a, b, bias=bias or not norm) for a, b in zip(sizes, sizes[1:])]
        layers += [torch.nn.BatchNorm1d(width) for _ in range(depth * norm)]
        layers.append(torch.nn.Linear(width, d_out))
        return sum(p.numel() for layer in layers for p in layer.parameters())

    by_hand = {(False, True): plain_total, (True, True): norm_total, (True, False): lean_total}
    for (norm, bias), total in by_hand.items():
        assert total == count(1, 1, 10, 20, norm, bias)
    for sizes in ((1, 1, 1, 1), (3, 2, 1, 4), (2, 5, 2, 3), (7, 1, 3, 10), (1, 10, 6, 2)):
        for norm in (False, True):
            for bias in (False, True):
                assert mlp_params(*sizes, batch_norm=norm, bias_before=bias) == count(*sizes, norm, bias)
        assert mlp_params(*sizes) == count(*sizes, False, True)
        assert mlp_params(*sizes, True) == count(*sizes, True, True)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The module that you build is not this network. Which layers does an input meet, in which order, and
  which of them have biases?
"""  # END TEST CONFIG


def test_module_layer_by_layer(build_mlp):
    def probe(build, sizes, options):
        import torch

        torch.manual_seed(5)
        net, met = build(*sizes, **options).double(), []
        for module in net.modules():
            if isinstance(module, (torch.nn.Linear, torch.nn.BatchNorm1d)):
                module.register_forward_hook(lambda module, *_: met.append(module))
        for p in net.parameters():
            p.data = torch.randn_like(p)
        x = torch.randn(9, sizes[0], dtype=torch.float64)
        out = net(x)
        layers = list(met)
        h = x
        for index, layer in enumerate(layers):
            h = layer(h)
            if index + 1 < len(layers) and not isinstance(layers[index + 1], torch.nn.BatchNorm1d):
                h = h.clamp(min=0)
        kinds = [(type(layer).__name__, layer.bias is not None) for layer in layers]
        return kinds, out.detach(), h.detach(), sum(p.numel() for p in net.parameters())

    import torch

    for sizes in ((1, 1, 1, 2), (3, 2, 1, 4), (2, 1, 3, 5)):
        for norm in (False, True):
            for bias in (False, True):
                options = {"batch_norm": norm, "bias_before": bias}
                kinds, out, expected, total = inside(probe)(build_mlp, sizes, options)
                hidden = [("Linear", bias or not norm)] + [("BatchNorm1d", True)] * norm
                assert [tuple(kind) for kind in kinds] == hidden * sizes[2] + [("Linear", True)]
                assert out.shape == (9, sizes[1]) and torch.allclose(out, expected, rtol=1e-9, atol=1e-9)
                d_in, d_out, depth, width = sizes
                shapes = [(d_in, width)] + [(width, width)] * (depth - 1)
                biases = width * depth * ((bias or not norm) + 2 * norm) + d_out
                assert total == sum(a * b for a, b in shapes) + width * d_out + biases


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about biases and running means is decided wrongly.
"""  # END TEST CONFIG


def test_bias_facts(bias_facts):
    import torch
    from torch import nn

    torch.manual_seed(12)
    linear, norm, last = nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Linear(8, 2)
    before = nn.Sequential(linear, norm, nn.ReLU(), last).double()
    behind = nn.Sequential(linear, nn.ReLU(), norm, last)
    x, y = torch.randn(30, 3, dtype=torch.float64), torch.randn(30, 2, dtype=torch.float64)

    def moves(net, shift):
        old = net(x).detach()
        linear.bias.data += shift
        new = net(x).detach()
        linear.bias.data -= shift
        return (new - old).abs().max() > 1e-6

    ((before(x) - y) ** 2).mean().backward()
    gradient = linear.bias.grad.abs().max()
    found = {
        "redundant_in_training": not moves(before, 0.7),
        "redundant_behind_relu": not moves(behind, 0.7),
        "no_gradient": gradient < 1e-9,
        "redundant_in_evaluation": not moves(before.eval(), 0.7),
        "optimiser_moves_means": any(p is norm.running_mean for p in before.parameters()),
    }
    for key, fact in found.items():
        assert bias_facts[key] is bool(fact)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-11.8"
# # BEGIN QUESTION
# name: q10_bottleneck
# points: 5

# %% [markdown]
# ## 10. Wide blocks and bottlenecks
#
# Two residual blocks for images with $C$ channels. Their branches are made of **sequences**, each batch norm, ReLU,
# convolution, in this order. All convolutions have stride 1, and padding that keeps height and width.
#
# - The **plain** branch is a single sequence with a 3×3 convolution from $C$ to $C$ channels.
# - The **bottleneck** branch has three: a 1×1 convolution from $C$ to $M$ channels, a 3×3 convolution from $M$ to $M$,
#   and a 1×1 convolution from $M$ back to $C$.
#
# A batch norm has a scale and an offset for each channel that it is given. With `bias=False` the convolutions have no
# biases. With biases, the plain block with $C = 1$ has 12 parameters, the bottleneck with $C = M = 1$ has 20.
#
# - First by hand, as integers: `plain_512` for the plain block with 512 channels, `bottleneck_512` for the bottleneck
#   with $C = 512$ and $M = 128$, both with biases.
# - `plain_params(channels, bias=True)` and `bottleneck_params(channels, mid, bias=True)`: the number of parameters.
# - `widest_bottleneck(channels)`: the largest $M$ for which the bottleneck has no more parameters than the plain block
#   of as many channels, both with biases; `channels` is 2 or more.
# - `make_plain(channels, bias=True)` and `make_bottleneck(channels, mid, bias=True)`: the **whole blocks** as
#   `nn.Module`s, skip included, made of `nn.BatchNorm2d`, ReLUs and `nn.Conv2d`. They map `(N, C, H, W)` to the same
#   shape.


# %% [raw]
# # BEGIN SOLUTION
# %%
plain_512 = 2360832  # SOLUTION
bottleneck_512 = 280832  # SOLUTION


def plain_params(channels, bias=True):
    """Number of parameters of the plain block, an integer."""
    # BEGIN SOLUTION
    return 2 * channels + 9 * channels**2 + bias * channels
    # END SOLUTION


def bottleneck_params(channels, mid, bias=True):
    """Number of parameters of the bottleneck block, an integer."""
    # BEGIN SOLUTION
    norms = 2 * (channels + 2 * mid)
    kernels = 2 * channels * mid + 9 * mid**2
    return norms + kernels + bias * (2 * mid + channels)
    # END SOLUTION


def widest_bottleneck(channels):
    """The largest mid for which the bottleneck has at most as many parameters as the plain block."""
    # BEGIN SOLUTION
    mid = 1
    while bottleneck_params(channels, mid + 1) <= plain_params(channels):
        mid += 1
    return mid
    # END SOLUTION


# %%
# Classes and functions of your own may stand here.
# BEGIN SOLUTION
class Residual(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.branch = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.branch(x)


def sequence(before, after, size, bias):
    return nn.BatchNorm2d(before), nn.ReLU(), nn.Conv2d(before, after, size, padding=size // 2, bias=bias)


# END SOLUTION


def make_plain(channels, bias=True):
    """The plain block as an nn.Module."""
    # BEGIN SOLUTION
    return Residual(*sequence(channels, channels, 3, bias))
    # END SOLUTION


def make_bottleneck(channels, mid, bias=True):
    """The bottleneck block as an nn.Module."""
    # BEGIN SOLUTION
    first, last = sequence(channels, mid, 1, bias), sequence(mid, channels, 1, bias)
    return Residual(*first, *sequence(mid, mid, 3, bias), *last)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With one channel the plain block has 12 parameters, the bottleneck with M = 1 has 20; the blocks keep
  the shape of the image.
"""  # END TEST CONFIG


def test_one_channel(
    plain_512, bottleneck_512, plain_params, bottleneck_params, widest_bottleneck, make_plain, make_bottleneck
):
    import numpy as np
    import torch

    assert type(plain_512) is int, "plain_512 should be an integer"
    assert type(bottleneck_512) is int, "bottleneck_512 should be an integer"
    got = plain_params(1)
    assert got is not None, "plain_params(1) returned None: expected an integer"
    assert got == 12, f"plain_params(1): expected 12, got {got}"
    got = bottleneck_params(1, 1)
    assert got is not None, "bottleneck_params(1, 1) returned None: expected an integer"
    assert got == 20, f"bottleneck_params(1, 1): expected 20, got {got}"
    got = widest_bottleneck(4)
    assert isinstance(got, (int, np.integer)), "widest_bottleneck should return an integer"
    x = torch.ones(2, 6, 5, 4)
    for name, block in (("make_plain(6)", make_plain(6)), ("make_bottleneck(6, 2)", make_bottleneck(6, 2))):
        assert block is not None, f"{name} returned None: expected an nn.Module"
        assert isinstance(block, torch.nn.Module), f"{name} should return an nn.Module"
        shape = tuple(block(x).shape)
        assert shape == (2, 6, 5, 4), f"{name}: expected the shape (2, 6, 5, 4) to be kept, got {shape}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Some count is wrong. Which channels does each batch norm get, what of it is learned, and how many
  weights has a kernel?
"""  # END TEST CONFIG


def test_counts_against_torch(plain_512, bottleneck_512, plain_params, bottleneck_params, widest_bottleneck):
    import torch
    from torch import nn

    def count(widths, sizes, bias):
        total = 0
        for before, after, size in zip(widths, widths[1:], sizes):
            with torch.device("meta"):
                layers = nn.BatchNorm2d(before), nn.Conv2d(before, after, size, bias=bias)
            total += sum(p.numel() for layer in layers for p in layer.parameters())
        return total

    assert plain_512 == count([512, 512], [3], True)
    assert bottleneck_512 == count([512, 128, 128, 512], [1, 3, 1], True)
    for channels in (1, 2, 3, 8, 100, 512):
        for bias in (True, False):
            assert plain_params(channels, bias) == count([channels] * 2, [3], bias)
            for mid in (1, 2, 5, channels):
                expected = count([channels, mid, mid, channels], [1, 3, 1], bias)
                assert bottleneck_params(channels, mid, bias) == expected
        assert plain_params(channels) == count([channels] * 2, [3], True)
        assert bottleneck_params(channels, 3) == count([channels, 3, 3, channels], [1, 3, 1], True)
    for channels in (2, 3, 4, 5, 6, 7, 10, 16, 48, 300):
        fitting = []
        for mid in range(1, channels + 1):
            if count([channels, mid, mid, channels], [1, 3, 1], True) <= count([channels] * 2, [3], True):
                fitting.append(mid)
        assert widest_bottleneck(channels) == max(fitting)
    # here plain block and bottleneck have equally many
    fitting = [m for m in range(860, 875) if count([969, m, m, 969], [1, 3, 1], True) <= count([969] * 2, [3], True)]
    assert widest_bottleneck(969) == max(fitting)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: A block that you build is not the described one. Which layers does the image meet, in which order, with
  which sizes and biases, and what is added at the end?
"""  # END TEST CONFIG


def test_blocks_layer_by_layer(make_plain, make_bottleneck):
    def probe(make, args, options):
        import torch
        from torch import nn

        torch.manual_seed(7)
        block, met = make(*args, **options).double(), []
        for module in block.modules():
            if isinstance(module, (nn.Conv2d, nn.BatchNorm2d)):
                module.register_forward_hook(lambda module, *_: met.append(module))
        for p in block.parameters():
            p.data = torch.randn_like(p)
        x = torch.randn(3, args[0], 5, 4, dtype=torch.float64) + 0.3
        given = x.clone()
        out = block(x)
        h, kinds = given, []
        for module in list(met):
            h = module(h)
            if isinstance(module, nn.BatchNorm2d):
                h = h.clamp(min=0)
                kinds.append(("norm", module.num_features))
            else:
                kinds.append((module.in_channels, module.out_channels, *module.kernel_size, module.bias is not None))
        total = sum(p.numel() for p in block.parameters())
        return kinds, out.detach(), (given + h).detach(), total

    import torch

    tasks = [(make_plain, (c,), [c, c], [3]) for c in (1, 4)]
    tasks += [(make_bottleneck, (c, m), [c, m, m, c], [1, 3, 1]) for c, m in ((1, 1), (6, 2), (2, 3))]
    for make, args, widths, sizes in tasks:
        for options in ({}, {"bias": True}, {"bias": False}):
            kinds, out, expected, total = inside(probe)(make, args, options)
            described, parameters = [], 0
            for before, after, size in zip(widths, widths[1:], sizes):
                bias = options.get("bias", True)
                described += [("norm", before), (before, after, size, size, bias)]
                parameters += 2 * before + before * after * size**2 + after * bias
            assert [tuple(kind) for kind in kinds] == described and total == parameters
            # three layers of float64 in the same order
            assert out.shape == expected.shape and torch.allclose(out, expected, rtol=1e-9, atol=1e-9)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-11.7"
# # BEGIN QUESTION
# name: q11_scale_invariance
# points: 4

# %% [markdown]
# ## 11. A convolution whose length does not matter
#
# A convolution with the kernels $w$ is followed by batch normalisation in training mode (scale 1, offset 0). Let $w$
# have the shape `(C_out, C, k, k)` with odd $k$, stride 1, no bias, and zero padding that keeps height and width. With
# $z$ = `F.conv2d(x, w, …)`, the outputs and a loss are
#
# $$\text{out} = \frac{z - m}{\sqrt{v + \epsilon}}, \qquad L = \text{mean of } (\text{out} - y)^2 \text{ over all entries,}$$
#
# where mean $m$ and variance $v$ of each output channel are taken over examples, height and width together (dividing
# by their number), and they depend on $w$.
#
# Write `normalised_conv(x, w, y, eps)`. It returns the pair `(out, gradient)`: the outputs, shape `(N, C_out, H, W)`,
# and $\partial L / \partial w$, in the shape of $w$. `x` has shape `(N, C, H, W)`, `y` that of the outputs; all are
# float64. Neither result requires a gradient, and `w` stays as it is. With a single pixel in each of two images,
# $x = (0, 2)$, $w = 3$, $\epsilon = 7$ and $y = (0, 0)$: $z = (0, 6)$, $v = 9$, out $= (-\tfrac34, \tfrac34)$, and
# the gradient is $\tfrac{21}{128}$.
#
# Look at your results for $w$, $w / 10$ and so on. Then set each entry of `scale_facts` to `True` or `False`.
# Unless it says otherwise, $\epsilon$ is so small that it plays no part, and $w \ne 0$.
#
# - `"same_outputs"`: with $w / 10$ in place of $w$ the outputs are the same.
# - `"gradient_shrinks"`: at $w / 10$ the gradient with respect to the weights is ten times shorter than at $w$.
# - `"orthogonal"`: $w$ and the gradient, as long vectors, are orthogonal.
# - `"steps_lengthen"`: a step $w \leftarrow w - \eta \nabla L$ with $\nabla L \ne 0$ makes $w$ longer, for any
#   $\eta > 0$.
# - `"scale_must_grow"`: when $w$ shrinks, the learned scale of batch norm must grow so that the outputs stay the same.
# - `"down_to_zero"`: with $\epsilon = 10^{-5}$, the outputs stay the same no matter how small the factor is.


# %% [raw]
# # BEGIN SOLUTION
# %%
def normalised_conv(x, w, y, eps):
    """Outputs of convolution and batch normalisation, and the gradient of the mean squared error for w.

    x: (N, C, H, W); w: (C_out, C, k, k); y: (N, C_out, H, W).
    """
    # BEGIN SOLUTION
    leaf = w.clone().requires_grad_()
    z = F.conv2d(x, leaf, padding=w.shape[-1] // 2)
    variance, mean = torch.var_mean(z, dim=(0, 2, 3), keepdim=True, correction=0)
    out = (z - mean) / torch.sqrt(variance + eps)
    ((out - y) ** 2).mean().backward()
    return out.detach(), leaf.grad
    # END SOLUTION


scale_facts = {}
scale_facts["same_outputs"] = True  # SOLUTION
scale_facts["gradient_shrinks"] = False  # SOLUTION
scale_facts["orthogonal"] = True  # SOLUTION
scale_facts["steps_lengthen"] = True  # SOLUTION
scale_facts["scale_must_grow"] = False  # SOLUTION
scale_facts["down_to_zero"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION


# %%
def draw_scales():
    torch.manual_seed(1)
    x, w, y = (torch.randn(*shape, dtype=torch.float64) for shape in ((8, 3, 6, 6), (4, 3, 3, 3), (8, 4, 6, 6)))
    factors = np.logspace(-6, 0, 25)
    results = [normalised_conv(x, factor * w, y, 1e-5) for factor in factors]
    changes = [(out - results[-1][0]).abs().max().item() for out, _ in results]
    figure, axes = plt.subplots(1, 2, figsize=(12, 2.8))
    axes[0].loglog(factors[:-1], changes[:-1], "o-", markersize=3)
    axes[0].set(title="largest change of an output", xlabel="factor before $w$")
    axes[1].loglog(factors, [gradient.norm().item() for _, gradient in results], "o-", markersize=3)
    axes[1].set(title="length of the gradient", xlabel="factor before $w$")
    figure.tight_layout()


show(draw_scales)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For x = (0, 2), w = 3, eps = 7 and y = 0 the outputs are -3/4 and 3/4, the gradient is 21/128;
  scale_facts holds six booleans.
"""  # END TEST CONFIG


def test_two_pixels(normalised_conv, scale_facts):
    import torch

    x, y = torch.tensor([0.0, 2.0]).double().reshape(2, 1, 1, 1), torch.zeros(2, 1, 1, 1).double()
    got = normalised_conv(x, torch.full((1, 1, 1, 1), 3.0).double(), y, 7.0)
    assert got is not None, "normalised_conv(...) returned None: expected (out, gradient)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "normalised_conv: expected the pair (out, gradient)"
    assert all(isinstance(t, torch.Tensor) for t in got), "normalised_conv: expected two tensors"
    out, gradient = got
    assert out.shape == (2, 1, 1, 1), f"out: expected shape (2, 1, 1, 1), got {tuple(out.shape)}"
    assert gradient.shape == (1, 1, 1, 1), f"gradient: expected shape (1, 1, 1, 1), got {tuple(gradient.shape)}"
    values = out.flatten().tolist()
    assert abs(values[0] + 0.75) + abs(values[1] - 0.75) < 1e-9, f"out: expected [-0.75, 0.75], got {values}"
    assert abs(gradient.item() - 21 / 128) < 1e-9, f"gradient: expected 21/128 = 0.164, got {gradient.item()}"
    assert not out.requires_grad and not gradient.requires_grad, "the results should not require a gradient"
    assert isinstance(scale_facts, dict), "scale_facts should be a dictionary"
    keys = ["same_outputs", "gradient_shrinks", "orthogonal", "steps_lengthen", "scale_must_grow", "down_to_zero"]
    for key in keys:
        assert isinstance(scale_facts.get(key), bool), f"scale_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Outputs or gradient are wrong for some images and kernels. Over which axes is the mean taken, and do
  mean and variance move with the kernels?
"""  # END TEST CONFIG


def test_against_unfolded_images(normalised_conv):
    import torch
    from torch.nn import functional as F

    rng = torch.Generator().manual_seed(1216)
    for n, c, h, width, c_out, k in ((1, 1, 4, 4, 1, 3), (3, 2, 5, 4, 4, 3), (2, 3, 3, 6, 2, 1), (4, 1, 6, 5, 3, 5)):
        for eps in (1e-5, 1.0):
            x = torch.randn(n, c, h, width, generator=rng, dtype=torch.float64) + 0.5
            w = torch.randn(c_out, c, k, k, generator=rng, dtype=torch.float64)
            y = torch.randn(n, c_out, h, width, generator=rng, dtype=torch.float64)
            patches = F.unfold(x, k, padding=k // 2)

            def output(w):
                z = (w.reshape(c_out, -1) @ patches).reshape(n, c_out, h, width)
                return F.batch_norm(z, None, None, training=True, eps=eps)

            def loss(w):
                return F.mse_loss(output(w), y).item()

            out, gradient = normalised_conv(x, w, y, eps)
            # float64 sums of at most 50 products, then a division by at least 0.3
            assert out.shape == y.shape and torch.allclose(out, output(w), rtol=0, atol=1e-10)
            assert gradient.shape == w.shape
            for _ in range(3):
                v = torch.randn(w.shape, generator=rng, dtype=torch.float64)
                slope = (loss(w + 1e-4 * v) - loss(w - 1e-4 * v)) / 2e-4
                # central differences are off by some 1e-8, slopes are about 0.1
                assert abs((v * gradient).sum().item() - slope) <= 1e-5

    def leaves_kernels(fn):
        import torch

        w = torch.ones(1, 1, 3, 3, dtype=torch.float64)
        fn(torch.arange(16.0).double().reshape(1, 1, 4, 4), w, torch.zeros(1, 1, 4, 4).double(), 1.0)
        return w.requires_grad, w.grad is None, w.sum().item()

    assert tuple(inside(leaves_kernels)(normalised_conv)) == (False, True, 9.0)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six statements about shrinking kernels is decided wrongly.
"""  # END TEST CONFIG


def test_scale_facts(scale_facts):
    import torch
    from torch.nn import functional as F

    rng = torch.Generator().manual_seed(1217)
    x = torch.randn(6, 3, 5, 5, generator=rng, dtype=torch.float64)
    w = torch.randn(4, 3, 3, 3, generator=rng, dtype=torch.float64)
    y = torch.randn(6, 4, 5, 5, generator=rng, dtype=torch.float64)

    def results(w, eps):
        w = w.clone().requires_grad_()
        out = F.batch_norm(F.conv2d(x, w, padding=1), None, None, torch.ones(4).double(), None, True, eps=eps)
        (gradient,) = torch.autograd.grad(F.mse_loss(out, y), w)
        return out.detach(), gradient

    tiny = 1e-14
    (out, gradient), (small_out, small_gradient) = results(w, tiny), results(w / 10, tiny)
    unchanged = (out - small_out).abs().max() < 1e-6
    longer = [torch.norm(w - rate * gradient) > torch.norm(w) for rate in (0.01, 1.0, 100.0)]
    drift = [(results(factor * w, 1e-5)[0] - results(w, 1e-5)[0]).abs().max() for factor in (1e-2, 1e-4)]
    found = {
        "same_outputs": unchanged,
        "gradient_shrinks": small_gradient.norm() < gradient.norm(),
        "orthogonal": abs((w * gradient).sum()) < 1e-9 * w.norm(),
        "steps_lengthen": all(longer),
        # the scale is 1 in both
        "scale_must_grow": not unchanged,
        "down_to_zero": max(drift) < 1e-3,
    }
    for key, fact in found.items():
        assert scale_facts[key] is bool(fact)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-11.7"
# # BEGIN QUESTION
# name: q12_shrinking_weights
# points: 5

# %% [markdown]
# ## 12. A penalty in the long run
#
# The weights $w$ of a convolution are followed by batch normalisation, so the loss depends on the direction of $w$
# only. Then its gradient $g$ is orthogonal to $w$, and twice as long a $w$ has a gradient half as long:
# $\lVert g \rVert = \sqrt{G} / \lVert w \rVert$, where $G$ is the squared length of the gradient at length 1. Suppose
# that $G$ is the same in every step, as for noisy gradients late in training. An L2 penalty
# $\tfrac{\lambda}{2} \lVert w \rVert^2$ on these weights (and not on the scales of batch norm) makes gradient descent
#
# $$w \;\leftarrow\; w - \eta\,(g + \lambda w) \;=\; (1 - \eta\lambda)\, w - \eta\, g .$$
#
# The penalty shortens $w$, the gradient lengthens it. All lengths and $\eta$ are positive, and
# $0 \le \eta\lambda < 1$.
#
# - `decay_only_norm(norm, eta, lam, steps)`: the length after `steps` steps with $g = 0$, starting from `norm`.
# - `norm_path(norm, eta, lam, G, steps)`: the lengths after 0, 1, …, `steps` steps with $g$ as above, a list of
#   `steps + 1` floats. From the length 2 with $\eta = 1$, $\lambda = \tfrac12$ and $G = 1$, one step leads to
#   $\sqrt{1^2 + \tfrac14} = 1.118$.
# - `equilibrium_norm(eta, lam, G)`: the length that a step leaves as it is, for $\lambda > 0$ and $G > 0$; exactly,
#   also if $\eta\lambda$ is not small. Use a formula, no iteration.
# - `equilibrium_angle(eta, lam)`: the angle between $w$ before and $w$ after a step at that length, in radians. It
#   does not depend on $G$.
#
# Then set each entry of `decay_facts` to `True` or `False`.
#
# - `"costs_the_fit"`: to make loss plus penalty as small as possible, one has to accept a higher loss than without the
#   penalty.
# - `"shrinks_for_ever"`: with $G > 0$, as above, the length of $w$ goes to zero.
# - `"start_is_forgotten"`: with $G > 0$ and $\lambda > 0$ the length tends to a value that does not depend on where it
#   started.
# - `"stronger_turns_faster"`: at the equilibrium, a larger $\lambda$ turns $w$ further in each step.
# - `"rate_in_disguise"`: if all lengths are halved, a step with $\eta / 4$ turns $w$ exactly as far as before (with
#   $\lambda = 0$).
# - `"vanishes_without_gradient"`: with $G = 0$ and $\lambda > 0$ the length goes to zero.


# %% [raw]
# # BEGIN SOLUTION
# %%
def decay_only_norm(norm, eta, lam, steps):
    """Length of w after a number of steps in which only the penalty acts, a float."""
    # BEGIN SOLUTION
    return norm * (1 - eta * lam) ** steps
    # END SOLUTION


def norm_path(norm, eta, lam, G, steps):
    """Lengths of w after 0, 1, ..., steps steps of gradient descent: a list of steps + 1 floats."""
    # BEGIN SOLUTION
    path = [norm]
    for _ in range(steps):
        path.append(math.hypot((1 - eta * lam) * path[-1], eta * math.sqrt(G) / path[-1]))
    return path
    # END SOLUTION


def equilibrium_norm(eta, lam, G):
    """The length that one step leaves as it is, a float."""
    # BEGIN SOLUTION
    return (eta * G / (lam * (2 - eta * lam))) ** 0.25
    # END SOLUTION


def equilibrium_angle(eta, lam):
    """Angle between w before and after a step at the equilibrium, in radians."""
    # BEGIN SOLUTION
    # The length stays, and the part along the old direction has shrunk by 1 - eta * lam.
    return math.acos(1 - eta * lam)
    # END SOLUTION


decay_facts = {}
decay_facts["costs_the_fit"] = False  # SOLUTION
decay_facts["shrinks_for_ever"] = False  # SOLUTION
decay_facts["start_is_forgotten"] = True  # SOLUTION
decay_facts["stronger_turns_faster"] = True  # SOLUTION
decay_facts["rate_in_disguise"] = True  # SOLUTION
decay_facts["vanishes_without_gradient"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION


# %%
def draw_norms():
    eta, lam, G = 0.1, 0.05, 4.0
    rng = np.random.default_rng(0)
    for start, colour in ((0.5, "C0"), (4.0, "C1")):
        w = np.zeros(30)
        w[0] = start
        lengths = [start]
        for _ in range(800):
            g = rng.normal(size=30)
            g -= w * (g @ w) / (w @ w)
            g *= math.sqrt(G / 29) / np.linalg.norm(w)
            w = w - eta * (g + lam * w)
            lengths.append(np.linalg.norm(w))
        plt.plot(lengths, ".", color=colour, markersize=2)
        plt.plot(norm_path(start, eta, lam, G, 800), color=colour, label=f"from length {start:g}")
    plt.axhline(equilibrium_norm(eta, lam, G), color="0.5", linestyle="--", label="equilibrium")
    plt.gca().set(title="dots: random gradients in 30 dimensions, lines: your path", xlabel="step", ylabel="length")
    plt.legend()


show(draw_norms)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: From length 2 with eta = 1, lam = 1/2 and G = 1, one step leads to 1.118; without a gradient to 1;
  decay_facts holds six booleans.
"""  # END TEST CONFIG


def test_one_step(decay_only_norm, norm_path, equilibrium_norm, equilibrium_angle, decay_facts):
    import numpy as np

    got = decay_only_norm(2.0, 1.0, 0.5, 1)
    assert got is not None, "decay_only_norm(...) returned None: expected a float"
    assert np.shape(got) == () and abs(got - 1) < 1e-9, f"decay_only_norm(2, 1, 0.5, 1): expected 1, got {got}"
    got = norm_path(2.0, 1.0, 0.5, 1.0, 1)
    assert got is not None, "norm_path(...) returned None: expected a list of floats"
    assert np.shape(got) == (2,), f"norm_path: expected 2 lengths for one step, got shape {np.shape(got)}"
    assert abs(got[0] - 2) < 1e-9, f"norm_path should begin with the first length, 2, got {got[0]}"
    assert abs(got[1] - 1.25**0.5) < 1e-9, f"norm_path: expected 1.118 after a step, got {got[1]}"
    for name, got in (("norm", equilibrium_norm(0.5, 1.0, 1.0)), ("angle", equilibrium_angle(0.5, 1.0))):
        assert got is not None, f"equilibrium_{name}(...) returned None: expected a float"
        assert np.shape(got) == () and got > 0, f"equilibrium_{name} should be one positive number, got {got}"
    assert isinstance(decay_facts, dict), "decay_facts should be a dictionary"
    keys = ["costs_the_fit", "shrinks_for_ever", "start_is_forgotten", "stronger_turns_faster"]
    for key in [*keys, "rate_in_disguise", "vanishes_without_gradient"]:
        assert isinstance(decay_facts.get(key), bool), f"decay_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The lengths are not those of gradient descent on vectors. The gradient is orthogonal to w, and its
  length depends on that of w.
"""  # END TEST CONFIG


def test_lengths_of_vectors(decay_only_norm, norm_path):
    import numpy as np

    rng = np.random.default_rng(1218)
    for start, eta, lam, G, steps in ((2.0, 0.1, 0.5, 4.0, 30), (0.3, 0.5, 1.2, 0.01, 10), (5.0, 0.2, 0.0, 9.0, 6)):
        w = rng.normal(size=8)
        alone = w = start * w / np.linalg.norm(w)
        lengths = [start]
        for _ in range(steps):
            g = rng.normal(size=8)
            g -= w * (g @ w) / (w @ w)
            g *= np.sqrt(G) / np.linalg.norm(w) / np.linalg.norm(g)
            w, alone = w - eta * (g + lam * w), alone - eta * lam * alone
            lengths.append(np.linalg.norm(w))
        got = norm_path(start, eta, lam, G, steps)
        # at most 30 steps of float64
        assert np.shape(got) == (steps + 1,) and np.allclose(got, lengths, rtol=1e-10, atol=0)
        assert np.isclose(decay_only_norm(start, eta, lam, steps), np.linalg.norm(alone), rtol=1e-10, atol=0)
        assert np.shape(norm_path(start, eta, lam, G, 0)) == (1,)
        assert decay_only_norm(start, eta, lam, 0) == start
    still = norm_path(3.0, 0.4, 0.5, 0.0, 12)
    assert np.allclose(still, 3.0 * 0.8 ** np.arange(13), rtol=1e-10, atol=0)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: A step from your length does not keep it, or turns w by another angle. Solve for the length exactly,
  and mind the factor in the penalty.
"""  # END TEST CONFIG


def test_step_at_equilibrium(equilibrium_norm, equilibrium_angle):
    import numpy as np

    for eta, lam, G in ((0.1, 0.5, 4.0), (1.0, 0.9, 1.0), (0.5, 1e-3, 30.0), (2.0, 0.25, 1e-4), (1e-3, 5.0, 2.0)):
        norm = equilibrium_norm(eta, lam, G)
        assert np.shape(norm) == () and norm > 0
        w = np.array([norm, 0.0])
        after = w - eta * (np.array([0.0, np.sqrt(G) / norm]) + lam * w)
        # eta * lam is 5e-4 at least: the length would change by 1e-7 of an error of 1e-4
        assert abs(np.hypot(*after) / norm - 1) <= 1e-12
        angle = np.arctan2(abs(after[1]), after[0])
        assert np.shape(equilibrium_angle(eta, lam)) == () and abs(equilibrium_angle(eta, lam) - angle) <= 1e-9


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six statements about the penalty is decided wrongly.
"""  # END TEST CONFIG


def test_decay_facts(decay_facts):
    import numpy as np

    def length(start, eta, lam, G, steps):
        for _ in range(steps):
            start = np.hypot((1 - eta * lam) * start, eta * np.sqrt(G) / start)
        return start

    def turn(norm, eta, lam, G=1.0):
        return np.arctan2(eta * np.sqrt(G) / norm, (1 - eta * lam) * norm)

    # a loss of the direction alone, on a grid of directions and lengths
    angles, lengths = np.linspace(-np.pi, np.pi, 721), np.logspace(-6, 1, 71)
    loss = 1.3 - np.cos(angles - 0.7) + 0.2 * np.sin(3 * angles)
    total = loss[:, None] + 0.5 * 0.8 * lengths**2
    best = loss[np.unravel_index(total.argmin(), total.shape)[0]]
    ends = [length(start, 0.3, 0.4, 2.0, 600) for start in (0.01, 1.0, 50.0)]
    weak, strong = (turn(length(1.0, 0.3, lam, 2.0, 3000), 0.3, lam, 2.0) for lam in (0.1, 0.6))
    found = {
        "costs_the_fit": best > loss.min() + 1e-9,
        "shrinks_for_ever": max(ends) < 0.1,
        "start_is_forgotten": np.ptp(ends) < 1e-6,
        "stronger_turns_faster": strong > weak,
        "rate_in_disguise": abs(turn(0.6, 0.2 / 4, 0.0) - turn(1.2, 0.2, 0.0)) < 1e-9,
        "vanishes_without_gradient": length(2.0, 0.3, 0.4, 0.0, 600) < 1e-9,
    }
    for key, fact in found.items():
        assert decay_facts[key] is bool(fact)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-11.9"
# # BEGIN QUESTION
# name: q13_unet_sizes
# points: 4

# %% [markdown]
# ## 13. Which images fit through a U-Net?
#
# A U-Net works on maps that first become smaller and then larger again. Let the image be square, `n` pixels wide.
#
# - On the way down there are `depth` levels, each with two 3×3 convolutions (stride 1) and a 2×2 max pooling with
#   stride 2, which halves the width. It needs an even width.
# - At the bottom there are two more 3×3 convolutions.
# - On the way up there are again `depth` levels. Each doubles the width by a 2×2 transposed convolution with stride 2,
#   puts beside the result the map that entered the pooling of the same level on the way down, and applies two 3×3
#   convolutions to both.
#
# If the convolutions are `padded`, they keep the width, and the two maps that meet have the same width. If they are
# not, each takes a pixel off every side. The map from the way down is then the larger one, and the same number of
# pixels is cropped from each of its sides to make it fit.
#
# - `unet_out(n, depth, padded)`: the width of the output as an integer, or `None` if a pooling meets an odd width or
#   some width falls below 1. With `depth` 0 only the bottom is there. Without padding, `unet_out(20, 1, False)` is
#   `4`: down 18, 16, pooled 8, bottom 6, 4, up 8, then 6, 4.
# - `skip_crops(depth)`: without padding, how many pixels are cropped from each side on the way up, a list of `depth`
#   integers, in the order in which the levels are met (the deepest first). It is the same for all widths that work.
#   `skip_crops(1)` is `[4]`.
# - `smallest_fit(n, depth, padded)`: the smallest width that is at least `n` and works.


# %% [raw]
# # BEGIN SOLUTION
# %%
def unet_out(n, depth, padded):
    """Width of the output of a U-Net for an image n pixels wide, or None if that width does not work."""
    # BEGIN SOLUTION
    taken = 0 if padded else 4
    for _ in range(depth):
        n -= taken
        if n % 2:
            return None
        n //= 2
    n -= taken
    for _ in range(depth):
        n = 2 * n - taken
    # Once a width is below 1 without padding, all later ones are.
    return n if n > 0 else None
    # END SOLUTION


def skip_crops(depth):
    """Pixels cropped from each side of the maps on the way up, deepest level first; no padding."""
    # BEGIN SOLUTION
    return [12 * 2**level - 8 for level in range(depth)]
    # END SOLUTION


def smallest_fit(n, depth, padded):
    """The smallest width that is at least n and works."""
    # BEGIN SOLUTION
    while unet_out(n, depth, padded) is None:
        n += 1
    return n
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Without padding and with depth 1, a width of 20 gives 4, with 4 pixels cropped from each side.
"""  # END TEST CONFIG


def test_depth_one(unet_out, skip_crops, smallest_fit):
    import numpy as np

    got = unet_out(20, 1, False)
    assert got is not None, "unet_out(20, 1, False) returned None: expected 4"
    assert got == 4, f"unet_out(20, 1, False): expected 4, got {got}"
    assert unet_out(20, 1, True) == 20, f"unet_out(20, 1, True): expected 20, got {unet_out(20, 1, True)}"
    assert unet_out(21, 1, True) is None, "unet_out(21, 1, True): expected None, the pooling meets an odd width"
    got = skip_crops(1)
    assert got is not None, "skip_crops(1) returned None: expected a list"
    assert list(got) == [4], f"skip_crops(1): expected [4], got {got}"
    got = smallest_fit(21, 1, True)
    assert isinstance(got, (int, np.integer)), f"smallest_fit should return an integer, got {got!r}"
    assert got == 22, f"smallest_fit(21, 1, True): expected 22, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some width is wrong, or a width that cannot work is accepted (or the other way round). Follow the map
  level by level.
"""  # END TEST CONFIG


def test_widths_against_layers(unet_out):
    import torch
    from torch.nn import functional as F

    def run(n, depth, padded):
        # one channel on a line: widths behave as in an image
        h, kernel, maps = torch.zeros(1, 1, n), torch.ones(1, 1, 3), []

        def twice(h):
            for _ in range(2):
                h = F.conv1d(h, kernel, padding=int(padded))
            return h

        for _ in range(depth):
            maps.append(twice(h))
            assert maps[-1].shape[2] % 2 == 0
            h = F.max_pool1d(maps[-1], 2)
        h = twice(h)
        for skip in reversed(maps):
            h = F.conv_transpose1d(h, torch.ones(1, 1, 2), stride=2)
            assert skip.shape[2] >= h.shape[2] > 0
            h = twice(h)
        return h.shape[2]

    for depth, padded, widths in (
        (0, False, range(1, 9)),
        (0, True, range(1, 4)),
        (1, False, range(1, 40)),
        (1, True, range(1, 10)),
        (2, False, range(1, 75)),
        (2, True, range(1, 20)),
        (3, False, range(80, 125, 3)),
        (3, True, (1, 4, 8, 12, 16, 24, 28)),
        (4, False, (172, 180, 187, 188, 189, 190, 192, 196, 204, 570, 571, 572, 580, 588)),
        (4, True, (16, 96, 100, 104, 572, 576)),
    ):
        for n in widths:
            try:
                expected = run(n, depth, padded)
            except (RuntimeError, AssertionError):
                expected = None
            got = unet_out(n, depth, padded)
            assert (got is None) == (expected is None)
            assert expected is None or got == expected


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The crops are wrong for a deeper U-Net. By how much do the two maps that meet differ, and how many
  sides are there?
"""  # END TEST CONFIG


def test_crops_against_layers(skip_crops):
    from torch import nn, zeros

    conv, pool, up = nn.Conv1d(1, 1, 3), nn.MaxPool1d(2), nn.ConvTranspose1d(1, 1, 2, stride=2)
    assert list(skip_crops(0)) == []
    for depth, n in ((1, 32), (2, 60), (3, 92), (4, 572), (5, 604)):
        h, maps = zeros(1, 1, n), []
        for _ in range(depth):
            maps.append(conv(conv(h)))
            h = pool(maps[-1])
        h, crops = conv(conv(h)), []
        for skip in reversed(maps):
            h = up(h)
            left = skip.shape[2] - h.shape[2]
            crops.append(left // 2)
            h = conv(conv(skip[:, :, left // 2 : skip.shape[2] - left // 2] + h))
        assert [int(crop) for crop in skip_crops(depth)] == crops


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: smallest_fit returns a width that does not work, or not the smallest.
"""  # END TEST CONFIG


def test_smallest_width(smallest_fit):
    def works(n, depth, padded):
        if padded:
            return n % 2**depth == 0
        for _ in range(depth):
            n = (n - 4) / 2
        # from b pixels at the bottom come 2 ** depth * (b - 4) + 4
        return n == int(n) and n - 4 >= {0: 1, 1: 3}.get(depth, 4)

    for depth in range(5):
        for padded in (True, False):
            for n in (1, 2, 7, 16, 33, 100, 189, 573):
                expected = n
                while not works(expected, depth, padded):
                    expected += 1
                assert smallest_fit(n, depth, padded) == expected


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-11.9"
# # BEGIN QUESTION
# name: q14_unequal_images
# points: 5

# %% [markdown]
# ## 14. A batch of unequal images
#
# A U-Net, like any network made of convolutions and poolings, runs on images of many sizes. Even so, it is usually
# trained on images of one size. Find out why, and what it takes to do without: pad the images of a batch to a common
# size, and let a mask say where the real pixels are.
#
# - `pad_collate(images, multiple)`: `images` is a list of at least one tensor, the $i$-th of shape `(C, H_i, W_i)`. All
#   have the same $C$ and dtype. Return the pair `(batch, mask)`. `batch` has shape `(B, C, H, W)`, where $H$ is the
#   smallest multiple of `multiple` that is no smaller than any $H_i$, and $W$ likewise. Each image stands in the upper
#   left corner; the rest is 0. `mask` has shape `(B, 1, H, W)` and is 1 at real pixels and 0 elsewhere. Both have the
#   dtype of the images. For images of 2 by 3 and 1 by 5 pixels and `multiple` 2, $H = 2$ and $W = 6$.
# - `masked_mse(pred, target, mask)`: the mean of the squared errors over all real pixels of the whole batch and all
#   channels, a tensor without axes through which gradients flow back to `pred`. `pred` and `target` have shape
#   `(B, C, H, W)`. What stands in the padding must not matter, even if it is infinite or not a number.
#
# Set `main_reason` to the obstacle to training on a mixture of sizes: `"weights"` (the number of weights depends on
# the size), `"kernels"` (a convolution runs only on images of the size that it was made for), `"batches"` (images
# of different sizes do not stack into the tensor of a batch) or `"loss"` (no loss can be computed for an output
# of another size). Then set each entry of `size_facts` to `True` or `False`.
#
# - `"one_at_a_time"`: gradient steps on single images, each of its own size, are possible.
# - `"padding_is_neutral"`: if an image is padded with zeros on the right and below, two 3×3 convolutions in a row, with
#   biases and zero padding, still give the same outputs on the real pixels.
# - `"norm_is_neutral"`: if the images of a batch are padded in this way, batch normalisation in training mode still
#   gives the same outputs on the real pixels.
# - `"mean_of_means"`: the mean over the images of each image's mean squared error is `masked_mse`, whatever the sizes.
# - `"any_size_fits"`: with padded convolutions and four 2×2 max poolings, undone by four transposed convolutions that
#   double the width, the output has the size of the image, whatever that is.


# %% [raw]
# # BEGIN SOLUTION
# %%
def pad_collate(images, multiple):
    """Images of several sizes in one batch (B, C, H, W), and the mask (B, 1, H, W) of their real pixels."""
    # BEGIN SOLUTION
    height, width = (max(image.shape[axis] for image in images) for axis in (1, 2))
    height, width = height + -height % multiple, width + -width % multiple
    batch = images[0].new_zeros(len(images), len(images[0]), height, width)
    mask = images[0].new_zeros(len(images), 1, height, width)
    for index, image in enumerate(images):
        rows, columns = image.shape[1:]
        batch[index, :, :rows, :columns] = image
        mask[index, :, :rows, :columns] = 1
    return batch, mask
    # END SOLUTION


def masked_mse(pred, target, mask):
    """Mean squared error over the real pixels of the batch and all channels, a tensor without axes."""
    # BEGIN SOLUTION
    real = mask.bool().expand_as(pred)
    return ((pred[real] - target[real]) ** 2).mean()
    # END SOLUTION


main_reason = "batches"  # SOLUTION

size_facts = {}
size_facts["one_at_a_time"] = True  # SOLUTION
size_facts["padding_is_neutral"] = False  # SOLUTION
size_facts["norm_is_neutral"] = False  # SOLUTION
size_facts["mean_of_means"] = False  # SOLUTION
size_facts["any_size_fits"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Images of 2 by 3 and 1 by 5 pixels and the multiple 2 make a batch of shape (2, C, 2, 6); an error of 2
  on the only real pixel is a loss of 4; size_facts holds five booleans.
"""  # END TEST CONFIG


def test_two_images(pad_collate, masked_mse, main_reason, size_facts):
    import torch

    got = pad_collate([torch.ones(3, 2, 3), 2 * torch.ones(3, 1, 5)], 2)
    assert got is not None, "pad_collate(...) returned None: expected the pair (batch, mask)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "pad_collate should return the pair (batch, mask)"
    batch, mask = got
    assert isinstance(batch, torch.Tensor) and isinstance(mask, torch.Tensor), "batch and mask should be tensors"
    assert batch.shape == (2, 3, 2, 6), f"batch: expected shape (2, 3, 2, 6), got {tuple(batch.shape)}"
    assert mask.shape == (2, 1, 2, 6), f"mask: expected shape (2, 1, 2, 6), got {tuple(mask.shape)}"
    expected = [[2.0] * 5 + [0.0], [0.0] * 6]
    assert batch[1, 0].tolist() == expected, f"second image: expected {expected}, got {batch[1, 0].tolist()}"
    pred, target = torch.tensor([5.0, 1.0]).reshape(1, 1, 1, 2), torch.tensor([3.0, 9.0]).reshape(1, 1, 1, 2)
    got = masked_mse(pred, target, torch.tensor([1.0, 0.0]).reshape(1, 1, 1, 2))
    assert got is not None, "masked_mse(...) returned None: expected a tensor"
    assert isinstance(got, torch.Tensor) and got.shape == (), "masked_mse should return a tensor without axes"
    assert got.item() == 4, f"masked_mse: expected 4, got {got.item()}"
    reasons = ("weights", "kernels", "batches", "loss")
    assert main_reason in reasons, f"main_reason should be one of {reasons}, got {main_reason!r}"
    assert isinstance(size_facts, dict), "size_facts should be a dictionary"
    for key in ("one_at_a_time", "padding_is_neutral", "norm_is_neutral", "mean_of_means", "any_size_fits"):
        assert isinstance(size_facts.get(key), bool), f"size_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Batch or mask is wrong for some images. Check sizes that are multiples already, single images, where
  each image stands, and the dtype.
"""  # END TEST CONFIG


def test_batches(pad_collate):
    import torch
    from torch.nn import functional as F

    rng = torch.Generator().manual_seed(1219)
    lists = [[(2, 4, 8)], [(1, 1, 1)], [(3, 5, 7), (3, 6, 2), (3, 1, 9)], [(1, 16, 3), (1, 2, 17)], [(2, 3, 3)] * 4]
    for shapes in lists:
        for multiple in (1, 2, 3, 8):
            for dtype in (torch.float32, torch.float64):
                images = [torch.rand(shape, generator=rng, dtype=dtype) + 1 for shape in shapes]
                batch, mask = pad_collate(images, multiple)
                height = min(m for m in range(multiple, 60, multiple) if all(m >= s[1] for s in shapes))
                width = min(m for m in range(multiple, 60, multiple) if all(m >= s[2] for s in shapes))
                padded = [F.pad(i, (0, width - i.shape[2], 0, height - i.shape[1])) for i in images]
                assert batch.shape == (len(shapes), shapes[0][0], height, width)
                assert batch.dtype == dtype and torch.equal(batch, torch.stack(padded))
                assert mask.shape == (len(shapes), 1, height, width) and mask.dtype == dtype
                # all real pixels are positive
                assert torch.equal(mask, (batch[:, :1] > 0).to(dtype))


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The loss or its gradient depends on the padding, or does not weigh every real pixel and channel
  equally.
"""  # END TEST CONFIG


def test_masked_loss(masked_mse):
    import torch

    def graded(fn, pred, target, mask):
        pred = pred.clone().requires_grad_()
        loss = fn(pred, target, mask)
        loss.backward()
        return loss.detach(), pred.grad

    rng = torch.Generator().manual_seed(1220)
    for channels, sizes in ((1, [(2, 3), (4, 4)]), (3, [(5, 2), (1, 6), (6, 6)]), (2, [(3, 3)]), (4, [(1, 1), (5, 5)])):
        for dtype, room in ((torch.float64, 1e-12), (torch.float32, 1e-5)):
            shape = (len(sizes), channels, 6, 7)
            pred = torch.randn(shape, generator=rng, dtype=dtype)
            target = torch.randn(shape, generator=rng, dtype=dtype) + 1
            mask, errors = torch.zeros(len(sizes), 1, 6, 7, dtype=dtype), []
            for index, (h, w) in enumerate(sizes):
                mask[index, :, :h, :w] = 1
                errors.append((pred - target)[index, :, :h, :w].flatten())
            errors = torch.cat(errors)
            expected = errors.square().sum() / len(errors)
            slopes = 2 * (pred - target) * mask / len(errors)
            for filling in (0.0, 1e6, float("inf"), float("nan")):
                filled = [torch.where(mask > 0, values, torch.full_like(values, filling)) for values in (pred, target)]
                assert abs(masked_mse(*filled, mask) - expected) <= room * (1 + expected)
                loss, gradient = inside(graded)(masked_mse, *filled, mask)
                # means over at most 150 numbers of size 5
                assert abs(loss - expected) <= room * (1 + expected)
                assert (gradient - slopes).abs().max() <= room


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The main reason or at least one of the five statements about sizes is wrong.
"""  # END TEST CONFIG


def test_size_facts(main_reason, size_facts):
    import torch
    from torch import nn
    from torch.nn import functional as F

    def fails(act):
        try:
            act()
        except RuntimeError:
            return True
        return False

    torch.manual_seed(12)
    net = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 1, 3, padding=1))
    small, large = torch.randn(1, 3, 6, 6), torch.randn(1, 3, 9, 7)
    before = sum(p.numel() for p in net.parameters())
    losses = {}

    def train_on(image):
        loss = F.mse_loss(net(image), torch.zeros_like(image[:, :1]))
        loss.backward()
        losses[image.shape] = loss.item()

    one_by_one = not fails(lambda: (train_on(small), train_on(large)))
    obstacles = {
        "weights": sum(p.numel() for p in net.parameters()) != before,
        "kernels": fails(lambda: net(large)) or fails(lambda: net(small)),
        "batches": fails(lambda: torch.stack([small[0], large[0]])),
        "loss": len(losses) < 2,
    }
    assert obstacles[main_reason]

    def same(layer):
        padded = F.pad(small, (0, 3, 0, 3))
        return torch.allclose(layer(padded)[:, :, :6, :6], layer(small), atol=1e-4)

    sizes = torch.tensor([36.0, 63.0])
    means = torch.tensor(list(losses.values()))
    pools, ups = [nn.MaxPool2d(2)] * 4, [nn.ConvTranspose2d(3, 3, 2, stride=2)] * 4
    around = nn.Sequential(*pools, *ups)
    found = {
        "one_at_a_time": one_by_one,
        "padding_is_neutral": same(net),
        "norm_is_neutral": same(nn.BatchNorm2d(3)),
        "mean_of_means": torch.allclose(means.mean(), (means * sizes).sum() / sizes.sum()),
        "any_size_fits": all(around(torch.zeros(1, 3, n, n)).shape[2] == n for n in (16, 32, 40, 50)),
    }
    for key, fact in found.items():
        assert size_facts[key] is bool(fact)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION
