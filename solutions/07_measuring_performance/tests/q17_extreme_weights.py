from otter.test_files import test_case

OK_FORMAT = False

name = "q17_extreme_weights"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="The weights (1, 1, 2) have the effective sample size 16/6; clipped at 1 they are all 1. Without a shift every weight is 1.")
def test_three_weights(exact_weights, effective_size, expected_share, clip_weights, weight_facts):
    import numpy as np
    w = np.array([1.0, 1.0, 2.0])
    got = exact_weights(np.array([-1.0, 0.5]), 0.0)
    assert got is not None, 'exact_weights(...) returned None: expected an array'
    assert np.shape(got) == (2,), f'exact_weights: expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, 1), f'exact_weights without a shift: expected ones, got {got}'
    got = effective_size(w)
    assert got is not None, 'effective_size(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got - 16 / 6) < 1e-09, f'effective_size: expected 2.6667, got {got}'
    got = expected_share(0.0)
    assert got is not None, 'expected_share(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got - 1) < 1e-09, f'expected_share(0): expected 1, got {got}'
    got = clip_weights(w, 1.0)
    assert got is not None, 'clip_weights(...) returned None: expected an array'
    assert np.shape(got) == (3,), f'clip_weights: expected shape (3,), got {np.shape(got)}'
    assert np.allclose(got, 1), f'clip_weights at 1: expected ones, got {got}'
    assert isinstance(weight_facts, dict), 'weight_facts should be a dictionary'
    keys = ['unbiased_so_reliable', 'clipping_reduces_variance', 'clipping_adds_bias']
    for key in [*keys, 'measured_size_is_honest', 'weights_fill_gaps']:
        assert isinstance(weight_facts.get(key), bool), f'weight_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The weights are not the ratio of the two densities, or the expected share is not what these weights lead to.")
def test_weights_integrated(exact_weights, expected_share):
    import numpy as np
    import torch
    x = np.linspace(-14, 20, 4001)
    normal = lambda mean: torch.distributions.Normal(torch.tensor(mean, dtype=torch.float64), 1.0)
    source = normal(0.0).log_prob(torch.tensor(x)).exp().numpy()
    for delta in (0.0, 0.5, 1.0, -2.0, 3.0):
        got = exact_weights(x, delta)
        target = normal(delta).log_prob(torch.tensor(x)).exp().numpy()
        assert np.shape(got) == x.shape
        assert np.allclose(got * source, target, rtol=1e-09, atol=1e-300)
        if delta >= 0:
            first, second = (np.trapezoid((target / source) ** k * source, x) for k in (1, 2))
            assert abs(expected_share(delta) - first ** 2 / second) <= 1e-06 * first ** 2 / second
    assert abs(expected_share(-1.5) - expected_share(1.5)) < 1e-12

@test_case(points=2, hidden=True, 
    failure_message="Effective size or clipped weights are wrong. The unit of the weights must not matter to the size, and clipping comes before scaling.")
def test_sizes_and_caps(effective_size, clip_weights):
    from fractions import Fraction
    import numpy as np
    rng = np.random.default_rng(746)
    for n in (1, 2, 9, 100):
        assert abs(effective_size(np.full(n, 0.3)) - n) < 1e-09 * n
        assert abs(effective_size(np.eye(n)[n // 2] * 7) - 1) < 1e-12
        w = rng.exponential(size=2 * n)[::2]
        exact = sum(map(Fraction, w)) ** 2 / sum((Fraction(v) ** 2 for v in w))
        for scale in (1.0, 0.001, 1e+200, 1e-200):
            assert abs(effective_size(w * scale) - float(exact)) <= 1e-09 * float(exact)
        for cap in (0.1, 0.8, 2.0, 1000.0):
            got = clip_weights(w, cap)
            assert np.shape(got) == (n,)
            kept = [min(float(v), cap) for v in w]
            assert np.allclose(got / got.max(), np.array(kept) / max(kept), rtol=1e-12)
            assert abs(sum(got) - n) < 1e-09 * n

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements on large shifts is decided wrongly. Repeat the estimate on many data sets.")
def test_weight_facts(weight_facts):
    import numpy as np
    rng = np.random.default_rng(747)

    def estimates(delta, cap=np.inf):
        found = []
        for _ in range(300):
            x = rng.normal(size=500)
            w = np.minimum(np.exp(delta * x - delta ** 2 / 2), cap)
            found.append((w * x).mean() if cap == np.inf else (w * x).sum() / w.sum())
        return np.array(found)
    reliable = (np.abs(estimates(3.0) - 3) < 0.3).mean()
    plain, clipped = (estimates(2.0), estimates(2.0, 5.0))
    shares = []
    for _ in range(30):
        w = np.exp(4 * rng.normal(size=10000) - 8)
        shares.append(w.sum() ** 2 / (w ** 2).sum() / 10000 / np.exp(-16))
    x = rng.uniform(-1, 1, size=100000)
    gap = (x * (x > 0)).sum() / (x > 0).sum()
    assert weight_facts['unbiased_so_reliable'] is bool(reliable >= 0.5)
    assert weight_facts['clipping_reduces_variance'] is bool(clipped.std() < plain.std() / 2)
    assert weight_facts['clipping_adds_bias'] is bool(abs(clipped.mean() - 2) > 0.3)
    assert weight_facts['measured_size_is_honest'] is bool(np.median(shares) < 2)
    assert weight_facts['weights_fill_gaps'] is bool(abs(gap - 1) < 0.1)

