from otter.test_files import test_case

OK_FORMAT = False

name = "q8_bandit"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="Two games of five steps give an integer array of shape (2, 5) of arms; from 8 to 1 in four steps the temperatures are 8, 4, 2, 1.")
def test_shapes(play, annealed):
    import numpy as np
    got = play(np.array([1.0, 2.0, 3.0]), np.ones(5), 2, 1.0, np.random.default_rng(0))
    assert got is not None, 'play(...) returned None: expected an integer array of shape (2, 5)'
    assert isinstance(got, np.ndarray) and got.shape == (2, 5), f'play: expected an array of shape (2, 5), got {got!r}'
    assert got.dtype.kind in 'iu', f'play: expected integers, got {got.dtype}'
    assert got.min() >= 0 and got.max() <= 2, f'play: there are arms 0, 1 and 2, got {got.tolist()}'
    got = annealed(8.0, 1.0, 4)
    assert got is not None, 'annealed(...) returned None: expected an array of shape (4,)'
    assert np.shape(got) == (4,), f'annealed: expected shape (4,), got {np.shape(got)}'
    assert np.allclose(got, [8, 4, 2, 1]), f'annealed: expected [8, 4, 2, 1], got {np.asarray(got).tolist()}'

@test_case(points=1, hidden=True, 
    failure_message="The two cases without noise do not come out, or games are not independent. What is the estimate of an arm that was never pulled, and which game's payments change it?")
def test_cold_games_without_noise(play):
    import numpy as np
    rng = np.random.default_rng(2018)
    arms = play(np.array([1.0, 2.0, 3.0]), np.full(12, 1e-06), 600, 0.0, rng)
    assert arms.shape == (600, 12) and (arms == arms[:, :1]).all()
    assert np.abs([(arms[:, 0] == a).mean() - 1 / 3 for a in range(3)]).max() <= 0.15
    arms = play(np.array([-2.0, -1.0, -3.0]), np.full(12, 1e-06), 600, 0.0, rng)
    assert (np.sort(arms[:, :3], axis=1) == np.arange(3)).all() and (arms[:, 3:] == 1).all()
    assert np.abs([(arms[:, 1] == a).mean() - 1 / 3 for a in range(3)]).max() <= 0.15
    assert play(np.array([2.0]), np.full(3, 0.1), 4, 1.0, rng).tolist() == [[0] * 3] * 4

@test_case(points=1, hidden=True, 
    failure_message="In the long run the arms are not pulled as often as their true means say. Is the estimate the mean of all that an arm has paid, and is each step's own temperature used?")
def test_shares_in_the_long_run(play):
    import numpy as np
    rng = np.random.default_rng(2019)
    means = np.array([0.0, 0.5, 1.0])
    for tau in (1.0, 30.0):
        weights = np.exp(means / tau)
        arms = play(means, np.full(300, tau), 1000, 1.0, rng)
        for a in range(3):
            assert abs((arms[:, 200:] == a).mean() - weights[a] / weights.sum()) <= 0.025
    arms = play(np.ones(3), np.full(2, 0.5), 4000, 0.0, rng)
    assert abs((arms[:, 0] == arms[:, 1]).mean() - 1 / (1 + 2 * np.exp(-2))) <= 0.05
    arms = play(means, np.where(np.arange(100) < 50, 1000.0, 0.01), 1000, 0.0, rng)
    assert abs((arms[:, :50] == 2).mean() - 1 / 3) <= 0.03 and (arms[:, 50:] == 2).mean() >= 0.99

@test_case(points=1, hidden=True, 
    failure_message="Noise, or the falling temperatures, are not as described. With noise a cold game is often lured away from the best arm, and falling temperatures find it nearly always.")
def test_schedules(play, annealed):
    import numpy as np
    for first, last, steps in ((1.0, 0.05, 200), (5.0, 5.0, 3), (2.0, 0.5, 2), (100.0, 0.001, 7)):
        taus = annealed(first, last, steps)
        assert np.shape(taus) == (steps,) and abs(taus[0] - first) <= 1e-09 and (abs(taus[-1] / last - 1) <= 1e-09)
        ratios = taus[1:] / taus[:-1]
        assert np.abs(ratios / ratios[0] - 1).max() <= 1e-09
    rng = np.random.default_rng(2020)
    means = np.array([0.0, 0.5, 1.0])
    falling = play(means, np.geomspace(1, 0.05, 200), 1500, 1.0, rng)[:, -50:] == 2
    cold = play(means, np.full(200, 0.01), 1500, 1.0, rng)[:, -50:] == 2
    assert falling.mean() >= 0.93 and 0.5 <= cold.mean() <= 0.75
    loud = play(means, np.full(200, 0.01), 1500, 10.0, rng)[:, -50:] == 2
    assert loud.mean() <= 0.5

