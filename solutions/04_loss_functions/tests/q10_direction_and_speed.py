from otter.test_files import test_case

OK_FORMAT = False

name = "q10_direction_and_speed"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="With d = 0, v = 1 and kappa = 3 the outputs (pi, 0) cost 6 more than (0, 0); (0, 0) predicts direction 0 and speed 1.")
def test_opposite_wind(wind_nll, predict_wind, below_zero):
    import math
    import torch
    zero, one = (torch.zeros(1, dtype=torch.float64), torch.ones(1, dtype=torch.float64))
    away, right = torch.tensor([[[math.pi, 0.0]], [[0.0, 0.0]]], dtype=torch.float64)
    losses = [wind_nll(out, zero, one, 3.0, 1.0) for out in (away, right)]
    for loss in losses:
        assert isinstance(loss, torch.Tensor), 'wind_nll should return a tensor'
        assert tuple(loss.shape) == (), f'wind_nll: expected shape (), got {tuple(loss.shape)}'
    gap = losses[0].item() - losses[1].item()
    assert abs(gap - 6) < 1e-09, f'wind_nll: expected a difference of 6, got {gap}'
    got = predict_wind(right)
    assert isinstance(got, torch.Tensor), 'predict_wind should return a tensor'
    assert tuple(got.shape) == (1, 2), f'predict_wind: expected shape (1, 2), got {tuple(got.shape)}'
    assert torch.allclose(got, torch.tensor([[0.0, 1.0]], dtype=got.dtype)), f'expected [[0, 1]], got {got.tolist()}'
    got = below_zero(0.0, 1.0)
    assert got is not None, 'below_zero(...) returned None: expected a float'
    assert abs(got - 0.5) < 1e-09, f'below_zero(0, 1): expected 0.5, got {got}'

@test_case(points=2, hidden=True, 
    failure_message="Differences of the loss are not those of the negative log-likelihood. kappa and sigma weigh direction against speed.")
def test_differences(wind_nll):
    import torch

    def gradient(wind_nll, out, *rest):
        out = out.clone().requires_grad_()
        wind_nll(out, *rest).backward()
        return out.grad
    rng = torch.Generator().manual_seed(18)
    for n, kappa, sigma in ((1, 2.0, 0.5), (4, 8.0, 1.0), (9, 0.5, 0.2), (30, 3.0, 2.0)):
        d = torch.rand(n, generator=rng, dtype=torch.float64) * 9 - 4
        v = torch.exp(torch.randn(n, generator=rng, dtype=torch.float64))
        first, second = torch.randn(2, 2, n, generator=rng, dtype=torch.float64).mT * 2

        def exact(out):
            log_normal = torch.distributions.LogNormal(out[:, 1], sigma).log_prob(v).sum()
            return (-kappa * torch.cos(d - out[:, 0]).sum() - log_normal).item()
        losses = [wind_nll(out, d, v, kappa, sigma) for out in (first, second)]
        assert losses[0].shape == ()
        gap, expected = (losses[0].item() - losses[1].item(), exact(first) - exact(second))
        assert abs(gap - expected) < 1e-09 * (1 + abs(exact(first)) + abs(exact(second)))
        turn = torch.tensor([6.283185307179586, 0.0], dtype=torch.float64)
        turned = wind_nll(first + turn, d, v, kappa, sigma)
        assert abs(turned.item() - losses[0].item()) < 1e-09 * (1 + abs(losses[0].item()))
        leaf = first.clone().requires_grad_()
        log_normal = torch.distributions.LogNormal(leaf[:, 1], sigma).log_prob(v).sum()
        (-kappa * torch.cos(d - leaf[:, 0]).sum() - log_normal).backward()
        assert torch.allclose(inside(gradient)(wind_nll, first, d, v, kappa, sigma), leaf.grad, rtol=1e-09, atol=1e-09)

@test_case(points=0.5, hidden=True, 
    failure_message="The predicted direction or the median speed is wrong. Half of all speeds should lie below the median.")
def test_predictions(predict_wind):
    import math
    import torch
    out = torch.tensor([[4.0, 1.0], [-7.0, -0.5], [0.3, 2.0], [20.0, 0.0], [math.pi, 1.5]], dtype=torch.float64)
    got = predict_wind(out)
    assert got.shape == (5, 2) and (got[:, 0].abs() <= math.pi).all() and (got[4, 0] > 0)
    gap = torch.stack([got[:, 0].cos() - out[:, 0].cos(), got[:, 0].sin() - out[:, 0].sin()])
    assert gap.abs().max() < 1e-09
    below = torch.distributions.LogNormal(out[:, 1], 0.7).cdf(got[:, 1])
    assert (below - 0.5).abs().max() < 1e-06

@test_case(points=0.5, hidden=True, 
    failure_message="The probability of a negative speed is wrong for some mean and standard deviation.")
def test_negative_speeds(below_zero):
    import torch
    for mean, sd in ((2.0, 2.0), (1.0, 3.0), (5.0, 1.0), (-1.0, 0.5)):
        exact = torch.distributions.Normal(mean, torch.tensor(sd).double()).cdf(torch.zeros(()).double()).item()
        assert abs(below_zero(mean, sd) - exact) < 1e-09

