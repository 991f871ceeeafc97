from otter.test_files import test_case

OK_FORMAT = False

name = "q8_elbo"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="The two examples give -1.9189 and 1, together a bound of -2.9189; elbo_facts holds six booleans.")
def test_two_step_example(reconstruction, expected_kl, elbo, elbo_facts):
    import numpy as np
    import torch
    steps = [[1, 1, np.nan, np.nan, np.nan, 1, 0, 1], [0, 2, 1, 0, 1, 0, 0, 1]]
    columns = torch.tensor(steps, dtype=torch.float64).T
    second = expected_kl(*columns[:, 1:])
    assert isinstance(second, torch.Tensor), f'expected_kl should return a tensor, got {type(second).__name__}'
    assert second.shape == (1,), f'expected_kl of one step: expected shape (1,), got {tuple(second.shape)}'
    assert abs(second.item() - 1) < 1e-09, f'expected_kl: expected 1, got {second.item()}'
    for name, got, expected in (('reconstruction', reconstruction(0.0, 1.0, 1.0, 1.0, 0.0, 1.0), -0.5 * np.log(2 * np.pi) - 1), ('elbo', elbo(0.0, tuple(columns[:5]), tuple(columns[5:])), -0.5 * np.log(2 * np.pi) - 2)):
        assert got is not None, f'{name} returned None: expected a float'
        assert np.shape(got) == (), f'{name}: expected one number, got shape {np.shape(got)}'
        assert abs(float(got) - expected) < 1e-09, f'{name}: expected {expected:.4f}, got {float(got):.4f}'
    assert isinstance(elbo_facts, dict), 'elbo_facts should be a dictionary'
    keys = ('exact', 'kl_at_the_mean', 'reversed', 'zero_if_equal')
    for key in (*keys, 'below_without_prior_term', 'below_with_prior_term'):
        fact = elbo_facts.get(key)
        assert isinstance(fact, (bool, np.bool_)), f'elbo_facts[{key!r}] should be True or False'

@test_case(points=1.5, hidden=True, 
    failure_message="The mean of a term over q is wrong. Which of its factors are random, and what is the mean of the square of a random number?")
def test_terms_against_quadrature(reconstruction, expected_kl):
    import numpy as np
    import torch
    from torch.distributions import Normal, kl_divergence
    nodes, weights = (torch.tensor(values) for values in np.polynomial.hermite_e.hermegauss(4))
    weights = weights / weights.sum()
    rng = torch.Generator().manual_seed(1918)
    for size in (1, 2, 9):
        m, p, r, a, c, x = 1.5 * torch.randn(6, size, generator=rng, dtype=torch.float64)
        v, tau, s = 0.1 + torch.rand(3, size, generator=rng, dtype=torch.float64)
        z = m + v.sqrt() * nodes[:, None]
        divergence = kl_divergence(Normal(p * z + r, tau.sqrt()), Normal(a * z + c, s.sqrt()))
        expected = weights @ divergence
        got = expected_kl(m, v, p, r, tau, a, c, s)
        assert got.shape == (size,) and (got - expected).abs().max() <= 1e-10 * (1 + expected.max())
        expected = weights @ Normal(a * z + c, s.sqrt()).log_prob(x)
        for index in range(size):
            numbers = [values[index].item() for values in (x, m, v, a, c, s)]
            assert abs(float(reconstruction(*numbers)) - expected[index]) <= 1e-10 * (1 + expected[index].abs())

@test_case(points=1.5, hidden=True, 
    failure_message="The second form differs from the first, averaged over whole trajectories. Which steps have a divergence, with which sign?")
def test_elbo_against_first_form(elbo):
    import numpy as np
    import torch
    from torch.distributions import Normal

    def log_density(z, mean, variance):
        return Normal(mean, variance.sqrt()).log_prob(z)
    nodes, weights = (torch.tensor(values) for values in np.polynomial.hermite_e.hermegauss(4))
    weights = weights / weights.sum()
    pairs = weights[:, None] * weights
    rng = torch.Generator().manual_seed(1919)
    for size in (1, 2, 3, 6):
        betas = 0.1 + 0.5 * torch.rand(size, generator=rng, dtype=torch.float64)
        x = torch.randn((), generator=rng, dtype=torch.float64)
        a, c = torch.randn(2, size, generator=rng, dtype=torch.float64)
        s = 0.2 + torch.rand(size, generator=rng, dtype=torch.float64)
        kept, m, v, posterior, total = (torch.ones((), dtype=torch.float64), [], [], [], 0.0)
        for t, beta in enumerate(betas):
            keep, before = ((1 - beta).sqrt(), 1 - kept)
            now = 1 - kept * (1 - beta)
            if t == 0:
                z1 = keep * x + beta.sqrt() * nodes
                total = total + weights @ log_density(x, a[0] * z1 + c[0], s[0])
                posterior.append((np.nan, np.nan, np.nan))
            else:
                old = kept ** 0.5 * x + before ** 0.5 * nodes[:, None]
                new = keep * old + beta.sqrt() * nodes
                log_q = log_density(new, keep * old, beta) + log_density(old, kept ** 0.5 * x, before)
                log_q = log_q - log_density(new, keep * kept ** 0.5 * x, now)
                total = total + (pairs * (log_density(old, a[t] * new + c[t], s[t]) - log_q)).sum()
                gain = keep * before / now
                posterior.append((gain, kept ** 0.5 * x * (1 - gain * keep), before * (1 - gain * keep)))
            kept = kept * (1 - beta)
            m.append(kept.sqrt() * x)
            v.append(1 - kept)
        encoder = (*torch.tensor([m, v], dtype=torch.float64), *torch.tensor(posterior, dtype=torch.float64).T)
        got = elbo(x.item(), encoder, (a, c, s))
        assert abs(float(got) - total) <= 1e-10 * (1 + abs(total))

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements about the bound is decided wrongly.")
def test_elbo_facts(elbo_facts):
    import numpy as np
    import torch
    from torch.distributions import kl_divergence
    nodes, weights = (torch.tensor(values) for values in np.polynomial.hermite_e.hermegauss(4))
    weights = weights / weights.sum()

    def normal(mean, variance):
        mean, variance = (torch.as_tensor(value, dtype=torch.float64) for value in (mean, variance))
        return torch.distributions.Normal(mean, variance.sqrt())

    def mean(values):
        return (weights @ values).item()

    def forms(x, beta, first, second):
        """Both forms, variants of the second, prior term and log Pr(x) for two steps with the same beta."""
        keep, start = ((1 - beta) ** 0.5, torch.tensor(x, dtype=torch.float64))
        gain = keep * beta / (1 - keep ** 4)
        tau, offset = (beta * (1 - gain * keep), keep * x * (1 - gain * keep))
        if second == 'posterior':
            second = (gain, offset, tau)
        z1 = keep * x + beta ** 0.5 * nodes
        q2 = normal(keep ** 2 * x, 1 - keep ** 4)
        z2 = q2.mean + q2.stddev * nodes
        q = lambda z: normal(gain * z + offset, tau)
        decoder = lambda z: normal(second[0] * z + second[1], second[2])
        data = mean(normal(first[0] * z1 + first[1], first[2]).log_prob(start))
        old, new = (z1[:, None], keep * z1[:, None] + beta ** 0.5 * nodes)
        ratio = (weights[:, None] * weights * (decoder(new).log_prob(old) - q(new).log_prob(old))).sum().item()
        divergence = kl_divergence(q(z2), decoder(z2))
        middle = second[0] ** 2 + second[2]
        evidence = normal(first[0] * second[1] + first[1], first[0] ** 2 * middle + first[2]).log_prob(start)
        return {'first': data + ratio, 'second': data - mean(divergence), 'at mean': data - kl_divergence(q(q2.mean), decoder(q2.mean)).item(), 'reversed': data - mean(kl_divergence(decoder(z2), q(z2))), 'divergence': divergence.abs().max().item(), 'prior': kl_divergence(q2, normal(0, 1)).item(), 'evidence': evidence.item()}
    rng = np.random.default_rng(1920)
    models = [((a, b, s), (c, d, u)) for a, b, c, d, s, u in np.c_[rng.normal(size=(40, 4)), 0.2 + rng.random((40, 2))]]
    found = [forms(rng.normal(), rng.uniform(0.1, 0.6), *model) for model in models]
    equal = [forms(3.0, beta, (1.0, 0.0, beta), 'posterior') for beta in (0.1, 0.3)]
    facts = {'exact': all((abs(f['first'] - f['second']) < 1e-09 * (1 + abs(f['first'])) for f in found)), 'kl_at_the_mean': all((abs(f['at mean'] - f['second']) < 1e-06 for f in found)), 'reversed': all((abs(f['reversed'] - f['second']) < 1e-06 for f in found)), 'zero_if_equal': all((f['divergence'] < 1e-09 for f in equal)), 'below_without_prior_term': all((f['second'] <= f['evidence'] + 1e-09 for f in found + equal)), 'below_with_prior_term': all((f['second'] - f['prior'] <= f['evidence'] + 1e-09 for f in found + equal))}
    for key, fact in facts.items():
        assert bool(elbo_facts[key]) == bool(fact)

