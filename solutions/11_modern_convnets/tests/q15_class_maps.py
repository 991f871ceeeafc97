from otter.test_files import test_case

OK_FORMAT = False

name = "q15_class_maps"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="For 4 channels and 2 classes the one-step head has 74 + 6 + 6 parameters; two proportional maps have the rank 1; last_block_params and bottleneck_facts have all entries.")
def test_small_heads(head, map_ranks, dead_share, gradient_rank, last_block_params, bottleneck_facts):
    import numpy as np
    import torch
    for kind, expected in (('one_step', 86), ('no_relu', 86), ('gradual', 143)):
        net = head(kind, 4, 2, 3)
        assert isinstance(net, torch.nn.Module), f'head({kind!r}, 4, 2, 3) should return an nn.Module'
        count = sum((p.numel() for p in net.parameters()))
        assert count == expected, f'head({kind!r}, 4, 2, 3): expected {expected} parameters, got {count}'
        shape = tuple(net(torch.zeros(1, 4, 5, 6)).shape)
        assert shape == (1, 2, 5, 6), f'head({kind!r}, 4, 2, 3) on 5 x 6 pixels: expected (1, 2, 5, 6), got {shape}'
    got = map_ranks(torch.tensor([[[[1.0, 2.0, 3.0]], [[2.0, 4.0, 6.0]]]]))
    assert isinstance(got, (list, tuple)), f'map_ranks should return a list, got {type(got).__name__}'
    assert list(got) == [1], f'map_ranks of the example: expected [1], got {list(got)}'
    got = dead_share(torch.tensor([[[[0.0, 0.0]], [[0.0, 1.0]]]]))
    assert got is not None, 'dead_share(...) returned None: expected a float'
    assert abs(got - 0.5) < 1e-09, f'one of two maps is zero: expected 0.5, got {got}'
    got = gradient_rank(torch.nn.Conv2d(3, 1, 1), torch.ones(1, 3, 2, 2))
    assert got == 1, f'gradient_rank of a layer with a single map: expected 1, got {got}'
    assert isinstance(last_block_params, (tuple, list)), 'last_block_params should be a tuple of three integers'
    assert len(last_block_params) == 3, 'last_block_params should be a tuple of three integers'
    assert isinstance(bottleneck_facts, dict), 'bottleneck_facts should be a dictionary'
    keys = ['ten_directions', 'places_are_lost', 'negative_scores', 'dead_class_is_stuck', 'gradual_needs_relu']
    for key in keys:
        value = bottleneck_facts.get(key)
        assert isinstance(value, (bool, np.bool_)), f'bottleneck_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="Some head does not compute the maps described, or a word that means nothing is accepted. Where does a ReLU stand, and where not?")
def test_heads_with_same_weights(head):
    import torch
    import torch.nn.functional as F

    def look(head, x, *arguments):
        import torch
        torch.manual_seed(7)
        net = head(*arguments)
        with torch.no_grad():
            for p in net.parameters():
                p.mul_(2)
            return ([p.detach() for p in net.parameters()], net(x))
    torch.manual_seed(6151)
    for kind, c_in, classes, width in (('one_step', 6, 4, 9), ('no_relu', 6, 4, 9), ('gradual', 6, 4, 9)):
        x = 3 * torch.randn(5, c_in, 4, 3)
        for extra in ((width,), ()):
            w, maps = inside(look)(head, x, kind, c_in, classes, *extra)
            c = (*extra, 32)[0] if kind == 'gradual' else classes
            shapes = [(c, c_in, 3, 3), (c,), (c, c, 1, 1), (c,), (c, c, 1, 1), (c,)]
            shapes += [(classes, c, 1, 1), (classes,)] if kind == 'gradual' else []
            assert [tuple(p.shape) for p in w] == shapes
            h = x
            for i in range(0, len(w), 2):
                h = F.conv2d(h, w[i], w[i + 1], padding=1 if i == 0 else 0)
                h = h.clamp(min=0) if i < 4 or kind == 'one_step' or (kind == 'gradual' and i == 4) else h
            assert (maps - h).abs().max() < 1e-05 * (1 + h.abs().max())
    for wrong in ('gradually', '', None, 'relu'):
        try:
            head(wrong, 4, 2)
        except ValueError:
            continue
        raise AssertionError('a word that means nothing should raise a ValueError')

@test_case(points=1, hidden=True, 
    failure_message="A rank or the share of dead maps is wrong for some maps. Each image counts on its own, and a map is dead only if all its places are zero.")
def test_ranks_and_dead_maps(map_ranks, dead_share, gradient_rank):
    import torch
    torch.manual_seed(6152)
    ranks, maps = ([1, 3, 5, 0, 2], [])
    for rank in ranks:
        maps.append((torch.randn(6, rank).double() @ torch.randn(rank, 20).double()).reshape(6, 4, 5))
    assert list(map_ranks(torch.stack(maps))) == ranks
    assert list(map_ranks(torch.randn(2, 7, 1, 2))) == [2, 2] and list(map_ranks(torch.ones(1, 3, 2, 2))) == [1]
    for n, c, h, w in ((4, 3, 2, 5), (1, 1, 1, 1), (2, 7, 3, 3)):
        maps = torch.randn(n, c, h, w).clamp(min=0)
        maps[torch.rand(n, c) < 0.4] = 0
        dead = sum((not image[k].any() for image in maps for k in range(c)))
        assert abs(dead_share(maps) - dead / (n * c)) < 1e-12
    assert dead_share(-torch.ones(1, 2, 2, 2)) == 0
    conv = lambda c, rank: (torch.randn(5, rank).double() @ torch.randn(rank, c * 9).double()).reshape(5, c, 3, 3)
    for c, rank, side in ((4, 2, 4), (1, 5, 5), (3, 1, 3), (1, 5, 1)):
        net = torch.nn.Conv2d(c, 5, 3, padding=1).double()
        net.weight.data = conv(c, rank)
        probe = torch.eye(c * side * side).double().reshape(-1, c, side, side)
        scores = (net(probe) - net(0 * probe)).mean(dim=(2, 3))
        assert gradient_rank(net, torch.randn(1, c, side, side).double()) == torch.linalg.matrix_rank(scores).item()
    for axis in (0, 1):
        net = torch.nn.Conv2d(1, 2, 3, padding=1, padding_mode='circular').double()
        net.weight.data[:, 0] = 0
        net.weight.data[0, 0, 0, 0] = net.weight.data[1, 0, 1 - axis, axis] = 1
        assert gradient_rank(net, torch.randn(1, 1, 4, 4).double()) == 1

@test_case(points=1, hidden=True, 
    failure_message="The parameters of NiN's last block or at least one of the five statements are wrong. Build the head, and look at ranks, signs and gradients.")
def test_bottleneck_facts(last_block_params, bottleneck_facts):
    import torch
    from torch import nn
    torch.manual_seed(6153)
    convs = [nn.Conv2d(384, 10, 3, padding=1), nn.Conv2d(10, 10, 1), nn.Conv2d(10, 10, 1)]
    assert [int(n) for n in last_block_params] == [sum((p.numel() for p in conv.parameters())) for conv in convs]
    one_step = nn.Sequential(convs[0], nn.ReLU(), convs[1], nn.ReLU(), convs[2], nn.ReLU())
    x = torch.randn(20, 384, 5, 5)
    first = convs[0](x)
    rank = lambda maps: torch.linalg.matrix_rank(maps.flatten(2)).max().item()
    lowest = min((one_step(3 * x).mean(dim=(2, 3)).min().item() for _ in range(3)))
    with torch.no_grad():
        convs[2].bias[4] = -100.0
        convs[2].bias[5] = 100.0
    one_step(x).square().sum().backward()
    stuck = not convs[2].weight.grad[4].any() and bool(convs[2].weight.grad[5].any())
    gradual = [nn.Conv2d(384, 32, 3, padding=1), nn.Conv2d(32, 32, 1), nn.Conv2d(32, 10, 1)]
    linear = nn.Sequential(*gradual).double()
    whole = nn.Conv2d(384, 10, 3, padding=1).double()
    a, b, c = (layer.weight.flatten(1) for layer in linear)
    whole.weight.data = (c @ b @ a).reshape(10, 384, 3, 3)
    whole.bias.data = c @ (b @ linear[0].bias + linear[1].bias) + linear[2].bias
    decided = {'ten_directions': rank(first) <= 10 < rank(x), 'places_are_lost': first.shape[2:] != x.shape[2:], 'negative_scores': lowest < 0, 'dead_class_is_stuck': stuck, 'gradual_needs_relu': torch.allclose(whole(x.double()), linear(x.double()), atol=1e-09)}
    for key, truth in decided.items():
        assert bool(bottleneck_facts[key]) is truth

