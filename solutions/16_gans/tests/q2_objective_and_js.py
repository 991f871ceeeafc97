from otter.test_files import test_case

OK_FORMAT = False

name = "q2_objective_and_js"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="For p = (1, 0) and q = (1/2, 1/2) the Jensen-Shannon divergence is 0.2158; all results are single numbers.")
def test_shapes(value_at_best, js_divergence, js_from_value, js_from_loss, value_at_match, largest_value, largest_js):
    import numpy as np
    p, q = (np.array([1.0, 0.0]), np.array([0.5, 0.5]))
    got = js_divergence(p, q)
    assert got is not None, 'js_divergence(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got - 0.215762) < 1e-05, f'js_divergence: expected 0.2158, got {got}'
    results = {'value_at_best(p, q)': value_at_best(p, q), 'js_from_value(-1.0)': js_from_value(-1.0)}
    results |= {'js_from_loss(1.0)': js_from_loss(1.0), 'value_at_match': value_at_match}
    results |= {'largest_value': largest_value, 'largest_js': largest_js}
    for name, got in results.items():
        assert isinstance(got, (int, float, np.integer, np.floating)), f'{name} should be a number, got {got!r}'
        assert np.isfinite(got), f'{name} should be finite, got {got}'

@test_case(points=1.5, hidden=True, 
    failure_message="The value at the best discriminator or the divergence is wrong for some pair. Look at zero entries, equal and disjoint distributions.")
def test_against_entropies(value_at_best, js_divergence):
    import math
    import numpy as np
    entropy = lambda v: -math.fsum((x * math.log(x) for x in v if x > 0))
    rng = np.random.default_rng(163)
    cases = [(rng.dirichlet(np.full(k, a)), rng.dirichlet(np.ones(k))) for k in (1, 2, 5, 50) for a in (1.0, 0.2)]
    same = np.array([0.3, 0.0, 0.7])
    cases.append((same, same))
    cases.append((np.array([0.4, 0.6, 0.0, 0.0]), np.array([0.0, 0.0, 1.0, 0.0])))
    cases.append((np.array([0.0, 0.5, 0.5]), np.array([0.25, 0.0, 0.75])))
    for p, q in cases:
        for a, b in ((p, q), (q, p)):
            expected = entropy((a + b) / 2) - (entropy(a) + entropy(b)) / 2
            assert abs(js_divergence(a, b) - expected) < 1e-10
            best = entropy(a + b) - entropy(a) - entropy(b)
            assert abs(value_at_best(a, b) - best) < 1e-10

@test_case(points=1.5, hidden=True, 
    failure_message="The relation between the objective and the divergence is off, by a constant, a factor or a sign. Try two equal distributions.")
def test_relation_by_quadrature(js_from_value, js_from_loss):
    import numpy as np
    import torch
    x = np.linspace(-30, 30, 60001)
    step = x[1] - x[0]
    normal = lambda m, s: np.exp(-((x - m) / s) ** 2 / 2) / (s * np.sqrt(2 * np.pi)) + 1e-300
    for m, s in ((0.0, 1.0), (0.5, 1.0), (1.0, 2.0), (-3.0, 0.5), (20.0, 1.0)):
        p, q = (normal(0.0, 1.0), normal(m, s))
        mean = (p + q) / 2
        direct = 0.5 * step * (p * np.log(p / mean) + q * np.log(q / mean)).sum()
        d = torch.tensor(p / (p + q))
        cross = torch.nn.functional.binary_cross_entropy
        loss = step * float(cross(d, torch.ones_like(d), torch.tensor(p), reduction='sum') + cross(d, torch.zeros_like(d), torch.tensor(q), reduction='sum'))
        assert abs(js_from_value(-loss) - direct) < 1e-07
        assert abs(js_from_loss(loss) - direct) < 1e-07

@test_case(points=1, hidden=True, 
    failure_message="One of the three numbers is wrong. Insert equal distributions, and distributions that never give the same value.")
def test_extreme_values(value_at_match, largest_value, largest_js):
    import numpy as np
    import torch
    rng = np.random.default_rng(164)

    def best_value(p, q):
        p, q = (torch.tensor(p), torch.tensor(q))
        return float(torch.special.xlogy(p, p / (p + q)).sum() + torch.special.xlogy(q, q / (p + q)).sum())
    p = rng.dirichlet(np.ones(7))
    apart = best_value(np.array([0.3, 0.7, 0.0]), np.array([0.0, 0.0, 1.0]))
    others = [best_value(rng.dirichlet(np.ones(4)), rng.dirichlet(np.ones(4))) for _ in range(200)]
    assert max(others) < apart and min(others) > best_value(p, p)
    assert abs(value_at_match - best_value(p, p)) < 1e-06
    assert abs(largest_value - apart) < 1e-06
    assert abs(largest_js - float(torch.distributions.Bernoulli(0.5).entropy())) < 1e-06

