from otter.test_files import test_case

OK_FORMAT = False

name = "q7_output_scaling"
points = 6


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="Errors 3 and 1 have the shares 0.9 and 0.1; a perfect prediction has R squared 1; with errors 1 and -1 the loss with a free variance is log(2 pi) + 1.")
def test_small_cases(loss_share, r_squared, fit_standardised, free_variance_nll, scaling_facts):
    import math
    import numpy as np
    got = loss_share(np.array([[0.0, 0.0]]), np.array([[3.0, 1.0]]))
    assert got is not None, 'loss_share(...) returned None: expected an array of shape (D,)'
    assert np.shape(got) == (2,), f'loss_share: expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, [0.9, 0.1]), f'loss_share: expected [0.9, 0.1], got {np.asarray(got).tolist()}'
    y = np.array([[1.0], [3.0]])
    got = r_squared(y, y)
    assert got is not None, 'r_squared(...) returned None: expected an array of shape (D,)'
    assert np.shape(got) == (1,), f'r_squared: expected shape (1,), got {np.shape(got)}'
    assert np.allclose(got, [1]), f'r_squared of a perfect prediction: expected [1], got {np.asarray(got).tolist()}'
    got = fit_standardised(np.zeros((2, 1)), y, lambda x, z: z)
    assert got is not None, 'fit_standardised(...) returned None: expected an array of shape (N, D)'
    assert np.shape(got) == (2, 1), f'fit_standardised: expected shape (2, 1), got {np.shape(got)}'
    assert np.allclose(got, y), f'a fit that returns its targets should give y back, got {np.asarray(got).tolist()}'
    got = free_variance_nll(np.array([[1.0], [1.0]]), np.array([[2.0], [0.0]]))
    assert got is not None, 'free_variance_nll(...) returned None: expected a float'
    expected = math.log(2 * math.pi) + 1
    assert np.shape(got) == () and abs(got - expected) < 1e-09, f'expected {expected:.5f}, got {got}'
    assert isinstance(scaling_facts, dict), 'scaling_facts should be a dictionary'
    keys = ['units_matter', 'standardising_helps', 'scaling_inputs_helps', 'constant_factor_helps']
    for key in [*keys, 'free_variances_ignore_units', 'own_parameters_ignore_units']:
        assert isinstance(scaling_facts.get(key), bool), f'scaling_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="Shares or R squared are wrong for some predictions. Both are taken output by output, over all pairs.")
def test_shares_and_r_squared(loss_share, r_squared):
    import math
    import numpy as np
    rng = np.random.default_rng(10)
    for n, d in ((2, 1), (5, 2), (30, 4)):
        y = rng.normal(size=(n, 2 * d))[:, ::2] * 10.0 ** np.arange(d) + 3
        pred = y + rng.normal(size=(n, d))
        errors = [math.fsum(((a - b) ** 2 for a, b in zip(y[:, k], pred[:, k]))) for k in range(d)]
        spread = [sum(((a - b) ** 2 for a in y[:, k] for b in y[:, k])) / (2 * n) for k in range(d)]
        assert np.allclose(loss_share(y, pred), [e / math.fsum(errors) for e in errors], rtol=1e-09)
        assert np.allclose(r_squared(y, pred), [1 - e / s for e, s in zip(errors, spread)], rtol=1e-07, atol=1e-09)
        assert np.shape(loss_share(y, pred)) == np.shape(r_squared(y, pred)) == (d,)

@test_case(points=1.5, hidden=True, 
    failure_message="The fit does not see standardised targets, or its predictions do not come back in the units of y, or the height is still neglected.")
def test_standardised_fit(fit_standardised):
    import numpy as np

    def bottleneck(x, y):
        design = np.column_stack([np.ones(len(x)), x])
        best = design @ np.linalg.lstsq(design, y, rcond=None)[0]
        centre = best.mean(axis=0)
        direction = np.linalg.svd(best - centre, full_matrices=False)[2][0]
        return centre + np.outer((best - centre) @ direction, direction)
    r2 = lambda y, pred: 1 - ((y - pred) ** 2).sum(0) / ((y - y.mean(0)) ** 2).sum(0)
    for seed in range(5):
        x = np.random.default_rng(100 + seed).normal(size=(400, 2))
        y = np.stack([1.7 + 0.08 * x[:, 0] + 0.06 * x[:, 1], 70 + 12 * x[:, 1]], axis=1)
        assert r2(y, bottleneck(x, y))[0] < 0.5 and r2(y, fit_standardised(x, y, bottleneck)).min() > 0.7
    rng = np.random.default_rng(11)
    y = rng.normal(size=(50, 3)) * [0.01, 1.0, 300.0] + [5.0, -2.0, 0.0]

    def probe(fit_standardised, x, y):
        seen = []

        def fit(x, z):
            seen.append((x.copy(), z.copy()))
            return z / 2 + 1
        return (fit_standardised(x, y, fit), seen)
    half, seen = inside(probe)(fit_standardised, y * 7, y)
    (inputs, z), = seen
    assert np.allclose(inputs, y * 7) and np.allclose(z.mean(0), 0, atol=1e-09)
    ratio = z.std(0)
    assert np.allclose(ratio, 1, rtol=1e-09) or np.allclose(ratio, np.sqrt(49 / 50), rtol=1e-09)
    sd = y.std(0) / ratio
    assert np.allclose(half, y.mean(0) + (y - y.mean(0)) / 2 + sd, rtol=1e-09, atol=1e-12)

@test_case(points=1, hidden=True, 
    failure_message="The loss with free variances is not the smallest over all variances, or one variance is shared between outputs.")
def test_free_variances(free_variance_nll):
    import numpy as np
    import torch
    rng = np.random.default_rng(12)
    for n, d in ((1, 1), (2, 1), (6, 2), (25, 4)):
        y = rng.normal(size=(n, d)) * 10.0 ** np.arange(d)
        pred = y + rng.normal(size=(n, d)) * 3.0 ** np.arange(d) + 0.1
        errors = torch.tensor(pred - y)
        lowest = 0.0
        for k in range(d):
            logs = torch.log(errors[:, k].abs().mean()) + torch.arange(-3, 3, 0.001, dtype=torch.float64)
            normal = torch.distributions.Normal(0.0, logs.exp()[:, None])
            lowest += -normal.log_prob(errors[:, k]).sum(dim=1).max().item()
        got = free_variance_nll(y, pred)
        assert np.shape(got) == () and -2e-06 * n * d <= lowest - got + 1e-09 and (lowest - got <= 2e-06 * n * d + 1e-09)

@test_case(points=1.5, hidden=True, 
    failure_message="At least one of the six statements is decided wrongly. Try each with make_people and fit_bottleneck.")
def test_facts_by_trying(scaling_facts):
    import numpy as np

    def bottleneck(x, y):
        design = np.column_stack([np.ones(len(x)), x])
        best = design @ np.linalg.lstsq(design, y, rcond=None)[0]
        centre = best.mean(axis=0)
        direction = np.linalg.svd(best - centre, full_matrices=False)[2][0]
        return centre + np.outer((best - centre) @ direction, direction)
    rng = np.random.default_rng(13)
    x = rng.normal(size=(400, 2))
    y = np.stack([1.7 + 0.08 * x[:, 0] + 0.06 * x[:, 1], 70 + 12 * x[:, 1]], axis=1)
    r2 = lambda pred: (1 - ((y - pred) ** 2).sum(0) / ((y - y.mean(0)) ** 2).sum(0))[0]
    tonnes = np.array([1.0, 0.001])
    plain, sd = (r2(bottleneck(x, y)), y.std(0))
    design = np.column_stack([np.ones(400), x])
    own = lambda y: design @ np.linalg.lstsq(design, y + 0.3 * np.roll(y, 1, axis=0), rcond=None)[0]
    log_errors = lambda scale, pred: np.log((((pred - y) * scale) ** 2).mean(0)).sum()
    orders = set()
    for _ in range(20):
        first, second = (y + rng.normal(size=y.shape) * rng.uniform(0.1, 5, size=2) for _ in range(2))
        orders.add((log_errors(1.0, first) < log_errors(1.0, second)) == (log_errors(tonnes, first) < log_errors(tonnes, second)))
    factor = np.sqrt(1000.0)
    found = {'units_matter': abs(r2(bottleneck(x, y * tonnes) / tonnes) - plain) > 0.01, 'standardising_helps': r2(bottleneck(x, y / sd) * sd) - plain > 0.1, 'scaling_inputs_helps': r2(bottleneck(100 * x, y)) - plain > 0.1, 'constant_factor_helps': r2(bottleneck(x, y * factor) / factor) - plain > 0.1, 'free_variances_ignore_units': orders == {True}, 'own_parameters_ignore_units': np.allclose(own(y)[:, 0], own(y * tonnes)[:, 0])}
    assert len(scaling_facts) == 6
    assert all((scaling_facts[key] is bool(value) for key, value in found.items()))

