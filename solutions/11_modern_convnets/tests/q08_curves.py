from otter.test_files import test_case

OK_FORMAT = False

name = "q08_curves"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="train_curve gives one pair per epoch; in the example the second net is ahead for good from epoch 3 on; macs_ratio is a number.")
def test_small_curves(train_curve, overtakes, macs_ratio):
    import numpy as np
    import torch
    data = (torch.zeros(4, 3), torch.arange(4)) * 2
    got = train_curve(torch.nn.Linear(3, 4), data, 2)
    assert isinstance(got, (list, tuple)), f'train_curve should return a list, got {type(got).__name__}'
    assert len(got) == 2, f'two epochs: expected 2 pairs, got {len(got)}'
    assert all((len(pair) == 2 for pair in got)), 'each entry should be a pair (train, test)'
    got = overtakes([[0.3, 0.5, 0.6, 0.6]], [[0.4, 0.2, 0.7, 0.9]])
    assert got == 3, f'overtakes of the example: expected 3, got {got}'
    assert isinstance(macs_ratio, (int, float, np.number)), f'macs_ratio should be a number, got {macs_ratio!r}'

@test_case(points=1, hidden=True, 
    failure_message="The curve is not that of the net. Every epoch trains with dropout and is measured without, on both sets, and the net goes on from where it was.")
def test_curve_by_hand(train_curve):

    def by_hand(train_curve, data):
        import copy
        import torch
        from torch import nn
        X, y, X_test, y_test = data
        torch.manual_seed(0)
        net = nn.Sequential(nn.Dropout(0.5), nn.Linear(6, 12), nn.ReLU(), nn.Dropout(0.5), nn.Linear(12, 4))
        twin = copy.deepcopy(net)
        torch.manual_seed(1)
        got = train_curve(net, data, 5)
        torch.manual_seed(1)
        expected = []
        for e in range(5):
            optimiser = torch.optim.Adam(twin.parameters(), lr=0.003)
            twin.train()
            for rows in torch.randperm(len(X), generator=torch.Generator().manual_seed(e)).split(32):
                optimiser.zero_grad()
                nn.functional.cross_entropy(twin(X[rows]), y[rows]).backward()
                optimiser.step()
            twin.eval()
            hits = [(twin(a).argmax(1) == b).double().mean().item() for a, b in ((X, y), (X_test, y_test))]
            expected.append(hits)
        return ([list(pair) for pair in got], expected)
    import torch
    torch.manual_seed(681)
    y, y_test = (torch.randint(0, 4, (300,)), torch.randint(0, 4, (500,)))
    data = (torch.randn(300, 6) + 2 * torch.eye(6)[y], y, torch.randn(500, 6) + 2 * torch.eye(6)[y_test], y_test)
    got, expected = inside(by_hand)(train_curve, data)
    assert len(got) == 5
    for pair, wanted in zip(got, expected):
        assert abs(pair[0] - wanted[0]) < 0.005 and abs(pair[1] - wanted[1]) < 0.005

@test_case(points=1, hidden=True, 
    failure_message="For some curves the epoch is wrong. Being ahead once is not enough, equal is not ahead, and the mean over the seeds decides.")
def test_overtaking_by_looking(overtakes):
    import numpy as np
    rng = np.random.default_rng(682)
    cases = [([[0.5, 0.5]], [[0.5, 0.5]]), ([[0.5, 0.6]], [[0.9, 0.6]]), ([[0.25, 0.5, 0.5]], [[0.5, 0.75, 0.75]])]
    cases += [([[0.75], [0.25]], [[0.625]]), ([[0.0, 0.5], [1.0, 0.5]], [[0.75, 0.75], [0.0, 0.5], [0.75, 0.5]])]
    for _ in range(30):
        shape = (int(rng.integers(1, 4)), int(rng.integers(1, 6)))
        first = rng.integers(0, 9, size=shape) / 8
        second = rng.integers(0, 9, size=(int(rng.integers(1, 4)), shape[1])) / 8 + 0.05
        cases.append((first.tolist(), second.tolist()))
    for first, second in cases:
        gaps = [sum(b) / len(b) - sum(a) / len(a) for a, b in zip(zip(*first), zip(*second))]
        starts = [e for e in range(len(gaps)) if all((gap > 1e-12 for gap in gaps[e:]))]
        assert overtakes(first, second) == (starts[0] + 1 if starts else None)

@test_case(points=1, hidden=True, 
    failure_message="The quotient of the MACs is not right. Both nets count with all their layers, each on its own image size.")
def test_ratio_by_counter(macs_ratio):
    import torch
    from torch import nn
    from torch.utils.flop_counter import FlopCounterMode

    def flop(layers, size):
        with torch.device('meta'), FlopCounterMode(display=False) as counter:
            nn.Sequential(*(make() for make in layers))(torch.empty(1, 1, size, size))
        return counter.get_total_flops()
    conv, dense, pool = (nn.Conv2d, nn.Linear, nn.MaxPool2d)
    large = [lambda: conv(1, 96, 11, 4), lambda: pool(3, 2), lambda: conv(96, 256, 5, padding=2), lambda: pool(3, 2)]
    for a, b in ((256, 384), (384, 384), (384, 256)):
        large.append(lambda a=a, b=b: conv(a, b, 3, padding=1))
    large += [lambda: pool(3, 2), nn.Flatten, lambda: dense(6400, 4096), lambda: dense(4096, 4096), lambda: dense(4096, 10)]
    small = [lambda: conv(1, 6, 5, padding=2), lambda: pool(2), lambda: conv(6, 16, 5), lambda: pool(2), nn.Flatten]
    small += [lambda: dense(400, 120), lambda: dense(120, 84), lambda: dense(84, 10)]
    assert abs(macs_ratio - flop(large, 224) / flop(small, 28)) < 1

