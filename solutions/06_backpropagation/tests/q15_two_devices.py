from otter.test_files import test_case

OK_FORMAT = False

name = "q15_two_devices"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="Two stages that multiply by 2 and by 3 have, for x = 1 and the loss f, the gradients 3 and 2; two stages and one chunk are idle for half of the ticks; split_facts holds six booleans.")
def test_two_numbers(two_stage_gradients, accumulated_gradients, remedies, idle_share, split_facts):
    import torch

    def scale(weight):
        module = torch.nn.Linear(1, 1, bias=False).double()
        module.load_state_dict({'weight': torch.tensor([[weight]], dtype=torch.float64)})
        return module
    one = torch.ones(1, 1, dtype=torch.float64)
    got = two_stage_gradients(scale(2.0), scale(3.0), one, one, lambda f, y: f.sum())
    assert got is not None, 'two_stage_gradients(...) returned None: expected a list of tensors'
    assert len(got) == 2, f'two_stage_gradients: expected two gradients, got {len(got)}'
    values = [g.item() for g in got]
    assert values == [3, 2], f'two_stage_gradients: expected [3, 2], got {values}'
    got = accumulated_gradients(scale(2.0), lambda f, y: f.sum(), torch.cat([one, 3 * one]), one, 2)
    assert got is not None, 'accumulated_gradients(...) returned None: expected a list of tensors'
    assert len(got) == 1 and got[0].item() == 2, f'mean over the rows 1 and 3: expected [2], got {got}'
    assert isinstance(remedies(1, 1, 1, 1, 1), (set, frozenset)), 'remedies should return a set of names'
    got = idle_share(2, 1)
    assert got is not None, 'idle_share(2, 1) returned None: expected a float'
    assert got == 0.5, f'idle_share(2, 1): expected 0.5, got {got}'
    keys = ['splitting_layers_changes_gradient', 'smaller_batch_is_noisier', 'accumulation_equals_batch']
    assert isinstance(split_facts, dict), 'split_facts should be a dictionary'
    for key in keys + ['batch_norm_accumulates', 'more_chunks_less_idle', 'data_parallel_shrinks_weights']:
        assert isinstance(split_facts.get(key), bool), f'split_facts[{key!r}] should be True or False'

@test_case(points=1.5, hidden=True, 
    failure_message="The gradients of the two stages are wrong, or the second stage sees the graph of the first, or .grad is written. What comes back over the border?")
def test_border(two_stage_gradients):
    import torch
    from torch import nn

    def watch(two_stage_gradients, first, second, x, y, loss):
        seen = []
        second.register_forward_hook(lambda module, args, output: seen.append(args[0].grad_fn is None))
        got = [g.detach() for g in two_stage_gradients(first, second, x, y, loss)]
        clean = all((p.grad is None for module in (first, second) for p in module.parameters()))
        return (got, seen, clean)
    torch.manual_seed(622)
    for n, widths in ((6, (3, 5, 4, 2)), (1, (2, 2, 3, 1)), (9, (1, 7, 2, 4))):
        a, b, c, d = widths
        first = nn.Sequential(nn.Linear(a, b), nn.Tanh(), nn.Linear(b, b), nn.ReLU()).double()
        second = nn.Sequential(nn.Linear(b, c), nn.Tanh(), nn.Linear(c, d)).double()
        x, y = (torch.randn(n, a, dtype=torch.float64), torch.randn(n, d, dtype=torch.float64))
        for loss in (nn.functional.mse_loss, lambda f, y: (f * y).sum().exp()):
            parameters = [*first.parameters(), *second.parameters()]
            expected = torch.autograd.grad(loss(second(first(x)), y), parameters)
            got, seen, clean = inside(watch)(two_stage_gradients, first, second, x, y, loss)
            assert seen and all(seen) and (clean is True) and (len(got) == len(expected))
            for g, e in zip(got, expected):
                assert g.shape == e.shape and torch.allclose(g, e, rtol=1e-09, atol=1e-12)

@test_case(points=1, hidden=True, 
    failure_message="The accumulated gradient is not that of the mean over all rows, or rows are used twice or too many at a time, or .grad is written. Is a short last chunk worth as much as the others?")
def test_accumulation(accumulated_gradients):
    import torch
    from torch import nn

    def watch(accumulated_gradients, net, loss_sum, x, y, chunk):
        sizes = []
        net.register_forward_hook(lambda module, args, output: sizes.append(len(args[0])))
        got = [g.detach() for g in accumulated_gradients(net, loss_sum, x, y, chunk)]
        return (got, sizes, all((p.grad is None for p in net.parameters())))
    torch.manual_seed(623)
    net = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2)).double()
    for n, chunk in ((12, 5), (12, 4), (7, 1), (3, 10), (1, 1), (31, 7)):
        x, y = (torch.randn(n, 3, dtype=torch.float64), torch.randn(n, 2, dtype=torch.float64))
        expected = torch.autograd.grad(((net(x) - y) ** 2).sum(dim=1).mean(), list(net.parameters()))
        got, sizes, clean = inside(watch)(accumulated_gradients, net, lambda f, y: ((f - y) ** 2).sum(), x, y, chunk)
        assert max(sizes) <= chunk and sum(sizes) == n and (clean is True) and (len(got) == len(expected))
        for g, e in zip(got, expected):
            assert g.shape == e.shape and torch.allclose(g, e, rtol=1e-09, atol=1e-12)

@test_case(points=1.5, hidden=True, 
    failure_message="remedies or idle_share is wrong for some numbers, or at least one of the six statements is. What exactly does each remedy divide?")
def test_costs_and_facts(remedies, idle_share, split_facts):
    import random
    import torch
    from torch import nn

    def fits(weights, per_example, batch, memory, devices):
        """The memory that each device needs, in devices-th parts of a GB; examples are dealt like cards."""
        hands = [0] * devices
        for example in range(batch):
            hands[example % devices] += 1
        needs = {'data_parallel': devices * max((weights + hand * per_example for hand in hands)), 'smaller_batch': devices * (weights + per_example), 'split_layers': weights + sum((per_example for _ in range(batch))), 'split_and_accumulate': weights + per_example}
        return {name for name in needs if needs[name] <= devices * memory}
    draw, seen = (random.Random(624), set())
    cases = [(8, 2, 4, 16, 1), (8, 2, 4, 15, 1), (8, 2, 5, 14, 2), (8, 2, 5, 13, 2), (8, 2, 5, 9, 2), (8, 2, 5, 8, 2)]
    cases += [(8, 2, 5, 10, 2), (8, 2, 5, 5, 2), (8, 2, 5, 4, 2), (20, 2, 6, 16, 2), (20, 2, 6, 15, 2)]
    cases += [tuple((draw.randint(1, top) for top in (40, 8, 20, 60, 8))) for _ in range(300)]
    for case in cases:
        expected = fits(*case)
        seen.add(frozenset(expected))
        assert remedies(*case) == expected
    assert len(seen) >= 6

    def simulate(stages, chunks):
        """Ticks in which a stage works, tick by tick, over all ticks of all stages."""
        done, ticks, busy = ([0] * stages, 0, 0)
        while done[-1] < chunks:
            ready = [chunks] + done[:-1]
            working = [k for k in range(stages) if done[k] < ready[k]]
            for k in working:
                done[k] += 1
            ticks, busy = (ticks + 1, busy + len(working))
        return 1 - busy / (ticks * stages)
    shares = {(s, m): simulate(s, m) for s in (1, 2, 3, 8) for m in (1, 2, 5, 32)}
    for (stages, chunks), share in shares.items():
        assert abs(idle_share(stages, chunks) - share) < 1e-09
    torch.manual_seed(625)
    x, y = (torch.randn(64, 3, dtype=torch.float64), torch.randn(64, 1, dtype=torch.float64))

    def gradient(net, rows):
        return torch.autograd.grad(((net(x[rows]) - y[rows]) ** 2).mean(), net[0].weight)[0]

    def in_halves_as_whole(net):
        halves = (gradient(net, slice(0, 32)) + gradient(net, slice(32, 64))) / 2
        return torch.allclose(halves, gradient(net, slice(0, 64)), rtol=0, atol=1e-09)
    plain = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    normed = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1)).double()
    scatter = {size: torch.stack([gradient(plain, torch.randperm(64)[:size]) for _ in range(200)]).var(dim=0).sum().item() for size in (4, 32)}
    cuts = []
    for cut in (1, 2):
        sent = plain[:cut](x)
        received = sent.detach().requires_grad_()
        border = torch.autograd.grad(((plain[cut:](received) - y) ** 2).mean(), received)[0]
        cuts.append(torch.autograd.grad(sent, plain[0].weight, border)[0])
    assert split_facts['splitting_layers_changes_gradient'] is (not torch.allclose(*cuts))
    assert split_facts['smaller_batch_is_noisier'] is (scatter[4] > scatter[32])
    assert split_facts['accumulation_equals_batch'] is in_halves_as_whole(plain)
    assert split_facts['batch_norm_accumulates'] is in_halves_as_whole(normed)
    assert split_facts['more_chunks_less_idle'] is (shares[8, 32] < shares[8, 5] < shares[8, 1])
    assert split_facts['data_parallel_shrinks_weights'] is ('data_parallel' in fits(20, 1, 8, 16, 8))

