from otter.test_files import test_case

OK_FORMAT = False

name = "q19_activations"
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
    'def activation_sweep(names, data, seed):\n'
    '    """{name: (training loss, test accuracy)} of a 784-64-64-10 network with this activation."""\n'
    "    layers = {'relu': nn.ReLU, 'leaky_relu': nn.LeakyReLU, 'tanh': nn.Tanh}\n"
    "    layers |= {'sigmoid': nn.Sigmoid, 'identity': nn.Identity}\n"
    '    X, y, X_test, y_test = data\n'
    '    results = {}\n'
    '    for name in names:\n'
    '        torch.manual_seed(seed)\n'
    '        first, second, last = (nn.Linear(784, 64), nn.Linear(64, 64), nn.Linear(64, 10))\n'
    '        net = nn.Sequential(nn.Flatten(), first, layers[name](), second, layers[name](), last)\n'
    '        fit(net, X, y, seed=seed)\n'
    '        results[name] = (score(net, X, y)[0], score(net, X_test, y_test)[1])\n'
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
    failure_message="The identity has slope 1; of two units with weights 1 and -1 one is dead for positive inputs; the sweep has a pair per name; activation_facts holds five booleans.")
def test_small_cases(activation_sweep, max_slope, dead_fraction, activation_facts):
    import torch
    from torch import nn
    got = max_slope('identity')
    assert got is not None, "max_slope('identity') returned None: expected a float"
    assert got == 1, f"max_slope('identity'): expected 1, got {got}"
    net = nn.Sequential(nn.Linear(1, 2), nn.ReLU())
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([[1.0], [-1.0]]))
        net[0].bias.zero_()
    got = dead_fraction(net, torch.tensor([[3.0], [2.0]]))
    assert got is not None, 'dead_fraction(...) returned None: expected a float'
    assert isinstance(got, float), f'dead_fraction should return a float, got {type(got).__name__}'
    assert abs(got - 0.5) < 1e-09, f'dead_fraction: expected 0.5, got {got}'
    X, y = (torch.zeros(10, 1, 28, 28), torch.arange(10))
    got = activation_sweep(['relu', 'identity'], (X, y, X, y), 0)
    assert got is not None, 'activation_sweep(...) returned None: expected a dictionary'
    assert isinstance(got, dict) and set(got) == {'relu', 'identity'}, 'expected a dictionary with the names as keys'
    assert all((len(pair) == 2 for pair in got.values())), 'expected pairs (training loss, test accuracy)'
    assert isinstance(activation_facts, dict), 'activation_facts should be a dictionary'
    keys = ['sigmoid_forwards_a_quarter', 'tanh_steeper_at_zero', 'dead_stays_dead', 'relu_only_inside']
    for key in [*keys, 'identity_adds_functions']:
        assert isinstance(activation_facts.get(key), bool), f'activation_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The sweep does not give what these networks reach. The activation stands behind both hidden layers, each name gets a new network, and nothing stands behind the logits.")
def test_sweep(activation_sweep):
    data = (*reference.make_shapes(1000, 81), *reference.make_shapes(500, 82))
    names = ['sigmoid', 'identity', 'tanh', 'relu', 'leaky_relu']
    got = activation_sweep(names, data, 2)
    assert list(got) == names
    loss, accuracy = ({name: pair[i] for name, pair in got.items()} for i in (0, 1))
    assert 2.2 < loss['sigmoid'] < 2.33 and accuracy['sigmoid'] < 0.3
    assert loss['identity'] < 0.15 and 0.4 < accuracy['identity'] < 0.6
    assert loss['tanh'] < 0.25 and 0.42 < accuracy['tanh'] < 0.61
    for name in ('relu', 'leaky_relu'):
        assert 0.02 < loss[name] < 0.6 and 0.55 < accuracy[name] < 0.8
    assert loss['relu'] != loss['leaky_relu']
    alone = activation_sweep(['tanh'], data, 2)['tanh']
    assert abs(alone[0] - loss['tanh']) < 1e-05 and abs(alone[1] - accuracy['tanh']) < 0.005
    expected = reference.activation_sweep(['tanh'], data, 2)['tanh']
    assert abs(alone[0] - expected[0]) < 0.001 and abs(alone[1] - expected[1]) < 0.01

@test_case(points=1, hidden=True, 
    failure_message="The largest slope of some activation is wrong. Differentiate it, and look where the derivative is largest.")
def test_max_slope(max_slope):
    import torch
    functions = {'relu': torch.relu, 'leaky_relu': torch.nn.functional.leaky_relu, 'tanh': torch.tanh}
    functions |= {'sigmoid': torch.sigmoid, 'identity': lambda z: z * 1.0}
    for name, function in functions.items():
        z = torch.linspace(-8, 8, 1601, dtype=torch.float64, requires_grad=True)
        slope, = torch.autograd.grad(function(z).sum(), z)
        assert abs(max_slope(name) - slope.max().item()) < 1e-09

@test_case(points=1, hidden=True, 
    failure_message="The share of dead units is wrong for some network. A unit that is off for some examples is not dead, and a leaky unit still has a slope.")
def test_dead_fraction(dead_fraction):
    import torch
    from torch import nn

    def with_bias(net, layer, value):
        with torch.no_grad():
            net[layer].bias.fill_(value)
        return net

    def tower(activation, sizes):
        layers = [nn.Flatten()]
        for before, after in zip(sizes, sizes[1:]):
            layers += [nn.Linear(before, after), activation()]
        return nn.Sequential(*layers[:-1])
    torch.manual_seed(83)
    X = torch.randn(20, 1, 2, 3)
    assert dead_fraction(with_bias(tower(nn.ReLU, [6, 4, 3]), 1, -1000.0), X) == 1.0
    assert dead_fraction(with_bias(tower(nn.LeakyReLU, [6, 4, 3]), 1, -1000.0), X) == 0.0
    assert dead_fraction(with_bias(tower(nn.ReLU, [6, 4, 12, 3]), 3, -1000.0), X) == 12 / 16
    assert dead_fraction(with_bias(tower(nn.ReLU, [6, 4, 12, 3]), 1, 1000.0), X[:1]) < 1
    net = nn.Sequential(nn.Linear(1, 1, bias=False), nn.ReLU())
    with torch.no_grad():
        net[0].weight.fill_(1.0)
    assert dead_fraction(net, torch.tensor([[1.0], [-1.0]])) == 0.0
    assert dead_fraction(net, torch.tensor([[0.0], [-1.0]])) == 1.0
    mixed = nn.Sequential(nn.Linear(2, 5), nn.ReLU(), nn.Linear(5, 3), nn.LeakyReLU(), nn.Linear(3, 2), nn.Tanh())
    assert dead_fraction(with_bias(mixed, 0, -1000.0), torch.randn(7, 2)) == 5 / 8
    for seed in range(6):
        torch.manual_seed(seed)
        net, few = (tower(nn.ReLU, [6, 10, 10, 2]), torch.randn(3, 6))
        before, h = ([], few)
        for layer in net:
            h = layer(h)
            if isinstance(layer, nn.Linear):
                before.append(h)
        slopes = []
        for z in before[:-1]:
            z = z.detach().requires_grad_()
            slopes.append(torch.autograd.grad(torch.relu(z).sum(), z)[0])
        dead = sum((int((slope == 0).all(dim=0).sum()) for slope in slopes))
        assert 0 < dead < 20 and abs(dead_fraction(net, few) - dead / 20) < 1e-09

@test_case(points=1, hidden=True, 
    failure_message="At least one statement about activations is decided wrongly. Which tasks have outputs that cannot be negative, and what gradient does a dead unit get?")
def test_activation_facts(activation_facts):
    import torch
    from torch import nn
    z = torch.linspace(-8, 8, 1601, dtype=torch.float64, requires_grad=True)
    slope, = torch.autograd.grad(torch.sigmoid(z).sum(), z)
    assert activation_facts['sigmoid_forwards_a_quarter'] is bool(slope.abs().max() <= 0.25)
    zero = torch.zeros(1, requires_grad=True)
    steep = [torch.autograd.grad(function(zero), zero)[0].item() for function in (torch.tanh, torch.sigmoid)]
    assert activation_facts['tanh_steeper_at_zero'] is (steep[0] > steep[1])
    torch.manual_seed(84)
    X, y = reference.make_shapes(100, 85)
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 6), nn.ReLU(), nn.Linear(6, 10))
    with torch.no_grad():
        net[1].bias[2] = -1000.0
    kept = net[1].weight[2].detach().clone()
    reference.fit(net, X, y, epochs=5)
    assert activation_facts['dead_stays_dead'] is torch.equal(kept, net[1].weight[2].detach())
    x = torch.linspace(-2, 2, 64)[:, None]
    net = nn.Sequential(nn.Linear(1, 1), nn.ReLU())
    with torch.no_grad():
        net[0].weight.fill_(0.5)
        net[0].bias.fill_(0.5)
    optimiser = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(500):
        optimiser.zero_grad()
        nn.functional.mse_loss(net(x), torch.relu(x)).backward()
        optimiser.step()
    useless = nn.functional.mse_loss(net(x), torch.relu(x)).item() > 0.01
    assert activation_facts['relu_only_inside'] is useless
    deep = nn.Sequential(nn.Linear(3, 5), nn.Identity(), nn.Linear(5, 5), nn.Identity(), nn.Linear(5, 2)).double()
    jacobians = [torch.autograd.functional.jacobian(deep, v) for v in torch.randn(5, 3, dtype=torch.float64)]
    straight = all((torch.allclose(jacobian, jacobians[0]) for jacobian in jacobians))
    assert activation_facts['identity_adds_functions'] is (not straight)

