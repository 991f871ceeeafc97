from otter.test_files import test_case

OK_FORMAT = False

name = "q19_implicit_gradient"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="For g = y * y - 6 x y at x = 1, y_star = 3, v = 2 the product is 6.")
def test_straight_line(implicit_vjp, layer_facts):
    import torch
    one = torch.ones(1, dtype=torch.float64)
    got = implicit_vjp(lambda y, x: (y * y - 6 * x * y).sum(), 3 * one, one, 2 * one)
    assert isinstance(got, torch.Tensor), f'implicit_vjp should return a tensor of shape (n,), got {got}'
    assert tuple(got.shape) == (1,), f'implicit_vjp: expected shape (1,), got {tuple(got.shape)}'
    assert abs(got.item() - 6) < 1e-09, f'implicit_vjp: expected 6, got {got.item()}'
    assert isinstance(layer_facts, dict), 'layer_facts should be a dictionary'
    keys = ['descent_is_needed', 'solver_must_be_differentiable', 'solution_must_be_differentiable']
    for key in keys + ['constant_will_do']:
        assert isinstance(layer_facts.get(key), bool), f'layer_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="For some inner problem the product differs from what the solutions for neighbouring x show. Check the sign, the Hessian, and problems with m different from n.")
def test_closed_form_problems(implicit_vjp):
    import torch
    torch.manual_seed(528)
    rows, targets = (torch.randn(20, 4, dtype=torch.float64), torch.randn(20, dtype=torch.float64))

    def ridge(y, x):
        return 0.5 * ((rows @ y - targets) ** 2).sum() + 0.5 * (x.exp() * y ** 2).sum()

    def solve(x):
        return torch.linalg.solve(rows.T @ rows + torch.diag(x.exp().expand(4)), rows.T @ targets)
    for n in (1, 4):
        x, v = (torch.randn(n, dtype=torch.float64), torch.randn(4, dtype=torch.float64))
        expected = v @ torch.autograd.functional.jacobian(solve, x)
        got = implicit_vjp(ridge, solve(x), x, v)
        assert got.shape == (n,) and (not got.requires_grad) and torch.allclose(got, expected, rtol=1e-08, atol=1e-10)
    root = torch.tensor([[2.0, 0.0, 0.0], [1.0, 1.0, 0.0], [-1.0, 3.0, 0.5]], dtype=torch.float64)

    def target(x):
        return torch.stack([x[0] ** 3, x[0] * x[1], torch.sin(x[1])])

    def curved(y, x):
        return 0.5 * ((root @ y - target(x)) ** 2).sum()
    x, v = (torch.tensor([0.7, -1.2], dtype=torch.float64), torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64))
    expected = v @ torch.linalg.solve(root, torch.autograd.functional.jacobian(target, x))
    got = implicit_vjp(curved, torch.linalg.solve(root, target(x)), x, v)
    assert torch.allclose(got, expected, rtol=1e-08, atol=1e-09)

    def many(y, x):
        return ((y - x[0] * torch.arange(1.0, 6.0, dtype=torch.float64)) ** 2).sum()
    x, v = (torch.tensor([2.0], dtype=torch.float64), torch.arange(5.0, dtype=torch.float64))
    got = implicit_vjp(many, 2 * torch.arange(1.0, 6.0, dtype=torch.float64), x, v)
    assert torch.allclose(got, torch.tensor([40.0], dtype=torch.float64))
    x, v = (torch.tensor([1.0, 2.0, -3.0], dtype=torch.float64), torch.tensor([3.0], dtype=torch.float64))
    got = implicit_vjp(lambda y, x: ((y - x ** 2) ** 2).mean(), (x ** 2).mean(dim=0, keepdim=True), x, v)
    assert torch.allclose(got, 2 * x, rtol=1e-09)

@test_case(points=1, hidden=True, 
    failure_message="With a solution found by Newton's method or without any derivatives the product is wrong. It depends on the solution only.")
def test_any_solver(implicit_vjp):
    import numpy as np
    import torch
    rng = np.random.default_rng(529)
    data, labels = (rng.normal(size=(30, 2)), rng.integers(0, 2, size=30) * 1.0)

    def logistic(y, x):
        z = torch.tensor(data) @ y
        return torch.nn.functional.softplus(z).sum() - (torch.tensor(labels) * z).sum() + (x.exp() * y ** 2).sum()

    def newton(x):
        w = np.zeros(2)
        for _ in range(30):
            s = 1 / (1 + np.exp(-data @ w))
            slope = data.T @ (s - labels) + 2 * np.exp(x) * w
            w = w - np.linalg.solve(data.T @ (data * (s * (1 - s))[:, None]) + 2 * np.diag(np.exp(x)), slope)
        return w

    def quartic(y, x):
        return (0.25 * y ** 4 + 0.5 * (1 + x[1] ** 2) * y ** 2 - y * x[0] * torch.exp(x[2])).sum()

    def thirds(x):
        f = lambda y: 0.25 * y ** 4 + 0.5 * (1 + x[1] ** 2) * y ** 2 - y * x[0] * np.exp(x[2])
        lo, hi = (-10.0, 10.0)
        for _ in range(150):
            a, b = (lo + (hi - lo) / 3, hi - (hi - lo) / 3)
            lo, hi = (lo, b) if f(a) < f(b) else (a, hi)
        return np.array([(lo + hi) / 2])

    def bisect(x):
        slope = lambda y: y ** 3 + (1 + x[1] ** 2) * y - x[0] * np.exp(x[2])
        lo, hi = (-10.0, 10.0)
        for _ in range(80):
            lo, hi = ((lo + hi) / 2, hi) if slope((lo + hi) / 2) < 0 else (lo, (lo + hi) / 2)
        return np.array([lo])
    for g, solver, exact, x, v in ((logistic, newton, newton, np.array([0.2, -0.5]), np.array([1.0, -3.0])), (quartic, thirds, bisect, np.array([1.5, 0.4, -0.3]), np.array([2.0])), (quartic, bisect, bisect, np.array([-2.0, 1.0, 0.5]), np.array([-1.0]))):
        got = implicit_vjp(g, torch.tensor(solver(x)), torch.tensor(x), torch.tensor(v))
        expected = []
        for i in range(len(x)):
            step = np.zeros(len(x))
            step[i] = 1e-05
            expected.append(v @ (exact(x + step) - exact(x - step)) / 2e-05)
        assert np.allclose(got.numpy(), expected, rtol=1e-06, atol=1e-06)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the four statements is decided wrongly. What in the formula for the Jacobian tells how the solution was found?")
def test_layer_facts(layer_facts):
    import numpy as np

    def downhill(x):
        y = 0.0
        for _ in range(400):
            y -= 0.2 * (y ** 3 + y - x)
        return y

    def algebra(x):
        roots = np.roots([1.0, 0.0, 1.0, -x])
        return roots[np.abs(roots.imag).argmin()].real

    def halving(x):
        lo, hi = (-5.0, 5.0)
        for _ in range(80):
            lo, hi = ((lo + hi) / 2, hi) if ((lo + hi) / 2) ** 3 + (lo + hi) / 2 < x else (lo, (lo + hi) / 2)
        return lo
    x, gaps, slopes = (1.7, [], [])
    for solve in (downhill, algebra, halving):
        slope = 1 / (3 * solve(x) ** 2 + 1)
        measured = (halving(x + 1e-05) - halving(x - 1e-05)) / 2e-05
        gaps.append(abs(slope - measured))
        slopes.append(measured)
    assert layer_facts['descent_is_needed'] is (not bool(max(gaps[1:]) < 1e-07))
    assert layer_facts['solver_must_be_differentiable'] is (not bool(gaps[2] < 1e-07))
    assert layer_facts['solution_must_be_differentiable'] is bool(np.isfinite(slopes).all() and gaps[0] < 1e-07)
    assert layer_facts['constant_will_do'] is bool(abs(slopes[0]) < 1e-07)

