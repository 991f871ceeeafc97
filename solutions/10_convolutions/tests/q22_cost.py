from otter.test_files import test_case

OK_FORMAT = False

name = "q22_cost"
points = 6

@test_case(points=1, hidden=False, 
    failure_message="The layer of the example takes 216 multiplications, 216 additions and 101 numbers forward.")
def test_example(mults_1x1, conv_cost, growth, bottleneck_saving, pool_cost):
    assert type(mults_1x1) is int, 'mults_1x1 should be an integer'
    got = conv_cost(2, 3, (4, 4), (3, 3))
    assert isinstance(got, dict), 'conv_cost should return a dictionary'
    for key in ('mults', 'adds', 'forward_numbers', 'backward_mults', 'backward_numbers'):
        assert key in got, f'the dictionary has no entry {key!r}'
        assert type(got[key]) is int, f'{key!r} should be an int, got {type(got[key]).__name__}'
    for key, expected in (('mults', 216), ('adds', 216), ('forward_numbers', 101)):
        assert got[key] == expected, f'{key!r} of the example: expected {expected}, got {got[key]}'
    got = growth('padding', 1, 1, (5, 5), (3, 3), (0, 0), (1, 1))
    assert isinstance(got, (int, float)), f'growth should return a float, got {type(got).__name__}'
    assert abs(got - 1) < 1e-09, f'growth: twice no padding changes nothing, expected 1, got {got}'
    got = bottleneck_saving(4, 1)
    assert isinstance(got, (int, float)), f'bottleneck_saving should return a float, got {type(got).__name__}'
    assert abs(got - 9 / 11) < 1e-09, f'bottleneck_saving(4, 1): expected 9/11, got {got}'
    got = pool_cost('max', 1, (4, 4), (2, 2), (0, 0), (2, 2))
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'pool_cost should return (outputs, operations)'
    assert tuple(got) == (4, 12), f'pool_cost of four 2 x 2 windows: expected (4, 12), got {tuple(got)}'

@test_case(points=1, hidden=True, 
    failure_message="Operations or memory of the way forward are wrong for some layer. Memory is a sum of sizes, not a number of operations.")
def test_forward_measured(conv_cost):
    import torch
    from torch.utils.flop_counter import FlopCounterMode
    cases = [(3, 8, (20, 17), (3, 5), (1, 2), (2, 3)), (1, 1, (1, 1), (1, 1), (0, 0), (1, 1))]
    cases += [(8, 16, (64, 64), (3, 3), (1, 1), (2, 2)), (5, 2, (9, 4), (1, 1), (0, 1), (2, 1)), (2, 7, (6, 6), (6, 6), (0, 0), (1, 4))]
    for c_in, c_out, size, kernel, padding, stride in cases:
        for bias in (True, False):
            layer = torch.nn.Conv2d(c_in, c_out, kernel, stride, padding, bias=bias)
            x = torch.zeros(1, c_in, *size)
            with FlopCounterMode(display=False) as counter:
                y = layer(x)
            got = conv_cost(c_in, c_out, size, kernel, padding, stride, bias)
            assert all((type(value) is int for value in got.values()))
            assert got['mults'] == counter.get_total_flops() // 2
            assert got['adds'] == got['mults'] - (0 if bias else y.numel())
            assert got['forward_numbers'] == x.numel() + y.numel() + sum((p.numel() for p in layer.parameters()))

@test_case(points=1, hidden=True, 
    failure_message="Operations or memory of the way back are wrong for some layer. Count the gradients one by one.")
def test_backward_measured(conv_cost):
    import torch
    from torch.utils.flop_counter import FlopCounterMode
    cases = [(3, 8, (20, 17), (3, 5), (1, 2), (2, 3)), (4, 2, (5, 7), (1, 1), (0, 0), (1, 1))]
    for c_in, c_out, size, kernel, padding, stride in [*cases, (2, 3, (6, 6), (2, 4), (3, 0), (1, 2))]:
        for bias in (True, False):
            for input_grad in (True, False):
                layer = torch.nn.Conv2d(c_in, c_out, kernel, stride, padding, bias=bias)
                x = torch.zeros(1, c_in, *size, requires_grad=input_grad)
                y = layer(x)
                y.retain_grad()
                with FlopCounterMode(display=False) as counter:
                    y.sum().backward()
                kept = x.numel() + layer.weight.numel()
                made = y.grad.numel() + sum((p.grad.numel() for p in layer.parameters()))
                made += x.grad.numel() if input_grad else 0
                got = conv_cost(c_in, c_out, size, kernel, padding, stride, bias, input_grad)
                assert got['backward_mults'] == counter.get_total_flops() // 2
                assert got['backward_numbers'] == kept + made
    assert conv_cost(2, 3, (5, 6), (2, 3)) == conv_cost(2, 3, (5, 6), (2, 3), (0, 0), (1, 1), True, True)
    assert conv_cost(2, 3, (5, 6), (2, 3))['backward_numbers'] == 60 + 36 + 48 + 36 + 3 + 60

@test_case(points=1, hidden=True, 
    failure_message="A factor of growth is wrong. Sizes are rounded down before and after, so few factors are round numbers.")
def test_growth_measured(growth):
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    def flops(c_in, c_out, size, kernel, padding, stride):
        with FlopCounterMode(display=False) as counter:
            weight = torch.zeros(c_out, c_in, *kernel)
            torch.nn.functional.conv2d(torch.zeros(1, c_in, *size), weight, padding=padding, stride=stride)
        return counter.get_total_flops()
    cases = [(3, 5, (32, 32), (3, 3), (1, 1), (1, 1)), (2, 4, (5, 9), (3, 4), (1, 2), (2, 1))]
    cases += [(8, 16, (65, 65), (3, 3), (1, 1), (1, 1)), (1, 1, (7, 6), (3, 2), (0, 1), (1, 3))]
    for c_in, c_out, size, kernel, padding, stride in cases:
        before = flops(c_in, c_out, size, kernel, padding, stride)
        twice = lambda pair: tuple((2 * value for value in pair))
        after = {'channels': flops(2 * c_in, 2 * c_out, size, kernel, padding, stride), 'padding': flops(c_in, c_out, size, kernel, twice(padding), stride), 'stride': flops(c_in, c_out, size, kernel, padding, twice(stride))}
        for change, value in after.items():
            got = growth(change, c_in, c_out, size, kernel, padding, stride)
            assert abs(got - value / before) < 1e-09 * got

@test_case(points=1, hidden=True, 
    failure_message="The cost of the 1 x 1 layer or of the bottleneck is wrong. Every output channel at every pixel needs every input channel.")
def test_cheap_layers(mults_1x1, bottleneck_saving):
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    def flops(layers, c, side):
        with FlopCounterMode(display=False) as counter:
            x = torch.zeros(1, c, side, side)
            for c_in, c_out, k in layers:
                x = torch.nn.functional.conv2d(x, torch.zeros(c_out, c_in, k, k), padding=k // 2)
        return counter.get_total_flops()
    assert mults_1x1 == flops([(64, 128, 1)], 64, 32) // 2
    for c, r in ((256, 4), (12, 3), (12, 12), (6, 1), (64, 2)):
        narrow = [(c, c // r, 1), (c // r, c // r, 3), (c // r, c, 1)]
        got = bottleneck_saving(c, r)
        assert abs(got - flops([(c, c, 3)], c, 4) / flops(narrow, c, 4)) < 1e-09 * got

@test_case(points=1, hidden=True, 
    failure_message="Outputs or operations of a pooling layer are wrong. Each output looks at its whole window, in its own channel.")
def test_pooling_counted(pool_cost):
    import torch
    cases = [(3, (11, 9), (3, 2), (1, 1), (2, 2)), (1, (5, 5), (5, 5), (0, 0), (1, 1)), (4, (6, 7), (2, 3), (0, 1), (1, 2))]
    for c, size, kernel, padding, stride in [*cases, (2, (4, 4), (1, 1), (0, 0), (3, 1))]:
        outputs = torch.nn.functional.max_pool2d(torch.zeros(1, c, *size), kernel, stride, padding).numel()
        windows = [1 for _ in range(outputs)]
        members = len([(i, j) for i in range(kernel[0]) for j in range(kernel[1])])
        assert tuple(pool_cost('max', c, size, kernel, padding, stride)) == (outputs, sum(windows) * (members - 1))
        assert tuple(pool_cost('avg', c, size, kernel, padding, stride)) == (outputs, sum(windows) * members)

