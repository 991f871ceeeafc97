from otter.test_files import test_case

OK_FORMAT = False

name = "q3_polynomial_fit"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="The line through (0, 1) and (1, 3) is 1 + 2 x; its matrix has rank 2 and the fit is unique.")
def test_line_through_two_points(normal_equations, polynomial_fit, design_rank, is_unique):
    import numpy as np
    x, y = (np.array([0.0, 1.0]), np.array([1.0, 3.0]))
    got = normal_equations(x, y, 1)
    assert got is not None, 'normal_equations(...) returned None: expected the pair (X^T X, X^T y)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'normal_equations should return (X^T X, X^T y)'
    matrix, right = got
    assert np.shape(matrix) == (2, 2), f'X^T X: expected shape (2, 2), got {np.shape(matrix)}'
    assert np.shape(right) == (2,), f'X^T y: expected shape (2,), got {np.shape(right)}'
    assert np.allclose(matrix, [[2, 1], [1, 1]]), f'X^T X: expected [[2, 1], [1, 1]], got {matrix}'
    assert np.allclose(right, [4, 3]), f'X^T y: expected [4, 3], got {right}'
    got = polynomial_fit(x, y, 1)
    assert got is not None, 'polynomial_fit(...) returned None: expected an array of shape (p + 1,)'
    assert np.shape(got) == (2,), f'polynomial_fit: expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, [1, 2]), f'polynomial_fit: expected [1, 2], got {got}'
    got = design_rank(x, 1)
    assert isinstance(got, (int, np.integer)), f'design_rank should return an integer, got {got}'
    assert got == 2, f'design_rank: expected 2, got {got}'
    got = is_unique(x, 1)
    assert isinstance(got, (bool, np.bool_)), f'is_unique should return True or False, got {got}'
    assert got, 'is_unique: expected True, got False'

@test_case(points=2, hidden=True, 
    failure_message="For some data the coefficients are not the best ones, or of several best ones not the shortest, or the normal equations are not those of the data.")
def test_fits_in_fractions(normal_equations, polynomial_fit):
    from fractions import Fraction
    import numpy as np

    def solve(matrix, right):
        """Solution of a regular system, by elimination in exact arithmetic."""
        rows = [[Fraction(v) for v in row] + [Fraction(r)] for row, r in zip(matrix, right)]
        for i in range(len(rows)):
            pivot = next((k for k in range(i, len(rows)) if rows[k][i] != 0))
            rows[i], rows[pivot] = (rows[pivot], rows[i])
            rows[i] = [v / rows[i][i] for v in rows[i]]
            for k in range(len(rows)):
                if k != i:
                    rows[k] = [a - rows[k][i] * b for a, b in zip(rows[k], rows[i])]
        return [row[-1] for row in rows]
    gram = lambda vectors: [[sum((a * b for a, b in zip(u, v))) for v in vectors] for u in vectors]
    rng = np.random.default_rng(705)
    quarters = lambda n: [Fraction(int(v), 4) for v in rng.choice(np.arange(-8, 9), size=n, replace=False)]
    whole = lambda n: [Fraction(int(v)) for v in rng.integers(-5, 6, size=n)]
    cases = [(quarters(n), whole(n), p) for n, p in ((7, 3), (9, 1), (6, 0), (4, 3), (1, 0), (12, 4))]
    cases += [(quarters(n), whole(n), p) for n, p in ((3, 4), (1, 2), (2, 5), (4, 4))]
    repeated = quarters(4) * 3
    cases += [(repeated, whole(12), p) for p in (0, 1, 2, 3)]
    cases += [(quarters(3) * 2, whole(6), p) for p in (3, 5)]
    for x, y, p in cases:
        values = (np.array([float(v) for v in x]), np.array([float(v) for v in y]))
        powers = [[v ** k for v in x] for k in range(p + 1)]
        right = [sum((a * b for a, b in zip(row, y))) for row in powers]
        matrix, vector = normal_equations(*values, p)
        assert np.allclose(matrix, np.array(gram(powers), dtype=float), rtol=1e-10, atol=1e-10)
        assert np.allclose(vector, np.array(right, dtype=float), rtol=1e-10, atol=1e-10)
        distinct = list(dict.fromkeys(x))
        if len(distinct) > p:
            expected = solve(gram(powers), right)
        else:
            means = [sum((b for a, b in zip(x, y) if a == v)) / x.count(v) for v in distinct]
            rows = [[v ** k for k in range(p + 1)] for v in distinct]
            weights = solve(gram(rows), means)
            expected = [sum((w * row[k] for w, row in zip(weights, rows))) for k in range(p + 1)]
        got = polynomial_fit(*values, p)
        assert np.shape(got) == (p + 1,)
        assert np.allclose(got, np.array(expected, dtype=float), rtol=1e-08, atol=1e-08)

@test_case(points=1, hidden=True, 
    failure_message="Rank or uniqueness is wrong for some inputs. Repeated inputs add nothing, and float64 sees too low a rank for high powers.")
def test_rank_by_elimination(design_rank, is_unique):
    import numpy as np
    prime = 2 ** 61 - 1
    rng = np.random.default_rng(706)

    def exact_rank(x, p):
        rows = [[pow(int(v), k, prime) for k in range(p + 1)] for v in x]
        rank = 0
        for column in range(p + 1):
            pivot = next((row for row in rows[rank:] if row[column]), None)
            if pivot is None:
                continue
            rows.remove(pivot)
            rows.insert(rank, pivot)
            inverse = pow(pivot[column], -1, prime)
            for k in range(rank + 1, len(rows)):
                factor = rows[k][column] * inverse % prime
                rows[k] = [(a - factor * b) % prime for a, b in zip(rows[k], pivot)]
            rank += 1
        return rank
    cases = [([3, 3, 3], 0), ([3, 3, 3], 1), ([5], 0), ([5], 3), ([0, 1, 2], 2), ([0, 1, 2], 3), ([0, 1, 0, 1], 1)]
    cases += [(rng.integers(-3, 4, size=n), p) for n in (2, 4, 6) for p in (1, 2, 3, 5)]
    cases += [(np.arange(-25, 25), 40), (np.arange(-10, 10), 40), (np.repeat(np.arange(8), 5), 40)]
    for x, p in cases:
        rank = exact_rank(x, p)
        x = np.array(x, dtype=np.float64) / 8
        assert design_rank(x, p) == rank
        got = is_unique(x, p)
        assert got is not None and bool(got) is (rank == p + 1)

