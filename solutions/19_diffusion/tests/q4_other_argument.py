from otter.test_files import test_case

OK_FORMAT = False

name = "q4_other_argument"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For A = 2, B = 4 and v = 6 the mean is 3, the variance 1, log kappa is -0.693 and the square term 9.")
def test_single_numbers(as_density_in_w, square_term):
    import numpy as np
    import torch
    A, B, v = (torch.tensor(value, dtype=torch.float64) for value in ([[2.0]], [[4.0]], [6.0]))
    got = as_density_in_w(A, B, v)
    assert got is not None, 'as_density_in_w(...) returned None: expected (mu, Sigma, log_kappa)'
    assert isinstance(got, (tuple, list)) and len(got) == 3, 'expected the triple (mu, Sigma, log_kappa)'
    mu, Sigma, log_kappa = got
    assert isinstance(mu, torch.Tensor) and isinstance(Sigma, torch.Tensor), 'mu and Sigma should be tensors'
    assert mu.shape == (1,), f'mu: expected shape (1,), got {tuple(mu.shape)}'
    assert Sigma.shape == (1, 1), f'Sigma: expected shape (1, 1), got {tuple(Sigma.shape)}'
    assert abs(mu.item() - 3) < 1e-09, f'mu: expected 3, got {mu.item()}'
    assert abs(Sigma.item() - 1) < 1e-09, f'Sigma: expected 1, got {Sigma.item()}'
    assert np.shape(log_kappa) == (), 'log_kappa should be one number'
    assert abs(float(log_kappa) - np.log(0.5)) < 1e-09, f'log_kappa: expected -0.6931, got {float(log_kappa):.4f}'
    got = square_term(A, B, v)
    assert got is not None, 'square_term(...) returned None: expected a float'
    assert np.shape(got) == () and abs(float(got) - 9) < 1e-09, f'square_term: expected 9, got {got}'

@test_case(points=2, hidden=True, 
    failure_message="The two sides of the equation differ for some w. Does the mean take B into account, and is the factor right when A is not square or not of determinant 1?")
def test_both_sides_for_many_w(as_density_in_w):
    import torch
    from torch.distributions import MultivariateNormal as Normal
    rng = torch.Generator().manual_seed(1909)
    for n, m in ((1, 1), (2, 1), (3, 3), (5, 3), (6, 2)):
        A = torch.randn(n, m, generator=rng, dtype=torch.float64) + torch.eye(n, m) * 3
        root = torch.randn(n, n, generator=rng, dtype=torch.float64)
        B = root @ root.T + 0.5 * torch.eye(n)
        v = 3 * torch.randn(n, generator=rng, dtype=torch.float64)
        mu, Sigma, log_kappa = as_density_in_w(A, B, v)
        assert mu.shape == (m,) and Sigma.shape == (m, m)
        assert (Sigma - Sigma.T).abs().max() <= 1e-10
        Sigma = (Sigma + Sigma.T) / 2
        w = mu + 2 * torch.randn(20, m, generator=rng, dtype=torch.float64)
        left = Normal(w @ A.T, B).log_prob(v)
        right = float(log_kappa) + Normal(mu, Sigma).log_prob(w)
        assert (left - right).abs().max() <= 1e-09 * (1 + left.abs().max())
        if n == m:
            assert abs(float(log_kappa) + torch.linalg.slogdet(A).logabsdet.item()) <= 1e-09

@test_case(points=1, hidden=True, 
    failure_message="With your term the bracket is no perfect square. What is its smallest value over all w, and what should it be?")
def test_square_is_perfect(square_term):
    import torch
    rng = torch.Generator().manual_seed(1910)
    for n, m in ((1, 1), (3, 1), (3, 3), (5, 2)):
        A = torch.randn(n, m, generator=rng, dtype=torch.float64) + torch.eye(n, m) * 3
        root = torch.randn(n, n, generator=rng, dtype=torch.float64)
        B = root @ root.T + 0.5 * torch.eye(n)
        v = 3 * torch.randn(n, generator=rng, dtype=torch.float64)
        whiten = torch.linalg.inv(torch.linalg.cholesky(B))
        w = torch.linalg.lstsq(whiten @ A, (whiten @ v)[:, None]).solution
        bracket = (whiten @ A @ w).square().sum() - 2 * (whiten @ v) @ (whiten @ A @ w)[:, 0]
        assert abs(bracket.item() + float(square_term(A, B, v))) <= 1e-09 * (1 + bracket.abs().item())

