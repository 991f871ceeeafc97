from otter.test_files import test_case

OK_FORMAT = False

name = "q9_tied_layers"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="tied_mlp has 6 parameter tensors with 249 numbers; train returns one loss per step; untied_grads two tensors of shape (8, 8).")
def test_shapes(tied_mlp, train, untied_grads):
    import torch
    from torch import nn
    net = tied_mlp(0)
    assert net is not None, 'tied_mlp(0) returned None: expected an nn.Sequential'
    assert isinstance(net, nn.Sequential) and len(net) == 7, 'tied_mlp should return an nn.Sequential of 7 layers'
    sizes = [p.numel() for p in net.parameters()]
    assert len(sizes) == 6 and sum(sizes) == 249, f'expected 6 tensors with 249 numbers, got sizes {sizes}'
    x, y = (torch.ones(4, 20), torch.ones(4, 1))
    losses = train(net, x, y, 3, 0.1)
    assert losses is not None, 'train(...) returned None: expected a list of losses'
    assert isinstance(losses, list) and len(losses) == 3, 'train should return a list with one loss per step'
    assert all((isinstance(loss, float) for loss in losses)), 'the losses should be Python floats'
    grads = untied_grads(net, x, y)
    assert grads is not None, 'untied_grads(...) returned None: expected two tensors'
    assert isinstance(grads, (tuple, list)) and len(grads) == 2, 'untied_grads should return a pair of tensors'
    shapes = [tuple(grad.shape) for grad in grads]
    assert shapes == [(8, 8), (8, 8)], f'untied_grads: expected shapes (8, 8) and (8, 8), got {shapes}'

@test_case(points=1, hidden=True, 
    failure_message="The layers are not as asked. One layer object stands at two places, before and after training, and the seed decides the starting values.")
def test_tied_network(tied_mlp, train):

    def probe(tied_mlp, train, x, y):
        import torch
        net = tied_mlp(3)
        names = [type(layer).__name__ for layer in net]
        start = {name: p.detach().clone() for name, p in net.named_parameters()}
        again = all((torch.equal(p, q) for p, q in zip(net.parameters(), tied_mlp(3).parameters())))
        other = all((torch.equal(p, q) for p, q in zip(net.parameters(), tied_mlp(4).parameters())))
        out = net(x).detach()
        train(net, x, y, 5, 0.1)
        moved = not torch.equal(start['2.weight'], net[2].weight)
        return (names, start, out, again, other, moved, net[2] is net[4], torch.equal(net[2].weight, net[4].weight))
    import torch
    rng = torch.Generator().manual_seed(98)
    x, y = (torch.randn(64, 20, generator=rng), torch.randn(64, 1, generator=rng))
    names, p, out, again, other, moved, same, equal = inside(probe)(tied_mlp, train, x, y)
    assert names == ['Linear', 'ReLU'] * 3 + ['Linear']
    assert again and (not other) and moved and same and equal
    h = (x @ p['0.weight'].T + p['0.bias']).clamp(min=0)
    for _ in range(2):
        h = (h @ p['2.weight'].T + p['2.bias']).clamp(min=0)
    assert torch.allclose(out, h @ p['6.weight'].T + p['6.bias'], atol=1e-05)

@test_case(points=1.5, hidden=True, 
    failure_message="The losses are not those of gradient descent on the mean squared error, or nothing is learned. Which gradients count?")
def test_losses(tied_mlp, train):

    def probe(train, x, y, w, steps, lr, stale):
        import torch
        from torch import nn
        net = nn.Sequential(nn.Linear(3, 1, bias=False)).double()
        with torch.no_grad():
            net[0].weight.copy_(w)
        if stale:
            net[0].weight.grad = torch.full((1, 3), 100.0, dtype=torch.float64)
        return (train(net, x, y, steps, lr), net[0].weight.detach())

    def learn(tied_mlp, train, x, y, seed):
        return train(tied_mlp(seed), x, y, 500, 0.1)
    import torch
    rng = torch.Generator().manual_seed(99)
    x, y = (torch.randn(n, generator=rng, dtype=torch.float64) for n in ((6, 3), (6, 1)))
    w = torch.randn(1, 3, generator=rng, dtype=torch.float64)
    for stale in (False, True):
        losses, end = inside(probe)(train, x, y, w, 4, 0.2, stale)
        v = w.clone()
        for loss in losses:
            residual = x @ v.T - y
            assert abs(loss - residual.square().mean().item()) < 1e-10
            v = v - 0.2 * (2 / 6) * residual.T @ x
        assert len(losses) == 4 and torch.allclose(end, v, rtol=0, atol=1e-10)
    for seed in range(3):
        x = torch.randn(64, 20, generator=rng)
        y = x @ torch.randn(20, 1, generator=rng) / 20 ** 0.5
        losses = inside(learn)(tied_mlp, train, x, y, seed)
        assert losses[0] > 3 * losses[-1] > 0

@test_case(points=1.5, hidden=True, 
    failure_message="The two contributions do not add up to the gradient of the shared weight, are exchanged, or the network is changed.")
def test_two_contributions(untied_grads, tied_mlp):

    def probe(untied_grads, tied_mlp, x, y, seed):
        import torch
        from torch import nn
        net = tied_mlp(seed)
        nn.functional.mse_loss(net(x), y).backward()
        total = net[2].weight.grad.clone()
        grads = [p.grad.clone() for p in net.parameters()]
        found = untied_grads(net, x, y)
        kept = all((torch.equal(p.grad, grad) for p, grad in zip(net.parameters(), grads))) and net[2] is net[4]
        return (total, tuple((grad.detach() for grad in found)), kept, [p.detach() for p in net.parameters()])
    import torch
    rng = torch.Generator().manual_seed(100)
    for seed in range(4):
        x, y = (torch.randn(16, 20, generator=rng), 3 * torch.randn(16, 1, generator=rng))
        total, (first, second), kept, parameters = inside(probe)(untied_grads, tied_mlp, x, y, seed)
        w0, b0, w, b, w6, b6 = parameters
        h1 = (x @ w0.T + b0).clamp(min=0)
        z2 = h1 @ w.T + b
        h2 = z2.clamp(min=0)
        z4 = h2 @ w.T + b
        delta4 = 2 / 16 * (z4.clamp(min=0) @ w6.T + b6 - y) @ w6 * (z4 > 0)
        assert torch.allclose(second, delta4.T @ h2, atol=2e-05)
        assert torch.allclose(first, (delta4 @ w * (z2 > 0)).T @ h1, atol=2e-05)
        assert torch.allclose(first + second, total, atol=2e-05) and kept
        assert first.abs().max() > 0.001 and second.abs().max() > 0.001

