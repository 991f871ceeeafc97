from otter.test_files import test_case

OK_FORMAT = False

name = "q1_gaussian_prior"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="With one example (x = 2, y = 3), phi = 1 and sigma = s = 1 the posterior gives 2.838 and its maximum is at 1.2; prior_facts holds four booleans.")
def test_one_example(l2_coefficient, neg_log_posterior, map_estimate, prior_facts):
    import numpy as np
    X, y = (np.array([[2.0]]), np.array([3.0]))
    got = neg_log_posterior(np.array([1.0]), X, y, 1.0, 1.0)
    assert got is not None, 'neg_log_posterior(...) returned None: expected a float'
    assert np.shape(got) == (), f'neg_log_posterior should be a single number, got shape {np.shape(got)}'
    assert abs(got - 2.838) < 0.001, f'neg_log_posterior: expected 2.838, got {got}'
    got = map_estimate(X, y, 1.0, 1.0)
    assert got is not None, 'map_estimate(...) returned None: expected an array of shape (D,)'
    assert np.shape(got) == (1,), f'map_estimate: expected shape (1,), got {np.shape(got)}'
    assert abs(got[0] - 1.2) < 1e-09, f'map_estimate: expected [1.2], got {got}'
    for reduction in ('sum', 'mean'):
        got = l2_coefficient(1.0, 10, reduction)
        assert got is not None, 'l2_coefficient(...) returned None: expected a float'
        assert np.shape(got) == () and got > 0, f'l2_coefficient should be one positive number, got {got}'
    assert isinstance(prior_facts, dict), 'prior_facts should be a dictionary'
    for key in ('narrow_is_strong', 'counted_per_example', 'data_win', 'only_the_ratio'):
        assert isinstance(prior_facts.get(key), bool), f'prior_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="neg_log_posterior is not minus the logarithm of the product of all densities, the prior counted once.")
def test_densities(neg_log_posterior):
    import numpy as np
    import torch
    from torch.distributions import Normal
    rng = np.random.default_rng(801)
    for n, d in ((1, 1), (1, 4), (30, 4), (4, 30), (200, 3)):
        for sigma, s in ((1.0, 1.0), (0.1, 3.0), (20.0, 0.05), (0.7, 0.7)):
            X, y, phi = (rng.normal(size=(n, d)), rng.normal(size=n) * 3, rng.normal(size=d))
            f, zeros, ones = (torch.tensor(X @ phi), torch.zeros(d), torch.ones(1, dtype=torch.float64))
            expected = -Normal(f, sigma * ones).log_prob(torch.tensor(y)).sum()
            expected -= Normal(zeros, s * ones).log_prob(torch.tensor(phi)).sum()
            got = neg_log_posterior(phi, X, y, sigma, s)
            assert abs(got - expected.item()) <= 1e-09 * (1 + abs(expected.item()))

@test_case(points=1, hidden=True, 
    failure_message="The penalised loss and the posterior do not have the same minimum. A factor is lost, turned upside down, or the prior is counted once per example.")
def test_same_minimum(l2_coefficient, map_estimate):
    import numpy as np
    rng = np.random.default_rng(802)
    for n, d in ((1, 1), (2, 5), (30, 4), (50, 1)):
        for sigma, s in ((1.0, 1.0), (0.3, 2.0), (2.0, 0.4), (0.5, 0.5)):
            X, y = (rng.normal(size=(n, d)), rng.normal(size=n))
            rows = np.vstack([X / sigma, np.eye(d) / s])
            best = np.linalg.lstsq(rows, np.append(y / sigma, np.zeros(d)), rcond=None)[0]
            got = map_estimate(X, y, sigma, s)
            assert np.shape(got) == (d,) and np.allclose(got, best, rtol=1e-08, atol=1e-09)
            slope = X.T @ (X @ best - y) / sigma ** 2
            for reduction, examples in (('sum', 1), ('mean', n)):
                total = slope / examples + 2 * l2_coefficient(s, n, reduction) * best
                assert np.abs(total).max() < 1e-09 * (1 + np.abs(slope).max())

@test_case(points=1, hidden=True, 
    failure_message="At least one of the four statements about priors is decided wrongly.")
def test_prior_facts(prior_facts):
    import numpy as np
    rng = np.random.default_rng(803)
    X, y = (rng.normal(size=(12, 3)), rng.normal(size=12))

    def best(X, y, sigma, s):
        rows = np.vstack([X / sigma, np.eye(3) / s])
        return np.linalg.lstsq(rows, np.append(y / sigma, np.zeros(3)), rcond=None)[0]

    def strength(phi, X, y):
        return -(phi @ (X.T @ (X @ phi - y))) / (2 * phi @ phi)
    narrow, wide = (strength(best(X, y, 1.0, s), X, y) for s in (0.2, 2.0))
    X2, y2 = (np.tile(X, (2, 1)), np.tile(y, 2))
    doubled = strength(best(X2, y2, 1.0, 2.0), X2, y2)
    plain = np.linalg.lstsq(X, y, rcond=None)[0]
    many = best(np.tile(X, (400, 1)), np.tile(y, 400), 1.0, 0.5)
    assert prior_facts['narrow_is_strong'] is bool(narrow > wide)
    assert prior_facts['counted_per_example'] is bool(abs(doubled / wide - 2) < 0.1)
    assert prior_facts['data_win'] is bool(np.abs(many - plain).max() < 0.01)
    assert prior_facts['only_the_ratio'] is bool(np.allclose(best(X, y, 1.0, 0.2), best(X, y, 3.0, 0.6)))

