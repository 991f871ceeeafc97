from otter.test_files import test_case

OK_FORMAT = False

name = "q13_trapped"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="On a parabola of curvature 1 the rate 0.5 halves the distance; with a rate of 0 nothing moves.")
def test_parabola(descend, largest_stable_rate, end_points, escape_facts):
    got = descend(lambda x: x, 8.0, 0.5, 3)
    assert got is not None, 'descend(...) returned None: expected a float'
    assert abs(got - 1) < 1e-09, f'three steps of rate 0.5 from 8 on x * x / 2: expected 1, got {got}'
    got = largest_stable_rate(1.0)
    assert got is not None, 'largest_stable_rate(1.0) returned None: expected a float'
    assert got > 0.5, f'largest_stable_rate(1.0): the rate 0.5 is stable, got {got}'
    got = end_points([0.0])
    assert got is not None, 'end_points([0.0]) returned None: expected a list'
    assert len(got) == 1, f'end_points of one rate: expected a list of one float, got {got}'
    assert abs(got[0] - 4.1) < 1e-09, f'end_points([0.0]): expected [4.1], got {got}'
    assert isinstance(escape_facts, dict), 'escape_facts should be a dictionary'
    keys = ['can_leave', 'loss_never_rises', 'leaves_in_the_end', 'above_the_limit_it_leaves', 'zero_gradient_stays']
    for key in keys:
        assert isinstance(escape_facts.get(key), bool), f'escape_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="descend does not take exactly the given number of steps of constant rate, or the stable rate is wrong for some curvature.")
def test_parabolas(descend, largest_stable_rate):
    for curvature in (0.25, 1.0, 3.0, 7.6, 50.0):
        for rate in (0.01, 0.1, 0.5, 1.0, 2.0):
            for steps in (0, 1, 2, 5):
                expected = 3 + 2 * (1 - rate * curvature) ** steps
                got = descend(lambda x: curvature * (x - 3), 5.0, rate, steps)
                assert abs(got - expected) <= 1e-12 * (1 + abs(expected))
        limit = largest_stable_rate(curvature)
        for share, shrinks in ((0.999, True), (1.001, False), (0.01, True)):
            far = descend(lambda x: curvature * x, 1.0, share * limit, 3000)
            assert (abs(far) < 0.1) is shrinks
    assert descend(lambda x: 4 * x ** 3 - 4 * x, 1.0, 10.0, 50) == 1.0

@test_case(points=1, hidden=True, 
    failure_message="For some rates the walk ends elsewhere. Check the derivative of f with small differences; the rate stays constant.")
def test_end_points(end_points):
    import math
    f = lambda x: 0.05 * x * x - 0.5 * math.exp(-8 * (x - 4) ** 2)
    df = lambda x: (f(x + 1e-05) - f(x - 1e-05)) / 2e-05
    lo, hi = (3.9, 4.0)
    for _ in range(60):
        middle = (lo + hi) / 2
        lo, hi = (middle, hi) if df(middle) < 0 else (lo, middle)
    small, escaped, bouncing = ([0.02, 0.05, 0.1, 0.2, 0.24], [0.5, 0.7, 1.0, 2.0, 5.0], [0.27, 0.3, 0.35])
    got = list(end_points(small + escaped + bouncing))
    assert len(got) == 13
    assert all((abs(x - lo) < 1e-07 for x in got[:5]))
    assert all((abs(x) < 1e-06 for x in got[5:10]))
    assert all((3.5 < x < 4.2 and abs(x - lo) > 0.03 for x in got[10:]))
    for rate in (0.0001, 0.0004):
        x = 4.1
        for _ in range(2000):
            x -= rate * df(x)
        assert abs(end_points([rate])[0] - x) < 5e-08
    assert list(end_points([])) == []

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements is decided wrongly. Try rates just above the limit, and much larger ones.")
def test_escape_facts(escape_facts):
    import torch
    rates = torch.tensor([0.05, 0.1, 0.2, 0.28, 0.3, 0.35, 0.5, 0.7, 1.0], dtype=torch.float64)
    f = lambda x: 0.05 * x ** 2 - 0.5 * torch.exp(-8 * (x - 4) ** 2)
    x = torch.full_like(rates, 4.1)
    rises = torch.zeros_like(rates, dtype=torch.bool)
    for _ in range(3000):
        x.requires_grad_()
        g, = torch.autograd.grad(f(x).sum(), x)
        new = (x - rates * g).detach()
        rises |= f(new) > f(x.detach()) + 1e-09
        x = new
    left = x < 3.43
    curvature = torch.autograd.functional.hessian(f, torch.tensor(3.949617, dtype=torch.float64))
    still = torch.tensor(1.0, requires_grad=True)
    g, = torch.autograd.grad(still ** 4 - 2 * still ** 2, still)
    assert escape_facts['can_leave'] is bool((left & (f(x) < 0.1)).any())
    assert escape_facts['loss_never_rises'] is (not bool(rises.any()))
    assert escape_facts['leaves_in_the_end'] is bool(left.all())
    assert escape_facts['above_the_limit_it_leaves'] is bool(left[rates * curvature > 2].all())
    assert escape_facts['zero_gradient_stays'] is bool(g == 0)

