from otter.test_files import test_case

OK_FORMAT = False

name = "q12_incidence"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="For the path 0 - 1 - 2, B has the rows (1, 0), (1, 1), (0, 1), and the edge graph has the eigenvalues 1 and -1.")
def test_path(incidence, node_adjacency, edge_adjacency, edge_graph_eigenvalues):
    import numpy as np
    A = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    B = np.array([[1, 0], [1, 1], [0, 1]])
    steps = [('incidence', incidence(A), B), ('node_adjacency', node_adjacency(B), A)]
    steps.append(('edge_adjacency', edge_adjacency(B), np.array([[0, 1], [1, 0]])))
    for name, got, expected in steps:
        assert got is not None, f'{name}(...) returned None: expected an array of shape {expected.shape}'
        assert isinstance(got, np.ndarray), f'{name} should return a NumPy array'
        assert got.shape == expected.shape, f'{name}: expected shape {expected.shape}, got {got.shape}'
        assert got.dtype == np.int64, f'{name}: expected dtype int64, got {got.dtype}'
        assert np.array_equal(got, expected), f'{name}: expected {expected.tolist()}, got {got.tolist()}'
    got = edge_graph_eigenvalues(A)
    assert got is not None, 'edge_graph_eigenvalues(A) returned None: expected an array of shape (2,)'
    assert np.shape(got) == (2,), f'edge_graph_eigenvalues: expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, [1, -1]), f'edge_graph_eigenvalues: expected [1, -1], got {np.asarray(got).tolist()}'

@test_case(points=1, hidden=True, 
    failure_message="The incidence matrix is wrong for some graph. Each column has two ones, and the columns follow the sorted edges.")
def test_incidence(incidence):
    import numpy as np
    rng = np.random.default_rng(174)
    for n, share in ((1, 0.0), (3, 0.0), (2, 1.0), (5, 1.0), (6, 0.4), (9, 0.5), (14, 0.2)):
        edges = [(i, j) for i in range(n) for j in range(i + 1, n) if rng.random() < share]
        A = np.zeros((n, n), dtype=np.int64)
        for i, j in edges:
            A[i, j] = A[j, i] = 1
        B = incidence(A)
        assert B.dtype == np.int64 and B.shape == (n, len(edges))
        for e, edge in enumerate(edges):
            assert B[:, e].tolist() == [int(k in edge) for k in range(n)]

@test_case(points=1, hidden=True, 
    failure_message="The adjacency matrix of the graph does not come out of B. What stands on the diagonal of your product?")
def test_nodes_from_incidence(node_adjacency):
    import numpy as np
    rng = np.random.default_rng(175)
    for n, share in ((1, 0.0), (3, 0.0), (2, 1.0), (5, 1.0), (6, 0.4), (9, 0.3), (14, 0.5)):
        edges = [(i, j) for i in range(n) for j in range(i + 1, n) if rng.random() < share]
        B, A = (np.zeros((n, len(edges)), dtype=np.int64), np.zeros((n, n), dtype=np.int64))
        for e, k in enumerate(rng.permutation(len(edges))):
            i, j = edges[k]
            B[i, e] = B[j, e] = A[i, j] = A[j, i] = 1
        got = node_adjacency(B)
        assert got.dtype == np.int64 and np.array_equal(got, A)

@test_case(points=1, hidden=True, 
    failure_message="The adjacency matrix of the edge graph does not come out of B. How many ends does an edge share with itself?")
def test_edges_from_incidence(edge_adjacency):
    import numpy as np
    rng = np.random.default_rng(176)
    for n, share in ((3, 0.0), (2, 1.0), (5, 1.0), (6, 0.4), (9, 0.4)):
        edges = [(i, j) for i in range(n) for j in range(i + 1, n) if rng.random() < share]
        edges = [set(edges[k]) for k in rng.permutation(len(edges))]
        B = np.array([[int(k in edge) for edge in edges] for k in range(n)], dtype=np.int64)
        got = edge_adjacency(B)
        assert got.dtype == np.int64 and got.shape == (len(edges), len(edges))
        for e, first in enumerate(edges):
            for f, second in enumerate(edges):
                assert got[e, f] == (e != f and bool(first & second))

@test_case(points=1, hidden=True, 
    failure_message="The eigenvalues are not those of the edge graph, or not as many as there are edges. Compare on a tree and on a complete graph.")
def test_eigenvalues(edge_graph_eigenvalues):
    import numpy as np
    rng = np.random.default_rng(177)
    graphs = [(1, []), (4, []), (2, [(0, 1)]), (6, [(0, k) for k in range(1, 6)]), (7, [(0, 1), (1, 2), (4, 5)])]
    graphs += [(n, [(i, i + 1) for i in range(n - 1)] + [(0, n - 1)]) for n in (3, 6)]
    for n, share in ((5, 1.0), (8, 0.6), (9, 0.25)):
        graphs.append((n, [(i, j) for i in range(n) for j in range(i + 1, n) if rng.random() < share]))
    for n, edges in graphs:
        A = np.zeros((n, n), dtype=np.int64)
        for i, j in edges:
            A[i, j] = A[j, i] = 1
        got = np.asarray(edge_graph_eigenvalues(A))
        assert got.shape == (len(edges),)
        if edges:
            A_edge = np.array([[float(e != f and bool({*e} & {*f})) for f in edges] for e in edges])
            assert np.abs(got - np.linalg.eigvalsh(A_edge)[::-1]).max() < 1e-09
    complete = np.ones((400, 400), dtype=np.int64) - np.eye(400, dtype=np.int64)
    got = np.asarray(edge_graph_eigenvalues(complete))
    assert got.shape == (79800,)
    assert abs(got[0] - 796) < 1e-06 and np.abs(got[1:400] - 396).max() < 1e-06 and (np.abs(got[400:] + 2).max() < 1e-06)

