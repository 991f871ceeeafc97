from otter.test_files import test_case

OK_FORMAT = False

name = "q2_equivariance"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="For x = (1, -2, 3), w = (1, 1, 1), b = 1 and ReLU the output is (0, 3, 2) with zero padding and (3, 3, 3) with circular padding.")
def test_three_numbers(conv_layer, shift_gap, mismatch_indices, shift_facts):
    import numpy as np
    x, w = (np.array([1.0, -2.0, 3.0]), np.ones(3))
    for pad, expected in (('zero', [0, 3, 2]), ('circular', [3, 3, 3])):
        got = conv_layer(x, w, 1.0, 'relu', pad)
        assert got is not None, 'conv_layer(...) returned None: expected an array of shape (3,)'
        assert np.shape(got) == (3,), f'conv_layer: expected shape (3,), got {np.shape(got)}'
        assert np.allclose(got, expected), f'{pad} padding: expected {expected}, got {np.asarray(got).tolist()}'
    got = shift_gap(x, 1, 0, {'w': w, 'b': 1.0, 'act': 'relu', 'pad': 'zero'})
    assert got is not None, 'shift_gap(...) returned None: expected an array of shape (3,)'
    assert np.shape(got) == (3,), f'shift_gap: expected shape (3,), got {np.shape(got)}'
    expected = [2, 0, 3]
    assert np.allclose(got, expected), f'shift_gap by 1 and 0: expected {expected}, got {np.asarray(got).tolist()}'
    got = mismatch_indices(4, 0)
    assert got is not None, 'mismatch_indices(4, 0) returned None: expected a list'
    assert list(got) == [], f'no shift, no difference: expected [], got {list(got)}'
    assert isinstance(shift_facts, dict), 'shift_facts should be a dictionary'
    for key in ('circular', 'zero', 'own_bias', 'stride2_shift1', 'stride2_shift2', 'mean_stays'):
        assert isinstance(shift_facts.get(key), bool), f'shift_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="conv_layer is wrong for some activation, padding, stride or length. The bias is added before the activation.")
def test_layer_against_torch(conv_layer):
    import numpy as np
    import torch
    rng = np.random.default_rng(103)
    for n in (1, 2, 3, 8, 9, 20):
        for pad, mode in (('circular', 'circular'), ('zero', 'constant')):
            for stride in (1, 2, 3):
                x, w, b = (rng.normal(size=n), rng.normal(size=3), rng.normal())
                ends = (x[-1:], x[:1]) if mode == 'circular' else (np.zeros(1), np.zeros(1))
                signal = torch.tensor(np.concatenate([ends[0], x, ends[1]]))[None, None]
                z = torch.conv1d(signal, torch.tensor(w)[None, None], torch.tensor(np.array([b])), stride=stride)[0, 0]
                for act, expected in (('relu', z.relu()), ('tanh', z.tanh())):
                    got = conv_layer(x, w, b, act, pad, stride)
                    assert np.shape(got) == tuple(z.shape)
                    assert np.allclose(got, expected.numpy(), rtol=0, atol=1e-12)
                if stride == 1:
                    assert np.allclose(conv_layer(x, w, b, 'tanh', pad), z.tanh().numpy(), rtol=0, atol=1e-12)

@test_case(points=1, hidden=True, 
    failure_message="shift_gap is wrong for some layer or some pair of shifts. Which way does (t x)_i = x_(i + tau) move a signal?")
def test_gap_against_index_arithmetic(shift_gap):
    import numpy as np
    import torch
    rng = np.random.default_rng(104)
    for n, stride in ((1, 1), (8, 1), (8, 2), (12, 3), (15, 1)):
        for pad in ('circular', 'zero'):
            for tau_in, tau_out in ((0, 0), (1, 0), (stride, 1), (2 * stride, 2), (-stride, -1), (n + 3, 5)):
                x, w, b = (rng.normal(size=n), rng.normal(size=3), rng.normal())

                def f(values):
                    ends = (values[-1:], values[:1]) if pad == 'circular' else (np.zeros(1), np.zeros(1))
                    row = torch.tensor(np.concatenate([ends[0], values, ends[1]]))[None, None]
                    return torch.conv1d(row, torch.tensor(w)[None, None], torch.tensor(np.array([b])), stride)[0, 0].tanh()
                shifted = np.array([x[(i + tau_in) % n] for i in range(n)])
                h = f(x).tolist()
                moved = np.array([h[(i + tau_out) % len(h)] for i in range(len(h))])
                layer = {'w': w, 'b': b, 'act': 'tanh', 'pad': pad, 'stride': stride}
                got = shift_gap(x, tau_in, tau_out, layer)
                assert np.shape(got) == moved.shape
                assert np.allclose(got, np.abs(f(shifted).numpy() - moved), rtol=0, atol=1e-12)

@test_case(points=1, hidden=True, 
    failure_message="For some N and tau other places differ. Look at every output whose window touches a border or a zero that was moved in.")
def test_mismatches_measured(mismatch_indices):
    import numpy as np
    import torch
    rng = np.random.default_rng(105)
    for n in (1, 2, 3, 7, 20):
        for tau in (0, 1, 2, 3, 5, 20, 25, -1, -2, -4, -20, -31):
            differ = np.zeros(n, dtype=bool)
            for _ in range(3):
                x, w, b = (torch.tensor(rng.normal(size=n)), torch.tensor(rng.normal(size=3)), rng.uniform(0.2, 0.6))
                f = lambda row: torch.tanh(b + torch.conv1d(row[None, None], w[None, None], padding=1))[0, 0]
                place = np.arange(n) + tau
                inside_signal = torch.tensor((place >= 0) & (place < n))
                move = lambda row: torch.where(inside_signal, row[np.clip(place, 0, n - 1)], 0.0)
                differ |= ((f(move(x)) - move(f(x))).abs() > 1e-09).numpy()
            got = mismatch_indices(n, tau)
            assert got is not None and list(got) == np.flatnonzero(differ).tolist()

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements about shifts is decided wrongly. Try it with a random signal and random weights.")
def test_shift_facts(shift_facts):
    import numpy as np
    rng = np.random.default_rng(106)
    worst = dict.fromkeys(('circular', 'zero', 'own_bias', 'stride2_shift1', 'stride2_shift2', 'mean_stays'), 0.0)
    for _ in range(20):
        n = 2 * int(rng.integers(3, 9))
        x, w, b, own = (rng.normal(size=n), rng.normal(size=3), rng.normal(), rng.normal(size=n))

        def f(v, bias=b, ring=True, stride=1):
            left, right = (np.roll(v, 1), np.roll(v, -1))
            if not ring:
                left[0] = right[-1] = 0.0
            return np.tanh(bias + w[0] * left + w[1] * v + w[2] * right)[::stride]

        def gap(tau_in, tau_out, **settings):
            return np.abs(f(np.roll(x, -tau_in), **settings) - np.roll(f(x, **settings), -tau_out)).max()
        tau = int(rng.integers(1, n))
        measured = {'circular': gap(tau, tau), 'zero': gap(tau, tau, ring=False), 'own_bias': gap(tau, tau, bias=own), 'stride2_shift1': min((gap(1, out, stride=2) for out in range(n // 2))), 'stride2_shift2': gap(2, 1, stride=2), 'mean_stays': abs(f(np.roll(x, -tau)).mean() - f(x).mean())}
        worst = {key: max(worst[key], value) for key, value in measured.items()}
    for key, value in worst.items():
        assert shift_facts[key] is bool(value < 1e-09)

