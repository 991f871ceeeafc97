from otter.test_files import test_case

OK_FORMAT = False

name = "q1_autoregression"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="recurrence([pi / 2]) is (0, -1), the numbers 0, 1, 2, ... give the fit x_t = x_{t-1} + 1, and the blocks are those of the text.")
def test_small_examples(recurrence, fit_ar, block_features, lag_facts):
    import numpy as np
    cases = [('recurrence([pi / 2])', recurrence([np.pi / 2]), [0, -1]), ('fit_ar of 0, 1, 2, ..., 9 with lag 1', fit_ar(np.arange(10.0), [1], 10), [1, 1]), ('block_features(1..6, 2, 2)', block_features(np.arange(1.0, 7.0), 2, 2), [[3.5, 1.5], [4.5, 2.5]])]
    for name, got, expected in cases:
        assert got is not None, f'{name} returned None: expected an array'
        got, shape = (np.asarray(got), np.shape(expected))
        assert got.shape == shape, f'{name}: expected shape {shape}, got {got.shape}'
        assert np.allclose(got, expected, atol=1e-08), f'{name}: expected {expected}, got {got.tolist()}'
    assert isinstance(lag_facts, dict), 'lag_facts should be a dictionary'
    keys = ['one_lag_is_exact', 'sixteen_beat_four', 'more_never_hurts', 'spread_lags_help']
    for key in [*keys, 'block_means_help', 'deep_network_helps']:
        assert isinstance(lag_facts.get(key), bool), f'lag_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="For some frequencies the recurrence is not exact. Each further sine needs two more lags.")
def test_recurrence_is_exact(recurrence):
    import numpy as np
    rng = np.random.default_rng(131)
    for omegas in ([0.01], [3.0], [0.4, 1.1], [0.3, 0.9, 2.2], [0.5, 1.0, 1.6, 2.5]):
        coef = np.asarray(recurrence(omegas))
        assert coef.shape == (2 * len(omegas),)
        t = np.arange(40)[:, None]
        for _ in range(3):
            size, phase = (rng.normal(size=len(omegas)), rng.uniform(0, 6, size=len(omegas)))
            x = (size * np.sin(np.array(omegas) * t + phase)).sum(axis=1)
            for at in range(2 * len(omegas), 40):
                window = x[at - 2 * len(omegas):at][::-1]
                assert abs(window @ coef - x[at]) < 1e-10
    assert abs(np.sum(recurrence([0.7])) - (2 * np.cos(0.7) - 1)) < 1e-12

@test_case(points=1, hidden=True, 
    failure_message="The fitted coefficients are not those of least squares on the examples asked for. Check the order of the lags, the first and the last target, and the intercept.")
def test_fit_on_known_laws(fit_ar):
    import numpy as np
    rng = np.random.default_rng(132)
    for lags, n_train in (([1], 30), ([2, 1], 40), ([1, 5, 3], 60), ([7], 25), ([4, 2, 9, 1], 80)):
        x = rng.normal(size=100)
        got = np.asarray(fit_ar(x, lags, n_train))
        assert got.shape == (len(lags) + 1,)
        rows = [[*(x[t - lag] for lag in lags), 1.0] for t in range(max(lags), n_train)]
        targets = [x[t] for t in range(max(lags), n_train)]
        a, b = (np.array(rows).T @ np.array(rows), np.array(rows).T @ np.array(targets))
        assert np.abs(got - np.linalg.solve(a, b)).max() < 1e-09
        changed = x.copy()
        changed[n_train:] += 5
        assert np.abs(np.asarray(fit_ar(changed, lags, n_train)) - got).max() < 1e-12

@test_case(points=1, hidden=True, 
    failure_message="A row of the block features is not the means of the blocks right before its target, nearest block first.")
def test_blocks_one_by_one(block_features):
    import numpy as np
    rng = np.random.default_rng(133)
    for count, size, k in ((12, 2, 3), (9, 1, 4), (10, 4, 1), (30, 3, 5), (50, 8, 4), (7, 3, 2)):
        x = rng.normal(size=count)
        got = np.asarray(block_features(x, size, k))
        assert got.shape == (count - size * k, k)
        for row, t in enumerate(range(size * k, count)):
            for j in range(k):
                values = [x[i] for i in range(t - (j + 1) * size, t - j * size)]
                assert abs(got[row, j] - sum(values) / size) < 1e-12

@test_case(points=1, hidden=True, 
    failure_message="At least one statement about the lags is decided wrongly. Measure it on ten seeds.")
def test_lag_facts(lag_facts):
    import numpy as np
    import torch
    clean = np.sin(0.01 * np.arange(1, 1001))

    def features(x, lags, t):
        return np.stack([*(x[t - lag] for lag in lags), np.ones(len(t))], axis=1)

    def blocks(x, t):
        columns = [[x[at - 8 * j - 8:at - 8 * j].mean() for at in t] for j in range(4)]
        return np.stack([*map(np.array, columns), np.ones(len(t))], axis=1)

    def line_error(x, make, first):
        fit, test = (np.arange(first, 600), np.arange(600, 1000))
        coef = np.linalg.lstsq(make(x, fit), x[fit], rcond=None)[0]
        return np.mean((make(x, test) @ coef - clean[test]) ** 2)

    def network_error(x, seed):
        torch.manual_seed(seed)
        layers = [torch.nn.Linear(4, 64), torch.nn.ReLU(), torch.nn.Linear(64, 64), torch.nn.ReLU()]
        net = torch.nn.Sequential(*layers, torch.nn.Linear(64, 1))
        fit, test = (np.arange(4, 600), np.arange(600, 1000))
        inputs = lambda t: torch.tensor(features(x, range(1, 5), t)[:, :4], dtype=torch.float32)
        y = torch.tensor(x[fit], dtype=torch.float32)[:, None]
        optimiser = torch.optim.Adam(net.parameters(), lr=0.01)
        for _ in range(200):
            optimiser.zero_grad()
            ((net(inputs(fit)) - y) ** 2).mean().backward()
            optimiser.step()
        return float(((net(inputs(test)).detach()[:, 0].numpy() - clean[test]) ** 2).mean())
    by_lags = {'4': range(1, 5), '16': range(1, 17), '128': range(1, 129), 'spread': (1, 4, 16, 64)}
    error = dict.fromkeys([*by_lags, 'blocks'], 0.0)
    for seed in range(10):
        x = clean + np.random.default_rng(seed).normal(0, 0.2, size=1000)
        for name, lags in by_lags.items():
            error[name] += line_error(x, lambda x, t: features(x, lags, t), max(lags))
        error['blocks'] += line_error(x, blocks, 32)
    network = line = 0.0
    for seed in range(2):
        x = clean + np.random.default_rng(seed).normal(0, 0.2, size=1000)
        network += network_error(x, seed)
        line += line_error(x, lambda x, t: features(x, range(1, 5), t), 4)
    ratios = clean[1:300] / clean[:299]
    assert lag_facts['one_lag_is_exact'] is bool(np.ptp(ratios) < 1e-06)
    assert lag_facts['sixteen_beat_four'] is bool(error['16'] < error['4'])
    assert lag_facts['more_never_hurts'] is bool(error['128'] <= error['16'])
    assert lag_facts['spread_lags_help'] is bool(error['spread'] < error['4'])
    assert lag_facts['block_means_help'] is bool(error['blocks'] < error['4'])
    assert lag_facts['deep_network_helps'] is bool(network < line)

