from otter.test_files import test_case

OK_FORMAT = False

name = "q7_model_selection"
points = 6

@test_case(points=1, hidden=False, 
    failure_message="On (-1, 1), (0, 0), (1, 1), tested on (2, 4), degree 0 has the errors 2/9 and 100/9, degree 2 none.")
def test_three_pairs_and_one(curve_by_degree, curve_by_size, choose_degree, curve_facts):
    import numpy as np
    data = (np.array([-1.0, 0.0, 1.0]), np.array([1.0, 0.0, 1.0]), np.array([2.0]), np.array([4.0]))
    got = curve_by_degree(*data, [0, 2])
    assert got is not None, 'curve_by_degree(...) returned None: expected (train, test)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'curve_by_degree should return (train, test)'
    for name, values, expected in zip(('train', 'test'), got, ([2 / 9, 0], [100 / 9, 0])):
        assert np.shape(values) == (2,), f'{name}: expected shape (2,), got {np.shape(values)}'
        assert np.allclose(values, expected), f'{name} for degrees 0 and 2: expected {expected}, got {values}'
    got = curve_by_size(*data, 0, [1, 3])
    assert got is not None, 'curve_by_size(...) returned None: expected (train, test)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'curve_by_size should return (train, test)'
    for name, values, expected in zip(('train', 'test'), got, ([0, 2 / 9], [9, 100 / 9])):
        assert np.shape(values) == (2,), f'{name}: expected shape (2,), got {np.shape(values)}'
        assert np.allclose(values, expected), f'{name} for sizes 1 and 3: expected {expected}, got {values}'
    got = choose_degree(np.arange(6.0), np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.5]), [0, 1], 3)
    assert got is not None, 'choose_degree(...) returned None: expected one of the degrees'
    assert got == 1, f'choose_degree of points near a line: expected 1, got {got}'
    assert isinstance(curve_facts, dict), 'curve_facts should be a dictionary'
    keys = ['train_never_rises', 'train_lowest_at_three', 'test_lowest_at_three']
    for key in keys + ['train_falls_with_size', 'test_falls_with_size', 'test_tends_to_zero']:
        assert isinstance(curve_facts.get(key), bool), f'curve_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="An error is not that of the least-squares fit to the training pairs alone. Is it a mean, over the right pairs? Does rounding spoil high degrees?")
def test_curves_against_orthogonal_bases(curve_by_degree, curve_by_size):
    import numpy as np

    def errors(x, y, x_test, y_test, degree):
        half = np.abs(x).max()
        basis = lambda t: np.polynomial.chebyshev.chebvander(t / half, degree)
        q, r = np.linalg.qr(basis(x))
        c = np.linalg.solve(r, q.T @ y)
        return (((basis(x) @ c - y) ** 2).mean(), ((basis(x_test) @ c - y_test) ** 2).mean())
    rng = np.random.default_rng(717)
    for n, m, degrees in ((20, 50, [3, 0, 7, 1]), (8, 1, [5]), (40, 9, list(range(13))), (1, 3, [0])):
        x, x_test = (2 * rng.uniform(-1, 1, size=n) + 1, 2 * rng.uniform(-1, 1, size=2 * m)[::2] + 1)
        y, y_test = (np.exp(x) + rng.normal(size=n), np.exp(x_test) + rng.normal(size=m))
        expected = np.array([errors(x, y, x_test, y_test, d) for d in degrees]).T
        got = curve_by_degree(x, y, x_test, y_test, degrees)
        for values, right in zip(got, expected):
            assert np.shape(values) == (len(degrees),)
            assert np.allclose(values, right, rtol=1e-06, atol=1e-12)
        degree, sizes = (min(n - 1, 2), [n, max(n // 2, 1)] * (n > 4) + [n])
        expected = np.array([errors(x[:k], y[:k], x_test, y_test, degree) for k in sizes]).T
        got = curve_by_size(x, y, x_test, y_test, degree, sizes)
        for values, right in zip(got, expected):
            assert np.shape(values) == (len(sizes),)
            assert np.allclose(values, right, rtol=1e-06, atol=1e-12)
    x, y = (rng.uniform(-3, 3, size=20), rng.normal(size=20))
    train = curve_by_degree(x, y, x, y, list(range(16)))[0]
    assert (np.diff(train) <= 1e-09).all() and train[-1] < 0.5 * train[0]

@test_case(points=2, hidden=True, 
    failure_message="Cross-validation picks another degree for some data. A pair is predicted by a fit that has not seen it, and the folds are taken in turn.")
def test_choice_by_held_out_pairs(choose_degree):
    import numpy as np
    rng = np.random.default_rng(718)
    chosen = []

    def held_out(x, y, degree, folds):
        q = np.linalg.qr(np.polynomial.legendre.legvander(x / 3, degree))[0]
        hat, residual = (q @ q.T, y - q @ (q.T @ y))
        total = 0.0
        for k in range(folds):
            one = np.arange(len(x)) % folds == k
            total += (np.linalg.solve(np.eye(one.sum()) - hat[np.ix_(one, one)], residual[one]) ** 2).sum()
        return total
    settings = [(12, 12, [0, 1, 2, 3, 4]), (15, 5, [5, 1, 2, 0, 4]), (10, 2, [2, 1, 0]), (11, 3, [1, 3])] * 5
    for n, folds, degrees in settings + [(6, 4, [0, 1, 2])] * 40:
        x = 3 * rng.uniform(-1, 1, size=n)
        truth = np.polynomial.Polynomial(rng.normal(size=rng.integers(1, 5)))
        y = truth(x) + rng.normal(size=n)
        sums = np.array([held_out(x, y, d, folds) for d in degrees])
        low, second = np.sort(sums)[:2]
        if second < 1.001 * low:
            continue
        got = choose_degree(x, y, degrees, folds)
        chosen.append(got)
        assert got == degrees[int(sums.argmin())]
    assert len(set(chosen)) >= 4
    x = np.linspace(0, 3, 12)
    y = np.sin(2 * x)
    degrees = [1, 3, 5, 7]
    sums = [held_out(x, y, d, 3) for d in degrees]
    assert choose_degree(x, y, degrees, 3) == degrees[int(np.argmin(sums))]

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements on the curves is decided wrongly. Draw them, averaged over many data sets.")
def test_curve_facts(curve_facts):
    import numpy as np
    rng = np.random.default_rng(719)

    def draw(n):
        x = rng.normal(size=n)
        return (x, 5 + 1.2 * x - 1.7 * x ** 2 + 5.6 * x ** 3 / 6 + 0.1 * rng.normal(size=n))

    def errors(n, degree):
        x, y = draw(n)
        fit = np.polynomial.Chebyshev.fit(x, y, degree)
        x_test, y_test = draw(200)
        return (((fit(x) - y) ** 2).mean(), ((fit(x_test) - y_test) ** 2).mean())
    by_degree = np.log([[errors(20, d) for d in range(11)] for _ in range(20)]).mean(axis=0)
    by_size = np.log([[errors(n, 5) for n in (10, 30, 100, 1000)] for _ in range(20)]).mean(axis=0)
    nested = []
    for _ in range(10):
        x, y = draw(20)
        train = [((np.polynomial.Chebyshev.fit(x, y, d)(x) - y) ** 2).mean() for d in range(11)]
        nested.append((np.diff(train) < 1e-09).all())
    assert curve_facts['train_never_rises'] is all(map(bool, nested))
    assert curve_facts['train_lowest_at_three'] is bool(by_degree[:, 0].argmin() == 3)
    assert curve_facts['test_lowest_at_three'] is bool(by_degree[:, 1].argmin() == 3)
    assert curve_facts['train_falls_with_size'] is bool((np.diff(by_size[:, 0]) < 0).all())
    assert curve_facts['test_falls_with_size'] is bool((np.diff(by_size[:, 1]) < 0).all())
    assert curve_facts['test_tends_to_zero'] is bool(by_size[-1, 1] < np.log(0.005))

