from otter.test_files import test_case

OK_FORMAT = False

name = "q3_closed_form"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="For the pairs (0, 0), (1, 2), (2, 1) A is [[3, 3], [3, 5]], b is [3, 4] and the best line is 0.5 + 0.5 x.")
def test_three_pairs(normal_equations, fit_line):
    import numpy as np
    x, y = (np.array([0.0, 1.0, 2.0]), np.array([0.0, 2.0, 1.0]))
    got = normal_equations(x, y)
    assert got is not None, 'normal_equations(...) returned None: expected the pair (A, b)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'normal_equations should return (A, b)'
    a, b = (np.asarray(got[0]), np.asarray(got[1]))
    assert a.shape == (2, 2), f'A: expected shape (2, 2), got {a.shape}'
    assert b.shape == (2,), f'b: expected shape (2,), got {b.shape}'
    assert np.allclose(a, [[3, 3], [3, 5]]), f'A: expected [[3, 3], [3, 5]], got {a.tolist()}'
    assert np.allclose(b, [3, 4]), f'b: expected [3, 4], got {b.tolist()}'
    got = fit_line(x, y)
    assert got is not None, 'fit_line(...) returned None: expected the pair (phi0, phi1)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'fit_line should return (phi0, phi1)'
    assert np.allclose(got, [0.5, 0.5]), f'fit_line: expected (0.5, 0.5), got {tuple(got)}'

@test_case(points=1, hidden=True, 
    failure_message="For some data the equations are not those of a vanishing gradient, scaled as in the example.")
def test_equations_from_the_gradient(normal_equations):
    import numpy as np
    import torch
    rng = np.random.default_rng(7)
    for n in (1, 2, 6, 30):
        x, y = (rng.normal(size=n) * 2 + 1, rng.normal(size=n) - 3)
        a, b = (np.asarray(part) for part in normal_equations(x, y))
        assert a.shape == (2, 2) and b.shape == (2,) and (a.dtype == b.dtype == np.float64)
        for phi in rng.normal(size=(3, 2)):
            p = torch.tensor(phi, requires_grad=True)
            ((p[0] + p[1] * torch.tensor(x) - torch.tensor(y)) ** 2).sum().backward()
            assert np.allclose(a @ phi - b, p.grad.numpy() / 2, rtol=1e-10, atol=1e-10)

@test_case(points=2, hidden=True, 
    failure_message="For some data another line has a smaller loss. Try pairs far from a line, two pairs, and inputs far from zero.")
def test_fit_in_exact_arithmetic(fit_line):
    from fractions import Fraction
    import numpy as np
    rng = np.random.default_rng(8)
    cases = [(np.array([1.0, 3.0]), np.array([5.0, -1.0])), (np.array([0.0, 1e-08]), np.array([1.0, 2.0]))]
    for n in (2, 3, 10, 60):
        for centre, spread in ((0, 1), (0, 0.0001), (-3, 2), (1000000.0, 1), (-20000000.0, 3), (1000.0, 0.001)):
            x = centre + spread * rng.normal(size=n)
            cases.append((x, rng.normal(size=n) * 2 + rng.choice([-5, 0, 1000.0])))
    cases.append((rng.normal(size=20)[::2] + 4, np.full(10, 7.0)))
    for x, y in cases:
        u, v = ([Fraction(t) for t in x], [Fraction(t) for t in y])
        n, su, sv = (len(u), sum(u), sum(v))
        suu, suv = (sum((t * t for t in u)), sum((s * t for s, t in zip(u, v))))
        det = n * suu - su * su
        phi0, phi1 = ((sv * suu - su * suv) / det, (n * suv - su * sv) / det)
        got0, got1 = fit_line(x, y)
        assert np.shape(got0) == np.shape(got1) == ()
        exact = [float(phi0 + phi1 * t) for t in u]
        assert np.abs(got0 + got1 * x - exact).max() <= 1e-06 * (1 + np.abs(y).max())

@test_case(points=1, hidden=True, 
    failure_message="Equal inputs should raise a ValueError, and inputs that differ, however little, should not.")
def test_when_the_line_is_not_unique(fit_line):
    import numpy as np
    for x, y in (([2.0], [1.0]), ([2.0, 2.0], [1.0, 3.0]), ([0.0] * 5, [1.0] * 5), ([-8.0] * 3, [0.0, 1.0, 5.0]), ([0.1] * 3, [0.0, 1.0, 5.0])):
        try:
            fit_line(np.array(x), np.array(y))
        except ValueError:
            continue
        raise AssertionError('equal inputs should raise a ValueError')
    phi0, phi1 = fit_line(np.array([0.0, 2.0 ** (-30)]), np.array([1.0, 1.0 + 2.0 ** (-20)]))
    assert abs(phi0 - 1) < 1e-09 and abs(phi1 / 2 ** 10 - 1) < 1e-09

