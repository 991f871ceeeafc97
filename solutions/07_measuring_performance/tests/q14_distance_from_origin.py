from otter.test_files import test_case

OK_FORMAT = False

name = "q14_distance_from_origin"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="(3, 4) has the distance 5. For D = 2 the density at r = 1 is exp(-1/2); for D = 1 the mean is sqrt(2 / pi).")
def test_small_dimensions(distances, distance_density, distance_moments, distance_law, distance_facts):
    import math
    import numpy as np
    got = distances(np.array([[3.0, 4.0], [0.0, -1.0]]))
    assert got is not None, 'distances(...) returned None: expected an array of shape (N,)'
    assert np.shape(got) == (2,), f'distances: expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, [5, 1]), f'distances: expected [5, 1], got {got}'
    got = distance_density(np.array([1.0]), 2)
    assert got is not None, 'distance_density(...) returned None: expected an array'
    assert np.shape(got) == (1,), f'distance_density: expected shape (1,), got {np.shape(got)}'
    assert np.allclose(got, math.exp(-0.5)), f'distance_density(1, D=2): expected {math.exp(-0.5):.5f}, got {got}'
    got = distance_moments(1)
    assert got is not None, 'distance_moments(...) returned None: expected (mean, standard deviation)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'distance_moments should return two numbers'
    assert abs(got[0] - math.sqrt(2 / math.pi)) < 1e-09, f'mean for D = 1: expected {math.sqrt(2 / math.pi):.5f}, got {got[0]}'
    laws = ('normal', 'chi-square', 'chi', 'Poisson', 'beta')
    assert isinstance(distance_law, str) and distance_law in laws, f'distance_law should be one of {laws}'
    assert isinstance(distance_facts, dict), 'distance_facts should be a dictionary'
    for key in ('spread_grows', 'most_near_the_origin', 'thin_shell', 'mean_is_root'):
        assert isinstance(distance_facts.get(key), bool), f'distance_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="Distances, density or moments are wrong in some dimension. Does the density integrate to one, without overflow for D = 2000?")
def test_against_torch_and_integrals(distances, distance_density, distance_moments):
    import numpy as np
    import torch
    rng = np.random.default_rng(734)
    for n, d in ((1, 1), (5, 3), (40, 25)):
        z = rng.normal(size=(n, 2 * d))[:, ::2] * 3
        assert np.allclose(distances(z), torch.linalg.vector_norm(torch.tensor(z), dim=1).numpy(), rtol=1e-12)
    for d in (1, 2, 3, 7, 25, 100, 500, 2000):
        r = np.linspace(max(d ** 0.5 - 8, 0) + 0.0001, d ** 0.5 + 8, 2001)
        square = torch.distributions.Chi2(torch.tensor(float(d), dtype=torch.float64))
        expected = (square.log_prob(torch.tensor(r ** 2)).exp() * 2 * torch.tensor(r)).numpy()
        got = distance_density(r, d)
        assert np.shape(got) == r.shape
        assert np.allclose(got, expected, rtol=1e-08, atol=1e-14)
        mass = np.trapezoid(expected, r)
        first, second = (np.trapezoid(r ** k * expected, r) / mass for k in (1, 2))
        mean, spread = distance_moments(d)
        assert abs(mean - first) < 0.001 and abs(spread - np.sqrt(second - first ** 2)) < 0.001
        assert abs(mean ** 2 + spread ** 2 - d) < 1e-06 * d
    for d in (1, 4, 99, 1000):
        assert abs(distance_moments(d)[0] * distance_moments(d + 1)[0] - d) < 1e-09 * d

@test_case(points=1, hidden=True, 
    failure_message="The name of the law or one of the four statements is wrong. Measure mean and spread of simulated distances.")
def test_distance_facts(distance_law, distance_facts):
    import numpy as np
    import torch
    rng = np.random.default_rng(735)
    r = {d: np.linalg.norm(rng.normal(size=(n, d)), axis=1) for d, n in ((5, 20000), (25, 4000), (500, 4000))}
    near = lambda sample, mean, variance: bool(abs(sample.mean() - mean) + abs(sample.var() / variance - 1) < 0.3)
    skew = ((r[5] - r[5].mean()) ** 3).mean() / r[5].std() ** 3
    laws = {'chi-square': near(r[5], 5, 10), 'chi': near(r[5] ** 2, 5, 10) and skew > 0.15, 'normal': bool(skew < 0.15), 'Poisson': near(r[5], r[5].mean(), r[5].mean()), 'beta': bool(r[5].max() < 1)}
    assert [name for name, fits in laws.items() if fits] == [distance_law]
    far = torch.tensor(500.0, dtype=torch.float64).sqrt()
    assert distance_facts['spread_grows'] is bool(r[500].std() > 2 * r[25].std())
    assert distance_facts['most_near_the_origin'] is bool((r[25] < 1).mean() > 0.5)
    assert distance_facts['thin_shell'] is bool((np.abs(r[500] - float(far)) < 3).mean() > 0.99)
    assert distance_facts['mean_is_root'] is bool(abs(np.abs(rng.normal(size=4000)).mean() - 1) < 0.1)

