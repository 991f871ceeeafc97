from otter.test_files import test_case

OK_FORMAT = False

name = "q7_vgg"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="One group with one convolution to 2 channels, two classes, images of 2 x 2 pixels - the convolution has 54 weights, 2 biases and 216 multiplications.")
def test_small_network(vgg_params, vgg_multiplications, vgg19_total, vgg_facts):
    got = vgg_params([(1, 2)], 2, 2)
    assert got is not None, 'vgg_params(...) returned None: expected a list of pairs'
    assert isinstance(got, (list, tuple)), 'vgg_params should return a list'
    assert len(got) == 4, f'one convolution, three fully connected layers: expected 4 pairs, got {len(got)}'
    for index, expected in ((0, (54, 2)), (1, (8192, 4096)), (3, (8192, 2))):
        assert tuple(got[index]) == expected, f'layer {index}, counted from 0: expected {expected}, got {got[index]}'
    got = vgg_multiplications([(1, 2)], 2, 2)
    assert got is not None, 'vgg_multiplications(...) returned None: expected a list of integers'
    assert isinstance(got, (list, tuple)) and len(got) == 4, 'expected one number of multiplications per layer'
    assert got[0] == 216, f'multiplications of the convolution: expected 216, got {got[0]}'
    assert type(vgg19_total) is int, 'vgg19_total should be an integer'
    assert isinstance(vgg_facts, dict), 'vgg_facts should be a dictionary'
    keys = ['parameters_in_convolutions', 'work_in_convolutions', 'smaller_images']
    for key in (*keys, 'three_more_parameters', 'three_more_work'):
        assert isinstance(vgg_facts.get(key), bool), f'vgg_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="Some layer of some VGG network has other numbers of weights and biases. Follow the channels into each convolution, and the pixels through every pooling.")
def test_parameters_against_torch(vgg_params, vgg19_total):
    import torch

    def count(groups, n_classes, hw):
        layers, image = ([], torch.empty(1, 3, hw, hw, device='meta'))
        for n_convs, channels in groups:
            for _ in range(n_convs):
                layers.append(torch.nn.Conv2d(image.shape[1], channels, 3, padding=1, device='meta'))
                image = layers[-1](image)
            image = torch.nn.functional.max_pool2d(image, 2)
        widths = (image.numel(), 4096, 4096, n_classes)
        layers += [torch.nn.Linear(a, b, device='meta') for a, b in zip(widths, widths[1:])]
        return [(layer.weight.numel(), layer.bias.numel()) for layer in layers]
    networks = [[(n, c) for n, c in zip(depths, (64, 128, 256, 512, 512))] for depths in ((1, 1, 2, 2, 2), (2, 2, 4, 4, 4))]
    networks += [[(3, 5)], [(1, 7), (2, 3), (1, 11)]]
    for groups in networks:
        for n_classes, hw in ((1000, 224), (10, 32), (1, 47)):
            assert [tuple(pair) for pair in vgg_params(groups, n_classes, hw)] == count(groups, n_classes, hw)
        assert [tuple(pair) for pair in vgg_params(groups)] == count(groups, 1000, 224)
    assert vgg19_total == sum(map(sum, count(networks[1], 1000, 224)))

@test_case(points=1, hidden=True, 
    failure_message="Some layer does another number of multiplications. At how many positions is each weight used?")
def test_multiplications_against_torch(vgg_multiplications):
    import torch

    def count(groups, n_classes, hw):
        work, image = ([], torch.empty(1, 3, hw, hw, device='meta'))
        for n_convs, channels in groups:
            for _ in range(n_convs):
                layer = torch.nn.Conv2d(image.shape[1], channels, 3, padding=1, device='meta')
                image = layer(image)
                work.append(image.numel() * layer.weight[0].numel())
            image = torch.nn.functional.max_pool2d(image, 2)
        widths = (image.numel(), 4096, 4096, n_classes)
        return work + [a * b for a, b in zip(widths, widths[1:])]
    vgg16 = [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]
    for groups in (vgg16, [(3, 5)], [(1, 7), (2, 3), (1, 11)]):
        for n_classes, hw in ((1000, 224), (10, 32), (1, 47)):
            assert list(vgg_multiplications(groups, n_classes, hw)) == count(groups, n_classes, hw)
        assert list(vgg_multiplications(groups)) == count(groups, 1000, 224)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the five statements about VGG networks is decided wrongly. Add up the lists of your functions.")
def test_vgg_facts(vgg_facts):
    import torch

    def count(depths, hw):
        """Parameters and multiplications, layer by layer, with the number of convolutions in front."""
        params, work, image = ([], [], torch.empty(1, 3, hw, hw, device='meta'))
        for n_convs, channels in zip(depths, (64, 128, 256, 512, 512)):
            for _ in range(n_convs):
                layer = torch.nn.Conv2d(image.shape[1], channels, 3, padding=1, device='meta')
                image = layer(image)
                params.append(layer.weight.numel() + channels)
                work.append(image.numel() * layer.weight[0].numel())
            image = torch.nn.functional.max_pool2d(image, 2)
        n, widths = (len(params), (image.numel(), 4096, 4096, 1000))
        dense = list(zip(widths, widths[1:]))
        return (n, params + [a * b + b for a, b in dense], work + [a * b for a, b in dense])
    n19, params19, work19 = count((2, 2, 4, 4, 4), 224)
    _, params16, work16 = count((2, 2, 3, 3, 3), 224)
    changed = sum((a != b for a, b in zip(params19, count((2, 2, 4, 4, 4), 112)[1])))
    assert vgg_facts['parameters_in_convolutions'] is (2 * sum(params19[:n19]) > sum(params19))
    assert vgg_facts['work_in_convolutions'] is (10 * sum(work19[:n19]) > 9 * sum(work19))
    assert vgg_facts['smaller_images'] is (changed == 1)
    assert vgg_facts['three_more_parameters'] is (10 * sum(params19) > 11 * sum(params16))
    assert vgg_facts['three_more_work'] is (10 * sum(work19) > 11 * sum(work16))

