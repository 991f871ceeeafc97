from otter.test_files import test_case

OK_FORMAT = False

name = "q22_training_loop"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="new_network(5, 0) is a module with five outputs; one epoch of one batch gives the loss [1.0] and the rate [0.1] for zero weights and targets of one.")
def test_one_epoch(new_network, train, train_binary):
    import torch
    from torch import nn
    net = new_network(5, 0)
    assert isinstance(net, nn.Module), 'new_network(5, 0) should be an nn.Module'
    shape = tuple(net(torch.zeros(3, 10)).shape)
    assert shape == (3, 5), f'new_network(5, 0): three inputs should give shape (3, 5), got {shape}'
    zero = nn.Linear(2, 1)
    nn.init.zeros_(zero.weight)
    nn.init.zeros_(zero.bias)
    got = train(zero, torch.ones(4, 2), torch.ones(4, 1), nn.functional.mse_loss, 1, False)
    assert got is not None, 'train(...) returned None: expected (losses, rates)'
    assert len(got) == 2, 'train should return (losses, rates)'
    assert list(got[0]) == [1.0], f'losses: expected [1.0], got {got[0]}'
    assert list(got[1]) == [0.1], f'rates: expected [0.1], got {got[1]}'
    got = train_binary(torch.zeros(10, 10), torch.ones(10, 1), 0, 1)
    assert got is not None, 'train_binary(...) returned None: expected (losses, predict)'
    assert len(got) == 2 and len(got[0]) == 1, 'train_binary should return (losses, predict), with one loss per epoch'
    shape = tuple(got[1](torch.zeros(3, 10)).shape)
    assert shape == (3, 1), f'predict: three inputs should give shape (3, 1), got {shape}'

@test_case(points=1, hidden=True, 
    failure_message="The network has not the asked layers or starting values. The variance follows the number of inputs of each layer.")
def test_starting_values(new_network):
    import torch

    def parameters(new_network, outputs, seed):
        net = new_network(outputs, seed)
        kinds = [type(part).__name__ for part in net]
        return (kinds, [p.detach() for p in net.parameters()])
    pooled = [[], [], []]
    for outputs in (5, 1):
        for seed in range(10):
            kinds, found = inside(parameters)(new_network, outputs, seed)
            assert kinds == ['Linear', 'ReLU', 'Linear', 'ReLU', 'Linear']
            shapes = [(40, 10), (40,), (40, 40), (40,), (outputs, 40), (outputs,)]
            assert [tuple(p.shape) for p in found] == shapes and all((p.dtype == torch.float32 for p in found))
            assert all((bool((b == 0).all()) for b in found[1::2]))
            for k in range(3):
                pooled[k].append(found[2 * k].flatten())
    again = inside(parameters)(new_network, 1, 9)[1]
    assert all((torch.equal(a, b) for a, b in zip(again, found))) and (not torch.equal(pooled[0][0], pooled[0][1]))
    for weights, inputs in zip(pooled, (10, 40, 40)):
        w = torch.cat(weights).double()
        assert 0.8 < w.var().item() * inputs / 2 < 1.25 and abs(w.mean().item()) < 0.2 * w.std().item()
        assert w.abs().max().item() > 2.5 * w.std().item()

@test_case(points=2, hidden=True, 
    failure_message="Losses or rates differ from those of a loop written out by hand, or the order of the examples is not as asked. What must happen before each backward pass, and how often is the rate halved?")
def test_loop_by_hand(train):
    import copy
    import torch
    from torch import nn
    torch.manual_seed(638)
    for n, epochs, loss in ((23, 21, nn.functional.mse_loss), (10, 3, nn.functional.l1_loss), (40, 11, nn.functional.mse_loss)):
        net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()
        x, y = (torch.randn(n, 3).double(), torch.randn(n, 2).double())
        hand = copy.deepcopy(net)
        parameters = list(hand.parameters())
        speed = [torch.zeros_like(p) for p in parameters]
        losses, rates = ([], [])
        for epoch in range(epochs):
            rates.append(0.1 * 0.5 ** (epoch // 10))
            batches = []
            for start in range(0, n, 10):
                value = loss(hand(x[start:start + 10]), y[start:start + 10])
                batches.append(value.item())
                with torch.no_grad():
                    for p, v, g in zip(parameters, speed, torch.autograd.grad(value, parameters)):
                        v.mul_(0.9).add_(g)
                        p -= rates[-1] * v
            losses.append(sum(batches) / len(batches))
        got = train(net, x, y, loss, epochs, False)
        assert len(got[0]) == len(got[1]) == epochs
        assert all((abs(a - b) < 1e-08 for a, b in zip(got[0], losses)))
        assert all((abs(a - b) < 1e-12 for a, b in zip(got[1], rates)))

    def orders(train, shuffle):
        import torch
        from torch import nn
        net, seen = (nn.Linear(1, 1), [])
        start = net.weight.item()
        net.register_forward_hook(lambda module, args, output: seen.append(args[0].flatten().tolist()))
        x = torch.arange(25.0)[:, None] / 100
        train(net, x, x, nn.functional.mse_loss, 3, shuffle)
        return ([[round(100 * v) for v in batch] for batch in seen], net.weight.item() != start)
    for shuffle in (False, True):
        batches, moved = inside(orders)(train, shuffle)
        assert [len(batch) for batch in batches] == [10, 10, 5] * 3 and moved is True
        epochs = [sum(batches[k:k + 3], []) for k in (0, 3, 6)]
        assert all((sorted(epoch) == list(range(25)) for epoch in epochs))
        assert (epochs[0] == list(range(25))) is not shuffle and (epochs[0] == epochs[1]) is not shuffle
    pairs = []
    for seed in (0, 1, 0):
        torch.manual_seed(seed)
        pairs.append(train(copy.deepcopy(net), x, y, nn.functional.mse_loss, 2, True)[0])
    assert pairs[0] == pairs[2] and pairs[0] != pairs[1]

@test_case(points=1, hidden=True, 
    failure_message="The classifier does not learn random labels, or its losses are not the binary cross-entropy of its probabilities, or the examples are not shuffled. Where does the sigmoid stand?")
def test_two_classes(train_binary, new_network, train):
    import torch
    generator = torch.Generator().manual_seed(639)
    x = torch.randn(100, 10, generator=generator)
    y = (torch.randn(100, 1, generator=generator) > 0).float()
    losses, predict = train_binary(x, y, 3, 50)
    p = predict(x)
    assert p.shape == y.shape and (not p.requires_grad) and bool((p >= 0).all()) and bool((p <= 1).all())
    own = torch.nn.functional.binary_cross_entropy(p, y).item()
    accuracy = ((p > 0.5) == (y > 0.5)).float().mean().item()
    assert len(losses) == 50 and losses[-1] < 0.1 and (accuracy >= 0.95)
    assert abs(own / losses[-1] - 1) < 0.2
    in_order = train(new_network(1, 3), x, y, torch.nn.functional.binary_cross_entropy_with_logits, 1, False)[0]
    assert abs(in_order[0] - losses[0]) > 1e-05
    again = train_binary(x, y, 3, 2)[0]
    assert abs(again[0] - losses[0]) < 1e-06 and abs(train_binary(x, y, 4, 2)[0][0] - losses[0]) > 0.0001

