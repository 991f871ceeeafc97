from otter.test_files import test_case

OK_FORMAT = False

name = "q7_vae_loss"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="The example has the code (3, 2), the divergence 1.3069 and the loss 6.6137.")
def test_example(sample_code, kl_to_standard, vae_loss):
    import torch
    mu, logvar, eps = (torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 4.0]]), torch.tensor([[2.0, 1.0]]))
    logvar[0, 1] = torch.tensor(4.0).log()
    x, x_rec = (torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[1.0, 2.0, 5.0]]))
    cases = [('sample_code', sample_code(mu, logvar, eps), [[3.0, 2.0]]), ('kl_to_standard', kl_to_standard(mu, logvar), [1.3069]), ('vae_loss', vae_loss(x, x_rec, mu, logvar, 0.5, 2.0), 6.6137)]
    for name, got, expected in cases:
        assert got is not None, f'{name}(...) returned None: expected a tensor'
        assert isinstance(got, torch.Tensor), f'{name} should return a tensor, got {type(got).__name__}'
        expected = torch.tensor(expected)
        assert got.shape == expected.shape, f'{name}: expected shape {tuple(expected.shape)}, got {tuple(got.shape)}'
        assert torch.allclose(got, expected, atol=0.0001), f'{name}: expected {expected.tolist()}, got {got.tolist()}'

@test_case(points=1, hidden=True, 
    failure_message="Codes do not have the mean mu and the variance exp(logvar), or gradients do not reach both.")
def test_codes(sample_code):
    import torch
    rng = torch.Generator().manual_seed(1815)
    for shape in ((1, 1), (4, 3), (2, 7)):
        for dtype, room in ((torch.float64, 1e-12), (torch.float32, 1e-05)):
            mu, logvar, eps = (torch.randn(shape, generator=rng, dtype=dtype) for _ in range(3))
            got = sample_code(mu, logvar, eps)
            assert got.shape == shape and got.dtype == dtype
            assert torch.allclose((got - mu) ** 2, eps ** 2 * torch.exp(logvar), rtol=room, atol=10 * room)
            assert torch.equal(torch.sign(got - mu), torch.sign(eps))

    def slopes(fn, mu, logvar, eps):
        import torch
        mu, logvar = (mu.clone().requires_grad_(), logvar.clone().requires_grad_())
        return torch.autograd.grad(fn(mu, logvar, eps).sum(), (mu, logvar))
    mu, logvar, eps = (torch.randn(3, 2, generator=rng, dtype=torch.float64) for _ in range(3))
    to_mean, to_logvar = inside(slopes)(sample_code, mu, logvar, eps)
    step = (sample_code(mu, logvar + 1e-05, eps) - sample_code(mu, logvar - 1e-05, eps)) / 2e-05
    assert torch.allclose(to_mean, torch.ones_like(mu)) and torch.allclose(to_logvar, step, atol=1e-08)

@test_case(points=1, hidden=True, 
    failure_message="The divergence is wrong for some codes. Are dimensions added up, and is the logarithm that of the variance?")
def test_divergence(kl_to_standard):
    import torch
    from torch.distributions import Normal, kl_divergence
    rng = torch.Generator().manual_seed(1816)
    for shape in ((1, 1), (5, 2), (3, 8)):
        for dtype, room in ((torch.float64, 1e-12), (torch.float32, 1e-05)):
            mu, logvar = (2 * torch.randn(shape, generator=rng, dtype=dtype) for _ in range(2))
            unit = Normal(torch.zeros_like(mu), torch.ones_like(mu))
            oracle = kl_divergence(Normal(mu, logvar.exp().sqrt()), unit).sum(dim=1)
            got = kl_to_standard(mu, logvar)
            assert got.shape == (shape[0],) and got.dtype == dtype and torch.allclose(got, oracle, rtol=room, atol=room)
    zeros = torch.zeros(2, 3, dtype=torch.float64)
    assert kl_to_standard(zeros, zeros).abs().max() <= 1e-12
    assert torch.allclose(kl_to_standard(zeros, zeros - 800), torch.full((2,), 1198.5, dtype=torch.float64))

@test_case(points=1, hidden=True, 
    failure_message="The loss or its gradient is wrong. What is added up, what is averaged, and what is the weight of each term?")
def test_loss(vae_loss):
    import torch
    from torch.distributions import Independent, Normal, kl_divergence
    rng = torch.Generator().manual_seed(1817)

    def oracle(x, x_rec, mu, logvar, s2, beta):
        fit = Independent(Normal(x_rec, torch.full_like(x_rec, s2) ** 0.5), 1)
        at_best = fit.log_prob(x_rec)
        code = Independent(Normal(mu, logvar.exp() ** 0.5), 1)
        prior = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
        return torch.mean(at_best - fit.log_prob(x) + beta * kl_divergence(code, prior))

    def graded(fn, x, x_rec, mu, logvar, s2, beta):
        import torch
        inputs = [v.clone().requires_grad_() for v in (x_rec, mu, logvar)]
        return torch.autograd.grad(fn(x, *inputs, s2, beta), inputs)
    for n, wide, d in ((1, 1, 1), (4, 5, 2), (3, 2, 6)):
        for s2, beta in ((1.0, 1.0), (0.1, 0.0), (2.5, 4.0)):
            x, x_rec = (torch.randn(n, wide, generator=rng, dtype=torch.float64) for _ in range(2))
            mu, logvar = (torch.randn(n, d, generator=rng, dtype=torch.float64) for _ in range(2))
            expected = oracle(x, x_rec, mu, logvar, s2, beta)
            got = vae_loss(x, x_rec, mu, logvar, s2, beta)
            assert got.shape == () and abs(got - expected) <= 1e-11 * (1 + abs(expected))
            slopes = inside(graded)(vae_loss, x, x_rec, mu, logvar, s2, beta)
            for slope, right in zip(slopes, graded(oracle, x, x_rec, mu, logvar, s2, beta)):
                assert torch.allclose(slope, right, rtol=1e-10, atol=1e-10)

