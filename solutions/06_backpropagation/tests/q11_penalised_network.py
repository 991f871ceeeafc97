from otter.test_files import test_case

OK_FORMAT = False

name = "q11_penalised_network"
points = 6


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1.5, hidden=False, 
    failure_message="In the example the loss is 12, and the derivatives are 10, 8, 10, 4 and 16; graph_edges returns a set of pairs of node names.")
def test_linear_unit(network_gradients, graph_edges):
    import numpy as np
    one = np.ones((1, 1))
    linear = (lambda z: z, lambda z: z * 0 + 1)
    got = network_gradients(one, 0 * one, 2 * one, np.zeros(1), 2 * one, np.zeros(1), 1.0, linear, 'squares')
    assert isinstance(got, dict), 'network_gradients should return a dictionary'
    shapes = {'L': (), 'omega0': (1, 1), 'beta0': (1,), 'omega1': (1, 1), 'beta1': (1,), 'x': (1, 1)}
    for (key, shape), expected in zip(shapes.items(), (12, 10, 8, 10, 4, 16)):
        assert key in got, f'the dictionary has no entry {key!r}'
        assert np.shape(got[key]) == shape, f'{key}: expected shape {shape}, got {np.shape(got[key])}'
        assert np.allclose(got[key], expected), f'{key}: expected {expected}, got {got[key]}'
    got = graph_edges()
    assert isinstance(got, (set, frozenset)), 'graph_edges should return a set of pairs'
    nodes = {'x', 'y', 'omega0', 'beta0', 'z', 'h', 'omega1', 'beta1', 'f', 'l', 's', 'L'}
    for edge in got:
        assert isinstance(edge, tuple) and len(edge) == 2 and (set(edge) <= nodes), f'not a pair of node names: {edge}'
    assert ('z', 'h') in got, "the edge ('z', 'h') is missing"

@test_case(points=2.5, hidden=True, 
    failure_message="For some loss, activation or batch the result differs from what autograd finds. What is averaged, what is penalised, and where is the slope of the activation taken?")
def test_against_autograd(network_gradients):
    import numpy as np
    import torch

    def quietly(network_gradients, *arguments):
        import torch
        with torch.inference_mode():
            return network_gradients(*arguments)
    pairs = {torch.tanh: (np.tanh, lambda z: 1 - np.tanh(z) ** 2), torch.sin: (np.sin, np.cos), torch.relu: (lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(float))}
    log = torch.log
    losses = {'squares': lambda f, y: 0.5 * (f - y) ** 2, 'probability': lambda f, y: -y * log(f) - (1 - y) * log(1 - f), 'logit': lambda f, y: torch.nn.functional.binary_cross_entropy_with_logits(f, y, reduction='none')}
    rng = np.random.default_rng(615)
    for (n, d_i, d, d_o), lam in (((7, 4, 5, 1), 0.3), ((1, 2, 3, 2), 0.0), ((6, 3, 3, 3), 2.0), ((4, 1, 1, 1), 0.7)):
        for a, pair in pairs.items():
            for name, loss in losses.items():
                arrays = [rng.normal(size=s) for s in ((n, d_i), (d, d_i), (d,), (d_o, d), (d_o,))]
                if name == 'probability':
                    h = a(torch.tensor(arrays[0] @ arrays[1].T + arrays[2])).numpy()
                    arrays[3] *= 0.3 / (np.abs(h @ arrays[3].T).max() + 1e-09)
                    arrays[4] = np.full(d_o, 0.5)
                y = rng.integers(0, 2, size=(n, d_o)).astype(float)
                t = [torch.tensor(v, requires_grad=True) for v in arrays]
                f = a(t[0] @ t[1].T + t[2]) @ t[3].T + t[4]
                total = loss(f, torch.tensor(y)).sum() / n + lam / 2 * ((t[1] ** 2).sum() + (t[3] ** 2).sum())
                expected = [total, *torch.autograd.grad(total, t)]
                keys = ['L', 'x', 'omega0', 'beta0', 'omega1', 'beta1']
                arguments = (arrays[0], y, *arrays[1:], lam, pair, name)
                got = network_gradients(*arguments)
                if n == 7:
                    assert np.allclose(inside(quietly)(network_gradients, *arguments)['x'], got['x'])
                for key, e in zip(keys, expected):
                    assert np.shape(got[key]) == tuple(e.shape)
                    assert np.allclose(got[key], e.detach().numpy(), rtol=1e-09, atol=1e-11)

@test_case(points=1, hidden=True, 
    failure_message="Large logits break the loss or its derivatives. Do not compute the probability before its logarithm.")
def test_large_logits(network_gradients):
    import numpy as np
    linear = (lambda z: z, lambda z: z * 0 + 1)
    x, one = (np.array([[1000.0], [-1000.0], [600.0], [-800.0]]), np.ones((1, 1)))
    y = np.array([[0.0], [1.0], [1.0], [0.0]])
    got = network_gradients(x, y, one, np.zeros(1), one, np.zeros(1), 0.0, linear, 'logit')
    assert np.isclose(got['L'], 500) and np.allclose(got['x'], [[0.25], [-0.25], [0], [0]])
    assert np.allclose(got['beta0'], 0) and np.allclose(got['omega1'], 500)

@test_case(points=1, hidden=True, 
    failure_message="The graph has an edge too few or too many. Which values does each formula read?")
def test_graph_from_the_formulas(graph_edges):
    import re
    formulas = ['z = beta0 + omega0 @ x', 'h = a(z)', 'f = beta1 + omega1 @ h', 'l = mean(loss(f, y))', 's = lam / 2 * (sum(omega0**2) + sum(omega1**2))', 'L = l + s']
    nodes = {'x', 'y', 'omega0', 'beta0', 'z', 'h', 'omega1', 'beta1', 'f', 'l', 's', 'L'}
    edges = set()
    for formula in formulas:
        node, right = formula.split(' = ')
        edges |= {(name, node) for name in re.findall('\\w+', right) if name in nodes}
    assert set(graph_edges()) == edges

