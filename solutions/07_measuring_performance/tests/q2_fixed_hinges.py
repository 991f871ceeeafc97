from otter.test_files import test_case

OK_FORMAT = False

name = "q2_fixed_hinges"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="With D = 2 the fit to (0, 1), (0.5, 2), (1, 2) is beta = 1, omega = (2, -2), and it is the only one.")
def test_three_pairs(first_layer, hinge_design, fit_last_layer, fit_is_unique):
    import numpy as np
    got = first_layer(3)
    assert got is not None, 'first_layer(3) returned None: expected (biases, weights)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'first_layer should return (biases, weights)'
    for name, values in zip(('biases', 'weights'), got):
        assert np.shape(values) == (3,), f'{name}: expected shape (3,), got {np.shape(values)}'
    x, y = (np.array([0.0, 0.5, 1.0]), np.array([1.0, 2.0, 2.0]))
    got = hinge_design(x, 2)
    assert got is not None, 'hinge_design(...) returned None: expected an array of shape (N, D + 1)'
    assert np.shape(got) == (3, 3), f'hinge_design with N = 3, D = 2: expected shape (3, 3), got {np.shape(got)}'
    assert np.allclose(got[2], [1, 1, 0.5]), f'hinge_design: the row of x = 1 should be [1, 1, 0.5], got {got[2]}'
    got = fit_last_layer(x, y, 2)
    assert got is not None, 'fit_last_layer(...) returned None: expected (beta, omega)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'fit_last_layer should return (beta, omega)'
    beta, omega = got
    assert np.shape(beta) == () and np.isclose(beta, 1), f'beta: expected 1, got {beta}'
    assert np.shape(omega) == (2,), f'omega: expected shape (2,), got {np.shape(omega)}'
    assert np.allclose(omega, [2, -2]), f'omega: expected [2, -2], got {omega}'
    got = fit_is_unique(x, 2)
    assert isinstance(got, (bool, np.bool_)), f'fit_is_unique should return True or False, got {got}'
    assert got, 'fit_is_unique([0, 0.5, 1], 2): expected True, got False'

@test_case(points=1, hidden=True, 
    failure_message="A hidden unit has the wrong joint or slope. Where does theta_0 + theta_1 x cross zero?")
def test_units_probed(first_layer, hinge_design):
    import numpy as np
    for d in (1, 2, 3, 5, 14):
        biases, weights = first_layer(d)
        assert np.shape(biases) == np.shape(weights) == (d,)
        for k in range(d):
            unit = lambda x: max(biases[k] + weights[k] * x, 0)
            for right in (0.01, 0.3, 1.0):
                assert abs(unit(k / d + right) - right) < 1e-12
                assert unit(k / d - right) == 0
        x = np.array([1.0, 0.0, 0.37, 1 / d, 0.9, 0.37])
        got = hinge_design(x, d)
        assert np.shape(got) == (6, d + 1)
        for i, value in enumerate(x):
            expected = [1.0] + [max(value - k / d, 0.0) for k in range(d)]
            assert np.allclose(got[i], expected, rtol=0, atol=1e-12)

@test_case(points=2, hidden=True, 
    failure_message="For some data the fit is not the best one, or of several best ones not the shortest. Units that see no data get no weight.")
def test_fit_is_optimal(fit_last_layer):
    import numpy as np
    import torch
    rng = np.random.default_rng(703)
    design = lambda x, d: np.array([[1.0] + [max(v - k / d, 0) for k in range(d)] for v in x])
    for d in (1, 3, 6):
        x = rng.permutation(np.arange(2 * d) / (2 * d) + rng.uniform(0.1, 0.4, size=2 * d) / d)
        true = rng.normal(size=d + 1)
        beta, omega = fit_last_layer(x, design(x, d) @ true, d)
        assert np.shape(omega) == (d,)
        assert np.allclose([beta, *omega], true, rtol=0, atol=1e-08)
    cases = [(rng.uniform(0, 1, size=n), d) for n, d in ((40, 3), (60, 5), (30, 1))]
    cases += [(rng.uniform(0, 0.3, size=9), 3), (rng.uniform(0.7, 1, size=9), 3), (np.array([0.5]), 3)]
    cases += [(np.array([0.2, 0.9]), 4), (np.full(5, 0.8), 2), (np.zeros(3), 2), (rng.uniform(0, 1, size=14)[::2], 10)]
    for x, d in cases:
        y = rng.normal(size=len(x))
        a = design(x, d)
        beta, omega = fit_last_layer(x, y, d)
        got = np.array([beta, *omega])
        assert np.abs(a.T @ (a @ got - y)).max() < 1e-08
        expected = torch.linalg.pinv(torch.tensor(a), rtol=1e-10) @ torch.tensor(y)
        assert np.allclose(got, expected.numpy(), rtol=1e-07, atol=1e-08)
    beta, omega = fit_last_layer(np.array([0.0, 0.1, 0.3]), np.array([1.0, 2.0, 2.5]), 3)
    assert np.abs(omega[1:]).max() < 1e-12

@test_case(points=1, hidden=True, 
    failure_message="fit_is_unique is wrong for some inputs. Enough points are not enough; it matters where they lie.")
def test_uniqueness_by_hats(fit_is_unique):
    from itertools import combinations, product
    import numpy as np

    def determined(x, d):
        return any((all((abs(v - k / d) < 1 / d - 1e-09 for k, v in enumerate(chosen))) for chosen in combinations(sorted(set(x)), d + 1)))
    seen = []
    places = (0.0, 0.1, 0.2, 1 / 3, 0.4, 0.55, 2 / 3, 0.75, 0.9, 1.0)
    rng = np.random.default_rng(704)
    cases = [(places[i:i + 1], 1) for i in range(2)] + [(pair, 1) for pair in ((0.2, 0.9), (0.4, 0.4), (0.0, 1.0))]
    cases += [(rng.choice(places, size=n), 3) for n in (3, 4, 4, 4, 5, 5, 5, 6, 6, 8) for _ in range(6)]
    cases += [(row, 2) for row in product((0.1, 0.4, 0.5, 0.8), repeat=3)]
    for x, d in cases:
        expected = determined(x, d)
        seen.append(expected)
        got = fit_is_unique(np.array(x, dtype=np.float64), d)
        assert got is not None and bool(got) is expected
    assert 20 < sum(seen) < len(seen) - 20

