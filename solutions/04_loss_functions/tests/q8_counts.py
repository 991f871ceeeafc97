from otter.test_files import test_case

OK_FORMAT = False

name = "q8_counts"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="For f = 0 and y = 2 the loss is 1 + log 2, without the constant term 1, and its slope -1; for the rate 0.5 the most probable count is 0.")
def test_one_count(poisson_nll, poisson_slope, best_constant, most_probable):
    import math
    import torch
    f, y = (torch.tensor([0.0], dtype=torch.float64), torch.tensor([2.0], dtype=torch.float64))
    for full, expected in ((True, 1 + math.log(2)), (False, 1.0)):
        got = poisson_nll(f, y, full)
        assert isinstance(got, torch.Tensor), 'poisson_nll should return a tensor'
        assert tuple(got.shape) == (), f'poisson_nll: expected shape (), got {tuple(got.shape)}'
        assert abs(got.item() - expected) < 1e-09, f'full={full}: expected {expected:.5f}, got {got.item():.5f}'
    got = poisson_slope(f, y)
    assert isinstance(got, torch.Tensor), 'poisson_slope should return a tensor'
    assert tuple(got.shape) == (1,), f'poisson_slope: expected shape (1,), got {tuple(got.shape)}'
    assert abs(got.item() + 1) < 1e-09, f'poisson_slope: expected -1, got {got.item()}'
    got = best_constant(torch.ones(3, dtype=torch.float64))
    assert isinstance(got, float), 'best_constant should return a float'
    assert abs(got) < 1e-09, f'best_constant: three counts of 1 have the rate 1, so f = 0; got {got}'
    got = most_probable(0.5)
    assert type(got) is int, 'most_probable should return an int'
    assert got == 0, f'most_probable(0.5): expected 0, got {got}'

@test_case(points=1.5, hidden=True, 
    failure_message="The loss or its slope is wrong for some counts. Try negative outputs, y = 0 and y = 1000, and both values of full.")
def test_loss_and_slope(poisson_nll, poisson_slope):
    import math
    import torch

    def gradient(poisson_nll, f, y, full):
        f = f.clone().requires_grad_()
        poisson_nll(f, y, full).backward()
        return f.grad
    rng = torch.Generator().manual_seed(14)
    cases = [(torch.tensor([-30.0, 0.0, 6.9, 5.0]).double(), torch.tensor([0.0, 0.0, 1000.0, 170.0]).double())]
    for n in (1, 2, 9, 40):
        rate = 10 * torch.rand(2 * n, generator=rng, dtype=torch.float64)[::2] + 0.01
        cases.append((rate.log() + 0.3, torch.poisson(rate, generator=rng)))
    for f, y in cases:
        pairs = list(zip(f.tolist(), y.tolist()))
        constant = math.fsum((math.log(i) for _, k in pairs for i in range(1, int(k) + 1)))
        rest = math.fsum((math.exp(v) - k * v for v, k in pairs))
        for full in (True, False):
            got = poisson_nll(f, y, full)
            assert got.shape == () and abs(got.item() - rest - full * constant) < 1e-09
            slope = inside(gradient)(poisson_nll, f, y, full)
            assert torch.allclose(slope, poisson_slope(f, y), rtol=1e-09, atol=1e-09)
        exact = torch.tensor([math.exp(v) - k for v, k in pairs], dtype=torch.float64)
        assert torch.allclose(poisson_slope(f, y), exact, rtol=1e-09, atol=1e-09)

@test_case(points=0.5, hidden=True, 
    failure_message="With another constant output the loss is smaller. Zeros count, too.")
def test_constant_by_trying(best_constant):
    import torch
    rng = torch.Generator().manual_seed(15)
    for counts in ([3.0], [0.0, 0.0, 0.0, 1.0], [5.0, 0.0, 12.0], torch.poisson(4 * torch.rand(30), generator=rng)):
        y = torch.as_tensor(counts, dtype=torch.float64)
        loss = lambda f: -torch.distributions.Poisson(torch.tensor(f).double().exp()).log_prob(y).sum().item()
        f = best_constant(y)
        assert isinstance(f, float) and loss(f) < min(loss(f - 0.01), loss(f + 0.01))

@test_case(points=1, hidden=True, 
    failure_message="For some rate another count is more probable. Look at rates below 1, whole rates and rates just below a whole number.")
def test_most_probable_in_fractions(most_probable):
    from fractions import Fraction
    for rate in (0.1, 0.999, 1.0, 1.5, 2.0, 2.7, 4.999, 7.0, 31.4, 100.0):
        term, best, best_term = (Fraction(1), 0, Fraction(1))
        for k in range(1, 150):
            term = term * Fraction(rate) / k
            if term >= best_term:
                best, best_term = (k, term)
        got = most_probable(rate)
        assert type(got) is int and got == best

