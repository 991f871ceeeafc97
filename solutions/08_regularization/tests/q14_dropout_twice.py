from otter.test_files import test_case

OK_FORMAT = False

name = "q14_dropout_twice"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="Two layers with the rate 0.5 act like one with 0.75, and add the variances 1 and 2; merged_rate is a float.")
def test_two_halves(merged_rate, merge_dropout, split_dropout, noise_budget):
    import numpy as np
    assert isinstance(merged_rate, float), 'merged_rate should be a float'
    for name, got, expected in (('merge_dropout([0.5, 0.5])', merge_dropout([0.5, 0.5]), 0.75), ('split_dropout(0.75, 2)', split_dropout(0.75, 2), 0.5)):
        assert got is not None, f'{name} returned None: expected a float'
        assert np.shape(got) == () and abs(got - expected) < 1e-09, f'{name}: expected {expected}, got {got}'
    got = noise_budget([0.5, 0.5])
    assert got is not None, 'noise_budget(...) returned None: expected an array'
    assert np.shape(got) == (2,), f'noise_budget: expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, [1, 2]), f'noise_budget([0.5, 0.5]): expected [1, 2], got {got}'

@test_case(points=1, hidden=True, 
    failure_message="The merged rate is not that of the layers in a row. When does a unit come out as zero?")
def test_merged(merged_rate, merge_dropout):
    from fractions import Fraction
    from itertools import product
    lists = [[0.1, 0.2], [0.2, 0.1], [0.3], [0.0, 0.4], [0.5, 0.0, 0.25], [0.1] * 6, [0.7, 1.0], [1.0], [0.0], []]
    for rates in lists:
        dropped = Fraction(0)
        for fates in product((True, False), repeat=len(rates)):
            chance = Fraction(1)
            for fate, rate in zip(fates, rates):
                chance *= Fraction(rate) if fate else 1 - Fraction(rate)
            dropped += chance if any(fates) else 0
        assert abs(merge_dropout(rates) - float(dropped)) < 1e-12
        if rates == [0.1, 0.2]:
            assert abs(merged_rate - float(dropped)) < 1e-09

@test_case(points=1, hidden=True, 
    failure_message="Equal layers do not give the rate back, or a layer's part of the variance is wrong. A later layer also multiplies the noise of the earlier ones.")
def test_split_and_budget(split_dropout, noise_budget):
    import numpy as np
    for rate in (0.0, 0.1, 0.28, 0.9, 1.0):
        for k in (1, 2, 3, 7):
            kept = (1 - split_dropout(rate, k)) ** k
            assert abs(kept - (1 - rate)) < 1e-12
    rng = np.random.default_rng(831)
    for n in (1, 2, 5):
        rates = [float(v) for v in rng.uniform(0, 0.9, size=n)]
        got = np.asarray(noise_budget(rates))
        assert got.shape == (n,)
        v = 0.0
        for p, part in zip(rates, got):
            after = (v + 1) / (1 - p) - 1
            assert abs(part - (after - v)) < 1e-09 * (1 + after)
            v = after

