from otter.test_files import test_case

OK_FORMAT = False

name = "q10_who_gets_gradients"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="For G(z) = 2 z, D(x) = x, the real example 1 and the latent 0 the gradients of D are -0.2689 and 0.2311; at the latent 1 both gradients of G are -0.1192.")
def test_networks_of_one_number(d_step_grads, g_step_grads, line_pair):
    import torch
    G, D = line_pair(2.0, 0.0, 1.0, 0.0)
    one, zero = (torch.ones(1, 1), torch.zeros(1, 1))
    results = {'d_step_grads': (d_step_grads(G, D, one, zero), (-0.2689, 0.2311))}
    results['g_step_grads'] = (g_step_grads(G, D, one), (-0.1192, -0.1192))
    for name, (got, expected) in results.items():
        assert got is not None, f'{name}(...) returned None: expected a list of tensors'
        assert isinstance(got, (tuple, list)) and len(got) == 2, f'{name} should return a list of two tensors'
        for gradient, shape, value in zip(got, ((1, 1), (1,)), expected):
            assert isinstance(gradient, torch.Tensor), f'{name}: expected tensors, got {type(gradient).__name__}'
            assert gradient.shape == shape, f'{name}: expected shape {shape}, got {tuple(gradient.shape)}'
            assert abs(gradient.item() - value) < 0.001, f'{name}: expected {value}, got {gradient.item():.4f}'

@test_case(points=2, hidden=True, 
    failure_message="A gradient is not that of the loss as described. Each batch has its own mean, and the two steps have different labels.")
def test_gradients(d_step_grads, g_step_grads):
    import torch

    def measure(d_step, g_step, g_values, d_values, real, z):
        from torch import nn
        nets = []
        for values in (g_values, d_values):
            (hidden, wide), out = (values[0].shape, len(values[3]))
            net = nn.Sequential(nn.Linear(wide, hidden), nn.Tanh(), nn.Linear(hidden, out)).to(real.dtype)
            for parameter, value in zip(net.parameters(), values):
                parameter.data.copy_(value)
            nets.append(net)
        one, two = (d_step(*nets, real, z), g_step(*nets, z))
        return ([g.detach() for g in one], [g.detach() for g in two])

    def network(values, x):
        return torch.tanh(x @ values[0].T + values[1]) @ values[2].T + values[3]
    source = torch.Generator().manual_seed(201)
    cases = [(1, 1, 1, 1, 1.0), (5, 5, 2, 3, 1.0), (7, 2, 3, 2, 1.0), (1, 6, 2, 2, 3.0), (4, 3, 2, 1, 400.0)]
    for n, m, k, d, scale in cases:
        normal = lambda *shape: torch.randn(*shape, generator=source, dtype=torch.float64)
        g_values = [normal(4, k), normal(4), normal(d, 4), normal(d)]
        d_values = [normal(5, d), normal(5), scale * normal(1, 5), normal(1)]
        real, z = (1 + normal(n, d), normal(m, k))
        one, two = inside(measure)(d_step_grads, g_step_grads, g_values, d_values, real, z)
        for values in (g_values, d_values):
            for value in values:
                value.requires_grad_()
        cross = torch.nn.functional.binary_cross_entropy_with_logits
        fake = network(g_values, z)
        logits = torch.cat([network(d_values, real), network(d_values, fake.detach())])
        labels = torch.cat([torch.ones(n, 1), torch.zeros(m, 1)]).double()
        share = torch.tensor([1 / n] * n + [1 / m] * m, dtype=torch.float64)[:, None]
        expected = torch.autograd.grad(cross(logits, labels, share, reduction='sum'), d_values)
        assert len(one) == 4 and all((torch.allclose(a, b, rtol=1e-06, atol=1e-09) for a, b in zip(one, expected)))
        out = network(d_values, fake)
        expected = torch.autograd.grad(cross(out, torch.ones_like(out)), g_values)
        assert len(two) == 4 and all((torch.allclose(a, b, rtol=1e-06, atol=1e-09) for a, b in zip(two, expected)))

@test_case(points=1, hidden=True, 
    failure_message="One of your functions leaves traces, in a parameter, in a .grad field or in requires_grad, or it sends gradients into the generator where none belong.")
def test_only_looks(d_step_grads, g_step_grads):
    import torch

    def traces(d_step, g_step, left_over):
        import torch
        from torch import nn
        torch.manual_seed(5)
        G = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 2))
        D = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
        everything = [*G.parameters(), *D.parameters()]
        before = [p.detach().clone() for p in everything]
        for p in everything:
            p.grad = torch.full_like(p, 7.0) if left_over else None
        reached = []
        for p in G.parameters():
            p.register_hook(lambda gradient: reached.append(1))
        one = d_step(G, D, torch.randn(3, 2), torch.randn(4, 2))
        in_d_step = len(reached)
        two = g_step(G, D, torch.randn(4, 2))
        return {'answers': [answer is not None and len(answer) for answer in (one, two)], 'reached': in_d_step, 'moved': sum((float((p - old).abs().sum()) for p, old in zip(everything, before))), 'grads': [None if p.grad is None else float(p.grad.sub(7).abs().max()) for p in everything], 'learns': [p.requires_grad for p in everything]}
    for left_over in (False, True):
        found = inside(traces)(d_step_grads, g_step_grads, left_over)
        assert found['answers'] == [4, 4] and found['reached'] == 0 and (found['moved'] == 0)
        assert found['grads'] == [0.0 if left_over else None] * 8
        assert found['learns'] == [True] * 8

