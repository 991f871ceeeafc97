from otter.test_files import test_case

OK_FORMAT = False

name = "q2_many_steps"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="For x = 3, 5, 12, 20, 50 and x_t = 2 x_{t-1} + 1 the only origin from 2 on with three steps has the squared errors 1, 9, 9.")
def test_three_steps(k_step_errors, limit_facts):
    import numpy as np
    got = k_step_errors(np.array([3.0, 5.0, 12.0, 20.0, 50.0]), np.array([2.0, 1.0]), [1, 2, 3], 2)
    assert got is not None, 'k_step_errors(...) returned None: expected an array'
    got = np.asarray(got)
    assert got.shape == (3,), f'three entries in ks: expected shape (3,), got {got.shape}'
    assert np.allclose(got, [1, 9, 9]), f'expected [1, 9, 9], got {got.tolist()}'
    assert isinstance(limit_facts, dict), 'limit_facts should be a dictionary'
    keys = ['errors_grow_with_k', 'one_step_error_tells_all', 'parameters_grow_with_length']
    keys += ['training_memory_grows_with_length', 'state_grows_with_length', 'times_are_parallel']
    for key in [*keys, 'early_input_always_counts', 'any_length_after_training']:
        assert isinstance(limit_facts.get(key), bool), f'limit_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="For some model the errors differ from those of a forecast made step by step. After the first step a forecast replaces an observation, and every k has the same origins.")
def test_forecast_by_forecast(k_step_errors):
    import numpy as np
    rng = np.random.default_rng(134)
    cases = [(1, [1], 1, 9), (1, [3], 4, 12), (2, [1, 2, 5], 2, 20), (3, [4, 1, 4], 5, 30), (4, [7, 2], 4, 11)]
    cases += [(5, [10, 1, 6, 5], 8, 40), (2, [6], 3, 9)]
    for lags, ks, start, count in cases:
        x, coef = (rng.normal(size=count), rng.normal(size=lags + 1) * 0.6)
        got = np.asarray(k_step_errors(x, coef, ks, start))
        assert got.shape == (len(ks),)
        for entry, k in zip(got, ks):
            squares = []
            for s in range(start, count - max(ks) + 1):
                known = list(x[:s])
                for _ in range(k):
                    known.append(coef[-1] + sum((c * known[-j] for j, c in enumerate(coef[:-1], start=1))))
                squares.append((known[-1] - x[s + k - 1]) ** 2)
            assert abs(entry - sum(squares) / len(squares)) <= 1e-09 * (1 + entry)

@test_case(points=1, hidden=True, 
    failure_message="On a clean sine with its exact recurrence every forecast is right, and on a noisy one errors grow with k. Yours do not behave like that.")
def test_clean_and_noisy_sine(k_step_errors):
    import numpy as np
    clean = np.sin(0.3 * np.arange(200))
    exact = np.array([2 * np.cos(0.3), -1.0, 0.0])
    assert np.asarray(k_step_errors(clean, exact, [1, 5, 40], 2)).max() < 1e-24
    total = np.zeros(3)
    for seed in range(10):
        x = np.sin(0.01 * np.arange(1, 1001)) + np.random.default_rng(seed).normal(0, 0.2, size=1000)
        t = np.arange(4, 600)
        rows = np.stack([*(x[t - lag] for lag in range(1, 5)), np.ones(len(t))], axis=1)
        coef = np.linalg.lstsq(rows, x[t], rcond=None)[0]
        total += np.asarray(k_step_errors(x, coef, [1, 16, 64], 600)) / 10
    assert 0.04 < total[0] < 0.06 < total[1] < 0.1 < 0.15 < total[2] < 0.4

@test_case(points=1, hidden=True, 
    failure_message="At least one statement about forecasts or about the RNN is decided wrongly.")
def test_limit_facts(limit_facts):
    import numpy as np
    import torch

    def errors(x, coef, ks, start):
        out = []
        for k in ks:
            squares = []
            for s in range(start, len(x) - max(ks) + 1, 7):
                known = list(x[s - len(coef) + 1:s])
                for _ in range(k):
                    known.append(coef[-1] + sum((c * known[-j] for j, c in enumerate(coef[:-1], start=1))))
                squares.append((known[-1] - x[s + k - 1]) ** 2)
            out.append(np.mean(squares))
        return out
    total = np.zeros(3)
    for seed in range(10):
        x = np.sin(0.01 * np.arange(1, 1001)) + np.random.default_rng(seed).normal(0, 0.2, size=1000)
        t = np.arange(4, 600)
        rows = np.stack([*(x[t - lag] for lag in range(1, 5)), np.ones(len(t))], axis=1)
        total += errors(x, np.linalg.lstsq(rows, x[t], rcond=None)[0], [1, 16, 64], 600)
    slow = np.sin(np.pi / 20 * np.arange(400))
    lazy, zero = (errors(slow, np.array([1.0, 0.0]), [1, 20], 5), errors(slow, np.array([0.0, 0.0]), [1, 20], 5))
    consistent = (lazy[0] < zero[0]) == (lazy[1] < zero[1])
    torch.manual_seed(0)
    net = torch.nn.RNN(3, 8, batch_first=True)
    sizes, kept, states = ([], [], [])
    for length in (5, 50, 500):
        saved = []
        with torch.autograd.graph.saved_tensors_hooks(lambda v: saved.append(v.numel()) or v, lambda v: v):
            out, last = net(torch.randn(1, length, 3))
        sizes.append(sum((p.numel() for p in net.parameters())))
        kept.append(sum(saved))
        states.append(last.numel())
    x = torch.randn(1, 60, 3, requires_grad=True)
    grad, = torch.autograd.grad(net(x)[0][0, -1].sum(), x)
    early, middle, late = (float(grad[0, t].norm()) for t in (0, 58, 59))
    assert limit_facts['errors_grow_with_k'] is bool(total[0] < total[1] < total[2])
    assert limit_facts['one_step_error_tells_all'] is bool(consistent)
    assert limit_facts['parameters_grow_with_length'] is (sizes[2] > sizes[0])
    assert limit_facts['training_memory_grows_with_length'] is (kept[2] > 5 * kept[1] > 5 * kept[0])
    assert limit_facts['state_grows_with_length'] is (states[2] > states[0])
    assert limit_facts['times_are_parallel'] is (middle == 0)
    assert limit_facts['early_input_always_counts'] is (early > 0.1 * late)
    assert limit_facts['any_length_after_training'] is (tuple(out.shape) == (1, 500, 8))

