from otter.test_files import test_case

OK_FORMAT = False

name = "q10_control_variate"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="The pairs (0, 0), (1, 2) have the coefficient 1/2, the range (0, 1), and the estimate 1 if the mean of b is 2; with the correlation 0 all of the variance is left.")
def test_two_pairs(best_coefficient, helpful_range, control_estimate, variance_left, exp_coefficient, exp_left):
    import numpy as np
    a, b = (np.array([0.0, 1.0]), np.array([0.0, 2.0]))
    got = best_coefficient(a, b)
    assert got is not None, 'best_coefficient(...) returned None: expected a float'
    assert np.shape(got) == () and np.isclose(got, 0.5), f'best_coefficient: expected 1/2, got {got}'
    got = helpful_range(a, b)
    assert got is not None, 'helpful_range(...) returned None: expected the pair (low, high)'
    assert np.shape(got) == (2,) and np.allclose(got, [0, 1]), f'helpful_range: expected (0, 1), got {got}'
    got = control_estimate(a, b, 2.0)
    assert got is not None, 'control_estimate(...) returned None: expected a float'
    assert np.shape(got) == () and np.isclose(got, 1), f'control_estimate: expected 1, got {got}'
    got = variance_left(0.0)
    assert got is not None, 'variance_left(...) returned None: expected a float'
    assert np.isclose(got, 1), f'variance_left(0): expected 1, got {got}'
    for name, value in (('exp_coefficient', exp_coefficient), ('exp_left', exp_left)):
        assert value is not ..., f'{name} is still missing'
        assert np.shape(value) == (), f'{name} should be a single number, got {value!r}'

@test_case(points=1, hidden=True, 
    failure_message="For some sample another coefficient gives a smaller variance, or the range holds coefficients that do not help. Try quantities that move in opposite directions.")
def test_variance_over_coefficients(best_coefficient, helpful_range):
    import numpy as np
    rng = np.random.default_rng(2024)
    for n, slope, scale in ((2, 1.0, 1.0), (5, -2.0, 3.0), (40, 0.3, 0.1), (300, -0.01, 10.0), (30, 0.0, 2.0)):
        b = scale * rng.normal(size=2 * n)[::2] + 3
        a = slope * b + rng.normal(size=n) - 7
        line = np.linalg.lstsq(np.stack([b, np.ones(n)], axis=1), a, rcond=None)[0][0]
        got = best_coefficient(a, b)
        assert np.shape(got) == () and abs(got - line) <= 1e-09 * (1 + abs(line))
        low, high = helpful_range(a, b)
        assert low <= got <= high
        for end in (low, high):
            assert abs((a - end * b).var() / a.var() - 1) <= 1e-09
        assert (a - 0.5 * (low + high) * b).var() < a.var() and high - low > abs(line)
    flat = helpful_range(np.array([1.0, 1.0, -1.0, -1.0]), np.array([1.0, -1.0, 1.0, -1.0]))
    assert np.abs(flat).max() <= 1e-12

@test_case(points=1, hidden=True, 
    failure_message="The estimate is not the mean of the corrected draws, or it is further off than the plain mean where it should be closer. Which mean of b is subtracted?")
def test_estimates(control_estimate):
    import numpy as np
    rng = np.random.default_rng(2025)
    plain, better = ([], [])
    for _ in range(150):
        b = rng.normal(size=40) + 1
        a = rng.choice([2.0, -2.0]) * (b - 1) + 0.3 * rng.normal(size=40) + 5
        line = np.polyfit(b, a, 1)
        got = control_estimate(a, b, 1.0)
        assert abs(got - np.polyval(line, 1.0)) <= 1e-09
        plain.append(a.mean() - 5)
        better.append(got - 5)
    assert np.mean(np.square(better)) <= 0.1 * np.mean(np.square(plain))

@test_case(points=1, hidden=True, 
    failure_message="The share of the variance that is left, or the example with the exponential, is wrong.")
def test_share_and_example(variance_left, exp_coefficient, exp_left):
    import numpy as np
    rng = np.random.default_rng(2026)
    for _ in range(10):
        a, b = rng.normal(size=(2, 2)) @ rng.normal(size=(2, 60))
        residual = a - np.polyval(np.polyfit(b, a, 1), b)
        assert abs(variance_left(np.corrcoef(a, b)[0, 1]) - residual.var() / a.var()) <= 1e-09
    assert abs(variance_left(-1.0)) <= 1e-12
    u = (np.arange(200000) + 0.5) / 200000
    a, b = (np.exp(u), u - 0.5)
    c = a @ b / (b @ b)
    assert abs(exp_coefficient - c) <= 1e-05
    assert abs(exp_left - (a - c * b).var() / a.var()) <= 1e-05

