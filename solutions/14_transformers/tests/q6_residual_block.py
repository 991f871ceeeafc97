from otter.test_files import test_case

OK_FORMAT = False

name = "q6_residual_block"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="In the example the block returns (2, 1) and (1, 2), and raises ValueError for values of length 1; size_facts holds six booleans.")
def test_two_unit_tokens(residual_block, size_facts):
    import torch
    x, half = (torch.eye(2), torch.full((2, 2), 0.5))
    got = residual_block(x, half, 2 * torch.eye(2))
    assert got is not None, 'residual_block(...) returned None: expected a tensor'
    assert got.shape == (2, 2), f'expected shape (2, 2), got {tuple(got.shape)}'
    assert torch.allclose(got, torch.tensor([[2.0, 1.0], [1.0, 2.0]])), f'expected [[2, 1], [1, 2]], got {got.tolist()}'
    try:
        residual_block(x, half, torch.tensor([[2.0, 0.0]]))
    except ValueError:
        pass
    else:
        raise AssertionError('values of length 1 and no output matrix: expected ValueError')
    assert isinstance(size_facts, dict), 'size_facts should be a dictionary'
    for key in ('residual_sum', 'stacking', 'scores', 'softmax', 'equivariance', 'fewest_parameters'):
        assert type(size_facts.get(key)) is bool, f'size_facts[{key!r}] should be True or False'

@test_case(points=1.5, hidden=True, 
    failure_message="The block is refused where the sum is possible, accepted where it is not, or its output is wrong. The output matrix may change the size.")
def test_shapes_and_sums(residual_block):
    import numpy as np
    import torch
    rng = np.random.default_rng(1412)
    for n in (1, 2, 5):
        for d in (1, 2, 4):
            for d_v in (1, 2, 4, 6):
                for d_out in (None, 1, d, d + 1):
                    x, a, wv = (rng.normal(size=(n, d)), rng.dirichlet(np.ones(n), size=n), rng.normal(size=(d_v, d)))
                    wo = None if d_out is None else rng.normal(size=(d_out, d_v))
                    tensors = [None if t is None else torch.from_numpy(t) for t in (x, a, wv, wo)]
                    size = d_v if wo is None else d_out
                    try:
                        got = residual_block(*tensors)
                    except ValueError:
                        assert size != d, 'ValueError although the shapes agree'
                        continue
                    assert size == d, 'no ValueError although the shapes differ'
                    outputs = [sum((a[i, m] * (wv @ x[m]) for m in range(n))) for i in range(n)]
                    expected = x + np.array(outputs if wo is None else [wo @ output for output in outputs])
                    assert np.abs(got.numpy() - expected).max() < 1e-12

@test_case(points=1.5, hidden=True, 
    failure_message="At least one of the six statements is decided wrongly. What does attention itself ask of the values?")
def test_size_facts(size_facts):
    import torch
    torch.manual_seed(1413)
    n, d, d_v = (5, 4, 3)
    x, order = (torch.randn(n, d).double(), torch.tensor([3, 0, 4, 1, 2]))
    wq, wk, wv = (torch.randn(rows, d).double() for rows in (2, 2, d_v))

    def weights(x):
        return torch.softmax(x @ wq.T @ (x @ wk.T).T, dim=1)

    def layer(x):
        return weights(x) @ (x @ wv.T)

    def fails(action):
        try:
            action()
        except RuntimeError:
            return True
        return False
    measured = {'residual_sum': fails(lambda: x + layer(x)), 'stacking': fails(lambda: layer(layer(x))), 'scores': fails(lambda: weights(x)), 'softmax': bool((weights(x).sum(dim=1) - 1).abs().max() > 1e-09), 'equivariance': bool((layer(x[order]) - layer(x)[order]).abs().max() > 1e-09), 'fewest_parameters': min(range(1, 9), key=lambda size: torch.zeros(size, d).numel()) == d}
    for key, holds in measured.items():
        assert size_facts[key] is holds, f'size_facts[{key!r}] is not what an experiment shows'

