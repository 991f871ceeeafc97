from otter.test_files import test_case

OK_FORMAT = False

name = "q5_product"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For a = 0, A = 1, b = 4 and B = 3 the mean is 1, the variance 3/4, log kappa is -3.6121 and the completion term 4/3; product_facts holds five booleans.")
def test_product_on_a_line(gaussian_product, completion_term, product_facts):
    import numpy as np
    import torch
    a, A, b, B = (torch.tensor(value, dtype=torch.float64) for value in ([0.0], [[1.0]], [4.0], [[3.0]]))
    got = gaussian_product(a, A, b, B)
    assert got is not None, 'gaussian_product(...) returned None: expected (mu, Sigma, log_kappa)'
    assert isinstance(got, (tuple, list)) and len(got) == 3, 'expected the triple (mu, Sigma, log_kappa)'
    mu, Sigma, log_kappa = got
    assert isinstance(mu, torch.Tensor) and isinstance(Sigma, torch.Tensor), 'mu and Sigma should be tensors'
    assert mu.shape == (1,), f'mu: expected shape (1,), got {tuple(mu.shape)}'
    assert Sigma.shape == (1, 1), f'Sigma: expected shape (1, 1), got {tuple(Sigma.shape)}'
    assert abs(mu.item() - 1) < 1e-09, f'mu: expected 1, got {mu.item()}'
    assert abs(Sigma.item() - 0.75) < 1e-09, f'Sigma: expected 0.75, got {Sigma.item()}'
    assert np.shape(log_kappa) == (), 'log_kappa should be one number'
    assert abs(float(log_kappa) + 3.6121) < 0.0001, f'log_kappa: expected -3.6121, got {float(log_kappa):.4f}'
    got = completion_term(a, A, b, B)
    assert got is not None, 'completion_term(...) returned None: expected a float'
    assert np.shape(got) == () and abs(float(got) - 4 / 3) < 1e-09, f'completion_term: expected 1.3333, got {got}'
    assert isinstance(product_facts, dict), 'product_facts should be a dictionary'
    for key in ('narrower', 'on_the_line', 'is_a_density', 'density_of_the_sum', 'distance_matters'):
        fact = product_facts.get(key)
        assert isinstance(fact, (bool, np.bool_)), f'product_facts[{key!r}] should be True or False'

@test_case(points=1.5, hidden=True, 
    failure_message="The product of the densities and your right side differ for some x. By what are the two means weighted, and how large is the product at its peak?")
def test_product_for_many_x(gaussian_product):
    import torch
    from torch.distributions import MultivariateNormal as Normal
    rng = torch.Generator().manual_seed(1911)
    for d in (1, 2, 3, 6):
        roots = torch.randn(2, d, d, generator=rng, dtype=torch.float64)
        A, B = roots @ roots.mT + 0.5 * torch.eye(d)
        a, b = 2 * torch.randn(2, d, generator=rng, dtype=torch.float64)
        x = 2 * torch.randn(20, d, generator=rng, dtype=torch.float64)
        left = Normal(a, A).log_prob(x) + Normal(b, B).log_prob(x)
        mu, Sigma, log_kappa = gaussian_product(a, A, b, B)
        assert mu.shape == (d,) and Sigma.shape == (d, d)
        assert (Sigma - Sigma.T).abs().max() <= 1e-10
        right = float(log_kappa) + Normal(mu, (Sigma + Sigma.T) / 2).log_prob(x)
        assert (left - right).abs().max() <= 1e-09 * (1 + left.abs().max())
        swapped = gaussian_product(b, B, a, A)
        assert abs(float(swapped[2]) - float(log_kappa)) <= 1e-09 * (1 + left.abs().max())

@test_case(points=0.5, hidden=True, 
    failure_message="With your term the bracket is no perfect square in x. Compute its smallest value for a small example.")
def test_completion_for_many_x(completion_term):
    import torch
    rng = torch.Generator().manual_seed(1912)
    for d in (1, 2, 5):
        roots = torch.randn(2, d, d, generator=rng, dtype=torch.float64)
        A, B = roots @ roots.mT + 0.5 * torch.eye(d)
        a, b = 2 * torch.randn(2, d, generator=rng, dtype=torch.float64)

        def bracket(x):
            """x^T P x - 2 x^T h, from the two quadratic forms without their constants."""
            total = 0
            for mean, cov in ((a, A), (b, B)):
                total = total + (x - mean) @ torch.linalg.solve(cov, x - mean)
                total = total - mean @ torch.linalg.solve(cov, mean)
            return total
        x = torch.zeros(d, dtype=torch.float64, requires_grad=True)
        slope = torch.autograd.grad(bracket(x), x)[0]
        curvature = torch.autograd.functional.hessian(bracket, x)
        lowest = bracket(-torch.linalg.solve(curvature, slope)).item()
        assert abs(lowest + float(completion_term(a, A, b, B))) <= 1e-09 * (1 + abs(lowest))

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about products is decided wrongly.")
def test_product_facts(product_facts):
    import torch
    axis = torch.linspace(-12, 12, 241, dtype=torch.float64)
    x = torch.cartesian_prod(axis, axis)
    cell = (axis[1] - axis[0]).item() ** 2
    A = torch.tensor([[1.0, 0.6], [0.6, 1.0]], dtype=torch.float64)
    B = torch.tensor([[0.5, 0.0], [0.0, 3.0]], dtype=torch.float64)
    normal = torch.distributions.MultivariateNormal

    def moments(b):
        """Integral, mean and covariance of the product of the densities, on a grid."""
        b = torch.tensor(b, dtype=torch.float64)
        p = (normal(torch.zeros(2, dtype=torch.float64), A).log_prob(x) + normal(b, B).log_prob(x)).exp()
        mean = (p[:, None] * x).sum(dim=0) / p.sum()
        return (p.sum().item() * cell, mean, (p[:, None] * (x - mean)).T @ (x - mean) / p.sum())
    integral, mean, cov = moments([1.0, 2.0])
    variances = torch.cat([torch.linalg.eigvalsh(A - cov), torch.linalg.eigvalsh(B - cov)])
    found = {'narrower': variances.min() > 1e-06, 'on_the_line': abs(mean[1] - 2 * mean[0]) < 1e-06, 'is_a_density': abs(integral - 1) < 1e-06, 'density_of_the_sum': (mean - torch.tensor([1.0, 2.0])).abs().max() < 1e-06, 'distance_matters': (moments([2.0, -1.0])[2] - cov).abs().max() > 1e-06}
    for key, fact in found.items():
        assert bool(product_facts[key]) == bool(fact)

