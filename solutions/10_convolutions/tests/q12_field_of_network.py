from otter.test_files import test_case

OK_FORMAT = False

name = "q12_field_of_network"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="A single convolution with windows of 3 x 3 gives (3, 1, 8) on images of 10 x 10 pixels.")
def test_one_layer(net_sizes, net_steps, net_output, padding_to_keep, trace, ONE_LAYER):
    for name, value, length in (('net_sizes', net_sizes, 5), ('net_steps', net_steps, 5), ('net_output', net_output, 3)):
        assert isinstance(value, (list, tuple)), f'{name} should be a list of {length} integers'
        assert len(value) == length, f'{name}: expected {length} integers, got {len(value)}'
        assert all((type(n) is int for n in value)), f'{name} should hold integers'
    assert type(padding_to_keep) is int, 'padding_to_keep should be an integer'
    got = trace(ONE_LAYER, 10)
    assert got is not None, 'trace(...) returned None: expected a list of triples'
    assert isinstance(got, (list, tuple)) and len(got) == 1, 'one layer: expected a list of one triple'
    assert tuple(got[0]) == (3, 1, 8), f'trace of one convolution: expected (3, 1, 8), got {tuple(got[0])}'

@test_case(points=2, hidden=True, 
    failure_message="At least one of the numbers on paper is wrong. The last convolution is spread out by its dilation, and its steps are as long as all strides below make them.")
def test_net_on_paper(net_sizes, net_steps, net_output, padding_to_keep):
    import torch
    import torch.nn.functional as F
    layers = [(3, 1, 1, 1), (2, 2, 1, 0), (5, 2, 1, 2), (2, 2, 1, 0), (7, 1, 2, 3)]
    for depth in range(1, 6):
        first = []
        for unit in (0, 1):
            x = torch.ones(1, 1, 200, dtype=torch.float64, requires_grad=True)
            h = x
            for kernel, stride, dilation, _ in layers[:depth]:
                h = torch.conv1d(h, torch.ones(1, 1, kernel, dtype=torch.float64), stride=stride, dilation=dilation)
            h[0, 0, unit].backward()
            seen = x.grad[0, 0].nonzero()
            first.append(int(seen.min()))
        assert net_sizes[depth - 1] == int(seen.max() - seen.min()) + 1
        assert net_steps[depth - 1] == first[1] - first[0]
    meta = lambda *shape: torch.empty(shape, device='meta')
    h = F.max_pool2d(F.conv2d(meta(1, 3, 1024, 1024), meta(4, 3, 3, 3), padding=1), 2)
    h = F.max_pool2d(F.conv2d(h, meta(16, 4, 5, 5), stride=2, padding=2), 2)
    last = lambda padding: F.conv2d(h, meta(32, 16, 7, 7), padding=padding, dilation=2).shape
    assert tuple(net_output) == tuple(last(3)[1:])
    assert last(padding_to_keep)[2:] == h.shape[2:]

@test_case(points=2, hidden=True, 
    failure_message="trace is wrong for some network. Are dilations, poolings, paddings, settings kept as pairs, and layers without any window all read rightly?")
def test_trace_probed(trace):
    import torch
    import torch.nn.functional as F

    def probe(trace, specs, n):
        import torch
        layers = []
        for index, (kind, kernel, stride, padding, dilation) in enumerate(specs):
            twice = (lambda v: (v, v)) if index % 2 else lambda v: v
            if kind == 'conv':
                layers.append(torch.nn.Conv2d(1, 1, twice(kernel), twice(stride), twice(padding), twice(dilation)))
                layers += [torch.nn.BatchNorm2d(1), torch.nn.ReLU()]
            elif kind == 'max':
                layers.append(torch.nn.MaxPool2d(twice(kernel), twice(stride), twice(padding), twice(dilation)))
            else:
                layers += [torch.nn.AvgPool2d(twice(kernel), twice(stride), twice(padding)), torch.nn.Tanh()]
        return trace(torch.nn.Sequential(*layers), n)

    def measured(specs, n):
        rows = []
        for depth in range(1, len(specs) + 1):
            spans, firsts = ([], [])
            for unit in (0, 1):
                x = torch.ones(1, 1, 400, dtype=torch.float64, requires_grad=True)
                h = x
                for _, kernel, stride, _, dilation in specs[:depth]:
                    h = torch.conv1d(h, torch.ones(1, 1, kernel, dtype=torch.float64), stride=stride, dilation=dilation)
                h[0, 0, unit].backward()
                seen = x.grad[0, 0].nonzero()
                firsts.append(int(seen.min()))
                spans.append(int(seen.max()) - firsts[-1] + 1)
            h = torch.ones(1, 1, n)
            for _, kernel, stride, padding, dilation in specs[:depth]:
                h = F.conv1d(h, torch.ones(1, 1, kernel), stride=stride, padding=padding, dilation=dilation)
            rows.append((spans[0], firsts[1] - firsts[0], h.shape[2]))
        return rows
    networks = [[('conv', 3, 1, 1, 1), ('max', 2, 2, 0, 1), ('conv', 5, 2, 2, 1), ('max', 2, 2, 0, 1), ('conv', 7, 1, 3, 2)], [('max', 3, 2, 1, 1), ('avg', 2, 3, 1, 1), ('conv', 3, 1, 0, 3)], [('conv', 11, 4, 2, 1), ('max', 3, 2, 0, 1), ('conv', 5, 1, 2, 1), ('avg', 3, 2, 0, 1)], [('max', 2, 1, 0, 2), ('conv', 1, 3, 0, 1), ('max', 3, 1, 1, 3), ('conv', 3, 2, 5, 1)], [('avg', 4, 4, 2, 1)], []]
    for specs in networks:
        for n in (96, 101):
            got = inside(probe)(trace, specs, n)
            assert [tuple(row) for row in got] == measured(specs, n)

