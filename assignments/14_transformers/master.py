# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [raw]
# # ASSIGNMENT CONFIG
# name: 14_transformers
# export_cell: {pdf: false}
# tests: {files: false, ok_format: false}
# show_question_points: true

# %% [markdown]
# # Transformers
#
# In a transformer the tokens of a sequence exchange information by attention: each token asks a question, and
# every token offers a key and a value. Here you build attention from a few matrix products, find out what it
# can and cannot do, count what it costs, and make it cheaper. At the end you watch what attention does to the
# hidden states of a translator.
#
# | question | what you write | points |
# | --- | --- | --- |
# | `q1_attention_counts` | parameters of self-attention and of a dense layer | 3 |
# | `q2_attend` | queries, keys, values: the core of every transformer | 4 |
# | `q3_masks` | who may look at whom | 4 |
# | `q4_equivariance` | what happens when the tokens change places | 5 |
# | `q5_saturation` | the Jacobian of the softmax, and why scores are scaled | 5 |
# | `q6_residual_block` | why the output has the size of the input | 4 |
# | `q7_multi_head` | all heads from one matrix product | 5 |
# | `q8_head_cost` | what heads cost and what they give up | 4 |
# | `q9_decoding_cache` | one more token, without doing everything again | 5 |
# | `q10_linear_attention` | attention without the $N \times N$ matrix | 5 |
# | `q11_patch_masks` | sparse attention for images | 6 |
# | `q12_patches_or_channels` | attention between channels | 4 |
# | `q13_pretraining_tasks` | training examples from plain text | 5 |
# | `q14_new_tasks` | tasks of your own, marked by a person | 3 |
# | `q15_context` | attention between encoder and decoder, and within the encoder | 4 |
# | `q16_probes` | what a hidden state knows | 3 |
# | `q17_translator` | what attention does to hidden states | 4 |
#
# Each question stands alone: no answer needs an earlier one. (Only the table that you read in question 17 is
# made with your functions of question 16.) `grader.check` runs a few small public tests. More tests, with
# other numbers, decide the score.

# %% [markdown]
# ## Recap and notation
#
# A sequence of $N$ **tokens** is a matrix `x` of shape `(N, D)`, one token $x_n$ per row. From each token
# **self-attention** makes three vectors with shared parameters:
#
# $$q_n = W_q x_n + b_q, \qquad k_n = W_k x_n + b_k, \qquad v_n = W_v x_n + b_v .$$
#
# The **query** $q_n$ and the **key** $k_m$ have $D_q$ entries each, the **value** $v_m$ has $D_v$. The
# **score** $s_{nm} = q_n \cdot k_m / \sqrt{D_q}$ says how well key $m$ fits query $n$. The **attention
# weights** of query $n$ are its scores after a softmax over the keys, and its output is the weighted mean of
# the values:
#
# $$a_{nm} = \frac{e^{s_{nm}}}{\sum_{m'} e^{s_{nm'}}}, \qquad f_n = \sum_m a_{nm} v_m .$$
#
# - In matrices: $S = Q K^\top / \sqrt{D_q}$, softmax along each **row** of $S$, output $A V$. Books that write
#   one token per column have all products the other way round.
# - Weight matrices have the shape of `torch.nn.Linear`: $W_q$ is `(Dq, D)`, so `q = x @ wq.T + bq`.
# - In code `theta` is a dictionary of the six parameters: `"wq"`, `"bq"`, `"wk"`, `"bk"`, `"wv"`, `"bv"`.
# - **Multiplications** are those of matrix products and dot products: a product of an `(a, b)` and a `(b, c)`
#   matrix takes $abc$. Scaling, softmax, divisions and biases are not counted.
#
# Run the set-up cell. The picture shows attention weights of one query that points right, for keys in all
# directions: the longer the query, the sharper the choice.

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
def draw_one_query():
    angle = torch.linspace(-math.pi, math.pi, 41)
    figure, axis = plt.subplots(figsize=(7, 2.8))
    for length in (0.0, 1.0, 3.0, 10.0):
        fit = length * torch.cos(angle) / math.sqrt(2)
        axis.plot(angle, F.softmax(fit, dim=0), label=f"query of length {length:.0f}")
    axis.set(xlabel="direction of the key (radians)", ylabel="attention weight")
    axis.legend()
    figure.tight_layout()


show(draw_one_query)

# %% [raw] sources="udl-12.1"
# # BEGIN QUESTION
# name: q1_attention_counts
# points: 3

# %% [markdown]
# ## 1. Counting parameters
#
# A self-attention layer maps $N$ tokens of length $D$ to $N$ tokens of length $D$. Queries, keys and values
# all have length $D$ (no output matrix, one head). A dense layer that does the same job maps all $ND$ input
# numbers to all $ND$ output numbers, with a bias for each output.
#
# Write `attention_counts(n_tokens, d)`. It returns a dictionary of Python integers, exact for any size:
#
# - `"qkv_weights"` and `"qkv_biases"`: parameters that make queries, keys and values;
# - `"attention_weights"`: how many $a_{nm}$ are computed for one sequence;
# - `"dense_weights"` and `"dense_biases"`: parameters of the dense layer.
#
# For two tokens of length 1 these are 3, 3, 4, 4 and 2.
#
# Then set two integers, for a text of $N = 1000$ tokens of length $D = 512$: `text_attention`, all parameters
# of the self-attention layer, and `text_dense`, all parameters of the dense layer.


# %% [raw]
# # BEGIN SOLUTION
# %%
def attention_counts(n_tokens, d):
    """Sizes of a self-attention layer and of a dense layer, a dictionary of five integers."""
    # BEGIN SOLUTION
    return {
        "qkv_weights": 3 * d**2,
        "qkv_biases": 3 * d,
        "attention_weights": n_tokens**2,
        "dense_weights": (n_tokens * d) ** 2,
        "dense_biases": n_tokens * d,
    }
    # END SOLUTION


text_attention = 3 * 512 * 513  # SOLUTION
text_dense = 512_000 * 512_001  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For two tokens of length 1 the five numbers are 3, 3, 4, 4 and 2; both totals are integers.
"""  # END TEST CONFIG


def test_two_short_tokens(attention_counts, text_attention, text_dense):
    got = attention_counts(2, 1)
    assert got is not None, "attention_counts(2, 1) returned None: expected a dictionary"
    assert isinstance(got, dict), "attention_counts should return a dictionary"
    expected = {"qkv_weights": 3, "qkv_biases": 3, "attention_weights": 4, "dense_weights": 4, "dense_biases": 2}
    for key, value in expected.items():
        assert key in got, f"the dictionary has no entry {key!r}"
        assert got[key] == value, f"attention_counts(2, 1)[{key!r}]: expected {value}, got {got[key]}"
    assert type(text_attention) is int, "text_attention should be an integer"
    assert type(text_dense) is int, "text_dense should be an integer"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some count is wrong. Parameters are shared by all tokens; attention weights are computed,
  one for each query and key.
"""  # END TEST CONFIG


def test_counted_in_torch(attention_counts):
    import torch

    for n in (1, 2, 3, 5):
        for d in (1, 2, 3, 4, 7):
            layer = torch.nn.MultiheadAttention(d, 1, batch_first=True)
            x = torch.randn(1, n, d)
            dense = torch.nn.Linear(n * d, n * d)
            assert dict(attention_counts(n, d)) == {
                "qkv_weights": layer.in_proj_weight.numel(),
                "qkv_biases": layer.in_proj_bias.numel(),
                "attention_weights": layer(x, x, x)[1].numel(),
                "dense_weights": dense.weight.numel(),
                "dense_biases": dense.bias.numel(),
            }
    huge = attention_counts(10**8, 10**7)
    assert all(type(value) is int for value in huge.values())
    assert huge["dense_weights"] == 10**30 and huge["qkv_weights"] == 3 * 10**14


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the two totals for the text is wrong. A total has weights and biases.
"""  # END TEST CONFIG


def test_text_totals(text_attention, text_dense):
    import torch

    layer = torch.nn.MultiheadAttention(512, 1, device="meta")
    assert text_attention == layer.in_proj_weight.numel() + layer.in_proj_bias.numel()
    dense = torch.nn.Linear(1000 * 512, 1000 * 512, device="meta")
    assert text_dense == dense.weight.numel() + dense.bias.numel()


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="cs-attention-1"
# # BEGIN QUESTION
# name: q2_attend
# points: 4

# %% [markdown]
# ## 2. Attention from scratch
#
# Write `attend(q, k, v)`, with tensors of shapes `(..., Nq, Dq)`, `(..., Nk, Dq)` and `(..., Nk, Dv)`. The
# leading dimensions, if any, are the same for all three. It returns the pair `(out, weights)` of shapes
# `(..., Nq, Dv)` and `(..., Nq, Nk)`, in the dtype of the arguments. Scores are divided by $\sqrt{D_q}$, the
# softmax runs over the keys. Scores may be as large as $10^6$. Use matrix products and no loops.
#
# `F.scaled_dot_product_attention` computes the same output; here write the steps yourself.
#
# An example with $D_q = 4$: the query $(2, 0, 0, 0)$ and the keys $(\ln 3, 0, 0, 0)$ and $(0, 0, 0, 0)$ have
# scores $2 \ln 3 / \sqrt 4 = \ln 3$ and $0$, so the weights are $3/4$ and $1/4$. With the values $8$ and $4$
# the output is $7$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def attend(q, k, v):
    """Scaled dot-product attention.

    q: (..., Nq, Dq); k: (..., Nk, Dq); v: (..., Nk, Dv).
    Returns (out, weights): (..., Nq, Dv) and (..., Nq, Nk).
    """
    # BEGIN SOLUTION
    weights = torch.softmax(q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]), dim=-1)
    return weights @ v, weights
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: In the example the weights are 3/4 and 1/4 and the output is 7.
"""  # END TEST CONFIG


def test_three_quarters(attend):
    import math

    import torch

    q = torch.tensor([[2.0, 0.0, 0.0, 0.0]])
    k = torch.tensor([[math.log(3), 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    got = attend(q, k, torch.tensor([[8.0], [4.0]]))
    assert got is not None, "attend(...) returned None: expected the pair (out, weights)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "attend should return the pair (out, weights)"
    out, weights = got
    for name, tensor, shape in (("out", out, (1, 1)), ("weights", weights, (1, 2))):
        assert isinstance(tensor, torch.Tensor), f"{name} should be a tensor"
        assert tensor.shape == shape, f"{name}: expected shape {shape}, got {tuple(tensor.shape)}"
    expected = torch.tensor([[0.75, 0.25]])
    assert torch.allclose(weights, expected, atol=1e-5), f"weights: expected [[0.75, 0.25]], got {weights.tolist()}"
    assert abs(out.item() - 7) < 1e-4, f"out: expected 7, got {out.item()}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some shapes output or weights are wrong. Look at the scale, at the direction of the
  softmax, and at leading dimensions.
"""  # END TEST CONFIG


def test_against_loops(attend):
    import math

    import torch

    rng = torch.Generator().manual_seed(1402)
    for n_q, n_k, d_q, d_v in ((1, 1, 1, 1), (3, 5, 2, 4), (5, 3, 4, 1), (4, 4, 7, 7), (6, 1, 3, 2)):
        q, k, v = (torch.randn(*s, generator=rng, dtype=torch.float64) for s in ((n_q, d_q), (n_k, d_q), (n_k, d_v)))
        out, weights = attend(q, k, v)
        assert out.shape == (n_q, d_v) and weights.shape == (n_q, n_k)
        for n in range(n_q):
            terms = [math.exp(float(sum(q[n] * k[m])) / d_q**0.5) for m in range(n_k)]
            for m in range(n_k):
                # float64, sums of at most 7 terms: errors are about 1e-16
                assert abs(weights[n, m].item() - terms[m] / sum(terms)) < 1e-13
            for j in range(d_v):
                mean = sum(t * v[m, j].item() for m, t in enumerate(terms)) / sum(terms)
                assert abs(out[n, j].item() - mean) < 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Batches, heads, large scores, or tensors that are not contiguous are not handled, or the
  dtype changes.
"""  # END TEST CONFIG


def test_batches_and_large_scores(attend):
    import torch

    rng = torch.Generator().manual_seed(1403)
    for dtype, bound in ((torch.float32, 1e-5), (torch.float64, 1e-12)):  # some 50 times the rounding errors seen
        for lead in ((1,), (5,), (2, 3), (3, 1, 2)):
            q, k, v = (torch.randn(*lead, *s, generator=rng, dtype=dtype) for s in ((4, 3), (6, 3), (6, 5)))
            q = q.transpose(-2, -1).contiguous().transpose(-2, -1)
            out, weights = attend(q, k, v)
            assert out.dtype == weights.dtype == dtype and weights.shape == (*lead, 4, 6)
            oracle = torch.nn.functional.scaled_dot_product_attention(q, k, v)
            assert out.shape == oracle.shape and (out - oracle).abs().max() < bound
            assert (weights.sum(dim=-1) - 1).abs().max() < bound
    q = torch.tensor([[1000.0], [-1000.0]])
    k = torch.tensor([[1000.0], [999.0], [0.0]])
    out, weights = attend(q, k, torch.tensor([[1.0], [2.0], [4.0]]))
    assert weights.tolist() == [[1, 0, 0], [0, 0, 1]] and out.tolist() == [[1], [4]]


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-12.7"
# # BEGIN QUESTION
# name: q3_masks
# points: 4

# %% [markdown]
# ## 3. Masks
#
# A **mask** is a boolean tensor `allowed`, with `allowed[n, m]` true if query $n$ may attend to key $m$.
# Forbidden keys get the weight 0, and the softmax runs over the allowed keys only.
#
# - `causal_mask(n)`: the `(n, n)` mask in which a token may attend to itself and to earlier tokens.
# - `padding_mask(lengths, n)`: sentences of different lengths are filled up at the end to `n` tokens.
#   `lengths` is an integer tensor of shape `(B,)`; return a mask of shape `(B, 1, n)`, true for the keys that
#   are real tokens. A length may be 0.
# - `masked_attention(q, k, v, allowed)` returns `(out, weights)` as in scaled dot-product attention, with
#   scores divided by $\sqrt{D_q}$. Shapes: `q` `(..., Nq, Dq)`, `k` `(..., Nk, Dq)`, `v` `(..., Nk, Dv)`;
#   `allowed` broadcasts to `(..., Nq, Nk)`. A query that may attend to no key at all has weights and output
#   **zero**, and no gradient may be `nan`.
#
# Example: with all scores 0, the values $2$, $4$, $9$ and the causal mask, the outputs are $2$, $3$ and $5$.
# Masks combine with `&`: `causal_mask(n) & padding_mask(lengths, n)` has shape `(B, n, n)`.


# %% [raw]
# # BEGIN SOLUTION
# %%
def causal_mask(n):
    """(n, n) boolean tensor: each token may attend to itself and to earlier ones."""
    # BEGIN SOLUTION
    return torch.ones(n, n, dtype=torch.bool).tril()
    # END SOLUTION


def padding_mask(lengths, n):
    """(B, 1, n) boolean tensor, true for the first lengths[b] keys of sentence b."""
    # BEGIN SOLUTION
    return (torch.arange(n) < lengths[:, None])[:, None]
    # END SOLUTION


def masked_attention(q, k, v, allowed):
    """Scaled dot-product attention to allowed keys only; returns (out, weights).

    q: (..., Nq, Dq); k: (..., Nk, Dq); v: (..., Nk, Dv); allowed: boolean, broadcasts to (..., Nq, Nk).
    """
    # BEGIN SOLUTION
    scores = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).masked_fill(~allowed, -torch.inf)
    # A query without any key has weights nan so far; filling, unlike multiplying, also clears its gradients.
    weights = torch.softmax(scores, dim=-1).masked_fill(~allowed, 0)
    return weights @ v, weights
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With scores 0, values 2, 4, 9 and the causal mask the outputs are 2, 3 and 5.
"""  # END TEST CONFIG


def test_running_means(causal_mask, padding_mask, masked_attention):
    import torch

    allowed = causal_mask(3)
    assert isinstance(allowed, torch.Tensor), "causal_mask(3) should return a tensor"
    assert allowed.dtype == torch.bool, f"causal_mask: expected dtype bool, got {allowed.dtype}"
    assert allowed.shape == (3, 3), f"causal_mask(3): expected shape (3, 3), got {tuple(allowed.shape)}"
    padding = padding_mask(torch.tensor([2, 3]), 3)
    assert isinstance(padding, torch.Tensor), "padding_mask should return a tensor"
    assert padding.dtype == torch.bool, f"padding_mask: expected dtype bool, got {padding.dtype}"
    assert padding.shape == (2, 1, 3), f"padding_mask: expected shape (2, 1, 3), got {tuple(padding.shape)}"
    zeros = torch.zeros(3, 2)
    got = masked_attention(zeros, zeros, torch.tensor([[2.0], [4.0], [9.0]]), torch.ones(3, 3).tril().bool())
    assert isinstance(got, (tuple, list)) and len(got) == 2, "masked_attention should return (out, weights)"
    out = got[0].flatten().tolist()
    assert len(out) == 3 and max(abs(a - b) for a, b in zip(out, (2, 3, 5))) < 1e-5, f"expected [2, 3, 5], got {out}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A mask allows a key that it should not, or forbids one that it should allow.
"""  # END TEST CONFIG


def test_masks_entry_by_entry(causal_mask, padding_mask):
    import torch

    for n in (1, 2, 5):
        assert causal_mask(n).tolist() == [[m <= i for m in range(n)] for i in range(n)]
    for lengths, n in (([3], 3), ([1, 4, 0, 2], 4), ([2, 2, 1], 6), ([1], 1), ([0, 0], 2)):
        expected = [[[m < length for m in range(n)]] for length in lengths]
        assert padding_mask(torch.tensor(lengths), n).tolist() == expected


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Masked attention is not attention over the allowed keys alone. Are the weights normalised
  after the mask, for any size of the scores?
"""  # END TEST CONFIG


def test_like_attention_to_fewer_keys(masked_attention):
    import torch

    rng = torch.Generator().manual_seed(1404)
    for n_q, n_k, d_q, d_v, size in ((1, 1, 1, 1, 1.0), (4, 6, 3, 2, 1.0), (5, 5, 2, 3, 30.0), (3, 4, 8, 1, 0.1)):
        q, k, v = (
            torch.randn(*s, generator=rng, dtype=torch.float64) for s in ((2, n_q, d_q), (2, n_k, d_q), (2, n_k, d_v))
        )
        q, k = size * q, size * k
        for shape in ((2, n_q, n_k), (n_q, n_k), (2, 1, n_k)):
            allowed = torch.rand(*shape, generator=rng) < 0.5
            out, weights = masked_attention(q, k, v, allowed)
            assert out.shape == (2, n_q, d_v) and weights.shape == (2, n_q, n_k)
            full = allowed.expand(2, n_q, n_k)
            for b in range(2):
                for n in range(n_q):
                    keep = full[b, n].nonzero().flatten()
                    part = torch.softmax(k[b, keep] @ q[b, n] / d_q**0.5, dim=0)
                    expected = torch.zeros(n_k, dtype=torch.float64).scatter(0, keep, part)
                    # scores of up to some thousand carry rounding errors of 1e-12
                    assert (weights[b, n] - expected).abs().max() < 1e-10
                    assert (out[b, n] - expected @ v[b]).abs().max() < 1e-10
    q, k, v = torch.tensor([[-3e4]]), torch.tensor([[3e4], [0.0], [1.0]]), torch.tensor([[5.0], [6.0], [7.0]])
    for allowed, expected in (([True, False, False], 5), ([True, False, True], 7), ([True, True, True], 6)):
        out, weights = masked_attention(q, k, v, torch.tensor([allowed]))
        assert out.dtype == weights.dtype == torch.float32 and out.tolist() == [[expected]]


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A query that may attend to nothing should have weights and output zero, and finite
  gradients.
"""  # END TEST CONFIG


def test_query_without_keys(masked_attention):
    import torch

    rng = torch.Generator().manual_seed(1405)
    q, k, v = (torch.randn(3, 4, generator=rng) for _ in range(3))
    allowed = torch.tensor([[True, False, True], [False, False, False], [True, True, True]])
    out, weights = masked_attention(q, k, v, allowed)
    assert out[1].tolist() == [0] * 4 and weights[1].tolist() == [0] * 3
    assert (out[[0, 2]].abs() > 0).all()

    def gradients(attention, q, k, v, allowed):
        q, k, v = (t.clone().requires_grad_() for t in (q, k, v))
        attention(q, k, v, allowed)[0].square().sum().backward()
        return q.grad, k.grad, v.grad

    for grad in inside(gradients)(masked_attention, q, k, v, allowed):
        assert torch.isfinite(grad).all() and grad.abs().max() > 0
    # nobody may look: the gradients are zero, not nan
    for grad in inside(gradients)(masked_attention, q, k, v, torch.zeros(3, 3, dtype=torch.bool)):
        assert (grad == 0).all()


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-12.3"
# # BEGIN QUESTION
# name: q4_equivariance
# points: 5

# %% [markdown]
# ## 4. When tokens change places
#
# Write `self_attention(x, theta)` for `x` of shape `(N, D)`. It returns the pair `(out, weights)` of shapes
# `(N, Dv)` and `(N, N)`: queries, keys and values from the six parameters, scores divided by $\sqrt{D_q}$,
# softmax over the keys. Example: with $D = 1$, $W_q = W_k = b_q = b_k = 0$, $W_v = 2$, $b_v = 1$ and the
# tokens $1$ and $3$ the values are $3$ and $7$, all weights are $1/2$, and both outputs are $5$.
#
# Let `order` be a permutation of $0, \dots, N - 1$, a tensor of integers. The re-ordered sequence is
# `x[order]`. The claim is that self-attention is **equivariant**: its output for `x[order]` is its output for
# `x`, re-ordered in the same way. The proof has one step that is not obvious: what happens to the weights.
#
# Write `permuted_weights(weights, order)`: given the `(N, N)` attention weights for `x`, it returns those for
# `x[order]`, without computing a score or a softmax.
#
# Then decide the statements in `order_facts`, with `True` or `False`. Each is about all `x`, `theta` and
# `order`.
#
# - `"plain"`: self-attention is equivariant.
# - `"causal"`: self-attention with a causal mask (no token looks at later ones) is equivariant.
# - `"positions"`: the layer that first adds to the token in row $n$ a fixed vector $p_n$, and then applies
#   self-attention, is equivariant.
# - `"over_queries"`: self-attention whose softmax runs over the queries instead of the keys, so that the
#   columns of the weights sum to one, is equivariant.
# - `"same_layer"`: softmax over the queries and softmax over the keys give the same output.
# - `"mean_is_invariant"`: the mean over all tokens of the output of self-attention stays the same when the
#   tokens are re-ordered.
# - `"key_bias"`: the output of self-attention depends on $b_k$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def self_attention(x, theta):
    """Self-attention with one head.

    x: (N, D); theta: {"wq", "wk": (Dq, D), "bq", "bk": (Dq,), "wv": (Dv, D), "bv": (Dv,)}.
    Returns (out, weights): (N, Dv) and (N, N).
    """
    # BEGIN SOLUTION
    q, k, v = (x @ theta["w" + letter].T + theta["b" + letter] for letter in "qkv")
    weights = torch.softmax(q @ k.T / math.sqrt(q.shape[1]), dim=1)
    return weights @ v, weights
    # END SOLUTION


def permuted_weights(weights, order):
    """Attention weights of x[order], from the (N, N) attention weights of x."""
    # BEGIN SOLUTION
    return weights[order][:, order]
    # END SOLUTION


order_facts = {}
order_facts["plain"] = True  # SOLUTION
order_facts["causal"] = False  # SOLUTION
order_facts["positions"] = False  # SOLUTION
order_facts["over_queries"] = True  # SOLUTION
order_facts["same_layer"] = False  # SOLUTION
order_facts["mean_is_invariant"] = True  # SOLUTION
order_facts["key_bias"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: In the example both outputs are 5. permuted_weights returns a tensor of the same shape, and
  order_facts holds seven booleans.
"""  # END TEST CONFIG


def test_two_tokens(self_attention, permuted_weights, order_facts):
    import torch

    zero, matrix = torch.zeros(1), torch.zeros(1, 1)
    theta = {"wq": matrix, "bq": zero, "wk": matrix, "bk": zero, "wv": matrix + 2, "bv": zero + 1}
    got = self_attention(torch.tensor([[1.0], [3.0]]), theta)
    assert got is not None, "self_attention(...) returned None: expected the pair (out, weights)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "self_attention should return (out, weights)"
    out, weights = got
    assert out.shape == (2, 1), f"out: expected shape (2, 1), got {tuple(out.shape)}"
    assert weights.shape == (2, 2), f"weights: expected shape (2, 2), got {tuple(weights.shape)}"
    assert torch.allclose(out, torch.full((2, 1), 5.0)), f"out: expected [[5], [5]], got {out.tolist()}"
    same = permuted_weights(torch.tensor([[0.25, 0.75], [0.5, 0.5]]), torch.tensor([0, 1]))
    assert isinstance(same, torch.Tensor), "permuted_weights should return a tensor"
    assert same.tolist() == [[0.25, 0.75], [0.5, 0.5]], "permuted_weights: this order leaves all where it is"
    assert isinstance(order_facts, dict), "order_facts should be a dictionary"
    for key in ("plain", "causal", "positions", "over_queries", "same_layer", "mean_is_invariant", "key_bias"):
        assert type(order_facts.get(key)) is bool, f"order_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The output is not that of the layer in the recap. Compute one output token by hand, with a
  sum over the keys.
"""  # END TEST CONFIG


def test_layer_token_by_token(self_attention):
    import numpy as np
    import torch

    rng = np.random.default_rng(1406)
    for n, d, d_q, d_v in ((1, 1, 1, 1), (1, 3, 2, 4), (5, 3, 2, 4), (4, 2, 5, 1), (7, 4, 4, 4)):
        sizes = {"wq": (d_q, d), "bq": d_q, "wk": (d_q, d), "bk": d_q, "wv": (d_v, d), "bv": d_v}
        theta = {name: rng.normal(size=size) for name, size in sizes.items()}
        x = rng.normal(size=(n, d))
        out, weights = self_attention(torch.from_numpy(x), {name: torch.from_numpy(t) for name, t in theta.items()})
        assert out.shape == (n, d_v) and weights.shape == (n, n)
        for i in range(n):
            query = theta["wq"] @ x[i] + theta["bq"]
            scores = np.array([query @ (theta["wk"] @ token + theta["bk"]) for token in x]) / np.sqrt(d_q)
            a = np.exp(scores - scores.max())
            a /= a.sum()
            expected = sum(a[m] * (theta["wv"] @ x[m] + theta["bv"]) for m in range(n))
            # float64 and sums of a few terms: errors are about 1e-15
            assert np.abs(weights[i].numpy() - a).max() < 1e-12
            assert np.abs(out[i].numpy() - expected).max() < 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Your re-ordered weights are not the weights of the re-ordered tokens. Which tokens are the
  queries now, and which the keys?
"""  # END TEST CONFIG


def test_weights_of_reordered_tokens(permuted_weights):
    import torch

    rng = torch.Generator().manual_seed(1407)
    for n in (1, 2, 3, 6, 9):
        for _ in range(4):
            q, k = (torch.randn(n, 3, generator=rng, dtype=torch.float64) for _ in range(2))
            order = torch.randperm(n, generator=rng)
            got = permuted_weights(torch.softmax(q @ k.T, dim=1), order)
            # the same numbers in other places: only the order of a sum differs
            assert torch.allclose(got, torch.softmax(q[order] @ k[order].T, dim=1), rtol=0, atol=1e-13)


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: At least one of the seven statements is decided wrongly. Try each with a random sequence
  and a random order.
"""  # END TEST CONFIG


def test_order_facts(order_facts):
    import torch

    torch.manual_seed(1408)
    n, d = 6, 4
    x, p, bias = torch.randn(n, d).double(), torch.randn(n, d).double(), torch.randn(d).double()
    wq, wk, wv = (torch.randn(d, d).double() for _ in range(3))

    def layer(x, over=1, causal=False, bk=0.0):
        scores = (x @ wq.T + bias) @ (x @ wk.T + bk).T
        if causal:
            scores = scores.masked_fill(torch.ones(n, n).triu(1).bool(), float("-inf"))
        return torch.softmax(scores, dim=over) @ x @ wv.T

    def moves_along(f):
        orders = [torch.randperm(n) for _ in range(20)]
        return max((f(x[order]) - f(x)[order]).abs().max().item() for order in orders) < 1e-9

    def close(a, b):
        return bool((a - b).abs().max() < 1e-9)

    flipped = x.flip(0)
    measured = {
        "plain": moves_along(layer),
        "causal": moves_along(lambda x: layer(x, causal=True)),
        "positions": moves_along(lambda x: layer(x + p)),
        "over_queries": moves_along(lambda x: layer(x, over=0)),
        "same_layer": close(layer(x), layer(x, over=0)),
        "mean_is_invariant": close(layer(x).mean(0), layer(flipped).mean(0)),
        "key_bias": not close(layer(x), layer(x, bk=bias)),
    }
    for key, holds in measured.items():
        assert order_facts[key] is holds, f"order_facts[{key!r}] is not what an experiment shows"


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-12.4"
# # BEGIN QUESTION
# name: q5_saturation
# points: 5

# %% [markdown]
# ## 5. A saturated softmax
#
# Let $y = \text{softmax}(z)$ for a vector $z$ with $n$ entries. Its Jacobian is the $(n, n)$ matrix with the
# entries $J_{ij} = \partial y_i / \partial z_j$. For $z = (0, 0)$ it is
# $\begin{pmatrix} 1/4 & -1/4 \\ -1/4 & 1/4 \end{pmatrix}$.
#
# - `softmax_jacobian(z)`: `z` has shape `(n,)` and dtype float64, its entries may have any size, $n \ge 1$.
#   Return the Jacobian, shape `(n, n)`, float64. Each entry must be right to six digits, also when it is as
#   small as $10^{-80}$. So form no difference of two nearly equal numbers: in float64, $1 - y_i$ is 0 as soon as
#   $y_i$ is closer to 1 than $10^{-16}$. Entries of size below $10^{-290}$ may be 0.
# - `largest_entry`: the largest of the 25 entries of $J$ for $z = (-3, 1, 100, 5, -1)$, as a float, right to
#   three digits.
# - `score_std(d_q, q_std, k_std, scaled)`: the entries of a query and of a key are independent, with mean 0
#   and standard deviations `q_std` and `k_std`; both have `d_q` entries. Return the standard deviation of
#   their score, $q \cdot k$ if `scaled` is false, $q \cdot k / \sqrt{D_q}$ if it is true, as a float. For one
#   entry each, 2 and 3, it is 6 in both cases.
#
# Then decide the statements in `softmax_facts`, with `True` or `False`.
#
# - `"columns_sum_to_zero"`: for every $z$, each column of $J$ sums to 0.
# - `"large_score_large_gradient"`: if one score grows while the others stay, the entries of $J$ in the end
#   grow, too.
# - `"subtracting_the_maximum_helps"`: to replace $z$ by $z - \max z$ changes the Jacobian.
# - `"cross_entropy_saturates"`: in the example above, the gradient with respect to $z$ of the cross-entropy
#   $-\ln y_1$ (the first entry is the right class) is as small as the Jacobian, below $10^{-30}$ in each
#   entry.
# - `"root_keeps_spread"`: for entries as in `score_std`, dividing $q \cdot k$ by $\sqrt{D_q}$ makes the
#   standard deviation of the score the same for all $D_q$.
# - `"dividing_by_size_keeps_spread"`: dividing $q \cdot k$ by $D_q$ does so, too.
#
# The cell below the question draws the largest entry of your Jacobian for ten random keys.


# %% [raw]
# # BEGIN SOLUTION
# %%
def softmax_jacobian(z):
    """Derivatives of softmax outputs (rows) by scores (columns): (n,) -> (n, n), float64."""
    # BEGIN SOLUTION
    y = torch.softmax(z, dim=0)
    jacobian = -torch.outer(y, y).fill_diagonal_(0)
    # Each row sums to zero, and the sum of the others has one sign: nothing cancels.
    return jacobian - torch.diag(jacobian.sum(dim=1))
    # END SOLUTION


largest_entry = softmax_jacobian(torch.tensor([-3.0, 1, 100, 5, -1]).double()).max().item()  # SOLUTION


def score_std(d_q, q_std, k_std, scaled):
    """Standard deviation of the (scaled) dot product of a random query and a random key."""
    # BEGIN SOLUTION
    return q_std * k_std * (1.0 if scaled else math.sqrt(d_q))
    # END SOLUTION


softmax_facts = {}
softmax_facts["columns_sum_to_zero"] = True  # SOLUTION
softmax_facts["large_score_large_gradient"] = False  # SOLUTION
softmax_facts["subtracting_the_maximum_helps"] = False  # SOLUTION
softmax_facts["cross_entropy_saturates"] = False  # SOLUTION
softmax_facts["root_keeps_spread"] = True  # SOLUTION
softmax_facts["dividing_by_size_keeps_spread"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For two equal scores all four derivatives are 1/4 or -1/4. largest_entry is a number,
  softmax_facts holds six booleans.
"""  # END TEST CONFIG


def test_two_equal_scores(softmax_jacobian, largest_entry, score_std, softmax_facts):
    import numpy as np
    import torch

    got = softmax_jacobian(torch.zeros(2, dtype=torch.float64))
    assert got is not None, "softmax_jacobian(...) returned None: expected a (2, 2) tensor"
    assert isinstance(got, torch.Tensor), "softmax_jacobian should return a tensor"
    assert got.shape == (2, 2), f"expected shape (2, 2), got {tuple(got.shape)}"
    assert got.dtype == torch.float64, f"expected dtype float64, got {got.dtype}"
    expected = torch.tensor([[0.25, -0.25], [-0.25, 0.25]]).double()
    assert torch.allclose(got, expected), f"expected {expected.tolist()}, got {got.tolist()}"
    assert isinstance(largest_entry, (int, float, np.floating)), "largest_entry should be a float"
    for scaled in (False, True):
        spread = score_std(1, 2.0, 3.0, scaled)
        assert spread is not None, "score_std returned None: expected a float"
        assert abs(spread - 6) < 1e-9, f"score_std(1, 2.0, 3.0, {scaled}): expected 6, got {spread}"
    assert isinstance(softmax_facts, dict), "softmax_facts should be a dictionary"
    keys = ["columns_sum_to_zero", "large_score_large_gradient", "subtracting_the_maximum_helps"]
    for key in keys + ["cross_entropy_saturates", "root_keeps_spread", "dividing_by_size_keeps_spread"]:
        assert type(softmax_facts.get(key)) is bool, f"softmax_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The Jacobian differs from what autograd finds, for scores of moderate size or with large
  ones.
"""  # END TEST CONFIG


def test_jacobian_like_autograd(softmax_jacobian):
    import torch

    rng = torch.Generator().manual_seed(1409)
    for n, shift in ((1, 0.0), (2, 0.0), (3, -4.0), (5, 1000.0), (9, -1000.0)):
        z = torch.randn(n, generator=rng, dtype=torch.float64) + shift
        oracle = torch.autograd.functional.jacobian(lambda z: torch.softmax(z, dim=0), z)
        # float64: the shift by 1000 does not matter, since both see the same rounded z
        got = softmax_jacobian(z)
        assert got.shape == (n, n) and (got - oracle).abs().max() < 1e-13


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For a saturated softmax some entries are lost to rounding, or largest_entry is wrong.
"""  # END TEST CONFIG


def test_tiny_entries(softmax_jacobian, largest_entry):
    from decimal import Decimal, getcontext

    import torch

    getcontext().prec = 200
    cases = [[-3, 1, 100, 5, -1], [0, 50], [90, -2, 3], [4, 4, -70], [1000, 1100, 1001], [-40]]
    for z in cases:
        e = [Decimal(value - max(z)).exp() for value in z]
        y = [value / sum(e) for value in e]
        got = softmax_jacobian(torch.tensor(z, dtype=torch.float64))
        exact = [[y[i] * ((i == j) - y[j]) for j in range(len(z))] for i in range(len(z))]
        for i in range(len(z)):
            for j in range(len(z)):
                # rounding of exp(-100) in float64 costs about 1e-14
                if exact[i][j]:
                    assert abs(got[i, j].item() / float(exact[i][j]) - 1) < 1e-6
                else:
                    assert got[i, j].item() == 0
        if len(z) == 5:
            assert abs(largest_entry / float(max(map(max, exact))) - 1) < 1e-3


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The spread of the scores is not what random queries and keys show.
"""  # END TEST CONFIG


def test_measured_spread(score_std):
    import numpy as np

    rng = np.random.default_rng(1410)
    for d, q_std, k_std in ((1, 1.0, 0.5), (4, 1.0, 1.0), (9, 2.0, 0.25), (64, 0.5, 3.0)):
        q = rng.normal(size=(40_000, d)) * q_std
        k = rng.choice([-k_std, k_std], size=(40_000, d))
        measured = (q * k).sum(axis=1).std()
        # 40,000 samples: the relative error is about 0.4 %; wrong formulas are off by a factor of 2 and more
        assert abs(score_std(d, q_std, k_std, False) / measured - 1) < 0.05
        assert abs(score_std(d, q_std, k_std, True) * d**0.5 / measured - 1) < 0.05
    assert score_std(100, 0.0, 1.0, True) == 0


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six statements about the softmax is decided wrongly.
"""  # END TEST CONFIG


def test_softmax_facts(softmax_facts):
    import torch

    torch.manual_seed(1411)

    def jacobian(z):
        return torch.autograd.functional.jacobian(lambda z: torch.softmax(z, dim=0), z)

    z = torch.randn(6).double()
    spike = torch.zeros(6).double()
    spike[2] = 1
    growing = [jacobian(z + t * spike).abs().max().item() for t in (0, 20, 60)]
    example = torch.tensor([-3.0, 1, 100, 5, -1]).double().requires_grad_()
    (gradient,) = torch.autograd.grad(-torch.log_softmax(example, dim=0)[0], example)
    few, many = ((torch.randn(20_000, d) * torch.randn(20_000, d)).sum(1) for d in (4, 100))
    measured = {
        "columns_sum_to_zero": jacobian(z).sum(dim=0).abs().max().item() < 1e-12,
        "large_score_large_gradient": growing[2] > growing[0],
        "subtracting_the_maximum_helps": (jacobian(z) - jacobian(z - z.max())).abs().max().item() > 1e-12,
        "cross_entropy_saturates": gradient.abs().max().item() < 1e-30,
        "root_keeps_spread": abs(many.std() / 10 / (few.std() / 2) - 1).item() < 0.1,
        "dividing_by_size_keeps_spread": abs(many.std() / 100 / (few.std() / 4) - 1).item() < 0.1,
    }
    for key, holds in measured.items():
        assert softmax_facts[key] is holds, f"softmax_facts[{key!r}] is not what an experiment shows"


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_saturation():
    rng = torch.Generator().manual_seed(3)
    sizes = [2**p for p in range(1, 13)]
    largest = {"not scaled": [], "scaled": []}
    for d in sizes:
        fits = [torch.randn(10, d, generator=rng).double() @ torch.randn(d, generator=rng).double() for _ in range(30)]
        for label, factor in (("not scaled", 1.0), ("scaled", d**-0.5)):
            largest[label].append(np.median([softmax_jacobian(factor * fit).max().item() for fit in fits]))
    figure, axis = plt.subplots(figsize=(7, 2.8))
    for label, values in largest.items():
        axis.loglog(sizes, values, marker=".", label=label)
    axis.set(xlabel="$D_q$", ylabel="largest derivative (median)")
    axis.legend()
    figure.tight_layout()


show(draw_saturation)

# %% [raw] sources="udl-12.2"
# # BEGIN QUESTION
# name: q6_residual_block
# points: 4

# %% [markdown]
# ## 6. The size of the output
#
# In a transformer, attention sits in a **residual block**: its output is added to its input. Write
# `residual_block(x, weights, wv, wo=None)`:
#
# - `x` has shape `(N, D)`, the attention weights `(N, N)`, the value matrix `wv` `(Dv, D)`, and the output
#   matrix `wo`, if there is one, `(D_out, Dv)`. There are no biases.
# - The values are $W_v x_m$; each token gets the weighted mean of the values; `wo` maps it on. Return `x` plus
#   the result, shape `(N, D)`.
# - Raise `ValueError` if the result does not have exactly the shape of `x`. Broadcasting does not count: one
#   value per token is not added to all $D$ entries.
#
# Example: for the tokens $(1, 0)$ and $(0, 1)$, all weights $1/2$, `wv = [[2, 0], [0, 2]]`: both tokens
# get $(1, 1)$, and the block returns $(2, 1)$ and $(1, 2)$. With `wv = [[2, 0]]` and without `wo` it raises
# `ValueError`.
#
# Why do transformers keep the size $D$ from input to output? Set each entry of `size_facts` to `True` or
# `False`. "It needs" means: otherwise it is not defined, or fails.
#
# - `"residual_sum"`: the sum $x_n + f_n$ needs outputs of the size of the inputs.
# - `"stacking"`: to stack blocks of one and the same shape to any depth needs outputs of that size, too.
# - `"scores"`: the scores need $D_v = D$.
# - `"softmax"`: weights that sum to one need $D_v = D$.
# - `"equivariance"`: that re-ordered tokens give re-ordered outputs needs $D_v = D$.
# - `"fewest_parameters"`: among all $D_v$, the choice $D_v = D$ has the fewest parameters in $W_v$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def residual_block(x, weights, wv, wo=None):
    """Tokens plus attention output, (N, D); ValueError if the two shapes differ.

    x: (N, D); weights: (N, N); wv: (Dv, D); wo: (D_out, Dv) or None.
    """
    # BEGIN SOLUTION
    change = weights @ x @ wv.T
    if wo is not None:
        change = change @ wo.T
    if change.shape != x.shape:
        raise ValueError(f"cannot add {tuple(change.shape)} to {tuple(x.shape)}")
    return x + change
    # END SOLUTION


size_facts = {}
size_facts["residual_sum"] = True  # SOLUTION
size_facts["stacking"] = True  # SOLUTION
size_facts["scores"] = False  # SOLUTION
size_facts["softmax"] = False  # SOLUTION
size_facts["equivariance"] = False  # SOLUTION
size_facts["fewest_parameters"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: In the example the block returns (2, 1) and (1, 2), and raises ValueError for values of
  length 1; size_facts holds six booleans.
"""  # END TEST CONFIG


def test_two_unit_tokens(residual_block, size_facts):
    import torch

    x, half = torch.eye(2), torch.full((2, 2), 0.5)
    got = residual_block(x, half, 2 * torch.eye(2))
    assert got is not None, "residual_block(...) returned None: expected a tensor"
    assert got.shape == (2, 2), f"expected shape (2, 2), got {tuple(got.shape)}"
    assert torch.allclose(got, torch.tensor([[2.0, 1.0], [1.0, 2.0]])), f"expected [[2, 1], [1, 2]], got {got.tolist()}"
    try:
        residual_block(x, half, torch.tensor([[2.0, 0.0]]))
    except ValueError:
        pass
    else:
        raise AssertionError("values of length 1 and no output matrix: expected ValueError")
    assert isinstance(size_facts, dict), "size_facts should be a dictionary"
    for key in ("residual_sum", "stacking", "scores", "softmax", "equivariance", "fewest_parameters"):
        assert type(size_facts.get(key)) is bool, f"size_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The block is refused where the sum is possible, accepted where it is not, or its output is
  wrong. The output matrix may change the size.
"""  # END TEST CONFIG


def test_shapes_and_sums(residual_block):
    import numpy as np
    import torch

    rng = np.random.default_rng(1412)
    for n in (1, 2, 5):
        for d in (1, 2, 4):
            for d_v in (1, 2, 4, 6):
                for d_out in (None, 1, d, d + 1):
                    x, a, wv = rng.normal(size=(n, d)), rng.dirichlet(np.ones(n), size=n), rng.normal(size=(d_v, d))
                    wo = None if d_out is None else rng.normal(size=(d_out, d_v))
                    tensors = [None if t is None else torch.from_numpy(t) for t in (x, a, wv, wo)]
                    size = d_v if wo is None else d_out
                    try:
                        got = residual_block(*tensors)
                    except ValueError:
                        assert size != d, "ValueError although the shapes agree"
                        continue
                    assert size == d, "no ValueError although the shapes differ"
                    outputs = [sum(a[i, m] * (wv @ x[m]) for m in range(n)) for i in range(n)]
                    expected = x + np.array(outputs if wo is None else [wo @ output for output in outputs])
                    # float64 sums of at most 120 products
                    assert np.abs(got.numpy() - expected).max() < 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: At least one of the six statements is decided wrongly. What does attention itself ask of
  the values?
"""  # END TEST CONFIG


def test_size_facts(size_facts):
    import torch

    torch.manual_seed(1413)
    n, d, d_v = 5, 4, 3
    x, order = torch.randn(n, d).double(), torch.tensor([3, 0, 4, 1, 2])
    wq, wk, wv = (torch.randn(rows, d).double() for rows in (2, 2, d_v))

    def weights(x):
        return torch.softmax((x @ wq.T) @ (x @ wk.T).T, dim=1)

    def layer(x):
        return weights(x) @ (x @ wv.T)

    def fails(action):
        try:
            action()
        except RuntimeError:
            return True
        return False

    measured = {
        "residual_sum": fails(lambda: x + layer(x)),
        "stacking": fails(lambda: layer(layer(x))),
        "scores": fails(lambda: weights(x)),
        "softmax": bool((weights(x).sum(dim=1) - 1).abs().max() > 1e-9),
        "equivariance": bool((layer(x[order]) - layer(x)[order]).abs().max() > 1e-9),
        "fewest_parameters": min(range(1, 9), key=lambda size: torch.zeros(size, d).numel()) == d,
    }
    for key, holds in measured.items():
        assert size_facts[key] is holds, f"size_facts[{key!r}] is not what an experiment shows"


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-12.5"
# # BEGIN QUESTION
# name: q7_multi_head
# points: 5

# %% [markdown]
# ## 7. Many heads at once
#
# With $H$ **heads**, attention runs $H$ times side by side, each time with its own queries, keys and values
# of length $D / H$. The matrices of all heads are stacked, so that one product makes everything: `w_in` has
# shape `(3 * D, D)`. Its rows are the queries of head 0, head 1, …, then the keys of all heads, then the
# values of all heads. `b_in` of shape `(3 * D,)` is stacked in the same way.
#
# - `split_qkv(x, w_in, b_in, n_heads)`: for `x` of shape `(B, N, D)`, return one tensor of shape
#   `(3, B, H, N, D // H)`: queries, keys, values. One matrix product, no loop. Raise `ValueError` if $H$ does
#   not divide $D$.
# - `multi_head(x, w_in, b_in, w_out, b_out, n_heads)`: scaled dot-product attention in each head (scores
#   divided by the root of the length $D / H$), the outputs of the heads side by side (head 0 first), then one
#   more linear map, `w_out` of shape `(D, D)` and `b_out` of shape `(D,)`. Returns `(B, N, D)`.
#
# Example: $D = 2$, $H = 2$, one token $x = (1, 10)$, and `w_in` with the rows $(1, 0)$, $(0, 1)$, $(2, 0)$,
# $(0, 2)$, $(3, 0)$, $(0, 3)$, no biases. The queries of the two heads are $1$ and $10$, the keys $2$ and
# $20$, the values $3$ and $30$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def split_qkv(x, w_in, b_in, n_heads):
    """Queries, keys and values of all heads, (3, B, H, N, D // H), from x of shape (B, N, D).

    w_in: (3 * D, D); b_in: (3 * D,). ValueError if n_heads does not divide D.
    """
    # BEGIN SOLUTION
    batch, n, d = x.shape
    if d % n_heads:
        raise ValueError(f"{n_heads} heads do not divide {d} entries")
    stacked = x @ w_in.T + b_in
    return stacked.reshape(batch, n, 3, n_heads, d // n_heads).permute(2, 0, 3, 1, 4)
    # END SOLUTION


def multi_head(x, w_in, b_in, w_out, b_out, n_heads):
    """Multi-head self-attention, (B, N, D) -> (B, N, D).

    w_in: (3 * D, D); b_in: (3 * D,); w_out: (D, D); b_out: (D,).
    """
    # BEGIN SOLUTION
    q, k, v = split_qkv(x, w_in, b_in, n_heads)
    weights = torch.softmax(q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]), dim=-1)
    side_by_side = (weights @ v).transpose(1, 2).flatten(2)
    return side_by_side @ w_out.T + b_out
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: In the example the queries are 1 and 10, the keys 2 and 20, the values 3 and 30.
"""  # END TEST CONFIG


def test_one_token_two_heads(split_qkv, multi_head):
    import torch

    eye = torch.eye(2)
    x, w_in, b_in = torch.tensor([[[1.0, 10.0]]]), torch.cat([eye, 2 * eye, 3 * eye]), torch.zeros(6)
    got = split_qkv(x, w_in, b_in, 2)
    assert got is not None, "split_qkv(...) returned None: expected a tensor"
    assert isinstance(got, torch.Tensor), "split_qkv should return one tensor"
    assert got.shape == (3, 1, 2, 1, 1), f"split_qkv: expected shape (3, 1, 2, 1, 1), got {tuple(got.shape)}"
    numbers = got.flatten().tolist()
    assert numbers == [1, 10, 2, 20, 3, 30], f"split_qkv: expected [1, 10, 2, 20, 3, 30], got {numbers}"
    out = multi_head(x, w_in, b_in, eye, torch.zeros(2), 2)
    assert out is not None, "multi_head(...) returned None: expected a tensor"
    assert out.shape == (1, 1, 2), f"multi_head: expected shape (1, 1, 2), got {tuple(out.shape)}"
    assert out.flatten().tolist() == [3, 30], f"multi_head: a single token keeps its values, got {out.tolist()}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Queries, keys or values of some head are not its own rows applied to the tokens.
"""  # END TEST CONFIG


def test_rows_of_each_head(split_qkv):
    import torch

    rng = torch.Generator().manual_seed(1414)
    for batch, n, d, heads in ((1, 1, 1, 1), (2, 3, 4, 2), (1, 5, 6, 3), (3, 2, 6, 6), (2, 4, 5, 1)):
        x = torch.randn(n, batch, d, generator=rng, dtype=torch.float64).transpose(0, 1)
        w, b = torch.randn(3 * d, d, generator=rng).double(), torch.randn(3 * d, generator=rng).double()
        got = split_qkv(x, w, b, heads)
        size = d // heads
        assert got.shape == (3, batch, heads, n, size)
        for part in range(3):
            for h in range(heads):
                rows = slice(part * d + h * size, part * d + (h + 1) * size)
                # float64, at most 6 products
                assert (got[part, :, h] - torch.nn.functional.linear(x, w[rows], b[rows])).abs().max() < 1e-12
    for d, heads in ((4, 3), (6, 4), (3, 6)):
        try:
            split_qkv(torch.zeros(1, 2, d), torch.zeros(3 * d, d), torch.zeros(3 * d), heads)
        except ValueError:
            continue
        raise AssertionError("heads that do not divide the embedding are not refused with ValueError")


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The layer does not agree with torch's own multi-head attention. Check the scale, and the
  order in which the outputs of the heads are put together.
"""  # END TEST CONFIG


def test_like_torch_multi_head(multi_head):
    import torch

    torch.manual_seed(1415)
    for dtype, bound in ((torch.float64, 1e-12), (torch.float32, 2e-5)):  # about 50 times the errors seen
        for batch, n, d, heads in ((1, 1, 2, 2), (2, 3, 4, 2), (1, 5, 6, 3), (3, 4, 8, 8), (2, 4, 5, 1), (2, 6, 32, 4)):
            layer = torch.nn.MultiheadAttention(d, heads, batch_first=True, dtype=dtype)
            for p in layer.parameters():
                torch.nn.init.normal_(p, std=d**-0.5)
            x = 2 * torch.randn(batch, n, d, dtype=dtype)
            theta = [layer.in_proj_weight, layer.in_proj_bias, layer.out_proj.weight, layer.out_proj.bias]
            with torch.no_grad():
                oracle = layer(x, x, x, need_weights=False)[0]
            got = multi_head(x, *(p.detach() for p in theta), heads)
            assert got.shape == x.shape and got.dtype == dtype
            assert (got - oracle).abs().max() < bound


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-12.5"
# # BEGIN QUESTION
# name: q8_head_cost
# points: 4

# %% [markdown]
# ## 8. What heads cost
#
# Write `mha_cost(n_tokens, d, n_heads, d_head)`. It returns the pair `(params, mults)` of Python integers for
# one sequence in a layer with $H$ heads, each with queries, keys and values of length `d_head`:
#
# - `params`: weights and biases of all queries, keys and values, and of the output map, which takes the
#   $H \cdot d_{\text{head}}$ stacked outputs back to $D$;
# - `mults`: multiplications of the matrix products only: the three maps, all scores, all weighted sums of
#   values, and the output map.
#
# Example: one token, $D = 1$, one head of length 1: 4 weights and 4 biases, so 8 parameters;
# $3 + 1 + 1 + 1 = 6$ multiplications.
#
# Then decide the statements in `head_facts`, with `True` or `False`. In the first three, $D$ and $N$ are
# fixed, both at least 2, and $H \ge 2$ divides $D$.
#
# - `"more_heads_more_parameters"`: with heads of length $D / H$ the number of parameters grows with $H$.
# - `"split_saves_parameters"`: $H$ heads of length $D / H$ have fewer parameters than one head of length $D$.
# - `"full_heads_cost_more"`: $H$ heads of length $D$ take exactly $H$ times the multiplications of $H$ heads
#   of length $D / H$.
# - `"split_limits_rank"`: the $N \times N$ matrix of scores of a head of length $D / H$, before the softmax,
#   has a rank of at most $D / H$, even if queries and keys have biases.
# - `"softmax_keeps_rank"`: the matrix of attention weights of that head, after the softmax, has the same limit.


# %% [raw]
# # BEGIN SOLUTION
# %%
def mha_cost(n_tokens, d, n_heads, d_head):
    """Parameters and multiplications of multi-head self-attention, a pair of integers."""
    # BEGIN SOLUTION
    width = n_heads * d_head
    params = 3 * width * (d + 1) + d * (width + 1)
    mults = 4 * n_tokens * d * width + 2 * n_tokens**2 * width
    return params, mults
    # END SOLUTION


head_facts = {}
head_facts["more_heads_more_parameters"] = False  # SOLUTION
head_facts["split_saves_parameters"] = False  # SOLUTION
head_facts["full_heads_cost_more"] = True  # SOLUTION
head_facts["split_limits_rank"] = True  # SOLUTION
head_facts["softmax_keeps_rank"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: One token, D = 1 and one head of length 1 take 8 parameters and 6 multiplications;
  head_facts holds five booleans.
"""  # END TEST CONFIG


def test_smallest_layer(mha_cost, head_facts):
    got = mha_cost(1, 1, 1, 1)
    assert got is not None, "mha_cost(1, 1, 1, 1) returned None: expected the pair (params, mults)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "mha_cost should return the pair (params, mults)"
    assert got[0] == 8, f"params: expected 8, got {got[0]}"
    assert got[1] == 6, f"mults: expected 6, got {got[1]}"
    assert isinstance(head_facts, dict), "head_facts should be a dictionary"
    keys = ["more_heads_more_parameters", "split_saves_parameters", "full_heads_cost_more"]
    for key in keys + ["split_limits_rank", "softmax_keeps_rank"]:
        assert type(head_facts.get(key)) is bool, f"head_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: Parameters or multiplications are miscounted. Do not forget the output map, and that each
  score and each weighted sum is made of products.
"""  # END TEST CONFIG


def test_counted_product_by_product(mha_cost):
    import torch

    for d, heads in ((4, 1), (4, 2), (4, 4), (12, 3), (64, 8), (512, 8)):
        layer = torch.nn.MultiheadAttention(d, heads, device="meta")
        assert mha_cost(7, d, heads, d // heads)[0] == sum(p.numel() for p in layer.parameters())
    for n, d, heads, size in ((1, 1, 1, 1), (3, 4, 2, 2), (5, 4, 2, 4), (2, 3, 5, 1), (7, 2, 3, 6), (10, 512, 8, 64)):
        x, made = (n, d), []

        def product(a, b):
            assert a[1] == b[0]
            made.append(a[0] * a[1] * b[1])
            return a[0], b[1]

        maps = []
        for _ in range(heads):
            maps += [torch.nn.Linear(d, size, device="meta") for _ in range(3)]
            q, k, v = (product(x, (d, size)) for _ in range(3))
            product(product(q, k[::-1]), v)
        maps.append(torch.nn.Linear(heads * size, d, device="meta"))
        product((n, heads * size), (heads * size, d))
        params, mults = mha_cost(n, d, heads, size)
        assert params == sum(p.numel() for layer in maps for p in layer.parameters())
        assert mults == sum(made)


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: At least one of the five statements about heads is decided wrongly.
"""  # END TEST CONFIG


def test_head_facts(head_facts):
    import torch

    torch.manual_seed(1416)

    def cost(n, d, heads, size):
        params = sum(3 * (size * d + size) for _ in range(heads)) + d * heads * size + d
        mults = sum(3 * n * d * size + 2 * n * n * size for _ in range(heads)) + n * heads * size * d
        return params, mults

    split = {h: cost(10, 24, h, 24 // h) for h in (1, 2, 3, 4, 6, 12, 24)}
    full = {h: cost(10, 24, h, 24) for h in split}
    q, k = (torch.nn.Linear(24, 4).double()(torch.randn(10, 24).double()) for _ in range(2))
    fit = q @ k.T
    measured = {
        "more_heads_more_parameters": len({params for params, _ in split.values()}) > 1,
        "split_saves_parameters": split[6][0] < split[1][0],
        "full_heads_cost_more": all(full[h][1] == h * split[h][1] for h in split),
        "split_limits_rank": torch.linalg.matrix_rank(fit).item() <= 4,
        "softmax_keeps_rank": torch.linalg.matrix_rank(torch.softmax(fit, dim=1)).item() <= 4,
    }
    for key, holds in measured.items():
        assert head_facts[key] is holds, f"head_facts[{key!r}] is not what counting or an experiment shows"


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-12.7"
# # BEGIN QUESTION
# name: q9_decoding_cache
# points: 5

# %% [markdown]
# ## 9. One more token
#
# A causally masked self-attention layer (token $n$ attends to the tokens $m \le n$) has been evaluated for
# $N$ tokens, and their keys and values have been kept. Now one more token comes.
#
# - `append_token(x_new, keys, values, theta)`: `x_new` has shape `(D,)`, `keys` `(N, Dq)`, `values` `(N, Dv)`,
#   with $N \ge 0$; `theta` holds `"wq"`, `"bq"`, `"wk"`, `"bk"`, `"wv"`, `"bv"` as in the recap. Return
#   `(out, keys, values)`: the output of the new token, shape `(Dv,)`, and keys and values of all $N + 1$ tokens.
#   Scores are divided by $\sqrt{D_q}$. Do not change the arguments.
# - `decode(x, theta)`: feed the rows of `x`, shape `(N, D)` with $N \ge 1$, one at a time, from empty caches;
#   return the outputs, shape `(N, Dv)`.
# - `step_mults(n, d)`: multiplications for the new token if `n` tokens are in the cache and $D_q = D_v = D$:
#   its query, key and value, the scores that it needs, and the weighted sum. For `n = 0`, `d = 1`:
#   $3 + 1 + 1 = 5$.
# - `total_mults(n, d, cached)`: multiplications to take in `n` tokens one after the other, starting from
#   nothing. With `cached` true each costs one step. With `cached` false there is no cache: after each token all
#   tokens so far are evaluated again, each with the scores that the mask allows. For two tokens and `d = 1`:
#   $5 + 7 = 12$ with a cache, $5 + (5 + 7) = 17$ without.
#
# Then decide the statements in `cache_facts`, with `True` or `False`.
#
# - `"old_outputs_change"`: the new token changes the outputs of the earlier tokens.
# - `"old_outputs_change_without_mask"`: it would do so without the causal mask.
# - `"queries_are_kept"`: the next step needs the queries of earlier tokens.
# - `"step_is_linear"`: for fixed $D$, the multiplications of a step grow linearly with the number of tokens in
#   the cache.
# - `"second_layer_starts_again"`: in a stack of two causal layers, the second one must make the keys and values
#   of earlier tokens again whenever a token comes.


# %% [raw]
# # BEGIN SOLUTION
# %%
def append_token(x_new, keys, values, theta):
    """Output of one more token, and the longer caches: (Dv,), (N + 1, Dq), (N + 1, Dv).

    x_new: (D,); keys: (N, Dq); values: (N, Dv); theta: the six parameters of a self-attention layer.
    """
    # BEGIN SOLUTION
    q, k, v = (theta["w" + letter] @ x_new + theta["b" + letter] for letter in "qkv")
    keys, values = torch.cat([keys, k[None]]), torch.cat([values, v[None]])
    weights = torch.softmax(keys @ q / math.sqrt(len(q)), dim=0)
    return weights @ values, keys, values
    # END SOLUTION


def decode(x, theta):
    """Outputs (N, Dv) of causal self-attention, one token at a time."""
    # BEGIN SOLUTION
    keys, values = x.new_zeros(0, len(theta["bk"])), x.new_zeros(0, len(theta["bv"]))
    outputs = []
    for x_new in x:
        out, keys, values = append_token(x_new, keys, values, theta)
        outputs.append(out)
    return torch.stack(outputs)
    # END SOLUTION


def step_mults(n, d):
    """Multiplications for one more token after n tokens in the cache, with Dq = Dv = d."""
    # BEGIN SOLUTION
    return 3 * d**2 + 2 * (n + 1) * d
    # END SOLUTION


def total_mults(n, d, cached):
    """Multiplications to take in n tokens one by one, with or without a cache."""
    # BEGIN SOLUTION
    return sum(step_mults(j, d) * (1 if cached else n - j) for j in range(n))
    # END SOLUTION


cache_facts = {}
cache_facts["old_outputs_change"] = False  # SOLUTION
cache_facts["old_outputs_change_without_mask"] = True  # SOLUTION
cache_facts["queries_are_kept"] = False  # SOLUTION
cache_facts["step_is_linear"] = True  # SOLUTION
cache_facts["second_layer_starts_again"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: A first token attends to itself, so its output is its value. A first step takes 5
  multiplications for d = 1; cache_facts holds five booleans.
"""  # END TEST CONFIG


def test_first_token(append_token, decode, step_mults, total_mults, cache_facts):
    import torch

    one, two = torch.ones(1, 1), torch.ones(1)
    theta = {"wq": one, "bq": two, "wk": one, "bk": two, "wv": 2 * one, "bv": two}
    got = append_token(torch.tensor([3.0]), torch.zeros(0, 1), torch.zeros(0, 1), theta)
    assert got is not None, "append_token(...) returned None: expected (out, keys, values)"
    assert isinstance(got, (tuple, list)) and len(got) == 3, "append_token should return (out, keys, values)"
    for name, tensor, shape, number in zip(("out", "keys", "values"), got, ((1,), (1, 1), (1, 1)), (7, 4, 7)):
        assert tensor.shape == shape, f"{name}: expected shape {shape}, got {tuple(tensor.shape)}"
        assert abs(tensor.item() - number) < 1e-5, f"{name}: expected {number}, got {tensor.item()}"
    out = decode(torch.tensor([[3.0]]), theta)
    assert out is not None, "decode(...) returned None: expected a tensor"
    assert out.shape == (1, 1) and abs(out.item() - 7) < 1e-5, f"decode: expected [[7]], got {out.tolist()}"
    for name, value, expected in (
        ("step_mults(0, 1)", step_mults(0, 1), 5),
        ("total_mults(2, 1, True)", total_mults(2, 1, True), 12),
        ("total_mults(2, 1, False)", total_mults(2, 1, False), 17),
    ):
        assert value == expected, f"{name}: expected {expected}, got {value}"
    assert isinstance(cache_facts, dict), "cache_facts should be a dictionary"
    keys = ["old_outputs_change", "old_outputs_change_without_mask", "queries_are_kept"]
    for key in keys + ["step_is_linear", "second_layer_starts_again"]:
        assert type(cache_facts.get(key)) is bool, f"cache_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: Fed one at a time, the tokens do not get the outputs of full causal attention. Does a token
  attend to itself?
"""  # END TEST CONFIG


def test_like_full_causal_attention(append_token, decode):
    import torch

    rng = torch.Generator().manual_seed(1417)
    for n, d, d_q, d_v, dtype in (
        (20, 6, 4, 3, torch.float64),
        (1, 2, 3, 1, torch.float32),
        (5, 1, 1, 7, torch.float64),
    ):
        shapes = {"wq": (d_q, d), "bq": (d_q,), "wk": (d_q, d), "bk": (d_q,), "wv": (d_v, d), "bv": (d_v,)}
        theta = {name: torch.randn(shape, generator=rng, dtype=dtype) for name, shape in shapes.items()}
        x = torch.randn(n, d, generator=rng, dtype=dtype)
        q, k, v = (torch.nn.functional.linear(x, theta["w" + c], theta["b" + c]) for c in "qkv")
        full = torch.nn.functional.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True)[0]
        # some 30 times the rounding errors seen
        bound = 1e-12 if dtype == torch.float64 else 2e-5
        out = decode(x, theta)
        assert out.shape == (n, d_v) and out.dtype == dtype and (out - full).abs().max() < bound
        out, keys, values = append_token(x[-1], k[:-1], v[:-1], theta)
        assert keys.shape == k.shape and (keys - k).abs().max() < bound
        assert values.shape == v.shape and (values - v).abs().max() < bound
        assert out.shape == (d_v,) and (out - full[-1]).abs().max() < bound


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The caches that were passed in are changed, or made again from something else than the
  caches.
"""  # END TEST CONFIG


def test_caches_are_used_and_left_alone(append_token):
    import torch

    rng = torch.Generator().manual_seed(1418)
    theta = {"w" + c: torch.randn(3, 3, generator=rng) for c in "qkv"} | {"b" + c: torch.zeros(3) for c in "qkv"}

    def step(append, x_new, keys, values, theta):
        before = keys.clone(), values.clone(), x_new.clone()
        out = append(x_new, keys, values, theta)
        same = all(bool((a == b).all()) for a, b in zip(before, (keys, values, x_new)))
        return same, [tuple(t.shape) for t in out]

    x_new, keys, values = (torch.randn(*s, generator=rng) for s in ((3,), (4, 3), (4, 3)))
    same, shapes = inside(step)(append_token, x_new, keys, values, theta)
    assert same and shapes == [(3,), (5, 3), (5, 3)]
    out, longer, _ = append_token(x_new, keys, values, theta)
    assert torch.equal(longer[:4], keys)
    weights = torch.softmax(longer @ (theta["wq"] @ x_new) / 3**0.5, dim=0)
    assert torch.allclose(out, weights @ torch.cat([values, (theta["wv"] @ x_new)[None]]), atol=1e-5)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The multiplications are miscounted. Count the products of each token, and then the tokens.
"""  # END TEST CONFIG


def test_multiplications_counted(step_mults, total_mults):
    def token(position, d):
        products = 0
        for _ in ("query", "key", "value"):
            products += sum(1 for _ in range(d) for _ in range(d))
        for _ in range(position + 1):
            products += d + d  # a score, and one term of the weighted sum
        return products

    for n, d in ((0, 1), (1, 1), (3, 2), (9, 5), (40, 7)):
        assert step_mults(n, d) == token(n, d)
        assert total_mults(n, d, True) == sum(token(i, d) for i in range(n))
        assert total_mults(n, d, False) == sum(token(j, d) for i in range(n) for j in range(i + 1))
    assert step_mults(10**6, 10**4) == 203 * 10**8 + 2 * 10**4


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements is decided wrongly. Evaluate the layer for N and for N
  + 1 tokens, and compare.
"""  # END TEST CONFIG


def test_cache_facts(cache_facts):
    import torch

    torch.manual_seed(1419)
    n, d = 6, 3
    x = torch.randn(n + 1, d).double()
    layers = [[torch.randn(d, d).double() for _ in range(3)] for _ in range(2)]

    def layer(x, weights, causal=True, dull_queries=False):
        q, k, v = (x @ w for w in weights)
        if dull_queries:
            q = torch.cat([torch.zeros_like(q[:-1]), q[-1:]])
        fit = q @ k.T
        if causal:
            fit = fit.masked_fill(torch.ones(len(x), len(x)).triu(1).bool(), float("-inf"))
        return torch.softmax(fit, dim=1) @ v

    def differ(a, b):
        return bool((a - b).abs().max() > 1e-9)

    first, longer = layer(x[:-1], layers[0]), layer(x, layers[0])
    cost = [3 * d * d + 2 * (m + 1) * d for m in (10, 20, 30)]
    measured = {
        "old_outputs_change": differ(first, longer[:-1]),
        "old_outputs_change_without_mask": differ(layer(x[:-1], layers[0], False), layer(x, layers[0], False)[:-1]),
        "queries_are_kept": differ(longer[-1], layer(x, layers[0], dull_queries=True)[-1]),
        "step_is_linear": cost[2] - cost[1] == cost[1] - cost[0],
        "second_layer_starts_again": differ(first @ layers[1][1], longer[:-1] @ layers[1][1]),
    }
    for key, holds in measured.items():
        assert cache_facts[key] is holds, f"cache_facts[{key!r}] is not what an experiment shows"


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-12.10"
# # BEGIN QUESTION
# name: q10_linear_attention
# points: 5

# %% [markdown]
# ## 10. Attention without the square
#
# Replace $e^{q_n \cdot k_m}$ by $g(k_m) \cdot g(q_n)$, with a function $g$ that maps a vector to $F$
# **features**. The weights become
#
# $$a_{nm} = \frac{g(k_m) \cdot g(q_n)}{\sum_{m'} g(k_{m'}) \cdot g(q_n)}, \qquad f_n = \sum_m a_{nm} v_m .$$
#
# Now the sums can be taken in another order. Write two functions that never form an array with a row for each
# query and a column for each key. The features are already computed: `q_features` has shape `(N, F)`,
# `k_features` `(M, F)`, `v` `(M, Dv)`.
#
# - `linear_attention(q_features, k_features, v)`: the outputs $f_n$, shape `(N, Dv)`, in the dtype of `v`.
# - `causal_linear_attention(q_features, k_features, v)`: the same with $M = N$ and sums over $m \le n$ only.
#   An array of shape `(N, F, Dv)` is allowed.
# - `linear_cost(n, f, d_v)`: the pair `(explicit, reordered)` of multiplications for $N$ queries and $N$
#   keys. `explicit`: all $N^2$ numerators, and then all weighted sums. `reordered`: as in `linear_attention`,
#   that is all sums that queries share, and then what each query needs, for numerator and denominator. Sums,
#   divisions and $g$ are not counted. For `n = f = d_v = 1` the pair is `(2, 3)`.
#
# Example with $F = 1$: for the query features $1$, the key features $1$ and $3$ and the values $2$ and $6$, the
# weights are $1/4$ and $3/4$, the output is $5$.
#
# Then decide the statements in `linear_facts`, with `True` or `False`.
#
# - `"shared_denominator_is_enough"`: if only $\sum_{m'} g(k_{m'})$ is computed once for all queries, and the
#   numerators $g(k_m) \cdot g(q_n)$ one by one, the multiplications of the layer grow linearly with $N$.
# - `"reordered_is_linear"`: in the re-ordered computation they do.
# - `"reordered_is_always_cheaper"`: it takes fewer multiplications than the explicit one for all $N$, $F$,
#   $D_v$.
# - `"weights_sum_to_one"`: the weights of a query sum to one for all features for which the denominator is not
#   zero, also negative ones.
# - `"weights_are_never_negative"`: for those features, no weight is negative.
#
# The cell below the question measures the time that your function takes.


# %% [raw]
# # BEGIN SOLUTION
# %%
def linear_attention(q_features, k_features, v):
    """Outputs (N, Dv) of attention with weights proportional to dot products of features.

    q_features: (N, F); k_features: (M, F); v: (M, Dv).
    """
    # BEGIN SOLUTION
    return q_features @ (k_features.T @ v) / (q_features @ k_features.sum(dim=0))[:, None]
    # END SOLUTION


def causal_linear_attention(q_features, k_features, v):
    """The same with M = N, and only the keys m <= n for query n."""
    # BEGIN SOLUTION
    sums = torch.cumsum(k_features[:, :, None] * v[:, None], dim=0)
    totals = (q_features * k_features.cumsum(dim=0)).sum(dim=1, keepdim=True)
    return torch.einsum("nf,nfe->ne", q_features, sums) / totals
    # END SOLUTION


def linear_cost(n, f, d_v):
    """Multiplications (explicit, reordered) for n queries and n keys."""
    # BEGIN SOLUTION
    return n * n * (f + d_v), 2 * n * f * d_v + n * f
    # END SOLUTION


linear_facts = {}
linear_facts["shared_denominator_is_enough"] = False  # SOLUTION
linear_facts["reordered_is_linear"] = True  # SOLUTION
linear_facts["reordered_is_always_cheaper"] = False  # SOLUTION
linear_facts["weights_sum_to_one"] = True  # SOLUTION
linear_facts["weights_are_never_negative"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: In the example the output is 5; a causal layer gives the first token its own value;
  linear_cost(1, 1, 1) is (2, 3); linear_facts holds five booleans.
"""  # END TEST CONFIG


def test_two_keys(linear_attention, causal_linear_attention, linear_cost, linear_facts):
    import torch

    keys, values = torch.tensor([[1.0], [3.0]]), torch.tensor([[2.0], [6.0]])
    got = linear_attention(torch.ones(1, 1), keys, values)
    assert got is not None, "linear_attention(...) returned None: expected a tensor"
    assert got.shape == (1, 1), f"linear_attention: expected shape (1, 1), got {tuple(got.shape)}"
    assert abs(got.item() - 5) < 1e-5, f"linear_attention: expected 5, got {got.item()}"
    causal = causal_linear_attention(torch.ones(2, 1), keys, values)
    assert causal is not None, "causal_linear_attention(...) returned None: expected a tensor"
    assert causal.shape == (2, 1), f"causal_linear_attention: expected shape (2, 1), got {tuple(causal.shape)}"
    expected = torch.tensor([[2.0], [5.0]])
    assert torch.allclose(causal, expected), f"causal_linear_attention: expected [[2], [5]], got {causal.tolist()}"
    cost = linear_cost(1, 1, 1)
    assert cost is not None and tuple(cost) == (2, 3), f"linear_cost(1, 1, 1): expected (2, 3), got {cost}"
    assert isinstance(linear_facts, dict), "linear_facts should be a dictionary"
    keys = ["shared_denominator_is_enough", "reordered_is_linear", "reordered_is_always_cheaper"]
    for key in keys + ["weights_sum_to_one", "weights_are_never_negative"]:
        assert type(linear_facts.get(key)) is bool, f"linear_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The outputs are not those of the explicit weights. Over what is normalised, and which keys
  does a causal query see?
"""  # END TEST CONFIG


def test_like_explicit_weights(linear_attention, causal_linear_attention):
    import torch

    rng = torch.Generator().manual_seed(1420)
    mix = torch.randn(3, 8, generator=rng).double()
    maps = [torch.exp, lambda t: torch.nn.functional.elu(t) + 1, lambda t: torch.relu(t @ mix) + 0.1]
    for g in maps:
        for n, m, d_v in ((1, 1, 1), (4, 6, 2), (7, 3, 5), (5, 5, 3)):
            q, k, v = (torch.randn(*s, generator=rng).double() for s in ((n, 3), (m, 3), (m, d_v)))
            a = torch.tensor([[float(g(key) @ g(query)) for key in k] for query in q], dtype=torch.float64)
            got = linear_attention(g(q), g(k), v)
            # the weights are positive, so nothing cancels: float64 errors of about 1e-15
            assert got.shape == (n, d_v) and (got - a / a.sum(dim=1, keepdim=True) @ v).abs().max() < 1e-12
            constant = linear_attention(g(q), g(k), torch.full((m, 2), 3.0).double())
            assert (constant - 3).abs().max() < 1e-10
            if n == m:
                seen = a.tril()
                got = causal_linear_attention(g(q), g(k), v)
                assert got.shape == (n, d_v) and (got - seen / seen.sum(dim=1, keepdim=True) @ v).abs().max() < 1e-12
    single = torch.rand(6, 2, generator=rng)
    assert linear_attention(single, single, single).dtype == torch.float32
    assert causal_linear_attention(single, single, single).dtype == torch.float32


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: With 200,000 tokens memory runs out, or the result is wrong. Which products do all queries
  share?
"""  # END TEST CONFIG


def test_many_tokens(linear_attention, causal_linear_attention):
    import numpy as np
    import torch

    rng = np.random.default_rng(1421)
    n = 200_000
    # explicit weights would take 320 GB
    q, k, v = rng.uniform(0.5, 1.5, size=(n, 4)), rng.uniform(0.5, 1.5, size=(n, 4)), rng.normal(size=(n, 2)) + 1
    arguments = [torch.from_numpy(t) for t in (q, k, v)]
    got, causal = linear_attention(*arguments).numpy(), causal_linear_attention(*arguments).numpy()
    for row in (0, 1, 777, n - 1):
        a = k @ q[row]
        # sums of 200,000 positive terms in another order: relative errors of about 1e-13
        assert np.abs(got[row] - a @ v / a.sum()).max() < 1e-9
        a, seen = a[: row + 1], v[: row + 1]
        assert np.abs(causal[row] - a @ seen / a.sum()).max() < 1e-9


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The multiplications of one of the two ways are miscounted.
"""  # END TEST CONFIG


def test_multiplications_of_both_ways(linear_cost):
    for n, f, d_v in ((1, 1, 1), (2, 3, 5), (5, 2, 3), (7, 5, 1), (4, 8, 8)):
        explicit = sum(f + d_v for _ in range(n) for _ in range(n))
        shared = sum(f * d_v for _ in range(n))  # one outer product for each key
        each = sum(f * d_v + f for _ in range(n))  # numerator and denominator of each query
        assert tuple(linear_cost(n, f, d_v)) == (explicit, shared + each)
    assert tuple(linear_cost(10**9, 10, 20)) == (3 * 10**19, 41 * 10**10)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about linear attention is decided wrongly.
"""  # END TEST CONFIG


def test_linear_facts(linear_facts):
    import numpy as np

    rng = np.random.default_rng(1422)
    half = {n: n * 4 + n * n * 4 + n * n * 4 for n in (100, 200)}
    quick = {n: n * 4 * 4 + n * 4 * 4 + n * 4 for n in (100, 200)}
    cheaper = [n * f * (2 * e + 1) < n * n * (f + e) for n in (1, 10, 100) for f in (1, 8, 64) for e in (1, 8, 64)]
    sums, least = [], 0.0
    for _ in range(100):
        q, k = rng.normal(size=3), rng.normal(size=(5, 3))
        a = k @ q / (k.sum(axis=0) @ q)
        sums.append(a.sum())
        least = min(least, a.min())
    measured = {
        "shared_denominator_is_enough": half[200] == 2 * half[100],
        "reordered_is_linear": quick[200] == 2 * quick[100],
        "reordered_is_always_cheaper": all(cheaper),
        "weights_sum_to_one": bool(np.abs(np.array(sums) - 1).max() < 1e-6),
        "weights_are_never_negative": bool(least >= 0),
    }
    for key, holds in measured.items():
        assert linear_facts[key] is holds, f"linear_facts[{key!r}] is not what counting or an experiment shows"


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_times():
    from time import perf_counter

    def full(q, k, v):
        return F.normalize(q @ k.T, p=1, dim=1) @ v

    one = torch.ones(1, 1)
    assert linear_attention(one, one, one) is not None, "linear_attention returned None"
    sizes = [250, 500, 1000, 2000]
    figure, axis = plt.subplots(figsize=(7, 2.8))
    for label, method in (("explicit weights", full), ("yours", linear_attention)):
        times_ms = []
        for n in sizes:
            q, k, v = torch.rand(3, n, 32, generator=torch.Generator().manual_seed(0))
            runs = []
            for _ in range(3):
                start = perf_counter()
                method(q, k, v)
                runs.append(1000 * (perf_counter() - start))
            times_ms.append(min(runs))
        axis.loglog(sizes, times_ms, marker="o", label=label)
    axis.set(xlabel="tokens", ylabel="time (ms)")
    axis.legend()
    figure.tight_layout()


show(draw_times)

# %% [raw] sources="udl-12.8"
# # BEGIN QUESTION
# name: q11_patch_masks
# points: 6

# %% [markdown]
# ## 11. Sparse attention for images
#
# An image is cut into a grid of $g \times g$ patches, one token each. Patch $i$ lies in row `i // g`, column
# `i % g`; so there are $N = g^2$ tokens. Full attention has $N^2 = g^4$ scores. Long texts get along with
# fewer: each token looks at a window around it, or at every $s$-th token, or at a few tokens that see
# everything. Bring these ideas to images. All masks are square boolean tensors, true where a query (row) may
# attend to a key (column).
#
# - `window_mask(g, w, shift=0)`, shape `(g * g, g * g)`: the grid is cut into windows, and a patch attends to
#   its own window. Two patches share a window if both `(row + shift) // w` and `(column + shift) // w` agree.
#   Nothing wraps around: windows at the border may be smaller.
# - `neighbour_mask(g, r)`, same shape: a patch attends to all patches at most $r$ rows and at most $r$ columns
#   away, itself included.
# - `stride_mask(g, s)`, same shape: a patch attends to all patches whose distances in rows and in columns are
#   multiples of $s$ (0 is one).
# - `global_mask(base, n_global)`: put `n_global` more tokens in front of those of `base`, shape `(N, N)`; they
#   see all tokens and are seen by all. Shape `(n_global + N, n_global + N)`.
# - `layers_to_cover(masks)`: attention layers are stacked; the first uses `masks[0]`, the next `masks[1]`,
#   and so on, and after the last mask comes the first again. The masks all have the same shape, are true on the
#   diagonal, and need not be symmetric. Return the smallest number of layers after which the output of every
#   token can depend on every input token, or `None` if no number is enough. It is 0 for a single token.
#
# Example: on a $2 \times 2$ grid, windows of size 1 allow 4 scores, and windows of size 1 alone never cover;
# with one global token there are $4 + 4 + 4 + 1 = 13$ scores, and two layers cover.
#
# Then decide the statements in `patch_facts`, with `True` or `False`.
#
# - `"windows_alone_cover"`: for $g = 8$, $w = 4$ without shift, enough layers let every patch depend on every
#   other.
# - `"shifts_cover_sooner"`: for $g = 8$, windows with $w = 4$ that alternate between shift 0 and shift 2
#   cover in fewer layers than neighbours with $r = 1$.
# - `"stride_is_linear"`: for fixed $s$, the number of scores of `stride_mask` grows linearly with $N$.
# - `"neighbours_are_linear"`: for fixed $r$, the number of scores of `neighbour_mask` is at most a constant
#   times $N$.
# - `"one_global_token"`: neighbours with $r = 1$ and one global token cover in at most two layers, for every
#   $g$.
#
# The cell below the question draws what the middle patch sees.


# %% [raw]
# # BEGIN SOLUTION
# %%
def window_mask(g, w, shift=0):
    """(g * g, g * g) mask: attention within windows of w x w patches."""
    # BEGIN SOLUTION
    row, column = (torch.arange(g * g) // g + shift) // w, (torch.arange(g * g) % g + shift) // w
    return (row[:, None] == row) & (column[:, None] == column)
    # END SOLUTION


def neighbour_mask(g, r):
    """(g * g, g * g) mask: attention to patches at most r rows and r columns away."""
    # BEGIN SOLUTION
    row, column = torch.arange(g * g) // g, torch.arange(g * g) % g
    return torch.maximum((row[:, None] - row).abs(), (column[:, None] - column).abs()) <= r
    # END SOLUTION


def stride_mask(g, s):
    """(g * g, g * g) mask: attention to patches whose distances are multiples of s."""
    # BEGIN SOLUTION
    row, column = torch.arange(g * g) // g % s, torch.arange(g * g) % g % s
    return (row[:, None] == row) & (column[:, None] == column)
    # END SOLUTION


def global_mask(base, n_global):
    """The mask with n_global tokens in front that see all tokens and are seen by all."""
    # BEGIN SOLUTION
    n = n_global + len(base)
    allowed = torch.ones(n, n, dtype=torch.bool)
    allowed[n_global:, n_global:] = base
    return allowed
    # END SOLUTION


def layers_to_cover(masks):
    """Layers after which every output depends on every input, masks used in turn; None if never."""
    # BEGIN SOLUTION
    reach, layers, idle = torch.eye(len(masks[0])), 0, 0
    while not reach.all():
        wider = (masks[layers % len(masks)].float() @ reach > 0).float()
        # A whole round of masks that adds nothing: no later round will.
        idle = idle + 1 if wider.equal(reach) else 0
        if idle == len(masks):
            return None
        reach, layers = wider, layers + 1
    return layers
    # END SOLUTION


patch_facts = {}
patch_facts["windows_alone_cover"] = False  # SOLUTION
patch_facts["shifts_cover_sooner"] = True  # SOLUTION
patch_facts["stride_is_linear"] = False  # SOLUTION
patch_facts["neighbours_are_linear"] = True  # SOLUTION
patch_facts["one_global_token"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: On a 2 x 2 grid windows of size 1 allow 4 scores; with one global token there are 13
  scores, and two layers cover; patch_facts holds five booleans.
"""  # END TEST CONFIG


def test_two_by_two(window_mask, neighbour_mask, stride_mask, global_mask, layers_to_cover, patch_facts):
    import torch

    eye = torch.eye(4, dtype=torch.bool)
    cases = (
        ("window_mask(2, 1)", window_mask(2, 1), 4, 4),
        ("neighbour_mask(2, 1)", neighbour_mask(2, 1), 4, 16),
        ("stride_mask(2, 2)", stride_mask(2, 2), 4, 4),
        ("global_mask(base, 1)", global_mask(eye, 1), 5, 13),
    )
    for name, got, size, count in cases:
        assert isinstance(got, torch.Tensor), f"{name} should be a tensor"
        assert got.dtype == torch.bool, f"{name}: expected dtype bool, got {got.dtype}"
        assert got.shape == (size, size), f"{name}: expected shape ({size}, {size}), got {tuple(got.shape)}"
        assert got.sum() == count, f"{name}: expected {count} true entries, got {got.sum().item()}"
    seen = torch.tensor([[True, True, True], [True, True, False], [True, False, True]])
    assert layers_to_cover([seen]) == 2, f"two tokens and a global one: expected 2, got {layers_to_cover([seen])}"
    assert layers_to_cover([eye]) is None, "tokens that see only themselves never cover: expected None"
    assert isinstance(patch_facts, dict), "patch_facts should be a dictionary"
    keys = ["windows_alone_cover", "shifts_cover_sooner", "stride_is_linear"]
    for key in keys + ["neighbours_are_linear", "one_global_token"]:
        assert type(patch_facts.get(key)) is bool, f"patch_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Some mask allows other pairs than it should. Distances are those in the image, not those in
  the list of patches.
"""  # END TEST CONFIG


def test_masks_pair_by_pair(window_mask, neighbour_mask, stride_mask):
    def pairs(g, rule):
        places = [(row, column) for row in range(g) for column in range(g)]
        return [[all(rule(x, y) for x, y in zip(a, b)) for b in places] for a in places]

    for g in (1, 2, 3, 5, 6):
        for w in (1, 2, 3, 4, 7):
            assert window_mask(g, w).tolist() == pairs(g, lambda x, y: x // w == y // w)
            for shift in (1, 2, 3):
                assert window_mask(g, w, shift).tolist() == pairs(g, lambda x, y: (x + shift) // w == (y + shift) // w)
            assert stride_mask(g, w).tolist() == pairs(g, lambda x, y: (x - y) % w == 0)
        for r in (0, 1, 2, 5):
            assert neighbour_mask(g, r).tolist() == pairs(g, lambda x, y: -r <= x - y <= r)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Global tokens see everything and are seen by everything; the other pairs stay as they were.
"""  # END TEST CONFIG


def test_global_tokens(global_mask):
    import torch

    rng = torch.Generator().manual_seed(1423)
    for n in (1, 3, 6):
        for n_global in (0, 1, 2, 5):
            base = torch.rand(n, n, generator=rng) < 0.5
            expected = [
                [min(i, j) < n_global or bool(base[i - n_global, j - n_global]) for j in range(n_global + n)]
                for i in range(n_global + n)
            ]
            assert global_mask(base, n_global).tolist() == expected


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The number of layers is wrong for some masks. Follow one input token through the layers, in
  their order, and notice when nothing can change any more.
"""  # END TEST CONFIG


def test_layers_followed(layers_to_cover):
    import random

    import torch

    def follow(masks):
        n, limit = len(masks[0]), len(masks) * len(masks[0]) + 1
        worst = 0
        for start in range(n):
            touched, layers = {start}, 0
            while len(touched) < n:
                if layers > limit:
                    return None
                mask = masks[layers % len(masks)]
                touched = {i for i in range(n) if any(mask[i][j] for j in touched)}
                layers += 1
            worst = max(worst, layers)
        return worst

    draw, seen = random.Random(1424), set()
    for n, count, density in [(1, 1, 0), (2, 1, 1), (9, 2, 0.3)] + [
        (6, c, p) for c in (1, 2, 3) for p in (0.2, 0.3, 0.5)
    ] * 5:
        masks = [[[i == j or draw.random() < density for j in range(n)] for i in range(n)] for _ in range(count)]
        expected = follow(masks)
        seen.add(expected)
        assert layers_to_cover([torch.tensor(mask) for mask in masks]) == expected
    assert {None, 0, 1} <= seen and len(seen) >= 6
    line = [[abs(i - j) <= 1 for j in range(30)] for i in range(30)]
    still = [[i == j for j in range(30)] for i in range(30)]
    assert layers_to_cover([torch.tensor(still), torch.tensor(line), torch.tensor(still)]) == follow(
        [still, line, still]
    )


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about patches is decided wrongly. Count, and follow the
  layers.
"""  # END TEST CONFIG


def test_patch_facts(patch_facts):
    import numpy as np

    def near(g, rule):
        place = np.arange(g)
        one = rule(place[:, None], place[None])
        return np.kron(one, one).astype(bool)

    def depth(masks):
        reach, layers = np.eye(len(masks[0])), 0
        while not reach.all() and layers < 40:
            reach, layers = masks[layers % len(masks)] @ reach > 0, layers + 1
        return layers if reach.all() else None

    def window(shift):
        return near(8, lambda x, y: (x + shift) // 4 == (y + shift) // 4)

    def beside(g):
        return near(g, lambda x, y: abs(x - y) <= 1)

    strided = {g: near(g, lambda x, y: (x - y) % 2 == 0).sum() / g**2 for g in (4, 8, 16)}
    per_patch = [beside(g).sum() / g**2 for g in (4, 8, 16, 24)]
    starred = []
    for g in (2, 4, 9, 15):
        mask = np.ones((g * g + 1, g * g + 1), dtype=bool)
        mask[1:, 1:] = beside(g)
        starred.append(depth([mask]))
    measured = {
        "windows_alone_cover": depth([window(0)]) is not None,
        "shifts_cover_sooner": depth([window(0), window(2)]) < depth([beside(8)]),
        "stride_is_linear": bool(strided[16] < 1.5 * strided[4]),
        "neighbours_are_linear": bool(max(per_patch) <= 9),
        "one_global_token": max(starred) <= 2,
    }
    for key, holds in measured.items():
        assert patch_facts[key] is holds, f"patch_facts[{key!r}] is not what counting shows"


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_masks():
    masks = {
        "window, w = 4": window_mask(8, 4),
        "window, w = 4, shift 2": window_mask(8, 4, 2),
        "neighbours, r = 1": neighbour_mask(8, 1),
        "stride 3": stride_mask(8, 3),
    }
    figure, axes = plt.subplots(1, 4, figsize=(12, 3))
    for axis, (title, mask) in zip(axes, masks.items()):
        axis.imshow(mask[27].reshape(8, 8), cmap="Blues", vmin=0, vmax=1.5)
        axis.plot(3, 3, "r.")
        axis.set(title=f"{title}: {mask.sum().item()} scores", xticks=[], yticks=[])
        axis.title.set_fontsize(9)
    figure.tight_layout()


show(draw_masks)

# %% [raw] sources="udl-12.9"
# # BEGIN QUESTION
# name: q12_patches_or_channels
# points: 4

# %% [markdown]
# ## 12. Attention between channels
#
# One vision transformer (DaViT) alternates two kinds of attention. The first is the usual one, between the
# $N$ patches: each patch is a vector of its $D$ channels. The second is between the $D$ channels: each
# channel is a vector of its $N$ values, one per patch.
#
# - `channel_attention(x, wq, wk, wv)`: `x` has shape `(N, D)`, the three matrices `(D, D)`. Form
#   $Q = X W_q^\top$, $K = X W_k^\top$, $V = X W_v^\top$, all of shape `(N, D)`. Channel $i$ has column $i$ of
#   $Q$ as its query, and columns $j$ of $K$ and $V$ are key and value of channel $j$. Scores are divided by
#   $\sqrt N$, the softmax runs over the channels $j$, and the new channel $i$ is the weighted mean of the
#   values. Return shape `(N, D)`.
# - `davit_cost(n_side, d)`: for `n_side` × `n_side` patches of `d` channels, a dictionary with the
#   multiplications `"patch_scores"` and `"channel_scores"` (all scores), `"patch_total"` and
#   `"channel_total"` (scores and weighted sums) as integers, and `"ratio"`, channel total over patch total,
#   as a float. The maps to $Q$, $K$, $V$ are common to both and not counted. There is one head.
# - `first_cheaper_side(d)`: the smallest `n_side` for which channel attention needs fewer multiplications than
#   patch attention.
#
# DaViT's example is `davit_cost(16, 512)`: guess first which kind is cheaper there.
#
# Examples: with $W_q = W_k = 0$, $W_v = I$ and the single patch $(1, 3)$ the result is $(2, 2)$. With
# `n_side = 2` and `d = 1` there are 16 multiplications for patch scores and 4 for channel scores, the ratio
# is $1/4$. `first_cheaper_side(1)` is 2.
#
# Then decide the statements in `davit_facts`, with `True` or `False`.
#
# - `"same_cost"`: both kinds take the same number of multiplications, since both multiply the same matrices.
# - `"ratio_of_weights"`: the ratio of the multiplications is the ratio of the numbers of attention weights,
#   $D^2$ to $N^2$.
# - `"channels_linear_in_patches"`: for fixed $D$, channel attention grows linearly with $N$.
# - `"patches_linear_in_channels"`: for fixed $N$, patch attention grows linearly with $D$.
# - `"equivariant"`: when the patches are re-ordered, the rows of the output of channel attention are re-ordered
#   in the same way, and not changed otherwise.


# %% [raw]
# # BEGIN SOLUTION
# %%
def channel_attention(x, wq, wk, wv):
    """Attention between channels, (N, D) -> (N, D), with matrices of shape (D, D)."""
    # BEGIN SOLUTION
    q, k, v = x @ wq.T, x @ wk.T, x @ wv.T
    weights = torch.softmax(q.T @ k / math.sqrt(len(x)), dim=1)
    return v @ weights.T
    # END SOLUTION


def davit_cost(n_side, d):
    """Multiplications of patch and channel attention, a dictionary."""
    # BEGIN SOLUTION
    n = n_side**2
    return {
        "patch_scores": n * n * d,
        "channel_scores": d * d * n,
        "patch_total": 2 * n * n * d,
        "channel_total": 2 * d * d * n,
        "ratio": d / n,
    }
    # END SOLUTION


def first_cheaper_side(d):
    """Smallest n_side for which channel attention takes fewer multiplications."""
    # BEGIN SOLUTION
    return math.isqrt(d) + 1
    # END SOLUTION


davit_facts = {}
davit_facts["same_cost"] = False  # SOLUTION
davit_facts["ratio_of_weights"] = False  # SOLUTION
davit_facts["channels_linear_in_patches"] = True  # SOLUTION
davit_facts["patches_linear_in_channels"] = True  # SOLUTION
davit_facts["equivariant"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The single patch (1, 3) gives (2, 2); a 2 x 2 grid with one channel takes 16 and 4
  multiplications for the scores; davit_facts holds five booleans.
"""  # END TEST CONFIG


def test_small_cases(channel_attention, davit_cost, first_cheaper_side, davit_facts):
    import torch

    zero = torch.zeros(2, 2)
    got = channel_attention(torch.tensor([[1.0, 3.0]]), zero, zero, torch.eye(2))
    assert got is not None, "channel_attention(...) returned None: expected a tensor"
    assert got.shape == (1, 2), f"channel_attention: expected shape (1, 2), got {tuple(got.shape)}"
    assert torch.allclose(got, torch.tensor([[2.0, 2.0]])), f"channel_attention: expected [[2, 2]], got {got.tolist()}"
    cost = davit_cost(2, 1)
    assert isinstance(cost, dict), "davit_cost should return a dictionary"
    for key, value in (("patch_scores", 16), ("channel_scores", 4), ("ratio", 0.25)):
        assert cost.get(key) == value, f"davit_cost(2, 1)[{key!r}]: expected {value}, got {cost.get(key)}"
    for key in ("patch_total", "channel_total"):
        assert key in cost, f"the dictionary has no entry {key!r}"
    assert first_cheaper_side(1) == 2, f"first_cheaper_side(1): expected 2, got {first_cheaper_side(1)}"
    assert isinstance(davit_facts, dict), "davit_facts should be a dictionary"
    keys = ["same_cost", "ratio_of_weights", "channels_linear_in_patches"]
    for key in keys + ["patches_linear_in_channels", "equivariant"]:
        assert type(davit_facts.get(key)) is bool, f"davit_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The output is not attention between channels. Which vectors are compared, how long are
  they, and over what does the softmax run?
"""  # END TEST CONFIG


def test_channel_by_channel(channel_attention):
    import numpy as np
    import torch

    rng = np.random.default_rng(1425)
    for n, d in ((1, 1), (1, 4), (6, 1), (5, 3), (3, 5), (16, 4)):
        x, wq, wk, wv = rng.normal(size=(n, d)), *rng.normal(size=(3, d, d))
        got = channel_attention(*(torch.from_numpy(t) for t in (x, wq, wk, wv))).numpy()
        assert got.shape == (n, d)
        queries, keys, values = ([np.array([w[i] @ patch for patch in x]) for i in range(d)] for w in (wq, wk, wv))
        for i in range(d):
            scores = np.array([queries[i] @ keys[j] for j in range(d)]) / n**0.5
            a = np.exp(scores - scores.max())
            # float64, sums of at most 16 terms
            assert np.abs(got[:, i] - sum(a[j] * values[j] for j in range(d)) / a.sum()).max() < 1e-11


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some count or ratio is wrong, or channel attention becomes cheaper at another grid. A grid
  of side 16 has more than 16 patches.
"""  # END TEST CONFIG


def test_products_counted(davit_cost, first_cheaper_side):
    def product(a, b, c):
        return sum(b for _ in range(a) for _ in range(c))

    for side, d in ((1, 1), (2, 3), (3, 2), (4, 16), (5, 7), (16, 512)):
        n = side * side
        patches, channels = product(n, d, n), product(d, n, d)
        cost = davit_cost(side, d)
        assert cost["patch_scores"] == patches and cost["channel_scores"] == channels
        assert cost["patch_total"] == patches + product(n, n, d)
        assert cost["channel_total"] == channels + product(n, d, d)
        assert abs(cost["ratio"] * cost["patch_total"] / cost["channel_total"] - 1) < 1e-12
    for d in (1, 2, 3, 4, 5, 15, 16, 17, 512, 1023, 1024):
        side = 1
        while 2 * d * d * side**2 >= 2 * d * side**4:
            side += 1
        assert first_cheaper_side(d) == side


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about patches and channels is decided wrongly.
"""  # END TEST CONFIG


def test_davit_facts(davit_facts):
    import torch

    torch.manual_seed(1426)
    x, w = torch.randn(6, 4).double(), torch.randn(3, 4, 4).double()
    order = torch.tensor([2, 5, 0, 1, 4, 3])

    def channels(x):
        q, k, v = (x @ matrix for matrix in w)
        return (torch.softmax(q.T @ k, dim=1) @ v.T).T

    def cost(n, d):
        return n * n * d + n * d * n, d * d * n + d * n * d

    patch, channel = cost(256, 512)
    measured = {
        "same_cost": patch == channel,
        "ratio_of_weights": channel * 256**2 == patch * 512**2,
        "channels_linear_in_patches": cost(512, 512)[1] == 2 * channel,
        "patches_linear_in_channels": cost(256, 1024)[0] == 2 * patch,
        "equivariant": bool((channels(x[order]) - channels(x)[order]).abs().max() < 1e-9),
    }
    for key, holds in measured.items():
        assert davit_facts[key] is holds, f"davit_facts[{key!r}] is not what counting or an experiment shows"


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-12.6"
# # BEGIN QUESTION
# name: q13_pretraining_tasks
# points: 5

# %% [markdown]
# ## 13. Training examples from plain text
#
# Self-supervised learning makes its targets from the data alone. A task is **generative** if part of an
# example is hidden and has to be filled in. It is **contrastive** if pairs of examples that have something in
# common are to be told from pairs that have not. The language model BERT was trained with one of each: to
# recover masked tokens, and to decide whether one sentence followed the other. Write both, and a third task.
#
# - `masked_example(tokens, hidden, mask)`: `tokens` is a list of words, `hidden` a list of positions in it.
#   Return the pair `(inputs, targets)`: a new list with `mask` at the hidden positions, and a dictionary from
#   each hidden position to the word there. For `["a", "b", "c"]`, `[1]`, `"?"`: `["a", "?", "c"]` and
#   `{1: "b"}`.
# - `adjacent_pairs(docs, n, seed)`: a list of `n` tuples `(first, second, label)`. `docs` is a list of at
#   least two documents, each a list of at least one sentence (strings, all different), one of them of two or
#   more. `first` is drawn from all sentences that have a next sentence in their document, each equally likely.
#   With probability 1/2 `label` is 1 and `second` is that next sentence; otherwise `label` is 0 and `second` is
#   drawn from all sentences of the *other* documents, each equally likely.
# - `order_pairs(docs, n, seed)`: the same, but for label 0 the tuple is `(next sentence, sentence, 0)`: the
#   same kind of pair, the wrong way round.
#
# Draw with replacement and with `np.random.default_rng(seed)`, so that the same seed gives the same list.
# Labels are Python integers.
#
# Then set each entry of `task_kinds` to `"generative"` or `"contrastive"`, and each entry of `pair_facts` to
# `True` or `False`.
#
# - `"masked_words"`: some words of a sentence are masked and must be recovered.
# - `"next_sentence"`: given two sentences, say whether the second one followed the first.
# - `"next_word"`: predict each word of a text from the words before it.
# - `"two_crops"`: given two crops of photos, say whether they come from the same photo.
# - `"colour"`: predict the colours of a photo from its grey version.
# - `"caption"`: given a photo and a caption, say whether they belong together.
#
# The facts are about rules that take in a pair and guess its label. "Can do better than chance" means: for
# some `docs`, some rule is right more often than one time in two, on average.
#
# - `"topic_solves_adjacent"`: a rule that knows of each sentence only the document that it comes from can
#   decide `adjacent_pairs` without a mistake.
# - `"topic_helps_order"`: such a rule can do better than chance on `order_pairs`.
# - `"words_help_order"`: a rule that gets the words of the two sentences of a pair in one bag, without their
#   order and without knowing which sentence they are from, can do better than chance on `order_pairs`.


# %% [raw]
# # BEGIN SOLUTION
# %%
def masked_example(tokens, hidden, mask):
    """Inputs with masked positions, and the words that were there: (list, dict)."""
    # BEGIN SOLUTION
    targets = {place: tokens[place] for place in hidden}
    return [mask if place in targets else word for place, word in enumerate(tokens)], targets
    # END SOLUTION


def adjacent_pairs(docs, n, seed):
    """n tuples (first, second, label): 1 if second follows first, 0 if it is from another document."""
    # BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    follows = [(here, i) for here, doc in enumerate(docs) for i in range(len(doc) - 1)]
    pairs = []
    for _ in range(n):
        here, i = follows[rng.integers(len(follows))]
        if rng.random() < 0.5:
            pairs.append((docs[here][i], docs[here][i + 1], 1))
        else:
            others = [sentence for there, doc in enumerate(docs) if there != here for sentence in doc]
            pairs.append((docs[here][i], others[rng.integers(len(others))], 0))
    return pairs
    # END SOLUTION


def order_pairs(docs, n, seed):
    """n tuples (first, second, label): neighbours in their order (1) or swapped (0)."""
    # BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    neighbours = [pair for doc in docs for pair in zip(doc, doc[1:])]
    pairs = []
    for _ in range(n):
        first, second = neighbours[rng.integers(len(neighbours))]
        pairs.append((first, second, 1) if rng.random() < 0.5 else (second, first, 0))
    return pairs
    # END SOLUTION


task_kinds = {}
task_kinds["masked_words"] = "generative"  # SOLUTION
task_kinds["next_sentence"] = "contrastive"  # SOLUTION
task_kinds["next_word"] = "generative"  # SOLUTION
task_kinds["two_crops"] = "contrastive"  # SOLUTION
task_kinds["colour"] = "generative"  # SOLUTION
task_kinds["caption"] = "contrastive"  # SOLUTION
pair_facts = {}
pair_facts["topic_solves_adjacent"] = True  # SOLUTION
pair_facts["topic_helps_order"] = False  # SOLUTION
pair_facts["words_help_order"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Masking "b" in a b c gives a ? c and the target b; pairs are lists of three-tuples; the two
  dictionaries hold six words and three booleans.
"""  # END TEST CONFIG


def test_smallest_examples(masked_example, adjacent_pairs, order_pairs, task_kinds, pair_facts):
    got = masked_example(["a", "b", "c"], [1], "?")
    assert got is not None, "masked_example(...) returned None: expected the pair (inputs, targets)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "masked_example should return (inputs, targets)"
    assert list(got[0]) == ["a", "?", "c"], f"inputs: expected ['a', '?', 'c'], got {got[0]}"
    assert got[1] == {1: "b"}, f"targets: expected {{1: 'b'}}, got {got[1]}"
    docs = [["A1", "A2"], ["B1"]]
    allowed = {"adjacent_pairs": {("A1", "A2", 1), ("A1", "B1", 0)}, "order_pairs": {("A1", "A2", 1), ("A2", "A1", 0)}}
    for name, make in (("adjacent_pairs", adjacent_pairs), ("order_pairs", order_pairs)):
        pairs = make(docs, 30, 0)
        assert pairs is not None, f"{name}(...) returned None: expected a list of tuples"
        assert isinstance(pairs, list) and len(pairs) == 30, f"{name}(docs, 30, 0) should be a list of 30 tuples"
        for pair in pairs:
            assert isinstance(pair, tuple) and pair in allowed[name], f"{name}: {pair} is no pair of these documents"
            assert type(pair[2]) is int, f"{name}: the label should be an integer, got {type(pair[2]).__name__}"
    for key in ("masked_words", "next_sentence", "next_word", "two_crops", "colour", "caption"):
        kind = task_kinds.get(key)
        assert kind in ("generative", "contrastive"), (
            f"task_kinds[{key!r}]: 'generative' or 'contrastive', got {kind!r}"
        )
    for key in ("topic_solves_adjacent", "topic_helps_order", "words_help_order"):
        assert type(pair_facts.get(key)) is bool, f"pair_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Masked words, inputs and targets do not fit together, or the list of tokens is changed.
"""  # END TEST CONFIG


def test_masks_and_targets(masked_example):
    tokens = "the cat sat on the mat".split()
    for hidden in ([], [0], [5], [0, 4], [5, 2, 0], [0, 1, 2, 3, 4, 5]):
        inputs, targets = masked_example(tokens, hidden, "<mask>")
        assert len(inputs) == 6 and set(targets) == set(hidden)
        for place, word in enumerate(tokens):
            assert inputs[place] == ("<mask>" if place in hidden else word)
            assert place not in hidden or targets[place] == word
    assert masked_example([], [], "x") == ([], {}) or list(masked_example([], [], "x")) == [[], {}]

    def untouched(make, tokens):
        before = list(tokens)
        inputs, _ = make(tokens, [1, 3], "<mask>")
        return tokens == before and inputs is not tokens

    assert inside(untouched)(masked_example, tokens)


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: Some pair must not occur, some pair never occurs, or labels are not half and half. What may
  stand in a pair with label 0?
"""  # END TEST CONFIG


def test_pairs_drawn(adjacent_pairs, order_pairs):
    from collections import Counter

    docs = [["a1", "a2", "a3", "a4"], ["b1"], ["c1", "c2"], ["d1", "d2", "d3"]]
    after = [pair for doc in docs for pair in zip(doc, doc[1:])]
    n = 6000
    got = adjacent_pairs(docs, n, 1427)
    positive = Counter(pair[:2] for pair in got if pair[2] == 1)
    negative = Counter(pair[:2] for pair in got if pair[2] == 0)
    assert set(positive) == set(after)
    foreign = {(first, second) for first, _ in after for doc in docs if first not in doc for second in doc}
    assert set(negative) == foreign
    swapped = order_pairs(docs, n, 1428)
    assert {pair[:2] for pair in swapped if pair[2] == 1} == set(after)
    assert {pair[:2] for pair in swapped if pair[2] == 0} == {(b, a) for a, b in after}
    # shares of 6000 draws: standard deviations of 0.65 % (labels) and 0.36 % (pairs), bounds at five of them
    for pairs in (got, swapped):
        assert abs(sum(label for *_, label in pairs) / n - 1 / 2) < 0.03
    for first, second in after:
        for pairs in (got, swapped):
            share = sum(pair == (first, second, 1) for pair in pairs) / n
            assert abs(share - 1 / 12) < 0.02
    # of first = c1: eight sentences of other documents, each with the share 1/96 (standard deviation 0.13 %)
    for doc in docs:
        for second in doc:
            share = negative["c1", second] / n
            assert abs(share - (0 if second[0] == "c" else 1 / 96)) < 0.006


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The same seed should give the same pairs, another seed others.
"""  # END TEST CONFIG


def test_seeds(adjacent_pairs, order_pairs):
    docs = [["a1", "a2", "a3", "a4"], ["b1"], ["c1", "c2"], ["d1", "d2", "d3"]]
    for make in (adjacent_pairs, order_pairs):
        lists = [make(docs, 60, seed) for seed in (5, 6, 5)]
        assert lists[0] == lists[2] and lists[0] != lists[1]
        assert make(docs, 0, 1) == []


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six tasks is of the other kind, or one of the three facts is decided
  wrongly. The kind is a matter of what is asked, not of the kind of output.
"""  # END TEST CONFIG


def test_kinds_and_facts(task_kinds, pair_facts):
    from collections import defaultdict

    part_is_hidden = ("masked_words", "next_word", "colour")
    pair_is_judged = ("next_sentence", "two_crops", "caption")
    assert [task_kinds[key] for key in part_is_hidden] == ["generative"] * 3
    assert [task_kinds[key] for key in pair_is_judged] == ["contrastive"] * 3

    docs = [["a1", "a2", "a3"], ["b1", "b2"], ["c1", "c2", "c3"]]
    after = [pair for doc in docs for pair in zip(doc, doc[1:])]
    swapped = [(a, b, 1) for a, b in after] + [(b, a, 0) for a, b in after]
    adjacent = []
    for a, b in after:
        others = [s for doc in docs if a not in doc for s in doc]
        adjacent += [(a, b, 1)] * len(others) + [(a, s, 0) for s in others]

    def best_rule(pairs, view):
        counts = defaultdict(lambda: [0, 0])
        for a, b, label in pairs:
            counts[view(a, b)][label] += 1
        return sum(max(pair) for pair in counts.values()) / len(pairs)

    def topic(a, b):
        return a[0], b[0]

    measured = {
        "topic_solves_adjacent": best_rule(adjacent, topic) == 1,
        "topic_helps_order": best_rule(swapped, topic) > 0.5,
        "words_help_order": best_rule(swapped, lambda a, b: frozenset((a, b))) > 0.5,
    }
    for key, holds in measured.items():
        assert pair_facts[key] is holds, f"pair_facts[{key!r}] is not what counting shows"


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-12.6"
# # BEGIN QUESTION
# name: q14_new_tasks
# points: 3
# manual: true

# %% [markdown]
# ## 14. Tasks of your own (marked by a person)
#
# BERT was trained to recover masked tokens, and to decide whether the second of two sentences followed the
# first. Write at most 150 words.
#
# 1. What does each task teach that the other does not?
# 2. Propose two *new* contrastive tasks for text (neither of these two, and not the swapped order of two
#    neighbouring sentences). For each, say where the positive and the negative pairs come from, without
#    people labelling them, and what the model must understand to solve it.

# %% [raw]
# # BEGIN SOLUTION
# %% [markdown]
# 1. Masked tokens teach syntax and the meaning of words in their context. Whether sentences belong together
#    needs relations between sentences, as in question answering, and gives one vector for a whole text a
#    target.
# 2. *Same document*: two paragraphs of one document against paragraphs of two documents on the same subject;
#    needs the line of thought, not just the topic. *Translation*: a sentence and its translation in a
#    parallel text against the translation of the sentence next to it; needs the meaning apart from the
#    language.
#
# Rubric (3 points): 1 for words in context against relations between sentences; 1 for each proposed task
# whose positive and negative pairs are both stated and come from the data alone. No point for a task that
# fills in a hidden part: that is generative. Half a point where negatives can be told from positives without
# understanding (for example by their length).
# %% [raw]
# # END SOLUTION
# %% [raw]
# # END QUESTION

# %% [raw] sources="cs-attention-1 cs-attention-2"
# # BEGIN QUESTION
# name: q15_context
# points: 4

# %% [markdown]
# ## 15. Attention in a translator
#
# A translator has two recurrent networks. The **encoder** reads the source sentence of $T$ words and leaves a
# hidden state for each, `enc` of shape `(B, T, H)`. The **decoder** writes the target sentence of $U$ words;
# its hidden states are `dec`, `(B, U, H)`. To write word $u$ it gets a **context** vector, a summary of
# `enc`. There are two ways to make it, with three matrices of shape `(H, H)`, scores divided by $\sqrt H$ and
# a softmax over the source positions:
#
# - `"cross"`: the queries are $W_q$ times the decoder states, keys and values are $W_k$ and $W_v$ times the
#   encoder states. Each decoder step has a context of its own.
# - `"self"`: queries, keys and values are all made from the encoder states. That gives one vector for each
#   source position; their mean over the positions is the context, the same for all decoder steps.
#
# Write
#
# - `context(mode, enc, dec, wq, wk, wv)`: the context vectors, shape `(B, U, H)`; `ValueError` for any other
#   mode. With $H = 1$, $W_q = 0$, $W_v = 1$ and the encoder states $1$ and $3$, both modes give $2$ at each
#   step.
# - `influence(mode, enc, dec, wq, wk, wv)`: the pair of floats `(by_encoder, by_decoder)`. With $c$ the sum
#   of all entries of the context, they are the largest absolute entries of $\partial c / \partial \text{enc}$
#   and of $\partial c / \partial \text{dec}$. A state that the context does not depend on has influence 0.
#   The arguments stay as they are.
#
# Then decide the statements in `context_facts`, with `True` or `False`. They are about states and matrices in
# general, not about special ones such as $W_q = 0$.
#
# - `"cross_asks"`: with `"cross"`, the decoder state has an influence on which source positions the context
#   shows.
# - `"self_asks"`: with `"self"` it has, too.
# - `"cross_same_for_all_steps"`, `"self_same_for_all_steps"`: the contexts of all decoder steps are equal in
#   that mode, even if the decoder states differ.
# - `"cross_ignores_order"`, `"self_ignores_order"`: the contexts in that mode stay the same when the encoder
#   states are re-ordered among the source positions.


# %% [raw]
# # BEGIN SOLUTION
# %%
def context(mode, enc, dec, wq, wk, wv):
    """Context vectors (B, U, H) for the decoder.

    mode: "cross" or "self"; enc: (B, T, H); dec: (B, U, H); wq, wk, wv: (H, H).
    """
    # BEGIN SOLUTION
    if mode not in ("cross", "self"):
        raise ValueError(f"mode should be cross or self, not {mode!r}")
    q = (dec if mode == "cross" else enc) @ wq.T
    weights = torch.softmax(q @ (enc @ wk.T).transpose(1, 2) / math.sqrt(enc.shape[2]), dim=2)
    mixed = weights @ (enc @ wv.T)
    return mixed if mode == "cross" else mixed.mean(dim=1, keepdim=True).expand_as(dec)
    # END SOLUTION


def influence(mode, enc, dec, wq, wk, wv):
    """Largest derivatives of the summed context by encoder and by decoder states, two floats."""
    # BEGIN SOLUTION
    states = [t.detach().requires_grad_() for t in (enc, dec)]
    total = context(mode, *states, wq, wk, wv).sum()
    gradients = torch.autograd.grad(total, states, allow_unused=True, materialize_grads=True)
    return tuple(g.abs().max().item() for g in gradients)
    # END SOLUTION


context_facts = {}
context_facts["cross_asks"] = True  # SOLUTION
context_facts["self_asks"] = False  # SOLUTION
context_facts["cross_same_for_all_steps"] = False  # SOLUTION
context_facts["self_same_for_all_steps"] = True  # SOLUTION
context_facts["cross_ignores_order"] = True  # SOLUTION
context_facts["self_ignores_order"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With queries 0 both modes give the mean of the values, 2, at each step; influence is a pair
  of floats; context_facts holds six booleans.
"""  # END TEST CONFIG


def test_mean_of_two_states(context, influence, context_facts):
    import torch

    enc, dec, one = torch.tensor([[[1.0], [3.0]]]), torch.zeros(1, 3, 1), torch.ones(1, 1)
    for mode in ("cross", "self"):
        got = context(mode, enc, dec, 0 * one, one, one)
        assert got is not None, f"context({mode!r}, ...) returned None: expected a tensor"
        assert got.shape == (1, 3, 1), f"context({mode!r}): expected shape (1, 3, 1), got {tuple(got.shape)}"
        assert torch.allclose(got, torch.full((1, 3, 1), 2.0)), f"context({mode!r}): expected 2, got {got.tolist()}"
        pair = influence(mode, enc, dec, 0 * one, one, one)
        assert pair is not None, f"influence({mode!r}, ...) returned None: expected two floats"
        assert isinstance(pair, (tuple, list)) and len(pair) == 2, "influence should return two floats"
        assert abs(pair[0] - 1.5) < 1e-5, f"influence({mode!r}) by the encoder: expected 1.5, got {pair[0]}"
        assert pair[1] == 0, f"influence({mode!r}) by the decoder, with queries 0: expected 0, got {pair[1]}"
    assert isinstance(context_facts, dict), "context_facts should be a dictionary"
    keys = ["cross_asks", "self_asks", "cross_same_for_all_steps", "self_same_for_all_steps"]
    for key in keys + ["cross_ignores_order", "self_ignores_order"]:
        assert type(context_facts.get(key)) is bool, f"context_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: In one of the two modes the context is not that of the text. Which states make the queries?
"""  # END TEST CONFIG


def test_contexts_by_loops(context):
    import torch

    rng = torch.Generator().manual_seed(1429)
    for batch, t, u, h in ((1, 1, 1, 1), (2, 4, 3, 2), (3, 2, 5, 4)):
        enc, dec = (torch.randn(batch, s, h, generator=rng).double() for s in (t, u))
        wq, wk, wv = torch.randn(3, h, h, generator=rng).double()

        def mean_for(query, states):
            scores = torch.stack([(wq @ query) @ (wk @ state) for state in states]) / h**0.5
            return sum(a * (wv @ state) for a, state in zip(torch.softmax(scores, dim=0), states))

        cross, own = (context(mode, enc, dec, wq, wk, wv) for mode in ("cross", "self"))
        assert cross.shape == own.shape == (batch, u, h)
        for b in range(batch):
            shared = sum(mean_for(state, enc[b]) for state in enc[b]) / t
            for step in range(u):
                # float64, sums of a few terms
                assert (cross[b, step] - mean_for(dec[b, step], enc[b])).abs().max() < 1e-11
                assert (own[b, step] - shared).abs().max() < 1e-11
    for mode in ("none", "Cross", None):
        try:
            context(mode, enc, dec, wq, wk, wv)
        except ValueError:
            continue
        raise AssertionError("a mode that does not exist is not refused with ValueError")


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The influence is not what small changes of the states do to the sum of the context.
"""  # END TEST CONFIG


def test_influence_by_differences(influence):
    import torch

    rng = torch.Generator().manual_seed(1430)
    for batch, t, u, h in ((1, 3, 2, 2), (2, 2, 3, 3)):
        enc, dec = (torch.randn(batch, s, h, generator=rng).double() for s in (t, u))
        wq, wk, wv = torch.randn(3, h, h, generator=rng).double()

        def total(mode, enc, dec):
            q = (dec if mode == "cross" else enc) @ wq.T
            out = torch.nn.functional.scaled_dot_product_attention(q, enc @ wk.T, enc @ wv.T)
            return out.sum() if mode == "cross" else out.sum() * u / t

        for mode in ("cross", "self"):
            largest = []
            for moved in (0, 1):
                slopes = []
                for place in range((enc, dec)[moved].numel()):
                    sums = []
                    for sign in (1, -1):
                        states = [enc.clone(), dec.clone()]
                        states[moved].view(-1)[place] += sign * 1e-5
                        sums.append(total(mode, *states).item())
                    slopes.append(abs(sums[0] - sums[1]) / 2e-5)
                largest.append(max(slopes))
            got = influence(mode, enc, dec, wq, wk, wv)
            # central differences with a step of 1e-5: errors of about 1e-9
            assert all(abs(a - b) < 1e-6 for a, b in zip(got, largest))

    def left_alone(influence, enc, dec, *matrices):
        before = enc.clone(), dec.clone()
        influence("cross", enc, dec, *matrices)
        return not enc.requires_grad and not dec.requires_grad and enc.equal(before[0]) and dec.equal(before[1])

    assert inside(left_alone)(influence, enc, dec, wq, wk, wv)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six statements about the two contexts is decided wrongly. Replace the
  decoder states, and compare.
"""  # END TEST CONFIG


def test_context_facts(context_facts):
    import torch

    torch.manual_seed(1431)
    enc, dec, other = torch.randn(5, 3).double(), torch.randn(4, 3).double(), torch.randn(4, 3).double()
    wq, wk, wv = torch.randn(3, 3, 3).double()
    order = torch.tensor([3, 1, 4, 0, 2])

    def contexts(mode, enc, dec):
        q = (dec if mode == "cross" else enc) @ wq.T
        mixed = torch.softmax(q @ (enc @ wk.T).T, dim=1) @ (enc @ wv.T)
        return mixed if mode == "cross" else mixed.mean(0).repeat(len(dec), 1)

    def close(a, b):
        return bool((a - b).abs().max() < 1e-9)

    for mode in ("cross", "self"):
        c = contexts(mode, enc, dec)
        measured = {
            f"{mode}_asks": not close(c, contexts(mode, enc, other)),
            f"{mode}_same_for_all_steps": close(c[:-1], c[1:]),
            f"{mode}_ignores_order": close(c, contexts(mode, enc[order], dec)),
        }
        for key, holds in measured.items():
            assert context_facts[key] is holds, f"context_facts[{key!r}] is not what an experiment shows"


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="cs-attention-1"
# # BEGIN QUESTION
# name: q16_probes
# points: 3

# %% [markdown]
# ## 16. What does a hidden state know?
#
# A **linear probe** tells what a state knows: if a linear map can read a word from it, the state holds that
# word. And the weights of attention tell which word of the source a decoder step looks at. Write two
# functions.
#
# - `probe_accuracy(states, words, n_words)`: `states` is a tensor of shape `(M, H)`, `words` one of shape
#   `(M,)`, with integers from 0 to `n_words - 1`; $M$ is even. Put a column of ones in front of the states.
#   On the first half of the rows, find the least-squares solution that maps them to the one-hot vectors of
#   their words (if there are several, the one of minimum norm, as `np.linalg.lstsq` returns it). For each row
#   of the second half, predict the word with the largest output, and return the share of right predictions, a
#   float. Calculate in float64.
# - `aligned_share(weights)`: `weights` has shape `(B, U, T)`, decoder steps by source positions, $U \le T$;
#   return the share of decoder steps $u$ (over the whole batch) whose largest weight lies at source position
#   $u$, a float.
#
# For example, if each state is the one-hot vector of its word, the probe has accuracy 1 (as long as every
# word occurs in the first half). For one sentence with the weights $(0.9, 0.1)$ and $(0.8, 0.2)$ the aligned
# share is $1/2$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def probe_accuracy(states, words, n_words):
    """Share of words that a linear probe, fitted to the first half, reads from the second half of the states."""
    # BEGIN SOLUTION
    half = len(words) // 2
    inputs = np.column_stack([np.ones(len(words)), states])
    words = np.asarray(words)
    matrix = np.linalg.lstsq(inputs[:half], np.eye(n_words)[words[:half]])[0]
    return float(((inputs[half:] @ matrix).argmax(axis=1) == words[half:]).mean())
    # END SOLUTION


def aligned_share(weights):
    """Share of decoder steps whose largest weight lies at the same position of the source."""
    # BEGIN SOLUTION
    return (weights.argmax(dim=2) == torch.arange(weights.shape[1])).float().mean().item()
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: States that are one-hot vectors of their words have accuracy 1; in the example half of the
  steps are aligned.
"""  # END TEST CONFIG


def test_perfect_states(probe_accuracy, aligned_share):
    import torch

    words = torch.tensor([0, 1, 2, 1, 2, 0, 2, 0])
    got = probe_accuracy(torch.nn.functional.one_hot(words).double(), words, 3)
    assert got is not None, "probe_accuracy(...) returned None: expected a float"
    assert abs(got - 1) < 1e-9, f"states that are one-hot vectors of their words: expected 1, got {got}"
    share = aligned_share(torch.tensor([[[0.9, 0.1], [0.8, 0.2]]]))
    assert share is not None, "aligned_share(...) returned None: expected a float"
    assert abs(share - 0.5) < 1e-6, f"aligned_share: expected 0.5, got {share}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The accuracy of the probe is not that of least squares, fitted to the first half and
  counted on the second.
"""  # END TEST CONFIG


def test_probe_like_pseudoinverse(probe_accuracy):
    import torch

    rng = torch.Generator().manual_seed(1432)
    for m, h, n_words, noise in (
        (4, 1, 2, 0.1),
        (40, 3, 4, 1.0),
        (200, 6, 5, 2.0),
        (30, 25, 3, 3.0),
        (600, 24, 8, 4.0),
    ):
        words = torch.randint(n_words, (m,), generator=rng)
        centres = torch.randn(n_words, h, generator=rng)
        states = (centres[words] + noise * torch.randn(m, h, generator=rng)) + 5.0
        half, inputs = m // 2, torch.cat([states, torch.ones(m, 1)], dim=1).double()
        targets = (words[:half, None] == torch.arange(n_words)).double()
        right = (inputs[half:] @ torch.linalg.pinv(inputs[:half]) @ targets).argmax(dim=1) == words[half:]
        # a share of counted predictions: one prediction more or less is at least 1/300
        assert abs(probe_accuracy(states, words, n_words) - right.double().mean().item()) < 1e-3


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The share of aligned steps is wrong for some batch. Which axis is the source?
"""  # END TEST CONFIG


def test_aligned_steps_counted(aligned_share):
    import torch

    rng = torch.Generator().manual_seed(1433)
    for batch, u, t in ((1, 1, 1), (3, 4, 4), (5, 2, 3), (20, 3, 6), (8, 6, 6)):
        weights = torch.softmax(torch.randn(batch, u, t, generator=rng) + 1.5 * torch.eye(u, t), dim=2)
        hits = 0
        for sentence in weights.tolist():
            hits += sum(row[step] == max(row) for step, row in enumerate(sentence))
        assert abs(aligned_share(weights) - hits / (batch * u)) < 1e-5


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [markdown]
# ## 17. What attention does to hidden states
#
# The cell below trains three small translators, each for 150 steps. A sentence has ten words out of eight;
# the translation replaces each word by its partner in a fixed dictionary. Encoder and decoder are recurrent
# networks (GRU) with 24 hidden units. The decoder starts from the last encoder state and reads the target
# words before the one that it has to write. The translators differ in the context that is put beside each
# decoder state:
#
# - `"none"`: no context (zeros);
# - `"cross"`: attention with queries from the decoder, keys and values from the encoder;
# - `"self"`: self-attention among the encoder states, its mean over the positions, the same for all decoder
#   steps.
#
# `RUNS[mode]` then holds tensors for 600 new sentences: the words `"source"` and `"target"` `(600, 10)`, the
# words that the translator finds most probable, `"written"` `(600, 10)`, the hidden states `"enc"` and
# `"dec"` `(600, 10, 24)`, attention weights `"weights"` (decoder step by source position, `(600, 10, 10)`;
# `None` without cross-attention), and `"first_gradient"`, the largest derivative of the last output (the
# sum of the squares of its entries) with respect to the embedding of the first source word, *before* training.
#
# The second cell below puts `probe_accuracy` and `aligned_share` of question 16 to work on `RUNS`, and prints
# a table. With the positions counted from 0, the middle of a sentence is position 5.


# %%
WORDS, LENGTH, WIDTH = 8, 10, 24


class Translator(nn.Module):
    """Word-for-word translator: two GRUs and, between them, a context of some mode."""

    def __init__(self, mode):
        super().__init__()
        self.mode = mode
        self.embed_source, self.embed_target = nn.Embedding(WORDS, WIDTH), nn.Embedding(WORDS + 1, WIDTH)
        self.encoder, self.decoder = (nn.GRU(WIDTH, WIDTH, batch_first=True) for _ in range(2))
        self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(3))
        self.write = nn.Linear(2 * WIDTH, WORDS)

    def forward(self, embedded, target):
        enc, last = self.encoder(embedded)
        start = torch.full_like(target[:, :1], WORDS)
        dec, _ = self.decoder(self.embed_target(torch.cat([start, target[:, :-1]], dim=1)), last)
        extra = torch.zeros_like(dec)
        if self.mode == "cross":
            extra = F.scaled_dot_product_attention(self.query(dec), self.key(enc), self.value(enc))
        if self.mode == "self":
            own = F.scaled_dot_product_attention(self.query(enc), self.key(enc), self.value(enc))
            extra = extra + own.mean(1, keepdim=True)
        return self.write(torch.cat([dec, extra], dim=2)), enc, dec


def train_translator(mode, seed, steps=150):
    """Train one translator; returns what RUNS[mode] holds."""
    torch.manual_seed(seed)
    dictionary = torch.randperm(WORDS)
    net = Translator(mode)
    probe = net.embed_source(torch.randint(WORDS, (20, LENGTH))).detach().requires_grad_()
    outputs, _, _ = net(probe, torch.randint(WORDS, (20, LENGTH)))
    (slope,) = torch.autograd.grad(outputs[:, -1].square().sum(), probe)
    optimiser = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(steps):
        source = torch.randint(WORDS, (32, LENGTH))
        outputs, _, _ = net(net.embed_source(source), dictionary[source])
        optimiser.zero_grad()
        F.cross_entropy(outputs.flatten(0, 1), dictionary[source].flatten()).backward()
        optimiser.step()
    source = torch.randint(WORDS, (600, LENGTH))
    with torch.no_grad():
        outputs, enc, dec = net(net.embed_source(source), dictionary[source])
        eye = torch.eye(LENGTH).expand(600, LENGTH, LENGTH)
        weights = F.scaled_dot_product_attention(net.query(dec), net.key(enc), eye) if mode == "cross" else None
    found = {"source": source, "target": dictionary[source], "written": outputs.argmax(dim=2), "enc": enc, "dec": dec}
    return found | {"weights": weights, "first_gradient": slope[:, 0].abs().max().item()}


RUNS = {mode: train_translator(mode, seed=0) for mode in ("none", "self", "cross")}
for mode, run in RUNS.items():
    print(f"{mode:>5}: {(run['written'] == run['target']).float().mean():.0%} of the words are right")


# %%
def print_table():
    print(f"{'':40}" + "".join(f"{mode:>9}" for mode in RUNS))

    def line(label, number):
        print(f"{label:40}" + "".join(f"{number(run):9.2g}" for run in RUNS.values()))

    line("words written right", lambda run: (run["written"] == run["target"]).float().mean().item())
    line(
        "middle encoder state reads its word", lambda run: probe_accuracy(run["enc"][:, 5], run["source"][:, 5], WORDS)
    )
    line(
        "last encoder state reads first word", lambda run: probe_accuracy(run["enc"][:, 9], run["source"][:, 0], WORDS)
    )
    line(
        "decoder state 5 reads target word 7", lambda run: probe_accuracy(run["dec"][:, 5], run["target"][:, 7], WORDS)
    )
    line("derivative of last output, first word", lambda run: run["first_gradient"])
    print("aligned share with cross-attention:", round(aligned_share(RUNS["cross"]["weights"]), 2))


show(print_table)

# %% [raw] sources="cs-attention-1 cs-attention-2"
# # BEGIN QUESTION
# name: q17_translator
# points: 4

# %% [markdown]
# How do the hidden states that are learned with attention differ from those without? Say first what you
# expect. Then read the table, and set the entries of `state_facts` to `True` or `False`. "More" and "better"
# mean a share that is higher by at least 0.03.
#
# - `"attention_translates_better"`: cross-attention writes more right words than no context.
# - `"self_beats_none"`: self-attention writes more right words than no context.
# - `"self_matches_cross"`: self-attention writes nearly as many right words as cross-attention: less than
#   0.03 fewer.
# - `"weights_find_the_word"`: with cross-attention the largest weight lies on the word to be translated in
#   more than half of the steps, although nobody told the translator.
# - `"middle_state_is_local"`: with cross-attention the encoder state in the middle of the sentence tells its
#   own word better than without context.
# - `"last_state_is_summary"`: with cross-attention the last encoder state tells the *first* word better than
#   without context.
# - `"decoder_memorises"`: with cross-attention the decoder state in the middle tells a word that is still to
#   come better than without context.
# - `"self_frees_decoder"`: with self-attention that decoder state tells it no better than with cross-attention.
# - `"gradient_takes_a_short_cut"`: before training, the derivative of the last output with respect to the
#   first word is more than ten times larger with cross-attention than without context.


# %% [raw]
# # BEGIN SOLUTION
# %%
state_facts = {}
state_facts["attention_translates_better"] = True  # SOLUTION
state_facts["self_beats_none"] = True  # SOLUTION
state_facts["self_matches_cross"] = False  # SOLUTION
state_facts["weights_find_the_word"] = True  # SOLUTION
state_facts["middle_state_is_local"] = True  # SOLUTION
state_facts["last_state_is_summary"] = False  # SOLUTION
state_facts["decoder_memorises"] = False  # SOLUTION
state_facts["self_frees_decoder"] = False  # SOLUTION
state_facts["gradient_takes_a_short_cut"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: state_facts should hold nine booleans.
"""  # END TEST CONFIG


def test_nine_booleans(state_facts):
    assert isinstance(state_facts, dict), "state_facts should be a dictionary"
    keys = ["attention_translates_better", "self_beats_none", "self_matches_cross", "weights_find_the_word"]
    keys += ["middle_state_is_local", "last_state_is_summary", "decoder_memorises", "self_frees_decoder"]
    for key in keys + ["gradient_takes_a_short_cut"]:
        assert type(state_facts.get(key)) is bool, f"state_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 3
hidden: true
failure_message: At least one of the nine statements is not what the three translators show. Read the table
  again.
"""  # END TEST CONFIG


def test_state_facts(state_facts, RUNS):
    import torch

    def reads(states, words):
        inputs = torch.cat([states, torch.ones(600, 1)], dim=1).double()
        targets = (words[:300, None] == torch.arange(8)).double()
        guess = (inputs[300:] @ torch.linalg.pinv(inputs[:300]) @ targets).argmax(dim=1)
        return (guess == words[300:]).float().mean().item()

    right, middle, first, ahead = ({}, {}, {}, {})
    for mode, run in RUNS.items():
        right[mode] = (run["written"] == run["target"]).float().mean().item()
        middle[mode] = reads(run["enc"][:, 5], run["source"][:, 5])
        first[mode] = reads(run["enc"][:, 9], run["source"][:, 0])
        ahead[mode] = reads(run["dec"][:, 5], run["target"][:, 7])
    # Over 20 seeds of training: right words 0.41 to 0.49 (none), 0.51 to 0.56 (self), 0.93 to 0.96 (cross). No seed
    # decides a statement otherwise. Nearest to the margin of 0.03: self over none, by 0.042 to 0.121, and the decoder
    # state with self over that with cross, by 0.057 to 0.160. Gradients differ by a factor above 100.
    assert right["none"] < 0.55 and 0.45 < right["self"] < 0.7 and right["cross"] > 0.8
    best = RUNS["cross"]["weights"].argmax(dim=2) == torch.arange(10)
    slopes = {mode: RUNS[mode]["first_gradient"] for mode in RUNS}
    measured = {
        "attention_translates_better": right["cross"] - right["none"] >= 0.03,
        "self_beats_none": right["self"] - right["none"] >= 0.03,
        "self_matches_cross": right["cross"] - right["self"] < 0.03,
        "weights_find_the_word": best.float().mean().item() > 0.5,
        "middle_state_is_local": middle["cross"] - middle["none"] >= 0.03,
        "last_state_is_summary": first["cross"] - first["none"] >= 0.03,
        "decoder_memorises": ahead["cross"] - ahead["none"] >= 0.03,
        "self_frees_decoder": ahead["self"] - ahead["cross"] < 0.03,
        "gradient_takes_a_short_cut": slopes["cross"] > 10 * slopes["none"],
    }
    for key, holds in measured.items():
        assert state_facts[key] is holds, f"state_facts[{key!r}] is not what the translators show"


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION
