from otter.test_files import test_case

OK_FORMAT = False

name = "q10_same_function"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For a network with two units, both modes should return arrays of the same shapes that give the same output at x = -1, 0, 1.")
def test_two_units(equivalent_params, minimum_facts):
    import numpy as np
    phi, theta = (np.array([1.0, 6.0, -2.0]), np.array([[2.0, 4.0], [1.0, -1.0]]))
    x = np.array([-1.0, 0.0, 1.0])
    network = lambda phi, theta: phi[0] + np.maximum(theta[:, :1] + theta[:, 1:] * x, 0).T @ phi[1:]
    for mode in ('permute', 'scale'):
        got = equivalent_params(phi, theta, mode, 0)
        assert got is not None, f'equivalent_params(..., {mode!r}, 0) returned None: expected (phi2, theta2)'
        assert isinstance(got, (tuple, list)) and len(got) == 2, 'expected two arrays, (phi2, theta2)'
        phi2, theta2 = (np.asarray(got[0]), np.asarray(got[1]))
        assert phi2.shape == (3,), f'{mode}: phi2 should have shape (3,), got {phi2.shape}'
        assert theta2.shape == (2, 2), f'{mode}: theta2 should have shape (2, 2), got {theta2.shape}'
        old, new = (network(phi, theta), network(phi2, theta2))
        assert np.allclose(old, new), f'{mode}: output at -1, 0, 1 should stay {old}, got {new}'
    assert isinstance(minimum_facts, dict), 'minimum_facts should be a dictionary'
    for key in ('lowest_loss_is_unique', 'parameters_are_unique'):
        assert isinstance(minimum_facts.get(key), bool), f'minimum_facts[{key!r}] should be True or False'
    for key in ('orders', 'free_factors'):
        assert type(minimum_facts.get(key)) is int, f'minimum_facts[{key!r}] should be an integer'

@test_case(points=1, hidden=True, 
    failure_message="permute does not always give the same units in another order. What has to move together?")
def test_permute(equivalent_params):
    import numpy as np
    rng = np.random.default_rng(44)
    x = np.linspace(-10, 10, 200)
    network = lambda phi, theta: phi[0] + np.maximum(theta[:, :1] + theta[:, 1:] * x, 0).T @ phi[1:]
    for seed in range(20):
        d = (2, 3, 3, 6)[seed % 4]
        signs = lambda *shape: rng.choice([-1.0, 1.0], size=shape)
        phi = signs(d + 1) * rng.uniform(0.3, 2, size=d + 1)
        theta = signs(d, 2) * (0.3 + 0.2 * rng.permutation(2 * d).reshape(d, 2))
        phi2, theta2 = equivalent_params(phi, theta, 'permute', seed)
        assert np.abs(network(phi, theta) - network(phi2, theta2)).max() < 1e-09
        assert phi2[0] == phi[0]
        units = [tuple(row) for row in np.column_stack([phi[1:], theta])]
        moved = [tuple(row) for row in np.column_stack([phi2[1:], theta2])]
        assert sorted(units) == sorted(moved) and units != moved

@test_case(points=1, hidden=True, 
    failure_message="scale does not always give the same function with truly other parameters. Look at x outside the data and at other seeds.")
def test_scale(equivalent_params):
    import numpy as np
    rng = np.random.default_rng(45)
    x = np.linspace(-10, 10, 200)
    network = lambda phi, theta: phi[0] + np.maximum(theta[:, :1] + theta[:, 1:] * x, 0).T @ phi[1:]
    for seed in range(20):
        d = (2, 3, 3, 6)[seed % 4]
        signs = lambda *shape: rng.choice([-1.0, 1.0], size=shape)
        phi = signs(d + 1) * rng.uniform(0.3, 2, size=d + 1)
        theta = signs(d, 2) * rng.uniform(0.3, 2, size=(d, 2))
        phi2, theta2 = equivalent_params(phi, theta, 'scale', seed)
        assert np.abs(network(phi, theta) - network(phi2, theta2)).max() < 1e-09
        assert max(np.abs(phi2 - phi).max(), np.abs(theta2 - theta).max()) > 0.1
        factors = theta2 / theta
        assert np.allclose(factors[:, 0], factors[:, 1]) and (factors > 0).all()
        other_phi, other_theta = equivalent_params(phi, theta, 'scale', seed + 1)
        assert not np.allclose(other_theta, theta2)
        assert np.abs(network(phi, theta) - network(other_phi, other_theta)).max() < 1e-09

@test_case(points=1, hidden=True, 
    failure_message="At least one entry of minimum_facts is wrong. Which changes of the parameters leave the function as it is?")
def test_minimum_facts(minimum_facts):
    from itertools import permutations
    import torch
    torch.manual_seed(46)
    data, y = (torch.randn(10, dtype=torch.float64), torch.randn(10, dtype=torch.float64))
    phi = torch.tensor([0.3, -1.0, 2.0, 0.7], dtype=torch.float64)
    theta = torch.tensor([[0.5, 1.0], [-0.4, 1.5], [0.9, -0.8]], dtype=torch.float64)

    def loss(phi, theta):
        hidden = torch.relu(theta[:, :1] + theta[:, 1:] * data)
        return ((phi[0] + phi[1:] @ hidden - y) ** 2).sum()
    base = loss(phi, theta)
    orders = 0
    for order in permutations(range(3)):
        order = list(order)
        moved = loss(torch.cat([phi[:1], phi[1:][order]]), theta[order])
        orders += int(torch.isclose(moved, base))
    x = torch.linspace(-5, 5, 400, dtype=torch.float64)
    f = lambda flat: flat[0] + flat[1:4] @ torch.relu(flat[4:7, None] + flat[7:, None] * x)
    flat = torch.cat([phi, theta[:, 0], theta[:, 1]])
    jacobian = torch.autograd.functional.jacobian(f, flat)
    free = flat.numel() - int(torch.linalg.matrix_rank(jacobian, rtol=1e-09))
    assert minimum_facts['orders'] == orders
    assert minimum_facts['free_factors'] == free
    assert minimum_facts['lowest_loss_is_unique'] is True
    assert minimum_facts['parameters_are_unique'] is (orders == 1 and free == 0)

