from otter.test_files import test_case

OK_FORMAT = False

name = "q3_discrete_bound"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For the prior (1/2, 1/2) and the likelihood (0.8, 0.2) the posterior is (0.8, 0.2); q = (1/2, 1/2) has the ELBO -0.916 and the gap 0.223; bound_facts holds five booleans.")
def test_two_codes(posterior, elbo, gap, bound_facts):
    import numpy as np
    half, lik = (np.array([0.5, 0.5]), np.array([0.8, 0.2]))
    got = posterior(half, lik)
    assert got is not None, 'posterior(...) returned None: expected an array'
    assert np.shape(got) == (2,), f'posterior: expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, lik), f'posterior: expected [0.8, 0.2], got {np.asarray(got).tolist()}'
    for name, got, expected in (('elbo', elbo(half, half, lik), np.log(0.4)), ('gap', gap(half, half, lik), np.log(1.25))):
        assert got is not None, f'{name}(...) returned None: expected a float'
        assert np.shape(got) == (), f'{name} should return one number, got shape {np.shape(got)}'
        assert abs(got - expected) < 1e-09, f'{name}: expected {expected:.4f}, got {got}'
    assert isinstance(bound_facts, dict), 'bound_facts should be a dictionary'
    keys = ['symmetric', 'q_changes_evidence', 'best_q_is_posterior', 'tight_elsewhere', 'prior_keeps_fit_only']
    for key in keys:
        assert isinstance(bound_facts.get(key), (bool, np.bool_)), f'bound_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="ELBO or posterior are wrong for some model. Mind the order and the sign of the divergence, and codes that q leaves out.")
def test_bound_by_sums(posterior, elbo):
    import math
    import numpy as np
    rng = np.random.default_rng(1805)
    for k in (1, 2, 4, 9):
        for scale in (1.0, 30.0, 1e-120):
            prior, q = (rng.dirichlet(np.ones(k)), rng.dirichlet(np.ones(k)))
            lik = scale * rng.uniform(0.01, 1, size=k)
            if k > 2:
                q[1] = 0
                q /= q.sum()
            evidence = math.fsum((a * b for a, b in zip(prior, lik)))
            expected = math.fsum((c * (math.log(b) - math.log(c / a)) for a, b, c in zip(prior, lik, q) if c > 0))
            assert abs(elbo(q, prior, lik) - expected) <= 1e-10
            got = posterior(prior, lik)
            assert np.allclose(got, [a * b / evidence for a, b in zip(prior, lik)], rtol=1e-11, atol=0)
            assert abs(elbo(np.asarray(got), prior, lik) - math.log(evidence)) <= 1e-10

@test_case(points=1, hidden=True, 
    failure_message="Gap and ELBO do not add up to log p(x), or a tiny gap is not exact.")
def test_gap(gap):
    import math
    import numpy as np
    rng = np.random.default_rng(1806)
    for k in (1, 2, 5, 12):
        for _ in range(8):
            prior, q = (rng.dirichlet(np.ones(k)), rng.dirichlet(np.ones(k)))
            lik = rng.uniform(0.01, 5, size=k)
            if k > 2:
                q[k - 1] = 0
                q /= q.sum()
            bound = math.fsum((c * math.log(a * b / c) for a, b, c in zip(prior, lik, q) if c > 0))
            assert abs(gap(q, prior, lik) - (math.log(prior @ lik) - bound)) <= 1e-11
    for lik in np.array([[3e-200, 1e-200], [6e-200, 2e-200], [2.1e-300, 7e-301], [9e-300, 3e-300]]):
        q = np.array([0.75 + 3e-07, 0.25 - 3e-07])
        half_square = 0.5 * 9e-14 * (1 / 0.75 + 1 / 0.25)
        assert abs(gap(q, np.array([0.5, 0.5]), lik) / half_square - 1) < 0.01

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about the bound is decided wrongly.")
def test_bound_facts(bound_facts):
    import numpy as np
    rng = np.random.default_rng(1807)

    def divergence(q, p):
        return np.sum(q * (np.log(q) - np.log(p)))
    asymmetry, evidences, best, closest, prior_error = ([], [], True, np.inf, 0.0)
    for _ in range(100):
        prior, lik = (rng.dirichlet(np.ones(3)), rng.uniform(0.1, 1, size=3))
        after = prior * lik / (prior @ lik)
        bounds = []
        for q in [after, *rng.dirichlet(np.ones(3), size=5)]:
            bounds.append(q @ np.log(lik) - divergence(q, prior))
            asymmetry.append(abs(divergence(q, prior) - divergence(prior, q)))
            evidences.append(q @ np.log(prior * lik / after) - np.log(prior @ lik))
            distance = np.abs(q - after).sum()
            if distance > 0.05:
                closest = min(closest, np.log(prior @ lik) - bounds[-1])
        best = best and bounds[0] >= max(bounds[1:])
        prior_error = max(prior_error, abs(prior @ np.log(lik) - divergence(prior, prior) - prior @ np.log(lik)))
    found = {'symmetric': max(asymmetry) < 1e-06, 'q_changes_evidence': np.max(np.abs(evidences)) > 1e-09, 'best_q_is_posterior': best, 'tight_elsewhere': closest < 1e-06, 'prior_keeps_fit_only': prior_error < 1e-09}
    for key, fact in found.items():
        assert isinstance(bound_facts[key], (bool, np.bool_)) and bool(bound_facts[key]) == bool(fact)

