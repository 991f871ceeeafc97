from otter.test_files import test_case

OK_FORMAT = False

name = "q10_field_growth"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="One layer with kernel size 3 sees three positions; two layers with kernels of 2 x 2 have 8 weights if there is one channel.")
def test_small_stacks(min_layers, taps_and_span, stack_weights, methods):
    for growth in ('plain', 'stride', 'dilation'):
        for n, expected in ((1, 0), (3, 1)):
            got = min_layers(n, 3, growth)
            assert got is not None, f'min_layers({n}, 3, {growth!r}) returned None: expected an integer'
            assert got == expected, f'min_layers({n}, 3, {growth!r}): expected {expected}, got {got}'
    got = taps_and_span(2, 1)
    assert got is not None, 'taps_and_span(2, 1) returned None: expected a pair of integers'
    assert tuple(got) == (2, 2), f'taps_and_span(2, 1): expected (2, 2), got {got}'
    got = stack_weights(2, 3, 1)
    assert got is not None, 'stack_weights(2, 3, 1) returned None: expected an integer'
    assert got == 8, f'stack_weights(2, 3, 1): expected 8, got {got}'
    assert isinstance(methods, dict), 'methods should be a dictionary'
    for layer in ('large_kernel', 'strided_conv', 'max_pool', 'dilated_conv'):
        assert isinstance(methods.get(layer), dict), f'methods[{layer!r}] should be a dictionary'
        for key in ('learned', 'dense', 'mixes_channels', 'keeps_resolution'):
            assert isinstance(methods[layer].get(key), bool), f'methods[{layer!r}][{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="min_layers, taps_and_span or stack_weights is wrong for some numbers. Write down the fields after one, two, three and four layers of each kind.")
def test_growth_against_gradients(min_layers, taps_and_span, stack_weights):
    import torch

    def places(layers):
        """Positions whose gradient at one output is not zero; weights of one, so nothing cancels."""
        x = torch.ones(1, 1, 300, dtype=torch.float64, requires_grad=True)
        h = x
        for k, stride, dilation in layers:
            h = torch.conv1d(h, torch.ones(1, 1, k, dtype=torch.float64), stride=stride, dilation=dilation)
        h[0, 0, 0].backward()
        return x.grad[0, 0].nonzero()[:, 0].tolist()
    settings = {'plain': lambda i: (1, 1), 'stride': lambda i: (2, 1), 'dilation': lambda i: (1, 2 ** i)}
    for k in (2, 3, 5):
        for growth, setting in settings.items():
            sizes = [places([(k, *setting(i)) for i in range(depth)])[-1] + 1 for depth in range(6)]
            for n in range(1, sizes[-1] + 1):
                assert min_layers(n, k, growth) == next((d for d, size in enumerate(sizes) if size >= n))
            if growth == 'plain':
                for field in range(1, sizes[-1] + 1):
                    for c in (1, 3, 64):
                        depth = next((d for d, size in enumerate(sizes) if size >= field))
                        assert stack_weights(k, field, c) == depth * torch.empty(c, c, k, k, device='meta').numel()
    for k in (1, 2, 3, 5):
        for dilation in (1, 2, 3, 8):
            read = places([(k, 1, dilation)])
            assert tuple(taps_and_span(k, dilation)) == (len(read), read[-1] - read[0] + 1)

@test_case(points=2, hidden=True, 
    failure_message="At least one property of one of the four layers is decided wrongly. Change a single input, and see which outputs change.")
def test_methods_probed(methods):
    import torch
    torch.manual_seed(115)
    nn, n = (torch.nn, 40)
    make = {'large_kernel': lambda padding: nn.Conv1d(8, 8, 7, padding=padding), 'strided_conv': lambda padding: nn.Conv1d(8, 8, 3, stride=2, padding=padding), 'max_pool': lambda padding: nn.MaxPool1d(3, stride=2, padding=padding), 'dilated_conv': lambda padding: nn.Conv1d(8, 8, 3, dilation=2, padding=padding)}
    for name, build in make.items():
        layer = build(0)
        x = torch.randn(1, 8, n)
        before = layer(x)[0, 0, 5]
        changes = torch.zeros(8, n, dtype=torch.bool)
        for channel in range(8):
            for place in range(n):
                changed = x.clone()
                changed[0, channel, place] = 50.0
                changes[channel, place] = layer(changed)[0, 0, 5] != before
        read = changes.any(0).nonzero()[:, 0]
        paddings = range(2) if name == 'max_pool' else range(10)
        expected = {'learned': sum((p.numel() for p in layer.parameters())) > 0, 'dense': len(read) == int(read[-1] - read[0]) + 1, 'mixes_channels': int(changes.any(1).sum()) > 1, 'keeps_resolution': any((build(padding)(x).shape[2] == n for padding in paddings))}
        assert methods[name] == expected

