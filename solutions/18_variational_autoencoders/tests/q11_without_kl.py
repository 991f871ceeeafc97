from otter.test_files import test_case

OK_FORMAT = False

name = "q11_without_kl"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="train_vae returns the model, reconstruct and generate return tensors of ten pixels; no_kl holds four words and a boolean.")
def test_shapes(train_vae, reconstruct, generate, new_vae, waves, no_kl):
    import numpy as np
    import torch
    x, eps = (waves(6, 0), torch.zeros(6, 2))
    model = train_vae(new_vae(0), x, 1.0, 0.1, 2, 0.01, 3)
    assert model is not None, 'train_vae(...) returned None: expected the model'
    for name, got in (('reconstruct', reconstruct(model, x, eps)), ('generate', generate(model, eps))):
        assert got is not None, f'{name}(...) returned None: expected a tensor'
        assert isinstance(got, torch.Tensor), f'{name} should return a tensor, got {type(got).__name__}'
        assert got.shape == (6, 10), f'{name}: expected shape (6, 10), got {tuple(got.shape)}'
        assert not got.requires_grad, f'{name} should return a tensor without a graph'
    assert isinstance(no_kl, dict), 'no_kl should be a dictionary'
    words = {'reconstruction': ('better', 'worse', 'same'), 'deviation': ('shrink', 'grow', 'one'), 'spread': ('closer', 'wider', 'same'), 'generation': ('plausible', 'copies', 'implausible')}
    for key, allowed in words.items():
        assert no_kl.get(key) in allowed, f'no_kl[{key!r}] should be one of {allowed}, got {no_kl.get(key)!r}'
    assert isinstance(no_kl.get('same_image_each_time'), (bool, np.bool_)), 'same_image_each_time: expected True or False'

@test_case(points=2, hidden=True, 
    failure_message="A model whose best codes are known does not find them. Is the code drawn, is each term weighed as it should be, and are examples averaged?")
def test_known_optimum(train_vae):
    import torch

    def codes(fn, x, beta, s2, steps):
        import torch
        from torch import nn
        torch.manual_seed(4)
        model = nn.Module()
        model.encoder, model.decoder = (nn.Linear(2, 4), nn.Identity())
        start = model.encoder.weight.detach().clone()
        model = fn(model, x, beta, s2, steps, 0.03, 400)
        return (model.encoder(x).detach(), (model.encoder.weight - start).detach())
    x = torch.tensor([[1.0, 1.0], [-1.0, -1.0]])
    for beta, s2 in ((1.0, 0.5), (4.0, 0.25), (0.5, 0.5)):
        code = inside(codes)(train_vae, x, beta, s2, 400)[0]
        shrink = 1 / (1 + beta * s2)
        assert (code[:, :2] - shrink * x).abs().max() < 0.15
        assert (code[:, 2:] - torch.log(torch.tensor(1 - shrink))).abs().max() < 0.3
    assert not inside(codes)(train_vae, x, 1.0, 1.0, 0)[1].any()

@test_case(points=1, hidden=True, 
    failure_message="The trained models do not reconstruct or generate as they should. Which code goes into the decoder in each case?")
def test_waves(train_vae, reconstruct, generate):
    import math
    import torch

    def run(train_vae, reconstruct, generate, x, eps, beta):
        import torch
        from torch import nn
        torch.manual_seed(2)
        model = nn.Module()
        model.encoder = nn.Sequential(nn.Linear(10, 32), nn.Tanh(), nn.Linear(32, 4))
        model.decoder = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 10))
        train_vae(model, x, beta, 0.0225, 400, 0.02, 64)
        with torch.no_grad():
            parts = [model.encoder(x), model.decoder(eps), model.decoder(model.encoder(x)[:, :2])]
            moved = model.decoder(model.encoder(x)[:, :2] + eps * (model.encoder(x)[:, 2:] / 2).exp())
        return (*parts, moved, reconstruct(model, x, eps), generate(model, eps))
    rng = torch.Generator().manual_seed(1824)
    place = 2 * math.pi * torch.arange(10) / 10
    x = torch.cos(2 * math.pi * torch.rand(1000, 1, generator=rng) - place)
    x = x + 0.05 * torch.randn(1000, 10, generator=rng)
    eps = torch.randn(1000, 2, generator=rng)
    measured = {}
    for beta in (1.0, 0.0):
        code, fresh, centre, moved, rec, new = inside(run)(train_vae, reconstruct, generate, x, eps, beta)
        assert torch.allclose(rec, moved, atol=1e-05) and torch.allclose(new, fresh, atol=1e-05)
        error = ((rec - x) ** 2).sum(dim=1).mean().item()
        measured[beta] = (error, torch.exp(code[:, 2:] / 2).median().item())
    assert 0.04 < measured[1.0][0] < 0.16 and measured[0.0][0] < 0.05
    assert 0.09 < measured[1.0][1] < 0.25 and measured[0.0][1] < 0.1

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five answers on the missing KL term is wrong.")
def test_no_kl(no_kl):
    import math
    import torch
    from torch import nn
    rng = torch.Generator().manual_seed(1825)
    place = 2 * math.pi * torch.arange(10) / 10
    basis = torch.stack([place.cos(), place.sin()], dim=1)

    def images(n):
        clean = torch.cos(2 * math.pi * torch.rand(n, 1, generator=rng) - place)
        return clean + 0.05 * torch.randn(n, 10, generator=rng)

    def measure(beta, x, other):
        torch.manual_seed(6)
        encoder = nn.Sequential(nn.Linear(10, 32), nn.Tanh(), nn.Linear(32, 4))
        decoder = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 10))
        optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], 0.02)
        for _ in range(400):
            some = x[torch.randint(len(x), (64,))]
            mean, log_var = encoder(some).chunk(2, 1)
            code = torch.distributions.Normal(mean, (log_var / 2).exp())
            fit = torch.distributions.Normal(decoder(code.rsample()), 0.15).log_prob(some).sum(1)
            away = torch.distributions.kl_divergence(code, torch.distributions.Normal(0.0, 1.0)).sum(1)
            optimizer.zero_grad()
            (beta * away - fit).mean().backward()
            optimizer.step()
        with torch.no_grad():
            mean, log_var = encoder(other).chunk(2, 1)
            rec = decoder(mean + (log_var / 2).exp() * torch.randn(mean.shape))
            new = decoder(torch.randn(1000, 2))
            wave = nn.functional.normalize(new @ basis, dim=1) @ basis.T
        return {'error': ((rec - other) ** 2).sum(1).mean().item(), 'deviation': (log_var / 2).exp().median().item(), 'spread': mean.square().mean().sqrt().item(), 'distance': (new - wave).norm(dim=1).mean().item(), 'nearest': torch.cdist(new, x).min(1).values.mean().item(), 'variety': new.std(0).mean().item()}
    x, other = (images(1000), images(500))
    usual = torch.cdist(other, x).min(1).values.mean().item()
    with_kl, without = (measure(1.0, x, other), measure(0.0, x, other))
    ratio = without['error'] / with_kl['error']
    found = {'reconstruction': 'better' if ratio < 0.9 else 'worse' if ratio > 1.1 else 'same', 'deviation': 'shrink' if without['deviation'] < 0.8 * with_kl['deviation'] else 'grow' if without['deviation'] > 1.2 else 'one', 'spread': 'wider' if without['spread'] > 1.2 else 'closer' if without['spread'] < 0.8 else 'same', 'generation': 'copies' if without['nearest'] < 1.2 * usual else 'implausible' if without['distance'] > with_kl['distance'] else 'plausible', 'same_image_each_time': without['variety'] < 0.01}
    for key, fact in found.items():
        assert no_kl[key] == fact

