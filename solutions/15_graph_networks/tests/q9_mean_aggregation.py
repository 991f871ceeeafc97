from otter.test_files import test_case

OK_FORMAT = False

name = "q9_mean_aggregation"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="On the path with h = 3, 5, 10 the means are 4, 6 and 7.5, and the limit is 41/7.")
def test_path(sage_matrix, sage_mean, smoothed):
    import numpy as np
    A = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    H = np.array([[3.0], [5.0], [10.0]])
    S = sage_matrix(A)
    assert S is not None, 'sage_matrix(A) returned None: expected an array of shape (3, 3)'
    assert np.shape(S) == (3, 3), f'sage_matrix: expected shape (3, 3), got {np.shape(S)}'
    agg = sage_mean(H, A)
    assert agg is not None, 'sage_mean(H, A) returned None: expected an array of shape (3, 1)'
    assert np.shape(agg) == (3, 1), f'sage_mean: expected shape (3, 1), got {np.shape(agg)}'
    for name, value in (('sage_mean', np.ravel(agg)), ('sage_matrix(A) @ H', np.ravel(S @ H))):
        assert np.allclose(value, [4, 6, 7.5]), f'{name}: expected 4, 6, 7.5, got {value.tolist()}'
    limit = smoothed(H, A)
    assert limit is not None, 'smoothed(H, A) returned None: expected an array of shape (1,)'
    assert np.shape(limit) == (1,), f'smoothed: expected shape (1,), got {np.shape(limit)}'
    assert np.allclose(limit, 41 / 7), f'smoothed: expected 41/7, got {limit.tolist()}'

@test_case(points=2, hidden=True, 
    failure_message="For some graph the mean over a node and its neighbours is not right. Whose degree divides, and what does an isolated node get?")
def test_node_by_node(sage_matrix, sage_mean):
    import math
    import numpy as np
    rng = np.random.default_rng(168)
    for n, d, share in ((1, 1, 0.0), (2, 3, 1.0), (3, 1, 0.0), (6, 2, 0.5), (9, 4, 0.3), (20, 3, 0.15)):
        A = np.triu(rng.random((n, n)) < share, 1).astype(np.int64)
        A = A + A.T
        if n > 5:
            A[2] = A[:, 2] = 0
        H = rng.normal(size=(d, n)).T
        agg, S = (sage_mean(H, A), sage_matrix(A))
        assert np.shape(agg) == (n, d) and np.shape(S) == (n, n)
        assert np.asarray(agg).dtype == np.float64 and np.asarray(S).dtype == np.float64
        for m in range(n):
            group = [m] + [k for k in range(n) if A[m, k]]
            for j in range(d):
                mean = math.fsum((H[k, j] for k in group)) / len(group)
                assert abs(agg[m, j] - mean) < 1e-12 and abs((S @ H)[m, j] - mean) < 1e-12
            for k in range(n):
                assert abs(S[m, k] - (k in group) / len(group)) < 1e-12
        assert np.array_equal(sage_mean(np.ones((n, 2), dtype=np.int64), A).round(9), np.ones((n, 2)))

@test_case(points=2, hidden=True, 
    failure_message="smoothed is not where repeated means lead. Nodes count by something that can be read off the graph, and only by that.")
def test_many_means(smoothed):
    import numpy as np
    rng = np.random.default_rng(169)
    graphs = [np.zeros((1, 1), dtype=np.int64), np.ones((2, 2), dtype=np.int64) - np.eye(2, dtype=np.int64)]
    star = np.zeros((7, 7), dtype=np.int64)
    star[0, 1:] = star[1:, 0] = 1
    graphs.append(star)
    for n in (4, 7, 12):
        A = np.triu(rng.random((n, n)) < 0.3, 1).astype(np.int64)
        A[np.arange(n - 1), np.arange(1, n)] = 1
        graphs.append(A + A.T)
    for A in graphs:
        n = len(A)
        H = rng.normal(size=(n, 3)) + 2
        step = np.eye(n)
        for m in range(n):
            step[m] = [(k == m or A[m, k]) / (1 + np.count_nonzero(A[m])) for k in range(n)]
        h = H
        for _ in range(3000):
            h = step @ h
        got = smoothed(H, A)
        assert np.shape(got) == (3,) and np.asarray(got).dtype == np.float64
        assert np.abs(h - got).max() < 1e-10

