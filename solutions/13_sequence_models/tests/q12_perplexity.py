from otter.test_files import test_case

OK_FORMAT = False

name = "q12_perplexity"
points = 6

@test_case(points=1, hidden=False, 
    failure_message="The small examples of the text do not come out - abba!, p = (1/2, 1/8), and logits of zero with four outputs.")
def test_small_examples(build_vocab, encode, outputs_rain, perplexity, inv_harmonic, inv_arithmetic, corpus_perplexity, perplexity_facts):
    import numpy as np
    import torch
    got = build_vocab('abba!', 2, ['<unk>'])
    assert got is not None, 'build_vocab(...) returned None: expected (stoi, itos)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'build_vocab should return (stoi, itos)'
    assert list(got[1]) == ['<unk>', 'a', 'b'], f"itos: expected ['<unk>', 'a', 'b'], got {got[1]}"
    assert dict(got[0]) == {'<unk>': 0, 'a': 1, 'b': 2}, f'stoi does not invert itos: {got[0]}'
    codes = encode('ab!', {'<unk>': 0, 'a': 1, 'b': 2})
    assert codes is not None, 'encode(...) returned None: expected an array'
    assert np.asarray(codes).dtype == np.int64, f'encode should return int64, got {np.asarray(codes).dtype}'
    assert np.asarray(codes).tolist() == [1, 2, 0], f"encode('ab!'): expected [1, 2, 0], got {list(codes)}"
    assert type(outputs_rain) is int, 'outputs_rain should be an integer'
    p = np.array([0.5, 0.125])
    for name, got, expected in (('perplexity', perplexity(p), 4), ('inv_harmonic', inv_harmonic(p), 5), ('inv_arithmetic', inv_arithmetic(p), 3.2), ('corpus_perplexity', corpus_perplexity([(torch.zeros(3, 4), torch.tensor([0, 1, 2]))]), 4)):
        assert got is not None, f'{name}(...) returned None: expected a float'
        assert np.shape(got) == () and abs(got - expected) < 0.0001, f'{name}: expected {expected}, got {got}'
    assert isinstance(perplexity_facts, dict), 'perplexity_facts should be a dictionary'
    keys = ['inverse_of_harmonic_mean', 'inverse_of_geometric_mean', 'all_means_agree_if_constant']
    for key in [*keys, 'mean_of_batches', 'one_bad_token_can_ruin_it']:
        assert isinstance(perplexity_facts.get(key), bool), f'perplexity_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The vocabulary or the number of outputs is wrong. What is not in the training text cannot have an output of its own, and unknown characters share one.")
def test_vocabulary(build_vocab, encode, outputs_rain):
    import numpy as np
    texts = [('the rain in spain', 1), ('mississippi', 2), ('zzyyx', 1), ('aabbc', 2), ('', 1), ('b a c', 3)]
    for text, least in texts:
        for reserved in (['<unk>'], ['<pad>', '<unk>', '<eos>']):
            stoi, itos = build_vocab(text, least, reserved)
            assert list(itos[:len(reserved)]) == reserved
            kept = list(itos[len(reserved):])
            assert set(kept) == {c for c in text if text.count(c) >= least} and len(set(kept)) == len(kept)
            for a, b in zip(kept, kept[1:]):
                assert text.count(a) > text.count(b) or (text.count(a) == text.count(b) and a < b)
            assert len(stoi) == len(itos) and all((stoi[token] == i for i, token in enumerate(itos)))
            codes = np.asarray(encode(text + '#é', stoi))
            assert codes.shape == (len(text) + 2,) and codes.dtype == np.int64
            for c, code in zip(text + '#é', codes):
                assert itos[code] == (c if c in kept else '<unk>')
    empty = np.asarray(encode('', {'<unk>': 0}))
    assert empty.shape == (0,) and empty.dtype == np.int64
    assert outputs_rain == len(set('the rain in spain')) + len(['<unk>'])

@test_case(points=2, hidden=True, 
    failure_message="One of the means is wrong, breaks down for long texts, or the counterexample does not show what it should.")
def test_means(perplexity, inv_harmonic, inv_arithmetic, counterexample):
    import math
    from fractions import Fraction
    import numpy as np
    rng = np.random.default_rng(155)
    for size in (1, 2, 3, 10, 50):
        p = rng.uniform(0.05, 1, size=2 * size)[::2]
        exact = [Fraction(q) for q in p.tolist()]
        geometric = float(math.prod(exact)) ** (1 / size)
        assert abs(perplexity(p) * geometric - 1) < 1e-11
        assert abs(inv_harmonic(p) / float(sum((1 / q for q in exact)) / size) - 1) < 1e-11
        assert abs(inv_arithmetic(p) * float(sum(exact) / size) - 1) < 1e-11
        assert inv_arithmetic(p) <= perplexity(p) * (1 + 1e-12) and perplexity(p) <= inv_harmonic(p) * (1 + 1e-12)
    long = np.full(100000, 0.0001)
    assert abs(perplexity(long) / 10000.0 - 1) < 1e-08
    holed = np.array([0.5, 0.0, 0.25])
    assert perplexity(holed) == math.inf and inv_harmonic(holed) == math.inf
    assert abs(inv_arithmetic(holed) - 4) < 1e-12
    p = np.asarray(counterexample(), dtype=np.float64)
    assert p.ndim == 1 and len(p) >= 2 and (p > 0).all() and (p <= 1).all()
    assert (1 / p).mean() >= 1.5 * np.exp(-np.log(p).mean())

@test_case(points=1, hidden=True, 
    failure_message="The perplexity of a text in batches of unequal size is wrong. Every token counts the same, whatever batch it comes in.")
def test_batches(corpus_perplexity):
    import math
    import torch
    rng = torch.Generator().manual_seed(156)
    for sizes, v, scale in (((5,), 3, 1.0), ((1, 9), 4, 3.0), ((7, 2, 30, 1), 10, 2.0)):
        batches, logs = ([], [])
        for n in sizes:
            logits = torch.randn(n, v, generator=rng) * scale
            targets = torch.randint(v, (n,), generator=rng)
            batches.append((logits, targets))
            for row, y in zip(logits.double().tolist(), targets.tolist()):
                logs.append(math.log(sum((math.exp(z - row[y]) for z in row))))
        expected = math.exp(math.fsum(logs) / len(logs))
        assert abs(corpus_perplexity(batches) / expected - 1) < 0.0001
    uniform = [(torch.full((n, 17), 3.0), torch.arange(n) % 17) for n in (4, 40)]
    assert abs(corpus_perplexity(uniform) - 17) < 0.001
    certain = torch.zeros(2, 5)
    certain[:, 0] = 50.0
    assert abs(corpus_perplexity([(certain, torch.tensor([0, 1]))]) / math.exp(25) - 1) < 0.001

@test_case(points=1, hidden=True, 
    failure_message="At least one statement about perplexity is decided wrongly.")
def test_perplexity_facts(perplexity_facts):
    import numpy as np
    rng = np.random.default_rng(157)
    harmonic = geometric = constant = batches = True
    ppl = lambda p: np.exp(-np.log(p).mean())
    for _ in range(20):
        p = rng.uniform(0.01, 1, size=10)
        harmonic &= bool(abs(ppl(p) - (1 / p).mean()) < 1e-09)
        geometric &= bool(abs(ppl(p) - 1 / np.prod(p) ** 0.1) < 1e-09)
        same = np.full(7, p[0])
        constant &= bool(max(abs(ppl(same) - (1 / same).mean()), abs(ppl(same) - 1 / same.mean())) < 1e-09)
        batches &= bool(abs(ppl(p) - (ppl(p[:5]) + ppl(p[5:])) / 2) < 1e-09)
    worst = (999 * np.log(2) + 1000000.0) / 1000
    assert perplexity_facts['inverse_of_harmonic_mean'] is harmonic
    assert perplexity_facts['inverse_of_geometric_mean'] is geometric
    assert perplexity_facts['all_means_agree_if_constant'] is constant
    assert perplexity_facts['mean_of_batches'] is batches
    assert perplexity_facts['one_bad_token_can_ruin_it'] is bool(worst > np.log(1000000.0))

