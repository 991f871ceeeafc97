from otter.test_files import test_case

OK_FORMAT = False

name = "q6_readout"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="The example gives 0.5; the largest entry is invariant, the first row is not; swapping two nodes keeps the readout, a matrix of zeros does not.")
def test_two_nodes(graph_readout, is_invariant, keeps_readout):
    import numpy as np
    got = graph_readout(np.array([[1.0, 0.0], [2.0, 1.0]]), 1.0, np.array([1.0, -4.0]))
    assert got is not None, 'graph_readout(...) returned None: expected a number'
    assert np.shape(got) == (), 'graph_readout should return a single number'
    assert abs(got - 0.5) < 1e-09, f'graph_readout: expected 0.5, got {got}'
    H = np.arange(12.0).reshape(6, 2)
    for name, readout, expected in (('the largest entry', np.max, True), ('the first row', lambda H: H[0], False)):
        got = is_invariant(readout, H, 30)
        assert isinstance(got, (bool, np.bool_)), 'is_invariant should return True or False'
        assert bool(got) is expected, f'is_invariant for {name}: expected {expected}, got {got}'
    for M, expected in (([[0.0, 1.0], [1.0, 0.0]], True), ([[0.0, 0.0], [0.0, 0.0]], False)):
        got = keeps_readout(np.array(M))
        assert isinstance(got, (bool, np.bool_)), 'keeps_readout should return True or False'
        assert bool(got) is expected, f'keeps_readout({M}): expected {expected}, got {got}'

@test_case(points=1, hidden=True, 
    failure_message="The readout is wrong for some graph. It adds up the nodes, whatever their number, and must not lose its digits for large arguments.")
def test_readout(graph_readout):
    import math
    import numpy as np
    rng = np.random.default_rng(160)
    for n, d, size in ((1, 1, 1.0), (2, 3, 1.0), (5, 4, 1.0), (5, 4, 30.0), (20, 1, 5.0), (3, 7, 40.0)):
        for _ in range(6):
            H, omega, beta = (rng.normal(size=(n, d)), size * rng.normal(size=d), 2 * float(rng.normal()))
            z = beta + math.fsum((H[i, k] * omega[k] for i in range(n) for k in range(d)))
            f = math.exp(z) / (1 + math.exp(z)) if z < 0 else 1 / (1 + math.exp(-z))
            assert math.isclose(graph_readout(H, beta, omega), f, rel_tol=1e-10)
    one = np.array([1.0])
    for z, f in ((-600.0, math.exp(-600.0)), (-40.0, math.exp(-40.0)), (10000.0, 1.0), (-10000.0, 0.0), (700.0, 1.0)):
        assert math.isclose(graph_readout(np.array([[z - 1]]), 1.0, one), f, rel_tol=1e-10)

@test_case(points=1, hidden=True, 
    failure_message="is_invariant says True for a readout that depends on the numbering, or False for one that depends on it only by rounding.")
def test_invariance_check(is_invariant):
    import numpy as np
    rng = np.random.default_rng(161)
    H = rng.normal(size=(7, 3))
    kept = [lambda H: H.sum(axis=0) / 3, lambda H: float(H.mean()), lambda H: H.max(axis=0), lambda H: np.sort(H[:, 0]), lambda H: np.array([np.cumsum(H[:, 1] ** 2)[-1], 1e-09]), lambda H: 1e-13 * H[0], lambda H: 1.0 + 1e-11 * H[0]]
    depends = [lambda H: H.ravel(), lambda H: H[3, 1], lambda H: H, lambda H: H.T @ np.arange(7.0), lambda H: 1e-09 * H[-1], lambda H: 1 + 1e-07 * H[0, 0]]
    for readout in kept:
        got = is_invariant(readout, H, 25)
        assert isinstance(got, (bool, np.bool_)) and got
    for readout in depends:
        got = is_invariant(readout, H, 25)
        assert isinstance(got, (bool, np.bool_)) and (not got)
    assert not is_invariant(lambda H: H[-1], H[:3], 40)

    def orders_tried(is_invariant, H):
        seen = []
        is_invariant(lambda rows: seen.append(rows.tolist()) or 0.0, H, 25)
        return seen
    H = rng.normal(size=(20, 2))
    seen = inside(orders_tried)(is_invariant, H)
    assert all((sorted(rows) == sorted(H.tolist()) for rows in seen))
    tried = {tuple(map(tuple, rows)) for rows in seen} - {tuple(map(tuple, H.tolist()))}
    assert len(tried) == 25

@test_case(points=1, hidden=True, 
    failure_message="keeps_readout is wrong for some matrix. It need not be a permutation; ask what happens to the sum of the rows.")
def test_matrices(keeps_readout):
    import numpy as np
    rng = np.random.default_rng(162)
    n = 5
    cases = [np.eye(n)[rng.permutation(n)] for _ in range(3)]
    one_per_row, one_per_column = (np.eye(n)[[0, 0, 3, 4, 2]], np.eye(n)[[0, 0, 3, 4, 2]].T)
    mean, turn = (np.full((n, n), 1 / n), np.linalg.qr(rng.normal(size=(n, n)))[0])
    stochastic = rng.random((n, n)) / n
    stochastic += (1 - stochastic.sum(axis=0)) / n
    cases += [one_per_row, one_per_column, mean, turn, stochastic, stochastic.T, -np.eye(n), 2 * np.eye(n)]
    cases += [np.array([[3.0, -1.0], [-2.0, 2.0]]), np.diag([1.5, 0.5]), np.array([[1.0]]), np.array([[-1.0]])]
    cases += [np.eye(3) + 3e-10, np.eye(3) + 1e-08, np.eye(3) - 1e-08]
    results = set()
    for M in cases:
        H = rng.normal(size=(len(M), 50))
        holds = bool(np.abs((M @ H).sum(axis=0) - H.sum(axis=0)).max() < 6e-09)
        got = keeps_readout(M)
        assert isinstance(got, (bool, np.bool_)) and bool(got) is holds
        results.add(holds)
    assert results == {True, False}

