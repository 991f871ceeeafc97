from otter.test_files import test_case

OK_FORMAT = False

name = "q8_generalisation_error"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="Fitters return a function. With x = (1, 3), y = (10, 20) the nearest neighbour says 10, 10, 20 at 0, 2 and 2.5.")
def test_fitters(fit_cubic, fit_nearest, measured_errors, zero_error_facts):
    import numpy as np
    x = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    for name, got in (('fit_cubic', fit_cubic(x, x ** 3)), ('fit_nearest', fit_nearest(x, x ** 3))):
        assert got is not None, f'{name}(...) returned None: expected a function'
        assert callable(got), f'{name} should return a function'
        assert np.shape(got(np.array([1.0, 3.0]))) == (2,), f'the model of {name} should map shape (2,) to shape (2,)'
        assert np.allclose(got(np.array([1.0, 3.0])), [1, 27]), f'the model of {name} misses its training pairs'
    got = fit_nearest(np.array([1.0, 3.0]), np.array([10.0, 20.0]))(np.array([0.0, 2.0, 2.5]))
    assert np.allclose(got, [10, 10, 20]), f'fit_nearest: expected [10, 10, 20], got {got}'
    got = measured_errors(lambda x, y: lambda new: 0 * new, 0.0, 3, 4, 0)
    assert got is not None, 'measured_errors(...) returned None: expected (leaked, fresh)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'measured_errors should return (leaked, fresh)'
    assert np.shape(got[0]) == np.shape(got[1]) == (), 'leaked and fresh should be single numbers'
    assert isinstance(zero_error_facts, dict), 'zero_error_facts should be a dictionary'
    keys = ['without_noise', 'with_noise', 'repeated_pairs', 'finite_inputs']
    for key in keys + ['nearest_reaches_the_noise', 'fresh_zero_proves_it']:
        assert isinstance(zero_error_facts.get(key), bool), f'zero_error_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="A fitted model gives wrong outputs at new inputs. Which neighbour counts if two are equally near?")
def test_models(fit_cubic, fit_nearest):
    import numpy as np
    rng = np.random.default_rng(721)
    for n in (4, 5, 30):
        x, y = (rng.uniform(-2, 2, size=2 * n)[::2], rng.normal(size=n))
        new = rng.uniform(-3, 3, size=7)
        powers = lambda t: np.stack([t ** k for k in range(4)], axis=1)
        c = np.linalg.solve(powers(x).T @ powers(x), powers(x).T @ y) if n > 4 else np.linalg.solve(powers(x), y)
        size = np.abs(powers(new)) @ np.abs(c)
        assert (np.abs(fit_cubic(x, y)(new) - powers(new) @ c) <= 1e-07 * (1 + size)).all()
    for n in (1, 2, 6, 15):
        x, y = (rng.integers(-6, 7, size=n).astype(np.float64), rng.normal(size=n))
        new = np.arange(-16, 17) / 2
        expected = [min(((abs(v - t), i) for i, v in enumerate(x)))[1] for t in new]
        got = fit_nearest(x, y)(new)
        assert np.shape(got) == (33,) and np.array_equal(got, y[expected])

@test_case(points=2, hidden=True, 
    failure_message="The errors are not the mean squares on the training pairs and on the fresh pairs, in this order. The fit must not see the fresh ones.")
def test_errors_of_known_models(measured_errors):
    import numpy as np

    def pairs(n, seed, noise):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=n)
        return (x, 5 + 1.2 * x - 1.7 * x ** 2 + 5.6 * x ** 3 / 6 + noise * rng.normal(size=n))
    for noise, n, n_test, seed in ((0.0, 5, 9, 3), (0.5, 40, 7, 0), (2.0, 1, 300, 11)):
        x, y = pairs(n, seed, noise)
        x_test, y_test = pairs(n_test, seed + 1, noise)
        mean = lambda a, b: lambda new: 0 * new + b.mean()
        leaked, fresh = measured_errors(mean, noise, n, n_test, seed)
        assert abs(leaked - y.var()) <= 1e-10 * (1 + y.var())
        assert abs(fresh - ((y_test - y.mean()) ** 2).mean()) <= 1e-10 * (1 + fresh)
        slope = x @ y / (x @ x)
        ray = lambda a, b: lambda new: new * (a @ b) / (a @ a)
        leaked, fresh = measured_errors(ray, noise, n, n_test, seed)
        assert np.allclose(leaked, ((slope * x - y) ** 2).mean(), rtol=1e-10, atol=1e-12)
        assert np.allclose(fresh, ((slope * x_test - y_test) ** 2).mean(), rtol=1e-10)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements on zero errors is decided wrongly. An estimate is not the quantity that it estimates.")
def test_zero_error_facts(zero_error_facts):
    import numpy as np
    rng = np.random.default_rng(722)
    g = lambda x: 5 + 1.2 * x - 1.7 * x ** 2 + 5.6 * x ** 3 / 6
    x, far = (rng.normal(size=20), rng.normal(size=100000))
    clean = np.polynomial.Polynomial.fit(x, g(x), 3)
    clean_error = ((clean(far) - g(far)) ** 2).mean()
    best = ((0.1 * rng.normal(size=100000)) ** 2).mean()

    def nearest(x, y, new):
        order = np.argsort(x)
        x, y = (x[order], y[order])
        right = np.searchsorted(x, new).clip(1, len(x) - 1)
        return np.where(new - x[right - 1] < x[right] - new, y[right - 1], y[right])
    x = rng.uniform(-1, 1, size=20000)
    y, new = (g(x) + rng.normal(size=20000), rng.uniform(-1, 1, size=20000))
    leaked = ((nearest(x, y, x) - y) ** 2).mean()
    fresh = ((nearest(x, y, new) - g(new) - rng.normal(size=20000)) ** 2).mean()
    values = np.arange(10.0)
    inputs = rng.integers(0, 10, size=1000).astype(np.float64)
    few = ((nearest(values, g(values), inputs) - g(inputs)) ** 2).mean()
    rare = (far > 3).mean()
    lucky = min(((rng.normal(size=20) > 3).mean() for _ in range(20)))
    assert zero_error_facts['without_noise'] is bool(clean_error < 1e-20)
    assert zero_error_facts['with_noise'] is bool(best < 1e-06)
    assert zero_error_facts['repeated_pairs'] is (not bool(leaked == 0 and fresh > 0.5))
    assert zero_error_facts['finite_inputs'] is bool(few < 1e-20)
    assert zero_error_facts['nearest_reaches_the_noise'] is bool(abs(fresh - 1) < 0.2)
    assert zero_error_facts['fresh_zero_proves_it'] is (not bool(lucky == 0 and rare > 0))

