from otter.test_files import test_case

OK_FORMAT = False

name = "q2_merging_noise"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="The constants 3 and -4 give 5, with the correlation 1/2 the root of 13; two uniform noises with equal constants have the excess kurtosis -0.6; merge_facts holds five booleans.")
def test_two_noises(merged_scale, kurtosis_of_sum, merge_facts):
    import numpy as np
    import torch
    coefs = torch.tensor([3.0, -4.0], dtype=torch.float64)
    for name, got, expected in (('merged_scale((3, -4))', merged_scale(coefs), 5.0), ('merged_scale((3, -4), 0.5)', merged_scale(coefs, 0.5), 13 ** 0.5), ('kurtosis_of_sum((1, 1), -1.2)', kurtosis_of_sum(torch.ones(2), -1.2), -0.6)):
        assert got is not None, f'{name} returned None: expected a float'
        assert np.shape(got) == (), f'{name}: expected one number, got shape {np.shape(got)}'
        assert abs(float(got) - expected) < 1e-06, f'{name}: expected {expected:.6f}, got {float(got):.6f}'
    assert isinstance(merge_facts, dict), 'merge_facts should be a dictionary'
    for key in ('normal_law', 'uniform_law', 'any_moments', 'uncorrelated_variance', 'uncorrelated_law'):
        fact = merge_facts.get(key)
        assert isinstance(fact, (bool, np.bool_)), f'merge_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The standard deviation of a sum is wrong. What adds up, and what do correlated pairs contribute, with which sign?")
def test_scale_against_factors(merged_scale):
    import torch
    rng = torch.Generator().manual_seed(1903)
    for n in (1, 2, 3, 6):
        for rho in (0.0, 0.5, 0.95, -0.15):
            R = torch.full((n, n), rho, dtype=torch.float64).fill_diagonal_(1.0)
            factor = torch.linalg.cholesky(R)
            for zeros in (0, n - 1):
                coefs = 3 * torch.randn(n, generator=rng, dtype=torch.float64)
                coefs[:zeros] = 0
                expected = torch.linalg.vector_norm(factor.T @ coefs).item()
                assert abs(float(merged_scale(coefs, rho)) - expected) <= 1e-11 * (1 + expected)
                if rho == 0:
                    assert abs(float(merged_scale(coefs)) - expected) <= 1e-11 * (1 + expected)

@test_case(points=1, hidden=True, 
    failure_message="The excess kurtosis of a sum is wrong for some noises or constants. Try noises that are +1 or -1, where you can list all cases.")
def test_kurtosis_against_enumeration(kurtosis_of_sum):
    from itertools import product
    import torch
    rng = torch.Generator().manual_seed(1904)
    for n in (1, 2, 3, 4):
        for values in ((-1.0, 1.0), (-1.0, 0.0, 1.0), (-1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)):
            e = torch.tensor(values, dtype=torch.float64)
            e = e / e.square().mean().sqrt()
            coefs = 2 * torch.randn(n, generator=rng, dtype=torch.float64)
            u = torch.tensor(list(product(e.tolist(), repeat=n)), dtype=torch.float64) @ coefs
            expected = (u ** 4).mean() / (u ** 2).mean() ** 2 - 3
            assert abs(float(kurtosis_of_sum(coefs, (e ** 4).mean().item() - 3)) - expected) <= 1e-10
        assert abs(float(kurtosis_of_sum(coefs, 0.0))) <= 1e-12

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about merged noises is decided wrongly.")
def test_merge_facts(merge_facts):
    import math
    import torch
    grid = torch.linspace(-12, 12, 4801, dtype=torch.float64)
    width = (grid[1] - grid[0]).item()

    def sum_density(p, c1, c2):
        """Density of c1 e1 + c2 e2 on a few points, by integrating over e1."""
        at = torch.linspace(-3, 3, 13, dtype=torch.float64)[:, None]
        return (p(grid) * p((at - c1 * grid) / c2)).sum(dim=1) * width / c2

    def one_density(p, s):
        at = torch.linspace(-3, 3, 13, dtype=torch.float64)
        return p(at / s) / s

    def normal(e):
        return torch.exp(-e ** 2 / 2) / math.sqrt(2 * math.pi)

    def uniform(e):
        return (e.abs() < math.sqrt(3)).double() / math.sqrt(12)
    same = [(sum_density(p, 0.6, 0.8) - one_density(p, 1.0)).abs().max() < 0.001 for p in (normal, uniform)]
    odd = torch.tensor([2.0, -0.5, -0.5, -0.5, -0.5], dtype=torch.float64)
    u = 3 * odd[:, None] - 4 * odd
    values = torch.tensor([-2.0, -1.0, 1.0, 2.0])
    e = torch.stack([values.repeat(2), torch.cat([values, -values])])
    found = {'normal_law': same[0], 'uniform_law': same[1], 'any_moments': u.mean().abs() < 1e-09 and (u.square().mean() - 25).abs() < 1e-09, 'uncorrelated_variance': e.sum(dim=0).square().mean() == e.square().sum(dim=0).mean(), 'uncorrelated_law': (e.sum(dim=0) == 0).float().mean() == 0}
    for key, fact in found.items():
        assert bool(merge_facts[key]) == bool(fact)

