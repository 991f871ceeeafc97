from otter.test_files import test_case

OK_FORMAT = False

name = "q4_ice"
points = 6


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="From cell 5 of 16 the chosen move has probability 1/2, the other three 1/6 each; the first sweep gives cell 11 the value -1.325; for values of zero every cell takes the first move that stays on the floe.")
def test_first_steps(transition, sweep, greedy_moves, alternate, after_two_rounds):
    import numpy as np
    got = transition(5, 1, 4)
    assert got is not None, 'transition(...) returned None: expected an array of shape (16,)'
    assert np.shape(got) == (16,), f'transition: expected shape (16,), got {np.shape(got)}'
    assert np.isclose(got[6], 0.5), f'transition(5, 1, 4): expected 1/2 for cell 6, got {got[6]}'
    assert np.allclose(got[[1, 4, 9]], 1 / 6), f'expected 1/6 each for the cells 1, 4, 9, got {got[[1, 4, 9]].tolist()}'
    v, moves = (np.zeros(16), np.array([1, 1, 2, 3, 2, 0, 3, 2, 0, 1, 0, 3, 0, 3, 1, 0]))
    v[15] = 3
    got = sweep(v, moves, {5, 8, 11}, 15, 0.9)
    assert got is not None, 'sweep(...) returned None: expected an array of shape (16,)'
    assert np.shape(got) == (16,), f'sweep: expected shape (16,), got {np.shape(got)}'
    assert np.isclose(got[11], -1.325), f'sweep: expected -1.325 for cell 11, got {got[11]}'
    got = greedy_moves(np.zeros(16))
    assert got is not None, 'greedy_moves(...) returned None: expected an integer array of shape (16,)'
    assert np.shape(got) == (16,), f'greedy_moves: expected shape (16,), got {np.shape(got)}'
    assert np.asarray(got).tolist() == [1, 1, 1, 2] + [0] * 12, f'greedy_moves of zeros: got {np.asarray(got).tolist()}'
    got = alternate(v, moves, {5, 8, 11}, 15, 0.9, 0)
    assert got is not None, 'alternate(...) returned None: expected the pair (v, moves)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'alternate: expected the pair (v, moves)'
    assert np.array_equal(got[0], v) and np.array_equal(got[1], moves), 'alternate: no rounds should change nothing'
    assert after_two_rounds is not ..., 'after_two_rounds is still missing'
    assert isinstance(after_two_rounds, (tuple, list)), 'after_two_rounds: expected the pair (values, moves)'
    shapes = [np.shape(found) for found in after_two_rounds]
    assert shapes == [(16,), (16,)], f'after_two_rounds: expected two arrays of shape (16,), got shapes {shapes}'

@test_case(points=1, hidden=True, 
    failure_message="Some transition is wrong. Look at corners and edges, where fewer moves stay on the floe.")
def test_transitions_by_distance(transition):
    import numpy as np
    for n in (2, 3, 4, 7):
        for s in range(n * n):
            near = [c for c in range(n * n) if abs(c // n - s // n) + abs(c % n - s % n) == 1]
            for a, shift in enumerate((-n, 1, n, -1)):
                if s + shift in near:
                    got = transition(s, a, n)
                    assert np.shape(got) == (n * n,)
                    for c in range(n * n):
                        slips = 0.5 / (len(near) - 1) if c in near else 0.0
                        expected = 0.5 if c == s + shift else slips
                        assert abs(got[c] - expected) <= 1e-14

@test_case(points=2, hidden=True, 
    failure_message="A sweep goes wrong on some floe. Which values stand on the right, who pays for a hole, and when, and what becomes of the cell with the fish and of the array that was passed in?")
def test_sweep_as_matrix(sweep):
    import numpy as np
    rng = np.random.default_rng(2007)
    for n, gamma in ((2, 0.5), (3, 0.0), (3, 1.0), (4, 0.9), (5, 0.7)):
        cells = np.arange(n * n)
        rows, columns = (cells // n, cells % n)
        near = np.abs(rows[:, None] - rows) + np.abs(columns[:, None] - columns) == 1
        chosen = np.array([rng.choice(np.flatnonzero(row)) for row in near])
        moves = np.array([{-n: 0, 1: 1, n: 2, -1: 3}[int(d)] for d in chosen - cells])
        if n == 2:
            moves = np.array([2, 2, 0, 0])
            chosen = np.array([2, 3, 0, 1])
        matrix = near * 0.5 / (near.sum(axis=1, keepdims=True) - 1)
        matrix[cells, chosen] = 0.5
        fish = int(rng.integers(n * n))
        holes = set(rng.choice(n * n, size=n, replace=False).tolist()) - {fish}
        v = rng.normal(size=n * n)
        expected = gamma * matrix @ v
        expected[list(holes)] -= 2
        expected[fish] = v[fish]
        got = sweep(v, moves, holes, fish, gamma)
        assert np.shape(got) == (n * n,) and np.abs(got - expected).max() <= 1e-12

    def left_as_it_is(sweep):
        import numpy as np
        v = np.array([0.0, 1.0, 2.0, 3.0])
        sweep(v, np.array([1, 2, 1, 0]), {0}, 3, 0.5)
        return v.tolist()
    assert inside(left_as_it_is)(sweep) == [0.0, 1.0, 2.0, 3.0]

@test_case(points=1, hidden=True, 
    failure_message="Some move is not the best one, or a tie goes to a later one. Think of moves off the floe when all values are negative.")
def test_best_moves_by_neighbours(greedy_moves):
    import numpy as np
    rng = np.random.default_rng(2008)
    for n, offset in ((2, 0.0), (3, -5.0), (4, 0.0), (4, 5.0), (6, -1.0)):
        v = rng.normal(size=n * n) + offset
        got = greedy_moves(v)
        assert np.shape(got) == (n * n,) and np.asarray(got).dtype.kind == 'i'
        for s in range(n * n):
            row, column = divmod(s, n)
            on = [row > 0, column < n - 1, row < n - 1, column > 0]
            values = {a: v[s + step] for a, step in enumerate((-n, 1, n, -1)) if on[a]}
            corner = len(values) == 2
            assert got[s] == (min(values) if corner else max(values, key=values.get))
    level = np.full(16, 0.1)
    level += np.linspace(0, 1e-11, 16)
    assert np.asarray(greedy_moves(level)).tolist() == [1, 1, 1, 2] + [0] * 12
    uphill = np.linspace(0, 1e-06, 16)
    assert np.asarray(greedy_moves(uphill)).tolist() == [1] + [2] * 11 + [0, 1, 1, 0]

@test_case(points=1, hidden=True, 
    failure_message="The rounds go wrong, or two rounds on the floe of the recap give something else. In each round one sweep comes first, with the moves of the round before.")
def test_rounds(alternate, after_two_rounds):
    import numpy as np

    def rounds_by_hand(v, moves, holes, fish, gamma, rounds):
        n = 4
        cells = np.arange(16)
        near = np.abs(cells[:, None] // n - cells // n) + np.abs(cells[:, None] % n - cells % n) == 1
        slip = 0.5 / (near.sum(axis=1) - 1)
        pay = np.where(np.isin(cells, list(holes)), -2.0, 0.0)
        for _ in range(rounds):
            target = cells + np.array([-n, 1, n, -1])[moves]
            target[fish] = fish
            mean = slip * (near @ v) + (0.5 - slip) * v[target]
            v = np.where(cells == fish, v, pay + gamma * mean)
            moves = np.zeros(16, dtype=int)
            for s in range(16):
                options = [(round(v[s + d], 8), -a) for a, d in enumerate((-n, 1, n, -1)) if 0 <= s + d < 16]
                options = [o for o in options if near[s, s + (-n, 1, n, -1)[-o[1]]]]
                moves[s] = -max(options)[1] if len(options) > 2 else min((-o[1] for o in options))
        return (v, moves)
    start = np.array([1, 1, 2, 3, 2, 0, 3, 2, 0, 1, 0, 3, 0, 3, 1, 0])
    v = np.eye(16)[15] * 3
    expected = rounds_by_hand(v, start, {5, 8, 11}, 15, 0.9, 2)
    assert np.abs(np.asarray(after_two_rounds[0]) - expected[0]).max() <= 1e-06
    assert np.array_equal(np.asarray(after_two_rounds[1])[:15], expected[1][:15])
    rng = np.random.default_rng(2009)
    for fish, holes, rounds in ((15, {5, 8, 11}, 1), (3, {0, 6}, 3), (9, {10, 4, 15}, 7), (0, set(), 4)):
        v = rng.normal(size=16)
        expected = rounds_by_hand(v, start, holes, fish, 0.8, rounds)
        got = alternate(v, start, holes, fish, 0.8, rounds)
        assert np.abs(got[0] - expected[0]).max() <= 1e-11
        others = np.arange(16) != fish
        assert np.array_equal(np.asarray(got[1])[others], expected[1][others])

