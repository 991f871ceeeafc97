from otter.test_files import test_case

OK_FORMAT = False

name = "q16_second_derivatives"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="w0^2 w1 at (1, 2) has the curvature 8 along (1, 1); the graph of a * a has two nodes; second_facts holds five booleans.")
def test_small_graphs(graph_size, derivative_graphs, curvature, hessian_bytes, second_facts):
    import torch
    got = graph_size(torch.ones(2))
    assert got is not None, 'graph_size(...) returned None: expected an integer'
    assert got == 0, f'graph_size of a tensor without a graph: expected 0, got {got}'
    got = derivative_graphs(lambda a: a * a, torch.ones(()), 0)
    assert got is not None, 'derivative_graphs(...) returned None: expected a list of integers'
    assert list(got) == [2], f'derivative_graphs of a * a, order 0: expected [2], got {got}'
    got = curvature(lambda w: w[0] ** 2 * w[1], torch.tensor([1.0, 2.0]), torch.ones(2))
    assert isinstance(got, torch.Tensor) and got.shape == (), 'curvature should return a tensor of shape ()'
    assert abs(got.item() - 8) < 1e-05, f'curvature: expected 8, got {got.item()}'
    got = hessian_bytes([1, 1])
    assert got is not None, 'hessian_bytes([1, 1]) returned None: expected an integer'
    assert got == 16, f'hessian_bytes([1, 1]): expected 16, got {got}'
    keys = ['relu_output_has_no_curvature', 'relu_loss_has_no_curvature', 'gradient_graph_is_larger']
    assert isinstance(second_facts, dict), 'second_facts should be a dictionary'
    for key in keys + ['million_parameters_fit', 'plain_backward_is_enough']:
        assert isinstance(second_facts.get(key), bool), f'second_facts[{key!r}] should be True or False'

@test_case(points=1.5, hidden=True, 
    failure_message="A graph has another number of nodes. Shared nodes count once, and each derivative has to be recorded.")
def test_graphs(graph_size, derivative_graphs):

    def sizes(graph_size):
        import torch
        a, b = (torch.tensor(2.0, requires_grad=True), torch.tensor(3.0, requires_grad=True))
        c = a * b
        doubled = a
        for _ in range(40):
            doubled = doubled + doubled
        return [graph_size(t) for t in (a.detach(), a, a.sin(), c, c * c + c, c + a.exp(), a * 2.0, doubled)]
    assert inside(sizes)(graph_size) == [0, 0, 2, 3, 5, 5, 2, 41]

    def count(derivative_graphs, f, w, order):
        got = derivative_graphs(f, w, order)
        return (list(got), w.requires_grad, w.grad is None)
    import torch

    def nodes(t, seen):
        if t is not None and t not in seen:
            seen.add(t)
            for source, _ in t.next_functions:
                nodes(source, seen)
        return seen
    chain = lambda w: (torch.tanh(torch.tanh(w) * 2) * w).sum()
    for f, w in ((chain, torch.ones(3)), (lambda w: w ** 4, torch.tensor(1.5)), (lambda w: w.exp().sin(), torch.ones(2))):
        for order in (0, 1, 3):
            point = w.clone().requires_grad_()
            t = f(point)
            expected = [len(nodes(t.grad_fn, set()))]
            for _ in range(order):
                t = torch.autograd.grad(t.sum(), point, create_graph=True)[0]
                expected.append(len(nodes(t.grad_fn, set())))
            assert inside(count)(derivative_graphs, f, w, order) == (expected, False, True)

@test_case(points=1.5, hidden=True, 
    failure_message="The curvature or a number of bytes is wrong, w is changed, or at least one of the five statements is decided wrongly.")
def test_curvature_and_facts(curvature, hessian_bytes, second_facts):
    import torch
    from torch import nn
    generator = torch.Generator().manual_seed(626)
    normal = lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)
    a = normal(12, 12)

    def f(w):
        import torch
        flat = w.reshape(-1)
        return torch.log(torch.cosh(a[:len(flat), :len(flat)] @ flat)).sum() + (flat ** 3).sum() * flat[0]
    for shape in ((1,), (6,), (3, 4)):
        w, v = (normal(*shape), normal(*shape))
        size = w.numel()
        hessian = torch.autograd.functional.hessian(f, w).reshape(size, size)
        got = curvature(f, w, v)
        assert got.shape == () and torch.allclose(got, v.reshape(-1) @ hessian @ v.reshape(-1), rtol=1e-09, atol=1e-09)
    w, v = (normal(100000), normal(100000))
    got = curvature(lambda w: (w[1:] * w[:-1] ** 2).sum(), w, v)
    expected = (2 * w[1:] * v[:-1] ** 2 + 4 * w[:-1] * v[:-1] * v[1:]).sum()
    assert torch.allclose(got, expected, rtol=1e-09, atol=1e-06)

    def untouched(curvature):
        import torch
        w = torch.tensor([1.0, 2.0])
        curvature(lambda w: (w ** 3).sum(), w, torch.ones(2))
        return (w.requires_grad, w.grad is None)
    assert inside(untouched)(curvature) == (False, True)
    for widths in ([1, 1], [3, 2], [4, 5, 3], [10, 40, 40, 5], [2, 1, 1, 2]):
        net = nn.Sequential(*[nn.Linear(d, e) for d, e in zip(widths, widths[1:])])
        count = sum((p.numel() for p in net.parameters()))
        assert hessian_bytes(widths) == torch.empty(0, dtype=torch.float32).element_size() * count * count
    assert hessian_bytes([999999, 1]) == 4 * 10 ** 12 and isinstance(hessian_bytes([999999, 1]), int)
    torch.manual_seed(627)
    net = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 1)).double()
    by_input = torch.autograd.functional.hessian(lambda x: net(x).sum(), normal(3))
    first, x = (normal(4, 3), normal(3))
    hidden = lambda w: (torch.relu(w @ x).sum() - 1) ** 2
    by_weights = torch.autograd.functional.hessian(hidden, first)
    w = torch.ones(2, requires_grad=True)
    loss = (w ** 3).sum()
    again = torch.autograd.grad((w ** 3).sum(), w, create_graph=True)[0]
    loss.backward()
    reach = lambda node: {node}.union(*(reach(n) for n, _ in node.next_functions if n is not None))
    assert second_facts['relu_output_has_no_curvature'] is (by_input.abs().max().item() == 0)
    assert second_facts['relu_loss_has_no_curvature'] is (by_weights.abs().max().item() == 0)
    assert second_facts['gradient_graph_is_larger'] is (len(reach(again.grad_fn)) > len(reach(loss.grad_fn)))
    assert second_facts['million_parameters_fit'] is (4 * (10 ** 6) ** 2 <= 80 * 10 ** 9)
    assert second_facts['plain_backward_is_enough'] is (w.grad.grad_fn is not None)

