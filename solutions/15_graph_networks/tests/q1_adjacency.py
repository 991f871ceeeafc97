from otter.test_files import test_case

OK_FORMAT = False

name = "q1_adjacency"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="The path 0 - 1 - 2 has the rows [0, 1, 0], [1, 0, 1] and [0, 1, 0], as an int64 array.")
def test_path(adjacency):
    import numpy as np
    got = adjacency(3, [(0, 1), (1, 2)])
    assert got is not None, 'adjacency(...) returned None: expected an array of shape (3, 3)'
    assert isinstance(got, np.ndarray), 'adjacency should return a NumPy array'
    assert got.shape == (3, 3), f'expected shape (3, 3), got {got.shape}'
    assert got.dtype == np.int64, f'expected dtype int64, got {got.dtype}'
    expected = [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    assert got.tolist() == expected, f'expected {expected}, got {got.tolist()}'

@test_case(points=1, hidden=True, 
    failure_message="For some graph the matrix is not right. Try edges listed twice or backwards, and nodes without any edge.")
def test_graphs(adjacency):
    import numpy as np
    graph_a = [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (1, 2), (1, 5), (2, 3), (4, 5)]
    graph_b = [(0, 3), (0, 4), (0, 5), (1, 2), (1, 4), (2, 3), (2, 4), (2, 5)]
    cases = [(6, graph_a), (6, graph_b), (8, graph_a), (1, []), (4, []), (2, [(1, 0)]), (2, [(0, 1)] * 3)]
    rng = np.random.default_rng(151)
    for n in (2, 3, 5, 9, 20):
        pairs = [(int(i), int(j)) for i, j in rng.integers(0, n, size=(2 * n, 2)) if i != j]
        cases.append((n, pairs))
        cases.append((n + 1, pairs + [(j, i) for i, j in pairs[::2]]))
    for n, edges in cases:
        got = adjacency(n, list(edges))
        assert got.shape == (n, n) and got.dtype == np.int64
        joined = {frozenset(edge) for edge in edges}
        for i in range(n):
            for j in range(n):
                assert got[i, j] == (frozenset((i, j)) in joined)

@test_case(points=1, hidden=True, 
    failure_message="A pair that is no edge between two different existing nodes goes through without a ValueError. Python reads negative positions from the end.")
def test_impossible_edges(adjacency):
    for n, edge in ((3, (1, 1)), (3, (0, 3)), (3, (3, 0)), (3, (-1, 1)), (3, (1, -1)), (3, (0, -3)), (1, (0, 0))):
        try:
            adjacency(n, [(0, 1), (1, 2), edge] if n == 3 else [edge])
        except ValueError:
            continue
        raise AssertionError('an impossible edge went through')

