from otter.test_files import test_case

OK_FORMAT = False

name = "q01_lenet"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="Each of the four LeNets has 61706 parameters and gives ten scores per image; pool_race gives two lists; pooling_facts holds five booleans.")
def test_four_lenets(lenet, pool_race, pooling_facts):
    import numpy as np
    import torch
    for pool in ('avg', 'max'):
        for act in ('sigmoid', 'relu'):
            net = lenet(pool, act)
            assert isinstance(net, torch.nn.Module), f'lenet({pool!r}, {act!r}) should return an nn.Module'
            out = net(torch.zeros(3, 1, 28, 28))
            assert isinstance(out, torch.Tensor), 'the network should return a tensor'
            assert out.shape == (3, 10), f'scores: expected shape (3, 10), got {tuple(out.shape)}'
            count = sum((p.numel() for p in net.parameters()))
            assert count == 61706, f'lenet({pool!r}, {act!r}): expected 61706 parameters, got {count}'
    X, y = (torch.zeros(4, 1, 28, 28), torch.arange(4))
    got = pool_race((X, y, X, y), 2, 0)
    assert isinstance(got, dict), f'pool_race should return a dictionary, got {type(got).__name__}'
    assert set(got) == {'avg', 'max'}, f'pool_race: expected the keys "avg" and "max", got {sorted(map(str, got))}'
    for pool in ('avg', 'max'):
        assert len(got[pool]) == 2, f'two epochs: expected 2 accuracies for {pool!r}, got {len(got[pool])}'
    keys = ['parameters_change', 'max_before_relu', 'average_before_relu', 'average_is_smaller']
    assert isinstance(pooling_facts, dict), 'pooling_facts should be a dictionary'
    for key in (*keys, 'one_gets_the_gradient'):
        assert isinstance(pooling_facts.get(key), (bool, np.bool_)), f'pooling_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="For some choice of pooling and activation the scores are not those of LeNet with the same weights, or a word that means nothing is accepted.")
def test_scores_with_same_weights(lenet):
    import torch
    import torch.nn.functional as F

    def look(lenet, pool, act, inputs):
        import torch
        net = lenet(pool, act)
        with torch.no_grad():
            for p in net.parameters():
                p.mul_(3)
            return ([p.detach() for p in net.parameters()], [net(x) for x in inputs])
    torch.manual_seed(61)
    pools = {'avg': F.avg_pool2d, 'max': F.max_pool2d}
    acts = {'sigmoid': torch.sigmoid, 'relu': torch.relu}
    inputs = [torch.randn(1, 1, 28, 28), 2 * torch.randn(5, 28, 28, 1).permute(0, 3, 1, 2)]
    for pool, act in [(pool, act) for pool in pools for act in acts]:
        parameters, scores = inside(look)(lenet, pool, act, inputs)
        w = {tuple(p.shape): p for p in parameters}
        for x, got in zip(inputs, scores):
            h = F.conv2d(F.pad(x, (2, 2, 2, 2)), w[6, 1, 5, 5], w[6,])
            h = F.conv2d(pools[pool](acts[act](h), 2), w[16, 6, 5, 5], w[16,])
            h = pools[pool](acts[act](h), 2).flatten(1)
            for i, o in ((400, 120), (120, 84)):
                h = acts[act](h @ w[o, i].T + w[o,])
            expected = h @ w[10, 84].T + w[10,]
            assert (got - expected).abs().max() < 0.0001 * expected.abs().max()
    for words in (('mean', 'relu'), ('max', 'ReLU'), ('relu', 'max'), ('', ''), (None, 'relu'), ('avg', 'tanh')):
        try:
            lenet(*words)
        except ValueError:
            continue
        raise AssertionError('a word that means nothing should raise a ValueError')

@test_case(points=1, hidden=True, 
    failure_message="The race is not run as asked. Both nets start with the same seed, train on the training images only, and are measured on the test images after every epoch.")
def test_race_by_hand(pool_race, lenet, fit, accuracy, make_digits):

    def by_hand(pool_race, lenet, fit, accuracy, make_digits):
        import torch
        data = (*make_digits(96, seed=61), *make_digits(150, seed=62))
        got, expected = (pool_race(data, 3, 5), {})
        for pool in ('max', 'avg'):
            torch.manual_seed(5)
            net, expected[pool] = (lenet(pool, 'relu'), [])
            for e in range(3):
                fit(net, data[0], data[1], epochs=1, seed=e)
                expected[pool].append(accuracy(net, data[2], data[3]))
        return (got, expected)
    got, expected = inside(by_hand)(pool_race, lenet, fit, accuracy, make_digits)
    for pool in ('avg', 'max'):
        assert max((abs(a - b) for a, b in zip(got[pool], expected[pool]))) < 0.01 and len(got[pool]) == 3

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about pooling is decided wrongly. Try it on a batch of random numbers, negative ones included.")
def test_pooling_facts(pooling_facts):
    import torch
    import torch.nn.functional as F
    torch.manual_seed(63)
    x = torch.randn(9, 3, 8, 8).double().requires_grad_()
    same = lambda pool: torch.equal(pool(torch.relu(x), 2), torch.relu(pool(x, 2)))
    shares = []
    for pool in (F.max_pool2d, F.avg_pool2d):
        slope, = torch.autograd.grad(pool(x, 2).sum(), x)
        shares.append(sorted(set(slope.flatten().tolist())))
    learned = list(torch.nn.MaxPool2d(2).parameters()) + list(torch.nn.AvgPool2d(2).parameters())
    decided = {'parameters_change': len(learned) > 0, 'max_before_relu': same(F.max_pool2d), 'average_before_relu': same(F.avg_pool2d), 'average_is_smaller': bool((F.avg_pool2d(x, 2) <= F.max_pool2d(x, 2)).all()), 'one_gets_the_gradient': shares == [[0, 1], [0.25]]}
    for key, truth in decided.items():
        assert bool(pooling_facts[key]) is truth

