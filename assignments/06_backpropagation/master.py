# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [raw]
# # ASSIGNMENT CONFIG
# name: 06_backpropagation
# export_cell: {pdf: false}
# tests: {files: false, ok_format: false}
# show_question_points: true

# %% [markdown]
# # Backpropagation and initialisation
#
# Every training step needs the derivative of one number, the loss, with respect to all parameters. Here you work
# these derivatives out by hand, as code, and compare them with what autograd finds. You build a small autograd of
# your own, count what it costs in time and memory, and see which starting values let a network learn at all.
#
# | question | what you write | points |
# | --- | --- | --- |
# | `q1_loss_slopes` | where the backward pass begins: two losses | 2 |
# | `q2_toy_network` | the chain rule through a scalar network | 3 |
# | `q3_direct_derivatives` | thirteen derivatives without backpropagation, and why that does not scale | 4 |
# | `q4_reverse_mode` | reverse mode by hand, and a tape that does it for you | 5 |
# | `q5_forward_mode` | forward mode, dual numbers, and who needs how many sweeps | 5 |
# | `q6_saturation` | the slope of the sigmoid, with all its digits | 3 |
# | `q7_flat_activations` | why a step function stops learning | 4 |
# | `q8_jacobians` | the matrices of the backward pass and their sizes | 5 |
# | `q9_linear_layer` | the backward pass of a linear layer, for batches and for matrices | 4 |
# | `q10_leaky_relu` | the backward pass of a whole network | 4 |
# | `q11_penalised_network` | biases, a penalty, three losses, and the computational graph | 6 |
# | `q12_numerical_gradients` | gradients from differences, and their limits | 6 |
# | `q13_memory` | what training stores and inference does not | 4 |
# | `q14_checkpointing` | fifty layers with the memory of ten | 5 |
# | `q15_two_devices` | a graph that is too large for one device | 5 |
# | `q16_second_derivatives` | graphs of graphs | 4 |
# | `q17_relu_moment` | what a ReLU does to the second moment | 4 |
# | `q18_equal_starts` | starting all parameters at one value | 6 |
# | `q19_symmetries` | different parameters, same function | 4 |
# | `q20_products` | singular values of a product of layers | 4 |
# | `q21_layerwise_rates` | learning rates that follow the size of the weights | 4 |
# | `q22_training_loop` | the whole loop, for regression and for two classes | 5 |
#
# Each question stands alone: no answer needs an earlier one. `grader.check` runs a few small public tests.
# More tests, with other numbers, decide the score.

# %% [markdown]
# ## Recap and notation
#
# A network maps an input $x$ to an output $f$ through layers. With $K$ hidden layers,
#
# $$f_0 = \beta_0 + \Omega_0 x, \qquad h_k = a(f_{k-1}), \qquad f_k = \beta_k + \Omega_k h_k \qquad (k = 1, \dots, K).$$
#
# The $f_k$ are **pre-activations**, the last one is the output; $a$ is the **activation**, applied to each entry;
# $\beta_k$ are the biases, $\Omega_k$ the weights, of shape (units behind, units before). The loss of one example is
# $\ell$, the loss of the data $L$; $y$ is the target, $N$ the number of examples.
#
# - **Forward pass**: compute $f_0, h_1, f_1, \dots$ and keep them. **Backward pass**: start with
#   $\partial \ell / \partial f_K$ and go back layer by layer, each time multiplying by one local derivative.
# - ReLU is $\max(0, z)$. We set its slope at $z = 0$ to $0$, as torch does. The sigmoid is
#   $\sigma(z) = 1 / (1 + e^{-z})$.
# - A gradient always has the shape of what one differentiates with respect to.
#
# Where a question says **without autograd**, your function may be run with autograd switched off. Arrays are float64
# NumPy arrays unless a question says tensor. Run the set-up cell, then look at two numbers that run through a deep
# network: the size of the activations on the way forward, the size of the gradients on the way back.

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
def draw_two_passes():
    figure, axes = plt.subplots(1, 2, figsize=(8, 3), sharex=True)
    for variance in (1.0, 2.0, 3.0):
        torch.manual_seed(0)
        values = [torch.randn(200, 100)]
        for _ in range(30):
            weights = torch.randn(100, 100) * (variance / 100) ** 0.5
            values.append(torch.relu(values[-1].requires_grad_() @ weights))
        slopes = torch.autograd.grad(values[-1].sum(), values[:-1])
        label = f"variance of the weights {variance:g}/D"
        axes[0].semilogy([value.square().mean().item() for value in values], label=label)
        axes[1].semilogy([slope.square().mean().item() for slope in slopes], label=label)
    axes[0].set(xlabel="layer", title="mean square of the activations")
    axes[1].set(xlabel="layer", title="mean square of the gradients")
    axes[1].legend(fontsize=7)
    figure.tight_layout()


show(draw_two_passes)

# %% [raw] sources="udl-7.4 udl-7.5"
# # BEGIN QUESTION
# name: q1_loss_slopes
# points: 2

# %% [markdown]
# ## 1. Where the backward pass begins
#
# The backward pass starts at the loss: it needs $\partial \ell / \partial f$, with $f$ the output of the network. Two
# losses are used most.
#
# - Least squares: $\ell = (y - f)^2$.
# - Binary cross-entropy: $\ell = -(1 - y) \log\big(1 - \sigma(f)\big) - y \log \sigma(f)$, with the sigmoid $\sigma$.
#
# Work out both derivatives and bring the second into its simplest form. Write, for arrays `f` and `y` of one and the
# same shape, without autograd,
#
# - `squared_slope(f, y)`: the derivative of the first loss for each entry, an array of the shape of `f`;
# - `cross_entropy_slope(f, y)`: that of the second. `y` may be any number from 0 to 1 (a *soft* label), and entries
#   of `f` may be as large as $\pm 1000$: the result is never `nan`.
#
# For $f = 3$, $y = 1$ the first slope is $4$. For $f = 0$, $y = 1$ the second is $-\tfrac12$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def squared_slope(f, y):
    """Derivative of (y - f)^2 with respect to f, elementwise."""
    # BEGIN SOLUTION
    return 2 * (f - y)
    # END SOLUTION


def cross_entropy_slope(f, y):
    """Derivative of the binary cross-entropy with respect to the logit f, elementwise; y from 0 to 1."""
    # BEGIN SOLUTION
    return np.exp(-np.logaddexp(0, -f)) - y
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: For f = 3, y = 1 the slope of the squared error is 4; for f = 0, y = 1 that of the cross-entropy is
  -0.5.
"""  # END TEST CONFIG


def test_two_numbers(squared_slope, cross_entropy_slope):
    import numpy as np

    for name, slope, f, expected in (
        ("squared_slope", squared_slope, [3.0], [4.0]),
        ("cross_entropy_slope", cross_entropy_slope, [0.0], [-0.5]),
    ):
        got = slope(np.array(f), np.array([1.0]))
        assert got is not None, f"{name}(...) returned None: expected an array of shape (1,)"
        assert np.shape(got) == (1,), f"{name}: expected shape (1,), got {np.shape(got)}"
        assert np.allclose(got, expected), f"{name}: expected {expected}, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: squared_slope has the wrong sign or the wrong size. Too large an output must give a positive slope.
"""  # END TEST CONFIG


def test_squared_error(squared_slope):
    import numpy as np
    import torch

    rng = np.random.default_rng(601)
    for shape in ((1,), (7,), (3, 2), (0,)):
        f, y = rng.normal(size=shape) * 5, rng.normal(size=shape)
        t = torch.tensor(f, requires_grad=True)
        ((torch.tensor(y) - t) ** 2).sum().backward()
        got = squared_slope(f, y)
        # float64, two operations
        assert np.shape(got) == shape and np.allclose(got, t.grad.numpy(), rtol=1e-12, atol=1e-12)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: cross_entropy_slope is wrong for some logit or some soft label, or breaks for large logits. It is the
  derivative with respect to the logit, not to the probability.
"""  # END TEST CONFIG


def test_cross_entropy(cross_entropy_slope):
    import numpy as np
    import torch

    rng = np.random.default_rng(602)
    for shape in ((1,), (40,), (4, 3)):
        f = rng.normal(size=shape) * 4
        for y in (rng.integers(0, 2, size=shape).astype(float), rng.uniform(size=shape)):
            t = torch.tensor(f, requires_grad=True)
            loss = -(1 - torch.tensor(y)) * torch.nn.functional.logsigmoid(-t)
            (loss - torch.tensor(y) * torch.nn.functional.logsigmoid(t)).sum().backward()
            got = cross_entropy_slope(f, y)
            # float64, a handful of operations on numbers of size 1
            assert np.shape(got) == shape and np.allclose(got, t.grad.numpy(), rtol=1e-9, atol=1e-12)
    far = np.array([-1000.0, -800.0, 800.0, 1000.0])
    for y, expected in ((0.0, [0, 0, 1, 1]), (1.0, [-1, -1, 0, 0]), (0.25, [-0.25, -0.25, 0.75, 0.75])):
        assert np.allclose(cross_entropy_slope(far, np.full(4, y)), expected, rtol=0, atol=1e-12)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-7.1"
# # BEGIN QUESTION
# name: q2_toy_network
# points: 3

# %% [markdown]
# ## 2. One factor at a time
#
# A network in which everything is a single number:
#
# $$f_0 = \beta_0 + \omega_0 x, \quad h_1 = \sin f_0, \quad f_1 = \beta_1 + \omega_1 h_1, \quad h_2 = e^{f_1}, \quad
# f_2 = \beta_2 + \omega_2 h_2, \quad h_3 = \cos f_2, \quad f_3 = \beta_3 + \omega_3 h_3,$$
#
# with the loss $\ell = (f_3 - y)^2$. The backward pass goes through $f_3, h_3, f_2, h_2, f_1, h_1, f_0$ in this order.
# It begins with $\partial \ell / \partial f_3$; each further derivative is the one before times one **local factor**.
# The factor that leads from $h_3$ to $f_2$, for example, is $\partial h_3 / \partial f_2$.
#
# Write, without autograd,
#
# - `toy_backward(x, y, beta, omega)`: the pair `(local, slopes)`. `local` is an array of shape `(6,)`, the six
#   factors that lead to $h_3, f_2, h_2, f_1, h_1, f_0$; `slopes` has shape `(7,)` and holds
#   $\partial \ell / \partial f_3, \partial \ell / \partial h_3, \dots, \partial \ell / \partial f_0$. `x` and `y` are
#   floats, `beta` and `omega` have shape `(4,)`.
# - `toy_gradient(x, y, beta, omega)`: the pair of arrays of shape `(4,)` with the derivatives of $\ell$ with respect
#   to $\beta_0, \dots, \beta_3$ and to $\omega_0, \dots, \omega_3$.
#
# With all biases 0, all weights 1 and $x = y = 0$ the pre-activations are $0, 0, 1, \cos 1$. The local factors are
# $(1, -\sin 1, 1, 1, 1, 1)$; the first two slopes are $2 \cos 1$, and the other five are $-2 \cos 1 \sin 1 = -\sin 2$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def toy_backward(x, y, beta, omega):
    """Local factors (6,) and accumulated slopes (7,) of the backward pass of the scalar network."""
    # BEGIN SOLUTION
    f0 = beta[0] + omega[0] * x
    f1 = beta[1] + omega[1] * np.sin(f0)
    f2 = beta[2] + omega[2] * np.exp(f1)
    f3 = beta[3] + omega[3] * np.cos(f2)
    local = np.array([omega[3], -np.sin(f2), omega[2], np.exp(f1), omega[1], np.cos(f0)])
    return local, 2 * (f3 - y) * np.cumprod(np.append(1, local))
    # END SOLUTION


def toy_gradient(x, y, beta, omega):
    """Derivatives of the loss with respect to beta and to omega, two arrays of shape (4,)."""
    # BEGIN SOLUTION
    by_beta = toy_backward(x, y, beta, omega)[1][::-2]  # a bias has the slope of its pre-activation
    h = [x]
    for k, activation in enumerate((np.sin, np.exp, np.cos)):
        h.append(activation(beta[k] + omega[k] * h[k]))
    return by_beta, by_beta * h
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With biases 0, weights 1 and x = y = 0 the local factors are (1, -sin 1, 1, 1, 1, 1), and the last
  five slopes are -sin 2.
"""  # END TEST CONFIG


def test_simple_weights(toy_backward, toy_gradient):
    import numpy as np

    beta, omega = np.zeros(4), np.ones(4)
    got = toy_backward(0.0, 0.0, beta, omega)
    assert got is not None, "toy_backward(...) returned None: expected (local, slopes)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "toy_backward should return (local, slopes)"
    assert np.shape(got[0]) == (6,), f"local: expected shape (6,), got {np.shape(got[0])}"
    assert np.shape(got[1]) == (7,), f"slopes: expected shape (7,), got {np.shape(got[1])}"
    s, c = np.sin(1), np.cos(1)
    assert np.allclose(got[0], [1, -s, 1, 1, 1, 1]), f"local: expected [1, -sin 1, 1, 1, 1, 1], got {got[0]}"
    expected = [2 * c] * 2 + [-2 * s * c] * 5
    assert np.allclose(got[1], expected), f"slopes: expected {expected}, got {got[1]}"
    got = toy_gradient(0.0, 0.0, beta, omega)
    assert got is not None, "toy_gradient(...) returned None: expected a pair of arrays"
    assert len(got) == 2 and np.shape(got[0]) == np.shape(got[1]) == (4,), "expected two arrays of shape (4,)"
    assert np.isclose(got[1][0], 0), f"x = 0, so omega_0 has derivative 0, got {got[1][0]}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some local factor or slope differs from what autograd finds, or autograd is used. At which value is
  the derivative of each function taken, and with which sign?
"""  # END TEST CONFIG


def test_slopes_against_autograd(toy_backward):
    import numpy as np
    import torch

    def quietly(toy_backward, x, y, beta, omega):
        import torch

        with torch.inference_mode():
            return toy_backward(x, y, beta, omega)

    rng = np.random.default_rng(603)
    for trial in range(30):
        beta, omega = rng.normal(size=4), rng.normal(size=4)
        x, y = rng.normal(size=2).tolist()
        b, w = torch.tensor(beta, requires_grad=True), torch.tensor(omega)
        f0 = b[0] + w[0] * x
        h1 = torch.sin(f0)
        f1 = b[1] + w[1] * h1
        h2 = torch.exp(f1)
        f2 = b[2] + w[2] * h2
        h3 = torch.cos(f2)
        f3 = b[3] + w[3] * h3
        if trial == 0:
            y = f3.item()  # no error: the slopes vanish, the factors do not
        chain = [f3, h3, f2, h2, f1, h1, f0]
        slopes = torch.autograd.grad((f3 - y) ** 2, chain, retain_graph=True)
        local = [torch.autograd.grad(late, early, retain_graph=True)[0] for late, early in zip(chain, chain[1:])]
        got = inside(quietly)(toy_backward, x, y, beta, omega) if trial == 1 else toy_backward(x, y, beta, omega)
        # float64, products of seven numbers; the size follows the data
        assert np.allclose(got[0], [v.item() for v in local], rtol=1e-9, atol=1e-12)
        assert np.allclose(got[1], [v.item() for v in slopes], rtol=1e-9, atol=1e-11)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some parameter has the wrong derivative. A weight is multiplied by the value that enters it.
"""  # END TEST CONFIG


def test_parameters_against_autograd(toy_gradient):
    import numpy as np
    import torch

    rng = np.random.default_rng(604)
    for _ in range(20):
        beta, omega = rng.normal(size=4), rng.normal(size=4)
        x, y = rng.normal(size=2).tolist()
        b, w = torch.tensor(beta, requires_grad=True), torch.tensor(omega, requires_grad=True)
        h = torch.tensor(x, dtype=torch.float64)
        for k, activation in enumerate((torch.sin, torch.exp, torch.cos)):
            h = activation(b[k] + w[k] * h)
        ((b[3] + w[3] * h - y) ** 2).backward()
        got = toy_gradient(x, y, beta, omega)
        assert np.allclose(got[0], b.grad.numpy(), rtol=1e-9, atol=1e-11)
        assert np.allclose(got[1], w.grad.numpy(), rtol=1e-9, atol=1e-11)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-7.2"
# # BEGIN QUESTION
# name: q3_direct_derivatives
# points: 4

# %% [markdown]
# ## 3. Without backpropagation
#
# One input, two hidden layers of two ReLU units, one output:
#
# $$u_k = \theta_{k0} + \theta_{k1} x, \qquad v_m = \psi_{m0} + \psi_{m1} \max(0, u_1) + \psi_{m2} \max(0, u_2), \qquad
# f = \phi_0 + \phi_1 \max(0, v_1) + \phi_2 \max(0, v_2).$$
#
# Write down the derivative of $f$ with respect to each of the 13 parameters, directly, as one formula each. The
# derivative with respect to $\theta_{10}$, for example, is a sum of two products: one for the way through $v_1$, one
# for the way through $v_2$. The slope of a ReLU at 0 is 0.
#
# - `thirteen_derivatives(theta, psi, phi, x)`: the three arrays `(by_theta, by_psi, by_phi)`, of the shapes of
#   `theta`, `psi` and `phi`. `theta` has shape `(2, 2)`, row $k$ is $(\theta_{k0}, \theta_{k1})$; `psi` has shape
#   `(2, 3)`, row $m$ is $(\psi_{m0}, \psi_{m1}, \psi_{m2})$; `phi` has shape `(3,)`; `x` is a float. No autograd.
# - `direct_terms(widths)`: why nobody does this for deep networks. A network with one output has hidden layers of
#   `widths` units, first layer first (a list of positive integers). If the derivative of the output with respect to
#   the bias of **one unit of the first** hidden layer is written as a sum with one product for each way from that
#   unit to the output, how many products are there? A Python integer. `direct_terms([2, 2])` is `2`.
#
# With all 13 parameters equal to 1 and $x = 1$: $u = (2, 2)$, $v = (5, 5)$, $f = 11$, and the derivatives are 2 for
# each entry of $\theta$, $(1, 2, 2)$ for each row of $\psi$, $(1, 5, 5)$ for $\phi$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def thirteen_derivatives(theta, psi, phi, x):
    """Derivatives of the output with respect to theta (2, 2), psi (2, 3) and phi (3,)."""
    # BEGIN SOLUTION
    u = theta[:, 0] + theta[:, 1] * x
    a = np.maximum(u, 0)
    v = psi[:, 0] + psi[:, 1:] @ a
    by_v = phi[1:] * (v > 0)
    by_u = (u > 0) * (by_v @ psi[:, 1:])
    return np.outer(by_u, [1, x]), np.outer(by_v, np.append(1, a)), np.append(1, np.maximum(v, 0))
    # END SOLUTION


def direct_terms(widths):
    """Number of ways from one unit of the first hidden layer to the single output, an int."""
    # BEGIN SOLUTION
    return math.prod(widths[1:])
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With all parameters 1 and x = 1 every derivative with respect to theta is 2, the rows for psi are
  (1, 2, 2), and phi has (1, 5, 5).
"""  # END TEST CONFIG


def test_all_ones(thirteen_derivatives, direct_terms):
    import numpy as np

    got = thirteen_derivatives(np.ones((2, 2)), np.ones((2, 3)), np.ones(3), 1.0)
    assert got is not None, "thirteen_derivatives(...) returned None: expected three arrays"
    assert isinstance(got, (tuple, list)) and len(got) == 3, "expected the three arrays (by_theta, by_psi, by_phi)"
    expected = {"by_theta": [[2, 2], [2, 2]], "by_psi": [[1, 2, 2], [1, 2, 2]], "by_phi": [1, 5, 5]}
    for (name, right), part in zip(expected.items(), got):
        assert np.shape(part) == np.shape(right), f"{name}: expected shape {np.shape(right)}, got {np.shape(part)}"
        assert np.allclose(part, right), f"{name}: expected {right}, got {part}"
    got = direct_terms([2, 2])
    assert got is not None, "direct_terms([2, 2]) returned None: expected an integer"
    assert got == 2, f"direct_terms([2, 2]): expected 2, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Some derivative is wrong for some pattern of active units. Both ways count, a unit that is off lets
  nothing through, and psi is indexed by target first, source second.
"""  # END TEST CONFIG


def test_every_pattern(thirteen_derivatives):
    import numpy as np
    import torch

    def quietly(thirteen_derivatives, *arguments):
        import torch

        with torch.inference_mode():
            return thirteen_derivatives(*arguments)

    rng = np.random.default_rng(605)
    seen = set()
    for trial in range(400):
        arrays = [rng.normal(size=shape) for shape in ((2, 2), (2, 3), (3,))]
        x = float(rng.normal())
        if trial == 0:  # u_1 and v_2 exactly at the joint
            arrays = [np.array([[-2.0, 1.0], [1.0, 0.5]]), np.array([[1.0, 2.0, 0.5], [2.0, 1.0, -1.0]]), np.ones(3)]
            x = 2.0
        theta, psi, phi = parts = [torch.tensor(p, requires_grad=True) for p in arrays]
        u = theta[:, 0] + theta[:, 1] * x
        v = psi[:, 0] + psi[:, 1:] @ torch.relu(u)
        pattern = tuple((torch.cat([u, v]) > 0).tolist())
        if trial > 0 and pattern in seen:
            continue
        seen.add(pattern)
        expected = torch.autograd.grad(phi[0] + phi[1:] @ torch.relu(v), parts)
        for got in (thirteen_derivatives(*arrays, x), inside(quietly)(thirteen_derivatives, *arrays, x)):
            for g, e in zip(got, expected):
                # float64, sums of two products
                assert np.shape(g) == tuple(e.shape) and np.allclose(g, e.numpy(), rtol=1e-10, atol=1e-12)
    assert len(seen) == 16


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The number of products is wrong for some network. Walk through it - at each layer behind the first
  one may choose any unit.
"""  # END TEST CONFIG


def test_ways_one_by_one(direct_terms):
    from itertools import product

    for widths in ([1], [5], [3, 1], [2, 3], [4, 2, 3], [1, 1, 1], [2, 2, 2, 2, 2], [7, 3, 2, 4]):
        assert direct_terms(widths) == sum(1 for _ in product(*[range(d) for d in widths[1:]]))
    # with weights of one and no joint in the way, the derivative is the number of ways
    count = [[1]]
    for _ in range(39):
        count = [[sum(count[0]) for _ in range(30)]]
    got = direct_terms([30] * 40)
    assert got == sum(count[0]) and isinstance(got, int)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-7.12"
# # BEGIN QUESTION
# name: q4_reverse_mode
# points: 5

# %% [markdown]
# ## 4. Reverse mode, by hand and on a tape
#
# The function $y = \exp\!\big(e^x + e^{2x}\big) + \sin\!\big(e^x + e^{2x}\big)$ is computed in steps:
#
# $$f_1 = e^x, \quad f_2 = f_1^2, \quad f_3 = f_1 + f_2, \quad f_4 = e^{f_3}, \quad f_5 = \sin f_3,
# \quad y = f_4 + f_5.$$
#
# **By hand.** Write `reverse_by_hand(x)`: an array of the six derivatives $\partial y / \partial f_5$,
# $\partial y / \partial f_4$, $\partial y / \partial f_3$, $\partial y / \partial f_2$, $\partial y / \partial f_1$,
# $\partial y / \partial x$, each computed from those before it. $f_1$ and $f_3$ are used twice: derivatives that
# arrive on two ways are added. For $x = 0$: $f_1 = f_2 = 1$, $f_3 = 2$, and with $D = e^2 + \cos 2$ the six are
# $1, 1, D, D, 3D, 3D$.
#
# **On a tape.** Now let the program do it. Write a class `Var` for numbers that remember where they come from:
#
# - `Var(value)` holds the float `value` and a `grad`, at first `0.0`, both as attributes;
# - `+` and `*` of two `Var`s, or of a `Var` and a plain number on either side, give a new `Var`; so do the methods
#   `.exp()` and `.sin()`;
# - `z.backward()` adds $\partial z / \partial v$ to `v.grad` for every `Var` $v$ that $z$ was computed from, and 1 to
#   its own. It is called once for an expression.
#
# Visit each `Var` once, and only after all that use it are done: if an expression doubles a number fifty times, as in
# `a = a + a`, there are $2^{50}$ ways from the end to the start. Expressions have up to 300 operations in a row.
#
# Then write `reverse_gradient(fn, p)`: it makes one `Var` of each number in the list `p`, calls `fn` **once** with the
# list of `Var`s, and returns the list of the derivatives of the result, floats. `fn` returns a `Var`. For
# `fn = lambda v: v[0] * v[0] + v[0]` and `p = [3.0]` the answer is `[7.0]`.


# %% [raw]
# # BEGIN SOLUTION
# %%
def reverse_by_hand(x):
    """Derivatives of y with respect to f5, f4, f3, f2, f1 and x, an array of shape (6,)."""
    # BEGIN SOLUTION
    f1 = np.exp(x)
    f3 = f1 + f1**2
    by_f3 = np.exp(f3) + np.cos(f3)
    by_f1 = by_f3 + by_f3 * 2 * f1
    return np.array([1.0, 1.0, by_f3, by_f3, by_f1, by_f1 * f1])
    # END SOLUTION


# %%
class Var:
    """A number that remembers how it was computed."""

    # BEGIN SOLUTION
    def __init__(self, value, sources=()):
        self.value, self.grad = value, 0.0
        self.sources = sources  # pairs: a Var, and the derivative with respect to it

    def __add__(self, other):
        other = other if isinstance(other, Var) else Var(other)
        return Var(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        other = other if isinstance(other, Var) else Var(other)
        return Var(self.value * other.value, ((self, other.value), (other, self.value)))

    __radd__ = __add__
    __rmul__ = __mul__

    def exp(self):
        result = math.exp(self.value)
        return Var(result, ((self, result),))

    def sin(self):
        return Var(math.sin(self.value), ((self, math.cos(self.value)),))

    def backward(self):
        self.grad = 1.0
        for node in reversed(self.history(set())):
            for source, slope in node.sources:
                source.grad += slope * node.grad

    def history(self, seen):
        """This Var and all behind it that are not in seen, sources first."""
        seen.add(self)
        earlier = []
        for source, _ in self.sources:
            if source not in seen:
                earlier += source.history(seen)
        return earlier + [self]

    # END SOLUTION


# %%
def reverse_gradient(fn, p):
    """Derivatives of fn at the numbers p, a list of floats, from one call of fn and one backward pass."""
    # BEGIN SOLUTION
    variables = [Var(number) for number in p]
    fn(variables).backward()
    return [variable.grad for variable in variables]
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: At x = 0 the six derivatives are 1, 1, D, D, 3 D, 3 D with D = exp(2) + cos(2); the derivative of
  v * v + v at 3 is 7.
"""  # END TEST CONFIG


def test_small_graphs(reverse_by_hand, Var, reverse_gradient):
    import numpy as np

    got = reverse_by_hand(0.0)
    assert got is not None, "reverse_by_hand(0.0) returned None: expected an array of shape (6,)"
    assert np.shape(got) == (6,), f"reverse_by_hand: expected shape (6,), got {np.shape(got)}"
    d = np.exp(2) + np.cos(2)
    assert np.allclose(got, [1, 1, d, d, 3 * d, 3 * d]), f"expected 1, 1, D, D, 3 D, 3 D with D = {d:.6f}, got {got}"
    number = Var(2.0)
    assert getattr(number, "value", None) == 2.0, "Var(2.0) should have the attribute value, 2.0"
    assert getattr(number, "grad", None) == 0.0, "Var(2.0) should have the attribute grad, 0.0"
    got = reverse_gradient(lambda v: v[0] * v[0] + v[0], [3.0])
    assert got is not None, "reverse_gradient(...) returned None: expected a list of floats"
    assert len(got) == 1 and abs(got[0] - 7) < 1e-9, f"derivative of v * v + v at 3: expected [7.0], got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: One of the six derivatives is wrong for some x. Which quantities reach the result on two ways?
"""  # END TEST CONFIG


def test_by_hand_against_autograd(reverse_by_hand):
    import numpy as np
    import torch

    for x in (-2.0, -1.0, -0.3, 0.2, 0.7, 1.0):
        t = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        f1 = torch.exp(t)
        f2 = f1**2
        f3 = f1 + f2
        f4, f5 = torch.exp(f3), torch.sin(f3)
        expected = torch.autograd.grad(f4 + f5, (f5, f4, f3, f2, f1, t))
        # float64; the values grow to about 1e6, the error with them
        assert np.allclose(reverse_by_hand(x), [e.item() for e in expected], rtol=1e-10, atol=0)


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The tape gives a wrong derivative for some expression. A Var that is used twice collects from both
  uses, and passes on nothing before it has all.
"""  # END TEST CONFIG


def test_tape_against_autograd(reverse_gradient):
    import numpy as np
    import torch

    def late_use(v):
        a = v[0] * v[1]
        b = a.sin()
        c = b * a + b
        return c * a + 2 * c + v[0]

    def chain(v):
        a = v[0]
        for _ in range(300):
            a = 0.99 * a + v[1] * 0.01
        return a

    def doubling(v):
        a = v[0]
        for _ in range(50):
            a = a + a
        return a

    expressions = [
        (lambda v: v[0], 2),
        (lambda v: v[1] * v[1] * v[1], 2),
        (lambda v: 3 + v[0] * 2 + 2.5 * v[1] + 1, 2),
        (lambda v: (v[0] + v[0]) * (v[0] + v[1]), 3),
        (lambda v: (v[0] + v[0] * v[0]).exp() + (v[0] + v[0] * v[0]).sin(), 1),
        (lambda v: ((v[2] * v[0]).sin() * v[1] + (-1) * v[0].exp()).sin() * v[0], 3),
        (late_use, 2),
        (chain, 2),
        (doubling, 1),
    ]
    rng = np.random.default_rng(606)
    for fn, inputs in expressions:
        p = rng.uniform(-1, 1, size=inputs).tolist()
        t = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in p]
        expected = torch.autograd.grad(fn(t), t, allow_unused=True)
        got = reverse_gradient(fn, p)
        # float64; the longest chain has 600 operations that each keep the size
        right = [0.0 if e is None else e.item() for e in expected]
        assert len(got) == inputs and np.allclose(got, right, rtol=1e-10, atol=1e-12)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Values or grads of the Vars in the middle are wrong, or fn is called more than once. Every Var gets
  its grad, the result itself included.
"""  # END TEST CONFIG


def test_every_grad(Var, reverse_gradient):
    import math

    def walk(Var, reverse_gradient):
        a, b = Var(0.5), Var(-2.0)
        c = a * b
        d = c + a
        e = d.exp()
        z = e * d + e.sin()
        z.backward()
        calls = []
        reverse_gradient(lambda v: calls.append(len(v)) or v[0] * v[2], [1.0, 2.0, 3.0])
        return [v.value for v in (c, d, e, z)], [v.grad for v in (z, e, d, c, b, a)], calls

    values, grads, calls = inside(walk)(Var, reverse_gradient)
    c, d, e = -1.0, -0.5, math.exp(-0.5)
    z = e * d + math.sin(e)
    by_e = d + math.cos(e)
    by_d = e + by_e * e
    expected = [1.0, by_e, by_d, by_d, by_d * 0.5, by_d * (1 - 2.0)]
    assert all(math.isclose(g, r, rel_tol=1e-12) for g, r in zip(values, (c, d, e, z)))
    assert len(grads) == 6 and all(math.isclose(g, r, rel_tol=1e-12) for g, r in zip(grads, expected))
    assert calls == [3]


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-7.13"
# # BEGIN QUESTION
# name: q5_forward_mode
# points: 5

# %% [markdown]
# ## 5. Forward mode
#
# The same function, $f_1 = e^x$, $f_2 = f_1^2$, $f_3 = f_1 + f_2$, $f_4 = e^{f_3}$, $f_5 = \sin f_3$, $y = f_4 + f_5$,
# now from the input to the output.
#
# **By hand.** Write `forward_by_hand(x)`: an array of the six derivatives $\partial f_1 / \partial x$, …,
# $\partial f_5 / \partial x$, $\partial y / \partial x$, each computed from those before it. For $x = 0$ they are
# $1, 2, 3, 3 e^2, 3 \cos 2, 3 (e^2 + \cos 2)$.
#
# **With dual numbers.** A dual number carries a value and a **tangent**, the derivative of the value in one chosen
# direction. Write a class `Dual`: `Dual(value, tangent)` with the attributes `value` and `tangent`; `+` and `*` of two
# `Dual`s, or of a `Dual` and a plain number on either side; the methods `.exp()` and `.sin()`. Then write
#
# - `directional(fn, p, v)`: the float $\sum_j v_j\, \partial \text{fn} / \partial p_j$ from **one** call of `fn`. `p`
#   and `v` are lists of floats of equal length; `fn` takes a list of `Dual`s and returns a `Dual`.
# - `forward_gradient(fn, p)`: the list of all derivatives, floats, with one call of `fn` for each entry of `p`.
# - `sweeps(inputs, outputs)`: how many passes through the program forward mode needs, and how many reverse mode
#   needs, to get all derivatives of a program with so many inputs and outputs: a pair of integers. `sweeps(1, 1)` is
#   `(1, 1)`.
#
# For `fn = lambda d: d[0] * d[1]` at `[3.0, 5.0]` in the direction `[1.0, 2.0]` the answer is $5 + 2 \cdot 3 = 11$.
#
# Then say why nobody trains deep networks in forward mode. Set each entry of `mode_facts` to `True` or `False`.
#
# - `"forward_is_less_accurate"`: on the function above, at $x = 0.3$ in float64, the result of forward mode is wrong by
#   more than $10^{-6}$ (relative).
# - `"forward_needs_a_sweep_per_parameter"`: with one loss and $P$ parameters, forward mode needs $P$ sweeps for the
#   gradient, reverse mode one.
# - `"forward_wins_for_many_outputs"`: for one input and 1000 outputs, forward mode needs fewer sweeps.
# - `"one_direction_is_cheap"`: the product of the gradient with one given vector takes one forward sweep, whatever $P$
#   is.
# - `"reverse_keeps_nothing"`: reverse mode needs no values from the forward pass: to go back through `sin` it is enough
#   to know the derivative that arrives.


# %% [raw]
# # BEGIN SOLUTION
# %%
def forward_by_hand(x):
    """Derivatives of f1, f2, f3, f4, f5 and y with respect to x, an array of shape (6,)."""
    # BEGIN SOLUTION
    f1 = np.exp(x)
    f3 = f1 + f1**2
    d2 = 2 * f1 * f1
    d3 = f1 + d2
    d4, d5 = np.exp(f3) * d3, np.cos(f3) * d3
    return np.array([f1, d2, d3, d4, d5, d4 + d5])
    # END SOLUTION


# %%
class Dual:
    """A value and its derivative in one direction."""

    # BEGIN SOLUTION
    def __init__(self, value, tangent):
        self.value, self.tangent = value, tangent

    def __add__(self, other):
        other = other if isinstance(other, Dual) else Dual(other, 0.0)
        return Dual(self.value + other.value, self.tangent + other.tangent)

    def __mul__(self, other):
        other = other if isinstance(other, Dual) else Dual(other, 0.0)
        return Dual(self.value * other.value, self.value * other.tangent + self.tangent * other.value)

    __radd__ = __add__
    __rmul__ = __mul__

    def exp(self):
        result = math.exp(self.value)
        return Dual(result, result * self.tangent)

    def sin(self):
        return Dual(math.sin(self.value), math.cos(self.value) * self.tangent)

    # END SOLUTION


# %%
def directional(fn, p, v):
    """Derivative of fn at p in the direction v, a float, from one call of fn."""
    # BEGIN SOLUTION
    return fn([Dual(value, tangent) for value, tangent in zip(p, v)]).tangent
    # END SOLUTION


def forward_gradient(fn, p):
    """All derivatives of fn at p, a list of floats, with one call of fn for each."""
    # BEGIN SOLUTION
    return [directional(fn, p, row) for row in np.eye(len(p)).tolist()]
    # END SOLUTION


def sweeps(inputs, outputs):
    """Sweeps for all derivatives, a pair of ints: forward mode, reverse mode."""
    # BEGIN SOLUTION
    return inputs, outputs
    # END SOLUTION


mode_facts = {}
mode_facts["forward_is_less_accurate"] = False  # SOLUTION
mode_facts["forward_needs_a_sweep_per_parameter"] = True  # SOLUTION
mode_facts["forward_wins_for_many_outputs"] = True  # SOLUTION
mode_facts["one_direction_is_cheap"] = True  # SOLUTION
mode_facts["reverse_keeps_nothing"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: At x = 0 the derivatives of f1, f2, f3 are 1, 2, 3; the product of two numbers at (3, 5) in the
  direction (1, 2) changes by 11; mode_facts holds five booleans.
"""  # END TEST CONFIG


def test_small_programs(forward_by_hand, Dual, directional, forward_gradient, sweeps, mode_facts):
    import numpy as np

    got = forward_by_hand(0.0)
    assert got is not None, "forward_by_hand(0.0) returned None: expected an array of shape (6,)"
    assert np.shape(got) == (6,), f"forward_by_hand: expected shape (6,), got {np.shape(got)}"
    e, c = np.exp(2), np.cos(2)
    expected = [1, 2, 3, 3 * e, 3 * c, 3 * (e + c)]
    assert np.allclose(got, expected), f"expected 1, 2, 3, 3 exp(2), 3 cos(2), 3 (exp(2) + cos(2)), got {got}"
    number = Dual(2.0, 1.0)
    assert getattr(number, "value", None) == 2.0, "Dual(2.0, 1.0) should have the attribute value, 2.0"
    assert getattr(number, "tangent", None) == 1.0, "Dual(2.0, 1.0) should have the attribute tangent, 1.0"
    got = directional(lambda d: d[0] * d[1], [3.0, 5.0], [1.0, 2.0])
    assert got is not None, "directional(...) returned None: expected a float"
    assert abs(got - 11) < 1e-9, f"directional: expected 11, got {got}"
    got = forward_gradient(lambda d: d[0] * d[1], [3.0, 5.0])
    assert got is not None, "forward_gradient(...) returned None: expected a list of floats"
    assert np.shape(got) == (2,) and np.allclose(got, [5, 3]), f"forward_gradient: expected [5, 3], got {got}"
    got = sweeps(1, 1)
    assert got is not None, "sweeps(1, 1) returned None: expected a pair of integers"
    assert tuple(got) == (1, 1), f"sweeps(1, 1): expected (1, 1), got {got}"
    keys = ["forward_is_less_accurate", "forward_needs_a_sweep_per_parameter", "forward_wins_for_many_outputs"]
    assert isinstance(mode_facts, dict), "mode_facts should be a dictionary"
    for key in keys + ["one_direction_is_cheap", "reverse_keeps_nothing"]:
        assert isinstance(mode_facts.get(key), bool), f"mode_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: One of the six derivatives is wrong for some x. Everything is differentiated with respect to x, so
  the inner derivative belongs to each.
"""  # END TEST CONFIG


def test_by_hand_against_autograd(forward_by_hand):
    import numpy as np
    import torch

    def program(x):
        f1 = torch.exp(x)
        f2 = f1**2
        f3 = f1 + f2
        return torch.stack([f1, f2, f3, torch.exp(f3), torch.sin(f3), torch.exp(f3) + torch.sin(f3)])

    for x in (-2.0, -1.0, -0.3, 0.2, 0.7, 1.0):
        expected = torch.autograd.functional.jacobian(program, torch.tensor(x, dtype=torch.float64))
        # float64; the values grow to about 1e6, the error with them
        assert np.allclose(forward_by_hand(x), expected.numpy(), rtol=1e-10, atol=0)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Dual numbers give a wrong derivative for some program, or fn is called too often. Plain numbers have
  no tangent, and a product has two terms.
"""  # END TEST CONFIG


def test_duals_against_autograd(directional, forward_gradient):
    import numpy as np
    import torch

    def mixed(v):
        a = v[0] * v[1]
        b = a.sin()
        c = b * a + b
        return c * a + 2 * c + v[0]

    programs = [
        (lambda v: v[0], 2),
        (lambda v: v[1] * v[1] * v[1], 2),
        (lambda v: 3 + v[0] * 2 + 2.5 * v[1] + 1, 2),
        (lambda v: (v[0] + v[0] * v[0]).exp() + (v[0] + v[0] * v[0]).sin(), 1),
        (lambda v: ((v[2] * v[0]).sin() * v[1] + (-1) * v[0].exp()).sin() * v[4] + v[3], 5),
        (mixed, 2),
    ]
    rng = np.random.default_rng(607)
    for fn, inputs in programs:
        p, v = rng.uniform(-1, 1, size=(2, inputs)).tolist()
        t = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in p]
        found = torch.autograd.grad(fn(t), t, allow_unused=True)
        expected = [0.0 if e is None else e.item() for e in found]
        # float64, about ten operations
        assert np.isclose(directional(fn, p, v), np.dot(expected, v), rtol=1e-10, atol=1e-12)
        got = forward_gradient(fn, p)
        assert np.shape(got) == (inputs,) and np.allclose(got, expected, rtol=1e-10, atol=1e-12)

    def count(directional, forward_gradient):
        calls = []
        fn = lambda d: calls.append(1) or (d[0] * d[1]).exp() + d[2]
        directional(fn, [0.1, 0.2, 0.3], [1.0, 1.0, 1.0])
        first = len(calls)
        forward_gradient(fn, [0.1, 0.2, 0.3])
        return first, len(calls) - first

    assert inside(count)(directional, forward_gradient) == (1, 3)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: sweeps, or at least one of the five statements, is wrong. Each forward sweep follows one input, each
  reverse sweep one output.
"""  # END TEST CONFIG


def test_costs(sweeps, mode_facts):
    import math
    from decimal import Decimal, getcontext

    import torch

    def tangent(program, x, v):
        # the backward pass is linear in what it is given; its own derivative is the forward sweep
        t = x.clone().requires_grad_()
        out = program(t)
        given = torch.ones_like(out, requires_grad=True)
        (back,) = torch.autograd.grad(out, t, given, create_graph=True)
        return torch.autograd.grad(back, given, v)[0]

    # a full Jacobian, one unit vector at a time: columns by forward mode, rows by reverse mode
    def program(x):
        return torch.sin(a @ x)

    counts = {}
    for inputs, outputs in ((1, 1), (3, 2), (7, 1), (1, 9)):
        a = torch.randn(outputs, inputs, dtype=torch.float64)
        x = torch.randn(inputs, dtype=torch.float64)
        jacobian = torch.autograd.functional.jacobian(program, x)
        columns = [tangent(program, x, e) for e in torch.eye(inputs, dtype=torch.float64)]
        t = x.clone().requires_grad_()
        rows = [torch.autograd.grad(program(t), t, e)[0] for e in torch.eye(outputs, dtype=torch.float64)]
        assert torch.allclose(torch.stack(columns, 1), jacobian) and torch.allclose(torch.stack(rows), jacobian)
        counts[inputs, outputs] = len(columns), len(rows)
    for sizes, both in counts.items():
        assert tuple(sweeps(*sizes)) == both
    assert tuple(sweeps(10**6, 1)) == (10**6, 1)

    # accuracy: forward mode in float64 against forty digits
    getcontext().prec = 40
    f1 = Decimal(0.3).exp()
    f3 = f1 + f1 * f1
    cosine, term = Decimal(0), Decimal(1)
    for k in range(1, 60):
        cosine += term
        term *= -f3 * f3 / ((2 * k - 1) * (2 * k))
    exact = f1 * (1 + 2 * f1) * (f3.exp() + cosine)
    first = math.exp(0.3)
    second, inner = 2 * first * first, first + first * first
    slope = math.exp(inner) * (first + second) + math.cos(inner) * (first + second)
    error = abs(Decimal(slope) / exact - 1)
    assert mode_facts["forward_is_less_accurate"] is bool(error > Decimal(1e-6))
    assert mode_facts["forward_needs_a_sweep_per_parameter"] is (counts[7, 1] == (7, 1))
    assert mode_facts["forward_wins_for_many_outputs"] is (counts[1, 9][0] < counts[1, 9][1])
    # one sweep in the direction v against the full gradient times v
    a, x, v = (torch.randn(50, dtype=torch.float64) for _ in range(3))
    wave = lambda p: torch.sin(a * p).sum()
    same = torch.isclose(tangent(wave, x, v), torch.autograd.functional.jacobian(wave, x) @ v)
    assert mode_facts["one_direction_is_cheap"] is bool(same)
    # the slope of sin at two places differs, so the place has to be kept
    slopes = torch.cos(torch.tensor([0.0, 1.0]))
    assert mode_facts["reverse_keeps_nothing"] is bool(slopes[0] == slopes[1])


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-7.7"
# # BEGIN QUESTION
# name: q6_saturation
# points: 3

# %% [markdown]
# ## 6. A unit that saturates
#
# The backward pass through a sigmoid unit $h = \sigma(f)$ multiplies by $\partial h / \partial f$. Work this slope out.
# What becomes of it for large positive and for large negative $f$?
#
# - `sigmoid_slope(f)`: the slope for each entry of the array `f`, in the shape and dtype of `f` (float32 or float64).
#   Entries may be as large as $\pm 10^4$. The result is never `nan`, and where it is above $10^{-35}$ it is right to a
#   relative error of $10^{-5}$, on **both** sides. A hint: the slope at $f$ is the slope at $-f$.
# - `largest_product(depth)`: the largest value that a product of `depth` such slopes can have, a float.
# - `active_range(least)`: the $f \ge 0$ at which the slope has fallen to `least`, a float; `least` is positive and not
#   above the largest slope. Units beyond it pass on less.
#
# At $f = 0$ the slope is $\tfrac14$, at $f = \log 3$ it is $\tfrac{3}{16}$, so `active_range(3 / 16)` is $\log 3$.
#
# Then set each entry of `saturation_facts` to `True` or `False`.
#
# - `"tends_to_one"`: for large positive $f$ the slope tends to 1.
# - `"tends_to_zero_on_both_sides"`: the slope tends to 0 for large positive and for large negative $f$.
# - `"divided_by_e"`: beyond $f = 10$, each further step of 1 divides the slope by nearly $e$.
# - `"ten_units_keep_a_millionth"`: ten sigmoid units in a row can pass on more than $10^{-6}$ of a gradient (all
#   weights between them are 1).
# - `"largest_when_output_is_one"`: the slope is largest where the output of the unit is near 1.


# %% [raw]
# # BEGIN SOLUTION
# %%
def sigmoid_slope(f):
    """Derivative of the sigmoid, elementwise, in the dtype of f, with full relative accuracy."""
    # BEGIN SOLUTION
    e = np.exp(-np.abs(f))
    return e / (1 + e) ** 2
    # END SOLUTION


def largest_product(depth):
    """Largest possible product of depth slopes of sigmoids, a float."""
    # BEGIN SOLUTION
    return 0.25**depth
    # END SOLUTION


def active_range(least):
    """The f >= 0 at which the slope of the sigmoid is least, a float."""
    # BEGIN SOLUTION
    return 2 * math.acosh(0.5 / math.sqrt(least))
    # END SOLUTION


saturation_facts = {}
saturation_facts["tends_to_one"] = False  # SOLUTION
saturation_facts["tends_to_zero_on_both_sides"] = True  # SOLUTION
saturation_facts["divided_by_e"] = True  # SOLUTION
saturation_facts["ten_units_keep_a_millionth"] = False  # SOLUTION
saturation_facts["largest_when_output_is_one"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The slope is 1/4 at 0 and 3/16 at log 3, in the dtype of f; saturation_facts holds five booleans.
"""  # END TEST CONFIG


def test_at_zero(sigmoid_slope, largest_product, active_range, saturation_facts):
    import math

    import numpy as np

    for dtype in (np.float32, np.float64):
        got = sigmoid_slope(np.array([0.0, math.log(3)], dtype=dtype))
        assert got is not None, "sigmoid_slope(...) returned None: expected an array"
        assert isinstance(got, np.ndarray) and got.shape == (2,), "sigmoid_slope: expected an array of shape (2,)"
        assert got.dtype == dtype, f"sigmoid_slope: expected {np.dtype(dtype)}, got {got.dtype}"
        assert np.allclose(got, [1 / 4, 3 / 16], rtol=1e-5), f"sigmoid_slope: expected [1/4, 3/16], got {got}"
    got = largest_product(1)
    assert got is not None, "largest_product(1) returned None: expected a float"
    assert abs(got - 1 / 4) < 1e-12, f"largest_product(1): expected 1/4, got {got}"
    got = active_range(3 / 16)
    assert got is not None, "active_range(3 / 16) returned None: expected a float"
    assert abs(got - math.log(3)) < 1e-9, f"active_range(3 / 16): expected log 3, got {got}"
    keys = ["tends_to_one", "tends_to_zero_on_both_sides", "divided_by_e", "ten_units_keep_a_millionth"]
    assert isinstance(saturation_facts, dict), "saturation_facts should be a dictionary"
    for key in keys + ["largest_when_output_is_one"]:
        assert isinstance(saturation_facts.get(key), bool), f"saturation_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some f the slope is wrong, not finite, or has lost its digits. What does 1 - s keep of a number s
  that is nearly 1?
"""  # END TEST CONFIG


def test_slope_with_many_digits(sigmoid_slope):
    from decimal import Decimal, getcontext

    import numpy as np

    getcontext().prec = 60
    points = [0.0, 0.5, -0.5, 2.0, -3.0, 8.0, -12.0, 16.0, -16.0, 20.0, 37.0, -37.0, 60.0, -60.0, 79.0, -79.0]
    exact = []
    for p in points:
        e = (-Decimal(p)).exp()
        exact.append(float(e / (1 + e) ** 2))
    for dtype in (np.float32, np.float64):
        got = sigmoid_slope(np.array(points, dtype=dtype))
        # exp in float32 errs by a few 1e-7; sigma (1 - sigma) is off by 0.6 % at 12 and by all at 20
        assert got.dtype == dtype and np.allclose(got, exact, rtol=1e-5, atol=0)
        far = sigmoid_slope(np.array([[200.0, -200.0], [1e4, -1e4]], dtype=dtype))
        assert far.shape == (2, 2) and bool((far >= 0).all()) and bool((far < 1e-35).all())


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: largest_product, active_range or at least one of the five statements is wrong. Look at the slope at
  0 and at both ends.
"""  # END TEST CONFIG


def test_reach_and_facts(largest_product, active_range, saturation_facts):
    import math

    import numpy as np

    f = np.linspace(-40, 40, 80001)
    slope = 1 / (2 + np.exp(f) + np.exp(-f))
    for depth in (1, 2, 3, 10):
        assert math.isclose(largest_product(depth), np.prod([slope.max()] * depth), rel_tol=1e-9)
    for least in (0.25, 0.2, 0.1, 1e-3, 1e-9, 1e-14):
        at = active_range(least)
        # the slope falls by a factor e per unit at most, so 1e-6 in it is 1e-6 in f; flat near the top
        assert at >= 0 and math.isclose(1 / (2 + math.exp(at) + math.exp(-at)), least, rel_tol=1e-6)
    ratio = slope[f > 10][:-1000] / slope[f > 10][1000:]
    highest_output = 1 / (1 + math.exp(-f[slope.argmax()]))
    assert saturation_facts["tends_to_one"] is bool(slope[-1] > 0.5)
    assert saturation_facts["tends_to_zero_on_both_sides"] is bool(max(slope[0], slope[-1]) < 1e-15)
    assert saturation_facts["divided_by_e"] is bool(np.abs(ratio - math.e).max() < 1e-2)
    assert saturation_facts["ten_units_keep_a_millionth"] is bool(slope.max() ** 10 > 1e-6)
    assert saturation_facts["largest_when_output_is_one"] is bool(highest_output > 0.9)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_saturation():
    f = np.linspace(-12, 12, 401)
    figure, axes = plt.subplots(1, 2, figsize=(8, 3))
    axes[0].plot(f, 1 / (1 + np.exp(-f)), label="sigmoid")
    axes[0].plot(f, sigmoid_slope(f), label="slope")
    axes[1].semilogy(f, sigmoid_slope(f), label="slope")
    axes[1].axvspan(-active_range(0.01), active_range(0.01), color="0.9", label="slope above 0.01")
    for axis in axes:
        axis.set(xlabel="pre-activation $f$")
        axis.legend()
    figure.tight_layout()


show(draw_saturation)

# %% [raw] sources="udl-7.8"
# # BEGIN QUESTION
# name: q7_flat_activations
# points: 4

# %% [markdown]
# ## 7. Flat activations
#
# Two activations that nobody uses for training: the **step**, 0 for $z < 0$ and 1 from $z = 0$ on, and the
# **rectangle**, 1 for $0 \le z \le 1$ and 0 elsewhere. What goes wrong? Measure it, with differences in place of
# derivatives. The network is $f(x) = \phi_0 + \sum_d \phi_d\, a(\beta_d + \Omega_d \cdot x)$, and the loss the mean of
# $(f(x_i) - y_i)^2$.
#
# - `difference_gradients(a, omega, beta, phi, phi0, x, y, eps)`: the tuple `(by_omega, by_beta, by_phi, by_phi0)` of
#   central differences $\big(L(p + \epsilon) - L(p - \epsilon)\big) / 2 \epsilon$ for each single parameter $p$, in
#   the shapes of the parameters. `a` is a function of an array; `omega` has shape `(D, D_i)`, `beta` and `phi` have
#   shape `(D,)`, `phi0` is a float; `x` has shape `(N, D_i)`, `y` has shape `(N,)`. The arrays may hold integers, and
#   stay as they are; the results are floats.
# - `learns`: a dictionary. For each of the four activations `"step"`, `"rectangle"`, `"relu"` and `"leaky_relu"`
#   (slope 0.1 below 0), the **set** of the names among `"omega"`, `"beta"`, `"phi"`, `"phi0"` of the parameters that
#   get a derivative other than zero, for random parameters and data. No pre-activation lies exactly at a jump or a
#   joint.
#
# With $a$ the ReLU, one unit, $\Omega = 1$, $\beta = 0$, $\phi_1 = 2$, $\phi_0 = 0$ and the example $x = 1$, $y = 0$
# the output is $2$, and the four derivatives are $8, 8, 4, 4$.
#
# Then set each entry of `flat_facts` to `True` or `False`.
#
# - `"more_epochs_help"`: with the step, the derivatives for $\Omega$ are small but not zero, so enough epochs will
#   train the hidden layer.
# - `"difference_settles_at_a_jump"`: if a pre-activation lies exactly at the jump of the step, the difference for its
#   bias tends to a finite number as $\epsilon$ shrinks.
# - `"output_layer_still_learns"`: with the step and $\Omega$, $\beta$ frozen, gradient descent on $\phi$ and $\phi_0$
#   can still lower the loss.
# - `"rectangle_switches_off_again"`: a unit with the rectangle that is on may go off when its pre-activation **grows**.


# %% [raw]
# # BEGIN SOLUTION
# %%
def difference_gradients(a, omega, beta, phi, phi0, x, y, eps):
    """Central differences of the mean squared error for each parameter, in the shapes of the parameters."""
    # BEGIN SOLUTION
    parts = [np.array(part, dtype=float) for part in (omega, beta, phi, phi0)]

    def loss():
        hidden = a(x @ parts[0].T + parts[1])
        return np.mean((parts[3] + hidden @ parts[2] - y) ** 2)

    gradients = []
    for part in parts:
        gradients.append(np.empty_like(part))
        for index in np.ndindex(part.shape):
            kept = part[index]
            part[index] = kept + eps
            above = loss()
            part[index] = kept - eps
            gradients[-1][index] = (above - loss()) / (2 * eps)
            part[index] = kept
    return tuple(gradients)
    # END SOLUTION


learns = {}
learns["step"] = {"phi", "phi0"}  # SOLUTION
learns["rectangle"] = {"phi", "phi0"}  # SOLUTION
learns["relu"] = {"omega", "beta", "phi", "phi0"}  # SOLUTION
learns["leaky_relu"] = {"omega", "beta", "phi", "phi0"}  # SOLUTION

flat_facts = {}
flat_facts["more_epochs_help"] = False  # SOLUTION
flat_facts["difference_settles_at_a_jump"] = False  # SOLUTION
flat_facts["output_layer_still_learns"] = True  # SOLUTION
flat_facts["rectangle_switches_off_again"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The ReLU unit of the example has the derivatives 8, 8, 4, 4; learns holds four sets, flat_facts four
  booleans.
"""  # END TEST CONFIG


def test_one_unit(difference_gradients, learns, flat_facts):
    import numpy as np

    relu = lambda z: z * (z > 0)
    one, data = np.ones((1, 1)), np.ones((1, 1))
    got = difference_gradients(relu, one, np.zeros(1), np.array([2.0]), 0.0, data, np.zeros(1), 1e-4)
    assert got is not None, "difference_gradients(...) returned None: expected four arrays"
    assert len(got) == 4, f"expected (by_omega, by_beta, by_phi, by_phi0), got {len(got)} entries"
    for name, part, shape, expected in zip(
        ("by_omega", "by_beta", "by_phi", "by_phi0"), got, ((1, 1), (1,), (1,), ()), (8, 8, 4, 4)
    ):
        assert np.shape(part) == shape, f"{name}: expected shape {shape}, got {np.shape(part)}"
        assert np.allclose(part, expected, atol=1e-3), f"{name}: expected {expected}, got {part}"
    assert isinstance(learns, dict), "learns should be a dictionary"
    for key in ("step", "rectangle", "relu", "leaky_relu"):
        assert isinstance(learns.get(key), (set, frozenset)), f"learns[{key!r}] should be a set of names"
        assert learns[key] <= {"omega", "beta", "phi", "phi0"}, f"learns[{key!r}] holds an unknown name"
    assert isinstance(flat_facts, dict), "flat_facts should be a dictionary"
    keys = ["more_epochs_help", "difference_settles_at_a_jump", "output_layer_still_learns"]
    for key in keys + ["rectangle_switches_off_again"]:
        assert isinstance(flat_facts.get(key), bool), f"flat_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The differences are wrong for some network, or a parameter has changed. One single number moves at a
  time, to both sides, and goes back; an array of integers has no room for a small step.
"""  # END TEST CONFIG


def test_differences(difference_gradients):
    import numpy as np
    import torch

    rng = np.random.default_rng(608)
    for act, smooth in ((np.tanh, torch.tanh), (lambda z: z * z * z, lambda z: z**3)):
        for d, inputs, n in ((3, 2, 5), (1, 1, 1), (2, 4, 1)):
            arrays = [rng.normal(size=s) for s in ((d, inputs), (d,), (d,))] + [float(rng.normal())]
            x, y = rng.normal(size=(n, 2 * inputs))[:, ::2], rng.normal(size=n)
            t = [torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in arrays]
            f = t[3] + smooth(torch.tensor(x.copy()) @ t[0].T + t[1]) @ t[2]
            expected = torch.autograd.grad(((f - torch.tensor(y)) ** 2).mean(), t)
            for g, e in zip(difference_gradients(act, *arrays, x, y, 1e-5), expected):
                # error of the difference about 1e-10 times a third derivative, which may reach a few hundred
                assert np.shape(g) == tuple(e.shape) and np.allclose(g, e.numpy(), rtol=1e-6, atol=1e-6)
    whole = np.array([[1, -2]]), np.array([1]), np.array([3]), 2, np.array([[1, 1], [0, 2]]), np.array([1, 0])
    floats = [np.array(a, dtype=float) for a in whole]
    for g, e in zip(difference_gradients(np.tanh, *whole, 1e-4), difference_gradients(np.tanh, *floats, 1e-4)):
        assert np.shape(g) == np.shape(e) and np.allclose(g, e, rtol=1e-6, atol=1e-6)
    # a finite step: the exact central difference of the parabola in phi0 is its slope, that of z^3 is not
    one, zero = np.ones((1, 1)), np.zeros(1)
    got = difference_gradients(lambda z: z**3, one, zero, np.ones(1), 0.0, one, zero, 0.5)
    assert np.isclose(got[3], 2) and np.isclose(got[1][0], 1.5**6 - 0.5**6)

    def changed(difference_gradients):
        import numpy as np

        arrays = [np.array([[0.3, -0.1]]), np.array([0.7]), np.array([1.1]), np.array([[0.2, 0.9]]), np.array([0.4])]
        before = [a.copy() for a in arrays]
        difference_gradients(np.tanh, *arrays[:3], 0.1, *arrays[3:], 1e-4)
        return [bool((a == b).all()) for a, b in zip(arrays, before)]

    assert inside(changed)(difference_gradients) == [True] * 5


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: For at least one activation the set is wrong, or at least one of the four statements is. Run your
  differences with a smaller and a smaller eps.
"""  # END TEST CONFIG


def test_what_learns(difference_gradients, learns, flat_facts):
    import numpy as np

    acts = {
        "step": lambda z: (z >= 0).astype(float),
        "rectangle": lambda z: ((z >= 0) & (z <= 1)).astype(float),
        "relu": lambda z: np.maximum(z, 0),
        "leaky_relu": lambda z: np.where(z > 0, z, 0.1 * z),
    }
    rng = np.random.default_rng(609)
    omega, beta, phi = rng.normal(size=(6, 2)), rng.normal(size=6), rng.normal(size=6)
    x, y = rng.normal(size=(20, 2)), rng.normal(size=20)

    def loss(act, parts):
        return np.mean((parts[3] + act(x @ parts[0].T + parts[1]) @ parts[2] - y) ** 2)

    def moves(act, position):
        """Largest difference quotient over one group of parameters, by the test's own loss."""
        start, largest = [omega, beta, phi, np.array(0.3)], 0.0
        for index in np.ndindex(start[position].shape):
            ends = []
            for step in (1e-7, -1e-7):
                parts = [p.copy() for p in start]
                parts[position][index] += step
                ends.append(loss(act, parts))
            largest = max(largest, abs(ends[0] - ends[1]) / 2e-7)
        return largest

    for name, act in acts.items():
        sizes = [moves(act, position) for position in range(4)]
        expected = {p for p, size in zip(("omega", "beta", "phi", "phi0"), sizes) if size > 1e-4}
        assert learns[name] == expected
        got = difference_gradients(act, omega, beta, phi, 0.3, x, y, 1e-7)
        # rounding of the loss, 1e-16, over 2e-7
        assert np.allclose([np.abs(g).max() for g in got], sizes, rtol=1e-4, atol=1e-7)
    step, zero = acts["step"], np.zeros(1)
    at_jump = []
    for eps in (1e-2, 1e-4, 1e-6):
        parts = [np.ones((1, 1)), zero, np.ones(1), 0.0]
        got = difference_gradients(step, *parts, np.zeros((1, 1)), zero, eps)
        at_jump.append(abs(float(got[1][0])))
    assert np.allclose([at_jump[1] / at_jump[0], at_jump[2] / at_jump[1]], 100, rtol=1e-6)
    design = np.column_stack([np.ones(20), step(x @ omega.T + beta)])
    best = np.linalg.lstsq(design, y, rcond=None)[0]
    better = np.mean((design @ best - y) ** 2) < loss(step, [omega, beta, phi, 0.3]) - 1e-3
    assert flat_facts["more_epochs_help"] is (moves(step, 0) > 0)
    assert flat_facts["difference_settles_at_a_jump"] is (at_jump[2] < 10 * at_jump[0])
    assert flat_facts["output_layer_still_learns"] is bool(better)
    small, large = acts["rectangle"](np.array([0.5, 2.0]))
    assert flat_facts["rectangle_switches_off_again"] is bool(large < small)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-7.3 udl-7.6"
# # BEGIN QUESTION
# name: q8_jacobians
# points: 5

# %% [markdown]
# ## 8. Matrices of the backward pass
#
# For vectors $h$ and $z = z(h)$ let $\partial z / \partial h$ be the matrix that holds
# $\partial z_i / \partial h_j$ in row $j$ and column $i$. (Many texts, and torch, use the transpose.) In this layout
# the chain rule of a network with three hidden layers of $D_1, D_2, D_3$ ReLU units and $D_o$ outputs reads, from the
# loss to the second pre-activation $f_1$,
#
# $$\frac{\partial \ell}{\partial f_1} = \frac{\partial h_2}{\partial f_1}\; \frac{\partial f_2}{\partial h_2}\;
# \frac{\partial h_3}{\partial f_2}\; \frac{\partial f_3}{\partial h_3}\; \frac{\partial \ell}{\partial f_3},$$
#
# where $h_2 = a(f_1)$, $f_2 = \beta_2 + \Omega_2 h_2$, $h_3 = a(f_2)$, $f_3 = \beta_3 + \Omega_3 h_3$ and $\ell$ is a
# number. Derivatives of $\ell$ are columns.
#
# - `jacobian(fn, h)`: $\partial\, \text{fn}(h) / \partial h$ in this layout, for any differentiable `fn` from a tensor
#   of shape `(n,)` to one of shape `(m,)`: a tensor of shape `(n, m)`. float64; right to $10^{-6}$.
# - `linear_jacobian(omega)`: the same for $z = \beta + \Omega h$, from $\Omega$ alone, a NumPy array. `omega` has shape
#   `(m, n)`.
# - `factor_shapes(d1, d2, d3, d_o)`: a list of six pairs `(rows, columns)`: the shapes of the five factors above, in
#   the order written, and that of the result.
# - `factors(omega2, omega3, f1, f2, slope)`: a list of six matrices of these shapes, the five factors and their
#   product. `slope` is $\partial \ell / \partial f_3$ as an array of shape `(D_o,)`, `f1` and `f2` are the
#   pre-activations, of shape `(D_2,)` and `(D_3,)`. NumPy arrays.
#
# For $z = (h_1 + 2 h_2,\; 3 h_1,\; h_2)$ the matrix is $\begin{pmatrix} 1 & 3 & 0 \\ 2 & 0 & 1 \end{pmatrix}$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def jacobian(fn, h):
    """Derivatives of fn(h), shape (n, m): row j, column i holds that of entry i with respect to h_j."""
    # BEGIN SOLUTION
    return torch.autograd.functional.jacobian(fn, h).T
    # END SOLUTION


def linear_jacobian(omega):
    """Derivative of beta + omega h with respect to h, shape (n, m), for omega of shape (m, n)."""
    # BEGIN SOLUTION
    return omega.T
    # END SOLUTION


def factor_shapes(d1, d2, d3, d_o):
    """Shapes of the five factors and of the result, a list of pairs."""
    # BEGIN SOLUTION
    return [(d2, d2), (d2, d3), (d3, d3), (d3, d_o), (d_o, 1), (d2, 1)]
    # END SOLUTION


def factors(omega2, omega3, f1, f2, slope):
    """The five factors and their product, a list of six matrices."""
    # BEGIN SOLUTION
    five = [np.diag(np.heaviside(f1, 0)), omega2.T, np.diag(np.heaviside(f2, 0)), omega3.T, slope[:, None]]
    return five + [np.linalg.multi_dot(five)]
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1.5
failure_message: z = (h1 + 2 h2, 3 h1, h2) has the Jacobian [[1, 3, 0], [2, 0, 1]] in this layout; the result of the
  chain is a column.
"""  # END TEST CONFIG


def test_small_matrices(jacobian, linear_jacobian, factor_shapes, factors):
    import numpy as np
    import torch

    omega, expected = np.array([[1.0, 2.0], [3.0, 0.0], [0.0, 1.0]]), [[1, 3, 0], [2, 0, 1]]
    got = jacobian(lambda h: torch.tensor(omega) @ h, torch.ones(2, dtype=torch.float64))
    assert isinstance(got, torch.Tensor), "jacobian should return a tensor of shape (n, m)"
    assert tuple(got.shape) == (2, 3), f"jacobian: expected shape (2, 3), got {tuple(got.shape)}"
    assert np.allclose(got.numpy(), expected, atol=1e-6), f"jacobian: expected {expected}, got {got.tolist()}"
    got = linear_jacobian(omega)
    assert got is not None, "linear_jacobian(...) returned None: expected an array of shape (n, m)"
    assert np.shape(got) == (2, 3), f"linear_jacobian: expected shape (2, 3), got {np.shape(got)}"
    assert np.allclose(got, expected), f"linear_jacobian: expected {expected}, got {got}"
    got = factor_shapes(1, 1, 1, 1)
    assert got is not None, "factor_shapes(1, 1, 1, 1) returned None: expected a list of six pairs"
    assert len(got) == 6, f"factor_shapes: expected six pairs, got {len(got)}"
    assert [tuple(shape) for shape in got] == [(1, 1)] * 6, f"widths of one: expected six times (1, 1), got {got}"
    one = np.ones((1, 1))
    got = factors(2 * one, 3 * one, np.ones(1), np.ones(1), np.array([5.0]))
    assert got is not None, "factors(...) returned None: expected a list of six matrices"
    assert len(got) == 6 and all(np.shape(m) == (1, 1) for m in got), "factors: expected six (1, 1) matrices"
    values = [float(np.asarray(m)[0, 0]) for m in got]
    assert np.allclose(values, [1, 2, 1, 3, 5, 30]), f"factors: expected 1, 2, 1, 3, 5 and 30, got {values}"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: A Jacobian is wrong or lies on its side. Nothing here is square, and a nonlinear function has a
  Jacobian that depends on h.
"""  # END TEST CONFIG


def test_jacobians_by_differences(jacobian, linear_jacobian):
    import numpy as np
    import torch

    generator = torch.Generator().manual_seed(610)
    normal = lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)
    for n, m in ((3, 4), (4, 2), (1, 3), (5, 1), (1, 1)):
        w, b, h = normal(m, n), normal(m), normal(n)
        b = b + torch.where((w @ h + b).abs() < 0.05, 0.2, 0.0)  # stay away from the joints
        fns = [lambda t: w @ t + b, lambda t: torch.relu(w @ t + b), lambda t: torch.tanh(w @ t) * t.sum()]
        fns += [lambda t: (w * t**2).sum(1)]
        for fn in fns:
            got = jacobian(fn, h)
            assert tuple(got.shape) == (n, m)
            for j in range(n):
                step = torch.zeros(n, dtype=torch.float64)
                step[j] = 1e-5
                # float64, central differences: errors of about 1e-9
                row = (fn(h + step) - fn(h - step)) / 2e-5
                assert torch.allclose(got[j], row, rtol=0, atol=3e-6)
        got = np.asarray(linear_jacobian(w.numpy()))
        assert got.shape == (n, m)
        assert np.allclose(got, torch.autograd.functional.jacobian(lambda t: w @ t + b, h).T.numpy())


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: A factor of the chain, its shape, or the product is wrong. Activations act entry by entry; their
  Jacobians are square.
"""  # END TEST CONFIG


def test_chain_against_autograd(factor_shapes, factors):
    import numpy as np
    import torch

    full = torch.autograd.functional.jacobian
    rng = np.random.default_rng(611)
    for d1, d2, d3, d_o in ((3, 4, 5, 2), (2, 6, 3, 1), (5, 1, 2, 3), (4, 2, 1, 1), (1, 3, 7, 4)):
        omega2, omega3, slope = rng.normal(size=(d3, d2)), rng.normal(size=(d_o, d3)), rng.normal(size=d_o)
        f1, f2 = rng.normal(size=d2), rng.normal(size=d3)
        f1[0], f2[-1] = 0.0, 0.0  # exactly at the joint
        w2, w3, g = map(torch.tensor, (omega2, omega3, slope))
        t1, t2 = torch.tensor(f1), torch.tensor(f2)
        right = [full(torch.relu, t1), full(lambda h: w2 @ h, t1), full(torch.relu, t2), full(lambda h: w3 @ h, t2)]
        right = [r.T for r in right] + [g[:, None]]
        # the whole chain at once, with the kept pre-activations
        inner = torch.autograd.functional.vjp(lambda h: w3 @ h, torch.relu(t2), g)[1]
        back = torch.autograd.functional.vjp(lambda h: w2 @ h, torch.relu(t1), (t2 > 0) * inner)[1]
        right.append(((t1 > 0) * back)[:, None])
        shapes = [tuple(shape) for shape in factor_shapes(d1, d2, d3, d_o)]
        assert shapes == [tuple(r.shape) for r in right]
        got = factors(omega2, omega3, f1, f2, slope)
        assert len(got) == 6
        for m, r in zip(got, right):
            # float64, products of matrices of width 7 at most
            assert np.shape(m) == tuple(r.shape) and np.allclose(m, r.numpy(), rtol=1e-9, atol=1e-12)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-7.9 d2l-4.7-1"
# # BEGIN QUESTION
# name: q9_linear_layer
# points: 4

# %% [markdown]
# ## 9. Back through a linear layer
#
# For one example, $f = \beta + \Omega h$ means $f_k = \beta_k + \sum_j \Omega_{kj} h_j$: one sum, over $j$. With
# $h = (2, 3)$ and $\partial \ell / \partial f = (1, 10)$ the derivatives of the loss with respect to $\Omega$ are
# $\begin{pmatrix} 2 & 3 \\ 20 & 30 \end{pmatrix}$.
#
# - `entry_derivative(h, i, j, k)`: the float $\partial f_k / \partial \Omega_{ij}$ for one example `h` of shape `(D,)`.
#   Indices count from 0.
# - `linear_backward(h, omega, slope)`: for a batch, `f = h @ omega.T + beta` with `h` of shape `(N, D)` and `omega` of
#   shape `(M, D)`. `slope`, of shape `(N, M)`, is $\partial L / \partial f$. Return `(by_omega, by_beta, by_h)`, the
#   derivatives of $L$, in the shapes of $\Omega$, $\beta$ and $h$. If $L$ is a mean, `slope` knows that already.
# - `matrix_backward(x, omega, slope)`: now a single input is a matrix, `x` of shape `(D, C)`, and $Z = \Omega X$ with
#   $\Omega$ of shape `(M, D)`. `slope`, of shape `(M, C)`, is $\partial L / \partial Z$. Return `(by_omega, by_x)`.
# - `gradient_shapes(n, d, c, m)`: a dictionary of tuples. Of which shape is
#   - `"batch_weight"` and `"batch_input"`: the derivative of a scalar loss with respect to $\Omega$ and to the inputs,
#     for a batch of `n` vectors of length `d` and `m` units;
#   - `"matrix_weight"` and `"matrix_input"`: the same for one input matrix `(d, c)` and $Z = \Omega X$ with `m` rows;
#   - `"full_weight"`: the derivative with respect to the weights, if each of `m` units has one weight for each entry
#     of a `(d, c)` input, with the units as first axis;
#   - `"jacobian"`: all derivatives of the entries of $Z = \Omega X$ with respect to those of $\Omega$, the axes of $Z$
#     first, those of $\Omega$ behind.


# %% [raw]
# # BEGIN SOLUTION
# %%
def entry_derivative(h, i, j, k):
    """Derivative of f_k with respect to omega_ij, a float; h: (D,)."""
    # BEGIN SOLUTION
    return h[j] if k == i else 0.0
    # END SOLUTION


def linear_backward(h, omega, slope):
    """Derivatives of the loss with respect to omega (M, D), beta (M,) and h (N, D); slope: (N, M)."""
    # BEGIN SOLUTION
    return slope.T @ h, slope.sum(axis=0), slope @ omega
    # END SOLUTION


def matrix_backward(x, omega, slope):
    """Derivatives of the loss with respect to omega (M, D) and x (D, C) for Z = omega x; slope: (M, C)."""
    # BEGIN SOLUTION
    return slope @ x.T, omega.T @ slope
    # END SOLUTION


def gradient_shapes(n, d, c, m):
    """Shapes of six derivatives, a dictionary of tuples."""
    # BEGIN SOLUTION
    return {
        "batch_weight": (m, d),
        "batch_input": (n, d),
        "matrix_weight": (m, d),
        "matrix_input": (d, c),
        "full_weight": (m, d, c),
        "jacobian": (m, c, m, d),
    }
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For h = (2, 3) and the slope (1, 10) the weights have the derivatives [[2, 3], [20, 30]];
  gradient_shapes has six entries.
"""  # END TEST CONFIG


def test_outer_product(entry_derivative, linear_backward, matrix_backward, gradient_shapes):
    import numpy as np

    h, slope, omega = np.array([[2.0, 3.0]]), np.array([[1.0, 10.0]]), np.eye(2)
    got = entry_derivative(h[0], 1, 0, 1)
    assert got is not None, "entry_derivative(...) returned None: expected a number"
    assert got == 2, f"entry_derivative: f_1 changes with omega_10 by h_0 = 2, got {got}"
    got = linear_backward(h, omega, slope)
    assert got is not None, "linear_backward(...) returned None: expected (by_omega, by_beta, by_h)"
    assert len(got) == 3, f"linear_backward: expected three arrays, got {len(got)}"
    for name, part, expected in zip(("by_omega", "by_beta", "by_h"), got, ([[2, 3], [20, 30]], [1, 10], [[1, 10]])):
        shape = np.shape(expected)
        assert np.shape(part) == shape, f"{name}: expected shape {shape}, got {np.shape(part)}"
        assert np.allclose(part, expected), f"{name}: expected {expected}, got {part}"
    got = matrix_backward(h.T, omega, slope.T)
    assert got is not None, "matrix_backward(...) returned None: expected (by_omega, by_x)"
    assert len(got) == 2 and np.shape(got[0]) == (2, 2) and np.shape(got[1]) == (2, 1), "wrong shapes of two arrays"
    assert np.allclose(got[0], [[2, 3], [20, 30]]), f"by_omega: expected [[2, 3], [20, 30]], got {got[0]}"
    got = gradient_shapes(1, 1, 1, 1)
    assert isinstance(got, dict), "gradient_shapes should return a dictionary"
    keys = ["batch_weight", "batch_input", "matrix_weight", "matrix_input", "full_weight", "jacobian"]
    for key, axes in zip(keys, (2, 2, 2, 2, 3, 4)):
        assert key in got, f"gradient_shapes: the entry {key!r} is missing"
        assert tuple(got[key]) == (1,) * axes, f"{key}: expected {axes} axes of length 1, got {got[key]}"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The batch version is wrong for some shapes, or a single entry is. Which entries of f does one weight
  touch, and how do the examples of a batch come together?
"""  # END TEST CONFIG


def test_batches_against_autograd(entry_derivative, linear_backward):
    import numpy as np
    import torch

    rng = np.random.default_rng(612)
    losses = [lambda f: (f**3).sum(), lambda f: torch.tanh(f).mean(), lambda f: torch.logsumexp(f, 1).sum()]
    for n, d, m in ((7, 3, 4), (1, 3, 2), (4, 5, 4), (3, 1, 2), (2, 4, 1)):
        for loss in losses:
            arrays = [rng.normal(size=(n, 2 * d))[:, ::2], rng.normal(size=(m, d)), rng.normal(size=m)]
            h, omega, beta = (torch.tensor(a.copy(), requires_grad=True) for a in arrays)
            f = h @ omega.T + beta
            slope, *expected = torch.autograd.grad(loss(f), (f, omega, beta, h))
            # float64, sums of at most seven products
            for g, e in zip(linear_backward(*arrays[:2], slope.numpy()), expected):
                assert np.shape(g) == tuple(e.shape) and np.allclose(g, e.numpy(), rtol=1e-9, atol=1e-11)
        h = torch.tensor(arrays[0][0])
        full = torch.autograd.functional.jacobian(lambda w: w @ h, torch.tensor(arrays[1]))
        for k, i, j in np.ndindex(m, m, d):
            assert np.isclose(entry_derivative(arrays[0][0], i, j, k), full[k, i, j].item())


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The version for one input matrix is wrong, or a shape is. A gradient of a number has the shape of the
  variable; a Jacobian has the axes of both.
"""  # END TEST CONFIG


def test_matrices_against_autograd(matrix_backward, gradient_shapes):
    import numpy as np
    import torch

    rng = np.random.default_rng(613)
    for n, d, c, m in ((2, 3, 4, 5), (7, 1, 3, 2), (3, 4, 1, 1), (1, 2, 6, 2)):
        arrays = [rng.normal(size=(d, c)), rng.normal(size=(m, d))]
        x, omega = (torch.tensor(a, requires_grad=True) for a in arrays)
        z = omega @ x
        slope, *expected = torch.autograd.grad((z**3).sum(), (z, omega, x))
        for g, e in zip(matrix_backward(*arrays, slope.numpy()), expected):
            # float64, sums of at most six products
            assert np.shape(g) == tuple(e.shape) and np.allclose(g, e.numpy(), rtol=1e-9, atol=1e-11)
        batch, full = torch.randn(n, d, requires_grad=True), torch.randn(m, d, c, requires_grad=True)
        weight = torch.randn(m, d, requires_grad=True)
        by_batch = torch.autograd.grad((batch @ weight.T).sum(), (weight, batch))
        by_full = torch.autograd.grad((full * torch.randn(d, c)).sum((1, 2)).sum(), full)
        jacobian = torch.autograd.functional.jacobian(lambda w: w @ x.detach(), omega.detach())
        named = {"batch_weight": by_batch[0], "batch_input": by_batch[1], "matrix_weight": expected[0]}
        named |= {"matrix_input": expected[1], "full_weight": by_full[0], "jacobian": jacobian}
        got = gradient_shapes(n, d, c, m)
        assert {key: tuple(shape) for key, shape in got.items()} == {k: tuple(v.shape) for k, v in named.items()}


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-7.10"
# # BEGIN QUESTION
# name: q10_leaky_relu
# points: 4

# %% [markdown]
# ## 10. A whole network, with leaky ReLUs
#
# The leaky ReLU is $a(z) = z$ for $z > 0$ and $a(z) = \alpha z$ otherwise, with a constant $0 < \alpha \le 1$. At
# exactly $z = 0$ it has no derivative; the slopes on the two sides are $1$ and $\alpha$. Take $\alpha$ there, as torch
# does.
#
# Derive the backward pass of a network of $K \ge 0$ hidden layers,
# $f_0 = \beta_0 + \Omega_0 x$, $f_k = \beta_k + \Omega_k\, a(f_{k-1})$, with the loss
# $L = \sum_i \| f_K(x_i) - y_i \|^2$ summed over the examples. There is no activation behind the last layer. Write,
# without autograd,
#
# - `leaky_backward(omegas, betas, x, y, alpha)`: the pair of lists `(by_omegas, by_betas)`, the derivatives of $L$ with
#   respect to each array of the lists `omegas` and `betas`, first layer first. `omegas[k]` has shape
#   `(D_{k+1}, D_k)`, `betas[k]` has shape `(D_{k+1},)`, `x` has shape `(N, D_0)`, `y` has shape `(N, D_{K+1})`.
#
# Take one hidden unit, $\Omega_0 = -1$, $\Omega_1 = 1$, zero biases, $\alpha = 0.1$, and the example $x = 1$,
# $y = 0.4$. Then $f_0 = -1$, $f_1 = -0.1$, and the derivatives are $-0.1$ for $\Omega_0$ and $\beta_0$, $0.1$ for
# $\Omega_1$ and $-1$ for $\beta_1$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def leaky_backward(omegas, betas, x, y, alpha):
    """Derivatives of the summed squared error of a leaky ReLU network: lists (by_omegas, by_betas)."""
    # BEGIN SOLUTION
    h, f = [x], []
    for omega, beta in zip(omegas, betas):
        f.append(h[-1] @ omega.T + beta)
        h.append(np.maximum(f[-1], alpha * f[-1]))
    slope = 2 * (f[-1] - y)
    by_omegas, by_betas = [], []
    for k in reversed(range(len(omegas))):
        by_omegas.insert(0, slope.T @ h[k])
        by_betas.insert(0, slope.sum(axis=0))
        if k > 0:
            slope = slope @ omegas[k] * np.where(f[k - 1] > 0, 1, alpha)
    return by_omegas, by_betas
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: In the example the derivatives are -0.1, 0.1 for the weights and -0.1, -1 for the biases.
"""  # END TEST CONFIG


def test_one_hidden_unit(leaky_backward):
    import numpy as np

    omegas, betas = [np.array([[-1.0]]), np.array([[1.0]])], [np.zeros(1), np.zeros(1)]
    got = leaky_backward(omegas, betas, np.array([[1.0]]), np.array([[0.4]]), 0.1)
    assert got is not None, "leaky_backward(...) returned None: expected (by_omegas, by_betas)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "leaky_backward should return two lists"
    for name, part, shape, expected in zip(("by_omegas", "by_betas"), got, ((1, 1), (1,)), ([-0.1, 0.1], [-0.1, -1])):
        assert len(part) == 2, f"{name}: expected one array per layer, 2, got {len(part)}"
        for k in range(2):
            assert np.shape(part[k]) == shape, f"{name}[{k}]: expected shape {shape}, got {np.shape(part[k])}"
            assert np.allclose(part[k], expected[k]), f"{name}[{k}]: expected {expected[k]}, got {part[k]}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some depth, width or alpha a derivative differs from what autograd finds. Which layers have an
  activation behind them, and what does a unit below zero pass on?
"""  # END TEST CONFIG


def test_depths_against_autograd(leaky_backward):
    import numpy as np
    import torch

    def quietly(leaky_backward, *arguments):
        import torch

        with torch.inference_mode():
            return leaky_backward(*arguments)

    rng = np.random.default_rng(614)
    shapes = [(3, 2), (4, 3, 2), (1, 1, 1, 1), (3, 5, 4, 2, 6), (2, 7, 1, 3, 4, 1)]
    for widths, n, alpha in zip(shapes * 3, (5, 1, 8) * 5, (0.1,) * 5 + (0.5,) * 5 + (1.0,) * 5):
        omegas = [rng.normal(size=(b, a)) for a, b in zip(widths, widths[1:])]
        betas = [rng.normal(size=b) for b in widths[1:]]
        x, y = rng.normal(size=(n, widths[0])), rng.normal(size=(n, widths[-1]))
        w = [torch.tensor(v, requires_grad=True) for v in omegas]
        b = [torch.tensor(v, requires_grad=True) for v in betas]
        f = torch.tensor(x) @ w[0].T + b[0]
        for omega, beta in zip(w[1:], b[1:]):
            f = torch.nn.functional.leaky_relu(f, alpha) @ omega.T + beta
        expected = torch.autograd.grad(((f - torch.tensor(y)) ** 2).sum(), w + b)
        for call in (leaky_backward, lambda *a: inside(quietly)(leaky_backward, *a)):
            got = call(omegas, betas, x, y, alpha)
            got = list(got[0]) + list(got[1])
            assert len(got) == len(expected)
            for g, e in zip(got, expected):
                # float64, five layers; entries up to about 1e4
                assert np.shape(g) == tuple(e.shape) and np.allclose(g, e.numpy(), rtol=1e-9, atol=1e-9)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A pre-activation that is exactly zero passes on the wrong share. One of the two sides has to include
  the zero.
"""  # END TEST CONFIG


def test_at_the_joint(leaky_backward):
    import numpy as np

    # x = 0 and no bias: the hidden pre-activation is zero, the output as well, so its slope is -2 y
    for alpha in (0.1, 0.3):
        omegas, betas = [np.ones((2, 1)), np.array([[3.0, -5.0]])], [np.zeros(2), np.zeros(1)]
        by_omegas, by_betas = leaky_backward(omegas, betas, np.zeros((1, 1)), np.ones((1, 1)), alpha)
        assert np.allclose(by_betas[1], -2) and np.allclose(by_omegas[1], 0)
        assert np.allclose(by_betas[0] / np.array([-6, 10]), alpha)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-4.7-2 cs-backprop-1"
# # BEGIN QUESTION
# name: q11_penalised_network
# points: 6

# %% [markdown]
# ## 11. Biases, a penalty, three losses
#
# A network with one hidden layer, for a batch of $N$ examples:
#
# $$z_i = \beta_0 + \Omega_0 x_i, \quad h_i = a(z_i), \quad f_i = \beta_1 + \Omega_1 h_i, \qquad
# L = \underbrace{\tfrac1N \sum_i \ell_i}_{l} + \underbrace{\tfrac{\lambda}{2} \Big( \sum \Omega_0^2 +
# \sum \Omega_1^2 \Big)}_{s},$$
#
# where the sums of the penalty $s$ run over all entries of the matrices. The loss $\ell_i$ of an example is, summed
# over its outputs, one of
#
# - `"squares"`: $\tfrac12 (f - y)^2$;
# - `"probability"`: $-y \log f - (1 - y) \log(1 - f)$; the output itself lies between 0 and 1;
# - `"logit"`: the same with $\sigma(f)$ in place of $f$; outputs may be as large as $\pm 1000$.
#
# Write, without autograd,
#
# - `network_gradients(x, y, omega0, beta0, omega1, beta1, lam, activation, loss)`: a dictionary with the float `"L"`
#   and the derivatives of $L$ under `"omega0"`, `"beta0"`, `"omega1"`, `"beta1"` and `"x"`, each in the shape of its
#   variable. `x` is `(N, D_i)`, `y` is `(N, D_o)`, `omega0` is `(D, D_i)`, `beta0` is `(D,)`, `omega1` is `(D_o, D)`,
#   `beta1` is `(D_o,)`; `activation` is the pair `(a, a_slope)` of functions of an array, $a$ and its derivative, and
#   `loss` one of the three names.
# - `graph_edges()`: the computational graph, as a set of pairs `(from, to)`: an edge for each value that enters a
#   computation. The nodes are `"x"`, `"y"`, `"omega0"`, `"beta0"`, `"z"`, `"h"`, `"omega1"`, `"beta1"`, `"f"`, `"l"`,
#   `"s"` and `"L"`. For example, `("z", "h")` is an edge.
#
# For $x = 1$, $y = 0$, $\Omega_0 = \Omega_1 = 2$, biases 0, $\lambda = 1$, $a(z) = z$ and the squares: $f = 4$,
# $L = 8 + 4 = 12$. The derivatives are $8 + 2 = 10$ for each weight, $8$ for $\beta_0$, $4$ for $\beta_1$, $16$ for
# $x$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def network_gradients(x, y, omega0, beta0, omega1, beta1, lam, activation, loss):
    """The loss "L" and its derivatives with respect to the four parameters and x, a dictionary."""
    # BEGIN SOLUTION
    a, a_slope = activation
    z = x @ omega0.T + beta0
    h = a(z)
    f = h @ omega1.T + beta1
    if loss == "squares":
        terms, by_f = (f - y) ** 2 / 2, f - y
    elif loss == "probability":
        terms, by_f = -y * np.log(f) - (1 - y) * np.log(1 - f), (f - y) / (f * (1 - f))
    else:
        terms, by_f = np.logaddexp(0, f) - y * f, np.exp(-np.logaddexp(0, -f)) - y
    by_f = by_f / len(x)
    by_z = by_f @ omega1 * a_slope(z)
    return {
        "L": terms.sum() / len(x) + lam / 2 * ((omega0**2).sum() + (omega1**2).sum()),
        "omega0": by_z.T @ x + lam * omega0,
        "beta0": by_z.sum(axis=0),
        "omega1": by_f.T @ h + lam * omega1,
        "beta1": by_f.sum(axis=0),
        "x": by_z @ omega0,
    }
    # END SOLUTION


def graph_edges():
    """Edges (from, to) of the computational graph, a set of pairs of names."""
    # BEGIN SOLUTION
    enters = {
        "z": ["x", "omega0", "beta0"],
        "h": ["z"],
        "f": ["h", "omega1", "beta1"],
        "l": ["f", "y"],
        "s": ["omega0", "omega1"],
        "L": ["l", "s"],
    }
    return {(source, node) for node, sources in enters.items() for source in sources}
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1.5
failure_message: In the example the loss is 12, and the derivatives are 10, 8, 10, 4 and 16; graph_edges returns a set
  of pairs of node names.
"""  # END TEST CONFIG


def test_linear_unit(network_gradients, graph_edges):
    import numpy as np

    one = np.ones((1, 1))
    linear = (lambda z: z, lambda z: z * 0 + 1)
    got = network_gradients(one, 0 * one, 2 * one, np.zeros(1), 2 * one, np.zeros(1), 1.0, linear, "squares")
    assert isinstance(got, dict), "network_gradients should return a dictionary"
    shapes = {"L": (), "omega0": (1, 1), "beta0": (1,), "omega1": (1, 1), "beta1": (1,), "x": (1, 1)}
    for (key, shape), expected in zip(shapes.items(), (12, 10, 8, 10, 4, 16)):
        assert key in got, f"the dictionary has no entry {key!r}"
        assert np.shape(got[key]) == shape, f"{key}: expected shape {shape}, got {np.shape(got[key])}"
        assert np.allclose(got[key], expected), f"{key}: expected {expected}, got {got[key]}"
    got = graph_edges()
    assert isinstance(got, (set, frozenset)), "graph_edges should return a set of pairs"
    nodes = {"x", "y", "omega0", "beta0", "z", "h", "omega1", "beta1", "f", "l", "s", "L"}
    for edge in got:
        assert isinstance(edge, tuple) and len(edge) == 2 and set(edge) <= nodes, f"not a pair of node names: {edge}"
    assert ("z", "h") in got, "the edge ('z', 'h') is missing"


# %%
""" # BEGIN TEST CONFIG
points: 2.5
hidden: true
failure_message: For some loss, activation or batch the result differs from what autograd finds. What is averaged, what
  is penalised, and where is the slope of the activation taken?
"""  # END TEST CONFIG


def test_against_autograd(network_gradients):
    import numpy as np
    import torch

    def quietly(network_gradients, *arguments):
        import torch

        with torch.inference_mode():
            return network_gradients(*arguments)

    pairs = {
        torch.tanh: (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
        torch.sin: (np.sin, np.cos),
        torch.relu: (lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(float)),
    }
    log = torch.log
    losses = {
        "squares": lambda f, y: 0.5 * (f - y) ** 2,
        "probability": lambda f, y: -y * log(f) - (1 - y) * log(1 - f),
        "logit": lambda f, y: torch.nn.functional.binary_cross_entropy_with_logits(f, y, reduction="none"),
    }
    rng = np.random.default_rng(615)
    for (n, d_i, d, d_o), lam in (((7, 4, 5, 1), 0.3), ((1, 2, 3, 2), 0.0), ((6, 3, 3, 3), 2.0), ((4, 1, 1, 1), 0.7)):
        for a, pair in pairs.items():
            for name, loss in losses.items():
                arrays = [rng.normal(size=s) for s in ((n, d_i), (d, d_i), (d,), (d_o, d), (d_o,))]
                if name == "probability":  # outputs stay between 0.2 and 0.8
                    h = a(torch.tensor(arrays[0] @ arrays[1].T + arrays[2])).numpy()
                    arrays[3] *= 0.3 / (np.abs(h @ arrays[3].T).max() + 1e-9)
                    arrays[4] = np.full(d_o, 0.5)
                y = rng.integers(0, 2, size=(n, d_o)).astype(float)
                t = [torch.tensor(v, requires_grad=True) for v in arrays]
                f = a(t[0] @ t[1].T + t[2]) @ t[3].T + t[4]
                total = loss(f, torch.tensor(y)).sum() / n + lam / 2 * ((t[1] ** 2).sum() + (t[3] ** 2).sum())
                expected = [total, *torch.autograd.grad(total, t)]
                keys = ["L", "x", "omega0", "beta0", "omega1", "beta1"]
                arguments = arrays[0], y, *arrays[1:], lam, pair, name
                got = network_gradients(*arguments)
                if n == 7:
                    assert np.allclose(inside(quietly)(network_gradients, *arguments)["x"], got["x"])
                for key, e in zip(keys, expected):
                    # float64, sums of a few dozen products
                    assert np.shape(got[key]) == tuple(e.shape)
                    assert np.allclose(got[key], e.detach().numpy(), rtol=1e-9, atol=1e-11)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Large logits break the loss or its derivatives. Do not compute the probability before its logarithm.
"""  # END TEST CONFIG


def test_large_logits(network_gradients):
    import numpy as np

    linear = (lambda z: z, lambda z: z * 0 + 1)
    x, one = np.array([[1000.0], [-1000.0], [600.0], [-800.0]]), np.ones((1, 1))
    y = np.array([[0.0], [1.0], [1.0], [0.0]])
    got = network_gradients(x, y, one, np.zeros(1), one, np.zeros(1), 0.0, linear, "logit")
    # two confident mistakes of 1000 each, two confident hits, over four examples
    assert np.isclose(got["L"], 500) and np.allclose(got["x"], [[0.25], [-0.25], [0], [0]])
    assert np.allclose(got["beta0"], 0) and np.allclose(got["omega1"], 500)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The graph has an edge too few or too many. Which values does each formula read?
"""  # END TEST CONFIG


def test_graph_from_the_formulas(graph_edges):
    import re

    formulas = [
        "z = beta0 + omega0 @ x",
        "h = a(z)",
        "f = beta1 + omega1 @ h",
        "l = mean(loss(f, y))",
        "s = lam / 2 * (sum(omega0**2) + sum(omega1**2))",
        "L = l + s",
    ]
    nodes = {"x", "y", "omega0", "beta0", "z", "h", "omega1", "beta1", "f", "l", "s", "L"}
    edges = set()
    for formula in formulas:
        node, right = formula.split(" = ")
        edges |= {(name, node) for name in re.findall(r"\w+", right) if name in nodes}
    assert set(graph_edges()) == edges


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="cs-backprop-2 cs-backprop-3"
# # BEGIN QUESTION
# name: q12_numerical_gradients
# points: 6

# %% [markdown]
# ## 12. Gradients from differences
#
# A derivative is a limit of quotients, so it can be estimated by moving one parameter at a time:
#
# $$\text{forward:}\quad \frac{f(\theta + \epsilon e_j) - f(\theta)}{\epsilon}, \qquad\qquad
# \text{central:}\quad \frac{f(\theta + \epsilon e_j) - f(\theta - \epsilon e_j)}{2 \epsilon},$$
#
# with $e_j$ the $j$-th unit vector. For $f(\theta) = \theta^2$ at $\theta = 3$ and $\epsilon = 1$ the forward quotient
# is $16 - 9 = 7$, the central one $(16 - 4) / 2 = 6$. Write, without autograd,
#
# - `passes(count, scheme)`: how often `f` is called for `count` parameters, an integer; `scheme` is `"forward"` or
#   `"central"`. The forward scheme computes $f(\theta)$ once, even if there is no parameter at all;
# - `numerical_gradient(f, theta, eps, scheme)`: the array of the quotients. `theta` is an array of shape `(P,)`, $P$
#   may be 0; `f` takes such an array and returns a float. `f` is called exactly `passes(P, scheme)` times, and `theta`
#   stays as it is;
# - `best_step(f, df, x, scheme)`: which of the steps $10^{-1}, 10^{-2}, \dots, 10^{-15}$ gives the smallest error of
#   the quotient for a function `f` of one float, at the float `x`; `df` is its true derivative. A float;
# - `numerical_gradients(loss, *tensors, eps=1e-6)`: central quotients for a function of tensors. `loss(*tensors)` is a
#   scalar tensor; the `tensors` are float64, of any shape (`()` included), may require a gradient, and need not be
#   contiguous. Return a tuple of tensors of the same shapes that do not require a gradient. The tensors passed in
#   keep their values and get no `.grad`;
# - `linear_mean_gradients(x, omega, beta)`: the exact gradients of `(x @ omega + beta).mean()` with respect to `omega`
#   and `beta`, by a formula of your own: a pair of tensors. `x` is `(N, D)`, `omega` is `(D, M)`, `beta` is `(M,)`;
# - `gradients_agree(loss, gradients, *tensors)`: a gradient check. `gradients` is a tuple of tensors that somebody has
#   derived by hand. `True` if none of their entries differs from the central quotient by more than $10^{-5}$.
#
# A hint: `deepcopy` of a tensor that requires a gradient requires one, too, and must not be changed in place.
#
# Then set each entry of `difference_facts` to `True` or `False`.
#
# - `"smaller_is_better"`: the smaller $\epsilon$, the more accurate the forward quotient in float64.
# - `"needs_known_operations"`: differences work only if each operation inside `f` has a known derivative.
# - `"cost_grows_with_parameters"`: the number of calls of `f` grows with the number of parameters; that of reverse mode
#   does not.
# - `"half_step_quarter_error"`: while $\epsilon$ is not yet too small, half of it gives about a quarter of the error of
#   the central quotient.
# - `"noise_does_no_harm"`: if `f` draws new dropout masks at each call, a small $\epsilon$ still gives a good estimate.
# - `"float32_needs_larger_steps"`: in float32, $\epsilon = 10^{-6}$ is a poor step, and $10^{-2}$ is better.


# %% [raw]
# # BEGIN SOLUTION
# %%
def passes(count, scheme):
    """Number of calls of f for count parameters, an int; scheme: "forward" or "central"."""
    # BEGIN SOLUTION
    return 2 * count if scheme == "central" else count + 1
    # END SOLUTION


def numerical_gradient(f, theta, eps, scheme):
    """Difference quotients of f at theta, one per parameter: shape (P,)."""
    # BEGIN SOLUTION
    steps = eps * np.eye(len(theta))
    if scheme == "central":
        return np.array([(f(theta + step) - f(theta - step)) / (2 * eps) for step in steps])
    start = f(theta)
    return np.array([(f(theta + step) - start) / eps for step in steps])
    # END SOLUTION


def best_step(f, df, x, scheme):
    """The power of ten from 1e-1 to 1e-15 with the smallest error of the quotient at x, a float."""

    # BEGIN SOLUTION
    def error(eps):
        quotient = numerical_gradient(lambda theta: f(theta[0]), np.array([x]), eps, scheme)
        return abs(quotient[0] - df(x))

    return min((10.0**-k for k in range(1, 16)), key=error)
    # END SOLUTION


def numerical_gradients(loss, *tensors, eps=1e-6):
    """Central quotients of the scalar loss(*tensors) for each entry of each tensor, a tuple of tensors."""
    # BEGIN SOLUTION
    with torch.no_grad():
        copies = [torch.empty(t.shape, dtype=t.dtype).copy_(t) for t in tensors]
        gradients = [torch.empty_like(copy) for copy in copies]
        for copy, gradient in zip(copies, gradients):
            for j, value in enumerate(copy.flatten().tolist()):
                copy.view(-1)[j] = value + eps
                above = loss(*copies)
                copy.view(-1)[j] = value - eps
                gradient.view(-1)[j] = (above - loss(*copies)) / (2 * eps)
                copy.view(-1)[j] = value
    return tuple(gradients)
    # END SOLUTION


def linear_mean_gradients(x, omega, beta):
    """Gradients of (x @ omega + beta).mean() with respect to omega and beta, a pair of tensors."""
    # BEGIN SOLUTION
    by_beta = torch.ones_like(beta) / len(beta)
    return torch.outer(x.mean(dim=0), by_beta), by_beta
    # END SOLUTION


def gradients_agree(loss, gradients, *tensors):
    """Whether the given gradients are those of loss at the tensors, up to 1e-5 per entry; a bool."""
    # BEGIN SOLUTION
    pairs = zip(gradients, numerical_gradients(loss, *tensors))
    return all(torch.allclose(given, found, rtol=0, atol=1e-5) for given, found in pairs)
    # END SOLUTION


difference_facts = {}
difference_facts["smaller_is_better"] = False  # SOLUTION
difference_facts["needs_known_operations"] = False  # SOLUTION
difference_facts["cost_grows_with_parameters"] = True  # SOLUTION
difference_facts["half_step_quarter_error"] = True  # SOLUTION
difference_facts["noise_does_no_harm"] = False  # SOLUTION
difference_facts["float32_needs_larger_steps"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1.5
failure_message: For the square at 3 and eps = 1 the quotients are 7 (forward) and 6 (central); one parameter takes two
  calls either way; difference_facts holds six booleans.
"""  # END TEST CONFIG


def test_square(
    passes, numerical_gradient, best_step, numerical_gradients, linear_mean_gradients, gradients_agree, difference_facts
):
    import numpy as np
    import torch

    for scheme, expected in (("forward", 7), ("central", 6)):
        got = passes(1, scheme)
        assert got is not None, f"passes(1, {scheme!r}) returned None: expected an integer"
        assert got == 2, f"passes(1, {scheme!r}): expected 2, got {got}"
        got = numerical_gradient(lambda theta: float(theta[0] ** 2), np.array([3.0]), 1.0, scheme)
        assert got is not None, "numerical_gradient(...) returned None: expected an array of shape (P,)"
        assert np.shape(got) == (1,), f"numerical_gradient: expected shape (1,), got {np.shape(got)}"
        assert np.allclose(got, [expected]), f"{scheme}: expected [{expected}], got {got}"
    assert best_step(np.exp, np.exp, 0.0, "forward") is not None, "best_step(...) returned None: expected a float"
    w = torch.tensor([1.0, 2.0], dtype=torch.float64)
    got = numerical_gradients(lambda w: (w * w).sum(), w)
    assert isinstance(got, (tuple, list)) and len(got) == 1, "numerical_gradients should return a tuple, one per tensor"
    assert torch.allclose(got[0], 2 * w, atol=1e-4), f"numerical_gradients: expected [2, 4], got {got[0].tolist()}"
    one = torch.ones(1, 1, dtype=torch.float64)
    got = linear_mean_gradients(3 * one, one, one[0])
    assert got is not None, "linear_mean_gradients(...) returned None: expected a pair of tensors"
    assert tuple(got[0].shape) == (1, 1) and tuple(got[1].shape) == (1,), "expected the shapes of omega and beta"
    assert abs(got[0].item() - 3) < 1e-9, f"by omega: expected 3, got {got[0].item()}"
    got = gradients_agree(lambda w: (w * w).sum(), (2 * w,), w)
    assert isinstance(got, bool), f"gradients_agree should return True or False, got {got}"
    keys = ["smaller_is_better", "needs_known_operations", "cost_grows_with_parameters", "half_step_quarter_error"]
    assert isinstance(difference_facts, dict), "difference_facts should be a dictionary"
    for key in keys + ["noise_does_no_harm", "float32_needs_larger_steps"]:
        assert isinstance(difference_facts.get(key), bool), f"difference_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: A quotient is wrong, f is called too often, theta changes, or the best step is not the best. One
  parameter moves at a time. Which errors grow when eps shrinks?
"""  # END TEST CONFIG


def test_quotients(passes, numerical_gradient, best_step):
    import math

    import numpy as np

    def watched(numerical_gradient, theta, scheme):
        calls = []

        def f(t):
            calls.append(t.copy())
            return float((t**2).sum() + t.prod())

        before = theta.copy()
        numerical_gradient(f, theta, 0.25, scheme)
        return len(calls), max((int((c != before).sum()) for c in calls), default=0), bool((theta == before).all())

    rng = np.random.default_rng(616)
    for count in (0, 1, 2, 5):
        theta, weights = rng.normal(size=count), rng.normal(size=count)
        for scheme, calls in (("forward", count + 1), ("central", count + count)):
            assert passes(count, scheme) == calls
            # for w t^3 the quotients with a large step are known exactly
            got = numerical_gradient(lambda t: float(weights @ t**3), theta, 0.25, scheme)
            low = theta if scheme == "forward" else theta - 0.25
            span = 0.25 if scheme == "forward" else 0.5
            assert np.shape(got) == (count,)
            assert np.allclose(got, weights * ((theta + 0.25) ** 3 - low**3) / span, rtol=1e-9, atol=1e-9)
            seen = inside(watched)(numerical_gradient, theta, scheme)
            assert seen == (calls, min(count, 1), True)
    assert passes(10**9, "central") == 2 * 10**9 and passes(10**9, "forward") == 10**9 + 1
    for f, df, x in ((math.exp, math.exp, 1.0), (math.sin, math.cos, 0.7), (math.log, lambda x: 1 / x, 2.3)):
        # truncation eps or eps^2 against rounding 1e-16 / eps; over 50 points 1e-9 to 1e-7, and 1e-7 to 1e-4
        assert 0.5e-10 < best_step(f, df, x, "forward") < 2e-6
        assert 0.5e-8 < best_step(f, df, x, "central") < 2e-3
    # a staircase, where only the largest step sees the slope, and a fast wave, where only the smallest does
    stairs, wave = lambda x: math.floor(10 * x + 0.5) / 10, lambda x: math.sin(1e12 * x) / 1e12
    assert math.isclose(best_step(stairs, lambda x: 1.0, 0.0, "forward"), 0.1, rel_tol=1e-6)
    assert math.isclose(best_step(wave, lambda x: math.cos(1e12 * x), 0.0, "forward"), 1e-15, rel_tol=1e-6)


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The gradients of a loss of tensors are wrong for some shape or memory layout, or a tensor is
  changed, or autograd is used.
"""  # END TEST CONFIG


def test_tensors_against_autograd(numerical_gradients, linear_mean_gradients):
    import torch

    def watched(numerical_gradients, loss, *tensors):
        import torch

        before = [t.detach().clone() for t in tensors]
        with torch.inference_mode():
            got = [g.clone() for g in numerical_gradients(loss, *tensors)]
        got = [torch.tensor(g.tolist(), dtype=g.dtype) for g in got]
        kept = all(bool((t == b).all()) and t.grad is None for t, b in zip(tensors, before))
        return got, kept, any(g.requires_grad for g in numerical_gradients(loss, *tensors))

    generator = torch.Generator().manual_seed(617)
    normal = lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)
    x = normal(100, 5)
    cases = [
        (lambda w, b: (x @ w + b).mean(), normal(5, 5), normal(5)),
        (lambda w, b: (x @ w + b).tanh().square().sum() / 100, normal(3, 5).T, normal(6)[::2]),
        (lambda s, t: (s * t).sin().sum() + s, normal(1)[0], normal(2, 3, 2)),
        (lambda t: (t**3).sum() * t[0, 0], normal(1).expand(2, 2)),
        (lambda t: t.exp().prod(), normal(4).requires_grad_()),
    ]
    for loss, *tensors in cases:
        free = [t.detach().clone().contiguous().requires_grad_() for t in tensors]
        expected = torch.autograd.grad(loss(*free), free)
        got, kept, needs = inside(watched)(numerical_gradients, loss, *tensors)
        assert kept is True and needs is False and len(got) == len(tensors)
        for g, e in zip(got, expected):
            # float64: rounding 1e-16 / 2e-6 times losses of up to about 100
            assert g.shape == e.shape and torch.allclose(g, e, rtol=1e-6, atol=1e-7)
    # a large step shows which quotient is taken: of t^3 the central one has the error eps^2
    got = numerical_gradients(lambda t: (t**3).sum(), torch.tensor([2.0], dtype=torch.float64), eps=0.5)
    assert torch.allclose(got[0], torch.tensor([12.25], dtype=torch.float64))
    far = numerical_gradients(lambda t: (1e3 * t).sin().sum(), torch.zeros(1, dtype=torch.float64))
    assert abs(far[0].item() / 1e3 - (1 - 1e-6 / 6)) < 1e-8
    for n, d, m in ((100, 5, 5), (7, 2, 3), (1, 4, 1)):
        x, omega, beta = normal(n, d), normal(d, m).requires_grad_(), normal(m).requires_grad_()
        expected = torch.autograd.grad((x @ omega + beta).mean(), (omega, beta))
        for g, e in zip(linear_mean_gradients(x, omega.detach(), beta.detach()), expected):
            assert g.shape == e.shape and torch.allclose(g, e, rtol=1e-9, atol=1e-12)


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The gradient check lets a wrong gradient pass or refuses a right one, or at least one of the six
  statements is wrong. Try each statement on a function whose derivative you know.
"""  # END TEST CONFIG


def test_check_and_facts(gradients_agree, difference_facts):
    import math

    import numpy as np
    import torch

    generator = torch.Generator().manual_seed(618)
    a, b = (torch.randn(*shape, generator=generator, dtype=torch.float64) for shape in ((3, 2), (2,)))
    loss = lambda a, b: (a @ b).tanh().sum() + (b * b).sum()
    free = [t.clone().requires_grad_() for t in (a, b)]
    right = torch.autograd.grad(loss(*free), free)
    assert gradients_agree(loss, right, a, b) is True
    for position in (0, 1):
        for off, agrees in ((0.6e-5, True), (-0.6e-5, True), (1.6e-5, False), (-1.6e-5, False), (1.0, False)):
            wrong = [g.clone() for g in right]
            wrong[position].view(-1)[-1] += off
            assert gradients_agree(loss, tuple(wrong), a, b) is agrees
    # large gradients are no excuse: the bound is absolute
    big = 1e3 * b
    assert gradients_agree(lambda t: 1e3 * t.sum(), (torch.full((2,), 1e3 + 1e-3).double(),), big) is False

    forward = lambda f, x, e: (f(x + e) - f(x)) / e
    central = lambda f, x, e: (f(x + e) - f(x - e)) / (2 * e)
    errors = {e: abs(forward(math.exp, 1.0, e) - math.e) for e in (1e-4, 1e-8, 1e-15)}
    table = {k: math.exp(k / 1e4) for k in range(9990, 10011)}  # a black box without any operations
    boxed = (table[10001] - table[9999]) / 2e-4
    half = abs(central(math.exp, 1.0, 1e-2) - math.e) / abs(central(math.exp, 1.0, 5e-3) - math.e)
    rng = np.random.default_rng(619)
    noisy = lambda x: float(((rng.uniform(size=50) > 0.5) * 2 * x).mean())
    worst = max(abs(central(noisy, 1.0, 1e-6) - 1) for _ in range(10))
    sine = lambda x: np.sin(np.float32(x), dtype=np.float32)
    single = {e: abs(float(central(sine, np.float32(1), np.float32(e))) - math.cos(1)) for e in (1e-6, 1e-2)}
    assert difference_facts["smaller_is_better"] is (errors[1e-15] < errors[1e-8] < errors[1e-4])
    assert difference_facts["needs_known_operations"] is (abs(boxed - math.e) > 1e-3)
    calls = {count: len([sign for _ in range(count) for sign in (1, -1)]) for count in (1, 1000)}
    assert difference_facts["cost_grows_with_parameters"] is (calls[1000] > calls[1])
    assert difference_facts["half_step_quarter_error"] is (3.5 < half < 4.5)
    assert difference_facts["noise_does_no_harm"] is (worst < 0.1)
    assert difference_facts["float32_needs_larger_steps"] is (single[1e-2] < single[1e-6])


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_errors():
    steps = 10.0 ** -np.arange(0, 16, 0.25)
    figure, axis = plt.subplots(figsize=(6, 3.2))
    for scheme in ("forward", "central"):
        quotients = [numerical_gradient(lambda t: np.exp(t[0]), np.ones(1), eps, scheme)[0] for eps in steps]
        axis.loglog(steps, np.abs(np.array(quotients) - np.e) + 1e-17, label=scheme)
    axis.set(xlabel="step $\\epsilon$", ylabel="error", title="derivative of exp at 1")
    axis.legend()
    figure.tight_layout()


show(draw_errors)

# %% [raw] sources="d2l-4.7-3"
# # BEGIN QUESTION
# name: q13_memory
# points: 4

# %% [markdown]
# ## 13. What training stores
#
# A network with $d$ inputs, one hidden layer of $h$ units and $q$ outputs, without biases, sees a batch of $n$
# examples. Count the numbers (floats) that have to be in memory, by this rule.
#
# - **Inference**: the weights, and the values of two neighbouring layers for the whole batch, since the values of a
#   layer may go once the next one is there. Take the larger pair.
# - **Training**: the weights, as many gradients, what the optimiser keeps for each weight (`"sgd"`: nothing,
#   `"momentum"`: one number, `"adam"`: two), and for the backward pass the inputs, the hidden values and the outputs
#   of the whole batch.
#
# For $d = 2$, $h = 3$, $q = 1$, $n = 4$ there are 9 weights; inference takes $9 + 4 \cdot 5 = 29$ floats, training with
# SGD $9 + 9 + 4 \cdot 6 = 42$.
#
# - `inference_floats(n, d, h, q)` and `training_floats(n, d, h, q, optimizer)`: integers.
# - `saved_floats(net, x, y)`: how many floats autograd really keeps between forward and backward pass of
#   `nn.functional.cross_entropy(net(x), y)`, besides the parameters: an integer. Measure with
#   `torch.autograd.graph.saved_tensors_hooks(pack, unpack)`: within this context `pack(tensor)` is called for each
#   tensor that is kept; it returns what is kept, and `unpack` turns that back into the tensor. Tensors that start at
#   the same address (`data_ptr()`) count once, those that share the address of a parameter not at all. Leave out
#   tensors of integers, such as the labels, and tensors of shape `()`. Only measure the forward pass: your function
#   also has to work for frozen parameters and under `torch.no_grad()`, where there is no backward pass.
#
# Then set each entry of `memory_facts` to `True` or `False`.
#
# - `"batch_doubles_all"`: with a batch of twice the size, training takes twice the memory.
# - `"hidden_values_can_go"`: the hidden values are not needed in the backward pass; the weights are enough.
# - `"adam_takes_three_times"`: for $n = 1$, $d = h = 1000$, $q = 10$, training with Adam takes more than three times
#   the memory of inference.
# - `"no_grad_keeps_nothing"`: under `torch.no_grad()` autograd keeps no activations.


# %% [raw]
# # BEGIN SOLUTION
# %%
def inference_floats(n, d, h, q):
    """Floats in memory for inference, an int."""
    # BEGIN SOLUTION
    return h * (d + q) + n * (h + max(d, q))
    # END SOLUTION


def training_floats(n, d, h, q, optimizer):
    """Floats in memory for training, an int; optimizer: "sgd", "momentum" or "adam"."""
    # BEGIN SOLUTION
    copies = {"sgd": 2, "momentum": 3, "adam": 4}[optimizer]
    return copies * h * (d + q) + n * (d + h + q)
    # END SOLUTION


def saved_floats(net, x, y):
    """Floats that autograd keeps for the backward pass of the cross-entropy, without parameters; an int."""
    # BEGIN SOLUTION
    kept = {}

    def pack(tensor):
        if tensor.is_floating_point() and tensor.dim() > 0:
            kept[tensor.data_ptr()] = tensor.numel()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = nn.functional.cross_entropy(net(x), y)  # stays alive, so that no address is used twice
    parameters = {p.data_ptr() for p in net.parameters()}
    return sum(size for address, size in kept.items() if address not in parameters)
    # END SOLUTION


memory_facts = {}
memory_facts["batch_doubles_all"] = False  # SOLUTION
memory_facts["hidden_values_can_go"] = False  # SOLUTION
memory_facts["adam_takes_three_times"] = True  # SOLUTION
memory_facts["no_grad_keeps_nothing"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For d = 2, h = 3, q = 1 and four examples inference takes 29 floats, training with SGD 42;
  memory_facts holds four booleans.
"""  # END TEST CONFIG


def test_small_network(inference_floats, training_floats, saved_floats, memory_facts):
    import torch

    got = inference_floats(4, 2, 3, 1)
    assert got is not None, "inference_floats(4, 2, 3, 1) returned None: expected an integer"
    assert got == 29, f"inference_floats(4, 2, 3, 1): expected 29, got {got}"
    got = training_floats(4, 2, 3, 1, "sgd")
    assert got is not None, "training_floats(4, 2, 3, 1, 'sgd') returned None: expected an integer"
    assert got == 42, f"training_floats(4, 2, 3, 1, 'sgd'): expected 42, got {got}"
    got = saved_floats(torch.nn.Linear(2, 3, bias=False), torch.ones(4, 2), torch.zeros(4, dtype=torch.int64))
    assert isinstance(got, int), f"saved_floats should return an integer, got {got}"
    assert got == 20, f"a single layer keeps its input and the log-probabilities, 8 + 12 = 20, got {got}"
    assert isinstance(memory_facts, dict), "memory_facts should be a dictionary"
    keys = ["batch_doubles_all", "hidden_values_can_go", "adam_takes_three_times", "no_grad_keeps_nothing"]
    for key in keys:
        assert isinstance(memory_facts.get(key), bool), f"memory_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A count is wrong. Activations are kept for each example, weights are not, and in inference two layers
  are in memory at a time.
"""  # END TEST CONFIG


def test_counts(inference_floats, training_floats):
    import torch

    for n, d, h, q in ((1, 1, 1, 1), (32, 20, 16, 10), (5, 2, 7, 9), (8, 100, 3, 2), (3, 4, 50, 4)):
        x, first, second = torch.zeros(n, d), torch.zeros(h, d), torch.zeros(q, h)
        hidden = x @ first.T
        out = hidden @ second.T
        weights = first.numel() + second.numel()
        pairs = (x.numel() + hidden.numel(), hidden.numel() + out.numel())
        assert inference_floats(n, d, h, q) == weights + max(pairs)
        values = x.numel() + hidden.numel() + out.numel()
        for name, states in (("sgd", 0), ("momentum", 1), ("adam", 2)):
            assert training_floats(n, d, h, q, name) == weights + weights + states * weights + values


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The measured number is wrong for some network, or at least one of the four statements is. What is
  shared counts once, parameters, labels and single numbers not at all.
"""  # END TEST CONFIG


def test_measured(saved_floats, memory_facts):
    import torch
    from torch import nn

    def measure(saved_floats, net, x, y, frozen=False, quiet=False):
        import torch

        if frozen:
            net[0].requires_grad_(False)
        with torch.set_grad_enabled(not quiet):
            return saved_floats(net, x, y)

    torch.manual_seed(620)
    stack = lambda act, bias, *widths: nn.Sequential(
        *[part for a, b in zip(widths, widths[1:]) for part in (nn.Linear(a, b, bias=bias), act())][:-1]
    )
    for n in (1, 2, 32):
        y = torch.zeros(n, dtype=torch.int64)
        for act, copies in ((nn.ReLU, 1), (nn.Tanh, 1), (nn.Sigmoid, 1), (nn.GELU, 2)):
            for bias in (False, True):
                for widths in ((20, 16, 10), (3, 5, 4, 2), (6, 1, 3)):
                    inner = sum(widths[1:-1])
                    expected = n * (widths[0] + copies * inner + widths[-1])
                    x = torch.randn(n, widths[0])
                    assert saved_floats(stack(act, bias, *widths), x, y) == expected
        x, net = torch.randn(n, 20).double(), stack(nn.ReLU, False, 20, 16, 10).double()
        full = saved_floats(net, x, y)
        assert full == n * 46
        # without gradients for the first layer its input is not kept; without any, nothing is
        frozen = inside(measure)(saved_floats, net, x, y, frozen=True)
        assert frozen == full - n * 20
        quiet = inside(measure)(saved_floats, net, x, y, quiet=True)
    # the same hidden value with other weights behind it: their gradient needs the value itself
    h = torch.tensor([[1.0], [2.0]])
    w = torch.ones(1, 1, requires_grad=True)
    needs = torch.autograd.grad((h[:1] @ w).sum(), w)[0] != torch.autograd.grad((h[1:] @ w).sum(), w)[0]
    train = lambda n, d, h, q, copies: copies * h * (d + q) + n * (d + h + q)
    assert memory_facts["batch_doubles_all"] is (train(64, 20, 16, 10, 2) == 2 * train(32, 20, 16, 10, 2))
    assert memory_facts["hidden_values_can_go"] is (not bool(needs))
    large = train(1, 1000, 1000, 10, 4) > 3 * (1000 * 1010 + 2000)
    assert memory_facts["adam_takes_three_times"] is large
    assert memory_facts["no_grad_keeps_nothing"] is (quiet == 0)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-7.11"
# # BEGIN QUESTION
# name: q14_checkpointing
# points: 5

# %% [markdown]
# ## 14. Fifty layers with the memory of ten
#
# A network of $K$ layers computes $h_1, \dots, h_K$ from $h_0 = x$. The backward pass needs all of them, but they do
# not fit into memory. **Gradient checkpointing** keeps every $c$-th value in the forward pass, the *checkpoints*
# $h_c, h_{2c}, \dots$ below $h_K$. The backward pass goes from segment to segment, last one first: compute the values
# of the segment anew from its checkpoint, go back through it, drop them.
#
# Layers are objects with two methods. `layer.forward(h)` returns the next value; `layer.backward(h, slope)` takes the
# value that **entered** the layer and the derivative of the loss with respect to its output, and returns the pair of
# the gradient of its parameters and the derivative with respect to `h`.
#
# - `checkpointed_gradients(layers, x, loss_slope, every)`: the list of the parameters' gradients, first layer first.
#   `loss_slope(h)` gives the derivative of the loss with respect to the last value. `every` is $c \ge 1$; $K \ge 1$
#   need not be a multiple of it. You may call `forward` at most $2K$ times in all. At no time may more values
#   $h_k$ be alive than the count below says, plus three; the input $x$ and the derivatives are left out. So do not
#   keep a name for a value that you no longer need: the values of one segment must be gone before those of the next
#   are there.
# - `peak_values(depth, every)`: the count: the number of checkpoints, plus the $c - 1$ values inside a full segment.
#   An integer, for $1 \le c \le K$. For $K = 9$ and $c = 3$ the checkpoints are $h_3$ and $h_6$, so it is
#   $2 + 2 = 4$.
# - `best_every(depth)`: the smallest $c$ for which this count is as small as it can be, an integer.


# %% [raw]
# # BEGIN SOLUTION
# %%
def checkpointed_gradients(layers, x, loss_slope, every):
    """Gradients of the layers' parameters, first layer first, with only every so-many-th value kept."""
    # BEGIN SOLUTION
    checkpoints, h = [], x
    for k, layer in enumerate(layers):
        if k % every == 0:
            checkpoints.append(h)
        h = layer.forward(h)
    slope = loss_slope(h)
    gradients = []
    for start in reversed(range(0, len(layers), every)):
        segment = layers[start : start + every]
        entered = [checkpoints.pop()]
        for layer in segment[:-1]:
            entered.append(layer.forward(entered[-1]))
        for layer in reversed(segment):
            gradient, slope = layer.backward(entered.pop(), slope)
            gradients.insert(0, gradient)
    return gradients
    # END SOLUTION


def peak_values(depth, every):
    """Checkpoints plus the inner values of a full segment, an int."""
    # BEGIN SOLUTION
    return (depth - 1) // every + every - 1
    # END SOLUTION


def best_every(depth):
    """Smallest distance of checkpoints with the smallest count, an int."""
    # BEGIN SOLUTION
    return min(range(1, depth + 1), key=lambda every: peak_values(depth, every))
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Three layers that double have the gradients 4 x, 4 x, 4 x for the loss f; nine layers with every third
  value kept hold 4.
"""  # END TEST CONFIG


def test_three_layers(checkpointed_gradients, peak_values, best_every):
    class Scale:
        def __init__(self, weight):
            self.weight = weight

        def forward(self, h):
            return self.weight * h

        def backward(self, h, slope):
            return slope * h, slope * self.weight

    got = checkpointed_gradients([Scale(2.0), Scale(2.0), Scale(2.0)], 5.0, lambda h: 1.0, 2)
    assert got is not None, "checkpointed_gradients(...) returned None: expected a list"
    assert len(got) == 3, f"expected one gradient per layer, 3, got {len(got)}"
    assert list(got) == [20, 20, 20], f"expected [20, 20, 20], got {got}"
    got = peak_values(9, 3)
    assert got is not None, "peak_values(9, 3) returned None: expected an integer"
    assert got == 4, f"peak_values(9, 3): expected 4, got {got}"
    got = best_every(1)
    assert got is not None, "best_every(1) returned None: expected an integer"
    assert got == 1, f"best_every(1): expected 1, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: Some gradient is wrong. Each layer's backward needs the value that entered this layer, not a checkpoint
  before it, and the last segment may be short.
"""  # END TEST CONFIG


def test_gradients_against_autograd(checkpointed_gradients):
    import numpy as np
    import torch

    class Layer:
        def __init__(self, weight):
            self.weight = weight

        def forward(self, h):
            import numpy as np

            return np.tanh(self.weight @ h)

        def backward(self, h, slope):
            import numpy as np

            inner = slope * (1 - np.tanh(self.weight @ h) ** 2)
            return np.outer(inner, h), self.weight.T @ inner

    rng = np.random.default_rng(621)
    for depth in (1, 2, 7, 23, 50):
        weights = [rng.normal(size=(3, 3)) * 0.8 for _ in range(depth)]
        x = rng.normal(size=3)
        free = [torch.tensor(w, requires_grad=True) for w in weights]
        h = torch.tensor(x)
        for w in free:
            h = torch.tanh(w @ h)
        expected = torch.autograd.grad((h**2).sum(), free)
        layers = [Layer(w) for w in weights]
        for every in {1, 5, min(depth, 10), depth, depth + 3}:
            got = checkpointed_gradients(layers, x, lambda h: 2 * h, every)
            assert len(got) == depth
            for g, e in zip(got, expected):
                # the same operations as autograd's, up to their order
                assert np.allclose(g, e.numpy(), rtol=1e-9, atol=1e-14)


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: Too many values are alive at once, or forward is called too often. Which names still hold values when a
  new segment begins?
"""  # END TEST CONFIG


def test_memory_and_calls(checkpointed_gradients):
    def watch(checkpointed_gradients, depth, every):
        import weakref

        class Value:
            def __init__(self, number):
                self.number = number

        alive, counts = weakref.WeakSet(), {"calls": 0, "peak": 0}

        class Layer:
            def forward(self, h):
                counts["calls"] += 1
                result = Value(h.number + 1)
                alive.add(result)
                counts["peak"] = max(counts["peak"], len(alive))
                return result

            def backward(self, h, slope):
                return h.number, slope

        got = checkpointed_gradients([Layer() for _ in range(depth)], Value(0), lambda h: h.number, every)
        return got, counts["calls"], counts["peak"]

    for depth, every in ((50, 10), (50, 5), (50, 25), (50, 1), (23, 5), (49, 7), (64, 8), (10, 10)):
        got, calls, peak = inside(watch)(checkpointed_gradients, depth, every)
        checkpoints = len(range(every, depth, every))
        # tidy answers are one or two above the count, one that keeps a whole segment too long is c - 1 above
        assert list(got) == list(range(depth)) and calls <= 2 * depth
        assert peak <= checkpoints + every - 1 + 3


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The count or the best distance is wrong for some depth. The last value is no checkpoint.
"""  # END TEST CONFIG


def test_counts(peak_values, best_every):
    for depth in [*range(1, 31), 50, 100, 101]:
        counts = []
        for every in range(1, depth + 1):
            kept = {k for k in range(1, depth) if k % every == 0}
            inner = set(range(1, every))
            counts.append(len(kept) + len(inner))
            assert peak_values(depth, every) == counts[-1]
        assert best_every(depth) == counts.index(min(counts)) + 1


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_checkpoints():
    figure, axis = plt.subplots(figsize=(6, 3))
    for depth in (25, 50, 100):
        counts = [peak_values(depth, every) for every in range(1, depth + 1)]
        axis.plot(range(1, depth + 1), counts, label=f"{depth} layers")
        axis.plot(best_every(depth), min(counts), "ko", markersize=4)
    axis.set(xlabel="distance of the checkpoints", ylabel="values in memory")
    axis.legend()
    figure.tight_layout()


show(draw_checkpoints)

# %% [raw] sources="d2l-4.7-5"
# # BEGIN QUESTION
# name: q15_two_devices
# points: 5

# %% [markdown]
# ## 15. Too large for one device
#
# The graph of a network does not fit on one device. One way out is to put the first layers on one device and the rest
# on another. Activations travel forward over the border, derivatives travel back; the graph does not travel.
#
# - `two_stage_gradients(first, second, x, y, loss)`: the gradients of `loss(second(first(x)), y)` with respect to the
#   parameters of `first`, then of `second`, one list of tensors. `second` may be called only with a copy of the
#   activations that has no graph behind it (`grad_fn` is `None`). Both modules have parameters; nothing is written to
#   the parameters' `.grad`.
# - `accumulated_gradients(net, loss_sum, x, y, chunk)`: the middle way. `net` sees at most `chunk` rows at a time, and
#   each row once; `loss_sum(output, y)` is the **sum** of the losses of the rows. Return the gradients of the **mean**
#   loss over all rows of `x`, a list of tensors. The last chunk may be shorter. Nothing is written to `.grad`.
# - `remedies(weights, per_example, batch, memory, devices)`: which remedies make the training fit? A network takes
#   `weights` GB for its weights and `per_example` GB for the graph of each example. Each of the `devices` has `memory`
#   GB, and exactly full is allowed. All numbers are integers. Return the set of those of these names that help:
#   - `"data_parallel"`: each device holds all weights, and the graph of its share of the batch, at most
#     $\lceil \text{batch} / \text{devices} \rceil$ examples;
#   - `"smaller_batch"`: one device, one example at a time (with or without accumulation);
#   - `"split_layers"`: each device holds an equal share of the weights and of the graph of the whole batch;
#   - `"split_and_accumulate"`: the same, with one example at a time.
# - `idle_share(stages, chunks)`: a network is split into `stages` stages of equal length, the batch into `chunks`. A
#   stage needs one tick for a chunk, and gets it when the stage before is done with it. From the first tick to the
#   last, which share of the ticks of all stages is idle? Forward pass only; a float. Two stages and one chunk: one
#   half.
#
# Then set each entry of `split_facts` to `True` or `False`.
#
# - `"splitting_layers_changes_gradient"`: the gradient of a batch depends on where the network is split.
# - `"smaller_batch_is_noisier"`: the gradient of a smaller random batch scatters more.
# - `"accumulation_equals_batch"`: without layers that couple the examples, accumulation gives the gradient of the whole
#   batch.
# - `"batch_norm_accumulates"`: that also holds with batch normalisation in training mode.
# - `"more_chunks_less_idle"`: with more chunks, a smaller share of the ticks is idle.
# - `"data_parallel_shrinks_weights"`: data parallelism helps if the weights alone are too large for a device.


# %% [raw]
# # BEGIN SOLUTION
# %%
def two_stage_gradients(first, second, x, y, loss):
    """Gradients for the parameters of first, then of second; second gets activations without a graph."""
    # BEGIN SOLUTION
    sent = first(x)
    received = sent.detach().requires_grad_()
    value = loss(second(received), y)
    border, *behind = torch.autograd.grad(value, [received, *second.parameters()])
    return [*torch.autograd.grad(sent, list(first.parameters()), border), *behind]
    # END SOLUTION


def accumulated_gradients(net, loss_sum, x, y, chunk):
    """Gradients of the mean loss over all rows, at most chunk rows at a time; a list of tensors."""
    # BEGIN SOLUTION
    parameters = list(net.parameters())
    totals = [torch.zeros_like(p) for p in parameters]
    for rows, targets in zip(x.split(chunk), y.split(chunk)):
        share = loss_sum(net(rows), targets) / len(x)
        totals = [total + g for total, g in zip(totals, torch.autograd.grad(share, parameters))]
    return totals
    # END SOLUTION


def remedies(weights, per_example, batch, memory, devices):
    """The set of names of the remedies that make the training fit."""
    # BEGIN SOLUTION
    needs = {
        "data_parallel": weights + math.ceil(batch / devices) * per_example,
        "smaller_batch": weights + per_example,
        "split_layers": (weights + batch * per_example) / devices,
        "split_and_accumulate": (weights + per_example) / devices,
    }
    return {name for name, need in needs.items() if need <= memory}
    # END SOLUTION


def idle_share(stages, chunks):
    """Share of idle ticks of a pipeline, a float."""
    # BEGIN SOLUTION
    return (stages - 1) / (chunks + stages - 1)
    # END SOLUTION


split_facts = {}
split_facts["splitting_layers_changes_gradient"] = False  # SOLUTION
split_facts["smaller_batch_is_noisier"] = True  # SOLUTION
split_facts["accumulation_equals_batch"] = True  # SOLUTION
split_facts["batch_norm_accumulates"] = False  # SOLUTION
split_facts["more_chunks_less_idle"] = True  # SOLUTION
split_facts["data_parallel_shrinks_weights"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Two stages that multiply by 2 and by 3 have, for x = 1 and the loss f, the gradients 3 and 2; two
  stages and one chunk are idle for half of the ticks; split_facts holds six booleans.
"""  # END TEST CONFIG


def test_two_numbers(two_stage_gradients, accumulated_gradients, remedies, idle_share, split_facts):
    import torch

    def scale(weight):
        module = torch.nn.Linear(1, 1, bias=False).double()
        module.load_state_dict({"weight": torch.tensor([[weight]], dtype=torch.float64)})
        return module

    one = torch.ones(1, 1, dtype=torch.float64)
    got = two_stage_gradients(scale(2.0), scale(3.0), one, one, lambda f, y: f.sum())
    assert got is not None, "two_stage_gradients(...) returned None: expected a list of tensors"
    assert len(got) == 2, f"two_stage_gradients: expected two gradients, got {len(got)}"
    values = [g.item() for g in got]
    assert values == [3, 2], f"two_stage_gradients: expected [3, 2], got {values}"
    got = accumulated_gradients(scale(2.0), lambda f, y: f.sum(), torch.cat([one, 3 * one]), one, 2)
    assert got is not None, "accumulated_gradients(...) returned None: expected a list of tensors"
    assert len(got) == 1 and got[0].item() == 2, f"mean over the rows 1 and 3: expected [2], got {got}"
    assert isinstance(remedies(1, 1, 1, 1, 1), (set, frozenset)), "remedies should return a set of names"
    got = idle_share(2, 1)
    assert got is not None, "idle_share(2, 1) returned None: expected a float"
    assert got == 0.5, f"idle_share(2, 1): expected 0.5, got {got}"
    keys = ["splitting_layers_changes_gradient", "smaller_batch_is_noisier", "accumulation_equals_batch"]
    assert isinstance(split_facts, dict), "split_facts should be a dictionary"
    for key in keys + ["batch_norm_accumulates", "more_chunks_less_idle", "data_parallel_shrinks_weights"]:
        assert isinstance(split_facts.get(key), bool), f"split_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The gradients of the two stages are wrong, or the second stage sees the graph of the first, or .grad is
  written. What comes back over the border?
"""  # END TEST CONFIG


def test_border(two_stage_gradients):
    import torch
    from torch import nn

    def watch(two_stage_gradients, first, second, x, y, loss):
        seen = []
        second.register_forward_hook(lambda module, args, output: seen.append(args[0].grad_fn is None))
        got = [g.detach() for g in two_stage_gradients(first, second, x, y, loss)]
        clean = all(p.grad is None for module in (first, second) for p in module.parameters())
        return got, seen, clean

    torch.manual_seed(622)
    for n, widths in ((6, (3, 5, 4, 2)), (1, (2, 2, 3, 1)), (9, (1, 7, 2, 4))):
        a, b, c, d = widths
        first = nn.Sequential(nn.Linear(a, b), nn.Tanh(), nn.Linear(b, b), nn.ReLU()).double()
        second = nn.Sequential(nn.Linear(b, c), nn.Tanh(), nn.Linear(c, d)).double()
        x, y = torch.randn(n, a, dtype=torch.float64), torch.randn(n, d, dtype=torch.float64)
        for loss in (nn.functional.mse_loss, lambda f, y: (f * y).sum().exp()):
            parameters = [*first.parameters(), *second.parameters()]
            expected = torch.autograd.grad(loss(second(first(x)), y), parameters)
            got, seen, clean = inside(watch)(two_stage_gradients, first, second, x, y, loss)
            assert seen and all(seen) and clean is True and len(got) == len(expected)
            for g, e in zip(got, expected):
                # the same operations as in one piece; sums may run in another order
                assert g.shape == e.shape and torch.allclose(g, e, rtol=1e-9, atol=1e-12)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The accumulated gradient is not that of the mean over all rows, or rows are used twice or too many at a
  time, or .grad is written. Is a short last chunk worth as much as the others?
"""  # END TEST CONFIG


def test_accumulation(accumulated_gradients):
    import torch
    from torch import nn

    def watch(accumulated_gradients, net, loss_sum, x, y, chunk):
        sizes = []
        net.register_forward_hook(lambda module, args, output: sizes.append(len(args[0])))
        got = [g.detach() for g in accumulated_gradients(net, loss_sum, x, y, chunk)]
        return got, sizes, all(p.grad is None for p in net.parameters())

    torch.manual_seed(623)
    net = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2)).double()
    for n, chunk in ((12, 5), (12, 4), (7, 1), (3, 10), (1, 1), (31, 7)):
        x, y = torch.randn(n, 3, dtype=torch.float64), torch.randn(n, 2, dtype=torch.float64)
        expected = torch.autograd.grad(((net(x) - y) ** 2).sum(dim=1).mean(), list(net.parameters()))
        got, sizes, clean = inside(watch)(accumulated_gradients, net, lambda f, y: ((f - y) ** 2).sum(), x, y, chunk)
        assert max(sizes) <= chunk and sum(sizes) == n and clean is True and len(got) == len(expected)
        for g, e in zip(got, expected):
            # float64 sums of about thirty terms
            assert g.shape == e.shape and torch.allclose(g, e, rtol=1e-9, atol=1e-12)


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: remedies or idle_share is wrong for some numbers, or at least one of the six statements is. What
  exactly does each remedy divide?
"""  # END TEST CONFIG


def test_costs_and_facts(remedies, idle_share, split_facts):
    import random

    import torch
    from torch import nn

    def fits(weights, per_example, batch, memory, devices):
        """The memory that each device needs, in devices-th parts of a GB; examples are dealt like cards."""
        hands = [0] * devices
        for example in range(batch):
            hands[example % devices] += 1
        needs = {
            "data_parallel": devices * max(weights + hand * per_example for hand in hands),
            "smaller_batch": devices * (weights + per_example),
            "split_layers": weights + sum(per_example for _ in range(batch)),
            "split_and_accumulate": weights + per_example,
        }
        return {name for name in needs if needs[name] <= devices * memory}

    draw, seen = random.Random(624), set()
    cases = [(8, 2, 4, 16, 1), (8, 2, 4, 15, 1), (8, 2, 5, 14, 2), (8, 2, 5, 13, 2), (8, 2, 5, 9, 2), (8, 2, 5, 8, 2)]
    cases += [(8, 2, 5, 10, 2), (8, 2, 5, 5, 2), (8, 2, 5, 4, 2), (20, 2, 6, 16, 2), (20, 2, 6, 15, 2)]
    cases += [tuple(draw.randint(1, top) for top in (40, 8, 20, 60, 8)) for _ in range(300)]
    for case in cases:
        expected = fits(*case)
        seen.add(frozenset(expected))
        assert remedies(*case) == expected
    assert len(seen) >= 6

    def simulate(stages, chunks):
        """Ticks in which a stage works, tick by tick, over all ticks of all stages."""
        done, ticks, busy = [0] * stages, 0, 0
        while done[-1] < chunks:
            ready = [chunks] + done[:-1]
            working = [k for k in range(stages) if done[k] < ready[k]]
            for k in working:
                done[k] += 1
            ticks, busy = ticks + 1, busy + len(working)
        return 1 - busy / (ticks * stages)

    shares = {(s, m): simulate(s, m) for s in (1, 2, 3, 8) for m in (1, 2, 5, 32)}
    for (stages, chunks), share in shares.items():
        assert abs(idle_share(stages, chunks) - share) < 1e-9

    torch.manual_seed(625)
    x, y = torch.randn(64, 3, dtype=torch.float64), torch.randn(64, 1, dtype=torch.float64)

    def gradient(net, rows):
        return torch.autograd.grad(((net(x[rows]) - y[rows]) ** 2).mean(), net[0].weight)[0]

    def in_halves_as_whole(net):
        halves = (gradient(net, slice(0, 32)) + gradient(net, slice(32, 64))) / 2
        return torch.allclose(halves, gradient(net, slice(0, 64)), rtol=0, atol=1e-9)

    plain = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    normed = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1)).double()
    scatter = {
        size: torch.stack([gradient(plain, torch.randperm(64)[:size]) for _ in range(200)]).var(dim=0).sum().item()
        for size in (4, 32)
    }
    cuts = []
    for cut in (1, 2):
        sent = plain[:cut](x)
        received = sent.detach().requires_grad_()
        border = torch.autograd.grad(((plain[cut:](received) - y) ** 2).mean(), received)[0]
        cuts.append(torch.autograd.grad(sent, plain[0].weight, border)[0])
    assert split_facts["splitting_layers_changes_gradient"] is (not torch.allclose(*cuts))
    assert split_facts["smaller_batch_is_noisier"] is (scatter[4] > scatter[32])
    assert split_facts["accumulation_equals_batch"] is in_halves_as_whole(plain)
    assert split_facts["batch_norm_accumulates"] is in_halves_as_whole(normed)
    assert split_facts["more_chunks_less_idle"] is (shares[8, 32] < shares[8, 5] < shares[8, 1])
    assert split_facts["data_parallel_shrinks_weights"] is ("data_parallel" in fits(20, 1, 8, 16, 8))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-4.7-4"
# # BEGIN QUESTION
# name: q16_second_derivatives
# points: 4

# %% [markdown]
# ## 16. Graphs of graphs
#
# For second derivatives the backward pass itself has to be recorded: with `create_graph=True` it becomes part of the
# graph, and can be differentiated again. What does that cost, and what does one get for it?
#
# - `graph_size(t)`: the number of nodes of the autograd graph of the tensor `t`: `t.grad_fn` and all nodes that can be
#   reached from it over `next_functions`, each counted once. A tensor without `grad_fn` has 0. For a leaf `a` that
#   requires a gradient, `a * a` has 2: the multiplication, and the node that collects the gradient of `a`.
# - `derivative_graphs(f, w, order)`: a list of `order + 1` integers. Let $t_0 = f(w)$, and $t_{k+1}$ the gradient with
#   respect to $w$ of the sum of the entries of $t_k$, itself differentiable. The list holds the graph sizes of
#   $t_0, \dots, t_\text{order}$. `w` is a tensor that need not require a gradient; it is not changed. All $t_k$ that
#   are asked for depend on $w$.
# - `curvature(f, w, v)`: the number $v^\top H v$ with $H$ the Hessian of the scalar function `f` at `w`, a tensor of
#   shape `()`, without the matrix $H$: `w` and `v`, of one and the same shape, may have 100,000 entries. For
#   $f(w) = w_0^2 w_1$, $w = (1, 2)$ and $v = (1, 1)$ it is $4 + 2 \cdot 2 + 0 = 8$.
# - `hessian_bytes(widths)`: bytes of the full Hessian of a fully connected network with biases in float32 (4 bytes per
#   number), an exact integer; `widths` are the numbers of units from the inputs to the outputs. `[1, 1]` has two
#   parameters, so `16`.
#
# Then set each entry of `second_facts` to `True` or `False`.
#
# - `"relu_output_has_no_curvature"`: away from its joints, the output of a ReLU network has second derivatives 0 with
#   respect to the input.
# - `"relu_loss_has_no_curvature"`: hence the Hessian of the squared error of a ReLU network with respect to its
#   parameters is 0, too.
# - `"gradient_graph_is_larger"`: for the loss `(w ** 3).sum()`, the graph of the gradient, taken with
#   `create_graph=True`, has more nodes than that of the loss.
# - `"million_parameters_fit"`: the Hessian for $10^6$ parameters in float32 fits into 80 GB.
# - `"plain_backward_is_enough"`: after `loss.backward()`, without further arguments, `w.grad` can be differentiated.


# %% [raw]
# # BEGIN SOLUTION
# %%
def graph_size(t):
    """Number of autograd nodes behind the tensor t, an int."""
    # BEGIN SOLUTION
    seen, waiting = set(), [t.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            waiting += [source for source, _ in node.next_functions]
    return len(seen)
    # END SOLUTION


def derivative_graphs(f, w, order):
    """Graph sizes of f(w) and of its repeated derivatives, a list of order + 1 ints."""
    # BEGIN SOLUTION
    point = w.detach().requires_grad_()
    t = f(point)
    sizes = [graph_size(t)]
    for _ in range(order):
        (t,) = torch.autograd.grad(t.sum(), point, create_graph=True)
        sizes.append(graph_size(t))
    return sizes
    # END SOLUTION


def curvature(f, w, v):
    """Second derivative of f at w along v, a tensor of shape ()."""
    # BEGIN SOLUTION
    point = w.detach().requires_grad_()
    (slope,) = torch.autograd.grad(f(point), point, create_graph=True)
    return (torch.autograd.grad((slope * v).sum(), point)[0] * v).sum()
    # END SOLUTION


def hessian_bytes(widths):
    """Bytes of the Hessian of a fully connected network with biases, float32; an int."""
    # BEGIN SOLUTION
    parameters = sum((before + 1) * after for before, after in zip(widths, widths[1:]))
    return 4 * parameters**2
    # END SOLUTION


second_facts = {}
second_facts["relu_output_has_no_curvature"] = True  # SOLUTION
second_facts["relu_loss_has_no_curvature"] = False  # SOLUTION
second_facts["gradient_graph_is_larger"] = True  # SOLUTION
second_facts["million_parameters_fit"] = False  # SOLUTION
second_facts["plain_backward_is_enough"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: w0^2 w1 at (1, 2) has the curvature 8 along (1, 1); the graph of a * a has two nodes; second_facts
  holds five booleans.
"""  # END TEST CONFIG


def test_small_graphs(graph_size, derivative_graphs, curvature, hessian_bytes, second_facts):
    import torch

    got = graph_size(torch.ones(2))
    assert got is not None, "graph_size(...) returned None: expected an integer"
    assert got == 0, f"graph_size of a tensor without a graph: expected 0, got {got}"
    got = derivative_graphs(lambda a: a * a, torch.ones(()), 0)
    assert got is not None, "derivative_graphs(...) returned None: expected a list of integers"
    assert list(got) == [2], f"derivative_graphs of a * a, order 0: expected [2], got {got}"
    got = curvature(lambda w: w[0] ** 2 * w[1], torch.tensor([1.0, 2.0]), torch.ones(2))
    assert isinstance(got, torch.Tensor) and got.shape == (), "curvature should return a tensor of shape ()"
    assert abs(got.item() - 8) < 1e-5, f"curvature: expected 8, got {got.item()}"
    got = hessian_bytes([1, 1])
    assert got is not None, "hessian_bytes([1, 1]) returned None: expected an integer"
    assert got == 16, f"hessian_bytes([1, 1]): expected 16, got {got}"
    keys = ["relu_output_has_no_curvature", "relu_loss_has_no_curvature", "gradient_graph_is_larger"]
    assert isinstance(second_facts, dict), "second_facts should be a dictionary"
    for key in keys + ["million_parameters_fit", "plain_backward_is_enough"]:
        assert isinstance(second_facts.get(key), bool), f"second_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: A graph has another number of nodes. Shared nodes count once, and each derivative has to be recorded.
"""  # END TEST CONFIG


def test_graphs(graph_size, derivative_graphs):
    def sizes(graph_size):
        import torch

        a, b = torch.tensor(2.0, requires_grad=True), torch.tensor(3.0, requires_grad=True)
        c = a * b
        doubled = a
        for _ in range(40):
            doubled = doubled + doubled
        return [graph_size(t) for t in (a.detach(), a, a.sin(), c, c * c + c, c + a.exp(), a * 2.0, doubled)]

    # by hand: one node per operation, and one for each leaf that is reached
    assert inside(sizes)(graph_size) == [0, 0, 2, 3, 5, 5, 2, 41]

    def count(derivative_graphs, f, w, order):
        got = derivative_graphs(f, w, order)
        return list(got), w.requires_grad, w.grad is None

    import torch

    def nodes(t, seen):
        if t is not None and t not in seen:
            seen.add(t)
            for source, _ in t.next_functions:
                nodes(source, seen)
        return seen

    chain = lambda w: (torch.tanh(torch.tanh(w) * 2) * w).sum()
    for f, w in ((chain, torch.ones(3)), (lambda w: w**4, torch.tensor(1.5)), (lambda w: w.exp().sin(), torch.ones(2))):
        for order in (0, 1, 3):
            point = w.clone().requires_grad_()
            t = f(point)
            expected = [len(nodes(t.grad_fn, set()))]
            for _ in range(order):
                t = torch.autograd.grad(t.sum(), point, create_graph=True)[0]
                expected.append(len(nodes(t.grad_fn, set())))
            assert inside(count)(derivative_graphs, f, w, order) == (expected, False, True)


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The curvature or a number of bytes is wrong, w is changed, or at least one of the five statements is
  decided wrongly.
"""  # END TEST CONFIG


def test_curvature_and_facts(curvature, hessian_bytes, second_facts):
    import torch
    from torch import nn

    generator = torch.Generator().manual_seed(626)
    normal = lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)
    a = normal(12, 12)

    def f(w):
        import torch

        flat = w.reshape(-1)
        return torch.log(torch.cosh(a[: len(flat), : len(flat)] @ flat)).sum() + (flat**3).sum() * flat[0]

    for shape in ((1,), (6,), (3, 4)):
        w, v = normal(*shape), normal(*shape)
        size = w.numel()
        hessian = torch.autograd.functional.hessian(f, w).reshape(size, size)
        got = curvature(f, w, v)
        # float64, sums of 144 terms
        assert got.shape == () and torch.allclose(got, v.reshape(-1) @ hessian @ v.reshape(-1), rtol=1e-9, atol=1e-9)
    w, v = normal(100_000), normal(100_000)
    got = curvature(lambda w: (w[1:] * w[:-1] ** 2).sum(), w, v)
    expected = (2 * w[1:] * v[:-1] ** 2 + 4 * w[:-1] * v[:-1] * v[1:]).sum()
    assert torch.allclose(got, expected, rtol=1e-9, atol=1e-6)

    def untouched(curvature):
        import torch

        w = torch.tensor([1.0, 2.0])
        curvature(lambda w: (w**3).sum(), w, torch.ones(2))
        return w.requires_grad, w.grad is None

    assert inside(untouched)(curvature) == (False, True)
    for widths in ([1, 1], [3, 2], [4, 5, 3], [10, 40, 40, 5], [2, 1, 1, 2]):
        net = nn.Sequential(*[nn.Linear(d, e) for d, e in zip(widths, widths[1:])])
        count = sum(p.numel() for p in net.parameters())
        assert hessian_bytes(widths) == torch.empty(0, dtype=torch.float32).element_size() * count * count
    assert hessian_bytes([999_999, 1]) == 4 * 10**12 and isinstance(hessian_bytes([999_999, 1]), int)

    torch.manual_seed(627)
    net = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 1)).double()
    by_input = torch.autograd.functional.hessian(lambda x: net(x).sum(), normal(3))
    first, x = normal(4, 3), normal(3)
    hidden = lambda w: (torch.relu(w @ x).sum() - 1) ** 2
    by_weights = torch.autograd.functional.hessian(hidden, first)
    w = torch.ones(2, requires_grad=True)
    loss = (w**3).sum()
    again = torch.autograd.grad((w**3).sum(), w, create_graph=True)[0]
    loss.backward()
    reach = lambda node: {node}.union(*(reach(n) for n, _ in node.next_functions if n is not None))
    assert second_facts["relu_output_has_no_curvature"] is (by_input.abs().max().item() == 0)
    assert second_facts["relu_loss_has_no_curvature"] is (by_weights.abs().max().item() == 0)
    assert second_facts["gradient_graph_is_larger"] is (len(reach(again.grad_fn)) > len(reach(loss.grad_fn)))
    assert second_facts["million_parameters_fit"] is (4 * (10**6) ** 2 <= 80 * 10**9)
    assert second_facts["plain_backward_is_enough"] is (w.grad.grad_fn is not None)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-7.14"
# # BEGIN QUESTION
# name: q17_relu_moment
# points: 4

# %% [markdown]
# ## 17. What a ReLU does to the second moment
#
# Good starting values keep the size of the activations the same from layer to layer. So one has to know what a ReLU
# does to it. Let $a$ be a random number with mean 0 and variance $s^2$ whose density is symmetric about 0, and
# $b = \max(0, a)$. Show that $\mathbb{E}[b^2] = s^2 / 2$: split the integral of $a^2 p(a)$ at 0. Then write
#
# - `relu_moments(pdf, low, high)`: the triple $(\mathbb{E}[b], \mathbb{E}[b^2], \operatorname{Var}[b])$ of floats for
#   **any** density, symmetric or not, by numerical integration. `pdf` takes an array and returns the density at its
#   entries; it is 0 outside of the interval from `low` to `high` (finite, `low < high`; 0 may lie outside of it).
#   Right to $10^{-5}$, for densities that are smooth between `low` and `high` but for a corner or a jump at 0;
# - `gaussian_relu(s)`: the same triple for a normal distribution with mean 0 and standard deviation `s`, by formulas;
# - `counterexample()`: a distribution on finitely many numbers, as a pair `(values, probabilities)` of arrays, with
#   mean 0 and variance 1, for which $\mathbb{E}[b^2]$ differs from $\tfrac12$ by more than $0.1$.
#
# For the uniform density on $[-1, 1]$ the triple is $\tfrac14, \tfrac16, \tfrac16 - \tfrac1{16}$.
#
# Then set each entry of `moment_facts` to `True` or `False`.
#
# - `"variance_halves"`: for a normal distribution with mean 0, $\operatorname{Var}[b]$ is half of
#   $\operatorname{Var}[a]$.
# - `"mean_zero_is_enough"`: $\mathbb{E}[b^2] = s^2 / 2$ whenever $a$ has mean 0 and variance $s^2$.
# - `"bell_shape_is_needed"`: for symmetric densities other than the normal one, $\mathbb{E}[b^2]$ is not $s^2 / 2$.
# - `"leaky_keeps_more"`: for the leaky ReLU with slope $\alpha$ below 0 and symmetric $a$, the second moment is
#   $(1 + \alpha^2)\, s^2 / 2$.
# - `"two_over_width"`: independent weights, symmetric about 0 and with variance $2 / D$ for $D$ inputs, keep the
#   expected square of the pre-activations from one ReLU layer to the next (biases 0).


# %% [raw]
# # BEGIN SOLUTION
# %%
def relu_moments(pdf, low, high):
    """Mean, second moment and variance of max(0, a) for a density on (low, high), three floats."""
    # BEGIN SOLUTION
    edges = np.linspace(max(low, 0), max(high, 0), 100_001)
    a = (edges[1:] + edges[:-1]) / 2
    mass = pdf(a) * np.diff(edges)
    mean, second = float((mass * a).sum()), float((mass * a**2).sum())
    return mean, second, second - mean**2
    # END SOLUTION


def gaussian_relu(s):
    """Mean, second moment and variance of max(0, a) for a normal a with standard deviation s, three floats."""
    # BEGIN SOLUTION
    mean, second = s / math.sqrt(2 * math.pi), s**2 / 2
    return mean, second, second - mean**2
    # END SOLUTION


def counterexample():
    """Values and probabilities with mean 0 and variance 1, for which the second moment is not halved."""
    # BEGIN SOLUTION
    return np.array([2.0, -0.5]), np.array([0.2, 0.8])
    # END SOLUTION


moment_facts = {}
moment_facts["variance_halves"] = False  # SOLUTION
moment_facts["mean_zero_is_enough"] = False  # SOLUTION
moment_facts["bell_shape_is_needed"] = False  # SOLUTION
moment_facts["leaky_keeps_more"] = True  # SOLUTION
moment_facts["two_over_width"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For the uniform density on [-1, 1] the triple is 1/4, 1/6, 1/6 - 1/16; moment_facts holds five
  booleans.
"""  # END TEST CONFIG


def test_uniform(relu_moments, gaussian_relu, counterexample, moment_facts):
    import numpy as np

    got = relu_moments(lambda a: 0.5 + 0 * a, -1.0, 1.0)
    assert got is not None, "relu_moments(...) returned None: expected three floats"
    assert np.shape(got) == (3,), f"relu_moments: expected three floats, got {got}"
    assert np.allclose(got, [1 / 4, 1 / 6, 1 / 6 - 1 / 16], atol=1e-5), f"expected 1/4, 1/6, 5/48, got {got}"
    got = gaussian_relu(1.0)
    assert got is not None, "gaussian_relu(1.0) returned None: expected three floats"
    assert np.shape(got) == (3,), f"gaussian_relu: expected three floats, got {got}"
    got = counterexample()
    assert got is not None, "counterexample() returned None: expected (values, probabilities)"
    assert len(got) == 2 and np.shape(got[0]) == np.shape(got[1]), "values and probabilities should have one shape"
    keys = ["variance_halves", "mean_zero_is_enough", "bell_shape_is_needed", "leaky_keeps_more", "two_over_width"]
    assert isinstance(moment_facts, dict), "moment_facts should be a dictionary"
    for key in keys:
        assert isinstance(moment_facts.get(key), bool), f"moment_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: A moment is wrong for some density. Not every density is symmetric, the negative side becomes 0, and b
  has a mean of its own.
"""  # END TEST CONFIG


def test_densities(relu_moments, gaussian_relu):
    import math

    import numpy as np

    root = math.sqrt
    for s in (0.3, 1.0, 5.0):
        normal = lambda a, s=s: np.exp(-0.5 * (a / s) ** 2) / (s * root(2 * math.pi))
        laplace = lambda a, s=s: np.exp(-root(2) * np.abs(a) / s) / (root(2) * s)
        triangle = lambda a, s=s: (root(6) * s - np.abs(a)) / (6 * s * s)
        for pdf, high in ((normal, 9 * s), (laplace, 25 * s), (triangle, root(6) * s)):
            _, second, _ = got = relu_moments(pdf, -high, high)
            assert abs(second - s * s / 2) < 1e-5
            assert abs(got[2] - (second - got[0] ** 2)) < 1e-9
        # the half-normal distribution: E|a| = s sqrt(2 / pi), and b is |a| half of the time
        mean = s * root(2 / math.pi) / 2
        expected = mean, s * s / 2, s * s / 2 - mean**2
        assert np.allclose(gaussian_relu(s), expected, rtol=1e-9, atol=0)
        assert np.allclose(relu_moments(normal, -9 * s, 9 * s), expected, rtol=0, atol=1e-5)
    # lopsided densities, with moments by antiderivatives
    shifted = relu_moments(lambda a: np.exp(-(a + 1)), -1.0, 40.0)
    assert np.allclose(shifted, [1 / math.e, 2 / math.e, 2 / math.e - math.e**-2], rtol=0, atol=1e-5)
    assert np.allclose(relu_moments(lambda a: a / 4, 1.0, 3.0), [13 / 6, 5, 5 - (13 / 6) ** 2], rtol=0, atol=1e-5)
    assert np.allclose(relu_moments(lambda a: 0 * a + 0.5, -3.0, -1.0), 0, rtol=0, atol=1e-12)


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The counterexample has not the asked moments, or at least one of the five statements is decided
  wrongly.
"""  # END TEST CONFIG


def test_counterexample_and_facts(counterexample, moment_facts):
    import math

    import numpy as np

    values, probabilities = (np.asarray(part, dtype=float) for part in counterexample())
    assert (probabilities >= 0).all() and abs(probabilities.sum() - 1) < 1e-9
    assert abs(probabilities @ values) < 1e-9 and abs(probabilities @ values**2 - 1) < 1e-9
    kept = probabilities @ np.maximum(values, 0) ** 2
    assert abs(kept - 0.5) > 0.1

    edges = np.linspace(-12, 12, 240_001)
    a = (edges[1:] + edges[:-1]) / 2
    b = np.maximum(a, 0)

    def moments(pdf):
        mass = pdf(a) / pdf(a).sum()
        spread = mass @ a**2
        return (
            (mass @ b**2 - (mass @ b) ** 2) / spread,
            mass @ b**2 / spread,
            mass @ np.where(a > 0, a, 0.3 * a) ** 2 / spread,
        )

    bell, flat = moments(lambda a: np.exp(-(a**2) / 2)), moments(lambda a: (np.abs(a) < 2) + 0.0)
    assert moment_facts["variance_halves"] is bool(abs(bell[0] - 0.5) < 1e-3)
    assert moment_facts["mean_zero_is_enough"] is bool(abs(kept - 0.5) < 1e-3)
    assert moment_facts["bell_shape_is_needed"] is bool(abs(flat[1] - 0.5) > 1e-3)
    assert moment_facts["leaky_keeps_more"] is bool(abs(flat[2] - (1 + 0.09) / 2) < 1e-3)
    # 20,000 units of 100 inputs: the ratio scatters by about one per cent
    rng = np.random.default_rng(628)
    before = rng.normal(size=100)
    hidden = np.maximum(rng.normal(size=(20_000, 100)) * math.sqrt(2 / 100) @ before, 0)
    ratio = (hidden**2).mean() * 2 / (before**2).mean()
    assert moment_facts["two_over_width"] is bool(0.9 < ratio / 2 < 1.1)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [markdown]
# One function is given: plain gradient descent on any list of tensors.


# %%
def descend(parameters, loss, lr, steps):
    """The tensors after so many steps of gradient descent; loss maps a list of tensors to a scalar tensor."""
    for _ in range(steps):
        free = [p.detach().requires_grad_() for p in parameters]
        parameters = [p.detach() - lr * g for p, g in zip(free, torch.autograd.grad(loss(free), free))]
    return parameters


# %% [raw] sources="udl-7.15 d2l-4.8-2"
# # BEGIN QUESTION
# name: q18_equal_starts
# points: 6

# %% [markdown]
# ## 18. Starting all parameters at one value
#
# What happens if every weight and every bias starts at zero, or at some other common value? It depends on whether
# there is a hidden layer. Data and parameters are float64 tensors, training is plain gradient descent on all examples
# (you may use `descend` from the cell above).
#
# - `train_network(widths, act, start, x, y, lr, steps)`: a fully connected network with the numbers of units `widths`,
#   inputs first; `act` acts on each hidden layer, the output has none. All parameters start at `start`. The loss is the
#   mean of $(f - y)^2$ over all entries. Return the lists `(omegas, betas)` after `steps` steps, first layer first,
#   `omegas[k]` of shape `(D_{k+1}, D_k)`, without gradients. `x` is `(N, D_0)`; `y` has a row for each example and a
#   column for each output.
# - `train_linear(x, y, start, lr, steps)`: linear regression without a bias, mean of $(x_i \cdot w - y_i)^2$; returns
#   `w` of shape `(D,)`. `y` is `(N,)`.
# - `train_softmax(x, labels, classes, start, lam, lr, steps)`: softmax regression without a bias, logits
#   `x @ omega.T`, mean cross-entropy plus $\tfrac{\lambda}{2}$ times the sum of the squares of `omega`; returns `omega`
#   of shape `(classes, D)`. `labels` are integers of shape `(N,)`.
# - `moves`: a dictionary. For `"relu"`, `"tanh"` and `"sigmoid"`, the **set** of the names of the parameters with a
#   gradient other than zero at the **first** step, in a network with two hidden layers that starts at zero. Names are
#   `"omega0"`, `"beta0"`, `"omega1"`, `"beta1"`, `"omega2"`, `"beta2"`, input side first; the data are random.
#
# For `train_linear` with $x = (1)$, $y = (3)$, start 0, rate $0.25$ and one step: the slope is $-6$, so $w = 1.5$.
#
# Then set each entry of `start_facts` to `True` or `False`. Random data with many examples; many steps.
#
# - `"relu_learns_slowly"`: from zero, a ReLU network at last becomes better than the best constant output.
# - `"units_stay_copies"`: from 0.1 everywhere, the hidden units of a tanh network stay copies of one another.
# - `"middle_weights_rank_one"`: from zero, sigmoid, two hidden layers: after training, the weights between the hidden
#   layers form a matrix of rank 1.
# - `"minibatches_break_ties"`: if each step uses another random mini-batch, the copies drift apart.
# - `"linear_needs_random_start"`: linear regression reaches the best weights only from a random start.
# - `"softmax_keeps_equal_rows"`: softmax regression that starts at a constant has equal rows of weights for ever.


# %% [raw]
# # BEGIN SOLUTION
# %%
def train_network(widths, act, start, x, y, lr, steps):
    """Parameters (omegas, betas) of a network after training from one common value."""

    # BEGIN SOLUTION
    def loss(parameters):
        h = x
        for omega, beta in zip(parameters[::2], parameters[1::2]):
            f = h @ omega.T + beta
            h = act(f)
        return ((f - y) ** 2).mean()

    shapes = [shape for d, e in zip(widths, widths[1:]) for shape in ((e, d), (e,))]
    parameters = descend([torch.full(shape, start, dtype=x.dtype) for shape in shapes], loss, lr, steps)
    return parameters[::2], parameters[1::2]
    # END SOLUTION


def train_linear(x, y, start, lr, steps):
    """Weights (D,) of a linear regression without bias, from one common value."""
    # BEGIN SOLUTION
    start = torch.full((x.shape[1],), start, dtype=x.dtype)
    return descend([start], lambda parameters: ((x @ parameters[0] - y) ** 2).mean(), lr, steps)[0]
    # END SOLUTION


def train_softmax(x, labels, classes, start, lam, lr, steps):
    """Weights (classes, D) of a penalised softmax regression without bias, from one common value."""

    # BEGIN SOLUTION
    def loss(parameters):
        (omega,) = parameters
        return nn.functional.cross_entropy(x @ omega.T, labels) + lam / 2 * (omega**2).sum()

    return descend([torch.full((classes, x.shape[1]), start, dtype=x.dtype)], loss, lr, steps)[0]
    # END SOLUTION


moves = {}
moves["relu"] = {"beta2"}  # SOLUTION
moves["tanh"] = {"beta2"}  # SOLUTION
moves["sigmoid"] = {"omega2", "beta2"}  # SOLUTION

start_facts = {}
start_facts["relu_learns_slowly"] = False  # SOLUTION
start_facts["units_stay_copies"] = True  # SOLUTION
start_facts["middle_weights_rank_one"] = True  # SOLUTION
start_facts["minibatches_break_ties"] = False  # SOLUTION
start_facts["linear_needs_random_start"] = False  # SOLUTION
start_facts["softmax_keeps_equal_rows"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1.5
failure_message: One step of linear regression on x = 1, y = 3 with the rate 0.25 leads from 0 to 1.5; moves holds three
  sets, start_facts six booleans.
"""  # END TEST CONFIG


def test_one_step(train_network, train_linear, train_softmax, moves, start_facts):
    import torch

    one = torch.ones(1, 1, dtype=torch.float64)
    got = train_linear(one, 3 * one[0], 0.0, 0.25, 1)
    assert isinstance(got, torch.Tensor), "train_linear should return a tensor of shape (D,)"
    assert tuple(got.shape) == (1,), f"train_linear: expected shape (1,), got {tuple(got.shape)}"
    assert abs(got.item() - 1.5) < 1e-9, f"train_linear: expected 1.5, got {got.item()}"
    got = train_network([1, 2, 1], torch.tanh, 0.5, one, one, 0.1, 0)
    assert got is not None, "train_network(...) returned None: expected (omegas, betas)"
    assert len(got) == 2 and len(got[0]) == len(got[1]) == 2, "train_network: expected two lists, one entry per layer"
    assert tuple(got[0][0].shape) == (2, 1), f"omegas[0]: expected shape (2, 1), got {tuple(got[0][0].shape)}"
    assert bool((got[0][0] == 0.5).all()), "after no step at all the parameters should be at the start, 0.5"
    got = train_softmax(one, torch.tensor([0]), 2, 0.0, 0.0, 1.0, 1)
    assert isinstance(got, torch.Tensor), "train_softmax should return a tensor of shape (classes, D)"
    assert tuple(got.shape) == (2, 1), f"train_softmax: expected shape (2, 1), got {tuple(got.shape)}"
    assert torch.allclose(got[:, 0], torch.tensor([0.5, -0.5]).double()), f"expected 0.5 and -0.5, got {got.tolist()}"
    assert isinstance(moves, dict), "moves should be a dictionary"
    for key in ("relu", "tanh", "sigmoid"):
        assert isinstance(moves.get(key), (set, frozenset)), f"moves[{key!r}] should be a set of names"
    assert isinstance(start_facts, dict), "start_facts should be a dictionary"
    keys = ["relu_learns_slowly", "units_stay_copies", "middle_weights_rank_one", "minibatches_break_ties"]
    for key in keys + ["linear_needs_random_start", "softmax_keeps_equal_rows"]:
        assert isinstance(start_facts.get(key), bool), f"start_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: After some steps the network differs from one that torch trains from the same start. The loss is a mean
  over all entries, and the biases start at the common value, too.
"""  # END TEST CONFIG


def test_network_against_torch(train_network):
    import torch
    from torch import nn

    torch.manual_seed(629)
    for widths, act, start in (
        ([3, 4, 2], torch.tanh, 0.1),
        ([2, 3, 5, 1], torch.relu, 0.3),
        ([4, 3, 3, 2], torch.sigmoid, 0.0),
        ([1, 1], torch.tanh, -0.2),
    ):
        x, y = torch.randn(9, widths[0]).double(), torch.randn(9, widths[-1]).double()
        layers = [nn.Linear(d, e).double() for d, e in zip(widths, widths[1:])]
        parameters = [p for layer in layers for p in layer.parameters()]
        for p in parameters:
            nn.init.constant_(p, start)
        for _ in range(12):
            h = x
            for layer in layers[:-1]:
                h = act(layer(h))
            slopes = torch.autograd.grad(nn.functional.mse_loss(layers[-1](h), y), parameters)
            with torch.no_grad():
                for p, slope in zip(parameters, slopes):
                    p -= 0.2 * slope
        omegas, betas = train_network(widths, act, start, x, y, 0.2, 12)
        assert len(omegas) == len(betas) == len(layers)
        for layer, omega, beta in zip(layers, omegas, betas):
            # float64, twelve steps of the same operations
            assert omega.shape == layer.weight.shape and torch.allclose(omega, layer.weight, rtol=1e-9, atol=1e-11)
            assert beta.shape == layer.bias.shape and torch.allclose(beta, layer.bias, rtol=1e-9, atol=1e-11)
            assert not omega.requires_grad and not beta.requires_grad


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Linear or softmax regression is off after some steps. Check the mean, the penalty, and that nothing but
  the weights is trained.
"""  # END TEST CONFIG


def test_regressions(train_linear, train_softmax):
    import torch

    torch.manual_seed(630)
    for n, d, classes in ((20, 3, 4), (7, 1, 2), (1, 5, 3)):
        x, y = torch.randn(n, d).double(), torch.randn(n).double()
        labels = torch.randint(classes, (n,))
        for start, lam, lr in ((0.0, 0.0, 0.1), (2.0, 0.3, 0.2), (-1.0, 1.0, 0.05)):
            w = torch.full((d,), start).double()
            omega = torch.full((classes, d), start).double()
            hot = torch.nn.functional.one_hot(labels, classes).double()
            for _ in range(5):
                w = w - lr * 2 * x.T @ (x @ w - y) / n
                omega = omega - lr * ((torch.softmax(x @ omega.T, dim=1) - hot).T @ x / n + lam * omega)
            got = train_linear(x, y, start, lr, 5), train_softmax(x, labels, classes, start, lam, lr, 5)
            for g, e in zip(got, (w, omega)):
                assert g.shape == e.shape and torch.allclose(g, e, rtol=1e-9, atol=1e-11) and not g.requires_grad


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: One of the three sets, or at least one of the six statements, is wrong. Train from a constant, print
  the gradients of the first step, and compare the rows afterwards.
"""  # END TEST CONFIG


def test_sets_and_facts(moves, start_facts):
    import torch

    torch.manual_seed(631)
    x, y = torch.randn(30, 3).double(), torch.randn(30, 2).double()
    names = ["omega0", "beta0", "omega1", "beta1", "omega2", "beta2"]
    shapes = [(4, 3), (4,), (4, 4), (4,), (2, 4), (2,)]

    def gradients(p, act, rows):
        h = act(act(x[rows] @ p[0].T + p[1]) @ p[2].T + p[3])
        loss = ((h @ p[4].T + p[5] - y[rows]) ** 2).mean()
        return loss.item(), torch.autograd.grad(loss, p)

    def train(act, start, size, steps=80):
        p = [torch.full(shape, start, dtype=torch.float64, requires_grad=True) for shape in shapes]
        for _ in range(steps):
            _, g = gradients(p, act, torch.randperm(30)[:size])
            p = [(a - 0.3 * b).detach().requires_grad_() for a, b in zip(p, g)]
        return [a.detach() for a in p], gradients(p, act, torch.arange(30))[0]

    for name, act in (("relu", torch.relu), ("tanh", torch.tanh), ("sigmoid", torch.sigmoid)):
        p = [torch.zeros(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]
        _, found = gradients(p, act, torch.arange(30))
        assert moves[name] == {key for key, g in zip(names, found) if g.abs().max() > 0}
    best_constant = y.var(dim=0, unbiased=False).mean().item()
    copies = lambda p: torch.allclose(p[0], p[0][:1].expand(4, 3), rtol=0, atol=1e-9)
    assert start_facts["relu_learns_slowly"] is (train(torch.relu, 0.0, 30)[1] < best_constant - 1e-3)
    assert start_facts["units_stay_copies"] is copies(train(torch.tanh, 0.1, 30)[0])
    middle = torch.linalg.svdvals(train(torch.sigmoid, 0.0, 30, 150)[0][2])
    assert start_facts["middle_weights_rank_one"] is bool(middle[1] < 1e-9 * middle[0])
    assert start_facts["minibatches_break_ties"] is (not copies(train(torch.tanh, 0.1, 5)[0]))
    # linear regression: from any constant to the solution of the normal equations
    best = torch.linalg.lstsq(x, y[:, 0]).solution
    w = torch.full((3,), 5.0, dtype=torch.float64)
    for _ in range(400):
        w = w - 0.2 * x.T @ (x @ w - y[:, 0]) / 30
    assert start_facts["linear_needs_random_start"] is (not torch.allclose(w, best, atol=1e-6))
    hot = torch.nn.functional.one_hot(torch.randint(3, (30,)), 3).double()
    step = (torch.full((30, 3), 1 / 3).double() - hot).T @ x
    assert start_facts["softmax_keeps_equal_rows"] is torch.allclose(step[0], step[1], atol=1e-6)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-4.8-1"
# # BEGIN QUESTION
# name: q19_symmetries
# points: 4

# %% [markdown]
# ## 19. Different parameters, same function
#
# The hidden units of $f(x) = \beta_1 + \Omega_1\, a(\beta_0 + \Omega_0 x)$ can be permuted without a change of the
# function. That is not the only such symmetry. Each of these functions returns **new** arrays with the same function;
# $D$ is the number of hidden units, `omega0` is `(D, D_i)`, `beta0` is `(D,)`, `omega1` is `(D_o, D)`, `beta1` is
# `(D_o,)`.
#
# - `flip_signs(omega0, beta0, omega1, signs)` for tanh: `(omega0, beta0, omega1)` with the pre-activation of unit $d$
#   multiplied by `signs[d]`, which is $1$ or $-1$.
# - `rescale(omega0, beta0, omega1, factors)` for ReLU: the same with factors of shape `(D,)`. A factor that is not
#   positive is a `ValueError`.
# - `flip_sigmoid(omega0, beta0, omega1, beta1, signs)` for the sigmoid: `(omega0, beta0, omega1, beta1)`, with
#   pre-activations multiplied by `signs`. Remember $\sigma(-z) = 1 - \sigma(z)$.
# - `mix(omega0, beta0, omega1, matrix)` for $a(z) = z$: the pre-activations become `matrix` times the old ones;
#   `matrix` is invertible, of shape `(D, D)`.
# - `shift_classes(omega1, beta1, row, number)`: `(omega1, beta1)` with `row`, of shape `(D,)`, added to the weights of
#   each output and `number` to each bias. It keeps the softmax of $f$.
# - `tanh_copies(units)`: how many settings of the parameters permutations and sign flips together make of one, if no
#   two of them are equal; an exact integer. For two units: 8.
# - `keeps`: a dictionary. For which activations does each symmetry keep the function, whatever the weights? For each of
#   `"permute"`, `"flip_signs"`, `"rescale"`, `"mix"`, `"flip_sigmoid"` the **set** of those among `"linear"`, `"relu"`,
#   `"leaky_relu"` (slope 0.1 below 0), `"tanh"` and `"sigmoid"`.
#
# For tanh with $\Omega_0 = 2$, $\beta_0 = 1$, $\Omega_1 = 3$ and the sign $-1$ the new values are $-2$, $-1$, $-3$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def flip_signs(omega0, beta0, omega1, signs):
    """New (omega0, beta0, omega1) of a tanh network, with signs of shape (D,)."""
    # BEGIN SOLUTION
    return signs[:, None] * omega0, signs * beta0, omega1 * signs
    # END SOLUTION


def rescale(omega0, beta0, omega1, factors):
    """New (omega0, beta0, omega1) of a ReLU network; ValueError unless all factors are positive."""
    # BEGIN SOLUTION
    if np.min(factors) <= 0:
        raise ValueError("factors must be positive")
    return factors[:, None] * omega0, factors * beta0, omega1 / factors
    # END SOLUTION


def flip_sigmoid(omega0, beta0, omega1, beta1, signs):
    """New (omega0, beta0, omega1, beta1) of a sigmoid network, with signs of shape (D,)."""
    # BEGIN SOLUTION
    return signs[:, None] * omega0, signs * beta0, omega1 * signs, beta1 + omega1 @ (signs < 0)
    # END SOLUTION


def mix(omega0, beta0, omega1, matrix):
    """New (omega0, beta0, omega1) of a linear network; matrix: (D, D), invertible."""
    # BEGIN SOLUTION
    return matrix @ omega0, matrix @ beta0, omega1 @ np.linalg.inv(matrix)
    # END SOLUTION


def shift_classes(omega1, beta1, row, number):
    """New (omega1, beta1) with the same softmax."""
    # BEGIN SOLUTION
    return omega1 + row, beta1 + number
    # END SOLUTION


def tanh_copies(units):
    """Number of equivalent settings by permutations and sign flips, an int."""
    # BEGIN SOLUTION
    return 2**units * math.factorial(units)
    # END SOLUTION


keeps = {}
keeps["permute"] = {"linear", "relu", "leaky_relu", "tanh", "sigmoid"}  # SOLUTION
keeps["flip_signs"] = {"linear", "tanh"}  # SOLUTION
keeps["rescale"] = {"linear", "relu", "leaky_relu"}  # SOLUTION
keeps["mix"] = {"linear"}  # SOLUTION
keeps["flip_sigmoid"] = {"sigmoid"}  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The tanh unit of the example has the new values -2, -1, -3; two units have 8 copies; keeps holds five
  sets.
"""  # END TEST CONFIG


def test_one_unit(flip_signs, rescale, flip_sigmoid, mix, shift_classes, tanh_copies, keeps):
    import numpy as np

    omega0, beta0, omega1, minus = 2 * np.ones((1, 1)), np.ones(1), 3 * np.ones((1, 1)), -np.ones(1)
    got = flip_signs(omega0, beta0, omega1, minus)
    assert got is not None, "flip_signs(...) returned None: expected (omega0, beta0, omega1)"
    assert len(got) == 3, f"flip_signs: expected three arrays, got {len(got)}"
    values = [float(np.asarray(part).reshape(-1)[0]) for part in got]
    assert values == [-2, -1, -3], f"flip_signs: expected -2, -1, -3, got {values}"
    for name, got, count in (
        ("rescale", rescale(omega0, beta0, omega1, np.ones(1)), 3),
        ("flip_sigmoid", flip_sigmoid(omega0, beta0, omega1, beta0, np.ones(1)), 4),
        ("mix", mix(omega0, beta0, omega1, np.eye(1)), 3),
        ("shift_classes", shift_classes(omega1, beta0, np.zeros(1), 0.0), 2),
    ):
        assert got is not None, f"{name}(...) returned None: expected {count} arrays"
        assert len(got) == count, f"{name}: expected {count} arrays, got {len(got)}"
    got = tanh_copies(2)
    assert got is not None, "tanh_copies(2) returned None: expected an integer"
    assert got == 8, f"tanh_copies(2): expected 8, got {got}"
    assert isinstance(keeps, dict), "keeps should be a dictionary"
    for key in ("permute", "flip_signs", "rescale", "mix", "flip_sigmoid"):
        assert isinstance(keeps.get(key), (set, frozenset)), f"keeps[{key!r}] should be a set of names"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: A symmetry changes the function, or does not change the pre-activations as asked. Biases are part of
  it, and a flipped sigmoid leaves something behind.
"""  # END TEST CONFIG


def test_functions_stay(flip_signs, rescale, flip_sigmoid, mix, shift_classes):
    import numpy as np

    sigmoid = lambda z: 1 / (1 + np.exp(-z))
    rng = np.random.default_rng(632)
    for d, d_i, d_o in ((4, 3, 2), (1, 1, 1), (3, 3, 3), (5, 2, 1)):
        omega0, beta0 = rng.normal(size=(d, d_i)), rng.normal(size=d)
        omega1, beta1 = rng.normal(size=(d_o, d)), rng.normal(size=d_o)
        x = rng.normal(size=(20, d_i)) * 2
        z = x @ omega0.T + beta0

        def same(act, new, change):
            """Whether new parameters give the changed pre-activations and the old function."""
            new = [np.asarray(part) for part in new] + [beta1][: 4 - len(new)]
            moved = x @ new[0].T + new[1]
            old, out = act(z) @ omega1.T + beta1, act(moved) @ new[2].T + new[3]
            shapes = [part.shape for part in new] == [omega0.shape, beta0.shape, omega1.shape, beta1.shape]
            # float64, a few dozen operations
            return shapes and np.allclose(moved, change, rtol=0, atol=1e-9) and np.allclose(out, old, rtol=0, atol=1e-9)

        for signs in (rng.choice([-1.0, 1.0], size=d), -np.ones(d), np.ones(d)):
            assert same(np.tanh, flip_signs(omega0, beta0, omega1, signs), z * signs)
            assert same(sigmoid, flip_sigmoid(omega0, beta0, omega1, beta1, signs), z * signs)
        factors, matrix = rng.uniform(0.2, 5, size=d), rng.normal(size=(d, d)) + 3 * np.eye(d)
        assert same(lambda z: np.maximum(z, 0), rescale(omega0, beta0, omega1, factors), z * factors)
        assert same(lambda z: z, mix(omega0, beta0, omega1, matrix), z @ matrix.T)
        row = rng.normal(size=d)
        omega2, beta2 = shift_classes(omega1, beta1, row, 2.5)
        assert np.allclose(omega2 - omega1, np.tile(row, (d_o, 1))) and np.allclose(beta2 - beta1, 2.5)
        for bad in (0.0, -1.0):
            factors[-1] = bad
            try:
                rescale(omega0, beta0, omega1, factors)
            except ValueError:
                continue
            raise AssertionError("a factor that is not positive was accepted")

    def kept(*functions):
        import numpy as np

        arrays = [np.ones((2, 2)), np.ones(2), np.ones((2, 2)), np.ones(2)]
        flip_signs, rescale, flip_sigmoid, mix, shift_classes = functions
        flip_signs(*arrays[:3], -np.ones(2))
        rescale(*arrays[:3], 2 * np.ones(2))
        flip_sigmoid(*arrays, -np.ones(2))
        mix(*arrays[:3], 2 * np.eye(2))
        shift_classes(*arrays[2:], np.ones(2), 1.0)
        return all(bool((a == 1).all()) for a in arrays)

    assert inside(kept)(flip_signs, rescale, flip_sigmoid, mix, shift_classes) is True


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The number of copies is wrong, or one of the five sets is. Try each symmetry with each activation on
  random weights.
"""  # END TEST CONFIG


def test_copies_and_sets(tanh_copies, keeps):
    from itertools import permutations, product

    import numpy as np

    for units in (1, 2, 3, 4):
        unit = [(d + 1.0, d + 0.5) for d in range(units)]
        copies = {
            tuple((s * unit[d][0], s * unit[d][1]) for s, d in zip(signs, order))
            for order in permutations(range(units))
            for signs in product((1, -1), repeat=units)
        }
        assert tanh_copies(units) == len(copies)
    many = 1
    for k in range(1, 31):
        many *= 2 * k
    assert tanh_copies(30) == many

    acts = {
        "linear": lambda z: z,
        "relu": lambda z: np.maximum(z, 0),
        "leaky_relu": lambda z: np.where(z > 0, z, 0.1 * z),
        "tanh": np.tanh,
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    }
    rng = np.random.default_rng(633)
    z, w = rng.normal(size=(50, 4)), rng.normal(size=(2, 4))
    order, signs, factors = np.array([2, 0, 3, 1]), np.array([1, -1, -1, 1]), rng.uniform(2, 3, size=4)
    matrix = rng.normal(size=(4, 4)) + 3 * np.eye(4)
    # what becomes of the pre-activations, of the weights behind them, and of the bias behind those
    changes = {
        "permute": (z[:, order], w[:, order], 0),
        "flip_signs": (z * signs, w * signs, 0),
        "rescale": (z * factors, w / factors, 0),
        "mix": (z @ matrix.T, w @ np.linalg.inv(matrix), 0),
        "flip_sigmoid": (z * signs, w * signs, w[:, signs < 0].sum(axis=1)),
    }
    for name, (moved, behind, bias) in changes.items():
        expected = {
            key for key, act in acts.items() if np.allclose(act(moved) @ behind.T + bias, act(z) @ w.T, atol=1e-9)
        }
        assert keeps[name] == expected


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-4.8-3"
# # BEGIN QUESTION
# name: q20_products
# points: 4

# %% [markdown]
# ## 20. Products of many matrices
#
# The gradient of a deep network runs through a product of matrices, one per layer. What is known of the product from
# its factors? For square matrices the largest and the smallest **singular value** obey
#
# $$\sigma_\text{max}(AB) \le \sigma_\text{max}(A)\, \sigma_\text{max}(B), \qquad
# \sigma_\text{min}(AB) \ge \sigma_\text{min}(A)\, \sigma_\text{min}(B),$$
#
# and the absolute value of each eigenvalue of a matrix lies between its smallest and its largest singular value. The
# **condition number** is $\kappa = \sigma_\text{max} / \sigma_\text{min}$. Arrays are NumPy arrays.
#
# - `product_bounds(a, b)`: the pair `(low, high)` of floats, computed from `a` and `b` alone and without their product,
#   between which the absolute values of all eigenvalues of $AB$ must lie. Both are `(n, n)`. For
#   $A = \operatorname{diag}(1, 3)$ and $B = \operatorname{diag}(2, 5)$: $(2, 15)$.
# - `layers(depth, width, kind, seed)`: a list of `depth` random matrices of shape `(width, width)`. For `"gauss"` the
#   entries are independent and normal with mean 0 and variance `1 / width`; for `"orthogonal"` the matrices are
#   orthogonal. Equal seeds give equal lists; the matrices of a list differ.
# - `log_condition(matrices)`: $\log_{10} \kappa$ of the product of the list, first matrix leftmost, a float. (For
#   invertible products with $\kappa$ below $10^{12}$.)
#
# Then set each entry of `product_facts` to `True` or `False`.
#
# - `"spectral_radius_multiplies"`: the largest absolute eigenvalue of $AB$ is at most the product of those of $A$ and
#   $B$.
# - `"conditions_multiply"`: $\kappa(AB) \le \kappa(A)\, \kappa(B)$ for invertible $A$, $B$.
# - `"orthogonal_stays"`: a product of orthogonal matrices has condition number 1, however many there are.
# - `"scaling_cures_condition"`: multiplied by a suitable number each, 20 Gaussian layers have a product with a small
#   condition number.
# - `"positive_definite_bounds"`: if $A$ and $B$ are symmetric and positive definite, the eigenvalues of $AB$ lie
#   between the products of their smallest and of their largest eigenvalues.


# %% [raw]
# # BEGIN SOLUTION
# %%
def product_bounds(a, b):
    """Bounds (low, high) for the absolute eigenvalues of a b, two floats."""
    # BEGIN SOLUTION
    of_a, of_b = (np.linalg.svd(m, compute_uv=False) for m in (a, b))
    return float(of_a[-1] * of_b[-1]), float(of_a[0] * of_b[0])
    # END SOLUTION


def layers(depth, width, kind, seed):
    """A list of random square matrices; kind: "gauss" or "orthogonal"."""
    # BEGIN SOLUTION
    normal = np.random.default_rng(seed).normal(size=(depth, width, width))
    if kind == "gauss":
        return list(normal / math.sqrt(width))
    return [np.linalg.qr(matrix)[0] for matrix in normal]
    # END SOLUTION


def log_condition(matrices):
    """Logarithm to base 10 of the condition number of the product, a float."""
    # BEGIN SOLUTION
    product = np.eye(len(matrices[0]))
    for matrix in matrices:
        product = product @ matrix
    return math.log10(np.linalg.cond(product))
    # END SOLUTION


product_facts = {}
product_facts["spectral_radius_multiplies"] = False  # SOLUTION
product_facts["conditions_multiply"] = True  # SOLUTION
product_facts["orthogonal_stays"] = True  # SOLUTION
product_facts["scaling_cures_condition"] = False  # SOLUTION
product_facts["positive_definite_bounds"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: diag(1, 3) and diag(2, 5) have the bounds (2, 15), and diag(1, 10) alone the logarithm 1; product_facts
  holds five booleans.
"""  # END TEST CONFIG


def test_diagonal(product_bounds, layers, log_condition, product_facts):
    import numpy as np

    got = product_bounds(np.diag([1.0, 3.0]), np.diag([2.0, 5.0]))
    assert got is not None, "product_bounds(...) returned None: expected (low, high)"
    assert len(got) == 2 and np.allclose(got, [2, 15]), f"product_bounds: expected (2, 15), got {got}"
    got = layers(3, 2, "gauss", 0)
    assert got is not None, "layers(...) returned None: expected a list of matrices"
    assert len(got) == 3, f"layers(3, 2, ...): expected three matrices, got {len(got)}"
    assert np.shape(got[0]) == (2, 2), f"layers(3, 2, ...): expected shape (2, 2), got {np.shape(got[0])}"
    got = log_condition([np.diag([1.0, 10.0])])
    assert got is not None, "log_condition(...) returned None: expected a float"
    assert np.isclose(got, 1), f"log_condition([diag(1, 10)]): expected 1, got {got}"
    keys = ["spectral_radius_multiplies", "conditions_multiply", "orthogonal_stays", "scaling_cures_condition"]
    assert isinstance(product_facts, dict), "product_facts should be a dictionary"
    for key in keys + ["positive_definite_bounds"]:
        assert isinstance(product_facts.get(key), bool), f"product_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: For some pair an eigenvalue lies outside the bounds, or they are wider than the singular values allow.
  Matrices need not be symmetric.
"""  # END TEST CONFIG


def test_bounds(product_bounds):
    import numpy as np

    rng = np.random.default_rng(634)
    pairs = [(np.array([[0.0, 1.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [1.0, 0.0]]))]
    pairs += [tuple(rng.normal(size=(2, n, n))) for n in (1, 2, 3, 6) for _ in range(30)]
    pairs += [(np.ones((3, 3)) + 1e-6 * rng.normal(size=(3, 3)), rng.normal(size=(3, 3)))]
    for a, b in pairs:
        low, high = product_bounds(a, b)
        sizes = np.abs(np.linalg.eigvals(a @ b))
        assert low <= sizes.min() * (1 + 1e-9) + 1e-12 and high >= sizes.max() * (1 - 1e-9)
        # singular values by another route: roots of the eigenvalues of the Gram matrix
        grams = [np.linalg.eigvalsh(m.T @ m) for m in (a, b)]
        assert np.isclose(high, np.sqrt(grams[0][-1] * grams[1][-1]), rtol=1e-7)
        # the small ones lose half of the digits on that route
        least = np.sqrt(max(grams[0][0], 0) * max(grams[1][0], 0))
        assert abs(low - least) < 1e-6 * high
    # attained by diagonal matrices that are sorted alike, whatever the signs
    got = product_bounds(np.diag([-4.0, 0.5, 1.0]), np.diag([2.0, 0.1, -1.0]))
    assert np.allclose(got, [0.05, 8])


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The matrices are not of the asked kind, a condition number is wrong, or at least one of the five
  statements is. Try each statement on random pairs.
"""  # END TEST CONFIG


def test_layers_and_facts(layers, log_condition, product_facts):
    import numpy as np

    for depth, width in ((4, 40), (1, 3), (2, 1)):
        for kind in ("gauss", "orthogonal"):
            first, again, other = (layers(depth, width, kind, seed) for seed in (7, 7, 8))
            assert len(first) == depth and all(np.shape(m) == (width, width) for m in first)
            assert all(np.array_equal(a, b) for a, b in zip(first, again))
        assert width == 1 or not np.allclose(first[0], other[0])
        assert all(np.allclose(m @ m.T, np.eye(width), atol=1e-9) for m in first)
    gauss = layers(4, 40, "gauss", 3)
    assert not np.allclose(gauss[0], gauss[1]) and not np.allclose(*layers(2, 5, "orthogonal", 3))
    # 6400 entries: the mean square scatters by 2 %, the fourth moment of a normal is 3, of a uniform 1.8
    entries = np.concatenate([np.ravel(m) for m in gauss]) * np.sqrt(40)
    assert 0.9 < (entries**2).mean() < 1.1 and abs(entries.mean()) < 0.06 and (entries**4).mean() > 2.4

    rng = np.random.default_rng(635)
    for depth, width in ((1, 4), (2, 3), (5, 6), (3, 1)):
        matrices = list(rng.normal(size=(depth, width, width)))
        values = np.linalg.svd(np.linalg.multi_dot([np.eye(width), *matrices]), compute_uv=False)
        assert np.isclose(log_condition(matrices), np.log10(values[0] / values[-1]), rtol=0, atol=1e-6)
    a, b = np.array([[1.0, 2.0], [0.0, 1.0]]), np.diag([1.0, 10.0])
    assert not np.isclose(log_condition([a, b]), log_condition([b, a]), atol=1e-3)
    # measured over 200 seeds: orthogonal below 1e-13, ten Gaussian layers of width 32 at least 8.5
    assert abs(log_condition(layers(10, 32, "orthogonal", 1))) < 1e-6
    assert log_condition(layers(10, 32, "gauss", 1)) > 7

    radius = lambda m: np.abs(np.linalg.eigvals(m)).max()
    pairs = [rng.normal(size=(2, 3, 3)) for _ in range(200)]
    definite = [(a @ a.T + 0.1 * np.eye(3), b @ b.T + 0.1 * np.eye(3)) for a, b in pairs]
    inside_bounds = []
    for p, q in definite:
        ends, both = (np.linalg.eigvalsh(p), np.linalg.eigvalsh(q)), np.linalg.eigvals(p @ q).real
        inside_bounds.append(
            ends[0][0] * ends[1][0] <= both.min() + 1e-9 and both.max() <= ends[0][-1] * ends[1][-1] + 1e-9
        )
    radii = all(radius(a @ b) <= radius(a) * radius(b) + 1e-9 for a, b in pairs)
    cond = np.linalg.cond
    conditions = all(cond(a @ b) <= cond(a) * cond(b) * (1 + 1e-9) for a, b in pairs)
    turn = np.eye(3)
    for a, _ in pairs:
        turn = turn @ np.linalg.qr(a)[0]
    deep, scaled = np.eye(32), np.eye(32)
    for m in rng.normal(size=(20, 32, 32)):
        deep, scaled = deep @ m, scaled @ (m / np.linalg.norm(m, 2))
    assert product_facts["spectral_radius_multiplies"] is radii
    assert product_facts["conditions_multiply"] is conditions
    assert product_facts["orthogonal_stays"] is bool(cond(turn) < 1 + 1e-9)
    assert product_facts["scaling_cures_condition"] is bool(min(cond(scaled), cond(deep)) < 1e3)
    assert product_facts["positive_definite_bounds"] is all(inside_bounds)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_conditions():
    depths = range(1, 11)
    figure, axis = plt.subplots(figsize=(6, 3))
    for kind in ("gauss", "orthogonal"):
        matrices = layers(10, 32, kind, 0)
        axis.plot(depths, [log_condition(matrices[:depth]) for depth in depths], "o-", label=kind)
    axis.set(xlabel="layers", ylabel="$\\log_{10}$ of the condition number", title="products of 32 by 32 matrices")
    axis.legend()
    figure.tight_layout()


show(draw_conditions)

# %% [raw] sources="d2l-4.8-4"
# # BEGIN QUESTION
# name: q21_layerwise_rates
# points: 4

# %% [markdown]
# ## 21. Rates that follow the size of the weights
#
# If the gradients of some layers are far too large or too small, can that be repaired afterwards? As long as the
# numbers are finite, by a rate for each layer. LARS (layer-wise adaptive rate scaling) gives the weights $w$ of a layer
# with the gradient $g$ the local rate
#
# $$\lambda = \tau\, \frac{\|w\|}{\|g\| + \delta \|w\|}, \qquad v \leftarrow \mu v + \eta \lambda (g + \delta w), \qquad
# w \leftarrow w - v,$$
#
# with the learning rate $\eta$, a trust coefficient $\tau$, weight decay $\delta$ and momentum $\mu$. The norms are
# Euclidean, over all entries of the tensor. If $\|w\|$ or $\|g\|$ is zero, take $\lambda = 1$.
#
# - `lars_step(weights, gradients, velocities, lr, trust, decay, momentum)`: one step for three lists of tensors (one
#   entry per layer, any shapes). Return `(weights, velocities, skipped)`: two lists of **new** tensors, and a bool. If
#   any entry of any gradient is infinite or not a number, nothing moves: return values equal to those passed in, and
#   `True`.
#
# For $w = (3, 4)$, $g = (0, 10)$, $v = 0$, $\eta = 1$, $\tau = 0.1$, $\delta = \mu = 0$ the local rate is
# $0.1 \cdot 5 / 10 = 0.05$, so the new weights are $(3, 3.5)$.
#
# Then set each entry of `rate_facts` to `True` or `False`. The first three are about a first step without decay, with
# velocities 0 and with weights and finite gradients that are not 0.
#
# - `"step_ignores_gradient_size"`: if the gradient of a layer is multiplied by $10^6$, its step stays the same.
# - `"layers_share_one_factor"`: if the gradient of one layer is multiplied by $10^6$, the steps of the other layers
#   change.
# - `"clipping_does_the_same"`: scaling all gradients by one factor, so that their common norm is at most 1, also makes
#   the relative steps $\|\Delta w\| / \|w\|$ of all layers equal.
# - `"rescaling_repairs_nan"`: a gradient with an entry that is not a number becomes usable if it is divided by its
#   norm.
# - `"rescaling_repairs_underflow"`: a gradient that has been rounded to exactly 0 in all entries can be scaled back.


# %% [raw]
# # BEGIN SOLUTION
# %%
def lars_step(weights, gradients, velocities, lr, trust, decay, momentum):
    """One LARS step: lists of new weights and velocities, and whether the step was skipped."""
    # BEGIN SOLUTION
    if not all(torch.isfinite(g).all() for g in gradients):
        return [w.clone() for w in weights], [v.clone() for v in velocities], True
    moved = []
    for w, g, v in zip(weights, gradients, velocities):
        local = trust * w.norm() / (g.norm() + decay * w.norm()) if w.norm() * g.norm() > 0 else 1
        moved.append(momentum * v + lr * local * (g + decay * w))
    return [w - v for w, v in zip(weights, moved)], moved, False
    # END SOLUTION


rate_facts = {}
rate_facts["step_ignores_gradient_size"] = True  # SOLUTION
rate_facts["layers_share_one_factor"] = False  # SOLUTION
rate_facts["clipping_does_the_same"] = False  # SOLUTION
rate_facts["rescaling_repairs_nan"] = False  # SOLUTION
rate_facts["rescaling_repairs_underflow"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The weights (3, 4) with the gradient (0, 10) move to (3, 3.5); rate_facts holds five booleans.
"""  # END TEST CONFIG


def test_one_layer(lars_step, rate_facts):
    import torch

    got = lars_step([torch.tensor([3.0, 4.0])], [torch.tensor([0.0, 10.0])], [torch.zeros(2)], 1.0, 0.1, 0.0, 0.0)
    assert got is not None, "lars_step(...) returned None: expected (weights, velocities, skipped)"
    assert isinstance(got, (tuple, list)) and len(got) == 3, "lars_step should return (weights, velocities, skipped)"
    assert len(got[0]) == len(got[1]) == 1, "expected one new tensor per layer in both lists"
    values = got[0][0].tolist()
    assert torch.allclose(got[0][0], torch.tensor([3.0, 3.5])), f"weights: expected [3, 3.5], got {values}"
    assert got[2] is False, f"skipped: expected False, got {got[2]}"
    assert isinstance(rate_facts, dict), "rate_facts should be a dictionary"
    keys = ["step_ignores_gradient_size", "layers_share_one_factor", "clipping_does_the_same"]
    for key in keys + ["rescaling_repairs_nan", "rescaling_repairs_underflow"]:
        assert isinstance(rate_facts.get(key), bool), f"rate_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: After some steps weights or velocities are wrong. Each layer has a rate of its own, the decay stands in
  two places, and the velocity holds the rates of its time.
"""  # END TEST CONFIG


def test_steps_entry_by_entry(lars_step):
    import math

    import numpy as np
    import torch

    rng = np.random.default_rng(636)
    for trust, decay, momentum in ((0.1, 0.0, 0.0), (0.02, 0.5, 0.9), (1.0, 0.01, 0.5)):
        w = [rng.normal(size=shape) for shape in ((3, 4), (5,), (2, 2, 2), ())]
        v = [rng.normal(size=np.shape(a)) for a in w]
        for step in range(3):
            g = [rng.normal(size=np.shape(a)) * 10.0**k for k, a in zip((-6, 0, 6, 2), w)]
            if step == 1:
                g[1] = np.zeros(5)
                w[2] = np.zeros((2, 2, 2))
            tensors = [[torch.tensor(a) for a in group] for group in (w, g, v)]
            lr = 0.3 / (step + 1)
            for k in range(4):
                size_w = math.sqrt(sum(float(a) ** 2 for a in np.ravel(w[k])))
                size_g = math.sqrt(sum(float(a) ** 2 for a in np.ravel(g[k])))
                rate = 1.0
                if size_w > 0 and size_g > 0:
                    rate = trust * size_w / (size_g + decay * size_w)
                v[k] = momentum * v[k] + lr * rate * (g[k] + decay * w[k])
                w[k] = w[k] - v[k]
            new_w, new_v, skipped = lars_step(*tensors, lr, trust, decay, momentum)
            assert skipped is False and len(new_w) == len(new_v) == 4
            for k in range(4):
                # float64, a handful of operations; a rate that passes through float32 errs by 1e-7
                assert np.allclose(new_w[k].numpy(), w[k], rtol=1e-6, atol=1e-9)
                assert np.allclose(new_v[k].numpy(), v[k], rtol=1e-6, atol=1e-9)


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: A step with a gradient that is not finite moves something, or the tensors passed in change, or at least
  one of the five statements is wrong.
"""  # END TEST CONFIG


def test_skips_and_facts(lars_step, rate_facts):
    import torch

    def watch(lars_step, bad):
        import torch

        groups = [[torch.ones(2, 2), torch.full((3,), 2.0)] for _ in range(3)]
        groups[1][1][1] = bad
        before = [[t.clone() for t in group] for group in groups]
        w, v, skipped = lars_step(*groups, 0.1, 0.01, 0.1, 0.9)
        kept = all(torch.equal(t.nan_to_num(), b.nan_to_num()) for x, y in zip(groups, before) for t, b in zip(x, y))
        stays = [torch.equal(t, b) for got, old in ((w, before[0]), (v, before[2])) for t, b in zip(got, old)]
        fresh = not any(t is o for got, old in ((w, groups[0]), (v, groups[2])) for t, o in zip(got, old))
        return stays, skipped, kept, fresh

    inf, nan = float("inf"), float("nan")
    for bad in (nan, inf, -inf):
        stays, skipped, kept, fresh = inside(watch)(lars_step, bad)
        assert all(stays) and len(stays) == 4 and skipped is True and kept is True and fresh is True
    stays, skipped, kept, fresh = inside(watch)(lars_step, 5.0)
    assert not any(stays) and skipped is False and kept is True and fresh is True

    torch.manual_seed(637)
    w, g = torch.randn(2, 6).double(), torch.randn(2, 6).double()

    def lars(g):
        return torch.stack([0.1 * a.norm() / b.norm() * b for a, b in zip(w, g)])

    louder = g.clone()
    louder[0] *= 1e6
    clipped = g / torch.clamp(g.norm(), min=1)
    relative = clipped.norm(dim=1) / w.norm(dim=1)
    broken = torch.tensor([1.0, nan, 2.0])
    assert rate_facts["step_ignores_gradient_size"] is torch.allclose(lars(louder)[0], lars(g)[0])
    assert rate_facts["layers_share_one_factor"] is (not torch.allclose(lars(louder)[1], lars(g)[1]))
    assert rate_facts["clipping_does_the_same"] is torch.allclose(relative[0], relative[1])
    assert rate_facts["rescaling_repairs_nan"] is bool(torch.isfinite(broken / broken.norm()).all())
    lost = torch.tensor([1e-30, 2e-30]) * 1e-30
    assert rate_facts["rescaling_repairs_underflow"] is bool((lost * 1e30 * 1e30).abs().max() > 0)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-7.16 udl-7.17"
# # BEGIN QUESTION
# name: q22_training_loop
# points: 5

# %% [markdown]
# ## 22. The whole loop
#
# Put it together in PyTorch: starting values, forward pass, backward pass, steps.
#
# - `new_network(outputs, seed)`: an `nn.Sequential` of linear layers 10 → 40 → 40 → `outputs` with ReLUs between them,
#   float32. Weights are normal with mean 0 and variance $2 / D$, with $D$ the number of inputs of the layer (He
#   initialisation); biases are 0. Equal seeds give equal networks.
# - `train(model, x, y, loss, epochs, shuffle)`: train `model` in place with SGD, learning rate 0.1 and momentum 0.9, in
#   batches of 10 (the last may be smaller), for `epochs` epochs. The learning rate is halved after every 10 epochs.
#   With `shuffle` the examples come in a new random order in each epoch, drawn by torch's own generator; without it
#   in the order of the rows. `loss` takes outputs and targets. Return two lists of floats with one entry per epoch:
#   the mean over the batches of the loss **before** each step, and the learning rate in this epoch.
# - `train_binary(x, y, seed, epochs)`: now the targets `y`, of shape `(N, 1)`, are 0 or 1. Take a new network with one
#   output and train it (shuffled) with the binary cross-entropy. Return the pair `(losses, predict)`: the losses of the
#   epochs, and a function that takes inputs of shape `(M, 10)` and returns the probabilities of class 1, of shape
#   `(M, 1)` and without a gradient. Equal seeds give equal losses.
#
# The mean squared error of a network with zero weights on targets of 1 is 1, so a single batch gives the loss
# `[1.0]` and the rate `[0.1]` for one epoch.
#
# The figure below shows a run on 100 random inputs and targets.


# %% [raw]
# # BEGIN SOLUTION
# %%
def new_network(outputs, seed):
    """A ReLU network 10 - 40 - 40 - outputs with He-normal weights and zero biases."""
    # BEGIN SOLUTION
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(10, 40), nn.ReLU(), nn.Linear(40, 40), nn.ReLU(), nn.Linear(40, outputs))
    for layer in net[::2]:
        nn.init.kaiming_normal_(layer.weight)
        nn.init.zeros_(layer.bias)
    return net
    # END SOLUTION


def train(model, x, y, loss, epochs, shuffle):
    """Train in place; returns the mean loss and the learning rate of each epoch, two lists of floats."""
    # BEGIN SOLUTION
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.5)
    losses, rates = [], []
    for _ in range(epochs):
        order = torch.randperm(len(x)) if shuffle else torch.arange(len(x))
        seen = []
        for rows in order.split(10):
            value = loss(model(x[rows]), y[rows])
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            seen.append(value.item())
        losses.append(sum(seen) / len(seen))
        rates.append(scheduler.get_last_lr()[0])
        scheduler.step()
    return losses, rates
    # END SOLUTION


def train_binary(x, y, seed, epochs):
    """Losses of the epochs, and a function from inputs (M, 10) to probabilities (M, 1)."""
    # BEGIN SOLUTION
    net = new_network(1, seed)
    losses, _ = train(net, x, y, nn.functional.binary_cross_entropy_with_logits, epochs, True)
    return losses, lambda inputs: torch.sigmoid(net(inputs)).detach()
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: new_network(5, 0) is a module with five outputs; one epoch of one batch gives the loss [1.0] and the
  rate [0.1] for zero weights and targets of one.
"""  # END TEST CONFIG


def test_one_epoch(new_network, train, train_binary):
    import torch
    from torch import nn

    net = new_network(5, 0)
    assert isinstance(net, nn.Module), "new_network(5, 0) should be an nn.Module"
    shape = tuple(net(torch.zeros(3, 10)).shape)
    assert shape == (3, 5), f"new_network(5, 0): three inputs should give shape (3, 5), got {shape}"
    zero = nn.Linear(2, 1)
    nn.init.zeros_(zero.weight)
    nn.init.zeros_(zero.bias)
    got = train(zero, torch.ones(4, 2), torch.ones(4, 1), nn.functional.mse_loss, 1, False)
    assert got is not None, "train(...) returned None: expected (losses, rates)"
    assert len(got) == 2, "train should return (losses, rates)"
    assert list(got[0]) == [1.0], f"losses: expected [1.0], got {got[0]}"
    assert list(got[1]) == [0.1], f"rates: expected [0.1], got {got[1]}"
    got = train_binary(torch.zeros(10, 10), torch.ones(10, 1), 0, 1)
    assert got is not None, "train_binary(...) returned None: expected (losses, predict)"
    assert len(got) == 2 and len(got[0]) == 1, "train_binary should return (losses, predict), with one loss per epoch"
    shape = tuple(got[1](torch.zeros(3, 10)).shape)
    assert shape == (3, 1), f"predict: three inputs should give shape (3, 1), got {shape}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The network has not the asked layers or starting values. The variance follows the number of inputs of
  each layer.
"""  # END TEST CONFIG


def test_starting_values(new_network):
    import torch

    def parameters(new_network, outputs, seed):
        net = new_network(outputs, seed)
        kinds = [type(part).__name__ for part in net]
        return kinds, [p.detach() for p in net.parameters()]

    pooled = [[], [], []]
    for outputs in (5, 1):
        for seed in range(10):
            kinds, found = inside(parameters)(new_network, outputs, seed)
            assert kinds == ["Linear", "ReLU", "Linear", "ReLU", "Linear"]
            shapes = [(40, 10), (40,), (40, 40), (40,), (outputs, 40), (outputs,)]
            assert [tuple(p.shape) for p in found] == shapes and all(p.dtype == torch.float32 for p in found)
            assert all(bool((b == 0).all()) for b in found[1::2])
            for k in range(3):
                pooled[k].append(found[2 * k].flatten())
    again = inside(parameters)(new_network, 1, 9)[1]
    assert all(torch.equal(a, b) for a, b in zip(again, found)) and not torch.equal(pooled[0][0], pooled[0][1])
    for weights, inputs in zip(pooled, (10, 40, 40)):
        w = torch.cat(weights).double()
        # at least 1200 numbers: the variance scatters by 4 %, a normal has values beyond 2.5 deviations
        assert 0.8 < w.var().item() * inputs / 2 < 1.25 and abs(w.mean().item()) < 0.2 * w.std().item()
        assert w.abs().max().item() > 2.5 * w.std().item()


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Losses or rates differ from those of a loop written out by hand, or the order of the examples is not as
  asked. What must happen before each backward pass, and how often is the rate halved?
"""  # END TEST CONFIG


def test_loop_by_hand(train):
    import copy

    import torch
    from torch import nn

    torch.manual_seed(638)
    for n, epochs, loss in (
        (23, 21, nn.functional.mse_loss),
        (10, 3, nn.functional.l1_loss),
        (40, 11, nn.functional.mse_loss),
    ):
        net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()
        x, y = torch.randn(n, 3).double(), torch.randn(n, 2).double()
        hand = copy.deepcopy(net)
        parameters = list(hand.parameters())
        speed = [torch.zeros_like(p) for p in parameters]
        losses, rates = [], []
        for epoch in range(epochs):
            rates.append(0.1 * 0.5 ** (epoch // 10))
            batches = []
            for start in range(0, n, 10):
                value = loss(hand(x[start : start + 10]), y[start : start + 10])
                batches.append(value.item())
                with torch.no_grad():
                    for p, v, g in zip(parameters, speed, torch.autograd.grad(value, parameters)):
                        v.mul_(0.9).add_(g)
                        p -= rates[-1] * v
            losses.append(sum(batches) / len(batches))
        got = train(net, x, y, loss, epochs, False)
        assert len(got[0]) == len(got[1]) == epochs
        # float64, some sixty steps
        assert all(abs(a - b) < 1e-8 for a, b in zip(got[0], losses))
        assert all(abs(a - b) < 1e-12 for a, b in zip(got[1], rates))

    def orders(train, shuffle):
        import torch
        from torch import nn

        net, seen = nn.Linear(1, 1), []
        start = net.weight.item()
        net.register_forward_hook(lambda module, args, output: seen.append(args[0].flatten().tolist()))
        x = torch.arange(25.0)[:, None] / 100
        train(net, x, x, nn.functional.mse_loss, 3, shuffle)
        return [[round(100 * v) for v in batch] for batch in seen], net.weight.item() != start

    for shuffle in (False, True):
        batches, moved = inside(orders)(train, shuffle)
        assert [len(batch) for batch in batches] == [10, 10, 5] * 3 and moved is True
        epochs = [sum(batches[k : k + 3], []) for k in (0, 3, 6)]
        assert all(sorted(epoch) == list(range(25)) for epoch in epochs)
        assert (epochs[0] == list(range(25))) is not shuffle and (epochs[0] == epochs[1]) is not shuffle

    pairs = []
    for seed in (0, 1, 0):
        torch.manual_seed(seed)
        pairs.append(train(copy.deepcopy(net), x, y, nn.functional.mse_loss, 2, True)[0])
    assert pairs[0] == pairs[2] and pairs[0] != pairs[1]


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The classifier does not learn random labels, or its losses are not the binary cross-entropy of its
  probabilities, or the examples are not shuffled. Where does the sigmoid stand?
"""  # END TEST CONFIG


def test_two_classes(train_binary, new_network, train):
    import torch

    generator = torch.Generator().manual_seed(639)
    x = torch.randn(100, 10, generator=generator)
    y = (torch.randn(100, 1, generator=generator) > 0).float()
    losses, predict = train_binary(x, y, 3, 50)
    p = predict(x)
    assert p.shape == y.shape and not p.requires_grad and bool((p >= 0).all()) and bool((p <= 1).all())
    own = torch.nn.functional.binary_cross_entropy(p, y).item()
    accuracy = ((p > 0.5) == (y > 0.5)).float().mean().item()
    # over 24 seeds: losses up to 0.009, accuracy 1, own loss 0.99 to 1.00 of the reported one
    assert len(losses) == 50 and losses[-1] < 0.1 and accuracy >= 0.95
    assert abs(own / losses[-1] - 1) < 0.2
    # the same start with the rows in order: 0.005 or more away
    in_order = train(new_network(1, 3), x, y, torch.nn.functional.binary_cross_entropy_with_logits, 1, False)[0]
    assert abs(in_order[0] - losses[0]) > 1e-5
    again = train_binary(x, y, 3, 2)[0]
    assert abs(again[0] - losses[0]) < 1e-6 and abs(train_binary(x, y, 4, 2)[0][0] - losses[0]) > 1e-4


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_training():
    torch.manual_seed(0)
    x, y = torch.randn(100, 10), torch.randn(100, 5)
    losses, rates = train(new_network(5, 0), x, y, nn.functional.mse_loss, 100, True)
    binary, _ = train_binary(x, (y[:, :1] > 0).float(), 0, 100)
    figure, axis = plt.subplots(figsize=(6, 3.2))
    axis.semilogy(losses, label="squared error, five random targets")
    axis.semilogy(binary, label="cross-entropy, random labels")
    axis.semilogy(rates, "k:", label="learning rate")
    axis.set(xlabel="epoch", ylabel="loss")
    axis.legend()
    figure.tight_layout()


show(draw_training)

# %% [markdown]
# ## What to take along
#
# A backward pass is the chain rule with bookkeeping: keep the values of the forward pass, start at the loss, multiply
# by one local derivative per step, add where ways meet. One sweep serves all parameters, at the price of memory; that
# price can be traded for time. Derivatives by hand are checked with differences, and differences have limits of their
# own. And a gradient helps only if it arrives: flat activations, equal starting values and badly scaled products of
# layers stop it. The next chapter asks whether what was learned holds on new data.
