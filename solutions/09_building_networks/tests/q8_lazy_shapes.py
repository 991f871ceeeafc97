from otter.test_files import test_case

OK_FORMAT = False

name = "q8_lazy_shapes"
points = 7


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="Of a Linear(3, 4) before a LazyLinear(2) the second layer is open, and gets the shapes (2, 4) and (2,).")
def test_two_layers(pending, lazy_report, init_when_ready):
    import torch
    from torch import nn
    net = nn.Sequential(nn.Linear(3, 4), nn.LazyLinear(2))
    got = pending(net)
    assert got is not None, 'pending(net) returned None: expected a list of names'
    assert list(got) == ['1.bias', '1.weight'], f"pending: expected ['1.bias', '1.weight'], got {got}"
    got = lazy_report(net, torch.zeros(1, 3))
    assert got is not None, 'lazy_report(net, x) returned None: expected a list of triples'
    expected = [('0.weight', (4, 3), (4, 3)), ('0.bias', (4,), (4,))]
    expected += [('1.weight', None, (2, 4)), ('1.bias', None, (2,))]
    assert [tuple(row) for row in got] == expected, f'lazy_report: expected {expected}, got {got}'

    def refuse(weight):
        raise LookupError('init_fn was called')
    try:
        init_when_ready(nn.Linear(2, 2), refuse)
    except LookupError:
        return
    raise AssertionError('init_when_ready(nn.Linear(2, 2), init_fn) should call init_fn at once')

@test_case(points=2, hidden=True, 
    failure_message="For some network the report is not right, or the caller's network is changed by it. Is the bias of a lazy layer known beforehand?")
def test_reports(pending, lazy_report):

    def probe(pending, lazy_report, build, shape):
        import torch
        from torch import nn
        net = build(nn)
        x = torch.randn(shape)
        names = list(pending(net))
        kinds = [type(layer).__name__ for layer in net.modules()]
        report = [tuple(row) for row in lazy_report(net, x)]
        numbers = {name: b.clone() for name, b in net.named_buffers() if not nn.parameter.is_lazy(b)}
        kept = kinds == [type(layer).__name__ for layer in net.modules()] and names == list(pending(net))
        grads = all((p.grad is None for p in net.parameters()))
        lazy_report(net, x)
        kept = kept and all((torch.equal(b, numbers[name]) for name, b in net.named_buffers() if name in numbers))
        before = dict(net.named_parameters())
        before = {name: None if name in names else tuple(p.shape) for name, p in before.items()}
        net(x)
        oracle = [(name, before[name], tuple(p.shape)) for name, p in net.named_parameters()]
        return (names, report, oracle, kept and grads, list(pending(net)))
    cases = [(lambda nn: nn.Sequential(nn.Linear(20, 20)), (2, 20), 0), (lambda nn: nn.LazyLinear(20), (2, 20), 2), (lambda nn: nn.LazyLinear(5, bias=False), (1, 3), 1), (lambda nn: nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.LazyLinear(3), nn.Linear(3, 1)), (4, 6), 2), (lambda nn: nn.Sequential(nn.LazyConv2d(4, 3), nn.Flatten(), nn.LazyLinear(7)), (2, 3, 5, 6), 4), (lambda nn: nn.Sequential(nn.Sequential(nn.LazyLinear(4)), nn.BatchNorm1d(4)), (5, 3), 2)]
    for build, shape, count in cases:
        names, report, oracle, kept, left = inside(probe)(pending, lazy_report, build, shape)
        assert names == sorted(names) and len(names) == count and (left == [])
        assert names == sorted((name for name, before, _ in oracle if before is None))
        assert report == oracle and kept

@test_case(points=2, hidden=True, 
    failure_message="Each weight should be filled exactly once, as soon as it has a shape, and neither biases nor other parameters.")
def test_filled_once(init_when_ready):

    def probe(init_when_ready):
        import torch
        from torch import nn
        calls = []

        def fill(weight):
            calls.append(tuple(weight.shape))
            with torch.no_grad():
                weight.fill_(7.0)
        net = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.LazyLinear(3), nn.Sequential(nn.LazyLinear(2)))
        net.register_parameter('weight', nn.Parameter(torch.ones(4)))
        net.register_parameter('gain_weight', nn.Parameter(torch.ones(9)))
        answer = init_when_ready(net, fill)
        stages = [list(calls)]
        x = torch.randn(4, 6)
        for _ in range(3):
            net(x)
            stages.append(list(calls))
            with torch.no_grad():
                net[0].weight.fill_(1.0)
                net[2].weight.fill_(1.0)
        weights = [float(w) for w in (net[0].weight.max(), net[2].weight.max(), net[3][0].weight.min())]
        biases = [bool((layer.bias == 7).any()) for layer in (net[0], net[2], net[3][0])]
        owned = dict(net.named_parameters())['2.weight'] is net[2].weight
        ready = nn.Sequential(nn.Linear(2, 2))
        once = []
        init_when_ready(ready, lambda weight: once.append(1))
        ready(torch.zeros(1, 2))
        return (answer, stages, weights, biases, owned, len(once), bool((net.gain_weight == 1).all()))
    answer, stages, weights, biases, owned, once, kept = inside(probe)(init_when_ready)
    now, later = ([(4,), (5, 6)], [(2, 3), (3, 5)])
    assert answer is None and sorted(stages[0]) == now
    assert all((stage[:2] == stages[0] and sorted(stage[2:]) == later for stage in stages[1:]))
    assert weights == [1.0, 1.0, 7.0] and (not any(biases)) and owned and (once == 1) and kept

@test_case(points=2, hidden=True, 
    failure_message="The values of layers that were ready are lost in the first call, or those of open layers are not there after it. A layer must keep its own width, too.")
def test_values_after_first_call(init_when_ready, pending):

    def probe(init_when_ready, pending, x):
        import torch
        from torch import nn
        net = nn.Sequential(nn.LazyLinear(4), nn.Linear(4, 3), nn.LazyLinear(2))
        bias = net[1].bias.detach().clone()
        init_when_ready(net, nn.init.ones_)
        waiting = list(pending(net))
        with torch.no_grad():
            net[1].weight.mul_(2)
        net(x)
        state = {name: p.detach() for name, p in net.named_parameters()}
        return (waiting, list(pending(net)), state, torch.equal(bias, net[1].bias))
    import torch
    waiting, left, state, kept = inside(probe)(init_when_ready, pending, torch.randn(3, 6))
    assert waiting == ['0.bias', '0.weight', '2.bias', '2.weight'] and left == [] and kept
    assert torch.equal(state['0.weight'], torch.ones(4, 6)) and torch.equal(state['1.weight'], 2 * torch.ones(3, 4))
    assert torch.equal(state['2.weight'], torch.ones(2, 3))
    assert (state['2.bias'] != 1).all()

