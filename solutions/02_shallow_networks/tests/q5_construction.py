from otter.test_files import test_case

OK_FORMAT = False

name = "q5_construction"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="One unit with phi (10, -2) and theta (-1, 1) gives the outputs 10 and 6 at x = 0 and 3, and the knots 0, 1, 3.")
def test_one_unit(construction, knots):
    import numpy as np
    phi, theta = (np.array([10.0, -2.0]), np.array([[-1.0, 1.0]]))
    got = construction(phi, theta, np.array([0.0, 3.0]))
    assert got is not None, 'construction(...) returned None: expected a dictionary'
    assert isinstance(got, dict), 'construction should return a dictionary'
    for key, expected in (('pre', [[-1, 2]]), ('act', [[0, 2]]), ('weighted', [[0, -4]]), ('out', [10, 6])):
        assert key in got, f'the dictionary has no entry {key!r}'
        value, shape = (np.asarray(got[key]), np.shape(expected))
        assert value.shape == shape, f'{key!r}: expected shape {shape}, got {value.shape}'
        assert np.allclose(value, expected), f'{key!r}: expected {expected}, got {value.tolist()}'
    got = knots(phi, theta, 0.0, 3.0)
    assert got is not None, 'knots(...) returned None: expected (xs, ys)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'knots should return (xs, ys)'
    xs, ys = (np.asarray(got[0]), np.asarray(got[1]))
    assert xs.shape == ys.shape == (3,), f'expected three knots, got shapes {xs.shape} and {ys.shape}'
    assert np.allclose(xs, [0, 1, 3]), f'xs: expected [0, 1, 3], got {xs.tolist()}'
    assert np.allclose(ys, [10, 10, 6]), f'ys: expected [10, 10, 6], got {ys.tolist()}'

@test_case(points=1, hidden=True, 
    failure_message="One of the four steps is wrong for some parameters. The ReLU acts before the weight, and phi_0 enters once, in the output.")
def test_steps_one_number_at_a_time(construction):
    import numpy as np
    rng = np.random.default_rng(36)
    for d, n in ((1, 1), (3, 1), (3, 7), (1, 5), (6, 40)):
        phi, theta = (rng.normal(size=d + 1), rng.normal(size=(d, 2)))
        x = rng.normal(size=2 * n)[::2] * 3
        got = construction(phi, theta, x)
        assert set(got) == {'pre', 'act', 'weighted', 'out'}
        for key in ('pre', 'act', 'weighted'):
            assert np.shape(got[key]) == (d, n)
        assert np.shape(got['out']) == (n,)
        for i in range(n):
            total = phi[0]
            for k in range(d):
                z = theta[k, 0] + theta[k, 1] * x[i]
                h = z if z > 0 else 0.0
                total += phi[k + 1] * h
                assert abs(got['pre'][k, i] - z) < 1e-12
                assert abs(got['act'][k, i] - h) < 1e-12
                assert abs(got['weighted'][k, i] - phi[k + 1] * h) < 1e-12
            assert abs(got['out'][i] - total) < 1e-12

@test_case(points=1, hidden=True, 
    failure_message="For the running example, with the old or the new third unit, the knots on [0, 2] are not right.")
def test_knots_of_the_example(knots):
    import numpy as np
    phi = np.array([-0.23, -1.3, 1.3, 0.66])
    theta = np.array([[-0.2, 0.4], [-0.9, 0.9], [-0.6, 0.5]])
    xs, ys = knots(phi, theta, 0.0, 2.0)
    assert np.allclose(xs, [0, 0.5, 1, 1.2, 2], atol=1e-09)
    assert np.allclose(ys, [-0.23, -0.23, -0.49, -0.36, 0.424], atol=1e-09)
    theta[2] = (1.1, -0.7)
    xs, ys = knots(phi, theta, 0.0, 2.0)
    assert np.allclose(xs, [0, 0.5, 1, 11 / 7, 2], atol=1e-09)
    slopes = np.diff(ys) / np.diff(xs)
    assert abs(ys[0] - 0.496) < 1e-09
    assert np.allclose(slopes, [-0.7 * 0.66, -0.52 - 0.462, -0.52 + 1.17 - 0.462, -0.52 + 1.17], atol=1e-09)

@test_case(points=1, hidden=True, 
    failure_message="For some network or interval, straight lines between your knots do not give the graph, or there are too many or too few knots.")
def test_knots_redraw_the_graph(knots):
    import numpy as np
    rng = np.random.default_rng(37)
    cases = [(rng.normal(size=d + 1), rng.normal(size=(d, 2)), -1.5, 1.0) for d in (1, 2, 3, 5, 9)]
    phi = np.array([1.0, 2.0, -1.0])
    cases.append((phi[:2], np.array([[-3.0, 1.0]]), 0.0, 2.0))
    cases.append((phi, np.array([[0.0, 1.0], [-2.0, 1.0]]), 0.0, 2.0))
    cases.append((phi, np.array([[0.5, 0.0], [-1.0, -1.0]]), -4.0, 2.0))
    cases.append((phi[:2], np.array([[-1.0, 0.0]]), -1.0, 1.0))
    cases.append((phi, np.array([[0.0, 2.0], [1.0, 3.0]]), -1.0, 1.0))
    for phi, theta, lo, hi in cases:
        xs, ys = knots(phi, theta, lo, hi)
        x = np.linspace(lo, hi, 501)
        f = phi[0] + sum((p * np.maximum(t0 + t1 * x, 0) for p, (t0, t1) in zip(phi[1:], theta)))
        between = sorted((-t0 / t1 for t0, t1 in theta if t1 != 0 and lo < -t0 / t1 < hi))
        assert np.shape(xs) == np.shape(ys) == (2 + len(between),)
        assert np.allclose(xs, [lo, *between, hi], rtol=0, atol=1e-12)
        assert np.allclose(np.interp(x, xs, ys), f, rtol=0, atol=1e-09)

