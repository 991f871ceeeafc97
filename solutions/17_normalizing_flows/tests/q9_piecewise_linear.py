from otter.test_files import test_case

OK_FORMAT = False

name = "q9_piecewise_linear"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="With phi = (0.25, 0.75) the row (0.25, 0.75) becomes (0.125, 0.625), with the slopes 0.5 and 1.5.")
def test_two_bins(pwl_flow, pwl_jacobian, pwl_inverse):
    import numpy as np
    phi, h = (np.array([0.25, 0.75]), np.array([[0.25, 0.75]]))
    got = pwl_flow(h, phi)
    assert got is not None, 'pwl_flow(...) returned None: expected the pair (out, logdet)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'pwl_flow should return the pair (out, logdet)'
    out, logdet = got
    assert np.shape(out) == (1, 2), f'out: expected shape (1, 2), got {np.shape(out)}'
    assert np.allclose(out, [[0.125, 0.625]]), f'out: expected [[0.125, 0.625]], got {np.asarray(out).tolist()}'
    assert np.shape(logdet) == (1,), f'logdet: expected shape (1,), got {np.shape(logdet)}'
    got = pwl_jacobian(h[0], phi)
    assert got is not None, 'pwl_jacobian(...) returned None: expected an array of shape (2, 2)'
    assert np.shape(got) == (2, 2), f'pwl_jacobian: expected shape (2, 2), got {np.shape(got)}'
    slopes = [float(got[0][0]), float(got[1][1])]
    assert np.allclose(slopes, [0.5, 1.5]), f'diagonal of pwl_jacobian: expected [0.5, 1.5], got {slopes}'
    got = pwl_inverse(np.array([[0.125, 0.625]]), phi)
    assert got is not None, 'pwl_inverse(...) returned None: expected an array of shape (1, 2)'
    assert np.shape(got) == (1, 2), f'pwl_inverse: expected shape (1, 2), got {np.shape(got)}'
    assert np.allclose(got, h), f'pwl_inverse: expected [[0.25, 0.75]], got {np.asarray(got).tolist()}'

@test_case(points=1, hidden=True, 
    failure_message="For some input the output is not on the line through the corners of the curve. Check the ends of the interval, and a single bin.")
def test_curve(pwl_flow):
    import numpy as np
    rng = np.random.default_rng(181)
    for k, d, n in ((1, 1, 3), (2, 3, 1), (4, 2, 5), (5, 4, 6), (12, 3, 40)):
        phi = rng.dirichlet(np.ones(k)) * 0.5 + 0.5 / k
        h = rng.random((d, n)).T
        h[0], h[-1] = (np.linspace(0, 1, d), 1.0)
        out, logdet = pwl_flow(h, phi)
        assert np.shape(out) == (n, d) and np.shape(logdet) == (n,)
        corners = np.concatenate([[0.0], np.cumsum(phi)])
        assert np.allclose(out, np.interp(h, np.linspace(0, 1, k + 1), corners), rtol=0, atol=1e-12)

@test_case(points=2, hidden=True, 
    failure_message="Jacobian or log-determinant are not those of the map. By how much does the output change if one input changes a little? A bin is not one unit wide.")
def test_finite_differences(pwl_flow, pwl_jacobian):
    import numpy as np
    rng = np.random.default_rng(182)

    def curve(h, phi):
        grid = np.linspace(0, 1, len(phi) + 1)
        return np.interp(h, grid, np.concatenate([[0.0], np.cumsum(phi)]))
    for k, d in ((1, 2), (2, 1), (5, 4), (9, 3)):
        phi = rng.dirichlet(np.ones(k)) * 0.5 + 0.5 / k
        h = (rng.integers(0, k, size=(6, d)) + rng.uniform(0.1, 0.9, size=(6, d))) / k
        _, logdet = pwl_flow(h, phi)
        for row, value in zip(h, logdet):
            J = np.array([(curve(row + e, phi) - curve(row - e, phi)) / 0.0002 for e in 0.0001 * np.eye(d)]).T
            got = pwl_jacobian(row, phi)
            assert np.shape(got) == (d, d)
            assert np.allclose(got, J, rtol=0, atol=1e-09)
            assert abs(value - np.linalg.slogdet(J)[1]) < 1e-08
    phi = np.array([0.125, 0.5, 0.25, 0.125])
    h = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    slopes = [0.5, 2.0, 1.0, 0.5, 0.5]
    assert np.allclose(pwl_jacobian(h, phi), np.diag(slopes), rtol=0, atol=1e-12)
    assert np.allclose(pwl_flow(h[:, None], phi)[1], np.log(slopes), rtol=0, atol=1e-12)
    _, logdet = pwl_flow(np.zeros((1, 1600)), phi)
    assert abs(logdet[0] - 1600 * np.log(0.5)) < 1e-08

@test_case(points=1, hidden=True, 
    failure_message="Your inverse does not give back what went into the layer. In the output, bins have different widths.")
def test_inverse(pwl_inverse):
    import numpy as np
    rng = np.random.default_rng(183)
    for k, d, n in ((1, 2, 2), (2, 1, 4), (5, 3, 20), (16, 2, 50)):
        phi = rng.dirichlet(np.ones(k)) * 0.5 + 0.5 / k
        corners = np.concatenate([[0.0], np.cumsum(phi)])
        out = rng.random((d, n)).T
        out[0], out[-1] = (0.0, 1.0)
        got = pwl_inverse(out, phi)
        assert np.shape(got) == (n, d)
        assert np.allclose(got, np.interp(out, corners, np.linspace(0, 1, k + 1)), rtol=0, atol=1e-11)

