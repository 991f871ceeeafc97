from otter.test_files import test_case

OK_FORMAT = False

name = "q7_initialisers"
points = 6


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="A weight of shape (5, 3) has fan-in 3 and fan-out 5; Xavier gives variance 1/4, and its uniform form the bound 0.866.")
def test_small_weight(fans, start_variance, start_bound, init_net):
    import torch
    from torch import nn
    got = fans((5, 3))
    assert got is not None, 'fans((5, 3)) returned None: expected (fan_in, fan_out)'
    assert isinstance(got, (tuple, list)), 'fans should return a pair (fan_in, fan_out)'
    assert tuple(got) == (3, 5), f'fans((5, 3)): expected (3, 5), got {got}'
    got = start_variance('xavier_normal', (5, 3))
    assert got is not None, 'start_variance(...) returned None: expected a float'
    assert abs(got - 0.25) < 1e-09, f"start_variance('xavier_normal', (5, 3)): expected 0.25, got {got}"
    got = start_bound('xavier_uniform', (5, 3))
    assert got is not None, 'start_bound(...) returned None: expected a float'
    assert abs(got - 0.75 ** 0.5) < 1e-09, f"start_bound('xavier_uniform', (5, 3)): expected 0.866..., got {got}"
    try:
        init_net(nn.Linear(2, 2), 'magic')
    except ValueError:
        return
    raise AssertionError('init_net with an unknown scheme should raise a ValueError')

@test_case(points=1, hidden=True, 
    failure_message="For some shape the fans are not right. The first axis of a weight belongs to the outputs, and every place of a kernel counts.")
def test_fans(fans):
    import torch
    for shape in ((4, 7), (16, 8, 3, 3), (2, 3, 5, 1), (6, 2, 4), (1, 1), (3, 2, 2, 3, 2)):
        weight = torch.ones(shape)
        assert tuple(fans(shape)) == (int(weight[0].sum()), int(weight[:, 0].sum()))
        assert all((type(fan) is int for fan in fans(shape)))

@test_case(points=2, hidden=True, 
    failure_message="For some scheme the variance or the bound is not that of PyTorch's starting values. A bound is no variance.")
def test_against_draws(start_variance, start_bound):
    import math
    import torch
    from torch import nn
    torch.manual_seed(96)
    schemes = {'xavier_uniform': nn.init.xavier_uniform_, 'xavier_normal': nn.init.xavier_normal_, 'kaiming_uniform': lambda w: nn.init.kaiming_uniform_(w, nonlinearity='relu'), 'kaiming_normal': lambda w: nn.init.kaiming_normal_(w, nonlinearity='relu')}
    for shape in ((300, 200), (50, 600), (64, 32, 3, 3), (40, 30, 5, 10)):
        draws = {name: fill(torch.empty(shape)) for name, fill in schemes.items()}
        linear = nn.Linear(shape[1], shape[0]) if len(shape) == 2 else nn.Conv2d(shape[1], shape[0], shape[2:])
        draws['default'] = linear.weight.detach()
        for name, weight in draws.items():
            assert abs(start_variance(name, shape) / weight.double().var().item() - 1) < 0.1
            bound, largest = (start_bound(name, shape), weight.abs().max().item())
            if name.endswith('normal'):
                assert bound == math.inf
            else:
                assert 0.998 * bound < largest <= bound * (1 + 1e-06)
    for name in (*schemes, 'default'):
        assert isinstance(start_variance(name, (3, 2)), float) and isinstance(start_bound(name, (3, 2)), float)

@test_case(points=2, hidden=True, 
    failure_message="init_net does not fill all layers as asked, fills others too, or trips over a layer without a bias.")
def test_filled_network(init_net):

    def probe(init_net, scheme):
        import torch
        from torch import nn
        torch.manual_seed(97)
        net = nn.Sequential(nn.Conv2d(8, 16, 3, bias=False), nn.Sequential(nn.BatchNorm2d(16), nn.Sequential(nn.Conv2d(16, 300, 3))), nn.Flatten(), nn.Linear(300, 200), nn.ConvTranspose2d(4, 4, 3), nn.Linear(200, 400, bias=False), nn.Linear(2, 2, bias=True))
        norm, transposed = (net[1][0], net[4])
        with torch.no_grad():
            norm.weight.fill_(3.0)
            norm.bias.fill_(4.0)
        before = [p.detach().clone() for p in net.parameters()]
        try:
            answer = init_net(net, scheme)
        except ValueError:
            answer = 'ValueError'
        kept = [torch.equal(p, q) for p, q in zip(net.parameters(), before)]
        fixed = bool((norm.weight == 3).all() and (norm.bias == 4).all())
        biases = [net[1][1][0].bias, net[3].bias, net[6].bias]
        weights = [net[0].weight, net[1][1][0].weight, net[3].weight, net[5].weight]
        zero = all((bool((bias == 0).all()) for bias in biases))
        fresh = all((p.requires_grad for p in net.parameters()))
        names = [name for name, _ in net.named_parameters()]
        index = names.index('4.weight')
        return ([w.detach() for w in weights], zero, fixed and kept[index] and kept[index + 1], kept, fresh, answer)
    import torch
    for scheme in ('xavier_uniform', 'kaiming_normal', 'orthogonal'):
        weights, zero, others_kept, _, fresh, _ = inside(probe)(init_net, scheme)
        assert zero and others_kept and fresh
        for weight in weights:
            fan_in, fan_out = (weight[0].numel(), weight[:, 0].numel())
            variance = weight.var().item()
            if scheme == 'xavier_uniform':
                bound = (6 / (fan_in + fan_out)) ** 0.5
                assert 0.97 * bound < weight.abs().max().item() <= bound * (1 + 1e-06)
            elif scheme == 'kaiming_normal':
                assert abs(variance * fan_in / 2 - 1) < 0.15
                assert weight.abs().max().item() > 2.5 * variance ** 0.5
            else:
                matrix = weight.flatten(1).double()
                matrix = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
                assert torch.allclose(matrix @ matrix.T, torch.eye(len(matrix)).double(), atol=0.0001)
    for wrong in ('kaiming_uniform', 'Orthogonal', None):
        *_, kept, _, answer = inside(probe)(init_net, wrong)
        assert answer == 'ValueError' and all(kept)

