from otter.test_files import test_case

OK_FORMAT = False

name = "q13_nin_blocks"
points = 6


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="A block from 2 to 3 channels with a 3 x 3 kernel has 57 + 12 + 12 parameters; the accuracies of the example leave it unclear; one_by_one_facts holds four booleans.")
def test_small_block(nin_block, merge_1x1, verdict, one_by_one_facts):
    import numpy as np
    import torch
    from torch import nn
    block = nin_block(2, 3, 3, 1, 0)
    assert isinstance(block, nn.Module), 'nin_block should return an nn.Sequential'
    count = sum((p.numel() for p in block.parameters()))
    assert count == 81, f'nin_block(2, 3, 3, 1, 0): expected 81 parameters, got {count}'
    shape = tuple(block(torch.zeros(1, 2, 5, 5)).shape)
    assert shape == (1, 3, 3, 3), f'its output for 5 x 5 pixels: expected shape (1, 3, 3, 3), got {shape}'
    merged = merge_1x1(nn.Conv2d(2, 4, 1), nn.Conv2d(4, 3, 1))
    assert isinstance(merged, nn.Module), 'merge_1x1 should return an nn.Conv2d'
    shape = tuple(merged.weight.shape)
    assert shape == (3, 2, 1, 1), f'weight of the merged layer: expected shape (3, 2, 1, 1), got {shape}'
    got = verdict([0.7, 0.9], [0.5, 0.7])
    assert got == 'unclear', f"verdict of the example: expected 'unclear', got {got!r}"
    assert isinstance(one_by_one_facts, dict), 'one_by_one_facts should be a dictionary'
    for key in ('field_grows', 'half_the_parameters', 'channels_mix', 'two_without_relu_do_more'):
        value = one_by_one_facts.get(key)
        assert isinstance(value, (bool, np.bool_)), f'one_by_one_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="A block or NiN is not built as described. Follow the layers one by one, with their ReLUs, for two, one and no 1 x 1 layers.")
def test_nin_layer_by_layer(nin_block, nin):

    def look(make, arguments, shape):
        import torch
        from torch.utils._python_dispatch import TorchDispatchMode
        steps, kinds = ([], ('convolution', 'relu', 'max_pool', 'dropout', 'bernoulli'))

        class Watch(TorchDispatchMode):

            def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
                out = operation(*args, **kwargs or {})
                kind = next((kind for kind in kinds if kind in str(operation)), None)
                if kind:
                    first = out[0] if isinstance(out, tuple) else out
                    steps.append(('dropout' if kind == 'bernoulli' else kind, tuple(first.shape)))
                return out
        with torch.device('meta'), torch.no_grad():
            net = make(*arguments)
            with Watch():
                out = net(torch.empty(shape))
        return (steps, [tuple(p.shape) for p in net.parameters()], tuple(out.shape))

    def block(steps, weights, c_in, c_out, k, side, n, count):
        steps += [(kind, (n, c_out, side, side)) for _ in range(count + 1) for kind in ('convolution', 'relu')]
        weights += [(c_out, c_in, k, k), (c_out,)] + [(c_out, c_out, 1, 1), (c_out,)] * count
    for count in (2, 1, 0, 3):
        steps, weights = ([], [])
        block(steps, weights, 5, 7, 3, 6, 2, count)
        got = inside(look)(nin_block, (5, 7, 3, 2, 1, count), (2, 5, 11, 11))
        assert [(kind, tuple(shape)) for kind, shape in got[0]] == steps and [tuple(s) for s in got[1]] == weights
        steps, weights, c, side = ([], [], 1, 54)
        for c_out, k in ((96, 11), (256, 5), (384, 3)):
            block(steps, weights, c, c_out, k, side, 3, count)
            side = (side - 3) // 2 + 1
            steps.append(('max_pool', (3, c_out, side, side)))
            c = c_out
        steps.append(('dropout', (3, 384, 5, 5)))
        block(steps, weights, 384, 10, 3, 5, 3, count)
        arguments = () if count == 2 else (count,)
        got = inside(look)(nin, arguments, (3, 1, 224, 224))
        assert [(kind, tuple(shape)) for kind, shape in got[0]] == steps and tuple(got[2]) == (3, 10)
        assert [tuple(s) for s in got[1]] == weights

    def values(nin_block, nin, small, x):
        import torch
        torch.manual_seed(1)
        block, net = (nin_block(2, 3, 3, 1, 1), nin(0).eval())
        with torch.no_grad():
            for p in net.parameters():
                p.mul_(2)
            return ([[p.detach() for p in m.parameters()] for m in (block, net)], block(small), net(x))
    import torch
    import torch.nn.functional as F
    torch.manual_seed(692)
    small, x = (torch.randn(1, 2, 8, 8), torch.randn(1, 1, 224, 224))
    (w, v), out, scores = inside(values)(nin_block, nin, small, x)
    for i, padding in ((0, 1), (2, 0), (4, 0)):
        small = F.conv2d(small, w[i], w[i + 1], padding=padding).clamp(min=0)
    assert (out - small).abs().max() < 1e-05
    v = {p.shape[0]: (p, b) for p, b in zip(v[::2], v[1::2])}
    for channels, stride, padding in ((96, 4, 0), (256, 1, 2), (384, 1, 1)):
        x = F.max_pool2d(F.conv2d(x, *v[channels], stride=stride, padding=padding).clamp(min=0), 3, 2)
    x = F.conv2d(x, *v[10], padding=1).clamp(min=0).mean(dim=(2, 3))
    assert (scores - x).abs().max() < 0.001 * x.abs().max() and (x > 0).any()

@test_case(points=1, hidden=True, 
    failure_message="The merged layer does not compute what the two layers do. What becomes of the first bias?")
def test_merged(merge_1x1):
    import torch
    from torch import nn
    torch.manual_seed(693)
    for (c_in, middle, c_out), dtype in (((2, 5, 3), torch.float64), ((4, 1, 6), torch.float32), ((1, 3, 1), torch.float64)):
        first, second = (nn.Conv2d(c_in, middle, 1, dtype=dtype), nn.Conv2d(middle, c_out, 1, dtype=dtype))
        merged = merge_1x1(first, second)
        x = torch.randn(2, c_in, 4, 5, dtype=dtype)
        got, expected = (merged(x), second(first(x)))
        assert got.dtype == dtype and got.shape == expected.shape
        assert (got - expected).abs().max() < (1e-12 if dtype == torch.float64 else 1e-05)
        assert len(list(merged.parameters())) == 2

@test_case(points=1, hidden=True, 
    failure_message="For some accuracies the verdict is not the one of the rule. Think of the variance, of the number of seeds, and of both directions.")
def test_verdicts(verdict):
    import numpy as np
    from statistics import mean, variance
    rng = np.random.default_rng(694)
    cases = [([0.5, 0.5], [0.5, 0.5]), ([0.75, 0.75], [0.5, 0.5]), ([0.25, 0.25, 0.25], [0.5, 0.5])]
    for _ in range(40):
        a = 0.7 + 0.1 * rng.normal(size=rng.integers(2, 9))
        cases.append((a.tolist(), (0.7 + rng.normal() * 0.12 + 0.05 * rng.normal(size=rng.integers(2, 9))).tolist()))
    seen = set()
    for a, b in cases:
        z2 = (mean(a) - mean(b)) ** 2 - 4 * (variance(a) / len(a) + variance(b) / len(b))
        wanted = 'unclear' if z2 <= 0 else 'first' if mean(a) > mean(b) else 'second'
        seen.add(wanted)
        assert verdict(a, b) == wanted
    assert len(seen) == 3

@test_case(points=1, hidden=True, 
    failure_message="At least one of the four statements about 1 x 1 layers is decided wrongly. Change one pixel, and count.")
def test_one_by_one_facts(one_by_one_facts):
    import torch
    from torch import nn
    torch.manual_seed(695)

    def field(count):
        layers = [nn.Conv2d(1, 6, 3)] + [nn.Conv2d(6, 6, 1) for _ in range(count)]
        x = torch.randn(1, 1, 9, 9, requires_grad=True)
        h = x
        for layer in layers:
            h = torch.nn.functional.softplus(layer(h))
        slope, = torch.autograd.grad(h[0, :, 3, 3].sum(), x)
        return int((slope != 0).sum())

    def params(count):
        blocks = ((1, 96, 11), (96, 256, 5), (256, 384, 3), (384, 10, 3))
        return sum(((a * k * k + 1) * b + count * (b + 1) * b for a, b, k in blocks))
    mixer = nn.Conv2d(2, 1, 1, bias=False)
    mixer.weight.data = torch.tensor([1.0, -1.0]).reshape(1, 2, 1, 1)
    x = torch.randn(3, 2, 4, 4)
    u, v = torch.randn(2, 5, 5).double()
    a, b = (torch.randn(5).double(), torch.randn(5).double())
    z = torch.randn(5, 20).double()
    twice, once = (v @ (u @ z + a[:, None]) + b[:, None], v @ u @ z + (v @ a + b)[:, None])
    decided = {'field_grows': field(2) > field(0), 'half_the_parameters': params(0) < params(2) / 2, 'channels_mix': torch.allclose(mixer(x)[:, 0], x[:, 0] - x[:, 1], atol=1e-06), 'two_without_relu_do_more': not torch.allclose(twice, once)}
    for key, truth in decided.items():
        assert bool(one_by_one_facts[key]) is truth

