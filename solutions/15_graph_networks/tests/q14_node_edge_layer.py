from otter.test_files import test_case

OK_FORMAT = False

name = "q14_node_edge_layer"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="On the path with h = 1, 2, 3, g = 4, 5, omega = 1, phi = 10 and beta = -30 the layer gives 13, 66 and 25.")
def test_path(NodeEdgeLayer):
    import torch
    from torch import nn
    layer = NodeEdgeLayer(1, 1, 1)
    assert isinstance(layer, nn.Module), 'NodeEdgeLayer(1, 1, 1) should be a torch.nn.Module'
    for name, shape in (('omega', (1, 1)), ('phi', (1, 1)), ('beta', (1,))):
        assert hasattr(layer, name), f'NodeEdgeLayer(1, 1, 1) has no parameter {name}'
        got = tuple(getattr(layer, name).shape)
        assert got == shape, f'NodeEdgeLayer(1, 1, 1): {name} should have shape {shape}, got {got}'
    state = {'omega': torch.tensor([[1.0]]), 'phi': torch.tensor([[10.0]]), 'beta': torch.tensor([-30.0])}
    layer.load_state_dict(state)
    H, G = (torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[4.0], [5.0]]))
    out = layer(H, G, torch.tensor([[0, 1], [1, 2]]))
    assert out is not None, 'forward returned None: expected a tensor of shape (3, 1)'
    assert tuple(out.shape) == (3, 1), f'forward: expected shape (3, 1), got {tuple(out.shape)}'
    got = out.detach().flatten()
    assert torch.allclose(got, torch.tensor([13.0, 66.0, 25.0]), atol=0.0001), f'expected 13, 66, 25, got {got.tolist()}'

@test_case(points=2, hidden=True, 
    failure_message="The layer does not compute its formula for some graph. Each edge counts at both of its ends, and a graph may have no edges.")
def test_node_by_node(NodeEdgeLayer):
    import torch

    def run(NodeEdgeLayer, sizes, state, graphs):
        layer = NodeEdgeLayer(*sizes).to(state['omega'].dtype)
        layer.load_state_dict(state)
        return [layer(*graph).detach() for graph in graphs]
    rng = torch.Generator().manual_seed(180)
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-05)):
        for d, d_edge, d_out in ((1, 1, 1), (4, 3, 5), (2, 6, 3)):
            state = {'omega': torch.randn(d_out, d, generator=rng, dtype=dtype)}
            state['phi'] = torch.randn(d_out, d_edge, generator=rng, dtype=dtype)
            state['beta'] = torch.randn(d_out, generator=rng, dtype=dtype)
            graphs = []
            for n, share in ((1, 0.0), (3, 0.0), (2, 1.0), (6, 0.5), (9, 0.3)):
                pairs = torch.tensor([(i, j) for i in range(n) for j in range(i)], dtype=torch.int64).reshape(-1, 2)
                pairs = pairs[torch.rand(len(pairs), generator=rng) < share]
                pairs = pairs[torch.randperm(len(pairs), generator=rng)]
                flip = torch.rand(len(pairs), generator=rng) < 0.5
                pairs[flip] = pairs[flip].flip(1)
                H = torch.randn(d, n, generator=rng, dtype=dtype).T
                graphs.append((H, torch.randn(len(pairs), d_edge, generator=rng, dtype=dtype), pairs.T))
            outs = inside(run)(NodeEdgeLayer, (d, d_edge, d_out), state, graphs)
            for (H, G, edges), out in zip(graphs, outs):
                assert out.dtype == dtype and tuple(out.shape) == (len(H), d_out)
                for n in range(len(H)):
                    near, at = (H[n].clone(), torch.zeros(d_edge, dtype=dtype))
                    for e, (i, j) in enumerate(edges.T.tolist()):
                        if n in (i, j):
                            near += H[i + j - n]
                            at += G[e]
                    for c in range(d_out):
                        z = state['beta'][c] + state['omega'][c] @ near + state['phi'][c] @ at
                        assert abs(out[n, c] - max(z, 0.0)) <= 30 * tolerance

@test_case(points=2, hidden=True, 
    failure_message="The parameters are not as asked, or the output depends on the numbering of nodes, the order of edges, or which end of an edge comes first.")
def test_symmetries(NodeEdgeLayer):
    import torch

    def probe(NodeEdgeLayer, H, G, edges, order, shuffle, flip):
        import torch
        wide = NodeEdgeLayer(40, 30, 50)
        shapes = {name: tuple(p.shape) for name, p in wide.named_parameters()}
        start = [float(wide.omega.mean()), float(wide.omega.std()), float(wide.phi.mean()), float(wide.phi.std())]
        start.append(float(wide.beta.abs().max()))
        layer = NodeEdgeLayer(H.shape[1], G.shape[1], 6).double()
        with torch.no_grad():
            layer.beta.normal_()
        out = layer(H, G, edges)
        shuffled = layer(H, G[shuffle], edges[:, shuffle])
        flipped = layer(H, G, torch.where(flip, edges.flip(0), edges))
        renumbered = layer(H[order], G, torch.argsort(order)[edges])
        (out ** 2).sum().backward()
        reached = [p.grad is not None and bool(p.grad.any()) for p in layer.parameters()]
        outs = [out, shuffled, flipped, out[order], renumbered]
        return (shapes, start, [t.detach() for t in outs], reached)
    rng = torch.Generator().manual_seed(181)
    edges = torch.tensor([[0, 1, 2, 3, 5, 1, 6], [1, 2, 0, 2, 3, 5, 0]])
    H = torch.randn(8, 3, generator=rng, dtype=torch.float64)
    G = torch.randn(7, 4, generator=rng, dtype=torch.float64)
    order, shuffle = (torch.randperm(8, generator=rng), torch.randperm(7, generator=rng))
    flip = torch.tensor([True, False, True, True, False, False, True])
    shapes, start, outs, reached = inside(probe)(NodeEdgeLayer, H, G, edges, order, shuffle, flip)
    assert shapes == {'omega': (50, 40), 'phi': (50, 30), 'beta': (50,)}
    assert abs(start[0]) < 0.15 and abs(start[1] - 1) < 0.15 and (abs(start[2]) < 0.15) and (abs(start[3] - 1) < 0.15)
    assert start[4] == 0
    out, shuffled, flipped, permuted, renumbered = outs
    assert torch.allclose(shuffled, out, rtol=0, atol=1e-12)
    assert torch.allclose(flipped, out, rtol=0, atol=1e-12)
    assert torch.allclose(renumbered, permuted, rtol=0, atol=1e-12)
    assert all(reached)

