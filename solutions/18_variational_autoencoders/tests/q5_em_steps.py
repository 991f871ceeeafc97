from otter.test_files import test_case

OK_FORMAT = False

name = "q5_em_steps"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="For the points 0 and 2 of the example the first row of r is (0.8808, 0.1192), and the next mean of the first component is 0.2384.")
def test_two_points(e_step, m_step, fit_mixture):
    import numpy as np
    x, half, mu, var = (np.array([0.0, 2.0]), np.array([0.5, 0.5]), np.array([0.0, 2.0]), np.ones(2))
    got = e_step(x, half, mu, var)
    assert got is not None, 'e_step(...) returned None: expected an array of shape (I, N)'
    assert np.shape(got) == (2, 2), f'e_step: expected shape (2, 2), got {np.shape(got)}'
    r = np.array([[0.8808, 0.1192], [0.1192, 0.8808]])
    assert np.allclose(got, r, atol=0.0001), f'e_step: expected {r.tolist()}, got {np.asarray(got).tolist()}'
    for name, got in (('m_step', m_step(x, r)), ('fit_mixture', fit_mixture(x, half, mu, var, 1))):
        assert got is not None, f'{name}(...) returned None: expected (lam, mu, var)'
        assert np.shape(got) == (3, 2), f'{name} should return three arrays of shape (2,)'
        assert np.allclose(got[0], 0.5, atol=0.001), f'{name}: expected the weights [0.5, 0.5], got {got[0]}'
        assert np.allclose(got[1], [0.2384, 1.7616], atol=0.001), f'{name}: expected means 0.2384, 1.7616, got {got[1]}'

@test_case(points=1.5, hidden=True, 
    failure_message="The posteriors are not those of Bayes' rule. Do weights and variances enter, over what is normalised, and what if a point is far away?")
def test_posteriors(e_step):
    import numpy as np
    import torch
    from torch.distributions import Normal
    rng = np.random.default_rng(1809)
    for n in (1, 2, 3, 6):
        lam, mu, var = (rng.dirichlet(np.ones(n)), 3 * rng.normal(size=n), rng.uniform(0.1, 4, size=n))
        x = np.concatenate([4 * rng.normal(size=9), mu, [1000.0, -1000.0]])
        joint = Normal(torch.tensor(mu), torch.tensor(var).sqrt()).log_prob(torch.tensor(x)[:, None])
        expected = torch.softmax(joint + torch.tensor(lam).log(), dim=1).numpy()
        got = e_step(x, lam, mu, var)
        assert np.shape(got) == (len(x), n) and np.allclose(got[:-2], expected[:-2], rtol=1e-10, atol=1e-12)
        assert np.allclose(got[-2:], expected[-2:], atol=1e-07) and np.allclose(np.sum(got, axis=1), 1, atol=1e-12)
    got = e_step(np.array([200.0, -200.0]), np.array([0.9, 0.1]), np.array([-1.0, 1.0]), np.array([1.0, 1.0]))
    assert np.allclose(got, [[0, 1], [1, 0]], atol=1e-12)

@test_case(points=1.5, hidden=True, 
    failure_message="Other parameters have a larger bound than those of your M-step, or you divide by the wrong number. Which mean belongs in the variance?")
def test_best_parameters(m_step):
    import numpy as np
    import torch
    rng = np.random.default_rng(1810)
    for n in (1, 2, 4):
        x, r = (3 * rng.normal(size=30) + 1, rng.dirichlet(np.full(n, 0.5), size=30))
        lam, mu, var = (np.asarray(v) for v in m_step(x, r))
        assert lam.shape == mu.shape == var.shape == (n,) and abs(lam.sum() - 1) <= 1e-12
        logits, mean, log_var = (torch.tensor(v, requires_grad=True) for v in (np.log(lam), mu, np.log(var)))
        density = -0.5 * (log_var + (torch.tensor(x)[:, None] - mean) ** 2 / log_var.exp())
        bound = (torch.tensor(r) * (torch.log_softmax(logits, 0) + density)).sum()
        for slope in torch.autograd.grad(bound, (logits, mean, log_var)):
            assert slope.abs().max() <= 1e-09
    x = rng.normal(size=12)
    lam, mu, var = (np.asarray(v) for v in m_step(x, np.ones((12, 1))))
    assert np.allclose([lam[0], mu[0], var[0]], [1, np.mean(x), np.cov(x, ddof=0)], rtol=1e-10)

@test_case(points=1, hidden=True, 
    failure_message="The whole run is wrong. Does each step use the parameters of the step before, all of them?")
def test_runs(fit_mixture):
    import numpy as np
    rng = np.random.default_rng(1811)
    x = np.concatenate([rng.normal(-2, 1, 25), rng.normal(2, 0.5, 15)])
    lam, mu, var = (np.array([0.3, 0.7]), np.array([-0.5, 1.0]), np.array([1.0, 2.0]))
    start = (lam, mu, var)
    for steps in range(7):
        got = fit_mixture(x, *start, steps)
        for values, expected in zip(got, (lam, mu, var)):
            assert np.allclose(values, expected, rtol=1e-09, atol=1e-12)
        turned = fit_mixture(x, *(v[::-1].copy() for v in start), steps)
        assert all((np.allclose(a, np.asarray(b)[::-1], rtol=1e-09) for a, b in zip(got, turned)))
        totals = np.zeros((2, 3))
        for point in x:
            share = lam / np.sqrt(var) * np.exp(-(point - mu) ** 2 / (2 * var))
            totals += np.outer(share / share.sum(), [1, point, point ** 2])
        lam, mu = (totals[:, 0] / 40, totals[:, 1] / totals[:, 0])
        var = totals[:, 2] / totals[:, 0] - mu ** 2

