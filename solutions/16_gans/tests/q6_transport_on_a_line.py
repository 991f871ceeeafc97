from otter.test_files import test_case

OK_FORMAT = False

name = "q6_transport_on_a_line"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="With places (0, 2, 3), p = (1/2, 1/2, 0) and q = (0, 1/2, 1/2) the distance is 1.5, and a best critic has the scores (0, -2, -3).")
def test_three_places(w1_on_line, w1_of_samples, best_critic):
    import numpy as np
    x, p, q = (np.array([0.0, 2.0, 3.0]), np.array([0.5, 0.5, 0.0]), np.array([0.0, 0.5, 0.5]))
    got = w1_on_line(x, p, q)
    assert got is not None, 'w1_on_line(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got - 1.5) < 1e-09, f'w1_on_line: expected 1.5, got {got}'
    got = w1_of_samples(np.array([0.0, 2.0]), np.array([2.0, 3.0]))
    assert got is not None, 'w1_of_samples(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got - 1.5) < 1e-09, f'w1_of_samples: expected 1.5, got {got}'
    got = best_critic(x, p, q)
    assert got is not None, 'best_critic(...) returned None: expected an array of shape (K,)'
    assert np.shape(got) == (3,), f'best_critic: expected shape (3,), got {np.shape(got)}'
    assert np.allclose(got, [0, -2, -3]), f'best_critic: expected [0, -2, -3], got {got}'

@test_case(points=1.5, hidden=True, 
    failure_message="For some places or samples your distance is not the cost of the cheapest plan. Gaps may be uneven, samples unsorted.")
def test_all_pairings(w1_on_line, w1_of_samples):
    from itertools import permutations
    import numpy as np
    rng = np.random.default_rng(174)
    for n in (1, 2, 3, 5, 6, 6):
        orders = np.array(list(permutations(range(n))))
        a, b = (rng.normal(size=n) - 1, 2 * rng.normal(size=2 * n)[::2])
        best = np.abs(a - b[orders]).mean(axis=1).min()
        assert abs(w1_of_samples(a, b) - best) < 1e-10
        x = np.sort(np.concatenate([a, b]))
        p, q = (np.isin(x, a) / n, np.isin(x, b) / n)
        assert abs(w1_on_line(x, p, q) - best) < 1e-10
        x = np.cumsum(rng.uniform(0.1, 3, size=4)) - 5
        start, end = rng.integers(4, size=(2, n))
        p, q = (np.bincount(places, minlength=4) / n for places in (start, end))
        best = np.abs(x[start] - x[end][orders]).mean(axis=1).min()
        assert abs(w1_on_line(x, p, q) - best) < 1e-10
    assert w1_on_line(np.array([4.0]), np.ones(1), np.ones(1)) == 0
    same = np.array([3.0, -1.0, 3.0, 0.5])
    assert w1_of_samples(same, same[::-1]) == 0

@test_case(points=1.5, hidden=True, 
    failure_message="The scores break the rule for critics, or another critic tells the two distributions apart better.")
def test_no_better_critic(best_critic):
    from itertools import product
    import numpy as np
    rng = np.random.default_rng(175)
    for k in (1, 2, 3, 5, 7):
        for concentration in (1.0, 0.3):
            x = np.cumsum(rng.uniform(0.1, 2, size=k)) - 4
            p, q = (rng.dirichlet(np.full(k, concentration)), rng.dirichlet(np.ones(k)))
            f = np.asarray(best_critic(x, p, q))
            assert f.shape == (k,) and f[0] == 0
            assert (np.abs(f[:, None] - f) <= np.abs(x[:, None] - x) + 1e-09).all()
            corners = np.array(list(product((-1.0, 1.0), repeat=k - 1))).reshape(2 ** (k - 1), k - 1)
            others = np.hstack([np.zeros((len(corners), 1)), np.cumsum(corners * np.diff(x), axis=1)])
            assert abs(f @ (p - q) - (others @ (p - q)).max()) < 1e-10
    x, p = (np.array([0.0, 1.0, 5.0]), np.array([0.2, 0.3, 0.5]))
    f = np.asarray(best_critic(x, p, p))
    assert np.isfinite(f).all() and (np.abs(np.diff(f)) <= np.diff(x) + 1e-09).all()

