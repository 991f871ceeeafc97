# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [raw]
# # ASSIGNMENT CONFIG
# name: 18_variational_autoencoders
# export_cell: {pdf: false}
# tests: {files: false, ok_format: false}
# show_question_points: true

# %% [markdown]
# # Variational autoencoders
#
# A latent variable model explains each observation by something that was not observed. Here you meet such models from
# the simplest, a mixture of a few Gaussians, to the variational autoencoder. You bound a likelihood that cannot be
# computed, measure what the bound loses, take gradients through random draws in two ways, and find out what the KL
# term of the loss does by leaving it out.
#
# | question | what you write | points |
# | --- | --- | --- |
# | `q1_mixture_parameters` | how many parameters a mixture has, and which are allowed | 4 |
# | `q2_jensen` | curvature, and what an average does to a curved function | 4 |
# | `q3_discrete_bound` | evidence, bound and gap, where all of them can be summed | 4 |
# | `q4_linear_gaussian` | the same for the smallest model with a continuous code | 4 |
# | `q5_em_steps` | the EM algorithm for a mixture of Gaussians | 5 |
# | `q6_em_bound` | why EM climbs, and where it stops | 4 |
# | `q7_vae_loss` | the loss of a variational autoencoder | 4 |
# | `q8_score_function` | gradients of averages, without a derivative of what is averaged | 4 |
# | `q9_two_gradients` | the other way, and which of the two is noisier | 4 |
# | `q10_kl_weight` | what the weight of the KL term does to the code | 4 |
# | `q11_without_kl` | training with and without the KL term | 5 |
# | `q12_interpolation` | the way from one code to another | 4 |
# | `q13_statements` | what is random, what is bounded | 4 |
#
# Each question stands alone: no answer needs an earlier one. `grader.check` runs a few small public tests. More
# tests, with other numbers, decide the score.

# %% [markdown]
# ## Recap and notation
#
# - $x$ is what is observed, such as an image. $z$ is the **latent variable**, or **code**: nobody sees it.
# - The **prior** $p(z)$ says how codes are drawn, the **likelihood** $p(x \mid z)$ how observations come from a code.
#   In a variational autoencoder (VAE) the prior is the standard normal distribution and a network, the **decoder**,
#   turns $z$ into the mean of $x$.
# - The **evidence** is the probability (density) of $x$ when the code is summed or integrated out:
#   $p(x) = \sum_z p(z)\, p(x \mid z)$, or an integral.
# - The **posterior** $p(z \mid x) = p(z)\, p(x \mid z) / p(x)$ tells which codes may have led to $x$.
# - $q(z)$ is any other distribution of the code, meant to be close to the posterior. In a VAE another network, the
#   **encoder**, gives its mean $\mu(x)$ and its variances $\sigma^2(x)$.
# - The **divergence** of two distributions is $D_{KL}[q \,\Vert\, p] = E_{z \sim q}[\log q(z) - \log p(z)]$. It is
#   never negative, and 0 only if $q = p$.
# - The **evidence lower bound** (ELBO) is
#   $\;E_{z \sim q}[\log p(x \mid z)] - D_{KL}[q(z) \,\Vert\, p(z)]\; \le\; \log p(x).$
#
# All logarithms are natural. $N(x; \mu, \sigma^2)$ is the normal density with mean $\mu$ and **variance** $\sigma^2$,
# and `var` in code is always a variance. Batches come first. Run the set-up cell, then look at a latent variable
# model: the code says which of three Gaussians an observation comes from, and the evidence is their weighted sum.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

torch.set_num_threads(1)


def show(draw):
    """Call draw(); while the answer it needs is missing, say so in a line instead of failing."""
    try:
        draw()
    except Exception as problem:
        plt.close("all")
        print(f"No figure yet: it is drawn by your own answer ({type(problem).__name__}: {problem}).")


# %%
def draw_latent_model():
    x = np.linspace(-4, 6, 501)
    weights, means, variances = (0.5, 0.2, 0.3), (-1.0, 1.0, 3.5), (0.7, 0.1, 1.0)
    parts = [
        w / math.sqrt(2 * math.pi * v) * np.exp(-((x - m) ** 2) / (2 * v)) for w, m, v in zip(weights, means, variances)
    ]
    total = sum(parts)
    figure, axes = plt.subplots(1, 2, figsize=(12, 2.8))
    axes[0].plot(x, total, color="0.2", label="evidence $p(x)$")
    for k, part in enumerate(parts):
        axes[0].fill_between(x, part, alpha=0.5, label=f"$p(z={k + 1})\\, p(x \\mid z={k + 1})$")
        axes[1].plot(x, part / total, label=f"$p(z={k + 1} \\mid x)$")
    axes[0].set(title="three Gaussians and their sum", xlabel="$x$")
    axes[1].set(title="posterior of the code", xlabel="$x$")
    for axis in axes:
        axis.legend(fontsize=8)
    figure.tight_layout()


show(draw_latent_model)

# %% [raw] sources="udl-17.1"
# # BEGIN QUESTION
# name: q1_mixture_parameters
# points: 4

# %% [markdown]
# ## 1. The parameters of a mixture
#
# A mixture of $n$ Gaussians has the density
#
# $$p(x) \;=\; \sum_{k=1}^{n} \lambda_k\, N(x; \mu_k, \sigma_k^2)$$
#
# with weights $\lambda_k$, means $\mu_k$ and variances $\sigma_k^2$. Some of these numbers are tied to one another:
# if you know the others, you know the last one. What remains are the **free** parameters. One Gaussian alone,
# $n = 1$, has 3 parameters, and 2 of them are free.
#
# - `total_5` and `free_5`: both counts for $n = 5$, found by hand.
# - `mixture_counts(n)`: the pair `(total, free)` for any $n \ge 1$, two integers.
# - `unpack(theta)`: gradient descent works with numbers that may take any value. Turn such numbers into allowed
#   parameters. `theta` is a float64 array of shape `(3n - 1,)` with first $n - 1$ logits, then $n$ means, then the
#   logarithms of $n$ variances. The last component has the logit 0, and the weights are the softmax of all $n$
#   logits. Return `(lam, mu, var)`, three arrays of shape `(n,)`. Logits may be as large as $\pm 1000$. Example:
#   `unpack(np.array([0.0, 7.0, 8.0, 0.0, math.log(4)]))` gives the weights $(\frac12, \frac12)$, the means $(7, 8)$
#   and the variances $(1, 4)$.
# - `mixture_pdf(x, lam, mu, var)`: the density at each entry of `x`, shape `(I,)`. It raises `ValueError` if the
#   parameters are not allowed: a weight is negative, the weights do not sum to 1 (a difference of $10^{-8}$ is
#   forgiven), or a variance is not positive. A weight of exactly 0 is allowed.

# %% [raw]
# # BEGIN SOLUTION
# %%
total_5 = 15  # SOLUTION
free_5 = 14  # SOLUTION


def mixture_counts(n):
    """Numbers of parameters and of free parameters of a mixture of n Gaussians: (total, free)."""
    # BEGIN SOLUTION
    return 3 * n, 3 * n - 1
    # END SOLUTION


def unpack(theta):
    """Weights, means and variances from unconstrained numbers.

    theta: (3n - 1,) array: n - 1 logits, n means, n log-variances.
    Returns (lam, mu, var), each of shape (n,).
    """
    # BEGIN SOLUTION
    n = (len(theta) + 1) // 3
    logits = np.append(theta[: n - 1], 0.0)
    weights = np.exp(logits - logits.max())
    return weights / weights.sum(), theta[n - 1 : 2 * n - 1], np.exp(theta[2 * n - 1 :])
    # END SOLUTION


def mixture_pdf(x, lam, mu, var):
    """Density of the mixture at each entry of x, shape (I,). Raises ValueError for impossible parameters."""
    # BEGIN SOLUTION
    if lam.min() < 0 or abs(lam.sum() - 1) > 1e-8:
        raise ValueError("weights must not be negative, and must sum to 1")
    if var.min() <= 0:
        raise ValueError("variances must be positive")
    parts = np.exp(-((x[:, None] - mu) ** 2) / (2 * var)) / np.sqrt(2 * math.pi * var)
    return parts @ lam
    # END SOLUTION


# %% [raw]
# # END SOLUTION


# %%
def draw_random_mixtures():
    x = np.linspace(-8, 8, 801)
    figure, axes = plt.subplots(1, 3, figsize=(12, 2.6), sharex=True)
    for seed, axis in enumerate(axes):
        theta = np.random.default_rng(seed).normal(size=14)
        theta[4:9] *= 3
        axis.plot(x, mixture_pdf(x, *unpack(theta)))
        axis.set(title=f"five Gaussians from 14 random numbers, {seed + 1}", xlabel="$x$")
    figure.tight_layout()


show(draw_random_mixtures)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: One Gaussian has 3 parameters, 2 of them free; the example of two components has the weights 1/2, the
  means 7 and 8 and the variances 1 and 4.
"""  # END TEST CONFIG


def test_two_components(total_5, free_5, mixture_counts, unpack, mixture_pdf):
    import numpy as np

    for name, count in (("total_5", total_5), ("free_5", free_5)):
        assert isinstance(count, (int, np.integer)), f"{name} should be an integer"
    got = mixture_counts(1)
    assert got is not None, "mixture_counts(1) returned None: expected a pair of integers"
    assert tuple(got) == (3, 2), f"mixture_counts(1): expected (3, 2), got {got}"
    got = unpack(np.array([0.0, 7.0, 8.0, 0.0, np.log(4)]))
    assert isinstance(got, (tuple, list)) and len(got) == 3, "unpack should return three arrays (lam, mu, var)"
    for name, values, expected in zip(("lam", "mu", "var"), got, ([0.5, 0.5], [7.0, 8.0], [1.0, 4.0])):
        assert np.shape(values) == (2,), f"{name} should have shape (2,), got {np.shape(values)}"
        assert np.allclose(values, expected), f"{name}: expected {expected}, got {np.asarray(values).tolist()}"
    one = np.array([1.0])
    got = mixture_pdf(np.array([3.0, 3.0]), one, np.array([3.0]), one / (2 * np.pi))
    assert got is not None, "mixture_pdf(...) returned None: expected an array"
    assert np.shape(got) == (2,), f"mixture_pdf: expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, 1), f"one Gaussian with variance 1/(2 pi) has density 1 at its mean, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A count is wrong. Which of the numbers are tied to the others, and by how many equations?
"""  # END TEST CONFIG


def test_counts(total_5, free_5, mixture_counts):
    import numpy as np
    import torch

    for n in (1, 2, 3, 5, 8, 40):
        total, free = mixture_counts(n)
        assert isinstance(total, (int, np.integer)) and isinstance(free, (int, np.integer))
        # directions in which weights that sum to 1, means and variances can move
        logits = torch.randn(n, dtype=torch.float64)
        slopes = torch.autograd.functional.jacobian(lambda v: torch.softmax(v, 0), logits)
        moves = int(torch.linalg.matrix_rank(slopes)) + 2 * n
        assert (total, free) == (len([*range(n)] * 3), moves)
        if n == 5:
            assert (total_5, free_5) == (total, free)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some numbers unpack does not give allowed parameters, or not the right ones. Try one component,
  and very large logits.
"""  # END TEST CONFIG


def test_unpack(unpack):
    import numpy as np
    import torch

    rng = np.random.default_rng(1801)
    cases = [rng.normal(size=3 * n - 1) * scale for n in (1, 2, 3, 5, 9) for scale in (1.0, 30.0)]
    cases.append(np.array([1000.0, -1000.0, 5.0, -6.0, 0.5, 100.0, -100.0, 0.0]))
    cases.append(np.array([-1000.0, -999.0, 1.0, 2.0, 3.0, -1.0, 1.0, 0.0]))
    for theta in cases:
        n = (len(theta) + 1) // 3
        logits = torch.cat([torch.tensor(theta[: n - 1]), torch.zeros(1, dtype=torch.float64)])
        lam, mu, var = unpack(theta)
        assert np.shape(lam) == np.shape(mu) == np.shape(var) == (n,)
        # float64: the exponentials are good to 1e-13 of their size
        assert np.allclose(lam, torch.softmax(logits, 0).numpy(), rtol=1e-11, atol=1e-300)
        assert abs(np.sum(lam) - 1) <= 1e-11 and np.array_equal(mu, theta[n - 1 : -n])
        assert np.all(np.asarray(var) > 0) and np.allclose(np.log(var), theta[-n:], rtol=1e-11, atol=1e-11)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The density is wrong for some parameters, or impossible parameters are let through (or possible ones
  refused).
"""  # END TEST CONFIG


def test_density(mixture_pdf):
    import numpy as np
    import torch
    from torch.distributions import Categorical, MixtureSameFamily, Normal

    rng = np.random.default_rng(1802)
    for n, scale in ((1, 1.0), (2, 0.1), (5, 3.0), (7, 10.0)):
        lam, mu, var = rng.dirichlet(np.ones(n)), scale * rng.normal(size=n), scale * rng.uniform(0.2, 3, size=n)
        x = np.linspace(-20 * scale - 5, 20 * scale + 5, 4001)
        parts = Normal(torch.tensor(mu), torch.tensor(var).sqrt())
        oracle = MixtureSameFamily(Categorical(torch.tensor(lam)), parts).log_prob(torch.tensor(x)).exp().numpy()
        got = mixture_pdf(x, lam, mu, var)
        assert np.shape(got) == x.shape and np.allclose(got, oracle, rtol=1e-9, atol=1e-14)
        assert abs(np.trapezoid(got, x) - 1) < 1e-6

    def refused(lam, var):
        try:
            mixture_pdf(np.array([0.5]), np.array(lam), np.array([-1.0, 2.0]), np.array(var))
        except ValueError:
            return True
        return False

    impossible = [
        ([1.5, -0.5], [1.0, 1.0]),
        ([0.5, 0.4], [1.0, 1.0]),
        ([0.5, 0.6], [1.0, 1.0]),
        ([0.5, 0.5 - 5e-8], [1.0, 1.0]),
        ([0.5, 0.5], [1.0, 0.0]),
        ([0.5, 0.5], [-1.0, 1.0]),
    ]
    assert all(refused(*case) for case in impossible)
    for lam, var in (([1.0, 0.0], [1.0, 2.0]), ([0.5, 0.5 + 4e-9], [1e-6, 50.0])):
        assert not refused(lam, var)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-17.2 udl-17.3"
# # BEGIN QUESTION
# name: q2_jensen
# points: 4

# %% [markdown]
# ## 2. Averages and curvature
#
# Let $y$ take the values $y_1, \dots, y_k$ with probabilities $p_1, \dots, p_k$. **Jensen's inequality** compares a
# function of the average with the average of the function: $g(E[y]) \le E[g(y)]$ if $g$ is convex (its second
# derivative is nowhere negative), and the other way round if $g$ is concave (nowhere positive). The ELBO rests on it,
# with $g = \log$. For $y = 1$ or $3$ with probability $\frac12$ each, $\log E[y] = \log 2 = 0.693$ and
# $E[\log y] = \frac12 \log 3 = 0.549$.
#
# Arguments are float64 arrays; $n \ge 1$ is an integer.
#
# - `log_second_derivative(x)`: the second derivative of $\log x$ at each entry of `x`, same shape. If an entry is not
#   in the domain, raise `ValueError`.
# - `power_second_derivative(x, n)`: the second derivative of $x^{2n}$, same shape as `x`. Entries may be 0 or
#   negative.
# - `log_gap(y, p)`: $\log E[y] - E[\log y]$ as a float, for positive `y`.
# - `power_gap(y, p, n)`: $E[y^{2n}] - E[y]^{2n}$ as a float, for any `y`.
#
# Then set each entry of `jensen_facts` to `True` or `False`. The probabilities in these statements are positive.
#
# - `"log_bends_down_everywhere"`: the second derivative of $\log$ is negative at every point of its domain.
# - `"log_gap_only_zero_if_constant"`: $\log E[y] = E[\log y]$ only if all values $y_i$ are equal.
# - `"fourth_power_bends_up_everywhere"`: the second derivative of $x^4$ is positive at every $x$.
# - `"odd_powers_too"`: $E[y]^3 \le E[y^3]$ for all $y$, also with negative values.
# - `"square_gap_is_variance"`: $E[y^2] - E[y]^2$ is the variance of $y$.
# - `"root_like_square"`: $\sqrt{E[y]} \le E[\sqrt y]$ for positive $y$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def log_second_derivative(x):
    """Second derivative of log at each entry of x. Raises ValueError outside the domain."""
    # BEGIN SOLUTION
    if np.min(x) <= 0:
        raise ValueError("log is defined for positive numbers only")
    return -1 / x**2
    # END SOLUTION


def power_second_derivative(x, n):
    """Second derivative of x ** (2n) at each entry of x."""
    # BEGIN SOLUTION
    return 2 * n * (2 * n - 1) * x ** (2 * n - 2)
    # END SOLUTION


def log_gap(y, p):
    """log E[y] - E[log y], a float."""
    # BEGIN SOLUTION
    return float(np.log(p @ y) - p @ np.log(y))
    # END SOLUTION


def power_gap(y, p, n):
    """E[y ** (2n)] - E[y] ** (2n), a float."""
    # BEGIN SOLUTION
    return float(p @ y ** (2 * n) - (p @ y) ** (2 * n))
    # END SOLUTION


jensen_facts = {}
jensen_facts["log_bends_down_everywhere"] = True  # SOLUTION
jensen_facts["log_gap_only_zero_if_constant"] = True  # SOLUTION
jensen_facts["fourth_power_bends_up_everywhere"] = False  # SOLUTION
jensen_facts["odd_powers_too"] = False  # SOLUTION
jensen_facts["square_gap_is_variance"] = True  # SOLUTION
jensen_facts["root_like_square"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION


# %%
def draw_jensen():
    y, p = np.array([0.3, 4.0]), np.array([0.5, 0.5])
    x = np.linspace(0.15, 4.3, 300)
    plt.figure(figsize=(6, 3))
    plt.plot(x, np.log(x), label="$\\log$")
    plt.plot(y, np.log(y), "o--", label="two values and their chord")
    middle, gap = p @ y, log_gap(y, p)
    plt.plot([middle, middle], [np.log(middle) - gap, np.log(middle)], "r", linewidth=3, label=f"gap {gap:.2f}")
    plt.gca().set(xlabel="$y$")
    plt.legend()


show(draw_jensen)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For the values 1 and 3 with probability 1/2 each, the gap of the log is 0.144 and that of the square
  1; jensen_facts holds six booleans.
"""  # END TEST CONFIG


def test_one_and_three(log_second_derivative, power_second_derivative, log_gap, power_gap, jensen_facts):
    import numpy as np

    y, p = np.array([1.0, 3.0]), np.array([0.5, 0.5])
    for name, got in (("log", log_second_derivative(y)), ("power", power_second_derivative(y, 1))):
        assert got is not None, f"{name}_second_derivative(...) returned None: expected an array"
        assert np.shape(got) == (2,), f"{name}_second_derivative: expected shape (2,), got {np.shape(got)}"
    got = power_second_derivative(y, 1)
    assert np.allclose(got, 2), f"the second derivative of the square is 2 everywhere, got {got}"
    for name, got, expected in (
        ("log_gap", log_gap(y, p), np.log(2) - np.log(3) / 2),
        ("power_gap", power_gap(y, p, 1), 1),
    ):
        assert got is not None, f"{name}(...) returned None: expected a float"
        assert np.shape(got) == (), f"{name} should return one number, got shape {np.shape(got)}"
        assert abs(got - expected) < 1e-9, f"{name}: expected {expected:.4f}, got {got}"
    assert isinstance(jensen_facts, dict), "jensen_facts should be a dictionary"
    keys = ["log_bends_down_everywhere", "log_gap_only_zero_if_constant", "fourth_power_bends_up_everywhere"]
    for key in [*keys, "odd_powers_too", "square_gap_is_variance", "root_like_square"]:
        assert isinstance(jensen_facts.get(key), (bool, np.bool_)), f"jensen_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A second derivative is wrong somewhere. Check signs, negative inputs, zero, and the domain of the
  logarithm.
"""  # END TEST CONFIG


def test_second_derivatives(log_second_derivative, power_second_derivative):
    import numpy as np
    import torch

    def twice(g, x):
        x = torch.tensor(x, requires_grad=True)
        (slope,) = torch.autograd.grad(g(x).sum(), x, create_graph=True)
        return torch.autograd.grad(slope.sum(), x)[0].numpy()

    x = np.concatenate([np.logspace(-3, 3, 100), [1.0]])
    # a handful of float64 operations
    assert np.allclose(log_second_derivative(x), twice(torch.log, x), rtol=1e-11, atol=0)
    assert np.allclose(
        log_second_derivative(x[:100].reshape(4, 25)), twice(torch.log, x[:100].reshape(4, 25)), rtol=1e-11
    )
    for outside in ([0.0], [1.0, -2.0, 3.0], [2.0, 0.0]):
        try:
            log_second_derivative(np.array(outside))
        except ValueError:
            continue
        raise AssertionError
    for n in (1, 2, 3, 5):
        x = np.concatenate([np.linspace(-3, 3, 61) + 0.01, [1e3, -1e3]])
        got = power_second_derivative(x, n)
        assert np.allclose(got, twice(lambda v, n=n: (v * v) ** n, x), rtol=1e-11, atol=0)
    assert np.array_equal(power_second_derivative(np.zeros(2), 1), [2.0, 2.0])
    assert np.array_equal(power_second_derivative(np.zeros(2), 2), [0.0, 0.0])


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A gap is wrong for some values or probabilities. Which of the two terms is larger, and do the
  probabilities enter both?
"""  # END TEST CONFIG


def test_gaps(log_gap, power_gap):
    from fractions import Fraction

    import numpy as np

    rng = np.random.default_rng(1803)
    for k in (1, 2, 3, 6):
        for _ in range(8):
            counts = rng.integers(1, 9, size=k)
            p = counts / counts.sum()
            y = rng.uniform(0.1, 5, size=k) * 10.0 ** rng.integers(-2, 3)
            # every value written down as often as its count says
            sample = np.repeat(y, counts)
            assert abs(log_gap(y, p) - (np.log(np.mean(sample)) - np.mean(np.log(sample)))) <= 1e-12
            signed = rng.integers(-6, 7, size=k)
            weights = [Fraction(int(c), int(counts.sum())) for c in counts]
            for n in (1, 2, 4):
                mean = sum(w * int(v) for w, v in zip(weights, signed))
                power = sum(w * int(v) ** (2 * n) for w, v in zip(weights, signed))
                # relative to the larger term, 6 summands
                assert abs(power_gap(signed.astype(float), p, n) - float(power - mean ** (2 * n))) <= 1e-12 * (
                    1 + float(power)
                )
    y, point = np.array([2.0, 7.0, 5.0]), np.array([0.0, 1.0, 0.0])
    assert abs(log_gap(y, point)) <= 1e-12 and abs(power_gap(y, point, 2)) <= 1e-8


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six statements about averages is decided wrongly.
"""  # END TEST CONFIG


def test_jensen_facts(jensen_facts):
    import numpy as np

    rng = np.random.default_rng(1804)
    h, x = 1e-4, np.linspace(-2, 2, 401)
    fourth = (x + h) ** 4 - 2 * x**4 + (x - h) ** 4
    positive = np.logspace(-3, 3, 400)
    log_bend = np.log(positive * (1 + h)) - 2 * np.log(positive) + np.log(positive * (1 - h))
    smallest_log_gap, odd, root, square = np.inf, [], [], []
    for _ in range(300):
        p, y = rng.dirichlet(np.full(3, 3.0)), rng.normal(size=3) * 2
        z = np.exp(y)
        smallest_log_gap = min(smallest_log_gap, (np.log(p @ z) - p @ y) / np.ptp(y) ** 2)
        odd.append((p @ y) ** 3 <= p @ y**3)
        root.append(np.sqrt(p @ z) <= p @ np.sqrt(z))
        square.append(abs(p @ y**2 - (p @ y) ** 2 - np.cov(y, aweights=p, ddof=0)) < 1e-9)
    found = {
        "log_bends_down_everywhere": np.all(log_bend < -(h**2) / 2),
        "log_gap_only_zero_if_constant": smallest_log_gap > 1e-4,
        # at 0 the second difference is 2 h^4, not of the order h^2
        "fourth_power_bends_up_everywhere": fourth.min() / h**2 > 1e-6,
        "odd_powers_too": all(odd),
        "square_gap_is_variance": all(square),
        "root_like_square": all(root),
    }
    for key, fact in found.items():
        assert isinstance(jensen_facts[key], (bool, np.bool_)) and bool(jensen_facts[key]) == bool(fact)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-17.4"
# # BEGIN QUESTION
# name: q3_discrete_bound
# points: 4

# %% [markdown]
# ## 3. A bound that can be summed
#
# Let the code take one of $K$ values only. For one fixed observation $x$ the model is then two lists: the prior
# $p(z = k)$ and the likelihood $p(x \mid z = k)$. Insert Bayes' rule $p(z \mid x) = p(x \mid z)\, p(z) / p(x)$ into
# $D_{KL}[q(z) \,\Vert\, p(z \mid x)]$ and sort the terms: you find how far the ELBO lies below $\log p(x)$. This
# distance is called the **gap**.
#
# Example: prior $(\frac12, \frac12)$, likelihood $(0.8, 0.2)$. Then $p(x) = 0.5$, $\log p(x) = -0.693$, and the
# posterior is $(0.8, 0.2)$. For $q = (\frac12, \frac12)$ the ELBO is
# $\frac12 \log 0.8 + \frac12 \log 0.2 - 0 = -0.916$ and the gap 0.223.
#
# All arguments are float64 arrays of shape `(K,)`; `prior` and `lik` have positive entries (`lik` need not sum to 1),
# `q` sums to 1 and may have zeros, where $0 \log 0 = 0$.
#
# - `posterior(prior, lik)`: the posterior, shape `(K,)`.
# - `elbo(q, prior, lik)`: the bound, a float.
# - `gap(q, prior, lik)`: the gap, a float, as a divergence from `q` to another distribution; it should stay exact to
#   many digits where the gap is tiny and $\log p(x)$ is large, so do not subtract the two.
#
# Then set each entry of `bound_facts` to `True` or `False`.
#
# - `"symmetric"`: $D_{KL}[q \,\Vert\, p] = D_{KL}[p \,\Vert\, q]$ for all $q$ and $p$.
# - `"q_changes_evidence"`: another $q$ gives another $\log p(x)$.
# - `"best_q_is_posterior"`: no $q$ has a larger ELBO than the posterior.
# - `"tight_elsewhere"`: the ELBO can equal $\log p(x)$ for a $q$ that is not the posterior.
# - `"prior_keeps_fit_only"`: for $q$ equal to the prior, the ELBO is the average of $\log p(x \mid z)$ over the
#   prior.


# %% [raw]
# # BEGIN SOLUTION
# %%
def posterior(prior, lik):
    """Probabilities of the K codes once x is known, shape (K,)."""
    # BEGIN SOLUTION
    joint = prior * lik
    return joint / joint.sum()
    # END SOLUTION


def elbo(q, prior, lik):
    """Evidence lower bound E_q[log lik] - KL[q || prior], a float."""
    # BEGIN SOLUTION
    on = q > 0
    return float(q[on] @ (np.log(lik[on]) + np.log(prior[on]) - np.log(q[on])))
    # END SOLUTION


def gap(q, prior, lik):
    """How far the bound lies below log p(x), a float."""
    # BEGIN SOLUTION
    on = q > 0
    return float(q[on] @ np.log(q[on] / posterior(prior, lik)[on]))
    # END SOLUTION


bound_facts = {}
bound_facts["symmetric"] = False  # SOLUTION
bound_facts["q_changes_evidence"] = False  # SOLUTION
bound_facts["best_q_is_posterior"] = True  # SOLUTION
bound_facts["tight_elsewhere"] = False  # SOLUTION
bound_facts["prior_keeps_fit_only"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION


# %%
def draw_bound():
    prior, lik = np.array([0.7, 0.3]), np.array([0.1, 0.6])
    first = np.linspace(0, 1, 201)
    bound = [elbo(np.array([a, 1 - a]), prior, lik) for a in first]
    plt.figure(figsize=(6, 3))
    plt.plot(first, bound, label="ELBO")
    plt.axhline(math.log(prior @ lik), color="0.4", linestyle="--", label="$\\log p(x)$")
    plt.axvline(posterior(prior, lik)[0], color="tab:red", linewidth=0.8, label="posterior")
    plt.gca().set(xlabel="$q(z = 1)$", title="two codes")
    plt.legend()


show(draw_bound)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For the prior (1/2, 1/2) and the likelihood (0.8, 0.2) the posterior is (0.8, 0.2); q = (1/2, 1/2)
  has the ELBO -0.916 and the gap 0.223; bound_facts holds five booleans.
"""  # END TEST CONFIG


def test_two_codes(posterior, elbo, gap, bound_facts):
    import numpy as np

    half, lik = np.array([0.5, 0.5]), np.array([0.8, 0.2])
    got = posterior(half, lik)
    assert got is not None, "posterior(...) returned None: expected an array"
    assert np.shape(got) == (2,), f"posterior: expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, lik), f"posterior: expected [0.8, 0.2], got {np.asarray(got).tolist()}"
    for name, got, expected in (
        ("elbo", elbo(half, half, lik), np.log(0.4)),
        ("gap", gap(half, half, lik), np.log(1.25)),
    ):
        assert got is not None, f"{name}(...) returned None: expected a float"
        assert np.shape(got) == (), f"{name} should return one number, got shape {np.shape(got)}"
        assert abs(got - expected) < 1e-9, f"{name}: expected {expected:.4f}, got {got}"
    assert isinstance(bound_facts, dict), "bound_facts should be a dictionary"
    keys = ["symmetric", "q_changes_evidence", "best_q_is_posterior", "tight_elsewhere", "prior_keeps_fit_only"]
    for key in keys:
        assert isinstance(bound_facts.get(key), (bool, np.bool_)), f"bound_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: ELBO or posterior are wrong for some model. Mind the order and the sign of the divergence, and codes
  that q leaves out.
"""  # END TEST CONFIG


def test_bound_by_sums(posterior, elbo):
    import math

    import numpy as np

    rng = np.random.default_rng(1805)
    for k in (1, 2, 4, 9):
        for scale in (1.0, 30.0, 1e-120):
            prior, q = rng.dirichlet(np.ones(k)), rng.dirichlet(np.ones(k))
            lik = scale * rng.uniform(0.01, 1, size=k)
            if k > 2:
                q[1] = 0
                q /= q.sum()
            evidence = math.fsum(a * b for a, b in zip(prior, lik))
            expected = math.fsum(c * (math.log(b) - math.log(c / a)) for a, b, c in zip(prior, lik, q) if c > 0)
            # sums of at most 9 terms of size 300
            assert abs(elbo(q, prior, lik) - expected) <= 1e-10
            got = posterior(prior, lik)
            assert np.allclose(got, [a * b / evidence for a, b in zip(prior, lik)], rtol=1e-11, atol=0)
            assert abs(elbo(np.asarray(got), prior, lik) - math.log(evidence)) <= 1e-10


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Gap and ELBO do not add up to log p(x), or a tiny gap is not exact.
"""  # END TEST CONFIG


def test_gap(gap):
    import math

    import numpy as np

    rng = np.random.default_rng(1806)
    for k in (1, 2, 5, 12):
        for _ in range(8):
            prior, q = rng.dirichlet(np.ones(k)), rng.dirichlet(np.ones(k))
            lik = rng.uniform(0.01, 5, size=k)
            if k > 2:
                q[k - 1] = 0
                q /= q.sum()
            bound = math.fsum(c * math.log(a * b / c) for a, b, c in zip(prior, lik, q) if c > 0)
            assert abs(gap(q, prior, lik) - (math.log(prior @ lik) - bound)) <= 1e-11
    # log p(x) is near -460 or -690: a difference of two such numbers knows nothing of a gap of 2e-13
    for lik in np.array([[3e-200, 1e-200], [6e-200, 2e-200], [2.1e-300, 7e-301], [9e-300, 3e-300]]):
        q = np.array([0.75 + 3e-7, 0.25 - 3e-7])
        # half the sum of squared differences over the posterior, which is (3/4, 1/4)
        half_square = 0.5 * 9e-14 * (1 / 0.75 + 1 / 0.25)
        # rounding errors of 1e-16 are 0.1 % of it
        assert abs(gap(q, np.array([0.5, 0.5]), lik) / half_square - 1) < 0.01


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about the bound is decided wrongly.
"""  # END TEST CONFIG


def test_bound_facts(bound_facts):
    import numpy as np

    rng = np.random.default_rng(1807)

    def divergence(q, p):
        return np.sum(q * (np.log(q) - np.log(p)))

    asymmetry, evidences, best, closest, prior_error = [], [], True, np.inf, 0.0
    for _ in range(100):
        prior, lik = rng.dirichlet(np.ones(3)), rng.uniform(0.1, 1, size=3)
        after = prior * lik / (prior @ lik)
        bounds = []
        for q in [after, *rng.dirichlet(np.ones(3), size=5)]:
            bounds.append(q @ np.log(lik) - divergence(q, prior))
            asymmetry.append(abs(divergence(q, prior) - divergence(prior, q)))
            # the log evidence that Bayes' rule gives at each code, whatever q is
            evidences.append(q @ np.log(prior * lik / after) - np.log(prior @ lik))
            distance = np.abs(q - after).sum()
            if distance > 0.05:
                closest = min(closest, np.log(prior @ lik) - bounds[-1])
        best = best and bounds[0] >= max(bounds[1:])
        prior_error = max(prior_error, abs(prior @ np.log(lik) - divergence(prior, prior) - prior @ np.log(lik)))
    found = {
        "symmetric": max(asymmetry) < 1e-6,
        "q_changes_evidence": np.max(np.abs(evidences)) > 1e-9,
        "best_q_is_posterior": best,
        "tight_elsewhere": closest < 1e-6,
        "prior_keeps_fit_only": prior_error < 1e-9,
    }
    for key, fact in found.items():
        assert isinstance(bound_facts[key], (bool, np.bool_)) and bool(bound_facts[key]) == bool(fact)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-17.4 cs-unsup-vae-3"
# # BEGIN QUESTION
# name: q4_linear_gaussian
# points: 4

# %% [markdown]
# ## 4. A bound that can be integrated
#
# The smallest model with a continuous code: $z \sim N(0, 1)$ and $x \mid z \sim N(w z, s_2)$, all of them numbers.
# Here even the evidence has a closed form, so one can see what the ELBO of a VAE is a bound of. Let $q$ be $N(m, v)$.
# Both $s_2 > 0$ and $v > 0$ are variances.
#
# - `log_evidence(x, w, s2)`: $\log p(x)$.
# - `true_posterior(x, w, s2)`: the pair `(mean, variance)` of the posterior $p(z \mid x)$.
# - `gaussian_elbo(x, w, s2, m, v)`: the ELBO. The average of $(x - wz)^2$ over $z \sim N(m, v)$ is
#   $(x - wm)^2 + w^2 v$.
#
# All arguments and results are floats. For $w = 1$, $s_2 = 1$, $x = 2$: $\log p(x) = -2.2655$, the posterior is
# $N(1, \frac12)$, and $q = N(0, 1)$ has the ELBO $-3.4189$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def log_evidence(x, w, s2):
    """log p(x), a float."""
    # BEGIN SOLUTION
    var = w**2 + s2
    return -0.5 * (math.log(2 * math.pi * var) + x**2 / var)
    # END SOLUTION


def true_posterior(x, w, s2):
    """Mean and variance of the code once x is known."""
    # BEGIN SOLUTION
    return w * x / (w**2 + s2), s2 / (w**2 + s2)
    # END SOLUTION


def gaussian_elbo(x, w, s2, m, v):
    """ELBO of q = N(m, v), a float."""
    # BEGIN SOLUTION
    fit = -0.5 * (math.log(2 * math.pi * s2) + ((x - w * m) ** 2 + w**2 * v) / s2)
    return fit - 0.5 * (m**2 + v - 1 - math.log(v))
    # END SOLUTION


# %% [raw]
# # END SOLUTION


# %%
def draw_gaussian_bound():
    x, w, s2 = 0.9, 1.3, 0.4
    m, v = np.meshgrid(np.linspace(-0.6, 1.8, 121), np.linspace(0.03, 1.2, 121))
    bound = np.vectorize(lambda a, b: gaussian_elbo(x, w, s2, a, b))(m, v)
    plt.figure(figsize=(6, 3))
    plt.contourf(m, v, bound - log_evidence(x, w, s2), levels=[-6, -4, -2, -1, -0.5, -0.2, -0.05, 0])
    plt.colorbar(label="ELBO $-\\log p(x)$")
    plt.plot(*true_posterior(x, w, s2), "r*", markersize=12, label="posterior")
    plt.gca().set(xlabel="mean $m$", ylabel="variance $v$")
    plt.legend()


show(draw_gaussian_bound)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For w = 1, s2 = 1 and x = 2, log p(x) is -2.2655, the posterior N(1, 1/2), and the ELBO of N(0, 1) is
  -3.4189.
"""  # END TEST CONFIG


def test_unit_model(log_evidence, true_posterior, gaussian_elbo):
    import numpy as np

    cases = (
        ("log_evidence", log_evidence(2.0, 1.0, 1.0), -2.2655),
        ("gaussian_elbo", gaussian_elbo(2.0, 1.0, 1.0, 0.0, 1.0), -3.4189),
    )
    for name, got, expected in cases:
        assert got is not None, f"{name}(...) returned None: expected a float"
        assert np.shape(got) == (), f"{name} should return one number, got shape {np.shape(got)}"
        assert abs(got - expected) < 1e-4, f"{name}: expected {expected}, got {got}"
    got = true_posterior(2.0, 1.0, 1.0)
    assert got is not None, "true_posterior(...) returned None: expected the pair (mean, variance)"
    assert np.shape(got) == (2,), f"true_posterior: expected two numbers, got {got}"
    assert np.allclose(got, (1.0, 0.5)), f"true_posterior: expected (1.0, 0.5), got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Evidence or posterior differ from what integrating over z gives. Are w, s2 variances or standard
  deviations, and where does each enter?
"""  # END TEST CONFIG


def test_by_integration(log_evidence, true_posterior):
    import numpy as np

    for x, w, s2 in ((0.9, 1.3, 0.4), (-2.0, -0.7, 3.0), (0.0, 2.0, 0.05), (1.5, 0.0, 0.8), (4.0, 0.3, 0.2)):
        z = np.linspace(-12, 12, 240001)
        joint = np.exp(-0.5 * (z**2 + (x - w * z) ** 2 / s2)) / (2 * np.pi * np.sqrt(s2))
        total = joint.sum() * (z[1] - z[0])
        mean = (joint * z).sum() / joint.sum()
        var = (joint * (z - mean) ** 2).sum() / joint.sum()
        # the sum over a fine grid is exact to 1e-12 for smooth, rapidly falling functions
        assert abs(log_evidence(x, w, s2) - np.log(total)) <= 1e-9
        assert np.allclose(true_posterior(x, w, s2), (mean, var), rtol=1e-9, atol=1e-9)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The ELBO is not the average of log p(x, z) - log q(z) over z drawn from q.
"""  # END TEST CONFIG


def test_elbo_by_integration(gaussian_elbo):
    import numpy as np

    rng = np.random.default_rng(1808)
    # Gauss-Hermite points integrate polynomials of degree 2 exactly
    nodes, weights = np.polynomial.hermite_e.hermegauss(12)
    weights = weights / weights.sum()

    def log_normal(x, mean, var):
        return -0.5 * (np.log(2 * np.pi * var) + (x - mean) ** 2 / var)

    for _ in range(25):
        x, w, m = 2 * rng.normal(size=3)
        s2, v = rng.uniform(0.05, 3, size=2)
        z = m + np.sqrt(v) * nodes
        expected = weights @ (log_normal(x, w * z, s2) + log_normal(z, 0, 1) - log_normal(z, m, v))
        got = gaussian_elbo(x, w, s2, m, v)
        assert np.shape(got) == () and abs(got - expected) <= 1e-10 * (1 + abs(expected))
        # tight at the posterior, which has precision 1 + w^2 / s2
        precision = 1 + w**2 / s2
        best = gaussian_elbo(x, w, s2, w * x / s2 / precision, 1 / precision)
        assert abs(best - log_normal(x, 0, w**2 + s2)) <= 1e-10 * (1 + abs(best)) and got <= best + 1e-10


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-17.7"
# # BEGIN QUESTION
# name: q5_em_steps
# points: 5

# %% [markdown]
# ## 5. Fitting a mixture with EM
#
# Let $x_1, \dots, x_I$ be drawn from a mixture of $N$ Gaussians with weights $\lambda_n$, means $\mu_n$ and variances
# $\sigma_n^2$. The code of a point is the number of its component. Expectation maximisation (EM) repeats two steps.
#
# - **E-step**: with the parameters fixed, $q$ of each point becomes the posterior of its code. The result is the
#   array `r` of shape `(I, N)` with $r_{in} = p(z_i = n \mid x_i)$.
# - **M-step**: with `r` fixed, the parameters become those that maximise the sum of the lower bounds,
#   $\sum_{i,n} r_{in} \left( \log \lambda_n + \log N(x_i; \mu_n, \sigma_n^2) \right) + \text{const}$, where the
#   weights must sum to 1. Set derivatives to zero; for the weights, add $\nu\,(1 - \sum_n \lambda_n)$ with a Lagrange
#   multiplier $\nu$.
#
# Example: the points 0 and 2, two components with means 0 and 2, variances 1 and equal weights. The densities at the
# point 0 have the ratio $1 : e^{-2}$, so $r_{11} = 1 / (1 + e^{-2}) = 0.8808$ and $r_{12} = 0.1192$. The next mean of
# the first component is $0.8808 \cdot 0 + 0.1192 \cdot 2 = 0.2384$.
#
# All arrays are float64; `x` has shape `(I,)`, `lam`, `mu` and `var` have shape `(N,)`, weights and variances are
# positive.
#
# - `e_step(x, lam, mu, var)`: the array `r`. A point may be so far away that all densities are 0 in floating point.
#   Its row must still be right.
# - `m_step(x, r)`: the new `(lam, mu, var)`, for any `r` whose rows sum to 1 and that has no column of zeros.
# - `fit_mixture(x, lam, mu, var, steps)`: `(lam, mu, var)` after that many times E-step and M-step; after 0 steps,
#   what was passed in.


# %% [raw]
# # BEGIN SOLUTION
# %%
def e_step(x, lam, mu, var):
    """Posterior of the component of each point, shape (I, N)."""
    # BEGIN SOLUTION
    logs = np.log(lam) - 0.5 * np.log(var) - (x[:, None] - mu) ** 2 / (2 * var)
    joint = np.exp(logs - logs.max(axis=1, keepdims=True))
    return joint / joint.sum(axis=1, keepdims=True)
    # END SOLUTION


def m_step(x, r):
    """Weights, means and variances that maximise the bound for given posteriors r of shape (I, N)."""
    # BEGIN SOLUTION
    size = r.sum(axis=0)
    mu = x @ r / size
    var = (r * (x[:, None] - mu) ** 2).sum(axis=0) / size
    return size / len(x), mu, var
    # END SOLUTION


def fit_mixture(x, lam, mu, var, steps):
    """Parameters (lam, mu, var) after some steps of EM."""
    # BEGIN SOLUTION
    for _ in range(steps):
        lam, mu, var = m_step(x, e_step(x, lam, mu, var))
    return lam, mu, var
    # END SOLUTION


# %% [raw]
# # END SOLUTION


# %%
def draw_em():
    rng = np.random.default_rng(5)
    x = np.concatenate([rng.normal(-2, 0.6, 120), rng.normal(1, 0.4, 60), rng.normal(3, 1.0, 120)])
    start = np.full(3, 1 / 3), np.array([-1.0, 0.0, 1.0]), np.ones(3)
    grid = np.linspace(-5, 6.5, 300)
    figure, axes = plt.subplots(1, 4, figsize=(13, 2.4), sharey=True)
    for steps, axis in zip((0, 2, 20, 200), axes):
        lam, mu, var = fit_mixture(x, *start, steps)
        axis.hist(x, bins=40, density=True, color="0.85")
        for weight, mean, spread in zip(lam, mu, var):
            axis.plot(grid, weight * np.exp(-((grid - mean) ** 2) / (2 * spread)) / np.sqrt(2 * np.pi * spread))
        axis.set(title=f"after {steps} steps")
    figure.tight_layout()


show(draw_em)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For the points 0 and 2 of the example the first row of r is (0.8808, 0.1192), and the next mean of
  the first component is 0.2384.
"""  # END TEST CONFIG


def test_two_points(e_step, m_step, fit_mixture):
    import numpy as np

    x, half, mu, var = np.array([0.0, 2.0]), np.array([0.5, 0.5]), np.array([0.0, 2.0]), np.ones(2)
    got = e_step(x, half, mu, var)
    assert got is not None, "e_step(...) returned None: expected an array of shape (I, N)"
    assert np.shape(got) == (2, 2), f"e_step: expected shape (2, 2), got {np.shape(got)}"
    r = np.array([[0.8808, 0.1192], [0.1192, 0.8808]])
    assert np.allclose(got, r, atol=1e-4), f"e_step: expected {r.tolist()}, got {np.asarray(got).tolist()}"
    for name, got in (("m_step", m_step(x, r)), ("fit_mixture", fit_mixture(x, half, mu, var, 1))):
        assert got is not None, f"{name}(...) returned None: expected (lam, mu, var)"
        assert np.shape(got) == (3, 2), f"{name} should return three arrays of shape (2,)"
        assert np.allclose(got[0], 0.5, atol=1e-3), f"{name}: expected the weights [0.5, 0.5], got {got[0]}"
        assert np.allclose(got[1], [0.2384, 1.7616], atol=1e-3), f"{name}: expected means 0.2384, 1.7616, got {got[1]}"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The posteriors are not those of Bayes' rule. Do weights and variances enter, over what is normalised,
  and what if a point is far away?
"""  # END TEST CONFIG


def test_posteriors(e_step):
    import numpy as np
    import torch
    from torch.distributions import Normal

    rng = np.random.default_rng(1809)
    for n in (1, 2, 3, 6):
        lam, mu, var = rng.dirichlet(np.ones(n)), 3 * rng.normal(size=n), rng.uniform(0.1, 4, size=n)
        x = np.concatenate([4 * rng.normal(size=9), mu, [1e3, -1e3]])
        joint = Normal(torch.tensor(mu), torch.tensor(var).sqrt()).log_prob(torch.tensor(x)[:, None])
        expected = torch.softmax(joint + torch.tensor(lam).log(), dim=1).numpy()
        got = e_step(x, lam, mu, var)
        # exponents up to 1e7 are good to 1e-9; elsewhere 1e-13
        assert np.shape(got) == (len(x), n) and np.allclose(got[:-2], expected[:-2], rtol=1e-10, atol=1e-12)
        assert np.allclose(got[-2:], expected[-2:], atol=1e-7) and np.allclose(np.sum(got, axis=1), 1, atol=1e-12)
    # so far away that only the smaller distance counts, or only the larger variance
    got = e_step(np.array([200.0, -200.0]), np.array([0.9, 0.1]), np.array([-1.0, 1.0]), np.array([1.0, 1.0]))
    assert np.allclose(got, [[0, 1], [1, 0]], atol=1e-12)


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: Other parameters have a larger bound than those of your M-step, or you divide by the wrong number.
  Which mean belongs in the variance?
"""  # END TEST CONFIG


def test_best_parameters(m_step):
    import numpy as np
    import torch

    rng = np.random.default_rng(1810)
    for n in (1, 2, 4):
        x, r = 3 * rng.normal(size=30) + 1, rng.dirichlet(np.full(n, 0.5), size=30)
        lam, mu, var = (np.asarray(v) for v in m_step(x, r))
        assert lam.shape == mu.shape == var.shape == (n,) and abs(lam.sum() - 1) <= 1e-12
        # slopes of the bound at the maximum are 0; the weights as a softmax of logits, so that they sum to 1
        logits, mean, log_var = (torch.tensor(v, requires_grad=True) for v in (np.log(lam), mu, np.log(var)))
        density = -0.5 * (log_var + (torch.tensor(x)[:, None] - mean) ** 2 / log_var.exp())
        bound = (torch.tensor(r) * (torch.log_softmax(logits, 0) + density)).sum()
        for slope in torch.autograd.grad(bound, (logits, mean, log_var)):
            # sums of 30 terms of size 10
            assert slope.abs().max() <= 1e-9
    x = rng.normal(size=12)
    lam, mu, var = (np.asarray(v) for v in m_step(x, np.ones((12, 1))))
    assert np.allclose([lam[0], mu[0], var[0]], [1, np.mean(x), np.cov(x, ddof=0)], rtol=1e-10)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The whole run is wrong. Does each step use the parameters of the step before, all of them?
"""  # END TEST CONFIG


def test_runs(fit_mixture):
    import numpy as np

    rng = np.random.default_rng(1811)
    x = np.concatenate([rng.normal(-2, 1, 25), rng.normal(2, 0.5, 15)])
    lam, mu, var = np.array([0.3, 0.7]), np.array([-0.5, 1.0]), np.array([1.0, 2.0])
    start = lam, mu, var
    for steps in range(7):
        got = fit_mixture(x, *start, steps)
        for values, expected in zip(got, (lam, mu, var)):
            # some steps of float64
            assert np.allclose(values, expected, rtol=1e-9, atol=1e-12)
        turned = fit_mixture(x, *(v[::-1].copy() for v in start), steps)
        assert all(np.allclose(a, np.asarray(b)[::-1], rtol=1e-9) for a, b in zip(got, turned))
        # one step of EM, point by point: counts, sums and sums of squares
        totals = np.zeros((2, 3))
        for point in x:
            share = lam / np.sqrt(var) * np.exp(-((point - mu) ** 2) / (2 * var))
            totals += np.outer(share / share.sum(), [1, point, point**2])
        lam, mu = totals[:, 0] / 40, totals[:, 1] / totals[:, 0]
        var = totals[:, 2] / totals[:, 0] - mu**2


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-17.7"
# # BEGIN QUESTION
# name: q6_em_bound
# points: 4

# %% [markdown]
# ## 6. Why EM climbs
#
# For a mixture with weights $\lambda_n$, means $\mu_n$ and variances $\sigma_n^2$ and any $r_{in} \ge 0$ with rows
# that sum to 1, the bounds of all points add up to
#
# $$B \;=\; \sum_{i=1}^{I} \sum_{n=1}^{N} r_{in}
# \left( \log \lambda_n + \log N(x_i; \mu_n, \sigma_n^2) - \log r_{in} \right)
# \;\le\; \sum_{i=1}^{I} \log p(x_i) ,$$
#
# with $0 \log 0 = 0$. The right side is the **log-likelihood** of the data. The E-step of EM maximises $B$ over $r$,
# the M-step over the parameters. All arrays are float64: `x` of shape `(I,)`, `r` of shape `(I, N)`, the parameters
# of shape `(N,)`, with positive weights and variances.
#
# - `log_likelihood(x, lam, mu, var)`: the right side, a float. Points may be far from all means, where every density
#   is 0 in floating point. For the point 0 and one component with mean 3 and variance 1 it is
#   $-\frac12 \log 2\pi - \frac92 = -5.4189$.
# - `bound(x, r, lam, mu, var)`: $B$, a float.
# - `weight_slopes(r, lam)`: the derivatives $\partial B / \partial \lambda_n$, as if the weights were free, shape
#   `(N,)`.
# - `multiplier(r)`: at the weights of the M-step the maximum under the condition $\sum_n \lambda_n = 1$ has all these
#   slopes equal to one number, the Lagrange multiplier. Return it as a float.
#
# Then set each entry of `em_facts` to `True` or `False`. A step of EM is an E-step and the M-step after it.
#
# - `"touches"`: after an E-step, $B$ equals the log-likelihood.
# - `"may_fall"`: there are data and parameters for which a step of EM lowers the log-likelihood.
# - `"any_start"`: EM reaches the largest likelihood from any start with positive weights and variances.
# - `"likelihood_has_a_top"`: for given data and two components, no parameters with positive variances push the
#   likelihood over some fixed value.
# - `"old_mean_may_fall"`: if the M-step takes the variances about the *old* means, with the new weights and means as
#   ever, the log-likelihood can fall.


# %% [raw]
# # BEGIN SOLUTION
# %%
def log_likelihood(x, lam, mu, var):
    """Sum of log p(x_i) over all points, a float."""
    # BEGIN SOLUTION
    logs = np.log(lam) - 0.5 * np.log(2 * math.pi * var) - (x[:, None] - mu) ** 2 / (2 * var)
    return float(np.logaddexp.reduce(logs, axis=1).sum())
    # END SOLUTION


def bound(x, r, lam, mu, var):
    """The lower bound B for posteriors r of shape (I, N), a float."""
    # BEGIN SOLUTION
    logs = np.log(lam) - 0.5 * np.log(2 * math.pi * var) - (x[:, None] - mu) ** 2 / (2 * var)
    entropies = np.where(r > 0, r * np.log(np.where(r > 0, r, 1)), 0)
    return float((r * logs - entropies).sum())
    # END SOLUTION


def weight_slopes(r, lam):
    """Derivative of the bound with respect to each weight, shape (N,)."""
    # BEGIN SOLUTION
    return r.sum(axis=0) / lam
    # END SOLUTION


def multiplier(r):
    """The Lagrange multiplier at the weights of the M-step, a float."""
    # BEGIN SOLUTION
    return float(len(r))
    # END SOLUTION


em_facts = {}
em_facts["touches"] = True  # SOLUTION
em_facts["may_fall"] = False  # SOLUTION
em_facts["any_start"] = False  # SOLUTION
em_facts["likelihood_has_a_top"] = False  # SOLUTION
em_facts["old_mean_may_fall"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION


# %%
def draw_bounds():
    rng = np.random.default_rng(8)
    x = np.concatenate([rng.normal(-2, 1, 40), rng.normal(2, 1, 40)])
    half, var = np.array([0.5, 0.5]), np.ones(2)
    middle = np.linspace(-2, 3, 101)
    plt.figure(figsize=(6.5, 3))
    plt.plot(middle, [log_likelihood(x, half, np.array([-2.0, m]), var) for m in middle], "k", label="log-likelihood")
    for old, colour in ((0.0, "C0"), (1.0, "C1"), (2.0, "C2")):
        joint = np.exp(-((x[:, None] - np.array([-2.0, old])) ** 2) / 2)
        r = joint / joint.sum(axis=1, keepdims=True)
        values = [bound(x, r, half, np.array([-2.0, m]), var) for m in middle]
        plt.plot(middle, values, colour, linewidth=1, label=f"bound after an E-step at {old:g}")
        plt.plot(old, values[int(round((old + 2) / 0.05))], "o", color=colour)
    plt.gca().set(xlabel="second mean", ylim=(-290, -150))
    plt.legend(fontsize=8)


show(draw_bounds)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For the point 0 and one Gaussian with mean 3 and variance 1, log-likelihood and bound are both
  -5.4189; em_facts holds five booleans.
"""  # END TEST CONFIG


def test_one_point(log_likelihood, bound, weight_slopes, multiplier, em_facts):
    import numpy as np

    x, one, mu = np.zeros(1), np.ones(1), np.array([3.0])
    cases = (("log_likelihood", log_likelihood(x, one, mu, one)), ("bound", bound(x, np.ones((1, 1)), one, mu, one)))
    for name, got in cases:
        assert got is not None, f"{name}(...) returned None: expected a float"
        assert np.shape(got) == (), f"{name} should return one number, got shape {np.shape(got)}"
        assert abs(got + 5.4189) < 1e-4, f"{name}: expected -5.4189, got {got}"
    r = np.array([[0.2, 0.8]])
    got = weight_slopes(r, np.array([0.5, 0.5]))
    assert got is not None, "weight_slopes(...) returned None: expected an array"
    assert np.shape(got) == (2,), f"weight_slopes: expected shape (2,), got {np.shape(got)}"
    assert np.shape(multiplier(r)) == () and multiplier(r) is not None, "multiplier should return one number"
    assert isinstance(em_facts, dict), "em_facts should be a dictionary"
    for key in ("touches", "may_fall", "any_start", "likelihood_has_a_top", "old_mean_may_fall"):
        assert isinstance(em_facts.get(key), (bool, np.bool_)), f"em_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Log-likelihood or bound are wrong for some data. Try several points, unequal weights, zeros in r, and
  points far away.
"""  # END TEST CONFIG


def test_both_sides(log_likelihood, bound):
    import numpy as np
    import torch
    from torch.distributions import Categorical, MixtureSameFamily, Normal, kl_divergence

    rng = np.random.default_rng(1812)
    for n in (1, 2, 5):
        for far in (0.0, 500.0):
            lam, mu, var = rng.dirichlet(np.ones(n)), 2 * rng.normal(size=n), rng.uniform(0.2, 3, size=n)
            x = 3 * rng.normal(size=8) + far
            parts = Normal(torch.tensor(mu), torch.tensor(var).sqrt())
            mixture = MixtureSameFamily(Categorical(torch.tensor(lam)), parts)
            total = mixture.log_prob(torch.tensor(x)).sum().item()
            # relative rounding: squares of 500 to 1e6
            assert abs(log_likelihood(x, lam, mu, var) - total) <= 1e-11 * abs(total)
            r = rng.dirichlet(np.ones(n), size=8)
            if n > 2:
                r[:, 1] = 0
                r /= r.sum(axis=1, keepdims=True)
                r[0] = np.eye(n)[0]
            fit = (torch.tensor(r) * parts.log_prob(torch.tensor(x)[:, None])).sum()
            away = kl_divergence(Categorical(torch.tensor(r)), Categorical(torch.tensor(lam))).sum()
            # torch keeps probabilities of 0 at 2e-16 in its logarithms
            assert abs(bound(x, r, lam, mu, var) - (fit - away).item()) <= 1e-9 * (1 + abs(fit))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A slope is not that of the bound, or the multiplier is not what all slopes have in common at the best
  weights.
"""  # END TEST CONFIG


def test_weights(weight_slopes, multiplier):
    import numpy as np
    import torch

    rng = np.random.default_rng(1813)
    for points, n in ((1, 1), (3, 2), (20, 4), (7, 9)):
        r, lam = rng.dirichlet(np.ones(n), size=points), rng.dirichlet(np.ones(n))
        weights = torch.tensor(lam, requires_grad=True)
        (torch.tensor(r) * weights.log()).sum().backward()
        assert np.shape(weight_slopes(r, lam)) == (n,)
        # n sums of at most 20 terms
        assert np.allclose(weight_slopes(r, lam), weights.grad.numpy(), rtol=1e-11)
        # raising all weights by a factor c raises the bound by the number of points times log c
        raised = (r * np.log(lam * np.exp(1e-3))).sum() - (r * np.log(lam * np.exp(-1e-3))).sum()
        assert np.shape(multiplier(r)) == () and abs(multiplier(r) - raised / 2e-3) <= 1e-8


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about EM is decided wrongly.
"""  # END TEST CONFIG


def test_em_facts(em_facts):
    import numpy as np

    rng = np.random.default_rng(1814)

    def log_joint(x, lam, mu, var):
        return np.log(lam) - 0.5 * np.log(2 * np.pi * var) - (x[:, None] - mu) ** 2 / (2 * var)

    def height(x, *parameters):
        return np.logaddexp.reduce(log_joint(x, *parameters), axis=1).sum()

    def step(x, lam, mu, var, old_mean=False):
        r = np.exp(log_joint(x, lam, mu, var))
        r /= r.sum(axis=1, keepdims=True)
        size = r.sum(axis=0)
        new = (r * x[:, None]).sum(axis=0) / size
        about = mu if old_mean else new
        return size / len(x), new, (r * (x[:, None] - about) ** 2).sum(axis=0) / size

    rises, slow_rises, touching = [], [], []
    for _ in range(40):
        x = rng.normal(size=20) * 2
        state = rng.dirichlet(np.full(3, 5.0)), rng.normal(size=3), rng.uniform(0.5, 2, size=3)
        logs = log_joint(x, *state)
        q = np.exp(logs - np.logaddexp.reduce(logs, axis=1, keepdims=True))
        touching.append(abs((q * (logs - np.log(q))).sum() - height(x, *state)))
        rises.append(height(x, *step(x, *state)) - height(x, *state))
        slow_rises.append(height(x, *step(x, *state, old_mean=True)) - height(x, *state))
    x = np.concatenate([rng.normal(-3, 0.5, 30), rng.normal(3, 0.5, 30)])
    ends = []
    for means in ([0.0, 0.0], [-1.0, 1.0]):
        state = np.array([0.5, 0.5]), np.array(means), np.ones(2)
        for _ in range(30):
            state = step(x, *state)
        ends.append(height(x, *state))
    half = np.array([0.5, 0.5])
    spikes = [height(x, half, np.array([x[0], 0.0]), np.array([10.0**-k, 9.0])) for k in (10, 20, 40)]
    found = {
        "touches": max(touching) < 1e-9,
        "may_fall": min(rises) < -1e-9,
        "any_start": np.ptp(ends) < 1e-6,
        "likelihood_has_a_top": np.max(np.diff(spikes)) < 1,
        "old_mean_may_fall": min(slow_rises) < -1e-9,
    }
    for key, fact in found.items():
        assert isinstance(em_facts[key], (bool, np.bool_)) and bool(em_facts[key]) == bool(fact)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="cs-unsup-vae-1"
# # BEGIN QUESTION
# name: q7_vae_loss
# points: 4

# %% [markdown]
# ## 7. The loss of a VAE
#
# For each example the encoder gives two vectors of length $d$: the mean $\mu$ and the logarithms $\ell$ of the
# variances of $q(z \mid x) = N(\mu, \text{diag}(e^{\ell}))$. The code that goes into the decoder is drawn from it,
# and it is drawn in such a way that gradients reach $\mu$ and $\ell$: the noise $\epsilon \sim N(0, I)$ comes from
# outside, and $z$ is a differentiable function of $\mu$, $\ell$ and $\epsilon$. The decoder turns $z$ into a
# reconstruction $x'$, and $p(x \mid z)$ is normal with mean $x'$ and variance $s_2$ in each of the $D$ directions. Up
# to a constant, one example has the loss
#
# $$\frac{1}{2 s_2} \lVert x - x' \rVert^2
# \;+\; \beta\, D_{KL}\left[ N(\mu, \text{diag}(e^{\ell})) \,\Vert\, N(0, I) \right] ,$$
#
# which is the negative ELBO for $\beta = 1$. All arguments below are tensors, `mu`, `logvar` and `eps` of shape
# `(N, d)`, `x` and `x_rec` of shape `(N, D)`; `s2` and `beta` are numbers. Results keep the dtype and the autograd
# graph.
#
# - `sample_code(mu, logvar, eps)`: codes of shape `(N, d)`.
# - `kl_to_standard(mu, logvar)`: the divergence of each example, exact and without sampling, shape `(N,)`. For one
#   dimension it is $\frac12 (\mu^2 + \sigma^2 - 1 - \log \sigma^2)$, and dimensions add up.
# - `vae_loss(x, x_rec, mu, logvar, s2, beta)`: the mean of the loss over the examples, a tensor without dimensions.
#
# Example: $\mu = (1, 0)$, $\ell = (0, \log 4)$, $\epsilon = (2, 1)$ give $z = (3, 2)$ and the divergence
# $\frac12 + \frac12 (4 - 1 - \log 4) = 1.3069$. With $x = (1, 2, 3)$, $x' = (1, 2, 5)$, $s_2 = 0.5$ and $\beta = 2$
# the loss is $4 + 2.6137 = 6.6137$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def sample_code(mu, logvar, eps):
    """Codes drawn from N(mu, exp(logvar)) with the noise eps, shape (N, d)."""
    # BEGIN SOLUTION
    return mu + torch.exp(logvar / 2) * eps
    # END SOLUTION


def kl_to_standard(mu, logvar):
    """Divergence of N(mu, exp(logvar)) from the standard normal, one number per example."""
    # BEGIN SOLUTION
    return 0.5 * (mu**2 + torch.exp(logvar) - 1 - logvar).sum(dim=1)
    # END SOLUTION


def vae_loss(x, x_rec, mu, logvar, s2, beta):
    """Mean over the examples of squared error / (2 s2) + beta * divergence."""
    # BEGIN SOLUTION
    error = ((x - x_rec) ** 2).sum(dim=1) / (2 * s2)
    return (error + beta * kl_to_standard(mu, logvar)).mean()
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The example has the code (3, 2), the divergence 1.3069 and the loss 6.6137.
"""  # END TEST CONFIG


def test_example(sample_code, kl_to_standard, vae_loss):
    import torch

    mu, logvar, eps = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 4.0]]), torch.tensor([[2.0, 1.0]])
    logvar[0, 1] = torch.tensor(4.0).log()
    x, x_rec = torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[1.0, 2.0, 5.0]])
    cases = [
        ("sample_code", sample_code(mu, logvar, eps), [[3.0, 2.0]]),
        ("kl_to_standard", kl_to_standard(mu, logvar), [1.3069]),
        ("vae_loss", vae_loss(x, x_rec, mu, logvar, 0.5, 2.0), 6.6137),
    ]
    for name, got, expected in cases:
        assert got is not None, f"{name}(...) returned None: expected a tensor"
        assert isinstance(got, torch.Tensor), f"{name} should return a tensor, got {type(got).__name__}"
        expected = torch.tensor(expected)
        assert got.shape == expected.shape, f"{name}: expected shape {tuple(expected.shape)}, got {tuple(got.shape)}"
        assert torch.allclose(got, expected, atol=1e-4), f"{name}: expected {expected.tolist()}, got {got.tolist()}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Codes do not have the mean mu and the variance exp(logvar), or gradients do not reach both.
"""  # END TEST CONFIG


def test_codes(sample_code):
    import torch

    rng = torch.Generator().manual_seed(1815)
    for shape in ((1, 1), (4, 3), (2, 7)):
        for dtype, room in ((torch.float64, 1e-12), (torch.float32, 1e-5)):
            mu, logvar, eps = (torch.randn(shape, generator=rng, dtype=dtype) for _ in range(3))
            got = sample_code(mu, logvar, eps)
            # standardised, the code is the noise: squared size against the variance
            assert got.shape == shape and got.dtype == dtype
            assert torch.allclose((got - mu) ** 2, eps**2 * torch.exp(logvar), rtol=room, atol=10 * room)
            assert torch.equal(torch.sign(got - mu), torch.sign(eps))

    def slopes(fn, mu, logvar, eps):
        import torch

        mu, logvar = mu.clone().requires_grad_(), logvar.clone().requires_grad_()
        return torch.autograd.grad(fn(mu, logvar, eps).sum(), (mu, logvar))

    mu, logvar, eps = (torch.randn(3, 2, generator=rng, dtype=torch.float64) for _ in range(3))
    to_mean, to_logvar = inside(slopes)(sample_code, mu, logvar, eps)
    step = (sample_code(mu, logvar + 1e-5, eps) - sample_code(mu, logvar - 1e-5, eps)) / 2e-5
    assert torch.allclose(to_mean, torch.ones_like(mu)) and torch.allclose(to_logvar, step, atol=1e-8)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The divergence is wrong for some codes. Are dimensions added up, and is the logarithm that of the
  variance?
"""  # END TEST CONFIG


def test_divergence(kl_to_standard):
    import torch
    from torch.distributions import Normal, kl_divergence

    rng = torch.Generator().manual_seed(1816)
    for shape in ((1, 1), (5, 2), (3, 8)):
        for dtype, room in ((torch.float64, 1e-12), (torch.float32, 1e-5)):
            mu, logvar = (2 * torch.randn(shape, generator=rng, dtype=dtype) for _ in range(2))
            unit = Normal(torch.zeros_like(mu), torch.ones_like(mu))
            oracle = kl_divergence(Normal(mu, logvar.exp().sqrt()), unit).sum(dim=1)
            got = kl_to_standard(mu, logvar)
            # sums of at most 32 terms
            assert got.shape == (shape[0],) and got.dtype == dtype and torch.allclose(got, oracle, rtol=room, atol=room)
    zeros = torch.zeros(2, 3, dtype=torch.float64)
    assert kl_to_standard(zeros, zeros).abs().max() <= 1e-12
    # nearly no variance: the divergence is large and finite
    assert torch.allclose(kl_to_standard(zeros, zeros - 800), torch.full((2,), 1198.5, dtype=torch.float64))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The loss or its gradient is wrong. What is added up, what is averaged, and what is the weight of each
  term?
"""  # END TEST CONFIG


def test_loss(vae_loss):
    import torch
    from torch.distributions import Independent, Normal, kl_divergence

    rng = torch.Generator().manual_seed(1817)

    def oracle(x, x_rec, mu, logvar, s2, beta):
        fit = Independent(Normal(x_rec, torch.full_like(x_rec, s2) ** 0.5), 1)
        at_best = fit.log_prob(x_rec)
        code = Independent(Normal(mu, logvar.exp() ** 0.5), 1)
        prior = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
        return torch.mean(at_best - fit.log_prob(x) + beta * kl_divergence(code, prior))

    def graded(fn, x, x_rec, mu, logvar, s2, beta):
        import torch

        inputs = [v.clone().requires_grad_() for v in (x_rec, mu, logvar)]
        return torch.autograd.grad(fn(x, *inputs, s2, beta), inputs)

    for n, wide, d in ((1, 1, 1), (4, 5, 2), (3, 2, 6)):
        for s2, beta in ((1.0, 1.0), (0.1, 0.0), (2.5, 4.0)):
            x, x_rec = (torch.randn(n, wide, generator=rng, dtype=torch.float64) for _ in range(2))
            mu, logvar = (torch.randn(n, d, generator=rng, dtype=torch.float64) for _ in range(2))
            expected = oracle(x, x_rec, mu, logvar, s2, beta)
            got = vae_loss(x, x_rec, mu, logvar, s2, beta)
            # float64, a few dozen terms
            assert got.shape == () and abs(got - expected) <= 1e-11 * (1 + abs(expected))
            slopes = inside(graded)(vae_loss, x, x_rec, mu, logvar, s2, beta)
            for slope, right in zip(slopes, graded(oracle, x, x_rec, mu, logvar, s2, beta)):
                assert torch.allclose(slope, right, rtol=1e-10, atol=1e-10)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-17.5"
# # BEGIN QUESTION
# name: q8_score_function
# points: 4

# %% [markdown]
# ## 8. A gradient without a derivative
#
# Let $x$ be drawn from a distribution with parameters $\phi$, and let $f$ be any function, even one with jumps. How
# does the average of $f(x)$ change with $\phi$? Move the gradient inside the integral and use
# $\nabla_\phi\, p = p\, \nabla_\phi \log p$:
#
# $$\nabla_\phi\, E[f(x)] \;=\; E\left[ f(x)\, \nabla_\phi \log p(x \mid \phi) \right] .$$
#
# The vector $\nabla_\phi \log p(x \mid \phi)$ is called the **score**. Samples $x_1, \dots, x_I$ from
# $p(x \mid \phi)$ give an estimate of the right side which is right on average and whose error shrinks as $I$ grows.
# This is the **score function estimator**, also known as REINFORCE.
#
# Example: $x \sim N(\phi, 1)$ at $\phi = 0$ with $f(x) = x^2$. The score is $x - \phi$. The two samples 1 and 3 give
# $\frac12 (1 \cdot 1 + 9 \cdot 3) = 14$, a poor estimate of the true 0.
#
# - `score_gradient(values, x, phi, log_prob)`: the estimate, shape `(P,)`. `values` of shape `(I,)` holds the numbers
#   $f(x_i)$, `x` of shape `(I,)` or `(I, D)` the samples, `phi` of shape `(P,)` the parameters, all of them tensors
#   of one dtype without a graph. `log_prob(x, phi)` is a function that returns the tensor of $\log p(x_i \mid \phi)$,
#   shape `(I,)`, and can be differentiated. The result carries no graph, and neither `phi` nor its `.grad` is
#   changed. `normal_log_prob` in the next cell is one such function.
# - `categorical_gradient(logits, values)`: for codes $1, \dots, K$ one needs no samples. With
#   $p = \text{softmax}(\phi)$ and `values` holding $f(1), \dots, f(K)$, return the exact gradient of
#   $E[f] = \sum_k p_k f(k)$ with respect to the logits $\phi$, without autograd. Both arguments and the result are
#   tensors of shape `(K,)`; logits may be as large as 1000. For two equal logits and values 0 and 4 it is $(-1, 1)$.


# %%
def normal_log_prob(x, phi):
    """Log-density of N(phi, 1) at each entry of x, for phi of shape (1,)."""
    return -0.5 * (x - phi) ** 2 - 0.5 * math.log(2 * math.pi)


# %% [raw]
# # BEGIN SOLUTION
# %%
def score_gradient(values, x, phi, log_prob):
    """Score function estimate of the gradient of E[f(x)] with respect to phi, shape (P,)."""
    # BEGIN SOLUTION
    at = phi.clone().requires_grad_()
    average = (values * log_prob(x, at)).mean()
    return torch.autograd.grad(average, at)[0]
    # END SOLUTION


def categorical_gradient(logits, values):
    """Exact gradient of E[f] for a code with probabilities softmax(logits), shape (K,)."""
    # BEGIN SOLUTION
    p = torch.softmax(logits, dim=0)
    return p * (values - p @ values)
    # END SOLUTION


# %% [raw]
# # END SOLUTION


# %%
def draw_estimates():
    generator = torch.Generator().manual_seed(0)
    noise, phi = torch.randn(20, 2000, generator=generator), torch.tensor([1.3])
    sizes = [10, 20, 50, 100, 200, 500, 1000, 2000]
    plt.figure(figsize=(6, 3))
    for row in noise:
        x = phi + row
        plt.plot(sizes, [score_gradient(x[:n] ** 2, x[:n], phi, normal_log_prob).item() for n in sizes], "0.6", lw=0.7)
    plt.axhline(2.6, color="tab:red", label="true gradient")
    plt.gca().set(xscale="log", xlabel="samples $I$", title="20 runs, $f(x) = x^2$, $x \\sim N(1.3, 1)$")
    plt.legend()


show(draw_estimates)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The samples 1 and 3 of N(0, 1) with the values 1 and 9 give the estimate 14; two equal logits with
  the values 0 and 4 give (-1, 1).
"""  # END TEST CONFIG


def test_two_samples(score_gradient, categorical_gradient, normal_log_prob):
    import torch

    x = torch.tensor([1.0, 3.0])
    cases = [
        ("score_gradient", score_gradient(x**2, x, torch.zeros(1), normal_log_prob), [14.0]),
        ("categorical_gradient", categorical_gradient(torch.zeros(2), torch.tensor([0.0, 4.0])), [-1.0, 1.0]),
    ]
    for name, got, expected in cases:
        assert got is not None, f"{name}(...) returned None: expected a tensor"
        assert isinstance(got, torch.Tensor), f"{name} should return a tensor, got {type(got).__name__}"
        assert got.shape == (len(expected),), f"{name}: expected shape ({len(expected)},), got {tuple(got.shape)}"
        assert torch.allclose(got, torch.tensor(expected)), f"{name}: expected {expected}, got {got.tolist()}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The estimate is wrong for some distribution or number of samples. Does it depend on I as an average
  does, is it the logarithm that is differentiated, and does phi stay as it was?
"""  # END TEST CONFIG


def test_families(score_gradient):
    import torch

    def estimate(fn, family, values, x, phi):
        import torch

        def normal(x, phi):
            return torch.distributions.Normal(phi[0], phi[1].exp()).log_prob(x)

        def exponential(x, phi):
            return torch.distributions.Exponential(phi[0]).log_prob(x)

        def coins(x, phi):
            return torch.distributions.Bernoulli(logits=phi).log_prob(x).sum(dim=1)

        phi.grad = torch.zeros_like(phi)
        before = phi.clone()
        got = fn(values, x, phi, {"normal": normal, "exponential": exponential, "coins": coins}[family])
        kept = torch.equal(phi, before) and not phi.requires_grad and not phi.grad.any().item()
        return got.detach(), kept and not got.requires_grad

    rng = torch.Generator().manual_seed(1818)
    for size in (1, 2, 50, 1000):
        for dtype, room in ((torch.float64, 1e-11), (torch.float32, 1e-4)):
            noise = torch.randn(size, generator=rng, dtype=dtype)
            share = torch.rand(size, 3, generator=rng, dtype=dtype)
            log_spread, odds = torch.tensor(-0.4, dtype=dtype), torch.tensor([-1.0, 0.5, 2.0], dtype=dtype)
            mean, rate, spread = 1.3, 2.0, torch.exp(log_spread)
            x = mean + spread * noise
            waiting, heads = -torch.log1p(-share[:, 0]) / rate, (share < torch.sigmoid(odds)).to(dtype)
            cases = [
                # family, samples, parameters, f(x), scores by hand
                ("normal", x, [mean, log_spread], x**2, [noise / spread, noise**2 - 1]),
                ("normal", x, [mean, log_spread], (x > 1).to(dtype), [noise / spread, noise**2 - 1]),
                ("exponential", waiting, [rate], waiting, [1 / rate - waiting]),
                ("coins", heads, odds.tolist(), 3 - heads.sum(1), list((heads - torch.sigmoid(odds)).T)),
            ]
            for family, samples, phi, values, scores in cases:
                phi = torch.tensor(phi, dtype=dtype)
                got, tidy = inside(estimate)(score_gradient, family, values, samples, phi)
                terms = values * torch.stack(scores)
                # rounding relative to the size of the terms, 1000 of them
                bound = room * (1 + terms.abs().mean(dim=1))
                assert tidy and got.shape == phi.shape and got.dtype == dtype
                assert torch.all((got - terms.mean(dim=1)).abs() <= bound)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The exact gradient of the categorical average is wrong for some logits or values.
"""  # END TEST CONFIG


def test_categorical(categorical_gradient):
    import torch

    rng = torch.Generator().manual_seed(1819)
    for k in (1, 2, 3, 8):
        for scale in (1.0, 10.0):
            for dtype, room in ((torch.float64, 1e-12), (torch.float32, 1e-5)):
                logits = scale * torch.randn(k, generator=rng, dtype=dtype)
                values = 5 * torch.randn(k, generator=rng, dtype=dtype)
                leaf = logits.clone().requires_grad_()
                torch.distributions.Categorical(logits=leaf).probs.mul(values).sum().backward()
                got = categorical_gradient(logits, values)
                # a few operations on numbers of size 10
                assert got.shape == (k,) and got.dtype == dtype and (got - leaf.grad).abs().max() <= 10 * room
                assert categorical_gradient(logits, torch.full_like(values, 3.0)).abs().max() <= 10 * room
    large = categorical_gradient(torch.tensor([1000.0, 1000.0, -1000.0]), torch.tensor([0.0, 4.0, 8.0]))
    # float32 knows 1000 to 6e-5
    assert torch.allclose(large, torch.tensor([-1.0, 1.0, 0.0]), atol=1e-3)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-17.5"
# # BEGIN QUESTION
# name: q9_two_gradients
# points: 4

# %% [markdown]
# ## 9. Two ways through a random draw
#
# Let $x \sim N(\mu, \sigma^2)$. Two estimates of the gradient of $E[f(x)]$ with respect to $(\mu, \sigma)$ are
# averages over noise $\epsilon_i \sim N(0, 1)$, with $x_i = \mu + \sigma \epsilon_i$:
#
# - The **score function estimator** averages $f(x_i)$ times the gradient of $\log N(x_i; \mu, \sigma^2)$ with respect
#   to $(\mu, \sigma)$, where $x_i$ is held fixed.
# - **Reparameterisation** averages the gradient of $f(\mu + \sigma \epsilon_i)$ with respect to $(\mu, \sigma)$,
#   where $\epsilon_i$ is held fixed. This is what a VAE does.
#
# For $f(x) = x^2$, $\mu = 1$, $\sigma = 2$ and $\epsilon = 1$, so $x = 3$, the terms are $(4.5, 0)$ and $(6, 6)$.
#
# - `score_terms(f, mu, sigma, eps)` and `path_terms(slope, mu, sigma, eps)`: the terms before they are averaged,
#   float64 arrays of shape `(I, 2)`, a column for $\mu$ and one for $\sigma$. `eps` has shape `(I,)`, `mu` and
#   `sigma` are floats, `sigma` positive; `f` and `slope` are functions that give $f$ and its derivative for an array of
#   the shape of `eps`.
# - `best_baseline(values, score)`: a constant $b$ may be subtracted from $f$ in the score function estimator. With
#   `values` $f_i$ and `score` $s_i$ (for one parameter), both of shape `(I,)`, return the float $b$ that makes the
#   mean of $\left((f_i - b)\, s_i\right)^2$ smallest.
#
# Then set each entry of `gradient_facts` to `True` or `False`. Means and variances are those over infinitely many
# samples, and the parameter is $\mu$.
#
# - `"same_mean"`: for smooth $f$, such as $x^2$ or $\sin x$, both estimators have the same mean.
# - `"path_handles_steps"`: for $f(x) = 1$ if $x > 0$, else 0, whose derivative is 0 wherever it exists,
#   reparameterisation still has the right mean.
# - `"score_handles_steps"`: for the same $f$ the score function estimator has the right mean.
# - `"baseline_biases"`: subtracting a constant from $f$ changes the mean of the score function estimator.
# - `"path_always_quieter"`: for every smooth $f$ reparameterisation has the smaller variance. Try a rapidly
#   oscillating $f$.
# - `"score_suffers_from_small_sigma"`: for $f(x) = x^2$ and $\mu = 1$, the variance of the score function estimator
#   grows without limit as $\sigma \to 0$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def score_terms(f, mu, sigma, eps):
    """Terms of the score function estimator for (mu, sigma), shape (I, 2)."""
    # BEGIN SOLUTION
    values = f(mu + sigma * eps)
    return np.stack([values * eps, values * (eps**2 - 1)], axis=1) / sigma
    # END SOLUTION


def path_terms(slope, mu, sigma, eps):
    """Terms of the reparameterised estimator for (mu, sigma), shape (I, 2)."""
    # BEGIN SOLUTION
    slopes = slope(mu + sigma * eps)
    return np.stack([slopes, slopes * eps], axis=1)
    # END SOLUTION


def best_baseline(values, score):
    """The constant b for which the mean square of (f - b) * score is smallest, a float."""
    # BEGIN SOLUTION
    return float(values @ score**2 / (score @ score))
    # END SOLUTION


gradient_facts = {}
gradient_facts["same_mean"] = True  # SOLUTION
gradient_facts["path_handles_steps"] = False  # SOLUTION
gradient_facts["score_handles_steps"] = True  # SOLUTION
gradient_facts["baseline_biases"] = False  # SOLUTION
gradient_facts["path_always_quieter"] = False  # SOLUTION
gradient_facts["score_suffers_from_small_sigma"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION


# %%
def draw_terms():
    eps = np.random.default_rng(2).normal(size=5000)
    terms = score_terms(np.square, 1.3, 1.0, eps)[:, 0]
    b = best_baseline((1.3 + eps) ** 2, eps)
    quieter = score_terms(lambda x: x**2 - b, 1.3, 1.0, eps)[:, 0]
    path = path_terms(lambda x: 2 * x, 1.3, 1.0, eps)[:, 0]
    figure, axis = plt.subplots(figsize=(7, 3))
    for values, name in ((terms, "score function"), (quieter, "with a baseline"), (path, "reparameterised")):
        axis.hist(values, bins=np.linspace(-15, 25, 81), histtype="step", label=f"{name}: std {values.std():.1f}")
    axis.axvline(2.6, color="0.4", linestyle="--")
    axis.set(title="terms for the mean, $f(x) = x^2$; the dashed line is the gradient")
    axis.legend()


show(draw_terms)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For the square with mu = 1, sigma = 2 and eps = 1 the terms are (4.5, 0) and (6, 6); gradient_facts
  holds six booleans.
"""  # END TEST CONFIG


def test_one_draw(score_terms, path_terms, best_baseline, gradient_facts):
    import numpy as np

    one = np.ones(1)
    cases = [
        ("score_terms", score_terms(lambda x: x**2, 1.0, 2.0, one), [[4.5, 0.0]]),
        ("path_terms", path_terms(lambda x: 2 * x, 1.0, 2.0, one), [[6.0, 6.0]]),
    ]
    for name, got, expected in cases:
        assert got is not None, f"{name}(...) returned None: expected an array"
        assert np.shape(got) == (1, 2), f"{name}: expected shape (1, 2), got {np.shape(got)}"
        assert np.allclose(got, expected), f"{name}: expected {expected}, got {np.asarray(got).tolist()}"
    got = best_baseline(np.array([3.0, 3.0]), np.array([1.0, -2.0]))
    assert got is not None, "best_baseline(...) returned None: expected a float"
    assert np.shape(got) == () and abs(got - 3) < 1e-9, f"best_baseline: if f is 3 everywhere expected 3, got {got}"
    assert isinstance(gradient_facts, dict), "gradient_facts should be a dictionary"
    keys = ["same_mean", "path_handles_steps", "score_handles_steps", "baseline_biases"]
    for key in [*keys, "path_always_quieter", "score_suffers_from_small_sigma"]:
        assert isinstance(gradient_facts.get(key), (bool, np.bool_)), f"gradient_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some terms are wrong. Differentiate the log-density with respect to sigma once more, and mind what is
  held fixed.
"""  # END TEST CONFIG


def test_terms(score_terms, path_terms):
    import numpy as np
    import torch

    functions = [torch.sin, torch.square, torch.exp, lambda x: (x + 1) ** 3]
    rng = np.random.default_rng(1820)
    for f in functions:
        for size, sigma in ((1, 1.0), (7, 0.3), (40, 2.5)):
            eps, mu = rng.normal(size=size), rng.normal()
            noise = torch.tensor(eps)
            at = torch.tensor([mu, sigma], dtype=torch.float64)
            x = at[0] + at[1] * noise

            def slope(v):
                v = torch.tensor(v, requires_grad=True)
                return torch.autograd.grad(f(v).sum(), v)[0].numpy()

            jacobian = torch.autograd.functional.jacobian
            score = jacobian(lambda p: torch.distributions.Normal(p[0], p[1]).log_prob(x), at)
            path = jacobian(lambda p: f(p[0] + p[1] * noise), at)
            got = score_terms(lambda v: f(torch.tensor(v)).numpy(), mu, sigma, eps)
            # a handful of float64 operations
            assert np.shape(got) == (size, 2) and np.allclose(
                got, (f(x)[:, None] * score).numpy(), rtol=1e-10, atol=1e-11
            )
            got = path_terms(slope, mu, sigma, eps)
            assert np.shape(got) == (size, 2) and np.allclose(got, path.numpy(), rtol=1e-10, atol=1e-11)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Another constant makes the mean square smaller than yours.
"""  # END TEST CONFIG


def test_baseline(best_baseline):
    import numpy as np

    rng = np.random.default_rng(1821)
    for size in (1, 2, 10, 500):
        values, score = 3 * rng.normal(size=size) + 2, rng.normal(size=size) + 0.3
        # least squares: b * score should come as close to values * score as it can
        best = np.linalg.lstsq(score[:, None], values * score, rcond=None)[0][0]
        got = best_baseline(values, score)
        assert np.shape(got) == () and abs(got - best) <= 1e-9 * (1 + abs(best))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six statements about the two estimators is decided wrongly.
"""  # END TEST CONFIG


def test_gradient_facts(gradient_facts):
    import numpy as np

    # integrals over the noise on a fine grid
    eps = np.linspace(-9, 9, 180001)
    weight = np.exp(-(eps**2) / 2)
    weight /= weight.sum()

    def mean(values):
        return weight @ values

    def score(f, mu, sigma):
        terms = f(mu + sigma * eps) * eps / sigma
        return mean(terms), mean(terms**2) - mean(terms) ** 2

    def path(slope, mu, sigma):
        terms = slope(mu + sigma * eps)
        return mean(terms), mean(terms**2) - mean(terms) ** 2

    def square(x):
        return x**2

    def step(x):
        return (x > 0).astype(float)

    smooth = [(np.square, lambda x: 2 * x), (np.sin, np.cos), (lambda x: np.sin(9 * x), lambda x: 9 * np.cos(9 * x))]
    pairs = [(score(f, 0.4, 0.8), path(slope, 0.4, 0.8)) for f, slope in smooth]
    # the chance of x > 0 rises with mu as the density at 0
    rise = np.exp(-(0.4**2) / (2 * 0.8**2)) / (0.8 * np.sqrt(2 * np.pi))
    noisy = [score(square, 1.0, sigma)[1] for sigma in (1.0, 0.1, 0.01)]
    found = {
        "same_mean": all(abs(a[0] - b[0]) < 1e-6 for a, b in pairs),
        "path_handles_steps": abs(path(np.zeros_like, 0.4, 0.8)[0] - rise) < 1e-3,
        "score_handles_steps": abs(score(step, 0.4, 0.8)[0] - rise) < 1e-3,
        "baseline_biases": abs(score(lambda x: x**2 - 5, 0.4, 0.8)[0] - score(square, 0.4, 0.8)[0]) > 1e-6,
        "path_always_quieter": all(b[1] < a[1] for a, b in pairs),
        "score_suffers_from_small_sigma": noisy[2] > 10 * noisy[1] > 10 * noisy[0],
    }
    for key, fact in found.items():
        assert isinstance(gradient_facts[key], (bool, np.bool_)) and bool(gradient_facts[key]) == bool(fact)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="cs-unsup-vae-1 cs-unsup-vae-2"
# # BEGIN QUESTION
# name: q10_kl_weight
# points: 4

# %% [markdown]
# ## 10. What the KL term does to the code
#
# Take a decoder that is a straight line: $z$ becomes the reconstruction $w z$ ($w \ne 0$), and $x$ has the variance
# $s_2 > 0$ about it. The encoder may choose the code $q = N(m, v)$ of each $x$ freely. It makes the loss
#
# $$\frac{1}{2 s_2}\, E_{z \sim q}\left[ (x - w z)^2 \right] \;+\; \beta\, D_{KL}[q \,\Vert\, N(0, 1)]$$
#
# as small as it can, where $\beta \ge 0$ weighs the KL term. $\beta = 1$ is a VAE, $\beta = 0$ a VAE whose KL term
# was forgotten. Two formulas help: $E[(x - wz)^2] = (x - wm)^2 + w^2 v$, and the divergence is
# $\frac12 (m^2 + v - 1 - \log v)$. For $w = 1$, $s_2 = 1$, $\beta = 1$ and $x = 2$ the best code is $N(1, \frac12)$,
# and its reconstructions miss $x$ by a mean square of $(2 - 1)^2 + \frac12 = 1.5$.
#
# - `best_code(x, w, s2, beta)`: the pair `(m, v)` of the best code. For $\beta = 0$ return the limit $\beta \to 0$.
#   The arguments are floats; only the figure passes an array of many $x$, which plain arithmetic handles, too.
# - `reconstruction_error(x, w, s2, beta)`: the mean square $E[(x - wz)^2]$ for that code.
# - `aggregate_moments(mu, var)`: encode a data set, one code $N(\mu_i, \text{diag}(v_i))$ per example, pick an
#   example at random, then draw $z$ from its code. Return mean and covariance of this $z$, arrays of shapes `(d,)`
#   and `(d, d)`. `mu` and `var` are float64 arrays of shape `(N, d)`. For $d = 1$, means $-1$ and $1$ and variances
#   0.5 and 0.5 they are 0 and 1.5.
#
# Then set each entry of `weight_facts` to `True` or `False`. In the last three, many $x$ are drawn from the model
# itself, $x \sim N(0, w^2 + s_2)$, and encoded by the best codes; "all codes together" means $z$ drawn as in
# `aggregate_moments`.
#
# - `"less_weight_less_error"`: the smaller $\beta$, the smaller the mean square error of the reconstruction.
# - `"no_weight_no_noise"`: for $\beta \to 0$ the variance of the code goes to 0.
# - `"much_weight_hides_x"`: for $\beta \to \infty$ the code of every $x$ becomes $N(0, 1)$.
# - `"one_matches_prior"`: for $\beta = 1$, all codes together have mean 0 and variance 1, like the prior.
# - `"each_matches_prior"`: for $\beta = 1$, the code of each single $x$ has mean 0 and variance 1.
# - `"none_matches_prior"`: for $\beta = 0$, all codes together have variance 1, whatever $w$ and $s_2$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def best_code(x, w, s2, beta):
    """Mean and variance of the code with the smallest loss."""
    # BEGIN SOLUTION
    total = w**2 + beta * s2
    return w * x / total, beta * s2 / total
    # END SOLUTION


def reconstruction_error(x, w, s2, beta):
    """Mean square of x - w z for z drawn from the best code, a float."""
    # BEGIN SOLUTION
    m, v = best_code(x, w, s2, beta)
    return (x - w * m) ** 2 + w**2 * v
    # END SOLUTION


def aggregate_moments(mu, var):
    """Mean (d,) and covariance (d, d) of a code of a random example."""
    # BEGIN SOLUTION
    mean = mu.mean(axis=0)
    away = mu - mean
    return mean, away.T @ away / len(mu) + np.diag(var.mean(axis=0))
    # END SOLUTION


weight_facts = {}
weight_facts["less_weight_less_error"] = True  # SOLUTION
weight_facts["no_weight_no_noise"] = True  # SOLUTION
weight_facts["much_weight_hides_x"] = True  # SOLUTION
weight_facts["one_matches_prior"] = True  # SOLUTION
weight_facts["each_matches_prior"] = False  # SOLUTION
weight_facts["none_matches_prior"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION


# %%
def draw_codes():
    z, w, s2 = np.linspace(-4, 4, 801), 0.8, 0.4
    x = math.sqrt(w**2 + s2) * np.random.default_rng(1).normal(size=2000)
    figure, axes = plt.subplots(1, 4, figsize=(13, 2.4))
    for axis, beta in zip(axes, (0.02, 0.3, 1.0, 10.0)):
        means, v = best_code(x, w, s2, beta)
        curves = np.exp(-((z - means[:, None]) ** 2) / (2 * v)) / math.sqrt(2 * math.pi * v)
        axis.plot(z, curves[:7].T / curves[0].max(), "0.7")
        together = curves.mean(axis=0)
        axis.plot(z, together / together.max(), label="all codes")
        axis.plot(z, np.exp(-(z**2) / 2), "k--", label="prior")
        axis.set(title=f"$\\beta = {beta:g}$", yticks=[], xlabel="$z$")
    axes[0].legend(fontsize=8)
    figure.suptitle("codes of seven examples (grey), all codes together, prior; drawn equally high", y=1.08)


show(draw_codes)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For w = s2 = beta = 1 and x = 2 the best code is N(1, 1/2) and the error 1.5; the two codes of the
  example have together mean 0 and variance 1.5; weight_facts holds six booleans.
"""  # END TEST CONFIG


def test_unit_weight(best_code, reconstruction_error, aggregate_moments, weight_facts):
    import numpy as np

    got = best_code(2.0, 1.0, 1.0, 1.0)
    assert got is not None, "best_code(...) returned None: expected the pair (m, v)"
    assert np.shape(got) == (2,), f"best_code should return two numbers, got {got}"
    assert np.allclose(got, (1.0, 0.5)), f"best_code: expected (1.0, 0.5), got {got}"
    got = reconstruction_error(2.0, 1.0, 1.0, 1.0)
    assert got is not None, "reconstruction_error(...) returned None: expected a float"
    assert np.shape(got) == () and abs(got - 1.5) < 1e-9, f"reconstruction_error: expected 1.5, got {got}"
    got = aggregate_moments(np.array([[-1.0], [1.0]]), np.array([[0.5], [0.5]]))
    assert got is not None, "aggregate_moments(...) returned None: expected (mean, covariance)"
    assert len(got) == 2 and np.shape(got[0]) == (1,) and np.shape(got[1]) == (1, 1), "expected shapes (1,) and (1, 1)"
    assert np.allclose(got[0], 0) and np.allclose(got[1], 1.5), f"expected mean 0 and variance 1.5, got {got}"
    assert isinstance(weight_facts, dict), "weight_facts should be a dictionary"
    keys = ["less_weight_less_error", "no_weight_no_noise", "much_weight_hides_x"]
    for key in [*keys, "one_matches_prior", "each_matches_prior", "none_matches_prior"]:
        assert isinstance(weight_facts.get(key), (bool, np.bool_)), f"weight_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Another code has a smaller loss, or the error is not that of reconstructions drawn from the code.
"""  # END TEST CONFIG


def test_best_code(best_code, reconstruction_error):
    import numpy as np
    import torch

    rng = np.random.default_rng(1822)
    nodes, weights = np.polynomial.hermite_e.hermegauss(5)
    for _ in range(25):
        x, w, s2, beta = rng.normal(), rng.normal() * 2, rng.uniform(0.1, 3), rng.choice([0.1, 1.0, 5.0])
        m, v = best_code(x, w, s2, beta)
        code = torch.tensor([m, np.log(v)], dtype=torch.float64, requires_grad=True)
        # the loss is convex in the mean and in the logarithm of the variance: it is best where the slope is 0
        z = code[0] + torch.exp(code[1] / 2) * torch.tensor(nodes)
        fit = (torch.tensor(weights / weights.sum()) * (x - w * z) ** 2).sum()
        q = torch.distributions.Normal(code[0], torch.exp(code[1] / 2))
        prior = torch.distributions.Normal(torch.zeros((), dtype=torch.float64), 1.0)
        loss = fit / (2 * s2) + beta * torch.distributions.kl_divergence(q, prior)
        (slope,) = torch.autograd.grad(loss, code)
        assert slope.abs().max() <= 1e-9 * (1 + w**2 / s2 * (1 + x**2))
        assert abs(reconstruction_error(x, w, s2, beta) - fit.item()) <= 1e-10 * (1 + fit.item())
        assert np.allclose(best_code(x, w, s2, 0.0), (x / w, 0), rtol=1e-12, atol=1e-15)
        assert abs(reconstruction_error(x, w, s2, 0.0)) <= 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Mean or covariance of all codes together is wrong. Codes spread about their means, and means spread,
  too.
"""  # END TEST CONFIG


def test_aggregate(aggregate_moments):
    import numpy as np

    rng = np.random.default_rng(1823)
    for n, d in ((1, 1), (1, 3), (2, 2), (40, 3)):
        mu, var = rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 2, rng.uniform(0, 3, size=(n, d))
        mean, cov = aggregate_moments(mu, var)
        # two equally likely points per direction and example, one standard deviation off, have the same moments
        signs = np.concatenate([np.eye(d), -np.eye(d)]) * np.sqrt(d)
        points = (mu[:, None] + np.sqrt(var)[:, None] * signs).reshape(-1, d)
        # sums over at most 240 points of float64
        assert np.shape(mean) == (d,) and np.allclose(mean, points.mean(axis=0), rtol=1e-11, atol=1e-11)
        assert np.shape(cov) == (d, d) and np.allclose(
            cov, np.cov(points.T, ddof=0).reshape(d, d), rtol=1e-10, atol=1e-10
        )


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six statements about the weight of the KL term is decided wrongly.
"""  # END TEST CONFIG


def test_weight_facts(weight_facts):
    import numpy as np

    # the loss on a grid of means and of variances, which enter it separately
    m, v = np.linspace(-8, 8, 8001), np.logspace(-8, 2, 4001)

    def code(x, w, s2, beta):
        best_m = m[np.argmin((x - w * m) ** 2 / (2 * s2) + beta * m**2 / 2)]
        return best_m, v[np.argmin(w**2 * v / (2 * s2) + beta * (v - np.log(v)) / 2)]

    def error(x, w, s2, beta):
        best_m, best_v = code(x, w, s2, beta)
        return (x - w * best_m) ** 2 + w**2 * best_v

    models = [(0.8, 0.4), (-1.5, 1.0), (0.5, 0.1)]
    errors = [[error(1.2, *model, beta) for beta in (1e-4, 0.1, 1.0, 10.0)] for model in models]
    # 201 equally likely x with nearly the quantiles of the model
    uniform = (np.arange(201) + 0.5) / 201
    fine = np.linspace(-6, 6, 12001)
    share = np.cumsum(np.exp(-(fine**2) / 2))
    quantiles = np.interp(uniform, share / share[-1], fine)
    quantiles /= quantiles.std()
    together, without, single = [], [], []
    for w, s2 in models:
        codes = np.array([code(x, w, s2, 1.0) for x in np.sqrt(w**2 + s2) * quantiles])
        together.append(codes[:, 0].var() + codes[:, 1].mean())
        single.append(np.abs(codes - [0, 1]).max())
        codes = np.array([code(x, w, s2, 1e-6) for x in np.sqrt(w**2 + s2) * quantiles])
        without.append(codes[:, 0].var() + codes[:, 1].mean())
    found = {
        "less_weight_less_error": all(np.all(np.diff(row) > 0) for row in errors),
        "no_weight_no_noise": code(1.2, 0.8, 0.4, 1e-6)[1] < 1e-5,
        "much_weight_hides_x": np.allclose(code(1.2, 0.8, 0.4, 1e5), (0, 1), atol=3e-3),
        "one_matches_prior": np.allclose(together, 1, atol=0.02),
        "each_matches_prior": max(single) < 0.02,
        "none_matches_prior": np.allclose(without, 1, atol=0.02),
    }
    for key, fact in found.items():
        assert isinstance(weight_facts[key], (bool, np.bool_)) and bool(weight_facts[key]) == bool(fact)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="cs-unsup-vae-1 cs-unsup-vae-2"
# # BEGIN QUESTION
# name: q11_without_kl
# points: 5

# %% [markdown]
# ## 11. Training with and without the KL term
#
# Somebody trains a VAE and forgets the KL term of the loss. What happens to the reconstructions, and what to new
# images?
#
# The next cell makes the data: "images" of ten pixels that show a wave, shifted by a random angle, with a little
# noise. All of them lie near a closed curve, and `wave_distance` measures how far an image is from it. A model has
# two parts: `model.encoder` turns images of shape `(N, 10)` into a tensor of shape `(N, 4)`, two means and then two
# logarithms of variances; `model.decoder` turns codes of shape `(N, 2)` into images.
#
# - `train_vae(model, x, beta, s2, steps, rate, batch)`: train `model` in place, and return it. Each of the `steps`
#   steps draws `batch` examples at random from `x` (with replacement), encodes them, draws one code for each from its
#   normal distribution, decodes it, and makes one step of `torch.optim.Adam` with the learning rate `rate` on all
#   parameters of the model. The loss is the mean over the examples of
#   $\lVert x - x' \rVert^2 / (2 s_2) + \beta\, D_{KL}$, where $x'$ is the reconstruction, $\lVert \cdot \rVert^2$
#   adds up all pixels, and the divergence from the prior $N(0, I)$ is
#   $\frac12 \sum_j (\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2)$. It works for codes of any length $d$, with
#   `(N, 2 * d)` outputs of the encoder, and any number of pixels.
# - `reconstruct(model, x, eps)`: encode `x`, draw codes with the noise `eps` (shape `(N, d)`, standard normal),
#   decode. The result has the shape of `x` and no autograd graph.
# - `generate(model, eps)`: new images from the prior, one for each row of the noise `eps`, shape `(N, d)`. No autograd
#   graph either.
#
# Then compare $\beta = 1$ with $\beta = 0$, with the figure or by measuring, and answer in the dictionary `no_kl`.
# Without the KL term, …
#
# - `no_kl["reconstruction"]`: `"better"`, `"worse"` or `"same"` reconstructions (squared error; within 10 % is the
#   same)?
# - `no_kl["deviation"]`: do the standard deviations of the codes fall (`"shrink"`), rise above 1 (`"grow"`) or go to
#   1 (`"one"`)?
# - `no_kl["spread"]`: compared with the prior, do the means of the codes lie `"closer"` together, `"wider"` apart, or
#   just as in the prior (`"same"`, their root mean square within 20 % of 1)?
# - `no_kl["generation"]`: are new images `"plausible"` (closer to the curve than with the KL term), `"copies"` of
#   training images (as close to the nearest training image as other images of the data are) or `"implausible"`
#   (further from the curve than with the KL term)?
# - `no_kl["same_image_each_time"]`: `True` if all new images are equal, else `False`.


# %%
def waves(n, seed):
    """Images of ten pixels that show a wave, shifted by a random angle: shape (n, 10)."""
    generator = torch.Generator().manual_seed(seed)
    angle = 2 * math.pi * torch.rand(n, 1, generator=generator)
    noise = 0.05 * torch.randn(n, 10, generator=generator)
    return torch.cos(angle - 2 * math.pi * torch.arange(10) / 10) + noise


def wave_distance(x):
    """Distance of each image from the closest wave without noise, shape (N,)."""
    place = 2 * math.pi * torch.arange(10) / 10
    basis = torch.stack([place.cos(), place.sin()], dim=1)
    wave = nn.functional.normalize(x @ basis, dim=1) @ basis.T
    return (x - wave).norm(dim=1)


def new_vae(seed):
    """An untrained model with .encoder and .decoder; sets torch's seed, so that a run can be repeated."""
    torch.manual_seed(seed)
    model = nn.Module()
    model.encoder = nn.Sequential(nn.Linear(10, 32), nn.Tanh(), nn.Linear(32, 4))
    model.decoder = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 10))
    return model


# %% [raw]
# # BEGIN SOLUTION
# %%
def train_vae(model, x, beta, s2, steps, rate, batch):
    """Train the model in place on the images x with the weight beta of the KL term, and return it."""
    # BEGIN SOLUTION
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    for _ in range(steps):
        part = x[torch.randint(len(x), (batch,))]
        mu, logvar = model.encoder(part).chunk(2, dim=1)
        z = mu + torch.exp(logvar / 2) * torch.randn_like(mu)
        error = ((part - model.decoder(z)) ** 2).sum(dim=1) / (2 * s2)
        divergence = 0.5 * (mu**2 + torch.exp(logvar) - 1 - logvar).sum(dim=1)
        optimizer.zero_grad()
        (error + beta * divergence).mean().backward()
        optimizer.step()
    return model
    # END SOLUTION


def reconstruct(model, x, eps):
    """Images decoded from codes of x that are drawn with the noise eps, without a graph."""
    # BEGIN SOLUTION
    with torch.no_grad():
        mu, logvar = model.encoder(x).chunk(2, dim=1)
        return model.decoder(mu + torch.exp(logvar / 2) * eps)
    # END SOLUTION


def generate(model, eps):
    """Images decoded from the prior, without a graph."""
    # BEGIN SOLUTION
    with torch.no_grad():
        return model.decoder(eps)
    # END SOLUTION


no_kl = {}
no_kl["reconstruction"] = "better"  # SOLUTION
no_kl["deviation"] = "shrink"  # SOLUTION
no_kl["spread"] = "wider"  # SOLUTION
no_kl["generation"] = "implausible"  # SOLUTION
no_kl["same_image_each_time"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION


# %%
def draw_training():
    x, eps = waves(1000, 0), torch.randn(1000, 2, generator=torch.Generator().manual_seed(1))
    figure, axes = plt.subplots(2, 3, figsize=(12, 5.5))
    for row, beta in zip(axes, (1.0, 0.0)):
        model = train_vae(new_vae(0), x, beta, 0.15**2, 400, 0.02, 64)
        means, logs = model.encoder(x).detach().chunk(2, dim=1)
        error = ((reconstruct(model, x, eps) - x) ** 2).sum(dim=1).mean()
        images = generate(model, eps)
        row[0].scatter(*eps.T, s=2, color="0.7", label="prior")
        row[0].scatter(*means.T, s=2, label=f"means of the codes, std {torch.exp(logs / 2).median():.2f}")
        row[0].legend(fontsize=8)
        row[0].set(title=f"$\\beta = {beta:g}$", aspect="equal")
        row[1].plot(reconstruct(model, x, eps)[:5].T)
        row[1].set(title=f"reconstructions, squared error {error:.3f}")
        row[2].plot(images[:12].T)
        row[2].set(
            title=f"new images, distance {wave_distance(images).mean():.2f} (data {wave_distance(x).mean():.2f})"
        )
    figure.tight_layout()


show(draw_training)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: train_vae returns the model, reconstruct and generate return tensors of ten pixels; no_kl holds four
  words and a boolean.
"""  # END TEST CONFIG


def test_shapes(train_vae, reconstruct, generate, new_vae, waves, no_kl):
    import numpy as np
    import torch

    x, eps = waves(6, 0), torch.zeros(6, 2)
    model = train_vae(new_vae(0), x, 1.0, 0.1, 2, 0.01, 3)
    assert model is not None, "train_vae(...) returned None: expected the model"
    for name, got in (("reconstruct", reconstruct(model, x, eps)), ("generate", generate(model, eps))):
        assert got is not None, f"{name}(...) returned None: expected a tensor"
        assert isinstance(got, torch.Tensor), f"{name} should return a tensor, got {type(got).__name__}"
        assert got.shape == (6, 10), f"{name}: expected shape (6, 10), got {tuple(got.shape)}"
        assert not got.requires_grad, f"{name} should return a tensor without a graph"
    assert isinstance(no_kl, dict), "no_kl should be a dictionary"
    words = {
        "reconstruction": ("better", "worse", "same"),
        "deviation": ("shrink", "grow", "one"),
        "spread": ("closer", "wider", "same"),
        "generation": ("plausible", "copies", "implausible"),
    }
    for key, allowed in words.items():
        assert no_kl.get(key) in allowed, f"no_kl[{key!r}] should be one of {allowed}, got {no_kl.get(key)!r}"
    assert isinstance(no_kl.get("same_image_each_time"), (bool, np.bool_)), (
        "same_image_each_time: expected True or False"
    )


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: A model whose best codes are known does not find them. Is the code drawn, is each term weighed as it
  should be, and are examples averaged?
"""  # END TEST CONFIG


def test_known_optimum(train_vae):
    import torch

    def codes(fn, x, beta, s2, steps):
        import torch
        from torch import nn

        torch.manual_seed(4)
        model = nn.Module()
        model.encoder, model.decoder = nn.Linear(2, 4), nn.Identity()
        start = model.encoder.weight.detach().clone()
        model = fn(model, x, beta, s2, steps, 0.03, 400)
        return model.encoder(x).detach(), (model.encoder.weight - start).detach()

    # each of two pixels is its own code: the best one is known
    x = torch.tensor([[1.0, 1.0], [-1.0, -1.0]])
    for beta, s2 in ((1.0, 0.5), (4.0, 0.25), (0.5, 0.5)):
        code = inside(codes)(train_vae, x, beta, s2, 400)[0]
        shrink = 1 / (1 + beta * s2)
        # over 10 seeds the means are off by at most 0.04, the logarithms by at most 0.1
        assert (code[:, :2] - shrink * x).abs().max() < 0.15
        assert (code[:, 2:] - torch.log(torch.tensor(1 - shrink))).abs().max() < 0.3
    assert not inside(codes)(train_vae, x, 1.0, 1.0, 0)[1].any()


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The trained models do not reconstruct or generate as they should. Which code goes into the decoder in
  each case?
"""  # END TEST CONFIG


def test_waves(train_vae, reconstruct, generate):
    import math

    import torch

    def run(train_vae, reconstruct, generate, x, eps, beta):
        import torch
        from torch import nn

        torch.manual_seed(2)
        model = nn.Module()
        model.encoder = nn.Sequential(nn.Linear(10, 32), nn.Tanh(), nn.Linear(32, 4))
        model.decoder = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 10))
        train_vae(model, x, beta, 0.0225, 400, 0.02, 64)
        with torch.no_grad():
            parts = [model.encoder(x), model.decoder(eps), model.decoder(model.encoder(x)[:, :2])]
            moved = model.decoder(model.encoder(x)[:, :2] + eps * (model.encoder(x)[:, 2:] / 2).exp())
        return *parts, moved, reconstruct(model, x, eps), generate(model, eps)

    rng = torch.Generator().manual_seed(1824)
    place = 2 * math.pi * torch.arange(10) / 10
    x = torch.cos(2 * math.pi * torch.rand(1000, 1, generator=rng) - place)
    x = x + 0.05 * torch.randn(1000, 10, generator=rng)
    eps = torch.randn(1000, 2, generator=rng)
    measured = {}
    for beta in (1.0, 0.0):
        code, fresh, centre, moved, rec, new = inside(run)(train_vae, reconstruct, generate, x, eps, beta)
        # float32, layers of 32
        assert torch.allclose(rec, moved, atol=1e-5) and torch.allclose(new, fresh, atol=1e-5)
        error = ((rec - x) ** 2).sum(dim=1).mean().item()
        measured[beta] = error, torch.exp(code[:, 2:] / 2).median().item()
    # over 22 seeds: errors 0.068 to 0.093 and 0.023 to 0.028, standard deviations 0.136 to 0.164 and 0.018 to 0.07
    assert 0.04 < measured[1.0][0] < 0.16 and measured[0.0][0] < 0.05
    assert 0.09 < measured[1.0][1] < 0.25 and measured[0.0][1] < 0.1


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five answers on the missing KL term is wrong.
"""  # END TEST CONFIG


def test_no_kl(no_kl):
    import math

    import torch
    from torch import nn

    rng = torch.Generator().manual_seed(1825)
    place = 2 * math.pi * torch.arange(10) / 10
    basis = torch.stack([place.cos(), place.sin()], dim=1)

    def images(n):
        clean = torch.cos(2 * math.pi * torch.rand(n, 1, generator=rng) - place)
        return clean + 0.05 * torch.randn(n, 10, generator=rng)

    def measure(beta, x, other):
        torch.manual_seed(6)
        encoder = nn.Sequential(nn.Linear(10, 32), nn.Tanh(), nn.Linear(32, 4))
        decoder = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 10))
        optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], 0.02)
        for _ in range(400):
            some = x[torch.randint(len(x), (64,))]
            mean, log_var = encoder(some).chunk(2, 1)
            code = torch.distributions.Normal(mean, (log_var / 2).exp())
            fit = torch.distributions.Normal(decoder(code.rsample()), 0.15).log_prob(some).sum(1)
            away = torch.distributions.kl_divergence(code, torch.distributions.Normal(0.0, 1.0)).sum(1)
            optimizer.zero_grad()
            (beta * away - fit).mean().backward()
            optimizer.step()
        with torch.no_grad():
            mean, log_var = encoder(other).chunk(2, 1)
            rec = decoder(mean + (log_var / 2).exp() * torch.randn(mean.shape))
            new = decoder(torch.randn(1000, 2))
            wave = nn.functional.normalize(new @ basis, dim=1) @ basis.T
        return {
            "error": ((rec - other) ** 2).sum(1).mean().item(),
            "deviation": (log_var / 2).exp().median().item(),
            "spread": mean.square().mean().sqrt().item(),
            "distance": (new - wave).norm(dim=1).mean().item(),
            "nearest": torch.cdist(new, x).min(1).values.mean().item(),
            "variety": new.std(0).mean().item(),
        }

    x, other = images(1000), images(500)
    usual = torch.cdist(other, x).min(1).values.mean().item()
    with_kl, without = measure(1.0, x, other), measure(0.0, x, other)
    ratio = without["error"] / with_kl["error"]
    found = {
        "reconstruction": "better" if ratio < 0.9 else "worse" if ratio > 1.1 else "same",
        "deviation": "shrink"
        if without["deviation"] < 0.8 * with_kl["deviation"]
        else "grow"
        if without["deviation"] > 1.2
        else "one",
        "spread": "wider" if without["spread"] > 1.2 else "closer" if without["spread"] < 0.8 else "same",
        "generation": "copies"
        if without["nearest"] < 1.2 * usual
        else "implausible"
        if without["distance"] > with_kl["distance"]
        else "plausible",
        "same_image_each_time": without["variety"] < 0.01,
    }
    for key, fact in found.items():
        assert no_kl[key] == fact


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-17.6"
# # BEGIN QUESTION
# name: q12_interpolation
# points: 4

# %% [markdown]
# ## 12. From one code to another
#
# To morph one image into another, one decodes codes on a way between two codes $a$ and $b$ that were drawn from the
# prior $N(0, I)$ in $D$ dimensions. Where do such codes lie? The squared distance from the origin is a sum of $D$
# squares with mean 1 each, so the distance is about $\sqrt D$, and it varies little. The straight way
# $(1 - t)\, a + t\, b$ leaves that shell. **Spherical interpolation** takes, with the angle $\theta$ between $a$ and
# $b$,
#
# $$\text{slerp}(t) \;=\; \frac{\sin((1 - t)\,\theta)}{\sin \theta}\, a
# \;+\; \frac{\sin(t\,\theta)}{\sin \theta}\, b .$$
#
# For $a = (1, 0)$, $b = (0, 2)$ and $t = \frac12$ the angle is $\frac{\pi}{2}$, both factors are $\sqrt{1/2}$, and
# the result is $(0.7071, 1.4142)$.
#
# All arrays are float64.
#
# - `slerp(a, b, t)`: `a` and `b` of shape `(D,)`, neither of them zero, `t` of shape `(T,)` with entries from 0 to 1;
#   the result has shape `(T, D)`. Also parallel vectors ($\theta = 0$) must work: then take the straight line.
#   Opposite vectors do not occur.
# - `midpoint_norms(a, b)`: `a` and `b` of shape `(n, D)` hold $n$ pairs. Return three floats: the mean norm of all
#   $2n$ ends, of the $n$ straight midpoints, and of the $n$ midpoints of `slerp`.
#
# Then set each entry of `way_facts` to `True` or `False`, for $D = 1000$ and independent codes $a$, $b$ from the
# prior.
#
# - `"nearly_orthogonal"`: the angle between $a$ and $b$ is almost always within 10 degrees of 90 degrees.
# - `"midpoint_is_less_dense"`: the density of the prior at the straight midpoint is lower than at $a$ and $b$.
# - `"midpoint_length_is_rare"`: among a thousand codes from the prior, almost none is as short as the straight
#   midpoint.
# - `"slerp_stays_in_shell"`: the midpoint of `slerp` has a length that codes from the prior often have.
# - `"straight_is_fine_for_few"`: for $D = 1$ in place of 1000, more than a tenth of the codes from the prior are as
#   short as a typical straight midpoint (the root mean square of such midpoints).
# - `"unit_length_repairs"`: dividing the points of the straight way by their norm gives codes of usual length.


# %% [raw]
# # BEGIN SOLUTION
# %%
def slerp(a, b, t):
    """Spherical interpolation between a and b at the fractions t, shape (T, D)."""
    # BEGIN SOLUTION
    u, v = a / np.linalg.norm(a), b / np.linalg.norm(b)
    angle = 2 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v))

    def factor(share):
        # sin(share * angle) / sin(angle), also for the angle 0
        return share * np.sinc(share * angle / np.pi) / np.sinc(angle / np.pi)

    return np.outer(factor(1 - t), a) + np.outer(factor(t), b)
    # END SOLUTION


def midpoint_norms(a, b):
    """Mean norms of the ends, of the straight midpoints and of the spherical midpoints of n pairs."""
    # BEGIN SOLUTION
    ends = np.linalg.norm(np.concatenate([a, b]), axis=1).mean()
    straight = np.linalg.norm((a + b) / 2, axis=1).mean()
    half = np.array([0.5])
    spherical = np.mean([np.linalg.norm(slerp(first, last, half)) for first, last in zip(a, b)])
    return ends, straight, spherical
    # END SOLUTION


way_facts = {}
way_facts["nearly_orthogonal"] = True  # SOLUTION
way_facts["midpoint_is_less_dense"] = False  # SOLUTION
way_facts["midpoint_length_is_rare"] = True  # SOLUTION
way_facts["slerp_stays_in_shell"] = True  # SOLUTION
way_facts["straight_is_fine_for_few"] = True  # SOLUTION
way_facts["unit_length_repairs"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION


# %%
def draw_ways():
    rng, t = np.random.default_rng(3), np.linspace(0, 1, 51)
    figure, axes = plt.subplots(1, 3, figsize=(12, 2.8))
    for axis, d in zip(axes, (2, 20, 1000)):
        shell = np.linalg.norm(rng.normal(size=(3000, d)), axis=1)
        axis.axhspan(*np.quantile(shell, [0.01, 0.99]), color="0.9", label="98 % of all codes")
        a, b = rng.normal(size=(2, d))
        axis.plot(t, np.linalg.norm(np.outer(1 - t, a) + np.outer(t, b), axis=1), label="straight")
        axis.plot(t, np.linalg.norm(slerp(a, b, t), axis=1), label="spherical")
        axis.set(title=f"$D = {d}$", xlabel="$t$", ylim=(0, None))
    axes[0].set(ylabel="distance from the origin")
    axes[2].legend(fontsize=8)
    figure.tight_layout()


show(draw_ways)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Half the way from (1, 0) to (0, 2) is (0.7071, 1.4142); the three norms are single numbers; way_facts
  holds six booleans.
"""  # END TEST CONFIG


def test_quarter_circle(slerp, midpoint_norms, way_facts):
    import numpy as np

    a, b = np.array([1.0, 0.0]), np.array([0.0, 2.0])
    got = slerp(a, b, np.array([0.5]))
    assert got is not None, "slerp(...) returned None: expected an array of shape (T, D)"
    assert np.shape(got) == (1, 2), f"slerp: expected shape (1, 2), got {np.shape(got)}"
    assert np.allclose(got, [[0.5**0.5, 2**0.5]]), f"slerp: expected [[0.7071, 1.4142]], got {np.asarray(got).tolist()}"
    got = midpoint_norms(a[None], b[None])
    assert got is not None, "midpoint_norms(...) returned None: expected three floats"
    assert np.shape(got) == (3,), f"midpoint_norms should return three numbers, got {got}"
    assert abs(got[0] - 1.5) < 1e-9, f"the ends have the norms 1 and 2: expected the mean 1.5, got {got[0]}"
    assert isinstance(way_facts, dict), "way_facts should be a dictionary"
    keys = ["nearly_orthogonal", "midpoint_is_less_dense", "midpoint_length_is_rare"]
    for key in [*keys, "slerp_stays_in_shell", "straight_is_fine_for_few", "unit_length_repairs"]:
        assert isinstance(way_facts.get(key), (bool, np.bool_)), f"way_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The way is wrong for some vectors. Check ends of other lengths, equal steps of the angle, and
  parallel vectors.
"""  # END TEST CONFIG


def test_way(slerp):
    import numpy as np

    rng = np.random.default_rng(1826)
    t = np.concatenate([np.linspace(0, 1, 9), [0.123]])
    for d in (2, 3, 50):
        for long_a, long_b in ((1.0, 1.0), (0.3, 4.0), (20.0, 7.0)):
            a, b = rng.normal(size=(2, d))
            # a rotation in the plane of a and b, of orthonormal directions e and g
            e = a / np.sqrt(a @ a)
            g = b - (b @ e) * e
            g /= np.sqrt(g @ g)
            angle = np.arctan2(b @ g, b @ e)
            a, b = long_a * e, long_b * (np.cos(angle) * e + np.sin(angle) * g)
            got = np.asarray(slerp(a, b, t))
            assert got.shape == (10, d)
            # the rotated unit vectors, written as sums of the two unit ends; longer ends keep their shares
            units = np.stack([e, b / long_b], axis=1)
            turned = np.outer(e, np.cos(t * angle)) + np.outer(g, np.sin(t * angle))
            shares = np.linalg.lstsq(units, turned, rcond=None)[0]
            expected = (units * [long_a, long_b]) @ shares
            # sines of angles up to 3, divided by at least 0.05
            room = 1e-10 * (long_a + long_b)
            assert np.abs(got - expected.T).max() <= room
            assert np.abs(got[0] - a).max() <= room and np.abs(got[8] - b).max() <= room
    for _ in range(30):
        a = rng.normal(size=40)
        for b, expected in ((a, np.outer(np.ones(10), a)), (3 * a, np.outer(1 + 2 * t, a))):
            got = np.asarray(slerp(a, b, t))
            assert np.all(np.isfinite(got)) and np.abs(got - expected).max() <= 1e-6


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A mean of norms is wrong. Of which points are the norms taken, and over what is averaged?
"""  # END TEST CONFIG


def test_norms(midpoint_norms):
    import math

    import numpy as np

    rng = np.random.default_rng(1827)
    for n, d in ((1, 2), (4, 3), (200, 1000)):
        a, b = rng.normal(size=(n, d)), rng.normal(size=(n, d)) * 1.5
        ends, straight, spherical = midpoint_norms(a, b)
        lines = [list(map(float, (p @ p, q @ q, p @ q))) for p, q in zip(a, b)]
        # by the law of cosines; both factors of the spherical midpoint are 1 / (2 cos(angle / 2))
        assert abs(ends - np.mean([[p**0.5, q**0.5] for p, q, _ in lines])) <= 1e-10 * ends
        sums = np.array([math.sqrt(p + q + 2 * pq) for p, q, pq in lines])
        assert abs(straight - np.mean(sums / 2)) <= 1e-10 * ends
        cosines = np.array([pq / math.sqrt(p * q) for p, q, pq in lines])
        assert abs(spherical - np.mean(sums / np.sqrt(2 * (1 + cosines)))) <= 1e-8 * ends
    assert all(np.shape(v) == () for v in (ends, straight, spherical))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six statements about ways between codes is decided wrongly.
"""  # END TEST CONFIG


def test_way_facts(way_facts):
    import numpy as np

    rng = np.random.default_rng(1828)
    a, b = rng.normal(size=(2, 1000, 1000))
    lengths = np.linalg.norm(a, axis=1)
    cosines = (a * b).sum(1) / lengths / np.linalg.norm(b, axis=1)
    middle = (a + b) / 2
    spherical = (a + b) / np.sqrt(2 * (1 + cosines))[:, None]
    low, high = np.quantile(lengths, [0.02, 0.98])
    usual = np.linalg.norm(spherical, axis=1)
    unit = np.linalg.norm(middle / np.linalg.norm(middle, axis=1, keepdims=True), axis=1)
    single = rng.normal(size=(2, 10000))
    typical = np.sqrt(np.mean((single.sum(0) / 2) ** 2))
    found = {
        "nearly_orthogonal": np.mean(np.abs(np.degrees(np.arccos(cosines)) - 90) < 10) > 0.95,
        # the log-density is minus half the squared length, up to a constant
        "midpoint_is_less_dense": np.mean((middle**2).sum(1) > lengths**2) > 0.5,
        "midpoint_length_is_rare": np.mean(lengths < np.median(np.linalg.norm(middle, axis=1))) < 0.002,
        "slerp_stays_in_shell": np.mean((low < usual) & (usual < high)) > 0.8,
        "straight_is_fine_for_few": np.mean(np.abs(single[0]) <= typical) > 0.1,
        "unit_length_repairs": np.mean((low < unit) & (unit < high)) > 0.8,
    }
    for key, fact in found.items():
        assert isinstance(way_facts[key], (bool, np.bool_)) and bool(way_facts[key]) == bool(fact)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="cs-unsup-vae-3"
# # BEGIN QUESTION
# name: q13_statements
# points: 4

# %% [markdown]
# ## 13. What is random, what is bounded
#
# An image $x$ is encoded ten times by a trained VAE, and each code is decoded. To see what happens, write
#
# - `repeat(encode, decode, x, eps)`: `encode` turns a float64 array of shape `(1, D)` into a pair of means and
#   variances, each of shape `(1, d)`; `decode` turns codes of shape `(K, d)` into images of shape `(K, D)`. For one
#   image `x` of shape `(D,)` and noise `eps` of shape `(K, d)`, return the $K$ reconstructions, shape `(K, D)`.
# - `pixel_deviation(images)`: how much they differ, as one float: the root of the mean over all pixels of the
#   variance over the $K$ images (divide by $K$). For two images $(0, 0)$ and $(2, 0)$ the variances are 1 and 0 and
#   the result is $\sqrt{1/2}$.
#
# Then set each entry of `vae_facts` to `True` or `False`, and choose two words.
#
# - `"code_is_prior"`: for one given image, the encoder says $z \sim N(0, I)$.
# - `"same_every_time"`: encoding and decoding one image several times, as a VAE does in training, gives the same
#   image each time.
# - `"loss_is_above"`: the full loss, $-\text{ELBO}$ with all its constants, is never smaller than $-\log p(x)$.
# - `"loss_is_tight"`: $-\text{ELBO} = -\log p(x)$ for any encoder, as long as the decoder is right.
# - `"decoder_alone_is_deterministic"`: one and the same code $z$ always gives the same output of the decoder network.
# - `source_of_variety`: what makes the reconstructions of one image differ? `"decoder"`, `"code"` (the draw of $z$),
#   `"prior"` or `"nothing"`.
# - `bounded_quantity`: training makes $-\text{ELBO}$ small because another quantity cannot be computed in general.
#   The $-\text{ELBO}$ is an upper bound of it, and equal to it for the best $q$. Which one? `"evidence"`:
#   $-\log p(x)$; `"prior_divergence"`: $D_{KL}[q \,\Vert\, p(z)]$; `"posterior_divergence"`:
#   $D_{KL}[q \,\Vert\, p(z \mid x)]$; `"reconstruction"`: $-E_q[\log p(x \mid z)]$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def repeat(encode, decode, x, eps):
    """K reconstructions of one image x, shape (K, D)."""
    # BEGIN SOLUTION
    mean, var = encode(x[None])
    return decode(mean + np.sqrt(var) * eps)
    # END SOLUTION


def pixel_deviation(images):
    """Root of the mean over pixels of the variance over the images, a float."""
    # BEGIN SOLUTION
    return float(np.sqrt(images.var(axis=0).mean()))
    # END SOLUTION


vae_facts = {}
vae_facts["code_is_prior"] = False  # SOLUTION
vae_facts["same_every_time"] = False  # SOLUTION
vae_facts["loss_is_above"] = True  # SOLUTION
vae_facts["loss_is_tight"] = False  # SOLUTION
vae_facts["decoder_alone_is_deterministic"] = True  # SOLUTION
source_of_variety = "code"  # SOLUTION
bounded_quantity = "evidence"  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With the mean (1, 0), the variance 4 and the noise 1 in each direction, a decoder that changes
  nothing gives (3, 2); vae_facts holds five booleans, the other two answers are words of their lists.
"""  # END TEST CONFIG


def test_plain_decoder(repeat, pixel_deviation, vae_facts, source_of_variety, bounded_quantity):
    import numpy as np

    got = repeat(lambda x: (x, np.full((1, 2), 4.0)), lambda z: z, np.array([1.0, 0.0]), np.ones((3, 2)))
    assert got is not None, "repeat(...) returned None: expected an array of shape (K, D)"
    assert np.shape(got) == (3, 2), f"repeat: expected shape (3, 2), got {np.shape(got)}"
    assert np.allclose(got, [3.0, 2.0]), f"repeat: expected rows [3, 2], got {np.asarray(got).tolist()}"
    got = pixel_deviation(np.array([[0.0, 0.0], [2.0, 0.0]]))
    assert got is not None, "pixel_deviation(...) returned None: expected a float"
    assert np.shape(got) == () and abs(got - 0.5**0.5) < 1e-9, f"pixel_deviation: expected 0.7071, got {got}"
    assert isinstance(vae_facts, dict), "vae_facts should be a dictionary"
    for key in ("code_is_prior", "same_every_time", "loss_is_above", "loss_is_tight", "decoder_alone_is_deterministic"):
        assert isinstance(vae_facts.get(key), (bool, np.bool_)), f"vae_facts[{key!r}] should be True or False"
    words = ("decoder", "code", "prior", "nothing")
    assert source_of_variety in words, f"source_of_variety should be one of {words}, got {source_of_variety!r}"
    words = ("evidence", "prior_divergence", "posterior_divergence", "reconstruction")
    assert bounded_quantity in words, f"bounded_quantity should be one of {words}, got {bounded_quantity!r}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The reconstructions are not those of codes drawn from the encoder's distribution, or their deviation
  is wrong.
"""  # END TEST CONFIG


def test_repeats(repeat, pixel_deviation):
    import math

    import numpy as np

    rng = np.random.default_rng(1829)
    for k, wide, d in ((1, 1, 1), (5, 4, 2), (30, 3, 6)):
        first, second, back = rng.normal(size=(wide, d)), rng.normal(size=(wide, d)), rng.normal(size=(d, wide))
        x, eps = rng.normal(size=wide), rng.normal(size=(k, d))
        got = repeat(lambda v: (v @ first, np.exp(v @ second)), lambda z: np.tanh(z) @ back, x, eps)
        rows = []
        for noise in eps:
            z = [m + math.exp(s / 2) * e for m, s, e in zip(x @ first, x @ second, noise)]
            rows.append([sum(math.tanh(v) * w for v, w in zip(z, column)) for column in back.T])
        # float64, sums of six terms
        assert np.shape(got) == (k, wide) and np.allclose(got, rows, rtol=1e-10, atol=1e-11)
        # the mean square about the mean, from all pairs of images
        squares = sum((p - q) ** 2 for one in rows for two in rows for p, q in zip(one, two)) / (2 * k * k * wide)
        got = pixel_deviation(np.array(rows))
        assert np.shape(got) == () and abs(got - math.sqrt(squares)) <= 1e-9


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: At least one of the five statements or of the two words is wrong.
"""  # END TEST CONFIG


def test_vae_facts(vae_facts, source_of_variety, bounded_quantity):
    import numpy as np

    # the model z ~ N(0, 1), x | z ~ N(w z, s2), whose posterior is known
    rng = np.random.default_rng(1830)
    above, gaps, unlike_prior = [], {}, []
    quantities = ("evidence", "prior_divergence", "posterior_divergence", "reconstruction")

    def divergence(m, v, m2, v2):
        return 0.5 * (v / v2 + (m - m2) ** 2 / v2 - 1 + np.log(v2 / v))

    for _ in range(200):
        x, w, s2 = rng.normal() * 2, rng.normal() * 2, rng.uniform(0.1, 2)
        best = w * x / (w**2 + s2), s2 / (w**2 + s2)
        unlike_prior.append(divergence(*best, 0, 1))
        evidence = 0.5 * (np.log(2 * np.pi * (w**2 + s2)) + x**2 / (w**2 + s2))
        for kind, (m, v) in (("best", best), ("other", (rng.normal(), rng.uniform(0.05, 2)))):
            reconstruction = 0.5 * (np.log(2 * np.pi * s2) + ((x - w * m) ** 2 + w**2 * v) / s2)
            loss = reconstruction + divergence(m, v, 0, 1)
            above.append(loss - evidence)
            values = evidence, divergence(m, v, 0, 1), divergence(m, v, *best), reconstruction
            for quantity, value in zip(quantities, values):
                gaps.setdefault((quantity, kind), []).append(loss - value)
    # repeat one image with and without a fresh draw of each part
    z, fresh = np.full(20, 0.7), 0.7 + 0.3 * rng.normal(size=20)
    spreads = {"decoder": np.std(np.tanh(1.3 * z)), "code": np.std(np.tanh(1.3 * fresh))}
    variety = [part for part, spread in spreads.items() if spread > 1e-6]
    bounded = [q for q in quantities if min(gaps[q, "other"]) > -1e-9 and np.max(np.abs(gaps[q, "best"])) < 1e-9]
    found = {
        "code_is_prior": max(unlike_prior) < 1e-6,
        "same_every_time": not variety,
        "loss_is_above": min(above) > -1e-9,
        "loss_is_tight": max(above) < 1e-9,
        "decoder_alone_is_deterministic": spreads["decoder"] < 1e-12,
    }
    for key, fact in found.items():
        assert isinstance(vae_facts[key], (bool, np.bool_)) and bool(vae_facts[key]) == bool(fact)
    assert [source_of_variety] == variety and [bounded_quantity] == bounded


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [markdown]
# ## What to take along
#
# The evidence of a latent variable model is a sum or an integral over all codes. Where it can be computed, EM climbs
# it; where it cannot, one climbs a bound, and what the bound loses is the divergence of $q$ from the true posterior.
# To do this by gradient descent, draw the noise outside and send the gradient through the draw. What the KL term
# costs, and what it buys, you have measured.
