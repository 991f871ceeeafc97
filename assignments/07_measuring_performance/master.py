# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [raw]
# # ASSIGNMENT CONFIG
# name: 07_measuring_performance
# export_cell: {pdf: false}
# tests: {files: false, ok_format: false}
# show_question_points: true

# %% [markdown]
# # Measuring performance
#
# A small training loss is not the aim; a small error on new examples is. Here you take that error apart into bias,
# variance and noise, choose a model size, meet double descent and the odd geometry of many dimensions, and find
# out what to do when the examples of tomorrow are not like those of today.
#
# | question | what you write | points |
# | --- | --- | --- |
# | `q1_never_zero` | how small a cross-entropy can get, and when it only looks like zero | 4 |
# | `q2_fixed_hinges` | a network with a fixed first layer, fitted in one go | 5 |
# | `q3_polynomial_fit` | polynomials by linear algebra, and when the answer is the only one | 4 |
# | `q4_zero_training_error` | which degree brings the training error to zero | 4 |
# | `q5_feature_scaling` | what the scale of the features does to gradient descent | 5 |
# | `q6_bias_variance_noise` | the three parts of the error, estimated and exact | 5 |
# | `q7_model_selection` | errors against degree and data; cross-validation | 6 |
# | `q8_generalisation_error` | whether the error on new data can be zero | 5 |
# | `q9_double_descent` | what more data do to a large model | 6 |
# | `q10_overconfidence` | a model that predicts its own variance, and remedies | 5 |
# | `q11_nearly_orthogonal` | angles between random vectors | 5 |
# | `q12_ball_volume` | the volume of a ball, exactly and by Stirling's formula | 4 |
# | `q13_outer_shell` | where the volume of a ball lies | 3 |
# | `q14_distance_from_origin` | how far from the origin normal samples lie | 4 |
# | `q15_shift_detector` | a detector for covariate shift | 6 |
# | `q16_shift_corrector` | a corrector for covariate shift | 5 |
# | `q17_extreme_weights` | what goes wrong when the shift is large | 5 |
# | `q18_feedback` | a model that changes its own data | 5 |
# | `q19_feedback_in_words` | users and advertisers react, marked by a person | 3 |
#
# Each question stands alone: no answer needs an earlier one. `grader.check` runs a few small public tests.
# More tests, with other numbers, decide the score.

# %% [markdown]
# ## Recap and notation
#
# A model $f(x, \theta)$ with parameters $\theta$ is trained on $N$ examples $(x_i, y_i)$: inputs and targets. The
# loss or error on these is the **training error**. On new examples from the same distribution it is the **test
# error**, and its expectation over all new examples the **generalisation error**.
#
# - Targets are often a fixed function of the input plus **noise** with mean zero and variance $\sigma^2$:
#   $y = g(x) + \varepsilon$. No model predicts $\varepsilon$.
# - Train the same model on many data sets. How far its average output is from $g$ is the **bias**; how much the
#   outputs scatter around their average is the **variance**.
# - The **minimum-norm** solution of a least-squares problem is, of all parameter vectors with the smallest error,
#   the one with the smallest Euclidean length. If there is only one, it is that one. `np.linalg.lstsq` finds it.
# - Under **covariate shift** the inputs are drawn from $p_s(x)$ (source) for training and from $p_t(x)$ (target) in
#   use, while $p(y \mid x)$ stays the same.
#
# Arrays are float64 NumPy arrays unless a question says tensor. $D$ is a number of hidden units or of dimensions.
# Run the set-up cell, then look at one cubic with noise and three polynomials fitted to it.

# %%
import itertools
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F


def show(draw):
    """Call draw(); while the answer it needs is missing, say so in a line instead of failing."""
    try:
        draw()
    except Exception as problem:
        plt.close("all")
        print(f"No figure yet: it is drawn by your own answer ({type(problem).__name__}: {problem}).")


def noisy_cubic(n, seed, noise=0.1):
    """n pairs (x, y): x standard normal, y a cubic of x plus normal noise of this standard deviation."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return x, 5 + 1.2 * x - 3.4 * x**2 / 2 + 5.6 * x**3 / 6 + noise * rng.normal(size=n)


def logistic_fit(inputs, labels):
    """Coefficients c, shape (D,), of Pr(label = 1) = 1 / (1 + exp(-inputs @ c)).

    inputs: (N, D); labels: (N,), 0 and 1. No intercept is added: give inputs a column of ones. A very small penalty
    keeps the result finite.
    """
    c = np.zeros(inputs.shape[1])
    for _ in range(30):
        p = 0.5 + 0.5 * np.tanh(inputs @ c / 2)
        hessian = (inputs * (p * (1 - p))[:, None]).T @ inputs + 1e-6 * np.eye(len(c))
        step = np.linalg.solve(hessian, inputs.T @ (labels - p) - 1e-6 * c)
        c += step / max(1.0, np.linalg.norm(step))  # never further than 1 at a time
    return c


# %%
def draw_three_fits():
    x, y = noisy_cubic(12, seed=4, noise=2.0)
    grid = np.linspace(x.min(), x.max(), 200)
    figure, axes = plt.subplots(1, 3, figsize=(12, 3), sharey=True)
    for axis, degree in zip(axes, (1, 3, 10)):
        fit = np.polynomial.Chebyshev.fit(x, y, degree)
        axis.plot(grid, 5 + 1.2 * grid - 1.7 * grid**2 + 5.6 / 6 * grid**3, color="0.7")
        axis.plot(grid, fit(grid))
        axis.plot(x, y, "o", ms=4, color="black")
        axis.set(
            title=f"degree {degree}, training error {((fit(x) - y) ** 2).mean():.2g}", xlabel="$x$", ylim=(-12, 14)
        )
    figure.tight_layout()


show(draw_three_fits)

# %% [raw] sources="udl-8.1"
# # BEGIN QUESTION
# name: q1_never_zero
# points: 4

# %% [markdown]
# ## 1. Never zero
#
# A classifier with $K$ classes turns its outputs $f_1, \dots, f_K$ (logits) into probabilities by the softmax. The
# loss of one example is the cross-entropy: minus the natural logarithm of the probability of the right class. It
# depends only on the **gaps** $g_k$: the logit of the right class minus that of each other class. With $K = 2$ and
# a gap of $0$ both classes get one half, and the loss is $\log 2$.
#
# Can the training loss become exactly zero? Write
#
# - `loss_from_gaps(gaps)`: the loss of one example as a float; `gaps` has shape `(K - 1,)`, $K \ge 1$. Its relative
#   error is below $10^{-12}$ for gaps between $-1000$ and $600$: a gap of 100 gives a tiny number, not zero;
# - `rounds_to_zero(dtype)`: the smallest integer $g \ge 0$ for which
#   `F.cross_entropy(torch.tensor([[g, 0]], dtype=dtype), torch.tensor([0]))` is exactly 0 on the CPU, although the
#   true loss is not. `dtype` is a floating-point type of torch that this call accepts;
# - `loss_floor(counts)`: some inputs occur several times in the training set, with different labels. `counts` is an
#   integer array of shape `(M, K)`: input $m$ occurs `counts[m, k]` times with label $k$ (each input at least once).
#   Return, as a float, the largest lower bound on the mean loss that holds for every network. For one input with
#   the counts $(1, 1)$ this is $\log 2$.
#
# Then set each entry of `zero_facts` to `True` or `False`. There are at least two classes, weights are finite,
# and "exactly" means in real numbers, without rounding.
#
# - `"perfect_accuracy"`: once all training examples are classified correctly, the loss is exactly zero.
# - `"enough_capacity"`: some network with enough units and suitable weights has a loss of exactly zero.
# - `"below_any_bound"`: on one example, suitable weights bring the loss below any given positive number.
# - `"conflicts"`: if one input occurs with two labels, some positive number is below the mean loss of every network.
# - `"printed_zero"`: if torch prints a loss of `0.`, the loss is exactly zero.


# %% [raw]
# # BEGIN SOLUTION
# %%
def loss_from_gaps(gaps):
    """Cross-entropy of one example from the gaps to the other classes, shape (K - 1,); a float."""
    # BEGIN SOLUTION
    return float(np.logaddexp.reduce(-gaps, initial=0.0))
    # END SOLUTION


def rounds_to_zero(dtype):
    """Smallest integer gap at which torch's cross-entropy of two classes is exactly zero."""
    # BEGIN SOLUTION
    # The probability rounds to 1 once exp(-g) is at most half the distance from 1 to the next number.
    return math.ceil(math.log(2 / torch.finfo(dtype).eps))
    # END SOLUTION


def loss_floor(counts):
    """Smallest possible mean loss when input m has label k counts[m, k] times; a float."""
    # BEGIN SOLUTION
    sizes = np.broadcast_to(counts.sum(axis=1, keepdims=True), counts.shape)
    seen = counts > 0
    return float((counts[seen] * np.log(sizes[seen] / counts[seen])).sum() / counts.sum())
    # END SOLUTION


zero_facts = {}
zero_facts["perfect_accuracy"] = False  # SOLUTION
zero_facts["enough_capacity"] = False  # SOLUTION
zero_facts["below_any_bound"] = True  # SOLUTION
zero_facts["conflicts"] = True  # SOLUTION
zero_facts["printed_zero"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: A single gap of 0 costs log 2, and so does one input with the counts (1, 1); rounds_to_zero
  returns an integer.
"""  # END TEST CONFIG


def test_two_classes(loss_from_gaps, rounds_to_zero, loss_floor, zero_facts):
    import math

    import numpy as np
    import torch

    for name, got in (
        ("loss_from_gaps", loss_from_gaps(np.array([0.0]))),
        ("loss_floor", loss_floor(np.array([[1, 1]]))),
    ):
        assert got is not None, f"{name}(...) returned None: expected a float"
        assert np.shape(got) == (), f"{name} should return a single number, got shape {np.shape(got)}"
        assert abs(got - math.log(2)) < 1e-9, f"{name}: expected log 2 = {math.log(2):.6f}, got {got}"
    got = rounds_to_zero(torch.float32)
    assert isinstance(got, (int, np.integer)), f"rounds_to_zero(torch.float32) should be an integer, got {got}"
    assert isinstance(zero_facts, dict), "zero_facts should be a dictionary"
    for key in ("perfect_accuracy", "enough_capacity", "below_any_bound", "conflicts", "printed_zero"):
        assert isinstance(zero_facts.get(key), bool), f"zero_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The loss is wrong or inaccurate for some gaps. Try gaps of 100, of -1000, and several classes.
"""  # END TEST CONFIG


def test_loss_in_many_digits(loss_from_gaps):
    from decimal import Decimal, localcontext

    import numpy as np

    rng = np.random.default_rng(701)
    cases = [rng.normal(size=k) * scale for k in (1, 2, 5, 20) for scale in (0.1, 3, 30)]
    cases += [np.array([g]) for g in (0.0, 16.0, 17.0, 40.0, 100.0, 600.0, -40.0, -1000.0)]
    cases += [np.array([600.0, 600.0]), np.array([-1000.0, 600.0, -999.0]), rng.normal(size=8)[::2], np.array([])]
    with localcontext() as context:
        context.prec = 330
        for gaps in cases:
            exact = float(sum((Decimal(-float(g)).exp() for g in gaps), Decimal(1)).ln())
            # float64: the exponential of a number near 600 is good to about 1e-13
            assert abs(loss_from_gaps(gaps) - exact) <= 1e-12 * exact


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Torch's loss is not zero at the gap that you name, or it is zero earlier, or your lower bound is
  not the largest one.
"""  # END TEST CONFIG


def test_rounding_and_floor(rounds_to_zero, loss_floor):
    import numpy as np
    import torch

    label = torch.tensor([0])
    for dtype in (torch.float32, torch.float64, torch.bfloat16):
        losses = [torch.nn.functional.cross_entropy(torch.tensor([[g, 0]], dtype=dtype), label) for g in range(60)]
        assert rounds_to_zero(dtype) == [bool(loss == 0) for loss in losses].index(True)
    rng = np.random.default_rng(702)
    tables = [[[3, 1]], [[4, 0]], [[2, 2, 2]], [[1, 0, 0], [0, 5, 0]], [[1, 0], [7, 1]], [[90, 1], [0, 3]], [[6]]]
    tables += [rng.integers(0, 5, size=(m, k)) + np.eye(m, k, dtype=int) for m, k in ((3, 3), (6, 6), (4, 5))]
    for counts in map(np.array, tables):
        floor = loss_floor(counts)
        m, k = np.nonzero(counts)
        # the network whose probabilities are the shares of the labels, and others close to it
        rows, labels = np.repeat(m, counts[m, k]), torch.tensor(np.repeat(k, counts[m, k]))
        best = torch.tensor(counts[rows], dtype=torch.float64).log()
        loss = lambda logits: float(torch.nn.functional.cross_entropy(logits, labels))
        assert abs(floor - loss(best)) <= 1e-12
        for _ in range(5):
            nudge = torch.tensor(0.05 * rng.normal(size=counts.shape))[rows]
            assert floor <= loss(best + nudge) + 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements is decided wrongly. How close to 1 can a softmax probability
  come?
"""  # END TEST CONFIG


def test_zero_facts(zero_facts):
    from decimal import Decimal, localcontext

    import torch

    with localcontext() as context:
        context.prec = 500
        loss = {g: (1 + Decimal(-g).exp()).ln() for g in (1, 17, 100, 1000)}
    correct_but_not_zero = loss[1] > 0
    shares = torch.linspace(0.001, 0.999, 999, dtype=torch.float64)
    worst = -(shares.log() + (1 - shares).log()) / 2
    printed = torch.nn.functional.cross_entropy(torch.tensor([[17.0, 0.0]]), torch.tensor([0]))
    assert zero_facts["perfect_accuracy"] is (not correct_but_not_zero)
    assert zero_facts["enough_capacity"] is any(value == 0 for value in loss.values())
    assert zero_facts["below_any_bound"] is (loss[1000] < Decimal(10) ** -400)
    assert zero_facts["conflicts"] is bool(worst.min() > 0.1)
    assert zero_facts["printed_zero"] is (not (float(printed) == 0 and loss[17] > 0))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-8.2 udl-8.3"
# # BEGIN QUESTION
# name: q2_fixed_hinges
# points: 5

# %% [markdown]
# ## 2. A network that is fitted in one go
#
# A shallow network has one input $x \in [0, 1]$ and $D$ hidden units
# $h_d = \text{ReLU}(\theta_{d0} + \theta_{d1} x)$, $d = 1, \dots, D$. Its first layer is fixed: unit $d$ is zero up
# to its joint at $x = (d - 1) / D$ and rises with slope one to the right of it. For $D = 3$ the joints are at $0$,
# $\tfrac13$ and $\tfrac23$. Only the last layer is trained,
#
# $$f(x) = \beta + \sum_{d=1}^{D} \omega_d\, h_d(x) ,$$
#
# with the squared error summed over $N \ge 1$ pairs. For $D = 2$ and the pairs $(0, 1)$, $(0.5, 2)$, $(1, 2)$ the
# best fit goes through all of them: $\beta = 1$, $\omega = (2, -2)$.
#
# Write
#
# - `first_layer(D)`: the pair `(biases, weights)` of float arrays of shape `(D,)`, $\theta_{d0}$ and $\theta_{d1}$;
# - `hinge_design(x, D)`: float array of shape `(N, D + 1)`; row $i$ is $(1, h_1(x_i), \dots, h_D(x_i))$;
# - `fit_last_layer(x, y, D)`: the pair `(beta, omega)`, a float and an array of shape `(D,)`, with the smallest
#   loss, in closed form (no gradient steps). If several are best, return the one for which
#   $\beta^2 + \sum \omega_d^2$ is smallest;
# - `fit_is_unique(x, D)`: `True` if, whatever the targets, exactly one $(\beta, \omega)$ is best, else `False`.
#
# The inputs come in any order and may repeat. The cell below the question draws a fit.


# %% [raw]
# # BEGIN SOLUTION
# %%
def first_layer(D):
    """Biases and weights, each (D,), of units with joints at 0, 1/D, ..., (D - 1)/D and slope one."""
    # BEGIN SOLUTION
    return -np.arange(D) / D, np.ones(D)
    # END SOLUTION


def hinge_design(x, D):
    """A column of ones and the D hidden units, shape (N, D + 1); x: (N,)."""
    # BEGIN SOLUTION
    hidden = np.maximum(x[:, None] - np.arange(D) / D, 0)
    return np.column_stack([np.ones(len(x)), hidden])
    # END SOLUTION


def fit_last_layer(x, y, D):
    """(beta, omega) with the smallest squared error, of minimum norm if there are several."""
    # BEGIN SOLUTION
    solution = np.linalg.lstsq(hinge_design(x, D), y, rcond=None)[0]
    return float(solution[0]), solution[1:]
    # END SOLUTION


def fit_is_unique(x, D):
    """Whether the inputs x determine beta and omega, a bool."""
    # BEGIN SOLUTION
    return bool(np.linalg.matrix_rank(hinge_design(x, D)) == D + 1)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With D = 2 the fit to (0, 1), (0.5, 2), (1, 2) is beta = 1, omega = (2, -2), and it is the only one.
"""  # END TEST CONFIG


def test_three_pairs(first_layer, hinge_design, fit_last_layer, fit_is_unique):
    import numpy as np

    got = first_layer(3)
    assert got is not None, "first_layer(3) returned None: expected (biases, weights)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "first_layer should return (biases, weights)"
    for name, values in zip(("biases", "weights"), got):
        assert np.shape(values) == (3,), f"{name}: expected shape (3,), got {np.shape(values)}"
    x, y = np.array([0.0, 0.5, 1.0]), np.array([1.0, 2.0, 2.0])
    got = hinge_design(x, 2)
    assert got is not None, "hinge_design(...) returned None: expected an array of shape (N, D + 1)"
    assert np.shape(got) == (3, 3), f"hinge_design with N = 3, D = 2: expected shape (3, 3), got {np.shape(got)}"
    assert np.allclose(got[2], [1, 1, 0.5]), f"hinge_design: the row of x = 1 should be [1, 1, 0.5], got {got[2]}"
    got = fit_last_layer(x, y, 2)
    assert got is not None, "fit_last_layer(...) returned None: expected (beta, omega)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "fit_last_layer should return (beta, omega)"
    beta, omega = got
    assert np.shape(beta) == () and np.isclose(beta, 1), f"beta: expected 1, got {beta}"
    assert np.shape(omega) == (2,), f"omega: expected shape (2,), got {np.shape(omega)}"
    assert np.allclose(omega, [2, -2]), f"omega: expected [2, -2], got {omega}"
    got = fit_is_unique(x, 2)
    assert isinstance(got, (bool, np.bool_)), f"fit_is_unique should return True or False, got {got}"
    assert got, "fit_is_unique([0, 0.5, 1], 2): expected True, got False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A hidden unit has the wrong joint or slope. Where does theta_0 + theta_1 x cross zero?
"""  # END TEST CONFIG


def test_units_probed(first_layer, hinge_design):
    import numpy as np

    for d in (1, 2, 3, 5, 14):
        biases, weights = first_layer(d)
        assert np.shape(biases) == np.shape(weights) == (d,)
        for k in range(d):
            unit = lambda x: max(biases[k] + weights[k] * x, 0)
            # slope one on the right of k/d, nothing on the left
            for right in (0.01, 0.3, 1.0):
                assert abs(unit(k / d + right) - right) < 1e-12
                assert unit(k / d - right) == 0
        x = np.array([1.0, 0.0, 0.37, 1 / d, 0.9, 0.37])
        got = hinge_design(x, d)
        assert np.shape(got) == (6, d + 1)
        for i, value in enumerate(x):
            expected = [1.0] + [max(value - k / d, 0.0) for k in range(d)]
            assert np.allclose(got[i], expected, rtol=0, atol=1e-12)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some data the fit is not the best one, or of several best ones not the shortest. Units that see
  no data get no weight.
"""  # END TEST CONFIG


def test_fit_is_optimal(fit_last_layer):
    import numpy as np
    import torch

    rng = np.random.default_rng(703)
    design = lambda x, d: np.array([[1.0] + [max(v - k / d, 0) for k in range(d)] for v in x])
    # noise-free data give the parameters back
    for d in (1, 3, 6):
        x = rng.permutation(np.arange(2 * d) / (2 * d) + rng.uniform(0.1, 0.4, size=2 * d) / d)
        true = rng.normal(size=d + 1)
        beta, omega = fit_last_layer(x, design(x, d) @ true, d)
        assert np.shape(omega) == (d,)
        # condition numbers below 1e3: float64 leaves 1e-12
        assert np.allclose([beta, *omega], true, rtol=0, atol=1e-8)
    cases = [(rng.uniform(0, 1, size=n), d) for n, d in ((40, 3), (60, 5), (30, 1))]
    cases += [(rng.uniform(0, 0.3, size=9), 3), (rng.uniform(0.7, 1, size=9), 3), (np.array([0.5]), 3)]
    cases += [(np.array([0.2, 0.9]), 4), (np.full(5, 0.8), 2), (np.zeros(3), 2), (rng.uniform(0, 1, size=14)[::2], 10)]
    for x, d in cases:
        y = rng.normal(size=len(x))
        a = design(x, d)
        beta, omega = fit_last_layer(x, y, d)
        got = np.array([beta, *omega])
        assert np.abs(a.T @ (a @ got - y)).max() < 1e-8
        expected = torch.linalg.pinv(torch.tensor(a), rtol=1e-10) @ torch.tensor(y)
        # targets of size one, condition numbers up to about 1e4
        assert np.allclose(got, expected.numpy(), rtol=1e-7, atol=1e-8)
    beta, omega = fit_last_layer(np.array([0.0, 0.1, 0.3]), np.array([1.0, 2.0, 2.5]), 3)
    assert np.abs(omega[1:]).max() < 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: fit_is_unique is wrong for some inputs. Enough points are not enough; it matters where they lie.
"""  # END TEST CONFIG


def test_uniqueness_by_hats(fit_is_unique):
    from itertools import combinations, product

    import numpy as np

    def determined(x, d):
        # values at the d + 1 places 0, 1/d, ..., 1 describe f on [0, 1]; they are determined exactly if some
        # d + 1 distinct inputs, in order, lie inside the d + 1 hats around these places
        return any(
            all(abs(v - k / d) < 1 / d - 1e-9 for k, v in enumerate(chosen))
            for chosen in combinations(sorted(set(x)), d + 1)
        )

    seen = []
    places = (0.0, 0.1, 0.2, 1 / 3, 0.4, 0.55, 2 / 3, 0.75, 0.9, 1.0)
    rng = np.random.default_rng(704)
    cases = [(places[i : i + 1], 1) for i in range(2)] + [(pair, 1) for pair in ((0.2, 0.9), (0.4, 0.4), (0.0, 1.0))]
    cases += [(rng.choice(places, size=n), 3) for n in (3, 4, 4, 4, 5, 5, 5, 6, 6, 8) for _ in range(6)]
    cases += [(row, 2) for row in product((0.1, 0.4, 0.5, 0.8), repeat=3)]
    for x, d in cases:
        expected = determined(x, d)
        seen.append(expected)
        got = fit_is_unique(np.array(x, dtype=np.float64), d)
        assert got is not None and bool(got) is expected
    assert 20 < sum(seen) < len(seen) - 20


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_hinge_fit():
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 1, size=30)
    y = np.sin(5 * x) + 0.2 * rng.normal(size=30)
    grid = np.linspace(0, 1, 301)
    figure, axes = plt.subplots(1, 3, figsize=(12, 3), sharey=True)
    for axis, D in zip(axes, (1, 3, 12)):
        beta, omega = fit_last_layer(x, y, D)
        axis.plot(x, y, "o", ms=4, color="black")
        axis.plot(grid, hinge_design(grid, D) @ np.array([beta, *omega]))
        axis.set(title=f"$D = {D}$", xlabel="$x$", ylim=(-2, 2))
    figure.tight_layout()


show(draw_hinge_fit)

# %% [raw] sources="d2l-4.4-1"
# # BEGIN QUESTION
# name: q3_polynomial_fit
# points: 4

# %% [markdown]
# ## 3. Polynomials by linear algebra
#
# A polynomial $f(x) = \theta_0 + \theta_1 x + \dots + \theta_p x^p$ of degree $p \ge 0$ is linear in its parameters.
# With the matrix $X$ of shape $(N, p + 1)$ whose row $i$ is $(1, x_i, x_i^2, \dots, x_i^p)$, the outputs are
# $X\theta$, and the squared error is smallest where the **normal equations** $X^\top X\, \theta = X^\top y$ hold. For
# the points $(0, 1)$ and $(1, 3)$ and $p = 1$ they read $2\theta_0 + \theta_1 = 4$, $\theta_0 + \theta_1 = 3$, with
# the solution $\theta = (1, 2)$.
#
# Write, for `x`, `y` of shape `(N,)`, $N \ge 1$,
#
# - `normal_equations(x, y, p)`: the pair $(X^\top X,\; X^\top y)$, arrays of shapes `(p + 1, p + 1)` and `(p + 1,)`;
# - `polynomial_fit(x, y, p)`: $\theta$ of the best fit, shape `(p + 1,)`, the constant first; the minimum-norm
#   solution if there are several. It must work for repeated inputs and for $p \ge N$;
# - `design_rank(x, p)`: the rank of $X$ in exact arithmetic, an integer. A numerical rank will not do: it must be
#   right for $p = 40$, where rounding hides the small singular values;
# - `is_unique(x, p)`: `True` if the normal equations have exactly one solution, else `False`.


# %% [raw]
# # BEGIN SOLUTION
# %%
def normal_equations(x, y, p):
    """(X.T @ X, X.T @ y) of a polynomial of degree p: shapes (p + 1, p + 1) and (p + 1,)."""
    # BEGIN SOLUTION
    design = np.vander(x, p + 1, increasing=True)
    return design.T @ design, design.T @ y
    # END SOLUTION


def polynomial_fit(x, y, p):
    """Coefficients of the best polynomial of degree p, constant first: shape (p + 1,)."""
    # BEGIN SOLUTION
    # Not by way of the normal equations: squaring the matrix squares its condition number.
    return np.linalg.lstsq(np.vander(x, p + 1, increasing=True), y, rcond=None)[0]
    # END SOLUTION


def design_rank(x, p):
    """Exact rank of the matrix of powers 0 to p of x, an int."""
    # BEGIN SOLUTION
    return min(len(np.unique(x)), p + 1)
    # END SOLUTION


def is_unique(x, p):
    """Whether exactly one polynomial of degree p fits best, a bool."""
    # BEGIN SOLUTION
    return design_rank(x, p) == p + 1
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The line through (0, 1) and (1, 3) is 1 + 2 x; its matrix has rank 2 and the fit is unique.
"""  # END TEST CONFIG


def test_line_through_two_points(normal_equations, polynomial_fit, design_rank, is_unique):
    import numpy as np

    x, y = np.array([0.0, 1.0]), np.array([1.0, 3.0])
    got = normal_equations(x, y, 1)
    assert got is not None, "normal_equations(...) returned None: expected the pair (X^T X, X^T y)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "normal_equations should return (X^T X, X^T y)"
    matrix, right = got
    assert np.shape(matrix) == (2, 2), f"X^T X: expected shape (2, 2), got {np.shape(matrix)}"
    assert np.shape(right) == (2,), f"X^T y: expected shape (2,), got {np.shape(right)}"
    assert np.allclose(matrix, [[2, 1], [1, 1]]), f"X^T X: expected [[2, 1], [1, 1]], got {matrix}"
    assert np.allclose(right, [4, 3]), f"X^T y: expected [4, 3], got {right}"
    got = polynomial_fit(x, y, 1)
    assert got is not None, "polynomial_fit(...) returned None: expected an array of shape (p + 1,)"
    assert np.shape(got) == (2,), f"polynomial_fit: expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, [1, 2]), f"polynomial_fit: expected [1, 2], got {got}"
    got = design_rank(x, 1)
    assert isinstance(got, (int, np.integer)), f"design_rank should return an integer, got {got}"
    assert got == 2, f"design_rank: expected 2, got {got}"
    got = is_unique(x, 1)
    assert isinstance(got, (bool, np.bool_)), f"is_unique should return True or False, got {got}"
    assert got, "is_unique: expected True, got False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some data the coefficients are not the best ones, or of several best ones not the shortest, or the
  normal equations are not those of the data.
"""  # END TEST CONFIG


def test_fits_in_fractions(normal_equations, polynomial_fit):
    from fractions import Fraction

    import numpy as np

    def solve(matrix, right):
        """Solution of a regular system, by elimination in exact arithmetic."""
        rows = [[Fraction(v) for v in row] + [Fraction(r)] for row, r in zip(matrix, right)]
        for i in range(len(rows)):
            pivot = next(k for k in range(i, len(rows)) if rows[k][i] != 0)
            rows[i], rows[pivot] = rows[pivot], rows[i]
            rows[i] = [v / rows[i][i] for v in rows[i]]
            for k in range(len(rows)):
                if k != i:
                    rows[k] = [a - rows[k][i] * b for a, b in zip(rows[k], rows[i])]
        return [row[-1] for row in rows]

    gram = lambda vectors: [[sum(a * b for a, b in zip(u, v)) for v in vectors] for u in vectors]
    rng = np.random.default_rng(705)
    quarters = lambda n: [Fraction(int(v), 4) for v in rng.choice(np.arange(-8, 9), size=n, replace=False)]
    whole = lambda n: [Fraction(int(v)) for v in rng.integers(-5, 6, size=n)]
    cases = [(quarters(n), whole(n), p) for n, p in ((7, 3), (9, 1), (6, 0), (4, 3), (1, 0), (12, 4))]
    cases += [(quarters(n), whole(n), p) for n, p in ((3, 4), (1, 2), (2, 5), (4, 4))]
    repeated = quarters(4) * 3
    cases += [(repeated, whole(12), p) for p in (0, 1, 2, 3)]
    cases += [(quarters(3) * 2, whole(6), p) for p in (3, 5)]
    for x, y, p in cases:
        values = np.array([float(v) for v in x]), np.array([float(v) for v in y])
        powers = [[v**k for v in x] for k in range(p + 1)]
        right = [sum(a * b for a, b in zip(row, y)) for row in powers]
        matrix, vector = normal_equations(*values, p)
        # sums of at most 12 products of numbers up to 4**4
        assert np.allclose(matrix, np.array(gram(powers), dtype=float), rtol=1e-10, atol=1e-10)
        assert np.allclose(vector, np.array(right, dtype=float), rtol=1e-10, atol=1e-10)
        distinct = list(dict.fromkeys(x))
        if len(distinct) > p:
            expected = solve(gram(powers), right)
        else:
            # through the mean label of each input, and in the span of the rows
            means = [sum(b for a, b in zip(x, y) if a == v) / x.count(v) for v in distinct]
            rows = [[v**k for k in range(p + 1)] for v in distinct]
            weights = solve(gram(rows), means)
            expected = [sum(w * row[k] for w, row in zip(weights, rows)) for k in range(p + 1)]
        got = polynomial_fit(*values, p)
        assert np.shape(got) == (p + 1,)
        # condition numbers up to about 1e4
        assert np.allclose(got, np.array(expected, dtype=float), rtol=1e-8, atol=1e-8)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Rank or uniqueness is wrong for some inputs. Repeated inputs add nothing, and float64 sees too low a
  rank for high powers.
"""  # END TEST CONFIG


def test_rank_by_elimination(design_rank, is_unique):
    import numpy as np

    prime = 2**61 - 1
    rng = np.random.default_rng(706)

    def exact_rank(x, p):
        # integer inputs, elimination modulo a large prime
        rows = [[pow(int(v), k, prime) for k in range(p + 1)] for v in x]
        rank = 0
        for column in range(p + 1):
            pivot = next((row for row in rows[rank:] if row[column]), None)
            if pivot is None:
                continue
            rows.remove(pivot)
            rows.insert(rank, pivot)
            inverse = pow(pivot[column], -1, prime)
            for k in range(rank + 1, len(rows)):
                factor = rows[k][column] * inverse % prime
                rows[k] = [(a - factor * b) % prime for a, b in zip(rows[k], pivot)]
            rank += 1
        return rank

    cases = [([3, 3, 3], 0), ([3, 3, 3], 1), ([5], 0), ([5], 3), ([0, 1, 2], 2), ([0, 1, 2], 3), ([0, 1, 0, 1], 1)]
    cases += [(rng.integers(-3, 4, size=n), p) for n in (2, 4, 6) for p in (1, 2, 3, 5)]
    cases += [(np.arange(-25, 25), 40), (np.arange(-10, 10), 40), (np.repeat(np.arange(8), 5), 40)]
    for x, p in cases:
        rank = exact_rank(x, p)
        x = np.array(x, dtype=np.float64) / 8
        assert design_rank(x, p) == rank
        got = is_unique(x, p)
        assert got is not None and bool(got) is (rank == p + 1)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-4.4-4"
# # BEGIN QUESTION
# name: q4_zero_training_error
# points: 4

# %% [markdown]
# ## 4. Which degree brings the training error to zero?
#
# Polynomials of degree $p = 0, 1, 2, \dots$ are fitted by least squares to the same $N$ pairs $(x_i, y_i)$. The
# training error is the mean of the squared errors. For the pairs $(-1, 1)$, $(0, 0)$, $(1, 1)$ it is $2/9$ for
# $p = 0$ and $p = 1$, and zero from $p = 2$ on. If the last pair is replaced by $(-1, 3)$, the two labels at $x = -1$
# cannot both be met: no degree gets below $2/3$.
#
# Write, for `x`, `y` of shape `(N,)`, $N \ge 1$, all $x_i$ in $[-1, 1]$,
#
# - `min_zero_degree(x, y, tol)`: the smallest degree whose training error is at most `tol` $> 0$, an integer, or `None`
#   if no degree gets there. At most 12 of the inputs are different, and different inputs are at least $0.05$ apart.
#   Rounding errors in your fits must stay well below $10^{-20}$ in the mean square for labels of size one: choose
#   the basis accordingly (powers of $x$ are a poor one);
# - `error_floor(x, y)`: the smallest training error that any function of $x$ reaches, a float. No limit on $N$ here.
#
# Then set each entry of `degree_facts` to `True` or `False`.
#
# - `"enough_degrees"`: if all $x_i$ are different, degree $N - 1$ always reaches zero.
# - `"always_needed"`: no smaller degree than $N - 1$ ever reaches zero.
# - `"repeats_are_harmless"`: some degree reaches zero for any labels, also when inputs repeat.
# - `"noise_needs_all"`: if the labels are random numbers (from a continuous distribution) and all $x_i$ are
#   different, then with probability one nothing below $N - 1$ reaches zero.


# %% [raw]
# # BEGIN SOLUTION
# %%
def min_zero_degree(x, y, tol):
    """Smallest polynomial degree with a mean squared error of at most tol, or None."""
    # BEGIN SOLUTION
    for degree in range(len(np.unique(x))):
        design = np.polynomial.chebyshev.chebvander(x, degree)
        coefficients = np.linalg.lstsq(design, y, rcond=None)[0]
        if ((design @ coefficients - y) ** 2).mean() <= tol:
            return degree
    return None
    # END SOLUTION


def error_floor(x, y):
    """Smallest mean squared error of any function of x, a float."""
    # BEGIN SOLUTION
    group = np.unique(x, return_inverse=True)[1]
    means = np.bincount(group, y) / np.bincount(group)
    return float(((y - means[group]) ** 2).mean())
    # END SOLUTION


degree_facts = {}
degree_facts["enough_degrees"] = True  # SOLUTION
degree_facts["always_needed"] = False  # SOLUTION
degree_facts["repeats_are_harmless"] = False  # SOLUTION
degree_facts["noise_needs_all"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: A parabola through (-1, 1), (0, 0), (1, 1) needs degree 2. With (-1, 3) in place of (1, 1) no degree
  will do, and the floor is 2/3.
"""  # END TEST CONFIG


def test_parabola(min_zero_degree, error_floor, degree_facts):
    import numpy as np

    got = min_zero_degree(np.array([-1.0, 0.0, 1.0]), np.array([1.0, 0.0, 1.0]), 1e-20)
    assert got is not None, "min_zero_degree of the parabola: expected 2, got None"
    assert isinstance(got, (int, np.integer)), f"min_zero_degree should return an integer or None, got {got}"
    assert got == 2, f"min_zero_degree of the parabola: expected 2, got {got}"
    x, y = np.array([-1.0, 0.0, -1.0]), np.array([1.0, 0.0, 3.0])
    got = min_zero_degree(x, y, 1e-20)
    assert got is None, f"min_zero_degree with two labels at -1: expected None, got {got}"
    got = error_floor(x, y)
    assert got is not None, "error_floor(...) returned None: expected a float"
    assert np.shape(got) == (), f"error_floor should return a single number, got shape {np.shape(got)}"
    assert abs(got - 2 / 3) < 1e-9, f"error_floor: expected 0.6667, got {got}"
    assert isinstance(degree_facts, dict), "degree_facts should be a dictionary"
    for key in ("enough_degrees", "always_needed", "repeats_are_harmless", "noise_needs_all"):
        assert isinstance(degree_facts.get(key), bool), f"degree_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The smallest degree is wrong for some data. Think of labels that follow a simple law, of labels that
  nearly do, and of repeated inputs.
"""  # END TEST CONFIG


def test_degrees_known_beforehand(min_zero_degree):
    import numpy as np

    rng = np.random.default_rng(707)
    # a jittered grid in random order, neighbours at least 0.08 apart
    spread = lambda n: rng.permutation(np.linspace(-0.95, 0.95, n) + rng.uniform(-0.03, 0.03, size=n))
    for n in (1, 2, 3, 5, 8, 12):
        assert min_zero_degree(spread(n), rng.normal(size=n) + 0.1, 1e-20) == n - 1
    for degree in (0, 1, 2, 3, 6):
        x = spread(12)
        y = np.polynomial.Polynomial(rng.normal(size=degree + 1) + np.eye(degree + 1)[-1] * 3)(x)
        # 200 seeds: exact fits leave at most 1e-25, the disturbance leaves at least 4e-18 up to degree 10
        assert min_zero_degree(x, y, 1e-20) == degree
        assert min_zero_degree(x, y + 1e-5 * rng.normal(size=12), 1e-20) == 11
        assert min_zero_degree(x, y + 1e-5 * rng.normal(size=12), 1e-8) == degree
    for n in (1, 2, 6):
        x, y = spread(n), rng.normal(size=n)
        assert min_zero_degree(np.tile(x, 3), np.tile(y, 3), 1e-20) == n - 1
        assert min_zero_degree(np.append(x, x[0]), np.append(y, y[0] + 1), 1e-20) is None
    # the tolerance counts, and it may be met exactly
    pair = np.zeros(2), np.array([-1.0, 1.0])
    assert min_zero_degree(*pair, 1.0) == 0 and min_zero_degree(*pair, 0.99) is None
    assert min_zero_degree(np.array([0.0, 0.5]), np.array([-1.0, 1.0]), 1.01) == 0


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The floor is wrong for some data. What is the best single prediction for several labels at one input?
"""  # END TEST CONFIG


def test_floor_by_search(error_floor):
    import numpy as np

    rng = np.random.default_rng(708)
    for n, places in ((1, 1), (5, 1), (6, 2), (9, 3), (40, 7), (12, 12)):
        x = rng.permutation(np.arange(n) % places) * 0.15 - 0.7
        y = rng.integers(-4, 5, size=n).astype(np.float64)
        total = 0.0
        for place in set(x.tolist()):
            labels = y[x == place]
            # the squared error of one prediction is a parabola: three values give its lowest point
            below, middle, above = (((labels - c) ** 2).sum() for c in (-1.0, 0.0, 1.0))
            total += middle - (above - below) ** 2 / (8 * (above + below - 2 * middle))
        assert abs(error_floor(x, y) - total / n) < 1e-10


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the four statements is decided wrongly. Try labels that follow a law, random labels and
  repeated inputs.
"""  # END TEST CONFIG


def test_degree_facts(degree_facts):
    import numpy as np

    rng = np.random.default_rng(709)
    fit = lambda x, y, p: ((np.polynomial.Chebyshev.fit(x, y, p, domain=[-1, 1])(x) - y) ** 2).mean()
    x = np.linspace(-1, 1, 7)
    random_labels = [rng.normal(size=7) for _ in range(50)]
    top = max(fit(x, y, 6) for y in random_labels)
    below = min(fit(x, y, 5) for y in random_labels)
    law = fit(x, 1 + x - 2 * x**2, 2)
    clash = fit(np.array([0.0, 0.0, 0.5]), np.array([0.0, 1.0, 0.0]), 1)
    assert degree_facts["enough_degrees"] is bool(top < 1e-20)
    assert degree_facts["always_needed"] is bool(law > 1e-20)
    assert degree_facts["repeats_are_harmless"] is bool(clash < 1e-20)
    assert degree_facts["noise_needs_all"] is bool(below > 1e-20)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-4.4-3"
# # BEGIN QUESTION
# name: q5_feature_scaling
# points: 5

# %% [markdown]
# ## 5. Features of very different size
#
# Polynomial regression of degree $p$ is trained by gradient descent on
#
# $$L(\theta) = \frac{1}{2N} \sum_{i=1}^{N} \big( \Phi_i \theta - y_i \big)^2 ,$$
#
# where row $\Phi_i$ of the matrix $\Phi$, shape $(N, p + 1)$, holds the features of $x_i$. Three kinds of features
# span the same polynomials:
#
# - `"raw"`: feature $j$ is $x^j$, $j = 0, \dots, p$;
# - `"factorial"`: feature $j$ is $x^j / j!$;
# - `"legendre"`: the interval $[lo, hi]$ is mapped linearly to $[-1, 1]$, and feature $j$ is the Legendre polynomial
#   $P_j$ of the mapped input: $P_0(u) = 1$, $P_1(u) = u$, $(j + 1) P_{j+1}(u) = (2j + 1)\, u P_j(u) - j P_{j-1}(u)$.
#
# For $x = 2$ and $p = 2$ they are $(1, 2, 4)$, $(1, 2, 2)$ and, with $lo = 0$, $hi = 4$, $(1, 0, -0.5)$.
#
# Write
#
# - `features(x, p, kind, lo, hi)`: float array of shape `(N, p + 1)`, for $p$ from 0 to 30; `lo` and `hi` matter for
#   `"legendre"` only;
# - `largest_rate(phi)`: the number $\eta^*$ such that gradient descent on $L$ converges from every start for every
#   learning rate $0 < \eta < \eta^*$, and diverges from some start for every $\eta > \eta^*$; a float;
# - `descend(phi, y, rate, steps)`: the loss $L$ after that many steps from $\theta = 0$, a float; `steps` may be 0.
#
# Then decide what happens for 100 inputs from the standard normal distribution and polynomials of degree 10; `lo` and
# `hi` are the smallest and the largest input. Set each entry of `scale_facts` to `True` or `False`. The **condition
# number** of $\Phi$ (`np.linalg.cond`) is its largest singular value divided by its smallest.
#
# - `"much_smaller_rate"`: without the factor $1/j!$ the largest rate is smaller by a factor of more than 1000.
# - `"old_rate_survives"`: a rate that works well with the factor still works without it.
# - `"tiny_rate_works"`: without the factor, a small enough rate still makes the loss fall at every step.
# - `"factor_conditions_well"`: with the factor $1/j!$ the condition number is below 1000.
# - `"legendre_conditions_better"`: the Legendre features have a condition number at least 100 times smaller than the
#   factorial ones.
# - `"scale_changes_the_fit"`: solved exactly, the three kinds lead to different fitted curves.
#
# The cell below the question draws the loss while it falls.


# %% [raw]
# # BEGIN SOLUTION
# %%
def features(x, p, kind, lo, hi):
    """Features of degree 0 to p, shape (N, p + 1); kind is "raw", "factorial" or "legendre"."""
    # BEGIN SOLUTION
    if kind == "legendre":
        return np.polynomial.legendre.legvander(2 * (x - lo) / (hi - lo) - 1, p)
    powers = np.vander(x, p + 1, increasing=True)
    if kind == "factorial":
        return powers / np.array([float(math.factorial(j)) for j in range(p + 1)])
    return powers
    # END SOLUTION


def largest_rate(phi):
    """Learning rate up to which gradient descent on the squared error converges, a float."""
    # BEGIN SOLUTION
    return float(2 * len(phi) / np.linalg.norm(phi, 2) ** 2)
    # END SOLUTION


def descend(phi, y, rate, steps):
    """Loss after steps of gradient descent from zero, a float."""
    # BEGIN SOLUTION
    theta = np.zeros(phi.shape[1])
    for _ in range(steps):
        theta = theta - rate * phi.T @ (phi @ theta - y) / len(y)
    return float(((phi @ theta - y) ** 2).mean() / 2)
    # END SOLUTION


scale_facts = {}
scale_facts["much_smaller_rate"] = True  # SOLUTION
scale_facts["old_rate_survives"] = False  # SOLUTION
scale_facts["tiny_rate_works"] = True  # SOLUTION
scale_facts["factor_conditions_well"] = False  # SOLUTION
scale_facts["legendre_conditions_better"] = True  # SOLUTION
scale_facts["scale_changes_the_fit"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For x = 2 and p = 2 the features are (1, 2, 4), (1, 2, 2) and (1, 0, -0.5); the loss before any step
  is half the mean square of y.
"""  # END TEST CONFIG


def test_one_input(features, largest_rate, descend, scale_facts):
    import numpy as np

    x = np.array([2.0])
    for kind, expected in (("raw", [1, 2, 4]), ("factorial", [1, 2, 2]), ("legendre", [1, 0, -0.5])):
        got = features(x, 2, kind, 0.0, 4.0)
        assert got is not None, "features(...) returned None: expected an array of shape (N, p + 1)"
        assert np.shape(got) == (1, 3), f"features: expected shape (1, 3), got {np.shape(got)}"
        assert np.allclose(got[0], expected), f"features of kind {kind!r}: expected {expected}, got {got[0]}"
    got = largest_rate(np.array([[1.0, 2.0]]))
    assert got is not None, "largest_rate(...) returned None: expected a float"
    assert np.shape(got) == () and got > 0, f"largest_rate should return a positive number, got {got}"
    got = descend(np.array([[1.0], [1.0]]), np.array([2.0, 4.0]), 0.1, 0)
    assert got is not None, "descend(...) returned None: expected a float"
    assert np.shape(got) == () and abs(got - 5) < 1e-9, f"descend with 0 steps: expected 5, got {got}"
    assert isinstance(scale_facts, dict), "scale_facts should be a dictionary"
    keys = ["much_smaller_rate", "old_rate_survives", "tiny_rate_works", "factor_conditions_well"]
    for key in keys + ["legendre_conditions_better", "scale_changes_the_fit"]:
        assert isinstance(scale_facts.get(key), bool), f"scale_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some features are wrong. Factorials grow, powers start at 0, and Legendre polynomials take the mapped
  input.
"""  # END TEST CONFIG


def test_features_in_fractions(features):
    from fractions import Fraction

    import numpy as np

    rng = np.random.default_rng(711)
    cases = [([-3, 5, 8, 0, 24], 6, -3, 24), ([4, 9], 0, 0, 9), ([4, -2, 9], 1, -8, 16), ([7], 30, 0, 16)]
    cases += [(rng.integers(-16, 17, size=8), 12, -16, 16)]
    for eighths, p, lo, hi in cases:
        x = [Fraction(int(v), 8) for v in eighths]
        lo, hi = Fraction(lo, 8), Fraction(hi, 8)
        values = np.array([float(v) for v in x])
        table = {"raw": [], "factorial": [], "legendre": []}
        for v in x:
            u = (v - lo) * 2 / (hi - lo) - 1
            power, scaled, legendre = Fraction(1), Fraction(1), [Fraction(1), u]
            rows = [[power], [scaled]]
            for j in range(1, p + 1):
                power, scaled = power * v, scaled * v / j
                rows[0].append(power)
                rows[1].append(scaled)
                legendre.append(((2 * j + 1) * u * legendre[j] - j * legendre[j - 1]) / (j + 1))
            for kind, row in zip(table, [*rows, legendre[: p + 1]]):
                table[kind].append([float(f) for f in row])
        for kind, expected in table.items():
            got = features(values, p, kind, float(lo), float(hi))
            assert np.shape(got) == (len(x), p + 1)
            # the recurrence loses a few units in the last place per degree
            assert np.allclose(got, np.array(expected), rtol=1e-11, atol=1e-12)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Gradient descent does not change its behaviour at the rate that you return. How strongly is L, with its
  factor 1 / (2N), curved in the steepest direction?
"""  # END TEST CONFIG


def test_rate_tried_out(largest_rate):
    import numpy as np

    rng = np.random.default_rng(712)
    matrices = [np.ones((1, 1)), np.array([[3.0], [4.0], [0.0]]), rng.normal(size=(30, 4)), rng.normal(size=(3, 6))]
    matrices += [np.vander(rng.normal(size=50), 6), 100 * rng.normal(size=(12, 2))]
    for phi in matrices:
        eta = largest_rate(phi)
        start = np.linalg.eigh(phi.T @ phi)[1][:, -1] + 1e-3  # mostly along the steepest direction
        for factor, shrinks in ((0.98, True), (1.02, False)):
            theta = start
            for _ in range(600):
                theta = theta - factor * eta * phi.T @ (phi @ theta) / len(phi)
            # the factors per step are 0.96 and 1.04 there: 1e-11 and 1e10 after 600 steps
            assert (np.linalg.norm(phi @ theta) < np.linalg.norm(phi @ start)) is np.bool_(shrinks)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The loss after some steps is not that of gradient descent on L, with its factor 1 / (2N).
"""  # END TEST CONFIG


def test_descent_against_autograd(descend):
    import numpy as np
    import torch

    rng = np.random.default_rng(713)
    for n, width, rate, steps in ((1, 1, 0.5, 1), (7, 3, 0.3, 2), (20, 4, 0.1, 15), (5, 2, 0.2, 0), (3, 5, 0.7, 4)):
        phi, y = rng.normal(size=(n, width)), rng.normal(size=n)
        theta = torch.zeros(width, dtype=torch.float64, requires_grad=True)
        loss = lambda: ((torch.tensor(phi) @ theta - torch.tensor(y)) ** 2).sum() / (2 * n)
        optimiser = torch.optim.SGD([theta], lr=rate)
        for _ in range(steps):
            optimiser.zero_grad()
            loss().backward()
            optimiser.step()
        # float64, at most 15 steps
        assert abs(descend(phi, y, rate, steps) - float(loss())) <= 1e-10 * float(loss())


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six statements on the scale of the features is decided wrongly. Measure condition
  numbers and rates.
"""  # END TEST CONFIG


def test_scale_facts(scale_facts):
    import numpy as np

    keys = ["much_smaller_rate", "old_rate_survives", "tiny_rate_works", "factor_conditions_well"]
    seen = {key: [] for key in keys + ["legendre_conditions_better", "scale_changes_the_fit"]}
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=100)
        y = 5 + 1.2 * x - 1.7 * x**2 + 0.9 * x**3 + 0.1 * rng.normal(size=100)
        raw = np.vander(x, 11, increasing=True)
        scaled = raw / np.cumprod([1.0, *range(1, 11)])
        legendre = np.polynomial.legendre.legvander(2 * (x - x.min()) / np.ptp(x) - 1, 10)
        top = {name: np.linalg.eigvalsh(a.T @ a / 100)[-1] for name, a in (("raw", raw), ("scaled", scaled))}

        def losses(design, rate):
            theta, found = np.zeros(11), []
            for _ in range(30):
                error = design @ theta - y
                found.append((error**2).mean())
                theta = theta - rate * design.T @ error / 100
            return np.array(found)

        fits = [np.linalg.qr(a)[0] for a in (raw, scaled, legendre)]
        fits = [q @ (q.T @ y) for q in fits]
        # 40 seeds: a factor of 2e4 or more between the rates; condition numbers 2e5 or more against 270 or less
        seen["much_smaller_rate"].append(top["raw"] / top["scaled"] > 1000)
        seen["old_rate_survives"].append(losses(raw, 1 / top["scaled"])[-1] < (y**2).mean())
        seen["tiny_rate_works"].append((np.diff(losses(raw, 0.5 / top["raw"])) < 0).all())
        seen["factor_conditions_well"].append(np.linalg.cond(scaled) < 1000)
        seen["legendre_conditions_better"].append(np.linalg.cond(legendre) * 100 < np.linalg.cond(scaled))
        seen["scale_changes_the_fit"].append(max(np.abs(fits[0] - f).max() for f in fits) > 1e-4)
    for key, found in seen.items():
        assert all(found) or not any(found)
        assert scale_facts[key] is all(map(bool, found))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_descent():
    x, y = noisy_cubic(100, seed=0)
    counts = np.unique(np.geomspace(1, 300, 20).astype(int))
    figure, axis = plt.subplots(figsize=(6, 3.2))
    for kind in ("raw", "factorial", "legendre"):
        phi = features(x, 10, kind, x.min(), x.max())
        rate = largest_rate(phi) / 2
        axis.loglog(counts, [descend(phi, y, rate, int(c)) for c in counts], label=f"{kind}, rate {rate:.1g}")
    axis.set(xlabel="steps, each kind with half its largest rate", ylabel="loss")
    axis.legend()
    figure.tight_layout()


show(draw_descent)

# %% [raw] sources="d2l-4.4-2"
# # BEGIN QUESTION
# name: q6_bias_variance_noise
# points: 5

# %% [markdown]
# ## 6. Bias, variance and noise
#
# Targets are $y_i = g(x_i) + \varepsilon_i$ at $N$ fixed inputs, with independent noise of mean zero and variance
# $\sigma^2$. One model is trained on $S$ data sets that differ in their noise only: outputs $f_{si}$ at input $i$.
# With $\bar f_i$ for the average over the data sets, define (all averaged over the inputs)
#
# $$\text{bias} = \frac1N \sum_i \big(\bar f_i - g(x_i)\big)^2, \qquad
# \text{variance} = \frac{1}{SN} \sum_{s,i} \big(f_{si} - \bar f_i\big)^2, \qquad \text{noise} = \sigma^2 .$$
#
# (This is the bias squared; we use the shorter word.) If the $S$ data sets stand for all possible ones, the three add
# up to the expected squared error on fresh targets at these inputs. An example: two models with the outputs $1$ and
# $3$ at a single input where $g = 5$ have the bias $9$ and the variance $1$.
#
# - `decompose(outputs, truth, noise_variance)`, with `outputs` of shape `(S, N)` and `truth` of shape `(N,)`, returns
#   the dictionary `{"bias": …, "variance": …, "noise": …}` of floats.
#
# For models that are linear in their parameters everything can be computed exactly. Let $\Phi$ be a matrix of
# features of shape $(N, q)$ and the outputs $\Phi\hat\theta$ the least-squares fit to the targets. The outputs are
# then a fixed matrix times $y$. Derive the expectations over the noise; the **training error** is measured on the
# same targets as the fit, the **test error** on fresh ones at the same inputs. The columns of $\Phi$ may depend on
# one another.
#
# - `linear_errors(phi, truth, noise_variance)` returns the dictionary of floats
#   `{"bias": …, "variance": …, "noise": …, "train": …, "test": …}` of expected values. For $\Phi$ a single column of
#   $N = 4$ ones, $g = 0$ and $\sigma^2 = 1$: $0$, $0.25$, $1$, $0.75$ and $1.25$.
#
# Set each entry of `error_facts` to `True` or `False`. All are about expected values of least squares, with
# $\sigma^2 > 0$ and $N > q$.
#
# - `"noise_falls"`: with more examples, the noise part gets smaller.
# - `"variance_falls"`: repeat every input $m$ times (and its row of $\Phi$), with independent noise: the variance
#   falls as $m$ grows.
# - `"bias_needs_clean_targets"`: with a smaller $\sigma^2$, the bias gets smaller, too, unless it is zero.
# - `"column_never_adds_bias"`: one more column of $\Phi$ never raises the bias.
# - `"column_never_adds_variance"`: one more column of $\Phi$ never raises the variance.
# - `"true_model_trains_below_noise"`: if $g$ is among the functions of the model, the training error is below
#   $\sigma^2$ and the test error above it.


# %% [raw]
# # BEGIN SOLUTION
# %%
def decompose(outputs, truth, noise_variance):
    """Bias (squared), variance and noise of models with these outputs, shape (S, N); a dictionary of floats."""
    # BEGIN SOLUTION
    mean = outputs.mean(axis=0)
    bias, variance = ((mean - truth) ** 2).mean(), ((outputs - mean) ** 2).mean()
    return {"bias": float(bias), "variance": float(variance), "noise": noise_variance}
    # END SOLUTION


def linear_errors(phi, truth, noise_variance):
    """Expected bias, variance, noise, training and test error of least squares; a dictionary of floats."""
    # BEGIN SOLUTION
    projection = phi @ np.linalg.pinv(phi)
    bias = float(((truth - projection @ truth) ** 2).mean())
    variance = float(noise_variance * np.trace(projection) / len(phi))
    train = bias + noise_variance - variance
    test = bias + noise_variance + variance
    return {"bias": bias, "variance": variance, "noise": noise_variance, "train": train, "test": test}
    # END SOLUTION


error_facts = {}
error_facts["noise_falls"] = False  # SOLUTION
error_facts["variance_falls"] = True  # SOLUTION
error_facts["bias_needs_clean_targets"] = False  # SOLUTION
error_facts["column_never_adds_bias"] = True  # SOLUTION
error_facts["column_never_adds_variance"] = False  # SOLUTION
error_facts["true_model_trains_below_noise"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Outputs 1 and 3 for a truth of 5 have the bias 9 and the variance 1. A constant fitted to 4 targets
  has the training error 0.75.
"""  # END TEST CONFIG


def test_two_outputs(decompose, linear_errors, error_facts):
    import numpy as np

    got = decompose(np.array([[1.0], [3.0]]), np.array([5.0]), 0.5)
    assert isinstance(got, dict), f"decompose should return a dictionary, got {got}"
    for key, expected in (("bias", 9), ("variance", 1), ("noise", 0.5)):
        assert key in got, f"decompose: the dictionary has no entry {key!r}"
        assert np.isclose(got[key], expected), f"decompose, {key}: expected {expected}, got {got[key]}"
    got = linear_errors(np.ones((4, 1)), np.zeros(4), 1.0)
    assert isinstance(got, dict), f"linear_errors should return a dictionary, got {got}"
    for key, expected in (("bias", 0), ("variance", 0.25), ("noise", 1), ("train", 0.75), ("test", 1.25)):
        assert key in got, f"linear_errors: the dictionary has no entry {key!r}"
        assert np.isclose(got[key], expected), f"linear_errors, {key}: expected {expected}, got {got[key]}"
    assert isinstance(error_facts, dict), "error_facts should be a dictionary"
    keys = ["noise_falls", "variance_falls", "bias_needs_clean_targets", "column_never_adds_bias"]
    for key in keys + ["column_never_adds_variance", "true_model_trains_below_noise"]:
        assert isinstance(error_facts.get(key), bool), f"error_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The parts are wrong for some outputs, or do not add up to the error on fresh targets. Average over the
  models at each input first.
"""  # END TEST CONFIG


def test_parts_against_every_pair(decompose):
    import numpy as np

    rng = np.random.default_rng(714)
    for s, n in ((1, 1), (1, 5), (6, 1), (4, 3), (30, 7), (3, 3)):
        outputs, truth, sigma = rng.normal(size=(2 * s, n))[::2] + 2, rng.normal(size=n), rng.uniform(0, 2)
        got = decompose(outputs, truth, sigma**2)
        assert set(got) == {"bias", "variance", "noise"}
        # half the mean squared difference of all pairs of models is the variance
        pairs = [((a - b) ** 2).mean() for a in outputs for b in outputs]
        # fresh targets one standard deviation above and below the truth stand for all noise
        error = np.mean([((f - truth - sign * sigma) ** 2).mean() for f in outputs for sign in (1, -1)])
        # float64 sums of at most a few thousand numbers of size ten
        assert abs(got["variance"] - np.mean(pairs) / 2) < 1e-10
        assert abs(got["noise"] - sigma**2) < 1e-12
        assert abs(got["bias"] + got["variance"] + got["noise"] - error) < 1e-10


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some features the expected values are not the averages over the noise. Is the training error
  measured on the targets of the fit? Do columns that depend on one another count twice?
"""  # END TEST CONFIG


def test_errors_averaged_over_noise(linear_errors):
    import numpy as np

    rng = np.random.default_rng(715)
    cases = [(rng.normal(size=(n, q)), rng.normal(size=n) * 2) for n, q in ((5, 2), (9, 4), (1, 1), (6, 6), (12, 1))]
    cases += [(rng.normal(size=(3, 5)), rng.normal(size=3)), (np.ones((4, 3)), np.arange(4.0))]
    cases += [
        (np.zeros((4, 2)), np.arange(4.0)),
        (rng.normal(size=(8, 6))[:, ::2] @ rng.normal(size=(3, 4)), np.ones(8)),
    ]
    x = np.linspace(-1, 1, 10)
    cases += [(np.vander(x, 3), np.sin(3 * x)), (np.vander(x, 4), 1 + x**3)]
    for phi, truth in cases:
        n = len(truth)
        for sigma in (0.0, 0.7, 2.0):
            # plus or minus sigma * sqrt(N) in one coordinate at a time: mean zero, covariance sigma**2 times identity
            noises = sigma * np.sqrt(n) * np.concatenate([np.eye(n), -np.eye(n)])
            fits = [phi @ np.linalg.lstsq(phi, truth + e, rcond=None)[0] for e in noises]
            middle = np.mean(fits, axis=0)
            expected = {
                "bias": ((middle - truth) ** 2).mean(),
                "variance": np.mean([((f - middle) ** 2).mean() for f in fits]),
                "noise": sigma**2,
                "train": np.mean([((f - truth - e) ** 2).mean() for f, e in zip(fits, noises)]),
                "test": np.mean([((f - truth - e) ** 2).mean() for f in fits for e in noises]),
            }
            got = linear_errors(phi, truth, sigma**2)
            assert set(got) == set(expected)
            for key, value in expected.items():
                # float64 and well-conditioned matrices
                assert abs(got[key] - value) <= 1e-9 * (1 + value)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six statements on bias, variance and noise is decided wrongly. Work out the parts
  for small examples.
"""  # END TEST CONFIG


def test_error_facts(error_facts):
    import numpy as np

    rng = np.random.default_rng(716)

    def parts(phi, truth, variance):
        q = np.linalg.qr(phi)[0]
        bias = ((truth - q @ (q.T @ truth)) ** 2).mean()
        spread = variance * q.shape[1] / len(phi)
        return bias, spread, bias + variance - spread, bias + variance + spread

    falls, cleaner, adds_bias, adds_variance, between = [], [], [], [], []
    for _ in range(50):
        phi, truth = rng.normal(size=(10, 4)), rng.normal(size=10)
        small, large = parts(phi[:, :3], truth, 1.0), parts(phi, truth, 1.0)
        many = parts(np.tile(phi[:, :3], (5, 1)), np.tile(truth, 5), 1.0)
        falls.append(many[1] < small[1])
        cleaner.append(parts(phi, truth, 0.1)[0] < large[0])
        adds_bias.append(large[0] > small[0] + 1e-12)
        adds_variance.append(large[1] > small[1] + 1e-12)
        _, _, train, test = parts(phi, phi @ rng.normal(size=4), 1.0)
        between.append(train < 1 < test)
    # fresh targets at one input scatter by the same amount, however large the sample
    scatter = [rng.normal(size=size).var() for size in (1000, 100000)]
    assert error_facts["noise_falls"] is bool(scatter[1] < 0.5 * scatter[0])
    assert error_facts["variance_falls"] is all(falls)
    assert error_facts["bias_needs_clean_targets"] is any(cleaner)
    assert error_facts["column_never_adds_bias"] is (not any(adds_bias))
    assert error_facts["column_never_adds_variance"] is (not any(adds_variance))
    assert error_facts["true_model_trains_below_noise"] is all(between)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_trade_off():
    x = np.linspace(-1, 1, 30)
    degrees = np.arange(13)
    found = [linear_errors(np.polynomial.legendre.legvander(x, d), np.sin(4 * x), 0.1) for d in degrees]
    figure, axis = plt.subplots(figsize=(6, 3.2))
    for key, style in (("bias", "--"), ("variance", "--"), ("noise", ":"), ("train", "-"), ("test", "-")):
        axis.plot(degrees, [f[key] for f in found], style, label=key)
    axis.set(xlabel="degree", ylabel="expected squared error", ylim=(0, 0.5), title="30 noisy samples of sin 4x")
    axis.legend()
    figure.tight_layout()


show(draw_trade_off)

# %% [raw] sources="d2l-4.4-2"
# # BEGIN QUESTION
# name: q7_model_selection
# points: 6

# %% [markdown]
# ## 7. Choosing a model
#
# Polynomials are fitted by least squares to $N$ pairs; training and test error are mean squared errors on the
# training pairs and on separate test pairs. For the training pairs $(-1, 1)$, $(0, 0)$, $(1, 1)$ and the single test
# pair $(2, 4)$ the constant $2/3$ has the errors $2/9$ and $100/9$, the parabola $0$ and $0$.
#
# Write
#
# - `curve_by_degree(x, y, x_test, y_test, degrees)`: the pair `(train, test)` of float arrays, one entry per degree
#   in the list `degrees`;
# - `curve_by_size(x, y, x_test, y_test, degree, sizes)`: the pair `(train, test)` of float arrays, one entry per
#   number in the list `sizes`; each fit uses the first so many training pairs;
# - `choose_degree(x, y, degrees, folds)`: a degree chosen without any test data, by **cross-validation**. Training
#   pair $i = 0, 1, \dots$ belongs to fold $i \bmod \texttt{folds}$. For each degree, predict the pairs of each fold
#   with the polynomial fitted to all other pairs, and add up all $N$ squared errors. Return the degree from the list
#   with the smallest sum, an integer.
#
# Every fit has more different inputs than its degree. Degrees go up to 15: choose the basis so that rounding does not
# matter.
#
# Then study `noisy_cubic`: inputs standard normal, noise of variance $0.01$. Set each entry of `curve_facts` to `True`
# or `False`; "error" means an average over many data sets (of the logarithm, so that no single one decides).
#
# - `"train_never_rises"`: with 20 training pairs, the training error never rises with the degree.
# - `"train_lowest_at_three"`: of the degrees 0 to 10, degree 3 has the smallest training error, with 20 training pairs.
# - `"test_lowest_at_three"`: of these degrees, degree 3 has the smallest test error, again with 20 training pairs.
# - `"train_falls_with_size"`: at degree 5, the training error falls as the training set grows from 10 to 1000.
# - `"test_falls_with_size"`: so does the test error.
# - `"test_tends_to_zero"`: with enough training pairs, the test error of degree 5 gets below $0.005$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def curve_by_degree(x, y, x_test, y_test, degrees):
    """Training and test errors of polynomials of these degrees, two float arrays."""
    # BEGIN SOLUTION
    fits = [np.polynomial.Legendre.fit(x, y, degree) for degree in degrees]
    train = np.array([((fit(x) - y) ** 2).mean() for fit in fits])
    return train, np.array([((fit(x_test) - y_test) ** 2).mean() for fit in fits])
    # END SOLUTION


def curve_by_size(x, y, x_test, y_test, degree, sizes):
    """Training and test errors of one degree, fitted to the first n pairs for each n in sizes; two float arrays."""
    # BEGIN SOLUTION
    errors = [curve_by_degree(x[:n], y[:n], x_test, y_test, [degree]) for n in sizes]
    train, test = np.concatenate(errors, axis=1)
    return train, test
    # END SOLUTION


def choose_degree(x, y, degrees, folds):
    """The degree with the smallest sum of squared errors on held-out folds."""
    # BEGIN SOLUTION
    fold = np.arange(len(x)) % folds
    totals = []
    for degree in degrees:
        fits = [np.polynomial.Legendre.fit(x[fold != k], y[fold != k], degree) for k in range(folds)]
        totals.append(sum(((fit(x[fold == k]) - y[fold == k]) ** 2).sum() for k, fit in enumerate(fits)))
    return degrees[int(np.argmin(totals))]
    # END SOLUTION


curve_facts = {}
curve_facts["train_never_rises"] = True  # SOLUTION
curve_facts["train_lowest_at_three"] = False  # SOLUTION
curve_facts["test_lowest_at_three"] = True  # SOLUTION
curve_facts["train_falls_with_size"] = False  # SOLUTION
curve_facts["test_falls_with_size"] = True  # SOLUTION
curve_facts["test_tends_to_zero"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: On (-1, 1), (0, 0), (1, 1), tested on (2, 4), degree 0 has the errors 2/9 and 100/9, degree 2 none.
"""  # END TEST CONFIG


def test_three_pairs_and_one(curve_by_degree, curve_by_size, choose_degree, curve_facts):
    import numpy as np

    data = np.array([-1.0, 0.0, 1.0]), np.array([1.0, 0.0, 1.0]), np.array([2.0]), np.array([4.0])
    got = curve_by_degree(*data, [0, 2])
    assert got is not None, "curve_by_degree(...) returned None: expected (train, test)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "curve_by_degree should return (train, test)"
    for name, values, expected in zip(("train", "test"), got, ([2 / 9, 0], [100 / 9, 0])):
        assert np.shape(values) == (2,), f"{name}: expected shape (2,), got {np.shape(values)}"
        assert np.allclose(values, expected), f"{name} for degrees 0 and 2: expected {expected}, got {values}"
    got = curve_by_size(*data, 0, [1, 3])
    assert got is not None, "curve_by_size(...) returned None: expected (train, test)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "curve_by_size should return (train, test)"
    for name, values, expected in zip(("train", "test"), got, ([0, 2 / 9], [9, 100 / 9])):
        assert np.shape(values) == (2,), f"{name}: expected shape (2,), got {np.shape(values)}"
        assert np.allclose(values, expected), f"{name} for sizes 1 and 3: expected {expected}, got {values}"
    got = choose_degree(np.arange(6.0), np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.5]), [0, 1], 3)
    assert got is not None, "choose_degree(...) returned None: expected one of the degrees"
    assert got == 1, f"choose_degree of points near a line: expected 1, got {got}"
    assert isinstance(curve_facts, dict), "curve_facts should be a dictionary"
    keys = ["train_never_rises", "train_lowest_at_three", "test_lowest_at_three"]
    for key in keys + ["train_falls_with_size", "test_falls_with_size", "test_tends_to_zero"]:
        assert isinstance(curve_facts.get(key), bool), f"curve_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: An error is not that of the least-squares fit to the training pairs alone. Is it a mean, over the right
  pairs? Does rounding spoil high degrees?
"""  # END TEST CONFIG


def test_curves_against_orthogonal_bases(curve_by_degree, curve_by_size):
    import numpy as np

    def errors(x, y, x_test, y_test, degree):
        half = np.abs(x).max()
        basis = lambda t: np.polynomial.chebyshev.chebvander(t / half, degree)
        q, r = np.linalg.qr(basis(x))
        c = np.linalg.solve(r, q.T @ y)
        return ((basis(x) @ c - y) ** 2).mean(), ((basis(x_test) @ c - y_test) ** 2).mean()

    rng = np.random.default_rng(717)
    for n, m, degrees in ((20, 50, [3, 0, 7, 1]), (8, 1, [5]), (40, 9, list(range(13))), (1, 3, [0])):
        x, x_test = 2 * rng.uniform(-1, 1, size=n) + 1, 2 * rng.uniform(-1, 1, size=2 * m)[::2] + 1
        y, y_test = np.exp(x) + rng.normal(size=n), np.exp(x_test) + rng.normal(size=m)
        expected = np.array([errors(x, y, x_test, y_test, d) for d in degrees]).T
        got = curve_by_degree(x, y, x_test, y_test, degrees)
        for values, right in zip(got, expected):
            assert np.shape(values) == (len(degrees),)
            # condition numbers below 1e6 in either basis
            assert np.allclose(values, right, rtol=1e-6, atol=1e-12)
        degree, sizes = min(n - 1, 2), [n, max(n // 2, 1)] * (n > 4) + [n]
        expected = np.array([errors(x[:k], y[:k], x_test, y_test, degree) for k in sizes]).T
        got = curve_by_size(x, y, x_test, y_test, degree, sizes)
        for values, right in zip(got, expected):
            assert np.shape(values) == (len(sizes),)
            assert np.allclose(values, right, rtol=1e-6, atol=1e-12)
    # larger models contain the smaller ones
    x, y = rng.uniform(-3, 3, size=20), rng.normal(size=20)
    train = curve_by_degree(x, y, x, y, list(range(16)))[0]
    assert (np.diff(train) <= 1e-9).all() and train[-1] < 0.5 * train[0]


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Cross-validation picks another degree for some data. A pair is predicted by a fit that has not seen it,
  and the folds are taken in turn.
"""  # END TEST CONFIG


def test_choice_by_held_out_pairs(choose_degree):
    import numpy as np

    rng = np.random.default_rng(718)
    chosen = []

    def held_out(x, y, degree, folds):
        # the residuals on a fold after refitting follow from those of the fit to all pairs
        q = np.linalg.qr(np.polynomial.legendre.legvander(x / 3, degree))[0]
        hat, residual = q @ q.T, y - q @ (q.T @ y)
        total = 0.0
        for k in range(folds):
            one = np.arange(len(x)) % folds == k
            total += (np.linalg.solve(np.eye(one.sum()) - hat[np.ix_(one, one)], residual[one]) ** 2).sum()
        return total

    # in the last setting two folds have two pairs and two have one
    settings = [(12, 12, [0, 1, 2, 3, 4]), (15, 5, [5, 1, 2, 0, 4]), (10, 2, [2, 1, 0]), (11, 3, [1, 3])] * 5
    for n, folds, degrees in settings + [(6, 4, [0, 1, 2])] * 40:
        x = 3 * rng.uniform(-1, 1, size=n)
        truth = np.polynomial.Polynomial(rng.normal(size=rng.integers(1, 5)))
        y = truth(x) + rng.normal(size=n)
        sums = np.array([held_out(x, y, d, folds) for d in degrees])
        low, second = np.sort(sums)[:2]
        if second < 1.001 * low:
            continue
        got = choose_degree(x, y, degrees, folds)
        chosen.append(got)
        assert got == degrees[int(sums.argmin())]
    assert len(set(chosen)) >= 4
    # sorted inputs: folds of neighbours would have to extrapolate
    x = np.linspace(0, 3, 12)
    y = np.sin(2 * x)
    degrees = [1, 3, 5, 7]
    sums = [held_out(x, y, d, 3) for d in degrees]
    assert choose_degree(x, y, degrees, 3) == degrees[int(np.argmin(sums))]


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six statements on the curves is decided wrongly. Draw them, averaged over many
  data sets.
"""  # END TEST CONFIG


def test_curve_facts(curve_facts):
    import numpy as np

    rng = np.random.default_rng(719)

    def draw(n):
        x = rng.normal(size=n)
        return x, 5 + 1.2 * x - 1.7 * x**2 + 5.6 * x**3 / 6 + 0.1 * rng.normal(size=n)

    def errors(n, degree):
        x, y = draw(n)
        fit = np.polynomial.Chebyshev.fit(x, y, degree)
        x_test, y_test = draw(200)
        return ((fit(x) - y) ** 2).mean(), ((fit(x_test) - y_test) ** 2).mean()

    by_degree = np.log([[errors(20, d) for d in range(11)] for _ in range(20)]).mean(axis=0)
    by_size = np.log([[errors(n, 5) for n in (10, 30, 100, 1000)] for _ in range(20)]).mean(axis=0)
    nested = []
    for _ in range(10):
        x, y = draw(20)
        train = [((np.polynomial.Chebyshev.fit(x, y, d)(x) - y) ** 2).mean() for d in range(11)]
        nested.append((np.diff(train) < 1e-9).all())
    # 20 seeds: log test errors at degrees 2, 3, 4 within 0.3 of 2, -4.05 and -3.2; the last one within 0.05 of -4.6
    assert curve_facts["train_never_rises"] is all(map(bool, nested))
    assert curve_facts["train_lowest_at_three"] is bool(by_degree[:, 0].argmin() == 3)
    assert curve_facts["test_lowest_at_three"] is bool(by_degree[:, 1].argmin() == 3)
    assert curve_facts["train_falls_with_size"] is bool((np.diff(by_size[:, 0]) < 0).all())
    assert curve_facts["test_falls_with_size"] is bool((np.diff(by_size[:, 1]) < 0).all())
    assert curve_facts["test_tends_to_zero"] is bool(by_size[-1, 1] < np.log(0.005))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_selection():
    degrees, sizes = list(range(11)), [10, 15, 20, 30, 50, 100, 300, 1000]
    x_test, y_test = noisy_cubic(1000, seed=99)
    left, right = [], []
    for seed in range(20):
        x, y = noisy_cubic(1000, seed)
        left.append(curve_by_degree(x[:20], y[:20], x_test, y_test, degrees))
        right.append(curve_by_size(x, y, x_test, y_test, 5, sizes))
    figure, axes = plt.subplots(1, 2, figsize=(12, 3.2))
    for axis, curves, places, label in zip(axes, (left, right), (degrees, sizes), ("degree", "training pairs")):
        train, test = np.exp(np.log(curves).mean(axis=0))
        axis.plot(places, train, "o-", label="training error")
        axis.plot(places, test, "o-", label="test error")
        axis.axhline(0.01, color="0.7")
        axis.set(xlabel=label, yscale="log", xscale="linear" if label == "degree" else "log")
        axis.legend()
    figure.tight_layout()


show(draw_selection)

# %% [raw] sources="d2l-4.4-5"
# # BEGIN QUESTION
# name: q8_generalisation_error
# points: 5

# %% [markdown]
# ## 8. Can the generalisation error be zero?
#
# The generalisation error of a fitted model is its expected squared error on fresh pairs. A finite test set only
# estimates it. Take the cubic of the set-up cell: `noisy_cubic(n, seed, noise)` returns `(x, y)`.
#
# A **fitter** is a function that takes training arrays `x`, `y` of shape `(N,)` and returns a function `predict`,
# which takes an array of inputs of shape `(M,)` and returns the outputs, shape `(M,)`. Write
#
# - `fit_cubic(x, y)`: the fitter that makes least-squares polynomials of degree 3 (at least 4 different inputs);
# - `fit_nearest(x, y)`: the fitter whose model returns the target of the nearest training input. Of training inputs at
#   the same distance, the first one in `x` counts. For $x = (1, 3)$, $y = (10, 20)$ the outputs at $0$, $2$ and
#   $2.5$ are $10$, $10$ and $20$;
# - `measured_errors(fit, noise, n, n_test, seed)`: the pair `(leaked, fresh)` of mean squared errors, two floats, of
#   the model that `fit` makes from `noisy_cubic(n, seed, noise)`. `leaked` is measured on the training pairs
#   themselves, as if they had slipped into the test set; `fresh` on `noisy_cubic(n_test, seed + 1, noise)`.
#
# Then set each entry of `zero_error_facts` to `True` or `False`. "Zero" means up to rounding.
#
# - `"without_noise"`: if the targets are a cubic without noise, the cubic fitted to 20 different inputs has a
#   generalisation error of zero.
# - `"with_noise"`: with noise of variance $0.01$, enough training data bring the generalisation error of some model
#   to zero.
# - `"repeated_pairs"`: if the test set repeats training pairs and the error on it is zero, the generalisation error
#   is zero.
# - `"finite_inputs"`: if the input takes ten values only, the targets hold no noise, and all ten values are in the
#   training set, the nearest neighbour has a generalisation error of zero.
# - `"nearest_reaches_the_noise"`: with noise of variance $\sigma^2$, the generalisation error of the nearest neighbour
#   tends to $\sigma^2$ as $N$ grows.
# - `"fresh_zero_proves_it"`: if the error on 20 fresh test pairs is zero, the generalisation error is zero.


# %% [raw]
# # BEGIN SOLUTION
# %%
def fit_cubic(x, y):
    """Fit a polynomial of degree 3; returns predict."""
    # BEGIN SOLUTION
    return np.polynomial.Legendre.fit(x, y, 3)
    # END SOLUTION


def fit_nearest(x, y):
    """Remember the training pairs; returns a predict that looks up the nearest input."""
    # BEGIN SOLUTION
    return lambda new: y[np.abs(new[:, None] - x).argmin(axis=1)]
    # END SOLUTION


def measured_errors(fit, noise, n, n_test, seed):
    """Mean squared errors (leaked, fresh) of the model that fit makes from n noisy pairs."""
    # BEGIN SOLUTION
    x, y = noisy_cubic(n, seed, noise)
    x_test, y_test = noisy_cubic(n_test, seed + 1, noise)
    predict = fit(x, y)
    return float(((predict(x) - y) ** 2).mean()), float(((predict(x_test) - y_test) ** 2).mean())
    # END SOLUTION


zero_error_facts = {}
zero_error_facts["without_noise"] = True  # SOLUTION
zero_error_facts["with_noise"] = False  # SOLUTION
zero_error_facts["repeated_pairs"] = False  # SOLUTION
zero_error_facts["finite_inputs"] = True  # SOLUTION
zero_error_facts["nearest_reaches_the_noise"] = False  # SOLUTION
zero_error_facts["fresh_zero_proves_it"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Fitters return a function. With x = (1, 3), y = (10, 20) the nearest neighbour says 10, 10, 20 at 0, 2
  and 2.5.
"""  # END TEST CONFIG


def test_fitters(fit_cubic, fit_nearest, measured_errors, zero_error_facts):
    import numpy as np

    x = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    for name, got in (("fit_cubic", fit_cubic(x, x**3)), ("fit_nearest", fit_nearest(x, x**3))):
        assert got is not None, f"{name}(...) returned None: expected a function"
        assert callable(got), f"{name} should return a function"
        assert np.shape(got(np.array([1.0, 3.0]))) == (2,), f"the model of {name} should map shape (2,) to shape (2,)"
        assert np.allclose(got(np.array([1.0, 3.0])), [1, 27]), f"the model of {name} misses its training pairs"
    got = fit_nearest(np.array([1.0, 3.0]), np.array([10.0, 20.0]))(np.array([0.0, 2.0, 2.5]))
    assert np.allclose(got, [10, 10, 20]), f"fit_nearest: expected [10, 10, 20], got {got}"
    got = measured_errors(lambda x, y: lambda new: 0 * new, 0.0, 3, 4, 0)
    assert got is not None, "measured_errors(...) returned None: expected (leaked, fresh)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "measured_errors should return (leaked, fresh)"
    assert np.shape(got[0]) == np.shape(got[1]) == (), "leaked and fresh should be single numbers"
    assert isinstance(zero_error_facts, dict), "zero_error_facts should be a dictionary"
    keys = ["without_noise", "with_noise", "repeated_pairs", "finite_inputs"]
    for key in keys + ["nearest_reaches_the_noise", "fresh_zero_proves_it"]:
        assert isinstance(zero_error_facts.get(key), bool), f"zero_error_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A fitted model gives wrong outputs at new inputs. Which neighbour counts if two are equally near?
"""  # END TEST CONFIG


def test_models(fit_cubic, fit_nearest):
    import numpy as np

    rng = np.random.default_rng(721)
    for n in (4, 5, 30):
        x, y = rng.uniform(-2, 2, size=2 * n)[::2], rng.normal(size=n)
        new = rng.uniform(-3, 3, size=7)
        powers = lambda t: np.stack([t**k for k in range(4)], axis=1)
        c = np.linalg.solve(powers(x).T @ powers(x), powers(x).T @ y) if n > 4 else np.linalg.solve(powers(x), y)
        size = np.abs(powers(new)) @ np.abs(c)
        # four random inputs may lie close together: errors in proportion to the terms of the sum
        assert (np.abs(fit_cubic(x, y)(new) - powers(new) @ c) <= 1e-7 * (1 + size)).all()
    for n in (1, 2, 6, 15):
        x, y = rng.integers(-6, 7, size=n).astype(np.float64), rng.normal(size=n)
        new = np.arange(-16, 17) / 2
        expected = [min((abs(v - t), i) for i, v in enumerate(x))[1] for t in new]
        got = fit_nearest(x, y)(new)
        assert np.shape(got) == (33,) and np.array_equal(got, y[expected])


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The errors are not the mean squares on the training pairs and on the fresh pairs, in this order. The
  fit must not see the fresh ones.
"""  # END TEST CONFIG


def test_errors_of_known_models(measured_errors):
    import numpy as np

    def pairs(n, seed, noise):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=n)
        return x, 5 + 1.2 * x - 1.7 * x**2 + 5.6 * x**3 / 6 + noise * rng.normal(size=n)

    for noise, n, n_test, seed in ((0.0, 5, 9, 3), (0.5, 40, 7, 0), (2.0, 1, 300, 11)):
        x, y = pairs(n, seed, noise)
        x_test, y_test = pairs(n_test, seed + 1, noise)
        mean = lambda a, b: lambda new: 0 * new + b.mean()
        leaked, fresh = measured_errors(mean, noise, n, n_test, seed)
        # the same numbers in another order of summation
        assert abs(leaked - y.var()) <= 1e-10 * (1 + y.var())
        assert abs(fresh - ((y_test - y.mean()) ** 2).mean()) <= 1e-10 * (1 + fresh)
        slope = (x @ y) / (x @ x)
        ray = lambda a, b: lambda new: new * (a @ b) / (a @ a)
        leaked, fresh = measured_errors(ray, noise, n, n_test, seed)
        assert np.allclose(leaked, ((slope * x - y) ** 2).mean(), rtol=1e-10, atol=1e-12)
        assert np.allclose(fresh, ((slope * x_test - y_test) ** 2).mean(), rtol=1e-10)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six statements on zero errors is decided wrongly. An estimate is not the quantity
  that it estimates.
"""  # END TEST CONFIG


def test_zero_error_facts(zero_error_facts):
    import numpy as np

    rng = np.random.default_rng(722)
    g = lambda x: 5 + 1.2 * x - 1.7 * x**2 + 5.6 * x**3 / 6
    x, far = rng.normal(size=20), rng.normal(size=100000)
    clean = np.polynomial.Polynomial.fit(x, g(x), 3)
    clean_error = ((clean(far) - g(far)) ** 2).mean()
    # the best model of all is g itself: what it leaves is the noise
    best = ((0.1 * rng.normal(size=100000)) ** 2).mean()

    def nearest(x, y, new):
        order = np.argsort(x)
        x, y = x[order], y[order]
        right = np.searchsorted(x, new).clip(1, len(x) - 1)
        return np.where(new - x[right - 1] < x[right] - new, y[right - 1], y[right])

    x = rng.uniform(-1, 1, size=20000)
    y, new = g(x) + rng.normal(size=20000), rng.uniform(-1, 1, size=20000)
    leaked = ((nearest(x, y, x) - y) ** 2).mean()
    fresh = ((nearest(x, y, new) - g(new) - rng.normal(size=20000)) ** 2).mean()
    values = np.arange(10.0)
    inputs = rng.integers(0, 10, size=1000).astype(np.float64)
    few = ((nearest(values, g(values), inputs) - g(inputs)) ** 2).mean()
    # a model that is wrong beyond three standard deviations only, and 20 inputs that do not get there
    rare = (far > 3).mean()
    lucky = min((rng.normal(size=20) > 3).mean() for _ in range(20))
    # 20 seeds: fresh errors of the nearest neighbour between 1.96 and 2.04 for noise of variance 1
    assert zero_error_facts["without_noise"] is bool(clean_error < 1e-20)
    assert zero_error_facts["with_noise"] is bool(best < 1e-6)
    assert zero_error_facts["repeated_pairs"] is (not bool(leaked == 0 and fresh > 0.5))
    assert zero_error_facts["finite_inputs"] is bool(few < 1e-20)
    assert zero_error_facts["nearest_reaches_the_noise"] is bool(abs(fresh - 1) < 0.2)
    assert zero_error_facts["fresh_zero_proves_it"] is (not bool(lucky == 0 and rare > 0))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-8.4"
# # BEGIN QUESTION
# name: q9_double_descent
# points: 6

# %% [markdown]
# ## 9. What more data do to a large model
#
# A classifier for 40 inputs and 10 classes has hidden layers of 200 units and 50,410 parameters. Fifteen percent of its
# training labels are wrong. On 10,000 examples it reaches a training error of almost zero. What happens if the
# training set grows to 50,410 examples?
#
# First count. A network with the layer sizes $D_0, D_1, \dots, D_K$ (inputs first, outputs last) has weights between
# all units of neighbouring layers and a bias for each unit that is no input. The sizes $(2, 3, 1)$ give
# $2 \cdot 3 + 3 + 3 \cdot 1 + 1 = 13$ parameters.
#
# - `n_params(sizes)`: the number of parameters of a list of at least two sizes, an integer;
# - `hidden_layers(total, d_in, width, d_out)`: how many hidden layers of `width` units a network with `d_in`
#   inputs, `d_out` outputs and `total` parameters has, an integer $\ge 1$, or `None` if no number fits.
#
# Then experiment with a model that is trained in one go: $p$ fixed random features $h(x) = \text{ReLU}(Vx)$, with $V$
# of shape $(p, d)$ and no bias, and a linear readout $f(x) = \omega^\top h(x)$, also without bias. Of all $\omega$ that
# minimise $\sum_i (f(x_i) - y_i)^2 + \lambda\, |\omega|^2$ take the shortest.
#
# - `feature_errors(V, x, y, x_test, y_test, penalty)`: the pair `(train, test)` of mean squared errors (without the
#   penalty), two floats. `x` has shape `(N, d)`, `x_test` `(M, d)`; `penalty` is $\lambda \ge 0$. With $V = (1)$,
#   $x = (1, 2)$, $y = (1, 1)$, $\lambda = 0$ the readout is $0.6$ and the training error $0.1$.
#
# Now let $d = 10$ and $p = 60$, inputs standard normal, entries of $V$ normal with variance $1/10$, targets
# $y = b^\top x$ plus noise of standard deviation $0.5$ ($b$ normal, variance $1/10$), test targets without noise. Look
# at medians over many draws while $N$ goes from 12 through $N = p$ to 600; the cell below the question draws them. Set
# each entry of `descent_facts` to `True` or `False`.
#
# - `"one_hidden_layer"`: the classifier above has a single hidden layer.
# - `"training_error_stays"`: with $\lambda = 0$ the training error is zero for every $N$, because the model stays the
#   same.
# - `"more_data_always_help"`: with $\lambda = 0$ the test error falls whenever $N$ grows.
# - `"worst_at_equality"`: with $\lambda = 0$ the test error at $N = p$ is more than five times that at $N = p/2$ and
#   that at $N = 2p$.
# - `"counting_settles_it"`: whatever $\lambda$ is, the test error rises as $N$ grows from $p/5$ to $p$, since only
#   the numbers of examples and parameters matter.


# %% [raw]
# # BEGIN SOLUTION
# %%
def n_params(sizes):
    """Number of weights and biases of a fully connected network with these layer sizes, an int."""
    # BEGIN SOLUTION
    return sum((before + 1) * after for before, after in zip(sizes, sizes[1:]))
    # END SOLUTION


def hidden_layers(total, d_in, width, d_out):
    """How many hidden layers of this width give that many parameters, an int, or None."""
    # BEGIN SOLUTION
    more, rest = divmod(total - n_params([d_in, width, d_out]), n_params([width, width]))
    return more + 1 if rest == 0 and more >= 0 else None
    # END SOLUTION


def feature_errors(V, x, y, x_test, y_test, penalty):
    """Training and test error of a linear readout of ReLU(V x), two floats."""
    # BEGIN SOLUTION
    hidden, hidden_test = np.maximum(x @ V.T, 0), np.maximum(x_test @ V.T, 0)
    # The penalty is that of p more examples with one feature each and the target zero.
    rows = np.concatenate([hidden, math.sqrt(penalty) * np.eye(len(V))])
    omega = np.linalg.lstsq(rows, np.concatenate([y, np.zeros(len(V))]), rcond=None)[0]
    return float(((hidden @ omega - y) ** 2).mean()), float(((hidden_test @ omega - y_test) ** 2).mean())
    # END SOLUTION


descent_facts = {}
descent_facts["one_hidden_layer"] = False  # SOLUTION
descent_facts["training_error_stays"] = False  # SOLUTION
descent_facts["more_data_always_help"] = False  # SOLUTION
descent_facts["worst_at_equality"] = True  # SOLUTION
descent_facts["counting_settles_it"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The sizes (2, 3, 1) give 13 parameters and one hidden layer. One feature with V = (1) fits x = (1, 2),
  y = (1, 1) with the training error 0.1.
"""  # END TEST CONFIG


def test_small_numbers(n_params, hidden_layers, feature_errors, descent_facts):
    import numpy as np

    got = n_params([2, 3, 1])
    assert got is not None, "n_params(...) returned None: expected an integer"
    assert got == 13, f"n_params([2, 3, 1]): expected 13, got {got}"
    got = hidden_layers(13, 2, 3, 1)
    assert got is not None, "hidden_layers(13, 2, 3, 1): expected 1, got None"
    assert got == 1, f"hidden_layers(13, 2, 3, 1): expected 1, got {got}"
    got = feature_errors(
        np.ones((1, 1)), np.array([[1.0], [2.0]]), np.ones(2), np.array([[-1.0]]), np.array([2.0]), 0.0
    )
    assert got is not None, "feature_errors(...) returned None: expected (train, test)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "feature_errors should return (train, test)"
    assert np.shape(got[0]) == np.shape(got[1]) == (), "train and test should be single numbers"
    assert np.allclose(got, [0.1, 4]), f"feature_errors: expected (0.1, 4), got {got}"
    assert isinstance(descent_facts, dict), "descent_facts should be a dictionary"
    keys = ["one_hidden_layer", "training_error_stays", "more_data_always_help", "worst_at_equality"]
    for key in [*keys, "counting_settles_it"]:
        assert isinstance(descent_facts.get(key), bool), f"descent_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some network is counted wrongly, or its number of layers. Draw one with two hidden layers.
"""  # END TEST CONFIG


def test_counts_against_torch(n_params, hidden_layers):
    import torch

    def count(sizes):
        layers = [torch.nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])]
        return sum(p.numel() for layer in layers for p in layer.parameters())

    for sizes in ([1, 1], [7, 2], [3, 5, 2], [4, 1, 1, 9], [6, 2, 8, 3, 5], [40, 200, 10], [40, 200, 200, 10]):
        assert n_params(sizes) == count(sizes)
    assert hidden_layers(count([40, 200, 200, 10]), 40, 200, 10) == 2
    for d_in, width, d_out in ((3, 4, 2), (1, 1, 1), (5, 2, 7)):
        totals = {count([d_in, *[width] * k, d_out]): k for k in range(1, 6)}
        for total in range(1, max(totals) + 1):
            assert hidden_layers(total, d_in, width, d_out) == totals.get(total)


# %%
""" # BEGIN TEST CONFIG
points: 3
hidden: true
failure_message: The errors are not those of the shortest best readout. Try more features than examples, and a penalty;
  it is added to the sum of the squares, not to their mean, and the errors do not contain it.
"""  # END TEST CONFIG


def test_readout_by_two_formulas(feature_errors):
    import numpy as np
    import torch

    rng = np.random.default_rng(723)
    for n, p, d in ((5, 40, 10), (30, 60, 10), (200, 20, 10), (40, 6, 3), (1, 8, 2), (9, 1, 1)):
        for penalty in (0.0, 0.3, 7.0):
            V, x, x_test = rng.normal(size=(p, d)), rng.normal(size=(n, d)) + 0.1, rng.normal(size=(17, 2 * d))[:, ::2]
            x[0] = V[0] / np.linalg.norm(V[0])  # no data set without an active feature
            y, y_test = rng.normal(size=n), rng.normal(size=17)
            h, h_test = (torch.relu(torch.tensor(a @ V.T)) for a in (x, x_test))
            if n < p:
                weights = torch.linalg.solve(h @ h.T + penalty * torch.eye(n), torch.tensor(y))
                readout = h.T @ weights
            else:
                readout = torch.linalg.solve(h.T @ h + penalty * torch.eye(p), h.T @ torch.tensor(y))
            expected = [((h @ readout).numpy() - y) ** 2, ((h_test @ readout).numpy() - y_test) ** 2]
            got = feature_errors(V, x, y, x_test, y_test, penalty)
            for value, squares in zip(got, expected):
                # condition numbers of h up to 1e3, squared in the two formulas
                assert abs(value - squares.mean()) <= 1e-7 * squares.mean() + 1e-15
    # a feature that no example switches on gets no weight
    V, x, y = np.array([[1.0], [-1.0]]), np.array([[1.0], [2.0]]), np.array([1.0, 1.0])
    got = feature_errors(V, x, y, np.array([[-3.0], [1.0]]), np.array([2.0, 0.0]), 0.0)
    assert np.allclose(got, [0.1, (4 + 0.36) / 2], rtol=1e-9)
    # as many examples as features: still exact on the training set
    V, x = rng.normal(size=(60, 10)), rng.normal(size=(60, 10))
    assert feature_errors(V, x, rng.normal(size=60), x, rng.normal(size=60), 0.0)[0] < 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements is decided wrongly. Count the classifier's parameters, and look at
  the curves without and with a penalty.
"""  # END TEST CONFIG


def test_descent_facts(descent_facts):
    import numpy as np

    def errors(n, penalty, seed):
        rng = np.random.default_rng(seed)
        b, V = rng.normal(size=10) / 10**0.5, rng.normal(size=(60, 10)) / 10**0.5
        x, x_test = rng.normal(size=(n, 10)), rng.normal(size=(200, 10))
        y = x @ b + 0.5 * rng.normal(size=n)
        h, h_test = np.maximum(x @ V.T, 0), np.maximum(x_test @ V.T, 0)
        u, s, vt = np.linalg.svd(h, full_matrices=False)
        readout = vt.T @ (s / (s**2 + penalty) * (u.T @ y))
        return ((h @ readout - y) ** 2).mean(), ((h_test @ readout - x_test @ b) ** 2).mean()

    sizes = (12, 30, 60, 120, 600)
    plain, damped = (np.median([[errors(n, c, s) for n in sizes] for s in range(15)], axis=0) for c in (0, 10.0))
    layers = {k: 41 * 200 + (k - 1) * 201 * 200 + 201 * 10 for k in range(1, 6)}
    classifier = [k for k, total in layers.items() if f"{total:,}" == "50,410"]
    # 40 sets of 15 seeds: the test error at N = p was at least 12 times that at p/2, 43 times that at 2p and 22 times
    # that at p/5; with the penalty it was at most 0.41 times that at p/5
    assert descent_facts["one_hidden_layer"] is (classifier == [1])
    assert descent_facts["training_error_stays"] is bool(plain[:, 0].max() < 1e-6)
    assert descent_facts["more_data_always_help"] is bool((np.diff(plain[:, 1]) < 0).all())
    assert descent_facts["worst_at_equality"] is bool(plain[2, 1] > 5 * max(plain[1, 1], plain[3, 1]))
    assert descent_facts["counting_settles_it"] is bool(plain[2, 1] > plain[0, 1] and damped[2, 1] > damped[0, 1])


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_double_descent():
    sizes = [12, 20, 30, 40, 50, 55, 60, 65, 72, 85, 120, 240, 600]

    def errors(n, seed, penalty):
        rng = np.random.default_rng(seed)
        b, V = rng.normal(size=10) / 10**0.5, rng.normal(size=(60, 10)) / 10**0.5
        x, x_test = rng.normal(size=(n, 10)), rng.normal(size=(200, 10))
        return feature_errors(V, x, x @ b + 0.5 * rng.normal(size=n), x_test, x_test @ b, penalty)

    figure, axes = plt.subplots(1, 2, figsize=(12, 3.2), sharey=True)
    for axis, penalty in zip(axes, (0.0, 10.0)):
        medians = np.median([[errors(n, seed, penalty) for n in sizes] for seed in range(11)], axis=0)
        for values, label in zip(medians.T, ("training error", "test error")):
            axis.loglog(sizes, np.maximum(values, 1e-4), "o-", label=label)
        axis.axvline(60, color="0.8")
        axis.set(xlabel="training examples", title=f"60 features, penalty {penalty:g}")
    axes[0].legend()
    figure.tight_layout()


show(draw_double_descent)

# %% [raw] sources="udl-8.5"
# # BEGIN QUESTION
# name: q10_overconfidence
# points: 5

# %% [markdown]
# ## 10. A model that is too sure of itself
#
# A **heteroscedastic** model predicts a mean $\mu_i$ and a variance $v_i$ for each input. Its loss is the mean negative
# log-likelihood of the normal distribution,
#
# $$L = \frac1N \sum_{i=1}^{N} \left[ \tfrac12 \log(2\pi v_i) + \frac{(y_i - \mu_i)^2}{2 v_i} \right] .$$
#
# What happens if the model has more capacity than there are training points, so that every residual $y_i - \mu_i$ can
# become zero? To keep variances positive, the network's second output $s_i$ goes through
# $v_i = v_{\min} + e^{s_i}$. With $v_{\min} = 0$, $s = 0$ and $\mu = y$ the loss is $\tfrac12 \log 2\pi$.
#
# Write
#
# - `hetero_nll(mu, s, y, v_min)`: $L$ as a scalar tensor; `mu`, `s`, `y` are tensors of one shape (any), `v_min` is a
#   float. Autograd has to pass through it;
# - `nll_infimum(v_min)`: the largest number that $L$ never falls below, whatever the model and the data, a float;
#   `-math.inf` if there is none;
# - `best_variance(residual, penalty)`: one remedy is to add a penalty $c / v_i$ with $c > 0$ to the term of each
#   example. Return the $v > 0$ (with $v_{\min} = 0$) that minimises the term of an example with this residual, a float.
#   For the residual $0$ and $c = 0.5$ it is $1$.
#
# Which remedies keep the loss from falling without bound when all residuals are zero? Set each entry of `remedies` to
# `True` if the loss (with its penalty, if any) is then bounded below, else to `False`.
#
# - `"exponential"`: $v = e^{s}$, so that $v$ can never be zero.
# - `"softplus"`: $v = \log(1 + e^{s})$.
# - `"floor"`: $v = 0.01 + \log(1 + e^{s})$.
# - `"penalise_large_variances"`: $v = e^{s}$, and $c\,v$ is added to the term of each example ($c > 0$).
# - `"penalise_small_variances"`: $v = e^{s}$, and $c / v$ is added.
# - `"penalise_log"`: $v = e^{s}$, and $s^2$ is added.
# - `"noisy_labels"`: $v = e^{s}$ as it is, but the labels hold noise (and are still fitted exactly).
#
# The cell below the question draws the loss of one example against $s$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def hetero_nll(mu, s, y, v_min):
    """Mean negative log-likelihood of y under normals with mean mu and variance v_min + exp(s); a scalar tensor."""
    # BEGIN SOLUTION
    v = v_min + torch.exp(s)
    return (torch.log(2 * math.pi * v) + (y - mu) ** 2 / v).mean() / 2
    # END SOLUTION


def nll_infimum(v_min):
    """Greatest lower bound of that loss over all models and data, a float."""
    # BEGIN SOLUTION
    return 0.5 * math.log(2 * math.pi * v_min) if v_min > 0 else -math.inf
    # END SOLUTION


def best_variance(residual, penalty):
    """Variance that minimises the term of one example plus penalty / variance, a float."""
    # BEGIN SOLUTION
    return residual**2 + 2 * penalty
    # END SOLUTION


remedies = {}
remedies["exponential"] = False  # SOLUTION
remedies["softplus"] = False  # SOLUTION
remedies["floor"] = True  # SOLUTION
remedies["penalise_large_variances"] = False  # SOLUTION
remedies["penalise_small_variances"] = True  # SOLUTION
remedies["penalise_log"] = True  # SOLUTION
remedies["noisy_labels"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With s = 0, v_min = 0 and no residual the loss is half the logarithm of 2 pi; the best variance for the
  residual 0 and c = 0.5 is 1.
"""  # END TEST CONFIG


def test_no_residual(hetero_nll, nll_infimum, best_variance, remedies):
    import math

    import numpy as np
    import torch

    got = hetero_nll(torch.zeros(3), torch.zeros(3), torch.zeros(3), 0.0)
    assert got is not None, "hetero_nll(...) returned None: expected a scalar tensor"
    assert isinstance(got, torch.Tensor) and got.shape == (), "hetero_nll should return a tensor of shape ()"
    expected = 0.5 * math.log(2 * math.pi)
    assert abs(float(got) - expected) < 1e-5, f"hetero_nll: expected {expected:.5f}, got {float(got)}"
    got = nll_infimum(1.0)
    assert got is not None, "nll_infimum(...) returned None: expected a float"
    assert np.shape(got) == (), f"nll_infimum should return a single number, got {got}"
    got = best_variance(0.0, 0.5)
    assert got is not None, "best_variance(...) returned None: expected a float"
    assert np.shape(got) == () and abs(got - 1) < 1e-9, f"best_variance(0, 0.5): expected 1, got {got}"
    assert isinstance(remedies, dict), "remedies should be a dictionary"
    keys = ["exponential", "softplus", "floor", "penalise_large_variances", "penalise_small_variances"]
    for key in [*keys, "penalise_log", "noisy_labels"]:
        assert isinstance(remedies.get(key), bool), f"remedies[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The loss or its gradient is not that of a normal distribution, or not the mean over all entries, or
  your bound is not the greatest one.
"""  # END TEST CONFIG


def test_against_torch_normal(hetero_nll, nll_infimum):
    import math

    import torch

    generator = torch.Generator().manual_seed(724)
    draw = lambda *shape: torch.randn(shape, generator=generator, dtype=torch.float64)

    def gradients(loss):
        def run(mu, s, y, v_min):
            mu, s = mu.clone().requires_grad_(), s.clone().requires_grad_()
            loss(mu, s, y, v_min).backward()
            return [mu.grad, s.grad]

        return run

    def oracle(mu, s, y, v_min):
        normal = torch.distributions.Normal(mu, (s.exp() + v_min).sqrt())
        return -normal.log_prob(y).mean()

    for shape in ((1,), (7,), (4, 3), ()):
        for v_min in (0.0, 0.01, 2.0):
            mu, s, y = draw(*shape), 2 * draw(*shape), 3 * draw(*shape)
            got = hetero_nll(mu, s, y, v_min)
            assert got.shape == () and got.dtype == torch.float64
            # float64, a handful of operations
            assert torch.allclose(got, oracle(mu, s, y, v_min), rtol=1e-10, atol=1e-12)
            found, expected = (f(mu, s, y, v_min) for f in (inside(gradients)(hetero_nll), gradients(oracle)))
            assert all(torch.allclose(a, b, rtol=1e-9, atol=1e-12) for a, b in zip(found, expected))
    y = draw(5)
    # no residual: the loss falls by 10 whenever s falls by 20, and without end
    losses = [float(hetero_nll(y, torch.full_like(y, -20.0 * k), y, 0.0)) for k in range(6)]
    assert all(abs(a - b - 10) < 1e-9 for a, b in zip(losses, losses[1:]))
    assert nll_infimum(0.0) == -math.inf
    for v_min in (1e-6, 0.01, 0.05, 1.0, 3.0):
        lowest = min(float(oracle(y, torch.full_like(y, s), y, v_min)) for s in (0.0, -10.0, -30.0, -60.0))
        assert abs(nll_infimum(v_min) - lowest) < 1e-9


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Another variance makes the penalised term smaller.
"""  # END TEST CONFIG


def test_best_variance_by_search(best_variance):
    import numpy as np

    for residual in (0.0, 0.3, -2.0, 5.0):
        for penalty in (1e-3, 0.2, 1.0, 4.0):
            slope = lambda v: 0.5 / v - (0.5 * residual**2 + penalty) / v**2
            lo, hi = 1e-6, 1e3
            for _ in range(100):
                middle = np.sqrt(lo * hi)
                lo, hi = (middle, hi) if slope(middle) < 0 else (lo, middle)
            # the slope changes its sign there once; bisection ends at float64
            assert abs(best_variance(residual, penalty) - lo) <= 1e-9 * lo


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one remedy is judged wrongly. Let the residuals be zero and send s to minus infinity.
"""  # END TEST CONFIG


def test_remedies(remedies):
    import math

    s = [-20.0 * k for k in range(1, 31)]
    softplus = lambda t: math.log1p(math.exp(t))
    half_log = lambda v: 0.5 * math.log(2 * math.pi * v)
    terms = {
        "exponential": lambda t: half_log(math.exp(t)),
        "softplus": lambda t: half_log(softplus(t)),
        "floor": lambda t: half_log(0.01 + softplus(t)),
        "penalise_large_variances": lambda t: half_log(math.exp(t)) + 0.1 * math.exp(t),
        "penalise_small_variances": lambda t: half_log(math.exp(t)) + 0.1 * math.exp(-t),
        "penalise_log": lambda t: half_log(math.exp(t)) + t**2,
        # noise in the labels changes what the residual is measured from, not that it is zero
        "noisy_labels": lambda t: half_log(math.exp(t)),
    }
    for key, term in terms.items():
        assert remedies[key] is (min(map(term, s)) > -10)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_overconfidence():
    s = torch.linspace(2, -14, 161)
    figure, axis = plt.subplots(figsize=(6, 3.2))
    for residual, v_min in ((0.0, 0.0), (0.1, 0.0), (0.0, 0.01)):
        losses = [hetero_nll(torch.zeros(1), value[None], torch.full((1,), residual), v_min) for value in s]
        axis.plot(s, torch.stack(losses), label=f"residual {residual}, $v_{{min}}$ = {v_min}")
    axis.axhline(nll_infimum(0.01), color="0.6", ls=":")
    axis.set(xlabel="second output $s$, training goes to the right", ylabel="loss", xlim=(2, -14), ylim=(-6, 5))
    axis.legend()
    figure.tight_layout()


show(draw_overconfidence)

# %% [raw] sources="udl-8.6"
# # BEGIN QUESTION
# name: q11_nearly_orthogonal
# points: 5

# %% [markdown]
# ## 11. Nearly at right angles
#
# Two vectors $x, y$ with $D$ independent standard normal entries each enclose an angle with the cosine
# $x^\top y / (|x|\,|y|)$. In 1000 dimensions the angle is almost always close to 90 degrees. Two ways lead to that.
# The rough one: $x^\top y$ is a sum of $D$ independent terms with mean zero and variance one, while $|x|\,|y|$ is close
# to $D$. The exact one: by symmetry only the direction of $x$ against a fixed $y$ matters, and the angle $\alpha$ has a
# density proportional to $\sin^{D-2}\alpha$ on $[0°, 180°]$. For $D = 3$ a deviation from 90 degrees of more than 30
# degrees has the probability $0.5$.
#
# Write
#
# - `angles(x, y)`: the angles in degrees, shape `(N,)`, between the rows of two arrays of shape `(N, D)`. No row is
#   zero. Parallel rows have the angle 0, not NaN; an error of $10^{-4}$ degrees is allowed;
# - `cosine_std(D)`: the exact standard deviation of the cosine, a float ($D \ge 1$);
# - `prob_outside(D, tolerance)`: the probability that the angle differs from 90 degrees by more than `tolerance`
#   degrees ($0$ to $90$), a float with an error below $10^{-8}$, for $D$ from 2 to 5000.
#
# Then set each entry of `angle_facts` to `True` or `False`.
#
# - `"std_like_one_over_d"`: if $D$ grows by a factor of 100, the cosine's standard deviation falls by a factor of 100.
# - `"product_vanishes"`: the inner product $x^\top y$ itself gets closer and closer to zero as $D$ grows.
# - `"plane_is_uniform"`: for $D = 2$ all angles between 0 and 180 degrees are equally likely.
# - `"uniform_entries_too"`: if the entries are uniform on $[0, 1]$ instead, the angle is close to 90 degrees in many
#   dimensions, too.
# - `"hundred_vectors"`: of 100 such normal vectors in 1000 dimensions, all pairs at once are within 10 degrees of a
#   right angle with a probability above $0.99$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def angles(x, y):
    """Angles in degrees between the rows of x and y, shape (N,)."""
    # BEGIN SOLUTION
    cosines = (x * y).sum(axis=1) / (np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1))
    return np.degrees(np.arccos(np.clip(cosines, -1, 1)))
    # END SOLUTION


def cosine_std(D):
    """Standard deviation of the cosine between two normal vectors in D dimensions, a float."""
    # BEGIN SOLUTION
    return 1 / math.sqrt(D)
    # END SOLUTION


def prob_outside(D, tolerance):
    """Probability of an angle that differs from 90 degrees by more than tolerance degrees."""
    # BEGIN SOLUTION
    t = math.radians(tolerance)
    # Integrals of cos(t)**n from 0 to the tolerance and to 90 degrees, by parts from n - 2 to n.
    inside, whole = (math.sin(t), 1.0) if D % 2 else (t, math.pi / 2)
    for n in range(2 + D % 2, D - 1, 2):
        inside = ((n - 1) * inside + math.cos(t) ** (n - 1) * math.sin(t)) / n
        whole *= (n - 1) / n
    return 1 - inside / whole
    # END SOLUTION


angle_facts = {}
angle_facts["std_like_one_over_d"] = False  # SOLUTION
angle_facts["product_vanishes"] = False  # SOLUTION
angle_facts["plane_is_uniform"] = True  # SOLUTION
angle_facts["uniform_entries_too"] = False  # SOLUTION
angle_facts["hundred_vectors"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: (1, 0) and (0, 2) are at 90 degrees, (1, 0) and (1, 1) at 45. For D = 3 the probability of more than 30
  degrees is 0.5.
"""  # END TEST CONFIG


def test_right_angle(angles, cosine_std, prob_outside, angle_facts):
    import numpy as np

    got = angles(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([[0.0, 2.0], [1.0, 1.0]]))
    assert got is not None, "angles(...) returned None: expected an array of shape (N,)"
    assert np.shape(got) == (2,), f"angles: expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, [90, 45]), f"angles: expected [90, 45] degrees, got {got}"
    got = cosine_std(1)
    assert got is not None, "cosine_std(...) returned None: expected a float"
    assert np.shape(got) == () and abs(got - 1) < 1e-9, f"cosine_std(1): the cosine is 1 or -1, so 1; got {got}"
    got = prob_outside(3, 30.0)
    assert got is not None, "prob_outside(...) returned None: expected a float"
    assert np.shape(got) == () and abs(got - 0.5) < 1e-6, f"prob_outside(3, 30): expected 0.5, got {got}"
    assert isinstance(angle_facts, dict), "angle_facts should be a dictionary"
    keys = ["std_like_one_over_d", "product_vanishes", "plane_is_uniform", "uniform_entries_too"]
    for key in [*keys, "hundred_vectors"]:
        assert isinstance(angle_facts.get(key), bool), f"angle_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some angle is wrong. The lengths of both vectors matter, and rounding may push a cosine beyond 1.
"""  # END TEST CONFIG


def test_constructed_angles(angles):
    import numpy as np

    rng = np.random.default_rng(731)
    for d in (2, 3, 10, 500):
        q = np.linalg.qr(rng.normal(size=(d, 2)))[0].T
        wanted = np.array([0.0, 180.0, 90.0, 1.0, 37.0, 142.5, 90.001, 179.0])
        x = rng.uniform(0.1, 50, size=(8, 1)) * q[0]
        y = rng.uniform(0.1, 50, size=(8, 1)) * (
            np.cos(np.radians(wanted))[:, None] * q[0] + np.sin(np.radians(wanted))[:, None] * q[1]
        )
        got = angles(x, y)
        assert np.shape(got) == (8,)
        # the arc cosine near 1 turns a rounding error of 1e-16 into 1e-6 degrees
        assert np.abs(got - wanted).max() < 1e-4
    x = rng.normal(size=(400, 14))[:, ::2]
    got = angles(x, x * rng.uniform(0.1, 3, size=(400, 1)))
    assert np.isfinite(got).all() and np.abs(got).max() < 1e-4
    assert np.allclose(angles(x[:1], -3 * x[:1]), 180, atol=1e-4)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Standard deviation or probability is wrong for some dimension. Compare with simulated angles.
"""  # END TEST CONFIG


def test_integrated_density(cosine_std, prob_outside):
    import numpy as np

    nodes, weights = np.polynomial.legendre.leggauss(60)

    def integral(f, a, b):
        # Gauss's rule in 40 pieces
        edges = np.linspace(a, b, 41)
        half = np.diff(edges)[:, None] / 2
        places = (edges[:-1, None] + half) + half * nodes
        return (half * weights * f(places)).sum()

    for d in (2, 3, 4, 5, 6, 7, 10, 25, 100, 1000, 1001, 5000):
        density = lambda t: np.sin(t) ** (d - 2)
        total = integral(density, 0, np.pi)
        variance = integral(lambda t: np.cos(t) ** 2 * density(t), 0, np.pi) / total
        assert abs(cosine_std(d) - np.sqrt(variance)) < 1e-9
        for tolerance in (0.0, 0.5, 2.0, 5.0, 10.0, 33.0, 75.0, 90.0):
            expected = 2 * integral(density, 0, np.radians(90 - tolerance)) / total
            # the rule is exact to about 1e-13 here
            assert abs(prob_outside(d, tolerance) - expected) < 1e-8
    assert cosine_std(1) == 1


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements on angles is decided wrongly. Simulate.
"""  # END TEST CONFIG


def test_angle_facts(angle_facts):
    import numpy as np

    rng = np.random.default_rng(732)

    def cosines(x, y):
        return (x * y).sum(axis=1) / np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))

    few, many = (rng.normal(size=(2, 2000, d)) for d in (10, 1000))
    ratio = cosines(*few).std() / cosines(*many).std()
    products = [np.abs((x * y).sum(axis=1)).mean() for x, y in (few, many)]
    plane = np.degrees(np.arccos(cosines(*rng.normal(size=(2, 20000, 2)))))
    shares = np.histogram(plane, bins=6, range=(0, 180))[0] / 20000
    uniform = np.degrees(np.arccos(cosines(*rng.uniform(size=(2, 200, 1000))))).mean()
    worst = []
    for _ in range(20):
        z = rng.normal(size=(100, 1000))
        z /= np.linalg.norm(z, axis=1, keepdims=True)
        worst.append(np.degrees(np.arcsin(np.abs(np.triu(z @ z.T, 1)).max())))
    # 20 seeds: ratio between 9.5 and 10.4, shares within 0.007 of 1/6, uniform entries at 41.4 degrees, largest
    # deviation of 20 sets of 100 vectors at most 8.9 degrees
    assert angle_facts["std_like_one_over_d"] is bool(ratio > 50)
    assert angle_facts["product_vanishes"] is bool(products[1] < products[0])
    assert angle_facts["plane_is_uniform"] is bool(np.abs(shares - 1 / 6).max() < 0.03)
    assert angle_facts["uniform_entries_too"] is bool(abs(uniform - 90) < 10)
    assert angle_facts["hundred_vectors"] is bool(max(worst) < 10)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_angles():
    rng = np.random.default_rng(0)
    figure, axis = plt.subplots(figsize=(6, 3))
    for d in (2, 10, 100, 1000):
        found = angles(rng.normal(size=(1000, d)), rng.normal(size=(1000, d)))
        axis.hist(found, bins=45, range=(0, 180), histtype="step", density=True, label=f"D = {d}")
    axis.set(xlabel="angle in degrees", ylabel="density")
    axis.legend()
    figure.tight_layout()


show(draw_angles)

# %% [raw] sources="udl-8.7"
# # BEGIN QUESTION
# name: q12_ball_volume
# points: 4

# %% [markdown]
# ## 12. The vanishing ball
#
# A ball of radius $r$ in $D$ dimensions has the volume
#
# $$V_D(r) = \frac{\pi^{D/2}\, r^D}{\Gamma(1 + D/2)} ,$$
#
# where $\Gamma$ is the gamma function. For $D = 1$ and $r = 0.5$ it is $1$, for $D = 3$ it is $\pi / 6$. Stirling's
# formula, $\Gamma(1 + n) \approx \sqrt{2 \pi n}\,(n / e)^n$, turns the volume into something whose behaviour one
# can read off. Numbers as small as these need logarithms (all natural). Write, for integers $D \ge 1$ and $r > 0$,
#
# - `log_volume(D, r)`: $\log V_D(r)$, a float, for $D$ up to $10^6$ without overflow;
# - `log_volume_stirling(D, r)`: the logarithm of the volume with Stirling's formula put in for $\Gamma$, a float.
#   Derive it without `math.lgamma`;
# - `largest_ball(r, limit)`: the $D$ in $1, \dots,$ `limit` for which $V_D(r)$ is largest, an integer (the smaller one
#   of two equal volumes).
#
# Then set each entry of `volume_facts` to `True` or `False`.
#
# - `"unit_diameter_vanishes"`: the volume of a ball of diameter one tends to zero as $D$ grows.
# - `"unit_radius_grows"`: the volume of a ball of radius one gets larger whenever $D$ does.
# - `"large_radius_survives"`: for a fixed radius that is large enough, the volume does not tend to zero.
# - `"slower_than_exponential"`: for diameter one there is some $a > 0$ such that the volume is larger than $a^D$ for
#   every $D$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def log_volume(D, r):
    """Natural logarithm of the volume of a ball of radius r in D dimensions, a float."""
    # BEGIN SOLUTION
    return D / 2 * math.log(math.pi) + D * math.log(r) - math.lgamma(1 + D / 2)
    # END SOLUTION


def log_volume_stirling(D, r):
    """The same with Stirling's formula for the gamma function, a float."""
    # BEGIN SOLUTION
    return D / 2 * math.log(2 * math.pi * math.e * r**2 / D) - math.log(math.pi * D) / 2
    # END SOLUTION


def largest_ball(r, limit):
    """Dimension between 1 and limit in which the ball of radius r has the largest volume, an int."""
    # BEGIN SOLUTION
    return max(range(1, limit + 1), key=lambda D: log_volume(D, r))
    # END SOLUTION


volume_facts = {}
volume_facts["unit_diameter_vanishes"] = True  # SOLUTION
volume_facts["unit_radius_grows"] = False  # SOLUTION
volume_facts["large_radius_survives"] = False  # SOLUTION
volume_facts["slower_than_exponential"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With r = 0.5 the volumes are 1 for D = 1 and pi / 6 for D = 3; Stirling's formula comes close to that.
"""  # END TEST CONFIG


def test_known_volumes(log_volume, log_volume_stirling, largest_ball, volume_facts):
    import math

    import numpy as np

    for d, expected in ((1, 1.0), (3, math.pi / 6)):
        got = log_volume(d, 0.5)
        assert got is not None, "log_volume(...) returned None: expected a float"
        assert np.shape(got) == (), f"log_volume should return a single number, got {got}"
        assert abs(math.exp(got) - expected) < 1e-9, (
            f"exp(log_volume({d}, 0.5)): expected {expected}, got {math.exp(got)}"
        )
    got = log_volume_stirling(3, 0.5)
    assert got is not None, "log_volume_stirling(...) returned None: expected a float"
    assert np.shape(got) == () and abs(got - math.log(math.pi / 6)) < 0.1, f"log_volume_stirling(3, 0.5): got {got}"
    got = largest_ball(0.5, 3)
    assert got is not None, "largest_ball(...) returned None: expected an integer"
    assert got == 1, f"largest_ball(0.5, 3): expected 1, got {got}"
    assert isinstance(volume_facts, dict), "volume_facts should be a dictionary"
    keys = ["unit_diameter_vanishes", "unit_radius_grows", "large_radius_survives", "slower_than_exponential"]
    for key in keys:
        assert isinstance(volume_facts.get(key), bool), f"volume_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: A logarithm or the largest ball is wrong. Stirling's formula must come closer and closer as D grows; is
  its square root there, and is it applied to D / 2?
"""  # END TEST CONFIG


def test_volumes_built_up(log_volume, log_volume_stirling, largest_ball):
    import math

    for r in (0.5, 1.0, 0.2, 3.0):
        # a ball is made of balls in two dimensions less: V_D = V_{D - 2} * 2 pi r^2 / D
        logs = [0.0, math.log(2 * r)]
        for d in range(2, 20001):
            logs.append(logs[-2] + math.log(2 * math.pi * r * r / d))
        for d in (1, 2, 3, 4, 5, 10, 11, 100, 999, 20000):
            # sums of up to 10,000 logarithms
            assert abs(log_volume(d, r) - logs[d]) <= 1e-10 * (1 + abs(logs[d]))
            # the next term of Stirling's series is 1 / (12 n), those after it are smaller than 1 / (360 n^3)
            gap = log_volume_stirling(d, r) - logs[d]
            assert abs(gap - 1 / (6 * d)) <= 1 / (40 * d**3) + 1e-10 * (1 + abs(logs[d]))
        for limit in (1, 2, 6, 60):
            assert largest_ball(r, limit) == max(range(1, limit + 1), key=lambda d: logs[d])
    assert abs(log_volume_stirling(10**6, 0.5) - log_volume(10**6, 0.5)) < 1e-6


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the four statements on volumes is decided wrongly. Follow the volumes to large D.
"""  # END TEST CONFIG


def test_volume_facts(volume_facts):
    import math

    def logs(r):
        found = [0.0, math.log(2 * r)]
        for d in range(2, 5001):
            found.append(found[-2] + math.log(2 * math.pi * r * r / d))
        return found[1:]

    small, unit, large = logs(0.5), logs(1.0), logs(10.0)
    # log volume per dimension: it would stay above log a
    rates = [value / d for d, value in enumerate(small, 1)]
    assert volume_facts["unit_diameter_vanishes"] is (small[-1] < -1000)
    assert volume_facts["unit_radius_grows"] is all(b > a for a, b in zip(unit, unit[1:]))
    assert volume_facts["large_radius_survives"] is (large[-1] > 0)
    assert volume_facts["slower_than_exponential"] is (rates[-1] > rates[len(rates) // 10] - 0.1)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-8.8"
# # BEGIN QUESTION
# name: q13_outer_shell
# points: 3

# %% [markdown]
# ## 13. All peel
#
# Volumes in $D$ dimensions grow like $r^D$. Peel an orange of radius one: in two dimensions, a peel as thick as half
# the radius holds $\tfrac34$ of it. Write
#
# - `shell_share(D, thickness)`: the share of the volume of a ball that lies in its outermost layer, a float;
#   `thickness` is a fraction of the radius, $0 < \texttt{thickness} < 1$. The relative error is below $10^{-9}$ also
#   for a thickness of $10^{-12}$;
# - `dimension_for(share, thickness)`: the smallest $D$ for which this layer holds at least that share,
#   $0 < \texttt{share} < 1$, an integer;
# - `ball_radii(u, D)`: distances from the centre of points that are uniformly distributed in the ball of radius one,
#   made from numbers `u` that are uniform on $[0, 1]$; same shape as `u`, and increasing in `u`.


# %% [raw]
# # BEGIN SOLUTION
# %%
def shell_share(D, thickness):
    """Share of a ball's volume in the outermost layer, a float."""
    # BEGIN SOLUTION
    return -math.expm1(D * math.log1p(-thickness))
    # END SOLUTION


def dimension_for(share, thickness):
    """Smallest dimension in which the layer holds at least this share, an int."""
    # BEGIN SOLUTION
    return math.ceil(math.log1p(-share) / math.log1p(-thickness))
    # END SOLUTION


def ball_radii(u, D):
    """Radii of uniform points in the unit ball from uniform numbers u, elementwise."""
    # BEGIN SOLUTION
    return u ** (1 / D)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: In two dimensions a peel of half the radius holds 3/4, and two is the first dimension for that.
"""  # END TEST CONFIG


def test_disc(shell_share, dimension_for, ball_radii):
    import numpy as np

    got = shell_share(2, 0.5)
    assert got is not None, "shell_share(...) returned None: expected a float"
    assert np.shape(got) == () and abs(got - 0.75) < 1e-9, f"shell_share(2, 0.5): expected 0.75, got {got}"
    got = dimension_for(0.75, 0.5)
    assert got is not None, "dimension_for(...) returned None: expected an integer"
    assert isinstance(got, (int, np.integer)) and got == 2, f"dimension_for(0.75, 0.5): expected 2, got {got}"
    got = ball_radii(np.array([0.0, 0.25, 1.0]), 2)
    assert got is not None, "ball_radii(...) returned None: expected an array"
    assert np.shape(got) == (3,), f"ball_radii: expected shape (3,), got {np.shape(got)}"
    assert np.allclose(got, [0, 0.5, 1]), f"ball_radii([0, 0.25, 1], 2): expected [0, 0.5, 1], got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some share or dimension is wrong, or inaccurate for a thin peel. The inside has shrunk in every
  direction.
"""  # END TEST CONFIG


def test_shares_in_fractions(shell_share, dimension_for):
    from fractions import Fraction

    thin = Fraction(1e-12)
    for d in (1, 2, 3, 10, 100, 500):
        for thickness in (Fraction(0.01), Fraction(0.5), Fraction(0.99), thin, Fraction(1e-7)):
            exact = 1 - (1 - thickness) ** d
            # float64 with expm1: a few units in the last place, times D
            assert abs(shell_share(d, float(thickness)) - float(exact)) <= 1e-10 * float(exact)
    for thickness in (0.01, 0.3, 0.5, 0.97):
        for share in (1e-6, 0.1, 0.5, 0.9, 0.99, 0.875):
            left, d = Fraction(1), 0
            while 1 - left < Fraction(share):
                left, d = left * (1 - Fraction(thickness)), d + 1
            assert dimension_for(share, thickness) == d


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Points with your radii are not uniform in the ball; some layer gets too many of them.
"""  # END TEST CONFIG


def test_radii_fill_the_ball(ball_radii):
    import numpy as np

    u = (np.arange(20000).reshape(2, 100, 100)[:, ::-1] + 0.5) / 20000
    for d in (1, 2, 3, 7, 50, 1000):
        got = np.asarray(ball_radii(u, d))
        assert got.shape == u.shape
        order = np.argsort(u, axis=None)
        assert (np.diff(got.ravel()[order]) > 0).all()
        # evenly spread u: the share inside any radius is its power, up to one part in 20,000
        for inner in (0.2, 0.5, 0.9, 0.99):
            assert abs((got <= inner).mean() - np.prod(np.full(d, inner))) < 1e-4
    # in three dimensions: points in a cube that fall into the ball
    cube = np.random.default_rng(733).uniform(-1, 1, size=(40000, 3))
    r = np.sqrt((cube**2).sum(axis=1))
    # quantiles of about 21,000 radii: within 0.009 over 20 seeds
    for q in (0.1, 0.5, 0.9):
        assert abs(ball_radii(np.array([q]), 3)[0] - np.quantile(r[r <= 1], q)) < 0.03


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_peel():
    dimensions = np.unique(np.geomspace(1, 1000, 60).astype(int))
    figure, axis = plt.subplots(figsize=(6, 3))
    for thickness in (0.001, 0.01, 0.1):
        shares = [shell_share(int(d), thickness) for d in dimensions]
        (line,) = axis.semilogx(dimensions, shares, label=f"outermost {thickness:.1%}")
        axis.axvline(dimension_for(0.5, thickness), ls=":", color=line.get_color())
    axis.set(xlabel="dimension", ylabel="share of the volume")
    axis.legend()
    figure.tight_layout()


show(draw_peel)

# %% [raw] sources="udl-8.9"
# # BEGIN QUESTION
# name: q14_distance_from_origin
# points: 4

# %% [markdown]
# ## 14. How far from the origin?
#
# Draw samples with $D$ independent standard normal entries. The density is highest at the origin, and yet the samples
# lie far from it. Their distance $r$ from the origin has a density with a name:
#
# $$p(r) = \frac{2^{1 - D/2}}{\Gamma(D/2)}\; r^{D-1} e^{-r^2/2}, \qquad r > 0 .$$
#
# For $D = 2$ it is $r\,e^{-r^2/2}$. Write
#
# - `distances(samples)`: the distances from the origin, shape `(N,)`, of the rows of an array of shape `(N, D)`;
# - `distance_density(r, D)`: $p(r)$ elementwise for an array of positive numbers; right for $D$ up to 2000, where the
#   factors overflow one by one;
# - `distance_moments(D)`: the pair `(mean, standard deviation)` of $r$, two floats, for the same $D$. Derive them from
#   the density; the mean of $r^2$ is $D$;
# - `distance_law`: the name of the distribution, one of the strings `"normal"`, `"chi-square"`, `"chi"`, `"Poisson"`,
#   `"beta"`.
#
# Then set each entry of `distance_facts` to `True` or `False`.
#
# - `"spread_grows"`: the standard deviation of $r$ grows like $\sqrt{D}$.
# - `"most_near_the_origin"`: in 25 dimensions, most samples are closer to the origin than 1, since the density is
#   highest there.
# - `"thin_shell"`: in 500 dimensions, more than 99 % of the samples have a distance between $\sqrt{500} - 3$ and
#   $\sqrt{500} + 3$.
# - `"mean_is_root"`: the mean distance is exactly $\sqrt{D}$.
#
# The cell below the question draws histograms for 25, 100 and 500 dimensions.


# %% [raw]
# # BEGIN SOLUTION
# %%
def distances(samples):
    """Distances of the rows from the origin, shape (N,)."""
    # BEGIN SOLUTION
    return np.sqrt((samples**2).sum(axis=1))
    # END SOLUTION


def distance_density(r, D):
    """Density of the distance of a standard normal sample in D dimensions from the origin, elementwise."""
    # BEGIN SOLUTION
    return np.exp((1 - D / 2) * math.log(2) - math.lgamma(D / 2) + (D - 1) * np.log(r) - r**2 / 2)
    # END SOLUTION


def distance_moments(D):
    """Mean and standard deviation of that distance, two floats."""
    # BEGIN SOLUTION
    mean = math.sqrt(2) * math.exp(math.lgamma((D + 1) / 2) - math.lgamma(D / 2))
    return mean, math.sqrt(D - mean**2)
    # END SOLUTION


distance_law = "chi"  # SOLUTION
distance_facts = {}
distance_facts["spread_grows"] = False  # SOLUTION
distance_facts["most_near_the_origin"] = False  # SOLUTION
distance_facts["thin_shell"] = True  # SOLUTION
distance_facts["mean_is_root"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: (3, 4) has the distance 5. For D = 2 the density at r = 1 is exp(-1/2); for D = 1 the mean is
  sqrt(2 / pi).
"""  # END TEST CONFIG


def test_small_dimensions(distances, distance_density, distance_moments, distance_law, distance_facts):
    import math

    import numpy as np

    got = distances(np.array([[3.0, 4.0], [0.0, -1.0]]))
    assert got is not None, "distances(...) returned None: expected an array of shape (N,)"
    assert np.shape(got) == (2,), f"distances: expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, [5, 1]), f"distances: expected [5, 1], got {got}"
    got = distance_density(np.array([1.0]), 2)
    assert got is not None, "distance_density(...) returned None: expected an array"
    assert np.shape(got) == (1,), f"distance_density: expected shape (1,), got {np.shape(got)}"
    assert np.allclose(got, math.exp(-0.5)), f"distance_density(1, D=2): expected {math.exp(-0.5):.5f}, got {got}"
    got = distance_moments(1)
    assert got is not None, "distance_moments(...) returned None: expected (mean, standard deviation)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "distance_moments should return two numbers"
    assert abs(got[0] - math.sqrt(2 / math.pi)) < 1e-9, (
        f"mean for D = 1: expected {math.sqrt(2 / math.pi):.5f}, got {got[0]}"
    )
    laws = ("normal", "chi-square", "chi", "Poisson", "beta")
    assert isinstance(distance_law, str) and distance_law in laws, f"distance_law should be one of {laws}"
    assert isinstance(distance_facts, dict), "distance_facts should be a dictionary"
    for key in ("spread_grows", "most_near_the_origin", "thin_shell", "mean_is_root"):
        assert isinstance(distance_facts.get(key), bool), f"distance_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Distances, density or moments are wrong in some dimension. Does the density integrate to one, without
  overflow for D = 2000?
"""  # END TEST CONFIG


def test_against_torch_and_integrals(distances, distance_density, distance_moments):
    import numpy as np
    import torch

    rng = np.random.default_rng(734)
    for n, d in ((1, 1), (5, 3), (40, 25)):
        z = rng.normal(size=(n, 2 * d))[:, ::2] * 3
        assert np.allclose(distances(z), torch.linalg.vector_norm(torch.tensor(z), dim=1).numpy(), rtol=1e-12)
    for d in (1, 2, 3, 7, 25, 100, 500, 2000):
        r = np.linspace(max(d**0.5 - 8, 0) + 1e-4, d**0.5 + 8, 2001)
        # the density of r from that of its square
        square = torch.distributions.Chi2(torch.tensor(float(d), dtype=torch.float64))
        expected = (square.log_prob(torch.tensor(r**2)).exp() * 2 * torch.tensor(r)).numpy()
        got = distance_density(r, d)
        assert np.shape(got) == r.shape
        # logarithms of size 1e4 leave a relative error of about 1e-11
        assert np.allclose(got, expected, rtol=1e-8, atol=1e-14)
        mass = np.trapezoid(expected, r)
        first, second = (np.trapezoid(r**k * expected, r) / mass for k in (1, 2))
        mean, spread = distance_moments(d)
        # the trapezoidal rule, and for D = 1 the piece left out at zero
        assert abs(mean - first) < 1e-3 and abs(spread - np.sqrt(second - first**2)) < 1e-3
        assert abs(mean**2 + spread**2 - d) < 1e-6 * d
    # the recurrence of the means: mean(D) * mean(D + 1) = D
    for d in (1, 4, 99, 1000):
        assert abs(distance_moments(d)[0] * distance_moments(d + 1)[0] - d) < 1e-9 * d


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The name of the law or one of the four statements is wrong. Measure mean and spread of simulated
  distances.
"""  # END TEST CONFIG


def test_distance_facts(distance_law, distance_facts):
    import numpy as np
    import torch

    rng = np.random.default_rng(735)
    r = {d: np.linalg.norm(rng.normal(size=(n, d)), axis=1) for d, n in ((5, 20000), (25, 4000), (500, 4000))}
    near = lambda sample, mean, variance: bool(abs(sample.mean() - mean) + abs(sample.var() / variance - 1) < 0.3)
    # a normal law would have no skewness: it is 0.35 for D = 5, with a spread of 0.02
    skew = ((r[5] - r[5].mean()) ** 3).mean() / r[5].std() ** 3
    laws = {
        "chi-square": near(r[5], 5, 10),
        "chi": near(r[5] ** 2, 5, 10) and skew > 0.15,
        "normal": bool(skew < 0.15),
        "Poisson": near(r[5], r[5].mean(), r[5].mean()),
        "beta": bool(r[5].max() < 1),
    }
    assert [name for name, fits in laws.items() if fits] == [distance_law]
    far = torch.tensor(500.0, dtype=torch.float64).sqrt()
    # 20 seeds: spreads between 0.68 and 0.73 in both dimensions, 99.98 % or more inside the shell
    assert distance_facts["spread_grows"] is bool(r[500].std() > 2 * r[25].std())
    assert distance_facts["most_near_the_origin"] is bool((r[25] < 1).mean() > 0.5)
    assert distance_facts["thin_shell"] is bool((np.abs(r[500] - float(far)) < 3).mean() > 0.99)
    # one dimension: the mean of |z| is far from 1
    assert distance_facts["mean_is_root"] is bool(abs(np.abs(rng.normal(size=4000)).mean() - 1) < 0.1)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_distances():
    rng = np.random.default_rng(0)
    figure, axis = plt.subplots(figsize=(8, 3))
    for d in (25, 100, 500):
        axis.hist(distances(rng.normal(size=(4000, d))), bins=40, density=True, alpha=0.4, label=f"D = {d}")
        r = np.linspace(max(d**0.5 - 3, 0.01), d**0.5 + 3, 200)
        axis.plot(r, distance_density(r, d), color="black", lw=1)
    axis.set(xlabel="distance from the origin", ylabel="density")
    axis.legend()
    figure.tight_layout()


show(draw_distances)

# %% [raw] sources="d2l-4.9-2"
# # BEGIN QUESTION
# name: q15_shift_detector
# points: 6

# %% [markdown]
# ## 15. A detector for covariate shift
#
# Are the inputs that a model meets in use still those on which it was trained? Let a classifier decide: train it to
# tell **source** inputs (training) from **target** inputs (use). If it does better than chance on inputs that it has
# not seen, the distributions differ. Accuracy is a poor measure when the two sets differ in size. A better one is the
# **AUC**: the probability that a random target input gets a higher score than a random source input, where a tie
# counts one half. For the source scores $(1, 2)$ and the target scores $(2, 3)$ it is $3.5 / 4$.
#
# If both come from the same distribution and the classifier has not seen them, the AUC of $m$ source and $k$ target
# scores has the mean $\tfrac12$ and the standard deviation $\sqrt{(m + k + 1) / (12\, m\, k)}$, and is close to
# normal. Write
#
# - `auc(source_scores, target_scores)`: a float; arrays of shapes `(m,)` and `(k,)`, $m, k \ge 1$;
# - `auc_p_value(value, m, k)`: the probability that a normal variable with that mean and standard deviation is at
#   least `value`, a float. It keeps its relative accuracy when it is tiny;
# - `detect_shift(xs, xt, alpha)`: the pair `(shifted, p)`. `xs` of shape `(m, d)` and `xt` of shape `(k, d)` hold
#   source and target inputs, rows in random order, $m, k \ge 60$. `p` is the p-value of a classifier of your choice
#   on inputs that it was not trained on; `shifted` is `True` if `p` is at most `alpha`.
#
# What the detector must do, measured on many data sets with `alpha = 0.01`: raise a false alarm rarely (about once in
# 100 times) without shift, whatever $m$, $k$ and $d \le 8$ are. With 300 rows of 3 features each (standard normal,
# apart from the shift), it must find in 9 of 10 cases
#
# - a mean that moves from $-0.4$ to $0.4$ in one feature, and
# - a standard deviation that grows from 1 to 2 in one feature, with the mean unchanged: a classifier that is linear in
#   the features is blind to that.
#
# It must find the second kind also if the inputs are far from zero, say with the mean 20. One data set must take less
# than 0.1 seconds, and the same data give the same `p` at every call. `logistic_fit` from the set-up cell is one way to
# train a classifier, least squares on labels 0 and 1 is another. The order of the scores is all that matters.


# %% [raw]
# # BEGIN SOLUTION
# %%
def auc(source_scores, target_scores):
    """Probability that a target score is above a source score, ties counting half; a float."""
    # BEGIN SOLUTION
    return float((np.sign(target_scores[:, None] - source_scores).mean() + 1) / 2)
    # END SOLUTION


def auc_p_value(value, m, k):
    """One-sided p-value of an AUC of m source and k target scores, a float."""
    # BEGIN SOLUTION
    z = (value - 0.5) / math.sqrt((m + k + 1) / (12 * m * k))
    return math.erfc(z / math.sqrt(2)) / 2
    # END SOLUTION


def detect_shift(xs, xt, alpha):
    """Whether the rows of xt come from another distribution than those of xs: (shifted, p)."""
    # BEGIN SOLUTION
    quadratic = lambda x: np.concatenate([np.ones((len(x), 1)), x, x**2], axis=1)
    labels = np.repeat([0.0, 1.0], [len(xs[::2]), len(xt[::2])])
    coefficients = np.linalg.lstsq(quadratic(np.concatenate([xs[::2], xt[::2]])), labels, rcond=None)[0]
    source, target = quadratic(xs[1::2]) @ coefficients, quadratic(xt[1::2]) @ coefficients
    p = auc_p_value(auc(source, target), len(source), len(target))
    return p <= alpha, p
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The scores (1, 2) against (2, 3) have the AUC 3.5 / 4; an AUC of one half has the p-value 0.5;
  detect_shift returns (shifted, p).
"""  # END TEST CONFIG


def test_four_scores(auc, auc_p_value, detect_shift):
    import numpy as np

    got = auc(np.array([1.0, 2.0]), np.array([2.0, 3.0]))
    assert got is not None, "auc(...) returned None: expected a float"
    assert np.shape(got) == () and abs(got - 0.875) < 1e-9, f"auc: expected 0.875, got {got}"
    got = auc_p_value(0.5, 10, 20)
    assert got is not None, "auc_p_value(...) returned None: expected a float"
    assert np.shape(got) == () and abs(got - 0.5) < 1e-9, f"auc_p_value(0.5, 10, 20): expected 0.5, got {got}"
    rng = np.random.default_rng(0)
    got = detect_shift(rng.normal(size=(60, 2)), 5 + rng.normal(size=(60, 2)), 0.01)
    assert got is not None, "detect_shift(...) returned None: expected (shifted, p)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "detect_shift should return (shifted, p)"
    assert isinstance(got[0], (bool, np.bool_)), f"shifted should be True or False, got {got[0]}"
    assert 0 <= got[1] <= 1, f"p should be a probability, got {got[1]}"
    assert got[0], "detect_shift: a mean that moves by 5 should be found"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The AUC is wrong for some scores. Ties count one half, and the two sets may differ in size.
"""  # END TEST CONFIG


def test_auc_by_counting(auc):
    import numpy as np

    rng = np.random.default_rng(741)
    for m, k in ((1, 1), (1, 7), (9, 2), (30, 40)):
        for scale in (1, 4, 1000):
            s, t = rng.integers(0, scale + 1, size=(2, m + k)) / 7
            s, t = s[:m], t[:k] + 0.5 * (scale == 4)
            wins = sum(1.0 if b > a else 0.5 if a == b else 0.0 for a in s for b in t)
            assert abs(auc(s, t) - wins / (m * k)) < 1e-12
    assert auc(np.array([-1e300, 0.0]), np.array([1e-300])) == 1


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The p-value is not the upper tail of that normal distribution, or it loses its digits far out.
"""  # END TEST CONFIG


def test_tail_integrated(auc_p_value):
    import numpy as np

    nodes, weights = np.polynomial.laguerre.laggauss(60)
    for m, k in ((10, 10), (150, 50), (7, 400), (1, 1)):
        spread = np.sqrt((m + k + 1) / (12 * m * k))
        for z in (0.5, 1.0, 2.3, 6.0, 12.0, 25.0):
            # tail beyond z: substitute t = z + u / z
            tail = (weights * np.exp(-(nodes**2) / (2 * z * z))).sum() / z * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
            # Laguerre's rule with 60 nodes errs by less than 1e-4 for z = 0.5 and 1e-9 beyond 2
            assert abs(auc_p_value(0.5 + z * spread, m, k) - tail) <= (2e-3 if z < 2 else 1e-6) * tail
            assert abs(auc_p_value(0.5 - z * spread, m, k) - (1 - tail)) <= 2e-3


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The detector raises alarms where there is no shift, or its p-values do not look like those of chance.
  Which inputs is the classifier judged on?
"""  # END TEST CONFIG


def test_false_alarms(detect_shift):
    import numpy as np

    rng = np.random.default_rng(742)
    found = []
    for m, k, d in [(60, 60, 8), (80, 60, 8), (300, 60, 3), (60, 150, 2)] * 15:
        xs, xt = 1 + rng.normal(size=(m, d)), 1 + rng.normal(size=(k, d))
        found.append(detect_shift(xs, xt, 0.01))
    p = np.array([one[1] for one in found])
    # more than 5 alarms in 60 at 1 %: once in 30,000 times; the mean of 60 uniform numbers scatters by 0.037
    assert sum(bool(one[0]) for one in found) <= 5
    assert abs(p.mean() - 0.5) < 0.24
    assert all(bool(one[0]) == (one[1] <= 0.01) for one in found)
    xs, xt = rng.normal(size=(60, 2)), rng.normal(size=(90, 2))
    p = detect_shift(xs, xt, 0.01)[1]
    assert not detect_shift(xs, xt, p * 0.99)[0] and detect_shift(xs, xt, p)[0]


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The detector misses a shift of the mean or of the spread too often. Is a wider spread seen
  when the mean is far from zero?
"""  # END TEST CONFIG


def test_power(detect_shift):
    import numpy as np

    rng = np.random.default_rng(743)
    for shift, stretch in ((0.4, 1.0), (0.0, 2.0)):
        caught = 0
        for feature in list(range(3)) * 6:
            xs, xt = rng.normal(size=(300, 3)), rng.normal(size=(300, 3))
            xs[:, feature] -= shift
            xt[:, feature] = stretch * xt[:, feature] + shift
            caught += bool(detect_shift(xs, xt, 0.01)[0])
        # least squares on squares missed none of 18 with any of 20 seeds
        assert caught >= 15
    # far from the origin, where squares alone say little
    xs, xt = 20 + rng.normal(size=(300, 1)), 20 + 3 * rng.normal(size=(200, 1))
    assert detect_shift(xs, xt, 0.01)[0]


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-4.9-3"
# # BEGIN QUESTION
# name: q16_shift_corrector
# points: 5

# %% [markdown]
# ## 16. A corrector for covariate shift
#
# Labels exist for source inputs only, but the error on target inputs counts. If $p(y \mid x)$ is the same for both, the
# target error of a model is the source error with each example weighted by $w(x) = p_t(x) / p_s(x)$. A classifier
# estimates this ratio. Train it to tell $m$ source inputs (label 0) from $k$ target inputs (label 1). With a logit
# $h(x)$ it says that the odds of target against source at $x$ are $e^{h(x)}$; by Bayes' rule the odds are also
# $k\,p_t(x) / (m\,p_s(x))$. If the classifier sees no difference between 200 source and 100 target inputs, the odds are
# $0.5$ and the weights should be $1$.
#
# Write
#
# - `density_ratio(xs, xt)`: estimated weights of the source rows, shape `(m,)`, from `xs` of shape `(m, d)` and `xt` of
#   shape `(k, d)`. Use logistic regression with a logit that is linear in the inputs, intercept included;
#   `logistic_fit` from the set-up cell does the training. Do not clip or normalise the weights;
# - `weighted_fit(design, y, w)`: the coefficients, shape `(q,)`, that minimise $\sum_i w_i (\Phi_i \theta - y_i)^2$ for
#   a design matrix $\Phi$ of shape `(N, q)` with full column rank and weights $w_i \ge 0$. No intercept is added. Rows
#   of weight 0 do not count;
# - `weighted_error(outputs, y, w)`: the estimate $\frac1N \sum_i w_i (f_i - y_i)^2$ of the target error from $N$ source
#   examples, a float.
#
# Then set each entry of `corrector_facts` to `True` or `False`.
#
# - `"wrong_model_gains"`: a straight line fitted to a curve, with many source examples and exact weights, has a lower
#   target error than the line fitted without weights (if the two differ).
# - `"true_model_needs_weights"`: if the model contains the true curve, then without weights it does not find it, even
#   with very many source examples.
# - `"labelling_may_change"`: the weights also repair a change of $p(y \mid x)$.
# - `"no_source_needed"`: the weights also make up for target inputs where the source density is zero.
# - `"mean_is_one"`: under the source distribution, the exact weights have the mean one, whatever the two densities
#   are (as long as the source density is positive wherever the target density is).


# %% [raw]
# # BEGIN SOLUTION
# %%
def density_ratio(xs, xt):
    """Estimated ratio of target to source density at the rows of xs, shape (m,)."""
    # BEGIN SOLUTION
    both = np.concatenate([xs, xt])
    labels = np.repeat([0.0, 1.0], [len(xs), len(xt)])
    with_ones = np.column_stack([np.ones(len(both)), both])
    logits = with_ones @ logistic_fit(with_ones, labels)
    return len(xs) / len(xt) * np.exp(logits[: len(xs)])
    # END SOLUTION


def weighted_fit(design, y, w):
    """Coefficients with the smallest weighted squared error, shape (q,)."""
    # BEGIN SOLUTION
    root = np.sqrt(w)
    return np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0]
    # END SOLUTION


def weighted_error(outputs, y, w):
    """Estimated target error from weighted source examples, a float."""
    # BEGIN SOLUTION
    return float((w * (outputs - y) ** 2).mean())
    # END SOLUTION


corrector_facts = {}
corrector_facts["wrong_model_gains"] = True  # SOLUTION
corrector_facts["true_model_needs_weights"] = False  # SOLUTION
corrector_facts["labelling_may_change"] = False  # SOLUTION
corrector_facts["no_source_needed"] = False  # SOLUTION
corrector_facts["mean_is_one"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: If source and target inputs repeat the same values, all weights are 1. A constant fitted to 0 and 4
  with the weights 3 and 1 is 1.
"""  # END TEST CONFIG


def test_no_shift(density_ratio, weighted_fit, weighted_error, corrector_facts):
    import numpy as np

    x = np.array([[-1.0], [0.0], [2.0]])
    got = density_ratio(np.tile(x, (2, 1)), x)
    assert got is not None, "density_ratio(...) returned None: expected an array of shape (m,)"
    assert np.shape(got) == (6,), f"density_ratio: expected shape (6,), got {np.shape(got)}"
    assert np.allclose(got, 1, atol=1e-3), f"density_ratio without a shift: expected ones, got {got}"
    got = weighted_fit(np.ones((2, 1)), np.array([0.0, 4.0]), np.array([3.0, 1.0]))
    assert got is not None, "weighted_fit(...) returned None: expected an array of shape (q,)"
    assert np.shape(got) == (1,), f"weighted_fit: expected shape (1,), got {np.shape(got)}"
    assert np.allclose(got, 1), f"weighted_fit: expected [1], got {got}"
    got = weighted_error(np.array([1.0, 1.0]), np.array([0.0, 4.0]), np.array([3.0, 1.0]))
    assert got is not None, "weighted_error(...) returned None: expected a float"
    assert np.shape(got) == () and abs(got - 6) < 1e-9, f"weighted_error: expected 6, got {got}"
    assert isinstance(corrector_facts, dict), "corrector_facts should be a dictionary"
    keys = ["wrong_model_gains", "true_model_needs_weights", "labelling_may_change", "no_source_needed"]
    for key in [*keys, "mean_is_one"]:
        assert isinstance(corrector_facts.get(key), bool), f"corrector_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The weights are not close to the ratio of the densities. Which way round is it, and what do unequal
  numbers of inputs do to the odds?
"""  # END TEST CONFIG


def test_ratio_of_normals(density_ratio):
    import numpy as np

    rng = np.random.default_rng(744)
    for m, k, d, shift in ((2000, 1000, 1, 1.0), (1500, 3000, 2, -0.7), (2000, 2000, 3, 0.5)):
        xs, xt = rng.normal(size=(m, d)), rng.normal(size=(k, d)) + shift
        exact = np.exp(shift * xs.sum(axis=1) - d * shift**2 / 2)
        got = density_ratio(xs, xt)
        assert np.shape(got) == (m,)
        # 40 seeds: means between 0.97 and 1.05, correlations above 0.987, logarithms within 0.27
        assert abs(got.mean() - 1) < 0.15
        assert np.corrcoef(got, exact)[0, 1] > 0.95
        assert np.quantile(np.abs(np.log(got / exact)), 0.95) < 0.8
        # at the best logit the classifier's probabilities are right on average, also times each input
        odds = got * k / m
        share = odds / (1 + odds)
        coefficients = np.linalg.lstsq(np.column_stack([np.ones(m), xs]), np.log(odds), rcond=None)[0]
        h = np.column_stack([np.ones(k), xt]) @ coefficients
        missed = share.sum() - (1 / (1 + np.exp(h))).sum()
        # sums of about 1000; training that stops early misses by a few hundredths, wrong odds by hundreds
        assert abs(missed) < 0.5


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Weighted fit or weighted error is wrong. A weight of 3 is an example that occurs three times; weights
  are not squared.
"""  # END TEST CONFIG


def test_weights_as_repetitions(weighted_fit, weighted_error):
    import numpy as np

    rng = np.random.default_rng(745)
    for n, q in ((1, 1), (8, 3), (30, 2)):
        design, y = rng.normal(size=(n, 2 * q))[:, ::2], rng.normal(size=n)
        counts = rng.integers(0, 5, size=n)
        counts[:q] += 1
        rows = np.repeat(np.arange(n), counts)
        expected = np.linalg.lstsq(design[rows], y[rows], rcond=None)[0]
        for scale in (1.0, 0.25):
            # float64, small well-conditioned problems
            assert np.allclose(weighted_fit(design, y, scale * counts), expected, rtol=1e-7, atol=1e-7)
        outputs = design @ expected
        squares = (outputs[rows] - y[rows]) ** 2
        assert abs(weighted_error(outputs, y, 1.0 * counts) - squares.sum() / n) < 1e-9
        ones = weighted_fit(design, y, np.ones(n))
        assert np.abs(design.T @ (design @ ones - y)).max() < 1e-9


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements on the corrector is decided wrongly. Try each with densities of
  your choice.
"""  # END TEST CONFIG


def test_corrector_facts(corrector_facts):
    import numpy as np

    # exact expectations on a fine grid: source and target densities as weights
    x = np.linspace(-6, 7, 4001)
    source, target = np.exp(-(x**2) / 2), np.exp(-((x - 1.5) ** 2) / 2)
    source, target = source / source.sum(), target / target.sum()
    line = np.column_stack([np.ones(len(x)), x])

    def fitted(weights, y):
        return line @ np.linalg.solve(line.T @ (line * weights[:, None]), line.T @ (weights * y))

    error = lambda f, y: (target * (f - y) ** 2).sum()
    gain = error(fitted(source, np.sin(x)), np.sin(x)) - error(fitted(source * (target / source), np.sin(x)), np.sin(x))
    found = error(fitted(source, 2 - 3 * x), 2 - 3 * x)
    relabelled = error(fitted(target, np.sin(x)), np.cos(x))
    # a source that stops at zero: weighted, only the left part of the target counts
    left = np.where(x < 0, source, 0.0)
    blind = error(fitted(left * np.where(x < 0, target / source, 0.0), np.abs(x)), np.abs(x))
    best = error(fitted(target, np.abs(x)), np.abs(x))
    assert corrector_facts["wrong_model_gains"] is bool(gain > 1e-6)
    assert corrector_facts["true_model_needs_weights"] is bool(found > 1e-6)
    assert corrector_facts["labelling_may_change"] is bool(
        relabelled < error(fitted(target, np.cos(x)), np.cos(x)) + 1e-6
    )
    assert corrector_facts["no_source_needed"] is bool(blind < best + 1e-6)
    assert corrector_facts["mean_is_one"] is bool(abs((source * (target / source)).sum() - 1) < 1e-9)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_correction():
    rng = np.random.default_rng(0)
    xs, xt = rng.normal(size=300), rng.normal(size=150) + 1.5
    y = np.sin(xs) + 0.2 * rng.normal(size=300)
    weights = density_ratio(xs[:, None], xt[:, None])
    design = np.column_stack([np.ones(300), xs])
    grid = np.linspace(-3, 4, 100)
    figure, axis = plt.subplots(figsize=(6, 3.2))
    axis.scatter(xs, y, s=2 + 8 * weights, color="0.6", label="source, size: weight")
    axis.plot(xt, np.full(150, -2.4), "|", color="tab:red", label="target inputs")
    for name, w in (("without weights", np.ones(300)), ("with weights", weights)):
        intercept, slope = weighted_fit(design, y, w)
        axis.plot(grid, intercept + slope * grid, label=name)
    axis.set(xlabel="$x$", ylim=(-2.6, 2.6))
    axis.legend(fontsize="small")
    figure.tight_layout()


show(draw_correction)

# %% [raw] sources="d2l-4.9-4"
# # BEGIN QUESTION
# name: q17_extreme_weights
# points: 5

# %% [markdown]
# ## 17. When the shift is large
#
# Source inputs come from $N(0, 1)$, target inputs from $N(\delta, 1)$. The exact importance weights are
# $w(x) = p_t(x) / p_s(x)$. With weights, $N$ source examples are worth fewer than $N$ target examples: the
# **effective sample size** is $\big(\sum_i w_i\big)^2 \big/ \sum_i w_i^2$. The weights $(1, 1, 2)$ have the effective
# sample size $16 / 6$.
#
# Write
#
# - `exact_weights(x, delta)`: $w(x)$ elementwise for an array `x`;
# - `effective_size(w)`: the effective sample size, a float; the weights are not negative and not all zero. Their
#   unit does not matter: all may be as large as $10^{200}$ or as small as $10^{-200}$;
# - `expected_share(delta)`: the limit of the effective sample size divided by $N$ as $N \to \infty$, a float. Derive
#   it: what are the means of $w$ and $w^2$ under the source distribution?
# - `clip_weights(w, cap)`: every weight above `cap` is lowered to `cap`; then all are divided by their mean. Same shape
#   as `w`.
#
# The mean of the target inputs, $\delta$, can be estimated from source inputs alone by $\frac1N \sum_i w_i x_i$. The
# cell below the question draws this estimate, with and without clipping. Set each entry of `weight_facts` to `True` or
# `False`.
#
# - `"unbiased_so_reliable"`: with exact weights, $\delta = 3$ and $N = 500$, the estimate is within $0.3$ of $\delta$
#   in at least half of all data sets, because it is unbiased.
# - `"clipping_reduces_variance"`: for $\delta = 2$ and $N = 500$, clipping at 5 makes the estimate scatter less.
# - `"clipping_adds_bias"`: there, clipping moves the estimate's mean away from $\delta$ by more than $0.3$.
# - `"measured_size_is_honest"`: for $\delta = 4$ and $N = 10{,}000$, the effective sample size computed from the
#   weights, divided by $N$, is usually within a factor of 2 of its limit.
# - `"weights_fill_gaps"`: if the source density is zero where some target inputs lie, the weighted mean of source
#   inputs still tends to the mean of the target inputs.


# %% [raw]
# # BEGIN SOLUTION
# %%
def exact_weights(x, delta):
    """Ratio of the densities of N(delta, 1) and N(0, 1), elementwise."""
    # BEGIN SOLUTION
    return np.exp(delta * x - delta**2 / 2)
    # END SOLUTION


def effective_size(w):
    """Effective sample size of non-negative weights, a float."""
    # BEGIN SOLUTION
    share = w / w.max()
    return float(share.sum() ** 2 / (share**2).sum())
    # END SOLUTION


def expected_share(delta):
    """Limit of the effective sample size per example for N(0, 1) and N(delta, 1), a float."""
    # BEGIN SOLUTION
    return math.exp(-(delta**2))
    # END SOLUTION


def clip_weights(w, cap):
    """Weights cut at cap, then scaled to the mean 1."""
    # BEGIN SOLUTION
    clipped = np.minimum(w, cap)
    return clipped / clipped.mean()
    # END SOLUTION


weight_facts = {}
weight_facts["unbiased_so_reliable"] = False  # SOLUTION
weight_facts["clipping_reduces_variance"] = True  # SOLUTION
weight_facts["clipping_adds_bias"] = True  # SOLUTION
weight_facts["measured_size_is_honest"] = False  # SOLUTION
weight_facts["weights_fill_gaps"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The weights (1, 1, 2) have the effective sample size 16/6; clipped at 1 they are all 1. Without a shift
  every weight is 1.
"""  # END TEST CONFIG


def test_three_weights(exact_weights, effective_size, expected_share, clip_weights, weight_facts):
    import numpy as np

    w = np.array([1.0, 1.0, 2.0])
    got = exact_weights(np.array([-1.0, 0.5]), 0.0)
    assert got is not None, "exact_weights(...) returned None: expected an array"
    assert np.shape(got) == (2,), f"exact_weights: expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, 1), f"exact_weights without a shift: expected ones, got {got}"
    got = effective_size(w)
    assert got is not None, "effective_size(...) returned None: expected a float"
    assert np.shape(got) == () and abs(got - 16 / 6) < 1e-9, f"effective_size: expected 2.6667, got {got}"
    got = expected_share(0.0)
    assert got is not None, "expected_share(...) returned None: expected a float"
    assert np.shape(got) == () and abs(got - 1) < 1e-9, f"expected_share(0): expected 1, got {got}"
    got = clip_weights(w, 1.0)
    assert got is not None, "clip_weights(...) returned None: expected an array"
    assert np.shape(got) == (3,), f"clip_weights: expected shape (3,), got {np.shape(got)}"
    assert np.allclose(got, 1), f"clip_weights at 1: expected ones, got {got}"
    assert isinstance(weight_facts, dict), "weight_facts should be a dictionary"
    keys = ["unbiased_so_reliable", "clipping_reduces_variance", "clipping_adds_bias"]
    for key in [*keys, "measured_size_is_honest", "weights_fill_gaps"]:
        assert isinstance(weight_facts.get(key), bool), f"weight_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The weights are not the ratio of the two densities, or the expected share is not what these weights
  lead to.
"""  # END TEST CONFIG


def test_weights_integrated(exact_weights, expected_share):
    import numpy as np
    import torch

    x = np.linspace(-14, 20, 4001)
    normal = lambda mean: torch.distributions.Normal(torch.tensor(mean, dtype=torch.float64), 1.0)
    source = normal(0.0).log_prob(torch.tensor(x)).exp().numpy()
    for delta in (0.0, 0.5, 1.0, -2.0, 3.0):
        got = exact_weights(x, delta)
        target = normal(delta).log_prob(torch.tensor(x)).exp().numpy()
        assert np.shape(got) == x.shape
        assert np.allclose(got * source, target, rtol=1e-9, atol=1e-300)
        # the trapezoidal rule is exact to rounding for these smooth functions, if the tails are inside
        if delta >= 0:
            first, second = (np.trapezoid((target / source) ** k * source, x) for k in (1, 2))
            assert abs(expected_share(delta) - first**2 / second) <= 1e-6 * first**2 / second
    assert abs(expected_share(-1.5) - expected_share(1.5)) < 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Effective size or clipped weights are wrong. The unit of the weights must not matter to the size, and
  clipping comes before scaling.
"""  # END TEST CONFIG


def test_sizes_and_caps(effective_size, clip_weights):
    from fractions import Fraction

    import numpy as np

    rng = np.random.default_rng(746)
    for n in (1, 2, 9, 100):
        assert abs(effective_size(np.full(n, 0.3)) - n) < 1e-9 * n
        assert abs(effective_size(np.eye(n)[n // 2] * 7) - 1) < 1e-12
        w = rng.exponential(size=2 * n)[::2]
        exact = sum(map(Fraction, w)) ** 2 / sum(Fraction(v) ** 2 for v in w)
        for scale in (1.0, 1e-3, 1e200, 1e-200):
            assert abs(effective_size(w * scale) - float(exact)) <= 1e-9 * float(exact)
        for cap in (0.1, 0.8, 2.0, 1000.0):
            got = clip_weights(w, cap)
            assert np.shape(got) == (n,)
            kept = [min(float(v), cap) for v in w]
            # ratios to the largest one, and the mean, pin the weights down
            assert np.allclose(got / got.max(), np.array(kept) / max(kept), rtol=1e-12)
            assert abs(sum(got) - n) < 1e-9 * n


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements on large shifts is decided wrongly. Repeat the estimate on many
  data sets.
"""  # END TEST CONFIG


def test_weight_facts(weight_facts):
    import numpy as np

    rng = np.random.default_rng(747)

    def estimates(delta, cap=np.inf):
        found = []
        for _ in range(300):
            x = rng.normal(size=500)
            w = np.minimum(np.exp(delta * x - delta**2 / 2), cap)
            found.append((w * x).mean() if cap == np.inf else (w * x).sum() / w.sum())
        return np.array(found)

    reliable = (np.abs(estimates(3.0) - 3) < 0.3).mean()
    plain, clipped = estimates(2.0), estimates(2.0, 5.0)
    shares = []
    for _ in range(30):
        w = np.exp(4 * rng.normal(size=10000) - 8)
        shares.append(w.sum() ** 2 / (w**2).sum() / 10000 / np.exp(-16))
    # a uniform source on [-1, 1], a uniform target on [0, 2]: the source sees the left half of it
    x = rng.uniform(-1, 1, size=100000)
    gap = (x * (x > 0)).sum() / (x > 0).sum()
    # 20 seeds: reliable below 0.1, spreads above 0.7 and below 0.08, clipped means near 1.4, shares thousands of times
    # too large
    assert weight_facts["unbiased_so_reliable"] is bool(reliable >= 0.5)
    assert weight_facts["clipping_reduces_variance"] is bool(clipped.std() < plain.std() / 2)
    assert weight_facts["clipping_adds_bias"] is bool(abs(clipped.mean() - 2) > 0.3)
    assert weight_facts["measured_size_is_honest"] is bool(np.median(shares) < 2)
    assert weight_facts["weights_fill_gaps"] is bool(abs(gap - 1) < 0.1)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_estimates():
    rng = np.random.default_rng(0)
    deltas = np.linspace(0, 3.5, 15)
    figure, axes = plt.subplots(1, 2, figsize=(12, 3.2))
    for name, cap in (("exact weights", math.inf), ("clipped at 5", 5.0)):
        found = []
        for delta in deltas:
            x = rng.normal(size=(60, 500))
            weights = [exact_weights(row, delta) for row in x]
            if cap < math.inf:
                weights = [clip_weights(w, cap) for w in weights]
            found.append([(w * row).mean() for w, row in zip(weights, x)])
        middle, spread = np.mean(found, axis=1), np.std(found, axis=1)
        axes[0].errorbar(deltas, middle - deltas, spread, label=name, capsize=2)
    axes[0].set(xlabel="$\\delta$", ylabel="error of the estimate, mean and spread")
    sizes = [effective_size(exact_weights(rng.normal(size=500), delta)) for delta in deltas]
    axes[1].semilogy(deltas, sizes, "o", label="measured")
    axes[1].semilogy(deltas, [500 * expected_share(delta) for delta in deltas], label="limit")
    axes[1].set(xlabel="$\\delta$", ylabel="effective size of 500 examples")
    for axis in axes:
        axis.legend()
    figure.tight_layout()


show(draw_estimates)

# %% [raw] sources="d2l-4.9-1"
# # BEGIN QUESTION
# name: q18_feedback
# points: 5

# %% [markdown]
# ## 18. A model that changes its own data
#
# A search engine shows $I$ results in a ranking and learns from clicks. Users look at the first positions more: at
# position $p = 0, 1, \dots, I - 1$ (from the top) they look with the probability `propensity[p]`, and if they look at
# item $i$, they click with the probability `attraction[i]`. So item $i$ at position $p$ is clicked with the probability
# `attraction[i] * propensity[p]`. Write
#
# - `greedy_clicks(attraction, propensity, rounds)`: in each round, the items are ranked by their clicks so far, most
#   first, the smaller index first among equals; then each item's **expected** clicks of this round are added (numbers,
#   not coin flips). Start with no clicks. Return the clicks after `rounds` rounds, float array of shape `(I,)`. With
#   the attractions $(1, 1)$ and propensities $(1, 0.5)$, two rounds give $(2, 1)$.
# - `random_clicks(attraction, propensity, rounds)`: the expected clicks if the ranking is drawn at random in each
#   round, all orders with equal probability; shape `(I,)`.
#
# A log of the old engine holds $N$ impressions (one item shown once): `clicks` (0 or 1), `positions` and `items`,
# integer arrays of shape `(N,)`. Items are numbered from 0 to `n_items - 1` and each occurs at least once. Write
#
# - `click_rates(clicks, items, n_items)`: clicks per impression of each item, shape `(n_items,)`;
# - `corrected_rates(clicks, positions, items, propensity, n_items)`: an estimate of the attraction of each item, shape
#   `(n_items,)`, whose mean is right whatever the rankings were: like the click rate, but a click counts more if few
#   users look where it happened. All propensities are positive.
#
# Then set each entry of `feedback_facts` to `True` or `False`.
#
# - `"best_item_wins"`: with ranking by clicks, the item with the largest attraction ends up with the most clicks.
# - `"equal_items_stay_equal"`: with ranking by clicks, items of equal attraction get equal shares of the clicks.
# - `"random_is_fair"`: with random rankings, shares of clicks are in proportion to attractions.
# - `"rates_rank_items"`: click rates put the items into the order of their attractions, however they were ranked.
# - `"old_log_predicts"`: the click rate of an item in the log of the old engine is its expected click rate under a new
#   ranking.


# %% [raw]
# # BEGIN SOLUTION
# %%
def greedy_clicks(attraction, propensity, rounds):
    """Expected clicks when each round ranks the items by their clicks so far, shape (I,)."""
    # BEGIN SOLUTION
    clicks = np.zeros(len(attraction))
    for _ in range(rounds):
        ranking = np.argsort(-clicks, kind="stable")
        clicks[ranking] += attraction[ranking] * propensity
    return clicks
    # END SOLUTION


def random_clicks(attraction, propensity, rounds):
    """Expected clicks when each round ranks the items at random, shape (I,)."""
    # BEGIN SOLUTION
    return rounds * propensity.mean() * attraction
    # END SOLUTION


def click_rates(clicks, items, n_items):
    """Clicks per impression of each item, shape (n_items,)."""
    # BEGIN SOLUTION
    return np.bincount(items, clicks, n_items) / np.bincount(items)
    # END SOLUTION


def corrected_rates(clicks, positions, items, propensity, n_items):
    """Unbiased estimates of the attractions, shape (n_items,)."""
    # BEGIN SOLUTION
    return click_rates(clicks / propensity[positions], items, n_items)
    # END SOLUTION


feedback_facts = {}
feedback_facts["best_item_wins"] = False  # SOLUTION
feedback_facts["equal_items_stay_equal"] = False  # SOLUTION
feedback_facts["random_is_fair"] = True  # SOLUTION
feedback_facts["rates_rank_items"] = False  # SOLUTION
feedback_facts["old_log_predicts"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Two equal items and the propensities (1, 0.5) give the clicks (2, 1) after two rounds by clicks, and
  (1.5, 1.5) at random.
"""  # END TEST CONFIG


def test_two_items(greedy_clicks, random_clicks, click_rates, corrected_rates, feedback_facts):
    import numpy as np

    attraction, propensity = np.ones(2), np.array([1.0, 0.5])
    clicks, positions, items = np.array([1, 0, 1]), np.array([1, 1, 0]), np.array([0, 0, 1])
    for name, got, expected in (
        ("greedy_clicks", greedy_clicks(attraction, propensity, 2), [2, 1]),
        ("random_clicks", random_clicks(attraction, propensity, 2), [1.5, 1.5]),
        ("click_rates", click_rates(clicks, items, 2), [0.5, 1]),
        ("corrected_rates", corrected_rates(clicks, positions, items, propensity, 2), [1, 1]),
    ):
        assert got is not None, f"{name}(...) returned None: expected an array of shape (2,)"
        assert np.shape(got) == (2,), f"{name}: expected shape (2,), got {np.shape(got)}"
        assert np.allclose(got, expected), f"{name}: expected {expected}, got {got}"
    assert isinstance(feedback_facts, dict), "feedback_facts should be a dictionary"
    keys = ["best_item_wins", "equal_items_stay_equal", "random_is_fair", "rates_rank_items", "old_log_predicts"]
    for key in keys:
        assert isinstance(feedback_facts.get(key), bool), f"feedback_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The clicks are not those of the ranking by clicks, or not the average over all rankings. A position
  belongs to the item that is shown there.
"""  # END TEST CONFIG


def test_clicks_round_by_round(greedy_clicks, random_clicks):
    from itertools import permutations

    import numpy as np

    rng = np.random.default_rng(748)
    cases = [(np.ones(5), 0.5 ** np.arange(5), 40), (np.array([0.1, 0.9, 0.8]), np.array([1.0, 0.3, 0.2]), 25)]
    cases += [(np.arange(1, 6) / 8, np.array([1.0, 0.75, 0.5, 0.5, 0.25]), rounds) for rounds in (0, 1, 2, 3, 7)]
    # a lower position that is seen more often: the order changes again and again
    cases += [(np.array([0.5, 0.5, 1.0, 0.25]), np.array([0.25, 1.0, 0.5, 0.75]), 12), (np.ones(1), np.ones(1), 3)]
    cases += [(rng.integers(1, 9, size=5) / 8, rng.integers(1, 9, size=10)[::2] / 8, 20) for _ in range(6)]
    for attraction, propensity, rounds in cases:
        clicks = [0.0] * len(attraction)
        for _ in range(rounds):
            ranked = sorted(range(len(clicks)), key=lambda i: (-clicks[i], i))
            for position, item in enumerate(ranked):
                clicks[item] += attraction[item] * propensity[position]
        got = greedy_clicks(attraction, propensity, rounds)
        assert np.shape(got) == np.shape(attraction) and np.allclose(got, clicks, rtol=1e-12)
        orders = list(permutations(propensity))
        mean = rounds * np.mean([attraction * np.array(order) for order in orders], axis=0)
        assert np.allclose(random_clicks(attraction, propensity, rounds), mean, rtol=1e-12)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Rates are wrong, or the corrected rates are not right on average. Divide by impressions, and use the
  position that was shown.
"""  # END TEST CONFIG


def test_rates_of_logs(click_rates, corrected_rates):
    from itertools import product

    import numpy as np

    rng = np.random.default_rng(749)
    attraction, propensity = np.array([0.8, 0.5, 0.25]), np.array([1.0, 0.5, 0.25])
    items, positions = np.array([0, 0, 1, 2, 2, 1, 2]), np.array([2, 1, 0, 1, 0, 0, 2])
    chance = attraction[items] * propensity[positions]
    # all click patterns with their probabilities: the mean of an unbiased estimate is the attraction
    mean, plain = np.zeros(3), np.zeros(3)
    for pattern in product((0, 1), repeat=7):
        clicks = np.array(pattern)
        weight = np.prod(np.where(clicks == 1, chance, 1 - chance))
        mean += weight * np.asarray(corrected_rates(clicks, positions, items, propensity, 3))
        plain += weight * np.asarray(click_rates(clicks, items, 3))
    assert np.allclose(mean, attraction, rtol=1e-9)
    assert np.allclose(plain, [chance[items == i].mean() for i in range(3)], rtol=1e-9)
    # one log at a time, with more positions than items
    for n, n_items in ((1, 1), (40, 6), (200, 4)):
        items = np.concatenate([np.arange(n_items), rng.integers(0, n_items, size=n - n_items)])
        positions, clicks = rng.integers(0, 8, size=2 * n)[::2], rng.integers(0, 2, size=n)
        propensity = rng.uniform(0.1, 1, size=8)
        for i in range(n_items):
            seen = items == i
            rate = sum(clicks[seen]) / sum(seen)
            paid = sum(c / propensity[p] for c, p in zip(clicks[seen], positions[seen])) / sum(seen)
            got = click_rates(clicks, items, n_items)
            assert np.shape(got) == (n_items,) and abs(got[i] - rate) < 1e-12
            got = corrected_rates(clicks, positions, items, propensity, n_items)
            assert np.shape(got) == (n_items,) and abs(got[i] - paid) < 1e-10


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements on feedback is decided wrongly. Let the engine run for a while.
"""  # END TEST CONFIG


def test_feedback_facts(feedback_facts):
    import numpy as np

    propensity = 0.5 ** np.arange(5)

    def run(attraction):
        clicks = np.zeros(5)
        for _ in range(200):
            position = np.argsort(np.argsort(-clicks, kind="stable"))
            clicks += attraction * propensity[position]
        return clicks / clicks.sum()

    equal, better = run(np.full(5, 0.5)), run(np.array([0.5, 0.5, 0.5, 0.5, 0.9]))
    attraction = np.array([0.6, 0.5, 0.4, 0.3, 0.2])
    at_random = np.mean([attraction * np.roll(propensity, k) for k in range(5)], axis=0)
    upside_down = attraction * propensity[::-1]
    assert feedback_facts["best_item_wins"] is bool(better.argmax() == 4)
    assert feedback_facts["equal_items_stay_equal"] is bool(np.ptp(equal) < 0.05)
    assert feedback_facts["random_is_fair"] is bool(np.ptp(at_random / attraction) < 1e-9)
    assert feedback_facts["rates_rank_items"] is bool((np.diff(upside_down) < 0).all())
    assert feedback_facts["old_log_predicts"] is bool(np.allclose(upside_down, attraction * propensity))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_feedback():
    attraction, propensity = np.array([0.5, 0.5, 0.5, 0.5, 0.6]), 0.5 ** np.arange(5)
    rounds = np.arange(1, 31)
    figure, axes = plt.subplots(1, 2, figsize=(10, 3), sharey=True)
    for axis, policy, title in zip(axes, (greedy_clicks, random_clicks), ("ranked by clicks", "ranked at random")):
        for item, clicks in enumerate(np.array([policy(attraction, propensity, int(n)) for n in rounds]).T):
            axis.plot(rounds, clicks, label=f"item {item}, attraction {attraction[item]}")
        axis.set(title=title, xlabel="rounds", ylabel="clicks")
    axes[1].legend(fontsize="small")
    figure.tight_layout()


show(draw_feedback)

# %% [raw] sources="d2l-4.9-1"
# # BEGIN QUESTION
# name: q19_feedback_in_words
# manual: true
# points: 3

# %% [markdown]
# ## 19. Users and advertisers react
#
# A search engine puts a new ranking model into use. It was chosen because it predicts the clicks in the logs of the old
# model best. How do users react to the new rankings, and how do advertisers and owners of pages (one concrete example
# each)? What does that mean for the data that are collected from now on, and for the accuracy that was measured on the
# old logs? Name one remedy and say why it helps. Six to eight sentences are enough. This answer is read by a person.

# %% [raw]
# # BEGIN SOLUTION
# %% [markdown]
# **Model answer.** Users click on what stands on top, whatever it is, and rephrase their queries when the new results
# miss what they want: the queries themselves change. Advertisers raise or lower bids once they see which places bring
# customers, and owners of pages rewrite them until the new model ranks them high (spam included). So the model changes
# the distribution of its own inputs and labels. The logs of tomorrow show what the model chose to show: items that it
# ranks low get few clicks and look bad for ever. The old logs were drawn from a distribution that no longer exists, and
# accuracy on them says little about the new situation. A remedy is to show a small share of users a random order: this
# breaks the link between the model's opinion and the data, and gives unbiased estimates for all items. (Also valid: an
# experiment with old and new model on random halves of the users; weights for the position, as in propensity
# correction; monitoring of the input distribution and regular retraining.)
#
# **Rubric**
#
# - 1 point: a reaction of users and one of advertisers or page owners, each with a concrete example (half a point
#   each).
# - 1 point: concludes that the data depend on the model in use, and that accuracy on old logs therefore misleads.
# - 1 point: a sound remedy, with the reason why it helps (half a point without the reason).
# %% [raw]
# # END SOLUTION
# %% [raw]
# # END QUESTION
