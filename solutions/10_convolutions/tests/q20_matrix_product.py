from otter.test_files import test_case

OK_FORMAT = False

name = "q20_matrix_product"
points = 6


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="The image with the rows (1, 2, 3) and (4, 5, 6) has the 2 x 2 windows (1, 2, 4, 5) and (2, 3, 5, 6).")
def test_two_windows(windows, spread, conv2d_matmul):
    import torch
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    got = windows(x, 2, 2)
    assert isinstance(got, torch.Tensor), 'windows should return a tensor'
    assert got.shape == (2, 4), f'windows: expected shape (2, 4), got {tuple(got.shape)}'
    assert got.tolist() == [[1, 2, 4, 5], [2, 3, 5, 6]], f'windows: got {got.tolist()}'
    got = spread(torch.ones(2, 2), 2, 3)
    assert isinstance(got, torch.Tensor), 'spread should return a tensor'
    assert got.shape == (2, 6), f'spread: expected shape (2, 6), got {tuple(got.shape)}'
    sums = (got @ x.flatten()).tolist()
    assert sums == [12, 16], f'spread of a kernel of ones, times the image: expected [12, 16], got {sums}'
    got = conv2d_matmul(x[None, None], torch.ones(1, 1, 2, 2), torch.tensor([0.5]), (0, 0), (1, 1))
    assert isinstance(got, torch.Tensor), 'conv2d_matmul should return a tensor'
    assert got.shape == (1, 1, 1, 2), f'conv2d_matmul: expected shape (1, 1, 1, 2), got {tuple(got.shape)}'
    assert got.flatten().tolist() == [12.5, 16.5], f'conv2d_matmul: expected 12.5 and 16.5, got {got.tolist()}'

@test_case(points=1, hidden=True, 
    failure_message="The windows are not all there, or not row by row. Use an image and a kernel that are not square.")
def test_window_matrix(windows):
    import torch
    torch.manual_seed(201)
    for h, w, kh, kw in ((6, 8, 3, 2), (5, 4, 1, 3), (3, 3, 3, 3), (1, 1, 1, 1), (4, 6, 2, 1), (7, 2, 4, 2)):
        for dtype in (torch.float64, torch.float32):
            x = torch.randn(w, h, dtype=dtype).T
            got = windows(x, kh, kw)
            assert got.dtype == dtype
            assert torch.equal(got, torch.nn.functional.unfold(x[None, None], (kh, kw))[0].T)

@test_case(points=2, hidden=True, 
    failure_message="The matrix of the kernel is wrong for some sizes. No window may run over the end of a row of the image, and nothing is flipped.")
def test_kernel_matrix(spread):
    import torch
    torch.manual_seed(202)
    for h, w, kh, kw in ((6, 8, 3, 2), (5, 4, 1, 3), (3, 4, 3, 4), (1, 1, 1, 1), (4, 6, 2, 1), (7, 2, 4, 2)):
        k, x = (torch.randn(kh, kw, dtype=torch.float64), torch.randn(h, w, dtype=torch.float64))
        matrix = spread(k, h, w)
        mh, mw = (h - kh + 1, w - kw + 1)
        assert matrix.dtype == torch.float64 and matrix.shape == (mh * mw, h * w)
        expected = torch.nn.functional.conv2d(x[None, None], k[None, None]).flatten()
        assert (matrix @ x.flatten() - expected).abs().max() < 1e-12
        back = torch.randn(mh, mw, dtype=torch.float64)
        expected = torch.nn.functional.conv_transpose2d(back[None, None], k[None, None]).flatten()
        assert (matrix.T @ back.flatten() - expected).abs().max() < 1e-12
    assert spread(torch.ones(2, 2), 3, 3).dtype == torch.float32

@test_case(points=1, hidden=True, 
    failure_message="The layer is wrong for some sizes. Channels, padding and stride differ along height and width.")
def test_whole_layer(conv2d_matmul):
    import torch
    torch.manual_seed(203)
    cases = [(2, 3, 4, 9, 8, 3, 2, (1, 2), (2, 3)), (1, 1, 1, 1, 1, 1, 1, (0, 0), (1, 1)), (3, 2, 5, 6, 7, 2, 4, (2, 1), (1, 1)), (2, 4, 1, 5, 5, 1, 1, (0, 3), (3, 2)), (1, 2, 3, 4, 9, 4, 9, (0, 0), (1, 2))]
    for n, c_in, c_out, h, w, kh, kw, padding, stride in cases:
        for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 0.0002)):
            x = torch.randn(n, c_in, w, h, dtype=dtype).transpose(2, 3)
            weight, bias = (torch.randn(c_out, c_in, kh, kw, dtype=dtype), torch.randn(c_out, dtype=dtype))
            expected = torch.nn.functional.conv2d(x, weight, bias, stride, padding)
            got = conv2d_matmul(x, weight, bias, padding, stride)
            assert got.dtype == dtype and got.shape == expected.shape
            assert (got - expected).abs().max() < tolerance

@test_case(points=1, hidden=True, 
    failure_message="A gradient does not arrive at the image, the kernel or the bias, or it is wrong, or a convolution function is at work.")
def test_gradients_of_layer(conv2d_matmul):
    import torch

    def gradients(layer, x, weight, bias, factors):
        from torch.utils._python_dispatch import TorchDispatchMode
        called = set()

        class Watch(TorchDispatchMode):

            def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
                called.add(str(operation))
                return operation(*args, **kwargs or {})
        leaves = [value.clone().requires_grad_() for value in (x, weight, bias)]
        with Watch():
            y = layer(*leaves, (1, 0), (2, 1))
        (y * factors).sum().backward()
        forbidden = sum(('conv' in name or 'im2col' in name for name in called))
        return (forbidden, [leaf.grad for leaf in leaves])
    torch.manual_seed(204)
    x, weight = (torch.randn(2, 2, 7, 5).double(), torch.randn(3, 2, 3, 2).double())
    bias, factors = (torch.randn(3).double(), torch.randn(2, 3, 4, 4).double())
    by_torch = lambda x, w, b, padding, stride: torch.nn.functional.conv2d(x, w, b, stride, padding)
    _, expected = gradients(by_torch, x, weight, bias, factors)
    forbidden, found = inside(gradients)(conv2d_matmul, x, weight, bias, factors)
    assert forbidden == 0
    for got, value in zip(found, expected):
        assert got is not None and (got - value).abs().max() < 1e-11

