from otter.test_files import test_case

OK_FORMAT = False

name = "q7_penalty_sweep"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="For the inputs (0, 2), the targets (0, 4) and lambda 1 the fit is w = 1, b = 1; sweep_facts holds five booleans.")
def test_two_points(ridge, sweep, stuck_part, sweep_facts):
    import numpy as np
    X, y = (np.array([[0.0], [2.0]]), np.array([0.0, 4.0]))
    got = ridge(X, y, 1.0)
    assert got is not None, 'ridge(...) returned None: expected the pair (w, b)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'ridge should return the pair (w, b)'
    assert np.shape(got[0]) == (1,), f'ridge: expected w of shape (1,), got {np.shape(got[0])}'
    assert np.shape(got[1]) == (), f'ridge: b should be a single number, got shape {np.shape(got[1])}'
    assert abs(got[0][0] - 1) < 1e-09 and abs(got[1] - 1) < 1e-09, f'ridge: expected w = [1], b = 1, got {got}'
    got = sweep([1.0], X, y, X, y)
    assert got is not None, 'sweep(...) returned None: expected a dictionary'
    assert isinstance(got, dict), 'sweep should return a dictionary'
    for key in ('train', 'test', 'norm'):
        assert key in got, f'sweep: the dictionary has no entry {key!r}'
        assert np.shape(got[key]) == (1,), f'sweep: expected {key!r} of shape (1,), got {np.shape(got[key])}'
        assert abs(got[key][0] - 1) < 1e-09, f'sweep: expected {key!r} to be [1], got {got[key]}'
    got = stuck_part(np.array([[1.0, 1.0]]), np.array([3.0, 1.0]))
    assert got is not None, 'stuck_part(...) returned None: expected an array of shape (D,)'
    assert np.allclose(got, [1, -1]), f'stuck_part: expected [1, -1], got {got}'
    assert isinstance(sweep_facts, dict), 'sweep_facts should be a dictionary'
    keys = ['training_error_can_fall', 'norm_can_rise', 'smallest_is_best', 'ends_at_zero', 'start_to_blame']
    for key in keys:
        assert isinstance(sweep_facts.get(key), bool), f'sweep_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="The fit is not the minimum of the printed loss, or an error is not the plain mean squared error. Mind the mean over the examples, and who is penalised.")
def test_minimum_of_the_loss(ridge, sweep):
    import numpy as np
    import torch
    rng = np.random.default_rng(818)
    lams = [0.001, 0.1, 1.0, 20.0]
    for n, d in ((1, 1), (2, 3), (20, 15), (8, 30), (50, 2)):
        X, y = (rng.normal(size=(n, d)) + 1.0, rng.normal(size=n) + 4.0)
        X_test, y_test = (rng.normal(size=(9, d)), rng.normal(size=9))
        got = sweep(lams, X, y, X_test, y_test)
        assert set(got) == {'train', 'test', 'norm'}
        for k, lam in enumerate(lams):
            w, b = ridge(X, y, lam)
            assert np.shape(w) == (d,) and np.shape(b) == ()
            tw, tb = (torch.tensor(w, requires_grad=True), torch.tensor(float(b), dtype=torch.float64, requires_grad=True))
            r = torch.tensor(X) @ tw + tb - torch.tensor(y)
            ((0.5 * r ** 2).mean() + lam / 2 * (tw ** 2).sum()).backward()
            assert tw.grad.abs().max() < 1e-09 and abs(tb.grad) < 1e-09
            test = ((torch.tensor(X_test) @ tw + tb - torch.tensor(y_test)) ** 2).mean().item()
            expected = {'train': (r ** 2).mean().item(), 'test': test, 'norm': tw.norm().item()}
            for key, value in expected.items():
                assert np.shape(got[key]) == (4,) and abs(got[key][k] - value) < 1e-09 * (1 + value)
    w, b = ridge(X, y, 1000000000.0)
    assert np.abs(w).max() < 1e-06 and abs(b - y.mean()) < 1e-06

@test_case(points=1, hidden=True, 
    failure_message="stuck_part is not what gradient descent leaves alone. Think of dependent rows, and of more rows than inputs.")
def test_what_never_moves(stuck_part):
    import numpy as np
    rng = np.random.default_rng(819)
    for n, d in ((1, 4), (3, 8), (6, 6), (10, 3), (1, 1)):
        for doubled in (False, True):
            X, w = (rng.normal(size=(n, d)), rng.normal(size=d))
            X = np.vstack([X, X[:1]]) if doubled else X
            values, vectors = np.linalg.eigh(X.T @ X)
            still = vectors[:, values < 1e-09 * values.max()]
            got = stuck_part(X, w)
            assert np.shape(got) == (d,) and np.allclose(got, still @ (still.T @ w), rtol=0, atol=1e-08)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about the sweep is decided wrongly. Compute what you are not sure of.")
def test_sweep_facts(sweep_facts):
    import numpy as np
    rng = np.random.default_rng(820)
    lams = np.geomspace(0.001, 1000.0, 13)
    true = 0.3 * rng.normal(size=15)
    test_errors, falls, rises, far = (np.zeros(13), False, False, [])
    for _ in range(20):
        X = rng.normal(size=(220, 15))
        y = X @ true + 2.0 + rng.normal(size=220)
        errors, norms = ([], [])
        for k, lam in enumerate(lams):
            rows = np.vstack([np.column_stack([X[:20], np.ones(20)]), np.sqrt(20 * lam) * np.eye(16)[:15]])
            phi = np.linalg.lstsq(rows, np.append(y[:20], np.zeros(15)), rcond=None)[0]
            out = X @ phi[:15] + phi[15]
            errors.append(((out - y)[:20] ** 2).mean())
            norms.append(np.linalg.norm(phi[:15]))
            test_errors[k] += ((out - y)[20:] ** 2).mean() / 20
        falls |= bool((np.diff(errors) < -1e-09).any())
        rises |= bool((np.diff(norms) > 1e-09).any())
        far.append(np.abs(out).max())
    X, start = (rng.normal(size=(20, 200)), rng.normal(size=200))
    y, X_test = (X @ np.full(200, 0.01) + 0.01 * rng.normal(size=20), rng.normal(size=(500, 200)))
    ends = [w + np.linalg.lstsq(X, y - X @ w, rcond=None)[0] for w in (start, 0 * start)]
    errors = [((X_test @ (w - 0.01)) ** 2).mean() for w in ends]
    assert sweep_facts['training_error_can_fall'] is falls
    assert sweep_facts['norm_can_rise'] is rises
    assert sweep_facts['smallest_is_best'] is bool(test_errors.argmin() == 0)
    assert sweep_facts['ends_at_zero'] is bool(max(far) < 0.1)
    assert sweep_facts['start_to_blame'] is bool(errors[0] > 100 * errors[1])

