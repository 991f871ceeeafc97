from otter.test_files import test_case

OK_FORMAT = False

name = "q19_truncation"
points = 6


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="A single input of 0 has the state 0, reach(3, 2) is [2, 3], and a tensor without a graph has size 0.")
def test_small_examples(tbptt_states, reach, graph_size, truncation_facts):
    import math
    import torch
    got = tbptt_states(torch.tensor([[[0.0], [1.0], [0.0]]]), torch.ones(1, 1), 2 * torch.ones(1, 1), 2)
    assert got is not None, 'tbptt_states(...) returned None: expected a tensor'
    assert tuple(got.shape) == (1, 3, 1), f'tbptt_states: expected shape (1, 3, 1), got {tuple(got.shape)}'
    expected = [0.0, math.tanh(1), math.tanh(2 * math.tanh(1))]
    values = got.flatten().tolist()
    assert all((abs(a - b) < 1e-05 for a, b in zip(values, expected))), f'states: expected {expected}, got {values}'
    assert reach(3, 2) is not None, 'reach(3, 2) returned None: expected a list'
    assert list(reach(3, 2)) == [2, 3], f'reach(3, 2): expected [2, 3], got {list(reach(3, 2))}'
    size = graph_size(torch.ones(2))
    assert type(size) is int, f'graph_size should return an int, got {size!r}'
    assert size == 0, f'a tensor without a graph: expected 0, got {size}'
    assert isinstance(truncation_facts, dict), 'truncation_facts should be a dictionary'
    keys = ['other_rules', 'short_inputs_are_enough', 'states_depend_on_S', 'no_memory_beyond_S', 'gradient_is_exact']
    for key in [*keys, 'gradient_keeps_its_bulk', 'graph_grows_without_detach', 'backward_twice_is_fine']:
        assert isinstance(truncation_facts.get(key), bool), f'truncation_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="States or gradients are not those of chunks that are cut where asked. The values go on over the cut, the gradients do not, and inside a chunk they flow.")
def test_states_and_gradients(tbptt_states, reach):

    def probe(tbptt_states, x, W_xh, W_hh, S, weights):
        import torch
        leaves = [part.clone().requires_grad_() for part in (x, W_xh, W_hh)]
        states = tbptt_states(*leaves, S)
        (states * weights).sum().backward()
        total = [leaf.grad.clone() for leaf in leaves]
        leaf = x.clone().requires_grad_()
        states_again = tbptt_states(leaf, W_xh, W_hh, S)
        reached = []
        for t in range(x.shape[1]):
            grad, = torch.autograd.grad(states_again[:, t].sum(), leaf, retain_graph=True)
            reached.append([s for s in range(x.shape[1]) if bool((grad[:, s] != 0).any())])
        return (states.detach(), total, reached)
    import torch
    rng = torch.Generator().manual_seed(169)
    random = lambda *shape: torch.randn(*shape, generator=rng, dtype=torch.float64)
    for n, t, d, hidden, S in ((2, 12, 3, 4, 4), (1, 7, 1, 2, 3), (3, 5, 2, 3, 1), (2, 6, 2, 2, 6), (1, 4, 2, 3, 9), (1, 1, 1, 1, 1)):
        x, W_xh, W_hh = (random(n, t, d), random(d, hidden), random(hidden, hidden) * 0.7)
        weights = random(n, t, hidden)
        leaves = [part.clone().requires_grad_() for part in (x, W_xh, W_hh)]
        start, loss, values = (torch.zeros(n, hidden, dtype=torch.float64), 0.0, [])
        for first in range(0, t, S):
            h = torch.tensor(start.tolist(), dtype=torch.float64).reshape(n, hidden)
            for s in range(first, min(first + S, t)):
                h = torch.tanh(leaves[0][:, s] @ leaves[1] + h @ leaves[2])
                loss = loss + (h * weights[:, s]).sum()
                values.append(h.detach())
            start = h.detach()
        expected = torch.autograd.grad(loss, leaves)
        states, total, reached = inside(probe)(tbptt_states, x, W_xh, W_hh, S, weights)
        assert (states - torch.stack(values, dim=1)).abs().max() < 1e-12
        assert all(((a - b).abs().max() < 1e-10 for a, b in zip(total, expected)))
        for time in range(t):
            border = [s for s in range(time + 1) if s // S == time // S]
            assert reached[time] == border and [int(s) for s in reach(time, S)] == border
    assert list(reach(1000, 7)) == list(range(994, 1001))
    half = tbptt_states(torch.ones(2, 3, 1), torch.ones(1, 2), torch.ones(2, 2), 2)
    assert half.dtype == torch.float32

@test_case(points=1, hidden=True, 
    failure_message="The number of nodes is wrong for some graph. A node that is reached twice counts once, None does not count, and deep graphs must not break it.")
def test_graphs(graph_size):

    def probe(graph_size):
        import torch
        w = torch.ones(1, requires_grad=True)
        sizes = [graph_size(w * 2), graph_size(w * w), graph_size(w * torch.ones(1)), graph_size(w.detach() * 2)]
        twice = w * 3
        sizes += [graph_size(twice + twice), graph_size((twice + 1) * (twice - 1))]
        h, v = (torch.zeros(1), torch.ones(1, requires_grad=True))
        chain = []
        for step in range(3000):
            h = h * w + v
            if step in (0, 1, 9, 2999):
                chain.append(graph_size(h))
        return (sizes, chain, [type(size) is int for size in sizes + chain])
    sizes, chain, ints = inside(probe)(graph_size)
    assert all(ints)
    assert sizes == [2, 2, 2, 0, 3, 5]
    assert chain == [2 + 2 * steps for steps in (1, 2, 10, 3000)]

@test_case(points=2, hidden=True, 
    failure_message="At least one statement about truncation is decided wrongly. Distinguish how far gradients reach from how far the state remembers.")
def test_truncation_facts(truncation_facts):
    import torch
    rng = torch.Generator().manual_seed(170)
    random = lambda *shape: torch.randn(*shape, generator=rng, dtype=torch.float64)

    def states(x, W_xh, W_hh, S, carry=True):
        h, out = (x.new_zeros(len(x), len(W_hh)), [])
        for t in range(x.shape[1]):
            if t % S == 0:
                h = h.detach() if carry else torch.zeros_like(h)
            h = torch.tanh(x[:, t] @ W_xh + h @ W_hh)
            out.append(h)
        return torch.stack(out, dim=1)
    x, W_xh = (random(4, 128, 3), 0.5 * random(3, 16))
    W_hh = (0.9 / 4 * random(16, 16)).requires_grad_()
    y = random(4, 16, 16)
    gradient, value = ({}, {})
    for S in (16, 128):
        value[S] = states(x, W_xh, W_hh, S)
        loss = ((value[S][:, -16:] - y) ** 2).mean()
        gradient[S], = torch.autograd.grad(loss, W_hh)
    change = float((gradient[16] - gradient[128]).norm() / gradient[128].norm())
    alone, h = ([], value[16][:, -17].detach())
    for t in range(112, 128):
        h = torch.tanh(x[:, t] @ W_xh + h @ W_hh)
        alone.append(h)
    ordinary, = torch.autograd.grad(((torch.stack(alone, dim=1) - y) ** 2).mean(), W_hh)
    reset = states(x, W_xh, W_hh, 16, carry=False).detach()
    bits = 2.0 * torch.randint(2, (60, 60, 1), generator=rng, dtype=torch.float64) - 1
    fixed = 0.95 * torch.linalg.qr(random(32, 32))[0]
    features = states(bits, 0.3 * random(1, 32), fixed, 3)[:, 5:]
    wanted = bits[:, :-5]
    readout = torch.linalg.lstsq(features[:30].flatten(0, 1), wanted[:30].flatten(0, 1)).solution
    correct = float(((features[30:] @ readout).sign() == wanted[30:]).double().mean())
    w = torch.ones(2, 2, dtype=torch.float64, requires_grad=True)
    h, sizes = (torch.zeros(1, 2, dtype=torch.float64), [])
    for _ in range(5):
        h = torch.tanh(h @ w)
        seen, waiting = (set(), [h.grad_fn])
        while waiting:
            node = waiting.pop()
            if node is not None and node not in seen:
                seen.add(node)
                waiting += [parent for parent, _ in node.next_functions]
        sizes.append(len(seen))
    first = torch.tanh(torch.ones(1, 2, dtype=torch.float64) @ w)
    second = torch.tanh(first @ w)
    first.sum().backward()
    try:
        second.sum().backward()
        again = True
    except RuntimeError:
        again = False
    assert truncation_facts['other_rules'] is bool((gradient[16] - ordinary).abs().max() > 1e-09)
    assert truncation_facts['short_inputs_are_enough'] is bool((reset - value[16].detach()).abs().max() < 1e-09)
    assert truncation_facts['states_depend_on_S'] is bool((value[16] - value[128]).abs().max() > 1e-09)
    assert truncation_facts['no_memory_beyond_S'] is (correct < 0.9)
    assert truncation_facts['gradient_is_exact'] is (change < 1e-06)
    assert truncation_facts['gradient_keeps_its_bulk'] is (change < 0.5)
    assert truncation_facts['graph_grows_without_detach'] is (sizes == sorted(set(sizes)))
    assert truncation_facts['backward_twice_is_fine'] is again

