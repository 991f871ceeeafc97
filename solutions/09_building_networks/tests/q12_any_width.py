from otter.test_files import test_case

OK_FORMAT = False

name = "q12_any_width"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="With hidden=4 and out=2 the trunk has 10 parameters; outputs have shape (N, 2); inputs of width 3 add 16 parameters.")
def test_one_width(AnyWidth):
    import torch
    net = AnyWidth(4, 2)
    new = net.new_parameters()
    assert new is not None, 'new_parameters() returned None: expected a list'
    count = sum((p.numel() for p in new))
    assert count == 10, f"the first new_parameters() should list the trunk's 10 numbers, got {count}"
    out = net(torch.zeros(5, 3))
    assert out is not None, 'forward returned None: expected a tensor of shape (N, out)'
    assert tuple(out.shape) == (5, 2), f'forward: expected shape (5, 2), got {tuple(out.shape)}'
    assert list(net.adapters.keys()) == ['3'], "after inputs of width 3 adapters should have the one key '3'"
    count = sum((p.numel() for p in net.new_parameters()))
    assert count == 16, f'new_parameters() after width 3: expected 16 numbers, got {count}'

@test_case(points=1.5, hidden=True, 
    failure_message="For some width the output is not that of the trunk behind this width's own adapter. All features count.")
def test_outputs_of_widths(AnyWidth):

    def probe(AnyWidth, inputs):
        net = AnyWidth(8, 3)
        out = [net(x).detach() for x in inputs]
        state = {name: p.detach() for name, p in net.named_parameters()}
        return (out, [net(x).detach() for x in inputs], state)
    import torch
    rng = torch.Generator().manual_seed(103)
    inputs = [torch.randn(n, d, generator=rng) for n, d in ((10, 3), (10, 6), (1, 6), (4, 1), (2, 40), (7, 3))]
    out, again, state = inside(probe)(AnyWidth, inputs)
    assert {name for name in state} == {*(f'adapters.{d}.{part}' for d in (1, 3, 6, 40) for part in ('weight', 'bias')), 'trunk.1.weight', 'trunk.1.bias'}
    for x, got, later in zip(inputs, out, again):
        d = x.shape[1]
        h = (x @ state[f'adapters.{d}.weight'].T + state[f'adapters.{d}.bias']).clamp(min=0)
        assert torch.allclose(got, h @ state['trunk.1.weight'].T + state['trunk.1.bias'], atol=1e-05)
        assert torch.allclose(got, later, atol=1e-06)

@test_case(points=1.5, hidden=True, 
    failure_message="Training is lost when a width comes again, or the gradient does not reach all parts that were used.")
def test_training_is_kept(AnyWidth):

    def probe(AnyWidth):
        import torch
        torch.manual_seed(0)
        net = AnyWidth(8, 3)
        trunk = net.trunk
        net(torch.randn(5, 3))
        adapter = net.adapters['3']
        optimizer = torch.optim.SGD(net.new_parameters(), lr=0.1)
        loss = net(torch.randn(5, 3)).square().sum() + net(torch.randn(5, 6)).square().sum()
        optimizer.add_param_group({'params': net.new_parameters()})
        loss.backward()
        reached = all((p.grad is not None and bool(p.grad.any()) for p in net.parameters()))
        before = [p.detach().clone() for p in net.parameters()]
        optimizer.step()
        moved = [not torch.equal(p, q) for p, q in zip(net.parameters(), before)]
        after = [p.detach().clone() for p in net.parameters()]
        net(torch.randn(2, 6))
        net(torch.randn(2, 3))
        kept = all((torch.equal(p, q) for p, q in zip(net.parameters(), after)))
        return (reached, moved, kept, net.adapters['3'] is adapter and net.trunk is trunk, len(list(net.parameters())))
    assert inside(probe)(AnyWidth) == (True, [True] * 6, True, True, 6)

@test_case(points=1, hidden=True, 
    failure_message="new_parameters does not list each parameter once, when it is new. They must be the parameters themselves.")
def test_each_listed_once(AnyWidth):

    def probe(AnyWidth):
        import torch
        net = AnyWidth(4, 2)
        lists = []
        for widths in ((3,), (), (3,), (5, 7, 3), (7,)):
            for d in widths:
                net(torch.zeros(1, d))
            lists.append(list(net.new_parameters()))
        everything = {id(p) for p in net.parameters()}
        return ([sum((p.numel() for p in new)) for new in lists], {id(p) for new in lists for p in new} == everything)
    counts, same = inside(probe)(AnyWidth)
    assert counts == [10 + 16, 0, 0, 4 * 5 + 4 + 4 * 7 + 4, 0] and same

