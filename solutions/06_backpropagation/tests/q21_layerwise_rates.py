from otter.test_files import test_case

OK_FORMAT = False

name = "q21_layerwise_rates"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="The weights (3, 4) with the gradient (0, 10) move to (3, 3.5); rate_facts holds five booleans.")
def test_one_layer(lars_step, rate_facts):
    import torch
    got = lars_step([torch.tensor([3.0, 4.0])], [torch.tensor([0.0, 10.0])], [torch.zeros(2)], 1.0, 0.1, 0.0, 0.0)
    assert got is not None, 'lars_step(...) returned None: expected (weights, velocities, skipped)'
    assert isinstance(got, (tuple, list)) and len(got) == 3, 'lars_step should return (weights, velocities, skipped)'
    assert len(got[0]) == len(got[1]) == 1, 'expected one new tensor per layer in both lists'
    values = got[0][0].tolist()
    assert torch.allclose(got[0][0], torch.tensor([3.0, 3.5])), f'weights: expected [3, 3.5], got {values}'
    assert got[2] is False, f'skipped: expected False, got {got[2]}'
    assert isinstance(rate_facts, dict), 'rate_facts should be a dictionary'
    keys = ['step_ignores_gradient_size', 'layers_share_one_factor', 'clipping_does_the_same']
    for key in keys + ['rescaling_repairs_nan', 'rescaling_repairs_underflow']:
        assert isinstance(rate_facts.get(key), bool), f'rate_facts[{key!r}] should be True or False'

@test_case(points=1.5, hidden=True, 
    failure_message="After some steps weights or velocities are wrong. Each layer has a rate of its own, the decay stands in two places, and the velocity holds the rates of its time.")
def test_steps_entry_by_entry(lars_step):
    import math
    import numpy as np
    import torch
    rng = np.random.default_rng(636)
    for trust, decay, momentum in ((0.1, 0.0, 0.0), (0.02, 0.5, 0.9), (1.0, 0.01, 0.5)):
        w = [rng.normal(size=shape) for shape in ((3, 4), (5,), (2, 2, 2), ())]
        v = [rng.normal(size=np.shape(a)) for a in w]
        for step in range(3):
            g = [rng.normal(size=np.shape(a)) * 10.0 ** k for k, a in zip((-6, 0, 6, 2), w)]
            if step == 1:
                g[1] = np.zeros(5)
                w[2] = np.zeros((2, 2, 2))
            tensors = [[torch.tensor(a) for a in group] for group in (w, g, v)]
            lr = 0.3 / (step + 1)
            for k in range(4):
                size_w = math.sqrt(sum((float(a) ** 2 for a in np.ravel(w[k]))))
                size_g = math.sqrt(sum((float(a) ** 2 for a in np.ravel(g[k]))))
                rate = 1.0
                if size_w > 0 and size_g > 0:
                    rate = trust * size_w / (size_g + decay * size_w)
                v[k] = momentum * v[k] + lr * rate * (g[k] + decay * w[k])
                w[k] = w[k] - v[k]
            new_w, new_v, skipped = lars_step(*tensors, lr, trust, decay, momentum)
            assert skipped is False and len(new_w) == len(new_v) == 4
            for k in range(4):
                assert np.allclose(new_w[k].numpy(), w[k], rtol=1e-06, atol=1e-09)
                assert np.allclose(new_v[k].numpy(), v[k], rtol=1e-06, atol=1e-09)

@test_case(points=1.5, hidden=True, 
    failure_message="A step with a gradient that is not finite moves something, or the tensors passed in change, or at least one of the five statements is wrong.")
def test_skips_and_facts(lars_step, rate_facts):
    import torch

    def watch(lars_step, bad):
        import torch
        groups = [[torch.ones(2, 2), torch.full((3,), 2.0)] for _ in range(3)]
        groups[1][1][1] = bad
        before = [[t.clone() for t in group] for group in groups]
        w, v, skipped = lars_step(*groups, 0.1, 0.01, 0.1, 0.9)
        kept = all((torch.equal(t.nan_to_num(), b.nan_to_num()) for x, y in zip(groups, before) for t, b in zip(x, y)))
        stays = [torch.equal(t, b) for got, old in ((w, before[0]), (v, before[2])) for t, b in zip(got, old)]
        fresh = not any((t is o for got, old in ((w, groups[0]), (v, groups[2])) for t, o in zip(got, old)))
        return (stays, skipped, kept, fresh)
    inf, nan = (float('inf'), float('nan'))
    for bad in (nan, inf, -inf):
        stays, skipped, kept, fresh = inside(watch)(lars_step, bad)
        assert all(stays) and len(stays) == 4 and (skipped is True) and (kept is True) and (fresh is True)
    stays, skipped, kept, fresh = inside(watch)(lars_step, 5.0)
    assert not any(stays) and skipped is False and (kept is True) and (fresh is True)
    torch.manual_seed(637)
    w, g = (torch.randn(2, 6).double(), torch.randn(2, 6).double())

    def lars(g):
        return torch.stack([0.1 * a.norm() / b.norm() * b for a, b in zip(w, g)])
    louder = g.clone()
    louder[0] *= 1000000.0
    clipped = g / torch.clamp(g.norm(), min=1)
    relative = clipped.norm(dim=1) / w.norm(dim=1)
    broken = torch.tensor([1.0, nan, 2.0])
    assert rate_facts['step_ignores_gradient_size'] is torch.allclose(lars(louder)[0], lars(g)[0])
    assert rate_facts['layers_share_one_factor'] is (not torch.allclose(lars(louder)[1], lars(g)[1]))
    assert rate_facts['clipping_does_the_same'] is torch.allclose(relative[0], relative[1])
    assert rate_facts['rescaling_repairs_nan'] is bool(torch.isfinite(broken / broken.norm()).all())
    lost = torch.tensor([1e-30, 2e-30]) * 1e-30
    assert rate_facts['rescaling_repairs_underflow'] is bool((lost * 1e+30 * 1e+30).abs().max() > 0)

