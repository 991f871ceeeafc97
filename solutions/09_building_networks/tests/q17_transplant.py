from otter.test_files import test_case

OK_FORMAT = False

name = "q17_transplant"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="Two of four layers and a head from 5 units to 1 make 3 layers with 26 parameters.")
def test_two_layers_and_a_head(transplant):
    import torch
    from torch import nn
    old = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 5), nn.Linear(5, 2))
    net = transplant(old, 2, nn.Linear(5, 1))
    assert net is not None, 'transplant(...) returned None: expected an nn.Sequential'
    assert isinstance(net, nn.Sequential), 'transplant should return an nn.Sequential'
    assert len(net) == 3, f'k = 2 and a head: expected 3 layers, got {len(net)}'
    count = sum((p.numel() for p in net.parameters()))
    assert count == 26, f'expected 26 parameters, got {count}'
    out = net(torch.zeros(4, 3))
    assert tuple(out.shape) == (4, 1), f'expected an output of shape (4, 1), got {tuple(out.shape)}'

@test_case(points=2, hidden=True, 
    failure_message="For some k the new network does not begin with the layers of the old one, or does not end with the head. Positions count, whatever stands there.")
def test_same_activations(transplant):

    def probe(transplant, k, independent, x):
        import torch
        from torch import nn
        torch.manual_seed(k)
        twice, act = (nn.Linear(6, 6), nn.ReLU())
        old = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), act, twice, act, twice, nn.Tanh(), nn.Linear(6, 3))
        old(torch.randn(20, 4) * 3)
        head = nn.Flatten()
        net = transplant(old, k, head, independent)
        kinds = [type(layer).__name__ for layer in net]
        old.eval()
        net.eval()
        expected = x
        for layer in list(old)[:k]:
            expected = layer(expected)
        return (kinds, [type(layer).__name__ for layer in old][:k], net(x).detach(), expected.detach(), net[-1] is head)
    import torch
    x = torch.randn(5, 4, generator=torch.Generator().manual_seed(109))
    for k in range(9):
        for independent in (True, False):
            kinds, first, out, expected, own = inside(probe)(transplant, k, independent, x)
            assert kinds == [*first, 'Flatten'] and own
            assert torch.allclose(out, expected, atol=1e-06)

@test_case(points=2, hidden=True, 
    failure_message="A step on the new network changes what it should not, or does not change what it should. What is shared, what is frozen, and what about the input?")
def test_what_is_trained(transplant):

    def probe(transplant, independent, freeze):
        import torch
        from torch import nn
        torch.manual_seed(5)
        tied = nn.Linear(6, 6)
        old = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), tied, nn.Tanh(), tied, nn.Linear(6, 2))
        head = nn.Linear(6, 1)
        net = transplant(old, 5, head, independent, freeze)
        shared = [net[i] is old[i] for i in range(5)]
        before = {name: p.detach().clone() for name, p in net.named_parameters()}
        old_before = [p.detach().clone() for p in old.parameters()]
        x = torch.randn(8, 4, requires_grad=True)
        loss = net(x).square().mean()
        loss.backward()
        optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
        optimizer.step()
        moved = [name for name, p in net.named_parameters() if not torch.equal(p, before[name])]
        old_moved = [not torch.equal(p, q) for p, q in zip(old.parameters(), old_before)]
        trainable = [p.requires_grad for p in old.parameters()]
        reached = x.grad is not None and bool(x.grad.any())
        frozen = all((p.grad is None for name, p in net.named_parameters() if name[0] != '5'))
        return (shared, moved, old_moved, trainable, reached, frozen, net[2] is net[4], net[5] is head)
    names = [f'{i}.{part}' for i in (0, 2, 5) for part in ('weight', 'bias')]
    for independent in (True, False):
        for freeze in (False, True):
            shared, moved, old_moved, trainable, reached, frozen, tied, own = inside(probe)(transplant, independent, freeze)
            assert shared == [not independent] * 5 and tied and own
            assert moved == (names[4:] if freeze else names) and frozen is freeze and reached
            assert old_moved == [not (independent or freeze)] * 4 + [False] * 2
            assert trainable == [independent or not freeze] * 4 + [True] * 2

