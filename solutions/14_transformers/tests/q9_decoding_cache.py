from otter.test_files import test_case

OK_FORMAT = False

name = "q9_decoding_cache"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="A first token attends to itself, so its output is its value. A first step takes 5 multiplications for d = 1; cache_facts holds five booleans.")
def test_first_token(append_token, decode, step_mults, total_mults, cache_facts):
    import torch
    one, two = (torch.ones(1, 1), torch.ones(1))
    theta = {'wq': one, 'bq': two, 'wk': one, 'bk': two, 'wv': 2 * one, 'bv': two}
    got = append_token(torch.tensor([3.0]), torch.zeros(0, 1), torch.zeros(0, 1), theta)
    assert got is not None, 'append_token(...) returned None: expected (out, keys, values)'
    assert isinstance(got, (tuple, list)) and len(got) == 3, 'append_token should return (out, keys, values)'
    for name, tensor, shape, number in zip(('out', 'keys', 'values'), got, ((1,), (1, 1), (1, 1)), (7, 4, 7)):
        assert tensor.shape == shape, f'{name}: expected shape {shape}, got {tuple(tensor.shape)}'
        assert abs(tensor.item() - number) < 1e-05, f'{name}: expected {number}, got {tensor.item()}'
    out = decode(torch.tensor([[3.0]]), theta)
    assert out is not None, 'decode(...) returned None: expected a tensor'
    assert out.shape == (1, 1) and abs(out.item() - 7) < 1e-05, f'decode: expected [[7]], got {out.tolist()}'
    for name, value, expected in (('step_mults(0, 1)', step_mults(0, 1), 5), ('total_mults(2, 1, True)', total_mults(2, 1, True), 12), ('total_mults(2, 1, False)', total_mults(2, 1, False), 17)):
        assert value == expected, f'{name}: expected {expected}, got {value}'
    assert isinstance(cache_facts, dict), 'cache_facts should be a dictionary'
    keys = ['old_outputs_change', 'old_outputs_change_without_mask', 'queries_are_kept']
    for key in keys + ['step_is_linear', 'second_layer_starts_again']:
        assert type(cache_facts.get(key)) is bool, f'cache_facts[{key!r}] should be True or False'

@test_case(points=1.5, hidden=True, 
    failure_message="Fed one at a time, the tokens do not get the outputs of full causal attention. Does a token attend to itself?")
def test_like_full_causal_attention(append_token, decode):
    import torch
    rng = torch.Generator().manual_seed(1417)
    for n, d, d_q, d_v, dtype in ((20, 6, 4, 3, torch.float64), (1, 2, 3, 1, torch.float32), (5, 1, 1, 7, torch.float64)):
        shapes = {'wq': (d_q, d), 'bq': (d_q,), 'wk': (d_q, d), 'bk': (d_q,), 'wv': (d_v, d), 'bv': (d_v,)}
        theta = {name: torch.randn(shape, generator=rng, dtype=dtype) for name, shape in shapes.items()}
        x = torch.randn(n, d, generator=rng, dtype=dtype)
        q, k, v = (torch.nn.functional.linear(x, theta['w' + c], theta['b' + c]) for c in 'qkv')
        full = torch.nn.functional.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True)[0]
        bound = 1e-12 if dtype == torch.float64 else 2e-05
        out = decode(x, theta)
        assert out.shape == (n, d_v) and out.dtype == dtype and ((out - full).abs().max() < bound)
        out, keys, values = append_token(x[-1], k[:-1], v[:-1], theta)
        assert keys.shape == k.shape and (keys - k).abs().max() < bound
        assert values.shape == v.shape and (values - v).abs().max() < bound
        assert out.shape == (d_v,) and (out - full[-1]).abs().max() < bound

@test_case(points=0.5, hidden=True, 
    failure_message="The caches that were passed in are changed, or made again from something else than the caches.")
def test_caches_are_used_and_left_alone(append_token):
    import torch
    rng = torch.Generator().manual_seed(1418)
    theta = {'w' + c: torch.randn(3, 3, generator=rng) for c in 'qkv'} | {'b' + c: torch.zeros(3) for c in 'qkv'}

    def step(append, x_new, keys, values, theta):
        before = (keys.clone(), values.clone(), x_new.clone())
        out = append(x_new, keys, values, theta)
        same = all((bool((a == b).all()) for a, b in zip(before, (keys, values, x_new))))
        return (same, [tuple(t.shape) for t in out])
    x_new, keys, values = (torch.randn(*s, generator=rng) for s in ((3,), (4, 3), (4, 3)))
    same, shapes = inside(step)(append_token, x_new, keys, values, theta)
    assert same and shapes == [(3,), (5, 3), (5, 3)]
    out, longer, _ = append_token(x_new, keys, values, theta)
    assert torch.equal(longer[:4], keys)
    weights = torch.softmax(longer @ (theta['wq'] @ x_new) / 3 ** 0.5, dim=0)
    assert torch.allclose(out, weights @ torch.cat([values, (theta['wv'] @ x_new)[None]]), atol=1e-05)

@test_case(points=1, hidden=True, 
    failure_message="The multiplications are miscounted. Count the products of each token, and then the tokens.")
def test_multiplications_counted(step_mults, total_mults):

    def token(position, d):
        products = 0
        for _ in ('query', 'key', 'value'):
            products += sum((1 for _ in range(d) for _ in range(d)))
        for _ in range(position + 1):
            products += d + d
        return products
    for n, d in ((0, 1), (1, 1), (3, 2), (9, 5), (40, 7)):
        assert step_mults(n, d) == token(n, d)
        assert total_mults(n, d, True) == sum((token(i, d) for i in range(n)))
        assert total_mults(n, d, False) == sum((token(j, d) for i in range(n) for j in range(i + 1)))
    assert step_mults(10 ** 6, 10 ** 4) == 203 * 10 ** 8 + 2 * 10 ** 4

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements is decided wrongly. Evaluate the layer for N and for N + 1 tokens, and compare.")
def test_cache_facts(cache_facts):
    import torch
    torch.manual_seed(1419)
    n, d = (6, 3)
    x = torch.randn(n + 1, d).double()
    layers = [[torch.randn(d, d).double() for _ in range(3)] for _ in range(2)]

    def layer(x, weights, causal=True, dull_queries=False):
        q, k, v = (x @ w for w in weights)
        if dull_queries:
            q = torch.cat([torch.zeros_like(q[:-1]), q[-1:]])
        fit = q @ k.T
        if causal:
            fit = fit.masked_fill(torch.ones(len(x), len(x)).triu(1).bool(), float('-inf'))
        return torch.softmax(fit, dim=1) @ v

    def differ(a, b):
        return bool((a - b).abs().max() > 1e-09)
    first, longer = (layer(x[:-1], layers[0]), layer(x, layers[0]))
    cost = [3 * d * d + 2 * (m + 1) * d for m in (10, 20, 30)]
    measured = {'old_outputs_change': differ(first, longer[:-1]), 'old_outputs_change_without_mask': differ(layer(x[:-1], layers[0], False), layer(x, layers[0], False)[:-1]), 'queries_are_kept': differ(longer[-1], layer(x, layers[0], dull_queries=True)[-1]), 'step_is_linear': cost[2] - cost[1] == cost[1] - cost[0], 'second_layer_starts_again': differ(first @ layers[1][1], longer[:-1] @ layers[1][1])}
    for key, holds in measured.items():
        assert cache_facts[key] is holds, f'cache_facts[{key!r}] is not what an experiment shows'

