from otter.test_files import test_case

OK_FORMAT = False

name = "q4_joints_and_slopes"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="For phi (5, 2, 3) and rows (-1, 1), (0, -2) the joints are 0 and 1, the slopes -6, 0 and 2, the outer sum -4.")
def test_two_units(joints_and_slopes, outer_slope_sum, third_is_first_plus_fourth):
    import numpy as np
    phi, theta = (np.array([5.0, 2.0, 3.0]), np.array([[-1.0, 1.0], [0.0, -2.0]]))
    got = joints_and_slopes(phi, theta)
    assert got is not None, 'joints_and_slopes(...) returned None: expected (joints, slopes)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'expected two arrays, (joints, slopes)'
    joints, slopes = (np.asarray(got[0]), np.asarray(got[1]))
    assert joints.shape == (2,), f'joints: expected shape (2,), got {joints.shape}'
    assert slopes.shape == (3,), f'slopes: expected shape (3,), got {slopes.shape}'
    assert np.allclose(joints, [0, 1]), f'joints: expected [0, 1], got {joints.tolist()}'
    assert np.allclose(slopes, [-6, 0, 2]), f'slopes: expected [-6, 0, 2], got {slopes.tolist()}'
    total = outer_slope_sum(phi, theta)
    assert total is not None, 'outer_slope_sum(...) returned None: expected a float'
    assert np.shape(total) == () and abs(total + 4) < 1e-09, f'outer_slope_sum: expected -4, got {total}'
    holds = third_is_first_plus_fourth(np.array([[-1.0, 1.0], [-2.0, 1.0], [-3.0, 1.0]]))
    assert isinstance(holds, (bool, np.bool_)), 'third_is_first_plus_fourth should return True or False'
    assert not holds, 'third_is_first_plus_fourth: for the rows (-1, 1), (-2, 1), (-3, 1) expected False'

@test_case(points=2, hidden=True, 
    failure_message="For some parameters the joints or the slopes are not those of the network. Try all signs, and joints that are not in unit order.")
def test_slopes_measured(joints_and_slopes):
    from itertools import product
    import numpy as np
    rng = np.random.default_rng(33)
    cases = [(np.array([-0.23, -1.3, 1.3, 0.66]), np.array([[-0.2, 0.4], [-0.9, 0.9], [1.1, -0.7]]))]
    patterns = list(product([1, -1], repeat=3)) + [(1,), (-1,), (-1, 1), (1, -1, -1, 1, 1, -1, 1, -1)] * 2
    for signs in patterns:
        d = len(signs)
        joints = rng.permutation(np.arange(d) * 0.5 + rng.uniform(0, 0.3, size=d)) - 1
        slope = np.array(signs) * rng.uniform(0.3, 2, size=d)
        cases.append((rng.normal(size=d + 1), np.stack([-joints * slope, slope], axis=1)))
    cases.append((np.array([0.0, 0.0, -1.5]), np.array([[1.0, 1.0], [1.0, -1.0]])))
    for phi, theta in cases:
        joints, slopes = joints_and_slopes(phi, theta)
        expected = np.array(sorted((-t0 / t1 for t0, t1 in theta)))
        ends = np.concatenate([[expected[0] - 1], expected, [expected[-1] + 1]])
        left, right = (0.75 * ends[:-1] + 0.25 * ends[1:], 0.25 * ends[:-1] + 0.75 * ends[1:])
        f = lambda x: phi[0] + sum((p * np.maximum(t0 + t1 * x, 0) for p, (t0, t1) in zip(phi[1:], theta)))
        assert np.shape(joints) == (len(theta),) and np.shape(slopes) == (len(theta) + 1,)
        assert np.allclose(joints, expected, rtol=1e-09, atol=1e-09)
        assert np.allclose(slopes, (f(right) - f(left)) / (right - left), rtol=1e-09, atol=1e-09)

@test_case(points=1, hidden=True, 
    failure_message="The slopes of the two outermost pieces do not always add up to what your function says.")
def test_outer_sum_measured(outer_slope_sum):
    import numpy as np
    rng = np.random.default_rng(34)
    for d in (1, 1, 2, 3, 3, 3, 8, 30):
        phi, theta = (rng.normal(size=d + 1), rng.normal(size=(d, 2)))
        far = 10 + np.abs(theta[:, 0] / theta[:, 1]).max()
        f = lambda x: phi[0] + sum((p * max(t0 + t1 * x, 0) for p, (t0, t1) in zip(phi[1:], theta)))
        measured = f(far + 1) - f(far) + (f(-far) - f(-far - 1))
        assert abs(outer_slope_sum(phi, theta) - measured) < 1e-07

@test_case(points=1, hidden=True, 
    failure_message="The identity between the slopes is claimed for a theta that does not have it, or denied to one that has.")
def test_identity_measured(third_is_first_plus_fourth):
    from itertools import permutations, product
    import numpy as np
    rng = np.random.default_rng(35)
    seen = set()
    for signs in product([1, -1], repeat=3):
        for joints in permutations((-0.7, 0.4, 1.9)):
            slope = np.array(signs) * rng.uniform(0.3, 2, size=3)
            theta = np.stack([-np.array(joints) * slope, slope], axis=1)
            gap = 0.0
            for k in range(3):
                f = lambda x: max(theta[k, 0] + theta[k, 1] * x, 0)
                pieces = [(-3, -2), (-0.5, 0), (1, 1.5), (3, 4)]
                s = [(f(b) - f(a)) / (b - a) for a, b in pieces]
                gap = max(gap, abs(s[2] - s[0] - s[3]))
            holds = bool(gap < 1e-09)
            seen.add(holds)
            got = third_is_first_plus_fourth(theta)
            assert got is not None and bool(got) is holds
    assert seen == {True, False}
    assert third_is_first_plus_fourth(np.array([[-0.2, 0.4], [-0.9, 0.9], [1.1, -0.7]]))

