from otter.test_files import test_case

OK_FORMAT = False

name = "q3_kernel"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="The schedule (0.36, 0.75) has alphas 0.64 and 0.16, noise weights 0.3 and the root of 0.75, and the kernel (0.4, 0.84) from 0 to 2.")
def test_two_steps(alphas_from_betas, betas_from_alphas, noise_weights, kernel_between, diffuse):
    import numpy as np
    import torch
    betas, alphas = (torch.tensor(v, dtype=torch.float64) for v in ([0.36, 0.75], [0.64, 0.16]))
    for name, got, expected in (('alphas_from_betas', alphas_from_betas(betas), [0.64, 0.16]), ('betas_from_alphas', betas_from_alphas(alphas), [0.36, 0.75]), ('noise_weights', noise_weights(betas), [0.3, 0.75 ** 0.5])):
        assert isinstance(got, torch.Tensor), f'{name} should return a tensor, got {type(got).__name__}'
        assert got.shape == (2,), f'{name}: expected shape (2,), got {tuple(got.shape)}'
        assert got.dtype == torch.float64, f'{name}: expected float64, got {got.dtype}'
        assert np.allclose(got.tolist(), expected, atol=1e-09), f'{name}: expected {expected}, got {got.tolist()}'
    got = kernel_between(betas, 0, 2)
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'kernel_between should return the pair (k, v)'
    pair = [float(number) for number in got]
    assert np.allclose(pair, [0.4, 0.84]), f'kernel_between(betas, 0, 2): expected (0.4, 0.84), got {pair}'
    x = torch.tensor([[10.0], [10.0]], dtype=torch.float64)
    got = diffuse(x, torch.tensor([2, 0]), betas, torch.zeros(2, 1, dtype=torch.float64))
    assert isinstance(got, torch.Tensor), f'diffuse should return a tensor, got {type(got).__name__}'
    assert got.shape == (2, 1), f'diffuse: expected shape (2, 1), got {tuple(got.shape)}'
    message = f'diffuse, t = (2, 0), no noise: expected 4 and 10, got {got.flatten().tolist()}'
    assert np.allclose(got.flatten().tolist(), [4, 10]), message

@test_case(points=1.5, hidden=True, 
    failure_message="Alphas, betas or kernels are wrong for some schedule. What is alpha before the first step, what exactly is multiplied, and which steps lie between s and t?")
def test_schedules_step_by_step(alphas_from_betas, betas_from_alphas, kernel_between):
    import math
    import torch
    rng = torch.Generator().manual_seed(1905)
    schedules = [0.6 * torch.rand(size, generator=rng, dtype=torch.float64) for size in (1, 2, 7)]
    schedules += [torch.linspace(0.0001, 0.02, 1000, dtype=torch.float64), torch.full((3000,), 0.4, dtype=torch.float64)]
    for betas in schedules:
        size, kept, expected = (len(betas), 1.0, [])
        for beta in betas.tolist():
            kept = kept - kept * beta
            expected.append(kept)
        expected = torch.tensor(expected, dtype=torch.float64)
        alphas = alphas_from_betas(betas)
        assert alphas.shape == (size,) and (alphas - expected).abs().max() <= 1e-11
        if size <= 1000:
            back = betas_from_alphas(expected)
            assert back.shape == (size,) and (back - betas).abs().max() <= 1e-11
        for s, t in ((0, 1), (0, size), (size - 1, size), (size // 3, size // 2 + 1)):
            scale, variance = (1.0, 0.0)
            for beta in betas[s:t].tolist():
                scale, variance = (scale * math.sqrt(1 - beta), (1 - beta) * variance + beta)
            got = kernel_between(betas, s, t)
            assert abs(float(got[0]) - scale) <= 1e-11 and abs(float(got[1]) - variance) <= 1e-11

@test_case(points=1, hidden=True, 
    failure_message="The weights of the single noises are wrong. Which of them is shrunk by later steps, and how often? Long schedules need care.")
def test_weights_against_unit_noises(noise_weights):
    import torch
    rng = torch.Generator().manual_seed(1906)
    schedules = [0.6 * torch.rand(size, generator=rng, dtype=torch.float64) for size in (1, 2, 3, 8)]
    schedules += [torch.linspace(0.0001, 0.02, 300, dtype=torch.float64), torch.full((1600,), 0.4, dtype=torch.float64)]
    for betas in schedules:
        noises = torch.eye(len(betas), dtype=torch.float64)
        z = torch.zeros(len(betas), dtype=torch.float64)
        for beta, noise in zip(betas, noises):
            z = (1 - beta).sqrt() * z + beta.sqrt() * noise
        got = noise_weights(betas)
        assert got.shape == betas.shape and (got - z).abs().max() <= 1e-11

@test_case(points=1.5, hidden=True, 
    failure_message="The jump to z_t is wrong. Does each row use its own step, does z_0 equal x, and does the noise have the variance of all steps together?")
def test_jumps(diffuse):
    import torch
    rng = torch.Generator().manual_seed(1907)
    for n, d, size in ((1, 1, 1), (1, 3, 4), (6, 2, 5), (40, 3, 900)):
        betas = (0.02 if size > 100 else 0.5) * torch.rand(size, generator=rng, dtype=torch.float64) + 0.001
        x, noise = torch.randn(2, n, d, generator=rng, dtype=torch.float64)
        t = torch.randint(0, size + 1, (n,), generator=rng)
        got = diffuse(x, t, betas, noise)
        assert got.shape == (n, d) and got.dtype == torch.float64
        for row in range(n):
            mean, variance = (x[row], 0.0)
            for beta in betas[:int(t[row])].tolist():
                mean, variance = ((1 - beta) ** 0.5 * mean, variance + beta * (1 - variance))
            assert (got[row] - mean - variance ** 0.5 * noise[row]).abs().max() <= 1e-11
    wide = torch.randn(4, 6, generator=rng, dtype=torch.float64)
    got = diffuse(wide[:, ::3], torch.full((4,), 3000), torch.full((3000,), 0.4, dtype=torch.float64), wide[:, 1::3])
    assert (got - wide[:, 1::3]).abs().max() <= 1e-12

