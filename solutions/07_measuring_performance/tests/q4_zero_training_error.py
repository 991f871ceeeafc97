from otter.test_files import test_case

OK_FORMAT = False

name = "q4_zero_training_error"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="A parabola through (-1, 1), (0, 0), (1, 1) needs degree 2. With (-1, 3) in place of (1, 1) no degree will do, and the floor is 2/3.")
def test_parabola(min_zero_degree, error_floor, degree_facts):
    import numpy as np
    got = min_zero_degree(np.array([-1.0, 0.0, 1.0]), np.array([1.0, 0.0, 1.0]), 1e-20)
    assert got is not None, 'min_zero_degree of the parabola: expected 2, got None'
    assert isinstance(got, (int, np.integer)), f'min_zero_degree should return an integer or None, got {got}'
    assert got == 2, f'min_zero_degree of the parabola: expected 2, got {got}'
    x, y = (np.array([-1.0, 0.0, -1.0]), np.array([1.0, 0.0, 3.0]))
    got = min_zero_degree(x, y, 1e-20)
    assert got is None, f'min_zero_degree with two labels at -1: expected None, got {got}'
    got = error_floor(x, y)
    assert got is not None, 'error_floor(...) returned None: expected a float'
    assert np.shape(got) == (), f'error_floor should return a single number, got shape {np.shape(got)}'
    assert abs(got - 2 / 3) < 1e-09, f'error_floor: expected 0.6667, got {got}'
    assert isinstance(degree_facts, dict), 'degree_facts should be a dictionary'
    for key in ('enough_degrees', 'always_needed', 'repeats_are_harmless', 'noise_needs_all'):
        assert isinstance(degree_facts.get(key), bool), f'degree_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The smallest degree is wrong for some data. Think of labels that follow a simple law, of labels that nearly do, and of repeated inputs.")
def test_degrees_known_beforehand(min_zero_degree):
    import numpy as np
    rng = np.random.default_rng(707)
    spread = lambda n: rng.permutation(np.linspace(-0.95, 0.95, n) + rng.uniform(-0.03, 0.03, size=n))
    for n in (1, 2, 3, 5, 8, 12):
        assert min_zero_degree(spread(n), rng.normal(size=n) + 0.1, 1e-20) == n - 1
    for degree in (0, 1, 2, 3, 6):
        x = spread(12)
        y = np.polynomial.Polynomial(rng.normal(size=degree + 1) + np.eye(degree + 1)[-1] * 3)(x)
        assert min_zero_degree(x, y, 1e-20) == degree
        assert min_zero_degree(x, y + 1e-05 * rng.normal(size=12), 1e-20) == 11
        assert min_zero_degree(x, y + 1e-05 * rng.normal(size=12), 1e-08) == degree
    for n in (1, 2, 6):
        x, y = (spread(n), rng.normal(size=n))
        assert min_zero_degree(np.tile(x, 3), np.tile(y, 3), 1e-20) == n - 1
        assert min_zero_degree(np.append(x, x[0]), np.append(y, y[0] + 1), 1e-20) is None
    pair = (np.zeros(2), np.array([-1.0, 1.0]))
    assert min_zero_degree(*pair, 1.0) == 0 and min_zero_degree(*pair, 0.99) is None
    assert min_zero_degree(np.array([0.0, 0.5]), np.array([-1.0, 1.0]), 1.01) == 0

@test_case(points=1, hidden=True, 
    failure_message="The floor is wrong for some data. What is the best single prediction for several labels at one input?")
def test_floor_by_search(error_floor):
    import numpy as np
    rng = np.random.default_rng(708)
    for n, places in ((1, 1), (5, 1), (6, 2), (9, 3), (40, 7), (12, 12)):
        x = rng.permutation(np.arange(n) % places) * 0.15 - 0.7
        y = rng.integers(-4, 5, size=n).astype(np.float64)
        total = 0.0
        for place in set(x.tolist()):
            labels = y[x == place]
            below, middle, above = (((labels - c) ** 2).sum() for c in (-1.0, 0.0, 1.0))
            total += middle - (above - below) ** 2 / (8 * (above + below - 2 * middle))
        assert abs(error_floor(x, y) - total / n) < 1e-10

@test_case(points=1, hidden=True, 
    failure_message="At least one of the four statements is decided wrongly. Try labels that follow a law, random labels and repeated inputs.")
def test_degree_facts(degree_facts):
    import numpy as np
    rng = np.random.default_rng(709)
    fit = lambda x, y, p: ((np.polynomial.Chebyshev.fit(x, y, p, domain=[-1, 1])(x) - y) ** 2).mean()
    x = np.linspace(-1, 1, 7)
    random_labels = [rng.normal(size=7) for _ in range(50)]
    top = max((fit(x, y, 6) for y in random_labels))
    below = min((fit(x, y, 5) for y in random_labels))
    law = fit(x, 1 + x - 2 * x ** 2, 2)
    clash = fit(np.array([0.0, 0.0, 0.5]), np.array([0.0, 1.0, 0.0]), 1)
    assert degree_facts['enough_degrees'] is bool(top < 1e-20)
    assert degree_facts['always_needed'] is bool(law > 1e-20)
    assert degree_facts['repeats_are_harmless'] is bool(clash < 1e-20)
    assert degree_facts['noise_needs_all'] is bool(below > 1e-20)

