from otter.test_files import test_case

OK_FORMAT = False

name = "q4_shifted_uniforms"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="For a = 0 all five numbers are 0; shift_facts holds six booleans.")
def test_no_shift(shift_divergences, shift_facts):
    import numpy as np
    got = shift_divergences(0.0)
    assert got is not None, 'shift_divergences(0.0) returned None: expected a dictionary'
    assert isinstance(got, dict), 'shift_divergences should return a dictionary'
    for key in ('kl', 'reverse_kl', 'js', 'w1', 'w2sq'):
        assert key in got, f'the dictionary has no entry {key!r}'
        number = isinstance(got[key], (int, float, np.integer, np.floating))
        assert number, f'shift_divergences(0.0)[{key!r}] should be a float, got {got[key]!r}'
        assert got[key] == 0, f'shift_divergences(0.0)[{key!r}]: expected 0, got {got[key]}'
    assert isinstance(shift_facts, dict), 'shift_facts should be a dictionary'
    keys = ['kl_slope', 'js_slope_near', 'js_slope_far', 'w1_slope_far', 'w1_slope_grows', 'overlap_stays']
    for key in keys:
        got = shift_facts.get(key)
        assert isinstance(got, bool), f'shift_facts[{key!r}] should be True or False, got {got!r}'

@test_case(points=1.5, hidden=True, 
    failure_message="One of the two Kullback-Leibler divergences or the Jensen-Shannon divergence is wrong for some shift. Integrate piece by piece.")
def test_integrals_piece_by_piece(shift_divergences):
    import math

    def kl(p, q, pieces):
        total = 0.0
        for left, right in pieces:
            x = (left + right) / 2
            if p(x) > 0:
                total += (right - left) * p(x) * math.log(p(x) / q(x)) if q(x) > 0 else math.inf
        return total
    for a in (0.25, -0.25, 0.5, -0.625, 0.9, -0.99, 1.0, -1.0, 1.5, -2.0, 3.0, -3.0, 1e-06, 0.0, 0.01, 2):
        p = lambda x: 1.0 if 0 < x < 1 else 0.0
        q = lambda x: 1.0 if a < x < a + 1 else 0.0
        ends = sorted({0.0, 1.0, a, a + 1.0})
        pieces = list(zip(ends, ends[1:]))
        m = lambda x: (p(x) + q(x)) / 2
        got = shift_divergences(a)
        assert got['kl'] == kl(p, q, pieces) and got['reverse_kl'] == kl(q, p, pieces)
        assert abs(got['js'] - (kl(p, m, pieces) + kl(q, m, pieces)) / 2) < 1e-12

@test_case(points=1.5, hidden=True, 
    failure_message="One of the Wasserstein distances is wrong for some shift. Compare the cheapest plan with other plans.")
def test_cheapest_plan(shift_divergences):
    from itertools import permutations
    import numpy as np
    for a in (0.25, 0.5, -0.5, 0.75, 1.0, -1.0, 1.25, -2.0, 3.0, 0):
        got = shift_divergences(a)
        x = (np.arange(6) + 0.5) / 6
        orders = np.array(list(permutations(range(6))))
        gaps = np.abs(x - (a + x)[orders])
        assert abs(got['w1'] - gaps.mean(axis=1).min()) < 1e-09
        assert abs(got['w2sq'] - (gaps ** 2).mean(axis=1).min()) < 1e-09

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements about the moving boxes is decided wrongly. Draw the measures against the shift.")
def test_shift_facts(shift_facts):
    from itertools import permutations
    import numpy as np
    n = 8
    q_at = lambda a: (lambda start: [start, start + n])(round(a * n))

    def masses(a):
        p, q = (np.zeros(8 * n), np.zeros(8 * n))
        p[:n] = 1 / n
        p_start, p_end = q_at(a)
        q[p_start:p_end] = 1 / n
        return (p, q)

    def kl(p, q):
        with np.errstate(divide='ignore', invalid='ignore'):
            return float(np.where(p > 0, p * np.log(p / q), 0).sum())

    def js(a):
        p, q = masses(a)
        return (kl(p, (p + q) / 2) + kl(q, (p + q) / 2)) / 2
    w1 = lambda a: np.abs(np.cumsum(np.subtract(*masses(a)))).sum() / n
    slope = lambda measure, a: (measure(a + 1 / n) - measure(a - 1 / n)) * n / 2
    x = np.arange(6) / 6
    costs = {order: ((x - (x + 0.5)[list(order)]) ** 2).sum() for order in permutations(range(6))}
    cheapest = min(costs, key=costs.get)
    stays = all((abs(x[i] - (x[cheapest[i]] + 0.5)) < 1e-09 for i in (3, 4, 5)))
    assert shift_facts['kl_slope'] is bool(np.isfinite(kl(*masses(0.5))))
    assert shift_facts['js_slope_near'] is bool(abs(slope(js, 0.5)) > 1e-06)
    assert shift_facts['js_slope_far'] is bool(abs(slope(js, 2.0)) > 1e-06)
    assert shift_facts['w1_slope_far'] is bool(abs(slope(w1, 2.0)) > 1e-06)
    assert shift_facts['w1_slope_grows'] is bool(slope(w1, 4.0) > slope(w1, 2.0) + 1e-06)
    assert shift_facts['overlap_stays'] is stays

