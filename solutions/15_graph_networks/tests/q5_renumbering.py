from otter.test_files import test_case

OK_FORMAT = False

name = "q5_renumbering"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="From the rows 5, 7, 9 to the rows 7, 9, 5, P has the rows [0, 1, 0], [0, 0, 1], [1, 0, 0]; the path is turned into itself in 2 ways.")
def test_three_nodes(find_permutation, relabel, count_relabelings):
    import numpy as np
    got = find_permutation(np.array([[5.0], [7.0], [9.0]]), np.array([[7.0], [9.0], [5.0]]))
    assert got is not None, 'find_permutation(...) returned None: expected an array of shape (3, 3)'
    assert isinstance(got, np.ndarray), 'find_permutation should return a NumPy array'
    assert got.dtype == np.int64, f'find_permutation: expected dtype int64, got {got.dtype}'
    expected = [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert got.tolist() == expected, f'find_permutation: expected {expected}, got {got.tolist()}'
    path = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    got = relabel(path, np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]]))
    assert got is not None, 'relabel(...) returned None: expected an array of shape (3, 3)'
    expected = [[0, 1, 1], [1, 0, 0], [1, 0, 0]]
    assert np.array_equal(got, expected), f'the path with 0 and 1 swapped: expected {expected}, got {got.tolist()}'
    got = count_relabelings(path, path)
    assert got is not None, 'count_relabelings(...) returned None: expected an integer'
    assert isinstance(got, (int, np.integer)), 'count_relabelings should return an integer'
    assert got == 2, f'count_relabelings(path, path): expected 2, got {got}'

@test_case(points=1.5, hidden=True, 
    failure_message="For some order the matrix is not the one that turns X into X2 and A into A2. Test an order that is not its own inverse, and nodes that agree in some entries.")
def test_random_orders(find_permutation, relabel):
    import numpy as np
    rng = np.random.default_rng(158)
    for n, d in ((1, 1), (2, 3), (6, 2), (6, 2), (9, 4), (25, 3)):
        X = rng.integers(0, 2, size=(n, d)).astype(float)
        X[:, -1] += 3 * rng.permutation(n)
        A = (rng.random((n, n)) < 0.4).astype(np.int64)
        order = rng.permutation(n)
        noise = rng.choice([-5e-10, 0, 5e-10], size=(n, d))
        P = find_permutation(X, X[order] + noise)
        assert P.dtype == np.int64 and P.shape == (n, n)
        for new, old in enumerate(order):
            assert P[new].tolist() == [int(j == old) for j in range(n)]
        A2 = relabel(A, P)
        assert np.shape(A2) == (n, n)
        for i in range(n):
            for j in range(n):
                assert A2[i, j] == A[order[i], order[j]]
    X = np.array([[1.0, 2, 3], [3, 1, 2], [2, 3, 1], [-1, 2, 3], [1, -2, -3]])
    assert np.array_equal(find_permutation(X, X[[3, 0, 4, 2, 1]]) @ X, X[[3, 0, 4, 2, 1]])

@test_case(points=1, hidden=True, 
    failure_message="No ValueError where X2 is not a re-ordering of X. A node may be missing, doubled, or changed in a single entry.")
def test_no_permutation(find_permutation):
    import numpy as np
    X = np.array([[1.0, 2], [1, 4], [5, 2], [-3, 0]])
    changed, close = (X[[2, 0, 3, 1]], X[[2, 0, 3, 1]])
    changed[1, 0] += 0.5
    close[3, 1] += 4e-09
    cases = [changed, close, X[[0, 1, 2, 2]], X[[1, 1, 1, 1]], X[:3], X[[0, 1, 2, 3, 0]], X[:, ::-1], X[:, :1], -X]
    cases = [(X, X2) for X2 in cases]
    cases.append((np.array([[1.0, 1], [2, 2], [3, 3]]), np.array([[3.0], [1], [2]])))
    for X, X2 in cases:
        try:
            find_permutation(X, X2)
        except ValueError:
            continue
        raise AssertionError('a matrix that is no re-ordering went through')

@test_case(points=1.5, hidden=True, 
    failure_message="The number of permutations is not right for some pair of graphs. Think of a ring, a star, and of directed edges.")
def test_counts(count_relabelings):
    import numpy as np

    def matrix(n, edges, directed=False):
        A = np.zeros((n, n), dtype=np.int64)
        for start, end in edges:
            A[end, start] = 1
        return A if directed else A | A.T
    ring = [(i, (i + 1) % 6) for i in range(6)]
    star = [(0, i) for i in range(1, 6)]
    graph_a = [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (1, 2), (1, 5), (2, 3), (4, 5)]
    lopsided = [(0, 1), (1, 2), (2, 3), (3, 4), (1, 5), (2, 5)]
    known = [(matrix(6, ring), 12), (matrix(6, star), 120), (matrix(6, ring, True), 6), (matrix(5, []), 120)]
    known += [(matrix(6, star, True), 120), (matrix(6, graph_a), 2), (matrix(6, lopsided), 1), (matrix(1, []), 1)]
    known += [(matrix(5, [(i, j) for i in (0, 1) for j in (2, 3, 4)]), 12), (matrix(3, [(0, 1), (1, 2)], True), 1)]
    rng = np.random.default_rng(159)
    for A, count in known:
        order = rng.permutation(len(A))
        assert count_relabelings(A, A) == count
        assert count_relabelings(A, A[order][:, order]) == count
    two_triangles = matrix(6, [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3)])
    assert count_relabelings(matrix(6, ring), two_triangles) == 0
    assert count_relabelings(matrix(6, star, True), matrix(6, star, True).T) == 0

