from otter.test_files import test_case

OK_FORMAT = False

name = "q11_input_noise"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For phi (1, 2), x = 3, y = 5 and the noise 0.5 the terms are 4, 4 and 1; noise_facts holds five booleans.")
def test_one_noisy_example(noise_terms, expected_gradient, noise_strength, noisy_fit, noise_facts):
    import numpy as np
    phi, x, y = (np.array([1.0, 2.0]), np.array([3.0]), np.array([5.0]))
    got = noise_terms(phi, x, y, np.array([0.5]))
    assert got is not None, 'noise_terms(...) returned None: expected three floats'
    assert isinstance(got, (tuple, list)) and len(got) == 3, 'noise_terms should return three floats'
    assert np.allclose(got, [4, 4, 1]), f'noise_terms: expected (4, 4, 1), got {got}'
    got = expected_gradient(phi, x, y, 0.0)
    assert got is not None, 'expected_gradient(...) returned None: expected an array of shape (2,)'
    assert np.shape(got) == (2,), f'expected_gradient: expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, [4, 12]), f'expected_gradient without noise: expected [4, 12], got {got}'
    got = noise_strength(5, 0.0, 'sum')
    assert got is not None, 'noise_strength(...) returned None: expected a float'
    assert got == 0, f'noise_strength without noise: expected 0, got {got}'
    got = noisy_fit(np.array([0.0, 1.0]), np.array([1.0, 3.0]), 0.0)
    assert got is not None, 'noisy_fit(...) returned None: expected an array of shape (2,)'
    assert np.shape(got) == (2,), f'noisy_fit: expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, [1, 2]), f'noisy_fit of two points without noise: expected [1, 2], got {got}'
    assert isinstance(noise_facts, dict), 'noise_facts should be a dictionary'
    for key in ('intercept_penalised', 'steps_equal_decay', 'origin_matters', 'through_the_centre', 'targets_instead'):
        assert isinstance(noise_facts.get(key), bool), f'noise_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The three terms do not add up to the noisy loss, or they are not constant, linear and quadratic in the noise.")
def test_terms_add_up(noise_terms):
    import numpy as np
    rng = np.random.default_rng(824)
    for n in (1, 2, 30):
        for _ in range(4):
            phi, x, y, e = (rng.normal(size=2) * 3, rng.normal(size=n), rng.normal(size=n), rng.normal(size=n))
            loss = lambda noise: ((phi[0] + phi[1] * (x + noise) - y) ** 2).sum()
            plus, minus = (loss(e), loss(-e))
            expected = (loss(0 * e), (plus - minus) / 2, (plus + minus) / 2 - loss(0 * e))
            got = noise_terms(phi, x, y, e)
            assert np.allclose(got, expected, rtol=0, atol=1e-10 * (1 + plus + minus))

@test_case(points=1, hidden=True, 
    failure_message="The mean gradient, the strength of the penalty or the fit is wrong. What is the mean of the squared noise, how many examples carry it, and which parameter does it meet?")
def test_mean_over_the_noise(expected_gradient, noise_strength, noisy_fit):
    import itertools
    import numpy as np
    import torch
    rng = np.random.default_rng(825)
    for n, s in ((2, 0.5), (3, 2.0), (7, 0.0), (5, 1.3)):
        x, y = (rng.normal(size=n) + 1.5, rng.normal(size=n))
        x_t, y_t = (torch.tensor(x), torch.tensor(y))
        signs = torch.tensor(list(itertools.product((-1.0, 1.0), repeat=n)), dtype=torch.float64)

        def gradient(phi):
            p = torch.tensor(phi, requires_grad=True)
            ((p[0] + p[1] * (x_t + s * signs) - y_t) ** 2).sum(dim=1).mean().backward()
            return p.grad.numpy()
        phi = rng.normal(size=2)
        got = expected_gradient(phi, x, y, s)
        assert np.shape(got) == (2,) and np.allclose(got, gradient(phi), rtol=1e-10, atol=1e-10)
        fit = np.asarray(noisy_fit(x, y, s))
        assert fit.shape == (2,) and np.abs(gradient(fit)).max() < 1e-09
        extra = gradient(phi)[1] - 2 * ((phi[0] + phi[1] * x - y) * x).sum()
        assert abs(2 * noise_strength(n, s, 'sum') * phi[1] - extra) < 1e-09
        assert abs(2 * noise_strength(n, s, 'mean') * phi[1] - extra / n) < 1e-09

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about noise is decided wrongly.")
def test_noise_facts(noise_facts):
    import itertools
    import numpy as np
    rng = np.random.default_rng(826)
    x, y = (rng.normal(size=6), rng.normal(size=6) + 2.0)
    noise = np.array(list(itertools.product((-0.8, 0.8), repeat=6)))

    def fit(inputs, targets):
        return np.polyfit(inputs.ravel(), targets.ravel(), 1)[::-1]
    plain, copies = (fit(x, y), np.tile(y, (64, 1)))
    noisy, moved = (fit(x + noise, copies), fit(x + 10 + noise, copies))
    targets = fit(np.tile(x, (64, 1)), copies + noise)
    phi = np.array([1.0, 0.7])
    first = [2 * (phi[0] + phi[1] * (x + e) - y).sum() for e in noise]
    single = [2 * ((phi[0] + phi[1] * (x + e) - y) * (x + e)).sum() for e in noise]
    without = 2 * (phi[0] + phi[1] * x - y).sum()
    assert noise_facts['intercept_penalised'] is bool(abs(np.mean(first) - without) > 1e-09)
    assert noise_facts['steps_equal_decay'] is bool(np.ptp(single) < 1e-09)
    assert noise_facts['origin_matters'] is bool(abs(moved[1] - noisy[1]) > 1e-09)
    assert noise_facts['through_the_centre'] is bool(abs(noisy[0] + noisy[1] * x.mean() - y.mean()) < 1e-09)
    assert noise_facts['targets_instead'] is bool(abs(targets[1]) < abs(plain[1]) - 1e-09)

