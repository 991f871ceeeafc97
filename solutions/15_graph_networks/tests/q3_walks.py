from otter.test_files import test_case

OK_FORMAT = False

name = "q3_walks"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="On the path 0 - 1 - 2 two walks of three steps lead from 0 to 1, there is no triangle, and node 0 sees {0, 1} through one layer.")
def test_path(count_walks, triangles, sees):
    import numpy as np
    A = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    got = count_walks(A, 0, 1, 3)
    assert got is not None, 'count_walks(A, 0, 1, 3) returned None: expected an integer'
    assert isinstance(got, (int, np.integer)), 'count_walks should return an integer'
    assert got == 2, f'count_walks(A, 0, 1, 3) on the path: expected 2, got {got}'
    got = triangles(A)
    assert got is not None, 'triangles(A) returned None: expected an integer'
    assert isinstance(got, (int, np.integer)), 'triangles should return an integer'
    assert got == 0, f'triangles of the path: expected 0, got {got}'
    got = sees(A, 0, 1)
    assert got is not None, 'sees(A, 0, 1) returned None: expected a set'
    assert isinstance(got, (set, frozenset)), 'sees should return a set'
    assert got == {0, 1}, f'sees(A, 0, 1) on the path: expected {{0, 1}}, got {got}'

@test_case(points=1, hidden=True, 
    failure_message="Some number of walks is wrong. List all walks of three steps on a small graph by hand; nodes may repeat, and only walks of exactly that length count.")
def test_walks_listed(count_walks):
    import numpy as np

    def walks(A, start, end, steps):
        if steps == 0:
            return int(start == end)
        return sum((walks(A, int(n), end, steps - 1) for n in np.flatnonzero(A[:, start])))
    graph_a = [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (1, 2), (1, 5), (2, 3), (4, 5)]
    graph_b = [(0, 3), (0, 4), (0, 5), (1, 2), (1, 4), (2, 3), (2, 4), (2, 5)]
    for edges, three, seven in ((graph_a, 9, 879), (graph_b, 3, 203)):
        A = np.zeros((6, 6), dtype=np.int64)
        for m, n in edges:
            A[m, n] = A[n, m] = 1
        assert count_walks(A, 0, 1, 3) == three and count_walks(A, 0, 1, 7) == seven
    rng = np.random.default_rng(153)
    for n in (1, 2, 4, 6):
        A = (rng.random((n, n)) < 0.5).astype(np.int64) * (1 - np.eye(n, dtype=np.int64))
        for steps in range(6):
            for start, end in ((0, 0), (0, n - 1), (n - 1, 0)):
                assert count_walks(A, start, end, steps) == walks(A, start, end, steps)

@test_case(points=1, hidden=True, 
    failure_message="Long walks are not counted exactly. Neither int64 nor float64 can hold these numbers.")
def test_long_walks(count_walks):
    import numpy as np
    for n, steps in ((3, 100), (5, 61), (9, 40)):
        A = np.ones((n, n), dtype=np.int64) - np.eye(n, dtype=np.int64)
        other = ((n - 1) ** steps - (-1) ** steps) // n
        assert count_walks(A, 0, 1, steps) == other
        assert count_walks(A, 1, 1, steps) == other + (-1) ** steps
    A = np.zeros((4, 4), dtype=np.int64)
    for start, end in ((0, 1), (1, 2), (2, 3), (3, 0), (2, 0)):
        A[end, start] = 1
    laps = [1, 0, 0]
    for k in range(3, 400):
        laps.append(laps[k - 3] + (laps[k - 4] if k > 3 else 0))
    assert laps[399] > 2 ** 63
    assert count_walks(A, 0, 0, 399) == laps[399] and count_walks(A, 0, 1, 399) == laps[398]

@test_case(points=1, hidden=True, 
    failure_message="Some number of triangles is wrong. How many closed walks of three steps run round one triangle?")
def test_triangles(triangles):
    from itertools import combinations
    import numpy as np
    rng = np.random.default_rng(154)
    for n, share in ((1, 1.0), (2, 1.0), (3, 1.0), (4, 1.0), (7, 0.4), (8, 0.7), (12, 0.5), (20, 0.2)):
        A = np.triu(rng.random((n, n)) < share, 1).astype(np.int64)
        A = A + A.T
        counted = sum((A[i, j] * A[j, k] * A[k, i] for i, j, k in combinations(range(n), 3)))
        assert triangles(A) == counted

@test_case(points=1, hidden=True, 
    failure_message="Some set of seen nodes is wrong. A node always sees itself, and along a directed edge only the end sees the start.")
def test_gradient_probe(sees):
    import numpy as np
    import torch
    rng = np.random.default_rng(155)
    for n, share in ((1, 0.0), (3, 0.5), (6, 0.2), (8, 0.15), (8, 0.15), (12, 0.1)):
        A = (rng.random((n, n)) < share).astype(np.int64) * (1 - np.eye(n, dtype=np.int64))
        for matrix in (A, np.maximum(A, A.T)):
            for layers in (0, 1, 2, 3, 7):
                x = torch.ones(n, dtype=torch.float64, requires_grad=True)
                h = x
                for _ in range(layers):
                    h = h + torch.tensor(matrix, dtype=torch.float64) @ h
                for node in {0, n // 2, n - 1}:
                    slope, = torch.autograd.grad(h[node], x, retain_graph=True)
                    got = sees(matrix, node, layers)
                    assert isinstance(got, (set, frozenset))
                    assert got == set(torch.nonzero(slope).flatten().tolist())

