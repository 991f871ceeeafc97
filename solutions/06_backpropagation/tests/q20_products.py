from otter.test_files import test_case

OK_FORMAT = False

name = "q20_products"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="diag(1, 3) and diag(2, 5) have the bounds (2, 15), and diag(1, 10) alone the logarithm 1; product_facts holds five booleans.")
def test_diagonal(product_bounds, layers, log_condition, product_facts):
    import numpy as np
    got = product_bounds(np.diag([1.0, 3.0]), np.diag([2.0, 5.0]))
    assert got is not None, 'product_bounds(...) returned None: expected (low, high)'
    assert len(got) == 2 and np.allclose(got, [2, 15]), f'product_bounds: expected (2, 15), got {got}'
    got = layers(3, 2, 'gauss', 0)
    assert got is not None, 'layers(...) returned None: expected a list of matrices'
    assert len(got) == 3, f'layers(3, 2, ...): expected three matrices, got {len(got)}'
    assert np.shape(got[0]) == (2, 2), f'layers(3, 2, ...): expected shape (2, 2), got {np.shape(got[0])}'
    got = log_condition([np.diag([1.0, 10.0])])
    assert got is not None, 'log_condition(...) returned None: expected a float'
    assert np.isclose(got, 1), f'log_condition([diag(1, 10)]): expected 1, got {got}'
    keys = ['spectral_radius_multiplies', 'conditions_multiply', 'orthogonal_stays', 'scaling_cures_condition']
    assert isinstance(product_facts, dict), 'product_facts should be a dictionary'
    for key in keys + ['positive_definite_bounds']:
        assert isinstance(product_facts.get(key), bool), f'product_facts[{key!r}] should be True or False'

@test_case(points=1.5, hidden=True, 
    failure_message="For some pair an eigenvalue lies outside the bounds, or they are wider than the singular values allow. Matrices need not be symmetric.")
def test_bounds(product_bounds):
    import numpy as np
    rng = np.random.default_rng(634)
    pairs = [(np.array([[0.0, 1.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [1.0, 0.0]]))]
    pairs += [tuple(rng.normal(size=(2, n, n))) for n in (1, 2, 3, 6) for _ in range(30)]
    pairs += [(np.ones((3, 3)) + 1e-06 * rng.normal(size=(3, 3)), rng.normal(size=(3, 3)))]
    for a, b in pairs:
        low, high = product_bounds(a, b)
        sizes = np.abs(np.linalg.eigvals(a @ b))
        assert low <= sizes.min() * (1 + 1e-09) + 1e-12 and high >= sizes.max() * (1 - 1e-09)
        grams = [np.linalg.eigvalsh(m.T @ m) for m in (a, b)]
        assert np.isclose(high, np.sqrt(grams[0][-1] * grams[1][-1]), rtol=1e-07)
        least = np.sqrt(max(grams[0][0], 0) * max(grams[1][0], 0))
        assert abs(low - least) < 1e-06 * high
    got = product_bounds(np.diag([-4.0, 0.5, 1.0]), np.diag([2.0, 0.1, -1.0]))
    assert np.allclose(got, [0.05, 8])

@test_case(points=1.5, hidden=True, 
    failure_message="The matrices are not of the asked kind, a condition number is wrong, or at least one of the five statements is. Try each statement on random pairs.")
def test_layers_and_facts(layers, log_condition, product_facts):
    import numpy as np
    for depth, width in ((4, 40), (1, 3), (2, 1)):
        for kind in ('gauss', 'orthogonal'):
            first, again, other = (layers(depth, width, kind, seed) for seed in (7, 7, 8))
            assert len(first) == depth and all((np.shape(m) == (width, width) for m in first))
            assert all((np.array_equal(a, b) for a, b in zip(first, again)))
        assert width == 1 or not np.allclose(first[0], other[0])
        assert all((np.allclose(m @ m.T, np.eye(width), atol=1e-09) for m in first))
    gauss = layers(4, 40, 'gauss', 3)
    assert not np.allclose(gauss[0], gauss[1]) and (not np.allclose(*layers(2, 5, 'orthogonal', 3)))
    entries = np.concatenate([np.ravel(m) for m in gauss]) * np.sqrt(40)
    assert 0.9 < (entries ** 2).mean() < 1.1 and abs(entries.mean()) < 0.06 and ((entries ** 4).mean() > 2.4)
    rng = np.random.default_rng(635)
    for depth, width in ((1, 4), (2, 3), (5, 6), (3, 1)):
        matrices = list(rng.normal(size=(depth, width, width)))
        values = np.linalg.svd(np.linalg.multi_dot([np.eye(width), *matrices]), compute_uv=False)
        assert np.isclose(log_condition(matrices), np.log10(values[0] / values[-1]), rtol=0, atol=1e-06)
    a, b = (np.array([[1.0, 2.0], [0.0, 1.0]]), np.diag([1.0, 10.0]))
    assert not np.isclose(log_condition([a, b]), log_condition([b, a]), atol=0.001)
    assert abs(log_condition(layers(10, 32, 'orthogonal', 1))) < 1e-06
    assert log_condition(layers(10, 32, 'gauss', 1)) > 7
    radius = lambda m: np.abs(np.linalg.eigvals(m)).max()
    pairs = [rng.normal(size=(2, 3, 3)) for _ in range(200)]
    definite = [(a @ a.T + 0.1 * np.eye(3), b @ b.T + 0.1 * np.eye(3)) for a, b in pairs]
    inside_bounds = []
    for p, q in definite:
        ends, both = ((np.linalg.eigvalsh(p), np.linalg.eigvalsh(q)), np.linalg.eigvals(p @ q).real)
        inside_bounds.append(ends[0][0] * ends[1][0] <= both.min() + 1e-09 and both.max() <= ends[0][-1] * ends[1][-1] + 1e-09)
    radii = all((radius(a @ b) <= radius(a) * radius(b) + 1e-09 for a, b in pairs))
    cond = np.linalg.cond
    conditions = all((cond(a @ b) <= cond(a) * cond(b) * (1 + 1e-09) for a, b in pairs))
    turn = np.eye(3)
    for a, _ in pairs:
        turn = turn @ np.linalg.qr(a)[0]
    deep, scaled = (np.eye(32), np.eye(32))
    for m in rng.normal(size=(20, 32, 32)):
        deep, scaled = (deep @ m, scaled @ (m / np.linalg.norm(m, 2)))
    assert product_facts['spectral_radius_multiplies'] is radii
    assert product_facts['conditions_multiply'] is conditions
    assert product_facts['orthogonal_stays'] is bool(cond(turn) < 1 + 1e-09)
    assert product_facts['scaling_cures_condition'] is bool(min(cond(scaled), cond(deep)) < 1000.0)
    assert product_facts['positive_definite_bounds'] is all(inside_bounds)

