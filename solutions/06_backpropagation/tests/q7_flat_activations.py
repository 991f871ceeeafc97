from otter.test_files import test_case

OK_FORMAT = False

name = "q7_flat_activations"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="The ReLU unit of the example has the derivatives 8, 8, 4, 4; learns holds four sets, flat_facts four booleans.")
def test_one_unit(difference_gradients, learns, flat_facts):
    import numpy as np
    relu = lambda z: z * (z > 0)
    one, data = (np.ones((1, 1)), np.ones((1, 1)))
    got = difference_gradients(relu, one, np.zeros(1), np.array([2.0]), 0.0, data, np.zeros(1), 0.0001)
    assert got is not None, 'difference_gradients(...) returned None: expected four arrays'
    assert len(got) == 4, f'expected (by_omega, by_beta, by_phi, by_phi0), got {len(got)} entries'
    for name, part, shape, expected in zip(('by_omega', 'by_beta', 'by_phi', 'by_phi0'), got, ((1, 1), (1,), (1,), ()), (8, 8, 4, 4)):
        assert np.shape(part) == shape, f'{name}: expected shape {shape}, got {np.shape(part)}'
        assert np.allclose(part, expected, atol=0.001), f'{name}: expected {expected}, got {part}'
    assert isinstance(learns, dict), 'learns should be a dictionary'
    for key in ('step', 'rectangle', 'relu', 'leaky_relu'):
        assert isinstance(learns.get(key), (set, frozenset)), f'learns[{key!r}] should be a set of names'
        assert learns[key] <= {'omega', 'beta', 'phi', 'phi0'}, f'learns[{key!r}] holds an unknown name'
    assert isinstance(flat_facts, dict), 'flat_facts should be a dictionary'
    keys = ['more_epochs_help', 'difference_settles_at_a_jump', 'output_layer_still_learns']
    for key in keys + ['rectangle_switches_off_again']:
        assert isinstance(flat_facts.get(key), bool), f'flat_facts[{key!r}] should be True or False'

@test_case(points=1.5, hidden=True, 
    failure_message="The differences are wrong for some network, or a parameter has changed. One single number moves at a time, to both sides, and goes back; an array of integers has no room for a small step.")
def test_differences(difference_gradients):
    import numpy as np
    import torch
    rng = np.random.default_rng(608)
    for act, smooth in ((np.tanh, torch.tanh), (lambda z: z * z * z, lambda z: z ** 3)):
        for d, inputs, n in ((3, 2, 5), (1, 1, 1), (2, 4, 1)):
            arrays = [rng.normal(size=s) for s in ((d, inputs), (d,), (d,))] + [float(rng.normal())]
            x, y = (rng.normal(size=(n, 2 * inputs))[:, ::2], rng.normal(size=n))
            t = [torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in arrays]
            f = t[3] + smooth(torch.tensor(x.copy()) @ t[0].T + t[1]) @ t[2]
            expected = torch.autograd.grad(((f - torch.tensor(y)) ** 2).mean(), t)
            for g, e in zip(difference_gradients(act, *arrays, x, y, 1e-05), expected):
                assert np.shape(g) == tuple(e.shape) and np.allclose(g, e.numpy(), rtol=1e-06, atol=1e-06)
    whole = (np.array([[1, -2]]), np.array([1]), np.array([3]), 2, np.array([[1, 1], [0, 2]]), np.array([1, 0]))
    floats = [np.array(a, dtype=float) for a in whole]
    for g, e in zip(difference_gradients(np.tanh, *whole, 0.0001), difference_gradients(np.tanh, *floats, 0.0001)):
        assert np.shape(g) == np.shape(e) and np.allclose(g, e, rtol=1e-06, atol=1e-06)
    one, zero = (np.ones((1, 1)), np.zeros(1))
    got = difference_gradients(lambda z: z ** 3, one, zero, np.ones(1), 0.0, one, zero, 0.5)
    assert np.isclose(got[3], 2) and np.isclose(got[1][0], 1.5 ** 6 - 0.5 ** 6)

    def changed(difference_gradients):
        import numpy as np
        arrays = [np.array([[0.3, -0.1]]), np.array([0.7]), np.array([1.1]), np.array([[0.2, 0.9]]), np.array([0.4])]
        before = [a.copy() for a in arrays]
        difference_gradients(np.tanh, *arrays[:3], 0.1, *arrays[3:], 0.0001)
        return [bool((a == b).all()) for a, b in zip(arrays, before)]
    assert inside(changed)(difference_gradients) == [True] * 5

@test_case(points=1.5, hidden=True, 
    failure_message="For at least one activation the set is wrong, or at least one of the four statements is. Run your differences with a smaller and a smaller eps.")
def test_what_learns(difference_gradients, learns, flat_facts):
    import numpy as np
    acts = {'step': lambda z: (z >= 0).astype(float), 'rectangle': lambda z: ((z >= 0) & (z <= 1)).astype(float), 'relu': lambda z: np.maximum(z, 0), 'leaky_relu': lambda z: np.where(z > 0, z, 0.1 * z)}
    rng = np.random.default_rng(609)
    omega, beta, phi = (rng.normal(size=(6, 2)), rng.normal(size=6), rng.normal(size=6))
    x, y = (rng.normal(size=(20, 2)), rng.normal(size=20))

    def loss(act, parts):
        return np.mean((parts[3] + act(x @ parts[0].T + parts[1]) @ parts[2] - y) ** 2)

    def moves(act, position):
        """Largest difference quotient over one group of parameters, by the test's own loss."""
        start, largest = ([omega, beta, phi, np.array(0.3)], 0.0)
        for index in np.ndindex(start[position].shape):
            ends = []
            for step in (1e-07, -1e-07):
                parts = [p.copy() for p in start]
                parts[position][index] += step
                ends.append(loss(act, parts))
            largest = max(largest, abs(ends[0] - ends[1]) / 2e-07)
        return largest
    for name, act in acts.items():
        sizes = [moves(act, position) for position in range(4)]
        expected = {p for p, size in zip(('omega', 'beta', 'phi', 'phi0'), sizes) if size > 0.0001}
        assert learns[name] == expected
        got = difference_gradients(act, omega, beta, phi, 0.3, x, y, 1e-07)
        assert np.allclose([np.abs(g).max() for g in got], sizes, rtol=0.0001, atol=1e-07)
    step, zero = (acts['step'], np.zeros(1))
    at_jump = []
    for eps in (0.01, 0.0001, 1e-06):
        parts = [np.ones((1, 1)), zero, np.ones(1), 0.0]
        got = difference_gradients(step, *parts, np.zeros((1, 1)), zero, eps)
        at_jump.append(abs(float(got[1][0])))
    assert np.allclose([at_jump[1] / at_jump[0], at_jump[2] / at_jump[1]], 100, rtol=1e-06)
    design = np.column_stack([np.ones(20), step(x @ omega.T + beta)])
    best = np.linalg.lstsq(design, y, rcond=None)[0]
    better = np.mean((design @ best - y) ** 2) < loss(step, [omega, beta, phi, 0.3]) - 0.001
    assert flat_facts['more_epochs_help'] is (moves(step, 0) > 0)
    assert flat_facts['difference_settles_at_a_jump'] is (at_jump[2] < 10 * at_jump[0])
    assert flat_facts['output_layer_still_learns'] is bool(better)
    small, large = acts['rectangle'](np.array([0.5, 2.0]))
    assert flat_facts['rectangle_switches_off_again'] is bool(large < small)

