from otter.test_files import test_case

OK_FORMAT = False

name = "q15_shift_detector"
points = 6

@test_case(points=1, hidden=False, 
    failure_message="The scores (1, 2) against (2, 3) have the AUC 3.5 / 4; an AUC of one half has the p-value 0.5; detect_shift returns (shifted, p).")
def test_four_scores(auc, auc_p_value, detect_shift):
    import numpy as np
    got = auc(np.array([1.0, 2.0]), np.array([2.0, 3.0]))
    assert got is not None, 'auc(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got - 0.875) < 1e-09, f'auc: expected 0.875, got {got}'
    got = auc_p_value(0.5, 10, 20)
    assert got is not None, 'auc_p_value(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got - 0.5) < 1e-09, f'auc_p_value(0.5, 10, 20): expected 0.5, got {got}'
    rng = np.random.default_rng(0)
    got = detect_shift(rng.normal(size=(60, 2)), 5 + rng.normal(size=(60, 2)), 0.01)
    assert got is not None, 'detect_shift(...) returned None: expected (shifted, p)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'detect_shift should return (shifted, p)'
    assert isinstance(got[0], (bool, np.bool_)), f'shifted should be True or False, got {got[0]}'
    assert 0 <= got[1] <= 1, f'p should be a probability, got {got[1]}'
    assert got[0], 'detect_shift: a mean that moves by 5 should be found'

@test_case(points=1, hidden=True, 
    failure_message="The AUC is wrong for some scores. Ties count one half, and the two sets may differ in size.")
def test_auc_by_counting(auc):
    import numpy as np
    rng = np.random.default_rng(741)
    for m, k in ((1, 1), (1, 7), (9, 2), (30, 40)):
        for scale in (1, 4, 1000):
            s, t = rng.integers(0, scale + 1, size=(2, m + k)) / 7
            s, t = (s[:m], t[:k] + 0.5 * (scale == 4))
            wins = sum((1.0 if b > a else 0.5 if a == b else 0.0 for a in s for b in t))
            assert abs(auc(s, t) - wins / (m * k)) < 1e-12
    assert auc(np.array([-1e+300, 0.0]), np.array([1e-300])) == 1

@test_case(points=1, hidden=True, 
    failure_message="The p-value is not the upper tail of that normal distribution, or it loses its digits far out.")
def test_tail_integrated(auc_p_value):
    import numpy as np
    nodes, weights = np.polynomial.laguerre.laggauss(60)
    for m, k in ((10, 10), (150, 50), (7, 400), (1, 1)):
        spread = np.sqrt((m + k + 1) / (12 * m * k))
        for z in (0.5, 1.0, 2.3, 6.0, 12.0, 25.0):
            tail = (weights * np.exp(-nodes ** 2 / (2 * z * z))).sum() / z * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
            assert abs(auc_p_value(0.5 + z * spread, m, k) - tail) <= (0.002 if z < 2 else 1e-06) * tail
            assert abs(auc_p_value(0.5 - z * spread, m, k) - (1 - tail)) <= 0.002

@test_case(points=1.5, hidden=True, 
    failure_message="The detector raises alarms where there is no shift, or its p-values do not look like those of chance. Which inputs is the classifier judged on?")
def test_false_alarms(detect_shift):
    import numpy as np
    rng = np.random.default_rng(742)
    found = []
    for m, k, d in [(60, 60, 8), (80, 60, 8), (300, 60, 3), (60, 150, 2)] * 15:
        xs, xt = (1 + rng.normal(size=(m, d)), 1 + rng.normal(size=(k, d)))
        found.append(detect_shift(xs, xt, 0.01))
    p = np.array([one[1] for one in found])
    assert sum((bool(one[0]) for one in found)) <= 5
    assert abs(p.mean() - 0.5) < 0.24
    assert all((bool(one[0]) == (one[1] <= 0.01) for one in found))
    xs, xt = (rng.normal(size=(60, 2)), rng.normal(size=(90, 2)))
    p = detect_shift(xs, xt, 0.01)[1]
    assert not detect_shift(xs, xt, p * 0.99)[0] and detect_shift(xs, xt, p)[0]

@test_case(points=1.5, hidden=True, 
    failure_message="The detector misses a shift of the mean or of the spread too often. Is a wider spread seen when the mean is far from zero?")
def test_power(detect_shift):
    import numpy as np
    rng = np.random.default_rng(743)
    for shift, stretch in ((0.4, 1.0), (0.0, 2.0)):
        caught = 0
        for feature in list(range(3)) * 6:
            xs, xt = (rng.normal(size=(300, 3)), rng.normal(size=(300, 3)))
            xs[:, feature] -= shift
            xt[:, feature] = stretch * xt[:, feature] + shift
            caught += bool(detect_shift(xs, xt, 0.01)[0])
        assert caught >= 15
    xs, xt = (20 + rng.normal(size=(300, 1)), 20 + 3 * rng.normal(size=(200, 1)))
    assert detect_shift(xs, xt, 0.01)[0]

