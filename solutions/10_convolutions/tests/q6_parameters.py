from otter.test_files import test_case

OK_FORMAT = False

name = "q6_parameters"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="One channel in, one out, kernel size 3 gives 3 weights and 1 bias; AlexNet has eight layers.")
def test_smallest_layer(params_by_hand, conv_params, alexnet_params, alexnet):
    assert isinstance(params_by_hand, dict), 'params_by_hand should be a dictionary'
    for key in ('first', 'second', 'image'):
        pair = params_by_hand.get(key)
        assert isinstance(pair, (tuple, list)) and len(pair) == 2, f'params_by_hand[{key!r}] should be a pair'
        assert all((type(n) is int for n in pair)), f'params_by_hand[{key!r}] should hold two integers'
    for arguments, expected in (((1, 1, 3), (3, 1)), ((1, 1, (3, 2)), (6, 1))):
        got = conv_params(*arguments)
        assert got is not None, f'conv_params{arguments} returned None: expected (weights, biases)'
        assert tuple(got) == expected, f'conv_params{arguments}: expected {expected}, got {got}'
    got = alexnet_params()
    assert got is not None, 'alexnet_params() returned None: expected a list of eight pairs'
    assert isinstance(got, (list, tuple)) and len(got) == 8, 'alexnet_params() should list eight pairs'
    assert tuple(got[-1])[1] == 1000, f'the last layer: expected 1000 biases, got {tuple(got[-1])[1]}'
    assert isinstance(alexnet, dict), 'alexnet should be a dictionary'
    for key, kind in (('total', int), ('total_on_two_gpus', int), ('fully_connected_share', float)):
        assert isinstance(alexnet.get(key), kind), f'alexnet[{key!r}] should be of type {kind.__name__}'

@test_case(points=1, hidden=True, 
    failure_message="At least one of the three layers counted by hand is wrong. Every output channel sees all input channels, and has one bias.")
def test_counted_by_hand(params_by_hand):
    import torch
    layers = {'first': torch.nn.Conv1d(3, 4, 3), 'second': torch.nn.Conv1d(4, 10, 5), 'image': torch.nn.Conv2d(3, 10, 5)}
    for key, layer in layers.items():
        assert tuple(params_by_hand[key]) == (layer.weight.numel(), layer.bias.numel())

@test_case(points=1, hidden=True, 
    failure_message="conv_params is wrong for some kernel, with groups or without a bias. How many input channels does one output channel see?")
def test_layers_of_torch(conv_params):
    import torch
    kinds = {1: torch.nn.Conv1d, 2: torch.nn.Conv2d, 3: torch.nn.Conv3d}
    for c_in, c_out in ((1, 1), (3, 4), (4, 10), (12, 6), (6, 18)):
        for kernel in (1, 4, (1,), (5, 5), (3, 1), (2, 7), (2, 3, 5)):
            for groups in (g for g in (1, 2, 3, 6) if c_in % g == 0 and c_out % g == 0):
                for bias in (True, False):
                    sizes = (kernel,) if isinstance(kernel, int) else kernel
                    layer = kinds[len(sizes)](c_in, c_out, sizes, bias=bias, groups=groups, device='meta')
                    expected = (layer.weight.numel(), layer.bias.numel() if bias else 0)
                    got = tuple(conv_params(c_in, c_out, kernel, bias, groups))
                    assert got == expected and all((type(n) is int for n in got))
    assert tuple(conv_params(10 ** 10, 10 ** 10, (3, 3))) == (9 * 10 ** 20, 10 ** 10)
    assert tuple(conv_params(6, 4, 2, groups=2)) == (24, 4)

@test_case(points=2, hidden=True, 
    failure_message="AlexNet is not counted right in some layer. How many numbers are left after the last pooling, and what do groups do to the biases?")
def test_alexnet_against_torch(alexnet_params, alexnet):
    import torch

    def count(groups):
        shapes = ((3, 96, 11), (96, 256, 5), (256, 384, 3), (384, 384, 3), (384, 256, 3))
        layers = [torch.nn.Conv2d(*shape, groups=g, device='meta') for shape, g in zip(shapes, groups)]
        left = layers[-1](torch.empty(1, 384, 8, 8, device='meta')).numel()
        widths = (left, 4096, 4096, 1000)
        layers += [torch.nn.Linear(a, b, device='meta') for a, b in zip(widths, widths[1:])]
        return [(layer.weight.numel(), layer.bias.numel()) for layer in layers]
    for groups in ((1, 1, 1, 1, 1), (1, 2, 1, 2, 2), (3, 1, 2, 4, 8)):
        assert [tuple(pair) for pair in alexnet_params(groups)] == count(groups)
    plain = count((1, 1, 1, 1, 1))
    assert [tuple(pair) for pair in alexnet_params()] == plain
    assert alexnet['total'] == sum(map(sum, plain))
    assert alexnet['total_on_two_gpus'] == sum(map(sum, count((1, 2, 1, 2, 2))))
    assert abs(alexnet['fully_connected_share'] - sum(map(sum, plain[5:])) / sum(map(sum, plain))) <= 0.005

