from otter.test_files import test_case

OK_FORMAT = False

name = "q1_one_step"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="A variance of 3 becomes 2 for beta = 1/2; after two such steps it is 1.5, and after three steps it is within 0.3 of 1.")
def test_variance_three(step_cov, cov_after, steps_needed):
    import numpy as np
    import torch
    cov = torch.tensor([[3.0]])
    got = step_cov(cov, 0.5)
    assert isinstance(got, torch.Tensor), f'step_cov should return a tensor, got {type(got).__name__}'
    assert got.shape == (1, 1), f'step_cov: expected shape (1, 1), got {tuple(got.shape)}'
    assert got.dtype == torch.float32, f'step_cov should keep the dtype float32, got {got.dtype}'
    assert abs(got.item() - 2) < 1e-06, f'step_cov([[3.0]], 0.5): expected 2, got {got.item()}'
    got = cov_after(cov, torch.tensor([0.5, 0.5], dtype=torch.float64))
    assert isinstance(got, torch.Tensor), f'cov_after should return a tensor, got {type(got).__name__}'
    assert got.shape == (1, 1), f'cov_after: expected shape (1, 1), got {tuple(got.shape)}'
    assert abs(got.item() - 1.5) < 1e-06, f'cov_after: expected 1.5, got {got.item()}'
    got = steps_needed(cov, 0.5, 0.3)
    assert got is not None, 'steps_needed(...) returned None: expected an integer'
    assert isinstance(got, (int, np.integer)), f'steps_needed should return an integer, got {type(got).__name__}'
    assert got == 3, f'steps_needed([[3.0]], 0.5, 0.3): expected 3, got {got}'

@test_case(points=1, hidden=True, 
    failure_message="A covariance is wrong after one step or several. What does a factor in front of a random vector do to its covariance, and which entries does the noise reach?")
def test_covariances_against_factors(step_cov, cov_after):
    import torch

    def more_noise(factor, beta):
        """Factor M of a covariance M M^T after a step: old and new noise side by side."""
        eye = torch.eye(len(factor), dtype=factor.dtype)
        return torch.cat([(1 - beta) ** 0.5 * factor, beta ** 0.5 * eye], dim=1)
    rng = torch.Generator().manual_seed(1901)
    for d in (1, 2, 5):
        for dtype, room in ((torch.float64, 1e-12), (torch.float32, 2e-05)):
            start = torch.randn(d, d + 1, generator=rng, dtype=dtype)
            for beta in (0.0, 0.02, 0.3, 0.9, 1.0):
                expected = more_noise(start, beta) @ more_noise(start, beta).T
                got = step_cov(start @ start.T, beta)
                assert got.shape == (d, d) and got.dtype == dtype
                assert (got - expected).abs().max() <= room
                assert (step_cov(torch.eye(d, dtype=dtype), beta) - torch.eye(d, dtype=dtype)).abs().max() <= room
            for steps in (0, 1, 3, 20):
                betas, factor = (torch.rand(steps, generator=rng, dtype=torch.float64) * 0.3, start)
                for beta in betas:
                    factor = more_noise(factor, beta.item())
                got = cov_after(start @ start.T, betas)
                assert got.shape == (d, d) and got.dtype == dtype
                assert (got - factor @ factor.T).abs().max() <= room

@test_case(points=1, hidden=True, 
    failure_message="The number of steps is off for some covariances. By which factor does a step shrink the distance from the identity? Look at off-diagonal entries and at small variances, too.")
def test_steps_against_counting(steps_needed):
    import numpy as np
    import torch
    covs = [[[0.1]], [[1.0, 0.7], [0.7, 1.0]], [[1.0, -0.8], [-0.8, 1.2]], [[9.0, 1.0], [1.0, 0.2]], [[0.0, 0.0], [0.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]]
    for cov in covs:
        cov = torch.tensor(cov, dtype=torch.float64)
        for beta in (0.013, 0.21, 0.77):
            for tol in (1e-06, 0.031, 0.43, 20.0):
                gap, steps = (cov - torch.eye(len(cov), dtype=torch.float64), 0)
                while gap.abs().max() > tol:
                    gap, steps = (gap - beta * gap, steps + 1)
                got = steps_needed(cov, beta, tol)
                assert isinstance(got, (int, np.integer))
                assert got == steps

