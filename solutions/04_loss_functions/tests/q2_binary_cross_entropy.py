from otter.test_files import test_case

OK_FORMAT = False

name = "q2_binary_cross_entropy"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="For p = 0.8 the loss is -log 0.8 if y = 1 and -log 0.2 if y = 0; for the logit 0 it is log 2.")
def test_both_targets(bce, bce_logits):
    import math
    import torch
    p, y = (torch.tensor([0.8, 0.8], dtype=torch.float64), torch.tensor([1.0, 0.0], dtype=torch.float64))
    for name, got, expected in (('bce', bce(p, y), [-math.log(0.8), -math.log(0.2)]), ('bce_logits', bce_logits(torch.zeros(2, dtype=torch.float64), y), [math.log(2.0)] * 2)):
        assert isinstance(got, torch.Tensor), f'{name} should return a tensor'
        assert tuple(got.shape) == (2,), f'{name}: expected shape (2,), got {tuple(got.shape)}'
        expected = torch.tensor(expected, dtype=torch.float64)
        assert got.dtype == torch.float64, f'{name}: expected dtype float64, got {got.dtype}'
        assert torch.allclose(got, expected), f'{name}: expected {expected.tolist()}, got {got.tolist()}'

@test_case(points=1.5, hidden=True, 
    failure_message="bce is wrong for some p. Look at its sign, at p = 0 and p = 1, and at very small p.")
def test_bce_everywhere(bce):
    import math
    import torch
    p = torch.tensor([1e-300, 1e-20, 1e-06, 0.3, 0.5, 0.9, 1 - 1e-06], dtype=torch.float64)
    for y in (0.0, 1.0):
        got = bce(p, torch.full_like(p, y))
        zero = [v + v * v / 2 if v < 1e-05 else -math.log(1 - v) for v in p.tolist()]
        exact = [-math.log(v) for v in p.tolist()] if y else zero
        assert torch.allclose(got, torch.tensor(exact, dtype=torch.float64), rtol=1e-09, atol=0)
    ends = torch.tensor([0.0, 0.0, 1.0, 1.0], dtype=torch.float64)
    got = bce(ends, torch.tensor([0.0, 1.0, 0.0, 1.0], dtype=torch.float64))
    assert got.tolist() == [0, math.inf, math.inf, 0]
    for n in (50, 1):
        p, y = (torch.rand(n, dtype=torch.float64), torch.randint(0, 2, (n,)).double())
        exact = torch.nn.functional.binary_cross_entropy(p, y, reduction='none')
        assert torch.allclose(bce(p, y), exact, rtol=1e-09, atol=0)

@test_case(points=1.5, hidden=True, 
    failure_message="bce_logits or its gradient is wrong or not finite for some logit. Try f = 1000 and f = -1000 with both targets.")
def test_logits_and_gradient(bce_logits):
    from decimal import Decimal, getcontext
    import torch

    def value_and_gradient(bce_logits, f, y):
        f = f.clone().requires_grad_()
        loss = bce_logits(f, y)
        loss.sum().backward()
        return (loss.detach(), f.grad)
    getcontext().prec = 500
    logits = [-1000.0, -40.0, -3.5, -1.0, -0.001, 0.001, 0.5, 2.0, 36.0, 40.0, 1000.0]
    for y in (0.0, 1.0):
        f = torch.tensor(logits, dtype=torch.float64)
        got, slope = inside(value_and_gradient)(bce_logits, f, torch.full_like(f, y))
        assert got.shape == slope.shape == f.shape
        for value, gradient, v in zip(got.tolist(), slope.tolist(), logits):
            p = 1 / (1 + (-Decimal(v)).exp())
            assert abs(Decimal(value) + (p.ln() if y else (1 - p).ln())) < Decimal('1e-11')
            assert abs(Decimal(gradient) - (p - Decimal(y))) < Decimal('1e-11')
    mixed = bce_logits(torch.tensor([30.0, 30.0, 0.0], dtype=torch.float64), torch.tensor([0.0, 1.0, 1.0]).double())
    assert abs(mixed[0].item() - 30) < 1e-09 and mixed[1].item() < 1e-09 and (abs(mixed[2].item() - 0.6931472) < 1e-06)

