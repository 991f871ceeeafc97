from otter.test_files import test_case

OK_FORMAT = False

name = "q2_other_priors"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="With the Laplace prior neg_log_prior of (2, -1) is 4.386, and the measurement 3 leads to 1.5 (gauss) or 2 (laplace); belief_facts holds four booleans.")
def test_small_values(penalty_strength, neg_log_prior, map_of_one, belief_facts):
    import numpy as np
    got = neg_log_prior(np.array([2.0, -1.0]), 'laplace', 1.0)
    assert got is not None, 'neg_log_prior(...) returned None: expected a float'
    assert np.shape(got) == (), f'neg_log_prior should be a single number, got shape {np.shape(got)}'
    assert abs(got - 4.386) < 0.001, f"neg_log_prior of (2, -1), 'laplace', 1: expected 4.386, got {got}"
    for prior, expected in (('gauss', 1.5), ('laplace', 2.0), ('flat', 3.0)):
        got = map_of_one(np.array([3.0]), prior, 1.0, 1.0)
        assert got is not None, 'map_of_one(...) returned None: expected an array'
        assert np.shape(got) == (1,), f'map_of_one: expected shape (1,), got {np.shape(got)}'
        assert abs(got[0] - expected) < 1e-09, f'map_of_one of 3 with {prior!r}: expected {expected}, got {got[0]}'
    got = penalty_strength('flat', 1.0, 1.0, 5, False)
    assert got is not None, 'penalty_strength(...) returned None: expected a float'
    assert got == 0, f"penalty_strength('flat', ...): expected 0, got {got}"
    assert isinstance(belief_facts, dict), 'belief_facts should be a dictionary'
    for key in ('laplace_zeros', 'gauss_zeros', 'twice_the_noise_twice_the_penalty', 'large_weights_spared'):
        assert isinstance(belief_facts.get(key), bool), f'belief_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="neg_log_prior is not minus the logarithm of the density of all weights together.")
def test_prior_densities(neg_log_prior):
    import numpy as np
    import torch
    from torch.distributions import Laplace, Normal
    rng = np.random.default_rng(804)
    for d in (1, 2, 30):
        for scale in (0.05, 0.6, 1.0, 7.0):
            w = rng.normal(size=2 * d)[::2]
            for prior, family in (('gauss', Normal), ('laplace', Laplace)):
                zeros = torch.zeros(d, dtype=torch.float64)
                expected = -family(zeros, zeros + scale).log_prob(torch.tensor(w.copy())).sum().item()
                assert abs(neg_log_prior(w, prior, scale) - expected) < 1e-10 * (1 + abs(expected))
            assert neg_log_prior(w, 'flat', scale) == 0

@test_case(points=1, hidden=True, 
    failure_message="The penalised loss does not have its minimum where the posterior has it, or map_of_one misses it. How do the noise, the scale and the number of examples enter?")
def test_strengths(penalty_strength, map_of_one):
    import numpy as np
    import torch
    from torch.distributions import Laplace, Normal
    rng = np.random.default_rng(805)
    for sigma in (0.5, 1.0, 3.0):
        for scale in (0.4, 1.0, 2.0):
            for prior, family in (('gauss', Normal), ('laplace', Laplace)):
                for n in (1, 7):
                    w = torch.tensor(rng.uniform(0.5, 2, size=3), requires_grad=True)
                    family(torch.zeros_like(w), torch.full_like(w, scale)).log_prob(w).sum().backward()
                    slope = w.detach() if prior == 'gauss' else torch.ones_like(w)
                    expected = (-w.grad * sigma ** 2 / slope).mean().item()
                    got = penalty_strength(prior, sigma, scale, n, False)
                    assert abs(got - expected) < 1e-09 * expected
                    assert abs(penalty_strength(prior, sigma, scale, n, True) - expected / n) < 1e-09 * expected
                z = np.append(rng.normal(size=(5, 1)) * 4, [[0.0], [0.05], [-9.0]], axis=0)
                grid = torch.linspace(-12, 12, 24001, dtype=torch.float64)
                log_prior = family(torch.zeros_like(grid), torch.full_like(grid, scale)).log_prob(grid)
                noise = Normal(grid, torch.full_like(grid, sigma))
                best = [grid[(noise.log_prob(torch.tensor(v)) + log_prior).argmax()].item() for v in z.flat]
                got = map_of_one(z, prior, sigma, scale)
                assert np.shape(got) == z.shape and np.abs(np.ravel(got) - best).max() < 0.002
        assert penalty_strength('flat', sigma, 2.0, 3, True) == 0
        assert np.allclose(map_of_one(np.array([3.0, -0.1, 0.0]), 'flat', sigma, 0.3), [3.0, -0.1, 0.0])
    assert (np.asarray(map_of_one(np.array([0.9, -0.7, 1e-09]), 'laplace', 1.0, 1.0)) == 0).all()

@test_case(points=1, hidden=True, 
    failure_message="At least one of the four statements about priors and penalties is decided wrongly.")
def test_belief_facts(belief_facts):
    import numpy as np
    grid = np.linspace(-12, 12, 24001)

    def best(z, penalty, sigma):
        return grid[np.argmin((z - grid) ** 2 / (2 * sigma ** 2) + penalty)]
    absolute, square = (np.abs(grid), grid ** 2 / 2)
    zeros = {name: best(0.5, R, 1.0) == 0 for name, R in (('laplace', absolute), ('gauss', square))}
    shrunk = [8 - best(8.0, absolute, sigma) for sigma in (1.0, 2.0)]
    share = {z: (1 - best(z, absolute, 1.0) / z, 1 - best(z, square, 1.0) / z) for z in (2.0, 10.0)}
    spared = share[10.0][0] < share[2.0][0] and abs(share[10.0][1] - share[2.0][1]) < 0.001
    assert belief_facts['laplace_zeros'] is bool(zeros['laplace'])
    assert belief_facts['gauss_zeros'] is bool(zeros['gauss'])
    assert belief_facts['twice_the_noise_twice_the_penalty'] is bool(abs(shrunk[1] / shrunk[0] - 2) < 0.1)
    assert belief_facts['large_weights_spared'] is bool(spared)

