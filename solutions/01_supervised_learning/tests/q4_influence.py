from otter.test_files import test_case

OK_FORMAT = False

name = "q4_influence"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="For x = [0, 2] the weights are [[1, 0], [-0.5, 0.5]]; fit_facts holds six booleans.")
def test_two_inputs(line_weights, fit_facts):
    import numpy as np
    got = line_weights(np.array([0.0, 2.0]))
    assert got is not None, 'line_weights(...) returned None: expected an array of shape (2, N)'
    assert np.shape(got) == (2, 2), f'line_weights([0, 2]): expected shape (2, 2), got {np.shape(got)}'
    assert np.allclose(got, [[1, 0], [-0.5, 0.5]]), f'expected [[1, 0], [-0.5, 0.5]], got {np.asarray(got).tolist()}'
    assert isinstance(fit_facts, dict), 'fit_facts should be a dictionary'
    keys = ['through_the_means', 'half_on_each_side', 'far_inputs_pull_most']
    keys += ['raising_never_lowers_the_intercept', 'bounded_influence', 'residuals_uncorrelated']
    for key in keys:
        assert isinstance(fit_facts.get(key), bool), f'fit_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="For some inputs your weights do not give the best line. Check three and more inputs, and inputs far from zero.")
def test_weights_in_exact_arithmetic(line_weights):
    from fractions import Fraction
    import numpy as np
    rng = np.random.default_rng(9)
    cases = [np.array([-1.0, 1.0]), np.array([5.0, 5.0, 6.0]), rng.normal(size=24)[::3]]
    for n in (2, 3, 9, 40):
        cases += [rng.normal(size=n), rng.normal(size=n) * 0.001 + 2, rng.normal(size=n) + 1000000.0]
    for x in cases:
        got = np.asarray(line_weights(x))
        assert got.shape == (2, len(x)) and got.dtype == np.float64
        u = [Fraction(t) for t in x]
        n, su, suu = (len(u), sum(u), sum((t * t for t in u)))
        det = n * suu - su * su
        rows = [[float((suu - su * t) / det) for t in u], [float((n * t - su) / det) for t in u]]
        for values, expected in zip(got, np.array(rows)):
            assert np.abs(values - expected).max() <= 1e-07 * np.abs(expected).max()

@test_case(points=2, hidden=True, 
    failure_message="At least one of the six statements is decided wrongly. Try each on a few data sets, with one far point among them.")
def test_facts_by_trying(fit_facts):
    import numpy as np
    rng = np.random.default_rng(10)
    holds = dict.fromkeys(['through_the_means', 'half_on_each_side', 'far_inputs_pull_most', 'raising_never_lowers_the_intercept', 'bounded_influence', 'residuals_uncorrelated'], True)
    for n in (3, 4, 5, 8, 20) * 4:
        x, y = (rng.normal(size=n) + 1, rng.exponential(size=n))
        fit = lambda y: np.linalg.lstsq(np.stack([np.ones(n), x], axis=1), y, rcond=None)[0]
        phi = fit(y)
        residuals = phi[0] + phi[1] * x - y
        raised = np.array([fit(y + row) - phi for row in np.eye(n)])
        far = np.abs(x - x.mean())
        broken = {'through_the_means': abs(phi[0] + phi[1] * x.mean() - y.mean()) > 1e-09, 'half_on_each_side': max((residuals < -1e-09).sum(), (residuals > 1e-09).sum()) > n / 2, 'far_inputs_pull_most': abs(raised[far.argmax(), 1]) < np.abs(raised[:, 1]).max() - 1e-09, 'raising_never_lowers_the_intercept': raised[:, 0].min() < -1e-09, 'bounded_influence': abs(fit(y + 1000000000.0 * np.eye(n)[far.argmax()])[1] - phi[1]) > 1000000.0, 'residuals_uncorrelated': abs(residuals @ x) > 1e-09}
        for key, value in broken.items():
            holds[key] = holds[key] and (not value)
    assert len(fit_facts) == 6
    assert all((fit_facts[key] is bool(value) for key, value in holds.items()))

