# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [raw]
# # ASSIGNMENT CONFIG
# name: 16_gans
# export_cell: {pdf: false}
# tests: {files: false, ok_format: false}
# show_question_points: true

# %% [markdown]
# # Generative adversarial networks
#
# A generator turns noise into examples, and a discriminator tries to tell them from real ones. Here you work out what
# their game measures, what that measure says about distributions that lie apart, how the Wasserstein distance differs
# from it, and which gradients the two networks get.
#
# | question | what you write | points |
# | --- | --- | --- |
# | `q1_best_discriminator` | the objective with a weight, and the discriminator that cannot be beaten | 3 |
# | `q2_objective_and_js` | what the objective is worth then, and which divergence it hides | 5 |
# | `q3_divergence_from_logits` | a divergence estimated from the scores of a discriminator | 4 |
# | `q4_shifted_uniforms` | five measures of how far two boxes lie apart | 5 |
# | `q5_optimal_transport` | the earth mover's distance as a linear programme | 5 |
# | `q6_transport_on_a_line` | the same on a line, without a programme, and its best critic | 4 |
# | `q7_gaussian_distances` | KL and Wasserstein for two Gaussians | 4 |
# | `q8_truncation` | how much of a latent space truncation throws away | 5 |
# | `q9_generator_losses` | two losses for the generator, and how steep they are | 4 |
# | `q10_who_gets_gradients` | the gradients of the two training steps | 4 |
# | `q11_train_a_gan` | the training loop, and where it comes to rest | 5 |
# | `q12_gan_statements` | eight statements about training, decided by experiments | 6 |
#
# Each question stands alone: no answer needs an earlier one. `grader.check` runs a few small public tests.
# More tests, with other numbers, decide the score.

# %% [markdown]
# ## Recap and notation
#
# - The **generator** $g[z, \theta]$ turns a **latent** $z$, drawn from a fixed distribution such as a standard normal,
#   into an example. Its outputs have the density (or the probabilities) $q(x)$. Real examples have $p(x)$.
# - The **discriminator** is a network whose output is a **logit** $s = f[x, \phi]$. Through the sigmoid it says with
#   which probability $x$ is real: $d(x) = 1 / (1 + e^{-s})$.
# - The **objective** is
#
# $$V(d) = \mathbb{E}_{x \sim p}\big[\log d(x)\big] + \mathbb{E}_{x \sim q}\big[\log(1 - d(x))\big] .$$
#
# - The discriminator makes $V$ **large**. In code one prefers a loss that becomes small, its negative,
#   $L_d = -V$: the cross-entropy on real examples plus that on generated ones. Mind this sign in what follows.
# - The generator makes $V$ small, through its samples. `q9` looks at the losses in use.
#
# All logarithms are natural, and $0 \log 0 = 0$. The Kullback–Leibler divergence is
# $D_{KL}[p \| q] = \sum_x p(x) \log \frac{p(x)}{q(x)}$, with an integral in place of the sum for densities.
#
# Run the set-up cell. Its figure shows a generator at work: latents on the left, what becomes of them on the right.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
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
def draw_a_generator():
    source = np.random.default_rng(0)
    latents = source.normal(size=4000)
    samples = 1.5 + np.abs(latents) ** 1.5 * np.sign(latents) * 0.6
    figure, axes = plt.subplots(1, 2, figsize=(9, 2.6))
    axes[0].hist(latents, bins=60, density=True, color="0.6")
    axes[0].set(title="latents", xlabel="$z$")
    axes[1].hist(samples, bins=60, density=True, color="tab:orange", label="generated, $q$")
    x = np.linspace(-3, 6, 300)
    axes[1].plot(x, np.exp(-((x - 2.2) ** 2) / 2) / math.sqrt(2 * math.pi), label="real, $p$")
    axes[1].set(title="a generator that is not trained yet", xlabel="$x$")
    axes[1].legend()
    figure.tight_layout()


show(draw_a_generator)

# %% [raw] sources="udl-15.1"
# # BEGIN QUESTION
# name: q1_best_discriminator
# points: 3

# %% [markdown]
# ## 1. The best discriminator
#
# Let $x$ take one of $K$ values. Real examples take them with the probabilities $p = (p_1, \dots, p_K)$, generated
# ones with $q = (q_1, \dots, q_K)$, and the discriminator says $d = (d_1, \dots, d_K)$. Let a real example count
# $w > 0$ times as much as a generated one; the usual objective has $w = 1$:
#
# $$V_w(d) = w \sum_k p_k \log d_k + \sum_k q_k \log(1 - d_k) .$$
#
# With $p = (\frac12, \frac12)$, $q = (\frac14, \frac34)$, $d = (\frac12, \frac14)$ and $w = 2$:
# $V_2 = 2\,(\frac12 \log\frac12 + \frac12 \log\frac14) + \frac14 \log\frac12 + \frac34 \log\frac34 \approx -2.4685$.
#
# Write two functions. All arrays are float64 arrays of shape `(K,)`, $K \ge 1$; `weight` is $w$, a float.
#
# - `objective(p, q, d, weight)`: $V_w(d)$ as a float. A term with $p_k = 0$ or $q_k = 0$ in front of its logarithm is
#   zero, whatever $d_k$ is. A discriminator that is certain and wrong has the value `-math.inf`. The result is never
#   `nan`.
# - `best_discriminator(p, q, weight)`: the $d$ for which $V_w$ is largest, shape `(K,)`. A value that never occurs,
#   $p_k = q_k = 0$, gets $d_k = 0.5$.
#
# Find the maximum on paper first: each $d_k$ occurs in two terms only.


# %% [raw]
# # BEGIN SOLUTION
# %%
def objective(p, q, d, weight):
    """Objective for probabilities p (real, counted weight times), q (generated) and d (to be real), a float."""
    # BEGIN SOLUTION
    with np.errstate(divide="ignore", invalid="ignore"):
        real = np.where(p > 0, weight * p * np.log(d), 0.0)
        generated = np.where(q > 0, q * np.log(1 - d), 0.0)
    return float((real + generated).sum())
    # END SOLUTION


def best_discriminator(p, q, weight):
    """The discriminator with the largest objective, shape (K,)."""
    # BEGIN SOLUTION
    real = weight * p
    return np.divide(real, real + q, out=np.full(len(p), 0.5), where=real + q > 0)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For p = (1/2, 1/2), q = (1/4, 3/4), d = (1/2, 1/4) and the weight 2 the objective is -2.4685; the best
  discriminator is an array of shape (K,).
"""  # END TEST CONFIG


def test_two_values(objective, best_discriminator):
    import numpy as np

    p, q = np.array([0.5, 0.5]), np.array([0.25, 0.75])
    got = objective(p, q, np.array([0.5, 0.25]), 2.0)
    assert got is not None, "objective(...) returned None: expected a float"
    assert np.shape(got) == (), f"objective: expected a single number, got shape {np.shape(got)}"
    assert abs(got + 2.46849) < 1e-4, f"objective: expected -2.4685, got {got}"
    best = best_discriminator(p, p, 1.0)
    assert best is not None, "best_discriminator(...) returned None: expected an array of shape (K,)"
    assert np.shape(best) == (2,), f"best_discriminator: expected shape (2,), got {np.shape(best)}"
    assert np.allclose(best, 0.5), f"best_discriminator: for p = q and weight 1 expected 0.5 everywhere, got {best}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The objective is wrong for some probabilities. Look at values that never occur, and at a
  discriminator that is certain.
"""  # END TEST CONFIG


def test_objective_term_by_term(objective):
    import math

    import numpy as np

    rng = np.random.default_rng(161)
    cases = []
    for k in (1, 2, 5, 30):
        p, q = rng.dirichlet(np.ones(k)), rng.dirichlet(np.full(k, 0.3))
        cases.append((p, q, rng.uniform(0.01, 0.99, size=k)))
    cases.append((np.array([0.0, 1.0]), np.array([0.5, 0.5]), np.array([0.0, 0.25])))
    cases.append((np.array([0.5, 0.5]), np.array([0.0, 1.0]), np.array([1.0, 0.75])))
    cases.append((np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([1.0, 0.0])))
    cases.append((np.array([0.7, 0.3, 0.0]), np.array([0.2, 0.8, 0.0]), np.array([0.5, 0.25, 1.0])))
    for p, q, d in cases:
        for w in (1.0, 0.25, 3.5):
            terms = [w * a * math.log(c) for a, c in zip(p, d) if a] + [b * math.log(1 - c) for b, c in zip(q, d) if b]
            # at most 60 terms in float64
            assert abs(objective(p, q, d, w) - math.fsum(terms)) < 1e-11
    half = np.array([0.5, 0.5])
    for wrong in ([0.0, 0.5], [0.5, 1.0], [1.0, 0.0]):
        assert objective(half, half, np.array(wrong), 1.0) == -math.inf
    assert objective(np.array([1.0, 0.0]), half, np.array([0.0, 0.5]), 2.0) == -math.inf


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some other discriminator reaches a larger objective than yours, or a value that never occurs does not
  get one half.
"""  # END TEST CONFIG


def test_nothing_beats_it(best_discriminator):
    import numpy as np
    import torch

    rng = np.random.default_rng(162)
    for k, w in ((1, 1.0), (1, 3.0), (2, 0.5), (6, 1.0), (6, 7.0), (40, 0.01)):
        p, q = rng.dirichlet(np.ones(k)), rng.dirichlet(np.ones(k))
        d = np.asarray(best_discriminator(p, q, w), dtype=np.float64)
        assert d.shape == (k,) and (d > 0).all() and (d < 1).all()
        # V is concave in d, so the only place where its gradient in the logits vanishes is the maximum
        s = torch.logit(torch.tensor(d)).requires_grad_()
        value = w * (torch.tensor(p) * torch.nn.functional.logsigmoid(s)).sum()
        value = value + (torch.tensor(q) * torch.nn.functional.logsigmoid(-s)).sum()
        value.backward()
        assert s.grad.abs().max() < 1e-12
    got = best_discriminator(np.array([0.0, 0.4, 0.6, 0.0]), np.array([0.9, 0.0, 0.1, 0.0]), 2.0)
    assert np.isfinite(got).all()
    assert got[0] == 0 and got[1] == 1 and got[3] == 0.5 and 0.5 < got[2] < 1
    assert np.allclose(best_discriminator(np.array([0.0]), np.array([0.0]), 5.0), [0.5])


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-15.1 udl-15.2 cs-unsup-gan-1"
# # BEGIN QUESTION
# name: q2_objective_and_js
# points: 5

# %% [markdown]
# ## 2. What the objective hides
#
# Give the generator an opponent that cannot be beaten: for every generated distribution $q$ the discriminator is the
# best one, $d = p / (p + q)$. The objective then depends on $p$ and $q$ alone,
#
# $$V^\ast(p, q) = \sum_k p_k \log\frac{p_k}{p_k + q_k} + \sum_k q_k \log\frac{q_k}{p_k + q_k},$$
#
# and is what the generator really makes small. It is closely related to the **Jensen–Shannon divergence**, which
# compares both distributions with their mean $m = (p + q) / 2$:
#
# $$D_{JS}[p \| q] = \tfrac12 D_{KL}[p \| m] + \tfrac12 D_{KL}[q \| m] .$$
#
# For example, $p = (1, 0)$ and $q = (\frac12, \frac12)$ have $D_{JS} \approx 0.2158$.
#
# Write four functions. `p` and `q` are float64 arrays of shape `(K,)`; entries may be zero, and no result may be `nan`.
#
# - `value_at_best(p, q)`: $V^\ast$ as a float.
# - `js_divergence(p, q)`: $D_{JS}$ as a float, from its definition.
# - `js_from_value(value)`: the $D_{JS}$ that belongs to a given $V^\ast$. Only numbers go in and out.
# - `js_from_loss(loss)`: the same from the loss $L_d = -V^\ast$ that a training loop reports.
#
# Then set three numbers, as Python expressions if you like:
#
# - `value_at_match`: $V^\ast$ for $q = p$, a generator that is perfect;
# - `largest_value`: the largest $V^\ast$ that any $p$ and $q$ have;
# - `largest_js`: the largest $D_{JS}$ that any $p$ and $q$ have.


# %% [raw]
# # BEGIN SOLUTION
# %%
def value_at_best(p, q):
    """The objective at the best discriminator, a float."""
    # BEGIN SOLUTION
    total = p + q
    return float(sum((v[v > 0] * np.log(v[v > 0] / total[v > 0])).sum() for v in (p, q)))
    # END SOLUTION


def js_divergence(p, q):
    """Jensen-Shannon divergence of two vectors of probabilities, a float."""
    # BEGIN SOLUTION
    m = (p + q) / 2
    return float(sum((v[v > 0] * np.log(v[v > 0] / m[v > 0])).sum() for v in (p, q))) / 2
    # END SOLUTION


def js_from_value(value):
    """Jensen-Shannon divergence that belongs to the value of the objective at the best discriminator."""
    # BEGIN SOLUTION
    return value / 2 + math.log(2)
    # END SOLUTION


def js_from_loss(loss):
    """Jensen-Shannon divergence that belongs to the loss of the best discriminator."""
    # BEGIN SOLUTION
    return math.log(2) - loss / 2
    # END SOLUTION


value_at_match = -2 * math.log(2)  # SOLUTION
largest_value = 0.0  # SOLUTION
largest_js = math.log(2)  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For p = (1, 0) and q = (1/2, 1/2) the Jensen-Shannon divergence is 0.2158; all results are single
  numbers.
"""  # END TEST CONFIG


def test_shapes(value_at_best, js_divergence, js_from_value, js_from_loss, value_at_match, largest_value, largest_js):
    import numpy as np

    p, q = np.array([1.0, 0.0]), np.array([0.5, 0.5])
    got = js_divergence(p, q)
    assert got is not None, "js_divergence(...) returned None: expected a float"
    assert np.shape(got) == () and abs(got - 0.215762) < 1e-5, f"js_divergence: expected 0.2158, got {got}"
    results = {"value_at_best(p, q)": value_at_best(p, q), "js_from_value(-1.0)": js_from_value(-1.0)}
    results |= {"js_from_loss(1.0)": js_from_loss(1.0), "value_at_match": value_at_match}
    results |= {"largest_value": largest_value, "largest_js": largest_js}
    for name, got in results.items():
        assert isinstance(got, (int, float, np.integer, np.floating)), f"{name} should be a number, got {got!r}"
        assert np.isfinite(got), f"{name} should be finite, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The value at the best discriminator or the divergence is wrong for some pair. Look at zero entries,
  equal and disjoint distributions.
"""  # END TEST CONFIG


def test_against_entropies(value_at_best, js_divergence):
    import math

    import numpy as np

    entropy = lambda v: -math.fsum(x * math.log(x) for x in v if x > 0)
    rng = np.random.default_rng(163)
    cases = [(rng.dirichlet(np.full(k, a)), rng.dirichlet(np.ones(k))) for k in (1, 2, 5, 50) for a in (1.0, 0.2)]
    same = np.array([0.3, 0.0, 0.7])
    cases.append((same, same))
    cases.append((np.array([0.4, 0.6, 0.0, 0.0]), np.array([0.0, 0.0, 1.0, 0.0])))
    cases.append((np.array([0.0, 0.5, 0.5]), np.array([0.25, 0.0, 0.75])))
    for p, q in cases:
        for a, b in ((p, q), (q, p)):
            # by entropies: D_JS = H(m) - (H(p) + H(q)) / 2; the best d maximises each state's two terms
            expected = entropy((a + b) / 2) - (entropy(a) + entropy(b)) / 2
            assert abs(js_divergence(a, b) - expected) < 1e-10
            best = entropy(a + b) - entropy(a) - entropy(b)
            assert abs(value_at_best(a, b) - best) < 1e-10


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The relation between the objective and the divergence is off, by a constant, a factor or a sign. Try
  two equal distributions.
"""  # END TEST CONFIG


def test_relation_by_quadrature(js_from_value, js_from_loss):
    import numpy as np
    import torch

    x = np.linspace(-30, 30, 60001)
    step = x[1] - x[0]
    normal = lambda m, s: np.exp(-(((x - m) / s) ** 2) / 2) / (s * np.sqrt(2 * np.pi)) + 1e-300
    for m, s in ((0.0, 1.0), (0.5, 1.0), (1.0, 2.0), (-3.0, 0.5), (20.0, 1.0)):
        p, q = normal(0.0, 1.0), normal(m, s)
        # the direct definition, and the loss of the best discriminator as torch computes it
        mean = (p + q) / 2
        direct = 0.5 * step * (p * np.log(p / mean) + q * np.log(q / mean)).sum()
        d = torch.tensor(p / (p + q))
        cross = torch.nn.functional.binary_cross_entropy
        loss = step * float(
            cross(d, torch.ones_like(d), torch.tensor(p), reduction="sum")
            + cross(d, torch.zeros_like(d), torch.tensor(q), reduction="sum")
        )
        # torch cuts logarithms at -100, where the density is far below 1e-40: both sides agree to rounding
        assert abs(js_from_value(-loss) - direct) < 1e-7
        assert abs(js_from_loss(loss) - direct) < 1e-7


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: One of the three numbers is wrong. Insert equal distributions, and distributions that never give the
  same value.
"""  # END TEST CONFIG


def test_extreme_values(value_at_match, largest_value, largest_js):
    import numpy as np
    import torch

    rng = np.random.default_rng(164)

    def best_value(p, q):
        p, q = torch.tensor(p), torch.tensor(q)
        return float(torch.special.xlogy(p, p / (p + q)).sum() + torch.special.xlogy(q, q / (p + q)).sum())

    p = rng.dirichlet(np.ones(7))
    apart = best_value(np.array([0.3, 0.7, 0.0]), np.array([0.0, 0.0, 1.0]))
    others = [best_value(rng.dirichlet(np.ones(4)), rng.dirichlet(np.ones(4))) for _ in range(200)]
    assert max(others) < apart and min(others) > best_value(p, p)
    assert abs(value_at_match - best_value(p, p)) < 1e-6
    assert abs(largest_value - apart) < 1e-6
    # on two values that never coincide both divergences from the mean are those of a coin
    assert abs(largest_js - float(torch.distributions.Bernoulli(0.5).entropy())) < 1e-6


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-15.2"
# # BEGIN QUESTION
# name: q3_divergence_from_logits
# points: 4

# %% [markdown]
# ## 3. A divergence from scores
#
# The densities of images are unknown, but a discriminator can be trained and its logits can be averaged. Whatever the
# discriminator,
#
# $$B = \log 2 + \tfrac12\, \mathbb{E}_{x \sim p}\big[\log d(x)\big] + \tfrac12\, \mathbb{E}_{x \sim q}\big[\log(1 -
# d(x))\big], \qquad d(x) = \frac{1}{1 + e^{-s(x)}},$$
#
# is at most the Jensen–Shannon divergence $D_{JS}[p \| q]$, and equal to it for the best discriminator.
#
# Write two functions.
#
# - `best_logit(log_p, log_q)`: the logit of the best discriminator $d = p / (p + q)$, from the **logarithms** of the
#   two densities, tensors of equal shape. Densities may be as small as $e^{-5000}$.
# - `js_bound(real_logits, fake_logits)`: $B$ as a Python float, with means over the batches in place of the two
#   expectations. The tensors have the shapes `(N,)` and `(M,)`, where $N$ and $M$ may differ, in float32 or float64.
#   Logits may be as large as $\pm 1000$ and must not give `inf` or `nan`. With the real logits $(0, \log 3)$ and the
#   single fake logit $0$ the means are $\frac12(\log\frac12 + \log\frac34)$ and $\log\frac12$, so $B \approx 0.1014$.
#
# Then set each entry of `bound_facts` to `True` or `False`.
#
# - `"half_gives_zero"`: a discriminator that says $\frac12$ for every $x$ has $B = 0$, whatever $p$ and $q$ are.
# - `"never_negative"`: $B$ is never negative.
# - `"overconfidence_hurts"`: multiplying all logits of the best discriminator by 10 can make $B$ smaller.
# - `"fair_on_training_batches"`: let $p = q$. A discriminator that is trained to the end on a small batch of real and
#   generated examples still has $B \approx 0$ on that same batch.
# - `"swap_keeps_it"`: swapping real and generated logits gives the same $B$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def best_logit(log_p, log_q):
    """Logit of the best discriminator, from the logarithms of the densities; same shape."""
    # BEGIN SOLUTION
    return log_p - log_q
    # END SOLUTION


def js_bound(real_logits, fake_logits):
    """Lower bound of the Jensen-Shannon divergence from logits (N,) and (M,), a float."""
    # BEGIN SOLUTION
    means = F.logsigmoid(real_logits).mean() + F.logsigmoid(-fake_logits).mean()
    return math.log(2) + means.item() / 2
    # END SOLUTION


bound_facts = {}
bound_facts["half_gives_zero"] = True  # SOLUTION
bound_facts["never_negative"] = False  # SOLUTION
bound_facts["overconfidence_hurts"] = True  # SOLUTION
bound_facts["fair_on_training_batches"] = False  # SOLUTION
bound_facts["swap_keeps_it"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Real logits (0, log 3) and the fake logit 0 give the bound 0.1014; bound_facts holds five booleans.
"""  # END TEST CONFIG


def test_three_logits(best_logit, js_bound, bound_facts):
    import math

    import numpy as np
    import torch

    got = best_logit(torch.zeros(3), torch.zeros(3))
    assert got is not None, "best_logit(...) returned None: expected a tensor"
    assert isinstance(got, torch.Tensor), "best_logit should return a tensor"
    assert got.shape == (3,), f"best_logit: expected shape (3,), got {tuple(got.shape)}"
    assert got.abs().max() == 0, f"best_logit: equal densities should give the logit 0, got {got.tolist()}"
    got = js_bound(torch.tensor([0.0, math.log(3)]), torch.tensor([0.0]))
    assert got is not None, "js_bound(...) returned None: expected a float"
    assert isinstance(got, (float, np.floating)), "js_bound should return a Python float"
    assert abs(got - 0.10137) < 1e-4, f"js_bound: expected 0.1014, got {got}"
    assert isinstance(bound_facts, dict), "bound_facts should be a dictionary"
    keys = ["half_gives_zero", "never_negative", "overconfidence_hurts", "fair_on_training_batches", "swap_keeps_it"]
    for key in keys:
        got = bound_facts.get(key)
        assert isinstance(got, bool), f"bound_facts[{key!r}] should be True or False, got {got!r}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The bound is wrong for some batches. Two batches of different size each have their own mean, and
  large logits must stay finite.
"""  # END TEST CONFIG


def test_bound_one_logit_at_a_time(js_bound):
    import math

    import torch

    def log_d(s):
        return -math.log1p(math.exp(-s)) if s > 0 else s - math.log1p(math.exp(s))

    source = torch.Generator().manual_seed(165)
    for dtype, tol in ((torch.float32, 1e-5), (torch.float64, 1e-10)):
        for n, m, scale in ((1, 1, 1.0), (7, 3, 3.0), (2, 50, 8.0), (64, 64, 0.1)):
            real = scale * torch.randn(n, generator=source, dtype=dtype) + 1
            fake = scale * torch.randn(2 * m, generator=source, dtype=dtype)[::2] - 0.5
            expected = math.log(2) + sum(map(log_d, real.tolist())) / (2 * n)
            expected += sum(log_d(-s) for s in fake.tolist()) / (2 * m)
            # float32 logits up to 25: rounding of about 1e-6
            assert abs(js_bound(real, fake) - expected) < tol
        far = torch.tensor([1000.0, -300.0], dtype=dtype)
        assert abs(js_bound(far, -far) + 300 / 2 - math.log(2)) < 1e-3
        assert abs(js_bound(far[:1], -far[:1]) - math.log(2)) < 1e-6
        assert abs(js_bound(-far[:1], far[:1]) + 1000 - math.log(2)) < 1e-3


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: With your logits the best discriminator is not reached, or they overflow where densities are tiny.
"""  # END TEST CONFIG


def test_best_logit(best_logit):
    import torch

    source = torch.Generator().manual_seed(166)
    p = torch.rand(4, 5, generator=source, dtype=torch.float64) + 0.01
    q = torch.rand(4, 5, generator=source, dtype=torch.float64) + 0.01
    got = best_logit(p.log(), q.log())
    assert got.shape == (4, 5)
    assert torch.allclose(torch.sigmoid(got), p / (p + q), rtol=0, atol=1e-12)
    tiny = torch.tensor([-5000.0, -4990.0, -1.0])
    other = torch.tensor([-4997.0, -5000.0, -2001.0])
    assert torch.allclose(best_logit(tiny, other), torch.tensor([-3.0, 10.0, 2000.0]))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about the bound is decided wrongly. Test each with logits of your
  own.
"""  # END TEST CONFIG


def test_bound_facts(bound_facts):
    import math

    import torch

    log_d = torch.nn.functional.logsigmoid
    bound = lambda s, t: math.log(2) + 0.5 * (log_d(s).mean() + log_d(-t).mean()).item()
    source = torch.Generator().manual_seed(167)
    real = torch.randn(4000, generator=source, dtype=torch.float64)
    fake = 1 + torch.randn(4000, generator=source, dtype=torch.float64)
    logit = lambda x: 0.5 - x  # the best one for two unit Gaussians at 0 and 1
    honest = bound(logit(real), logit(fake))
    mirrored = bound(logit(fake), logit(real))
    zero = bound(0 * real, 0 * fake)
    # p = q: six examples of each in twenty dimensions, logistic regression trained to the end
    x = torch.randn(12, 20, generator=source, dtype=torch.float64)
    weights = torch.zeros(20, dtype=torch.float64, requires_grad=True)
    for _ in range(300):
        (grad,) = torch.autograd.grad(-log_d(x[:6] @ weights).mean() - log_d(-x[6:] @ weights).mean(), weights)
        weights = (weights - 0.3 * grad).detach().requires_grad_()
    batch = bound(x[:6] @ weights.detach(), x[6:] @ weights.detach())
    assert bound_facts["half_gives_zero"] is (abs(zero) < 1e-9)
    assert bound_facts["never_negative"] is (mirrored >= 0)
    assert bound_facts["overconfidence_hurts"] is (bound(10 * logit(real), 10 * logit(fake)) < honest)
    assert bound_facts["fair_on_training_batches"] is (abs(batch) < 0.1)
    assert bound_facts["swap_keeps_it"] is (abs(mirrored - honest) < 1e-3)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-15.4"
# # BEGIN QUESTION
# name: q4_shifted_uniforms
# points: 5

# %% [markdown]
# ## 4. Two boxes that move apart
#
# Let $p$ be uniform on $[0, 1]$ and $q$ uniform on $[a, a + 1]$: the same box, moved by $a$. For $a = 0$ they are
# equal, for $|a| \ge 1$ they have nothing in common. How far apart do different measures think they are?
#
# The **Wasserstein distances** ask how much work it takes to move the mass of $p$ until it lies like $q$. For $W_1$ a
# unit of mass moved from $x$ to $y$ costs $|x - y|$, for the squared distance $W_2^2$ it costs $(x - y)^2$; each time
# the cheapest plan counts.
#
# Write `shift_divergences(a)` for a real number $a$ (positive, negative or zero). It returns a dictionary of floats,
# where `math.inf` is a possible value:
#
# - `"kl"`: $D_{KL}[p \| q]$, and `"reverse_kl"`: $D_{KL}[q \| p]$. Where the first density is positive and the second
#   zero, the integrand is infinite.
# - `"js"`: $\frac12 D_{KL}[p \| m] + \frac12 D_{KL}[q \| m]$ with $m = (p + q) / 2$;
# - `"w1"`: $W_1$, and `"w2sq"`: $W_2^2$.
#
# For $a = 0$ all five are 0.
#
# Then set each entry of `shift_facts` to `True` or `False`. A generator could shift its samples, so $a$ plays the role
# of its parameter $\theta$.
#
# - `"kl_slope"`: at $a = \frac12$ the derivative of $D_{KL}[p \| q]$ with respect to $a$ is a finite number.
# - `"js_slope_near"`: at $a = \frac12$ the derivative of the Jensen–Shannon divergence is a number other than zero.
# - `"js_slope_far"`: the same at $a = 2$.
# - `"w1_slope_far"`: at $a = 2$ the derivative of $W_1$ is a number other than zero.
# - `"w1_slope_grows"`: at $a = 4$ the derivative of $W_1$ is larger than at $a = 2$.
# - `"overlap_stays"`: in the cheapest plan for $W_2^2$ with $0 < a < 1$, the mass in the overlap stays where it is.


# %% [raw]
# # BEGIN SOLUTION
# %%
def shift_divergences(a):
    """Distances between uniform [0, 1] and uniform [a, a + 1]: {"kl", "reverse_kl", "js", "w1", "w2sq"}."""
    # BEGIN SOLUTION
    kl = 0.0 if a == 0 else math.inf
    js = min(abs(a), 1) * math.log(2)
    return {"kl": kl, "reverse_kl": kl, "js": js, "w1": float(abs(a)), "w2sq": float(a) ** 2}
    # END SOLUTION


shift_facts = {}
shift_facts["kl_slope"] = False  # SOLUTION
shift_facts["js_slope_near"] = True  # SOLUTION
shift_facts["js_slope_far"] = False  # SOLUTION
shift_facts["w1_slope_far"] = True  # SOLUTION
shift_facts["w1_slope_grows"] = False  # SOLUTION
shift_facts["overlap_stays"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For a = 0 all five numbers are 0; shift_facts holds six booleans.
"""  # END TEST CONFIG


def test_no_shift(shift_divergences, shift_facts):
    import numpy as np

    got = shift_divergences(0.0)
    assert got is not None, "shift_divergences(0.0) returned None: expected a dictionary"
    assert isinstance(got, dict), "shift_divergences should return a dictionary"
    for key in ("kl", "reverse_kl", "js", "w1", "w2sq"):
        assert key in got, f"the dictionary has no entry {key!r}"
        number = isinstance(got[key], (int, float, np.integer, np.floating))
        assert number, f"shift_divergences(0.0)[{key!r}] should be a float, got {got[key]!r}"
        assert got[key] == 0, f"shift_divergences(0.0)[{key!r}]: expected 0, got {got[key]}"
    assert isinstance(shift_facts, dict), "shift_facts should be a dictionary"
    keys = ["kl_slope", "js_slope_near", "js_slope_far", "w1_slope_far", "w1_slope_grows", "overlap_stays"]
    for key in keys:
        got = shift_facts.get(key)
        assert isinstance(got, bool), f"shift_facts[{key!r}] should be True or False, got {got!r}"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: One of the two Kullback-Leibler divergences or the Jensen-Shannon divergence is wrong for some shift.
  Integrate piece by piece.
"""  # END TEST CONFIG


def test_integrals_piece_by_piece(shift_divergences):
    import math

    def kl(p, q, pieces):
        total = 0.0
        for left, right in pieces:
            x = (left + right) / 2
            if p(x) > 0:
                total += (right - left) * p(x) * math.log(p(x) / q(x)) if q(x) > 0 else math.inf
        return total

    for a in (0.25, -0.25, 0.5, -0.625, 0.9, -0.99, 1.0, -1.0, 1.5, -2.0, 3.0, -3.0, 1e-6, 0.0, 0.01, 2):
        p = lambda x: 1.0 if 0 < x < 1 else 0.0
        q = lambda x: 1.0 if a < x < a + 1 else 0.0
        ends = sorted({0.0, 1.0, a, a + 1.0})
        pieces = list(zip(ends, ends[1:]))
        m = lambda x: (p(x) + q(x)) / 2
        got = shift_divergences(a)
        assert got["kl"] == kl(p, q, pieces) and got["reverse_kl"] == kl(q, p, pieces)
        # a + 1 is rounded: 1e-16
        assert abs(got["js"] - (kl(p, m, pieces) + kl(q, m, pieces)) / 2) < 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: One of the Wasserstein distances is wrong for some shift. Compare the cheapest plan with other plans.
"""  # END TEST CONFIG


def test_cheapest_plan(shift_divergences):
    from itertools import permutations

    import numpy as np

    for a in (0.25, 0.5, -0.5, 0.75, 1.0, -1.0, 1.25, -2.0, 3.0, 0):
        got = shift_divergences(a)
        # six equal lumps of each box, all 720 ways to pair them
        x = (np.arange(6) + 0.5) / 6
        orders = np.array(list(permutations(range(6))))
        gaps = np.abs(x - (a + x)[orders])
        assert abs(got["w1"] - gaps.mean(axis=1).min()) < 1e-9
        assert abs(got["w2sq"] - (gaps**2).mean(axis=1).min()) < 1e-9


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six statements about the moving boxes is decided wrongly. Draw the measures
  against the shift.
"""  # END TEST CONFIG


def test_shift_facts(shift_facts):
    from itertools import permutations

    import numpy as np

    n = 8  # boxes made of 8 cells each, shifts in whole cells
    q_at = lambda a: (lambda start: [start, start + n])(round(a * n))

    def masses(a):
        p, q = np.zeros(8 * n), np.zeros(8 * n)
        p[:n] = 1 / n
        p_start, p_end = q_at(a)
        q[p_start:p_end] = 1 / n
        return p, q

    def kl(p, q):
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(np.where(p > 0, p * np.log(p / q), 0).sum())

    def js(a):
        p, q = masses(a)
        return (kl(p, (p + q) / 2) + kl(q, (p + q) / 2)) / 2

    w1 = lambda a: np.abs(np.cumsum(np.subtract(*masses(a)))).sum() / n
    slope = lambda measure, a: (measure(a + 1 / n) - measure(a - 1 / n)) * n / 2
    # the cheapest pairing of six lumps each, shifted by half a box: do the three lumps of the overlap stay?
    x = np.arange(6) / 6
    costs = {order: ((x - (x + 0.5)[list(order)]) ** 2).sum() for order in permutations(range(6))}
    cheapest = min(costs, key=costs.get)
    stays = all(abs(x[i] - (x[cheapest[i]] + 0.5)) < 1e-9 for i in (3, 4, 5))
    assert shift_facts["kl_slope"] is bool(np.isfinite(kl(*masses(0.5))))
    assert shift_facts["js_slope_near"] is bool(abs(slope(js, 0.5)) > 1e-6)
    assert shift_facts["js_slope_far"] is bool(abs(slope(js, 2.0)) > 1e-6)
    assert shift_facts["w1_slope_far"] is bool(abs(slope(w1, 2.0)) > 1e-6)
    assert shift_facts["w1_slope_grows"] is bool(slope(w1, 4.0) > slope(w1, 2.0) + 1e-6)
    assert shift_facts["overlap_stays"] is stays


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_shifts():
    shifts = np.linspace(-3, 3, 241)
    measured = [shift_divergences(float(a)) for a in shifts]
    figure, axes = plt.subplots(1, 3, figsize=(11, 2.6))
    for axis, key, title in zip(axes, ("js", "w1", "w2sq"), ("Jensen–Shannon", "$W_1$", "$W_2^2$")):
        axis.plot(shifts, [row[key] for row in measured])
        axis.set(title=title, xlabel="shift $a$")
    figure.tight_layout()


show(draw_shifts)

# %% [raw] sources="udl-15.3"
# # BEGIN QUESTION
# name: q5_optimal_transport
# points: 5

# %% [markdown]
# ## 5. The earth mover's programme
#
# Let $p$ and $q$ be two distributions on the places $1, \dots, n$. A **plan** is a matrix $P \ge 0$ of shape $(n, n)$:
# $P_{ij}$ is the mass that is taken from place $i$ to place $j$. All mass of $p$ has to leave and all of $q$ has to
# arrive: row $i$ of $P$ sums to $p_i$, column $j$ to $q_j$. Moving a unit from $i$ to $j$ costs $C_{ij}$. The **earth
# mover's distance** is the cost $\sum_{ij} C_{ij} P_{ij}$ of the cheapest plan.
#
# To hand this to a solver of linear programmes, stack the plan **column by column** into a vector $x$ with $n^2$
# entries: first $P_{11}, P_{21}, \dots, P_{n1}$, then $P_{12}, \dots$. The constraints are then $A x = b$ and
# $x \ge 0$, where $b$ holds $p_1, \dots, p_n$ followed by $q_1, \dots, q_n$. For $n = 1$, $A$ is a column of two ones.
#
# Write two functions.
#
# - `transport_constraints(n)`: the matrix $A$, a float64 array of shape `(2 * n, n * n)`, $n \ge 1$.
# - `earth_mover(p, q, cost)`: the pair `(distance, plan)`, a float and a float64 array of shape `(n, n)`. `p` and `q`
#   have the shape `(n,)` and equal sums, which need not be 1; entries may be zero. `cost` has the shape `(n, n)`,
#   is not negative, and need **not** be symmetric: going uphill may cost more than coming back. If several plans are
#   cheapest, return any.
#
# An example: $p = (1, 0)$, $q = (\frac14, \frac34)$, and $C_{12} = 2$, $C_{21} = 8$, zero for staying. Three quarters
# move from 1 to 2: the distance is $1.5$.
#
# `solve_programme(c, a, b)`, given below, minimises $c \cdot x$ under $A x = b$ and $x \ge 0$ by the simplex method.
# Write $A$ out on paper for $n = 4$ before you code it.


# %%
def solve_programme(c, a, b):
    """Minimise c @ x subject to a @ x = b (entries of b not negative) and x >= 0; returns x. Small programmes only."""
    rows, columns = a.shape
    table = np.hstack([a, np.eye(rows), b[:, None]]).astype(np.float64)  # one slack per row starts the search
    basis = list(range(columns, columns + rows))
    for price in (np.append(np.zeros(columns), np.ones(rows)), np.append(c, np.zeros(rows))):
        while True:
            gain = price - price[basis] @ table[:, :-1]
            candidates = np.flatnonzero(gain[:columns] < -1e-10)
            if len(candidates) == 0:
                break
            enter = candidates[0]  # always the first one: then the search cannot go round in circles
            # a slack that is zero must stay zero, so it may leave whatever the sign of its entry
            idle = [basis[r] >= columns and abs(table[r, -1]) < 1e-10 for r in range(rows)]
            height = [abs(table[r, enter]) if idle[r] else table[r, enter] for r in range(rows)]
            leave = min((table[r, -1] / height[r], basis[r], r) for r in range(rows) if height[r] > 1e-10)[2]
            table[leave] /= table[leave, enter]
            for r in range(rows):
                if r != leave:
                    table[r] -= table[r, enter] * table[leave]
            basis[leave] = enter
    if any(basis[r] >= columns and table[r, -1] > 1e-7 for r in range(rows)):
        raise ValueError("no x >= 0 satisfies these constraints")
    x = np.zeros(columns + rows)
    x[basis] = table[:, -1]
    return x[:columns]


# %% [raw]
# # BEGIN SOLUTION
# %%
def transport_constraints(n):
    """Matrix (2n, n * n) that turns a plan, stacked column by column, into its row sums and its column sums."""
    # BEGIN SOLUTION
    return np.vstack([np.kron(np.ones((1, n)), np.eye(n)), np.kron(np.eye(n), np.ones((1, n)))])
    # END SOLUTION


def earth_mover(p, q, cost):
    """Earth mover's distance from p to q and a cheapest plan: (float, (n, n) array)."""
    # BEGIN SOLUTION
    n = len(p)
    x = solve_programme(cost.flatten("F"), transport_constraints(n), np.concatenate([p, q]))
    plan = x.reshape((n, n), order="F")
    return float((cost * plan).sum()), plan
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For n = 1 the matrix is a column of two ones; from (1, 0) to (1/4, 3/4) with C_12 = 2 the distance is
  1.5.
"""  # END TEST CONFIG


def test_two_places(transport_constraints, earth_mover):
    import numpy as np

    got = transport_constraints(1)
    assert got is not None, "transport_constraints(1) returned None: expected an array"
    assert np.shape(got) == (2, 1), f"transport_constraints(1): expected shape (2, 1), got {np.shape(got)}"
    assert np.allclose(got, 1), f"transport_constraints(1): expected [[1], [1]], got {np.asarray(got).tolist()}"
    got = earth_mover(np.array([1.0, 0.0]), np.array([0.25, 0.75]), np.array([[0.0, 2.0], [8.0, 0.0]]))
    assert got is not None, "earth_mover(...) returned None: expected (distance, plan)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "earth_mover should return (distance, plan)"
    distance, plan = got
    assert np.shape(distance) == (), "earth_mover: the distance should be a single number"
    assert abs(distance - 1.5) < 1e-9, f"earth_mover: expected the distance 1.5, got {distance}"
    assert np.shape(plan) == (2, 2), f"earth_mover: expected a plan of shape (2, 2), got {np.shape(plan)}"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The matrix does not give the sums of every plan in the order that is asked for. Try a plan that is not
  symmetric.
"""  # END TEST CONFIG


def test_sums_of_plans(transport_constraints):
    import numpy as np

    rng = np.random.default_rng(171)
    for n in (1, 2, 3, 4, 5, 7):
        a = transport_constraints(n)
        assert np.shape(a) == (2 * n, n * n) and np.asarray(a).dtype == np.float64
        for _ in range(3):
            plan = rng.uniform(size=(n, n))
            stacked = [plan[i, j] for j in range(n) for i in range(n)]
            sums = [sum(plan[i, j] for j in range(n)) for i in range(n)]
            sums += [sum(plan[i, j] for i in range(n)) for j in range(n)]
            assert np.allclose(a @ np.array(stacked), sums, rtol=0, atol=1e-12)
        assert np.count_nonzero(a) == 2 * n * n and np.linalg.matrix_rank(a) == 2 * n - 1


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: There is a cheaper plan than yours, or your distance is smaller than that of any plan. Costs need not
  be symmetric.
"""  # END TEST CONFIG


def test_all_plans(earth_mover):
    from itertools import permutations

    import numpy as np

    rng = np.random.default_rng(172)
    for n in (1, 2, 3, 4, 4, 5):
        for total in (1, 4, 6):
            # masses in whole lumps: some cheapest plan moves whole lumps, so all pairings are tried
            start, end = np.sort(rng.integers(n, size=(2, total)), axis=1)
            p, q = (np.bincount(places, minlength=n).astype(np.float64) for places in (start, end))
            cost = rng.uniform(size=(n, n)) * rng.integers(1, 4, size=(n, n))
            orders = np.array(list(permutations(range(total))))
            best = cost[start, end[orders]].sum(axis=1).min()
            for scale in (1.0, 1 / total):
                distance, _ = earth_mover(scale * p, scale * q, cost)
                assert abs(distance - scale * best) < 1e-9


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The plan does not take all mass from p to q, or it does not cost what you say. P_ij goes from i to j.
"""  # END TEST CONFIG


def test_plan_is_a_plan(earth_mover):
    import numpy as np

    rng = np.random.default_rng(173)
    places = np.arange(6.0)
    line = np.abs(places[:, None] - places)
    for n in (2, 3, 6):
        for cost in (rng.uniform(size=(n, n)), line[:n, :n], np.asfortranarray(rng.uniform(size=(n, n)))):
            p, q = rng.dirichlet(np.ones(n)), rng.dirichlet(np.full(n, 0.4))
            distance, plan = earth_mover(p, q, cost)
            plan = np.asarray(plan)
            assert plan.shape == (n, n) and plan.min() > -1e-9
            assert np.allclose(plan.sum(axis=1), p, atol=1e-9) and np.allclose(plan.sum(axis=0), q, atol=1e-9)
            assert abs((plan * cost).sum() - distance) < 1e-9
        p = rng.dirichlet(np.ones(n))
        distance, plan = earth_mover(p, p, line[:n, :n])
        assert abs(distance) < 1e-9 and np.allclose(plan, np.diag(p), atol=1e-9)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_a_plan():
    places = np.arange(1.0, 7.0)
    p, q = np.array([0.3, 0.25, 0.2, 0.15, 0.1, 0.0]), np.array([0.05, 0.05, 0.1, 0.1, 0.3, 0.4])
    distance, plan = earth_mover(p, q, np.abs(places[:, None] - places))
    figure, axes = plt.subplots(1, 2, figsize=(9, 2.8))
    axes[0].bar(places - 0.2, p, width=0.4, label="$p$")
    axes[0].bar(places + 0.2, q, width=0.4, label="$q$")
    axes[0].legend()
    image = axes[1].imshow(plan, cmap="Blues", extent=(0.5, 6.5, 6.5, 0.5))
    axes[1].set(title=f"a cheapest plan, distance {distance:.2f}", xlabel="to", ylabel="from")
    figure.colorbar(image)
    figure.tight_layout()


show(draw_a_plan)

# %% [raw] sources="udl-15.3"
# # BEGIN QUESTION
# name: q6_transport_on_a_line
# points: 4

# %% [markdown]
# ## 6. Transport on a line
#
# On a line, with the cost $|x - y|$, no programme is needed: look at a gap between two neighbouring places and ask how
# much mass has to cross it.
#
# There is a second way to see the same number. Let a **critic** give every place a score $f_k$, such that no two scores
# differ by more than the distance of their places: $|f_k - f_l| \le |x_k - x_l|$. Then $\sum_k p_k f_k - \sum_k q_k
# f_k$ is never larger than $W_1$, and the best critic reaches it. Wasserstein GANs train a network to be this critic.
#
# With places $x = (0, 2, 3)$, $p = (\frac12, \frac12, 0)$ and $q = (0, \frac12, \frac12)$: half of the mass has to
# cross both gaps, so $W_1 = \frac12 \cdot 2 + \frac12 \cdot 1 = 1.5$, and the scores $(0, -2, -3)$ reach it.
#
# Write three functions.
#
# - `w1_on_line(x, p, q)`: $W_1$ as a float. `x` are $K \ge 1$ places in ascending order, all different, not
#   necessarily evenly spaced; `p` and `q` are probabilities. All have the shape `(K,)` and dtype float64.
# - `w1_of_samples(a, b)`: $W_1$ as a float between two samples of equal size: arrays of shape `(N,)` in any order,
#   where each entry has the mass $1 / N$.
# - `best_critic(x, p, q)`: scores of a best critic, a float64 array of shape `(K,)` whose first entry is 0. If there
#   are several, return any.
#
# The figure below compares your critic with the best discriminator; for that curve it calls `best_logit` of question 3.


# %% [raw]
# # BEGIN SOLUTION
# %%
def w1_on_line(x, p, q):
    """Wasserstein distance W_1 between the masses p and q on the places x, a float."""
    # BEGIN SOLUTION
    crossing = np.cumsum(p - q)[:-1]
    return float((np.abs(crossing) * np.diff(x)).sum())
    # END SOLUTION


def w1_of_samples(a, b):
    """Wasserstein distance W_1 between two samples of equal size, a float."""
    # BEGIN SOLUTION
    return float(np.abs(np.sort(a) - np.sort(b)).mean())
    # END SOLUTION


def best_critic(x, p, q):
    """Scores (K,) that start at 0, change at most as fast as x, and tell p from q as well as possible."""
    # BEGIN SOLUTION
    rises = -np.sign(np.cumsum(p - q)[:-1]) * np.diff(x)
    return np.concatenate([[0.0], np.cumsum(rises)])
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With places (0, 2, 3), p = (1/2, 1/2, 0) and q = (0, 1/2, 1/2) the distance is 1.5, and a best critic
  has the scores (0, -2, -3).
"""  # END TEST CONFIG


def test_three_places(w1_on_line, w1_of_samples, best_critic):
    import numpy as np

    x, p, q = np.array([0.0, 2.0, 3.0]), np.array([0.5, 0.5, 0.0]), np.array([0.0, 0.5, 0.5])
    got = w1_on_line(x, p, q)
    assert got is not None, "w1_on_line(...) returned None: expected a float"
    assert np.shape(got) == () and abs(got - 1.5) < 1e-9, f"w1_on_line: expected 1.5, got {got}"
    got = w1_of_samples(np.array([0.0, 2.0]), np.array([2.0, 3.0]))
    assert got is not None, "w1_of_samples(...) returned None: expected a float"
    assert np.shape(got) == () and abs(got - 1.5) < 1e-9, f"w1_of_samples: expected 1.5, got {got}"
    got = best_critic(x, p, q)
    assert got is not None, "best_critic(...) returned None: expected an array of shape (K,)"
    assert np.shape(got) == (3,), f"best_critic: expected shape (3,), got {np.shape(got)}"
    assert np.allclose(got, [0, -2, -3]), f"best_critic: expected [0, -2, -3], got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: For some places or samples your distance is not the cost of the cheapest plan. Gaps may be uneven,
  samples unsorted.
"""  # END TEST CONFIG


def test_all_pairings(w1_on_line, w1_of_samples):
    from itertools import permutations

    import numpy as np

    rng = np.random.default_rng(174)
    for n in (1, 2, 3, 5, 6, 6):
        orders = np.array(list(permutations(range(n))))
        a, b = rng.normal(size=n) - 1, 2 * rng.normal(size=2 * n)[::2]
        best = np.abs(a - b[orders]).mean(axis=1).min()
        assert abs(w1_of_samples(a, b) - best) < 1e-10
        x = np.sort(np.concatenate([a, b]))
        p, q = np.isin(x, a) / n, np.isin(x, b) / n
        assert abs(w1_on_line(x, p, q) - best) < 1e-10
        x = np.cumsum(rng.uniform(0.1, 3, size=4)) - 5
        start, end = rng.integers(4, size=(2, n))
        p, q = (np.bincount(places, minlength=4) / n for places in (start, end))
        best = np.abs(x[start] - x[end][orders]).mean(axis=1).min()
        assert abs(w1_on_line(x, p, q) - best) < 1e-10
    assert w1_on_line(np.array([4.0]), np.ones(1), np.ones(1)) == 0
    same = np.array([3.0, -1.0, 3.0, 0.5])
    assert w1_of_samples(same, same[::-1]) == 0


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: The scores break the rule for critics, or another critic tells the two distributions apart better.
"""  # END TEST CONFIG


def test_no_better_critic(best_critic):
    from itertools import product

    import numpy as np

    rng = np.random.default_rng(175)
    for k in (1, 2, 3, 5, 7):
        for concentration in (1.0, 0.3):
            x = np.cumsum(rng.uniform(0.1, 2, size=k)) - 4
            p, q = rng.dirichlet(np.full(k, concentration)), rng.dirichlet(np.ones(k))
            f = np.asarray(best_critic(x, p, q))
            assert f.shape == (k,) and f[0] == 0
            assert (np.abs(f[:, None] - f) <= np.abs(x[:, None] - x) + 1e-9).all()
            # a linear function of the slopes is largest at a corner: every slope up or down
            corners = np.array(list(product((-1.0, 1.0), repeat=k - 1))).reshape(2 ** (k - 1), k - 1)
            others = np.hstack([np.zeros((len(corners), 1)), np.cumsum(corners * np.diff(x), axis=1)])
            assert abs(f @ (p - q) - (others @ (p - q)).max()) < 1e-10
    x, p = np.array([0.0, 1.0, 5.0]), np.array([0.2, 0.3, 0.5])
    f = np.asarray(best_critic(x, p, p))
    assert np.isfinite(f).all() and (np.abs(np.diff(f)) <= np.diff(x) + 1e-9).all()


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_critic():
    x = np.linspace(-4, 6, 201)
    normal = lambda m, s: np.exp(-(((x - m) / s) ** 2) / 2) / s
    p, q = normal(1, 0.7), normal(-1.5, 0.6) + normal(4, 0.4)
    p, q = p / p.sum(), q / q.sum()
    figure, axes = plt.subplots(1, 2, figsize=(9, 2.6))
    axes[0].plot(x, p, label="$p$")
    axes[0].plot(x, q, label="$q$")
    axes[0].legend()
    axes[1].plot(x, best_critic(x, p, q), label="best critic")
    logits = best_logit(*(torch.tensor(masses).clamp(min=1e-300).log() for masses in (p, q)))  # from question 3
    axes[1].plot(x, logits, "--", label="logit of the best discriminator")
    axes[1].set(title=f"$W_1$ = {w1_on_line(x, p, q):.2f}", ylim=(-12, 12))
    axes[1].legend()
    figure.tight_layout()


show(draw_critic)

# %% [raw] sources="udl-15.5"
# # BEGIN QUESTION
# name: q7_gaussian_distances
# points: 4

# %% [markdown]
# ## 7. Two Gaussians
#
# Let $p$ be normal with mean $\mu_1$ and **standard deviation** $\sigma_1$, and $q$ normal with $\mu_2$ and $\sigma_2$.
# Both distances between them have a closed form:
#
# - $D_{KL}[p \| q]$ follows from its integral: $\log p - \log q$ is quadratic in $x$, and you know
#   $\mathbb{E}_p[x]$ and $\mathbb{E}_p[x^2]$.
# - For $W_2^2$, the squared distance of transport at the cost $(x - y)^2$, the cheapest plan on a line keeps the order:
#   it moves $\mu_1 + \sigma_1 z$ to $\mu_2 + \sigma_2 z$, for every $z$. Its cost is an expectation over a standard
#   normal $z$.
#
# With $p = \mathcal{N}(1, 2^2)$ and $q = \mathcal{N}(3, 2^2)$: $D_{KL} = 0.5$ and $W_2^2 = 4$.
#
# Write three functions. Means and deviations are floats or float64 arrays; arrays are broadcast against each other, and
# the result has their common shape.
#
# - `kl_normal(m1, s1, m2, s2)`: $D_{KL}[p \| q]$.
# - `w2sq_normal(m1, s1, m2, s2)`: $W_2^2$. It is never negative, not even by rounding.
# - `unit_curves(t)`: for $\sigma_1 = \sigma_2 = 1$ and $t = \mu_1 - \mu_2$ of shape `(T,)`, the pair of arrays
#   $(D_{KL}, W_2^2)$, both of shape `(T,)`. The cell below the question draws them.
#
# Then set each entry of `normal_facts` to `True` or `False`.
#
# - `"kl_symmetric"`: $D_{KL}[p \| q] = D_{KL}[q \| p]$ for all Gaussians.
# - `"w2_symmetric"`: $W_2^2$ is the same from $p$ to $q$ and from $q$ to $p$.
# - `"w2_is_twice_kl"`: $W_2^2 = 2 D_{KL}$ for all Gaussians.
# - `"kl_stays_finite"`: with $\mu_1 = 1$, $\mu_2 = 0$ and $\sigma_1 = 1$ fixed, $D_{KL}[p \| q]$ stays below some limit
#   as $\sigma_2 \to 0$.
# - `"w2_stays_finite"`: the same of $W_2^2$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def kl_normal(m1, s1, m2, s2):
    """Kullback-Leibler divergence of N(m1, s1^2) from N(m2, s2^2), broadcast."""
    # BEGIN SOLUTION
    return np.log(s2 / s1) + (s1**2 + (m1 - m2) ** 2) / (2 * s2**2) - 0.5
    # END SOLUTION


def w2sq_normal(m1, s1, m2, s2):
    """Squared Wasserstein distance W_2^2 between N(m1, s1^2) and N(m2, s2^2), broadcast."""
    # BEGIN SOLUTION
    return (m1 - m2) ** 2 + (s1 - s2) ** 2
    # END SOLUTION


def unit_curves(t):
    """KL and squared W_2 between normals with deviation 1 whose means differ by t (T,): two arrays (T,)."""
    # BEGIN SOLUTION
    return t**2 / 2, t**2
    # END SOLUTION


normal_facts = {}
normal_facts["kl_symmetric"] = False  # SOLUTION
normal_facts["w2_symmetric"] = True  # SOLUTION
normal_facts["w2_is_twice_kl"] = False  # SOLUTION
normal_facts["kl_stays_finite"] = False  # SOLUTION
normal_facts["w2_stays_finite"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: From N(1, 2^2) to N(3, 2^2) the divergence is 0.5 and the squared distance 4; normal_facts holds five
  booleans.
"""  # END TEST CONFIG


def test_moved_by_two(kl_normal, w2sq_normal, unit_curves, normal_facts):
    import numpy as np

    for name, function, expected in (("kl_normal", kl_normal, 0.5), ("w2sq_normal", w2sq_normal, 4.0)):
        got = function(1.0, 2.0, 3.0, 2.0)
        assert got is not None, f"{name}(...) returned None: expected a number"
        assert np.shape(got) == (), f"{name}: expected a single number, got shape {np.shape(got)}"
        assert abs(got - expected) < 1e-9, f"{name}(1, 2, 3, 2): expected {expected}, got {got}"
    got = unit_curves(np.array([0.0, 1.0, 2.0]))
    assert got is not None, "unit_curves(...) returned None: expected two arrays"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "unit_curves should return (kl, w2sq)"
    for name, part in zip(("kl", "w2sq"), got):
        assert np.shape(part) == (3,), f"unit_curves, {name}: expected shape (3,), got {np.shape(part)}"
        assert part[0] == 0, f"unit_curves, {name}: expected 0 at t = 0, got {part[0]}"
    assert isinstance(normal_facts, dict), "normal_facts should be a dictionary"
    for key in ("kl_symmetric", "w2_symmetric", "w2_is_twice_kl", "kl_stays_finite", "w2_stays_finite"):
        got = normal_facts.get(key)
        assert isinstance(got, bool), f"normal_facts[{key!r}] should be True or False, got {got!r}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Numerical integration or torch gives another divergence or another cost of transport. The sigmas are
  deviations, not variances.
"""  # END TEST CONFIG


def test_against_torch_and_quadrature(kl_normal, w2sq_normal):
    import numpy as np
    import torch

    rng = np.random.default_rng(181)
    m1, m2 = rng.normal(scale=3, size=(2, 50))
    s1, s2 = rng.uniform(0.2, 4, size=(2, 50))
    normal = lambda m, s: torch.distributions.Normal(torch.tensor(m), torch.tensor(s))
    expected = torch.distributions.kl_divergence(normal(m1, s1), normal(m2, s2)).numpy()
    assert np.allclose(kl_normal(m1, s1, m2, s2), expected, rtol=1e-9, atol=1e-9)
    # equal shares of both, sorted: a cheapest plan; 20000 shares miss the last bit of the tails
    u = (torch.arange(20000, dtype=torch.float64) + 0.5) / 20000
    for row in [*zip(m1[:6], s1[:6], m2[:6], s2[:6]), (0.0, 1.0, 0.0, 3.0), (1.0, 2.0, -1.0, 0.5)]:
        gaps = normal(*row[:2]).icdf(u) - normal(*row[2:]).icdf(u)
        cost = (gaps**2).mean().item()
        assert abs(w2sq_normal(*row) - cost) < 1e-3 * (1 + cost)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Arrays of different shapes are not broadcast, a distance is negative, or the curves for unit deviations
  are not right.
"""  # END TEST CONFIG


def test_shapes_and_curves(kl_normal, w2sq_normal, unit_curves):
    import numpy as np
    import torch

    m = np.linspace(-2, 2, 5)[:, None]
    s = np.array([0.5, 1.0, 3.0])
    for function in (kl_normal, w2sq_normal):
        table = function(m, s, 0.5, 2.0)
        assert np.shape(table) == (5, 3)
        for i in range(5):
            for k in range(3):
                assert abs(table[i, k] - function(float(m[i, 0]), float(s[k]), 0.5, 2.0)) < 1e-12
    rng = np.random.default_rng(182)
    close = rng.uniform(0.1, 5, size=1000)
    nearly = close * (1 + 1e-9)
    assert (w2sq_normal(0.0, close, 0.0, close) == 0).all() and (w2sq_normal(0.0, close, 0.0, nearly) >= 0).all()
    t = np.linspace(-4, 4, 33)
    kl, w2sq = unit_curves(t)
    centre = torch.distributions.Normal(torch.zeros(33, dtype=torch.float64), 1.0)
    moved = torch.distributions.Normal(torch.tensor(t), 1.0)
    assert np.allclose(kl, torch.distributions.kl_divergence(moved, centre), atol=1e-10)
    # with equal deviations every unit of mass moves by t
    assert np.allclose(w2sq, [abs(shift) * abs(shift) for shift in t], atol=1e-10)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about two Gaussians is decided wrongly. Try pairs with different
  deviations.
"""  # END TEST CONFIG


def test_normal_facts(normal_facts):
    import numpy as np
    import torch

    def kl(m1, s1, m2, s2):
        normal = lambda m, s: torch.distributions.Normal(torch.tensor(m).double(), torch.tensor(s).double())
        return torch.distributions.kl_divergence(normal(m1, s1), normal(m2, s2)).item()

    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    cost = lambda m1, s1, m2, s2: (weights @ (m1 + s1 * nodes - m2 - s2 * nodes) ** 2) / np.sqrt(2 * np.pi)
    pairs = [(0.0, 1.0, 0.0, 3.0), (1.0, 2.0, -1.0, 0.5), (0.0, 1.0, 2.0, 1.0)]
    swapped = [(m2, s2, m1, s1) for m1, s1, m2, s2 in pairs]
    same = lambda measure: bool(np.allclose([measure(*a) for a in pairs], [measure(*b) for b in swapped]))
    twice = bool(np.allclose([cost(*a) for a in pairs], [2 * kl(*a) for a in pairs]))
    bounded = lambda measure: bool(measure(1.0, 1.0, 0.0, 1e-6) < 1e3)
    assert normal_facts["kl_symmetric"] is same(kl)
    assert normal_facts["w2_symmetric"] is same(cost)
    assert normal_facts["w2_is_twice_kl"] is twice
    assert normal_facts["kl_stays_finite"] is bounded(kl)
    assert normal_facts["w2_stays_finite"] is bounded(cost)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_unit_curves():
    t = np.linspace(-4, 4, 161)
    kl, w2sq = unit_curves(t)
    figure, axis = plt.subplots(figsize=(5.5, 3))
    axis.plot(t, kl, label="$D_{KL}$")
    axis.plot(t, w2sq, label="$W_2^2$")
    axis.plot(t, np.sqrt(w2sq), "--", label="$W_2$")
    axis.set(xlabel="$\\mu_1 - \\mu_2$", title="two normals with deviation 1")
    axis.legend()
    figure.tight_layout()


show(draw_unit_curves)

# %% [raw] sources="udl-15.6"
# # BEGIN QUESTION
# name: q8_truncation
# points: 5

# %% [markdown]
# ## 8. The truncation trick
#
# Samples look better, and more alike, if latents far from the centre are avoided. The latent $z$ has $d$ independent
# standard normal coordinates; **truncation** at $\tau > 0$ keeps it only if $|z_i| \le \tau$ in **every** coordinate.
#
# For one coordinate and $\tau = 2$, a share of $0.0455$ of the probability is cut off. For two coordinates it is
# $0.0889$, since both have to stay.
#
# Write three functions. The module `math` has `erf` and `erfc`, where $\text{erfc}(x) = 1 - \text{erf}(x)$ is twice the
# probability that a normal variable with mean 0 and variance $\frac12$ is larger than $x \ge 0$.
#
# - `share_cut(tau, d)`: the share of the probability that is cut off, as a float. Tiny shares have to be right too:
#   `share_cut(10, 1)` is about $1.5 \cdot 10^{-23}$, not 0. (Relative error below $10^{-9}$.)
# - `log10_kept(tau, d)`: the logarithm to base 10 of the share that is **kept**, as a float. It must be right to nine
#   digits even where the share itself is too small for a float, such as $10^{-1000}$.
# - `draw_truncated(n, d, tau, seed)`: `n` truncated latents, a float32 tensor of shape `(n, d)`. Waiting until a whole
#   vector is inside would take for ever; but the coordinates are independent, so each may be drawn again on its own
#   until it is inside. The result must have the distribution of a truncated normal. The same `seed` gives the same
#   tensor, another seed another one. $\tau$ is at least $0.04$.
#
# Then let $d = 100$. Set `kept_power` for $\tau = 2, 1, 0.5, 0.04$: the integer $k$ for which the share that is kept
# lies between $10^k$ and $10^{k+1}$. Guess before you compute: how far may a latent with 100 coordinates be truncated
# until only one in a million is left?


# %% [raw]
# # BEGIN SOLUTION
# %%
def share_cut(tau, d):
    """Share of a d-dimensional standard normal outside of the cube [-tau, tau]^d, a float."""
    # BEGIN SOLUTION
    return -math.expm1(d * math.log1p(-math.erfc(tau / math.sqrt(2))))
    # END SOLUTION


def log10_kept(tau, d):
    """Logarithm to base 10 of the share inside of the cube [-tau, tau]^d, a float."""
    # BEGIN SOLUTION
    return d * math.log1p(-math.erfc(tau / math.sqrt(2))) / math.log(10)
    # END SOLUTION


def draw_truncated(n, d, tau, seed):
    """Truncated standard normal latents, float32 (n, d), reproducible by the seed."""
    # BEGIN SOLUTION
    source = torch.Generator().manual_seed(seed)
    z = torch.randn(n, d, generator=source)
    while (outside := z.abs() > tau).any():
        z[outside] = torch.randn(int(outside.sum()), generator=source)
    return z
    # END SOLUTION


kept_power = {}
kept_power[2] = -3  # SOLUTION
kept_power[1] = -17  # SOLUTION
kept_power[0.5] = -42  # SOLUTION
kept_power[0.04] = -150  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With tau = 2 a share of 0.0455 is cut off in one dimension and of 0.0889 in two; kept_power holds four
  integers.
"""  # END TEST CONFIG


def test_one_and_two_dimensions(share_cut, log10_kept, draw_truncated, kept_power):
    import numpy as np
    import torch

    for d, expected in ((1, 0.0455), (2, 0.0889)):
        got = share_cut(2.0, d)
        assert got is not None, f"share_cut(2.0, {d}) returned None: expected a float"
        assert np.shape(got) == (), f"share_cut: expected a single number, got shape {np.shape(got)}"
        assert abs(got - expected) < 1e-4, f"share_cut(2.0, {d}): expected {expected}, got {got}"
    got = log10_kept(2.0, 1)
    assert got is not None, "log10_kept(2.0, 1) returned None: expected a float"
    assert np.shape(got) == () and got < 0, f"log10_kept: expected a negative number, got {got}"
    got = draw_truncated(3, 2, 1.0, 0)
    assert got is not None, "draw_truncated(...) returned None: expected a tensor"
    assert isinstance(got, torch.Tensor), "draw_truncated should return a tensor"
    assert got.shape == (3, 2), f"draw_truncated(3, 2, 1.0, 0): expected shape (3, 2), got {tuple(got.shape)}"
    assert got.dtype == torch.float32, f"draw_truncated: expected float32, got {got.dtype}"
    assert isinstance(kept_power, dict), "kept_power should be a dictionary"
    for tau in (2, 1, 0.5, 0.04):
        got = kept_power.get(tau)
        assert isinstance(got, (int, np.integer)), f"kept_power[{tau}] should be an integer, got {got!r}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A share is wrong for some cube, or loses its digits where it is tiny. Both tails and all dimensions
  count.
"""  # END TEST CONFIG


def test_share_cut(share_cut):
    import math

    import numpy as np
    import torch

    nodes, weights = np.polynomial.legendre.leggauss(80)
    density = lambda x: np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    for tau in (0.04, 0.5, 1.0, 1.7, 2.0, 4.0):
        within = tau * (weights @ density(tau * nodes))
        for d in (1, 2, 3, 10, 100):
            assert abs(share_cut(tau, d) - (1 - within**d)) < 1e-9
    for tau in (5.0, 10.0, 25.0):
        # far out the share is the sum over coordinates and sides, up to its own square
        one_side = torch.special.log_ndtr(torch.tensor(-tau, dtype=torch.float64)).item()
        for d in (1, 100):
            expected = 2 * d * math.exp(one_side)
            correct = -expected * expected * (d - 1) / (2 * d)
            assert abs(share_cut(tau, d) - expected - correct) <= 1e-8 * expected


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The logarithm of the kept share, or one of the four powers of ten, is wrong. Shares of independent
  coordinates multiply.
"""  # END TEST CONFIG


def test_log_of_kept_share(log10_kept, kept_power):
    import math
    from fractions import Fraction

    import torch

    def within(tau):
        # power series of the integral of the normal density, with exact fractions
        t = Fraction(tau)
        terms = [Fraction((-1) ** k) * t ** (2 * k + 1) / (2**k * math.factorial(k) * (2 * k + 1)) for k in range(40)]
        return float(sum(terms)) * math.sqrt(2 / math.pi)

    for tau in (0.04, 0.25, 0.5, 1.0, 2.0):
        for d in (1, 7, 100, 1000, 100000):
            expected = d * math.log10(within(tau))
            assert abs(log10_kept(tau, d) - expected) < 1e-9 * abs(expected)
    tail = 2 * math.exp(torch.special.log_ndtr(torch.tensor(-12.0, dtype=torch.float64)).item())
    assert abs(log10_kept(12.0, 5) / (-5 * tail / math.log(10)) - 1) < 1e-8
    for tau in (2, 1, 0.5, 0.04):
        share = Fraction(within(tau)) ** 100
        k = kept_power[tau]
        assert Fraction(10) ** int(k) < share < Fraction(10) ** (int(k) + 1)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The latents do not have the distribution of a truncated normal, or seeds do not do what they should.
  Nothing piles up at the border.
"""  # END TEST CONFIG


def test_truncated_latents(draw_truncated):
    import torch

    normal = torch.distributions.Normal(0.0, 1.0)
    for n, d, tau in ((50, 400, 0.5), (200, 100, 2.0), (400, 50, 1.0), (1, 20000, 3.0), (100, 40, 0.04)):
        z = draw_truncated(n, d, tau, 7)
        assert z.shape == (n, d) and z.dtype == torch.float32
        assert z.abs().max() <= tau
        # Kolmogorov and Smirnov: right samples stay below 1.9 / sqrt(N), but for 1 in 1000
        u = (normal.cdf(z.flatten().sort().values) - normal.cdf(torch.tensor(-tau))) / (
            1 - 2 * normal.cdf(-torch.tensor(tau))
        )
        gap = (u - (torch.arange(n * d) + 0.5) / (n * d)).abs().max()
        assert gap < 4 / (n * d) ** 0.5
        # neighbours along rows and columns have nothing to do with each other
        for one, other in ((z[:, :-1], z[:, 1:]), (z[:-1], z[1:])):
            if one.numel():
                assert ((one * other).mean() / z.var()).abs() < 9 / one.numel() ** 0.5
    first, again, other = (draw_truncated(5, 4, 0.7, seed) for seed in (3, 3, 4))
    assert torch.equal(first, again) and not torch.equal(first, other)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_latents():
    figure, axes = plt.subplots(1, 2, figsize=(10, 2.8))
    for tau in (2.0, 1.0, 0.5):
        axes[0].hist(draw_truncated(200, 100, tau, 1).flatten().numpy(), bins=60, density=True, alpha=0.6)
    axes[0].set(title="coordinates truncated at 2, 1 and 0.5", xlabel="$z_i$")
    taus = np.linspace(0.5, 5, 100)
    axes[1].plot(taus, [share_cut(float(tau), 1) for tau in taus], label="$d = 1$")
    axes[1].plot(taus, [share_cut(float(tau), 100) for tau in taus], label="$d = 100$")
    axes[1].set(title="share cut off", xlabel="$\\tau$")
    axes[1].legend()
    figure.tight_layout()


show(draw_latents)

# %% [raw] sources="cs-unsup-gan-1"
# # BEGIN QUESTION
# name: q9_generator_losses
# points: 4

# %% [markdown]
# ## 9. Two losses for the generator
#
# The generator sees the discriminator's logit $s$ of a generated example, and $d = 1 / (1 + e^{-s})$. Two losses are
# in use. The first is what the objective says, the second asks for the same in other words:
#
# $$L_{\text{saturating}} = \log(1 - d), \qquad L_{\text{non-saturating}} = -\log d .$$
#
# At $s = 0$ they are $-\log 2$ and $\log 2$, and both have the derivative $-\frac12$ with respect to $s$: a larger
# logit makes either of them smaller.
#
# Write two functions. `logits` is a tensor of shape `(N,)` in float32 or float64, `kind` is `"saturating"` or
# `"non_saturating"`. Logits may be as large as $\pm 1000$; no result may be `inf` or `nan`.
#
# - `generator_loss(logits, kind)`: the mean loss, a tensor with one number, through which gradients can flow.
# - `loss_slope(logits, kind)`: for each logit the derivative of **its own** loss (not of the mean) with respect to it,
#   of shape `(N,)`. Use a formula, not autograd; it has to keep its digits where it is tiny.
#
# Then set each entry of `loss_facts` to `True` or `False`.
#
# - `"same_direction"`: at every logit the two slopes have the same sign.
# - `"same_minimum"`: both losses have a lower bound.
# - `"saturating_fades"`: the slope of the saturating loss tends to 0 as the discriminator becomes sure that the example
#   is generated.
# - `"non_saturating_fades"`: the slope of the non-saturating loss does so too.
# - `"fooled_is_quiet"`: the slope of the non-saturating loss tends to 0 as the discriminator becomes sure that the
#   example is real.


# %% [raw]
# # BEGIN SOLUTION
# %%
def generator_loss(logits, kind):
    """Mean loss of the generator for logits (N,) of generated examples; kind: "saturating" or "non_saturating"."""
    # BEGIN SOLUTION
    if kind == "saturating":
        return F.logsigmoid(-logits).mean()
    return -F.logsigmoid(logits).mean()
    # END SOLUTION


def loss_slope(logits, kind):
    """Derivative of each example's loss with respect to its logit, shape (N,)."""
    # BEGIN SOLUTION
    return -torch.sigmoid(logits if kind == "saturating" else -logits)
    # END SOLUTION


loss_facts = {}
loss_facts["same_direction"] = True  # SOLUTION
loss_facts["same_minimum"] = False  # SOLUTION
loss_facts["saturating_fades"] = True  # SOLUTION
loss_facts["non_saturating_fades"] = False  # SOLUTION
loss_facts["fooled_is_quiet"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: At the logit 0 the losses are -log 2 and log 2, and both slopes are -0.5; loss_facts holds five
  booleans.
"""  # END TEST CONFIG


def test_logit_zero(generator_loss, loss_slope, loss_facts):
    import math

    import torch

    for kind, expected in (("saturating", -math.log(2)), ("non_saturating", math.log(2))):
        got = generator_loss(torch.zeros(2), kind)
        assert got is not None, "generator_loss(...) returned None: expected a tensor with one number"
        assert isinstance(got, torch.Tensor), "generator_loss should return a tensor"
        assert got.shape == (), f"generator_loss: expected shape (), got {tuple(got.shape)}"
        assert abs(got.item() - expected) < 1e-4, f"{kind} loss at 0: expected {expected:.4f}, got {got.item()}"
        got = loss_slope(torch.zeros(2), kind)
        assert got is not None, "loss_slope(...) returned None: expected a tensor of shape (N,)"
        assert isinstance(got, torch.Tensor), "loss_slope should return a tensor"
        assert got.shape == (2,), f"loss_slope: expected shape (2,), got {tuple(got.shape)}"
        assert (got + 0.5).abs().max() < 1e-6, f"slope of the {kind} loss at 0: expected -0.5, got {got.tolist()}"
    assert isinstance(loss_facts, dict), "loss_facts should be a dictionary"
    keys = ["same_direction", "same_minimum", "saturating_fades", "non_saturating_fades", "fooled_is_quiet"]
    for key in keys:
        got = loss_facts.get(key)
        assert isinstance(got, bool), f"loss_facts[{key!r}] should be True or False, got {got!r}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A loss is wrong for some logits, overflows for large ones, or lets no gradient through.
"""  # END TEST CONFIG


def test_losses(generator_loss):
    import torch

    def gradient(loss, s, kind):
        import torch

        s = s.clone().requires_grad_()
        return torch.autograd.grad(loss(s, kind), s)[0]

    source = torch.Generator().manual_seed(191)
    for n in (1, 2, 33):
        for dtype, tol in ((torch.float32, 1e-5), (torch.float64, 1e-12)):
            s = 2 * torch.randn(n, generator=source, dtype=dtype)
            d = torch.sigmoid(s.double())
            # |s| below 8 here: in float64 the plain formulas lose a few bits only
            for kind, expected in (("saturating", (1 - d).log()), ("non_saturating", -d.log())):
                assert generator_loss(s, kind).dtype == dtype
                assert abs(generator_loss(s, kind) - expected.mean()) < tol
    far = torch.tensor([1000.0, -200.0, -1000.0, 50.0])
    assert abs(generator_loss(far, "saturating") + 1050 / 4) < 1e-3
    assert abs(generator_loss(far, "non_saturating") - 1200 / 4) < 1e-3
    flow = inside(gradient)
    assert torch.allclose(flow(generator_loss, far, "saturating"), torch.tensor([-0.25, 0.0, 0.0, -0.25]))
    assert torch.allclose(flow(generator_loss, far, "non_saturating"), torch.tensor([0.0, -0.25, -0.25, 0.0]))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A slope is not the derivative of its loss, or loses its digits where it is tiny.
"""  # END TEST CONFIG


def test_slopes(loss_slope):
    import math

    import torch

    s = torch.cat([torch.linspace(-6, 6, 49, dtype=torch.float64), torch.tensor([0.3, -8.0]).double()])
    s.requires_grad_()
    losses = {"saturating": -torch.log1p(s.exp()), "non_saturating": torch.log1p((-s).exp())}
    for kind, values in losses.items():
        (expected,) = torch.autograd.grad(values.sum(), s)
        got = loss_slope(s.detach(), kind)
        assert got.shape == s.shape and torch.allclose(got, expected, rtol=1e-10, atol=0)
        assert torch.allclose(loss_slope(s.detach().float(), kind), expected.float(), rtol=1e-4, atol=0)
    # e^-60, next to which 1 is all that a float can hold
    far = torch.tensor([-60.0, 60.0], dtype=torch.float64)
    tiny = math.exp(-60)
    for kind, expected in (("saturating", [-tiny, -1.0]), ("non_saturating", [-1.0, -tiny])):
        assert torch.allclose(loss_slope(far, kind), torch.tensor(expected, dtype=torch.float64), rtol=1e-9, atol=0)
        assert torch.isfinite(loss_slope(torch.tensor([1000.0, -1000.0]), kind)).all()


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the five statements about the two losses is decided wrongly. Follow each loss to both
  ends.
"""  # END TEST CONFIG


def test_loss_facts(loss_facts):
    import torch

    s = torch.linspace(-40, 40, 401, dtype=torch.float64, requires_grad=True)
    saturating, non_saturating = -torch.nn.functional.softplus(s, threshold=100), torch.log1p((-s).exp())
    (one,) = torch.autograd.grad(saturating.sum(), s)
    (two,) = torch.autograd.grad(non_saturating.sum(), s)
    # a loss with a lower bound hardly falls any more at the far end
    bounded = [bool(abs(loss[-1] - loss[-51]) < 1e-3) for loss in (saturating, non_saturating)]
    assert loss_facts["same_direction"] is bool((one.sign() == two.sign()).all())
    assert loss_facts["same_minimum"] is all(bounded)
    assert loss_facts["saturating_fades"] is bool(abs(one[0]) < 1e-6)
    assert loss_facts["non_saturating_fades"] is bool(abs(two[0]) < 1e-6)
    assert loss_facts["fooled_is_quiet"] is bool(abs(two[-1]) < 1e-6)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_losses():
    s = torch.linspace(-8, 8, 161)
    figure, axes = plt.subplots(1, 2, figsize=(9, 2.8))
    for kind in ("saturating", "non_saturating"):
        axes[0].plot(s, [generator_loss(value[None], kind).item() for value in s], label=kind)
        axes[1].plot(s, loss_slope(s, kind))
    axes[0].set(title="loss", xlabel="logit $s$ of a generated example")
    axes[1].set(title="slope", xlabel="logit $s$ of a generated example")
    axes[0].legend()
    figure.tight_layout()


show(draw_losses)

# %% [raw] sources="cs-unsup-gan-1"
# # BEGIN QUESTION
# name: q10_who_gets_gradients
# points: 4

# %% [markdown]
# ## 10. Who gets gradients?
#
# Training alternates two steps. In each of them one network learns and the other one is held fixed.
#
# - **Discriminator step.** Its loss $L_d$ is the mean cross-entropy of the real batch with the label 1, plus the mean
#   cross-entropy of a generated batch with the label 0. In this step the parameters of the generator get no gradient.
# - **Generator step.** Its loss is the non-saturating one, the mean of $-\log d$ over a generated batch. Only the
#   generator learns.
#
# Write two functions. `G` and `D` are modules: `G(z)` turns latents of shape `(B, k)` into examples of shape `(B, d)`,
# and `D(x)` returns **logits** of shape `(B, 1)`. The real batch and the latents may differ in length. Logits may be
# large.
#
# - `d_step_grads(G, D, real, z)`: the gradients of $L_d$, a list with one tensor for each of `D.parameters()`, in that
#   order.
# - `g_step_grads(G, D, z)`: the gradients of the generator's loss, a list with one tensor for each of
#   `G.parameters()`.
#
# Both only look. Afterwards all parameters, their `.grad` fields (which may hold something from before) and their
# `requires_grad` are what they were, in both networks.
#
# `line_pair(a, b, s, t)`, given below, makes networks of one number: $G(z) = a z + b$ and $D(x) = s x + t$. With
# $G(z) = 2 z$ and $D(x) = x$, a single real example 1 and a single latent 0, the gradients of $D$ are
# $-(1 - d(1)) \approx -0.2689$ for $s$ and $-0.2689 + d(0) = 0.2311$ for $t$. With the
# single latent 1 the example is 2, and both gradients of $G$ are $-(1 - d(2)) \approx -0.1192$.


# %%
def line_pair(a, b, s, t):
    """Two linear networks of one number: G(z) = a z + b, and D(x) = s x + t."""
    nets = nn.Linear(1, 1), nn.Linear(1, 1)
    with torch.no_grad():
        for net, weight, bias in zip(nets, (a, s), (b, t)):
            net.weight.fill_(weight)
            net.bias.fill_(bias)
    return nets


# %% [raw]
# # BEGIN SOLUTION
# %%
def d_step_grads(G, D, real, z):
    """Gradients of the discriminator's loss, one tensor for each of D.parameters()."""
    # BEGIN SOLUTION
    with torch.no_grad():
        fake = G(z)
    loss = -F.logsigmoid(D(real)).mean() - F.logsigmoid(-D(fake)).mean()
    return list(torch.autograd.grad(loss, list(D.parameters())))
    # END SOLUTION


def g_step_grads(G, D, z):
    """Gradients of the generator's non-saturating loss, one tensor for each of G.parameters()."""
    # BEGIN SOLUTION
    loss = -F.logsigmoid(D(G(z))).mean()
    return list(torch.autograd.grad(loss, list(G.parameters())))
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For G(z) = 2 z, D(x) = x, the real example 1 and the latent 0 the gradients of D are -0.2689 and
  0.2311; at the latent 1 both gradients of G are -0.1192.
"""  # END TEST CONFIG


def test_networks_of_one_number(d_step_grads, g_step_grads, line_pair):
    import torch

    G, D = line_pair(2.0, 0.0, 1.0, 0.0)
    one, zero = torch.ones(1, 1), torch.zeros(1, 1)
    # at the latent 1 the example is 2, and -(1 - d(2)) is -0.1192
    results = {"d_step_grads": (d_step_grads(G, D, one, zero), (-0.2689, 0.2311))}
    results["g_step_grads"] = g_step_grads(G, D, one), (-0.1192, -0.1192)
    for name, (got, expected) in results.items():
        assert got is not None, f"{name}(...) returned None: expected a list of tensors"
        assert isinstance(got, (tuple, list)) and len(got) == 2, f"{name} should return a list of two tensors"
        for gradient, shape, value in zip(got, ((1, 1), (1,)), expected):
            assert isinstance(gradient, torch.Tensor), f"{name}: expected tensors, got {type(gradient).__name__}"
            assert gradient.shape == shape, f"{name}: expected shape {shape}, got {tuple(gradient.shape)}"
            assert abs(gradient.item() - value) < 1e-3, f"{name}: expected {value}, got {gradient.item():.4f}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: A gradient is not that of the loss as described. Each batch has its own mean, and the two steps have
  different labels.
"""  # END TEST CONFIG


def test_gradients(d_step_grads, g_step_grads):
    import torch

    def measure(d_step, g_step, g_values, d_values, real, z):
        from torch import nn

        nets = []
        for values in (g_values, d_values):
            (hidden, wide), out = values[0].shape, len(values[3])
            net = nn.Sequential(nn.Linear(wide, hidden), nn.Tanh(), nn.Linear(hidden, out)).to(real.dtype)
            for parameter, value in zip(net.parameters(), values):
                parameter.data.copy_(value)
            nets.append(net)
        one, two = d_step(*nets, real, z), g_step(*nets, z)
        return [g.detach() for g in one], [g.detach() for g in two]

    def network(values, x):
        return torch.tanh(x @ values[0].T + values[1]) @ values[2].T + values[3]

    source = torch.Generator().manual_seed(201)
    cases = [(1, 1, 1, 1, 1.0), (5, 5, 2, 3, 1.0), (7, 2, 3, 2, 1.0), (1, 6, 2, 2, 3.0), (4, 3, 2, 1, 400.0)]
    for n, m, k, d, scale in cases:
        normal = lambda *shape: torch.randn(*shape, generator=source, dtype=torch.float64)
        g_values = [normal(4, k), normal(4), normal(d, 4), normal(d)]
        d_values = [normal(5, d), normal(5), scale * normal(1, 5), normal(1)]
        real, z = 1 + normal(n, d), normal(m, k)
        one, two = inside(measure)(d_step_grads, g_step_grads, g_values, d_values, real, z)
        for values in (g_values, d_values):
            for value in values:
                value.requires_grad_()
        cross = torch.nn.functional.binary_cross_entropy_with_logits
        fake = network(g_values, z)
        logits = torch.cat([network(d_values, real), network(d_values, fake.detach())])
        labels = torch.cat([torch.ones(n, 1), torch.zeros(m, 1)]).double()
        # one call: each example weighted by one over the length of its batch
        share = torch.tensor([1 / n] * n + [1 / m] * m, dtype=torch.float64)[:, None]
        expected = torch.autograd.grad(cross(logits, labels, share, reduction="sum"), d_values)
        assert len(one) == 4 and all(torch.allclose(a, b, rtol=1e-6, atol=1e-9) for a, b in zip(one, expected))
        out = network(d_values, fake)
        expected = torch.autograd.grad(cross(out, torch.ones_like(out)), g_values)
        assert len(two) == 4 and all(torch.allclose(a, b, rtol=1e-6, atol=1e-9) for a, b in zip(two, expected))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: One of your functions leaves traces, in a parameter, in a .grad field or in requires_grad, or it
  sends gradients into the generator where none belong.
"""  # END TEST CONFIG


def test_only_looks(d_step_grads, g_step_grads):
    import torch

    def traces(d_step, g_step, left_over):
        import torch
        from torch import nn

        torch.manual_seed(5)
        G = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 2))
        D = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
        everything = [*G.parameters(), *D.parameters()]
        before = [p.detach().clone() for p in everything]
        for p in everything:
            p.grad = torch.full_like(p, 7.0) if left_over else None
        reached = []
        for p in G.parameters():
            p.register_hook(lambda gradient: reached.append(1))
        one = d_step(G, D, torch.randn(3, 2), torch.randn(4, 2))
        in_d_step = len(reached)
        two = g_step(G, D, torch.randn(4, 2))
        return {
            "answers": [answer is not None and len(answer) for answer in (one, two)],
            "reached": in_d_step,
            "moved": sum(float((p - old).abs().sum()) for p, old in zip(everything, before)),
            "grads": [None if p.grad is None else float(p.grad.sub(7).abs().max()) for p in everything],
            "learns": [p.requires_grad for p in everything],
        }

    for left_over in (False, True):
        found = inside(traces)(d_step_grads, g_step_grads, left_over)
        assert found["answers"] == [4, 4] and found["reached"] == 0 and found["moved"] == 0
        assert found["grads"] == [0.0 if left_over else None] * 8
        assert found["learns"] == [True] * 8


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="cs-unsup-gan-1"
# # BEGIN QUESTION
# name: q11_train_a_gan
# points: 5

# %% [markdown]
# ## 11. Training a GAN
#
# Write `train_gan(G, D, real, z_d, z_g, rate)`. It trains both networks in place and returns the losses on the way.
#
# - `G` and `D` are modules: `G(z)` gives examples of shape `(B, d)`, `D(x)` gives logits of shape `(B, 1)`.
# - `real` has the shape `(T, B, d)`: the real batch of each of the $T \ge 0$ rounds. `z_d` and `z_g` have the shape
#   `(T, B, k)`: the latents for the discriminator step and for the generator step of each round.
# - Both networks have an optimiser of their own, `torch.optim.Adam` with the learning rate `rate` and
#   `betas=(0.5, 0.999)`, and the defaults for everything else.
# - A round is one discriminator step, then one generator step, which meets the discriminator **as it is by then**. The
#   discriminator's loss is the mean cross-entropy of the real batch (label 1) plus that of the generated batch
#   (label 0); the generator's loss is the mean of $-\log d$ over its generated batch. No gradients of one step may
#   enter the other, and no gradient reaches the parameters of `G` in the discriminator step.
# - The result is a float tensor of shape `(T, 2)` that needs no gradient: for each round the loss of the discriminator
#   and that of the generator, each as it was just before its own update.
#
# For example, if `D` says $d = 0.8$ for everything at first, the first entry of the result is $0.2231 + 1.6094$.
#
# When the generator is perfect and the discriminator is the best one for it, both losses stand still. Set
# `rest_losses` to the pair (discriminator's loss, generator's loss) at that point. Then look at the figure: is
# everything right that looks at rest?
#
# `toy_gan(seed, rounds)`, given below, makes the arguments of a small example: real numbers from $\mathcal{N}(3,
# 0.5^2)$, and a linear generator that starts with $\mathcal{N}(0, 1)$.


# %%
def toy_gan(seed, rounds):
    """Arguments G, D, real, z_d, z_g for a GAN of single numbers; the data are N(3, 0.5^2)."""
    torch.manual_seed(seed)
    G, D = nn.Linear(1, 1), nn.Sequential(nn.Linear(1, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
    with torch.no_grad():
        G.weight.fill_(1.0)
        G.bias.fill_(0.0)
    return G, D, 3 + 0.5 * torch.randn(rounds, 64, 1), torch.randn(rounds, 64, 1), torch.randn(rounds, 64, 1)


# %% [raw]
# # BEGIN SOLUTION
# %%
def train_gan(G, D, real, z_d, z_g, rate):
    """Train G and D in place, one step of each per round; returns the losses (T, 2)."""
    # BEGIN SOLUTION
    d_adam, g_adam = (torch.optim.Adam(net.parameters(), lr=rate, betas=(0.5, 0.999)) for net in (D, G))
    losses = torch.empty(len(real), 2)
    for step in range(len(real)):
        fake = G(z_d[step]).detach()
        d_loss = -F.logsigmoid(D(real[step])).mean() - F.logsigmoid(-D(fake)).mean()
        d_adam.zero_grad()
        d_loss.backward()
        d_adam.step()
        g_loss = -F.logsigmoid(D(G(z_g[step]))).mean()
        g_adam.zero_grad()
        g_loss.backward()
        g_adam.step()
        losses[step] = torch.stack([d_loss, g_loss]).detach()
    return losses
    # END SOLUTION


rest_losses = 2 * math.log(2), math.log(2)  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The result has the shape (T, 2); where D says 0.8 for everything, the first loss of the discriminator
  is 1.8326. rest_losses is a pair of numbers.
"""  # END TEST CONFIG


def test_first_round(train_gan, rest_losses):
    import math

    import numpy as np
    import torch

    G, D = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)
    with torch.no_grad():
        D.weight.zero_()
        D.bias.fill_(math.log(4))  # the logit of 0.8
    batches = torch.ones(2, 3, 1)
    got = train_gan(G, D, batches, batches, batches, 0.01)
    assert got is not None, "train_gan(...) returned None: expected a tensor of shape (T, 2)"
    assert isinstance(got, torch.Tensor), "train_gan should return a tensor"
    assert got.shape == (2, 2), f"train_gan, two rounds: expected shape (2, 2), got {tuple(got.shape)}"
    assert got.is_floating_point(), f"train_gan: expected a float tensor, got {got.dtype}"
    first = got[0, 0].item()
    assert abs(first - 1.832581) < 1e-4, f"first loss of the discriminator: expected 1.8326, got {first}"
    assert isinstance(rest_losses, (tuple, list)) and len(rest_losses) == 2, "rest_losses should be a pair"
    for loss in rest_losses:
        number = isinstance(loss, (int, float, np.integer, np.floating))
        assert number, f"rest_losses should hold two numbers, got {loss!r}"


# %%
""" # BEGIN TEST CONFIG
points: 2.5
hidden: true
failure_message: After a few rounds the parameters or the losses are not what they should be. Mind the order of the
  steps, the batches they use, and gradients that are left over.
"""  # END TEST CONFIG


def test_a_few_rounds_by_hand(train_gan):
    import torch

    def train(train_gan, g_values, d_values, real, z_d, z_g, rate):
        from torch import nn

        nets, reached = [], []
        for values in (g_values, d_values):
            (hidden, wide), out = values[0].shape, len(values[3])
            net = nn.Sequential(nn.Linear(wide, hidden), nn.Tanh(), nn.Linear(hidden, out)).double()
            for parameter, value in zip(net.parameters(), values):
                parameter.data.copy_(value)
            nets.append(net)
        nets[0][0].weight.register_hook(lambda gradient: reached.append(1))
        losses = train_gan(*nets, real, z_d, z_g, rate)
        return losses, [[p.detach() for p in net.parameters()] for net in nets], len(reached)

    def network(values, x):
        return torch.tanh(x @ values[0].T + values[1]) @ values[2].T + values[3]

    def adam(values, loss, memory, step, rate):
        gradients = torch.autograd.grad(loss, values)
        for i, gradient in enumerate(gradients):
            memory[0][i] = 0.5 * memory[0][i] + 0.5 * gradient
            memory[1][i] = 0.999 * memory[1][i] + 0.001 * gradient**2
            first, second = memory[0][i] / (1 - 0.5**step), memory[1][i] / (1 - 0.999**step)
            with torch.no_grad():
                values[i] -= rate * first / (second.sqrt() + 1e-8)

    cross = torch.nn.functional.binary_cross_entropy_with_logits
    source = torch.Generator().manual_seed(211)
    for rounds, batch, k, d, rate in ((1, 1, 1, 1, 0.1), (4, 5, 2, 3, 0.05), (6, 3, 3, 1, 0.2), (0, 2, 1, 1, 0.1)):
        normal = lambda *shape: torch.randn(*shape, generator=source, dtype=torch.float64)
        g_values = [normal(4, k), normal(4), normal(d, 4), normal(d)]
        d_values = [normal(5, d), normal(5), normal(1, 5), normal(1)]
        real, z_d, z_g = 1 + normal(rounds, batch, d), normal(rounds, batch, k), normal(rounds, batch, k)
        losses, nets, reached = inside(train)(train_gan, g_values, d_values, real, z_d, z_g, rate)
        assert losses.shape == (rounds, 2) and not losses.requires_grad and reached == rounds
        g_memory, d_memory = ([[0.0] * 4, [0.0] * 4] for _ in range(2))
        for values in (g_values, d_values):
            for value in values:
                value.requires_grad_()
        for step in range(rounds):
            one = network(d_values, real[step])
            two = network(d_values, network(g_values, z_d[step]))
            loss = cross(one, torch.ones_like(one)) + cross(two, torch.zeros_like(two))
            # the result may be float32
            assert abs(losses[step, 0] - loss) < 1e-5 * (1 + loss)
            adam(d_values, loss, d_memory, step + 1, rate)
            out = network(d_values, network(g_values, z_g[step]))
            loss = cross(out, torch.ones_like(out))
            assert abs(losses[step, 1] - loss) < 1e-5 * (1 + loss)
            adam(g_values, loss, g_memory, step + 1, rate)
        for got, expected in zip(nets, (g_values, d_values)):
            # float64, but Adam divides by the size of the gradients, which may be small
            assert all(torch.allclose(a, b, rtol=0, atol=1e-6) for a, b in zip(got, expected))


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: In the toy example the generated mean does not arrive at that of the data, or the losses do not come to
  rest where you say.
"""  # END TEST CONFIG


def test_toy_comes_to_rest(train_gan, toy_gan, rest_losses):
    import torch

    G, D, *batches = toy_gan(23, 300)
    losses = train_gan(G, D, *batches, 0.02)
    d_rest, g_rest = losses[-50:].mean(dim=0).tolist()
    mean = torch.as_tensor(G(torch.zeros(1, 1))).item()
    # 20 seeds: means 2.86 to 3.04, losses 1.367 to 1.409 and 0.670 to 0.712; the spread may be anything
    assert abs(mean - 3) < 1
    assert abs(d_rest - rest_losses[0]) < 0.2 and abs(g_rest - rest_losses[1]) < 0.2
    # and exactly, for a discriminator that cannot tell
    half = torch.zeros(1, dtype=torch.float64)
    cross = torch.nn.functional.binary_cross_entropy_with_logits
    real, fake = cross(half, torch.ones_like(half)).item(), cross(half, torch.zeros_like(half)).item()
    assert abs(rest_losses[0] - real - fake) < 1e-3 and abs(rest_losses[1] - real) < 1e-3


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_training():
    G, D, *batches = toy_gan(0, 300)
    losses = train_gan(G, D, *batches, 0.02)
    figure, axes = plt.subplots(1, 2, figsize=(10, 2.8))
    axes[0].plot(losses[:, 0], label="discriminator")
    axes[0].plot(losses[:, 1], label="generator")
    axes[0].set(title="losses", xlabel="round")
    axes[0].legend()
    with torch.no_grad():
        samples = G(torch.randn(2000, 1)).flatten()
    axes[1].hist((3 + 0.5 * torch.randn(2000)).numpy(), bins=50, density=True, alpha=0.6, label="real")
    axes[1].hist(samples.numpy(), bins=50, density=True, alpha=0.6, label="generated")
    axes[1].legend()
    figure.tight_layout()


show(draw_training)

# %% [raw] sources="cs-unsup-gan-1"
# # BEGIN QUESTION
# name: q12_gan_statements
# points: 6

# %% [markdown]
# ## 12. Eight statements, and how to decide them
#
# What does the generator learn from, and when is there nothing to learn? Measure the **signal**: the derivative of its
# loss with respect to the generated numbers. A generator step moves each number against it. With $D(x) = 2x - 1$ and
# the generated number $0.5$ the logit is 0, both losses $\log(1 - d)$ and $-\log d$ have the slope $-\frac12$ in the
# logit, and the signal is $-1$: the number is to become larger.
#
# Write two functions.
#
# - `signal(D, fake, kind)`: for each generated number the derivative of **its own** loss with respect to it. `fake` is
#   a tensor of shape `(B, 1)`, so is the result. `D` maps it to logits of shape `(B, 1)`, each from its own row. `D`
#   and `fake` are left as they are, `.grad` fields included. `kind` is `"saturating"` for $\log(1 - d)$ or
#   `"non_saturating"` for $-\log d$. Logits may be large.
# - `signal_study(run, d_steps, seeds, kind)`: `run(d_steps, seed)` returns a pair `(D, fake)`. Take the mean of the
#   signal over the examples of each run. Return the pair of floats `(share, size)`: the share of the runs in which this
#   mean is negative, so that the generated numbers move to the right, and the mean of its absolute value over the runs.
#
# `pretrained(d_steps, seed)`, given below, returns such a pair. The data are $\mathcal{N}(3, 0.5^2)$, the generated
# numbers $\mathcal{N}(0, 0.5^2)$, so the data lie on the right. The discriminator was trained alone for `d_steps`
# steps.
#
# Then set each entry of `gan_facts` to `True` or `False`. Statements about training speak of this example and of most
# seeds; try at least twenty.
#
# - `"fooling_is_enough"`: if the loss of the generator is low and that of the discriminator high, then the generated
#   numbers are distributed like the data.
# - `"d_step_needs_generator"`: the discriminator's gradients in its own step change if the generated batch is detached
#   from the generator.
# - `"g_step_needs_path"`: the generator's gradients in its own step are lost if the generated batch is detached.
# - `"prior_makes_new_data"`: let a generator be perfect for $z \sim \mathcal{N}(0, I)$. Fresh $z$ from $\mathcal{N}(0,
#   I)$ then give new examples distributed like the data.
# - `"any_prior_will_do"`: so do $z$ from any other distribution with mean 0.
# - `"head_start_helps"`: after 50 steps of the discriminator alone, the generator's first step goes the right way more
#   often than without them.
# - `"more_is_always_better"`: with the saturating loss, the signal after 200 such steps is larger than after 50.
# - `"train_on_at_half"`: once the discriminator says $\frac12$ for every input and is held fixed, training the
#   generator against it goes on improving the generated numbers.


# %%
def pretrained(d_steps, seed):
    """A discriminator after d_steps steps alone, and a generated batch (64, 1)."""
    torch.manual_seed(seed)
    D = nn.Sequential(nn.Linear(1, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
    adam = torch.optim.Adam(D.parameters(), lr=0.01, betas=(0.5, 0.999))
    labels = torch.cat([torch.ones(64, 1), torch.zeros(64, 1)])
    for _ in range(d_steps):
        batch = 0.5 * torch.randn(128, 1) + 3 * labels
        adam.zero_grad()
        (2 * F.binary_cross_entropy_with_logits(D(batch), labels)).backward()
        adam.step()
    return D, 0.5 * torch.randn(64, 1)


# %% [raw]
# # BEGIN SOLUTION
# %%
def signal(D, fake, kind):
    """Derivative of each generated number's loss with respect to the number, shape (B, 1)."""
    # BEGIN SOLUTION
    x = fake.detach().requires_grad_()
    s = D(x)
    loss = F.logsigmoid(-s) if kind == "saturating" else -F.logsigmoid(s)
    return torch.autograd.grad(loss.sum(), x)[0]
    # END SOLUTION


def signal_study(run, d_steps, seeds, kind):
    """Share of runs with a negative mean signal, and mean absolute value of the mean signal: two floats."""
    # BEGIN SOLUTION
    means = np.array([signal(*run(d_steps, seed), kind).mean().item() for seed in seeds])
    return float((means < 0).mean()), float(np.abs(means).mean())
    # END SOLUTION


gan_facts = {}
gan_facts["fooling_is_enough"] = False  # SOLUTION
gan_facts["d_step_needs_generator"] = False  # SOLUTION
gan_facts["g_step_needs_path"] = True  # SOLUTION
gan_facts["prior_makes_new_data"] = True  # SOLUTION
gan_facts["any_prior_will_do"] = False  # SOLUTION
gan_facts["head_start_helps"] = True  # SOLUTION
gan_facts["more_is_always_better"] = False  # SOLUTION
gan_facts["train_on_at_half"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With D(x) = 2 x - 1 the signal at 0.5 is -1 for both losses; signal_study gives two floats; gan_facts
  holds eight booleans.
"""  # END TEST CONFIG


def test_signal_of_a_line(signal, signal_study, gan_facts, pretrained):
    import numpy as np
    import torch

    D = torch.nn.Linear(1, 1)
    with torch.no_grad():
        D.weight.fill_(2.0)
        D.bias.fill_(-1.0)
    for kind in ("saturating", "non_saturating"):
        got = signal(D, torch.tensor([[0.5], [0.5]]), kind)
        assert got is not None, "signal(...) returned None: expected a tensor of shape (B, 1)"
        assert isinstance(got, torch.Tensor), "signal should return a tensor"
        assert got.shape == (2, 1), f"signal: expected shape (2, 1), got {tuple(got.shape)}"
        assert (got + 1).abs().max() < 1e-5, f"signal, {kind}: expected -1 for both, got {got.flatten().tolist()}"
    got = signal_study(pretrained, 2, [0, 1], "saturating")
    assert got is not None, "signal_study(...) returned None: expected (share, size)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "signal_study should return (share, size)"
    for name, number in zip(("share", "size"), got):
        assert isinstance(number, (float, np.floating)), f"signal_study: {name} should be a float, got {number!r}"
    assert isinstance(gan_facts, dict), "gan_facts should be a dictionary"
    keys = ["fooling_is_enough", "d_step_needs_generator", "g_step_needs_path", "prior_makes_new_data"]
    keys += ["any_prior_will_do", "head_start_helps", "more_is_always_better", "train_on_at_half"]
    for key in keys:
        got = gan_facts.get(key)
        assert isinstance(got, bool), f"gan_facts[{key!r}] should be True or False, got {got!r}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The signal or the study is wrong for some discriminator. Each number has its own loss, and the sign of
  a run is that of its mean.
"""  # END TEST CONFIG


def test_signal_and_study(signal, signal_study):
    import torch

    def signals(signal, weights, fake, kind):
        import torch

        D = lambda x: weights[0] * x**2 + weights[1] * x + weights[2]
        return signal(D, fake, kind).detach(), [w.grad for w in weights] + [fake.grad, fake.requires_grad or None]

    def study(signal_study, lines, batches, kind, seeds):
        import torch

        asked = []

        def run(d_steps, seed):
            asked.append((d_steps, seed))
            return (lambda x: lines[seed][0] * x + lines[seed][1]), batches[seed]

        return signal_study(run, 17, seeds, kind), asked

    source = torch.Generator().manual_seed(221)
    sigma = lambda s: 1 / (1 + (-s).exp())
    # torch's softplus, a good way to write the losses, takes slopes beyond 20 for 1: up to 1e-7 here
    for dtype, tol in ((torch.float64, 1e-6), (torch.float32, 1e-4)):
        for b in (1, 2, 30):
            fake = 2 * torch.randn(b, 1, generator=source, dtype=dtype)
            weights = [w.requires_grad_() for w in torch.randn(3, generator=source, dtype=dtype)]
            with torch.no_grad():
                s, steep = weights[0] * fake**2 + weights[1] * fake + weights[2], 2 * weights[0] * fake + weights[1]
            for kind, slope in (("saturating", -sigma(s)), ("non_saturating", -sigma(-s))):
                got, left = inside(signals)(signal, weights, fake, kind)
                assert got.shape == (b, 1) and torch.allclose(got, slope * steep, rtol=tol, atol=tol)
                assert left == [None] * 5
    far = [torch.tensor(v) for v in (0.0, 1.0, 0.0)]
    got, _ = inside(signals)(signal, far, torch.tensor([[-500.0], [500.0]]), "non_saturating")
    assert torch.allclose(got, torch.tensor([[-1.0], [0.0]]))
    got, _ = inside(signals)(signal, far, torch.tensor([[-500.0], [500.0]]), "saturating")
    assert torch.allclose(got, torch.tensor([[0.0], [-1.0]]))

    lines = torch.randn(6, 2, generator=source, dtype=torch.float64)
    lines[2, 0] = 0.0  # no signal at all: not to the right
    batches = 3 * torch.randn(6, 9, 1, generator=source, dtype=torch.float64)
    for seeds in ([0, 1, 2, 3, 4, 5], [3], [5, 2]):
        for kind in ("saturating", "non_saturating"):
            (share, size), asked = inside(study)(signal_study, lines, batches, kind, seeds)
            means = []
            for seed in seeds:
                s = lines[seed, 0] * batches[seed] + lines[seed, 1]
                slope = -sigma(s if kind == "saturating" else -s)
                means.append((slope * lines[seed, 0]).mean().item())
            # the means may be kept in float32
            assert abs(share - sum(m < 0 for m in means) / len(seeds)) < 1e-5
            assert abs(size - sum(abs(m) for m in means) / len(seeds)) < 1e-5
            assert sorted(set(asked)) == sorted((17, seed) for seed in seeds)


# %%
""" # BEGIN TEST CONFIG
points: 3
hidden: true
failure_message: At least one of the eight statements about training is decided wrongly. Set up the experiment that
  would show it.
"""  # END TEST CONFIG


def test_gan_facts(gan_facts):
    import torch
    import torch.nn.functional as F

    source = torch.Generator().manual_seed(231)
    runs = 12  # trained side by side: the first axis of everything below
    normal = lambda: torch.randn(runs, 32, 1, generator=source)
    uniform = lambda *shape: 2 * torch.rand(runs, *shape, generator=source) - 1
    logit = lambda d, x: F.leaky_relu(x @ d[0] + d[1], 0.2) @ d[2] + d[3]
    d_loss = lambda d, real, fake: (F.softplus(-logit(d, real)) + F.softplus(logit(d, fake))).mean((1, 2))
    g_loss = lambda d, fake: F.softplus(-logit(d, fake)).mean((1, 2))
    far = lambda a, b: (a.flatten().sort().values - b.flatten().sort().values).abs().mean().item()
    data = lambda: 3 + 0.5 * normal()

    def discriminators(*steps):
        values = [uniform(1, 16), uniform(1, 16), uniform(16, 1) / 4, uniform(1, 1) / 4]
        adam = torch.optim.Adam([v.requires_grad_() for v in values], lr=0.01, betas=(0.5, 0.999))
        kept = []
        for step in range(max(steps) + 1):
            if step in steps:
                kept.append([v.detach().clone() for v in values])
            adam.zero_grad()
            d_loss(values, data(), 0.5 * normal()).sum().backward()
            adam.step()
        return kept

    def against(d, steps):
        """Train only a generator w z + c, from N(0, 0.5^2)."""
        w, c = (torch.full((runs, 1, 1), v, requires_grad=True) for v in (0.5, 0.0))
        adam = torch.optim.Adam([w, c], lr=0.2, betas=(0.5, 0.999))
        for _ in range(steps):
            adam.zero_grad()
            g_loss(d, w * normal() + c).sum().backward()
            adam.step()
        return (w * normal() + c).detach()

    untrained, short, ready, long = discriminators(0, 20, 50, 200)
    # 20 seeds: generator's loss 0.01 to 0.04, discriminator's 3.9 to 4.6, and yet 2.1 to 3.0 away from the data
    fooled = against(short, 100)
    assert g_loss(short, fooled).mean() < 0.1 and d_loss(short, data(), fooled).mean() > 2
    assert gan_facts["fooling_is_enough"] is (far(fooled, data()) < 1)

    values, w = [v.clone().requires_grad_() for v in ready], torch.full((runs, 1, 1), 0.5, requires_grad=True)
    real, fake = data(), w * normal()
    ways = [
        torch.autograd.grad(d_loss(values, real, x).sum(), values, retain_graph=True) for x in (fake, fake.detach())
    ]
    same = all(torch.equal(a, b) for a, b in zip(*ways))
    assert gan_facts["d_step_needs_generator"] is (not same)
    reached = [torch.autograd.grad(g_loss(values, x).sum(), w, allow_unused=True)[0] for x in (fake, fake.detach())]
    assert reached[0].abs().max() > 1e-3
    assert gan_facts["g_step_needs_path"] is (reached[1] is None)

    perfect = lambda z: 3 + 0.5 * z
    # 20 seeds: 0.02 to 0.12 with the prior, 1.4 to 2 with uniform latents
    assert gan_facts["prior_makes_new_data"] is (far(perfect(normal()), data()) < 0.3)
    assert gan_facts["any_prior_will_do"] is (far(perfect(8 * uniform(32, 1)), data()) < 0.3)

    def slopes(d, sign):
        x = (0.5 * normal()).requires_grad_()
        loss = sign * F.softplus(sign * -logit(d, x))
        return torch.autograd.grad(loss.sum(), x)[0].mean((1, 2))

    # 20 seeds: to the right in a share of 0.25 to 0.75 without training and of 1 after 50 steps
    shares = [(slopes(d, 1) < 0).float().mean() for d in (untrained, ready)]
    assert gan_facts["head_start_helps"] is bool(shares[1] > shares[0])
    # 20 seeds: 0.19 to 0.25 after 50 steps, 0.03 to 0.08 after 200
    sizes = [slopes(d, -1).abs().mean() for d in (ready, long)]
    assert gan_facts["more_is_always_better"] is bool(sizes[1] > sizes[0])

    half = [*ready[:2], torch.zeros_like(ready[2]), torch.zeros_like(ready[3])]
    stuck = against(half, 30)
    assert gan_facts["train_on_at_half"] is (far(stuck, data()) < 1)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_signals():
    steps = [0, 10, 25, 50, 100]
    figure, axis = plt.subplots(figsize=(5.5, 3))
    for kind in ("saturating", "non_saturating"):
        sizes = [signal_study(pretrained, count, [0, 1], kind)[1] for count in steps]
        axis.plot(steps, sizes, "o-", label=kind)
    axis.set(xlabel="steps of the discriminator alone", ylabel="size of the signal", yscale="log")
    axis.legend()
    figure.tight_layout()


show(draw_signals)
# %% [markdown]
# ## What to take along
#
# Against the best discriminator the objective is a Jensen–Shannon divergence in disguise, and what a divergence says
# about distributions that lie apart decides what a generator can learn. Transport distances measure how far there is
# to go; on a line they cost no more than a sort. In practice nobody reaches the best discriminator: one alternates two
# steps, keeps their gradients apart, and watches the samples as well as the losses. Truncation trades variety for
# quality, at a price that grows with every dimension. The next chapter turns to models whose densities are known.
