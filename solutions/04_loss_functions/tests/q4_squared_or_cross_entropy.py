from otter.test_files import test_case

OK_FORMAT = False

name = "q4_squared_or_cross_entropy"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="For p = 0.5 the four losses are 0.5, 0.25, 2 log 2 and log 2; at z = 0, y = 1 the slopes are -0.25 and -0.5; (\"bce\", 0, 1) needs 1 step.")
def test_half(compare_losses, slopes, steps_to_half, steepest_p, better_loss, loss_facts):
    import math
    import torch
    y, p = (torch.tensor([1.0, 0.0], dtype=torch.float64), torch.tensor([0.5, 0.5], dtype=torch.float64))
    got = compare_losses(y, p)
    assert isinstance(got, dict), 'compare_losses should return a dictionary'
    for key, value in (('l2_sum', 0.5), ('l2_mean', 0.25), ('bce_sum', math.log(4)), ('bce_mean', math.log(2))):
        assert key in got, f'compare_losses: there is no entry {key!r}'
        assert abs(got[key] - value) < 1e-09, f'{key}: expected {value}, got {got[key]}'
    got = slopes(torch.zeros(1, dtype=torch.float64), y[:1])
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'slopes should return (dl2, dbce)'
    for name, part, value in (('dl2', got[0], -0.25), ('dbce', got[1], -0.5)):
        assert isinstance(part, torch.Tensor) and tuple(part.shape) == (1,), f'{name} should be a tensor (1,)'
        assert abs(part.item() - value) < 1e-09, f'{name} at z = 0, y = 1: expected {value}, got {part.item()}'
    got = steps_to_half('bce', 0.0, 1.0)
    assert type(got) is int, 'steps_to_half should return an int'
    assert got == 1, f'steps_to_half("bce", 0.0, 1.0): expected 1, got {got}'
    assert isinstance(steepest_p, (int, float)), 'steepest_p should be a number'
    assert better_loss in ('l2', 'bce'), 'better_loss should be "l2" or "bce"'
    assert isinstance(loss_facts, dict), 'loss_facts should be a dictionary'
    keys = ['l2_bounded', 'bce_bounded', 'l2_convex', 'bce_convex', 'l2_steepest_when_most_wrong', 'both_right']
    for key in keys:
        assert isinstance(loss_facts.get(key), bool), f'loss_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="A loss is wrong, or a slope is not the derivative in z. Compute the losses for targets (0, 1) and predictions (0.8, 0.2) by hand.")
def test_losses_and_slopes(compare_losses, slopes):
    import torch
    import torch.nn.functional as F
    rng = torch.Generator().manual_seed(4)
    example = (torch.tensor([0.0, 1.0], dtype=torch.float64), torch.tensor([0.8, 0.2], dtype=torch.float64))
    cases = [example, (torch.ones(1, dtype=torch.float64), torch.full((1,), 0.9, dtype=torch.float64))]
    for n in (2, 3, 17):
        y = torch.randint(2, (n,), generator=rng).double()
        cases.append((y, torch.rand(n, generator=rng, dtype=torch.float64) * 0.9 + 0.05))
    for y, p in cases:
        got = compare_losses(y, p)
        for how in ('sum', 'mean'):
            assert abs(got[f'l2_{how}'] - F.mse_loss(p, y, reduction=how).item()) < 1e-10
            assert abs(got[f'bce_{how}'] - F.binary_cross_entropy(p, y, reduction=how).item()) < 1e-10
    numbers = torch.tensor([-1000.0, -40, -6, -4, -2, -0.5, 0, 1, 3, 40, 1000], dtype=torch.float64)
    z = torch.cat([numbers, numbers]).requires_grad_()
    y = torch.cat([torch.zeros(11), torch.ones(11)]).double()
    l2, = torch.autograd.grad(((torch.sigmoid(z) - y) ** 2).sum(), z)
    bce, = torch.autograd.grad(F.binary_cross_entropy_with_logits(z, y, reduction='sum'), z)
    dl2, dbce = slopes(z.detach(), y)
    assert (dl2 - l2).abs().max() < 1e-12 and (dbce - bce).abs().max() < 1e-12

@test_case(points=1.5, hidden=True, 
    failure_message="The number of steps is wrong for some start, rate or loss. A step uses the slope in z, and p = 0.5 is not yet above 0.5.")
def test_steps_by_autograd(steps_to_half):
    import torch
    import torch.nn.functional as F
    starts = [('l2', -6.0, 1.0), ('bce', -6.0, 1.0), ('l2', -3.0, 0.5), ('bce', -10.0, 0.3), ('l2', -4.0, 2.5)]
    starts += [('l2', 0.0, 1.0), ('bce', 0.0, 0.01), ('l2', 1e-06, 1.0), ('bce', 2.0, 1.0), ('bce', -0.25, 1.0)]
    for loss, z0, rate in starts:
        z, steps = (torch.tensor([z0], dtype=torch.float64), 0)
        while torch.sigmoid(z).item() <= 0.5:
            z.requires_grad_()
            l2, bce = ((torch.sigmoid(z) - 1) ** 2, F.binary_cross_entropy_with_logits(z, torch.ones_like(z)))
            slope, = torch.autograd.grad(l2.sum() if loss == 'l2' else bce, z)
            z, steps = ((z - rate * slope).detach(), steps + 1)
        assert steps_to_half(loss, z0, rate) == steps

@test_case(points=1.5, hidden=True, 
    failure_message="steepest_p, better_loss or one of the six statements is wrong. Plot both losses and their slopes over z.")
def test_facts_by_computing(steepest_p, better_loss, loss_facts):
    import torch
    import torch.nn.functional as F
    z = torch.linspace(-20, 20, 40001, dtype=torch.float64, requires_grad=True)
    p = torch.sigmoid(z)
    losses = {'l2': (p - 1) ** 2, 'bce': F.binary_cross_entropy_with_logits(z, torch.ones_like(z), reduction='none')}
    slope = {name: torch.autograd.grad(loss.sum(), z, retain_graph=True)[0] for name, loss in losses.items()}
    assert abs(steepest_p - p[slope['l2'].abs().argmax()].item()) < 0.001
    assert len(loss_facts) == 6
    for name, loss in losses.items():
        assert loss_facts[f'{name}_bounded'] is bool(loss.max() <= 1)
        assert loss_facts[f'{name}_convex'] is bool((slope[name].diff() > -1e-12).all())
    assert loss_facts['l2_steepest_when_most_wrong'] is bool((slope['l2'].abs().diff() < 1e-12).all())
    assert loss_facts['both_right'] is all(((guess > 0.5) == bool(target) for target, guess in ((0, 0.8), (1, 0.2))))
    pull = {name: slope[name][0].abs().item() for name in losses}
    assert better_loss == max(pull, key=pull.get)

