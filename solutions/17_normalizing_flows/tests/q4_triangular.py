from otter.test_files import test_case

OK_FORMAT = False

name = "q4_triangular"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="With the rows (2, 0), (3, 4) and x = (4, 14) the solution is (2, 2), the log-determinant log 8, and the cost 3.")
def test_two_rows(lower_solve, lower_logabsdet, substitution_cost):
    import math
    import numpy as np
    L = np.array([[2.0, 0.0], [3.0, 4.0]])
    got = lower_solve(L, np.array([[4.0], [14.0]]))
    assert got is not None, 'lower_solve(...) returned None: expected an array of shape (2, 1)'
    assert isinstance(got, np.ndarray), 'lower_solve should return a NumPy array'
    assert got.shape == (2, 1), f'lower_solve: expected shape (2, 1), got {got.shape}'
    assert np.allclose(got, 2), f'lower_solve: expected [[2], [2]], got {got.tolist()}'
    got = lower_logabsdet(L)
    assert got is not None, 'lower_logabsdet(...) returned None: expected a float'
    assert np.shape(got) == (), f'lower_logabsdet: expected a single number, got shape {np.shape(got)}'
    assert abs(got - math.log(8)) < 1e-09, f'lower_logabsdet: expected log 8 = 2.079, got {got}'
    got = substitution_cost(2)
    assert got is not None, 'substitution_cost(2) returned None: expected an integer'
    assert got == 3, f'substitution_cost(2): expected 3, got {got}'

@test_case(points=1, hidden=True, 
    failure_message="For some lower triangular matrix L times your result is not X, a result with whole numbers is not exact, or X was changed.")
def test_product_gives_back(lower_solve):
    import numpy as np

    def argument_after(lower_solve, L, X):
        lower_solve(L, X)
        return X
    rng = np.random.default_rng(171)
    for d, n in ((1, 1), (1, 4), (2, 3), (5, 1), (9, 6), (30, 2)):
        L = np.tril(rng.normal(size=(d, d)), -1) / d
        L = np.asfortranarray(L + np.diag(rng.choice([-1, 1], size=d) * rng.uniform(0.5, 2, size=d)))
        X = rng.normal(size=(n, d)).T
        Z = lower_solve(L, X)
        assert Z.shape == (d, n)
        assert np.abs(L @ Z - X).max() < 1e-11
        assert np.array_equal(inside(argument_after)(lower_solve, L, X), X)
    for _ in range(5):
        L = np.tril(rng.integers(-9, 10, size=(8, 8)), -1) + np.diag(rng.choice([-1, 1], size=8))
        Z = rng.integers(-50, 50, size=(8, 3))
        X = L @ Z
        assert np.array_equal(lower_solve(L.astype(float), X.astype(float)), Z)

@test_case(points=1, hidden=True, 
    failure_message="The log-determinant is wrong for some matrix. Its diagonal may hold negative numbers, and the determinant may underflow.")
def test_log_determinants(lower_logabsdet):
    import numpy as np
    rng = np.random.default_rng(172)
    for d in (1, 2, 3, 8, 40):
        L = np.tril(rng.normal(size=(d, d))) / d + np.diag(rng.choice([-1.0, 1.0], size=d))
        _, expected = np.linalg.slogdet(L)
        assert abs(lower_logabsdet(L) - expected) < 1e-10 * d
    for size in (1e-06, 1000000.0):
        L = np.tril(np.ones((100, 100)))
        np.fill_diagonal(L, size * np.tile([1.0, -1.0], 50))
        assert abs(lower_logabsdet(L) - 100 * np.log(size)) < 1e-09

@test_case(points=1, hidden=True, 
    failure_message="The cost is not counted right or not exactly. How many products does row i need, and how many divisions?")
def test_cost_counted(substitution_cost):
    import numpy as np
    for d in (*range(8), 33, 100):
        products = [(i, j) for i in range(d) for j in range(i)]
        cost = substitution_cost(d)
        assert isinstance(cost, (int, np.integer)) and cost == len(products) + d
    big = 10 ** 10
    assert substitution_cost(big) - substitution_cost(big - 1) == big

