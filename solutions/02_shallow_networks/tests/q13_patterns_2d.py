from otter.test_files import test_case

OK_FORMAT = False

name = "q13_patterns_2d"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="For the rows (0, 1, 0), (0, 0, 1) and (-1, 1, 1) the missing pattern is (0, 0, 1) and the other seven occur.")
def test_two_axes_and_a_diagonal(activation_patterns, missing_pattern):
    import numpy as np
    theta = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [-1.0, 1.0, 1.0]])
    got = missing_pattern(theta)
    assert got is not None, 'missing_pattern(...) returned None: expected a tuple'
    assert isinstance(got, tuple) and len(got) == 3, 'missing_pattern should return a tuple of three integers'
    assert got == (0, 0, 1), f'missing_pattern: expected (0, 0, 1), got {got}'
    got = activation_patterns(theta)
    assert got is not None, 'activation_patterns(...) returned None: expected a set of tuples'
    assert isinstance(got, (set, frozenset)), 'activation_patterns should return a set'
    assert len(got) == 7, f'activation_patterns: expected 7 patterns, got {len(got)}'
    assert (1, 1, 1) in got, 'activation_patterns: (1, 1, 1) occurs in this network'
    assert (0, 0, 1) not in got, 'activation_patterns: (0, 0, 1) does not occur in this network'

@test_case(points=1, hidden=True, 
    failure_message="For one particular network the patterns are not the ones that random points of the plane show.")
def test_given_network(activation_patterns, missing_pattern):
    import numpy as np
    theta = np.array([[-0.2, 1.0, 0.3], [-0.1, -0.4, 1.0], [0.9, -1.0, -0.8]])
    rng = np.random.default_rng(50)
    x = np.concatenate([rng.uniform(-1, 2, size=(20000, 2)), rng.normal(size=(20000, 2)) * 100])
    on = theta[:, 0] + x @ theta[:, 1:].T > 0
    seen = {tuple((int(v) for v in row)) for row in np.unique(on, axis=0)}
    assert len(seen) == 7
    assert activation_patterns(theta) == seen
    assert missing_pattern(theta) not in seen and len(missing_pattern(theta)) == 3

@test_case(points=2, hidden=True, 
    failure_message="For some lines the set of patterns is wrong. Think of a small triangle far away, and of what one flipped row does.")
def test_patterns_around_the_corners(activation_patterns):
    from fractions import Fraction
    import numpy as np
    rng = np.random.default_rng(51)
    cases = [rng.normal(size=(3, 3)) for _ in range(30)]
    signs = np.array([[1.0, 1, -1], [1, -1, 1], [-1, 1, 1]])
    cases += [rng.integers(1, 4, size=(3, 3)) * signs for _ in range(5)]
    for _ in range(20):
        angle = rng.uniform(0, np.pi) + np.array([0.0, 1.0, 2.0]) + rng.uniform(-0.3, 0.3, size=3)
        normals = np.stack([np.cos(angle), np.sin(angle)], axis=1) * rng.choice([-1, 1], size=(3, 1))
        point = rng.normal(size=2) * 1000
        cases.append(np.column_stack([0.001 * rng.choice([-1, 1], size=3) - normals @ point, normals]))
    checked = 0
    for theta in cases:
        t = [[Fraction(v) for v in row] for row in theta]
        seen = set()
        for a, b, other in ((0, 1, 2), (0, 2, 1), (1, 2, 0)):
            det = t[a][1] * t[b][2] - t[a][2] * t[b][1]
            if det == 0:
                break
            x1 = (t[a][2] * t[b][0] - t[a][0] * t[b][2]) / det
            x2 = (t[a][0] * t[b][1] - t[a][1] * t[b][0]) / det
            z = t[other][0] + t[other][1] * x1 + t[other][2] * x2
            if z == 0:
                break
            for sign_a in (0, 1):
                for sign_b in (0, 1):
                    pattern = [0, 0, 0]
                    pattern[a], pattern[b], pattern[other] = (sign_a, sign_b, int(z > 0))
                    seen.add(tuple(pattern))
        else:
            assert len(seen) == 7
            assert activation_patterns(theta) == seen
            checked += 1
            for k in range(3):
                flipped = theta.copy()
                flipped[k] *= -1
                mirror = {tuple((1 - v if i == k else v for i, v in enumerate(p))) for p in seen}
                assert activation_patterns(flipped) == mirror
    assert checked >= 50

@test_case(points=1, hidden=True, 
    failure_message="The pattern that you call missing does occur somewhere. Compare it with the pattern inside the triangle.")
def test_missing_pattern(missing_pattern):
    import numpy as np
    rng = np.random.default_rng(52)
    checked = 0
    while checked < 40:
        corners = rng.normal(size=(3, 2)) * rng.choice([0.01, 1.0, 100.0]) + rng.normal(size=2) * 100
        edges = np.roll(corners, -1, axis=0) - corners
        if abs(edges[0, 0] * edges[1, 1] - edges[0, 1] * edges[1, 0]) < 0.1 * np.abs(edges).max() ** 2:
            continue
        normals = np.stack([edges[:, 1], -edges[:, 0]], axis=1) * rng.choice([-1.0, 1.0], size=(3, 1))
        theta = np.column_stack([-(normals * corners).sum(1), normals])
        middle = theta[:, 0] + normals @ corners.mean(0) > 0
        assert missing_pattern(theta) == tuple((int(not value) for value in middle))
        checked += 1

