from otter.test_files import test_case

OK_FORMAT = False

name = "q2_path_counts"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="Four blocks give 1, 4, 6, 4, 1 paths, 5/16 of them of length 0 or 1; two blocks with r = 1/2 have the mean length 2/3.")
def test_four_blocks(counts_3, counts_5, path_counts, share_up_to, mean_path_length):
    import numpy as np
    for name, counts, length in (('counts_3', counts_3, 4), ('counts_5', counts_5, 6)):
        assert isinstance(counts, (list, tuple)), f'{name} should be a list of integers'
        assert len(counts) == length, f'{name}: expected {length} counts, got {len(counts)}'
    got = path_counts(4)
    assert got is not None, 'path_counts(4) returned None: expected a list'
    assert isinstance(got, (list, tuple)), 'path_counts should return a list'
    assert list(got) == [1, 4, 6, 4, 1], f'path_counts(4): expected [1, 4, 6, 4, 1], got {got}'
    got = share_up_to(4, 1)
    assert got is not None, 'share_up_to(4, 1) returned None: expected a float'
    assert np.shape(got) == () and abs(got - 5 / 16) < 1e-12, f'share_up_to(4, 1): expected 0.3125, got {got}'
    got = mean_path_length(2, 0.5)
    assert got is not None, 'mean_path_length(2, 0.5) returned None: expected a float'
    assert np.shape(got) == () and abs(got - 2 / 3) < 1e-12, f'mean_path_length: expected 0.6667, got {got}'

@test_case(points=1, hidden=True, 
    failure_message="Some counts are wrong, or not exact. At each block a path has two ways to go; write all of them down for three blocks.")
def test_counts_against_enumeration(counts_3, counts_5, path_counts):
    from itertools import product
    import numpy as np
    for k in range(11):
        expected = [0] * (k + 1)
        for choice in product((0, 1), repeat=k):
            expected[sum(choice)] += 1
        assert list(path_counts(k)) == expected
        if k in (3, 5):
            assert list({3: counts_3, 5: counts_5}[k]) == expected
    row = [1]
    for k in range(1, 81):
        row = [a + b for a, b in zip([0, *row], [*row, 0])]
        if k in (54, 80):
            got = path_counts(k)
            assert all((isinstance(count, (int, np.integer)) for count in got))
            assert [int(count) for count in got] == row

@test_case(points=1, hidden=True, 
    failure_message="A share or a mean length is wrong for some numbers of blocks. Compare with a list of all paths for three blocks, then try very many.")
def test_shares_and_means(share_up_to, mean_path_length):
    from fractions import Fraction
    from itertools import product
    for k in (0, 1, 2, 3, 7, 10):
        lengths = [sum(choice) for choice in product((0, 1), repeat=k)]
        for length in range(k + 3):
            share = sum((n <= length for n in lengths)) / len(lengths)
            assert abs(share_up_to(k, length) - share) < 1e-12
        for r in (0.0, 0.1, 0.5, 1.0, 2.5, 30.0):
            weights = [r ** n for n in lengths]
            mean = sum((n * w for n, w in zip(lengths, weights))) / sum(weights)
            assert abs(mean_path_length(k, r) - mean) <= 1e-11 * (1 + mean)
    assert abs(share_up_to(3001, 1500) - 0.5) < 1e-12
    row = [1]
    for _ in range(1500):
        row = [a + b for a, b in zip([0, *row], [*row, 0])]
    for length in (700, 760):
        share = float(Fraction(sum(row[:length + 1]), sum(row)))
        assert abs(share_up_to(1500, length) - share) <= 1e-11 * share
    assert abs(mean_path_length(4000, 3.0) - 3000) < 1e-08

