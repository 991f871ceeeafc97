from otter.test_files import test_case

OK_FORMAT = False

name = "q9_batch_norm_parameters"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="One input, one output and one hidden layer of 2 units have 7 parameters; the totals are integers, build_mlp returns an nn.Module, bias_facts holds five booleans.")
def test_two_units(plain_total, norm_total, lean_total, mlp_params, build_mlp, bias_facts):
    import torch
    for name, total in (('plain_total', plain_total), ('norm_total', norm_total), ('lean_total', lean_total)):
        assert type(total) is int, f'{name} should be an integer'
    got = mlp_params(1, 1, 1, 2)
    assert got is not None, 'mlp_params(1, 1, 1, 2) returned None: expected an integer'
    assert got == 7, f'mlp_params(1, 1, 1, 2): expected 7, got {got}'
    net = build_mlp(3, 2, 1, 4)
    assert net is not None, 'build_mlp(3, 2, 1, 4) returned None: expected an nn.Module'
    assert isinstance(net, torch.nn.Module), 'build_mlp should return an nn.Module'
    out = net(torch.ones(5, 3))
    assert out.shape == (5, 2), f'build_mlp(3, 2, 1, 4): expected outputs of shape (5, 2), got {tuple(out.shape)}'
    assert isinstance(bias_facts, dict), 'bias_facts should be a dictionary'
    keys = ['redundant_in_training', 'redundant_in_evaluation', 'no_gradient', 'redundant_behind_relu']
    for key in [*keys, 'optimiser_moves_means']:
        assert isinstance(bias_facts.get(key), bool), f'bias_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="Some count is wrong. How many linear maps stand between hidden layers, behind which of them stands a batch norm, and what of it is learned?")
def test_counts_against_torch(plain_total, norm_total, lean_total, mlp_params):
    import torch

    def count(d_in, d_out, depth, width, norm, bias):
        sizes = [d_in] + [width] * depth
        layers = [torch.nn.Linear(a, b, bias=bias or not norm) for a, b in zip(sizes, sizes[1:])]
        layers += [torch.nn.BatchNorm1d(width) for _ in range(depth * norm)]
        layers.append(torch.nn.Linear(width, d_out))
        return sum((p.numel() for layer in layers for p in layer.parameters()))
    by_hand = {(False, True): plain_total, (True, True): norm_total, (True, False): lean_total}
    for (norm, bias), total in by_hand.items():
        assert total == count(1, 1, 10, 20, norm, bias)
    for sizes in ((1, 1, 1, 1), (3, 2, 1, 4), (2, 5, 2, 3), (7, 1, 3, 10), (1, 10, 6, 2)):
        for norm in (False, True):
            for bias in (False, True):
                assert mlp_params(*sizes, batch_norm=norm, bias_before=bias) == count(*sizes, norm, bias)
        assert mlp_params(*sizes) == count(*sizes, False, True)
        assert mlp_params(*sizes, True) == count(*sizes, True, True)

@test_case(points=1, hidden=True, 
    failure_message="The module that you build is not this network. Which layers does an input meet, in which order, and which of them have biases?")
def test_module_layer_by_layer(build_mlp):

    def probe(build, sizes, options):
        import torch
        torch.manual_seed(5)
        net, met = (build(*sizes, **options).double(), [])
        for module in net.modules():
            if isinstance(module, (torch.nn.Linear, torch.nn.BatchNorm1d)):
                module.register_forward_hook(lambda module, *_: met.append(module))
        for p in net.parameters():
            p.data = torch.randn_like(p)
        x = torch.randn(9, sizes[0], dtype=torch.float64)
        out = net(x)
        layers = list(met)
        h = x
        for index, layer in enumerate(layers):
            h = layer(h)
            if index + 1 < len(layers) and (not isinstance(layers[index + 1], torch.nn.BatchNorm1d)):
                h = h.clamp(min=0)
        kinds = [(type(layer).__name__, layer.bias is not None) for layer in layers]
        return (kinds, out.detach(), h.detach(), sum((p.numel() for p in net.parameters())))
    import torch
    for sizes in ((1, 1, 1, 2), (3, 2, 1, 4), (2, 1, 3, 5)):
        for norm in (False, True):
            for bias in (False, True):
                options = {'batch_norm': norm, 'bias_before': bias}
                kinds, out, expected, total = inside(probe)(build_mlp, sizes, options)
                hidden = [('Linear', bias or not norm)] + [('BatchNorm1d', True)] * norm
                assert [tuple(kind) for kind in kinds] == hidden * sizes[2] + [('Linear', True)]
                assert out.shape == (9, sizes[1]) and torch.allclose(out, expected, rtol=1e-09, atol=1e-09)
                d_in, d_out, depth, width = sizes
                shapes = [(d_in, width)] + [(width, width)] * (depth - 1)
                biases = width * depth * ((bias or not norm) + 2 * norm) + d_out
                assert total == sum((a * b for a, b in shapes)) + width * d_out + biases

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about biases and running means is decided wrongly.")
def test_bias_facts(bias_facts):
    import torch
    from torch import nn
    torch.manual_seed(12)
    linear, norm, last = (nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Linear(8, 2))
    before = nn.Sequential(linear, norm, nn.ReLU(), last).double()
    behind = nn.Sequential(linear, nn.ReLU(), norm, last)
    x, y = (torch.randn(30, 3, dtype=torch.float64), torch.randn(30, 2, dtype=torch.float64))

    def moves(net, shift):
        old = net(x).detach()
        linear.bias.data += shift
        new = net(x).detach()
        linear.bias.data -= shift
        return (new - old).abs().max() > 1e-06
    ((before(x) - y) ** 2).mean().backward()
    gradient = linear.bias.grad.abs().max()
    found = {'redundant_in_training': not moves(before, 0.7), 'redundant_behind_relu': not moves(behind, 0.7), 'no_gradient': gradient < 1e-09, 'redundant_in_evaluation': not moves(before.eval(), 0.7), 'optimiser_moves_means': any((p is norm.running_mean for p in before.parameters()))}
    for key, fact in found.items():
        assert bias_facts[key] is bool(fact)

