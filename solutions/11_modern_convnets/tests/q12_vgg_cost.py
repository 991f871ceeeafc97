from otter.test_files import test_case

OK_FORMAT = False

name = "q12_vgg_cost"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="One convolution to two channels on 5 x 5 pixels has 450 MACs and leaves a map of side 2; the other names hold three floats, an integer and seven booleans.")
def test_tiny_vgg(vgg_stats, vgg_to_alexnet, largest_activation, size_facts):
    import numpy as np
    got = vgg_stats([(1, 2)], 5, 3)
    assert isinstance(got, dict), f'vgg_stats should return a dictionary, got {type(got).__name__}'
    params = 20 + 36864 + 16781312 + 12291
    expected = {'last_map': 2, 'dense_in': 8, 'params': params, 'conv_macs': 450, 'activations': 8253}
    for key, value in expected.items():
        assert got.get(key) == value, f'{key} of the example: expected {value}, got {got.get(key)}'
    assert isinstance(vgg_to_alexnet, dict), 'vgg_to_alexnet should be a dictionary'
    for key in ('macs', 'activations', 'params'):
        value = vgg_to_alexnet.get(key)
        assert isinstance(value, (int, float, np.number)), f'vgg_to_alexnet[{key!r}] should be a number, got {value!r}'
    assert isinstance(largest_activation, (int, np.integer)), 'largest_activation should be an integer'
    keys = ['same_factor_as_params', 'macs_by_area', 'all_layers_shrink', 'convolutions_fit', 'everything_fits']
    assert isinstance(size_facts, dict), 'size_facts should be a dictionary'
    for key in (*keys, 'adaptive_pooling_helps', 'enlarging_informs'):
        assert isinstance(size_facts.get(key), (bool, np.bool_)), f'size_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="For some network or size the numbers are wrong, or images that are too small are accepted. Sizes are rounded down at every pooling, and poolings have outputs, too.")
def test_stats_on_meta(vgg_stats):
    import torch
    from torch import nn
    from torch.utils.flop_counter import FlopCounterMode

    def measure(arch, size, classes):
        with torch.device('meta'), torch.no_grad(), FlopCounterMode(display=False) as counter:
            x, params, activations = (torch.empty(1, 1, size, size), 0, 0)
            for convolutions, channels in arch:
                for _ in range(convolutions):
                    layer = nn.Conv2d(x.shape[1], channels, 3, padding=1)
                    x = layer(x)
                    params += sum((p.numel() for p in layer.parameters()))
                    activations += x.numel()
                x = nn.functional.max_pool2d(x, 2)
                activations += x.numel()
        stats = {'last_map': x.shape[2], 'dense_in': x.numel(), 'conv_macs': counter.get_total_flops() // 2}
        widths = (x.numel(), 4096, 4096, classes)
        stats['params'] = params + sum((nn.Linear(a, b, device='meta').weight.numel() + b for a, b in zip(widths, widths[1:])))
        return stats | {'activations': activations + 4096 + 4096 + classes}
    eleven = [(1, 64), (1, 128), (2, 256), (2, 512), (2, 512)]
    cases = [(eleven, size, 10) for size in (224, 112, 96, 63, 32)]
    cases += [([(2, 3), (1, 5)], 4, 1), ([(3, 7)], 2, 1000), ([(1, 4), (2, 4), (1, 6)], 15, 12)]
    for arch, size, classes in cases:
        assert dict(vgg_stats(arch, size, classes)) == measure(arch, size, classes)
    assert dict(vgg_stats(eleven, 48)) == measure(eleven, 48, 10)
    for arch, size in ((eleven, 31), (eleven, 16), ([(1, 2)], 1), ([(1, 4), (1, 4)], 3)):
        try:
            vgg_stats(arch, size)
        except ValueError:
            continue
        raise AssertionError('images that are too small should raise a ValueError')

@test_case(points=1, hidden=True, 
    failure_message="Some number of the comparison of VGG-11 and AlexNet is wrong. Count both nets with all their layers, the stride of AlexNet's first convolution included.")
def test_comparison(vgg_to_alexnet, largest_activation):
    import torch
    from torch import nn
    from torch.utils.flop_counter import FlopCounterMode

    def measure(layers):
        with torch.device('meta'), torch.no_grad(), FlopCounterMode(display=False) as counter:
            x, params, outputs = (torch.empty(1, 1, 224, 224), 0, [])
            for layer in layers:
                if isinstance(layer, tuple):
                    layer = nn.Conv2d(x.shape[1], *layer)
                elif isinstance(layer, int):
                    x = x.flatten(1)
                    layer = nn.Linear(x.shape[1], layer)
                x = layer(x)
                params += sum((p.numel() for p in layer.parameters()))
                outputs.append(x.numel())
        return ({'macs': counter.get_total_flops() / 2, 'activations': sum(outputs), 'params': params}, max(outputs))
    vgg = []
    for n, channels in ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512)):
        vgg += [(channels, 3, 1, 1)] * n + [nn.MaxPool2d(2)]
    alexnet = [(96, 11, 4), nn.MaxPool2d(3, 2), (256, 5, 1, 2), nn.MaxPool2d(3, 2), (384, 3, 1, 1), (384, 3, 1, 1)]
    alexnet += [(256, 3, 1, 1), nn.MaxPool2d(3, 2)]
    ours, largest = measure([*vgg, 4096, 4096, 10])
    theirs, _ = measure([*alexnet, 4096, 4096, 10])
    for key in ours:
        assert abs(vgg_to_alexnet[key] / (ours[key] / theirs[key]) - 1) < 0.01
    assert largest_activation == largest

@test_case(points=1, hidden=True, 
    failure_message="At least one of the seven statements about sizes is decided wrongly. Write down the shapes of the weights for both sizes.")
def test_size_facts(size_facts):
    import torch
    from torch import nn
    arch = [(1, 64), (1, 128), (2, 256), (2, 512), (2, 512)]

    def shapes(size, adaptive=False):
        convs, macs, c = ([], 0, 1)
        for n, channels in arch:
            for _ in range(n):
                convs.append((channels, c, 3, 3))
                macs += 9 * c * channels * size * size
                c = channels
            size //= 2
        x = torch.empty(1, c, size, size)
        left = (nn.AdaptiveAvgPool2d(7)(x) if adaptive else x).numel()
        return (convs, [(4096, left), (4096, 4096), (10, 4096)], macs)
    convs, dense, macs = shapes(224)
    small_convs, small_dense, small_macs = shapes(96)
    count = lambda s: torch.Size(s).numel()
    params = sum((count(s) + s[0] for s in convs + dense))
    dense_macs = sum((count(s) for s in dense))
    image = torch.rand(1, 1, 28, 28)
    larger = nn.functional.interpolate(image, size=224)
    decided = {'same_factor_as_params': abs((macs + dense_macs) / 938146176 / (params / 46764746) - 1) < 0.1, 'macs_by_area': small_macs * 224 ** 2 == macs * 96 ** 2, 'all_layers_shrink': all((count(a) < count(b) for a, b in zip(small_convs + small_dense, convs + dense))), 'convolutions_fit': small_convs == convs, 'everything_fits': small_convs + small_dense == convs + dense, 'adaptive_pooling_helps': shapes(96, True)[:2] == shapes(224, True)[:2], 'enlarging_informs': not torch.equal(larger[:, :, ::8, ::8].repeat_interleave(8, 2).repeat_interleave(8, 3), larger)}
    for key, truth in decided.items():
        assert bool(size_facts[key]) is truth

