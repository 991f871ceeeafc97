from otter.test_files import test_case

OK_FORMAT = False

name = "q8_head_cost"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="One token, D = 1 and one head of length 1 take 8 parameters and 6 multiplications; head_facts holds five booleans.")
def test_smallest_layer(mha_cost, head_facts):
    got = mha_cost(1, 1, 1, 1)
    assert got is not None, 'mha_cost(1, 1, 1, 1) returned None: expected the pair (params, mults)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'mha_cost should return the pair (params, mults)'
    assert got[0] == 8, f'params: expected 8, got {got[0]}'
    assert got[1] == 6, f'mults: expected 6, got {got[1]}'
    assert isinstance(head_facts, dict), 'head_facts should be a dictionary'
    keys = ['more_heads_more_parameters', 'split_saves_parameters', 'full_heads_cost_more']
    for key in keys + ['split_limits_rank', 'softmax_keeps_rank']:
        assert type(head_facts.get(key)) is bool, f'head_facts[{key!r}] should be True or False'

@test_case(points=1.5, hidden=True, 
    failure_message="Parameters or multiplications are miscounted. Do not forget the output map, and that each score and each weighted sum is made of products.")
def test_counted_product_by_product(mha_cost):
    import torch
    for d, heads in ((4, 1), (4, 2), (4, 4), (12, 3), (64, 8), (512, 8)):
        layer = torch.nn.MultiheadAttention(d, heads, device='meta')
        assert mha_cost(7, d, heads, d // heads)[0] == sum((p.numel() for p in layer.parameters()))
    for n, d, heads, size in ((1, 1, 1, 1), (3, 4, 2, 2), (5, 4, 2, 4), (2, 3, 5, 1), (7, 2, 3, 6), (10, 512, 8, 64)):
        x, made = ((n, d), [])

        def product(a, b):
            assert a[1] == b[0]
            made.append(a[0] * a[1] * b[1])
            return (a[0], b[1])
        maps = []
        for _ in range(heads):
            maps += [torch.nn.Linear(d, size, device='meta') for _ in range(3)]
            q, k, v = (product(x, (d, size)) for _ in range(3))
            product(product(q, k[::-1]), v)
        maps.append(torch.nn.Linear(heads * size, d, device='meta'))
        product((n, heads * size), (heads * size, d))
        params, mults = mha_cost(n, d, heads, size)
        assert params == sum((p.numel() for layer in maps for p in layer.parameters()))
        assert mults == sum(made)

@test_case(points=1.5, hidden=True, 
    failure_message="At least one of the five statements about heads is decided wrongly.")
def test_head_facts(head_facts):
    import torch
    torch.manual_seed(1416)

    def cost(n, d, heads, size):
        params = sum((3 * (size * d + size) for _ in range(heads))) + d * heads * size + d
        mults = sum((3 * n * d * size + 2 * n * n * size for _ in range(heads))) + n * heads * size * d
        return (params, mults)
    split = {h: cost(10, 24, h, 24 // h) for h in (1, 2, 3, 4, 6, 12, 24)}
    full = {h: cost(10, 24, h, 24) for h in split}
    q, k = (torch.nn.Linear(24, 4).double()(torch.randn(10, 24).double()) for _ in range(2))
    fit = q @ k.T
    measured = {'more_heads_more_parameters': len({params for params, _ in split.values()}) > 1, 'split_saves_parameters': split[6][0] < split[1][0], 'full_heads_cost_more': all((full[h][1] == h * split[h][1] for h in split)), 'split_limits_rank': torch.linalg.matrix_rank(fit).item() <= 4, 'softmax_keeps_rank': torch.linalg.matrix_rank(torch.softmax(fit, dim=1)).item() <= 4}
    for key, holds in measured.items():
        assert head_facts[key] is holds, f'head_facts[{key!r}] is not what counting or an experiment shows'

