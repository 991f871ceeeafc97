# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [raw]
# # ASSIGNMENT CONFIG
# name: 19_diffusion
# export_cell: {pdf: false}
# tests: {files: false, ok_format: false}
# show_question_points: true

# %% [markdown]
# # Diffusion models
#
# A diffusion model drowns an example in noise, a little at a time, and learns to undo one small step. Here you work
# out what the noising does to means and covariances, multiply and divide normal densities, and find the distribution
# of the previous step in closed form. From it comes the loss, first as a sum of divergences, then as a squared error
# between two noises. At the end you run the process backward, and steer it.
#
# | question | what you write | points |
# | --- | --- | --- |
# | `q1_one_step` | what a step does to a covariance, and how soon the start is forgotten | 3 |
# | `q2_merging_noise` | when many noises may be replaced by one | 4 |
# | `q3_kernel` | many steps in one jump | 5 |
# | `q4_other_argument` | a normal density seen from its other side | 4 |
# | `q5_product` | the product of two normal densities | 4 |
# | `q6_posterior` | the previous step, if start and end are known | 4 |
# | `q7_noise_form` | the same mean without the start | 4 |
# | `q8_elbo` | the bound as a sum of divergences | 5 |
# | `q9_step_kl` | what of a divergence is left to learn | 4 |
# | `q10_noise_loss` | the loss as an error between noises | 4 |
# | `q11_guidance` | the way back, and a push towards a class | 5 |
# | `q12_narrowing` | four ways to trade variety for quality | 5 |
# | `q13_inevitable` | is that trade inevitable? (marked by a person) | 3 |
#
# Each question stands alone: no answer needs an earlier one. `grader.check` runs a few small public tests.
# More tests, with other numbers, decide the score.

# %% [markdown]
# ## Recap and notation
#
# | symbol | meaning |
# | --- | --- |
# | $x$ | an example, a vector of $D$ numbers |
# | $z_1, \dots, z_T$ | the noisy versions of $x$, vectors of the same size; $z_0 = x$ |
# | $\epsilon_t$, $\epsilon$ | standard normal noise with $D$ independent coordinates |
# | $\beta_t$ | how much noise step $t$ adds, $0 < \beta_t < 1$; all together the **schedule** |
# | $\alpha_t$ | the product $(1 - \beta_1)(1 - \beta_2) \cdots (1 - \beta_t)$, and $\alpha_0 = 1$ |
# | $q(\dots)$ | distributions of the noising, the **forward process**; nothing in it is learned |
# | $Pr(\dots)$ | distributions of the model that goes back, the **reverse process** |
# | $\text{Norm}_z[m, C]$ | the density at $z$ of a normal distribution with mean $m$ and covariance $C$ |
#
# One step of the forward process is
#
# $$z_t = \sqrt{1 - \beta_t}\; z_{t-1} + \sqrt{\beta_t}\; \epsilon_t , \qquad\text{that is,}\qquad
# q(z_t \mid z_{t-1}) = \text{Norm}_{z_t}\big[\sqrt{1 - \beta_t}\, z_{t-1},\; \beta_t I\big] ,$$
#
# with new noise, independent of all that came before. (Other texts write $\alpha_t$ for $1 - \beta_t$, and
# $\bar\alpha_t$ for the product.)
#
# The Kullback–Leibler divergence of two normal distributions with $D$ coordinates has a closed form:
#
# $$D_{KL}\big[\text{Norm}[a, A] \,\Vert\, \text{Norm}[b, B]\big] = \tfrac12 \Big( \log \frac{|B|}{|A|} - D +
# \text{trace}(B^{-1} A) + (a - b)^T B^{-1} (a - b) \Big) .$$
#
# In code a schedule is a float64 tensor `betas` of shape `(T,)`. Steps are counted from 1, so that $\beta_t$ is
# `betas[t - 1]`. Batches come first: `(N, D)`. All logarithms are natural. A function that returns *a float* may return
# a Python float, a NumPy number or a tensor without axes.
#
# Run the set-up cell. Its figure shows the forward process at work on 400 examples.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
import torch

torch.set_num_threads(1)


def show(draw):
    """Call draw(); while the answer it needs is missing, say so in a line instead of failing."""
    try:
        draw()
    except Exception as problem:
        plt.close("all")
        print(f"No figure yet: it is drawn by your own answer ({type(problem).__name__}: {problem}).")


def toy_examples(count):
    """Two half rings and their colours, a float64 tensor of shape (count, 2) and an array."""
    source = np.random.default_rng(19)
    upper = source.random(count) < 0.5
    angle = np.pi * source.random(count)
    x = np.stack([np.cos(angle) + 0.5 * upper - 0.25, np.sin(angle) * np.where(upper, 1, -1)], axis=1)
    return torch.tensor(1.3 * x + 0.05 * source.normal(size=x.shape)), np.where(upper, "tab:blue", "tab:orange")


# %%
def draw_forward_process():
    z, colours = toy_examples(400)
    noise_source = torch.Generator().manual_seed(0)
    figure, axes = plt.subplots(1, 4, figsize=(12, 3), sharex=True, sharey=True)
    for step in range(151):
        if step in (0, 10, 50, 150):
            axis = axes[(0, 10, 50, 150).index(step)]
            axis.scatter(*z.T, s=4, c=colours)
            axis.set(title=f"$z_{{{step}}}$", xlim=(-3.5, 3.5), ylim=(-3.5, 3.5), aspect="equal")
        z = math.sqrt(0.97) * z + math.sqrt(0.03) * torch.randn(z.shape, generator=noise_source, dtype=z.dtype)
    figure.tight_layout()


show(draw_forward_process)

# %% [raw] sources="udl-18.1"
# # BEGIN QUESTION
# name: q1_one_step
# points: 3

# %% [markdown]
# ## 1. One step
#
# Suppose that $z_{t-1}$ is random, with the covariance matrix $C$. The step adds noise that is independent of it. If
# $D = 1$, $C = 3$ and $\beta_t = \frac12$, the variance after the step is 2. Work out why. Then look at $C = I$: what
# comes out for each $\beta_t$?
#
# - `step_cov(cov, beta)` returns the covariance matrix of $z_t$: a tensor of the shape `(D, D)` and the dtype of
#   `cov`, which is the covariance of $z_{t-1}$. `beta` is a float, from 0 to 1, ends included.
# - `cov_after(cov, betas)` returns the covariance after all steps of the schedule `betas`, shape `(T,)`, first step
#   first, again with the shape and dtype of `cov`. `T` may be 0.
# - `steps_needed(cov, beta, tol)`: how many steps with the same $\beta$, $0 < \beta < 1$, does it take until no entry
#   of the covariance differs from that of $I$ by more than `tol` $> 0$? The smallest such number, an integer; 0 if
#   that is so at the start. For $C = 3$, $\beta = \frac12$ and `tol` = 0.3 the answer is 3.


# %% [raw]
# # BEGIN SOLUTION
# %%
def step_cov(cov, beta):
    """Covariance after one step of the forward process, (D, D)."""
    # BEGIN SOLUTION
    return (1 - beta) * cov + beta * torch.eye(len(cov), dtype=cov.dtype)
    # END SOLUTION


def cov_after(cov, betas):
    """Covariance after all steps of the schedule, (D, D)."""
    # BEGIN SOLUTION
    for beta in betas:
        cov = step_cov(cov, beta)
    return cov
    # END SOLUTION


def steps_needed(cov, beta, tol):
    """Number of equal steps until every entry of the covariance is within tol of the identity's."""
    # BEGIN SOLUTION
    # Each step multiplies the distance from the identity by 1 - beta.
    gap = (cov - torch.eye(len(cov))).abs().max()
    return math.ceil(math.log(max(gap, tol) / tol) / -math.log(1 - beta))
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %%
def draw_variances():
    figure, axis = plt.subplots(figsize=(6, 2.6))
    for start in (4.0, 1.0, 0.1):
        cov, path = torch.tensor([[start]]), [start]
        for _ in range(60):
            cov = step_cov(cov, 0.05)
            path.append(cov.item())
        axis.plot(path, label=f"from {start}")
    axis.set(xlabel="step", ylabel="variance", title=r"$\beta = 0.05$")
    axis.legend()
    figure.tight_layout()


show(draw_variances)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: A variance of 3 becomes 2 for beta = 1/2; after two such steps it is 1.5, and after three steps it is
  within 0.3 of 1.
"""  # END TEST CONFIG


def test_variance_three(step_cov, cov_after, steps_needed):
    import numpy as np
    import torch

    cov = torch.tensor([[3.0]])
    got = step_cov(cov, 0.5)
    assert isinstance(got, torch.Tensor), f"step_cov should return a tensor, got {type(got).__name__}"
    assert got.shape == (1, 1), f"step_cov: expected shape (1, 1), got {tuple(got.shape)}"
    assert got.dtype == torch.float32, f"step_cov should keep the dtype float32, got {got.dtype}"
    assert abs(got.item() - 2) < 1e-6, f"step_cov([[3.0]], 0.5): expected 2, got {got.item()}"
    got = cov_after(cov, torch.tensor([0.5, 0.5], dtype=torch.float64))
    assert isinstance(got, torch.Tensor), f"cov_after should return a tensor, got {type(got).__name__}"
    assert got.shape == (1, 1), f"cov_after: expected shape (1, 1), got {tuple(got.shape)}"
    assert abs(got.item() - 1.5) < 1e-6, f"cov_after: expected 1.5, got {got.item()}"
    got = steps_needed(cov, 0.5, 0.3)
    assert got is not None, "steps_needed(...) returned None: expected an integer"
    assert isinstance(got, (int, np.integer)), f"steps_needed should return an integer, got {type(got).__name__}"
    assert got == 3, f"steps_needed([[3.0]], 0.5, 0.3): expected 3, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A covariance is wrong after one step or several. What does a factor in front of a random vector do to
  its covariance, and which entries does the noise reach?
"""  # END TEST CONFIG


def test_covariances_against_factors(step_cov, cov_after):
    import torch

    def more_noise(factor, beta):
        """Factor M of a covariance M M^T after a step: old and new noise side by side."""
        eye = torch.eye(len(factor), dtype=factor.dtype)
        return torch.cat([(1 - beta) ** 0.5 * factor, beta**0.5 * eye], dim=1)

    rng = torch.Generator().manual_seed(1901)
    for d in (1, 2, 5):
        for dtype, room in ((torch.float64, 1e-12), (torch.float32, 2e-5)):
            start = torch.randn(d, d + 1, generator=rng, dtype=dtype)
            for beta in (0.0, 0.02, 0.3, 0.9, 1.0):
                expected = more_noise(start, beta) @ more_noise(start, beta).T
                got = step_cov(start @ start.T, beta)
                # sums of a few products of size 10
                assert got.shape == (d, d) and got.dtype == dtype
                assert (got - expected).abs().max() <= room
                assert (step_cov(torch.eye(d, dtype=dtype), beta) - torch.eye(d, dtype=dtype)).abs().max() <= room
            for steps in (0, 1, 3, 20):
                betas, factor = torch.rand(steps, generator=rng, dtype=torch.float64) * 0.3, start
                for beta in betas:
                    factor = more_noise(factor, beta.item())
                got = cov_after(start @ start.T, betas)
                assert got.shape == (d, d) and got.dtype == dtype
                assert (got - factor @ factor.T).abs().max() <= room


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The number of steps is off for some covariances. By which factor does a step shrink the distance from
  the identity? Look at off-diagonal entries and at small variances, too.
"""  # END TEST CONFIG


def test_steps_against_counting(steps_needed):
    import numpy as np
    import torch

    covs = [
        [[0.1]],
        [[1.0, 0.7], [0.7, 1.0]],
        [[1.0, -0.8], [-0.8, 1.2]],
        [[9.0, 1.0], [1.0, 0.2]],
        [[0.0, 0.0], [0.0, 0.0]],
        [[1.0, 0.0], [0.0, 1.0]],
    ]
    for cov in covs:
        cov = torch.tensor(cov, dtype=torch.float64)
        for beta in (0.013, 0.21, 0.77):
            for tol in (1e-6, 0.031, 0.43, 20.0):
                gap, steps = cov - torch.eye(len(cov), dtype=torch.float64), 0
                while gap.abs().max() > tol:
                    gap, steps = gap - beta * gap, steps + 1
                got = steps_needed(cov, beta, tol)
                assert isinstance(got, (int, np.integer))
                assert got == steps


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-18.2"
# # BEGIN QUESTION
# name: q2_merging_noise
# points: 4

# %% [markdown]
# ## 2. One noise in place of many
#
# Two steps of the forward process add two noises, and it would be handy to draw only one. So let
# $u = c_1 e_1 + \dots + c_n e_n$, where each $e_i$ is a random number with mean 0 and variance 1, and the $c_i$ are
# constants. For $n = 2$ independent noises, $c_1 = 3$ and $c_2 = -4$, the standard deviation of $u$ is 5.
#
# - `merged_scale(coefs, rho=0.0)`: the standard deviation of $u$, a float, if each pair of noises has the correlation
#   `rho`, with $-\frac{1}{n-1} < \rho \le 1$. `coefs` is a float tensor of shape `(n,)`, $n \ge 1$; for $n = 1$ there
#   are no pairs, and `rho` means nothing. With the constants above and $\rho = \frac12$ it is $\sqrt{13}$.
#
# Is $u$ then distributed like $s\,e$, one noise $e$ of the same kind times this standard deviation $s$? Mean and
# variance agree, but there is more to a distribution. Its **excess kurtosis**
# $\mathbb{E}[u^4] \,/\, \mathbb{E}[u^2]^2 - 3$ (for mean 0) does not change when $u$ is multiplied by a constant. It is
# 0 for a normal and $-1.2$ for a uniform distribution.
#
# - `kurtosis_of_sum(coefs, kurtosis)`: the excess kurtosis of $u$, a float, for *independent* noises that all have the
#   excess kurtosis `kurtosis` and not all $c_i = 0$. Expand $\mathbb{E}[u^4]$: which products of four noises have a
#   mean that is not zero, and how often does each occur? For $c = (1, 1)$ and uniform noises it is $-0.6$.
#
# Then set each entry of `merge_facts` to `True` or `False`. All noises have mean 0 and variance 1.
#
# - `"normal_law"`: for independent normal noises, $c_1 e_1 + c_2 e_2$ has the distribution of
#   $\sqrt{c_1^2 + c_2^2}\; e$.
# - `"uniform_law"`: the same holds for independent uniform noises.
# - `"any_moments"`: for independent noises of any kind, mean and variance of both sides agree.
# - `"uncorrelated_variance"`: the variances agree even if the noises are only uncorrelated, not independent.
# - `"uncorrelated_law"`: two noises, each of them normal, that are only uncorrelated, also have the sum of
#   `"normal_law"`. (Think of $e_2 = \pm e_1$ with a random sign.)


# %% [raw]
# # BEGIN SOLUTION
# %%
def merged_scale(coefs, rho=0.0):
    """Standard deviation of the weighted sum of noises whose pairs all have the correlation rho, a float."""
    # BEGIN SOLUTION
    own = (coefs**2).sum()
    return torch.sqrt(own + rho * (coefs.sum() ** 2 - own)).item()
    # END SOLUTION


def kurtosis_of_sum(coefs, kurtosis):
    """Excess kurtosis of the weighted sum of independent noises that all have the given one, a float."""
    # BEGIN SOLUTION
    return (kurtosis * (coefs**4).sum() / (coefs**2).sum() ** 2).item()
    # END SOLUTION


merge_facts = {}
merge_facts["normal_law"] = True  # SOLUTION
merge_facts["uniform_law"] = False  # SOLUTION
merge_facts["any_moments"] = True  # SOLUTION
merge_facts["uncorrelated_variance"] = True  # SOLUTION
merge_facts["uncorrelated_law"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The constants 3 and -4 give 5, with the correlation 1/2 the root of 13; two uniform noises with equal
  constants have the excess kurtosis -0.6; merge_facts holds five booleans.
"""  # END TEST CONFIG


def test_two_noises(merged_scale, kurtosis_of_sum, merge_facts):
    import numpy as np
    import torch

    coefs = torch.tensor([3.0, -4.0], dtype=torch.float64)
    for name, got, expected in (
        ("merged_scale((3, -4))", merged_scale(coefs), 5.0),
        ("merged_scale((3, -4), 0.5)", merged_scale(coefs, 0.5), 13**0.5),
        ("kurtosis_of_sum((1, 1), -1.2)", kurtosis_of_sum(torch.ones(2), -1.2), -0.6),
    ):
        assert got is not None, f"{name} returned None: expected a float"
        assert np.shape(got) == (), f"{name}: expected one number, got shape {np.shape(got)}"
        assert abs(float(got) - expected) < 1e-6, f"{name}: expected {expected:.6f}, got {float(got):.6f}"
    assert isinstance(merge_facts, dict), "merge_facts should be a dictionary"
    for key in ("normal_law", "uniform_law", "any_moments", "uncorrelated_variance", "uncorrelated_law"):
        fact = merge_facts.get(key)
        assert isinstance(fact, (bool, np.bool_)), f"merge_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The standard deviation of a sum is wrong. What adds up, and what do correlated pairs contribute, with
  which sign?
"""  # END TEST CONFIG


def test_scale_against_factors(merged_scale):
    import torch

    rng = torch.Generator().manual_seed(1903)
    for n in (1, 2, 3, 6):
        for rho in (0.0, 0.5, 0.95, -0.15):
            R = torch.full((n, n), rho, dtype=torch.float64).fill_diagonal_(1.0)
            # e = F times independent noises, so the sum has the coefficients F^T c
            factor = torch.linalg.cholesky(R)
            for zeros in (0, n - 1):
                coefs = 3 * torch.randn(n, generator=rng, dtype=torch.float64)
                coefs[:zeros] = 0
                expected = torch.linalg.vector_norm(factor.T @ coefs).item()
                # a root of sums of six terms; nothing cancels to less than a tenth
                assert abs(float(merged_scale(coefs, rho)) - expected) <= 1e-11 * (1 + expected)
                if rho == 0:
                    assert abs(float(merged_scale(coefs)) - expected) <= 1e-11 * (1 + expected)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The excess kurtosis of a sum is wrong for some noises or constants. Try noises that are +1 or -1, where
  you can list all cases.
"""  # END TEST CONFIG


def test_kurtosis_against_enumeration(kurtosis_of_sum):
    from itertools import product

    import torch

    rng = torch.Generator().manual_seed(1904)
    for n in (1, 2, 3, 4):
        for values in ((-1.0, 1.0), (-1.0, 0.0, 1.0), (-1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)):
            e = torch.tensor(values, dtype=torch.float64)
            e = e / e.square().mean().sqrt()
            coefs = 2 * torch.randn(n, generator=rng, dtype=torch.float64)
            u = torch.tensor(list(product(e.tolist(), repeat=n)), dtype=torch.float64) @ coefs
            expected = (u**4).mean() / (u**2).mean() ** 2 - 3
            # means over at most 2401 numbers
            assert abs(float(kurtosis_of_sum(coefs, (e**4).mean().item() - 3)) - expected) <= 1e-10
        assert abs(float(kurtosis_of_sum(coefs, 0.0))) <= 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about merged noises is decided wrongly.
"""  # END TEST CONFIG


def test_merge_facts(merge_facts):
    import math

    import torch

    grid = torch.linspace(-12, 12, 4801, dtype=torch.float64)
    width = (grid[1] - grid[0]).item()

    def sum_density(p, c1, c2):
        """Density of c1 e1 + c2 e2 on a few points, by integrating over e1."""
        at = torch.linspace(-3, 3, 13, dtype=torch.float64)[:, None]
        return (p(grid) * p((at - c1 * grid) / c2)).sum(dim=1) * width / c2

    def one_density(p, s):
        at = torch.linspace(-3, 3, 13, dtype=torch.float64)
        return p(at / s) / s

    def normal(e):
        return torch.exp(-(e**2) / 2) / math.sqrt(2 * math.pi)

    def uniform(e):
        return (e.abs() < math.sqrt(3)).double() / math.sqrt(12)

    same = [(sum_density(p, 0.6, 0.8) - one_density(p, 1.0)).abs().max() < 1e-3 for p in (normal, uniform)]
    # two independent noises without any symmetry, mean 0 and variance 1
    odd = torch.tensor([2.0, -0.5, -0.5, -0.5, -0.5], dtype=torch.float64)
    u = 3 * odd[:, None] - 4 * odd
    # e2 = e1 or -e1: variance of the sum, and probability that it is exactly zero
    values = torch.tensor([-2.0, -1.0, 1.0, 2.0])
    e = torch.stack([values.repeat(2), torch.cat([values, -values])])
    found = {
        "normal_law": same[0],
        "uniform_law": same[1],
        "any_moments": u.mean().abs() < 1e-9 and (u.square().mean() - 25).abs() < 1e-9,
        "uncorrelated_variance": e.sum(dim=0).square().mean() == e.square().sum(dim=0).mean(),
        "uncorrelated_law": (e.sum(dim=0) == 0).float().mean() == 0,
    }
    for key, fact in found.items():
        assert bool(merge_facts[key]) == bool(fact)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-18.3 udl-18.9"
# # BEGIN QUESTION
# name: q3_kernel
# points: 5

# %% [markdown]
# ## 3. Many steps in one jump
#
# Put the first step of the forward process into the second:
#
# $$z_2 = \sqrt{(1 - \beta_2)(1 - \beta_1)}\; x +
# \sqrt{(1 - \beta_2)\,\beta_1}\; \epsilon_1 + \sqrt{\beta_2}\; \epsilon_2 .$$
#
# The two independent normal noises have the variances $(1 - \beta_2)\beta_1$ and $\beta_2$, so together they are one
# noise with the variance $1 - (1 - \beta_2)(1 - \beta_1) = 1 - \alpha_2$. Do the third step yourself, collect the
# noise, and see why this goes on: the **diffusion kernel** $q(z_t \mid x)$ can be drawn from without the steps in
# between. For $\beta = (0.36, 0.75)$: $\alpha = (0.64, 0.16)$, and the weights of $\epsilon_1$ and $\epsilon_2$ in
# $z_2$ are $0.3$ and $\sqrt{0.75}$.
#
# - `alphas_from_betas(betas)`: $\alpha_1, \dots, \alpha_T$, a tensor of shape `(T,)`.
# - `betas_from_alphas(alphas)`: the way back, again a tensor of shape `(T,)`. No $\alpha_t$ is 0.
# - `noise_weights(betas)`: the weight of each of $\epsilon_1, \dots, \epsilon_T$ in $z_T$, in this order, shape `(T,)`.
# - `kernel_between(betas, s, t)`: the pair of floats $(k, v)$ with
#   $q(z_t \mid z_s) = \text{Norm}_{z_t}[k\, z_s,\; v I]$, for $0 \le s < t \le T$. So $s = 0$ is the kernel above, and
#   for $s = t - 1$ you should find one step of the forward process again. For the schedule above,
#   $s = 0$ and $t = 2$ give $(0.4, 0.84)$.
# - `diffuse(x, t, betas, noise)`: examples $x$, each taken to a step of its own. `x` and `noise` are float64 tensors of
#   shape `(N, D)`, `t` is an int64 tensor of shape `(N,)` with entries from 0 to `T`. Row $n$ of the result, shape
#   `(N, D)`, is $z_{t_n}$, made from row $n$ of `x` and, as its only noise, row $n$ of `noise`.
#
# All tensors are float64, $T \ge 1$. For long schedules $\alpha_T$ may be smaller than any float64 and come out as 0.
# Weights, kernels and $z_t$ must be right then, too, so divide by no $\alpha_t$ there.


# %% [raw]
# # BEGIN SOLUTION
# %%
def alphas_from_betas(betas):
    """alpha_1, ..., alpha_T, shape (T,)."""
    # BEGIN SOLUTION
    return torch.cumprod(1 - betas, dim=0)
    # END SOLUTION


def betas_from_alphas(alphas):
    """beta_1, ..., beta_T, shape (T,)."""
    # BEGIN SOLUTION
    return 1 - alphas / torch.cat([torch.ones(1), alphas[:-1]])
    # END SOLUTION


def noise_weights(betas):
    """Weight of the noise of each step in z_T, shape (T,)."""
    # BEGIN SOLUTION
    return torch.stack([torch.sqrt(beta * (1 - betas[s:]).prod()) for s, beta in enumerate(betas, start=1)])
    # END SOLUTION


def kernel_between(betas, s, t):
    """Factor in front of z_s and variance of z_t given z_s, two floats."""
    # BEGIN SOLUTION
    kept = (1 - betas[s:t]).prod().item()
    return math.sqrt(kept), 1 - kept
    # END SOLUTION


def diffuse(x, t, betas, noise):
    """z_t for each example at its own step t, in one jump, (N, D)."""
    # BEGIN SOLUTION
    alpha = torch.cat([torch.ones(1), alphas_from_betas(betas)])[t][:, None]
    return torch.sqrt(alpha) * x + torch.sqrt(1 - alpha) * noise
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %%
def draw_jumps():
    schedule = torch.linspace(1e-4, 0.06, 150, dtype=torch.float64)
    x, colours = toy_examples(400)
    noise = torch.randn(400, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    figure, axes = plt.subplots(1, 4, figsize=(12, 3), sharex=True, sharey=True)
    for axis, step in zip(axes, (0, 10, 50, 150)):
        axis.scatter(*diffuse(x, torch.full((400,), step), schedule, noise).T, s=4, c=colours)
        axis.set(title=f"$z_{{{step}}}$ in one jump", xlim=(-3.5, 3.5), ylim=(-3.5, 3.5), aspect="equal")
    figure.tight_layout()


show(draw_jumps)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The schedule (0.36, 0.75) has alphas 0.64 and 0.16, noise weights 0.3 and the root of 0.75, and the
  kernel (0.4, 0.84) from 0 to 2.
"""  # END TEST CONFIG


def test_two_steps(alphas_from_betas, betas_from_alphas, noise_weights, kernel_between, diffuse):
    import numpy as np
    import torch

    betas, alphas = (torch.tensor(v, dtype=torch.float64) for v in ([0.36, 0.75], [0.64, 0.16]))
    for name, got, expected in (
        ("alphas_from_betas", alphas_from_betas(betas), [0.64, 0.16]),
        ("betas_from_alphas", betas_from_alphas(alphas), [0.36, 0.75]),
        ("noise_weights", noise_weights(betas), [0.3, 0.75**0.5]),
    ):
        assert isinstance(got, torch.Tensor), f"{name} should return a tensor, got {type(got).__name__}"
        assert got.shape == (2,), f"{name}: expected shape (2,), got {tuple(got.shape)}"
        assert got.dtype == torch.float64, f"{name}: expected float64, got {got.dtype}"
        assert np.allclose(got.tolist(), expected, atol=1e-9), f"{name}: expected {expected}, got {got.tolist()}"
    got = kernel_between(betas, 0, 2)
    assert isinstance(got, (tuple, list)) and len(got) == 2, "kernel_between should return the pair (k, v)"
    pair = [float(number) for number in got]
    assert np.allclose(pair, [0.4, 0.84]), f"kernel_between(betas, 0, 2): expected (0.4, 0.84), got {pair}"
    x = torch.tensor([[10.0], [10.0]], dtype=torch.float64)
    got = diffuse(x, torch.tensor([2, 0]), betas, torch.zeros(2, 1, dtype=torch.float64))
    assert isinstance(got, torch.Tensor), f"diffuse should return a tensor, got {type(got).__name__}"
    assert got.shape == (2, 1), f"diffuse: expected shape (2, 1), got {tuple(got.shape)}"
    message = f"diffuse, t = (2, 0), no noise: expected 4 and 10, got {got.flatten().tolist()}"
    assert np.allclose(got.flatten().tolist(), [4, 10]), message


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: Alphas, betas or kernels are wrong for some schedule. What is alpha before the first step, what exactly
  is multiplied, and which steps lie between s and t?
"""  # END TEST CONFIG


def test_schedules_step_by_step(alphas_from_betas, betas_from_alphas, kernel_between):
    import math

    import torch

    rng = torch.Generator().manual_seed(1905)
    schedules = [0.6 * torch.rand(size, generator=rng, dtype=torch.float64) for size in (1, 2, 7)]
    schedules += [torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), torch.full((3000,), 0.4, dtype=torch.float64)]
    for betas in schedules:
        size, kept, expected = len(betas), 1.0, []
        for beta in betas.tolist():
            kept = kept - kept * beta
            expected.append(kept)
        expected = torch.tensor(expected, dtype=torch.float64)
        alphas = alphas_from_betas(betas)
        # up to 3000 factors, each rounded once
        assert alphas.shape == (size,) and (alphas - expected).abs().max() <= 1e-11
        if size <= 1000:
            back = betas_from_alphas(expected)
            assert back.shape == (size,) and (back - betas).abs().max() <= 1e-11
        for s, t in ((0, 1), (0, size), (size - 1, size), (size // 3, size // 2 + 1)):
            scale, variance = 1.0, 0.0
            for beta in betas[s:t].tolist():
                scale, variance = scale * math.sqrt(1 - beta), (1 - beta) * variance + beta
            got = kernel_between(betas, s, t)
            assert abs(float(got[0]) - scale) <= 1e-11 and abs(float(got[1]) - variance) <= 1e-11


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The weights of the single noises are wrong. Which of them is shrunk by later steps, and how often? Long
  schedules need care.
"""  # END TEST CONFIG


def test_weights_against_unit_noises(noise_weights):
    import torch

    rng = torch.Generator().manual_seed(1906)
    schedules = [0.6 * torch.rand(size, generator=rng, dtype=torch.float64) for size in (1, 2, 3, 8)]
    schedules += [torch.linspace(1e-4, 0.02, 300, dtype=torch.float64), torch.full((1600,), 0.4, dtype=torch.float64)]
    for betas in schedules:
        noises = torch.eye(len(betas), dtype=torch.float64)
        z = torch.zeros(len(betas), dtype=torch.float64)
        for beta, noise in zip(betas, noises):
            z = (1 - beta).sqrt() * z + beta.sqrt() * noise
        got = noise_weights(betas)
        # each weight is a product of up to 1600 factors
        assert got.shape == betas.shape and (got - z).abs().max() <= 1e-11


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The jump to z_t is wrong. Does each row use its own step, does z_0 equal x, and does the noise have the
  variance of all steps together?
"""  # END TEST CONFIG


def test_jumps(diffuse):
    import torch

    rng = torch.Generator().manual_seed(1907)
    for n, d, size in ((1, 1, 1), (1, 3, 4), (6, 2, 5), (40, 3, 900)):
        betas = (0.02 if size > 100 else 0.5) * torch.rand(size, generator=rng, dtype=torch.float64) + 1e-3
        x, noise = torch.randn(2, n, d, generator=rng, dtype=torch.float64)
        t = torch.randint(0, size + 1, (n,), generator=rng)
        got = diffuse(x, t, betas, noise)
        assert got.shape == (n, d) and got.dtype == torch.float64
        for row in range(n):
            mean, variance = x[row], 0.0
            for beta in betas[: int(t[row])].tolist():
                mean, variance = (1 - beta) ** 0.5 * mean, variance + beta * (1 - variance)
            # up to 900 factors; the root makes the error of a variance of 1e-3 thirty times larger
            assert (got[row] - mean - variance**0.5 * noise[row]).abs().max() <= 1e-11
    # a schedule that forgets everything, columns of a larger tensor
    wide = torch.randn(4, 6, generator=rng, dtype=torch.float64)
    got = diffuse(wide[:, ::3], torch.full((4,), 3000), torch.full((3000,), 0.4, dtype=torch.float64), wide[:, 1::3])
    assert (got - wide[:, 1::3]).abs().max() <= 1e-12


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-18.4"
# # BEGIN QUESTION
# name: q4_other_argument
# points: 4

# %% [markdown]
# ## 4. A density seen from its other side
#
# $\text{Norm}_v[A w, B]$ is a density in $v$. We need it as a function of $w$, while $v$ is known: how plausible is
# each $w$? Here $v$ has $n$ entries and $w$ has $m \le n$, $A$ is an $n \times m$ matrix of rank $m$, and $B$ is
# symmetric and positive definite. Up to a factor, the answer is normal again:
#
# $$\text{Norm}_v[A w, B] = \kappa \cdot \text{Norm}_w[\mu, \Sigma] \qquad\text{for every } w .$$
#
# Sort the exponent by powers of $w$, and bring it into the form
# $-\frac12 \big( w^T P w - 2\, w^T h + c \big) + \text{rest}$, where $c$ makes the bracket a perfect square
# $(w - \mu)^T P (w - \mu)$ and the rest is free of $w$. With $n = m = 1$, $A = 2$, $B = 4$ and $v = 6$ you should get
# $P = 1$, $h = 3$, $c = 9$, and $\mu = 3$, $\Sigma = 1$, $\kappa = \frac12$.
#
# - `as_density_in_w(A, B, v)` returns the triple `(mu, Sigma, log_kappa)`: a tensor of shape `(m,)`, one of shape
#   `(m, m)` and a float.
# - `square_term(A, B, v)` returns the number $c$, a float.
#
# `A`, `B` and `v` are float64 tensors of shapes `(n, m)`, `(n, n)` and `(n,)`.


# %% [raw]
# # BEGIN SOLUTION
# %%
def as_density_in_w(A, B, v):
    """Mean, covariance and log factor of the normal density of v as a function of w."""
    # BEGIN SOLUTION
    weighted = torch.linalg.solve(B, A)
    Sigma = torch.linalg.inv(A.T @ weighted)
    mu = Sigma @ (weighted.T @ v)
    # The factor is the same for every w, so take the simplest one.
    normal = torch.distributions.MultivariateNormal
    log_kappa = normal(A @ mu, B).log_prob(v) - normal(mu, Sigma).log_prob(mu)
    return mu, Sigma, log_kappa.item()
    # END SOLUTION


def square_term(A, B, v):
    """The number that completes the square in the exponent, a float."""
    # BEGIN SOLUTION
    mu, Sigma, _ = as_density_in_w(A, B, v)
    return (mu @ torch.linalg.solve(Sigma, mu)).item()
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For A = 2, B = 4 and v = 6 the mean is 3, the variance 1, log kappa is -0.693 and the square term 9.
"""  # END TEST CONFIG


def test_single_numbers(as_density_in_w, square_term):
    import numpy as np
    import torch

    A, B, v = (torch.tensor(value, dtype=torch.float64) for value in ([[2.0]], [[4.0]], [6.0]))
    got = as_density_in_w(A, B, v)
    assert got is not None, "as_density_in_w(...) returned None: expected (mu, Sigma, log_kappa)"
    assert isinstance(got, (tuple, list)) and len(got) == 3, "expected the triple (mu, Sigma, log_kappa)"
    mu, Sigma, log_kappa = got
    assert isinstance(mu, torch.Tensor) and isinstance(Sigma, torch.Tensor), "mu and Sigma should be tensors"
    assert mu.shape == (1,), f"mu: expected shape (1,), got {tuple(mu.shape)}"
    assert Sigma.shape == (1, 1), f"Sigma: expected shape (1, 1), got {tuple(Sigma.shape)}"
    assert abs(mu.item() - 3) < 1e-9, f"mu: expected 3, got {mu.item()}"
    assert abs(Sigma.item() - 1) < 1e-9, f"Sigma: expected 1, got {Sigma.item()}"
    assert np.shape(log_kappa) == (), "log_kappa should be one number"
    assert abs(float(log_kappa) - np.log(0.5)) < 1e-9, f"log_kappa: expected -0.6931, got {float(log_kappa):.4f}"
    got = square_term(A, B, v)
    assert got is not None, "square_term(...) returned None: expected a float"
    assert np.shape(got) == () and abs(float(got) - 9) < 1e-9, f"square_term: expected 9, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The two sides of the equation differ for some w. Does the mean take B into account, and is the factor
  right when A is not square or not of determinant 1?
"""  # END TEST CONFIG


def test_both_sides_for_many_w(as_density_in_w):
    import torch
    from torch.distributions import MultivariateNormal as Normal

    rng = torch.Generator().manual_seed(1909)
    for n, m in ((1, 1), (2, 1), (3, 3), (5, 3), (6, 2)):
        A = torch.randn(n, m, generator=rng, dtype=torch.float64) + torch.eye(n, m) * 3
        root = torch.randn(n, n, generator=rng, dtype=torch.float64)
        B = root @ root.T + 0.5 * torch.eye(n)
        v = 3 * torch.randn(n, generator=rng, dtype=torch.float64)
        mu, Sigma, log_kappa = as_density_in_w(A, B, v)
        assert mu.shape == (m,) and Sigma.shape == (m, m)
        assert (Sigma - Sigma.T).abs().max() <= 1e-10
        Sigma = (Sigma + Sigma.T) / 2
        w = mu + 2 * torch.randn(20, m, generator=rng, dtype=torch.float64)
        left = Normal(w @ A.T, B).log_prob(v)
        right = float(log_kappa) + Normal(mu, Sigma).log_prob(w)
        # logarithms of size 100 to 1000, condition numbers up to about 1000
        assert (left - right).abs().max() <= 1e-9 * (1 + left.abs().max())
        if n == m:
            assert abs(float(log_kappa) + torch.linalg.slogdet(A).logabsdet.item()) <= 1e-9


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: With your term the bracket is no perfect square. What is its smallest value over all w, and what should
  it be?
"""  # END TEST CONFIG


def test_square_is_perfect(square_term):
    import torch

    rng = torch.Generator().manual_seed(1910)
    for n, m in ((1, 1), (3, 1), (3, 3), (5, 2)):
        A = torch.randn(n, m, generator=rng, dtype=torch.float64) + torch.eye(n, m) * 3
        root = torch.randn(n, n, generator=rng, dtype=torch.float64)
        B = root @ root.T + 0.5 * torch.eye(n)
        v = 3 * torch.randn(n, generator=rng, dtype=torch.float64)
        # the bracket is smallest in w where its gradient is zero; there it has to be 0
        whiten = torch.linalg.inv(torch.linalg.cholesky(B))
        w = torch.linalg.lstsq(whiten @ A, (whiten @ v)[:, None]).solution
        bracket = (whiten @ A @ w).square().sum() - 2 * (whiten @ v) @ (whiten @ A @ w)[:, 0]
        # condition numbers up to about 1000
        assert abs(bracket.item() + float(square_term(A, B, v))) <= 1e-9 * (1 + bracket.abs().item())


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-18.5"
# # BEGIN QUESTION
# name: q5_product
# points: 4

# %% [markdown]
# ## 5. The product of two normal densities
#
# Two normal densities in the same $x$, multiplied, are a normal density again, up to a factor:
#
# $$\text{Norm}_x[a, A] \cdot \text{Norm}_x[b, B] = \kappa \cdot
# \text{Norm}_x[\mu, \Sigma] \qquad\text{for every } x .$$
#
# Write the exponent as $-\frac12 \big( x^T P x - 2\, x^T h + c \big) + \text{rest}$, with a $c$ that makes the
# bracket a perfect square. Beware: $c$ may not depend on $x$. For single numbers with $a = 0$, $A = 1$, $b = 4$ and
# $B = 3$: $P = h = c = \frac43$, so $\mu = 1$, $\Sigma = \frac34$, and
# $\log \kappa = -\frac12 \log(8 \pi) - 2 \approx -3.6121$.
#
# - `gaussian_product(a, A, b, B)` returns the triple `(mu, Sigma, log_kappa)`: tensors of shapes `(D,)` and `(D, D)`
#   and a float.
# - `completion_term(a, A, b, B)` returns the number $c$, a float.
#
# `a`, `b` have shape `(D,)`, the covariances `A`, `B` shape `(D, D)`, all float64. Each covariance is symmetric and
# positive definite; its entries off the diagonal need not be zero.
#
# Then set each entry of `product_facts` to `True` or `False`.
#
# - `"narrower"`: in every direction, the variance of $\text{Norm}_x[\mu, \Sigma]$ is below that of both factors.
# - `"on_the_line"`: $\mu$ always lies on the straight line through $a$ and $b$.
# - `"is_a_density"`: the product of the two densities integrates to 1.
# - `"density_of_the_sum"`: if $u$ and $v$ are independent, with the two densities as theirs, then $u + v$ has the
#   density $\text{Norm}_x[\mu, \Sigma]$.
# - `"distance_matters"`: moving $b$ away from $a$, with $A$ and $B$ as they are, changes $\Sigma$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def gaussian_product(a, A, b, B):
    """Mean, covariance and log factor of the product of two normal densities."""
    # BEGIN SOLUTION
    Sigma = torch.linalg.inv(torch.linalg.inv(A) + torch.linalg.inv(B))
    mu = Sigma @ (torch.linalg.solve(A, a) + torch.linalg.solve(B, b))
    log_kappa = torch.distributions.MultivariateNormal(b, A + B).log_prob(a)
    return mu, Sigma, log_kappa.item()
    # END SOLUTION


def completion_term(a, A, b, B):
    """The number that completes the square in the exponent of the product, a float."""
    # BEGIN SOLUTION
    mu, Sigma, _ = gaussian_product(a, A, b, B)
    return (mu @ torch.linalg.solve(Sigma, mu)).item()
    # END SOLUTION


product_facts = {}
product_facts["narrower"] = True  # SOLUTION
product_facts["on_the_line"] = False  # SOLUTION
product_facts["is_a_density"] = False  # SOLUTION
product_facts["density_of_the_sum"] = False  # SOLUTION
product_facts["distance_matters"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For a = 0, A = 1, b = 4 and B = 3 the mean is 1, the variance 3/4, log kappa is -3.6121 and the
  completion term 4/3; product_facts holds five booleans.
"""  # END TEST CONFIG


def test_product_on_a_line(gaussian_product, completion_term, product_facts):
    import numpy as np
    import torch

    a, A, b, B = (torch.tensor(value, dtype=torch.float64) for value in ([0.0], [[1.0]], [4.0], [[3.0]]))
    got = gaussian_product(a, A, b, B)
    assert got is not None, "gaussian_product(...) returned None: expected (mu, Sigma, log_kappa)"
    assert isinstance(got, (tuple, list)) and len(got) == 3, "expected the triple (mu, Sigma, log_kappa)"
    mu, Sigma, log_kappa = got
    assert isinstance(mu, torch.Tensor) and isinstance(Sigma, torch.Tensor), "mu and Sigma should be tensors"
    assert mu.shape == (1,), f"mu: expected shape (1,), got {tuple(mu.shape)}"
    assert Sigma.shape == (1, 1), f"Sigma: expected shape (1, 1), got {tuple(Sigma.shape)}"
    assert abs(mu.item() - 1) < 1e-9, f"mu: expected 1, got {mu.item()}"
    assert abs(Sigma.item() - 0.75) < 1e-9, f"Sigma: expected 0.75, got {Sigma.item()}"
    assert np.shape(log_kappa) == (), "log_kappa should be one number"
    assert abs(float(log_kappa) + 3.6121) < 1e-4, f"log_kappa: expected -3.6121, got {float(log_kappa):.4f}"
    got = completion_term(a, A, b, B)
    assert got is not None, "completion_term(...) returned None: expected a float"
    assert np.shape(got) == () and abs(float(got) - 4 / 3) < 1e-9, f"completion_term: expected 1.3333, got {got}"
    assert isinstance(product_facts, dict), "product_facts should be a dictionary"
    for key in ("narrower", "on_the_line", "is_a_density", "density_of_the_sum", "distance_matters"):
        fact = product_facts.get(key)
        assert isinstance(fact, (bool, np.bool_)), f"product_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The product of the densities and your right side differ for some x. By what are the two means weighted,
  and how large is the product at its peak?
"""  # END TEST CONFIG


def test_product_for_many_x(gaussian_product):
    import torch
    from torch.distributions import MultivariateNormal as Normal

    rng = torch.Generator().manual_seed(1911)
    for d in (1, 2, 3, 6):
        roots = torch.randn(2, d, d, generator=rng, dtype=torch.float64)
        A, B = roots @ roots.mT + 0.5 * torch.eye(d)
        a, b = 2 * torch.randn(2, d, generator=rng, dtype=torch.float64)
        x = 2 * torch.randn(20, d, generator=rng, dtype=torch.float64)
        left = Normal(a, A).log_prob(x) + Normal(b, B).log_prob(x)
        mu, Sigma, log_kappa = gaussian_product(a, A, b, B)
        assert mu.shape == (d,) and Sigma.shape == (d, d)
        assert (Sigma - Sigma.T).abs().max() <= 1e-10
        right = float(log_kappa) + Normal(mu, (Sigma + Sigma.T) / 2).log_prob(x)
        # condition numbers up to about 100
        assert (left - right).abs().max() <= 1e-9 * (1 + left.abs().max())
        swapped = gaussian_product(b, B, a, A)
        assert abs(float(swapped[2]) - float(log_kappa)) <= 1e-9 * (1 + left.abs().max())


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: With your term the bracket is no perfect square in x. Compute its smallest value for a small example.
"""  # END TEST CONFIG


def test_completion_for_many_x(completion_term):
    import torch

    rng = torch.Generator().manual_seed(1912)
    for d in (1, 2, 5):
        roots = torch.randn(2, d, d, generator=rng, dtype=torch.float64)
        A, B = roots @ roots.mT + 0.5 * torch.eye(d)
        a, b = 2 * torch.randn(2, d, generator=rng, dtype=torch.float64)

        def bracket(x):
            """x^T P x - 2 x^T h, from the two quadratic forms without their constants."""
            total = 0
            for mean, cov in ((a, A), (b, B)):
                total = total + (x - mean) @ torch.linalg.solve(cov, x - mean)
                total = total - mean @ torch.linalg.solve(cov, mean)
            return total

        x = torch.zeros(d, dtype=torch.float64, requires_grad=True)
        slope = torch.autograd.grad(bracket(x), x)[0]
        curvature = torch.autograd.functional.hessian(bracket, x)
        lowest = bracket(-torch.linalg.solve(curvature, slope)).item()
        # condition numbers up to about 100
        assert abs(lowest + float(completion_term(a, A, b, B))) <= 1e-9 * (1 + abs(lowest))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about products is decided wrongly.
"""  # END TEST CONFIG


def test_product_facts(product_facts):
    import torch

    axis = torch.linspace(-12, 12, 241, dtype=torch.float64)
    x = torch.cartesian_prod(axis, axis)
    cell = (axis[1] - axis[0]).item() ** 2
    A = torch.tensor([[1.0, 0.6], [0.6, 1.0]], dtype=torch.float64)
    B = torch.tensor([[0.5, 0.0], [0.0, 3.0]], dtype=torch.float64)
    normal = torch.distributions.MultivariateNormal

    def moments(b):
        """Integral, mean and covariance of the product of the densities, on a grid."""
        b = torch.tensor(b, dtype=torch.float64)
        p = (normal(torch.zeros(2, dtype=torch.float64), A).log_prob(x) + normal(b, B).log_prob(x)).exp()
        mean = (p[:, None] * x).sum(dim=0) / p.sum()
        return p.sum().item() * cell, mean, (p[:, None] * (x - mean)).T @ (x - mean) / p.sum()

    integral, mean, cov = moments([1.0, 2.0])
    variances = torch.cat([torch.linalg.eigvalsh(A - cov), torch.linalg.eigvalsh(B - cov)])
    found = {
        "narrower": variances.min() > 1e-6,
        "on_the_line": abs(mean[1] - 2 * mean[0]) < 1e-6,
        "is_a_density": abs(integral - 1) < 1e-6,
        "density_of_the_sum": (mean - torch.tensor([1.0, 2.0])).abs().max() < 1e-6,
        "distance_matters": (moments([2.0, -1.0])[2] - cov).abs().max() > 1e-6,
    }
    for key, fact in found.items():
        assert bool(product_facts[key]) == bool(fact)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-18.6"
# # BEGIN QUESTION
# name: q6_posterior
# points: 4

# %% [markdown]
# ## 6. The previous step, if start and end are known
#
# Nobody can tell $z_{t-1}$ from $z_t$ alone. But if $x$ is known as well, as in training, Bayes' rule gives
#
# $$q(z_{t-1} \mid z_t, x) \;\propto\; q(z_t \mid z_{t-1})\; q(z_{t-1} \mid x)
# = \text{Norm}_{z_t}\big[\sqrt{1 - \beta_t}\, z_{t-1},\; \beta_t I\big] \cdot
# \text{Norm}_{z_{t-1}}\big[\sqrt{\alpha_{t-1}}\, x,\; (1 - \alpha_{t-1}) I\big] .$$
#
# Read the first factor as a function of $z_{t-1}$, multiply the two, and $z_{t-1}$ turns out normal, with the same
# variance in every coordinate and a mean that is linear in $z_t$ and $x$. For $\beta = (0.36, 0.75)$, $t = 2$,
# $z_2 = 7$ and $x = 0$ the mean is 1.5 and the variance $\frac{9}{28}$.
#
# - `posterior(z_t, x, t, betas)` returns the pair `(mean, variance)`: a tensor of shape `(N, D)` and a float. `z_t` and
#   `x` are float64 tensors of shape `(N, D)`, `t` an integer from 1 to $T$, the same for all rows, and `betas` the
#   schedule. For $t = 1$ the previous step is $x$ itself: the mean is $x$, the variance 0, and nothing is `nan`.
#
# The figure below compares the three densities for one coordinate.


# %% [raw]
# # BEGIN SOLUTION
# %%
def posterior(z_t, x, t, betas):
    """Mean, (N, D), and variance, a float, of z_(t-1) given z_t and x."""
    # BEGIN SOLUTION
    beta = betas[t - 1]
    before = (1 - betas[: t - 1]).prod()
    now = before * (1 - beta)
    mean = ((1 - before) * torch.sqrt(1 - beta) * z_t + torch.sqrt(before) * beta * x) / (1 - now)
    return mean, (beta * (1 - before) / (1 - now)).item()
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %%
def draw_posterior():
    schedule = torch.full((40,), 0.05, dtype=torch.float64)
    x, z_t = 2.0, -0.2
    axis = np.linspace(-3, 4, 400)
    figure, axes = plt.subplots(1, 3, figsize=(12, 2.6), sharey=True)
    for panel, step in zip(axes, (2, 10, 40)):
        kept = 0.95 ** (step - 1)
        mean, variance = posterior(*torch.tensor([[[z_t]], [[x]]], dtype=torch.float64), step, schedule)
        curves = (
            ("from $x$ alone", math.sqrt(kept) * x, 1 - kept),
            ("from $z_t$ alone", z_t / math.sqrt(0.95), 0.05 / 0.95),
            ("from both", mean.item(), float(variance)),
        )
        for label, centre, spread in curves:
            density = np.exp(-((axis - centre) ** 2) / (2 * spread)) / math.sqrt(2 * math.pi * spread)
            panel.plot(axis, density, label=label)
        panel.set(title=f"$z_{{{step - 1}}}$, if $x = {x}$ and $z_{{{step}}} = {z_t}$", xlabel=f"$z_{{{step - 1}}}$")
    axes[0].legend()
    figure.tight_layout()


show(draw_posterior)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For the schedule (0.36, 0.75), t = 2, z_2 = 7 and x = 0 the mean is 1.5 and the variance 9/28; for t =
  1 the mean is x and the variance 0.
"""  # END TEST CONFIG


def test_posterior_of_two_steps(posterior):
    import numpy as np
    import torch

    betas = torch.tensor([0.36, 0.75], dtype=torch.float64)
    z_t, x = torch.full((1, 1), 7.0, dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64)
    got = posterior(z_t, x, 2, betas)
    assert got is not None, "posterior(...) returned None: expected (mean, variance)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "posterior should return the pair (mean, variance)"
    mean, variance = got
    assert isinstance(mean, torch.Tensor), f"the mean should be a tensor, got {type(mean).__name__}"
    assert mean.shape == (1, 1), f"mean: expected shape (1, 1), got {tuple(mean.shape)}"
    assert abs(mean.item() - 1.5) < 1e-9, f"mean: expected 1.5, got {mean.item()}"
    assert np.shape(variance) == (), f"the variance should be one number, got shape {np.shape(variance)}"
    assert abs(float(variance) - 9 / 28) < 1e-9, f"variance: expected 0.3214, got {float(variance):.4f}"
    mean, variance = posterior(z_t, x + 5, 1, betas)
    assert abs(mean.item() - 5) < 1e-9, f"mean for t = 1: expected x = 5, got {mean.item()}"
    assert abs(float(variance)) < 1e-9, f"variance for t = 1: expected 0, got {float(variance)}"


# %%
""" # BEGIN TEST CONFIG
points: 3
hidden: true
failure_message: Mean or variance differ from those of the joint distribution of z_(t-1) and z_t, given x. Which alpha
  belongs to t, which to t - 1, and which coefficient goes with x?
"""  # END TEST CONFIG


def test_posterior_against_joint(posterior):
    import torch

    rng = torch.Generator().manual_seed(1914)
    for size, n, d in ((1, 2, 3), (2, 1, 1), (4, 5, 2), (30, 3, 4)):
        betas = 0.02 + 0.5 * torch.rand(size, generator=rng, dtype=torch.float64)
        for t in sorted({1, 2, 3, size // 2, size} & set(range(1, size + 1))):
            z_t, x = 2 * torch.randn(2, n, d, generator=rng, dtype=torch.float64)
            # each of z_(t-1), z_t is a factor times x plus weights times the noises of the steps
            factor, weights, rows = 1.0, torch.zeros(size, dtype=torch.float64), []
            for step in range(t):
                rows.append((factor, weights))
                factor = factor * (1 - betas[step]).sqrt()
                weights = (1 - betas[step]).sqrt() * weights
                weights[step] = betas[step].sqrt()
            before, spread = rows[-1]
            gain = (spread @ weights) / (weights @ weights)
            mean, variance = posterior(z_t, x, t, betas)
            # a few products; 1 - alpha is at least 0.02
            assert mean.shape == (n, d) and mean.dtype == torch.float64
            assert (mean - before * x - gain * (z_t - factor * x)).abs().max() <= 1e-11
            assert abs(float(variance) - (spread @ spread - gain * (spread @ weights)).item()) <= 1e-12


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-18.10"
# # BEGIN QUESTION
# name: q7_noise_form
# points: 4

# %% [markdown]
# ## 7. The same mean without the start
#
# Given $z_t$ and $x$, the previous step $z_{t-1}$ is normal, with a mean that is linear in both (question 6). But when
# samples are made, $x$ is what we want to know, so a mean that needs it is of no use. Now
# $z_t = \sqrt{\alpha_t}\, x + \sqrt{1 - \alpha_t}\; \epsilon$, and whoever knows $\epsilon$, the noise in $z_t$, knows
# $x$. Put this in place of $x$, and collect what belongs to $z_t$. You meet the fraction
#
# $$\frac{(1 - \alpha_{t-1})(1 - \beta_t) + \beta_t}{(1 - \alpha_t)\sqrt{1 - \beta_t}} .$$
#
# For $\beta = (0.36, 0.75)$, $t = 2$ and $z_2 = 2$: the fraction is $2$; without noise, $\epsilon = 0$, we have
# $x = 5$, and the mean is $4$.
#
# - `z_coefficient(beta_t)`: the value of the fraction, a float, for $\beta_t$ and *any* $\alpha_{t-1}$, which therefore
#   is no argument.
# - `x_from_noise(z_t, noise, t, betas)`: the $x$ that belongs to $z_t$ and $\epsilon$.
# - `mean_from_noise(z_t, noise, t, betas)`: the mean of $q(z_{t-1} \mid z_t, x)$ for this $x$, simplified so that
#   neither $x$ nor $\alpha_{t-1}$ is left.
#
# `z_t`, `noise` and the last two results are float64 tensors of shape `(N, D)`, `t` is an integer from 1 to $T$.
# Results should be right to ten digits. In the mean, divide nothing by $\alpha_t$: for long schedules it may come out
# as 0.


# %% [raw]
# # BEGIN SOLUTION
# %%
def z_coefficient(beta_t):
    """Coefficient of z_t in the mean of the previous step, a float."""
    # BEGIN SOLUTION
    return 1 / math.sqrt(1 - beta_t)
    # END SOLUTION


def x_from_noise(z_t, noise, t, betas):
    """The example that the noise has turned into z_t, (N, D)."""
    # BEGIN SOLUTION
    alpha = (1 - betas[:t]).prod()
    return (z_t - torch.sqrt(1 - alpha) * noise) / torch.sqrt(alpha)
    # END SOLUTION


def mean_from_noise(z_t, noise, t, betas):
    """Mean of the previous step given z_t and the noise in it, (N, D)."""
    # BEGIN SOLUTION
    beta, alpha = betas[t - 1].item(), (1 - betas[:t]).prod()
    return z_coefficient(beta) * (z_t - beta / torch.sqrt(1 - alpha) * noise)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For the schedule (0.36, 0.75), t = 2, z_2 = 2 and no noise the fraction is 2, x is 5 and the mean is 4.
"""  # END TEST CONFIG


def test_without_noise(z_coefficient, x_from_noise, mean_from_noise):
    import numpy as np
    import torch

    got = z_coefficient(0.75)
    assert got is not None, "z_coefficient(0.75) returned None: expected a float"
    assert np.shape(got) == () and abs(float(got) - 2) < 1e-9, f"z_coefficient(0.75): expected 2, got {got}"
    betas = torch.tensor([0.36, 0.75], dtype=torch.float64)
    z_t, noise = torch.full((1, 1), 2.0, dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64)
    for name, got, expected in (
        ("x_from_noise", x_from_noise(z_t, noise, 2, betas), 5),
        ("mean_from_noise", mean_from_noise(z_t, noise, 2, betas), 4),
    ):
        assert isinstance(got, torch.Tensor), f"{name} should return a tensor, got {type(got).__name__}"
        assert got.shape == (1, 1), f"{name}: expected shape (1, 1), got {tuple(got.shape)}"
        assert abs(got.item() - expected) < 1e-9, f"{name}: expected {expected}, got {got.item()}"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The fraction has another value, or x is not the example from which the noise made z_t.
"""  # END TEST CONFIG


def test_fraction_and_start(z_coefficient, x_from_noise):
    import torch

    rng = torch.Generator().manual_seed(1915)
    for _ in range(20):
        before, beta = torch.rand(2, generator=rng, dtype=torch.float64).tolist()
        beta = 0.01 + 0.98 * beta
        fraction = ((1 - before) * (1 - beta) + beta) / ((1 - before * (1 - beta)) * (1 - beta) ** 0.5)
        # a root of at least 0.1 in the denominator
        assert abs(float(z_coefficient(beta)) - fraction) <= 1e-11 * fraction
    for size, n, d in ((1, 1, 1), (3, 2, 4), (9, 5, 2)):
        betas = 0.01 + 0.4 * torch.rand(size, generator=rng, dtype=torch.float64)
        x, noise = torch.randn(2, n, d, generator=rng, dtype=torch.float64)
        weight, spread = 1.0, 0.0
        for t in range(1, size + 1):
            beta = betas[t - 1].item()
            weight, spread = weight * (1 - beta) ** 0.5, beta + (1 - beta) * spread
            got = x_from_noise(weight * x + spread**0.5 * noise, noise, t, betas)
            # alpha is at least 0.6^9 = 0.01
            assert got.shape == (n, d) and got.dtype == torch.float64
            assert (got - x).abs().max() <= 1e-11


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The mean in terms of the noise is not the mean of z_(t-1) given z_t and x. Check the factor of the
  noise, the first step, and long schedules.
"""  # END TEST CONFIG


def test_mean_without_start(mean_from_noise):
    import torch

    rng = torch.Generator().manual_seed(1916)
    for size, n, d in ((1, 2, 3), (2, 1, 1), (6, 4, 2), (4000, 2, 2)):
        betas = 0.01 + 0.5 * torch.rand(size, generator=rng, dtype=torch.float64)
        for t in sorted({1, 2, 3, size} & set(range(1, size + 1))):
            x, noise = torch.randn(2, n, d, generator=rng, dtype=torch.float64)
            # variances of z_(t-1) and z_t given x, step by step
            scale, before, now = 1.0, 0.0, 0.0
            for beta in betas[:t].tolist():
                earlier, scale, before, now = scale, scale * (1 - beta) ** 0.5, now, beta + (1 - beta) * now
            # E[z_(t-1) | z_t, x]: its mean given x, plus covariance over variance times the surprise in z_t
            expected = earlier * x + (1 - beta) ** 0.5 * before / now**0.5 * noise
            got = mean_from_noise(scale * x + now**0.5 * noise, noise, t, betas)
            # roots of at least 0.1 in the denominators
            assert got.shape == (n, d) and got.dtype == torch.float64
            assert (got - expected).abs().max() <= 1e-11


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-18.7"
# # BEGIN QUESTION
# name: q8_elbo
# points: 5

# %% [markdown]
# ## 8. A bound as a sum of divergences
#
# A diffusion model has a decoder $Pr(z_{t-1} \mid z_t)$ for every step, $z_0 = x$, and a standard normal prior
# $Pr(z_T)$. Its parameters are fitted by making a bound on $\log Pr(x)$ large:
#
# $$\text{ELBO}(x) \approx \mathbb{E}_{q(z_1, \dots, z_T \mid x)}\Big[ \log Pr(x \mid z_1) +
# \sum_{t=2}^{T} \log \frac{Pr(z_{t-1} \mid z_t)}{q(z_{t-1} \mid z_t, x)} \Big] .$$
#
# The $\approx$ is there because a term that holds no parameters has been dropped: $- D_{KL}[q(z_T \mid x) \| Pr(z_T)]$,
# the **prior term**. The right side is the first form of the bound. From here on, split the mean of the sum into means.
# In each, integrate over those $z$ that do not occur, and write $q(z_{t-1}, z_t \mid x)$ as
# $q(z_t \mid x)\, q(z_{t-1} \mid z_t, x)$. What you get is the second form:
#
# $$\mathbb{E}_{q(z_1 \mid x)}\big[\log Pr(x \mid z_1)\big] -
# \sum_{t=2}^{T} \mathbb{E}_{q(z_t \mid x)}\Big[
# D_{KL}\big[ q(z_{t-1} \mid z_t, x) \,\Vert\, Pr(z_{t-1} \mid z_t) \big] \Big] .$$
#
# Compute it exactly for $D = 1$, where everything is linear and normal. For each step $t$ there are eight numbers:
#
# - $q(z_t \mid x) = \text{Norm}[m, v]$ and, for $t \ge 2$, $q(z_{t-1} \mid z_t, x) = \text{Norm}[p\, z_t + r,\; \tau]$,
# - the decoder $Pr(z_{t-1} \mid z_t) = \text{Norm}[a\, z_t + c,\; s]$, with the variance $s$; for $t = 1$ it is
#   $Pr(x \mid z_1)$.
#
# Write
#
# - `reconstruction(x, m, v, a, c, s)`: the first term of the second form, a float; all arguments are numbers that
#   belong to $t = 1$. For $x = 0$, $m = v = a = s = 1$ and $c = 0$ it is $-\frac12 \log(2\pi) - 1$.
# - `expected_kl(m, v, p, r, tau, a, c, s)`: the mean divergence of step $t$. The arguments are float64 tensors of one
#   shape, with an entry for each of several steps; the result has the same shape. For $v = 2$, $p = \tau = s = 1$ and
#   $m = r = a = c = 0$ it is 1.
# - `elbo(x, encoder, decoder)`: the second form, a float. `encoder` is the tuple `(m, v, p, r, tau)` and `decoder` the
#   tuple `(a, c, s)` of tensors of shape `(T,)`, $T \ge 1$, step 1 first. The first entries of `p`, `r` and `tau`
#   mean nothing, and may be `nan`.
#
# Then set each entry of `elbo_facts` to `True` or `False`; the statements are about models of this kind.
#
# - `"exact"`: the first and the second form are equal, without approximation.
# - `"kl_at_the_mean"`: the mean of a divergence over $q(z_t \mid x)$ equals the divergence at the mean of $z_t$.
# - `"reversed"`: the second form keeps its value if the two arguments of each divergence are swapped.
# - `"zero_if_equal"`: if the decoders of steps $2, \dots, T$ equal $q(z_{t-1} \mid z_t, x)$ for an $x$, all divergences
#   are 0 for this $x$.
# - `"below_without_prior_term"`: the second form is never above $\log Pr(x)$.
# - `"below_with_prior_term"`: with $D_{KL}[q(z_T \mid x) \| Pr(z_T)]$ subtracted as well, it is never above
#   $\log Pr(x)$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def reconstruction(x, m, v, a, c, s):
    """Mean log density of x under the first decoder, a float."""
    # BEGIN SOLUTION
    return -0.5 * (math.log(2 * math.pi * s) + ((x - a * m - c) ** 2 + a**2 * v) / s)
    # END SOLUTION


def expected_kl(m, v, p, r, tau, a, c, s):
    """Mean divergence of a decoder from the posterior of the step, a tensor with an entry for each step."""
    # BEGIN SOLUTION
    distance = ((p - a) * m + r - c) ** 2 + (p - a) ** 2 * v
    return 0.5 * (torch.log(s / tau) - 1 + (tau + distance) / s)
    # END SOLUTION


def elbo(x, encoder, decoder):
    """Reconstruction minus the divergences of steps 2, ..., T, a float."""
    # BEGIN SOLUTION
    m, v, *_ = (values[0].item() for values in encoder)
    first = reconstruction(x, m, v, *(values[0].item() for values in decoder))
    return first - expected_kl(*(values[1:] for values in (*encoder, *decoder))).sum().item()
    # END SOLUTION


elbo_facts = {}
elbo_facts["exact"] = True  # SOLUTION
elbo_facts["kl_at_the_mean"] = False  # SOLUTION
elbo_facts["reversed"] = False  # SOLUTION
elbo_facts["zero_if_equal"] = True  # SOLUTION
elbo_facts["below_without_prior_term"] = False  # SOLUTION
elbo_facts["below_with_prior_term"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The two examples give -1.9189 and 1, together a bound of -2.9189; elbo_facts holds six booleans.
"""  # END TEST CONFIG


def test_two_step_example(reconstruction, expected_kl, elbo, elbo_facts):
    import numpy as np
    import torch

    # columns: m, v, p, r, tau, a, c, s for steps 1 and 2
    steps = [[1, 1, np.nan, np.nan, np.nan, 1, 0, 1], [0, 2, 1, 0, 1, 0, 0, 1]]
    columns = torch.tensor(steps, dtype=torch.float64).T
    second = expected_kl(*columns[:, 1:])
    assert isinstance(second, torch.Tensor), f"expected_kl should return a tensor, got {type(second).__name__}"
    assert second.shape == (1,), f"expected_kl of one step: expected shape (1,), got {tuple(second.shape)}"
    assert abs(second.item() - 1) < 1e-9, f"expected_kl: expected 1, got {second.item()}"
    for name, got, expected in (
        ("reconstruction", reconstruction(0.0, 1.0, 1.0, 1.0, 0.0, 1.0), -0.5 * np.log(2 * np.pi) - 1),
        ("elbo", elbo(0.0, tuple(columns[:5]), tuple(columns[5:])), -0.5 * np.log(2 * np.pi) - 2),
    ):
        assert got is not None, f"{name} returned None: expected a float"
        assert np.shape(got) == (), f"{name}: expected one number, got shape {np.shape(got)}"
        assert abs(float(got) - expected) < 1e-9, f"{name}: expected {expected:.4f}, got {float(got):.4f}"
    assert isinstance(elbo_facts, dict), "elbo_facts should be a dictionary"
    keys = ("exact", "kl_at_the_mean", "reversed", "zero_if_equal")
    for key in (*keys, "below_without_prior_term", "below_with_prior_term"):
        fact = elbo_facts.get(key)
        assert isinstance(fact, (bool, np.bool_)), f"elbo_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The mean of a term over q is wrong. Which of its factors are random, and what is the mean of the square
  of a random number?
"""  # END TEST CONFIG


def test_terms_against_quadrature(reconstruction, expected_kl):
    import numpy as np
    import torch
    from torch.distributions import Normal, kl_divergence

    # means of polynomials of degree up to 7 under a standard normal, exactly
    nodes, weights = (torch.tensor(values) for values in np.polynomial.hermite_e.hermegauss(4))
    weights = weights / weights.sum()
    rng = torch.Generator().manual_seed(1918)
    for size in (1, 2, 9):
        m, p, r, a, c, x = 1.5 * torch.randn(6, size, generator=rng, dtype=torch.float64)
        v, tau, s = 0.1 + torch.rand(3, size, generator=rng, dtype=torch.float64)
        z = m + v.sqrt() * nodes[:, None]
        divergence = kl_divergence(Normal(p * z + r, tau.sqrt()), Normal(a * z + c, s.sqrt()))
        expected = weights @ divergence
        got = expected_kl(m, v, p, r, tau, a, c, s)
        # sums of a few terms, divided by variances of at least 0.1
        assert got.shape == (size,) and (got - expected).abs().max() <= 1e-10 * (1 + expected.max())
        expected = weights @ Normal(a * z + c, s.sqrt()).log_prob(x)
        for index in range(size):
            numbers = [values[index].item() for values in (x, m, v, a, c, s)]
            assert abs(float(reconstruction(*numbers)) - expected[index]) <= 1e-10 * (1 + expected[index].abs())


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The second form differs from the first, averaged over whole trajectories. Which steps have a
  divergence, with which sign?
"""  # END TEST CONFIG


def test_elbo_against_first_form(elbo):
    import numpy as np
    import torch
    from torch.distributions import Normal

    def log_density(z, mean, variance):
        return Normal(mean, variance.sqrt()).log_prob(z)

    nodes, weights = (torch.tensor(values) for values in np.polynomial.hermite_e.hermegauss(4))
    weights = weights / weights.sum()
    pairs = weights[:, None] * weights
    rng = torch.Generator().manual_seed(1919)
    for size in (1, 2, 3, 6):
        betas = 0.1 + 0.5 * torch.rand(size, generator=rng, dtype=torch.float64)
        x = torch.randn((), generator=rng, dtype=torch.float64)
        a, c = torch.randn(2, size, generator=rng, dtype=torch.float64)
        s = 0.2 + torch.rand(size, generator=rng, dtype=torch.float64)
        kept, m, v, posterior, total = torch.ones((), dtype=torch.float64), [], [], [], 0.0
        for t, beta in enumerate(betas):
            keep, before = (1 - beta).sqrt(), 1 - kept
            now = 1 - kept * (1 - beta)
            if t == 0:
                z1 = keep * x + beta.sqrt() * nodes
                total = total + weights @ log_density(x, a[0] * z1 + c[0], s[0])
                posterior.append((np.nan, np.nan, np.nan))
            else:
                # both steps are drawn forward; Bayes' rule gives log q(z_(t-1) | z_t, x)
                old = kept**0.5 * x + before**0.5 * nodes[:, None]
                new = keep * old + beta.sqrt() * nodes
                log_q = log_density(new, keep * old, beta) + log_density(old, kept**0.5 * x, before)
                log_q = log_q - log_density(new, keep * kept**0.5 * x, now)
                total = total + (pairs * (log_density(old, a[t] * new + c[t], s[t]) - log_q)).sum()
                gain = keep * before / now
                posterior.append((gain, kept**0.5 * x * (1 - gain * keep), before * (1 - gain * keep)))
            kept = kept * (1 - beta)
            m.append(kept.sqrt() * x)
            v.append(1 - kept)
        encoder = (*torch.tensor([m, v], dtype=torch.float64), *torch.tensor(posterior, dtype=torch.float64).T)
        got = elbo(x.item(), encoder, (a, c, s))
        # six terms, divided by variances of at least 0.1
        assert abs(float(got) - total) <= 1e-10 * (1 + abs(total))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six statements about the bound is decided wrongly.
"""  # END TEST CONFIG


def test_elbo_facts(elbo_facts):
    import numpy as np
    import torch
    from torch.distributions import kl_divergence

    nodes, weights = (torch.tensor(values) for values in np.polynomial.hermite_e.hermegauss(4))
    weights = weights / weights.sum()

    def normal(mean, variance):
        mean, variance = (torch.as_tensor(value, dtype=torch.float64) for value in (mean, variance))
        return torch.distributions.Normal(mean, variance.sqrt())

    def mean(values):
        return (weights @ values).item()

    def forms(x, beta, first, second):
        """Both forms, variants of the second, prior term and log Pr(x) for two steps with the same beta."""
        keep, start = (1 - beta) ** 0.5, torch.tensor(x, dtype=torch.float64)
        gain = keep * beta / (1 - keep**4)
        tau, offset = beta * (1 - gain * keep), keep * x * (1 - gain * keep)
        if second == "posterior":
            second = (gain, offset, tau)
        z1 = keep * x + beta**0.5 * nodes
        q2 = normal(keep**2 * x, 1 - keep**4)
        z2 = q2.mean + q2.stddev * nodes
        q = lambda z: normal(gain * z + offset, tau)
        decoder = lambda z: normal(second[0] * z + second[1], second[2])
        data = mean(normal(first[0] * z1 + first[1], first[2]).log_prob(start))
        old, new = z1[:, None], keep * z1[:, None] + beta**0.5 * nodes
        ratio = ((weights[:, None] * weights) * (decoder(new).log_prob(old) - q(new).log_prob(old))).sum().item()
        divergence = kl_divergence(q(z2), decoder(z2))
        middle = second[0] ** 2 + second[2]
        evidence = normal(first[0] * second[1] + first[1], first[0] ** 2 * middle + first[2]).log_prob(start)
        return {
            "first": data + ratio,
            "second": data - mean(divergence),
            "at mean": data - kl_divergence(q(q2.mean), decoder(q2.mean)).item(),
            "reversed": data - mean(kl_divergence(decoder(z2), q(z2))),
            "divergence": divergence.abs().max().item(),
            "prior": kl_divergence(q2, normal(0, 1)).item(),
            "evidence": evidence.item(),
        }

    rng = np.random.default_rng(1920)
    models = [((a, b, s), (c, d, u)) for a, b, c, d, s, u in np.c_[rng.normal(size=(40, 4)), 0.2 + rng.random((40, 2))]]
    found = [forms(rng.normal(), rng.uniform(0.1, 0.6), *model) for model in models]
    equal = [forms(3.0, beta, (1.0, 0.0, beta), "posterior") for beta in (0.1, 0.3)]
    facts = {
        "exact": all(abs(f["first"] - f["second"]) < 1e-9 * (1 + abs(f["first"])) for f in found),
        "kl_at_the_mean": all(abs(f["at mean"] - f["second"]) < 1e-6 for f in found),
        "reversed": all(abs(f["reversed"] - f["second"]) < 1e-6 for f in found),
        "zero_if_equal": all(f["divergence"] < 1e-9 for f in equal),
        "below_without_prior_term": all(f["second"] <= f["evidence"] + 1e-9 for f in found + equal),
        "below_with_prior_term": all(f["second"] - f["prior"] <= f["evidence"] + 1e-9 for f in found + equal),
    }
    for key, fact in facts.items():
        assert bool(elbo_facts[key]) == bool(fact)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-18.8"
# # BEGIN QUESTION
# name: q9_step_kl
# points: 4

# %% [markdown]
# ## 9. What is left to learn
#
# The loss of a diffusion model is a sum of divergences. At step $t \ge 2$ both distributions are normal with the same
# variance in all $D$ coordinates:
#
# $$D_{KL}\big[\, q(z_{t-1} \mid z_t, x) \,\Vert\, Pr(z_{t-1} \mid z_t) \,\big]
# = D_{KL}\big[ \text{Norm}[\mu, \tau I] \,\Vert\, \text{Norm}[f, \sigma^2 I] \big] .$$
#
# Here $f = f_t[z_t, \phi_t]$ is what the network computes; $\mu$ and $\tau$ are known, and $\sigma^2$ is set by hand.
# Use the closed form from the recap, evaluate its trace and determinants, and split the result into a part with $f$ and
# a part without it. For $D = 2$, $\mu = (1, 1)$, $f = (3, 1)$, $\tau = 1$ and $\sigma^2 = 2$ the parts are 1 and
# $\log 2 - \frac12$.
#
# - `kl_split(mu, tau, f, sigma2)` returns the pair `(quadratic, constant)`: a float64 tensor of shape `(N,)`, the part
#   with $f$ for each example, and a float, the part without it. `mu` and `f` have shape `(N, D)`; `tau` and `sigma2`
#   are positive floats.
# - `best_sigma2(mu, tau, f)`: the "constant" is constant only as long as $\sigma^2$ is. If $\sigma^2$ is learned as
#   well, one number for all examples, which value makes the mean divergence of the batch smallest? Return a float. In
#   the example above it is 3.


# %% [raw]
# # BEGIN SOLUTION
# %%
def kl_split(mu, tau, f, sigma2):
    """The part of the divergence that depends on f, (N,), and the part that does not, a float."""
    # BEGIN SOLUTION
    quadratic = ((mu - f) ** 2).sum(dim=1) / (2 * sigma2)
    return quadratic, mu.shape[1] / 2 * (math.log(sigma2 / tau) - 1 + tau / sigma2)
    # END SOLUTION


def best_sigma2(mu, tau, f):
    """Variance of the decoder with the smallest mean divergence, a float."""
    # BEGIN SOLUTION
    return tau + ((mu - f) ** 2).mean().item()
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The example of two coordinates has the parts 1 and log 2 - 1/2, and the best variance 3.
"""  # END TEST CONFIG


def test_two_coordinates(kl_split, best_sigma2):
    import math

    import numpy as np
    import torch

    mu, f = torch.tensor([[[1.0, 1.0]], [[3.0, 1.0]]], dtype=torch.float64)
    got = kl_split(mu, 1.0, f, 2.0)
    assert got is not None, "kl_split(...) returned None: expected (quadratic, constant)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "kl_split should return the pair (quadratic, constant)"
    quadratic, constant = got
    assert isinstance(quadratic, torch.Tensor), f"quadratic should be a tensor, got {type(quadratic).__name__}"
    assert quadratic.shape == (1,), f"quadratic: expected shape (1,), got {tuple(quadratic.shape)}"
    assert abs(quadratic.item() - 1) < 1e-9, f"quadratic: expected 1, got {quadratic.item()}"
    assert np.shape(constant) == (), f"constant should be one number, got shape {np.shape(constant)}"
    expected = math.log(2) - 0.5
    assert abs(float(constant) - expected) < 1e-9, f"constant: expected {expected:.4f}, got {float(constant):.4f}"
    got = best_sigma2(mu, 1.0, f)
    assert got is not None, "best_sigma2(...) returned None: expected a float"
    assert np.shape(got) == () and abs(float(got) - 3) < 1e-9, f"best_sigma2: expected 3, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The parts do not add up to the divergence, or they are split wrongly. Which of the two variances
  divides the distance, and how does the rest grow with D?
"""  # END TEST CONFIG


def test_split_against_torch(kl_split):
    import torch
    from torch.distributions import Independent, Normal, kl_divergence

    rng = torch.Generator().manual_seed(1922)
    for n, d in ((1, 1), (4, 1), (1, 5), (6, 3), (2, 64)):
        mu, f = 2 * torch.randn(2, n, d, generator=rng, dtype=torch.float64)
        for tau, sigma2 in ((0.3, 0.3), (0.05, 0.7), (1.4, 0.2), (1e-6, 1e-4)):
            spread = lambda mean, variance: Independent(Normal(mean, torch.full_like(mean, variance**0.5)), 1)
            f.requires_grad_()
            divergence = kl_divergence(spread(mu, tau), spread(f, sigma2))
            slope = torch.autograd.grad(divergence.sum(), f)[0]
            f = f.detach()
            quadratic, constant = kl_split(mu, tau, f, sigma2)
            # relative to the size of the terms that are added
            assert quadratic.shape == (n,)
            total = quadratic + float(constant)
            assert (total - divergence.detach()).abs().max() <= 1e-11 * (d + divergence.max().item())
            # with f = mu only the rest is left; a step against the slope changes the quadratic part as it should
            at_mu, rest = kl_split(mu, tau, mu, sigma2)
            assert at_mu.abs().max() <= 1e-12 and abs(float(rest) - float(constant)) <= 1e-12
            if tau == sigma2:
                assert abs(float(constant)) <= 1e-12
            half = kl_split(mu, tau, f - slope * sigma2 / 2, sigma2)[0]
            assert (4 * half - quadratic).abs().max() <= 1e-11 * (1 + quadratic.max())


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Another variance makes the mean divergence smaller. Differentiate both parts with respect to it, and
  mind how many coordinates and examples there are.
"""  # END TEST CONFIG


def test_variance_is_best(best_sigma2):
    import torch
    from torch.distributions import Normal, kl_divergence

    rng = torch.Generator().manual_seed(1923)
    for n, d in ((1, 1), (1, 4), (5, 1), (7, 3)):
        for size in (0.0, 0.1, 2.0):
            mu = torch.randn(n, d, generator=rng, dtype=torch.float64)
            f = mu + size * torch.randn(n, d, generator=rng, dtype=torch.float64)
            for tau in (0.02, 0.9):
                got = torch.tensor(float(best_sigma2(mu, tau, f)), dtype=torch.float64, requires_grad=True)
                loss = kl_divergence(Normal(mu, tau**0.5), Normal(f, got.sqrt())).sum(dim=1).mean()
                slope = torch.autograd.grad(loss, got)[0]
                # relative to the two terms that cancel in the slope
                assert abs(slope.item()) <= 1e-9 * d / got.item()


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-18.11"
# # BEGIN QUESTION
# name: q10_noise_loss
# points: 4

# %% [markdown]
# ## 10. Errors between noises
#
# Networks of diffusion models do not predict a mean but the noise: $g_t = g_t[z_t, \phi_t]$ is meant to be the
# $\epsilon$ in $z_t = \sqrt{\alpha_t}\, x + \sqrt{1 - \alpha_t}\; \epsilon$. At step 1 the loss of an example is
#
# $$L_1 = \frac{1}{2\sigma_1^2}\, \lVert x - f_1 \rVert^2 , \qquad
# f_1 = \frac{1}{\sqrt{1 - \beta_1}} \Big( z_1 - \frac{\beta_1}{\sqrt{1 - \alpha_1}}\; g_1 \Big) , \qquad
# \alpha_1 = 1 - \beta_1 .$$
#
# Put in $x$ as a function of $z_1$ and $\epsilon$, and see that $L_1$ is a weight times $\| g_1 - \epsilon \|^2$. For
# one coordinate, $\beta_1 = 0.36$, $\sigma_1 = \frac12$, $x = \epsilon = 0$ and $g_1 = 2$: $f_1 = -1.5$ and
# $L_1 = 4.5$, so the weight is 1.125.
#
# - `loss_x(x, z1, g, beta1, sigma1)`: $L_1$ for each example, as it stands above, shape `(N,)`.
# - `loss_noise(noise, g, beta1, sigma1)`: the same without $x$ and $z_1$, shape `(N,)`; `noise` is $\epsilon$.
# - `noise_weight(t, betas, sigmas)`: the weight of $\| g_t - \epsilon \|^2$ in the loss of step $t$, for each $t$ from
#   1 to $T$, a float. For $t \ge 2$ the loss is $\frac{1}{2 \sigma_t^2} \| \mu - f_t \|^2$, where $\mu$ is the mean
#   of $q(z_{t-1} \mid z_t, x)$, and $f_t$ is this mean with another $x$: the one that would belong to $z_t$ if the
#   noise in it were $g_t$. (The mean is the one of question 6; of it you need no more than the coefficient of $x$.)
#
# Tensors of examples and noises are float64 of shape `(N, D)`, `betas` and `sigmas` float64 of shape `(T,)`; `beta1`,
# `sigma1` are floats. Do not leave out the weights: they differ from step to step, though one often trains without
# them. The figure shows by how much, for two choices of $\sigma_t$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def loss_x(x, z1, g, beta1, sigma1):
    """Loss of the first step as an error of x, (N,)."""
    # BEGIN SOLUTION
    f1 = (z1 - math.sqrt(beta1) * g) / math.sqrt(1 - beta1)
    return ((x - f1) ** 2).sum(dim=1) / (2 * sigma1**2)
    # END SOLUTION


def loss_noise(noise, g, beta1, sigma1):
    """Loss of the first step as an error of the noise, (N,)."""
    # BEGIN SOLUTION
    return beta1 / (2 * sigma1**2 * (1 - beta1)) * ((g - noise) ** 2).sum(dim=1)
    # END SOLUTION


def noise_weight(t, betas, sigmas):
    """Weight of the squared error of the noise in the loss of step t, a float."""
    # BEGIN SOLUTION
    beta, alpha = betas[t - 1], (1 - betas[:t]).prod()
    return (beta**2 / (2 * sigmas[t - 1] ** 2 * (1 - alpha) * (1 - beta))).item()
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %%
def draw_weights():
    schedule = torch.linspace(1e-3, 0.08, 100, dtype=torch.float64)
    figure, axis = plt.subplots(figsize=(7, 2.6))
    for label, variance in (
        (r"$\sigma_t^2 = \beta_t$", schedule),
        (r"$\sigma_t^2 = 0.02$", torch.full_like(schedule, 0.02)),
    ):
        axis.semilogy(range(1, 101), [noise_weight(t, schedule, variance.sqrt()) for t in range(1, 101)], label=label)
    axis.set(xlabel="$t$", ylabel="weight")
    axis.legend()
    figure.tight_layout()


show(draw_weights)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: In the example both losses are 4.5 and the weight is 1.125.
"""  # END TEST CONFIG


def test_one_coordinate(loss_x, loss_noise, noise_weight):
    import numpy as np
    import torch

    zero, g = torch.zeros(1, 1, dtype=torch.float64), torch.full((1, 1), 2.0, dtype=torch.float64)
    for name, got in (("loss_x", loss_x(zero, zero, g, 0.36, 0.5)), ("loss_noise", loss_noise(zero, g, 0.36, 0.5))):
        assert isinstance(got, torch.Tensor), f"{name} should return a tensor, got {type(got).__name__}"
        assert got.shape == (1,), f"{name}: expected shape (1,), got {tuple(got.shape)}"
        assert abs(got.item() - 4.5) < 1e-9, f"{name}: expected 4.5, got {got.item()}"
    betas, sigmas = torch.tensor([[0.36], [0.5]], dtype=torch.float64)
    got = noise_weight(1, betas, sigmas)
    assert got is not None, "noise_weight(...) returned None: expected a float"
    assert np.shape(got) == (), f"noise_weight: expected one number, got shape {np.shape(got)}"
    assert abs(float(got) - 1.125) < 1e-9, f"noise_weight: expected 1.125, got {float(got)}"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The two losses of the first step differ, or are not zero where the noise is predicted rightly. Check
  the weight, and the sign of the true noise.
"""  # END TEST CONFIG


def test_first_step(loss_x, loss_noise):
    import torch

    rng = torch.Generator().manual_seed(1925)
    for n, d in ((1, 1), (5, 1), (1, 7), (8, 3)):
        for beta, sigma in ((0.01, 0.1), (0.13, 0.37), (0.5, 1.0), (0.9, 2.5)):
            x, noise, g = torch.randn(3, n, d, generator=rng, dtype=torch.float64)
            z1 = (1 - beta) ** 0.5 * x + beta**0.5 * noise
            # the log density of x under the decoder, without its constant
            f1 = z1 / (1 - beta) ** 0.5 - g * (beta / (1 - beta)) ** 0.5
            decoder = torch.distributions.Normal(f1, sigma)
            expected = (decoder.log_prob(f1) - decoder.log_prob(x)).sum(dim=1)
            # the logarithm of sigma cancels; errors of x of up to 10 sigma
            for got in (loss_x(x, z1, g, beta, sigma), loss_noise(noise, g, beta, sigma)):
                assert got.shape == (n,) and (got - expected).abs().max() <= 1e-11 * (d + expected.max())
            assert loss_noise(noise, noise, beta, sigma).abs().max() <= 1e-12
            assert loss_x(x, z1, noise, beta, sigma).abs().max() <= 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The weight is wrong for some step. Which coefficient does x have in the mean, and how far is the x of g
  from the true one?
"""  # END TEST CONFIG


def test_weights_of_all_steps(noise_weight):
    import torch

    rng = torch.Generator().manual_seed(1926)
    for size in (1, 2, 3, 10):
        betas, sigmas = 0.05 + 0.5 * torch.rand(2, size, generator=rng, dtype=torch.float64)
        for t in range(1, size + 1):
            x, noise, g = torch.randn(3, generator=rng, dtype=torch.float64)
            scale, before, now = 1.0, 0.0, 0.0
            for beta in betas[:t].tolist():
                earlier, scale, before, now = scale, scale * (1 - beta) ** 0.5, now, beta + (1 - beta) * now
            z = scale * x + now**0.5 * noise
            # E[z_(t-1) | z_t, x], by regression on the surprise in z_t, for the true x and for that of g
            gain = (1 - beta) ** 0.5 * before / now
            mu, f = (earlier * start + gain * (z - scale * start) for start in (x, (z - now**0.5 * g) / scale))
            expected = (mu - f) ** 2 / (2 * sigmas[t - 1] ** 2 * (g - noise) ** 2)
            # the difference of two noises may be small; seen: errors below 1e-12
            assert abs(float(noise_weight(t, betas, sigmas)) - expected) <= 1e-9 * expected


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-18.12"
# # BEGIN QUESTION
# name: q11_guidance
# points: 5

# %% [markdown]
# ## 11. The way back, and a push towards a class
#
# A network has learned to predict the noise in $z_t$, once with a class label as input and once without. **Guidance**
# exaggerates the difference that the label makes. It starts from the unconditional prediction, $g^{(u)}$, and goes
# towards the conditional one, $g^{(c)}$, but with a weight $w$ it goes $1 + w$ times as far: $w = 0$ gives $g^{(c)}$,
# $w = -1$ gives $g^{(u)}$, and for $g^{(c)} = 2$, $g^{(u)} = 1$ and $w = 3$ we get 5. (Other texts call our $1 + w$ the
# weight.)
#
# - `guide(conditional, unconditional, w)`: this prediction, a tensor of the shape of the two given ones.
#
# What does it do to the samples? The noise in $z$ is, up to a factor, the slope of a log density, so guidance works
# with a density whose log has the slope $(1 + w) \frac{d}{dz} \log q(z \mid c) - w \frac{d}{dz} \log q(z)$.
#
# - `guided_normal(m_c, v_c, m_u, v_u, w)`: let $q(z \mid c)$ be normal with mean `m_c` and variance `v_c`, and $q(z)$
#   normal with mean `m_u` and variance `v_u`. Return the pair `(mean, variance)` of floats of the density with this
#   slope, which is normal again. For means 1 and 0, variances 1 and 2 and $w = 1$ it has the mean $\frac43$ and the
#   variance $\frac23$. You may rely on the variance being positive.
#
# At last, the way back from noise to a sample. At each step, from $t = T$ down to 1, let $\hat\epsilon$ be the
# predicted noise in $z_t$. Work out which $\hat x$ would belong to $z_t$ and this noise. Then go to $z_{t-1}$ as if
# $\hat x$ were the example and $\hat\epsilon$ the noise in $z_{t-1}$, too. (This way is called DDIM. It adds no new
# noise.)
#
# - `reverse(predict, z, betas)`: `z` is $z_T$, a float64 tensor of shape `(N, D)`, and `predict(z_t, t)` returns the
#   predicted noise in it, of the same shape, for an integer $t$. Return $z_0$, shape `(N, D)`. For
#   $\beta = (0.36, 0.75)$, $z_2 = 2$ and predictions that are always 0, the result is 5.
#
# The figure samples one of the two half rings from the introduction. Its `predict` is no network: for a finite set of
# examples the best prediction can be computed (the 0.02 in the code smooths it a little). Which part of the ring is no
# longer drawn for $w = 4$, and where would the network be unsure of the class?


# %% [raw]
# # BEGIN SOLUTION
# %%
def guide(conditional, unconditional, w):
    """Guided prediction of the noise, of the shape of the given ones."""
    # BEGIN SOLUTION
    return (1 + w) * conditional - w * unconditional
    # END SOLUTION


def guided_normal(m_c, v_c, m_u, v_u, w):
    """Mean and variance of the density that guidance works with, two floats."""
    # BEGIN SOLUTION
    variance = 1 / ((1 + w) / v_c - w / v_u)
    return variance * ((1 + w) * m_c / v_c - w * m_u / v_u), variance
    # END SOLUTION


def reverse(predict, z, betas):
    """z_0 from z_T, without new noise, (N, D)."""
    # BEGIN SOLUTION
    for t in range(len(betas), 0, -1):
        noise = predict(z, t)
        now, before = (1 - betas[:t]).prod(), (1 - betas[: t - 1]).prod()
        x = (z - torch.sqrt(1 - now) * noise) / torch.sqrt(now)
        z = torch.sqrt(before) * x + torch.sqrt(1 - before) * noise
    return z
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %%
def draw_guided_samples():
    schedule = torch.linspace(0.002, 0.25, 30, dtype=torch.float64)
    kept = torch.tensor([math.prod(1 - b for b in schedule[:t].tolist()) for t in range(1, 31)])
    everything, colours = toy_examples(400)
    blue = everything[torch.tensor(colours == "tab:blue")]

    def best_prediction(z, t, examples):
        """The mean of the noise in z_t, if all examples are equally likely."""
        alpha = kept[t - 1]
        apart = torch.cdist(z, alpha.sqrt() * examples) ** 2
        share = torch.softmax(-apart / (2 * (1 - alpha + 0.02)), dim=1)
        return (z - alpha.sqrt() * share @ examples) / (1 - alpha).sqrt()

    start = torch.randn(300, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    figure, axes = plt.subplots(1, 4, figsize=(12, 3), sharex=True, sharey=True)
    for axis, w in zip(axes, (-1, 0, 1, 4)):
        both = lambda z, t, w=w: guide(best_prediction(z, t, blue), best_prediction(z, t, everything), w)
        axis.scatter(*everything.T, s=3, c="0.85")
        axis.scatter(*reverse(both, start, schedule).T, s=5)
        axis.set(title=f"$w = {w}$", xlim=(-3, 3), ylim=(-3, 3), aspect="equal")
    figure.tight_layout()


show(draw_guided_samples)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The predictions 2 and 1 with w = 3 give 5; the two normals give mean 4/3 and variance 2/3; without
  noise, z_2 = 2 goes back to 5.
"""  # END TEST CONFIG


def test_small_guidance(guide, guided_normal, reverse):
    import numpy as np
    import torch

    one = torch.ones(1, 1, dtype=torch.float64)
    betas = torch.tensor([0.36, 0.75], dtype=torch.float64)
    for name, got in (
        ("guide", guide(2 * one, one, 3.0)),
        ("reverse", reverse(lambda z, t: torch.zeros_like(z), 2 * one, betas)),
    ):
        assert isinstance(got, torch.Tensor), f"{name} should return a tensor, got {type(got).__name__}"
        assert got.shape == (1, 1), f"{name}: expected shape (1, 1), got {tuple(got.shape)}"
        assert abs(got.item() - 5) < 1e-9, f"{name}: expected 5, got {got.item()}"
    got = guided_normal(1.0, 1.0, 0.0, 2.0, 1.0)
    assert got is not None, "guided_normal(...) returned None: expected (mean, variance)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "guided_normal should return the pair (mean, variance)"
    pair = [float(number) for number in got]
    assert np.allclose(pair, [4 / 3, 2 / 3]), f"guided_normal: expected (1.3333, 0.6667), got {pair}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The guided prediction does not lie where it should. Try w = 0, w = -1, and a large w. Which way does
  guidance push?
"""  # END TEST CONFIG


def test_guided_predictions(guide):
    import torch

    rng = torch.Generator().manual_seed(1928)
    for shape in ((1, 1), (5, 3), (2, 3, 4)):
        for dtype, room in ((torch.float64, 1e-12), (torch.float32, 1e-4)):
            c, u = torch.randn(2, *shape, generator=rng, dtype=dtype)
            for w in (-1.0, 0.0, 0.5, 2.0, 7.5):
                # seen from u, the point at 0 is u and that at 1 is c; entries of up to 40
                got = guide(c, u, w)
                assert got.shape == shape and got.dtype == dtype
                assert (got - torch.lerp(u, c, 1 + w)).abs().max() <= room


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The normal density does not have the slope of the guided log density everywhere. Add up the two slopes
  first.
"""  # END TEST CONFIG


def test_guided_slopes(guided_normal):
    import torch
    from torch.distributions import Normal

    rng = torch.Generator().manual_seed(1929)
    z = torch.linspace(-5, 5, 11, dtype=torch.float64, requires_grad=True)

    def slope(mean, variance):
        log_density = Normal(*torch.tensor([mean, variance**0.5], dtype=torch.float64)).log_prob(z)
        return torch.autograd.grad(log_density.sum(), z)[0]

    for w in (-1.0, -0.4, 0.0, 0.3, 1.0, 5.0):
        for _ in range(4):
            m_c, m_u = (2 * torch.randn(2, generator=rng, dtype=torch.float64)).tolist()
            v_c, extra = (0.2 + torch.rand(2, generator=rng, dtype=torch.float64)).tolist()
            v_u = v_c + extra
            mean, variance = (float(number) for number in guided_normal(m_c, v_c, m_u, v_u, w))
            expected = (1 + w) * slope(m_c, v_c) - w * slope(m_u, v_u)
            # slopes of a few hundred
            assert variance > 0
            assert (slope(mean, variance) - expected).abs().max() <= 1e-9


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The way back ends in the wrong place, or predict is asked for the wrong steps. Which x belongs to z_t
  and the noise, and how much of each is in z_(t-1)?
"""  # END TEST CONFIG


def test_way_back(reverse):
    import math

    import torch

    rng = torch.Generator().manual_seed(1930)
    for size, n, d in ((1, 1, 1), (2, 3, 2), (7, 4, 1)):
        betas = 0.05 + 0.5 * torch.rand(size, generator=rng, dtype=torch.float64)
        angles = [0.0]
        for beta in betas.tolist():
            angles.append(math.acos(math.cos(angles[-1]) * math.sqrt(1 - beta)))
        z = torch.randn(n, d, generator=rng, dtype=torch.float64)
        # one single example: every noise is (z_t - sqrt(alpha_t) x) / sqrt(1 - alpha_t), and the way ends at x
        x = torch.randn(n, d, generator=rng, dtype=torch.float64)
        got = reverse(lambda z_t, t: (z_t - math.cos(angles[t]) * x) / math.sin(angles[t]), z, betas)
        # seven steps, each of which divides by a root of at least 0.2
        assert got.shape == (n, d) and got.dtype == torch.float64
        assert (got - x).abs().max() <= 1e-11
        # standard normal examples: the noise in z_t is sin(angle) z_t on average, and a step is a turn
        got = reverse(lambda z_t, t: math.sin(angles[t]) * z_t, z, betas)
        turns = math.prod(math.cos(angles[t] - angles[t - 1]) for t in range(1, size + 1))
        assert (got - turns * z).abs().max() <= 1e-11
        # given noises: x is z_T / cos minus a telescoping sum
        noises = torch.randn(size + 1, n, d, generator=rng, dtype=torch.float64)
        tangents = [math.tan(angle) for angle in angles]
        expected = z / math.cos(angles[size])
        for t in range(1, size + 1):
            expected = expected - (tangents[t] - tangents[t - 1]) * noises[t]
        got = reverse(lambda z_t, t: noises[t], z, betas)
        assert (got - expected).abs().max() <= 1e-10


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-18.12"
# # BEGIN QUESTION
# name: q12_narrowing
# points: 5

# %% [markdown]
# ## 12. Four ways to trade variety for quality
#
# Guidance makes the samples of a diffusion model more typical, and fewer kinds of them. Other models have devices with
# the same purpose.
#
# A **transformer decoder** turns logits $s_1, \dots, s_V$, one for each token, into probabilities
# $p_i = e^{s_i} / \sum_j e^{s_j}$. Before a token is drawn, they may be changed in three ways. Write each as a function
# from a float64 tensor `logits` of shape `(V,)` to a float64 tensor of $V$ probabilities. No two logits are equal; they
# may be as large as 1000.
#
# - `temper(logits, temperature)`: probabilities proportional to $p_i^{1 / \text{temperature}}$; `temperature` is
#   positive.
# - `top_k(logits, k)`: only the `k` most probable tokens are left, from 1 to $V$; their probabilities keep their
#   proportions.
# - `top_p(logits, p)`: only the smallest set of most probable tokens is left whose probabilities add up to at least
#   `p`, $0 < p < 1$; again in proportion. (No sum is equal to `p`.)
#
# For the probabilities 0.5, 0.3 and 0.2, temperature $\frac12$ gives 0.25, 0.09 and 0.04, divided by their sum. Both
# `top_k` with 2 and `top_p` with 0.6 give 0.625, 0.375 and 0.
#
# A **generative adversarial network** may draw the coordinates of its latents from a standard normal that is truncated
# to $[-\tau, \tau]$: whatever falls outside is drawn again. A **normalizing flow** may draw them from a cooled normal,
# $\lambda$ times a standard normal with $0 < \lambda \le 1$.
#
# - `matching_scale(tau)`: the $\lambda$ for which both have the same variance, a float, for $0.1 \le \tau \le 10$.
#   Integrate $z^2$ over the truncated density by parts. For $\tau = 1$ it is 0.5396.
#
# Then set each entry of `narrowing_facts` to `True` or `False`.
#
# - `"keeps_support"`: after `temper`, with any positive temperature, every token still has a positive probability (in
#   exact arithmetic).
# - `"keeps_order"`: none of the three changes of probabilities makes a token more probable than another one that was
#   more probable before.
# - `"same_count"`: for a given `p`, `top_p` leaves the same number of tokens, whatever the logits are.
# - `"greedy_limit"`: `temper` with a temperature that goes to 0 tends to `top_k` with `k = 1`.
# - `"same_latents"`: truncated and cooled latents of the same variance have the same distribution.


# %% [raw]
# # BEGIN SOLUTION
# %%
def temper(logits, temperature):
    """Probabilities at a temperature, (V,)."""
    # BEGIN SOLUTION
    return torch.softmax(logits / temperature, dim=0)
    # END SOLUTION


def top_k(logits, k):
    """Probabilities of the k most probable tokens, 0 for all others, (V,)."""
    # BEGIN SOLUTION
    return torch.softmax(logits.masked_fill(logits < logits.sort().values[-k], -math.inf), dim=0)
    # END SOLUTION


def top_p(logits, p):
    """Probabilities of the smallest set that reaches p, 0 for all others, (V,)."""
    # BEGIN SOLUTION
    sums = torch.softmax(logits, dim=0).sort(descending=True).values.cumsum(dim=0)
    return top_k(logits, int((sums < p).sum()) + 1)
    # END SOLUTION


def matching_scale(tau):
    """Scale of a normal with the variance of the standard normal truncated to [-tau, tau], a float."""
    # BEGIN SOLUTION
    density = math.exp(-(tau**2) / 2) / math.sqrt(2 * math.pi)
    return math.sqrt(1 - 2 * tau * density / math.erf(tau / math.sqrt(2)))
    # END SOLUTION


narrowing_facts = {}
narrowing_facts["keeps_support"] = True  # SOLUTION
narrowing_facts["keeps_order"] = True  # SOLUTION
narrowing_facts["same_count"] = False  # SOLUTION
narrowing_facts["greedy_limit"] = True  # SOLUTION
narrowing_facts["same_latents"] = False  # SOLUTION


# %% [raw]
# # END SOLUTION
# %%
def draw_narrowing():
    logits = torch.tensor([2.0, 1.2, 0.5, 0.1, -0.4, -0.9, -1.5, -2.5], dtype=torch.float64)
    ways = (
        ("temperature", np.linspace(0.1, 2, 60), temper),
        ("$k$", range(1, 9), top_k),
        ("$p$", np.linspace(0.02, 0.999, 60), top_p),
    )
    figure, axes = plt.subplots(1, 3, figsize=(12, 2.6), sharey=True)
    for axis, (label, values, way) in zip(axes, ways):
        found = [way(logits, value) for value in values]
        axis.plot(values, [-(p[p > 0] * p[p > 0].log()).sum() for p in found], ".-")
        axis.set(xlabel=label, ylabel="entropy")
    figure.tight_layout()


show(draw_narrowing)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The probabilities 0.5, 0.3, 0.2 change as in the text, matching_scale(1) is 0.5396, and narrowing_facts
  holds five booleans.
"""  # END TEST CONFIG


def test_three_tokens(temper, top_k, top_p, matching_scale, narrowing_facts):
    import numpy as np
    import torch

    logits = torch.tensor([0.3, 0.5, 0.2], dtype=torch.float64).log()
    for name, got, expected in (
        ("temper(logits, 0.5)", temper(logits, 0.5), [0.09 / 0.38, 0.25 / 0.38, 0.04 / 0.38]),
        ("top_k(logits, 2)", top_k(logits, 2), [0.375, 0.625, 0.0]),
        ("top_p(logits, 0.6)", top_p(logits, 0.6), [0.375, 0.625, 0.0]),
    ):
        assert isinstance(got, torch.Tensor), f"{name} should return a tensor, got {type(got).__name__}"
        assert got.shape == (3,), f"{name}: expected shape (3,), got {tuple(got.shape)}"
        message = (
            f"{name} for probabilities 0.3, 0.5, 0.2: expected {np.round(expected, 4)}, got {got.numpy().round(4)}"
        )
        assert np.allclose(got.numpy(), expected, atol=1e-9), message
    got = matching_scale(1.0)
    assert got is not None, "matching_scale(1.0) returned None: expected a float"
    assert np.shape(got) == () and abs(float(got) - 0.5396) < 1e-4, f"matching_scale(1.0): expected 0.5396, got {got}"
    assert isinstance(narrowing_facts, dict), "narrowing_facts should be a dictionary"
    for key in ("keeps_support", "keeps_order", "same_count", "greedy_limit", "same_latents"):
        fact = narrowing_facts.get(key)
        assert isinstance(fact, (bool, np.bool_)), f"narrowing_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Probabilities are wrong for some logits. Is the token that reaches p still in, do the rest keep their
  proportions, and what becomes of huge logits?
"""  # END TEST CONFIG


def test_tokens_one_by_one(temper, top_k, top_p):
    import math

    import torch

    def probabilities(logits, kept):
        """Of the kept tokens, with Python's own sums."""
        top = max(logits[i] for i in kept)
        whole = math.fsum(math.exp(logits[i] - top) for i in kept)
        shares = [math.exp(s - top) / whole if i in kept else 0.0 for i, s in enumerate(logits)]
        return torch.tensor(shares, dtype=torch.float64)

    def agree(got, logits, kept):
        assert got.shape == (len(logits),) and got.dtype == torch.float64
        # logits around 1000, divided by 0.05, are rounded to about 1e-12
        return (got - probabilities(logits, kept)).abs().max() <= 1e-10

    rng = torch.Generator().manual_seed(1932)
    for size in (1, 2, 5, 12):
        for scale, offset in ((1.0, 0.0), (3.0, -5.0), (0.1, 1000.0)):
            logits = offset + scale * torch.randn(size, generator=rng, dtype=torch.float64)
            values = logits.tolist()
            order = sorted(range(size), key=lambda i: -values[i])
            for k in range(1, size + 1):
                assert agree(top_k(logits, k), values, order[:k])
            for temperature in (0.05, 0.5, 1.0, 3.0):
                assert agree(temper(logits, temperature), [s / temperature for s in values], order)
            for p in (1e-4, 0.35, 0.62, 0.9, 0.9999):
                kept, total = [], 0.0
                for i in order:
                    if total < p:
                        kept.append(i)
                        total += probabilities(values, order)[i].item()
                assert agree(top_p(logits, p), values, kept)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The two variances differ. Latents that are drawn again do not pile up at the ends, and a scale is the
  root of a variance.
"""  # END TEST CONFIG


def test_scale_against_integral(matching_scale):
    import numpy as np

    for tau in (0.1, 0.37, 1.0, 2.2, 4.0, 10.0):
        nodes, weights = np.polynomial.legendre.leggauss(80)
        z = tau * nodes
        density = weights * np.exp(-(z**2) / 2)
        expected = np.sqrt((density * z**2).sum() / density.sum())
        # for small tau, 1 minus almost 1 leaves ten digits
        assert abs(float(matching_scale(tau)) - expected) <= 1e-9


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about narrowing is decided wrongly.
"""  # END TEST CONFIG


def test_narrowing_facts(narrowing_facts):
    import numpy as np

    def cut(p, keep):
        """The keep most probable tokens of p, in proportion."""
        kept = np.where(p >= np.sort(p)[-keep], p, 0)
        return kept / kept.sum()

    def cooled(p, temperature):
        powers = (p / p.max()) ** (1 / temperature)
        return powers / powers.sum()

    def count(p, share):
        return int((np.cumsum(np.sort(p)[::-1]) < share).sum()) + 1

    rng = np.random.default_rng(1933)
    some = rng.dirichlet(np.ones(6), size=30)
    after = lambda p: [cooled(p, t) for t in (0.2, 0.7, 4.0)] + [cut(p, k) for k in (1, 3, count(p, 0.8))]
    # excess kurtosis of a truncated normal; that of a cooled one is 0
    z = np.linspace(-1, 1, 20001)
    density = np.exp(-(z**2) / 2)
    kurtosis = np.average(z**4, weights=density) / np.average(z**2, weights=density) ** 2 - 3
    found = {
        "keeps_support": all(cooled(p, t).min() > 0 for p in some for t in (0.2, 0.7, 4.0)),
        "keeps_order": all((np.diff(new[np.argsort(p)]) >= 0).all() for p in some for new in after(p)),
        "same_count": len({count(p, 0.8) for p in some}) == 1,
        "greedy_limit": all(np.abs(cooled(p, 1e-4) - cut(p, 1)).max() < 1e-3 for p in some),
        "same_latents": abs(kurtosis) < 0.01,
    }
    for key, fact in found.items():
        assert bool(narrowing_facts[key]) == bool(fact)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-18.12"
# # BEGIN QUESTION
# name: q13_inevitable
# points: 3
# manual: true

# %% [markdown]
# ## 13. Is it inevitable? (marked by a person)
#
# Guidance, low temperatures, `top_k`, `top_p`, truncated and cooled latents: for one kind of model after the other,
# people have found that its samples get better if it is kept from using its whole distribution. Do all generative
# models need this, whatever one does? Write at most 150 words.
#
# 1. What exactly is gained, and what is lost? Name a case in which the loss matters.
# 2. Why does a model that was trained by maximum likelihood put probability on poor samples at all?
# 3. Take a side: is such narrowing unavoidable, or a repair that better models could do without?

# %% [raw]
# # BEGIN SOLUTION
# %% [markdown]
# 1. Single samples get more plausible, while the set of samples gets poorer: rare words, faces or diagnoses disappear,
#    and groups that are rare in the data are no longer drawn. That matters where samples stand for a population, as
#    in data made to train another model.
# 2. The log-likelihood punishes a missing example without bound, $\log Pr(x) \to -\infty$, and a superfluous one
#    hardly. A smooth model of limited size therefore covers the gaps between the data, too, and errors of many steps
#    or tokens add up in its tails.
# 3. A repair: a model with the true distribution would need none of it, as its samples would be as good as the data,
#    and narrowing would only make them less varied. But with finite data and smooth models some mass always lies
#    beside the data, and users often want the typical, which even a perfect model does not give more often than
#    reality does.
#
# Rubric (3 points): 1 for quality of single samples against variety, with a case where rare modes matter; 1 for a
# reason why likelihood spreads mass (covering every example, smooth functions over gaps, errors that add up); 1 for a
# position on part 3 that follows from the argument: either side is fine, if it is said what a perfect model would do or
# why none can be had. No point for part 3 without a reason.
# %% [raw]
# # END SOLUTION
# %% [raw]
# # END QUESTION
