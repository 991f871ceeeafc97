# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [raw]
# # ASSIGNMENT CONFIG
# name: 08_regularization
# export_cell: {pdf: false}
# tests: {files: false, ok_format: false}
# show_question_points: true

# %% [markdown]
# # Regularization
#
# A model that can fit the training data in many ways should fit them in a sensible one. Regularization says which:
# by a penalty on the parameters, by noise, or by stopping in time. Here you find out what a penalty believes about
# the parameters, what it does in one step of training, how to choose its strength, and what dropout does to
# means, variances and whole networks.
#
# | question | what you write | points |
# | --- | --- | --- |
# | `q1_gaussian_prior` | the prior behind an L2 penalty, and its strength | 4 |
# | `q2_other_priors` | penalties from other priors, and what they do to one weight | 4 |
# | `q3_penalty_shapes` | L0 to L2 over the plane | 4 |
# | `q4_weight_decay` | decay and penalty: the same, or not | 6 |
# | `q5_l1_updates` | steps with L1, and weights that are exactly zero | 5 |
# | `q6_frobenius` | the squared norm of a matrix | 4 |
# | `q7_penalty_sweep` | ridge regression over many strengths | 5 |
# | `q8_choosing_lambda` | validation, cross-validation, and what they promise | 5 |
# | `q9_other_remedies` | stopping in time, and ten measures | 4 |
# | `q10_remedies_explained` | four remedies in words, marked by a person | 2 |
# | `q11_input_noise` | noise on the inputs of a line | 4 |
# | `q12_label_smoothing` | targets that are less than certain | 4 |
# | `q13_dropout` | the layer, its mean and its variances | 5 |
# | `q14_dropout_twice` | several dropout layers in a row | 3 |
# | `q15_before_or_after` | which activations do not care about the order | 3 |
# | `q16_prediction_time` | predictions with dropout off, and on | 5 |
# | `q17_dropout_as_penalty` | dropout in a linear model, beside weight decay | 5 |
# | `q18_dropping_weights` | weights dropped in place of activations | 5 |
# | `q19_three_values` | a dropout with three values | 4 |
# | `q20_train_with_dropout` | a network trained with dropout, and measured without | 5 |
# | `q21_when_dropout_helps` | a study of rates, widths and training time | 5 |
#
# Each question stands alone: no answer needs an earlier one. `grader.check` runs a few small public tests.
# More tests, with other numbers, decide the score.

# %% [markdown]
# ## Recap and notation
#
# A model with parameters $\phi$ is fitted to $N$ examples $(x_i, y_i)$ by minimising a loss $L(\phi)$. A
# **penalty** adds a term that looks at the parameters only:
#
# $$L(\phi) + \lambda\, R(\phi), \qquad R(\phi) = \sum_j \phi_j^2 \;\;\text{(L2)} \qquad\text{or}\qquad
# R(\phi) = \sum_j |\phi_j| \;\;\text{(L1)} .$$
#
# - $\lambda \ge 0$ is the **strength** of the penalty. Authors differ by factors: some write $\tfrac{\lambda}{2}$
#   before the L2 term, and the loss is a **sum** over the examples for some and a **mean** for others. Each
#   question says which it means. Such factors are half of what goes wrong in practice.
# - A linear model has **weights** $w$ and a **bias** $b$: $f(x) = x^\top w + b$. Its data matrix $X$ has shape
#   `(N, D)`, one row per example. $r_i = f(x_i) - y_i$ is the **residual** of example $i$.
# - **Dropout** with rate $p$ sets each activation to zero with probability $p$, independently of all others, and
#   multiplies the rest by $1 / (1 - p)$. In PyTorch $p$ is the probability of being *dropped*. The layer does
#   this in training mode only; in evaluation mode it passes everything on unchanged.
# - $\eta$ is the learning rate.
#
# NumPy arrays are float64 unless a question says otherwise; random tensors come from PyTorch's generator. Run the
# set-up cell, then look at what a penalty does to a model with too many parameters: polynomials of degree 9 through
# 12 points.

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
def draw_polynomials():
    rng = np.random.default_rng(0)
    x = np.sort(rng.uniform(-1, 1, size=12))
    y = np.sin(3 * x) + 0.3 * rng.normal(size=12)
    grid = np.linspace(-1, 1, 200)
    figure, axes = plt.subplots(1, 3, figsize=(12, 2.8), sharey=True)
    for axis, strength in zip(axes, (1e-9, 1e-2, 10.0)):
        # rows of the penalty under the data: least squares then does the rest
        rows = np.vstack([np.vander(x, 10), math.sqrt(strength) * np.eye(10)])
        phi = np.linalg.lstsq(rows, np.append(y, np.zeros(10)), rcond=None)[0]
        axis.plot(x, y, "o", grid, np.vander(grid, 10) @ phi)
        axis.plot(grid, np.sin(3 * grid), "--", color="0.6")
        axis.set(title=f"penalty of strength {strength:g}", xlabel="$x$", ylim=(-2.5, 2.5))
    figure.tight_layout()


show(draw_polynomials)
# %% [raw] sources="udl-9.1"
# # BEGIN QUESTION
# name: q1_gaussian_prior
# points: 4

# %% [markdown]
# ## 1. A penalty is a belief
#
# Before any data are seen, suppose that each of the $D$ parameters is drawn from a normal distribution with mean 0
# and standard deviation $s$, independently of the others: the **prior**. **Maximum a posteriori** (MAP) fitting
# maximises
#
# $$\Big(\prod_{i=1}^{N} \Pr(y_i \mid x_i, \phi)\Big)\; \Pr(\phi) .$$
#
# Mind the brackets: the prior stands once, behind the product. Write $\ell_i = -\log \Pr(y_i \mid x_i, \phi)$. Then
# MAP fitting is the same as minimising the loss with an L2 penalty, $\sum_i \ell_i + \lambda \sum_j \phi_j^2$, or
# $\tfrac1N \sum_i \ell_i + \lambda \sum_j \phi_j^2$ if the loss is a mean. Find $\lambda$ for both and write
#
# - `l2_coefficient(s, n, reduction)`: $\lambda$ as a float; `n` is $N$ and `reduction` is `"sum"` or `"mean"`.
#
# For a check in full, take the linear model $y_i = x_i^\top \phi + \varepsilon_i$ whose noise $\varepsilon_i$ is
# normal with mean 0 and standard deviation $\sigma$:
#
# - `neg_log_posterior(phi, X, y, sigma, s)`: $-\log$ of the product above, as a float, with **all** constants of the
#   normal densities kept. With $N = D = 1$, $x = 2$, $y = 3$, $\phi = 1$ and $\sigma = s = 1$ it is
#   $1 + \log 2\pi = 2.838$.
# - `map_estimate(X, y, sigma, s)`: the maximiser, shape `(D,)`, in closed form. In the example it is $1.2$. There may
#   be fewer examples than parameters.
#
# Finally set each entry of `prior_facts` to `True` or `False`.
#
# - `"narrow_is_strong"`: the smaller $s$, the stronger the penalty.
# - `"counted_per_example"`: with the summed loss, twice as many examples mean twice as large a $\lambda$.
# - `"data_win"`: with $s$ fixed, the MAP estimate approaches the least-squares fit if the same examples are repeated
#   more and more often.
# - `"only_the_ratio"`: in the linear model the MAP estimate depends on $\sigma$ and $s$ only through $\sigma / s$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def l2_coefficient(s, n, reduction):
    """Strength of the penalty lambda * sum of squares that stands for the prior; reduction: "sum" or "mean"."""
    # BEGIN SOLUTION
    copies = {"sum": 1, "mean": n}[reduction]
    return 1 / (2 * copies * s**2)
    # END SOLUTION


def neg_log_posterior(phi, X, y, sigma, s):
    """Minus the logarithm of likelihood times prior, a float. phi: (D,); X: (N, D); y: (N,)."""
    # BEGIN SOLUTION
    standard = np.concatenate([(X @ phi - y) / sigma, phi / s])
    scales = len(y) * math.log(sigma) + len(phi) * math.log(s)
    return float(standard @ standard / 2 + scales + len(standard) * math.log(2 * math.pi) / 2)
    # END SOLUTION


def map_estimate(X, y, sigma, s):
    """The parameters that maximise likelihood times prior, shape (D,)."""
    # BEGIN SOLUTION
    return np.linalg.solve(X.T @ X + (sigma / s) ** 2 * np.eye(X.shape[1]), X.T @ y)
    # END SOLUTION


prior_facts = {}
prior_facts["narrow_is_strong"] = True  # SOLUTION
prior_facts["counted_per_example"] = False  # SOLUTION
prior_facts["data_win"] = True  # SOLUTION
prior_facts["only_the_ratio"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With one example (x = 2, y = 3), phi = 1 and sigma = s = 1 the posterior gives 2.838 and its maximum
  is at 1.2; prior_facts holds four booleans.
"""  # END TEST CONFIG


def test_one_example(l2_coefficient, neg_log_posterior, map_estimate, prior_facts):
    import numpy as np

    X, y = np.array([[2.0]]), np.array([3.0])
    got = neg_log_posterior(np.array([1.0]), X, y, 1.0, 1.0)
    assert got is not None, "neg_log_posterior(...) returned None: expected a float"
    assert np.shape(got) == (), f"neg_log_posterior should be a single number, got shape {np.shape(got)}"
    assert abs(got - 2.838) < 1e-3, f"neg_log_posterior: expected 2.838, got {got}"
    got = map_estimate(X, y, 1.0, 1.0)
    assert got is not None, "map_estimate(...) returned None: expected an array of shape (D,)"
    assert np.shape(got) == (1,), f"map_estimate: expected shape (1,), got {np.shape(got)}"
    assert abs(got[0] - 1.2) < 1e-9, f"map_estimate: expected [1.2], got {got}"
    for reduction in ("sum", "mean"):
        got = l2_coefficient(1.0, 10, reduction)
        assert got is not None, "l2_coefficient(...) returned None: expected a float"
        assert np.shape(got) == () and got > 0, f"l2_coefficient should be one positive number, got {got}"
    assert isinstance(prior_facts, dict), "prior_facts should be a dictionary"
    for key in ("narrow_is_strong", "counted_per_example", "data_win", "only_the_ratio"):
        assert isinstance(prior_facts.get(key), bool), f"prior_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: neg_log_posterior is not minus the logarithm of the product of all densities, the prior counted once.
"""  # END TEST CONFIG


def test_densities(neg_log_posterior):
    import numpy as np
    import torch
    from torch.distributions import Normal

    rng = np.random.default_rng(801)
    for n, d in ((1, 1), (1, 4), (30, 4), (4, 30), (200, 3)):
        for sigma, s in ((1.0, 1.0), (0.1, 3.0), (20.0, 0.05), (0.7, 0.7)):
            X, y, phi = rng.normal(size=(n, d)), rng.normal(size=n) * 3, rng.normal(size=d)
            f, zeros, ones = torch.tensor(X @ phi), torch.zeros(d), torch.ones(1, dtype=torch.float64)
            expected = -Normal(f, sigma * ones).log_prob(torch.tensor(y)).sum()
            expected -= Normal(zeros, s * ones).log_prob(torch.tensor(phi)).sum()
            # sums of at most 203 float64 terms
            got = neg_log_posterior(phi, X, y, sigma, s)
            assert abs(got - expected.item()) <= 1e-9 * (1 + abs(expected.item()))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The penalised loss and the posterior do not have the same minimum. A factor is lost, turned upside
  down, or the prior is counted once per example.
"""  # END TEST CONFIG


def test_same_minimum(l2_coefficient, map_estimate):
    import numpy as np

    rng = np.random.default_rng(802)
    for n, d in ((1, 1), (2, 5), (30, 4), (50, 1)):
        for sigma, s in ((1.0, 1.0), (0.3, 2.0), (2.0, 0.4), (0.5, 0.5)):
            X, y = rng.normal(size=(n, d)), rng.normal(size=n)
            # each parameter is one more measurement of the value 0 with the error s
            rows = np.vstack([X / sigma, np.eye(d) / s])
            best = np.linalg.lstsq(rows, np.append(y / sigma, np.zeros(d)), rcond=None)[0]
            # condition numbers below 1e4
            got = map_estimate(X, y, sigma, s)
            assert np.shape(got) == (d,) and np.allclose(got, best, rtol=1e-8, atol=1e-9)
            slope = X.T @ (X @ best - y) / sigma**2
            for reduction, examples in (("sum", 1), ("mean", n)):
                total = slope / examples + 2 * l2_coefficient(s, n, reduction) * best
                assert np.abs(total).max() < 1e-9 * (1 + np.abs(slope).max())


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the four statements about priors is decided wrongly.
"""  # END TEST CONFIG


def test_prior_facts(prior_facts):
    import numpy as np

    rng = np.random.default_rng(803)
    X, y = rng.normal(size=(12, 3)), rng.normal(size=12)

    def best(X, y, sigma, s):
        rows = np.vstack([X / sigma, np.eye(3) / s])
        return np.linalg.lstsq(rows, np.append(y / sigma, np.zeros(3)), rcond=None)[0]

    def strength(phi, X, y):
        # the lambda for which phi is a minimum of the summed loss with sigma = 1
        return -(phi @ (X.T @ (X @ phi - y))) / (2 * phi @ phi)

    narrow, wide = (strength(best(X, y, 1.0, s), X, y) for s in (0.2, 2.0))
    X2, y2 = np.tile(X, (2, 1)), np.tile(y, 2)
    doubled = strength(best(X2, y2, 1.0, 2.0), X2, y2)
    plain = np.linalg.lstsq(X, y, rcond=None)[0]
    many = best(np.tile(X, (400, 1)), np.tile(y, 400), 1.0, 0.5)
    assert prior_facts["narrow_is_strong"] is bool(narrow > wide)
    assert prior_facts["counted_per_example"] is bool(abs(doubled / wide - 2) < 0.1)
    assert prior_facts["data_win"] is bool(np.abs(many - plain).max() < 0.01)
    assert prior_facts["only_the_ratio"] is bool(np.allclose(best(X, y, 1.0, 0.2), best(X, y, 3.0, 0.6)))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION
# %% [raw] sources="d2l-4.5-6"
# # BEGIN QUESTION
# name: q2_other_priors
# points: 4

# %% [markdown]
# ## 2. Other beliefs, other penalties
#
# Minus the logarithm of any prior is a penalty. Take a linear model without bias, with normal noise of standard
# deviation $\sigma$, and write the penalised loss in the form that many libraries use:
#
# $$\tfrac12 \sum_{i=1}^{N} r_i^2 + \lambda R(w) \qquad\text{or, as a mean,}\qquad
# \tfrac{1}{2N} \sum_{i=1}^{N} r_i^2 + \lambda R(w) .$$
#
# The weights are independent of one another. There are three priors, with at most one parameter, `scale`:
#
# - `"gauss"`: normal with mean 0 and standard deviation $\tau$ = `scale`; penalty $R(w) = \tfrac12 \sum_j w_j^2$;
# - `"laplace"`: the density $\tfrac{1}{2\beta}\, e^{-|w_j| / \beta}$ with $\beta$ = `scale`; penalty
#   $R(w) = \sum_j |w_j|$;
# - `"flat"`: all weights are equally plausible, no matter what `scale` is. Here $\lambda = 0$.
#
# Write
#
# - `penalty_strength(prior, sigma, scale, n, mean_loss)`: the $\lambda$ for which the minimum of the penalised loss is
#   the MAP estimate, a float; `n` is $N$, and `mean_loss` (a boolean) selects the second form.
# - `neg_log_prior(w, prior, scale)`: $-\log$ of the density of the whole vector `w` of shape `(D,)`, a float, with all
#   constants; `0.0` for `"flat"`. For $w = (2, -1)$, `"laplace"` and $\beta = 1$ it is $3 + 2 \log 2 = 4.386$.
# - `map_of_one(z, prior, sigma, scale)`: there is a single weight, measured directly: $z = w + $ noise. The MAP
#   estimate of $w$ for each entry of the array `z`, in its shape. With $\sigma = 1$ and `scale` 1, the measurement
#   $z = 3$ gives $1.5$ for `"gauss"` and $2$ for `"laplace"`.
#
# Finally set each entry of `belief_facts` to `True` or `False`.
#
# - `"laplace_zeros"`: with the Laplace prior, measurements $z \ne 0$ can lead to an estimate of exactly zero.
# - `"gauss_zeros"`: the same with the normal prior.
# - `"twice_the_noise_twice_the_penalty"`: if $\sigma$ doubles, $\lambda$ doubles, for both penalties.
# - `"large_weights_spared"`: of large measurements, the Laplace prior takes away a smaller share than of middling
#   ones, and the normal prior takes the same share of all.


# %% [raw]
# # BEGIN SOLUTION
# %%
def penalty_strength(prior, sigma, scale, n, mean_loss):
    """Strength of the penalty that stands for the prior, a float; prior: "gauss", "laplace" or "flat"."""
    # BEGIN SOLUTION
    strength = sigma**2 * {"gauss": scale**-2.0, "laplace": scale**-1.0, "flat": 0.0}[prior]
    return strength / n if mean_loss else strength
    # END SOLUTION


def neg_log_prior(w, prior, scale):
    """Minus the logarithm of the prior density of w (shape (D,)), a float."""
    # BEGIN SOLUTION
    if prior == "flat":
        return 0.0
    if prior == "laplace":
        return float(np.abs(w).sum() / scale + len(w) * math.log(2 * scale))
    return float(w @ w / (2 * scale**2) + len(w) * math.log(2 * math.pi * scale**2) / 2)
    # END SOLUTION


def map_of_one(z, prior, sigma, scale):
    """MAP estimate of a single weight from each measurement in z, an array of the same shape."""
    # BEGIN SOLUTION
    strength = penalty_strength(prior, sigma, scale, 1, False)
    if prior == "laplace":
        return np.sign(z) * np.maximum(np.abs(z) - strength, 0)
    return z / (1 + strength)
    # END SOLUTION


belief_facts = {}
belief_facts["laplace_zeros"] = True  # SOLUTION
belief_facts["gauss_zeros"] = False  # SOLUTION
belief_facts["twice_the_noise_twice_the_penalty"] = False  # SOLUTION
belief_facts["large_weights_spared"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With the Laplace prior neg_log_prior of (2, -1) is 4.386, and the measurement 3 leads to 1.5 (gauss)
  or 2 (laplace); belief_facts holds four booleans.
"""  # END TEST CONFIG


def test_small_values(penalty_strength, neg_log_prior, map_of_one, belief_facts):
    import numpy as np

    got = neg_log_prior(np.array([2.0, -1.0]), "laplace", 1.0)
    assert got is not None, "neg_log_prior(...) returned None: expected a float"
    assert np.shape(got) == (), f"neg_log_prior should be a single number, got shape {np.shape(got)}"
    assert abs(got - 4.386) < 1e-3, f"neg_log_prior of (2, -1), 'laplace', 1: expected 4.386, got {got}"
    for prior, expected in (("gauss", 1.5), ("laplace", 2.0), ("flat", 3.0)):
        got = map_of_one(np.array([3.0]), prior, 1.0, 1.0)
        assert got is not None, "map_of_one(...) returned None: expected an array"
        assert np.shape(got) == (1,), f"map_of_one: expected shape (1,), got {np.shape(got)}"
        assert abs(got[0] - expected) < 1e-9, f"map_of_one of 3 with {prior!r}: expected {expected}, got {got[0]}"
    got = penalty_strength("flat", 1.0, 1.0, 5, False)
    assert got is not None, "penalty_strength(...) returned None: expected a float"
    assert got == 0, f"penalty_strength('flat', ...): expected 0, got {got}"
    assert isinstance(belief_facts, dict), "belief_facts should be a dictionary"
    for key in ("laplace_zeros", "gauss_zeros", "twice_the_noise_twice_the_penalty", "large_weights_spared"):
        assert isinstance(belief_facts.get(key), bool), f"belief_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: neg_log_prior is not minus the logarithm of the density of all weights together.
"""  # END TEST CONFIG


def test_prior_densities(neg_log_prior):
    import numpy as np
    import torch
    from torch.distributions import Laplace, Normal

    rng = np.random.default_rng(804)
    for d in (1, 2, 30):
        for scale in (0.05, 0.6, 1.0, 7.0):
            w = rng.normal(size=2 * d)[::2]
            for prior, family in (("gauss", Normal), ("laplace", Laplace)):
                zeros = torch.zeros(d, dtype=torch.float64)
                expected = -family(zeros, zeros + scale).log_prob(torch.tensor(w.copy())).sum().item()
                # float64 sums of at most 30 terms
                assert abs(neg_log_prior(w, prior, scale) - expected) < 1e-10 * (1 + abs(expected))
            assert neg_log_prior(w, "flat", scale) == 0


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The penalised loss does not have its minimum where the posterior has it, or map_of_one misses it. How
  do the noise, the scale and the number of examples enter?
"""  # END TEST CONFIG


def test_strengths(penalty_strength, map_of_one):
    import numpy as np
    import torch
    from torch.distributions import Laplace, Normal

    rng = np.random.default_rng(805)
    for sigma in (0.5, 1.0, 3.0):
        for scale in (0.4, 1.0, 2.0):
            for prior, family in (("gauss", Normal), ("laplace", Laplace)):
                for n in (1, 7):
                    w = torch.tensor(rng.uniform(0.5, 2, size=3), requires_grad=True)
                    family(torch.zeros_like(w), torch.full_like(w, scale)).log_prob(w).sum().backward()
                    slope = w.detach() if prior == "gauss" else torch.ones_like(w)
                    # The data term of the posterior is the sum of r**2 / 2, divided by sigma**2.
                    expected = (-w.grad * sigma**2 / slope).mean().item()
                    got = penalty_strength(prior, sigma, scale, n, False)
                    assert abs(got - expected) < 1e-9 * expected
                    assert abs(penalty_strength(prior, sigma, scale, n, True) - expected / n) < 1e-9 * expected
                # a fine grid of weights, spacing 1e-3
                z = np.append(rng.normal(size=(5, 1)) * 4, [[0.0], [0.05], [-9.0]], axis=0)
                grid = torch.linspace(-12, 12, 24001, dtype=torch.float64)
                log_prior = family(torch.zeros_like(grid), torch.full_like(grid, scale)).log_prob(grid)
                noise = Normal(grid, torch.full_like(grid, sigma))
                best = [grid[(noise.log_prob(torch.tensor(v)) + log_prior).argmax()].item() for v in z.flat]
                got = map_of_one(z, prior, sigma, scale)
                assert np.shape(got) == z.shape and np.abs(np.ravel(got) - best).max() < 2e-3
        assert penalty_strength("flat", sigma, 2.0, 3, True) == 0
        assert np.allclose(map_of_one(np.array([3.0, -0.1, 0.0]), "flat", sigma, 0.3), [3.0, -0.1, 0.0])
    # exactly zero, not nearly
    assert (np.asarray(map_of_one(np.array([0.9, -0.7, 1e-9]), "laplace", 1.0, 1.0)) == 0).all()


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the four statements about priors and penalties is decided wrongly.
"""  # END TEST CONFIG


def test_belief_facts(belief_facts):
    import numpy as np

    grid = np.linspace(-12, 12, 24001)

    def best(z, penalty, sigma):
        return grid[np.argmin((z - grid) ** 2 / (2 * sigma**2) + penalty)]

    absolute, square = np.abs(grid), grid**2 / 2
    zeros = {name: best(0.5, R, 1.0) == 0 for name, R in (("laplace", absolute), ("gauss", square))}
    # a measurement of 8: the shrinkage is the noise variance for the Laplace prior
    shrunk = [8 - best(8.0, absolute, sigma) for sigma in (1.0, 2.0)]
    share = {z: (1 - best(z, absolute, 1.0) / z, 1 - best(z, square, 1.0) / z) for z in (2.0, 10.0)}
    spared = share[10.0][0] < share[2.0][0] and abs(share[10.0][1] - share[2.0][1]) < 1e-3
    assert belief_facts["laplace_zeros"] is bool(zeros["laplace"])
    assert belief_facts["gauss_zeros"] is bool(zeros["gauss"])
    assert belief_facts["twice_the_noise_twice_the_penalty"] is bool(abs(shrunk[1] / shrunk[0] - 2) < 0.1)
    assert belief_facts["large_weights_spared"] is bool(spared)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_shrinkage():
    z = np.linspace(-4, 4, 401)
    figure, axis = plt.subplots(figsize=(5, 3.4))
    for prior in ("flat", "gauss", "laplace"):
        axis.plot(z, map_of_one(z, prior, 1.0, 1.0), label=prior)
    axis.set(xlabel="measurement $z$", ylabel="MAP estimate", title="what a prior does to one measurement")
    axis.legend()
    figure.tight_layout()


show(draw_shrinkage)
# %% [raw] sources="udl-9.6"
# # BEGIN QUESTION
# name: q3_penalty_shapes
# points: 4

# %% [markdown]
# ## 3. The shape of a penalty
#
# For $p > 0$ the $L_p$ term is $\sum_k |\phi_k|^p$. The $L_0$ term counts the entries that are not exactly zero. (A
# *term*, not a norm: no root is taken at the end.) At $\phi = (-2, 1)$ the $L_0$, $L_1$ and $L_2$ terms are 2, 3 and
# 5.
#
# - `lp_term(phi, p)`: the term for each vector in `phi`, whose **last** axis holds the entries; shape `(..., D)` goes
#   to shape `(...)`. `p` is any number $\ge 0$.
# - `level_radius(angle, p, c)`: start at the origin of the plane and walk in the direction
#   $(\cos\alpha, \sin\alpha)$. How far do you get before the $L_p$ term reaches the value $c$? `angle` has shape
#   `(n,)`, in radians, and so has the result; $p > 0$ and $c > 0$. Along an axis the $L_2$ term reaches 4 at
#   distance 2.
# - `flattest(phi, p)`: the same vector, a 1D array, with all entries but the one of **largest** absolute value set to
#   zero, and this one rescaled (its sign kept) so that the $L_p$ term is the same as before; $p > 0$. For
#   $(3, -4)$ and $p = 2$ this is $(0, -5)$. There are no ties.
#
# The cell below draws all four terms over the plane. Before you look: which of them have corners, and where? Then
# set each entry of `shape_facts` to `True` or `False`. Vectors are in the plane.
#
# - `"L0_convex"`, `"Lhalf_convex"`, `"L1_convex"`, `"L2_convex"`: for every level $c$, the region in which the term
#   with $p = 0, \tfrac12, 1, 2$ is at most $c$ is convex.
# - `"L2_prefers_sharing"`: of two vectors without negative entries and with equal sums, one with two equal entries, one
#   with a single entry that is not zero, the first has the smaller $L_2$ term.
# - `"Lhalf_prefers_sharing"`: the same for $p = \tfrac12$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def lp_term(phi, p):
    """Sum over the last axis of |phi| ** p; for p = 0 the number of entries that are not zero."""
    # BEGIN SOLUTION
    size = np.abs(phi)
    return np.sum(size != 0 if p == 0 else size**p, axis=-1)
    # END SOLUTION


def level_radius(angle, p, c):
    """Distance from the origin, in the directions angle (n,), at which the L_p term is c; shape (n,)."""
    # BEGIN SOLUTION
    directions = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return (c / lp_term(directions, p)) ** (1 / p)
    # END SOLUTION


def flattest(phi, p):
    """The vector on the axis of the largest entry of phi (D,) that has the same L_p term; shape (D,)."""
    # BEGIN SOLUTION
    kept = np.abs(phi) == np.abs(phi).max()
    return kept * np.sign(phi) * lp_term(phi, p) ** (1 / p)
    # END SOLUTION


shape_facts = {}
shape_facts["L0_convex"] = False  # SOLUTION
shape_facts["Lhalf_convex"] = False  # SOLUTION
shape_facts["L1_convex"] = True  # SOLUTION
shape_facts["L2_convex"] = True  # SOLUTION
shape_facts["L2_prefers_sharing"] = True  # SOLUTION
shape_facts["Lhalf_prefers_sharing"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: At (-2, 1) the terms are 2, 3 and 5 for p = 0, 1, 2; along an axis the L2 term reaches 4 at distance
  2; shape_facts holds six booleans.
"""  # END TEST CONFIG


def test_terms_at_a_point(lp_term, level_radius, flattest, shape_facts):
    import numpy as np

    for p, expected in ((0, 2), (1, 3), (2, 5)):
        got = lp_term(np.array([-2.0, 1.0]), p)
        assert got is not None, "lp_term(...) returned None: expected the sum over the last axis"
        assert np.shape(got) == (), f"lp_term of one vector: expected a single number, got shape {np.shape(got)}"
        assert abs(got - expected) < 1e-9, f"lp_term((-2, 1), {p}): expected {expected}, got {got}"
    got = level_radius(np.array([0.0]), 2, 4.0)
    assert got is not None, "level_radius(...) returned None: expected an array of shape (n,)"
    assert np.shape(got) == (1,), f"level_radius: expected shape (1,), got {np.shape(got)}"
    assert abs(got[0] - 2) < 1e-9, f"level_radius along the axis: expected [2], got {got}"
    got = flattest(np.array([3.0, -4.0]), 2)
    assert got is not None, "flattest(...) returned None: expected an array of shape (D,)"
    assert np.shape(got) == (2,), f"flattest: expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, [0, -5]), f"flattest((3, -4), 2): expected [0, -5], got {got}"
    assert isinstance(shape_facts, dict), "shape_facts should be a dictionary"
    keys = ["L0_convex", "Lhalf_convex", "L1_convex", "L2_convex", "L2_prefers_sharing", "Lhalf_prefers_sharing"]
    for key in keys:
        assert isinstance(shape_facts.get(key), bool), f"shape_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: lp_term is wrong for some vectors. Think of negative entries, of zeros when p is 0, of tiny entries,
  and of arrays with more axes.
"""  # END TEST CONFIG


def test_many_terms(lp_term):
    import math

    import numpy as np

    rng = np.random.default_rng(806)
    for shape in ((2,), (1,), (5,), (5, 7, 2), (3, 4)):
        phi = rng.normal(size=shape) * 3
        phi[rng.random(shape) < 0.3] = 0.0
        phi[rng.random(shape) < 0.1] = 1e-12
        for p in (0, 0.0, 0.5, 1, 2, 3.7):
            got = lp_term(phi, p)
            assert np.shape(got) == shape[:-1]
            for row, value in zip(phi.reshape(-1, shape[-1]), np.ravel(got)):
                expected = math.fsum(abs(v) ** p for v in row.tolist() if v != 0)
                assert abs(value - expected) <= 1e-12 * (1 + expected)
    for p in (0, 0.5, 1, 2):
        assert lp_term(np.zeros(2), p) == 0
    assert lp_term(np.array([0.0, -1e-12]), 0) == 1


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A point that you found does not lie on the level, or not in the direction asked for.
"""  # END TEST CONFIG


def test_levels(level_radius, flattest):
    import numpy as np

    rng = np.random.default_rng(807)
    for p in (0.5, 1, 1.5, 2, 4):
        for c in (0.2, 1.0, 6.0):
            angle = np.append(rng.uniform(-7, 7, size=9), [0.0, np.pi / 4])
            got = level_radius(angle, p, c)
            assert np.shape(got) == (11,) and (np.asarray(got) > 0).all()
            for alpha, r in zip(angle, got):
                reached = abs(r * np.cos(alpha)) ** p + abs(r * np.sin(alpha)) ** p
                assert abs(reached - c) < 1e-9 * c
        for d in (1, 2, 6):
            phi = rng.normal(size=d) * (np.arange(d) != 2)
            got, k = np.asarray(flattest(phi, p)), int(np.abs(phi).argmax())
            assert got.shape == (d,) and (np.delete(got, k) == 0).all() and got[k] * phi[k] > 0
            expected = sum(abs(v) ** p for v in phi)
            assert abs(abs(got[k]) ** p - expected) < 1e-9 * expected
        assert np.shape(level_radius(np.zeros(1), p, 1.0)) == (1,)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six statements about shapes is decided wrongly. Look at the point halfway between
  two points of a region.
"""  # END TEST CONFIG


def test_shape_facts(shape_facts):
    import numpy as np

    rng = np.random.default_rng(808)
    term = lambda v, p: (np.abs(v) ** p).sum(-1) if p > 0 else (v != 0).sum(-1)
    first, second = rng.normal(size=(2, 2000, 2))
    first[:300, 0], second[:300, 1] = 0.0, 0.0
    for name, p in (("L0", 0), ("Lhalf", 0.5), ("L1", 1), ("L2", 2)):
        level = np.maximum(term(first, p), term(second, p))
        inside_region = (term((first + second) / 2, p) <= level + 1e-12).all()
        assert shape_facts[name + "_convex"] is bool(inside_region)
    for name, p in (("L2", 2), ("Lhalf", 0.5)):
        shared = term(np.array([0.5, 0.5]), p) < term(np.array([1.0, 0.0]), p)
        assert shape_facts[name + "_prefers_sharing"] is bool(shared)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_penalties():
    grid = np.stack(np.meshgrid(np.linspace(-2, 2, 201), np.linspace(-2, 2, 201)), axis=-1)
    angle = np.linspace(0, 2 * np.pi, 721)
    figure, axes = plt.subplots(1, 4, figsize=(13, 3.2), sharey=True)
    for axis, p in zip(axes, (0, 0.5, 1, 2)):
        shades = axis.pcolormesh(grid[..., 0], grid[..., 1], lp_term(grid, p), cmap="viridis")
        figure.colorbar(shades, ax=axis)
        for c in (0.5, 1.0, 2.0) if p > 0 else ():
            r = level_radius(angle, p, c)
            axis.plot(r * np.cos(angle), r * np.sin(angle), color="white")
        axis.set(title=f"$p = {p}$", xlim=(-2, 2), ylim=(-2, 2), aspect="equal", xlabel="$\\phi_1$")
    axes[0].set_ylabel("$\\phi_2$")
    figure.tight_layout()


show(draw_penalties)
# %% [raw] sources="udl-9.2 udl-9.5"
# # BEGIN QUESTION
# name: q4_weight_decay
# points: 6

# %% [markdown]
# ## 4. Weight decay
#
# **Weight decay** multiplies the parameters by $1 - d$ before each step of gradient descent:
#
# $$\phi \;\leftarrow\; (1 - d)\,\phi - \eta\, \nabla L(\phi), \qquad 0 \le d < 1 .$$
#
# With $\phi = (4, -2)$, $\nabla L = (1, 0)$, $\eta = 0.5$ and $d = 0.1$ the step leads to $(3.1, -1.8)$.
#
# - `decay_step(phi, grad, rate, decay)`: this step; a new array, while `phi` and `grad`, arrays of any shape, stay as
#   they are.
# - `l2_gradient(phi, grad, lam)`: the gradient of $L(\phi) + \lambda \sum_j \phi_j^2$, when `grad` holds
#   $\nabla L(\phi)$; in the shape of `phi`.
# - `lambda_from_decay(rate, decay)`: the $\lambda$ for which plain gradient descent on
#   $L(\phi) + \lambda \sum_j \phi_j^2$ takes exactly the step above. A float.
# - `torch_weight_decay(lam)`: the value of `weight_decay` that makes `torch.optim.SGD` descend on
#   $L(\phi) + \lambda \sum_j \phi_j^2$. A float.
#
# Other optimisers process the gradient before they use it. The penalty can then enter at two places. As **L2**,
# $\tfrac{d}{\eta}\phi$ is added to the gradient *before* the optimiser sees it. **Decoupled**, the optimiser sees
# $\nabla L$ alone, and the old $\phi$ is multiplied by $1 - d$ beside it. Compare the two on the loss
# $L(\phi) = \tfrac12 \phi^\top H \phi - c^\top \phi$, with $H$ symmetric:
#
# - `train(optimizer, decoupled, phi, H, c, rate, decay, steps)`: the parameters after `steps` steps from `phi`, shape
#   `(D,)`. With $g$ the gradient that the optimiser sees, all states start at 0, and step $t = 1, 2, \dots$ of the
#   `optimizer`
#   - `"sgd"` subtracts $\eta g$;
#   - `"momentum"` sets $m \leftarrow 0.9\,m + g$ and subtracts $\eta m$;
#   - `"adam"` sets $m \leftarrow 0.9\,m + 0.1\,g$ and $v \leftarrow 0.999\,v + 0.001\,g^2$, and subtracts
#     $\eta\, \hat m / (\sqrt{\hat v} + 10^{-8})$, where $\hat m = m / (1 - 0.9^t)$ and
#     $\hat v = v / (1 - 0.999^t)$.
#
# Finally set each entry of `decay_facts` to `True` or `False`: are the two ways the same, step for step?
#
# - `"same_for_sgd"`, `"same_for_momentum"`, `"same_for_adam"`: for this optimiser, with constant $\eta$ and $d$.
# - `"survives_a_schedule"`: for plain gradient descent, if $\eta$ is lowered half-way, while $d$ of the decay and
#   $\lambda$ of the penalty both stay as they were.


# %% [raw]
# # BEGIN SOLUTION
# %%
def decay_step(phi, grad, rate, decay):
    """One step of gradient descent with weight decay, a new array."""
    # BEGIN SOLUTION
    return (1 - decay) * phi - rate * grad
    # END SOLUTION


def l2_gradient(phi, grad, lam):
    """Gradient of the loss plus lam * sum of squares, where grad is the gradient of the loss."""
    # BEGIN SOLUTION
    return grad + 2 * lam * phi
    # END SOLUTION


def lambda_from_decay(rate, decay):
    """Strength of the penalty lam * sum of squares that has the effect of weight decay, a float."""
    # BEGIN SOLUTION
    return decay / (2 * rate)
    # END SOLUTION


def torch_weight_decay(lam):
    """The argument weight_decay of torch.optim.SGD that stands for the penalty lam * sum of squares, a float."""
    # BEGIN SOLUTION
    return 2.0 * lam
    # END SOLUTION


def train(optimizer, decoupled, phi, H, c, rate, decay, steps):
    """Parameters (D,) after some steps of "sgd", "momentum" or "adam" with decoupled decay or an L2 penalty."""
    # BEGIN SOLUTION
    m, v = np.zeros(len(phi)), np.zeros(len(phi))
    for t in range(1, steps + 1):
        g = H @ phi - c
        if decoupled:
            kept = 1 - decay
        else:
            kept, g = 1, g + decay / rate * phi
        v = 0.999 * v + 0.001 * g**2
        if optimizer == "sgd":
            step = g
        elif optimizer == "momentum":
            step = m = 0.9 * m + g
        else:
            m = 0.9 * m + 0.1 * g
            step = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        phi = kept * phi - rate * step
    return phi
    # END SOLUTION


decay_facts = {}
decay_facts["same_for_sgd"] = True  # SOLUTION
decay_facts["same_for_momentum"] = False  # SOLUTION
decay_facts["same_for_adam"] = False  # SOLUTION
decay_facts["survives_a_schedule"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: From (4, -2) with the gradient (1, 0), rate 0.5 and decay 0.1 the step leads to (3.1, -1.8);
  decay_facts holds four booleans.
"""  # END TEST CONFIG


def test_one_step(decay_step, l2_gradient, lambda_from_decay, torch_weight_decay, train, decay_facts):
    import numpy as np

    phi, grad = np.array([4.0, -2.0]), np.array([1.0, 0.0])
    got = decay_step(phi, grad, 0.5, 0.1)
    assert got is not None, "decay_step(...) returned None: expected an array"
    assert np.allclose(got, [3.1, -1.8]), f"decay_step: expected [3.1, -1.8], got {got}"
    got = l2_gradient(phi, grad, 0.0)
    assert got is not None, "l2_gradient(...) returned None: expected an array"
    assert np.shape(got) == (2,), f"l2_gradient: expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, grad), f"l2_gradient without a penalty: expected [1, 0], got {got}"
    for name, got in (
        ("lambda_from_decay", lambda_from_decay(0.5, 0.1)),
        ("torch_weight_decay", torch_weight_decay(1.0)),
    ):
        assert got is not None, f"{name}(...) returned None: expected a float"
        assert np.shape(got) == (), f"{name} should return a single number"
    got = train("sgd", True, phi, np.eye(2), np.array([3.0, -2.0]), 0.5, 0.1, 1)
    assert got is not None, "train(...) returned None: expected an array of shape (D,)"
    assert np.allclose(got, [3.1, -1.8]), f"train, one step of 'sgd': expected [3.1, -1.8], got {got}"
    assert isinstance(decay_facts, dict), "decay_facts should be a dictionary"
    for key in ("same_for_sgd", "same_for_momentum", "same_for_adam", "survives_a_schedule"):
        assert isinstance(decay_facts.get(key), bool), f"decay_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The penalised gradient, or one of the two conversions, does not fit the penalty lam * sum of squares.
  Where does the factor 2 go, and where the learning rate?
"""  # END TEST CONFIG


def test_steps_on_a_penalised_loss(decay_step, l2_gradient, lambda_from_decay, torch_weight_decay):
    import torch

    torch.manual_seed(809)
    for shape in ((1,), (5,), (2, 3), (4, 1, 2)):
        for rate, decay in ((0.1, 0.03), (0.5, 0.5), (2.0, 0.01), (0.01, 0.0)):
            start = torch.randn(shape, dtype=torch.float64)
            bare = lambda phi: (torch.sin(3 * phi) + 0.1 * phi**4).sum()
            penalised = lambda phi, lam: bare(phi) + lam * (phi**2).sum()
            lam, phi = decay / 3 + 0.2, start.clone().requires_grad_()
            (grad,) = torch.autograd.grad(bare(phi), phi)
            (expected,) = torch.autograd.grad(penalised(phi, lam), phi)
            got = torch.as_tensor(l2_gradient(start.numpy(), grad.numpy(), lam))
            assert got.shape == shape and torch.allclose(got, expected, rtol=1e-12, atol=1e-12)
            # one step on the loss with the penalty that stands for this decay
            (slope,) = torch.autograd.grad(penalised(phi, lambda_from_decay(rate, decay)), phi)
            moved = torch.as_tensor(decay_step(start.numpy(), grad.numpy(), rate, decay))
            assert torch.allclose(moved, start - rate * slope, rtol=1e-12, atol=1e-12)
            assert torch.allclose(moved, start * (1 - decay) - rate * grad, rtol=1e-12, atol=1e-12)
            optimizer = torch.optim.SGD([phi], lr=rate, weight_decay=torch_weight_decay(lam))
            phi.grad = grad.clone()
            optimizer.step()
            assert torch.allclose(phi.detach(), start - rate * expected, rtol=1e-12, atol=1e-12)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: After some steps the parameters differ from those of PyTorch's optimisers. Where does the penalty
  enter, and which step counts first?
"""  # END TEST CONFIG


def test_against_torch_optimizers(train):
    import numpy as np
    import torch

    rng = np.random.default_rng(810)
    for d, rate, decay, steps in ((1, 0.05, 0.02, 1), (3, 0.1, 0.05, 2), (4, 0.02, 0.1, 30), (2, 0.3, 0.0, 7)):
        A, c, start = rng.normal(size=(d, d)), rng.normal(size=d), rng.normal(size=d)
        H = A @ A.T / d
        for name in ("sgd", "momentum", "adam"):
            for decoupled in (True, False):
                phi = torch.tensor(start, requires_grad=True)
                penalty = 0.0 if decoupled else decay / rate
                if name == "adam":
                    family = torch.optim.AdamW if decoupled else torch.optim.Adam
                    optimizer = family([phi], lr=rate, weight_decay=decay / rate)
                else:
                    beta = 0.9 if name == "momentum" else 0.0
                    optimizer = torch.optim.SGD([phi], lr=rate, momentum=beta, weight_decay=penalty)
                for _ in range(steps):
                    phi.grad = torch.tensor(H) @ phi.detach() - torch.tensor(c)
                    if decoupled and name != "adam":
                        phi.data.mul_(1 - decay)
                    optimizer.step()
                got = train(name, decoupled, start, H, c, rate, decay, steps)
                # 30 steps in float64
                assert np.shape(got) == (d,) and np.allclose(got, phi.detach().numpy(), rtol=1e-8, atol=1e-9)
        assert np.array_equal(train("sgd", True, start, H, c, rate, decay, 0), start)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the four statements about decay and penalty is decided wrongly. Take several steps,
  not one.
"""  # END TEST CONFIG


def test_decay_facts(decay_facts):
    import torch

    torch.manual_seed(811)
    H = torch.tensor([1.0, 0.2, 3.0], dtype=torch.float64)
    start, rate, decay = torch.randn(3, dtype=torch.float64), 0.1, 0.05

    def gap(make):
        ends = []
        for decoupled in (True, False):
            phi = start.clone().requires_grad_()
            optimizer = make([phi], 0.0 if decoupled else decay / rate)
            for _ in range(20):
                phi.grad = H * phi.detach() - 1
                if decoupled:
                    phi.data.mul_(1 - decay)
                optimizer.step()
            ends.append(phi.detach())
        return (ends[0] - ends[1]).abs().max().item()

    gaps = {
        "sgd": gap(lambda p, w: torch.optim.SGD(p, lr=rate, weight_decay=w)),
        "momentum": gap(lambda p, w: torch.optim.SGD(p, lr=rate, momentum=0.9, weight_decay=w)),
        "adam": gap(lambda p, w: torch.optim.Adam(p, lr=rate, weight_decay=w)),
    }
    for name, value in gaps.items():
        assert decay_facts["same_for_" + name] is (value < 1e-6)
    decayed, penalised = start, start
    for step in range(40):
        now = rate if step < 20 else rate / 10
        decayed = (1 - decay) * decayed - now * (H * decayed - 1)
        penalised = penalised - now * (H * penalised - 1 + decay / rate * penalised)
    assert decay_facts["survives_a_schedule"] is bool((decayed - penalised).abs().max() < 1e-6)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_decay():
    H, c, start = np.diag([1.0, 0.05]), np.array([1.0, 0.05]), np.array([-1.0, 2.0])
    figure, axes = plt.subplots(1, 3, figsize=(12, 3), sharey=True)
    for axis, optimizer in zip(axes, ("sgd", "momentum", "adam")):
        for decoupled, label in ((True, "decoupled"), (False, "L2")):
            path = [train(optimizer, decoupled, start, H, c, 0.1, 0.02, steps) for steps in range(0, 81, 4)]
            axis.plot(*np.transpose(path), ".-" if decoupled else "o", fillstyle="none", label=label)
        axis.set(title=optimizer, xlabel="$\\phi_1$")
    axes[0].set_ylabel("$\\phi_2$")
    axes[0].legend()
    figure.tight_layout()


show(draw_decay)
# %% [raw] sources="d2l-4.5-3"
# # BEGIN QUESTION
# name: q5_l1_updates
# points: 5

# %% [markdown]
# ## 5. One step with L1
#
# A linear model $f(x) = x^\top w + b$ is fitted on mini-batches of $B$ examples. The loss of a batch is a **mean**,
# and the bias is not penalised:
#
# $$\frac1B \sum_{i=1}^{B} \tfrac12\, r_i^2 + \frac\lambda2 \sum_j w_j^2 \quad\text{(L2)}, \qquad
# \frac1B \sum_{i=1}^{B} \tfrac12\, r_i^2 + \lambda \sum_j |w_j| \quad\text{(L1)} .$$
#
# Write three updates. Each takes `(w, b, X, y, rate, lam)` with `w` of shape `(D,)`, a float `b`, `X` of shape `(B, D)`
# and `y` of shape `(B,)`, and returns `(w, b)` after one step with the learning rate $\eta$ = `rate`. The arguments
# stay as they are.
#
# - `l2_step`: gradient descent on the L2 loss.
# - `l1_step`: gradient descent on the L1 loss, where the derivative of $|w_j|$ at zero is taken to be 0.
# - `prox_step`: two moves. First a gradient step on the loss *without* the penalty, to $(v, b)$; then every $v_j$ goes
#   $\eta\lambda$ towards zero, and stops there: it never changes its sign. (This is the *proximal* step.)
#
# With $X = (1)$, $y = (0)$, $w = (2)$, $b = 0$, $\eta = 0.1$ and $\lambda = 0.5$, L2 leads to $w = 1.7$, both L1
# steps to $1.75$, and $b$ becomes $-0.2$.
#
# - `lasso(X, y, rate, lam, steps)`: `(w, b)` after that many proximal steps on all examples, from $w = 0$, $b = 0$.
#
# Set each entry of `l1_facts` to `True` or `False`.
#
# - `"constant_pull"`: in one step the L1 term moves a weight of 5 as far as a weight of 0.5, the L2 term ten times as
#   far.
# - `"gradient_steps_give_zeros"`: after many gradient steps on the L1 loss, useless weights are exactly zero, as they
#   are with proximal steps.
# - `"batch_divides"`: with a batch of 8 the penalty enters the step with an eighth of its weight with a batch of 1.
# - `"factor_form_is_safe"`: the L1 step can be written as $w_j \leftarrow (1 - \eta\lambda / |w_j|)\,w_j - \dots$ and
#   computed so for every $w$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def l2_step(w, b, X, y, rate, lam):
    """(w, b) after a gradient step on mean squared residuals / 2 plus lam / 2 * sum of squares."""
    # BEGIN SOLUTION
    residual = X @ w + b - y
    return w - rate * (X.T @ residual / len(y) + lam * w), b - rate * residual.mean()
    # END SOLUTION


def l1_step(w, b, X, y, rate, lam):
    """(w, b) after a gradient step on mean squared residuals / 2 plus lam * sum of absolute values."""
    # BEGIN SOLUTION
    residual = X @ w + b - y
    return w - rate * (X.T @ residual / len(y) + lam * np.sign(w)), b - rate * residual.mean()
    # END SOLUTION


def prox_step(w, b, X, y, rate, lam):
    """(w, b) after a gradient step on the bare loss, the weights then moved rate * lam towards zero."""
    # BEGIN SOLUTION
    v, b = l1_step(w, b, X, y, rate, 0)
    return np.sign(v) * np.maximum(np.abs(v) - rate * lam, 0), b
    # END SOLUTION


def lasso(X, y, rate, lam, steps):
    """(w, b) after so many proximal steps from zero."""
    # BEGIN SOLUTION
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        w, b = prox_step(w, b, X, y, rate, lam)
    return w, b
    # END SOLUTION


l1_facts = {}
l1_facts["constant_pull"] = True  # SOLUTION
l1_facts["gradient_steps_give_zeros"] = False  # SOLUTION
l1_facts["batch_divides"] = False  # SOLUTION
l1_facts["factor_form_is_safe"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: In the small example L2 leads to w = 1.7, both L1 steps to 1.75, and b becomes -0.2; l1_facts holds
  four booleans.
"""  # END TEST CONFIG


def test_one_weight(l2_step, l1_step, prox_step, lasso, l1_facts):
    import numpy as np

    X, y, w = np.array([[1.0]]), np.array([0.0]), np.array([2.0])
    for name, step, expected in (("l2_step", l2_step, 1.7), ("l1_step", l1_step, 1.75), ("prox_step", prox_step, 1.75)):
        got = step(w, 0.0, X, y, 0.1, 0.5)
        assert got is not None, f"{name}(...) returned None: expected the pair (w, b)"
        assert isinstance(got, (tuple, list)) and len(got) == 2, f"{name} should return the pair (w, b)"
        assert np.shape(got[0]) == (1,), f"{name}: expected w of shape (1,), got {np.shape(got[0])}"
        assert np.shape(got[1]) == (), f"{name}: b should be a single number, got shape {np.shape(got[1])}"
        assert abs(got[0][0] - expected) < 1e-9, f"{name}: expected w = {expected}, got {got[0][0]}"
        assert abs(got[1] + 0.2) < 1e-9, f"{name}: expected b = -0.2, got {got[1]}"
    got = lasso(X, y, 0.1, 0.5, 3)
    assert got is not None, "lasso(...) returned None: expected the pair (w, b)"
    assert np.allclose(got[0], 0), f"lasso with targets of zero: expected w = [0], got {got[0]}"
    assert isinstance(l1_facts, dict), "l1_facts should be a dictionary"
    for key in ("constant_pull", "gradient_steps_give_zeros", "batch_divides", "factor_form_is_safe"):
        assert isinstance(l1_facts.get(key), bool), f"l1_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: A step differs from autograd's gradient of the printed loss, or a proximal step moves weights by the
  wrong length. Try weights of zero, and the same examples twice.
"""  # END TEST CONFIG


def test_steps_by_autograd(l2_step, l1_step, prox_step):
    import numpy as np
    import torch

    rng = np.random.default_rng(812)
    for n, d in ((1, 1), (1, 6), (8, 4), (30, 3)):
        for rate, lam in ((0.1, 0.5), (0.02, 3.0), (0.7, 0.0), (1.5, 1.0)):
            X, y, b = rng.normal(size=(n, d)), rng.normal(size=n), float(rng.normal())
            w = rng.normal(size=d) * rng.integers(0, 2, size=d)
            for name, step in (("l2", l2_step), ("l1", l1_step), ("bare", prox_step)):
                tw, tb = torch.tensor(w, requires_grad=True), torch.tensor(b, dtype=torch.float64, requires_grad=True)
                loss = (0.5 * (torch.tensor(X) @ tw + tb - torch.tensor(y)) ** 2).mean()
                penalty = {"l2": lam / 2 * (tw**2).sum(), "l1": lam * tw.abs().sum(), "bare": 0.0}[name]
                (loss + penalty).backward()
                moved, bias = tw.detach() - rate * tw.grad, b - rate * tb.grad
                if name == "bare":
                    moved = torch.nn.functional.softshrink(moved, rate * lam)
                for copies in (1, 8):
                    got_w, got_b = step(w, b, np.tile(X, (copies, 1)), np.tile(y, copies), rate, lam)
                    assert np.shape(got_w) == (d,) and np.isfinite(got_w).all()
                    assert np.allclose(got_w, moved.numpy(), rtol=1e-10, atol=1e-12)
                    assert abs(got_b - bias.item()) < 1e-10
    # a weight at zero stays at exactly zero while the data pull less than the penalty
    X, y = np.eye(2), np.array([0.4, -4.0])
    got, _ = prox_step(np.zeros(2), 0.0, X, y, 0.5, 0.3)
    assert got[0] == 0 and got[1] < 0


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: After many steps lasso is not at the minimum of the L1 loss, or its useless weights are not exactly
  zero.
"""  # END TEST CONFIG


def test_lasso_at_its_minimum(lasso):
    import numpy as np

    rng = np.random.default_rng(813)
    for lam in (0.05, 0.3, 1.0):
        X = rng.normal(size=(60, 8))
        y = X @ np.array([2.0, -1.0, 0.5, 0, 0, 0, 0, 0]) + 3.0 + 0.3 * rng.normal(size=60)
        w, b = lasso(X, y, 0.2, lam, 400)
        w, slope = np.asarray(w), X.T @ (X @ w + b - y) / 60
        # slopes of the bare loss: -lam * sign(w) where w is not zero, within lam of zero elsewhere
        assert (w == 0).any() and (w != 0).any() and abs((X @ w + b - y).mean()) < 1e-9
        assert np.abs(slope[w != 0] + lam * np.sign(w[w != 0])).max() < 1e-9
        assert np.abs(slope[w == 0]).max() <= lam + 1e-9
    w, b = lasso(X, y, 0.2, 100.0, 1)
    assert (np.asarray(w) == 0).all() and abs(b - 0.2 * y.mean()) < 1e-12
    w, b = lasso(X, y, 0.2, 0.1, 0)
    assert np.shape(w) == (8,) and (np.asarray(w) == 0).all() and b == 0


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the four statements about L1 steps is decided wrongly.
"""  # END TEST CONFIG


def test_l1_facts(l1_facts):
    import numpy as np
    import torch

    def pull(term, start, copies=1):
        w = torch.tensor([start], dtype=torch.float64, requires_grad=True)
        # targets that the weight fits exactly: only the penalty moves it
        x = torch.ones(copies, 1, dtype=torch.float64)
        (0.5 * ((x @ w - start) ** 2).mean() + 0.3 * term(w)).backward()
        return w.grad.item()

    absolute, square = (lambda w: w.abs().sum()), (lambda w: 0.5 * (w**2).sum())
    ratios = pull(absolute, 5.0) / pull(absolute, 0.5), pull(square, 5.0) / pull(square, 0.5)
    rng = np.random.default_rng(814)
    X = rng.normal(size=(40, 6))
    y, w = 2 * X[:, 0], np.zeros(6)
    for _ in range(2000):
        w = w - 0.1 * (X.T @ (X @ w - y) / 40 + 0.3 * np.sign(w))
    with np.errstate(all="ignore"):
        factor = (1 - 0.1 * 0.3 / np.abs(np.zeros(1))) * np.zeros(1)
    assert l1_facts["constant_pull"] is bool(np.allclose(ratios, (1, 10)))
    assert l1_facts["gradient_steps_give_zeros"] is bool((w[1:] == 0).any())
    assert l1_facts["batch_divides"] is bool(abs(pull(square, 2.0, 8) / pull(square, 2.0) - 1 / 8) < 0.01)
    assert l1_facts["factor_form_is_safe"] is bool(np.isfinite(factor).all())


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_lasso_path():
    rng = np.random.default_rng(5)
    X = rng.normal(size=(60, 8))
    y = X @ np.array([2.0, -1.5, 1.0, 0.5, 0, 0, 0, 0]) + 0.5 * rng.normal(size=60)
    strengths = np.geomspace(0.01, 3, 25)
    path = [lasso(X, y, 0.3, lam, 60)[0] for lam in strengths]
    figure, axis = plt.subplots(figsize=(6, 3))
    axis.semilogx(strengths, path)
    axis.set(xlabel="strength $\\lambda$", ylabel="weights", title="with L1, weights arrive at zero one by one")
    figure.tight_layout()


show(draw_lasso_path)
# %% [raw] sources="d2l-4.5-4"
# # BEGIN QUESTION
# name: q6_frobenius
# points: 4

# %% [markdown]
# ## 6. The squared norm of a matrix
#
# For a real vector the squared norm is $w^\top w$. The penalty of a weight matrix $X$ is the squared **Frobenius norm**
# $\lVert X \rVert_F^2 = \sum_{ij} |x_{ij}|^2$, where $|x|$ is the absolute value, of a complex number too. For the
# matrix with the rows $(1, 2)$ and $(0, -2)$ it is 9.
#
# - `fro_inner(A, B)`: the analogue of $a^\top b$. For matrices of the same shape it is $\text{tr}(A^* B)$: the trace,
#   the sum of the diagonal, of $A^*$ (transposed, and complex conjugated) times $B$. The arrays are float64 or
#   complex128, and may have shapes such as `(10**6, 1)` or `(1, 10**6)`: do not form a matrix of $10^6 \times 10^6$. A
#   single number, complex if the arrays are.
# - `fro_squared(X)`: $\lVert X \rVert_F^2$ of such a matrix, a **real** number.
# - `fro_gradient(X)`: the gradient of $\lVert X \rVert_F^2$ with respect to a real matrix `X`, in its shape.
# - `stable_rank(X)`: the squared Frobenius norm divided by the squared **spectral norm** (the largest singular value)
#   of a matrix that is not all zero, a float. For the identity matrix of size 3 it is 3.
#
# Set each entry of `norm_facts` to `True` or `False`; $X$ is any real matrix, of any shape unless a statement
# says otherwise.
#
# - `"trace_of_square"`: if $X$ is square, $\lVert X \rVert_F^2 = \text{tr}(X X)$.
# - `"either_order"`: $\text{tr}(X^\top X) = \text{tr}(X X^\top)$.
# - `"singular_values"`: $\lVert X \rVert_F^2$ is the sum of the squared singular values.
# - `"rotation_matters"`: turning the outputs, that is multiplying $X$ from the left with an orthogonal matrix, can
#   change $\lVert X \rVert_F$.
# - `"above_the_rank"`: the stable rank can be larger than the rank of $X$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def fro_inner(A, B):
    """Trace of A* B for matrices of the same shape, a single number."""
    # BEGIN SOLUTION
    return np.sum(np.conj(A) * B)
    # END SOLUTION


def fro_squared(X):
    """Squared Frobenius norm of a real or complex matrix, a real number."""
    # BEGIN SOLUTION
    return fro_inner(X, X).real
    # END SOLUTION


def fro_gradient(X):
    """Gradient of the squared Frobenius norm of a real matrix, in the shape of X."""
    # BEGIN SOLUTION
    return 2 * X
    # END SOLUTION


def stable_rank(X):
    """Squared Frobenius norm over squared spectral norm, a float."""
    # BEGIN SOLUTION
    return float(fro_squared(X) / np.linalg.norm(X, 2) ** 2)
    # END SOLUTION


norm_facts = {}
norm_facts["trace_of_square"] = False  # SOLUTION
norm_facts["either_order"] = True  # SOLUTION
norm_facts["singular_values"] = True  # SOLUTION
norm_facts["rotation_matters"] = False  # SOLUTION
norm_facts["above_the_rank"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The matrix with rows (1, 2) and (0, -2) has the squared norm 9, the identity of size 3 the stable
  rank 3; norm_facts holds five booleans.
"""  # END TEST CONFIG


def test_two_by_two(fro_inner, fro_squared, fro_gradient, stable_rank, norm_facts):
    import numpy as np

    X = np.array([[1.0, 2.0], [0.0, -2.0]])
    for name, got in (("fro_squared(X)", fro_squared(X)), ("fro_inner(X, X)", fro_inner(X, X))):
        assert got is not None, f"{name} returned None: expected a number"
        assert np.shape(got) == (), f"{name} should be a single number, got shape {np.shape(got)}"
        assert abs(got - 9) < 1e-9, f"{name}: expected 9, got {got}"
    got = fro_gradient(X)
    assert got is not None, "fro_gradient(X) returned None: expected an array like X"
    assert np.shape(got) == (2, 2), f"fro_gradient: expected shape (2, 2), got {np.shape(got)}"
    got = stable_rank(np.eye(3))
    assert got is not None, "stable_rank(...) returned None: expected a float"
    assert abs(got - 3) < 1e-9, f"stable_rank of the identity of size 3: expected 3, got {got}"
    assert isinstance(norm_facts, dict), "norm_facts should be a dictionary"
    for key in ("trace_of_square", "either_order", "singular_values", "rotation_matters", "above_the_rank"):
        assert isinstance(norm_facts.get(key), bool), f"norm_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A squared norm or an inner product is wrong for some matrices. Which of the two factors is
  conjugated, and what does a trace sum up?
"""  # END TEST CONFIG


def test_products(fro_inner, fro_squared):
    import numpy as np

    rng = np.random.default_rng(815)
    for shape in ((1, 1), (4, 7), (7, 4), (1, 5), (5, 1), (3, 3)):
        for kind in (1, 1j):
            A, B = (rng.normal(size=shape) + (rng.normal(size=shape) * 1j if kind == 1j else 0) for _ in range(2))
            expected = np.trace(A.conj().T @ B)
            assert abs(fro_inner(A, B) - expected) < 1e-10
            got = fro_squared(A)
            assert np.isrealobj(got) and np.shape(got) == ()
            assert abs(got - (np.linalg.svd(A, compute_uv=False) ** 2).sum()) < 1e-10
            assert abs(fro_squared(A.T) - got) < 1e-10
    long = rng.normal(size=(10**6, 1))
    # a sum of a million squares in float64
    expected = np.linalg.norm(long) ** 2
    assert abs(fro_squared(long) - expected) < 1e-6 and abs(fro_squared(long.T) - expected) < 1e-6
    assert fro_squared(np.zeros((2, 3))) == 0


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The gradient or the stable rank is wrong for some matrix.
"""  # END TEST CONFIG


def test_gradient_and_stable_rank(fro_gradient, stable_rank):
    import numpy as np
    import torch

    rng = np.random.default_rng(816)
    for shape in ((1, 1), (4, 7), (7, 4), (1, 5), (6, 2)):
        X = rng.normal(size=shape)
        leaf = torch.tensor(X, requires_grad=True)
        torch.linalg.matrix_norm(leaf).square().backward()
        got = fro_gradient(X)
        assert np.shape(got) == shape and np.allclose(got, leaf.grad.numpy(), rtol=1e-12, atol=1e-12)
        # the largest eigenvalue of X^T X is the square of the spectral norm
        expected = np.trace(X.T @ X) / np.linalg.eigvalsh(X.T @ X).max()
        assert abs(stable_rank(X) - expected) < 1e-9 * expected
        assert abs(stable_rank(X * 1e-3) - expected) < 1e-9 * expected
    assert abs(stable_rank(np.outer(rng.normal(size=5), rng.normal(size=3))) - 1) < 1e-9


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about matrix norms is decided wrongly.
"""  # END TEST CONFIG


def test_norm_facts(norm_facts):
    import numpy as np

    rng = np.random.default_rng(817)
    held = {key: True for key in ("trace_of_square", "either_order", "singular_values", "turned")}
    above = False
    for shape in ((3, 3), (2, 5), (5, 2), (1, 4)) * 5:
        X = rng.normal(size=shape)
        square, singular = (X**2).sum(), np.linalg.svd(X, compute_uv=False)
        turn, _ = np.linalg.qr(rng.normal(size=(shape[0],) * 2))
        if shape[0] == shape[1]:
            held["trace_of_square"] &= bool(abs(np.trace(X @ X) - square) < 1e-9)
        held["either_order"] &= bool(abs(np.trace(X.T @ X) - np.trace(X @ X.T)) < 1e-9)
        held["singular_values"] &= bool(abs((singular**2).sum() - square) < 1e-9)
        held["turned"] &= bool(abs(((turn @ X) ** 2).sum() - square) < 1e-9)
        above |= bool(square / singular[0] ** 2 > np.linalg.matrix_rank(X) + 1e-9)
    for key in ("trace_of_square", "either_order", "singular_values"):
        assert norm_facts[key] is held[key]
    assert norm_facts["rotation_matters"] is (not held["turned"])
    assert norm_facts["above_the_rank"] is above


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION
# %% [raw] sources="d2l-4.5-1"
# # BEGIN QUESTION
# name: q7_penalty_sweep
# points: 5

# %% [markdown]
# ## 7. Turning up the penalty
#
# Fit a linear model by minimising
#
# $$\frac1N \sum_{i=1}^{N} \tfrac12\, r_i^2 + \frac\lambda2 \sum_j w_j^2 ,\qquad r_i = x_i^\top w + b - y_i ,$$
#
# a **mean** over the examples, with a bias that is not penalised.
#
# - `ridge(X, y, lam)`: the minimiser `(w, b)`, with `w` of shape `(D,)` and `b` a float, for $\lambda > 0$. There may
#   be fewer examples than inputs. With the inputs $0$ and $2$, the targets $0$ and $4$ and $\lambda = 1$ it is $w =
#   1$, $b = 1$.
# - `sweep(lams, X, y, X_test, y_test)`: a dictionary with three arrays of shape `(len(lams),)`. `"train"` and `"test"`
#   hold the **mean squared errors** (no factor ½, no penalty) on `X, y` and on `X_test, y_test` of the model fitted to
#   `X, y`; `"norm"` holds $\lVert w \rVert$.
#
# The cell below draws your sweep for 20 examples with 15 inputs. What weight decay cures there is not always what
# it seems to cure. Gradient descent without a penalty cannot change every part of the weights: each step is a
# combination of the rows of $X$. For a model without a bias,
#
# - `stuck_part(X, w)`: the part of the starting weights `w` that is orthogonal to all rows of $X$ and therefore stays
#   as it is for ever, shape `(D,)`. For $X = (1, 1)$ and $w = (3, 1)$ it is $(1, -1)$. The rows may be linearly
#   dependent, and there may be more of them than inputs.
#
# Set each entry of `sweep_facts` to `True` or `False`. The first four are about `ridge`, on any data unless a
# statement names some.
#
# - `"training_error_can_fall"`: a larger $\lambda$ can lower the training error.
# - `"norm_can_rise"`: a larger $\lambda$ can raise $\lVert w \rVert$.
# - `"smallest_is_best"`: with 20 examples, 15 inputs and much noise, as in the figure, the test error is lowest for the
#   smallest $\lambda$.
# - `"ends_at_zero"`: as $\lambda$ grows without bound, every prediction tends to zero.
# - `"start_to_blame"`: a well-known demonstration fits 200 weights, all $0.01$ in truth, to 20 examples with standard
#   normal inputs and noise of standard deviation $0.01$ on the targets, by gradient descent from standard normal
#   weights. Without a penalty the test error is enormous. Starting from zero instead would bring it down by a factor
#   of more than 100.


# %% [raw]
# # BEGIN SOLUTION
# %%
def ridge(X, y, lam):
    """(w, b) that minimise the mean of squared residuals / 2 plus lam / 2 * squared norm of w."""
    # BEGIN SOLUTION
    centre = X.mean(axis=0)
    spread = X - centre
    w = np.linalg.solve(spread.T @ spread / len(y) + lam * np.eye(X.shape[1]), spread.T @ y / len(y))
    return w, float(y.mean() - centre @ w)
    # END SOLUTION


def sweep(lams, X, y, X_test, y_test):
    """Mean squared errors and norms of ridge fits: {"train": ..., "test": ..., "norm": ...}."""
    # BEGIN SOLUTION
    fits = [ridge(X, y, lam) for lam in lams]
    return {
        "train": np.array([np.mean((X @ w + b - y) ** 2) for w, b in fits]),
        "test": np.array([np.mean((X_test @ w + b - y_test) ** 2) for w, b in fits]),
        "norm": np.array([np.linalg.norm(w) for w, _ in fits]),
    }
    # END SOLUTION


def stuck_part(X, w):
    """The part of w (D,) that is orthogonal to all rows of X (N, D)."""
    # BEGIN SOLUTION
    return w - np.linalg.pinv(X) @ (X @ w)
    # END SOLUTION


sweep_facts = {}
sweep_facts["training_error_can_fall"] = False  # SOLUTION
sweep_facts["norm_can_rise"] = False  # SOLUTION
sweep_facts["smallest_is_best"] = False  # SOLUTION
sweep_facts["ends_at_zero"] = False  # SOLUTION
sweep_facts["start_to_blame"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For the inputs (0, 2), the targets (0, 4) and lambda 1 the fit is w = 1, b = 1; sweep_facts holds
  five booleans.
"""  # END TEST CONFIG


def test_two_points(ridge, sweep, stuck_part, sweep_facts):
    import numpy as np

    X, y = np.array([[0.0], [2.0]]), np.array([0.0, 4.0])
    got = ridge(X, y, 1.0)
    assert got is not None, "ridge(...) returned None: expected the pair (w, b)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "ridge should return the pair (w, b)"
    assert np.shape(got[0]) == (1,), f"ridge: expected w of shape (1,), got {np.shape(got[0])}"
    assert np.shape(got[1]) == (), f"ridge: b should be a single number, got shape {np.shape(got[1])}"
    assert abs(got[0][0] - 1) < 1e-9 and abs(got[1] - 1) < 1e-9, f"ridge: expected w = [1], b = 1, got {got}"
    got = sweep([1.0], X, y, X, y)
    assert got is not None, "sweep(...) returned None: expected a dictionary"
    assert isinstance(got, dict), "sweep should return a dictionary"
    for key in ("train", "test", "norm"):
        assert key in got, f"sweep: the dictionary has no entry {key!r}"
        assert np.shape(got[key]) == (1,), f"sweep: expected {key!r} of shape (1,), got {np.shape(got[key])}"
        assert abs(got[key][0] - 1) < 1e-9, f"sweep: expected {key!r} to be [1], got {got[key]}"
    got = stuck_part(np.array([[1.0, 1.0]]), np.array([3.0, 1.0]))
    assert got is not None, "stuck_part(...) returned None: expected an array of shape (D,)"
    assert np.allclose(got, [1, -1]), f"stuck_part: expected [1, -1], got {got}"
    assert isinstance(sweep_facts, dict), "sweep_facts should be a dictionary"
    keys = ["training_error_can_fall", "norm_can_rise", "smallest_is_best", "ends_at_zero", "start_to_blame"]
    for key in keys:
        assert isinstance(sweep_facts.get(key), bool), f"sweep_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The fit is not the minimum of the printed loss, or an error is not the plain mean squared error. Mind
  the mean over the examples, and who is penalised.
"""  # END TEST CONFIG


def test_minimum_of_the_loss(ridge, sweep):
    import numpy as np
    import torch

    rng = np.random.default_rng(818)
    lams = [1e-3, 0.1, 1.0, 20.0]
    for n, d in ((1, 1), (2, 3), (20, 15), (8, 30), (50, 2)):
        X, y = rng.normal(size=(n, d)) + 1.0, rng.normal(size=n) + 4.0
        X_test, y_test = rng.normal(size=(9, d)), rng.normal(size=9)
        got = sweep(lams, X, y, X_test, y_test)
        assert set(got) == {"train", "test", "norm"}
        for k, lam in enumerate(lams):
            w, b = ridge(X, y, lam)
            assert np.shape(w) == (d,) and np.shape(b) == ()
            tw, tb = (
                torch.tensor(w, requires_grad=True),
                torch.tensor(float(b), dtype=torch.float64, requires_grad=True),
            )
            r = torch.tensor(X) @ tw + tb - torch.tensor(y)
            ((0.5 * r**2).mean() + lam / 2 * (tw**2).sum()).backward()
            # the loss is strictly convex: where its gradient vanishes is the minimum
            assert tw.grad.abs().max() < 1e-9 and abs(tb.grad) < 1e-9
            test = ((torch.tensor(X_test) @ tw + tb - torch.tensor(y_test)) ** 2).mean().item()
            expected = {"train": (r**2).mean().item(), "test": test, "norm": tw.norm().item()}
            for key, value in expected.items():
                assert np.shape(got[key]) == (4,) and abs(got[key][k] - value) < 1e-9 * (1 + value)
    w, b = ridge(X, y, 1e9)
    assert np.abs(w).max() < 1e-6 and abs(b - y.mean()) < 1e-6


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: stuck_part is not what gradient descent leaves alone. Think of dependent rows, and of more rows than
  inputs.
"""  # END TEST CONFIG


def test_what_never_moves(stuck_part):
    import numpy as np

    rng = np.random.default_rng(819)
    for n, d in ((1, 4), (3, 8), (6, 6), (10, 3), (1, 1)):
        for doubled in (False, True):
            X, w = rng.normal(size=(n, d)), rng.normal(size=d)
            X = np.vstack([X, X[:1]]) if doubled else X
            # the eigenvectors of X^T X that belong to the eigenvalue zero
            values, vectors = np.linalg.eigh(X.T @ X)
            still = vectors[:, values < 1e-9 * values.max()]
            got = stuck_part(X, w)
            assert np.shape(got) == (d,) and np.allclose(got, still @ (still.T @ w), rtol=0, atol=1e-8)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about the sweep is decided wrongly. Compute what you are not sure
  of.
"""  # END TEST CONFIG


def test_sweep_facts(sweep_facts):
    import numpy as np

    rng = np.random.default_rng(820)
    lams = np.geomspace(1e-3, 1e3, 13)
    true = 0.3 * rng.normal(size=15)
    test_errors, falls, rises, far = np.zeros(13), False, False, []
    for _ in range(20):
        X = rng.normal(size=(220, 15))
        y = X @ true + 2.0 + rng.normal(size=220)
        errors, norms = [], []
        for k, lam in enumerate(lams):
            # rows for the penalty; a column of ones for the bias, with no row of its own
            rows = np.vstack([np.column_stack([X[:20], np.ones(20)]), np.sqrt(20 * lam) * np.eye(16)[:15]])
            phi = np.linalg.lstsq(rows, np.append(y[:20], np.zeros(15)), rcond=None)[0]
            out = X @ phi[:15] + phi[15]
            errors.append(((out - y)[:20] ** 2).mean())
            norms.append(np.linalg.norm(phi[:15]))
            test_errors[k] += ((out - y)[20:] ** 2).mean() / 20
        falls |= bool((np.diff(errors) < -1e-9).any())
        rises |= bool((np.diff(norms) > 1e-9).any())
        far.append(np.abs(out).max())
    X, start = rng.normal(size=(20, 200)), rng.normal(size=200)
    y, X_test = X @ np.full(200, 0.01) + 0.01 * rng.normal(size=20), rng.normal(size=(500, 200))
    # where gradient descent ends: the nearest point to the start that fits all examples
    ends = [w + np.linalg.lstsq(X, y - X @ w, rcond=None)[0] for w in (start, 0 * start)]
    errors = [((X_test @ (w - 0.01)) ** 2).mean() for w in ends]
    assert sweep_facts["training_error_can_fall"] is falls
    assert sweep_facts["norm_can_rise"] is rises
    assert sweep_facts["smallest_is_best"] is bool(test_errors.argmin() == 0)
    assert sweep_facts["ends_at_zero"] is bool(max(far) < 0.1)
    assert sweep_facts["start_to_blame"] is bool(errors[0] > 100 * errors[1])


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_sweep():
    rng = np.random.default_rng(11)
    true, lams = 0.4 * rng.normal(size=15), np.geomspace(1e-3, 100, 30)
    X = rng.normal(size=(1020, 15))
    y = X @ true + 2 + rng.normal(size=1020)
    curves = sweep(lams, X[:20], y[:20], X[20:], y[20:])
    figure, axis = plt.subplots(figsize=(6, 3.2))
    for key in ("train", "test", "norm"):
        axis.loglog(lams, curves[key], label=key)
    axis.set(xlabel="strength $\\lambda$", title="20 examples, 15 inputs")
    axis.legend()
    figure.tight_layout()


show(draw_sweep)
# %% [raw] sources="d2l-4.5-2"
# # BEGIN QUESTION
# name: q8_choosing_lambda
# points: 5

# %% [markdown]
# ## 8. Choosing the strength
#
# The strength $\lambda$ cannot be chosen on the training data. Here the model is linear without a bias, and its
# weights minimise $\tfrac12 \sum_i r_i^2 + \tfrac\lambda2 \sum_j w_j^2$, so that $w = (X^\top X + \lambda I)^{-1}
# X^\top y$. (Where $\lambda$ is 0, the columns of $X$ are independent.) An **error** is a mean squared residual,
# without penalty.
#
# - `select_lambda(X, y, X_val, y_val, lams)`: the pair `(best, errors)`. `errors`, shape `(len(lams),)`, holds the
#   error on the **validation** examples `X_val, y_val` for each strength in the list `lams`, with weights fitted to
#   `X, y` alone; `best` is the strength with the lowest error, the first of them if several are equal. With $X =
#   (1)$, $y = (2)$, $X_\text{val} = (1)$, $y_\text{val} = (1)$ and the strengths $0, 1, 3$ the errors are $1, 0,
#   \tfrac14$.
# - `cross_validate(X, y, lams, folds)`: validation examples are costly, so let every example be one in its turn.
#   `folds`, shape `(N,)`, holds the number of the fold of each example, any integers. For each fold, fit to the
#   examples of all *other* folds and predict this one. Return the mean over all $N$ examples of the squared residual
#   when held out, shape `(len(lams),)`.
# - `selection_study(make_data, lams, seeds)`: `make_data(seed)` returns six arrays, `X, y, X_val, y_val, X_test,
#   y_test`. For each seed, choose with the validation examples. Return a dictionary of arrays of shape
#   `(len(seeds),)`: `"chosen"` (the strength), `"validation"` and `"test"` (the errors with this strength), and
#   `"best_test"` (the lowest test error of any strength in `lams`).
#
# The cell below runs your study for the data of `make_split` and the strengths in `STRENGTHS`, which are given. Decide
# what holds there, over many seeds, and set each entry of `choice_facts` to `True` or `False`.
#
# - `"one_lambda_for_all"`: the chosen strength is the same for every split of the data.
# - `"validation_error_is_honest"`: on average, the validation error of the chosen strength is within 2 % of its test
#   error.
# - `"validation_error_too_low"`: on average, it is lower than the test error.
# - `"choice_is_optimal"`: the chosen strength has the lowest test error in nearly all (95 %) of the splits.
# - `"hardly_matters"`: in most of the splits, the test error is within 10 % of the best that any strength reaches.


# %%
STRENGTHS = [0.01, 0.1, 1.0, 3.0, 10.0, 30.0, 100.0]


def make_split(seed):
    """20 training, 20 validation and 500 test examples with 15 inputs: X, y, X_val, y_val, X_test, y_test."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(540, 15))
    y = X @ np.linspace(-0.6, 0.6, 15) + rng.normal(size=540)
    return X[:20], y[:20], X[20:40], y[20:40], X[40:], y[40:]


# %% [raw]
# # BEGIN SOLUTION
# %%
def select_lambda(X, y, X_val, y_val, lams):
    """(best, errors): the strength with the lowest validation error, and the errors of all (len(lams),)."""
    # BEGIN SOLUTION
    errors = []
    for lam in lams:
        w = np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ y)
        errors.append(np.mean((X_val @ w - y_val) ** 2))
    return lams[int(np.argmin(errors))], np.array(errors)
    # END SOLUTION


def cross_validate(X, y, lams, folds):
    """Mean squared residual of the examples when held out, for each strength; shape (len(lams),)."""
    # BEGIN SOLUTION
    total = np.zeros(len(lams))
    for fold in set(folds.tolist()):
        held, used = folds == fold, folds != fold
        total += held.sum() * select_lambda(X[used], y[used], X[held], y[held], lams)[1]
    return total / len(y)
    # END SOLUTION


def selection_study(make_data, lams, seeds):
    """Arrays (len(seeds),) named chosen, validation, test and best_test: one choice for each seed."""
    # BEGIN SOLUTION
    rows = []
    for seed in seeds:
        X, y, X_val, y_val, X_test, y_test = make_data(seed)
        chosen, errors = select_lambda(X, y, X_val, y_val, lams)
        tested = select_lambda(X, y, X_test, y_test, lams)[1]
        rows.append((chosen, errors.min(), tested[errors.argmin()], tested.min()))
    return dict(zip(("chosen", "validation", "test", "best_test"), np.array(rows).T))
    # END SOLUTION


choice_facts = {}
choice_facts["one_lambda_for_all"] = False  # SOLUTION
choice_facts["validation_error_is_honest"] = False  # SOLUTION
choice_facts["validation_error_too_low"] = True  # SOLUTION
choice_facts["choice_is_optimal"] = False  # SOLUTION
choice_facts["hardly_matters"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: In the small example the validation errors are 1, 0 and 1/4, and the strength 1 is chosen;
  choice_facts holds five booleans.
"""  # END TEST CONFIG


def test_one_example_each(select_lambda, cross_validate, selection_study, choice_facts):
    import numpy as np

    one = np.ones((1, 1))
    got = select_lambda(one, np.array([2.0]), one, np.array([1.0]), [0.0, 1.0, 3.0])
    assert got is not None, "select_lambda(...) returned None: expected the pair (best, errors)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "select_lambda should return the pair (best, errors)"
    assert np.shape(got[1]) == (3,), f"errors: expected shape (3,), got {np.shape(got[1])}"
    assert np.allclose(got[1], [1, 0, 0.25]), f"errors: expected [1, 0, 0.25], got {got[1]}"
    assert got[0] == 1, f"best: expected 1, got {got[0]}"
    got = cross_validate(np.ones((2, 1)), np.array([2.0, 1.0]), [0.0], np.array([0, 1]))
    assert got is not None, "cross_validate(...) returned None: expected an array of shape (len(lams),)"
    assert np.shape(got) == (1,), f"cross_validate: expected shape (1,), got {np.shape(got)}"
    assert np.allclose(got, 1), f"cross_validate of two examples without a penalty: expected [1], got {got}"
    got = selection_study(lambda seed: (one, one[0], one, one[0], one, one[0]), [0.0], [1, 2])
    assert got is not None, "selection_study(...) returned None: expected a dictionary"
    assert isinstance(got, dict), "selection_study should return a dictionary"
    for key in ("chosen", "validation", "test", "best_test"):
        assert np.shape(got.get(key)) == (2,), f"selection_study: {key!r} should have shape (2,)"
    assert isinstance(choice_facts, dict), "choice_facts should be a dictionary"
    keys = ["one_lambda_for_all", "validation_error_is_honest", "validation_error_too_low", "choice_is_optimal"]
    for key in [*keys, "hardly_matters"]:
        assert isinstance(choice_facts.get(key), bool), f"choice_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: A validation error is wrong, or the wrong strength is chosen. Which examples may the fit see, and
  which decide? Folds can have different sizes.
"""  # END TEST CONFIG


def test_errors_by_least_squares(select_lambda, cross_validate):
    import numpy as np

    def fit(X, y, lam):
        d = X.shape[1]
        return np.linalg.lstsq(np.vstack([X, np.sqrt(lam) * np.eye(d)]), np.append(y, np.zeros(d)), rcond=None)[0]

    rng = np.random.default_rng(821)
    lams = [30.0, 0.1, 1.0, 5.0]
    picked = set()
    for n, d in ((12, 3), (5, 8), (30, 1), (20, 15)) * 3:
        X, X_val = rng.normal(size=(n, d)), rng.normal(size=(7, d))
        true = rng.normal(size=d) * rng.choice([0.1, 1.0])
        y, y_val = X @ true + rng.normal(size=n), X_val @ true + rng.normal(size=7)
        best, errors = select_lambda(X, y, X_val, y_val, lams)
        expected = [np.mean((X_val @ fit(X, y, lam) - y_val) ** 2) for lam in lams]
        assert np.shape(errors) == (4,) and np.allclose(errors, expected, rtol=1e-8, atol=1e-10)
        assert best == lams[int(np.argmin(expected))]
        picked.add(best)
        for folds in (np.arange(n), np.arange(n) % 3 * 5 - 2, (np.arange(n) > 3).astype(int)):
            residuals = np.zeros((4, n))
            for k, lam in enumerate(lams):
                for i in range(n):
                    others = folds != folds[i]
                    residuals[k, i] = X[i] @ fit(X[others], y[others], lam) - y[i]
            got = cross_validate(X, y, lams, folds)
            assert np.shape(got) == (4,) and np.allclose(got, (residuals**2).mean(axis=1), rtol=1e-8, atol=1e-10)
    assert len(picked) > 2
    zeros = np.zeros((3, 2))
    assert select_lambda(zeros, np.ones(3), zeros, np.ones(3), [7.0, 2.0, 1.0])[0] == 7


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The study reports other numbers than it should. The test examples only judge; they choose nothing but
  "best_test".
"""  # END TEST CONFIG


def test_study(selection_study):
    import numpy as np

    def make_data(seed):
        rng = np.random.default_rng(seed + 900)
        X, true = rng.normal(size=(60, 6)), rng.normal(size=6)
        y = X @ true + 2 * rng.normal(size=60)
        return X[:10], y[:10], X[10:18], y[10:18], X[18:], y[18:]

    lams, seeds = [0.1, 1.0, 4.0, 15.0, 60.0], [3, 1, 4, 15, 9, 26, 5, 35]
    got = selection_study(make_data, lams, seeds)
    assert set(got) == {"chosen", "validation", "test", "best_test"}
    differ = 0
    for k, seed in enumerate(seeds):
        X, y, X_val, y_val, X_test, y_test = make_data(seed)
        u, s, vt = np.linalg.svd(X, full_matrices=False)
        fits = [vt.T @ (s / (s**2 + lam) * (u.T @ y)) for lam in lams]
        validation, test = ([np.mean((A @ w - b) ** 2) for w in fits] for A, b in ((X_val, y_val), (X_test, y_test)))
        pick = int(np.argmin(validation))
        differ += pick != int(np.argmin(test))
        expected = {"chosen": lams[pick], "validation": min(validation), "test": test[pick], "best_test": min(test)}
        for key, value in expected.items():
            assert np.shape(got[key]) == (8,) and abs(got[key][k] - value) < 1e-8 * (1 + value)
    assert differ >= 2


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about the study is decided wrongly. Take more splits.
"""  # END TEST CONFIG


def test_choice_facts(choice_facts, STRENGTHS):
    import numpy as np

    lams = np.array([0.01, 0.1, 1.0, 3.0, 10.0, 30.0, 100.0])
    assert list(STRENGTHS) == lams.tolist()
    picks, found, tested, best = [], [], [], []
    for seed in range(1000, 1150):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(540, 15))
        y = X @ np.linspace(-0.6, 0.6, 15) + rng.normal(size=540)
        u, s, vt = np.linalg.svd(X[:20], full_matrices=False)
        W = vt.T @ (s[:, None] / (s[:, None] ** 2 + lams) * (u.T @ y[:20])[:, None])
        validation, test = (
            ((X[part] @ W - y[part, None]) ** 2).mean(axis=0) for part in (slice(20, 40), slice(40, 540))
        )
        pick = int(validation.argmin())
        picks.append(pick)
        found.append(validation[pick])
        tested.append(test[pick])
        best.append(test.min())
    ratio, loss = np.mean(found) / np.mean(tested), np.array(tested) / np.array(best)
    # 20 times 150 splits: ratio 0.846 to 0.957, optimal in 42 to 59 % of them, within 10 % in 71 to 85 %
    assert choice_facts["one_lambda_for_all"] is (len(set(picks)) == 1)
    assert choice_facts["validation_error_is_honest"] is bool(abs(ratio - 1) < 0.02)
    assert choice_facts["validation_error_too_low"] is bool(ratio < 1)
    assert choice_facts["choice_is_optimal"] is bool((loss == 1).mean() >= 0.95)
    assert choice_facts["hardly_matters"] is bool((loss < 1.1).mean() > 0.5)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_study():
    study = selection_study(make_split, STRENGTHS, range(150))
    figure, axes = plt.subplots(1, 2, figsize=(10, 3))
    axes[0].bar([str(lam) for lam in STRENGTHS], [(study["chosen"] == lam).sum() for lam in STRENGTHS])
    axes[0].set(xlabel="strength", ylabel="times chosen")
    axes[1].plot(study["validation"], study["test"], ".")
    axes[1].plot([0, 4], [0, 4], color="0.7")
    axes[1].set(xlabel="validation error of the chosen strength", ylabel="its test error")
    figure.tight_layout()


show(draw_study)
# %% [raw] sources="d2l-4.5-5"
# # BEGIN QUESTION
# name: q9_other_remedies
# points: 4

# %% [markdown]
# ## 9. Without a penalty
#
# Weight decay is one remedy against overfitting. There are many more, and some that only look like remedies.
#
# **Stopping in time.** While a network is trained, its loss on validation examples falls and later rises again. Write
# `early_stop(val_losses, patience)`. `val_losses` is a list, one loss for each epoch, counted from 0. Training stops
# after the first epoch that ends a run of `patience` epochs in a row without an improvement; an improvement is a loss
# strictly lower than all earlier ones, and epoch 0 is one. Return `(best_epoch, stop_epoch)`: the epoch with the
# lowest loss among those that were run, the first of them if several are equal, and the last epoch that was run. If
# training is never stopped, this is the last in the list. `patience` is at least 1. For `[3, 2, 4, 1, 5, 6, 0]` and
# the patience 2 it is `(3, 5)`.
#
# **Ten measures.** A linear model with 15 inputs and no bias is fitted to 20 examples by least squares. All inputs are
# standard normal, the target is half the sum of the first five inputs plus standard normal noise. The other ten inputs
# are useless. For each measure say whether it lowers the **test error on average over many data sets** by a tenth or
# more, compared with plain least squares (`True`), or does not (`False`). Set the entries of `remedies`. You may
# simulate: two hundred data sets are enough, if you compare means.
#
# - `"more_examples"`: 40 examples in place of 20;
# - `"each_example_twice"`: the 20 examples, each of them twice;
# - `"cleaner_targets"`: the same 20 inputs with noise of half the size;
# - `"fewer_inputs"`: only the five useful inputs;
# - `"tied_weights"`: the first five weights are forced to be equal, one parameter for them all;
# - `"stop_early"`: gradient descent from zero on the mean of squared residuals over 2, with the rate 0.1, for 30 steps;
# - `"train_longer"`: 100,000 steps of it in place of plain least squares;
# - `"noisy_copies"`: 30 copies of each example, with fresh normal noise of standard deviation 0.5 on each input;
# - `"penalty_by_training_error"`: an L2 penalty whose strength, one of $0, 0.1, 1, 10$, is the one with the lowest
#   training error;
# - `"extra_inputs"`: ten more inputs of pure noise, and the shortest weight vector that fits the 20 examples.


# %% [raw]
# # BEGIN SOLUTION
# %%
def early_stop(val_losses, patience):
    """(best_epoch, stop_epoch) of training that stops after patience epochs in a row without an improvement."""
    # BEGIN SOLUTION
    best = 0
    for epoch, loss in enumerate(val_losses):
        if loss < val_losses[best]:
            best = epoch
        if epoch - best == patience:
            break
    return best, epoch
    # END SOLUTION


remedies = {}
remedies["more_examples"] = True  # SOLUTION
remedies["each_example_twice"] = False  # SOLUTION
remedies["cleaner_targets"] = True  # SOLUTION
remedies["fewer_inputs"] = True  # SOLUTION
remedies["tied_weights"] = True  # SOLUTION
remedies["stop_early"] = True  # SOLUTION
remedies["train_longer"] = False  # SOLUTION
remedies["noisy_copies"] = True  # SOLUTION
remedies["penalty_by_training_error"] = False  # SOLUTION
remedies["extra_inputs"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With [3, 2, 4, 1, 5, 6, 0] and the patience 2 the best epoch is 3 and the last one run is 5; remedies
  holds ten booleans.
"""  # END TEST CONFIG


def test_one_curve(early_stop, remedies):
    got = early_stop([3, 2, 4, 1, 5, 6, 0], 2)
    assert got is not None, "early_stop(...) returned None: expected (best_epoch, stop_epoch)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "early_stop should return (best_epoch, stop_epoch)"
    assert tuple(got) == (3, 5), f"early_stop: expected (3, 5), got {tuple(got)}"
    assert isinstance(remedies, dict), "remedies should be a dictionary"
    keys = ["more_examples", "each_example_twice", "cleaner_targets", "fewer_inputs", "tied_weights", "stop_early"]
    for key in [*keys, "train_longer", "noisy_copies", "penalty_by_training_error", "extra_inputs"]:
        assert isinstance(remedies.get(key), bool), f"remedies[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: Training stops at the wrong epoch, or another epoch is called the best. Think of ties, of a loss that
  falls to the end, and of what comes after the stop.
"""  # END TEST CONFIG


def test_stops(early_stop):
    import random

    rng = random.Random(822)
    curves = [[5.0], [3, 2, 1], [1, 2, 3], [2, 2, 2, 2, 2], [1.0, 1.0, 0.5, 0.5, 0.7, 0.4], [0, -1, -1, -2, 5, 5]]
    curves += [[rng.choice([1, 2, 3, 4, 5]) for _ in range(rng.randint(1, 12))] for _ in range(200)]
    stopped = 0
    for curve in curves:
        for patience in (1, 2, 3, 20):
            stop = len(curve) - 1
            for end in range(patience, len(curve)):
                # the last `patience` epochs are no better than the best before them
                if min(curve[end - patience + 1 : end + 1]) >= min(curve[: end - patience + 1]):
                    stop = end
                    break
            stopped += stop < len(curve) - 1
            run = curve[: stop + 1]
            assert tuple(early_stop(curve, patience)) == (run.index(min(run)), stop)
    assert stopped > 50


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: At least one of the ten measures is judged wrongly. Simulate the ones that you are not sure of.
"""  # END TEST CONFIG


def test_measures(remedies):
    import numpy as np

    rng = np.random.default_rng(823)
    w = np.where(np.arange(15) < 5, 0.5, 0.0)
    ls = lambda X, y: np.linalg.lstsq(X, y, rcond=None)[0]
    errors = {}
    for _ in range(150):
        X, noise, noise_inputs = rng.normal(size=(40, 15)), rng.normal(size=40), rng.normal(size=(20, 10))
        y = X @ w + noise
        A, b = X[:20], y[:20]
        values, vectors = np.linalg.eigh(A.T @ A / 20)
        steps = lambda t: vectors @ ((1 - (1 - 0.1 * values) ** t) / values * (vectors.T @ (A.T @ b / 20)))
        tied = ls(np.column_stack([A[:, :5].sum(1), A[:, 5:]]), b)
        ridges = [np.linalg.solve(A.T @ A + lam * np.eye(15), A.T @ b) for lam in (0.0, 0.1, 1.0, 10.0)]
        wide = ls(np.column_stack([A, noise_inputs]), b)
        fits = {
            "plain": ls(A, b),
            "more_examples": ls(X, y),
            "each_example_twice": ls(np.tile(A, (2, 1)), np.tile(b, 2)),
            "cleaner_targets": ls(A, A @ w + noise[:20] / 2),
            "fewer_inputs": np.append(ls(A[:, :5], b), np.zeros(10)),
            "tied_weights": np.append(np.full(5, tied[0]), tied[1:]),
            "stop_early": steps(30),
            "train_longer": steps(100_000),
            "noisy_copies": ls(np.tile(A, (30, 1)) + 0.5 * rng.normal(size=(600, 15)), np.tile(b, 30)),
            "penalty_by_training_error": min(ridges, key=lambda v: ((A @ v - b) ** 2).sum()),
            "extra_inputs": wide,
        }
        for name, fit in fits.items():
            # the expected squared error beyond the noise; weights of extra inputs count in full
            errors.setdefault(name, []).append((fit[:15] - w) @ (fit[:15] - w) + fit[15:] @ fit[15:])
    # 22 runs: the good ones 0.08 to 0.44 of plain least squares; the others 1.00, extra inputs 1.18 to 1.69
    for name in sorted(set(errors) - {"plain"}):
        better = np.mean(errors[name]) < 0.9 * np.mean(errors["plain"])
        assert remedies[name] is bool(better)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="d2l-4.5-5"
# # BEGIN QUESTION
# name: q10_remedies_explained
# manual: true
# points: 2

# %% [markdown]
# ## 10. Remedies in words
#
# Name four measures other than weight decay that make the gap between training error and test error smaller, and say
# for each in one sentence **how** it does so. Then say why "train it longer" is not among them, and on which data the
# strength of any such measure has to be chosen. Seven or eight sentences are enough. This answer is read by a person.

# %% [raw]
# # BEGIN SOLUTION
# %% [markdown]
# **Model answer.** More examples, real ones or copies changed in ways that keep the label (augmentation): noise in
# single examples averages out, so there is less of it to fit. Early stopping: the strong directions of the data are
# learnt first, and training ends before the weak ones, which carry most of the noise, are fitted. Dropout or noise on
# inputs: the network cannot rely on single units or exact values, which acts like a penalty on large weights. Sharing
# parameters, or fewer inputs: the family of functions is smaller, so it can follow less of the noise. (Also valid:
# averaging the outputs of several networks, label smoothing, starting from a network trained on other data, cleaner
# labels.) Training longer on the same data fits them more closely, noise included; the training error falls, and the
# gap usually widens. The strength is chosen on validation examples that were not used for fitting, and the result is
# judged on a third set, because the lowest validation error is too optimistic.
#
# **Rubric**
#
# - 1 point: four different measures, each with a mechanism (a quarter of a point for each).
# - 0.5 points: says that longer training fits the noise of the same examples, so that the gap does not shrink.
# - 0.5 points: separate validation data for the choice, and not the test data.
# %% [raw]
# # END SOLUTION
# %% [raw]
# # END QUESTION
# %% [raw] sources="udl-9.3"
# # BEGIN QUESTION
# name: q11_input_noise
# points: 4

# %% [markdown]
# ## 11. Noise on the inputs
#
# A line $f(x) = \phi_0 + \phi_1 x$ is fitted with the **summed** squared error $L(\phi) = \sum_i r_i^2$, $r_i =
# f(x_i) - y_i$. But in every step of training fresh noise is added to each input: $x_i$ becomes $x_i + e_i$, where
# the $e_i$ are independent, with mean 0 and standard deviation $s$. For *given* noise the loss then is a sum of three
# terms: the loss without noise, a term linear in the noise, and a term quadratic in it.
#
# `phi`, `x`, `y` and `e` are arrays of shapes `(2,)`, `(N,)`, `(N,)` and `(N,)`.
#
# - `noise_terms(phi, x, y, e)`: these three terms, a tuple of floats in this order. With $\phi = (1, 2)$ and the single
#   example $x = 3$, $y = 5$, whose noise is $0.5$, they are $4$, $4$ and $1$.
# - `expected_gradient(phi, x, y, s)`: the mean, over the noise, of the gradient of the noisy loss with respect to
#   $\phi$; shape `(2,)`.
# - `noise_strength(n, s, reduction)`: on average, noise acts like a penalty $\lambda\,\phi_1^2$. This $\lambda$ for the
#   summed loss (`"sum"`) and for the mean loss $L / N$ (`"mean"`); `n` is $N$. A float.
# - `noisy_fit(x, y, s)`: the parameters at which the mean gradient vanishes, shape `(2,)`; not all $x_i$ are equal.
#
# Set each entry of `noise_facts` to `True` or `False`.
#
# - `"intercept_penalised"`: on average the noise pulls $\phi_0$ towards zero as well.
# - `"steps_equal_decay"`: with noise, every single step is the same as a step with weight decay.
# - `"origin_matters"`: adding the same number to all $x_i$ changes the slope of `noisy_fit`.
# - `"through_the_centre"`: whatever $s$ is, the line of `noisy_fit` passes through the mean of the inputs and the
#   mean of the targets.
# - `"targets_instead"`: noise of this kind on the targets, in place of the inputs, also shrinks the slope on average.


# %% [raw]
# # BEGIN SOLUTION
# %%
def noise_terms(phi, x, y, e):
    """The loss without noise, the part linear in the noise e (N,) and the quadratic part: three floats."""
    # BEGIN SOLUTION
    r = phi[0] + phi[1] * x - y
    return float(r @ r), float(2 * phi[1] * (r @ e)), float(phi[1] ** 2 * (e @ e))
    # END SOLUTION


def expected_gradient(phi, x, y, s):
    """Mean gradient of the noisy loss, shape (2,)."""
    # BEGIN SOLUTION
    r = phi[0] + phi[1] * x - y
    return 2 * np.array([r.sum(), r @ x + len(x) * s**2 * phi[1]])
    # END SOLUTION


def noise_strength(n, s, reduction):
    """Strength of the penalty on the squared slope that noise amounts to, a float; reduction: "sum" or "mean"."""
    # BEGIN SOLUTION
    return {"sum": n, "mean": 1}[reduction] * s**2
    # END SOLUTION


def noisy_fit(x, y, s):
    """Parameters (2,) at which the mean gradient vanishes."""
    # BEGIN SOLUTION
    slope = np.mean((x - x.mean()) * y) / (x.var() + s**2)
    return np.array([y.mean() - slope * x.mean(), slope])
    # END SOLUTION


noise_facts = {}
noise_facts["intercept_penalised"] = False  # SOLUTION
noise_facts["steps_equal_decay"] = False  # SOLUTION
noise_facts["origin_matters"] = False  # SOLUTION
noise_facts["through_the_centre"] = True  # SOLUTION
noise_facts["targets_instead"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For phi (1, 2), x = 3, y = 5 and the noise 0.5 the terms are 4, 4 and 1; noise_facts holds five
  booleans.
"""  # END TEST CONFIG


def test_one_noisy_example(noise_terms, expected_gradient, noise_strength, noisy_fit, noise_facts):
    import numpy as np

    phi, x, y = np.array([1.0, 2.0]), np.array([3.0]), np.array([5.0])
    got = noise_terms(phi, x, y, np.array([0.5]))
    assert got is not None, "noise_terms(...) returned None: expected three floats"
    assert isinstance(got, (tuple, list)) and len(got) == 3, "noise_terms should return three floats"
    assert np.allclose(got, [4, 4, 1]), f"noise_terms: expected (4, 4, 1), got {got}"
    got = expected_gradient(phi, x, y, 0.0)
    assert got is not None, "expected_gradient(...) returned None: expected an array of shape (2,)"
    assert np.shape(got) == (2,), f"expected_gradient: expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, [4, 12]), f"expected_gradient without noise: expected [4, 12], got {got}"
    got = noise_strength(5, 0.0, "sum")
    assert got is not None, "noise_strength(...) returned None: expected a float"
    assert got == 0, f"noise_strength without noise: expected 0, got {got}"
    got = noisy_fit(np.array([0.0, 1.0]), np.array([1.0, 3.0]), 0.0)
    assert got is not None, "noisy_fit(...) returned None: expected an array of shape (2,)"
    assert np.shape(got) == (2,), f"noisy_fit: expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, [1, 2]), f"noisy_fit of two points without noise: expected [1, 2], got {got}"
    assert isinstance(noise_facts, dict), "noise_facts should be a dictionary"
    for key in ("intercept_penalised", "steps_equal_decay", "origin_matters", "through_the_centre", "targets_instead"):
        assert isinstance(noise_facts.get(key), bool), f"noise_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The three terms do not add up to the noisy loss, or they are not constant, linear and quadratic in
  the noise.
"""  # END TEST CONFIG


def test_terms_add_up(noise_terms):
    import numpy as np

    rng = np.random.default_rng(824)
    for n in (1, 2, 30):
        for _ in range(4):
            phi, x, y, e = rng.normal(size=2) * 3, rng.normal(size=n), rng.normal(size=n), rng.normal(size=n)
            loss = lambda noise: ((phi[0] + phi[1] * (x + noise) - y) ** 2).sum()
            plus, minus = loss(e), loss(-e)
            # turning the noise round changes the sign of the linear term alone
            expected = loss(0 * e), (plus - minus) / 2, (plus + minus) / 2 - loss(0 * e)
            got = noise_terms(phi, x, y, e)
            assert np.allclose(got, expected, rtol=0, atol=1e-10 * (1 + plus + minus))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The mean gradient, the strength of the penalty or the fit is wrong. What is the mean of the squared
  noise, how many examples carry it, and which parameter does it meet?
"""  # END TEST CONFIG


def test_mean_over_the_noise(expected_gradient, noise_strength, noisy_fit):
    import itertools

    import numpy as np
    import torch

    rng = np.random.default_rng(825)
    for n, s in ((2, 0.5), (3, 2.0), (7, 0.0), (5, 1.3)):
        x, y = rng.normal(size=n) + 1.5, rng.normal(size=n)
        x_t, y_t = torch.tensor(x), torch.tensor(y)
        # noise of plus or minus s, all combinations: mean 0 and standard deviation s exactly
        signs = torch.tensor(list(itertools.product((-1.0, 1.0), repeat=n)), dtype=torch.float64)

        def gradient(phi):
            p = torch.tensor(phi, requires_grad=True)
            ((p[0] + p[1] * (x_t + s * signs) - y_t) ** 2).sum(dim=1).mean().backward()
            return p.grad.numpy()

        phi = rng.normal(size=2)
        got = expected_gradient(phi, x, y, s)
        assert np.shape(got) == (2,) and np.allclose(got, gradient(phi), rtol=1e-10, atol=1e-10)
        fit = np.asarray(noisy_fit(x, y, s))
        assert fit.shape == (2,) and np.abs(gradient(fit)).max() < 1e-9
        # the extra slope of the mean loss in the direction of phi_1 is that of the penalty
        extra = gradient(phi)[1] - 2 * ((phi[0] + phi[1] * x - y) * x).sum()
        assert abs(2 * noise_strength(n, s, "sum") * phi[1] - extra) < 1e-9
        assert abs(2 * noise_strength(n, s, "mean") * phi[1] - extra / n) < 1e-9


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about noise is decided wrongly.
"""  # END TEST CONFIG


def test_noise_facts(noise_facts):
    import itertools

    import numpy as np

    rng = np.random.default_rng(826)
    x, y = rng.normal(size=6), rng.normal(size=6) + 2.0
    noise = np.array(list(itertools.product((-0.8, 0.8), repeat=6)))

    def fit(inputs, targets):
        return np.polyfit(inputs.ravel(), targets.ravel(), 1)[::-1]

    plain, copies = fit(x, y), np.tile(y, (64, 1))
    noisy, moved = fit(x + noise, copies), fit(x + 10 + noise, copies)
    targets = fit(np.tile(x, (64, 1)), copies + noise)
    phi = np.array([1.0, 0.7])
    first = [2 * (phi[0] + phi[1] * (x + e) - y).sum() for e in noise]
    single = [2 * ((phi[0] + phi[1] * (x + e) - y) * (x + e)).sum() for e in noise]
    without = 2 * (phi[0] + phi[1] * x - y).sum()
    assert noise_facts["intercept_penalised"] is bool(abs(np.mean(first) - without) > 1e-9)
    assert noise_facts["steps_equal_decay"] is bool(np.ptp(single) < 1e-9)
    assert noise_facts["origin_matters"] is bool(abs(moved[1] - noisy[1]) > 1e-9)
    assert noise_facts["through_the_centre"] is bool(abs(noisy[0] + noisy[1] * x.mean() - y.mean()) < 1e-9)
    assert noise_facts["targets_instead"] is bool(abs(targets[1]) < abs(plain[1]) - 1e-9)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_noisy_fits():
    rng = np.random.default_rng(6)
    x = rng.uniform(0, 4, size=15)
    y = 1 + x + 0.5 * rng.normal(size=15)
    figure, axis = plt.subplots(figsize=(5, 3.2))
    axis.plot(x, y, "ko")
    for s in (0.0, 0.5, 1.0, 3.0):
        phi = noisy_fit(x, y, s)
        axis.plot([0, 4], [phi[0], phi[0] + 4 * phi[1]], label=f"noise {s:g}")
    axis.set(xlabel="$x$", ylabel="$y$", title="noise on the inputs flattens the line")
    axis.legend()
    figure.tight_layout()


show(draw_noisy_fits)
# %% [raw] sources="udl-9.4"
# # BEGIN QUESTION
# name: q12_label_smoothing
# points: 4

# %% [markdown]
# ## 12. Label smoothing
#
# A classifier has the logits $f \in \mathbb{R}^D$ and the probabilities $p = \text{softmax}(f)$ for $D \ge 2$
# classes. With plain cross-entropy the target is the class $y$ with certainty, and the loss keeps falling as the
# logits grow. **Label smoothing** gives the true class the target probability $c < 1$ (0.9, for example) and shares
# the rest, $1 - c$, equally among the $D - 1$ **other** classes. Write $q$ for this target distribution. The loss of
# an example is the expected negative log-probability of a class drawn from $q$: derive it.
#
# Logits are float tensors of shape `(B, D)`, targets integer tensors of shape `(B,)`. Loss functions of PyTorch are not
# allowed here (`log_softmax` is). Logits can be as large as $10^4$.
#
# - `smooth_targets(logits, y, correct)`: the rows $q$ for a batch, shape `(B, D)`, in the dtype of `logits` (whose
#   values do not matter); `correct` is $c$.
# - `smooth_loss(logits, y, correct)`: the **mean** of the losses over the batch, a tensor of shape `()` in the dtype of
#   `logits`. With $D = 2$, $f = (\log 3, 0)$, $y = 0$ and $c = 0.9$ it is $0.398$.
# - `smooth_gradient(logits, y, correct)`: the gradient of this mean with respect to the logits, shape `(B, D)`,
#   written down without autograd.
# - `best_loss(n_classes, correct)`: the lowest value that the loss of one example can take, a float, for $0 < c < 1$.
# - `torch_smoothing(n_classes, correct)`: PyTorch's `cross_entropy` has the argument `label_smoothing`. With the
#   value $\epsilon$ it mixes: $1 - \epsilon$ of the certain target, and $\epsilon$ of the uniform distribution over
#   **all** $D$ classes. The $\epsilon$ that gives the loss above, a float.
#
# Set each entry of `smoothing_facts` to `True` or `False`. The loss is the one above, with $c = 0.9$ and $D = 5$.
#
# - `"certainty_is_best"`: the loss is lowest for $p_y \to 1$.
# - `"log_of_the_mixture"`: $-\log \sum_k q_k\, p_k$ is the same loss.
# - `"logits_stay_finite"`: some finite logits reach the lowest loss.
# - `"wrong_classes_equal"`: at the lowest loss all wrong classes have the same probability.


# %% [raw]
# # BEGIN SOLUTION
# %%
def smooth_targets(logits, y, correct):
    """The target probabilities q of each example, shape (B, D), in the dtype of logits."""
    # BEGIN SOLUTION
    hit = F.one_hot(y, logits.shape[1]).to(logits.dtype)
    return correct * hit + (1 - correct) / (logits.shape[1] - 1) * (1 - hit)
    # END SOLUTION


def smooth_loss(logits, y, correct):
    """Mean cross-entropy between smoothed targets and softmax, a tensor of shape ()."""
    # BEGIN SOLUTION
    return -(smooth_targets(logits, y, correct) * logits.log_softmax(dim=1)).sum(dim=1).mean()
    # END SOLUTION


def smooth_gradient(logits, y, correct):
    """Gradient of smooth_loss with respect to the logits, shape (B, D)."""
    # BEGIN SOLUTION
    return (logits.softmax(dim=1) - smooth_targets(logits, y, correct)) / len(y)
    # END SOLUTION


def best_loss(n_classes, correct):
    """Lowest possible loss of one example, a float."""
    # BEGIN SOLUTION
    return -correct * math.log(correct) - (1 - correct) * math.log((1 - correct) / (n_classes - 1))
    # END SOLUTION


def torch_smoothing(n_classes, correct):
    """The argument label_smoothing of torch's cross_entropy that gives the same loss, a float."""
    # BEGIN SOLUTION
    return (1 - correct) * n_classes / (n_classes - 1)
    # END SOLUTION


smoothing_facts = {}
smoothing_facts["certainty_is_best"] = False  # SOLUTION
smoothing_facts["log_of_the_mixture"] = False  # SOLUTION
smoothing_facts["logits_stay_finite"] = True  # SOLUTION
smoothing_facts["wrong_classes_equal"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Two classes with the logits (log 3, 0), true class 0 and c = 0.9 have the loss 0.398; smoothing_facts
  holds four booleans.
"""  # END TEST CONFIG


def test_two_classes(smooth_targets, smooth_loss, smooth_gradient, best_loss, torch_smoothing, smoothing_facts):
    import math

    import torch

    logits, y = torch.tensor([[math.log(3), 0.0]]), torch.tensor([0])
    got = smooth_targets(logits, y, 0.9)
    assert isinstance(got, torch.Tensor), f"smooth_targets: expected a tensor, got {type(got).__name__}"
    assert got.shape == (1, 2), f"smooth_targets: expected shape (1, 2), got {tuple(got.shape)}"
    assert torch.allclose(got, torch.tensor([[0.9, 0.1]])), f"smooth_targets: expected [[0.9, 0.1]], got {got}"
    got = smooth_loss(logits, y, 0.9)
    assert isinstance(got, torch.Tensor), f"smooth_loss: expected a tensor, got {type(got).__name__}"
    assert got.shape == (), f"smooth_loss: expected shape (), got {tuple(got.shape)}"
    assert abs(got.item() - 0.398) < 1e-3, f"smooth_loss: expected 0.398, got {got.item()}"
    got = smooth_gradient(logits, y, 1.0)
    assert isinstance(got, torch.Tensor), f"smooth_gradient: expected a tensor, got {type(got).__name__}"
    assert got.shape == (1, 2), f"smooth_gradient: expected shape (1, 2), got {tuple(got.shape)}"
    assert torch.allclose(got, torch.tensor([[-0.25, 0.25]])), f"with c = 1: expected [[-0.25, 0.25]], got {got}"
    for name, got, expected in (
        ("best_loss(2, 0.5)", best_loss(2, 0.5), math.log(2)),
        ("torch_smoothing(2, 0.5)", torch_smoothing(2, 0.5), 1.0),
    ):
        assert got is not None, f"{name} returned None: expected a float"
        assert abs(got - expected) < 1e-9, f"{name}: expected {expected}, got {got}"
    assert isinstance(smoothing_facts, dict), "smoothing_facts should be a dictionary"
    for key in ("certainty_is_best", "log_of_the_mixture", "logits_stay_finite", "wrong_classes_equal"):
        assert isinstance(smoothing_facts.get(key), bool), f"smoothing_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The loss is not the expected negative log-probability, or label_smoothing does not fit it. Do the
  other classes share the rest without the true one, and does the logarithm come before the sum?
"""  # END TEST CONFIG


def test_loss_against_torch(smooth_targets, smooth_loss, torch_smoothing):
    import torch

    torch.manual_seed(827)
    for b, d in ((1, 2), (6, 5), (3, 10), (4, 2)):
        for dtype, bound in ((torch.float32, 1e-5), (torch.float64, 1e-12)):
            logits, y = torch.randn(d, b, dtype=dtype).T * 3, torch.randint(d, (b,))
            for correct in (0.9, 0.6, 1.0, 1 / d):
                # a class drawn from q, all outcomes weighted by hand
                log_p = (logits - logits.logsumexp(dim=1, keepdim=True)).double()
                expected = 0.0
                for i in range(b):
                    for k in range(d):
                        weight = correct if k == y[i] else (1 - correct) / (d - 1)
                        expected -= weight * log_p[i, k].item() / b
                q = smooth_targets(logits, y, correct)
                assert (
                    q.dtype == dtype and q.shape == (b, d) and torch.allclose(q.sum(dim=1), torch.ones(b, dtype=dtype))
                )
                got = smooth_loss(logits, y, correct)
                assert got.dtype == dtype and got.shape == () and abs(got.item() - expected) < bound * (1 + expected)
                epsilon = torch_smoothing(d, correct)
                assert 0 <= epsilon <= 1 + 1e-9
                other = torch.nn.functional.cross_entropy(logits.double(), y, label_smoothing=min(epsilon, 1.0))
                assert abs(other.item() - expected) < 1e-5 * (1 + expected)
    got = smooth_loss(torch.tensor([[1e4, -1e4, 0.0]]), torch.tensor([1]), 0.9)
    # log-probabilities 0, -20000 and -10000, weighed with 0.05, 0.9 and 0.05
    assert abs(got.item() - 18500) < 0.1


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The gradient differs from autograd's, or best_loss is not the lowest loss.
"""  # END TEST CONFIG


def test_gradient_and_minimum(smooth_gradient, best_loss):
    import torch

    torch.manual_seed(828)
    for b, d in ((1, 2), (6, 5), (3, 10)):
        for correct in (0.9, 0.6, 1.0):
            for dtype in (torch.float32, torch.float64):
                logits = (torch.randn(b, d, dtype=dtype) * 2).requires_grad_()
                y = torch.randint(d, (b,))
                epsilon = (1 - correct) * d / (d - 1)
                torch.nn.functional.cross_entropy(logits, y, label_smoothing=epsilon).backward()
                got = smooth_gradient(logits.detach(), y, correct)
                assert got.dtype == dtype and got.shape == (b, d)
                assert torch.allclose(got, logits.grad, rtol=0, atol=1e-6)
            if correct < 1:
                # the minimum over logits that favour the true class by t, on a grid of t
                t = torch.linspace(-2, 9, 110001, dtype=torch.float64)
                log_sum = torch.logaddexp(t, torch.log(torch.tensor(d - 1.0, dtype=torch.float64)))
                lowest = (correct * (log_sum - t) + (1 - correct) * log_sum).min().item()
                # spacing 1e-4: the grid misses the minimum by less than 1e-8
                assert abs(best_loss(d, correct) - lowest) < 1e-7
    got = smooth_gradient(torch.tensor([[1e4, -1e4]]), torch.tensor([1]), 0.9)
    assert torch.allclose(got, torch.tensor([[0.9, -0.9]]))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the four statements about smoothing is decided wrongly. Let free logits go downhill
  and look.
"""  # END TEST CONFIG


def test_smoothing_facts(smoothing_facts):
    import torch

    torch.manual_seed(829)
    q = torch.tensor([0.9, 0.025, 0.025, 0.025, 0.025], dtype=torch.float64)
    logits = torch.randn(5, dtype=torch.float64)
    loss = lambda f: -(q * f.log_softmax(0)).sum()
    mixture = -(q * logits.softmax(0)).sum().log()
    f = logits.clone().requires_grad_()
    for _ in range(3000):
        (slope,) = torch.autograd.grad(loss(f), f)
        f = (f - 2.0 * slope).detach().requires_grad_()
    p = f.detach().softmax(0)
    certain = torch.tensor([20.0, 0, 0, 0, 0], dtype=torch.float64)
    assert smoothing_facts["certainty_is_best"] is bool(loss(certain) < loss(f))
    assert smoothing_facts["log_of_the_mixture"] is bool((mixture - loss(logits)).abs() < 1e-9)
    assert smoothing_facts["logits_stay_finite"] is bool(slope.abs().max() < 1e-6 and f.abs().max() < 20)
    assert smoothing_facts["wrong_classes_equal"] is bool(p[1:].max() - p[1:].min() < 1e-6)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION
# %% [raw] sources="cs-dropout-3 d2l-4.6-3"
# # BEGIN QUESTION
# name: q13_dropout
# points: 5

# %% [markdown]
# ## 13. What dropout does to mean and variance
#
# Dropout sets each activation to zero with probability $p$ and multiplies the survivors by a number $c$, which is
# chosen such that every activation keeps its **expected value**. Derive $c$, and then the variances. An activation of
# $3$ with $p = 0.5$ becomes $0$ or $6$: its mean is $3$, its variance $9$.
#
# - `needed_scale(p)`: $c$ for $0 \le p < 1$, a float.
# - `dropout(h, p, training)`: the layer as a function, without `nn.Dropout` or `F.dropout`. `h` is a float tensor of
#   any shape; the result has its shape and dtype, and gradients flow through it. Every entry is dropped or kept on
#   its own, at random by PyTorch's global generator. If `training` is false, `h` is returned as it is. With $p = 1$
#   all entries are exactly zero, never `nan`.
# - `dropout_variance(h, p)`: for given activations `h` (a tensor), the variance of each result over the random masks,
#   in the shape of `h`; $p < 1$.
# - `dropout_variance_random(mean, var, p)`: now the activation is random as well, with this mean and variance,
#   independent of the mask. The variance of the result, a float.
# - `preactivation_variance(w, h, p)`: the variance of $\sum_j w_j h'_j$ over the masks, where $h'$ is `h` after
#   dropout; `w` and `h` are tensors of shape `(D,)`. A float.
#
# Set each entry of `moment_facts` to `True` or `False`.
#
# - `"largest_at_half"`: for given $h \ne 0$, the variance is largest at $p = \tfrac12$.
# - `"same_for_all"`: units with larger activations get noise of the same variance as units with smaller ones.
# - `"mean_survives_linear"`: a linear layer behind dropout has the same expected output as without dropout.
# - `"mean_survives_relu"`: a linear layer and a ReLU behind dropout always have the same expected output as without
#   dropout.


# %% [raw]
# # BEGIN SOLUTION
# %%
def needed_scale(p):
    """Factor of the survivors that keeps the expected value, a float."""
    # BEGIN SOLUTION
    return 1 / (1 - p)
    # END SOLUTION


def dropout(h, p, training):
    """h with random entries zeroed and the rest rescaled in training mode; h itself otherwise."""
    # BEGIN SOLUTION
    if not training:
        return h
    kept = torch.rand_like(h) >= p
    return torch.where(kept, h / (1 - p), 0.0)
    # END SOLUTION


def dropout_variance(h, p):
    """Variance of each activation after dropout, over the masks; a tensor like h."""
    # BEGIN SOLUTION
    return h**2 * (p / (1 - p))
    # END SOLUTION


def dropout_variance_random(mean, var, p):
    """Variance after dropout of an activation that has itself a mean and a variance, a float."""
    # BEGIN SOLUTION
    return (var + p * mean**2) / (1 - p)
    # END SOLUTION


def preactivation_variance(w, h, p):
    """Variance over the masks of the weighted sum of the activations after dropout, a float."""
    # BEGIN SOLUTION
    return dropout_variance(w * h, p).sum().item()
    # END SOLUTION


moment_facts = {}
moment_facts["largest_at_half"] = False  # SOLUTION
moment_facts["same_for_all"] = False  # SOLUTION
moment_facts["mean_survives_linear"] = True  # SOLUTION
moment_facts["mean_survives_relu"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: An activation of 3 with p = 0.5 becomes 0 or 6, with variance 9; moment_facts holds four booleans.
"""  # END TEST CONFIG


def test_one_activation(
    needed_scale, dropout, dropout_variance, dropout_variance_random, preactivation_variance, moment_facts
):
    import torch

    got = needed_scale(0.5)
    assert got is not None, "needed_scale(0.5) returned None: expected a float"
    assert abs(got - 2) < 1e-9, f"needed_scale(0.5): expected 2, got {got}"
    h = torch.full((20, 3), 3.0)
    got = dropout(h, 0.5, True)
    assert isinstance(got, torch.Tensor), f"dropout: expected a tensor, got {type(got).__name__}"
    assert got.shape == (20, 3), f"dropout: expected shape (20, 3), got {tuple(got.shape)}"
    assert set(got.flatten().tolist()) == {0.0, 6.0}, "dropout of threes with p = 0.5: expected zeros and sixes"
    got = dropout_variance(torch.tensor([3.0]), 0.5)
    assert isinstance(got, torch.Tensor), f"dropout_variance: expected a tensor, got {type(got).__name__}"
    assert torch.allclose(got, torch.tensor([9.0])), f"dropout_variance of 3 with p = 0.5: expected [9], got {got}"
    for name, got in (
        ("dropout_variance_random(3, 0, 0.5)", dropout_variance_random(3.0, 0.0, 0.5)),
        ("preactivation_variance([1], [3], 0.5)", preactivation_variance(torch.ones(1), torch.tensor([3.0]), 0.5)),
    ):
        assert got is not None, f"{name} returned None: expected a float"
        assert abs(got - 9) < 1e-5, f"{name}: expected 9, got {got}"
    assert isinstance(moment_facts, dict), "moment_facts should be a dictionary"
    for key in ("largest_at_half", "same_for_all", "mean_survives_linear", "mean_survives_relu"):
        assert isinstance(moment_facts.get(key), bool), f"moment_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The layer does not drop the right share, does not keep the mean, does not treat each entry on its
  own, or does something in evaluation mode. Is p the probability of dropping?
"""  # END TEST CONFIG


def test_layer(dropout, needed_scale):
    import torch

    for p in (0.1, 0.3, 0.5, 0.9):
        for dtype in (torch.float32, torch.float64):
            h = torch.randn(400, 100, dtype=dtype).T - 0.5
            got = dropout(h, p, True)
            assert got.shape == h.shape and got.dtype == dtype
            kept = got != 0
            # the survivors' factor, to a few float32 roundings
            assert torch.allclose(got[kept], h[kept] * (1 / (1 - p)), rtol=1e-5)
            assert abs(needed_scale(p) * (1 - p) - 1) < 1e-12
            # 40,000 entries: the share of zeros is known to 0.0025, the mean of a row or column to 0.05 at most
            assert abs((~kept).double().mean().item() - p) < 0.02
            for axis in (0, 1):
                share = kept.double().mean(dim=axis)
                assert share.std() < 0.1 and share.std() > 0.005
            again = dropout(h, p, True)
            assert not torch.equal(got, again) and torch.equal(dropout(h, p, False), h)
    h = torch.randn(50, 4)
    assert torch.equal(dropout(h, 0.0, True), h)
    assert torch.equal(dropout(h, 1.0, True), torch.zeros(50, 4)) and torch.equal(dropout(h, 1.0, False), h)
    assert dropout(torch.ones(2, 3, 4), 0.5, True).shape == (2, 3, 4)

    def slopes(dropout, h):
        import torch

        leaf = h.clone().requires_grad_()
        out = dropout(leaf, 0.4, True)
        out.sum().backward()
        return out.detach(), leaf.grad

    h = torch.rand(30) + 1
    out, slope = inside(slopes)(dropout, h)
    assert torch.allclose(slope * h, out, rtol=1e-5) and (slope == 0).any()


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: A variance differs from the one counted over all masks. Do not forget the rescaling, nor that a
  dropped activation loses its mean as well.
"""  # END TEST CONFIG


def test_variances_by_counting(dropout_variance, dropout_variance_random, preactivation_variance):
    import itertools

    import torch

    torch.manual_seed(830)
    for d in (1, 2, 8):
        w, h = torch.randn(2, d, dtype=torch.float64) * 2
        masks = torch.tensor(list(itertools.product((0.0, 1.0), repeat=d)), dtype=torch.float64)
        for p in (0.0, 0.1, 0.5, 0.8):
            chance = (p + (1 - 2 * p) * masks).prod(dim=1)
            results = masks * h / (1 - p)
            mean = (chance[:, None] * results).sum(dim=0)
            expected = (chance[:, None] * (results - mean) ** 2).sum(dim=0)
            got = dropout_variance(h, p)
            assert got.shape == (d,) and torch.allclose(got, expected, rtol=1e-10, atol=1e-12)
            z = results @ w
            expected = (chance * (z - (chance * z).sum()) ** 2).sum().item()
            assert abs(preactivation_variance(w, h, p) - expected) < 1e-10 * (1 + expected)
            # an activation with two equally likely values
            for low, high in ((1.0, 2.0), (-3.0, 0.5), (2.0, 2.0), (-1.0, 1.0)):
                mean, var = (low + high) / 2, (high - low) ** 2 / 4
                square = (1 - p) * (low**2 + high**2) / 2 / (1 - p) ** 2
                assert abs(dropout_variance_random(mean, var, p) - (square - mean**2)) < 1e-10
    assert dropout_variance(torch.ones(2, 3), 0.5).shape == (2, 3)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the four statements about means and variances is decided wrongly.
"""  # END TEST CONFIG


def test_moment_facts(moment_facts):
    import itertools

    import torch

    masks = torch.tensor(list(itertools.product((0.0, 1.0), repeat=3)), dtype=torch.float64)

    def results(h, p):
        return (p + (1 - 2 * p) * masks).prod(dim=1), masks * h / (1 - p)

    h = torch.tensor([1.0, 2.0, -1.5], dtype=torch.float64)
    variance = {}
    for p in (0.3, 0.5, 0.7):
        chance, out = results(h, p)
        variance[p] = (chance[:, None] * out**2).sum(dim=0) - h**2
    chance, out = results(h, 0.5)
    weight = torch.tensor([[0.4, -1.0, 0.3], [1.0, 0.5, 1.2]], dtype=torch.float64)
    linear = (chance[:, None] * (out @ weight.T)).sum(dim=0)
    bent = (chance[:, None] * (out @ weight.T).relu()).sum(dim=0)
    largest = bool(variance[0.5][0] > variance[0.3][0]) and bool(variance[0.5][0] > variance[0.7][0])
    assert moment_facts["largest_at_half"] is largest
    assert moment_facts["same_for_all"] is bool(torch.allclose(variance[0.5][0], variance[0.5][1]))
    assert moment_facts["mean_survives_linear"] is bool(torch.allclose(linear, h @ weight.T))
    assert moment_facts["mean_survives_relu"] is bool(torch.allclose(bent, (h @ weight.T).relu()))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION
# %% [raw] sources="cs-dropout-1"
# # BEGIN QUESTION
# name: q14_dropout_twice
# points: 3

# %% [markdown]
# ## 14. One dropout behind another
#
# A block ends in dropout with rate 0.1, and the next one begins with dropout with rate 0.2; nothing stands between
# them. A single dropout layer would do. Two layers with rates of 0.5 each, for example, amount to one with the rate
# 0.75: a unit has to survive twice, and then it has been multiplied by $2 \cdot 2 = 4 = 1 / (1 - 0.75)$.
#
# - `merged_rate`: the rate that stands for 0.1 and 0.2, a float.
# - `merge_dropout(rates)`: the rate of the single layer that acts like all layers of the list `rates`, for any number
#   of them, none included. A float. Rates lie between 0 and 1, both included.
# - `split_dropout(rate, k)`: the rate of each of $k \ge 1$ **equal** layers that together act like one with this rate.
# - `noise_budget(rates)`: how much variance each layer of the list adds. For an activation of 1 the
#   variance behind the first $k$ layers is that of the merged layer; a layer's own part is the growth at this layer.
#   Return an array of shape `(len(rates),)` for rates below 1. For `[0.5, 0.5]` it is $(1, 2)$.


# %% [raw]
# # BEGIN SOLUTION
# %%
merged_rate = 0.28  # SOLUTION


def merge_dropout(rates):
    """Rate of the single dropout layer that acts like all layers of the list together, a float."""
    # BEGIN SOLUTION
    return 1 - math.prod(1 - rate for rate in rates)
    # END SOLUTION


def split_dropout(rate, k):
    """Rate of each of k equal layers that together act like one layer, a float."""
    # BEGIN SOLUTION
    return 1 - (1 - rate) ** (1 / k)
    # END SOLUTION


def noise_budget(rates):
    """Growth of the variance of an activation of 1 at each layer of the list, shape (len(rates),)."""
    # BEGIN SOLUTION
    survival = np.cumprod(1 - np.array(rates))
    return np.diff(1 / survival, prepend=1)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Two layers with the rate 0.5 act like one with 0.75, and add the variances 1 and 2; merged_rate is a
  float.
"""  # END TEST CONFIG


def test_two_halves(merged_rate, merge_dropout, split_dropout, noise_budget):
    import numpy as np

    assert isinstance(merged_rate, float), "merged_rate should be a float"
    for name, got, expected in (
        ("merge_dropout([0.5, 0.5])", merge_dropout([0.5, 0.5]), 0.75),
        ("split_dropout(0.75, 2)", split_dropout(0.75, 2), 0.5),
    ):
        assert got is not None, f"{name} returned None: expected a float"
        assert np.shape(got) == () and abs(got - expected) < 1e-9, f"{name}: expected {expected}, got {got}"
    got = noise_budget([0.5, 0.5])
    assert got is not None, "noise_budget(...) returned None: expected an array"
    assert np.shape(got) == (2,), f"noise_budget: expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, [1, 2]), f"noise_budget([0.5, 0.5]): expected [1, 2], got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The merged rate is not that of the layers in a row. When does a unit come out as zero?
"""  # END TEST CONFIG


def test_merged(merged_rate, merge_dropout):
    from fractions import Fraction
    from itertools import product

    lists = [[0.1, 0.2], [0.2, 0.1], [0.3], [0.0, 0.4], [0.5, 0.0, 0.25], [0.1] * 6, [0.7, 1.0], [1.0], [0.0], []]
    for rates in lists:
        # all ways to be dropped or kept, layer by layer
        dropped = Fraction(0)
        for fates in product((True, False), repeat=len(rates)):
            chance = Fraction(1)
            for fate, rate in zip(fates, rates):
                chance *= Fraction(rate) if fate else 1 - Fraction(rate)
            dropped += chance if any(fates) else 0
        assert abs(merge_dropout(rates) - float(dropped)) < 1e-12
        if rates == [0.1, 0.2]:
            assert abs(merged_rate - float(dropped)) < 1e-9


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Equal layers do not give the rate back, or a layer's part of the variance is wrong. A later layer
  also multiplies the noise of the earlier ones.
"""  # END TEST CONFIG


def test_split_and_budget(split_dropout, noise_budget):
    import numpy as np

    for rate in (0.0, 0.1, 0.28, 0.9, 1.0):
        for k in (1, 2, 3, 7):
            kept = (1 - split_dropout(rate, k)) ** k
            assert abs(kept - (1 - rate)) < 1e-12
    rng = np.random.default_rng(831)
    for n in (1, 2, 5):
        rates = [float(v) for v in rng.uniform(0, 0.9, size=n)]
        got = np.asarray(noise_budget(rates))
        assert got.shape == (n,)
        # layer by layer: a variance v and a mean of 1 become (v + 1) / (1 - p) - 1
        v = 0.0
        for p, part in zip(rates, got):
            after = (v + 1) / (1 - p) - 1
            assert abs(part - (after - v)) < 1e-9 * (1 + after)
            v = after


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION
# %% [raw] sources="cs-dropout-2"
# # BEGIN QUESTION
# name: q15_before_or_after
# points: 3

# %% [markdown]
# ## 15. Before or after the activation?
#
# "Dropout may only be placed behind the activation function." Is that so? Let $a$ be an activation function and $m$
# the mask of one training step: each entry is $0$ or $1 / (1 - p)$. Before the activation, dropout gives $a(m \cdot
# z)$; behind it, $m \cdot a(z)$. With the sigmoid, $p = 0.5$ and a dropped unit, the first is $0.5$ and the second
# $0$.
#
# - `order_gap(activation, z, keep, p)`: the largest absolute difference between the two over all entries, a float.
#   `activation` maps a tensor to a tensor entry by entry; `z` is a float tensor and `keep` a boolean tensor of its
#   shape, `True` where the unit is kept.
# - `commutes(activation)`: whether both orders give the same for **all** pre-activations $z$, masks and rates $p <
#   1$, `True` or `False`. You may assume: if the orders differ at all, they differ by $10^{-3}$ or more for $p =
#   \tfrac12$ and some whole number $z$ from $-8$ to $8$. Allow for rounding.
#
# Then set each entry of `order_facts` to `True` or `False`.
#
# - `"only_behind"`: dropout may only stand behind the activation, since before it the effect is always another one.
# - `"relu"`, `"leaky_relu"`, `"sigmoid"`, `"tanh"`, `"gelu"`: for this activation the two orders are the same.
# - `"zero_at_zero_is_enough"`: they are the same for every activation with $a(0) = 0$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def order_gap(activation, z, keep, p):
    """Largest difference between dropout before and behind the activation, for one mask; a float."""
    # BEGIN SOLUTION
    mask = keep / (1 - p)
    return (activation(z * mask) - activation(z) * mask).abs().max().item()
    # END SOLUTION


def commutes(activation):
    """Whether dropout before and behind the activation are the same for all inputs, masks and rates."""
    # BEGIN SOLUTION
    z = torch.arange(-8.0, 9.0)
    # a dropped unit is the case z = 0: there the factor 2 changes nothing only if the function is zero
    return order_gap(activation, z, torch.ones_like(z), 0.5) < 1e-4
    # END SOLUTION


order_facts = {}
order_facts["only_behind"] = False  # SOLUTION
order_facts["relu"] = True  # SOLUTION
order_facts["leaky_relu"] = True  # SOLUTION
order_facts["sigmoid"] = False  # SOLUTION
order_facts["tanh"] = False  # SOLUTION
order_facts["gelu"] = False  # SOLUTION
order_facts["zero_at_zero_is_enough"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With the sigmoid and a dropped unit the two orders differ by 0.5; order_facts holds seven booleans.
"""  # END TEST CONFIG


def test_dropped_sigmoid(order_gap, commutes, order_facts):
    import torch

    got = order_gap(torch.sigmoid, torch.tensor([0.3]), torch.tensor([False]), 0.5)
    assert got is not None, "order_gap(...) returned None: expected a float"
    assert abs(got - 0.5) < 1e-6, f"order_gap of a dropped sigmoid unit: expected 0.5, got {got}"
    got = commutes(torch.sigmoid)
    assert got is not None, "commutes(torch.sigmoid) returned None: expected True or False"
    assert got in (True, False), f"commutes should return True or False, got {got}"
    assert isinstance(order_facts, dict), "order_facts should be a dictionary"
    for key in ("only_behind", "relu", "leaky_relu", "sigmoid", "tanh", "gelu", "zero_at_zero_is_enough"):
        assert isinstance(order_facts.get(key), bool), f"order_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The gap is wrong for some mask, or commutes misjudges an activation. Think of dropped units, of
  rescaled ones and of negative pre-activations.
"""  # END TEST CONFIG


def test_gaps(order_gap, commutes):
    import torch

    torch.manual_seed(832)
    functions = [torch.sigmoid, torch.tanh, torch.relu, torch.nn.functional.gelu, torch.abs, torch.cos]
    for activation in functions:
        for shape in ((1,), (9,), (3, 4)):
            for p in (0.0, 0.2, 0.75):
                z, keep = torch.randn(shape) * 2, torch.rand(shape) < 0.6
                expected = 0.0
                for value, kept in zip(z.flatten(), keep.flatten()):
                    m = 1 / (1 - p) if kept else 0.0
                    expected = max(expected, abs(activation(m * value).item() - m * activation(value).item()))
                # float32
                assert abs(order_gap(activation, z, keep, p) - expected) < 1e-5
    slope = lambda left, right: lambda z: torch.where(z > 0, right * z, left * z)
    yes = [torch.relu, torch.abs, slope(0.1, 1.0), slope(-2.0, 0.0), lambda z: 3.3 * z, lambda z: 0 * z]
    no = [torch.sigmoid, torch.tanh, torch.nn.functional.softplus, torch.nn.functional.gelu, lambda z: z.clamp(-1, 1)]
    no += [lambda z: z**2, lambda z: z + 1, lambda z: torch.relu(z) ** 2, torch.sign, torch.nn.functional.elu]
    no += [lambda z: torch.where(z < 0, torch.tanh(z), z), lambda z: torch.where(z == 0, 1.0, z)]
    # functions with one flaw: only large values, only a dropped unit, only one side
    no += [
        lambda z: z.clamp(max=15.9),
        lambda z: z.clamp(min=-15.9),
        lambda z: torch.where(z == 0, 0.25, torch.relu(z)),
    ]
    for activation in yes:
        assert bool(commutes(activation)) is True
    for activation in no:
        assert bool(commutes(activation)) is False


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the seven statements about the order is decided wrongly.
"""  # END TEST CONFIG


def test_order_facts(order_facts):
    import torch

    z = torch.linspace(-4, 4, 81, dtype=torch.float64)
    same = {}
    for name in ("relu", "leaky_relu", "sigmoid", "tanh", "gelu"):
        a = getattr(torch.nn.functional, name)
        same[name] = all(torch.allclose(a(m * z), m * a(z)) for m in (0.0, 2.0, 5.0))
        assert order_facts[name] is same[name]
    vanishing = [name for name in same if getattr(torch.nn.functional, name)(torch.zeros(1)).item() == 0]
    assert order_facts["only_behind"] is (not any(same.values()))
    assert order_facts["zero_at_zero_is_enough"] is all(same[name] for name in vanishing)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION
# %% [raw] sources="d2l-4.6-4"
# # BEGIN QUESTION
# name: q16_prediction_time
# points: 5

# %% [markdown]
# ## 16. Dropout at prediction time
#
# A trained network contains `nn.Dropout` layers, and perhaps others that behave differently in training, such as batch
# normalisation. For predictions dropout is normally switched off. It can be left on, too: then many stochastic passes
# show how much the prediction depends on single units (**Monte-Carlo dropout**).
#
# Both functions leave every module of `net` in the mode that it had before (some may be in training mode and others
# not), change no parameter and no other state, and return tensors that carry no gradient.
#
# - `deterministic(net, x)`: the output of `net` for the batch `x` with all modules in evaluation mode.
# - `mc_predict(net, x, n, seed)`: call `torch.manual_seed(seed)`, then make `n` passes with all `nn.Dropout` layers
#   in training mode and **all other** modules in evaluation mode. Return `(mean, std)` over the passes, each of the
#   shape of the output; the standard deviation divides by $n$.
#
# With the network `nn.Sequential(nn.Dropout(0.5))` and the input $3$, `deterministic` gives $3$, and the passes of
# `mc_predict` are $0$ or $6$ each.
#
# Set each entry of `prediction_facts` to `True` or `False`. All of them speak about `nn.Dropout`, with $0 < p < 1$.
#
# - `"linear_mean_agrees"`: if dropout is followed by a single linear layer at the output, the mean of more and more
#   stochastic passes tends to the deterministic output.
# - `"sigmoid_mean_agrees"`: the same if the linear layer is followed by a sigmoid.
# - `"scale_outputs"`: with dropout switched off, activations have to be multiplied by $1 - p$.
# - `"one_pass_is_as_good"`: for a target that the deterministic output hits exactly, and a linear layer behind
#   dropout, the mean squared error of single stochastic passes is zero, too.
# - `"helps_when_underfitting"`: a linear model with dropout on its inputs, trained on plentiful data without noise,
#   ends with a lower training error (dropout off) than without dropout.


# %% [raw]
# # BEGIN SOLUTION
# %%
def deterministic(net, x):
    """Output of net with all modules in evaluation mode; the modes are restored."""
    # BEGIN SOLUTION
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    with torch.no_grad():
        out = net(x)
    for module, training in modes:
        module.training = training
    return out
    # END SOLUTION


def mc_predict(net, x, n, seed):
    """(mean, std) of n passes in which only the nn.Dropout layers are in training mode; the modes are restored."""
    # BEGIN SOLUTION
    modes = [(module, module.training) for module in net.modules()]
    for module, _ in modes:
        module.training = isinstance(module, nn.Dropout)
    torch.manual_seed(seed)
    with torch.no_grad():
        passes = torch.stack([net(x) for _ in range(n)])
    for module, training in modes:
        module.training = training
    return passes.mean(dim=0), passes.std(dim=0, unbiased=False)
    # END SOLUTION


prediction_facts = {}
prediction_facts["linear_mean_agrees"] = True  # SOLUTION
prediction_facts["sigmoid_mean_agrees"] = False  # SOLUTION
prediction_facts["scale_outputs"] = False  # SOLUTION
prediction_facts["one_pass_is_as_good"] = False  # SOLUTION
prediction_facts["helps_when_underfitting"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: A network of a single dropout layer gives 3 for 3, and passes of 0 or 6; prediction_facts holds five
  booleans.
"""  # END TEST CONFIG


def test_only_dropout(deterministic, mc_predict, prediction_facts):
    import torch

    net, x = torch.nn.Sequential(torch.nn.Dropout(0.5)), torch.full((1, 1), 3.0)
    got = deterministic(net, x)
    assert isinstance(got, torch.Tensor), f"deterministic: expected a tensor, got {type(got).__name__}"
    assert torch.equal(got, x), f"deterministic: expected [[3.]], got {got.tolist()}"
    got = mc_predict(net, x, 1, 0)
    assert got is not None, "mc_predict(...) returned None: expected the pair (mean, std)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "mc_predict should return the pair (mean, std)"
    assert all(isinstance(part, torch.Tensor) for part in got), "mc_predict should return two tensors"
    assert got[0].shape == (1, 1), f"mc_predict: expected a mean of shape (1, 1), got {tuple(got[0].shape)}"
    assert got[0].item() in (0, 6), f"mc_predict: a single pass should give 0 or 6, got {got[0].item()}"
    assert isinstance(prediction_facts, dict), "prediction_facts should be a dictionary"
    keys = ["linear_mean_agrees", "sigmoid_mean_agrees", "scale_outputs", "one_pass_is_as_good"]
    for key in [*keys, "helps_when_underfitting"]:
        assert isinstance(prediction_facts.get(key), bool), f"prediction_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: A prediction is not the one asked for. Which layers are random, which are not, and what do you
  return?
"""  # END TEST CONFIG


def test_predictions(deterministic, mc_predict):
    import torch
    from torch import nn

    torch.manual_seed(833)
    inner = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.4))
    net = nn.Sequential(nn.Linear(5, 6), nn.Dropout(0.2), nn.ReLU(), inner, nn.Linear(8, 2)).double()
    inner[1].running_mean.normal_()
    inner[1].running_var.uniform_(0.5, 2.0)
    for b in (1, 4):
        x = torch.randn(b, 5, dtype=torch.float64)
        for mode in (True, False):
            net.train(mode)
            w1, w2, w3 = net[0], inner[0], net[4]

            def forward(m1, m2):
                h = torch.relu(m1 * (x @ w1.weight.T + w1.bias)) @ w2.weight.T + w2.bias
                h = (h - inner[1].running_mean) / (inner[1].running_var + 1e-5).sqrt()
                return (m2 * torch.tanh(h)) @ w3.weight.T + w3.bias

            got = deterministic(net, x)
            assert not got.requires_grad and torch.allclose(got, forward(1.0, 1.0).detach(), rtol=1e-8, atol=1e-8)
            for n, seed in ((1, 5), (7, 6)):
                mean, std = mc_predict(net, x, n, seed)
                torch.manual_seed(seed)
                ones = lambda width: torch.ones(b, width, dtype=torch.float64)
                drop = torch.nn.functional.dropout
                outs = torch.stack([forward(drop(ones(6), 0.2), drop(ones(8), 0.4)).detach() for _ in range(n)])
                assert not mean.requires_grad and torch.allclose(mean, outs.mean(0), rtol=1e-8, atol=1e-8)
                spread = (outs - outs.mean(0)).square().mean(0).sqrt()
                assert torch.allclose(std, spread, rtol=1e-6, atol=1e-8)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: After a prediction the network is not as it was. Look at the mode of every module, one by one, and at
  the running averages.
"""  # END TEST CONFIG


def test_left_as_found(deterministic, mc_predict):
    def probe(predict, pattern, *arguments):
        import torch
        from torch import nn

        torch.manual_seed(0)
        inner = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
        net = nn.Sequential(nn.Dropout(0.3), inner, nn.Linear(4, 1))
        for module, mode in zip(net.modules(), pattern):
            module.training = mode
        before = {name: value.clone() for name, value in net.state_dict().items()}
        got = predict(net, torch.randn(6, 3), *arguments)
        first = got[0] if arguments else got
        same = all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
        return [module.training for module in net.modules()], same and tuple(first.shape) == (6, 1)

    for pattern in (
        [True] * 7,
        [False] * 7,
        [True, False, True, False, False, True, False],
        [False, True, False] * 2 + [True],
    ):
        for predict, arguments in ((deterministic, ()), (mc_predict, (3, 1))):
            modes, same = inside(probe)(predict, pattern, *arguments)
            assert modes == pattern and same is True


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about predictions is decided wrongly.
"""  # END TEST CONFIG


def test_prediction_facts(prediction_facts):
    import itertools

    import torch

    torch.manual_seed(834)
    h, w = torch.tensor([3.0, -1.0, 2.0], dtype=torch.float64), torch.tensor([1.0, 0.5, -1.2], dtype=torch.float64)
    masks = torch.tensor(list(itertools.product((0.0, 2.0), repeat=3)), dtype=torch.float64)
    passes, plain = (masks * h) @ w, h @ w
    off = torch.nn.Dropout(0.5).eval()(h)
    X = torch.randn(200, 5, dtype=torch.float64)
    y = X.sum(dim=1)
    # dropout on the inputs adds p / (1 - p) times the squared columns to the normal equations
    fit = torch.linalg.solve(X.T @ X + torch.diag((X**2).sum(0)), X.T @ y)
    with_dropout, without = (
        ((X @ fit - y) ** 2).mean(),
        ((X @ torch.linalg.lstsq(X, y[:, None])[0][:, 0] - y) ** 2).mean(),
    )
    assert prediction_facts["linear_mean_agrees"] is bool(torch.allclose(passes.mean(), plain))
    assert prediction_facts["sigmoid_mean_agrees"] is bool(torch.allclose(passes.sigmoid().mean(), plain.sigmoid()))
    assert prediction_facts["scale_outputs"] is (not bool(torch.allclose(off @ w, passes.mean())))
    assert prediction_facts["one_pass_is_as_good"] is bool(((passes - plain) ** 2).mean() < 1e-9)
    assert prediction_facts["helps_when_underfitting"] is bool(with_dropout < without)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION
# %% [raw] sources="d2l-4.6-6"
# # BEGIN QUESTION
# name: q17_dropout_as_penalty
# points: 5

# %% [markdown]
# ## 17. Dropout and weight decay
#
# How do dropout and weight decay compare? In a linear model without a bias the answer is exact. The summed loss is
# $\sum_i (x_i^\top w - y_i)^2$, and dropout with rate $p < 1$ is applied to the inputs: every entry $x_{ij}$ is
# dropped on its own, in each step anew. Averaged over the masks, the loss is that without dropout plus a penalty.
# Derive it. With the single example $x = (1, 2)$, $w = (3, 1)$ and $p = 0.5$ the penalty is $13$.
#
# - `dropout_penalty(X, w, p)`: the penalty, a float. `X` has shape `(N, D)` and `w` `(D,)`.
# - `fit(X, y, p, lam)`: dropout **and** weight decay together: the weights, shape `(D,)`, that minimise the mean over
#   the masks of the loss with dropout, plus $\lambda \sum_j w_j^2$. The minimum is unique in all cases that are
#   asked: $p > 0$ and no column of `X` is zero, or $\lambda > 0$, or the columns of `X` are linearly independent.
# - `mask_loss(X, y, w, keep, p)`: the loss for *given* masks, `keep` a boolean array of shape `(N, D)`; a float. In the
#   example, with $y = 0$ and the first input dropped, it is $16$.
#
# Set each entry of `pair_facts` to `True` or `False`. The model is the one above.
#
# - `"same_as_ridge"`: on all data, dropout with rate $p$ is the same as weight decay with some $\lambda$ that depends
#   on $p$ alone.
# - `"dropout_sees_units"`: with dropout and without weight decay, the predictions of the fitted model change if one
#   input is measured in other units (multiplied by 100, in training and in prediction).
# - `"decay_sees_units"`: the same for weight decay without dropout, $\lambda$ unchanged.
# - `"dropout_fades"`: if all examples are repeated a thousand times, the fit with dropout comes close to least squares.
# - `"decay_fades"`: if all examples are repeated a thousand times, the fit with weight decay, $\lambda$ unchanged,
#   comes close to least squares.


# %% [raw]
# # BEGIN SOLUTION
# %%
def dropout_penalty(X, w, p):
    """What dropout on the inputs adds to the summed loss, averaged over the masks; a float."""
    # BEGIN SOLUTION
    return float(p / (1 - p) * np.sum((X * w) ** 2))
    # END SOLUTION


def fit(X, y, p, lam):
    """Weights (D,) that minimise the summed loss, averaged over the masks, plus lam * sum of squared weights."""
    # BEGIN SOLUTION
    gram = X.T @ X
    return np.linalg.solve(gram + np.diag(p / (1 - p) * np.diag(gram) + lam), X.T @ y)
    # END SOLUTION


def mask_loss(X, y, w, keep, p):
    """Summed squared error with given dropout masks keep (N, D), a float."""
    # BEGIN SOLUTION
    return float(np.sum(((X * keep / (1 - p)) @ w - y) ** 2))
    # END SOLUTION


pair_facts = {}
pair_facts["same_as_ridge"] = False  # SOLUTION
pair_facts["dropout_sees_units"] = False  # SOLUTION
pair_facts["decay_sees_units"] = True  # SOLUTION
pair_facts["dropout_fades"] = False  # SOLUTION
pair_facts["decay_fades"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For x = (1, 2), w = (3, 1) and p = 0.5 the penalty is 13, and with the first input dropped the loss
  is 16; pair_facts holds five booleans.
"""  # END TEST CONFIG


def test_one_masked_example(dropout_penalty, fit, mask_loss, pair_facts):
    import numpy as np

    X, w = np.array([[1.0, 2.0]]), np.array([3.0, 1.0])
    got = dropout_penalty(X, w, 0.5)
    assert got is not None, "dropout_penalty(...) returned None: expected a float"
    assert np.shape(got) == () and abs(got - 13) < 1e-9, f"dropout_penalty: expected 13, got {got}"
    got = mask_loss(X, np.array([0.0]), w, np.array([[False, True]]), 0.5)
    assert got is not None, "mask_loss(...) returned None: expected a float"
    assert np.shape(got) == () and abs(got - 16) < 1e-9, f"mask_loss: expected 16, got {got}"
    got = fit(np.eye(2), np.array([2.0, -4.0]), 0.0, 1.0)
    assert got is not None, "fit(...) returned None: expected an array of shape (D,)"
    assert np.shape(got) == (2,), f"fit: expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, [1, -2]), f"fit with lam = 1 and no dropout: expected [1, -2], got {got}"
    assert isinstance(pair_facts, dict), "pair_facts should be a dictionary"
    for key in ("same_as_ridge", "dropout_sees_units", "decay_sees_units", "dropout_fades", "decay_fades"):
        assert isinstance(pair_facts.get(key), bool), f"pair_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The mean over all masks is not the loss plus your penalty. Is every input dropped on its own, and are
  the others rescaled?
"""  # END TEST CONFIG


def test_all_masks(dropout_penalty, mask_loss):
    import itertools

    import numpy as np

    rng = np.random.default_rng(835)
    for n, d in ((1, 1), (2, 3), (1, 4), (3, 2)):
        for p in (0.0, 0.2, 0.5, 0.9):
            X, y, w = rng.normal(size=(n, d)), rng.normal(size=n), rng.normal(size=d)
            mean = 0.0
            for bits in itertools.product((False, True), repeat=n * d):
                keep = np.array(bits).reshape(n, d)
                outputs = [sum(X[i, j] * w[j] / (1 - p) for j in range(d) if keep[i, j]) for i in range(n)]
                loss = sum((out - target) ** 2 for out, target in zip(outputs, y))
                mean += (1 - p) ** keep.sum() * p ** (~keep).sum() * loss
                if rng.random() < 0.1:
                    assert abs(mask_loss(X, y, w, keep, p) - loss) < 1e-9 * (1 + loss)
            plain = ((X @ w - y) ** 2).sum()
            assert abs(plain + dropout_penalty(X, w, p) - mean) < 1e-9 * (1 + mean)
            assert abs(mask_loss(X, y, w, np.ones((n, d), dtype=bool), 0.0) - plain) < 1e-9 * (1 + plain)


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The weights do not minimise the loss averaged over the masks. Which inputs are held back more by
  dropout, and which more by weight decay?
"""  # END TEST CONFIG


def test_minimum_with_both(fit):
    import numpy as np
    import torch

    rng = np.random.default_rng(836)
    for n, d in ((1, 1), (20, 4), (3, 6), (50, 2)):
        for p, lam in ((0.5, 0.0), (0.2, 1.5), (0.0, 2.0), (0.9, 0.1)):
            X, y = rng.normal(size=(n, d)) * rng.uniform(0.2, 3, size=d), rng.normal(size=n)
            got = fit(X, y, p, lam)
            assert np.shape(got) == (d,)
            w = torch.tensor(got, requires_grad=True)
            # each input is 0 or x / (1 - p): mean and variance of an output, one input at a time
            x, loss = torch.tensor(X), lam * (w**2).sum()
            mean, second = (1 - p) * (x / (1 - p)) * w, (1 - p) * (x / (1 - p)) ** 2 * w**2
            loss = loss + ((mean.sum(1) - torch.tensor(y)) ** 2).sum() + (second - mean**2).sum()
            loss.backward()
            assert w.grad.abs().max() < 1e-8 * (1 + np.abs(X.T @ y).max())


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about dropout and weight decay is decided wrongly. Multiply a
  column of X by 100, or repeat its rows.
"""  # END TEST CONFIG


def test_pair_facts(pair_facts):
    import numpy as np

    rng = np.random.default_rng(837)
    X, y = rng.normal(size=(30, 3)) * np.array([1.0, 0.3, 2.0]), rng.normal(size=30)
    units = np.array([100.0, 1.0, 1.0])

    def best(X, y, p, lam):
        # one more row per weight: the penalty on it is a squared residual
        rows = np.diag(np.sqrt(p / (1 - p) * (X**2).sum(axis=0) + lam))
        return np.linalg.lstsq(np.vstack([X, rows]), np.append(y, np.zeros(3)), rcond=None)[0]

    plain = np.linalg.lstsq(X, y, rcond=None)[0]
    sees, fades = {}, {}
    for name, p, lam in (("dropout", 0.5, 0.0), ("decay", 0.0, 5.0)):
        w = best(X, y, p, lam)
        sees[name] = bool(np.abs(X @ w - (X * units) @ best(X * units, y, p, lam)).max() > 1e-6)
        many = best(np.tile(X, (1000, 1)), np.tile(y, 1000), p, lam)
        fades[name] = bool(np.abs(many - plain).max() < 0.1 * np.abs(w - plain).max())
        assert pair_facts[name + "_sees_units"] is sees[name]
        assert pair_facts[name + "_fades"] is fades[name]
    w = best(X, y, 0.5, 0.0)
    # the strength that ridge would need differs from weight to weight
    needed = (X.T @ (y - X @ w)) / w
    assert pair_facts["same_as_ridge"] is bool(np.allclose(needed, needed[0]))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION
# %% [raw] sources="d2l-4.6-7"
# # BEGIN QUESTION
# name: q18_dropping_weights
# points: 5

# %% [markdown]
# ## 18. Dropping weights
#
# What changes if single **weights** are dropped in place of activations? In a linear layer $z = W h + b$ with $W$ of
# shape `(O, I)`, each weight $W_{oi}$ is zeroed with probability $p$ and divided by $1 - p$ otherwise, with masks
# that are independent from weight to weight and from example to example. The bias stays.
#
# - `DropConnect(n_in, n_out, p)`: a module with a parameter `weight` of shape `(n_out, n_in)` and a parameter `bias`
#   of shape `(n_out,)`, both started as `nn.Linear` does. In training mode its output for `x` of shape `(B, n_in)` is
#   as above, with a mask of its own for each weight **and each example**; in evaluation mode it is a plain linear
#   layer. $0 \le p < 1$.
# - `noise_covariance(W, h, p, kind)`: the covariance matrix of $z$ over the masks for a given vector `h` of shape
#   `(I,)`, a float64 array of shape `(O, O)`. `kind` is `"weight"`, or `"activation"` for ordinary dropout on `h`.
#   With $W = \begin{pmatrix} 1 \\ 2 \end{pmatrix}$, $h = (1)$ and $p = 0.5$ it has the rows $(1, 0)$ and $(0, 4)$ for
#   `"weight"`, $(1, 2)$ and $(2, 4)$ for `"activation"`.
# - `mask_entries(batch, n_in, n_out, kind)`: how many random mask entries one training step draws in this layer, an
#   integer.
#
# Set each entry of `drop_facts` to `True` or `False`, comparing both kinds for the same $W$, $h$ and $p$.
#
# - `"same_mean"`: the outputs have the same means.
# - `"same_variance"`: each output on its own has the same variance.
# - `"same_joint"`: the outputs have the same joint distribution, so the two ways regularise alike.
# - `"errors_linked"`: with dropped activations the errors of two outputs can be correlated; with dropped weights they
#   cannot.


# %% [raw]
# # BEGIN SOLUTION
# %%
class DropConnect(nn.Module):
    """A linear layer whose weights are dropped at random in training mode, for each example anew."""

    # BEGIN SOLUTION
    def __init__(self, n_in, n_out, p):
        super().__init__()
        start = nn.Linear(n_in, n_out)
        self.weight, self.bias, self.p = start.weight, start.bias, p

    def forward(self, x):
        weights = F.dropout(self.weight.expand(len(x), -1, -1), self.p, self.training)
        return (weights @ x[:, :, None])[:, :, 0] + self.bias

    # END SOLUTION


def noise_covariance(W, h, p, kind):
    """Covariance (O, O) of W h when weights or activations are dropped; kind: "weight" or "activation"."""
    # BEGIN SOLUTION
    parts = W * h
    joint = p / (1 - p) * parts @ parts.T
    return joint if kind == "activation" else np.diag(np.diag(joint))
    # END SOLUTION


def mask_entries(batch, n_in, n_out, kind):
    """Number of random mask entries of one training step, an int."""
    # BEGIN SOLUTION
    return batch * n_in * {"weight": n_out, "activation": 1}[kind]
    # END SOLUTION


drop_facts = {}
drop_facts["same_mean"] = True  # SOLUTION
drop_facts["same_variance"] = True  # SOLUTION
drop_facts["same_joint"] = False  # SOLUTION
drop_facts["errors_linked"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The module has a weight (n_out, n_in) and a bias; the covariances of the example are as printed;
  drop_facts holds four booleans.
"""  # END TEST CONFIG


def test_two_outputs(DropConnect, noise_covariance, mask_entries, drop_facts):
    import numpy as np
    import torch

    net = DropConnect(3, 2, 0.5)
    assert isinstance(net, torch.nn.Module), "DropConnect should be a subclass of nn.Module"
    shapes = {name: tuple(p.shape) for name, p in net.state_dict().items()}
    assert shapes == {"weight": (2, 3), "bias": (2,)}, f"expected weight (2, 3) and bias (2,), got {shapes}"
    got = net(torch.ones(4, 3))
    assert isinstance(got, torch.Tensor), f"the module should return a tensor, got {type(got).__name__}"
    assert got.shape == (4, 2), f"expected outputs of shape (4, 2), got {tuple(got.shape)}"
    for kind, expected in (("weight", [[1, 0], [0, 4]]), ("activation", [[1, 2], [2, 4]])):
        got = noise_covariance(np.array([[1.0], [2.0]]), np.array([1.0]), 0.5, kind)
        assert got is not None, "noise_covariance(...) returned None: expected an array"
        assert np.shape(got) == (2, 2), f"noise_covariance: expected shape (2, 2), got {np.shape(got)}"
        assert np.allclose(got, expected), f"noise_covariance, {kind!r}: expected {expected}, got {got}"
    got = mask_entries(1, 1, 1, "weight")
    assert got == 1, f"mask_entries(1, 1, 1, 'weight'): expected 1, got {got}"
    assert isinstance(drop_facts, dict), "drop_facts should be a dictionary"
    for key in ("same_mean", "same_variance", "same_joint", "errors_linked"):
        assert isinstance(drop_facts.get(key), bool), f"drop_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The module does not drop single weights, not each example's on its own, or not at the right rate.
  What happens in evaluation mode, and to the bias, and are both parameters started as in nn.Linear?
"""  # END TEST CONFIG


def test_module(DropConnect, mask_entries):
    import torch

    for n_in, n_out, p in ((4, 3, 0.0), (1, 1, 0.5), (6, 2, 0.9)):
        layer = DropConnect(n_in, n_out, p)
        layer.eval()
        state = layer.state_dict()
        x = torch.randn(5, n_in)
        expected = torch.nn.functional.linear(x, state["weight"], state["bias"])
        assert torch.allclose(layer(x), expected, atol=1e-6) and torch.allclose(layer(x[:1]), expected[:1], atol=1e-6)
        layer.train()
        if p == 0:
            assert torch.allclose(layer(x), expected, atol=1e-6)
        bound = n_in**-0.5
        assert all(value.abs().max() <= bound and (value != 0).all() for value in state.values())

    def probe(DropConnect, p):
        import torch

        torch.manual_seed(3)
        layer = DropConnect(5, 4, p)
        masks = []
        for _ in range(400):
            layer.zero_grad()
            layer(torch.ones(1, 5)).sum().backward()
            masks.append(layer.weight.grad.clone())
        with torch.no_grad():
            rows = layer(torch.ones(3000, 5)) - layer.bias
        return torch.stack(masks), layer.bias.grad, rows, layer.weight.detach(), type(layer.weight).__name__

    for p in (0.3, 0.6):
        masks, bias, rows, weight, kind = inside(probe)(DropConnect, p)
        kept = masks != 0
        assert kind == "Parameter" and (bias == 1).all()
        # the gradient of a weight is its mask: 0 or 1 / (1 - p)
        assert torch.allclose(masks[kept], torch.tensor(1 / (1 - p)))
        # 8000 entries: the share is known to 0.0055; 400 of a single weight: to 0.025
        assert abs(kept.double().mean().item() - (1 - p)) < 0.03
        assert (kept.double().mean(dim=0) - (1 - p)).abs().max() < 0.12
        flat = kept.double().flatten(1)
        linked = torch.corrcoef(flat.T) - torch.eye(20, dtype=torch.float64)
        # correlations of independent masks: standard deviation 0.05, the largest of 190 below 0.2
        assert linked.abs().max() < 0.35
        # examples of one batch, all with the same input: outputs scatter as independent masks make them
        spread = (p / (1 - p) * (weight.double() ** 2).sum(dim=1)).sqrt()
        assert torch.allclose(rows.double().std(dim=0), spread, rtol=0.15)
        assert (rows.double().mean(dim=0) - weight.double().sum(dim=1)).abs().max() < 0.15 * spread.max()
        linked = torch.corrcoef(rows.double().T) - torch.eye(4, dtype=torch.float64)
        assert linked.abs().max() < 0.12
    for batch, n_in, n_out in ((1, 1, 1), (32, 100, 10), (7, 3, 5)):
        x, w = torch.ones(batch, n_in), torch.ones(batch, n_out, n_in)
        assert mask_entries(batch, n_in, n_out, "weight") == w.numel()
        assert mask_entries(batch, n_in, n_out, "activation") == x.numel()


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A covariance differs from the one counted over all masks. Which outputs share a mask?
"""  # END TEST CONFIG


def test_covariances_by_counting(noise_covariance):
    import itertools

    import numpy as np

    rng = np.random.default_rng(838)
    for o, i in ((1, 1), (2, 3), (3, 2), (4, 1), (2, 4)):
        W, h = rng.normal(size=(o, i)), rng.normal(size=i) * 2
        for p in (0.0, 0.25, 0.5, 0.9):
            for kind, size in (("weight", o * i), ("activation", i)):
                outs, chances = [], []
                for bits in itertools.product((0.0, 1.0), repeat=size):
                    mask = np.array(bits).reshape((o, i) if kind == "weight" else (1, i)) / (1 - p)
                    outs.append((W * mask) @ h)
                    chances.append((1 - p) ** sum(bits) * p ** (size - sum(bits)))
                outs, chances = np.array(outs), np.array(chances)
                away = outs - chances @ outs
                got = noise_covariance(W, h, p, kind)
                assert np.shape(got) == (o, o)
                assert np.allclose(got, (away * chances[:, None]).T @ away, rtol=1e-9, atol=1e-9)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the four statements about dropped weights is decided wrongly.
"""  # END TEST CONFIG


def test_drop_facts(drop_facts):
    import itertools

    import numpy as np

    W, h = np.array([[1.0, -2.0], [0.5, 1.0]]), np.array([1.0, 3.0])
    activation = np.array([(W * np.array(m)) @ h for m in itertools.product((0.0, 2.0), repeat=2)])
    weight = np.array([(W * np.array(m).reshape(2, 2)) @ h for m in itertools.product((0.0, 2.0), repeat=4)])
    linked = [abs(np.cov(outs.T)[0, 1]) > 1e-9 for outs in (activation, weight)]
    assert drop_facts["same_mean"] is bool(np.allclose(activation.mean(0), weight.mean(0)))
    assert drop_facts["same_variance"] is bool(np.allclose(activation.var(0), weight.var(0)))
    assert drop_facts["same_joint"] is bool(np.allclose(np.cov(activation.T, bias=True), np.cov(weight.T, bias=True)))
    assert drop_facts["errors_linked"] is (linked == [True, False])


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_joint_noise():
    torch.manual_seed(0)
    W, h = np.array([[1.0, -0.6, 0.8, 0.3], [0.9, -0.5, 0.2, 0.8]]), np.array([1.0, 0.7, 1.2, 0.5])
    turn = np.linspace(0, 2 * np.pi, 200)
    circle = np.stack([np.cos(turn), np.sin(turn)])
    figure, axis = plt.subplots(figsize=(4.5, 4))
    for kind in ("activation", "weight"):
        values, vectors = np.linalg.eigh(noise_covariance(W, h, 0.5, kind))
        ellipse = vectors @ (np.sqrt(values)[:, None] * circle) + (W @ h)[:, None]
        axis.plot(*ellipse, label=f"{kind} dropped")
    axis.set(xlabel="$z_1$", ylabel="$z_2$", title="noise of two outputs", aspect="equal")
    axis.legend()
    figure.tight_layout()


show(draw_joint_noise)
# %% [raw] sources="d2l-4.6-8"
# # BEGIN QUESTION
# name: q19_three_values
# points: 4

# %% [markdown]
# ## 19. A dropout of your own
#
# Dropout multiplies each activation by one of two values. Take three: $0$, $\gamma / 2$ and $\gamma$. A unit is
# dropped with probability $p_1$; a unit that is **not** dropped gets $\gamma / 2$ with probability $p_2$, else
# $\gamma$. So the probabilities of the three values are $p_1$, $(1 - p_1)\,p_2$ and $(1 - p_1)(1 - p_2)$; $p_1 < 1$.
# Choose $\gamma$ such that the expected value of an activation stays what it was. With $p_1 = 0.2$ and $p_2 = 0.75$
# this gives $\gamma = 2$.
#
# - `three_gamma(p1, p2)`: $\gamma$, a float.
# - `three_variance(p1, p2)`: the variance of the random factor, a float. In the example it is $0.4$.
# - `ThreeDropout(p1, p2)`: a module that does this in training mode, with a factor drawn for each entry of its input
#   on its own, for inputs of any shape; shape and dtype are kept. In evaluation mode it returns its input.
# - `rate_for_noise(p1, variance)`: the **smallest** $p_2$ for which the factor has this variance. It exists in the
#   cases that are asked; for `rate_for_noise(0.2, 0.4)` it is $\tfrac47$.
#
# Set each entry of `three_facts` to `True` or `False`.
#
# - `"quieter"`: for some $p_1$ and $p_2$, the variance is smaller than that of ordinary dropout with the rate $p_1$.
# - `"ordinary_inside"`: for some $p_2$ it **is** ordinary dropout with the rate $p_1$.
# - `"noise_apart_from_zeros"`: for a given share of zeros $p_1 > 0$ one can still choose between noise levels.
# - `"sum_of_rates"`: if $p_1$ and $p_2$ were the probabilities of $0$ and $\gamma / 2$, and $1 - p_1 - p_2$ that of
#   $\gamma$, the same $\gamma$ would keep the mean.


# %% [raw]
# # BEGIN SOLUTION
# %%
def three_gamma(p1, p2):
    """The largest of the three values, chosen such that the mean factor is one; a float."""
    # BEGIN SOLUTION
    return 2 / ((1 - p1) * (2 - p2))
    # END SOLUTION


def three_variance(p1, p2):
    """Variance of the random factor, a float."""
    # BEGIN SOLUTION
    return (4 - 3 * p2) / ((1 - p1) * (2 - p2) ** 2) - 1
    # END SOLUTION


class ThreeDropout(nn.Module):
    """Multiplies each entry by 0, gamma / 2 or gamma in training mode."""

    # BEGIN SOLUTION
    def __init__(self, p1, p2):
        super().__init__()
        self.p1, self.p2 = p1, p2

    def forward(self, x):
        if not self.training:
            return x
        kept, full = torch.rand_like(x) >= self.p1, torch.rand_like(x) >= self.p2
        return x * (kept * (1.0 + full) * three_gamma(self.p1, self.p2) / 2).to(x.dtype)

    # END SOLUTION


def rate_for_noise(p1, variance):
    """The smallest p2 for which the factor has this variance, a float."""
    # BEGIN SOLUTION
    # With u = 2 - p2 the second moment s = (3 u - 2) / ((1 - p1) u^2): the larger root u is the smaller rate.
    a = (1 - p1) * (1 + variance)
    return 2 - (3 + math.sqrt(9 - 8 * a)) / (2 * a)
    # END SOLUTION


three_facts = {}
three_facts["quieter"] = False  # SOLUTION
three_facts["ordinary_inside"] = True  # SOLUTION
three_facts["noise_apart_from_zeros"] = True  # SOLUTION
three_facts["sum_of_rates"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With p1 = 0.2 and p2 = 0.75 gamma is 2 and the variance 0.4; three_facts holds four booleans.
"""  # END TEST CONFIG


def test_example(three_gamma, three_variance, ThreeDropout, rate_for_noise, three_facts):
    import torch

    for name, got, expected in (
        ("three_gamma(0.2, 0.75)", three_gamma(0.2, 0.75), 2.0),
        ("three_variance(0.2, 0.75)", three_variance(0.2, 0.75), 0.4),
        ("rate_for_noise(0.2, 0.4)", rate_for_noise(0.2, 0.4), 4 / 7),
    ):
        assert got is not None, f"{name} returned None: expected a float"
        assert abs(got - expected) < 1e-9, f"{name}: expected {expected:.4g}, got {got}"
    layer = ThreeDropout(0.2, 0.75)
    assert isinstance(layer, torch.nn.Module), "ThreeDropout should be a subclass of nn.Module"
    got = layer(torch.ones(30, 4))
    assert isinstance(got, torch.Tensor), f"the module should return a tensor, got {type(got).__name__}"
    assert got.shape == (30, 4), f"ThreeDropout: expected shape (30, 4), got {tuple(got.shape)}"
    values = sorted({round(v, 4) for v in got.flatten().tolist()})
    assert values == [0, 1, 2], f"ThreeDropout of ones: expected the values 0, 1 and 2, got {values}"
    assert isinstance(three_facts, dict), "three_facts should be a dictionary"
    for key in ("quieter", "ordinary_inside", "noise_apart_from_zeros", "sum_of_rates"):
        assert isinstance(three_facts.get(key), bool), f"three_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: gamma does not keep the mean, or a variance is wrong, or rate_for_noise finds another rate or not the
  smallest.
"""  # END TEST CONFIG


def test_moments(three_gamma, three_variance, rate_for_noise):
    grid = [(p1, p2) for p1 in (0.0, 0.1, 0.5, 0.9) for p2 in (0.0, 0.2, 0.5, 2 / 3, 0.75, 1.0)]
    for p1, p2 in grid:
        gamma = three_gamma(p1, p2)
        outcomes = [(0.0, p1), (gamma / 2, (1 - p1) * p2), (gamma, (1 - p1) * (1 - p2))]
        assert abs(sum(value * chance for value, chance in outcomes) - 1) < 1e-12
        variance = sum((value - 1) ** 2 * chance for value, chance in outcomes)
        assert abs(three_variance(p1, p2) - variance) < 1e-10 * (1 + variance)
        if p2 <= 0.5:
            # the variance rises up to p2 = 2/3 and falls beyond: the first rate is found by halving
            low, high = 0.0, 2 / 3
            for _ in range(60):
                mid = (low + high) / 2
                g = 1 / ((1 - p1) * (1 - mid / 2))
                square = (1 - p1) * (mid * (g / 2) ** 2 + (1 - mid) * g**2)
                low, high = (mid, high) if square - 1 < variance else (low, mid)
            assert abs(rate_for_noise(p1, variance) - low) < 1e-7


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The module draws other values, other shares, one factor for many entries, or does something in
  evaluation mode.
"""  # END TEST CONFIG


def test_three_valued_layer(ThreeDropout):
    import torch

    for p1, p2 in ((0.2, 0.75), (0.5, 0.3), (0.3, 0.0), (0.0, 0.6), (0.4, 1.0)):
        layer = ThreeDropout(p1, p2)
        layer.train()
        gamma = 1 / ((1 - p1) * (1 - p2 / 2))
        for dtype in (torch.float32, torch.float64):
            x = torch.randn(100, 200, dtype=dtype)
            out = layer(x)
            assert out.shape == x.shape and out.dtype == dtype
            level = out / x * 2 / gamma
            assert (level - level.round()).abs().max() < 1e-4
            level = level.round().long()
            shares = p1, (1 - p1) * p2, (1 - p1) * (1 - p2)
            for value, share in enumerate(shares):
                hits = (level == value).double()
                # 20,000 entries: shares are known to 0.0035, those of a row or column to 0.05
                assert abs(hits.mean().item() - share) < 0.02
                assert (hits.mean(dim=0) - share).abs().max() < 0.3 and (hits.mean(dim=1) - share).abs().max() < 0.25
            assert level.max() <= 2 and not torch.equal(layer(x), out)
        layer.eval()
        assert torch.equal(layer(x), x)
        layer.train()
        assert layer(torch.ones(2, 3, 4)).shape == (2, 3, 4)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the four statements about three values is decided wrongly.
"""  # END TEST CONFIG


def test_three_facts(three_facts):
    import numpy as np

    p1, p2 = np.meshgrid(np.linspace(0, 0.9, 19), np.linspace(0, 1, 21), indexing="ij")
    gamma = 1 / ((1 - p1) * (1 - p2 / 2))
    square = (1 - p1) * (p2 * gamma**2 / 4 + (1 - p2) * gamma**2)
    ordinary = p1 / (1 - p1)
    a, b = 0.3, 0.4
    other_mean = b * 2 / ((1 - a) * (2 - b)) / 2 + (1 - a - b) * 2 / ((1 - a) * (2 - b))
    assert three_facts["quieter"] is bool((square - 1 < ordinary - 1e-9).any())
    assert three_facts["ordinary_inside"] is bool(np.allclose((square - 1)[:, 0], ordinary[:, 0]))
    assert three_facts["noise_apart_from_zeros"] is bool(np.ptp(square, axis=1)[1:].min() > 1e-3)
    assert three_facts["sum_of_rates"] is bool(abs(other_mean - 1) < 1e-9)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION
# %% [raw] sources="d2l-4.6-1 d2l-4.6-2"
# # BEGIN QUESTION
# name: q20_train_with_dropout
# points: 5

# %% [markdown]
# ## 20. Training with dropout
#
# Now a network. `make_task` gives examples with 20 inputs and two classes, 15 % of whose labels are wrong: there is
# noise to fit. (The best possible test accuracy is 0.85.)
#
# - `dropout_mlp(p1, p2, width)`: an `nn.Sequential` with two hidden layers of `width` units each, for 20 inputs and 2
#   logits. A ReLU follows each hidden layer, and dropout follows each ReLU: an `nn.Dropout` with the rate $p_1$
#   behind the first, $p_2$ behind the second. Nothing else.
# - `evaluate(net, X, y)`: the pair (mean cross-entropy, share of examples classified correctly), two floats, with
#   dropout switched off. Afterwards the network is in the mode (training or evaluation) in which it was before.
# - `learning_curve(p1, p2, decay, steps, seed, data)`: `data` is `(X, y, X_test, y_test)`. Call
#   `torch.manual_seed(seed)`, build the network with 32 units in each hidden layer, and train it with
#   `torch.optim.AdamW`, learning rate 0.01 and `weight_decay=decay`, on the cross-entropy of all training examples at
#   once. `steps` is an increasing list of step numbers, at least 1; after each of these steps, `evaluate` on training
#   and test examples, and train on. Return an array of shape `(len(steps), 4)` with the columns training loss, test
#   loss, training accuracy, test accuracy.
#
# The cell below draws your curves with and without dropout. At which step does the network with dropout overtake the
# other one in test loss?


# %%
def make_task(n, seed):
    """n examples: inputs (n, 20), classes (n,), 15 % of them wrong."""
    source = torch.Generator().manual_seed(seed)
    X = torch.randn(n, 20, generator=source)
    y = (X[:, 0] + X[:, 1] + X[:, 2] + X[:, 0] * X[:, 1] > 0).long()
    wrong = torch.rand(n, generator=source) < 0.15
    return X, torch.where(wrong, 1 - y, y)


# %% [raw]
# # BEGIN SOLUTION
# %%
def dropout_mlp(p1, p2, width):
    """Two hidden layers with ReLU and dropout, 20 inputs, 2 logits; an nn.Sequential."""
    # BEGIN SOLUTION
    first = nn.Linear(20, width), nn.ReLU(), nn.Dropout(p1)
    second = nn.Linear(width, width), nn.ReLU(), nn.Dropout(p2)
    return nn.Sequential(*first, *second, nn.Linear(width, 2))
    # END SOLUTION


def evaluate(net, X, y):
    """(loss, accuracy) without dropout, two floats; the mode of net is restored."""
    # BEGIN SOLUTION
    mode = net.training
    net.eval()
    with torch.no_grad():
        logits = net(X)
    net.train(mode)
    return F.cross_entropy(logits, y).item(), (logits.argmax(dim=1) == y).float().mean().item()
    # END SOLUTION


def learning_curve(p1, p2, decay, steps, seed, data):
    """Training loss, test loss, training accuracy and test accuracy after the given steps; shape (len(steps), 4)."""
    # BEGIN SOLUTION
    X, y, X_test, y_test = data
    torch.manual_seed(seed)
    net = dropout_mlp(p1, p2, 32)
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.01, weight_decay=decay)
    rows = []
    for step in range(1, steps[-1] + 1):
        optimizer.zero_grad()
        F.cross_entropy(net(X), y).backward()
        optimizer.step()
        if step in steps:
            (loss, accuracy), (test_loss, test_accuracy) = evaluate(net, X, y), evaluate(net, X_test, y_test)
            rows.append([loss, test_loss, accuracy, test_accuracy])
    return np.array(rows)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: dropout_mlp should be an nn.Sequential that gives 2 logits, evaluate two floats, and learning_curve
  an array of shape (len(steps), 4).
"""  # END TEST CONFIG


def test_shapes(dropout_mlp, evaluate, learning_curve, make_task):
    import numpy as np
    import torch

    net = dropout_mlp(0.2, 0.5, 6)
    assert isinstance(net, torch.nn.Sequential), "dropout_mlp should return an nn.Sequential"
    shape = tuple(net(torch.ones(3, 20)).shape)
    assert shape == (3, 2), f"dropout_mlp: expected logits of shape (3, 2), got {shape}"
    same = torch.nn.Sequential(torch.nn.Linear(20, 2))
    torch.nn.init.zeros_(same[0].weight)
    torch.nn.init.zeros_(same[0].bias)
    got = evaluate(same, torch.ones(4, 20), torch.zeros(4, dtype=torch.long))
    assert got is not None, "evaluate(...) returned None: expected the pair (loss, accuracy)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "evaluate should return the pair (loss, accuracy)"
    assert np.allclose(got, [np.log(2), 1]), f"evaluate of equal logits: expected (0.6931, 1.0), got {got}"
    data = (*make_task(20, 0), *make_task(10, 1))
    got = learning_curve(0.2, 0.5, 0.0, [1, 2], 0, data)
    assert got is not None, "learning_curve(...) returned None: expected an array"
    assert np.shape(got) == (2, 4), f"learning_curve with 2 steps: expected shape (2, 4), got {np.shape(got)}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The layers are not as asked, or a network is not measured without dropout and left in its mode. Which
  rate belongs where?
"""  # END TEST CONFIG


def test_layers_and_measures(dropout_mlp, evaluate):
    import torch

    def layers(dropout_mlp, p1, p2, width):
        net = dropout_mlp(p1, p2, width)
        names = [type(layer).__name__ for layer in net]
        return names, [layer.p for layer in net if hasattr(layer, "p")], [tuple(p.shape) for p in net.parameters()]

    for p1, p2, width in ((0.2, 0.5, 32), (0.5, 0.2, 7), (0.0, 0.9, 1)):
        names, rates, shapes = inside(layers)(dropout_mlp, p1, p2, width)
        assert names == ["Linear", "ReLU", "Dropout"] * 2 + ["Linear"] and rates == [p1, p2]
        assert shapes == [(width, 20), (width,), (width, width), (width,), (2, width), (2,)]

    def measure(evaluate, mode, X, y):
        import torch

        torch.manual_seed(5)
        net = torch.nn.Sequential(torch.nn.Linear(20, 40), torch.nn.Dropout(0.5), torch.nn.Linear(40, 3))
        net.train(mode)
        first, second = evaluate(net, X, y), evaluate(net, X, y)
        leaf = net[0].weight.grad is None
        return first, second, [module.training for module in net.modules()], leaf, list(net.parameters())

    torch.manual_seed(839)
    for n in (1, 50):
        X, y = torch.randn(n, 20), torch.randint(3, (n,))
        for mode in (True, False):
            first, second, modes, clean, parameters = inside(measure)(evaluate, mode, X, y)
            w1, b1, w2, b2 = (p.detach() for p in parameters)
            log_p = ((X @ w1.T + b1) @ w2.T + b2).log_softmax(1)
            loss = -sum(log_p[i, y[i]].item() for i in range(n)) / n
            right = sum(int(log_p[i].argmax() == y[i]) for i in range(n)) / n
            assert tuple(first) == tuple(second) and modes == [mode] * 4 and clean is True
            assert all(isinstance(value, float) for value in first)
            assert abs(first[0] - loss) < 1e-4 and abs(first[1] - right) < 1e-6


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The curve is not that of the training described. Is the network in training mode at every step, also
  after it was measured, and are gradients and seeds fresh?
"""  # END TEST CONFIG


def test_curve_step_by_step(learning_curve, make_task):
    import numpy as np
    import torch

    torch.set_num_threads(1)
    data = (*make_task(40, 3), *make_task(60, 4))
    for p1, p2, decay, steps, seed in (
        (0.3, 0.6, 0.0, [1, 4, 5], 0),
        (0.6, 0.3, 2.0, [3, 8], 1),
        (0.0, 0.0, 5.0, [7], 2),
        (0.1, 0.0, 0.0, [1], 0),
    ):
        torch.manual_seed(seed)
        linears = [torch.nn.Linear(20, 32), torch.nn.Linear(32, 32), torch.nn.Linear(32, 2)]
        parameters = [p for linear in linears for p in linear.parameters()]
        drop = torch.nn.functional.dropout

        def forward(X, training):
            h = drop(linears[0](X).clamp(min=0), p1, training)
            return linears[2](drop(linears[1](h).clamp(min=0), p2, training)).log_softmax(1)

        averages = [(torch.zeros_like(p), torch.zeros_like(p)) for p in parameters]
        expected = []
        for step in range(1, steps[-1] + 1):
            log_p = forward(data[0], True)
            gradients = torch.autograd.grad(-log_p[torch.arange(40), data[1]].mean(), parameters)
            # Adam by its definition, with decoupled decay
            for p, g, (m, v) in zip(parameters, gradients, averages):
                m.mul_(0.9).add_(0.1 * g)
                v.mul_(0.999).add_(0.001 * g**2)
                change = m / (1 - 0.9**step) / ((v / (1 - 0.999**step)).sqrt() + 1e-8)
                p.data.mul_(1 - 0.01 * decay).sub_(0.01 * change)
            if step in steps:
                with torch.no_grad():
                    outs = forward(data[0], False), forward(data[2], False)
                losses = [-out[torch.arange(len(y)), y].mean().item() for out, y in zip(outs, data[1::2])]
                shares = [(out.argmax(1) == y).double().mean().item() for out, y in zip(outs, data[1::2])]
                expected.append(losses + shares)
        got = learning_curve(p1, p2, decay, steps, seed, data)
        assert np.shape(got) == (len(steps), 4)
        # float32, at most 8 steps: losses agree to 1e-5; a label may flip at a tie
        assert np.abs(np.asarray(got)[:, :2] - np.array(expected)[:, :2]).max() < 1e-3
        assert np.abs(np.asarray(got)[:, 2:] - np.array(expected)[:, 2:]).max() < 0.06


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_learning_curves():
    steps = [1, 5, 10, 20, 40, 70, 100, 150]
    data = (*make_task(100, 0), *make_task(1000, 1))
    figure, axes = plt.subplots(1, 2, figsize=(10, 3), sharey=True)
    for axis, (p1, p2) in zip(axes, ((0.0, 0.0), (0.5, 0.5))):
        curve = learning_curve(p1, p2, 0.0, steps, 0, data)
        axis.plot(steps, curve[:, 0], "o-", label="training loss")
        axis.plot(steps, curve[:, 1], "o-", label="test loss")
        axis.set(title=f"dropout {p1}", xlabel="step")
    axes[0].legend()
    figure.tight_layout()


show(draw_learning_curves)
# %% [raw] sources="d2l-4.6-5 d2l-4.6-1 d2l-4.6-2 d2l-4.6-6"
# # BEGIN QUESTION
# name: q21_when_dropout_helps
# points: 5

# %% [markdown]
# ## 21. When does dropout help?
#
# `quick_run`, given below, trains a network with two hidden layers of the same width on 100 examples with 20 inputs,
# 15 % of whose labels are wrong, and returns a dictionary with `"train_loss"`, `"test_loss"`, `"train_accuracy"` and
# `"test_accuracy"`. Dropout with the rates $p_1$ and $p_2$ follows the two hidden layers. Each `seed` stands for
# other data and another start.
#
# One run proves little. Write a small study:
#
# - `mean_result(run, settings, seeds)`: `run(**settings, seed=seed)` returns a dictionary of numbers. The mean of
#   each entry over all seeds in the list: a dictionary with the same keys and float values. `settings` is a
#   dictionary.
# - `gap_reduction(run, widths, p, seeds)`: does dropout help more if the network has more units? The **gap** of a run
#   is its training accuracy minus its test accuracy. For each width compare `run(width=…, p1=0.0, p2=0.0, seed=…)`
#   with `run(width=…, p1=p, p2=p, seed=…)`. Return an array of shape `(len(widths), 3)`: mean gap without dropout,
#   mean gap with dropout, and the first minus the second.
#
# Then use them with `quick_run` and set each entry of `dropout_facts` to `True` or `False`. All of them speak about
# means over many seeds, of networks with 32 units and 40 steps unless they say otherwise; "dropout" alone means $p_1
# = p_2 = 0.5$.
#
# - `"order_matters"`: swapping the rates $(0.2, 0.5)$ changes the test accuracy by more than $0.08$.
# - `"learns_at_ninety"`: with both rates at $0.9$ the training loss gets below $0.4$.
# - `"slow_start"`: after 10 steps, the training loss is higher with dropout than without.
# - `"lower_test_loss"`: after 40 steps, the test loss is lower with dropout than without.
# - `"prevents_for_ever"`: with dropout, the test loss after 150 steps is still below that after 40.
# - `"both_best"`: of none, dropout, weight decay (`decay=5.0`) and both, both together have the lowest test loss.
# - `"more_units_more_gain"`: of the widths 1, 16 and 256, dropout reduces the gap most for the largest.
# - `"gain_needs_a_gap"`: dropout reduces the gap more for the width 16 than for the width 1.


# %%
def quick_run(seed, width=32, p1=0.0, p2=0.0, decay=0.0, steps=40):
    """Train for some steps of Adam on 100 examples; a dictionary of losses and accuracies."""
    source = torch.Generator().manual_seed(seed)
    inputs = torch.randn(1100, 20, generator=source)
    label = (inputs[:, 0] + inputs[:, 1] + inputs[:, 2] + inputs[:, 0] * inputs[:, 1] > 0).long()
    label = torch.where(torch.rand(1100, generator=source) < 0.15, 1 - label, label)
    torch.manual_seed(seed)
    one, two, three = nn.Linear(20, width), nn.Linear(width, width), nn.Linear(width, 2)

    def logits(x, learning):
        hidden = F.dropout(one(x).relu(), p1, learning)
        return three(F.dropout(two(hidden).relu(), p2, learning))

    weights = [*one.parameters(), *two.parameters(), *three.parameters()]
    adam = torch.optim.AdamW(weights, 0.01, weight_decay=decay)
    for _ in range(steps):
        adam.zero_grad()
        F.cross_entropy(logits(inputs[:100], True), label[:100]).backward()
        adam.step()
    result = {}
    with torch.no_grad():
        for name, part in (("train", slice(100)), ("test", slice(100, None))):
            out = logits(inputs[part], False)
            result[name + "_loss"] = F.cross_entropy(out, label[part]).item()
            result[name + "_accuracy"] = (out.argmax(1) == label[part]).double().mean().item()
    return result


# %% [raw]
# # BEGIN SOLUTION
# %%
def mean_result(run, settings, seeds):
    """Mean over the seeds of each number that run returns, a dictionary."""
    # BEGIN SOLUTION
    results = [run(**settings, seed=seed) for seed in seeds]
    return {key: sum(result[key] for result in results) / len(seeds) for key in results[0]}
    # END SOLUTION


def gap_reduction(run, widths, p, seeds):
    """Mean gap without dropout, with dropout, and their difference, for each width; shape (len(widths), 3)."""
    # BEGIN SOLUTION
    rows = []
    for width in widths:
        means = [mean_result(run, {"width": width, "p1": rate, "p2": rate}, seeds) for rate in (0.0, p)]
        plain, dropped = (mean["train_accuracy"] - mean["test_accuracy"] for mean in means)
        rows.append([plain, dropped, plain - dropped])
    return np.array(rows)
    # END SOLUTION


dropout_facts = {}
dropout_facts["order_matters"] = False  # SOLUTION
dropout_facts["learns_at_ninety"] = False  # SOLUTION
dropout_facts["slow_start"] = True  # SOLUTION
dropout_facts["lower_test_loss"] = True  # SOLUTION
dropout_facts["prevents_for_ever"] = False  # SOLUTION
dropout_facts["both_best"] = True  # SOLUTION
dropout_facts["more_units_more_gain"] = False  # SOLUTION
dropout_facts["gain_needs_a_gap"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: mean_result gives a dictionary of means, gap_reduction an array of shape (len(widths), 3);
  dropout_facts holds eight booleans.
"""  # END TEST CONFIG


def test_made_up_runs(mean_result, gap_reduction, dropout_facts):
    import numpy as np

    got = mean_result(lambda seed, bonus: {"a": seed + bonus, "b": 1.0}, {"bonus": 10.0}, [1, 2, 6])
    assert got is not None, "mean_result(...) returned None: expected a dictionary"
    assert isinstance(got, dict) and set(got) == {"a", "b"}, f"mean_result: expected the keys a and b, got {got}"
    assert abs(got["a"] - 13) < 1e-9, f"mean_result: expected a = 13, got {got['a']}"
    made_up = lambda width, p1, p2, seed: {"train_accuracy": 1.0 - p1, "test_accuracy": 0.25}
    got = gap_reduction(made_up, [4], 0.5, [0])
    assert got is not None, "gap_reduction(...) returned None: expected an array"
    assert np.shape(got) == (1, 3), f"gap_reduction: expected shape (1, 3), got {np.shape(got)}"
    assert np.allclose(got, [[0.75, 0.25, 0.5]]), f"gap_reduction: expected [[0.75, 0.25, 0.5]], got {got}"
    assert isinstance(dropout_facts, dict), "dropout_facts should be a dictionary"
    keys = ["order_matters", "learns_at_ninety", "slow_start", "lower_test_loss", "prevents_for_ever", "both_best"]
    for key in [*keys, "more_units_more_gain", "gain_needs_a_gap"]:
        assert isinstance(dropout_facts.get(key), bool), f"dropout_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: A mean or a gap is wrong for some runs. Every width, both rates and every seed count, and the gap
  compares training with test accuracy.
"""  # END TEST CONFIG


def test_study_of_known_runs(mean_result, gap_reduction):
    import numpy as np

    def run(width, p1, p2, seed):
        train = 0.9 - 0.3 * p1 + 0.01 * width + 0.001 * seed**2
        test = 0.5 + 0.11 * p2 - 0.02 * width - 0.003 * seed
        return {"train_loss": 7.0, "test_loss": 9.0, "train_accuracy": train, "test_accuracy": test}

    for widths, p, seeds in (([1, 16, 5], 0.5, [3, 1, 8]), ([2], 0.25, [4]), ([7, 7], 0.9, [1, 2, 3, 4])):
        got = gap_reduction(run, widths, p, seeds)
        assert np.shape(got) == (len(widths), 3)
        for row, width in zip(np.asarray(got), widths):
            base = 0.4 + 0.03 * width + np.mean([0.001 * s**2 + 0.003 * s for s in seeds])
            assert np.allclose(row, [base, base - 0.41 * p, 0.41 * p], rtol=0, atol=1e-9)
    noise = {s: np.random.default_rng(s).normal(size=2) for s in (5, 6, 7, 8)}
    got = mean_result(lambda seed, k: {"u": k * noise[seed][0], "v": noise[seed][1]}, {"k": 3}, [5, 6, 7, 8])
    expected = np.mean(list(noise.values()), axis=0)
    assert abs(got["u"] - 3 * expected[0]) < 1e-9 and abs(got["v"] - expected[1]) < 1e-9
    assert mean_result(lambda seed: {"only": seed}, {}, [41])["only"] == 41


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: At least one of the eight statements about dropout does not hold in these runs. Take several seeds
  and compare means.
"""  # END TEST CONFIG


def test_dropout_facts(dropout_facts, quick_run):
    import torch

    torch.set_num_threads(1)

    def mean(key, **settings):
        results = [quick_run(seed=seed, **settings) for seed in (201, 202, 203)]
        return sum(result[key] for result in results) / 3

    def reduction(width):
        gaps = []
        for p in (0.0, 0.5):
            results = [quick_run(seed=seed, width=width, p1=p, p2=p) for seed in (201, 202, 203)]
            gaps.append(sum(result["train_accuracy"] - result["test_accuracy"] for result in results) / 3)
        return gaps[0] - gaps[1]

    # 20 times three seeds: swapped rates -0.022 to 0.007; 0.9: 0.66 to 0.69; start 0.49 to 0.58 against 0.30 to 0.38;
    # test losses 2.5 to 3.7 (none), 0.83 to 1.24 (dropout; 2.7 to 4.0 after 150 steps), 0.84 to 1.02 (decay), 0.63 to
    # 0.75 (both); reductions -0.02 to 0.07, 0.07 to 0.14 and -0.01 to 0.03, in each triple that of width 16 the largest
    half = {"p1": 0.5, "p2": 0.5}
    swapped = [mean("test_accuracy", p1=a, p2=b) for a, b in ((0.2, 0.5), (0.5, 0.2))]
    early = [mean("train_loss", steps=10, **rates) for rates in (half, {})]
    losses = {name: mean("test_loss", **settings) for name, settings in (("none", {}), ("dropout", half))}
    losses |= {"decay": mean("test_loss", decay=5.0), "both": mean("test_loss", decay=5.0, **half)}
    gains = {width: reduction(width) for width in (1, 16, 256)}
    assert dropout_facts["order_matters"] is (abs(swapped[0] - swapped[1]) > 0.08)
    assert dropout_facts["learns_at_ninety"] is (mean("train_loss", p1=0.9, p2=0.9) < 0.4)
    assert dropout_facts["slow_start"] is (early[0] > early[1])
    assert dropout_facts["lower_test_loss"] is (losses["dropout"] < losses["none"])
    assert dropout_facts["prevents_for_ever"] is (mean("test_loss", steps=150, **half) < losses["dropout"])
    assert dropout_facts["both_best"] is (min(losses, key=losses.get) == "both")
    assert dropout_facts["more_units_more_gain"] is (max(gains, key=gains.get) == 256)
    assert dropout_facts["gain_needs_a_gap"] is (gains[16] > gains[1])


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_gaps():
    widths = [1, 2, 4, 16, 64]
    table = gap_reduction(quick_run, widths, 0.5, [1, 2])
    figure, axis = plt.subplots(figsize=(5.5, 3))
    for column, label in enumerate(("without dropout", "with dropout", "reduction")):
        axis.semilogx(widths, table[:, column], "o-", label=label)
    axis.set(xlabel="width", ylabel="gap in accuracy")
    axis.legend()
    figure.tight_layout()


show(draw_gaps)
# %% [markdown]
# ## What to take along
#
# A penalty is a prior seen from the other side, and its strength has a unit: it depends on sums and means, on the
# learning rate and on the optimiser. Noise on inputs, smoothed labels, dropped activations and stopping in time act
# in similar ways, and for linear models one can say exactly how. None of them is free: each has a strength to be
# chosen, on data that were not used for fitting, and each can be too strong. The next chapter turns to the building
# blocks of networks themselves.
