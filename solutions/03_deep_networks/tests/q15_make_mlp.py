from otter.test_files import test_case

OK_FORMAT = False

name = "q15_make_mlp"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="make_mlp(784, [64], 10) is an nn.Sequential with 50890 parameters that gives 10 logits per image; signal_sizes has one entry per ReLU.")
def test_one_hidden_layer(make_mlp, signal_sizes):
    import torch
    from torch import nn
    net = make_mlp(784, [64], 10)
    assert net is not None, 'make_mlp(784, [64], 10) returned None: expected an nn.Sequential'
    assert isinstance(net, nn.Sequential), 'make_mlp should return an nn.Sequential'
    out = net(torch.zeros(3, 1, 28, 28))
    assert tuple(out.shape) == (3, 10), f'logits: expected shape (3, 10), got {tuple(out.shape)}'
    count = sum((p.numel() for p in net.parameters()))
    assert count == 50890, f'expected 50890 parameters, got {count}'
    net = nn.Sequential(nn.Flatten(), nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 1))
    with torch.no_grad():
        net[1].weight.copy_(torch.tensor([[3.0], [4.0]]))
        net[1].bias.zero_()
    got = signal_sizes(net, torch.ones(1, 1))
    assert got is not None, 'signal_sizes(net, X) returned None: expected a list of floats'
    assert isinstance(got, (list, tuple)) and len(got) == 1, f'signal_sizes: expected one entry, got {got}'
    assert abs(got[0] - 12.5 ** 0.5) < 1e-05, f'signal_sizes: expected [3.5355], got {got}'

@test_case(points=1, hidden=True, 
    failure_message="For some list of widths the layers are not as asked, or an unknown init is accepted. Every layer has weights of its own, and the logits are plain numbers.")
def test_layers(make_mlp):

    def probe(make_mlp, sizes, init):
        import torch
        net = make_mlp(sizes[0], sizes[1:-1], sizes[-1], init)
        names = [type(layer).__name__ for layer in net]
        shapes = [tuple(p.shape) for p in net.parameters()]
        torch.manual_seed(0)
        logits = net(torch.randn(200, sizes[0]))
        return (names, shapes, bool((logits < 0).any() and (logits > 0).any()), float(logits.sum(1).std()))
    for hidden in ([], [64], [32, 64, 16], [64] * 8, [1, 5]):
        for init in ('default', 'kaiming'):
            sizes = [36, *hidden, 7]
            names, shapes, both_signs, spread = inside(probe)(make_mlp, sizes, init)
            assert names == ['Flatten'] + ['Linear', 'ReLU'] * len(hidden) + ['Linear']
            expected = [shape for a, b in zip(sizes, sizes[1:]) for shape in ((b, a), (b,))]
            assert shapes == expected
            assert both_signs or hidden == [1, 5]
    for wrong in ('xavier', 'Kaiming', None):
        try:
            make_mlp(4, [3], 2, init=wrong)
        except ValueError:
            continue
        raise AssertionError('an unknown init should raise a ValueError')

@test_case(points=1, hidden=True, 
    failure_message="The starting values are not as asked, or they do not keep the signal alive through eight layers. Does n count inputs or outputs?")
def test_starting_values(make_mlp):

    def probe(make_mlp, sizes, init, seed):
        import torch
        torch.manual_seed(seed)
        net = make_mlp(sizes[0], sizes[1:-1], sizes[-1], init)
        h, rms = (torch.randn(256, sizes[0]), [])
        for layer in net:
            h = layer(h)
            if isinstance(layer, torch.nn.ReLU):
                rms.append(float(h.detach().square().mean().sqrt()))
        return ([p.detach() for p in net.parameters()], rms)
    for seed in range(3):
        parameters, _ = inside(probe)(make_mlp, [400, 100, 300, 200], 'kaiming', seed)
        for weight, bias in zip(parameters[::2], parameters[1::2]):
            n = weight.shape[1]
            assert abs(weight.std().item() / (2 / n) ** 0.5 - 1) < 0.03
            assert abs(weight.mean().item()) < 0.03 * (2 / n) ** 0.5
            assert weight.abs().max().item() > 3 * (2 / n) ** 0.5
            assert (bias == 0).all()
        parameters, _ = inside(probe)(make_mlp, [400, 100, 300, 200], 'default', seed)
        for weight, bias in zip(parameters[::2], parameters[1::2]):
            bound = weight.shape[1] ** (-0.5)
            assert 0.95 * bound < weight.abs().max().item() <= bound
            assert 0.8 * bound < bias.abs().max().item() <= bound
        _, rms = inside(probe)(make_mlp, [128] * 9 + [10], 'kaiming', seed)
        assert all((1 / 3 < value < 3 for value in rms))
        _, rms = inside(probe)(make_mlp, [128] * 9 + [10], 'default', seed)
        assert rms[-1] < 0.2

@test_case(points=1, hidden=True, 
    failure_message="The sizes of the signal are not those behind the ReLUs. All examples and units of a layer count, and the mean stands under the root.")
def test_signal_sizes(signal_sizes):
    import numpy as np
    import torch
    from torch import nn
    torch.manual_seed(64)
    for sizes, n in (([4, 3, 2], 1), ([5, 9, 1, 4], 7), ([6, 8, 8, 8, 8, 3], 40), ([3, 2], 5)):
        layers = [nn.Flatten()]
        for before, after in zip(sizes, sizes[1:]):
            layers += [nn.Linear(before, after), nn.ReLU()]
        net = nn.Sequential(*layers[:-1])
        X = 2 * torch.randn(n, 1, sizes[0])
        h, expected = (X.numpy().reshape(n, -1).astype(np.float64), [])
        for linear in net[1:-1:2]:
            h = np.maximum(h @ linear.weight.detach().double().numpy().T + linear.bias.detach().double().numpy(), 0)
            expected.append(np.linalg.norm(h) / np.sqrt(h.size))
        got = signal_sizes(net, X)
        assert len(got) == len(expected) and all((isinstance(value, float) for value in got))
        assert np.allclose(got, expected, rtol=0.0001, atol=1e-06)

