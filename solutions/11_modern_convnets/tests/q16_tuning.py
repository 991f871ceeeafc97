from otter.test_files import test_case

OK_FORMAT = False

name = "q16_tuning"
points = 6


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="The example grid has four configurations; tune returns the best one and a table; nin_choice has four entries and tuning_facts four booleans.")
def test_small_grid(expand, tune, dead_classes, nin_choice, tuning_facts):
    import numpy as np
    import torch
    got = expand({'a': [1, 2], 'b': [3, 4]})
    expected = [{'a': 1, 'b': 3}, {'a': 1, 'b': 4}, {'a': 2, 'b': 3}, {'a': 2, 'b': 4}]
    assert got is not None, 'expand(...) returned None: expected a list of dictionaries'
    assert list(got) == expected, f'expand of the example: expected {expected}, got {got}'
    got = tune({'a': [1, 2]}, lambda config: (0.5, config['a'] / 4))
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'tune should return (best, table)'
    assert got[0] == {'a': 2}, f"the second configuration is better: expected {{'a': 2}}, got {got[0]}"
    table = [tuple(row) for row in got[1]]
    assert table == [({'a': 1}, 0.5, 0.25), ({'a': 2}, 0.5, 0.5)], f'the table has other rows: {table}'
    got = dead_classes(torch.tensor([[0.0, 1.0], [0.0, 0.0]]))
    assert got is not None, 'dead_classes(...) returned None: expected a float'
    assert abs(got - 0.5) < 1e-09, f'one of two classes is dead: expected 0.5, got {got}'
    assert isinstance(nin_choice, dict), 'nin_choice should be a dictionary'
    missing = [key for key in ('n_1x1', 'init', 'lr', 'epochs') if key not in nin_choice]
    assert not missing, f'nin_choice has no entry for {missing}'
    assert isinstance(tuning_facts, dict), 'tuning_facts should be a dictionary'
    keys = ['large_rate_kills', 'small_rate_is_safe', 'dead_needs_zero_rows', 'training_accuracy_decides']
    for key in keys:
        value = tuning_facts.get(key)
        assert isinstance(value, (bool, np.bool_)), f'tuning_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="The search does not go through the grid as asked, or another accuracy decides, or a tie is broken the other way.")
def test_search(expand, tune):

    def look(tune, grid, marks):
        calls = []

        def run(config):
            calls.append(dict(config))
            return marks[len(calls) - 1]
        best, table = tune(grid, run)
        return (calls, best, [tuple(row) for row in table])
    grid = {'lr': [0.1, 0.01], 'init': ['x', 'y', 'z'], 'n': [7]}
    configs = [{'lr': lr, 'init': init, 'n': 7} for lr in grid['lr'] for init in grid['init']]
    for marks in ([(0.9, 0.1), (0.2, 0.8), (1.0, 0.5), (0.3, 0.8), (0.1, 0.2), (0.8, 0.0)], [(0.1, 0.9), (0.2, 0.8), (1.0, 0.5), (0.3, 0.8), (0.1, 0.2), (0.8, 0.0)], [(0.5, 0.0), (0.5, 0.0), (0.4, 0.0), (0.6, 0.0), (0.5, 0.0), (0.5, 0.0)], [(0.9, 0.1), (0.2, 0.1), (1.0, 0.5), (0.3, 0.4), (0.1, 0.2), (0.0, 0.6)]):
        calls, best, table = inside(look)(tune, grid, marks)
        validation = [mark[1] for mark in marks]
        assert calls == configs and best == configs[validation.index(max(validation))]
        assert table == [(config, *mark) for config, mark in zip(configs, marks)]
    assert list(expand(grid)) == configs
    assert list(expand({'a': [1, 2, 3]})) == [{'a': 1}, {'a': 2}, {'a': 3}] and list(expand({'a': [1], 'b': []})) == []

@test_case(points=1, hidden=True, 
    failure_message="The share of dead classes is wrong for some scores. Rows are examples, columns classes, and a score near zero is not zero.")
def test_dead_by_columns(dead_classes):
    import torch
    torch.manual_seed(6161)
    silent = torch.zeros(30, 10)
    silent[:, 3] = 1.0
    assert abs(dead_classes(silent) - 0.9) < 1e-12
    assert dead_classes(torch.zeros(4, 3)) == 1 and dead_classes(torch.full((2, 5), -1e-30)) == 0
    for n, k in ((1, 4), (6, 1), (7, 9), (3, 50)):
        scores = torch.randn(n, k).clamp(min=0) * (torch.rand(k) < 0.6)
        dead = sum((all((value == 0 for value in column)) for column in scores.T.tolist()))
        assert abs(dead_classes(scores) - dead / k) < 1e-12

@test_case(points=1, hidden=True, 
    failure_message="The choice breaks a rule, or the network that it describes does not tell the stripes apart.")
def test_choice(nin_choice, make_stripes):
    import torch
    from torch import nn
    assert nin_choice['n_1x1'] in (1, 2) and nin_choice['epochs'] <= 10
    assert nin_choice['init'] in ('default', 'kaiming')

    def mistakes(seed):
        X, y = make_stripes(400, 10 + seed)
        X_test, y_test = make_stripes(400, 20 + seed)
        torch.manual_seed(seed)
        layers = []
        for c_in, c_out, *window in ((1, 12, 5, 2, 2), (12, 16, 3, 2, 1), (16, 6, 3, 1, 1)):
            for i in range(1 + nin_choice['n_1x1']):
                layers += [nn.Conv2d(c_out, c_out, 1) if i else nn.Conv2d(c_in, c_out, *window), nn.ReLU()]
        for conv in layers[::2] if nin_choice['init'] == 'kaiming' else ():
            nn.init.kaiming_normal_(conv.weight, nonlinearity='relu')
            nn.init.zeros_(conv.bias)
        net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        optimiser = torch.optim.Adam(net.parameters(), lr=nin_choice['lr'])
        for _ in range(nin_choice['epochs']):
            for rows in torch.randperm(len(X)).split(32):
                optimiser.zero_grad()
                nn.functional.cross_entropy(net(X[rows]), y[rows]).backward()
                optimiser.step()
        return (net(X_test).argmax(1) != y_test).double().mean().item()
    assert mistakes(3) < 0.4 or mistakes(4) < 0.4

@test_case(points=1, hidden=True, 
    failure_message="At least one of the four statements about tuning is decided wrongly. Try both rates, and write down scores of three classes for two images.")
def test_tuning_facts(tuning_facts, make_stripes):
    import torch
    from torch import nn
    X, y = make_stripes(400, 0)

    def scores(rate):
        torch.manual_seed(0)
        layers = []
        for row in ((1, 12, 5, 2, 2), (12, 12, 1), (12, 16, 3, 2, 1), (16, 16, 1), (16, 6, 3, 1, 1), (6, 6, 1)):
            layers += [nn.Conv2d(*row), nn.ReLU()]
            nn.init.kaiming_normal_(layers[-2].weight, nonlinearity='relu')
            nn.init.zeros_(layers[-2].bias)
        net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        optimiser = torch.optim.Adam(net.parameters(), lr=rate)
        for _ in range(3):
            for rows in torch.randperm(400).split(32):
                optimiser.zero_grad()
                nn.functional.cross_entropy(net(X[rows]), y[rows]).backward()
                optimiser.step()
        return net(X).detach()
    right = lambda out: (out.argmax(1) == y).double().mean().item()
    small, middle, large = (scores(1e-05), scores(0.003), scores(0.3))
    example = torch.tensor([[0.0, 1.0, 2.0], [0.0, 3.0, 0.0]])
    dead = (example == 0).all(0).any() and (not (example == 0).all(1).any())
    marks = {'memorises': (1.0, 0.6), 'generalises': (0.9, 0.8)}
    by_training, by_validation = (max(marks, key=lambda name: marks[name][i]) for i in (0, 1))
    decided = {'large_rate_kills': (large == 0).all(0).double().mean().item() >= 0.5, 'small_rate_is_safe': right(small) > right(middle), 'dead_needs_zero_rows': not dead, 'training_accuracy_decides': by_training == by_validation}
    for key, truth in decided.items():
        assert bool(tuning_facts[key]) is truth

