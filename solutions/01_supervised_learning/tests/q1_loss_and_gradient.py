from otter.test_files import test_case

OK_FORMAT = False

name = "q1_loss_and_gradient"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For the pairs (0, 1), (2, 1) and phi (2, 1) the loss is 10, the gradient (8, 12), and the step (-1, 0) has the parts -8 and 2.")
def test_two_pairs(line_loss, line_loss_grad, loss_change):
    import numpy as np
    phi, x, y = (np.array([2.0, 1.0]), np.array([0.0, 2.0]), np.array([1.0, 1.0]))
    loss = line_loss(phi, x, y)
    assert loss is not None, 'line_loss(...) returned None: expected a float'
    assert np.shape(loss) == (), f'line_loss should return a single number, got shape {np.shape(loss)}'
    assert abs(loss - 10) < 1e-09, f'line_loss: expected 10, got {loss}'
    grad = line_loss_grad(phi, x, y)
    assert grad is not None, 'line_loss_grad(...) returned None: expected an array of shape (2,)'
    assert isinstance(grad, np.ndarray), 'line_loss_grad should return a numpy array'
    assert grad.shape == (2,), f'line_loss_grad: expected shape (2,), got {grad.shape}'
    assert grad.dtype == np.float64, f'line_loss_grad: expected dtype float64, got {grad.dtype}'
    assert np.allclose(grad, [8, 12]), f'line_loss_grad: expected [8, 12], got {grad.tolist()}'
    parts = loss_change(phi, np.array([-1.0, 0.0]), x, y)
    assert parts is not None, 'loss_change(...) returned None: expected the pair (linear, quadratic)'
    assert isinstance(parts, (tuple, list)) and len(parts) == 2, 'loss_change: expected (linear, quadratic)'
    assert np.allclose(parts, [-8, 2]), f'loss_change: expected (-8, 2), got {tuple(parts)}'

@test_case(points=1.5, hidden=True, 
    failure_message="Loss or gradient is wrong for some data. Is it a sum over all pairs, and does each residual enter each derivative as it should?")
def test_against_autograd(line_loss, line_loss_grad):
    import numpy as np
    import torch
    rng = np.random.default_rng(1)
    cases = []
    for n in (0, 1, 2, 3, 7, 50):
        for scale in (0.01, 1.0, 100.0):
            cases.append((rng.normal(size=2) * 2, rng.normal(size=n) * scale - 1, rng.normal(size=n) + scale))
    stretch = rng.normal(size=40)
    cases.append((np.array([0.5, -3.0]), stretch[::2], stretch[::-2]))
    cases.append((np.array([1000.0, -1000.0]), np.ones(4), np.zeros(4)))
    for phi, x, y in cases:
        p = torch.tensor(phi, requires_grad=True)
        residuals = p[0] + p[1] * torch.tensor(x.copy()) - torch.tensor(y.copy())
        loss = (residuals ** 2).sum()
        loss.backward()
        size = float((residuals.detach() ** 2).sum()) + 1e-300
        assert abs(line_loss(phi, x, y) - loss.item()) <= 1e-12 * size
        terms = 2 * residuals.detach().abs()
        bound = 1e-12 * np.array([float(terms.sum()), float((terms * torch.tensor(x.copy()).abs()).sum())])
        got = np.asarray(line_loss_grad(phi, x, y))
        assert got.shape == (2,) and (np.abs(got - p.grad.numpy()) <= bound + 1e-300).all()

@test_case(points=1.5, hidden=True, 
    failure_message="The two parts of the change are wrong, or inexact for small steps and large residuals. One of them depends neither on phi nor on y.")
def test_parts_in_exact_arithmetic(loss_change):
    from fractions import Fraction
    import numpy as np

    def exact_loss(phi, x, y):
        return sum(((phi[0] + phi[1] * Fraction(a) - Fraction(b)) ** 2 for a, b in zip(x, y)))
    rng = np.random.default_rng(2)
    cases = [(rng.normal(size=2), rng.normal(size=2), rng.normal(size=n), rng.normal(size=n)) for n in range(7)]
    cases.append((np.array([1.0, 2.0]), np.array([3e-09, 1e-09]), rng.normal(size=20), rng.normal(size=20) - 100000000.0))
    cases.append((np.array([100000000.0, 0.0]), np.array([0.0, -1e-09]), rng.normal(size=20) + 5, rng.normal(size=20)))
    for phi, step, x, y in cases:
        p, s = ([Fraction(v) for v in phi], [Fraction(v) for v in step])
        ahead = exact_loss([p[0] + s[0], p[1] + s[1]], x, y)
        behind = exact_loss([p[0] - s[0], p[1] - s[1]], x, y)
        linear, quadratic = loss_change(phi, step, x, y)
        moves = np.abs(step[0] + step[1] * x)
        size = float((2 * np.abs(phi[0] + phi[1] * x - y) * moves).sum())
        reach = float(((abs(step[0]) + np.abs(step[1] * x)) ** 2).sum())
        assert abs(linear - float((ahead - behind) / 2)) <= 1e-11 * (size + reach)
        assert abs(quadratic - float((ahead + behind) / 2 - exact_loss(p, x, y))) <= 1e-12 * reach

