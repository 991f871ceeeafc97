from otter.test_files import test_case

OK_FORMAT = False

name = "q18_dropping_weights"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="The module has a weight (n_out, n_in) and a bias; the covariances of the example are as printed; drop_facts holds four booleans.")
def test_two_outputs(DropConnect, noise_covariance, mask_entries, drop_facts):
    import numpy as np
    import torch
    net = DropConnect(3, 2, 0.5)
    assert isinstance(net, torch.nn.Module), 'DropConnect should be a subclass of nn.Module'
    shapes = {name: tuple(p.shape) for name, p in net.state_dict().items()}
    assert shapes == {'weight': (2, 3), 'bias': (2,)}, f'expected weight (2, 3) and bias (2,), got {shapes}'
    got = net(torch.ones(4, 3))
    assert isinstance(got, torch.Tensor), f'the module should return a tensor, got {type(got).__name__}'
    assert got.shape == (4, 2), f'expected outputs of shape (4, 2), got {tuple(got.shape)}'
    for kind, expected in (('weight', [[1, 0], [0, 4]]), ('activation', [[1, 2], [2, 4]])):
        got = noise_covariance(np.array([[1.0], [2.0]]), np.array([1.0]), 0.5, kind)
        assert got is not None, 'noise_covariance(...) returned None: expected an array'
        assert np.shape(got) == (2, 2), f'noise_covariance: expected shape (2, 2), got {np.shape(got)}'
        assert np.allclose(got, expected), f'noise_covariance, {kind!r}: expected {expected}, got {got}'
    got = mask_entries(1, 1, 1, 'weight')
    assert got == 1, f"mask_entries(1, 1, 1, 'weight'): expected 1, got {got}"
    assert isinstance(drop_facts, dict), 'drop_facts should be a dictionary'
    for key in ('same_mean', 'same_variance', 'same_joint', 'errors_linked'):
        assert isinstance(drop_facts.get(key), bool), f'drop_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="The module does not drop single weights, not each example's on its own, or not at the right rate. What happens in evaluation mode, and to the bias, and are both parameters started as in nn.Linear?")
def test_module(DropConnect, mask_entries):
    import torch
    for n_in, n_out, p in ((4, 3, 0.0), (1, 1, 0.5), (6, 2, 0.9)):
        layer = DropConnect(n_in, n_out, p)
        layer.eval()
        state = layer.state_dict()
        x = torch.randn(5, n_in)
        expected = torch.nn.functional.linear(x, state['weight'], state['bias'])
        assert torch.allclose(layer(x), expected, atol=1e-06) and torch.allclose(layer(x[:1]), expected[:1], atol=1e-06)
        layer.train()
        if p == 0:
            assert torch.allclose(layer(x), expected, atol=1e-06)
        bound = n_in ** (-0.5)
        assert all((value.abs().max() <= bound and (value != 0).all() for value in state.values()))

    def probe(DropConnect, p):
        import torch
        torch.manual_seed(3)
        layer = DropConnect(5, 4, p)
        masks = []
        for _ in range(400):
            layer.zero_grad()
            layer(torch.ones(1, 5)).sum().backward()
            masks.append(layer.weight.grad.clone())
        with torch.no_grad():
            rows = layer(torch.ones(3000, 5)) - layer.bias
        return (torch.stack(masks), layer.bias.grad, rows, layer.weight.detach(), type(layer.weight).__name__)
    for p in (0.3, 0.6):
        masks, bias, rows, weight, kind = inside(probe)(DropConnect, p)
        kept = masks != 0
        assert kind == 'Parameter' and (bias == 1).all()
        assert torch.allclose(masks[kept], torch.tensor(1 / (1 - p)))
        assert abs(kept.double().mean().item() - (1 - p)) < 0.03
        assert (kept.double().mean(dim=0) - (1 - p)).abs().max() < 0.12
        flat = kept.double().flatten(1)
        linked = torch.corrcoef(flat.T) - torch.eye(20, dtype=torch.float64)
        assert linked.abs().max() < 0.35
        spread = (p / (1 - p) * (weight.double() ** 2).sum(dim=1)).sqrt()
        assert torch.allclose(rows.double().std(dim=0), spread, rtol=0.15)
        assert (rows.double().mean(dim=0) - weight.double().sum(dim=1)).abs().max() < 0.15 * spread.max()
        linked = torch.corrcoef(rows.double().T) - torch.eye(4, dtype=torch.float64)
        assert linked.abs().max() < 0.12
    for batch, n_in, n_out in ((1, 1, 1), (32, 100, 10), (7, 3, 5)):
        x, w = (torch.ones(batch, n_in), torch.ones(batch, n_out, n_in))
        assert mask_entries(batch, n_in, n_out, 'weight') == w.numel()
        assert mask_entries(batch, n_in, n_out, 'activation') == x.numel()

@test_case(points=1, hidden=True, 
    failure_message="A covariance differs from the one counted over all masks. Which outputs share a mask?")
def test_covariances_by_counting(noise_covariance):
    import itertools
    import numpy as np
    rng = np.random.default_rng(838)
    for o, i in ((1, 1), (2, 3), (3, 2), (4, 1), (2, 4)):
        W, h = (rng.normal(size=(o, i)), rng.normal(size=i) * 2)
        for p in (0.0, 0.25, 0.5, 0.9):
            for kind, size in (('weight', o * i), ('activation', i)):
                outs, chances = ([], [])
                for bits in itertools.product((0.0, 1.0), repeat=size):
                    mask = np.array(bits).reshape((o, i) if kind == 'weight' else (1, i)) / (1 - p)
                    outs.append(W * mask @ h)
                    chances.append((1 - p) ** sum(bits) * p ** (size - sum(bits)))
                outs, chances = (np.array(outs), np.array(chances))
                away = outs - chances @ outs
                got = noise_covariance(W, h, p, kind)
                assert np.shape(got) == (o, o)
                assert np.allclose(got, (away * chances[:, None]).T @ away, rtol=1e-09, atol=1e-09)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the four statements about dropped weights is decided wrongly.")
def test_drop_facts(drop_facts):
    import itertools
    import numpy as np
    W, h = (np.array([[1.0, -2.0], [0.5, 1.0]]), np.array([1.0, 3.0]))
    activation = np.array([W * np.array(m) @ h for m in itertools.product((0.0, 2.0), repeat=2)])
    weight = np.array([W * np.array(m).reshape(2, 2) @ h for m in itertools.product((0.0, 2.0), repeat=4)])
    linked = [abs(np.cov(outs.T)[0, 1]) > 1e-09 for outs in (activation, weight)]
    assert drop_facts['same_mean'] is bool(np.allclose(activation.mean(0), weight.mean(0)))
    assert drop_facts['same_variance'] is bool(np.allclose(activation.var(0), weight.var(0)))
    assert drop_facts['same_joint'] is bool(np.allclose(np.cov(activation.T, bias=True), np.cov(weight.T, bias=True)))
    assert drop_facts['errors_linked'] is (linked == [True, False])

