from otter.test_files import test_case

OK_FORMAT = False

name = "q11_scale_invariance"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="For x = (0, 2), w = 3, eps = 7 and y = 0 the outputs are -3/4 and 3/4, the gradient is 21/128; scale_facts holds six booleans.")
def test_two_pixels(normalised_conv, scale_facts):
    import torch
    x, y = (torch.tensor([0.0, 2.0]).double().reshape(2, 1, 1, 1), torch.zeros(2, 1, 1, 1).double())
    got = normalised_conv(x, torch.full((1, 1, 1, 1), 3.0).double(), y, 7.0)
    assert got is not None, 'normalised_conv(...) returned None: expected (out, gradient)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'normalised_conv: expected the pair (out, gradient)'
    assert all((isinstance(t, torch.Tensor) for t in got)), 'normalised_conv: expected two tensors'
    out, gradient = got
    assert out.shape == (2, 1, 1, 1), f'out: expected shape (2, 1, 1, 1), got {tuple(out.shape)}'
    assert gradient.shape == (1, 1, 1, 1), f'gradient: expected shape (1, 1, 1, 1), got {tuple(gradient.shape)}'
    values = out.flatten().tolist()
    assert abs(values[0] + 0.75) + abs(values[1] - 0.75) < 1e-09, f'out: expected [-0.75, 0.75], got {values}'
    assert abs(gradient.item() - 21 / 128) < 1e-09, f'gradient: expected 21/128 = 0.164, got {gradient.item()}'
    assert not out.requires_grad and (not gradient.requires_grad), 'the results should not require a gradient'
    assert isinstance(scale_facts, dict), 'scale_facts should be a dictionary'
    keys = ['same_outputs', 'gradient_shrinks', 'orthogonal', 'steps_lengthen', 'scale_must_grow', 'down_to_zero']
    for key in keys:
        assert isinstance(scale_facts.get(key), bool), f'scale_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="Outputs or gradient are wrong for some images and kernels. Over which axes is the mean taken, and do mean and variance move with the kernels?")
def test_against_unfolded_images(normalised_conv):
    import torch
    from torch.nn import functional as F
    rng = torch.Generator().manual_seed(1216)
    for n, c, h, width, c_out, k in ((1, 1, 4, 4, 1, 3), (3, 2, 5, 4, 4, 3), (2, 3, 3, 6, 2, 1), (4, 1, 6, 5, 3, 5)):
        for eps in (1e-05, 1.0):
            x = torch.randn(n, c, h, width, generator=rng, dtype=torch.float64) + 0.5
            w = torch.randn(c_out, c, k, k, generator=rng, dtype=torch.float64)
            y = torch.randn(n, c_out, h, width, generator=rng, dtype=torch.float64)
            patches = F.unfold(x, k, padding=k // 2)

            def output(w):
                z = (w.reshape(c_out, -1) @ patches).reshape(n, c_out, h, width)
                return F.batch_norm(z, None, None, training=True, eps=eps)

            def loss(w):
                return F.mse_loss(output(w), y).item()
            out, gradient = normalised_conv(x, w, y, eps)
            assert out.shape == y.shape and torch.allclose(out, output(w), rtol=0, atol=1e-10)
            assert gradient.shape == w.shape
            for _ in range(3):
                v = torch.randn(w.shape, generator=rng, dtype=torch.float64)
                slope = (loss(w + 0.0001 * v) - loss(w - 0.0001 * v)) / 0.0002
                assert abs((v * gradient).sum().item() - slope) <= 1e-05

    def leaves_kernels(fn):
        import torch
        w = torch.ones(1, 1, 3, 3, dtype=torch.float64)
        fn(torch.arange(16.0).double().reshape(1, 1, 4, 4), w, torch.zeros(1, 1, 4, 4).double(), 1.0)
        return (w.requires_grad, w.grad is None, w.sum().item())
    assert tuple(inside(leaves_kernels)(normalised_conv)) == (False, True, 9.0)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements about shrinking kernels is decided wrongly.")
def test_scale_facts(scale_facts):
    import torch
    from torch.nn import functional as F
    rng = torch.Generator().manual_seed(1217)
    x = torch.randn(6, 3, 5, 5, generator=rng, dtype=torch.float64)
    w = torch.randn(4, 3, 3, 3, generator=rng, dtype=torch.float64)
    y = torch.randn(6, 4, 5, 5, generator=rng, dtype=torch.float64)

    def results(w, eps):
        w = w.clone().requires_grad_()
        out = F.batch_norm(F.conv2d(x, w, padding=1), None, None, torch.ones(4).double(), None, True, eps=eps)
        gradient, = torch.autograd.grad(F.mse_loss(out, y), w)
        return (out.detach(), gradient)
    tiny = 1e-14
    (out, gradient), (small_out, small_gradient) = (results(w, tiny), results(w / 10, tiny))
    unchanged = (out - small_out).abs().max() < 1e-06
    longer = [torch.norm(w - rate * gradient) > torch.norm(w) for rate in (0.01, 1.0, 100.0)]
    drift = [(results(factor * w, 1e-05)[0] - results(w, 1e-05)[0]).abs().max() for factor in (0.01, 0.0001)]
    found = {'same_outputs': unchanged, 'gradient_shrinks': small_gradient.norm() < gradient.norm(), 'orthogonal': abs((w * gradient).sum()) < 1e-09 * w.norm(), 'steps_lengthen': all(longer), 'scale_must_grow': not unchanged, 'down_to_zero': max(drift) < 0.001}
    for key, fact in found.items():
        assert scale_facts[key] is bool(fact)

