from otter.test_files import test_case

OK_FORMAT = False

name = "q3_matrix_form"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="Sizes [2, 3, 1] give [((3, 2), 3), ((1, 3), 1)]; the small network gives h_1 = 3 and f = -8.")
def test_small_network(layer_shapes, layer_by_layer, nested, n_params_5_4):
    import numpy as np
    got = layer_shapes([2, 3, 1])
    assert got is not None, 'layer_shapes([2, 3, 1]) returned None: expected a list'
    expected = [((3, 2), 3), ((1, 3), 1)]
    assert got == expected, f'layer_shapes([2, 3, 1]): expected {expected}, got {got}'
    weights, biases = ([np.array([[2.0]]), np.array([[-3.0]])], [np.array([-1.0]), np.array([1.0])])
    got = layer_by_layer(np.array([2.0]), weights, biases)
    assert got is not None, 'layer_by_layer(...) returned None: expected the list [h_1, f]'
    assert isinstance(got, (list, tuple)) and len(got) == 2, 'layer_by_layer: expected the list [h_1, f]'
    for name, value, expected in zip(('h_1', 'f'), got, (3, -8)):
        assert np.shape(value) == (1,), f'{name}: expected shape (1,), got {np.shape(value)}'
        assert np.allclose(value, expected), f'{name}: expected {expected}, got {value}'
    ones = [np.array([[1.0]])] * 4
    got = nested(np.array([2.0]), ones, [np.array([-1.0])] * 4)
    assert got is not None, 'nested(...) returned None: expected an array'
    assert np.shape(got) == (1,), f'nested: expected shape (1,), got {np.shape(got)}'
    assert np.allclose(got, -1), f'nested, all weights 1, all biases -1, x = 2: expected [-1], got {got}'
    assert type(n_params_5_4) is int, 'n_params_5_4 should be an integer'

@test_case(points=1, hidden=True, 
    failure_message="Some shape or the number of parameters is wrong. A matrix has one row per unit that it computes, and so has its bias.")
def test_shapes_against_torch(layer_shapes, n_params_5_4):
    from torch import nn
    for sizes in ([5, 20, 10, 7, 4], [3, 2], [1, 8, 1], [6, 1, 1, 9]):
        linears = [nn.Linear(before, after) for before, after in zip(sizes, sizes[1:])]
        expected = [(tuple(layer.weight.shape), len(layer.bias)) for layer in linears]
        assert [(tuple(shape), length) for shape, length in layer_shapes(sizes)] == expected
        if sizes == [5, 20, 10, 7, 4]:
            assert n_params_5_4 == sum((p.numel() for layer in linears for p in layer.parameters()))

@test_case(points=1, hidden=True, 
    failure_message="layer_by_layer does not give every layer of some network, or not for a single input and for a batch. Is there a ReLU on the output?")
def test_layers_against_torch(layer_by_layer):
    import numpy as np
    import torch
    rng = torch.Generator().manual_seed(42)
    negative = 0
    for sizes in ([5, 20, 10, 7, 4], [3, 2], [1, 8, 1], [6, 1, 1, 9], [2, 3, 4, 5, 4, 3, 2]):
        shapes = list(zip(sizes[1:], sizes))
        weights = [torch.randn(shape, generator=rng, dtype=torch.float64) for shape in shapes]
        biases = [torch.randn(size, generator=rng, dtype=torch.float64) for size in sizes[1:]]
        for shape in ((sizes[0],), (1, sizes[0]), (6, sizes[0])):
            x = torch.randn(shape, generator=rng, dtype=torch.float64)
            got = layer_by_layer(x.numpy(), [w.numpy() for w in weights], [b.numpy() for b in biases])
            assert len(got) == len(weights)
            h, size = (x, 1.0)
            for k, (weight, bias) in enumerate(zip(weights, biases)):
                h = torch.nn.functional.linear(h, weight, bias)
                if k < len(weights) - 1:
                    h = torch.relu(h)
                size = max(size, h.abs().max().item())
                assert np.shape(got[k]) == tuple(h.shape)
                assert np.abs(np.asarray(got[k]) - h.numpy()).max() <= 1e-12 * size
            negative += int((h < 0).any())
    assert negative > 5

@test_case(points=1, hidden=True, 
    failure_message="The nested expression is not the network with three hidden layers. Read it from the inside outwards.")
def test_nested_against_torch(nested):
    import numpy as np
    import torch
    torch.manual_seed(43)
    for sizes in ([5, 20, 10, 7, 4], [1, 1, 1, 1, 1], [3, 6, 2, 6, 1]):
        layers = []
        for before, after in zip(sizes, sizes[1:]):
            layers += [torch.nn.Linear(before, after, dtype=torch.float64), torch.nn.ReLU()]
        net = torch.nn.Sequential(*layers[:-1])
        linears = [layer for layer in net if isinstance(layer, torch.nn.Linear)]
        for shape in ((sizes[0],), (1, sizes[0]), (9, sizes[0])):
            x = 3 * torch.randn(shape, dtype=torch.float64)
            weights = [layer.weight.detach().numpy() for layer in linears]
            biases = [layer.bias.detach().numpy() for layer in linears]
            expected = net(x).detach().numpy()
            got = nested(x.numpy(), weights, biases)
            assert np.shape(got) == expected.shape
            assert np.abs(got - expected).max() < 1e-12

