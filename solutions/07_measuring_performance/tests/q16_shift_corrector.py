from otter.test_files import test_case

OK_FORMAT = False

name = "q16_shift_corrector"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="If source and target inputs repeat the same values, all weights are 1. A constant fitted to 0 and 4 with the weights 3 and 1 is 1.")
def test_no_shift(density_ratio, weighted_fit, weighted_error, corrector_facts):
    import numpy as np
    x = np.array([[-1.0], [0.0], [2.0]])
    got = density_ratio(np.tile(x, (2, 1)), x)
    assert got is not None, 'density_ratio(...) returned None: expected an array of shape (m,)'
    assert np.shape(got) == (6,), f'density_ratio: expected shape (6,), got {np.shape(got)}'
    assert np.allclose(got, 1, atol=0.001), f'density_ratio without a shift: expected ones, got {got}'
    got = weighted_fit(np.ones((2, 1)), np.array([0.0, 4.0]), np.array([3.0, 1.0]))
    assert got is not None, 'weighted_fit(...) returned None: expected an array of shape (q,)'
    assert np.shape(got) == (1,), f'weighted_fit: expected shape (1,), got {np.shape(got)}'
    assert np.allclose(got, 1), f'weighted_fit: expected [1], got {got}'
    got = weighted_error(np.array([1.0, 1.0]), np.array([0.0, 4.0]), np.array([3.0, 1.0]))
    assert got is not None, 'weighted_error(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got - 6) < 1e-09, f'weighted_error: expected 6, got {got}'
    assert isinstance(corrector_facts, dict), 'corrector_facts should be a dictionary'
    keys = ['wrong_model_gains', 'true_model_needs_weights', 'labelling_may_change', 'no_source_needed']
    for key in [*keys, 'mean_is_one']:
        assert isinstance(corrector_facts.get(key), bool), f'corrector_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="The weights are not close to the ratio of the densities. Which way round is it, and what do unequal numbers of inputs do to the odds?")
def test_ratio_of_normals(density_ratio):
    import numpy as np
    rng = np.random.default_rng(744)
    for m, k, d, shift in ((2000, 1000, 1, 1.0), (1500, 3000, 2, -0.7), (2000, 2000, 3, 0.5)):
        xs, xt = (rng.normal(size=(m, d)), rng.normal(size=(k, d)) + shift)
        exact = np.exp(shift * xs.sum(axis=1) - d * shift ** 2 / 2)
        got = density_ratio(xs, xt)
        assert np.shape(got) == (m,)
        assert abs(got.mean() - 1) < 0.15
        assert np.corrcoef(got, exact)[0, 1] > 0.95
        assert np.quantile(np.abs(np.log(got / exact)), 0.95) < 0.8
        odds = got * k / m
        share = odds / (1 + odds)
        coefficients = np.linalg.lstsq(np.column_stack([np.ones(m), xs]), np.log(odds), rcond=None)[0]
        h = np.column_stack([np.ones(k), xt]) @ coefficients
        missed = share.sum() - (1 / (1 + np.exp(h))).sum()
        assert abs(missed) < 0.5

@test_case(points=1, hidden=True, 
    failure_message="Weighted fit or weighted error is wrong. A weight of 3 is an example that occurs three times; weights are not squared.")
def test_weights_as_repetitions(weighted_fit, weighted_error):
    import numpy as np
    rng = np.random.default_rng(745)
    for n, q in ((1, 1), (8, 3), (30, 2)):
        design, y = (rng.normal(size=(n, 2 * q))[:, ::2], rng.normal(size=n))
        counts = rng.integers(0, 5, size=n)
        counts[:q] += 1
        rows = np.repeat(np.arange(n), counts)
        expected = np.linalg.lstsq(design[rows], y[rows], rcond=None)[0]
        for scale in (1.0, 0.25):
            assert np.allclose(weighted_fit(design, y, scale * counts), expected, rtol=1e-07, atol=1e-07)
        outputs = design @ expected
        squares = (outputs[rows] - y[rows]) ** 2
        assert abs(weighted_error(outputs, y, 1.0 * counts) - squares.sum() / n) < 1e-09
        ones = weighted_fit(design, y, np.ones(n))
        assert np.abs(design.T @ (design @ ones - y)).max() < 1e-09

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements on the corrector is decided wrongly. Try each with densities of your choice.")
def test_corrector_facts(corrector_facts):
    import numpy as np
    x = np.linspace(-6, 7, 4001)
    source, target = (np.exp(-x ** 2 / 2), np.exp(-(x - 1.5) ** 2 / 2))
    source, target = (source / source.sum(), target / target.sum())
    line = np.column_stack([np.ones(len(x)), x])

    def fitted(weights, y):
        return line @ np.linalg.solve(line.T @ (line * weights[:, None]), line.T @ (weights * y))
    error = lambda f, y: (target * (f - y) ** 2).sum()
    gain = error(fitted(source, np.sin(x)), np.sin(x)) - error(fitted(source * (target / source), np.sin(x)), np.sin(x))
    found = error(fitted(source, 2 - 3 * x), 2 - 3 * x)
    relabelled = error(fitted(target, np.sin(x)), np.cos(x))
    left = np.where(x < 0, source, 0.0)
    blind = error(fitted(left * np.where(x < 0, target / source, 0.0), np.abs(x)), np.abs(x))
    best = error(fitted(target, np.abs(x)), np.abs(x))
    assert corrector_facts['wrong_model_gains'] is bool(gain > 1e-06)
    assert corrector_facts['true_model_needs_weights'] is bool(found > 1e-06)
    assert corrector_facts['labelling_may_change'] is bool(relabelled < error(fitted(target, np.cos(x)), np.cos(x)) + 1e-06)
    assert corrector_facts['no_source_needed'] is bool(blind < best + 1e-06)
    assert corrector_facts['mean_is_one'] is bool(abs((source * (target / source)).sum() - 1) < 1e-09)

