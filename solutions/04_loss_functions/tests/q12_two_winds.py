from otter.test_files import test_case

OK_FORMAT = False

name = "q12_two_winds"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="Two equal components are one. With kappa = 1 and y = mu the log-density is 1 - log(2 pi I0(1)). One component with known kappa needs one output.")
def test_equal_components(vm_mixture_logpdf, mixture_outputs, nll_from_outputs):
    import math
    import torch
    one = torch.ones(2, dtype=torch.float64)
    expected = 1 - math.log(2 * math.pi * torch.special.i0(one[0]).item())
    got = vm_mixture_logpdf(one[:1], 0.3, one, one)
    assert isinstance(got, torch.Tensor), 'vm_mixture_logpdf should return a tensor'
    assert tuple(got.shape) == (1,), f'vm_mixture_logpdf: expected shape (1,), got {tuple(got.shape)}'
    assert abs(got.item() - expected) < 1e-06, f'vm_mixture_logpdf: expected {expected:.5f}, got {got.item():.5f}'
    got = mixture_outputs(1, False)
    assert type(got) is int, 'mixture_outputs should return an int'
    assert got == 1, f'mixture_outputs(1, False): expected 1, got {got}'
    got = nll_from_outputs(torch.tensor([[0.0, 1, 0, 1, 0]], dtype=torch.float64), one[:1])
    assert isinstance(got, torch.Tensor), 'nll_from_outputs should return a tensor'
    assert tuple(got.shape) == (), f'nll_from_outputs: expected shape (), got {tuple(got.shape)}'
    assert abs(got.item() + expected) < 1e-06, f'nll_from_outputs: expected {-expected:.5f}, got {got.item():.5f}'

@test_case(points=1.5, hidden=True, 
    failure_message="The log-density is wrong for some mixture. Does the density integrate to 1, and is it the densities that are mixed, not their logarithms?")
def test_mixture_of_densities(vm_mixture_logpdf):
    import math
    import torch
    circle = torch.arange(16384, dtype=torch.float64) * (2 * math.pi / 16384)
    y = torch.cat([circle[::64], torch.tensor([-7.0, 30.0], dtype=torch.float64)])
    for lam, mu, kappa in ((0.3, (0.5, -2.0), (2.0, 5.0)), (0.9, (3.1, -3.1), (0.2, 40.0)), (0.5, (9.0, 1.0), (1000.0, 800.0)), (1e-09, (0.0, 3.0), (100.0, 1.0))):
        shape = lambda x, k: kappa[k] * (torch.cos(x - mu[k]) - 1)
        area = [torch.exp(shape(circle, k)).mean().item() * 2 * math.pi for k in (0, 1)]
        terms = [shape(y, k) + math.log(w / area[k]) for k, w in ((0, lam), (1, 1 - lam))]
        exact = torch.logsumexp(torch.stack(terms), dim=0)
        pair = (torch.tensor(mu, dtype=torch.float64), torch.tensor(kappa, dtype=torch.float64))
        got = vm_mixture_logpdf(y, lam, *pair)
        assert got.shape == y.shape and (got - exact).abs().max() < 1e-08
        total = torch.exp(vm_mixture_logpdf(circle, lam, *pair)).mean().item() * 2 * math.pi
        assert abs(total - 1) < 1e-09

@test_case(points=0.5, hidden=True, 
    failure_message="The number of outputs is wrong. How many weights can be chosen freely?")
def test_outputs_counted(mixture_outputs):
    for components in (1, 2, 3, 7):
        free_weights = [f'weight {k}' for k in range(components)][:-1]
        for predict_kappa, names in ((True, ('mu', 'kappa')), (False, ('mu',))):
            needed = free_weights + [f'{name} {k}' for k in range(components) for name in names]
            got = mixture_outputs(components, predict_kappa)
            assert type(got) is int and got == len(needed)

@test_case(points=1, hidden=True, 
    failure_message="The loss from outputs is wrong for some outputs. Each pair has five outputs of its own.")
def test_loss_from_outputs(nll_from_outputs):
    import math
    import torch

    def gradient(nll_from_outputs, out, y):
        out = out.clone().requires_grad_()
        nll_from_outputs(out, y).backward()
        return out.grad

    def exact(out, y):
        total = out.new_zeros(())
        for (logit, mu1, g1, mu2, g2), v in zip(out, y):
            terms = []
            for weight, mu, g in ((torch.sigmoid(logit), mu1, g1), (torch.sigmoid(-logit), mu2, g2)):
                bell = torch.exp(g.exp() * (torch.cos(circle - mu) - 1))
                terms.append(weight.log() + g.exp() * (torch.cos(v - mu) - 1) - torch.log(bell.mean() * 2 * math.pi))
            total = total - torch.logsumexp(torch.stack(terms), dim=0)
        return total
    circle = torch.arange(4096, dtype=torch.float64) * (2 * math.pi / 4096)
    rng = torch.Generator().manual_seed(23)
    cases = [torch.tensor([[30.0, 0.0, 6.5, 2.0, -3.0], [-30.0, 1.0, 0.0, 8.0, 6.0]], dtype=torch.float64)]
    cases += [torch.randn(5, n, generator=rng, dtype=torch.float64).T * 1.5 for n in (1, 4, 12)]
    for out in cases:
        y = torch.randn(len(out), generator=rng, dtype=torch.float64) * 2
        leaf = out.clone().requires_grad_()
        loss = exact(leaf, y)
        loss.backward()
        got = nll_from_outputs(out, y)
        assert got.shape == () and abs(got.item() - loss.item()) < 1e-08 * (1 + abs(loss.item()))
        slope = inside(gradient)(nll_from_outputs, out, y)
        assert (slope - leaf.grad).abs().max() < 1e-06 * (1 + leaf.grad.abs().max())

