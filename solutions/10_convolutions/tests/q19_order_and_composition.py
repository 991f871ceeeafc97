from otter.test_files import test_case

OK_FORMAT = False

name = "q19_order_and_composition"
points = 6

@test_case(points=1, hidden=False, 
    failure_message="(1, 2) * (3, 4) is (3, 10, 8), which factor takes apart again; two 3-wide kernels make a 5-wide one.")
def test_small_products(conv_full, corr_full, compose, composed_window, factor, order_facts):
    import numpy as np
    import torch
    f, g = (np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    for name, call, expected in (('conv_full', conv_full, [3, 10, 8]), ('corr_full', corr_full, [4, 11, 6])):
        got = call(f, g)
        assert got is not None, f'{name}(...) returned None: expected an array'
        assert np.shape(got) == (3,), f'{name}: expected shape (3,), got {np.shape(got)}'
        assert np.allclose(got, expected), f'{name}: expected {expected}, got {np.asarray(got).tolist()}'
    got = compose(torch.ones(2, 3, 2, 1), torch.ones(4, 2, 1, 3))
    assert isinstance(got, torch.Tensor), 'compose should return a tensor'
    assert got.shape == (4, 3, 2, 3), f'compose: expected shape (4, 3, 2, 3), got {tuple(got.shape)}'
    assert (got == 2).all(), f'compose: each entry should be 2 here, got {got[0, 0].tolist()}'
    got = composed_window(3, 1, 3, 1)
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'composed_window should return (size, stride)'
    assert tuple(got) == (5, 1), f'composed_window(3, 1, 3, 1): expected (5, 1), got {tuple(got)}'
    got = factor(np.array([3.0, 10.0, 8.0]))
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'factor should return (p, q) here'
    assert np.shape(got[0]) == np.shape(got[1]) == (2,), 'p and q should have shape (2,)'
    assert isinstance(order_facts, dict), 'order_facts should be a dictionary'
    keys = ['convolution_commutes', 'minus_in_odd_dimensions', 'correlation_commutes', 'correlation_reverses']
    for key in [*keys, 'padded_layers_compose', 'all_are_products', 'all_are_sums_of_products']:
        assert isinstance(order_facts.get(key), bool), f'order_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="A full convolution or correlation is wrong for some lengths. Multiply two polynomials, and compare.")
def test_full_lengths(conv_full, corr_full):
    import numpy as np
    rng = np.random.default_rng(191)
    for m, n in ((1, 1), (1, 4), (4, 1), (3, 7), (7, 3), (5, 5)):
        f, g = (rng.normal(size=m), rng.normal(size=n))
        got = conv_full(f, g)
        assert got.shape == (m + n - 1,) and np.abs(got - np.convolve(f, g)).max() < 1e-12
        assert np.abs(got - conv_full(g, f)).max() < 1e-12
        got = corr_full(f, g)
        assert got.shape == (m + n - 1,) and np.abs(got - np.correlate(f, g, 'full')).max() < 1e-12

@test_case(points=1, hidden=True, 
    failure_message="The composed kernel does not do what the two layers do. Which pixels does the second layer see, and through which channels?")
def test_one_layer_for_two(compose):
    import torch
    torch.manual_seed(192)
    sizes = [(2, 3, 5, 3, 5, 4, 2), (1, 1, 1, 2, 2, 3, 3), (3, 1, 2, 1, 1, 1, 4), (2, 2, 2, 3, 3, 3, 3)]
    for c_in, middle, c_out, a, b, c, d in [*sizes, (1, 4, 3, 2, 5, 3, 1)]:
        for dtype, tolerance in ((torch.float64, 1e-11), (torch.float32, 0.01)):
            k1, k2 = (torch.randn(middle, c_in, a, b, dtype=dtype), torch.randn(c_out, middle, c, d, dtype=dtype))
            x = torch.randn(2, c_in, 9, 10, dtype=dtype)
            two = torch.nn.functional.conv2d(torch.nn.functional.conv2d(x, k1), k2)
            k = compose(k1, k2)
            assert k.dtype == dtype and k.shape == (c_out, c_in, a + c - 1, b + d - 1)
            assert (torch.nn.functional.conv2d(x, k) - two).abs().max() < tolerance

@test_case(points=1, hidden=True, 
    failure_message="With strides, the size or the stride of the composed layer is wrong. How far apart are the pixels that the second layer sees?")
def test_window_by_gradient(composed_window):
    import torch
    conv1d = torch.nn.functional.conv1d
    for k1, s1, k2, s2 in ((3, 1, 3, 1), (3, 2, 2, 3), (5, 3, 4, 2), (1, 4, 3, 1), (4, 1, 1, 5), (2, 2, 2, 2), (1, 1, 1, 1)):
        x = torch.ones(1, 1, 60, dtype=torch.float64, requires_grad=True)
        weights = [torch.ones(1, 1, k, dtype=torch.float64) for k in (k1, k2)]
        y = conv1d(conv1d(x, weights[0], stride=s1), weights[1], stride=s2)
        first, = torch.autograd.grad(y[0, 0, 0], x, retain_graph=True)
        second, = torch.autograd.grad(y[0, 0, 1], x)
        seen, shifted = (first[0, 0].nonzero()[:, 0], second[0, 0].nonzero()[:, 0])
        size, stride = composed_window(k1, s1, k2, s2)
        assert size == int(seen[-1] - seen[0]) + 1 and stride == int(shifted[0] - seen[0])

@test_case(points=1, hidden=True, 
    failure_message="Some three numbers are taken apart wrongly, or not although they can be, or the other way round. Think of the zeros of a quadratic polynomial.")
def test_factors(factor):
    import numpy as np
    rng = np.random.default_rng(193)
    kernels = [np.convolve(rng.integers(-5, 6, size=2), rng.integers(-5, 6, size=2)) for _ in range(40)]
    kernels += [np.array(k) for k in ([1, 2, 1], [-4, 4, -1], [0, 1, 2], [0, 0, 0], [3, 0, 0], [0, 0, 5], [1, 3, 2])]
    kernels += [np.array(k) for k in ([5, 3, 0], [0, 7, 0], [-1, 0, 1], [2, 0.5, -3], [-2, 9, 4])]
    for k in kernels:
        got = factor(k.astype(float))
        assert got is not None
        p, q = (np.asarray(part) for part in got)
        assert p.shape == q.shape == (2,) and (not np.iscomplexobj(p)) and (not np.iscomplexobj(q))
        assert np.abs(np.convolve(p, q) - k).max() < 1e-09
    for k in ([1, 0, 1], [-1, 0, -1], [1, 1, 1], [2, -3, 4], [-5, 1, -0.5]):
        assert factor(np.array(k, dtype=float)) is None

@test_case(points=1, hidden=True, 
    failure_message="At least one of the seven statements about order and composition is decided wrongly. Each can be tried out in a few lines.")
def test_order_facts(order_facts):
    import numpy as np
    import torch
    rng = np.random.default_rng(194)
    f, g = (rng.normal(size=5), rng.normal(size=4))
    there, back = (np.convolve(f, g), np.convolve(g, f))
    assert order_facts['convolution_commutes'] is bool(np.allclose(there, back))
    x = np.linspace(-6, 6, 1201)
    one, two = (np.exp(-(x - 1) ** 2), x * np.exp(-x ** 2))
    ratio = np.convolve(one, two).max() / np.convolve(two, one).max()
    assert order_facts['minus_in_odd_dimensions'] is bool(ratio < 0)
    there, back = (np.correlate(f, g, 'full'), np.correlate(g, f, 'full'))
    assert order_facts['correlation_commutes'] is bool(np.allclose(there, back))
    assert order_facts['correlation_reverses'] is bool(np.allclose(there, back[::-1]))
    torch.manual_seed(195)
    conv2d = torch.nn.functional.conv2d
    x, k1, k2 = (torch.randn(1, 1, 8, 8).double(), torch.randn(1, 1, 3, 3).double(), torch.randn(1, 1, 3, 3).double())
    composed = conv2d(torch.nn.functional.pad(k1, (2, 2, 2, 2)), k2.flip(2, 3))
    inside_only = conv2d(conv2d(x, k1), k2)
    assert torch.allclose(inside_only, conv2d(x, composed))
    padded = conv2d(conv2d(x, k1, padding=1), k2, padding=1)
    assert order_facts['padded_layers_compose'] is torch.allclose(padded, conv2d(x, composed, padding=2))

    def product(both):
        return conv2d(torch.nn.functional.pad(both[:4].view(1, 1, 2, 2), (1, 1, 1, 1)), both[4:].view(1, 1, 2, 2)).view(9)
    reached = torch.linalg.matrix_rank(torch.autograd.functional.jacobian(product, torch.randn(8).double()))
    assert order_facts['all_are_products'] is bool(reached == 9)
    span = torch.linalg.matrix_rank(torch.stack([product(torch.randn(8).double()) for _ in range(30)]))
    assert order_facts['all_are_sums_of_products'] is bool(span == 9)

