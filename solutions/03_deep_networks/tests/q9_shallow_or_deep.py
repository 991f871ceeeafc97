from otter.test_files import test_case

OK_FORMAT = False

name = "q9_shallow_or_deep"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="One layer of three units makes at most 4 pieces, for 5 pieces it takes two layers; both dictionaries hold three integers; forward_time returns seconds.")
def test_small_numbers(shallow_net, deep_net, max_regions_deep, depth_for, forward_time):
    import torch
    for name, table in (('shallow_net', shallow_net), ('deep_net', deep_net)):
        assert isinstance(table, dict), f'{name} should be a dictionary'
        for key in ('n_parameters', 'regions', 'steps'):
            assert type(table.get(key)) is int, f'{name}[{key!r}] should be an integer'
    calls = [('max_regions_deep(1, 3)', max_regions_deep(1, 3), 4), ('depth_for(5, 3)', depth_for(5, 3), 2)]
    for call, got, expected in calls:
        assert got is not None, f'{call} returned None: expected an integer'
        assert type(got) is int, f'{call} should be an int, got {type(got).__name__}'
        assert got == expected, f'{call}: expected {expected}, got {got}'
    got = forward_time(torch.nn.Linear(2, 2), torch.zeros(1, 2), 3)
    assert got is not None, 'forward_time(...) returned None: expected a float'
    assert isinstance(got, float), f'forward_time should return a float, got {type(got).__name__}'
    assert got >= 0, f'a time should not be negative, got {got}'

@test_case(points=1, hidden=True, 
    failure_message="At least one number of the two networks is wrong. Count the pieces layer by layer - is the number of layers the base or the exponent?")
def test_two_networks(shallow_net, deep_net):
    from torch import nn
    for table, sizes in ((shallow_net, [1, 95, 1]), (deep_net, [1] + [5] * 10 + [1])):
        linears = [nn.Linear(before, after) for before, after in zip(sizes, sizes[1:])]
        assert table['n_parameters'] == sum((p.numel() for layer in linears for p in layer.parameters()))
        assert table['steps'] == len(linears)
        pieces = 1
        for units in sizes[1:-1]:
            pieces += pieces * units
        assert table['regions'] == pieces

@test_case(points=1, hidden=True, 
    failure_message="The largest number of pieces is wrong for some depth and width. Feed a zigzag with D + 1 pieces to itself and count.")
def test_regions_reached(max_regions_deep):
    import numpy as np
    for D, deepest in ((3, 6), (4, 5), (5, 5)):
        widths = np.ones(D + 1)
        widths[2:4] = 2
        knots = np.concatenate([[0.0], np.cumsum(widths)]) / widths.sum()
        joints, facing = (knots[1:-1], np.where(np.arange(D) == 2, -1.0, 1.0))
        h = np.column_stack([np.ones(D + 2), np.maximum((knots[:, None] - joints) * facing, 0)])
        phi, *_ = np.linalg.lstsq(h, np.arange(D + 2) % 2, rcond=None)
        assert np.abs(h @ phi - np.arange(D + 2) % 2).max() < 1e-09
        x, y = (knots, np.arange(D + 2) % 2)
        for K in range(1, deepest + 1):
            got = max_regions_deep(K, D)
            assert type(got) is int and got == len(x) - 1
            pieces = [x0 + (x1 - x0) * (knots[1:] if y1 > y0 else 1 - knots[-2::-1]) for x0, x1, y0, y1 in zip(x, x[1:], y, y[1:])]
            x = np.concatenate([[0.0], *pieces])
            y = np.arange(len(x)) % 2
            assert (np.diff(x) > 0).all()
    assert max_regions_deep(1, 95) == 96
    assert max_regions_deep(60, 99) == 10 ** 120

@test_case(points=1, hidden=True, 
    failure_message="depth_for is wrong for some number of pieces. It must be exact, also right at a power and just above it.")
def test_depth_for(depth_for):
    for D in (3, 4, 5, 9, 99):
        for regions in [*range(1, 40), 999, 1000, 1001, 10 ** 6, 10 ** 6 + 1]:
            K = depth_for(regions, D)
            pieces = 1
            for _ in range(K):
                pieces += pieces * D
            assert type(K) is int and K >= 1 and (pieces >= regions)
            assert K == 1 or pieces // (D + 1) < regions
        power = (D + 1) ** 41
        assert [depth_for(power + shift, D) for shift in (-1, 0, 1)] == [41, 41, 42]

@test_case(points=1, hidden=True, 
    failure_message="The time is not the median of the calls, or the first call is measured, too, or the number of calls is not as asked.")
def test_median_time(forward_time):

    def probe(forward_time, repeats, slow):
        import time
        calls, walls_s = ([], [])

        def net(x):
            start_s = time.perf_counter()
            time.sleep(0.3 if len(calls) in slow else 0.02)
            calls.append(x)
            walls_s.append(time.perf_counter() - start_s)
            return x
        return (forward_time(net, 7, repeats), calls, walls_s)
    for repeats, slow in ((5, (0, 2)), (3, (0, 3)), (1, (0,)), (3, (1, 2))):
        wall_s, calls, walls_s = inside(probe)(forward_time, repeats, slow)
        assert calls == [7] * (repeats + 1)
        assert abs(wall_s - sorted(walls_s[1:])[repeats // 2]) < 0.03

