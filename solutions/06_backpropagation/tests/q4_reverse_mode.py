from otter.test_files import test_case

OK_FORMAT = False

name = "q4_reverse_mode"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="At x = 0 the six derivatives are 1, 1, D, D, 3 D, 3 D with D = exp(2) + cos(2); the derivative of v * v + v at 3 is 7.")
def test_small_graphs(reverse_by_hand, Var, reverse_gradient):
    import numpy as np
    got = reverse_by_hand(0.0)
    assert got is not None, 'reverse_by_hand(0.0) returned None: expected an array of shape (6,)'
    assert np.shape(got) == (6,), f'reverse_by_hand: expected shape (6,), got {np.shape(got)}'
    d = np.exp(2) + np.cos(2)
    assert np.allclose(got, [1, 1, d, d, 3 * d, 3 * d]), f'expected 1, 1, D, D, 3 D, 3 D with D = {d:.6f}, got {got}'
    number = Var(2.0)
    assert getattr(number, 'value', None) == 2.0, 'Var(2.0) should have the attribute value, 2.0'
    assert getattr(number, 'grad', None) == 0.0, 'Var(2.0) should have the attribute grad, 0.0'
    got = reverse_gradient(lambda v: v[0] * v[0] + v[0], [3.0])
    assert got is not None, 'reverse_gradient(...) returned None: expected a list of floats'
    assert len(got) == 1 and abs(got[0] - 7) < 1e-09, f'derivative of v * v + v at 3: expected [7.0], got {got}'

@test_case(points=1.5, hidden=True, 
    failure_message="One of the six derivatives is wrong for some x. Which quantities reach the result on two ways?")
def test_by_hand_against_autograd(reverse_by_hand):
    import numpy as np
    import torch
    for x in (-2.0, -1.0, -0.3, 0.2, 0.7, 1.0):
        t = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        f1 = torch.exp(t)
        f2 = f1 ** 2
        f3 = f1 + f2
        f4, f5 = (torch.exp(f3), torch.sin(f3))
        expected = torch.autograd.grad(f4 + f5, (f5, f4, f3, f2, f1, t))
        assert np.allclose(reverse_by_hand(x), [e.item() for e in expected], rtol=1e-10, atol=0)

@test_case(points=1.5, hidden=True, 
    failure_message="The tape gives a wrong derivative for some expression. A Var that is used twice collects from both uses, and passes on nothing before it has all.")
def test_tape_against_autograd(reverse_gradient):
    import numpy as np
    import torch

    def late_use(v):
        a = v[0] * v[1]
        b = a.sin()
        c = b * a + b
        return c * a + 2 * c + v[0]

    def chain(v):
        a = v[0]
        for _ in range(300):
            a = 0.99 * a + v[1] * 0.01
        return a

    def doubling(v):
        a = v[0]
        for _ in range(50):
            a = a + a
        return a
    expressions = [(lambda v: v[0], 2), (lambda v: v[1] * v[1] * v[1], 2), (lambda v: 3 + v[0] * 2 + 2.5 * v[1] + 1, 2), (lambda v: (v[0] + v[0]) * (v[0] + v[1]), 3), (lambda v: (v[0] + v[0] * v[0]).exp() + (v[0] + v[0] * v[0]).sin(), 1), (lambda v: ((v[2] * v[0]).sin() * v[1] + -1 * v[0].exp()).sin() * v[0], 3), (late_use, 2), (chain, 2), (doubling, 1)]
    rng = np.random.default_rng(606)
    for fn, inputs in expressions:
        p = rng.uniform(-1, 1, size=inputs).tolist()
        t = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in p]
        expected = torch.autograd.grad(fn(t), t, allow_unused=True)
        got = reverse_gradient(fn, p)
        right = [0.0 if e is None else e.item() for e in expected]
        assert len(got) == inputs and np.allclose(got, right, rtol=1e-10, atol=1e-12)

@test_case(points=1, hidden=True, 
    failure_message="Values or grads of the Vars in the middle are wrong, or fn is called more than once. Every Var gets its grad, the result itself included.")
def test_every_grad(Var, reverse_gradient):
    import math

    def walk(Var, reverse_gradient):
        a, b = (Var(0.5), Var(-2.0))
        c = a * b
        d = c + a
        e = d.exp()
        z = e * d + e.sin()
        z.backward()
        calls = []
        reverse_gradient(lambda v: calls.append(len(v)) or v[0] * v[2], [1.0, 2.0, 3.0])
        return ([v.value for v in (c, d, e, z)], [v.grad for v in (z, e, d, c, b, a)], calls)
    values, grads, calls = inside(walk)(Var, reverse_gradient)
    c, d, e = (-1.0, -0.5, math.exp(-0.5))
    z = e * d + math.sin(e)
    by_e = d + math.cos(e)
    by_d = e + by_e * e
    expected = [1.0, by_e, by_d, by_d, by_d * 0.5, by_d * (1 - 2.0)]
    assert all((math.isclose(g, r, rel_tol=1e-12) for g, r in zip(values, (c, d, e, z))))
    assert len(grads) == 6 and all((math.isclose(g, r, rel_tol=1e-12) for g, r in zip(grads, expected)))
    assert calls == [3]

