from otter.test_files import test_case

OK_FORMAT = False

name = "q7_zigzag"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="For phi (0, 6, 0, 0) one copy has two pieces on [0, 1] and two copies have two; zigzag_phi is a list of four integers.")
def test_one_ramp(zigzag_phi, n_pieces, pieces_after):
    assert isinstance(zigzag_phi, (list, tuple)), 'zigzag_phi should be a list of four integers'
    assert len(zigzag_phi) == 4, f'zigzag_phi should have four entries, got {len(zigzag_phi)}'
    assert all((type(value) is int for value in zigzag_phi)), 'the entries of zigzag_phi should be integers'
    for copies in (1, 2):
        got = n_pieces([0, 6, 0, 0], copies)
        assert got is not None, 'n_pieces(...) returned None: expected an integer'
        assert type(got) is int, f'n_pieces should return an int, got {type(got).__name__}'
        assert got == 2, f'n_pieces([0, 6, 0, 0], {copies}): expected 2, got {got}'
    got = pieces_after(0)
    assert got is not None, 'pieces_after(0) returned None: expected an integer'
    assert got == 4, f'pieces_after(0): expected 4, got {got}'

@test_case(points=1, hidden=True, 
    failure_message="With your phi the function does not run through 0, 1, 0, 1, 0. The third unit is active on the left of its joint.")
def test_zigzag(zigzag_phi):
    from fractions import Fraction
    p0, p1, p2, p3 = zigzag_phi
    sixth = Fraction(1, 6)
    knots = [(0, 0), (sixth, 1), (2 * sixth, 0), (4 * sixth, 1), (1, 0)]
    for x, y in knots:
        assert p0 + p1 * max(x - sixth, 0) + p2 * max(x - 2 * sixth, 0) + p3 * max(4 * sixth - x, 0) == y

@test_case(points=2, hidden=True, 
    failure_message="Some composition is miscounted. A piece that passes a joint is cut there, and stretches of equal slope are one piece.")
def test_pieces_counted_on_a_grid(n_pieces):
    import random
    import numpy as np
    assert n_pieces([3, 0, 0, 0], 3) == 1 and n_pieces([0, 0, 0, 0], 1) == 1
    assert n_pieces([4, -12, 9, -6], 1) == 4 and n_pieces([4, -12, 9, -6], 4) == 256
    assert n_pieces([0, 0, 3, 3], 1) == 3 and n_pieces([0, 3, -3, 0], 1) == 3
    assert n_pieces([-1, 1, 0, 1], 1) == n_pieces([-1, 1, 0, 1], 2) == 3
    rng = random.Random(48)
    x = (np.arange(400000) + 0.5) / 400000
    checked = 0
    while checked < 40:
        phi = [rng.randint(-4, 4) for _ in range(4)] if checked % 2 else [4, -12, 9, rng.choice([-6, 6, 0])]
        phi[0] = rng.choice([phi[0], 0, 1])
        copies = rng.choice([1, 2, 2, 3])
        value, slope = (x, np.ones_like(x))
        for _ in range(copies):
            one, two, three = (value > 1 / 6, value > 2 / 6, value < 4 / 6)
            slope = slope * (phi[1] * one + phi[2] * two - phi[3] * three)
            value = phi[0] + phi[1] * np.maximum(value - 1 / 6, 0) + phi[2] * np.maximum(value - 2 / 6, 0) + phi[3] * np.maximum(4 / 6 - value, 0)
        changes = np.flatnonzero(slope[1:] != slope[:-1])
        if len(changes) > 1 and np.diff(changes).min() < 4:
            continue
        assert n_pieces(phi, copies) == 1 + len(changes)
        checked += 1

@test_case(points=1, hidden=True, 
    failure_message="pieces_after gives another number than the zigzag has. How many copies of f are there after composing once?")
def test_composed_with_itself(pieces_after):
    import numpy as np
    knots = (np.array([0, 1, 2, 4, 6]) / 6, np.array([0.0, 1, 0, 1, 0]))
    x = (np.arange(2 ** 20) + 0.5) / 2 ** 20
    value = np.interp(x, *knots)
    for times in range(5):
        rising = np.diff(value) > 0
        turns = int((rising[1:] != rising[:-1]).sum())
        got = pieces_after(times)
        assert type(got) is int and got == 1 + turns
        value = np.interp(value, *knots)
    assert pieces_after(40) == 2 ** 82

