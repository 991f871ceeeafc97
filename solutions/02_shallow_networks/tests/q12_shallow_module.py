from otter.test_files import test_case

OK_FORMAT = False

name = "q12_shallow_module"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


_SOLUTION = (
    'def edges(d_in, d_hidden, d_out):\n'
    '    """The arrows of the network, a set of pairs of node names."""\n'
    "    first = {(f'x{i}', f'h{k}') for i in range(1, d_in + 1) for k in range(1, d_hidden + 1)}\n"
    "    second = {(f'h{k}', f'y{j}') for k in range(1, d_hidden + 1) for j in range(1, d_out + 1)}\n"
    '    return first | second\n'
)


class _Reference:
    """The solution's own names; its code runs when the first of them is asked for."""

    _names = None

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if self._names is None:
            self._names = self._run()
        if name not in self._names:
            raise AttributeError(f"the solution of this question defines no {name!r}")
        return self._names[name]

    @staticmethod
    def _run():
        import random
        import sys

        # The test may have set a seed just before: what the solution draws must not move its generators on.
        generators = [(random.getstate, random.setstate)]
        if "numpy" in sys.modules:
            numpy = sys.modules["numpy"]
            generators.append((numpy.random.get_state, numpy.random.set_state))
        if "torch" in sys.modules:
            torch = sys.modules["torch"]
            generators.append((torch.get_rng_state, torch.set_rng_state))
        states = [(restore, save()) for save, restore in generators]
        names = {"__name__": "reference"}
        try:
            exec(compile(_SOLUTION, "<reference>", "exec"), names)
        finally:
            for restore, state in states:
                restore(state)
        return names


reference = _Reference()


@test_case(points=1, hidden=False, 
    failure_message="A 1-1-1 network with theta (-1, 2) and phi (5, 3) gives 5 at x = 0 and 14 at x = 2.")
def test_smallest_module(ShallowNet, edges):
    import torch
    net = ShallowNet(2, 3, 1)
    assert isinstance(net, torch.nn.Module), 'ShallowNet(2, 3, 1) should be a torch.nn.Module'
    for name, shape in (('theta', (3, 3)), ('phi', (1, 4))):
        assert hasattr(net, name), f'ShallowNet(2, 3, 1) has no parameter {name}'
        got = tuple(getattr(net, name).shape)
        assert got == shape, f'ShallowNet(2, 3, 1): {name} should have shape {shape}, got {got}'
    net = ShallowNet(1, 1, 1)
    net.load_state_dict({'theta': torch.tensor([[-1.0, 2.0]]), 'phi': torch.tensor([[5.0, 3.0]])})
    out = net(torch.tensor([[0.0], [2.0]]))
    assert out is not None, 'forward returned None: expected a tensor of shape (N, D_o)'
    assert tuple(out.shape) == (2, 1), f'forward: expected shape (2, 1), got {tuple(out.shape)}'
    out = out.detach().flatten().tolist()
    assert abs(out[0] - 5) < 1e-05 and abs(out[1] - 14) < 1e-05, f'forward: expected [5, 14], got {out}'
    got = edges(1, 1, 1)
    assert got is not None, 'edges(1, 1, 1) returned None: expected a set'
    assert isinstance(got, (set, frozenset)), 'edges should return a set'
    assert got == {('x1', 'h1'), ('h1', 'y1')}, f'edges(1, 1, 1): got {got}'

@test_case(points=2, hidden=True, 
    failure_message="The module does not compute the scalar equations for some size. Try random parameters, inputs of both signs and N = 1.")
def test_scalar_equations(ShallowNet):
    import torch

    def run(ShallowNet, sizes, theta, phi, x):
        net = ShallowNet(*sizes).to(theta.dtype)
        net.load_state_dict({'theta': theta, 'phi': phi})
        return net(x).detach()
    rng = torch.Generator().manual_seed(49)
    cases = [((3, 3, 2), 5), ((2, 4, 3), 6), ((1, 1, 1), 1), ((3, 3, 3), 4), ((5, 2, 4), 1), ((1, 6, 1), 3)]
    negative = False
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-05)):
        for (d_in, d, d_out), n in cases:
            theta = torch.randn(d, d_in + 1, generator=rng, dtype=dtype)
            phi = torch.randn(d_out, d + 1, generator=rng, dtype=dtype)
            x = torch.randn(d_in, n, generator=rng, dtype=dtype).T
            out = inside(run)(ShallowNet, (d_in, d, d_out), theta, phi, x)
            assert out.dtype == dtype and tuple(out.shape) == (n, d_out)
            for row in range(n):
                h = []
                for k in range(d):
                    z = theta[k, 0].item()
                    for i in range(d_in):
                        z += theta[k, i + 1].item() * x[row, i].item()
                    h.append(z if z > 0 else 0.0)
                for j in range(d_out):
                    f = phi[j, 0].item() + sum((phi[j, k + 1].item() * h[k] for k in range(d)))
                    negative = negative or f < 0
                    assert abs(out[row, j].item() - f) <= tolerance * (1 + sum(map(abs, h)) * 3)
    assert negative

@test_case(points=1, hidden=True, 
    failure_message="The parameters are not as asked. Count them, look at their names and starting values, and see whether each gets a gradient.")
def test_parameters_learn(ShallowNet):

    def probe(ShallowNet, sizes):
        import torch
        net = ShallowNet(*sizes)
        shapes = {name: tuple(p.shape) for name, p in net.named_parameters()}
        spread = {name: float(p.detach().std()) for name, p in net.named_parameters()}
        with torch.no_grad():
            for p in net.parameters():
                p.abs_()
        x = torch.rand(9, sizes[0]) + 0.1
        net(x).sum().backward()
        grads = {name: p.grad for name, p in net.named_parameters()}
        reached = {name: g is not None and bool((g != 0).all()) for name, g in grads.items()}
        return (shapes, spread, reached, sum((p.numel() for p in net.parameters())))
    for sizes, total in (((3, 3, 2), 20), ((2, 4, 3), 27)):
        d_in, d, d_out = sizes
        shapes, spread, reached, count = inside(probe)(ShallowNet, sizes)
        assert shapes == {'theta': (d, d_in + 1), 'phi': (d_out, d + 1)}
        assert all((value > 0 for value in spread.values()))
        assert reached == {'theta': True, 'phi': True}
        assert count == total

@test_case(points=1, hidden=True, 
    failure_message="edges does not hold exactly the arrows of the network. Every arrow goes from one layer to the next.")
def test_edges(edges):
    got = edges(2, 4, 3)
    assert isinstance(got, (set, frozenset)) and len(got) == 20
    for node, arrows_in, arrows_out in (('x2', 0, 4), ('h4', 2, 3), ('y3', 4, 0), ('h3', 2, 3), ('y4', 0, 0)):
        assert sum((end == node for _, end in got)) == arrows_in
        assert sum((start == node for start, _ in got)) == arrows_out
    for sizes in ((3, 3, 2), (1, 11, 1), (4, 1, 5)):
        assert edges(*sizes) == reference.edges(*sizes)

