from otter.test_files import test_case

OK_FORMAT = False

name = "q6_em_bound"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For the point 0 and one Gaussian with mean 3 and variance 1, log-likelihood and bound are both -5.4189; em_facts holds five booleans.")
def test_one_point(log_likelihood, bound, weight_slopes, multiplier, em_facts):
    import numpy as np
    x, one, mu = (np.zeros(1), np.ones(1), np.array([3.0]))
    cases = (('log_likelihood', log_likelihood(x, one, mu, one)), ('bound', bound(x, np.ones((1, 1)), one, mu, one)))
    for name, got in cases:
        assert got is not None, f'{name}(...) returned None: expected a float'
        assert np.shape(got) == (), f'{name} should return one number, got shape {np.shape(got)}'
        assert abs(got + 5.4189) < 0.0001, f'{name}: expected -5.4189, got {got}'
    r = np.array([[0.2, 0.8]])
    got = weight_slopes(r, np.array([0.5, 0.5]))
    assert got is not None, 'weight_slopes(...) returned None: expected an array'
    assert np.shape(got) == (2,), f'weight_slopes: expected shape (2,), got {np.shape(got)}'
    assert np.shape(multiplier(r)) == () and multiplier(r) is not None, 'multiplier should return one number'
    assert isinstance(em_facts, dict), 'em_facts should be a dictionary'
    for key in ('touches', 'may_fall', 'any_start', 'likelihood_has_a_top', 'old_mean_may_fall'):
        assert isinstance(em_facts.get(key), (bool, np.bool_)), f'em_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="Log-likelihood or bound are wrong for some data. Try several points, unequal weights, zeros in r, and points far away.")
def test_both_sides(log_likelihood, bound):
    import numpy as np
    import torch
    from torch.distributions import Categorical, MixtureSameFamily, Normal, kl_divergence
    rng = np.random.default_rng(1812)
    for n in (1, 2, 5):
        for far in (0.0, 500.0):
            lam, mu, var = (rng.dirichlet(np.ones(n)), 2 * rng.normal(size=n), rng.uniform(0.2, 3, size=n))
            x = 3 * rng.normal(size=8) + far
            parts = Normal(torch.tensor(mu), torch.tensor(var).sqrt())
            mixture = MixtureSameFamily(Categorical(torch.tensor(lam)), parts)
            total = mixture.log_prob(torch.tensor(x)).sum().item()
            assert abs(log_likelihood(x, lam, mu, var) - total) <= 1e-11 * abs(total)
            r = rng.dirichlet(np.ones(n), size=8)
            if n > 2:
                r[:, 1] = 0
                r /= r.sum(axis=1, keepdims=True)
                r[0] = np.eye(n)[0]
            fit = (torch.tensor(r) * parts.log_prob(torch.tensor(x)[:, None])).sum()
            away = kl_divergence(Categorical(torch.tensor(r)), Categorical(torch.tensor(lam))).sum()
            assert abs(bound(x, r, lam, mu, var) - (fit - away).item()) <= 1e-09 * (1 + abs(fit))

@test_case(points=1, hidden=True, 
    failure_message="A slope is not that of the bound, or the multiplier is not what all slopes have in common at the best weights.")
def test_weights(weight_slopes, multiplier):
    import numpy as np
    import torch
    rng = np.random.default_rng(1813)
    for points, n in ((1, 1), (3, 2), (20, 4), (7, 9)):
        r, lam = (rng.dirichlet(np.ones(n), size=points), rng.dirichlet(np.ones(n)))
        weights = torch.tensor(lam, requires_grad=True)
        (torch.tensor(r) * weights.log()).sum().backward()
        assert np.shape(weight_slopes(r, lam)) == (n,)
        assert np.allclose(weight_slopes(r, lam), weights.grad.numpy(), rtol=1e-11)
        raised = (r * np.log(lam * np.exp(0.001))).sum() - (r * np.log(lam * np.exp(-0.001))).sum()
        assert np.shape(multiplier(r)) == () and abs(multiplier(r) - raised / 0.002) <= 1e-08

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about EM is decided wrongly.")
def test_em_facts(em_facts):
    import numpy as np
    rng = np.random.default_rng(1814)

    def log_joint(x, lam, mu, var):
        return np.log(lam) - 0.5 * np.log(2 * np.pi * var) - (x[:, None] - mu) ** 2 / (2 * var)

    def height(x, *parameters):
        return np.logaddexp.reduce(log_joint(x, *parameters), axis=1).sum()

    def step(x, lam, mu, var, old_mean=False):
        r = np.exp(log_joint(x, lam, mu, var))
        r /= r.sum(axis=1, keepdims=True)
        size = r.sum(axis=0)
        new = (r * x[:, None]).sum(axis=0) / size
        about = mu if old_mean else new
        return (size / len(x), new, (r * (x[:, None] - about) ** 2).sum(axis=0) / size)
    rises, slow_rises, touching = ([], [], [])
    for _ in range(40):
        x = rng.normal(size=20) * 2
        state = (rng.dirichlet(np.full(3, 5.0)), rng.normal(size=3), rng.uniform(0.5, 2, size=3))
        logs = log_joint(x, *state)
        q = np.exp(logs - np.logaddexp.reduce(logs, axis=1, keepdims=True))
        touching.append(abs((q * (logs - np.log(q))).sum() - height(x, *state)))
        rises.append(height(x, *step(x, *state)) - height(x, *state))
        slow_rises.append(height(x, *step(x, *state, old_mean=True)) - height(x, *state))
    x = np.concatenate([rng.normal(-3, 0.5, 30), rng.normal(3, 0.5, 30)])
    ends = []
    for means in ([0.0, 0.0], [-1.0, 1.0]):
        state = (np.array([0.5, 0.5]), np.array(means), np.ones(2))
        for _ in range(30):
            state = step(x, *state)
        ends.append(height(x, *state))
    half = np.array([0.5, 0.5])
    spikes = [height(x, half, np.array([x[0], 0.0]), np.array([10.0 ** (-k), 9.0])) for k in (10, 20, 40)]
    found = {'touches': max(touching) < 1e-09, 'may_fall': min(rises) < -1e-09, 'any_start': np.ptp(ends) < 1e-06, 'likelihood_has_a_top': np.max(np.diff(spikes)) < 1, 'old_mean_may_fall': min(slow_rises) < -1e-09}
    for key, fact in found.items():
        assert isinstance(em_facts[key], (bool, np.bool_)) and bool(em_facts[key]) == bool(fact)

