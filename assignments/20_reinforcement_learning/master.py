# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [raw]
# # ASSIGNMENT CONFIG
# name: 20_reinforcement_learning
# export_cell: {pdf: false}
# tests: {files: false, ok_format: false}
# show_question_points: true

# %% [markdown]
# # Reinforcement learning
#
# An agent acts, the world answers with a new state and a reward, and nobody says what would have been right. Here you
# compute what a way of acting is worth, improve it until nothing is left to gain, and see why the simple loops that do
# this must converge. Then the table of values gives way to a policy with parameters, and the question becomes how to
# estimate its gradient from a few trajectories without drowning in noise.
#
# | question | what you write | points |
# | --- | --- | --- |
# | `q1_returns` | what a trajectory still brings, step by step | 3 |
# | `q2_values` | what a policy is worth in each state | 3 |
# | `q3_improvement` | one better action, and what it does to all values | 5 |
# | `q4_ice` | policy evaluation and improvement in turns, on slippery ice | 6 |
# | `q5_backup` | a backup brings any two tables closer together | 4 |
# | `q6_convergence` | how many backups are enough, and how to tell without the answer | 4 |
# | `q7_temperature` | between trying things out and using what is known | 4 |
# | `q8_bandit` | three machines, and temperatures that fall | 4 |
# | `q9_zero_mean` | which baselines leave the gradient alone | 5 |
# | `q10_control_variate` | an estimate with less noise | 4 |
# | `q11_best_baseline` | the baseline with the least variance | 4 |
# | `q12_policy_gradient` | a policy that learns from a handful of walks | 5 |
#
# Each question stands alone: no answer needs an earlier one. `grader.check` runs a few small public tests.
# More tests, with other numbers, decide the score.

# %% [markdown]
# ## Recap and notation
#
# A **Markov decision process** has $S$ states and $A$ actions. In state $s$ the agent takes action $a$, gets a
# **reward** and finds itself in a next state, which depends on chance, on $s$ and on $a$, on nothing before.
#
# | symbol | array | meaning |
# | --- | --- | --- |
# | $P(s' \mid s, a)$ | `P[s, a, s2]`, shape `(S, A, S)` | probability that the next state is $s'$ |
# | $r(s, a)$ | `R[s, a]`, shape `(S, A)` | expected reward for taking $a$ in $s$ |
# | $\pi(a \mid s)$ | `pi[s, a]`, shape `(S, A)` | the **policy**: probability that the agent takes $a$ in $s$ |
# | $\gamma$ | `gamma` | **discount factor**: a reward that comes one step later counts $\gamma$ times as much |
# | $G_t$ | | **return**: the discounted sum of all rewards from step $t$ on |
# | $v_\pi(s)$ | `v[s]`, shape `(S,)` | **value**: expected return when the agent starts in $s$ and follows $\pi$ |
# | $q_\pi(s, a)$ | `q[s, a]`, shape `(S, A)` | **action value**: the same, but the first action is $a$ |
#
# A **deterministic** policy always takes one certain action in each state: its rows hold a single 1. A **trajectory**
# is a list of states, actions and rewards, one of each per step. Arrays are float64 unless something else is said;
# functions leave the arrays that they are given as they are.
#
# Run the set-up cell, then meet the penguin. It walks on a slippery ice floe of 16 cells, numbered row by row from 0 to
# 15, wants the fish in cell 15, and pays 2 for each time that it has to climb out of a hole. The arrows are a policy,
# and not a good one. Beside it you see how much rewards count that come later.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
import torch

MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))  # rows down and columns right for the moves 0 to 3: up, right, down, left
HOLES = {5, 8, 11}
FISH = 15
START_MOVES = np.array([1, 1, 2, 3, 2, 0, 3, 2, 0, 1, 0, 3, 0, 3, 1, 0])  # the entry of the fish's cell means nothing


def show(draw):
    """Call draw(); while the answer it needs is missing, say so in a line instead of failing."""
    try:
        draw()
    except Exception as problem:
        plt.close("all")
        print(f"No figure yet: it is drawn by your own answer ({type(problem).__name__}: {problem}).")


def draw_ice(axis, moves, title, values=None):
    """The ice floe of 4 x 4 cells, an arrow in each, and the values if there are any."""
    colours = np.zeros(16) if values is None else values
    axis.imshow(np.reshape(colours, (4, 4)), cmap="Blues_r", vmin=-3, vmax=4)
    for s in range(16):
        row, column = divmod(s, 4)
        if s == FISH:
            axis.text(column, row, "fish", ha="center", va="center")
            continue
        down, right = MOVES[moves[s]]
        axis.annotate("", (column + 0.3 * right, row + 0.3 * down), (column, row), arrowprops={"arrowstyle": "->"})
        if s in HOLES:
            axis.add_patch(plt.Circle((column, row), 0.42, fill=False, linestyle="--"))
        axis.text(column - 0.45, row - 0.28, str(s) if values is None else f"{values[s]:.2f}", fontsize=7)
    axis.set(title=title, xticks=[], yticks=[])


# %%
def draw_world():
    figure, axes = plt.subplots(1, 2, figsize=(9, 3))
    draw_ice(axes[0], START_MOVES, "holes are dashed, arrows are a policy")
    for gamma in (0.5, 0.9, 0.99):
        axes[1].plot(gamma ** np.arange(40), label=f"$\\gamma = {gamma}$")
    axes[1].set(title="weight of a reward", xlabel="steps until it comes", ylim=(0, 1.05))
    axes[1].legend()
    figure.tight_layout()


show(draw_world)

# %% [raw] sources="udl-19.1"
# # BEGIN QUESTION
# name: q1_returns
# points: 3

# %% [markdown]
# ## 1. What is still to come
#
# A trajectory of $T$ steps brings the rewards $r_0, \dots, r_{T-1}$, where $r_t$ is the one received for step $t$. The
# return at step $t$ is
#
# $$G_t = r_t + \gamma\, r_{t+1} + \gamma^2\, r_{t+2} + \dots + \gamma^{T-1-t}\, r_{T-1} .$$
#
# For the rewards $1, 0, 2$ and $\gamma = \tfrac12$ the returns are $1.5,\ 1,\ 2$. (Some books number rewards by the
# time at which they arrive and call the first one $r_1$. The returns are the same.)
#
# - `returns(rewards, gamma)` returns the array of all $T$ returns, float64 of shape `(T,)`. `rewards` is an array of
#   shape `(T,)`, of floats or integers, and `gamma` lies between 0 and 1, ends included. $T$ may be 0. It has to cope
#   with 100,000 steps in well under a second: how does $G_t$ follow from $G_{t+1}$?
# - `walk_returns`: the ten returns for a walk of the penguin with the rewards 0, 0, 1, 0, 0, -2, 0, 0, 0, 1 and
#   $\gamma = 0.9$. (On this walk a fish brings 1 and a hole costs 2, at once.)
# - `forever(reward, gamma)` returns the return of a trajectory without end that brings the same reward at each step, a
#   float, for $0 \le \gamma < 1$. For the reward 1 and $\gamma = \tfrac12$ it is 2.


# %% [raw]
# # BEGIN SOLUTION
# %%
def returns(rewards, gamma):
    """Discounted return at each step, float64 of shape (T,). rewards: (T,) array."""
    # BEGIN SOLUTION
    found = np.zeros(len(rewards))
    later = 0.0
    for t in reversed(range(len(rewards))):
        later = rewards[t] + gamma * later
        found[t] = later
    return found
    # END SOLUTION


walk_returns = returns(np.array([0, 0, 1, 0, 0, -2, 0, 0, 0, 1]), 0.9)  # SOLUTION


def forever(reward, gamma):
    """Return of a trajectory without end with the same reward at each step, a float."""
    # BEGIN SOLUTION
    return reward / (1 - gamma)
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Rewards 1, 0, 2 with gamma 1/2 give the returns 1.5, 1, 2; the reward 1 forever gives 2.
"""  # END TEST CONFIG


def test_three_steps(returns, walk_returns, forever):
    import numpy as np

    got = returns(np.array([1.0, 0.0, 2.0]), 0.5)
    assert got is not None, "returns(...) returned None: expected an array of shape (3,)"
    assert isinstance(got, np.ndarray) and got.shape == (3,), f"returns: expected an array of shape (3,), got {got!r}"
    assert np.allclose(got, [1.5, 1, 2]), f"returns: expected [1.5, 1, 2], got {got.tolist()}"
    assert walk_returns is not ..., "walk_returns is still missing"
    assert np.shape(walk_returns) == (10,), f"walk_returns: expected ten numbers, got shape {np.shape(walk_returns)}"
    assert np.isclose(walk_returns[9], 1), f"the last return of the walk is its last reward, 1; got {walk_returns[9]}"
    got = forever(1.0, 0.5)
    assert got is not None, "forever(...) returned None: expected a float"
    assert np.shape(got) == () and np.isclose(got, 2), f"forever(1, 0.5): expected 2, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some returns are wrong. A reward is discounted by the steps between now and then, and what lies in the
  past does not count. Mind long trajectories, too.
"""  # END TEST CONFIG


def test_double_sum(returns):
    import numpy as np

    rng = np.random.default_rng(2001)
    for length in (0, 1, 2, 3, 8, 30):
        for gamma in (0.0, 0.3, 0.9, 1.0):
            rewards = rng.normal(size=2 * length)[::2]
            weights = np.array([[gamma ** (k - t) if k >= t else 0.0 for k in range(length)] for t in range(length)])
            got = returns(rewards, gamma)
            assert isinstance(got, np.ndarray) and got.shape == (length,) and got.dtype == np.float64
            # sums of at most 30 numbers of size one
            assert length == 0 or np.abs(got - weights @ rewards).max() <= 1e-12
    whole = returns(np.array([3, -1, 2]), 0.5)
    assert whole.dtype == np.float64 and np.abs(whole - [3.0, 0.0, 2.0]).max() <= 1e-12
    # gamma to the power of 100,000 is zero in float64
    got = returns(np.ones(100_000), 0.5)
    assert np.isfinite(got).all() and np.abs(got[:-60] - 2).max() <= 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The returns of the penguin's walk, or the return of a reward that never ends, are wrong.
"""  # END TEST CONFIG


def test_walk_and_forever(walk_returns, forever):
    import numpy as np

    rewards = {2: 1.0, 5: -2.0, 9: 1.0}
    for t in range(10):
        expected = sum(r * 0.9 ** (k - t) for k, r in rewards.items() if k >= t)
        # six digits, so that numbers that were copied by hand pass
        assert abs(walk_returns[t] - expected) <= 1e-6
    for reward, gamma in ((1.0, 0.9), (-3.0, 0.0), (0.0, 0.7), (2, 0.98), (-0.5, 0.25)):
        # what comes after 2000 steps is below 1e-15 of the whole
        expected = sum(reward * gamma**k for k in range(2000))
        assert abs(forever(reward, gamma) - expected) <= 1e-9


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-19.2"
# # BEGIN QUESTION
# name: q2_values
# points: 3

# %% [markdown]
# ## 2. What a policy is worth
#
# The value of a state is what the next step brings on average, plus the discounted value of where it leads:
#
# $$v_\pi(s) = \sum_a \pi(a \mid s) \Big( r(s, a) + \gamma \sum_{s'} P(s' \mid s, a)\, v_\pi(s') \Big) .$$
#
# These are $S$ linear equations for $S$ unknown numbers. Suppose that there is only one action; in state 0 it pays 1
# and leads to state 1, in state 1 it pays 2 and leads nowhere else. With $\gamma = \tfrac12$ the values are
# $v(1) = 2 + \tfrac12 v(1) = 4$ and $v(0) = 1 + \tfrac12 \cdot 4 = 3$.
#
# - `state_values(P, R, pi, gamma)` returns the values $v_\pi$, shape `(S,)`, to full precision, for
#   $0 \le \gamma \le 0.999$.
# - `action_values(P, R, v, gamma)` returns the action values, shape `(S, A)`, of a policy whose values are `v`: the
#   large bracket above.
#
# The shapes are those of the recap. `P` may hold integers.


# %% [raw]
# # BEGIN SOLUTION
# %%
def state_values(P, R, pi, gamma):
    """Values of the policy pi, shape (S,). P: (S, A, S), R: (S, A), pi: (S, A)."""
    # BEGIN SOLUTION
    moves = np.einsum("sa,sat->st", pi, P)
    rewards = (pi * R).sum(axis=1)
    return np.linalg.solve(np.eye(len(R)) - gamma * moves, rewards)
    # END SOLUTION


def action_values(P, R, v, gamma):
    """Action values of a policy with the values v, shape (S, A). P: (S, A, S), R: (S, A), v: (S,)."""
    # BEGIN SOLUTION
    return R + gamma * P @ v
    # END SOLUTION


# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Two states with one action, rewards 1 and 2, gamma 1/2 - the values are 3 and 4, the action values too.
"""  # END TEST CONFIG


def test_two_states(state_values, action_values):
    import numpy as np

    P = np.array([[[0, 1]], [[0, 1]]])
    R = np.array([[1.0], [2.0]])
    got = state_values(P, R, np.ones((2, 1)), 0.5)
    assert got is not None, "state_values(...) returned None: expected an array of shape (2,)"
    assert np.shape(got) == (2,), f"state_values: expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, [3, 4]), f"state_values: expected [3, 4], got {np.asarray(got).tolist()}"
    got = action_values(P, R, np.array([3.0, 4.0]), 0.5)
    assert got is not None, "action_values(...) returned None: expected an array of shape (2, 1)"
    assert np.shape(got) == (2, 1), f"action_values: expected shape (2, 1), got {np.shape(got)}"
    assert np.allclose(got, [[3], [4]]), f"action_values: expected [[3], [4]], got {np.asarray(got).tolist()}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some process the values are not the discounted sum of what the policy earns step by step.
"""  # END TEST CONFIG


def test_values_as_series(state_values):
    import numpy as np

    rng = np.random.default_rng(2002)
    cases = [(1, 1, 0.0), (1, 3, 0.9), (2, 1, 0.99), (3, 2, 0.5), (4, 3, 0.95), (6, 2, 0.99), (5, 4, 0.0)]
    for states, actions, gamma in cases:
        P = rng.dirichlet(np.ones(states), size=(states, actions))
        P[-1] = np.eye(states)[-1]
        R = rng.normal(size=(states, actions))
        pi = rng.dirichlet(np.ones(actions), size=states)
        pi[0] = np.eye(actions)[-1]
        expected = np.zeros(states)
        for s in range(states):
            where, weight = np.eye(states)[s], 1.0
            while weight > 1e-14:
                both = where[:, None] * pi
                expected[s] += weight * (both * R).sum()
                where, weight = np.tensordot(both, P, 2), weight * gamma
        got = state_values(P, R, pi, gamma)
        assert np.shape(got) == (states,)
        # the series is cut at 1e-14 of a reward, the equations lose 1 / (1 - gamma) of float64: 1e-12 was seen
        assert np.abs(got - expected).max() <= 1e-10
    got = state_values(np.ones((1, 1, 1)), np.array([[1.0]]), np.ones((1, 1)), 0.999)
    # forever one, discounted: a sweep would need tens of thousands of rounds
    assert abs(got[0] - 1000) <= 1e-6


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The action values are wrong. Their first step is the given action, and everything after it is worth v.
"""  # END TEST CONFIG


def test_action_values_by_first_step(action_values):
    import numpy as np

    rng = np.random.default_rng(2003)
    for states, actions, gamma in ((1, 1, 0.9), (1, 4, 0.5), (3, 1, 0.0), (4, 4, 0.99), (5, 2, 1.0)):
        P = rng.dirichlet(np.ones(states), size=(states, actions))
        R, v = rng.normal(size=(states, actions)), rng.normal(size=states)
        got = action_values(P, R, v, gamma)
        assert np.shape(got) == (states, actions)
        for s in range(states):
            for a in range(actions):
                expected = sum(P[s, a, s2] * (R[s, a] + gamma * v[s2]) for s2 in range(states))
                # sums of at most five numbers of size one
                assert abs(got[s, a] - expected) <= 1e-12


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-19.2"
# # BEGIN QUESTION
# name: q3_improvement
# points: 5

# %% [markdown]
# ## 3. One better action
#
# Take a policy $\pi$ and change it in a single state $s$: there, the new policy $\pi'$ always takes an action with the
# largest action value $q_\pi(s, a)$. Everywhere else it does what $\pi$ does. It seems clear that nothing can get
# worse. But $q_\pi$ is a promise for taking the new action *once* and following the old policy afterwards. Is it kept
# if the new action is taken at every visit?
#
# The proof applies the **backup** of the new policy to the old values, again and again:
#
# $$(T w)(s) = \sum_a \pi'(a \mid s) \Big( r(s, a) + \gamma \sum_{s'} P(s' \mid s, a)\, w(s') \Big) .$$
#
# $T v_\pi$ is the value of following $\pi'$ for one step and $\pi$ afterwards, $T^2 v_\pi$ that of two steps of $\pi'$,
# and so on. Larger values going in never make smaller ones come out, so as soon as the first step of the chain
# $v_\pi, T v_\pi, T^2 v_\pi, \dots$ does not go down, no later one does. Its limit is $v_{\pi'}$.
#
# - `improve_at(pi, q, s)` returns $\pi'$, a new array of shape `(S, A)`, for a policy `pi` with the action values `q`,
#   both of shape `(S, A)`. Among several largest action values take the first action.
# - `improvement_chain(P, R, pi_new, v, gamma, k)` returns the array of shape `(k + 1, S)` with the rows
#   $v, T v, \dots, T^k v$. Here `pi_new` is the new policy and `v` holds the values of the old one; `k` may be 0.
# - `loop_values(gamma)` is the smallest example. A single state leads back to itself, and its two actions pay 0 and 1.
#   The old policy always takes the first. Return $v_\pi$, the largest $q_\pi(s, a)$ and $v_{\pi'}$, three floats in a
#   tuple, for $0 \le \gamma < 1$.
#
# Now decide; set each entry of `improvement_facts` to `True` or `False`. A statement is true if it holds for **every**
# process, every policy, every state $s$ and every $\gamma$ between 0 and 1 (0 allowed, 1 not). $a^* = \pi'(s)$ is the
# new action.
#
# - `"equal"`: $v_{\pi'}(s) = q_\pi(s, a^*)$.
# - `"at_least"`: $v_{\pi'}(s) \ge q_\pi(s, a^*)$.
# - `"others_keep"`: $v_{\pi'}(s') = v_\pi(s')$ in all states $s' \ne s$.
# - `"others_never_lose"`: $v_{\pi'}(s') \ge v_\pi(s')$ in all states $s' \ne s$.
# - `"equal_without_return"`: $v_{\pi'}(s) = q_\pi(s, a^*)$ if the agent, once it has left $s$ with $a^*$, cannot come
#   back to $s$ under $\pi'$.
# - `"reward_is_enough"`: $v_{\pi'}(s) \ge v_\pi(s)$ also if $a^*$ is the action with the largest reward $r(s, a)$
#   instead of the largest action value.


# %% [raw]
# # BEGIN SOLUTION
# %%
def improve_at(pi, q, s):
    """The policy pi, changed in state s to the first action with the largest q, a new array of shape (S, A)."""
    # BEGIN SOLUTION
    better = pi.copy()
    better[s] = 0
    better[s, q[s].argmax()] = 1
    return better
    # END SOLUTION


def improvement_chain(P, R, pi_new, v, gamma, k):
    """Rows v, T v, ..., T^k v, shape (k + 1, S), where T is the backup of the policy pi_new."""
    # BEGIN SOLUTION
    moves = np.einsum("sa,sat->st", pi_new, P)
    rewards = (pi_new * R).sum(axis=1)
    chain = [v]
    for _ in range(k):
        chain.append(rewards + gamma * moves @ chain[-1])
    return np.stack(chain)
    # END SOLUTION


def loop_values(gamma):
    """Old value, best action value and new value of a loop whose actions pay 0 and 1: three floats."""
    # BEGIN SOLUTION
    return 0.0, 1.0, 1 / (1 - gamma)
    # END SOLUTION


improvement_facts = {}
improvement_facts["equal"] = False  # SOLUTION
improvement_facts["at_least"] = True  # SOLUTION
improvement_facts["others_keep"] = False  # SOLUTION
improvement_facts["others_never_lose"] = True  # SOLUTION
improvement_facts["equal_without_return"] = True  # SOLUTION
improvement_facts["reward_is_enough"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION


# %%
def draw_chain():
    rng = np.random.default_rng(4)
    P, R = rng.dirichlet(np.ones(4) / 4, size=(4, 3)), rng.normal(size=(4, 3))
    old = np.eye(3)[[0, 0, 0, 0]]
    v = state_values(P, R, old, 0.9)
    new = improve_at(old, action_values(P, R, v, 0.9), 0)
    chain = improvement_chain(P, R, new, v, 0.9, 30)
    figure, axis = plt.subplots(figsize=(7, 2.8))
    for s in range(4):
        axis.plot(chain[:, s] - v[s], label=f"state {s}" + (", changed" if s == 0 else ""))
    axis.set(title="what the values gain", xlabel="steps with the new policy before the old one takes over")
    axis.legend()
    figure.tight_layout()


show(draw_chain)  # needs your answer to question 2, too

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With q = (0, 1) the new policy takes the second action; in the loop with gamma 1/2 the chain begins
  with 0, 1, 1.5; loop_values gives three numbers and improvement_facts holds six booleans.
"""  # END TEST CONFIG


def test_loop(improve_at, improvement_chain, loop_values, improvement_facts):
    import numpy as np

    got = improve_at(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]), 0)
    assert got is not None, "improve_at(...) returned None: expected an array of shape (1, 2)"
    assert np.shape(got) == (1, 2), f"improve_at: expected shape (1, 2), got {np.shape(got)}"
    assert np.allclose(got, [[0, 1]]), f"improve_at: expected [[0, 1]], got {np.asarray(got).tolist()}"
    P, R = np.ones((1, 2, 1)), np.array([[0.0, 1.0]])
    got = improvement_chain(P, R, np.array([[0.0, 1.0]]), np.zeros(1), 0.5, 2)
    assert got is not None, "improvement_chain(...) returned None: expected an array of shape (3, 1)"
    assert np.shape(got) == (3, 1), f"improvement_chain: expected shape (3, 1), got {np.shape(got)}"
    assert np.allclose(got, [[0], [1], [1.5]]), f"expected the rows [0], [1], [1.5], got {np.asarray(got).tolist()}"
    got = loop_values(0.5)
    assert got is not None, "loop_values(...) returned None: expected three floats"
    assert isinstance(got, (tuple, list)) and len(got) == 3, "loop_values: expected three floats in a tuple"
    assert isinstance(improvement_facts, dict), "improvement_facts should be a dictionary"
    keys = ("equal", "at_least", "others_keep", "others_never_lose", "equal_without_return", "reward_is_enough")
    for key in keys:
        fact = improvement_facts.get(key)
        assert isinstance(fact, (bool, np.bool_)), f"improvement_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Changing one state after the other by your improve_at does not lead to the best policy, or it changes
  more than it should. Which row changes, what decides, and what becomes of ties and of the given arrays?
"""  # END TEST CONFIG


def test_improvement_reaches_the_best(improve_at):
    from itertools import product

    import numpy as np

    def values(P, R, pi, gamma):
        rows = range(len(R))
        A = np.eye(len(R)) - gamma * np.array([sum(pi[s, a] * P[s, a] for a in range(R.shape[1])) for s in rows])
        return np.linalg.solve(A, np.array([pi[s] @ R[s] for s in rows]))

    rng = np.random.default_rng(2004)
    for states, actions, gamma in ((1, 2, 0.9), (3, 1, 0.5), (3, 3, 0.95), (4, 2, 0.0), (4, 3, 0.99)):
        P = rng.dirichlet(np.full(states, 0.3), size=(states, actions))
        R = rng.normal(size=(states, actions))
        pi = rng.dirichlet(np.ones(actions), size=states)
        for s in list(range(states)) * 8:
            v = values(P, R, pi, gamma)
            q = R + gamma * P @ v
            new = improve_at(pi, q, s)
            others = np.arange(states) != s
            assert new.shape == pi.shape and np.array_equal(new[others], pi[others])
            assert sorted(new[s].tolist()) == [0.0] * (actions - 1) + [1.0]
            assert (new[s] @ q[s]) == q[s].max()
            pi = new
        best = [values(P, R, np.eye(actions)[list(choice)], gamma) for choice in product(range(actions), repeat=states)]
        # values are at most some hundred
        assert np.abs(values(P, R, pi, gamma) - np.max(best, axis=0)).max() <= 1e-8
    tied = improve_at(np.full((2, 4), 0.25), np.array([[1.0, 3.0, 3.0, 2.0], [-1.0, -1.0, -1.0, -2.0]]), 0)
    assert tied.tolist() == [[0.0, 1.0, 0.0, 0.0], [0.25] * 4]
    tied = improve_at(np.full((2, 4), 0.25), np.array([[1.0, 3.0, 3.0, 2.0], [-1.0, -1.0, -1.0, -2.0]]), 1)
    assert tied.tolist() == [[0.25] * 4, [1.0, 0.0, 0.0, 0.0]]

    def left_as_it_is(improve):
        import numpy as np

        pi = np.full((2, 2), 0.5)
        improve(pi, np.array([[0.0, 1.0], [2.0, 3.0]]), 1)
        return pi.tolist()

    assert inside(left_as_it_is)(improve_at) == [[0.5, 0.5], [0.5, 0.5]]


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The chain, or the example of the loop, is wrong. Row k is worth k steps with the new policy and the old
  values afterwards.
"""  # END TEST CONFIG


def test_chain_by_step(improvement_chain, loop_values):
    import numpy as np

    rng = np.random.default_rng(2005)
    for states, actions, gamma, k in ((1, 1, 0.9, 0), (2, 3, 0.0, 3), (3, 2, 0.7, 5), (5, 3, 1.0, 8)):
        P = rng.dirichlet(np.ones(states), size=(states, actions))
        R, v = rng.normal(size=(states, actions)), rng.normal(size=states)
        pi = rng.dirichlet(np.ones(actions), size=states)
        got = improvement_chain(P, R, pi, v, gamma, k)
        assert got.shape == (k + 1, states)
        for steps in range(k + 1):
            for s in range(states):
                where, expected = np.eye(states)[s], 0.0
                for t in range(steps):
                    both = where[:, None] * pi
                    expected += gamma**t * (both * R).sum()
                    where = np.tensordot(both, P, 2)
                expected += gamma**steps * where @ v
                # eight steps with rewards of size one
                assert abs(got[steps, s] - expected) <= 1e-11
    for gamma in (0.0, 0.3, 0.9, 0.99):
        old, promised, new = loop_values(gamma)
        series = sum(gamma**t for t in range(5000))
        # the series is cut below 1e-20
        assert abs(old) <= 1e-12 and abs(promised - 1) <= 1e-12 and abs(new - series) <= 1e-8


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the six statements about the improved policy is decided wrongly.
"""  # END TEST CONFIG


def test_improvement_facts(improvement_facts):
    import numpy as np

    keys = ("equal", "at_least", "others_keep", "others_never_lose", "equal_without_return", "reward_is_enough")
    facts = dict.fromkeys(keys, True)
    rng = np.random.default_rng(2006)
    for trial in range(150):
        P = rng.dirichlet(np.full(4, 0.5), size=(4, 3))
        if trial % 2:
            P[..., 0] = 0
            P /= P.sum(axis=2, keepdims=True)
        R, gamma = rng.normal(size=(4, 3)), rng.uniform()
        pi = rng.dirichlet(np.ones(3), size=4)

        def values(pi):
            return np.linalg.solve(np.eye(4) - gamma * np.einsum("sa,sat->st", pi, P), (pi * R).sum(axis=1))

        v = values(pi)
        q = R + gamma * P @ v
        new, greedy = pi.copy(), pi.copy()
        new[0], greedy[0] = np.eye(3)[q[0].argmax()], np.eye(3)[R[0].argmax()]
        w = values(new)
        same = abs(w[0] - q[0].max()) < 1e-10
        facts["equal"] &= same
        facts["at_least"] &= w[0] >= q[0].max() - 1e-10
        facts["others_keep"] &= np.abs(w - v)[1:].max() < 1e-10
        facts["others_never_lose"] &= (w - v)[1:].min() >= -1e-10
        facts["equal_without_return"] &= same or not trial % 2
        facts["reward_is_enough"] &= values(greedy)[0] >= v[0] - 1e-10
    for key in keys:
        assert bool(improvement_facts[key]) is bool(facts[key])


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-19.3"
# # BEGIN QUESTION
# name: q4_ice
# points: 6

# %% [markdown]
# ## 4. The penguin learns to walk
#
# On a square floe with $n \times n$ cells, numbered row by row from 0, the penguin chooses a move: 0 up, 1 right, 2
# down, 3 left. It may only choose a move that stays on the floe. But the ice is slippery:
#
# - with probability $\tfrac12$ it makes the move that it chose,
# - otherwise it makes one of the *other* moves that stay on the floe, each with the same probability.
#
# Leaving a hole pays $-2$, leaving any other cell pays 0, whichever way the penguin goes. The cell with the fish is the
# end: its value is given and stays as it is. So a policy is an integer array `moves` of shape `(n * n,)` with one move
# per cell (the entry of the fish's cell means nothing), and its values satisfy
#
# $$v(s) = r(s) + \gamma \sum_{s'} P(s' \mid s, \text{move of } s)\; v(s') \qquad \text{for all cells but the fish's.}$$
#
# Solving these equations takes long for many states. One **sweep** instead puts old values into the right side and
# takes what comes out as new values, for all cells at once. Then the policy is improved, and so on in turns.
#
# The cell below has `reachable(s, n)`, which gives the cells around `s` by move. In a corner there are two, so
# both have probability $\tfrac12$ there, whatever is chosen.
#
# - `transition(s, a, n)` returns the probabilities of the next cell, shape `(n * n,)`, when the penguin in cell `s`
#   chooses `a`, one of the moves that stay on the floe. In the middle of the floe they are $\tfrac12$ and three times
#   $\tfrac16$.
# - `sweep(v, moves, holes, fish, gamma)` returns the values after one sweep, a new array of shape `(n * n,)`. `holes`
#   is a set of cells, `fish` one cell, which is no hole. All right sides use the old values `v`.
# - `greedy_moves(v)` returns the best move of each cell for the values `v`, an integer array of shape `(n * n,)`: the
#   one with the largest expected value of the next cell, among the moves that stay on the floe. Expected values that
#   differ by less than $10^{-9}$ count as equal, and then the first of up, right, down, left wins. (Why are rewards
#   and $\gamma$ not needed?)
# - `alternate(v, moves, holes, fish, gamma, rounds)` returns the pair `(v, moves)` after so many rounds, each a sweep
#   with the present moves followed by an improvement of all moves. `rounds` may be 0.
# - `after_two_rounds`: the pair `(v, moves)` after **two** rounds on the floe of the recap (`HOLES`, `FISH`,
#   $\gamma = 0.9$), starting from the moves `START_MOVES` and from values that are 3 for the fish and 0 elsewhere.
#
# As a check: the first sweep gives cell 11 the value $-2 + 0.9 \cdot \tfrac14 \cdot 3 = -1.325$.


# %%
def reachable(s, n):
    """The cells next to cell s of an n x n floe, as a dictionary from moves to cells."""
    row, column = divmod(s, n)
    around = {move: (row + down, column + right) for move, (down, right) in enumerate(MOVES)}
    return {move: i * n + j for move, (i, j) in around.items() if 0 <= i < n and 0 <= j < n}


# %% [raw]
# # BEGIN SOLUTION
# %%
def transition(s, a, n):
    """Probabilities of the next cell when the penguin in cell s chooses the move a, shape (n * n,)."""
    # BEGIN SOLUTION
    cells = reachable(s, n)
    probabilities = np.zeros(n * n)
    for move, cell in cells.items():
        probabilities[cell] = 0.5 if move == a else 0.5 / (len(cells) - 1)
    return probabilities
    # END SOLUTION


def sweep(v, moves, holes, fish, gamma):
    """Values after one sweep with the given moves, all from the old values v, shape (n * n,)."""
    # BEGIN SOLUTION
    n = math.isqrt(len(v))
    new = v.copy()
    for s in range(len(v)):
        if s != fish:
            new[s] = (-2 if s in holes else 0) + gamma * transition(s, moves[s], n) @ v
    return new
    # END SOLUTION


def greedy_moves(v):
    """Best move of each cell for the values v, an integer array of shape (n * n,)."""
    # BEGIN SOLUTION
    n = math.isqrt(len(v))
    best = []
    for s in range(len(v)):
        scores = {a: transition(s, a, n) @ v for a in reachable(s, n)}
        best.append(min(a for a in scores if scores[a] > max(scores.values()) - 1e-9))
    return np.array(best)
    # END SOLUTION


def alternate(v, moves, holes, fish, gamma, rounds):
    """Values and moves after so many rounds of a sweep and an improvement: the pair (v, moves)."""
    # BEGIN SOLUTION
    for _ in range(rounds):
        v = sweep(v, moves, holes, fish, gamma)
        moves = greedy_moves(v)
    return v, moves
    # END SOLUTION


after_two_rounds = alternate(3 * np.eye(16)[FISH], START_MOVES, HOLES, FISH, 0.9, 2)  # SOLUTION
# %% [raw]
# # END SOLUTION


# %%
def draw_rounds():
    v = np.where(np.arange(16) == FISH, 3.0, 0.0)
    figure, axes = plt.subplots(1, 4, figsize=(12, 3.2))
    for axis, rounds in zip(axes, (0, 1, 2, 100)):
        values, moves = alternate(v, START_MOVES, HOLES, FISH, 0.9, rounds)
        draw_ice(axis, moves, f"after {rounds} round{'s' * (rounds != 1)}", values)
    figure.tight_layout()


show(draw_rounds)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: From cell 5 of 16 the chosen move has probability 1/2, the other three 1/6 each; the first sweep gives
  cell 11 the value -1.325; for values of zero every cell takes the first move that stays on the floe.
"""  # END TEST CONFIG


def test_first_steps(transition, sweep, greedy_moves, alternate, after_two_rounds):
    import numpy as np

    got = transition(5, 1, 4)
    assert got is not None, "transition(...) returned None: expected an array of shape (16,)"
    assert np.shape(got) == (16,), f"transition: expected shape (16,), got {np.shape(got)}"
    assert np.isclose(got[6], 0.5), f"transition(5, 1, 4): expected 1/2 for cell 6, got {got[6]}"
    assert np.allclose(got[[1, 4, 9]], 1 / 6), f"expected 1/6 each for the cells 1, 4, 9, got {got[[1, 4, 9]].tolist()}"
    v, moves = np.zeros(16), np.array([1, 1, 2, 3, 2, 0, 3, 2, 0, 1, 0, 3, 0, 3, 1, 0])
    v[15] = 3
    got = sweep(v, moves, {5, 8, 11}, 15, 0.9)
    assert got is not None, "sweep(...) returned None: expected an array of shape (16,)"
    assert np.shape(got) == (16,), f"sweep: expected shape (16,), got {np.shape(got)}"
    assert np.isclose(got[11], -1.325), f"sweep: expected -1.325 for cell 11, got {got[11]}"
    got = greedy_moves(np.zeros(16))
    assert got is not None, "greedy_moves(...) returned None: expected an integer array of shape (16,)"
    assert np.shape(got) == (16,), f"greedy_moves: expected shape (16,), got {np.shape(got)}"
    assert np.asarray(got).tolist() == [1, 1, 1, 2] + [0] * 12, f"greedy_moves of zeros: got {np.asarray(got).tolist()}"
    got = alternate(v, moves, {5, 8, 11}, 15, 0.9, 0)
    assert got is not None, "alternate(...) returned None: expected the pair (v, moves)"
    assert isinstance(got, (tuple, list)) and len(got) == 2, "alternate: expected the pair (v, moves)"
    assert np.array_equal(got[0], v) and np.array_equal(got[1], moves), "alternate: no rounds should change nothing"
    assert after_two_rounds is not ..., "after_two_rounds is still missing"
    assert isinstance(after_two_rounds, (tuple, list)), "after_two_rounds: expected the pair (values, moves)"
    shapes = [np.shape(found) for found in after_two_rounds]
    assert shapes == [(16,), (16,)], f"after_two_rounds: expected two arrays of shape (16,), got shapes {shapes}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some transition is wrong. Look at corners and edges, where fewer moves stay on the floe.
"""  # END TEST CONFIG


def test_transitions_by_distance(transition):
    import numpy as np

    for n in (2, 3, 4, 7):
        for s in range(n * n):
            near = [c for c in range(n * n) if abs(c // n - s // n) + abs(c % n - s % n) == 1]
            for a, shift in enumerate((-n, 1, n, -1)):
                if s + shift in near:
                    got = transition(s, a, n)
                    assert np.shape(got) == (n * n,)
                    for c in range(n * n):
                        slips = 0.5 / (len(near) - 1) if c in near else 0.0
                        expected = 0.5 if c == s + shift else slips
                        assert abs(got[c] - expected) <= 1e-14


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: A sweep goes wrong on some floe. Which values stand on the right, who pays for a hole, and when, and
  what becomes of the cell with the fish and of the array that was passed in?
"""  # END TEST CONFIG


def test_sweep_as_matrix(sweep):
    import numpy as np

    rng = np.random.default_rng(2007)
    for n, gamma in ((2, 0.5), (3, 0.0), (3, 1.0), (4, 0.9), (5, 0.7)):
        cells = np.arange(n * n)
        rows, columns = cells // n, cells % n
        near = np.abs(rows[:, None] - rows) + np.abs(columns[:, None] - columns) == 1
        chosen = np.array([rng.choice(np.flatnonzero(row)) for row in near])
        moves = np.array([{-n: 0, 1: 1, n: 2, -1: 3}[int(d)] for d in chosen - cells])
        if n == 2:
            moves = np.array([2, 2, 0, 0])
            chosen = np.array([2, 3, 0, 1])
        matrix = near * 0.5 / (near.sum(axis=1, keepdims=True) - 1)
        matrix[cells, chosen] = 0.5
        fish = int(rng.integers(n * n))
        holes = set(rng.choice(n * n, size=n, replace=False).tolist()) - {fish}
        v = rng.normal(size=n * n)
        expected = gamma * matrix @ v
        expected[list(holes)] -= 2
        expected[fish] = v[fish]
        got = sweep(v, moves, holes, fish, gamma)
        # sums of four numbers of size one
        assert np.shape(got) == (n * n,) and np.abs(got - expected).max() <= 1e-12

    def left_as_it_is(sweep):
        import numpy as np

        v = np.array([0.0, 1.0, 2.0, 3.0])
        sweep(v, np.array([1, 2, 1, 0]), {0}, 3, 0.5)
        return v.tolist()

    assert inside(left_as_it_is)(sweep) == [0.0, 1.0, 2.0, 3.0]


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some move is not the best one, or a tie goes to a later one. Think of moves off the floe when all
  values are negative.
"""  # END TEST CONFIG


def test_best_moves_by_neighbours(greedy_moves):
    import numpy as np

    rng = np.random.default_rng(2008)
    for n, offset in ((2, 0.0), (3, -5.0), (4, 0.0), (4, 5.0), (6, -1.0)):
        v = rng.normal(size=n * n) + offset
        # with more than two neighbours the chosen one is the likeliest; with two, the choice does not matter
        got = greedy_moves(v)
        assert np.shape(got) == (n * n,) and np.asarray(got).dtype.kind == "i"
        for s in range(n * n):
            row, column = divmod(s, n)
            on = [row > 0, column < n - 1, row < n - 1, column > 0]
            values = {a: v[s + step] for a, step in enumerate((-n, 1, n, -1)) if on[a]}
            corner = len(values) == 2
            assert got[s] == (min(values) if corner else max(values, key=values.get))
    level = np.full(16, 0.1)
    level += np.linspace(0, 1e-11, 16)
    assert np.asarray(greedy_moves(level)).tolist() == [1, 1, 1, 2] + [0] * 12
    uphill = np.linspace(0, 1e-6, 16)
    assert np.asarray(greedy_moves(uphill)).tolist() == [1] + [2] * 11 + [0, 1, 1, 0]


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The rounds go wrong, or two rounds on the floe of the recap give something else. In each round one
  sweep comes first, with the moves of the round before.
"""  # END TEST CONFIG


def test_rounds(alternate, after_two_rounds):
    import numpy as np

    def rounds_by_hand(v, moves, holes, fish, gamma, rounds):
        n = 4
        cells = np.arange(16)
        near = np.abs(cells[:, None] // n - cells // n) + np.abs(cells[:, None] % n - cells % n) == 1
        slip = 0.5 / (near.sum(axis=1) - 1)
        pay = np.where(np.isin(cells, list(holes)), -2.0, 0.0)
        for _ in range(rounds):
            target = cells + np.array([-n, 1, n, -1])[moves]
            target[fish] = fish
            mean = slip * (near @ v) + (0.5 - slip) * v[target]
            v = np.where(cells == fish, v, pay + gamma * mean)
            moves = np.zeros(16, dtype=int)
            for s in range(16):
                options = [(round(v[s + d], 8), -a) for a, d in enumerate((-n, 1, n, -1)) if 0 <= s + d < 16]
                options = [o for o in options if near[s, s + (-n, 1, n, -1)[-o[1]]]]
                moves[s] = -max(options)[1] if len(options) > 2 else min(-o[1] for o in options)
        return v, moves

    start = np.array([1, 1, 2, 3, 2, 0, 3, 2, 0, 1, 0, 3, 0, 3, 1, 0])
    v = np.eye(16)[15] * 3
    expected = rounds_by_hand(v, start, {5, 8, 11}, 15, 0.9, 2)
    # six digits, so that numbers that were copied by hand pass
    assert np.abs(np.asarray(after_two_rounds[0]) - expected[0]).max() <= 1e-6
    assert np.array_equal(np.asarray(after_two_rounds[1])[:15], expected[1][:15])
    rng = np.random.default_rng(2009)
    for fish, holes, rounds in ((15, {5, 8, 11}, 1), (3, {0, 6}, 3), (9, {10, 4, 15}, 7), (0, set(), 4)):
        v = rng.normal(size=16)
        expected = rounds_by_hand(v, start, holes, fish, 0.8, rounds)
        got = alternate(v, start, holes, fish, 0.8, rounds)
        # seven sweeps of sums of four numbers of size one
        assert np.abs(got[0] - expected[0]).max() <= 1e-11
        others = np.arange(16) != fish
        assert np.array_equal(np.asarray(got[1])[others], expected[1][others])


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-19.5"
# # BEGIN QUESTION
# name: q5_backup
# points: 4

# %% [markdown]
# ## 5. Closer with every backup
#
# Q-learning keeps a table of action values. With the learning rate 1 and a known process, one round replaces the table
# $q$ by its **backup**
#
# $$f[q](s, a) = r(s, a) + \gamma \sum_{s'} P(s' \mid s, a)\, \max_{a'} q(s', a') .$$
#
# The distance of two tables is the largest difference of two entries,
# $\lVert q_1 - q_2 \rVert = \max_{s, a} \lvert q_1(s, a) - q_2(s, a) \rvert$. Back up both tables, and the distance
# becomes at most $\gamma$ times what it was. Try the proof: which inequality for $\max_a u_a - \max_a w_a$ does it
# need? A map that shrinks all distances by a common factor below 1 is a **contraction**. It has exactly one fixed
# point, and repeating it leads there from anywhere.
#
# - `backup(q, R, P, gamma)` returns $f[q]$, shape `(S, A)`; `q` and `R` have shape `(S, A)`, `P` has shape `(S, A, S)`.
#   With one state, two actions that pay 0 and 1, $\gamma = \tfrac12$ and $q = (4, 2)$ it is $(2, 3)$.
# - `shrinkage(q1, q2, R, P, gamma)` returns $\lVert f[q_1] - f[q_2] \rVert / \lVert q_1 - q_2 \rVert$, a float, and 0
#   if the two tables are equal.
# - `worst_pair(S, A)` returns a pair of tables of shape `(S, A)` whose distance becomes *exactly* $\gamma$ times what
#   it was, for every process and every $\gamma$.
#
# Now decide; set each entry of `backup_facts` to `True` or `False`. A statement is true if it holds for all processes
# and tables, and for all $\gamma$ between 0 and 1 (neither included) unless it says something else.
#
# - `"strictly_for_all"`: $\lVert f[q_1] - f[q_2] \rVert < \gamma \lVert q_1 - q_2 \rVert$.
# - `"at_most"`: $\lVert f[q_1] - f[q_2] \rVert \le \gamma \lVert q_1 - q_2 \rVert$.
# - `"maxima"`: $\lvert \max_a u_a - \max_a w_a \rvert \le \max_a \lvert u_a - w_a \rvert$ for all vectors $u, w$.
# - `"first_maximum_only"`: $\max_{s, a} \lvert \max_{a'} q_1(s, a') - q_2(s, a) \rvert = \lVert q_1 - q_2 \rVert$.
# - `"other_successors"`: the bound `"at_most"` also holds if the two tables are backed up with two different arrays
#   $P_1$ and $P_2$.
# - `"undiscounted"`: for $\gamma = 1$, too, $f$ is a contraction.
# - `"averaged"`: with $(1 - \alpha)\, q + \alpha f[q]$, a learning rate $\alpha$ between 0 and 1, the distance becomes
#   at most $1 - \alpha (1 - \gamma)$ times what it was.


# %% [raw]
# # BEGIN SOLUTION
# %%
def backup(q, R, P, gamma):
    """Backup of the table q, shape (S, A). R: (S, A), P: (S, A, S)."""
    # BEGIN SOLUTION
    return R + gamma * P @ q.max(axis=1)
    # END SOLUTION


def shrinkage(q1, q2, R, P, gamma):
    """Distance of two tables after a backup, as a share of the distance before, a float; 0 for equal tables."""
    # BEGIN SOLUTION
    before = np.abs(q1 - q2).max()
    after = np.abs(backup(q1, R, P, gamma) - backup(q2, R, P, gamma)).max()
    return float(after / before) if before > 0 else 0.0
    # END SOLUTION


def worst_pair(S, A):
    """Two tables of shape (S, A) whose distance becomes exactly gamma times what it was."""
    # BEGIN SOLUTION
    return np.zeros((S, A)), np.ones((S, A))
    # END SOLUTION


backup_facts = {}
backup_facts["strictly_for_all"] = False  # SOLUTION
backup_facts["at_most"] = True  # SOLUTION
backup_facts["maxima"] = True  # SOLUTION
backup_facts["first_maximum_only"] = False  # SOLUTION
backup_facts["other_successors"] = False  # SOLUTION
backup_facts["undiscounted"] = False  # SOLUTION
backup_facts["averaged"] = True  # SOLUTION
# %% [raw]
# # END SOLUTION


# %%
def draw_shrinkage():
    rng = np.random.default_rng(0)
    R, P = rng.normal(size=(5, 3)), rng.dirichlet(np.ones(5) / 5, size=(5, 3))
    found = [shrinkage(*rng.normal(size=(2, 5, 3)), R, P, 0.9) for _ in range(1000)]
    figure, axis = plt.subplots(figsize=(7, 2.6))
    axis.hist(found, bins=40)
    axis.axvline(0.9, color="black", linestyle="--")
    axis.set(title="1000 random pairs, $\\gamma = 0.9$", xlabel="distance after a backup / distance before")
    figure.tight_layout()


show(draw_shrinkage)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: One state, rewards 0 and 1, gamma 1/2 and the table (4, 2) give (2, 3); worst_pair returns two tables,
  and backup_facts holds seven booleans.
"""  # END TEST CONFIG


def test_one_state(backup, shrinkage, worst_pair, backup_facts):
    import numpy as np

    R, P = np.array([[0.0, 1.0]]), np.ones((1, 2, 1))
    got = backup(np.array([[4.0, 2.0]]), R, P, 0.5)
    assert got is not None, "backup(...) returned None: expected an array of shape (1, 2)"
    assert np.shape(got) == (1, 2), f"backup: expected shape (1, 2), got {np.shape(got)}"
    assert np.allclose(got, [[2, 3]]), f"backup: expected [[2, 3]], got {np.asarray(got).tolist()}"
    got = shrinkage(np.array([[4.0, 2.0]]), np.array([[0.0, 2.0]]), R, P, 0.5)
    assert got is not None, "shrinkage(...) returned None: expected a float"
    assert np.shape(got) == () and np.isclose(got, 0.25), f"the distances are 4 and 1: expected 1/4, got {got}"
    got = worst_pair(2, 3)
    assert got is not None, "worst_pair(2, 3) returned None: expected two arrays of shape (2, 3)"
    assert len(got) == 2, "worst_pair: expected two arrays"
    assert np.shape(got[0]) == np.shape(got[1]) == (2, 3), "worst_pair(2, 3): both tables should have shape (2, 3)"
    assert isinstance(backup_facts, dict), "backup_facts should be a dictionary"
    keys = (
        "strictly_for_all",
        "at_most",
        "maxima",
        "first_maximum_only",
        "other_successors",
        "undiscounted",
        "averaged",
    )
    for key in keys:
        assert isinstance(backup_facts.get(key), (bool, np.bool_)), f"backup_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some backup is wrong, or repeating it does not lead to the values of the best policy. Over what is the
  maximum taken, and at which state?
"""  # END TEST CONFIG


def test_backup_and_its_fixed_point(backup):
    from itertools import product

    import numpy as np

    rng = np.random.default_rng(2010)
    for states, actions, gamma in ((1, 1, 0.9), (1, 3, 0.0), (3, 1, 0.5), (3, 3, 0.8), (4, 2, 0.6)):
        P = rng.dirichlet(np.full(states, 0.4), size=(states, actions))
        R, q = rng.normal(size=(states, actions)), rng.normal(size=(states, actions))
        got = backup(q, R, P, gamma)
        assert np.shape(got) == (states, actions)
        for s, a in product(range(states), range(actions)):
            expected = sum(P[s, a, t] * (R[s, a] + gamma * max(q[t])) for t in range(states))
            # sums of four numbers of size one
            assert abs(got[s, a] - expected) <= 1e-12
        best = np.full(states, -np.inf)
        for choice in product(range(actions), repeat=states):
            rows = np.arange(states), list(choice)
            best = np.maximum(best, np.linalg.solve(np.eye(states) - gamma * P[rows], R[rows]))
        for _ in range(130):
            q = backup(q, R, P, gamma)
        # 0.9 to the power of 130 is 1e-6, the initial distance at most 20
        assert np.abs(q.max(axis=1) - best).max() <= 1e-4


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The share of the distance is wrong for some tables, or the pair of worst_pair comes closer than by the
  factor gamma.
"""  # END TEST CONFIG


def test_shrinkage(shrinkage, worst_pair):
    import numpy as np

    rng = np.random.default_rng(2011)
    for states, actions, gamma in ((1, 1, 0.9), (1, 4, 0.5), (4, 1, 0.99), (3, 3, 0.0), (5, 2, 1.0), (3, 4, 0.7)):
        P = rng.dirichlet(np.full(states, 0.4), size=(states, actions))
        R = rng.normal(size=(states, actions))
        for scale in (1e-6, 1.0, 1e6):
            q1, q2 = scale * rng.normal(size=(2, states, actions))
            lists = [
                [R[s, a] + gamma * P[s, a] @ [max(row) for row in q] for s in range(states) for a in range(actions)]
                for q in (q1, q2)
            ]
            expected = max(abs(x - y) for x, y in zip(*lists)) / max(abs(x) for x in (q1 - q2).ravel())
            # rewards of size one are lost against tables of size 1e-6 at the tenth digit
            assert abs(shrinkage(q1, q2, R, P, gamma) - expected) <= 1e-8
        assert shrinkage(q1, q1.copy(), R, P, gamma) == 0
        low, high = worst_pair(states, actions)
        assert np.shape(low) == np.shape(high) == (states, actions)
        after = [R + gamma * P @ np.max(q, axis=1) for q in (low, high)]
        before = np.abs(np.subtract(low, high)).max()
        assert before > 1e-9 and abs(np.abs(after[0] - after[1]).max() / before - gamma) <= 1e-6


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the seven statements about backups is decided wrongly.
"""  # END TEST CONFIG


def test_backup_facts(backup_facts):
    import numpy as np

    keys = (
        "strictly_for_all",
        "at_most",
        "maxima",
        "first_maximum_only",
        "other_successors",
        "undiscounted",
        "averaged",
    )
    facts = dict.fromkeys(keys, True)
    rng = np.random.default_rng(2012)
    for trial in range(200):
        P1, P2 = rng.dirichlet(np.full(4, 0.3), size=(2, 4, 3))
        R, gamma, rate = rng.normal(size=(4, 3)), rng.uniform(), rng.uniform()
        q1, q2 = rng.normal(size=(2, 4, 3))
        if trial % 3 == 0:
            q2 = q1 + (trial % 2)
        before = np.abs(q1 - q2).max()
        f1, f2 = (R + gamma * P1 @ q.max(axis=1) for q in (q1, q2))
        after = np.abs(f1 - f2).max()
        facts["strictly_for_all"] &= bool(after < gamma * before - 1e-9)
        facts["at_most"] &= bool(after <= gamma * before + 1e-9)
        facts["maxima"] &= bool(np.abs(q1.max(axis=1) - q2.max(axis=1)).max() <= before + 1e-9)
        facts["first_maximum_only"] &= bool(abs(np.abs(q1.max(axis=1)[:, None] - q2).max() - before) <= 1e-9)
        other = R + gamma * P2 @ q2.max(axis=1)
        facts["other_successors"] &= bool(np.abs(f1 - other).max() <= gamma * before + 1e-9)
        whole = np.abs(P1 @ (q1.max(axis=1) - q2.max(axis=1))).max()
        facts["undiscounted"] &= bool(whole <= (1 - 1e-9) * before)
        mixed = np.abs((1 - rate) * (q1 - q2) + rate * (f1 - f2)).max()
        facts["averaged"] &= bool(mixed <= (1 - rate * (1 - gamma)) * before + 1e-9)
    for key in keys:
        assert bool(backup_facts[key]) is facts[key]


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-19.5"
# # BEGIN QUESTION
# name: q6_convergence
# points: 4

# %% [markdown]
# ## 6. How many rounds?
#
# Let $f$ be any map of tables that shrinks all distances to at most $\gamma$ times what they were, with
# $0 < \gamma < 1$; distances are largest differences of entries. Q-learning with a known process is one example. Let
# $q^* = f[q^*]$ be its fixed point and $q_{k+1} = f[q_k]$. Since $q^*$ does not move,
#
# $$\lVert q_{k+1} - q^* \rVert = \lVert f[q_k] - f[q^*] \rVert \le \gamma \lVert q_k - q^* \rVert ,$$
#
# so the error falls by the factor $\gamma$ in each round at least. Two practical questions remain: how many rounds are
# enough, and how does one notice on the way, without knowing $q^*$?
#
# - `rounds_needed(d0, eps, gamma)` returns the smallest integer $k \ge 0$ with $\gamma^k d_0 \le \varepsilon$, for
#   positive floats `d0` and `eps`: after $k$ rounds an error of `d0` is surely down to `eps`. For $d_0 = 1$,
#   $\varepsilon = 0.3$ and $\gamma = \tfrac12$ it is 2. It should not need a loop. (The tests avoid cases in which
#   $\gamma^k d_0$ equals $\varepsilon$ up to rounding, except $d_0 = \varepsilon$, where $k = 0$.)
# - `error_bound(change, gamma)` returns the smallest bound on $\lVert q_{k+1} - q^* \rVert$ that follows from knowing
#   only $\gamma$ and the last change, `change` $= \lVert q_{k+1} - q_k \rVert$. For $\gamma = \tfrac12$ it is the
#   change itself. (Bound $\lVert q_k - q^* \rVert$ by the change and $\lVert q_{k+1} - q^* \rVert$ first.)
# - `fixed_point(f, q, gamma, eps)` applies `f` to the table `q`, then to what comes out, and so on, and returns the
#   first table after `q` for which your bound is at most `eps`. `f` takes an array and returns an array of the same
#   shape.


# %% [raw]
# # BEGIN SOLUTION
# %%
def rounds_needed(d0, eps, gamma):
    """Smallest number k of rounds with gamma**k * d0 <= eps, an integer of 0 or more."""
    # BEGIN SOLUTION
    return max(0, math.ceil(math.log(eps / d0) / math.log(gamma)))
    # END SOLUTION


def error_bound(change, gamma):
    """Bound on the distance of the newest table from the fixed point, from the last change, a float."""
    # BEGIN SOLUTION
    return change * gamma / (1 - gamma)
    # END SOLUTION


def fixed_point(f, q, gamma, eps):
    """First of the tables f[q], f[f[q]], ... that is known to lie within eps of the fixed point."""
    # BEGIN SOLUTION
    bound = np.inf
    while bound > eps:
        new = f(q)
        bound = error_bound(np.abs(new - q).max(), gamma)
        q = new
    return q
    # END SOLUTION


# %% [raw]
# # END SOLUTION


# %%
def draw_errors():
    rng = np.random.default_rng(1)
    R, P = rng.normal(size=(6, 2)), rng.dirichlet(np.ones(6) / 6, size=(6, 2))
    step = lambda q: backup(q, R, P, 0.9)
    best = fixed_point(step, np.zeros((6, 2)), 0.9, 1e-12)
    q, curves = np.zeros((6, 2)), []
    for _ in range(60):
        q, old = step(q), q
        change = np.abs(q - old).max()
        curves.append((change, error_bound(change, 0.9), np.abs(q - best).max()))
    figure, axis = plt.subplots(figsize=(7, 2.8))
    for curve, style, name in zip(np.transpose(curves), (":", "--", "-"), ("last change", "your bound", "true error")):
        axis.semilogy(curve, style, label=name)
    axis.set(xlabel="round", title="$\\gamma = 0.9$")
    axis.legend()
    figure.tight_layout()


show(draw_errors)  # needs your answer to question 5, too

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: From 1 to 0.3 it takes two rounds with gamma 1/2; there the bound is the change itself; halving 8 again
  and again, until the bound is at most 1, gives 1.
"""  # END TEST CONFIG


def test_halves(rounds_needed, error_bound, fixed_point):
    import numpy as np

    got = rounds_needed(1.0, 0.3, 0.5)
    assert got is not None, "rounds_needed(...) returned None: expected an integer"
    assert isinstance(got, (int, np.integer)), f"rounds_needed: expected an integer, got {type(got).__name__}"
    assert got == 2, f"rounds_needed(1, 0.3, 0.5): expected 2, got {got}"
    got = error_bound(3.0, 0.5)
    assert got is not None, "error_bound(...) returned None: expected a float"
    assert np.shape(got) == () and np.isclose(got, 3), f"error_bound(3, 0.5): expected 3, got {got}"
    got = fixed_point(lambda q: q / 2, np.array([[8.0, 0.0]]), 0.5, 1.0)
    assert got is not None, "fixed_point(...) returned None: expected an array of shape (1, 2)"
    assert np.shape(got) == (1, 2), f"fixed_point: expected shape (1, 2), got {np.shape(got)}"
    assert np.allclose(got, [[1, 0]]), f"fixed_point: expected [[1, 0]], got {np.asarray(got).tolist()}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The number of rounds is wrong for some starting error. Try errors above 1, and ones that are small
  enough from the start.
"""  # END TEST CONFIG


def test_rounds_by_counting(rounds_needed):
    import numpy as np

    rng = np.random.default_rng(2013)
    cases = [(0.5, 1.0, 0.9), (2.0, 2.0, 0.5), (1.0, 0.9, 0.99), (1e6, 1e-6, 0.99), (7.0, 1e-3, 0.1), (1e-9, 1e3, 0.9)]
    cases += [(rng.uniform(0.1, 50), 10 ** rng.uniform(-6, 0), rng.uniform(0.05, 0.98)) for _ in range(30)]
    for d0, eps, gamma in cases:
        got = rounds_needed(d0, eps, gamma)
        assert isinstance(got, (int, np.integer))
        error, expected = d0, 0
        while error > eps:
            error, expected = error * gamma, expected + 1
        assert got == expected


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The bound is too small for some map, or larger than it need be. How far can a walk still go whose steps
  shrink by the factor gamma each time?
"""  # END TEST CONFIG


def test_bound_by_walking_on(error_bound):
    for change in (0.0, 1e-6, 1.0, 250.0):
        for gamma in (0.01, 0.3, 0.5, 0.9, 0.99):
            # in the worst case all later steps go the same way, each gamma times the one before
            still = sum(change * gamma**k for k in range(1, 4000))
            # the sum is cut below 1e-15 of the whole
            assert abs(error_bound(change, gamma) - still) <= 1e-9 * change


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The table is not as close to the fixed point as it should be, or it took more rounds than necessary.
  Which of the last two tables does your bound speak of, and which differences count?
"""  # END TEST CONFIG


def test_fixed_points(fixed_point):
    import numpy as np

    rng = np.random.default_rng(2014)
    for shape, gamma, eps in (((1, 1), 0.9, 1e-3), ((2, 3), 0.5, 0.01), ((4, 2), 0.97, 0.2), ((3, 3), 0.2, 1e-8)):
        target = rng.normal(size=shape)
        for sign in (1.0, -1.0):
            start = target + sign * np.linspace(0.5, 5, target.size).reshape(shape)
            start.flat[0] -= sign * 9
            # each entry moves straight to its target, so that here the bound is the error itself
            got = fixed_point(lambda q, c=target, g=gamma: c + g * (q - c), start, gamma, eps)
            error = np.abs(got - target).max()
            # the bound is computed from differences of numbers of size ten
            assert np.shape(got) == shape and gamma * eps - 1e-12 < error <= eps + 1e-12
    # bound already met by the first table; it is returned, not the start
    assert fixed_point(lambda q: 0.5 * q, np.array([[1.0]]), 0.5, 100.0).tolist() == [[0.5]]

    def calls_counted(fixed_point):
        import numpy as np

        seen = []

        def f(q):
            seen.append(q.copy())
            return 0.25 * q

        fixed_point(f, np.array([[-64.0, 1.0]]), 0.25, 0.3)
        return [q[0, 0] for q in seen]

    assert inside(calls_counted)(fixed_point) == [-64.0, -16.0, -4.0, -1.0]


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-19.4"
# # BEGIN QUESTION
# name: q7_temperature
# points: 4

# %% [markdown]
# ## 7. Temperature
#
# An agent that always takes the action with the largest value never learns whether another one is better. A **Boltzmann
# policy** takes each action with a probability that grows with its value,
#
# $$\pi(a \mid s) = \frac{e^{q(s, a) / \tau}}{\sum_{a'} e^{q(s, a') / \tau}} ,$$
#
# where $q$ holds action values and $\tau > 0$ is called the **temperature**. For two actions with the values 0 and
# $\ln 3$ and $\tau = 1$ the probabilities are $\tfrac14$ and $\tfrac34$. How random the choice is, is measured by the
# entropy $H = -\sum_a \pi(a) \ln \pi(a)$: it is 0 if one action is certain and $\ln A$ if all are equally likely.
#
# - `boltzmann(q, tau)` returns the policy, shape `(S, A)`, for a table `q` of shape `(S, A)`. It has to work for
#   $\lvert q \rvert / \tau$ up to $10^6$.
# - `entropy_slope(q, tau)` returns $dH / d\tau$, a float, for the values `q` of one state, shape `(A,)`. Derive it by
#   hand: a variance comes out, divided by a power of $\tau$, and so you see its sign. For the values 0 and $\ln 3$ and
#   $\tau = 1$ it is $\tfrac{3}{16} (\ln 3)^2$.
# - `matching_temperature(gap, odds)` returns the temperature at which an action is `odds` times as likely as another
#   one whose value is lower by `gap`, a float; `gap` $> 0$ and `odds` $> 1$. For the gap $\ln 3$ and the odds 3 it is
#   1.
#
# Now decide; set each entry of `temperature_facts` to `True` or `False`. A statement is true if it holds for all action
# values of any number of actions, and for all temperatures.
#
# - `"hot"`: as $\tau \to \infty$, all actions become equally likely.
# - `"cold"`: as $\tau \to 0$, the probability of each action that is not best goes to 0, and the best ones share 1
#   evenly.
# - `"shift"`: adding the same number to all values of a state leaves the policy as it is.
# - `"scale"`: multiplying all values by the same positive number leaves the policy as it is.
# - `"entropy"`: raising the temperature never lowers the entropy.
# - `"best"`: raising the temperature never makes a best action more likely.
# - `"others"`: raising the temperature never makes an action that is not best less likely.


# %% [raw]
# # BEGIN SOLUTION
# %%
def boltzmann(q, tau):
    """Probabilities of the actions in each state, shape (S, A), at the temperature tau. q: (S, A)."""
    # BEGIN SOLUTION
    weights = np.exp((q - q.max(axis=1, keepdims=True)) / tau)
    return weights / weights.sum(axis=1, keepdims=True)
    # END SOLUTION


def entropy_slope(q, tau):
    """Derivative of the entropy of one state's Boltzmann policy with respect to tau, a float. q: (A,)."""
    # BEGIN SOLUTION
    pi = boltzmann(q[None], tau)[0]
    return float(pi @ (q - pi @ q) ** 2 / tau**3)
    # END SOLUTION


def matching_temperature(gap, odds):
    """Temperature at which the better of two actions, by gap, is odds times as likely, a float."""
    # BEGIN SOLUTION
    return gap / math.log(odds)
    # END SOLUTION


temperature_facts = {}
temperature_facts["hot"] = True  # SOLUTION
temperature_facts["cold"] = True  # SOLUTION
temperature_facts["shift"] = True  # SOLUTION
temperature_facts["scale"] = False  # SOLUTION
temperature_facts["entropy"] = True  # SOLUTION
temperature_facts["best"] = True  # SOLUTION
temperature_facts["others"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION


# %%
def draw_temperatures():
    taus = np.geomspace(0.05, 50, 200)
    policies = np.array([boltzmann(np.array([[1.0, 2.0, 3.0, 3.5]]), tau)[0] for tau in taus])
    figure, axis = plt.subplots(figsize=(7, 2.8))
    for a, value in enumerate((1, 2, 3, 3.5)):
        axis.semilogx(taus, policies[:, a], label=f"$q = {value}$")
    axis.set(xlabel="temperature $\\tau$", ylabel="probability")
    axis.legend()
    figure.tight_layout()


show(draw_temperatures)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Values 0 and ln 3 at temperature 1 give 1/4 and 3/4 and the slope 3/16 times the square of ln 3;
  temperature_facts holds seven booleans.
"""  # END TEST CONFIG


def test_two_actions(boltzmann, entropy_slope, matching_temperature, temperature_facts):
    import math

    import numpy as np

    got = boltzmann(np.array([[0.0, math.log(3)]]), 1.0)
    assert got is not None, "boltzmann(...) returned None: expected an array of shape (1, 2)"
    assert np.shape(got) == (1, 2), f"boltzmann: expected shape (1, 2), got {np.shape(got)}"
    assert np.allclose(got, [[0.25, 0.75]]), f"boltzmann: expected [[0.25, 0.75]], got {np.asarray(got).tolist()}"
    got = entropy_slope(np.array([0.0, math.log(3)]), 1.0)
    assert got is not None, "entropy_slope(...) returned None: expected a float"
    assert np.shape(got) == () and np.isclose(got, 3 * math.log(3) ** 2 / 16), f"expected 3/16 (ln 3)^2, got {got}"
    got = matching_temperature(math.log(3), 3.0)
    assert got is not None, "matching_temperature(...) returned None: expected a float"
    assert np.shape(got) == () and np.isclose(got, 1), f"matching_temperature(ln 3, 3): expected 1, got {got}"
    assert isinstance(temperature_facts, dict), "temperature_facts should be a dictionary"
    for key in ("hot", "cold", "shift", "scale", "entropy", "best", "others"):
        fact = temperature_facts.get(key)
        assert isinstance(fact, (bool, np.bool_)), f"temperature_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Some probabilities are wrong, or not finite for large values and low temperatures. Each state is a
  matter of its own.
"""  # END TEST CONFIG


def test_like_softmax(boltzmann):
    import numpy as np
    import torch

    rng = np.random.default_rng(2015)
    for states, actions in ((1, 1), (1, 4), (3, 1), (5, 3), (4, 4)):
        for tau in (1e-3, 0.3, 1.0, 20.0, 1e6):
            for offset in (0.0, 1000.0, -1000.0):
                q = rng.normal(size=(states, actions)) + offset + np.arange(states)[:, None]
                got = boltzmann(q, tau)
                expected = torch.softmax(torch.from_numpy(q / tau), dim=1).numpy()
                # values near 1e6 are exact to 1e-10, and that is what the exponent inherits
                assert np.shape(got) == (states, actions) and np.abs(got - expected).max() <= 1e-8
    got = boltzmann(np.array([[1.0, 4.0, 4.0], [2.0, 2.0, 2.0]]), 1e-3)
    assert np.abs(got - [[0, 0.5, 0.5], [1 / 3] * 3]).max() <= 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The slope of the entropy, or the temperature for given odds, is wrong.
"""  # END TEST CONFIG


def test_slope_and_odds(entropy_slope, matching_temperature):
    import numpy as np
    import torch

    rng = np.random.default_rng(2016)
    for actions in (1, 2, 3, 6):
        for temperature in (0.2, 0.7, 1.3, 5.0):
            q = rng.normal(size=actions) + 2
            tau = torch.tensor(temperature, dtype=torch.float64, requires_grad=True)
            log_pi = torch.log_softmax(torch.from_numpy(q) / tau, dim=0)
            entropy = -(log_pi.exp() * log_pi).sum()
            (expected,) = torch.autograd.grad(entropy, tau)
            # the largest slopes are of size ten
            assert abs(entropy_slope(q, temperature) - expected.item()) <= 1e-10
    for gap in (0.01, 1.0, 40.0):
        for odds in (1.001, 2.0, 1e6):
            pair = torch.softmax(torch.tensor([gap, 0.0], dtype=torch.float64) / matching_temperature(gap, odds), dim=0)
            # the smaller probability is 1e-6 at least and keeps ten digits
            assert abs(pair[0] / pair[1] / odds - 1) <= 1e-8


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the seven statements about the temperature is decided wrongly.
"""  # END TEST CONFIG


def test_temperature_facts(temperature_facts):
    import numpy as np
    import torch

    def policy(q, tau):
        return torch.softmax(torch.tensor(q) / tau, dim=0).numpy()

    keys = ("hot", "cold", "shift", "scale", "entropy", "best", "others")
    facts = dict.fromkeys(keys, True)
    rng = np.random.default_rng(2017)
    for _ in range(60):
        q = rng.integers(-3, 4, size=4).astype(float)
        best, tau = q == q.max(), rng.uniform(0.3, 2)
        low, high = policy(q, tau), policy(q, tau * rng.uniform(1.01, 3))
        facts["hot"] &= bool(np.allclose(policy(q, 1e9), 0.25))
        facts["cold"] &= bool(np.allclose(policy(q, 1e-3), best / best.sum()))
        facts["shift"] &= bool(np.allclose(policy(q + 5, tau), low))
        facts["scale"] &= bool(np.allclose(policy(3 * q, tau), low))
        facts["entropy"] &= bool(-(low * np.log(low)).sum() <= -(high * np.log(high)).sum() + 1e-12)
        facts["best"] &= bool((high - low)[best].max() <= 1e-12)
        facts["others"] &= bool((high - low)[~best].min(initial=0) >= -1e-12)
    for key in keys:
        assert bool(temperature_facts[key]) is facts[key]


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-19.4"
# # BEGIN QUESTION
# name: q8_bandit
# points: 4

# %% [markdown]
# ## 8. Three machines
#
# A **bandit** has one state and $A$ actions, its arms. Arm $a$ pays `means[a]` plus normal noise with standard
# deviation `noise`. The agent does not know the means. Its estimate $q_a$ is the mean of all that arm $a$ has paid so
# far, and 0 if it was never pulled. At step $t$ it pulls arm $a$ with probability
# $e^{q_a / \tau_t} / \sum_b e^{q_b / \tau_t}$.
#
# - `play(means, taus, runs, noise, rng)` plays `runs` independent games of `len(taus)` steps and returns the arms that
#   were pulled, an integer array of shape `(runs, len(taus))`. `means` and `taus` are arrays, `rng` is a NumPy
#   generator; all randomness comes from it. Temperatures may be as low as $10^{-6}$. Keep arrays of shape `(runs, A)`
#   and loop over the steps: 500 games of 200 steps should take a fraction of a second.
# - `annealed(first, last, steps)` returns an array of `steps` temperatures that fall from `first` to `last`, both
#   included, by the same factor each time; `steps` is 2 or more. From 8 to 1 in 4 steps they are 8, 4, 2, 1.
#
# Two cases without noise can be told in advance. At a temperature near 0 and with the means 1, 2, 3, each game stays
# with the arm that it happened to pull first, since that looks better than the zeros of the others. With the means
# $-1, -2, -3$ the zeros look better: each arm is pulled once, and from then on always the best.
#
# The figure shows how often the best arm is pulled. What do you lose if the temperature is always low, and what if it
# is always high?


# %% [raw]
# # BEGIN SOLUTION
# %%
def play(means, taus, runs, noise, rng):
    """Arms pulled in each game and step, integers of shape (runs, len(taus))."""
    # BEGIN SOLUTION
    games = np.arange(runs)
    counts = np.zeros((runs, len(means)))
    sums = np.zeros((runs, len(means)))
    pulled = []
    for tau in taus:
        q = sums / np.maximum(counts, 1)
        # the largest of q / tau plus Gumbel noise is at each arm with just its Boltzmann probability
        arms = (q / tau + rng.gumbel(size=q.shape)).argmax(axis=1)
        counts[games, arms] += 1
        sums[games, arms] += means[arms] + noise * rng.normal(size=runs)
        pulled.append(arms)
    return np.stack(pulled, axis=1)
    # END SOLUTION


def annealed(first, last, steps):
    """Temperatures from first to last, each the same multiple of the one before, shape (steps,)."""
    # BEGIN SOLUTION
    return first * (last / first) ** (np.arange(steps) / (steps - 1))
    # END SOLUTION


# %% [raw]
# # END SOLUTION


# %%
def draw_games():
    rng = np.random.default_rng(0)
    schedules = {"$\\tau = 0.01$": np.full(200, 0.01), "$\\tau = 3$": np.full(200, 3.0)}
    schedules["from 1 to 0.05"] = annealed(1.0, 0.05, 200)
    figure, axis = plt.subplots(figsize=(7, 2.8))
    for name, taus in schedules.items():
        arms = play(np.array([0.0, 0.5, 1.0]), taus, 500, 1.0, rng)
        axis.plot((arms == 2).mean(axis=0), label=name)
    axis.set(xlabel="step", ylabel="share of the best arm", ylim=(0, 1.05))
    axis.legend()
    figure.tight_layout()


show(draw_games)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Two games of five steps give an integer array of shape (2, 5) of arms; from 8 to 1 in four steps the
  temperatures are 8, 4, 2, 1.
"""  # END TEST CONFIG


def test_shapes(play, annealed):
    import numpy as np

    got = play(np.array([1.0, 2.0, 3.0]), np.ones(5), 2, 1.0, np.random.default_rng(0))
    assert got is not None, "play(...) returned None: expected an integer array of shape (2, 5)"
    assert isinstance(got, np.ndarray) and got.shape == (2, 5), f"play: expected an array of shape (2, 5), got {got!r}"
    assert got.dtype.kind in "iu", f"play: expected integers, got {got.dtype}"
    assert got.min() >= 0 and got.max() <= 2, f"play: there are arms 0, 1 and 2, got {got.tolist()}"
    got = annealed(8.0, 1.0, 4)
    assert got is not None, "annealed(...) returned None: expected an array of shape (4,)"
    assert np.shape(got) == (4,), f"annealed: expected shape (4,), got {np.shape(got)}"
    assert np.allclose(got, [8, 4, 2, 1]), f"annealed: expected [8, 4, 2, 1], got {np.asarray(got).tolist()}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The two cases without noise do not come out, or games are not independent. What is the estimate of an
  arm that was never pulled, and which game's payments change it?
"""  # END TEST CONFIG


def test_cold_games_without_noise(play):
    import numpy as np

    rng = np.random.default_rng(2018)
    arms = play(np.array([1.0, 2.0, 3.0]), np.full(12, 1e-6), 600, 0.0, rng)
    assert arms.shape == (600, 12) and (arms == arms[:, :1]).all()
    # shares of a third from 600 games have a standard deviation of 0.02; up to 0.05 was seen
    assert np.abs([(arms[:, 0] == a).mean() - 1 / 3 for a in range(3)]).max() <= 0.15
    arms = play(np.array([-2.0, -1.0, -3.0]), np.full(12, 1e-6), 600, 0.0, rng)
    assert (np.sort(arms[:, :3], axis=1) == np.arange(3)).all() and (arms[:, 3:] == 1).all()
    assert np.abs([(arms[:, 1] == a).mean() - 1 / 3 for a in range(3)]).max() <= 0.15
    assert play(np.array([2.0]), np.full(3, 0.1), 4, 1.0, rng).tolist() == [[0] * 3] * 4


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: In the long run the arms are not pulled as often as their true means say. Is the estimate the mean of
  all that an arm has paid, and is each step's own temperature used?
"""  # END TEST CONFIG


def test_shares_in_the_long_run(play):
    import numpy as np

    rng = np.random.default_rng(2019)
    means = np.array([0.0, 0.5, 1.0])
    for tau in (1.0, 30.0):
        weights = np.exp(means / tau)
        arms = play(means, np.full(300, tau), 1000, 1.0, rng)
        for a in range(3):
            # noise in the estimates and chance together moved the shares by up to 0.007, over 20 seeds
            assert abs((arms[:, 200:] == a).mean() - weights[a] / weights.sum()) <= 0.025
    arms = play(np.ones(3), np.full(2, 0.5), 4000, 0.0, rng)
    # the arm that was pulled first is known to pay 1, the others seem to pay 0; the share strays by up to 0.02
    assert abs((arms[:, 0] == arms[:, 1]).mean() - 1 / (1 + 2 * np.exp(-2))) <= 0.05
    arms = play(means, np.where(np.arange(100) < 50, 1000.0, 0.01), 1000, 0.0, rng)
    # hot at first, cold later; the first share strayed by up to 0.005
    assert abs((arms[:, :50] == 2).mean() - 1 / 3) <= 0.03 and (arms[:, 50:] == 2).mean() >= 0.99


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Noise, or the falling temperatures, are not as described. With noise a cold game is often lured away
  from the best arm, and falling temperatures find it nearly always.
"""  # END TEST CONFIG


def test_schedules(play, annealed):
    import numpy as np

    for first, last, steps in ((1.0, 0.05, 200), (5.0, 5.0, 3), (2.0, 0.5, 2), (100.0, 1e-3, 7)):
        taus = annealed(first, last, steps)
        assert np.shape(taus) == (steps,) and abs(taus[0] - first) <= 1e-9 and abs(taus[-1] / last - 1) <= 1e-9
        ratios = taus[1:] / taus[:-1]
        # powers of a ratio, accurate to a few units of the last digit
        assert np.abs(ratios / ratios[0] - 1).max() <= 1e-9
    rng = np.random.default_rng(2020)
    means = np.array([0.0, 0.5, 1.0])
    falling = play(means, np.geomspace(1, 0.05, 200), 1500, 1.0, rng)[:, -50:] == 2
    cold = play(means, np.full(200, 0.01), 1500, 1.0, rng)[:, -50:] == 2
    # over 20 seeds, even with 600 games: 0.97 to 0.99 falling, 0.55 to 0.67 cold
    assert falling.mean() >= 0.93 and 0.5 <= cold.mean() <= 0.75
    loud = play(means, np.full(200, 0.01), 1500, 10.0, rng)[:, -50:] == 2
    # over 20 seeds: 0.36 to 0.44; the means are lost in the noise
    assert loud.mean() <= 0.5


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-19.6"
# # BEGIN QUESTION
# name: q9_zero_mean
# points: 5

# %% [markdown]
# ## 9. A baseline costs nothing
#
# Now the policy itself has parameters: a table $\theta$ of shape `(S, A)`, and
# $\pi(a \mid s) = e^{\theta_{sa}} / \sum_{a'} e^{\theta_{sa'}}$. The **score** of a step is the derivative of
# $\ln \pi(a_t \mid s_t)$ with respect to $\theta$. The score of a trajectory $\omega$ is that of $\ln \Pr(\omega)$.
# Since $\Pr(\omega)$ is the product of the probabilities of its first state, its actions and its moves, only the
# actions depend on $\theta$, and the score is the sum of those of its steps.
#
# To raise the expected return, one follows scores weighted by returns. The weights may be shifted by a **baseline**
# $b$, because the score is zero on average:
#
# $$\mathbb{E}\Big[b\, \frac{\partial \ln \Pr(\omega)}{\partial \theta}\Big]
# = b \sum_\omega \Pr(\omega)\, \frac{\partial \ln \Pr(\omega)}{\partial \theta}
# = b \sum_\omega \frac{\partial \Pr(\omega)}{\partial \theta}
# = b\, \frac{\partial}{\partial \theta} \sum_\omega \Pr(\omega) = b\, \frac{\partial}{\partial \theta}\, 1 = 0 .$$
#
# How much may the baseline know before this breaks? The cell below has `policy_of(theta)`.
#
# - `score(theta, states, actions)` returns the score of a trajectory, shape `(S, A)`. `states` and `actions` are
#   integer arrays of shape `(T,)`; states may come up more than once. With one state, two actions and $\theta = 0$,
#   taking action 1 once has the score $(-\tfrac12, \tfrac12)$.
# - `mean_weighted_score(theta, p0, P, T, baseline)` returns the expectation, shape `(S, A)`, of
#   $\sum_{t=0}^{T-1} b(s_t, a_t)\, \frac{\partial}{\partial \theta} \ln \pi(a_t \mid s_t)$ over trajectories of $T$
#   steps, exactly, without sampling. The first state has the probabilities `p0`, shape `(S,)`, the moves follow `P`,
#   shape `(S, A, S)`, and `baseline(s, a)` returns a float. With one state, two actions, $\theta = 0$, $T = 1$ and the
#   baseline $b(s, a) = a$ it is $\tfrac12 (-\tfrac12, \tfrac12)$.
#
# Now decide; set each entry of `baseline_facts` to `True` or `False`. Each of the first six weights the score of step
# $t$ by a number $b_t$. The statement is true if then the expectation of the sum over all steps is zero for every
# process and every $\theta$, whatever function $b_t$ is of
#
# - `"nothing"`: nothing; it is a constant, the same for all steps.
# - `"step"`: the number $t$ of the step.
# - `"state"`: the state $s_t$.
# - `"past"`: all states and actions before step $t$, and $s_t$.
# - `"action"`: the state $s_t$ and the action $a_t$.
# - `"next_state"`: the state $s_{t+1}$ to which the action led.
#
# The last two are about a constant that is not zero.
#
# - `"every_trajectory"`: the constant times the score is zero for each trajectory by itself.
# - `"plain_mean"`: its mean over all trajectories that can happen is zero also if each counts the same, whatever its
#   probability.


# %%
def policy_of(theta):
    """Probabilities of the actions in each state, shape (S, A)."""
    return torch.from_numpy(np.array(theta, dtype=float)).softmax(dim=1).numpy()


# %% [raw]
# # BEGIN SOLUTION
# %%
def score(theta, states, actions):
    """Derivative of the log probability of a trajectory with respect to theta, shape (S, A)."""
    # BEGIN SOLUTION
    pi = policy_of(theta)
    total = np.zeros(theta.shape)
    for s, a in zip(states, actions):
        total[s] -= pi[s]
        total[s, a] += 1
    return total
    # END SOLUTION


def mean_weighted_score(theta, p0, P, T, baseline):
    """Expected sum over T steps of baseline(s, a) times the score of the step, shape (S, A)."""
    # BEGIN SOLUTION
    S, A = theta.shape
    pi = policy_of(theta)
    b = np.array([[baseline(s, a) for a in range(A)] for s in range(S)])
    where, total = p0, np.zeros((S, A))
    for _ in range(T):
        pairs = where[:, None] * pi
        total += pairs * b - (pairs * b).sum(axis=1, keepdims=True) * pi
        where = np.tensordot(pairs, P, axes=2)
    return total
    # END SOLUTION


baseline_facts = {}
baseline_facts["nothing"] = True  # SOLUTION
baseline_facts["step"] = True  # SOLUTION
baseline_facts["state"] = True  # SOLUTION
baseline_facts["past"] = True  # SOLUTION
baseline_facts["action"] = False  # SOLUTION
baseline_facts["next_state"] = False  # SOLUTION
baseline_facts["every_trajectory"] = False  # SOLUTION
baseline_facts["plain_mean"] = False  # SOLUTION
# %% [raw]
# # END SOLUTION
# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: With one state, two actions and theta = 0 the score of action 1 is (-1/2, 1/2), and the baseline b = a
  gives half of that on average; baseline_facts holds eight booleans.
"""  # END TEST CONFIG


def test_one_step(score, mean_weighted_score, baseline_facts):
    import numpy as np

    got = score(np.zeros((1, 2)), np.array([0]), np.array([1]))
    assert got is not None, "score(...) returned None: expected an array of shape (1, 2)"
    assert np.shape(got) == (1, 2), f"score: expected shape (1, 2), got {np.shape(got)}"
    assert np.allclose(got, [[-0.5, 0.5]]), f"score: expected [[-0.5, 0.5]], got {np.asarray(got).tolist()}"
    got = mean_weighted_score(np.zeros((1, 2)), np.ones(1), np.ones((1, 2, 1)), 1, lambda s, a: float(a))
    assert got is not None, "mean_weighted_score(...) returned None: expected an array of shape (1, 2)"
    assert np.shape(got) == (1, 2), f"mean_weighted_score: expected shape (1, 2), got {np.shape(got)}"
    assert np.allclose(got, [[-0.25, 0.25]]), f"expected [[-0.25, 0.25]], got {np.asarray(got).tolist()}"
    assert isinstance(baseline_facts, dict), "baseline_facts should be a dictionary"
    keys = ("nothing", "step", "state", "past", "action", "next_state", "every_trajectory", "plain_mean")
    for key in keys:
        assert isinstance(baseline_facts.get(key), (bool, np.bool_)), f"baseline_facts[{key!r}] should be True or False"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The score of some trajectory is wrong. What does raising one parameter do to the other actions of the
  same state, and what if a state is visited twice?
"""  # END TEST CONFIG


def test_score_by_autograd(score):
    import numpy as np
    import torch

    rng = np.random.default_rng(2021)
    for S, A, T in ((1, 1, 3), (1, 3, 1), (2, 2, 0), (3, 2, 6), (4, 3, 15)):
        theta, states, actions = rng.normal(size=(S, A)), rng.integers(0, S, size=T), rng.integers(0, A, size=T)
        t = torch.tensor(theta, requires_grad=True)
        (torch.log_softmax(t, dim=1)[states, actions]).sum().backward()
        got = score(theta, states, actions)
        # sums of at most 15 numbers of size one
        assert np.shape(got) == (S, A) and np.abs(got - t.grad.numpy()).max() <= 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: The expectation is not what listing all trajectories gives, or it is not zero for a baseline that reads
  the state alone. How likely is each state at each step, and does the baseline weight the step or the whole trajectory?
"""  # END TEST CONFIG


def test_mean_by_listing(mean_weighted_score):
    from itertools import product

    import numpy as np
    import torch

    rng = np.random.default_rng(2022)
    for S, A, T in ((1, 3, 1), (2, 1, 2), (2, 2, 3), (3, 2, 2), (1, 2, 0)):
        theta, table = rng.normal(size=(S, A)), rng.normal(size=(S, A))
        p0, P = rng.dirichlet(np.ones(S)), rng.dirichlet(np.ones(S), size=(S, A))
        t = torch.tensor(theta, requires_grad=True)
        log_pi = torch.log_softmax(t, dim=1)
        expected = torch.zeros(S, A, dtype=torch.float64)
        weighted = torch.zeros((), dtype=torch.float64)
        for path in product(product(range(S), range(A)), repeat=T):
            chance = 1.0
            for i, (s, a) in enumerate(path):
                chance *= (p0[s] if i == 0 else P[path[i - 1]][s]) * log_pi[s, a].exp().item()
            for s, a in path:
                weighted = weighted + chance * table[s, a] * log_pi[s, a]
        if T > 0:
            (expected,) = torch.autograd.grad(weighted, t)
        got = mean_weighted_score(theta, p0, P, T, lambda s, a, b=table: float(b[s, a]))
        # at most 64 trajectories
        assert np.shape(got) == (S, A) and np.abs(got - expected.numpy()).max() <= 1e-12
        got = mean_weighted_score(theta, p0, P, 4, lambda s, a, b=table: float(b[s, 0]))
        assert np.abs(got).max() <= 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: At least one of the eight statements about baselines is decided wrongly.
"""  # END TEST CONFIG


def test_baseline_facts(baseline_facts):
    from itertools import product

    import numpy as np

    rng = np.random.default_rng(2023)
    pi = rng.dirichlet(np.ones(2), size=2)
    p0, P = rng.dirichlet(np.ones(2)), rng.dirichlet(np.ones(2), size=(2, 2))
    by_step, by_state, by_past, by_pair = rng.normal(size=2), rng.normal(size=2), rng.normal(size=(2, 2, 2)), pi + 1
    keys = ("nothing", "step", "state", "past", "action", "next_state", "every_trajectory", "plain_mean")
    means = {key: np.zeros((2, 2)) for key in keys}
    for s0, a0, s1, a1, s2 in product(range(2), repeat=5):
        chance = p0[s0] * pi[s0, a0] * P[s0, a0, s1] * pi[s1, a1] * P[s1, a1, s2]
        steps = np.zeros((2, 2, 2))
        for t, (s, a) in enumerate(((s0, a0), (s1, a1))):
            steps[t, s] = np.eye(2)[a] - pi[s]
        weights = {
            "nothing": (3.0, 3.0),
            "step": by_step,
            "state": (by_state[s0], by_state[s1]),
            "past": (by_past[0, 0, s0], by_past[s0, a0, s1]),
            "action": (by_pair[s0, a0], by_pair[s1, a1]),
            "next_state": (by_state[s1], by_state[s2]),
        }
        for key, weight in weights.items():
            means[key] += chance * (weight[0] * steps[0] + weight[1] * steps[1])
        means["every_trajectory"] = np.maximum(means["every_trajectory"], np.abs(3 * steps.sum(axis=0)))
        means["plain_mean"] += 3 * steps.sum(axis=0) / 32
    for key in keys:
        assert bool(baseline_facts[key]) is bool(np.abs(means[key]).max() <= 1e-12)


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-19.7"
# # BEGIN QUESTION
# name: q10_control_variate
# points: 4

# %% [markdown]
# ## 10. Noise that cancels
#
# You estimate $\mathbb{E}[a]$ from draws of $a$. With each comes the value of another quantity $b$ that tends to be off
# when $a$ is, and whose mean $\mu_b$ is known. So correct $a$ by what $b$ reveals:
#
# $$a' = a - c\,(b - \mu_b), \qquad \mathbb{E}[a'] = \mathbb{E}[a] .$$
#
# $b$ is called a **control variate**. Write down $\text{Var}[a']$ in terms of $\text{Var}[a]$, $\text{Var}[b]$ and the
# covariance $\text{Cov}[a, b]$; watch the sign of the mixed term. It is a parabola in $c$.
#
# - `best_coefficient(a, b)` returns the $c$ for which the variance of $a'$ is smallest, a float. `a` and `b` are
#   arrays of shape `(N,)`, $N \ge 2$, and $b$ is not constant; variance and covariance are those of the sample. For
#   the pairs $(0, 0), (1, 2)$ it is $\tfrac12$.
# - `helpful_range(a, b)` returns the pair `(low, high)` of floats between which all $c$ make the variance of $a'$
#   smaller than that of $a$. For the same pairs it is $(0, 1)$; without covariance it is $(0, 0)$.
# - `control_estimate(a, b, mean_b)` returns the mean of $a'$ over the sample with the best coefficient, a float, where
#   `mean_b` is the known $\mu_b$. For the same pairs and $\mu_b = 2$ it is $1$.
# - `variance_left(rho)` returns $\text{Var}[a'] / \text{Var}[a]$ for the best coefficient, as a function of the
#   correlation $\rho = \text{Cov}[a, b] / \sqrt{\text{Var}[a]\, \text{Var}[b]}$.
# - An example: $a = e^U$ and $b = U$ with $U$ uniform between 0 and 1. Work out by hand, and set `exp_coefficient` to
#   the best $c$ and `exp_left` to the share of the variance that is left, to at least six digits. You need
#   $\mathbb{E}[e^U] = e - 1$, $\mathbb{E}[e^{2U}] = (e^2 - 1)/2$, $\mathbb{E}[U e^U] = 1$ and
#   $\text{Var}[U] = \tfrac{1}{12}$.


# %% [raw]
# # BEGIN SOLUTION
# %%
def best_coefficient(a, b):
    """The c for which a - c * (b - mean) has the smallest variance over the sample, a float. a, b: (N,)."""
    # BEGIN SOLUTION
    cov = np.cov(a, b)
    return float(cov[0, 1] / cov[1, 1])
    # END SOLUTION


def helpful_range(a, b):
    """Ends (low, high) of the interval of all c that lower the variance, two floats."""
    # BEGIN SOLUTION
    low, high = sorted([0.0, 2 * best_coefficient(a, b)])
    return low, high
    # END SOLUTION


def control_estimate(a, b, mean_b):
    """Estimate of the mean of a with the control variate b, whose true mean is mean_b, a float."""
    # BEGIN SOLUTION
    return float(a.mean() - best_coefficient(a, b) * (b.mean() - mean_b))
    # END SOLUTION


def variance_left(rho):
    """Share of the variance that is left with the best coefficient, for the correlation rho."""
    # BEGIN SOLUTION
    return 1 - rho**2
    # END SOLUTION


exp_coefficient = 6 * (3 - math.e)  # SOLUTION
exp_left = 1 - 6 * (3 - math.e) ** 2 / (4 * math.e - math.e**2 - 3)  # SOLUTION
# %% [raw]
# # END SOLUTION


# %%
def draw_estimates():
    rng = np.random.default_rng(0)
    draws = rng.random((1000, 20))
    figure, axis = plt.subplots(figsize=(7, 2.8))
    axis.hist(np.exp(draws).mean(axis=1), bins=40, alpha=0.6, label="plain means")
    axis.hist([control_estimate(np.exp(u), u, 0.5) for u in draws], bins=10, alpha=0.6, label="with control variate")
    axis.axvline(math.e - 1, color="black", linestyle="--")
    axis.set(title="1000 estimates of $E[e^U] = e - 1$, from 20 draws each")
    axis.legend()
    figure.tight_layout()


show(draw_estimates)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: The pairs (0, 0), (1, 2) have the coefficient 1/2, the range (0, 1), and the estimate 1 if the mean
  of b is 2; with the correlation 0 all of the variance is left.
"""  # END TEST CONFIG


def test_two_pairs(best_coefficient, helpful_range, control_estimate, variance_left, exp_coefficient, exp_left):
    import numpy as np

    a, b = np.array([0.0, 1.0]), np.array([0.0, 2.0])
    got = best_coefficient(a, b)
    assert got is not None, "best_coefficient(...) returned None: expected a float"
    assert np.shape(got) == () and np.isclose(got, 0.5), f"best_coefficient: expected 1/2, got {got}"
    got = helpful_range(a, b)
    assert got is not None, "helpful_range(...) returned None: expected the pair (low, high)"
    assert np.shape(got) == (2,) and np.allclose(got, [0, 1]), f"helpful_range: expected (0, 1), got {got}"
    got = control_estimate(a, b, 2.0)
    assert got is not None, "control_estimate(...) returned None: expected a float"
    assert np.shape(got) == () and np.isclose(got, 1), f"control_estimate: expected 1, got {got}"
    got = variance_left(0.0)
    assert got is not None, "variance_left(...) returned None: expected a float"
    assert np.isclose(got, 1), f"variance_left(0): expected 1, got {got}"
    for name, value in (("exp_coefficient", exp_coefficient), ("exp_left", exp_left)):
        assert value is not ..., f"{name} is still missing"
        assert np.shape(value) == (), f"{name} should be a single number, got {value!r}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some sample another coefficient gives a smaller variance, or the range holds coefficients that do
  not help. Try quantities that move in opposite directions.
"""  # END TEST CONFIG


def test_variance_over_coefficients(best_coefficient, helpful_range):
    import numpy as np

    rng = np.random.default_rng(2024)
    for n, slope, scale in ((2, 1.0, 1.0), (5, -2.0, 3.0), (40, 0.3, 0.1), (300, -0.01, 10.0), (30, 0.0, 2.0)):
        b = scale * rng.normal(size=2 * n)[::2] + 3
        a = slope * b + rng.normal(size=n) - 7
        # the slope of the line of best fit is the coefficient
        line = np.linalg.lstsq(np.stack([b, np.ones(n)], axis=1), a, rcond=None)[0][0]
        got = best_coefficient(a, b)
        assert np.shape(got) == () and abs(got - line) <= 1e-9 * (1 + abs(line))
        low, high = helpful_range(a, b)
        assert low <= got <= high
        for end in (low, high):
            assert abs((a - end * b).var() / a.var() - 1) <= 1e-9
        assert (a - 0.5 * (low + high) * b).var() < a.var() and high - low > abs(line)
    flat = helpful_range(np.array([1.0, 1.0, -1.0, -1.0]), np.array([1.0, -1.0, 1.0, -1.0]))
    assert np.abs(flat).max() <= 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The estimate is not the mean of the corrected draws, or it is further off than the plain mean where it
  should be closer. Which mean of b is subtracted?
"""  # END TEST CONFIG


def test_estimates(control_estimate):
    import numpy as np

    rng = np.random.default_rng(2025)
    plain, better = [], []
    for _ in range(150):
        b = rng.normal(size=40) + 1
        a = rng.choice([2.0, -2.0]) * (b - 1) + 0.3 * rng.normal(size=40) + 5
        line = np.polyfit(b, a, 1)
        got = control_estimate(a, b, 1.0)
        # the line of best fit, read off at the true mean of b
        assert abs(got - np.polyval(line, 1.0)) <= 1e-9
        plain.append(a.mean() - 5)
        better.append(got - 5)
    # theory: 0.3^2 / 4.09 of the variance is left, 0.022; up to 0.03 over 20 seeds
    assert np.mean(np.square(better)) <= 0.1 * np.mean(np.square(plain))


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The share of the variance that is left, or the example with the exponential, is wrong.
"""  # END TEST CONFIG


def test_share_and_example(variance_left, exp_coefficient, exp_left):
    import numpy as np

    rng = np.random.default_rng(2026)
    for _ in range(10):
        a, b = rng.normal(size=(2, 2)) @ rng.normal(size=(2, 60))
        residual = a - np.polyval(np.polyfit(b, a, 1), b)
        # what the line of best fit leaves
        assert abs(variance_left(np.corrcoef(a, b)[0, 1]) - residual.var() / a.var()) <= 1e-9
    assert abs(variance_left(-1.0)) <= 1e-12
    u = (np.arange(200_000) + 0.5) / 200_000
    a, b = np.exp(u), u - 0.5
    c = (a @ b) / (b @ b)
    # midpoints of 200,000 intervals are exact to 1e-10; numbers may be given with six digits
    assert abs(exp_coefficient - c) <= 1e-5
    assert abs(exp_left - (a - c * b).var() / a.var()) <= 1e-5


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-19.8"
# # BEGIN QUESTION
# name: q11_best_baseline
# points: 4

# %% [markdown]
# ## 11. The best baseline
#
# A baseline $b$ leaves the expected policy gradient as it is. But each single trajectory gives the estimate
# $g \cdot (r - b)$, where $r$ is its return and $g$ its score, and *its* variance depends on $b$. Let there be $K$
# possible trajectories. Trajectory $k$ has the probability `p[k]`, the score `g[k]` and the return `r[k]`. The scores
# average to zero, $\sum_k p_k\, g_k = 0$, as scores of a policy do.
#
# For one parameter, $\text{Var}[g (r - b)] = \mathbb{E}[g^2 (r - b)^2] - \mathbb{E}[g\,(r - b)]^2$. Which of the two
# terms depends on $b$? Two trajectories with $p = (\tfrac14, \tfrac34)$, $g = (3, -1)$ and $r = (0, 4)$ have the best
# baseline 1, far from the mean return 3.
#
# - `best_baselines(p, g, r)` returns, for `D` parameters, the array of shape `(D,)` with the baseline that gives the
#   least variance for each of them. `p` and `r` have shape `(K,)`, `g` has shape `(K, D)`. No column of `g` is all
#   zero.
# - `best_shared_baseline(p, g, r)` returns the single baseline, a float, for which the *sum* of the `D` variances is
#   least.
# - `best_togo_baseline(p, g, togo)` is for one parameter and $T$ steps, each with its own score and its own return to
#   go: `g` and `togo` have shape `(K, T)`, and each column of `g` averages to zero. The estimate is
#   $\sum_{t=0}^{T-1} g_t\,(G_t - b)$ with the returns to go $G_t$. Return the best $b$, one float for all steps. (Not
#   all $\sum_t g_t$ are zero.)


# %% [raw]
# # BEGIN SOLUTION
# %%
def best_baselines(p, g, r):
    """Baseline of least variance for each parameter, shape (D,). p, r: (K,), g: (K, D)."""
    # BEGIN SOLUTION
    weights = p[:, None] * g**2
    return r @ weights / weights.sum(axis=0)
    # END SOLUTION


def best_shared_baseline(p, g, r):
    """The baseline for which the variances of all parameters have the least sum, a float."""
    # BEGIN SOLUTION
    weights = p * (g**2).sum(axis=1)
    return float(r @ weights / weights.sum())
    # END SOLUTION


def best_togo_baseline(p, g, togo):
    """The one baseline of least variance when each step has its own return to go, a float. g, togo: (K, T)."""
    # BEGIN SOLUTION
    total = g.sum(axis=1)
    return float(p * total @ (g * togo).sum(axis=1) / (p @ total**2))
    # END SOLUTION


# %% [raw]
# # END SOLUTION


# %%
def draw_baselines():
    pi, rewards = np.array([0.1, 0.3, 0.6]), np.array([5.0, 6.0, 7.0])
    g = np.eye(3) - pi
    b = np.linspace(4, 9, 201)
    figure, axis = plt.subplots(figsize=(7, 2.8))
    estimates = g[None] * (rewards - b[:, None])[:, :, None]
    variances = (pi[:, None] * estimates**2).sum(axis=1) - (pi[:, None] * estimates).sum(axis=1) ** 2
    for d, best in enumerate(best_baselines(pi, g, rewards)):
        (line,) = axis.plot(b, variances[:, d], label=f"parameter {d}")
        axis.axvline(best, color=line.get_color(), linestyle=":")
    axis.axvline(pi @ rewards, color="black", linestyle="--", label="mean return")
    axis.set(title="three arms that pay 5, 6, 7", xlabel="baseline $b$", ylabel="variance", ylim=(0, 1))
    axis.legend()
    figure.tight_layout()


show(draw_baselines)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: For p = (1/4, 3/4), g = (3, -1) and r = (0, 4) each of the three functions gives 1.
"""  # END TEST CONFIG


def test_two_trajectories(best_baselines, best_shared_baseline, best_togo_baseline):
    import numpy as np

    p, g, r = np.array([0.25, 0.75]), np.array([[3.0], [-1.0]]), np.array([0.0, 4.0])
    got = best_baselines(p, g, r)
    assert got is not None, "best_baselines(...) returned None: expected an array of shape (1,)"
    assert np.shape(got) == (1,), f"best_baselines: expected shape (1,), got {np.shape(got)}"
    assert np.allclose(got, [1]), f"best_baselines: expected [1], got {np.asarray(got).tolist()}"
    got = best_shared_baseline(p, g, r)
    assert got is not None, "best_shared_baseline(...) returned None: expected a float"
    assert np.shape(got) == () and np.isclose(got, 1), f"best_shared_baseline: expected 1, got {got}"
    got = best_togo_baseline(p, g, r[:, None])
    assert got is not None, "best_togo_baseline(...) returned None: expected a float"
    assert np.shape(got) == () and np.isclose(got, 1), f"best_togo_baseline with one step: expected 1, got {got}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some policy another baseline gives one of the parameters a smaller variance. Is the return weighted
  inside the expectation?
"""  # END TEST CONFIG


def test_least_variance_per_parameter(best_baselines):
    import numpy as np

    rng = np.random.default_rng(2027)
    for arms, parameters in ((2, 1), (3, 3), (5, 2), (8, 8)):
        p = rng.dirichlet(np.ones(arms))
        g = (np.eye(arms) - p) @ rng.normal(size=(arms, parameters))
        r = rng.normal(size=arms) + 4

        def variances(b):
            estimate = g * (r - b)[:, None]
            return p @ estimate**2 - (p @ estimate) ** 2

        low, middle, high = variances(-10), variances(0), variances(10)
        # the lowest point of a parabola through three points
        best = 5 * (low - high) / (low - 2 * middle + high)
        got = best_baselines(p, g, r)
        # the parabola loses a few digits where a variance hardly bends
        assert np.shape(got) == (parameters,) and np.abs(got - best).max() <= 1e-8
    same = best_baselines(np.array([0.5, 0.5]), np.array([[2.0], [-2.0]]), np.array([-3.0, -3.0]))
    assert abs(same[0] + 3) <= 1e-12


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: For some policy another shared baseline gives a smaller sum of variances.
"""  # END TEST CONFIG


def test_least_sum_of_variances(best_shared_baseline):
    import numpy as np

    rng = np.random.default_rng(2028)
    for arms, parameters in ((2, 1), (3, 3), (5, 2), (8, 4)):
        p = rng.dirichlet(np.ones(arms))
        g = (np.eye(arms) - p) @ (rng.normal(size=(arms, parameters)) * np.arange(1, parameters + 1))
        r = rng.normal(size=arms) - 2

        def total(b):
            estimate = g * (r - b)[:, None]
            return (p @ estimate**2 - (p @ estimate) ** 2).sum()

        low, middle, high = total(-10), total(0), total(10)
        best = 5 * (low - high) / (low - 2 * middle + high)
        got = best_shared_baseline(p, g, r)
        # the parabola loses a few digits where the sum hardly bends
        assert np.shape(got) == () and abs(got - best) <= 1e-8


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: With returns to go another baseline has a smaller variance. Steps of one trajectory are added up before
  the square, and each score belongs to its own return to go.
"""  # END TEST CONFIG


def test_least_variance_with_returns_to_go(best_togo_baseline):
    from itertools import product

    import numpy as np

    rng = np.random.default_rng(2029)
    for steps in (1, 2, 3, 4):
        up = rng.uniform(0.2, 0.8)
        paths = np.array(list(product((0, 1), repeat=steps)))
        # each step goes up with the same probability; the parameter is its logit
        p = np.where(paths == 1, up, 1 - up).prod(axis=1)
        g = paths - up
        togo = (rng.normal(size=paths.shape) + 1)[:, ::-1].cumsum(axis=1)[:, ::-1]

        def variance(b):
            estimate = (g * (togo - b)).sum(axis=1)
            return p @ estimate**2 - (p @ estimate) ** 2

        low, middle, high = variance(-10), variance(0), variance(10)
        best = 5 * (low - high) / (low - 2 * middle + high)
        got = best_togo_baseline(p, g, togo)
        # the parabola loses a few digits
        assert np.shape(got) == () and abs(got - best) <= 1e-8


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION

# %% [raw] sources="udl-19.6"
# # BEGIN QUESTION
# name: q12_policy_gradient
# points: 5

# %% [markdown]
# ## 12. Learning from a handful of walks
#
# Now put it together. A batch of $N$ walks of $T$ steps was sampled with the policy
# $\pi(a \mid s) = e^{\theta_{sa}} / \sum_{a'} e^{\theta_{sa'}}$. Rewards are not discounted here: the **return to go**
# at step $t$ of a walk is $G_t = r_t + r_{t+1} + \dots + r_{T-1}$. Each walk gives the estimate
#
# $$\sum_{t=0}^{T-1} \big( G_t - b(s_t) \big)\, \frac{\partial}{\partial \theta} \ln \pi(a_t \mid s_t)$$
#
# of the gradient of the expected return $\mathbb{E}[G_0]$, where the baseline $b$ may depend on the state. Rewards from
# before step $t$ are left out, since the action cannot change them. For one state, two actions, $\theta = 0$ and the
# baseline 1, a walk of one step that takes action 1 and gets the reward 5 gives $4 \cdot (-\tfrac12, \tfrac12)$.
#
# - `policy_gradients(theta, states, actions, rewards, baseline)` returns the estimates of all walks one by one, shape
#   `(N, S, A)`. `theta` has shape `(S, A)`; `states` and `actions` are integer arrays and `rewards` a float array, all
#   of shape `(N, T)`; `baseline` has shape `(S,)`.
# - `state_baseline(states, rewards, S)` returns a baseline made from the batch itself, shape `(S,)`: for each state the
#   mean of $G_t$ over all visits to it (all walks, all steps), and 0 for states that were not visited. (Strictly, a
#   walk then has a little influence on its own baseline. In a large batch it hardly matters.)
#
# The figure shows a penguin in a row of six cells that may go left or right at each of 12 steps. The last cell pays 1
# per step, and each step pays 3 more, wherever it is. Those 3 teach nothing, but without a baseline they drown what
# does.


# %% [raw]
# # BEGIN SOLUTION
# %%
def policy_gradients(theta, states, actions, rewards, baseline):
    """Gradient estimate of each walk, shape (N, S, A). theta: (S, A), baseline: (S,), the others: (N, T)."""
    # BEGIN SOLUTION
    S, A = theta.shape
    pi = torch.softmax(torch.tensor(theta), dim=1).numpy()
    togo = rewards[:, ::-1].cumsum(axis=1)[:, ::-1]
    steps = np.eye(A)[actions] - pi[states]
    weighted = (togo - baseline[states])[:, :, None] * steps
    return np.einsum("nts,nta->nsa", np.eye(S)[states], weighted)
    # END SOLUTION


def state_baseline(states, rewards, S):
    """Mean return to go over all visits to each state, 0 without a visit, shape (S,). states, rewards: (N, T)."""
    # BEGIN SOLUTION
    togo = rewards[:, ::-1].cumsum(axis=1)[:, ::-1]
    visits = states[:, :, None] == np.arange(S)
    return (visits * togo[:, :, None]).sum(axis=(0, 1)) / np.maximum(visits.sum(axis=(0, 1)), 1)
    # END SOLUTION


# %% [raw]
# # END SOLUTION


# %%
def sample_walks(theta, N, rng):
    """N walks of 12 steps from cell 0 of a row of six: states, actions and rewards, each of shape (N, 12)."""
    right = 1 / (1 + np.exp(theta[:, 0] - theta[:, 1]))
    here, states, actions = np.zeros(N, dtype=int), [], []
    for _ in range(12):
        states.append(here)
        actions.append((rng.random(N) < right[here]).astype(int))
        here = np.clip(here + 2 * actions[-1] - 1, 0, 5)
    states = np.stack(states, axis=1)
    return states, np.stack(actions, axis=1), 3.0 + (states == 5)


def draw_learning():
    figure, axis = plt.subplots(figsize=(7, 2.8))
    for name in ("no baseline", "baseline by state"):
        curves = []
        for seed in range(5):
            rng, theta, curve = np.random.default_rng(seed), np.zeros((6, 2)), []
            for _ in range(60):
                states, actions, rewards = sample_walks(theta, 16, rng)
                b = np.zeros(6) if name == "no baseline" else state_baseline(states, rewards, 6)
                theta = theta + 0.1 * policy_gradients(theta, states, actions, rewards, b).mean(axis=0)
                curve.append((states == 5).sum(axis=1).mean())
            curves.append(curve)
        axis.plot(np.mean(curves, axis=0), label=name)
    axis.set(xlabel="update, 16 walks each", ylabel="steps in the last cell", title="mean over five runs")
    axis.legend()
    figure.tight_layout()


show(draw_learning)

# %% [raw]
# # BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: One state, two actions, theta = 0, baseline 1; action 1 with reward 5 gives (-2, 2). Two steps with
  rewards 1 and 2 in that state have the mean return to go 2.5.
"""  # END TEST CONFIG


def test_one_walk(policy_gradients, state_baseline):
    import numpy as np

    got = policy_gradients(np.zeros((1, 2)), np.array([[0]]), np.array([[1]]), np.array([[5.0]]), np.ones(1))
    assert got is not None, "policy_gradients(...) returned None: expected an array of shape (1, 1, 2)"
    assert np.shape(got) == (1, 1, 2), f"policy_gradients: expected shape (1, 1, 2), got {np.shape(got)}"
    assert np.allclose(got, [[[-2, 2]]]), f"policy_gradients: expected [[[-2, 2]]], got {np.asarray(got).tolist()}"
    got = state_baseline(np.array([[0, 0]]), np.array([[1.0, 2.0]]), 2)
    assert got is not None, "state_baseline(...) returned None: expected an array of shape (2,)"
    assert np.shape(got) == (2,), f"state_baseline: expected shape (2,), got {np.shape(got)}"
    assert np.allclose(got, [2.5, 0]), f"state_baseline: the returns to go are 3 and 2, got {np.asarray(got).tolist()}"


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The estimate of some walk is wrong. Which rewards weight which step, and whose baseline is it?
"""  # END TEST CONFIG


def test_walks_by_autograd(policy_gradients):
    import numpy as np
    import torch

    rng = np.random.default_rng(2030)
    for N, T, S, A in ((1, 1, 1, 3), (3, 4, 2, 2), (4, 7, 5, 3), (2, 3, 3, 1)):
        theta, baseline = rng.normal(size=(S, A)), rng.normal(size=S)
        states, actions = rng.integers(0, S, size=(N, T)), rng.integers(0, A, size=(N, T))
        rewards = rng.normal(size=(N, T))
        got = policy_gradients(theta, states, actions, rewards, baseline)
        assert np.shape(got) == (N, S, A)
        for n in range(N):
            t = torch.tensor(theta, requires_grad=True)
            log_pi = torch.log_softmax(t, dim=1)
            surrogate = 0 * t.sum()
            for i in range(T):
                s, a = states[n, i], actions[n, i]
                surrogate = surrogate + (rewards[n, i:].sum() - baseline[s]) * log_pi[s, a]
            surrogate.backward()
            # sums of at most seven numbers of size ten
            assert np.abs(got[n] - t.grad.numpy()).max() <= 1e-11


# %%
""" # BEGIN TEST CONFIG
points: 2
hidden: true
failure_message: Averaged over all possible walks, with their probabilities, your estimates are not the gradient of the
  expected return, or they are only for one baseline.
"""  # END TEST CONFIG


def test_unbiased(policy_gradients):
    from itertools import product

    import numpy as np
    import torch

    rng = np.random.default_rng(2031)
    for S, A, T in ((2, 2, 3), (3, 2, 2), (1, 3, 2)):
        theta, R = rng.normal(size=(S, A)), rng.normal(size=(S, A)) + 2
        p0, P = rng.dirichlet(np.ones(S)), rng.dirichlet(np.ones(S), size=(S, A))
        t = torch.tensor(theta, requires_grad=True)
        pi, v = torch.softmax(t, dim=1), torch.zeros(S, dtype=torch.float64)
        for _ in range(T):
            v = (pi * (torch.tensor(R) + torch.tensor(P) @ v)).sum(dim=1)
        (torch.tensor(p0) @ v).backward()
        pi = pi.detach().numpy()
        walks = list(product(product(range(S), range(A)), repeat=T))
        chances = np.array([p0[walk[0][0]] * np.prod([pi[pair] for pair in walk]) for walk in walks])
        chances *= [np.prod([P[walk[i]][walk[i + 1][0]] for i in range(T - 1)]) for walk in walks]
        states, actions = np.array(walks).transpose(2, 0, 1)
        for baseline in (np.zeros(S), rng.normal(size=S) * 10):
            got = policy_gradients(theta, states, actions, R[states, actions], baseline)
            # sums over at most 64 walks of numbers of size ten
            assert np.abs(np.tensordot(chances, got, 1) - t.grad.numpy()).max() <= 1e-10


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The baseline from the batch is wrong for some state. Every visit counts once, in whatever walk and at
  whatever step.
"""  # END TEST CONFIG


def test_baseline_by_visits(state_baseline):
    import numpy as np

    rng = np.random.default_rng(2032)
    for N, T, S in ((1, 1, 1), (1, 6, 3), (5, 4, 4), (3, 3, 20)):
        states, rewards = rng.integers(0, S, size=(N, T)), rng.normal(size=(N, T))
        found = {s: [] for s in range(S)}
        for n in range(N):
            for t in range(T):
                found[states[n, t]].append(sum(rewards[n, t:]))
        expected = [np.mean(found[s]) if found[s] else 0.0 for s in range(S)]
        got = state_baseline(states, rewards, S)
        # sums of at most 20 numbers of size one
        assert np.shape(got) == (S,) and np.abs(got - expected).max() <= 1e-12


# %% [raw]
# # END TESTS
# %% [raw]
# # END QUESTION
