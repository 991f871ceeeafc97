from otter.test_files import test_case

OK_FORMAT = False

name = "q7_inverse_chain"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="For f_1 = 2 h, f_2 = exp(h) and x = 1 the states are 0, 0, 1, the Jacobian is 1/2, and its logarithm -0.693.")
def test_two_layers(states, inverse_jacobian, inverse_logabsdet):
    import math
    import numpy as np
    double = (lambda h: 2 * h, lambda h: h / 2, lambda h: np.array([[2.0]]))
    power = (np.exp, np.log, lambda h: np.diag(np.exp(h)))
    layers, x = ([double, power], np.array([1.0]))
    got = states(layers, x)
    assert got is not None, 'states(...) returned None: expected a list of three arrays'
    assert isinstance(got, (list, tuple)) and len(got) == 3, 'states should return a list of three arrays'
    values = [np.asarray(h, dtype=float).ravel().tolist() for h in got]
    assert np.allclose(values, [[0], [0], [1]]), f'states: expected [0], [0], [1], got {values}'
    got = inverse_jacobian(layers, x)
    assert got is not None, 'inverse_jacobian(...) returned None: expected an array of shape (1, 1)'
    assert np.shape(got) == (1, 1), f'inverse_jacobian: expected shape (1, 1), got {np.shape(got)}'
    assert abs(got[0][0] - 0.5) < 1e-09, f'inverse_jacobian: expected 1/2, got {got[0][0]}'
    got = inverse_logabsdet(layers, x)
    assert got is not None, 'inverse_logabsdet(...) returned None: expected a float'
    assert np.shape(got) == (), f'inverse_logabsdet: expected a single number, got shape {np.shape(got)}'
    assert abs(got + math.log(2)) < 1e-09, f'inverse_logabsdet: expected -log 2 = -0.693, got {got}'

@test_case(points=2, hidden=True, 
    failure_message="The states or the Jacobian of the inverse are wrong for some chain. In which order do the factors stand, and at which state is each of them taken?")
def test_finite_differences(states, inverse_jacobian):
    import numpy as np
    rng = np.random.default_rng(177)

    def layer(d):
        """A turn, a stretch and a shift, then arcsinh in every entry: nonlinear, and easy to undo."""
        A, b = (np.linalg.qr(rng.normal(size=(d, d)))[0] * rng.uniform(0.7, 1.8, size=d), rng.normal(size=d))
        there, back = (lambda h: np.arcsinh(A @ h + b), lambda h: np.linalg.solve(A, np.sinh(h) - b))
        return (there, back, lambda h: A / np.sqrt(1 + (A @ h + b)[:, None] ** 2))
    for d, depth in ((1, 1), (2, 1), (3, 2), (2, 4), (3, 3)):
        layers = [layer(d) for _ in range(depth)]
        z = rng.normal(size=d) / 2
        expected = [z]
        for forward, _, _ in layers:
            expected.append(forward(expected[-1]))
        x = expected[-1]
        found = states(layers, x)
        assert len(found) == depth + 1
        assert all((np.shape(h) == (d,) and np.allclose(h, e, rtol=1e-08, atol=1e-08) for h, e in zip(found, expected)))

        def undone(point):
            for _, inverse, _ in reversed(layers):
                point = inverse(point)
            return point
        size = 1e-05 * (1 + np.abs(x))
        columns = [(undone(x + e) - undone(x - e)) / (2 * e.sum()) for e in np.diag(size)]
        got = inverse_jacobian(layers, x)
        assert np.shape(got) == (d, d)
        assert np.allclose(got, np.array(columns).T, rtol=0, atol=1e-06 * np.abs(columns).max())
    empty = states([], np.array([3.0, 4.0]))
    assert len(empty) == 1 and np.array_equal(empty[0], [3, 4])
    assert np.array_equal(inverse_jacobian([], np.array([3.0, 4.0])), np.eye(2))

@test_case(points=2, hidden=True, 
    failure_message="The log-determinant is wrong for some chain. It belongs to the inverse, has no sign to remember, and must survive many layers.")
def test_determinants(inverse_logabsdet):
    import numpy as np
    rng = np.random.default_rng(178)

    def layer(turn, stretch):
        return (lambda h: turn @ (stretch * h), lambda h: turn.T @ h / stretch, lambda h: turn * stretch)
    cube = (lambda h: h ** 3, np.cbrt, lambda h: np.diag(3 * h ** 2))
    for d, depth, size in ((1, 1, 1.0), (2, 3, 1.0), (3, 5, 2.0), (4, 45, 0.001), (4, 45, 1000.0)):
        layers, total, x = ([], 0.0, rng.normal(size=d))
        for _ in range(depth):
            stretch = size * rng.uniform(0.5, 2, size=d) * rng.choice([-1, 1], size=d)
            layers.append(layer(np.linalg.qr(rng.normal(size=(d, d)))[0], stretch))
            total += np.log(np.abs(stretch)).sum()
            x = layers[-1][0](x)
        assert abs(inverse_logabsdet(layers, x) + total) < 1e-10 * (1 + abs(total))
        if depth < 45:
            expected = -total - np.log(3 * x ** 2).sum()
            assert abs(inverse_logabsdet([*layers, cube], x ** 3) - expected) < 1e-10 * (1 + abs(expected))
    assert inverse_logabsdet([], np.array([1.0, 2.0])) == 0

