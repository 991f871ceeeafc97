from otter.test_files import test_case

OK_FORMAT = False

name = "q18_batch_size"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="With h = 1, s = 4, B = 2 and the rate 0.5 a loss of 5 becomes 1.5 in one step.")
def test_one_direction(next_losses, iterations, best_iterations, doubling_facts):
    import numpy as np
    h, s, losses = (np.array([1.0]), np.array([4.0]), np.array([5.0]))
    got = next_losses(losses, 0.5, h, s, 2)
    assert got is not None, 'next_losses(...) returned None: expected an array of shape (K,)'
    assert np.shape(got) == (1,), f'next_losses: expected shape (1,), got {np.shape(got)}'
    assert np.allclose(got, 1.5), f'next_losses: expected [1.5], got {got}'
    got = iterations(2, 0.5, h, s, losses, 2.0, 10)
    assert got is not None, 'iterations(...) returned None: expected an integer or math.inf'
    assert got == 1, f'iterations to the target 2: expected 1, got {got}'
    got = best_iterations(2, [0.5], h, s, losses, 2.0, 10)
    assert got is not None, 'best_iterations(...) returned None: expected an integer or math.inf'
    assert got == 1, f'best_iterations with one rate: expected 1, got {got}'
    assert isinstance(doubling_facts, dict), 'doubling_facts should be a dictionary'
    keys = ['fewer_iterations', 'always_half', 'same_number_of_examples', 'gains_shrink', 'old_rate_will_do']
    for key in keys:
        assert isinstance(doubling_facts.get(key), bool), f'doubling_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The expected losses after one step are not the mean over the noise. The noise is multiplied by the rate before it is squared.")
def test_mean_over_the_noise(next_losses):
    import numpy as np
    rng = np.random.default_rng(527)
    for k in (1, 3, 6):
        for batch in (1, 2, 7, 128):
            h, s, losses = (rng.uniform(0.02, 2, size=k), rng.uniform(0, 5, size=k), rng.uniform(0, 5, size=k))
            rate = rng.uniform(0.01, 1.5)
            got = next_losses(losses, rate, h, s, batch)
            assert np.shape(got) == (k,)
            theta, noise = (np.sqrt(2 * losses / h), np.sqrt(s / batch))
            after = [theta - rate * (h * theta + sign * noise) for sign in (1, -1)]
            expected = (0.5 * h * after[0] ** 2 + 0.5 * h * after[1] ** 2) / 2
            assert np.allclose(got, expected, rtol=1e-10, atol=1e-12)

@test_case(points=2, hidden=True, 
    failure_message="The number of iterations is wrong for some setting. The sum over all directions decides; a target below the noise is never reached.")
def test_iterations_in_closed_form(iterations, best_iterations):
    import math
    import numpy as np

    def first_below(batch, rate, h, s, losses, target, limit):
        shrink = (1 - rate * h) ** 2
        floor = rate ** 2 * h * s / (2 * batch) / (1 - shrink)
        t = np.arange(limit + 1)[:, None]
        low = (floor + (losses - floor) * shrink ** t).sum(axis=1) <= target
        return int(low.argmax()) if low.any() else math.inf
    h = np.array([1.0, 0.1, 0.02])
    cases = [(batch, rate, h, 4 * h, np.full(3, 5.0), 0.3, 900) for batch in (1, 8, 128) for rate in (0.03, 0.1, 0.9)]
    cases += [(2, 0.3, h[:1], np.array([3.0]), np.array([2.0]), target, 50) for target in (3.0, 2.0, 1.0, 0.01)]
    cases += [(4, 0.5, h, np.zeros(3), np.array([1.0, 0.0, 2.0]), 0.001, limit) for limit in (379, 380, 400)]
    cases += [(1, 0.2, np.array([1.0, 0.05]), np.array([0.0, 40.0]), np.array([2.0, 0.0]), t, 60) for t in (1.0, 0.3)]
    found = []
    for case in cases:
        expected = first_below(*case)
        found.append(expected)
        assert iterations(*case) == expected
    assert math.inf in found and 0 in found and (len(set(found)) > 8)
    batch, _, h, s, losses, target, limit = cases[0]
    for batch in (1, 4, 32):
        for rates in ([0.05], [0.9, 0.05, 0.2], [0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28], [1.99]):
            expected = min((first_below(batch, rate, h, s, losses, target, limit) for rate in rates))
            assert best_iterations(batch, rates, h, s, losses, target, limit) == expected
    one = np.ones(1)
    assert iterations(1, 0.5, one, 0 * one, 4 * one, 1.0, 1) == 1
    assert iterations(1, 0.5, one, 0 * one, 4 * one, 1.0, 0) == math.inf
    assert iterations(1, 3.0, one, one, one, 0.5, 2000) == math.inf

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements is decided wrongly for the setting of the figure.")
def test_doubling_facts(doubling_facts):
    import numpy as np
    h, rates = (np.array([1.0, 0.1, 0.02]), np.geomspace(0.01, 1.9, 120))
    t = np.arange(3000)[:, None]

    def count(batch, rate):
        shrink = (1 - rate * h) ** 2
        floor = rate ** 2 * h * 4 * h / (2 * batch) / (1 - shrink)
        low = (floor + (5 - floor) * shrink ** t).sum(axis=1) <= 0.3
        return low.argmax() if low.any() else np.inf
    table = {batch: [count(batch, rate) for rate in rates] for batch in (1, 2, 4, 8, 16, 32, 64, 128)}
    best = {batch: min(row) for batch, row in table.items()}
    ratios = np.array([best[2 * batch] / best[batch] for batch in best if batch < 128])
    kept = table[2][int(np.argmin(table[1]))]
    examples = np.array([batch * steps for batch, steps in best.items()])
    assert doubling_facts['fewer_iterations'] is bool((ratios < 1).all())
    assert doubling_facts['always_half'] is bool((np.abs(ratios - 0.5) < 0.02).all())
    assert doubling_facts['same_number_of_examples'] is bool(examples.max() / examples.min() < 1.05)
    assert doubling_facts['gains_shrink'] is bool(ratios[0] < ratios[-1])
    assert doubling_facts['old_rate_will_do'] is bool(kept <= best[2])

