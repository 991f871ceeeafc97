from otter.test_files import test_case

OK_FORMAT = False

name = "q4_equivariance"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="In the example both outputs are 5. permuted_weights returns a tensor of the same shape, and order_facts holds seven booleans.")
def test_two_tokens(self_attention, permuted_weights, order_facts):
    import torch
    zero, matrix = (torch.zeros(1), torch.zeros(1, 1))
    theta = {'wq': matrix, 'bq': zero, 'wk': matrix, 'bk': zero, 'wv': matrix + 2, 'bv': zero + 1}
    got = self_attention(torch.tensor([[1.0], [3.0]]), theta)
    assert got is not None, 'self_attention(...) returned None: expected the pair (out, weights)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'self_attention should return (out, weights)'
    out, weights = got
    assert out.shape == (2, 1), f'out: expected shape (2, 1), got {tuple(out.shape)}'
    assert weights.shape == (2, 2), f'weights: expected shape (2, 2), got {tuple(weights.shape)}'
    assert torch.allclose(out, torch.full((2, 1), 5.0)), f'out: expected [[5], [5]], got {out.tolist()}'
    same = permuted_weights(torch.tensor([[0.25, 0.75], [0.5, 0.5]]), torch.tensor([0, 1]))
    assert isinstance(same, torch.Tensor), 'permuted_weights should return a tensor'
    assert same.tolist() == [[0.25, 0.75], [0.5, 0.5]], 'permuted_weights: this order leaves all where it is'
    assert isinstance(order_facts, dict), 'order_facts should be a dictionary'
    for key in ('plain', 'causal', 'positions', 'over_queries', 'same_layer', 'mean_is_invariant', 'key_bias'):
        assert type(order_facts.get(key)) is bool, f'order_facts[{key!r}] should be True or False'

@test_case(points=1.5, hidden=True, 
    failure_message="The output is not that of the layer in the recap. Compute one output token by hand, with a sum over the keys.")
def test_layer_token_by_token(self_attention):
    import numpy as np
    import torch
    rng = np.random.default_rng(1406)
    for n, d, d_q, d_v in ((1, 1, 1, 1), (1, 3, 2, 4), (5, 3, 2, 4), (4, 2, 5, 1), (7, 4, 4, 4)):
        sizes = {'wq': (d_q, d), 'bq': d_q, 'wk': (d_q, d), 'bk': d_q, 'wv': (d_v, d), 'bv': d_v}
        theta = {name: rng.normal(size=size) for name, size in sizes.items()}
        x = rng.normal(size=(n, d))
        out, weights = self_attention(torch.from_numpy(x), {name: torch.from_numpy(t) for name, t in theta.items()})
        assert out.shape == (n, d_v) and weights.shape == (n, n)
        for i in range(n):
            query = theta['wq'] @ x[i] + theta['bq']
            scores = np.array([query @ (theta['wk'] @ token + theta['bk']) for token in x]) / np.sqrt(d_q)
            a = np.exp(scores - scores.max())
            a /= a.sum()
            expected = sum((a[m] * (theta['wv'] @ x[m] + theta['bv']) for m in range(n)))
            assert np.abs(weights[i].numpy() - a).max() < 1e-12
            assert np.abs(out[i].numpy() - expected).max() < 1e-12

@test_case(points=1, hidden=True, 
    failure_message="Your re-ordered weights are not the weights of the re-ordered tokens. Which tokens are the queries now, and which the keys?")
def test_weights_of_reordered_tokens(permuted_weights):
    import torch
    rng = torch.Generator().manual_seed(1407)
    for n in (1, 2, 3, 6, 9):
        for _ in range(4):
            q, k = (torch.randn(n, 3, generator=rng, dtype=torch.float64) for _ in range(2))
            order = torch.randperm(n, generator=rng)
            got = permuted_weights(torch.softmax(q @ k.T, dim=1), order)
            assert torch.allclose(got, torch.softmax(q[order] @ k[order].T, dim=1), rtol=0, atol=1e-13)

@test_case(points=1.5, hidden=True, 
    failure_message="At least one of the seven statements is decided wrongly. Try each with a random sequence and a random order.")
def test_order_facts(order_facts):
    import torch
    torch.manual_seed(1408)
    n, d = (6, 4)
    x, p, bias = (torch.randn(n, d).double(), torch.randn(n, d).double(), torch.randn(d).double())
    wq, wk, wv = (torch.randn(d, d).double() for _ in range(3))

    def layer(x, over=1, causal=False, bk=0.0):
        scores = (x @ wq.T + bias) @ (x @ wk.T + bk).T
        if causal:
            scores = scores.masked_fill(torch.ones(n, n).triu(1).bool(), float('-inf'))
        return torch.softmax(scores, dim=over) @ x @ wv.T

    def moves_along(f):
        orders = [torch.randperm(n) for _ in range(20)]
        return max(((f(x[order]) - f(x)[order]).abs().max().item() for order in orders)) < 1e-09

    def close(a, b):
        return bool((a - b).abs().max() < 1e-09)
    flipped = x.flip(0)
    measured = {'plain': moves_along(layer), 'causal': moves_along(lambda x: layer(x, causal=True)), 'positions': moves_along(lambda x: layer(x + p)), 'over_queries': moves_along(lambda x: layer(x, over=0)), 'same_layer': close(layer(x), layer(x, over=0)), 'mean_is_invariant': close(layer(x).mean(0), layer(flipped).mean(0)), 'key_bias': not close(layer(x), layer(x, bk=bias))}
    for key, holds in measured.items():
        assert order_facts[key] is holds, f'order_facts[{key!r}] is not what an experiment shows'

