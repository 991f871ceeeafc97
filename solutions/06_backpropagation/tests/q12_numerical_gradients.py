from otter.test_files import test_case

OK_FORMAT = False

name = "q12_numerical_gradients"
points = 6


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1.5, hidden=False, 
    failure_message="For the square at 3 and eps = 1 the quotients are 7 (forward) and 6 (central); one parameter takes two calls either way; difference_facts holds six booleans.")
def test_square(passes, numerical_gradient, best_step, numerical_gradients, linear_mean_gradients, gradients_agree, difference_facts):
    import numpy as np
    import torch
    for scheme, expected in (('forward', 7), ('central', 6)):
        got = passes(1, scheme)
        assert got is not None, f'passes(1, {scheme!r}) returned None: expected an integer'
        assert got == 2, f'passes(1, {scheme!r}): expected 2, got {got}'
        got = numerical_gradient(lambda theta: float(theta[0] ** 2), np.array([3.0]), 1.0, scheme)
        assert got is not None, 'numerical_gradient(...) returned None: expected an array of shape (P,)'
        assert np.shape(got) == (1,), f'numerical_gradient: expected shape (1,), got {np.shape(got)}'
        assert np.allclose(got, [expected]), f'{scheme}: expected [{expected}], got {got}'
    assert best_step(np.exp, np.exp, 0.0, 'forward') is not None, 'best_step(...) returned None: expected a float'
    w = torch.tensor([1.0, 2.0], dtype=torch.float64)
    got = numerical_gradients(lambda w: (w * w).sum(), w)
    assert isinstance(got, (tuple, list)) and len(got) == 1, 'numerical_gradients should return a tuple, one per tensor'
    assert torch.allclose(got[0], 2 * w, atol=0.0001), f'numerical_gradients: expected [2, 4], got {got[0].tolist()}'
    one = torch.ones(1, 1, dtype=torch.float64)
    got = linear_mean_gradients(3 * one, one, one[0])
    assert got is not None, 'linear_mean_gradients(...) returned None: expected a pair of tensors'
    assert tuple(got[0].shape) == (1, 1) and tuple(got[1].shape) == (1,), 'expected the shapes of omega and beta'
    assert abs(got[0].item() - 3) < 1e-09, f'by omega: expected 3, got {got[0].item()}'
    got = gradients_agree(lambda w: (w * w).sum(), (2 * w,), w)
    assert isinstance(got, bool), f'gradients_agree should return True or False, got {got}'
    keys = ['smaller_is_better', 'needs_known_operations', 'cost_grows_with_parameters', 'half_step_quarter_error']
    assert isinstance(difference_facts, dict), 'difference_facts should be a dictionary'
    for key in keys + ['noise_does_no_harm', 'float32_needs_larger_steps']:
        assert isinstance(difference_facts.get(key), bool), f'difference_facts[{key!r}] should be True or False'

@test_case(points=1.5, hidden=True, 
    failure_message="A quotient is wrong, f is called too often, theta changes, or the best step is not the best. One parameter moves at a time. Which errors grow when eps shrinks?")
def test_quotients(passes, numerical_gradient, best_step):
    import math
    import numpy as np

    def watched(numerical_gradient, theta, scheme):
        calls = []

        def f(t):
            calls.append(t.copy())
            return float((t ** 2).sum() + t.prod())
        before = theta.copy()
        numerical_gradient(f, theta, 0.25, scheme)
        return (len(calls), max((int((c != before).sum()) for c in calls), default=0), bool((theta == before).all()))
    rng = np.random.default_rng(616)
    for count in (0, 1, 2, 5):
        theta, weights = (rng.normal(size=count), rng.normal(size=count))
        for scheme, calls in (('forward', count + 1), ('central', count + count)):
            assert passes(count, scheme) == calls
            got = numerical_gradient(lambda t: float(weights @ t ** 3), theta, 0.25, scheme)
            low = theta if scheme == 'forward' else theta - 0.25
            span = 0.25 if scheme == 'forward' else 0.5
            assert np.shape(got) == (count,)
            assert np.allclose(got, weights * ((theta + 0.25) ** 3 - low ** 3) / span, rtol=1e-09, atol=1e-09)
            seen = inside(watched)(numerical_gradient, theta, scheme)
            assert seen == (calls, min(count, 1), True)
    assert passes(10 ** 9, 'central') == 2 * 10 ** 9 and passes(10 ** 9, 'forward') == 10 ** 9 + 1
    for f, df, x in ((math.exp, math.exp, 1.0), (math.sin, math.cos, 0.7), (math.log, lambda x: 1 / x, 2.3)):
        assert 5e-11 < best_step(f, df, x, 'forward') < 2e-06
        assert 5e-09 < best_step(f, df, x, 'central') < 0.002
    stairs, wave = (lambda x: math.floor(10 * x + 0.5) / 10, lambda x: math.sin(1000000000000.0 * x) / 1000000000000.0)
    assert math.isclose(best_step(stairs, lambda x: 1.0, 0.0, 'forward'), 0.1, rel_tol=1e-06)
    assert math.isclose(best_step(wave, lambda x: math.cos(1000000000000.0 * x), 0.0, 'forward'), 1e-15, rel_tol=1e-06)

@test_case(points=1.5, hidden=True, 
    failure_message="The gradients of a loss of tensors are wrong for some shape or memory layout, or a tensor is changed, or autograd is used.")
def test_tensors_against_autograd(numerical_gradients, linear_mean_gradients):
    import torch

    def watched(numerical_gradients, loss, *tensors):
        import torch
        before = [t.detach().clone() for t in tensors]
        with torch.inference_mode():
            got = [g.clone() for g in numerical_gradients(loss, *tensors)]
        got = [torch.tensor(g.tolist(), dtype=g.dtype) for g in got]
        kept = all((bool((t == b).all()) and t.grad is None for t, b in zip(tensors, before)))
        return (got, kept, any((g.requires_grad for g in numerical_gradients(loss, *tensors))))
    generator = torch.Generator().manual_seed(617)
    normal = lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)
    x = normal(100, 5)
    cases = [(lambda w, b: (x @ w + b).mean(), normal(5, 5), normal(5)), (lambda w, b: (x @ w + b).tanh().square().sum() / 100, normal(3, 5).T, normal(6)[::2]), (lambda s, t: (s * t).sin().sum() + s, normal(1)[0], normal(2, 3, 2)), (lambda t: (t ** 3).sum() * t[0, 0], normal(1).expand(2, 2)), (lambda t: t.exp().prod(), normal(4).requires_grad_())]
    for loss, *tensors in cases:
        free = [t.detach().clone().contiguous().requires_grad_() for t in tensors]
        expected = torch.autograd.grad(loss(*free), free)
        got, kept, needs = inside(watched)(numerical_gradients, loss, *tensors)
        assert kept is True and needs is False and (len(got) == len(tensors))
        for g, e in zip(got, expected):
            assert g.shape == e.shape and torch.allclose(g, e, rtol=1e-06, atol=1e-07)
    got = numerical_gradients(lambda t: (t ** 3).sum(), torch.tensor([2.0], dtype=torch.float64), eps=0.5)
    assert torch.allclose(got[0], torch.tensor([12.25], dtype=torch.float64))
    far = numerical_gradients(lambda t: (1000.0 * t).sin().sum(), torch.zeros(1, dtype=torch.float64))
    assert abs(far[0].item() / 1000.0 - (1 - 1e-06 / 6)) < 1e-08
    for n, d, m in ((100, 5, 5), (7, 2, 3), (1, 4, 1)):
        x, omega, beta = (normal(n, d), normal(d, m).requires_grad_(), normal(m).requires_grad_())
        expected = torch.autograd.grad((x @ omega + beta).mean(), (omega, beta))
        for g, e in zip(linear_mean_gradients(x, omega.detach(), beta.detach()), expected):
            assert g.shape == e.shape and torch.allclose(g, e, rtol=1e-09, atol=1e-12)

@test_case(points=1.5, hidden=True, 
    failure_message="The gradient check lets a wrong gradient pass or refuses a right one, or at least one of the six statements is wrong. Try each statement on a function whose derivative you know.")
def test_check_and_facts(gradients_agree, difference_facts):
    import math
    import numpy as np
    import torch
    generator = torch.Generator().manual_seed(618)
    a, b = (torch.randn(*shape, generator=generator, dtype=torch.float64) for shape in ((3, 2), (2,)))
    loss = lambda a, b: (a @ b).tanh().sum() + (b * b).sum()
    free = [t.clone().requires_grad_() for t in (a, b)]
    right = torch.autograd.grad(loss(*free), free)
    assert gradients_agree(loss, right, a, b) is True
    for position in (0, 1):
        for off, agrees in ((6e-06, True), (-6e-06, True), (1.6e-05, False), (-1.6e-05, False), (1.0, False)):
            wrong = [g.clone() for g in right]
            wrong[position].view(-1)[-1] += off
            assert gradients_agree(loss, tuple(wrong), a, b) is agrees
    big = 1000.0 * b
    assert gradients_agree(lambda t: 1000.0 * t.sum(), (torch.full((2,), 1000.0 + 0.001).double(),), big) is False
    forward = lambda f, x, e: (f(x + e) - f(x)) / e
    central = lambda f, x, e: (f(x + e) - f(x - e)) / (2 * e)
    errors = {e: abs(forward(math.exp, 1.0, e) - math.e) for e in (0.0001, 1e-08, 1e-15)}
    table = {k: math.exp(k / 10000.0) for k in range(9990, 10011)}
    boxed = (table[10001] - table[9999]) / 0.0002
    half = abs(central(math.exp, 1.0, 0.01) - math.e) / abs(central(math.exp, 1.0, 0.005) - math.e)
    rng = np.random.default_rng(619)
    noisy = lambda x: float(((rng.uniform(size=50) > 0.5) * 2 * x).mean())
    worst = max((abs(central(noisy, 1.0, 1e-06) - 1) for _ in range(10)))
    sine = lambda x: np.sin(np.float32(x), dtype=np.float32)
    single = {e: abs(float(central(sine, np.float32(1), np.float32(e))) - math.cos(1)) for e in (1e-06, 0.01)}
    assert difference_facts['smaller_is_better'] is (errors[1e-15] < errors[1e-08] < errors[0.0001])
    assert difference_facts['needs_known_operations'] is (abs(boxed - math.e) > 0.001)
    calls = {count: len([sign for _ in range(count) for sign in (1, -1)]) for count in (1, 1000)}
    assert difference_facts['cost_grows_with_parameters'] is (calls[1000] > calls[1])
    assert difference_facts['half_step_quarter_error'] is (3.5 < half < 4.5)
    assert difference_facts['noise_does_no_harm'] is (worst < 0.1)
    assert difference_facts['float32_needs_larger_steps'] is (single[0.01] < single[1e-06])

