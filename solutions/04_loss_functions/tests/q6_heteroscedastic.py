from otter.test_files import test_case

OK_FORMAT = False

name = "q6_heteroscedastic"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="For mean 0, s = 2 and y = 2 the loss is log(8 pi) / 2 + 0.5 and its derivative in s is 0.")
def test_one_target(hetero_nll, hetero_slope, hetero_outputs):
    import math
    import torch
    mean, s, y = (torch.full((1, 1), v, dtype=torch.float64) for v in (0.0, 2.0, 2.0))
    got = hetero_nll(mean, s, y)
    assert isinstance(got, torch.Tensor), 'hetero_nll should return a tensor'
    assert tuple(got.shape) == (), f'hetero_nll: expected shape (), got {tuple(got.shape)}'
    expected = math.log(8 * math.pi) / 2 + 0.5
    assert abs(got.item() - expected) < 1e-09, f'hetero_nll: expected {expected:.5f}, got {got.item():.5f}'
    got = hetero_slope(mean, s, y)
    assert isinstance(got, torch.Tensor), 'hetero_slope should return a tensor'
    assert tuple(got.shape) == (1, 1), f'hetero_slope: expected shape (1, 1), got {tuple(got.shape)}'
    assert abs(got.item()) < 1e-09, f'hetero_slope: expected 0, got {got.item()}'
    assert type(hetero_outputs(1, 1)) is int, 'hetero_outputs should return an int'

@test_case(points=1.5, hidden=True, 
    failure_message="The loss is wrong for some means or s. Every one of the D_o targets counts, s is not the variance, and it may be negative.")
def test_against_normal(hetero_nll):
    import torch

    def gradient(hetero_nll, mean, s, y):
        mean = mean.clone().requires_grad_()
        hetero_nll(mean, s, y).backward()
        return mean.grad
    rng = torch.Generator().manual_seed(8)
    for n, d in ((1, 1), (7, 10), (2, 3), (1, 4), (3, 500)):
        mean, y = torch.randn(2, n, d, generator=rng, dtype=torch.float64)
        s = torch.rand(d, n, generator=rng, dtype=torch.float64).T * 2 + 0.05
        s = s * torch.where(torch.rand(n, d, generator=rng) < 0.5, -1.0, 1.0)
        got = hetero_nll(mean, s, y)
        log_density = torch.distributions.Normal(mean, s.abs()).log_prob(y)
        assert got.shape == () and abs(got.item() + log_density.sum().item()) < 1e-11 * log_density.abs().sum().item()
        grad = inside(gradient)(hetero_nll, mean, s, y)
        assert torch.allclose(grad, (mean - y) / s / s, rtol=1e-09, atol=1e-09)

@test_case(points=1, hidden=True, 
    failure_message="The derivative in s is wrong somewhere. Check negative s, and both a too small and a too large s.")
def test_slope_by_autograd(hetero_slope):
    import torch
    rng = torch.Generator().manual_seed(9)
    for n, d in ((1, 1), (4, 3), (2, 8)):
        mean, y, s = torch.randn(3, n, d, generator=rng, dtype=torch.float64)
        s = (s + 0.1 * s.sign()).requires_grad_()
        (-torch.distributions.Normal(mean, s.abs()).log_prob(y).sum()).backward()
        got = hetero_slope(mean, s.detach(), y)
        assert got.shape == (n, d) and torch.allclose(got, s.grad, rtol=1e-09, atol=1e-09)
    s = torch.tensor([[-0.25, 3.0]], dtype=torch.float64)
    assert hetero_slope(s * 0, s, -s).abs().max() < 1e-09

@test_case(points=0.5, hidden=True, 
    failure_message="The number of outputs is wrong for some network. What does it depend on?")
def test_outputs(hetero_outputs):
    per_target = len(('mean', 's'))
    for d_in in (1, 3, 10):
        for d_out in (1, 2, 5, 10):
            assert hetero_outputs(d_in, d_out) == d_out * per_target

