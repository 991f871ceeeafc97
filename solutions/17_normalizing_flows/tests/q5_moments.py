from otter.test_files import test_case

OK_FORMAT = False

name = "q5_moments"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For mean 5, variance 3 and x = 2 z + 1 the mean is 11 and the variance 12; whitening returns two arrays; moment_facts holds five booleans.")
def test_single_numbers(affine_moments, whitening, moment_facts):
    import numpy as np
    mu, Sigma = (np.array([5.0]), np.array([[3.0]]))
    for name, got in (('affine_moments', affine_moments(mu, Sigma, np.array([[2.0]]), np.array([1.0]))), ('whitening', whitening(mu, Sigma))):
        assert got is not None, f'{name}(...) returned None: expected a pair of arrays'
        assert isinstance(got, (tuple, list)) and len(got) == 2, f'{name} should return a pair of arrays'
    mean, cov = affine_moments(mu, Sigma, np.array([[2.0]]), np.array([1.0]))
    assert np.shape(mean) == (1,), f'mean: expected shape (1,), got {np.shape(mean)}'
    assert np.shape(cov) == (1, 1), f'cov: expected shape (1, 1), got {np.shape(cov)}'
    assert abs(mean[0] - 11) < 1e-09, f'mean: expected 11, got {mean[0]}'
    assert abs(cov[0][0] - 12) < 1e-09, f'cov: expected 12, got {cov[0][0]}'
    A, b = whitening(mu, Sigma)
    assert np.shape(A) == (1, 1), f'A of whitening: expected shape (1, 1), got {np.shape(A)}'
    assert np.shape(b) == (1,), f'b of whitening: expected shape (1,), got {np.shape(b)}'
    assert isinstance(moment_facts, dict), 'moment_facts should be a dictionary'
    for key in ('any_distribution', 'shift_counts', 'square_only', 'stays_diagonal', 'becomes_gaussian'):
        assert isinstance(moment_facts.get(key), (bool, np.bool_)), f'moment_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="Mean or covariance of x is wrong for some map. Try a variable with two values, and a matrix that is not symmetric.")
def test_weighted_points(affine_moments):
    import numpy as np
    rng = np.random.default_rng(173)
    for d, m in ((1, 1), (3, 3), (4, 2), (2, 5), (1, 3), (6, 1)):
        points, weights = (rng.exponential(size=(9, d)), rng.dirichlet(np.ones(9)))
        A, b = (rng.normal(size=(m, d)), 3 * rng.normal(size=m))

        def moments(values):
            mean = sum((w * v for w, v in zip(weights, values)))
            return (mean, sum((w * np.outer(v - mean, v - mean) for w, v in zip(weights, values))))
        mu, Sigma = moments(points)
        mean, cov = affine_moments(mu, Sigma, A, b)
        assert np.shape(mean) == (m,) and np.shape(cov) == (m, m)
        expected = moments([A @ z + b for z in points])
        assert np.allclose(mean, expected[0], rtol=0, atol=1e-11)
        assert np.allclose(cov, expected[1], rtol=0, atol=1e-11)

@test_case(points=1, hidden=True, 
    failure_message="After whitening, the mean is not zero or the covariance is not the identity.")
def test_whitened_points(whitening):
    import numpy as np
    rng = np.random.default_rng(174)
    for d in (1, 2, 3, 7):
        points = rng.exponential(size=(40, d)) @ rng.normal(size=(d, d)) + 4 * rng.normal(size=d)
        A, b = whitening(points.mean(axis=0), np.cov(points.T, bias=True).reshape(d, d))
        assert np.shape(A) == (d, d) and np.shape(b) == (d,)
        x = np.array([A @ z + b for z in points])
        assert np.abs(x.mean(axis=0)).max() < 1e-09
        assert np.abs(x.T @ x / 40 - np.eye(d)).max() < 1e-09

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements is decided wrongly. Try a z with two values only, and an A that mixes its entries.")
def test_moment_facts(moment_facts):
    import numpy as np
    coins = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])

    def cov_after(A, b):
        return np.cov((coins @ np.array(A).T + b).T, bias=True)
    turned, wide = ([[1.0, 2.0], [0.0, 3.0]], [[1.0, 2.0], [0.0, 3.0], [1.0, 1.0]])
    exact = np.allclose(cov_after(turned, 0), np.array(turned) @ np.array(turned).T)
    facts = {'any_distribution': exact}
    facts['shift_counts'] = not np.allclose(cov_after(turned, 0), cov_after(turned, [5.0, -7.0]))
    facts['square_only'] = not np.allclose(cov_after(wide, 0), np.array(wide) @ np.array(wide).T)
    facts['stays_diagonal'] = abs(cov_after(turned, 0)[0, 1]) < 1e-12
    x = coins @ np.array(turned).T
    facts['becomes_gaussian'] = np.allclose((x ** 4).mean(axis=0), 3 * (x ** 2).mean(axis=0) ** 2)
    for key, fact in facts.items():
        assert isinstance(moment_facts[key], (bool, np.bool_))
        assert bool(moment_facts[key]) is bool(fact)

