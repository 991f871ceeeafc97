from otter.test_files import test_case

OK_FORMAT = False

name = "q5_hidden_state"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="After a 0 the machine is in A and a 1 has probability 1/2; the counts of 0, 1, 1, 0 give 2/3 after a 0 and 1/2 after a 1; p = 1/2, 3/4 on the bits 1, 0 costs 1.5.")
def test_first_symbols(even_filter, window_model, bits_per_symbol):
    import numpy as np
    train = np.array([0, 1, 1, 0])
    cases = [('even_filter of 0, 0', even_filter(np.array([0, 0])), [2 / 3, 1 / 2]), ('window_model with k = 1 on 0, 1, 0', window_model(train, np.array([0, 1, 0]), 1), [1 / 2, 2 / 3, 1 / 2]), ('bits_per_symbol', bits_per_symbol(np.array([0.5, 0.75]), np.array([1, 0])), 1.5)]
    for name, got, expected in cases:
        assert got is not None, f'{name}: the function returned None'
        assert np.shape(got) == np.shape(expected), f'{name}: expected shape {np.shape(expected)}, got {np.shape(got)}'
        assert np.allclose(got, expected), f'{name}: expected {expected}, got {np.asarray(got).tolist()}'

@test_case(points=2, hidden=True, 
    failure_message="The filter does not give the conditional probabilities of the machine. What matters is the parity of the ones since the last 0; before the first 0 the start is uncertain.")
def test_filter_by_enumeration(even_filter):
    from itertools import product
    import numpy as np
    steps = {('A', 0): (0.5, 'A'), ('A', 1): (0.5, 'B'), ('B', 1): (1.0, 'A')}

    def probability(bits):
        total = 0.0
        for start, weight in (('A', 2 / 3), ('B', 1 / 3)):
            state = start
            for bit in bits:
                factor, state = steps.get((state, bit), (0.0, state))
                weight *= factor
            total += weight
        return total
    for length in (1, 2, 7):
        for bits in product((0, 1), repeat=length):
            if probability(bits) > 0:
                got = np.asarray(even_filter(np.array(bits)))
                expected = [probability((*bits[:t], 1)) / probability(bits[:t]) for t in range(length)]
                assert got.shape == (length,) and np.abs(got - expected).max() < 1e-12
    rng, bits = (np.random.default_rng(140), [0])
    while len(bits) < 3000:
        bits += [[0], [1, 1]][rng.integers(2)]
    got = np.asarray(even_filter(np.array(bits)))
    assert set(np.unique(got[1:])) == {0.5, 1.0}
    assert -np.log2(np.where(np.array(bits) == 1, got, 1 - got)).mean() < 0.72

@test_case(points=1, hidden=True, 
    failure_message="The window model is wrong for some width. Each context has counts of its own, both start at one, and the first k entries are 1/2.")
def test_window_by_counting(window_model):
    import numpy as np
    rng = np.random.default_rng(141)
    for k, n_train, n_bits in ((0, 20, 5), (1, 50, 30), (2, 9, 40), (3, 200, 50), (5, 300, 60), (8, 100, 20), (4, 60, 4)):
        train, bits = ((rng.random(n_train) < 0.6).astype(int), (rng.random(n_bits) < 0.6).astype(int))
        got = np.asarray(window_model(train, bits, k))
        assert got.shape == (n_bits,)
        for t in range(n_bits):
            expected = 0.5
            if t >= k:
                after = [train[i] for i in range(k, n_train) if list(train[i - k:i]) == list(bits[t - k:t])]
                expected = (sum(after) + 1) / (len(after) + 2)
            assert abs(got[t] - expected) < 1e-12

@test_case(points=1, hidden=True, 
    failure_message="On a long sequence the filter must come close to 2/3 bit and every window must cost more. Check the base of the logarithm and which probability is scored.")
def test_no_window_reaches_the_filter(even_filter, window_model, bits_per_symbol):
    import math
    import numpy as np

    def emit(rng, count):
        blocks = [[[0], [1, 1]][choice] for choice in rng.integers(2, size=count)]
        return np.array([bit for block in blocks for bit in block][:count])
    rng = np.random.default_rng(142)
    train, bits = (emit(rng, 20000), emit(rng, 20000))
    best = bits_per_symbol(even_filter(bits), bits)
    assert isinstance(best, float)
    assert abs(best - 2 / 3) < 0.015
    costs = [bits_per_symbol(window_model(train, bits, k), bits) for k in (0, 1, 4, 8)]
    assert all((a > b + 0.005 for a, b in zip(costs, [*costs[1:], best])))
    p = rng.uniform(0.01, 0.99, size=50)
    expected = -sum((math.log2(q if bit else 1 - q) for q, bit in zip(p, bits))) / 50
    assert abs(bits_per_symbol(p, bits[:50]) - expected) < 1e-12

