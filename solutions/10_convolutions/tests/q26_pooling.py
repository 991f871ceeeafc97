from otter.test_files import test_case

OK_FORMAT = False

name = "q26_pooling"
points = 6


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="The window with the rows (1, 2) and (3, 7) has the average 3.25 and the minimum 1; the maximum sends its gradient to the 7.")
def test_one_window(average_by_conv, min_pool, pool_backward, pooling_facts):
    import torch
    x = torch.tensor([[[[1.0, 2.0], [3.0, 7.0]]]])
    for name, call, expected in (('average_by_conv', average_by_conv, 3.25), ('min_pool', min_pool, 1)):
        got = call(x, (2, 2))
        assert isinstance(got, torch.Tensor), f'{name} should return a tensor'
        assert got.shape == (1, 1, 1, 1), f'{name}: expected shape (1, 1, 1, 1), got {tuple(got.shape)}'
        assert abs(got.item() - expected) < 1e-06, f'{name}: expected {expected}, got {got.item()}'
    got = pool_backward('max', x, torch.ones(1, 1, 1, 1), 2)
    assert isinstance(got, torch.Tensor), 'pool_backward should return a tensor'
    assert got.shape == (1, 1, 2, 2), f'pool_backward: expected shape (1, 1, 2, 2), got {tuple(got.shape)}'
    assert got.flatten().tolist() == [0, 0, 0, 1], f'pool_backward: expected 0, 0, 0, 1, got {got.flatten().tolist()}'
    assert isinstance(pooling_facts, dict), 'pooling_facts should be a dictionary'
    keys = ['average_is_linear', 'maximum_is_linear', 'maximum_of_noise_is_zero', 'maximum_shrinks_noise_most']
    for key in [*keys, 'minimum_after_relu', 'channels_may_mix']:
        assert isinstance(pooling_facts.get(key), bool), f'pooling_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="The average is wrong for some layer. Channels stay apart, windows may overlap, and padding counts only if it is to.")
def test_average_like_torch(average_by_conv):
    import torch
    torch.manual_seed(261)
    pool = torch.nn.functional.avg_pool2d
    cases = [(2, 3, 7, 8, (2, 3), (1, 2), (1, 1)), (1, 1, 1, 1, (1, 1), None, (0, 0)), (3, 2, 5, 6, (4, 2), None, (2, 0))]
    for n, c, h, w, k, stride, padding in [*cases, (2, 4, 6, 5, (3, 5), (2, 1), (0, 2)), (1, 5, 4, 4, (4, 4), None, (0, 0))]:
        for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-05)):
            x = torch.randn(n, c, w, h, dtype=dtype).transpose(2, 3)
            for counted in (True, False):
                expected = pool(x, k, stride, padding, count_include_pad=counted)
                got = average_by_conv(x, k, stride, padding, counted)
                assert got.dtype == dtype and got.shape == expected.shape
                assert (got - expected).abs().max() < tolerance
    x = torch.randn(2, 3, 6, 6)
    assert torch.allclose(average_by_conv(x, (3, 2)), pool(x, (3, 2)), atol=1e-05)
    assert torch.allclose(average_by_conv(x, (3, 2), padding=(1, 1)), pool(x, (3, 2), padding=(1, 1)), atol=1e-05)

    def called(average_by_conv, x):
        from torch.utils._python_dispatch import TorchDispatchMode
        names = set()

        class Watch(TorchDispatchMode):

            def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
                names.add(str(operation))
                return operation(*args, **kwargs or {})
        with Watch():
            average_by_conv(x, (2, 2))
        return sorted(names)
    assert not any(('pool' in name for name in inside(called)(average_by_conv, x)))

@test_case(points=1, hidden=True, 
    failure_message="Some minimum is wrong. Try images with all entries positive, all negative, and mixed, and padding.")
def test_minimum_by_brute_force(min_pool):
    import math
    import torch
    torch.manual_seed(262)
    cases = [((7, 6), (3, 2), (2, 1), (1, 1)), ((5, 5), (2, 2), None, (0, 0)), ((4, 6), (4, 3), (1, 2), (2, 0))]
    for (h, w), k, stride, padding in cases:
        sh, sw = stride or k
        for offset in (0, 10, -10):
            x = torch.randn(2, 3, h, w) + offset
            got = min_pool(x, k, stride, padding)
            padded = torch.nn.functional.pad(x, (padding[1], padding[1], padding[0], padding[0]), value=math.inf)
            rows = range(0, padded.shape[2] - k[0] + 1, sh)
            columns = range(0, padded.shape[3] - k[1] + 1, sw)
            assert got.shape == (2, 3, len(rows), len(columns)) and got.dtype == x.dtype
            for a, i in enumerate(rows):
                for b, j in enumerate(columns):
                    window = padded[:, :, i:i + k[0], j:j + k[1]]
                    assert torch.equal(got[:, :, a, b], window.amin(dim=(2, 3)))
    assert torch.equal(min_pool(torch.ones(1, 1, 4, 4), (3, 3), padding=(1, 1)), torch.ones(1, 1, 2, 2))

@test_case(points=1, hidden=True, 
    failure_message="A gradient of pooling is wrong. The maximum has one receiver in each window, also if there are ties; the average has many.")
def test_backward_like_autograd(pool_backward):
    import torch
    torch.manual_seed(263)
    functions = {'max': torch.nn.functional.max_pool2d, 'avg': torch.nn.functional.avg_pool2d}
    for n, c, h, w, k in ((2, 3, 6, 4, 2), (1, 1, 3, 9, 3), (3, 2, 2, 5, 1), (1, 2, 4, 4, 4), (2, 1, 8, 4, 2)):
        for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-06)):
            for x in (torch.randn(n, c, h, w, dtype=dtype), torch.randint(-2, 1, (n, c, h, w)).to(dtype)):
                x.requires_grad_()
                dy = torch.randn(n, c, h // k, w // k, dtype=dtype)
                for kind, function in functions.items():
                    expected, = torch.autograd.grad(function(x, k), x, dy)
                    got = pool_backward(kind, x.detach(), dy, k)
                    assert got.dtype == dtype and got.shape == expected.shape
                    assert (got - expected).abs().max() < tolerance

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements about pooling is decided wrongly. Pool some random images.")
def test_pooling_facts(pooling_facts):
    import torch
    torch.manual_seed(264)
    maximum, average = (torch.nn.functional.max_pool2d, torch.nn.functional.avg_pool2d)
    x, z = (torch.randn(50, 3, 20, 20).double(), torch.randn(50, 3, 20, 20).double())
    linear = lambda pool: torch.allclose(pool(2 * x + 3 * z, 2), 2 * pool(x, 2) + 3 * pool(z, 2))
    assert pooling_facts['average_is_linear'] is linear(average)
    assert pooling_facts['maximum_is_linear'] is linear(maximum)
    assert pooling_facts['maximum_of_noise_is_zero'] is bool(maximum(x, 2).mean() < 0.1)
    assert pooling_facts['maximum_shrinks_noise_most'] is bool(maximum(x, 2).var() < average(x, 2).var())
    positive = x.abs() + 1
    lowest = positive.unfold(2, 2, 2).unfold(3, 2, 2).amin(dim=(4, 5))
    assert pooling_facts['minimum_after_relu'] is torch.equal(-maximum(torch.relu(-positive), 2), lowest)
    mixed = torch.nn.functional.conv2d(x, torch.full((3, 3, 2, 2), 1 / 12).double(), stride=2)
    assert pooling_facts['channels_may_mix'] is torch.allclose(mixed, average(x, 2))

