from otter.test_files import test_case

OK_FORMAT = False

name = "q18_hand_made_kernels"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="The kernel of the first derivative is (-1, 1); the sums of two neighbours of (1, 2, 3) are (3, 5).")
def test_first_derivative(derivative_kernel, smallest_sizes, laplace_kernel, box_sums, integral_kernel):
    import numpy as np
    got = derivative_kernel(1)
    assert got is not None, 'derivative_kernel(1) returned None: expected an array'
    assert np.shape(got) == (2,), f'derivative_kernel(1): expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, [-1, 1]), f'derivative_kernel(1): expected [-1, 1], got {np.asarray(got).tolist()}'
    got = smallest_sizes(1)
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'smallest_sizes should return (taps, centred)'
    assert all((type(value) is int for value in got)), 'smallest_sizes should return two ints'
    assert got[0] == 2, f'smallest_sizes(1): one entry cannot take a difference, expected 2 taps, got {got[0]}'
    got = laplace_kernel()
    assert got is not None, 'laplace_kernel() returned None: expected an array'
    assert np.shape(got) == (3, 3), f'laplace_kernel: expected shape (3, 3), got {np.shape(got)}'
    got = box_sums(np.array([1.0, 2.0, 3.0]), 2)
    assert got is not None, 'box_sums(...) returned None: expected an array'
    assert np.shape(got) == (2,), f'box_sums: expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, [3, 5]), f'box_sums([1, 2, 3], 2): expected [3, 5], got {np.asarray(got).tolist()}'
    got = integral_kernel(3)
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'integral_kernel should return (kernel, zeros)'
    assert np.ndim(got[0]) == 1, 'the integral kernel should have one axis'
    assert isinstance(got[1], (int, np.integer)), 'the number of zeros should be an integer'

@test_case(points=1, hidden=True, 
    failure_message="Some derivative is wrong, or the kernel is not float64. Cross-correlate your kernel with the powers 1, t, t squared and so on; mind the sign for odd d.")
def test_derivatives_of_powers(derivative_kernel):
    import math
    import numpy as np
    t = np.arange(-6.0, 7)
    for d in range(9):
        kernel = np.asarray(derivative_kernel(d))
        assert kernel.shape == (d + 1,) and kernel.dtype == np.float64
        for power in range(d + 1):
            got = np.correlate(t ** power, kernel, 'valid')
            assert np.abs(got - (math.factorial(d) if power == d else 0)).max() < 1e-06

@test_case(points=1, hidden=True, 
    failure_message="For some d a kernel with fewer entries does it, or one with as many as you say does not. Each power of t is one condition.")
def test_fewest_entries(smallest_sizes):
    import math
    import numpy as np

    def possible(taps, d):
        powers = np.arange(taps)[None, :] ** np.arange(d + 1.0)[:, None]
        target = np.zeros(d + 1)
        target[d] = math.factorial(d)
        kernel = np.linalg.lstsq(powers, target, rcond=None)[0]
        return np.abs(powers @ kernel - target).max() < 1e-06 * math.factorial(d)
    for d in range(1, 7):
        taps, centred = smallest_sizes(d)
        assert type(taps) is int and type(centred) is int
        assert taps == min((n for n in range(1, 12) if possible(n, d)))
        assert centred == min((n for n in range(1, 12, 2) if possible(n, d)))

@test_case(points=1, hidden=True, 
    failure_message="The Laplace kernel gives a wrong number for some quadratic, or is not float64. Constants and slopes must vanish, squares count twice their factor.")
def test_laplace_of_quadratics(laplace_kernel):
    import numpy as np
    u, v = np.meshgrid(np.arange(-3.0, 4), np.arange(-4.0, 5), indexing='ij')
    kernel = np.asarray(laplace_kernel())
    assert kernel.shape == (3, 3) and kernel.dtype == np.float64
    quadratics = [(u ** 0, 0), (u, 0), (v, 0), (u * v, 0), (u ** 2, 2), (v ** 2, 2), (u ** 2 + 3 * v ** 2, 8), (u ** 2 - v ** 2, 0)]
    for values, expected in quadratics:
        windows = np.lib.stride_tricks.sliding_window_view(values, (3, 3))
        assert np.abs((windows * kernel).sum(axis=(2, 3)) - expected).max() < 1e-09

@test_case(points=1, hidden=True, 
    failure_message="The sums over a window, or all the partial sums, are wrong for some length.")
def test_integrals(box_sums, integral_kernel):
    import numpy as np
    rng = np.random.default_rng(181)
    for length in (1, 2, 5, 12):
        x = rng.normal(size=length)
        for n in range(1, length + 1):
            got = np.asarray(box_sums(x, n))
            expected = np.array([sum(x[i:i + n]) for i in range(length - n + 1)])
            assert got.shape == expected.shape and np.abs(got - expected).max() < 1e-12
        kernel, zeros = integral_kernel(length)
        got = np.correlate(np.concatenate([np.zeros(zeros), x]), np.asarray(kernel, dtype=float), 'valid')
        assert len(kernel) <= length + zeros
        assert got.shape == (length,) and np.abs(got - np.cumsum(x)).max() < 1e-12

