from otter.test_files import test_case

OK_FORMAT = False

name = "q3_penalty_shapes"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="At (-2, 1) the terms are 2, 3 and 5 for p = 0, 1, 2; along an axis the L2 term reaches 4 at distance 2; shape_facts holds six booleans.")
def test_terms_at_a_point(lp_term, level_radius, flattest, shape_facts):
    import numpy as np
    for p, expected in ((0, 2), (1, 3), (2, 5)):
        got = lp_term(np.array([-2.0, 1.0]), p)
        assert got is not None, 'lp_term(...) returned None: expected the sum over the last axis'
        assert np.shape(got) == (), f'lp_term of one vector: expected a single number, got shape {np.shape(got)}'
        assert abs(got - expected) < 1e-09, f'lp_term((-2, 1), {p}): expected {expected}, got {got}'
    got = level_radius(np.array([0.0]), 2, 4.0)
    assert got is not None, 'level_radius(...) returned None: expected an array of shape (n,)'
    assert np.shape(got) == (1,), f'level_radius: expected shape (1,), got {np.shape(got)}'
    assert abs(got[0] - 2) < 1e-09, f'level_radius along the axis: expected [2], got {got}'
    got = flattest(np.array([3.0, -4.0]), 2)
    assert got is not None, 'flattest(...) returned None: expected an array of shape (D,)'
    assert np.shape(got) == (2,), f'flattest: expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, [0, -5]), f'flattest((3, -4), 2): expected [0, -5], got {got}'
    assert isinstance(shape_facts, dict), 'shape_facts should be a dictionary'
    keys = ['L0_convex', 'Lhalf_convex', 'L1_convex', 'L2_convex', 'L2_prefers_sharing', 'Lhalf_prefers_sharing']
    for key in keys:
        assert isinstance(shape_facts.get(key), bool), f'shape_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="lp_term is wrong for some vectors. Think of negative entries, of zeros when p is 0, of tiny entries, and of arrays with more axes.")
def test_many_terms(lp_term):
    import math
    import numpy as np
    rng = np.random.default_rng(806)
    for shape in ((2,), (1,), (5,), (5, 7, 2), (3, 4)):
        phi = rng.normal(size=shape) * 3
        phi[rng.random(shape) < 0.3] = 0.0
        phi[rng.random(shape) < 0.1] = 1e-12
        for p in (0, 0.0, 0.5, 1, 2, 3.7):
            got = lp_term(phi, p)
            assert np.shape(got) == shape[:-1]
            for row, value in zip(phi.reshape(-1, shape[-1]), np.ravel(got)):
                expected = math.fsum((abs(v) ** p for v in row.tolist() if v != 0))
                assert abs(value - expected) <= 1e-12 * (1 + expected)
    for p in (0, 0.5, 1, 2):
        assert lp_term(np.zeros(2), p) == 0
    assert lp_term(np.array([0.0, -1e-12]), 0) == 1

@test_case(points=1, hidden=True, 
    failure_message="A point that you found does not lie on the level, or not in the direction asked for.")
def test_levels(level_radius, flattest):
    import numpy as np
    rng = np.random.default_rng(807)
    for p in (0.5, 1, 1.5, 2, 4):
        for c in (0.2, 1.0, 6.0):
            angle = np.append(rng.uniform(-7, 7, size=9), [0.0, np.pi / 4])
            got = level_radius(angle, p, c)
            assert np.shape(got) == (11,) and (np.asarray(got) > 0).all()
            for alpha, r in zip(angle, got):
                reached = abs(r * np.cos(alpha)) ** p + abs(r * np.sin(alpha)) ** p
                assert abs(reached - c) < 1e-09 * c
        for d in (1, 2, 6):
            phi = rng.normal(size=d) * (np.arange(d) != 2)
            got, k = (np.asarray(flattest(phi, p)), int(np.abs(phi).argmax()))
            assert got.shape == (d,) and (np.delete(got, k) == 0).all() and (got[k] * phi[k] > 0)
            expected = sum((abs(v) ** p for v in phi))
            assert abs(abs(got[k]) ** p - expected) < 1e-09 * expected
        assert np.shape(level_radius(np.zeros(1), p, 1.0)) == (1,)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements about shapes is decided wrongly. Look at the point halfway between two points of a region.")
def test_shape_facts(shape_facts):
    import numpy as np
    rng = np.random.default_rng(808)
    term = lambda v, p: (np.abs(v) ** p).sum(-1) if p > 0 else (v != 0).sum(-1)
    first, second = rng.normal(size=(2, 2000, 2))
    first[:300, 0], second[:300, 1] = (0.0, 0.0)
    for name, p in (('L0', 0), ('Lhalf', 0.5), ('L1', 1), ('L2', 2)):
        level = np.maximum(term(first, p), term(second, p))
        inside_region = (term((first + second) / 2, p) <= level + 1e-12).all()
        assert shape_facts[name + '_convex'] is bool(inside_region)
    for name, p in (('L2', 2), ('Lhalf', 0.5)):
        shared = term(np.array([0.5, 0.5]), p) < term(np.array([1.0, 0.0]), p)
        assert shape_facts[name + '_prefers_sharing'] is bool(shared)

