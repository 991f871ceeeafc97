from otter.test_files import test_case

OK_FORMAT = False

name = "q18_equal_starts"
points = 6

@test_case(points=1.5, hidden=False, 
    failure_message="One step of linear regression on x = 1, y = 3 with the rate 0.25 leads from 0 to 1.5; moves holds three sets, start_facts six booleans.")
def test_one_step(train_network, train_linear, train_softmax, moves, start_facts):
    import torch
    one = torch.ones(1, 1, dtype=torch.float64)
    got = train_linear(one, 3 * one[0], 0.0, 0.25, 1)
    assert isinstance(got, torch.Tensor), 'train_linear should return a tensor of shape (D,)'
    assert tuple(got.shape) == (1,), f'train_linear: expected shape (1,), got {tuple(got.shape)}'
    assert abs(got.item() - 1.5) < 1e-09, f'train_linear: expected 1.5, got {got.item()}'
    got = train_network([1, 2, 1], torch.tanh, 0.5, one, one, 0.1, 0)
    assert got is not None, 'train_network(...) returned None: expected (omegas, betas)'
    assert len(got) == 2 and len(got[0]) == len(got[1]) == 2, 'train_network: expected two lists, one entry per layer'
    assert tuple(got[0][0].shape) == (2, 1), f'omegas[0]: expected shape (2, 1), got {tuple(got[0][0].shape)}'
    assert bool((got[0][0] == 0.5).all()), 'after no step at all the parameters should be at the start, 0.5'
    got = train_softmax(one, torch.tensor([0]), 2, 0.0, 0.0, 1.0, 1)
    assert isinstance(got, torch.Tensor), 'train_softmax should return a tensor of shape (classes, D)'
    assert tuple(got.shape) == (2, 1), f'train_softmax: expected shape (2, 1), got {tuple(got.shape)}'
    assert torch.allclose(got[:, 0], torch.tensor([0.5, -0.5]).double()), f'expected 0.5 and -0.5, got {got.tolist()}'
    assert isinstance(moves, dict), 'moves should be a dictionary'
    for key in ('relu', 'tanh', 'sigmoid'):
        assert isinstance(moves.get(key), (set, frozenset)), f'moves[{key!r}] should be a set of names'
    assert isinstance(start_facts, dict), 'start_facts should be a dictionary'
    keys = ['relu_learns_slowly', 'units_stay_copies', 'middle_weights_rank_one', 'minibatches_break_ties']
    for key in keys + ['linear_needs_random_start', 'softmax_keeps_equal_rows']:
        assert isinstance(start_facts.get(key), bool), f'start_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="After some steps the network differs from one that torch trains from the same start. The loss is a mean over all entries, and the biases start at the common value, too.")
def test_network_against_torch(train_network):
    import torch
    from torch import nn
    torch.manual_seed(629)
    for widths, act, start in (([3, 4, 2], torch.tanh, 0.1), ([2, 3, 5, 1], torch.relu, 0.3), ([4, 3, 3, 2], torch.sigmoid, 0.0), ([1, 1], torch.tanh, -0.2)):
        x, y = (torch.randn(9, widths[0]).double(), torch.randn(9, widths[-1]).double())
        layers = [nn.Linear(d, e).double() for d, e in zip(widths, widths[1:])]
        parameters = [p for layer in layers for p in layer.parameters()]
        for p in parameters:
            nn.init.constant_(p, start)
        for _ in range(12):
            h = x
            for layer in layers[:-1]:
                h = act(layer(h))
            slopes = torch.autograd.grad(nn.functional.mse_loss(layers[-1](h), y), parameters)
            with torch.no_grad():
                for p, slope in zip(parameters, slopes):
                    p -= 0.2 * slope
        omegas, betas = train_network(widths, act, start, x, y, 0.2, 12)
        assert len(omegas) == len(betas) == len(layers)
        for layer, omega, beta in zip(layers, omegas, betas):
            assert omega.shape == layer.weight.shape and torch.allclose(omega, layer.weight, rtol=1e-09, atol=1e-11)
            assert beta.shape == layer.bias.shape and torch.allclose(beta, layer.bias, rtol=1e-09, atol=1e-11)
            assert not omega.requires_grad and (not beta.requires_grad)

@test_case(points=1, hidden=True, 
    failure_message="Linear or softmax regression is off after some steps. Check the mean, the penalty, and that nothing but the weights is trained.")
def test_regressions(train_linear, train_softmax):
    import torch
    torch.manual_seed(630)
    for n, d, classes in ((20, 3, 4), (7, 1, 2), (1, 5, 3)):
        x, y = (torch.randn(n, d).double(), torch.randn(n).double())
        labels = torch.randint(classes, (n,))
        for start, lam, lr in ((0.0, 0.0, 0.1), (2.0, 0.3, 0.2), (-1.0, 1.0, 0.05)):
            w = torch.full((d,), start).double()
            omega = torch.full((classes, d), start).double()
            hot = torch.nn.functional.one_hot(labels, classes).double()
            for _ in range(5):
                w = w - lr * 2 * x.T @ (x @ w - y) / n
                omega = omega - lr * ((torch.softmax(x @ omega.T, dim=1) - hot).T @ x / n + lam * omega)
            got = (train_linear(x, y, start, lr, 5), train_softmax(x, labels, classes, start, lam, lr, 5))
            for g, e in zip(got, (w, omega)):
                assert g.shape == e.shape and torch.allclose(g, e, rtol=1e-09, atol=1e-11) and (not g.requires_grad)

@test_case(points=1.5, hidden=True, 
    failure_message="One of the three sets, or at least one of the six statements, is wrong. Train from a constant, print the gradients of the first step, and compare the rows afterwards.")
def test_sets_and_facts(moves, start_facts):
    import torch
    torch.manual_seed(631)
    x, y = (torch.randn(30, 3).double(), torch.randn(30, 2).double())
    names = ['omega0', 'beta0', 'omega1', 'beta1', 'omega2', 'beta2']
    shapes = [(4, 3), (4,), (4, 4), (4,), (2, 4), (2,)]

    def gradients(p, act, rows):
        h = act(act(x[rows] @ p[0].T + p[1]) @ p[2].T + p[3])
        loss = ((h @ p[4].T + p[5] - y[rows]) ** 2).mean()
        return (loss.item(), torch.autograd.grad(loss, p))

    def train(act, start, size, steps=80):
        p = [torch.full(shape, start, dtype=torch.float64, requires_grad=True) for shape in shapes]
        for _ in range(steps):
            _, g = gradients(p, act, torch.randperm(30)[:size])
            p = [(a - 0.3 * b).detach().requires_grad_() for a, b in zip(p, g)]
        return ([a.detach() for a in p], gradients(p, act, torch.arange(30))[0])
    for name, act in (('relu', torch.relu), ('tanh', torch.tanh), ('sigmoid', torch.sigmoid)):
        p = [torch.zeros(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]
        _, found = gradients(p, act, torch.arange(30))
        assert moves[name] == {key for key, g in zip(names, found) if g.abs().max() > 0}
    best_constant = y.var(dim=0, unbiased=False).mean().item()
    copies = lambda p: torch.allclose(p[0], p[0][:1].expand(4, 3), rtol=0, atol=1e-09)
    assert start_facts['relu_learns_slowly'] is (train(torch.relu, 0.0, 30)[1] < best_constant - 0.001)
    assert start_facts['units_stay_copies'] is copies(train(torch.tanh, 0.1, 30)[0])
    middle = torch.linalg.svdvals(train(torch.sigmoid, 0.0, 30, 150)[0][2])
    assert start_facts['middle_weights_rank_one'] is bool(middle[1] < 1e-09 * middle[0])
    assert start_facts['minibatches_break_ties'] is (not copies(train(torch.tanh, 0.1, 5)[0]))
    best = torch.linalg.lstsq(x, y[:, 0]).solution
    w = torch.full((3,), 5.0, dtype=torch.float64)
    for _ in range(400):
        w = w - 0.2 * x.T @ (x @ w - y[:, 0]) / 30
    assert start_facts['linear_needs_random_start'] is (not torch.allclose(w, best, atol=1e-06))
    hot = torch.nn.functional.one_hot(torch.randint(3, (30,)), 3).double()
    step = (torch.full((30, 3), 1 / 3).double() - hot).T @ x
    assert start_facts['softmax_keeps_equal_rows'] is torch.allclose(step[0], step[1], atol=1e-06)

