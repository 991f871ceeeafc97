from otter.test_files import test_case

OK_FORMAT = False

name = "q8_zigzag_units"
points = 6

@test_case(points=1, hidden=False, 
    failure_message="feasible([1, 1, 2, 2]) is True and feasible([1, 1]) is False; zigzag_net(3) returns arrays of the shapes (4,) and (3, 2).")
def test_small_zigzags(feasible, zigzag_net, zigzag_facts):
    import numpy as np
    for widths, expected in (([1, 1, 2, 2], True), ([1, 1], False)):
        got = feasible(widths)
        assert got is not None, 'feasible(...) returned None: expected True or False'
        assert isinstance(got, (bool, np.bool_)), 'feasible should return True or False'
        assert bool(got) is expected, f'feasible({widths}): expected {expected}, got {got}'
    got = zigzag_net(3)
    assert got is not None, 'zigzag_net(3) returned None: expected (phi, theta)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'zigzag_net should return (phi, theta)'
    for name, part, shape in zip(('phi', 'theta'), got, ((4,), (3, 2))):
        assert np.shape(part) == shape, f'zigzag_net(3): {name} should have shape {shape}, got {np.shape(part)}'
    assert isinstance(zigzag_facts, dict), 'zigzag_facts should be a dictionary'
    keys = ['two_units_three_pieces', 'four_units_five_pieces', 'equal_widths', 'all_facing_right']
    for key in [*keys, 'one_unit_more']:
        assert isinstance(zigzag_facts.get(key), bool), f'zigzag_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="A verdict of feasible is wrong. Try every choice of directions, and ask whether the output weights can be solved for, exactly and not only to many digits.")
def test_feasible_by_least_squares(feasible):
    from itertools import product
    import numpy as np

    def drawable(widths):
        """Some choice of directions leaves no residual when the output weights are fitted to the knots."""
        x = np.concatenate([[0.0], np.cumsum(widths)]) / sum(widths)
        for facing in product([1, -1], repeat=len(widths) - 1):
            h = np.maximum((x[:, None] - x[1:-1]) * np.array(facing), 0)
            h = np.column_stack([np.ones_like(x), h])
            y = np.arange(len(x)) % 2
            phi = np.linalg.lstsq(h, y, rcond=None)[0]
            if np.abs(h @ phi - y).max() < 1e-07:
                return True
        return False
    rng = np.random.default_rng(49)
    cases = [[1] * n for n in range(2, 8)] + [[1, 3, 2, 2, 2], [2, 6, 4, 4, 4], [3, 3, 6, 6], [2, 2, 1, 1]]
    cases += [[1, 1, 2, 2, 5, 7, 1], [2, 9, 3, 6], [6, 3, 9, 2], [1, 2, 4, 8, 16], [7, 3]]
    cases += [rng.integers(1, 4, size=size).tolist() for size in (3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 7, 7) * 2]
    verdicts = [drawable(widths) for widths in cases]
    assert 8 < sum(verdicts) < len(cases) - 8
    for widths, expected in zip(cases, verdicts):
        assert bool(feasible(widths)) is expected
    a, b = (10 ** 9 + 7, 10 ** 9 + 9)
    assert feasible([a * b, 5 * a * b, a * (a + b), b * (a + b)])
    assert not feasible([a * b, 5 * a * b, a * (a + b), b * (a + b) + 1])

@test_case(points=2, hidden=True, 
    failure_message="For some N the network does not draw a zigzag with N + 1 pieces, or the widths are not as asked, or N below 3 is accepted.")
def test_zigzag_nets(zigzag_net):
    import numpy as np
    for N in (3, 4, 5, 6, 7, 8, 21):
        phi, theta = (np.asarray(part, dtype=float) for part in zigzag_net(N))
        assert phi.shape == (N + 1,) and theta.shape == (N, 2)
        assert (theta[:, 1] != 0).all()
        joints = np.sort(-theta[:, 0] / theta[:, 1])
        knots = np.concatenate([[0.0], joints, [1.0]])
        assert np.diff(knots).min() > 1 / (4 * N) - 1e-09
        values = phi[0] + np.maximum(theta[:, 0] + np.outer(knots, theta[:, 1]), 0) @ phi[1:]
        assert np.abs(values - np.arange(N + 2) % 2).max() < 1e-09
    for N in (2, 1, 0):
        try:
            zigzag_net(N)
        except ValueError:
            continue
        raise AssertionError('fewer than three units should raise a ValueError')

@test_case(points=1, hidden=True, 
    failure_message="At least one statement about zigzags is decided wrongly. What can the first and the last piece, and the piece between two joints, be made of?")
def test_zigzag_facts(zigzag_facts):
    from itertools import product
    import numpy as np

    def drawable(widths, directions, extra=0):
        x = np.concatenate([[0.0], np.cumsum(widths)]) / sum(widths)
        joints = np.concatenate([x[1:-1], np.full(extra, -1.0)])
        y = np.arange(len(x)) % 2
        for facing in directions:
            h = np.maximum((x[:, None] - joints) * np.array(facing), 0)
            h = np.column_stack([np.ones_like(x), h])
            phi = np.linalg.lstsq(h, y, rcond=None)[0]
            if np.abs(h @ phi - y).max() < 1e-07:
                return True
        return False

    def both(n):
        return list(product([1, -1], repeat=n))
    rng = np.random.default_rng(50)
    triples = list(product(range(1, 10), repeat=3)) + rng.uniform(0.1, 1, size=(50, 3)).tolist()
    assert zigzag_facts['two_units_three_pieces'] is any((drawable(w, both(2)) for w in triples))
    fives = [[2, 6, 4, 4, 4], [1, 1, 1, 1, 1], [1, 3, 2, 2, 2]]
    assert zigzag_facts['four_units_five_pieces'] is any((drawable(w, both(4)) for w in fives))
    equal = any((drawable([1] * (n + 1), both(n)) for n in range(2, 9)))
    assert zigzag_facts['equal_widths'] is equal
    right = any((drawable(rng.uniform(0.2, 1, size=n + 1), [(1,) * n]) for n in range(3, 9) for _ in range(20)))
    assert zigzag_facts['all_facing_right'] is right
    more = all((drawable(rng.uniform(0.2, 1, size=n + 1), [(1,) * (n + 1)], extra=1) for n in range(1, 9) for _ in range(5)))
    assert zigzag_facts['one_unit_more'] is more

