from otter.test_files import test_case

OK_FORMAT = False

name = "q17_three_methods"
points = 6

@test_case(points=1, hidden=False, 
    failure_message="With H = diag(1, 3), the start (1, 1) and tol = 0.3 gradient descent needs 2 steps; without steps the walks stay at 1.2.")
def test_small_cases(steps_needed, noisy_descent, sgd_facts):
    import numpy as np
    got = steps_needed('gd', np.diag([1.0, 3.0]), np.ones(2), 0.3)
    assert got is not None, 'steps_needed(...) returned None: expected an integer'
    assert got == 2, f"steps_needed('gd', diag(1, 3), (1, 1), 0.3): expected 2, got {got}"
    for method in ('momentum', 'newton'):
        got = steps_needed(method, np.diag([1.0, 3.0]), np.ones(2), 1.0)
        assert got == 0, f'steps_needed({method!r}, ...) with tol = 1: expected 0, got {got}'
    got = noisy_descent(0.05, 1.0, 0, 0, 3, 0)
    assert got is not None, 'noisy_descent(...) returned None: expected an array of shape (paths,)'
    assert np.shape(got) == (3,), f'noisy_descent: expected shape (3,), got {np.shape(got)}'
    assert np.allclose(got, 1.2), f'noisy_descent without steps: expected 1.2 for each walk, got {got}'
    assert isinstance(sgd_facts, dict), 'sgd_facts should be a dictionary'
    keys = ['one_update_per_example', 'less_noise_is_why', 'leaves_poor_minima', 'needs_more_memory']
    for key in keys + ['gd_finds_the_best', 'momentum_beats_newton']:
        assert isinstance(sgd_facts.get(key), bool), f'sgd_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="The number of steps is wrong for some method or ravine. Compare the constants with the formulas, and begin the momentum method at rest.")
def test_steps_in_the_eigenbasis(steps_needed):
    import numpy as np
    rng = np.random.default_rng(525)
    for values, tol in (([1.0, 3.0], 0.001), ([1.0, 1000.0], 1e-06), ([0.2, 0.7, 9.0], 1e-05), ([4.0, 4.0], 0.0001)):
        values = np.array(values)
        turn, _ = np.linalg.qr(rng.normal(size=(len(values),) * 2))
        H, c = (turn @ np.diag(values) @ turn.T, rng.uniform(1, 2, size=len(values)))
        H = (H + H.T) / 2
        mu, lam = (values.min(), values.max())
        rate = 4 / (np.sqrt(lam) + np.sqrt(mu)) ** 2
        beta = ((np.sqrt(lam / mu) - 1) / (np.sqrt(lam / mu) + 1)) ** 2
        count, now, last = (0, c, c)
        while np.linalg.norm(now) > tol * np.linalg.norm(c):
            now, last, count = ((1 + beta - rate * values) * now - beta * last, now, count + 1)
        t = np.arange(20000)[:, None]
        plain = np.linalg.norm(c * np.abs(1 - 2 * values / (lam + mu)) ** t, axis=1) > tol * np.linalg.norm(c)
        start = turn @ c
        assert steps_needed('momentum', H, start, tol) == count
        assert steps_needed('gd', H, start, tol) == plain.sum()
        assert steps_needed('newton', H, start, tol) == 1
        assert steps_needed('gd', H, start, 1.0) == 0

@test_case(points=2, hidden=True, 
    failure_message="The walks do not have the right slope or the right amount of noise. Noise is drawn anew for each walk and each step, and scaled by the rate.")
def test_walks(noisy_descent):
    import numpy as np
    import torch

    def walk(rate, steps):
        x = torch.tensor(1.2, dtype=torch.float64, requires_grad=True)
        for _ in range(steps):
            g, = torch.autograd.grad(x ** 4 - 2 * x ** 2 + 0.6 * x, x)
            x = (x - rate * g).detach().requires_grad_()
        return x.item()
    for rate, noisy, quiet in ((0.05, 3, 0), (0.05, 0, 3), (0.01, 40, 7), (0.05, 60, 30)):
        got = noisy_descent(rate, 0.0, noisy, quiet, 4, 1)
        assert np.shape(got) == (4,) and np.allclose(got, walk(rate, noisy + quiet), rtol=0, atol=1e-10)
    for noise, rate in ((3.0, 0.05), (0.5, 0.2)):
        got = np.asarray(noisy_descent(rate, noise, 1, 0, 40000, 2))
        assert abs(got.mean() - walk(rate, 1)) < 0.04 * rate * noise
        assert abs(got.std() / (rate * noise) - 1) < 0.03
    got = np.asarray(noisy_descent(1e-05, 3.0, 64, 0, 40000, 3))
    assert abs(got.std() / (1e-05 * 3 * 8) - 1) < 0.03
    ends = np.asarray(noisy_descent(0.05, 3.0, 2000, 2000, 200, 4))
    bottoms = np.sort(np.roots([4.0, 0.0, -4.0, 0.6]).real)[[0, 2]]
    assert np.abs(ends[:, None] - bottoms).min(axis=1).max() < 1e-06
    assert (ends < 0).mean() > 0.85
    again, other = (noisy_descent(0.05, 3.0, 5, 0, 6, 4), noisy_descent(0.05, 3.0, 5, 0, 6, 5))
    assert np.array_equal(again, noisy_descent(0.05, 3.0, 5, 0, 6, 4)) and (not np.allclose(again, other))

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements is decided wrongly. Simulate what you are not sure of.")
def test_sgd_facts(sgd_facts):
    import numpy as np
    rng = np.random.default_rng(526)
    gradients = rng.normal(size=(50, 3))
    scatter = {batch: gradients.var(axis=0).sum() / batch * (50 - batch) / 49 for batch in (1, 50)}
    slope = lambda x: 4 * x ** 3 - 4 * x + 0.6
    x, noisy = (np.full(300, 1.2), np.full(300, 1.2))
    for step in range(4000):
        x = x - 0.05 * slope(x)
        noisy = noisy - 0.05 * (slope(noisy) + (3.0 * rng.normal(size=300) if step < 2000 else 0))
    gd_share, sgd_share = ((x < 0).mean(), (noisy < 0).mean())
    H, now, last, momentum_steps = (np.array([1.0, 1000.0]), np.ones(2), np.ones(2), 0)
    root = np.sqrt(H)
    rate, beta = (4 / root.sum() ** 2, ((root[1] - 1) / (root[1] + 1)) ** 2)
    while np.linalg.norm(now) > 1e-06:
        now, last, momentum_steps = (now - rate * H * now + beta * (now - last), now, momentum_steps + 1)
    newton_steps = 1
    updates, activations = ([50 // batch for batch in (1, 50)], [batch * 1000 for batch in (1, 50)])
    assert sgd_facts['one_update_per_example'] is (updates[0] == 50)
    assert sgd_facts['less_noise_is_why'] is bool(scatter[1] < scatter[50])
    assert sgd_facts['leaves_poor_minima'] is bool(sgd_share > gd_share)
    assert sgd_facts['needs_more_memory'] is (activations[0] > activations[1])
    assert sgd_facts['gd_finds_the_best'] is bool(gd_share == 1)
    assert sgd_facts['momentum_beats_newton'] is (momentum_steps < newton_steps)

