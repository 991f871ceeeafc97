from otter.test_files import test_case

OK_FORMAT = False

name = "q14_sigmoid_stack"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="nn.Sequential(nn.Linear(2, 1)) applies one linear layer with 3 parameters; grad_ratio and the other functions return numbers.")
def test_small_cases(count_layers, independent_net, slope_bound, grad_ratio, plateau_loss, stack_facts):
    import torch
    got = count_layers(torch.nn.Sequential(torch.nn.Linear(2, 1)))
    expected = {'applied': 1, 'distinct': 1, 'parameters': 3}
    assert got == expected, f'count_layers of one Linear(2, 1): expected {expected}, got {got}'
    assert isinstance(independent_net(), torch.nn.Sequential), 'independent_net should return an nn.Sequential'
    assert slope_bound(0) == 1, f'slope_bound(0): without sigmoids the product is 1, got {slope_bound(0)}'
    got = grad_ratio(torch.nn.Sigmoid, 2, False, 0)
    assert isinstance(got, float), 'grad_ratio should return a float'
    assert got > 0, f'grad_ratio should be positive, got {got}'
    got = plateau_loss(torch.tensor([[1.0], [1.0]], dtype=torch.float64))
    assert isinstance(got, float), 'plateau_loss should return a float'
    assert abs(got) < 1e-09, f'plateau_loss: equal targets can be met by a constant, expected 0, got {got}'
    assert isinstance(stack_facts, dict), 'stack_facts should be a dictionary'
    for key in ('gradients_vanish', 'gradients_explode', 'unsharing_cures', 'output_limited'):
        assert isinstance(stack_facts.get(key), bool), f'stack_facts[{key!r}] should be True or False'

@test_case(points=1.5, hidden=True, 
    failure_message="The layers are counted wrongly, or the middle layers are not independent. What does * do to a Python list of modules?")
def test_layers(count_layers, independent_net):
    from torch import nn

    def probe(count_layers, independent_net):
        import torch
        from torch import nn
        shared = [nn.Linear(128, 128), nn.Sigmoid()]
        friends = nn.Sequential(nn.Linear(42, 128), nn.Sigmoid(), *shared * 24, nn.Linear(128, 1))
        net = independent_net()
        storages = {p.data_ptr() for p in net.parameters()}
        shapes = [tuple(layer.weight.shape) for layer in net if isinstance(layer, nn.Linear)]
        counts = (count_layers(friends), count_layers(net))
        return (counts, shapes, len(storages), [type(layer).__name__ for layer in net], net(torch.ones(2, 42)).shape)
    (friends, own), shapes, storages, names, out = inside(probe)(count_layers, independent_net)
    linear = lambda d_in, d_out: d_in * d_out + d_out
    assert friends == {'applied': 26, 'distinct': 3, 'parameters': linear(42, 128) + linear(128, 128) + linear(128, 1)}
    total = linear(42, 128) + 24 * linear(128, 128) + linear(128, 1)
    assert own == {'applied': 26, 'distinct': 26, 'parameters': total}
    assert shapes == [(128, 42)] + [(128, 128)] * 24 + [(1, 128)] and storages == 52 and (tuple(out) == (2, 1))
    assert names == ['Linear', 'Sigmoid'] * 25 + ['Linear']
    layer = nn.Linear(3, 3)
    others = nn.Sequential(layer, nn.ReLU(), layer, nn.Tanh(), nn.Linear(3, 2, bias=False), nn.BatchNorm1d(2))
    assert count_layers(others) == {'applied': 3, 'distinct': 2, 'parameters': 12 + 6 + 4}
    assert count_layers(nn.Sequential(nn.ReLU())) == {'applied': 0, 'distinct': 0, 'parameters': 0}

@test_case(points=1.5, hidden=True, 
    failure_message="The bound, the ratio of gradients or the plateau is not what such networks show. Which layers, which norm, which precision? And by what is the mean divided?")
def test_ratio_and_plateau(slope_bound, grad_ratio, plateau_loss):
    import math
    import torch
    from torch import nn

    def measured(act, depth, shared, seed):
        torch.manual_seed(seed)
        layers = [nn.Linear(42, 128)] + [nn.Linear(128, 128) for _ in range(1 if shared else depth - 1)]
        last = nn.Linear(128, 1)
        h, y = (torch.randn(64, 42, dtype=torch.float64), torch.randn(64, 1, dtype=torch.float64))
        for k in range(depth):
            layer = layers[min(k, len(layers) - 1)]
            h = act()(h @ layer.weight.double().T + layer.bias.double())
        loss = ((h @ last.weight.double().T + last.bias.double() - y) ** 2).mean()
        first, end = torch.autograd.grad(loss, [layers[0].weight, last.weight])
        return math.sqrt((first.double() ** 2).sum().item() / (end.double() ** 2).sum().item())
    z = torch.linspace(-6, 6, 1201, dtype=torch.float64, requires_grad=True)
    torch.sigmoid(z).sum().backward()
    for depth in (1, 2, 25):
        assert abs(slope_bound(depth) / z.grad.max().item() ** depth - 1) < 1e-06
    for act, depth, shared, seed in ((nn.Sigmoid, 2, False, 1), (nn.Sigmoid, 10, False, 2), (nn.Sigmoid, 25, True, 3), (nn.Sigmoid, 12, True, 0), (nn.Tanh, 25, False, 4), (nn.Tanh, 2, True, 5), (nn.ReLU, 4, False, 6)):
        assert abs(grad_ratio(act, depth, shared, seed) / measured(act, depth, shared, seed) - 1) < 1e-05
    torch.manual_seed(26)
    x, y = (torch.randn(12, 42), 2 * torch.rand(12, 1) + 1)
    net = nn.Sequential(*[m for d in (42, *[32] * 19) for m in (nn.Linear(d, 32), nn.Sigmoid())], nn.Linear(32, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
    for _ in range(150):
        optimizer.zero_grad()
        loss = ((net(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
    assert abs(plateau_loss(y) / loss.item() - 1) < 0.02

@test_case(points=1, hidden=True, 
    failure_message="At least one of the four statements is decided wrongly. Measure the gradients, and set the last layer to large numbers.")
def test_facts_by_measuring(stack_facts):
    import torch
    from torch import nn
    ratios = {}
    for copies in (1, 24):
        torch.manual_seed(27)
        pairs = [[nn.Linear(128, 128), nn.Sigmoid()] for _ in range(copies)] * (24 // copies)
        net = nn.Sequential(nn.Linear(42, 128), nn.Sigmoid(), *sum(pairs, []), nn.Linear(128, 1)).double()
        x, y = (torch.randn(64, 42).double(), torch.randn(64, 1).double())
        ((net(x) - y) ** 2).mean().backward()
        ratios[copies] = (net[0].weight.grad.norm() / net[-1].weight.grad.norm()).item()
    with torch.no_grad():
        net[-1].bias.fill_(50.0)
        outside = bool((net(x) > 1).any())
    assert len(stack_facts) == 4
    assert stack_facts['gradients_vanish'] is bool(ratios[1] < 1e-06)
    assert stack_facts['gradients_explode'] is bool(ratios[1] > 1000000.0)
    assert stack_facts['unsharing_cures'] is bool(ratios[24] > 1e-06)
    assert stack_facts['output_limited'] is (not outside)

