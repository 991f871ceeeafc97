from otter.test_files import test_case

OK_FORMAT = False

name = "q13_root_graph"
points = 6

@test_case(points=1, hidden=False, 
    failure_message="For the path a - b the root is a path of two edges; ends holds a pair for each letter from a to e; two_roots holds two lists of three pairs.")
def test_two_edges(ends, root_graph, two_roots):
    import numpy as np
    got = root_graph(np.array([[0, 1], [1, 0]]))
    assert got is not None, 'root_graph(...) returned None: expected a list of pairs'
    assert isinstance(got, (list, tuple)) and len(got) == 2, 'two edges: root_graph should return a list of two pairs'
    assert isinstance(ends, dict), 'ends should be a dictionary'
    assert set(ends) == set('abcde'), f'ends should have the keys a to e, it has {sorted(ends)}'
    assert isinstance(two_roots, (list, tuple)), 'two_roots should be a list of two lists'
    assert len(two_roots) == 2, f'two_roots should hold two lists, it holds {len(two_roots)}'
    for k, root in enumerate(two_roots):
        assert isinstance(root, (list, tuple)) and len(root) == 3, f'two_roots[{k}] should be a list of three pairs'
    named = [(f'ends[{key!r}]', pair) for key, pair in ends.items()]
    named += [('an edge in two_roots', pair) for root in two_roots for pair in root]
    for name, pair in named + [('an edge of root_graph([[0, 1], [1, 0]])', pair) for pair in got]:
        assert isinstance(pair, (list, tuple)) and len(pair) == 2, f'{name} should be a pair, got {pair!r}'
        whole = all((isinstance(n, (int, np.integer)) for n in pair))
        assert whole and pair[0] != pair[1], f'{name} should hold two different integers, got {pair!r}'
    shared = len(set(got[0]) & set(got[1]))
    assert shared == 1, f'root_graph([[0, 1], [1, 0]]): the edges should share one end, they share {shared}'

@test_case(points=1, hidden=True, 
    failure_message="The graph found by hand has another edge graph. Check each pair of letters.")
def test_by_hand(ends):
    from itertools import combinations
    touching = {'ab', 'ac', 'bc', 'bd', 'cd', 'de'}
    for x, y in combinations('abcde', 2):
        assert len(set(ends[x]) & set(ends[y])) == (x + y in touching)
    assert all((len(set(pair)) == 2 for pair in ends.values()))

@test_case(points=2, hidden=True, 
    failure_message="For some edge graph root_graph does not find a root. The edges may come in any order, and a new edge may have two new ends.")
def test_roots_found(root_graph):
    import numpy as np
    rng = np.random.default_rng(178)
    graphs = [[(0, 1)], [(0, 1), (2, 3), (1, 2)], [(0, k) for k in range(1, 8)], [(0, 1), (1, 2), (2, 0)]]
    graphs.append([(0, 1), (2, 3), (4, 5), (6, 7), (1, 2), (3, 4), (5, 6)])
    graphs.append([(i, j) for i in range(4) for j in range(i)])
    graphs.append([(0, 1), (2, 3), (0, 2), (0, 3), (1, 2), (1, 3), (3, 4)])
    while len(graphs) < 30:
        edges = [(0, 1)]
        while len(edges) < 4 + len(graphs) % 4:
            nodes = 1 + max(map(max, edges))
            pair = tuple(sorted((int(rng.integers(nodes)), int(rng.integers(nodes + 1)))))
            if pair[0] != pair[1] and pair not in edges:
                edges.append(pair)
        graphs.append([edges[k] for k in rng.permutation(len(edges))])
    for edges in graphs:
        A_edge = np.array([[len(set(e) & set(f)) % 2 for f in edges] for e in edges], dtype=np.int64)
        got = root_graph(A_edge)
        assert isinstance(got, (list, tuple)) and len(got) == len(edges)
        assert all((len(pair) == 2 and len(set(pair)) == 2 for pair in got))
        for e, first in enumerate(got):
            for f, second in enumerate(got):
                assert e == f or len(set(first) & set(second)) == A_edge[e, f]

@test_case(points=1, hidden=True, 
    failure_message="root_graph gives an answer for a graph that is no edge graph. An edge can touch three others only if two of these touch each other.")
def test_no_root(root_graph):
    import numpy as np
    claw = ['03 13 23']
    five = ['02 03 04 12 13 14 24', '01 03 04 12 13 14 23 24 34']
    six = ['01 14 15 23 24 25 45', '01 04 05 12 15 23 25 34', '01 02 03 12 13 15 23 25 45']
    six += ['02 03 04 05 12 13 23 34 45']
    six += ['01 04 05 12 15 23 25 34 35 45', '01 02 05 12 13 14 15 25 34 35 45']
    rng = np.random.default_rng(179)
    for n, texts in ((4, claw), (5, five), (6, six), (7, claw + five)):
        for text in texts:
            A_edge = np.zeros((n, n), dtype=np.int64)
            for i, j in text.split():
                A_edge[int(i), int(j)] = A_edge[int(j), int(i)] = 1
            for k in range(1, n):
                if not A_edge[k].any():
                    A_edge[k, k - 1] = A_edge[k - 1, k] = 1
            order = rng.permutation(n)
            try:
                root_graph(A_edge[order][:, order])
            except ValueError:
                continue
            raise AssertionError('a graph that is no edge graph got a root')

@test_case(points=1, hidden=True, 
    failure_message="The two roots of the triangle are not right. In each, every two edges touch, and they differ in the number of nodes.")
def test_two_roots(two_roots):
    sizes = set()
    for edges in two_roots:
        assert len(edges) == 3
        for k, edge in enumerate(edges):
            assert len(set(edge)) == 2 and len(set(edge) & set(edges[k - 1])) == 1
        sizes.add(len({n for edge in edges for n in edge}))
    assert len(sizes) == 2

