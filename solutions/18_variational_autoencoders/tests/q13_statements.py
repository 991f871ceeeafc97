from otter.test_files import test_case

OK_FORMAT = False

name = "q13_statements"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="With the mean (1, 0), the variance 4 and the noise 1 in each direction, a decoder that changes nothing gives (3, 2); vae_facts holds five booleans, the other two answers are words of their lists.")
def test_plain_decoder(repeat, pixel_deviation, vae_facts, source_of_variety, bounded_quantity):
    import numpy as np
    got = repeat(lambda x: (x, np.full((1, 2), 4.0)), lambda z: z, np.array([1.0, 0.0]), np.ones((3, 2)))
    assert got is not None, 'repeat(...) returned None: expected an array of shape (K, D)'
    assert np.shape(got) == (3, 2), f'repeat: expected shape (3, 2), got {np.shape(got)}'
    assert np.allclose(got, [3.0, 2.0]), f'repeat: expected rows [3, 2], got {np.asarray(got).tolist()}'
    got = pixel_deviation(np.array([[0.0, 0.0], [2.0, 0.0]]))
    assert got is not None, 'pixel_deviation(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got - 0.5 ** 0.5) < 1e-09, f'pixel_deviation: expected 0.7071, got {got}'
    assert isinstance(vae_facts, dict), 'vae_facts should be a dictionary'
    for key in ('code_is_prior', 'same_every_time', 'loss_is_above', 'loss_is_tight', 'decoder_alone_is_deterministic'):
        assert isinstance(vae_facts.get(key), (bool, np.bool_)), f'vae_facts[{key!r}] should be True or False'
    words = ('decoder', 'code', 'prior', 'nothing')
    assert source_of_variety in words, f'source_of_variety should be one of {words}, got {source_of_variety!r}'
    words = ('evidence', 'prior_divergence', 'posterior_divergence', 'reconstruction')
    assert bounded_quantity in words, f'bounded_quantity should be one of {words}, got {bounded_quantity!r}'

@test_case(points=1, hidden=True, 
    failure_message="The reconstructions are not those of codes drawn from the encoder's distribution, or their deviation is wrong.")
def test_repeats(repeat, pixel_deviation):
    import math
    import numpy as np
    rng = np.random.default_rng(1829)
    for k, wide, d in ((1, 1, 1), (5, 4, 2), (30, 3, 6)):
        first, second, back = (rng.normal(size=(wide, d)), rng.normal(size=(wide, d)), rng.normal(size=(d, wide)))
        x, eps = (rng.normal(size=wide), rng.normal(size=(k, d)))
        got = repeat(lambda v: (v @ first, np.exp(v @ second)), lambda z: np.tanh(z) @ back, x, eps)
        rows = []
        for noise in eps:
            z = [m + math.exp(s / 2) * e for m, s, e in zip(x @ first, x @ second, noise)]
            rows.append([sum((math.tanh(v) * w for v, w in zip(z, column))) for column in back.T])
        assert np.shape(got) == (k, wide) and np.allclose(got, rows, rtol=1e-10, atol=1e-11)
        squares = sum(((p - q) ** 2 for one in rows for two in rows for p, q in zip(one, two))) / (2 * k * k * wide)
        got = pixel_deviation(np.array(rows))
        assert np.shape(got) == () and abs(got - math.sqrt(squares)) <= 1e-09

@test_case(points=2, hidden=True, 
    failure_message="At least one of the five statements or of the two words is wrong.")
def test_vae_facts(vae_facts, source_of_variety, bounded_quantity):
    import numpy as np
    rng = np.random.default_rng(1830)
    above, gaps, unlike_prior = ([], {}, [])
    quantities = ('evidence', 'prior_divergence', 'posterior_divergence', 'reconstruction')

    def divergence(m, v, m2, v2):
        return 0.5 * (v / v2 + (m - m2) ** 2 / v2 - 1 + np.log(v2 / v))
    for _ in range(200):
        x, w, s2 = (rng.normal() * 2, rng.normal() * 2, rng.uniform(0.1, 2))
        best = (w * x / (w ** 2 + s2), s2 / (w ** 2 + s2))
        unlike_prior.append(divergence(*best, 0, 1))
        evidence = 0.5 * (np.log(2 * np.pi * (w ** 2 + s2)) + x ** 2 / (w ** 2 + s2))
        for kind, (m, v) in (('best', best), ('other', (rng.normal(), rng.uniform(0.05, 2)))):
            reconstruction = 0.5 * (np.log(2 * np.pi * s2) + ((x - w * m) ** 2 + w ** 2 * v) / s2)
            loss = reconstruction + divergence(m, v, 0, 1)
            above.append(loss - evidence)
            values = (evidence, divergence(m, v, 0, 1), divergence(m, v, *best), reconstruction)
            for quantity, value in zip(quantities, values):
                gaps.setdefault((quantity, kind), []).append(loss - value)
    z, fresh = (np.full(20, 0.7), 0.7 + 0.3 * rng.normal(size=20))
    spreads = {'decoder': np.std(np.tanh(1.3 * z)), 'code': np.std(np.tanh(1.3 * fresh))}
    variety = [part for part, spread in spreads.items() if spread > 1e-06]
    bounded = [q for q in quantities if min(gaps[q, 'other']) > -1e-09 and np.max(np.abs(gaps[q, 'best'])) < 1e-09]
    found = {'code_is_prior': max(unlike_prior) < 1e-06, 'same_every_time': not variety, 'loss_is_above': min(above) > -1e-09, 'loss_is_tight': max(above) < 1e-09, 'decoder_alone_is_deterministic': spreads['decoder'] < 1e-12}
    for key, fact in found.items():
        assert isinstance(vae_facts[key], (bool, np.bool_)) and bool(vae_facts[key]) == bool(fact)
    assert [source_of_variety] == variety and [bounded_quantity] == bounded

