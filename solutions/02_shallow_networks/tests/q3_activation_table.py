from otter.test_files import test_case

OK_FORMAT = False

name = "q3_activation_table"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="For the rows (-1, 1) and (0, -2) the joints are 0 and 1; unit 2 is active on the left, none in between, unit 1 on the right.")
def test_two_units(activation_table):
    import numpy as np
    got = activation_table(np.array([[-1.0, 1.0], [0.0, -2.0]]))
    assert got is not None, 'activation_table(...) returned None: expected (joints, patterns)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'expected two arrays, (joints, patterns)'
    joints, patterns = (np.asarray(got[0]), np.asarray(got[1]))
    assert joints.shape == (2,), f'joints: expected shape (2,), got {joints.shape}'
    assert patterns.shape == (3, 2), f'patterns: expected shape (3, 2), got {patterns.shape}'
    assert patterns.dtype == bool, f'patterns: expected booleans, got dtype {patterns.dtype}'
    assert np.allclose(joints, [0, 1]), f'joints: expected [0, 1], got {joints.tolist()}'
    expected = [[False, True], [False, False], [True, False]]
    assert patterns.tolist() == expected, f'patterns: expected {expected}, got {patterns.tolist()}'

@test_case(points=1, hidden=True, 
    failure_message="The table of the running example is not right. A unit with a negative slope is active on the other side of its joint.")
def test_running_example(activation_table):
    import numpy as np
    theta = np.array([[-0.2, 0.4], [-0.9, 0.9], [1.1, -0.7]])
    joints, patterns = activation_table(theta)
    assert np.allclose(joints, [1 / 2, 1, 11 / 7], rtol=1e-12, atol=0)
    for x, row in zip((0.25, 0.75, 1.3, 1.8), np.asarray(patterns)):
        z = [t0 + t1 * x for t0, t1 in theta]
        assert row.tolist() == [value > 0 for value in z]

@test_case(points=1, hidden=True, 
    failure_message="For some theta the table is wrong. Rows go from left to right, columns in the order of the units, whatever the signs.")
def test_random_tables(activation_table):
    from fractions import Fraction
    import numpy as np
    rng = np.random.default_rng(32)
    tables = [[(3, 2)], [(3, -2)], [(0, -5)], [(-7, -1), (7, 1000)]]
    for d in (2, 3, 3, 4, 5, 6, 8, 12):
        for _ in range(4):
            rows = []
            while len(rows) < d:
                t0, t1 = (int(rng.integers(-50, 51)), int(rng.integers(-9, 10)))
                if t1 and all((t0 * u1 != u0 * t1 for u0, u1 in rows)):
                    rows.append((t0, t1))
            tables.append(rows)
    for rows in tables:
        joints, patterns = activation_table(np.array(rows, dtype=np.float64))
        exact = sorted((Fraction(-t0, t1) for t0, t1 in rows))
        probes = [exact[0] - 1, *((a + b) / 2 for a, b in zip(exact, exact[1:])), exact[-1] + 1]
        expected = [[t0 + t1 * x > 0 for t0, t1 in rows] for x in probes]
        assert np.shape(joints) == (len(rows),)
        assert np.allclose(joints, [float(x) for x in exact], rtol=1e-12, atol=1e-12)
        patterns = np.asarray(patterns)
        assert patterns.dtype == bool and patterns.tolist() == expected
        assert (patterns[0] != patterns[-1]).all()

