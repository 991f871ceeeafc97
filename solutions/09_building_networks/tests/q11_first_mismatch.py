from otter.test_files import test_case

OK_FORMAT = False

name = "q11_first_mismatch"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="A Linear(20, 256) before a Linear(128, 10) fails at index 1; noticed holds five words.")
def test_chain(first_mismatch, noticed):
    from torch import nn
    net = nn.Sequential(nn.Linear(20, 256), nn.Linear(128, 10))
    got = first_mismatch(net, (2, 20))
    assert got is not None, 'first_mismatch of this chain returned None: expected 1'
    assert got == 1, f'first_mismatch of this chain: expected 1, got {got}'
    assert isinstance(noticed, dict), 'noticed should be a dictionary'
    words = ('construct', 'forward', 'never')
    for key in ('input', 'chain', 'lazy_once', 'lazy_twice', 'channels'):
        assert noticed.get(key) in words, f'noticed[{key!r}] should be one of {words}'

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five cases is noticed at another moment, or not at all. Try them.")
def test_moments(noticed):
    import torch
    from torch import nn
    cases = {'input': (lambda: nn.Linear(20, 256), [(2, 10)]), 'chain': (lambda: nn.Sequential(nn.Linear(20, 256), nn.Linear(128, 10)), [(2, 20)]), 'lazy_once': (lambda: nn.Sequential(nn.Linear(20, 256), nn.LazyLinear(10)), [(2, 20)]), 'lazy_twice': (lambda: nn.LazyLinear(10), [(2, 5), (2, 6)]), 'channels': (lambda: nn.Conv2d(3, 4, 3), [(2, 1, 8, 8)])}
    for name, (build, shapes) in cases.items():
        moment = 'construct'
        try:
            net = build()
            moment = 'forward'
            for shape in shapes:
                net(torch.zeros(shape))
            moment = 'never'
        except RuntimeError:
            pass
        assert noticed[name] == moment

@test_case(points=2, hidden=True, 
    failure_message="For some network the culprit is not the layer named, or the caller's network is changed. The layer that fails is wanted, not the one that made the wrong width.")
def test_culprits(first_mismatch):
    from torch import nn

    class Silent(nn.Module):

        def forward(self, x):
            if x.any():
                raise RuntimeError('not zeros')
            return x

    def probe(first_mismatch, build, shape):
        import torch
        from torch import nn
        net = build(nn)
        waiting = [nn.parameter.is_lazy(p) for p in net.parameters()]
        numbers = {n: b.clone() for n, b in net.named_buffers() if not nn.parameter.is_lazy(b)}
        got = first_mismatch(net, shape)
        kept = waiting == [nn.parameter.is_lazy(p) for p in net.parameters()]
        return (got, kept and all((torch.equal(b, numbers[n]) for n, b in net.named_buffers() if n in numbers)))
    cases = [(lambda nn: nn.Sequential(nn.Linear(20, 256), nn.Linear(256, 10)), (2, 20), None), (lambda nn: nn.Sequential(nn.Linear(20, 256), nn.Linear(256, 10)), (2, 19), 0), (lambda nn: nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Tanh(), nn.Linear(4, 8)), (1, 4), 3), (lambda nn: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(24, 2)), (2, 3, 5, 4), None), (lambda nn: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(25, 2)), (2, 3, 5, 4), 3), (lambda nn: nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.LazyLinear(5)), (2, 1, 5, 5), 0), (lambda nn: nn.Sequential(nn.LazyLinear(5), nn.Linear(5, 4), nn.LazyLinear(3)), (3, 7), None), (lambda nn: nn.Sequential(nn.LazyLinear(5), nn.Linear(6, 4), nn.LazyLinear(3)), (3, 7), 1), (lambda nn: nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)), (6, 3), None), (lambda nn: nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(5), nn.Linear(7, 1)), (6, 3), 1), (lambda nn: nn.Sequential(), (2, 2), None), (lambda nn: nn.Sequential(nn.ReLU(), Silent(), nn.Linear(3, 1)), (2, 3), None)]
    for build, shape, expected in cases:
        got, kept = inside(probe)(first_mismatch, build, shape)
        assert got == expected and type(got) is type(expected) and kept

