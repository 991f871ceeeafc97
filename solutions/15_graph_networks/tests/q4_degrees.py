from otter.test_files import test_case

OK_FORMAT = False

name = "q4_degrees"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="The path 0 - 1 - 2 has the degrees 1, 2, 1, and two walks of two steps from 1 back to 1; walk_facts holds seven booleans.")
def test_path(degree_matrix, return_walks, degrees_from_walks, walk_facts):
    import numpy as np
    A = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    got = degree_matrix(A)
    assert got is not None, 'degree_matrix(A) returned None: expected an array of shape (3, 3)'
    assert isinstance(got, np.ndarray), 'degree_matrix should return a NumPy array'
    assert got.shape == (3, 3), f'degree_matrix: expected shape (3, 3), got {got.shape}'
    assert got.dtype == np.int64, f'degree_matrix: expected dtype int64, got {got.dtype}'
    assert np.diag(got).tolist() == [1, 2, 1], f'degrees of the path: expected 1, 2, 1, got {np.diag(got).tolist()}'
    got = return_walks(A, 1)
    assert got is not None, 'return_walks(A, 1) returned None: expected a list of tuples'
    assert got == [(1, 0, 1), (1, 2, 1)], f'return_walks(A, 1): expected [(1, 0, 1), (1, 2, 1)], got {got}'
    got = degrees_from_walks(A)
    assert got is not None, 'degrees_from_walks(A) returned None: expected an array of shape (3,)'
    assert isinstance(got, np.ndarray), 'degrees_from_walks should return a NumPy array'
    assert got.tolist() == [1, 2, 1], f'degrees_from_walks: expected [1, 2, 1], got {got.tolist()}'
    assert isinstance(walk_facts, dict), 'walk_facts should be a dictionary'
    for key in ('directed', 'weighted', 'in_pieces', 'odd_cycles', 'triangles_add', 'row_sum', 'leaving'):
        assert isinstance(walk_facts.get(key), (bool, np.bool_)), f'walk_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="Some degree matrix is not right. A node is not its own neighbour, and off the diagonal everything is zero.")
def test_degree_matrices(degree_matrix):
    import numpy as np
    rng = np.random.default_rng(156)
    graph_a = [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (1, 2), (1, 5), (2, 3), (4, 5)]
    graph_b = [(0, 3), (0, 4), (0, 5), (1, 2), (1, 4), (2, 3), (2, 4), (2, 5)]
    cases = [(6, graph_a, [5, 3, 3, 2, 2, 3]), (6, graph_b, [3, 2, 4, 2, 3, 2]), (1, [], [0]), (3, [(2, 0)], [1, 0, 1])]
    for n in (5, 9, 15):
        edges = [(i, j) for i in range(n - 1) for j in range(i) if rng.random() < 0.5]
        cases.append((n, edges, [sum((k in edge for edge in edges)) for k in range(n)]))
    for n, edges, degrees in cases:
        A = np.zeros((n, n), dtype=np.int64)
        for i, j in edges:
            A[i, j] = A[j, i] = 1
        got = degree_matrix(A)
        assert got.dtype == np.int64 and got.shape == (n, n)
        assert got.tolist() == [[degrees[i] if i == j else 0 for j in range(n)] for i in range(n)]
        assert np.trace(got) == 2 * len(edges)

@test_case(points=1, hidden=True, 
    failure_message="The walks of two steps that come back to their node are not all found, or are not counted right.")
def test_walks_there_and_back(return_walks, degrees_from_walks):
    import numpy as np
    rng = np.random.default_rng(157)
    for n, share in ((1, 0.0), (2, 1.0), (5, 0.5), (7, 0.8), (9, 0.3), (12, 0.4)):
        A = np.triu(rng.random((n, n)) < share, 1).astype(np.int64)
        A = A + A.T
        if n > 6:
            A[:, 3] = A[3] = 0
        counts = degrees_from_walks(A)
        assert counts.dtype == np.int64 and counts.shape == (n,)
        for node in range(n):
            found = return_walks(A, node)
            assert all((type(k) is int for walk in found for k in walk))
            assert found == [(node, m, node) for m in range(n) if A[node, m] and A[m, node]]
            assert counts[node] == len(found)

@test_case(points=1, hidden=True, 
    failure_message="degrees_from_walks gives an answer for a matrix where the diagonal of its square does not hold the degrees, or gives no int64 array of the degrees where A holds zeros and ones as floats.")
def test_refused(degrees_from_walks):
    import numpy as np
    ring = np.roll(np.eye(4), 1, axis=0)
    path = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    refused = [ring, ring.astype(np.int64), np.triu(path), np.array([[0, 0], [1, 0]])]
    refused += [2 * path, 0.5 * path, -path, path * [[0, 3, 0], [3, 0, 1], [0, 1, 0]]]
    for A in refused:
        try:
            degrees_from_walks(A)
        except ValueError:
            continue
        raise AssertionError('a matrix without this property went through')
    for A in (ring + ring.T, np.zeros((3, 3)), (ring + ring.T).astype(np.int64)):
        counts = degrees_from_walks(A)
        assert counts.dtype == np.int64 and counts.tolist() == A.sum(axis=0).tolist()

@test_case(points=1, hidden=True, 
    failure_message="At least one of the seven statements is decided wrongly. Try small graphs - an arrow, one weighted edge, a triangle.")
def test_walk_facts(walk_facts):
    from itertools import product
    import numpy as np
    facts = dict.fromkeys(('directed', 'weighted', 'in_pieces', 'odd_cycles', 'row_sum', 'leaving'), True)
    facts['triangles_add'] = False
    for bits in product((0, 1), repeat=6):
        A = np.zeros((3, 3), dtype=int)
        A[~np.eye(3, dtype=bool)] = bits
        leaving = [sum((A[m, n] for m in range(3))) for n in range(3)]
        facts['directed'] &= np.diag(A @ A).tolist() == leaving
        facts['leaving'] &= np.diag(A.T @ A).tolist() == leaving
    for bits in product((0, 1), repeat=10):
        A = np.zeros((5, 5), dtype=int)
        A[np.triu_indices(5, 1)] = bits
        A = A + A.T
        right = np.diag(A @ A).tolist() == [np.count_nonzero(row) for row in A]
        cube = A @ A @ A
        facts['in_pieces'] &= right or bool(np.linalg.matrix_power(A + np.eye(5, dtype=int), 4).all())
        facts['odd_cycles'] &= right or not (np.trace(cube) or np.trace(cube @ A @ A))
        facts['triangles_add'] |= bool((np.diag(A @ A) > A.sum(axis=0))[np.diag(cube) > 0].any())
        facts['row_sum'] &= np.diag(A @ A).tolist() == (A @ A).sum(axis=1).tolist()
    weights = np.array([[0, 0.5], [0.5, 0]])
    facts['weighted'] = np.allclose(np.diag(weights @ weights), weights.sum(axis=1))
    for key, fact in facts.items():
        assert isinstance(walk_facts[key], (bool, np.bool_))
        assert bool(walk_facts[key]) is bool(fact)

