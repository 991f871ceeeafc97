from otter.test_files import test_case

OK_FORMAT = False

name = "q15_one_by_one"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="The weights (2, -1) and the bias 5 turn a pixel with the channels (3, 4) into 7.")
def test_one_pixel(pixelwise, as_conv, by_channels, agreement, rounding_facts):
    import torch
    x = torch.tensor([3.0, 4.0]).reshape(1, 2, 1, 1)
    weight, bias = (torch.tensor([[2.0, -1.0]]), torch.tensor([5.0]))
    got = pixelwise(x, weight, bias)
    assert isinstance(got, torch.Tensor), 'pixelwise should return a tensor'
    assert got.shape == (1, 1, 1, 1), f'pixelwise: expected shape (1, 1, 1, 1), got {tuple(got.shape)}'
    assert abs(got.item() - 7) < 1e-05, f'pixelwise: expected 7, got {got.item()}'
    conv = as_conv(weight, bias)
    assert isinstance(conv, torch.nn.Conv2d), 'as_conv should return a torch.nn.Conv2d'
    assert abs(conv(x).item() - 7) < 1e-05, f'as_conv: expected the output 7, got {conv(x).item()}'
    got = by_channels(x[0], weight)
    assert isinstance(got, torch.Tensor), 'by_channels should return a tensor'
    assert got.shape == (1, 1, 1), f'by_channels: expected shape (1, 1, 1), got {tuple(got.shape)}'
    assert abs(got.item() - 2) < 1e-05, f'by_channels: expected 2, got {got.item()}'
    got = agreement(x, x + 1)
    assert got == 'different', f"agreement of tensors that are 1 apart: expected 'different', got {got!r}"
    assert isinstance(rounding_facts, dict), 'rounding_facts should be a dictionary'
    keys = ['exact_arithmetic', 'float32_bitwise', 'float64_bitwise', 'small_integers_bitwise', 'stays_at_its_pixel']
    for key in keys:
        assert isinstance(rounding_facts.get(key), bool), f'rounding_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="pixelwise or by_channels is not a fully connected layer at each pixel. Use sizes that are all different, and watch which axis is which.")
def test_layer_at_each_pixel(pixelwise, by_channels):
    import torch
    torch.manual_seed(151)
    for n, c_in, c_out, h, w in ((2, 3, 5, 4, 6), (1, 1, 1, 1, 1), (3, 7, 2, 1, 5), (2, 4, 4, 3, 3), (1, 2, 6, 5, 2)):
        for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 0.0001)):
            x = torch.randn(n, c_in, w, h, dtype=dtype).transpose(2, 3)
            weight, bias = (torch.randn(c_out, c_in, dtype=dtype), torch.randn(c_out, dtype=dtype))
            expected = torch.nn.functional.conv2d(x, weight[:, :, None, None], bias)
            got = pixelwise(x, weight, bias)
            assert got.dtype == dtype and got.shape == expected.shape
            assert (got - expected).abs().max() < tolerance
            one = by_channels(x[0], weight)
            assert one.dtype == dtype and one.shape == expected[0].shape
            assert (one - expected[0] + bias[:, None, None]).abs().max() < tolerance

@test_case(points=1, hidden=True, 
    failure_message="The layer that as_conv makes is not the same layer. It needs 1x1 kernels, a bias only if one is given, the right dtype and parameters of its own.")
def test_made_layer(as_conv):
    import torch
    torch.manual_seed(152)

    def changed_afterwards(as_conv, weight, bias, x):
        conv = as_conv(weight, bias)
        before = conv(x).detach().clone()
        weight.mul_(2)
        bias.add_(1)
        return (before, conv(x).detach(), len(list(conv.parameters())))
    for c_in, c_out, dtype in ((3, 5, torch.float64), (4, 1, torch.float32), (1, 2, torch.float64)):
        x = torch.randn(2, c_in, 4, 3, dtype=dtype)
        weight, bias = (torch.randn(c_out, c_in, dtype=dtype), torch.randn(c_out, dtype=dtype))
        for given in (bias, None):
            conv = as_conv(weight, given)
            assert isinstance(conv, torch.nn.Conv2d)
            assert conv.weight.dtype == dtype and conv.weight.shape == (c_out, c_in, 1, 1)
            assert conv.weight.requires_grad and (conv.bias is None) is (given is None)
            expected = torch.nn.functional.conv2d(x, weight[:, :, None, None], given)
            assert (conv(x) - expected).abs().max() < 1e-05
        before, after, parameters = inside(changed_afterwards)(as_conv, weight.clone(), bias.clone(), x)
        assert torch.equal(before, after) and parameters == 2

@test_case(points=1, hidden=True, 
    failure_message="agreement misjudges a pair. Look at the size of the difference relative to the size of the numbers, whatever their signs.")
def test_three_verdicts(agreement):
    import torch
    torch.manual_seed(153)
    for scale in (1e-06, 1.0, 1000000.0):
        for dtype in (torch.float32, torch.float64):
            y = scale * (torch.rand(3, 4, 5, dtype=dtype) + 1)
            largest = y.max()
            for sign in (1, -1):
                for gap, verdict in ((0.0, 'equal'), (2e-06, 'rounding'), (-2e-06, 'rounding'), (5e-05, 'different')):
                    other = y.clone()
                    other[1, 2, 3] += gap * largest
                    assert agreement(sign * y, sign * other) == verdict
                    assert agreement(sign * other, sign * y) == verdict
            assert agreement(y, -y) == 'different'
            far = y.clone()
            far[0, 0, 0] -= 0.5 * scale
            assert agreement(y, far) == agreement(far, y) == 'different'
    assert agreement(torch.zeros(2, 2), torch.zeros(2, 2)) == 'equal'
    assert agreement(torch.tensor([1000.0, 1.0]), torch.tensor([1000.0, 1.005])) == 'rounding'
    assert agreement(torch.tensor([0.0, 1.0]), torch.tensor([1000.0, 1.0])) == 'different'
    assert agreement(torch.tensor([0.0, 1.0]), torch.tensor([0.0, 1.00002])) == 'different'
    assert agreement(torch.zeros(2), torch.tensor([0.0, 1e-09])) == 'different'
    one, other = (torch.tensor([0.0, 1.0], dtype=torch.float64), torch.tensor([1e-05, 1.0], dtype=torch.float64))
    assert agreement(one, other) == agreement(-one, -other) == 'rounding'

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements is decided wrongly. Add up 64 products forwards and backwards.")
def test_rounding_facts(rounding_facts):
    from fractions import Fraction
    import numpy as np
    import torch
    rng = np.random.default_rng(154)

    def always_equal(draw, dtype):
        equal = True
        for _ in range(200):
            terms = (draw() * draw()).astype(dtype)
            forwards, backwards = (dtype(0), dtype(0))
            for a, b in zip(terms, terms[::-1]):
                forwards, backwards = (forwards + a, backwards + b)
            equal = equal and bool(forwards == backwards)
        return equal
    normal = lambda: rng.normal(size=64).astype(np.float32)
    double = lambda: rng.normal(size=64)
    integers = lambda: rng.integers(-8, 9, size=64)
    terms = [Fraction(int(a), 7) * Fraction(int(b), 3) for a, b in zip(integers(), integers())]
    assert rounding_facts['exact_arithmetic'] is (sum(terms) == sum(terms[::-1]))
    assert rounding_facts['float32_bitwise'] is always_equal(normal, np.float32)
    assert rounding_facts['float64_bitwise'] is always_equal(double, np.float64)
    assert rounding_facts['small_integers_bitwise'] is always_equal(integers, np.float32)
    torch.manual_seed(155)
    layers = [torch.nn.Conv2d(3, 8, 1), torch.nn.ReLU(), torch.nn.Conv2d(8, 8, 1), torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers, torch.nn.Conv2d(8, 2, 1)).double()
    x = torch.randn(1, 3, 5, 6, dtype=torch.float64)
    other = x.clone()
    other[0, :, 2, 3] += 1
    changed = ((net(x) - net(other)).abs() > 1e-09).any(dim=1)[0].nonzero().tolist()
    assert rounding_facts['stays_at_its_pixel'] is (changed == [[2, 3]])

