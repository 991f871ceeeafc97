from otter.test_files import test_case

OK_FORMAT = False

name = "q4_parallel"
points = 3


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="The identity beside a ReLU turns the input -2, 3 into -2, 3, 0, 3.")
def test_identity_and_relu(Parallel):
    import torch
    from torch import nn
    net = Parallel(nn.Identity(), nn.ReLU())
    assert isinstance(net, nn.Module), 'Parallel(...) should be an nn.Module'
    out = net(torch.tensor([[-2.0, 3.0]]))
    assert out is not None, 'forward returned None: expected a tensor'
    assert tuple(out.shape) == (1, 4), f'two outputs of width 2: expected shape (1, 4), got {tuple(out.shape)}'
    expected = [[-2.0, 3.0, 0.0, 3.0]]
    assert out.tolist() == expected, f'expected {expected}, got {out.tolist()}'

@test_case(points=1, hidden=True, 
    failure_message="For some networks the output is not the two outputs, one after the other, along the axis asked for.")
def test_joined_outputs(Parallel):
    import torch
    from torch import nn
    rng = torch.Generator().manual_seed(94)
    wide = (nn.Sequential(nn.Linear(20, 32), nn.Tanh()), nn.Sequential(nn.Linear(20, 8), nn.ReLU(), nn.Linear(8, 64)))
    images = (nn.Conv2d(3, 4, 3, padding=1), nn.Sequential(nn.Conv2d(3, 2, 1), nn.Sigmoid()))
    cases = [(wide, {}, torch.randn(5, 20, generator=rng)), (wide, {}, torch.randn(1, 20, generator=rng)), (wide, {'dim': 1}, torch.randn(5, 20, generator=rng)), (images, {'dim': 1}, torch.randn(2, 3, 7, 5, generator=rng)), ((nn.ReLU(), nn.Tanh()), {'dim': 0}, torch.randn(3, 4, generator=rng)), ((nn.ReLU(), nn.Tanh()), {'dim': 2}, torch.randn(2, 3, 4, 5, generator=rng)), ((nn.Identity(), nn.Linear(6, 2)), {}, torch.randn(2, 3, 6, generator=rng))]
    for (net1, net2), options, x in cases:
        out = Parallel(net1, net2, **options)(x).detach()
        first, second = (net1(x).detach(), net2(x).detach())
        dim = options.get('dim', -1)
        sizes = (first.shape[dim], second.shape[dim])
        assert out.shape[dim] == sum(sizes) and out.dim() == x.dim()
        left, right = out.split(sizes, dim=dim)
        assert torch.allclose(left, first, atol=1e-06) and torch.allclose(right, second, atol=1e-06)

@test_case(points=1, hidden=True, 
    failure_message="The two networks themselves should be registered, nothing else. Look at the parameters, at their gradients, and at a network given twice.")
def test_owned_networks(Parallel):

    def probe(Parallel):
        import torch
        from torch import nn
        net1, net2 = (nn.Linear(20, 32), nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 5)))
        both = Parallel(net1, net2)
        same = {id(p) for p in both.parameters()} == {id(p) for n in (net1, net2) for p in n.parameters()}
        both(torch.randn(6, 20)).square().sum().backward()
        reached = all((p.grad is not None and bool(p.grad.any()) for p in both.parameters()))
        twice = Parallel(net1, net1)
        left, right = twice(torch.randn(2, 20)).detach().split(32, dim=-1)
        return (same, reached, len(both.state_dict()), len([*twice.parameters()]), torch.equal(left, right))
    assert inside(probe)(Parallel) == (True, True, 6, 2, True)

