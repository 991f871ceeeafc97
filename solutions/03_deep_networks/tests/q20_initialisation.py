from otter.test_files import test_case

OK_FORMAT = False

name = "q20_initialisation"
points = 6


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="xavier_bound(3, 3) and kaiming_std(2, 5) are 1; weights 2 and -1 take the input 3 to 36 and 0; train_from returns four tensors; start_facts holds six booleans.")
def test_small_cases(xavier_bound, kaiming_std, draw, second_moments, relu_growth, train_from, start_facts):
    import torch
    for call, got, expected in (('xavier_bound(3, 3)', xavier_bound(3, 3), 1), ('kaiming_std(2, 5)', kaiming_std(2, 5), 1)):
        assert got is not None, f'{call} returned None: expected a float'
        assert abs(got - expected) < 1e-09, f'{call}: expected {expected}, got {got}'
    for init in ('xavier', 'kaiming'):
        got = draw(init, 3, 2, 0)
        assert isinstance(got, torch.Tensor), f'draw({init!r}, 3, 2, 0) should return a tensor'
        assert got.shape == (2, 3), f'draw({init!r}, 3, 2, 0): expected shape (2, 3), got {tuple(got.shape)}'
        assert got.dtype == torch.float32, f'draw: expected dtype float32, got {got.dtype}'
    got = second_moments([torch.tensor([[2.0]]), torch.tensor([[-1.0]])], torch.tensor([[3.0]]), torch.relu)
    assert got is not None, 'second_moments(...) returned None: expected a list of floats'
    assert list(got) == [36, 0], f'second_moments: expected [36, 0], got {got}'
    got = relu_growth(1.0, 2)
    assert got is not None, 'relu_growth(1.0, 2) returned None: expected a float'
    got = train_from(torch.ones(2, 3), torch.ones(4, 2), torch.zeros(5, 3), torch.arange(5) % 4, torch.tanh, 0.1, 1)
    assert got is not None, 'train_from(...) returned None: expected four tensors'
    assert isinstance(got, (tuple, list)) and len(got) == 4, 'train_from should return four tensors'
    for part, shape in zip(got, ((2, 3), (2,), (4, 2), (4,))):
        assert tuple(part.shape) == shape, f'train_from: expected shape {shape}, got {tuple(part.shape)}'
    assert isinstance(start_facts, dict), 'start_facts should be a dictionary'
    keys = ['copies_stay_copies', 'all_weights_stay_equal', 'zero_relu_weights_move', 'zero_relu_bias_moves']
    for key in [*keys, 'zero_sigmoid_weights_move', 'random_start_keeps_copies']:
        assert isinstance(start_facts.get(key), bool), f'start_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="Bound, standard deviation or the drawn weights are not those of the two initialisations, or the seed does not decide them. Take a layer with more inputs than outputs.")
def test_drawn_weights(xavier_bound, kaiming_std, draw):
    import torch
    for n_in, n_out in ((784, 256), (256, 784), (400, 100), (300, 300)):
        limit = torch.empty(n_out, n_in)
        torch.nn.init.xavier_uniform_(limit)
        assert 0.998 < limit.abs().max().item() / xavier_bound(n_in, n_out) <= 1.0001
        torch.nn.init.kaiming_normal_(limit, nonlinearity='relu')
        assert abs(limit.std().item() / kaiming_std(n_in, n_out) - 1) < 0.02
        uniform, normal = (draw('xavier', n_in, n_out, 7), draw('kaiming', n_in, n_out, 7))
        assert uniform.shape == normal.shape == (n_out, n_in)
        assert uniform.dtype == normal.dtype == torch.float32
        c, std = ((6 / (n_in + n_out)) ** 0.5, (2 / n_in) ** 0.5)
        assert 0.99 * c < uniform.max().item() <= 1.0001 * c and -1.0001 * c <= uniform.min().item() < -0.99 * c
        assert abs(uniform.var().item() * (n_in + n_out) / 2 - 1) < 0.03
        assert abs(normal.std().item() / std - 1) < 0.03
        assert abs(normal.mean().item()) < 0.03 * std and normal.abs().max().item() > 3 * std
        for init, got in (('xavier', uniform), ('kaiming', normal)):
            assert torch.equal(draw(init, n_in, n_out, 7), got)
            assert not torch.equal(draw(init, n_in, n_out, 8), got)

@test_case(points=1, hidden=True, 
    failure_message="The second moments are not those of the layers. Weights multiply from the left, the activation comes behind every layer, and the mean is taken of squares.")
def test_second_moments(second_moments):
    import math
    import numpy as np
    import torch
    torch.manual_seed(86)
    for sizes, n in (([3, 5, 2], 4), ([4, 4], 1), ([2, 6, 6, 1, 3], 9)):
        weights = [torch.randn(after, before) for before, after in zip(sizes, sizes[1:])]
        X = torch.randn(n, sizes[0])
        for act, scalar in ((torch.relu, lambda z: max(z, 0.0)), (torch.tanh, math.tanh)):
            got = second_moments(weights, X, act)
            rows, expected = (X.tolist(), [])
            for weight in weights:
                rows = [[scalar(sum((w * h for w, h in zip(unit, row)))) for unit in weight.tolist()] for row in rows]
                expected.append(sum((h * h for row in rows for h in row)) / (n * len(weight)))
            assert all((isinstance(value, float) for value in got))
            assert np.shape(got) == np.shape(expected) and np.allclose(got, expected, rtol=0.0001, atol=1e-07)

@test_case(points=1, hidden=True, 
    failure_message="Your factor does not predict what ReLU layers do to the signal. Half of the pre-activations are lost on average; what is the variance of the others?")
def test_relu_growth(relu_growth):
    import torch

    def measured(std, n_in, seed):
        """Factor of one wide layer for inputs that come from a ReLU, averaged over examples."""
        generator = torch.Generator().manual_seed(seed)
        h = torch.relu(torch.randn(64, n_in, generator=generator, dtype=torch.float64))
        weight = std * torch.randn(4000, n_in, generator=generator, dtype=torch.float64)
        return (torch.relu(h @ weight.T).square().mean() / h.square().mean()).item()
    for std, n_in in ((0.01, 128), (1.0, 128), (0.125, 50), ((2 / 300) ** 0.5, 300), (3.0, 20)):
        assert abs(relu_growth(std, n_in) / measured(std, n_in, 87) - 1) < 0.15

@test_case(points=1, hidden=True, 
    failure_message="train_from does not take these steps of gradient descent, or changes the tensors it was given.")
def test_train_from(train_from):
    import torch

    def probe(train_from, omega0, omega1, *rest):
        import torch
        kept = (omega0.clone(), omega1.clone())
        got = train_from(omega0, omega1, *rest)
        same = torch.equal(omega0, kept[0]) and torch.equal(omega1, kept[1])
        return same and (not any((part.requires_grad for part in got)))

    def by_hand(w0, w1, X, y, act, slope, lr, steps):
        """The same descent with the gradients written out."""
        b0, b1 = (torch.zeros(len(w0), dtype=w0.dtype), torch.zeros(len(w1), dtype=w0.dtype))
        for _ in range(steps):
            h = act(X @ w0.T + b0)
            error = torch.softmax(h @ w1.T + b1, dim=1) - torch.eye(len(w1), dtype=w0.dtype)[y]
            back = error @ w1 * slope(h) / len(X)
            w1, b1 = (w1 - lr * error.T @ h / len(X), b1 - lr * error.mean(0))
            w0, b0 = (w0 - lr * back.T @ X, b0 - lr * back.sum(0))
        return (w0, b0, w1, b1)
    torch.manual_seed(88)
    activations = [(torch.tanh, lambda h: 1 - h ** 2), (torch.sigmoid, lambda h: h * (1 - h))]
    activations.append((torch.relu, lambda h: (h > 0).to(h.dtype)))
    for act, slope in activations:
        for n, d_in, d, d_out in ((6, 4, 5, 3), (1, 2, 1, 2), (20, 3, 7, 4)):
            w0, w1 = (torch.randn(d, d_in, dtype=torch.float64), torch.randn(d_out, d, dtype=torch.float64))
            X, y = (torch.randn(n, d_in, dtype=torch.float64), torch.randint(d_out, (n,)))
            for lr, steps in ((0.3, 1), (0.05, 30), (0.1, 0)):
                expected = by_hand(w0, w1, X, y, act, slope, lr, steps)
                got = train_from(w0, w1, X, y, act, lr, steps)
                for part, other in zip(got, expected):
                    assert part.shape == other.shape and torch.allclose(part, other, rtol=1e-08, atol=1e-10)
    assert inside(probe)(train_from, w0, w1, X, y, torch.tanh, 0.5, 3) is True

@test_case(points=1, hidden=True, 
    failure_message="At least one statement about the start is decided wrongly. Train from each of these starts and look at the rows and the columns.")
def test_start_facts(start_facts):
    import torch
    from torch import nn
    torch.manual_seed(89)
    X, y = (torch.randn(30, 4, dtype=torch.float64), (torch.arange(30) % 5).clamp(max=2))
    moved = lambda *parts: any((part.abs().max().item() > 0.001 for part in parts))

    def trained(start, activation):
        net = nn.Sequential(nn.Linear(4, 6), activation, nn.Linear(6, 3)).double()
        with torch.no_grad():
            for layer in (net[0], net[2]):
                layer.bias.zero_()
                if start is not None:
                    layer.weight.fill_(start)
        optimiser = torch.optim.SGD(net.parameters(), lr=0.5)
        for _ in range(300):
            optimiser.zero_grad()
            nn.functional.cross_entropy(net(X + 1 * (y == 0)[:, None]), y).backward()
            optimiser.step()
        return [p.detach() for p in net.parameters()]
    w0, *_ = trained(0.1, nn.Tanh())
    assert start_facts['copies_stay_copies'] is torch.allclose(w0, w0[:1].expand_as(w0))
    assert start_facts['all_weights_stay_equal'] is torch.allclose(w0, w0[0, 0].expand_as(w0))
    w0, b0, w1, b1 = trained(0.0, nn.ReLU())
    assert start_facts['zero_relu_weights_move'] is moved(w0, w1)
    assert start_facts['zero_relu_bias_moves'] is moved(b0, b1)
    w0, _, w1, _ = trained(0.0, nn.Sigmoid())
    assert start_facts['zero_sigmoid_weights_move'] is moved(w0, w1)
    w0, *_ = trained(None, nn.Tanh())
    assert start_facts['random_start_keeps_copies'] is torch.allclose(w0, w0[:1].expand_as(w0), atol=0.01)

