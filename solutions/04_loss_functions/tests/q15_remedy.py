from otter.test_files import test_case

OK_FORMAT = False

name = "q15_remedy"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="The steepest slope of 2 z is 2; cured_net(0) is a module that takes (N, 42) to (N, 1).")
def test_small_cases(max_slope, cured_net, cure_facts):
    import torch
    got = max_slope(lambda z: 2 * z)
    assert isinstance(got, float), 'max_slope should return a float'
    assert abs(got - 2) < 0.001, f'max_slope of 2 z: expected 2, got {got}'
    net = cured_net(0)
    assert isinstance(net, torch.nn.Module), 'cured_net(0) should be an nn.Module'
    out = net(torch.ones(3, 42))
    assert isinstance(out, torch.Tensor), 'the network should return a tensor'
    assert tuple(out.shape) == (3, 1), f'cured_net(0): expected outputs of shape (3, 1), got {tuple(out.shape)}'
    assert isinstance(cure_facts, dict), 'cure_facts should be a dictionary'
    keys = ['tanh_alone_cures', 'tanh_helps', 'relu_alone_cures']
    for key in [*keys, 'xavier_tanh_cures', 'xavier_sigmoid_cures', 'tanh_is_steeper']:
        assert isinstance(cure_facts.get(key), bool), f'cure_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The steepest slope is wrong for some activation. It may be negative, and at an end of the interval.")
def test_steepest_slopes(max_slope):
    import torch
    for act, exact in ((torch.sigmoid, 1 / 4), (torch.tanh, 1.0), (torch.relu, 1.0), (lambda z: -3 * torch.tanh(z - 2), 3.0), (lambda z: z ** 2 / 10, 2.0), (lambda z: torch.exp(-z / 5), torch.e ** 2 / 5), (lambda z: torch.exp(z / 5), torch.e ** 2 / 5), (lambda z: torch.nn.functional.leaky_relu(z, -5.0), 5.0), (lambda z: torch.tanh(5 * z - 1.2), 5.0), (lambda z: 0 * z, 0.0)):
        assert abs(max_slope(act) - exact) < 0.0015

@test_case(points=1.5, hidden=True, 
    failure_message="The network is not cured for some seed, or not built as asked. Measure its ratio, and see that it is not a straight line.")
def test_cured(cured_net):

    def probe(cured_net, seed):
        import torch
        from torch import nn
        net = cured_net(seed).double()
        linear = [layer for layer in net.modules() if isinstance(layer, nn.Linear)]
        seen = []
        for layer in linear:
            layer.register_forward_hook(lambda layer, args, out: seen.append((layer, args[0], out)))
        rng = torch.Generator().manual_seed(1000 + seed)
        x, y = torch.randn(2, 64, 42, generator=rng, dtype=torch.float64)
        loss = ((net(x) - y[:, :1]) ** 2).mean()
        loss.backward()
        order = [linear.index(layer) for layer, _, _ in seen]
        bent = []
        for (_, _, out), (_, after, _) in zip(seen, seen[1:]):
            both = [t.detach() - t.detach().mean(dim=0) for t in (out, after)]
            straight = (both[0] * both[1]).sum(0) ** 2 / ((both[0] ** 2).sum(0) * (both[1] ** 2).sum(0) + 1e-300)
            bent.append((1 - straight).median().item())
        shapes = [tuple(layer.weight.shape) for layer in linear]
        norms = [layer.weight.grad.norm().item() for layer in linear]
        weights = float(sum((p.detach().sum() for p in net.parameters())))
        return (order, shapes, norms, bent, weights)
    totals = set()
    for seed in range(8):
        order, shapes, norms, bent, total = inside(probe)(cured_net, seed)
        assert order == list(range(26)) and min(bent) > 1e-09
        assert shapes == [(128, 42)] + [(128, 128)] * 24 + [(1, 128)]
        assert 0.001 < norms[0] / norms[-1] < 1000.0
        totals.add(total)
    assert len(totals) == 8
    assert inside(probe)(cured_net, 3)[-1] in totals

@test_case(points=1.5, hidden=True, 
    failure_message="At least one of the six statements is decided wrongly. Measure each network for a few seeds.")
def test_facts_by_measuring(cure_facts):
    from statistics import median
    import torch
    from torch import nn

    def ratio(act, xavier, seed):
        torch.manual_seed(seed)
        layers = [nn.Linear(42, 128)] + [nn.Linear(128, 128) for _ in range(24)] + [nn.Linear(128, 1)]
        net = nn.Sequential(*[m for layer in layers[:-1] for m in (layer, act())], layers[-1]).double()
        for layer in layers:
            if xavier:
                nn.init.xavier_uniform_(layer.weight)
        x, y = (torch.randn(64, 42).double(), torch.randn(64, 1).double())
        ((net(x) - y) ** 2).mean().backward()
        return (layers[0].weight.grad.norm() / layers[-1].weight.grad.norm()).item()
    typical = {(act, xavier): median((ratio(act, xavier, seed) for seed in range(5))) for act, xavier in ((nn.Sigmoid, False), (nn.Tanh, False), (nn.ReLU, False), (nn.Tanh, True), (nn.Sigmoid, True))}
    z = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    steep = [torch.autograd.grad(act(z), z)[0].item() for act in (torch.tanh, torch.sigmoid)]
    assert len(cure_facts) == 6
    assert cure_facts['tanh_alone_cures'] is bool(typical[nn.Tanh, False] > 0.001)
    assert cure_facts['tanh_helps'] is bool(typical[nn.Tanh, False] > 1000000.0 * typical[nn.Sigmoid, False])
    assert cure_facts['relu_alone_cures'] is bool(typical[nn.ReLU, False] > 0.001)
    assert cure_facts['xavier_tanh_cures'] is bool(typical[nn.Tanh, True] > 0.001)
    assert cure_facts['xavier_sigmoid_cures'] is bool(typical[nn.Sigmoid, True] > 0.001)
    assert cure_facts['tanh_is_steeper'] is bool(abs(steep[0] / steep[1] - 4) < 1e-09)

