from otter.test_files import test_case

OK_FORMAT = False

name = "q25_place_matters"
points = 6


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="Two shifts of one image with different labels allow an accuracy of one half; both networks give two scores.")
def test_two_images(best_invariant_accuracy, solvable, invariant_net, coordinate_net, invariance_facts):
    import numpy as np
    import torch
    images = np.array([[[1, 0], [0, 0]], [[0, 0], [0, 1]]])
    got = best_invariant_accuracy(images, np.array([0, 1]))
    assert got is not None, 'best_invariant_accuracy(...) returned None: expected a float'
    assert abs(got - 0.5) < 1e-09, f'best_invariant_accuracy of two shifts with labels 0 and 1: expected 0.5, got {got}'
    for name, make in (('invariant_net', invariant_net), ('coordinate_net', coordinate_net)):
        net = make()
        assert isinstance(net, torch.nn.Module), f'{name}() should return a torch.nn.Module'
        scores = net(torch.zeros(3, 1, 12, 12))
        assert isinstance(scores, torch.Tensor), f'the network of {name} should return a tensor'
        assert scores.shape == (3, 2), f'{name}: expected scores of shape (3, 2), got {tuple(scores.shape)}'
    learned = ['invariant_learns_halves', 'zero_padding_is_invariant', 'stride_is_invariant', 'maximum_is_invariant']
    tasks = ['sky_or_ground', 'one_or_two', 'which_eye', 'hat_on_head']
    answers = {'solvable': (solvable, tasks), 'invariance_facts': (invariance_facts, [*learned, 'flattened_is_invariant'])}
    for name, (facts, keys) in answers.items():
        assert isinstance(facts, dict), f'{name} should be a dictionary'
        for key in keys:
            assert isinstance(facts.get(key), bool), f'{name}[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="For some images the limit is too high or too low. All shifts of an image get one answer, and the most frequent label is the best one.")
def test_limit_by_brute_force(best_invariant_accuracy):
    from itertools import product
    import numpy as np
    rng = np.random.default_rng(251)
    for h, w, n, most in ((2, 2, 9, 2), (1, 3, 10, 3), (3, 1, 8, 2), (2, 3, 12, 3), (1, 1, 7, 2), (3, 3, 1, 2)):
        images = np.array([rng.integers(0, 2, size=(h, w)) for _ in range(n)])
        labels = rng.integers(0, most, size=n) - 1
        same = [[any(((np.roll(np.roll(a, i, 0), j, 1) == b).all() for i in range(h) for j in range(w))) for b in images] for a in images]
        kinds = [row.index(True) for row in same]
        best = 0
        firsts = sorted(set(kinds))
        for answers in product(range(-1, most - 1), repeat=len(firsts)):
            answer = dict(zip(firsts, answers))
            best = max(best, sum((answer[kind] == label for kind, label in zip(kinds, labels))))
        assert abs(best_invariant_accuracy(images, labels) - best / n) < 1e-09
    images = np.zeros((4, 3, 4), dtype=int)
    images[0, 0, :2], images[1, 1, [0, 2]] = (1, 1)
    images[2, 2, :3], images[3, 0, 1:] = ((1, 2, 0), (2, 1, 0))
    assert best_invariant_accuracy(images, np.array([0, 1, 2, 3])) == 1

@test_case(points=1, hidden=True, 
    failure_message="At least one of the four tasks is judged wrongly. Can you shift an image of one class so that it becomes one of the other?")
def test_tasks_enumerated(solvable):
    import numpy as np

    def image(*pixels):
        made = np.zeros((6, 6), dtype=int)
        for i, j, value in pixels:
            made[i, j] = value
        return made
    places = [(i, j) for i in range(6) for j in range(6)]
    ones = [image((*p, 1)) for p in places]
    twos = [image((*p, 1), (*q, 1)) for p in places for q in places if p < q]
    above = [(image((i, j, 2), (i + 1, j, 1)), image((i, j, 1), (i + 1, j, 2))) for i in range(5) for j in range(6)]
    tasks = {'sky_or_ground': ([x for x in ones if x[:3].any()], [x for x in ones if x[3:].any()]), 'one_or_two': (twos, ones), 'which_eye': ([image((2, 1, 2), (2, 4, 1))], [image((2, 1, 1), (2, 4, 2))]), 'hat_on_head': ([a for a, _ in above], [b for _, b in above])}
    for name, (yes, no) in tasks.items():
        moved = {np.roll(x, shift, axis=(0, 1)).tobytes() for x in yes for shift in places}
        assert solvable[name] is (not any((x.tobytes() in moved for x in no)))

@test_case(points=1, hidden=True, 
    failure_message="The first network is not shift invariant, or the second is, or one of them hardly looks at the image, or is not built as asked.")
def test_networks_under_shifts(invariant_net, coordinate_net):
    import torch
    for seed in range(3):
        torch.manual_seed(252 + seed)
        x = torch.randn(5, 1, 12, 12)
        invariant, told = (invariant_net(), coordinate_net())
        for shift in ((1, 0), (0, 1), (5, 3), (6, 11)):
            moved = torch.roll(x, shift, dims=(2, 3))
            assert (invariant(x) - invariant(moved)).abs().max() < 0.0001 * invariant(x).std(dim=0).max()
            assert (told(x) - told(moved)).abs().max() > 0.001 * told(x).std(dim=0).max()
        assert invariant(x).std(dim=0).max() > 0.0001

    def look(make, x):
        from torch.utils._python_dispatch import TorchDispatchMode
        names, seen = ([], [])

        class Watch(TorchDispatchMode):

            def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
                names.append(str(operation))
                if 'conv' in names[-1]:
                    seen.append(args[0].detach())
                return operation(*args, **kwargs or {})
        with Watch():
            make()(x)
        return (sum(('conv' in name for name in names)), sum(('relu' in name for name in names)), seen[0])
    x = torch.randn(2, 1, 12, 12)
    for make in (invariant_net, coordinate_net):
        convolutions, relus, first = inside(look)(make, x)
        assert convolutions >= 2 and relus >= 2
    margin = (first.shape[3] - 12) // 2
    middle = first[:, :, margin:margin + 12, margin:margin + 12]
    line = (torch.arange(12) / 5.5 - 1).expand(2, 12, 12)
    for wanted in (x[:, 0], line, line.transpose(1, 2)):
        assert any((channel.shape == wanted.shape and (channel - wanted).abs().max() < 1e-05 for channel in middle.unbind(1)))

@test_case(points=1, hidden=True, 
    failure_message="After training, the invariant network does not tell level from upright bars, or the other one not the upper from the lower half.")
def test_networks_trained(invariant_net, coordinate_net):
    import torch

    def learn(make, sets):
        import torch
        accuracies = []
        for (x, y), (x_test, y_test) in sets:
            torch.manual_seed(256)
            net = make()
            optimiser = torch.optim.Adam(net.parameters(), lr=0.02)
            for _ in range(60):
                optimiser.zero_grad()
                torch.nn.functional.cross_entropy(net(x), y).backward()
                optimiser.step()
            with torch.no_grad():
                accuracies.append((net(x_test).argmax(dim=1) == y_test).double().mean().item())
        return accuracies

    def squares(n, side):
        x, rows = (0.1 * torch.randn(n, 1, 12, 12), torch.randint(0, 10, (n,)))
        for image, i in zip(x, rows):
            j = int(torch.randint(0, 10, ()))
            image[0, i:i + 3, j:j + 3] += 1
        return (x, (rows < 5).long()) if side == 'rows' else (x.transpose(2, 3), (rows < 5).long())

    def sticks(n):
        x, y = (0.1 * torch.randn(n, 1, 12, 12), torch.randint(0, 2, (n,)))
        for image, level in zip(x, y):
            i, j = (int(place) for place in torch.randint(0, 9, (2,)))
            image[0, i:i + 4 - 3 * level, j:j + 1 + 3 * level] += 1
        return (x, y)
    torch.manual_seed(257)
    level, = inside(learn)(invariant_net, [(sticks(200), sticks(200))])
    upper, left = inside(learn)(coordinate_net, [(squares(200, 'rows'), squares(200, 'rows')), (squares(200, 'columns'), squares(200, 'columns'))])
    assert level > 0.8 and upper > 0.8 and (left > 0.8)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about invariance is decided wrongly. Shift an image by one pixel, and compare the scores.")
def test_invariance_facts(invariance_facts):
    import torch
    nn = torch.nn

    class Over(nn.Module):

        def __init__(self, reduce):
            super().__init__()
            self.reduce = reduce

        def forward(self, x):
            return self.reduce(x)
    mean = lambda x: x.mean(dim=(2, 3))

    def network(reduce=mean, mode='circular', stride=1, features=6):
        first = nn.Conv2d(1, 6, 3, padding=1, padding_mode=mode, stride=stride)
        second = nn.Conv2d(6, 6, 3, padding=1, padding_mode=mode)
        return nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), Over(reduce), nn.Linear(features, 2)).double()
    torch.manual_seed(258)
    x = torch.randn(8, 1, 12, 12).double()
    stays = lambda net: torch.allclose(net(x), net(torch.roll(x, (1, 0), dims=(2, 3))), rtol=0, atol=1e-09)
    assert invariance_facts['zero_padding_is_invariant'] is stays(network(mode='zeros'))
    assert invariance_facts['stride_is_invariant'] is stays(network(stride=2))
    assert invariance_facts['maximum_is_invariant'] is stays(network(lambda x: x.amax(dim=(2, 3))))
    assert invariance_facts['flattened_is_invariant'] is stays(network(lambda x: x.flatten(1), features=6 * 144))
    square = torch.zeros(2, 1, 12, 12).double()
    square[0, 0, 1:4, 2:5], square[1, 0, 8:11, 6:9] = (1, 1)
    upper, lower = network()(square)
    assert invariance_facts['invariant_learns_halves'] is (not torch.allclose(upper, lower, rtol=0, atol=1e-09))

