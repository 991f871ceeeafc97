from otter.test_files import test_case

OK_FORMAT = False

name = "q11_edge_graph"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="The edge graph of the path 0 - 1 - 2 - 3 is the path a - b - c, with 2 edges; joined holds pairs of letters.")
def test_path(joined, edge_graph, edge_graph_size):
    import numpy as np
    assert isinstance(joined, (set, frozenset)), 'joined should be a set'
    for pair in joined:
        assert isinstance(pair, str) and len(pair) == 2, f'joined should hold strings of two letters, got {pair!r}'
        assert 'a' <= pair[0] < pair[1] <= 'f', f'{pair!r}: expected two of the letters a to f, in alphabetical order'
    got = edge_graph([(0, 1), (1, 2), (2, 3)])
    assert got is not None, 'edge_graph(...) returned None: expected an array of shape (3, 3)'
    assert isinstance(got, np.ndarray), 'edge_graph should return a NumPy array'
    assert got.dtype == np.int64, f'edge_graph: expected dtype int64, got {got.dtype}'
    expected = [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    assert got.tolist() == expected, f'edge_graph of the path: expected {expected}, got {got.tolist()}'
    got = edge_graph_size([1, 2, 2, 1])
    assert got is not None, 'edge_graph_size(...) returned None: expected an integer'
    assert isinstance(got, (int, np.integer)), 'edge_graph_size should return an integer'
    assert got == 2, f'edge_graph_size([1, 2, 2, 1]): expected 2, got {got}'

@test_case(points=1, hidden=True, 
    failure_message="The edge graph drawn by hand is not right. Go from node to node, all edges that end there are joined to one another.")
def test_by_hand(joined):
    ends = {'a': '01', 'b': '02', 'c': '12', 'd': '23', 'e': '34', 'f': '35'}
    meeting = set()
    for node in '012345':
        here = sorted((letter for letter, pair in ends.items() if node in pair))
        meeting |= {x + y for x in here for y in here if x < y}
    assert set(joined) == meeting

@test_case(points=1, hidden=True, 
    failure_message="The edge graph is wrong for some list of edges. Any end may be the shared one, and an edge is not joined to itself.")
def test_edge_graphs(edge_graph):
    import numpy as np
    rng = np.random.default_rng(172)
    lists = [[], [(0, 1)], [(4, 9), (7, 8)], [(5, 0), (5, 1), (2, 5), (5, 3), (4, 5)], [(1, 0), (2, 1), (0, 2)]]
    lists += [[(-3, 100), (7, -3), (100, 12)]]
    for n, share in ((5, 0.5), (7, 0.6), (9, 0.3)):
        pairs = [(i, j) if rng.random() < 0.5 else (j, i) for i in range(n) for j in range(i) if rng.random() < share]
        lists.append([pairs[k] for k in rng.permutation(len(pairs))])
    for edges in lists:
        A_edge = edge_graph(list(edges))
        assert A_edge.shape == (len(edges), len(edges)) and A_edge.dtype == np.int64
        labels = sorted({n for edge in edges for n in edge})
        touch = np.array([[n in edge for edge in edges] for n in labels], dtype=np.int64)
        touch = touch.reshape(len(labels), len(edges))
        expected = touch.T @ touch
        np.fill_diagonal(expected, 0)
        assert np.array_equal(A_edge, expected)

@test_case(points=1, hidden=True, 
    failure_message="The number of edges of the edge graph is wrong for some degrees. How many pairs of edges meet at one node?")
def test_sizes(edge_graph_size):
    import numpy as np
    assert edge_graph_size([]) == 0 and edge_graph_size([0]) == 0 and (edge_graph_size([0, 1, 1]) == 0)
    rng = np.random.default_rng(173)
    for n, share in ((4, 1.0), (6, 0.5), (9, 0.4), (12, 0.6)):
        edges = [{i, j} for i in range(n) for j in range(i) if rng.random() < share]
        degrees = [sum((node in edge for edge in edges)) for node in range(n)]
        meeting = sum((bool(e & f) for k, e in enumerate(edges) for f in edges[:k]))
        got = edge_graph_size(degrees)
        assert isinstance(got, (int, np.integer)) and got == meeting
    assert edge_graph_size([10 ** 10]) == 49999999995 * 10 ** 9

