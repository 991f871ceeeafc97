from otter.test_files import test_case

OK_FORMAT = False

name = "q16_checkpoint"
points = 6


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="The step comes back as it was saved; resume_facts holds four booleans.")
def test_step_comes_back(save_checkpoint, load_checkpoint, resume_facts):
    import torch
    from torch import nn
    net = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    save_checkpoint('q16_public.pt', net, optimizer, 7)
    got = load_checkpoint('q16_public.pt', net, optimizer)
    assert got is not None, 'load_checkpoint(...) returned None: expected the step'
    assert got == 7, f'saved with step 7: load_checkpoint should return 7, got {got}'
    assert isinstance(resume_facts, dict), 'resume_facts should be a dictionary'
    for key in ('adam_from_parameters', 'sgd_from_parameters', 'best_is_kept', 'average_loads'):
        assert isinstance(resume_facts.get(key), bool), f'resume_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="The interrupted run does not end like the uninterrupted one. Besides the parameters, what do Adam, batch normalisation and dropout remember?")
def test_same_end(save_checkpoint, load_checkpoint):

    def probe(save_checkpoint, load_checkpoint, kind, seed):
        import pathlib
        import tempfile
        import torch
        from torch import nn

        def make():
            layers = (nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.4), nn.Linear(8, 1))
            net = nn.Sequential(*layers)
            options = {'momentum': 0.9} if kind == 'SGD' else {}
            return (net, getattr(torch.optim, kind)(net.parameters(), lr=0.05, **options))

        def train(net, optimizer, steps):
            for _ in range(steps):
                optimizer.zero_grad()
                (net(x) - x.sum(dim=1, keepdim=True)).square().mean().backward()
                optimizer.step()
        torch.manual_seed(seed)
        x = torch.randn(16, 4)
        net, optimizer = make()
        train(net, optimizer, 10)
        with tempfile.TemporaryDirectory() as folder:
            path = str(pathlib.Path(folder) / 'run.pt')
            save_checkpoint(path, net, optimizer, 10)
            train(net, optimizer, 10)
            draw = torch.rand(3)
            torch.manual_seed(seed + 1000)
            other, other_optimizer = make()
            objects = [id(p) for p in other.parameters()]
            torch.randn(5)
            step = load_checkpoint(path, other, other_optimizer)
        train(other, other_optimizer, 10)
        same = [torch.equal(p, q) for p, q in zip(net.state_dict().values(), other.state_dict().values())]
        kept = objects == [id(p) for p in other.parameters()]
        return (step, all(same) and kept, torch.equal(draw, torch.rand(3)))
    for kind in ('Adam', 'SGD', 'RMSprop'):
        for seed in range(2):
            assert inside(probe)(save_checkpoint, load_checkpoint, kind, seed) == (10, True, True)

@test_case(points=1, hidden=True, 
    failure_message="The file is not readable by torch.load as it is, or what was saved changes when training goes on, or a second file disturbs the first.")
def test_file(save_checkpoint, load_checkpoint):

    def probe(save_checkpoint, load_checkpoint):
        import pathlib
        import tempfile
        import torch
        from torch import nn
        net = nn.Linear(3, 2)
        optimizer = torch.optim.Adam(net.parameters())
        first = net.weight.detach().clone()
        with tempfile.TemporaryDirectory() as folder:
            paths = [str(pathlib.Path(folder) / name) for name in ('a.pt', 'b.pt')]
            save_checkpoint(paths[0], net, optimizer, 0)
            with torch.no_grad():
                net.weight.add_(1)
            save_checkpoint(paths[1], net, optimizer, 12345)
            for path in paths:
                torch.load(path, weights_only=True)
            steps, weights = ([], [])
            for path in paths:
                other = nn.Linear(3, 2)
                steps.append(load_checkpoint(path, other, torch.optim.Adam(other.parameters())))
                weights.append(other.weight.detach())
        return (steps, torch.equal(weights[0], first), torch.equal(weights[1], first + 1))
    assert inside(probe)(save_checkpoint, load_checkpoint) == ([0, 12345], True, True)

@test_case(points=2, hidden=True, 
    failure_message="At least one of the four statements is wrong. Try each with a network of one layer.")
def test_resume_facts(resume_facts):
    import copy
    import torch
    from torch import nn
    torch.manual_seed(0)
    x, y = (torch.randn(8, 3), torch.randn(8, 1))

    def train(net, optimizer, steps):
        for _ in range(steps):
            optimizer.zero_grad()
            (net(x) - y).square().mean().backward()
            optimizer.step()

    def resumes(kind):
        net = nn.Linear(3, 1)
        optimizer = kind(net.parameters(), lr=0.1)
        train(net, optimizer, 5)
        state = copy.deepcopy(net.state_dict())
        train(net, optimizer, 5)
        other = nn.Linear(3, 1)
        other.load_state_dict(state)
        train(other, kind(other.parameters(), lr=0.1), 5)
        return torch.equal(net.weight, other.weight)
    net = nn.Linear(3, 1)
    best, numbers = (net.state_dict(), net.weight.detach().clone())
    train(net, torch.optim.SGD(net.parameters(), lr=0.1), 1)
    mean = {key: (best[key] + value) / 2 for key, value in nn.Linear(3, 1).state_dict().items()}
    try:
        nn.Linear(3, 1).load_state_dict(mean)
        loads = True
    except RuntimeError:
        loads = False
    assert resume_facts['adam_from_parameters'] is resumes(torch.optim.Adam)
    assert resume_facts['sgd_from_parameters'] is resumes(torch.optim.SGD)
    assert resume_facts['best_is_kept'] is torch.equal(best['weight'], numbers)
    assert resume_facts['average_loads'] is loads

