from otter.test_files import test_case

OK_FORMAT = False

name = "q05_saved_memory"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="A dense layer from 3 to 2 and a ReLU keep 100 bytes for five vectors, 164 with parameters and gradients.")
def test_dense_and_relu(saved_bytes, total_bytes, fit_line, largest_batch):
    import torch
    net, x = (torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU()), torch.ones(5, 3))
    got = saved_bytes(net, x)
    assert got == 100, f'saved_bytes of the example: expected 100, got {got}'
    got = total_bytes(net, x)
    assert got == 164, f'total_bytes of the example: expected 164, got {got}'
    got = fit_line([1, 2, 4], [15, 25, 45])
    assert got is not None, 'fit_line(...) returned None: expected (slope, intercept)'
    assert len(got) == 2, f'fit_line: expected a pair, got {got}'
    assert abs(got[0] - 10) < 1e-06 and abs(got[1] - 5) < 1e-06, f'points on 10 n + 5: expected (10, 5), got {got}'
    got = largest_batch(10.0, 5.0, 47.0)
    assert got == 4, f'10 n + 5 <= 47: expected the batch 4, got {got}'

@test_case(points=2, hidden=True, 
    failure_message="For some network the bytes kept are not right. Storages count once and as a whole, the net's parameters not at all, and the places of the maxima are 64-bit integers.")
def test_bytes_by_hand(saved_bytes):

    def look(saved_bytes):
        import torch
        from torch import nn

        class Twice(nn.Module):

            def forward(self, x):
                y = x.exp()
                return (y * y + y.sin() + y[:, ::2].sum()).flatten(1)[:, :1].sigmoid()

        class Sliced(nn.Module):

            def __init__(self):
                super().__init__()
                self.scale = nn.Parameter(torch.ones(2))

            def forward(self, x):
                return x[:, :2] * self.scale
        lenet = [nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU()]
        lenet += [nn.MaxPool2d(2), nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 10)]
        sigmoid = nn.Sequential(nn.Linear(4, 7), nn.Sigmoid(), nn.Linear(7, 2)).double()
        x = torch.ones(3, 4, requires_grad=True)
        return {'lenet': [saved_bytes(nn.Sequential(*lenet), torch.zeros(n, 1, 28, 28)) for n in (1, 3)], 'sigmoid': saved_bytes(sigmoid, torch.ones(6, 4).double()), 'twice': saved_bytes(Twice(), x), 'sliced': saved_bytes(Sliced(), torch.ones(3, 4)), 'view': saved_bytes(nn.Sequential(nn.Linear(4, 1)), torch.ones(9, 4)[::3]), 'frozen': saved_bytes(nn.Sequential(nn.Linear(4, 1)).requires_grad_(False), torch.ones(9, 4)), 'average': saved_bytes(nn.Sequential(nn.Flatten(), nn.ReLU()), torch.ones(2, 3, requires_grad=True))}
    got = inside(look)(saved_bytes)
    floats, places = (784 + 6 * 784 + 6 * 196 + 16 * 100 + 400 + 120, 6 * 196 + 400)
    assert [int(n) for n in got['lenet']] == [n * (4 * floats + 8 * places) for n in (1, 3)]
    assert got['sigmoid'] == 8 * 6 * (4 + 7)
    assert got['twice'] == 4 * (12 + 3)
    assert got['sliced'] == 4 * 12
    assert got['view'] == 4 * 36
    assert got['frozen'] == 0 and got['average'] == 4 * 6

@test_case(points=1, hidden=True, 
    failure_message="The total is not right for some network. Which parameters have a gradient, and how large is one number?")
def test_total(total_bytes):

    def look(total_bytes):
        import torch
        from torch import nn
        net = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3))
        half = nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 3, bias=False)).double()
        half[0].requires_grad_(False)
        return ([total_bytes(net, torch.ones(n, 4)) for n in (1, 8)], total_bytes(half, torch.ones(2, 4).double()))
    plain, half = inside(look)(total_bytes)
    assert list(plain) == [4 * n * (4 + 5) + 2 * 4 * (25 + 18) for n in (1, 8)]
    assert half == 8 * (2 * 5 + 25 + 2 * 15)

@test_case(points=1, hidden=True, 
    failure_message="The line is not that of least squares, or the largest batch is off by one, or below zero.")
def test_line_and_budget(fit_line, largest_batch):
    import numpy as np
    rng = np.random.default_rng(651)
    for n in (2, 3, 7):
        batches = (rng.permutation(60)[:n] + 1).tolist()
        n_bytes = [48000 * batch + 250000 + float(rng.normal(scale=5000)) for batch in batches]
        a, b = fit_line(batches, n_bytes)
        design = np.stack([batches, np.ones(n)], axis=1)
        left = design.T @ (a * np.array(batches) + b - np.array(n_bytes))
        assert np.abs(left).max() < 1e-07 * np.abs(design).max() * np.abs(n_bytes).max() * n
    for a, b, budget in ((7.0, 20.0, 62.0), (7.0, 20.0, 61.9), (0.5, 0.0, 10.0), (3.0, 100.0, 50.0), (3.0, 10.0, 12.0)):
        n = 0
        while a * (n + 1) + b <= budget:
            n += 1
        got = largest_batch(a, b, budget)
        assert got == n and isinstance(got, (int, np.integer))

