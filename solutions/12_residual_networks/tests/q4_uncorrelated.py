from otter.test_files import test_case

OK_FORMAT = False

name = "q4_uncorrelated"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="Variances 1 and 1 with the covariance -1 give 0; the rows (0) and (2) give 1/2 and 3/4 with the ReLU last, 0 and 2 with the linear map last; sum_facts holds five booleans.")
def test_small_cases(variance_of_sum, branch_moments, sum_facts):
    import numpy as np
    got = variance_of_sum(np.array([[1.0, -1.0], [-1.0, 1.0]]))
    assert got is not None, 'variance_of_sum(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got) < 1e-12, f'variance_of_sum: expected 0, got {got}'
    for relu_last, covariance, variance in ((True, 0.5, 0.75), (False, 0.0, 2.0)):
        got = branch_moments(np.array([[0.0], [2.0]]), 1.0, relu_last)
        assert got is not None, 'branch_moments(...) returned None: expected (covariance, variance)'
        assert isinstance(got, (tuple, list)) and len(got) == 2, 'branch_moments: expected (covariance, variance)'
        assert np.shape(got[0]) == (1,), f'covariance: expected shape (1,), got {np.shape(got[0])}'
        assert np.shape(got[1]) == (), f'variance should be a single number, got shape {np.shape(got[1])}'
        assert abs(got[0][0] - covariance) < 1e-12, f'covariance: expected {covariance}, got {got[0][0]}'
        assert abs(got[1] - variance) < 1e-12, f'variance: expected {variance}, got {got[1]}'
    assert isinstance(sum_facts, dict), 'sum_facts should be a dictionary'
    for key in ('relu_then_linear', 'linear_then_relu', 'symmetric_inputs', 'independent', 'one_draw'):
        assert isinstance(sum_facts.get(key), bool), f'sum_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The variance of a sum is wrong for some covariance matrices. How often does each covariance occur in the expanded square?")
def test_variance_of_samples(variance_of_sum):
    import numpy as np
    rng = np.random.default_rng(1206)
    for n in (1, 2, 2, 3, 6):
        u = rng.normal(size=(50, n)) @ rng.normal(size=(n, n))
        cov = np.atleast_2d(np.cov(u.T, bias=True))
        expected = u.sum(axis=1).var()
        assert abs(variance_of_sum(cov) - expected) <= 1e-11 * np.abs(cov).sum()
    assert abs(variance_of_sum(np.array([[2, 1], [1, 3]])) - 7) < 1e-12

@test_case(points=2, hidden=True, 
    failure_message="Covariance or variance is not that over inputs and weights together. Try two inputs of several units, in both orders of ReLU and linear map.")
def test_moments_by_listing(branch_moments):
    from itertools import product
    import numpy as np
    rng = np.random.default_rng(1207)
    for n, d, s in ((1, 1, 1.0), (2, 1, 0.3), (1, 3, 2.0), (5, 3, 0.7), (4, 4, 1.5), (7, 6, 0.1)):
        H = rng.normal(size=(n, d)) + rng.exponential(size=(n, d))
        H[0, 0] = -1.0
        for relu_last in (True, False):
            inputs, values = ([], [])
            for h in H:
                for w in product((-s, s), repeat=d):
                    if relu_last:
                        v = max(sum((a * b for a, b in zip(w, h))), 0.0)
                    else:
                        v = sum((a * max(b, 0.0) for a, b in zip(w, h)))
                    inputs.append(h)
                    values.append(v)
            inputs, values = (np.array(inputs), np.array(values))
            expected = (inputs * values[:, None]).mean(axis=0) - inputs.mean(axis=0) * values.mean()
            got = branch_moments(H, s, relu_last)
            assert np.shape(got[0]) == (d,) and np.abs(got[0] - expected).max() <= 1e-11
            assert abs(got[1] - (values ** 2).mean() + values.mean() ** 2) <= 1e-10

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about covariances is decided wrongly.")
def test_sum_facts(sum_facts):
    from itertools import product
    import numpy as np
    rng = np.random.default_rng(1208)
    half = rng.exponential(size=(6, 4)) - 0.3
    skewed, symmetric = (half, np.concatenate([half, -half]))
    W = np.array(list(product((-1.0, 1.0), repeat=4))).T

    def covariances(H, v):
        return np.abs((H - H.mean(axis=0)).T @ v / len(H)).max()
    first = np.maximum(skewed, 0) @ W
    last = np.maximum(skewed @ W, 0).mean(axis=1)
    last_symmetric = np.maximum(symmetric @ W, 0).mean(axis=1)
    dependence = covariances(skewed ** 2, (first ** 2).mean(axis=1))
    found = {'relu_then_linear': covariances(skewed, first.mean(axis=1)) < 1e-09, 'linear_then_relu': covariances(skewed, last) < 1e-09, 'symmetric_inputs': covariances(symmetric, last_symmetric) < 1e-09, 'independent': dependence < 1e-09, 'one_draw': max((covariances(skewed, first[:, k]) for k in range(16))) < 1e-09}
    for key, fact in found.items():
        assert sum_facts[key] is bool(fact)

