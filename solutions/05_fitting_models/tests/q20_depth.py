from otter.test_files import test_case

OK_FORMAT = False

name = "q20_depth"
points = 6

@test_case(points=1, hidden=False, 
    failure_message="One ReLU layer ((1, 1), (1, -1)) at x = (1, 2) has the gradient (1, 1); both depths are integers; a loss that falls from 1 to 0.1 is healthy.")
def test_one_layer(input_gradient, depth_to, vanishing_depth, exploding_depth, diagnose, depth_facts):
    import numpy as np
    got = input_gradient([np.array([[1.0, 1.0], [1.0, -1.0]])], np.array([1.0, 2.0]), 'relu')
    assert got is not None, 'input_gradient(...) returned None: expected an array of the shape of x'
    assert np.shape(got) == (2,), f'input_gradient: expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, [1, 1]), f'input_gradient: expected [1, 1], got {got}'
    got = depth_to(2.0, 7.0)
    assert got is not None, 'depth_to(2.0, 7.0) returned None: expected an integer'
    assert got == 3, f'depth_to(2.0, 7.0): expected 3, got {got}'
    for name, depth in (('vanishing_depth', vanishing_depth), ('exploding_depth', exploding_depth)):
        assert type(depth) is int, f'{name} should be an integer, got {depth}'
    got = diagnose([1.0, 0.5, 0.2, 0.1])
    assert got == 'healthy', f"diagnose([1.0, 0.5, 0.2, 0.1]): expected 'healthy', got {got!r}"
    assert isinstance(depth_facts, dict), 'depth_facts should be a dictionary'
    keys = ['halving_halves', 'first_bias_learns_least', 'relu_cannot_explode', 'depth_always_ruins']
    for key in keys + ['sigmoid_shrinks']:
        assert isinstance(depth_facts.get(key), bool), f'depth_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="For some chain the gradient is not what autograd finds. Matrices need not be square or symmetric, and the last layer has an activation, too.")
def test_gradient_against_autograd(input_gradient):
    import numpy as np
    import torch
    rng = np.random.default_rng(530)
    act = {'linear': lambda z: z, 'relu': torch.relu, 'tanh': torch.tanh}
    chains = [[(3, 3)] * depth for depth in (1, 2, 6)] + [[(4, 2), (3, 4), (5, 3)], [(1, 1)] * 3, [(1, 4)], [(2, 1)]]
    chains += [[(8, 8)] * 30]
    for shapes in chains:
        for name, a in act.items():
            for _ in range(3):
                weights = [rng.normal(size=shape) for shape in shapes]
                x = rng.normal(size=shapes[0][1])
                t = torch.tensor(x, requires_grad=True)
                h = t
                for w in weights:
                    h = a(torch.tensor(w) @ h)
                expected, = torch.autograd.grad(h.sum(), t)
                got = input_gradient(weights, x, name)
                scale = 1e-300 + expected.abs().max().item()
                assert np.shape(got) == x.shape and np.abs(got - expected.numpy()).max() <= 1e-08 * scale
    got = input_gradient([np.array([[1.0, -1.0], [1.0, 0.0]])], np.array([2.0, 2.0]), 'relu')
    assert np.allclose(got, [1, 0])

@test_case(points=1, hidden=True, 
    failure_message="depth_to is not the first depth that passes the bound, or one of the two examples is not. Factors are multiplied, not added.")
def test_depths(depth_to, vanishing_depth, exploding_depth):
    import math
    for factor, bound in ((0.1, 2e-10), (10, 5000000000.0), (0.9, 0.001), (1.1, 10000.0), (0.5, 0.6), (0.99, 0.01), (3.0, 2.0)):
        got = depth_to(factor, bound)
        assert got == max(1, math.ceil(math.log(bound) / math.log(factor))) and isinstance(got, int)
    for factor, bound, depth in ((0.5, 2.0 ** (-10), 10), (2.0, 1024.0, 10), (0.25, 0.25, 1), (4.0, 4.0, 1), (2, 0.5, 1)):
        assert depth_to(factor, bound) == depth
    for depth, factor, passed in ((vanishing_depth, 0.9, lambda product: product < 1e-06), (exploding_depth, 1.1, lambda product: product > 1000000.0)):
        product, layers = (1.0, 0)
        while not passed(product):
            product, layers = (product * factor, layers + 1)
        assert depth == layers

@test_case(points=1, hidden=True, 
    failure_message="Some loss curve gets the wrong word. What does the loss do when the early layers hardly move, and what when they are thrown far away? A loss can also be infinite or not a number, anywhere in the list.")
def test_curves_of_real_chains(diagnose):
    import numpy as np

    def losses(weight, rate, steps=40):
        w, seen = (np.full(10, weight), [])
        for _ in range(steps):
            with np.errstate(all='ignore'):
                out = np.prod(w)
                seen.append(float((out - 1) ** 2))
                w = w - rate * 2 * (out - 1) * np.array([np.prod(np.delete(w, i)) for i in range(10)])
        return seen
    small, large, right = (losses(0.3, 0.1), losses(1.6, 0.1), losses(0.95, 0.01))
    assert diagnose(small) == 'vanishing'
    assert diagnose(large) == 'exploding'
    assert diagnose(right) == 'healthy'
    nan, inf = (float('nan'), float('inf'))
    for curve, word in (([2.0, 1.0, nan], 'exploding'), ([2.0, 1.0, inf, 0.5], 'exploding'), ([2.0, 30.0, 1.0, 0.5], 'exploding'), ([2.0, 20.5, 1.0], 'exploding'), ([2.0, 19.5, 1.0], 'healthy'), ([2.0, 20.0, 1.0], 'healthy'), ([2.0, 2.05, 1.99, 2.0], 'vanishing'), ([2.0, 1.85, 1.9], 'vanishing'), ([2.0, 1.75, 2.1], 'healthy'), ([10.0, 9.5, 20.0, 50.0], 'vanishing'), ([10.0, 9.0, 9.5], 'vanishing'), ([2.0, 1.9, 1.7, 1.2, 1.2, 1.2], 'healthy'), ([0.001, 0.0001, 0.0001], 'healthy'), ([0.001, 0.02], 'exploding'), ([3.0], 'vanishing')):
        assert diagnose(curve) == word

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements is decided wrongly. Take logarithms of a product of many factors.")
def test_depth_facts(depth_facts):
    import torch
    torch.manual_seed(531)
    eye = torch.eye(4, dtype=torch.float64)

    def size(weights, act=lambda z: z):
        x = torch.ones(4, dtype=torch.float64, requires_grad=True)
        h = x
        for w in weights:
            h = act(w @ h)
        return torch.autograd.grad(h.sum(), x)[0].norm().item()
    weights = [eye + 0.1 * torch.randn(4, 4, dtype=torch.float64) for _ in range(20)]
    ratio = size([w / 2 for w in weights]) / size(weights)
    biases = torch.full((20,), 0.1, dtype=torch.float64, requires_grad=True)
    h = torch.tensor(1.0, dtype=torch.float64)
    for b in biases:
        h = torch.tanh(0.5 * h + b)
    by_bias = torch.autograd.grad(h, biases)[0]
    turns = [torch.linalg.qr(torch.randn(4, 4, dtype=torch.float64))[0] for _ in range(50)]
    z = torch.linspace(-30, 30, 60001, dtype=torch.float64)
    steepest = (torch.sigmoid(z) * (1 - torch.sigmoid(z))).max().item()
    assert depth_facts['halving_halves'] is (abs(ratio - 0.5) < 1e-06)
    assert depth_facts['first_bias_learns_least'] is bool(by_bias[0] < by_bias[-1])
    assert depth_facts['relu_cannot_explode'] is (size([2 * eye] * 50, torch.relu) < 1000.0)
    assert depth_facts['depth_always_ruins'] is (not 0.1 < size(turns) < 10)
    assert depth_facts['sigmoid_shrinks'] is (steepest <= 0.25 + 1e-12)

