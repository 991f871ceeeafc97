from otter.test_files import test_case

OK_FORMAT = False

name = "q9_directions"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="For f = y and kappa = 1 the nll is log(2 pi I0(1)) - 1 and the short loss -1; 3/2 pi wraps to -1/2 pi; between 0 and 1/2 pi lies 1/4 pi.")
def test_one_direction(vm_nll, vm_loss, wrap, best_direction):
    import math
    import torch
    f = torch.tensor([0.7], dtype=torch.float64)
    expected = math.log(2 * math.pi * torch.special.i0(torch.tensor(1.0, dtype=torch.float64)).item()) - 1
    for name, got, value in (('vm_nll', vm_nll(f, f, 1.0), expected), ('vm_loss', vm_loss(f, f), -1.0)):
        assert isinstance(got, torch.Tensor), f'{name} should return a tensor'
        assert tuple(got.shape) == (), f'{name}: expected shape (), got {tuple(got.shape)}'
        assert abs(got.item() - value) < 1e-06, f'{name}: expected {value:.5f}, got {got.item():.5f}'
    got = wrap(torch.tensor([1.5 * math.pi], dtype=torch.float64))
    assert isinstance(got, torch.Tensor), 'wrap should return a tensor'
    assert tuple(got.shape) == (1,), f'wrap: expected shape (1,), got {tuple(got.shape)}'
    assert abs(got.item() + math.pi / 2) < 1e-09, f'wrap(3/2 pi): expected {-math.pi / 2:.5f}, got {got.item():.5f}'
    got = best_direction(torch.tensor([0.0, math.pi / 2], dtype=torch.float64))
    assert isinstance(got, float), 'best_direction should return a float'
    assert abs(math.remainder(got - math.pi / 4, 2 * math.pi)) < 1e-09, f'expected {math.pi / 4:.5f}, got {got}'

@test_case(points=1.5, hidden=True, 
    failure_message="The negative log-likelihood is wrong for some kappa. Does the density integrate to 1, does kappa = 1000 overflow, and is every step in float64?")
def test_density_integrates_to_one(vm_nll):
    import math
    import torch
    circle = torch.arange(16384, dtype=torch.float64) * (2 * math.pi / 16384) - math.pi
    for kappa in (0.1, 1.0, 2.0, 50.0, 800.0, 1000.0):
        weight = torch.exp(kappa * (torch.cos(circle) - 1)).mean().item() * 2 * math.pi
        f = torch.tensor([0.5, -3.0, 3.1, 40.0, 0.0], dtype=torch.float64)
        y = torch.tensor([0.4, 3.1, -3.1, 1.0, 9.0], dtype=torch.float64)
        exact = [math.log(weight) - kappa * (math.cos(b - a) - 1) for a, b in zip(f.tolist(), y.tolist())]
        assert abs(vm_nll(f, y, kappa).item() - math.fsum(exact)) < 1e-08
        assert abs(vm_nll(f[1:2], y[1:2], kappa).item() - exact[1]) < 1e-08
        assert vm_nll(f, y, kappa).shape == ()

@test_case(points=1.5, hidden=True, 
    failure_message="The short loss is not the long one without constants, or it does not know that angles repeat, or one of both has a wrong gradient.")
def test_short_loss(vm_loss, vm_nll):
    import math
    import torch

    def gradient(loss, f, *rest):
        f = f.clone().requires_grad_()
        loss(f, *rest).backward()
        return f.grad + 0
    rng = torch.Generator().manual_seed(16)
    for n in (1, 3, 20):
        f, y = (torch.rand(2, n, generator=rng, dtype=torch.float64) - 0.5) * 12
        exact = -sum((math.cos(a) * math.cos(b) + math.sin(a) * math.sin(b) for a, b in zip(f.tolist(), y.tolist())))
        assert abs(vm_loss(f, y).item() - exact) < 1e-11
        turned = vm_loss(f + 2 * math.pi, y - 4 * math.pi)
        assert turned.shape == () and abs(turned.item() - exact) < 1e-11
        slopes = (inside(gradient)(vm_loss, f, y), inside(gradient)(vm_nll, f, y, 7.0))
        assert torch.allclose(slopes[0], torch.sin(f - y), rtol=0, atol=1e-11)
        assert torch.allclose(slopes[1], 7 * torch.sin(f - y), rtol=0, atol=1e-09)

@test_case(points=1, hidden=True, 
    failure_message="Wrapped angles leave the range, or the best direction is not the best one for winds on both sides of pi.")
def test_wrap_and_mean_direction(wrap, best_direction):
    import math
    import torch
    angle = torch.tensor([[4.0, -4.0, 0.0], [3.0, -3.0, 100.0], [-100.0, 6.3, -9.0]], dtype=torch.float64).T
    got = wrap(angle)
    assert got.shape == (3, 3) and (got.abs() <= math.pi).all()
    turns = (angle - got) / (2 * math.pi)
    assert (turns - turns.round()).abs().max() < 1e-09
    assert torch.allclose(got, torch.atan2(torch.sin(angle), torch.cos(angle)), rtol=0, atol=1e-09)
    assert abs(wrap(torch.tensor(math.pi, dtype=torch.float64)).item() - math.pi) < 1e-12
    rng = torch.Generator().manual_seed(17)
    cases = [torch.tensor([3.1, -3.1]), torch.tensor([2.0]), torch.tensor([0.1, 0.2, -3.0, 6.0])]
    cases += [3 + torch.randn(n, generator=rng) for n in (2, 5, 30)]
    grid = torch.linspace(-math.pi, math.pi, 20001, dtype=torch.float64)
    for y in cases:
        y = y.double()
        loss = -torch.cos(y[:, None] - grid).sum(dim=0)
        best = grid[loss.argmin()].item()
        assert abs(math.remainder(best_direction(y) - best, 2 * math.pi)) < 0.0005

