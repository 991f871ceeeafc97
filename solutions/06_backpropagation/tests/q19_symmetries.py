from otter.test_files import test_case

OK_FORMAT = False

name = "q19_symmetries"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="The tanh unit of the example has the new values -2, -1, -3; two units have 8 copies; keeps holds five sets.")
def test_one_unit(flip_signs, rescale, flip_sigmoid, mix, shift_classes, tanh_copies, keeps):
    import numpy as np
    omega0, beta0, omega1, minus = (2 * np.ones((1, 1)), np.ones(1), 3 * np.ones((1, 1)), -np.ones(1))
    got = flip_signs(omega0, beta0, omega1, minus)
    assert got is not None, 'flip_signs(...) returned None: expected (omega0, beta0, omega1)'
    assert len(got) == 3, f'flip_signs: expected three arrays, got {len(got)}'
    values = [float(np.asarray(part).reshape(-1)[0]) for part in got]
    assert values == [-2, -1, -3], f'flip_signs: expected -2, -1, -3, got {values}'
    for name, got, count in (('rescale', rescale(omega0, beta0, omega1, np.ones(1)), 3), ('flip_sigmoid', flip_sigmoid(omega0, beta0, omega1, beta0, np.ones(1)), 4), ('mix', mix(omega0, beta0, omega1, np.eye(1)), 3), ('shift_classes', shift_classes(omega1, beta0, np.zeros(1), 0.0), 2)):
        assert got is not None, f'{name}(...) returned None: expected {count} arrays'
        assert len(got) == count, f'{name}: expected {count} arrays, got {len(got)}'
    got = tanh_copies(2)
    assert got is not None, 'tanh_copies(2) returned None: expected an integer'
    assert got == 8, f'tanh_copies(2): expected 8, got {got}'
    assert isinstance(keeps, dict), 'keeps should be a dictionary'
    for key in ('permute', 'flip_signs', 'rescale', 'mix', 'flip_sigmoid'):
        assert isinstance(keeps.get(key), (set, frozenset)), f'keeps[{key!r}] should be a set of names'

@test_case(points=2, hidden=True, 
    failure_message="A symmetry changes the function, or does not change the pre-activations as asked. Biases are part of it, and a flipped sigmoid leaves something behind.")
def test_functions_stay(flip_signs, rescale, flip_sigmoid, mix, shift_classes):
    import numpy as np
    sigmoid = lambda z: 1 / (1 + np.exp(-z))
    rng = np.random.default_rng(632)
    for d, d_i, d_o in ((4, 3, 2), (1, 1, 1), (3, 3, 3), (5, 2, 1)):
        omega0, beta0 = (rng.normal(size=(d, d_i)), rng.normal(size=d))
        omega1, beta1 = (rng.normal(size=(d_o, d)), rng.normal(size=d_o))
        x = rng.normal(size=(20, d_i)) * 2
        z = x @ omega0.T + beta0

        def same(act, new, change):
            """Whether new parameters give the changed pre-activations and the old function."""
            new = [np.asarray(part) for part in new] + [beta1][:4 - len(new)]
            moved = x @ new[0].T + new[1]
            old, out = (act(z) @ omega1.T + beta1, act(moved) @ new[2].T + new[3])
            shapes = [part.shape for part in new] == [omega0.shape, beta0.shape, omega1.shape, beta1.shape]
            return shapes and np.allclose(moved, change, rtol=0, atol=1e-09) and np.allclose(out, old, rtol=0, atol=1e-09)
        for signs in (rng.choice([-1.0, 1.0], size=d), -np.ones(d), np.ones(d)):
            assert same(np.tanh, flip_signs(omega0, beta0, omega1, signs), z * signs)
            assert same(sigmoid, flip_sigmoid(omega0, beta0, omega1, beta1, signs), z * signs)
        factors, matrix = (rng.uniform(0.2, 5, size=d), rng.normal(size=(d, d)) + 3 * np.eye(d))
        assert same(lambda z: np.maximum(z, 0), rescale(omega0, beta0, omega1, factors), z * factors)
        assert same(lambda z: z, mix(omega0, beta0, omega1, matrix), z @ matrix.T)
        row = rng.normal(size=d)
        omega2, beta2 = shift_classes(omega1, beta1, row, 2.5)
        assert np.allclose(omega2 - omega1, np.tile(row, (d_o, 1))) and np.allclose(beta2 - beta1, 2.5)
        for bad in (0.0, -1.0):
            factors[-1] = bad
            try:
                rescale(omega0, beta0, omega1, factors)
            except ValueError:
                continue
            raise AssertionError('a factor that is not positive was accepted')

    def kept(*functions):
        import numpy as np
        arrays = [np.ones((2, 2)), np.ones(2), np.ones((2, 2)), np.ones(2)]
        flip_signs, rescale, flip_sigmoid, mix, shift_classes = functions
        flip_signs(*arrays[:3], -np.ones(2))
        rescale(*arrays[:3], 2 * np.ones(2))
        flip_sigmoid(*arrays, -np.ones(2))
        mix(*arrays[:3], 2 * np.eye(2))
        shift_classes(*arrays[2:], np.ones(2), 1.0)
        return all((bool((a == 1).all()) for a in arrays))
    assert inside(kept)(flip_signs, rescale, flip_sigmoid, mix, shift_classes) is True

@test_case(points=1, hidden=True, 
    failure_message="The number of copies is wrong, or one of the five sets is. Try each symmetry with each activation on random weights.")
def test_copies_and_sets(tanh_copies, keeps):
    from itertools import permutations, product
    import numpy as np
    for units in (1, 2, 3, 4):
        unit = [(d + 1.0, d + 0.5) for d in range(units)]
        copies = {tuple(((s * unit[d][0], s * unit[d][1]) for s, d in zip(signs, order))) for order in permutations(range(units)) for signs in product((1, -1), repeat=units)}
        assert tanh_copies(units) == len(copies)
    many = 1
    for k in range(1, 31):
        many *= 2 * k
    assert tanh_copies(30) == many
    acts = {'linear': lambda z: z, 'relu': lambda z: np.maximum(z, 0), 'leaky_relu': lambda z: np.where(z > 0, z, 0.1 * z), 'tanh': np.tanh, 'sigmoid': lambda z: 1 / (1 + np.exp(-z))}
    rng = np.random.default_rng(633)
    z, w = (rng.normal(size=(50, 4)), rng.normal(size=(2, 4)))
    order, signs, factors = (np.array([2, 0, 3, 1]), np.array([1, -1, -1, 1]), rng.uniform(2, 3, size=4))
    matrix = rng.normal(size=(4, 4)) + 3 * np.eye(4)
    changes = {'permute': (z[:, order], w[:, order], 0), 'flip_signs': (z * signs, w * signs, 0), 'rescale': (z * factors, w / factors, 0), 'mix': (z @ matrix.T, w @ np.linalg.inv(matrix), 0), 'flip_sigmoid': (z * signs, w * signs, w[:, signs < 0].sum(axis=1))}
    for name, (moved, behind, bias) in changes.items():
        expected = {key for key, act in acts.items() if np.allclose(act(moved) @ behind.T + bias, act(z) @ w.T, atol=1e-09)}
        assert keeps[name] == expected

