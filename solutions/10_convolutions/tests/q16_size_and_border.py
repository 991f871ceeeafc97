from otter.test_files import test_case

OK_FORMAT = False

name = "q16_size_and_border"
points = 6

@test_case(points=1, hidden=False, 
    failure_message="Six pixels, a window of 3 and stride 2 give 2 outputs; the 3 x 3 image with 2 x 2 windows has 4 in the middle.")
def test_small_sizes(shape_8x8, side_240, output_size, same_padding, settings, coverage, border_facts):
    import numpy as np
    assert isinstance(shape_8x8, (tuple, list)) and len(shape_8x8) == 2, 'shape_8x8 should be a pair'
    assert type(side_240) is int, 'side_240 should be an integer'
    got = output_size(6, 3, 0, 2)
    assert type(got) is int, f'output_size should return an int, got {type(got).__name__}'
    assert got == 2, f'output_size(6, 3, 0, 2): expected 2, got {got}'
    got = same_padding(3)
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'same_padding should return (left, right)'
    assert tuple(got) == (1, 1), f'same_padding(3): expected (1, 1), got {tuple(got)}'
    got = settings(6, 4, 3, 1, 2)
    assert isinstance(got, set), f'settings should return a set, got {type(got).__name__}'
    assert got == {(0, 1)}, f'settings(6, 4, 3, 1, 2): expected {{(0, 1)}}, got {got}'
    got = coverage(3, 3, 2, 0)
    assert got is not None, 'coverage(...) returned None: expected an array'
    got, expected = (np.asarray(got), [[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    assert got.shape == (3, 3), f'coverage: expected shape (3, 3), got {got.shape}'
    assert np.issubdtype(got.dtype, np.integer), f'coverage: expected integers, got dtype {got.dtype}'
    assert got.tolist() == expected, f'coverage(3, 3, 2, 0): expected {expected}, got {got.tolist()}'
    assert isinstance(border_facts, dict), 'border_facts should be a dictionary'
    keys = ['corner_enters_once', 'padding_treats_all_alike', 'constant_stays_constant', 'circular_stays_constant']
    for key in [*keys, 'same_shape_same_values']:
        assert isinstance(border_facts.get(key), bool), f'border_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="A size is wrong. Padding counts on both sides, a division that leaves a rest is rounded down, and the first window counts, too.")
def test_sizes_of_layers(shape_8x8, side_240, output_size):
    import torch
    image = torch.zeros(1, 1, 8, 8)
    layer = torch.nn.Conv2d(1, 1, (3, 5), padding=(0, 1), stride=(3, 4))
    assert tuple(shape_8x8) == tuple(layer(image).shape[2:])
    x = torch.zeros(1, 1, 240, 240)
    for _ in range(10):
        x = torch.nn.functional.conv2d(x, torch.zeros(1, 1, 5, 5))
    assert side_240 == x.shape[2]
    for n in (1, 2, 5, 6, 7, 12, 13):
        for k in range(1, 6):
            for p in range(4):
                for s in range(1, 5):
                    for d in (1, 2, 3):
                        try:
                            y = torch.nn.functional.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, k), padding=p, stride=s, dilation=d)
                        except RuntimeError:
                            try:
                                output_size(n, k, p, s, d)
                            except ValueError:
                                continue
                            raise AssertionError('a window that does not fit should raise ValueError') from None
                        got = output_size(n, k, p, s, d)
                        assert type(got) is int and got == y.shape[2]
    assert output_size(7, 3) == 5 and output_size(7, 3, s=2) == 3 and (output_size(7, 3, p=1) == 7)

@test_case(points=1, hidden=True, 
    failure_message="With your padding some output is longer or shorter than the input, or the zeros are not shared out as asked. Try even windows.")
def test_padding_keeps_length(same_padding):
    import torch
    for k in range(1, 8):
        for d in range(1, 5):
            left, right = same_padding(k, d)
            assert type(left) is int and type(right) is int and (right - left in (0, 1))
            x = torch.nn.functional.pad(torch.zeros(1, 1, 11), (left, right))
            assert torch.nn.functional.conv1d(x, torch.zeros(1, 1, k), dilation=d).shape[2] == 11
        assert tuple(same_padding(k)) == tuple(same_padding(k, 1))

@test_case(points=1, hidden=True, 
    failure_message="Some pair of padding and stride is missing or does not belong there. Stride and rounding can hit the same size in several ways.")
def test_all_settings(settings):
    import torch
    for n, k, max_p, max_s in ((8, 3, 3, 5), (3, 5, 2, 3), (13, 4, 4, 6), (1, 1, 1, 2), (6, 6, 0, 4)):
        brute = {}
        for p in range(max_p + 1):
            for s in range(1, max_s + 1):
                if n + 2 * p >= k:
                    y = torch.nn.functional.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, k), padding=p, stride=s)
                    brute.setdefault(y.shape[2], set()).add((p, s))
        for m in range(15):
            assert settings(n, m, k, max_p, max_s) == brute.get(m, set())

@test_case(points=1, hidden=True, 
    failure_message="For some image the windows that contain a pixel are miscounted. Images need not be square, and the padding may be wide.")
def test_coverage_by_gradient(coverage):
    import numpy as np
    import torch
    cases = [(6, 6, 3, 0), (6, 6, 3, 1), (4, 7, 3, 2), (5, 3, 2, 5), (1, 1, 1, 0), (1, 6, 3, 1), (9, 4, 4, 0)]
    for h, w, k, p in [*cases, (2, 2, 5, 2), (7, 8, 1, 3), (3, 5, 3, 0)]:
        x = torch.ones(1, 1, h, w, dtype=torch.float64, requires_grad=True)
        torch.nn.functional.conv2d(x, torch.ones(1, 1, k, k, dtype=torch.float64), padding=p).sum().backward()
        got = np.asarray(coverage(h, w, k, p))
        assert got.shape == (h, w) and np.issubdtype(got.dtype, np.integer)
        assert np.array_equal(got, x.grad[0, 0].round().long().numpy())

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about the border is decided wrongly. Convolve an image of ones.")
def test_border_facts(border_facts):
    import torch
    conv2d, pad = (torch.nn.functional.conv2d, torch.nn.functional.pad)
    torch.manual_seed(161)
    once, alike, constant, circular = (True, True, True, True)
    for k in (3, 5, 7):
        p = (k - 1) // 2
        x = torch.ones(1, 1, 2 * k + 1, 2 * k + 3, dtype=torch.float64, requires_grad=True)
        ones, kernel = (torch.ones(1, 1, k, k).double(), torch.rand(1, 1, k, k).double())
        counts, = torch.autograd.grad(conv2d(x, ones).sum(), x)
        once = once and counts[0, 0, 0, 0].item() == 1
        counts, = torch.autograd.grad(conv2d(x, ones, padding=p).sum(), x)
        alike = alike and bool((counts == k ** 2).all())
        constant = constant and bool(conv2d(x, kernel, padding=p).std() < 1e-09)
        circular = circular and bool(conv2d(pad(x, (p, p, p, p), mode='circular'), kernel).std() < 1e-09)
    assert border_facts['corner_enters_once'] is once
    assert border_facts['padding_treats_all_alike'] is alike
    assert border_facts['constant_stays_constant'] is constant
    assert border_facts['circular_stays_constant'] is circular
    x, kernel = (torch.randn(1, 1, 7), torch.randn(1, 1, 3))
    one, other = (torch.nn.functional.conv1d(x, kernel, padding=p, stride=s) for p, s in ((0, 2), (1, 3)))
    assert one.shape == other.shape == (1, 1, 3)
    assert border_facts['same_shape_same_values'] is torch.allclose(one, other)

