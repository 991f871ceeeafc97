from otter.test_files import test_case

OK_FORMAT = False

name = "q2_logit_normal"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For mu = 0 and sigma = 1 the density at 0.5 is 1.596 and its logarithm 0.467; at 2 they are 0 and -inf; squash_facts holds six booleans.")
def test_in_the_middle(logit_normal_log_pdf, logit_normal_pdf, squash_facts):
    import math
    import numpy as np
    x = np.array([0.5, 2.0])
    for name, function, outside in (('logit_normal_pdf', logit_normal_pdf, 0.0), ('logit_normal_log_pdf', logit_normal_log_pdf, -math.inf)):
        got = function(x, 0.0, 1.0)
        assert got is not None, f'{name}(...) returned None: expected an array of shape (2,)'
        assert isinstance(got, np.ndarray), f'{name} should return a NumPy array'
        assert got.shape == (2,), f'{name}: expected shape (2,), got {got.shape}'
        middle = 4 / math.sqrt(2 * math.pi)
        middle = math.log(middle) if outside else middle
        assert abs(got[0] - middle) < 1e-06, f'{name} at 0.5: expected {middle:.3f}, got {got[0]}'
        assert got[1] == outside, f'{name} at 2: expected {outside}, got {got[1]}'
    assert isinstance(squash_facts, dict), 'squash_facts should be a dictionary'
    keys = ['median_moves_along', 'mean_moves_along', 'peak_moves_along', 'one_peak', 'mass_moves_along', 'mirrored']
    for key in keys:
        assert isinstance(squash_facts.get(key), (bool, np.bool_)), f'squash_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="The density is wrong for some x, mu and sigma, or not finite close to the ends. Which quantity is squared in the exponent, and does the slope multiply or divide?")
def test_like_torch(logit_normal_log_pdf, logit_normal_pdf):
    import numpy as np
    import torch
    inner = np.linspace(0.001, 0.999, 60).reshape(6, 10).T
    close = np.array([1e-12, 1e-300, 1 - 1e-12, 1e-05])
    squash = torch.distributions.transforms.SigmoidTransform()
    for mu, sigma in ((0.0, 1.0), (0.7, 0.4), (-2.0, 3.0), (1.0, 1.5)):
        base = torch.distributions.Normal(*torch.tensor([mu, sigma], dtype=torch.float64))
        oracle = torch.distributions.TransformedDistribution(base, [squash])
        for x in (inner, close):
            expected = oracle.log_prob(torch.tensor(x)).numpy()
            got = logit_normal_log_pdf(x, mu, sigma)
            assert got.shape == x.shape and np.allclose(got, expected, rtol=1e-09, atol=1e-09)
            assert np.allclose(logit_normal_pdf(x, mu, sigma), np.exp(expected), rtol=1e-08, atol=1e-12)
        outside = np.array([[0.0, -0.0, 1.0], [-1e-09, 1 + 1e-09, 7.0]])
        assert (logit_normal_log_pdf(outside, mu, sigma) == -np.inf).all()
        assert (logit_normal_pdf(outside, mu, sigma) == 0).all()

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements is decided wrongly. Try a wide base, sigma = 2, and a base that is not centred.")
def test_squash_facts(squash_facts):
    import numpy as np
    import torch
    squash = torch.distributions.transforms.SigmoidTransform()
    x = torch.linspace(0, 1, 4001, dtype=torch.float64)[1:-1]
    facts = dict.fromkeys(('median_moves_along', 'mean_moves_along', 'peak_moves_along', 'one_peak'), True)
    facts |= dict.fromkeys(('mass_moves_along', 'mirrored'), True)
    for mu, sigma in ((0.0, 1.0), (0.0, 2.0), (1.0, 1.0), (-1.0, 0.5)):
        base = torch.distributions.Normal(*torch.tensor([mu, sigma], dtype=torch.float64))
        pdf = torch.distributions.TransformedDistribution(base, [squash]).log_prob(x).exp()
        cdf = torch.cumsum(pdf, 0) * (x[1] - x[0])
        image = torch.sigmoid(torch.tensor(mu).double())
        below = cdf[torch.searchsorted(x, image)]
        facts['median_moves_along'] &= bool(abs(below - 0.5) < 0.005)
        facts['mean_moves_along'] &= bool(abs((pdf * x).sum() * (x[1] - x[0]) - image) < 0.005)
        facts['peak_moves_along'] &= bool(abs(x[pdf.argmax()] - image) < 0.005)
        facts['one_peak'] &= int(((pdf[1:-1] > pdf[:-2]) & (pdf[1:-1] > pdf[2:])).sum()) == 1
        ends = torch.tensor([mu - 0.5, mu + 1.5]).double()
        mass = torch.diff(cdf[torch.searchsorted(x, torch.sigmoid(ends))])
        facts['mass_moves_along'] &= bool(abs(mass - torch.diff(base.cdf(ends))) < 0.005)
        facts['mirrored'] &= mu != 0 or torch.allclose(pdf, pdf.flip(0))
    for key, fact in facts.items():
        assert isinstance(squash_facts[key], (bool, np.bool_))
        assert bool(squash_facts[key]) is bool(fact)

