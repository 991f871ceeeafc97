from otter.test_files import test_case

OK_FORMAT = False

name = "q8_proof_steps"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For two times the identity only the activation commutes, for a swap of two nodes all three facts hold; layer_facts holds six booleans.")
def test_two_matrices(proof_steps, layer_facts):
    import numpy as np
    doubled = {'activation': True, 'bias': False, 'sum': False}
    swapped = {'activation': True, 'bias': True, 'sum': True}
    for M, expected in (([[2.0, 0.0], [0.0, 2.0]], doubled), ([[0.0, 1.0], [1.0, 0.0]], swapped)):
        got = proof_steps(np.array(M))
        assert got is not None, 'proof_steps(...) returned None: expected a dictionary'
        assert isinstance(got, dict), 'proof_steps should return a dictionary'
        for key, value in expected.items():
            assert isinstance(got.get(key), (bool, np.bool_)), f'proof_steps(...)[{key!r}] should be True or False'
            assert bool(got[key]) is value, f'proof_steps({M})[{key!r}]: expected {value}, got {got[key]}'
    assert isinstance(layer_facts, dict), 'layer_facts should be a dictionary'
    keys = ['needs_undirected', 'any_elementwise', 'node_bias', 'softmax_over_nodes']
    for key in keys + ['order_of_features', 'more_than_permutations']:
        assert isinstance(layer_facts.get(key), (bool, np.bool_)), f'layer_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="For some matrix a step of the proof is said to hold and does not, or the other way round. Try the step itself on random Z, beta, A and H.")
def test_steps_measured(proof_steps):
    import numpy as np
    rng = np.random.default_rng(166)
    eye, permuted = (np.eye(4), np.eye(4)[[2, 0, 3, 1]])
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    mirror = eye - 2 * np.outer([1, -1, 1, -1], [1, -1, 1, -1]) / 4
    doubled_node = eye[[0, 0, 3, 1]]
    cases = [permuted, turn, mirror, doubled_node, doubled_node.T, -permuted, permuted @ np.diag([1, -1, 1, 1])]
    cases += [np.full((4, 4), 0.25), permuted @ np.diag([0.5, 2, 1, 3]), rng.random((4, 4)), -doubled_node]
    cases += [np.array([[1.0]]), np.array([[-1.0]]), np.array([[0.5]]), np.array([[1.5, -0.5], [0.0, 1.0]])]
    cases += [np.array([[0.6, 0.8], [-0.8, 0.6]]), np.array([[0.5, 0.5], [0.0, 1.0]]), np.diag([1.0, 1, 1, 0])]
    noise = 1e-12 * rng.normal(size=(4, 4))
    cases += [permuted + noise, doubled_node - noise, np.diag([1, 1, 1, 1 + 1e-06]), eye - 1e-06, eye + 1e-06]
    cases += [np.array([[1 - 1e-06, 1e-06], [0, 1]]), np.array([[1 + 1e-06, -1e-06], [0, 1]]), (1 - 1e-06) * permuted]
    cases += [np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, -1e-06]])]
    seen = set()
    for M in cases:
        n = len(M)
        Z, H, A = (rng.normal(size=(n, 300)), rng.normal(size=(n, 20)), rng.normal(size=(n, n)))
        gaps = {'activation': np.maximum(M @ Z, 0) - M @ np.maximum(Z, 0), 'bias': M @ np.ones((n, 1)) - 1, 'sum': M @ A @ M.T @ (M @ H) - M @ A @ H}
        got = proof_steps(M)
        assert isinstance(got, dict) and set(got) == set(gaps)
        for key, gap in gaps.items():
            holds = bool(np.abs(gap).max() < 1e-09)
            assert isinstance(got[key], (bool, np.bool_)) and bool(got[key]) is holds
            seen.add((key, holds))
    assert len(seen) == 6

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements is decided wrongly. Build the changed layer and compare both sides on a random graph.")
def test_layer_facts(layer_facts):
    import numpy as np
    rng = np.random.default_rng(167)
    n, d = (6, 3)
    H, beta, fixed = (rng.normal(size=(n, d)), rng.normal(size=d), rng.normal(size=(n, d)))
    own, other = rng.normal(size=(2, d, d))
    directed = (rng.random((n, n)) < 0.5).astype(float)
    undirected = np.triu(directed, 1) + np.triu(directed, 1).T
    permutations = [np.eye(n)[rng.permutation(n)] for _ in range(20)]
    activations = [lambda z: np.maximum(z, 0), np.tanh, np.cos, lambda z: z ** 2, np.sign]

    def same(P, A, activation, offset=beta):
        layer = lambda H, A: activation(offset + H @ own.T + A @ H @ other.T)
        return np.abs(P @ layer(H, A) - layer(P @ H, P @ A @ P.T)).max() < 1e-09

    def softmax(z):
        return np.exp(z - z.max(axis=0)) / np.exp(z - z.max(axis=0)).sum(axis=0)
    relu = activations[0]
    columns = [2, 0, 1]
    layer = lambda H: relu(beta + H @ own.T + directed @ H @ other.T)
    mirror = np.eye(n) - 2 * np.outer([1, -1] * 3, [1, -1] * 3) / n
    facts = {'needs_undirected': not all((same(P, directed, relu) for P in permutations)), 'any_elementwise': all((same(P, directed, a) and same(P, undirected, a) for P in permutations for a in activations)), 'node_bias': all((same(P, directed, relu, fixed) for P in permutations)), 'softmax_over_nodes': all((same(P, directed, softmax) for P in permutations)), 'order_of_features': np.allclose(layer(H)[:, columns], layer(H[:, columns])), 'more_than_permutations': same(mirror, directed, lambda z: z)}
    for key, fact in facts.items():
        assert isinstance(layer_facts[key], (bool, np.bool_))
        assert bool(layer_facts[key]) is bool(fact)

