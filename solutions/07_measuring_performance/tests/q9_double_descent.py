from otter.test_files import test_case

OK_FORMAT = False

name = "q9_double_descent"
points = 6

@test_case(points=1, hidden=False, 
    failure_message="The sizes (2, 3, 1) give 13 parameters and one hidden layer. One feature with V = (1) fits x = (1, 2), y = (1, 1) with the training error 0.1.")
def test_small_numbers(n_params, hidden_layers, feature_errors, descent_facts):
    import numpy as np
    got = n_params([2, 3, 1])
    assert got is not None, 'n_params(...) returned None: expected an integer'
    assert got == 13, f'n_params([2, 3, 1]): expected 13, got {got}'
    got = hidden_layers(13, 2, 3, 1)
    assert got is not None, 'hidden_layers(13, 2, 3, 1): expected 1, got None'
    assert got == 1, f'hidden_layers(13, 2, 3, 1): expected 1, got {got}'
    got = feature_errors(np.ones((1, 1)), np.array([[1.0], [2.0]]), np.ones(2), np.array([[-1.0]]), np.array([2.0]), 0.0)
    assert got is not None, 'feature_errors(...) returned None: expected (train, test)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'feature_errors should return (train, test)'
    assert np.shape(got[0]) == np.shape(got[1]) == (), 'train and test should be single numbers'
    assert np.allclose(got, [0.1, 4]), f'feature_errors: expected (0.1, 4), got {got}'
    assert isinstance(descent_facts, dict), 'descent_facts should be a dictionary'
    keys = ['one_hidden_layer', 'training_error_stays', 'more_data_always_help', 'worst_at_equality']
    for key in [*keys, 'counting_settles_it']:
        assert isinstance(descent_facts.get(key), bool), f'descent_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="Some network is counted wrongly, or its number of layers. Draw one with two hidden layers.")
def test_counts_against_torch(n_params, hidden_layers):
    import torch

    def count(sizes):
        layers = [torch.nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])]
        return sum((p.numel() for layer in layers for p in layer.parameters()))
    for sizes in ([1, 1], [7, 2], [3, 5, 2], [4, 1, 1, 9], [6, 2, 8, 3, 5], [40, 200, 10], [40, 200, 200, 10]):
        assert n_params(sizes) == count(sizes)
    assert hidden_layers(count([40, 200, 200, 10]), 40, 200, 10) == 2
    for d_in, width, d_out in ((3, 4, 2), (1, 1, 1), (5, 2, 7)):
        totals = {count([d_in, *[width] * k, d_out]): k for k in range(1, 6)}
        for total in range(1, max(totals) + 1):
            assert hidden_layers(total, d_in, width, d_out) == totals.get(total)

@test_case(points=3, hidden=True, 
    failure_message="The errors are not those of the shortest best readout. Try more features than examples, and a penalty; it is added to the sum of the squares, not to their mean, and the errors do not contain it.")
def test_readout_by_two_formulas(feature_errors):
    import numpy as np
    import torch
    rng = np.random.default_rng(723)
    for n, p, d in ((5, 40, 10), (30, 60, 10), (200, 20, 10), (40, 6, 3), (1, 8, 2), (9, 1, 1)):
        for penalty in (0.0, 0.3, 7.0):
            V, x, x_test = (rng.normal(size=(p, d)), rng.normal(size=(n, d)) + 0.1, rng.normal(size=(17, 2 * d))[:, ::2])
            x[0] = V[0] / np.linalg.norm(V[0])
            y, y_test = (rng.normal(size=n), rng.normal(size=17))
            h, h_test = (torch.relu(torch.tensor(a @ V.T)) for a in (x, x_test))
            if n < p:
                weights = torch.linalg.solve(h @ h.T + penalty * torch.eye(n), torch.tensor(y))
                readout = h.T @ weights
            else:
                readout = torch.linalg.solve(h.T @ h + penalty * torch.eye(p), h.T @ torch.tensor(y))
            expected = [((h @ readout).numpy() - y) ** 2, ((h_test @ readout).numpy() - y_test) ** 2]
            got = feature_errors(V, x, y, x_test, y_test, penalty)
            for value, squares in zip(got, expected):
                assert abs(value - squares.mean()) <= 1e-07 * squares.mean() + 1e-15
    V, x, y = (np.array([[1.0], [-1.0]]), np.array([[1.0], [2.0]]), np.array([1.0, 1.0]))
    got = feature_errors(V, x, y, np.array([[-3.0], [1.0]]), np.array([2.0, 0.0]), 0.0)
    assert np.allclose(got, [0.1, (4 + 0.36) / 2], rtol=1e-09)
    V, x = (rng.normal(size=(60, 10)), rng.normal(size=(60, 10)))
    assert feature_errors(V, x, rng.normal(size=60), x, rng.normal(size=60), 0.0)[0] < 1e-12

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements is decided wrongly. Count the classifier's parameters, and look at the curves without and with a penalty.")
def test_descent_facts(descent_facts):
    import numpy as np

    def errors(n, penalty, seed):
        rng = np.random.default_rng(seed)
        b, V = (rng.normal(size=10) / 10 ** 0.5, rng.normal(size=(60, 10)) / 10 ** 0.5)
        x, x_test = (rng.normal(size=(n, 10)), rng.normal(size=(200, 10)))
        y = x @ b + 0.5 * rng.normal(size=n)
        h, h_test = (np.maximum(x @ V.T, 0), np.maximum(x_test @ V.T, 0))
        u, s, vt = np.linalg.svd(h, full_matrices=False)
        readout = vt.T @ (s / (s ** 2 + penalty) * (u.T @ y))
        return (((h @ readout - y) ** 2).mean(), ((h_test @ readout - x_test @ b) ** 2).mean())
    sizes = (12, 30, 60, 120, 600)
    plain, damped = (np.median([[errors(n, c, s) for n in sizes] for s in range(15)], axis=0) for c in (0, 10.0))
    layers = {k: 41 * 200 + (k - 1) * 201 * 200 + 201 * 10 for k in range(1, 6)}
    classifier = [k for k, total in layers.items() if f'{total:,}' == '50,410']
    assert descent_facts['one_hidden_layer'] is (classifier == [1])
    assert descent_facts['training_error_stays'] is bool(plain[:, 0].max() < 1e-06)
    assert descent_facts['more_data_always_help'] is bool((np.diff(plain[:, 1]) < 0).all())
    assert descent_facts['worst_at_equality'] is bool(plain[2, 1] > 5 * max(plain[1, 1], plain[3, 1]))
    assert descent_facts['counting_settles_it'] is bool(plain[2, 1] > plain[0, 1] and damped[2, 1] > damped[0, 1])

