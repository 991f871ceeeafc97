from otter.test_files import test_case

OK_FORMAT = False

name = "q2_toy_network"
points = 3


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="With biases 0, weights 1 and x = y = 0 the local factors are (1, -sin 1, 1, 1, 1, 1), and the last five slopes are -sin 2.")
def test_simple_weights(toy_backward, toy_gradient):
    import numpy as np
    beta, omega = (np.zeros(4), np.ones(4))
    got = toy_backward(0.0, 0.0, beta, omega)
    assert got is not None, 'toy_backward(...) returned None: expected (local, slopes)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'toy_backward should return (local, slopes)'
    assert np.shape(got[0]) == (6,), f'local: expected shape (6,), got {np.shape(got[0])}'
    assert np.shape(got[1]) == (7,), f'slopes: expected shape (7,), got {np.shape(got[1])}'
    s, c = (np.sin(1), np.cos(1))
    assert np.allclose(got[0], [1, -s, 1, 1, 1, 1]), f'local: expected [1, -sin 1, 1, 1, 1, 1], got {got[0]}'
    expected = [2 * c] * 2 + [-2 * s * c] * 5
    assert np.allclose(got[1], expected), f'slopes: expected {expected}, got {got[1]}'
    got = toy_gradient(0.0, 0.0, beta, omega)
    assert got is not None, 'toy_gradient(...) returned None: expected a pair of arrays'
    assert len(got) == 2 and np.shape(got[0]) == np.shape(got[1]) == (4,), 'expected two arrays of shape (4,)'
    assert np.isclose(got[1][0], 0), f'x = 0, so omega_0 has derivative 0, got {got[1][0]}'

@test_case(points=1, hidden=True, 
    failure_message="Some local factor or slope differs from what autograd finds, or autograd is used. At which value is the derivative of each function taken, and with which sign?")
def test_slopes_against_autograd(toy_backward):
    import numpy as np
    import torch

    def quietly(toy_backward, x, y, beta, omega):
        import torch
        with torch.inference_mode():
            return toy_backward(x, y, beta, omega)
    rng = np.random.default_rng(603)
    for trial in range(30):
        beta, omega = (rng.normal(size=4), rng.normal(size=4))
        x, y = rng.normal(size=2).tolist()
        b, w = (torch.tensor(beta, requires_grad=True), torch.tensor(omega))
        f0 = b[0] + w[0] * x
        h1 = torch.sin(f0)
        f1 = b[1] + w[1] * h1
        h2 = torch.exp(f1)
        f2 = b[2] + w[2] * h2
        h3 = torch.cos(f2)
        f3 = b[3] + w[3] * h3
        if trial == 0:
            y = f3.item()
        chain = [f3, h3, f2, h2, f1, h1, f0]
        slopes = torch.autograd.grad((f3 - y) ** 2, chain, retain_graph=True)
        local = [torch.autograd.grad(late, early, retain_graph=True)[0] for late, early in zip(chain, chain[1:])]
        got = inside(quietly)(toy_backward, x, y, beta, omega) if trial == 1 else toy_backward(x, y, beta, omega)
        assert np.allclose(got[0], [v.item() for v in local], rtol=1e-09, atol=1e-12)
        assert np.allclose(got[1], [v.item() for v in slopes], rtol=1e-09, atol=1e-11)

@test_case(points=1, hidden=True, 
    failure_message="Some parameter has the wrong derivative. A weight is multiplied by the value that enters it.")
def test_parameters_against_autograd(toy_gradient):
    import numpy as np
    import torch
    rng = np.random.default_rng(604)
    for _ in range(20):
        beta, omega = (rng.normal(size=4), rng.normal(size=4))
        x, y = rng.normal(size=2).tolist()
        b, w = (torch.tensor(beta, requires_grad=True), torch.tensor(omega, requires_grad=True))
        h = torch.tensor(x, dtype=torch.float64)
        for k, activation in enumerate((torch.sin, torch.exp, torch.cos)):
            h = activation(b[k] + w[k] * h)
        ((b[3] + w[3] * h - y) ** 2).backward()
        got = toy_gradient(x, y, beta, omega)
        assert np.allclose(got[0], b.grad.numpy(), rtol=1e-09, atol=1e-11)
        assert np.allclose(got[1], w.grad.numpy(), rtol=1e-09, atol=1e-11)

