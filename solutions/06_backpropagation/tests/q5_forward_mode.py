from otter.test_files import test_case

OK_FORMAT = False

name = "q5_forward_mode"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="At x = 0 the derivatives of f1, f2, f3 are 1, 2, 3; the product of two numbers at (3, 5) in the direction (1, 2) changes by 11; mode_facts holds five booleans.")
def test_small_programs(forward_by_hand, Dual, directional, forward_gradient, sweeps, mode_facts):
    import numpy as np
    got = forward_by_hand(0.0)
    assert got is not None, 'forward_by_hand(0.0) returned None: expected an array of shape (6,)'
    assert np.shape(got) == (6,), f'forward_by_hand: expected shape (6,), got {np.shape(got)}'
    e, c = (np.exp(2), np.cos(2))
    expected = [1, 2, 3, 3 * e, 3 * c, 3 * (e + c)]
    assert np.allclose(got, expected), f'expected 1, 2, 3, 3 exp(2), 3 cos(2), 3 (exp(2) + cos(2)), got {got}'
    number = Dual(2.0, 1.0)
    assert getattr(number, 'value', None) == 2.0, 'Dual(2.0, 1.0) should have the attribute value, 2.0'
    assert getattr(number, 'tangent', None) == 1.0, 'Dual(2.0, 1.0) should have the attribute tangent, 1.0'
    got = directional(lambda d: d[0] * d[1], [3.0, 5.0], [1.0, 2.0])
    assert got is not None, 'directional(...) returned None: expected a float'
    assert abs(got - 11) < 1e-09, f'directional: expected 11, got {got}'
    got = forward_gradient(lambda d: d[0] * d[1], [3.0, 5.0])
    assert got is not None, 'forward_gradient(...) returned None: expected a list of floats'
    assert np.shape(got) == (2,) and np.allclose(got, [5, 3]), f'forward_gradient: expected [5, 3], got {got}'
    got = sweeps(1, 1)
    assert got is not None, 'sweeps(1, 1) returned None: expected a pair of integers'
    assert tuple(got) == (1, 1), f'sweeps(1, 1): expected (1, 1), got {got}'
    keys = ['forward_is_less_accurate', 'forward_needs_a_sweep_per_parameter', 'forward_wins_for_many_outputs']
    assert isinstance(mode_facts, dict), 'mode_facts should be a dictionary'
    for key in keys + ['one_direction_is_cheap', 'reverse_keeps_nothing']:
        assert isinstance(mode_facts.get(key), bool), f'mode_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="One of the six derivatives is wrong for some x. Everything is differentiated with respect to x, so the inner derivative belongs to each.")
def test_by_hand_against_autograd(forward_by_hand):
    import numpy as np
    import torch

    def program(x):
        f1 = torch.exp(x)
        f2 = f1 ** 2
        f3 = f1 + f2
        return torch.stack([f1, f2, f3, torch.exp(f3), torch.sin(f3), torch.exp(f3) + torch.sin(f3)])
    for x in (-2.0, -1.0, -0.3, 0.2, 0.7, 1.0):
        expected = torch.autograd.functional.jacobian(program, torch.tensor(x, dtype=torch.float64))
        assert np.allclose(forward_by_hand(x), expected.numpy(), rtol=1e-10, atol=0)

@test_case(points=2, hidden=True, 
    failure_message="Dual numbers give a wrong derivative for some program, or fn is called too often. Plain numbers have no tangent, and a product has two terms.")
def test_duals_against_autograd(directional, forward_gradient):
    import numpy as np
    import torch

    def mixed(v):
        a = v[0] * v[1]
        b = a.sin()
        c = b * a + b
        return c * a + 2 * c + v[0]
    programs = [(lambda v: v[0], 2), (lambda v: v[1] * v[1] * v[1], 2), (lambda v: 3 + v[0] * 2 + 2.5 * v[1] + 1, 2), (lambda v: (v[0] + v[0] * v[0]).exp() + (v[0] + v[0] * v[0]).sin(), 1), (lambda v: ((v[2] * v[0]).sin() * v[1] + -1 * v[0].exp()).sin() * v[4] + v[3], 5), (mixed, 2)]
    rng = np.random.default_rng(607)
    for fn, inputs in programs:
        p, v = rng.uniform(-1, 1, size=(2, inputs)).tolist()
        t = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in p]
        found = torch.autograd.grad(fn(t), t, allow_unused=True)
        expected = [0.0 if e is None else e.item() for e in found]
        assert np.isclose(directional(fn, p, v), np.dot(expected, v), rtol=1e-10, atol=1e-12)
        got = forward_gradient(fn, p)
        assert np.shape(got) == (inputs,) and np.allclose(got, expected, rtol=1e-10, atol=1e-12)

    def count(directional, forward_gradient):
        calls = []
        fn = lambda d: calls.append(1) or (d[0] * d[1]).exp() + d[2]
        directional(fn, [0.1, 0.2, 0.3], [1.0, 1.0, 1.0])
        first = len(calls)
        forward_gradient(fn, [0.1, 0.2, 0.3])
        return (first, len(calls) - first)
    assert inside(count)(directional, forward_gradient) == (1, 3)

@test_case(points=1, hidden=True, 
    failure_message="sweeps, or at least one of the five statements, is wrong. Each forward sweep follows one input, each reverse sweep one output.")
def test_costs(sweeps, mode_facts):
    import math
    from decimal import Decimal, getcontext
    import torch

    def tangent(program, x, v):
        t = x.clone().requires_grad_()
        out = program(t)
        given = torch.ones_like(out, requires_grad=True)
        back, = torch.autograd.grad(out, t, given, create_graph=True)
        return torch.autograd.grad(back, given, v)[0]

    def program(x):
        return torch.sin(a @ x)
    counts = {}
    for inputs, outputs in ((1, 1), (3, 2), (7, 1), (1, 9)):
        a = torch.randn(outputs, inputs, dtype=torch.float64)
        x = torch.randn(inputs, dtype=torch.float64)
        jacobian = torch.autograd.functional.jacobian(program, x)
        columns = [tangent(program, x, e) for e in torch.eye(inputs, dtype=torch.float64)]
        t = x.clone().requires_grad_()
        rows = [torch.autograd.grad(program(t), t, e)[0] for e in torch.eye(outputs, dtype=torch.float64)]
        assert torch.allclose(torch.stack(columns, 1), jacobian) and torch.allclose(torch.stack(rows), jacobian)
        counts[inputs, outputs] = (len(columns), len(rows))
    for sizes, both in counts.items():
        assert tuple(sweeps(*sizes)) == both
    assert tuple(sweeps(10 ** 6, 1)) == (10 ** 6, 1)
    getcontext().prec = 40
    f1 = Decimal(0.3).exp()
    f3 = f1 + f1 * f1
    cosine, term = (Decimal(0), Decimal(1))
    for k in range(1, 60):
        cosine += term
        term *= -f3 * f3 / ((2 * k - 1) * (2 * k))
    exact = f1 * (1 + 2 * f1) * (f3.exp() + cosine)
    first = math.exp(0.3)
    second, inner = (2 * first * first, first + first * first)
    slope = math.exp(inner) * (first + second) + math.cos(inner) * (first + second)
    error = abs(Decimal(slope) / exact - 1)
    assert mode_facts['forward_is_less_accurate'] is bool(error > Decimal(1e-06))
    assert mode_facts['forward_needs_a_sweep_per_parameter'] is (counts[7, 1] == (7, 1))
    assert mode_facts['forward_wins_for_many_outputs'] is (counts[1, 9][0] < counts[1, 9][1])
    a, x, v = (torch.randn(50, dtype=torch.float64) for _ in range(3))
    wave = lambda p: torch.sin(a * p).sum()
    same = torch.isclose(tangent(wave, x, v), torch.autograd.functional.jacobian(wave, x) @ v)
    assert mode_facts['one_direction_is_cheap'] is bool(same)
    slopes = torch.cos(torch.tensor([0.0, 1.0]))
    assert mode_facts['reverse_keeps_nothing'] is bool(slopes[0] == slopes[1])

