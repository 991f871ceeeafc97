from otter.test_files import test_case

OK_FORMAT = False

name = "q11_guidance"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="The predictions 2 and 1 with w = 3 give 5; the two normals give mean 4/3 and variance 2/3; without noise, z_2 = 2 goes back to 5.")
def test_small_guidance(guide, guided_normal, reverse):
    import numpy as np
    import torch
    one = torch.ones(1, 1, dtype=torch.float64)
    betas = torch.tensor([0.36, 0.75], dtype=torch.float64)
    for name, got in (('guide', guide(2 * one, one, 3.0)), ('reverse', reverse(lambda z, t: torch.zeros_like(z), 2 * one, betas))):
        assert isinstance(got, torch.Tensor), f'{name} should return a tensor, got {type(got).__name__}'
        assert got.shape == (1, 1), f'{name}: expected shape (1, 1), got {tuple(got.shape)}'
        assert abs(got.item() - 5) < 1e-09, f'{name}: expected 5, got {got.item()}'
    got = guided_normal(1.0, 1.0, 0.0, 2.0, 1.0)
    assert got is not None, 'guided_normal(...) returned None: expected (mean, variance)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'guided_normal should return the pair (mean, variance)'
    pair = [float(number) for number in got]
    assert np.allclose(pair, [4 / 3, 2 / 3]), f'guided_normal: expected (1.3333, 0.6667), got {pair}'

@test_case(points=1, hidden=True, 
    failure_message="The guided prediction does not lie where it should. Try w = 0, w = -1, and a large w. Which way does guidance push?")
def test_guided_predictions(guide):
    import torch
    rng = torch.Generator().manual_seed(1928)
    for shape in ((1, 1), (5, 3), (2, 3, 4)):
        for dtype, room in ((torch.float64, 1e-12), (torch.float32, 0.0001)):
            c, u = torch.randn(2, *shape, generator=rng, dtype=dtype)
            for w in (-1.0, 0.0, 0.5, 2.0, 7.5):
                got = guide(c, u, w)
                assert got.shape == shape and got.dtype == dtype
                assert (got - torch.lerp(u, c, 1 + w)).abs().max() <= room

@test_case(points=1.5, hidden=True, 
    failure_message="The normal density does not have the slope of the guided log density everywhere. Add up the two slopes first.")
def test_guided_slopes(guided_normal):
    import torch
    from torch.distributions import Normal
    rng = torch.Generator().manual_seed(1929)
    z = torch.linspace(-5, 5, 11, dtype=torch.float64, requires_grad=True)

    def slope(mean, variance):
        log_density = Normal(*torch.tensor([mean, variance ** 0.5], dtype=torch.float64)).log_prob(z)
        return torch.autograd.grad(log_density.sum(), z)[0]
    for w in (-1.0, -0.4, 0.0, 0.3, 1.0, 5.0):
        for _ in range(4):
            m_c, m_u = (2 * torch.randn(2, generator=rng, dtype=torch.float64)).tolist()
            v_c, extra = (0.2 + torch.rand(2, generator=rng, dtype=torch.float64)).tolist()
            v_u = v_c + extra
            mean, variance = (float(number) for number in guided_normal(m_c, v_c, m_u, v_u, w))
            expected = (1 + w) * slope(m_c, v_c) - w * slope(m_u, v_u)
            assert variance > 0
            assert (slope(mean, variance) - expected).abs().max() <= 1e-09

@test_case(points=1.5, hidden=True, 
    failure_message="The way back ends in the wrong place, or predict is asked for the wrong steps. Which x belongs to z_t and the noise, and how much of each is in z_(t-1)?")
def test_way_back(reverse):
    import math
    import torch
    rng = torch.Generator().manual_seed(1930)
    for size, n, d in ((1, 1, 1), (2, 3, 2), (7, 4, 1)):
        betas = 0.05 + 0.5 * torch.rand(size, generator=rng, dtype=torch.float64)
        angles = [0.0]
        for beta in betas.tolist():
            angles.append(math.acos(math.cos(angles[-1]) * math.sqrt(1 - beta)))
        z = torch.randn(n, d, generator=rng, dtype=torch.float64)
        x = torch.randn(n, d, generator=rng, dtype=torch.float64)
        got = reverse(lambda z_t, t: (z_t - math.cos(angles[t]) * x) / math.sin(angles[t]), z, betas)
        assert got.shape == (n, d) and got.dtype == torch.float64
        assert (got - x).abs().max() <= 1e-11
        got = reverse(lambda z_t, t: math.sin(angles[t]) * z_t, z, betas)
        turns = math.prod((math.cos(angles[t] - angles[t - 1]) for t in range(1, size + 1)))
        assert (got - turns * z).abs().max() <= 1e-11
        noises = torch.randn(size + 1, n, d, generator=rng, dtype=torch.float64)
        tangents = [math.tan(angle) for angle in angles]
        expected = z / math.cos(angles[size])
        for t in range(1, size + 1):
            expected = expected - (tangents[t] - tangents[t - 1]) * noises[t]
        got = reverse(lambda z_t, t: noises[t], z, betas)
        assert (got - expected).abs().max() <= 1e-10

