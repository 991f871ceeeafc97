from otter.test_files import test_case

OK_FORMAT = False

name = "q14_residual_filters"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="For one channel and kernel size 3 the identity has a 1 in the middle; after no steps all filters are still zero.")
def test_one_channel(delta_kernel, plain_from_residual, residual_from_plain, fit, residual_facts):
    import torch
    got = delta_kernel(1, 3)
    assert isinstance(got, torch.Tensor), 'delta_kernel(1, 3) should return a tensor'
    assert tuple(got.shape) == (1, 1, 3, 3), f'delta_kernel(1, 3): expected shape (1, 1, 3, 3), got {tuple(got.shape)}'
    assert got.dtype == torch.float64, f'delta_kernel: expected float64, got {got.dtype}'
    expected = [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    assert got[0, 0].tolist() == expected, f'delta_kernel(1, 3)[0, 0]: expected {expected}, got {got[0, 0].tolist()}'
    w = torch.full((1, 1, 1, 1), 2.0, dtype=torch.float64)
    for name, function, value in (('plain_from_residual', plain_from_residual, 3), ('residual_from_plain', residual_from_plain, 1)):
        got = function(w)
        assert isinstance(got, torch.Tensor), f'{name} should return a tensor'
        assert tuple(got.shape) == (1, 1, 1, 1), f'{name}: expected shape (1, 1, 1, 1), got {tuple(got.shape)}'
        assert abs(got.item() - value) < 1e-09, f'{name} of the 1 x 1 filter 2: expected {value}, got {got.item()}'
    x = torch.ones(1, 2, 4, 4, dtype=torch.float64)
    got = fit(x, x, False, 0, 0.1)
    assert isinstance(got, torch.Tensor), 'fit(...) should return a tensor'
    assert tuple(got.shape) == (2, 2, 3, 3), f'fit: expected shape (2, 2, 3, 3), got {tuple(got.shape)}'
    assert not got.any(), 'after 0 steps all filters should be zero'
    assert isinstance(residual_facts, dict), 'residual_facts should be a dictionary'
    for key in ('same_maps', 'same_filters', 'learns_the_rest', 'zero_is_identity', 'residual_fits_better'):
        assert isinstance(residual_facts.get(key), bool), f'residual_facts[{key!r}] should be True or False'

@test_case(points=1.5, hidden=True, 
    failure_message="The identity as a convolution, or one of the two translations, is wrong for some number of channels or kernel size.")
def test_same_outputs(delta_kernel, plain_from_residual, residual_from_plain):
    import torch
    generator = torch.Generator().manual_seed(119)
    draw = lambda *shape: torch.randn(shape, generator=generator, dtype=torch.float64)
    for c in (1, 2, 3, 8):
        for k in (1, 3, 5, 7):
            x, w = (draw(2, c, 6, 9), draw(c, c, k, k))
            f = lambda filters: torch.conv2d(x, filters, padding=k // 2)
            delta, plain, residual = (delta_kernel(c, k), plain_from_residual(w), residual_from_plain(w))
            assert tuple(delta.shape) == tuple(plain.shape) == tuple(residual.shape) == (c, c, k, k)
            assert torch.allclose(f(delta), x, rtol=0, atol=1e-10)
            assert torch.allclose(f(plain), f(w) + x, rtol=0, atol=1e-10)
            assert torch.allclose(f(residual) + x, f(w), rtol=0, atol=1e-10)

@test_case(points=1.5, hidden=True, 
    failure_message="fit does not give the filters that gradient descent gives. Where do the filters start, over what is the mean taken, and where does the skip connection enter?")
def test_fit_against_sgd(fit):
    import torch
    generator = torch.Generator().manual_seed(120)
    draw = lambda *shape: torch.randn(shape, generator=generator, dtype=torch.float64)
    for n, c, h, w in ((1, 1, 5, 5), (4, 3, 6, 4), (8, 2, 12, 12)):
        x, y = (draw(n, c, h, w), draw(n, c, h, w))
        for residual in (False, True):
            for steps, rate in ((1, 0.3), (7, 0.1)):
                layer = torch.nn.Conv2d(c, c, 3, padding=1, bias=False, dtype=torch.float64)
                torch.nn.init.zeros_(layer.weight)
                optimiser = torch.optim.SGD(layer.parameters(), lr=rate)
                for _ in range(steps):
                    optimiser.zero_grad()
                    (layer(x) - (y - x if residual else y)).square().mean().backward()
                    optimiser.step()
                got = fit(x, y, residual, steps, rate)
                assert not got.requires_grad and got.dtype == torch.float64
                assert torch.allclose(got, layer.weight.detach(), rtol=0, atol=1e-10)
    x, target = (draw(16, 2, 10, 10), 0.3 * draw(2, 2, 3, 3))
    y = torch.conv2d(x, target, padding=1)
    identity = torch.zeros_like(target)
    identity[0, 0, 1, 1] = identity[1, 1, 1, 1] = 1.0
    assert torch.allclose(fit(x, y, False, 120, 0.5), target, rtol=0, atol=1e-06)
    assert torch.allclose(fit(x, y, True, 120, 0.5), target - identity, rtol=0, atol=1e-06)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about the two forms is decided wrongly. What is left for f to learn when x is already there?")
def test_residual_facts(residual_facts):
    import torch
    generator = torch.Generator().manual_seed(121)
    draw = lambda *shape: torch.randn(shape, generator=generator, dtype=torch.float64)

    def descend(x, y, skip):
        w = torch.zeros(2, 2, 3, 3, dtype=torch.float64, requires_grad=True)
        for _ in range(5):
            loss = (torch.conv2d(x, w, padding=1) + skip * x - y).square().mean()
            w = (w - 0.2 * torch.autograd.grad(loss, w)[0]).detach().requires_grad_()
        return w.detach()
    worst = dict.fromkeys(('same_maps', 'same_filters', 'learns_the_rest', 'zero_is_identity'), 0.0)
    gain = 0.0
    for _ in range(5):
        x, y, w = (draw(3, 2, 6, 6), draw(3, 2, 6, 6), draw(2, 2, 3, 3))
        windows = torch.nn.functional.unfold(x, 3, padding=1).transpose(1, 2).reshape(-1, 18)
        rows = lambda image: image.permute(0, 2, 3, 1).reshape(-1, 2)
        best = lambda aim: torch.linalg.lstsq(windows, aim).solution
        error = lambda aim: (windows @ best(aim) - aim).square().mean().item()
        plain_map, residual_map = (windows @ w.reshape(2, 18).T, windows @ w.reshape(2, 18).T + rows(x))
        measured = {'same_maps': max(error(residual_map), error(plain_map - rows(x))), 'same_filters': (best(plain_map) - best(plain_map - rows(x))).abs().max().item(), 'learns_the_rest': (descend(x, y, 1) - descend(x, y - x, 0)).abs().max().item(), 'zero_is_identity': (torch.conv2d(x, torch.zeros_like(w), padding=1) + x - x).abs().max().item()}
        worst = {key: max(worst[key], value) for key, value in measured.items()}
        gain = max(gain, error(rows(y)) - error(rows(y) - rows(x)))
    for key, value in worst.items():
        assert residual_facts[key] is (value < 1e-09)
    assert residual_facts['residual_fits_better'] is (gain > 1e-09)

