from otter.test_files import test_case

OK_FORMAT = False

name = "q6_gabor_gradient"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="For phi (0, 10), x = 0 and y = -0.5 the gradient is (1, 0).")
def test_one_example(gabor_gradient):
    import numpy as np
    got = gabor_gradient(np.array([0.0, 10.0]), np.array([0.0]), np.array([-0.5]))
    assert got is not None, 'gabor_gradient(...) returned None: expected an array of shape (2,)'
    assert np.shape(got) == (2,), f'gabor_gradient: expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, [1, 0]), f'gabor_gradient: expected [1, 0], got {got}'

@test_case(points=1, hidden=True, 
    failure_message="Your formula is not the derivative of the loss. Both factors of the model depend on u, and u on both parameters.")
def test_against_autograd(gabor_gradient):
    import numpy as np
    import torch
    rng = np.random.default_rng(512)
    for n in (1, 1, 2, 30, 30, 30, 30):
        phi = np.array([rng.uniform(-10, 10), rng.uniform(2, 30)])
        x, y = (rng.uniform(-15, 15, size=2 * n)[::2], rng.normal(size=n))
        p = torch.tensor(phi, requires_grad=True)
        u = p[0] + 0.06 * p[1] * torch.tensor(x.copy())
        ((torch.sin(u) * torch.exp(-u ** 2 / 32) - torch.tensor(y)) ** 2).sum().backward()
        got = gabor_gradient(phi, x, y)
        assert np.shape(got) == (2,) and np.allclose(got, p.grad.numpy(), rtol=1e-09, atol=1e-10)

@test_case(points=1, hidden=True, 
    failure_message="The gradient disagrees with small changes of the loss, or it is not zero where the model fits every example.")
def test_against_differences(gabor_gradient):
    import numpy as np
    rng = np.random.default_rng(513)
    model = lambda phi, x: np.sin(phi[0] + 0.06 * phi[1] * x) * np.exp(-(phi[0] + 0.06 * phi[1] * x) ** 2 / 32)
    for _ in range(10):
        phi = np.array([rng.uniform(-6, 6), rng.uniform(2, 30)])
        x = rng.uniform(-10, 10, size=15)
        y = model(phi, x)
        assert np.allclose(gabor_gradient(phi, x, y), 0, rtol=0, atol=1e-09)
        y = y + rng.normal(size=15)
        for direction in (np.array([1.0, 0.0]), np.array([0.0, 1.0]), rng.normal(size=2)):
            step = 1e-05 * direction
            change = ((model(phi + step, x) - y) ** 2).sum() - ((model(phi - step, x) - y) ** 2).sum()
            assert abs(gabor_gradient(phi, x, y) @ direction - change / 2e-05) < 1e-06

