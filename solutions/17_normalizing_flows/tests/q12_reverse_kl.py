from otter.test_files import test_case

OK_FORMAT = False

name = "q12_reverse_kl"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="For the draws 0 and 1, f(z) = 1 + 2 z and a standard normal q the result is 2.25 - log 2 = 1.557.")
def test_two_draws(reverse_kl):
    import math
    import torch
    got = reverse_kl(lambda z: (1 + 2 * z, torch.full((len(z),), math.log(2))), torch.tensor([[0.0], [1.0]]), lambda x: -x[:, 0] ** 2 / 2 - math.log(2 * math.pi) / 2)
    assert got is not None, 'reverse_kl(...) returned None: expected a scalar tensor'
    assert isinstance(got, torch.Tensor), 'reverse_kl should return a tensor'
    assert tuple(got.shape) == (), f'reverse_kl: expected a scalar tensor, got shape {tuple(got.shape)}'
    assert abs(got.item() - 1.556853) < 0.0001, f'reverse_kl: expected 1.557, got {got.item()}'

@test_case(points=2, hidden=True, 
    failure_message="The loss is not the divergence. Which terms have a minus, and what happens to the constants in more dimensions?")
def test_gaussian_divergence(reverse_kl):
    import itertools
    import torch
    from torch.distributions import MultivariateNormal, kl_divergence
    rng = torch.Generator().manual_seed(190)
    for dtype, tolerance in ((torch.float64, 1e-09), (torch.float32, 0.001)):
        for d in (1, 2, 4):
            z = torch.tensor(list(itertools.product((-1.0, 1.0), repeat=d)), dtype=dtype)
            half = torch.randn(d, d, generator=rng, dtype=dtype).tril(-1) / 2 + torch.eye(d, dtype=dtype)
            A = torch.randn(d, d, generator=rng, dtype=dtype) + 2 * torch.eye(d, dtype=dtype)
            b, mean = torch.randn(2, d, generator=rng, dtype=dtype)
            q = MultivariateNormal(mean, half @ half.T)
            logabsdet = torch.linalg.slogdet(A).logabsdet

            def flow(z):
                return (z @ A.T + b, logabsdet.expand(len(z)))
            got = reverse_kl(flow, z, q.log_prob)
            expected = kl_divergence(MultivariateNormal(b, A @ A.T), q)
            assert got.dtype == dtype and tuple(got.shape) == ()
            assert abs(got - expected) < tolerance * (1 + expected)
            shifted = reverse_kl(flow, z, lambda x: q.log_prob(x) + 7)
            assert abs(shifted + 7 - expected) < tolerance * (1 + expected)

@test_case(points=1, hidden=True, 
    failure_message="The loss is wrong for a map whose determinant differs from draw to draw, or its gradient does not reach all parameters.")
def test_coupling_layer(reverse_kl):
    import torch

    def slopes(reverse_kl, z, theta):
        import torch
        theta = theta.clone().requires_grad_()

        def coupling(z):
            log_scale = theta[0] * z[:, 0] + theta[1]
            return (torch.stack([z[:, 0], z[:, 1] * torch.exp(log_scale) + theta[2]], dim=1), log_scale)
        loss = reverse_kl(coupling, z, lambda x: -(x ** 2).sum(dim=1) / 2)
        gradient, = torch.autograd.grad(loss, theta)
        return (loss.detach(), gradient)
    rng = torch.Generator().manual_seed(191)
    for n in (1, 6, 50):
        z = torch.randn(n, 2, generator=rng, dtype=torch.float64)
        theta = torch.tensor([0.4, -0.3, 0.7], dtype=torch.float64)
        loss, gradient = inside(slopes)(reverse_kl, z, theta)

        def expected(a, b, c):
            scale = torch.exp(a * z[:, 0] + b)
            base = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(dim=1)
            second = torch.distributions.Normal(c, scale).log_prob(z[:, 1] * scale + c)
            first = torch.distributions.Normal(0.0, 1.0).log_prob(z[:, 0])
            assert torch.allclose(first + second, base - torch.log(scale))
            return (first + second + (z[:, 0] ** 2 + (z[:, 1] * scale + c) ** 2) / 2).mean()
        assert abs(loss - expected(*theta)) < 1e-10
        for i, step in enumerate(1e-05 * torch.eye(3, dtype=torch.float64)):
            difference = (expected(*theta + step) - expected(*theta - step)) / 2e-05
            assert abs(gradient[i] - difference) < 1e-06

