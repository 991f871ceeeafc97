from otter.test_files import test_case

OK_FORMAT = False

name = "q9_zero_mean"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="With one state, two actions and theta = 0 the score of action 1 is (-1/2, 1/2), and the baseline b = a gives half of that on average; baseline_facts holds eight booleans.")
def test_one_step(score, mean_weighted_score, baseline_facts):
    import numpy as np
    got = score(np.zeros((1, 2)), np.array([0]), np.array([1]))
    assert got is not None, 'score(...) returned None: expected an array of shape (1, 2)'
    assert np.shape(got) == (1, 2), f'score: expected shape (1, 2), got {np.shape(got)}'
    assert np.allclose(got, [[-0.5, 0.5]]), f'score: expected [[-0.5, 0.5]], got {np.asarray(got).tolist()}'
    got = mean_weighted_score(np.zeros((1, 2)), np.ones(1), np.ones((1, 2, 1)), 1, lambda s, a: float(a))
    assert got is not None, 'mean_weighted_score(...) returned None: expected an array of shape (1, 2)'
    assert np.shape(got) == (1, 2), f'mean_weighted_score: expected shape (1, 2), got {np.shape(got)}'
    assert np.allclose(got, [[-0.25, 0.25]]), f'expected [[-0.25, 0.25]], got {np.asarray(got).tolist()}'
    assert isinstance(baseline_facts, dict), 'baseline_facts should be a dictionary'
    keys = ('nothing', 'step', 'state', 'past', 'action', 'next_state', 'every_trajectory', 'plain_mean')
    for key in keys:
        assert isinstance(baseline_facts.get(key), (bool, np.bool_)), f'baseline_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The score of some trajectory is wrong. What does raising one parameter do to the other actions of the same state, and what if a state is visited twice?")
def test_score_by_autograd(score):
    import numpy as np
    import torch
    rng = np.random.default_rng(2021)
    for S, A, T in ((1, 1, 3), (1, 3, 1), (2, 2, 0), (3, 2, 6), (4, 3, 15)):
        theta, states, actions = (rng.normal(size=(S, A)), rng.integers(0, S, size=T), rng.integers(0, A, size=T))
        t = torch.tensor(theta, requires_grad=True)
        torch.log_softmax(t, dim=1)[states, actions].sum().backward()
        got = score(theta, states, actions)
        assert np.shape(got) == (S, A) and np.abs(got - t.grad.numpy()).max() <= 1e-12

@test_case(points=2, hidden=True, 
    failure_message="The expectation is not what listing all trajectories gives, or it is not zero for a baseline that reads the state alone. How likely is each state at each step, and does the baseline weight the step or the whole trajectory?")
def test_mean_by_listing(mean_weighted_score):
    from itertools import product
    import numpy as np
    import torch
    rng = np.random.default_rng(2022)
    for S, A, T in ((1, 3, 1), (2, 1, 2), (2, 2, 3), (3, 2, 2), (1, 2, 0)):
        theta, table = (rng.normal(size=(S, A)), rng.normal(size=(S, A)))
        p0, P = (rng.dirichlet(np.ones(S)), rng.dirichlet(np.ones(S), size=(S, A)))
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
            expected, = torch.autograd.grad(weighted, t)
        got = mean_weighted_score(theta, p0, P, T, lambda s, a, b=table: float(b[s, a]))
        assert np.shape(got) == (S, A) and np.abs(got - expected.numpy()).max() <= 1e-12
        got = mean_weighted_score(theta, p0, P, 4, lambda s, a, b=table: float(b[s, 0]))
        assert np.abs(got).max() <= 1e-12

@test_case(points=1, hidden=True, 
    failure_message="At least one of the eight statements about baselines is decided wrongly.")
def test_baseline_facts(baseline_facts):
    from itertools import product
    import numpy as np
    rng = np.random.default_rng(2023)
    pi = rng.dirichlet(np.ones(2), size=2)
    p0, P = (rng.dirichlet(np.ones(2)), rng.dirichlet(np.ones(2), size=(2, 2)))
    by_step, by_state, by_past, by_pair = (rng.normal(size=2), rng.normal(size=2), rng.normal(size=(2, 2, 2)), pi + 1)
    keys = ('nothing', 'step', 'state', 'past', 'action', 'next_state', 'every_trajectory', 'plain_mean')
    means = {key: np.zeros((2, 2)) for key in keys}
    for s0, a0, s1, a1, s2 in product(range(2), repeat=5):
        chance = p0[s0] * pi[s0, a0] * P[s0, a0, s1] * pi[s1, a1] * P[s1, a1, s2]
        steps = np.zeros((2, 2, 2))
        for t, (s, a) in enumerate(((s0, a0), (s1, a1))):
            steps[t, s] = np.eye(2)[a] - pi[s]
        weights = {'nothing': (3.0, 3.0), 'step': by_step, 'state': (by_state[s0], by_state[s1]), 'past': (by_past[0, 0, s0], by_past[s0, a0, s1]), 'action': (by_pair[s0, a0], by_pair[s1, a1]), 'next_state': (by_state[s1], by_state[s2])}
        for key, weight in weights.items():
            means[key] += chance * (weight[0] * steps[0] + weight[1] * steps[1])
        means['every_trajectory'] = np.maximum(means['every_trajectory'], np.abs(3 * steps.sum(axis=0)))
        means['plain_mean'] += 3 * steps.sum(axis=0) / 32
    for key in keys:
        assert bool(baseline_facts[key]) is bool(np.abs(means[key]).max() <= 1e-12)

