from otter.test_files import test_case

OK_FORMAT = False

name = "q6_convergence"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="From 1 to 0.3 it takes two rounds with gamma 1/2; there the bound is the change itself; halving 8 again and again, until the bound is at most 1, gives 1.")
def test_halves(rounds_needed, error_bound, fixed_point):
    import numpy as np
    got = rounds_needed(1.0, 0.3, 0.5)
    assert got is not None, 'rounds_needed(...) returned None: expected an integer'
    assert isinstance(got, (int, np.integer)), f'rounds_needed: expected an integer, got {type(got).__name__}'
    assert got == 2, f'rounds_needed(1, 0.3, 0.5): expected 2, got {got}'
    got = error_bound(3.0, 0.5)
    assert got is not None, 'error_bound(...) returned None: expected a float'
    assert np.shape(got) == () and np.isclose(got, 3), f'error_bound(3, 0.5): expected 3, got {got}'
    got = fixed_point(lambda q: q / 2, np.array([[8.0, 0.0]]), 0.5, 1.0)
    assert got is not None, 'fixed_point(...) returned None: expected an array of shape (1, 2)'
    assert np.shape(got) == (1, 2), f'fixed_point: expected shape (1, 2), got {np.shape(got)}'
    assert np.allclose(got, [[1, 0]]), f'fixed_point: expected [[1, 0]], got {np.asarray(got).tolist()}'

@test_case(points=1, hidden=True, 
    failure_message="The number of rounds is wrong for some starting error. Try errors above 1, and ones that are small enough from the start.")
def test_rounds_by_counting(rounds_needed):
    import numpy as np
    rng = np.random.default_rng(2013)
    cases = [(0.5, 1.0, 0.9), (2.0, 2.0, 0.5), (1.0, 0.9, 0.99), (1000000.0, 1e-06, 0.99), (7.0, 0.001, 0.1), (1e-09, 1000.0, 0.9)]
    cases += [(rng.uniform(0.1, 50), 10 ** rng.uniform(-6, 0), rng.uniform(0.05, 0.98)) for _ in range(30)]
    for d0, eps, gamma in cases:
        got = rounds_needed(d0, eps, gamma)
        assert isinstance(got, (int, np.integer))
        error, expected = (d0, 0)
        while error > eps:
            error, expected = (error * gamma, expected + 1)
        assert got == expected

@test_case(points=1, hidden=True, 
    failure_message="The bound is too small for some map, or larger than it need be. How far can a walk still go whose steps shrink by the factor gamma each time?")
def test_bound_by_walking_on(error_bound):
    for change in (0.0, 1e-06, 1.0, 250.0):
        for gamma in (0.01, 0.3, 0.5, 0.9, 0.99):
            still = sum((change * gamma ** k for k in range(1, 4000)))
            assert abs(error_bound(change, gamma) - still) <= 1e-09 * change

@test_case(points=1, hidden=True, 
    failure_message="The table is not as close to the fixed point as it should be, or it took more rounds than necessary. Which of the last two tables does your bound speak of, and which differences count?")
def test_fixed_points(fixed_point):
    import numpy as np
    rng = np.random.default_rng(2014)
    for shape, gamma, eps in (((1, 1), 0.9, 0.001), ((2, 3), 0.5, 0.01), ((4, 2), 0.97, 0.2), ((3, 3), 0.2, 1e-08)):
        target = rng.normal(size=shape)
        for sign in (1.0, -1.0):
            start = target + sign * np.linspace(0.5, 5, target.size).reshape(shape)
            start.flat[0] -= sign * 9
            got = fixed_point(lambda q, c=target, g=gamma: c + g * (q - c), start, gamma, eps)
            error = np.abs(got - target).max()
            assert np.shape(got) == shape and gamma * eps - 1e-12 < error <= eps + 1e-12
    assert fixed_point(lambda q: 0.5 * q, np.array([[1.0]]), 0.5, 100.0).tolist() == [[0.5]]

    def calls_counted(fixed_point):
        import numpy as np
        seen = []

        def f(q):
            seen.append(q.copy())
            return 0.25 * q
        fixed_point(f, np.array([[-64.0, 1.0]]), 0.25, 0.3)
        return [q[0, 0] for q in seen]
    assert inside(calls_counted)(fixed_point) == [-64.0, -16.0, -4.0, -1.0]

