from otter.test_files import test_case

OK_FORMAT = False

name = "q3_minima"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="x squared is convex and has a global minimum at 0; x = 1 is no minimum. The dictionaries hold booleans and words.")
def test_parabola(is_convex_on, classify, convex, points):
    import numpy as np
    got = is_convex_on(lambda x: x ** 2, 0.0, 2.0, 3, 1e-09)
    assert isinstance(got, (bool, np.bool_)), f'is_convex_on should return True or False, got {got}'
    assert got, 'is_convex_on for x squared: expected True, got False'
    for x, expected in ((0.0, 'global'), (1.0, 'neither')):
        got = classify(lambda x: x ** 2, x, np.linspace(-2, 2, 9), 0.01, 1e-09)
        assert got == expected, f'classify for x squared at {x}: expected {expected!r}, got {got!r}'
    assert isinstance(convex, dict), 'convex should be a dictionary'
    for name in 'ABC':
        assert isinstance(convex.get(name), bool), f'convex[{name!r}] should be True or False'
    assert isinstance(points, dict), 'points should be a dictionary'
    words = ('global', 'local', 'neither')
    for number in range(1, 8):
        assert points.get(number) in words, f'points[{number}] should be one of {words}, got {points.get(number)}'

@test_case(points=1, hidden=True, 
    failure_message="At least one function or point is judged wrongly. A zero slope alone makes no minimum, and one minimum alone makes no convex function.")
def test_verdicts(convex, points):
    import numpy as np
    curves = {'A': [1, 0, -2, 0.3, 0], 'C': [1 / 4, -1 / 3, 0, 0, 0]}
    x = np.linspace(-20, 20, 400001)
    values = {name: np.polyval(curve, x) for name, curve in curves.items()}
    values['B'] = np.logaddexp(x - 1, 1 - x) - np.log(2)
    for name, curve in values.items():
        assert convex[name] is bool(np.diff(curve[::100], 2).min() > -1e-09)
    for number, name, place in zip(range(1, 8), 'AAABBCC', [-1.0356, 0.0754, 0.9602, -1, 1, 0, 1]):
        curve, middle = (values[name], np.abs(x - place).argmin())
        around = curve[middle - 200:middle + 201]
        lowest_inside = 100 < around.argmin() < 300
        word = 'neither' if not lowest_inside else 'global' if around.min() <= curve.min() else 'local'
        assert points[number] == word

@test_case(points=1, hidden=True, 
    failure_message="is_convex_on gives the wrong verdict for some function, interval or tolerance. A straight line is convex.")
def test_convexity_check(is_convex_on):
    import numpy as np
    a = lambda x: x ** 4 - 2 * x ** 2 + 0.3 * x
    c = lambda x: x ** 4 / 4 - x ** 3 / 3
    yes = [lambda x: x ** 2, np.exp, np.abs, lambda x: 3 - 2 * x, lambda x: np.maximum(x, 1), np.cosh]
    no = [np.sin, lambda x: x ** 3, a, c, lambda x: -np.abs(x), np.tanh, lambda x: -x ** 2]
    for f in yes:
        assert bool(is_convex_on(f, -2.0, 3.0, 1001, 1e-09)) is True
    for f in no:
        assert bool(is_convex_on(f, -2.0, 3.0, 1001, 1e-09)) is False
    for f, lo, hi, expected in ((a, 0.6, 3.0, True), (a, 0.5, 3.0, False), (a, -3.0, -0.6, True), (a, -3.0, -0.5, False), (np.sin, -3.1, -0.1, True), (np.sin, 0.1, 3.1, False)):
        assert bool(is_convex_on(f, lo, hi, 2001, 1e-12)) is expected
    cap = lambda x: -x ** 2
    for tol, expected in ((0.0, False), (1.875, False), (2.0, True), (2.5, True)):
        assert bool(is_convex_on(cap, -1.0, 1.0, 3, tol)) is expected
    assert bool(is_convex_on(lambda x: 2 * x, -1.0, 1.0, 5, 0.0)) is True
    dent = lambda x: np.where(np.abs(x - 1) < 0.5, 1.0, 0.0)
    assert bool(is_convex_on(dent, 0.0, 3.0, 3, 0.0)) is True
    assert bool(is_convex_on(dent, 0.0, 3.0, 4, 0.0)) is False

@test_case(points=1, hidden=True, 
    failure_message="classify is wrong for some point. Look at both neighbours, at two minima of equal depth, and at flat places that are no minimum.")
def test_classify(classify):
    import numpy as np
    grid = np.linspace(-3, 3, 6001)
    a = lambda x: x ** 4 - 2 * x ** 2 + 0.3 * x
    c = lambda x: x ** 4 / 4 - x ** 3 / 3
    left, middle, right = np.sort(np.roots([4.0, 0.0, -4.0, 0.3]).real)
    twin = lambda x: (x ** 2 - 1) ** 2
    cases = [(a, left, 'global'), (a, middle, 'neither'), (a, right, 'local')]
    cases += [(lambda x: a(-x), -left, 'global'), (lambda x: a(-x), -right, 'local')]
    cases += [(c, 0.0, 'neither'), (lambda x: c(-x), 0.0, 'neither'), (c, 1.0, 'global')]
    cases += [(twin, -1.0, 'global'), (twin, 1.0, 'global'), (twin, 0.0, 'neither')]
    cases += [(np.abs, 0.0, 'global'), (np.exp, -1.0, 'neither'), (lambda x: -np.exp(x), 0.5, 'neither')]
    cases += [(lambda x: 0 * x + 4, 1.0, 'global'), (lambda x: np.maximum(np.abs(x) - 1, 0), 0.5, 'global')]
    for f, x, word in cases:
        assert classify(f, float(x), grid, 0.01, 1e-09) == word
    assert classify(a, float(right), np.array([1.5, 0.0, 2.5]), 0.01, 1e-09) == 'global'
    assert classify(a, float(right), np.array([1.5, -1.0, 2.5]), 0.01, 1e-09) == 'local'
    dent = lambda x: np.where(np.abs(x) < 0.25, np.abs(x), -np.abs(x))
    far = np.array([0.0, 0.125])
    assert classify(dent, 0.0, far, 0.125, 0.0) == 'global'
    assert classify(dent, 0.0, far, 0.5, 0.0) == 'neither'
    assert classify(dent, 0.0, far, 0.5, 0.5) == 'global'
    assert classify(dent, 0.0, far, 0.5, 0.375) == 'neither'
    assert classify(dent, 0.0, np.array([0.0, 2.0]), 0.125, 1.5) == 'local'
    assert classify(dent, 0.0, np.array([0.0, 2.0]), 0.125, 2.0) == 'global'

