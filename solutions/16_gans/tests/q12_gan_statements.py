from otter.test_files import test_case

OK_FORMAT = False

name = "q12_gan_statements"
points = 6


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="With D(x) = 2 x - 1 the signal at 0.5 is -1 for both losses; signal_study gives two floats; gan_facts holds eight booleans.")
def test_signal_of_a_line(signal, signal_study, gan_facts, pretrained):
    import numpy as np
    import torch
    D = torch.nn.Linear(1, 1)
    with torch.no_grad():
        D.weight.fill_(2.0)
        D.bias.fill_(-1.0)
    for kind in ('saturating', 'non_saturating'):
        got = signal(D, torch.tensor([[0.5], [0.5]]), kind)
        assert got is not None, 'signal(...) returned None: expected a tensor of shape (B, 1)'
        assert isinstance(got, torch.Tensor), 'signal should return a tensor'
        assert got.shape == (2, 1), f'signal: expected shape (2, 1), got {tuple(got.shape)}'
        assert (got + 1).abs().max() < 1e-05, f'signal, {kind}: expected -1 for both, got {got.flatten().tolist()}'
    got = signal_study(pretrained, 2, [0, 1], 'saturating')
    assert got is not None, 'signal_study(...) returned None: expected (share, size)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'signal_study should return (share, size)'
    for name, number in zip(('share', 'size'), got):
        assert isinstance(number, (float, np.floating)), f'signal_study: {name} should be a float, got {number!r}'
    assert isinstance(gan_facts, dict), 'gan_facts should be a dictionary'
    keys = ['fooling_is_enough', 'd_step_needs_generator', 'g_step_needs_path', 'prior_makes_new_data']
    keys += ['any_prior_will_do', 'head_start_helps', 'more_is_always_better', 'train_on_at_half']
    for key in keys:
        got = gan_facts.get(key)
        assert isinstance(got, bool), f'gan_facts[{key!r}] should be True or False, got {got!r}'

@test_case(points=2, hidden=True, 
    failure_message="The signal or the study is wrong for some discriminator. Each number has its own loss, and the sign of a run is that of its mean.")
def test_signal_and_study(signal, signal_study):
    import torch

    def signals(signal, weights, fake, kind):
        import torch
        D = lambda x: weights[0] * x ** 2 + weights[1] * x + weights[2]
        return (signal(D, fake, kind).detach(), [w.grad for w in weights] + [fake.grad, fake.requires_grad or None])

    def study(signal_study, lines, batches, kind, seeds):
        import torch
        asked = []

        def run(d_steps, seed):
            asked.append((d_steps, seed))
            return (lambda x: lines[seed][0] * x + lines[seed][1], batches[seed])
        return (signal_study(run, 17, seeds, kind), asked)
    source = torch.Generator().manual_seed(221)
    sigma = lambda s: 1 / (1 + (-s).exp())
    for dtype, tol in ((torch.float64, 1e-06), (torch.float32, 0.0001)):
        for b in (1, 2, 30):
            fake = 2 * torch.randn(b, 1, generator=source, dtype=dtype)
            weights = [w.requires_grad_() for w in torch.randn(3, generator=source, dtype=dtype)]
            with torch.no_grad():
                s, steep = (weights[0] * fake ** 2 + weights[1] * fake + weights[2], 2 * weights[0] * fake + weights[1])
            for kind, slope in (('saturating', -sigma(s)), ('non_saturating', -sigma(-s))):
                got, left = inside(signals)(signal, weights, fake, kind)
                assert got.shape == (b, 1) and torch.allclose(got, slope * steep, rtol=tol, atol=tol)
                assert left == [None] * 5
    far = [torch.tensor(v) for v in (0.0, 1.0, 0.0)]
    got, _ = inside(signals)(signal, far, torch.tensor([[-500.0], [500.0]]), 'non_saturating')
    assert torch.allclose(got, torch.tensor([[-1.0], [0.0]]))
    got, _ = inside(signals)(signal, far, torch.tensor([[-500.0], [500.0]]), 'saturating')
    assert torch.allclose(got, torch.tensor([[0.0], [-1.0]]))
    lines = torch.randn(6, 2, generator=source, dtype=torch.float64)
    lines[2, 0] = 0.0
    batches = 3 * torch.randn(6, 9, 1, generator=source, dtype=torch.float64)
    for seeds in ([0, 1, 2, 3, 4, 5], [3], [5, 2]):
        for kind in ('saturating', 'non_saturating'):
            (share, size), asked = inside(study)(signal_study, lines, batches, kind, seeds)
            means = []
            for seed in seeds:
                s = lines[seed, 0] * batches[seed] + lines[seed, 1]
                slope = -sigma(s if kind == 'saturating' else -s)
                means.append((slope * lines[seed, 0]).mean().item())
            assert abs(share - sum((m < 0 for m in means)) / len(seeds)) < 1e-05
            assert abs(size - sum((abs(m) for m in means)) / len(seeds)) < 1e-05
            assert sorted(set(asked)) == sorted(((17, seed) for seed in seeds))

@test_case(points=3, hidden=True, 
    failure_message="At least one of the eight statements about training is decided wrongly. Set up the experiment that would show it.")
def test_gan_facts(gan_facts):
    import torch
    import torch.nn.functional as F
    source = torch.Generator().manual_seed(231)
    runs = 12
    normal = lambda: torch.randn(runs, 32, 1, generator=source)
    uniform = lambda *shape: 2 * torch.rand(runs, *shape, generator=source) - 1
    logit = lambda d, x: F.leaky_relu(x @ d[0] + d[1], 0.2) @ d[2] + d[3]
    d_loss = lambda d, real, fake: (F.softplus(-logit(d, real)) + F.softplus(logit(d, fake))).mean((1, 2))
    g_loss = lambda d, fake: F.softplus(-logit(d, fake)).mean((1, 2))
    far = lambda a, b: (a.flatten().sort().values - b.flatten().sort().values).abs().mean().item()
    data = lambda: 3 + 0.5 * normal()

    def discriminators(*steps):
        values = [uniform(1, 16), uniform(1, 16), uniform(16, 1) / 4, uniform(1, 1) / 4]
        adam = torch.optim.Adam([v.requires_grad_() for v in values], lr=0.01, betas=(0.5, 0.999))
        kept = []
        for step in range(max(steps) + 1):
            if step in steps:
                kept.append([v.detach().clone() for v in values])
            adam.zero_grad()
            d_loss(values, data(), 0.5 * normal()).sum().backward()
            adam.step()
        return kept

    def against(d, steps):
        """Train only a generator w z + c, from N(0, 0.5^2)."""
        w, c = (torch.full((runs, 1, 1), v, requires_grad=True) for v in (0.5, 0.0))
        adam = torch.optim.Adam([w, c], lr=0.2, betas=(0.5, 0.999))
        for _ in range(steps):
            adam.zero_grad()
            g_loss(d, w * normal() + c).sum().backward()
            adam.step()
        return (w * normal() + c).detach()
    untrained, short, ready, long = discriminators(0, 20, 50, 200)
    fooled = against(short, 100)
    assert g_loss(short, fooled).mean() < 0.1 and d_loss(short, data(), fooled).mean() > 2
    assert gan_facts['fooling_is_enough'] is (far(fooled, data()) < 1)
    values, w = ([v.clone().requires_grad_() for v in ready], torch.full((runs, 1, 1), 0.5, requires_grad=True))
    real, fake = (data(), w * normal())
    ways = [torch.autograd.grad(d_loss(values, real, x).sum(), values, retain_graph=True) for x in (fake, fake.detach())]
    same = all((torch.equal(a, b) for a, b in zip(*ways)))
    assert gan_facts['d_step_needs_generator'] is (not same)
    reached = [torch.autograd.grad(g_loss(values, x).sum(), w, allow_unused=True)[0] for x in (fake, fake.detach())]
    assert reached[0].abs().max() > 0.001
    assert gan_facts['g_step_needs_path'] is (reached[1] is None)
    perfect = lambda z: 3 + 0.5 * z
    assert gan_facts['prior_makes_new_data'] is (far(perfect(normal()), data()) < 0.3)
    assert gan_facts['any_prior_will_do'] is (far(perfect(8 * uniform(32, 1)), data()) < 0.3)

    def slopes(d, sign):
        x = (0.5 * normal()).requires_grad_()
        loss = sign * F.softplus(sign * -logit(d, x))
        return torch.autograd.grad(loss.sum(), x)[0].mean((1, 2))
    shares = [(slopes(d, 1) < 0).float().mean() for d in (untrained, ready)]
    assert gan_facts['head_start_helps'] is bool(shares[1] > shares[0])
    sizes = [slopes(d, -1).abs().mean() for d in (ready, long)]
    assert gan_facts['more_is_always_better'] is bool(sizes[1] > sizes[0])
    half = [*ready[:2], torch.zeros_like(ready[2]), torch.zeros_like(ready[3])]
    stuck = against(half, 30)
    assert gan_facts['train_on_at_half'] is (far(stuck, data()) < 1)

