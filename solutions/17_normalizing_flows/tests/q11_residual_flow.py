from otter.test_files import test_case

OK_FORMAT = False

name = "q11_residual_flow"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="With f1 = 3 h and f2 = h^2 the input (1, 2) becomes (7, 51), and the inverse leads back; patterns are boolean arrays of shape (2 d, 2 d).")
def test_one_pair(residual_flow, residual_flow_inverse, jacobian_pattern, residual_logdet):
    import numpy as np
    import torch
    f1, f2 = (lambda h: 3 * h, lambda h: h ** 2)
    small, large = (torch.tensor([[1.0, 2.0]]), torch.tensor([[7.0, 51.0]]))
    for name, function, h, expected in (('residual_flow', residual_flow, small, large), ('residual_flow_inverse', residual_flow_inverse, large, small)):
        got = function(h, f1, f2)
        assert got is not None, f'{name}(...) returned None: expected a tensor of shape (1, 2)'
        assert isinstance(got, torch.Tensor), f'{name} should return a tensor'
        assert tuple(got.shape) == (1, 2), f'{name}: expected shape (1, 2), got {tuple(got.shape)}'
        assert torch.allclose(got, expected), f'{name}: expected {expected.tolist()}, got {got.tolist()}'
    for kind in ('dense', 'elementwise'):
        got = jacobian_pattern(2, kind)
        assert got is not None, f'jacobian_pattern(2, {kind!r}) returned None: expected an array of shape (4, 4)'
        assert np.shape(got) == (4, 4), f'jacobian_pattern(2, {kind!r}): expected shape (4, 4), got {np.shape(got)}'
        assert np.asarray(got).dtype == bool, 'jacobian_pattern should return a boolean array'
    got = residual_logdet(small)
    assert got is not None, 'residual_logdet(...) returned None: expected a tensor of shape (1,)'
    assert isinstance(got, torch.Tensor), 'residual_logdet should return a tensor'
    assert tuple(got.shape) == (1,), f'residual_logdet: expected shape (1,), got {tuple(got.shape)}'

@test_case(points=1.5, hidden=True, 
    failure_message="The layer is wrong for some input, or its inverse does not lead back. Which half is known first on the way back?")
def test_there_and_back(residual_flow, residual_flow_inverse):
    import torch
    rng = torch.Generator().manual_seed(187)
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 0.0001)):
        for n, d in ((1, 1), (4, 1), (1, 3), (5, 4)):
            W = torch.randn(d, d, generator=rng, dtype=dtype)
            h = torch.randn(2 * d, n, generator=rng, dtype=dtype).T
            for f1, f2 in ((lambda h: torch.relu(h @ W + 1), lambda h: torch.sin(h @ W.T)), (lambda h: torch.ones_like(h), lambda h: h ** 2), (lambda h: h.sum(dim=1, keepdim=True) * 2 * torch.ones_like(h), lambda h: 0 * h)):
                out = residual_flow(h, f1, f2)
                assert tuple(out.shape) == (n, 2 * d) and out.dtype == dtype
                top = torch.stack([h[:, i] + f1(h[:, d:])[:, i] for i in range(d)], dim=1)
                assert torch.allclose(out[:, :d], top, rtol=0, atol=tolerance)
                assert torch.allclose(out[:, d:] - h[:, d:], f2(top), rtol=0, atol=10 * tolerance)
                back = residual_flow_inverse(out, f1, f2)
                assert back.dtype == dtype and torch.allclose(back, h, rtol=0, atol=10 * tolerance)

@test_case(points=1.5, hidden=True, 
    failure_message="Some pattern is not that of the derivatives. Follow each input along all its ways to each output.")
def test_patterns(jacobian_pattern):
    import numpy as np
    import torch
    rng = torch.Generator().manual_seed(188)
    for d in (1, 2, 3, 5):
        for kind in ('dense', 'elementwise'):
            V, W = (torch.randn(d, d, generator=rng, dtype=torch.float64) for _ in range(2))
            if kind == 'elementwise':
                V, W = (torch.diag(V[0]), torch.diag(W[0]))

            def layer(h):
                top = h[:d] + torch.sin(V @ h[d:])
                return torch.cat([top, h[d:] + torch.exp(W @ top / 3)])
            J = torch.autograd.functional.jacobian(layer, torch.randn(2 * d, generator=rng, dtype=torch.float64))
            got = np.asarray(jacobian_pattern(d, kind))
            assert got.shape == (2 * d, 2 * d) and got.dtype == bool
            assert np.array_equal(got, (J != 0).numpy())

@test_case(points=1, hidden=True, 
    failure_message="The log-determinant is wrong. Subtract a multiple of the upper blocks from the lower ones.")
def test_log_determinant(residual_logdet):
    import torch
    rng = torch.Generator().manual_seed(189)
    for dtype, tolerance in ((torch.float64, 1e-10), (torch.float32, 0.001)):
        for n, d in ((1, 1), (3, 2), (6, 4)):
            h = torch.randn(n, 2 * d, generator=rng, dtype=dtype)
            V, W = (torch.randn(d, d, generator=rng, dtype=dtype) for _ in range(2))

            def layer(row):
                top = row[:d] + torch.tanh(V @ row[d:])
                return torch.cat([top, row[d:] + torch.sin(W @ top)])
            got = residual_logdet(h)
            assert tuple(got.shape) == (n,) and got.dtype == dtype
            for row, value in zip(h, got):
                expected = torch.linalg.slogdet(torch.autograd.functional.jacobian(layer, row)).logabsdet
                assert abs(value - expected) < tolerance

