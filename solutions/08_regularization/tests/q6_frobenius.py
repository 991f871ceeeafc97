from otter.test_files import test_case

OK_FORMAT = False

name = "q6_frobenius"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="The matrix with rows (1, 2) and (0, -2) has the squared norm 9, the identity of size 3 the stable rank 3; norm_facts holds five booleans.")
def test_two_by_two(fro_inner, fro_squared, fro_gradient, stable_rank, norm_facts):
    import numpy as np
    X = np.array([[1.0, 2.0], [0.0, -2.0]])
    for name, got in (('fro_squared(X)', fro_squared(X)), ('fro_inner(X, X)', fro_inner(X, X))):
        assert got is not None, f'{name} returned None: expected a number'
        assert np.shape(got) == (), f'{name} should be a single number, got shape {np.shape(got)}'
        assert abs(got - 9) < 1e-09, f'{name}: expected 9, got {got}'
    got = fro_gradient(X)
    assert got is not None, 'fro_gradient(X) returned None: expected an array like X'
    assert np.shape(got) == (2, 2), f'fro_gradient: expected shape (2, 2), got {np.shape(got)}'
    got = stable_rank(np.eye(3))
    assert got is not None, 'stable_rank(...) returned None: expected a float'
    assert abs(got - 3) < 1e-09, f'stable_rank of the identity of size 3: expected 3, got {got}'
    assert isinstance(norm_facts, dict), 'norm_facts should be a dictionary'
    for key in ('trace_of_square', 'either_order', 'singular_values', 'rotation_matters', 'above_the_rank'):
        assert isinstance(norm_facts.get(key), bool), f'norm_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="A squared norm or an inner product is wrong for some matrices. Which of the two factors is conjugated, and what does a trace sum up?")
def test_products(fro_inner, fro_squared):
    import numpy as np
    rng = np.random.default_rng(815)
    for shape in ((1, 1), (4, 7), (7, 4), (1, 5), (5, 1), (3, 3)):
        for kind in (1, 1j):
            A, B = (rng.normal(size=shape) + (rng.normal(size=shape) * 1j if kind == 1j else 0) for _ in range(2))
            expected = np.trace(A.conj().T @ B)
            assert abs(fro_inner(A, B) - expected) < 1e-10
            got = fro_squared(A)
            assert np.isrealobj(got) and np.shape(got) == ()
            assert abs(got - (np.linalg.svd(A, compute_uv=False) ** 2).sum()) < 1e-10
            assert abs(fro_squared(A.T) - got) < 1e-10
    long = rng.normal(size=(10 ** 6, 1))
    expected = np.linalg.norm(long) ** 2
    assert abs(fro_squared(long) - expected) < 1e-06 and abs(fro_squared(long.T) - expected) < 1e-06
    assert fro_squared(np.zeros((2, 3))) == 0

@test_case(points=1, hidden=True, 
    failure_message="The gradient or the stable rank is wrong for some matrix.")
def test_gradient_and_stable_rank(fro_gradient, stable_rank):
    import numpy as np
    import torch
    rng = np.random.default_rng(816)
    for shape in ((1, 1), (4, 7), (7, 4), (1, 5), (6, 2)):
        X = rng.normal(size=shape)
        leaf = torch.tensor(X, requires_grad=True)
        torch.linalg.matrix_norm(leaf).square().backward()
        got = fro_gradient(X)
        assert np.shape(got) == shape and np.allclose(got, leaf.grad.numpy(), rtol=1e-12, atol=1e-12)
        expected = np.trace(X.T @ X) / np.linalg.eigvalsh(X.T @ X).max()
        assert abs(stable_rank(X) - expected) < 1e-09 * expected
        assert abs(stable_rank(X * 0.001) - expected) < 1e-09 * expected
    assert abs(stable_rank(np.outer(rng.normal(size=5), rng.normal(size=3))) - 1) < 1e-09

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about matrix norms is decided wrongly.")
def test_norm_facts(norm_facts):
    import numpy as np
    rng = np.random.default_rng(817)
    held = {key: True for key in ('trace_of_square', 'either_order', 'singular_values', 'turned')}
    above = False
    for shape in ((3, 3), (2, 5), (5, 2), (1, 4)) * 5:
        X = rng.normal(size=shape)
        square, singular = ((X ** 2).sum(), np.linalg.svd(X, compute_uv=False))
        turn, _ = np.linalg.qr(rng.normal(size=(shape[0],) * 2))
        if shape[0] == shape[1]:
            held['trace_of_square'] &= bool(abs(np.trace(X @ X) - square) < 1e-09)
        held['either_order'] &= bool(abs(np.trace(X.T @ X) - np.trace(X @ X.T)) < 1e-09)
        held['singular_values'] &= bool(abs((singular ** 2).sum() - square) < 1e-09)
        held['turned'] &= bool(abs(((turn @ X) ** 2).sum() - square) < 1e-09)
        above |= bool(square / singular[0] ** 2 > np.linalg.matrix_rank(X) + 1e-09)
    for key in ('trace_of_square', 'either_order', 'singular_values'):
        assert norm_facts[key] is held[key]
    assert norm_facts['rotation_matters'] is (not held['turned'])
    assert norm_facts['above_the_rank'] is above

