from otter.test_files import test_case

OK_FORMAT = False

name = "q7_graph_layer"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="On the path with H = (3, 4, 5), omega = (1, -2) and beta = 10 the layer gives 5, 0, 7.")
def test_path(GraphLayer, equivariance_gap):
    import torch
    from torch import nn
    layer = GraphLayer(3, 2)
    assert isinstance(layer, nn.Module), 'GraphLayer(3, 2) should be a torch.nn.Module'
    for name, shape in (('omega', (2, 6)), ('beta', (2,))):
        assert hasattr(layer, name), f'GraphLayer(3, 2) has no parameter {name}'
        got = tuple(getattr(layer, name).shape)
        assert got == shape, f'GraphLayer(3, 2): {name} should have shape {shape}, got {got}'
    layer = GraphLayer(1, 1)
    layer.load_state_dict({'omega': torch.tensor([[1.0, -2.0]]), 'beta': torch.tensor([10.0])})
    path = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    out = layer(torch.tensor([[3.0], [4.0], [5.0]]), path)
    assert out is not None, 'forward returned None: expected a tensor of shape (3, 1)'
    assert tuple(out.shape) == (3, 1), f'forward: expected shape (3, 1), got {tuple(out.shape)}'
    out = out.detach().flatten()
    assert torch.allclose(out, torch.tensor([5.0, 0.0, 7.0]), atol=1e-05), f'expected 5, 0, 7, got {out.tolist()}'
    swap = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    doubled = torch.tensor([[3.0], [4.0], [5.0]])
    got = equivariance_gap(lambda H, A: 2 * H, doubled, path, swap)
    assert got is not None, 'equivariance_gap(...) returned None: expected a number'
    assert isinstance(got, (int, float)), 'equivariance_gap should return a float'
    assert got == 0, f'equivariance_gap of a layer that doubles H: expected 0, got {got}'

@test_case(points=1.5, hidden=True, 
    failure_message="The layer does not compute its formula for some graph. Work out one node of a directed graph by hand, and an isolated node.")
def test_node_by_node(GraphLayer):
    import torch

    def run(GraphLayer, sizes, omega, beta, graphs):
        layer = GraphLayer(*sizes).to(omega.dtype)
        layer.load_state_dict({'omega': omega, 'beta': beta})
        return [layer(H, A).detach() for H, A in graphs]
    rng = torch.Generator().manual_seed(163)
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-05)):
        for d_in, d_out in ((1, 1), (3, 2), (2, 5), (4, 4)):
            omega = torch.randn(d_out, 2 * d_in, generator=rng, dtype=dtype)
            beta = torch.randn(d_out, generator=rng, dtype=dtype)
            graphs = []
            for n in (1, 2, 5, 8):
                A = (torch.rand(n, n, generator=rng) < 0.5).to(dtype) * (1 - torch.eye(n, dtype=dtype))
                A[n // 2, :] = 0
                graphs.append((torch.randn(d_in, n, generator=rng, dtype=dtype).T, A))
            outs = inside(run)(GraphLayer, (d_in, d_out), omega, beta, graphs)
            for (H, A), out in zip(graphs, outs):
                assert out.dtype == dtype and tuple(out.shape) == (len(H), d_out)
                for m in range(len(H)):
                    arrives = torch.zeros(d_in, dtype=dtype)
                    for n in range(len(H)):
                        if A[m, n]:
                            arrives = arrives + H[n]
                    for j in range(d_out):
                        z = beta[j] + omega[j, :d_in].dot(H[m]) + omega[j, d_in:].dot(arrives)
                        assert abs(out[m, j] - max(z, 0.0)) <= tolerance * 30

@test_case(points=1.5, hidden=True, 
    failure_message="The parameters are not as asked, or the layer depends on the numbering of the nodes.")
def test_parameters(GraphLayer):
    import torch

    def probe(GraphLayer, H, A, P):
        import torch
        wide = GraphLayer(40, 50)
        shapes = {name: tuple(p.shape) for name, p in wide.named_parameters()}
        start = (float(wide.omega.detach().mean()), float(wide.omega.detach().std()), float(wide.beta.abs().max()))
        layer = GraphLayer(H.shape[1], 6).double()
        with torch.no_grad():
            layer.beta.normal_()
        gap = (P @ layer(H, A) - layer(P @ H, P @ A @ P.T)).abs().max()
        (layer(H, A) ** 2).sum().backward()
        reached = [p.grad is not None and bool(p.grad.any()) for p in layer.parameters()]
        return (shapes, start, float(gap), reached)
    rng = torch.Generator().manual_seed(164)
    A = (torch.rand(7, 7, generator=rng) < 0.4).double()
    P = torch.eye(7, dtype=torch.float64)[torch.randperm(7, generator=rng)]
    H = torch.randn(7, 3, generator=rng, dtype=torch.float64)
    shapes, (mean, std, largest), gap, reached = inside(probe)(GraphLayer, H, A, P)
    assert shapes == {'omega': (50, 80), 'beta': (50,)}
    assert abs(mean) < 0.15 and abs(std - 1) < 0.15 and (largest == 0)
    assert gap < 1e-12
    assert all(reached)

@test_case(points=1, hidden=True, 
    failure_message="equivariance_gap is wrong for some layer. The second call gets renumbered nodes and a renumbered graph, and a gap may have either sign.")
def test_gap(equivariance_gap):
    import torch
    rng = torch.Generator().manual_seed(165)
    layers = [lambda H, A: H * torch.arange(1.0, len(H) + 1, dtype=H.dtype)[:, None], lambda H, A: H + torch.triu(A) @ H, lambda H, A: H[:1].expand(len(H), -1), lambda H, A: torch.cumsum(H, dim=0), lambda H, A: A.T @ torch.tanh(A @ H), lambda H, A: H * (A @ A).diagonal()[:, None]]
    nonzero = 0
    for n, d in ((1, 1), (4, 2), (7, 3)):
        for layer in layers:
            H = torch.randn(n, d, generator=rng, dtype=torch.float64)
            A = (torch.rand(n, n, generator=rng) < 0.5).double()
            order = torch.randperm(n, generator=rng).tolist()
            P = torch.eye(n, dtype=torch.float64)[order]
            before = layer(H[order], A[order][:, order])
            after = layer(H, A)
            gap = max((abs(float(after[old, k] - before[new, k])) for new, old in enumerate(order) for k in range(d)))
            got = equivariance_gap(layer, H, A, P)
            assert isinstance(got, (int, float)) and abs(got - gap) < 1e-12
            nonzero += gap > 0.1
    assert nonzero >= 6

