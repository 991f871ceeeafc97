from otter.test_files import test_case

OK_FORMAT = False

name = "q18_depth"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


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
    'def make_deep(depth, init):\n'
    '    """784-64-...-64-10 ReLU network with `depth` hidden layers; init: None, a float, or "kaiming"."""\n'
    '    sizes = [784] + [64] * depth + [10]\n'
    '    layers = [nn.Flatten()]\n'
    '    for before, after in zip(sizes, sizes[1:]):\n'
    '        linear = nn.Linear(before, after)\n'
    '        if init is not None:\n'
    "            nn.init.normal_(linear.weight, std=(2 / before) ** 0.5 if init == 'kaiming' else init)\n"
    '            nn.init.zeros_(linear.bias)\n'
    '        layers += [linear, nn.ReLU()]\n'
    '    return nn.Sequential(*layers[:-1])\n'
    'def depth_sweep(depths, init, data, seed):\n'
    '    """{depth: (training loss, test accuracy)}, a new network for each depth."""\n'
    '    X, y, X_test, y_test = data\n'
    '    results = {}\n'
    '    for depth in depths:\n'
    '        torch.manual_seed(seed)\n'
    '        net = fit(make_deep(depth, init), X, y, seed=seed)\n'
    '        results[depth] = (score(net, X, y)[0], score(net, X_test, y_test)[1])\n'
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
    failure_message="make_deep(1, None) has 50890 parameters; a network with one linear layer has the ratio 1; the sweep has a pair per depth; depth_facts holds five booleans.")
def test_small_cases(make_deep, gradient_ratio, depth_sweep, depth_facts):
    import torch
    from torch import nn
    net = make_deep(1, None)
    assert net is not None, 'make_deep(1, None) returned None: expected an nn.Sequential'
    assert isinstance(net, nn.Sequential), 'make_deep should return an nn.Sequential'
    count = sum((p.numel() for p in net.parameters()))
    assert count == 50890, f'make_deep(1, None): expected 50890 parameters, got {count}'
    X, y = (torch.ones(10, 1, 28, 28), torch.arange(10) % 3)
    got = gradient_ratio(nn.Sequential(nn.Flatten(), nn.Linear(784, 10)), X, y)
    assert got is not None, 'gradient_ratio(...) returned None: expected a float'
    assert isinstance(got, float), f'gradient_ratio should return a float, got {type(got).__name__}'
    assert abs(got - 1) < 1e-06, f'gradient_ratio of a single linear layer: expected 1, got {got}'
    got = depth_sweep([0, 1], None, (X, y, X, y), 0)
    assert got is not None, 'depth_sweep(...) returned None: expected a dictionary'
    assert isinstance(got, dict) and set(got) == {0, 1}, 'depth_sweep: expected a dictionary with the depths as keys'
    assert all((len(pair) == 2 for pair in got.values())), 'depth_sweep: expected pairs (training loss, test accuracy)'
    assert isinstance(depth_facts, dict), 'depth_facts should be a dictionary'
    keys = ['one_beats_none', 'six_learn_by_default', 'six_learn_with_kaiming', 'three_learn_with_001']
    for key in [*keys, 'deeper_is_always_better']:
        assert isinstance(depth_facts.get(key), bool), f'depth_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="A network is not built as asked. Is there a ReLU behind every hidden layer and none behind the logits, and are the starting values right in each layer?")
def test_networks(make_deep):

    def probe(make_deep, depth, init):
        import torch
        torch.manual_seed(depth)
        net = make_deep(depth, init)
        names = [type(layer).__name__ for layer in net]
        return (names, [p.detach() for p in net.parameters()])
    for depth in (0, 1, 2, 3, 8):
        for init in (None, 0.01, 0.2, 'kaiming'):
            names, parameters = inside(probe)(make_deep, depth, init)
            assert names == ['Flatten'] + ['Linear', 'ReLU'] * depth + ['Linear']
            sizes = [784] + [64] * depth + [10]
            shapes = [shape for a, b in zip(sizes, sizes[1:]) for shape in ((b, a), (b,))]
            assert [tuple(p.shape) for p in parameters] == shapes
            for weight, bias in zip(parameters[::2], parameters[1::2]):
                n = weight.shape[1]
                if init is None:
                    assert 0.9 * n ** (-0.5) < weight.abs().max().item() <= n ** (-0.5) and (bias != 0).any()
                    continue
                std = (2 / n) ** 0.5 if init == 'kaiming' else init
                assert abs(weight.std().item() / std - 1) < 0.15 and (bias == 0).all()
                assert abs(weight.mean().item()) < 0.2 * std
                assert weight.abs().max().item() > 2 * std

@test_case(points=1, hidden=True, 
    failure_message="The ratio of the two gradients is wrong, or the network is changed by measuring it.")
def test_gradient_ratio(gradient_ratio):
    import torch
    from torch import nn

    def probe(gradient_ratio, net, X, y):
        import torch
        for p in net.parameters():
            p.grad = torch.ones_like(p)
        before = [p.detach().clone() for p in net.parameters()]
        ratio = gradient_ratio(net, X, y)
        same = all((torch.equal(p.detach(), old) for p, old in zip(net.parameters(), before)))
        return (ratio, same and all((bool((p.grad == 1).all()) for p in net.parameters())))
    torch.manual_seed(76)
    for sizes, n in (([784, 6, 5, 10], 9), ([4, 10], 5), ([7, 3, 2], 1), ([5, 8, 8, 8, 4], 30)):
        linears = [nn.Linear(before, after) for before, after in zip(sizes, sizes[1:])]
        layers = [nn.Flatten()] + [layer for linear in linears for layer in (linear, nn.ReLU())]
        net = nn.Sequential(*layers[:-1])
        X, y = (torch.randn(n, sizes[0]), torch.randint(sizes[-1], (n,)))
        nn.functional.cross_entropy(net(X), y).backward()
        expected = linears[0].weight.grad.square().sum().sqrt() / linears[-1].weight.grad.square().sum().sqrt()
        ratio, untouched = inside(probe)(gradient_ratio, net, X, y)
        assert untouched is True
        assert abs(ratio - expected.item()) < 0.0001 * expected.item()

@test_case(points=1, hidden=True, 
    failure_message="The sweep does not give the losses and accuracies that these networks reach. A new network for each depth, trained on logits.")
def test_sweep(depth_sweep):
    import math
    data = (*reference.make_shapes(1000, 77), *reference.make_shapes(500, 78))
    default = depth_sweep([6, 0, 1], None, data, 1)
    small = depth_sweep([3, 1], 0.01, data, 1)
    kaiming = depth_sweep([2], 'kaiming', data, 1)
    assert 0.25 < default[0][0] < 0.5 and 0.4 < default[0][1] < 0.6
    assert 0.04 < default[1][0] < 0.2 and 0.55 < default[1][1] < 0.8
    assert abs(default[6][0] - math.log(10)) < 0.08 and default[6][1] < 0.25
    assert abs(small[3][0] - math.log(10)) < 0.05 and small[3][1] < 0.25
    assert 0.12 < small[1][0] < 0.5 and 0.5 < small[1][1] < 0.78
    assert kaiming[2][0] < 0.05 and 0.55 < kaiming[2][1] < 0.8
    alone = depth_sweep([1], None, data, 1)[1]
    assert abs(alone[0] - default[1][0]) < 1e-05 and abs(alone[1] - default[1][1]) < 0.005
    expected = reference.depth_sweep([1], None, data, 1)[1]
    assert abs(alone[0] - expected[0]) < 0.001 and abs(alone[1] - expected[1]) < 0.01

@test_case(points=1, hidden=True, 
    failure_message="At least one statement about the depth is decided wrongly. Run your own sweep with each of the three starts.")
def test_depth_facts(depth_facts):
    data = (*reference.make_shapes(1000, 79), *reference.make_shapes(500, 80))
    default = reference.depth_sweep([0, 1, 6], None, data, 0)
    small = reference.depth_sweep([1, 3], 0.01, data, 0)
    kaiming = reference.depth_sweep([6], 'kaiming', data, 0)
    assert depth_facts['one_beats_none'] is (default[1][1] >= default[0][1] + 0.05)
    assert depth_facts['six_learn_by_default'] is (default[6][0] < 2)
    assert depth_facts['six_learn_with_kaiming'] is (kaiming[6][0] < 2)
    assert depth_facts['three_learn_with_001'] is (small[3][0] < 2)
    rising = default[0][1] < default[1][1] < default[6][1] and small[1][1] < small[3][1]
    assert depth_facts['deeper_is_always_better'] is rising

