from otter.test_files import test_case

OK_FORMAT = False

name = "q11_best_baseline"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For p = (1/4, 3/4), g = (3, -1) and r = (0, 4) each of the three functions gives 1.")
def test_two_trajectories(best_baselines, best_shared_baseline, best_togo_baseline):
    import numpy as np
    p, g, r = (np.array([0.25, 0.75]), np.array([[3.0], [-1.0]]), np.array([0.0, 4.0]))
    got = best_baselines(p, g, r)
    assert got is not None, 'best_baselines(...) returned None: expected an array of shape (1,)'
    assert np.shape(got) == (1,), f'best_baselines: expected shape (1,), got {np.shape(got)}'
    assert np.allclose(got, [1]), f'best_baselines: expected [1], got {np.asarray(got).tolist()}'
    got = best_shared_baseline(p, g, r)
    assert got is not None, 'best_shared_baseline(...) returned None: expected a float'
    assert np.shape(got) == () and np.isclose(got, 1), f'best_shared_baseline: expected 1, got {got}'
    got = best_togo_baseline(p, g, r[:, None])
    assert got is not None, 'best_togo_baseline(...) returned None: expected a float'
    assert np.shape(got) == () and np.isclose(got, 1), f'best_togo_baseline with one step: expected 1, got {got}'

@test_case(points=1, hidden=True, 
    failure_message="For some policy another baseline gives one of the parameters a smaller variance. Is the return weighted inside the expectation?")
def test_least_variance_per_parameter(best_baselines):
    import numpy as np
    rng = np.random.default_rng(2027)
    for arms, parameters in ((2, 1), (3, 3), (5, 2), (8, 8)):
        p = rng.dirichlet(np.ones(arms))
        g = (np.eye(arms) - p) @ rng.normal(size=(arms, parameters))
        r = rng.normal(size=arms) + 4

        def variances(b):
            estimate = g * (r - b)[:, None]
            return p @ estimate ** 2 - (p @ estimate) ** 2
        low, middle, high = (variances(-10), variances(0), variances(10))
        best = 5 * (low - high) / (low - 2 * middle + high)
        got = best_baselines(p, g, r)
        assert np.shape(got) == (parameters,) and np.abs(got - best).max() <= 1e-08
    same = best_baselines(np.array([0.5, 0.5]), np.array([[2.0], [-2.0]]), np.array([-3.0, -3.0]))
    assert abs(same[0] + 3) <= 1e-12

@test_case(points=1, hidden=True, 
    failure_message="For some policy another shared baseline gives a smaller sum of variances.")
def test_least_sum_of_variances(best_shared_baseline):
    import numpy as np
    rng = np.random.default_rng(2028)
    for arms, parameters in ((2, 1), (3, 3), (5, 2), (8, 4)):
        p = rng.dirichlet(np.ones(arms))
        g = (np.eye(arms) - p) @ (rng.normal(size=(arms, parameters)) * np.arange(1, parameters + 1))
        r = rng.normal(size=arms) - 2

        def total(b):
            estimate = g * (r - b)[:, None]
            return (p @ estimate ** 2 - (p @ estimate) ** 2).sum()
        low, middle, high = (total(-10), total(0), total(10))
        best = 5 * (low - high) / (low - 2 * middle + high)
        got = best_shared_baseline(p, g, r)
        assert np.shape(got) == () and abs(got - best) <= 1e-08

@test_case(points=1, hidden=True, 
    failure_message="With returns to go another baseline has a smaller variance. Steps of one trajectory are added up before the square, and each score belongs to its own return to go.")
def test_least_variance_with_returns_to_go(best_togo_baseline):
    from itertools import product
    import numpy as np
    rng = np.random.default_rng(2029)
    for steps in (1, 2, 3, 4):
        up = rng.uniform(0.2, 0.8)
        paths = np.array(list(product((0, 1), repeat=steps)))
        p = np.where(paths == 1, up, 1 - up).prod(axis=1)
        g = paths - up
        togo = (rng.normal(size=paths.shape) + 1)[:, ::-1].cumsum(axis=1)[:, ::-1]

        def variance(b):
            estimate = (g * (togo - b)).sum(axis=1)
            return p @ estimate ** 2 - (p @ estimate) ** 2
        low, middle, high = (variance(-10), variance(0), variance(10))
        best = 5 * (low - high) / (low - 2 * middle + high)
        got = best_togo_baseline(p, g, togo)
        assert np.shape(got) == () and abs(got - best) <= 1e-08

