from otter.test_files import test_case

OK_FORMAT = False

name = "q11_gradient_probe"
points = 6


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="Output (1, 2) of SMALL_NET sees rows 1 to 4 and columns 1 to 7; two layers with kernel size 3 have the path counts 1, 2, 3, 2, 1.")
def test_small_net(receptive_box, path_counts, SMALL_NET):
    import numpy as np
    got = receptive_box(SMALL_NET, (1, 8, 8), (1, 2))
    assert got is not None, 'receptive_box(...) returned None: expected (top, bottom, left, right)'
    assert isinstance(got, (tuple, list)) and len(got) == 4, 'receptive_box should return four integers'
    assert tuple(got) == (1, 4, 1, 7), f'box of output (1, 2): expected (1, 4, 1, 7), got {tuple(got)}'
    got = path_counts([(3, 1, 1), (3, 1, 1)])
    assert got is not None, 'path_counts(...) returned None: expected an array of integers'
    assert np.shape(got) == (5,), f'path_counts: expected shape (5,), got {np.shape(got)}'
    expected = [1, 2, 3, 2, 1]
    assert np.asarray(got).tolist() == expected, f'path_counts: expected {expected}, got {np.asarray(got).tolist()}'

@test_case(points=3, hidden=True, 
    failure_message="For some network and output another box is right. Do cancelling or zero weights, dead ReLUs, max pooling, strides, dilation or borders mislead your probe?")
def test_boxes_walked_back(receptive_box):
    import torch

    def probe(receptive_box, specs, in_shape, outputs, mode):
        import torch
        torch.manual_seed(5)
        layers, channels = ([], in_shape[0])
        for kind, *settings in specs:
            if kind == 'conv':
                kernel, stride, padding, dilation, groups = settings
                layers += [torch.nn.Conv2d(channels, 4, kernel, stride, padding, dilation, groups), torch.nn.ReLU()]
                channels = 4
            else:
                layers.append((torch.nn.MaxPool2d if kind == 'max' else torch.nn.AvgPool2d)(*settings))
        net = torch.nn.Sequential(*layers)
        with torch.no_grad():
            for p in net.parameters():
                p.copy_({'dead': -torch.ones_like(p), 'zero': torch.zeros_like(p), 'mixed': p}[mode])
        return [receptive_box(net, in_shape, pos) for pos in outputs]

    def walked_back(specs, in_shape, pos):
        """The places of each axis that are reached, layer by layer from the output to the image."""
        ends = []
        for axis in (0, 1):
            pair = lambda value: value if isinstance(value, int) else value[axis]
            lengths, layers = ([in_shape[1 + axis]], [])
            for kind, *settings in specs:
                kernel, stride, padding = (pair(value) for value in settings[:3])
                dilation = pair(settings[3]) if kind == 'conv' else 1
                layers.append((kernel, stride, padding, dilation))
                lengths.append((lengths[-1] + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1)
            places = {pos[axis]}
            for (kernel, stride, padding, dilation), length in zip(reversed(layers), reversed(lengths[:-1])):
                taps = [dilation * tap - padding for tap in range(kernel)]
                places = {place * stride + tap for place in places for tap in taps if 0 <= place * stride + tap < length}
            ends += [min(places), max(places)]
        return tuple(ends)
    networks = [([('conv', 3, 1, 1, 1, 1)], (1, 5, 7), [(0, 0), (2, 3), (4, 6)]), ([('conv', 3, 1, 1, 1, 1), ('max', 2, 2, 0), ('conv', 5, 2, 2, 1, 2), ('avg', 2, 2, 0)], (3, 64, 48), [(0, 0), (3, 2), (7, 5)]), ([('conv', (3, 1), (2, 1), (1, 0), 1, 1), ('conv', (1, 5), (1, 3), (0, 2), (1, 2), 4)], (2, 20, 33), [(4, 5), (0, 9), (9, 2)]), ([('max', (3, 2), (1, 2), (1, 0)), ('conv', 3, 1, 4, 4, 1), ('avg', 3, 2, 1)], (4, 21, 40), [(2, 3), (10, 9), (0, 5)]), ([('conv', 1, 1, 0, 1, 1), ('conv', 3, 1, 3, 3, 2), ('conv', 3, 1, 2, 2, 4)], (2, 17, 12), [(8, 6), (0, 11), (16, 1)])]
    for specs, in_shape, outputs in networks:
        expected = [walked_back(specs, in_shape, pos) for pos in outputs]
        for mode in ('mixed', 'dead', 'zero'):
            got = inside(probe)(receptive_box, specs, in_shape, outputs, mode)
            assert [tuple(box) for box in got] == expected

@test_case(points=1, hidden=True, 
    failure_message="After your probe the network is not what it was. Look at its weights, their gradients, its layers and its mode.")
def test_net_is_left_alone(receptive_box):

    def probe(receptive_box):
        import torch
        torch.manual_seed(6)
        net = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Conv2d(3, 1, 1))
        x = torch.randn(1, 2, 12, 12)
        before, modules, weights = (net(x).detach(), list(net), [p.detach().clone() for p in net.parameters()])
        box = receptive_box(net, (2, 12, 12), (1, 1))
        same = all((torch.equal(a, b) and b.grad is None and b.requires_grad for a, b in zip(weights, net.parameters())))
        layers = all((a is b for a, b in zip(modules, net))) and len(modules) == len(net)
        return (tuple(box), bool(same), bool(layers and net.training), bool(torch.equal(net(x), before)))
    assert inside(probe)(receptive_box) == ((2, 5, 2, 5), True, True, True)

@test_case(points=1, hidden=True, 
    failure_message="For some stack the numbers of paths are others. Each layer gives every path so far one continuation per weight.")
def test_paths_against_gradients(path_counts):
    import numpy as np
    import torch
    rng = np.random.default_rng(117)
    stacks = [[(3, 1, 1)] * 4, [(5, 2, 1), (3, 1, 1), (5, 1, 2)], [(2, 3, 1), (2, 1, 1)], [(1, 2, 1), (3, 1, 3)], [(3, 1, 4)], []]
    for depth in (2, 3, 4):
        stacks += [[tuple((int(n) for n in rng.integers(1, (6, 4, 4)))) for _ in range(depth)] for _ in range(2)]
    for layers in stacks:
        x = torch.ones(1, 1, 700, dtype=torch.float64, requires_grad=True)
        h = x * 1.0
        for kernel, stride, dilation in layers:
            h = torch.conv1d(h, torch.ones(1, 1, kernel, dtype=torch.float64), stride=stride, dilation=dilation)
        h[0, 0, 0].backward()
        expected = [int(value) for value in x.grad[0, 0, :int(x.grad[0, 0].nonzero().max()) + 1]]
        got = np.asarray(path_counts(layers))
        assert got.dtype.kind in 'iu' and got.tolist() == expected

