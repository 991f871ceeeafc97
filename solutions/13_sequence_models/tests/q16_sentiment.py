from otter.test_files import test_case

OK_FORMAT = False

name = "q16_sentiment"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="All three modes return one logit per text, with the submodules hidden and out, and table in one mode.")
def test_shapes(SentimentNet, sentiment_facts):
    import torch
    for mode, d in (('ids', 1), ('onehot', 7), ('embedding', 3)):
        net = SentimentNet(mode, 7, 3)
        assert isinstance(net, torch.nn.Module), 'SentimentNet(...) should be a torch.nn.Module'
        for name, shape in (('hidden', (3, d)), ('out', (1, 3))):
            assert hasattr(net, name), f'mode {mode!r}: there is no layer {name}'
            got = tuple(getattr(net, name).weight.shape)
            assert got == shape, f'mode {mode!r}: {name}.weight should have shape {shape}, got {got}'
        assert hasattr(net, 'table') is (mode == 'embedding'), "table belongs to the mode 'embedding' only"
        out = net(torch.tensor([[0, 0], [1, 6]]))
        assert out is not None, f'mode {mode!r}: forward returned None'
        assert tuple(out.shape) == (2,), f'mode {mode!r}: expected logits of shape (2,), got {tuple(out.shape)}'
        single = net(torch.tensor([[0]]))
        assert abs(single[0].item() - out[0].item()) < 1e-05, f'mode {mode!r}: (0, 0) and (0) should have the same logit'
    assert isinstance(sentiment_facts, dict), 'sentiment_facts should be a dictionary'
    keys = ['embedding_is_needed', 'ids_are_as_good', 'first_layer_is_a_table', 'names_matter']
    for key in [*keys, 'one_hot_knows_neighbours', 'table_is_fixed']:
        assert isinstance(sentiment_facts.get(key), bool), f'sentiment_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="In some mode the logits are not those of the network described. Go through it token by token - features, hidden layer, tanh, mean, logit.")
def test_token_by_token(SentimentNet):
    import math
    import torch
    rng = torch.Generator().manual_seed(164)
    for mode, v, width in (('ids', 9, 4), ('onehot', 9, 4), ('embedding', 9, 4), ('embedding', 2, 1), ('onehot', 3, 5)):
        net = SentimentNet(mode, v, width)
        state = {name: torch.randn(p.shape, generator=rng) for name, p in net.state_dict().items()}
        names = {'hidden.weight', 'hidden.bias', 'out.weight', 'out.bias'}
        assert set(state) == names | ({'table.weight'} if mode == 'embedding' else set())
        net.load_state_dict(state)
        value = {name: tensor.tolist() for name, tensor in state.items()}
        for n, t in ((1, 1), (3, 6), (2, 4)):
            x = torch.randint(v, (n, t), generator=rng)
            out = net(x).detach()
            assert tuple(out.shape) == (n,) and out.dtype == torch.float32
            for row, logit in zip(x.tolist(), out.tolist()):
                mean = [0.0] * width
                for i in row:
                    made = {'ids': [i / v], 'onehot': [float(j == i) for j in range(v)]}
                    features = value['table.weight'][i] if mode == 'embedding' else made[mode]
                    for k in range(width):
                        z = value['hidden.bias'][k] + sum((w * f for w, f in zip(value['hidden.weight'][k], features)))
                        mean[k] += math.tanh(z) / t
                expected = value['out.bias'][0] + sum((w * m for w, m in zip(value['out.weight'][0], mean)))
                assert abs(logit - expected) < 0.0001

@test_case(points=1, hidden=True, 
    failure_message="At least one statement about the three modes is decided wrongly. Train them.")
def test_sentiment_facts(sentiment_facts):
    import torch

    def accuracy(mode, seed, rename=None):
        rng = torch.Generator().manual_seed(seed)
        kind = torch.randperm(50, generator=rng) < 25
        x = torch.randint(50, (800, 11), generator=rng)
        y = (kind[x].sum(dim=1) > 5).float()
        x = x if rename is None else rename[x]
        torch.manual_seed(seed)
        width = {'ids': 1, 'onehot': 50, 'embedding': 16}[mode]
        table = torch.nn.Embedding(50, 16)
        start = table.weight.detach().clone()
        features = {'ids': lambda: (x / 50)[..., None], 'onehot': lambda: torch.eye(50)[x], 'embedding': lambda: table(x)}
        hidden, out = (torch.nn.Linear(width, 16), torch.nn.Linear(16, 1))
        optimiser = torch.optim.Adam([*hidden.parameters(), *out.parameters(), *table.parameters()], lr=0.1)
        for _ in range(60):
            optimiser.zero_grad()
            logits = out(torch.tanh(hidden(features[mode]()[:400])).mean(dim=1))[:, 0]
            torch.nn.functional.binary_cross_entropy_with_logits(logits, y[:400]).backward()
            optimiser.step()
        logits = out(torch.tanh(hidden(features[mode]()[400:])).mean(dim=1))[:, 0]
        moved = float((table.weight.detach() - start).abs().max())
        return (((logits > 0) == (y[400:] > 0)).float().mean().item(), moved)
    ids, onehot = (accuracy('ids', 0)[0], accuracy('onehot', 0)[0])
    embedding, moved = accuracy('embedding', 0)
    renamed = accuracy('embedding', 0, torch.randperm(50, generator=torch.Generator().manual_seed(1)))[0]
    layer = torch.nn.Linear(50, 16)
    alone = layer(torch.eye(50)) - layer.bias
    gap = float((alone - layer.weight.T).abs().max())
    distances = torch.pdist(torch.eye(50))
    assert sentiment_facts['embedding_is_needed'] is (max(ids, onehot) <= 0.9)
    assert sentiment_facts['ids_are_as_good'] is (ids > embedding - 0.1)
    assert sentiment_facts['first_layer_is_a_table'] is (gap < 1e-05)
    assert sentiment_facts['names_matter'] is (renamed < embedding - 0.1)
    assert sentiment_facts['one_hot_knows_neighbours'] is bool(distances.max() - distances.min() > 1e-05)
    assert sentiment_facts['table_is_fixed'] is (moved == 0)

