from otter.test_files import test_case

OK_FORMAT = False

name = "q9_generator_losses"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="At the logit 0 the losses are -log 2 and log 2, and both slopes are -0.5; loss_facts holds five booleans.")
def test_logit_zero(generator_loss, loss_slope, loss_facts):
    import math
    import torch
    for kind, expected in (('saturating', -math.log(2)), ('non_saturating', math.log(2))):
        got = generator_loss(torch.zeros(2), kind)
        assert got is not None, 'generator_loss(...) returned None: expected a tensor with one number'
        assert isinstance(got, torch.Tensor), 'generator_loss should return a tensor'
        assert got.shape == (), f'generator_loss: expected shape (), got {tuple(got.shape)}'
        assert abs(got.item() - expected) < 0.0001, f'{kind} loss at 0: expected {expected:.4f}, got {got.item()}'
        got = loss_slope(torch.zeros(2), kind)
        assert got is not None, 'loss_slope(...) returned None: expected a tensor of shape (N,)'
        assert isinstance(got, torch.Tensor), 'loss_slope should return a tensor'
        assert got.shape == (2,), f'loss_slope: expected shape (2,), got {tuple(got.shape)}'
        assert (got + 0.5).abs().max() < 1e-06, f'slope of the {kind} loss at 0: expected -0.5, got {got.tolist()}'
    assert isinstance(loss_facts, dict), 'loss_facts should be a dictionary'
    keys = ['same_direction', 'same_minimum', 'saturating_fades', 'non_saturating_fades', 'fooled_is_quiet']
    for key in keys:
        got = loss_facts.get(key)
        assert isinstance(got, bool), f'loss_facts[{key!r}] should be True or False, got {got!r}'

@test_case(points=1, hidden=True, 
    failure_message="A loss is wrong for some logits, overflows for large ones, or lets no gradient through.")
def test_losses(generator_loss):
    import torch

    def gradient(loss, s, kind):
        import torch
        s = s.clone().requires_grad_()
        return torch.autograd.grad(loss(s, kind), s)[0]
    source = torch.Generator().manual_seed(191)
    for n in (1, 2, 33):
        for dtype, tol in ((torch.float32, 1e-05), (torch.float64, 1e-12)):
            s = 2 * torch.randn(n, generator=source, dtype=dtype)
            d = torch.sigmoid(s.double())
            for kind, expected in (('saturating', (1 - d).log()), ('non_saturating', -d.log())):
                assert generator_loss(s, kind).dtype == dtype
                assert abs(generator_loss(s, kind) - expected.mean()) < tol
    far = torch.tensor([1000.0, -200.0, -1000.0, 50.0])
    assert abs(generator_loss(far, 'saturating') + 1050 / 4) < 0.001
    assert abs(generator_loss(far, 'non_saturating') - 1200 / 4) < 0.001
    flow = inside(gradient)
    assert torch.allclose(flow(generator_loss, far, 'saturating'), torch.tensor([-0.25, 0.0, 0.0, -0.25]))
    assert torch.allclose(flow(generator_loss, far, 'non_saturating'), torch.tensor([0.0, -0.25, -0.25, 0.0]))

@test_case(points=1, hidden=True, 
    failure_message="A slope is not the derivative of its loss, or loses its digits where it is tiny.")
def test_slopes(loss_slope):
    import math
    import torch
    s = torch.cat([torch.linspace(-6, 6, 49, dtype=torch.float64), torch.tensor([0.3, -8.0]).double()])
    s.requires_grad_()
    losses = {'saturating': -torch.log1p(s.exp()), 'non_saturating': torch.log1p((-s).exp())}
    for kind, values in losses.items():
        expected, = torch.autograd.grad(values.sum(), s)
        got = loss_slope(s.detach(), kind)
        assert got.shape == s.shape and torch.allclose(got, expected, rtol=1e-10, atol=0)
        assert torch.allclose(loss_slope(s.detach().float(), kind), expected.float(), rtol=0.0001, atol=0)
    far = torch.tensor([-60.0, 60.0], dtype=torch.float64)
    tiny = math.exp(-60)
    for kind, expected in (('saturating', [-tiny, -1.0]), ('non_saturating', [-1.0, -tiny])):
        assert torch.allclose(loss_slope(far, kind), torch.tensor(expected, dtype=torch.float64), rtol=1e-09, atol=0)
        assert torch.isfinite(loss_slope(torch.tensor([1000.0, -1000.0]), kind)).all()

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about the two losses is decided wrongly. Follow each loss to both ends.")
def test_loss_facts(loss_facts):
    import torch
    s = torch.linspace(-40, 40, 401, dtype=torch.float64, requires_grad=True)
    saturating, non_saturating = (-torch.nn.functional.softplus(s, threshold=100), torch.log1p((-s).exp()))
    one, = torch.autograd.grad(saturating.sum(), s)
    two, = torch.autograd.grad(non_saturating.sum(), s)
    bounded = [bool(abs(loss[-1] - loss[-51]) < 0.001) for loss in (saturating, non_saturating)]
    assert loss_facts['same_direction'] is bool((one.sign() == two.sign()).all())
    assert loss_facts['same_minimum'] is all(bounded)
    assert loss_facts['saturating_fades'] is bool(abs(one[0]) < 1e-06)
    assert loss_facts['non_saturating_fades'] is bool(abs(two[0]) < 1e-06)
    assert loss_facts['fooled_is_quiet'] is bool(abs(two[-1]) < 1e-06)

