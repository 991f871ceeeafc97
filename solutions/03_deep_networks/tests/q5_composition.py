from otter.test_files import test_case

OK_FORMAT = False

name = "q5_composition"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="A ramp from 0 to 2 fed to a tent gives a tent with the knots 0, 0.5 and 1.")
def test_ramp_and_tent(compose_pl):
    import numpy as np
    got = compose_pl(np.array([0.0, 1]), np.array([0.0, 2]), np.array([0.0, 1, 2]), np.array([0.0, 1, 0]))
    assert got is not None, 'compose_pl(...) returned None: expected two arrays (x, y)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'compose_pl should return two arrays (x, y)'
    x, y = (np.asarray(got[0]), np.asarray(got[1]))
    assert x.shape == y.shape == (3,), f'expected three knots, got shapes {x.shape} and {y.shape}'
    assert np.allclose(x, [0, 0.5, 1]), f'x: expected [0, 0.5, 1], got {x.tolist()}'
    assert np.allclose(y, [0, 1, 0]), f'y: expected [0, 1, 0], got {y.tolist()}'

@test_case(points=1, hidden=True, 
    failure_message="The two functions of the figure are not composed right. Which of them comes first, and where does its output pass a knot of the second?")
def test_example(compose_pl):
    import numpy as np
    first = (np.array([-1.0, -0.5, 0.5, 1]), np.array([1.0, -1, 1, -1]))
    second = (np.array([-1.0, 0, 1]), np.array([1.0, -1, 0.5]))
    x, y = compose_pl(*first, *second)
    assert np.allclose(x, [-1, -0.75, -0.5, 0, 0.5, 0.75, 1], atol=1e-09, rtol=0)
    assert np.allclose(y, [0.5, -1, 1, -1, 0.5, -1, 1], atol=1e-09, rtol=0)
    x, y = compose_pl(*second, *first)
    assert np.allclose(x, [-1, -0.75, -0.25, 0, 1 / 3, 1], atol=1e-09, rtol=0)
    assert np.allclose(y, [-1, 1, -1, 1, -1, 1], atol=1e-09, rtol=0)

@test_case(points=1, hidden=True, 
    failure_message="For some pair of functions, straight lines between your knots do not give the composition, or there are too many or too few knots.")
def test_redraw_the_composition(compose_pl):
    import numpy as np

    def functions(rng):
        count = rng.integers(2, 7, size=2)
        xs = np.sort(rng.choice(np.arange(-64, 65), size=count[0], replace=False)) / 64
        us = np.sort(rng.choice(np.arange(-7, 8), size=count[1], replace=False)) / 8
        us[0], us[-1] = (-1, 1)
        low, high = ((-8, 9), (-3, 4), (0, 9))[rng.integers(3)]
        return (xs, rng.integers(low, high, size=count[0]) / 8, us, rng.integers(-8, 9, size=count[1]) / 8)
    rng = np.random.default_rng(46)
    sizes = set()
    for _ in range(150):
        xs, ys, us, vs = functions(rng)
        x, y = (np.asarray(part) for part in compose_pl(xs, ys, us, vs))
        assert x.shape == y.shape and (np.diff(x) > 0).all()
        assert x[0] == xs[0] and x[-1] == xs[-1]
        grid = np.linspace(xs[0], xs[-1], 4001)
        expected = np.interp(np.interp(grid, xs, ys), us, vs)
        assert np.abs(np.interp(grid, x, y) - expected).max() < 1e-09
        slopes = np.diff(y) / np.diff(x)
        assert (np.abs(np.diff(slopes)) >= 1e-06).all()
        sizes.add(len(x) - 1 < (len(xs) - 1) * (len(us) - 1))
    assert sizes == {True, False}

@test_case(points=1, hidden=True, 
    failure_message="A special case goes wrong. Think of flat pieces, of a knot of one function that meets a knot of the other, and of bends that cancel.")
def test_special_cases(compose_pl):
    import warnings
    import numpy as np
    tent = ([0.0, 1, 2], [0.0, 1, 0])
    cases = [([0.0, 1, 2, 3], [0.0, 1, 1, 2], *tent, [0, 1, 2, 3], [0, 1, 1, 0]), ([0.0, 1, 2], [0.5, 0.5, 0.5], *tent, [0, 2], [0.5, 0.5]), ([0.0, 1, 2], [0.0, 2, 0], [0.0, 2], [3.0, 3], [0, 2], [3, 3]), ([0.0, 1, 2], [0.0, 1, 3], [0.0, 1, 3], [0.0, 2, 4], [0, 2], [0, 4]), ([0.0, 1, 2], [0.0, 1, 2 + 3e-06], [0.0, 3], [0.0, 3], [0, 1, 2], [0, 1, 2 + 3e-06]), ([0.0, 1, 2], [0.0, 1, 2 + 3e-07], [0.0, 3], [0.0, 3], [0, 2], [0, 2 + 3e-07]), ([0.0, 1, 2], [0.0, 1, 0], *tent, [0, 1, 2], [0, 1, 0]), ([2.0, 5], [1.0, -1], [-1.0, 1], [10.0, 20], [2, 5], [20, 10])]
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        for *functions, x, y in cases:
            got = compose_pl(*[np.array(part) for part in functions])
            assert np.shape(got[0]) == np.shape(x) and np.shape(got[1]) == np.shape(y)
            assert np.allclose(got[0], x, rtol=0, atol=1e-09) and np.allclose(got[1], y, rtol=0, atol=1e-09)
    unit = (np.array([0, 0.5, 1]), np.array([0.0, 1, 0]))
    x, y = unit
    for copies in range(2, 9):
        x, y = compose_pl(x, y, *unit)
        assert len(x) == 2 ** copies + 1
        assert np.allclose(x, np.linspace(0, 1, len(x))) and np.allclose(y, np.arange(len(x)) % 2)

