# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [raw]
# # ASSIGNMENT CONFIG
# name: 04_loss_functions
# export_cell: {pdf: false}
# tests: {files: false, ok_format: false}
# show_question_points: true

# %% [markdown]
# # Loss functions
#
# A loss is not a matter of taste: decide how the targets are distributed, and the loss follows. Here you
# derive losses for classes, real numbers, counts and directions, write them so that they survive large
# numbers, and see what becomes of a loss when its gradient does not reach the first layer.
#
# | question | what you write | points |
# | --- | --- | --- |
# | `q1_sigmoid` | the sigmoid and its logarithm, right in both tails | 3 |
# | `q2_binary_cross_entropy` | the loss for two classes, from probabilities and from logits | 4 |
# | `q3_cross_entropy` | the loss for many classes, and its gradient | 4 |
# | `q4_squared_or_cross_entropy` | why classifiers are not trained with squared errors | 5 |
# | `q5_normal` | least squares as a likelihood | 4 |
# | `q6_heteroscedastic` | a network that says how sure it is | 4 |
# | `q7_output_scaling` | metres, kilograms, and one loss for both | 6 |
# | `q8_counts` | a loss for counts | 4 |
# | `q9_directions` | a loss for wind directions | 5 |
# | `q10_direction_and_speed` | two kinds of target in one loss | 4 |
# | `q11_two_peaks` | a mixture of two normals, and how to predict from it | 5 |
# | `q12_two_winds` | a mixture of directions | 4 |
# | `q13_relu` | what ReLU does to gradients, and what it does not | 5 |
# | `q14_sigmoid_stack` | a deep network whose loss does not move | 5 |
# | `q15_remedy` | a friend's cure, and one that works | 5 |
#
# Each question stands alone: no answer needs an earlier one. `grader.check` runs a few small public tests.
# More tests, with other numbers, decide the score.

# %% [markdown]
# ## Recap and notation
#
# The network does not predict the target $y$ itself. It predicts the parameters of a distribution of $y$:
#
# 1. Choose a distribution $Pr(y\,|\,\theta)$ that fits the kind of target.
# 2. Let the network give its parameters: $\theta = f(x)$. A parameter with a limited range (a probability, a
#    variance) is computed from an output without limits.
# 3. The loss is the **negative log-likelihood** of the $N$ training pairs,
#    $$L = -\sum_{i=1}^{N} \log Pr\big(y_i\,|\,f(x_i)\big) .$$
#
# $\log$ is the natural logarithm. Losses here are sums over the pairs, not means, unless a question says
# otherwise. To predict, take the most probable $y$, the mean, or the whole distribution.
#
# In code everything is a torch tensor, pairs first: `f` and `y` have shape `(N,)` or `(N, D)`. A loss is a
# tensor with a single number, shape `()`, and autograd can differentiate it. `sum()`, `mean()` and the like
# give such tensors. The network itself does not matter for most questions: they begin at its outputs.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn


def show(draw):
    """Call draw(); while the answer it needs is missing, say so in a line instead of failing."""
    try:
        draw()
    except Exception as problem:
        plt.close("all")
        print(f"No figure yet: it is drawn by your own answer ({type(problem).__name__}: {problem}).")


# %%
def draw_recipe():
    y, centre = torch.linspace(-4, 4, 201), 0.5
    figure, axes = plt.subplots(1, 2, figsize=(10, 3))
    for name, chosen in (("normal", torch.distributions.Normal), ("Laplace", torch.distributions.Laplace)):
        log_density = chosen(centre, 1.0).log_prob(y)
        axes[0].plot(y, log_density.exp(), label=name)
        axes[1].plot(y, -log_density, label=name)
    axes[0].set(title="two densities of $y$ around $f = 0.5$", xlabel="$y$")
    axes[1].set(title="their losses: a parabola and a wedge", xlabel="$y$")
    axes[1].legend()
    figure.tight_layout()


show(draw_recipe)

# %% [raw] sources="udl-5.1"
# # BEGIN QUESTION
# name: q1_sigmoid
# points: 3

# %% [markdown]
# ## 1. From any number to a probability
#
# The **sigmoid** turns an output $z$ without limits into a number between $0$ and $1$:
#
# $$\text{sig}(z) = \frac{1}{1 + e^{-z}} .$$
#
# At $z = \log 3$ it is $0.75$. Find its values for $z = 0$ and its limits for $z \to \pm\infty$ on paper. Show
# also that $\text{sig}(-z) = 1 - \text{sig}(z)$. Then write, without the ready-made functions of torch,
#
# - `sigmoid(z)`: the sigmoid of each entry;
# - `log_sigmoid(z)`: the logarithm $\log \text{sig}(z)$ of each entry.
#
# `z` is a float tensor of any shape; the result has the same shape and dtype. Entries may be as large as
# $10^4$ in size, or infinite: then the result is the limit. All digits must be right in both tails. For
# instance $\log \text{sig}(40)$ is not $0$ but about $-4 \cdot 10^{-18}$, and $\text{sig}(-100)$ is small, but
# not $0$. `torch.log1p(u)` gives $\log(1 + u)$ with all digits for small $u$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def sigmoid(z):
    """1 / (1 + exp(-z)) for each entry; same shape and dtype as z."""
    # BEGIN SOLUTION
    # No exponent is positive, so nothing overflows.
    return torch.exp(z.clamp(max=0)) / (1 + torch.exp(-z.abs()))
    # END SOLUTION


def log_sigmoid(z):
    """Logarithm of the sigmoid for each entry; same shape and dtype as z."""
    # BEGIN SOLUTION
    return z.clamp(max=0) - torch.log1p(torch.exp(-z.abs()))
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: sigmoid(log 3) is 0.75 and log_sigmoid(log 3) is log 0.75; shape and dtype stay as they are.
"""  # END TEST CONFIG


def test_log_three(sigmoid, log_sigmoid):
    import math

    import torch

    z = torch.tensor([[math.log(3.0), -math.log(3.0)]])
    for name, got, expected in (
        ("sigmoid", sigmoid(z), [[0.75, 0.25]]),
        ("log_sigmoid", log_sigmoid(z), [[math.log(0.75), math.log(0.25)]]),
    ):
        assert isinstance(got, torch.Tensor), f"{name} should return a tensor"
        assert tuple(got.shape) == (1, 2), f"{name}: expected shape (1, 2), got {tuple(got.shape)}"
        assert got.dtype == torch.float32, f"{name}: expected dtype float32, got {got.dtype}"
        assert torch.allclose(got, torch.tensor(expected)), f"{name}: expected {expected}, got {got.tolist()}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The sigmoid is wrong or inexact for some z. Try z = 1000, z = -100 and both infinities.
"""  # END TEST CONFIG


def test_sigmoid_against_decimals(sigmoid):
    from decimal import Decimal, getcontext

    import torch

    getcontext().prec = 60
    points = [-700.0, -300.25, -88.0, -40.0, -3.0, -0.5, -1e-9, 0.0, 1e-9, 0.75, 2.0, 17.5, 36.0, 40.0, 700.0]
    for dtype, bound, least in ((torch.float64, 1e-12, -701), (torch.float32, 1e-5, -80)):
        z = torch.tensor([v for v in points if v > least], dtype=dtype)
        got = sigmoid(z)
        assert got.dtype == dtype and got.shape == z.shape
        for value, v in zip(got.tolist(), z.tolist()):
            exact = 1 / (1 + (-Decimal(v)).exp())
            # a few roundings of exp and a quotient: some 1e-16 (float64) and 1e-7 (float32), relative
            assert abs(Decimal(value) / exact - 1) < Decimal(bound)
        ends = torch.tensor([-torch.inf, -1e4, -1e3, 0.0, 1e3, 1e4, torch.inf], dtype=dtype)
        assert sigmoid(ends).tolist() == [0, 0, 0, 0.5, 1, 1, 1]
    z = torch.linspace(-5, 5, 24, dtype=torch.float64).reshape(4, 6).T
    assert torch.allclose(sigmoid(z) + sigmoid(-z), torch.ones_like(z), rtol=0, atol=1e-14)
    assert sigmoid(torch.tensor(0.0)).shape == () and sigmoid(torch.zeros(0, 3)).shape == (0, 3)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The logarithm of the sigmoid is wrong or inexact for some z. Taking log(sigmoid(z)) loses it
  in both tails.
"""  # END TEST CONFIG


def test_log_sigmoid_against_decimals(log_sigmoid):
    from decimal import Decimal, getcontext

    import torch

    getcontext().prec = 400
    points = [-1e4, -800.0, -88.0, -20.5, -1.0, 0.0, 0.25, 1.0, 9.0, 20.5, 40.0, 80.0, 700.0]
    for dtype, bound, most in ((torch.float64, 1e-12, 701), (torch.float32, 1e-5, 81)):
        z = torch.tensor([v for v in points if v < most], dtype=dtype)
        got = log_sigmoid(z)
        assert got.dtype == dtype and got.shape == z.shape
        for value, v in zip(got.tolist(), z.tolist()):
            exact = -(1 + (-Decimal(v)).exp()).ln()
            # relative, for values from 1e4 down to 1e-304: a few roundings
            assert abs(Decimal(value) / exact - 1) < Decimal(bound)
        assert log_sigmoid(torch.tensor([-torch.inf, torch.inf], dtype=dtype)).tolist() == [-torch.inf, 0]
    z = torch.linspace(-5, 5, 24, dtype=torch.float64).reshape(4, 6).T
    # log sig(z) - log sig(-z) = z
    assert torch.allclose(log_sigmoid(z) - log_sigmoid(-z), z, rtol=0, atol=1e-14)
    assert log_sigmoid(torch.tensor(0.0)).shape == ()


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-5.2"
# # BEGIN QUESTION
# name: q2_binary_cross_entropy
# points: 4

# %% [markdown]
# ## 2. Two classes
#
# The target is $0$ or $1$, and the model says that $1$ has probability $p$. Then $Pr(y = 1) = p$ and
# $Pr(y = 0) = 1 - p$: a Bernoulli distribution. Its negative logarithm is the **binary cross-entropy** of one
# pair. For $p = 0.8$ it is $-\log 0.8 = 0.22$ if $y = 1$, and $-\log 0.2 = 1.61$ if $y = 0$: small where the
# model is right, never negative. Sketch both curves over $0 \le p \le 1$, one for each target, before you run
# the figure below.
#
# - `bce(p, y)`: the loss of each pair, shape `(N,)`. `p` and `y` are float64 of shape `(N,)`, with
#   $0 \le p \le 1$ and $y$ either $0$ or $1$. Both ends count: the loss is $0$ for a sure and right answer, and
#   infinite for a sure and wrong one. All digits must be right for $p$ near $0$ as well
#   (`torch.log1p(u)` gives $\log(1 + u)$).
# - `bce_logits(f, y)`: the same loss of each pair for $p = \text{sig}(f) = 1 / (1 + e^{-f})$, computed from the
#   **logit** $f$ directly, for $|f|$ up to $1000$. It must be finite there, and so must its gradient in $f$,
#   which autograd should be able to give wherever $f \ne 0$. Going through $p$ will not do: for $f = 40$ the
#   computer takes $p$ for $1$, and a wrong answer looks infinitely bad.


# %% [raw]
# # BEGIN SOLUTION
# %%
def bce(p, y):
    """Binary cross-entropy of each pair from the probability p of y = 1; p, y: float64 (N,)."""
    # BEGIN SOLUTION
    return -torch.where(y == 1, torch.log(p), torch.log1p(-p))
    # END SOLUTION


def bce_logits(f, y):
    """Binary cross-entropy of each pair from logits f; f, y: float64 (N,)."""
    # BEGIN SOLUTION
    # log(1 + exp(u)) with u = -f for y = 1 and u = f for y = 0
    return torch.logaddexp(torch.zeros_like(f), torch.where(y == 1, -f, f))
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For p = 0.8 the loss is -log 0.8 if y = 1 and -log 0.2 if y = 0; for the logit 0 it is log 2.
"""  # END TEST CONFIG


def test_both_targets(bce, bce_logits):
    import math

    import torch

    p, y = torch.tensor([0.8, 0.8], dtype=torch.float64), torch.tensor([1.0, 0.0], dtype=torch.float64)
    for name, got, expected in (
        ("bce", bce(p, y), [-math.log(0.8), -math.log(0.2)]),
        ("bce_logits", bce_logits(torch.zeros(2, dtype=torch.float64), y), [math.log(2.0)] * 2),
    ):
        assert isinstance(got, torch.Tensor), f"{name} should return a tensor"
        assert tuple(got.shape) == (2,), f"{name}: expected shape (2,), got {tuple(got.shape)}"
        expected = torch.tensor(expected, dtype=torch.float64)
        assert got.dtype == torch.float64, f"{name}: expected dtype float64, got {got.dtype}"
        assert torch.allclose(got, expected), f"{name}: expected {expected.tolist()}, got {got.tolist()}"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: bce is wrong for some p. Look at its sign, at p = 0 and p = 1, and at very small p.
"""  # END TEST CONFIG


def test_bce_everywhere(bce):
    import math

    import torch

    p = torch.tensor([1e-300, 1e-20, 1e-6, 0.3, 0.5, 0.9, 1 - 1e-6], dtype=torch.float64)
    for y in (0.0, 1.0):
        got = bce(p, torch.full_like(p, y))
        # the series of -log(1 - p) for small p, math's logarithm for the rest
        zero = [v + v * v / 2 if v < 1e-5 else -math.log(1 - v) for v in p.tolist()]
        exact = [-math.log(v) for v in p.tolist()] if y else zero
        assert torch.allclose(got, torch.tensor(exact, dtype=torch.float64), rtol=1e-9, atol=0)
    ends = torch.tensor([0.0, 0.0, 1.0, 1.0], dtype=torch.float64)
    got = bce(ends, torch.tensor([0.0, 1.0, 0.0, 1.0], dtype=torch.float64))
    assert got.tolist() == [0, math.inf, math.inf, 0]
    for n in (50, 1):
        p, y = torch.rand(n, dtype=torch.float64), torch.randint(0, 2, (n,)).double()
        exact = torch.nn.functional.binary_cross_entropy(p, y, reduction="none")
        assert torch.allclose(bce(p, y), exact, rtol=1e-9, atol=0)


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: bce_logits or its gradient is wrong or not finite for some logit. Try f = 1000 and f = -1000
  with both targets.
"""  # END TEST CONFIG


def test_logits_and_gradient(bce_logits):
    from decimal import Decimal, getcontext

    import torch

    def value_and_gradient(bce_logits, f, y):
        f = f.clone().requires_grad_()
        loss = bce_logits(f, y)
        loss.sum().backward()
        return loss.detach(), f.grad

    getcontext().prec = 500
    logits = [-1000.0, -40.0, -3.5, -1.0, -1e-3, 1e-3, 0.5, 2.0, 36.0, 40.0, 1000.0]
    for y in (0.0, 1.0):
        f = torch.tensor(logits, dtype=torch.float64)
        got, slope = inside(value_and_gradient)(bce_logits, f, torch.full_like(f, y))
        assert got.shape == slope.shape == f.shape
        for value, gradient, v in zip(got.tolist(), slope.tolist(), logits):
            p = 1 / (1 + (-Decimal(v)).exp())
            # float64: a handful of roundings of numbers up to 1000
            assert abs(Decimal(value) + (p.ln() if y else (1 - p).ln())) < Decimal("1e-11")
            assert abs(Decimal(gradient) - (p - Decimal(y))) < Decimal("1e-11")
    mixed = bce_logits(torch.tensor([30.0, 30.0, 0.0], dtype=torch.float64), torch.tensor([0.0, 1.0, 1.0]).double())
    assert abs(mixed[0].item() - 30) < 1e-9 and mixed[1].item() < 1e-9 and abs(mixed[2].item() - 0.6931472) < 1e-6


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_bce():
    p = torch.linspace(0, 1, 401, dtype=torch.float64)
    figure, axis = plt.subplots(figsize=(5, 3.2))
    for target in (0.0, 1.0):
        axis.plot(p, bce(p, torch.full_like(p, target)), label=f"$y = {target:g}$")
    axis.set(xlabel="$p$", ylabel="loss", ylim=(-0.2, 5), title="binary cross-entropy of one pair")
    axis.legend()
    figure.tight_layout()


show(draw_bce)

# %% [raw]
# # BEGIN QUESTION
# name: q3_cross_entropy
# points: 4

# %% [markdown]
# ## 3. Many classes
#
# With $K$ classes the network has $K$ outputs, and the **softmax** makes probabilities of them:
#
# $$Pr(y = k) = \frac{e^{f_k}}{\sum_{j} e^{f_j}} .$$
#
# The loss is the negative logarithm of the probability of the right class, summed over the pairs: the
# **cross-entropy**. With the outputs $(0, \log 3)$ the probabilities are $\tfrac14$ and $\tfrac34$, and if the
# right class is number 1 (classes are numbered from 0), the loss is $-\log \tfrac34$.
#
# - `log_softmax(f)`: the logarithms of the probabilities, shape and dtype of `f`, which is `(N, K)`.
# - `cross_entropy(f, y)`: the loss, a tensor of shape `()`. `y` holds class numbers, int64 of shape `(N,)`.
# - `cross_entropy_grad(f, y)`: the gradient of the loss in the outputs, shape and dtype of `f`, by a formula
#   of your own (no autograd). In the example it is $(\tfrac14, -\tfrac14)$.
# - `two_class_logit(f)`, for `f` of shape `(N, 2)`: the logits, shape `(N,)`, whose sigmoid
#   $1 / (1 + e^{-z})$ is the softmax probability of class 1. Two outputs are one too many.
#
# Outputs may be as large as $10^4$ in size. Adding the same number to all outputs of a pair does not change
# its probabilities: use that, and no function of torch that has softmax, entropy or logsumexp in its name.


# %% [raw]
# # BEGIN SOLUTION
# %%
def log_softmax(f):
    """Logarithm of the softmax of each row; f: (N, K)."""
    # BEGIN SOLUTION
    shifted = f - f.max(dim=1, keepdim=True).values
    return shifted - shifted.exp().sum(dim=1, keepdim=True).log()
    # END SOLUTION


def cross_entropy(f, y):
    """Minus the log-probability of the right classes, summed; f: (N, K), y: int64 (N,)."""
    # BEGIN SOLUTION
    return -log_softmax(f).gather(1, y[:, None]).sum()
    # END SOLUTION


def cross_entropy_grad(f, y):
    """Gradient of the cross-entropy in f, shape (N, K)."""
    # BEGIN SOLUTION
    right = y[:, None] == torch.arange(f.shape[1])
    return log_softmax(f).exp() - right.to(f.dtype)
    # END SOLUTION


def two_class_logit(f):
    """Logits (N,) of class 1 against class 0; f: (N, 2)."""
    # BEGIN SOLUTION
    return f[:, 1] - f[:, 0]
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For the outputs (0, log 3) and class 1 the loss is -log 0.75 and its gradient (0.25, -0.25).
"""  # END TEST CONFIG


def test_two_outputs(log_softmax, cross_entropy, cross_entropy_grad, two_class_logit):
    import math

    import torch

    f, y = torch.tensor([[0.0, math.log(3.0)]], dtype=torch.float64), torch.tensor([1])
    for name, got, expected in (
        ("log_softmax", log_softmax(f), [[math.log(0.25), math.log(0.75)]]),
        ("cross_entropy", cross_entropy(f, y), -math.log(0.75)),
        ("cross_entropy_grad", cross_entropy_grad(f, y), [[0.25, -0.25]]),
        ("two_class_logit", two_class_logit(f), [math.log(3.0)]),
    ):
        expected = torch.tensor(expected, dtype=torch.float64)
        assert isinstance(got, torch.Tensor), f"{name} should return a tensor"
        shape = tuple(expected.shape)
        assert tuple(got.shape) == shape, f"{name}: expected shape {shape}, got {tuple(got.shape)}"
        assert got.dtype == torch.float64, f"{name}: expected dtype float64, got {got.dtype}"
        assert torch.allclose(got, expected), f"{name}: expected {expected.tolist()}, got {got.tolist()}"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: Log-probabilities or loss are wrong for some outputs. Try large ones, one pair, one class,
  and rows that differ.
"""  # END TEST CONFIG


def test_loss_against_torch(log_softmax, cross_entropy):
    import torch

    rng = torch.Generator().manual_seed(1)
    for dtype, bound in ((torch.float64, 1e-11), (torch.float32, 1e-5)):
        for n, k, scale in ((1, 1, 1.0), (1, 5, 1.0), (6, 2, 30.0), (7, 10, 1e3), (40, 3, 1e4), (5, 5, 0.0)):
            f = (scale * torch.randn(k, n, generator=rng, dtype=dtype)).T  # not contiguous
            f = f + 100 * torch.arange(n, dtype=dtype)[:, None]
            y = torch.randint(k, (n,), generator=rng)
            exact = torch.nn.functional.log_softmax(f, dim=1)
            got = log_softmax(f)
            assert got.dtype == dtype and got.shape == f.shape
            # errors are some roundings of numbers as large as the spread of a row
            assert (got - exact).abs().max() <= bound * (1 + scale)
            loss = cross_entropy(f, y)
            assert loss.shape == () and loss.dtype == dtype
            total = torch.nn.functional.cross_entropy(f, y, reduction="sum")
            assert (loss - total).abs() <= bound * (1 + scale) * n


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The gradient is wrong for some outputs. The right class gets a term of its own, and
  every row adds up to zero.
"""  # END TEST CONFIG


def test_gradient_against_autograd(cross_entropy_grad):
    import torch

    rng = torch.Generator().manual_seed(2)
    for dtype, bound in ((torch.float64, 1e-12), (torch.float32, 1e-5)):
        for n, k, scale in ((1, 1, 1.0), (1, 4, 2.0), (9, 3, 1.0), (6, 6, 20.0), (5, 10, 1e4)):
            f = (scale * torch.randn(n, k, generator=rng, dtype=dtype)).requires_grad_()
            y = torch.randint(k, (n,), generator=rng)
            torch.nn.functional.cross_entropy(f, y, reduction="sum").backward()
            got = cross_entropy_grad(f.detach(), y)
            # entries between -1 and 1; in float32 outputs of 20 lose 20 roundings in the exponent
            assert got.dtype == dtype and got.shape == f.shape and (got - f.grad).abs().max() <= bound


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The sigmoid of your logits is not the softmax probability of class 1.
"""  # END TEST CONFIG


def test_two_classes_are_one_logit(two_class_logit):
    import torch

    f = torch.randn(2, 30, generator=torch.Generator().manual_seed(3), dtype=torch.float64).T * 3
    got = two_class_logit(f)
    assert got.shape == (30,) and torch.allclose(torch.sigmoid(got), torch.softmax(f, dim=1)[:, 1], atol=1e-12)
    assert two_class_logit(torch.tensor([[-1e4, 1e4]])).tolist() == [2e4]


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="cs-losses-1"
# # BEGIN QUESTION
# name: q4_squared_or_cross_entropy
# points: 5

# %% [markdown]
# ## 4. Dog or hotdog
#
# A classifier tells dogs ($y = 0$) from hotdogs ($y = 1$). Its output $z$ gives the probability of a hotdog,
# $p = \text{sig}(z) = 1 / (1 + e^{-z})$. Should it be trained with the squared error $(p - y)^2$ (we call it
# `"l2"`) or with the cross-entropy, $-\log p$ for $y = 1$ and $-\log(1 - p)$ for $y = 0$ (`"bce"`)?
#
# - `compare_losses(y, p)`, both float64 of shape `(N,)` and $0 < p < 1$: a dictionary of floats with the keys
#   `"l2_sum"`, `"l2_mean"`, `"bce_sum"` and `"bce_mean"`. With targets $(1, 0)$ and $p = (0.5, 0.5)$:
#   $0.5$, $0.25$, $2\log 2$ and $\log 2$.
# - `slopes(z, y)`, both float64 of shape `(N,)`: the pair `(dl2, dbce)` of tensors of shape `(N,)`, the
#   derivatives **in $z$** of both losses of each pair, by formulas of your own. Finite for $|z|$ up to $1000$.
#   At $z = 0$, $y = 1$ they are $-0.25$ and $-0.5$.
# - `steps_to_half(loss, z0, rate)`: gradient descent for one pair with $y = 1$, on $z$ itself, from `z0`. Each
#   step is $z \leftarrow z - \text{rate} \cdot \partial\,\text{loss} / \partial z$, where `loss` is `"l2"` or
#   `"bce"`. Return the number of steps (an int) until $p > 0.5$ for the first time. It is $0$ if that holds at
#   the start. For `("bce", 0.0, 1.0)` it is $1$.
# - `steepest_p`: the probability $p$ at which the squared error of a pair with $y = 1$ has its steepest slope
#   in $z$ (largest in size).
# - `better_loss`: `"l2"` or `"bce"`.
#
# Then set each entry of `loss_facts` to `True` or `False`. They are about one pair with $y = 1$ and about the
# losses as functions of $z$, except the last.
#
# - `"l2_bounded"`, `"bce_bounded"`: the loss never exceeds $1$, whatever $z$ is.
# - `"l2_convex"`, `"bce_convex"`: the loss is a convex function of $z$.
# - `"l2_steepest_when_most_wrong"`: the more wrong the prediction, the steeper the squared error.
# - `"both_right"`: with targets $(0, 1)$, the predictions $p = (0.8, 0.2)$ are both on the right side of $0.5$.

# %% [raw]
# # BEGIN SOLUTION
# %%
better_loss = "bce"  # SOLUTION
steepest_p = 1 / 3  # SOLUTION


def compare_losses(y, p):
    """Sum and mean of squared error and cross-entropy: a dict of four floats; y, p: (N,)."""
    # BEGIN SOLUTION
    losses = {"l2": (p - y) ** 2, "bce": -torch.log(torch.where(y == 1, p, 1 - p))}
    sums = {f"{name}_sum": loss.sum().item() for name, loss in losses.items()}
    return sums | {f"{name}_mean": loss.mean().item() for name, loss in losses.items()}
    # END SOLUTION


def slopes(z, y):
    """Derivatives in z of the squared error and of the cross-entropy of each pair: two tensors (N,)."""
    # BEGIN SOLUTION
    p = torch.sigmoid(z)
    return 2 * (p - y) * p * (1 - p), p - y
    # END SOLUTION


def steps_to_half(loss, z0, rate):
    """Gradient steps on z, for y = 1, until p > 0.5; loss is "l2" or "bce". An int."""
    # BEGIN SOLUTION
    steps, z = 0, z0
    while z <= 0:
        p = 1 / (1 + math.exp(-z))
        z += rate * (1 - p) * (2 * p * (1 - p) if loss == "l2" else 1)
        steps += 1
    return steps
    # END SOLUTION


loss_facts = {}
loss_facts["l2_bounded"] = True  # SOLUTION
loss_facts["bce_bounded"] = False  # SOLUTION
loss_facts["l2_convex"] = False  # SOLUTION
loss_facts["bce_convex"] = True  # SOLUTION
loss_facts["l2_steepest_when_most_wrong"] = False  # SOLUTION
loss_facts["both_right"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For p = 0.5 the four losses are 0.5, 0.25, 2 log 2 and log 2; at z = 0, y = 1 the slopes are
  -0.25 and -0.5; ("bce", 0, 1) needs 1 step.
"""  # END TEST CONFIG


def test_half(compare_losses, slopes, steps_to_half, steepest_p, better_loss, loss_facts):
    import math

    import torch

    y, p = torch.tensor([1.0, 0.0], dtype=torch.float64), torch.tensor([0.5, 0.5], dtype=torch.float64)
    got = compare_losses(y, p)
    assert isinstance(got, dict), "compare_losses should return a dictionary"
    for key, value in (
        ("l2_sum", 0.5),
        ("l2_mean", 0.25),
        ("bce_sum", math.log(4)),
        ("bce_mean", math.log(2)),
    ):
        assert key in got, f"compare_losses: there is no entry {key!r}"
        assert abs(got[key] - value) < 1e-9, f"{key}: expected {value}, got {got[key]}"
    got = slopes(torch.zeros(1, dtype=torch.float64), y[:1])
    assert isinstance(got, (tuple, list)) and len(got) == 2, "slopes should return (dl2, dbce)"
    for name, part, value in (("dl2", got[0], -0.25), ("dbce", got[1], -0.5)):
        assert isinstance(part, torch.Tensor) and tuple(part.shape) == (1,), f"{name} should be a tensor (1,)"
        assert abs(part.item() - value) < 1e-9, f"{name} at z = 0, y = 1: expected {value}, got {part.item()}"
    got = steps_to_half("bce", 0.0, 1.0)
    assert type(got) is int, "steps_to_half should return an int"
    assert got == 1, f'steps_to_half("bce", 0.0, 1.0): expected 1, got {got}'
    assert isinstance(steepest_p, (int, float)), "steepest_p should be a number"
    assert better_loss in ("l2", "bce"), 'better_loss should be "l2" or "bce"'
    assert isinstance(loss_facts, dict), "loss_facts should be a dictionary"
    keys = [
        "l2_bounded",
        "bce_bounded",
        "l2_convex",
        "bce_convex",
        "l2_steepest_when_most_wrong",
        "both_right",
    ]
    for key in keys:
        assert isinstance(loss_facts.get(key), bool), f"loss_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A loss is wrong, or a slope is not the derivative in z. Compute the losses for targets (0, 1)
  and predictions (0.8, 0.2) by hand.
"""  # END TEST CONFIG


def test_losses_and_slopes(compare_losses, slopes):
    import torch
    import torch.nn.functional as F

    rng = torch.Generator().manual_seed(4)
    example = torch.tensor([0.0, 1.0], dtype=torch.float64), torch.tensor([0.8, 0.2], dtype=torch.float64)
    cases = [example, (torch.ones(1, dtype=torch.float64), torch.full((1,), 0.9, dtype=torch.float64))]
    for n in (2, 3, 17):
        y = torch.randint(2, (n,), generator=rng).double()
        cases.append((y, torch.rand(n, generator=rng, dtype=torch.float64) * 0.9 + 0.05))
    for y, p in cases:
        got = compare_losses(y, p)
        for how in ("sum", "mean"):
            assert abs(got[f"l2_{how}"] - F.mse_loss(p, y, reduction=how).item()) < 1e-10
            assert abs(got[f"bce_{how}"] - F.binary_cross_entropy(p, y, reduction=how).item()) < 1e-10
    numbers = torch.tensor([-1000.0, -40, -6, -4, -2, -0.5, 0, 1, 3, 40, 1000], dtype=torch.float64)
    z = torch.cat([numbers, numbers]).requires_grad_()
    y = torch.cat([torch.zeros(11), torch.ones(11)]).double()
    (l2,) = torch.autograd.grad(((torch.sigmoid(z) - y) ** 2).sum(), z)
    (bce,) = torch.autograd.grad(F.binary_cross_entropy_with_logits(z, y, reduction="sum"), z)
    dl2, dbce = slopes(z.detach(), y)
    # numbers below 1, a few roundings
    assert (dl2 - l2).abs().max() < 1e-12 and (dbce - bce).abs().max() < 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The number of steps is wrong for some start, rate or loss. A step uses the slope in z, and
  p = 0.5 is not yet above 0.5.
"""  # END TEST CONFIG


def test_steps_by_autograd(steps_to_half):
    import torch
    import torch.nn.functional as F

    starts = [
        ("l2", -6.0, 1.0),
        ("bce", -6.0, 1.0),
        ("l2", -3.0, 0.5),
        ("bce", -10.0, 0.3),
        ("l2", -4.0, 2.5),
    ]
    starts += [
        ("l2", 0.0, 1.0),
        ("bce", 0.0, 0.01),
        ("l2", 1e-6, 1.0),
        ("bce", 2.0, 1.0),
        ("bce", -0.25, 1.0),
    ]
    for loss, z0, rate in starts:
        z, steps = torch.tensor([z0], dtype=torch.float64), 0
        while torch.sigmoid(z).item() <= 0.5:
            z.requires_grad_()
            l2, bce = (torch.sigmoid(z) - 1) ** 2, F.binary_cross_entropy_with_logits(z, torch.ones_like(z))
            (slope,) = torch.autograd.grad(l2.sum() if loss == "l2" else bce, z)
            z, steps = (z - rate * slope).detach(), steps + 1
        assert steps_to_half(loss, z0, rate) == steps


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: steepest_p, better_loss or one of the six statements is wrong. Plot both losses and their
  slopes over z.
"""  # END TEST CONFIG


def test_facts_by_computing(steepest_p, better_loss, loss_facts):
    import torch
    import torch.nn.functional as F

    z = torch.linspace(-20, 20, 40001, dtype=torch.float64, requires_grad=True)
    p = torch.sigmoid(z)
    losses = {
        "l2": (p - 1) ** 2,
        "bce": F.binary_cross_entropy_with_logits(z, torch.ones_like(z), reduction="none"),
    }
    slope = {name: torch.autograd.grad(loss.sum(), z, retain_graph=True)[0] for name, loss in losses.items()}
    assert abs(steepest_p - p[slope["l2"].abs().argmax()].item()) < 1e-3
    assert len(loss_facts) == 6
    for name, loss in losses.items():
        assert loss_facts[f"{name}_bounded"] is bool(loss.max() <= 1)
        # convex: the slope never falls (beyond rounding)
        assert loss_facts[f"{name}_convex"] is bool((slope[name].diff() > -1e-12).all())
    assert loss_facts["l2_steepest_when_most_wrong"] is bool((slope["l2"].abs().diff() < 1e-12).all())
    assert loss_facts["both_right"] is all((guess > 0.5) == bool(target) for target, guess in ((0, 0.8), (1, 0.2)))
    pull = {name: slope[name][0].abs().item() for name in losses}
    assert better_loss == max(pull, key=pull.get)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_slopes():
    z = torch.linspace(-8, 8, 321, dtype=torch.float64)
    dl2, dbce = slopes(z, torch.ones_like(z))
    figure, axes = plt.subplots(1, 2, figsize=(10, 3))
    axes[0].plot(z, (torch.sigmoid(z) - 1) ** 2, label="squared error")
    axes[0].plot(z, torch.log1p(torch.exp(-z)), label="cross-entropy")
    axes[0].set(xlabel="$z$", title="loss for $y = 1$")
    axes[1].plot(z, dl2, label="squared error")
    axes[1].plot(z, dbce, label="cross-entropy")
    axes[1].set(xlabel="$z$", title="slope in $z$")
    axes[0].legend()
    figure.tight_layout()


show(draw_slopes)

# %% [raw] sources="udl-5.7"
# # BEGIN QUESTION
# name: q5_normal
# points: 4

# %% [markdown]
# ## 5. Where least squares comes from
#
# A network predicts $D$ real targets at once, say $D = 10$. Model them as independent normals: target $d$ has
# the predicted mean $f_d$, and all share one known variance $\sigma^2$. The density of a single target is
#
# $$\frac{1}{\sqrt{2\pi\sigma^2}} \exp\left(-\frac{(y_d - f_d)^2}{2\sigma^2}\right),$$
#
# for $y_d = f_d$ and $\sigma^2 = 1$ that is $1 / \sqrt{2\pi} = 0.40$. Write down the likelihood of one pair
# with $D$ targets, then the negative log-likelihood of $N$ pairs. Then write, with `f` and `y` float64 of
# shape `(N, D)` and `var` a float, the variance,
#
# - `normal_pdf(f, y, var)`: the density of each pair (all its $D$ targets together), shape `(N,)`;
# - `normal_nll(f, y, var)`: the negative log-likelihood of all pairs, a tensor of shape `()`. It stays finite
#   where the density itself is too small for a float;
# - `nll_parts(var, n, d)`: the pair of floats $(c_1, c_0)$, which depend on nothing but the arguments, with
#   $$\text{nll} = c_1 \sum_{i,d} (y_{id} - f_{id})^2 + c_0 .$$
#   So minimising one is minimising the other. For $\sigma^2 = \tfrac12$, $c_1$ is $1$;
# - `best_variance(f, y)`: the variance, a float, for which the negative log-likelihood is smallest while `f`
#   and `y` stay as they are. Not all residuals are zero.


# %% [raw]
# # BEGIN SOLUTION
# %%
def normal_pdf(f, y, var):
    """Density of each pair, shape (N,); f, y: (N, D), var: the shared variance."""
    # BEGIN SOLUTION
    return torch.exp(-((y - f) ** 2) / (2 * var)).div(math.sqrt(2 * math.pi * var)).prod(dim=1)
    # END SOLUTION


def normal_nll(f, y, var):
    """Negative log-likelihood of all pairs, shape ()."""
    # BEGIN SOLUTION
    return ((y - f) ** 2 / (2 * var) + math.log(2 * math.pi * var) / 2).sum()
    # END SOLUTION


def nll_parts(var, n, d):
    """Floats (c1, c0) with nll = c1 * (sum of squared residuals) + c0, for n pairs of d targets."""
    # BEGIN SOLUTION
    return 1 / (2 * var), n * d / 2 * math.log(2 * math.pi * var)
    # END SOLUTION


def best_variance(f, y):
    """The variance with the smallest negative log-likelihood, a float."""
    # BEGIN SOLUTION
    return ((y - f) ** 2).mean().item()
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: One target that is predicted exactly, with variance 1, has the density 1 / sqrt(2 pi) and the
  nll log(2 pi) / 2; for variance 0.5 the factor c1 is 1.
"""  # END TEST CONFIG


def test_one_target(normal_pdf, normal_nll, nll_parts, best_variance):
    import math

    import torch

    zero = torch.zeros(1, 1, dtype=torch.float64)
    got = normal_pdf(zero, zero, 1.0)
    assert isinstance(got, torch.Tensor), "normal_pdf should return a tensor"
    assert tuple(got.shape) == (1,), f"normal_pdf: expected shape (1,), got {tuple(got.shape)}"
    expected = 1 / math.sqrt(2 * math.pi)
    assert abs(got.item() - expected) < 1e-9, f"normal_pdf: expected {expected:.5f}, got {got.item():.5f}"
    got = normal_nll(zero, zero, 1.0)
    assert isinstance(got, torch.Tensor), "normal_nll should return a tensor"
    assert tuple(got.shape) == (), f"normal_nll: expected shape (), got {tuple(got.shape)}"
    assert abs(got.item() + math.log(expected)) < 1e-9, f"normal_nll: expected {-math.log(expected):.5f}, got {got}"
    got = nll_parts(0.5, 1, 1)
    assert isinstance(got, (tuple, list)) and len(got) == 2, "nll_parts should return (c1, c0)"
    assert abs(got[0] - 1) < 1e-9, f"nll_parts(0.5, 1, 1): expected c1 = 1, got {got[0]}"
    got = best_variance(zero, zero + 3)
    assert isinstance(got, float), "best_variance should return a float"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: Density or negative log-likelihood is wrong for some shape or variance. Independent targets
  multiply; var is the variance, not the standard deviation.
"""  # END TEST CONFIG


def test_against_multivariate_normal(normal_pdf, normal_nll):
    import torch

    rng = torch.Generator().manual_seed(5)
    for n, d, var in ((1, 1, 2.0), (1, 10, 0.3), (7, 3, 4.0), (4, 10, 1.7), (5, 2, 0.01)):
        f = torch.randn(d, n, generator=rng, dtype=torch.float64).T
        y = f + var**0.5 * torch.randn(n, d, generator=rng, dtype=torch.float64)
        together = torch.distributions.MultivariateNormal(f, var * torch.eye(d, dtype=torch.float64))
        log_density = together.log_prob(y)
        pdf = normal_pdf(f, y, var)
        assert pdf.shape == (n,) and torch.allclose(pdf, log_density.exp(), rtol=1e-9, atol=0)
        got = normal_nll(f, y, var)
        # sums of at most 40 terms of size 10
        assert got.shape == () and abs(got.item() + log_density.sum().item()) < 1e-9
    f, y = torch.zeros(3, 500, dtype=torch.float64), torch.full((3, 500), 4.0, dtype=torch.float64)
    exact = -torch.distributions.Normal(0.0, 0.5**0.5).log_prob(torch.tensor(4.0, dtype=torch.float64)) * 1500
    assert abs(normal_nll(f, y, 0.5).item() / exact.item() - 1) < 1e-6


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: c1 times the sum of squares plus c0 is not the negative log-likelihood, or the gradients do
  not have the ratio c1.
"""  # END TEST CONFIG


def test_parts(nll_parts, normal_nll):
    import torch

    def gradient(normal_nll, f, y, var):
        f = f.clone().requires_grad_()
        normal_nll(f, y, var).backward()
        return f.grad

    rng = torch.Generator().manual_seed(6)
    for n, d, var in ((1, 1, 1.0), (1, 10, 0.3), (6, 3, 4.0), (3, 10, 0.02), (2, 5, 10.0)):
        f, y = torch.randn(2, n, d, generator=rng, dtype=torch.float64)
        c1, c0 = nll_parts(var, n, d)
        squares = ((f - y) ** 2).sum().item()
        exact = -torch.distributions.Normal(f, var**0.5).log_prob(y).sum().item()
        assert abs(c1 * squares + c0 - exact) < 1e-10 * (1 + c1 * squares)
        assert torch.allclose(inside(gradient)(normal_nll, f, y, var), c1 * 2 * (f - y), rtol=1e-9, atol=1e-12)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: With another variance the negative log-likelihood is smaller.
"""  # END TEST CONFIG


def test_best_variance_by_trying(best_variance):
    import torch

    rng = torch.Generator().manual_seed(7)
    for n, d, scale in ((1, 1, 3.0), (4, 3, 0.1), (20, 2, 5.0)):
        f = torch.randn(n, d, generator=rng, dtype=torch.float64)
        y = f + scale * torch.randn(n, d, generator=rng, dtype=torch.float64) + 0.5
        nll = lambda var: -torch.distributions.Normal(f, var**0.5).log_prob(y).sum().item()
        var = best_variance(f, y)
        assert isinstance(var, float) and nll(var) < min(nll(var * 0.99), nll(var * 1.01))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-5.8"
# # BEGIN QUESTION
# name: q6_heteroscedastic
# points: 4

# %% [markdown]
# ## 6. A network that says how sure it is
#
# Now the noise may depend on the input, too. For each of its $D_o$ targets the network predicts a mean $f_d$
# and a number $s_d$, and the target is normal with mean $f_d$ and variance $s_d^2$, independent of the others.
# The square keeps the variance positive, so $s_d$ itself may have either sign. For a single target with
# $f = 0$, $s = 2$, $y = 2$ the loss is $\tfrac12 \log(2\pi \cdot 4) + \tfrac12$.
#
# - `hetero_nll(mean, s, y)`: the negative log-likelihood of all pairs, a tensor of shape `()`. All three
#   arguments are float64 of shape `(N, D_o)`, and no entry of `s` is zero.
# - `hetero_slope(mean, s, y)`: the derivative of this loss in each entry of `s`, shape `(N, D_o)`, by a
#   formula of your own (no autograd). In the example it is $0$: $s$ is already as large as the residual.
# - `hetero_outputs(d_in, d_out)`: how many outputs such a network needs for `d_in` inputs and `d_out`
#   targets, an int.


# %% [raw]
# # BEGIN SOLUTION
# %%
def hetero_nll(mean, s, y):
    """Negative log-likelihood of normals with means `mean` and variances s**2, shape (); all (N, D_o)."""
    # BEGIN SOLUTION
    return (torch.log(2 * math.pi * s**2) / 2 + (y - mean) ** 2 / (2 * s**2)).sum()
    # END SOLUTION


def hetero_slope(mean, s, y):
    """Derivative of the loss in s, shape (N, D_o)."""
    # BEGIN SOLUTION
    return 1 / s - (y - mean) ** 2 / s**3
    # END SOLUTION


def hetero_outputs(d_in, d_out):
    """Number of outputs of the network, an int."""
    # BEGIN SOLUTION
    return 2 * d_out
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For mean 0, s = 2 and y = 2 the loss is log(8 pi) / 2 + 0.5 and its derivative in s is 0.
"""  # END TEST CONFIG


def test_one_target(hetero_nll, hetero_slope, hetero_outputs):
    import math

    import torch

    mean, s, y = (torch.full((1, 1), v, dtype=torch.float64) for v in (0.0, 2.0, 2.0))
    got = hetero_nll(mean, s, y)
    assert isinstance(got, torch.Tensor), "hetero_nll should return a tensor"
    assert tuple(got.shape) == (), f"hetero_nll: expected shape (), got {tuple(got.shape)}"
    expected = math.log(8 * math.pi) / 2 + 0.5
    assert abs(got.item() - expected) < 1e-9, f"hetero_nll: expected {expected:.5f}, got {got.item():.5f}"
    got = hetero_slope(mean, s, y)
    assert isinstance(got, torch.Tensor), "hetero_slope should return a tensor"
    assert tuple(got.shape) == (1, 1), f"hetero_slope: expected shape (1, 1), got {tuple(got.shape)}"
    assert abs(got.item()) < 1e-9, f"hetero_slope: expected 0, got {got.item()}"
    assert type(hetero_outputs(1, 1)) is int, "hetero_outputs should return an int"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The loss is wrong for some means or s. Every one of the D_o targets counts, s is not the
  variance, and it may be negative.
"""  # END TEST CONFIG


def test_against_normal(hetero_nll):
    import torch

    def gradient(hetero_nll, mean, s, y):
        mean = mean.clone().requires_grad_()
        hetero_nll(mean, s, y).backward()
        return mean.grad

    rng = torch.Generator().manual_seed(8)
    for n, d in ((1, 1), (7, 10), (2, 3), (1, 4), (3, 500)):
        mean, y = torch.randn(2, n, d, generator=rng, dtype=torch.float64)
        s = torch.rand(d, n, generator=rng, dtype=torch.float64).T * 2 + 0.05
        s = s * torch.where(torch.rand(n, d, generator=rng) < 0.5, -1.0, 1.0)
        got = hetero_nll(mean, s, y)
        log_density = torch.distributions.Normal(mean, s.abs()).log_prob(y)
        # at most 1500 terms, rounded one by one
        assert got.shape == () and abs(got.item() + log_density.sum().item()) < 1e-11 * log_density.abs().sum().item()
        grad = inside(gradient)(hetero_nll, mean, s, y)
        assert torch.allclose(grad, (mean - y) / s / s, rtol=1e-9, atol=1e-9)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The derivative in s is wrong somewhere. Check negative s, and both a too small and a too
  large s.
"""  # END TEST CONFIG


def test_slope_by_autograd(hetero_slope):
    import torch

    rng = torch.Generator().manual_seed(9)
    for n, d in ((1, 1), (4, 3), (2, 8)):
        mean, y, s = torch.randn(3, n, d, generator=rng, dtype=torch.float64)
        s = (s + 0.1 * s.sign()).requires_grad_()
        (-torch.distributions.Normal(mean, s.abs()).log_prob(y).sum()).backward()
        got = hetero_slope(mean, s.detach(), y)
        # cubes of 1 / s, up to 1e3 in size
        assert got.shape == (n, d) and torch.allclose(got, s.grad, rtol=1e-9, atol=1e-9)
    # the best variance is the squared residual
    s = torch.tensor([[-0.25, 3.0]], dtype=torch.float64)
    assert hetero_slope(s * 0, s, -s).abs().max() < 1e-9


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The number of outputs is wrong for some network. What does it depend on?
"""  # END TEST CONFIG


def test_outputs(hetero_outputs):
    # each target needs one output per parameter of its distribution
    per_target = len(("mean", "s"))
    for d_in in (1, 3, 10):
        for d_out in (1, 2, 5, 10):
            assert hetero_outputs(d_in, d_out) == d_out * per_target


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-5.9"
# # BEGIN QUESTION
# name: q7_output_scaling
# points: 6

# %% [markdown]
# ## 7. Metres and kilograms
#
# A network predicts the height of people in metres and their weight in kilograms, with one sum of squared
# errors for both. The heights differ by about $0.1$, the weights by about $12$. What goes wrong?
#
# The network below has a bottleneck: a single linear hidden unit has to serve both outputs. For such a network
# least squares can be solved exactly, and `fit_bottleneck(x, y)` does so: it returns the best predictions,
# shape `(N, D)`, for inputs `(N, D_i)` and targets `(N, D)`. `make_people(seed)` makes data. All arrays in
# this question are float64 numpy arrays.


# %%
def make_people(seed, n=500):
    """Inputs (n, 2) and targets (n, 2): height in metres, weight in kilograms."""
    x = np.random.default_rng(seed).normal(size=(n, 2))
    height = 1.7 + 0.1 * (0.8 * x[:, 0] + 0.6 * x[:, 1])
    return x, np.stack([height, 70 + 12 * x[:, 1]], axis=1)


def fit_bottleneck(x, y):
    """Least-squares predictions of a linear network with one hidden unit, which all outputs share."""
    design = np.column_stack([np.ones(len(x)), x])
    best = design @ np.linalg.lstsq(design, y, rcond=None)[0]
    centre = best.mean(axis=0)
    direction = np.linalg.svd(best - centre, full_matrices=False)[2][0]
    return centre + np.outer((best - centre) @ direction, direction)


# %% [markdown]
# Write, for targets `y` and predictions `pred` of shape `(N, D)`,
#
# - `loss_share(y, pred)`: the share of each output in the sum of squared errors, shape `(D,)`; the shares add
#   up to 1. Not all errors are zero. For errors $3$ and $1$ of a single pair the shares are $0.9$ and $0.1$.
# - `r_squared(y, pred)`: for each output, $R^2 = 1 - \dfrac{\text{sum of squared errors}}
#   {\text{sum of squared deviations of } y \text{ from its mean}}$, shape `(D,)`. It is $1$ for a perfect
#   prediction, and $0$ for predicting the mean. No output is constant.
# - `fit_standardised(x, y, fit)`: the first remedy. Standardise each output of `y` (mean 0, standard deviation
#   1), call `fit(x, z)` with the standardised targets `z`, and return its predictions in the original units,
#   shape `(N, D)`. `fit` may be any function that is called like `fit_bottleneck`.
# - `free_variance_nll(y, pred)`: the second remedy. Output $d$ is normal with a variance $\sigma_d^2$ of its
#   own, the same for all pairs, and the variances are learned. Return the negative log-likelihood of all
#   pairs, a float, with each $\sigma_d^2$ at its best value for these predictions, including the term with
#   $2\pi$. For $N = 2$, one output and errors $1$ and $-1$ the best variance is $1$, and the loss is
#   $\log(2\pi) + 1$. No output is predicted perfectly.
#
# Then set each entry of `scaling_facts` to `True` or `False`. Helping means that $R^2$ of the height rises by
# more than $0.1$.
#
# - `"units_matter"`: if the weight is measured in tonnes, plain least squares with the bottleneck gives
#   another $R^2$ of the height.
# - `"standardising_helps"`: `fit_standardised` helps.
# - `"scaling_inputs_helps"`: plain least squares with both inputs multiplied by 100 helps.
# - `"constant_factor_helps"`: multiplying the whole loss by 1000 helps.
# - `"free_variances_ignore_units"`: which of two predictions has the smaller `free_variance_nll` does not
#   depend on the units of the weight.
# - `"own_parameters_ignore_units"`: with linear parameters of its own for each output, in place of the
#   bottleneck, the predicted heights of plain least squares do not depend on the units of the weight.


# %% [raw]
# # BEGIN SOLUTION
# %%
def loss_share(y, pred):
    """Share of each output in the sum of squared errors, shape (D,)."""
    # BEGIN SOLUTION
    squares = (pred - y) ** 2
    return squares.sum(axis=0) / squares.sum()
    # END SOLUTION


def r_squared(y, pred):
    """R squared of each output, shape (D,)."""
    # BEGIN SOLUTION
    return 1 - ((pred - y) ** 2).sum(axis=0) / ((y - y.mean(axis=0)) ** 2).sum(axis=0)
    # END SOLUTION


def fit_standardised(x, y, fit):
    """Predictions, in the units of y, of a fit to standardised targets, shape (N, D)."""
    # BEGIN SOLUTION
    mean, sd = y.mean(axis=0), y.std(axis=0)
    return mean + sd * fit(x, (y - mean) / sd)
    # END SOLUTION


def free_variance_nll(y, pred):
    """Negative log-likelihood with the best variance for each output, a float."""
    # BEGIN SOLUTION
    variances = ((pred - y) ** 2).mean(axis=0)
    return float(len(y) / 2 * (np.log(2 * np.pi * variances) + 1).sum())
    # END SOLUTION


scaling_facts = {}
scaling_facts["units_matter"] = True  # SOLUTION
scaling_facts["standardising_helps"] = True  # SOLUTION
scaling_facts["scaling_inputs_helps"] = False  # SOLUTION
scaling_facts["constant_factor_helps"] = False  # SOLUTION
scaling_facts["free_variances_ignore_units"] = True  # SOLUTION
scaling_facts["own_parameters_ignore_units"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Errors 3 and 1 have the shares 0.9 and 0.1; a perfect prediction has R squared 1; with errors
  1 and -1 the loss with a free variance is log(2 pi) + 1.
"""  # END TEST CONFIG


def test_small_cases(loss_share, r_squared, fit_standardised, free_variance_nll, scaling_facts):
    import math

    import numpy as np

    got = loss_share(np.array([[0.0, 0.0]]), np.array([[3.0, 1.0]]))
    assert got is not None, "loss_share(...) returned None: expected an array of shape (D,)"
    assert np.shape(got) == (2,), f"loss_share: expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, [0.9, 0.1]), f"loss_share: expected [0.9, 0.1], got {np.asarray(got).tolist()}"
    y = np.array([[1.0], [3.0]])
    got = r_squared(y, y)
    assert got is not None, "r_squared(...) returned None: expected an array of shape (D,)"
    assert np.shape(got) == (1,), f"r_squared: expected shape (1,), got {np.shape(got)}"
    assert np.allclose(got, [1]), f"r_squared of a perfect prediction: expected [1], got {np.asarray(got).tolist()}"
    got = fit_standardised(np.zeros((2, 1)), y, lambda x, z: z)
    assert got is not None, "fit_standardised(...) returned None: expected an array of shape (N, D)"
    assert np.shape(got) == (2, 1), f"fit_standardised: expected shape (2, 1), got {np.shape(got)}"
    assert np.allclose(got, y), f"a fit that returns its targets should give y back, got {np.asarray(got).tolist()}"
    got = free_variance_nll(np.array([[1.0], [1.0]]), np.array([[2.0], [0.0]]))
    assert got is not None, "free_variance_nll(...) returned None: expected a float"
    expected = math.log(2 * math.pi) + 1
    assert np.shape(got) == () and abs(got - expected) < 1e-9, f"expected {expected:.5f}, got {got}"
    assert isinstance(scaling_facts, dict), "scaling_facts should be a dictionary"
    keys = ["units_matter", "standardising_helps", "scaling_inputs_helps", "constant_factor_helps"]
    for key in [*keys, "free_variances_ignore_units", "own_parameters_ignore_units"]:
        assert isinstance(scaling_facts.get(key), bool), f"scaling_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Shares or R squared are wrong for some predictions. Both are taken output by output, over
  all pairs.
"""  # END TEST CONFIG


def test_shares_and_r_squared(loss_share, r_squared):
    import math

    import numpy as np

    rng = np.random.default_rng(10)
    for n, d in ((2, 1), (5, 2), (30, 4)):
        y = rng.normal(size=(n, 2 * d))[:, ::2] * 10.0 ** np.arange(d) + 3
        pred = y + rng.normal(size=(n, d))
        errors = [math.fsum((a - b) ** 2 for a, b in zip(y[:, k], pred[:, k])) for k in range(d)]
        spread = [sum((a - b) ** 2 for a in y[:, k] for b in y[:, k]) / (2 * n) for k in range(d)]
        assert np.allclose(loss_share(y, pred), [e / math.fsum(errors) for e in errors], rtol=1e-9)
        # spreads as sums over pairs of pairs
        assert np.allclose(r_squared(y, pred), [1 - e / s for e, s in zip(errors, spread)], rtol=1e-7, atol=1e-9)
        assert np.shape(loss_share(y, pred)) == np.shape(r_squared(y, pred)) == (d,)


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The fit does not see standardised targets, or its predictions do not come back in the units
  of y, or the height is still neglected.
"""  # END TEST CONFIG


def test_standardised_fit(fit_standardised):
    import numpy as np

    def bottleneck(x, y):
        design = np.column_stack([np.ones(len(x)), x])
        best = design @ np.linalg.lstsq(design, y, rcond=None)[0]
        centre = best.mean(axis=0)
        direction = np.linalg.svd(best - centre, full_matrices=False)[2][0]
        return centre + np.outer((best - centre) @ direction, direction)

    r2 = lambda y, pred: 1 - ((y - pred) ** 2).sum(0) / ((y - y.mean(0)) ** 2).sum(0)
    for seed in range(5):
        x = np.random.default_rng(100 + seed).normal(size=(400, 2))
        y = np.stack([1.7 + 0.08 * x[:, 0] + 0.06 * x[:, 1], 70 + 12 * x[:, 1]], axis=1)
        # 30 seeds gave 0.31 to 0.42 for the height without standardising, 0.78 to 0.83 for both with it
        assert r2(y, bottleneck(x, y))[0] < 0.5 and r2(y, fit_standardised(x, y, bottleneck)).min() > 0.7
    rng = np.random.default_rng(11)
    y = rng.normal(size=(50, 3)) * [0.01, 1.0, 300.0] + [5.0, -2.0, 0.0]

    def probe(fit_standardised, x, y):
        seen = []

        def fit(x, z):
            seen.append((x.copy(), z.copy()))
            return z / 2 + 1

        return fit_standardised(x, y, fit), seen

    half, seen = inside(probe)(fit_standardised, y * 7, y)
    ((inputs, z),) = seen
    assert np.allclose(inputs, y * 7) and np.allclose(z.mean(0), 0, atol=1e-9)
    # the standard deviation with N or with N - 1: both will do
    ratio = z.std(0)
    assert np.allclose(ratio, 1, rtol=1e-9) or np.allclose(ratio, np.sqrt(49 / 50), rtol=1e-9)
    sd = y.std(0) / ratio
    assert np.allclose(half, y.mean(0) + (y - y.mean(0)) / 2 + sd, rtol=1e-9, atol=1e-12)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The loss with free variances is not the smallest over all variances, or one variance is
  shared between outputs.
"""  # END TEST CONFIG


def test_free_variances(free_variance_nll):
    import numpy as np
    import torch

    rng = np.random.default_rng(12)
    for n, d in ((1, 1), (2, 1), (6, 2), (25, 4)):
        y = rng.normal(size=(n, d)) * 10.0 ** np.arange(d)
        pred = y + rng.normal(size=(n, d)) * 3.0 ** np.arange(d) + 0.1
        errors = torch.tensor(pred - y)
        # the best variance of each output by a fine search, in steps of 1e-3 of its logarithm
        lowest = 0.0
        for k in range(d):
            logs = torch.log(errors[:, k].abs().mean()) + torch.arange(-3, 3, 1e-3, dtype=torch.float64)
            normal = torch.distributions.Normal(0.0, logs.exp()[:, None])
            lowest += -normal.log_prob(errors[:, k]).sum(dim=1).max().item()
        got = free_variance_nll(y, pred)
        # half a step of the search costs N * 0.0005 ** 2 at each of d minima
        assert np.shape(got) == () and -2e-6 * n * d <= lowest - got + 1e-9 and lowest - got <= 2e-6 * n * d + 1e-9


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: At least one of the six statements is decided wrongly. Try each with make_people and
  fit_bottleneck.
"""  # END TEST CONFIG


def test_facts_by_trying(scaling_facts):
    import numpy as np

    def bottleneck(x, y):
        design = np.column_stack([np.ones(len(x)), x])
        best = design @ np.linalg.lstsq(design, y, rcond=None)[0]
        centre = best.mean(axis=0)
        direction = np.linalg.svd(best - centre, full_matrices=False)[2][0]
        return centre + np.outer((best - centre) @ direction, direction)

    rng = np.random.default_rng(13)
    x = rng.normal(size=(400, 2))
    y = np.stack([1.7 + 0.08 * x[:, 0] + 0.06 * x[:, 1], 70 + 12 * x[:, 1]], axis=1)
    r2 = lambda pred: (1 - ((y - pred) ** 2).sum(0) / ((y - y.mean(0)) ** 2).sum(0))[0]
    tonnes = np.array([1.0, 1e-3])
    plain, sd = r2(bottleneck(x, y)), y.std(0)
    design = np.column_stack([np.ones(400), x])
    own = lambda y: design @ np.linalg.lstsq(design, y + 0.3 * np.roll(y, 1, axis=0), rcond=None)[0]
    log_errors = lambda scale, pred: np.log((((pred - y) * scale) ** 2).mean(0)).sum()
    orders = set()
    for _ in range(20):
        first, second = (y + rng.normal(size=y.shape) * rng.uniform(0.1, 5, size=2) for _ in range(2))
        orders.add(
            (log_errors(1.0, first) < log_errors(1.0, second))
            == (log_errors(tonnes, first) < log_errors(tonnes, second))
        )
    factor = np.sqrt(1000.0)  # the loss times 1000 is the loss of targets times sqrt(1000)
    found = {
        "units_matter": abs(r2(bottleneck(x, y * tonnes) / tonnes) - plain) > 0.01,
        "standardising_helps": r2(bottleneck(x, y / sd) * sd) - plain > 0.1,
        "scaling_inputs_helps": r2(bottleneck(100 * x, y)) - plain > 0.1,
        "constant_factor_helps": r2(bottleneck(x, y * factor) / factor) - plain > 0.1,
        "free_variances_ignore_units": orders == {True},
        "own_parameters_ignore_units": np.allclose(own(y)[:, 0], own(y * tonnes)[:, 0]),
    }
    assert len(scaling_facts) == 6
    assert all(scaling_facts[key] is bool(value) for key, value in found.items())


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_people():
    x, y = make_people(0)
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True)
    for axis, pred, name in (
        (axes[0], fit_bottleneck(x, y), "as they are"),
        (axes[1], fit_standardised(x, y, fit_bottleneck), "standardised"),
    ):
        axis.plot(y[:, 0], pred[:, 0], ".", alpha=0.4)
        axis.axline((1.7, 1.7), slope=1, color="0.6")
        scores = ", ".join(f"{score:.2f}" for score in r_squared(y, pred))
        axis.set(title=f"outputs {name}: $R^2$ {scores}", xlabel="height in m")
    axes[0].set_ylabel("predicted height in m")
    figure.tight_layout()


show(draw_people)

# %% [raw] sources="udl-5.6"
# # BEGIN QUESTION
# name: q8_counts
# points: 4

# %% [markdown]
# ## 8. A loss for counts
#
# How many pedestrians pass in a minute? The target is $0, 1, 2, \dots$, and a **Poisson** distribution with
# **rate** $\lambda > 0$ fits. It gives the count $k$ the probability
#
# $$Pr(y = k) = \frac{\lambda^k e^{-\lambda}}{k!},$$
#
# and its mean is $\lambda$. The output $f$ of a network has no limits, so we take $\lambda = e^f$. For $f = 0$
# and $y = 2$ the probability is $e^{-1} / 2$ and the loss $1 + \log 2$.
#
# - `poisson_nll(f, y, full)`: the negative log-likelihood of all pairs, a tensor of shape `()`. `f` and `y` are
#   float64 of shape `(N,)`, and `y` holds whole numbers up to $1000$. With `full=False` leave out the term that
#   does not depend on `f`: in the example the loss is then $1$. `torch.lgamma(u)` gives $\log \Gamma(u)$, and
#   $k! = \Gamma(k + 1)$.
# - `poisson_slope(f, y)`: the derivative of the loss in each entry of `f`, shape `(N,)`, by a formula of your
#   own.
# - `best_constant(y)`: a network that ignores its input has one output $f$ for all pairs. Return the $f$ with
#   the smallest loss, a float. At least one count is positive.
# - `most_probable(rate)`: to predict a single count, take the most probable one. Return it, an int, for a rate
#   given as a float. If two counts are equally probable, return the larger one.


# %% [raw]
# # BEGIN SOLUTION
# %%
def poisson_nll(f, y, full):
    """Negative log-likelihood of counts y under rates exp(f), shape (); full: with the term log y!."""
    # BEGIN SOLUTION
    terms = torch.exp(f) - y * f
    if full:
        terms = terms + torch.lgamma(y + 1)
    return terms.sum()
    # END SOLUTION


def poisson_slope(f, y):
    """Derivative of the loss in f, shape (N,)."""
    # BEGIN SOLUTION
    return torch.exp(f) - y
    # END SOLUTION


def best_constant(y):
    """The one output f with the smallest loss on all counts, a float."""
    # BEGIN SOLUTION
    return math.log(y.mean())
    # END SOLUTION


def most_probable(rate):
    """The most probable count, an int; the larger one of two."""
    # BEGIN SOLUTION
    # Going from k - 1 to k multiplies the probability by rate / k.
    return math.floor(rate)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For f = 0 and y = 2 the loss is 1 + log 2, without the constant term 1, and its slope -1; for
  the rate 0.5 the most probable count is 0.
"""  # END TEST CONFIG


def test_one_count(poisson_nll, poisson_slope, best_constant, most_probable):
    import math

    import torch

    f, y = torch.tensor([0.0], dtype=torch.float64), torch.tensor([2.0], dtype=torch.float64)
    for full, expected in ((True, 1 + math.log(2)), (False, 1.0)):
        got = poisson_nll(f, y, full)
        assert isinstance(got, torch.Tensor), "poisson_nll should return a tensor"
        assert tuple(got.shape) == (), f"poisson_nll: expected shape (), got {tuple(got.shape)}"
        assert abs(got.item() - expected) < 1e-9, f"full={full}: expected {expected:.5f}, got {got.item():.5f}"
    got = poisson_slope(f, y)
    assert isinstance(got, torch.Tensor), "poisson_slope should return a tensor"
    assert tuple(got.shape) == (1,), f"poisson_slope: expected shape (1,), got {tuple(got.shape)}"
    assert abs(got.item() + 1) < 1e-9, f"poisson_slope: expected -1, got {got.item()}"
    got = best_constant(torch.ones(3, dtype=torch.float64))
    assert isinstance(got, float), "best_constant should return a float"
    assert abs(got) < 1e-9, f"best_constant: three counts of 1 have the rate 1, so f = 0; got {got}"
    got = most_probable(0.5)
    assert type(got) is int, "most_probable should return an int"
    assert got == 0, f"most_probable(0.5): expected 0, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The loss or its slope is wrong for some counts. Try negative outputs, y = 0 and y = 1000, and
  both values of full.
"""  # END TEST CONFIG


def test_loss_and_slope(poisson_nll, poisson_slope):
    import math

    import torch

    def gradient(poisson_nll, f, y, full):
        f = f.clone().requires_grad_()
        poisson_nll(f, y, full).backward()
        return f.grad

    rng = torch.Generator().manual_seed(14)
    cases = [(torch.tensor([-30.0, 0.0, 6.9, 5.0]).double(), torch.tensor([0.0, 0.0, 1000.0, 170.0]).double())]
    for n in (1, 2, 9, 40):
        rate = 10 * torch.rand(2 * n, generator=rng, dtype=torch.float64)[::2] + 0.01
        cases.append((rate.log() + 0.3, torch.poisson(rate, generator=rng)))
    for f, y in cases:
        pairs = list(zip(f.tolist(), y.tolist()))
        # the factorial as a sum of logarithms
        constant = math.fsum(math.log(i) for _, k in pairs for i in range(1, int(k) + 1))
        rest = math.fsum(math.exp(v) - k * v for v, k in pairs)
        for full in (True, False):
            got = poisson_nll(f, y, full)
            # terms up to 6e3, lgamma to a few roundings
            assert got.shape == () and abs(got.item() - rest - full * constant) < 1e-9
            slope = inside(gradient)(poisson_nll, f, y, full)
            assert torch.allclose(slope, poisson_slope(f, y), rtol=1e-9, atol=1e-9)
        exact = torch.tensor([math.exp(v) - k for v, k in pairs], dtype=torch.float64)
        assert torch.allclose(poisson_slope(f, y), exact, rtol=1e-9, atol=1e-9)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: With another constant output the loss is smaller. Zeros count, too.
"""  # END TEST CONFIG


def test_constant_by_trying(best_constant):
    import torch

    rng = torch.Generator().manual_seed(15)
    for counts in (
        [3.0],
        [0.0, 0.0, 0.0, 1.0],
        [5.0, 0.0, 12.0],
        torch.poisson(4 * torch.rand(30), generator=rng),
    ):
        y = torch.as_tensor(counts, dtype=torch.float64)
        loss = lambda f: -torch.distributions.Poisson(torch.tensor(f).double().exp()).log_prob(y).sum().item()
        f = best_constant(y)
        assert isinstance(f, float) and loss(f) < min(loss(f - 0.01), loss(f + 0.01))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some rate another count is more probable. Look at rates below 1, whole rates and rates
  just below a whole number.
"""  # END TEST CONFIG


def test_most_probable_in_fractions(most_probable):
    from fractions import Fraction

    for rate in (0.1, 0.999, 1.0, 1.5, 2.0, 2.7, 4.999, 7.0, 31.4, 100.0):
        # probabilities in units of exp(-rate), without rounding
        term, best, best_term = Fraction(1), 0, Fraction(1)
        for k in range(1, 150):
            term = term * Fraction(rate) / k
            if term >= best_term:
                best, best_term = k, term
        got = most_probable(rate)
        assert type(got) is int and got == best


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_counts():
    figure, axes = plt.subplots(1, 2, figsize=(10, 3))
    counts = torch.arange(0, 13, dtype=torch.float64)
    for rate in (0.8, 2.0, 6.0):
        f = torch.full((1,), math.log(rate), dtype=torch.float64)
        axes[0].plot(
            counts,
            [math.exp(-poisson_nll(f, k[None], True).item()) for k in counts],
            ".-",
            label=f"rate {rate}",
        )
    f = torch.linspace(-2, 3.5, 111, dtype=torch.float64)
    for k in (0.0, 2.0, 10.0):
        y = torch.full((1,), k, dtype=torch.float64)
        axes[1].plot(f, [poisson_nll(v[None], y, True).item() for v in f], label=f"$y = {k:g}$")
    axes[0].set(xlabel="count", title="probability")
    axes[1].set(xlabel="$f$", ylim=(0, 15), title="loss of one pair")
    for axis in axes:
        axis.legend()
    figure.tight_layout()


show(draw_counts)

# %% [raw] sources="udl-5.3"
# # BEGIN QUESTION
# name: q9_directions
# points: 5

# %% [markdown]
# ## 9. A loss for directions
#
# The direction of the wind is an angle in radians. Just below $\pi$ and just above $-\pi$ it blows almost the
# same way, but a squared error calls that a large mistake. The **von Mises** distribution lives on the circle:
#
# $$Pr(y) = \frac{\exp\big(\kappa \cos(y - \mu)\big)}{2\pi\,I_0(\kappa)} .$$
#
# $\mu$ is the most probable direction, and the larger the **concentration** $\kappa > 0$, the narrower the
# peak. $I_0$ is the modified Bessel function of order zero. It grows like $e^\kappa$ and overflows, but
# for a tensor $u$ `torch.special.i0e(u)` gives $e^{-u} I_0(u)$, which does not. (In float32, which `torch.tensor`
# makes of a float, half of the digits are lost.) The output of the network is $\mu = f$, and $\kappa$ is a known
# constant. Angles are equal if they differ by whole turns.
#
# - `vm_nll(f, y, kappa)`: the whole negative log-likelihood of all pairs, with every constant, a tensor of
#   shape `()`. `f` and `y` are float64 of shape `(N,)`, `kappa` is a float up to $1000$. For one pair with
#   $f = y$ it is $\log(2\pi I_0(\kappa)) - \kappa$.
# - `vm_loss(f, y)`: what remains of the loss when you drop all terms and positive factors that do not depend
#   on $f$, so that nothing but the angles is left. For $f = y$ it is $-1$ per pair.
# - `wrap(angle)`: to report a prediction, turn it into the range $(-\pi, \pi]$ by whole turns. `angle` is a tensor
#   of any shape; $\tfrac32\pi$ becomes $-\tfrac12\pi$, and `math.pi` stays as it is.
# - `best_direction(y)`: the single direction with the smallest loss on all of `y`, a float (whole turns do not
#   matter). For $0$ and $\tfrac12\pi$ it is $\tfrac14\pi$. Not all directions cancel.


# %% [raw]
# # BEGIN SOLUTION
# %%
def vm_nll(f, y, kappa):
    """Negative log-likelihood of directions y around f with concentration kappa, shape ()."""
    # BEGIN SOLUTION
    # log I0 = log i0e + kappa, and cos - 1 leaves nothing large to cancel
    kappa = torch.tensor(kappa, dtype=torch.float64)
    return (torch.log(2 * math.pi * torch.special.i0e(kappa)) - kappa * (torch.cos(y - f) - 1)).sum()
    # END SOLUTION


def vm_loss(f, y):
    """The loss without what does not depend on f, shape ()."""
    # BEGIN SOLUTION
    return -torch.cos(y - f).sum()
    # END SOLUTION


def wrap(angle):
    """The same angles in (-pi, pi]."""
    # BEGIN SOLUTION
    return angle - 2 * math.pi * torch.ceil((angle - math.pi) / (2 * math.pi))
    # END SOLUTION


def best_direction(y):
    """The direction with the smallest summed loss, a float."""
    # BEGIN SOLUTION
    return torch.atan2(torch.sin(y).sum(), torch.cos(y).sum()).item()
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For f = y and kappa = 1 the nll is log(2 pi I0(1)) - 1 and the short loss -1; 3/2 pi wraps to
  -1/2 pi; between 0 and 1/2 pi lies 1/4 pi.
"""  # END TEST CONFIG


def test_one_direction(vm_nll, vm_loss, wrap, best_direction):
    import math

    import torch

    f = torch.tensor([0.7], dtype=torch.float64)
    expected = math.log(2 * math.pi * torch.special.i0(torch.tensor(1.0, dtype=torch.float64)).item()) - 1
    for name, got, value in (("vm_nll", vm_nll(f, f, 1.0), expected), ("vm_loss", vm_loss(f, f), -1.0)):
        assert isinstance(got, torch.Tensor), f"{name} should return a tensor"
        assert tuple(got.shape) == (), f"{name}: expected shape (), got {tuple(got.shape)}"
        assert abs(got.item() - value) < 1e-6, f"{name}: expected {value:.5f}, got {got.item():.5f}"
    got = wrap(torch.tensor([1.5 * math.pi], dtype=torch.float64))
    assert isinstance(got, torch.Tensor), "wrap should return a tensor"
    assert tuple(got.shape) == (1,), f"wrap: expected shape (1,), got {tuple(got.shape)}"
    assert abs(got.item() + math.pi / 2) < 1e-9, f"wrap(3/2 pi): expected {-math.pi / 2:.5f}, got {got.item():.5f}"
    got = best_direction(torch.tensor([0.0, math.pi / 2], dtype=torch.float64))
    assert isinstance(got, float), "best_direction should return a float"
    assert abs(math.remainder(got - math.pi / 4, 2 * math.pi)) < 1e-9, f"expected {math.pi / 4:.5f}, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The negative log-likelihood is wrong for some kappa. Does the density integrate to 1, does
  kappa = 1000 overflow, and is every step in float64?
"""  # END TEST CONFIG


def test_density_integrates_to_one(vm_nll):
    import math

    import torch

    circle = torch.arange(16384, dtype=torch.float64) * (2 * math.pi / 16384) - math.pi
    for kappa in (0.1, 1.0, 2.0, 50.0, 800.0, 1000.0):
        # the integral of exp(kappa * (cos - 1)) over the circle; sums over a period converge very fast
        weight = torch.exp(kappa * (torch.cos(circle) - 1)).mean().item() * 2 * math.pi
        f = torch.tensor([0.5, -3.0, 3.1, 40.0, 0.0], dtype=torch.float64)
        y = torch.tensor([0.4, 3.1, -3.1, 1.0, 9.0], dtype=torch.float64)
        exact = [math.log(weight) - kappa * (math.cos(b - a) - 1) for a, b in zip(f.tolist(), y.tolist())]
        # terms up to 2e3 in float64
        assert abs(vm_nll(f, y, kappa).item() - math.fsum(exact)) < 1e-8
        assert abs(vm_nll(f[1:2], y[1:2], kappa).item() - exact[1]) < 1e-8
        assert vm_nll(f, y, kappa).shape == ()


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The short loss is not the long one without constants, or it does not know that angles repeat,
  or one of both has a wrong gradient.
"""  # END TEST CONFIG


def test_short_loss(vm_loss, vm_nll):
    import math

    import torch

    def gradient(loss, f, *rest):
        f = f.clone().requires_grad_()
        loss(f, *rest).backward()
        return f.grad + 0

    rng = torch.Generator().manual_seed(16)
    for n in (1, 3, 20):
        f, y = (torch.rand(2, n, generator=rng, dtype=torch.float64) - 0.5) * 12
        # a sum of cosines: the unit vectors of both angles
        exact = -sum(math.cos(a) * math.cos(b) + math.sin(a) * math.sin(b) for a, b in zip(f.tolist(), y.tolist()))
        assert abs(vm_loss(f, y).item() - exact) < 1e-11
        turned = vm_loss(f + 2 * math.pi, y - 4 * math.pi)
        assert turned.shape == () and abs(turned.item() - exact) < 1e-11
        slopes = inside(gradient)(vm_loss, f, y), inside(gradient)(vm_nll, f, y, 7.0)
        assert torch.allclose(slopes[0], torch.sin(f - y), rtol=0, atol=1e-11)
        assert torch.allclose(slopes[1], 7 * torch.sin(f - y), rtol=0, atol=1e-9)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Wrapped angles leave the range, or the best direction is not the best one for winds on both
  sides of pi.
"""  # END TEST CONFIG


def test_wrap_and_mean_direction(wrap, best_direction):
    import math

    import torch

    angle = torch.tensor([[4.0, -4.0, 0.0], [3.0, -3.0, 100.0], [-100.0, 6.3, -9.0]], dtype=torch.float64).T
    got = wrap(angle)
    assert got.shape == (3, 3) and (got.abs() <= math.pi).all()
    turns = (angle - got) / (2 * math.pi)
    assert (turns - turns.round()).abs().max() < 1e-9
    assert torch.allclose(got, torch.atan2(torch.sin(angle), torch.cos(angle)), rtol=0, atol=1e-9)
    assert abs(wrap(torch.tensor(math.pi, dtype=torch.float64)).item() - math.pi) < 1e-12
    rng = torch.Generator().manual_seed(17)
    cases = [torch.tensor([3.1, -3.1]), torch.tensor([2.0]), torch.tensor([0.1, 0.2, -3.0, 6.0])]
    cases += [3 + torch.randn(n, generator=rng) for n in (2, 5, 30)]
    grid = torch.linspace(-math.pi, math.pi, 20001, dtype=torch.float64)
    for y in cases:
        y = y.double()
        loss = -torch.cos(y[:, None] - grid).sum(dim=0)
        best = grid[loss.argmin()].item()
        # half a step of the grid is 1.6e-4
        assert abs(math.remainder(best_direction(y) - best, 2 * math.pi)) < 5e-4


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_directions():
    y = torch.tensor([2.6, 2.9, 3.1, -3.0, -2.7], dtype=torch.float64)
    f = torch.linspace(-math.pi, math.pi, 361, dtype=torch.float64)
    figure, axis = plt.subplots(figsize=(7, 3))
    axis.plot(f, [vm_loss(v.expand(5), y).item() for v in f], label="von Mises")
    axis.plot(f, [((v - y) ** 2).sum().item() / 8 for v in f], "--", label="squared error, scaled")
    axis.plot(y, torch.full((5,), -5.5), "v", color="0.3", label="targets")
    axis.axvline(wrap(torch.tensor(best_direction(y))).item(), color="0.7")
    axis.set(xlabel="predicted direction", title="five winds from about the same side")
    axis.legend()
    figure.tight_layout()


show(draw_directions)

# %% [raw] sources="udl-5.10"
# # BEGIN QUESTION
# name: q10_direction_and_speed
# points: 4

# %% [markdown]
# ## 10. Direction and speed together
#
# Now predict the direction $d$ of the wind and its speed $v > 0$ with one network, which has two outputs for
# each pair. Given the outputs, both are independent:
#
# - the direction has the von Mises density $\exp(\kappa\cos(d - f_1)) / (2\pi I_0(\kappa))$,
# - the logarithm of the speed is normal with mean $f_2$ and standard deviation $\sigma$, so the speed has the
#   density $\dfrac{1}{v\sigma\sqrt{2\pi}} \exp\left(-\dfrac{(\log v - f_2)^2}{2\sigma^2}\right)$.
#
# $\kappa$ and $\sigma$ are known constants. Independent densities multiply. Write
#
# - `wind_nll(out, d, v, kappa, sigma)`: the negative log-likelihood of all pairs, a tensor of shape `()`. `out`
#   is float64 of shape `(N, 2)` with the columns $f_1, f_2$; `d` and `v` have shape `(N,)`. You may leave out
#   **terms** that do not depend on `out`, but no factors. The tests look at differences only: with $d = 0$,
#   $\kappa = 3$ the outputs $(\pi, 0)$ have a loss that is $6$ above that of $(0, 0)$.
# - `predict_wind(out)`: for each pair the most probable direction, turned into $(-\pi, \pi]$ by whole turns, and
#   the median of the speed (it lies above and below with probability one half). Shape `(N, 2)`, the direction
#   first. For the outputs $(0, 0)$ it is $(0, 1)$.
# - `below_zero(mean, sd)`: why not a normal distribution for the speed itself? Return the probability that a
#   normal with this mean and standard deviation gives a negative speed, a float. For mean $0$ it is $0.5$.
#   `torch.erf` or `math.erf` gives $\text{erf}(u) = \tfrac{2}{\sqrt\pi} \int_0^u e^{-t^2} dt$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def wind_nll(out, d, v, kappa, sigma):
    """Negative log-likelihood of directions d and speeds v, up to terms without out, shape ()."""
    # BEGIN SOLUTION
    direction = -kappa * torch.cos(d - out[:, 0])
    speed = (torch.log(v) - out[:, 1]) ** 2 / (2 * sigma**2)
    return (direction + speed).sum()
    # END SOLUTION


def predict_wind(out):
    """Most probable direction in (-pi, pi] and median speed, shape (N, 2)."""
    # BEGIN SOLUTION
    turns = torch.ceil((out[:, 0] - math.pi) / (2 * math.pi))
    return torch.stack([out[:, 0] - 2 * math.pi * turns, torch.exp(out[:, 1])], dim=1)
    # END SOLUTION


def below_zero(mean, sd):
    """Probability of a negative value under a normal distribution, a float."""
    # BEGIN SOLUTION
    return (1 - math.erf(mean / sd / math.sqrt(2))) / 2
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With d = 0, v = 1 and kappa = 3 the outputs (pi, 0) cost 6 more than (0, 0); (0, 0) predicts
  direction 0 and speed 1.
"""  # END TEST CONFIG


def test_opposite_wind(wind_nll, predict_wind, below_zero):
    import math

    import torch

    zero, one = torch.zeros(1, dtype=torch.float64), torch.ones(1, dtype=torch.float64)
    away, right = torch.tensor([[[math.pi, 0.0]], [[0.0, 0.0]]], dtype=torch.float64)
    losses = [wind_nll(out, zero, one, 3.0, 1.0) for out in (away, right)]
    for loss in losses:
        assert isinstance(loss, torch.Tensor), "wind_nll should return a tensor"
        assert tuple(loss.shape) == (), f"wind_nll: expected shape (), got {tuple(loss.shape)}"
    gap = losses[0].item() - losses[1].item()
    assert abs(gap - 6) < 1e-9, f"wind_nll: expected a difference of 6, got {gap}"
    got = predict_wind(right)
    assert isinstance(got, torch.Tensor), "predict_wind should return a tensor"
    assert tuple(got.shape) == (1, 2), f"predict_wind: expected shape (1, 2), got {tuple(got.shape)}"
    assert torch.allclose(got, torch.tensor([[0.0, 1.0]], dtype=got.dtype)), f"expected [[0, 1]], got {got.tolist()}"
    got = below_zero(0.0, 1.0)
    assert got is not None, "below_zero(...) returned None: expected a float"
    assert abs(got - 0.5) < 1e-9, f"below_zero(0, 1): expected 0.5, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Differences of the loss are not those of the negative log-likelihood. kappa and sigma weigh
  direction against speed.
"""  # END TEST CONFIG


def test_differences(wind_nll):
    import torch

    def gradient(wind_nll, out, *rest):
        out = out.clone().requires_grad_()
        wind_nll(out, *rest).backward()
        return out.grad

    rng = torch.Generator().manual_seed(18)
    for n, kappa, sigma in ((1, 2.0, 0.5), (4, 8.0, 1.0), (9, 0.5, 0.2), (30, 3.0, 2.0)):
        d = torch.rand(n, generator=rng, dtype=torch.float64) * 9 - 4
        v = torch.exp(torch.randn(n, generator=rng, dtype=torch.float64))
        first, second = torch.randn(2, 2, n, generator=rng, dtype=torch.float64).mT * 2

        def exact(out):
            log_normal = torch.distributions.LogNormal(out[:, 1], sigma).log_prob(v).sum()
            return (-kappa * torch.cos(d - out[:, 0]).sum() - log_normal).item()

        losses = [wind_nll(out, d, v, kappa, sigma) for out in (first, second)]
        assert losses[0].shape == ()
        gap, expected = losses[0].item() - losses[1].item(), exact(first) - exact(second)
        assert abs(gap - expected) < 1e-9 * (1 + abs(exact(first)) + abs(exact(second)))
        turn = torch.tensor([6.283185307179586, 0.0], dtype=torch.float64)
        turned = wind_nll(first + turn, d, v, kappa, sigma)
        assert abs(turned.item() - losses[0].item()) < 1e-9 * (1 + abs(losses[0].item()))
        leaf = first.clone().requires_grad_()
        log_normal = torch.distributions.LogNormal(leaf[:, 1], sigma).log_prob(v).sum()
        (-kappa * torch.cos(d - leaf[:, 0]).sum() - log_normal).backward()
        assert torch.allclose(inside(gradient)(wind_nll, first, d, v, kappa, sigma), leaf.grad, rtol=1e-9, atol=1e-9)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The predicted direction or the median speed is wrong. Half of all speeds should lie below the
  median.
"""  # END TEST CONFIG


def test_predictions(predict_wind):
    import math

    import torch

    out = torch.tensor([[4.0, 1.0], [-7.0, -0.5], [0.3, 2.0], [20.0, 0.0], [math.pi, 1.5]], dtype=torch.float64)
    got = predict_wind(out)
    assert got.shape == (5, 2) and (got[:, 0].abs() <= math.pi).all() and got[4, 0] > 0
    gap = torch.stack([got[:, 0].cos() - out[:, 0].cos(), got[:, 0].sin() - out[:, 0].sin()])
    assert gap.abs().max() < 1e-9
    below = torch.distributions.LogNormal(out[:, 1], 0.7).cdf(got[:, 1])
    assert (below - 0.5).abs().max() < 1e-6


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The probability of a negative speed is wrong for some mean and standard deviation.
"""  # END TEST CONFIG


def test_negative_speeds(below_zero):
    import torch

    for mean, sd in ((2.0, 2.0), (1.0, 3.0), (5.0, 1.0), (-1.0, 0.5)):
        exact = torch.distributions.Normal(mean, torch.tensor(sd).double()).cdf(torch.zeros(()).double()).item()
        assert abs(below_zero(mean, sd) - exact) < 1e-9


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-5.4"
# # BEGIN QUESTION
# name: q11_two_peaks
# points: 5

# %% [markdown]
# ## 11. Two answers are possible
#
# Sometimes an input allows two quite different targets. Then a mixture of two normals is a better model: with
# probability $\lambda$ the target comes from a normal with mean $m_1$ and variance $s_1^2$, with probability
# $1 - \lambda$ from one with mean $m_2$ and variance $s_2^2$. The density is
#
# $$Pr(y) = \lambda\,\mathcal{N}(y;\,m_1, s_1^2) + (1 - \lambda)\,\mathcal{N}(y;\,m_2, s_2^2), \qquad
# \mathcal{N}(y;\,m, s^2) = \frac{1}{\sqrt{2\pi s^2}}\,e^{-(y - m)^2 / (2 s^2)} .$$
#
# A network gives five outputs for each pair: $\lambda = \text{sig}(f_1) = 1/(1 + e^{-f_1})$, $m_1 = f_2$,
# $s_1 = f_3$, $m_2 = f_4$, $s_2 = f_5$. The numbers $f_3, f_5$ may have either sign, but are not zero.
#
# - `mdn_nll(out, y)`: the negative log-likelihood of all pairs, a tensor of shape `()`, for `out` of shape
#   `(N, 5)` and `y` of shape `(N,)`, both float64. It stays finite for a target that is a hundred standard
#   deviations away from both means. For the outputs $(0, 0, 1, 0, 1)$ and $y = 0$ it is
#   $\tfrac12\log(2\pi)$.
# - `mixture_mean(lam, m1, s1, m2, s2)`: the mean of the target, a float. Here and below $s_1, s_2 > 0$ are
#   standard deviations, and all arguments are floats.
# - `mixture_mode(lam, m1, s1, m2, s2)`: the most probable target, a float, to five digits after the point. There
#   is no formula: search for it. If two are equally good, return either one. Means lie between $-10$ and $10$,
#   standard deviations between $0.1$ and $10$.
#
# Then set each entry of `mixture_facts` to `True` or `False`.
#
# - `"mode_is_a_mean"`: the mode is always $m_1$ or $m_2$.
# - `"mean_is_probable"`: the density at the mean of the mixture is always at least half of that at the mode.
# - `"names_do_not_matter"`: swapping the two components (negate $f_1$, exchange $f_2$ with $f_4$ and $f_3$ with
#   $f_5$) leaves the loss as it is.
# - `"loss_has_a_floor"`: for given pairs, the loss cannot fall below some number, whatever the network does.
# - `"mode_between_the_means"`: the mode always lies between $m_1$ and $m_2$ or on one of them.


# %% [raw]
# # BEGIN SOLUTION
# %%
def mdn_nll(out, y):
    """Negative log-likelihood of a mixture of two normals, shape (); out: (N, 5), y: (N,)."""

    # BEGIN SOLUTION
    def log_normal(m, s):
        return -torch.log(2 * math.pi * s**2) / 2 - ((y - m) / s) ** 2 / 2

    logit, m1, s1, m2, s2 = out.unbind(dim=1)
    first = nn.functional.logsigmoid(logit) + log_normal(m1, s1)
    second = nn.functional.logsigmoid(-logit) + log_normal(m2, s2)
    return -torch.logaddexp(first, second).sum()
    # END SOLUTION


def mixture_mean(lam, m1, s1, m2, s2):
    """Mean of the mixture, a float."""
    # BEGIN SOLUTION
    return lam * m1 + (1 - lam) * m2
    # END SOLUTION


def mixture_mode(lam, m1, s1, m2, s2):
    """Where the density is largest, a float."""
    # BEGIN SOLUTION
    # Outside the two means both densities fall; a million points between them lie less than 2e-5 apart.
    grid = np.linspace(m1, m2, 1_200_001)
    first = lam / s1 * np.exp(-(((grid - m1) / s1) ** 2) / 2)
    second = (1 - lam) / s2 * np.exp(-(((grid - m2) / s2) ** 2) / 2)
    return float(grid[(first + second).argmax()])
    # END SOLUTION


mixture_facts = {}
mixture_facts["mode_is_a_mean"] = False  # SOLUTION
mixture_facts["mean_is_probable"] = False  # SOLUTION
mixture_facts["names_do_not_matter"] = True  # SOLUTION
mixture_facts["loss_has_a_floor"] = False  # SOLUTION
mixture_facts["mode_between_the_means"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For outputs (0, 0, 1, 0, 1) and y = 0 the loss is log(2 pi) / 2; a mixture of two equal
  normals has mean and mode in their centre.
"""  # END TEST CONFIG


def test_two_equal_normals(mdn_nll, mixture_mean, mixture_mode, mixture_facts):
    import math

    import torch

    got = mdn_nll(torch.tensor([[0.0, 0, 1, 0, 1]], dtype=torch.float64), torch.zeros(1, dtype=torch.float64))
    assert isinstance(got, torch.Tensor), "mdn_nll should return a tensor"
    assert tuple(got.shape) == (), f"mdn_nll: expected shape (), got {tuple(got.shape)}"
    expected = math.log(2 * math.pi) / 2
    assert abs(got.item() - expected) < 1e-9, f"mdn_nll: expected {expected:.5f}, got {got.item():.5f}"
    for name, function in (("mixture_mean", mixture_mean), ("mixture_mode", mixture_mode)):
        got = function(0.5, 3.0, 1.0, 3.0, 1.0)
        assert got is not None, f"{name}(...) returned None: expected a float"
        assert abs(got - 3) < 1e-5, f"{name} of two normals around 3: expected 3, got {got}"
    assert isinstance(mixture_facts, dict), "mixture_facts should be a dictionary"
    keys = ["mode_is_a_mean", "mean_is_probable", "names_do_not_matter", "loss_has_a_floor"]
    for key in [*keys, "mode_between_the_means"]:
        assert isinstance(mixture_facts.get(key), bool), f"mixture_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The loss is wrong for some outputs, or not finite far away. The logarithm is taken of the sum
  of both densities.
"""  # END TEST CONFIG


def test_loss_against_torch(mdn_nll):
    import torch
    from torch import distributions as D

    def value_and_gradient(mdn_nll, out, y):
        out = out.clone().requires_grad_()
        loss = mdn_nll(out, y)
        loss.backward()
        return loss.detach(), out.grad

    rng = torch.Generator().manual_seed(19)
    cases = []
    for n in (1, 2, 8, 40):
        out = torch.randn(5, n, generator=rng, dtype=torch.float64).T * 2
        out[:, 2::2] += 0.2 * out[:, 2::2].sign()
        cases.append((out, torch.randn(n, generator=rng, dtype=torch.float64) * 3))
    far = torch.tensor([[0.3, 0.0, -1.0, 1.0, 2.0], [-60.0, 5.0, 1.0, -5.0, -0.5]], dtype=torch.float64)
    cases.append((far, torch.tensor([250.0, 60.0], dtype=torch.float64)))
    for out, y in cases:
        leaf = out.clone().requires_grad_()
        weights = D.Categorical(logits=torch.stack([leaf[:, 0], 0 * leaf[:, 0]], dim=1))
        parts = D.Normal(leaf[:, [1, 3]], leaf[:, [2, 4]].abs())
        exact = -D.MixtureSameFamily(weights, parts).log_prob(y).sum()
        exact.backward()
        loss, gradient = inside(value_and_gradient)(mdn_nll, out, y)
        # values up to 1e5 in float64
        assert loss.shape == () and abs(loss.item() - exact.item()) < 1e-9 * (1 + abs(exact.item()))
        assert torch.allclose(gradient, leaf.grad, rtol=1e-8, atol=1e-8)


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: For some mixture another target is more probable than your mode, or the mean is wrong. Try
  unequal heights, and peaks that run into one another.
"""  # END TEST CONFIG


def test_mode_and_mean(mixture_mean, mixture_mode):
    import numpy as np

    rng = np.random.default_rng(20)
    cases = [(0.5, -2.0, 0.5, 2.0, 0.5), (0.6, 0.0, 1.0, 2.5, 1.0), (0.1, 10.0, 0.1, -10.0, 10.0)]
    cases += [(0.3, 1.0, 1.0, 1.0, 3.0), (0.45, -1.0, 1.0, 0.9, 1.0), (0.95, 4.0, 3.0, 3.0, 0.1)]
    for _ in range(9):
        m1, m2 = rng.uniform(-10, 10, size=2)
        cases.append((rng.uniform(0.05, 0.95), m1, rng.uniform(0.1, 4), m1 + (m2 - m1) * rng.uniform(0.05, 1), 1.0))
    x = np.linspace(-25, 25, 1_000_001)
    for lam, m1, s1, m2, s2 in cases:
        density = lambda v: (
            lam / s1 * np.exp(-(((v - m1) / s1) ** 2) / 2) + (1 - lam) / s2 * np.exp(-(((v - m2) / s2) ** 2) / 2)
        )
        values = density(x)
        mode = mixture_mode(lam, m1, s1, m2, s2)
        # A mode that is wrong by e costs (e / s)^2 / 2 of the height: 5e-7 for e = 1e-4 and s = 0.1.
        # Right answers, to 1e-5, cost at most 5e-9, and the grid of the test 3e-8.
        assert np.shape(mode) == () and density(mode) >= values.max() * (1 - 5e-7)
        mean = (values * x).sum() / values.sum()
        if max(s1, s2) < 4 and max(abs(m1), abs(m2)) < 8:
            # the sum over the grid misses the tails beyond four standard deviations
            assert abs(mixture_mean(lam, m1, s1, m2, s2) - mean) < 1e-3
    assert abs(mixture_mean(0.25, 4.0, 1.0, 0.0, 3.0) - 1) < 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements is decided wrongly. Draw a few mixtures, and let one
  standard deviation shrink onto a pair.
"""  # END TEST CONFIG


def test_facts_by_trying(mixture_facts):
    import numpy as np
    import torch
    from torch import distributions as D

    def density(x, lam, m1, s1, m2, s2):
        normal = lambda m, s: np.exp(-(((x - m) / s) ** 2) / 2) / s / np.sqrt(2 * np.pi)
        return lam * normal(m1, s1) + (1 - lam) * normal(m2, s2)

    rng = np.random.default_rng(21)
    x = np.linspace(-12, 12, 24001)
    at_mean, probable, between = True, True, True
    for _ in range(60):
        m1, m2 = rng.uniform(-4, 4, size=2)
        mixture = rng.uniform(0.1, 0.9), m1, rng.uniform(0.3, 2), m2, rng.uniform(0.3, 2)
        values = density(x, *mixture)
        mode = x[values.argmax()]
        at_mean = at_mean and min(abs(mode - m1), abs(mode - m2)) < 2e-3
        mean = mixture[0] * m1 + (1 - mixture[0]) * m2
        probable = probable and density(mean, *mixture) >= values.max() / 2
        between = between and min(m1, m2) - 2e-3 <= mode <= max(m1, m2) + 2e-3
    y = torch.randn(6, generator=torch.Generator().manual_seed(22), dtype=torch.float64)

    def loss(f1, m1, s1, m2, s2):
        weights = D.Categorical(logits=torch.tensor([f1, 0.0], dtype=torch.float64))
        parts = D.Normal(torch.stack([m1, m2]), torch.tensor([s1, s2], dtype=torch.float64))
        return -D.MixtureSameFamily(weights, parts).log_prob(y).sum().item()

    same = abs(loss(0.7, y[0], 0.5, y[1], 2.0) - loss(-0.7, y[1], 2.0, y[0], 0.5)) < 1e-9
    shrinking = [loss(0.0, y[0], 10.0**-k, y[1], 2.0) for k in (1, 10, 100, 150)]
    assert len(mixture_facts) == 5
    assert mixture_facts["mode_is_a_mean"] is bool(at_mean)
    assert mixture_facts["mean_is_probable"] is bool(probable)
    assert mixture_facts["mode_between_the_means"] is bool(between)
    assert mixture_facts["names_do_not_matter"] is bool(same)
    assert mixture_facts["loss_has_a_floor"] is bool(np.diff(shrinking).max() > -1)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_mixtures():
    figure, axes = plt.subplots(1, 3, figsize=(12, 3))
    x = torch.linspace(-5, 5, 401, dtype=torch.float64)
    for axis, mixture in zip(axes, [(0.4, -2.0, 0.5, 2.0, 0.8), (0.6, 0.0, 1.0, 2.5, 1.0), (0.5, -1.0, 0.6, 1.0, 2.5)]):
        lam, *rest = mixture
        out = torch.tensor([[math.log(lam / (1 - lam)), *rest]], dtype=torch.float64)
        axis.plot(x, [math.exp(-mdn_nll(out, v[None]).item()) for v in x])
        axis.axvline(mixture_mean(*mixture), color="0.7", label="mean")
        axis.axvline(mixture_mode(*mixture), color="tab:red", label="mode")
        axis.set(xlabel="$y$")
    axes[0].legend()
    figure.tight_layout()


show(draw_mixtures)

# %% [raw] sources="udl-5.5"
# # BEGIN QUESTION
# name: q12_two_winds
# points: 4

# %% [markdown]
# ## 12. Two winds
#
# Where a valley bends, the wind blows from one of two sides. Model its direction with a mixture of two von
# Mises densities, each $\exp(\kappa\cos(y - \mu)) / (2\pi I_0(\kappa))$ with its own direction $\mu$ and
# concentration $\kappa > 0$: the first has the weight $\lambda$, the second $1 - \lambda$. Write down the
# density $Pr(y\,|\,\lambda, \mu_1, \kappa_1, \mu_2, \kappa_2)$. As a check: two equal components give the
# density of one.
#
# - `vm_mixture_logpdf(y, lam, mu, kappa)`: the logarithm of this density for each direction, shape `(N,)`. `y`
#   has shape `(N,)`, `mu` and `kappa` have shape `(2,)`, all float64; `lam` is a float with
#   $0 < \lambda < 1$. Concentrations go up to $1000$. (`torch.special.i0e(kappa)` is
#   $e^{-\kappa} I_0(\kappa)$. It does not overflow.)
# - `mixture_outputs(components, predict_kappa)`: the smallest number of outputs that a network needs for a
#   mixture with this many components, an int. Every component has a direction of its own and the weights are
#   predicted, too, but no output is wasted on what follows from the others. `predict_kappa` says whether each
#   component's concentration is predicted or all are known constants.
# - `nll_from_outputs(out, y)`: the negative log-likelihood of all pairs, a tensor of shape `()`, for `out` of
#   shape `(N, 5)` with the columns $f_\lambda, \mu_1, g_1, \mu_2, g_2$, where
#   $\lambda = 1/(1 + e^{-f_\lambda})$ and $\kappa_k = e^{g_k}$.
#
# The first function below, `log_von_mises`, is a helper for your own use. It is not tested.


# %% [raw]
# # BEGIN SOLUTION
# %%
def log_von_mises(y, mu, kappa):
    """Logarithm of the von Mises density; kappa: a tensor."""
    # BEGIN SOLUTION
    return kappa * (torch.cos(y - mu) - 1) - torch.log(2 * math.pi * torch.special.i0e(kappa))
    # END SOLUTION


def vm_mixture_logpdf(y, lam, mu, kappa):
    """Log-density of a mixture of two von Mises distributions, shape (N,)."""
    # BEGIN SOLUTION
    first = math.log(lam) + log_von_mises(y, mu[0], kappa[0])
    second = math.log(1 - lam) + log_von_mises(y, mu[1], kappa[1])
    return torch.logaddexp(first, second)
    # END SOLUTION


def mixture_outputs(components, predict_kappa):
    """Smallest number of outputs for a mixture of von Mises distributions, an int."""
    # BEGIN SOLUTION
    # The weights add up to 1, so the last one follows from the others.
    return components - 1 + components * (2 if predict_kappa else 1)
    # END SOLUTION


def nll_from_outputs(out, y):
    """Negative log-likelihood of all pairs from outputs (N, 5), shape ()."""
    # BEGIN SOLUTION
    logit, mu1, g1, mu2, g2 = out.unbind(dim=1)
    first = nn.functional.logsigmoid(logit) + log_von_mises(y, mu1, torch.exp(g1))
    second = nn.functional.logsigmoid(-logit) + log_von_mises(y, mu2, torch.exp(g2))
    return -torch.logaddexp(first, second).sum()
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Two equal components are one. With kappa = 1 and y = mu the log-density is
  1 - log(2 pi I0(1)). One component with known kappa needs one output.
"""  # END TEST CONFIG


def test_equal_components(vm_mixture_logpdf, mixture_outputs, nll_from_outputs):
    import math

    import torch

    one = torch.ones(2, dtype=torch.float64)
    expected = 1 - math.log(2 * math.pi * torch.special.i0(one[0]).item())
    got = vm_mixture_logpdf(one[:1], 0.3, one, one)
    assert isinstance(got, torch.Tensor), "vm_mixture_logpdf should return a tensor"
    assert tuple(got.shape) == (1,), f"vm_mixture_logpdf: expected shape (1,), got {tuple(got.shape)}"
    assert abs(got.item() - expected) < 1e-6, f"vm_mixture_logpdf: expected {expected:.5f}, got {got.item():.5f}"
    got = mixture_outputs(1, False)
    assert type(got) is int, "mixture_outputs should return an int"
    assert got == 1, f"mixture_outputs(1, False): expected 1, got {got}"
    got = nll_from_outputs(torch.tensor([[0.0, 1, 0, 1, 0]], dtype=torch.float64), one[:1])
    assert isinstance(got, torch.Tensor), "nll_from_outputs should return a tensor"
    assert tuple(got.shape) == (), f"nll_from_outputs: expected shape (), got {tuple(got.shape)}"
    assert abs(got.item() + expected) < 1e-6, f"nll_from_outputs: expected {-expected:.5f}, got {got.item():.5f}"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The log-density is wrong for some mixture. Does the density integrate to 1, and is it the
  densities that are mixed, not their logarithms?
"""  # END TEST CONFIG


def test_mixture_of_densities(vm_mixture_logpdf):
    import math

    import torch

    circle = torch.arange(16384, dtype=torch.float64) * (2 * math.pi / 16384)
    y = torch.cat([circle[::64], torch.tensor([-7.0, 30.0], dtype=torch.float64)])
    for lam, mu, kappa in (
        (0.3, (0.5, -2.0), (2.0, 5.0)),
        (0.9, (3.1, -3.1), (0.2, 40.0)),
        (0.5, (9.0, 1.0), (1000.0, 800.0)),
        (1e-9, (0.0, 3.0), (100.0, 1.0)),
    ):
        # each component normalised by a sum over the circle; then both are mixed
        shape = lambda x, k: kappa[k] * (torch.cos(x - mu[k]) - 1)
        area = [torch.exp(shape(circle, k)).mean().item() * 2 * math.pi for k in (0, 1)]
        terms = [shape(y, k) + math.log(w / area[k]) for k, w in ((0, lam), (1, 1 - lam))]
        exact = torch.logsumexp(torch.stack(terms), dim=0)
        pair = torch.tensor(mu, dtype=torch.float64), torch.tensor(kappa, dtype=torch.float64)
        got = vm_mixture_logpdf(y, lam, *pair)
        # terms up to 2e3 in float64
        assert got.shape == y.shape and (got - exact).abs().max() < 1e-8
        total = torch.exp(vm_mixture_logpdf(circle, lam, *pair)).mean().item() * 2 * math.pi
        assert abs(total - 1) < 1e-9


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The number of outputs is wrong. How many weights can be chosen freely?
"""  # END TEST CONFIG


def test_outputs_counted(mixture_outputs):
    for components in (1, 2, 3, 7):
        free_weights = [f"weight {k}" for k in range(components)][:-1]
        for predict_kappa, names in ((True, ("mu", "kappa")), (False, ("mu",))):
            needed = free_weights + [f"{name} {k}" for k in range(components) for name in names]
            got = mixture_outputs(components, predict_kappa)
            assert type(got) is int and got == len(needed)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The loss from outputs is wrong for some outputs. Each pair has five outputs of its own.
"""  # END TEST CONFIG


def test_loss_from_outputs(nll_from_outputs):
    import math

    import torch

    def gradient(nll_from_outputs, out, y):
        out = out.clone().requires_grad_()
        nll_from_outputs(out, y).backward()
        return out.grad

    def exact(out, y):
        total = out.new_zeros(())
        for (logit, mu1, g1, mu2, g2), v in zip(out, y):
            terms = []
            for weight, mu, g in ((torch.sigmoid(logit), mu1, g1), (torch.sigmoid(-logit), mu2, g2)):
                bell = torch.exp(g.exp() * (torch.cos(circle - mu) - 1))
                terms.append(weight.log() + g.exp() * (torch.cos(v - mu) - 1) - torch.log(bell.mean() * 2 * math.pi))
            total = total - torch.logsumexp(torch.stack(terms), dim=0)
        return total

    circle = torch.arange(4096, dtype=torch.float64) * (2 * math.pi / 4096)
    rng = torch.Generator().manual_seed(23)
    cases = [torch.tensor([[30.0, 0.0, 6.5, 2.0, -3.0], [-30.0, 1.0, 0.0, 8.0, 6.0]], dtype=torch.float64)]
    cases += [torch.randn(5, n, generator=rng, dtype=torch.float64).T * 1.5 for n in (1, 4, 12)]
    for out in cases:
        y = torch.randn(len(out), generator=rng, dtype=torch.float64) * 2
        leaf = out.clone().requires_grad_()
        loss = exact(leaf, y)
        loss.backward()
        got = nll_from_outputs(out, y)
        assert got.shape == () and abs(got.item() - loss.item()) < 1e-8 * (1 + abs(loss.item()))
        slope = inside(gradient)(nll_from_outputs, out, y)
        assert (slope - leaf.grad).abs().max() < 1e-6 * (1 + leaf.grad.abs().max())


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="cs-losses-4"
# # BEGIN QUESTION
# name: q13_relu
# points: 5

# %% [markdown]
# ## 13. What ReLU does to gradients
#
# A loss teaches a layer only through the gradient that reaches it. The ReLU, $\max(z, 0)$, is said to be kind
# to gradients. Find out how far that is true.
#
# - `relu_slope(z)`: the derivative of the ReLU at each entry, same shape and dtype. At $z = 0$, where it has
#   none, return $0$. For $z = (-2, 3)$ it is $(0, 1)$.
# - `dead_units(weight, bias, x)`: a hidden layer computes $\text{ReLU}(W x + b)$ with `weight` of shape
#   `(D, D_i)` and `bias` of shape `(D,)`. A unit is **dead** on the inputs `x`, shape `(N, D_i)`, if its output
#   is $0$ for all of them. Return a boolean tensor of shape `(D,)`.
# - `vanishing_net(depth)`: an `nn.Sequential` of `nn.Linear` and `nn.ReLU` modules only, with `depth` ReLUs,
#   each after a linear layer, and one more linear layer at the end. It takes inputs of shape `(N, 8)` and gives
#   one output for each, shape `(N, 1)`. You choose widths and parameters. Take the input that consists of
#   eight ones: the gradient of the output in the input should be smaller than $10^{-10}$ in all entries, but
#   not zero in all of them. `depth` lies between 20 and 50; everything is float32.
#
# Then set each entry of `relu_facts` to `True` or `False`.
#
# - `"cannot_vanish"`: in a network with no activations but ReLUs, gradients cannot vanish.
# - `"slope_proportional"`: for positive $z$ the slope of the ReLU is proportional to $z$.
# - `"output_proportional"`: for positive $z$ the output of the ReLU is proportional to $z$.
# - `"can_die"`: a hidden ReLU unit can give $0$ for every input of the training set.
# - `"revives_itself"`: gradient descent on its own weight and bias can bring a dead unit back.


# %% [raw]
# # BEGIN SOLUTION
# %%
def relu_slope(z):
    """Derivative of the ReLU at each entry, 0 at 0; same shape and dtype."""
    # BEGIN SOLUTION
    return (z > 0).to(z.dtype)
    # END SOLUTION


def dead_units(weight, bias, x):
    """Which units give 0 for all inputs: bool (D,); weight: (D, D_i), bias: (D,), x: (N, D_i)."""
    # BEGIN SOLUTION
    return (x @ weight.T + bias <= 0).all(dim=0)
    # END SOLUTION


def vanishing_net(depth):
    """A network of Linear and ReLU modules, with `depth` ReLUs, whose input gradient vanishes."""
    # BEGIN SOLUTION
    layers = []
    for _ in range(depth):
        linear = nn.Linear(8, 8, bias=False)
        nn.init.eye_(linear.weight).data.mul_(0.25)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(8, 1))
    # END SOLUTION


relu_facts = {}
relu_facts["cannot_vanish"] = False  # SOLUTION
relu_facts["slope_proportional"] = False  # SOLUTION
relu_facts["output_proportional"] = True  # SOLUTION
relu_facts["can_die"] = True  # SOLUTION
relu_facts["revives_itself"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: relu_slope of (-2, 3) is (0, 1); a unit with weight 1 and bias -5 is dead on inputs 1 and 2;
  vanishing_net(20) gives one output.
"""  # END TEST CONFIG


def test_small_cases(relu_slope, dead_units, vanishing_net, relu_facts):
    import torch

    got = relu_slope(torch.tensor([-2.0, 3.0]))
    assert isinstance(got, torch.Tensor), "relu_slope should return a tensor"
    assert got.dtype == torch.float32, f"relu_slope: expected dtype float32, got {got.dtype}"
    assert got.tolist() == [0, 1], f"relu_slope of (-2, 3): expected [0, 1], got {got.tolist()}"
    got = dead_units(torch.ones(2, 1), torch.tensor([-5.0, 0.0]), torch.tensor([[1.0], [2.0]]))
    assert isinstance(got, torch.Tensor), "dead_units should return a tensor"
    assert got.dtype == torch.bool, f"dead_units: expected dtype bool, got {got.dtype}"
    assert got.tolist() == [True, False], f"dead_units: expected [True, False], got {got.tolist()}"
    net = vanishing_net(20)
    assert isinstance(net, torch.nn.Sequential), "vanishing_net should return an nn.Sequential"
    shape = tuple(net(torch.ones(3, 8)).shape)
    assert shape == (3, 1), f"vanishing_net(20): expected outputs of shape (3, 1), got {shape}"
    assert isinstance(relu_facts, dict), "relu_facts should be a dictionary"
    for key in ("cannot_vanish", "slope_proportional", "output_proportional", "can_die", "revives_itself"):
        assert isinstance(relu_facts.get(key), bool), f"relu_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: Slopes or dead units are wrong for some values. A dead unit is silent on every input, not on
  average.
"""  # END TEST CONFIG


def test_slopes_and_dead_units(relu_slope, dead_units):
    import torch

    rng = torch.Generator().manual_seed(24)
    for dtype in (torch.float32, torch.float64):
        z = torch.cat([torch.randn(30, generator=rng, dtype=dtype) * 4, torch.tensor([0.0, 1e-30, -1e-30, 1e30])])
        z = z.to(dtype).requires_grad_()
        torch.relu(z).sum().backward()
        got = relu_slope(z.detach())
        assert got.dtype == dtype and torch.equal(got, z.grad)
    assert relu_slope(torch.zeros(2, 3)).shape == (2, 3)
    seen = set()
    for n, d_in, d, shift in (
        (1, 1, 1, 0.0),
        (1, 2, 7, 0.0),
        (20, 3, 30, -2.0),
        (200, 2, 12, -1.0),
        (5, 4, 6, -9.0),
    ):
        weight, bias = torch.randn(d, d_in, generator=rng), torch.randn(d, generator=rng) + shift
        x = torch.randn(d_in, n, generator=rng).T
        layer = torch.nn.Linear(d_in, d)
        layer.load_state_dict({"weight": weight, "bias": bias})
        silent = torch.relu(layer(x)).amax(dim=0) == 0
        seen.update(silent.tolist())
        got = dead_units(weight, bias, x)
        assert got.dtype == torch.bool and torch.equal(got, silent)
    assert seen == {True, False}
    # a pre-activation of exactly zero gives an output of zero
    assert dead_units(torch.tensor([[1.0]]), torch.tensor([-2.0]), torch.tensor([[2.0], [1.0]])).tolist() == [True]


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The network has other modules than asked for, or its gradient does not vanish, or is exactly
  zero.
"""  # END TEST CONFIG


def test_gradient_vanishes(vanishing_net):
    def probe(vanishing_net, depth):
        import torch

        net = vanishing_net(depth)
        x = torch.ones(1, 8, requires_grad=True)
        net(x).sum().backward()
        return [type(layer).__name__ for layer in net], x.grad, tuple(net(torch.randn(4, 8)).shape)

    for depth in (20, 33, 50):
        names, gradient, shape = inside(probe)(vanishing_net, depth)
        assert names == ["Linear", "ReLU"] * depth + ["Linear"] and shape == (4, 1)
        assert gradient.isfinite().all() and 0 < gradient.abs().max() < 1e-10


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: At least one of the five statements is decided wrongly. What is constant, and what grows
  with z?
"""  # END TEST CONFIG


def test_facts_by_computing(relu_facts):
    import torch

    z = torch.tensor([0.5, 1.0, 2.0, 10.0], requires_grad=True)
    out = torch.relu(z)
    out.sum().backward()
    slope_per_z, out_per_z = z.grad / z.detach(), out.detach() / z.detach()
    x = torch.ones(1, 8, requires_grad=True)
    h = x
    for _ in range(40):
        h = torch.relu(0.1 * h)
    h.sum().backward()
    torch.manual_seed(25)
    data, target = torch.randn(50, 3), torch.randn(50, 1)
    layer, last = torch.nn.Linear(3, 1), torch.nn.Linear(1, 1)
    with torch.no_grad():
        layer.bias.fill_(-100.0)
    dead = bool((torch.relu(layer(data)) == 0).all())
    optimizer = torch.optim.SGD(layer.parameters(), lr=10.0)
    for _ in range(20):
        optimizer.zero_grad()
        ((last(torch.relu(layer(data))) - target) ** 2).mean().backward()
        optimizer.step()
    alive = bool((torch.relu(layer(data)) > 0).any())
    assert len(relu_facts) == 5
    assert relu_facts["cannot_vanish"] is (not bool(x.grad.abs().max() < 1e-10))
    assert relu_facts["slope_proportional"] is bool(torch.allclose(slope_per_z, slope_per_z[0]))
    assert relu_facts["output_proportional"] is bool(torch.allclose(out_per_z, out_per_z[0]))
    assert relu_facts["can_die"] is dead
    assert relu_facts["revives_itself"] is alive


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="cs-losses-2"
# # BEGIN QUESTION
# name: q14_sigmoid_stack
# points: 5

# %% [markdown]
# ## 14. A loss that does not move
#
# A network predicts one number from 42 inputs, with squared errors. This is how it was built:


# %%
def friends_net():
    return nn.Sequential(
        nn.Linear(42, 128),
        nn.Sigmoid(),
        *([nn.Linear(128, 128), nn.Sigmoid()] * 24),
        nn.Linear(128, 1),
    )


# %% [markdown]
# After a few steps of training the loss stands still. Find out what is wrong, and what else is odd.
#
# - `count_layers(net)`, for any `nn.Sequential` that has no other one inside: a dictionary of integers.
#   `"applied"`: how many times a linear layer is applied to the data. `"distinct"`: how many different linear
#   layers there are. `"parameters"`: how many numbers are trained in all modules, each counted once. For
#   `nn.Sequential(nn.Linear(2, 1))` they are 1, 1 and 3.
# - `independent_net()`: the network that its builder had in mind, with 24 middle layers that have parameters of
#   their own. The modules have the same types in the same order.
# - `slope_bound(depth)`: the slope of the sigmoid $1/(1 + e^{-z})$ is nowhere larger than some number. Return
#   the resulting bound, a float, on the product of the slopes of `depth` sigmoids, one after another.
# - `grad_ratio(act, depth, shared, seed)`: how much of the gradient reaches the first layer, for a network
#   like the one above with `depth` activations, two or more. `act` is a class, such as `nn.Tanh`, and `act()`
#   makes one of them. Call `torch.manual_seed(seed)`. Then make the linear layers in this order: one from 42 to
#   128; `depth - 1` middle layers from 128 to 128, or, if `shared` is `True`, a single one that is used
#   `depth - 1` times; one from 128 to 1. Put an activation after each but the last, and turn the network into
#   float64 with `.double()`. Draw 64 inputs, then 64 targets, both with `torch.randn(64, …, dtype=torch.float64)`.
#   Compute the gradient of the mean squared error and return, as a float, its norm in the weight of the first
#   linear layer, divided by that in the weight of the last one. (The norm is the root of the sum of squares of
#   all entries.)
# - `plateau_loss(y)`: the loss (mean squared error) at which such a network stands still for targets `y`, shape
#   `(N, 1)`, when only the last layer still learns and what it sees no longer depends on the inputs. A float.
#
# Then set each entry of `stack_facts` to `True` or `False`; they are about `friends_net()` as it comes.
#
# - `"gradients_vanish"`: the first layer's gradient is less than a millionth of the last layer's.
# - `"gradients_explode"`: the first layer's gradient is more than a million times the last layer's.
# - `"unsharing_cures"`: in `independent_net()` the first layer's gradient is more than a millionth of the last
#   layer's.
# - `"output_limited"`: the output always lies between 0 and 1, whatever the parameters.


# %% [raw]
# # BEGIN SOLUTION
# %%
def count_layers(net):
    """Linear layers applied and distinct, and trained numbers: {"applied", "distinct", "parameters"}."""
    # BEGIN SOLUTION
    linear = [layer for layer in net if isinstance(layer, nn.Linear)]
    parameters = sum(p.numel() for p in net.parameters())
    return {"applied": len(linear), "distinct": len(set(linear)), "parameters": parameters}
    # END SOLUTION


def independent_net():
    """The friend's network with 24 independent middle layers."""
    # BEGIN SOLUTION
    middle = [make() for _ in range(24) for make in (lambda: nn.Linear(128, 128), nn.Sigmoid)]
    return nn.Sequential(nn.Linear(42, 128), nn.Sigmoid(), *middle, nn.Linear(128, 1))
    # END SOLUTION


def slope_bound(depth):
    """Largest possible product of the slopes of `depth` sigmoids, a float."""
    # BEGIN SOLUTION
    return 0.25**depth
    # END SOLUTION


def grad_ratio(act, depth, shared, seed):
    """Norm of the first layer's weight gradient over that of the last layer's, a float."""
    # BEGIN SOLUTION
    torch.manual_seed(seed)
    first = nn.Linear(42, 128)
    middle = [nn.Linear(128, 128)] * (depth - 1) if shared else [nn.Linear(128, 128) for _ in range(depth - 1)]
    last = nn.Linear(128, 1)
    hidden = [module for linear in (first, *middle) for module in (linear, act())]
    net = nn.Sequential(*hidden, last).double()
    x, y = torch.randn(64, 42, dtype=torch.float64), torch.randn(64, 1, dtype=torch.float64)
    nn.functional.mse_loss(net(x), y).backward()
    return (first.weight.grad.norm() / last.weight.grad.norm()).item()
    # END SOLUTION


def plateau_loss(y):
    """Mean squared error of the best constant output, a float; y: (N, 1)."""
    # BEGIN SOLUTION
    return y.var(correction=0).item()
    # END SOLUTION


stack_facts = {}
stack_facts["gradients_vanish"] = True  # SOLUTION
stack_facts["gradients_explode"] = False  # SOLUTION
stack_facts["unsharing_cures"] = False  # SOLUTION
stack_facts["output_limited"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: nn.Sequential(nn.Linear(2, 1)) applies one linear layer with 3 parameters; grad_ratio and the
  other functions return numbers.
"""  # END TEST CONFIG


def test_small_cases(count_layers, independent_net, slope_bound, grad_ratio, plateau_loss, stack_facts):
    import torch

    got = count_layers(torch.nn.Sequential(torch.nn.Linear(2, 1)))
    expected = {"applied": 1, "distinct": 1, "parameters": 3}
    assert got == expected, f"count_layers of one Linear(2, 1): expected {expected}, got {got}"
    assert isinstance(independent_net(), torch.nn.Sequential), "independent_net should return an nn.Sequential"
    assert slope_bound(0) == 1, f"slope_bound(0): without sigmoids the product is 1, got {slope_bound(0)}"
    got = grad_ratio(torch.nn.Sigmoid, 2, False, 0)
    assert isinstance(got, float), "grad_ratio should return a float"
    assert got > 0, f"grad_ratio should be positive, got {got}"
    got = plateau_loss(torch.tensor([[1.0], [1.0]], dtype=torch.float64))
    assert isinstance(got, float), "plateau_loss should return a float"
    assert abs(got) < 1e-9, f"plateau_loss: equal targets can be met by a constant, expected 0, got {got}"
    assert isinstance(stack_facts, dict), "stack_facts should be a dictionary"
    for key in ("gradients_vanish", "gradients_explode", "unsharing_cures", "output_limited"):
        assert isinstance(stack_facts.get(key), bool), f"stack_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The layers are counted wrongly, or the middle layers are not independent. What does * do to a
  Python list of modules?
"""  # END TEST CONFIG


def test_layers(count_layers, independent_net):
    from torch import nn

    def probe(count_layers, independent_net):
        import torch
        from torch import nn

        shared = [nn.Linear(128, 128), nn.Sigmoid()]
        friends = nn.Sequential(nn.Linear(42, 128), nn.Sigmoid(), *(shared * 24), nn.Linear(128, 1))
        net = independent_net()
        storages = {p.data_ptr() for p in net.parameters()}
        shapes = [tuple(layer.weight.shape) for layer in net if isinstance(layer, nn.Linear)]
        counts = count_layers(friends), count_layers(net)
        return (
            counts,
            shapes,
            len(storages),
            [type(layer).__name__ for layer in net],
            net(torch.ones(2, 42)).shape,
        )

    (friends, own), shapes, storages, names, out = inside(probe)(count_layers, independent_net)
    linear = lambda d_in, d_out: d_in * d_out + d_out
    assert friends == {
        "applied": 26,
        "distinct": 3,
        "parameters": linear(42, 128) + linear(128, 128) + linear(128, 1),
    }
    total = linear(42, 128) + 24 * linear(128, 128) + linear(128, 1)
    assert own == {"applied": 26, "distinct": 26, "parameters": total}
    assert shapes == [(128, 42)] + [(128, 128)] * 24 + [(1, 128)] and storages == 52 and tuple(out) == (2, 1)
    assert names == ["Linear", "Sigmoid"] * 25 + ["Linear"]
    layer = nn.Linear(3, 3)
    others = nn.Sequential(layer, nn.ReLU(), layer, nn.Tanh(), nn.Linear(3, 2, bias=False), nn.BatchNorm1d(2))
    assert count_layers(others) == {"applied": 3, "distinct": 2, "parameters": 12 + 6 + 4}
    assert count_layers(nn.Sequential(nn.ReLU())) == {"applied": 0, "distinct": 0, "parameters": 0}


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The bound, the ratio of gradients or the plateau is not what such networks show. Which layers,
  which norm, which precision? And by what is the mean divided?
"""  # END TEST CONFIG


def test_ratio_and_plateau(slope_bound, grad_ratio, plateau_loss):
    import math

    import torch
    from torch import nn

    def measured(act, depth, shared, seed):
        torch.manual_seed(seed)
        layers = [nn.Linear(42, 128)] + [nn.Linear(128, 128) for _ in range(1 if shared else depth - 1)]
        last = nn.Linear(128, 1)
        h, y = torch.randn(64, 42, dtype=torch.float64), torch.randn(64, 1, dtype=torch.float64)
        for k in range(depth):
            layer = layers[min(k, len(layers) - 1)]
            h = act()(h @ layer.weight.double().T + layer.bias.double())
        loss = ((h @ last.weight.double().T + last.bias.double() - y) ** 2).mean()
        first, end = torch.autograd.grad(loss, [layers[0].weight, last.weight])
        return math.sqrt((first.double() ** 2).sum().item() / (end.double() ** 2).sum().item())

    z = torch.linspace(-6, 6, 1201, dtype=torch.float64, requires_grad=True)
    torch.sigmoid(z).sum().backward()
    for depth in (1, 2, 25):
        assert abs(slope_bound(depth) / z.grad.max().item() ** depth - 1) < 1e-6
    for act, depth, shared, seed in (
        (nn.Sigmoid, 2, False, 1),
        (nn.Sigmoid, 10, False, 2),
        (nn.Sigmoid, 25, True, 3),
        (nn.Sigmoid, 12, True, 0),
        (nn.Tanh, 25, False, 4),
        (nn.Tanh, 2, True, 5),
        (nn.ReLU, 4, False, 6),
    ):
        # Both in float64 with the same draws. The oracle keeps its leaves in float32: gradients rounded to 1e-7.
        assert abs(grad_ratio(act, depth, shared, seed) / measured(act, depth, shared, seed) - 1) < 1e-5
    torch.manual_seed(26)
    x, y = torch.randn(12, 42), 2 * torch.rand(12, 1) + 1
    net = nn.Sequential(*[m for d in (42, *[32] * 19) for m in (nn.Linear(d, 32), nn.Sigmoid())], nn.Linear(32, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
    for _ in range(150):
        optimizer.zero_grad()
        loss = ((net(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
    # the last layer has converged to a constant: 2 % covers what is left (8 % would be N - 1 for N)
    assert abs(plateau_loss(y) / loss.item() - 1) < 0.02


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the four statements is decided wrongly. Measure the gradients, and set the
  last layer to large numbers.
"""  # END TEST CONFIG


def test_facts_by_measuring(stack_facts):
    import torch
    from torch import nn

    ratios = {}
    for copies in (1, 24):
        torch.manual_seed(27)
        pairs = [[nn.Linear(128, 128), nn.Sigmoid()] for _ in range(copies)] * (24 // copies)
        net = nn.Sequential(nn.Linear(42, 128), nn.Sigmoid(), *sum(pairs, []), nn.Linear(128, 1)).double()
        x, y = torch.randn(64, 42).double(), torch.randn(64, 1).double()
        ((net(x) - y) ** 2).mean().backward()
        ratios[copies] = (net[0].weight.grad.norm() / net[-1].weight.grad.norm()).item()
    with torch.no_grad():
        net[-1].bias.fill_(50.0)
        outside = bool((net(x) > 1).any())
    assert len(stack_facts) == 4
    assert stack_facts["gradients_vanish"] is bool(ratios[1] < 1e-6)
    assert stack_facts["gradients_explode"] is bool(ratios[1] > 1e6)
    assert stack_facts["unsharing_cures"] is bool(ratios[24] > 1e-6)
    assert stack_facts["output_limited"] is (not outside)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_ratios():
    figure, axis = plt.subplots(figsize=(6, 3.2))
    depths = [2, 5, 10, 15, 20, 25]
    for act in (nn.Sigmoid, nn.Tanh, nn.ReLU):
        axis.semilogy(depths, [grad_ratio(act, depth, False, 0) for depth in depths], ".-", label=act.__name__)
    axis.semilogy(depths, [slope_bound(depth) for depth in depths], ":", color="0.4", label="bound for sigmoids")
    axis.set(xlabel="depth", title="first layer's gradient over the last layer's")
    axis.legend()
    figure.tight_layout()


show(draw_ratios)

# %% [raw] sources="cs-losses-3"
# # BEGIN QUESTION
# name: q15_remedy
# points: 5

# %% [markdown]
# ## 15. A friend's cure, and one that works
#
# A network with 26 linear layers (42 inputs, width 128, one output) and a sigmoid after each but the last does
# not learn. A friend says: "Put a tanh in place of every sigmoid." Is that enough?
#
# We measure a network as follows: 64 standard normal inputs and targets, mean squared error, and the norm of the
# gradient in the weight of the first linear layer divided by that for the last one. We call a network **cured**
# if this **ratio** is above $10^{-3}$ in float64, before any training.
#
# - `max_slope(act)`: the largest slope, in size, of an activation on the interval $[-10, 10]$, a float, to three
#   digits after the point. `act` is a function that works on each entry of a tensor, such as `torch.sigmoid`;
#   autograd can differentiate it.
# - `cured_net(seed)`: call `torch.manual_seed(seed)` and return an `nn.Module` that is cured, and whose ratio is
#   below $10^3$, too. It takes inputs of shape `(N, 42)` and returns `(N, 1)`. Its modules include exactly 26
#   `nn.Linear`, applied one after another in the order in which you register them, the first with 42 inputs, the
#   last with one output, all others of width 128. Between each and the next there is a nonlinear activation. Leave
#   the parameters in float32: the tests call `.double()` before they measure. The rest is yours: activation,
#   starting values, normalisation, shortcuts.
#
# Then set each entry of `cure_facts` to `True` or `False`. Networks have 26 linear layers with the starting
# values that `nn.Linear` draws, unless the statement says otherwise.
#
# - `"tanh_alone_cures"`: the friend is right, the network with tanh is cured.
# - `"tanh_helps"`: with tanh the ratio is more than a million times that with sigmoids.
# - `"relu_alone_cures"`: the network with ReLU is cured.
# - `"xavier_tanh_cures"`: the network with tanh is cured if each weight is drawn by `nn.init.xavier_uniform_`.
# - `"xavier_sigmoid_cures"`: the same for the network with sigmoids.
# - `"tanh_is_steeper"`: the largest slope of tanh is four times that of the sigmoid.


# %% [raw]
# # BEGIN SOLUTION
# %%
def max_slope(act):
    """Largest |slope| of act on [-10, 10], a float."""
    # BEGIN SOLUTION
    z = torch.linspace(-10, 10, 100001, requires_grad=True)
    (slope,) = torch.autograd.grad(act(z).sum(), z)
    return slope.abs().max().item()
    # END SOLUTION


def cured_net(seed):
    """A network of 26 linear layers whose first layer gets a gradient."""
    # BEGIN SOLUTION
    torch.manual_seed(seed)
    layers = []
    for d_in in [42] + [128] * 24:
        layers += [nn.Linear(d_in, 128), nn.Tanh()]
    net = nn.Sequential(*layers, nn.Linear(128, 1))
    for layer in net[::2]:
        nn.init.xavier_uniform_(layer.weight)
    return net
    # END SOLUTION


cure_facts = {}
cure_facts["tanh_alone_cures"] = False  # SOLUTION
cure_facts["tanh_helps"] = True  # SOLUTION
cure_facts["relu_alone_cures"] = False  # SOLUTION
cure_facts["xavier_tanh_cures"] = True  # SOLUTION
cure_facts["xavier_sigmoid_cures"] = False  # SOLUTION
cure_facts["tanh_is_steeper"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The steepest slope of 2 z is 2; cured_net(0) is a module that takes (N, 42) to (N, 1).
"""  # END TEST CONFIG


def test_small_cases(max_slope, cured_net, cure_facts):
    import torch

    got = max_slope(lambda z: 2 * z)
    assert isinstance(got, float), "max_slope should return a float"
    assert abs(got - 2) < 1e-3, f"max_slope of 2 z: expected 2, got {got}"
    net = cured_net(0)
    assert isinstance(net, torch.nn.Module), "cured_net(0) should be an nn.Module"
    out = net(torch.ones(3, 42))
    assert isinstance(out, torch.Tensor), "the network should return a tensor"
    assert tuple(out.shape) == (3, 1), f"cured_net(0): expected outputs of shape (3, 1), got {tuple(out.shape)}"
    assert isinstance(cure_facts, dict), "cure_facts should be a dictionary"
    keys = ["tanh_alone_cures", "tanh_helps", "relu_alone_cures"]
    for key in [*keys, "xavier_tanh_cures", "xavier_sigmoid_cures", "tanh_is_steeper"]:
        assert isinstance(cure_facts.get(key), bool), f"cure_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The steepest slope is wrong for some activation. It may be negative, and at an end of the
  interval.
"""  # END TEST CONFIG


def test_steepest_slopes(max_slope):
    import torch

    for act, exact in (
        (torch.sigmoid, 1 / 4),
        (torch.tanh, 1.0),
        (torch.relu, 1.0),
        (lambda z: -3 * torch.tanh(z - 2), 3.0),
        (lambda z: z**2 / 10, 2.0),
        (lambda z: torch.exp(-z / 5), torch.e**2 / 5),
        (lambda z: torch.exp(z / 5), torch.e**2 / 5),
        (lambda z: torch.nn.functional.leaky_relu(z, -5.0), 5.0),
        (lambda z: torch.tanh(5 * z - 1.2), 5.0),
        (lambda z: 0 * z, 0.0),
    ):
        # a grid of step 1e-2 is right to 5e-4 for the steepest bend among these
        assert abs(max_slope(act) - exact) < 1.5e-3


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The network is not cured for some seed, or not built as asked. Measure its ratio, and see
  that it is not a straight line.
"""  # END TEST CONFIG


def test_cured(cured_net):
    def probe(cured_net, seed):
        import torch
        from torch import nn

        net = cured_net(seed).double()
        linear = [layer for layer in net.modules() if isinstance(layer, nn.Linear)]
        seen = []
        for layer in linear:
            layer.register_forward_hook(lambda layer, args, out: seen.append((layer, args[0], out)))
        rng = torch.Generator().manual_seed(1000 + seed)
        x, y = torch.randn(2, 64, 42, generator=rng, dtype=torch.float64)
        loss = ((net(x) - y[:, :1]) ** 2).mean()
        loss.backward()
        order = [linear.index(layer) for layer, _, _ in seen]
        # Between two layers each unit must bend: no straight line from its output to the next input.
        bent = []
        for (_, _, out), (_, after, _) in zip(seen, seen[1:]):
            both = [t.detach() - t.detach().mean(dim=0) for t in (out, after)]
            straight = (both[0] * both[1]).sum(0) ** 2 / ((both[0] ** 2).sum(0) * (both[1] ** 2).sum(0) + 1e-300)
            bent.append((1 - straight).median().item())
        shapes = [tuple(layer.weight.shape) for layer in linear]
        norms = [layer.weight.grad.norm().item() for layer in linear]
        weights = float(sum(p.detach().sum() for p in net.parameters()))
        return order, shapes, norms, bent, weights

    totals = set()
    for seed in range(8):
        order, shapes, norms, bent, total = inside(probe)(cured_net, seed)
        # rounding leaves 1e-13 of a straight line; tanh of small numbers gave 1e-5 and more
        assert order == list(range(26)) and min(bent) > 1e-9
        assert shapes == [(128, 42)] + [(128, 128)] * 24 + [(1, 128)]
        # Xavier with tanh gave 0.5 to 2 over 20 seeds
        assert 1e-3 < norms[0] / norms[-1] < 1e3
        totals.add(total)
    assert len(totals) == 8
    assert inside(probe)(cured_net, 3)[-1] in totals


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: At least one of the six statements is decided wrongly. Measure each network for a few seeds.
"""  # END TEST CONFIG


def test_facts_by_measuring(cure_facts):
    from statistics import median

    import torch
    from torch import nn

    def ratio(act, xavier, seed):
        torch.manual_seed(seed)
        layers = [nn.Linear(42, 128)] + [nn.Linear(128, 128) for _ in range(24)] + [nn.Linear(128, 1)]
        net = nn.Sequential(*[m for layer in layers[:-1] for m in (layer, act())], layers[-1]).double()
        for layer in layers:
            if xavier:
                nn.init.xavier_uniform_(layer.weight)
        x, y = torch.randn(64, 42).double(), torch.randn(64, 1).double()
        ((net(x) - y) ** 2).mean().backward()
        return (layers[0].weight.grad.norm() / layers[-1].weight.grad.norm()).item()

    # over 20 seeds: sigmoid 1e-22 to 2e-21, tanh 2e-6 to 2e-5, ReLU 4e-10 to 1e-6, Xavier and tanh 0.5 to 2,
    # Xavier and sigmoid below 1e-15
    typical = {
        (act, xavier): median(ratio(act, xavier, seed) for seed in range(5))
        for act, xavier in (
            (nn.Sigmoid, False),
            (nn.Tanh, False),
            (nn.ReLU, False),
            (nn.Tanh, True),
            (nn.Sigmoid, True),
        )
    }
    z = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    steep = [torch.autograd.grad(act(z), z)[0].item() for act in (torch.tanh, torch.sigmoid)]
    assert len(cure_facts) == 6
    assert cure_facts["tanh_alone_cures"] is bool(typical[nn.Tanh, False] > 1e-3)
    assert cure_facts["tanh_helps"] is bool(typical[nn.Tanh, False] > 1e6 * typical[nn.Sigmoid, False])
    assert cure_facts["relu_alone_cures"] is bool(typical[nn.ReLU, False] > 1e-3)
    assert cure_facts["xavier_tanh_cures"] is bool(typical[nn.Tanh, True] > 1e-3)
    assert cure_facts["xavier_sigmoid_cures"] is bool(typical[nn.Sigmoid, True] > 1e-3)
    assert cure_facts["tanh_is_steeper"] is bool(abs(steep[0] / steep[1] - 4) < 1e-9)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [markdown]
# ## What to take along
#
# A loss is the negative log-likelihood of a distribution that you choose: normal for real numbers, Bernoulli
# and softmax for classes, Poisson for counts, von Mises for angles, mixtures where several answers are
# possible. Its constants may be dropped only while they multiply nothing else. Work with logarithms from the
# start. And a good loss is not enough: its gradient has to arrive at the first layer.
