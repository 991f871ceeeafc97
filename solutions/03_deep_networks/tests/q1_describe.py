from otter.test_files import test_case

OK_FORMAT = False

name = "q1_describe"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="Sizes [1, 2, 1] give depth 1, widths [2], 2 hidden units, 7 parameters; hyperparameters is a set of labels, tall a dictionary of integers.")
def test_smallest_network(describe, hyperparameters, tall):
    from torch import nn
    got = describe(nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 1)))
    assert got is not None, 'describe(model) returned None: expected a dictionary'
    assert isinstance(got, dict), 'describe should return a dictionary'
    for key, expected in (('depth', 1), ('widths', [2]), ('hidden_units', 2), ('n_parameters', 7)):
        assert key in got, f'the dictionary has no entry {key!r}'
        assert got[key] == expected, f'{key!r}: expected {expected}, got {got[key]}'
    assert isinstance(hyperparameters, (set, frozenset)), 'hyperparameters should be a set of labels'
    labels = {'K', 'D_1', 'D_2', 'D_3', 'D_i', 'D_o', 'weights', 'biases'}
    assert hyperparameters <= labels, f'unknown labels: {hyperparameters - labels}'
    assert isinstance(tall, dict), 'tall should be a dictionary'
    for key in ('depth', 'width', 'hidden_units', 'n_parameters'):
        assert type(tall.get(key)) is int, f'tall[{key!r}] should be an integer'

@test_case(points=1, hidden=True, 
    failure_message="The set of hyperparameters is not right. What is learned is none, and what the data dictate is none either.")
def test_hyperparameters(hyperparameters):
    import torch
    from torch import nn
    torch.manual_seed(41)
    x, y = (torch.randn(16, 3), torch.randn(16, 2))
    settings = {'D_i': 3, 'D_1': 4, 'D_2': 2, 'D_3': 3, 'D_o': 2}
    sizes = list(settings.values())
    layers = []
    for before, after in zip(sizes, sizes[1:]):
        layers += [nn.Linear(before, after), nn.Tanh()]
    net = nn.Sequential(*layers[:-1])
    kept = {name: p.detach().clone() for name, p in net.named_parameters()}
    ((net(x) - y) ** 2).sum().backward()
    torch.optim.SGD(net.parameters(), lr=0.1).step()
    learned = {name.split('.')[1] for name, p in net.named_parameters() if not torch.equal(p, kept[name])}
    free = {'K'} if len(sizes) > 2 else set()
    for label in settings:
        changed = [value + (label == name) for name, value in settings.items()]
        shallow = [nn.Linear(before, after) for before, after in zip(changed, changed[1:])]
        try:
            if nn.Sequential(*shallow)(x).shape == y.shape:
                free.add(label)
        except RuntimeError:
            pass
    assert learned == {'weight', 'bias'}
    assert hyperparameters == free

@test_case(points=1, hidden=True, 
    failure_message="describe misreads some network. The output layer is not hidden, and a learned number is counted wherever it sits.")
def test_describe(describe):
    from torch import nn

    def tower(sizes, activation, bias=True):
        layers = [nn.Flatten()]
        for before, after in zip(sizes, sizes[1:]):
            layers += [nn.Linear(before, after, bias=bias), activation()]
        return nn.Sequential(*layers[:-1])
    for sizes in ([3, 4, 2, 3, 2], [1, 1, 1], [7, 3], [2, 9, 9, 9, 9, 9, 4], [4, 4, 4, 4]):
        weights = sum((a * b for a, b in zip(sizes, sizes[1:])))
        hidden = sizes[1:-1]
        expected = {'depth': len(hidden), 'widths': hidden, 'hidden_units': sum(hidden)}
        for activation in (nn.ReLU, nn.Tanh):
            got = describe(tower(sizes, activation))
            assert got == expected | {'n_parameters': weights + sum(sizes[1:])}
        assert describe(tower(sizes, nn.ReLU, bias=False)) == expected | {'n_parameters': weights}
        got = describe(tower(sizes, nn.PReLU))
        assert got == expected | {'n_parameters': weights + sum(sizes[1:]) + len(hidden)}
    got = describe(nn.Sequential(nn.Linear(2, 5), nn.Linear(5, 1)))
    assert got == {'depth': 1, 'widths': [5], 'hidden_units': 5, 'n_parameters': 21}

@test_case(points=1, hidden=True, 
    failure_message="At least one number of tall is wrong. Depth counts hidden layers, width the units of one of them, and the first layer has five inputs.")
def test_tall(tall):
    from torch import nn
    sizes = [5] + [30] * 20 + [1]
    linears = [nn.Linear(before, after) for before, after in zip(sizes, sizes[1:])]
    hidden = linears[:-1]
    assert tall['depth'] == len(hidden)
    assert {tall['width']} == {layer.out_features for layer in hidden}
    assert tall['hidden_units'] == sum((layer.out_features for layer in hidden))
    assert tall['n_parameters'] == sum((p.numel() for layer in linears for p in layer.parameters()))

