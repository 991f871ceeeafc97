from otter.test_files import test_case

OK_FORMAT = False

name = "q02_activations"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="get_activations gives one tensor per name, plot_maps a figure with one image per channel, and the numbers 0, 2, 5 with labels 0, 0, 1 have the contrast 2.")
def test_small_values(get_activations, plot_maps, class_contrast):
    import torch
    net = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU())
    got = get_activations(net, torch.ones(1, 1, 4, 4), ['0', '1'])
    assert isinstance(got, dict), f'get_activations should return a dictionary, got {type(got).__name__}'
    assert set(got) == {'0', '1'}, f'expected the keys "0" and "1", got {list(got)}'
    for name in ('0', '1'):
        shape = tuple(got[name].shape)
        assert shape == (1, 2, 2, 2), f'output of module {name!r}: expected shape (1, 2, 2, 2), got {shape}'
    figure = plot_maps([torch.zeros(2, 4, 4), torch.ones(3, 2, 2)], 'five')
    assert figure is not None, 'plot_maps(...) returned None: expected a figure'
    count = sum((len(axis.get_images()) for axis in figure.get_axes()))
    assert count == 5, f'two maps and three maps: expected 5 images in the figure, got {count}'
    got = class_contrast(torch.tensor([[0.0], [2.0], [5.0]]), torch.tensor([0, 0, 1]))
    assert got is not None, 'class_contrast(...) returned None: expected a float'
    assert abs(float(got) - 2) < 1e-06, f'class_contrast of 0, 2, 5 with labels 0, 0, 1: expected 2, got {got}'

@test_case(points=2, hidden=True, 
    failure_message="What is captured is not what the modules returned, or the network is not as it was before. Think of layers that write into their input, of hooks that stay, and of gradients.")
def test_captured_as_returned(get_activations):

    def look(get_activations, seed):
        import torch
        from torch import nn

        class Odd(nn.Module):

            def forward(self, x):
                if x.shape[1] != 1:
                    raise KeyError('not this one')
                return x
        torch.manual_seed(seed)
        relu = nn.ReLU(inplace=True)
        front = nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), relu, nn.MaxPool2d(2))
        net = nn.Sequential(Odd(), front, nn.Conv2d(6, 16, 5), nn.ReLU(inplace=True), nn.Flatten(), nn.Dropout(0.5))
        net.train()
        front.eval()
        x = torch.randn(2, 1, 28, 28)
        names = ['2', '1.0', '1.1', '1', '0']
        got = get_activations(net, x, names)
        with torch.no_grad():
            first = front[0](x)
            pooled = nn.functional.max_pool2d(first.clamp(min=0), 2)
            expected = {'0': x, '1.0': first, '1.1': first.clamp(min=0), '1': pooled, '2': net[2](pooled)}
        right = set(got) == set(names) and all((torch.equal(got[name], expected[name]) for name in names))
        quiet = not any((value.requires_grad for value in got.values()))
        passed = 'nothing'
        try:
            get_activations(net, torch.randn(2, 3, 28, 28), ['1.0'])
        except Exception as problem:
            passed = type(problem).__name__
        empty = get_activations(net, x, []) == {}
        left = sum((len(m._forward_hooks) + len(m._forward_pre_hooks) for m in net.modules()))
        modes = [m.training for m in net.modules()]
        wanted = [m not in set(front.modules()) for m in net.modules()]
        return (right, quiet, empty, passed, left, modes == wanted)
    assert inside(look)(get_activations, 621) == (True, True, True, 'KeyError', 0, True)

@test_case(points=1, hidden=True, 
    failure_message="The figure does not show every map once, in order, as the numbers that they are, under the title.")
def test_figure_shows_maps(plot_maps):
    import numpy as np
    import torch

    def look(plot_maps, maps, title):
        import numpy as np
        figure = plot_maps(maps, title)
        images = [image for axis in figure.get_axes() for image in axis.get_images()]
        alone = all((len(axis.get_images()) <= 1 for axis in figure.get_axes()))
        text = figure.get_suptitle()
        return ([np.asarray(image.get_array(), dtype=np.float64) for image in images], alone, text)
    torch.manual_seed(622)
    for shapes in ([(6, 28, 28), (16, 10, 10)], [(3, 2, 5), (1, 4, 1)], [(1, 1, 1)]):
        maps = [torch.randn(shape) - 3 for shape in shapes]
        images, alone, title = inside(look)(plot_maps, maps, f'class {len(shapes)}')
        expected = [channel.numpy() for stack in maps for channel in stack]
        assert alone and title == f'class {len(shapes)}' and (len(images) == len(expected))
        for image, channel in zip(images, expected):
            assert image.shape == channel.shape and np.allclose(image, channel, rtol=1e-05, atol=1e-06)

@test_case(points=1, hidden=True, 
    failure_message="For some examples the contrast is not the quotient of the two mean distances. Which pairs count, and how often?")
def test_contrast_pair_by_pair(class_contrast):
    import torch
    torch.manual_seed(623)
    cases = [(torch.randn(9, 2, 3, 4) + 100, torch.tensor([0, 1, 2, 0, 1, 2, 2, 2, 7]))]
    cases += [(torch.randn(5, 3).double(), torch.tensor([4, 4, 4, 4, 1]))]
    cases += [(torch.randn(4, 6, 6, 2).permute(0, 3, 1, 2), torch.tensor([1, 0, 1, 0]))]
    for acts, y in cases:
        lengths = {True: [], False: []}
        for i in range(len(y)):
            for j in range(i):
                gap = (acts[i].double() - acts[j].double()).square().sum().sqrt().item()
                lengths[bool(y[i] == y[j])].append(gap)
        mean = {same: sum(gaps) / len(gaps) for same, gaps in lengths.items()}
        assert abs(class_contrast(acts, y) / (mean[False] / mean[True]) - 1) < 0.003

