from otter.test_files import test_case

OK_FORMAT = False

name = "q13_dropout"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="An activation of 3 with p = 0.5 becomes 0 or 6, with variance 9; moment_facts holds four booleans.")
def test_one_activation(needed_scale, dropout, dropout_variance, dropout_variance_random, preactivation_variance, moment_facts):
    import torch
    got = needed_scale(0.5)
    assert got is not None, 'needed_scale(0.5) returned None: expected a float'
    assert abs(got - 2) < 1e-09, f'needed_scale(0.5): expected 2, got {got}'
    h = torch.full((20, 3), 3.0)
    got = dropout(h, 0.5, True)
    assert isinstance(got, torch.Tensor), f'dropout: expected a tensor, got {type(got).__name__}'
    assert got.shape == (20, 3), f'dropout: expected shape (20, 3), got {tuple(got.shape)}'
    assert set(got.flatten().tolist()) == {0.0, 6.0}, 'dropout of threes with p = 0.5: expected zeros and sixes'
    got = dropout_variance(torch.tensor([3.0]), 0.5)
    assert isinstance(got, torch.Tensor), f'dropout_variance: expected a tensor, got {type(got).__name__}'
    assert torch.allclose(got, torch.tensor([9.0])), f'dropout_variance of 3 with p = 0.5: expected [9], got {got}'
    for name, got in (('dropout_variance_random(3, 0, 0.5)', dropout_variance_random(3.0, 0.0, 0.5)), ('preactivation_variance([1], [3], 0.5)', preactivation_variance(torch.ones(1), torch.tensor([3.0]), 0.5))):
        assert got is not None, f'{name} returned None: expected a float'
        assert abs(got - 9) < 1e-05, f'{name}: expected 9, got {got}'
    assert isinstance(moment_facts, dict), 'moment_facts should be a dictionary'
    for key in ('largest_at_half', 'same_for_all', 'mean_survives_linear', 'mean_survives_relu'):
        assert isinstance(moment_facts.get(key), bool), f'moment_facts[{key!r}] should be True or False'

@test_case(points=1.5, hidden=True, 
    failure_message="The layer does not drop the right share, does not keep the mean, does not treat each entry on its own, or does something in evaluation mode. Is p the probability of dropping?")
def test_layer(dropout, needed_scale):
    import torch
    for p in (0.1, 0.3, 0.5, 0.9):
        for dtype in (torch.float32, torch.float64):
            h = torch.randn(400, 100, dtype=dtype).T - 0.5
            got = dropout(h, p, True)
            assert got.shape == h.shape and got.dtype == dtype
            kept = got != 0
            assert torch.allclose(got[kept], h[kept] * (1 / (1 - p)), rtol=1e-05)
            assert abs(needed_scale(p) * (1 - p) - 1) < 1e-12
            assert abs((~kept).double().mean().item() - p) < 0.02
            for axis in (0, 1):
                share = kept.double().mean(dim=axis)
                assert share.std() < 0.1 and share.std() > 0.005
            again = dropout(h, p, True)
            assert not torch.equal(got, again) and torch.equal(dropout(h, p, False), h)
    h = torch.randn(50, 4)
    assert torch.equal(dropout(h, 0.0, True), h)
    assert torch.equal(dropout(h, 1.0, True), torch.zeros(50, 4)) and torch.equal(dropout(h, 1.0, False), h)
    assert dropout(torch.ones(2, 3, 4), 0.5, True).shape == (2, 3, 4)

    def slopes(dropout, h):
        import torch
        leaf = h.clone().requires_grad_()
        out = dropout(leaf, 0.4, True)
        out.sum().backward()
        return (out.detach(), leaf.grad)
    h = torch.rand(30) + 1
    out, slope = inside(slopes)(dropout, h)
    assert torch.allclose(slope * h, out, rtol=1e-05) and (slope == 0).any()

@test_case(points=1.5, hidden=True, 
    failure_message="A variance differs from the one counted over all masks. Do not forget the rescaling, nor that a dropped activation loses its mean as well.")
def test_variances_by_counting(dropout_variance, dropout_variance_random, preactivation_variance):
    import itertools
    import torch
    torch.manual_seed(830)
    for d in (1, 2, 8):
        w, h = torch.randn(2, d, dtype=torch.float64) * 2
        masks = torch.tensor(list(itertools.product((0.0, 1.0), repeat=d)), dtype=torch.float64)
        for p in (0.0, 0.1, 0.5, 0.8):
            chance = (p + (1 - 2 * p) * masks).prod(dim=1)
            results = masks * h / (1 - p)
            mean = (chance[:, None] * results).sum(dim=0)
            expected = (chance[:, None] * (results - mean) ** 2).sum(dim=0)
            got = dropout_variance(h, p)
            assert got.shape == (d,) and torch.allclose(got, expected, rtol=1e-10, atol=1e-12)
            z = results @ w
            expected = (chance * (z - (chance * z).sum()) ** 2).sum().item()
            assert abs(preactivation_variance(w, h, p) - expected) < 1e-10 * (1 + expected)
            for low, high in ((1.0, 2.0), (-3.0, 0.5), (2.0, 2.0), (-1.0, 1.0)):
                mean, var = ((low + high) / 2, (high - low) ** 2 / 4)
                square = (1 - p) * (low ** 2 + high ** 2) / 2 / (1 - p) ** 2
                assert abs(dropout_variance_random(mean, var, p) - (square - mean ** 2)) < 1e-10
    assert dropout_variance(torch.ones(2, 3), 0.5).shape == (2, 3)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the four statements about means and variances is decided wrongly.")
def test_moment_facts(moment_facts):
    import itertools
    import torch
    masks = torch.tensor(list(itertools.product((0.0, 1.0), repeat=3)), dtype=torch.float64)

    def results(h, p):
        return ((p + (1 - 2 * p) * masks).prod(dim=1), masks * h / (1 - p))
    h = torch.tensor([1.0, 2.0, -1.5], dtype=torch.float64)
    variance = {}
    for p in (0.3, 0.5, 0.7):
        chance, out = results(h, p)
        variance[p] = (chance[:, None] * out ** 2).sum(dim=0) - h ** 2
    chance, out = results(h, 0.5)
    weight = torch.tensor([[0.4, -1.0, 0.3], [1.0, 0.5, 1.2]], dtype=torch.float64)
    linear = (chance[:, None] * (out @ weight.T)).sum(dim=0)
    bent = (chance[:, None] * (out @ weight.T).relu()).sum(dim=0)
    largest = bool(variance[0.5][0] > variance[0.3][0]) and bool(variance[0.5][0] > variance[0.7][0])
    assert moment_facts['largest_at_half'] is largest
    assert moment_facts['same_for_all'] is bool(torch.allclose(variance[0.5][0], variance[0.5][1]))
    assert moment_facts['mean_survives_linear'] is bool(torch.allclose(linear, h @ weight.T))
    assert moment_facts['mean_survives_relu'] is bool(torch.allclose(bent, (h @ weight.T).relu()))

