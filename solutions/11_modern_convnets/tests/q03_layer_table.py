from otter.test_files import test_case

OK_FORMAT = False

name = "q03_layer_table"
points = 6


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="A single convolution from 2 to 3 channels with a 3 x 3 kernel on 4 x 4 pixels has the row (\"0\", (3, 2, 2), 57, 216); alexnet_budget has eight entries.")
def test_one_convolution(layer_table, first_batch, alexnet_budget):
    import numpy as np
    import torch
    got = layer_table(torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3)), (2, 4, 4))
    assert isinstance(got, (list, tuple)), f'layer_table should return a list, got {type(got).__name__}'
    assert len(got) == 1, f'one layer: expected one row, got {len(got)}'
    expected = ('0', (3, 2, 2), 57, 216)
    assert len(got[0]) == 4, f'a row should be (name, out_shape, params, macs), got {got[0]}'
    for what, value, wanted in zip(('name', 'out_shape', 'params', 'macs'), got[0], expected):
        value = tuple(value) if what == 'out_shape' else value
        assert value == wanted, f'{what}: expected {wanted}, got {value}'
    batch = first_batch([expected])
    assert batch == 5, f'57 parameters, 12 activations for one image: expected the batch 5, got {batch}'
    assert isinstance(alexnet_budget, dict), 'alexnet_budget should be a dictionary'
    kinds = {'most_params': str, 'most_macs': str}
    kinds |= dict.fromkeys(['second_conv_macs', 'total_params', 'total_macs', 'batch'], (int, np.integer))
    kinds |= dict.fromkeys(['dense_params_share', 'dense_macs_share'], (float, np.floating))
    for key, kind in kinds.items():
        got = alexnet_budget.get(key)
        wanted = {str: 'a string', (int, np.integer): 'an integer'}.get(kind, 'a float')
        assert isinstance(got, kind), f'alexnet_budget[{key!r}] should be {wanted}, got {got!r}'

@test_case(points=2, hidden=True, 
    failure_message="For some network the table is not right, or its hooks stay. Think of nested modules, of layers called in another order, of groups, and of layers without bias.")
def test_table_by_counting(layer_table):

    def look(layer_table, device):
        import torch
        from torch import nn

        class Turned(nn.Module):

            def __init__(self):
                super().__init__()
                self.dense = nn.Linear(30, 7, bias=False)
                self.pool = nn.AvgPool2d((2, 3), stride=(2, 1))
                self.body = nn.ModuleDict({'b': nn.Conv2d(6, 10, 3, groups=2, padding=2, dilation=2)})
                self.stem = nn.Sequential(nn.Conv2d(3, 6, (5, 3), stride=(2, 3), bias=False), nn.BatchNorm2d(6))

            def forward(self, x):
                x = self.pool(self.body['b'](self.stem(x)))
                return self.dense(x.flatten(1)[:, :30])
        with torch.device(device):
            net = Turned().eval()
            rows = layer_table(net, (3, 15, 20))
            square = layer_table(nn.Sequential(nn.Sequential(nn.Conv2d(1, 1, 3)), nn.MaxPool2d(2)), (1, 6, 8))
        left = sum((len(module._forward_hooks) for module in net.modules()))
        return ([tuple(row) for row in rows], [tuple(row) for row in square], left)
    expected = [('stem.0', (6, 6, 6), 6 * 3 * 15, 216 * 45), ('body.b', (10, 6, 6), 10 * 3 * 9 + 10, 360 * 27), ('pool', (10, 3, 4), 0, 0), ('dense', (7,), 210, 210)]
    small = [('0.0', (1, 4, 6), 10, 24 * 9), ('1', (1, 2, 3), 0, 0)]
    for device in ('meta', 'cpu'):
        rows, square, left = inside(look)(layer_table, device)
        assert [(row[0], tuple(row[1]), *row[2:]) for row in rows] == expected
        assert [(row[0], tuple(row[1]), *row[2:]) for row in square] == small
        assert left == 0

@test_case(points=1, hidden=True, 
    failure_message="For some tables the batch is not the smallest one. Both numbers count over all layers, and equal is not more.")
def test_first_batch_by_trying(first_batch):
    import numpy as np
    rng = np.random.default_rng(631)
    tables = [[('a', (2, 5), 30, 1), ('b', (10,), 10, 1)], [('a', (7,), 3, 9)], [('a', (1, 1, 1), 0, 0)]]
    for _ in range(8):
        rows = [tuple((int(n) for n in rng.integers(1, 7, size=3))) for _ in range(rng.integers(1, 6))]
        tables.append([('x', shape, int(rng.integers(0, 900)), 5) for shape in rows])
    for table in tables:
        outputs = int(sum((np.prod(row[1]) for row in table)))
        batch = 1
        while batch * outputs <= sum((row[2] for row in table)):
            batch += 1
        assert first_batch(table) == batch

@test_case(points=2, hidden=True, 
    failure_message="At least one entry about AlexNet is wrong. A convolution does a multiplication per weight at each output position, and each weight spans all input channels.")
def test_budget_against_meta(alexnet_budget):
    import torch
    from torch import nn
    convs = [(1, 96, 11, 4, 0, 1), (96, 256, 5, 1, 2, 1), (256, 384, 3, 1, 1, 0), (384, 384, 3, 1, 1, 0)]
    convs.append((384, 256, 3, 1, 1, 1))
    x, weights, biases, positions, floats = (torch.empty(1, 1, 224, 224, device='meta'), [], [], [], 0)
    for c_in, c_out, k, stride, padding, pooled in convs:
        layer = nn.Conv2d(c_in, c_out, k, stride, padding, device='meta')
        x = layer(x)
        weights.append(layer.weight.numel())
        biases.append(c_out)
        positions.append(x.shape[2] * x.shape[3])
        floats += x.numel()
        if pooled:
            x = nn.functional.max_pool2d(x, 3, 2)
            floats += x.numel()
    for c_in, c_out in ((x.numel(), 4096), (4096, 4096), (4096, 10)):
        weights.append(c_in * c_out)
        biases.append(c_out)
        positions.append(1)
        floats += c_out
    params = [w + b for w, b in zip(weights, biases)]
    macs = [w * n for w, n in zip(weights, positions)]
    names = ['0', '3', '6', '8', '10', '14', '17', '20']
    assert alexnet_budget['most_params'] == names[params.index(max(params))]
    assert alexnet_budget['most_macs'] == names[macs.index(max(macs))]
    assert alexnet_budget['second_conv_macs'] == macs[1]
    assert alexnet_budget['total_params'] == sum(params) and alexnet_budget['total_macs'] == sum(macs)
    assert abs(alexnet_budget['dense_params_share'] - sum(params[5:]) / sum(params)) < 0.002
    assert abs(alexnet_budget['dense_macs_share'] - sum(macs[5:]) / sum(macs)) < 0.002
    assert alexnet_budget['batch'] == min((n for n in range(1, 1000) if n * floats > sum(params)))

