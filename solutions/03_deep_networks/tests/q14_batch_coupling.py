from otter.test_files import test_case

OK_FORMAT = False

name = "q14_batch_coupling"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="The column (1, 3) becomes about (-1, 1); f(X) = 3 X has the coupling 3 on the diagonal and 0 beside it; batch_facts holds five booleans.")
def test_two_examples(standardise, coupling, accumulation_gap, batch_facts):
    import torch
    X = torch.tensor([[1.0], [3.0]], dtype=torch.float64)
    got = standardise(X)
    assert got is not None, 'standardise(...) returned None: expected a tensor'
    assert isinstance(got, torch.Tensor) and got.shape == (2, 1), 'standardise: expected a tensor of shape (2, 1)'
    assert torch.allclose(got, torch.tensor([[-1.0], [1.0]], dtype=torch.float64), atol=0.0001), f'standardise: expected about [[-1], [1]], got {got.tolist()}'
    got = coupling(lambda X: 3 * X, X)
    assert got is not None, 'coupling(...) returned None: expected a tensor'
    assert isinstance(got, torch.Tensor) and got.shape == (2, 2), 'coupling: expected a tensor of shape (2, 2)'
    expected = torch.tensor([[3.0, 0.0], [0.0, 3.0]], dtype=torch.float64)
    assert torch.allclose(got, expected), f'coupling: expected [[3, 0], [0, 3]], got {got.tolist()}'
    got = accumulation_gap(lambda w, X, y: ((X @ w - y) ** 2).mean(), torch.ones(1).double(), X, X[:, 0], 2)
    assert got is not None, 'accumulation_gap(...) returned None: expected a float'
    assert isinstance(got, float), f'accumulation_gap should return a float, got {type(got).__name__}'
    assert abs(got) < 1e-09, f'a mean squared error of a linear model has no gap: expected 0, got {got}'
    assert isinstance(batch_facts, dict), 'batch_facts should be a dictionary'
    keys = ['same_output_in_any_batch', 'batch_of_one_is_constant', 'chunks_equal_batch']
    for key in [*keys, 'over_features_couples', 'stored_numbers_decouple']:
        assert isinstance(batch_facts.get(key), bool), f'batch_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="standardise differs from batch normalisation without learned parameters. Along which axis, with which variance, and where does the small number stand?")
def test_standardise(standardise):
    import torch
    rng = torch.Generator().manual_seed(60)
    cases = [torch.randn(shape, generator=rng, dtype=torch.float64) * 3 + 7 for shape in ((8, 5), (2, 3), (5, 1))]
    cases += [cases[0][::2, 1:4], cases[0].T, torch.ones(4, 2).double(), cases[0] * 0.001, cases[0].float()]
    for X in cases:
        expected = torch.nn.functional.batch_norm(X.double(), None, None, training=True, eps=1e-05)
        got = standardise(X)
        assert got.dtype == X.dtype and got.shape == X.shape
        tolerance = 1e-09 if X.dtype == torch.float64 else 0.0001
        assert (got.double() - expected).abs().max() < tolerance
    alone = standardise(torch.tensor([[2.0, -7.0]], dtype=torch.float64))
    assert alone.tolist() == [[0, 0]]

@test_case(points=1, hidden=True, 
    failure_message="The coupling of some function is wrong. Rows belong to outputs, columns to inputs, and the largest size counts, not the sum.")
def test_coupling(coupling):
    import numpy as np
    import torch
    torch.manual_seed(61)
    X = torch.randn(6, 4, dtype=torch.float64)
    mix = torch.randn(6, 6, dtype=torch.float64)
    features = torch.randn(4, 3, dtype=torch.float64)
    got = coupling(lambda X: mix @ X @ features, X)
    assert got.shape == (6, 6) and (not got.requires_grad)
    assert torch.allclose(got, mix.abs() * features.abs().max())
    assert torch.allclose(coupling(lambda X: X[:1] - 2 * X, X)[:, 0], torch.tensor([1.0] * 6).double())
    got = coupling(torch.relu, X)
    assert got.tolist() == np.diag((X > 0).any(dim=1).numpy().astype(float)).tolist()
    got = coupling(lambda X: torch.nn.functional.batch_norm(X, None, None, training=True), X)
    f = lambda X: torch.nn.functional.batch_norm(X, None, None, training=True)
    expected = torch.zeros(6, 6, dtype=torch.float64)
    for j in range(6):
        for b in range(4):
            step = torch.zeros_like(X)
            step[j, b] = 1e-06
            change = (f(X + step) - f(X - step)) / 2e-06
            expected[:, j] = torch.maximum(expected[:, j], change.abs().amax(dim=1))
    assert torch.allclose(got, expected, atol=1e-07) and (got > 0.001).all()
    assert coupling(torch.tanh, torch.zeros(1, 2)).tolist() == [[1.0]]

@test_case(points=1, hidden=True, 
    failure_message="The gap is not the largest difference between the gradient of the batch and the mean gradient of the chunks.")
def test_accumulation_gap(accumulation_gap):
    import torch
    torch.manual_seed(62)
    X, y = (torch.randn(12, 3, dtype=torch.float64), torch.randn(12, dtype=torch.float64))
    w = torch.randn(3, dtype=torch.float64)

    def plain(w, X, y):
        return ((torch.relu(X) @ w - y) ** 2).mean()

    def coupled(w, X, y):
        return ((torch.nn.functional.batch_norm(X, None, None, training=True) @ w - y) ** 2).mean()

    def by_hand(X, y):
        z = (X - X.mean(0)) / (((X - X.mean(0)) ** 2).mean(0) + 1e-05) ** 0.5
        return 2 * z.T @ (z @ w - y) / len(y)
    for k in (1, 2, 3, 4, 6):
        assert accumulation_gap(plain, w, X, y, k) < 1e-12
        mean = sum((by_hand(a, b) for a, b in zip(X.split(12 // k), y.split(12 // k)))) / k
        expected = (mean - by_hand(X, y)).abs().max().item()
        got = accumulation_gap(coupled, w, X, y, k)
        assert abs(got - expected) < 1e-10 and (k == 1 or got > 0.01)
    got = accumulation_gap(coupled, w.clone().requires_grad_(), X, y, 3)
    assert abs(got - accumulation_gap(coupled, w, X, y, 3)) < 1e-12
    matrix = torch.randn(3, 2, dtype=torch.float64)
    assert accumulation_gap(lambda w, X, y: (X @ w).pow(2).mean(), matrix, X, y, 4) < 1e-12

@test_case(points=1, hidden=True, 
    failure_message="At least one statement about batches is decided wrongly. Put one example into two different batches and compare.")
def test_batch_facts(batch_facts):
    import torch
    from torch.nn.functional import batch_norm, layer_norm
    torch.manual_seed(63)
    X, other = (torch.randn(8, 5, dtype=torch.float64), torch.randn(8, 5, dtype=torch.float64))
    swapped = torch.cat([X[:1], other[1:]])
    mean, var = (other.mean(0), other.var(0))

    def unchanged(f):
        """Whether the output of the first example stays when the others are exchanged."""
        return torch.allclose(f(X)[0], f(swapped)[0])

    def standard(X):
        return batch_norm(X, None, None, training=True) if len(X) > 1 else (X - X.mean(0)) / 1e-05 ** 0.5
    w, y = (torch.randn(5, dtype=torch.float64, requires_grad=True), torch.randn(8, dtype=torch.float64))
    loss = lambda X, y: ((standard(X) @ w - y) ** 2).mean()
    whole, = torch.autograd.grad(loss(X, y), w)
    parts = [torch.autograd.grad(loss(a, b), w)[0] for a, b in zip(X.split(4), y.split(4))]
    assert batch_facts['same_output_in_any_batch'] is unchanged(standard)
    assert batch_facts['batch_of_one_is_constant'] is torch.equal(standard(X[:1]), standard(other[:1]))
    assert batch_facts['chunks_equal_batch'] is torch.allclose(sum(parts) / 2, whole)
    assert batch_facts['over_features_couples'] is (not unchanged(lambda X: layer_norm(X, (5,))))
    assert batch_facts['stored_numbers_decouple'] is unchanged(lambda X: batch_norm(X, mean, var))

