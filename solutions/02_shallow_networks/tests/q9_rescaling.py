from otter.test_files import test_case

OK_FORMAT = False

name = "q9_rescaling"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="With phi (1, 6), theta (2, 4), k = 1 and alpha = 2 the new parameters are (1, 3) and (4, 8).")
def test_one_unit(rescale, output_change):
    import numpy as np
    phi, theta = (np.array([1.0, 6.0]), np.array([[2.0, 4.0]]))
    got = rescale(phi, theta, 1, 2.0)
    assert got is not None, 'rescale(...) returned None: expected (phi, theta)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'rescale should return (phi, theta)'
    new_phi, new_theta = (np.asarray(got[0]), np.asarray(got[1]))
    assert new_phi.shape == (2,), f'phi: expected shape (2,), got {new_phi.shape}'
    assert new_theta.shape == (1, 2), f'theta: expected shape (1, 2), got {new_theta.shape}'
    assert np.allclose(new_phi, [1, 3]), f'phi: expected [1, 3], got {new_phi.tolist()}'
    assert np.allclose(new_theta, [[4, 8]]), f'theta: expected [[4, 8]], got {new_theta.tolist()}'
    change = output_change(phi, theta, 1, 2.0, np.array([-1.0, 0.0, 1.0]))
    assert change is not None, 'output_change(...) returned None: expected an array of shape (N,)'
    assert np.shape(change) == (3,), f'output_change: expected shape (3,), got {np.shape(change)}'

@test_case(points=1, hidden=True, 
    failure_message="rescale does not scale exactly the three parameters of unit k. Check the numbering of the units and integer arrays.")
def test_three_parameters_scaled(rescale):
    import numpy as np
    rng = np.random.default_rng(42)
    x = np.linspace(-10, 10, 200)
    network = lambda phi, theta: phi[0] + np.maximum(theta[:, :1] + theta[:, 1:] * x, 0).T @ phi[1:]
    for d in (1, 3, 5):
        for k in range(1, d + 1):
            for alpha in (0.001, 0.5, 1.0, 7.0, -0.5, -7.0):
                phi, theta = (rng.normal(size=d + 1), rng.normal(size=(d, 2)))
                new_phi, new_theta = rescale(phi, theta, k, alpha)
                others = [j for j in range(d) if j != k - 1]
                assert new_phi[0] == phi[0] and np.array_equal(new_phi[1:][others], phi[1:][others])
                assert np.array_equal(new_theta[others], theta[others])
                assert np.allclose(new_theta[k - 1] / theta[k - 1], alpha)
                assert np.isclose(phi[k] / new_phi[k], alpha)
                if alpha > 0:
                    assert np.abs(network(new_phi, new_theta) - network(phi, theta)).max() < 1e-11
    new_phi, new_theta = rescale(np.array([1, 3, 5]), np.array([[1, 2], [3, 5]]), 2, 2)
    assert new_phi.dtype == new_theta.dtype == np.float64
    assert np.allclose(new_phi, [1, 3, 2.5]) and np.allclose(new_theta, [[1, 2], [6, 10]])
    new_phi, new_theta = rescale(np.array([1, 3, 5]), np.array([[1, 2], [3, 5]]), 1, 0.5)
    assert np.allclose(new_phi, [1, 6, 5]) and np.allclose(new_theta, [[0.5, 1], [3, 5]])

@test_case(points=1, hidden=True, 
    failure_message="output_change is not the difference of the two networks, for a negative alpha or for a huge phi_0.")
def test_change_of_output(output_change):
    from fractions import Fraction
    import numpy as np
    rng = np.random.default_rng(43)
    cases = []
    for d in (1, 3, 4):
        for alpha in (0.25, 8.0, -0.5, -1.0, -8.0):
            k = int(rng.integers(1, d + 1))
            cases.append((rng.normal(size=d + 1), rng.normal(size=(d, 2)), k, alpha))
    cases.append((np.array([1e+16, 0.5, -2.0]), np.array([[0.5, 1.5], [1.0, -3.0]]), 2, -4.0))
    cases.append((np.array([1e+16, 0.5, -2.0]), np.array([[0.5, 1.5], [1.0, -3.0]]), 1, 4.0))
    cases.append((np.array([0.0, 3.0]), np.array([[-1.0, 0.0]]), 1, -2.0))
    cases.append((np.array([2.0, 0.0, 1.0]), np.array([[1.0, 1.0], [1.0, 2.0]]), 1, -2.0))
    for phi, theta, k, alpha in cases:
        x = np.concatenate([rng.normal(size=20) * 4, [0.0]])
        got = np.asarray(output_change(phi, theta, k, alpha, x))
        assert got.shape == x.shape
        for value, v in zip(got, x):
            total = Fraction(0)
            for sign, a in ((1, Fraction(alpha)), (-1, Fraction(1))):
                f = Fraction(phi[0])
                for j in range(1, len(phi)):
                    t0, t1, p = (Fraction(theta[j - 1, 0]), Fraction(theta[j - 1, 1]), Fraction(phi[j]))
                    if j == k:
                        t0, t1, p = (a * t0, a * t1, p / a)
                    f += p * max(t0 + t1 * Fraction(v), 0)
                total += sign * f
            assert abs(value - float(total)) < 1e-12 * (1 + abs(float(total)))

@test_case(points=1, hidden=True, 
    failure_message="rescale changes the arrays it is given, or accepts alpha = 0 without a ValueError.")
def test_inputs_left_alone(rescale):

    def probe(rescale):
        import numpy as np
        phi, theta = (np.array([1.0, 2.0, 3.0]), np.array([[4.0, 5.0], [6.0, 7.0]]))
        kept = (phi.copy(), theta.copy())
        new_phi, new_theta = rescale(phi, theta, 2, -3.0)
        same = np.array_equal(phi, kept[0]) and np.array_equal(theta, kept[1])
        return (bool(same), bool(np.shares_memory(new_phi, phi) or np.shares_memory(new_theta, theta)))
    import numpy as np
    same, shared = inside(probe)(rescale)
    assert same is True and shared is False
    for zero in (0, 0.0):
        try:
            rescale(np.array([1.0, 2.0]), np.array([[3.0, 4.0]]), 1, zero)
        except ValueError:
            continue
        raise AssertionError('alpha = 0 should raise a ValueError')

