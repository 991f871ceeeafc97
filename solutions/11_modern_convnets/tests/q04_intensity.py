from otter.test_files import test_case

OK_FORMAT = False

name = "q04_intensity"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="A dense layer from 2 to 3 numbers without bias has the intensity 12/44 for one vector and 24/64 for two; bandwidth_facts holds six booleans.")
def test_small_layer(intensity, intensity_limit, layer_time_s, batch_to_reach, bandwidth_facts):
    import numpy as np
    import torch
    layer = torch.nn.Linear(2, 3, bias=False)
    for batch, expected in ((1, 12 / 44), (2, 24 / 64)):
        got = intensity(layer, (2,), batch)
        assert got is not None, 'intensity(...) returned None: expected a float'
        assert abs(got - expected) < 1e-09, f'intensity of the example, batch {batch}: expected {expected}, got {got}'
    got = intensity_limit(layer, (2,))
    assert got is not None, 'intensity_limit(...) returned None: expected a float'
    assert abs(got - 0.6) < 1e-09, f'intensity_limit of the example: expected 0.6, got {got}'
    got = layer_time_s(100.0, 30.0, 50.0, 10.0)
    assert got is not None, 'layer_time_s(...) returned None: expected a number of seconds'
    assert abs(got - 3) < 1e-09, f'2 s of arithmetic, 3 s of memory: expected 3, got {got}'
    got = batch_to_reach(layer, (2,), 0.3)
    assert got == 2, f'batch_to_reach of the example with balance 0.3: expected 2, got {got}'
    keys = ['conv_waits_for_one', 'dense_waits_for_one', 'dense_waits_for_64', 'faster_memory', 'faster_arithmetic']
    assert isinstance(bandwidth_facts, dict), 'bandwidth_facts should be a dictionary'
    for key in (*keys, 'dense_overtakes'):
        value = bandwidth_facts.get(key)
        assert isinstance(value, (bool, np.bool_)), f'bandwidth_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="For some layer and batch the intensity, or its limit, is not flop over bytes. What is moved once for the whole batch, and what for every image?")
def test_intensity_by_counting(intensity, intensity_limit):
    import torch
    from torch.utils.flop_counter import FlopCounterMode
    cases = [(torch.nn.Conv2d(3, 8, (3, 5), stride=2, padding=1), (3, 9, 12)), (torch.nn.Conv2d(4, 6, 3, groups=2, bias=False, dilation=2), (4, 11, 7)), (torch.nn.Conv2d(1, 1, 1), (1, 1, 1)), (torch.nn.Linear(30, 7), (30,)), (torch.nn.Linear(1, 5, bias=False), (1,))]
    for layer, shape in cases:
        for batch in (1, 2, 7):
            x = torch.zeros(batch, *shape)
            with FlopCounterMode(display=False) as counter:
                out = layer(x)
            moved = 4 * (x.numel() + out.numel())
            n_bytes = moved + 4 * sum((p.numel() for p in layer.parameters()))
            assert abs(intensity(layer, shape, batch) / (counter.get_total_flops() / n_bytes) - 1) < 1e-09
            assert abs(intensity_limit(layer, shape) / (counter.get_total_flops() / moved) - 1) < 1e-09

    def on_meta(intensity, intensity_limit):
        import torch
        layer = torch.nn.Linear(300, 500, device='meta')
        return (intensity(layer, (300,), 8), intensity_limit(layer, (300,)))
    got, limit = inside(on_meta)(intensity, intensity_limit)
    assert abs(got / (2 * 8 * 150000 / (4 * (150500 + 8 * 800))) - 1) < 1e-09
    assert abs(limit / (2 * 150000 / (4 * 800)) - 1) < 1e-09

@test_case(points=1, hidden=True, 
    failure_message="For some layer the batch is not the smallest one that gets there, or one is given where none gets there.")
def test_batch_by_trying(batch_to_reach):
    import torch
    for layer, shape, macs, moved in ((torch.nn.Linear(40, 30), (40,), 1200, 70), (torch.nn.Conv2d(2, 8, 3, padding=1), (2, 6, 6), 8 * 36 * 18, 72 + 288), (torch.nn.Linear(3, 1, bias=False), (3,), 3, 4)):
        params = sum((p.numel() for p in layer.parameters()))
        limit = 2 * macs / (4 * moved)
        for balance in (0.011, 0.123, 0.3, 0.375, 0.9, 1, 3.7, 8.1, 0.98 * limit, 1.001 * limit, 50):
            reached = [n for n in range(1, 5000) if 2 * macs * n >= balance * 4 * (params + n * moved)]
            assert batch_to_reach(layer, shape, balance) == (reached[0] if reached else None)

@test_case(points=1, hidden=True, 
    failure_message="The time is not that of the slower one of arithmetic and memory.")
def test_time_of_the_slower(layer_time_s):
    for flop, n_bytes, peak, bandwidth in ((8000000000.0, 1.0, 2000000000.0, 1000000.0), (3.0, 5000000.0, 7000000000.0, 1000000.0), (6.0, 6.0, 2.0, 2.0), (0, 4, 9, 8)):
        seconds = [work / rate for work, rate in ((flop, peak), (n_bytes, bandwidth))]
        assert abs(layer_time_s(flop, n_bytes, peak, bandwidth) - sorted(seconds)[1]) < 1e-12

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements about AlexNet's layers is decided wrongly. Divide, and compare with the balance.")
def test_bandwidth_facts(bandwidth_facts):
    peak, bandwidth = (10000000000000.0, 500000000000.0)
    sizes = {'conv': (96 * 26 * 26, 256 * 26 * 26, 256 * 96 * 25, 256), 'dense': (6400, 4096, 6400 * 4096, 4096)}

    def cost(name, batch):
        inputs, outputs, weights, biases = sizes[name]
        per_weight = outputs // biases
        return (2 * weights * per_weight * batch, 4 * (weights + biases + batch * (inputs + outputs)))

    def seconds(name, batch, peak=peak, bandwidth=bandwidth):
        flop, n_bytes = cost(name, batch)
        return max(flop / peak, n_bytes / bandwidth)
    waits = lambda name, batch: cost(name, batch)[0] / peak < cost(name, batch)[1] / bandwidth
    quotient = lambda name, batch: cost(name, batch)[0] / cost(name, batch)[1]
    halved = lambda now: abs(now / seconds('dense', 1) - 0.5) < 0.01
    decided = {'conv_waits_for_one': waits('conv', 1), 'dense_waits_for_one': waits('dense', 1), 'dense_waits_for_64': waits('dense', 64), 'faster_memory': halved(seconds('dense', 1, bandwidth=2 * bandwidth)), 'faster_arithmetic': halved(seconds('dense', 1, peak=2 * peak)), 'dense_overtakes': any((quotient('dense', 2 ** n) > quotient('conv', 2 ** n) for n in range(30)))}
    for key, truth in decided.items():
        assert bool(bandwidth_facts[key]) is truth

