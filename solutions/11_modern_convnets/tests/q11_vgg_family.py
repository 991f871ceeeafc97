from otter.test_files import test_case

OK_FORMAT = False

name = "q11_vgg_family"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="VGG-11 has one convolution with 64 channels in its first block; the small example has the counts [2, 0, 1] and one hidden layer; printout_facts holds four booleans.")
def test_small_example(vgg_arch, weights_per_child, hidden_layers, printout_facts):
    import numpy as np
    from torch import nn
    got = vgg_arch(11)
    assert isinstance(got, (tuple, list)) and len(got) == 5, f'vgg_arch(11): expected five pairs, got {got}'
    assert tuple(got[0]) == (1, 64), f'first block of VGG-11: expected (1, 64), got {got[0]}'
    net = nn.Sequential(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Conv2d(2, 2, 3)), nn.Flatten(), nn.Linear(8, 3))
    got = weights_per_child(net)
    assert isinstance(got, (list, tuple)), f'weights_per_child should return a list, got {type(got).__name__}'
    assert list(got) == [2, 0, 1], f'weights_per_child of the example: expected [2, 0, 1], got {list(got)}'
    got = hidden_layers(net)
    assert got == 1, f'hidden_layers of the example: expected 1, got {got}'
    assert isinstance(printout_facts, dict), 'printout_facts should be a dictionary'
    for key in ('pooling_counts', 'missing_are_late', 'equal_shape_hides', 'sixteen_has_eight_lines'):
        value = printout_facts.get(key)
        assert isinstance(value, (bool, np.bool_)), f'printout_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="Some member of the family is not built as described, or a depth that does not exist is accepted. Does its number count the layers with weights?")
def test_family_layer_by_layer(vgg_arch, vgg):

    def look(vgg, *arguments):
        import torch
        from torch.utils._python_dispatch import TorchDispatchMode
        steps, kinds = ([], ('convolution', 'relu', 'max_pool', 'addmm'))

        class Watch(TorchDispatchMode):

            def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
                out = operation(*args, **kwargs or {})
                kind = next((kind for kind in kinds if kind in str(operation)), None)
                if kind:
                    steps.append((kind, tuple((out[0] if isinstance(out, tuple) else out).shape)))
                return out
        with torch.device('meta'), torch.no_grad():
            net = vgg(*arguments)
            x = torch.empty(2, arguments[1] if len(arguments) > 1 else 1, 224, 224)
            with Watch():
                net(x)
        children = [type(child).__name__ for child in net.children()]
        return (steps, [tuple(p.shape) for p in net.parameters()], children)
    for depth, late in ((11, 2), (13, 2), (16, 3), (19, 4)):
        early = 1 if depth == 11 else 2
        arch = list(zip((early, early, late, late, late), (64, 128, 256, 512, 512)))
        assert sum((n for n, _ in arch)) + 3 == depth
        assert [tuple(pair) for pair in vgg_arch(depth)] == arch
        for c_in, classes in ((1, 10), (3, 1000)):
            arguments = (depth,) if c_in == 1 else (depth, c_in, classes)
            steps, shapes, children = inside(look)(vgg, *arguments)
            expected, weights, side, c = ([], [], 224, c_in)
            for convolutions, channels in arch:
                for _ in range(convolutions):
                    expected += [(kind, (2, channels, side, side)) for kind in ('convolution', 'relu')]
                    weights += [(channels, c, 3, 3), (channels,)]
                    c = channels
                side //= 2
                expected.append(('max_pool', (2, channels, side, side)))
            for a, b in ((c * side * side, 4096), (4096, 4096), (4096, classes)):
                expected += [('addmm', (2, b)), ('relu', (2, b))]
                weights += [(b, a), (b,)]
            assert [(kind, tuple(shape)) for kind, shape in steps] == expected[:-1]
            assert [tuple(shape) for shape in shapes] == weights
            assert list(children)[:6] == ['Sequential'] * 5 + ['Flatten']
    for depth in (17, 12, 10, 0, '11'):
        for make in (vgg_arch, vgg):
            try:
                make(depth)
            except ValueError:
                continue
            raise AssertionError('a depth that does not exist should raise a ValueError')

@test_case(points=1, hidden=True, 
    failure_message="For some network the layers per child, or those without a line, are miscounted. Look into nested children, and pass over all that has no convolution or dense layer.")
def test_counts_in_nested_nets(weights_per_child, hidden_layers):
    from torch import nn
    conv, dense = (lambda: nn.Conv2d(2, 2, 3), lambda: nn.Linear(2, 2))
    deep = nn.Sequential(nn.Sequential(conv(), nn.ReLU(), nn.Sequential(dense(), conv())), nn.MaxPool2d(2))
    nets = [(nn.Sequential(conv(), nn.BatchNorm2d(2), dense()), [1, 0, 1]), (nn.Sequential(deep, nn.ReLU(), dense(), nn.Sequential(conv())), [3, 0, 1, 1]), (nn.Sequential(nn.Flatten(), nn.Sequential(), nn.Dropout()), [0, 0, 0]), (nn.Sequential(nn.ModuleList([deep, conv()]), nn.Sequential(dense(), dense())), [4, 2]), (nn.Sequential(), [])]
    for net, counts in nets:
        assert list(weights_per_child(net)) == counts
        assert hidden_layers(net) == sum((n - 1 for n in counts if n > 1))

@test_case(points=1, hidden=True, 
    failure_message="At least one of the four statements about the printout is decided wrongly. By what does the printout go?")
def test_printout_facts(printout_facts):
    import torch
    from torch import nn

    def lines(net):
        layers = [sum((isinstance(m, (nn.Conv2d, nn.Linear)) for m in child.modules())) for child in net]
        return (sum((n > 0 for n in layers)), layers)

    def build(counts):
        blocks, c = ([], 1)
        for n, channels in zip(counts, (64, 128, 256, 512, 512)):
            block = []
            for _ in range(n):
                block += [nn.Conv2d(c, channels, 3, padding=1), nn.ReLU()]
                c = channels
            blocks.append(nn.Sequential(*block, nn.MaxPool2d(2)))
        return nn.Sequential(*blocks, nn.Flatten(), nn.Linear(9, 9), nn.ReLU(), nn.Linear(9, 9), nn.ReLU(), nn.Linear(9, 9))
    with torch.device('meta'):
        eleven, sixteen = (build((1, 1, 2, 2, 2)), build((2, 2, 3, 3, 3)))
        widening = nn.Sequential(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Conv2d(2, 3, 3)))
    shown, layers = lines(eleven)
    decided = {'pooling_counts': sum(layers) != 11, 'missing_are_late': [n - 1 for n in layers[:5]] == [0, 0, 1, 1, 1] and max(layers[5:]) == 1, 'equal_shape_hides': lines(widening)[0] == 2, 'sixteen_has_eight_lines': lines(sixteen)[0] == shown}
    for key, truth in decided.items():
        assert bool(printout_facts[key]) is truth

