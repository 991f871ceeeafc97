from otter.test_files import test_case

OK_FORMAT = False

name = "q27_soft_pooling"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="For equal entries the result is that entry, whatever beta is, and the slope is 0.")
def test_equal_entries(SoftmaxPool2d, slope, operations, soft_facts):
    import torch
    net = SoftmaxPool2d(2, 1.5)
    assert isinstance(net, torch.nn.Module), 'SoftmaxPool2d should be a torch.nn.Module'
    got = net(torch.full((2, 3, 4, 6), 5.0))
    assert isinstance(got, torch.Tensor), 'the forward of SoftmaxPool2d should return a tensor'
    assert got.shape == (2, 3, 2, 3), f'SoftmaxPool2d(2, 1.5): expected shape (2, 3, 2, 3), got {tuple(got.shape)}'
    assert (got - 5).abs().max() < 1e-05, f'windows of fives: expected 5, got {got.flatten()[0].item()}'
    got = slope(torch.tensor([2.0, 2.0]), 1.0)
    assert got is not None, 'slope(...) returned None: expected a float'
    assert abs(got) < 1e-06, f'slope of equal entries: expected 0, got {got}'
    got = operations(1)
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'operations should return (soft, maximum)'
    assert got[1] == 0, f'the maximum of one number takes no comparison, got {got[1]}'
    assert isinstance(soft_facts, dict), 'soft_facts should be a dictionary'
    for key in ('never_falls', 'stays_above_average', 'shift', 'scale', 'naive_is_safe'):
        assert isinstance(soft_facts.get(key), bool), f'soft_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The layer is wrong for some window, stride or beta. The weights add up to one within each window of each channel.")
def test_soft_windows(SoftmaxPool2d):
    import math
    import torch
    torch.manual_seed(271)
    for n, c, h, w, k, stride, beta in ((2, 3, 7, 5, 2, None, 0.7), (1, 2, 6, 8, 3, 2, -1.3), (2, 1, 4, 4, 4, 1, 2), (1, 1, 3, 2, 1, 2, 5.0)):
        x = torch.randn(n, c, h, w)
        got = SoftmaxPool2d(k, beta, stride)(x)
        s = stride or k
        assert got.shape == (n, c, (h - k) // s + 1, (w - k) // s + 1) and got.dtype == torch.float32
        for a in range(n):
            for b in range(c):
                for i in range(got.shape[2]):
                    for j in range(got.shape[3]):
                        window = x[a, b, i * s:i * s + k, j * s:j * s + k].flatten().tolist()
                        factors = [math.exp(beta * value) for value in window]
                        mean = sum((f * value for f, value in zip(factors, window))) / sum(factors)
                        assert abs(got[a, b, i, j].item() - mean) < 0.0001
    x = torch.stack([torch.randperm(36).float().reshape(6, 6) for _ in range(4)])[None] - 18
    for beta, pool in ((50.0, torch.nn.functional.max_pool2d), (0.0, torch.nn.functional.avg_pool2d)):
        assert (SoftmaxPool2d(3, beta)(x) - pool(x, 3)).abs().max() < 0.0001
    assert (SoftmaxPool2d(3, -50.0)(x) + torch.nn.functional.max_pool2d(-x, 3)).abs().max() < 0.0001
    for offset in (1000.0, -1000.0):
        assert (SoftmaxPool2d(3, 50.0)(x + offset) - torch.nn.functional.max_pool2d(x + offset, 3)).abs().max() < 0.01

@test_case(points=1, hidden=True, 
    failure_message="beta is a parameter although it should not be, or is none although it should; or its gradient is wrong.")
def test_learned_beta(SoftmaxPool2d):
    import torch

    def train(SoftmaxPool2d, x):
        import torch
        fixed, learned = (SoftmaxPool2d(2, 3), SoftmaxPool2d(2, 3, learn=True))
        names = [name for name, _ in learned.named_parameters()]
        learned(x).sum().backward()
        return (len(list(fixed.parameters())), names, learned.beta.grad, fixed.beta.item(), learned.beta.item())
    torch.manual_seed(272)
    x = torch.randn(2, 1, 4, 4)
    count, names, gradient, *betas = inside(train)(SoftmaxPool2d, x)
    assert count == 0 and names == ['beta'] and (betas == [3, 3])
    beta = torch.tensor(3.0, requires_grad=True)
    patches = torch.nn.functional.unfold(x, 2, stride=2)
    factors = (beta * patches).exp()
    expected, = torch.autograd.grad(((factors * patches).sum(dim=1) / factors.sum(dim=1)).sum(), beta)
    assert gradient.shape == () and (gradient - expected).abs() < 0.0001
    net = SoftmaxPool2d(2, 3)
    assert net.beta.dtype == torch.float32 and net.beta.shape == () and (not net.beta.requires_grad)

@test_case(points=1, hidden=True, 
    failure_message="The derivative with respect to beta or the number of operations is wrong for some window.")
def test_slope_and_operations(slope, operations):
    import torch
    torch.manual_seed(273)
    for n in (1, 2, 5, 12):
        for value in (0.0, 0.8, -2.5):
            window = 2 * torch.randn(n, dtype=torch.float64) + 1
            beta = torch.tensor(value, dtype=torch.float64, requires_grad=True)
            factors = (beta * window).exp()
            expected, = torch.autograd.grad((factors * window).sum() / factors.sum(), beta)
            assert abs(slope(window, value) - expected.item()) < 1e-09

    class Counted:
        """A number that counts what is done with it."""
        done = 0

        def once(self, *_):
            Counted.done += 1
            return Counted()
        __add__ = __mul__ = __truediv__ = exp = __gt__ = once
    for n in (1, 2, 4, 9):
        Counted.done, beta = (0, Counted())
        window = [Counted() for _ in range(n)]
        factors = [(beta * x).exp() for x in window]
        products = [x * e for x, e in zip(window, factors)]
        top, below = (products[0], factors[0])
        for product, factor in zip(products[1:], factors[1:]):
            top, below = (top + product, below + factor)
        top / below
        soft, Counted.done = (Counted.done, 0)
        for x in window[1:]:
            window[0] > x
        assert tuple(operations(n)) == (soft, Counted.done)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about softmax pooling is decided wrongly. Try a few windows.")
def test_soft_facts(soft_facts):
    import numpy as np
    rng = np.random.default_rng(274)

    def mean(window, beta):
        factors = np.exp(beta * window - (beta * window).max())
        return (factors * window).sum() / factors.sum()
    windows = [rng.normal(size=4) for _ in range(50)]
    betas = np.linspace(-6, 6, 25)
    curves = np.array([[mean(window, beta) for beta in betas] for window in windows])
    assert soft_facts['never_falls'] is bool((np.diff(curves, axis=1) > -1e-12).all())
    average = np.array([window.mean() for window in windows])
    assert soft_facts['stays_above_average'] is bool((curves >= average[:, None] - 1e-12).all())
    shifted = [abs(mean(window + 3, 1.2) - mean(window, 1.2) - 3) for window in windows]
    assert soft_facts['shift'] is bool(max(shifted) < 1e-09)
    scaled = [abs(mean(2 * window, 1.2) - 2 * mean(window, 1.2)) for window in windows]
    assert soft_facts['scale'] is bool(max(scaled) < 1e-09)
    with np.errstate(all='ignore'):
        x = np.array([0.9, 1.0, 1.1], dtype=np.float32)
        factors = np.exp(np.float32(100) * x)
        assert soft_facts['naive_is_safe'] is bool(np.isfinite((x * factors).sum() / factors.sum()))

