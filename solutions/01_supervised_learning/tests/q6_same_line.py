from otter.test_files import test_case

OK_FORMAT = False

name = "q6_same_line"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="For the pairs (0, 0), (1, 2), (2, 1) the slopes are 0.5 and 2, the lines do not agree, and the symmetric slope is 1.")
def test_three_pairs(compare_slopes, lines_agree, symmetric_slope, turn_facts):
    import numpy as np
    x, y = (np.array([0.0, 1.0, 2.0]), np.array([0.0, 2.0, 1.0]))
    got = compare_slopes(x, y)
    assert got is not None, 'compare_slopes(...) returned None: expected the pair (ordinary, turned)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'compare_slopes should return (ordinary, turned)'
    assert np.allclose(got, [0.5, 2]), f'compare_slopes: expected (0.5, 2), got {tuple(got)}'
    got = lines_agree(x, y, 0.1)
    assert isinstance(got, (bool, np.bool_)), f'lines_agree should return True or False, got {got}'
    assert not got, 'lines_agree: the slopes 0.5 and 2 do not agree, expected False'
    got = symmetric_slope(x, y)
    assert got is not None, 'symmetric_slope(...) returned None: expected a float'
    assert abs(got - 1) < 1e-09, f'symmetric_slope: expected 1, got {got}'
    assert isinstance(turn_facts, dict), 'turn_facts should be a dictionary'
    keys = ['share_the_means', 'differ_with_noise', 'differ_always']
    for key in [*keys, 'turned_is_steeper', 'signs_can_differ', 'turned_can_win']:
        assert isinstance(turn_facts.get(key), bool), f'turn_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="For some pairs the slopes are not those of the two best lines, both as dy/dx.")
def test_slopes_by_lstsq(compare_slopes):
    import numpy as np
    rng = np.random.default_rng(14)
    for n in (2, 3, 10, 40):
        for slope, noise in ((2.0, 0.0), (-0.5, 0.3), (3.0, 2.0), (-1.0, 1.0)):
            x = rng.normal(size=2 * n)[::2] + 6
            y = slope * x + noise * rng.normal(size=n) - 2
            line = lambda a, b: np.linalg.lstsq(np.stack([np.ones(n), a], axis=1), b, rcond=None)[0][1]
            ordinary, turned = compare_slopes(x, y)
            assert abs(ordinary / line(x, y) - 1) < 1e-08
            assert abs(turned * line(y, x) - 1) < 1e-08
            r = np.corrcoef(x, y)[0, 1]
            assert abs(ordinary / turned - r ** 2) < 1e-09

@test_case(points=1, hidden=True, 
    failure_message="The verdict on two lines, or the line between them, is wrong for some pairs. Try pairs on a falling line, with and without noise.")
def test_agreement_and_symmetry(lines_agree, symmetric_slope):
    import numpy as np
    rng = np.random.default_rng(15)
    x = rng.normal(size=12)
    for slope in (3.0, -2.0, 0.05):
        assert bool(lines_agree(x, 4 + slope * x, 1e-09)) is True
        assert abs(symmetric_slope(x, 4 + slope * x) / slope - 1) < 1e-09
    corners = (np.array([0.0, 1.0, 2.0]), np.array([0.0, 2.0, 1.0]))
    assert bool(lines_agree(*corners, 0.7499999)) is False
    assert bool(lines_agree(*corners, 0.7500001)) is True
    for noise in (0.1, 0.5, 2.0):
        for sign in (1, -1):
            y = sign * x + noise * rng.normal(size=12)
            r = np.corrcoef(x, y)[0, 1]
            for tol in (0.5, 0.9, 1.1):
                if abs(1 - r ** 2 - tol) > 1e-06:
                    assert bool(lines_agree(x, y, tol)) is bool(1 - r ** 2 <= tol)
            there, back = (symmetric_slope(x, y), symmetric_slope(y, x))
            assert abs(there * back - 1) < 1e-09 and bool(there > 0) is bool(r > 0)
            assert abs(abs(there) - y.std() / x.std()) < 1e-09 * abs(there)

@test_case(points=2, hidden=True, 
    failure_message="At least one of the six statements is decided wrongly. Look at pairs with and without noise, rising and falling.")
def test_facts_by_trying(turn_facts):
    import numpy as np
    rng = np.random.default_rng(16)
    apart, noisy_same, same, steeper, signs, wins = (0.0, False, False, True, False, False)
    for n in (3, 4, 6, 25) * 6:
        for noise in (0.0, 0.2, 2.0):
            x = rng.normal(size=n) * 2 + 1
            y = rng.choice([-0.7, 0.4, 3.0]) * x + noise * rng.normal(size=n) + 2
            fit = lambda a, b: np.linalg.lstsq(np.stack([np.ones(n), a], axis=1), b, rcond=None)[0]
            (c0, c1), (d0, d1) = (fit(x, y), fit(y, x))
            slope, intercept = (1 / d1, -d0 / d1)
            for a, b in ((c0, c1), (intercept, slope)):
                apart = max(apart, abs(a + b * x.mean() - y.mean()) / (1 + abs(b)))
            alike = abs(slope - c1) < 1e-09 * abs(c1)
            same = same or alike
            noisy_same = noisy_same or (alike and noise > 0)
            steeper = steeper and (alike or abs(slope) > abs(c1))
            signs = signs or slope * c1 < 0
            errors = [((a + b * x - y) ** 2).sum() for a, b in ((c0, c1), (intercept, slope))]
            wins = wins or errors[1] < errors[0] - 1e-09
    assert len(turn_facts) == 6
    assert turn_facts['share_the_means'] is bool(apart < 1e-08)
    assert turn_facts['differ_with_noise'] is bool(not noisy_same)
    assert turn_facts['differ_always'] is bool(not same)
    assert turn_facts['turned_is_steeper'] is bool(steeper)
    assert turn_facts['signs_can_differ'] is bool(signs)
    assert turn_facts['turned_can_win'] is bool(wins)

