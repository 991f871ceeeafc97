from otter.test_files import test_case

OK_FORMAT = False

name = "q7_homogeneity"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="The identity is positively homogeneous and the square is not; relu_parts(1.0) is (1, 0).")
def test_identity_and_square(is_pos_homogeneous, relu_parts):
    import numpy as np
    alphas, zs = (np.array([2.0]), np.array([-3.0, 0.0, 3.0]))
    for name, fn, expected in (('identity', lambda z: z, True), ('square', lambda z: z ** 2, False)):
        got = is_pos_homogeneous(fn, alphas, zs, 1e-09)
        assert got is not None, 'is_pos_homogeneous(...) returned None: expected True or False'
        assert isinstance(got, (bool, np.bool_)), 'is_pos_homogeneous should return True or False'
        assert bool(got) is expected, f'is_pos_homogeneous for the {name}: expected {expected}, got {got}'
    got = relu_parts(1.0)
    assert got is not None, 'relu_parts(1.0) returned None: expected the pair (a, b)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'relu_parts should return the pair (a, b)'
    assert np.allclose(got, [1, 0]), f'relu_parts(1.0): expected (1, 0), got {got}'

@test_case(points=1, hidden=True, 
    failure_message="Your check gives the wrong verdict on some function. It must try every alpha, both signs of z, and differences of both signs.")
def test_verdicts(is_pos_homogeneous):
    import numpy as np
    alphas, zs = (np.array([1.0, 0.5, 3.0]), np.linspace(-4, 4, 17))
    relu = lambda z: np.maximum(z, 0)
    leaky = lambda z: np.where(z > 0, z, 0.01 * z)
    yes = [relu, leaky, np.abs, lambda z: z, lambda z: -2.5 * z, lambda z: 0 * z]
    no = [np.tanh, np.sin, lambda z: 1 / (1 + np.exp(-z)), lambda z: np.logaddexp(0, z), lambda z: relu(z) + 1, lambda z: relu(z) - 1, lambda z: z / (1 + np.exp(-z)), lambda z: z * np.abs(z), lambda z: np.where(z < 0, z ** 2, z), lambda z: np.clip(z, 0, 10), lambda z: np.clip(z, -10, 0)]
    for fn in yes:
        assert bool(is_pos_homogeneous(fn, alphas, zs, 1e-09)) is True
    for fn in no:
        assert bool(is_pos_homogeneous(fn, alphas, zs, 1e-09)) is False
    for fn in (lambda z: relu(z) + 1, lambda z: relu(z) - 1):
        assert bool(is_pos_homogeneous(fn, np.array([2.0, 3.0]), zs, 1e-09)) is False
    ripple = lambda z: np.where(z == 0, 0, z * np.cos(2 * np.pi * np.log2(np.abs(z) + (z == 0))))
    assert bool(is_pos_homogeneous(ripple, np.array([1.0, 0.5, 2.0]), zs, 1e-09)) is True
    assert bool(is_pos_homogeneous(ripple, np.array([1.0, 2.0, 3.0]), zs, 1e-09)) is False
    assert bool(is_pos_homogeneous(lambda z: z, alphas, zs, 0.0)) is True
    assert bool(is_pos_homogeneous(lambda z: z + 1, np.array([2.0]), zs, 1.0)) is True
    assert bool(is_pos_homogeneous(lambda z: relu(z) + 0.0001, alphas, zs, 0.001)) is True
    assert bool(is_pos_homogeneous(lambda z: relu(z) + 0.0001, alphas, zs, 1e-05)) is False

@test_case(points=1, hidden=True, 
    failure_message="The two terms do not add up to ReLU(alpha z) for every alpha and z. Take a negative alpha and both signs of z.")
def test_parts_for_all_signs(relu_parts):
    import torch
    z = torch.linspace(-7, 7, 141, dtype=torch.float64)
    for alpha in (2.0, 0.001, 100000000.0, 0.0, -0.001, -1.0, -2.5, -100000000.0, 3, -4, 0):
        a, b = relu_parts(alpha)
        expected = torch.relu(alpha * z)
        got = a * torch.relu(z) + b * torch.relu(-z)
        assert (got - expected).abs().max().item() <= 1e-12 * (1 + abs(alpha))

