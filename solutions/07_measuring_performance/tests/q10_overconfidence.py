from otter.test_files import test_case

OK_FORMAT = False

name = "q10_overconfidence"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="With s = 0, v_min = 0 and no residual the loss is half the logarithm of 2 pi; the best variance for the residual 0 and c = 0.5 is 1.")
def test_no_residual(hetero_nll, nll_infimum, best_variance, remedies):
    import math
    import numpy as np
    import torch
    got = hetero_nll(torch.zeros(3), torch.zeros(3), torch.zeros(3), 0.0)
    assert got is not None, 'hetero_nll(...) returned None: expected a scalar tensor'
    assert isinstance(got, torch.Tensor) and got.shape == (), 'hetero_nll should return a tensor of shape ()'
    expected = 0.5 * math.log(2 * math.pi)
    assert abs(float(got) - expected) < 1e-05, f'hetero_nll: expected {expected:.5f}, got {float(got)}'
    got = nll_infimum(1.0)
    assert got is not None, 'nll_infimum(...) returned None: expected a float'
    assert np.shape(got) == (), f'nll_infimum should return a single number, got {got}'
    got = best_variance(0.0, 0.5)
    assert got is not None, 'best_variance(...) returned None: expected a float'
    assert np.shape(got) == () and abs(got - 1) < 1e-09, f'best_variance(0, 0.5): expected 1, got {got}'
    assert isinstance(remedies, dict), 'remedies should be a dictionary'
    keys = ['exponential', 'softplus', 'floor', 'penalise_large_variances', 'penalise_small_variances']
    for key in [*keys, 'penalise_log', 'noisy_labels']:
        assert isinstance(remedies.get(key), bool), f'remedies[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="The loss or its gradient is not that of a normal distribution, or not the mean over all entries, or your bound is not the greatest one.")
def test_against_torch_normal(hetero_nll, nll_infimum):
    import math
    import torch
    generator = torch.Generator().manual_seed(724)
    draw = lambda *shape: torch.randn(shape, generator=generator, dtype=torch.float64)

    def gradients(loss):

        def run(mu, s, y, v_min):
            mu, s = (mu.clone().requires_grad_(), s.clone().requires_grad_())
            loss(mu, s, y, v_min).backward()
            return [mu.grad, s.grad]
        return run

    def oracle(mu, s, y, v_min):
        normal = torch.distributions.Normal(mu, (s.exp() + v_min).sqrt())
        return -normal.log_prob(y).mean()
    for shape in ((1,), (7,), (4, 3), ()):
        for v_min in (0.0, 0.01, 2.0):
            mu, s, y = (draw(*shape), 2 * draw(*shape), 3 * draw(*shape))
            got = hetero_nll(mu, s, y, v_min)
            assert got.shape == () and got.dtype == torch.float64
            assert torch.allclose(got, oracle(mu, s, y, v_min), rtol=1e-10, atol=1e-12)
            found, expected = (f(mu, s, y, v_min) for f in (inside(gradients)(hetero_nll), gradients(oracle)))
            assert all((torch.allclose(a, b, rtol=1e-09, atol=1e-12) for a, b in zip(found, expected)))
    y = draw(5)
    losses = [float(hetero_nll(y, torch.full_like(y, -20.0 * k), y, 0.0)) for k in range(6)]
    assert all((abs(a - b - 10) < 1e-09 for a, b in zip(losses, losses[1:])))
    assert nll_infimum(0.0) == -math.inf
    for v_min in (1e-06, 0.01, 0.05, 1.0, 3.0):
        lowest = min((float(oracle(y, torch.full_like(y, s), y, v_min)) for s in (0.0, -10.0, -30.0, -60.0)))
        assert abs(nll_infimum(v_min) - lowest) < 1e-09

@test_case(points=1, hidden=True, 
    failure_message="Another variance makes the penalised term smaller.")
def test_best_variance_by_search(best_variance):
    import numpy as np
    for residual in (0.0, 0.3, -2.0, 5.0):
        for penalty in (0.001, 0.2, 1.0, 4.0):
            slope = lambda v: 0.5 / v - (0.5 * residual ** 2 + penalty) / v ** 2
            lo, hi = (1e-06, 1000.0)
            for _ in range(100):
                middle = np.sqrt(lo * hi)
                lo, hi = (middle, hi) if slope(middle) < 0 else (lo, middle)
            assert abs(best_variance(residual, penalty) - lo) <= 1e-09 * lo

@test_case(points=1, hidden=True, 
    failure_message="At least one remedy is judged wrongly. Let the residuals be zero and send s to minus infinity.")
def test_remedies(remedies):
    import math
    s = [-20.0 * k for k in range(1, 31)]
    softplus = lambda t: math.log1p(math.exp(t))
    half_log = lambda v: 0.5 * math.log(2 * math.pi * v)
    terms = {'exponential': lambda t: half_log(math.exp(t)), 'softplus': lambda t: half_log(softplus(t)), 'floor': lambda t: half_log(0.01 + softplus(t)), 'penalise_large_variances': lambda t: half_log(math.exp(t)) + 0.1 * math.exp(t), 'penalise_small_variances': lambda t: half_log(math.exp(t)) + 0.1 * math.exp(-t), 'penalise_log': lambda t: half_log(math.exp(t)) + t ** 2, 'noisy_labels': lambda t: half_log(math.exp(t))}
    for key, term in terms.items():
        assert remedies[key] is (min(map(term, s)) > -10)

