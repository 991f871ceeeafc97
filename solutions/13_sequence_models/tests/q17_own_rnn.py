from otter.test_files import test_case

OK_FORMAT = False

name = "q17_own_rnn"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="One unit with ReLU, W_xh = 1, W_hh = 2 and W_hq = 1 has the logits 1, 3, 7 for three tokens.")
def test_one_unit(ElmanRNN, relu_facts):
    import torch
    net = ElmanRNN(1, 1, 'relu')
    assert isinstance(net, torch.nn.Module), "ElmanRNN(1, 1, 'relu') should be a torch.nn.Module"
    names = sorted(net.state_dict())
    assert names == ['W_hh', 'W_hq', 'W_xh', 'b_h', 'b_q'], f'expected the five parameters of the text, got {names}'
    one = torch.ones(1, 1)
    zero = torch.zeros(1)
    net.load_state_dict({'W_xh': one, 'W_hh': 2 * one, 'b_h': zero, 'W_hq': one, 'b_q': zero})
    got = net(torch.zeros(1, 3, dtype=torch.int64))
    assert got is not None, 'forward returned None: expected (logits, state)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'forward should return (logits, state)'
    assert tuple(got[0].shape) == (1, 3, 1), f'logits: expected shape (1, 3, 1), got {tuple(got[0].shape)}'
    assert tuple(got[1].shape) == (1, 1), f'state: expected shape (1, 1), got {tuple(got[1].shape)}'
    logits = got[0].flatten().tolist()
    assert all((abs(a - b) < 1e-05 for a, b in zip(logits, (1, 3, 7)))), f'logits: expected [1, 3, 7], got {logits}'
    assert isinstance(relu_facts, dict), 'relu_facts should be a dictionary'
    keys = ['tanh_state_is_bounded', 'relu_state_is_bounded', 'relu_makes_clipping_needless', 'relu_learns']
    for key in [*keys, 'relu_on_the_logits']:
        assert isinstance(relu_facts.get(key), bool), f'relu_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="With the same weights the network does not agree with torch's own. The activation goes round the whole sum, and not round the logits; the state is carried on.")
def test_like_torch(ElmanRNN):
    import torch

    def probe(ElmanRNN, sizes, weights, x, h):
        net = ElmanRNN(*sizes).to(weights['W_xh'].dtype)
        net.load_state_dict(weights)
        f, last = net(x) if h is None else net(x, h)
        (f * f).sum().backward()
        return (f.detach(), last.detach(), {name: p.grad for name, p in net.named_parameters()})
    rng = torch.Generator().manual_seed(165)
    shapes = [(5, 4, 3, 6), (1, 1, 1, 1), (7, 3, 1, 4), (4, 6, 5, 1), (3, 3, 3, 3)]
    for dtype, tolerance in ((torch.float64, 1e-11), (torch.float32, 0.0001)):
        for act in ('tanh', 'relu'):
            for v, hidden, n, t in shapes:
                random = lambda *shape: torch.randn(*shape, generator=rng, dtype=dtype) * 0.7
                weights = {'W_xh': random(v, hidden), 'W_hh': random(hidden, hidden), 'b_h': random(hidden)}
                weights |= {'W_hq': random(hidden, v), 'b_q': random(v)}
                x = torch.randint(v, (t, n), generator=rng).T
                h = None if v == 7 else random(n, hidden)
                oracle = torch.nn.RNN(v, hidden, nonlinearity=act, batch_first=True).to(dtype)
                zero = torch.zeros(hidden, dtype=dtype)
                own = {'weight_ih_l0': weights['W_xh'].T, 'weight_hh_l0': weights['W_hh'].T}
                oracle.load_state_dict(own | {'bias_ih_l0': weights['b_h'], 'bias_hh_l0': zero})
                one_hot = torch.nn.functional.one_hot(x, v).to(dtype)
                states, last = oracle(one_hot) if h is None else oracle(one_hot, h[None])
                expected = states @ weights['W_hq'] + weights['b_q']
                (expected ** 2).sum().backward()
                f, end, grads = inside(probe)(ElmanRNN, (v, hidden, act), weights, x, h)
                assert f.dtype == dtype and tuple(f.shape) == (n, t, v) and (tuple(end.shape) == (n, hidden))
                assert torch.allclose(f, expected.detach(), rtol=tolerance, atol=tolerance)
                assert torch.allclose(end, last[0].detach(), rtol=tolerance, atol=tolerance)
                size = 1 + float(oracle.weight_hh_l0.grad.abs().max())
                assert (grads['W_hh'].T - oracle.weight_hh_l0.grad).abs().max() < tolerance * size
                assert (grads['b_h'] - oracle.bias_ih_l0.grad).abs().max() < tolerance * (1 + float(oracle.bias_ih_l0.grad.abs().max()))

@test_case(points=1, hidden=True, 
    failure_message="The parameters do not begin as asked. Weights have mean 0 and spread 0.1, biases are zero.")
def test_start(ElmanRNN):
    for act in ('tanh', 'relu'):
        net = ElmanRNN(60, 50, act)
        state = net.state_dict()
        shapes = {'W_xh': (60, 50), 'W_hh': (50, 50), 'b_h': (50,), 'W_hq': (50, 60), 'b_q': (60,)}
        assert {name: tuple(p.shape) for name, p in state.items()} == shapes
        for name, p in state.items():
            if name.startswith('b'):
                assert (p == 0).all()
            else:
                assert abs(p.mean()) < 0.6 / p.numel() ** 0.5
                assert abs(p.std() - 0.1) < 0.6 / (2 * p.numel()) ** 0.5
        assert sum((p.numel() for p in net.parameters())) == sum((p.numel() for p in state.values()))

@test_case(points=1, hidden=True, 
    failure_message="At least one statement about the two activations is decided wrongly.")
def test_relu_facts(relu_facts):
    import numpy as np
    import torch
    torch.manual_seed(166)
    norm, slope = ({}, {})
    for name, act in (('tanh', torch.tanh), ('relu', torch.relu)):
        start = torch.rand(8, dtype=torch.float64).requires_grad_()
        h = start
        for _ in range(60):
            h = act(1.3 * h)
        norm[name] = float(h.detach().norm())
        slope[name] = float(torch.autograd.grad(h.sum(), start)[0].norm())
    rng = np.random.default_rng(0)
    words = [''.join(rng.choice(list('abcdefghijklmnoprstuvw'), size=rng.integers(2, 6))) for _ in range(30)]
    follow = np.stack([rng.choice(30, size=3, replace=False) for _ in range(30)])
    rng, at, text = (np.random.default_rng(1), 0, [])
    for _ in range(1500):
        at = follow[at, rng.choice(3, p=[0.6, 0.3, 0.1])]
        text.append(words[at])
    text = ' '.join(text)
    names = sorted(set(text))
    ids = torch.tensor([names.index(c) for c in text])
    count = (len(ids) - 1) // 256 * 256
    xs, ys = (part.view(16, -1, 16).transpose(0, 1) for part in (ids[:count], ids[1:count + 1]))
    net, read = (torch.nn.RNN(len(names), 32, nonlinearity='relu', batch_first=True), torch.nn.Linear(32, len(names)))
    parameters = [*net.parameters(), *read.parameters()]
    for p in parameters:
        torch.nn.init.normal_(p, 0, 0.1 if p.dim() == 2 else 0.0)
    for _ in range(4):
        h, total = (torch.zeros(1, 16, 32), 0.0)
        for x, y in zip(xs, ys):
            out, h = net(torch.nn.functional.one_hot(x, len(names)).float(), h.detach())
            loss = torch.nn.functional.cross_entropy(read(out).flatten(0, 1), y.flatten())
            grads = torch.autograd.grad(loss, parameters)
            size = sum((float((g ** 2).sum()) for g in grads)) ** 0.5
            with torch.no_grad():
                for p, g in zip(parameters, grads):
                    p -= g * min(1.0, 1.0 / size)
            total += loss.item() / len(xs)
    logits = torch.tensor([-5.0, -1.0, 3.0])
    gap = (torch.softmax(torch.relu(logits), 0) - torch.softmax(logits, 0)).abs().max()
    assert relu_facts['tanh_state_is_bounded'] is (norm['tanh'] <= 8 ** 0.5)
    assert relu_facts['relu_state_is_bounded'] is (norm['relu'] < 1000.0)
    assert relu_facts['relu_makes_clipping_needless'] is (slope['relu'] < 1000.0)
    assert relu_facts['relu_learns'] is bool(np.exp(total) < 8)
    assert relu_facts['relu_on_the_logits'] is bool(gap < 0.001)

