from otter.test_files import test_case

OK_FORMAT = False

name = "q6_identity"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="On [0, 1] the three units should give 0.5 at x = 0.5; the two units should give 1 at x = 1; a network with one hidden layer gets a second one.")
def test_at_one_point(identity_on, identity_everywhere, insert_layer):
    import numpy as np
    for name, got, d, x in (('identity_on(0.0, 1.0)', identity_on(0.0, 1.0), 3, 0.5), ('identity_everywhere()', identity_everywhere(), 2, 1.0)):
        assert got is not None, f'{name} returned None: expected (phi, theta)'
        assert isinstance(got, (tuple, list)) and len(got) == 2, f'{name} should return (phi, theta)'
        phi, theta = (np.asarray(got[0]), np.asarray(got[1]))
        assert phi.shape == (d + 1,), f'{name}: phi should have shape {(d + 1,)}, got {phi.shape}'
        assert theta.shape == (d, 2), f'{name}: theta should have shape {(d, 2)}, got {theta.shape}'
        f = phi[0] + phi[1:] @ np.maximum(theta[:, 0] + theta[:, 1] * x, 0)
        assert np.isclose(f, x), f'{name}: expected f({x}) = {x}, got {f}'
    got = insert_layer([np.array([[2.0]]), np.array([[3.0]])], [np.array([1.0]), np.array([0.5])], 1)
    assert got is not None, 'insert_layer(...) returned None: expected (new_weights, new_biases)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'expected (new_weights, new_biases)'
    assert len(got[0]) == len(got[1]) == 3, 'insert_layer: expected three matrices and three biases'

@test_case(points=1, hidden=True, 
    failure_message="Somewhere in the interval the output is not x, or a unit takes no part. Look at the ends, at negative numbers and beyond every joint.")
def test_on_intervals(identity_on, identity_everywhere):
    import math
    import numpy as np

    def worst(phi, theta, x):
        gap = 0.0
        for v in x.tolist():
            terms = [p * max(t0 + t1 * v, 0.0) for p, (t0, t1) in zip(phi[1:].tolist(), theta.tolist())]
            gap = max(gap, abs(math.fsum([float(phi[0]), *terms, -v])))
        return gap
    ends = [(0.0, 1.0), (-2.0, 3.0), (5.0, 9.0), (-9.0, -5.0), (-10000.0, 10000.0), (0.25, 0.251), (-3.0, 0.0), (-2, 7)]
    for a, b in ends:
        phi, theta = (np.asarray(part, dtype=float) for part in identity_on(a, b))
        assert phi.shape == (4,) and theta.shape == (3, 2)
        assert np.isfinite(phi).all() and np.isfinite(theta).all()
        assert (phi[1:] != 0).all() and (theta[:, 1] != 0).all()
        assert worst(phi, theta, np.linspace(a, b, 101)) < 1e-09
    phi, theta = (np.asarray(part, dtype=float) for part in identity_everywhere())
    assert phi.shape == (3,) and theta.shape == (2, 2)
    assert worst(phi, theta, np.concatenate([np.linspace(-5, 5, 101), [-1000000.0, -77.7, 77.7, 1000000.0]])) < 1e-09

@test_case(points=1, hidden=True, 
    failure_message="The deeper network is not the same function, or the old layers did not stay. Which layer does the new one follow, and how wide is it?")
def test_inserted_layer(insert_layer):
    import numpy as np
    import torch

    def run(weights, biases, x):
        for k, (weight, bias) in enumerate(zip(weights, biases)):
            x = torch.nn.functional.linear(x, torch.as_tensor(weight), torch.as_tensor(bias))
            x = torch.relu(x) if k < len(weights) - 1 else x
        return x
    rng = np.random.default_rng(47)
    for sizes in ([1, 1, 1], [2, 4, 3], [3, 5, 2, 6, 4], [2, 3, 3, 3, 3, 1]):
        weights = [rng.normal(size=(b, a)) for a, b in zip(sizes, sizes[1:])]
        biases = [rng.normal(size=b) for b in sizes[1:]]
        x = torch.from_numpy(rng.normal(size=(30, sizes[0])) * 2)
        for k in range(1, len(sizes) - 1):
            new_weights, new_biases = insert_layer(weights, biases, k)
            assert len(new_weights) == len(new_biases) == len(weights) + 1
            assert np.shape(new_weights[k]) == (sizes[k], sizes[k]) and np.shape(new_biases[k]) == (sizes[k],)
            kept_weights, kept_biases = (list(new_weights), list(new_biases))
            del kept_weights[k], kept_biases[k]
            assert all((np.array_equal(new, old) for new, old in zip(kept_weights, weights)))
            assert all((np.array_equal(new, old) for new, old in zip(kept_biases, biases)))
            old, new = (run(weights, biases, x), run(new_weights, new_biases, x))
            assert (old - new).abs().max() <= 1e-12 * (1 + old.abs().max())

