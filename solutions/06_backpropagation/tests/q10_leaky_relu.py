from otter.test_files import test_case

OK_FORMAT = False

name = "q10_leaky_relu"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="In the example the derivatives are -0.1, 0.1 for the weights and -0.1, -1 for the biases.")
def test_one_hidden_unit(leaky_backward):
    import numpy as np
    omegas, betas = ([np.array([[-1.0]]), np.array([[1.0]])], [np.zeros(1), np.zeros(1)])
    got = leaky_backward(omegas, betas, np.array([[1.0]]), np.array([[0.4]]), 0.1)
    assert got is not None, 'leaky_backward(...) returned None: expected (by_omegas, by_betas)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'leaky_backward should return two lists'
    for name, part, shape, expected in zip(('by_omegas', 'by_betas'), got, ((1, 1), (1,)), ([-0.1, 0.1], [-0.1, -1])):
        assert len(part) == 2, f'{name}: expected one array per layer, 2, got {len(part)}'
        for k in range(2):
            assert np.shape(part[k]) == shape, f'{name}[{k}]: expected shape {shape}, got {np.shape(part[k])}'
            assert np.allclose(part[k], expected[k]), f'{name}[{k}]: expected {expected[k]}, got {part[k]}'

@test_case(points=2, hidden=True, 
    failure_message="For some depth, width or alpha a derivative differs from what autograd finds. Which layers have an activation behind them, and what does a unit below zero pass on?")
def test_depths_against_autograd(leaky_backward):
    import numpy as np
    import torch

    def quietly(leaky_backward, *arguments):
        import torch
        with torch.inference_mode():
            return leaky_backward(*arguments)
    rng = np.random.default_rng(614)
    shapes = [(3, 2), (4, 3, 2), (1, 1, 1, 1), (3, 5, 4, 2, 6), (2, 7, 1, 3, 4, 1)]
    for widths, n, alpha in zip(shapes * 3, (5, 1, 8) * 5, (0.1,) * 5 + (0.5,) * 5 + (1.0,) * 5):
        omegas = [rng.normal(size=(b, a)) for a, b in zip(widths, widths[1:])]
        betas = [rng.normal(size=b) for b in widths[1:]]
        x, y = (rng.normal(size=(n, widths[0])), rng.normal(size=(n, widths[-1])))
        w = [torch.tensor(v, requires_grad=True) for v in omegas]
        b = [torch.tensor(v, requires_grad=True) for v in betas]
        f = torch.tensor(x) @ w[0].T + b[0]
        for omega, beta in zip(w[1:], b[1:]):
            f = torch.nn.functional.leaky_relu(f, alpha) @ omega.T + beta
        expected = torch.autograd.grad(((f - torch.tensor(y)) ** 2).sum(), w + b)
        for call in (leaky_backward, lambda *a: inside(quietly)(leaky_backward, *a)):
            got = call(omegas, betas, x, y, alpha)
            got = list(got[0]) + list(got[1])
            assert len(got) == len(expected)
            for g, e in zip(got, expected):
                assert np.shape(g) == tuple(e.shape) and np.allclose(g, e.numpy(), rtol=1e-09, atol=1e-09)

@test_case(points=1, hidden=True, 
    failure_message="A pre-activation that is exactly zero passes on the wrong share. One of the two sides has to include the zero.")
def test_at_the_joint(leaky_backward):
    import numpy as np
    for alpha in (0.1, 0.3):
        omegas, betas = ([np.ones((2, 1)), np.array([[3.0, -5.0]])], [np.zeros(2), np.zeros(1)])
        by_omegas, by_betas = leaky_backward(omegas, betas, np.zeros((1, 1)), np.ones((1, 1)), alpha)
        assert np.allclose(by_betas[1], -2) and np.allclose(by_omegas[1], 0)
        assert np.allclose(by_betas[0] / np.array([-6, 10]), alpha)

