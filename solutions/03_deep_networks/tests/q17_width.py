from otter.test_files import test_case

OK_FORMAT = False

name = "q17_width"
points = 4


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
    'def width_sweep(widths, data, seed):\n'
    '    """{width: (number of parameters, training loss, test accuracy)}, a new network for each width."""\n'
    '    X, y, X_test, y_test = data\n'
    '    results = {}\n'
    '    for width in widths:\n'
    '        torch.manual_seed(seed)\n'
    '        net = nn.Sequential(nn.Flatten(), nn.Linear(784, width), nn.ReLU(), nn.Linear(width, 10))\n'
    '        fit(net, X, y, seed=seed)\n'
    '        count = sum((p.numel() for p in net.parameters()))\n'
    '        results[width] = (count, score(net, X, y)[0], score(net, X_test, y_test)[1])\n'
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
    failure_message="rule_of_thumb(120, 8, 2, 2) is 6; the sweep has a triple of numbers per width; width_facts holds five booleans.")
def test_small_sweep(rule_of_thumb, width_sweep, width_facts):
    import torch
    got = rule_of_thumb(120, 8, 2, 2)
    assert got is not None, 'rule_of_thumb(120, 8, 2, 2) returned None: expected a float'
    assert abs(got - 6) < 1e-09, f'rule_of_thumb(120, 8, 2, 2): expected 6, got {got}'
    X, y = (torch.zeros(10, 1, 28, 28), torch.arange(10))
    got = width_sweep([1, 3], (X, y, X, y), 0)
    assert got is not None, 'width_sweep(...) returned None: expected a dictionary'
    assert isinstance(got, dict) and set(got) == {1, 3}, 'width_sweep: expected a dictionary with the widths as keys'
    for width, row in got.items():
        assert len(row) == 3, f'width {width}: expected (number of parameters, training loss, test accuracy)'
        assert type(row[0]) is int, f'width {width}: the number of parameters should be an int'
    assert isinstance(width_facts, dict), 'width_facts should be a dictionary'
    keys = ['training_loss_falls', 'two_units_underfit', 'rule_is_a_law', 'fewer_parameters_than_images']
    for key in [*keys, 'rule_allows_256']:
        assert isinstance(width_facts.get(key), bool), f'width_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The sweep does not train a new network for each width, or one of the three numbers is not what was asked.")
def test_sweep(width_sweep):
    from torch import nn
    data = (*reference.make_shapes(1000, 72), *reference.make_shapes(500, 73))
    got = width_sweep([128, 2, 32], data, 5)
    for width, (count, _, _) in got.items():
        layers = (nn.Linear(784, width), nn.Linear(width, 10))
        assert count == sum((p.numel() for layer in layers for p in layer.parameters()))
    loss, accuracy = ({width: row[i] for width, row in got.items()} for i in (1, 2))
    assert 0.7 < loss[2] < 2.2 and 0.1 < accuracy[2] < 0.5
    assert 0.04 < loss[32] < 0.3 and 0.5 < accuracy[32] < 0.75
    assert 0.04 < loss[128] < 0.2 and 0.55 < accuracy[128] < 0.8
    alone = width_sweep([32], data, 5)[32]
    assert abs(alone[1] - loss[32]) < 1e-05 and abs(alone[2] - accuracy[32]) < 0.005
    expected = reference.width_sweep([32], data, 5)[32]
    assert abs(alone[1] - expected[1]) < 0.001 and abs(alone[2] - expected[2]) < 0.01

@test_case(points=1, hidden=True, 
    failure_message="The rule of thumb is not calculated as stated. Inputs and outputs are added before they are multiplied.")
def test_rule(rule_of_thumb):
    from fractions import Fraction
    for n, d_in, d_out, alpha in ((1000, 784, 10, 2), (60000, 784, 10, 2), (50, 1, 3, 7), (12, 5, 1, 2.5), (1, 9, 4, 10)):
        exact = Fraction(n) / (Fraction(alpha) * (d_in + d_out))
        assert abs(rule_of_thumb(n, d_in, d_out, alpha) - float(exact)) < 1e-09

@test_case(points=1, hidden=True, 
    failure_message="At least one statement about the width is decided wrongly. Read it off your own sweep, from 1 to 512 units.")
def test_width_facts(width_facts):
    X, y, X_test, y_test = reference.make_shapes(1000, 74) + reference.make_shapes(500, 75)
    got = reference.width_sweep([1, 2, 8, 32, 128], (X, y, X_test, y_test), 0)
    losses = [got[width][1] for width in (2, 8, 32, 128)]
    assert width_facts['training_loss_falls'] is all((a > b for a, b in zip(losses, losses[1:])))
    on_training = reference.width_sweep([2], (X, y, X, y), 0)[2][2]
    assert width_facts['two_units_underfit'] is (on_training < 0.75)
    assert 8 > 10 * len(X) / (2 * (784 + 10))
    assert width_facts['rule_is_a_law'] is all((got[width][2] < got[1][2] for width in (8, 32, 128)))
    good = [row[0] for row in got.values() if row[2] > 0.5]
    assert good and width_facts['fewer_parameters_than_images'] is all((count < len(X) for count in good))
    assert width_facts['rule_allows_256'] is (256 <= 60000 / (2 * (784 + 10)))

