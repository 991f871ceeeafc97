from otter.test_files import test_case

OK_FORMAT = False

name = "q12_narrowing"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="The probabilities 0.5, 0.3, 0.2 change as in the text, matching_scale(1) is 0.5396, and narrowing_facts holds five booleans.")
def test_three_tokens(temper, top_k, top_p, matching_scale, narrowing_facts):
    import numpy as np
    import torch
    logits = torch.tensor([0.3, 0.5, 0.2], dtype=torch.float64).log()
    for name, got, expected in (('temper(logits, 0.5)', temper(logits, 0.5), [0.09 / 0.38, 0.25 / 0.38, 0.04 / 0.38]), ('top_k(logits, 2)', top_k(logits, 2), [0.375, 0.625, 0.0]), ('top_p(logits, 0.6)', top_p(logits, 0.6), [0.375, 0.625, 0.0])):
        assert isinstance(got, torch.Tensor), f'{name} should return a tensor, got {type(got).__name__}'
        assert got.shape == (3,), f'{name}: expected shape (3,), got {tuple(got.shape)}'
        message = f'{name} for probabilities 0.3, 0.5, 0.2: expected {np.round(expected, 4)}, got {got.numpy().round(4)}'
        assert np.allclose(got.numpy(), expected, atol=1e-09), message
    got = matching_scale(1.0)
    assert got is not None, 'matching_scale(1.0) returned None: expected a float'
    assert np.shape(got) == () and abs(float(got) - 0.5396) < 0.0001, f'matching_scale(1.0): expected 0.5396, got {got}'
    assert isinstance(narrowing_facts, dict), 'narrowing_facts should be a dictionary'
    for key in ('keeps_support', 'keeps_order', 'same_count', 'greedy_limit', 'same_latents'):
        fact = narrowing_facts.get(key)
        assert isinstance(fact, (bool, np.bool_)), f'narrowing_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="Probabilities are wrong for some logits. Is the token that reaches p still in, do the rest keep their proportions, and what becomes of huge logits?")
def test_tokens_one_by_one(temper, top_k, top_p):
    import math
    import torch

    def probabilities(logits, kept):
        """Of the kept tokens, with Python's own sums."""
        top = max((logits[i] for i in kept))
        whole = math.fsum((math.exp(logits[i] - top) for i in kept))
        shares = [math.exp(s - top) / whole if i in kept else 0.0 for i, s in enumerate(logits)]
        return torch.tensor(shares, dtype=torch.float64)

    def agree(got, logits, kept):
        assert got.shape == (len(logits),) and got.dtype == torch.float64
        return (got - probabilities(logits, kept)).abs().max() <= 1e-10
    rng = torch.Generator().manual_seed(1932)
    for size in (1, 2, 5, 12):
        for scale, offset in ((1.0, 0.0), (3.0, -5.0), (0.1, 1000.0)):
            logits = offset + scale * torch.randn(size, generator=rng, dtype=torch.float64)
            values = logits.tolist()
            order = sorted(range(size), key=lambda i: -values[i])
            for k in range(1, size + 1):
                assert agree(top_k(logits, k), values, order[:k])
            for temperature in (0.05, 0.5, 1.0, 3.0):
                assert agree(temper(logits, temperature), [s / temperature for s in values], order)
            for p in (0.0001, 0.35, 0.62, 0.9, 0.9999):
                kept, total = ([], 0.0)
                for i in order:
                    if total < p:
                        kept.append(i)
                        total += probabilities(values, order)[i].item()
                assert agree(top_p(logits, p), values, kept)

@test_case(points=1, hidden=True, 
    failure_message="The two variances differ. Latents that are drawn again do not pile up at the ends, and a scale is the root of a variance.")
def test_scale_against_integral(matching_scale):
    import numpy as np
    for tau in (0.1, 0.37, 1.0, 2.2, 4.0, 10.0):
        nodes, weights = np.polynomial.legendre.leggauss(80)
        z = tau * nodes
        density = weights * np.exp(-z ** 2 / 2)
        expected = np.sqrt((density * z ** 2).sum() / density.sum())
        assert abs(float(matching_scale(tau)) - expected) <= 1e-09

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about narrowing is decided wrongly.")
def test_narrowing_facts(narrowing_facts):
    import numpy as np

    def cut(p, keep):
        """The keep most probable tokens of p, in proportion."""
        kept = np.where(p >= np.sort(p)[-keep], p, 0)
        return kept / kept.sum()

    def cooled(p, temperature):
        powers = (p / p.max()) ** (1 / temperature)
        return powers / powers.sum()

    def count(p, share):
        return int((np.cumsum(np.sort(p)[::-1]) < share).sum()) + 1
    rng = np.random.default_rng(1933)
    some = rng.dirichlet(np.ones(6), size=30)
    after = lambda p: [cooled(p, t) for t in (0.2, 0.7, 4.0)] + [cut(p, k) for k in (1, 3, count(p, 0.8))]
    z = np.linspace(-1, 1, 20001)
    density = np.exp(-z ** 2 / 2)
    kurtosis = np.average(z ** 4, weights=density) / np.average(z ** 2, weights=density) ** 2 - 3
    found = {'keeps_support': all((cooled(p, t).min() > 0 for p in some for t in (0.2, 0.7, 4.0))), 'keeps_order': all(((np.diff(new[np.argsort(p)]) >= 0).all() for p in some for new in after(p))), 'same_count': len({count(p, 0.8) for p in some}) == 1, 'greedy_limit': all((np.abs(cooled(p, 0.0001) - cut(p, 1)).max() < 0.001 for p in some)), 'same_latents': abs(kurtosis) < 0.01}
    for key, fact in found.items():
        assert bool(narrowing_facts[key]) == bool(fact)

