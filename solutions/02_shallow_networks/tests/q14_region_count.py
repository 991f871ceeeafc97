from otter.test_files import test_case

OK_FORMAT = False

name = "q14_region_count"
points = 6

@test_case(points=1, hidden=False, 
    failure_message="Two units with two inputs make at most 4 regions, two parallel lines 3; most_regions holds three integers.")
def test_two_lines(max_regions, count_regions, most_regions):
    got = max_regions(2, 2)
    assert got is not None, 'max_regions(2, 2) returned None: expected an integer'
    assert type(got) is int, f'max_regions should return an int, got {type(got).__name__}'
    assert got == 4, f'max_regions(2, 2): expected 4, got {got}'
    assert max_regions(6, 1) == 7, f'max_regions(6, 1): expected 7, got {max_regions(6, 1)}'
    got = count_regions([(0, 1, 0), (1, 1, 0)])
    assert got is not None, 'count_regions(...) returned None: expected an integer'
    assert type(got) is int, f'count_regions should return an int, got {type(got).__name__}'
    assert got == 3, f'count_regions([(0, 1, 0), (1, 1, 0)]): expected 3, got {got}'
    assert isinstance(most_regions, dict), 'most_regions should be a dictionary'
    for size in ('2-3-1', '2-5-1', '3-3-2'):
        assert type(most_regions.get(size)) is int, f'most_regions[{size!r}] should be an integer'

@test_case(points=1, hidden=True, 
    failure_message="At least one of the three integers in most_regions is wrong. What do the outputs have to do with it?")
def test_most_regions(most_regions):
    from itertools import product
    networks = {'2-3-1': [(1, 2, 0), (-2, 0, 1), (5, 1, 1)], '2-5-1': [(-1, 1, 2), (3, -2, 1), (7, 1, 1), (-11, 3, -1), (13, 1, -3)], '3-3-2': [(1, 2, 1, 0), (-2, 0, 1, 3), (1, 1, 0, 1)]}
    for size, rows in networks.items():
        d_in = len(rows[0]) - 1
        axis = [v / 2 for v in range(-61, 62)] if d_in == 2 else list(range(-9, 10))
        patterns = set()
        for x in product(axis, repeat=d_in):
            z = [row[0] + sum((slope * v for slope, v in zip(row[1:], x))) for row in rows]
            if all(z):
                patterns.add(tuple((value > 0 for value in z)))
        assert most_regions[size] == len(patterns)

@test_case(points=2, hidden=True, 
    failure_message="max_regions is wrong or inexact for some numbers of units and inputs. Two to the power D is right only in some cases.")
def test_max_regions(max_regions):
    from itertools import product
    table = {}
    for d in range(101):
        for d_in in range(101):
            table[d, d_in] = 1 if d == 0 or d_in == 0 else table[d - 1, d_in] + table[d - 1, d_in - 1]
    for d, d_in in product((0, 1, 2, 3, 4, 5, 9, 20, 100), (1, 2, 3, 4, 10, 19, 20, 60)):
        got = max_regions(d, d_in)
        assert type(got) is int and got == table[d, d_in]

@test_case(points=2, hidden=True, 
    failure_message="count_regions is wrong for some lines. Draw parallel lines, three lines through one point, and the same line twice.")
def test_count_regions(count_regions):
    import random
    from fractions import Fraction
    from itertools import combinations
    rng = random.Random(53)
    cases = [[(0, 1, 0)], [(0, 1, 0), (1, 1, 0), (2, 1, 0)], [(0, 1, 0), (0, 0, 1), (0, 1, 1)], [(0, 1, 0), (0, 0, 1), (-1, 1, 1)], [(0, 1, 0), (0, -3, 0), (0, 2, 0)], [(3, 1, 2), (-6, -2, -4), (3, 2, 1)], [(0, 1, 0), (0, 0, 1), (1, 1, 0), (1, 0, 1)], [(10 ** 9, 1, 0), (10 ** 9 + 1, 1, 0), (0, 0, 10 ** 9)], []]
    n = 10 ** 9
    cases.append([(-n, n + 1, 1), (1 - n, n, 1), (0, 0, 1)])
    cases.append([(-n, n + 1, 1), (0, 0, 1), (1 - n, n, 1), (2 - n, n - 1, 1)])
    for _ in range(60):
        lines = []
        while len(lines) < rng.choice([2, 3, 5, 8]):
            c, a, b = (rng.randint(-2, 2) for _ in range(3))
            if (a, b) != (0, 0):
                lines.append((c, a, b))
        cases.append(lines)
    big = 10 ** 6
    for d in (3, 5, 7):
        cases.append([(rng.randint(-big, big), rng.randint(1, big), rng.randint(1, big)) for _ in range(d)])
    for lines in cases:
        distinct = []
        for line in lines:
            same = lambda old: all((p * q2 == p2 * q for (p, q), (p2, q2) in combinations(zip(line, old), 2)))
            if not any((same(old) for old in distinct)):
                distinct.append(line)
        on_line = {line: set() for line in distinct}
        for first, second in combinations(distinct, 2):
            (c, a, b), (c2, a2, b2) = (first, second)
            det = a * b2 - a2 * b
            if det:
                corner = (Fraction(b * c2 - b2 * c, det), Fraction(a2 * c - a * c2, det))
                on_line[first].add(corner)
                on_line[second].add(corner)
        corners = set().union(*on_line.values())
        expected = sum((len(points) + 1 for points in on_line.values())) - len(corners) + 1
        assert count_regions(lines) == expected

