from otter.test_files import test_case

OK_FORMAT = False

name = "q9_linear_layer"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For h = (2, 3) and the slope (1, 10) the weights have the derivatives [[2, 3], [20, 30]]; gradient_shapes has six entries.")
def test_outer_product(entry_derivative, linear_backward, matrix_backward, gradient_shapes):
    import numpy as np
    h, slope, omega = (np.array([[2.0, 3.0]]), np.array([[1.0, 10.0]]), np.eye(2))
    got = entry_derivative(h[0], 1, 0, 1)
    assert got is not None, 'entry_derivative(...) returned None: expected a number'
    assert got == 2, f'entry_derivative: f_1 changes with omega_10 by h_0 = 2, got {got}'
    got = linear_backward(h, omega, slope)
    assert got is not None, 'linear_backward(...) returned None: expected (by_omega, by_beta, by_h)'
    assert len(got) == 3, f'linear_backward: expected three arrays, got {len(got)}'
    for name, part, expected in zip(('by_omega', 'by_beta', 'by_h'), got, ([[2, 3], [20, 30]], [1, 10], [[1, 10]])):
        shape = np.shape(expected)
        assert np.shape(part) == shape, f'{name}: expected shape {shape}, got {np.shape(part)}'
        assert np.allclose(part, expected), f'{name}: expected {expected}, got {part}'
    got = matrix_backward(h.T, omega, slope.T)
    assert got is not None, 'matrix_backward(...) returned None: expected (by_omega, by_x)'
    assert len(got) == 2 and np.shape(got[0]) == (2, 2) and (np.shape(got[1]) == (2, 1)), 'wrong shapes of two arrays'
    assert np.allclose(got[0], [[2, 3], [20, 30]]), f'by_omega: expected [[2, 3], [20, 30]], got {got[0]}'
    got = gradient_shapes(1, 1, 1, 1)
    assert isinstance(got, dict), 'gradient_shapes should return a dictionary'
    keys = ['batch_weight', 'batch_input', 'matrix_weight', 'matrix_input', 'full_weight', 'jacobian']
    for key, axes in zip(keys, (2, 2, 2, 2, 3, 4)):
        assert key in got, f'gradient_shapes: the entry {key!r} is missing'
        assert tuple(got[key]) == (1,) * axes, f'{key}: expected {axes} axes of length 1, got {got[key]}'

@test_case(points=1.5, hidden=True, 
    failure_message="The batch version is wrong for some shapes, or a single entry is. Which entries of f does one weight touch, and how do the examples of a batch come together?")
def test_batches_against_autograd(entry_derivative, linear_backward):
    import numpy as np
    import torch
    rng = np.random.default_rng(612)
    losses = [lambda f: (f ** 3).sum(), lambda f: torch.tanh(f).mean(), lambda f: torch.logsumexp(f, 1).sum()]
    for n, d, m in ((7, 3, 4), (1, 3, 2), (4, 5, 4), (3, 1, 2), (2, 4, 1)):
        for loss in losses:
            arrays = [rng.normal(size=(n, 2 * d))[:, ::2], rng.normal(size=(m, d)), rng.normal(size=m)]
            h, omega, beta = (torch.tensor(a.copy(), requires_grad=True) for a in arrays)
            f = h @ omega.T + beta
            slope, *expected = torch.autograd.grad(loss(f), (f, omega, beta, h))
            for g, e in zip(linear_backward(*arrays[:2], slope.numpy()), expected):
                assert np.shape(g) == tuple(e.shape) and np.allclose(g, e.numpy(), rtol=1e-09, atol=1e-11)
        h = torch.tensor(arrays[0][0])
        full = torch.autograd.functional.jacobian(lambda w: w @ h, torch.tensor(arrays[1]))
        for k, i, j in np.ndindex(m, m, d):
            assert np.isclose(entry_derivative(arrays[0][0], i, j, k), full[k, i, j].item())

@test_case(points=1.5, hidden=True, 
    failure_message="The version for one input matrix is wrong, or a shape is. A gradient of a number has the shape of the variable; a Jacobian has the axes of both.")
def test_matrices_against_autograd(matrix_backward, gradient_shapes):
    import numpy as np
    import torch
    rng = np.random.default_rng(613)
    for n, d, c, m in ((2, 3, 4, 5), (7, 1, 3, 2), (3, 4, 1, 1), (1, 2, 6, 2)):
        arrays = [rng.normal(size=(d, c)), rng.normal(size=(m, d))]
        x, omega = (torch.tensor(a, requires_grad=True) for a in arrays)
        z = omega @ x
        slope, *expected = torch.autograd.grad((z ** 3).sum(), (z, omega, x))
        for g, e in zip(matrix_backward(*arrays, slope.numpy()), expected):
            assert np.shape(g) == tuple(e.shape) and np.allclose(g, e.numpy(), rtol=1e-09, atol=1e-11)
        batch, full = (torch.randn(n, d, requires_grad=True), torch.randn(m, d, c, requires_grad=True))
        weight = torch.randn(m, d, requires_grad=True)
        by_batch = torch.autograd.grad((batch @ weight.T).sum(), (weight, batch))
        by_full = torch.autograd.grad((full * torch.randn(d, c)).sum((1, 2)).sum(), full)
        jacobian = torch.autograd.functional.jacobian(lambda w: w @ x.detach(), omega.detach())
        named = {'batch_weight': by_batch[0], 'batch_input': by_batch[1], 'matrix_weight': expected[0]}
        named |= {'matrix_input': expected[1], 'full_weight': by_full[0], 'jacobian': jacobian}
        got = gradient_shapes(n, d, c, m)
        assert {key: tuple(shape) for key, shape in got.items()} == {k: tuple(v.shape) for k, v in named.items()}

