from otter.test_files import test_case

OK_FORMAT = False

name = "q10_attention"
points = 6


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="With equal scores, a node at the end of the path takes half of its own value and half of its neighbour's; diagram is a set of pairs of box names.")
def test_equal_scores(GraphAttention, diagram):
    import torch
    from torch import nn
    layer = GraphAttention(2, 3, 1)
    assert isinstance(layer, nn.Module), 'GraphAttention(2, 3, 1) should be a torch.nn.Module'
    for name, width in (('q', 3), ('k', 3), ('v', 1)):
        assert hasattr(layer, name), f'GraphAttention(2, 3, 1) has no layer {name}'
        got = tuple(getattr(layer, name).weight.shape)
        assert got == (width, 2), f'the weight of {name} should have shape {(width, 2)}, got {got}'
    state = {'q.weight': torch.zeros(3, 2), 'k.weight': torch.zeros(3, 2), 'v.weight': torch.tensor([[1.0, 0.0]])}
    state |= {'q.bias': torch.zeros(3), 'k.bias': torch.zeros(3), 'v.bias': torch.zeros(1)}
    layer.load_state_dict(state)
    path = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    H = torch.tensor([[2.0, 9.0], [4.0, 9.0], [12.0, 9.0]])
    weights, out = (layer.attention(H, path), layer(H, path))
    assert weights is not None, 'attention(H, A) returned None: expected a tensor of shape (3, 3)'
    assert tuple(weights.shape) == (3, 3), f'attention: expected shape (3, 3), got {tuple(weights.shape)}'
    got = weights[0]
    assert torch.allclose(got, torch.tensor([0.5, 0.5, 0.0])), f'node 0: expected 0.5, 0.5, 0, got {got.tolist()}'
    assert out is not None, 'forward returned None: expected a tensor of shape (3, 1)'
    assert tuple(out.shape) == (3, 1), f'forward: expected shape (3, 1), got {tuple(out.shape)}'
    got = out.flatten()
    assert torch.allclose(got, torch.tensor([3.0, 6.0, 8.0])), f'forward: expected 3, 6, 8, got {got.tolist()}'
    assert isinstance(diagram, (set, frozenset)), 'diagram should be a set'
    boxes = {'H', 'A', 'Q', 'K', 'V', 'scores', 'masked scores', 'weights', 'output'}
    for arrow in diagram:
        assert isinstance(arrow, tuple) and len(arrow) == 2, f'an arrow should be a pair (from, to), got {arrow!r}'
        assert set(arrow) <= boxes, f'{arrow}: at least one of these is not the name of a box'

@test_case(points=2, hidden=True, 
    failure_message="Weights or outputs are wrong for some graph. Compute one node with a loop over itself and its neighbours; try a directed graph and large scores.")
def test_node_by_node(GraphAttention):
    import math
    import torch

    def run(GraphAttention, sizes, state, graphs):
        layer = GraphAttention(*sizes)
        layer = layer.to(state['q.weight'].dtype)
        layer.load_state_dict(state)
        return [(layer.attention(H, A).detach(), layer(H, A).detach()) for H, A in graphs]
    rng = torch.Generator().manual_seed(170)
    for dtype, tolerance in ((torch.float64, 1e-11), (torch.float32, 3e-05)):
        for d_in, d_k, d_v in ((1, 1, 1), (3, 2, 4), (2, 5, 3)):
            state = {}
            for name, width in (('q', d_k), ('k', d_k), ('v', d_v)):
                state[f'{name}.weight'] = torch.randn(width, d_in, generator=rng, dtype=dtype)
                state[f'{name}.bias'] = torch.randn(width, generator=rng, dtype=dtype)
            graphs = []
            for n, size in ((1, 1), (2, 1), (6, 1), (6, 60)):
                A = (torch.rand(n, n, generator=rng) < 0.4).to(dtype) * (1 - torch.eye(n, dtype=dtype))
                A[n - 1] = 0
                H = torch.randn(n, d_in, generator=rng, dtype=dtype)
                graphs.append((H if size == 1 else (size * H).round(), A))
            results = inside(run)(GraphAttention, (d_in, d_k, d_v), state, graphs)
            for (H, A), (weights, out) in zip(graphs, results):
                n = len(H)
                assert weights.dtype == dtype and tuple(weights.shape) == (n, n) and (tuple(out.shape) == (n, d_v))
                exact = {name: tensor.double() for name, tensor in state.items()}
                q, k, v = [(H.double() @ exact[f'{s}.weight'].T + exact[f'{s}.bias']).tolist() for s in 'qkv']
                for i in range(n):
                    group = [j for j in range(n) if j == i or A[i, j]]
                    scores = {j: math.fsum((a * b for a, b in zip(q[i], k[j]))) for j in group}
                    top = max(scores.values())
                    total = sum((math.exp(s - top) for s in scores.values()))
                    share = {j: math.exp(scores[j] - top) / total for j in group}
                    scale = 1 + max((abs(s) for s in scores.values()))
                    for j in range(n):
                        assert abs(weights[i, j].item() - share.get(j, 0.0)) <= tolerance * scale
                        assert j in group or weights[i, j] == 0
                    for c in range(d_v):
                        value = math.fsum((share[j] * v[j][c] for j in group))
                        width = 1 + max((abs(v[j][c]) for j in group))
                        assert abs(out[i, c].item() - value) <= 2 * tolerance * scale * width

@test_case(points=2, hidden=True, 
    failure_message="The layer does not have a property that it should have - locality, equivariance, ordinary attention on a complete graph, or parameters that learn.")
def test_properties(GraphAttention):
    import torch

    def probe(GraphAttention, sizes, H, A, P, moved):
        import torch
        layer = GraphAttention(*sizes).double()
        out = layer(H, A)
        names = sorted((name for name, _ in layer.named_parameters()))
        renumbered = layer(P @ H, P @ A @ P.T)
        complete = layer(H, 1 - torch.eye(len(H), dtype=H.dtype))
        plain = torch.nn.functional.scaled_dot_product_attention(layer.q(H), layer.k(H), layer.v(H), scale=1.0)
        lonely = layer(H, torch.zeros_like(A))
        values = layer.v(H)
        away = layer(moved, A)
        with_loops = layer(H, torch.maximum(A, torch.eye(len(H), dtype=H.dtype)))
        (out ** 2).sum().backward()
        learned = [n for n, p in layer.named_parameters() if p.grad is not None and bool(p.grad.any())]
        tensors = [out, P @ out, renumbered, complete, plain, lonely, values, away, with_loops]
        return ([t.detach() for t in tensors], names, learned)
    rng = torch.Generator().manual_seed(171)
    n = 7
    A = torch.zeros(n, n, dtype=torch.float64)
    for start, end in ((0, 1), (1, 2), (2, 0), (3, 2), (4, 3), (5, 6), (6, 5), (3, 5)):
        A[end, start] = 1
    P = torch.eye(n, dtype=torch.float64)[torch.randperm(n, generator=rng)]
    H = torch.randn(n, 3, generator=rng, dtype=torch.float64)
    moved = H.clone()
    moved[3] += 1
    tensors, names, learned = inside(probe)(GraphAttention, (3, 4, 2), H, A, P, moved)
    out, permuted, renumbered, complete, plain, lonely, values, away, with_loops = tensors
    assert names == sorted((f'{name}.{part}' for name in 'qkv' for part in ('weight', 'bias')))
    assert {'q.weight', 'q.bias', 'k.weight', 'v.weight', 'v.bias'} <= set(learned)
    assert torch.allclose(permuted, renumbered, rtol=0, atol=1e-12)
    assert torch.allclose(complete, plain, rtol=0, atol=1e-12)
    assert torch.allclose(lonely, values, rtol=0, atol=1e-12)
    assert torch.allclose(with_loops, out, rtol=0, atol=1e-12)
    changed = (away - out).abs().amax(dim=1) > 1e-09
    assert changed.tolist() == [False, False, True, True, False, True, False]

@test_case(points=1, hidden=True, 
    failure_message="The diagram has an arrow too many or too few. Which tensors stand on the right side of each line of your code?")
def test_diagram(diagram):
    boxes = {'Q': lambda H: 1, 'K': lambda H: 1, 'V': lambda H: 1, 'scores': lambda Q, K: 1, 'masked scores': lambda scores, A: 1, 'weights': lambda masked_scores: 1, 'output': lambda weights, V: 1}
    arrows = list(diagram)
    assert not [end for _, end in arrows if end in ('H', 'A')]
    for box, compute in boxes.items():
        inputs = {start.replace(' ', '_') for start, end in arrows if end == box}
        assert inputs == set(compute.__code__.co_varnames)

