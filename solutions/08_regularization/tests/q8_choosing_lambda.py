from otter.test_files import test_case

OK_FORMAT = False

name = "q8_choosing_lambda"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="In the small example the validation errors are 1, 0 and 1/4, and the strength 1 is chosen; choice_facts holds five booleans.")
def test_one_example_each(select_lambda, cross_validate, selection_study, choice_facts):
    import numpy as np
    one = np.ones((1, 1))
    got = select_lambda(one, np.array([2.0]), one, np.array([1.0]), [0.0, 1.0, 3.0])
    assert got is not None, 'select_lambda(...) returned None: expected the pair (best, errors)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'select_lambda should return the pair (best, errors)'
    assert np.shape(got[1]) == (3,), f'errors: expected shape (3,), got {np.shape(got[1])}'
    assert np.allclose(got[1], [1, 0, 0.25]), f'errors: expected [1, 0, 0.25], got {got[1]}'
    assert got[0] == 1, f'best: expected 1, got {got[0]}'
    got = cross_validate(np.ones((2, 1)), np.array([2.0, 1.0]), [0.0], np.array([0, 1]))
    assert got is not None, 'cross_validate(...) returned None: expected an array of shape (len(lams),)'
    assert np.shape(got) == (1,), f'cross_validate: expected shape (1,), got {np.shape(got)}'
    assert np.allclose(got, 1), f'cross_validate of two examples without a penalty: expected [1], got {got}'
    got = selection_study(lambda seed: (one, one[0], one, one[0], one, one[0]), [0.0], [1, 2])
    assert got is not None, 'selection_study(...) returned None: expected a dictionary'
    assert isinstance(got, dict), 'selection_study should return a dictionary'
    for key in ('chosen', 'validation', 'test', 'best_test'):
        assert np.shape(got.get(key)) == (2,), f'selection_study: {key!r} should have shape (2,)'
    assert isinstance(choice_facts, dict), 'choice_facts should be a dictionary'
    keys = ['one_lambda_for_all', 'validation_error_is_honest', 'validation_error_too_low', 'choice_is_optimal']
    for key in [*keys, 'hardly_matters']:
        assert isinstance(choice_facts.get(key), bool), f'choice_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="A validation error is wrong, or the wrong strength is chosen. Which examples may the fit see, and which decide? Folds can have different sizes.")
def test_errors_by_least_squares(select_lambda, cross_validate):
    import numpy as np

    def fit(X, y, lam):
        d = X.shape[1]
        return np.linalg.lstsq(np.vstack([X, np.sqrt(lam) * np.eye(d)]), np.append(y, np.zeros(d)), rcond=None)[0]
    rng = np.random.default_rng(821)
    lams = [30.0, 0.1, 1.0, 5.0]
    picked = set()
    for n, d in ((12, 3), (5, 8), (30, 1), (20, 15)) * 3:
        X, X_val = (rng.normal(size=(n, d)), rng.normal(size=(7, d)))
        true = rng.normal(size=d) * rng.choice([0.1, 1.0])
        y, y_val = (X @ true + rng.normal(size=n), X_val @ true + rng.normal(size=7))
        best, errors = select_lambda(X, y, X_val, y_val, lams)
        expected = [np.mean((X_val @ fit(X, y, lam) - y_val) ** 2) for lam in lams]
        assert np.shape(errors) == (4,) and np.allclose(errors, expected, rtol=1e-08, atol=1e-10)
        assert best == lams[int(np.argmin(expected))]
        picked.add(best)
        for folds in (np.arange(n), np.arange(n) % 3 * 5 - 2, (np.arange(n) > 3).astype(int)):
            residuals = np.zeros((4, n))
            for k, lam in enumerate(lams):
                for i in range(n):
                    others = folds != folds[i]
                    residuals[k, i] = X[i] @ fit(X[others], y[others], lam) - y[i]
            got = cross_validate(X, y, lams, folds)
            assert np.shape(got) == (4,) and np.allclose(got, (residuals ** 2).mean(axis=1), rtol=1e-08, atol=1e-10)
    assert len(picked) > 2
    zeros = np.zeros((3, 2))
    assert select_lambda(zeros, np.ones(3), zeros, np.ones(3), [7.0, 2.0, 1.0])[0] == 7

@test_case(points=1, hidden=True, 
    failure_message="The study reports other numbers than it should. The test examples only judge; they choose nothing but \"best_test\".")
def test_study(selection_study):
    import numpy as np

    def make_data(seed):
        rng = np.random.default_rng(seed + 900)
        X, true = (rng.normal(size=(60, 6)), rng.normal(size=6))
        y = X @ true + 2 * rng.normal(size=60)
        return (X[:10], y[:10], X[10:18], y[10:18], X[18:], y[18:])
    lams, seeds = ([0.1, 1.0, 4.0, 15.0, 60.0], [3, 1, 4, 15, 9, 26, 5, 35])
    got = selection_study(make_data, lams, seeds)
    assert set(got) == {'chosen', 'validation', 'test', 'best_test'}
    differ = 0
    for k, seed in enumerate(seeds):
        X, y, X_val, y_val, X_test, y_test = make_data(seed)
        u, s, vt = np.linalg.svd(X, full_matrices=False)
        fits = [vt.T @ (s / (s ** 2 + lam) * (u.T @ y)) for lam in lams]
        validation, test = ([np.mean((A @ w - b) ** 2) for w in fits] for A, b in ((X_val, y_val), (X_test, y_test)))
        pick = int(np.argmin(validation))
        differ += pick != int(np.argmin(test))
        expected = {'chosen': lams[pick], 'validation': min(validation), 'test': test[pick], 'best_test': min(test)}
        for key, value in expected.items():
            assert np.shape(got[key]) == (8,) and abs(got[key][k] - value) < 1e-08 * (1 + value)
    assert differ >= 2

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about the study is decided wrongly. Take more splits.")
def test_choice_facts(choice_facts, STRENGTHS):
    import numpy as np
    lams = np.array([0.01, 0.1, 1.0, 3.0, 10.0, 30.0, 100.0])
    assert list(STRENGTHS) == lams.tolist()
    picks, found, tested, best = ([], [], [], [])
    for seed in range(1000, 1150):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(540, 15))
        y = X @ np.linspace(-0.6, 0.6, 15) + rng.normal(size=540)
        u, s, vt = np.linalg.svd(X[:20], full_matrices=False)
        W = vt.T @ (s[:, None] / (s[:, None] ** 2 + lams) * (u.T @ y[:20])[:, None])
        validation, test = (((X[part] @ W - y[part, None]) ** 2).mean(axis=0) for part in (slice(20, 40), slice(40, 540)))
        pick = int(validation.argmin())
        picks.append(pick)
        found.append(validation[pick])
        tested.append(test[pick])
        best.append(test.min())
    ratio, loss = (np.mean(found) / np.mean(tested), np.array(tested) / np.array(best))
    assert choice_facts['one_lambda_for_all'] is (len(set(picks)) == 1)
    assert choice_facts['validation_error_is_honest'] is bool(abs(ratio - 1) < 0.02)
    assert choice_facts['validation_error_too_low'] is bool(ratio < 1)
    assert choice_facts['choice_is_optimal'] is bool((loss == 1).mean() >= 0.95)
    assert choice_facts['hardly_matters'] is bool((loss < 1.1).mean() > 0.5)

