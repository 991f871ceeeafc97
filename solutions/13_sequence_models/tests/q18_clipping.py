from otter.test_files import test_case

OK_FORMAT = False

name = "q18_clipping"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="Without parameters, or without gradients, the length is 0. The cell below the question tries (3, 0) and (4).")
def test_no_gradients(clip_gradients, clip_facts):
    import torch
    for name, params in (('no parameters', []), ('no gradients', [torch.nn.Parameter(torch.ones(2))])):
        got = clip_gradients(params, 1.0)
        assert got is not None, 'clip_gradients(...) returned None: expected the length before clipping'
        assert isinstance(got, (int, float)) and got == 0, f'{name}: expected the number 0.0, got {got!r}'
    assert isinstance(clip_facts, dict), 'clip_facts should be a dictionary'
    keys = ['direction_is_kept', 'tensor_by_tensor_is_the_same', 'short_gradients_are_stretched']
    for key in [*keys, 'needed_at_rate_100', 'needed_at_rate_1', 'changes_much_at_rate_1']:
        assert isinstance(clip_facts.get(key), bool), f'clip_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="The gradients after clipping, or the length before, are wrong for some parameters. It is one length for all of them, changed in place.")
def test_clipped_in_place(clip_gradients):
    import torch

    def probe(clip_gradients, grads, c, lazy):
        import torch
        params = [torch.nn.Parameter(torch.ones(1) if g is None else torch.ones_like(g)) for g in grads]
        for p, g in zip(params, grads):
            p.grad = None if g is None else g.clone()
        same = [p.grad for p in params]
        length = clip_gradients((p for p in params) if lazy else params, c)
        kept = all((p.grad is old for p, old in zip(params, same))) and all(((p == 1).all() for p in params))
        return (length, [p.grad for p in params], kept)
    rng = torch.Generator().manual_seed(167)
    random = lambda *shape: torch.randn(*shape, generator=rng)
    cases = [[torch.tensor([3.0, 0.0]), torch.tensor([4.0])], [random(3, 4), None, random(5), random(2, 2, 2)]]
    cases += [[random(1)], [None, random(6)], [torch.zeros(3), torch.zeros(1)], [None], [100 * random(4, 4), random(4)]]
    cases += [[0.0001 * random(7), 1e-06 * random(2)], [random(3, 3).double(), random(3).double()]]
    for grads in cases:
        real = [g for g in grads if g is not None]
        before = sum((float((g.double() ** 2).sum()) for g in real)) ** 0.5
        for c in (0.01, 0.5, 1.0, 3.0, 5.0, 10000.0):
            length, after, kept = inside(probe)(clip_gradients, grads, c, c == 1.0)
            assert isinstance(length, (int, float)) and abs(length - before) <= 1e-05 * before
            assert kept
            assert [g is None for g in after] == [g is None for g in grads]
            factor = min(1.0, c / before) if before > 0 else 1.0
            for old, new in zip(grads, after):
                if old is not None:
                    assert new.dtype == old.dtype
                    assert torch.allclose(new, old * factor, rtol=0.001, atol=1e-12)

@test_case(points=2, hidden=True, 
    failure_message="At least one statement about clipping is decided wrongly. Train the network.")
def test_clip_facts(clip_facts):
    import math
    import numpy as np
    import torch
    rng = np.random.default_rng(0)
    words = [''.join(rng.choice(list('abcdefghijklmnoprstuvw'), size=rng.integers(2, 6))) for _ in range(30)]
    follow = np.stack([rng.choice(30, size=3, replace=False) for _ in range(30)])
    rng, at, text = (np.random.default_rng(1), 0, [])
    for _ in range(1500):
        at = follow[at, rng.choice(3, p=[0.6, 0.3, 0.1])]
        text.append(words[at])
    text = ' '.join(text)
    names = sorted(set(text))
    ids = torch.tensor([names.index(c) for c in text])
    count = (len(ids) - 1) // 256 * 256
    xs, ys = (part.view(16, -1, 16).transpose(0, 1) for part in (ids[:count], ids[1:count + 1]))

    def last_perplexity(rate, c):
        torch.manual_seed(168)
        net, read = (torch.nn.RNN(len(names), 32, batch_first=True), torch.nn.Linear(32, len(names)))
        parameters = [*net.parameters(), *read.parameters()]
        for _ in range(4):
            h, total = (torch.zeros(1, 16, 32), 0.0)
            for x, y in zip(xs, ys):
                out, h = net(torch.nn.functional.one_hot(x, len(names)).float(), h.detach())
                loss = torch.nn.functional.cross_entropy(read(out).flatten(0, 1), y.flatten())
                grads = torch.autograd.grad(loss, parameters)
                length = sum((float((g ** 2).sum()) for g in grads)) ** 0.5
                with torch.no_grad():
                    for p, g in zip(parameters, grads):
                        p -= rate * min(1.0, c / length) * g
                total += loss.item() / len(xs)
        return math.exp(min(total, 500.0)) if total == total else math.inf
    limit = len(names) / 2
    fast, wild = (last_perplexity(100, 0.01), last_perplexity(100, math.inf))
    slow, plain = (last_perplexity(1, 1.0), last_perplexity(1, math.inf))
    a, b = (torch.tensor([3.0, 0.0]), torch.tensor([0.1]))
    whole, single = (torch.cat([a, b]) / float(torch.cat([a, b]).norm()), torch.cat([a / 3, b]))
    cosine = float(whole @ single / single.norm())
    assert clip_facts['direction_is_kept'] is bool(torch.allclose(whole / whole[0], torch.cat([a, b]) / 3))
    assert clip_facts['tensor_by_tensor_is_the_same'] is (cosine > 1 - 1e-06)
    assert clip_facts['short_gradients_are_stretched'] is (min(1.0, 1.0 / float(b.norm())) > 1)
    assert clip_facts['needed_at_rate_100'] is (fast < limit and (not wild < limit))
    assert clip_facts['needed_at_rate_1'] is (not plain < limit)
    assert clip_facts['changes_much_at_rate_1'] is (max(plain / slow, slow / plain) > 1.5)

