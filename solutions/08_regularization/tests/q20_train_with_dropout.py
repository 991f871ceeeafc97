from otter.test_files import test_case

OK_FORMAT = False

name = "q20_train_with_dropout"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="dropout_mlp should be an nn.Sequential that gives 2 logits, evaluate two floats, and learning_curve an array of shape (len(steps), 4).")
def test_shapes(dropout_mlp, evaluate, learning_curve, make_task):
    import numpy as np
    import torch
    net = dropout_mlp(0.2, 0.5, 6)
    assert isinstance(net, torch.nn.Sequential), 'dropout_mlp should return an nn.Sequential'
    shape = tuple(net(torch.ones(3, 20)).shape)
    assert shape == (3, 2), f'dropout_mlp: expected logits of shape (3, 2), got {shape}'
    same = torch.nn.Sequential(torch.nn.Linear(20, 2))
    torch.nn.init.zeros_(same[0].weight)
    torch.nn.init.zeros_(same[0].bias)
    got = evaluate(same, torch.ones(4, 20), torch.zeros(4, dtype=torch.long))
    assert got is not None, 'evaluate(...) returned None: expected the pair (loss, accuracy)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'evaluate should return the pair (loss, accuracy)'
    assert np.allclose(got, [np.log(2), 1]), f'evaluate of equal logits: expected (0.6931, 1.0), got {got}'
    data = (*make_task(20, 0), *make_task(10, 1))
    got = learning_curve(0.2, 0.5, 0.0, [1, 2], 0, data)
    assert got is not None, 'learning_curve(...) returned None: expected an array'
    assert np.shape(got) == (2, 4), f'learning_curve with 2 steps: expected shape (2, 4), got {np.shape(got)}'

@test_case(points=2, hidden=True, 
    failure_message="The layers are not as asked, or a network is not measured without dropout and left in its mode. Which rate belongs where?")
def test_layers_and_measures(dropout_mlp, evaluate):
    import torch

    def layers(dropout_mlp, p1, p2, width):
        net = dropout_mlp(p1, p2, width)
        names = [type(layer).__name__ for layer in net]
        return (names, [layer.p for layer in net if hasattr(layer, 'p')], [tuple(p.shape) for p in net.parameters()])
    for p1, p2, width in ((0.2, 0.5, 32), (0.5, 0.2, 7), (0.0, 0.9, 1)):
        names, rates, shapes = inside(layers)(dropout_mlp, p1, p2, width)
        assert names == ['Linear', 'ReLU', 'Dropout'] * 2 + ['Linear'] and rates == [p1, p2]
        assert shapes == [(width, 20), (width,), (width, width), (width,), (2, width), (2,)]

    def measure(evaluate, mode, X, y):
        import torch
        torch.manual_seed(5)
        net = torch.nn.Sequential(torch.nn.Linear(20, 40), torch.nn.Dropout(0.5), torch.nn.Linear(40, 3))
        net.train(mode)
        first, second = (evaluate(net, X, y), evaluate(net, X, y))
        leaf = net[0].weight.grad is None
        return (first, second, [module.training for module in net.modules()], leaf, list(net.parameters()))
    torch.manual_seed(839)
    for n in (1, 50):
        X, y = (torch.randn(n, 20), torch.randint(3, (n,)))
        for mode in (True, False):
            first, second, modes, clean, parameters = inside(measure)(evaluate, mode, X, y)
            w1, b1, w2, b2 = (p.detach() for p in parameters)
            log_p = ((X @ w1.T + b1) @ w2.T + b2).log_softmax(1)
            loss = -sum((log_p[i, y[i]].item() for i in range(n))) / n
            right = sum((int(log_p[i].argmax() == y[i]) for i in range(n))) / n
            assert tuple(first) == tuple(second) and modes == [mode] * 4 and (clean is True)
            assert all((isinstance(value, float) for value in first))
            assert abs(first[0] - loss) < 0.0001 and abs(first[1] - right) < 1e-06

@test_case(points=2, hidden=True, 
    failure_message="The curve is not that of the training described. Is the network in training mode at every step, also after it was measured, and are gradients and seeds fresh?")
def test_curve_step_by_step(learning_curve, make_task):
    import numpy as np
    import torch
    torch.set_num_threads(1)
    data = (*make_task(40, 3), *make_task(60, 4))
    for p1, p2, decay, steps, seed in ((0.3, 0.6, 0.0, [1, 4, 5], 0), (0.6, 0.3, 2.0, [3, 8], 1), (0.0, 0.0, 5.0, [7], 2), (0.1, 0.0, 0.0, [1], 0)):
        torch.manual_seed(seed)
        linears = [torch.nn.Linear(20, 32), torch.nn.Linear(32, 32), torch.nn.Linear(32, 2)]
        parameters = [p for linear in linears for p in linear.parameters()]
        drop = torch.nn.functional.dropout

        def forward(X, training):
            h = drop(linears[0](X).clamp(min=0), p1, training)
            return linears[2](drop(linears[1](h).clamp(min=0), p2, training)).log_softmax(1)
        averages = [(torch.zeros_like(p), torch.zeros_like(p)) for p in parameters]
        expected = []
        for step in range(1, steps[-1] + 1):
            log_p = forward(data[0], True)
            gradients = torch.autograd.grad(-log_p[torch.arange(40), data[1]].mean(), parameters)
            for p, g, (m, v) in zip(parameters, gradients, averages):
                m.mul_(0.9).add_(0.1 * g)
                v.mul_(0.999).add_(0.001 * g ** 2)
                change = m / (1 - 0.9 ** step) / ((v / (1 - 0.999 ** step)).sqrt() + 1e-08)
                p.data.mul_(1 - 0.01 * decay).sub_(0.01 * change)
            if step in steps:
                with torch.no_grad():
                    outs = (forward(data[0], False), forward(data[2], False))
                losses = [-out[torch.arange(len(y)), y].mean().item() for out, y in zip(outs, data[1::2])]
                shares = [(out.argmax(1) == y).double().mean().item() for out, y in zip(outs, data[1::2])]
                expected.append(losses + shares)
        got = learning_curve(p1, p2, decay, steps, seed, data)
        assert np.shape(got) == (len(steps), 4)
        assert np.abs(np.asarray(got)[:, :2] - np.array(expected)[:, :2]).max() < 0.001
        assert np.abs(np.asarray(got)[:, 2:] - np.array(expected)[:, 2:]).max() < 0.06

