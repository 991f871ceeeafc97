from otter.test_files import test_case

OK_FORMAT = False

name = "q6_posterior"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For the schedule (0.36, 0.75), t = 2, z_2 = 7 and x = 0 the mean is 1.5 and the variance 9/28; for t = 1 the mean is x and the variance 0.")
def test_posterior_of_two_steps(posterior):
    import numpy as np
    import torch
    betas = torch.tensor([0.36, 0.75], dtype=torch.float64)
    z_t, x = (torch.full((1, 1), 7.0, dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64))
    got = posterior(z_t, x, 2, betas)
    assert got is not None, 'posterior(...) returned None: expected (mean, variance)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'posterior should return the pair (mean, variance)'
    mean, variance = got
    assert isinstance(mean, torch.Tensor), f'the mean should be a tensor, got {type(mean).__name__}'
    assert mean.shape == (1, 1), f'mean: expected shape (1, 1), got {tuple(mean.shape)}'
    assert abs(mean.item() - 1.5) < 1e-09, f'mean: expected 1.5, got {mean.item()}'
    assert np.shape(variance) == (), f'the variance should be one number, got shape {np.shape(variance)}'
    assert abs(float(variance) - 9 / 28) < 1e-09, f'variance: expected 0.3214, got {float(variance):.4f}'
    mean, variance = posterior(z_t, x + 5, 1, betas)
    assert abs(mean.item() - 5) < 1e-09, f'mean for t = 1: expected x = 5, got {mean.item()}'
    assert abs(float(variance)) < 1e-09, f'variance for t = 1: expected 0, got {float(variance)}'

@test_case(points=3, hidden=True, 
    failure_message="Mean or variance differ from those of the joint distribution of z_(t-1) and z_t, given x. Which alpha belongs to t, which to t - 1, and which coefficient goes with x?")
def test_posterior_against_joint(posterior):
    import torch
    rng = torch.Generator().manual_seed(1914)
    for size, n, d in ((1, 2, 3), (2, 1, 1), (4, 5, 2), (30, 3, 4)):
        betas = 0.02 + 0.5 * torch.rand(size, generator=rng, dtype=torch.float64)
        for t in sorted({1, 2, 3, size // 2, size} & set(range(1, size + 1))):
            z_t, x = 2 * torch.randn(2, n, d, generator=rng, dtype=torch.float64)
            factor, weights, rows = (1.0, torch.zeros(size, dtype=torch.float64), [])
            for step in range(t):
                rows.append((factor, weights))
                factor = factor * (1 - betas[step]).sqrt()
                weights = (1 - betas[step]).sqrt() * weights
                weights[step] = betas[step].sqrt()
            before, spread = rows[-1]
            gain = spread @ weights / (weights @ weights)
            mean, variance = posterior(z_t, x, t, betas)
            assert mean.shape == (n, d) and mean.dtype == torch.float64
            assert (mean - before * x - gain * (z_t - factor * x)).abs().max() <= 1e-11
            assert abs(float(variance) - (spread @ spread - gain * (spread @ weights)).item()) <= 1e-12

