from otter.test_files import test_case

OK_FORMAT = False

name = "q6_bias_variance_noise"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="Outputs 1 and 3 for a truth of 5 have the bias 9 and the variance 1. A constant fitted to 4 targets has the training error 0.75.")
def test_two_outputs(decompose, linear_errors, error_facts):
    import numpy as np
    got = decompose(np.array([[1.0], [3.0]]), np.array([5.0]), 0.5)
    assert isinstance(got, dict), f'decompose should return a dictionary, got {got}'
    for key, expected in (('bias', 9), ('variance', 1), ('noise', 0.5)):
        assert key in got, f'decompose: the dictionary has no entry {key!r}'
        assert np.isclose(got[key], expected), f'decompose, {key}: expected {expected}, got {got[key]}'
    got = linear_errors(np.ones((4, 1)), np.zeros(4), 1.0)
    assert isinstance(got, dict), f'linear_errors should return a dictionary, got {got}'
    for key, expected in (('bias', 0), ('variance', 0.25), ('noise', 1), ('train', 0.75), ('test', 1.25)):
        assert key in got, f'linear_errors: the dictionary has no entry {key!r}'
        assert np.isclose(got[key], expected), f'linear_errors, {key}: expected {expected}, got {got[key]}'
    assert isinstance(error_facts, dict), 'error_facts should be a dictionary'
    keys = ['noise_falls', 'variance_falls', 'bias_needs_clean_targets', 'column_never_adds_bias']
    for key in keys + ['column_never_adds_variance', 'true_model_trains_below_noise']:
        assert isinstance(error_facts.get(key), bool), f'error_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The parts are wrong for some outputs, or do not add up to the error on fresh targets. Average over the models at each input first.")
def test_parts_against_every_pair(decompose):
    import numpy as np
    rng = np.random.default_rng(714)
    for s, n in ((1, 1), (1, 5), (6, 1), (4, 3), (30, 7), (3, 3)):
        outputs, truth, sigma = (rng.normal(size=(2 * s, n))[::2] + 2, rng.normal(size=n), rng.uniform(0, 2))
        got = decompose(outputs, truth, sigma ** 2)
        assert set(got) == {'bias', 'variance', 'noise'}
        pairs = [((a - b) ** 2).mean() for a in outputs for b in outputs]
        error = np.mean([((f - truth - sign * sigma) ** 2).mean() for f in outputs for sign in (1, -1)])
        assert abs(got['variance'] - np.mean(pairs) / 2) < 1e-10
        assert abs(got['noise'] - sigma ** 2) < 1e-12
        assert abs(got['bias'] + got['variance'] + got['noise'] - error) < 1e-10

@test_case(points=2, hidden=True, 
    failure_message="For some features the expected values are not the averages over the noise. Is the training error measured on the targets of the fit? Do columns that depend on one another count twice?")
def test_errors_averaged_over_noise(linear_errors):
    import numpy as np
    rng = np.random.default_rng(715)
    cases = [(rng.normal(size=(n, q)), rng.normal(size=n) * 2) for n, q in ((5, 2), (9, 4), (1, 1), (6, 6), (12, 1))]
    cases += [(rng.normal(size=(3, 5)), rng.normal(size=3)), (np.ones((4, 3)), np.arange(4.0))]
    cases += [(np.zeros((4, 2)), np.arange(4.0)), (rng.normal(size=(8, 6))[:, ::2] @ rng.normal(size=(3, 4)), np.ones(8))]
    x = np.linspace(-1, 1, 10)
    cases += [(np.vander(x, 3), np.sin(3 * x)), (np.vander(x, 4), 1 + x ** 3)]
    for phi, truth in cases:
        n = len(truth)
        for sigma in (0.0, 0.7, 2.0):
            noises = sigma * np.sqrt(n) * np.concatenate([np.eye(n), -np.eye(n)])
            fits = [phi @ np.linalg.lstsq(phi, truth + e, rcond=None)[0] for e in noises]
            middle = np.mean(fits, axis=0)
            expected = {'bias': ((middle - truth) ** 2).mean(), 'variance': np.mean([((f - middle) ** 2).mean() for f in fits]), 'noise': sigma ** 2, 'train': np.mean([((f - truth - e) ** 2).mean() for f, e in zip(fits, noises)]), 'test': np.mean([((f - truth - e) ** 2).mean() for f in fits for e in noises])}
            got = linear_errors(phi, truth, sigma ** 2)
            assert set(got) == set(expected)
            for key, value in expected.items():
                assert abs(got[key] - value) <= 1e-09 * (1 + value)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements on bias, variance and noise is decided wrongly. Work out the parts for small examples.")
def test_error_facts(error_facts):
    import numpy as np
    rng = np.random.default_rng(716)

    def parts(phi, truth, variance):
        q = np.linalg.qr(phi)[0]
        bias = ((truth - q @ (q.T @ truth)) ** 2).mean()
        spread = variance * q.shape[1] / len(phi)
        return (bias, spread, bias + variance - spread, bias + variance + spread)
    falls, cleaner, adds_bias, adds_variance, between = ([], [], [], [], [])
    for _ in range(50):
        phi, truth = (rng.normal(size=(10, 4)), rng.normal(size=10))
        small, large = (parts(phi[:, :3], truth, 1.0), parts(phi, truth, 1.0))
        many = parts(np.tile(phi[:, :3], (5, 1)), np.tile(truth, 5), 1.0)
        falls.append(many[1] < small[1])
        cleaner.append(parts(phi, truth, 0.1)[0] < large[0])
        adds_bias.append(large[0] > small[0] + 1e-12)
        adds_variance.append(large[1] > small[1] + 1e-12)
        _, _, train, test = parts(phi, phi @ rng.normal(size=4), 1.0)
        between.append(train < 1 < test)
    scatter = [rng.normal(size=size).var() for size in (1000, 100000)]
    assert error_facts['noise_falls'] is bool(scatter[1] < 0.5 * scatter[0])
    assert error_facts['variance_falls'] is all(falls)
    assert error_facts['bias_needs_clean_targets'] is any(cleaner)
    assert error_facts['column_never_adds_bias'] is (not any(adds_bias))
    assert error_facts['column_never_adds_variance'] is (not any(adds_variance))
    assert error_facts['true_model_trains_below_noise'] is all(between)

