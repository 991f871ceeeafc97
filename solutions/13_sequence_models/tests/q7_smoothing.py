from otter.test_files import test_case

OK_FORMAT = False

name = "q7_smoothing"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="The text a b a has the estimates worked out above.")
def test_aba(smooth_unigram, smooth_bigram, unseen_add_one, unseen_good_turing, smoothing_facts):
    import numpy as np
    tokens, vocab = (['a', 'b', 'a'], ['a', 'b'])
    got = smooth_unigram(tokens, vocab, 1.0)
    assert isinstance(got, dict), f'smooth_unigram should return a dictionary, got {type(got).__name__}'
    assert set(got) == {'a', 'b'}, f'smooth_unigram: expected the keys a and b, got {sorted(got)}'
    assert abs(got['a'] - 0.625) < 1e-09, f"smooth_unigram: expected 0.625 for a, got {got['a']}"
    for corrected, expected in ((False, 0.625 / 3), (True, 0.625 / 2)):
        got = smooth_bigram(tokens, vocab, 1.0, 1.0, corrected)
        name = f'smooth_bigram(..., corrected={corrected})'
        assert isinstance(got, dict), f'{name} should return a dictionary, got {type(got).__name__}'
        assert set(got) == {'a', 'b'} and all((isinstance(row, dict) for row in got.values())), f'{name} should hold a dictionary for a and one for b'
        assert abs(got['a']['a'] - expected) < 1e-09, f"{name}: expected {expected:.4f} for a, a, got {got['a']['a']}"
    for name, got, expected in (('unseen_add_one', unseen_add_one(tokens, 4), 2 / 7), ('unseen_good_turing', unseen_good_turing(tokens), 1 / 3)):
        assert got is not None, f'{name}(...) returned None: expected a float'
        assert np.shape(got) == () and abs(got - expected) < 1e-09, f'{name}: expected {expected:.4f}, got {got}'
    assert isinstance(smoothing_facts, dict), 'smoothing_facts should be a dictionary'
    keys = ['rows_sum_to_one', 'one_row_at_most', 'context_ranks_unseen', 'pairs_are_independent_draws']
    for key in [*keys, 'add_one_suits_words', 'add_one_hurts_the_frequent']:
        assert isinstance(smoothing_facts.get(key), bool), f'smoothing_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="Some estimate is not what the counts say. Look at the sums of the rows, at the word that ends the text, and at words that do not occur.")
def test_estimates_and_rows(smooth_unigram, smooth_bigram):
    import math
    import random
    rng = random.Random(146)
    texts = [list('abracadabra'), list('abc'), ['x'], [rng.choice('abcd') for _ in range(60)], list('aaab')]
    for tokens in texts:
        vocab = sorted(set(tokens)) + ['new', 'other']
        for eps1, eps2 in ((0.5, 0.5), (3.0, 0.25), (10.0, 7.0)):
            p = smooth_unigram(tokens, vocab, eps1)
            assert set(p) == set(vocab) and abs(math.fsum(p.values()) - 1) < 1e-12
            for w in vocab:
                assert abs(p[w] / p['new'] - (tokens.count(w) + eps1 / len(vocab)) / (eps1 / len(vocab))) < 1e-09
            for corrected in (False, True):
                rows = smooth_bigram(tokens, vocab, eps1, eps2, corrected)
                assert set(rows) == set(vocab)
                for w in vocab:
                    assert set(rows[w]) == set(vocab)
                    after = [tokens[i + 1] for i in range(len(tokens) - 1) if tokens[i] == w]
                    size = len(after) if corrected else sum((token == w for token in tokens))
                    for v in vocab:
                        expected = (after.count(v) + eps2 * p[v]) / (size + eps2)
                        assert abs(rows[w][v] - expected) < 1e-12
    rows = smooth_bigram(texts[0], sorted(set(texts[0])), 0.5, 1000000000000.0, False)
    p = smooth_unigram(texts[0], sorted(set(texts[0])), 0.5)
    assert all((abs(rows[w][v] - p[v]) < 1e-09 for w in rows for v in rows))

@test_case(points=1, hidden=True, 
    failure_message="The share of the unseen words is wrong for some text. Add the estimates of all of them up, one by one.")
def test_unseen_mass(unseen_add_one, unseen_good_turing):
    import random
    rng = random.Random(147)
    for size, types in ((10, 20), (100, 30), (1, 1), (50, 500), (8, 2)):
        tokens = [rng.randrange(types) for _ in range(size)]
        expected = sum(((0 + 1) / (size + types) for w in range(types) if w not in tokens))
        assert abs(unseen_add_one(tokens, types) - expected) < 1e-12
        once = sum((tokens.count(w) == 1 for w in range(types)))
        assert abs(unseen_good_turing(tokens) - once / size) < 1e-12

@test_case(points=1, hidden=True, 
    failure_message="At least one statement about smoothing is decided wrongly.")
def test_smoothing_facts(smoothing_facts):
    import numpy as np
    rng = np.random.default_rng(148)
    short_rows, ranked, balanced = ([], False, True)
    for _ in range(50):
        text = rng.integers(6, size=15)
        n, pairs = (np.bincount(text, minlength=6), np.zeros((6, 6)))
        np.add.at(pairs, (text[:-1], text[1:]), 1)
        p = (n + 0.5 / 6) / 15.5
        rows = (pairs + 0.5 * p) / (n + 0.5)[:, None]
        short_rows.append(int((np.abs(rows.sum(1) - 1) > 1e-09).sum()))
        for w in range(6):
            for v in range(6):
                never = (pairs[w] == 0) & (pairs[v] == 0)
                ranked |= bool((np.diff(rows[w, never])[:, None] * np.diff(rows[v, never])[:, None] < -1e-15).any())
        balanced &= bool(np.abs(pairs.sum(0) - pairs.sum(1)).max() <= 1)
    weights = 1 / np.arange(1, 5001)
    weights /= weights.sum()
    true, given, top = (0.0, 0.0, 0.0)
    for _ in range(10):
        counts = np.bincount(rng.choice(5000, size=5000, p=weights), minlength=5000)
        smooth = (counts + 1) / 10000
        true, given = (true + weights[counts == 0].sum(), given + smooth[counts == 0].sum())
        top += smooth[0] / weights[0] / 10
    assert smoothing_facts['rows_sum_to_one'] is (max(short_rows) == 0)
    assert smoothing_facts['one_row_at_most'] is (max(short_rows) <= 1)
    assert smoothing_facts['context_ranks_unseen'] is ranked
    assert smoothing_facts['pairs_are_independent_draws'] is (not balanced)
    assert smoothing_facts['add_one_suits_words'] is bool(abs(given / true - 1) < 0.1)
    assert smoothing_facts['add_one_hurts_the_frequent'] is bool(top < 2 / 3)

