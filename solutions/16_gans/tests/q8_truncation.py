from otter.test_files import test_case

OK_FORMAT = False

name = "q8_truncation"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="With tau = 2 a share of 0.0455 is cut off in one dimension and of 0.0889 in two; kept_power holds four integers.")
def test_one_and_two_dimensions(share_cut, log10_kept, draw_truncated, kept_power):
    import numpy as np
    import torch
    for d, expected in ((1, 0.0455), (2, 0.0889)):
        got = share_cut(2.0, d)
        assert got is not None, f'share_cut(2.0, {d}) returned None: expected a float'
        assert np.shape(got) == (), f'share_cut: expected a single number, got shape {np.shape(got)}'
        assert abs(got - expected) < 0.0001, f'share_cut(2.0, {d}): expected {expected}, got {got}'
    got = log10_kept(2.0, 1)
    assert got is not None, 'log10_kept(2.0, 1) returned None: expected a float'
    assert np.shape(got) == () and got < 0, f'log10_kept: expected a negative number, got {got}'
    got = draw_truncated(3, 2, 1.0, 0)
    assert got is not None, 'draw_truncated(...) returned None: expected a tensor'
    assert isinstance(got, torch.Tensor), 'draw_truncated should return a tensor'
    assert got.shape == (3, 2), f'draw_truncated(3, 2, 1.0, 0): expected shape (3, 2), got {tuple(got.shape)}'
    assert got.dtype == torch.float32, f'draw_truncated: expected float32, got {got.dtype}'
    assert isinstance(kept_power, dict), 'kept_power should be a dictionary'
    for tau in (2, 1, 0.5, 0.04):
        got = kept_power.get(tau)
        assert isinstance(got, (int, np.integer)), f'kept_power[{tau}] should be an integer, got {got!r}'

@test_case(points=1, hidden=True, 
    failure_message="A share is wrong for some cube, or loses its digits where it is tiny. Both tails and all dimensions count.")
def test_share_cut(share_cut):
    import math
    import numpy as np
    import torch
    nodes, weights = np.polynomial.legendre.leggauss(80)
    density = lambda x: np.exp(-x ** 2 / 2) / np.sqrt(2 * np.pi)
    for tau in (0.04, 0.5, 1.0, 1.7, 2.0, 4.0):
        within = tau * (weights @ density(tau * nodes))
        for d in (1, 2, 3, 10, 100):
            assert abs(share_cut(tau, d) - (1 - within ** d)) < 1e-09
    for tau in (5.0, 10.0, 25.0):
        one_side = torch.special.log_ndtr(torch.tensor(-tau, dtype=torch.float64)).item()
        for d in (1, 100):
            expected = 2 * d * math.exp(one_side)
            correct = -expected * expected * (d - 1) / (2 * d)
            assert abs(share_cut(tau, d) - expected - correct) <= 1e-08 * expected

@test_case(points=1, hidden=True, 
    failure_message="The logarithm of the kept share, or one of the four powers of ten, is wrong. Shares of independent coordinates multiply.")
def test_log_of_kept_share(log10_kept, kept_power):
    import math
    from fractions import Fraction
    import torch

    def within(tau):
        t = Fraction(tau)
        terms = [Fraction((-1) ** k) * t ** (2 * k + 1) / (2 ** k * math.factorial(k) * (2 * k + 1)) for k in range(40)]
        return float(sum(terms)) * math.sqrt(2 / math.pi)
    for tau in (0.04, 0.25, 0.5, 1.0, 2.0):
        for d in (1, 7, 100, 1000, 100000):
            expected = d * math.log10(within(tau))
            assert abs(log10_kept(tau, d) - expected) < 1e-09 * abs(expected)
    tail = 2 * math.exp(torch.special.log_ndtr(torch.tensor(-12.0, dtype=torch.float64)).item())
    assert abs(log10_kept(12.0, 5) / (-5 * tail / math.log(10)) - 1) < 1e-08
    for tau in (2, 1, 0.5, 0.04):
        share = Fraction(within(tau)) ** 100
        k = kept_power[tau]
        assert Fraction(10) ** int(k) < share < Fraction(10) ** (int(k) + 1)

@test_case(points=2, hidden=True, 
    failure_message="The latents do not have the distribution of a truncated normal, or seeds do not do what they should. Nothing piles up at the border.")
def test_truncated_latents(draw_truncated):
    import torch
    normal = torch.distributions.Normal(0.0, 1.0)
    for n, d, tau in ((50, 400, 0.5), (200, 100, 2.0), (400, 50, 1.0), (1, 20000, 3.0), (100, 40, 0.04)):
        z = draw_truncated(n, d, tau, 7)
        assert z.shape == (n, d) and z.dtype == torch.float32
        assert z.abs().max() <= tau
        u = (normal.cdf(z.flatten().sort().values) - normal.cdf(torch.tensor(-tau))) / (1 - 2 * normal.cdf(-torch.tensor(tau)))
        gap = (u - (torch.arange(n * d) + 0.5) / (n * d)).abs().max()
        assert gap < 4 / (n * d) ** 0.5
        for one, other in ((z[:, :-1], z[:, 1:]), (z[:-1], z[1:])):
            if one.numel():
                assert ((one * other).mean() / z.var()).abs() < 9 / one.numel() ** 0.5
    first, again, other = (draw_truncated(5, 4, 0.7, seed) for seed in (3, 3, 4))
    assert torch.equal(first, again) and (not torch.equal(first, other))

