from otter.test_files import test_case

OK_FORMAT = False

name = "q16_prediction_time"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="A network of a single dropout layer gives 3 for 3, and passes of 0 or 6; prediction_facts holds five booleans.")
def test_only_dropout(deterministic, mc_predict, prediction_facts):
    import torch
    net, x = (torch.nn.Sequential(torch.nn.Dropout(0.5)), torch.full((1, 1), 3.0))
    got = deterministic(net, x)
    assert isinstance(got, torch.Tensor), f'deterministic: expected a tensor, got {type(got).__name__}'
    assert torch.equal(got, x), f'deterministic: expected [[3.]], got {got.tolist()}'
    got = mc_predict(net, x, 1, 0)
    assert got is not None, 'mc_predict(...) returned None: expected the pair (mean, std)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'mc_predict should return the pair (mean, std)'
    assert all((isinstance(part, torch.Tensor) for part in got)), 'mc_predict should return two tensors'
    assert got[0].shape == (1, 1), f'mc_predict: expected a mean of shape (1, 1), got {tuple(got[0].shape)}'
    assert got[0].item() in (0, 6), f'mc_predict: a single pass should give 0 or 6, got {got[0].item()}'
    assert isinstance(prediction_facts, dict), 'prediction_facts should be a dictionary'
    keys = ['linear_mean_agrees', 'sigmoid_mean_agrees', 'scale_outputs', 'one_pass_is_as_good']
    for key in [*keys, 'helps_when_underfitting']:
        assert isinstance(prediction_facts.get(key), bool), f'prediction_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="A prediction is not the one asked for. Which layers are random, which are not, and what do you return?")
def test_predictions(deterministic, mc_predict):
    import torch
    from torch import nn
    torch.manual_seed(833)
    inner = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.4))
    net = nn.Sequential(nn.Linear(5, 6), nn.Dropout(0.2), nn.ReLU(), inner, nn.Linear(8, 2)).double()
    inner[1].running_mean.normal_()
    inner[1].running_var.uniform_(0.5, 2.0)
    for b in (1, 4):
        x = torch.randn(b, 5, dtype=torch.float64)
        for mode in (True, False):
            net.train(mode)
            w1, w2, w3 = (net[0], inner[0], net[4])

            def forward(m1, m2):
                h = torch.relu(m1 * (x @ w1.weight.T + w1.bias)) @ w2.weight.T + w2.bias
                h = (h - inner[1].running_mean) / (inner[1].running_var + 1e-05).sqrt()
                return m2 * torch.tanh(h) @ w3.weight.T + w3.bias
            got = deterministic(net, x)
            assert not got.requires_grad and torch.allclose(got, forward(1.0, 1.0).detach(), rtol=1e-08, atol=1e-08)
            for n, seed in ((1, 5), (7, 6)):
                mean, std = mc_predict(net, x, n, seed)
                torch.manual_seed(seed)
                ones = lambda width: torch.ones(b, width, dtype=torch.float64)
                drop = torch.nn.functional.dropout
                outs = torch.stack([forward(drop(ones(6), 0.2), drop(ones(8), 0.4)).detach() for _ in range(n)])
                assert not mean.requires_grad and torch.allclose(mean, outs.mean(0), rtol=1e-08, atol=1e-08)
                spread = (outs - outs.mean(0)).square().mean(0).sqrt()
                assert torch.allclose(std, spread, rtol=1e-06, atol=1e-08)

@test_case(points=1, hidden=True, 
    failure_message="After a prediction the network is not as it was. Look at the mode of every module, one by one, and at the running averages.")
def test_left_as_found(deterministic, mc_predict):

    def probe(predict, pattern, *arguments):
        import torch
        from torch import nn
        torch.manual_seed(0)
        inner = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
        net = nn.Sequential(nn.Dropout(0.3), inner, nn.Linear(4, 1))
        for module, mode in zip(net.modules(), pattern):
            module.training = mode
        before = {name: value.clone() for name, value in net.state_dict().items()}
        got = predict(net, torch.randn(6, 3), *arguments)
        first = got[0] if arguments else got
        same = all((torch.equal(value, before[name]) for name, value in net.state_dict().items()))
        return ([module.training for module in net.modules()], same and tuple(first.shape) == (6, 1))
    for pattern in ([True] * 7, [False] * 7, [True, False, True, False, False, True, False], [False, True, False] * 2 + [True]):
        for predict, arguments in ((deterministic, ()), (mc_predict, (3, 1))):
            modes, same = inside(probe)(predict, pattern, *arguments)
            assert modes == pattern and same is True

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about predictions is decided wrongly.")
def test_prediction_facts(prediction_facts):
    import itertools
    import torch
    torch.manual_seed(834)
    h, w = (torch.tensor([3.0, -1.0, 2.0], dtype=torch.float64), torch.tensor([1.0, 0.5, -1.2], dtype=torch.float64))
    masks = torch.tensor(list(itertools.product((0.0, 2.0), repeat=3)), dtype=torch.float64)
    passes, plain = (masks * h @ w, h @ w)
    off = torch.nn.Dropout(0.5).eval()(h)
    X = torch.randn(200, 5, dtype=torch.float64)
    y = X.sum(dim=1)
    fit = torch.linalg.solve(X.T @ X + torch.diag((X ** 2).sum(0)), X.T @ y)
    with_dropout, without = (((X @ fit - y) ** 2).mean(), ((X @ torch.linalg.lstsq(X, y[:, None])[0][:, 0] - y) ** 2).mean())
    assert prediction_facts['linear_mean_agrees'] is bool(torch.allclose(passes.mean(), plain))
    assert prediction_facts['sigmoid_mean_agrees'] is bool(torch.allclose(passes.sigmoid().mean(), plain.sigmoid()))
    assert prediction_facts['scale_outputs'] is (not bool(torch.allclose(off @ w, passes.mean())))
    assert prediction_facts['one_pass_is_as_good'] is bool(((passes - plain) ** 2).mean() < 1e-09)
    assert prediction_facts['helps_when_underfitting'] is bool(with_dropout < without)

