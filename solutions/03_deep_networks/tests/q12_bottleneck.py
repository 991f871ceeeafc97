from otter.test_files import test_case

OK_FORMAT = False

name = "q12_bottleneck"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="2 x + 1 followed by 3 x + 4 is 6 x + 7; a 1 x 1 target is reached without error; for r = d all d * d directions are free.")
def test_smallest_case(collapse, max_rank, best_bottleneck, free_dimensions, bottleneck_facts):
    import numpy as np
    got = collapse([np.array([[2.0]]), np.array([[3.0]])], [np.array([1.0]), np.array([4.0])])
    assert got is not None, 'collapse(...) returned None: expected (weight, bias)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'collapse should return (weight, bias)'
    assert np.shape(got[0]) == (1, 1), f'weight: expected shape (1, 1), got {np.shape(got[0])}'
    assert np.shape(got[1]) == (1,), f'bias: expected shape (1,), got {np.shape(got[1])}'
    assert np.allclose(got[0], 6), f'weight: expected [[6]], got {np.asarray(got[0]).tolist()}'
    assert np.allclose(got[1], 7), f'bias: expected [7], got {np.asarray(got[1]).tolist()}'
    for call, got, expected in (('max_rank([1, 1])', max_rank([1, 1]), 1), ('free_dimensions(3, 3)', free_dimensions(3, 3), 9)):
        assert got is not None, f'{call} returned None: expected an integer'
        assert type(got) is int and got == expected, f'{call}: expected {expected}, got {got}'
    got = best_bottleneck(np.array([[5.0]]), 1)
    assert got is not None, 'best_bottleneck(...) returned None: expected (omega1, omega0, error)'
    assert isinstance(got, (tuple, list)) and len(got) == 3, 'expected (omega1, omega0, error)'
    assert np.shape(got[0]) == np.shape(got[1]) == (1, 1), 'omega1 and omega0 should have shape (1, 1)'
    assert np.allclose(np.asarray(got[0]) @ np.asarray(got[1]), 5), 'omega1 @ omega0 should be [[5]]'
    assert abs(got[2]) < 1e-12, f'error: expected 0, got {got[2]}'
    assert isinstance(bottleneck_facts, dict), 'bottleneck_facts should be a dictionary'
    keys = ['reaches_identity', 'same_weights_same_functions', 'single_layer_reaches_all']
    for key in [*keys, 'softmax_cures_lines']:
        assert isinstance(bottleneck_facts.get(key), bool), f'bottleneck_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The collapsed layer does not compute what the stack computes, or max_rank is not the rank that random matrices have.")
def test_stacks(collapse, max_rank):
    import numpy as np
    import torch
    rng = np.random.default_rng(53)
    for sizes in ([3, 2], [1, 1, 1], [8, 4, 8], [8, 4, 2, 8], [2, 5, 4], [5, 7, 7, 3], [4, 4, 4, 4, 4]):
        weights = [rng.normal(size=(b, a)) for a, b in zip(sizes, sizes[1:])]
        biases = [rng.normal(size=b) for b in sizes[1:]]
        weight, bias = (np.asarray(part) for part in collapse(weights, biases))
        assert weight.shape == (sizes[-1], sizes[0]) and bias.shape == (sizes[-1],)
        x = torch.from_numpy(rng.normal(size=(20, sizes[0])))
        h = x
        for w, b in zip(weights, biases):
            h = torch.nn.functional.linear(h, torch.from_numpy(w), torch.from_numpy(b))
        assert np.abs(x.numpy() @ weight.T + bias - h.numpy()).max() < 1e-12 * (1 + h.abs().max().item())
        assert max_rank(sizes) == np.linalg.matrix_rank(weight)

@test_case(points=1, hidden=True, 
    failure_message="The product of your matrices is not the best one of its rank, or the error is not the sum of the squared entries that remain.")
def test_best_bottleneck(best_bottleneck):
    import numpy as np
    import torch
    rng = np.random.default_rng(54)
    cases = [(np.eye(6), 3), (np.eye(2), 1), (rng.normal(size=(5, 5)), 5), (np.diag([1.0, 9.0, 4.0]), 1)]
    cases += [(rng.normal(size=(d, d)) * scale, r) for d, r, scale in ((4, 2, 1), (7, 3, 10), (10, 1, 0.1))]
    cases += [(np.outer(rng.normal(size=6), rng.normal(size=6)), 2), (np.zeros((3, 3)), 2)]
    for target, r in cases:
        omega1, omega0, error = best_bottleneck(target, r)
        d = len(target)
        assert np.shape(omega1) == (d, r) and np.shape(omega0) == (r, d)
        left = target - np.asarray(omega1) @ np.asarray(omega0)
        size = 1e-10 * max(1.0, (target ** 2).sum())
        assert abs((left ** 2).sum() - error) < size
        values = torch.linalg.eigvalsh(torch.from_numpy(target.T @ target)).numpy()
        assert abs(values[:d - r].sum() - error) < size
    assert abs(best_bottleneck(np.eye(8), 4)[2] - 4) < 1e-12

@test_case(points=1, hidden=True, 
    failure_message="The number of free directions is wrong for some d and r. Many changes of the two matrices leave their product as it is.")
def test_free_dimensions(free_dimensions):
    import torch
    torch.manual_seed(55)
    for d in (1, 2, 3, 4, 6, 8):
        for r in range(1, d + 1):
            omega1, omega0 = (torch.randn(d, r, dtype=torch.float64), torch.randn(r, d, dtype=torch.float64))
            parts = torch.autograd.functional.jacobian(torch.matmul, (omega1, omega0))
            jacobian = torch.cat([part.reshape(d * d, -1) for part in parts], dim=1)
            got = free_dimensions(d, r)
            assert type(got) is int and got == int(torch.linalg.matrix_rank(jacobian, rtol=1e-09))

@test_case(points=1, hidden=True, 
    failure_message="At least one statement about the bottleneck is decided wrongly. What is the boundary between two classes of a softmax on a linear layer?")
def test_bottleneck_facts(bottleneck_facts):
    import torch
    torch.manual_seed(56)
    d, r = (8, 4)
    omega1, omega0 = (torch.randn(d, r, dtype=torch.float64), torch.randn(r, d, dtype=torch.float64))
    full = torch.linalg.matrix_rank(torch.eye(d)) <= torch.linalg.matrix_rank(omega1 @ omega0)
    assert bottleneck_facts['reaches_identity'] is bool(full)
    parts = torch.autograd.functional.jacobian(torch.matmul, (omega1, omega0))
    jacobian = torch.cat([part.reshape(d * d, -1) for part in parts], dim=1)
    reached = int(torch.linalg.matrix_rank(jacobian))
    assert omega1.numel() + omega0.numel() == d * d
    assert bottleneck_facts['same_weights_same_functions'] is (reached == d * d)
    single = torch.nn.Linear(d, d, dtype=torch.float64)
    with torch.no_grad():
        single.weight.copy_(omega1 @ omega0)
        single.bias.copy_(omega1 @ torch.ones(r, dtype=torch.float64) + 2)
    x = torch.randn(10, d, dtype=torch.float64)
    two = (x @ omega0.T + 1) @ omega1.T + 2
    assert bottleneck_facts['single_layer_reaches_all'] is torch.allclose(single(x), two)
    x = torch.tensor([[0.0, 0], [1, 1], [0, 1], [1, 0]])
    y = torch.tensor([0, 0, 1, 1])
    net = torch.nn.Linear(2, 2)
    optimiser = torch.optim.SGD(net.parameters(), lr=1.0)
    for _ in range(500):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(net(x), y).backward()
        optimiser.step()
    learned = torch.nn.functional.cross_entropy(net(x), y).item() < 0.5
    assert bottleneck_facts['softmax_cures_lines'] is learned

