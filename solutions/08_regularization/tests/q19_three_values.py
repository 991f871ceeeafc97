from otter.test_files import test_case

OK_FORMAT = False

name = "q19_three_values"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="With p1 = 0.2 and p2 = 0.75 gamma is 2 and the variance 0.4; three_facts holds four booleans.")
def test_example(three_gamma, three_variance, ThreeDropout, rate_for_noise, three_facts):
    import torch
    for name, got, expected in (('three_gamma(0.2, 0.75)', three_gamma(0.2, 0.75), 2.0), ('three_variance(0.2, 0.75)', three_variance(0.2, 0.75), 0.4), ('rate_for_noise(0.2, 0.4)', rate_for_noise(0.2, 0.4), 4 / 7)):
        assert got is not None, f'{name} returned None: expected a float'
        assert abs(got - expected) < 1e-09, f'{name}: expected {expected:.4g}, got {got}'
    layer = ThreeDropout(0.2, 0.75)
    assert isinstance(layer, torch.nn.Module), 'ThreeDropout should be a subclass of nn.Module'
    got = layer(torch.ones(30, 4))
    assert isinstance(got, torch.Tensor), f'the module should return a tensor, got {type(got).__name__}'
    assert got.shape == (30, 4), f'ThreeDropout: expected shape (30, 4), got {tuple(got.shape)}'
    values = sorted({round(v, 4) for v in got.flatten().tolist()})
    assert values == [0, 1, 2], f'ThreeDropout of ones: expected the values 0, 1 and 2, got {values}'
    assert isinstance(three_facts, dict), 'three_facts should be a dictionary'
    for key in ('quieter', 'ordinary_inside', 'noise_apart_from_zeros', 'sum_of_rates'):
        assert isinstance(three_facts.get(key), bool), f'three_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="gamma does not keep the mean, or a variance is wrong, or rate_for_noise finds another rate or not the smallest.")
def test_moments(three_gamma, three_variance, rate_for_noise):
    grid = [(p1, p2) for p1 in (0.0, 0.1, 0.5, 0.9) for p2 in (0.0, 0.2, 0.5, 2 / 3, 0.75, 1.0)]
    for p1, p2 in grid:
        gamma = three_gamma(p1, p2)
        outcomes = [(0.0, p1), (gamma / 2, (1 - p1) * p2), (gamma, (1 - p1) * (1 - p2))]
        assert abs(sum((value * chance for value, chance in outcomes)) - 1) < 1e-12
        variance = sum(((value - 1) ** 2 * chance for value, chance in outcomes))
        assert abs(three_variance(p1, p2) - variance) < 1e-10 * (1 + variance)
        if p2 <= 0.5:
            low, high = (0.0, 2 / 3)
            for _ in range(60):
                mid = (low + high) / 2
                g = 1 / ((1 - p1) * (1 - mid / 2))
                square = (1 - p1) * (mid * (g / 2) ** 2 + (1 - mid) * g ** 2)
                low, high = (mid, high) if square - 1 < variance else (low, mid)
            assert abs(rate_for_noise(p1, variance) - low) < 1e-07

@test_case(points=1, hidden=True, 
    failure_message="The module draws other values, other shares, one factor for many entries, or does something in evaluation mode.")
def test_three_valued_layer(ThreeDropout):
    import torch
    for p1, p2 in ((0.2, 0.75), (0.5, 0.3), (0.3, 0.0), (0.0, 0.6), (0.4, 1.0)):
        layer = ThreeDropout(p1, p2)
        layer.train()
        gamma = 1 / ((1 - p1) * (1 - p2 / 2))
        for dtype in (torch.float32, torch.float64):
            x = torch.randn(100, 200, dtype=dtype)
            out = layer(x)
            assert out.shape == x.shape and out.dtype == dtype
            level = out / x * 2 / gamma
            assert (level - level.round()).abs().max() < 0.0001
            level = level.round().long()
            shares = (p1, (1 - p1) * p2, (1 - p1) * (1 - p2))
            for value, share in enumerate(shares):
                hits = (level == value).double()
                assert abs(hits.mean().item() - share) < 0.02
                assert (hits.mean(dim=0) - share).abs().max() < 0.3 and (hits.mean(dim=1) - share).abs().max() < 0.25
            assert level.max() <= 2 and (not torch.equal(layer(x), out))
        layer.eval()
        assert torch.equal(layer(x), x)
        layer.train()
        assert layer(torch.ones(2, 3, 4)).shape == (2, 3, 4)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the four statements about three values is decided wrongly.")
def test_three_facts(three_facts):
    import numpy as np
    p1, p2 = np.meshgrid(np.linspace(0, 0.9, 19), np.linspace(0, 1, 21), indexing='ij')
    gamma = 1 / ((1 - p1) * (1 - p2 / 2))
    square = (1 - p1) * (p2 * gamma ** 2 / 4 + (1 - p2) * gamma ** 2)
    ordinary = p1 / (1 - p1)
    a, b = (0.3, 0.4)
    other_mean = b * 2 / ((1 - a) * (2 - b)) / 2 + (1 - a - b) * 2 / ((1 - a) * (2 - b))
    assert three_facts['quieter'] is bool((square - 1 < ordinary - 1e-09).any())
    assert three_facts['ordinary_inside'] is bool(np.allclose((square - 1)[:, 0], ordinary[:, 0]))
    assert three_facts['noise_apart_from_zeros'] is bool(np.ptp(square, axis=1)[1:].min() > 0.001)
    assert three_facts['sum_of_rates'] is bool(abs(other_mean - 1) < 1e-09)

