from otter.test_files import test_case

OK_FORMAT = False

name = "q7_shallow_gradient"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="One unit with phi (0, 2), theta (1, 1), x = 2 and y = 5 has the gradients (2, 6) and (4, 8).")
def test_one_unit(shallow_gradient):
    import numpy as np
    got = shallow_gradient(np.array([0.0, 2.0]), np.array([[1.0, 1.0]]), np.array([2.0]), np.array([5.0]))
    assert got is not None, 'shallow_gradient(...) returned None: expected (g_phi, g_theta)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'shallow_gradient should return (g_phi, g_theta)'
    g_phi, g_theta = (np.asarray(got[0]), np.asarray(got[1]))
    assert g_phi.shape == (2,), f'g_phi: expected shape (2,), got {g_phi.shape}'
    assert g_theta.shape == (1, 2), f'g_theta: expected shape (1, 2), got {g_theta.shape}'
    assert np.allclose(g_phi, [2, 6]), f'g_phi: expected [2, 6], got {g_phi}'
    assert np.allclose(g_theta, [[4, 8]]), f'g_theta: expected [[4, 8]], got {g_theta}'

@test_case(points=2, hidden=True, 
    failure_message="For some network or data the derivatives are not those that autograd finds. Check the sign, the weight of the unit, and the sum over the examples.")
def test_against_autograd(shallow_gradient):
    import numpy as np
    import torch
    rng = np.random.default_rng(514)
    for d, n in ((3, 10), (3, 1), (1, 1), (1, 6), (2, 2), (5, 3), (8, 40), (3, 3), (4, 4)):
        for _ in range(3):
            phi, theta = (rng.normal(size=d + 1), np.asfortranarray(rng.normal(size=(d, 2))))
            x, y = (rng.normal(size=2 * n)[::2] * 2, rng.normal(size=n))
            p, t = (torch.tensor(phi, requires_grad=True), torch.tensor(theta, requires_grad=True))
            f = p[0] + torch.relu(t[:, 0] + torch.tensor(x.copy())[:, None] * t[:, 1]) @ p[1:]
            ((f - torch.tensor(y)) ** 2).sum().backward()
            g_phi, g_theta = shallow_gradient(phi, theta, x, y)
            assert np.shape(g_phi) == (d + 1,) and np.shape(g_theta) == (d, 2)
            assert np.allclose(g_phi, p.grad.numpy(), rtol=1e-09, atol=1e-09)
            assert np.allclose(g_theta, t.grad.numpy(), rtol=1e-09, atol=1e-09)

@test_case(points=1, hidden=True, 
    failure_message="A unit that is off, or exactly at its joint, for an example gets nothing from that example.")
def test_units_that_are_off(shallow_gradient):
    import numpy as np
    phi = np.array([1.0, 2.0, -3.0, 4.0])
    theta = np.array([[-9.0, 1.0], [-1.0, 1.0], [5.0, 1.0]])
    x, y = (np.array([-2.0, 0.0, 1.0]), np.array([0.5, 1.0, -2.0]))
    g_phi, g_theta = shallow_gradient(phi, theta, x, y)
    assert g_phi[1] == 0 and g_phi[2] == 0 and (np.asarray(g_theta)[:2] == 0).all()
    error = 2 * (21 + 4 * x - y)
    assert np.allclose(g_phi[[0, 3]], [error.sum(), (error * (5 + x)).sum()], rtol=1e-12)
    assert np.allclose(g_theta[2], [4 * error.sum(), 4 * (error * x).sum()], rtol=1e-12)
    joint = shallow_gradient(np.array([0.0, 1.0]), np.array([[-2.0, 1.0]]), np.array([2.0]), np.array([-1.0]))
    assert np.allclose(joint[0], [2, 0]) and np.allclose(joint[1], 0)

