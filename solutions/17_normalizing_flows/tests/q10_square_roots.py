from otter.test_files import test_case

OK_FORMAT = False

name = "q10_square_roots"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="With phi = (0.25, 0.09), h = 0.125 and 1 become 0.25 and 0.8, and the inverse leads back; the density is 0 at -1 and at 2.")
def test_two_pieces(sqrt_flow, sqrt_flow_inverse, sqrt_flow_density):
    import numpy as np
    phi = np.array([0.25, 0.09])
    for name, function, points, expected in (('sqrt_flow', sqrt_flow, [0.125, 1.0], [0.25, 0.8]), ('sqrt_flow_inverse', sqrt_flow_inverse, [0.25, 0.8], [0.125, 1.0]), ('sqrt_flow_density', sqrt_flow_density, [-1.0, 2.0], [0.0, 0.0])):
        got = function(np.array(points), phi)
        assert got is not None, f'{name}(...) returned None: expected an array of shape (2,)'
        assert isinstance(got, np.ndarray), f'{name} should return a NumPy array'
        assert got.shape == (2,), f'{name}: expected shape (2,), got {got.shape}'
        assert np.allclose(got, expected), f'{name} at {points}: expected {expected}, got {got.tolist()}'

@test_case(points=1.5, hidden=True, 
    failure_message="The curve is wrong for some h. It has no jumps, climbs everywhere, and each bin adds its own root.")
def test_curve(sqrt_flow):
    import math
    import numpy as np
    rng = np.random.default_rng(184)
    cases = [np.array([0.1, 0.2, 0.5, 0.1, 0.1]), np.array([0.7]), np.full(4, 0.25), 5 * rng.random(8) + 0.1]
    for phi in cases:
        k = len(phi)
        h = rng.random((3, 7)).T
        h[0] = (0.0, 0.5 / k, 1.0)
        got = sqrt_flow(h, phi)
        assert got.shape == h.shape
        for value, point in zip(got.ravel(), h.ravel()):
            shares = [min(max(k * point - i, 0.0), 1.0) for i in range(k)]
            assert abs(value - math.fsum((math.sqrt(share * p) for share, p in zip(shares, phi)))) < 1e-07
        joints = sqrt_flow(np.arange(k + 1) / k, phi)
        assert np.allclose(joints, np.concatenate([[0], np.cumsum(phi ** 0.5)]), rtol=0, atol=3e-07)
        assert (np.diff(sqrt_flow(np.linspace(0, 1, 1001), phi)) > 0).all()

@test_case(points=1, hidden=True, 
    failure_message="The inverse does not lead back. Undoing a map is not dividing by it, and the pieces have different heights.")
def test_inverse(sqrt_flow_inverse):
    import math
    import numpy as np
    rng = np.random.default_rng(185)
    for phi in (np.array([0.1, 0.2, 0.5, 0.1, 0.1]), np.array([1.7]), np.full(4, 0.25), 3 * rng.random(9) + 0.1):
        k = len(phi)
        h = np.concatenate([[0.0, 1.0], rng.random(40)])
        y = [math.fsum((math.sqrt(min(max(k * p - i, 0), 1) * phi[i]) for i in range(k))) for p in h]
        got = sqrt_flow_inverse(np.array(y).reshape(6, 7).T, phi)
        assert got.shape == (7, 6)
        assert np.allclose(got.T.ravel(), h, rtol=0, atol=1e-12)

@test_case(points=1.5, hidden=True, 
    failure_message="The density does not give some interval its probability, or is not zero where no y arrives.")
def test_density_mass(sqrt_flow_density):
    import numpy as np
    rng = np.random.default_rng(186)
    for phi in (np.array([0.1, 0.2, 0.5, 0.1, 0.1]), np.array([0.7]), 3 * rng.random(7) + 0.1):
        k, ends = (len(phi), np.concatenate([[0.0], np.cumsum(phi ** 0.5)]))
        for i in range(k):
            for low, high in ((0.0, 1.0), (0.25, 0.64), (0.49, 0.5)):
                a, b = ends[i] + (phi[i] * np.array([low, high])) ** 0.5
                nodes = (a + b) / 2 + (b - a) * np.array([[-0.25], [0.25]])
                got = sqrt_flow_density(nodes, phi)
                assert got.shape == (2, 1)
                assert abs((b - a) * got.mean() - (high - low) / k) < 1e-12
                assert got[1] > got[0]
        outside = np.array([[-1e-09, -3.0], [ends[-1] + 1e-09, 50.0]])
        assert (sqrt_flow_density(outside, phi) == 0).all()
    assert abs(sqrt_flow_density(np.array([2.0]), np.full(4, 0.25))[0] - 1) < 1e-12

