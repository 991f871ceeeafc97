from otter.test_files import test_case

OK_FORMAT = False

name = "q5_saturation"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="For two equal scores all four derivatives are 1/4 or -1/4. largest_entry is a number, softmax_facts holds six booleans.")
def test_two_equal_scores(softmax_jacobian, largest_entry, score_std, softmax_facts):
    import numpy as np
    import torch
    got = softmax_jacobian(torch.zeros(2, dtype=torch.float64))
    assert got is not None, 'softmax_jacobian(...) returned None: expected a (2, 2) tensor'
    assert isinstance(got, torch.Tensor), 'softmax_jacobian should return a tensor'
    assert got.shape == (2, 2), f'expected shape (2, 2), got {tuple(got.shape)}'
    assert got.dtype == torch.float64, f'expected dtype float64, got {got.dtype}'
    expected = torch.tensor([[0.25, -0.25], [-0.25, 0.25]]).double()
    assert torch.allclose(got, expected), f'expected {expected.tolist()}, got {got.tolist()}'
    assert isinstance(largest_entry, (int, float, np.floating)), 'largest_entry should be a float'
    for scaled in (False, True):
        spread = score_std(1, 2.0, 3.0, scaled)
        assert spread is not None, 'score_std returned None: expected a float'
        assert abs(spread - 6) < 1e-09, f'score_std(1, 2.0, 3.0, {scaled}): expected 6, got {spread}'
    assert isinstance(softmax_facts, dict), 'softmax_facts should be a dictionary'
    keys = ['columns_sum_to_zero', 'large_score_large_gradient', 'subtracting_the_maximum_helps']
    for key in keys + ['cross_entropy_saturates', 'root_keeps_spread', 'dividing_by_size_keeps_spread']:
        assert type(softmax_facts.get(key)) is bool, f'softmax_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The Jacobian differs from what autograd finds, for scores of moderate size or with large ones.")
def test_jacobian_like_autograd(softmax_jacobian):
    import torch
    rng = torch.Generator().manual_seed(1409)
    for n, shift in ((1, 0.0), (2, 0.0), (3, -4.0), (5, 1000.0), (9, -1000.0)):
        z = torch.randn(n, generator=rng, dtype=torch.float64) + shift
        oracle = torch.autograd.functional.jacobian(lambda z: torch.softmax(z, dim=0), z)
        got = softmax_jacobian(z)
        assert got.shape == (n, n) and (got - oracle).abs().max() < 1e-13

@test_case(points=1, hidden=True, 
    failure_message="For a saturated softmax some entries are lost to rounding, or largest_entry is wrong.")
def test_tiny_entries(softmax_jacobian, largest_entry):
    from decimal import Decimal, getcontext
    import torch
    getcontext().prec = 200
    cases = [[-3, 1, 100, 5, -1], [0, 50], [90, -2, 3], [4, 4, -70], [1000, 1100, 1001], [-40]]
    for z in cases:
        e = [Decimal(value - max(z)).exp() for value in z]
        y = [value / sum(e) for value in e]
        got = softmax_jacobian(torch.tensor(z, dtype=torch.float64))
        exact = [[y[i] * ((i == j) - y[j]) for j in range(len(z))] for i in range(len(z))]
        for i in range(len(z)):
            for j in range(len(z)):
                if exact[i][j]:
                    assert abs(got[i, j].item() / float(exact[i][j]) - 1) < 1e-06
                else:
                    assert got[i, j].item() == 0
        if len(z) == 5:
            assert abs(largest_entry / float(max(map(max, exact))) - 1) < 0.001

@test_case(points=1, hidden=True, 
    failure_message="The spread of the scores is not what random queries and keys show.")
def test_measured_spread(score_std):
    import numpy as np
    rng = np.random.default_rng(1410)
    for d, q_std, k_std in ((1, 1.0, 0.5), (4, 1.0, 1.0), (9, 2.0, 0.25), (64, 0.5, 3.0)):
        q = rng.normal(size=(40000, d)) * q_std
        k = rng.choice([-k_std, k_std], size=(40000, d))
        measured = (q * k).sum(axis=1).std()
        assert abs(score_std(d, q_std, k_std, False) / measured - 1) < 0.05
        assert abs(score_std(d, q_std, k_std, True) * d ** 0.5 / measured - 1) < 0.05
    assert score_std(100, 0.0, 1.0, True) == 0

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements about the softmax is decided wrongly.")
def test_softmax_facts(softmax_facts):
    import torch
    torch.manual_seed(1411)

    def jacobian(z):
        return torch.autograd.functional.jacobian(lambda z: torch.softmax(z, dim=0), z)
    z = torch.randn(6).double()
    spike = torch.zeros(6).double()
    spike[2] = 1
    growing = [jacobian(z + t * spike).abs().max().item() for t in (0, 20, 60)]
    example = torch.tensor([-3.0, 1, 100, 5, -1]).double().requires_grad_()
    gradient, = torch.autograd.grad(-torch.log_softmax(example, dim=0)[0], example)
    few, many = ((torch.randn(20000, d) * torch.randn(20000, d)).sum(1) for d in (4, 100))
    measured = {'columns_sum_to_zero': jacobian(z).sum(dim=0).abs().max().item() < 1e-12, 'large_score_large_gradient': growing[2] > growing[0], 'subtracting_the_maximum_helps': (jacobian(z) - jacobian(z - z.max())).abs().max().item() > 1e-12, 'cross_entropy_saturates': gradient.abs().max().item() < 1e-30, 'root_keeps_spread': abs(many.std() / 10 / (few.std() / 2) - 1).item() < 0.1, 'dividing_by_size_keeps_spread': abs(many.std() / 100 / (few.std() / 4) - 1).item() < 0.1}
    for key, holds in measured.items():
        assert softmax_facts[key] is holds, f'softmax_facts[{key!r}] is not what an experiment shows'

