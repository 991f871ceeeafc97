# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [raw]
# # ASSIGNMENT CONFIG
# name: 02_shallow_networks
# export_cell: {pdf: false}
# tests: {files: false, ok_format: false}
# show_question_points: true

# %% [markdown]
# # Shallow networks
#
# A shallow network has one hidden layer. Here you take it apart: where its output bends and how steep it is,
# which changes of its parameters leave it as it is, how many parameters it has, and into how many regions it
# cuts the input space. At the end you can read a list of parameters and say what the network does.
#
# | question | what you write | points |
# | --- | --- | --- |
# | `q1_linear_collapse` | the line that remains when the activation is a straight line | 3 |
# | `q2_parameter_count` | how many parameters a shallow network has | 3 |
# | `q3_activation_table` | which hidden unit is switched on where | 3 |
# | `q4_joints_and_slopes` | where the output bends, and the slope of each piece | 5 |
# | `q5_construction` | a network drawn step by step | 4 |
# | `q6_other_activations` | networks of steps, boxes and smooth bends | 5 |
# | `q7_homogeneity` | what ReLU does to a scaled input | 3 |
# | `q8_homogeneity_proof` | the same as a proof, marked by a person | 2 |
# | `q9_rescaling` | moving a factor through a hidden unit | 4 |
# | `q10_same_function` | many parameters, one function | 4 |
# | `q11_count_pieces` | networks with fewer pieces than they could have | 4 |
# | `q12_shallow_module` | several inputs and outputs, as a torch module | 5 |
# | `q13_patterns_2d` | seven regions of the plane, and the pattern that never happens | 5 |
# | `q14_region_count` | how many regions there can be | 6 |
#
# Each question stands alone: no answer needs an earlier one. `grader.check` runs a few small public tests.
# More tests, with other numbers, decide the score.

# %% [markdown]
# ## Recap and notation
#
# One number $x$ goes in, one number $f(x)$ comes out, and $D$ hidden units stand in between:
#
# $$f(x) \;=\; \phi_0 + \sum_{k=1}^{D} \phi_k\, a(z_k), \qquad z_k = \theta_{k0} + \theta_{k1}\,x .$$
#
# - $z_k$ is the **pre-activation** of hidden unit $k$: a straight line with intercept $\theta_{k0}$ and slope
#   $\theta_{k1}$.
# - $a$ is the **activation function**. Unless a question says otherwise it is $\text{ReLU}(z) = \max(z, 0)$.
# - A unit is **active** at $x$ when its pre-activation is positive there.
# - $\phi_1, \dots, \phi_D$ weigh the units and $\phi_0$ shifts the sum.
# - A **joint** is an $x$ where some pre-activation crosses zero: there a ReLU network may bend.
#
# In code, `phi` has shape `(D + 1,)` and holds $\phi_0, \dots, \phi_D$; `theta` has shape `(D, 2)`, one row
# $(\theta_{k0}, \theta_{k1})$ per unit. Unit $k$ is therefore `phi[k]` and `theta[k - 1]`. Run the set-up
# cell, then look at the life of a single unit.

# %%
import math
from fractions import Fraction

import matplotlib.pyplot as plt
import numpy as np
import torch

# The running example: three hidden units.
PHI = np.array([-0.23, -1.3, 1.3, 0.66])
THETA = np.array([[-0.2, 0.4], [-0.9, 0.9], [1.1, -0.7]])


def show(draw):
    """Call draw(); while the answer it needs is missing, say so in a line instead of failing."""
    try:
        draw()
    except Exception as problem:
        plt.close("all")
        print(f"No figure yet: it is drawn by your own answer ({type(problem).__name__}: {problem}).")


# %%
def draw_one_unit():
    x = np.linspace(0, 2, 201)
    z = -0.6 + 0.8 * x
    steps = [
        (z, "pre-activation $z = -0.6 + 0.8\\,x$"),
        (np.maximum(z, 0), "after the ReLU: the joint is at $x = 0.75$"),
        (-1.5 * np.maximum(z, 0), "weighted by $\\phi = -1.5$"),
    ]
    figure, axes = plt.subplots(1, 3, figsize=(12, 2.8), sharey=True)
    for axis, (values, title) in zip(axes, steps):
        axis.axhline(0, color="0.8")
        axis.plot(x, values)
        axis.set(title=title, xlabel="$x$")
    figure.tight_layout()


show(draw_one_unit)

# %% [raw] sources="udl-3.1"
# # BEGIN QUESTION
# name: q1_linear_collapse
# points: 3

# %% [markdown]
# ## 1. Why bends are needed
#
# Replace the ReLU by a straight line, $a(z) = \psi_0 + \psi_1 z$. The whole network then is a straight line
# too, however many units it has. With one unit, $\phi = (1, 2)$, $\theta_1 = (3, 4)$ and the identity
# ($\psi_0 = 0$, $\psi_1 = 1$): $f(x) = 1 + 2\,(3 + 4x) = 7 + 8x$.
#
# Write `collapse(phi, theta, psi0, psi1)`, which returns the pair `(intercept, slope)` of that line as two
# floats, for any $D \ge 1$.
#
# Then decide four statements. Set each entry of `line_facts` to `True` or `False`.
#
# - `"more_units_more_joints"`: with $a(z) = \psi_0 + \psi_1 z$, a network with enough hidden units can have a
#   joint.
# - `"identity_reaches_every_line"`: with the identity and a single hidden unit, some choice of $\phi, \theta$
#   gives the line $c_0 + c_1 x$, whatever $c_0$ and $c_1$ are.
# - `"affine_reaches_more"`: some choice of $\psi_0, \psi_1, \phi, \theta$ gives a function that no network
#   with the identity gives.
# - `"flat_when_psi1_is_zero"`: with $\psi_1 = 0$ the output is the same for all $x$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def collapse(phi, theta, psi0, psi1):
    """Intercept and slope of the line computed by the network when a(z) = psi0 + psi1 * z.

    phi: (D + 1,) array; theta: (D, 2) array; psi0, psi1: floats.
    Returns (intercept, slope).
    """
    # BEGIN SOLUTION
    intercept = phi[0] + phi[1:] @ (psi0 + psi1 * theta[:, 0])
    slope = psi1 * (phi[1:] @ theta[:, 1])
    return float(intercept), float(slope)
    # END SOLUTION


line_facts = {}
line_facts["more_units_more_joints"] = False  # SOLUTION
line_facts["identity_reaches_every_line"] = True  # SOLUTION
line_facts["affine_reaches_more"] = False  # SOLUTION
line_facts["flat_when_psi1_is_zero"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: One unit with phi (1, 2), theta (3, 4) and the identity gives the line 7 + 8 x; line_facts
  holds four booleans.
"""  # END TEST CONFIG


def test_one_unit(collapse, line_facts):
    import numpy as np

    got = collapse(np.array([1.0, 2.0]), np.array([[3.0, 4.0]]), 0.0, 1.0)
    assert got is not None, "collapse(...) returned None: expected the pair (intercept, slope)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "collapse should return (intercept, slope)"
    intercept, slope = got
    assert np.shape(intercept) == () and np.shape(slope) == (), "intercept and slope should be single numbers"
    assert abs(intercept - 7) < 1e-9, f"intercept: expected 7, got {intercept}"
    assert abs(slope - 8) < 1e-9, f"slope: expected 8, got {slope}"
    assert isinstance(line_facts, dict), "line_facts should be a dictionary"
    keys = ["more_units_more_joints", "identity_reaches_every_line"]
    keys += ["affine_reaches_more", "flat_when_psi1_is_zero"]
    for key in keys:
        assert isinstance(line_facts.get(key), bool), f"line_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some parameters your line is not the function that the network computes. Evaluate one at
  a few x and compare.
"""  # END TEST CONFIG


def test_line_equals_network(collapse):
    import numpy as np

    rng = np.random.default_rng(31)
    x = np.linspace(-5, 5, 100)
    cases = []
    for d in (1, 1, 2, 3, 7, 20):
        for psi in ((0.0, 1.0), (0.7, -1.3), (-2.0, 0.0), (0.0, 0.0), (3.0, 0.25)):
            cases.append((rng.normal(size=d + 1), rng.normal(size=(d, 2)), *psi))
    cases.append((np.zeros(4), np.ones((3, 2)), 1.5, 2.0))
    cases.append((np.array([2, -3, 5]), np.array([[1, -4], [0, 7]]), 2, -3))
    cases.append((np.arange(10.0)[::2], np.asfortranarray(rng.normal(size=(4, 2))), 1e6, -1e6))
    for phi, theta, psi0, psi1 in cases:
        intercept, slope = collapse(phi, theta, psi0, psi1)
        network = np.full(100, float(phi[0]))
        size = 1.0
        for k in range(len(theta)):
            network = network + phi[k + 1] * (psi0 + psi1 * (theta[k, 0] + theta[k, 1] * x))
            size += abs(phi[k + 1]) * (abs(psi0) + 10 * abs(psi1) * np.abs(theta[k]).sum())
        # float64 sums of at most 20 terms: 1e-12 of the size of the terms is ample
        assert np.abs(intercept + slope * x - network).max() <= 1e-12 * size


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the four statements about straight-line activations is decided wrongly.
"""  # END TEST CONFIG


def test_line_facts(line_facts):
    import numpy as np

    x = np.linspace(-3, 3, 61)
    rng = np.random.default_rng(1)
    bends, lines_missed, spread = 0.0, 0.0, 0.0
    for _ in range(20):
        phi, theta, psi = rng.normal(size=51), rng.normal(size=(50, 2)), rng.normal(size=2)
        f = phi[0] + (psi[0] + psi[1] * (theta[:, :1] + theta[:, 1:] * x)).T @ phi[1:]
        bends = max(bends, np.abs(np.diff(f, 2)).max())
        line = np.polyfit(x, f, 1)
        one_unit = line[1] + 1.0 * (0.0 + line[0] * x)
        lines_missed = max(lines_missed, np.abs(one_unit - f).max())
        flat = phi[0] + (psi[0] + 0.0 * (theta[:, :1] + theta[:, 1:] * x)).T @ phi[1:]
        spread = max(spread, np.ptp(flat))
    assert line_facts["more_units_more_joints"] is bool(bends > 1e-6)
    assert line_facts["identity_reaches_every_line"] is bool(lines_missed < 1e-6)
    assert line_facts["affine_reaches_more"] is bool(lines_missed > 1e-6)
    assert line_facts["flat_when_psi1_is_zero"] is bool(spread < 1e-6)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-3.11 udl-3.12 udl-3.17"
# # BEGIN QUESTION
# name: q2_parameter_count
# points: 3

# %% [markdown]
# ## 2. Counting parameters
#
# Now let the network have $D_i$ inputs, $D$ hidden units and $D_o$ outputs. Every hidden unit sees every
# input, every output sees every hidden unit, and each hidden unit and each output has an intercept of its
# own. We call the slopes **weights** and the intercepts **biases**. The smallest network,
# $D_i = D = D_o = 1$, is $f = \phi_0 + \phi_1\,a(\theta_{10} + \theta_{11} x)$: 2 weights, 2 biases, 4
# parameters.
#
# First count by hand and set two integers:
#
# - `total_1_4_2`: the number of parameters of a network with one input, four hidden units and two outputs;
# - `total_2_3_1`: the same for two inputs, three hidden units and one output.
#
# Then write `count_parameters(d_in, d_hidden, d_out)`, which returns the dictionary
# `{"weights": …, "biases": …, "total": …}`. The values are Python integers, exact for sizes as large as you
# like.

# %% [raw]
# # BEGIN SOLUTION
# %%
total_1_4_2 = 18  # SOLUTION
total_2_3_1 = 13  # SOLUTION


def count_parameters(d_in, d_hidden, d_out):
    """Number of parameters of a shallow network: {"weights": int, "biases": int, "total": int}."""
    # BEGIN SOLUTION
    weights = d_in * d_hidden + d_hidden * d_out
    biases = d_hidden + d_out
    return {"weights": weights, "biases": biases, "total": weights + biases}
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The network with one input, one hidden unit and one output has 2 weights and 2 biases; both
  totals are integers.
"""  # END TEST CONFIG


def test_smallest_network(count_parameters, total_1_4_2, total_2_3_1):
    assert type(total_1_4_2) is int, "total_1_4_2 should be an integer"
    assert type(total_2_3_1) is int, "total_2_3_1 should be an integer"
    got = count_parameters(1, 1, 1)
    assert got is not None, "count_parameters(1, 1, 1) returned None: expected a dictionary"
    assert isinstance(got, dict), "count_parameters should return a dictionary"
    for key, expected in (("weights", 2), ("biases", 2), ("total", 4)):
        assert key in got, f"the dictionary has no entry {key!r}"
        assert got[key] == expected, f"count_parameters(1, 1, 1): expected {expected} {key}, got {got[key]}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the two totals counted by hand is wrong. Does every output have its own
  intercept?
"""  # END TEST CONFIG


def test_counted_by_hand(total_1_4_2, total_2_3_1):
    import torch

    for total, (d_in, d, d_out) in ((total_1_4_2, (1, 4, 2)), (total_2_3_1, (2, 3, 1))):
        layers = torch.nn.Linear(d_in, d), torch.nn.ReLU(), torch.nn.Linear(d, d_out)
        net = torch.nn.Sequential(*layers)
        assert total == sum(p.numel() for p in net.parameters())


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Your function does not count every network right, or not exactly. Draw one with 2 inputs, 3
  units and 4 outputs and count.
"""  # END TEST CONFIG


def test_count_against_torch(count_parameters):
    import torch

    for d_in in range(1, 6):
        for d in range(1, 6):
            for d_out in range(1, 6):
                got = count_parameters(d_in, d, d_out)
                layers = torch.nn.Linear(d_in, d), torch.nn.ReLU(), torch.nn.Linear(d, d_out)
                net = torch.nn.Sequential(*layers)
                weights = sum(p.numel() for p in net.parameters() if p.dim() == 2)
                biases = sum(p.numel() for p in net.parameters() if p.dim() == 1)
                assert got == {"weights": weights, "biases": biases, "total": weights + biases}
    assert count_parameters(784, 100, 10)["total"] == 79510
    huge = count_parameters(10**10 + 1, 10**10, 3)
    assert all(type(value) is int for value in huge.values())
    assert huge["weights"] == 10**20 + 4 * 10**10 and huge["biases"] == 10**10 + 3
    assert huge["total"] == 10**20 + 5 * 10**10 + 3


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-3.2"
# # BEGIN QUESTION
# name: q3_activation_table
# points: 3

# %% [markdown]
# ## 3. Who is switched on where?
#
# Back to one input and one output. The $D$ joints cut the $x$-axis into $D + 1$ regions. Inside a region no
# pre-activation changes its sign, so each unit is either active (pre-activation positive) all through the
# region, or inactive all through it.
#
# Write `activation_table(theta)`, which returns `(joints, patterns)`:
#
# - `joints`: float array of shape `(D,)`, the positions of the joints from left to right;
# - `patterns`: boolean array of shape `(D + 1, D)`; row $i$ belongs to the $i$-th region from the left,
#   column $k$ to unit $k$ (the order of the rows of `theta`, not that of the joints).
#
# All slopes $\theta_{k1}$ are different from zero and no two joints coincide. An example: for the rows
# $(-1, 1)$ and $(0, -2)$ the joints are at $0$ (unit 2) and $1$ (unit 1). Left of $0$ only unit 2 is active,
# between the joints none is, and right of $1$ only unit 1.
#
# Before you run it on the running example (`THETA`), say for each of its four regions which units you expect
# to be active.


# %% [raw]
# # BEGIN SOLUTION
# %%
def activation_table(theta):
    """Joints from left to right, and the active units of each region between them.

    theta: (D, 2) array, slopes nonzero, joints distinct.
    Returns (joints, patterns): float (D,) and bool (D + 1, D).
    """
    # BEGIN SOLUTION
    joints = -theta[:, 0] / theta[:, 1]
    rank = np.argsort(np.argsort(joints))  # how many joints lie left of unit k's joint
    right_of_joint = np.arange(len(joints) + 1)[:, None] > rank
    patterns = right_of_joint == (theta[:, 1] > 0)
    return np.sort(joints), patterns
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For the rows (-1, 1) and (0, -2) the joints are 0 and 1; unit 2 is active on the left, none
  in between, unit 1 on the right.
"""  # END TEST CONFIG


def test_two_units(activation_table):
    import numpy as np

    got = activation_table(np.array([[-1.0, 1.0], [0.0, -2.0]]))
    assert got is not None, "activation_table(...) returned None: expected (joints, patterns)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "expected two arrays, (joints, patterns)"
    joints, patterns = np.asarray(got[0]), np.asarray(got[1])
    assert joints.shape == (2,), f"joints: expected shape (2,), got {joints.shape}"
    assert patterns.shape == (3, 2), f"patterns: expected shape (3, 2), got {patterns.shape}"
    assert patterns.dtype == bool, f"patterns: expected booleans, got dtype {patterns.dtype}"
    assert np.allclose(joints, [0, 1]), f"joints: expected [0, 1], got {joints.tolist()}"
    expected = [[False, True], [False, False], [True, False]]
    assert patterns.tolist() == expected, f"patterns: expected {expected}, got {patterns.tolist()}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The table of the running example is not right. A unit with a negative slope is active on the
  other side of its joint.
"""  # END TEST CONFIG


def test_running_example(activation_table):
    import numpy as np

    theta = np.array([[-0.2, 0.4], [-0.9, 0.9], [1.1, -0.7]])
    joints, patterns = activation_table(theta)
    assert np.allclose(joints, [1 / 2, 1, 11 / 7], rtol=1e-12, atol=0)
    for x, row in zip((0.25, 0.75, 1.3, 1.8), np.asarray(patterns)):
        z = [t0 + t1 * x for t0, t1 in theta]
        assert row.tolist() == [value > 0 for value in z]


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some theta the table is wrong. Rows go from left to right, columns in the order of the
  units, whatever the signs.
"""  # END TEST CONFIG


def test_random_tables(activation_table):
    from fractions import Fraction

    import numpy as np

    rng = np.random.default_rng(32)
    tables = [[(3, 2)], [(3, -2)], [(0, -5)], [(-7, -1), (7, 1000)]]
    for d in (2, 3, 3, 4, 5, 6, 8, 12):
        for _ in range(4):
            rows = []
            while len(rows) < d:
                t0, t1 = int(rng.integers(-50, 51)), int(rng.integers(-9, 10))
                if t1 and all(t0 * u1 != u0 * t1 for u0, u1 in rows):
                    rows.append((t0, t1))
            tables.append(rows)
    for rows in tables:
        joints, patterns = activation_table(np.array(rows, dtype=np.float64))
        # exact rational arithmetic: one probe inside each region
        exact = sorted(Fraction(-t0, t1) for t0, t1 in rows)
        probes = [exact[0] - 1, *((a + b) / 2 for a, b in zip(exact, exact[1:])), exact[-1] + 1]
        expected = [[t0 + t1 * x > 0 for t0, t1 in rows] for x in probes]
        assert np.shape(joints) == (len(rows),)
        assert np.allclose(joints, [float(x) for x in exact], rtol=1e-12, atol=1e-12)
        patterns = np.asarray(patterns)
        assert patterns.dtype == bool and patterns.tolist() == expected
        assert (patterns[0] != patterns[-1]).all()


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-3.3 udl-3.9"
# # BEGIN QUESTION
# name: q4_joints_and_slopes
# points: 5

# %% [markdown]
# ## 4. Joints and slopes
#
# Between two joints a ReLU network is a straight line. Its slope there collects one term from each active
# unit. Take $\phi = (5, 2, 3)$ and the rows $(-1, 1)$, $(0, -2)$: left of $x = 0$ only unit 2 is active and
# the slope is $3 \cdot (-2) = -6$; between $0$ and $1$ it is $0$; right of $1$ it is $2 \cdot 1 = 2$. The
# slope of the first piece plus that of the last is $-4$.
#
# Write three functions. All slopes $\theta_{k1}$ are nonzero and no two joints coincide, but the signs and
# the order of the joints may be anything.
#
# - `joints_and_slopes(phi, theta)` returns `(joints, slopes)`: float arrays of shapes `(D,)` and `(D + 1,)`,
#   both from left to right.
# - `outer_slope_sum(phi, theta)` returns, as a float, the slope of the first piece plus the slope of the last
#   one. There is a formula that needs neither the joints nor their order.
# - `third_is_first_plus_fourth(theta)` is about $D = 3$ units, so four pieces. In the running example the
#   slope of the third piece is the slope of the first plus the slope of the fourth. Return `True` if this
#   holds for the given `theta` **whatever** the values in `phi`, and `False` if not. For the rows $(-1, 1)$,
#   $(-2, 1)$, $(-3, 1)$ it does not.


# %% [raw]
# # BEGIN SOLUTION
# %%
def joints_and_slopes(phi, theta):
    """Positions of the joints and slopes of the pieces, from left to right.

    phi: (D + 1,) array; theta: (D, 2) array, slopes nonzero, joints distinct.
    Returns (joints, slopes): float arrays (D,) and (D + 1,).
    """
    # BEGIN SOLUTION
    joints = -theta[:, 0] / theta[:, 1]
    order = np.argsort(joints)
    terms = phi[1:] * theta[:, 1]
    first = terms[theta[:, 1] < 0].sum()
    # From left to right, a unit that switches on adds its term, one that switches off takes it away.
    changes = np.where(theta[:, 1] > 0, terms, -terms)[order]
    return joints[order], first + np.concatenate([[0.0], np.cumsum(changes)])
    # END SOLUTION


def outer_slope_sum(phi, theta):
    """Slope of the leftmost piece plus slope of the rightmost piece, a float."""
    # BEGIN SOLUTION
    # Each unit is active in exactly one of the two outer regions.
    return float(np.dot(phi[1:], theta[:, 1]))
    # END SOLUTION


def third_is_first_plus_fourth(theta):
    """Whether the third slope equals the first plus the fourth for every phi; theta is a (3, 2) array."""
    # BEGIN SOLUTION
    # First plus fourth counts each unit once, so all three units must be active in the third region.
    by_position = theta[np.argsort(-theta[:, 0] / theta[:, 1])]
    return bool((np.sign(by_position[:, 1]) == [1, 1, -1]).all())
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For phi (5, 2, 3) and rows (-1, 1), (0, -2) the joints are 0 and 1, the slopes -6, 0 and 2,
  the outer sum -4.
"""  # END TEST CONFIG


def test_two_units(joints_and_slopes, outer_slope_sum, third_is_first_plus_fourth):
    import numpy as np

    phi, theta = np.array([5.0, 2.0, 3.0]), np.array([[-1.0, 1.0], [0.0, -2.0]])
    got = joints_and_slopes(phi, theta)
    assert got is not None, "joints_and_slopes(...) returned None: expected (joints, slopes)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "expected two arrays, (joints, slopes)"
    joints, slopes = np.asarray(got[0]), np.asarray(got[1])
    assert joints.shape == (2,), f"joints: expected shape (2,), got {joints.shape}"
    assert slopes.shape == (3,), f"slopes: expected shape (3,), got {slopes.shape}"
    assert np.allclose(joints, [0, 1]), f"joints: expected [0, 1], got {joints.tolist()}"
    assert np.allclose(slopes, [-6, 0, 2]), f"slopes: expected [-6, 0, 2], got {slopes.tolist()}"
    total = outer_slope_sum(phi, theta)
    assert total is not None, "outer_slope_sum(...) returned None: expected a float"
    assert np.shape(total) == () and abs(total + 4) < 1e-9, f"outer_slope_sum: expected -4, got {total}"
    holds = third_is_first_plus_fourth(np.array([[-1.0, 1.0], [-2.0, 1.0], [-3.0, 1.0]]))
    assert isinstance(holds, (bool, np.bool_)), "third_is_first_plus_fourth should return True or False"
    assert not holds, "third_is_first_plus_fourth: for the rows (-1, 1), (-2, 1), (-3, 1) expected False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some parameters the joints or the slopes are not those of the network. Try all signs,
  and joints that are not in unit order.
"""  # END TEST CONFIG


def test_slopes_measured(joints_and_slopes):
    from itertools import product

    import numpy as np

    rng = np.random.default_rng(33)
    cases = [(np.array([-0.23, -1.3, 1.3, 0.66]), np.array([[-0.2, 0.4], [-0.9, 0.9], [1.1, -0.7]]))]
    patterns = list(product([1, -1], repeat=3)) + [(1,), (-1,), (-1, 1), (1, -1, -1, 1, 1, -1, 1, -1)] * 2
    for signs in patterns:
        d = len(signs)
        # joints at least 0.2 apart, in random order, so that differences inside a region are well conditioned
        joints = rng.permutation(np.arange(d) * 0.5 + rng.uniform(0, 0.3, size=d)) - 1
        slope = np.array(signs) * rng.uniform(0.3, 2, size=d)
        cases.append((rng.normal(size=d + 1), np.stack([-joints * slope, slope], axis=1)))
    cases.append((np.array([0.0, 0.0, -1.5]), np.array([[1.0, 1.0], [1.0, -1.0]])))
    for phi, theta in cases:
        joints, slopes = joints_and_slopes(phi, theta)
        expected = np.array(sorted(-t0 / t1 for t0, t1 in theta))
        ends = np.concatenate([[expected[0] - 1], expected, [expected[-1] + 1]])
        left, right = 0.75 * ends[:-1] + 0.25 * ends[1:], 0.25 * ends[:-1] + 0.75 * ends[1:]
        f = lambda x: phi[0] + sum(p * np.maximum(t0 + t1 * x, 0) for p, (t0, t1) in zip(phi[1:], theta))
        assert np.shape(joints) == (len(theta),) and np.shape(slopes) == (len(theta) + 1,)
        assert np.allclose(joints, expected, rtol=1e-9, atol=1e-9)
        assert np.allclose(slopes, (f(right) - f(left)) / (right - left), rtol=1e-9, atol=1e-9)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The slopes of the two outermost pieces do not always add up to what your function says.
"""  # END TEST CONFIG


def test_outer_sum_measured(outer_slope_sum):
    import numpy as np

    rng = np.random.default_rng(34)
    for d in (1, 1, 2, 3, 3, 3, 8, 30):
        phi, theta = rng.normal(size=d + 1), rng.normal(size=(d, 2))
        far = 10 + np.abs(theta[:, 0] / theta[:, 1]).max()
        f = lambda x: phi[0] + sum(p * max(t0 + t1 * x, 0) for p, (t0, t1) in zip(phi[1:], theta))
        measured = (f(far + 1) - f(far)) + (f(-far) - f(-far - 1))
        # the largest joint of 30 lies at a few hundred: cancellation costs about 1e-12
        assert abs(outer_slope_sum(phi, theta) - measured) < 1e-7


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The identity between the slopes is claimed for a theta that does not have it, or denied to
  one that has.
"""  # END TEST CONFIG


def test_identity_measured(third_is_first_plus_fourth):
    from itertools import permutations, product

    import numpy as np

    rng = np.random.default_rng(35)
    seen = set()
    for signs in product([1, -1], repeat=3):
        for joints in permutations((-0.7, 0.4, 1.9)):
            slope = np.array(signs) * rng.uniform(0.3, 2, size=3)
            theta = np.stack([-np.array(joints) * slope, slope], axis=1)
            # the gap is linear in phi: it vanishes for every phi if it does for the three unit vectors
            gap = 0.0
            for k in range(3):
                f = lambda x: max(theta[k, 0] + theta[k, 1] * x, 0)
                pieces = [(-3, -2), (-0.5, 0), (1, 1.5), (3, 4)]
                s = [(f(b) - f(a)) / (b - a) for a, b in pieces]
                gap = max(gap, abs(s[2] - s[0] - s[3]))
            holds = bool(gap < 1e-9)
            seen.add(holds)
            got = third_is_first_plus_fourth(theta)
            assert got is not None and bool(got) is holds
    assert seen == {True, False}
    assert third_is_first_plus_fourth(np.array([[-0.2, 0.4], [-0.9, 0.9], [1.1, -0.7]]))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-3.4"
# # BEGIN QUESTION
# name: q5_construction
# points: 4

# %% [markdown]
# ## 5. Drawing a network step by step
#
# A shallow ReLU network is built in four steps: lines, clipped lines, weighted clipped lines, their sum
# shifted by $\phi_0$. With one unit, $\phi = (10, -2)$, $\theta_1 = (-1, 1)$ and $x = (0, 3)$:
# pre-activations $(-1, 2)$, after the ReLU $(0, 2)$, weighted $(0, -4)$, output $(10, 6)$.
#
# Write two functions.
#
# - `construction(phi, theta, x)`, for `x` of shape `(N,)`, returns a dictionary of float arrays: `"pre"`,
#   `"act"` and `"weighted"` of shape `(D, N)`, one row per unit, and `"out"` of shape `(N,)`. The inputs in
#   `x` come in any order.
# - `knots(phi, theta, lo, hi)` returns two float arrays `(xs, ys)`: the points that fix the graph of the
#   network on the interval $[lo, hi]$. These are both ends and every joint strictly between them, from left
#   to right, with the network's output at each. No two joints coincide. A unit with $\theta_{k1} = 0$ has no
#   joint. In the example above, on $[0, 3]$: `xs` is $(0, 1, 3)$ and `ys` is $(10, 10, 6)$.
#
# The cell below the question draws the construction from your dictionary, for the running example with a new
# third unit, $(\theta_{30}, \theta_{31}) = (-0.6, 0.5)$. Sketch the ten panels on paper first.


# %% [raw]
# # BEGIN SOLUTION
# %%
def construction(phi, theta, x):
    """The steps of a shallow ReLU network.

    phi: (D + 1,); theta: (D, 2); x: (N,).
    Returns {"pre": (D, N), "act": (D, N), "weighted": (D, N), "out": (N,)}.
    """
    # BEGIN SOLUTION
    pre = theta[:, :1] + theta[:, 1:] * x
    act = np.maximum(pre, 0.0)
    weighted = phi[1:, None] * act
    return {"pre": pre, "act": act, "weighted": weighted, "out": phi[0] + weighted.sum(axis=0)}
    # END SOLUTION


def knots(phi, theta, lo, hi):
    """Both ends of [lo, hi] and the joints strictly between them, with the network's outputs.

    Returns (xs, ys), two float arrays of equal length, xs ascending.
    """
    # BEGIN SOLUTION
    bent = theta[theta[:, 1] != 0]
    joints = -bent[:, 0] / bent[:, 1]
    xs = np.sort(np.concatenate([[lo, hi], joints[(joints > lo) & (joints < hi)]]))
    return xs, construction(phi, theta, xs)["out"]
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: One unit with phi (10, -2) and theta (-1, 1) gives the outputs 10 and 6 at x = 0 and 3, and
  the knots 0, 1, 3.
"""  # END TEST CONFIG


def test_one_unit(construction, knots):
    import numpy as np

    phi, theta = np.array([10.0, -2.0]), np.array([[-1.0, 1.0]])
    got = construction(phi, theta, np.array([0.0, 3.0]))
    assert got is not None, "construction(...) returned None: expected a dictionary"
    assert isinstance(got, dict), "construction should return a dictionary"
    for key, expected in (("pre", [[-1, 2]]), ("act", [[0, 2]]), ("weighted", [[0, -4]]), ("out", [10, 6])):
        assert key in got, f"the dictionary has no entry {key!r}"
        value, shape = np.asarray(got[key]), np.shape(expected)
        assert value.shape == shape, f"{key!r}: expected shape {shape}, got {value.shape}"
        assert np.allclose(value, expected), f"{key!r}: expected {expected}, got {value.tolist()}"
    got = knots(phi, theta, 0.0, 3.0)
    assert got is not None, "knots(...) returned None: expected (xs, ys)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "knots should return (xs, ys)"
    xs, ys = np.asarray(got[0]), np.asarray(got[1])
    assert xs.shape == ys.shape == (3,), f"expected three knots, got shapes {xs.shape} and {ys.shape}"
    assert np.allclose(xs, [0, 1, 3]), f"xs: expected [0, 1, 3], got {xs.tolist()}"
    assert np.allclose(ys, [10, 10, 6]), f"ys: expected [10, 10, 6], got {ys.tolist()}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: One of the four steps is wrong for some parameters. The ReLU acts before the weight, and
  phi_0 enters once, in the output.
"""  # END TEST CONFIG


def test_steps_one_number_at_a_time(construction):
    import numpy as np

    rng = np.random.default_rng(36)
    for d, n in ((1, 1), (3, 1), (3, 7), (1, 5), (6, 40)):
        phi, theta = rng.normal(size=d + 1), rng.normal(size=(d, 2))
        x = rng.normal(size=2 * n)[::2] * 3
        got = construction(phi, theta, x)
        assert set(got) == {"pre", "act", "weighted", "out"}
        for key in ("pre", "act", "weighted"):
            assert np.shape(got[key]) == (d, n)
        assert np.shape(got["out"]) == (n,)
        for i in range(n):
            total = phi[0]
            for k in range(d):
                z = theta[k, 0] + theta[k, 1] * x[i]
                h = z if z > 0 else 0.0
                total += phi[k + 1] * h
                assert abs(got["pre"][k, i] - z) < 1e-12
                assert abs(got["act"][k, i] - h) < 1e-12
                assert abs(got["weighted"][k, i] - phi[k + 1] * h) < 1e-12
            assert abs(got["out"][i] - total) < 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For the running example, with the old or the new third unit, the knots on [0, 2] are not
  right.
"""  # END TEST CONFIG


def test_knots_of_the_example(knots):
    import numpy as np

    phi = np.array([-0.23, -1.3, 1.3, 0.66])
    theta = np.array([[-0.2, 0.4], [-0.9, 0.9], [-0.6, 0.5]])
    xs, ys = knots(phi, theta, 0.0, 2.0)
    # worked out by hand from the slopes 0, -0.52, 0.65 and 0.98 of the four pieces
    assert np.allclose(xs, [0, 0.5, 1, 1.2, 2], atol=1e-9)
    assert np.allclose(ys, [-0.23, -0.23, -0.49, -0.36, 0.424], atol=1e-9)
    theta[2] = 1.1, -0.7
    xs, ys = knots(phi, theta, 0.0, 2.0)
    assert np.allclose(xs, [0, 0.5, 1, 11 / 7, 2], atol=1e-9)
    slopes = np.diff(ys) / np.diff(xs)
    assert abs(ys[0] - 0.496) < 1e-9
    assert np.allclose(slopes, [-0.7 * 0.66, -0.52 - 0.462, -0.52 + 1.17 - 0.462, -0.52 + 1.17], atol=1e-9)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some network or interval, straight lines between your knots do not give the graph, or
  there are too many or too few knots.
"""  # END TEST CONFIG


def test_knots_redraw_the_graph(knots):
    import numpy as np

    rng = np.random.default_rng(37)
    cases = [(rng.normal(size=d + 1), rng.normal(size=(d, 2)), -1.5, 1.0) for d in (1, 2, 3, 5, 9)]
    phi = np.array([1.0, 2.0, -1.0])
    cases.append((phi[:2], np.array([[-3.0, 1.0]]), 0.0, 2.0))  # the joint lies outside
    cases.append((phi, np.array([[0.0, 1.0], [-2.0, 1.0]]), 0.0, 2.0))  # joints at both ends
    cases.append((phi, np.array([[0.5, 0.0], [-1.0, -1.0]]), -4.0, 2.0))  # a unit without a joint
    cases.append((phi[:2], np.array([[-1.0, 0.0]]), -1.0, 1.0))  # no joint at all
    cases.append((phi, np.array([[0.0, 2.0], [1.0, 3.0]]), -1.0, 1.0))  # a joint at zero
    for phi, theta, lo, hi in cases:
        xs, ys = knots(phi, theta, lo, hi)
        x = np.linspace(lo, hi, 501)
        f = phi[0] + sum(p * np.maximum(t0 + t1 * x, 0) for p, (t0, t1) in zip(phi[1:], theta))
        between = sorted(-t0 / t1 for t0, t1 in theta if t1 != 0 and lo < -t0 / t1 < hi)
        assert np.shape(xs) == np.shape(ys) == (2 + len(between),)
        assert np.allclose(xs, [lo, *between, hi], rtol=0, atol=1e-12)
        assert np.allclose(np.interp(x, xs, ys), f, rtol=0, atol=1e-9)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_construction():
    theta = THETA.copy()
    theta[2] = -0.6, 0.5
    x = np.linspace(0, 2, 201)
    parts = construction(PHI, theta, x)
    names = ["pre", "act", "weighted"]
    rows = [[f"{name}{k}" for k in (1, 2, 3)] for name in names] + [["out"] * 3]
    figure, axes = plt.subplot_mosaic(rows, figsize=(10, 9), sharex=True)
    for name, label in zip(names, ("pre-activation", "after the ReLU", "weighted")):
        for k in (1, 2, 3):
            axes[f"{name}{k}"].plot(x, parts[name][k - 1])
            axes[f"{name}{k}"].set(title=f"unit {k}: {label}", ylim=(-1.6, 1.6))
    axes["out"].plot(x, parts["out"], color="tab:red")
    axes["out"].set(title="output", xlabel="$x$")
    for axis in axes.values():
        axis.axhline(0, color="0.8", zorder=0)
    figure.tight_layout()


show(draw_construction)

# %% [raw] sources="udl-3.8"
# # BEGIN QUESTION
# name: q6_other_activations
# points: 5

# %% [markdown]
# ## 6. Steps, boxes and smooth bends
#
# Replace the ReLU by one of three other activations:
#
# - `"heaviside"`: $a(z) = 0$ for $z < 0$ and $1$ for $z \ge 0$;
# - `"rect"`: $a(z) = 1$ for $0 \le z \le 1$ and $0$ elsewhere;
# - `"tanh"`: $a(z) = \tanh(z)$.
#
# For example, with $\phi = (1, 5)$ and $\theta_1 = (-2, 1)$ the rect network is a box: $1$ for $x < 2$, $6$
# for $2 \le x \le 3$, $1$ for $x > 3$.
#
# Write three functions and set one dictionary.
#
# - `shallow(x, phi, theta, act)`: the output, a float array of shape `(N,)` for `x` of shape `(N,)`.
# - `levels(phi, theta, act)`, for `act` either `"heaviside"` or `"rect"` and all $\theta_{k1} \ne 0$: the
#   output is constant between its jumps. Return `(edges, values)`: the positions, ascending and each one
#   once, at which at least one unit jumps, and the output on each of the `len(edges) + 1` open intervals
#   before, between and after them. In the example: $(2, 3)$ and $(1, 6, 1)$.
# - `tanh_limits(phi, theta)`: the pair `(left, right)` of numbers that the tanh network tends to for
#   $x \to -\infty$ and $x \to +\infty$, for **any** `theta`.
# - `most_levels`: how many pieces (constant stretches, counted from left to right) three hidden units can
#   give at most, for `"heaviside"` and for `"rect"`. Two integers.


# %% [raw]
# # BEGIN SOLUTION
# %%
def shallow(x, phi, theta, act):
    """Output (N,) of a shallow network for inputs x (N,); act is "heaviside", "rect" or "tanh"."""
    # BEGIN SOLUTION
    z = theta[:, :1] + theta[:, 1:] * x
    if act == "heaviside":
        h = (z >= 0).astype(np.float64)
    elif act == "rect":
        h = ((z >= 0) & (z <= 1)).astype(np.float64)
    elif act == "tanh":
        h = np.tanh(z)
    else:
        raise ValueError(f"unknown activation {act!r}")
    return phi[0] + phi[1:] @ h
    # END SOLUTION


def levels(phi, theta, act):
    """Jumps and constant values of a heaviside or rect network: (edges (E,), values (E + 1,))."""
    # BEGIN SOLUTION
    edges = -theta[:, 0] / theta[:, 1]
    if act == "rect":
        edges = np.concatenate([edges, (1 - theta[:, 0]) / theta[:, 1]])
    edges = np.unique(edges)
    probes = np.concatenate([[edges[0] - 1], (edges[:-1] + edges[1:]) / 2, [edges[-1] + 1]])
    return edges, shallow(probes, phi, theta, act)
    # END SOLUTION


def tanh_limits(phi, theta):
    """Limits (left, right) of the tanh network for x to minus and to plus infinity, two floats."""
    # BEGIN SOLUTION
    flat = theta[:, 1] == 0
    right = np.where(flat, np.tanh(theta[:, 0]), np.sign(theta[:, 1]))
    left = np.where(flat, right, -right)
    return float(phi[0] + phi[1:] @ left), float(phi[0] + phi[1:] @ right)
    # END SOLUTION


most_levels = {}
most_levels["heaviside"] = 4  # SOLUTION
most_levels["rect"] = 7  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The network with phi (1, 5) and theta (-2, 1) gives with rect a box of height 5 on a floor
  of 1, between x = 2 and x = 3.
"""  # END TEST CONFIG


def test_one_box(shallow, levels, tanh_limits, most_levels):
    import numpy as np

    phi, theta = np.array([1.0, 5.0]), np.array([[-2.0, 1.0]])
    x = np.array([1.5, 2.5, 3.5])
    for act, expected in (("rect", [1, 6, 1]), ("heaviside", [1, 6, 6])):
        got = shallow(x, phi, theta, act)
        assert got is not None, "shallow(...) returned None: expected an array of shape (N,)"
        assert np.shape(got) == (3,), f"shallow: expected shape (3,), got {np.shape(got)}"
        assert np.allclose(got, expected), f"{act} at 1.5, 2.5, 3.5: expected {expected}, got {got}"
    got = levels(phi, theta, "rect")
    assert got is not None, "levels(...) returned None: expected (edges, values)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "levels should return (edges, values)"
    edges, values = np.asarray(got[0]), np.asarray(got[1])
    assert edges.shape == (2,), f"edges: expected shape (2,), got {edges.shape}"
    assert values.shape == (3,), f"values: expected shape (3,), got {values.shape}"
    assert np.allclose(edges, [2, 3]), f"edges: expected [2, 3], got {edges}"
    assert np.allclose(values, [1, 6, 1]), f"values: expected [1, 6, 1], got {values}"
    got = tanh_limits(phi, theta)
    assert got is not None, "tanh_limits(...) returned None: expected (left, right)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "tanh_limits should return (left, right)"
    assert np.allclose(got, [-4, 6]), f"tanh_limits: expected (-4, 6), got {got}"
    assert isinstance(most_levels, dict), "most_levels should be a dictionary"
    for act in ("heaviside", "rect"):
        assert type(most_levels.get(act)) is int, f"most_levels[{act!r}] should be an integer"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: shallow is wrong somewhere. Check what happens exactly at a jump, for negative slopes, and
  for tanh.
"""  # END TEST CONFIG


def test_shallow_outputs(shallow):
    import math

    import numpy as np

    scalar = {
        "heaviside": lambda z: 0.0 if z < 0 else 1.0,
        "rect": lambda z: 1.0 if 0 <= z <= 1 else 0.0,
        "tanh": math.tanh,
    }
    rng = np.random.default_rng(38)
    # parameters exact in binary, so that z is exactly 0 or 1 at the jumps
    binary = (
        np.array([0.25, 1.0, 2.0, -4.0]),
        np.array([[-0.5, 0.5], [1.0, -0.5], [0.0, 0.25]]),
        np.arange(-8.0, 9.0),
    )
    example = (
        np.array([-0.23, -1.3, 1.3, 0.66]),
        np.array([[-0.2, 0.4], [-0.9, 0.9], [1.1, -0.7]]),
        np.array([3.5, 0.1, 0.25, 0.75, 1.3, 1.8, 2.3, 0.0, -1e3, 1e3]),
    )
    single = (np.array([0.5, 2.0]), np.array([[0.0, -1.0]]), np.array([0.0]))
    noise = (rng.normal(size=9), rng.normal(size=(8, 2)), rng.normal(size=50))
    for phi, theta, x in (binary, example, single, noise):
        for act, a in scalar.items():
            expected = [phi[0] + sum(p * a(t0 + t1 * v) for p, (t0, t1) in zip(phi[1:], theta)) for v in x]
            got = shallow(x, phi, theta, act)
            assert np.shape(got) == x.shape
            assert np.allclose(got, expected, rtol=0, atol=1e-12)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: levels is wrong for some network. A unit with a negative slope steps down, and a box is as
  wide as the slope makes it.
"""  # END TEST CONFIG


def test_levels_against_the_network(levels):
    import numpy as np

    rng = np.random.default_rng(39)
    cases = [(np.array([-0.23, -1.3, 1.3, 0.66]), np.array([[-0.2, 0.4], [-0.9, 0.9], [1.1, -0.7]]))]
    for d in (1, 1, 2, 3, 6):
        theta = rng.normal(size=(d, 2))
        theta[:, 1] += 0.2 * np.sign(theta[:, 1])
        cases.append((rng.normal(size=d + 1), theta))
    # two units that jump at the same place, in opposite directions
    cases.append((np.array([0.0, 1.0, 5.0]), np.array([[0.0, 1.0], [0.0, -1.0]])))
    cases.append((np.array([1.0, 1.0, 2.0]), np.array([[0.0, 1.0], [-1.0, 1.0]])))
    for phi, theta in cases:
        for act, most in (("heaviside", 1), ("rect", 2)):
            edges, values = (np.asarray(part) for part in levels(phi, theta, act))
            ends = [0.0] if act == "heaviside" else [0.0, 1.0]
            expected = sorted({(end - t0) / t1 + 0.0 for t0, t1 in theta for end in ends})
            assert len(edges) == len(expected) <= most * len(theta) and len(values) == len(edges) + 1
            assert np.allclose(edges, expected, rtol=0, atol=1e-12)
            # three probes well inside each interval
            left, right = np.append(edges[0] - 1, edges), np.append(edges, edges[-1] + 1)
            for share in (0.1, 0.5, 0.9):
                x = left + share * (right - left)
                z = theta[:, :1] + theta[:, 1:] * x
                on = z > 0 if act == "heaviside" else np.abs(z - 0.5) < 0.5
                assert np.allclose(values, phi[0] + (phi[1:, None] * on).sum(0), rtol=0, atol=1e-12)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Three units can give another number of pieces, with heaviside or with rect. How often can
  one unit jump?
"""  # END TEST CONFIG


def test_most_levels(most_levels):
    import numpy as np

    rng = np.random.default_rng(40)
    x = np.linspace(-60, 60, 120001)
    for act in ("heaviside", "rect"):
        most = 0
        for _ in range(60):
            phi, theta = rng.normal(size=4), rng.normal(size=(3, 2)) + [0, 0.5]
            z = theta[:, :1] + theta[:, 1:] * x
            h = z >= 0 if act == "heaviside" else (z >= 0) & (z <= 1)
            f = phi[1:] @ h
            most = max(most, 1 + int((np.abs(np.diff(f)) > 1e-9).sum()))
        assert most_levels[act] == most


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The limits of the tanh network are wrong for some theta. Look at negative, tiny and zero
  slopes.
"""  # END TEST CONFIG


def test_tanh_limits(tanh_limits):
    import torch

    rng = torch.Generator().manual_seed(41)
    phi = torch.tensor([-0.23, -1.3, 1.3, 0.66], dtype=torch.float64)
    theta = torch.tensor([[-0.2, 0.4], [-0.9, 0.9], [1.1, -0.7]], dtype=torch.float64)
    cases = [(phi, theta)]
    for d in (1, 3, 10):
        phi = torch.randn(d + 1, generator=rng, dtype=torch.float64)
        theta = torch.randn(d, 2, generator=rng, dtype=torch.float64)
        cases.append((phi, theta))
        theta = theta.clone()
        theta[0, 1] = 0.0
        theta[-1] *= 1e-7
        cases.append((phi, theta))
    for phi, theta in cases:
        far = torch.tensor([-1e12, 1e12], dtype=torch.float64)
        expected = phi[0] + torch.tanh(theta[:, :1] + theta[:, 1:] * far).T @ phi[1:]
        left, right = tanh_limits(phi.numpy(), theta.numpy())
        assert abs(left - expected[0].item()) < 1e-9 and abs(right - expected[1].item()) < 1e-9


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_activations():
    x = np.linspace(-0.5, 3.5, 801)
    figure, axes = plt.subplots(1, 3, figsize=(12, 2.8), sharey=True)
    for axis, act in zip(axes, ("heaviside", "rect", "tanh")):
        axis.plot(x, shallow(x, PHI, THETA, act))
        axis.set(title=act, xlabel="$x$")
    figure.tight_layout()


show(draw_activations)

# %% [raw] sources="udl-3.5"
# # BEGIN QUESTION
# name: q7_homogeneity
# points: 3

# %% [markdown]
# ## 7. Scaling the input of an activation
#
# A function $a$ is **positively homogeneous** if $a(\alpha z) = \alpha\,a(z)$ for every $z$ and every
# $\alpha > 0$. The square is not: with $\alpha = 2$ and $z = 3$, $a(6) = 36$ but $2\,a(3) = 18$.
#
# - Write `is_pos_homogeneous(fn, alphas, zs, tol)`. It tries all pairs of an $\alpha$ from `alphas` and a $z$
#   from `zs` (one-dimensional float arrays, all $\alpha > 0$) and returns `True` if $fn(\alpha z)$ and
#   $\alpha\,fn(z)$ never differ by more than `tol`, otherwise `False`. `fn` works elementwise on float
#   arrays.
# - For the ReLU, any factor can be pulled out, even zero or a negative one, as long as a second term is
#   allowed. Write `relu_parts(alpha)`, which returns the pair of numbers `(a, b)`, depending on $\alpha$
#   only, with $\text{ReLU}(\alpha z) = a\,\text{ReLU}(z) + b\,\text{ReLU}(-z)$ for **every** real $z$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def is_pos_homogeneous(fn, alphas, zs, tol):
    """Whether |fn(alpha * z) - alpha * fn(z)| <= tol for all alpha in alphas and z in zs. A bool."""
    # BEGIN SOLUTION
    return all(bool((np.abs(fn(alpha * zs) - alpha * fn(zs)) <= tol).all()) for alpha in alphas)
    # END SOLUTION


def relu_parts(alpha):
    """Numbers (a, b) with ReLU(alpha * z) = a * ReLU(z) + b * ReLU(-z) for every z; alpha: any number."""
    # BEGIN SOLUTION
    return (alpha, 0.0) if alpha > 0 else (0.0, -alpha)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The identity is positively homogeneous and the square is not; relu_parts(1.0) is (1, 0).
"""  # END TEST CONFIG


def test_identity_and_square(is_pos_homogeneous, relu_parts):
    import numpy as np

    alphas, zs = np.array([2.0]), np.array([-3.0, 0.0, 3.0])
    for name, fn, expected in (("identity", lambda z: z, True), ("square", lambda z: z**2, False)):
        got = is_pos_homogeneous(fn, alphas, zs, 1e-9)
        assert got is not None, "is_pos_homogeneous(...) returned None: expected True or False"
        assert isinstance(got, (bool, np.bool_)), "is_pos_homogeneous should return True or False"
        assert bool(got) is expected, f"is_pos_homogeneous for the {name}: expected {expected}, got {got}"
    got = relu_parts(1.0)
    assert got is not None, "relu_parts(1.0) returned None: expected the pair (a, b)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "relu_parts should return the pair (a, b)"
    assert np.allclose(got, [1, 0]), f"relu_parts(1.0): expected (1, 0), got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Your check gives the wrong verdict on some function. It must try every alpha, both signs of
  z, and differences of both signs.
"""  # END TEST CONFIG


def test_verdicts(is_pos_homogeneous):
    import numpy as np

    alphas, zs = np.array([1.0, 0.5, 3.0]), np.linspace(-4, 4, 17)
    relu = lambda z: np.maximum(z, 0)
    leaky = lambda z: np.where(z > 0, z, 0.01 * z)
    yes = [relu, leaky, np.abs, lambda z: z, lambda z: -2.5 * z, lambda z: 0 * z]
    no = [
        np.tanh,
        np.sin,
        lambda z: 1 / (1 + np.exp(-z)),
        lambda z: np.logaddexp(0, z),
        lambda z: relu(z) + 1,
        lambda z: relu(z) - 1,
        lambda z: z / (1 + np.exp(-z)),
        lambda z: z * np.abs(z),
        lambda z: np.where(z < 0, z**2, z),
        lambda z: np.clip(z, 0, 10),
        lambda z: np.clip(z, -10, 0),
    ]
    for fn in yes:
        assert bool(is_pos_homogeneous(fn, alphas, zs, 1e-9)) is True
    for fn in no:
        assert bool(is_pos_homogeneous(fn, alphas, zs, 1e-9)) is False
    # differences of one sign only
    for fn in (lambda z: relu(z) + 1, lambda z: relu(z) - 1):
        assert bool(is_pos_homogeneous(fn, np.array([2.0, 3.0]), zs, 1e-9)) is False
    # homogeneous for powers of two, not for three
    ripple = lambda z: np.where(z == 0, 0, z * np.cos(2 * np.pi * np.log2(np.abs(z) + (z == 0))))
    assert bool(is_pos_homogeneous(ripple, np.array([1.0, 0.5, 2.0]), zs, 1e-9)) is True
    assert bool(is_pos_homogeneous(ripple, np.array([1.0, 2.0, 3.0]), zs, 1e-9)) is False
    # the tolerance counts: a gap of exactly tol is not more than tol
    assert bool(is_pos_homogeneous(lambda z: z, alphas, zs, 0.0)) is True
    assert bool(is_pos_homogeneous(lambda z: z + 1, np.array([2.0]), zs, 1.0)) is True
    assert bool(is_pos_homogeneous(lambda z: relu(z) + 1e-4, alphas, zs, 1e-3)) is True
    assert bool(is_pos_homogeneous(lambda z: relu(z) + 1e-4, alphas, zs, 1e-5)) is False


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The two terms do not add up to ReLU(alpha z) for every alpha and z. Take a negative alpha
  and both signs of z.
"""  # END TEST CONFIG


def test_parts_for_all_signs(relu_parts):
    import torch

    z = torch.linspace(-7, 7, 141, dtype=torch.float64)
    for alpha in (2.0, 0.001, 1e8, 0.0, -0.001, -1.0, -2.5, -1e8, 3, -4, 0):
        a, b = relu_parts(alpha)
        expected = torch.relu(alpha * z)
        got = a * torch.relu(z) + b * torch.relu(-z)
        assert (got - expected).abs().max().item() <= 1e-12 * (1 + abs(alpha))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-3.5"
# # BEGIN QUESTION
# name: q8_homogeneity_proof
# manual: true
# points: 2

# %% [markdown]
# ## 8. The same as a proof
#
# Prove in a few lines that $\text{ReLU}(\alpha z) = \alpha\,\text{ReLU}(z)$ for every real $z$ and every
# $\alpha > 0$. Then say which step of your proof fails for a negative $\alpha$, and give one pair
# $(\alpha, z)$ for which the two sides differ. This answer is read by a person.

# %% [raw]
# # BEGIN SOLUTION
# %% [markdown]
# **Model answer.** Let $\alpha > 0$. Multiplying by $\alpha$ keeps the sign of $z$, so there are two cases.
#
# - $z \ge 0$: then $\alpha z \ge 0$ as well, so $\text{ReLU}(\alpha z) = \alpha z = \alpha\,\text{ReLU}(z)$.
# - $z < 0$: then $\alpha z < 0$ as well, so
#   $\text{ReLU}(\alpha z) = 0 = \alpha \cdot 0 = \alpha\,\text{ReLU}(z)$.
#
# For $\alpha < 0$ the first step fails: $\alpha z$ has the other sign, and the cases swap. With $\alpha = -2$
# and $z = 1$ the left side is $\text{ReLU}(-2) = 0$, the right side is $-2$.
#
# **Rubric**
#
# - 1 point: splits on the sign of $z$, uses $\alpha > 0$ to say that $\alpha z$ has the same sign, and
#   concludes in both cases (an argument by $\max(\alpha z, 0) = \alpha \max(z, 0)$ earns the point if it says
#   that a positive factor keeps the order).
# - 1 point: names the preserved sign (or order) as the step that fails for $\alpha < 0$ and gives a correct
#   pair of numbers.
# %% [raw]
# # END SOLUTION
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-3.6"
# # BEGIN QUESTION
# name: q9_rescaling
# points: 4

# %% [markdown]
# ## 9. Moving a factor through a hidden unit
#
# Take a shallow ReLU network and one of its hidden units, $k$. Multiply $\theta_{k0}$ and $\theta_{k1}$ by
# $\alpha$ and divide $\phi_k$ by $\alpha$. For $\phi = (1, 6)$, $\theta_1 = (2, 4)$ and $\alpha = 2$ this
# gives $\phi = (1, 3)$ and $\theta_1 = (4, 8)$. Does the function change? Think about $\alpha > 0$ and
# $\alpha < 0$ separately.
#
# - `rescale(phi, theta, k, alpha)` returns the new `(phi, theta)`, float64 arrays of the same shapes. Units
#   are numbered $k = 1, \dots, D$ as in the formula. The arrays passed in stay as they are (they may hold
#   integers). For `alpha == 0` it raises a `ValueError`.
# - `output_change(phi, theta, k, alpha, x)` returns, for `x` of shape `(N,)`, the new output minus the old
#   one, shape `(N,)`. Derive a formula for it and use that: evaluating both networks and subtracting would
#   lose all digits when $\phi_0$ is as large as $10^{16}$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def rescale(phi, theta, k, alpha):
    """Multiply row k of theta by alpha and divide phi_k by it; returns new float64 arrays (phi, theta).

    k: 1 to D; alpha: any nonzero number (ValueError for zero).
    """
    # BEGIN SOLUTION
    if alpha == 0:
        raise ValueError("alpha must not be zero: phi_k is divided by it")
    phi, theta = np.array(phi, dtype=np.float64), np.array(theta, dtype=np.float64)
    phi[k] /= alpha
    theta[k - 1] *= alpha
    return phi, theta
    # END SOLUTION


def output_change(phi, theta, k, alpha, x):
    """Output after rescaling unit k by alpha, minus output before, at the inputs x (N,)."""
    # BEGIN SOLUTION
    if alpha > 0:
        return np.zeros(len(x))
    # The term becomes (phi_k / alpha) * ReLU(alpha * z) = -phi_k * ReLU(-z), and ReLU(z) + ReLU(-z) = |z|.
    return -phi[k] * np.abs(theta[k - 1, 0] + theta[k - 1, 1] * x)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With phi (1, 6), theta (2, 4), k = 1 and alpha = 2 the new parameters are (1, 3) and (4, 8).
"""  # END TEST CONFIG


def test_one_unit(rescale, output_change):
    import numpy as np

    phi, theta = np.array([1.0, 6.0]), np.array([[2.0, 4.0]])
    got = rescale(phi, theta, 1, 2.0)
    assert got is not None, "rescale(...) returned None: expected (phi, theta)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "rescale should return (phi, theta)"
    new_phi, new_theta = np.asarray(got[0]), np.asarray(got[1])
    assert new_phi.shape == (2,), f"phi: expected shape (2,), got {new_phi.shape}"
    assert new_theta.shape == (1, 2), f"theta: expected shape (1, 2), got {new_theta.shape}"
    assert np.allclose(new_phi, [1, 3]), f"phi: expected [1, 3], got {new_phi.tolist()}"
    assert np.allclose(new_theta, [[4, 8]]), f"theta: expected [[4, 8]], got {new_theta.tolist()}"
    change = output_change(phi, theta, 1, 2.0, np.array([-1.0, 0.0, 1.0]))
    assert change is not None, "output_change(...) returned None: expected an array of shape (N,)"
    assert np.shape(change) == (3,), f"output_change: expected shape (3,), got {np.shape(change)}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: rescale does not scale exactly the three parameters of unit k. Check the numbering of the
  units and integer arrays.
"""  # END TEST CONFIG


def test_three_parameters_scaled(rescale):
    import numpy as np

    rng = np.random.default_rng(42)
    x = np.linspace(-10, 10, 200)
    network = lambda phi, theta: phi[0] + np.maximum(theta[:, :1] + theta[:, 1:] * x, 0).T @ phi[1:]
    for d in (1, 3, 5):
        for k in range(1, d + 1):
            for alpha in (1e-3, 0.5, 1.0, 7.0, -0.5, -7.0):
                phi, theta = rng.normal(size=d + 1), rng.normal(size=(d, 2))
                new_phi, new_theta = rescale(phi, theta, k, alpha)
                others = [j for j in range(d) if j != k - 1]
                assert new_phi[0] == phi[0] and np.array_equal(new_phi[1:][others], phi[1:][others])
                assert np.array_equal(new_theta[others], theta[others])
                assert np.allclose(new_theta[k - 1] / theta[k - 1], alpha)
                assert np.isclose(phi[k] / new_phi[k], alpha)
                if alpha > 0:
                    # 1e-11: outputs up to about 1e2 in float64
                    assert np.abs(network(new_phi, new_theta) - network(phi, theta)).max() < 1e-11
    new_phi, new_theta = rescale(np.array([1, 3, 5]), np.array([[1, 2], [3, 5]]), 2, 2)
    assert new_phi.dtype == new_theta.dtype == np.float64
    assert np.allclose(new_phi, [1, 3, 2.5]) and np.allclose(new_theta, [[1, 2], [6, 10]])
    new_phi, new_theta = rescale(np.array([1, 3, 5]), np.array([[1, 2], [3, 5]]), 1, 0.5)
    assert np.allclose(new_phi, [1, 6, 5]) and np.allclose(new_theta, [[0.5, 1], [3, 5]])


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: output_change is not the difference of the two networks, for a negative alpha or for a huge
  phi_0.
"""  # END TEST CONFIG


def test_change_of_output(output_change):
    from fractions import Fraction

    import numpy as np

    rng = np.random.default_rng(43)
    cases = []
    for d in (1, 3, 4):
        for alpha in (0.25, 8.0, -0.5, -1.0, -8.0):
            k = int(rng.integers(1, d + 1))
            cases.append((rng.normal(size=d + 1), rng.normal(size=(d, 2)), k, alpha))
    cases.append((np.array([1e16, 0.5, -2.0]), np.array([[0.5, 1.5], [1.0, -3.0]]), 2, -4.0))
    cases.append((np.array([1e16, 0.5, -2.0]), np.array([[0.5, 1.5], [1.0, -3.0]]), 1, 4.0))
    # a unit that was off everywhere, and one that is ignored
    cases.append((np.array([0.0, 3.0]), np.array([[-1.0, 0.0]]), 1, -2.0))
    cases.append((np.array([2.0, 0.0, 1.0]), np.array([[1.0, 1.0], [1.0, 2.0]]), 1, -2.0))
    for phi, theta, k, alpha in cases:
        x = np.concatenate([rng.normal(size=20) * 4, [0.0]])
        got = np.asarray(output_change(phi, theta, k, alpha, x))
        assert got.shape == x.shape
        # exact rational arithmetic, both networks written out
        for value, v in zip(got, x):
            total = Fraction(0)
            for sign, a in ((1, Fraction(alpha)), (-1, Fraction(1))):
                f = Fraction(phi[0])
                for j in range(1, len(phi)):
                    t0, t1, p = Fraction(theta[j - 1, 0]), Fraction(theta[j - 1, 1]), Fraction(phi[j])
                    if j == k:
                        t0, t1, p = a * t0, a * t1, p / a
                    f += p * max(t0 + t1 * Fraction(v), 0)
                total += sign * f
            assert abs(value - float(total)) < 1e-12 * (1 + abs(float(total)))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: rescale changes the arrays it is given, or accepts alpha = 0 without a ValueError.
"""  # END TEST CONFIG


def test_inputs_left_alone(rescale):
    def probe(rescale):
        import numpy as np

        phi, theta = np.array([1.0, 2.0, 3.0]), np.array([[4.0, 5.0], [6.0, 7.0]])
        kept = phi.copy(), theta.copy()
        new_phi, new_theta = rescale(phi, theta, 2, -3.0)
        same = np.array_equal(phi, kept[0]) and np.array_equal(theta, kept[1])
        return bool(same), bool(np.shares_memory(new_phi, phi) or np.shares_memory(new_theta, theta))

    import numpy as np

    same, shared = inside(probe)(rescale)
    assert same is True and shared is False
    for zero in (0, 0.0):
        try:
            rescale(np.array([1.0, 2.0]), np.array([[3.0, 4.0]]), 1, zero)
        except ValueError:
            continue
        raise AssertionError("alpha = 0 should raise a ValueError")


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-3.7"
# # BEGIN QUESTION
# name: q10_same_function
# points: 4

# %% [markdown]
# ## 10. Many parameters, one function
#
# A shallow ReLU network with three hidden units is fitted to data by least squares: we look for the
# parameters with the smallest sum of squared errors. Is the answer unique? Whatever network is best, others
# compute the very same function. With one unit, $\phi = (1, 6)$, $\theta_1 = (2, 4)$ and $\phi = (1, 3)$,
# $\theta_1 = (4, 8)$ are the same function of $x$.
#
# Write `equivalent_params(phi, theta, mode, seed)` for networks with $D \ge 2$ units. It returns new arrays
# `(phi2, theta2)` that give the same output as `phi, theta` at **every** $x$, yet differ from them by more
# than 0.1 in at least one entry.
#
# - `mode="permute"`: the same units in another order, always really another one.
# - `mode="scale"`: the units stay in their order, but at least one of them is a scaled version of the old
#   one. Other seeds give other factors.
#
# (The tests use units that differ from one another, with entries larger than 0.2 in size.)
#
# Then fill in `minimum_facts` for a network with three hidden units, all in use, no two of them alike:
#
# - `"lowest_loss_is_unique"`: `True` or `False`: the smallest value of the loss is one number.
# - `"parameters_are_unique"`: `True` or `False`: only one pair `phi, theta` reaches it.
# - `"orders"`: in how many orders the three units can stand (an integer, the given order included).
# - `"free_factors"`: how many numbers you can choose freely when you scale units without changing the
#   function (an integer).


# %% [raw]
# # BEGIN SOLUTION
# %%
def equivalent_params(phi, theta, mode, seed):
    """Other parameters of the same function.

    phi: (D + 1,); theta: (D, 2), D >= 2; mode: "permute" or "scale"; seed: int.
    Returns (phi2, theta2), arrays of the same shapes.
    """
    # BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    count = len(theta)
    if mode == "permute":
        order = rng.permutation(count)
        if (order == np.arange(count)).all():
            order = np.roll(order, 1)
        return np.concatenate([phi[:1], phi[1:][order]]), theta[order]
    factors = rng.uniform(2.0, 4.0, size=count)
    return np.concatenate([phi[:1], phi[1:] / factors]), theta * factors[:, None]
    # END SOLUTION


minimum_facts = {}
minimum_facts["lowest_loss_is_unique"] = True  # SOLUTION
minimum_facts["parameters_are_unique"] = False  # SOLUTION
minimum_facts["orders"] = 6  # SOLUTION
minimum_facts["free_factors"] = 3  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For a network with two units, both modes should return arrays of the same shapes that give
  the same output at x = -1, 0, 1.
"""  # END TEST CONFIG


def test_two_units(equivalent_params, minimum_facts):
    import numpy as np

    phi, theta = np.array([1.0, 6.0, -2.0]), np.array([[2.0, 4.0], [1.0, -1.0]])
    x = np.array([-1.0, 0.0, 1.0])
    network = lambda phi, theta: phi[0] + np.maximum(theta[:, :1] + theta[:, 1:] * x, 0).T @ phi[1:]
    for mode in ("permute", "scale"):
        got = equivalent_params(phi, theta, mode, 0)
        assert got is not None, f"equivalent_params(..., {mode!r}, 0) returned None: expected (phi2, theta2)"
        assert isinstance(got, (tuple, list)) and len(got) == 2, "expected two arrays, (phi2, theta2)"
        phi2, theta2 = np.asarray(got[0]), np.asarray(got[1])
        assert phi2.shape == (3,), f"{mode}: phi2 should have shape (3,), got {phi2.shape}"
        assert theta2.shape == (2, 2), f"{mode}: theta2 should have shape (2, 2), got {theta2.shape}"
        old, new = network(phi, theta), network(phi2, theta2)
        assert np.allclose(old, new), f"{mode}: output at -1, 0, 1 should stay {old}, got {new}"
    assert isinstance(minimum_facts, dict), "minimum_facts should be a dictionary"
    for key in ("lowest_loss_is_unique", "parameters_are_unique"):
        assert isinstance(minimum_facts.get(key), bool), f"minimum_facts[{key!r}] should be True or False"
    for key in ("orders", "free_factors"):
        assert type(minimum_facts.get(key)) is int, f"minimum_facts[{key!r}] should be an integer"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: permute does not always give the same units in another order. What has to move together?
"""  # END TEST CONFIG


def test_permute(equivalent_params):
    import numpy as np

    rng = np.random.default_rng(44)
    x = np.linspace(-10, 10, 200)
    network = lambda phi, theta: phi[0] + np.maximum(theta[:, :1] + theta[:, 1:] * x, 0).T @ phi[1:]
    for seed in range(20):
        d = (2, 3, 3, 6)[seed % 4]
        signs = lambda *shape: rng.choice([-1.0, 1.0], size=shape)
        phi = signs(d + 1) * rng.uniform(0.3, 2, size=d + 1)
        theta = signs(d, 2) * (0.3 + 0.2 * rng.permutation(2 * d).reshape(d, 2))
        phi2, theta2 = equivalent_params(phi, theta, "permute", seed)
        assert np.abs(network(phi, theta) - network(phi2, theta2)).max() < 1e-9
        assert phi2[0] == phi[0]
        units = [tuple(row) for row in np.column_stack([phi[1:], theta])]
        moved = [tuple(row) for row in np.column_stack([phi2[1:], theta2])]
        assert sorted(units) == sorted(moved) and units != moved


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: scale does not always give the same function with truly other parameters. Look at x outside
  the data and at other seeds.
"""  # END TEST CONFIG


def test_scale(equivalent_params):
    import numpy as np

    rng = np.random.default_rng(45)
    x = np.linspace(-10, 10, 200)
    network = lambda phi, theta: phi[0] + np.maximum(theta[:, :1] + theta[:, 1:] * x, 0).T @ phi[1:]
    for seed in range(20):
        d = (2, 3, 3, 6)[seed % 4]
        signs = lambda *shape: rng.choice([-1.0, 1.0], size=shape)
        phi = signs(d + 1) * rng.uniform(0.3, 2, size=d + 1)
        theta = signs(d, 2) * rng.uniform(0.3, 2, size=(d, 2))
        phi2, theta2 = equivalent_params(phi, theta, "scale", seed)
        assert np.abs(network(phi, theta) - network(phi2, theta2)).max() < 1e-9
        assert max(np.abs(phi2 - phi).max(), np.abs(theta2 - theta).max()) > 0.1
        # units in their old order: one positive factor per row
        factors = theta2 / theta
        assert np.allclose(factors[:, 0], factors[:, 1]) and (factors > 0).all()
        other_phi, other_theta = equivalent_params(phi, theta, "scale", seed + 1)
        assert not np.allclose(other_theta, theta2)
        assert np.abs(network(phi, theta) - network(other_phi, other_theta)).max() < 1e-9


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one entry of minimum_facts is wrong. Which changes of the parameters leave the
  function as it is?
"""  # END TEST CONFIG


def test_minimum_facts(minimum_facts):
    from itertools import permutations

    import torch

    torch.manual_seed(46)
    data, y = torch.randn(10, dtype=torch.float64), torch.randn(10, dtype=torch.float64)
    phi = torch.tensor([0.3, -1.0, 2.0, 0.7], dtype=torch.float64)
    theta = torch.tensor([[0.5, 1.0], [-0.4, 1.5], [0.9, -0.8]], dtype=torch.float64)

    def loss(phi, theta):
        hidden = torch.relu(theta[:, :1] + theta[:, 1:] * data)
        return ((phi[0] + phi[1:] @ hidden - y) ** 2).sum()

    base = loss(phi, theta)
    orders = 0
    for order in permutations(range(3)):
        order = list(order)
        moved = loss(torch.cat([phi[:1], phi[1:][order]]), theta[order])
        orders += int(torch.isclose(moved, base))
    # scaling directions: the function on a dense grid does not change to first order along them
    x = torch.linspace(-5, 5, 400, dtype=torch.float64)
    f = lambda flat: flat[0] + flat[1:4] @ torch.relu(flat[4:7, None] + flat[7:, None] * x)
    flat = torch.cat([phi, theta[:, 0], theta[:, 1]])
    jacobian = torch.autograd.functional.jacobian(f, flat)
    free = flat.numel() - int(torch.linalg.matrix_rank(jacobian, rtol=1e-9))
    assert minimum_facts["orders"] == orders
    assert minimum_facts["free_factors"] == free
    assert minimum_facts["lowest_loss_is_unique"] is True
    assert minimum_facts["parameters_are_unique"] is (orders == 1 and free == 0)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-3.10"
# # BEGIN QUESTION
# name: q11_count_pieces
# points: 4

# %% [markdown]
# ## 11. Fewer pieces than units allow
#
# Three hidden units can give four straight pieces, but they need not. The number of **pieces** is one more
# than the number of places where the slope of the output really changes. For $\phi = (0, 1, 1)$ and the rows
# $(0, 1)$, $(-1, 1)$ the slope is $0$, then $1$, then $2$: three pieces. Which choices of the parameters lose
# some? Find all the ways before you write code.
#
# Write `count_pieces(phi, theta, lo, hi)`, which returns the number of pieces on the open interval $(lo, hi)$
# as an integer. A bend at `lo` or `hi` itself or beyond does not count. `phi` is a list of $D + 1$ integers,
# `theta` a list of $D$ pairs of integers, zeros allowed anywhere; `lo < hi` are integers, or `-math.inf` and
# `math.inf`, the defaults. The answer must be exact.


# %% [raw]
# # BEGIN SOLUTION
# %%
def count_pieces(phi, theta, lo=-math.inf, hi=math.inf):
    """Number of straight pieces of a shallow ReLU network on the interval (lo, hi), an int.

    phi: list of D + 1 ints; theta: list of D pairs of ints.
    """
    # BEGIN SOLUTION
    change = {}  # joint -> change of slope when crossing it
    for weight, (t0, t1) in zip(phi[1:], theta):
        if t1 != 0:
            joint = Fraction(-t0, t1)
            change[joint] = change.get(joint, 0) + weight * abs(t1)
    return 1 + sum(1 for joint, amount in change.items() if amount != 0 and lo < joint < hi)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: phi (0, 1, 1) with the rows (0, 1) and (-1, 1) has three pieces.
"""  # END TEST CONFIG


def test_two_units(count_pieces):
    got = count_pieces([0, 1, 1], [(0, 1), (-1, 1)])
    assert got is not None, "count_pieces(...) returned None: expected an integer"
    assert type(got) is int, f"count_pieces should return an int, got {type(got).__name__}"
    assert got == 3, f"count_pieces([0, 1, 1], [(0, 1), (-1, 1)]): expected 3, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A special case is miscounted. Units can be ignored, flat, or bend at the same place,
  together or against each other.
"""  # END TEST CONFIG


def test_ways_to_lose_a_piece(count_pieces):
    cases = [
        ([0, 1, 2, 3], [(0, 1), (-1, 1), (-2, 1)], 4),
        ([7, 0, 0, 0], [(0, 1), (-1, 1), (-2, 1)], 1),
        ([0, 1, 0, 3], [(0, 1), (-1, 1), (-2, 1)], 3),
        ([0, 1, 2, 3], [(0, 1), (5, 0), (-2, 1)], 3),
        ([0, 1, 2, 3], [(0, 1), (0, 5), (-2, 1)], 3),
        ([0, 1, -1, 1], [(0, 1), (0, -1), (-1, 1)], 2),
        ([0, 1, 1, 1], [(0, 1), (0, -1), (-1, 1)], 3),
        ([0, 2, -1, 1], [(3, 3), (-6, -6), (-1, 1)], 2),
        ([0, 1, 1, 1], [(2, 1), (2, 1), (3, 1)], 3),
        ([0, 1, 1], [(1, 1), (4, 1)], 3),
        ([0, 5], [(0, 0)], 1),
        ([0, 5], [(-3, 7)], 2),
        ([0, 1, 1, -1], [(1, 3), (2, 6), (3, 9)], 1),
        ([0, 2, 1, -1], [(1, 3), (0, 3), (2, 6)], 2),
    ]
    # the expected numbers follow from the slopes, worked out by hand and checked below with exact arithmetic
    from fractions import Fraction

    for phi, theta, expected in cases:
        f = lambda x: phi[0] + sum(p * max(t0 + t1 * x, 0) for p, (t0, t1) in zip(phi[1:], theta))
        points = sorted({Fraction(-t0, t1) for t0, t1 in theta if t1})
        points = [Fraction(-100), *points, Fraction(100)]
        slopes = [(f(b) - f(a)) / (b - a) for a, b in zip(points, points[1:])]
        assert 1 + sum(a != b for a, b in zip(slopes, slopes[1:])) == expected
        assert count_pieces(phi, theta) == expected


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some small integer parameters the count is not that of the network. Measure the slopes
  between the joints.
"""  # END TEST CONFIG


def test_small_integers(count_pieces):
    import random
    from fractions import Fraction

    rng = random.Random(47)
    for _ in range(300):
        d = rng.choice([1, 2, 3, 3, 4, 6])
        phi = [rng.randint(-2, 2) for _ in range(d + 1)]
        theta = [(rng.randint(-2, 2), rng.randint(-2, 2)) for _ in range(d)]
        f = lambda x: phi[0] + sum(p * max(t0 + t1 * x, 0) for p, (t0, t1) in zip(phi[1:], theta))
        joints = sorted({Fraction(-t0, t1) for t0, t1 in theta if t1})
        points = [Fraction(-9), *joints, Fraction(9)]
        slopes = [(f(b) - f(a)) / (b - a) for a, b in zip(points, points[1:])]
        assert count_pieces(phi, theta) == 1 + sum(a != b for a, b in zip(slopes, slopes[1:]))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The count on an interval is wrong. A bend counts only strictly between the two ends.
"""  # END TEST CONFIG


def test_interval(count_pieces):
    import math
    import random
    from fractions import Fraction

    phi, theta = [0, 1, 1, 1], [(0, 1), (-1, 1), (-2, 1)]
    assert count_pieces(phi, theta, 0, 2) == 2
    assert count_pieces(phi, theta, 2, 9) == 1
    assert count_pieces(phi, theta, -1, math.inf) == 4
    assert count_pieces(phi, theta, -math.inf, 2) == 3
    rng = random.Random(48)
    for _ in range(100):
        d = rng.choice([1, 3, 5])
        phi = [rng.randint(-3, 3) for _ in range(d + 1)]
        theta = [(rng.randint(-4, 4), rng.randint(-3, 3)) for _ in range(d)]
        lo = rng.randint(-4, 2)
        hi = lo + rng.randint(1, 4)
        f = lambda x: phi[0] + sum(p * max(t0 + t1 * x, 0) for p, (t0, t1) in zip(phi[1:], theta))
        # all joints are multiples of 1/6: the slope on each sixth of the interval tells
        grid = [lo + Fraction(i, 6) for i in range(6 * (hi - lo) + 1)]
        slopes = [(f(b) - f(a)) * 6 for a, b in zip(grid, grid[1:])]
        assert count_pieces(phi, theta, lo, hi) == 1 + sum(a != b for a, b in zip(slopes, slopes[1:]))


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-3.14 udl-3.16"
# # BEGIN QUESTION
# name: q12_shallow_module
# points: 5

# %% [markdown]
# ## 12. Several inputs, several outputs
#
# With $D_i$ inputs and $D_o$ outputs every hidden unit has one slope per input, and every output has its own
# weights and its own intercept. There is no activation on the outputs:
#
# $$
# h_k = \text{ReLU}\Big(\theta_{k0} + \sum_{i=1}^{D_i} \theta_{ki}\,x_i\Big), \qquad f_j = \phi_{j0} +
# \sum_{k=1}^{D} \phi_{jk}\,h_k .
# $$
#
# On paper, write out the five scalar equations of a network of size 3-3-2 (inputs, hidden units, outputs) and
# the seven of a 2-4-3 network, and draw the second one. Then write
#
# - the module `ShallowNet(d_in, d_hidden, d_out)` with exactly two parameters, `theta` of shape
#   `(D, D_i + 1)` and `phi` of shape `(D_o, D + 1)`. Column 0 holds the intercepts. Draw the starting values
#   from a normal distribution. `forward` takes `x` of shape `(N, D_i)` and returns shape `(N, D_o)`, in the
#   dtype of the parameters.
# - `edges(d_in, d_hidden, d_out)`, your drawing as data: the set of arrows `(from, to)` between nodes named
#   `"x1"`, …, `"h1"`, …, `"y1"`, …, one arrow per weight, none for the intercepts. For size 1-1-1 it is
#   `{("x1", "h1"), ("h1", "y1")}`.


# %% [raw]
# # BEGIN SOLUTION
# %%
class ShallowNet(torch.nn.Module):
    """Shallow ReLU network: parameters theta (D, D_i + 1), phi (D_o, D + 1), intercepts in column 0."""

    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        # BEGIN SOLUTION
        self.theta = torch.nn.Parameter(torch.randn(d_hidden, d_in + 1))
        self.phi = torch.nn.Parameter(torch.randn(d_out, d_hidden + 1))
        # END SOLUTION

    def forward(self, x):
        """x: (N, D_i) -> (N, D_o)."""
        # BEGIN SOLUTION
        h = torch.relu(self.theta[:, 0] + x @ self.theta[:, 1:].T)  # (N, D)
        return self.phi[:, 0] + h @ self.phi[:, 1:].T
        # END SOLUTION


def edges(d_in, d_hidden, d_out):
    """The arrows of the network, a set of pairs of node names."""
    # BEGIN SOLUTION
    first = {(f"x{i}", f"h{k}") for i in range(1, d_in + 1) for k in range(1, d_hidden + 1)}
    second = {(f"h{k}", f"y{j}") for k in range(1, d_hidden + 1) for j in range(1, d_out + 1)}
    return first | second
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: A 1-1-1 network with theta (-1, 2) and phi (5, 3) gives 5 at x = 0 and 14 at x = 2.
"""  # END TEST CONFIG


def test_smallest_module(ShallowNet, edges):
    import torch

    net = ShallowNet(2, 3, 1)
    assert isinstance(net, torch.nn.Module), "ShallowNet(2, 3, 1) should be a torch.nn.Module"
    for name, shape in (("theta", (3, 3)), ("phi", (1, 4))):
        assert hasattr(net, name), f"ShallowNet(2, 3, 1) has no parameter {name}"
        got = tuple(getattr(net, name).shape)
        assert got == shape, f"ShallowNet(2, 3, 1): {name} should have shape {shape}, got {got}"
    net = ShallowNet(1, 1, 1)
    net.load_state_dict({"theta": torch.tensor([[-1.0, 2.0]]), "phi": torch.tensor([[5.0, 3.0]])})
    out = net(torch.tensor([[0.0], [2.0]]))
    assert out is not None, "forward returned None: expected a tensor of shape (N, D_o)"
    assert tuple(out.shape) == (2, 1), f"forward: expected shape (2, 1), got {tuple(out.shape)}"
    out = out.detach().flatten().tolist()
    assert abs(out[0] - 5) < 1e-5 and abs(out[1] - 14) < 1e-5, f"forward: expected [5, 14], got {out}"
    got = edges(1, 1, 1)
    assert got is not None, "edges(1, 1, 1) returned None: expected a set"
    assert isinstance(got, (set, frozenset)), "edges should return a set"
    assert got == {("x1", "h1"), ("h1", "y1")}, f"edges(1, 1, 1): got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The module does not compute the scalar equations for some size. Try random parameters,
  inputs of both signs and N = 1.
"""  # END TEST CONFIG


def test_scalar_equations(ShallowNet):
    import torch

    def run(ShallowNet, sizes, theta, phi, x):
        net = ShallowNet(*sizes).to(theta.dtype)
        net.load_state_dict({"theta": theta, "phi": phi})
        return net(x).detach()

    rng = torch.Generator().manual_seed(49)
    cases = [((3, 3, 2), 5), ((2, 4, 3), 6), ((1, 1, 1), 1), ((3, 3, 3), 4), ((5, 2, 4), 1), ((1, 6, 1), 3)]
    negative = False
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-5)):
        for (d_in, d, d_out), n in cases:
            theta = torch.randn(d, d_in + 1, generator=rng, dtype=dtype)
            phi = torch.randn(d_out, d + 1, generator=rng, dtype=dtype)
            x = torch.randn(d_in, n, generator=rng, dtype=dtype).T  # not contiguous
            out = inside(run)(ShallowNet, (d_in, d, d_out), theta, phi, x)
            assert out.dtype == dtype and tuple(out.shape) == (n, d_out)
            for row in range(n):
                h = []
                for k in range(d):
                    z = theta[k, 0].item()
                    for i in range(d_in):
                        z += theta[k, i + 1].item() * x[row, i].item()
                    h.append(z if z > 0 else 0.0)
                for j in range(d_out):
                    f = phi[j, 0].item() + sum(phi[j, k + 1].item() * h[k] for k in range(d))
                    negative = negative or f < 0
                    # sums of at most 12 terms of size about 1 to 10
                    assert abs(out[row, j].item() - f) <= tolerance * (1 + sum(map(abs, h)) * 3)
    assert negative


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The parameters are not as asked. Count them, look at their names and starting values, and
  see whether each gets a gradient.
"""  # END TEST CONFIG


def test_parameters_learn(ShallowNet):
    def probe(ShallowNet, sizes):
        import torch

        net = ShallowNet(*sizes)
        shapes = {name: tuple(p.shape) for name, p in net.named_parameters()}
        spread = {name: float(p.detach().std()) for name, p in net.named_parameters()}
        with torch.no_grad():
            for p in net.parameters():
                p.abs_()
        x = torch.rand(9, sizes[0]) + 0.1  # positive inputs and parameters: every unit is active
        net(x).sum().backward()
        grads = {name: p.grad for name, p in net.named_parameters()}
        reached = {name: g is not None and bool((g != 0).all()) for name, g in grads.items()}
        return shapes, spread, reached, sum(p.numel() for p in net.parameters())

    for sizes, total in (((3, 3, 2), 20), ((2, 4, 3), 27)):
        d_in, d, d_out = sizes
        shapes, spread, reached, count = inside(probe)(ShallowNet, sizes)
        assert shapes == {"theta": (d, d_in + 1), "phi": (d_out, d + 1)}
        assert all(value > 0 for value in spread.values())
        assert reached == {"theta": True, "phi": True}
        assert count == total


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: edges does not hold exactly the arrows of the network. Every arrow goes from one layer to
  the next.
"""  # END TEST CONFIG


def test_edges(edges):
    got = edges(2, 4, 3)
    assert isinstance(got, (set, frozenset)) and len(got) == 20
    for node, arrows_in, arrows_out in (("x2", 0, 4), ("h4", 2, 3), ("y3", 4, 0), ("h3", 2, 3), ("y4", 0, 0)):
        assert sum(end == node for _, end in got) == arrows_in
        assert sum(start == node for start, _ in got) == arrows_out
    for sizes in ((3, 3, 2), (1, 11, 1), (4, 1, 5)):
        assert edges(*sizes) == reference.edges(*sizes)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-3.13"
# # BEGIN QUESTION
# name: q13_patterns_2d
# points: 5

# %% [markdown]
# ## 13. Seven regions of the plane
#
# With two inputs, hidden unit $k$ switches on or off along the line
# $\theta_{k0} + \theta_{k1} x_1 + \theta_{k2} x_2 = 0$. Three units give three lines. We take lines in
# **general position**: no two are parallel, and the three do not meet in one point. They cut the plane into
# seven regions, each with its own **activation pattern**: a tuple like `(1, 0, 1)` with a 1 for every active
# unit. But there are eight patterns. For the rows $(0, 1, 0)$, $(0, 0, 1)$ and $(-1, 1, 1)$ the units are
# active where $x_1 > 0$, where $x_2 > 0$ and where $x_1 + x_2 > 1$. The pattern `(0, 0, 1)` asks for two
# negative numbers with a sum above 1: it never occurs.
#
# Write, for `theta` of shape `(3, 3)` with rows $(\theta_{k0}, \theta_{k1}, \theta_{k2})$ in general
# position,
#
# - `activation_patterns(theta)`: the set of the seven patterns that occur, as tuples of the integers 0 and 1;
# - `missing_pattern(theta)`: the one that does not.
#
# The answers must be right even when one region is a tiny triangle far from the origin, so trying many points
# of a grid will not do. The cell below the question draws the regions of one network from your patterns.


# %% [raw]
# # BEGIN SOLUTION
# %%
def activation_patterns(theta):
    """Activation patterns of three hidden units on the plane: a set of seven tuples of 0 and 1.

    theta: (3, 3) array, rows (theta_k0, theta_k1, theta_k2), lines in general position.
    """
    # BEGIN SOLUTION
    every = {(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)}
    return every - {missing_pattern(theta)}
    # END SOLUTION


def missing_pattern(theta):
    """The one activation pattern that occurs nowhere, a tuple of 0 and 1."""
    # BEGIN SOLUTION
    # Three normals in the plane are dependent: sum_k c_k * normal_k = 0 (c from 2 x 2 determinants). So the
    # same combination of the pre-activations is a constant: they can never all push it the other way.
    u, v = theta[:, 1], theta[:, 2]
    c = np.array([u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]])
    constant = c @ theta[:, 0]
    return tuple(int(value) for value in c * constant < 0)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For the rows (0, 1, 0), (0, 0, 1) and (-1, 1, 1) the missing pattern is (0, 0, 1) and the
  other seven occur.
"""  # END TEST CONFIG


def test_two_axes_and_a_diagonal(activation_patterns, missing_pattern):
    import numpy as np

    theta = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [-1.0, 1.0, 1.0]])
    got = missing_pattern(theta)
    assert got is not None, "missing_pattern(...) returned None: expected a tuple"
    assert isinstance(got, tuple) and len(got) == 3, "missing_pattern should return a tuple of three integers"
    assert got == (0, 0, 1), f"missing_pattern: expected (0, 0, 1), got {got}"
    got = activation_patterns(theta)
    assert got is not None, "activation_patterns(...) returned None: expected a set of tuples"
    assert isinstance(got, (set, frozenset)), "activation_patterns should return a set"
    assert len(got) == 7, f"activation_patterns: expected 7 patterns, got {len(got)}"
    assert (1, 1, 1) in got, "activation_patterns: (1, 1, 1) occurs in this network"
    assert (0, 0, 1) not in got, "activation_patterns: (0, 0, 1) does not occur in this network"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For one particular network the patterns are not the ones that random points of the plane
  show.
"""  # END TEST CONFIG


def test_given_network(activation_patterns, missing_pattern):
    import numpy as np

    theta = np.array([[-0.2, 1.0, 0.3], [-0.1, -0.4, 1.0], [0.9, -1.0, -0.8]])
    rng = np.random.default_rng(50)
    x = np.concatenate([rng.uniform(-1, 2, size=(20000, 2)), rng.normal(size=(20000, 2)) * 100])
    on = theta[:, 0] + x @ theta[:, 1:].T > 0
    seen = {tuple(int(v) for v in row) for row in np.unique(on, axis=0)}
    assert len(seen) == 7
    assert activation_patterns(theta) == seen
    assert missing_pattern(theta) not in seen and len(missing_pattern(theta)) == 3


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: For some lines the set of patterns is wrong. Think of a small triangle far away, and of what
  one flipped row does.
"""  # END TEST CONFIG


def test_patterns_around_the_corners(activation_patterns):
    from fractions import Fraction

    import numpy as np

    rng = np.random.default_rng(51)
    cases = [rng.normal(size=(3, 3)) for _ in range(30)]
    signs = np.array([[1.0, 1, -1], [1, -1, 1], [-1, 1, 1]])
    cases += [rng.integers(1, 4, size=(3, 3)) * signs for _ in range(5)]
    for _ in range(20):
        # three lines that pass a distant point at a distance of about 1e-3
        angle = rng.uniform(0, np.pi) + np.array([0.0, 1.0, 2.0]) + rng.uniform(-0.3, 0.3, size=3)
        normals = np.stack([np.cos(angle), np.sin(angle)], axis=1) * rng.choice([-1, 1], size=(3, 1))
        point = rng.normal(size=2) * 1000
        cases.append(np.column_stack([1e-3 * rng.choice([-1, 1], size=3) - normals @ point, normals]))
    checked = 0
    for theta in cases:
        # Every region touches a corner: where two lines cross, both signs of both occur; the third is fixed.
        t = [[Fraction(v) for v in row] for row in theta]
        seen = set()
        for a, b, other in ((0, 1, 2), (0, 2, 1), (1, 2, 0)):
            det = t[a][1] * t[b][2] - t[a][2] * t[b][1]
            if det == 0:
                break
            x1 = (t[a][2] * t[b][0] - t[a][0] * t[b][2]) / det
            x2 = (t[a][0] * t[b][1] - t[a][1] * t[b][0]) / det
            z = t[other][0] + t[other][1] * x1 + t[other][2] * x2
            if z == 0:
                break
            for sign_a in (0, 1):
                for sign_b in (0, 1):
                    pattern = [0, 0, 0]
                    pattern[a], pattern[b], pattern[other] = sign_a, sign_b, int(z > 0)
                    seen.add(tuple(pattern))
        else:
            assert len(seen) == 7
            assert activation_patterns(theta) == seen
            checked += 1
            for k in range(3):
                flipped = theta.copy()
                flipped[k] *= -1
                mirror = {tuple(1 - v if i == k else v for i, v in enumerate(p)) for p in seen}
                assert activation_patterns(flipped) == mirror
    assert checked >= 50


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The pattern that you call missing does occur somewhere. Compare it with the pattern inside
  the triangle.
"""  # END TEST CONFIG


def test_missing_pattern(missing_pattern):
    import numpy as np

    rng = np.random.default_rng(52)
    checked = 0
    while checked < 40:
        # choose the corners of the triangle, then the lines through them
        corners = rng.normal(size=(3, 2)) * rng.choice([0.01, 1.0, 100.0]) + rng.normal(size=2) * 100
        edges = np.roll(corners, -1, axis=0) - corners
        if abs(edges[0, 0] * edges[1, 1] - edges[0, 1] * edges[1, 0]) < 0.1 * (np.abs(edges).max() ** 2):
            continue
        normals = np.stack([edges[:, 1], -edges[:, 0]], axis=1) * rng.choice([-1.0, 1.0], size=(3, 1))
        theta = np.column_stack([-(normals * corners).sum(1), normals])
        middle = theta[:, 0] + normals @ corners.mean(0) > 0
        # outside the triangle all three units can never be flipped at once
        assert missing_pattern(theta) == tuple(int(not value) for value in middle)
        checked += 1


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION


# %%
def draw_regions():
    theta = np.array([[-0.2, 1.0, 0.3], [-0.1, -0.4, 1.0], [0.9, -1.0, -0.8]])
    patterns = sorted(activation_patterns(theta))
    grid = np.stack(np.meshgrid(np.linspace(-1.5, 2, 400), np.linspace(-1.5, 2.5, 400)), axis=-1)
    on = (theta[:, 0] + grid @ theta[:, 1:].T > 0).astype(int)
    figure, axis = plt.subplots(figsize=(6, 5))
    for number, pattern in enumerate(patterns):
        here = (on == pattern).all(axis=-1)
        axis.contourf(grid[..., 0], grid[..., 1], here, levels=[0.5, 1.5], colors=[plt.cm.Set2(number)])
        if here.any():
            axis.text(*grid[here].mean(axis=0), "".join(map(str, pattern)), ha="center")
    axis.set(xlabel="$x_1$", ylabel="$x_2$", title="active units, region by region")


show(draw_regions)

# %% [raw] sources="udl-3.15 udl-3.18"
# # BEGIN QUESTION
# name: q14_region_count
# points: 6

# %% [markdown]
# ## 14. How many regions at most?
#
# Each hidden unit cuts the input space along a hyperplane: a point on the line, a line in the plane, a plane
# in space. Zaslavsky counted how many regions $D$ hyperplanes can make at most in $D_i$ dimensions: as many
# as there are ways to choose at most $D_i$ of the $D$ hyperplanes,
#
# $$\sum_{j=0}^{D_i} \binom{D}{j}, \qquad \text{where } \binom{D}{j} = 0 \text{ for } j > D .$$
#
# On the line ($D_i = 1$) these are the $D + 1$ pieces you know. Two lines make at most four regions of the
# plane.
#
# - First set three integers in `most_regions`: how many regions the input space of a network can have at
#   most, for the sizes `"2-3-1"`, `"2-5-1"` and `"3-3-2"` (inputs, hidden units, outputs). A region is a part
#   of the input space in which the same units are active.
# - Write `max_regions(d_hidden, d_in)`, an exact Python integer for any $D \ge 0$ and $D_i \ge 1$.
# - The bound is reached only in general position. Write `count_regions(lines)`, which counts exactly the
#   regions that given lines make in the plane. `lines` is a list of triples of integers
#   $(\theta_{k0}, \theta_{k1}, \theta_{k2})$ with $(\theta_{k1}, \theta_{k2}) \ne (0, 0)$. Lines may be
#   parallel, many may pass through one point, and two triples may describe the same line. Two parallel lines
#   make three regions. A hint: add the lines one after another. How many regions does a new line split?

# %% [raw]
# # BEGIN SOLUTION
# %%
most_regions = {}
most_regions["2-3-1"] = 7  # SOLUTION
most_regions["2-5-1"] = 16  # SOLUTION
most_regions["3-3-2"] = 8  # SOLUTION


def max_regions(d_hidden, d_in):
    """Largest number of linear regions for d_hidden ReLU units and d_in inputs, an int."""
    # BEGIN SOLUTION
    return sum(math.comb(d_hidden, j) for j in range(d_in + 1))
    # END SOLUTION


def count_regions(lines):
    """Number of regions of the plane cut by the lines c + a * x1 + b * x2 = 0, an int.

    lines: list of triples (c, a, b) of ints, (a, b) not (0, 0).
    """
    # BEGIN SOLUTION
    regions, earlier = 1, []
    for c, a, b in lines:
        crossings = set()
        for c2, a2, b2 in earlier:
            det = a * b2 - a2 * b
            if det != 0:
                crossings.add((Fraction(b * c2 - b2 * c, det), Fraction(a2 * c - a * c2, det)))
            elif a * c2 == a2 * c and b * c2 == b2 * c:
                break  # the same line again
        else:
            # The crossings cut the new line into stretches, and each stretch splits one region in two.
            regions += len(crossings) + 1
            earlier.append((c, a, b))
    return regions
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Two units with two inputs make at most 4 regions, two parallel lines 3; most_regions holds
  three integers.
"""  # END TEST CONFIG


def test_two_lines(max_regions, count_regions, most_regions):
    got = max_regions(2, 2)
    assert got is not None, "max_regions(2, 2) returned None: expected an integer"
    assert type(got) is int, f"max_regions should return an int, got {type(got).__name__}"
    assert got == 4, f"max_regions(2, 2): expected 4, got {got}"
    assert max_regions(6, 1) == 7, f"max_regions(6, 1): expected 7, got {max_regions(6, 1)}"
    got = count_regions([(0, 1, 0), (1, 1, 0)])
    assert got is not None, "count_regions(...) returned None: expected an integer"
    assert type(got) is int, f"count_regions should return an int, got {type(got).__name__}"
    assert got == 3, f"count_regions([(0, 1, 0), (1, 1, 0)]): expected 3, got {got}"
    assert isinstance(most_regions, dict), "most_regions should be a dictionary"
    for size in ("2-3-1", "2-5-1", "3-3-2"):
        assert type(most_regions.get(size)) is int, f"most_regions[{size!r}] should be an integer"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the three integers in most_regions is wrong. What do the outputs have to do
  with it?
"""  # END TEST CONFIG


def test_most_regions(most_regions):
    from itertools import product

    # hyperplanes in general position, rows (intercept, slopes), and the patterns that a fine lattice shows
    networks = {
        "2-3-1": [(1, 2, 0), (-2, 0, 1), (5, 1, 1)],
        "2-5-1": [(-1, 1, 2), (3, -2, 1), (7, 1, 1), (-11, 3, -1), (13, 1, -3)],
        "3-3-2": [(1, 2, 1, 0), (-2, 0, 1, 3), (1, 1, 0, 1)],
    }
    for size, rows in networks.items():
        d_in = len(rows[0]) - 1
        axis = [v / 2 for v in range(-61, 62)] if d_in == 2 else list(range(-9, 10))
        patterns = set()
        for x in product(axis, repeat=d_in):
            z = [row[0] + sum(slope * v for slope, v in zip(row[1:], x)) for row in rows]
            if all(z):
                patterns.add(tuple(value > 0 for value in z))
        assert most_regions[size] == len(patterns)


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: max_regions is wrong or inexact for some numbers of units and inputs. Two to the power D is
  right only in some cases.
"""  # END TEST CONFIG


def test_max_regions(max_regions):
    from itertools import product

    # Another route: hyperplane number D meets the others in a picture with one dimension less.
    table = {}
    for d in range(101):
        for d_in in range(101):
            table[d, d_in] = 1 if d == 0 or d_in == 0 else table[d - 1, d_in] + table[d - 1, d_in - 1]
    for d, d_in in product((0, 1, 2, 3, 4, 5, 9, 20, 100), (1, 2, 3, 4, 10, 19, 20, 60)):
        got = max_regions(d, d_in)
        assert type(got) is int and got == table[d, d_in]


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: count_regions is wrong for some lines. Draw parallel lines, three lines through one point,
  and the same line twice.
"""  # END TEST CONFIG


def test_count_regions(count_regions):
    import random
    from fractions import Fraction
    from itertools import combinations

    rng = random.Random(53)
    cases = [
        [(0, 1, 0)],
        [(0, 1, 0), (1, 1, 0), (2, 1, 0)],
        [(0, 1, 0), (0, 0, 1), (0, 1, 1)],
        [(0, 1, 0), (0, 0, 1), (-1, 1, 1)],
        [(0, 1, 0), (0, -3, 0), (0, 2, 0)],
        [(3, 1, 2), (-6, -2, -4), (3, 2, 1)],
        [(0, 1, 0), (0, 0, 1), (1, 1, 0), (1, 0, 1)],
        [(10**9, 1, 0), (10**9 + 1, 1, 0), (0, 0, 10**9)],
        [],
    ]
    # two crossings 1e-18 apart on the axis: floating point merges them
    n = 10**9
    cases.append([(-n, n + 1, 1), (1 - n, n, 1), (0, 0, 1)])
    cases.append([(-n, n + 1, 1), (0, 0, 1), (1 - n, n, 1), (2 - n, n - 1, 1)])
    for _ in range(60):
        lines = []
        while len(lines) < rng.choice([2, 3, 5, 8]):
            c, a, b = (rng.randint(-2, 2) for _ in range(3))
            if (a, b) != (0, 0):
                lines.append((c, a, b))
        cases.append(lines)
    big = 10**6
    for d in (3, 5, 7):
        cases.append([(rng.randint(-big, big), rng.randint(1, big), rng.randint(1, big)) for _ in range(d)])
    for lines in cases:
        # Euler: regions = edges - corners + 1, where a line with m corners on it has m + 1 edges
        distinct = []
        for line in lines:
            same = lambda old: all(p * q2 == p2 * q for (p, q), (p2, q2) in combinations(zip(line, old), 2))
            if not any(same(old) for old in distinct):
                distinct.append(line)
        on_line = {line: set() for line in distinct}
        for first, second in combinations(distinct, 2):
            (c, a, b), (c2, a2, b2) = first, second
            det = a * b2 - a2 * b
            if det:
                corner = (Fraction(b * c2 - b2 * c, det), Fraction(a2 * c - a * c2, det))
                on_line[first].add(corner)
                on_line[second].add(corner)
        corners = set().union(*on_line.values())
        expected = sum(len(points) + 1 for points in on_line.values()) - len(corners) + 1
        assert count_regions(lines) == expected


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [markdown]
# ## What to take along
#
# A shallow ReLU network is a sum of bent lines: you can list its joints and slopes. Its parameters are not
# unique, since units can be reordered and rescaled. It often has fewer pieces than it could have. And with
# more inputs the number of regions grows fast, but not as fast as $2^D$. The next question is what happens
# when the output of one network becomes the input of another.
