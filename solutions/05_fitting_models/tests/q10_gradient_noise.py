from otter.test_files import test_case

OK_FORMAT = False

name = "q10_gradient_noise"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For the gradients 0 and 2 and B = 2 the variance is 0.5 with replacement and 0 without.")
def test_two_gradients(variance_with, variance_without, noise_facts):
    import numpy as np
    gradients = np.array([[0.0], [2.0]])
    for name, function, expected in (('with', variance_with, (1.0, 0.5)), ('without', variance_without, (1.0, 0.0))):
        for batch in (1, 2):
            got = function(gradients, batch)
            assert got is not None, f'variance_{name}(...) returned None: expected a float'
            assert np.shape(got) == (), f'variance_{name} should return a single number, got shape {np.shape(got)}'
            want = expected[batch - 1]
            assert abs(got - want) < 1e-09, f'variance_{name} for B = {batch}: expected {want}, got {got}'
    assert isinstance(noise_facts, dict), 'noise_facts should be a dictionary'
    keys = ['right_on_average', 'sgd_scatters_least', 'doubling_halves_with']
    for key in keys + ['doubling_halves_without', 'full_batch_is_exact']:
        assert isinstance(noise_facts.get(key), bool), f'noise_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="For some N, d and B the variance is not that over all possible batches. Listing them all for small N shows it.")
def test_all_batches_listed(variance_with, variance_without):
    from itertools import combinations, product
    import numpy as np
    rng = np.random.default_rng(516)
    for n, d in ((2, 1), (3, 2), (4, 1), (5, 3)):
        gradients = np.asfortranarray(rng.normal(size=(n, d)) * 3 + 5)
        for batch in range(1, n + 1):
            for function, draws in ((variance_with, product(range(n), repeat=batch)), (variance_without, combinations(range(n), batch))):
                means = np.array([gradients[list(indices)].mean(axis=0) for indices in draws])
                expected = ((means - gradients.mean(axis=0)) ** 2).sum(axis=1).mean()
                assert abs(function(gradients, batch) - expected) < 1e-09
    gradients = rng.normal(size=(12, 4))
    for batch in (1, 2, 3, 11, 12):
        means = np.array([gradients[list(indices)].mean(axis=0) for indices in combinations(range(12), batch)])
        expected = ((means - gradients.mean(axis=0)) ** 2).sum(axis=1).mean()
        assert abs(variance_without(gradients, batch) - expected) < 1e-09
    same = np.ones((6, 2)) * 0.5
    assert abs(variance_with(same, 2)) < 1e-12 and abs(variance_without(same, 2)) < 1e-12

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements is decided wrongly. Does SGD owe its speed to little noise?")
def test_noise_facts(noise_facts):
    from itertools import combinations, product
    import numpy as np
    gradients = np.random.default_rng(517).normal(size=(6, 2)) + 2
    bias, with_, without = (0.0, {}, {})
    for batch in range(1, 7):
        for kind, draws in ((with_, product(range(6), repeat=batch)), (without, combinations(range(6), batch))):
            means = np.array([gradients[list(indices)].mean(axis=0) for indices in draws])
            bias = max(bias, np.abs(means.mean(axis=0) - gradients.mean(axis=0)).max())
            kind[batch] = ((means - gradients.mean(axis=0)) ** 2).sum(axis=1).mean()
    halves = lambda kind: all((abs(kind[2 * b] / kind[b] - 0.5) < 1e-09 for b in (1, 2, 3)))
    assert noise_facts['right_on_average'] is bool(bias < 1e-09)
    assert noise_facts['sgd_scatters_least'] is bool(with_[1] < with_[2] and without[1] < without[2])
    assert noise_facts['doubling_halves_with'] is halves(with_)
    assert noise_facts['doubling_halves_without'] is halves(without)
    assert noise_facts['full_batch_is_exact'] is bool(without[6] < 1e-12)

