from otter.test_files import test_case

OK_FORMAT = False

name = "q16_momentum_weights"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="For beta = 0.5 and t = 2 the weights are (0.5, 0.25), that of m_0 is 0.25; a share of 0.7 needs t = 2.")
def test_two_steps(momentum_weights, start_weight, warm_up):
    import numpy as np
    got = momentum_weights(0.5, 2)
    assert got is not None, 'momentum_weights(0.5, 2) returned None: expected an array of shape (2,)'
    assert np.shape(got) == (2,), f'momentum_weights(0.5, 2): expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, [0.5, 0.25]), f'momentum_weights(0.5, 2): expected [0.5, 0.25], got {got}'
    got = start_weight(0.5, 2)
    assert got is not None, 'start_weight(0.5, 2) returned None: expected a float'
    assert abs(got - 0.25) < 1e-09, f'start_weight(0.5, 2): expected 0.25, got {got}'
    got = warm_up(0.5, 0.7)
    assert got is not None, 'warm_up(0.5, 0.7) returned None: expected an integer'
    assert got == 2, f'warm_up(0.5, 0.7): expected 2, got {got}'

@test_case(points=1, hidden=True, 
    failure_message="The weighted sum of the gradients is not what the recursion gives. Check the order, the exponents and m_0.")
def test_recursion(momentum_weights, start_weight):
    import numpy as np
    rng = np.random.default_rng(524)
    for beta in (0.0, 0.1, 0.5, 0.9, 0.999):
        for t in (0, 1, 2, 3, 10, 40):
            gradients, m0 = (rng.normal(size=(t, 3)), rng.normal(size=3))
            m = m0
            for g in gradients:
                m = beta * m + (1 - beta) * g
            weights = np.asarray(momentum_weights(beta, t))
            assert weights.shape == (t,)
            got = weights @ gradients[::-1] + start_weight(beta, t) * m0
            assert np.abs(got - m).max() < 1e-12
            assert abs(weights.sum() + start_weight(beta, t) - 1) < 1e-12

@test_case(points=1, hidden=True, 
    failure_message="warm_up is not the first step at which the weights reach the share. Try beta = 0, a beta near 1, and a share that the weights reach exactly.")
def test_warm_up(warm_up):
    for beta in (0.0, 0.2, 0.5, 0.9, 0.99, 0.999):
        for share in (0.05, 0.31, 0.62, 0.77, 0.953, 0.9991):
            total, weight, t = (0.0, 1 - beta, 0)
            while total < share:
                total, weight, t = (total + weight, weight * beta, t + 1)
            got = warm_up(beta, share)
            assert got == t and isinstance(got, int)
    assert warm_up(0.5, 0.5) == 1 and warm_up(0.5, 0.75) == 2 and (warm_up(0.25, 0.9375) == 2)

