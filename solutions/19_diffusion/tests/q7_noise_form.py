from otter.test_files import test_case

OK_FORMAT = False

name = "q7_noise_form"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For the schedule (0.36, 0.75), t = 2, z_2 = 2 and no noise the fraction is 2, x is 5 and the mean is 4.")
def test_without_noise(z_coefficient, x_from_noise, mean_from_noise):
    import numpy as np
    import torch
    got = z_coefficient(0.75)
    assert got is not None, 'z_coefficient(0.75) returned None: expected a float'
    assert np.shape(got) == () and abs(float(got) - 2) < 1e-09, f'z_coefficient(0.75): expected 2, got {got}'
    betas = torch.tensor([0.36, 0.75], dtype=torch.float64)
    z_t, noise = (torch.full((1, 1), 2.0, dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64))
    for name, got, expected in (('x_from_noise', x_from_noise(z_t, noise, 2, betas), 5), ('mean_from_noise', mean_from_noise(z_t, noise, 2, betas), 4)):
        assert isinstance(got, torch.Tensor), f'{name} should return a tensor, got {type(got).__name__}'
        assert got.shape == (1, 1), f'{name}: expected shape (1, 1), got {tuple(got.shape)}'
        assert abs(got.item() - expected) < 1e-09, f'{name}: expected {expected}, got {got.item()}'

@test_case(points=1.5, hidden=True, 
    failure_message="The fraction has another value, or x is not the example from which the noise made z_t.")
def test_fraction_and_start(z_coefficient, x_from_noise):
    import torch
    rng = torch.Generator().manual_seed(1915)
    for _ in range(20):
        before, beta = torch.rand(2, generator=rng, dtype=torch.float64).tolist()
        beta = 0.01 + 0.98 * beta
        fraction = ((1 - before) * (1 - beta) + beta) / ((1 - before * (1 - beta)) * (1 - beta) ** 0.5)
        assert abs(float(z_coefficient(beta)) - fraction) <= 1e-11 * fraction
    for size, n, d in ((1, 1, 1), (3, 2, 4), (9, 5, 2)):
        betas = 0.01 + 0.4 * torch.rand(size, generator=rng, dtype=torch.float64)
        x, noise = torch.randn(2, n, d, generator=rng, dtype=torch.float64)
        weight, spread = (1.0, 0.0)
        for t in range(1, size + 1):
            beta = betas[t - 1].item()
            weight, spread = (weight * (1 - beta) ** 0.5, beta + (1 - beta) * spread)
            got = x_from_noise(weight * x + spread ** 0.5 * noise, noise, t, betas)
            assert got.shape == (n, d) and got.dtype == torch.float64
            assert (got - x).abs().max() <= 1e-11

@test_case(points=1.5, hidden=True, 
    failure_message="The mean in terms of the noise is not the mean of z_(t-1) given z_t and x. Check the factor of the noise, the first step, and long schedules.")
def test_mean_without_start(mean_from_noise):
    import torch
    rng = torch.Generator().manual_seed(1916)
    for size, n, d in ((1, 2, 3), (2, 1, 1), (6, 4, 2), (4000, 2, 2)):
        betas = 0.01 + 0.5 * torch.rand(size, generator=rng, dtype=torch.float64)
        for t in sorted({1, 2, 3, size} & set(range(1, size + 1))):
            x, noise = torch.randn(2, n, d, generator=rng, dtype=torch.float64)
            scale, before, now = (1.0, 0.0, 0.0)
            for beta in betas[:t].tolist():
                earlier, scale, before, now = (scale, scale * (1 - beta) ** 0.5, now, beta + (1 - beta) * now)
            expected = earlier * x + (1 - beta) ** 0.5 * before / now ** 0.5 * noise
            got = mean_from_noise(scale * x + now ** 0.5 * noise, noise, t, betas)
            assert got.shape == (n, d) and got.dtype == torch.float64
            assert (got - expected).abs().max() <= 1e-11

