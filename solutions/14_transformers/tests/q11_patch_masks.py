from otter.test_files import test_case

OK_FORMAT = False

name = "q11_patch_masks"
points = 6

@test_case(points=1, hidden=False, 
    failure_message="On a 2 x 2 grid windows of size 1 allow 4 scores; with one global token there are 13 scores, and two layers cover; patch_facts holds five booleans.")
def test_two_by_two(window_mask, neighbour_mask, stride_mask, global_mask, layers_to_cover, patch_facts):
    import torch
    eye = torch.eye(4, dtype=torch.bool)
    cases = (('window_mask(2, 1)', window_mask(2, 1), 4, 4), ('neighbour_mask(2, 1)', neighbour_mask(2, 1), 4, 16), ('stride_mask(2, 2)', stride_mask(2, 2), 4, 4), ('global_mask(base, 1)', global_mask(eye, 1), 5, 13))
    for name, got, size, count in cases:
        assert isinstance(got, torch.Tensor), f'{name} should be a tensor'
        assert got.dtype == torch.bool, f'{name}: expected dtype bool, got {got.dtype}'
        assert got.shape == (size, size), f'{name}: expected shape ({size}, {size}), got {tuple(got.shape)}'
        assert got.sum() == count, f'{name}: expected {count} true entries, got {got.sum().item()}'
    seen = torch.tensor([[True, True, True], [True, True, False], [True, False, True]])
    assert layers_to_cover([seen]) == 2, f'two tokens and a global one: expected 2, got {layers_to_cover([seen])}'
    assert layers_to_cover([eye]) is None, 'tokens that see only themselves never cover: expected None'
    assert isinstance(patch_facts, dict), 'patch_facts should be a dictionary'
    keys = ['windows_alone_cover', 'shifts_cover_sooner', 'stride_is_linear']
    for key in keys + ['neighbours_are_linear', 'one_global_token']:
        assert type(patch_facts.get(key)) is bool, f'patch_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="Some mask allows other pairs than it should. Distances are those in the image, not those in the list of patches.")
def test_masks_pair_by_pair(window_mask, neighbour_mask, stride_mask):

    def pairs(g, rule):
        places = [(row, column) for row in range(g) for column in range(g)]
        return [[all((rule(x, y) for x, y in zip(a, b))) for b in places] for a in places]
    for g in (1, 2, 3, 5, 6):
        for w in (1, 2, 3, 4, 7):
            assert window_mask(g, w).tolist() == pairs(g, lambda x, y: x // w == y // w)
            for shift in (1, 2, 3):
                assert window_mask(g, w, shift).tolist() == pairs(g, lambda x, y: (x + shift) // w == (y + shift) // w)
            assert stride_mask(g, w).tolist() == pairs(g, lambda x, y: (x - y) % w == 0)
        for r in (0, 1, 2, 5):
            assert neighbour_mask(g, r).tolist() == pairs(g, lambda x, y: -r <= x - y <= r)

@test_case(points=1, hidden=True, 
    failure_message="Global tokens see everything and are seen by everything; the other pairs stay as they were.")
def test_global_tokens(global_mask):
    import torch
    rng = torch.Generator().manual_seed(1423)
    for n in (1, 3, 6):
        for n_global in (0, 1, 2, 5):
            base = torch.rand(n, n, generator=rng) < 0.5
            expected = [[min(i, j) < n_global or bool(base[i - n_global, j - n_global]) for j in range(n_global + n)] for i in range(n_global + n)]
            assert global_mask(base, n_global).tolist() == expected

@test_case(points=1, hidden=True, 
    failure_message="The number of layers is wrong for some masks. Follow one input token through the layers, in their order, and notice when nothing can change any more.")
def test_layers_followed(layers_to_cover):
    import random
    import torch

    def follow(masks):
        n, limit = (len(masks[0]), len(masks) * len(masks[0]) + 1)
        worst = 0
        for start in range(n):
            touched, layers = ({start}, 0)
            while len(touched) < n:
                if layers > limit:
                    return None
                mask = masks[layers % len(masks)]
                touched = {i for i in range(n) if any((mask[i][j] for j in touched))}
                layers += 1
            worst = max(worst, layers)
        return worst
    draw, seen = (random.Random(1424), set())
    for n, count, density in [(1, 1, 0), (2, 1, 1), (9, 2, 0.3)] + [(6, c, p) for c in (1, 2, 3) for p in (0.2, 0.3, 0.5)] * 5:
        masks = [[[i == j or draw.random() < density for j in range(n)] for i in range(n)] for _ in range(count)]
        expected = follow(masks)
        seen.add(expected)
        assert layers_to_cover([torch.tensor(mask) for mask in masks]) == expected
    assert {None, 0, 1} <= seen and len(seen) >= 6
    line = [[abs(i - j) <= 1 for j in range(30)] for i in range(30)]
    still = [[i == j for j in range(30)] for i in range(30)]
    assert layers_to_cover([torch.tensor(still), torch.tensor(line), torch.tensor(still)]) == follow([still, line, still])

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about patches is decided wrongly. Count, and follow the layers.")
def test_patch_facts(patch_facts):
    import numpy as np

    def near(g, rule):
        place = np.arange(g)
        one = rule(place[:, None], place[None])
        return np.kron(one, one).astype(bool)

    def depth(masks):
        reach, layers = (np.eye(len(masks[0])), 0)
        while not reach.all() and layers < 40:
            reach, layers = (masks[layers % len(masks)] @ reach > 0, layers + 1)
        return layers if reach.all() else None

    def window(shift):
        return near(8, lambda x, y: (x + shift) // 4 == (y + shift) // 4)

    def beside(g):
        return near(g, lambda x, y: abs(x - y) <= 1)
    strided = {g: near(g, lambda x, y: (x - y) % 2 == 0).sum() / g ** 2 for g in (4, 8, 16)}
    per_patch = [beside(g).sum() / g ** 2 for g in (4, 8, 16, 24)]
    starred = []
    for g in (2, 4, 9, 15):
        mask = np.ones((g * g + 1, g * g + 1), dtype=bool)
        mask[1:, 1:] = beside(g)
        starred.append(depth([mask]))
    measured = {'windows_alone_cover': depth([window(0)]) is not None, 'shifts_cover_sooner': depth([window(0), window(2)]) < depth([beside(8)]), 'stride_is_linear': bool(strided[16] < 1.5 * strided[4]), 'neighbours_are_linear': bool(max(per_patch) <= 9), 'one_global_token': max(starred) <= 2}
    for key, holds in measured.items():
        assert patch_facts[key] is holds, f'patch_facts[{key!r}] is not what counting shows'

