from otter.test_files import test_case

OK_FORMAT = False

name = "q3_cross_entropy"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For the outputs (0, log 3) and class 1 the loss is -log 0.75 and its gradient (0.25, -0.25).")
def test_two_outputs(log_softmax, cross_entropy, cross_entropy_grad, two_class_logit):
    import math
    import torch
    f, y = (torch.tensor([[0.0, math.log(3.0)]], dtype=torch.float64), torch.tensor([1]))
    for name, got, expected in (('log_softmax', log_softmax(f), [[math.log(0.25), math.log(0.75)]]), ('cross_entropy', cross_entropy(f, y), -math.log(0.75)), ('cross_entropy_grad', cross_entropy_grad(f, y), [[0.25, -0.25]]), ('two_class_logit', two_class_logit(f), [math.log(3.0)])):
        expected = torch.tensor(expected, dtype=torch.float64)
        assert isinstance(got, torch.Tensor), f'{name} should return a tensor'
        shape = tuple(expected.shape)
        assert tuple(got.shape) == shape, f'{name}: expected shape {shape}, got {tuple(got.shape)}'
        assert got.dtype == torch.float64, f'{name}: expected dtype float64, got {got.dtype}'
        assert torch.allclose(got, expected), f'{name}: expected {expected.tolist()}, got {got.tolist()}'

@test_case(points=1.5, hidden=True, 
    failure_message="Log-probabilities or loss are wrong for some outputs. Try large ones, one pair, one class, and rows that differ.")
def test_loss_against_torch(log_softmax, cross_entropy):
    import torch
    rng = torch.Generator().manual_seed(1)
    for dtype, bound in ((torch.float64, 1e-11), (torch.float32, 1e-05)):
        for n, k, scale in ((1, 1, 1.0), (1, 5, 1.0), (6, 2, 30.0), (7, 10, 1000.0), (40, 3, 10000.0), (5, 5, 0.0)):
            f = (scale * torch.randn(k, n, generator=rng, dtype=dtype)).T
            f = f + 100 * torch.arange(n, dtype=dtype)[:, None]
            y = torch.randint(k, (n,), generator=rng)
            exact = torch.nn.functional.log_softmax(f, dim=1)
            got = log_softmax(f)
            assert got.dtype == dtype and got.shape == f.shape
            assert (got - exact).abs().max() <= bound * (1 + scale)
            loss = cross_entropy(f, y)
            assert loss.shape == () and loss.dtype == dtype
            total = torch.nn.functional.cross_entropy(f, y, reduction='sum')
            assert (loss - total).abs() <= bound * (1 + scale) * n

@test_case(points=1, hidden=True, 
    failure_message="The gradient is wrong for some outputs. The right class gets a term of its own, and every row adds up to zero.")
def test_gradient_against_autograd(cross_entropy_grad):
    import torch
    rng = torch.Generator().manual_seed(2)
    for dtype, bound in ((torch.float64, 1e-12), (torch.float32, 1e-05)):
        for n, k, scale in ((1, 1, 1.0), (1, 4, 2.0), (9, 3, 1.0), (6, 6, 20.0), (5, 10, 10000.0)):
            f = (scale * torch.randn(n, k, generator=rng, dtype=dtype)).requires_grad_()
            y = torch.randint(k, (n,), generator=rng)
            torch.nn.functional.cross_entropy(f, y, reduction='sum').backward()
            got = cross_entropy_grad(f.detach(), y)
            assert got.dtype == dtype and got.shape == f.shape and ((got - f.grad).abs().max() <= bound)

@test_case(points=0.5, hidden=True, 
    failure_message="The sigmoid of your logits is not the softmax probability of class 1.")
def test_two_classes_are_one_logit(two_class_logit):
    import torch
    f = torch.randn(2, 30, generator=torch.Generator().manual_seed(3), dtype=torch.float64).T * 3
    got = two_class_logit(f)
    assert got.shape == (30,) and torch.allclose(torch.sigmoid(got), torch.softmax(f, dim=1)[:, 1], atol=1e-12)
    assert two_class_logit(torch.tensor([[-10000.0, 10000.0]])).tolist() == [20000.0]

