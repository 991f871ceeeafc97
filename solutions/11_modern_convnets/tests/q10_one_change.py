from otter.test_files import test_case

OK_FORMAT = False

name = "q10_one_change"
points = 6


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="The net of BASE has 107786 parameters and gives ten scores; ablation gives one triple per change; best_config has all keys.")
def test_base(cnn, ablation, best_config, BASE):
    import torch
    net = cnn(BASE)
    assert isinstance(net, torch.nn.Module), 'cnn should return an nn.Module'
    shape = tuple(net(torch.zeros(2, 1, 28, 28)).shape)
    assert shape == (2, 10), f'scores: expected shape (2, 10), got {shape}'
    count = sum((p.numel() for p in net.parameters()))
    assert count == 107786, f'cnn(BASE): expected 107786 parameters, got {count}'
    got = ablation({'a': 1, 'b': 2}, [{'b': 5}], lambda config: config['a'] + 10 * config['b'])
    assert isinstance(got, (list, tuple)) and len(got) == 1, f'one change: expected one triple, got {got}'
    assert tuple(got[0]) == ('b', 5, 30), f"expected ('b', 5, 30), got {got[0]}"
    assert isinstance(best_config, dict), 'best_config should be a dictionary'
    missing = sorted(set(BASE) - set(best_config))
    assert not missing, f'best_config has no entry for {missing}'

@test_case(points=2, hidden=True, 
    failure_message="For some configuration the net is not the one described. Try one convolution, four, and no hidden dense layer, and look at the starting values.")
def test_nets_as_described(cnn, BASE):
    import torch
    import torch.nn.functional as F

    def look(cnn, config, x):
        import torch
        torch.manual_seed(5)
        net = cnn(config)
        with torch.no_grad():
            return ([p.detach().clone() for p in net.parameters()], net(x))
    acts = {'sigmoid': torch.sigmoid, 'relu': torch.relu}
    pools = {'avg': F.avg_pool2d, 'max': F.max_pool2d}
    torch.manual_seed(602)
    x = 2 * torch.randn(3, 1, 28, 28)
    for change in ({}, {'act': 'relu', 'pool': 'max', 'init': 'xavier'}, {'kernel': 3, 'channels': (5, 7, 4, 6), 'dense': (), 'act': 'relu'}, {'kernel': 1, 'channels': (3,), 'dense': (40,), 'pool': 'max', 'init': 'xavier'}, {'kernel': 7, 'channels': (4, 3, 5), 'dense': (9, 8, 7)}):
        config = {**BASE, **change}
        parameters, scores = inside(look)(cnn, config, x)
        weights = [p for p in parameters if p.dim() > 1]
        biases = [p for p in parameters if p.dim() == 1]
        n = len(config['channels'])
        widths = (1, *config['channels'])
        shapes = [(b, a, config['kernel'], config['kernel']) for a, b in zip(widths, widths[1:])]
        widths = (widths[-1] * (28 // 2 ** n) ** 2, *config['dense'], 10)
        shapes += [(b, a) for a, b in zip(widths, widths[1:])]
        assert [tuple(w.shape) for w in weights] == shapes and [len(b) for b in biases] == [s[0] for s in shapes]
        h = x
        for i, (w, b) in enumerate(zip(weights, biases)):
            if i < n:
                h = pools[config['pool']](acts[config['act']](F.conv2d(h, w, b, padding=config['kernel'] // 2)), 2)
                h = h.flatten(1) if i == n - 1 else h
            else:
                h = h @ w.T + b
                h = acts[config['act']](h) if i < len(weights) - 1 else h
            fans = w[0].numel() + w.shape[0] * w[0, 0].numel()
            limit = (6 / fans) ** 0.5 if config['init'] == 'xavier' else w[0].numel() ** (-0.5)
            assert limit * (1 - 25 / w.numel()) < w.abs().max() <= limit * 1.00001
            assert bool((b == 0).all()) == (config['init'] == 'xavier')
        assert (scores - h).abs().max() < 0.0001 * h.abs().max()

@test_case(points=1, hidden=True, 
    failure_message="The table is not that of single changes. Each row starts from base, which stays as it is and is run only once, and a row with two changes or none says nothing.")
def test_single_changes(ablation):

    def look(ablation, base, changes):
        calls = []

        def run(config):
            calls.append(dict(config))
            return sum((len(str(key)) * value ** 2 for key, value in config.items()))
        kept = dict(base)
        try:
            rows = [tuple(row) for row in ablation(base, changes, run)]
        except ValueError:
            rows = 'ValueError'
        return (rows, calls, base == kept)
    base = {'a': 2, 'bb': 3, 'ccc': 0}
    size = lambda config: sum((len(key) * value ** 2 for key, value in config.items()))
    changes = [{'bb': 5}, {'a': 0}, {'ccc': 4}, {'bb': -3}, {'a': 7}]
    rows, calls, kept = inside(look)(ablation, base, changes)
    changed = [{**base, **change} for change in changes]
    entries = [entry for change in changes for entry in change.items()]
    assert kept and rows == [(k, v, size(c) - size(base)) for (k, v), c in zip(entries, changed)]
    assert sorted(map(repr, map(sorted, (c.items() for c in calls)))) == sorted(map(repr, map(sorted, (c.items() for c in [base, *changed]))))
    for wrong in ([{'a': 1, 'bb': 2}], [{'a': 1}, {}], [{'a': 1}, {'d': 4}]):
        rows, calls, _ = inside(look)(ablation, base, wrong)
        assert rows == 'ValueError' and len(calls) == 0
    assert inside(look)(ablation, base, [])[0] == []
    assert inside(look)(ablation, {'a': 1}, [{'a': 3}])[0] == [('a', 3, 8)]

@test_case(points=2, hidden=True, 
    failure_message="best_config breaks a budget, or its net is right too rarely on new digits.")
def test_best_config(best_config, cnn, make_digits):

    def cost(cnn, config):
        import torch
        from torch.utils.flop_counter import FlopCounterMode
        net = cnn(config)
        with FlopCounterMode(display=False) as counter:
            net(torch.zeros(1, 1, 28, 28))
        return (sum((p.numel() for p in net.parameters())), counter.get_total_flops() // 2)

    def learn(cnn, config, data, seed):
        import torch
        X, y, X_test, y_test = data
        torch.manual_seed(seed)
        net = cnn(config)
        optimiser = torch.optim.Adam(net.parameters(), lr=config['lr'])
        for _ in range(config['epochs']):
            for rows in torch.randperm(len(X)).split(32):
                optimiser.zero_grad()
                torch.nn.functional.cross_entropy(net(X[rows]), y[rows]).backward()
                optimiser.step()
        with torch.no_grad():
            return net(X_test).argmax(1)
    params, macs = inside(cost)(cnn, best_config)
    assert params <= 150000 and macs <= 2000000 and (best_config['epochs'] <= 5)
    best = 0.0
    for seed in (0, 1):
        data = (*make_digits(800, 605 + seed), *make_digits(400, 607 + seed))
        best = max(best, (inside(learn)(cnn, best_config, data, seed) == data[3]).double().mean().item())
        if best > 0.8:
            return
    assert best > 0.8

