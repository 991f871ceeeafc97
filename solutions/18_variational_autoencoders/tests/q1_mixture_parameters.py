from otter.test_files import test_case

OK_FORMAT = False

name = "q1_mixture_parameters"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="One Gaussian has 3 parameters, 2 of them free; the example of two components has the weights 1/2, the means 7 and 8 and the variances 1 and 4.")
def test_two_components(total_5, free_5, mixture_counts, unpack, mixture_pdf):
    import numpy as np
    for name, count in (('total_5', total_5), ('free_5', free_5)):
        assert isinstance(count, (int, np.integer)), f'{name} should be an integer'
    got = mixture_counts(1)
    assert got is not None, 'mixture_counts(1) returned None: expected a pair of integers'
    assert tuple(got) == (3, 2), f'mixture_counts(1): expected (3, 2), got {got}'
    got = unpack(np.array([0.0, 7.0, 8.0, 0.0, np.log(4)]))
    assert isinstance(got, (tuple, list)) and len(got) == 3, 'unpack should return three arrays (lam, mu, var)'
    for name, values, expected in zip(('lam', 'mu', 'var'), got, ([0.5, 0.5], [7.0, 8.0], [1.0, 4.0])):
        assert np.shape(values) == (2,), f'{name} should have shape (2,), got {np.shape(values)}'
        assert np.allclose(values, expected), f'{name}: expected {expected}, got {np.asarray(values).tolist()}'
    one = np.array([1.0])
    got = mixture_pdf(np.array([3.0, 3.0]), one, np.array([3.0]), one / (2 * np.pi))
    assert got is not None, 'mixture_pdf(...) returned None: expected an array'
    assert np.shape(got) == (2,), f'mixture_pdf: expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, 1), f'one Gaussian with variance 1/(2 pi) has density 1 at its mean, got {got}'

@test_case(points=1, hidden=True, 
    failure_message="A count is wrong. Which of the numbers are tied to the others, and by how many equations?")
def test_counts(total_5, free_5, mixture_counts):
    import numpy as np
    import torch
    for n in (1, 2, 3, 5, 8, 40):
        total, free = mixture_counts(n)
        assert isinstance(total, (int, np.integer)) and isinstance(free, (int, np.integer))
        logits = torch.randn(n, dtype=torch.float64)
        slopes = torch.autograd.functional.jacobian(lambda v: torch.softmax(v, 0), logits)
        moves = int(torch.linalg.matrix_rank(slopes)) + 2 * n
        assert (total, free) == (len([*range(n)] * 3), moves)
        if n == 5:
            assert (total_5, free_5) == (total, free)

@test_case(points=1, hidden=True, 
    failure_message="For some numbers unpack does not give allowed parameters, or not the right ones. Try one component, and very large logits.")
def test_unpack(unpack):
    import numpy as np
    import torch
    rng = np.random.default_rng(1801)
    cases = [rng.normal(size=3 * n - 1) * scale for n in (1, 2, 3, 5, 9) for scale in (1.0, 30.0)]
    cases.append(np.array([1000.0, -1000.0, 5.0, -6.0, 0.5, 100.0, -100.0, 0.0]))
    cases.append(np.array([-1000.0, -999.0, 1.0, 2.0, 3.0, -1.0, 1.0, 0.0]))
    for theta in cases:
        n = (len(theta) + 1) // 3
        logits = torch.cat([torch.tensor(theta[:n - 1]), torch.zeros(1, dtype=torch.float64)])
        lam, mu, var = unpack(theta)
        assert np.shape(lam) == np.shape(mu) == np.shape(var) == (n,)
        assert np.allclose(lam, torch.softmax(logits, 0).numpy(), rtol=1e-11, atol=1e-300)
        assert abs(np.sum(lam) - 1) <= 1e-11 and np.array_equal(mu, theta[n - 1:-n])
        assert np.all(np.asarray(var) > 0) and np.allclose(np.log(var), theta[-n:], rtol=1e-11, atol=1e-11)

@test_case(points=1, hidden=True, 
    failure_message="The density is wrong for some parameters, or impossible parameters are let through (or possible ones refused).")
def test_density(mixture_pdf):
    import numpy as np
    import torch
    from torch.distributions import Categorical, MixtureSameFamily, Normal
    rng = np.random.default_rng(1802)
    for n, scale in ((1, 1.0), (2, 0.1), (5, 3.0), (7, 10.0)):
        lam, mu, var = (rng.dirichlet(np.ones(n)), scale * rng.normal(size=n), scale * rng.uniform(0.2, 3, size=n))
        x = np.linspace(-20 * scale - 5, 20 * scale + 5, 4001)
        parts = Normal(torch.tensor(mu), torch.tensor(var).sqrt())
        oracle = MixtureSameFamily(Categorical(torch.tensor(lam)), parts).log_prob(torch.tensor(x)).exp().numpy()
        got = mixture_pdf(x, lam, mu, var)
        assert np.shape(got) == x.shape and np.allclose(got, oracle, rtol=1e-09, atol=1e-14)
        assert abs(np.trapezoid(got, x) - 1) < 1e-06

    def refused(lam, var):
        try:
            mixture_pdf(np.array([0.5]), np.array(lam), np.array([-1.0, 2.0]), np.array(var))
        except ValueError:
            return True
        return False
    impossible = [([1.5, -0.5], [1.0, 1.0]), ([0.5, 0.4], [1.0, 1.0]), ([0.5, 0.6], [1.0, 1.0]), ([0.5, 0.5 - 5e-08], [1.0, 1.0]), ([0.5, 0.5], [1.0, 0.0]), ([0.5, 0.5], [-1.0, 1.0])]
    assert all((refused(*case) for case in impossible))
    for lam, var in (([1.0, 0.0], [1.0, 2.0]), ([0.5, 0.5 + 4e-09], [1e-06, 50.0])):
        assert not refused(lam, var)

