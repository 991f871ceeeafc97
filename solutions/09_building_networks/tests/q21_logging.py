from otter.test_files import test_case

OK_FORMAT = False

name = "q21_logging"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="The matrix with rows (1, 2) and (3, 4) gives 30; log_each returns a list of floats, log_once a tensor.")
def test_one_matrix(log_each, log_once, trace_moments):
    import torch
    mats = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])
    got = log_each(mats)
    assert got is not None, 'log_each(mats) returned None: expected a list of floats'
    assert isinstance(got, list) and len(got) == 1, f'log_each: expected a list of one float, got {got}'
    assert isinstance(got[0], float) and abs(got[0] - 30) < 0.0001, f'log_each: expected [30.0], got {got}'
    got = log_once(mats)
    assert got is not None, 'log_once(mats) returned None: expected a tensor'
    assert isinstance(got, torch.Tensor), 'log_once should return a tensor'
    assert tuple(got.shape) == (1,), f'log_once of one matrix: expected shape (1,), got {tuple(got.shape)}'
    assert abs(got.item() - 30) < 0.0001, f'log_once: expected [30.0], got {got.tolist()}'
    got = trace_moments(1, 1)
    assert got is not None, 'trace_moments(1, 1) returned None: expected two floats'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'trace_moments should return (mean, standard deviation)'

@test_case(points=1, hidden=True, 
    failure_message="For some matrices a number is wrong or missing. All N entries count, matrices need not be square, and the trace of M times itself is something else.")
def test_traces(log_each, log_once):
    import torch
    rng = torch.Generator().manual_seed(111)
    for shape in ((1000, 10, 10), (1, 3, 3), (4, 2, 5), (7, 6, 1), (3, 1, 1)):
        for dtype in (torch.float32, torch.float64):
            mats = torch.randn(shape, generator=rng, dtype=dtype)
            expected = torch.stack([torch.trace(M @ M.T) for M in mats.double()])
            each, once = (log_each(mats), log_once(mats))
            assert len(each) == shape[0] and all((type(value) is float for value in each))
            assert torch.allclose(torch.tensor(each, dtype=torch.float64), expected, rtol=1e-05)
            assert once.shape == (shape[0],) and once.dtype == dtype
            assert torch.allclose(once.double(), expected, rtol=1e-05)

@test_case(points=1, hidden=True, 
    failure_message="The numbers are not transferred as asked. Count the transfers, and look at what each of them carries.")
def test_transfers(log_each, log_once):

    def probe(log_each, log_once, mats):
        import torch
        from torch.overrides import TorchFunctionMode
        transfers = []

        class Watch(TorchFunctionMode):

            def __torch_function__(self, func, types, args=(), kwargs=None):
                named = ('cpu', 'to', 'numpy', 'item', 'tolist', '__float__', '__array__', '__int__', '__bool__')
                if getattr(func, '__name__', '') in named:
                    transfers.append(args[0].numel())
                return func(*args, **kwargs or {})
        counts = []
        for log in (log_each, log_once):
            transfers.clear()
            with Watch():
                log(mats)
            counts.append(list(transfers))
        return counts
    import torch
    for n in (1, 2, 30):
        each, once = inside(probe)(log_each, log_once, torch.ones(n, 3, 4))
        assert len(each) == n and set(each) == {1} and (once == [n])

@test_case(points=1, hidden=True, 
    failure_message="The mean or the standard deviation is not that of the trace. How many squares are added up, and do their variances or their standard deviations add up?")
def test_moments(trace_moments):
    import torch
    rng = torch.Generator().manual_seed(112)
    for rows, cols in ((1, 1), (2, 5), (7, 3), (20, 20)):
        mean, std = trace_moments(rows, cols)
        assert type(mean) is float and type(std) is float
        draws = torch.randn(40000, rows * cols, generator=rng).square().sum(dim=1)
        assert abs(draws.mean().item() - mean) < 0.03 * std
        assert abs(draws.std().item() / std - 1) < 0.06

@test_case(points=1, hidden=True, 
    failure_message="On a GPU one transfer at the end should take less time than a thousand transfers.")
def test_gpu_one_transfer(log_each, log_once):

    def probe(log_each, log_once):
        import time
        import torch
        if not torch.cuda.is_available():
            return None
        mats = torch.randn(1000, 100, 100, device='cuda')
        walls_s = []
        for log in (log_each, log_once):
            log(mats)
            start_s = time.perf_counter()
            log(mats)
            walls_s.append(time.perf_counter() - start_s)
        return walls_s
    walls_s = inside(probe)(log_each, log_once)
    if walls_s is None:
        return
    assert walls_s[1] < walls_s[0]

