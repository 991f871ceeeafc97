from otter.test_files import test_case

OK_FORMAT = False

name = "q13_he_init"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="One input channel, two output channels and a kernel of 2 x 2 give the variances 0.5 forward and 0.25 backward; he_init_ sets the biases of LAYER to 0.")
def test_small_layer(he_variance, variance_ratio, he_init_, LAYER):
    import torch
    for mode, expected in (('forward', 0.5), ('backward', 0.25)):
        got = he_variance(1, 2, (2, 2), mode)
        assert got is not None, 'he_variance(...) returned None: expected a float'
        assert abs(got - expected) < 1e-09, f'he_variance(1, 2, (2, 2), {mode!r}): expected {expected}, got {got}'
    got = variance_ratio(1, (2, 2), 0.25)
    assert got is not None, 'variance_ratio(...) returned None: expected a float'
    assert abs(got - 0.5) < 1e-09, f'variance_ratio(1, (2, 2), 0.25): expected 0.5, got {got}'
    got = he_init_(LAYER, 0)
    assert got is not None, 'he_init_(LAYER, 0) returned None: expected the layer'
    assert torch.equal(LAYER.bias.detach(), torch.zeros(24)), 'he_init_ should set the biases of LAYER to 0'

@test_case(points=1, hidden=True, 
    failure_message="he_variance is wrong for some layer. How many products make one pre-activation, and in how many pre-activations does one input occur?")
def test_variance_against_torch(he_variance):
    import torch
    for c_in, c_out in ((1, 1), (16, 24), (24, 16), (3, 64)):
        for kernel in ((3, 3), (1, 1), (5,), (2, 7), (1, 4, 3)):
            weight = torch.empty(c_out, c_in, *kernel)
            products, sums = torch.nn.init._calculate_fan_in_and_fan_out(weight)
            for mode, fan in (('forward', products), ('backward', sums)):
                assert abs(he_variance(c_in, c_out, kernel, mode) * fan / 2 - 1) < 1e-09

@test_case(points=1.5, hidden=True, 
    failure_message="The factor that your function gives is not the one that is measured in a layer behind a ReLU. How many products are added up, and what does the ReLU leave of the mean square?")
def test_ratio_measured(variance_ratio):
    import torch
    generator = torch.Generator().manual_seed(118)
    for c_in, kernel, variance in ((4, (3, 3), 0.05), (8, (1, 1), 0.25), (2, (3, 5), 0.4), (16, (5, 5), 0.001)):
        z = 1.5 * torch.randn(4, c_in, 8, 8, generator=generator, dtype=torch.float64)
        z = torch.cat([z, -z])
        weight = torch.randn(4000, c_in, *kernel, generator=generator, dtype=torch.float64)
        weight *= (variance / weight.square().mean()).sqrt()
        ring = torch.nn.functional.pad(z.relu(), (0, kernel[1] - 1, 0, kernel[0] - 1), mode='circular')
        ratio = (torch.conv2d(ring, weight).square().mean() / z.square().mean()).item()
        assert abs(variance_ratio(c_in, kernel, variance) / ratio - 1) < 0.15
    for c_in, kernel in ((1, (1, 1)), (7, (3, 3)), (64, (2, 5))):
        assert abs(variance_ratio(c_in, kernel, 2.0) - torch.ones(c_in, *kernel).sum().item()) < 1e-09

@test_case(points=1.5, hidden=True, 
    failure_message="he_init_ does not start some layer as it should. Look at the spread and the shape of the distribution, the biases, the seed, groups, and whether the layer itself is changed.")
def test_started_layers(he_init_):
    import torch

    def probe(he_init_, arguments, settings, seeds):
        import torch
        drawn = []
        for index, seed in enumerate(seeds):
            torch.manual_seed(index)
            layer = (torch.nn.Conv1d if settings['one_axis'] else torch.nn.Conv2d)(*arguments, **settings['more'])
            weight, trained, bias = (layer.weight, layer.weight.requires_grad, layer.bias)
            same = he_init_(layer, seed) is layer and layer.weight is weight and (layer.bias is bias) and trained
            same = same and weight.requires_grad and weight.is_leaf
            drawn.append((bool(same), weight.detach(), bias if bias is None else bias.detach()))
        return drawn
    for arguments, one_axis, more in (((64, 32, 5), False, {}), ((32, 64, (3, 7)), False, {'bias': False, 'padding': 1}), ((32, 256, 9), True, {'stride': 2}), ((64, 256, 5), False, {'groups': 4}), ((4096, 1, 11), True, {})):
        first, again, other = inside(probe)(he_init_, arguments, {'one_axis': one_axis, 'more': more}, (3, 3, 4))
        for same, weight, bias in (first, again, other):
            assert same and (bias is None or not bias.any())
            sigma = (2 / weight[0].numel()) ** 0.5
            assert abs(weight.std().item() / sigma - 1) < 0.05
            assert abs(weight.mean().item()) < 0.05 * sigma
            assert abs((weight.abs() < sigma).double().mean().item() - 0.683) < 0.025
        assert torch.equal(first[1], again[1]) and (not torch.equal(first[1], other[1]))

