from otter.test_files import test_case

OK_FORMAT = False

name = "q12_patches_or_channels"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="The single patch (1, 3) gives (2, 2); a 2 x 2 grid with one channel takes 16 and 4 multiplications for the scores; davit_facts holds five booleans.")
def test_small_cases(channel_attention, davit_cost, first_cheaper_side, davit_facts):
    import torch
    zero = torch.zeros(2, 2)
    got = channel_attention(torch.tensor([[1.0, 3.0]]), zero, zero, torch.eye(2))
    assert got is not None, 'channel_attention(...) returned None: expected a tensor'
    assert got.shape == (1, 2), f'channel_attention: expected shape (1, 2), got {tuple(got.shape)}'
    assert torch.allclose(got, torch.tensor([[2.0, 2.0]])), f'channel_attention: expected [[2, 2]], got {got.tolist()}'
    cost = davit_cost(2, 1)
    assert isinstance(cost, dict), 'davit_cost should return a dictionary'
    for key, value in (('patch_scores', 16), ('channel_scores', 4), ('ratio', 0.25)):
        assert cost.get(key) == value, f'davit_cost(2, 1)[{key!r}]: expected {value}, got {cost.get(key)}'
    for key in ('patch_total', 'channel_total'):
        assert key in cost, f'the dictionary has no entry {key!r}'
    assert first_cheaper_side(1) == 2, f'first_cheaper_side(1): expected 2, got {first_cheaper_side(1)}'
    assert isinstance(davit_facts, dict), 'davit_facts should be a dictionary'
    keys = ['same_cost', 'ratio_of_weights', 'channels_linear_in_patches']
    for key in keys + ['patches_linear_in_channels', 'equivariant']:
        assert type(davit_facts.get(key)) is bool, f'davit_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The output is not attention between channels. Which vectors are compared, how long are they, and over what does the softmax run?")
def test_channel_by_channel(channel_attention):
    import numpy as np
    import torch
    rng = np.random.default_rng(1425)
    for n, d in ((1, 1), (1, 4), (6, 1), (5, 3), (3, 5), (16, 4)):
        x, wq, wk, wv = (rng.normal(size=(n, d)), *rng.normal(size=(3, d, d)))
        got = channel_attention(*(torch.from_numpy(t) for t in (x, wq, wk, wv))).numpy()
        assert got.shape == (n, d)
        queries, keys, values = ([np.array([w[i] @ patch for patch in x]) for i in range(d)] for w in (wq, wk, wv))
        for i in range(d):
            scores = np.array([queries[i] @ keys[j] for j in range(d)]) / n ** 0.5
            a = np.exp(scores - scores.max())
            assert np.abs(got[:, i] - sum((a[j] * values[j] for j in range(d))) / a.sum()).max() < 1e-11

@test_case(points=1, hidden=True, 
    failure_message="Some count or ratio is wrong, or channel attention becomes cheaper at another grid. A grid of side 16 has more than 16 patches.")
def test_products_counted(davit_cost, first_cheaper_side):

    def product(a, b, c):
        return sum((b for _ in range(a) for _ in range(c)))
    for side, d in ((1, 1), (2, 3), (3, 2), (4, 16), (5, 7), (16, 512)):
        n = side * side
        patches, channels = (product(n, d, n), product(d, n, d))
        cost = davit_cost(side, d)
        assert cost['patch_scores'] == patches and cost['channel_scores'] == channels
        assert cost['patch_total'] == patches + product(n, n, d)
        assert cost['channel_total'] == channels + product(n, d, d)
        assert abs(cost['ratio'] * cost['patch_total'] / cost['channel_total'] - 1) < 1e-12
    for d in (1, 2, 3, 4, 5, 15, 16, 17, 512, 1023, 1024):
        side = 1
        while 2 * d * d * side ** 2 >= 2 * d * side ** 4:
            side += 1
        assert first_cheaper_side(d) == side

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about patches and channels is decided wrongly.")
def test_davit_facts(davit_facts):
    import torch
    torch.manual_seed(1426)
    x, w = (torch.randn(6, 4).double(), torch.randn(3, 4, 4).double())
    order = torch.tensor([2, 5, 0, 1, 4, 3])

    def channels(x):
        q, k, v = (x @ matrix for matrix in w)
        return (torch.softmax(q.T @ k, dim=1) @ v.T).T

    def cost(n, d):
        return (n * n * d + n * d * n, d * d * n + d * n * d)
    patch, channel = cost(256, 512)
    measured = {'same_cost': patch == channel, 'ratio_of_weights': channel * 256 ** 2 == patch * 512 ** 2, 'channels_linear_in_patches': cost(512, 512)[1] == 2 * channel, 'patches_linear_in_channels': cost(256, 1024)[0] == 2 * patch, 'equivariant': bool((channels(x[order]) - channels(x)[order]).abs().max() < 1e-09)}
    for key, holds in measured.items():
        assert davit_facts[key] is holds, f'davit_facts[{key!r}] is not what counting or an experiment shows'

