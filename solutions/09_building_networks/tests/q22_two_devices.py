from otter.test_files import test_case

OK_FORMAT = False

name = "q22_two_devices"
points = 6


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="Jobs of 3, 1, 1 seconds on the devices a, b, b take 3 seconds, with waiting 5; two pairs on the CPU give two products.")
def test_three_jobs(matmul_on, makespan, claimed_tflops, clock_read_too_early):
    import torch
    got = makespan([3.0, 1.0, 1.0], ['a', 'b', 'b'])
    assert got is not None, 'makespan(...) returned None: expected a float'
    assert abs(got - 3) < 1e-09, f'makespan of 3, 1, 1 on a, b, b: expected 3, got {got}'
    got = makespan([3.0, 1.0, 1.0], ['a', 'b', 'b'], waits=True)
    assert abs(got - 5) < 1e-09, f'makespan with waits=True: expected 5, got {got}'
    pairs = [(torch.tensor([[2.0]]), torch.tensor([[3.0]])), (torch.tensor([[1.0]]), torch.tensor([[4.0]]))]
    got = matmul_on(pairs, ['cpu', 'cpu'])
    assert got is not None, 'matmul_on(...) returned None: expected a list of products'
    assert [product.tolist() for product in got] == [[[6.0]], [[4.0]]], 'matmul_on: expected [[6.0]] and [[4.0]]'
    assert isinstance(claimed_tflops, (int, float)), 'claimed_tflops should be a number'
    assert isinstance(clock_read_too_early, bool), 'clock_read_too_early should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="Some product is wrong or in the wrong place. There may be more pairs than devices, or fewer.")
def test_products(matmul_on):
    import torch
    rng = torch.Generator().manual_seed(113)
    for count, devices in ((1, ['cpu']), (5, ['cpu', 'cpu']), (1, ['cpu'] * 3), (4, ['cpu']), (0, ['cpu'])):
        pairs = [(torch.randn(i + 1, 3, generator=rng), torch.randn(3, 4, generator=rng)) for i in range(count)]
        got = matmul_on(pairs, devices)
        assert len(got) == count
        for product, (a, b) in zip(got, pairs):
            assert torch.allclose(product, (a[:, :, None] * b[None]).sum(dim=1), atol=1e-05)

@test_case(points=2, hidden=True, 
    failure_message="The products do not run at the same time, are on wrong devices, or nobody waits for them at the end. In which order should things happen?")
def test_order_of_events(matmul_on):

    def probe(matmul_on, count, devices):
        import torch
        from torch.overrides import TorchFunctionMode
        events, where = ([], {})

        def name_of(value):
            if isinstance(value, torch.device):
                return str(value) if value.type == 'cuda' else ''
            return value if isinstance(value, str) and value.startswith('cuda') else ''

        class Simulated(TorchFunctionMode):

            def __torch_function__(self, func, types, args=(), kwargs=None):
                kwargs, name = (dict(kwargs or {}), getattr(func, '__name__', ''))
                if name == 'device':
                    return func(*args, **kwargs)
                named = [name_of(value) for value in (*args, *kwargs.values()) if name_of(value)]
                if name in ('to', 'cuda'):
                    copied = args[0].clone()
                    where[copied.data_ptr()] = named[0] if named else 'cpu'
                    events.append(('to', named[0] if named else 'cpu'))
                    kept.append(copied)
                    return copied
                if name in ('matmul', 'mm'):
                    events.append(('product', *(where.get(t.data_ptr(), 'nowhere') for t in args[:2])))
                elif name in ('cpu', 'item', 'tolist', 'numpy', '__float__', '__bool__'):
                    events.append(('wait', 'all'))
                return func(*args, **kwargs)
        kept = []
        saved = (torch.cuda.synchronize, torch.cuda.is_available, torch.cuda.device_count)
        torch.cuda.synchronize = lambda device=None: events.append(('wait', str(device)))
        torch.cuda.is_available, torch.cuda.device_count = (lambda: True, lambda: 8)
        pairs = [(torch.ones(2, 2) * i, torch.ones(2, 2)) for i in range(count)]
        try:
            with Simulated():
                products = matmul_on(pairs, devices)
        finally:
            torch.cuda.synchronize, torch.cuda.is_available, torch.cuda.device_count = saved
        return (events, [product.clone() for product in products])
    cases = [(2, ['cuda:0', 'cuda:1']), (5, ['cuda:0', 'cuda:1']), (3, ['cuda:1']), (4, ['cuda:0', 'cuda:0', 'cuda:2']), (3, ['cpu', 'cuda:0']), (2, ['cpu', 'cpu'])]
    for count, devices in cases:
        events, products = inside(probe)(matmul_on, count, devices)
        homes = [devices[i % len(devices)] for i in range(count)]
        assert [event for event in events[:2 * count] if event[0] != 'to'] == []
        assert sorted((event[1] for event in events[:2 * count])) == sorted(homes * 2)
        assert events[2 * count:3 * count] == [('product', home, home) for home in homes]
        assert sorted(events[3 * count:]) == [('wait', home) for home in sorted({*devices} - {'cpu'})]
        assert [float(product[0, 0]) for product in products] == [2.0 * i for i in range(count)]

@test_case(points=1, hidden=True, 
    failure_message="The time until all jobs are done is not right for some jobs. Devices work at the same time, jobs of one device do not.")
def test_makespan(makespan):
    import random
    rng = random.Random(114)
    for _ in range(40):
        count = rng.choice([1, 2, 3, 8])
        costs_s = [rng.uniform(0.1, 5) for _ in range(count)]
        assignment = [rng.choice(['cuda:0', 'cuda:1', 'cpu'][:rng.choice([1, 2, 3])]) for _ in range(count)]
        for waits in (False, True):
            free_s, last_s = ({}, 0.0)
            for cost_s, device in zip(costs_s, assignment):
                begin_s = max(free_s.get(device, 0.0), last_s if waits else 0.0)
                last_s = free_s[device] = begin_s + cost_s
            got = makespan(costs_s, assignment, waits)
            assert type(got) is float and abs(got - max(free_s.values())) < 1e-09
    one, two = (makespan([2.0, 2.0], [0, 0]), makespan([2.0, 2.0], [0, 1]))
    assert one == 2 * two

@test_case(points=1, hidden=True, 
    failure_message="The claimed speed is not the number of operations over the time, or the conclusion does not follow. There are two products, each with multiplications and additions.")
def test_claim(claimed_tflops, clock_read_too_early):
    from fractions import Fraction
    n = 4096
    speed = Fraction(2) * (n * n * n + n * n * n) / Fraction('0.00902') / 10 ** 12
    assert abs(claimed_tflops / float(speed) - 1) < 0.005
    assert clock_read_too_early is bool(speed > 10 * Fraction('0.1'))

