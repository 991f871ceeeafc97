from otter.test_files import test_case

OK_FORMAT = False

name = "q10_random_offset"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="Seven tokens, pieces of two, offset 1 give the starts 1, 3 (and 5 on the ring); two draws out of two miss a start with probability 1/4.")
def test_seven_tokens(cut, coverage, missed, offset_facts):
    import numpy as np
    for circular, expected in ((False, [1, 3]), (True, [1, 3, 5])):
        got = cut(7, 2, 1, circular)
        assert got is not None, 'cut(...) returned None: expected a list'
        assert list(got) == expected, f'cut(7, 2, 1, {circular}): expected {expected}, got {list(got)}'
    got = coverage(7, 2, [1], False)
    assert got is not None, 'coverage(...) returned None: expected (token_prob, start_prob)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'coverage should return (token_prob, start_prob)'
    for name, value, expected in (('token_prob', got[0], [0, 1, 1, 1, 1, 0, 0]), ('start_prob', got[1], [0, 1, 0, 1, 0, 0, 0])):
        assert np.shape(value) == (7,), f'{name}: expected shape (7,), got {np.shape(value)}'
        assert np.allclose(value, expected), f'{name}: expected {expected}, got {np.asarray(value).tolist()}'
    assert missed(2) is not None, 'missed(2) returned None: expected a float'
    assert abs(missed(2) - 0.25) < 1e-09, f'missed(2): expected 0.25, got {missed(2)}'
    assert isinstance(offset_facts, dict), 'offset_facts should be a dictionary'
    keys = ['tokens_are_uniform', 'starts_are_uniform', 'one_more_offset_is_harmless']
    for key in [*keys, 'starts_are_independent', 'ring_is_uniform', 'replacement_loses_little']:
        assert isinstance(offset_facts.get(key), bool), f'offset_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="For some text the pieces or their probabilities are wrong. The last target needs a token of its own, and near both ends of the text fewer pieces fit.")
def test_pieces_token_by_token(cut, coverage):
    import numpy as np
    cases = [(30, 5, range(5)), (31, 5, range(5)), (12, 3, [0, 1, 1, 4]), (8, 2, [0, 1, 2]), (9, 4, [3]), (7, 1, [0])]
    for T, n, offsets in [*cases, (5, 4, [0, 1]), (6, 6, [0]), (4, 3, [2]), (20, 7, range(20))]:
        used, begun = (np.zeros(T), np.zeros(T))
        for offset in offsets:
            starts, text = ([], list(range(T)))
            rest = text[offset:]
            while len(rest) > n:
                starts.append(rest[0])
                used[rest[:n]] += 1 / len(offsets)
                begun[rest[0]] += 1 / len(offsets)
                rest = rest[n:]
            got = cut(T, n, offset, False)
            assert [int(s) for s in got] == starts and all((float(s).is_integer() for s in got))
        tokens, starts = coverage(T, n, list(offsets), False)
        assert np.abs(np.asarray(tokens) - used).max() < 1e-12 and np.abs(np.asarray(starts) - begun).max() < 1e-12
    ends = np.asarray(coverage(30, 5, [0, 1, 2, 3, 4], False)[0])
    ramp = np.minimum(1, np.arange(1, 31) / 5) * np.minimum(1, np.arange(29, -1, -1) / 5)
    assert np.abs(ends - ramp).max() < 1e-12

@test_case(points=1, hidden=True, 
    failure_message="On the ring the pieces are not right, or the share that is missed is wrong. A piece may run over the end of the text, and no token is used twice.")
def test_ring_and_replacement(cut, coverage, missed):
    from fractions import Fraction
    from itertools import product
    import numpy as np
    for T, n in ((12, 3), (7, 2), (30, 5), (31, 5), (5, 5), (4, 3), (6, 1)):
        used, begun = (np.zeros(T), np.zeros(T))
        for offset in range(T):
            ring = [*range(offset, T), *range(offset)]
            pieces = [ring[i:i + n] for i in range(0, T - n + 1, n)]
            assert list(cut(T, n, offset, True)) == [piece[0] for piece in pieces]
            if offset < n:
                for piece in pieces:
                    begun[piece[0]] += 1 / n
                    used[piece] += 1 / n
        tokens, starts = coverage(T, n, list(range(n)), True)
        assert np.abs(np.asarray(tokens) - used).max() < 1e-12 and np.abs(np.asarray(starts) - begun).max() < 1e-12
    for m in (1, 2, 3, 4, 5):
        none = sum((0 not in draws for draws in product(range(m), repeat=m)))
        assert abs(missed(m) - float(Fraction(none, m ** m))) < 1e-12
    assert abs(missed(10 ** 4) - np.exp(-1)) < 2.5e-05

@test_case(points=1, hidden=True, 
    failure_message="At least one statement about random offsets is decided wrongly. Compute the coverage of a few texts.")
def test_offset_facts(offset_facts):
    import numpy as np
    rng = np.random.default_rng(150)
    tokens_even = starts_even = one_more = independent = ring = True
    for T, n in ((30, 5), (31, 5), (13, 3), (40, 8), (24, 2)):
        used = {}
        for name, offsets in (('plain', range(n)), ('more', range(n + 1))):
            rows = [[s in range(o, T - n, n) for s in range(T - n)] for o in offsets]
            used[name] = np.array(rows, dtype=float)
        inputs = np.array([[any((t in range(s, s + n) for s in range(o, T - n, n))) for t in range(T)] for o in range(n)])
        tokens_even &= bool(np.ptp(inputs.mean(0)) < 1e-09)
        starts_even &= bool(np.ptp(used['plain'].mean(0)) < 1e-09)
        one_more &= bool(np.ptp(used['more'].mean(0)) < 1e-09)
        both = (used['plain'][:, 0] * used['plain'][:, 1]).mean()
        independent &= bool(abs(both - used['plain'][:, 0].mean() * used['plain'][:, 1].mean()) < 1e-09)
        length = T - T % n
        count, begun = (np.zeros(length), np.zeros(length))
        for o in range(n):
            for s in range(o, length + o, n):
                begun[s % length] += 1
                count[[t % length for t in range(s, s + n)]] += 1
        ring &= bool(np.ptp(count) == 0 and np.ptp(begun) == 0)
    lost = np.mean([1 - len(np.unique(rng.integers(1000, size=1000))) / 1000 for _ in range(20)])
    assert offset_facts['tokens_are_uniform'] is tokens_even
    assert offset_facts['starts_are_uniform'] is starts_even
    assert offset_facts['one_more_offset_is_harmless'] is one_more
    assert offset_facts['starts_are_independent'] is independent
    assert offset_facts['ring_is_uniform'] is ring
    assert offset_facts['replacement_loses_little'] is bool(lost < 0.1)

