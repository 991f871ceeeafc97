from otter.test_files import test_case

OK_FORMAT = False

name = "q1_returns"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="Rewards 1, 0, 2 with gamma 1/2 give the returns 1.5, 1, 2; the reward 1 forever gives 2.")
def test_three_steps(returns, walk_returns, forever):
    import numpy as np
    got = returns(np.array([1.0, 0.0, 2.0]), 0.5)
    assert got is not None, 'returns(...) returned None: expected an array of shape (3,)'
    assert isinstance(got, np.ndarray) and got.shape == (3,), f'returns: expected an array of shape (3,), got {got!r}'
    assert np.allclose(got, [1.5, 1, 2]), f'returns: expected [1.5, 1, 2], got {got.tolist()}'
    assert walk_returns is not ..., 'walk_returns is still missing'
    assert np.shape(walk_returns) == (10,), f'walk_returns: expected ten numbers, got shape {np.shape(walk_returns)}'
    assert np.isclose(walk_returns[9], 1), f'the last return of the walk is its last reward, 1; got {walk_returns[9]}'
    got = forever(1.0, 0.5)
    assert got is not None, 'forever(...) returned None: expected a float'
    assert np.shape(got) == () and np.isclose(got, 2), f'forever(1, 0.5): expected 2, got {got}'

@test_case(points=1, hidden=True, 
    failure_message="Some returns are wrong. A reward is discounted by the steps between now and then, and what lies in the past does not count. Mind long trajectories, too.")
def test_double_sum(returns):
    import numpy as np
    rng = np.random.default_rng(2001)
    for length in (0, 1, 2, 3, 8, 30):
        for gamma in (0.0, 0.3, 0.9, 1.0):
            rewards = rng.normal(size=2 * length)[::2]
            weights = np.array([[gamma ** (k - t) if k >= t else 0.0 for k in range(length)] for t in range(length)])
            got = returns(rewards, gamma)
            assert isinstance(got, np.ndarray) and got.shape == (length,) and (got.dtype == np.float64)
            assert length == 0 or np.abs(got - weights @ rewards).max() <= 1e-12
    whole = returns(np.array([3, -1, 2]), 0.5)
    assert whole.dtype == np.float64 and np.abs(whole - [3.0, 0.0, 2.0]).max() <= 1e-12
    got = returns(np.ones(100000), 0.5)
    assert np.isfinite(got).all() and np.abs(got[:-60] - 2).max() <= 1e-12

@test_case(points=1, hidden=True, 
    failure_message="The returns of the penguin's walk, or the return of a reward that never ends, are wrong.")
def test_walk_and_forever(walk_returns, forever):
    import numpy as np
    rewards = {2: 1.0, 5: -2.0, 9: 1.0}
    for t in range(10):
        expected = sum((r * 0.9 ** (k - t) for k, r in rewards.items() if k >= t))
        assert abs(walk_returns[t] - expected) <= 1e-06
    for reward, gamma in ((1.0, 0.9), (-3.0, 0.0), (0.0, 0.7), (2, 0.98), (-0.5, 0.25)):
        expected = sum((reward * gamma ** k for k in range(2000)))
        assert abs(forever(reward, gamma) - expected) <= 1e-09

