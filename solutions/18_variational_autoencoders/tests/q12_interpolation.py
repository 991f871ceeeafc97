from otter.test_files import test_case

OK_FORMAT = False

name = "q12_interpolation"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="Half the way from (1, 0) to (0, 2) is (0.7071, 1.4142); the three norms are single numbers; way_facts holds six booleans.")
def test_quarter_circle(slerp, midpoint_norms, way_facts):
    import numpy as np
    a, b = (np.array([1.0, 0.0]), np.array([0.0, 2.0]))
    got = slerp(a, b, np.array([0.5]))
    assert got is not None, 'slerp(...) returned None: expected an array of shape (T, D)'
    assert np.shape(got) == (1, 2), f'slerp: expected shape (1, 2), got {np.shape(got)}'
    assert np.allclose(got, [[0.5 ** 0.5, 2 ** 0.5]]), f'slerp: expected [[0.7071, 1.4142]], got {np.asarray(got).tolist()}'
    got = midpoint_norms(a[None], b[None])
    assert got is not None, 'midpoint_norms(...) returned None: expected three floats'
    assert np.shape(got) == (3,), f'midpoint_norms should return three numbers, got {got}'
    assert abs(got[0] - 1.5) < 1e-09, f'the ends have the norms 1 and 2: expected the mean 1.5, got {got[0]}'
    assert isinstance(way_facts, dict), 'way_facts should be a dictionary'
    keys = ['nearly_orthogonal', 'midpoint_is_less_dense', 'midpoint_length_is_rare']
    for key in [*keys, 'slerp_stays_in_shell', 'straight_is_fine_for_few', 'unit_length_repairs']:
        assert isinstance(way_facts.get(key), (bool, np.bool_)), f'way_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The way is wrong for some vectors. Check ends of other lengths, equal steps of the angle, and parallel vectors.")
def test_way(slerp):
    import numpy as np
    rng = np.random.default_rng(1826)
    t = np.concatenate([np.linspace(0, 1, 9), [0.123]])
    for d in (2, 3, 50):
        for long_a, long_b in ((1.0, 1.0), (0.3, 4.0), (20.0, 7.0)):
            a, b = rng.normal(size=(2, d))
            e = a / np.sqrt(a @ a)
            g = b - b @ e * e
            g /= np.sqrt(g @ g)
            angle = np.arctan2(b @ g, b @ e)
            a, b = (long_a * e, long_b * (np.cos(angle) * e + np.sin(angle) * g))
            got = np.asarray(slerp(a, b, t))
            assert got.shape == (10, d)
            units = np.stack([e, b / long_b], axis=1)
            turned = np.outer(e, np.cos(t * angle)) + np.outer(g, np.sin(t * angle))
            shares = np.linalg.lstsq(units, turned, rcond=None)[0]
            expected = units * [long_a, long_b] @ shares
            room = 1e-10 * (long_a + long_b)
            assert np.abs(got - expected.T).max() <= room
            assert np.abs(got[0] - a).max() <= room and np.abs(got[8] - b).max() <= room
    for _ in range(30):
        a = rng.normal(size=40)
        for b, expected in ((a, np.outer(np.ones(10), a)), (3 * a, np.outer(1 + 2 * t, a))):
            got = np.asarray(slerp(a, b, t))
            assert np.all(np.isfinite(got)) and np.abs(got - expected).max() <= 1e-06

@test_case(points=1, hidden=True, 
    failure_message="A mean of norms is wrong. Of which points are the norms taken, and over what is averaged?")
def test_norms(midpoint_norms):
    import math
    import numpy as np
    rng = np.random.default_rng(1827)
    for n, d in ((1, 2), (4, 3), (200, 1000)):
        a, b = (rng.normal(size=(n, d)), rng.normal(size=(n, d)) * 1.5)
        ends, straight, spherical = midpoint_norms(a, b)
        lines = [list(map(float, (p @ p, q @ q, p @ q))) for p, q in zip(a, b)]
        assert abs(ends - np.mean([[p ** 0.5, q ** 0.5] for p, q, _ in lines])) <= 1e-10 * ends
        sums = np.array([math.sqrt(p + q + 2 * pq) for p, q, pq in lines])
        assert abs(straight - np.mean(sums / 2)) <= 1e-10 * ends
        cosines = np.array([pq / math.sqrt(p * q) for p, q, pq in lines])
        assert abs(spherical - np.mean(sums / np.sqrt(2 * (1 + cosines)))) <= 1e-08 * ends
    assert all((np.shape(v) == () for v in (ends, straight, spherical)))

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements about ways between codes is decided wrongly.")
def test_way_facts(way_facts):
    import numpy as np
    rng = np.random.default_rng(1828)
    a, b = rng.normal(size=(2, 1000, 1000))
    lengths = np.linalg.norm(a, axis=1)
    cosines = (a * b).sum(1) / lengths / np.linalg.norm(b, axis=1)
    middle = (a + b) / 2
    spherical = (a + b) / np.sqrt(2 * (1 + cosines))[:, None]
    low, high = np.quantile(lengths, [0.02, 0.98])
    usual = np.linalg.norm(spherical, axis=1)
    unit = np.linalg.norm(middle / np.linalg.norm(middle, axis=1, keepdims=True), axis=1)
    single = rng.normal(size=(2, 10000))
    typical = np.sqrt(np.mean((single.sum(0) / 2) ** 2))
    found = {'nearly_orthogonal': np.mean(np.abs(np.degrees(np.arccos(cosines)) - 90) < 10) > 0.95, 'midpoint_is_less_dense': np.mean((middle ** 2).sum(1) > lengths ** 2) > 0.5, 'midpoint_length_is_rare': np.mean(lengths < np.median(np.linalg.norm(middle, axis=1))) < 0.002, 'slerp_stays_in_shell': np.mean((low < usual) & (usual < high)) > 0.8, 'straight_is_fine_for_few': np.mean(np.abs(single[0]) <= typical) > 0.1, 'unit_length_repairs': np.mean((low < unit) & (unit < high)) > 0.8}
    for key, fact in found.items():
        assert isinstance(way_facts[key], (bool, np.bool_)) and bool(way_facts[key]) == bool(fact)

