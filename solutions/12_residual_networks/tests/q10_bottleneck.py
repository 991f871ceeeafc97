from otter.test_files import test_case

OK_FORMAT = False

name = "q10_bottleneck"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="With one channel the plain block has 12 parameters, the bottleneck with M = 1 has 20; the blocks keep the shape of the image.")
def test_one_channel(plain_512, bottleneck_512, plain_params, bottleneck_params, widest_bottleneck, make_plain, make_bottleneck):
    import numpy as np
    import torch
    assert type(plain_512) is int, 'plain_512 should be an integer'
    assert type(bottleneck_512) is int, 'bottleneck_512 should be an integer'
    got = plain_params(1)
    assert got is not None, 'plain_params(1) returned None: expected an integer'
    assert got == 12, f'plain_params(1): expected 12, got {got}'
    got = bottleneck_params(1, 1)
    assert got is not None, 'bottleneck_params(1, 1) returned None: expected an integer'
    assert got == 20, f'bottleneck_params(1, 1): expected 20, got {got}'
    got = widest_bottleneck(4)
    assert isinstance(got, (int, np.integer)), 'widest_bottleneck should return an integer'
    x = torch.ones(2, 6, 5, 4)
    for name, block in (('make_plain(6)', make_plain(6)), ('make_bottleneck(6, 2)', make_bottleneck(6, 2))):
        assert block is not None, f'{name} returned None: expected an nn.Module'
        assert isinstance(block, torch.nn.Module), f'{name} should return an nn.Module'
        shape = tuple(block(x).shape)
        assert shape == (2, 6, 5, 4), f'{name}: expected the shape (2, 6, 5, 4) to be kept, got {shape}'

@test_case(points=2, hidden=True, 
    failure_message="Some count is wrong. Which channels does each batch norm get, what of it is learned, and how many weights has a kernel?")
def test_counts_against_torch(plain_512, bottleneck_512, plain_params, bottleneck_params, widest_bottleneck):
    import torch
    from torch import nn

    def count(widths, sizes, bias):
        total = 0
        for before, after, size in zip(widths, widths[1:], sizes):
            with torch.device('meta'):
                layers = (nn.BatchNorm2d(before), nn.Conv2d(before, after, size, bias=bias))
            total += sum((p.numel() for layer in layers for p in layer.parameters()))
        return total
    assert plain_512 == count([512, 512], [3], True)
    assert bottleneck_512 == count([512, 128, 128, 512], [1, 3, 1], True)
    for channels in (1, 2, 3, 8, 100, 512):
        for bias in (True, False):
            assert plain_params(channels, bias) == count([channels] * 2, [3], bias)
            for mid in (1, 2, 5, channels):
                expected = count([channels, mid, mid, channels], [1, 3, 1], bias)
                assert bottleneck_params(channels, mid, bias) == expected
        assert plain_params(channels) == count([channels] * 2, [3], True)
        assert bottleneck_params(channels, 3) == count([channels, 3, 3, channels], [1, 3, 1], True)
    for channels in (2, 3, 4, 5, 6, 7, 10, 16, 48, 300):
        fitting = []
        for mid in range(1, channels + 1):
            if count([channels, mid, mid, channels], [1, 3, 1], True) <= count([channels] * 2, [3], True):
                fitting.append(mid)
        assert widest_bottleneck(channels) == max(fitting)
    fitting = [m for m in range(860, 875) if count([969, m, m, 969], [1, 3, 1], True) <= count([969] * 2, [3], True)]
    assert widest_bottleneck(969) == max(fitting)

@test_case(points=2, hidden=True, 
    failure_message="A block that you build is not the described one. Which layers does the image meet, in which order, with which sizes and biases, and what is added at the end?")
def test_blocks_layer_by_layer(make_plain, make_bottleneck):

    def probe(make, args, options):
        import torch
        from torch import nn
        torch.manual_seed(7)
        block, met = (make(*args, **options).double(), [])
        for module in block.modules():
            if isinstance(module, (nn.Conv2d, nn.BatchNorm2d)):
                module.register_forward_hook(lambda module, *_: met.append(module))
        for p in block.parameters():
            p.data = torch.randn_like(p)
        x = torch.randn(3, args[0], 5, 4, dtype=torch.float64) + 0.3
        given = x.clone()
        out = block(x)
        h, kinds = (given, [])
        for module in list(met):
            h = module(h)
            if isinstance(module, nn.BatchNorm2d):
                h = h.clamp(min=0)
                kinds.append(('norm', module.num_features))
            else:
                kinds.append((module.in_channels, module.out_channels, *module.kernel_size, module.bias is not None))
        total = sum((p.numel() for p in block.parameters()))
        return (kinds, out.detach(), (given + h).detach(), total)
    import torch
    tasks = [(make_plain, (c,), [c, c], [3]) for c in (1, 4)]
    tasks += [(make_bottleneck, (c, m), [c, m, m, c], [1, 3, 1]) for c, m in ((1, 1), (6, 2), (2, 3))]
    for make, args, widths, sizes in tasks:
        for options in ({}, {'bias': True}, {'bias': False}):
            kinds, out, expected, total = inside(probe)(make, args, options)
            described, parameters = ([], 0)
            for before, after, size in zip(widths, widths[1:], sizes):
                bias = options.get('bias', True)
                described += [('norm', before), (before, after, size, size, bias)]
                parameters += 2 * before + before * after * size ** 2 + after * bias
            assert [tuple(kind) for kind in kinds] == described and total == parameters
            assert out.shape == expected.shape and torch.allclose(out, expected, rtol=1e-09, atol=1e-09)

