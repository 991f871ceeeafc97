from otter.test_files import test_case

OK_FORMAT = False

name = "q4_linear_gaussian"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For w = 1, s2 = 1 and x = 2, log p(x) is -2.2655, the posterior N(1, 1/2), and the ELBO of N(0, 1) is -3.4189.")
def test_unit_model(log_evidence, true_posterior, gaussian_elbo):
    import numpy as np
    cases = (('log_evidence', log_evidence(2.0, 1.0, 1.0), -2.2655), ('gaussian_elbo', gaussian_elbo(2.0, 1.0, 1.0, 0.0, 1.0), -3.4189))
    for name, got, expected in cases:
        assert got is not None, f'{name}(...) returned None: expected a float'
        assert np.shape(got) == (), f'{name} should return one number, got shape {np.shape(got)}'
        assert abs(got - expected) < 0.0001, f'{name}: expected {expected}, got {got}'
    got = true_posterior(2.0, 1.0, 1.0)
    assert got is not None, 'true_posterior(...) returned None: expected the pair (mean, variance)'
    assert np.shape(got) == (2,), f'true_posterior: expected two numbers, got {got}'
    assert np.allclose(got, (1.0, 0.5)), f'true_posterior: expected (1.0, 0.5), got {got}'

@test_case(points=1, hidden=True, 
    failure_message="Evidence or posterior differ from what integrating over z gives. Are w, s2 variances or standard deviations, and where does each enter?")
def test_by_integration(log_evidence, true_posterior):
    import numpy as np
    for x, w, s2 in ((0.9, 1.3, 0.4), (-2.0, -0.7, 3.0), (0.0, 2.0, 0.05), (1.5, 0.0, 0.8), (4.0, 0.3, 0.2)):
        z = np.linspace(-12, 12, 240001)
        joint = np.exp(-0.5 * (z ** 2 + (x - w * z) ** 2 / s2)) / (2 * np.pi * np.sqrt(s2))
        total = joint.sum() * (z[1] - z[0])
        mean = (joint * z).sum() / joint.sum()
        var = (joint * (z - mean) ** 2).sum() / joint.sum()
        assert abs(log_evidence(x, w, s2) - np.log(total)) <= 1e-09
        assert np.allclose(true_posterior(x, w, s2), (mean, var), rtol=1e-09, atol=1e-09)

@test_case(points=2, hidden=True, 
    failure_message="The ELBO is not the average of log p(x, z) - log q(z) over z drawn from q.")
def test_elbo_by_integration(gaussian_elbo):
    import numpy as np
    rng = np.random.default_rng(1808)
    nodes, weights = np.polynomial.hermite_e.hermegauss(12)
    weights = weights / weights.sum()

    def log_normal(x, mean, var):
        return -0.5 * (np.log(2 * np.pi * var) + (x - mean) ** 2 / var)
    for _ in range(25):
        x, w, m = 2 * rng.normal(size=3)
        s2, v = rng.uniform(0.05, 3, size=2)
        z = m + np.sqrt(v) * nodes
        expected = weights @ (log_normal(x, w * z, s2) + log_normal(z, 0, 1) - log_normal(z, m, v))
        got = gaussian_elbo(x, w, s2, m, v)
        assert np.shape(got) == () and abs(got - expected) <= 1e-10 * (1 + abs(expected))
        precision = 1 + w ** 2 / s2
        best = gaussian_elbo(x, w, s2, w * x / s2 / precision, 1 / precision)
        assert abs(best - log_normal(x, 0, w ** 2 + s2)) <= 1e-10 * (1 + abs(best)) and got <= best + 1e-10

