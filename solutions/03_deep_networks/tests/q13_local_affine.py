from otter.test_files import test_case

OK_FORMAT = False

name = "q13_local_affine"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="One linear layer 2 x - 1 and a ReLU are A = 2, c = -1 at x = 3, and A = 0, c = 0 at x = -3; piecewise_affine holds nine booleans.")
def test_one_unit(local_affine, piecewise_affine):
    import torch
    from torch import nn
    net = nn.Sequential(nn.Linear(1, 1, dtype=torch.float64), nn.ReLU())
    with torch.no_grad():
        net[0].weight.fill_(2.0)
        net[0].bias.fill_(-1.0)
    for x, a, c in ((3.0, 2, -1), (-3.0, 0, 0)):
        got = local_affine(net, torch.tensor([x], dtype=torch.float64))
        assert got is not None, 'local_affine(...) returned None: expected (A, c)'
        assert isinstance(got, (tuple, list)) and len(got) == 2, 'local_affine should return (A, c)'
        for name, part, shape, expected in (('A', got[0], (1, 1), a), ('c', got[1], (1,), c)):
            assert isinstance(part, torch.Tensor), f'{name} should be a tensor'
            assert tuple(part.shape) == shape, f'{name}: expected shape {shape}, got {tuple(part.shape)}'
            assert abs(part.item() - expected) < 1e-12, f'{name} at x = {x}: expected {expected}, got {part.item()}'
    assert isinstance(piecewise_affine, dict), 'piecewise_affine should be a dictionary'
    names = ['relu', 'leaky_relu', 'hardtanh', 'abs', 'tanh', 'sigmoid', 'softplus', 'silu', 'sign']
    for name in names:
        assert isinstance(piecewise_affine.get(name), bool), f'piecewise_affine[{name!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="For some network A is not its Jacobian or c not its intercept. Biases, the order of the matrices and the slope of every negative side matter.")
def test_jacobian_and_value(local_affine):
    import torch
    from torch import nn
    f64 = {'dtype': torch.float64}
    torch.manual_seed(57)

    def slopes(size):
        layer = nn.PReLU(size, **f64)
        with torch.no_grad():
            layer.weight.copy_(torch.randn(size))
        return layer
    nets = [nn.Sequential(nn.Linear(3, 2, **f64)), nn.Sequential(nn.Linear(2, 9, **f64), nn.ReLU(), nn.Linear(9, 4, **f64)), nn.Sequential(nn.Linear(4, 9, **f64), nn.ReLU(), nn.Linear(9, 7, **f64), nn.ReLU(), nn.Linear(7, 2, **f64)), nn.Sequential(nn.Linear(3, 6, **f64), slopes(6), nn.Linear(6, 5, **f64), slopes(1), nn.Linear(5, 3, **f64)), nn.Sequential(nn.Linear(3, 6, **f64), nn.LeakyReLU(0.3), nn.Linear(6, 3, **f64), slopes(3)), nn.Sequential(nn.ReLU(), nn.Linear(2, 3, **f64), nn.Linear(3, 3, **f64), nn.LeakyReLU(-0.7)), nn.Sequential(nn.Linear(1, 4, **f64), nn.ReLU(), nn.Linear(4, 4, **f64), nn.ReLU(), nn.Linear(4, 1, **f64))]
    for net in nets:
        d_in = next((p.shape[1] for p in net.parameters() if p.dim() == 2))
        for _ in range(6):
            x = 2 * torch.randn(d_in, **f64)
            A, c = local_affine(net, x)
            assert not A.requires_grad and (not c.requires_grad)
            assert A.dtype == c.dtype == torch.float64
            f = lambda v: net(v[None])[0]
            jacobian = torch.autograd.functional.jacobian(f, x)
            assert A.shape == jacobian.shape and torch.allclose(A, jacobian, rtol=1e-10, atol=1e-12)
            assert c.shape == f(x).shape and torch.allclose(A @ x + c, f(x).detach(), rtol=1e-10, atol=1e-12)

@test_case(points=1, hidden=True, 
    failure_message="Your affine map does not hold in the whole region of x, or the maps of two neighbouring regions do not meet.")
def test_regions_and_kinks(local_affine):
    import torch
    from torch import nn
    torch.manual_seed(58)
    f64 = {'dtype': torch.float64}
    layers = [nn.Linear(2, 8, **f64), nn.PReLU(8, init=-0.4, **f64), nn.Linear(8, 8, **f64), nn.ReLU()]
    net = nn.Sequential(*layers, nn.Linear(8, 2, **f64))

    def pattern(x):
        signs, h = ([], x[None])
        for layer in net:
            if not isinstance(layer, nn.Linear):
                signs += (h[0] > 0).tolist()
            h = layer(h)
        return signs
    crossed = 0
    for _ in range(12):
        near, far = (torch.randn(2, **f64), 3 * torch.randn(2, **f64))
        if pattern(near) == pattern(far):
            continue
        lo, hi = (0.0, 1.0)
        for _ in range(60):
            middle = (lo + hi) / 2
            same = pattern(near + middle * (far - near)) == pattern(near)
            lo, hi = (middle, hi) if same else (lo, middle)
        before, kink, behind = (near + share * (far - near) for share in (0.9 * lo, lo, hi + 1e-07))
        A, c = local_affine(net, near)
        assert torch.allclose(A @ before + c, net(before[None])[0].detach(), rtol=0, atol=1e-10)
        A2, c2 = local_affine(net, behind)
        assert not torch.allclose(A, A2, atol=1e-06)
        assert torch.allclose(A @ kink + c, A2 @ kink + c2, rtol=0, atol=1e-06)
        crossed += 1
    assert crossed >= 8

@test_case(points=1, hidden=True, 
    failure_message="At least one activation is judged wrongly. Continuous and straight, piece by piece - both are needed.")
def test_which_activations(piecewise_affine):
    import torch
    functions = {'relu': torch.relu, 'leaky_relu': torch.nn.functional.leaky_relu, 'hardtanh': torch.nn.functional.hardtanh, 'abs': torch.abs, 'tanh': torch.tanh, 'sigmoid': torch.sigmoid, 'softplus': torch.nn.functional.softplus, 'silu': torch.nn.functional.silu, 'sign': torch.sign}
    torch.manual_seed(59)
    step = 0.001
    x = torch.arange(-4, 4, step, dtype=torch.float64)
    weights = [torch.randn(size, dtype=torch.float64) for size in ((6, 1), (6, 6), (1, 6))]
    biases = [torch.randn(size, dtype=torch.float64) for size in (6, 6, 1)]
    for name, activation in functions.items():
        h = x[:, None]
        for k, (weight, bias) in enumerate(zip(weights, biases)):
            h = torch.nn.functional.linear(h, weight, bias)
            h = activation(h) if k < 2 else h
        f = h[:, 0]
        second = (f[2:] - 2 * f[1:-1] + f[:-2]).abs()
        straight = (second < 1e-12).double().mean().item() > 0.9
        jump = (f[1:] - f[:-1]).abs().max().item() > 200 * step
        assert piecewise_affine[name] is (straight and (not jump))

