from otter.test_files import test_case

OK_FORMAT = False

name = "q3_divergence_from_logits"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="Real logits (0, log 3) and the fake logit 0 give the bound 0.1014; bound_facts holds five booleans.")
def test_three_logits(best_logit, js_bound, bound_facts):
    import math
    import numpy as np
    import torch
    got = best_logit(torch.zeros(3), torch.zeros(3))
    assert got is not None, 'best_logit(...) returned None: expected a tensor'
    assert isinstance(got, torch.Tensor), 'best_logit should return a tensor'
    assert got.shape == (3,), f'best_logit: expected shape (3,), got {tuple(got.shape)}'
    assert got.abs().max() == 0, f'best_logit: equal densities should give the logit 0, got {got.tolist()}'
    got = js_bound(torch.tensor([0.0, math.log(3)]), torch.tensor([0.0]))
    assert got is not None, 'js_bound(...) returned None: expected a float'
    assert isinstance(got, (float, np.floating)), 'js_bound should return a Python float'
    assert abs(got - 0.10137) < 0.0001, f'js_bound: expected 0.1014, got {got}'
    assert isinstance(bound_facts, dict), 'bound_facts should be a dictionary'
    keys = ['half_gives_zero', 'never_negative', 'overconfidence_hurts', 'fair_on_training_batches', 'swap_keeps_it']
    for key in keys:
        got = bound_facts.get(key)
        assert isinstance(got, bool), f'bound_facts[{key!r}] should be True or False, got {got!r}'

@test_case(points=1, hidden=True, 
    failure_message="The bound is wrong for some batches. Two batches of different size each have their own mean, and large logits must stay finite.")
def test_bound_one_logit_at_a_time(js_bound):
    import math
    import torch

    def log_d(s):
        return -math.log1p(math.exp(-s)) if s > 0 else s - math.log1p(math.exp(s))
    source = torch.Generator().manual_seed(165)
    for dtype, tol in ((torch.float32, 1e-05), (torch.float64, 1e-10)):
        for n, m, scale in ((1, 1, 1.0), (7, 3, 3.0), (2, 50, 8.0), (64, 64, 0.1)):
            real = scale * torch.randn(n, generator=source, dtype=dtype) + 1
            fake = scale * torch.randn(2 * m, generator=source, dtype=dtype)[::2] - 0.5
            expected = math.log(2) + sum(map(log_d, real.tolist())) / (2 * n)
            expected += sum((log_d(-s) for s in fake.tolist())) / (2 * m)
            assert abs(js_bound(real, fake) - expected) < tol
        far = torch.tensor([1000.0, -300.0], dtype=dtype)
        assert abs(js_bound(far, -far) + 300 / 2 - math.log(2)) < 0.001
        assert abs(js_bound(far[:1], -far[:1]) - math.log(2)) < 1e-06
        assert abs(js_bound(-far[:1], far[:1]) + 1000 - math.log(2)) < 0.001

@test_case(points=1, hidden=True, 
    failure_message="With your logits the best discriminator is not reached, or they overflow where densities are tiny.")
def test_best_logit(best_logit):
    import torch
    source = torch.Generator().manual_seed(166)
    p = torch.rand(4, 5, generator=source, dtype=torch.float64) + 0.01
    q = torch.rand(4, 5, generator=source, dtype=torch.float64) + 0.01
    got = best_logit(p.log(), q.log())
    assert got.shape == (4, 5)
    assert torch.allclose(torch.sigmoid(got), p / (p + q), rtol=0, atol=1e-12)
    tiny = torch.tensor([-5000.0, -4990.0, -1.0])
    other = torch.tensor([-4997.0, -5000.0, -2001.0])
    assert torch.allclose(best_logit(tiny, other), torch.tensor([-3.0, 10.0, 2000.0]))

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about the bound is decided wrongly. Test each with logits of your own.")
def test_bound_facts(bound_facts):
    import math
    import torch
    log_d = torch.nn.functional.logsigmoid
    bound = lambda s, t: math.log(2) + 0.5 * (log_d(s).mean() + log_d(-t).mean()).item()
    source = torch.Generator().manual_seed(167)
    real = torch.randn(4000, generator=source, dtype=torch.float64)
    fake = 1 + torch.randn(4000, generator=source, dtype=torch.float64)
    logit = lambda x: 0.5 - x
    honest = bound(logit(real), logit(fake))
    mirrored = bound(logit(fake), logit(real))
    zero = bound(0 * real, 0 * fake)
    x = torch.randn(12, 20, generator=source, dtype=torch.float64)
    weights = torch.zeros(20, dtype=torch.float64, requires_grad=True)
    for _ in range(300):
        grad, = torch.autograd.grad(-log_d(x[:6] @ weights).mean() - log_d(-x[6:] @ weights).mean(), weights)
        weights = (weights - 0.3 * grad).detach().requires_grad_()
    batch = bound(x[:6] @ weights.detach(), x[6:] @ weights.detach())
    assert bound_facts['half_gives_zero'] is (abs(zero) < 1e-09)
    assert bound_facts['never_negative'] is (mirrored >= 0)
    assert bound_facts['overconfidence_hurts'] is (bound(10 * logit(real), 10 * logit(fake)) < honest)
    assert bound_facts['fair_on_training_batches'] is (abs(batch) < 0.1)
    assert bound_facts['swap_keeps_it'] is (abs(mirrored - honest) < 0.001)

