from otter.test_files import test_case

OK_FORMAT = False

name = "q5_turned_round"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For the pairs (0, 0), (2, 1) and phi (1, 2) the reversed loss is 2, and x = 5 is predicted to have y = 2.")
def test_two_pairs(reversed_loss, reversed_fit, reversed_predict):
    import numpy as np
    phi, x, y = (np.array([1.0, 2.0]), np.array([0.0, 2.0]), np.array([0.0, 1.0]))
    loss = reversed_loss(phi, x, y)
    assert loss is not None, 'reversed_loss(...) returned None: expected a float'
    assert np.shape(loss) == () and abs(loss - 2) < 1e-09, f'reversed_loss: expected 2, got {loss}'
    got = reversed_fit(x, y)
    assert got is not None, 'reversed_fit(...) returned None: expected the pair (phi0, phi1)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'reversed_fit should return (phi0, phi1)'
    assert np.allclose(got, [0, 2]), f'reversed_fit: x = 0 + 2 y passes through both pairs, got {tuple(got)}'
    got = reversed_predict(phi, np.array([5.0]))
    assert got is not None, 'reversed_predict(...) returned None: expected an array of shape (M,)'
    assert np.shape(got) == (1,), f'reversed_predict: expected shape (1,), got {np.shape(got)}'
    assert np.allclose(got, [2]), f'reversed_predict: expected [2], got {got}'

@test_case(points=1, hidden=True, 
    failure_message="The reversed loss is wrong for some pairs. In which direction are the residuals measured?")
def test_reversed_loss_pair_by_pair(reversed_loss):
    import math
    import numpy as np
    rng = np.random.default_rng(11)
    for n in (0, 1, 2, 5, 30):
        for slope in (0.0, 0.3, -4.0):
            phi = np.array([rng.normal(), slope])
            x, y = (rng.normal(size=2 * n)[::2] * 3, rng.normal(size=n))
            squares = [math.dist((a, b), (phi[0] + slope * b, b)) ** 2 for a, b in zip(x, y)]
            assert abs(reversed_loss(phi, x, y) - math.fsum(squares)) <= 1e-12 * (1 + math.fsum(squares))

@test_case(points=1, hidden=True, 
    failure_message="For some pairs another line has a smaller reversed loss. Which of the two variables is the input of this model?")
def test_reversed_fit_is_lowest(reversed_fit):
    import numpy as np
    rng = np.random.default_rng(12)
    for n in (2, 3, 8, 50):
        for noise in (0.0, 0.4, 3.0):
            y = rng.normal(size=n) * 2 + 5
            x = 1 - 1.5 * y + noise * rng.normal(size=n)
            best = np.linalg.lstsq(np.stack([np.ones(n), y], axis=1), x, rcond=None)[0]
            assert np.allclose(reversed_fit(x, y), best, rtol=1e-08, atol=1e-08)
    flat = reversed_fit(np.array([1.0, 0.0, 1.0]), np.array([-1.0, 0.0, 1.0]))
    assert np.allclose(flat, [2 / 3, 0], atol=1e-12)

@test_case(points=1, hidden=True, 
    failure_message="Predicting y and putting it into the model should give x back; where no y can be found, there should be a ValueError.")
def test_prediction_undoes_the_model(reversed_predict):
    import numpy as np
    rng = np.random.default_rng(13)
    for phi in ((0.0, 1.0), (2.0, -3.0), (-1.0, 0.01), (5.0, 40.0)):
        y = rng.normal(size=9)[::2]
        got = reversed_predict(np.array(phi), phi[0] + phi[1] * y)
        assert np.shape(got) == y.shape and np.allclose(got, y, rtol=1e-09, atol=1e-09)
    for phi in ((0.0, 0.0), (3.0, 0.0), (1.0, -0.0)):
        try:
            reversed_predict(np.array(phi), np.array([1.0, 2.0]))
        except ValueError:
            continue
        raise AssertionError('a slope of zero should raise a ValueError')

