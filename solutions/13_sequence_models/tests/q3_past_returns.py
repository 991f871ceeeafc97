from otter.test_files import test_case

OK_FORMAT = False

name = "q3_past_returns"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="Returns without spread are all zero, and of the two securities of the text only the second survives.")
def test_two_securities(selection_bias, survivors_mean, return_facts):
    import numpy as np
    got = selection_bias(3, 2, 0.0, 4, 0)
    assert got is not None, 'selection_bias(...) returned None: expected (past, future)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'selection_bias should return (past, future)'
    assert all((np.shape(value) == () for value in got)), 'past and future should be single numbers'
    assert got[0] == 0 and got[1] == 0, f'with sigma = 0 both means are 0, got {got}'
    got = survivors_mean(np.array([[0.5, -0.5], [0.1, 0.1]]), -0.2)
    assert got is not None, 'survivors_mean(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got - 0.1) < 1e-09, f'survivors_mean: expected 0.1, got {got}'
    assert isinstance(return_facts, dict), 'return_facts should be a dictionary'
    keys = ['record_grows_with_count', 'future_grows_with_count', 'longer_record_deceives_less']
    for key in [*keys, 'fresh_months_are_fair', 'survivors_are_fair', 'record_helps_when_the_law_changes']:
        assert isinstance(return_facts.get(key), bool), f'return_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The means of the chosen security are not those of choosing by the past and earning in the future. Past and future are different months.")
def test_against_order_statistics(selection_bias):
    import math
    import numpy as np
    z = np.linspace(-9, 9, 4001)
    density = np.exp(-z ** 2 / 2) / math.sqrt(2 * math.pi)
    below = np.array([0.5 * math.erfc(-value / math.sqrt(2)) for value in z])
    for count, months, sigma, repeats in ((1, 12, 0.04, 800), (10, 12, 0.04, 800), (100, 12, 0.04, 400), (30, 5, 2.0, 900)):
        past, future = selection_bias(count, months, sigma, repeats, 7)
        assert isinstance(past, float) and isinstance(future, float)
        weights = count * density * below ** (count - 1) * (z[1] - z[0])
        mean = (weights * z).sum()
        spread = math.sqrt((weights * z ** 2).sum() - mean ** 2)
        scale = sigma / math.sqrt(months)
        assert abs(past - mean * scale) < 6 * spread * scale / math.sqrt(repeats)
        assert abs(future) < 6 * scale / math.sqrt(repeats)
        if count > 1:
            assert past > mean * scale / 2 > 0
        assert selection_bias(count, months, sigma, repeats, 7) == (past, future)
        assert selection_bias(count, months, sigma, repeats, 8)[1] != future != 0

@test_case(points=1, hidden=True, 
    failure_message="The mean of the survivors is wrong for some table. Returns are compounded, the floor itself is not enough, and all months of a survivor count.")
def test_survivors_one_by_one(survivors_mean):
    import math
    import numpy as np
    rng = np.random.default_rng(135)
    for count, months, floor in ((1, 3, -0.9), (40, 6, -0.05), (200, 12, 0.0), (30, 1, 0.02), (50, 24, 0.1)):
        returns = rng.normal(0.0, 0.05, size=(count, months))
        kept = []
        for row in returns:
            wealth = 1.0
            for r in row:
                wealth *= 1 + r
            if wealth > 1 + floor:
                kept.extend(row)
        got = survivors_mean(returns, floor)
        assert isinstance(got, float) and abs(got - math.fsum(kept) / len(kept)) < 1e-12
    assert survivors_mean(np.array([[0.5, -0.5], [0.25, 0.5]]), -0.25) == 0.375
    assert math.isnan(survivors_mean(np.array([[0.5, -0.5]]), -0.125))

@test_case(points=1, hidden=True, 
    failure_message="At least one statement about records is decided wrongly. Simulate it.")
def test_return_facts(return_facts):
    import numpy as np
    rng = np.random.default_rng(136)

    def world(count, months, means=0.0):
        return (means + rng.normal(0, 1, size=(2000, count, months))).mean(axis=-1)

    def chosen(score, value):
        return np.take_along_axis(value, score.argmax(axis=-1)[:, None], axis=1).mean()
    few, many, long = (world(2, 12), world(50, 12), world(50, 48))
    few_future, many_future = (chosen(few, world(2, 12)), chosen(many, world(50, 12)))
    first, second, later = (world(50, 6), world(50, 6), world(50, 12))
    total = rng.normal(0, 0.05, size=(20000, 12))
    alive = total[np.prod(1 + total, axis=1) > 0.9]
    old, new = (rng.normal(0, 1, size=(2000, 50)), rng.normal(0, 1, size=(2000, 50)))
    changed = chosen(old + world(50, 12), new)
    assert return_facts['record_grows_with_count'] is bool(chosen(many, many) > chosen(few, few) + 0.1)
    assert return_facts['future_grows_with_count'] is bool(many_future > few_future + 0.1)
    assert return_facts['longer_record_deceives_less'] is bool(chosen(long, long) < chosen(many, many) - 0.1)
    assert return_facts['fresh_months_are_fair'] is bool(abs(chosen(first, second) - chosen(first, later)) < 0.1)
    assert return_facts['survivors_are_fair'] is bool(abs(alive.mean()) < 0.002)
    assert return_facts['record_helps_when_the_law_changes'] is bool(changed > 0.2)

