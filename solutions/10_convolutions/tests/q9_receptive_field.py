from otter.test_files import test_case

OK_FORMAT = False

name = "q9_receptive_field"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="Two layers with kernel size 2 and stride 2 have fields of 2 and 4; AlexNet's first convolution sees 11 pixels.")
def test_two_layers(receptive_field, depth_for_field, alexnet_field, fields):
    got = receptive_field([(2, 2, 1), (2, 2, 1)])
    assert got is not None, 'receptive_field(...) returned None: expected a list of integers'
    assert isinstance(got, (list, tuple)), 'receptive_field should return a list'
    assert list(got) == [2, 4], f'receptive_field of two layers (2, 2, 1): expected [2, 4], got {list(got)}'
    got = depth_for_field(3, 1)
    assert got is not None, 'depth_for_field(3, 1) returned None: expected an integer'
    assert got == 0, f'depth_for_field(3, 1): expected 0, got {got}'
    got = alexnet_field(3)
    assert got is not None, 'alexnet_field(3) returned None: expected a list of three integers'
    assert isinstance(got, (list, tuple)) and len(got) == 3, 'alexnet_field should return three integers'
    assert got[0] == 11, f'alexnet_field(3): the first entry should be 11, got {got[0]}'
    assert isinstance(fields, dict), 'fields should be a dictionary'
    for key in ('three_of_3', 'three_of_7'):
        assert type(fields.get(key)) is int, f'fields[{key!r}] should be an integer'
    mixed = fields.get('mixed')
    assert isinstance(mixed, (list, tuple)) and len(mixed) == 3, "fields['mixed'] should list three integers"

@test_case(points=2, hidden=True, 
    failure_message="For some stack of layers the field has another size. How far apart, in the network's input, are two neighbouring units of the layer below?")
def test_fields_against_gradients(receptive_field):
    import numpy as np
    import torch

    def seen(layers):
        """Span of the inputs whose gradient is not zero, with weights of one so that nothing cancels."""
        x = torch.ones(1, 1, 700, dtype=torch.float64, requires_grad=True)
        h = x
        for kernel, stride, dilation in layers:
            h = torch.conv1d(h, torch.ones(1, 1, kernel, dtype=torch.float64), stride=stride, dilation=dilation)
        h[0, 0, 0].backward()
        places = x.grad[0, 0].nonzero()
        return int(places.max() - places.min()) + 1
    rng = np.random.default_rng(114)
    stacks = [[(3, 1, 1)] * 3, [(7, 1, 1)] * 3, [(5, 2, 1), (3, 1, 1), (5, 1, 2)], [(3, 2, 1), (3, 2, 1), (3, 1, 2)]]
    stacks += [[(1, 3, 2), (2, 1, 5)], [(3, 1, 4)], [(2, 3, 1)]]
    for depth in (1, 2, 3, 4, 4):
        stacks.append([tuple((int(n) for n in rng.integers(1, (6, 4, 4)))) for _ in range(depth)])
    for layers in stacks:
        got = receptive_field(layers)
        assert list(got) == [seen(layers[:depth + 1]) for depth in range(len(layers))]
    assert list(receptive_field([])) == []

@test_case(points=1, hidden=True, 
    failure_message="depth_for_field or one of the answers on paper is wrong. What does one more layer with stride one add?")
def test_small_answers(depth_for_field, fields):
    import torch

    def seen(layers):
        x = torch.ones(1, 1, 100, dtype=torch.float64, requires_grad=True)
        h = x
        for kernel, stride, dilation in layers:
            h = torch.conv1d(h, torch.ones(1, 1, kernel, dtype=torch.float64), stride=stride, dilation=dilation)
        h[0, 0, 0].backward()
        places = x.grad[0, 0].nonzero()
        return int(places.max() - places.min()) + 1
    for k in (2, 3, 4, 7):
        field = [seen([(k, 1, 1)] * depth) for depth in range(10)]
        for target in range(1, field[-1] + 1):
            assert depth_for_field(k, target) == next((depth for depth in range(10) if field[depth] >= target))
    assert fields['three_of_3'] == seen([(3, 1, 1)] * 3)
    assert fields['three_of_7'] == seen([(7, 1, 1)] * 3)
    mixed = [(5, 2, 1), (3, 1, 1), (5, 1, 2)]
    assert list(fields['mixed']) == [seen(mixed[:depth]) for depth in (1, 2, 3)]

@test_case(points=1, hidden=True, 
    failure_message="The fields of AlexNet's convolutions are others. A pooling counts twice, by its window and by its stride.")
def test_alexnet_against_gradients(alexnet_field):
    import torch
    import torch.nn.functional as F
    for pool in (1, 2, 3, 4):
        expected = []
        for n_convs in (1, 2, 3):
            x = torch.ones(1, 1, 160, 160, dtype=torch.float64, requires_grad=True)
            h = x
            for index, (k, stride) in enumerate(((11, 4), (5, 1), (3, 1))[:n_convs]):
                h = F.avg_pool2d(h, pool, 2) if index else h
                h = F.conv2d(h, torch.ones(1, 1, k, k, dtype=torch.float64), stride=stride)
            h[0, 0, 0, 0].backward()
            expected.append(int(x.grad[0, 0].nonzero().max()) + 1)
        assert list(alexnet_field(pool)) == expected

