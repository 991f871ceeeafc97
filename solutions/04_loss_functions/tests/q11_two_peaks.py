from otter.test_files import test_case

OK_FORMAT = False

name = "q11_two_peaks"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="For outputs (0, 0, 1, 0, 1) and y = 0 the loss is log(2 pi) / 2; a mixture of two equal normals has mean and mode in their centre.")
def test_two_equal_normals(mdn_nll, mixture_mean, mixture_mode, mixture_facts):
    import math
    import torch
    got = mdn_nll(torch.tensor([[0.0, 0, 1, 0, 1]], dtype=torch.float64), torch.zeros(1, dtype=torch.float64))
    assert isinstance(got, torch.Tensor), 'mdn_nll should return a tensor'
    assert tuple(got.shape) == (), f'mdn_nll: expected shape (), got {tuple(got.shape)}'
    expected = math.log(2 * math.pi) / 2
    assert abs(got.item() - expected) < 1e-09, f'mdn_nll: expected {expected:.5f}, got {got.item():.5f}'
    for name, function in (('mixture_mean', mixture_mean), ('mixture_mode', mixture_mode)):
        got = function(0.5, 3.0, 1.0, 3.0, 1.0)
        assert got is not None, f'{name}(...) returned None: expected a float'
        assert abs(got - 3) < 1e-05, f'{name} of two normals around 3: expected 3, got {got}'
    assert isinstance(mixture_facts, dict), 'mixture_facts should be a dictionary'
    keys = ['mode_is_a_mean', 'mean_is_probable', 'names_do_not_matter', 'loss_has_a_floor']
    for key in [*keys, 'mode_between_the_means']:
        assert isinstance(mixture_facts.get(key), bool), f'mixture_facts[{key!r}] should be True or False'

@test_case(points=1.5, hidden=True, 
    failure_message="The loss is wrong for some outputs, or not finite far away. The logarithm is taken of the sum of both densities.")
def test_loss_against_torch(mdn_nll):
    import torch
    from torch import distributions as D

    def value_and_gradient(mdn_nll, out, y):
        out = out.clone().requires_grad_()
        loss = mdn_nll(out, y)
        loss.backward()
        return (loss.detach(), out.grad)
    rng = torch.Generator().manual_seed(19)
    cases = []
    for n in (1, 2, 8, 40):
        out = torch.randn(5, n, generator=rng, dtype=torch.float64).T * 2
        out[:, 2::2] += 0.2 * out[:, 2::2].sign()
        cases.append((out, torch.randn(n, generator=rng, dtype=torch.float64) * 3))
    far = torch.tensor([[0.3, 0.0, -1.0, 1.0, 2.0], [-60.0, 5.0, 1.0, -5.0, -0.5]], dtype=torch.float64)
    cases.append((far, torch.tensor([250.0, 60.0], dtype=torch.float64)))
    for out, y in cases:
        leaf = out.clone().requires_grad_()
        weights = D.Categorical(logits=torch.stack([leaf[:, 0], 0 * leaf[:, 0]], dim=1))
        parts = D.Normal(leaf[:, [1, 3]], leaf[:, [2, 4]].abs())
        exact = -D.MixtureSameFamily(weights, parts).log_prob(y).sum()
        exact.backward()
        loss, gradient = inside(value_and_gradient)(mdn_nll, out, y)
        assert loss.shape == () and abs(loss.item() - exact.item()) < 1e-09 * (1 + abs(exact.item()))
        assert torch.allclose(gradient, leaf.grad, rtol=1e-08, atol=1e-08)

@test_case(points=1.5, hidden=True, 
    failure_message="For some mixture another target is more probable than your mode, or the mean is wrong. Try unequal heights, and peaks that run into one another.")
def test_mode_and_mean(mixture_mean, mixture_mode):
    import numpy as np
    rng = np.random.default_rng(20)
    cases = [(0.5, -2.0, 0.5, 2.0, 0.5), (0.6, 0.0, 1.0, 2.5, 1.0), (0.1, 10.0, 0.1, -10.0, 10.0)]
    cases += [(0.3, 1.0, 1.0, 1.0, 3.0), (0.45, -1.0, 1.0, 0.9, 1.0), (0.95, 4.0, 3.0, 3.0, 0.1)]
    for _ in range(9):
        m1, m2 = rng.uniform(-10, 10, size=2)
        cases.append((rng.uniform(0.05, 0.95), m1, rng.uniform(0.1, 4), m1 + (m2 - m1) * rng.uniform(0.05, 1), 1.0))
    x = np.linspace(-25, 25, 1000001)
    for lam, m1, s1, m2, s2 in cases:
        density = lambda v: lam / s1 * np.exp(-((v - m1) / s1) ** 2 / 2) + (1 - lam) / s2 * np.exp(-((v - m2) / s2) ** 2 / 2)
        values = density(x)
        mode = mixture_mode(lam, m1, s1, m2, s2)
        assert np.shape(mode) == () and density(mode) >= values.max() * (1 - 5e-07)
        mean = (values * x).sum() / values.sum()
        if max(s1, s2) < 4 and max(abs(m1), abs(m2)) < 8:
            assert abs(mixture_mean(lam, m1, s1, m2, s2) - mean) < 0.001
    assert abs(mixture_mean(0.25, 4.0, 1.0, 0.0, 3.0) - 1) < 1e-12

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements is decided wrongly. Draw a few mixtures, and let one standard deviation shrink onto a pair.")
def test_facts_by_trying(mixture_facts):
    import numpy as np
    import torch
    from torch import distributions as D

    def density(x, lam, m1, s1, m2, s2):
        normal = lambda m, s: np.exp(-((x - m) / s) ** 2 / 2) / s / np.sqrt(2 * np.pi)
        return lam * normal(m1, s1) + (1 - lam) * normal(m2, s2)
    rng = np.random.default_rng(21)
    x = np.linspace(-12, 12, 24001)
    at_mean, probable, between = (True, True, True)
    for _ in range(60):
        m1, m2 = rng.uniform(-4, 4, size=2)
        mixture = (rng.uniform(0.1, 0.9), m1, rng.uniform(0.3, 2), m2, rng.uniform(0.3, 2))
        values = density(x, *mixture)
        mode = x[values.argmax()]
        at_mean = at_mean and min(abs(mode - m1), abs(mode - m2)) < 0.002
        mean = mixture[0] * m1 + (1 - mixture[0]) * m2
        probable = probable and density(mean, *mixture) >= values.max() / 2
        between = between and min(m1, m2) - 0.002 <= mode <= max(m1, m2) + 0.002
    y = torch.randn(6, generator=torch.Generator().manual_seed(22), dtype=torch.float64)

    def loss(f1, m1, s1, m2, s2):
        weights = D.Categorical(logits=torch.tensor([f1, 0.0], dtype=torch.float64))
        parts = D.Normal(torch.stack([m1, m2]), torch.tensor([s1, s2], dtype=torch.float64))
        return -D.MixtureSameFamily(weights, parts).log_prob(y).sum().item()
    same = abs(loss(0.7, y[0], 0.5, y[1], 2.0) - loss(-0.7, y[1], 2.0, y[0], 0.5)) < 1e-09
    shrinking = [loss(0.0, y[0], 10.0 ** (-k), y[1], 2.0) for k in (1, 10, 100, 150)]
    assert len(mixture_facts) == 5
    assert mixture_facts['mode_is_a_mean'] is bool(at_mean)
    assert mixture_facts['mean_is_probable'] is bool(probable)
    assert mixture_facts['mode_between_the_means'] is bool(between)
    assert mixture_facts['names_do_not_matter'] is bool(same)
    assert mixture_facts['loss_has_a_floor'] is bool(np.diff(shrinking).max() > -1)

