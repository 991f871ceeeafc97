from otter.test_files import test_case

OK_FORMAT = False

name = "q06_batch_size"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="100 images in batches of 32 make 20 steps in 5 epochs; accuracy_by_batch has one accuracy per batch size; batch_facts holds four booleans.")
def test_small_numbers(steps_taken, epochs_for, accuracy_by_batch, batch_facts):
    import numpy as np
    import torch
    got = steps_taken(100, 32, 5)
    assert got == 20, f'steps_taken(100, 32, 5): expected 20, got {got}'
    got = epochs_for(100, 32, 10)
    assert got == 3, f'epochs_for(100, 32, 10): expected 3, got {got}'
    data = (torch.zeros(6, 2), torch.zeros(6, dtype=torch.int64)) * 2
    got = accuracy_by_batch(lambda: torch.nn.Linear(2, 3), data, [2, 3], 0.01, 1, [0])
    assert isinstance(got, dict), f'accuracy_by_batch should return a dictionary, got {type(got).__name__}'
    assert set(got) == {2, 3}, f'expected the keys 2 and 3, got {list(got)}'
    assert isinstance(batch_facts, dict), 'batch_facts should be a dictionary'
    for key in ('fewer_steps_hurt', 'large_batch_itself_hurts', 'noise_halves', 'gradient_grows'):
        assert isinstance(batch_facts.get(key), (bool, np.bool_)), f'batch_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="For some sizes the steps or the epochs are wrong. Count the smaller last batch, too, and epochs as whole numbers.")
def test_steps_by_splitting(steps_taken, epochs_for):
    import torch
    for n, batch in ((100, 32), (96, 32), (1, 32), (32, 1), (33, 32), (7, 7)):
        an_epoch = len(torch.arange(n).split(batch))
        for epochs in (1, 2, 9):
            assert steps_taken(n, batch, epochs) == epochs * an_epoch
        for steps in (1, 2, 3, 7, 8, 31, 32, 65):
            assert epochs_for(n, batch, steps) == next((e for e in range(1, 99) if e * an_epoch >= steps))

@test_case(points=2, hidden=True, 
    failure_message="The nets are not trained and measured as asked. Look at the seeds, at the mean over them, and at the learning rate with a base.")
def test_runs_by_hand(accuracy_by_batch):

    def by_hand(accuracy_by_batch, data, seeds, base):
        import torch
        X, y, X_test, y_test = data
        make_net = lambda: torch.nn.Sequential(torch.nn.Dropout(0.2), torch.nn.Linear(5, 4))
        expected = {}
        for batch in (8, 20, 64):
            hits = []
            for seed in seeds:
                torch.manual_seed(seed)
                net = make_net()
                order = torch.Generator().manual_seed(seed)
                rate = 0.01 * batch / base if base else 0.01
                optimiser = torch.optim.Adam(net.parameters(), lr=rate)
                for _ in range(2):
                    for rows in torch.randperm(len(X), generator=order).split(batch):
                        optimiser.zero_grad()
                        torch.nn.functional.cross_entropy(net(X[rows]), y[rows]).backward()
                        optimiser.step()
                hits.append((net[1](X_test).argmax(1) == y_test).double().mean().item())
            expected[batch] = sum(hits) / len(hits)
        got = accuracy_by_batch(make_net, data, [8, 20, 64], 0.01, 2, seeds, base)
        plain = accuracy_by_batch(make_net, data, [8, 20, 64], 0.01, 2, seeds)
        return (got, expected, plain)
    torch = __import__('torch')
    torch.manual_seed(662)
    data = []
    for n in (64, 333):
        y = torch.randint(0, 4, (n,))
        data += [torch.randn(n, 5) + torch.eye(5)[y], y]
    for seeds, base in (([3, 4, 9], None), ([0], 4), ([1, 2], 64)):
        got, expected, plain = inside(by_hand)(accuracy_by_batch, tuple(data), seeds, base)
        assert all((abs(got[batch] - expected[batch]) < 0.004 for batch in (8, 20, 64))) and len(got) == 3
        assert base is not None or plain == got

@test_case(points=1, hidden=True, 
    failure_message="At least one of the four statements about batches is decided wrongly. Does the batch do the harm, or the number of steps?")
def test_batch_facts(batch_facts, make_digits):
    import torch
    import torch.nn.functional as F
    from torch import nn
    X, y = make_digits(400, seed=660)
    X_test, y_test = make_digits(400, seed=661)

    def trained(batch, epochs):
        torch.manual_seed(0)
        net = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
        optimiser = torch.optim.Adam(net.parameters(), lr=0.003)
        for _ in range(epochs):
            for rows in torch.randperm(len(X)).split(batch):
                optimiser.zero_grad()
                F.cross_entropy(net(X[rows]), y[rows]).backward()
                optimiser.step()
        return (net(X_test).argmax(1) == y_test).double().mean().item()
    small, large, patient = (trained(32, 5), trained(400, 5), trained(400, 65))
    torch.manual_seed(663)
    slopes = torch.randn(1000, 6, dtype=torch.float64) + 2
    spread, size = ([], [])
    for batch in (25, 100):
        means = torch.stack([slopes[torch.randint(0, 1000, (batch,))].mean(0) for _ in range(2000)])
        spread.append((means - slopes.mean(0)).square().sum(1).mean().sqrt().item())
        size.append(means.mean(0).norm().item())
    decided = {'fewer_steps_hurt': large < small - 0.1, 'large_batch_itself_hurts': patient < small - 0.1, 'noise_halves': abs(spread[1] / spread[0] - 0.5) < 0.1, 'gradient_grows': size[1] / size[0] > 1.5}
    for key, truth in decided.items():
        assert bool(batch_facts[key]) is truth

