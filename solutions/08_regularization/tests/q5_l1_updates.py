from otter.test_files import test_case

OK_FORMAT = False

name = "q5_l1_updates"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="In the small example L2 leads to w = 1.7, both L1 steps to 1.75, and b becomes -0.2; l1_facts holds four booleans.")
def test_one_weight(l2_step, l1_step, prox_step, lasso, l1_facts):
    import numpy as np
    X, y, w = (np.array([[1.0]]), np.array([0.0]), np.array([2.0]))
    for name, step, expected in (('l2_step', l2_step, 1.7), ('l1_step', l1_step, 1.75), ('prox_step', prox_step, 1.75)):
        got = step(w, 0.0, X, y, 0.1, 0.5)
        assert got is not None, f'{name}(...) returned None: expected the pair (w, b)'
        assert isinstance(got, (tuple, list)) and len(got) == 2, f'{name} should return the pair (w, b)'
        assert np.shape(got[0]) == (1,), f'{name}: expected w of shape (1,), got {np.shape(got[0])}'
        assert np.shape(got[1]) == (), f'{name}: b should be a single number, got shape {np.shape(got[1])}'
        assert abs(got[0][0] - expected) < 1e-09, f'{name}: expected w = {expected}, got {got[0][0]}'
        assert abs(got[1] + 0.2) < 1e-09, f'{name}: expected b = -0.2, got {got[1]}'
    got = lasso(X, y, 0.1, 0.5, 3)
    assert got is not None, 'lasso(...) returned None: expected the pair (w, b)'
    assert np.allclose(got[0], 0), f'lasso with targets of zero: expected w = [0], got {got[0]}'
    assert isinstance(l1_facts, dict), 'l1_facts should be a dictionary'
    for key in ('constant_pull', 'gradient_steps_give_zeros', 'batch_divides', 'factor_form_is_safe'):
        assert isinstance(l1_facts.get(key), bool), f'l1_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="A step differs from autograd's gradient of the printed loss, or a proximal step moves weights by the wrong length. Try weights of zero, and the same examples twice.")
def test_steps_by_autograd(l2_step, l1_step, prox_step):
    import numpy as np
    import torch
    rng = np.random.default_rng(812)
    for n, d in ((1, 1), (1, 6), (8, 4), (30, 3)):
        for rate, lam in ((0.1, 0.5), (0.02, 3.0), (0.7, 0.0), (1.5, 1.0)):
            X, y, b = (rng.normal(size=(n, d)), rng.normal(size=n), float(rng.normal()))
            w = rng.normal(size=d) * rng.integers(0, 2, size=d)
            for name, step in (('l2', l2_step), ('l1', l1_step), ('bare', prox_step)):
                tw, tb = (torch.tensor(w, requires_grad=True), torch.tensor(b, dtype=torch.float64, requires_grad=True))
                loss = (0.5 * (torch.tensor(X) @ tw + tb - torch.tensor(y)) ** 2).mean()
                penalty = {'l2': lam / 2 * (tw ** 2).sum(), 'l1': lam * tw.abs().sum(), 'bare': 0.0}[name]
                (loss + penalty).backward()
                moved, bias = (tw.detach() - rate * tw.grad, b - rate * tb.grad)
                if name == 'bare':
                    moved = torch.nn.functional.softshrink(moved, rate * lam)
                for copies in (1, 8):
                    got_w, got_b = step(w, b, np.tile(X, (copies, 1)), np.tile(y, copies), rate, lam)
                    assert np.shape(got_w) == (d,) and np.isfinite(got_w).all()
                    assert np.allclose(got_w, moved.numpy(), rtol=1e-10, atol=1e-12)
                    assert abs(got_b - bias.item()) < 1e-10
    X, y = (np.eye(2), np.array([0.4, -4.0]))
    got, _ = prox_step(np.zeros(2), 0.0, X, y, 0.5, 0.3)
    assert got[0] == 0 and got[1] < 0

@test_case(points=1, hidden=True, 
    failure_message="After many steps lasso is not at the minimum of the L1 loss, or its useless weights are not exactly zero.")
def test_lasso_at_its_minimum(lasso):
    import numpy as np
    rng = np.random.default_rng(813)
    for lam in (0.05, 0.3, 1.0):
        X = rng.normal(size=(60, 8))
        y = X @ np.array([2.0, -1.0, 0.5, 0, 0, 0, 0, 0]) + 3.0 + 0.3 * rng.normal(size=60)
        w, b = lasso(X, y, 0.2, lam, 400)
        w, slope = (np.asarray(w), X.T @ (X @ w + b - y) / 60)
        assert (w == 0).any() and (w != 0).any() and (abs((X @ w + b - y).mean()) < 1e-09)
        assert np.abs(slope[w != 0] + lam * np.sign(w[w != 0])).max() < 1e-09
        assert np.abs(slope[w == 0]).max() <= lam + 1e-09
    w, b = lasso(X, y, 0.2, 100.0, 1)
    assert (np.asarray(w) == 0).all() and abs(b - 0.2 * y.mean()) < 1e-12
    w, b = lasso(X, y, 0.2, 0.1, 0)
    assert np.shape(w) == (8,) and (np.asarray(w) == 0).all() and (b == 0)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the four statements about L1 steps is decided wrongly.")
def test_l1_facts(l1_facts):
    import numpy as np
    import torch

    def pull(term, start, copies=1):
        w = torch.tensor([start], dtype=torch.float64, requires_grad=True)
        x = torch.ones(copies, 1, dtype=torch.float64)
        (0.5 * ((x @ w - start) ** 2).mean() + 0.3 * term(w)).backward()
        return w.grad.item()
    absolute, square = (lambda w: w.abs().sum(), lambda w: 0.5 * (w ** 2).sum())
    ratios = (pull(absolute, 5.0) / pull(absolute, 0.5), pull(square, 5.0) / pull(square, 0.5))
    rng = np.random.default_rng(814)
    X = rng.normal(size=(40, 6))
    y, w = (2 * X[:, 0], np.zeros(6))
    for _ in range(2000):
        w = w - 0.1 * (X.T @ (X @ w - y) / 40 + 0.3 * np.sign(w))
    with np.errstate(all='ignore'):
        factor = (1 - 0.1 * 0.3 / np.abs(np.zeros(1))) * np.zeros(1)
    assert l1_facts['constant_pull'] is bool(np.allclose(ratios, (1, 10)))
    assert l1_facts['gradient_steps_give_zeros'] is bool((w[1:] == 0).any())
    assert l1_facts['batch_divides'] is bool(abs(pull(square, 2.0, 8) / pull(square, 2.0) - 1 / 8) < 0.01)
    assert l1_facts['factor_form_is_safe'] is bool(np.isfinite(factor).all())

