from otter.test_files import test_case

OK_FORMAT = False

name = "q2_drawing"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="The path has the edges [(0, 1), (1, 2)]; places_1 and places_2 hold seven points each.")
def test_path_and_shapes(edge_list, places_1, places_2):
    import numpy as np
    got = edge_list(np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]]))
    assert got is not None, 'edge_list(...) returned None: expected a list of tuples'
    assert isinstance(got, list), 'edge_list should return a list'
    assert got == [(0, 1), (1, 2)], f'the path 0 - 1 - 2: expected [(0, 1), (1, 2)], got {got}'
    for name, places in (('places_1', places_1), ('places_2', places_2)):
        assert isinstance(places, (list, tuple, np.ndarray)), f'{name} should be a list of seven pairs, or an array'
        assert len(places) == 7, f'{name} should hold seven points, it has {len(places)}'
        assert all((np.shape(place) == (2,) for place in places)), f'each entry of {name} should be a pair (x, y)'
        assert np.isfinite(np.array(places, dtype=float)).all(), f'{name} should hold finite numbers'

@test_case(points=1, hidden=True, 
    failure_message="For some matrix the list of edges is not right, or a matrix that is not symmetric goes through. Each edge stands in the matrix twice.")
def test_edge_lists(edge_list):
    import numpy as np
    rng = np.random.default_rng(152)
    for n in (1, 2, 3, 4, 7, 7, 12, 30):
        pairs = [(i, j) for i in range(n) for j in range(i + 1, n) if rng.random() < 0.4]
        A = np.zeros((n, n), dtype=np.int64)
        for i, j in pairs:
            A[i, j] = A[j, i] = 1
        for matrix in (A, A.astype(float), np.asfortranarray(A)):
            got = edge_list(matrix)
            assert isinstance(got, list) and all((type(k) is int for edge in got for k in edge))
            assert got == pairs
    for i, j in ((0, 2), (2, 0), (1, 2), (2, 1)):
        A = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]])
        A[i, j] = 1
        try:
            edge_list(A)
        except ValueError:
            continue
        raise AssertionError('a matrix that is not symmetric went through')

@test_case(points=2, hidden=True, 
    failure_message="In at least one of the two drawings edges cross, or run through a node that is not theirs.")
def test_no_crossings(places_1, places_2):
    from fractions import Fraction
    from itertools import combinations

    def side(a, b, c):
        area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        return (area > 0) - (area < 0)

    def between(a, b, c):
        inside_box = all((min(a[k], b[k]) <= c[k] <= max(a[k], b[k]) for k in (0, 1)))
        return side(a, b, c) == 0 and inside_box
    rows_1 = '0110000 1001110 1000011 0100011 0100001 0111000 0011100'.split()
    rows_2 = '0011001 0011100 1100000 1100111 0101001 0001001 1001110'.split()
    for places, rows in ((places_1, rows_1), (places_2, rows_2)):
        p = [tuple((Fraction(float(value)) for value in place)) for place in places]
        assert len(set(p)) == 7
        edges = [(i, j) for i in range(7) for j in range(i) if rows[i][j] == '1']
        for i, j in edges:
            assert not any((between(p[i], p[j], p[n]) for n in range(7) if n not in (i, j)))
        for (i, j), (m, n) in combinations(edges, 2):
            if len({i, j, m, n}) == 4:
                apart = side(p[i], p[j], p[m]) == side(p[i], p[j], p[n])
                assert apart or side(p[m], p[n], p[i]) == side(p[m], p[n], p[j])

