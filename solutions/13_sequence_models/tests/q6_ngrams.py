from otter.test_files import test_case

OK_FORMAT = False

name = "q6_ngrams"
points = 6

@test_case(points=1, hidden=False, 
    failure_message="Two words give 6 entries up to order 2, two tokens 3; a b a has the tables of the text; 12, 6, 4, 3 has the exponent 1.")
def test_tiny_texts(entries_vocabulary, entries_running, dense_entries, max_distinct, ngram_tables, zipf_exponent, zipf_facts):
    import numpy as np
    assert type(entries_vocabulary) is int, 'entries_vocabulary should be an integer'
    assert type(entries_running) is int, 'entries_running should be an integer'
    for name, got, expected in (('dense_entries(2, 2)', dense_entries(2, 2), 6), ('max_distinct(2, 2)', max_distinct(2, 2), 3)):
        assert type(got) is int, f'{name} should be an int, got {type(got).__name__}'
        assert got == expected, f'{name}: expected {expected}, got {got}'
    got = ngram_tables(['a', 'b', 'a'], 2)
    assert got is not None, 'ngram_tables(...) returned None: expected a list of Counters'
    assert isinstance(got, (list, tuple)) and len(got) == 2, 'ngram_tables(..., 2) should be a list of two Counters'
    expected = [{('a',): 2, ('b',): 1}, {('a', 'b'): 1, ('b', 'a'): 1}]
    for table, wanted in zip(got, expected):
        assert dict(table) == wanted, f'ngram_tables of a b a: expected {wanted}, got {dict(table)}'
    got = zipf_exponent([12, 6, 4, 3], 1, 4)
    assert got is not None, 'zipf_exponent(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got - 1) < 1e-09, f'zipf_exponent: expected 1, got {got}'
    assert isinstance(zipf_facts, dict), 'zipf_facts should be a dictionary'
    keys = ['falls_with_n', 'pairs_keep_the_exponent', 'all_ranks_will_do', 'mostly_singletons', 'base_matters']
    for key in keys:
        assert isinstance(zipf_facts.get(key), bool), f'zipf_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="A count of entries is wrong. All orders from 1 to n are stored, numbers are exact, and a text shorter than n has no run of n tokens.")
def test_count_entries(entries_vocabulary, entries_running, dense_entries, max_distinct):
    from itertools import product
    for v in (1, 2, 3, 4):
        for n in (1, 2, 3, 4):
            runs = {run for order in range(1, n + 1) for run in product(range(v), repeat=order)}
            assert dense_entries(v, n) == len(runs)
    for t in range(8):
        for n in (1, 2, 4, 6):
            text = list(range(t))
            runs = {tuple(text[i:i + order]) for order in range(1, n + 1) for i in range(t - order + 1)}
            assert max_distinct(t, n) == len(runs)
    assert dense_entries(10 ** 5, 4) == (10 ** 25 - 10 ** 5) // (10 ** 5 - 1) == entries_vocabulary
    text = range(10 ** 5)
    assert max_distinct(10 ** 5, 4) == sum((len(text[order:]) for order in range(4))) == entries_running

@test_case(points=1, hidden=True, 
    failure_message="A table is wrong for some text. Runs overlap, and keys are tuples, for single tokens as well.")
def test_tables_by_matching(ngram_tables):
    import random
    rng = random.Random(143)
    for length, n in ((6, 4), (1, 1), (2, 4), (30, 3), (0, 2), (12, 5)):
        tokens = [rng.choice(['a', 'b', 'cc']) for _ in range(length)]
        tables = ngram_tables(tokens, n)
        assert len(tables) == n
        for order, table in enumerate(tables, start=1):
            expected = {}
            for i in range(length - order + 1):
                run = tuple(tokens[i:i + order])
                expected[run] = expected.get(run, 0) + 1
            assert dict(table) == expected
    assert [len(table) for table in ngram_tables('a b a b a c'.split(), 4)] == [3, 3, 3, 3]

@test_case(points=1, hidden=True, 
    failure_message="The exponent is not that of the law for some ranks. Ranks begin at 1, only lo to hi count, and the exponent of a falling law is positive.")
def test_exponent_of_known_laws(zipf_exponent):
    import numpy as np
    rng = np.random.default_rng(144)
    for a, count, lo, hi in ((1.07, 1000, 1, 1000), (0.5, 300, 10, 200), (2.0, 40, 3, 17), (0.0, 20, 1, 20)):
        counts = 1000000.0 * np.arange(1, count + 1) ** (-a)
        counts[hi:] *= 0.01
        counts[:lo - 1] *= 100
        got = zipf_exponent(rng.permutation(counts), lo, hi)
        assert isinstance(got, float) and abs(got - a) < 1e-09
    counts = rng.integers(1, 1000, size=60)
    x, y = (np.log(np.arange(5, 41)), np.log(sorted(counts.tolist(), reverse=True)[4:40]))
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    assert abs(zipf_exponent(counts.tolist(), 5, 40) + slope) < 1e-09

@test_case(points=1, hidden=True, 
    failure_message="At least one statement about words, pairs and triples is decided wrongly. Measure it on drawn words.")
def test_zipf_facts(zipf_facts):
    import numpy as np
    weights = 1 / np.arange(1, 5001)
    words = np.random.default_rng(145).choice(5000, size=100000, p=weights / weights.sum())

    def exponent(counts, lo, hi, log=np.log):
        return -np.polyfit(log(np.arange(lo, hi + 1)), log(counts[lo - 1:hi]), 1)[0]
    tables = []
    for order in (1, 2, 3):
        code = sum((words[i:len(words) - order + 1 + i] * 5000 ** i for i in range(order)))
        tables.append(np.sort(np.unique(code, return_counts=True)[1])[::-1])
    one, two, three = (exponent(table, 10, 500) for table in tables)
    assert zipf_facts['falls_with_n'] is bool(one > two > three)
    assert zipf_facts['pairs_keep_the_exponent'] is bool(abs(one - two) < 0.1)
    assert zipf_facts['all_ranks_will_do'] is bool(abs(exponent(tables[2], 1, len(tables[2])) - three) < 0.1)
    assert zipf_facts['mostly_singletons'] is bool((tables[2] == 1).mean() > 0.5)
    assert zipf_facts['base_matters'] is bool(abs(exponent(tables[0], 10, 500, np.log10) - one) > 1e-06)

