from otter.test_files import test_case

OK_FORMAT = False

name = "q6_gaussian_flow"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For D = 1, mu = 0, Sigma = 1, A = -2 and b = 3 the log-density at 3 is -1.612, and the new precision is 1/4.")
def test_one_dimension(precision_after, gaussian_flow_log_pdf):
    import numpy as np
    one = np.array([[1.0]])
    got = gaussian_flow_log_pdf(np.array([[3.0]]), np.array([0.0]), one, -2 * one, np.array([3.0]))
    assert got is not None, 'gaussian_flow_log_pdf(...) returned None: expected an array of shape (1,)'
    assert np.shape(got) == (1,), f'gaussian_flow_log_pdf: expected shape (1,), got {np.shape(got)}'
    assert abs(got[0] + 1.612086) < 1e-05, f'gaussian_flow_log_pdf: expected -1.612, got {got[0]}'
    got = precision_after(-one / 2, one)
    assert got is not None, 'precision_after(...) returned None: expected an array of shape (1, 1)'
    assert np.shape(got) == (1, 1), f'precision_after: expected shape (1, 1), got {np.shape(got)}'
    assert abs(got[0][0] - 0.25) < 1e-09, f'precision_after: expected 1/4, got {got[0][0]}'

@test_case(points=1, hidden=True, 
    failure_message="The matrix in the exponent is not the inverse of the new covariance. Matrices do not commute.")
def test_inverse_covariance(precision_after):
    import numpy as np
    rng = np.random.default_rng(175)
    for d in (1, 2, 3, 6):
        A = rng.normal(size=(d, d)) + 2 * np.triu(np.ones((d, d)))
        half = rng.normal(size=(d, d)) + 2 * np.eye(d)
        Sigma = half @ half.T + np.eye(d)
        got = precision_after(np.linalg.inv(A), np.linalg.inv(Sigma))
        assert np.shape(got) == (d, d)
        gap = np.abs(got @ (A @ Sigma @ A.T) - np.eye(d)).max()
        assert gap < 1e-07

@test_case(points=2, hidden=True, 
    failure_message="The log-density is not that of the new Gaussian. Look at the constant in more than one dimension, at a map with a negative determinant, and at very small matrices.")
def test_like_torch(gaussian_flow_log_pdf):
    import numpy as np
    import torch
    rng = np.random.default_rng(176)
    for d, n, flip in ((1, 3, 1), (2, 1, -1), (3, 5, 1), (6, 4, -1), (6, 4, 1)):
        A = np.triu(rng.normal(size=(d, d)), 1) + np.diag(rng.uniform(0.5, 2, size=d))
        A[0] *= flip * np.sign(np.linalg.det(A))
        half = np.tril(rng.normal(size=(d, d)), -1) / 2 + np.diag(rng.uniform(0.5, 2, size=d))
        mu, b, Sigma = (rng.normal(size=d), rng.normal(size=d), half @ half.T)
        X = rng.normal(size=(d, n)).T * 3
        got = gaussian_flow_log_pdf(X, mu, Sigma, A, b)
        assert np.shape(got) == (n,)
        mean, cov = (torch.tensor(A @ mu + b), torch.tensor(A @ Sigma @ A.T))
        expected = torch.distributions.MultivariateNormal(mean, cov).log_prob(torch.tensor(X)).numpy()
        assert np.allclose(got, expected, rtol=1e-08, atol=1e-08)
        for size in (1e-170, 1e+120):
            scaled = gaussian_flow_log_pdf(size * (X - b), mu, Sigma, size * A, 0 * b)
            assert np.isfinite(scaled).all()
            assert np.allclose(scaled + d * np.log(size), expected, rtol=1e-08, atol=1e-08)

