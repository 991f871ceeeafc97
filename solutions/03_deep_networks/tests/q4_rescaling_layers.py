from otter.test_files import test_case

OK_FORMAT = False

name = "q4_rescaling_layers"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="One layer with bias 6 and factor 2 becomes bias 3 and s = 2; factor_facts holds four booleans.")
def test_one_layer(push_out, normalise, factor_facts):
    import numpy as np
    got = push_out([np.array([6.0])], [2.0])
    assert got is not None, 'push_out(...) returned None: expected (new_biases, s)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'push_out should return (new_biases, s)'
    new, s = got
    assert isinstance(new, (list, tuple)) and len(new) == 1, 'new_biases: expected a list of one array'
    assert np.shape(new[0]) == (1,), f'the new bias should have shape (1,), got {np.shape(new[0])}'
    assert np.allclose(new[0], 3), f'the new bias: expected [3], got {new[0]}'
    assert np.shape(s) == () and np.isclose(s, 2), f's: expected 2, got {s}'
    got = normalise([np.array([[2.0]]), np.array([[5.0]])], [np.array([6.0]), np.array([1.0])])
    assert got is not None, 'normalise(...) returned None: expected (new_weights, new_biases)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'normalise: expected (new_weights, new_biases)'
    weights, biases = got
    assert len(weights) == len(biases) == 2, 'normalise: expected two weight matrices and two biases'
    assert np.allclose(weights[0], [[1]]), f'hidden weight: expected [[1]], got {np.asarray(weights[0])}'
    assert isinstance(factor_facts, dict), 'factor_facts should be a dictionary'
    keys = ('zero_factors_allowed', 'negative_factors_allowed', 'biases_can_stay_if_zero', 'order_matters')
    for key in keys:
        assert isinstance(factor_facts.get(key), bool), f'factor_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The two sides differ for some number of layers. A factor of an early layer also reaches the layers behind it.")
def test_both_sides(push_out):
    import numpy as np
    rng = np.random.default_rng(44)
    for depth in (1, 2, 2, 3, 4, 5):
        sizes = rng.integers(1, 6, size=depth + 1)
        weights = [rng.normal(size=(b, a)) for a, b in zip(sizes, sizes[1:])]
        biases = [rng.normal(size=b) for b in sizes[1:]]
        for lambdas in (10 ** rng.uniform(-2, 2, size=depth), np.ones(depth), rng.integers(1, 9, size=depth)):
            new, s = push_out(biases, lambdas.tolist())
            assert len(new) == depth
            x = rng.normal(size=(50, sizes[0])) * 3
            left, right, size = (x, x, np.ones(1))
            for weight, bias, factor, changed in zip(weights, biases, lambdas, new):
                size = np.abs(bias).max() + factor * size.max() * np.abs(weight).sum(1)
                left = np.maximum(bias + factor * left @ weight.T, 0)
                right = np.maximum(changed + right @ weight.T, 0)
            assert np.abs(left - s * right).max() <= 1e-12 * max(size.max(), np.abs(left).max())

@test_case(points=1, hidden=True, 
    failure_message="push_out accepts a factor that is not positive, or changes or hands back the arrays it was given.")
def test_errors_and_inputs(push_out):
    import numpy as np

    def probe(push_out):
        import numpy as np
        given = [np.array([6, 3]), np.array([5])]
        new, s = push_out(given, [2, 2])
        same = given[0].tolist() == [6, 3] and given[1].tolist() == [5]
        floats = [np.zeros(2)]
        shared = np.shares_memory(push_out(floats, [1.0])[0][0], floats[0])
        return (bool(same), bool(shared), [np.asarray(b) for b in new], float(s))
    same, shared, new, s = inside(probe)(push_out)
    assert same is True and shared is False
    assert all((bias.dtype == np.float64 for bias in new)) and s == 4
    assert np.allclose(new[0], [3, 1.5]) and np.allclose(new[1], [1.25])
    new, s = push_out([np.ones(1)] * 4, [10 ** 6] * 4)
    assert abs(s / 1e+24 - 1) < 1e-12 and np.allclose(new[3] * 1e+24, 1)
    for wrong in ([0.0, 1.0], [1.0, 0], [-1.0, -1.0], [2.0, -1e-09]):
        try:
            push_out([np.ones(2), np.ones(3)], wrong)
        except ValueError:
            continue
        raise AssertionError('a factor that is not positive should raise a ValueError')

@test_case(points=1, hidden=True, 
    failure_message="The normalised network computes something else, or its hidden matrices are not of unit norm.")
def test_normalise(normalise):
    import numpy as np
    import torch

    def run(weights, biases, x):
        h = torch.from_numpy(np.array(x))
        for k, (weight, bias) in enumerate(zip(weights, biases)):
            h = torch.nn.functional.linear(h, torch.tensor(weight), torch.tensor(bias))
            h = torch.relu(h) if k < len(weights) - 1 else h
        return h.numpy()
    rng = np.random.default_rng(45)
    for sizes in ([1, 1, 1], [2, 4, 3], [3, 5, 1, 4, 2], [6, 8, 8, 8, 8, 1]):
        weights = [rng.normal(size=(b, a)) * rng.choice([0.05, 1, 9]) for a, b in zip(sizes, sizes[1:])]
        biases = [rng.normal(size=b) for b in sizes[1:]]
        new_weights, new_biases = normalise(weights, biases)
        assert [np.shape(w) for w in new_weights] == [w.shape for w in weights]
        assert [np.shape(b) for b in new_biases] == [b.shape for b in biases]
        for new, old in zip(new_weights, weights):
            assert (np.sign(new) == np.sign(old)).all()
        for new in new_weights[:-1]:
            assert abs((np.asarray(new) ** 2).sum() - 1) < 1e-12
        x = rng.normal(size=(40, sizes[0])) * 2
        old, new = (run(weights, biases, x), run(new_weights, new_biases, x))
        assert np.abs(old - new).max() <= 1e-11 * max(1.0, np.abs(old).max())
        assert np.array_equal(new_biases[-1], biases[-1])
    new_weights, new_biases = normalise([np.array([[3], [4]]), np.array([[1, 1]])], [np.array([5, 10]), np.array([2])])
    assert all((np.asarray(part).dtype == np.float64 for part in [*new_weights, *new_biases]))
    assert np.allclose(new_biases[0], [1, 2]) and np.allclose(new_weights[1], [[5, 5]])

@test_case(points=1, hidden=True, 
    failure_message="At least one statement about the factors is decided wrongly. Try small networks with one unit per layer.")
def test_factor_facts(factor_facts):
    import numpy as np
    relu = lambda z: np.maximum(z, 0)
    x = np.linspace(-50, 50, 201)

    def left(w0, w1, l0, l1, b0, b1):
        return relu(b1 + l1 * w1 * relu(b0 + l0 * w0 * x))
    ramps = [relu(c1 + relu(c0 + x)) for c0 in np.linspace(-9, 9, 37) for c1 in np.linspace(-9, 9, 37)]
    constant = left(1, 1, 0.0, 1.0, 1.0, 1.0)
    allowed = np.ptp(constant) == 0 and constant[0] > 0
    reached = any((np.ptp(r) == 0 and r[0] > 0 for r in ramps))
    assert factor_facts['zero_factors_allowed'] is bool(allowed and reached)
    falling = left(1, 1, -1.0, 1.0, 1.0, 0.0)
    matched = any((np.abs(s * r - falling).max() < 1e-06 for r in ramps for s in (-2.0, -1.0, -0.5, 0.5, 1.0, 2.0)))
    assert factor_facts['negative_factors_allowed'] is bool(matched)
    gap = np.abs(left(0.7, -1.3, 2.0, 5.0, 0.0, 0.0) - 10 * left(0.7, -1.3, 1.0, 1.0, 0.0, 0.0)).max()
    gap += np.abs(left(0.7, 1.3, 2.0, 5.0, 0.0, 0.0) - 10 * left(0.7, 1.3, 1.0, 1.0, 0.0, 0.0)).max()
    assert factor_facts['biases_can_stay_if_zero'] is bool(gap < 1e-09)
    slopes = [np.diff(left(1, 1, *pair, 1.0, 1.0)).max() for pair in ((2.0, 5.0), (5.0, 2.0))]
    assert factor_facts['order_matters'] is bool(abs(slopes[0] - slopes[1]) > 1e-09)

