from otter.test_files import test_case

OK_FORMAT = False

name = "q4_either_direction"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="The factors of three fair coins are 1/2 everywhere, with size 1 along absent axes, and a chain of two states reads the same backwards.")
def test_coins(chain_factors, reverse_chain, direction_facts):
    import numpy as np
    got = chain_factors(np.full((2, 2, 2), 0.125), (0, 1, 2))
    assert got is not None, 'chain_factors(...) returned None: expected a list of three arrays'
    assert isinstance(got, (list, tuple)) and len(got) == 3, 'chain_factors should return three arrays'
    for i, shape in enumerate([(2, 1, 1), (2, 2, 1), (2, 2, 2)]):
        assert np.shape(got[i]) == shape, f'factor {i}: expected shape {shape}, got {np.shape(got[i])}'
        assert np.allclose(got[i], 0.5), f'factor {i} of three fair coins: expected 0.5, got {np.asarray(got[i])}'
    A = np.array([[0.9, 0.1], [0.4, 0.6]])
    got = reverse_chain(A)
    assert got is not None, 'reverse_chain(A) returned None: expected an array'
    assert np.shape(got) == (2, 2), f'reverse_chain(A): expected shape (2, 2), got {np.shape(got)}'
    assert np.allclose(got, A), f'two states: expected {A.tolist()}, got {np.asarray(got).tolist()}'
    assert isinstance(direction_facts, dict), 'direction_facts should be a dictionary'
    keys = ['backward_lowers_probability', 'backward_needs_causes', 'same_uncertainty_per_token']
    for key in [*keys, 'same_table', 'window_cost_is_one_sided']:
        assert isinstance(direction_facts.get(key), bool), f'direction_facts[{key!r}] should be True or False'

@test_case(points=1.5, hidden=True, 
    failure_message="For some table or order the factors are not the conditional probabilities asked for. Check each factor by itself, and conditions of probability 0.")
def test_factors_one_by_one(chain_factors):
    from itertools import permutations, product
    import numpy as np
    rng = np.random.default_rng(137)
    tables = [rng.uniform(0.1, 1, size=shape) for shape in ((2, 3, 4), (3, 3, 3), (1, 2, 2))]
    holes = rng.uniform(0.1, 1, size=(3, 2, 4)) * (rng.uniform(size=(3, 2, 4)) < 0.4)
    holes[1] = 0
    tables += [holes, np.where(np.arange(8).reshape(2, 2, 2) == 5, 1.0, 0.0)]
    for P in tables:
        P = P / P.sum()
        for order in permutations((0, 1, 2)):
            factors = [np.asarray(f) for f in chain_factors(P, order)]
            with np.errstate(invalid='raise'):
                assert np.abs(factors[0] * factors[1] * factors[2] - P).max() < 1e-14
            for i in range(3):
                used = order[:i + 1]
                assert factors[i].shape == tuple((P.shape[v] if v in used else 1 for v in range(3)))
                for cell in product(*map(range, factors[i].shape)):
                    mass = lambda names: sum((P[full] for full in np.ndindex(P.shape) if all((full[v] == cell[v] for v in names))))
                    below = mass(used[:-1])
                    expected = mass(used) / below if below > 0 else 0.0
                    assert abs(factors[i][cell] - expected) < 1e-12

@test_case(points=1.5, hidden=True, 
    failure_message="The reversed chain is not what Bayes' rule gives. Its rows must sum to 1, and pairs must be as frequent as before.")
def test_reversed_by_counting(reverse_chain):
    import numpy as np
    rng = np.random.default_rng(138)
    for n in (1, 2, 3, 4, 7, 12):
        A = rng.uniform(0.02, 1, size=(n, n)) ** 3 + 0.001
        A = A / A.sum(axis=1, keepdims=True)
        got = np.asarray(reverse_chain(A))
        assert got.shape == (n, n) and np.abs(got.sum(axis=1) - 1).max() < 1e-09
        start = np.full(n, 1 / n)
        for _ in range(3000):
            start = start @ A
        pairs = start[:, None] * A
        assert np.abs(got - (pairs / pairs.sum(axis=0)).T).max() < 1e-08
        assert np.abs(np.asarray(reverse_chain(got)) - A).max() < 1e-08

@test_case(points=1, hidden=True, 
    failure_message="At least one statement about the two directions is decided wrongly.")
def test_direction_facts(direction_facts):
    import numpy as np
    rng = np.random.default_rng(139)
    P = rng.uniform(size=(3, 3, 3))
    P /= P.sum()
    forward = (P.sum((1, 2)), P.sum(2) / P.sum((1, 2))[:, None], P / P.sum(2)[:, :, None])
    backward = (P.sum((0, 1)), P.sum(0) / P.sum((0, 1)), P / P.sum(0))
    a, b, c = np.indices(P.shape)
    gap = forward[0][a] * forward[1][a, b] * forward[2][a, b, c] - backward[0][c] * backward[1][b, c] * backward[2]
    A = rng.uniform(size=(5, 5))
    A /= A.sum(axis=1, keepdims=True)
    share = np.linalg.matrix_power(A, 200)[0]
    pairs = share[:, None] * A
    back = (pairs / pairs.sum(axis=0)).T
    uncertainty = [-(share[:, None] * M * np.log(M)).sum() for M in (A, back)]
    pair = P.sum(2)
    pair = (pair + pair.T) / 2 + 0.2 * np.array([[0, 1, -1], [-1, 0, 1], [1, -1, 0]]) * pair.min()
    pair /= pair.sum()
    ahead = -(pair * np.log(pair / pair.sum(1, keepdims=True))).sum()
    behind = -(pair * np.log(pair / pair.sum(0, keepdims=True))).sum()
    valid = np.abs(gap).max() < 1e-15
    assert direction_facts['backward_lowers_probability'] is (not valid)
    assert direction_facts['backward_needs_causes'] is (not valid)
    assert direction_facts['same_uncertainty_per_token'] is bool(abs(uncertainty[0] - uncertainty[1]) < 1e-09)
    assert direction_facts['same_table'] is bool(np.abs(back - A).max() < 0.001)
    assert np.abs(pair.sum(0) - pair.sum(1)).max() < 1e-12
    assert direction_facts['window_cost_is_one_sided'] is bool(abs(ahead - behind) > 1e-09)

