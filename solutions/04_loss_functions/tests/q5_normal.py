from otter.test_files import test_case

OK_FORMAT = False

name = "q5_normal"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="One target that is predicted exactly, with variance 1, has the density 1 / sqrt(2 pi) and the nll log(2 pi) / 2; for variance 0.5 the factor c1 is 1.")
def test_one_target(normal_pdf, normal_nll, nll_parts, best_variance):
    import math
    import torch
    zero = torch.zeros(1, 1, dtype=torch.float64)
    got = normal_pdf(zero, zero, 1.0)
    assert isinstance(got, torch.Tensor), 'normal_pdf should return a tensor'
    assert tuple(got.shape) == (1,), f'normal_pdf: expected shape (1,), got {tuple(got.shape)}'
    expected = 1 / math.sqrt(2 * math.pi)
    assert abs(got.item() - expected) < 1e-09, f'normal_pdf: expected {expected:.5f}, got {got.item():.5f}'
    got = normal_nll(zero, zero, 1.0)
    assert isinstance(got, torch.Tensor), 'normal_nll should return a tensor'
    assert tuple(got.shape) == (), f'normal_nll: expected shape (), got {tuple(got.shape)}'
    assert abs(got.item() + math.log(expected)) < 1e-09, f'normal_nll: expected {-math.log(expected):.5f}, got {got}'
    got = nll_parts(0.5, 1, 1)
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'nll_parts should return (c1, c0)'
    assert abs(got[0] - 1) < 1e-09, f'nll_parts(0.5, 1, 1): expected c1 = 1, got {got[0]}'
    got = best_variance(zero, zero + 3)
    assert isinstance(got, float), 'best_variance should return a float'

@test_case(points=1.5, hidden=True, 
    failure_message="Density or negative log-likelihood is wrong for some shape or variance. Independent targets multiply; var is the variance, not the standard deviation.")
def test_against_multivariate_normal(normal_pdf, normal_nll):
    import torch
    rng = torch.Generator().manual_seed(5)
    for n, d, var in ((1, 1, 2.0), (1, 10, 0.3), (7, 3, 4.0), (4, 10, 1.7), (5, 2, 0.01)):
        f = torch.randn(d, n, generator=rng, dtype=torch.float64).T
        y = f + var ** 0.5 * torch.randn(n, d, generator=rng, dtype=torch.float64)
        together = torch.distributions.MultivariateNormal(f, var * torch.eye(d, dtype=torch.float64))
        log_density = together.log_prob(y)
        pdf = normal_pdf(f, y, var)
        assert pdf.shape == (n,) and torch.allclose(pdf, log_density.exp(), rtol=1e-09, atol=0)
        got = normal_nll(f, y, var)
        assert got.shape == () and abs(got.item() + log_density.sum().item()) < 1e-09
    f, y = (torch.zeros(3, 500, dtype=torch.float64), torch.full((3, 500), 4.0, dtype=torch.float64))
    exact = -torch.distributions.Normal(0.0, 0.5 ** 0.5).log_prob(torch.tensor(4.0, dtype=torch.float64)) * 1500
    assert abs(normal_nll(f, y, 0.5).item() / exact.item() - 1) < 1e-06

@test_case(points=1, hidden=True, 
    failure_message="c1 times the sum of squares plus c0 is not the negative log-likelihood, or the gradients do not have the ratio c1.")
def test_parts(nll_parts, normal_nll):
    import torch

    def gradient(normal_nll, f, y, var):
        f = f.clone().requires_grad_()
        normal_nll(f, y, var).backward()
        return f.grad
    rng = torch.Generator().manual_seed(6)
    for n, d, var in ((1, 1, 1.0), (1, 10, 0.3), (6, 3, 4.0), (3, 10, 0.02), (2, 5, 10.0)):
        f, y = torch.randn(2, n, d, generator=rng, dtype=torch.float64)
        c1, c0 = nll_parts(var, n, d)
        squares = ((f - y) ** 2).sum().item()
        exact = -torch.distributions.Normal(f, var ** 0.5).log_prob(y).sum().item()
        assert abs(c1 * squares + c0 - exact) < 1e-10 * (1 + c1 * squares)
        assert torch.allclose(inside(gradient)(normal_nll, f, y, var), c1 * 2 * (f - y), rtol=1e-09, atol=1e-12)

@test_case(points=0.5, hidden=True, 
    failure_message="With another variance the negative log-likelihood is smaller.")
def test_best_variance_by_trying(best_variance):
    import torch
    rng = torch.Generator().manual_seed(7)
    for n, d, scale in ((1, 1, 3.0), (4, 3, 0.1), (20, 2, 5.0)):
        f = torch.randn(n, d, generator=rng, dtype=torch.float64)
        y = f + scale * torch.randn(n, d, generator=rng, dtype=torch.float64) + 0.5
        nll = lambda var: -torch.distributions.Normal(f, var ** 0.5).log_prob(y).sum().item()
        var = best_variance(f, y)
        assert isinstance(var, float) and nll(var) < min(nll(var * 0.99), nll(var * 1.01))

