from otter.test_files import test_case

OK_FORMAT = False

name = "q07_preprocessing"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="The pixel values 1, 3, 5 have the mean 3 and the deviation 1.633; the net gives ten scores per image; trial returns a float; preparation_facts holds five booleans.")
def test_one_pixel(standardise, lenet_dropout, trial, preparation_facts):
    import numpy as np
    import torch
    got = standardise(torch.tensor([1.0, 3.0, 5.0]).reshape(3, 1, 1, 1), torch.full((1, 1, 1, 1), 5.0))
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'standardise should return a pair of tensors'
    assert got[0].shape == (3, 1, 1, 1), f'training images: expected shape (3, 1, 1, 1), got {tuple(got[0].shape)}'
    value = got[1].item()
    assert abs(value - 1.2247) < 0.001, f'the test value 5: expected 1.2247, got {value}'
    net = lenet_dropout(0.5)
    assert isinstance(net, torch.nn.Module), 'lenet_dropout should return an nn.Module'
    shape = tuple(net(torch.zeros(2, 1, 28, 28)).shape)
    assert shape == (2, 10), f'scores: expected shape (2, 10), got {shape}'
    images, labels = (torch.zeros(4, 1, 28, 28), torch.arange(4))
    got = trial(0.5, None, (images, labels, images, labels), 1, 0)
    assert isinstance(got, (float, np.floating)), f'trial should return a float, got {type(got).__name__}'
    keys = ['relu_helps', 'dropout_helps', 'raw_is_as_good', 'one_image_is_enough', 'dense_can_absorb']
    assert isinstance(preparation_facts, dict), 'preparation_facts should be a dictionary'
    for key in keys:
        value = preparation_facts.get(key)
        assert isinstance(value, (bool, np.bool_)), f'preparation_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The images are not standardised as asked. Whose statistics count, per pixel or for all, and what about a pixel that never changes?")
def test_standardised(standardise):
    import numpy as np
    import torch
    torch.manual_seed(671)
    X = torch.randn(7, 2, 5, 3) * torch.rand(2, 5, 3) * 9 + 4 * torch.randn(2, 5, 3)
    X[:, 1, 2, 0] = 3.0
    for X_test in (X[:1] + 5, torch.randn(4, 2, 5, 3) - 8):
        for dtype in (torch.float32, torch.float64):
            got = standardise(X.to(dtype), X_test.to(dtype))
            a = X.double().numpy()
            mean, deviation = (a.sum(0) / 7, np.sqrt(((a - a.sum(0) / 7) ** 2).sum(0) / 7))
            deviation[1, 2, 0] = 1
            for made, source in zip(got, (X, X_test)):
                expected = (source.double().numpy() - mean) / deviation
                assert made.dtype == dtype and made.shape == source.shape
                assert np.abs(made.double().numpy() - expected).max() < 0.001 * (1 + np.abs(expected).max())

@test_case(points=1, hidden=True, 
    failure_message="The net is not the one that was asked for. Check where the dropout stands, with which probability, and that it is silent in evaluation mode.")
def test_dropout_in_place(lenet_dropout):
    import torch
    import torch.nn.functional as F

    def look(lenet_dropout, p, x):
        import torch
        from torch.utils._python_dispatch import TorchDispatchMode
        drawn = []

        class Watch(TorchDispatchMode):

            def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
                out = operation(*args, **kwargs or {})
                if 'bernoulli' in str(operation):
                    drawn.append((tuple(out.shape), out.dtype.is_floating_point and float((out != 0).double().mean())))
                elif 'native_dropout' in str(operation):
                    drawn.append((tuple(out[0].shape), float(out[1].double().mean())))
                return out
        net = lenet_dropout(p)
        with torch.no_grad():
            with Watch():
                net(x)
            training = list(drawn)
            net.eval()
            drawn.clear()
            with Watch():
                scores = net(x)
        return (training, len(drawn), [w.detach() for w in net.parameters()], scores)
    torch.manual_seed(672)
    x = torch.randn(400, 1, 28, 28)
    for p in (0.5, 0.2):
        drawn, silent, parameters, scores = inside(look)(lenet_dropout, p, x)
        assert [tuple(shape) for shape, _ in drawn] == [(400, 120), (400, 84)] and silent == 0
        assert all((abs(kept - (1 - p)) < 0.02 for _, kept in drawn))
        w = {tuple(p.shape): p for p in parameters}
        h = F.max_pool2d(F.conv2d(x, w[6, 1, 5, 5], w[6,], padding=2).clamp(min=0), 2)
        h = F.max_pool2d(F.conv2d(h, w[16, 6, 5, 5], w[16,]).clamp(min=0), 2).flatten(1)
        h = (h @ w[120, 400].T + w[120,]).clamp(min=0)
        h = (h @ w[84, 120].T + w[84,]).clamp(min=0)
        assert (scores - h @ w[10, 84].T - w[10,]).abs().max() < 0.0001 * scores.abs().max()

@test_case(points=1, hidden=True, 
    failure_message="The trial is not run as asked. Follow the seed, the prepared images, and which images the accuracy is measured on.")
def test_trial_by_hand(trial, lenet_dropout, fit, accuracy):
    import torch

    def by_hand(trial, lenet_dropout, fit, accuracy, data, epochs, seed):
        import torch
        X, y, X_test, y_test = data
        got, expected = ([], [])
        for prepare in (None, lambda X, X_test: (X.flip(2), X_test.flip(2))):
            got.append(trial(0.3, prepare, data, epochs, seed))
            a, b = (X, X_test) if prepare is None else (X.flip(2), X_test.flip(2))
            torch.manual_seed(seed)
            net = lenet_dropout(0.3)
            fit(net, a, y, epochs=epochs, seed=seed)
            expected.append(accuracy(net, b, y_test))
        return (got, expected)
    torch.manual_seed(673)
    images, labels = (0.5 * torch.randn(314, 1, 28, 28), torch.randint(0, 3, (314,)))
    for image, label in zip(images, labels):
        image[0, 9 * label:9 * label + 9] += 1
    data = (images[:64], labels[:64], images[64:], labels[64:])
    for epochs, seed in ((2, 3), (4, 0)):
        got, expected = inside(by_hand)(trial, lenet_dropout, fit, accuracy, data, epochs, seed)
        assert max((abs(a - b) for a, b in zip(got, expected))) < 0.006

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements is decided wrongly. Run the trials, and write a dense layer with its standardised input multiplied out.")
def test_preparation_facts(preparation_facts, make_digits):
    import torch
    import torch.nn.functional as F
    from torch import nn
    X, y = make_digits(400, seed=675)
    X_test, y_test = make_digits(400, seed=676)

    def trained(act=nn.ReLU, p=0.0, change=lambda images: images):
        torch.manual_seed(0)
        layers = [nn.Conv2d(1, 6, 5, padding=2), act(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), act(), nn.MaxPool2d(2)]
        layers += [nn.Flatten(), nn.Linear(400, 120), act(), nn.Dropout(p), nn.Linear(120, 84), act(), nn.Dropout(p)]
        net = nn.Sequential(*layers, nn.Linear(84, 10))
        optimiser = torch.optim.Adam(net.parameters(), lr=0.003)
        for _ in range(5):
            for rows in torch.randperm(len(X)).split(32):
                optimiser.zero_grad()
                F.cross_entropy(net(change(X[rows])), y[rows]).backward()
                optimiser.step()
        net.eval()
        return (net(change(X_test)).argmax(1) == y_test).double().mean().item()
    plain, sigmoid, dropped = (trained(), trained(nn.Sigmoid), trained(p=0.5))
    raw = trained(change=lambda images: 100 + 10 * images)
    mean, deviation = (X.mean(0), X.std(0))
    standard = trained(change=lambda images: (images - mean) / deviation)
    alone = X_test[:1] - X_test[:1].mean(0)
    torch.manual_seed(677)
    u, v = (torch.randn(6, 9).double() * 7 + 5, torch.randn(4, 9).double())
    w, b = (v / u.std(0), torch.randn(4).double())
    gap = F.linear((u - u.mean(0)) / u.std(0), v, b) - F.linear(u, w, b - w @ u.mean(0))
    decided = {'relu_helps': plain > sigmoid + 0.1, 'dropout_helps': dropped > plain + 0.1, 'raw_is_as_good': raw > standard - 0.1, 'one_image_is_enough': bool(alone.abs().max() > 0), 'dense_can_absorb': bool(gap.abs().max() < 1e-09)}
    for key, truth in decided.items():
        assert bool(preparation_facts[key]) is truth

