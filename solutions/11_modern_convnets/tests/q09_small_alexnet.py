from otter.test_files import test_case

OK_FORMAT = False

name = "q09_small_alexnet"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="thin_params(224, 100) is 4375178; small_alexnet gives ten scores per image with at most 60000 parameters.")
def test_sizes(thin_params, small_alexnet):
    import torch
    got = thin_params(224, 100)
    assert got == 4375178, f'thin_params(224, 100): expected 4375178, got {got}'
    net = small_alexnet()
    assert isinstance(net, torch.nn.Module), 'small_alexnet should return an nn.Module'
    shape = tuple(net(torch.zeros(3, 1, 28, 28)).shape)
    assert shape == (3, 10), f'scores: expected shape (3, 10), got {shape}'
    count = sum((p.numel() for p in net.parameters()))
    assert count <= 60000, f'at most 60000 parameters are allowed, got {count}'

@test_case(points=2, hidden=True, 
    failure_message="For some side or width the number of parameters is wrong, or a side that is too small is accepted. Follow the pixels through strides and poolings.")
def test_thin_against_torch(thin_params):
    import torch
    from torch import nn

    def count(side, width):
        with torch.device('meta'):
            layers = [nn.Conv2d(1, 96, 11, stride=4), nn.MaxPool2d(3, 2), nn.Conv2d(96, 256, 5, padding=2)]
            layers += [nn.MaxPool2d(3, 2), nn.Conv2d(256, 384, 3, padding=1), nn.Conv2d(384, 384, 3, padding=1)]
            layers += [nn.Conv2d(384, 256, 3, padding=1), nn.MaxPool2d(3, 2), nn.Flatten()]
            left = nn.Sequential(*layers)(torch.empty(1, 1, side, side)).shape[1]
            layers += [nn.Linear(left, width), nn.Linear(width, width), nn.Linear(width, 10)]
        return sum((p.numel() for p in nn.Sequential(*layers).parameters()))
    for side, width in ((224, 4096), (227, 1), (256, 512), *((side, side % 9 + 1) for side in range(60, 100))):
        try:
            expected = count(side, width)
        except RuntimeError:
            expected = None
        try:
            got = thin_params(side, width)
        except ValueError:
            got = None
        assert got == expected
    for side in (62, 61, 55, 28, 12, 11, 10, 1):
        try:
            thin_params(side, 64)
        except ValueError:
            continue
        raise AssertionError('too few pixels for some window should raise a ValueError')

@test_case(points=1, hidden=True, 
    failure_message="The net breaks a budget - parameters, MACs, or the number of convolutions.")
def test_budgets(small_alexnet):

    def look(small_alexnet):
        import torch
        from torch.utils._python_dispatch import TorchDispatchMode
        from torch.utils.flop_counter import FlopCounterMode
        names = []

        class Watch(TorchDispatchMode):

            def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
                names.append(str(operation))
                return operation(*args, **kwargs or {})
        net, x = (small_alexnet().eval(), torch.zeros(1, 1, 28, 28))
        with FlopCounterMode(display=False) as counter:
            net(x)
        with torch.no_grad(), Watch():
            net(x)
        convolutions = sum(('conv' in name for name in names))
        return (counter.get_total_flops() // 2, convolutions, sum((p.numel() for p in net.parameters())))
    macs, convolutions, count = inside(look)(small_alexnet)
    assert macs <= 1000000 and convolutions >= 3 and (count <= 60000)

@test_case(points=1, hidden=True, 
    failure_message="After five epochs on 800 digits the net is right too rarely on new ones.")
def test_trained(small_alexnet, make_digits):

    def learn(small_alexnet, data, seed):
        import torch
        X, y, X_test, y_test = data
        torch.manual_seed(seed)
        net = small_alexnet().train()
        optimiser = torch.optim.Adam(net.parameters(), lr=0.003)
        for _ in range(5):
            for rows in torch.randperm(len(X)).split(32):
                optimiser.zero_grad()
                torch.nn.functional.cross_entropy(net(X[rows]), y[rows]).backward()
                optimiser.step()
        net.eval()
        with torch.no_grad():
            return net(X_test).argmax(1)
    best = 0.0
    for seed in (0, 1):
        data = (*make_digits(800, 690 + seed), *make_digits(400, 692 + seed))
        best = max(best, (inside(learn)(small_alexnet, data, seed) == data[3]).double().mean().item())
        if best > 0.8:
            return
    assert best > 0.8

