from otter.test_files import test_case

OK_FORMAT = False

name = "q18_feedback"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="Two equal items and the propensities (1, 0.5) give the clicks (2, 1) after two rounds by clicks, and (1.5, 1.5) at random.")
def test_two_items(greedy_clicks, random_clicks, click_rates, corrected_rates, feedback_facts):
    import numpy as np
    attraction, propensity = (np.ones(2), np.array([1.0, 0.5]))
    clicks, positions, items = (np.array([1, 0, 1]), np.array([1, 1, 0]), np.array([0, 0, 1]))
    for name, got, expected in (('greedy_clicks', greedy_clicks(attraction, propensity, 2), [2, 1]), ('random_clicks', random_clicks(attraction, propensity, 2), [1.5, 1.5]), ('click_rates', click_rates(clicks, items, 2), [0.5, 1]), ('corrected_rates', corrected_rates(clicks, positions, items, propensity, 2), [1, 1])):
        assert got is not None, f'{name}(...) returned None: expected an array of shape (2,)'
        assert np.shape(got) == (2,), f'{name}: expected shape (2,), got {np.shape(got)}'
        assert np.allclose(got, expected), f'{name}: expected {expected}, got {got}'
    assert isinstance(feedback_facts, dict), 'feedback_facts should be a dictionary'
    keys = ['best_item_wins', 'equal_items_stay_equal', 'random_is_fair', 'rates_rank_items', 'old_log_predicts']
    for key in keys:
        assert isinstance(feedback_facts.get(key), bool), f'feedback_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The clicks are not those of the ranking by clicks, or not the average over all rankings. A position belongs to the item that is shown there.")
def test_clicks_round_by_round(greedy_clicks, random_clicks):
    from itertools import permutations
    import numpy as np
    rng = np.random.default_rng(748)
    cases = [(np.ones(5), 0.5 ** np.arange(5), 40), (np.array([0.1, 0.9, 0.8]), np.array([1.0, 0.3, 0.2]), 25)]
    cases += [(np.arange(1, 6) / 8, np.array([1.0, 0.75, 0.5, 0.5, 0.25]), rounds) for rounds in (0, 1, 2, 3, 7)]
    cases += [(np.array([0.5, 0.5, 1.0, 0.25]), np.array([0.25, 1.0, 0.5, 0.75]), 12), (np.ones(1), np.ones(1), 3)]
    cases += [(rng.integers(1, 9, size=5) / 8, rng.integers(1, 9, size=10)[::2] / 8, 20) for _ in range(6)]
    for attraction, propensity, rounds in cases:
        clicks = [0.0] * len(attraction)
        for _ in range(rounds):
            ranked = sorted(range(len(clicks)), key=lambda i: (-clicks[i], i))
            for position, item in enumerate(ranked):
                clicks[item] += attraction[item] * propensity[position]
        got = greedy_clicks(attraction, propensity, rounds)
        assert np.shape(got) == np.shape(attraction) and np.allclose(got, clicks, rtol=1e-12)
        orders = list(permutations(propensity))
        mean = rounds * np.mean([attraction * np.array(order) for order in orders], axis=0)
        assert np.allclose(random_clicks(attraction, propensity, rounds), mean, rtol=1e-12)

@test_case(points=2, hidden=True, 
    failure_message="Rates are wrong, or the corrected rates are not right on average. Divide by impressions, and use the position that was shown.")
def test_rates_of_logs(click_rates, corrected_rates):
    from itertools import product
    import numpy as np
    rng = np.random.default_rng(749)
    attraction, propensity = (np.array([0.8, 0.5, 0.25]), np.array([1.0, 0.5, 0.25]))
    items, positions = (np.array([0, 0, 1, 2, 2, 1, 2]), np.array([2, 1, 0, 1, 0, 0, 2]))
    chance = attraction[items] * propensity[positions]
    mean, plain = (np.zeros(3), np.zeros(3))
    for pattern in product((0, 1), repeat=7):
        clicks = np.array(pattern)
        weight = np.prod(np.where(clicks == 1, chance, 1 - chance))
        mean += weight * np.asarray(corrected_rates(clicks, positions, items, propensity, 3))
        plain += weight * np.asarray(click_rates(clicks, items, 3))
    assert np.allclose(mean, attraction, rtol=1e-09)
    assert np.allclose(plain, [chance[items == i].mean() for i in range(3)], rtol=1e-09)
    for n, n_items in ((1, 1), (40, 6), (200, 4)):
        items = np.concatenate([np.arange(n_items), rng.integers(0, n_items, size=n - n_items)])
        positions, clicks = (rng.integers(0, 8, size=2 * n)[::2], rng.integers(0, 2, size=n))
        propensity = rng.uniform(0.1, 1, size=8)
        for i in range(n_items):
            seen = items == i
            rate = sum(clicks[seen]) / sum(seen)
            paid = sum((c / propensity[p] for c, p in zip(clicks[seen], positions[seen]))) / sum(seen)
            got = click_rates(clicks, items, n_items)
            assert np.shape(got) == (n_items,) and abs(got[i] - rate) < 1e-12
            got = corrected_rates(clicks, positions, items, propensity, n_items)
            assert np.shape(got) == (n_items,) and abs(got[i] - paid) < 1e-10

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements on feedback is decided wrongly. Let the engine run for a while.")
def test_feedback_facts(feedback_facts):
    import numpy as np
    propensity = 0.5 ** np.arange(5)

    def run(attraction):
        clicks = np.zeros(5)
        for _ in range(200):
            position = np.argsort(np.argsort(-clicks, kind='stable'))
            clicks += attraction * propensity[position]
        return clicks / clicks.sum()
    equal, better = (run(np.full(5, 0.5)), run(np.array([0.5, 0.5, 0.5, 0.5, 0.9])))
    attraction = np.array([0.6, 0.5, 0.4, 0.3, 0.2])
    at_random = np.mean([attraction * np.roll(propensity, k) for k in range(5)], axis=0)
    upside_down = attraction * propensity[::-1]
    assert feedback_facts['best_item_wins'] is bool(better.argmax() == 4)
    assert feedback_facts['equal_items_stay_equal'] is bool(np.ptp(equal) < 0.05)
    assert feedback_facts['random_is_fair'] is bool(np.ptp(at_random / attraction) < 1e-09)
    assert feedback_facts['rates_rank_items'] is bool((np.diff(upside_down) < 0).all())
    assert feedback_facts['old_log_predicts'] is bool(np.allclose(upside_down, attraction * propensity))

