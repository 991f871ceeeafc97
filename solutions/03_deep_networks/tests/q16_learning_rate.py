from otter.test_files import test_case

OK_FORMAT = False

name = "q16_learning_rate"
points = 5


_SOLUTION = (
    'import numpy as np\n'
    'import torch\n'
    'from torch import nn\n'
    'def make_shapes(n, seed):\n'
    '    """n noisy images of ten shapes: X (n, 1, 28, 28) float32, y (n,) int64."""\n'
    '    rng = np.random.default_rng(seed)\n'
    '    y = rng.integers(0, 10, size=n)\n'
    '    centre = rng.uniform(10, 18, size=(2, n, 1, 1))\n'
    '    size = rng.uniform(5, 9, size=(n, 1, 1))\n'
    '    v = (np.arange(28.0)[:, None] - centre[0]) / size\n'
    '    u = (np.arange(28.0) - centre[1]) / size\n'
    '    box, radius = (np.maximum(abs(u), abs(v)), np.hypot(u, v))\n'
    '    shapes = [(abs(v) < 0.3) & (abs(u) < 1), (abs(u) < 0.3) & (abs(v) < 1), (abs(u - v) < 0.4) & (box < 1), (abs(u + v) < 0.4) & (box < 1), (np.minimum(abs(u), abs(v)) < 0.3) & (box < 1), box < 0.8, (box < 1) & (box > 0.6), radius < 1, (radius < 1) & (radius > 0.6), (abs(u) < (v + 1) / 2) & (v < 1)]\n'
    '    images = np.choose(y[:, None, None], shapes) + rng.normal(scale=0.3, size=(n, 28, 28))\n'
    '    return (torch.tensor(images[:, None], dtype=torch.float32), torch.tensor(y))\n'
    'def fit(net, X, y, lr=0.1, epochs=20, seed=0):\n'
    '    """Train net in place on (X, y) by SGD with batches of 50, and return it."""\n'
    '    order = torch.Generator().manual_seed(seed)\n'
    '    optimiser = torch.optim.SGD(net.parameters(), lr=lr)\n'
    '    for _ in range(epochs):\n'
    '        for rows in torch.randperm(len(X), generator=order).split(50):\n'
    '            optimiser.zero_grad()\n'
    '            nn.functional.cross_entropy(net(X[rows]), y[rows]).backward()\n'
    '            optimiser.step()\n'
    '    return net\n'
    '@torch.no_grad()\n'
    'def score(net, X, y):\n'
    '    """Mean cross-entropy and accuracy of net on (X, y), two floats."""\n'
    '    logits = net(X)\n'
    '    loss = nn.functional.cross_entropy(logits, y).item()\n'
    '    return (loss, (logits.argmax(dim=1) == y).double().mean().item())\n'
    'def lr_sweep(rates, data, seed):\n'
    '    """{rate: (training loss, test accuracy)} of a new 784-64-10 ReLU network for each rate."""\n'
    '    X, y, X_test, y_test = data\n'
    '    results = {}\n'
    '    for rate in rates:\n'
    '        torch.manual_seed(seed)\n'
    '        net = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))\n'
    '        fit(net, X, y, lr=rate, epochs=10, seed=seed)\n'
    '        results[rate] = (score(net, X, y)[0], score(net, X_test, y_test)[1])\n'
    '    return results\n'
)


class _Reference:
    """The solution's own names; its code runs when the first of them is asked for."""

    _names = None

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if self._names is None:
            self._names = self._run()
        if name not in self._names:
            raise AttributeError(f"the solution of this question defines no {name!r}")
        return self._names[name]

    @staticmethod
    def _run():
        import random
        import sys

        # The test may have set a seed just before: what the solution draws must not move its generators on.
        generators = [(random.getstate, random.setstate)]
        if "numpy" in sys.modules:
            numpy = sys.modules["numpy"]
            generators.append((numpy.random.get_state, numpy.random.set_state))
        if "torch" in sys.modules:
            torch = sys.modules["torch"]
            generators.append((torch.get_rng_state, torch.set_rng_state))
        states = [(restore, save()) for save, restore in generators]
        names = {"__name__": "reference"}
        try:
            exec(compile(_SOLUTION, "<reference>", "exec"), names)
        finally:
            for restore, state in states:
                restore(state)
        return names


reference = _Reference()


@test_case(points=1, hidden=False, 
    failure_message="For X = (2) the limit is 0.5 and one step with lr 0.25 from zero reaches the solution; the sweep has one pair of numbers per rate; lr_facts holds four booleans.")
def test_one_number(gd, max_stable_lr, best_lr, lr_sweep, lr_facts):
    import torch
    X, y = (torch.tensor([[2.0]], dtype=torch.float64), torch.tensor([6.0], dtype=torch.float64))
    got = gd(X, y, 0.25, 1)
    assert got is not None, 'gd(...) returned None: expected a tensor of shape (d,)'
    assert isinstance(got, torch.Tensor) and got.shape == (1,), 'gd: expected a tensor of shape (1,)'
    assert abs(got.item() - 3) < 1e-09, f'gd with X = 2, y = 6, lr = 0.25, one step: expected 3, got {got.item()}'
    for name, got, expected in (('max_stable_lr', max_stable_lr(X), 0.5), ('best_lr', best_lr(X), 0.25)):
        assert got is not None, f'{name}(X) returned None: expected a float'
        assert isinstance(got, float), f'{name} should return a float, got {type(got).__name__}'
        assert abs(got - expected) < 1e-09, f'{name} for X = 2: expected {expected}, got {got}'
    X, y = (torch.zeros(10, 1, 28, 28), torch.arange(10))
    got = lr_sweep([0.1, 0.2], (X, y, X, y), 0)
    assert got is not None, 'lr_sweep(...) returned None: expected a dictionary'
    assert isinstance(got, dict) and set(got) == {0.1, 0.2}, 'lr_sweep: expected a dictionary with the rates as keys'
    assert all((len(pair) == 2 for pair in got.values())), 'lr_sweep: expected pairs (training loss, test accuracy)'
    assert isinstance(lr_facts, dict), 'lr_facts should be a dictionary'
    keys = ['just_below_limit_is_fastest', 'limit_depends_on_start']
    for key in [*keys, 'ten_times_X_hundredth_limit', 'larger_is_better']:
        assert isinstance(lr_facts.get(key), bool), f'lr_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="gd does not do the steps of gradient descent on this loss. Mind the factor in front of it, and the number of steps.")
def test_gd_against_autograd(gd):
    import torch
    torch.manual_seed(65)
    for n, d in ((1, 1), (5, 5), (20, 3), (50, 8)):
        X, y = (torch.randn(n, d, dtype=torch.float64), torch.randn(n, dtype=torch.float64))
        for lr, steps in ((0.05, 0), (0.1, 1), (0.03, 2), (0.02, 25)):
            w = torch.zeros(d, dtype=torch.float64, requires_grad=True)
            optimiser = torch.optim.SGD([w], lr=lr)
            for _ in range(steps):
                optimiser.zero_grad()
                (0.5 * torch.nn.functional.mse_loss(X @ w, y)).backward()
                optimiser.step()
            got = gd(X, y, lr, steps)
            assert got.shape == (d,) and got.dtype == torch.float64
            assert torch.allclose(got, w.detach(), rtol=1e-10, atol=1e-12)

@test_case(points=1, hidden=True, 
    failure_message="A rate just below your limit should converge and one just above should not, and your best rate should beat its neighbours.")
def test_limits_by_running(max_stable_lr, best_lr):
    import torch
    torch.manual_seed(66)

    def error(X, start, lr, steps):
        """Length of the error after gradient descent towards w = 0 from a start."""
        w = start
        for _ in range(steps):
            w = w - lr * X.T @ (X @ w) / len(X)
        return w.norm().item()
    for n, d, spread in ((6, 1, 0.0), (30, 4, 0.0), (30, 4, 1.0), (9, 9, 0.5), (200, 3, 2.0)):
        scales = torch.logspace(0, spread, d, dtype=torch.float64)
        X = torch.randn(n, d, dtype=torch.float64) * scales
        limit, best = (max_stable_lr(X), best_lr(X))
        start = torch.randn(d, dtype=torch.float64)
        steep = torch.linalg.svd(X).Vh[0]
        assert error(X, steep, 0.99 * limit, 2000) < 1e-06
        assert error(X, steep, 1.01 * limit, 2000) > 1000000.0
        assert error(X, start, 0.99 * limit, 500) < start.norm().item() * 1.001
        assert abs(max_stable_lr(10 * X) * 100 / limit - 1) < 1e-09
        assert abs(max_stable_lr(torch.cat([X, X])) / limit - 1) < 1e-09
        rates = [best * factor for factor in (0.98, 1.0, 1.02)]
        slowest = []
        for rate in rates:
            step = torch.eye(d, dtype=torch.float64) - rate * X.T @ X / n
            slowest.append(torch.linalg.matrix_norm(step, 2).item())
        assert slowest[1] < slowest[0] and slowest[1] < slowest[2]

@test_case(points=1, hidden=True, 
    failure_message="The sweep does not train a new network for each rate, or the numbers are not training loss and test accuracy after 10 epochs.")
def test_sweep(lr_sweep):
    data = (*reference.make_shapes(1000, 67), *reference.make_shapes(500, 68))
    got = lr_sweep([20, 0.0001, 0.5, 0.1], data, 3)
    loss, accuracy = ({rate: pair[i] for rate, pair in got.items()} for i in (0, 1))
    assert 0.02 < accuracy[0.0001] < 0.25 and 2.2 < loss[0.0001] < 2.45
    assert 0.45 < accuracy[0.1] < 0.75 and 0.3 < loss[0.1] < 0.8
    assert 0.66 < accuracy[0.5] < 0.9 and loss[0.5] < 0.15
    assert accuracy[20] < 0.3 and (not loss[20] < 1.5)
    alone = lr_sweep([0.1], data, 3)[0.1]
    assert abs(alone[0] - loss[0.1]) < 1e-05 and abs(alone[1] - accuracy[0.1]) < 0.005
    expected = reference.lr_sweep([0.1], data, 3)[0.1]
    assert abs(alone[0] - expected[0]) < 0.001 and abs(alone[1] - expected[1]) < 0.01

@test_case(points=1, hidden=True, 
    failure_message="At least one statement about learning rates is decided wrongly. Look at the factor that multiplies the error in each direction.")
def test_lr_facts(lr_facts):
    import torch
    torch.manual_seed(69)
    X = torch.randn(40, 3, dtype=torch.float64) * torch.tensor([1.0, 2.0, 3.0])

    def limit(X, start):
        """The largest rate for which gradient descent does not blow up, by halving an interval."""
        lo, hi = (0.0, 100.0 / X.pow(2).mean().item())
        for _ in range(40):
            lr, w = ((lo + hi) / 2, start)
            for _ in range(300):
                w = (w - lr * X.T @ (X @ w) / len(X)).clamp(-1000000000.0, 1000000000.0)
            lo, hi = (lr, hi) if w.norm() < start.norm() else (lo, lr)
        return lo
    starts = torch.randn(3, 3, dtype=torch.float64)
    limits = [limit(X, start) for start in starts]
    assert lr_facts['limit_depends_on_start'] is bool(max(limits) / min(limits) > 1.1)
    ratio = limits[0] / limit(10 * X, starts[0])
    assert lr_facts['ten_times_X_hundredth_limit'] is bool(50 < ratio < 200)
    left = []
    for share in (0.5, 0.9, 0.999):
        w = starts[0]
        for _ in range(100):
            w = w - share * limits[0] * X.T @ (X @ w) / len(X)
        left.append(w.norm().item())
    assert lr_facts['just_below_limit_is_fastest'] is bool(left[2] < left[1] < left[0])
    data = (*reference.make_shapes(500, 70), *reference.make_shapes(200, 71))
    accuracy = [pair[1] for pair in reference.lr_sweep([0.0001, 0.1, 0.5, 20], data, 0).values()]
    assert lr_facts['larger_is_better'] is (accuracy == sorted(accuracy))

