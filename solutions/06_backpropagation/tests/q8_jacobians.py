from otter.test_files import test_case

OK_FORMAT = False

name = "q8_jacobians"
points = 5

@test_case(points=1.5, hidden=False, 
    failure_message="z = (h1 + 2 h2, 3 h1, h2) has the Jacobian [[1, 3, 0], [2, 0, 1]] in this layout; the result of the chain is a column.")
def test_small_matrices(jacobian, linear_jacobian, factor_shapes, factors):
    import numpy as np
    import torch
    omega, expected = (np.array([[1.0, 2.0], [3.0, 0.0], [0.0, 1.0]]), [[1, 3, 0], [2, 0, 1]])
    got = jacobian(lambda h: torch.tensor(omega) @ h, torch.ones(2, dtype=torch.float64))
    assert isinstance(got, torch.Tensor), 'jacobian should return a tensor of shape (n, m)'
    assert tuple(got.shape) == (2, 3), f'jacobian: expected shape (2, 3), got {tuple(got.shape)}'
    assert np.allclose(got.numpy(), expected, atol=1e-06), f'jacobian: expected {expected}, got {got.tolist()}'
    got = linear_jacobian(omega)
    assert got is not None, 'linear_jacobian(...) returned None: expected an array of shape (n, m)'
    assert np.shape(got) == (2, 3), f'linear_jacobian: expected shape (2, 3), got {np.shape(got)}'
    assert np.allclose(got, expected), f'linear_jacobian: expected {expected}, got {got}'
    got = factor_shapes(1, 1, 1, 1)
    assert got is not None, 'factor_shapes(1, 1, 1, 1) returned None: expected a list of six pairs'
    assert len(got) == 6, f'factor_shapes: expected six pairs, got {len(got)}'
    assert [tuple(shape) for shape in got] == [(1, 1)] * 6, f'widths of one: expected six times (1, 1), got {got}'
    one = np.ones((1, 1))
    got = factors(2 * one, 3 * one, np.ones(1), np.ones(1), np.array([5.0]))
    assert got is not None, 'factors(...) returned None: expected a list of six matrices'
    assert len(got) == 6 and all((np.shape(m) == (1, 1) for m in got)), 'factors: expected six (1, 1) matrices'
    values = [float(np.asarray(m)[0, 0]) for m in got]
    assert np.allclose(values, [1, 2, 1, 3, 5, 30]), f'factors: expected 1, 2, 1, 3, 5 and 30, got {values}'

@test_case(points=1.5, hidden=True, 
    failure_message="A Jacobian is wrong or lies on its side. Nothing here is square, and a nonlinear function has a Jacobian that depends on h.")
def test_jacobians_by_differences(jacobian, linear_jacobian):
    import numpy as np
    import torch
    generator = torch.Generator().manual_seed(610)
    normal = lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)
    for n, m in ((3, 4), (4, 2), (1, 3), (5, 1), (1, 1)):
        w, b, h = (normal(m, n), normal(m), normal(n))
        b = b + torch.where((w @ h + b).abs() < 0.05, 0.2, 0.0)
        fns = [lambda t: w @ t + b, lambda t: torch.relu(w @ t + b), lambda t: torch.tanh(w @ t) * t.sum()]
        fns += [lambda t: (w * t ** 2).sum(1)]
        for fn in fns:
            got = jacobian(fn, h)
            assert tuple(got.shape) == (n, m)
            for j in range(n):
                step = torch.zeros(n, dtype=torch.float64)
                step[j] = 1e-05
                row = (fn(h + step) - fn(h - step)) / 2e-05
                assert torch.allclose(got[j], row, rtol=0, atol=3e-06)
        got = np.asarray(linear_jacobian(w.numpy()))
        assert got.shape == (n, m)
        assert np.allclose(got, torch.autograd.functional.jacobian(lambda t: w @ t + b, h).T.numpy())

@test_case(points=2, hidden=True, 
    failure_message="A factor of the chain, its shape, or the product is wrong. Activations act entry by entry; their Jacobians are square.")
def test_chain_against_autograd(factor_shapes, factors):
    import numpy as np
    import torch
    full = torch.autograd.functional.jacobian
    rng = np.random.default_rng(611)
    for d1, d2, d3, d_o in ((3, 4, 5, 2), (2, 6, 3, 1), (5, 1, 2, 3), (4, 2, 1, 1), (1, 3, 7, 4)):
        omega2, omega3, slope = (rng.normal(size=(d3, d2)), rng.normal(size=(d_o, d3)), rng.normal(size=d_o))
        f1, f2 = (rng.normal(size=d2), rng.normal(size=d3))
        f1[0], f2[-1] = (0.0, 0.0)
        w2, w3, g = map(torch.tensor, (omega2, omega3, slope))
        t1, t2 = (torch.tensor(f1), torch.tensor(f2))
        right = [full(torch.relu, t1), full(lambda h: w2 @ h, t1), full(torch.relu, t2), full(lambda h: w3 @ h, t2)]
        right = [r.T for r in right] + [g[:, None]]
        inner = torch.autograd.functional.vjp(lambda h: w3 @ h, torch.relu(t2), g)[1]
        back = torch.autograd.functional.vjp(lambda h: w2 @ h, torch.relu(t1), (t2 > 0) * inner)[1]
        right.append(((t1 > 0) * back)[:, None])
        shapes = [tuple(shape) for shape in factor_shapes(d1, d2, d3, d_o)]
        assert shapes == [tuple(r.shape) for r in right]
        got = factors(omega2, omega3, f1, f2, slope)
        assert len(got) == 6
        for m, r in zip(got, right):
            assert np.shape(m) == tuple(r.shape) and np.allclose(m, r.numpy(), rtol=1e-09, atol=1e-12)

