from otter.test_files import test_case

OK_FORMAT = False

name = "q13_center"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="The rows (0, 10) and (2, 30) with beta (5, 7) become (4, -3) and (6, 17).")
def test_two_rows(Center):
    import torch
    layer = Center(2)
    names = [name for name, _ in layer.named_parameters()]
    assert names == ['beta'], f'Center(2) should have one parameter, beta, got {names}'
    assert 'running_mean' in layer.state_dict(), 'Center(2) should have a buffer running_mean'
    layer.load_state_dict({'beta': torch.tensor([5.0, 7.0]), 'running_mean': torch.zeros(2)})
    out = layer(torch.tensor([[0.0, 10.0], [2.0, 30.0]]))
    assert out is not None, 'forward returned None: expected a tensor of shape (N, D)'
    assert tuple(out.shape) == (2, 2), f'forward: expected shape (2, 2), got {tuple(out.shape)}'
    expected = [[4.0, -3.0], [6.0, 17.0]]
    assert torch.allclose(out.detach(), torch.tensor(expected)), f'expected {expected}, got {out.tolist()}'

@test_case(points=1.5, hidden=True, 
    failure_message="In one of the two modes the output or the running mean is not as asked. Which mean is used when, and when does it change?")
def test_both_modes(Center):

    def probe(Center, momentum, batches, single, beta):
        import torch
        layer = Center(batches[0].shape[1], momentum).to(single.dtype)
        with torch.no_grad():
            layer.beta.copy_(beta)
        out, means = ([], [layer.running_mean.clone()])
        for x in batches:
            out.append(layer(x).detach())
            means.append(layer.running_mean.clone())
        layer.eval()
        alone = layer(single).detach()
        return (out, means, alone, layer.running_mean.clone())
    import torch
    rng = torch.Generator().manual_seed(104)
    for dtype, tolerance in ((torch.float32, 1e-05), (torch.float64, 1e-12)):
        for momentum, d, sizes in ((0.1, 3, (8, 5)), (0.5, 1, (4, 4, 4)), (1.0, 6, (2,)), (0.0, 2, (3,)), (0.3, 4, (1, 9))):
            shift = 5 * torch.randn(d, generator=rng, dtype=dtype)
            batches = [torch.randn(n, d, generator=rng, dtype=dtype) + shift for n in sizes]
            single = torch.randn(1, d, generator=rng, dtype=dtype)
            beta = torch.randn(d, generator=rng, dtype=dtype)
            out, means, alone, last = inside(probe)(Center, momentum, batches, single, beta)
            running = [0.0] * d
            assert not means[0].any()
            for x, got, after in zip(batches, out, means[1:]):
                for j in range(d):
                    mean = sum(x[:, j].tolist()) / len(x)
                    running[j] = (1 - momentum) * running[j] + momentum * mean
                    for i in range(len(x)):
                        assert abs(got[i, j].item() - (x[i, j].item() - mean + beta[j].item())) < 10 * tolerance
                assert torch.allclose(after, torch.tensor(running, dtype=dtype), rtol=0, atol=10 * tolerance)
            expected = single[0] - torch.tensor(running, dtype=dtype) + beta
            assert torch.allclose(alone[0], expected, rtol=0, atol=10 * tolerance) and torch.equal(last, means[-1])

@test_case(points=1.5, hidden=True, 
    failure_message="The parameter or the buffer is not as asked, or a gradient is wrong. Does the mean depend on x, and may the buffer remember how it came about?")
def test_gradients(Center):

    def probe(Center, weights):
        import torch
        layer = Center(weights.shape[1]).double()
        scale = torch.full((1,), 3.0, dtype=torch.float64, requires_grad=True)
        x = torch.arange(weights.numel(), dtype=torch.float64).view_as(weights).requires_grad_()
        for _ in range(2):
            layer.zero_grad()
            x.grad = None
            (layer(scale * x) * weights).sum().backward()
        free = not layer.running_mean.requires_grad
        names = ([name for name, _ in layer.named_parameters()], [name for name, _ in layer.named_buffers()])
        start = Center(weights.shape[1])
        starts = [*start.state_dict().values()]
        changed = Center(2, 0.25)
        changed(torch.tensor([[4.0, 8.0]]))
        return (x.grad, layer.beta.grad, free, names, starts, changed.state_dict()['running_mean'])
    import torch
    weights = torch.randn(7, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(105))
    slope, beta_slope, free, names, starts, mean = inside(probe)(Center, weights)
    expected = 3 * (torch.eye(7, dtype=torch.float64) - 1 / 7) @ weights
    assert torch.allclose(slope, expected, rtol=0, atol=1e-10) and free
    assert torch.allclose(beta_slope, weights.sum(dim=0), rtol=0, atol=1e-10)
    assert names == (['beta'], ['running_mean'])
    assert all((tuple(start.shape) == (3,) and (not start.any()) for start in starts))
    assert mean.tolist() == [1.0, 2.0]

