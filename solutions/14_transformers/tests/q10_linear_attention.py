from otter.test_files import test_case

OK_FORMAT = False

name = "q10_linear_attention"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="In the example the output is 5; a causal layer gives the first token its own value; linear_cost(1, 1, 1) is (2, 3); linear_facts holds five booleans.")
def test_two_keys(linear_attention, causal_linear_attention, linear_cost, linear_facts):
    import torch
    keys, values = (torch.tensor([[1.0], [3.0]]), torch.tensor([[2.0], [6.0]]))
    got = linear_attention(torch.ones(1, 1), keys, values)
    assert got is not None, 'linear_attention(...) returned None: expected a tensor'
    assert got.shape == (1, 1), f'linear_attention: expected shape (1, 1), got {tuple(got.shape)}'
    assert abs(got.item() - 5) < 1e-05, f'linear_attention: expected 5, got {got.item()}'
    causal = causal_linear_attention(torch.ones(2, 1), keys, values)
    assert causal is not None, 'causal_linear_attention(...) returned None: expected a tensor'
    assert causal.shape == (2, 1), f'causal_linear_attention: expected shape (2, 1), got {tuple(causal.shape)}'
    expected = torch.tensor([[2.0], [5.0]])
    assert torch.allclose(causal, expected), f'causal_linear_attention: expected [[2], [5]], got {causal.tolist()}'
    cost = linear_cost(1, 1, 1)
    assert cost is not None and tuple(cost) == (2, 3), f'linear_cost(1, 1, 1): expected (2, 3), got {cost}'
    assert isinstance(linear_facts, dict), 'linear_facts should be a dictionary'
    keys = ['shared_denominator_is_enough', 'reordered_is_linear', 'reordered_is_always_cheaper']
    for key in keys + ['weights_sum_to_one', 'weights_are_never_negative']:
        assert type(linear_facts.get(key)) is bool, f'linear_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The outputs are not those of the explicit weights. Over what is normalised, and which keys does a causal query see?")
def test_like_explicit_weights(linear_attention, causal_linear_attention):
    import torch
    rng = torch.Generator().manual_seed(1420)
    mix = torch.randn(3, 8, generator=rng).double()
    maps = [torch.exp, lambda t: torch.nn.functional.elu(t) + 1, lambda t: torch.relu(t @ mix) + 0.1]
    for g in maps:
        for n, m, d_v in ((1, 1, 1), (4, 6, 2), (7, 3, 5), (5, 5, 3)):
            q, k, v = (torch.randn(*s, generator=rng).double() for s in ((n, 3), (m, 3), (m, d_v)))
            a = torch.tensor([[float(g(key) @ g(query)) for key in k] for query in q], dtype=torch.float64)
            got = linear_attention(g(q), g(k), v)
            assert got.shape == (n, d_v) and (got - a / a.sum(dim=1, keepdim=True) @ v).abs().max() < 1e-12
            constant = linear_attention(g(q), g(k), torch.full((m, 2), 3.0).double())
            assert (constant - 3).abs().max() < 1e-10
            if n == m:
                seen = a.tril()
                got = causal_linear_attention(g(q), g(k), v)
                assert got.shape == (n, d_v) and (got - seen / seen.sum(dim=1, keepdim=True) @ v).abs().max() < 1e-12
    single = torch.rand(6, 2, generator=rng)
    assert linear_attention(single, single, single).dtype == torch.float32
    assert causal_linear_attention(single, single, single).dtype == torch.float32

@test_case(points=1, hidden=True, 
    failure_message="With 200,000 tokens memory runs out, or the result is wrong. Which products do all queries share?")
def test_many_tokens(linear_attention, causal_linear_attention):
    import numpy as np
    import torch
    rng = np.random.default_rng(1421)
    n = 200000
    q, k, v = (rng.uniform(0.5, 1.5, size=(n, 4)), rng.uniform(0.5, 1.5, size=(n, 4)), rng.normal(size=(n, 2)) + 1)
    arguments = [torch.from_numpy(t) for t in (q, k, v)]
    got, causal = (linear_attention(*arguments).numpy(), causal_linear_attention(*arguments).numpy())
    for row in (0, 1, 777, n - 1):
        a = k @ q[row]
        assert np.abs(got[row] - a @ v / a.sum()).max() < 1e-09
        a, seen = (a[:row + 1], v[:row + 1])
        assert np.abs(causal[row] - a @ seen / a.sum()).max() < 1e-09

@test_case(points=1, hidden=True, 
    failure_message="The multiplications of one of the two ways are miscounted.")
def test_multiplications_of_both_ways(linear_cost):
    for n, f, d_v in ((1, 1, 1), (2, 3, 5), (5, 2, 3), (7, 5, 1), (4, 8, 8)):
        explicit = sum((f + d_v for _ in range(n) for _ in range(n)))
        shared = sum((f * d_v for _ in range(n)))
        each = sum((f * d_v + f for _ in range(n)))
        assert tuple(linear_cost(n, f, d_v)) == (explicit, shared + each)
    assert tuple(linear_cost(10 ** 9, 10, 20)) == (3 * 10 ** 19, 41 * 10 ** 10)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about linear attention is decided wrongly.")
def test_linear_facts(linear_facts):
    import numpy as np
    rng = np.random.default_rng(1422)
    half = {n: n * 4 + n * n * 4 + n * n * 4 for n in (100, 200)}
    quick = {n: n * 4 * 4 + n * 4 * 4 + n * 4 for n in (100, 200)}
    cheaper = [n * f * (2 * e + 1) < n * n * (f + e) for n in (1, 10, 100) for f in (1, 8, 64) for e in (1, 8, 64)]
    sums, least = ([], 0.0)
    for _ in range(100):
        q, k = (rng.normal(size=3), rng.normal(size=(5, 3)))
        a = k @ q / (k.sum(axis=0) @ q)
        sums.append(a.sum())
        least = min(least, a.min())
    measured = {'shared_denominator_is_enough': half[200] == 2 * half[100], 'reordered_is_linear': quick[200] == 2 * quick[100], 'reordered_is_always_cheaper': all(cheaper), 'weights_sum_to_one': bool(np.abs(np.array(sums) - 1).max() < 1e-06), 'weights_are_never_negative': bool(least >= 0)}
    for key, holds in measured.items():
        assert linear_facts[key] is holds, f'linear_facts[{key!r}] is not what counting or an experiment shows'

