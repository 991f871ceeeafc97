from otter.test_files import test_case

OK_FORMAT = False

name = "q11_count_pieces"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="phi (0, 1, 1) with the rows (0, 1) and (-1, 1) has three pieces.")
def test_two_units(count_pieces):
    got = count_pieces([0, 1, 1], [(0, 1), (-1, 1)])
    assert got is not None, 'count_pieces(...) returned None: expected an integer'
    assert type(got) is int, f'count_pieces should return an int, got {type(got).__name__}'
    assert got == 3, f'count_pieces([0, 1, 1], [(0, 1), (-1, 1)]): expected 3, got {got}'

@test_case(points=1, hidden=True, 
    failure_message="A special case is miscounted. Units can be ignored, flat, or bend at the same place, together or against each other.")
def test_ways_to_lose_a_piece(count_pieces):
    cases = [([0, 1, 2, 3], [(0, 1), (-1, 1), (-2, 1)], 4), ([7, 0, 0, 0], [(0, 1), (-1, 1), (-2, 1)], 1), ([0, 1, 0, 3], [(0, 1), (-1, 1), (-2, 1)], 3), ([0, 1, 2, 3], [(0, 1), (5, 0), (-2, 1)], 3), ([0, 1, 2, 3], [(0, 1), (0, 5), (-2, 1)], 3), ([0, 1, -1, 1], [(0, 1), (0, -1), (-1, 1)], 2), ([0, 1, 1, 1], [(0, 1), (0, -1), (-1, 1)], 3), ([0, 2, -1, 1], [(3, 3), (-6, -6), (-1, 1)], 2), ([0, 1, 1, 1], [(2, 1), (2, 1), (3, 1)], 3), ([0, 1, 1], [(1, 1), (4, 1)], 3), ([0, 5], [(0, 0)], 1), ([0, 5], [(-3, 7)], 2), ([0, 1, 1, -1], [(1, 3), (2, 6), (3, 9)], 1), ([0, 2, 1, -1], [(1, 3), (0, 3), (2, 6)], 2)]
    from fractions import Fraction
    for phi, theta, expected in cases:
        f = lambda x: phi[0] + sum((p * max(t0 + t1 * x, 0) for p, (t0, t1) in zip(phi[1:], theta)))
        points = sorted({Fraction(-t0, t1) for t0, t1 in theta if t1})
        points = [Fraction(-100), *points, Fraction(100)]
        slopes = [(f(b) - f(a)) / (b - a) for a, b in zip(points, points[1:])]
        assert 1 + sum((a != b for a, b in zip(slopes, slopes[1:]))) == expected
        assert count_pieces(phi, theta) == expected

@test_case(points=1, hidden=True, 
    failure_message="For some small integer parameters the count is not that of the network. Measure the slopes between the joints.")
def test_small_integers(count_pieces):
    import random
    from fractions import Fraction
    rng = random.Random(47)
    for _ in range(300):
        d = rng.choice([1, 2, 3, 3, 4, 6])
        phi = [rng.randint(-2, 2) for _ in range(d + 1)]
        theta = [(rng.randint(-2, 2), rng.randint(-2, 2)) for _ in range(d)]
        f = lambda x: phi[0] + sum((p * max(t0 + t1 * x, 0) for p, (t0, t1) in zip(phi[1:], theta)))
        joints = sorted({Fraction(-t0, t1) for t0, t1 in theta if t1})
        points = [Fraction(-9), *joints, Fraction(9)]
        slopes = [(f(b) - f(a)) / (b - a) for a, b in zip(points, points[1:])]
        assert count_pieces(phi, theta) == 1 + sum((a != b for a, b in zip(slopes, slopes[1:])))

@test_case(points=1, hidden=True, 
    failure_message="The count on an interval is wrong. A bend counts only strictly between the two ends.")
def test_interval(count_pieces):
    import math
    import random
    from fractions import Fraction
    phi, theta = ([0, 1, 1, 1], [(0, 1), (-1, 1), (-2, 1)])
    assert count_pieces(phi, theta, 0, 2) == 2
    assert count_pieces(phi, theta, 2, 9) == 1
    assert count_pieces(phi, theta, -1, math.inf) == 4
    assert count_pieces(phi, theta, -math.inf, 2) == 3
    rng = random.Random(48)
    for _ in range(100):
        d = rng.choice([1, 3, 5])
        phi = [rng.randint(-3, 3) for _ in range(d + 1)]
        theta = [(rng.randint(-4, 4), rng.randint(-3, 3)) for _ in range(d)]
        lo = rng.randint(-4, 2)
        hi = lo + rng.randint(1, 4)
        f = lambda x: phi[0] + sum((p * max(t0 + t1 * x, 0) for p, (t0, t1) in zip(phi[1:], theta)))
        grid = [lo + Fraction(i, 6) for i in range(6 * (hi - lo) + 1)]
        slopes = [(f(b) - f(a)) * 6 for a, b in zip(grid, grid[1:])]
        assert count_pieces(phi, theta, lo, hi) == 1 + sum((a != b for a, b in zip(slopes, slopes[1:])))

