from otter.test_files import test_case

OK_FORMAT = False

name = "q14_nin_resources"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="One block with two channels on 4 x 4 pixels has 32 parameters and 416 MACs; a batch of 10 takes 1024 floats in training, 672 in inference; nin_budget and resource_facts have all entries.")
def test_one_block(nin_stats, train_floats, infer_floats, nin_budget, resource_facts):
    import numpy as np
    got = nin_stats([(2, 3, 1, 1)], 1, 4)
    assert isinstance(got, dict), f'nin_stats should return a dictionary, got {type(got).__name__}'
    for key, expected in {'params': 32, 'macs': 416, 'outputs': 96, 'pair': 64}.items():
        assert got.get(key) == expected, f'{key} of the example: expected {expected}, got {got.get(key)}'
    stats = {'params': 32, 'macs': 416, 'outputs': 96, 'pair': 64}
    got = train_floats(stats, 10)
    assert got == 1024, f'train_floats of the example: expected 1024, got {got}'
    got = infer_floats(stats, 10)
    assert got == 672, f'infer_floats of the example: expected 672, got {got}'
    assert isinstance(nin_budget, dict), 'nin_budget should be a dictionary'
    for key in ('params', 'macs', 'one_by_one_macs', 'train', 'infer'):
        value = nin_budget.get(key)
        assert isinstance(value, (int, np.integer)), f'nin_budget[{key!r}] should be an integer, got {value!r}'
    value = nin_budget.get('fewer_params')
    assert isinstance(value, (float, int, np.number)), f"nin_budget['fewer_params'] should be a number, got {value!r}"
    assert isinstance(resource_facts, dict), 'resource_facts should be a dictionary'
    for key in ('params_by_size', 'macs_like_params', 'training_by_activations'):
        value = resource_facts.get(key)
        assert isinstance(value, (bool, np.bool_)), f'resource_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="For some blocks, channels or size a number is wrong. Do the 1 x 1 layers count, and the poolings, and which layer has the largest input and output?")
def test_stats_on_meta(nin_stats, train_floats, infer_floats):
    import torch
    from torch import nn
    from torch.utils.flop_counter import FlopCounterMode

    def measure(blocks, c_in, size):
        sizes, params = ([], 0)
        with torch.device('meta'), torch.no_grad(), FlopCounterMode(display=False) as counter:
            x = torch.empty(1, c_in, size, size)
            for number, (c, k, s, p) in enumerate(blocks):
                layers = [nn.Conv2d(x.shape[1], c, k, s, p), nn.Conv2d(c, c, 1), nn.Conv2d(c, c, 1)]
                if number < len(blocks) - 1:
                    layers.append(nn.MaxPool2d(3, 2))
                for layer in layers:
                    params += sum((w.numel() for w in layer.parameters()))
                    before, x = (x.numel(), layer(x))
                    sizes.append((before, x.numel()))
        stats = {'params': params, 'macs': counter.get_total_flops() // 2, 'outputs': sum((b for _, b in sizes))}
        return stats | {'pair': max((a + b for a, b in sizes))}
    full = [(96, 11, 4, 0), (256, 5, 1, 2), (384, 3, 1, 1), (10, 3, 1, 1)]
    cases = [(full, 1, 224), (full, 3, 227), (full[:3], 3, 100), ([(2, 3, 1, 0)], 50, 20)]
    cases += [([(4, 3, 2, 1), (6, 5, 1, 2)], 9, 16), ([(1, 1, 1, 0), (3, 2, 1, 0), (2, 1, 1, 1)], 2, 30)]
    cases += [([(1, 3, 1, 1), (50, 3, 1, 1)], 1, 20)]
    for blocks, c_in, size in cases:
        stats = nin_stats(blocks, c_in, size)
        assert dict(stats) == measure(blocks, c_in, size)
        for batch in (1, 7):
            kept, pair = (sum((batch * stats[key] for key in ('outputs',))), batch * stats['pair'])
            assert train_floats(stats, batch) == stats['params'] + stats['params'] + kept
            assert infer_floats(stats, batch) == stats['params'] + pair

@test_case(points=2, hidden=True, 
    failure_message="At least one entry of the budget of NiN is wrong, or a statement about its resources. Use your functions, and compare with AlexNet.")
def test_budget(nin_budget, resource_facts):
    import torch
    from torch import nn
    from torch.utils.flop_counter import FlopCounterMode

    def measure(size):
        c, sizes, weights, small = (1, [], 0, 0)
        with torch.device('meta'), torch.no_grad():
            x = torch.empty(1, 1, size, size)
            macs = 0
            for c_out, k, s, p in ((96, 11, 4, 0), (256, 5, 1, 2), (384, 3, 1, 1), (10, 3, 1, 1)):
                for layer in (nn.Conv2d(c, c_out, k, s, p), nn.Conv2d(c_out, c_out, 1), nn.Conv2d(c_out, c_out, 1)):
                    before = x.numel()
                    with FlopCounterMode(display=False) as counter:
                        x = layer(x)
                    macs += counter.get_total_flops() // 2
                    small += counter.get_total_flops() // 2 if layer.kernel_size == (1, 1) else 0
                    weights += layer.weight.numel() + c_out
                    sizes.append((before, x.numel()))
                if c_out != 10:
                    before = x.numel()
                    x = nn.functional.max_pool2d(x, 3, 2)
                    sizes.append((before, x.numel()))
                c = c_out
        return (weights, macs, small, sum((b for _, b in sizes)), max((a + b for a, b in sizes)))
    params, macs, small, outputs, pair = measure(224)
    assert nin_budget['params'] == params and nin_budget['macs'] == macs
    assert nin_budget['one_by_one_macs'] == small
    assert nin_budget['train'] == 2 * params + 128 * outputs and nin_budget['infer'] == params + pair
    assert abs(nin_budget['fewer_params'] / (46764746 / params) - 1) < 0.01
    decided = {'params_by_size': measure(288)[0] > params, 'macs_like_params': macs < 938146176 / 10, 'training_by_activations': 128 * outputs > 0.9 * (2 * params + 128 * outputs)}
    for key, truth in decided.items():
        assert bool(resource_facts[key]) is truth

