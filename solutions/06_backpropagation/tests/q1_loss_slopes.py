from otter.test_files import test_case

OK_FORMAT = False

name = "q1_loss_slopes"
points = 2

@test_case(points=0.5, hidden=False, 
    failure_message="For f = 3, y = 1 the slope of the squared error is 4; for f = 0, y = 1 that of the cross-entropy is -0.5.")
def test_two_numbers(squared_slope, cross_entropy_slope):
    import numpy as np
    for name, slope, f, expected in (('squared_slope', squared_slope, [3.0], [4.0]), ('cross_entropy_slope', cross_entropy_slope, [0.0], [-0.5])):
        got = slope(np.array(f), np.array([1.0]))
        assert got is not None, f'{name}(...) returned None: expected an array of shape (1,)'
        assert np.shape(got) == (1,), f'{name}: expected shape (1,), got {np.shape(got)}'
        assert np.allclose(got, expected), f'{name}: expected {expected}, got {got}'

@test_case(points=0.5, hidden=True, 
    failure_message="squared_slope has the wrong sign or the wrong size. Too large an output must give a positive slope.")
def test_squared_error(squared_slope):
    import numpy as np
    import torch
    rng = np.random.default_rng(601)
    for shape in ((1,), (7,), (3, 2), (0,)):
        f, y = (rng.normal(size=shape) * 5, rng.normal(size=shape))
        t = torch.tensor(f, requires_grad=True)
        ((torch.tensor(y) - t) ** 2).sum().backward()
        got = squared_slope(f, y)
        assert np.shape(got) == shape and np.allclose(got, t.grad.numpy(), rtol=1e-12, atol=1e-12)

@test_case(points=1, hidden=True, 
    failure_message="cross_entropy_slope is wrong for some logit or some soft label, or breaks for large logits. It is the derivative with respect to the logit, not to the probability.")
def test_cross_entropy(cross_entropy_slope):
    import numpy as np
    import torch
    rng = np.random.default_rng(602)
    for shape in ((1,), (40,), (4, 3)):
        f = rng.normal(size=shape) * 4
        for y in (rng.integers(0, 2, size=shape).astype(float), rng.uniform(size=shape)):
            t = torch.tensor(f, requires_grad=True)
            loss = -(1 - torch.tensor(y)) * torch.nn.functional.logsigmoid(-t)
            (loss - torch.tensor(y) * torch.nn.functional.logsigmoid(t)).sum().backward()
            got = cross_entropy_slope(f, y)
            assert np.shape(got) == shape and np.allclose(got, t.grad.numpy(), rtol=1e-09, atol=1e-12)
    far = np.array([-1000.0, -800.0, 800.0, 1000.0])
    for y, expected in ((0.0, [0, 0, 1, 1]), (1.0, [-1, -1, 0, 0]), (0.25, [-0.25, -0.25, 0.75, 0.75])):
        assert np.allclose(cross_entropy_slope(far, np.full(4, y)), expected, rtol=0, atol=1e-12)

