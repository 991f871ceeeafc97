from otter.test_files import test_case

OK_FORMAT = False

name = "q12_label_smoothing"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="Two classes with the logits (log 3, 0), true class 0 and c = 0.9 have the loss 0.398; smoothing_facts holds four booleans.")
def test_two_classes(smooth_targets, smooth_loss, smooth_gradient, best_loss, torch_smoothing, smoothing_facts):
    import math
    import torch
    logits, y = (torch.tensor([[math.log(3), 0.0]]), torch.tensor([0]))
    got = smooth_targets(logits, y, 0.9)
    assert isinstance(got, torch.Tensor), f'smooth_targets: expected a tensor, got {type(got).__name__}'
    assert got.shape == (1, 2), f'smooth_targets: expected shape (1, 2), got {tuple(got.shape)}'
    assert torch.allclose(got, torch.tensor([[0.9, 0.1]])), f'smooth_targets: expected [[0.9, 0.1]], got {got}'
    got = smooth_loss(logits, y, 0.9)
    assert isinstance(got, torch.Tensor), f'smooth_loss: expected a tensor, got {type(got).__name__}'
    assert got.shape == (), f'smooth_loss: expected shape (), got {tuple(got.shape)}'
    assert abs(got.item() - 0.398) < 0.001, f'smooth_loss: expected 0.398, got {got.item()}'
    got = smooth_gradient(logits, y, 1.0)
    assert isinstance(got, torch.Tensor), f'smooth_gradient: expected a tensor, got {type(got).__name__}'
    assert got.shape == (1, 2), f'smooth_gradient: expected shape (1, 2), got {tuple(got.shape)}'
    assert torch.allclose(got, torch.tensor([[-0.25, 0.25]])), f'with c = 1: expected [[-0.25, 0.25]], got {got}'
    for name, got, expected in (('best_loss(2, 0.5)', best_loss(2, 0.5), math.log(2)), ('torch_smoothing(2, 0.5)', torch_smoothing(2, 0.5), 1.0)):
        assert got is not None, f'{name} returned None: expected a float'
        assert abs(got - expected) < 1e-09, f'{name}: expected {expected}, got {got}'
    assert isinstance(smoothing_facts, dict), 'smoothing_facts should be a dictionary'
    for key in ('certainty_is_best', 'log_of_the_mixture', 'logits_stay_finite', 'wrong_classes_equal'):
        assert isinstance(smoothing_facts.get(key), bool), f'smoothing_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The loss is not the expected negative log-probability, or label_smoothing does not fit it. Do the other classes share the rest without the true one, and does the logarithm come before the sum?")
def test_loss_against_torch(smooth_targets, smooth_loss, torch_smoothing):
    import torch
    torch.manual_seed(827)
    for b, d in ((1, 2), (6, 5), (3, 10), (4, 2)):
        for dtype, bound in ((torch.float32, 1e-05), (torch.float64, 1e-12)):
            logits, y = (torch.randn(d, b, dtype=dtype).T * 3, torch.randint(d, (b,)))
            for correct in (0.9, 0.6, 1.0, 1 / d):
                log_p = (logits - logits.logsumexp(dim=1, keepdim=True)).double()
                expected = 0.0
                for i in range(b):
                    for k in range(d):
                        weight = correct if k == y[i] else (1 - correct) / (d - 1)
                        expected -= weight * log_p[i, k].item() / b
                q = smooth_targets(logits, y, correct)
                assert q.dtype == dtype and q.shape == (b, d) and torch.allclose(q.sum(dim=1), torch.ones(b, dtype=dtype))
                got = smooth_loss(logits, y, correct)
                assert got.dtype == dtype and got.shape == () and (abs(got.item() - expected) < bound * (1 + expected))
                epsilon = torch_smoothing(d, correct)
                assert 0 <= epsilon <= 1 + 1e-09
                other = torch.nn.functional.cross_entropy(logits.double(), y, label_smoothing=min(epsilon, 1.0))
                assert abs(other.item() - expected) < 1e-05 * (1 + expected)
    got = smooth_loss(torch.tensor([[10000.0, -10000.0, 0.0]]), torch.tensor([1]), 0.9)
    assert abs(got.item() - 18500) < 0.1

@test_case(points=1, hidden=True, 
    failure_message="The gradient differs from autograd's, or best_loss is not the lowest loss.")
def test_gradient_and_minimum(smooth_gradient, best_loss):
    import torch
    torch.manual_seed(828)
    for b, d in ((1, 2), (6, 5), (3, 10)):
        for correct in (0.9, 0.6, 1.0):
            for dtype in (torch.float32, torch.float64):
                logits = (torch.randn(b, d, dtype=dtype) * 2).requires_grad_()
                y = torch.randint(d, (b,))
                epsilon = (1 - correct) * d / (d - 1)
                torch.nn.functional.cross_entropy(logits, y, label_smoothing=epsilon).backward()
                got = smooth_gradient(logits.detach(), y, correct)
                assert got.dtype == dtype and got.shape == (b, d)
                assert torch.allclose(got, logits.grad, rtol=0, atol=1e-06)
            if correct < 1:
                t = torch.linspace(-2, 9, 110001, dtype=torch.float64)
                log_sum = torch.logaddexp(t, torch.log(torch.tensor(d - 1.0, dtype=torch.float64)))
                lowest = (correct * (log_sum - t) + (1 - correct) * log_sum).min().item()
                assert abs(best_loss(d, correct) - lowest) < 1e-07
    got = smooth_gradient(torch.tensor([[10000.0, -10000.0]]), torch.tensor([1]), 0.9)
    assert torch.allclose(got, torch.tensor([[0.9, -0.9]]))

@test_case(points=1, hidden=True, 
    failure_message="At least one of the four statements about smoothing is decided wrongly. Let free logits go downhill and look.")
def test_smoothing_facts(smoothing_facts):
    import torch
    torch.manual_seed(829)
    q = torch.tensor([0.9, 0.025, 0.025, 0.025, 0.025], dtype=torch.float64)
    logits = torch.randn(5, dtype=torch.float64)
    loss = lambda f: -(q * f.log_softmax(0)).sum()
    mixture = -(q * logits.softmax(0)).sum().log()
    f = logits.clone().requires_grad_()
    for _ in range(3000):
        slope, = torch.autograd.grad(loss(f), f)
        f = (f - 2.0 * slope).detach().requires_grad_()
    p = f.detach().softmax(0)
    certain = torch.tensor([20.0, 0, 0, 0, 0], dtype=torch.float64)
    assert smoothing_facts['certainty_is_best'] is bool(loss(certain) < loss(f))
    assert smoothing_facts['log_of_the_mixture'] is bool((mixture - loss(logits)).abs() < 1e-09)
    assert smoothing_facts['logits_stay_finite'] is bool(slope.abs().max() < 1e-06 and f.abs().max() < 20)
    assert smoothing_facts['wrong_classes_equal'] is bool(p[1:].max() - p[1:].min() < 1e-06)

