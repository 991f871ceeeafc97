from otter.test_files import test_case

OK_FORMAT = False

name = "q10_noise_loss"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="In the example both losses are 4.5 and the weight is 1.125.")
def test_one_coordinate(loss_x, loss_noise, noise_weight):
    import numpy as np
    import torch
    zero, g = (torch.zeros(1, 1, dtype=torch.float64), torch.full((1, 1), 2.0, dtype=torch.float64))
    for name, got in (('loss_x', loss_x(zero, zero, g, 0.36, 0.5)), ('loss_noise', loss_noise(zero, g, 0.36, 0.5))):
        assert isinstance(got, torch.Tensor), f'{name} should return a tensor, got {type(got).__name__}'
        assert got.shape == (1,), f'{name}: expected shape (1,), got {tuple(got.shape)}'
        assert abs(got.item() - 4.5) < 1e-09, f'{name}: expected 4.5, got {got.item()}'
    betas, sigmas = torch.tensor([[0.36], [0.5]], dtype=torch.float64)
    got = noise_weight(1, betas, sigmas)
    assert got is not None, 'noise_weight(...) returned None: expected a float'
    assert np.shape(got) == (), f'noise_weight: expected one number, got shape {np.shape(got)}'
    assert abs(float(got) - 1.125) < 1e-09, f'noise_weight: expected 1.125, got {float(got)}'

@test_case(points=1.5, hidden=True, 
    failure_message="The two losses of the first step differ, or are not zero where the noise is predicted rightly. Check the weight, and the sign of the true noise.")
def test_first_step(loss_x, loss_noise):
    import torch
    rng = torch.Generator().manual_seed(1925)
    for n, d in ((1, 1), (5, 1), (1, 7), (8, 3)):
        for beta, sigma in ((0.01, 0.1), (0.13, 0.37), (0.5, 1.0), (0.9, 2.5)):
            x, noise, g = torch.randn(3, n, d, generator=rng, dtype=torch.float64)
            z1 = (1 - beta) ** 0.5 * x + beta ** 0.5 * noise
            f1 = z1 / (1 - beta) ** 0.5 - g * (beta / (1 - beta)) ** 0.5
            decoder = torch.distributions.Normal(f1, sigma)
            expected = (decoder.log_prob(f1) - decoder.log_prob(x)).sum(dim=1)
            for got in (loss_x(x, z1, g, beta, sigma), loss_noise(noise, g, beta, sigma)):
                assert got.shape == (n,) and (got - expected).abs().max() <= 1e-11 * (d + expected.max())
            assert loss_noise(noise, noise, beta, sigma).abs().max() <= 1e-12
            assert loss_x(x, z1, noise, beta, sigma).abs().max() <= 1e-12

@test_case(points=1.5, hidden=True, 
    failure_message="The weight is wrong for some step. Which coefficient does x have in the mean, and how far is the x of g from the true one?")
def test_weights_of_all_steps(noise_weight):
    import torch
    rng = torch.Generator().manual_seed(1926)
    for size in (1, 2, 3, 10):
        betas, sigmas = 0.05 + 0.5 * torch.rand(2, size, generator=rng, dtype=torch.float64)
        for t in range(1, size + 1):
            x, noise, g = torch.randn(3, generator=rng, dtype=torch.float64)
            scale, before, now = (1.0, 0.0, 0.0)
            for beta in betas[:t].tolist():
                earlier, scale, before, now = (scale, scale * (1 - beta) ** 0.5, now, beta + (1 - beta) * now)
            z = scale * x + now ** 0.5 * noise
            gain = (1 - beta) ** 0.5 * before / now
            mu, f = (earlier * start + gain * (z - scale * start) for start in (x, (z - now ** 0.5 * g) / scale))
            expected = (mu - f) ** 2 / (2 * sigmas[t - 1] ** 2 * (g - noise) ** 2)
            assert abs(float(noise_weight(t, betas, sigmas)) - expected) <= 1e-09 * expected

