from otter.test_files import test_case

OK_FORMAT = False

name = "q19_benchmark"
points = 6


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="A product of 100 x 100 matrices in 0.001 s runs at 2 GFLOP/s; bench_matmul returns a positive float.")
def test_small_product(bench_matmul, gflops, fastest):
    got = gflops(100, 0.001)
    assert got is not None, 'gflops(100, 0.001) returned None: expected a float'
    assert abs(got - 2) < 1e-09, f'gflops(100, 0.001): expected 2, got {got}'
    got = fastest(2, {'a': (1.0, 100.0), 'b': (0.0, 1.0)})
    assert got is not None, 'fastest(...) returned None: expected the name of a device'
    assert got == 'a', f"fastest(2, ...): expected 'a', got {got!r}"
    wall_s = bench_matmul(8, 'cpu', 3)
    assert wall_s is not None, "bench_matmul(8, 'cpu', 3) returned None: expected a float"
    assert isinstance(wall_s, float), 'bench_matmul should return a float'
    assert wall_s > 0, f'bench_matmul: a time should be positive, got {wall_s}'

@test_case(points=2, hidden=True, 
    failure_message="The time is not that of one product on the device. What is in it besides the product, or what is missing when the device works by itself?")
def test_simulated_devices(bench_matmul):

    def probe(bench_matmul, n, device, durations_s, repeats, dtype):
        import time
        import torch
        from torch.overrides import TorchFunctionMode
        clock = {'now': 50.0, 'queued': 0.0}
        products, placed, waits = ([], [], [])
        made = {'randn', 'rand', 'normal', 'empty', 'zeros', 'ones', 'full', 'to', 'cuda', 'randn_like', 'tensor'}

        def is_cuda(value):
            if isinstance(value, torch.device):
                return value.type == 'cuda'
            return isinstance(value, str) and value.startswith('cuda')

        def take(wall_s, on_gpu):
            clock['now'] += 0.001
            clock['queued' if on_gpu else 'now'] += wall_s

        def index_of(device):
            return int(str(device).partition(':')[2] or 0)

        def synchronize(device=None):
            waits.append(1)
            if index_of(device) == index_of(placed[0] if placed else None):
                clock['now'] += clock['queued']
                clock['queued'] = 0.0

        class Simulated(TorchFunctionMode):

            def __torch_function__(self, func, types, args=(), kwargs=None):
                kwargs, name = (dict(kwargs or {}), getattr(func, '__name__', ''))
                if name == 'device':
                    return func(*args, **kwargs)
                named = [value for value in (*args, *kwargs.values()) if is_cuda(value)]
                placed.extend(map(str, named))
                args = ['cpu' if is_cuda(value) else value for value in args]
                kwargs = {key: 'cpu' if is_cuda(value) else value for key, value in kwargs.items()}
                if name in ('matmul', 'mm', 'einsum', 'bmm', 'linear'):
                    tensors = [value for value in args if isinstance(value, torch.Tensor)]
                    take(durations_s[len(products)] if len(products) < len(durations_s) else 1000000.0, bool(placed))
                    products.append([(tuple(t.shape), t.dtype, float(t.double().std())) for t in tensors])
                elif name in made:
                    take(1000.0, bool(placed))
                return args[0] if name == 'cuda' else func(*args, **kwargs)
        saved = (time.perf_counter, torch.cuda.synchronize, torch.cuda.is_available)
        time.perf_counter, torch.cuda.synchronize = (lambda: clock['now'], synchronize)
        torch.cuda.is_available = lambda: True
        try:
            with Simulated():
                wall_s = bench_matmul(n, device, repeats, dtype)
        finally:
            time.perf_counter, torch.cuda.synchronize, torch.cuda.is_available = saved
        return (wall_s, products, sorted(set(placed)), len(waits))
    import torch
    for device in ('cpu', 'cuda', 'cuda:1'):
        for durations_s, repeats, median_s in (([100.0, 3.0, 1.0, 7.0, 2.0, 2.5], 5, 2.5), ([9.0, 4.0], 1, 4.0), ([0.0, 8.0, 1.0, 2.0, 6.0], 4, 4.0)):
            for dtype in (torch.float32, torch.float64):
                answer = inside(probe)(bench_matmul, 40, device, durations_s, repeats, dtype)
                wall_s, products, placed, waits = answer
                assert type(wall_s) is float and abs(wall_s - median_s) < 0.02
                assert len(products) == repeats + 1
                for operands in products:
                    assert [entry[:2] for entry in operands] == [((40, 40), dtype)] * 2
                    assert all((abs(entry[2] - 1) < 0.15 for entry in operands))
                assert placed == ([] if device == 'cpu' else [device]) and (waits > 0) is (device != 'cpu')

@test_case(points=2, hidden=True, 
    failure_message="The number of operations or the best device is not right for some size. Does an overhead matter more for small or for large products?")
def test_speed_and_choice(gflops, fastest):
    from fractions import Fraction
    for n in (1, 3, 8, 512, 4096):
        for wall_s in (2.0, 1e-06, 0.137):
            operations = sum((1 for _ in range(n))) * n * (n + n)
            assert abs(gflops(n, wall_s) / (operations / wall_s / 1000000000.0) - 1) < 1e-09
    devices = {'slow': (Fraction(1, 10 ** 6), 10 ** 11), 'quick': (Fraction(1, 10 ** 5), 10 ** 13), 'far': (Fraction(1), 10 ** 15)}
    for n in (1, 8, 64, 70, 76, 77, 80, 100, 512, 4096, 12000, 20000, 100000):
        times = {name: overhead + Fraction(2 * n * n * n, speed) for name, (overhead, speed) in devices.items()}
        assert fastest(n, devices) == sorted(times, key=times.get)[0]
    assert fastest(5, {'only': (3.0, 1.0)}) == 'only'
    assert fastest(10, {'a': (0.0, 1000.0), 'b': (1.5, 1000000000.0)}) == 'b'
    assert fastest(10, {'a': (0.0, 1000.0), 'b': (2.5, 1000000000.0)}) == 'a'

@test_case(points=1, hidden=True, 
    failure_message="On a GPU a product of 4096 x 4096 matrices should come out several times faster than on the CPU, a tiny product should not.")
def test_gpu_large_and_tiny(bench_matmul):

    def probe(bench_matmul):
        import torch
        if not torch.cuda.is_available():
            return None
        large = (bench_matmul(4096, 'cpu', 1), bench_matmul(4096, 'cuda', 5))
        return (large, (bench_matmul(8, 'cpu', 51), bench_matmul(8, 'cuda', 51)))
    walls_s = inside(probe)(bench_matmul)
    if walls_s is None:
        return
    (large_cpu_s, large_gpu_s), (tiny_cpu_s, tiny_gpu_s) = walls_s
    assert large_cpu_s > 5 * large_gpu_s > 0 and tiny_cpu_s < 5 * tiny_gpu_s

