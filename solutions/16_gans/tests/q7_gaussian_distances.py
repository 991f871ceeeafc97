from otter.test_files import test_case

OK_FORMAT = False

name = "q7_gaussian_distances"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="From N(1, 2^2) to N(3, 2^2) the divergence is 0.5 and the squared distance 4; normal_facts holds five booleans.")
def test_moved_by_two(kl_normal, w2sq_normal, unit_curves, normal_facts):
    import numpy as np
    for name, function, expected in (('kl_normal', kl_normal, 0.5), ('w2sq_normal', w2sq_normal, 4.0)):
        got = function(1.0, 2.0, 3.0, 2.0)
        assert got is not None, f'{name}(...) returned None: expected a number'
        assert np.shape(got) == (), f'{name}: expected a single number, got shape {np.shape(got)}'
        assert abs(got - expected) < 1e-09, f'{name}(1, 2, 3, 2): expected {expected}, got {got}'
    got = unit_curves(np.array([0.0, 1.0, 2.0]))
    assert got is not None, 'unit_curves(...) returned None: expected two arrays'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'unit_curves should return (kl, w2sq)'
    for name, part in zip(('kl', 'w2sq'), got):
        assert np.shape(part) == (3,), f'unit_curves, {name}: expected shape (3,), got {np.shape(part)}'
        assert part[0] == 0, f'unit_curves, {name}: expected 0 at t = 0, got {part[0]}'
    assert isinstance(normal_facts, dict), 'normal_facts should be a dictionary'
    for key in ('kl_symmetric', 'w2_symmetric', 'w2_is_twice_kl', 'kl_stays_finite', 'w2_stays_finite'):
        got = normal_facts.get(key)
        assert isinstance(got, bool), f'normal_facts[{key!r}] should be True or False, got {got!r}'

@test_case(points=1, hidden=True, 
    failure_message="Numerical integration or torch gives another divergence or another cost of transport. The sigmas are deviations, not variances.")
def test_against_torch_and_quadrature(kl_normal, w2sq_normal):
    import numpy as np
    import torch
    rng = np.random.default_rng(181)
    m1, m2 = rng.normal(scale=3, size=(2, 50))
    s1, s2 = rng.uniform(0.2, 4, size=(2, 50))
    normal = lambda m, s: torch.distributions.Normal(torch.tensor(m), torch.tensor(s))
    expected = torch.distributions.kl_divergence(normal(m1, s1), normal(m2, s2)).numpy()
    assert np.allclose(kl_normal(m1, s1, m2, s2), expected, rtol=1e-09, atol=1e-09)
    u = (torch.arange(20000, dtype=torch.float64) + 0.5) / 20000
    for row in [*zip(m1[:6], s1[:6], m2[:6], s2[:6]), (0.0, 1.0, 0.0, 3.0), (1.0, 2.0, -1.0, 0.5)]:
        gaps = normal(*row[:2]).icdf(u) - normal(*row[2:]).icdf(u)
        cost = (gaps ** 2).mean().item()
        assert abs(w2sq_normal(*row) - cost) < 0.001 * (1 + cost)

@test_case(points=1, hidden=True, 
    failure_message="Arrays of different shapes are not broadcast, a distance is negative, or the curves for unit deviations are not right.")
def test_shapes_and_curves(kl_normal, w2sq_normal, unit_curves):
    import numpy as np
    import torch
    m = np.linspace(-2, 2, 5)[:, None]
    s = np.array([0.5, 1.0, 3.0])
    for function in (kl_normal, w2sq_normal):
        table = function(m, s, 0.5, 2.0)
        assert np.shape(table) == (5, 3)
        for i in range(5):
            for k in range(3):
                assert abs(table[i, k] - function(float(m[i, 0]), float(s[k]), 0.5, 2.0)) < 1e-12
    rng = np.random.default_rng(182)
    close = rng.uniform(0.1, 5, size=1000)
    nearly = close * (1 + 1e-09)
    assert (w2sq_normal(0.0, close, 0.0, close) == 0).all() and (w2sq_normal(0.0, close, 0.0, nearly) >= 0).all()
    t = np.linspace(-4, 4, 33)
    kl, w2sq = unit_curves(t)
    centre = torch.distributions.Normal(torch.zeros(33, dtype=torch.float64), 1.0)
    moved = torch.distributions.Normal(torch.tensor(t), 1.0)
    assert np.allclose(kl, torch.distributions.kl_divergence(moved, centre), atol=1e-10)
    assert np.allclose(w2sq, [abs(shift) * abs(shift) for shift in t], atol=1e-10)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about two Gaussians is decided wrongly. Try pairs with different deviations.")
def test_normal_facts(normal_facts):
    import numpy as np
    import torch

    def kl(m1, s1, m2, s2):
        normal = lambda m, s: torch.distributions.Normal(torch.tensor(m).double(), torch.tensor(s).double())
        return torch.distributions.kl_divergence(normal(m1, s1), normal(m2, s2)).item()
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    cost = lambda m1, s1, m2, s2: weights @ (m1 + s1 * nodes - m2 - s2 * nodes) ** 2 / np.sqrt(2 * np.pi)
    pairs = [(0.0, 1.0, 0.0, 3.0), (1.0, 2.0, -1.0, 0.5), (0.0, 1.0, 2.0, 1.0)]
    swapped = [(m2, s2, m1, s1) for m1, s1, m2, s2 in pairs]
    same = lambda measure: bool(np.allclose([measure(*a) for a in pairs], [measure(*b) for b in swapped]))
    twice = bool(np.allclose([cost(*a) for a in pairs], [2 * kl(*a) for a in pairs]))
    bounded = lambda measure: bool(measure(1.0, 1.0, 0.0, 1e-06) < 1000.0)
    assert normal_facts['kl_symmetric'] is same(kl)
    assert normal_facts['w2_symmetric'] is same(cost)
    assert normal_facts['w2_is_twice_kl'] is twice
    assert normal_facts['kl_stays_finite'] is bounded(kl)
    assert normal_facts['w2_stays_finite'] is bounded(cost)

