from otter.test_files import test_case

OK_FORMAT = False

name = "q2_scalars"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="Three examples with loss 1 and one with loss 5 have mean loss 2, as a Python float; scalar_facts holds six booleans.")
def test_two_batches(running_mean_loss, scalar_facts):
    import torch
    from torch import nn
    batches = [(torch.ones(3, 1), torch.zeros(3, 1)), (torch.full((1, 1), 5.0), torch.zeros(1, 1))]
    got = running_mean_loss(nn.Identity(), batches, nn.L1Loss())
    assert got is not None, 'running_mean_loss(...) returned None: expected a float'
    assert isinstance(got, float), f'running_mean_loss should return a Python float, got a {type(got).__name__}'
    assert abs(got - 2) < 1e-06, f'3 examples with loss 1 and 1 with loss 5: expected 2, got {got}'
    assert isinstance(scalar_facts, dict), 'scalar_facts should be a dictionary'
    keys = ['loop_needs_item', 'same_result', 'vector_condition_works', 'vmap_without_item']
    for key in (*keys, 'json_takes_tensors', 'list_keeps_graphs'):
        assert isinstance(scalar_facts.get(key), bool), f'scalar_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements is decided wrongly. Run the lines; they are short.")
def test_scalar_facts(scalar_facts):
    import json
    import weakref
    import torch

    def works(action):
        try:
            action()
        except Exception:
            return False
        return True

    def halve(x):
        for _ in range(1000):
            if not x.norm() > 1:
                return x
            x = x / 2
        raise RuntimeError('never ends')

    def halve_item(x):
        while x.norm().item() > 1:
            x = x / 2
        return x

    class Canary:
        pass
    seen = []

    def pack(tensor):
        canary = Canary()
        seen.append(weakref.ref(canary))
        return canary
    w, kept = (torch.ones(3, requires_grad=True), [])
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda canary: None):
        for _ in range(3):
            kept.append((w ** 2).sum())
    x = torch.randn(4, 7, generator=torch.Generator().manual_seed(91)) * 50
    vector = torch.tensor([4.0, 0.5, 2.0])
    assert scalar_facts['loop_needs_item'] is (not works(lambda: halve(x)))
    assert scalar_facts['same_result'] is torch.equal(halve(x), halve_item(x))
    assert scalar_facts['vector_condition_works'] is works(lambda: bool(vector > 1))
    assert scalar_facts['vmap_without_item'] is works(lambda: torch.func.vmap(halve)(x))
    assert scalar_facts['json_takes_tensors'] is works(lambda: json.dumps({'loss': kept[0]}))
    assert scalar_facts['list_keeps_graphs'] is all((canary() is not None for canary in seen))

@test_case(points=1, hidden=True, 
    failure_message="The mean is not that over all examples. Batches may have different sizes, and batches may be a generator.")
def test_mean_over_examples(running_mean_loss):
    import torch
    from torch import nn
    rng = torch.Generator().manual_seed(92)
    for sizes in ((5,), (1,), (4, 4, 4), (7, 7, 2), (1, 9, 3, 1), (64, 1)):
        for loss_fn in (nn.MSELoss(), nn.L1Loss(), lambda f, y: (f.square() + 2 * y.square()).mean()):
            net = nn.Linear(3, 2)
            x = [3 * torch.randn(n, 3, generator=rng) for n in sizes]
            y = [3 * torch.randn(n, 2, generator=rng) for n in sizes]
            got = running_mean_loss(net, list(zip(x, y)), loss_fn)
            with torch.no_grad():
                expected = loss_fn(net(torch.cat(x)), torch.cat(y)).item()
            assert type(got) is float and abs(got - expected) <= 1e-05 * abs(expected)

@test_case(points=2, hidden=True, 
    failure_message="While batch after batch is drawn, old graphs stay in memory, or the batches are not drawn one by one, or the network is called more than once or changed.")
def test_no_graph_is_kept(running_mean_loss):

    def probe(running_mean_loss, training):
        import weakref
        import torch
        from torch import nn

        class Canary:
            pass
        net = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1))
        net.train(training)
        alive, held, calls, drawn = ([], [], [], [])
        net.register_forward_hook(lambda *_: calls.append(1))

        def pack(tensor):
            canary = Canary()
            alive[-1].append(weakref.ref(canary))
            return canary

        def batches():
            for i in range(7):
                drawn.append(len(calls))
                if i >= 2:
                    held.append(any((canary() is not None for canary in alive[i - 2])))
                alive.append([])
                x = torch.randn(4, 3)
                yield (x, x.sum(dim=1, keepdim=True))
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda canary: None):
            running_mean_loss(net, batches(), nn.MSELoss())
        same = net.training is training and all((p.requires_grad and p.grad is None for p in net.parameters()))
        return (any(held), drawn, same)
    for training in (True, False):
        held, drawn, same = inside(probe)(running_mean_loss, training)
        assert not held and drawn == list(range(7)) and same

