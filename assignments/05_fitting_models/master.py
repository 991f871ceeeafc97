# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [raw]
# # ASSIGNMENT CONFIG
# name: 05_fitting_models
# export_cell: {pdf: false}
# tests: {files: false, ok_format: false}
# show_question_points: true

# %% [markdown]
# # Fitting models
#
# To fit a model is to walk downhill on its loss. Here you work out slopes and curvatures, find out when a lowest
# point exists, and see what learning rate, batch size and momentum do to the walk. At the end you differentiate
# through a layer that solves a problem of its own, and see why depth can ruin a gradient.
#
# | question | what you write | points |
# | --- | --- | --- |
# | `q1_line_gradient` | one gradient per example, and that of a mini-batch | 3 |
# | `q2_line_hessian` | the curvature of a line's loss, and when its minimum is the only one | 4 |
# | `q3_minima` | which functions are convex, which points are minima | 4 |
# | `q4_sigmoid_curve` | what the two parameters of logistic regression do | 4 |
# | `q5_logistic_loss` | its loss, gradient and Hessian, and whether the loss is convex | 5 |
# | `q6_gabor_gradient` | the gradient of a model with many valleys | 3 |
# | `q7_shallow_gradient` | the derivatives of a shallow network | 4 |
# | `q8_hessian_size` | how large a Hessian is, and how to use it without storing it | 3 |
# | `q9_epochs` | batches, updates and epochs | 4 |
# | `q10_gradient_noise` | how much a mini-batch gradient scatters | 4 |
# | `q11_chunks` | a full gradient when memory is short | 4 |
# | `q12_why_sgd` | why SGD, in words, marked by a person | 2 |
# | `q13_trapped` | which learning rates leave a local minimum | 4 |
# | `q14_zigzag` | exact line search, its zigzag, and two cures | 5 |
# | `q15_zigzag_explained` | the zigzag in words, marked by a person | 3 |
# | `q16_momentum_weights` | what momentum remembers | 3 |
# | `q17_three_methods` | gradient descent, momentum and Newton; noise that helps | 6 |
# | `q18_batch_size` | what a doubled batch saves | 5 |
# | `q19_implicit_gradient` | the gradient through a layer that solves a problem | 5 |
# | `q20_depth` | vanishing and exploding gradients | 6 |
#
# Each question stands alone: no answer needs an earlier one. `grader.check` runs a few small public tests.
# More tests, with other numbers, decide the score.

# %% [markdown]
# ## Recap and notation
#
# A model $f(x, \theta)$ maps an input $x$ to an output; $y$ is the target. The **loss** $L(\theta)$ says how badly
# the outputs fit $N$ examples $(x_i, y_i)$. It is a sum (or a mean, where a question says so) of one term $\ell_i$
# per example.
#
# - The **gradient** $\nabla L$ holds the derivatives of $L$ with respect to the parameters. It points uphill.
# - **Gradient descent** repeats $\theta \leftarrow \theta - \eta\,\nabla L(\theta)$ with a **learning rate**
#   $\eta > 0$. **Stochastic** gradient descent (SGD) uses the gradient of a few examples, a **mini-batch** of size
#   $B$. One **epoch** is one pass over all examples.
# - A function is **convex** if the straight line between two points of its graph never runs below the graph. A
#   point where the gradient of a convex function vanishes is a global minimum.
# - The **Hessian** is the matrix of second derivatives. A smooth function is convex exactly if its Hessian has no
#   negative eigenvalue anywhere.
#
# Small models have the parameters $\phi = (\phi_0, \phi_1)$, shallow networks $\phi$ and $\theta$ as before, and
# $\theta$ alone stands for the parameters of any model. Arrays are float64 NumPy arrays unless a question says
# tensor. Run the set-up cell, then look at the loss of a straight line, with arrows along minus the gradient.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
import torch


def show(draw):
    """Call draw(); while the answer it needs is missing, say so in a line instead of failing."""
    try:
        draw()
    except Exception as problem:
        plt.close("all")
        print(f"No figure yet: it is drawn by your own answer ({type(problem).__name__}: {problem}).")


# %%
def draw_line_loss():
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 2, size=12)
    y = 0.3 + 0.6 * x + 0.2 * rng.normal(size=12)
    intercepts, slopes = np.meshgrid(np.linspace(-1, 2, 61), np.linspace(-0.7, 1.8, 51))
    loss = ((intercepts[..., None] + slopes[..., None] * x - y) ** 2).sum(axis=-1)
    down_slopes, down_intercepts = np.gradient(-loss)
    figure, axis = plt.subplots(figsize=(6, 4))
    axis.contour(intercepts, slopes, loss, levels=np.geomspace(0.5, 100, 12), cmap="viridis")
    some = (slice(None, None, 8), slice(None, None, 8))
    axis.quiver(intercepts[some], slopes[some], down_intercepts[some], down_slopes[some], color="0.5")
    axis.set(xlabel="$\\phi_0$", ylabel="$\\phi_1$", title="loss of a line, and the way down", aspect="equal")
    figure.tight_layout()


show(draw_line_loss)

# %% [raw] sources="udl-6.1"
# # BEGIN QUESTION
# name: q1_line_gradient
# points: 3

# %% [markdown]
# ## 1. One gradient per example
#
# A straight line $f(x) = \phi_0 + \phi_1 x$ is fitted with the summed squared error
#
# $$L(\phi) = \sum_{i=1}^{N} \ell_i, \qquad \ell_i = \big(\phi_0 + \phi_1 x_i - y_i\big)^2 .$$
#
# Because $L$ is a sum, its gradient is a sum too: one vector per example. Take $\phi = (1, 2)$ and the single
# example $x = 3$, $y = 5$. The output is $7$, the error $2$, and the gradient of $\ell$ is $(4, 12)$.
#
# Derive the gradient of $\ell_i$ and write, without autograd,
#
# - `per_example_gradients(phi, x, y)`: array of shape `(N, 2)`, row $i$ holds
#   $(\partial \ell_i / \partial \phi_0,\; \partial \ell_i / \partial \phi_1)$; `phi` has shape `(2,)`, `x` and `y`
#   have shape `(N,)`, and $N$ may be 0;
# - `minibatch_gradient(phi, x, y, batch)`: array of shape `(2,)`, the gradient of the sum of $\ell_i$ over the
#   examples in `batch`, an integer array of indices from 0 to $N - 1$. An index that stands twice counts twice. An
#   empty batch gives zeros.


# %% [raw]
# # BEGIN SOLUTION
# %%
def per_example_gradients(phi, x, y):
    """Gradients of the squared errors of a line, one row per example: shape (N, 2).

    phi: (2,); x, y: (N,).
    """
    # BEGIN SOLUTION
    slope_of_square = 2 * (phi[0] + phi[1] * x - y)
    return np.stack([slope_of_square, slope_of_square * x], axis=1)
    # END SOLUTION


def minibatch_gradient(phi, x, y, batch):
    """Gradient of the summed squared error over the examples in batch (integer indices): shape (2,)."""
    # BEGIN SOLUTION
    return per_example_gradients(phi, x[batch], y[batch]).sum(axis=0)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For phi (1, 2) and the example x = 3, y = 5 the gradient is (4, 12), as a row of a (1, 2)
  array and as a (2,) array.
"""  # END TEST CONFIG


def test_one_example(per_example_gradients, minibatch_gradient):
    import numpy as np

    phi, x, y = np.array([1.0, 2.0]), np.array([3.0]), np.array([5.0])
    got = per_example_gradients(phi, x, y)
    assert got is not None, "per_example_gradients(...) returned None: expected an array of shape (N, 2)"
    assert np.shape(got) == (1, 2), f"per_example_gradients: expected shape (1, 2), got {np.shape(got)}"
    assert np.allclose(got, [[4, 12]]), f"per_example_gradients: expected [[4, 12]], got {got}"
    got = minibatch_gradient(phi, x, y, np.array([0]))
    assert got is not None, "minibatch_gradient(...) returned None: expected an array of shape (2,)"
    assert np.shape(got) == (2,), f"minibatch_gradient: expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, [4, 12]), f"minibatch_gradient: expected [4, 12], got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A row is not the gradient of that example's own error. Nothing is added up or averaged here,
  and the intercept comes first.
"""  # END TEST CONFIG


def test_rows_against_autograd(per_example_gradients):
    import numpy as np
    import torch

    rng = np.random.default_rng(501)
    for n in (0, 1, 2, 3, 7, 50):
        phi, x, y = rng.normal(size=2) * 3, rng.normal(size=2 * n)[::2] * 4, rng.normal(size=n)
        got = per_example_gradients(phi, x, y)
        assert np.shape(got) == (n, 2)
        for i in range(n):
            p = torch.tensor(phi, requires_grad=True)
            ((p[0] + p[1] * x[i] - y[i]) ** 2).backward()
            # float64, a handful of operations on numbers up to about 1e3
            assert np.allclose(got[i], p.grad.numpy(), rtol=1e-10, atol=1e-10)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The gradient of a mini-batch is wrong. It is the sum over the batch, with repeated indices,
  and zero for an empty batch.
"""  # END TEST CONFIG


def test_batches_against_autograd(minibatch_gradient):
    import numpy as np
    import torch

    rng = np.random.default_rng(502)
    n = 9
    phi, x, y = rng.normal(size=2), rng.normal(size=n) * 2, rng.normal(size=n)
    batches = [np.arange(n), rng.permutation(n)[:4], np.array([8]), np.array([3, 3]), np.array([5, 0, 5, 5, 0])]
    batches += [np.arange(n)[::-1][:2], rng.integers(0, n, size=40), np.array([], dtype=int)]
    for batch in batches:
        p = torch.tensor(phi, requires_grad=True)
        loss = 0 * p.sum()
        for i in batch:
            loss = loss + (p[0] + p[1] * x[i] - y[i]) ** 2
        loss.backward()
        got = minibatch_gradient(phi, x, y, batch)
        assert np.shape(got) == (2,)
        # float64 sums of at most 40 terms
        assert np.allclose(got, p.grad.numpy(), rtol=1e-10, atol=1e-10)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-6.2"
# # BEGIN QUESTION
# name: q2_line_hessian
# points: 4

# %% [markdown]
# ## 2. The bowl under a straight line
#
# The loss is again $L(\phi) = \sum_i (\phi_0 + \phi_1 x_i - y_i)^2$ with $N \ge 1$ examples. Its Hessian is the
# $2 \times 2$ matrix of second derivatives. A symmetric $2 \times 2$ matrix has no negative eigenvalue exactly when
# its trace (the sum of the eigenvalues) and its determinant (their product) are both not negative. For $x = (0, 1)$
# the Hessian is $\begin{pmatrix} 4 & 2 \\ 2 & 2 \end{pmatrix}$, with trace $6$ and determinant $4$.
#
# Write, for `x` of shape `(N,)`,
#
# - `line_hessian(x)`: the Hessian, shape `(2, 2)`;
# - `trace_det(x)`: the pair `(trace, determinant)` of floats. Bring the determinant into a form that shows its sign
#   and does not subtract two large numbers: for $x_i$ near $10^6$ that differ by $10^{-3}$ it must be right to six
#   digits;
# - `has_one_minimum(x)`: `True` if exactly one $\phi$ minimises the loss, `False` if many do. It must be right for
#   $x = (0.1, 0.1, 0.1)$ and for $x = (1, 1 + 10^{-9})$, where a rounded determinant misleads.
#
# Then set each entry of `bowl_facts` to `True` or `False`.
#
# - `"never_negative"`: whatever the data, no eigenvalue of this Hessian is negative.
# - `"always_positive"`: whatever the data, both eigenvalues of this Hessian are positive.
# - `"depends_on_targets"`: for some data, the Hessian changes when the $y_i$ change.
# - `"curvature_gives_minimum"`: every function of one real variable whose second derivative is positive everywhere
#   has a minimum.


# %% [raw]
# # BEGIN SOLUTION
# %%
def line_hessian(x):
    """Hessian of the summed squared error of a line, shape (2, 2); x: (N,)."""
    # BEGIN SOLUTION
    return 2.0 * np.array([[len(x), x.sum()], [x.sum(), (x**2).sum()]])
    # END SOLUTION


def trace_det(x):
    """Trace and determinant of that Hessian, two floats, without cancellation."""
    # BEGIN SOLUTION
    spread = ((x - x.mean()) ** 2).sum()
    return float(2 * (len(x) + (x**2).sum())), float(4 * len(x) * spread)
    # END SOLUTION


def has_one_minimum(x):
    """Whether exactly one line has the smallest loss, a bool."""
    # BEGIN SOLUTION
    return bool(x.max() > x.min())
    # END SOLUTION


bowl_facts = {}
bowl_facts["never_negative"] = True  # SOLUTION
bowl_facts["always_positive"] = False  # SOLUTION
bowl_facts["depends_on_targets"] = False  # SOLUTION
bowl_facts["curvature_gives_minimum"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For x = (0, 1) the Hessian is [[4, 2], [2, 2]], its trace 6, its determinant 4, and the
  minimum is the only one.
"""  # END TEST CONFIG


def test_two_points(line_hessian, trace_det, has_one_minimum, bowl_facts):
    import numpy as np

    x = np.array([0.0, 1.0])
    got = line_hessian(x)
    assert got is not None, "line_hessian(...) returned None: expected an array of shape (2, 2)"
    assert np.shape(got) == (2, 2), f"line_hessian: expected shape (2, 2), got {np.shape(got)}"
    assert np.allclose(got, [[4, 2], [2, 2]]), f"line_hessian: expected [[4, 2], [2, 2]], got {got}"
    got = trace_det(x)
    assert got is not None, "trace_det(...) returned None: expected (trace, determinant)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "trace_det should return (trace, determinant)"
    assert np.shape(got[0]) == np.shape(got[1]) == (), "trace and determinant should be single numbers"
    assert np.allclose(got, [6, 4]), f"trace_det: expected (6, 4), got {got}"
    got = has_one_minimum(x)
    assert isinstance(got, (bool, np.bool_)), f"has_one_minimum should return True or False, got {got}"
    assert got, "has_one_minimum([0, 1]): expected True, got False"
    assert isinstance(bowl_facts, dict), "bowl_facts should be a dictionary"
    for key in ("never_negative", "always_positive", "depends_on_targets", "curvature_gives_minimum"):
        assert isinstance(bowl_facts.get(key), bool), f"bowl_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some data the matrix is not the Hessian that autograd finds, at whatever phi. Is the
  factor of the square there?
"""  # END TEST CONFIG


def test_hessian_against_autograd(line_hessian):
    import numpy as np
    import torch

    rng = np.random.default_rng(503)
    for n in (1, 2, 3, 10, 40):
        x, y = rng.normal(size=2 * n)[::2] * 3 + 1, torch.tensor(rng.normal(size=n))
        loss = lambda p: ((p[0] + p[1] * torch.tensor(x.copy()) - y) ** 2).sum()
        got = line_hessian(x)
        assert np.shape(got) == (2, 2)
        for _ in range(2):
            phi = torch.tensor(rng.normal(size=2) * 5)
            expected = torch.autograd.functional.hessian(loss, phi).numpy()
            # float64 sums of at most 40 terms
            assert np.allclose(got, expected, rtol=1e-10, atol=1e-10)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Trace or determinant is wrong for some data, or the determinant loses its digits when the x
  are large and close together.
"""  # END TEST CONFIG


def test_trace_and_determinant_exactly(trace_det):
    from fractions import Fraction

    import numpy as np

    rng = np.random.default_rng(504)
    cases = [np.array([3.0]), np.array([2.0, 2.0, 2.0]), np.array([-1.0, 0.0, 4.0]), rng.normal(size=30)]
    cases += [1e6 + 1e-3 * rng.normal(size=n) for n in (2, 5, 20)]
    cases += [-1e6 + 1e-3 * rng.normal(size=7), rng.normal(size=40)[::4] * 100]
    for x in cases:
        got = trace_det(x)
        exact = [Fraction(float(v)) for v in x]
        n, first, second = len(exact), sum(exact), sum(v * v for v in exact)
        trace, det = float(2 * n + 2 * second), float(4 * (n * second - first**2))
        assert abs(got[0] - trace) <= 1e-9 * trace
        # the centred form errs by about 1e-13 here, the plain one by more than the determinant itself
        assert abs(got[1] - det) <= 1e-6 * det


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: has_one_minimum is wrong for some x, or at least one of the four statements is. What if all x
  are equal?
"""  # END TEST CONFIG


def test_uniqueness_and_facts(has_one_minimum, bowl_facts):
    import numpy as np
    import torch

    equal = [[5.0], [0.0], [0.1] * 3, [0.1] * 10, [2.0] * 3, [-1e6] * 4, [1 / 3] * 7]
    for x in equal:
        assert bool(has_one_minimum(np.array(x))) is False
    for x in ([1.0, 1 + 1e-9], [3.0, 3.0, 4.0], [-1.0, 1.0], [0.0, 0.0, 1e-200], [7.0, 1e6, 7.0]):
        assert bool(has_one_minimum(np.array(x))) is True

    rng = np.random.default_rng(505)
    lowest, moved = [], 0.0
    for x in [np.array(x) for x in equal] + [rng.normal(size=n) for n in (2, 3, 8)]:
        seen = []
        for _ in range(2):
            y = torch.tensor(rng.normal(size=len(x)))
            loss = lambda p: ((p[0] + p[1] * torch.tensor(x) - y) ** 2).sum()
            phi = torch.zeros(2, dtype=torch.float64)
            seen.append(torch.autograd.functional.hessian(loss, phi).numpy())
        moved = max(moved, np.abs(seen[0] - seen[1]).max())
        lowest.append(np.linalg.eigvalsh(seen[0])[0] / np.trace(seen[0]))
    # the exponential bends upwards everywhere, and yet goes on falling to the left
    z = np.linspace(-100, 5, 1000)
    bends_up, falls = (np.exp(z) > 0).all(), (np.diff(np.exp(z)) > 0).all()
    assert bowl_facts["never_negative"] is bool(min(lowest) > -1e-12)
    assert bowl_facts["always_positive"] is bool(min(lowest) > 1e-12)
    assert bowl_facts["depends_on_targets"] is bool(moved > 1e-9)
    assert bowl_facts["curvature_gives_minimum"] is (not bool(bends_up and falls))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-6.6"
# # BEGIN QUESTION
# name: q3_minima
# points: 4

# %% [markdown]
# ## 3. Convex or not, minimum or not
#
# Three functions of one real variable, with seven marked points (drawn in the cell below the question):
#
# $$A(x) = x^4 - 2x^2 + 0.3x, \qquad B(x) = \log\cosh(x - 1), \qquad C(x) = \tfrac14 x^4 - \tfrac13 x^3 .$$
#
# | point | 1 | 2 | 3 | 4 | 5 | 6 | 7 |
# | --- | --- | --- | --- | --- | --- | --- | --- |
# | function | A | A | A | B | B | C | C |
# | $x$ | $-1.0356$ | $0.0754$ | $0.9602$ | $-1$ | $1$ | $0$ | $1$ |
#
# (The three numbers for A are rounded zeros of $A'$.) Set two dictionaries by thought, then write the checks.
#
# - `convex`: for `"A"`, `"B"`, `"C"`, whether the function is convex on the whole line.
# - `points`: for the integers 1 to 7 one of three words: `"global"` for a global minimum, `"local"` for a local
#   minimum that is not global, `"neither"` for everything else.
# - `is_convex_on(f, lo, hi, n, tol)`: take $n \ge 3$ equally spaced $x$ from `lo` to `hi`, both included. Return
#   `True` if none of the second differences $f(x_{i-1}) - 2f(x_i) + f(x_{i+1})$ is below `-tol`, otherwise `False`.
#   `f` works elementwise on arrays. For $f(x) = x^2$ and the points $0, 1, 2$ there is one second difference, $2$.
# - `classify(f, x, grid, step, tol)`: one of the three words for the float `x`. Values that differ by no more than
#   `tol` count as equal. The neighbours at distance `step` decide whether $x$ is a minimum at all (both are at
#   least as high); the values of `f` on the array `grid` decide whether it is global (none is lower).


# %% [raw]
# # BEGIN SOLUTION
# %%
convex = {}
convex["A"] = False  # SOLUTION
convex["B"] = True  # SOLUTION
convex["C"] = False  # SOLUTION

points = {}
points[1] = "global"  # SOLUTION
points[2] = "neither"  # SOLUTION
points[3] = "local"  # SOLUTION
points[4] = "neither"  # SOLUTION
points[5] = "global"  # SOLUTION
points[6] = "neither"  # SOLUTION
points[7] = "global"  # SOLUTION


def is_convex_on(f, lo, hi, n, tol):
    """Whether no second difference of f on n equally spaced points of [lo, hi] is below -tol, a bool."""
    # BEGIN SOLUTION
    return bool((np.diff(f(np.linspace(lo, hi, n)), 2) >= -tol).all())
    # END SOLUTION


def classify(f, x, grid, step, tol):
    """ "global", "local" (a minimum, but not global) or "neither", for the float x."""
    # BEGIN SOLUTION
    lowest_allowed = f(x) - tol
    if min(f(x - step), f(x + step)) < lowest_allowed:
        return "neither"
    return "local" if f(grid).min() < lowest_allowed else "global"
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: x squared is convex and has a global minimum at 0; x = 1 is no minimum. The dictionaries hold
  booleans and words.
"""  # END TEST CONFIG


def test_parabola(is_convex_on, classify, convex, points):
    import numpy as np

    got = is_convex_on(lambda x: x**2, 0.0, 2.0, 3, 1e-9)
    assert isinstance(got, (bool, np.bool_)), f"is_convex_on should return True or False, got {got}"
    assert got, "is_convex_on for x squared: expected True, got False"
    for x, expected in ((0.0, "global"), (1.0, "neither")):
        got = classify(lambda x: x**2, x, np.linspace(-2, 2, 9), 0.01, 1e-9)
        assert got == expected, f"classify for x squared at {x}: expected {expected!r}, got {got!r}"
    assert isinstance(convex, dict), "convex should be a dictionary"
    for name in "ABC":
        assert isinstance(convex.get(name), bool), f"convex[{name!r}] should be True or False"
    assert isinstance(points, dict), "points should be a dictionary"
    words = ("global", "local", "neither")
    for number in range(1, 8):
        assert points.get(number) in words, f"points[{number}] should be one of {words}, got {points.get(number)}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one function or point is judged wrongly. A zero slope alone makes no minimum, and one
  minimum alone makes no convex function.
"""  # END TEST CONFIG


def test_verdicts(convex, points):
    import numpy as np

    curves = {"A": [1, 0, -2, 0.3, 0], "C": [1 / 4, -1 / 3, 0, 0, 0]}
    x = np.linspace(-20, 20, 400001)
    values = {name: np.polyval(curve, x) for name, curve in curves.items()}
    values["B"] = np.logaddexp(x - 1, 1 - x) - np.log(2)
    for name, curve in values.items():
        assert convex[name] is bool(np.diff(curve[::100], 2).min() > -1e-9)
    for number, name, place in zip(range(1, 8), "AAABBCC", [-1.0356, 0.0754, 0.9602, -1, 1, 0, 1]):
        curve, middle = values[name], np.abs(x - place).argmin()
        # 0.02 to either side: far more than the rounding of the marked places
        around = curve[middle - 200 : middle + 201]
        lowest_inside = 100 < around.argmin() < 300
        word = "neither" if not lowest_inside else "global" if around.min() <= curve.min() else "local"
        assert points[number] == word


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: is_convex_on gives the wrong verdict for some function, interval or tolerance. A straight line
  is convex.
"""  # END TEST CONFIG


def test_convexity_check(is_convex_on):
    import numpy as np

    a = lambda x: x**4 - 2 * x**2 + 0.3 * x
    c = lambda x: x**4 / 4 - x**3 / 3
    yes = [lambda x: x**2, np.exp, np.abs, lambda x: 3 - 2 * x, lambda x: np.maximum(x, 1), np.cosh]
    no = [np.sin, lambda x: x**3, a, c, lambda x: -np.abs(x), np.tanh, lambda x: -(x**2)]
    for f in yes:
        assert bool(is_convex_on(f, -2.0, 3.0, 1001, 1e-9)) is True
    for f in no:
        assert bool(is_convex_on(f, -2.0, 3.0, 1001, 1e-9)) is False
    # the interval counts
    for f, lo, hi, expected in (
        (a, 0.6, 3.0, True),
        (a, 0.5, 3.0, False),
        (a, -3.0, -0.6, True),
        (a, -3.0, -0.5, False),
        (np.sin, -3.1, -0.1, True),
        (np.sin, 0.1, 3.1, False),
    ):
        assert bool(is_convex_on(f, lo, hi, 2001, 1e-12)) is expected
    # one second difference only, exact in binary: minus 2
    cap = lambda x: -(x**2)
    for tol, expected in ((0.0, False), (1.875, False), (2.0, True), (2.5, True)):
        assert bool(is_convex_on(cap, -1.0, 1.0, 3, tol)) is expected
    assert bool(is_convex_on(lambda x: 2 * x, -1.0, 1.0, 5, 0.0)) is True
    # three points miss what four see
    dent = lambda x: np.where(np.abs(x - 1) < 0.5, 1.0, 0.0)
    assert bool(is_convex_on(dent, 0.0, 3.0, 3, 0.0)) is True
    assert bool(is_convex_on(dent, 0.0, 3.0, 4, 0.0)) is False


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: classify is wrong for some point. Look at both neighbours, at two minima of equal depth, and at
  flat places that are no minimum.
"""  # END TEST CONFIG


def test_classify(classify):
    import numpy as np

    grid = np.linspace(-3, 3, 6001)
    a = lambda x: x**4 - 2 * x**2 + 0.3 * x
    c = lambda x: x**4 / 4 - x**3 / 3
    left, middle, right = np.sort(np.roots([4.0, 0.0, -4.0, 0.3]).real)
    twin = lambda x: (x**2 - 1) ** 2
    cases = [(a, left, "global"), (a, middle, "neither"), (a, right, "local")]
    cases += [(lambda x: a(-x), -left, "global"), (lambda x: a(-x), -right, "local")]
    cases += [(c, 0.0, "neither"), (lambda x: c(-x), 0.0, "neither"), (c, 1.0, "global")]
    cases += [(twin, -1.0, "global"), (twin, 1.0, "global"), (twin, 0.0, "neither")]
    cases += [(np.abs, 0.0, "global"), (np.exp, -1.0, "neither"), (lambda x: -np.exp(x), 0.5, "neither")]
    cases += [(lambda x: 0 * x + 4, 1.0, "global"), (lambda x: np.maximum(np.abs(x) - 1, 0), 0.5, "global")]
    for f, x, word in cases:
        assert classify(f, float(x), grid, 0.01, 1e-9) == word
    # the grid decides what counts as the whole, and it comes in any order
    assert classify(a, float(right), np.array([1.5, 0.0, 2.5]), 0.01, 1e-9) == "global"
    assert classify(a, float(right), np.array([1.5, -1.0, 2.5]), 0.01, 1e-9) == "local"
    # step and tolerance count: neighbours at 0.5 see beyond the dent, those at 0.125 do not
    dent = lambda x: np.where(np.abs(x) < 0.25, np.abs(x), -np.abs(x))
    far = np.array([0.0, 0.125])
    assert classify(dent, 0.0, far, 0.125, 0.0) == "global"
    assert classify(dent, 0.0, far, 0.5, 0.0) == "neither"
    assert classify(dent, 0.0, far, 0.5, 0.5) == "global"
    assert classify(dent, 0.0, far, 0.5, 0.375) == "neither"
    assert classify(dent, 0.0, np.array([0.0, 2.0]), 0.125, 1.5) == "local"
    assert classify(dent, 0.0, np.array([0.0, 2.0]), 0.125, 2.0) == "global"


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_three_functions():
    curves = [
        ("A", lambda x: x**4 - 2 * x**2 + 0.3 * x, {1: -1.0356, 2: 0.0754, 3: 0.9602}),
        ("B", lambda x: np.log(np.cosh(x - 1)), {4: -1, 5: 1}),
        ("C", lambda x: x**4 / 4 - x**3 / 3, {6: 0, 7: 1}),
    ]
    figure, axes = plt.subplots(1, 3, figsize=(12, 3))
    for axis, (name, f, marked) in zip(axes, curves):
        x = np.linspace(-1.6 if name == "A" else -1.2, 1.6, 200)
        axis.plot(x, f(x))
        for number, place in marked.items():
            axis.plot(place, f(place), "o", color="tab:red")
            axis.annotate(str(number), (place, f(place)), xytext=(4, 6), textcoords="offset points")
        axis.set(title=name, xlabel="$x$")
    figure.tight_layout()


show(draw_three_functions)

# %% [raw] sources="udl-6.4"
# # BEGIN QUESTION
# name: q4_sigmoid_curve
# points: 4

# %% [markdown]
# ## 4. What the two parameters of logistic regression do
#
# One-dimensional logistic regression says
#
# $$\Pr(y = 1 \mid x) = \text{sig}(\phi_0 + \phi_1 x), \qquad \text{sig}(z) = \frac{1}{1 + e^{-z}} .$$
#
# The curve crosses one half at one place, unless $\phi_1 = 0$. For $\phi = (-2, 4)$ this is $x = 0.5$, and the
# slope of the curve there is $1$. In general $\text{sig}'(0) = 0.25$.
#
# Write
#
# - `sigmoid_slope(z)`: the derivative $\text{sig}'(z)$, elementwise for an array `z`. Its relative error is below
#   $10^{-9}$ for $|z| \le 700$, also where $\text{sig}(z)$ rounds to 1, and it is finite for $|z| = 1000$;
# - `crossing(phi)`: the $x$ where the probability is one half, a float ($\phi_1 \ne 0$);
# - `crossing_slope(phi)`: the slope of the curve, as a function of $x$, at that place, a float;
# - `crossing_moves(phi)`: the direction in which the crossing moves when $\phi_0$ grows a little and $\phi_1$
#   stays: the integer `1` for right, `-1` for left.
#
# The cell below the question draws three curves with the tangents that you find.


# %% [raw]
# # BEGIN SOLUTION
# %%
def sigmoid_slope(z):
    """Derivative of the logistic sigmoid, elementwise, accurate for any z."""
    # BEGIN SOLUTION
    small = np.exp(-np.abs(z))
    return small / (1 + small) ** 2
    # END SOLUTION


def crossing(phi):
    """Where sig(phi[0] + phi[1] * x) is one half, a float; phi[1] is not zero."""
    # BEGIN SOLUTION
    return -phi[0] / phi[1]
    # END SOLUTION


def crossing_slope(phi):
    """Slope of the curve where it crosses one half, a float."""
    # BEGIN SOLUTION
    return phi[1] / 4
    # END SOLUTION


def crossing_moves(phi):
    """1 if the crossing moves right when phi[0] grows, -1 if it moves left."""
    # BEGIN SOLUTION
    return -int(np.sign(phi[1]))
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: sig'(0) is 0.25. For phi (-2, 4) the crossing is at 0.5, the slope there is 1, and
  crossing_moves is 1 or -1.
"""  # END TEST CONFIG


def test_one_curve(sigmoid_slope, crossing, crossing_slope, crossing_moves):
    import numpy as np

    got = sigmoid_slope(np.array([0.0]))
    assert got is not None, "sigmoid_slope(...) returned None: expected an array"
    assert np.shape(got) == (1,), f"sigmoid_slope: expected shape (1,), got {np.shape(got)}"
    assert np.allclose(got, 0.25), f"sigmoid_slope(0): expected 0.25, got {got}"
    phi = np.array([-2.0, 4.0])
    for name, function, expected in (("crossing", crossing, 0.5), ("crossing_slope", crossing_slope, 1.0)):
        got = function(phi)
        assert got is not None, f"{name}(...) returned None: expected a float"
        assert np.shape(got) == (), f"{name} should return a single number, got shape {np.shape(got)}"
        assert np.isclose(got, expected), f"{name}([-2, 4]): expected {expected}, got {got}"
    got = crossing_moves(phi)
    assert got in (1, -1), f"crossing_moves should return 1 or -1, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: sigmoid_slope is wrong or inaccurate for some z. Check negative and positive z, and z = 40,
  where 1 - sig(z) rounds to 0.
"""  # END TEST CONFIG


def test_slope_in_many_digits(sigmoid_slope):
    from decimal import Decimal, localcontext

    import numpy as np

    rng = np.random.default_rng(506)
    z = np.concatenate([rng.normal(size=40) * 3, rng.uniform(-700, 700, size=40), [-2.0, 0.0, 1.5, 40.0, -40.0]])
    got = sigmoid_slope(z)
    assert np.shape(got) == z.shape
    with localcontext() as context:
        context.prec = 700
        for value, v in zip(got, z):
            e = Decimal(-float(v)).exp()
            exact = float(e / (1 + e) ** 2)
            # exp of a float64 near 700 is good to about 1e-13
            assert abs(value - exact) <= 1e-9 * exact
    step = 1e-5
    inner = np.array([-2.0, 0.3, 1.5])
    curve = lambda v: 1 / (1 + np.exp(-v))
    # a central difference errs by 1e-11 from the step and 1e-11 from rounding
    assert np.allclose(sigmoid_slope(inner), (curve(inner + step) - curve(inner - step)) / (2 * step), atol=1e-8)
    far = np.asarray(sigmoid_slope(np.array([-1000.0, 1000.0])))
    assert np.isfinite(far).all() and (np.abs(far) < 1e-300).all()


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some phi the probability is not one half at your crossing, or the curve has another slope
  there. Try a negative phi_1.
"""  # END TEST CONFIG


def test_crossing_measured(crossing, crossing_slope):
    import numpy as np

    rng = np.random.default_rng(507)
    cases = [rng.normal(size=2) * [2, 1] + [0, sign] for sign in (1.5, -1.5) for _ in range(15)]
    cases += [np.array([0.0, -3.0]), np.array([5.0, 0.25]), np.array([-1.0, -8.0])]
    for phi in cases:
        if abs(phi[1]) < 0.2:
            continue
        x = crossing(phi)
        curve = lambda v: 1 / (1 + np.exp(-(phi[0] + phi[1] * v)))
        assert abs(curve(x) - 0.5) < 1e-12
        step = 1e-4 / abs(phi[1])
        slope = (curve(x + step) - curve(x - step)) / (2 * step)
        # the step costs a factor 1 - 1e-9
        assert abs(crossing_slope(phi) - slope) <= 1e-7 * abs(slope)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some phi the crossing moves the other way when phi_0 grows. What does a falling curve do?
"""  # END TEST CONFIG


def test_direction_measured(crossing_moves):
    import numpy as np

    for phi in ([0.0, 2.0], [0.0, -2.0], [3.0, 0.1], [3.0, -0.1], [-3.0, 5.0], [-3.0, -5.0], [1.0, 1.0], [1.0, -1.0]):
        x = np.linspace(-100, 100, 200001)
        before, after = (np.abs(phi[0] + nudge + phi[1] * x).argmin() for nudge in (0, 0.05))
        assert crossing_moves(np.array(phi)) == np.sign(after - before)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_sigmoids():
    x = np.linspace(-4, 4, 201)
    figure, axis = plt.subplots(figsize=(7, 3.2))
    for phi in ([-2.0, 4.0], [1.0, 1.0], [1.0, -2.0]):
        (line,) = axis.plot(x, 1 / (1 + np.exp(-phi[0] - phi[1] * x)), label=f"$\\phi$ = {phi}")
        middle = crossing(phi)
        near = np.array([middle - 0.6, middle + 0.6])
        axis.plot(near, 0.5 + crossing_slope(phi) * (near - middle), "--", color=line.get_color())
    axis.set(xlabel="$x$", ylabel="probability of $y = 1$", ylim=(-0.1, 1.1))
    axis.legend()
    figure.tight_layout()


show(draw_sigmoids)

# %% [raw] sources="udl-6.4"
# # BEGIN QUESTION
# name: q5_logistic_loss
# points: 5

# %% [markdown]
# ## 5. The loss of logistic regression
#
# The model is $s_i = \text{sig}(\phi_0 + \phi_1 x_i)$ with $\text{sig}(z) = 1 / (1 + e^{-z})$, and the targets are
# $y_i \in \{0, 1\}$. The loss is the **cross-entropy**: minus the logarithm of the probability that the model gives
# to what happened, summed over the examples,
#
# $$L(\phi) = -\sum_{i=1}^{N} \big[\, y_i \log s_i + (1 - y_i) \log(1 - s_i) \,\big] .$$
#
# With $\phi = (0, 0)$ and the one example $x = 1$, $y = 1$: the loss is $\log 2$, the gradient $(-0.5, -0.5)$, and
# all four entries of the Hessian are $0.25$.
#
# Derive gradient and Hessian; both become short. Write, for `phi` of length 2 and float arrays `x`, `y` of shape
# `(N,)`,
#
# - `logistic_loss(phi, x, y)`: the loss, a float;
# - `logistic_gradient(phi, x, y)`: shape `(2,)`, and `logistic_hessian(phi, x, y)`: shape `(2, 2)`;
# - `loss_grid(x, y, phi0s, phi1s)`: the losses for all pairs, shape `(len(phi0s), len(phi1s))`.
#
# All must be right, not only finite, when $\phi_0 + \phi_1 x_i$ is $1000$ or $-1000$: a wrong and very sure model
# has a loss of 1000 for that example, not infinity.
#
# Then set each entry of `logistic_facts` to `True` or `False`.
#
# - `"cross_entropy_is_convex"`: $L$ is a convex function of $\phi$ for every data set.
# - `"squared_error_is_convex"`: so is $\sum_i (s_i - y_i)^2$.
# - `"separated_data_have_a_minimum"`: if all $x_i$ with $y_i = 0$ are smaller than all $x_i$ with $y_i = 1$ (and
#   there are some of both), some $\phi$ has the smallest loss.
# - `"hessian_depends_on_labels"`: for some data, the Hessian of $L$ changes when a label $y_i$ changes.
# - `"definite_if_two_differ"`: if at least two $x_i$ differ, both eigenvalues of the Hessian are positive at every
#   $\phi$.
#
# The cell below the question draws the loss for two classes of ten points each.


# %% [raw]
# # BEGIN SOLUTION
# %%
def logistic_loss(phi, x, y):
    """Summed cross-entropy of one-dimensional logistic regression, a float; y holds zeros and ones."""
    # BEGIN SOLUTION
    z = phi[0] + phi[1] * x
    return float((np.logaddexp(0, z) - y * z).sum())
    # END SOLUTION


def logistic_gradient(phi, x, y):
    """Gradient of the loss with respect to phi, shape (2,)."""
    # BEGIN SOLUTION
    probability = 0.5 + 0.5 * np.tanh((phi[0] + phi[1] * x) / 2)
    return np.array([(probability - y).sum(), ((probability - y) * x).sum()])
    # END SOLUTION


def logistic_hessian(phi, x, y):
    """Hessian of the loss with respect to phi, shape (2, 2)."""
    # BEGIN SOLUTION
    rest = np.exp(-np.abs(phi[0] + phi[1] * x))
    weight = rest / (1 + rest) ** 2
    mixed = (weight * x).sum()
    return np.array([[weight.sum(), mixed], [mixed, (weight * x**2).sum()]])
    # END SOLUTION


def loss_grid(x, y, phi0s, phi1s):
    """Losses for all pairs of an entry of phi0s and one of phi1s, shape (len(phi0s), len(phi1s))."""
    # BEGIN SOLUTION
    return np.array([[logistic_loss((intercept, slope), x, y) for slope in phi1s] for intercept in phi0s])
    # END SOLUTION


logistic_facts = {}
logistic_facts["cross_entropy_is_convex"] = True  # SOLUTION
logistic_facts["squared_error_is_convex"] = False  # SOLUTION
logistic_facts["separated_data_have_a_minimum"] = False  # SOLUTION
logistic_facts["hessian_depends_on_labels"] = False  # SOLUTION
logistic_facts["definite_if_two_differ"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With phi (0, 0), x = 1 and y = 1 the loss is log 2, the gradient (-0.5, -0.5), and the Hessian
  0.25 everywhere.
"""  # END TEST CONFIG


def test_undecided_model(logistic_loss, logistic_gradient, logistic_hessian, loss_grid, logistic_facts):
    import math

    import numpy as np

    phi, x, y = np.zeros(2), np.array([1.0]), np.array([1.0])
    got = logistic_loss(phi, x, y)
    assert got is not None, "logistic_loss(...) returned None: expected a float"
    assert np.shape(got) == () and abs(got - math.log(2)) < 1e-9, f"logistic_loss: expected log 2, got {got}"
    got = logistic_gradient(phi, x, y)
    assert got is not None, "logistic_gradient(...) returned None: expected an array of shape (2,)"
    assert np.shape(got) == (2,), f"logistic_gradient: expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, [-0.5, -0.5]), f"logistic_gradient: expected [-0.5, -0.5], got {got}"
    got = logistic_hessian(phi, x, y)
    assert got is not None, "logistic_hessian(...) returned None: expected an array of shape (2, 2)"
    assert np.shape(got) == (2, 2), f"logistic_hessian: expected shape (2, 2), got {np.shape(got)}"
    assert np.allclose(got, 0.25), f"logistic_hessian: expected 0.25 in each entry, got {got}"
    got = loss_grid(x, y, np.zeros(3), np.zeros(2))
    assert got is not None, "loss_grid(...) returned None: expected an array"
    assert np.shape(got) == (3, 2), f"loss_grid: expected shape (3, 2), got {np.shape(got)}"
    assert isinstance(logistic_facts, dict), "logistic_facts should be a dictionary"
    keys = ["cross_entropy_is_convex", "squared_error_is_convex", "separated_data_have_a_minimum"]
    for key in keys + ["hessian_depends_on_labels", "definite_if_two_differ"]:
        assert isinstance(logistic_facts.get(key), bool), f"logistic_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The loss, or the grid of losses, is not the summed cross-entropy, or it breaks for a very sure
  model. Rows of the grid belong to phi_0.
"""  # END TEST CONFIG


def test_loss_against_torch(logistic_loss, loss_grid):
    import numpy as np
    import torch

    def oracle(phi, x, y):
        z = torch.tensor(phi[0] + phi[1] * x)
        return torch.nn.functional.binary_cross_entropy_with_logits(z, torch.tensor(y), reduction="sum").item()

    rng = np.random.default_rng(508)
    for n in (1, 2, 10, 50):
        phi, x, y = rng.normal(size=2) * 2, rng.normal(size=2 * n)[::2] * 2, rng.integers(0, 2, size=n) * 1.0
        # float64 sums of at most 50 terms
        assert np.isclose(logistic_loss(phi, x, y), oracle(phi, x, y), rtol=1e-9, atol=1e-12)
        phi0s, phi1s = rng.normal(size=4) * 2, rng.normal(size=3)
        grid = np.asarray(loss_grid(x, y, phi0s, phi1s))
        assert grid.shape == (4, 3)
        for i in range(4):
            for j in range(3):
                assert np.isclose(grid[i, j], oracle((phi0s[i], phi1s[j]), x, y), rtol=1e-9, atol=1e-12)
    x = np.array([-1.0, 1.0])
    for phi, y, expected in (
        ([0.0, 1000.0], [0.0, 1.0], 0.0),
        ([0.0, 1000.0], [1.0, 0.0], 2000.0),
        ([0.0, -1000.0], [1.0, 1.0], 1000.0),
        ([0.0, 40.0], [0.0, 0.0], 40.0),
    ):
        assert abs(logistic_loss(np.array(phi), x, np.array(y)) - expected) < 1e-9
    assert np.allclose(loss_grid(x, np.ones(2), np.array([0.0, 500.0]), np.array([1000.0])), [[1000.0], [500.0]])


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The gradient is not that of the summed cross-entropy, or it is not a number for a very sure
  model. Check the sign, and that nothing is averaged.
"""  # END TEST CONFIG


def test_gradient_against_autograd(logistic_gradient):
    import numpy as np
    import torch

    rng = np.random.default_rng(509)
    cases = [(rng.normal(size=2) * 2, rng.normal(size=n) * 2) for n in (1, 2, 3, 20, 50)]
    cases += [([0.0, s * 1000.0], np.array([-1.0, 1.0, 1.0, -1.0])) for s in (1, -1)]
    cases += [([1000.0, 3.0], np.array([0.5, -2.0])), ([-30.0, 5.0], np.array([1.0, 2.0, 12.0]))]
    for phi, x in cases:
        y = rng.integers(0, 2, size=len(x)) * 1.0
        p = torch.tensor(np.array(phi), requires_grad=True)
        z = p[0] + p[1] * torch.tensor(x)
        torch.nn.functional.binary_cross_entropy_with_logits(z, torch.tensor(y), reduction="sum").backward()
        got = logistic_gradient(np.array(phi), x, y)
        # float64 sums of at most 50 terms
        assert np.shape(got) == (2,) and np.allclose(got, p.grad.numpy(), rtol=1e-9, atol=1e-12)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The Hessian is not the matrix of second derivatives of the summed cross-entropy. Differentiate
  your gradient once more.
"""  # END TEST CONFIG


def test_hessian_against_autograd(logistic_hessian):
    import numpy as np
    import torch

    rng = np.random.default_rng(510)
    cases = [(rng.normal(size=2), rng.normal(size=n) * 2) for n in (1, 2, 3, 20, 50)]
    for phi, x in cases:
        y = rng.integers(0, 2, size=len(x)) * 1.0

        def loss(p):
            z = p[0] + p[1] * torch.tensor(x)
            return torch.nn.functional.binary_cross_entropy_with_logits(z, torch.tensor(y), reduction="sum")

        expected = torch.autograd.functional.hessian(loss, torch.tensor(phi)).numpy()
        got = logistic_hessian(phi, x, y)
        # float64 sums of at most 50 terms, s (1 - s) loses a few digits where s is near 1
        assert np.shape(got) == (2, 2) and np.allclose(got, expected, rtol=1e-8, atol=1e-10)
    for sure in (1000.0, -1000.0):
        got = np.asarray(logistic_hessian(np.array([0.0, sure]), np.array([-1.0, 1.0]), np.array([0.0, 1.0])))
        assert got.shape == (2, 2) and np.abs(got).max() < 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements is decided wrongly. A look at one heat map proves nothing.
"""  # END TEST CONFIG


def test_logistic_facts(logistic_facts):
    import numpy as np
    import torch

    rng = np.random.default_rng(511)
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    lowest, lowest_apart, squared, moved = [], [], [], 0.0
    for trial in range(60):
        n = 1 + trial % 5
        x = torch.tensor(rng.normal(size=n))
        y = torch.tensor(rng.integers(0, 2, size=n) * 1.0)
        phi = torch.tensor(rng.normal(size=2) * 1.5)
        cross = lambda p: bce(p[0] + p[1] * x, y, reduction="sum")
        flipped = lambda p: bce(p[0] + p[1] * x, 1 - y, reduction="sum")
        square = lambda p: ((torch.sigmoid(p[0] + p[1] * x) - y) ** 2).sum()
        hessian = [torch.autograd.functional.hessian(f, phi).numpy() for f in (cross, flipped, square)]
        lowest.append(np.linalg.eigvalsh(hessian[0])[0])
        squared.append(np.linalg.eigvalsh(hessian[2])[0])
        moved = max(moved, np.abs(hessian[0] - hessian[1]).max())
        if n > 1:
            # det H = sum over pairs of weights times squared distances: taken relative to its size
            s = torch.sigmoid(phi[0] + phi[1] * x).numpy()
            w, pairs = s * (1 - s), (x[:, None] - x).numpy() ** 2
            lowest_apart.append(w @ pairs @ w / (w.sum() ** 2 * pairs.max()))
    losses = []
    for c in (1.0, 2.0, 5.0, 10.0, 20.0, 30.0):
        z = c * torch.tensor([-2.0, -1.0, 1.0, 2.0], dtype=torch.float64)
        losses.append(bce(z, torch.tensor([0.0, 0, 1, 1], dtype=torch.float64), reduction="sum").item())
    goes_to_zero = losses[-1] < 1e-12 and (np.diff(losses) < 0).all()
    assert logistic_facts["cross_entropy_is_convex"] is bool(min(lowest) > -1e-9)
    assert logistic_facts["squared_error_is_convex"] is bool(min(squared) > -1e-9)
    # the loss is never zero, but comes as near to it as one likes: no phi is best
    assert logistic_facts["separated_data_have_a_minimum"] is (not bool(goes_to_zero and losses[-1] > 0))
    assert logistic_facts["hessian_depends_on_labels"] is bool(moved > 1e-9)
    assert logistic_facts["definite_if_two_differ"] is bool(min(lowest_apart) > 0)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_logistic_loss():
    rng = np.random.default_rng(4)
    x = np.concatenate([rng.normal(-1, 1, size=10), rng.normal(1, 1, size=10)])
    y = np.repeat([0.0, 1.0], 10)
    phi0s, phi1s = np.linspace(-3, 3, 41), np.linspace(-1, 5, 41)
    losses = loss_grid(x, y, phi0s, phi1s)
    figure, axis = plt.subplots(figsize=(5.5, 4))
    filled = axis.contourf(phi1s, phi0s, np.log(losses), levels=20)
    figure.colorbar(filled, label="log of the loss")
    axis.set(xlabel="$\\phi_1$", ylabel="$\\phi_0$", title="two classes, N(-1, 1) and N(1, 1)")
    figure.tight_layout()


show(draw_logistic_loss)

# %% [markdown]
# ## A model with many valleys
#
# The **Gabor model** is a sine under a bell. With two parameters it already has a loss with many local minima.
# Question 6 asks for its gradient.


# %%
def gabor(phi, x):
    """Output of the Gabor model, shape (N,), for phi (2,) and x (N,)."""
    u = phi[0] + phi[1] * (0.06 * x)
    return np.sin(u) * np.exp(-(u**2) / 32)


# %% [raw] sources="udl-6.3"
# # BEGIN QUESTION
# name: q6_gabor_gradient
# points: 3

# %% [markdown]
# ## 6. The gradient of the Gabor model
#
# The model is
#
# $$f(x) = \sin(u)\, e^{-u^2 / 32}, \qquad u = \phi_0 + 0.06\,\phi_1 x,$$
#
# and the loss is the summed squared error $L(\phi) = \sum_i (f(x_i) - y_i)^2$. For $\phi = (0, 10)$ and the example
# $x = 0$, $y = -0.5$: $u = 0$, the output is $0$, the error $0.5$, and the gradient is $(1, 0)$.
#
# Write `gabor_gradient(phi, x, y)`, shape `(2,)`: the derivatives of $L$ with respect to $\phi_0$ and $\phi_1$,
# from your own formula (no autograd). `phi` has shape `(2,)`, `x` and `y` have shape `(N,)`. You may call `gabor`.
#
# The cell below the question walks down from three starts with your gradient. Each walk ends in a minimum, and only
# one of the three is the best.


# %% [raw]
# # BEGIN SOLUTION
# %%
def gabor_gradient(phi, x, y):
    """Gradient of the summed squared error of the Gabor model, shape (2,)."""
    # BEGIN SOLUTION
    wave = 0.06 * phi[1] * x + phi[0]
    slope = np.exp(-(wave**2) / 32) * (np.cos(wave) - wave / 16 * np.sin(wave))
    per_example = 2 * (gabor(phi, x) - y) * slope
    return np.array([per_example.sum(), 0.06 * (per_example * x).sum()])
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For phi (0, 10), x = 0 and y = -0.5 the gradient is (1, 0).
"""  # END TEST CONFIG


def test_one_example(gabor_gradient):
    import numpy as np

    got = gabor_gradient(np.array([0.0, 10.0]), np.array([0.0]), np.array([-0.5]))
    assert got is not None, "gabor_gradient(...) returned None: expected an array of shape (2,)"
    assert np.shape(got) == (2,), f"gabor_gradient: expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, [1, 0]), f"gabor_gradient: expected [1, 0], got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Your formula is not the derivative of the loss. Both factors of the model depend on u, and u
  on both parameters.
"""  # END TEST CONFIG


def test_against_autograd(gabor_gradient):
    import numpy as np
    import torch

    rng = np.random.default_rng(512)
    for n in (1, 1, 2, 30, 30, 30, 30):
        phi = np.array([rng.uniform(-10, 10), rng.uniform(2, 30)])
        x, y = rng.uniform(-15, 15, size=2 * n)[::2], rng.normal(size=n)
        p = torch.tensor(phi, requires_grad=True)
        u = p[0] + 0.06 * p[1] * torch.tensor(x.copy())
        ((torch.sin(u) * torch.exp(-(u**2) / 32) - torch.tensor(y)) ** 2).sum().backward()
        got = gabor_gradient(phi, x, y)
        # float64 sums of 30 terms of size up to about 30
        assert np.shape(got) == (2,) and np.allclose(got, p.grad.numpy(), rtol=1e-9, atol=1e-10)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The gradient disagrees with small changes of the loss, or it is not zero where the model fits
  every example.
"""  # END TEST CONFIG


def test_against_differences(gabor_gradient):
    import numpy as np

    rng = np.random.default_rng(513)
    model = lambda phi, x: np.sin(phi[0] + 0.06 * phi[1] * x) * np.exp(-((phi[0] + 0.06 * phi[1] * x) ** 2) / 32)
    for _ in range(10):
        phi = np.array([rng.uniform(-6, 6), rng.uniform(2, 30)])
        x = rng.uniform(-10, 10, size=15)
        y = model(phi, x)
        assert np.allclose(gabor_gradient(phi, x, y), 0, rtol=0, atol=1e-9)
        y = y + rng.normal(size=15)
        for direction in (np.array([1.0, 0.0]), np.array([0.0, 1.0]), rng.normal(size=2)):
            step = 1e-5 * direction
            change = ((model(phi + step, x) - y) ** 2).sum() - ((model(phi - step, x) - y) ** 2).sum()
            # central difference: 1e-8 from the step, 1e-9 from rounding
            assert abs(gabor_gradient(phi, x, y) @ direction - change / 2e-5) < 1e-6


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_gabor_descents():
    rng = np.random.default_rng(2)
    x = rng.uniform(-15, 15, size=28)
    y = gabor([0.0, 16.6], x) + 0.05 * rng.normal(size=28)
    grid0, grid1 = np.linspace(-10, 10, 61), np.linspace(2.5, 22.5, 61)
    losses = [[((gabor([a, b], x) - y) ** 2).sum() for a in grid0] for b in grid1]
    figure, axis = plt.subplots(figsize=(6, 4.2))
    axis.contourf(grid0, grid1, losses, levels=25)
    for start in ([1.5, 12.0], [4.0, 14.0], [-4.0, 10.0]):
        path = [np.array(start)]
        for _ in range(400):
            downhill = -gabor_gradient(path[-1], x, y)
            path.append(path[-1] + 0.05 * downhill / (1 + 0.1 * np.abs(downhill).max()))
        axis.plot(*np.transpose(path), ".-", color="white", linewidth=0.5, markersize=3)
    axis.set(xlabel="$\\phi_0$", ylabel="$\\phi_1$", title="Gabor model: three walks downhill")
    figure.tight_layout()


show(draw_gabor_descents)

# %% [raw] sources="udl-6.5"
# # BEGIN QUESTION
# name: q7_shallow_gradient
# points: 4

# %% [markdown]
# ## 7. The gradient of a shallow network
#
# A shallow network with one input, one output and $D$ hidden units is
#
# $$f(x) = \phi_0 + \sum_{k=1}^{D} \phi_k\,\text{ReLU}(\theta_{k0} + \theta_{k1} x),$$
#
# with $\text{ReLU}(z) = \max(z, 0)$, and the loss is the summed squared error over $N$ examples. With $D = 3$ there
# are ten derivatives: derive them on paper. The ReLU has no derivative at 0; take $0$ there, as torch does. One
# unit with $\phi = (0, 2)$, $\theta_1 = (1, 1)$ and the example $x = 2$, $y = 5$: the pre-activation is $3$, the
# output $6$, the error $1$, the gradient with respect to $\phi$ is $(2, 6)$ and with respect to $\theta_1$ it is
# $(4, 8)$.
#
# Write `shallow_gradient(phi, theta, x, y)` for any $D \ge 1$ and $N \ge 1$, from your formulas (no autograd). It
# returns the pair `(g_phi, g_theta)` of arrays with the shapes of `phi`, `(D + 1,)`, and of `theta`, `(D, 2)`,
# whose rows are $(\theta_{k0}, \theta_{k1})$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def shallow_gradient(phi, theta, x, y):
    """Gradient of the summed squared error of a shallow ReLU network.

    phi: (D + 1,); theta: (D, 2); x, y: (N,). Returns (g_phi, g_theta), shapes (D + 1,) and (D, 2).
    """
    # BEGIN SOLUTION
    before = theta[:, :1] + theta[:, 1:] * x  # (D, N)
    hidden = np.maximum(before, 0)
    error = 2 * (phi[0] + phi[1:] @ hidden - y)  # (N,)
    reaching = phi[1:, None] * (before > 0) * error
    g_phi = np.append(error.sum(), hidden @ error)
    return g_phi, np.stack([reaching.sum(axis=1), reaching @ x], axis=1)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: One unit with phi (0, 2), theta (1, 1), x = 2 and y = 5 has the gradients (2, 6) and (4, 8).
"""  # END TEST CONFIG


def test_one_unit(shallow_gradient):
    import numpy as np

    got = shallow_gradient(np.array([0.0, 2.0]), np.array([[1.0, 1.0]]), np.array([2.0]), np.array([5.0]))
    assert got is not None, "shallow_gradient(...) returned None: expected (g_phi, g_theta)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "shallow_gradient should return (g_phi, g_theta)"
    g_phi, g_theta = np.asarray(got[0]), np.asarray(got[1])
    assert g_phi.shape == (2,), f"g_phi: expected shape (2,), got {g_phi.shape}"
    assert g_theta.shape == (1, 2), f"g_theta: expected shape (1, 2), got {g_theta.shape}"
    assert np.allclose(g_phi, [2, 6]), f"g_phi: expected [2, 6], got {g_phi}"
    assert np.allclose(g_theta, [[4, 8]]), f"g_theta: expected [[4, 8]], got {g_theta}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some network or data the derivatives are not those that autograd finds. Check the sign,
  the weight of the unit, and the sum over the examples.
"""  # END TEST CONFIG


def test_against_autograd(shallow_gradient):
    import numpy as np
    import torch

    rng = np.random.default_rng(514)
    for d, n in ((3, 10), (3, 1), (1, 1), (1, 6), (2, 2), (5, 3), (8, 40), (3, 3), (4, 4)):
        for _ in range(3):
            phi, theta = rng.normal(size=d + 1), np.asfortranarray(rng.normal(size=(d, 2)))
            x, y = rng.normal(size=2 * n)[::2] * 2, rng.normal(size=n)
            p, t = torch.tensor(phi, requires_grad=True), torch.tensor(theta, requires_grad=True)
            f = p[0] + torch.relu(t[:, 0] + torch.tensor(x.copy())[:, None] * t[:, 1]) @ p[1:]
            ((f - torch.tensor(y)) ** 2).sum().backward()
            g_phi, g_theta = shallow_gradient(phi, theta, x, y)
            assert np.shape(g_phi) == (d + 1,) and np.shape(g_theta) == (d, 2)
            # float64 sums of at most 40 terms of size up to about 1e3
            assert np.allclose(g_phi, p.grad.numpy(), rtol=1e-9, atol=1e-9)
            assert np.allclose(g_theta, t.grad.numpy(), rtol=1e-9, atol=1e-9)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A unit that is off, or exactly at its joint, for an example gets nothing from that example.
"""  # END TEST CONFIG


def test_units_that_are_off(shallow_gradient):
    import numpy as np

    phi = np.array([1.0, 2.0, -3.0, 4.0])
    # unit 1 is off for all x below, unit 2 is exactly at its joint for x = 1, unit 3 is always on
    theta = np.array([[-9.0, 1.0], [-1.0, 1.0], [5.0, 1.0]])
    x, y = np.array([-2.0, 0.0, 1.0]), np.array([0.5, 1.0, -2.0])
    g_phi, g_theta = shallow_gradient(phi, theta, x, y)
    assert g_phi[1] == 0 and g_phi[2] == 0 and (np.asarray(g_theta)[:2] == 0).all()
    # only the third unit speaks: f = 1 + 4 (5 + x)
    error = 2 * (21 + 4 * x - y)
    assert np.allclose(g_phi[[0, 3]], [error.sum(), (error * (5 + x)).sum()], rtol=1e-12)
    assert np.allclose(g_theta[2], [4 * error.sum(), 4 * (error * x).sum()], rtol=1e-12)
    joint = shallow_gradient(np.array([0.0, 1.0]), np.array([[-2.0, 1.0]]), np.array([2.0]), np.array([-1.0]))
    assert np.allclose(joint[0], [2, 0]) and np.allclose(joint[1], 0)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-6.11"
# # BEGIN QUESTION
# name: q8_hessian_size
# points: 3

# %% [markdown]
# ## 8. Too large to store
#
# A model has $n$ parameters. Its Hessian holds one second derivative for each pair of them; it is symmetric, so the
# entries above the diagonal repeat those below. What does that mean for a model with one million parameters?
#
# - Write `hessian_size(n)`: the dictionary `{"shape": …, "distinct": …, "bytes": …}` with the shape of the Hessian
#   as a tuple, the number of entries that can differ from one another, and the number of bytes of the whole matrix
#   in float32 (4 bytes each). Python integers, exact for any $n$. For $n = 2$: `(2, 2)`, `3` and `16`.
# - A matrix that is never stored can still be multiplied. Write `hessian_vector_product(loss, theta, v)`, the
#   product $Hv$ of the Hessian of `loss` at `theta` with the vector `v`. `loss` takes a tensor of shape `(n,)` and
#   returns a scalar tensor; `theta` and `v` have shape `(n,)`, and so has the result, in their dtype. It must run
#   for $n = 10^6$ in about a second. The tensor `theta` that is passed in stays as it is: it gets no `.grad`, and
#   it does not start to require one. The gradient of `loss` depends on `theta`.
#
# A hint: $Hv$ is the gradient of a number that you can make from $\nabla L$ and $v$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def hessian_size(n):
    """Shape, distinct entries and float32 bytes of the Hessian of n parameters, a dictionary of exact integers."""
    # BEGIN SOLUTION
    return {"shape": (n, n), "distinct": n * (n + 1) // 2, "bytes": 4 * n**2}
    # END SOLUTION


def hessian_vector_product(loss, theta, v):
    """Hessian of loss at theta times v, shape (n,), without the matrix.

    loss: function of a tensor (n,) with a scalar value; theta, v: tensors (n,).
    """
    # BEGIN SOLUTION
    point = theta.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(point), point, create_graph=True)
    return torch.autograd.grad((gradient * v).sum(), point)[0]
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Two parameters have a (2, 2) Hessian with 3 distinct entries and 16 bytes. For the sum of squares
  H v is 2 v.
"""  # END TEST CONFIG


def test_two_parameters(hessian_size, hessian_vector_product):
    import torch

    got = hessian_size(2)
    assert got is not None, "hessian_size(2) returned None: expected a dictionary"
    assert isinstance(got, dict), "hessian_size should return a dictionary"
    for key, expected in (("shape", (2, 2)), ("distinct", 3), ("bytes", 16)):
        assert key in got, f"the dictionary has no entry {key!r}"
        assert got[key] == expected, f"{key}: expected {expected}, got {got[key]}"
    got = hessian_vector_product(lambda t: (t * t).sum(), torch.tensor([1.0, 2.0]), torch.tensor([3.0, -1.0]))
    assert isinstance(got, torch.Tensor), "hessian_vector_product should return a tensor of shape (n,)"
    assert tuple(got.shape) == (2,), f"hessian_vector_product: expected shape (2,), got {tuple(got.shape)}"
    assert torch.allclose(got, torch.tensor([6.0, -2.0])), f"expected [6, -2], got {got.tolist()}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The size is wrong for some n, or not exact. The diagonal counts, too.
"""  # END TEST CONFIG


def test_sizes(hessian_size):
    from itertools import combinations_with_replacement

    for n in (1, 2, 3, 7, 30):
        got = hessian_size(n)
        assert set(got) == {"shape", "distinct", "bytes"}
        assert tuple(got["shape"]) == (n, n)
        assert got["distinct"] == len(list(combinations_with_replacement(range(n), 2)))
        assert got["bytes"] == sum(4 for _ in range(n) for _ in range(n))
    for n in (10**6, 10**11 + 1):
        got = hessian_size(n)
        assert tuple(got["shape"]) == (n, n) and type(got["distinct"]) is type(got["bytes"]) is int
        # the diagonal, and half of what is left
        assert 2 * (got["distinct"] - n) == n * n - n
        assert got["bytes"] == (2 * n) ** 2


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The product differs from H v, or changes theta, or builds the whole matrix, which does not fit
  for a million parameters.
"""  # END TEST CONFIG


def test_products(hessian_vector_product):
    import torch

    generator = torch.Generator().manual_seed(515)
    a = torch.randn(50, 50, generator=generator, dtype=torch.float64)

    def loss(t):
        import torch

        return torch.log(torch.cosh(a[: len(t), : len(t)] @ t)).sum() + (t**3).sum() * t[0]

    for n in (1, 2, 7, 50):
        theta = torch.randn(n, generator=generator, dtype=torch.float64)
        v = torch.randn(n, generator=generator, dtype=torch.float64)
        got = hessian_vector_product(loss, theta, v)
        expected = torch.autograd.functional.hessian(loss, theta) @ v
        # float64, sums of 50 terms of size up to about 100
        assert got.dtype == torch.float64 and torch.allclose(got, expected, rtol=1e-9, atol=1e-9)

    def many(t):
        return (t[1:] * t[:-1] ** 2).sum()

    theta = torch.randn(10**6, generator=generator)
    v = torch.randn(10**6, generator=generator)
    got = hessian_vector_product(many, theta, v)
    expected = torch.zeros(10**6)
    expected[:-1] += 2 * theta[1:] * v[:-1] + 2 * theta[:-1] * v[1:]
    expected[1:] += 2 * theta[:-1] * v[:-1]
    # float32, three terms of size up to about 40 each
    assert got.dtype == torch.float32 and torch.allclose(got, expected, rtol=0, atol=1e-3)

    def untouched(product):
        import torch

        theta, v = torch.tensor([1.0, 2.0, -1.0]), torch.tensor([1.0, 0.0, 2.0])
        product(lambda t: (t**4).sum(), theta, v)
        plain = not theta.requires_grad and theta.grad is None and theta.tolist() == [1.0, 2.0, -1.0]
        inner = torch.tensor([1.0, 2.0, -1.0], requires_grad=True)
        out = product(lambda t: (t**4).sum(), inner, v)
        return plain and inner.grad is None, out.detach()

    same, out = inside(untouched)(hessian_vector_product)
    assert same is True and torch.allclose(out, torch.tensor([12.0, 0.0, 24.0]))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-6.9 cs-optim-1"
# # BEGIN QUESTION
# name: q9_epochs
# points: 4

# %% [markdown]
# ## 9. Batches, updates, epochs
#
# Three methods differ in how many examples they look at before they change the parameters:
#
# - `"gd"`, gradient descent: all $N$ examples;
# - `"sgd"`, stochastic gradient descent in the narrow sense: one example;
# - `"minibatch"`: a mini-batch of $B$ examples.
#
# One **epoch** shows every example once, in random order. If $B$ does not divide $N$, the last batch of an epoch is
# shorter. Some loaders can leave it out; this is called `drop_last`. With 7 examples and $B = 3$ an epoch has 3
# updates, or 2 with `drop_last`.
#
# - First a number: a run with mini-batches of size 20 has made 1000 iterations (updates) on 100 examples. Set
#   `epochs_done` to the number of epochs.
# - `updates_per_epoch(n, method, batch)`: an exact integer. `batch` is used by `"minibatch"` only. It may be larger
#   than `n`: then one batch holds everything.
# - `epochs(iterations, n, batch, drop_last)`: how many epochs the given number of mini-batch iterations makes, a
#   float (it need not be whole). The iterations of an epoch count equally, the one with a shorter batch too: with 7
#   examples, $B = 3$ and nothing left out, 4 iterations make $4/3$ epochs. With `drop_last=True`, `batch` is at most
#   `n`.
# - `epoch_batches(n, method, batch, seed)`: the batches of one epoch, a list of integer arrays of indices from 0 to
#   $n - 1$. The order is random; the same seed gives the same batches, other seeds give others. Nothing is left
#   out.


# %% [raw]
# # BEGIN SOLUTION
# %%
epochs_done = 200  # SOLUTION


def updates_per_epoch(n, method, batch):
    """Number of updates in one epoch; method: "gd", "sgd" or "minibatch"."""
    # BEGIN SOLUTION
    size = {"gd": n, "sgd": 1, "minibatch": batch}[method]
    return -(-n // size)
    # END SOLUTION


def epochs(iterations, n, batch, drop_last):
    """Number of epochs that so many mini-batch iterations make, a float."""
    # BEGIN SOLUTION
    return iterations / (n // batch if drop_last else updates_per_epoch(n, "minibatch", batch))
    # END SOLUTION


def epoch_batches(n, method, batch, seed):
    """Index arrays of the batches of one epoch, in random order; a list."""
    # BEGIN SOLUTION
    order = np.random.default_rng(seed).permutation(n)
    size = {"gd": n, "sgd": 1, "minibatch": batch}[method]
    return [order[start : start + size] for start in range(0, n, size)]
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With 7 examples and B = 3 an epoch has 3 updates, or 2 with drop_last; the batches together hold 0
  to 6.
"""  # END TEST CONFIG


def test_seven_examples(epochs_done, updates_per_epoch, epochs, epoch_batches):
    assert isinstance(epochs_done, (int, float)), f"epochs_done should be a number, got {epochs_done}"
    got = updates_per_epoch(7, "minibatch", 3)
    assert got is not None, "updates_per_epoch(...) returned None: expected an integer"
    assert got == 3, f"updates_per_epoch(7, 'minibatch', 3): expected 3, got {got}"
    for drop_last, expected in ((False, 2.0), (True, 3.0)):
        got = epochs(6, 7, 3, drop_last)
        assert got is not None, "epochs(...) returned None: expected a float"
        assert abs(got - expected) < 1e-9, f"epochs(6, 7, 3, {drop_last}): expected {expected}, got {got}"
    got = epoch_batches(7, "minibatch", 3, 0)
    assert got is not None, "epoch_batches(...) returned None: expected a list of arrays"
    assert isinstance(got, (list, tuple)), "epoch_batches should return a list of arrays"
    assert len(got) == 3, f"epoch_batches(7, 'minibatch', 3, 0): expected 3 batches, got {len(got)}"
    seen = sorted(int(i) for indices in got for i in indices)
    assert seen == list(range(7)), f"the batches together should hold 0 to 6 once each, got {seen}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The number of epochs for the 1000 iterations is wrong, or epochs is for other numbers. How many
  iterations does one epoch take?
"""  # END TEST CONFIG


def test_epochs_by_running(epochs_done, epochs):
    import torch

    def count(iterations, n, batch, drop_last):
        loader = torch.utils.data.DataLoader(list(range(n)), batch_size=batch, drop_last=drop_last)
        return iterations / sum(1 for _ in loader)

    assert epochs_done == count(1000, 100, 20, False)
    for n in (1, 5, 20, 99, 100, 101):
        for batch in (1, 2, 20, 33, 100, 150):
            for drop_last in (False, True) if batch <= n else (False,):
                for iterations in (1, 7, 1000):
                    got = epochs(iterations, n, batch, drop_last)
                    assert abs(got - count(iterations, n, batch, drop_last)) < 1e-9 * got
    assert epochs(0, 10, 3, False) == 0


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The number of updates per epoch is wrong for some method. How many examples does each method use
  for one update?
"""  # END TEST CONFIG


def test_updates(updates_per_epoch):
    for n in (1, 2, 7, 60, 61):
        for batch in (1, 2, 3, 60, 100):
            for method, size in (("gd", n), ("sgd", 1), ("minibatch", batch)):
                left, updates = n, 0
                while left > 0:
                    left, updates = left - size, updates + 1
                assert updates_per_epoch(n, method, batch) == updates
    assert updates_per_epoch(10**18 + 1, "minibatch", 10) == 10**17 + 1
    assert updates_per_epoch(10**18 + 1, "sgd", 10) == 10**18 + 1
    assert type(updates_per_epoch(10, "minibatch", 4)) is int


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: An epoch of some method leaves out examples, repeats some, has batches of other sizes, or is not
  in random order.
"""  # END TEST CONFIG


def test_batches_of_an_epoch(epoch_batches):
    import numpy as np

    for n in (1, 2, 7, 60):
        for batch in (1, 2, 3, 7, 100):
            for method, size in (("gd", n), ("sgd", 1), ("minibatch", batch)):
                got = [np.asarray(indices) for indices in epoch_batches(n, method, batch, 3)]
                assert all(indices.ndim == 1 and indices.dtype.kind in "iu" for indices in got)
                sizes = [len(indices) for indices in got]
                whole, rest = divmod(n, size)
                assert sizes == [size] * whole + [rest] * (rest > 0)
                assert sorted(np.concatenate(got).tolist()) == list(range(n))
    orders = [np.concatenate(epoch_batches(60, "minibatch", 7, seed)).tolist() for seed in (0, 1, 2, 0)]
    assert orders[0] == orders[3] and orders[0] != orders[1] != orders[2] != orders[0]
    firsts = [int(epoch_batches(10, "sgd", 1, seed)[0][0]) for seed in range(400)]
    # each index comes first 40 times on average, standard deviation 6
    assert np.bincount(firsts, minlength=10).min() > 10


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="cs-optim-1 cs-optim-4"
# # BEGIN QUESTION
# name: q10_gradient_noise
# points: 4

# %% [markdown]
# ## 10. How much a mini-batch gradient scatters
#
# The loss is the mean over $N$ examples, so the full gradient is the mean $\bar g$ of the per-example gradients
# $g_1, \dots, g_N$. A mini-batch gives the mean over its $B$ examples instead. Its **variance** here is the
# expected squared distance from $\bar g$ (all coordinates added up). Two ways to draw a batch:
#
# - **with replacement**: $B$ independent draws, each of the $N$ examples equally likely, repetitions allowed;
# - **without replacement**: a random set of $B$ different examples, all sets equally likely.
#
# With two examples, $g_1 = 0$ and $g_2 = 2$, in one dimension: for $B = 1$ both ways have the variance $1$; for
# $B = 2$ it is $0.5$ with and $0$ without replacement.
#
# Derive both formulas. Write, for `gradients` of shape `(N, d)`, $N \ge 2$ and $1 \le B \le N$,
#
# - `variance_with(gradients, batch)` and `variance_without(gradients, batch)`, floats.
#
# Then set each entry of `noise_facts` to `True` or `False`.
#
# - `"right_on_average"`: for every $B$ and both ways of drawing, the mean of the mini-batch gradient over all
#   possible batches is the full gradient.
# - `"sgd_scatters_least"`: the gradients of SGD with $B = 1$ vary less than those of larger batches.
# - `"doubling_halves_with"`: with replacement, doubling $B$ halves the variance.
# - `"doubling_halves_without"`: without replacement, it does so too, for every $B \le N / 2$ (if the variance is
#   not zero).
# - `"full_batch_is_exact"`: without replacement, $B = N$ leaves no variance.


# %% [raw]
# # BEGIN SOLUTION
# %%
def variance_with(gradients, batch):
    """Expected squared distance of a mini-batch mean from the full mean, independent draws; a float."""
    # BEGIN SOLUTION
    return float(gradients.var(axis=0).sum() / batch)
    # END SOLUTION


def variance_without(gradients, batch):
    """The same for batches of different examples; a float."""
    # BEGIN SOLUTION
    n = len(gradients)
    return variance_with(gradients, batch) * (n - batch) / (n - 1)
    # END SOLUTION


noise_facts = {}
noise_facts["right_on_average"] = True  # SOLUTION
noise_facts["sgd_scatters_least"] = False  # SOLUTION
noise_facts["doubling_halves_with"] = True  # SOLUTION
noise_facts["doubling_halves_without"] = False  # SOLUTION
noise_facts["full_batch_is_exact"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For the gradients 0 and 2 and B = 2 the variance is 0.5 with replacement and 0 without.
"""  # END TEST CONFIG


def test_two_gradients(variance_with, variance_without, noise_facts):
    import numpy as np

    gradients = np.array([[0.0], [2.0]])
    for name, function, expected in (("with", variance_with, (1.0, 0.5)), ("without", variance_without, (1.0, 0.0))):
        for batch in (1, 2):
            got = function(gradients, batch)
            assert got is not None, f"variance_{name}(...) returned None: expected a float"
            assert np.shape(got) == (), f"variance_{name} should return a single number, got shape {np.shape(got)}"
            want = expected[batch - 1]
            assert abs(got - want) < 1e-9, f"variance_{name} for B = {batch}: expected {want}, got {got}"
    assert isinstance(noise_facts, dict), "noise_facts should be a dictionary"
    keys = ["right_on_average", "sgd_scatters_least", "doubling_halves_with"]
    for key in keys + ["doubling_halves_without", "full_batch_is_exact"]:
        assert isinstance(noise_facts.get(key), bool), f"noise_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some N, d and B the variance is not that over all possible batches. Listing them all for small
  N shows it.
"""  # END TEST CONFIG


def test_all_batches_listed(variance_with, variance_without):
    from itertools import combinations, product

    import numpy as np

    rng = np.random.default_rng(516)
    for n, d in ((2, 1), (3, 2), (4, 1), (5, 3)):
        gradients = np.asfortranarray(rng.normal(size=(n, d)) * 3 + 5)
        for batch in range(1, n + 1):
            for function, draws in (
                (variance_with, product(range(n), repeat=batch)),
                (variance_without, combinations(range(n), batch)),
            ):
                means = np.array([gradients[list(indices)].mean(axis=0) for indices in draws])
                expected = ((means - gradients.mean(axis=0)) ** 2).sum(axis=1).mean()
                # float64 means of at most 3125 batches
                assert abs(function(gradients, batch) - expected) < 1e-9
    gradients = rng.normal(size=(12, 4))
    for batch in (1, 2, 3, 11, 12):
        means = np.array([gradients[list(indices)].mean(axis=0) for indices in combinations(range(12), batch)])
        expected = ((means - gradients.mean(axis=0)) ** 2).sum(axis=1).mean()
        assert abs(variance_without(gradients, batch) - expected) < 1e-9
    same = np.ones((6, 2)) * 0.5
    assert abs(variance_with(same, 2)) < 1e-12 and abs(variance_without(same, 2)) < 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements is decided wrongly. Does SGD owe its speed to little noise?
"""  # END TEST CONFIG


def test_noise_facts(noise_facts):
    from itertools import combinations, product

    import numpy as np

    gradients = np.random.default_rng(517).normal(size=(6, 2)) + 2
    bias, with_, without = 0.0, {}, {}
    for batch in range(1, 7):
        for kind, draws in ((with_, product(range(6), repeat=batch)), (without, combinations(range(6), batch))):
            means = np.array([gradients[list(indices)].mean(axis=0) for indices in draws])
            bias = max(bias, np.abs(means.mean(axis=0) - gradients.mean(axis=0)).max())
            kind[batch] = ((means - gradients.mean(axis=0)) ** 2).sum(axis=1).mean()
    halves = lambda kind: all(abs(kind[2 * b] / kind[b] - 0.5) < 1e-9 for b in (1, 2, 3))
    assert noise_facts["right_on_average"] is bool(bias < 1e-9)
    assert noise_facts["sgd_scatters_least"] is bool(with_[1] < with_[2] and without[1] < without[2])
    assert noise_facts["doubling_halves_with"] is halves(with_)
    assert noise_facts["doubling_halves_without"] is halves(without)
    assert noise_facts["full_batch_is_exact"] is bool(without[6] < 1e-12)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="cs-optim-2"
# # BEGIN QUESTION
# name: q11_chunks
# points: 4

# %% [markdown]
# ## 11. Full gradients when memory is short
#
# "The data set does not fit into memory, so gradient descent is impossible." Is it? The loss is the mean squared
# error over all entries of the output, `((model(x) - y) ** 2).mean()`, with `x` of shape `(N, D_i)` and targets `y`
# of shape `(N, D_o)`; both are float64 tensors, and so are the parameters.
#
# - `full_gradient(model, x, y, chunk)`: the gradient of this loss over **all** $N$ examples, a list with one tensor
#   per parameter, in the order of `model.parameters()`. No call of the model may get more than `chunk` rows, and
#   each row is to be used once. $N$ need not be a multiple of `chunk`. The parameters stay as they are: nothing is
#   written to `.grad`, and a `.grad` that is already there does not count.
# - `chunking_is_exact(model, x, y, chunk)`: whether that gradient is the one that a single call with all rows would
#   give, `True` or `False`. Differences up to `1e-8` per entry are rounding.
#
# For the model $f(x) = w x$ with $w = 2$ and the examples $(1, 1)$, $(2, 3)$, $(1, 4)$ the gradient is
# $\tfrac23 (1 + 2 - 2) = \tfrac23$, also with `chunk=2`.
#
# Then decide when **one exact step** of full-batch gradient descent on the training loss is possible in principle,
# however slow. Set each entry of `gd_possible` to `True` or `False`. The examples do not influence one another.
#
# - `"data_on_disk"`: a training set of 10 TB on a disk, a machine with 64 GB of memory.
# - `"activations_too_large"`: the activations of all examples at once do not fit on the GPU, those of one batch do.
# - `"endless_stream"`: examples arrive without end, and the loss is the expected loss over the stream.
# - `"fresh_augmentation"`: each time an image is used, new noise from a normal distribution is added, and the loss
#   is the expected loss over the noise.
# - `"one_example_at_a_time"`: a loader that hands out the examples of a finite training set one after the other.


# %% [raw]
# # BEGIN SOLUTION
# %%
def full_gradient(model, x, y, chunk):
    """Gradient of the mean squared error over all examples, at most chunk rows per call of the model.

    model: module; x: tensor (N, D_i); y: tensor (N, D_o). Returns a list of tensors, one per parameter.
    """
    # BEGIN SOLUTION
    parameters = list(model.parameters())
    total = [torch.zeros_like(p) for p in parameters]
    for rows, targets in zip(x.split(chunk), y.split(chunk)):
        share = ((model(rows) - targets) ** 2).sum() / y.numel()
        total = [t + g for t, g in zip(total, torch.autograd.grad(share, parameters))]
    return total
    # END SOLUTION


def chunking_is_exact(model, x, y, chunk):
    """Whether the gradient in chunks is the gradient of one pass over all rows, up to 1e-8; a bool."""
    # BEGIN SOLUTION
    pairs = zip(full_gradient(model, x, y, chunk), full_gradient(model, x, y, len(x)))
    return all(torch.allclose(a, b, rtol=0, atol=1e-8) for a, b in pairs)
    # END SOLUTION


gd_possible = {}
gd_possible["data_on_disk"] = True  # SOLUTION
gd_possible["activations_too_large"] = True  # SOLUTION
gd_possible["endless_stream"] = False  # SOLUTION
gd_possible["fresh_augmentation"] = False  # SOLUTION
gd_possible["one_example_at_a_time"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For f(x) = 2 x and the examples (1, 1), (2, 3), (1, 4) the gradient is 2/3, in chunks of two as
  well.
"""  # END TEST CONFIG


def test_three_examples(full_gradient, chunking_is_exact, gd_possible):
    import torch

    model = torch.nn.Linear(1, 1, bias=False).double()
    model.load_state_dict({"weight": torch.tensor([[2.0]], dtype=torch.float64)})
    x = torch.tensor([[1.0], [2.0], [1.0]], dtype=torch.float64)
    y = torch.tensor([[1.0], [3.0], [4.0]], dtype=torch.float64)
    got = full_gradient(model, x, y, 2)
    assert got is not None, "full_gradient(...) returned None: expected a list of tensors"
    assert isinstance(got, (list, tuple)) and len(got) == 1, "full_gradient should return one tensor per parameter"
    assert tuple(got[0].shape) == (1, 1), f"full_gradient: expected shape (1, 1), got {tuple(got[0].shape)}"
    value = got[0].item()
    assert abs(value - 2 / 3) < 1e-9, f"full_gradient: expected 2/3, got {value}"
    got = chunking_is_exact(model, x, y, 2)
    assert isinstance(got, bool), f"chunking_is_exact should return True or False, got {got}"
    assert isinstance(gd_possible, dict), "gd_possible should be a dictionary"
    keys = ["data_on_disk", "activations_too_large", "endless_stream"]
    for key in keys + ["fresh_augmentation", "one_example_at_a_time"]:
        assert isinstance(gd_possible.get(key), bool), f"gd_possible[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The accumulated gradient is not that of the mean over all examples, or a call gets too many rows, or
  .grad is used. Mind the short last chunk.
"""  # END TEST CONFIG


def test_accumulated_gradient(full_gradient):
    import torch

    def run(full_gradient, model, x, y, chunk):
        import torch

        sizes = []
        model.register_forward_hook(lambda module, args, output: sizes.append(len(args[0])))
        for p in model.parameters():
            p.grad = torch.full_like(p, 7.0)
        before = [p.detach().clone() for p in model.parameters()]
        got = [g.detach() for g in full_gradient(model, x, y, chunk)]
        kept = all(bool((p.grad == 7).all()) for p in model.parameters())
        kept = kept and all(bool((p == b).all()) for p, b in zip(model.parameters(), before))
        return got, sizes, kept

    torch.manual_seed(518)
    layers = torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2)
    model = torch.nn.Sequential(*layers).double()
    for n, chunk in ((103, 10), (7, 3), (6, 3), (5, 1), (1, 4), (4, 9)):
        x, y = torch.randn(n, 3, dtype=torch.float64), torch.randn(n, 2, dtype=torch.float64)
        loss = torch.nn.functional.mse_loss(model(x), y)
        expected = torch.autograd.grad(loss, list(model.parameters()))
        got, sizes, kept = inside(run)(full_gradient, model, x, y, chunk)
        assert kept is True and max(sizes) <= chunk and sum(sizes) == n
        assert len(got) == len(expected)
        for g, e in zip(got, expected):
            # float64 sums of about 100 terms of size 1
            assert g.shape == e.shape and torch.allclose(g, e, rtol=1e-9, atol=1e-11)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: chunking_is_exact gives the wrong verdict for some model. Which layers look at other rows of the
  batch, and when?
"""  # END TEST CONFIG


def test_which_models_chunk(chunking_is_exact):
    import torch

    class Coupled(torch.nn.Module):
        """A line whose output depends a little on the number of rows that come with it."""

        def __init__(self, size):
            super().__init__()
            self.w = torch.nn.Parameter(torch.ones(2, dtype=torch.float64))
            self.size = size

        def forward(self, x):
            return self.w[0] * (x + self.size * len(x)) + 0 * self.w[1]

    torch.manual_seed(519)
    x, y = torch.randn(12, 3, dtype=torch.float64), torch.randn(12, 1, dtype=torch.float64)
    linear = lambda: torch.nn.Linear(3, 6)
    for middle, training, exact in (
        (torch.nn.Tanh(), True, True),
        (torch.nn.LayerNorm(6), True, True),
        (torch.nn.BatchNorm1d(6), True, False),
        (torch.nn.BatchNorm1d(6), False, True),
        (torch.nn.Dropout(0.0), True, True),
        (torch.nn.Dropout(0.5), False, True),
    ):
        model = torch.nn.Sequential(linear(), middle, torch.nn.ReLU(), torch.nn.Linear(6, 1)).double()
        model.train(training)
        for chunk in (5, 4, 11 if exact else 10):
            assert chunking_is_exact(model, x, y, chunk) is exact
        assert chunking_is_exact(model, x, y, 12) is True
    # the gradient of the coupled model is linear in size, but for 1e-14: 144 (or 67) rows seen per row in all
    x, y = torch.tensor([[1.0], [2.0], [4.0]]).double().repeat(4, 1), torch.zeros(12, 1, dtype=torch.float64)
    seen = (x[:5].sum() * 5 + x[5:10].sum() * 5 + x[10:].sum() * 2 - x.sum() * 12).item()
    unit = abs(4 * seen / 12)
    for gap, exact in ((0.0, True), (0.6e-8, True), (1.6e-8, False), (1e-6, False)):
        assert chunking_is_exact(Coupled(gap / unit), x, y, 5) is exact
        assert chunking_is_exact(Coupled(-gap / unit), x, y, 5) is exact


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five situations is judged wrongly. Ask of each how many
  terms the loss has.
"""  # END TEST CONFIG


def test_when_gd_is_possible(gd_possible):
    # an exact step needs a sum with finitely many terms; neither their number nor where they lie matters
    terms = {"data_on_disk": 10**13, "activations_too_large": 10**9, "one_example_at_a_time": 10**6}
    terms |= {"endless_stream": float("inf"), "fresh_augmentation": float("inf")}
    for key, number in terms.items():
        assert gd_possible[key] is (number < float("inf"))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="cs-optim-2"
# # BEGIN QUESTION
# name: q12_why_sgd
# manual: true
# points: 2

# %% [markdown]
# ## 12. Why SGD?
#
# Give two different reasons why SGD is preferred to full-batch gradient descent in practice, each with its
# mechanism (not only "it is faster": why?). Then name one situation in which the full gradient cannot be formed at
# all, with the reason. Is a training set that is larger than the memory such a situation? Say why, or why not. Five
# or six sentences are enough. This answer is read by a person.

# %% [raw]
# # BEGIN SOLUTION
# %% [markdown]
# **Model answer.** One update of SGD costs $B$ example gradients instead of $N$. Data are redundant, so the
# direction from a few examples is nearly as good as that from all of them, and many cheap steps get further than
# one dear step. Second, the gradients scatter, and this noise can carry the parameters out of poor minima and off
# saddle points where the full gradient leaves them. (Also valid: the activations of one batch need little memory;
# SGD can learn from data that keep arriving; the solutions found often generalise better.) The full gradient cannot
# be formed if the loss is an expectation without end: an endless stream, or noise that is drawn anew for each use.
# A large training set is only slow: its loss is a finite sum, and the gradient of a sum can be accumulated chunk by
# chunk.
#
# **Rubric**
#
# - 1 point: two different reasons, each with a mechanism (half a point for one).
# - 0.5 points: a situation in which the full objective cannot be evaluated, with the reason.
# - 0.5 points: explains that a finite sum can be accumulated, so that size alone makes gradient descent slow, not
#   impossible.
# %% [raw]
# # END SOLUTION
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-6.8"
# # BEGIN QUESTION
# name: q13_trapped
# points: 4

# %% [markdown]
# ## 13. Leaving a local minimum
#
# Can gradient descent with the full gradient and a constant learning rate leave the basin of a local minimum? Try
# it on
#
# $$f(x) = 0.05\,x^2 - 0.5\, e^{-8 (x - 4)^2},$$
#
# a wide bowl with its global minimum at $0$ (to many digits) and a narrow dent near $x = 4$. The dent holds a local
# minimum at about $3.95$; the ridge between the two lies at about $3.43$.
#
# Near a minimum with curvature $c$ (the second derivative) a function looks like $\tfrac12 c\,(x - x^*)^2$. One
# step of gradient descent multiplies the distance to $x^*$ by a factor that you can work out. For $c = 1$ and the
# rate $0.5$ it is $0.5$.
#
# - `descend(gradient, start, rate, steps)`: the position after `steps` steps of gradient descent from the float
#   `start`; `gradient` is a function of a float. For zero steps it is `start`.
# - `largest_stable_rate(curvature)`: the rate below which the distance shrinks and above which it grows, for a
#   curvature $c > 0$.
# - `end_points(rates)`: for each rate of a list, the position after 2000 steps on $f$ from $x = 4.1$. A list of
#   floats.
#
# Look at the end points for rates between 0.01 and 5. Then set each entry of `escape_facts` to `True` or `False`.
# All are about gradient descent with the full gradient and a constant rate.
#
# - `"can_leave"`: from a start in the basin of a local minimum it can end in another, better one.
# - `"loss_never_rises"`: whatever the rate, no step raises the loss.
# - `"leaves_in_the_end"`: whatever the rate, it leaves the basin of a poor minimum if it runs long enough.
# - `"above_the_limit_it_leaves"`: with a rate above `largest_stable_rate(c)`, $c$ the curvature at the minimum, it
#   always leaves the basin.
# - `"zero_gradient_stays"`: started where the gradient is exactly zero, it never moves, whatever the rate.


# %% [raw]
# # BEGIN SOLUTION
# %%
def descend(gradient, start, rate, steps):
    """Position after so many steps of gradient descent from start, a float."""
    # BEGIN SOLUTION
    x = start
    for _ in range(steps):
        x = x - rate * gradient(x)
    return x
    # END SOLUTION


def largest_stable_rate(curvature):
    """The learning rate at which gradient descent near a minimum stops converging, a float."""
    # BEGIN SOLUTION
    return 2 / curvature
    # END SOLUTION


def end_points(rates):
    """Positions after 2000 steps on f from 4.1, one float per rate; a list."""

    # BEGIN SOLUTION
    def slope(x):
        return 0.1 * x + 8 * (x - 4) * math.exp(-8 * (x - 4) ** 2)

    return [descend(slope, 4.1, rate, 2000) for rate in rates]
    # END SOLUTION


escape_facts = {}
escape_facts["can_leave"] = True  # SOLUTION
escape_facts["loss_never_rises"] = False  # SOLUTION
escape_facts["leaves_in_the_end"] = False  # SOLUTION
escape_facts["above_the_limit_it_leaves"] = False  # SOLUTION
escape_facts["zero_gradient_stays"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: On a parabola of curvature 1 the rate 0.5 halves the distance; with a rate of 0 nothing moves.
"""  # END TEST CONFIG


def test_parabola(descend, largest_stable_rate, end_points, escape_facts):
    got = descend(lambda x: x, 8.0, 0.5, 3)
    assert got is not None, "descend(...) returned None: expected a float"
    assert abs(got - 1) < 1e-9, f"three steps of rate 0.5 from 8 on x * x / 2: expected 1, got {got}"
    got = largest_stable_rate(1.0)
    assert got is not None, "largest_stable_rate(1.0) returned None: expected a float"
    assert got > 0.5, f"largest_stable_rate(1.0): the rate 0.5 is stable, got {got}"
    got = end_points([0.0])
    assert got is not None, "end_points([0.0]) returned None: expected a list"
    assert len(got) == 1, f"end_points of one rate: expected a list of one float, got {got}"
    assert abs(got[0] - 4.1) < 1e-9, f"end_points([0.0]): expected [4.1], got {got}"
    assert isinstance(escape_facts, dict), "escape_facts should be a dictionary"
    keys = ["can_leave", "loss_never_rises", "leaves_in_the_end", "above_the_limit_it_leaves", "zero_gradient_stays"]
    for key in keys:
        assert isinstance(escape_facts.get(key), bool), f"escape_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: descend does not take exactly the given number of steps of constant rate, or the stable rate is wrong
  for some curvature.
"""  # END TEST CONFIG


def test_parabolas(descend, largest_stable_rate):
    for curvature in (0.25, 1.0, 3.0, 7.6, 50.0):
        for rate in (0.01, 0.1, 0.5, 1.0, 2.0):
            for steps in (0, 1, 2, 5):
                expected = 3 + 2 * (1 - rate * curvature) ** steps
                # float64; at most five steps, factors up to 99
                got = descend(lambda x: curvature * (x - 3), 5.0, rate, steps)
                assert abs(got - expected) <= 1e-12 * (1 + abs(expected))
        limit = largest_stable_rate(curvature)
        for share, shrinks in ((0.999, True), (1.001, False), (0.01, True)):
            far = descend(lambda x: curvature * x, 1.0, share * limit, 3000)
            assert (abs(far) < 0.1) is shrinks
    # a stationary point, exactly: x = 1 on x**4 - 2 x**2
    assert descend(lambda x: 4 * x**3 - 4 * x, 1.0, 10.0, 50) == 1.0


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some rates the walk ends elsewhere. Check the derivative of f with small differences; the rate
  stays constant.
"""  # END TEST CONFIG


def test_end_points(end_points):
    import math

    f = lambda x: 0.05 * x * x - 0.5 * math.exp(-8 * (x - 4) ** 2)
    df = lambda x: (f(x + 1e-5) - f(x - 1e-5)) / 2e-5
    lo, hi = 3.9, 4.0
    for _ in range(60):
        middle = (lo + hi) / 2
        lo, hi = (middle, hi) if df(middle) < 0 else (lo, middle)
    small, escaped, bouncing = [0.02, 0.05, 0.1, 0.2, 0.24], [0.5, 0.7, 1.0, 2.0, 5.0], [0.27, 0.3, 0.35]
    got = list(end_points(small + escaped + bouncing))
    assert len(got) == 13
    # differences locate the minimum to 1e-9
    assert all(abs(x - lo) < 1e-7 for x in got[:5])
    assert all(abs(x) < 1e-6 for x in got[5:10])
    # these neither settle nor leave
    assert all(3.5 < x < 4.2 and abs(x - lo) > 0.03 for x in got[10:])
    # so slow that 2000 steps are not enough: the walk itself, with differences in place of derivatives
    for rate in (1e-4, 4e-4):
        x = 4.1
        for _ in range(2000):
            x -= rate * df(x)
        # one step more or less moves x by 9e-7 or more, the differences by 4e-11
        assert abs(end_points([rate])[0] - x) < 5e-8
    assert list(end_points([])) == []


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements is decided wrongly. Try rates just above
  the limit, and much larger ones.
"""  # END TEST CONFIG


def test_escape_facts(escape_facts):
    import torch

    rates = torch.tensor([0.05, 0.1, 0.2, 0.28, 0.3, 0.35, 0.5, 0.7, 1.0], dtype=torch.float64)
    f = lambda x: 0.05 * x**2 - 0.5 * torch.exp(-8 * (x - 4) ** 2)
    x = torch.full_like(rates, 4.1)
    rises = torch.zeros_like(rates, dtype=torch.bool)
    for _ in range(3000):
        x.requires_grad_()
        (g,) = torch.autograd.grad(f(x).sum(), x)
        new = (x - rates * g).detach()
        rises |= f(new) > f(x.detach()) + 1e-9
        x = new
    left = x < 3.43
    curvature = torch.autograd.functional.hessian(f, torch.tensor(3.949617, dtype=torch.float64))
    still = torch.tensor(1.0, requires_grad=True)
    (g,) = torch.autograd.grad(still**4 - 2 * still**2, still)
    assert escape_facts["can_leave"] is bool((left & (f(x) < 0.1)).any())
    assert escape_facts["loss_never_rises"] is (not bool(rises.any()))
    assert escape_facts["leaves_in_the_end"] is bool(left.all())
    assert escape_facts["above_the_limit_it_leaves"] is bool(left[rates * curvature > 2].all())
    assert escape_facts["zero_gradient_stays"] is bool(g == 0)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_escapes():
    f = lambda x: 0.05 * x**2 - 0.5 * np.exp(-8 * (x - 4) ** 2)
    uphill = lambda x: (f(x + 1e-5) - f(x - 1e-5)) / 2e-5
    x = np.linspace(-2, 5.5, 400)
    figure, axes = plt.subplots(1, 3, figsize=(12, 2.8), sharey=True)
    for axis, rate in zip(axes, (0.1, 0.3, 1.0)):
        walk = np.array([descend(uphill, 4.1, rate, steps) for steps in range(40)])
        axis.plot(x, f(x), color="0.6")
        axis.plot(walk, f(walk), ".-", color="tab:red", linewidth=0.5)
        axis.set(title=f"rate {rate}, 40 steps", xlabel="$x$")
    figure.tight_layout()


show(draw_escapes)

# %% [raw] sources="udl-6.7"
# # BEGIN QUESTION
# name: q14_zigzag
# points: 5

# %% [markdown]
# ## 14. Zigzag down a valley
#
# A quadratic loss with a narrow valley,
#
# $$L(\theta) = \tfrac12\, \theta^\top A\, \theta - b^\top \theta,$$
#
# with a symmetric matrix $A$ whose eigenvalues are all positive. Gradient descent with **exact line search** goes
# in each step from $\theta$ to the lowest point on the line through $\theta$ along the gradient. For
# $A = \text{diag}(1, 25)$, $b = 0$ and the start $(25, 1)$ the gradient is $(25, 25)$, the best step length $1/13$,
# and the next point $(300/13, -12/13)$.
#
# Let `A` have shape `(d, d)`, and `b`, `start` and `theta` shape `(d,)`. The paths are arrays of shape
# `(steps + 1, d)`, the start in row 0.
#
# - `line_search_path(A, b, start, steps)`: find the step length in closed form. Where the gradient is zero, the
#   path stays.
# - `slowest_factor(A)`: let $e = \theta - \theta^*$ be the vector from the minimum $\theta^*$ to $\theta$. With exact
#   line search a step multiplies the error $\sqrt{e^\top A\, e}$ by at most $(\kappa - 1) / (\kappa + 1)$, where
#   $\kappa$ is the largest eigenvalue of $A$ divided by the smallest. Return this factor, a float.
# - `newton_step(A, b, theta)`: where one step of Newton's method, $\theta - H^{-1} \nabla L$ with the Hessian $H$,
#   leads from `theta`; shape `(d,)`.
# - `momentum_path(A, b, start, rate, beta, steps)`: steps with momentum, beginning with $m = 0$. First
#   $m \leftarrow \beta m + (1 - \beta) \nabla L(\theta)$, then $\theta \leftarrow \theta - \eta\, m$ with the rate
#   $\eta$.
#
# Then set each entry of `zigzag_facts` to `True` or `False`.
#
# - `"right_angle_with_fixed_rate"`: with a constant learning rate, each gradient is orthogonal to the one before.
# - `"greedy_is_soonest"`: since each step of the line search goes to the lowest point of its line, no other step
#   lengths along the gradients reach the minimum in fewer steps.
# - `"newton_takes_one_step"`: on such a loss one Newton step from anywhere ends at the minimum.
# - `"round_bowl_takes_one_step"`: if all eigenvalues of $A$ are equal, one step with exact line search does.


# %% [raw]
# # BEGIN SOLUTION
# %%
def line_search_path(A, b, start, steps):
    """Gradient descent with exact line search: all points, shape (steps + 1, d)."""
    # BEGIN SOLUTION
    path = [start]
    for _ in range(steps):
        uphill = A.dot(path[-1]) - b
        bend = uphill.dot(A.dot(uphill))
        if bend > 0:
            path.append(path[-1] - uphill.dot(uphill) / bend * uphill)
        else:
            path.append(path[-1])
    return np.stack(path)
    # END SOLUTION


def slowest_factor(A):
    """The factor by which exact line search shrinks the error per step in the worst case, a float."""
    # BEGIN SOLUTION
    eigenvalues = np.linalg.eigvalsh(A)
    return float((eigenvalues[-1] - eigenvalues[0]) / (eigenvalues[-1] + eigenvalues[0]))
    # END SOLUTION


def newton_step(A, b, theta):
    """The point after one Newton step from theta, shape (d,)."""
    # BEGIN SOLUTION
    return theta - np.linalg.solve(A, A.dot(theta) - b)
    # END SOLUTION


def momentum_path(A, b, start, rate, beta, steps):
    """Gradient descent with momentum: all points, shape (steps + 1, d)."""
    # BEGIN SOLUTION
    path, momentum = [start], 0
    for _ in range(steps):
        momentum = beta * momentum + (1 - beta) * (A.dot(path[-1]) - b)
        path.append(path[-1] - rate * momentum)
    return np.stack(path)
    # END SOLUTION


zigzag_facts = {}
zigzag_facts["right_angle_with_fixed_rate"] = False  # SOLUTION
zigzag_facts["greedy_is_soonest"] = False  # SOLUTION
zigzag_facts["newton_takes_one_step"] = True  # SOLUTION
zigzag_facts["round_bowl_takes_one_step"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For A = diag(1, 25), b = 0 and the start (25, 1) the first step of the line search leads to
  (300/13, -12/13).
"""  # END TEST CONFIG


def test_first_steps(line_search_path, slowest_factor, newton_step, momentum_path, zigzag_facts):
    import numpy as np

    A, b, start = np.diag([1.0, 25.0]), np.zeros(2), np.array([25.0, 1.0])
    for name, path in (
        ("line_search_path", line_search_path(A, b, start, 1)),
        ("momentum_path", momentum_path(A, b, start, 0.1, 0.5, 1)),
    ):
        assert path is not None, f"{name}(...) returned None: expected an array of shape (steps + 1, d)"
        assert np.shape(path) == (2, 2), f"{name} with one step: expected shape (2, 2), got {np.shape(path)}"
        assert np.allclose(path[0], start), f"{name}: the first row should be the start, got {path[0]}"
        expected = [300 / 13, -12 / 13] if name == "line_search_path" else [23.75, -0.25]
        assert np.allclose(path[1], expected), f"{name}: expected {expected} after one step, got {path[1]}"
    got = slowest_factor(np.diag([1.0, 3.0]))
    assert got is not None, "slowest_factor(...) returned None: expected a float"
    assert abs(got - 0.5) < 1e-9, f"slowest_factor(diag(1, 3)): expected 0.5, got {got}"
    got = newton_step(A, b, start)
    assert got is not None, "newton_step(...) returned None: expected an array of shape (d,)"
    assert np.shape(got) == (2,), f"newton_step: expected shape (2,), got {np.shape(got)}"
    assert isinstance(zigzag_facts, dict), "zigzag_facts should be a dictionary"
    keys = ["right_angle_with_fixed_rate", "greedy_is_soonest", "newton_takes_one_step"]
    for key in keys + ["round_bowl_takes_one_step"]:
        assert isinstance(zigzag_facts.get(key), bool), f"zigzag_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A step of the line search does not end at the lowest point of its line, or does not follow the
  gradient, or moves where the gradient is zero.
"""  # END TEST CONFIG


def test_lowest_point_of_the_line(line_search_path):
    import numpy as np

    rng = np.random.default_rng(520)
    for d in (1, 2, 2, 5, 5):
        root = rng.normal(size=(d, d))
        A, b, start = root @ root.T + 0.3 * np.eye(d), rng.normal(size=d), rng.normal(size=d) * 3
        loss = lambda t: 0.5 * t @ A @ t - b @ t
        path = np.asarray(line_search_path(A, b, start, 6))
        assert path.shape == (7, d) and np.allclose(path[0], start)
        for before, after in zip(path, path[1:]):
            g, g_after = A @ before - b, A @ after - b
            if np.abs(g).max() < 1e-5:
                break
            step, size = after - before, np.abs(g).max()
            # along minus the gradient, and flat along it at the end
            assert np.allclose(step * (g @ g), g * (step @ g), atol=1e-9 * size**3) and step @ g < 0
            assert abs(g_after @ g) < 1e-8 * (g @ g)
            assert loss(after) <= min(loss(after + 1e-3 * g), loss(after - 1e-3 * g))
    A, start = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([1, -2])
    still = np.asarray(line_search_path(A, A @ start, start, 3))
    assert np.array_equal(still, np.tile(start, (4, 1)))
    assert np.asarray(line_search_path(A, np.ones(2), start, 0)).shape == (1, 2)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The worst factor is not that of the slowest valley, or the Newton step does not follow its formula.
"""  # END TEST CONFIG


def test_worst_case_and_newton(slowest_factor, newton_step):
    import numpy as np

    rng = np.random.default_rng(521)
    for eigenvalues in ([1.0, 25.0], [2.0, 2.0], [0.5, 3.0, 4.0], [1e-2, 1.0, 5.0, 1e2], [7.0]):
        d = len(eigenvalues)
        turn, _ = np.linalg.qr(rng.normal(size=(d, d)))
        A = turn @ np.diag(rng.permutation(eigenvalues)) @ turn.T
        A = (A + A.T) / 2
        values, vectors = np.linalg.eigh(A)
        # the worst start mixes the flattest and the steepest direction, then one step is measured
        e = vectors[:, 0] / values[0] + vectors[:, -1] / values[-1]
        g = A @ e
        after = e - (g @ g) / (g @ A @ g) * g
        measured = np.sqrt(abs(after @ A @ after) / (e @ A @ e))
        # sqrt of a rounded zero for a round bowl: 1e-8
        assert abs(slowest_factor(A) - measured) < 1e-7
        b, theta = rng.normal(size=d), rng.normal(size=d) * 10
        got = newton_step(A, b, theta)
        # condition numbers up to 1e4
        assert np.shape(got) == (d,) and np.allclose(A @ got, b, atol=1e-9)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The momentum path is not the one of the formulas. The momentum starts at zero and is updated before
  the step.
"""  # END TEST CONFIG


def test_momentum_as_a_linear_map(momentum_path):
    import numpy as np

    rng = np.random.default_rng(522)
    for d, rate, beta, steps in ((1, 0.1, 0.0, 3), (2, 0.1, 0.7, 60), (3, 0.05, 0.9, 25), (2, 0.2, 0.5, 0)):
        root = rng.normal(size=(d, d))
        A, b, start = root @ root.T + 0.1 * np.eye(d), rng.normal(size=d), rng.normal(size=d)
        path = np.asarray(momentum_path(A, b, start, rate, beta, steps))
        assert path.shape == (steps + 1, d)
        # (theta - minimum, m) is multiplied by one matrix per step
        minimum, eye = np.linalg.solve(A, b), np.eye(d)
        m_row = np.hstack([(1 - beta) * A, beta * eye])
        step = np.vstack([np.hstack([eye, 0 * eye]) - rate * m_row, m_row])
        for t in range(steps + 1):
            state = np.linalg.matrix_power(step, t) @ np.append(start - minimum, np.zeros(d))
            assert np.allclose(path[t], minimum + state[:d], rtol=1e-8, atol=1e-8)
    A, start = np.diag([1.0, 25.0]), np.array([25.0, 1.0])
    loss = [0.5 * t @ A @ t for t in np.asarray(momentum_path(A, np.zeros(2), start, 0.1, 0.7, 60))]
    # without momentum, at the rate 0.07, 5e-2 is left after 60 steps
    assert loss[-1] < 1e-4


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the four statements is decided wrongly. Try other step lengths, such as 1 over each
  eigenvalue.
"""  # END TEST CONFIG


def test_zigzag_facts(zigzag_facts):
    import numpy as np

    rng = np.random.default_rng(523)
    fixed, greedy, other, newton, round_bowl = [], [], [], [], []
    for _ in range(20):
        root = rng.normal(size=(3, 3))
        A, b, theta = root @ root.T + np.eye(3), rng.normal(size=3), rng.normal(size=3)
        g = A @ theta - b
        after = A @ (theta - 0.05 * g) - b
        fixed.append(abs(after @ g) / np.linalg.norm(after) / np.linalg.norm(g))
        # three steps, of the best length each, or one for each eigenvalue
        here, there = theta, theta
        for eigenvalue in np.linalg.eigvalsh(A):
            g_here, g_there = A @ here - b, A @ there - b
            here = here - (g_here @ g_here) / (g_here @ A @ g_here) * g_here
            there = there - g_there / eigenvalue
        greedy.append(np.abs(A @ here - b).max())
        other.append(np.abs(A @ there - b).max())
        newton.append(np.abs(A @ (theta - np.linalg.inv(A) @ g) - b).max())
        c = rng.uniform(0.1, 9)
        bowl = c * theta - b
        round_bowl.append(np.abs(c * (theta - bowl / c) - b).max())
    assert zigzag_facts["right_angle_with_fixed_rate"] is bool(max(fixed) < 1e-9)
    assert zigzag_facts["greedy_is_soonest"] is (not bool(max(other) < 1e-9 < 1e-5 < min(greedy)))
    assert zigzag_facts["newton_takes_one_step"] is bool(max(newton) < 1e-9)
    assert zigzag_facts["round_bowl_takes_one_step"] is bool(max(round_bowl) < 1e-9)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_zigzag():
    A, b, start = np.diag([1.0, 12.0]), np.zeros(2), np.array([12.0, 1.0])
    across, along = np.meshgrid(np.linspace(-3, 13, 120), np.linspace(-2, 2, 80))
    figure, axes = plt.subplots(1, 2, figsize=(12, 3), sharey=True)
    walks = [
        ("exact line search", line_search_path(A, b, start, 15)),
        ("momentum 0.7, rate 0.15", momentum_path(A, b, start, 0.15, 0.7, 40)),
    ]
    for axis, (title, path) in zip(axes, walks):
        axis.contour(across, along, across**2 / 2 + 6 * along**2, levels=np.geomspace(0.3, 100, 9), cmap="viridis")
        axis.plot(path[:, 0], path[:, 1], ".-", color="tab:red")
        axis.set(title=title, xlabel="$\\theta_1$", aspect="equal")
    axes[0].set_ylabel("$\\theta_2$")
    figure.tight_layout()


show(draw_zigzag)

# %% [raw] sources="udl-6.7"
# # BEGIN QUESTION
# name: q15_zigzag_explained
# manual: true
# points: 3

# %% [markdown]
# ## 15. The zigzag in words
#
# Gradient descent with exact line search zigzags down a narrow valley and turns by a right angle at every step.
# Explain (a) why the turns are right angles, and whether your reason holds with a constant learning rate, too; (b)
# why the path crosses the valley again and again instead of following it; (c) one cure, and why it helps. This
# answer is read by a person.

# %% [raw]
# # BEGIN SOLUTION
# %% [markdown]
# **Model answer.** (a) At the lowest point of a line, the slope of the loss along the line is zero. This slope is
# the product of the new gradient with the direction of the line, which is the old gradient. So new and old gradient
# are orthogonal. A step of constant length ends somewhere else on the line, where the slope along it is not zero,
# and the argument fails. (b) In a narrow valley the curvature across is much larger than that along it, so the
# gradient points mostly across. The lowest point of such a line lies a little past the floor of the valley, on the
# other wall. From there the next gradient points back across. Each step gains only a little along the valley. (c)
# Momentum averages recent gradients: the parts across the valley alternate in sign and cancel, the parts along it
# add up. (Also valid: a Newton step or a change of coordinates makes all curvatures equal; conjugate gradients
# choose directions that do not undo earlier ones.)
#
# **Rubric**
#
# - 1 point: orthogonality from the zero slope at the end of the line search, and that it is due to the line search.
# - 1 point: unequal curvatures, so that the gradient points across the valley and steps overshoot its floor.
# - 1 point: a cure with its reason.
# %% [raw]
# # END SOLUTION
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-6.10"
# # BEGIN QUESTION
# name: q16_momentum_weights
# points: 3

# %% [markdown]
# ## 16. What momentum remembers
#
# Momentum follows $m_{t+1} = \beta\, m_t + (1 - \beta)\, g_t$ with $0 \le \beta < 1$, where $g_t$ is the mini-batch
# gradient at step $t = 0, 1, 2, \dots$ Unroll the recursion: $m_t$ is a weighted sum of all earlier gradients and
# of $m_0$,
#
# $$m_t = \sum_{k=0}^{t-1} w_k\, g_{t-1-k} + w\, m_0 .$$
#
# For $\beta = 0.5$ and $t = 2$: $m_2 = 0.5\, g_1 + 0.25\, g_0 + 0.25\, m_0$.
#
# - `momentum_weights(beta, t)`: array of shape `(t,)` with $w_0, \dots, w_{t-1}$, the newest gradient first. Empty
#   for $t = 0$.
# - `start_weight(beta, t)`: the weight $w$ of $m_0$, a float.
# - `warm_up(beta, share)`: with $m_0 = 0$ the weights do not add up to one at first, so $m_t$ is too small. Return
#   the smallest $t \ge 1$ for which the weights of the gradients add up to at least `share` ($0 < $ `share` $< 1$),
#   an integer. For $\beta = 0.5$ and the share $0.7$ it is 2.


# %% [raw]
# # BEGIN SOLUTION
# %%
def momentum_weights(beta, t):
    """Weights of the gradients in m_t, newest first, shape (t,)."""
    # BEGIN SOLUTION
    return (1 - beta) * beta ** np.arange(t)
    # END SOLUTION


def start_weight(beta, t):
    """Weight of m_0 in m_t, a float."""
    # BEGIN SOLUTION
    return float(beta**t)
    # END SOLUTION


def warm_up(beta, share):
    """Smallest t >= 1 for which the weights of the gradients add up to at least share, an int."""
    # BEGIN SOLUTION
    t = 1
    while 1 - beta**t < share:
        t += 1
    return t
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For beta = 0.5 and t = 2 the weights are (0.5, 0.25), that of m_0 is 0.25; a share of 0.7 needs t = 2.
"""  # END TEST CONFIG


def test_two_steps(momentum_weights, start_weight, warm_up):
    import numpy as np

    got = momentum_weights(0.5, 2)
    assert got is not None, "momentum_weights(0.5, 2) returned None: expected an array of shape (2,)"
    assert np.shape(got) == (2,), f"momentum_weights(0.5, 2): expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, [0.5, 0.25]), f"momentum_weights(0.5, 2): expected [0.5, 0.25], got {got}"
    got = start_weight(0.5, 2)
    assert got is not None, "start_weight(0.5, 2) returned None: expected a float"
    assert abs(got - 0.25) < 1e-9, f"start_weight(0.5, 2): expected 0.25, got {got}"
    got = warm_up(0.5, 0.7)
    assert got is not None, "warm_up(0.5, 0.7) returned None: expected an integer"
    assert got == 2, f"warm_up(0.5, 0.7): expected 2, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The weighted sum of the gradients is not what the recursion gives. Check the order, the exponents
  and m_0.
"""  # END TEST CONFIG


def test_recursion(momentum_weights, start_weight):
    import numpy as np

    rng = np.random.default_rng(524)
    for beta in (0.0, 0.1, 0.5, 0.9, 0.999):
        for t in (0, 1, 2, 3, 10, 40):
            gradients, m0 = rng.normal(size=(t, 3)), rng.normal(size=3)
            m = m0
            for g in gradients:
                m = beta * m + (1 - beta) * g
            weights = np.asarray(momentum_weights(beta, t))
            assert weights.shape == (t,)
            got = weights @ gradients[::-1] + start_weight(beta, t) * m0
            # float64 sums of 40 terms
            assert np.abs(got - m).max() < 1e-12
            assert abs(weights.sum() + start_weight(beta, t) - 1) < 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: warm_up is not the first step at which the weights reach the share. Try
  beta = 0, a beta near 1, and a share that the weights reach exactly.
"""  # END TEST CONFIG


def test_warm_up(warm_up):
    for beta in (0.0, 0.2, 0.5, 0.9, 0.99, 0.999):
        # shares kept off the values that are reached exactly
        for share in (0.05, 0.31, 0.62, 0.77, 0.953, 0.9991):
            total, weight, t = 0.0, 1 - beta, 0
            while total < share:
                total, weight, t = total + weight, weight * beta, t + 1
            got = warm_up(beta, share)
            assert got == t and isinstance(got, int)
    # reached exactly, in binary
    assert warm_up(0.5, 0.5) == 1 and warm_up(0.5, 0.75) == 2 and warm_up(0.25, 0.9375) == 2


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="cs-optim-4"
# # BEGIN QUESTION
# name: q17_three_methods
# points: 6

# %% [markdown]
# ## 17. Ravines, barriers and six statements
#
# **A ravine.** On $L(\theta) = \tfrac12 \theta^\top H \theta$, with smallest eigenvalue $\mu > 0$, largest
# eigenvalue $\lambda$ and $\kappa = \lambda / \mu$, compare three methods, each with its best constants:
#
# - `"gd"`: gradient descent with the rate $2 / (\lambda + \mu)$;
# - `"momentum"`: $\theta_{t+1} = \theta_t - \eta\, \nabla L(\theta_t) + \beta\,(\theta_t - \theta_{t-1})$ with
#   $\theta_{-1} = \theta_0$, $\eta = 4 / (\sqrt\lambda + \sqrt\mu)^2$ and
#   $\beta = \big((\sqrt\kappa - 1) / (\sqrt\kappa + 1)\big)^2$;
# - `"newton"`: Newton's method, $\theta_{t+1} = \theta_t - H^{-1} \nabla L(\theta_t)$.
#
# Write `steps_needed(method, H, start, tol)`: the smallest number of steps $t \ge 0$ with
# $\lVert\theta_t\rVert \le$ `tol` $\cdot \lVert\theta_0\rVert$, an integer. `H` has shape `(d, d)`, `start` `(d,)`.
# With $H = \text{diag}(1, 3)$, the start $(1, 1)$ and `tol` $= 0.3$, each step of gradient descent halves the
# size of both coordinates, so it needs 2.
#
# **A barrier.** The function $q(x) = x^4 - 2x^2 + 0.6x$ has a poor local minimum near $0.91$ and a better one near
# $-1.07$. Write `noisy_descent(rate, noise, noisy_steps, quiet_steps, paths, seed)`: that many independent walks
# from $x = 1.2$, all at the same time. First come `noisy_steps` steps
# $x \leftarrow x - \eta\,(q'(x) + \sigma\,\xi)$ with the rate $\eta$, $\sigma$ = `noise` and a fresh standard
# normal number $\xi$ for each walk and step; then `quiet_steps` steps with $\sigma = 0$. Return the final
# positions, shape `(paths,)`. The same seed gives the same walks. The noise stands for the scatter of mini-batch
# gradients.
#
# **Six statements.** Set each entry of `sgd_facts` to `True` or `False`. Here SGD uses one example per update, GD
# all.
#
# - `"one_update_per_example"`: one epoch of SGD has as many updates as there are training examples.
# - `"less_noise_is_why"`: SGD gradients vary less than those of GD, and this is why SGD is the faster one.
# - `"leaves_poor_minima"`: SGD is less prone than GD to stay in a poor local minimum.
# - `"needs_more_memory"`: one update of SGD needs more memory for activations than one of GD.
# - `"gd_finds_the_best"`: with suitable rates, SGD is sure to end in a local minimum and GD in the global one.
# - `"momentum_beats_newton"`: in a narrow quadratic ravine, gradient descent with momentum needs fewer steps than
#   Newton's method without.


# %% [raw]
# # BEGIN SOLUTION
# %%
def steps_needed(method, H, start, tol):
    """Steps until the norm of theta is at most tol times that of start; method: "gd", "momentum" or "newton"."""
    # BEGIN SOLUTION
    low, high = np.sqrt(np.linalg.eigvalsh(H)[[0, -1]])
    rate = {"gd": 2 / (low**2 + high**2), "momentum": 4 / (low + high) ** 2, "newton": 1}[method]
    beta = 1 - low * high * rate if method == "momentum" else 0
    theta, before, count = start, start, 0
    while np.linalg.norm(theta) > tol * np.linalg.norm(start):
        gradient = H.dot(theta)
        step = np.linalg.solve(H, gradient) if method == "newton" else gradient
        theta, before = theta - rate * step + beta * (theta - before), theta
        count += 1
    return count
    # END SOLUTION


def noisy_descent(rate, noise, noisy_steps, quiet_steps, paths, seed):
    """Final positions of noisy walks on x**4 - 2 x**2 + 0.6 x from 1.2, shape (paths,)."""
    # BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    x = np.full(paths, 1.2)
    for sigma, steps in ((noise, noisy_steps), (0, quiet_steps)):
        for _ in range(steps):
            x = x - rate * (4 * x**3 - 4 * x + rng.normal(0.6, sigma, size=paths))
    return x
    # END SOLUTION


sgd_facts = {}
sgd_facts["one_update_per_example"] = True  # SOLUTION
sgd_facts["less_noise_is_why"] = False  # SOLUTION
sgd_facts["leaves_poor_minima"] = True  # SOLUTION
sgd_facts["needs_more_memory"] = False  # SOLUTION
sgd_facts["gd_finds_the_best"] = False  # SOLUTION
sgd_facts["momentum_beats_newton"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With H = diag(1, 3), the start (1, 1) and tol = 0.3 gradient descent needs 2 steps; without steps the
  walks stay at 1.2.
"""  # END TEST CONFIG


def test_small_cases(steps_needed, noisy_descent, sgd_facts):
    import numpy as np

    got = steps_needed("gd", np.diag([1.0, 3.0]), np.ones(2), 0.3)
    assert got is not None, "steps_needed(...) returned None: expected an integer"
    assert got == 2, f"steps_needed('gd', diag(1, 3), (1, 1), 0.3): expected 2, got {got}"
    for method in ("momentum", "newton"):
        got = steps_needed(method, np.diag([1.0, 3.0]), np.ones(2), 1.0)
        assert got == 0, f"steps_needed({method!r}, ...) with tol = 1: expected 0, got {got}"
    got = noisy_descent(0.05, 1.0, 0, 0, 3, 0)
    assert got is not None, "noisy_descent(...) returned None: expected an array of shape (paths,)"
    assert np.shape(got) == (3,), f"noisy_descent: expected shape (3,), got {np.shape(got)}"
    assert np.allclose(got, 1.2), f"noisy_descent without steps: expected 1.2 for each walk, got {got}"
    assert isinstance(sgd_facts, dict), "sgd_facts should be a dictionary"
    keys = ["one_update_per_example", "less_noise_is_why", "leaves_poor_minima", "needs_more_memory"]
    for key in keys + ["gd_finds_the_best", "momentum_beats_newton"]:
        assert isinstance(sgd_facts.get(key), bool), f"sgd_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The number of steps is wrong for some method or ravine. Compare the constants with the formulas, and
  begin the momentum method at rest.
"""  # END TEST CONFIG


def test_steps_in_the_eigenbasis(steps_needed):
    import numpy as np

    rng = np.random.default_rng(525)
    for values, tol in (([1.0, 3.0], 1e-3), ([1.0, 1000.0], 1e-6), ([0.2, 0.7, 9.0], 1e-5), ([4.0, 4.0], 1e-4)):
        values = np.array(values)
        turn, _ = np.linalg.qr(rng.normal(size=(len(values),) * 2))
        H, c = turn @ np.diag(values) @ turn.T, rng.uniform(1, 2, size=len(values))
        H = (H + H.T) / 2
        mu, lam = values.min(), values.max()
        rate = 4 / (np.sqrt(lam) + np.sqrt(mu)) ** 2
        beta = ((np.sqrt(lam / mu) - 1) / (np.sqrt(lam / mu) + 1)) ** 2
        # each coordinate of the eigenbasis on its own, by a recursion with constant coefficients
        count, now, last = 0, c, c
        while np.linalg.norm(now) > tol * np.linalg.norm(c):
            now, last, count = (1 + beta - rate * values) * now - beta * last, now, count + 1
        t = np.arange(20000)[:, None]
        plain = np.linalg.norm(c * np.abs(1 - 2 * values / (lam + mu)) ** t, axis=1) > tol * np.linalg.norm(c)
        start = turn @ c
        assert steps_needed("momentum", H, start, tol) == count
        assert steps_needed("gd", H, start, tol) == plain.sum()
        assert steps_needed("newton", H, start, tol) == 1
        assert steps_needed("gd", H, start, 1.0) == 0


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The walks do not have the right slope or the right amount of noise. Noise is drawn anew for each walk
  and each step, and scaled by the rate.
"""  # END TEST CONFIG


def test_walks(noisy_descent):
    import numpy as np
    import torch

    def walk(rate, steps):
        x = torch.tensor(1.2, dtype=torch.float64, requires_grad=True)
        for _ in range(steps):
            (g,) = torch.autograd.grad(x**4 - 2 * x**2 + 0.6 * x, x)
            x = (x - rate * g).detach().requires_grad_()
        return x.item()

    for rate, noisy, quiet in ((0.05, 3, 0), (0.05, 0, 3), (0.01, 40, 7), (0.05, 60, 30)):
        got = noisy_descent(rate, 0.0, noisy, quiet, 4, 1)
        # the same operations in another order
        assert np.shape(got) == (4,) and np.allclose(got, walk(rate, noisy + quiet), rtol=0, atol=1e-10)
    # one step: mean and spread of 40,000 walks, known to 0.5 and 0.35 per cent of the spread
    for noise, rate in ((3.0, 0.05), (0.5, 0.2)):
        got = np.asarray(noisy_descent(rate, noise, 1, 0, 40000, 2))
        assert abs(got.mean() - walk(rate, 1)) < 0.04 * rate * noise
        assert abs(got.std() / (rate * noise) - 1) < 0.03
    # 64 tiny steps: independent noise adds up to 8 times that of one step, repeated noise to 64 times
    got = np.asarray(noisy_descent(1e-5, 3.0, 64, 0, 40000, 3))
    assert abs(got.std() / (1e-5 * 3 * 8) - 1) < 0.03
    # the noise stops: within 1e-6 of a minimum, and nearly all walks in the better one
    # (seeds 0 to 39 with 200 walks each: share between 0.975 and 1)
    ends = np.asarray(noisy_descent(0.05, 3.0, 2000, 2000, 200, 4))
    bottoms = np.sort(np.roots([4.0, 0.0, -4.0, 0.6]).real)[[0, 2]]
    assert np.abs(ends[:, None] - bottoms).min(axis=1).max() < 1e-6
    assert (ends < 0).mean() > 0.85
    again, other = noisy_descent(0.05, 3.0, 5, 0, 6, 4), noisy_descent(0.05, 3.0, 5, 0, 6, 5)
    assert np.array_equal(again, noisy_descent(0.05, 3.0, 5, 0, 6, 4)) and not np.allclose(again, other)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six statements is decided wrongly. Simulate what you are not sure of.
"""  # END TEST CONFIG


def test_sgd_facts(sgd_facts):
    import numpy as np

    rng = np.random.default_rng(526)
    gradients = rng.normal(size=(50, 3))
    scatter = {batch: gradients.var(axis=0).sum() / batch * (50 - batch) / 49 for batch in (1, 50)}
    slope = lambda x: 4 * x**3 - 4 * x + 0.6
    x, noisy = np.full(300, 1.2), np.full(300, 1.2)
    for step in range(4000):
        x = x - 0.05 * slope(x)
        noisy = noisy - 0.05 * (slope(noisy) + (3.0 * rng.normal(size=300) if step < 2000 else 0))
    gd_share, sgd_share = (x < 0).mean(), (noisy < 0).mean()
    H, now, last, momentum_steps = np.array([1.0, 1000.0]), np.ones(2), np.ones(2), 0
    root = np.sqrt(H)
    rate, beta = 4 / root.sum() ** 2, ((root[1] - 1) / (root[1] + 1)) ** 2
    while np.linalg.norm(now) > 1e-6:
        now, last, momentum_steps = now - rate * H * now + beta * (now - last), now, momentum_steps + 1
    newton_steps = 1
    updates, activations = [50 // batch for batch in (1, 50)], [batch * 1000 for batch in (1, 50)]
    assert sgd_facts["one_update_per_example"] is (updates[0] == 50)
    assert sgd_facts["less_noise_is_why"] is bool(scatter[1] < scatter[50])
    assert sgd_facts["leaves_poor_minima"] is bool(sgd_share > gd_share)
    assert sgd_facts["needs_more_memory"] is (activations[0] > activations[1])
    assert sgd_facts["gd_finds_the_best"] is bool(gd_share == 1)
    assert sgd_facts["momentum_beats_newton"] is (momentum_steps < newton_steps)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="cs-optim-3"
# # BEGIN QUESTION
# name: q18_batch_size
# points: 5

# %% [markdown]
# ## 18. What a doubled batch saves
#
# A network trained with mini-batches of size $B$ needs $n$ iterations to reach a loss $l_0$. Does it need more or
# fewer with $2B$, and how many? A model of the situation can be computed exactly: a loss with independent
# directions,
#
# $$L(\theta) = \sum_{k=1}^{K} \tfrac12\, h_k \theta_k^2 ,$$
#
# whose mini-batch gradient in direction $k$ is $h_k \theta_k + \varepsilon_k$. The noise $\varepsilon_k$ is
# independent of everything else, with mean zero and variance $s_k / B$. Let
# $L_k = \mathbb{E}\big[\tfrac12 h_k \theta_k^2\big]$ be the expected loss of direction $k$. After one step with
# rate $\eta$ it depends on $L_k$, $\eta$, $h_k$, $s_k$ and $B$ only: derive how. With $h = 1$, $s = 4$, $B = 2$,
# $\eta = 0.5$ and the loss $5$, one step leads to $1.5$.
#
# Arrays `h`, `s` and `losses` have shape `(K,)`.
#
# - `next_losses(losses, rate, h, s, batch)`: the expected losses after one step, shape `(K,)`.
# - `iterations(batch, rate, h, s, losses, target, limit)`: the smallest number of steps $t \ge 0$ after which the
#   **sum** of the expected losses is at most `target`, an integer; `math.inf` if that does not happen within
#   `limit` steps.
# - `best_iterations(batch, rates, h, s, losses, target, limit)`: the smallest number over the learning rates in the
#   list `rates`.
#
# The cell below the question draws the best number of iterations for $h = (1, 0.1, 0.02)$, $s = 4h$, losses of $5$
# and the target $0.3$. Decide what holds there; set each entry of `doubling_facts` to `True` or `False`. Except in
# the last one, the learning rate is the best for each $B$.
#
# - `"fewer_iterations"`: each doubling of $B$, from 1 to 128, lowers the number of iterations.
# - `"always_half"`: each doubling halves it (up to rounding to a whole number).
# - `"same_number_of_examples"`: $B$ times the number of iterations stays the same (within 5 %).
# - `"gains_shrink"`: doubling from 1 to 2 saves a larger share of the iterations than doubling from 64 to 128.
# - `"old_rate_will_do"`: if the best rate for $B = 1$ is kept, going from $B = 1$ to $B = 2$ saves as much as with
#   the best rate for $B = 2$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def next_losses(losses, rate, h, s, batch):
    """Expected losses of all directions after one step of SGD, shape (K,)."""
    # BEGIN SOLUTION
    return (1 - rate * h) ** 2 * losses + rate**2 * h * s / (2 * batch)
    # END SOLUTION


def iterations(batch, rate, h, s, losses, target, limit):
    """Steps until the expected losses add up to at most target; math.inf if limit steps are not enough."""
    # BEGIN SOLUTION
    for count in range(limit + 1):
        if losses.sum() <= target:
            return count
        losses = next_losses(losses, rate, h, s, batch)
    return math.inf
    # END SOLUTION


def best_iterations(batch, rates, h, s, losses, target, limit):
    """Smallest number of iterations over all rates."""
    # BEGIN SOLUTION
    return min(iterations(batch, rate, h, s, losses, target, limit) for rate in rates)
    # END SOLUTION


doubling_facts = {}
doubling_facts["fewer_iterations"] = True  # SOLUTION
doubling_facts["always_half"] = False  # SOLUTION
doubling_facts["same_number_of_examples"] = False  # SOLUTION
doubling_facts["gains_shrink"] = True  # SOLUTION
doubling_facts["old_rate_will_do"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With h = 1, s = 4, B = 2 and the rate 0.5 a loss of 5 becomes 1.5 in one step.
"""  # END TEST CONFIG


def test_one_direction(next_losses, iterations, best_iterations, doubling_facts):
    import numpy as np

    h, s, losses = np.array([1.0]), np.array([4.0]), np.array([5.0])
    got = next_losses(losses, 0.5, h, s, 2)
    assert got is not None, "next_losses(...) returned None: expected an array of shape (K,)"
    assert np.shape(got) == (1,), f"next_losses: expected shape (1,), got {np.shape(got)}"
    assert np.allclose(got, 1.5), f"next_losses: expected [1.5], got {got}"
    got = iterations(2, 0.5, h, s, losses, 2.0, 10)
    assert got is not None, "iterations(...) returned None: expected an integer or math.inf"
    assert got == 1, f"iterations to the target 2: expected 1, got {got}"
    got = best_iterations(2, [0.5], h, s, losses, 2.0, 10)
    assert got is not None, "best_iterations(...) returned None: expected an integer or math.inf"
    assert got == 1, f"best_iterations with one rate: expected 1, got {got}"
    assert isinstance(doubling_facts, dict), "doubling_facts should be a dictionary"
    keys = ["fewer_iterations", "always_half", "same_number_of_examples", "gains_shrink", "old_rate_will_do"]
    for key in keys:
        assert isinstance(doubling_facts.get(key), bool), f"doubling_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The expected losses after one step are not the mean over the noise. The noise is multiplied by the
  rate before it is squared.
"""  # END TEST CONFIG


def test_mean_over_the_noise(next_losses):
    import numpy as np

    rng = np.random.default_rng(527)
    for k in (1, 3, 6):
        for batch in (1, 2, 7, 128):
            h, s, losses = rng.uniform(0.02, 2, size=k), rng.uniform(0, 5, size=k), rng.uniform(0, 5, size=k)
            rate = rng.uniform(0.01, 1.5)
            got = next_losses(losses, rate, h, s, batch)
            assert np.shape(got) == (k,)
            # noise of plus or minus one standard deviation has the right mean and variance
            theta, noise = np.sqrt(2 * losses / h), np.sqrt(s / batch)
            after = [theta - rate * (h * theta + sign * noise) for sign in (1, -1)]
            expected = (0.5 * h * after[0] ** 2 + 0.5 * h * after[1] ** 2) / 2
            assert np.allclose(got, expected, rtol=1e-10, atol=1e-12)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The number of iterations is wrong for some setting. The sum over all directions decides; a target
  below the noise is never reached.
"""  # END TEST CONFIG


def test_iterations_in_closed_form(iterations, best_iterations):
    import math

    import numpy as np

    def first_below(batch, rate, h, s, losses, target, limit):
        # each direction tends to a floor geometrically
        shrink = (1 - rate * h) ** 2
        floor = rate**2 * h * s / (2 * batch) / (1 - shrink)
        t = np.arange(limit + 1)[:, None]
        low = (floor + (losses - floor) * shrink**t).sum(axis=1) <= target
        return int(low.argmax()) if low.any() else math.inf

    h = np.array([1.0, 0.1, 0.02])
    cases = [(batch, rate, h, 4 * h, np.full(3, 5.0), 0.3, 900) for batch in (1, 8, 128) for rate in (0.03, 0.1, 0.9)]
    cases += [(2, 0.3, h[:1], np.array([3.0]), np.array([2.0]), target, 50) for target in (3.0, 2.0, 1.0, 0.01)]
    cases += [(4, 0.5, h, np.zeros(3), np.array([1.0, 0.0, 2.0]), 1e-3, limit) for limit in (379, 380, 400)]
    # a noisy direction that rises while the other falls: the sum is low only for a while
    cases += [(1, 0.2, np.array([1.0, 0.05]), np.array([0.0, 40.0]), np.array([2.0, 0.0]), t, 60) for t in (1.0, 0.3)]
    found = []
    for case in cases:
        expected = first_below(*case)
        found.append(expected)
        assert iterations(*case) == expected
    assert math.inf in found and 0 in found and len(set(found)) > 8
    batch, _, h, s, losses, target, limit = cases[0]
    for batch in (1, 4, 32):
        for rates in ([0.05], [0.9, 0.05, 0.2], [0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28], [1.99]):
            expected = min(first_below(batch, rate, h, s, losses, target, limit) for rate in rates)
            assert best_iterations(batch, rates, h, s, losses, target, limit) == expected
    # reached exactly at the limit, and one step after it
    one = np.ones(1)
    assert iterations(1, 0.5, one, 0 * one, 4 * one, 1.0, 1) == 1
    assert iterations(1, 0.5, one, 0 * one, 4 * one, 1.0, 0) == math.inf
    # a rate so large that the loss grows without bound
    assert iterations(1, 3.0, one, one, one, 0.5, 2000) == math.inf


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements is decided wrongly for the setting of the figure.
"""  # END TEST CONFIG


def test_doubling_facts(doubling_facts):
    import numpy as np

    h, rates = np.array([1.0, 0.1, 0.02]), np.geomspace(0.01, 1.9, 120)
    t = np.arange(3000)[:, None]

    def count(batch, rate):
        shrink = (1 - rate * h) ** 2
        floor = rate**2 * h * 4 * h / (2 * batch) / (1 - shrink)
        low = (floor + (5 - floor) * shrink**t).sum(axis=1) <= 0.3
        return low.argmax() if low.any() else np.inf

    table = {batch: [count(batch, rate) for rate in rates] for batch in (1, 2, 4, 8, 16, 32, 64, 128)}
    best = {batch: min(row) for batch, row in table.items()}
    ratios = np.array([best[2 * batch] / best[batch] for batch in best if batch < 128])
    kept = table[2][int(np.argmin(table[1]))]
    examples = np.array([batch * steps for batch, steps in best.items()])
    # ratios of the best numbers: 0.544 for the first doubling, 0.885 for the last; kept rate: 431 against 308
    assert doubling_facts["fewer_iterations"] is bool((ratios < 1).all())
    assert doubling_facts["always_half"] is bool((np.abs(ratios - 0.5) < 0.02).all())
    assert doubling_facts["same_number_of_examples"] is bool(examples.max() / examples.min() < 1.05)
    assert doubling_facts["gains_shrink"] is bool(ratios[0] < ratios[-1])
    assert doubling_facts["old_rate_will_do"] is bool(kept <= best[2])


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_batch_sizes():
    h = np.array([1.0, 0.1, 0.02])
    sizes = 2 ** np.arange(8)
    rates = np.geomspace(0.03, 1.5, 12)
    counts = np.array([best_iterations(int(size), rates, h, 4 * h, np.full(3, 5.0), 0.3, 700) for size in sizes])
    figure, axis = plt.subplots(figsize=(6, 3.2))
    axis.loglog(sizes, counts, "o-", label="best rate")
    axis.loglog(sizes, counts[0] / sizes, "--", color="0.6", label="half per doubling")
    axis.set(xlabel="batch size $B$", ylabel="iterations to the target")
    axis.legend()
    figure.tight_layout()


show(draw_batch_sizes)

# %% [raw] sources="cs-optim-5"
# # BEGIN QUESTION
# name: q19_implicit_gradient
# points: 5

# %% [markdown]
# ## 19. A layer that solves a problem
#
# A network contains a layer whose output is the solution of an inner problem: for the input $x$ it returns
#
# $$y^*(x) = \arg\min_y\, g(y, x) .$$
#
# To train the network we need the **vector-Jacobian product** $v^\top \frac{dy^*}{dx}$, where $v$ is the gradient
# that arrives from above. At the solution $\nabla_y g(y^*(x), x) = 0$ for every $x$. Differentiate this equation
# with respect to $x$ and solve for the Jacobian. An example with numbers: $g = y^2 - 6xy$ has $y^* = 3x$, so
# $v = 2$ gives $6$.
#
# Write `implicit_vjp(g, y_star, x, v)`. `g` takes two float64 tensors, `y` of shape `(m,)` and `x` of shape `(n,)`,
# and returns a scalar tensor; it is smooth, its Hessian in $y$ is invertible at the solution, and its gradient in
# $y$ depends on $x$. `y_star` and `v` have shape `(m,)`. The result is a tensor of shape `(n,)`, not attached to a
# graph. `y_star` comes from some solver and carries no graph; nothing may be assumed about how it was found. $m$
# and $n$ are at most 50.
#
# Then decide: to train such a network, must the inner problem be solved by a descent method such as SGD or LBFGS?
# Set each entry of `layer_facts` to `True` or `False`.
#
# - `"descent_is_needed"`: the gradient is right only if the inner problem was solved by a descent method.
# - `"solver_must_be_differentiable"`: the gradient is right only if one can differentiate through the solver's
#   steps.
# - `"solution_must_be_differentiable"`: $\frac{dy^*}{dx}$ has to exist; near $y^*$, an invertible Hessian of $g$ in
#   $y$ (with $g$ smooth) is enough for that.
# - `"constant_will_do"`: treating $y^*$ as a constant in the backward pass gives the right gradient.


# %% [raw]
# # BEGIN SOLUTION
# %%
def implicit_vjp(g, y_star, x, v):
    """Product of v with the Jacobian of the minimiser of g(., x) with respect to x.

    g: function (y, x) -> scalar tensor; y_star, v: tensors (m,); x: tensor (n,). Returns a tensor (n,).
    """
    # BEGIN SOLUTION
    in_y, mixed = torch.autograd.functional.hessian(g, (y_star, x))[0]
    return -torch.linalg.solve(in_y, v) @ mixed
    # END SOLUTION


layer_facts = {}
layer_facts["descent_is_needed"] = False  # SOLUTION
layer_facts["solver_must_be_differentiable"] = False  # SOLUTION
layer_facts["solution_must_be_differentiable"] = True  # SOLUTION
layer_facts["constant_will_do"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For g = y * y - 6 x y at x = 1, y_star = 3, v = 2 the product is 6.
"""  # END TEST CONFIG


def test_straight_line(implicit_vjp, layer_facts):
    import torch

    one = torch.ones(1, dtype=torch.float64)
    got = implicit_vjp(lambda y, x: (y * y - 6 * x * y).sum(), 3 * one, one, 2 * one)
    assert isinstance(got, torch.Tensor), f"implicit_vjp should return a tensor of shape (n,), got {got}"
    assert tuple(got.shape) == (1,), f"implicit_vjp: expected shape (1,), got {tuple(got.shape)}"
    assert abs(got.item() - 6) < 1e-9, f"implicit_vjp: expected 6, got {got.item()}"
    assert isinstance(layer_facts, dict), "layer_facts should be a dictionary"
    keys = ["descent_is_needed", "solver_must_be_differentiable", "solution_must_be_differentiable"]
    for key in keys + ["constant_will_do"]:
        assert isinstance(layer_facts.get(key), bool), f"layer_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some inner problem the product differs from what the solutions for neighbouring x show. Check the
  sign, the Hessian, and problems with m different from n.
"""  # END TEST CONFIG


def test_closed_form_problems(implicit_vjp):
    import torch

    torch.manual_seed(528)
    rows, targets = torch.randn(20, 4, dtype=torch.float64), torch.randn(20, dtype=torch.float64)

    # ridge regression: the input is the logarithm of the penalty, or one penalty per weight
    def ridge(y, x):
        return 0.5 * ((rows @ y - targets) ** 2).sum() + 0.5 * (x.exp() * y**2).sum()

    def solve(x):
        return torch.linalg.solve(rows.T @ rows + torch.diag(x.exp().expand(4)), rows.T @ targets)

    for n in (1, 4):
        x, v = torch.randn(n, dtype=torch.float64), torch.randn(4, dtype=torch.float64)
        expected = v @ torch.autograd.functional.jacobian(solve, x)
        got = implicit_vjp(ridge, solve(x), x, v)
        # float64, a 4 x 4 system of condition number below 10
        assert got.shape == (n,) and not got.requires_grad and torch.allclose(got, expected, rtol=1e-8, atol=1e-10)

    # least squares with a curved dependence on x, m = 3 and n = 2, Hessian far from symmetric in its sizes
    root = torch.tensor([[2.0, 0.0, 0.0], [1.0, 1.0, 0.0], [-1.0, 3.0, 0.5]], dtype=torch.float64)

    def target(x):
        return torch.stack([x[0] ** 3, x[0] * x[1], torch.sin(x[1])])

    def curved(y, x):
        return 0.5 * ((root @ y - target(x)) ** 2).sum()

    x, v = torch.tensor([0.7, -1.2], dtype=torch.float64), torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    expected = v @ torch.linalg.solve(root, torch.autograd.functional.jacobian(target, x))
    got = implicit_vjp(curved, torch.linalg.solve(root, target(x)), x, v)
    assert torch.allclose(got, expected, rtol=1e-8, atol=1e-9)

    # one x for many y, and many x for one y
    def many(y, x):
        return ((y - x[0] * torch.arange(1.0, 6.0, dtype=torch.float64)) ** 2).sum()

    x, v = torch.tensor([2.0], dtype=torch.float64), torch.arange(5.0, dtype=torch.float64)
    got = implicit_vjp(many, 2 * torch.arange(1.0, 6.0, dtype=torch.float64), x, v)
    assert torch.allclose(got, torch.tensor([40.0], dtype=torch.float64))
    x, v = torch.tensor([1.0, 2.0, -3.0], dtype=torch.float64), torch.tensor([3.0], dtype=torch.float64)
    got = implicit_vjp(lambda y, x: ((y - x**2) ** 2).mean(), (x**2).mean(dim=0, keepdim=True), x, v)
    assert torch.allclose(got, 2 * x, rtol=1e-9)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: With a solution found by Newton's method or without any derivatives the product is wrong. It depends
  on the solution only.
"""  # END TEST CONFIG


def test_any_solver(implicit_vjp):
    import numpy as np
    import torch

    rng = np.random.default_rng(529)
    data, labels = rng.normal(size=(30, 2)), rng.integers(0, 2, size=30) * 1.0

    def logistic(y, x):
        z = torch.tensor(data) @ y
        return torch.nn.functional.softplus(z).sum() - (torch.tensor(labels) * z).sum() + (x.exp() * y**2).sum()

    def newton(x):
        w = np.zeros(2)
        for _ in range(30):
            s = 1 / (1 + np.exp(-data @ w))
            slope = data.T @ (s - labels) + 2 * np.exp(x) * w
            w = w - np.linalg.solve(data.T @ (data * (s * (1 - s))[:, None]) + 2 * np.diag(np.exp(x)), slope)
        return w

    def quartic(y, x):
        return (0.25 * y**4 + 0.5 * (1 + x[1] ** 2) * y**2 - y * x[0] * torch.exp(x[2])).sum()

    def thirds(x):
        # interval search: it compares values and knows no derivative
        f = lambda y: 0.25 * y**4 + 0.5 * (1 + x[1] ** 2) * y**2 - y * x[0] * np.exp(x[2])
        lo, hi = -10.0, 10.0
        for _ in range(150):
            a, b = lo + (hi - lo) / 3, hi - (hi - lo) / 3
            lo, hi = (lo, b) if f(a) < f(b) else (a, hi)
        return np.array([(lo + hi) / 2])

    def bisect(x):
        slope = lambda y: y**3 + (1 + x[1] ** 2) * y - x[0] * np.exp(x[2])
        lo, hi = -10.0, 10.0
        for _ in range(80):
            lo, hi = ((lo + hi) / 2, hi) if slope((lo + hi) / 2) < 0 else (lo, (lo + hi) / 2)
        return np.array([lo])

    for g, solver, exact, x, v in (
        (logistic, newton, newton, np.array([0.2, -0.5]), np.array([1.0, -3.0])),
        (quartic, thirds, bisect, np.array([1.5, 0.4, -0.3]), np.array([2.0])),
        (quartic, bisect, bisect, np.array([-2.0, 1.0, 0.5]), np.array([-1.0])),
    ):
        got = implicit_vjp(g, torch.tensor(solver(x)), torch.tensor(x), torch.tensor(v))
        expected = []
        for i in range(len(x)):
            step = np.zeros(len(x))
            step[i] = 1e-5
            expected.append(v @ (exact(x + step) - exact(x - step)) / 2e-5)
        # search by values finds the minimum to about 1e-8, central differences are good to about 1e-9
        assert np.allclose(got.numpy(), expected, rtol=1e-6, atol=1e-6)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the four statements is decided wrongly. What in the formula for the Jacobian tells how
  the solution was found?
"""  # END TEST CONFIG


def test_layer_facts(layer_facts):
    import numpy as np

    # g = y**4 / 4 + y**2 / 2 - x y, solved three ways; only one of them goes downhill
    def downhill(x):
        y = 0.0
        for _ in range(400):
            y -= 0.2 * (y**3 + y - x)
        return y

    def algebra(x):
        roots = np.roots([1.0, 0.0, 1.0, -x])
        return roots[np.abs(roots.imag).argmin()].real

    def halving(x):
        lo, hi = -5.0, 5.0
        for _ in range(80):
            lo, hi = ((lo + hi) / 2, hi) if ((lo + hi) / 2) ** 3 + (lo + hi) / 2 < x else (lo, (lo + hi) / 2)
        return lo

    x, gaps, slopes = 1.7, [], []
    for solve in (downhill, algebra, halving):
        slope = 1 / (3 * solve(x) ** 2 + 1)
        measured = (halving(x + 1e-5) - halving(x - 1e-5)) / 2e-5
        gaps.append(abs(slope - measured))
        slopes.append(measured)
    # halving compares numbers: its own steps have the derivative zero almost everywhere
    assert layer_facts["descent_is_needed"] is (not bool(max(gaps[1:]) < 1e-7))
    assert layer_facts["solver_must_be_differentiable"] is (not bool(gaps[2] < 1e-7))
    assert layer_facts["solution_must_be_differentiable"] is bool(np.isfinite(slopes).all() and gaps[0] < 1e-7)
    assert layer_facts["constant_will_do"] is bool(abs(slopes[0]) < 1e-7)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="cs-optim-6"
# # BEGIN QUESTION
# name: q20_depth
# points: 6

# %% [markdown]
# ## 20. Why depth can ruin a gradient
#
# A chain of layers computes $h_l = a(W_l h_{l-1})$ for $l = 1, \dots, L$, with $h_0 = x$. Its gradient with respect
# to $x$ is a product of one Jacobian per layer. If the factors are small the product **vanishes**, if they are
# large it **explodes**. With $x = (1, 2)$, one layer $W = \begin{pmatrix} 1 & 1 \\ 1 & -1 \end{pmatrix}$ and ReLU:
# the pre-activations are $3$ and $-1$, the outputs $3$ and $0$, and the gradient of their sum is $(1, 1)$.
#
# - `input_gradient(weights, x, activation)`: the gradient of the **sum** of the entries of $h_L$ with respect to
#   $x$, an array of the shape of `x`, without autograd. `weights` is a list of at least one matrix, whose shapes
#   fit together; `activation` is `"linear"` ($a(z) = z$), `"relu"` (derivative 0 at 0) or `"tanh"`, and acts in the
#   last layer, too.
# - `depth_to(factor, bound)`: the smallest depth $L \ge 1$ at which $\texttt{factor}^L$ has passed `bound`: for a
#   factor between 0 and 1 it is at most `bound`, for a factor above 1 at least `bound`.
# - Two examples in numbers, as integers: `vanishing_depth`, the smallest depth at which $0.9^L$ is below $10^{-6}$,
#   and `exploding_depth`, the smallest at which $1.1^L$ is above $10^6$. Guess before you compute.
# - `diagnose(losses)`: you see only the training losses of a deep network (a list of floats, the first positive),
#   no gradients. Return `"vanishing"`, `"exploding"` or `"healthy"`. Which word belongs to which of these cases?
#   - Some loss is not finite, or is more than ten times the first.
#   - Otherwise: no loss is below nine tenths of the first.
#   - Everything else.
#
# Then set each entry of `depth_facts` to `True` or `False`.
#
# - `"halving_halves"`: in a chain of 20 linear layers, halving all weights halves the gradient with respect to $x$.
# - `"first_bias_learns_least"`: in a chain $h_l = \tanh(0.5\, h_{l-1} + b_l)$ of 20 units with all $b_l = 0.1$, the
#   derivative of $h_{20}$ with respect to $b_1$ is smaller than that with respect to $b_{20}$.
# - `"relu_cannot_explode"`: the slope of a ReLU is at most 1, so with ReLU no gradient explodes.
# - `"depth_always_ruins"`: in any chain of 50 linear layers the gradient with respect to $x$ vanishes or explodes.
# - `"sigmoid_shrinks"`: a layer with a single sigmoid unit and a weight between $-1$ and $1$ multiplies the
#   gradient by a factor of size at most $1/4$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def input_gradient(weights, x, activation):
    """Gradient of the summed outputs of the chain with respect to x; activation: "linear", "relu" or "tanh"."""
    # BEGIN SOLUTION
    forward, slope = {
        "linear": (lambda z: z, np.ones_like),
        "relu": (lambda z: np.maximum(z, 0), lambda z: z > 0),
        "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    }[activation]
    slopes, h = [], x
    for w in weights:
        slopes.append(slope(w @ h))
        h = forward(w @ h)
    gradient = np.ones(len(h))
    for w, bend in zip(reversed(weights), reversed(slopes)):
        gradient = w.T @ (bend * gradient)
    return gradient
    # END SOLUTION


def depth_to(factor, bound):
    """Smallest depth at which factor ** depth has passed bound, an int."""
    # BEGIN SOLUTION
    depth = 1
    while (factor**depth - bound) * (1 - factor) > 0:  # not yet passed, whichever way it goes
        depth += 1
    return depth
    # END SOLUTION


vanishing_depth = 132  # SOLUTION
exploding_depth = 145  # SOLUTION


def diagnose(losses):
    """ "vanishing", "exploding" or "healthy", from the training losses alone."""
    # BEGIN SOLUTION
    if not all(loss <= 10 * losses[0] for loss in losses):  # nothing compares with nan
        return "exploding"
    return "healthy" if min(losses) < 0.9 * losses[0] else "vanishing"
    # END SOLUTION


depth_facts = {}
depth_facts["halving_halves"] = False  # SOLUTION
depth_facts["first_bias_learns_least"] = True  # SOLUTION
depth_facts["relu_cannot_explode"] = False  # SOLUTION
depth_facts["depth_always_ruins"] = False  # SOLUTION
depth_facts["sigmoid_shrinks"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: One ReLU layer ((1, 1), (1, -1)) at x = (1, 2) has the gradient (1, 1); both depths are integers;
  a loss that falls from 1 to 0.1 is healthy.
"""  # END TEST CONFIG


def test_one_layer(input_gradient, depth_to, vanishing_depth, exploding_depth, diagnose, depth_facts):
    import numpy as np

    got = input_gradient([np.array([[1.0, 1.0], [1.0, -1.0]])], np.array([1.0, 2.0]), "relu")
    assert got is not None, "input_gradient(...) returned None: expected an array of the shape of x"
    assert np.shape(got) == (2,), f"input_gradient: expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, [1, 1]), f"input_gradient: expected [1, 1], got {got}"
    got = depth_to(2.0, 7.0)
    assert got is not None, "depth_to(2.0, 7.0) returned None: expected an integer"
    assert got == 3, f"depth_to(2.0, 7.0): expected 3, got {got}"
    for name, depth in (("vanishing_depth", vanishing_depth), ("exploding_depth", exploding_depth)):
        assert type(depth) is int, f"{name} should be an integer, got {depth}"
    got = diagnose([1.0, 0.5, 0.2, 0.1])
    assert got == "healthy", f"diagnose([1.0, 0.5, 0.2, 0.1]): expected 'healthy', got {got!r}"
    assert isinstance(depth_facts, dict), "depth_facts should be a dictionary"
    keys = ["halving_halves", "first_bias_learns_least", "relu_cannot_explode", "depth_always_ruins"]
    for key in keys + ["sigmoid_shrinks"]:
        assert isinstance(depth_facts.get(key), bool), f"depth_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some chain the gradient is not what autograd finds. Matrices need not be square or symmetric, and
  the last layer has an activation, too.
"""  # END TEST CONFIG


def test_gradient_against_autograd(input_gradient):
    import numpy as np
    import torch

    rng = np.random.default_rng(530)
    act = {"linear": lambda z: z, "relu": torch.relu, "tanh": torch.tanh}
    chains = [[(3, 3)] * depth for depth in (1, 2, 6)] + [[(4, 2), (3, 4), (5, 3)], [(1, 1)] * 3, [(1, 4)], [(2, 1)]]
    chains += [[(8, 8)] * 30]
    for shapes in chains:
        for name, a in act.items():
            for _ in range(3):
                weights = [rng.normal(size=shape) for shape in shapes]
                x = rng.normal(size=shapes[0][1])
                t = torch.tensor(x, requires_grad=True)
                h = t
                for w in weights:
                    h = a(torch.tensor(w) @ h)
                (expected,) = torch.autograd.grad(h.sum(), t)
                got = input_gradient(weights, x, name)
                scale = 1e-300 + expected.abs().max().item()
                # float64; 30 layers of width 8 lose at most a few digits
                assert np.shape(got) == x.shape and np.abs(got - expected.numpy()).max() <= 1e-8 * scale
    # exactly at the joint of a ReLU
    got = input_gradient([np.array([[1.0, -1.0], [1.0, 0.0]])], np.array([2.0, 2.0]), "relu")
    assert np.allclose(got, [1, 0])


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: depth_to is not the first depth that passes the bound, or one of the two examples is not. Factors are
  multiplied, not added.
"""  # END TEST CONFIG


def test_depths(depth_to, vanishing_depth, exploding_depth):
    import math

    # bounds off exact powers
    for factor, bound in ((0.1, 2e-10), (10, 5e9), (0.9, 1e-3), (1.1, 1e4), (0.5, 0.6), (0.99, 1e-2), (3.0, 2.0)):
        got = depth_to(factor, bound)
        assert got == max(1, math.ceil(math.log(bound) / math.log(factor))) and isinstance(got, int)
    # exact powers, in binary
    for factor, bound, depth in ((0.5, 2.0**-10, 10), (2.0, 1024.0, 10), (0.25, 0.25, 1), (4.0, 4.0, 1), (2, 0.5, 1)):
        assert depth_to(factor, bound) == depth
    for depth, factor, passed in (
        (vanishing_depth, 0.9, lambda product: product < 1e-6),
        (exploding_depth, 1.1, lambda product: product > 1e6),
    ):
        product, layers = 1.0, 0
        while not passed(product):
            product, layers = product * factor, layers + 1
        assert depth == layers


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some loss curve gets the wrong word. What does the loss do when the early layers hardly move, and what
  when they are thrown far away? A loss can also be infinite or not a number, anywhere in the list.
"""  # END TEST CONFIG


def test_curves_of_real_chains(diagnose):
    import numpy as np

    def losses(weight, rate, steps=40):
        # ten linear units in a chain, fitted to the output 1 for the input 1
        w, seen = np.full(10, weight), []
        for _ in range(steps):
            with np.errstate(all="ignore"):
                out = np.prod(w)
                seen.append(float((out - 1) ** 2))
                w = w - rate * 2 * (out - 1) * np.array([np.prod(np.delete(w, i)) for i in range(10)])
        return seen

    small, large, right = losses(0.3, 0.1), losses(1.6, 0.1), losses(0.95, 0.01)
    assert diagnose(small) == "vanishing"
    assert diagnose(large) == "exploding"
    assert diagnose(right) == "healthy"
    nan, inf = float("nan"), float("inf")
    for curve, word in (
        ([2.0, 1.0, nan], "exploding"),
        ([2.0, 1.0, inf, 0.5], "exploding"),
        ([2.0, 30.0, 1.0, 0.5], "exploding"),
        ([2.0, 20.5, 1.0], "exploding"),
        ([2.0, 19.5, 1.0], "healthy"),
        ([2.0, 20.0, 1.0], "healthy"),
        ([2.0, 2.05, 1.99, 2.0], "vanishing"),
        ([2.0, 1.85, 1.9], "vanishing"),
        ([2.0, 1.75, 2.1], "healthy"),
        ([10.0, 9.5, 20.0, 50.0], "vanishing"),
        ([10.0, 9.0, 9.5], "vanishing"),
        ([2.0, 1.9, 1.7, 1.2, 1.2, 1.2], "healthy"),
        ([1e-3, 1e-4, 1e-4], "healthy"),
        ([1e-3, 2e-2], "exploding"),
        ([3.0], "vanishing"),
    ):
        assert diagnose(curve) == word


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements is decided wrongly. Take logarithms of a product of many factors.
"""  # END TEST CONFIG


def test_depth_facts(depth_facts):
    import torch

    torch.manual_seed(531)
    eye = torch.eye(4, dtype=torch.float64)

    def size(weights, act=lambda z: z):
        x = torch.ones(4, dtype=torch.float64, requires_grad=True)
        h = x
        for w in weights:
            h = act(w @ h)
        return torch.autograd.grad(h.sum(), x)[0].norm().item()

    weights = [eye + 0.1 * torch.randn(4, 4, dtype=torch.float64) for _ in range(20)]
    ratio = size([w / 2 for w in weights]) / size(weights)
    biases = torch.full((20,), 0.1, dtype=torch.float64, requires_grad=True)
    h = torch.tensor(1.0, dtype=torch.float64)
    for b in biases:
        h = torch.tanh(0.5 * h + b)
    by_bias = torch.autograd.grad(h, biases)[0]
    turns = [torch.linalg.qr(torch.randn(4, 4, dtype=torch.float64))[0] for _ in range(50)]
    z = torch.linspace(-30, 30, 60001, dtype=torch.float64)
    steepest = (torch.sigmoid(z) * (1 - torch.sigmoid(z))).max().item()
    assert depth_facts["halving_halves"] is (abs(ratio - 0.5) < 1e-6)
    assert depth_facts["first_bias_learns_least"] is bool(by_bias[0] < by_bias[-1])
    assert depth_facts["relu_cannot_explode"] is (size([2 * eye] * 50, torch.relu) < 1e3)
    assert depth_facts["depth_always_ruins"] is (not (0.1 < size(turns) < 10))
    assert depth_facts["sigmoid_shrinks"] is (steepest <= 0.25 + 1e-12)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_depth():
    rng = np.random.default_rng(3)
    depths = [1, 2, 5, 10, 20, 30, 40]
    figure, axis = plt.subplots(figsize=(6, 3.2))
    for scale in (0.6, 1.0, 1.4, 2.0):
        weights = [scale * rng.normal(size=(30, 30)) / np.sqrt(30) for _ in range(40)]
        norms = [np.linalg.norm(input_gradient(weights[:depth], np.ones(30), "relu")) for depth in depths]
        axis.semilogy(depths, norms, "o-", label=f"weights {scale} / sqrt(30)")
    axis.set(xlabel="depth", ylabel="norm of the gradient", title="random ReLU chains of width 30")
    axis.legend()
    figure.tight_layout()


show(draw_depth)

# %% [markdown]
# ## What to take along
#
# Gradients of simple models are short formulas once you write them down one example at a time. Curvature decides a
# lot: whether a minimum is the only one, how large a learning rate may be, which way a walk zigzags. Batch size,
# learning rate and momentum are best understood on small problems that can be computed exactly. And a gradient is a
# product over layers. The next chapter computes it, layer by layer, for any network.
