from otter.test_files import test_case

OK_FORMAT = False

name = "q24_text"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="One layer with three words and dilation 4 sees the offsets -4, 0 and 4; one place back takes one layer.")
def test_one_layer(seen_words, layers_needed, text_facts):
    got = seen_words([(3, 4)])
    assert isinstance(got, list), f'seen_words should return a list, got {type(got).__name__}'
    assert got == [-4, 0, 4], f'seen_words([(3, 4)]): expected [-4, 0, 4], got {got}'
    got = layers_needed(1, 3, False)
    assert type(got) is int, f'layers_needed should return an int, got {type(got).__name__}'
    assert got == 1, f'layers_needed(1, 3, False): expected 1, got {got}'
    assert isinstance(text_facts, dict), 'text_facts should be a dictionary'
    keys = ['phrase_moves', 'window_of_one_knows_context', 'average_of_ones_knows_order', 'threes_know_order']
    for key in [*keys, 'first_equals_last']:
        assert isinstance(text_facts.get(key), bool), f'text_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="Some stack of layers sees other words than you say. Dilated windows have gaps, which later layers may or may not fill.")
def test_seen_by_gradient(seen_words):
    import torch
    stacks = [[], [(1, 5)], [(3, 1), (3, 1), (3, 1)], [(5, 1)] * 4, [(3, 1), (3, 2), (3, 4), (3, 8)], [(3, 4), (3, 4)]]
    for layers in [*stacks, [(3, 5), (3, 1)], [(5, 3), (1, 1), (3, 10)], [(7, 2)], [(3, 1), (3, 9)]]:
        x = torch.ones(1, 1, 101, dtype=torch.float64, requires_grad=True)
        y = x
        for k, dilation in layers:
            weight = torch.ones(1, 1, k, dtype=torch.float64) / k
            y = torch.nn.functional.conv1d(y, weight, padding=dilation * (k - 1) // 2, dilation=dilation)
        gradient, = torch.autograd.grad(y[0, 0, 50], x)
        assert seen_words(layers) == (gradient[0, 0].nonzero()[:, 0] - 50).tolist()

@test_case(points=1, hidden=True, 
    failure_message="Some distance takes fewer or more layers than you say. Half a window reaches back in each layer.")
def test_fewest_layers(layers_needed):
    for k in (3, 5, 9):
        for doubling in (False, True):
            reached, depth = ([0] * 70, 0)
            seen = {0}
            fewest = {0: 0}
            while len(fewest) < len(reached):
                step = 2 ** depth if doubling else 1
                seen = {o + step * u for o in seen for u in range(-(k - 1) // 2, (k + 1) // 2) if abs(o + step * u) < 600}
                depth += 1
                for distance in range(len(reached)):
                    if -distance in seen:
                        fewest.setdefault(distance, depth)
            for distance, depth in fewest.items():
                got = layers_needed(distance, k, doubling)
                assert type(got) is int and got == depth

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about text is decided wrongly. Try them with random word vectors.")
def test_text_facts(text_facts):
    import torch
    torch.manual_seed(241)
    vectors = torch.randn(9, 6).double()
    read = lambda words: vectors[torch.tensor(words)].T[None]
    net = lambda *ks: torch.nn.Sequential(torch.nn.Conv1d(6, 16, ks[0], padding='same'), torch.nn.ReLU(), torch.nn.Conv1d(16, 16, ks[-1], padding='same')).double()
    wide, narrow = (net(3), net(1))
    here, there = ([0] * 10 + [1, 2, 3] + [0] * 17, [0] * 15 + [1, 2, 3] + [0] * 12)
    moves = torch.allclose(wide(read(here))[..., 8:15], wide(read(there))[..., 13:20])
    assert text_facts['phrase_moves'] is moves
    bank = [narrow(read([a, 5, b]))[0, :, 1] for a, b in ((1, 2), (3, 4))]
    assert text_facts['window_of_one_knows_context'] is (not torch.allclose(*bank))
    same = {}
    for name, layers in (('narrow', narrow), ('wide', wide)):
        means = [torch.relu(layers(read(words))).mean(dim=2) for words in ([1, 2, 3], [3, 2, 1])]
        same[name] = torch.allclose(*means)
    assert text_facts['average_of_ones_knows_order'] is (not same['narrow'])
    assert text_facts['threes_know_order'] is (not same['wide'])
    sees_both = any((t - 15 <= 0 and t + 15 >= 99 for t in range(100)))
    assert text_facts['first_equals_last'] is sees_both

