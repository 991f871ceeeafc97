from otter.test_files import test_case

OK_FORMAT = False

name = "q11_nearly_orthogonal"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="(1, 0) and (0, 2) are at 90 degrees, (1, 0) and (1, 1) at 45. For D = 3 the probability of more than 30 degrees is 0.5.")
def test_right_angle(angles, cosine_std, prob_outside, angle_facts):
    import numpy as np
    got = angles(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([[0.0, 2.0], [1.0, 1.0]]))
    assert got is not None, 'angles(...) returned None: expected an array of shape (N,)'
    assert np.shape(got) == (2,), f'angles: expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, [90, 45]), f'angles: expected [90, 45] degrees, got {got}'
    got = cosine_std(1)
    assert got is not None, 'cosine_std(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got - 1) < 1e-09, f'cosine_std(1): the cosine is 1 or -1, so 1; got {got}'
    got = prob_outside(3, 30.0)
    assert got is not None, 'prob_outside(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got - 0.5) < 1e-06, f'prob_outside(3, 30): expected 0.5, got {got}'
    assert isinstance(angle_facts, dict), 'angle_facts should be a dictionary'
    keys = ['std_like_one_over_d', 'product_vanishes', 'plane_is_uniform', 'uniform_entries_too']
    for key in [*keys, 'hundred_vectors']:
        assert isinstance(angle_facts.get(key), bool), f'angle_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="Some angle is wrong. The lengths of both vectors matter, and rounding may push a cosine beyond 1.")
def test_constructed_angles(angles):
    import numpy as np
    rng = np.random.default_rng(731)
    for d in (2, 3, 10, 500):
        q = np.linalg.qr(rng.normal(size=(d, 2)))[0].T
        wanted = np.array([0.0, 180.0, 90.0, 1.0, 37.0, 142.5, 90.001, 179.0])
        x = rng.uniform(0.1, 50, size=(8, 1)) * q[0]
        y = rng.uniform(0.1, 50, size=(8, 1)) * (np.cos(np.radians(wanted))[:, None] * q[0] + np.sin(np.radians(wanted))[:, None] * q[1])
        got = angles(x, y)
        assert np.shape(got) == (8,)
        assert np.abs(got - wanted).max() < 0.0001
    x = rng.normal(size=(400, 14))[:, ::2]
    got = angles(x, x * rng.uniform(0.1, 3, size=(400, 1)))
    assert np.isfinite(got).all() and np.abs(got).max() < 0.0001
    assert np.allclose(angles(x[:1], -3 * x[:1]), 180, atol=0.0001)

@test_case(points=2, hidden=True, 
    failure_message="Standard deviation or probability is wrong for some dimension. Compare with simulated angles.")
def test_integrated_density(cosine_std, prob_outside):
    import numpy as np
    nodes, weights = np.polynomial.legendre.leggauss(60)

    def integral(f, a, b):
        edges = np.linspace(a, b, 41)
        half = np.diff(edges)[:, None] / 2
        places = edges[:-1, None] + half + half * nodes
        return (half * weights * f(places)).sum()
    for d in (2, 3, 4, 5, 6, 7, 10, 25, 100, 1000, 1001, 5000):
        density = lambda t: np.sin(t) ** (d - 2)
        total = integral(density, 0, np.pi)
        variance = integral(lambda t: np.cos(t) ** 2 * density(t), 0, np.pi) / total
        assert abs(cosine_std(d) - np.sqrt(variance)) < 1e-09
        for tolerance in (0.0, 0.5, 2.0, 5.0, 10.0, 33.0, 75.0, 90.0):
            expected = 2 * integral(density, 0, np.radians(90 - tolerance)) / total
            assert abs(prob_outside(d, tolerance) - expected) < 1e-08
    assert cosine_std(1) == 1

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements on angles is decided wrongly. Simulate.")
def test_angle_facts(angle_facts):
    import numpy as np
    rng = np.random.default_rng(732)

    def cosines(x, y):
        return (x * y).sum(axis=1) / np.sqrt((x ** 2).sum(axis=1) * (y ** 2).sum(axis=1))
    few, many = (rng.normal(size=(2, 2000, d)) for d in (10, 1000))
    ratio = cosines(*few).std() / cosines(*many).std()
    products = [np.abs((x * y).sum(axis=1)).mean() for x, y in (few, many)]
    plane = np.degrees(np.arccos(cosines(*rng.normal(size=(2, 20000, 2)))))
    shares = np.histogram(plane, bins=6, range=(0, 180))[0] / 20000
    uniform = np.degrees(np.arccos(cosines(*rng.uniform(size=(2, 200, 1000))))).mean()
    worst = []
    for _ in range(20):
        z = rng.normal(size=(100, 1000))
        z /= np.linalg.norm(z, axis=1, keepdims=True)
        worst.append(np.degrees(np.arcsin(np.abs(np.triu(z @ z.T, 1)).max())))
    assert angle_facts['std_like_one_over_d'] is bool(ratio > 50)
    assert angle_facts['product_vanishes'] is bool(products[1] < products[0])
    assert angle_facts['plane_is_uniform'] is bool(np.abs(shares - 1 / 6).max() < 0.03)
    assert angle_facts['uniform_entries_too'] is bool(abs(uniform - 90) < 10)
    assert angle_facts['hundred_vectors'] is bool(max(worst) < 10)

