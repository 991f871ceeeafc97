from otter.test_files import test_case

OK_FORMAT = False

name = "q17_dropout_as_penalty"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="For x = (1, 2), w = (3, 1) and p = 0.5 the penalty is 13, and with the first input dropped the loss is 16; pair_facts holds five booleans.")
def test_one_masked_example(dropout_penalty, fit, mask_loss, pair_facts):
    import numpy as np
    X, w = (np.array([[1.0, 2.0]]), np.array([3.0, 1.0]))
    got = dropout_penalty(X, w, 0.5)
    assert got is not None, 'dropout_penalty(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got - 13) < 1e-09, f'dropout_penalty: expected 13, got {got}'
    got = mask_loss(X, np.array([0.0]), w, np.array([[False, True]]), 0.5)
    assert got is not None, 'mask_loss(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got - 16) < 1e-09, f'mask_loss: expected 16, got {got}'
    got = fit(np.eye(2), np.array([2.0, -4.0]), 0.0, 1.0)
    assert got is not None, 'fit(...) returned None: expected an array of shape (D,)'
    assert np.shape(got) == (2,), f'fit: expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, [1, -2]), f'fit with lam = 1 and no dropout: expected [1, -2], got {got}'
    assert isinstance(pair_facts, dict), 'pair_facts should be a dictionary'
    for key in ('same_as_ridge', 'dropout_sees_units', 'decay_sees_units', 'dropout_fades', 'decay_fades'):
        assert isinstance(pair_facts.get(key), bool), f'pair_facts[{key!r}] should be True or False'

@test_case(points=1.5, hidden=True, 
    failure_message="The mean over all masks is not the loss plus your penalty. Is every input dropped on its own, and are the others rescaled?")
def test_all_masks(dropout_penalty, mask_loss):
    import itertools
    import numpy as np
    rng = np.random.default_rng(835)
    for n, d in ((1, 1), (2, 3), (1, 4), (3, 2)):
        for p in (0.0, 0.2, 0.5, 0.9):
            X, y, w = (rng.normal(size=(n, d)), rng.normal(size=n), rng.normal(size=d))
            mean = 0.0
            for bits in itertools.product((False, True), repeat=n * d):
                keep = np.array(bits).reshape(n, d)
                outputs = [sum((X[i, j] * w[j] / (1 - p) for j in range(d) if keep[i, j])) for i in range(n)]
                loss = sum(((out - target) ** 2 for out, target in zip(outputs, y)))
                mean += (1 - p) ** keep.sum() * p ** (~keep).sum() * loss
                if rng.random() < 0.1:
                    assert abs(mask_loss(X, y, w, keep, p) - loss) < 1e-09 * (1 + loss)
            plain = ((X @ w - y) ** 2).sum()
            assert abs(plain + dropout_penalty(X, w, p) - mean) < 1e-09 * (1 + mean)
            assert abs(mask_loss(X, y, w, np.ones((n, d), dtype=bool), 0.0) - plain) < 1e-09 * (1 + plain)

@test_case(points=1.5, hidden=True, 
    failure_message="The weights do not minimise the loss averaged over the masks. Which inputs are held back more by dropout, and which more by weight decay?")
def test_minimum_with_both(fit):
    import numpy as np
    import torch
    rng = np.random.default_rng(836)
    for n, d in ((1, 1), (20, 4), (3, 6), (50, 2)):
        for p, lam in ((0.5, 0.0), (0.2, 1.5), (0.0, 2.0), (0.9, 0.1)):
            X, y = (rng.normal(size=(n, d)) * rng.uniform(0.2, 3, size=d), rng.normal(size=n))
            got = fit(X, y, p, lam)
            assert np.shape(got) == (d,)
            w = torch.tensor(got, requires_grad=True)
            x, loss = (torch.tensor(X), lam * (w ** 2).sum())
            mean, second = ((1 - p) * (x / (1 - p)) * w, (1 - p) * (x / (1 - p)) ** 2 * w ** 2)
            loss = loss + ((mean.sum(1) - torch.tensor(y)) ** 2).sum() + (second - mean ** 2).sum()
            loss.backward()
            assert w.grad.abs().max() < 1e-08 * (1 + np.abs(X.T @ y).max())

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about dropout and weight decay is decided wrongly. Multiply a column of X by 100, or repeat its rows.")
def test_pair_facts(pair_facts):
    import numpy as np
    rng = np.random.default_rng(837)
    X, y = (rng.normal(size=(30, 3)) * np.array([1.0, 0.3, 2.0]), rng.normal(size=30))
    units = np.array([100.0, 1.0, 1.0])

    def best(X, y, p, lam):
        rows = np.diag(np.sqrt(p / (1 - p) * (X ** 2).sum(axis=0) + lam))
        return np.linalg.lstsq(np.vstack([X, rows]), np.append(y, np.zeros(3)), rcond=None)[0]
    plain = np.linalg.lstsq(X, y, rcond=None)[0]
    sees, fades = ({}, {})
    for name, p, lam in (('dropout', 0.5, 0.0), ('decay', 0.0, 5.0)):
        w = best(X, y, p, lam)
        sees[name] = bool(np.abs(X @ w - X * units @ best(X * units, y, p, lam)).max() > 1e-06)
        many = best(np.tile(X, (1000, 1)), np.tile(y, 1000), p, lam)
        fades[name] = bool(np.abs(many - plain).max() < 0.1 * np.abs(w - plain).max())
        assert pair_facts[name + '_sees_units'] is sees[name]
        assert pair_facts[name + '_fades'] is fades[name]
    w = best(X, y, 0.5, 0.0)
    needed = X.T @ (y - X @ w) / w
    assert pair_facts['same_as_ridge'] is bool(np.allclose(needed, needed[0]))

