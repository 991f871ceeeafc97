from otter.test_files import test_case

OK_FORMAT = False

name = "q13_outer_shell"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="In two dimensions a peel of half the radius holds 3/4, and two is the first dimension for that.")
def test_disc(shell_share, dimension_for, ball_radii):
    import numpy as np
    got = shell_share(2, 0.5)
    assert got is not None, 'shell_share(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got - 0.75) < 1e-09, f'shell_share(2, 0.5): expected 0.75, got {got}'
    got = dimension_for(0.75, 0.5)
    assert got is not None, 'dimension_for(...) returned None: expected an integer'
    assert isinstance(got, (int, np.integer)) and got == 2, f'dimension_for(0.75, 0.5): expected 2, got {got}'
    got = ball_radii(np.array([0.0, 0.25, 1.0]), 2)
    assert got is not None, 'ball_radii(...) returned None: expected an array'
    assert np.shape(got) == (3,), f'ball_radii: expected shape (3,), got {np.shape(got)}'
    assert np.allclose(got, [0, 0.5, 1]), f'ball_radii([0, 0.25, 1], 2): expected [0, 0.5, 1], got {got}'

@test_case(points=1, hidden=True, 
    failure_message="Some share or dimension is wrong, or inaccurate for a thin peel. The inside has shrunk in every direction.")
def test_shares_in_fractions(shell_share, dimension_for):
    from fractions import Fraction
    thin = Fraction(1e-12)
    for d in (1, 2, 3, 10, 100, 500):
        for thickness in (Fraction(0.01), Fraction(0.5), Fraction(0.99), thin, Fraction(1e-07)):
            exact = 1 - (1 - thickness) ** d
            assert abs(shell_share(d, float(thickness)) - float(exact)) <= 1e-10 * float(exact)
    for thickness in (0.01, 0.3, 0.5, 0.97):
        for share in (1e-06, 0.1, 0.5, 0.9, 0.99, 0.875):
            left, d = (Fraction(1), 0)
            while 1 - left < Fraction(share):
                left, d = (left * (1 - Fraction(thickness)), d + 1)
            assert dimension_for(share, thickness) == d

@test_case(points=1, hidden=True, 
    failure_message="Points with your radii are not uniform in the ball; some layer gets too many of them.")
def test_radii_fill_the_ball(ball_radii):
    import numpy as np
    u = (np.arange(20000).reshape(2, 100, 100)[:, ::-1] + 0.5) / 20000
    for d in (1, 2, 3, 7, 50, 1000):
        got = np.asarray(ball_radii(u, d))
        assert got.shape == u.shape
        order = np.argsort(u, axis=None)
        assert (np.diff(got.ravel()[order]) > 0).all()
        for inner in (0.2, 0.5, 0.9, 0.99):
            assert abs((got <= inner).mean() - np.prod(np.full(d, inner))) < 0.0001
    cube = np.random.default_rng(733).uniform(-1, 1, size=(40000, 3))
    r = np.sqrt((cube ** 2).sum(axis=1))
    for q in (0.1, 0.5, 0.9):
        assert abs(ball_radii(np.array([q]), 3)[0] - np.quantile(r[r <= 1], q)) < 0.03

