from otter.test_files import test_case

OK_FORMAT = False

name = "q17_relu_moment"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For the uniform density on [-1, 1] the triple is 1/4, 1/6, 1/6 - 1/16; moment_facts holds five booleans.")
def test_uniform(relu_moments, gaussian_relu, counterexample, moment_facts):
    import numpy as np
    got = relu_moments(lambda a: 0.5 + 0 * a, -1.0, 1.0)
    assert got is not None, 'relu_moments(...) returned None: expected three floats'
    assert np.shape(got) == (3,), f'relu_moments: expected three floats, got {got}'
    assert np.allclose(got, [1 / 4, 1 / 6, 1 / 6 - 1 / 16], atol=1e-05), f'expected 1/4, 1/6, 5/48, got {got}'
    got = gaussian_relu(1.0)
    assert got is not None, 'gaussian_relu(1.0) returned None: expected three floats'
    assert np.shape(got) == (3,), f'gaussian_relu: expected three floats, got {got}'
    got = counterexample()
    assert got is not None, 'counterexample() returned None: expected (values, probabilities)'
    assert len(got) == 2 and np.shape(got[0]) == np.shape(got[1]), 'values and probabilities should have one shape'
    keys = ['variance_halves', 'mean_zero_is_enough', 'bell_shape_is_needed', 'leaky_keeps_more', 'two_over_width']
    assert isinstance(moment_facts, dict), 'moment_facts should be a dictionary'
    for key in keys:
        assert isinstance(moment_facts.get(key), bool), f'moment_facts[{key!r}] should be True or False'

@test_case(points=1.5, hidden=True, 
    failure_message="A moment is wrong for some density. Not every density is symmetric, the negative side becomes 0, and b has a mean of its own.")
def test_densities(relu_moments, gaussian_relu):
    import math
    import numpy as np
    root = math.sqrt
    for s in (0.3, 1.0, 5.0):
        normal = lambda a, s=s: np.exp(-0.5 * (a / s) ** 2) / (s * root(2 * math.pi))
        laplace = lambda a, s=s: np.exp(-root(2) * np.abs(a) / s) / (root(2) * s)
        triangle = lambda a, s=s: (root(6) * s - np.abs(a)) / (6 * s * s)
        for pdf, high in ((normal, 9 * s), (laplace, 25 * s), (triangle, root(6) * s)):
            _, second, _ = got = relu_moments(pdf, -high, high)
            assert abs(second - s * s / 2) < 1e-05
            assert abs(got[2] - (second - got[0] ** 2)) < 1e-09
        mean = s * root(2 / math.pi) / 2
        expected = (mean, s * s / 2, s * s / 2 - mean ** 2)
        assert np.allclose(gaussian_relu(s), expected, rtol=1e-09, atol=0)
        assert np.allclose(relu_moments(normal, -9 * s, 9 * s), expected, rtol=0, atol=1e-05)
    shifted = relu_moments(lambda a: np.exp(-(a + 1)), -1.0, 40.0)
    assert np.allclose(shifted, [1 / math.e, 2 / math.e, 2 / math.e - math.e ** (-2)], rtol=0, atol=1e-05)
    assert np.allclose(relu_moments(lambda a: a / 4, 1.0, 3.0), [13 / 6, 5, 5 - (13 / 6) ** 2], rtol=0, atol=1e-05)
    assert np.allclose(relu_moments(lambda a: 0 * a + 0.5, -3.0, -1.0), 0, rtol=0, atol=1e-12)

@test_case(points=1.5, hidden=True, 
    failure_message="The counterexample has not the asked moments, or at least one of the five statements is decided wrongly.")
def test_counterexample_and_facts(counterexample, moment_facts):
    import math
    import numpy as np
    values, probabilities = (np.asarray(part, dtype=float) for part in counterexample())
    assert (probabilities >= 0).all() and abs(probabilities.sum() - 1) < 1e-09
    assert abs(probabilities @ values) < 1e-09 and abs(probabilities @ values ** 2 - 1) < 1e-09
    kept = probabilities @ np.maximum(values, 0) ** 2
    assert abs(kept - 0.5) > 0.1
    edges = np.linspace(-12, 12, 240001)
    a = (edges[1:] + edges[:-1]) / 2
    b = np.maximum(a, 0)

    def moments(pdf):
        mass = pdf(a) / pdf(a).sum()
        spread = mass @ a ** 2
        return ((mass @ b ** 2 - (mass @ b) ** 2) / spread, mass @ b ** 2 / spread, mass @ np.where(a > 0, a, 0.3 * a) ** 2 / spread)
    bell, flat = (moments(lambda a: np.exp(-a ** 2 / 2)), moments(lambda a: (np.abs(a) < 2) + 0.0))
    assert moment_facts['variance_halves'] is bool(abs(bell[0] - 0.5) < 0.001)
    assert moment_facts['mean_zero_is_enough'] is bool(abs(kept - 0.5) < 0.001)
    assert moment_facts['bell_shape_is_needed'] is bool(abs(flat[1] - 0.5) > 0.001)
    assert moment_facts['leaky_keeps_more'] is bool(abs(flat[2] - (1 + 0.09) / 2) < 0.001)
    rng = np.random.default_rng(628)
    before = rng.normal(size=100)
    hidden = np.maximum(rng.normal(size=(20000, 100)) * math.sqrt(2 / 100) @ before, 0)
    ratio = (hidden ** 2).mean() * 2 / (before ** 2).mean()
    assert moment_facts['two_over_width'] is bool(0.9 < ratio / 2 < 1.1)

