from otter.test_files import test_case

OK_FORMAT = False

name = "q9_step_kl"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="The example of two coordinates has the parts 1 and log 2 - 1/2, and the best variance 3.")
def test_two_coordinates(kl_split, best_sigma2):
    import math
    import numpy as np
    import torch
    mu, f = torch.tensor([[[1.0, 1.0]], [[3.0, 1.0]]], dtype=torch.float64)
    got = kl_split(mu, 1.0, f, 2.0)
    assert got is not None, 'kl_split(...) returned None: expected (quadratic, constant)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'kl_split should return the pair (quadratic, constant)'
    quadratic, constant = got
    assert isinstance(quadratic, torch.Tensor), f'quadratic should be a tensor, got {type(quadratic).__name__}'
    assert quadratic.shape == (1,), f'quadratic: expected shape (1,), got {tuple(quadratic.shape)}'
    assert abs(quadratic.item() - 1) < 1e-09, f'quadratic: expected 1, got {quadratic.item()}'
    assert np.shape(constant) == (), f'constant should be one number, got shape {np.shape(constant)}'
    expected = math.log(2) - 0.5
    assert abs(float(constant) - expected) < 1e-09, f'constant: expected {expected:.4f}, got {float(constant):.4f}'
    got = best_sigma2(mu, 1.0, f)
    assert got is not None, 'best_sigma2(...) returned None: expected a float'
    assert np.shape(got) == () and abs(float(got) - 3) < 1e-09, f'best_sigma2: expected 3, got {got}'

@test_case(points=2, hidden=True, 
    failure_message="The parts do not add up to the divergence, or they are split wrongly. Which of the two variances divides the distance, and how does the rest grow with D?")
def test_split_against_torch(kl_split):
    import torch
    from torch.distributions import Independent, Normal, kl_divergence
    rng = torch.Generator().manual_seed(1922)
    for n, d in ((1, 1), (4, 1), (1, 5), (6, 3), (2, 64)):
        mu, f = 2 * torch.randn(2, n, d, generator=rng, dtype=torch.float64)
        for tau, sigma2 in ((0.3, 0.3), (0.05, 0.7), (1.4, 0.2), (1e-06, 0.0001)):
            spread = lambda mean, variance: Independent(Normal(mean, torch.full_like(mean, variance ** 0.5)), 1)
            f.requires_grad_()
            divergence = kl_divergence(spread(mu, tau), spread(f, sigma2))
            slope = torch.autograd.grad(divergence.sum(), f)[0]
            f = f.detach()
            quadratic, constant = kl_split(mu, tau, f, sigma2)
            assert quadratic.shape == (n,)
            total = quadratic + float(constant)
            assert (total - divergence.detach()).abs().max() <= 1e-11 * (d + divergence.max().item())
            at_mu, rest = kl_split(mu, tau, mu, sigma2)
            assert at_mu.abs().max() <= 1e-12 and abs(float(rest) - float(constant)) <= 1e-12
            if tau == sigma2:
                assert abs(float(constant)) <= 1e-12
            half = kl_split(mu, tau, f - slope * sigma2 / 2, sigma2)[0]
            assert (4 * half - quadratic).abs().max() <= 1e-11 * (1 + quadratic.max())

@test_case(points=1, hidden=True, 
    failure_message="Another variance makes the mean divergence smaller. Differentiate both parts with respect to it, and mind how many coordinates and examples there are.")
def test_variance_is_best(best_sigma2):
    import torch
    from torch.distributions import Normal, kl_divergence
    rng = torch.Generator().manual_seed(1923)
    for n, d in ((1, 1), (1, 4), (5, 1), (7, 3)):
        for size in (0.0, 0.1, 2.0):
            mu = torch.randn(n, d, generator=rng, dtype=torch.float64)
            f = mu + size * torch.randn(n, d, generator=rng, dtype=torch.float64)
            for tau in (0.02, 0.9):
                got = torch.tensor(float(best_sigma2(mu, tau, f)), dtype=torch.float64, requires_grad=True)
                loss = kl_divergence(Normal(mu, tau ** 0.5), Normal(f, got.sqrt())).sum(dim=1).mean()
                slope = torch.autograd.grad(loss, got)[0]
                assert abs(slope.item()) <= 1e-09 * d / got.item()

