from otter.test_files import test_case

OK_FORMAT = False

name = "q1_change_of_variables"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="For z uniform on [0, 3] and x = 2 z + 1 the density is 1/6; the squared number has density 1 at 0.25, and 0 outside of (0, 1].")
def test_stretched_box(transformed_pdf, squared_pdf):
    import numpy as np
    x = np.array([1.5, 4.0, 6.9])
    third, two = (lambda z: np.full(z.shape, 1 / 3), lambda z: np.full(z.shape, 2.0))
    got = transformed_pdf(x, third, lambda x: (x - 1) / 2, two)
    assert got is not None, 'transformed_pdf(...) returned None: expected an array of shape (3,)'
    assert isinstance(got, np.ndarray), 'transformed_pdf should return a NumPy array'
    assert got.shape == (3,), f'transformed_pdf: expected shape (3,), got {got.shape}'
    assert np.allclose(got, 1 / 6), f'transformed_pdf: expected 1/6 three times, got {got.tolist()}'
    got = squared_pdf(np.array([-0.5, 0.25, 1.5]))
    assert got is not None, 'squared_pdf(...) returned None: expected an array of shape (3,)'
    assert isinstance(got, np.ndarray), 'squared_pdf should return a NumPy array'
    assert got.shape == (3,), f'squared_pdf: expected shape (3,), got {got.shape}'
    assert np.allclose(got, [0, 1, 0]), f'squared_pdf at -0.5, 0.25, 1.5: expected [0, 1, 0], got {got.tolist()}'

@test_case(points=1, hidden=True, 
    failure_message="For some map the density is not right. The map may fall, and its slope has to be taken at the right place.")
def test_known_distributions(transformed_pdf):
    import math
    import numpy as np
    import torch

    def bell(z):
        return np.exp(-z ** 2 / 2) / math.sqrt(2 * math.pi)

    def box(z):
        return ((z > 0) & (z < 1)).astype(float)
    positive = np.array([0.05, 0.3, 1.0, 2.7, 9.0])
    anywhere = np.linspace(-4, 5, 12).reshape(3, 4).T
    cauchy = torch.distributions.Cauchy(0.0, 1.0)
    cases = [(positive, bell, np.log, np.exp, torch.distributions.LogNormal(0.0, 1.0)), (anywhere, bell, lambda x: (3 - x) / 2, lambda z: 0 * z - 2, torch.distributions.Normal(3.0, 2.0)), (positive, box, lambda x: np.exp(-x), lambda z: -1 / z, torch.distributions.Exponential(1.0)), (anywhere, lambda z: 0 * z + 1 / math.pi, np.arctan, lambda z: 1 + np.tan(z) ** 2, cauchy)]
    for x, base, inverse, slope, oracle in cases:
        got = transformed_pdf(x, base, inverse, slope)
        expected = oracle.log_prob(torch.tensor(x)).exp().numpy()
        assert got.shape == x.shape and np.allclose(got, expected, rtol=1e-06, atol=0)

@test_case(points=1, hidden=True, 
    failure_message="The density of the squared number does not give every interval its probability, or is not as asked at the ends. For which z does the square lie between two given numbers?")
def test_mass_of_intervals(squared_pdf):
    import numpy as np
    nodes, weights = np.polynomial.legendre.leggauss(60)
    for a, b in ((0.01, 0.09), (0.04, 0.3), (0.25, 0.64), (0.5, 1.0)):
        x = (a + b) / 2 + (b - a) / 2 * nodes
        mass = (b - a) / 2 * (weights @ squared_pdf(x))
        assert abs(mass - (b ** 0.5 - a ** 0.5)) < 1e-10
    ends = np.array([[0.0, -0.0, -1e-09], [1 + 1e-09, 40.0, -3.0]])
    got = squared_pdf(ends)
    assert got.shape == ends.shape and (got == 0).all()
    assert abs(squared_pdf(np.array([1.0]))[0] - 0.5) < 1e-12
    assert squared_pdf(np.zeros(0)).shape == (0,)

