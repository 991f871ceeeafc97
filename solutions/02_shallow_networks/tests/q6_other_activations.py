from otter.test_files import test_case

OK_FORMAT = False

name = "q6_other_activations"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="The network with phi (1, 5) and theta (-2, 1) gives with rect a box of height 5 on a floor of 1, between x = 2 and x = 3.")
def test_one_box(shallow, levels, tanh_limits, most_levels):
    import numpy as np
    phi, theta = (np.array([1.0, 5.0]), np.array([[-2.0, 1.0]]))
    x = np.array([1.5, 2.5, 3.5])
    for act, expected in (('rect', [1, 6, 1]), ('heaviside', [1, 6, 6])):
        got = shallow(x, phi, theta, act)
        assert got is not None, 'shallow(...) returned None: expected an array of shape (N,)'
        assert np.shape(got) == (3,), f'shallow: expected shape (3,), got {np.shape(got)}'
        assert np.allclose(got, expected), f'{act} at 1.5, 2.5, 3.5: expected {expected}, got {got}'
    got = levels(phi, theta, 'rect')
    assert got is not None, 'levels(...) returned None: expected (edges, values)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'levels should return (edges, values)'
    edges, values = (np.asarray(got[0]), np.asarray(got[1]))
    assert edges.shape == (2,), f'edges: expected shape (2,), got {edges.shape}'
    assert values.shape == (3,), f'values: expected shape (3,), got {values.shape}'
    assert np.allclose(edges, [2, 3]), f'edges: expected [2, 3], got {edges}'
    assert np.allclose(values, [1, 6, 1]), f'values: expected [1, 6, 1], got {values}'
    got = tanh_limits(phi, theta)
    assert got is not None, 'tanh_limits(...) returned None: expected (left, right)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'tanh_limits should return (left, right)'
    assert np.allclose(got, [-4, 6]), f'tanh_limits: expected (-4, 6), got {got}'
    assert isinstance(most_levels, dict), 'most_levels should be a dictionary'
    for act in ('heaviside', 'rect'):
        assert type(most_levels.get(act)) is int, f'most_levels[{act!r}] should be an integer'

@test_case(points=1, hidden=True, 
    failure_message="shallow is wrong somewhere. Check what happens exactly at a jump, for negative slopes, and for tanh.")
def test_shallow_outputs(shallow):
    import math
    import numpy as np
    scalar = {'heaviside': lambda z: 0.0 if z < 0 else 1.0, 'rect': lambda z: 1.0 if 0 <= z <= 1 else 0.0, 'tanh': math.tanh}
    rng = np.random.default_rng(38)
    binary = (np.array([0.25, 1.0, 2.0, -4.0]), np.array([[-0.5, 0.5], [1.0, -0.5], [0.0, 0.25]]), np.arange(-8.0, 9.0))
    example = (np.array([-0.23, -1.3, 1.3, 0.66]), np.array([[-0.2, 0.4], [-0.9, 0.9], [1.1, -0.7]]), np.array([3.5, 0.1, 0.25, 0.75, 1.3, 1.8, 2.3, 0.0, -1000.0, 1000.0]))
    single = (np.array([0.5, 2.0]), np.array([[0.0, -1.0]]), np.array([0.0]))
    noise = (rng.normal(size=9), rng.normal(size=(8, 2)), rng.normal(size=50))
    for phi, theta, x in (binary, example, single, noise):
        for act, a in scalar.items():
            expected = [phi[0] + sum((p * a(t0 + t1 * v) for p, (t0, t1) in zip(phi[1:], theta))) for v in x]
            got = shallow(x, phi, theta, act)
            assert np.shape(got) == x.shape
            assert np.allclose(got, expected, rtol=0, atol=1e-12)

@test_case(points=1, hidden=True, 
    failure_message="levels is wrong for some network. A unit with a negative slope steps down, and a box is as wide as the slope makes it.")
def test_levels_against_the_network(levels):
    import numpy as np
    rng = np.random.default_rng(39)
    cases = [(np.array([-0.23, -1.3, 1.3, 0.66]), np.array([[-0.2, 0.4], [-0.9, 0.9], [1.1, -0.7]]))]
    for d in (1, 1, 2, 3, 6):
        theta = rng.normal(size=(d, 2))
        theta[:, 1] += 0.2 * np.sign(theta[:, 1])
        cases.append((rng.normal(size=d + 1), theta))
    cases.append((np.array([0.0, 1.0, 5.0]), np.array([[0.0, 1.0], [0.0, -1.0]])))
    cases.append((np.array([1.0, 1.0, 2.0]), np.array([[0.0, 1.0], [-1.0, 1.0]])))
    for phi, theta in cases:
        for act, most in (('heaviside', 1), ('rect', 2)):
            edges, values = (np.asarray(part) for part in levels(phi, theta, act))
            ends = [0.0] if act == 'heaviside' else [0.0, 1.0]
            expected = sorted({(end - t0) / t1 + 0.0 for t0, t1 in theta for end in ends})
            assert len(edges) == len(expected) <= most * len(theta) and len(values) == len(edges) + 1
            assert np.allclose(edges, expected, rtol=0, atol=1e-12)
            left, right = (np.append(edges[0] - 1, edges), np.append(edges, edges[-1] + 1))
            for share in (0.1, 0.5, 0.9):
                x = left + share * (right - left)
                z = theta[:, :1] + theta[:, 1:] * x
                on = z > 0 if act == 'heaviside' else np.abs(z - 0.5) < 0.5
                assert np.allclose(values, phi[0] + (phi[1:, None] * on).sum(0), rtol=0, atol=1e-12)

@test_case(points=1, hidden=True, 
    failure_message="Three units can give another number of pieces, with heaviside or with rect. How often can one unit jump?")
def test_most_levels(most_levels):
    import numpy as np
    rng = np.random.default_rng(40)
    x = np.linspace(-60, 60, 120001)
    for act in ('heaviside', 'rect'):
        most = 0
        for _ in range(60):
            phi, theta = (rng.normal(size=4), rng.normal(size=(3, 2)) + [0, 0.5])
            z = theta[:, :1] + theta[:, 1:] * x
            h = z >= 0 if act == 'heaviside' else (z >= 0) & (z <= 1)
            f = phi[1:] @ h
            most = max(most, 1 + int((np.abs(np.diff(f)) > 1e-09).sum()))
        assert most_levels[act] == most

@test_case(points=1, hidden=True, 
    failure_message="The limits of the tanh network are wrong for some theta. Look at negative, tiny and zero slopes.")
def test_tanh_limits(tanh_limits):
    import torch
    rng = torch.Generator().manual_seed(41)
    phi = torch.tensor([-0.23, -1.3, 1.3, 0.66], dtype=torch.float64)
    theta = torch.tensor([[-0.2, 0.4], [-0.9, 0.9], [1.1, -0.7]], dtype=torch.float64)
    cases = [(phi, theta)]
    for d in (1, 3, 10):
        phi = torch.randn(d + 1, generator=rng, dtype=torch.float64)
        theta = torch.randn(d, 2, generator=rng, dtype=torch.float64)
        cases.append((phi, theta))
        theta = theta.clone()
        theta[0, 1] = 0.0
        theta[-1] *= 1e-07
        cases.append((phi, theta))
    for phi, theta in cases:
        far = torch.tensor([-1000000000000.0, 1000000000000.0], dtype=torch.float64)
        expected = phi[0] + torch.tanh(theta[:, :1] + theta[:, 1:] * far).T @ phi[1:]
        left, right = tanh_limits(phi.numpy(), theta.numpy())
        assert abs(left - expected[0].item()) < 1e-09 and abs(right - expected[1].item()) < 1e-09

