from otter.test_files import test_case

OK_FORMAT = False

name = "q8_score_function"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="The samples 1 and 3 of N(0, 1) with the values 1 and 9 give the estimate 14; two equal logits with the values 0 and 4 give (-1, 1).")
def test_two_samples(score_gradient, categorical_gradient, normal_log_prob):
    import torch
    x = torch.tensor([1.0, 3.0])
    cases = [('score_gradient', score_gradient(x ** 2, x, torch.zeros(1), normal_log_prob), [14.0]), ('categorical_gradient', categorical_gradient(torch.zeros(2), torch.tensor([0.0, 4.0])), [-1.0, 1.0])]
    for name, got, expected in cases:
        assert got is not None, f'{name}(...) returned None: expected a tensor'
        assert isinstance(got, torch.Tensor), f'{name} should return a tensor, got {type(got).__name__}'
        assert got.shape == (len(expected),), f'{name}: expected shape ({len(expected)},), got {tuple(got.shape)}'
        assert torch.allclose(got, torch.tensor(expected)), f'{name}: expected {expected}, got {got.tolist()}'

@test_case(points=2, hidden=True, 
    failure_message="The estimate is wrong for some distribution or number of samples. Does it depend on I as an average does, is it the logarithm that is differentiated, and does phi stay as it was?")
def test_families(score_gradient):
    import torch

    def estimate(fn, family, values, x, phi):
        import torch

        def normal(x, phi):
            return torch.distributions.Normal(phi[0], phi[1].exp()).log_prob(x)

        def exponential(x, phi):
            return torch.distributions.Exponential(phi[0]).log_prob(x)

        def coins(x, phi):
            return torch.distributions.Bernoulli(logits=phi).log_prob(x).sum(dim=1)
        phi.grad = torch.zeros_like(phi)
        before = phi.clone()
        got = fn(values, x, phi, {'normal': normal, 'exponential': exponential, 'coins': coins}[family])
        kept = torch.equal(phi, before) and (not phi.requires_grad) and (not phi.grad.any().item())
        return (got.detach(), kept and (not got.requires_grad))
    rng = torch.Generator().manual_seed(1818)
    for size in (1, 2, 50, 1000):
        for dtype, room in ((torch.float64, 1e-11), (torch.float32, 0.0001)):
            noise = torch.randn(size, generator=rng, dtype=dtype)
            share = torch.rand(size, 3, generator=rng, dtype=dtype)
            log_spread, odds = (torch.tensor(-0.4, dtype=dtype), torch.tensor([-1.0, 0.5, 2.0], dtype=dtype))
            mean, rate, spread = (1.3, 2.0, torch.exp(log_spread))
            x = mean + spread * noise
            waiting, heads = (-torch.log1p(-share[:, 0]) / rate, (share < torch.sigmoid(odds)).to(dtype))
            cases = [('normal', x, [mean, log_spread], x ** 2, [noise / spread, noise ** 2 - 1]), ('normal', x, [mean, log_spread], (x > 1).to(dtype), [noise / spread, noise ** 2 - 1]), ('exponential', waiting, [rate], waiting, [1 / rate - waiting]), ('coins', heads, odds.tolist(), 3 - heads.sum(1), list((heads - torch.sigmoid(odds)).T))]
            for family, samples, phi, values, scores in cases:
                phi = torch.tensor(phi, dtype=dtype)
                got, tidy = inside(estimate)(score_gradient, family, values, samples, phi)
                terms = values * torch.stack(scores)
                bound = room * (1 + terms.abs().mean(dim=1))
                assert tidy and got.shape == phi.shape and (got.dtype == dtype)
                assert torch.all((got - terms.mean(dim=1)).abs() <= bound)

@test_case(points=1, hidden=True, 
    failure_message="The exact gradient of the categorical average is wrong for some logits or values.")
def test_categorical(categorical_gradient):
    import torch
    rng = torch.Generator().manual_seed(1819)
    for k in (1, 2, 3, 8):
        for scale in (1.0, 10.0):
            for dtype, room in ((torch.float64, 1e-12), (torch.float32, 1e-05)):
                logits = scale * torch.randn(k, generator=rng, dtype=dtype)
                values = 5 * torch.randn(k, generator=rng, dtype=dtype)
                leaf = logits.clone().requires_grad_()
                torch.distributions.Categorical(logits=leaf).probs.mul(values).sum().backward()
                got = categorical_gradient(logits, values)
                assert got.shape == (k,) and got.dtype == dtype and ((got - leaf.grad).abs().max() <= 10 * room)
                assert categorical_gradient(logits, torch.full_like(values, 3.0)).abs().max() <= 10 * room
    large = categorical_gradient(torch.tensor([1000.0, 1000.0, -1000.0]), torch.tensor([0.0, 4.0, 8.0]))
    assert torch.allclose(large, torch.tensor([-1.0, 1.0, 0.0]), atol=0.001)

