# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [raw]
# # ASSIGNMENT CONFIG
# name: 01_supervised_learning
# export_cell: {pdf: false}
# tests: {files: false, ok_format: false}
# show_question_points: true

# %% [markdown]
# # Supervised learning
#
# The smallest model that learns is a straight line. Here you fit it in two ways, by walking downhill and by
# solving two equations, and find out what a single point does to the fit. Then you turn the problem round,
# model $x$ from $y$, and see that this is another line.
#
# | question | what you write | points |
# | --- | --- | --- |
# | `q1_loss_and_gradient` | the loss of a line, its gradient, and how the loss changes along a step | 4 |
# | `q2_descent` | gradient descent, and the largest rate that it can take | 5 |
# | `q3_closed_form` | the best line in one go | 5 |
# | `q4_influence` | how much each point pulls at the line | 5 |
# | `q5_turned_round` | a line that predicts $x$ from $y$, and its inverse | 4 |
# | `q6_same_line` | when both ways give the same line | 5 |
#
# Each question stands alone: no answer needs an earlier one. `grader.check` runs a few small public tests.
# More tests, with other numbers, decide the score.

# %% [markdown]
# ## Recap and notation
#
# There are $N$ **training pairs** $(x_i, y_i)$ of numbers: input and target. The **model** is the line
#
# $$f(x) = \phi_0 + \phi_1 x$$
#
# with the **parameters** $\phi = (\phi_0, \phi_1)$, intercept and slope. The **residual** of pair $i$ is
# $f(x_i) - y_i$. The **loss** says how badly the line fits. It is the sum of the squared residuals,
#
# $$L(\phi) = \sum_{i=1}^{N} \big(\phi_0 + \phi_1 x_i - y_i\big)^2 .$$
#
# It is a sum, not a mean. To **fit** the line is to find the $\phi$ with the smallest loss: least squares.
#
# In code, `phi` is an array of shape `(2,)`, and `x` and `y` are float64 arrays of shape `(N,)`. Run the
# set-up cell, then look at a line, its residuals and its loss.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np

# The running example: ten pairs that lie along a line, with noise.
X = np.array([0.2, 0.5, 0.7, 0.9, 1.1, 1.3, 1.4, 1.6, 1.8, 1.9])
Y = np.array([0.6, 0.7, 0.5, 0.9, 0.8, 1.2, 0.9, 1.1, 1.5, 1.2])


def show(draw):
    """Call draw(); while the answer it needs is missing, say so in a line instead of failing."""
    try:
        draw()
    except Exception as problem:
        plt.close("all")
        print(f"No figure yet: it is drawn by your own answer ({type(problem).__name__}: {problem}).")


# %%
def draw_residuals():
    figure, axes = plt.subplots(1, 2, figsize=(10, 3.2), sharey=True)
    for axis, (intercept, slope) in zip(axes, [(1.2, -0.1), (0.5, 0.4)]):
        line = intercept + slope * X
        axis.plot([0, 2.1], [intercept, intercept + 2.1 * slope])
        axis.vlines(X, np.minimum(Y, line), np.maximum(Y, line), color="0.6")
        axis.plot(X, Y, "o")
        loss = ((line - Y) ** 2).sum()
        axis.set(title=f"$f(x) = {intercept} + ({slope})\\,x$: loss {loss:.2f}", xlabel="$x$")
    axes[0].set_ylabel("$y$")
    figure.tight_layout()


show(draw_residuals)

# %% [raw] sources="udl-2.1"
# # BEGIN QUESTION
# name: q1_loss_and_gradient
# points: 4

# %% [markdown]
# ## 1. The loss, its gradient, and a step
#
# Take two pairs, $(0, 1)$ and $(2, 1)$, and $\phi = (2, 1)$. The line gives $2$ and $4$, the residuals are
# $1$ and $3$, and the loss is $10$. Its partial derivatives are $8$ in $\phi_0$ and $12$ in $\phi_1$. Derive
# both derivatives on paper for any data. Then write three functions, with formulas of your own (no autograd).
#
# - `line_loss(phi, x, y)`: the loss, a float.
# - `line_loss_grad(phi, x, y)`: the gradient
#   $(\partial L / \partial\phi_0,\ \partial L / \partial\phi_1)$, a float64 array of shape `(2,)`.
# - `loss_change(phi, step, x, y)`: what a step from $\phi$ to $\phi + s$ does to the loss. Here `step` is
#   $s = (s_0, s_1)$. The change has exactly two parts,
#   $$L(\phi + s) - L(\phi) = \text{linear} + \text{quadratic}.$$
#   The first is proportional to $s$: twice the step, twice the part. The second grows with the square: twice
#   the step, four times the part. Return the pair of floats `(linear, quadratic)`. In the example the step
#   $(-1, 0)$ makes the residuals $0$ and $2$ and the loss $4$, a change of $-6$: `linear` is $-8$ and
#   `quadratic` is $2$.
#
# Without any pairs ($N = 0$) the loss, its gradient and both parts are zero. Subtracting two losses will not
# do for the last function: with large residuals and a small step all digits of the change are lost.


# %% [raw]
# # BEGIN SOLUTION
# %%
def line_loss(phi, x, y):
    """Sum of the squared residuals, a float; phi: (2,), x and y: (N,)."""
    # BEGIN SOLUTION
    return float(((phi[0] + phi[1] * x - y) ** 2).sum())
    # END SOLUTION


def line_loss_grad(phi, x, y):
    """Partial derivatives of the loss in phi_0 and phi_1, a float64 array (2,)."""
    # BEGIN SOLUTION
    residuals = phi[0] + phi[1] * x - y
    return np.array([2.0 * residuals.sum(), 2.0 * (residuals * x).sum()])
    # END SOLUTION


def loss_change(phi, step, x, y):
    """The two parts (linear, quadratic) of L(phi + step) - L(phi), two floats; step: (2,)."""
    # BEGIN SOLUTION
    residuals = phi[0] + phi[1] * x - y
    moves = step[0] + step[1] * x
    return float(2 * (residuals * moves).sum()), float((moves**2).sum())
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For the pairs (0, 1), (2, 1) and phi (2, 1) the loss is 10, the gradient (8, 12), and the
  step (-1, 0) has the parts -8 and 2.
"""  # END TEST CONFIG


def test_two_pairs(line_loss, line_loss_grad, loss_change):
    import numpy as np

    phi, x, y = np.array([2.0, 1.0]), np.array([0.0, 2.0]), np.array([1.0, 1.0])
    loss = line_loss(phi, x, y)
    assert loss is not None, "line_loss(...) returned None: expected a float"
    assert np.shape(loss) == (), f"line_loss should return a single number, got shape {np.shape(loss)}"
    assert abs(loss - 10) < 1e-9, f"line_loss: expected 10, got {loss}"
    grad = line_loss_grad(phi, x, y)
    assert grad is not None, "line_loss_grad(...) returned None: expected an array of shape (2,)"
    assert isinstance(grad, np.ndarray), "line_loss_grad should return a numpy array"
    assert grad.shape == (2,), f"line_loss_grad: expected shape (2,), got {grad.shape}"
    assert grad.dtype == np.float64, f"line_loss_grad: expected dtype float64, got {grad.dtype}"
    assert np.allclose(grad, [8, 12]), f"line_loss_grad: expected [8, 12], got {grad.tolist()}"
    parts = loss_change(phi, np.array([-1.0, 0.0]), x, y)
    assert parts is not None, "loss_change(...) returned None: expected the pair (linear, quadratic)"
    assert isinstance(parts, (tuple, list)) and len(parts) == 2, "loss_change: expected (linear, quadratic)"
    assert np.allclose(parts, [-8, 2]), f"loss_change: expected (-8, 2), got {tuple(parts)}"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: Loss or gradient is wrong for some data. Is it a sum over all pairs, and does each residual
  enter each derivative as it should?
"""  # END TEST CONFIG


def test_against_autograd(line_loss, line_loss_grad):
    import numpy as np
    import torch

    rng = np.random.default_rng(1)
    cases = []
    for n in (0, 1, 2, 3, 7, 50):
        for scale in (0.01, 1.0, 100.0):
            cases.append((rng.normal(size=2) * 2, rng.normal(size=n) * scale - 1, rng.normal(size=n) + scale))
    stretch = rng.normal(size=40)
    cases.append((np.array([0.5, -3.0]), stretch[::2], stretch[::-2]))  # views with strides
    cases.append((np.array([1e3, -1e3]), np.ones(4), np.zeros(4)))
    for phi, x, y in cases:
        p = torch.tensor(phi, requires_grad=True)
        residuals = p[0] + p[1] * torch.tensor(x.copy()) - torch.tensor(y.copy())
        loss = (residuals**2).sum()
        loss.backward()
        # float64 sums of at most 50 terms: the errors are some 1e-15 of the size of the terms
        size = float((residuals.detach() ** 2).sum()) + 1e-300
        assert abs(line_loss(phi, x, y) - loss.item()) <= 1e-12 * size
        terms = 2 * residuals.detach().abs()
        bound = 1e-12 * np.array([float(terms.sum()), float((terms * torch.tensor(x.copy()).abs()).sum())])
        got = np.asarray(line_loss_grad(phi, x, y))
        assert got.shape == (2,) and (np.abs(got - p.grad.numpy()) <= bound + 1e-300).all()


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The two parts of the change are wrong, or inexact for small steps and large residuals. One
  of them depends neither on phi nor on y.
"""  # END TEST CONFIG


def test_parts_in_exact_arithmetic(loss_change):
    from fractions import Fraction

    import numpy as np

    def exact_loss(phi, x, y):
        return sum((phi[0] + phi[1] * Fraction(a) - Fraction(b)) ** 2 for a, b in zip(x, y))

    rng = np.random.default_rng(2)
    cases = [(rng.normal(size=2), rng.normal(size=2), rng.normal(size=n), rng.normal(size=n)) for n in range(7)]
    # large residuals and a tiny step: the difference of two losses holds nothing but rounding
    cases.append((np.array([1.0, 2.0]), np.array([3e-9, 1e-9]), rng.normal(size=20), rng.normal(size=20) - 1e8))
    cases.append((np.array([1e8, 0.0]), np.array([0.0, -1e-9]), rng.normal(size=20) + 5, rng.normal(size=20)))
    for phi, step, x, y in cases:
        p, s = [Fraction(v) for v in phi], [Fraction(v) for v in step]
        ahead = exact_loss([p[0] + s[0], p[1] + s[1]], x, y)
        behind = exact_loss([p[0] - s[0], p[1] - s[1]], x, y)
        linear, quadratic = loss_change(phi, step, x, y)
        # the linear part changes its sign with the step, the quadratic part does not
        moves = np.abs(step[0] + step[1] * x)
        size = float((2 * np.abs(phi[0] + phi[1] * x - y) * moves).sum())
        reach = float(((abs(step[0]) + np.abs(step[1] * x)) ** 2).sum())
        assert abs(linear - float((ahead - behind) / 2)) <= 1e-11 * (size + reach)
        assert abs(quadratic - float((ahead + behind) / 2 - exact_loss(p, x, y))) <= 1e-12 * reach


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_step():
    phi, direction = np.array([1.2, -0.1]), np.array([-0.7, 0.5])
    lengths = np.linspace(-0.5, 2.2, 61)
    parts = np.array([loss_change(phi, t * direction, X, Y) for t in lengths])
    start = line_loss(phi, X, Y)
    figure, axis = plt.subplots(figsize=(6, 3.4))
    axis.plot(lengths, start + parts.sum(axis=1), label="loss along the step")
    axis.plot(lengths, start + parts[:, 0], "--", label="linear part only")
    axis.plot(0, start, "o")
    axis.set(xlabel="length of the step", ylabel="$L$", title="a bowl lies above each of its tangents")
    axis.legend()
    figure.tight_layout()


show(draw_step)

# %% [raw] sources="udl-2.1"
# # BEGIN QUESTION
# name: q2_descent
# points: 5

# %% [markdown]
# ## 2. Downhill, but how fast?
#
# **Gradient descent** repeats one step, $\phi \leftarrow \phi - \alpha\,\nabla L(\phi)$, with a fixed **rate**
# $\alpha > 0$. Here the two entries of the gradient are $\partial L / \partial \phi_0$ and
# $\partial L / \partial \phi_1$. With the single pair $(0, 1)$, start $\phi = (3, 5)$ and $\alpha = 0.25$, the
# gradient is $(4, 0)$ and the first step leads to $(2, 5)$.
#
# How fast the gradient itself changes is told by the four second derivatives of $L$, the **Hessian** matrix
# $H$. For a line it is the same everywhere. It decides which rates work: along an eigenvector of $H$ with the
# eigenvalue $\lambda$, each step multiplies the distance to the minimum by $1 - \alpha\lambda$.
#
# - `hessian(x)`: the array of shape `(2, 2)` with entries $\partial^2 L / \partial\phi_j\,\partial\phi_k$.
#   For `x = [0.0]` it is `[[2, 0], [0, 0]]`.
# - `largest_rate(x)`: the number $\alpha_{\max}$ such that, for every start and every `y`, gradient descent
#   comes ever closer to the minimum if $0 < \alpha < \alpha_{\max}$, and does not for some start if
#   $\alpha > \alpha_{\max}$. At least two entries of `x` differ. For `x = [-1.0, 1.0]` it is $0.5$.
# - `descend(phi, x, y, rate, steps)`: the path, a float64 array of shape `(steps + 1, 2)`. Row 0 is the
#   start, row $t$ is $\phi$ after $t$ steps. The array `phi` that was passed in stays as it is. It may hold
#   integers.
# - `best_shift(x)`: gradient descent is slow if the two eigenvalues of $H$ are far apart. Subtracting one
#   number $c$ from all inputs, so that $x_i - c$ takes the place of $x_i$, changes the eigenvalues. Return
#   the $c$ for which the ratio of the larger one to the smaller one is as small as it can be.


# %% [raw]
# # BEGIN SOLUTION
# %%
def hessian(x):
    """Second derivatives of the loss in phi_0 and phi_1, a float64 array (2, 2)."""
    # BEGIN SOLUTION
    columns = np.stack([np.ones(len(x)), x])
    return 2 * columns @ columns.T
    # END SOLUTION


def largest_rate(x):
    """The rate below which gradient descent always converges, a float; two entries of x differ."""
    # BEGIN SOLUTION
    # The error shrinks along an eigenvector while |1 - rate * eigenvalue| < 1.
    return float(2 / np.linalg.eigvalsh(hessian(x)).max())
    # END SOLUTION


def descend(phi, x, y, rate, steps):
    """Path of gradient descent, a float64 array (steps + 1, 2) that begins with phi."""
    # BEGIN SOLUTION
    path = np.zeros((steps + 1, 2))
    path[0] = phi
    for t in range(steps):
        residuals = path[t, 0] + path[t, 1] * x - y
        path[t + 1] = path[t] - rate * 2 * np.array([residuals.sum(), (residuals * x).sum()])
    return path
    # END SOLUTION


def best_shift(x):
    """The number c for which inputs x - c make gradient descent fastest, a float."""
    # BEGIN SOLUTION
    # The determinant of the Hessian does not change with c, and its trace is smallest at the mean.
    return float(x.mean())
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For x = [0] the Hessian is [[2, 0], [0, 0]], for x = [-1, 1] the largest rate is 0.5, and one
  step of rate 0.25 leads from (3, 5) to (2, 5).
"""  # END TEST CONFIG


def test_small_cases(hessian, largest_rate, descend, best_shift):
    import numpy as np

    got = hessian(np.array([0.0]))
    assert got is not None, "hessian(...) returned None: expected an array of shape (2, 2)"
    assert np.shape(got) == (2, 2), f"hessian: expected shape (2, 2), got {np.shape(got)}"
    assert np.allclose(got, [[2, 0], [0, 0]]), f"hessian([0]): expected [[2, 0], [0, 0]], got {got}"
    got = largest_rate(np.array([-1.0, 1.0]))
    assert got is not None, "largest_rate(...) returned None: expected a float"
    assert abs(got - 0.5) < 1e-9, f"largest_rate([-1, 1]): expected 0.5, got {got}"
    path = descend(np.array([3.0, 5.0]), np.array([0.0]), np.array([1.0]), 0.25, 1)
    assert path is not None, "descend(...) returned None: expected an array of shape (steps + 1, 2)"
    assert np.shape(path) == (2, 2), f"descend with one step: expected shape (2, 2), got {np.shape(path)}"
    assert np.allclose(path, [[3, 5], [2, 5]]), f"descend: expected [[3, 5], [2, 5]], got {path}"
    got = best_shift(np.array([4.0, 4.0]))
    assert got is not None, "best_shift(...) returned None: expected a float"
    assert np.shape(got) == (), f"best_shift should return a single number, got shape {np.shape(got)}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The Hessian is not the matrix of second derivatives of the summed loss.
"""  # END TEST CONFIG


def test_hessian_by_autograd(hessian):
    import numpy as np
    import torch

    rng = np.random.default_rng(3)
    for n in (1, 2, 5, 30):
        x, y = rng.normal(size=n) * 3 + 1, torch.tensor(rng.normal(size=n))
        loss = lambda p: ((p[0] + p[1] * torch.tensor(x) - y) ** 2).sum()
        exact = torch.autograd.functional.hessian(loss, torch.tensor(rng.normal(size=2))).numpy()
        # float64 sums of at most 30 terms, each below 1e3
        assert np.allclose(hessian(x), exact, rtol=1e-11, atol=1e-9)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Just below your largest rate gradient descent should converge, just above it should not, for
  any inputs.
"""  # END TEST CONFIG


def test_rate_by_trying(largest_rate):
    import numpy as np

    rng = np.random.default_rng(4)
    for n in (2, 3, 10, 40):
        x, y = rng.normal(size=n) + rng.choice([-1, 1]), rng.normal(size=n)
        ones = np.ones(n)
        best = np.linalg.lstsq(np.stack([ones, x], axis=1), y, rcond=None)[0]
        limit = largest_rate(x)
        assert np.shape(limit) == () and limit > 0
        start = best + rng.normal(size=2)
        # 3 % around the limit: in 1000 steps errors change by factors of 0.94 ** 1000 and 1.06 ** 1000
        for share, grows in ((0.97, False), (1.03, True)):
            phi = start.copy()
            for _ in range(1000):
                residuals = phi[0] + phi[1] * x - y
                phi = phi - share * limit * 2 * np.array([residuals @ ones, residuals @ x])
            assert bool(np.linalg.norm(phi - best) > np.linalg.norm(start - best)) is grows


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The path is not that of gradient descent, or the start is changed. Which gradient does step
  t use?
"""  # END TEST CONFIG


def test_path_in_closed_form(descend):
    import numpy as np

    rng = np.random.default_rng(5)
    for n, steps, rate in (
        (1, 1, 0.3),
        (2, 7, 0.05),
        (5, 40, 0.02),
        (20, 3, 0.01),
        (4, 0, 0.1),
        (3, 12, 0.04),
    ):
        x, y, start = rng.normal(size=2 * n)[::2] + 0.5, rng.normal(size=n), rng.normal(size=2)
        design = np.stack([np.ones(n), x], axis=1)
        best = np.linalg.pinv(design) @ y
        shrink = np.eye(2) - rate * 2 * design.T @ design
        # the distance to a minimum is multiplied by one matrix in each step
        expected = [best + np.linalg.matrix_power(shrink, t) @ (start - best) for t in range(steps + 1)]
        got = np.asarray(descend(start, x, y, rate, steps))
        assert got.shape == (steps + 1, 2)
        assert np.allclose(got, expected, rtol=1e-9, atol=1e-9)
    whole = descend(np.array([3, 5]), np.array([0.0, 1.0]), np.array([1.5, 0.0]), 0.125, 1)
    assert whole.dtype == np.float64 and np.allclose(whole, [[3, 5], [0.625, 3]])
    assert descend(np.array([3, 5]), np.array([0.0, 1.0]), np.array([1.5, 0.0]), 0.125, 0).dtype == np.float64

    def probe(descend):
        import numpy as np

        phi = np.array([1.0, 2.0])
        descend(phi, np.array([1.0, 2.0]), np.array([0.0, 1.0]), 0.1, 3)
        return phi.tolist()

    assert inside(probe)(descend) == [1.0, 2.0]


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: With another shift of the inputs the eigenvalues of the Hessian lie closer together.
"""  # END TEST CONFIG


def test_shift_by_trying(best_shift):
    import numpy as np

    rng = np.random.default_rng(6)

    def ratio(x):
        small, large = np.linalg.eigvalsh([[len(x), x.sum()], [x.sum(), x @ x]])
        return large / small

    for n in (2, 3, 25):
        for centre in (-7.0, 0.5, 30.0):
            x = rng.exponential(size=n) + centre
            shift = best_shift(x)
            around = [ratio(x - shift - d) for d in (-0.05, -0.01, 0.01, 0.05)]
            assert ratio(x - shift) < min(around)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_descent():
    figure, axes = plt.subplots(1, 2, figsize=(11, 4))
    for axis, shift in zip(axes, (0.0, best_shift(X))):
        x = X - shift
        rate = 0.7 * largest_rate(x)
        path = descend(np.array([-0.6, 1.6]), x, Y, rate, 12)
        a, b = np.meshgrid(np.linspace(-1, 2.5, 81), np.linspace(-1, 2, 81))
        loss = ((a[..., None] + b[..., None] * x - Y) ** 2).sum(axis=-1)
        axis.contour(a, b, loss, levels=[0.5, 1, 2, 4, 8, 16, 32], colors="0.7")
        axis.plot(path[:, 0], path[:, 1], ".-", color="tab:red")
        axis.set(xlabel="$\\phi_0$", ylabel="$\\phi_1$", title=f"inputs minus {shift:.2f}: 12 steps")
    figure.tight_layout()


show(draw_descent)

# %% [raw] sources="udl-2.2"
# # BEGIN QUESTION
# name: q3_closed_form
# points: 5

# %% [markdown]
# ## 3. The best line in one go
#
# At the minimum both partial derivatives of $L$ vanish. Divided by two, these are two linear equations for
# the two unknowns, the **normal equations** $A\,\phi = b$. For the pairs $(0, 0)$, $(1, 2)$, $(2, 1)$ they
# are $3\phi_0 + 3\phi_1 = 3$ and $3\phi_0 + 5\phi_1 = 4$, and the best line is $f(x) = 0.5 + 0.5\,x$.
#
# Solve them on paper. Then write
#
# - `normal_equations(x, y)`: the pair `(A, b)` of float64 arrays of shapes `(2, 2)` and `(2,)`, scaled as in
#   the example;
# - `fit_line(x, y)`: the pair of floats `(phi0, phi1)` with the smallest loss, by a formula of sums and means
#   (no ready-made least squares). If all entries of `x` are equal, also for $N = 1$, there is no single best
#   line: raise a `ValueError`.
#
# The inputs may lie far from zero: think of years, or of $x$ near $10^6$ with a spread of $1$. Then the
# formula that comes straight from the equations loses all its digits in a difference of large numbers.
# Deviations from the mean do not.


# %% [raw]
# # BEGIN SOLUTION
# %%
def normal_equations(x, y):
    """The equations A @ phi = b of the best line: A (2, 2) and b (2,), float64."""
    # BEGIN SOLUTION
    columns = np.stack([np.ones(len(x)), x])
    return columns @ columns.T, columns @ y
    # END SOLUTION


def fit_line(x, y):
    """Intercept and slope of the line with the smallest loss, two floats.

    Raises:
        ValueError: all entries of x are equal.
    """
    # BEGIN SOLUTION
    if x.min() == x.max():
        raise ValueError("all inputs are equal: no single line is best")
    away = x - x.mean()
    slope = (away * y).sum() / (away**2).sum()
    return float(y.mean() - slope * x.mean()), float(slope)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For the pairs (0, 0), (1, 2), (2, 1) A is [[3, 3], [3, 5]], b is [3, 4] and the best line is
  0.5 + 0.5 x.
"""  # END TEST CONFIG


def test_three_pairs(normal_equations, fit_line):
    import numpy as np

    x, y = np.array([0.0, 1.0, 2.0]), np.array([0.0, 2.0, 1.0])
    got = normal_equations(x, y)
    assert got is not None, "normal_equations(...) returned None: expected the pair (A, b)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "normal_equations should return (A, b)"
    a, b = np.asarray(got[0]), np.asarray(got[1])
    assert a.shape == (2, 2), f"A: expected shape (2, 2), got {a.shape}"
    assert b.shape == (2,), f"b: expected shape (2,), got {b.shape}"
    assert np.allclose(a, [[3, 3], [3, 5]]), f"A: expected [[3, 3], [3, 5]], got {a.tolist()}"
    assert np.allclose(b, [3, 4]), f"b: expected [3, 4], got {b.tolist()}"
    got = fit_line(x, y)
    assert got is not None, "fit_line(...) returned None: expected the pair (phi0, phi1)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "fit_line should return (phi0, phi1)"
    assert np.allclose(got, [0.5, 0.5]), f"fit_line: expected (0.5, 0.5), got {tuple(got)}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some data the equations are not those of a vanishing gradient, scaled as in the example.
"""  # END TEST CONFIG


def test_equations_from_the_gradient(normal_equations):
    import numpy as np
    import torch

    rng = np.random.default_rng(7)
    for n in (1, 2, 6, 30):
        x, y = rng.normal(size=n) * 2 + 1, rng.normal(size=n) - 3
        a, b = (np.asarray(part) for part in normal_equations(x, y))
        assert a.shape == (2, 2) and b.shape == (2,) and a.dtype == b.dtype == np.float64
        for phi in rng.normal(size=(3, 2)):
            p = torch.tensor(phi, requires_grad=True)
            ((p[0] + p[1] * torch.tensor(x) - torch.tensor(y)) ** 2).sum().backward()
            # half the gradient, at any phi: float64 sums of 30 terms of size 10
            assert np.allclose(a @ phi - b, p.grad.numpy() / 2, rtol=1e-10, atol=1e-10)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some data another line has a smaller loss. Try pairs far from a line, two pairs, and
  inputs far from zero.
"""  # END TEST CONFIG


def test_fit_in_exact_arithmetic(fit_line):
    from fractions import Fraction

    import numpy as np

    rng = np.random.default_rng(8)
    cases = [(np.array([1.0, 3.0]), np.array([5.0, -1.0])), (np.array([0.0, 1e-8]), np.array([1.0, 2.0]))]
    for n in (2, 3, 10, 60):
        for centre, spread in ((0, 1), (0, 1e-4), (-3, 2), (1e6, 1), (-2e7, 3), (1e3, 1e-3)):
            x = centre + spread * rng.normal(size=n)
            cases.append((x, rng.normal(size=n) * 2 + rng.choice([-5, 0, 1e3])))
    cases.append((rng.normal(size=20)[::2] + 4, np.full(10, 7.0)))
    for x, y in cases:
        # Cramer's rule on the normal equations, without rounding
        u, v = [Fraction(t) for t in x], [Fraction(t) for t in y]
        n, su, sv = len(u), sum(u), sum(v)
        suu, suv = sum(t * t for t in u), sum(s * t for s, t in zip(u, v))
        det = n * suu - su * su
        phi0, phi1 = (sv * suu - su * suv) / det, (n * suv - su * sv) / det
        got0, got1 = fit_line(x, y)
        assert np.shape(got0) == np.shape(got1) == ()
        exact = [float(phi0 + phi1 * t) for t in u]
        # Centred sums in float64 err by some 1e-16 * |centre| / spread, here below 1e-8 of the size of y;
        # the raw sums err by the square of that ratio times 1e-16, more than 1e-4.
        assert np.abs(got0 + got1 * x - exact).max() <= 1e-6 * (1 + np.abs(y).max())


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Equal inputs should raise a ValueError, and inputs that differ, however little, should not.
"""  # END TEST CONFIG


def test_when_the_line_is_not_unique(fit_line):
    import numpy as np

    for x, y in (
        ([2.0], [1.0]),
        ([2.0, 2.0], [1.0, 3.0]),
        ([0.0] * 5, [1.0] * 5),
        ([-8.0] * 3, [0.0, 1.0, 5.0]),
        ([0.1] * 3, [0.0, 1.0, 5.0]),
    ):
        try:
            fit_line(np.array(x), np.array(y))
        except ValueError:
            continue
        raise AssertionError("equal inputs should raise a ValueError")
    phi0, phi1 = fit_line(np.array([0.0, 2.0**-30]), np.array([1.0, 1.0 + 2.0**-20]))
    assert abs(phi0 - 1) < 1e-9 and abs(phi1 / 2**10 - 1) < 1e-9


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-2.2"
# # BEGIN QUESTION
# name: q4_influence
# points: 5

# %% [markdown]
# ## 4. Who pulls at the line?
#
# Solve the normal equations for any $y$ and you find that intercept and slope of the best line are weighted
# sums of the targets, with weights that depend on the inputs only:
#
# $$\phi_0 = \sum_i W_{0i}\,y_i, \qquad \phi_1 = \sum_i W_{1i}\,y_i .$$
#
# $W_{1i}$ is how much the slope changes when $y_i$ is raised by $1$. For `x = [0.0, 2.0]` the weights of the
# intercept are $1, 0$ and those of the slope $-\tfrac12, \tfrac12$.
#
# Write `line_weights(x)`: the float64 array of shape `(2, N)` with the rows $W_0$ and $W_1$. At least two
# entries of `x` differ. They may lie far from zero, near $10^6$ with a spread of $1$: work with deviations from
# the mean.
#
# Then decide six statements about the least-squares line of $N \ge 3$ pairs whose inputs are not all equal.
# Set each entry of `fit_facts` to `True` if the statement holds for **all** such data, and to `False` if some
# data break it.
#
# - `"through_the_means"`: the line passes through the point (mean of $x$, mean of $y$).
# - `"half_on_each_side"`: at most half of the pairs lie strictly above the line, and at most half strictly below.
# - `"far_inputs_pull_most"`: when one target is raised by $1$, the slope changes most, in size, for a pair
#   whose input is farthest from the mean of $x$.
# - `"raising_never_lowers_the_intercept"`: raising one target never makes $\phi_0$ smaller.
# - `"bounded_influence"`: however far a single target is moved, the slope changes by less than some bound
#   that depends on the inputs only.
# - `"residuals_uncorrelated"`: $\sum_i x_i\,(f(x_i) - y_i) = 0$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def line_weights(x):
    """Weights W (2, N), float64: W @ y holds intercept and slope of the best line through (x, y)."""
    # BEGIN SOLUTION
    away = x - x.mean()
    slope = away / (away**2).sum()
    return np.stack([1 / len(x) - x.mean() * slope, slope])
    # END SOLUTION


fit_facts = {}
fit_facts["through_the_means"] = True  # SOLUTION
fit_facts["half_on_each_side"] = False  # SOLUTION
fit_facts["far_inputs_pull_most"] = True  # SOLUTION
fit_facts["raising_never_lowers_the_intercept"] = False  # SOLUTION
fit_facts["bounded_influence"] = False  # SOLUTION
fit_facts["residuals_uncorrelated"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For x = [0, 2] the weights are [[1, 0], [-0.5, 0.5]]; fit_facts holds six booleans.
"""  # END TEST CONFIG


def test_two_inputs(line_weights, fit_facts):
    import numpy as np

    got = line_weights(np.array([0.0, 2.0]))
    assert got is not None, "line_weights(...) returned None: expected an array of shape (2, N)"
    assert np.shape(got) == (2, 2), f"line_weights([0, 2]): expected shape (2, 2), got {np.shape(got)}"
    assert np.allclose(got, [[1, 0], [-0.5, 0.5]]), f"expected [[1, 0], [-0.5, 0.5]], got {np.asarray(got).tolist()}"
    assert isinstance(fit_facts, dict), "fit_facts should be a dictionary"
    keys = ["through_the_means", "half_on_each_side", "far_inputs_pull_most"]
    keys += ["raising_never_lowers_the_intercept", "bounded_influence", "residuals_uncorrelated"]
    for key in keys:
        assert isinstance(fit_facts.get(key), bool), f"fit_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some inputs your weights do not give the best line. Check three and more inputs, and
  inputs far from zero.
"""  # END TEST CONFIG


def test_weights_in_exact_arithmetic(line_weights):
    from fractions import Fraction

    import numpy as np

    rng = np.random.default_rng(9)
    cases = [np.array([-1.0, 1.0]), np.array([5.0, 5.0, 6.0]), rng.normal(size=24)[::3]]
    for n in (2, 3, 9, 40):
        cases += [rng.normal(size=n), rng.normal(size=n) * 1e-3 + 2, rng.normal(size=n) + 1e6]
    for x in cases:
        got = np.asarray(line_weights(x))
        assert got.shape == (2, len(x)) and got.dtype == np.float64
        # best line for targets that are zero but for one: Cramer's rule without rounding
        u = [Fraction(t) for t in x]
        n, su, suu = len(u), sum(u), sum(t * t for t in u)
        det = n * suu - su * su
        rows = [[float((suu - su * t) / det) for t in u], [float((n * t - su) / det) for t in u]]
        for values, expected in zip(got, np.array(rows)):
            # 1e6 / 1 costs six of sixteen digits, and the sums a little more
            assert np.abs(values - expected).max() <= 1e-7 * np.abs(expected).max()


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: At least one of the six statements is decided wrongly. Try each on a few data sets, with one
  far point among them.
"""  # END TEST CONFIG


def test_facts_by_trying(fit_facts):
    import numpy as np

    rng = np.random.default_rng(10)
    holds = dict.fromkeys(
        [
            "through_the_means",
            "half_on_each_side",
            "far_inputs_pull_most",
            "raising_never_lowers_the_intercept",
            "bounded_influence",
            "residuals_uncorrelated",
        ],
        True,
    )
    for n in (3, 4, 5, 8, 20) * 4:
        x, y = rng.normal(size=n) + 1, rng.exponential(size=n)
        fit = lambda y: np.linalg.lstsq(np.stack([np.ones(n), x], axis=1), y, rcond=None)[0]
        phi = fit(y)
        residuals = phi[0] + phi[1] * x - y
        raised = np.array([fit(y + row) - phi for row in np.eye(n)])
        far = np.abs(x - x.mean())
        broken = {
            "through_the_means": abs(phi[0] + phi[1] * x.mean() - y.mean()) > 1e-9,
            "half_on_each_side": max((residuals < -1e-9).sum(), (residuals > 1e-9).sum()) > n / 2,
            "far_inputs_pull_most": abs(raised[far.argmax(), 1]) < np.abs(raised[:, 1]).max() - 1e-9,
            "raising_never_lowers_the_intercept": raised[:, 0].min() < -1e-9,
            "bounded_influence": abs(fit(y + 1e9 * np.eye(n)[far.argmax()])[1] - phi[1]) > 1e6,
            "residuals_uncorrelated": abs(residuals @ x) > 1e-9,
        }
        for key, value in broken.items():
            holds[key] = holds[key] and not value
    assert len(fit_facts) == 6
    assert all(fit_facts[key] is bool(value) for key, value in holds.items())


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_influence():
    x, y = np.append(X, 4.0), np.append(Y, 1.6)
    weights = line_weights(x)
    figure, axes = plt.subplots(1, 2, figsize=(11, 3.4))
    axes[0].plot(x, y, "o")
    for lift in (0.0, 1.0, 2.0):
        moved = y + lift * (x == 4.0)
        phi0, phi1 = weights @ moved
        axes[0].plot([0, 4.2], [phi0, phi0 + 4.2 * phi1], label=f"last target raised by {lift:g}")
    axes[0].set(xlabel="$x$", ylabel="$y$", title="one far input pulls the line along")
    axes[0].legend()
    axes[1].stem(x, weights[1])
    axes[1].set(xlabel="$x$", title="weight of each target in the slope")
    figure.tight_layout()


show(draw_influence)

# %% [raw] sources="udl-2.3"
# # BEGIN QUESTION
# name: q5_turned_round
# points: 4

# %% [markdown]
# ## 5. The regression turned round
#
# Now model the input from the target: $x = \phi_0 + \phi_1 y$. The residuals of this model are measured along
# the $x$-axis, and its loss is the sum of their squares. To predict $y$ for a new $x$, solve the equation of
# the line for $y$.
#
# For the pairs $(0, 0)$, $(2, 1)$ and $\phi = (1, 2)$, the model gives the inputs $1$ and $3$. The residuals
# are $1$ and $1$, so the loss is $2$. For a new $x = 5$ this line predicts $y = 2$.
#
# - `reversed_loss(phi, x, y)`: the loss of the turned model, a float.
# - `reversed_fit(x, y)`: the pair of floats `(phi0, phi1)` with the smallest such loss. At least two entries
#   of `y` differ.
# - `reversed_predict(phi, x_new)`: the predictions for `x_new` of shape `(M,)`, shape `(M,)`. If the line
#   cannot be solved for $y$, raise a `ValueError`.


# %% [raw]
# # BEGIN SOLUTION
# %%
def reversed_loss(phi, x, y):
    """Sum of the squared residuals of the model x = phi_0 + phi_1 * y, a float."""
    # BEGIN SOLUTION
    return float(((phi[0] + phi[1] * y - x) ** 2).sum())
    # END SOLUTION


def reversed_fit(x, y):
    """The (phi0, phi1) with the smallest reversed loss, two floats; two entries of y differ."""
    # BEGIN SOLUTION
    away = y - y.mean()
    slope = (away * x).sum() / (away**2).sum()
    return float(x.mean() - slope * y.mean()), float(slope)
    # END SOLUTION


def reversed_predict(phi, x_new):
    """Predicted y for new inputs (M,) from the model x = phi_0 + phi_1 * y.

    Raises:
        ValueError: the model cannot be solved for y.
    """
    # BEGIN SOLUTION
    if phi[1] == 0:
        raise ValueError("x does not depend on y: the line has no inverse")
    return (x_new - phi[0]) / phi[1]
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For the pairs (0, 0), (2, 1) and phi (1, 2) the reversed loss is 2, and x = 5 is predicted
  to have y = 2.
"""  # END TEST CONFIG


def test_two_pairs(reversed_loss, reversed_fit, reversed_predict):
    import numpy as np

    phi, x, y = np.array([1.0, 2.0]), np.array([0.0, 2.0]), np.array([0.0, 1.0])
    loss = reversed_loss(phi, x, y)
    assert loss is not None, "reversed_loss(...) returned None: expected a float"
    assert np.shape(loss) == () and abs(loss - 2) < 1e-9, f"reversed_loss: expected 2, got {loss}"
    got = reversed_fit(x, y)
    assert got is not None, "reversed_fit(...) returned None: expected the pair (phi0, phi1)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "reversed_fit should return (phi0, phi1)"
    assert np.allclose(got, [0, 2]), f"reversed_fit: x = 0 + 2 y passes through both pairs, got {tuple(got)}"
    got = reversed_predict(phi, np.array([5.0]))
    assert got is not None, "reversed_predict(...) returned None: expected an array of shape (M,)"
    assert np.shape(got) == (1,), f"reversed_predict: expected shape (1,), got {np.shape(got)}"
    assert np.allclose(got, [2]), f"reversed_predict: expected [2], got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The reversed loss is wrong for some pairs. In which direction are the residuals measured?
"""  # END TEST CONFIG


def test_reversed_loss_pair_by_pair(reversed_loss):
    import math

    import numpy as np

    rng = np.random.default_rng(11)
    for n in (0, 1, 2, 5, 30):
        for slope in (0.0, 0.3, -4.0):
            phi = np.array([rng.normal(), slope])
            x, y = rng.normal(size=2 * n)[::2] * 3, rng.normal(size=n)
            squares = [math.dist((a, b), (phi[0] + slope * b, b)) ** 2 for a, b in zip(x, y)]
            # float64 sums of at most 30 terms
            assert abs(reversed_loss(phi, x, y) - math.fsum(squares)) <= 1e-12 * (1 + math.fsum(squares))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some pairs another line has a smaller reversed loss. Which of the two variables is the
  input of this model?
"""  # END TEST CONFIG


def test_reversed_fit_is_lowest(reversed_fit):
    import numpy as np

    rng = np.random.default_rng(12)
    for n in (2, 3, 8, 50):
        for noise in (0.0, 0.4, 3.0):
            y = rng.normal(size=n) * 2 + 5
            x = 1 - 1.5 * y + noise * rng.normal(size=n)
            best = np.linalg.lstsq(np.stack([np.ones(n), y], axis=1), x, rcond=None)[0]
            # conditions below 1e3: both are right to about 1e-12
            assert np.allclose(reversed_fit(x, y), best, rtol=1e-8, atol=1e-8)
    flat = reversed_fit(np.array([1.0, 0.0, 1.0]), np.array([-1.0, 0.0, 1.0]))
    assert np.allclose(flat, [2 / 3, 0], atol=1e-12)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Predicting y and putting it into the model should give x back; where no y can be found,
  there should be a ValueError.
"""  # END TEST CONFIG


def test_prediction_undoes_the_model(reversed_predict):
    import numpy as np

    rng = np.random.default_rng(13)
    for phi in ((0.0, 1.0), (2.0, -3.0), (-1.0, 0.01), (5.0, 40.0)):
        y = rng.normal(size=9)[::2]
        got = reversed_predict(np.array(phi), phi[0] + phi[1] * y)
        assert np.shape(got) == y.shape and np.allclose(got, y, rtol=1e-9, atol=1e-9)
    for phi in ((0.0, 0.0), (3.0, 0.0), (1.0, -0.0)):
        try:
            reversed_predict(np.array(phi), np.array([1.0, 2.0]))
        except ValueError:
            continue
        raise AssertionError("a slope of zero should raise a ValueError")


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-2.3"
# # BEGIN QUESTION
# name: q6_same_line
# points: 5

# %% [markdown]
# ## 6. Two lines, or one?
#
# Through the same pairs go two lines: the **ordinary** one, the best $y = a + b\,x$, and the **turned** one,
# the best $x = \phi_0 + \phi_1 y$ drawn in the same picture. For the pairs $(0, 0)$, $(1, 2)$, $(2, 1)$ the
# ordinary line is $y = 0.5 + 0.5\,x$, and the turned one is $y = -1 + 2\,x$. They predict different targets.
# But is this always so?
#
# In this question neither all inputs nor all targets are equal, and their correlation is not zero. The
# **correlation** is
# $$r = \frac{\sum_i (x_i - \bar x)(y_i - \bar y)}
# {\sqrt{\sum_i (x_i - \bar x)^2}\,\sqrt{\sum_i (y_i - \bar y)^2}},$$
# with the means $\bar x$ and $\bar y$. It lies between $-1$ and $1$.
#
# - `compare_slopes(x, y)`: the pair of floats `(ordinary, turned)`, the slopes $dy/dx$ of the two lines. In
#   the example $(0.5, 2)$.
# - `lines_agree(x, y, tol)`: `True` if the ordinary slope divided by the turned one differs from $1$ by at
#   most `tol`, otherwise `False`.
# - `symmetric_slope(x, y)`: the slope halfway between the two, their geometric mean, with their sign: a line
#   that treats $x$ and $y$ alike. In the example it is $1$.
#
# Then decide six statements for all such data. Set each entry of `turn_facts` to `True` or `False`.
#
# - `"share_the_means"`: both lines pass through $(\bar x, \bar y)$.
# - `"differ_with_noise"`: if the pairs do not lie on one line, the two lines differ.
# - `"differ_always"`: if there are three pairs or more, the two lines differ.
# - `"turned_is_steeper"`: if the two lines differ, the turned one is the steeper one (its slope is larger in
#   size).
# - `"signs_can_differ"`: for some data one line rises and the other falls.
# - `"turned_can_win"`: for some data the turned line, used to predict $y$ from $x$, has the smaller sum of
#   squared errors in $y$ over the training pairs.


# %% [raw]
# # BEGIN SOLUTION
# %%
def compare_slopes(x, y):
    """Slopes dy/dx (ordinary, turned) of the two fitted lines, two floats."""
    # BEGIN SOLUTION
    dx, dy = x - x.mean(), y - y.mean()
    both = (dx * dy).sum()
    return float(both / (dx**2).sum()), float((dy**2).sum() / both)
    # END SOLUTION


def lines_agree(x, y, tol):
    """Whether ordinary slope / turned slope differs from 1 by at most tol, a bool."""
    # BEGIN SOLUTION
    ordinary, turned = compare_slopes(x, y)
    return math.isclose(ordinary, turned, rel_tol=tol)  # the turned slope is never the smaller one
    # END SOLUTION


def symmetric_slope(x, y):
    """The geometric mean of both slopes, with their sign, a float."""
    # BEGIN SOLUTION
    ordinary, turned = compare_slopes(x, y)
    return math.copysign(math.sqrt(ordinary * turned), turned)
    # END SOLUTION


turn_facts = {}
turn_facts["share_the_means"] = True  # SOLUTION
turn_facts["differ_with_noise"] = True  # SOLUTION
turn_facts["differ_always"] = False  # SOLUTION
turn_facts["turned_is_steeper"] = True  # SOLUTION
turn_facts["signs_can_differ"] = False  # SOLUTION
turn_facts["turned_can_win"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For the pairs (0, 0), (1, 2), (2, 1) the slopes are 0.5 and 2, the lines do not agree, and
  the symmetric slope is 1.
"""  # END TEST CONFIG


def test_three_pairs(compare_slopes, lines_agree, symmetric_slope, turn_facts):
    import numpy as np

    x, y = np.array([0.0, 1.0, 2.0]), np.array([0.0, 2.0, 1.0])
    got = compare_slopes(x, y)
    assert got is not None, "compare_slopes(...) returned None: expected the pair (ordinary, turned)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "compare_slopes should return (ordinary, turned)"
    assert np.allclose(got, [0.5, 2]), f"compare_slopes: expected (0.5, 2), got {tuple(got)}"
    got = lines_agree(x, y, 0.1)
    assert isinstance(got, (bool, np.bool_)), f"lines_agree should return True or False, got {got}"
    assert not got, "lines_agree: the slopes 0.5 and 2 do not agree, expected False"
    got = symmetric_slope(x, y)
    assert got is not None, "symmetric_slope(...) returned None: expected a float"
    assert abs(got - 1) < 1e-9, f"symmetric_slope: expected 1, got {got}"
    assert isinstance(turn_facts, dict), "turn_facts should be a dictionary"
    keys = ["share_the_means", "differ_with_noise", "differ_always"]
    for key in [*keys, "turned_is_steeper", "signs_can_differ", "turned_can_win"]:
        assert isinstance(turn_facts.get(key), bool), f"turn_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some pairs the slopes are not those of the two best lines, both as dy/dx.
"""  # END TEST CONFIG


def test_slopes_by_lstsq(compare_slopes):
    import numpy as np

    rng = np.random.default_rng(14)
    for n in (2, 3, 10, 40):
        for slope, noise in ((2.0, 0.0), (-0.5, 0.3), (3.0, 2.0), (-1.0, 1.0)):
            x = rng.normal(size=2 * n)[::2] + 6
            y = slope * x + noise * rng.normal(size=n) - 2
            line = lambda a, b: np.linalg.lstsq(np.stack([np.ones(n), a], axis=1), b, rcond=None)[0][1]
            ordinary, turned = compare_slopes(x, y)
            # conditions below 1e3, and correlations above 0.01 in size
            assert abs(ordinary / line(x, y) - 1) < 1e-8
            assert abs(turned * line(y, x) - 1) < 1e-8
            r = np.corrcoef(x, y)[0, 1]
            assert abs(ordinary / turned - r**2) < 1e-9


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The verdict on two lines, or the line between them, is wrong for some pairs. Try pairs on a
  falling line, with and without noise.
"""  # END TEST CONFIG


def test_agreement_and_symmetry(lines_agree, symmetric_slope):
    import numpy as np

    rng = np.random.default_rng(15)
    x = rng.normal(size=12)
    for slope in (3.0, -2.0, 0.05):
        assert bool(lines_agree(x, 4 + slope * x, 1e-9)) is True
        # rounding in 12 terms moves r^2 by some 1e-15
        assert abs(symmetric_slope(x, 4 + slope * x) / slope - 1) < 1e-9
    corners = np.array([0.0, 1.0, 2.0]), np.array([0.0, 2.0, 1.0])
    assert bool(lines_agree(*corners, 0.7499999)) is False
    assert bool(lines_agree(*corners, 0.7500001)) is True
    for noise in (0.1, 0.5, 2.0):
        for sign in (1, -1):
            y = sign * x + noise * rng.normal(size=12)
            r = np.corrcoef(x, y)[0, 1]
            for tol in (0.5, 0.9, 1.1):
                if abs(1 - r**2 - tol) > 1e-6:
                    assert bool(lines_agree(x, y, tol)) is bool(1 - r**2 <= tol)
            there, back = symmetric_slope(x, y), symmetric_slope(y, x)
            assert abs(there * back - 1) < 1e-9 and bool(there > 0) is bool(r > 0)
            assert abs(abs(there) - y.std() / x.std()) < 1e-9 * abs(there)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: At least one of the six statements is decided wrongly. Look at pairs with and without noise,
  rising and falling.
"""  # END TEST CONFIG


def test_facts_by_trying(turn_facts):
    import numpy as np

    rng = np.random.default_rng(16)
    apart, noisy_same, same, steeper, signs, wins = 0.0, False, False, True, False, False
    for n in (3, 4, 6, 25) * 6:
        for noise in (0.0, 0.2, 2.0):
            x = rng.normal(size=n) * 2 + 1
            y = rng.choice([-0.7, 0.4, 3.0]) * x + noise * rng.normal(size=n) + 2
            fit = lambda a, b: np.linalg.lstsq(np.stack([np.ones(n), a], axis=1), b, rcond=None)[0]
            (c0, c1), (d0, d1) = fit(x, y), fit(y, x)
            slope, intercept = 1 / d1, -d0 / d1
            for a, b in ((c0, c1), (intercept, slope)):
                apart = max(apart, abs(a + b * x.mean() - y.mean()) / (1 + abs(b)))
            alike = abs(slope - c1) < 1e-9 * abs(c1)
            same = same or alike
            noisy_same = noisy_same or (alike and noise > 0)
            steeper = steeper and (alike or abs(slope) > abs(c1))
            signs = signs or slope * c1 < 0
            errors = [((a + b * x - y) ** 2).sum() for a, b in ((c0, c1), (intercept, slope))]
            wins = wins or errors[1] < errors[0] - 1e-9
    assert len(turn_facts) == 6
    assert turn_facts["share_the_means"] is bool(apart < 1e-8)
    assert turn_facts["differ_with_noise"] is bool(not noisy_same)
    assert turn_facts["differ_always"] is bool(not same)
    assert turn_facts["turned_is_steeper"] is bool(steeper)
    assert turn_facts["signs_can_differ"] is bool(signs)
    assert turn_facts["turned_can_win"] is bool(wins)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_both_lines():
    ordinary, turned = compare_slopes(X, Y)
    figure, axes = plt.subplots(1, 2, figsize=(11, 3.6), sharey=True)
    x = np.array([0.0, 2.2])
    for axis, slope, name in ((axes[0], ordinary, "ordinary"), (axes[1], turned, "turned")):
        axis.plot(X, Y, "o")
        for other in (ordinary, turned):
            axis.plot(x, Y.mean() + other * (x - X.mean()), color="tab:red" if other == slope else "0.8")
        if name == "ordinary":
            axis.vlines(X, Y, Y.mean() + slope * (X - X.mean()), color="0.6")
        else:
            axis.hlines(Y, X, X.mean() + (Y - Y.mean()) / slope, color="0.6")
        axis.set(title=f"{name}: residuals along the {'y' if name == 'ordinary' else 'x'}-axis", xlabel="$x$")
    axes[0].set_ylabel("$y$")
    figure.tight_layout()


show(draw_both_lines)

# %% [markdown]
# ## What to take along
#
# Least squares has a bowl for a loss, so walking downhill and solving two equations lead to the same line.
# How far one may step is decided by the curvature, and centred inputs make the bowl rounder. Each target
# pulls with a weight that its input sets, without any limit. And a model of $x$ from $y$ is not the model of
# $y$ from $x$ read backwards, because the two measure their errors in different directions.
