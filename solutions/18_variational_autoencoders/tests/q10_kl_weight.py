from otter.test_files import test_case

OK_FORMAT = False

name = "q10_kl_weight"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For w = s2 = beta = 1 and x = 2 the best code is N(1, 1/2) and the error 1.5; the two codes of the example have together mean 0 and variance 1.5; weight_facts holds six booleans.")
def test_unit_weight(best_code, reconstruction_error, aggregate_moments, weight_facts):
    import numpy as np
    got = best_code(2.0, 1.0, 1.0, 1.0)
    assert got is not None, 'best_code(...) returned None: expected the pair (m, v)'
    assert np.shape(got) == (2,), f'best_code should return two numbers, got {got}'
    assert np.allclose(got, (1.0, 0.5)), f'best_code: expected (1.0, 0.5), got {got}'
    got = reconstruction_error(2.0, 1.0, 1.0, 1.0)
    assert got is not None, 'reconstruction_error(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got - 1.5) < 1e-09, f'reconstruction_error: expected 1.5, got {got}'
    got = aggregate_moments(np.array([[-1.0], [1.0]]), np.array([[0.5], [0.5]]))
    assert got is not None, 'aggregate_moments(...) returned None: expected (mean, covariance)'
    assert len(got) == 2 and np.shape(got[0]) == (1,) and (np.shape(got[1]) == (1, 1)), 'expected shapes (1,) and (1, 1)'
    assert np.allclose(got[0], 0) and np.allclose(got[1], 1.5), f'expected mean 0 and variance 1.5, got {got}'
    assert isinstance(weight_facts, dict), 'weight_facts should be a dictionary'
    keys = ['less_weight_less_error', 'no_weight_no_noise', 'much_weight_hides_x']
    for key in [*keys, 'one_matches_prior', 'each_matches_prior', 'none_matches_prior']:
        assert isinstance(weight_facts.get(key), (bool, np.bool_)), f'weight_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="Another code has a smaller loss, or the error is not that of reconstructions drawn from the code.")
def test_best_code(best_code, reconstruction_error):
    import numpy as np
    import torch
    rng = np.random.default_rng(1822)
    nodes, weights = np.polynomial.hermite_e.hermegauss(5)
    for _ in range(25):
        x, w, s2, beta = (rng.normal(), rng.normal() * 2, rng.uniform(0.1, 3), rng.choice([0.1, 1.0, 5.0]))
        m, v = best_code(x, w, s2, beta)
        code = torch.tensor([m, np.log(v)], dtype=torch.float64, requires_grad=True)
        z = code[0] + torch.exp(code[1] / 2) * torch.tensor(nodes)
        fit = (torch.tensor(weights / weights.sum()) * (x - w * z) ** 2).sum()
        q = torch.distributions.Normal(code[0], torch.exp(code[1] / 2))
        prior = torch.distributions.Normal(torch.zeros((), dtype=torch.float64), 1.0)
        loss = fit / (2 * s2) + beta * torch.distributions.kl_divergence(q, prior)
        slope, = torch.autograd.grad(loss, code)
        assert slope.abs().max() <= 1e-09 * (1 + w ** 2 / s2 * (1 + x ** 2))
        assert abs(reconstruction_error(x, w, s2, beta) - fit.item()) <= 1e-10 * (1 + fit.item())
        assert np.allclose(best_code(x, w, s2, 0.0), (x / w, 0), rtol=1e-12, atol=1e-15)
        assert abs(reconstruction_error(x, w, s2, 0.0)) <= 1e-12

@test_case(points=1, hidden=True, 
    failure_message="Mean or covariance of all codes together is wrong. Codes spread about their means, and means spread, too.")
def test_aggregate(aggregate_moments):
    import numpy as np
    rng = np.random.default_rng(1823)
    for n, d in ((1, 1), (1, 3), (2, 2), (40, 3)):
        mu, var = (rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 2, rng.uniform(0, 3, size=(n, d)))
        mean, cov = aggregate_moments(mu, var)
        signs = np.concatenate([np.eye(d), -np.eye(d)]) * np.sqrt(d)
        points = (mu[:, None] + np.sqrt(var)[:, None] * signs).reshape(-1, d)
        assert np.shape(mean) == (d,) and np.allclose(mean, points.mean(axis=0), rtol=1e-11, atol=1e-11)
        assert np.shape(cov) == (d, d) and np.allclose(cov, np.cov(points.T, ddof=0).reshape(d, d), rtol=1e-10, atol=1e-10)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements about the weight of the KL term is decided wrongly.")
def test_weight_facts(weight_facts):
    import numpy as np
    m, v = (np.linspace(-8, 8, 8001), np.logspace(-8, 2, 4001))

    def code(x, w, s2, beta):
        best_m = m[np.argmin((x - w * m) ** 2 / (2 * s2) + beta * m ** 2 / 2)]
        return (best_m, v[np.argmin(w ** 2 * v / (2 * s2) + beta * (v - np.log(v)) / 2)])

    def error(x, w, s2, beta):
        best_m, best_v = code(x, w, s2, beta)
        return (x - w * best_m) ** 2 + w ** 2 * best_v
    models = [(0.8, 0.4), (-1.5, 1.0), (0.5, 0.1)]
    errors = [[error(1.2, *model, beta) for beta in (0.0001, 0.1, 1.0, 10.0)] for model in models]
    uniform = (np.arange(201) + 0.5) / 201
    fine = np.linspace(-6, 6, 12001)
    share = np.cumsum(np.exp(-fine ** 2 / 2))
    quantiles = np.interp(uniform, share / share[-1], fine)
    quantiles /= quantiles.std()
    together, without, single = ([], [], [])
    for w, s2 in models:
        codes = np.array([code(x, w, s2, 1.0) for x in np.sqrt(w ** 2 + s2) * quantiles])
        together.append(codes[:, 0].var() + codes[:, 1].mean())
        single.append(np.abs(codes - [0, 1]).max())
        codes = np.array([code(x, w, s2, 1e-06) for x in np.sqrt(w ** 2 + s2) * quantiles])
        without.append(codes[:, 0].var() + codes[:, 1].mean())
    found = {'less_weight_less_error': all((np.all(np.diff(row) > 0) for row in errors)), 'no_weight_no_noise': code(1.2, 0.8, 0.4, 1e-06)[1] < 1e-05, 'much_weight_hides_x': np.allclose(code(1.2, 0.8, 0.4, 100000.0), (0, 1), atol=0.003), 'one_matches_prior': np.allclose(together, 1, atol=0.02), 'each_matches_prior': max(single) < 0.02, 'none_matches_prior': np.allclose(without, 1, atol=0.02)}
    for key, fact in found.items():
        assert isinstance(weight_facts[key], (bool, np.bool_)) and bool(weight_facts[key]) == bool(fact)

