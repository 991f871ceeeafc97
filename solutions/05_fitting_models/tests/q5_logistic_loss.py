from otter.test_files import test_case

OK_FORMAT = False

name = "q5_logistic_loss"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="With phi (0, 0), x = 1 and y = 1 the loss is log 2, the gradient (-0.5, -0.5), and the Hessian 0.25 everywhere.")
def test_undecided_model(logistic_loss, logistic_gradient, logistic_hessian, loss_grid, logistic_facts):
    import math
    import numpy as np
    phi, x, y = (np.zeros(2), np.array([1.0]), np.array([1.0]))
    got = logistic_loss(phi, x, y)
    assert got is not None, 'logistic_loss(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got - math.log(2)) < 1e-09, f'logistic_loss: expected log 2, got {got}'
    got = logistic_gradient(phi, x, y)
    assert got is not None, 'logistic_gradient(...) returned None: expected an array of shape (2,)'
    assert np.shape(got) == (2,), f'logistic_gradient: expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, [-0.5, -0.5]), f'logistic_gradient: expected [-0.5, -0.5], got {got}'
    got = logistic_hessian(phi, x, y)
    assert got is not None, 'logistic_hessian(...) returned None: expected an array of shape (2, 2)'
    assert np.shape(got) == (2, 2), f'logistic_hessian: expected shape (2, 2), got {np.shape(got)}'
    assert np.allclose(got, 0.25), f'logistic_hessian: expected 0.25 in each entry, got {got}'
    got = loss_grid(x, y, np.zeros(3), np.zeros(2))
    assert got is not None, 'loss_grid(...) returned None: expected an array'
    assert np.shape(got) == (3, 2), f'loss_grid: expected shape (3, 2), got {np.shape(got)}'
    assert isinstance(logistic_facts, dict), 'logistic_facts should be a dictionary'
    keys = ['cross_entropy_is_convex', 'squared_error_is_convex', 'separated_data_have_a_minimum']
    for key in keys + ['hessian_depends_on_labels', 'definite_if_two_differ']:
        assert isinstance(logistic_facts.get(key), bool), f'logistic_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The loss, or the grid of losses, is not the summed cross-entropy, or it breaks for a very sure model. Rows of the grid belong to phi_0.")
def test_loss_against_torch(logistic_loss, loss_grid):
    import numpy as np
    import torch

    def oracle(phi, x, y):
        z = torch.tensor(phi[0] + phi[1] * x)
        return torch.nn.functional.binary_cross_entropy_with_logits(z, torch.tensor(y), reduction='sum').item()
    rng = np.random.default_rng(508)
    for n in (1, 2, 10, 50):
        phi, x, y = (rng.normal(size=2) * 2, rng.normal(size=2 * n)[::2] * 2, rng.integers(0, 2, size=n) * 1.0)
        assert np.isclose(logistic_loss(phi, x, y), oracle(phi, x, y), rtol=1e-09, atol=1e-12)
        phi0s, phi1s = (rng.normal(size=4) * 2, rng.normal(size=3))
        grid = np.asarray(loss_grid(x, y, phi0s, phi1s))
        assert grid.shape == (4, 3)
        for i in range(4):
            for j in range(3):
                assert np.isclose(grid[i, j], oracle((phi0s[i], phi1s[j]), x, y), rtol=1e-09, atol=1e-12)
    x = np.array([-1.0, 1.0])
    for phi, y, expected in (([0.0, 1000.0], [0.0, 1.0], 0.0), ([0.0, 1000.0], [1.0, 0.0], 2000.0), ([0.0, -1000.0], [1.0, 1.0], 1000.0), ([0.0, 40.0], [0.0, 0.0], 40.0)):
        assert abs(logistic_loss(np.array(phi), x, np.array(y)) - expected) < 1e-09
    assert np.allclose(loss_grid(x, np.ones(2), np.array([0.0, 500.0]), np.array([1000.0])), [[1000.0], [500.0]])

@test_case(points=1, hidden=True, 
    failure_message="The gradient is not that of the summed cross-entropy, or it is not a number for a very sure model. Check the sign, and that nothing is averaged.")
def test_gradient_against_autograd(logistic_gradient):
    import numpy as np
    import torch
    rng = np.random.default_rng(509)
    cases = [(rng.normal(size=2) * 2, rng.normal(size=n) * 2) for n in (1, 2, 3, 20, 50)]
    cases += [([0.0, s * 1000.0], np.array([-1.0, 1.0, 1.0, -1.0])) for s in (1, -1)]
    cases += [([1000.0, 3.0], np.array([0.5, -2.0])), ([-30.0, 5.0], np.array([1.0, 2.0, 12.0]))]
    for phi, x in cases:
        y = rng.integers(0, 2, size=len(x)) * 1.0
        p = torch.tensor(np.array(phi), requires_grad=True)
        z = p[0] + p[1] * torch.tensor(x)
        torch.nn.functional.binary_cross_entropy_with_logits(z, torch.tensor(y), reduction='sum').backward()
        got = logistic_gradient(np.array(phi), x, y)
        assert np.shape(got) == (2,) and np.allclose(got, p.grad.numpy(), rtol=1e-09, atol=1e-12)

@test_case(points=1, hidden=True, 
    failure_message="The Hessian is not the matrix of second derivatives of the summed cross-entropy. Differentiate your gradient once more.")
def test_hessian_against_autograd(logistic_hessian):
    import numpy as np
    import torch
    rng = np.random.default_rng(510)
    cases = [(rng.normal(size=2), rng.normal(size=n) * 2) for n in (1, 2, 3, 20, 50)]
    for phi, x in cases:
        y = rng.integers(0, 2, size=len(x)) * 1.0

        def loss(p):
            z = p[0] + p[1] * torch.tensor(x)
            return torch.nn.functional.binary_cross_entropy_with_logits(z, torch.tensor(y), reduction='sum')
        expected = torch.autograd.functional.hessian(loss, torch.tensor(phi)).numpy()
        got = logistic_hessian(phi, x, y)
        assert np.shape(got) == (2, 2) and np.allclose(got, expected, rtol=1e-08, atol=1e-10)
    for sure in (1000.0, -1000.0):
        got = np.asarray(logistic_hessian(np.array([0.0, sure]), np.array([-1.0, 1.0]), np.array([0.0, 1.0])))
        assert got.shape == (2, 2) and np.abs(got).max() < 1e-12

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements is decided wrongly. A look at one heat map proves nothing.")
def test_logistic_facts(logistic_facts):
    import numpy as np
    import torch
    rng = np.random.default_rng(511)
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    lowest, lowest_apart, squared, moved = ([], [], [], 0.0)
    for trial in range(60):
        n = 1 + trial % 5
        x = torch.tensor(rng.normal(size=n))
        y = torch.tensor(rng.integers(0, 2, size=n) * 1.0)
        phi = torch.tensor(rng.normal(size=2) * 1.5)
        cross = lambda p: bce(p[0] + p[1] * x, y, reduction='sum')
        flipped = lambda p: bce(p[0] + p[1] * x, 1 - y, reduction='sum')
        square = lambda p: ((torch.sigmoid(p[0] + p[1] * x) - y) ** 2).sum()
        hessian = [torch.autograd.functional.hessian(f, phi).numpy() for f in (cross, flipped, square)]
        lowest.append(np.linalg.eigvalsh(hessian[0])[0])
        squared.append(np.linalg.eigvalsh(hessian[2])[0])
        moved = max(moved, np.abs(hessian[0] - hessian[1]).max())
        if n > 1:
            s = torch.sigmoid(phi[0] + phi[1] * x).numpy()
            w, pairs = (s * (1 - s), (x[:, None] - x).numpy() ** 2)
            lowest_apart.append(w @ pairs @ w / (w.sum() ** 2 * pairs.max()))
    losses = []
    for c in (1.0, 2.0, 5.0, 10.0, 20.0, 30.0):
        z = c * torch.tensor([-2.0, -1.0, 1.0, 2.0], dtype=torch.float64)
        losses.append(bce(z, torch.tensor([0.0, 0, 1, 1], dtype=torch.float64), reduction='sum').item())
    goes_to_zero = losses[-1] < 1e-12 and (np.diff(losses) < 0).all()
    assert logistic_facts['cross_entropy_is_convex'] is bool(min(lowest) > -1e-09)
    assert logistic_facts['squared_error_is_convex'] is bool(min(squared) > -1e-09)
    assert logistic_facts['separated_data_have_a_minimum'] is (not bool(goes_to_zero and losses[-1] > 0))
    assert logistic_facts['hessian_depends_on_labels'] is bool(moved > 1e-09)
    assert logistic_facts['definite_if_two_differ'] is bool(min(lowest_apart) > 0)

