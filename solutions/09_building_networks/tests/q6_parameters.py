from otter.test_files import test_case

OK_FORMAT = False

name = "q6_parameters"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="nn.Linear(3, 2) has a weight of shape (2, 3), a bias of shape (2,), no buffers and 8 trainable numbers.")
def test_one_layer(describe, get_by_path, fancy_trainable):
    import torch
    from torch import nn
    assert type(fancy_trainable) is int, 'fancy_trainable should be an integer'
    layer = nn.Linear(3, 2)
    got = describe(layer)
    assert got is not None, 'describe(...) returned None: expected a dictionary'
    expected = {'trainable': {'weight': (2, 3), 'bias': (2,)}, 'buffers': {}, 'total': 8}
    assert got == expected, f'describe(nn.Linear(3, 2)): expected {expected}, got {got}'
    found = get_by_path(nn.Sequential(layer), '0.bias')
    assert found is not None, "get_by_path(net, '0.bias') returned None: expected a tensor"
    assert isinstance(found, torch.Tensor), "get_by_path(net, '0.bias') should be a tensor"
    assert tuple(found.shape) == (2,), f"get_by_path(net, '0.bias'): expected shape (2,), got {tuple(found.shape)}"

@test_case(points=1.5, hidden=True, 
    failure_message="For some network the description is not right. Some parameters are frozen, some are used twice, and buffers are not trained.")
def test_descriptions(describe, fancy_trainable):
    import torch
    from torch import nn

    class Fancy(nn.Module):

        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(20, 20)
            self.register_buffer('constant', torch.rand(20, 20))
            self.plain = torch.rand(20, 20)

        def forward(self, x):
            return self.linear(self.linear(x) @ self.constant)
    got = describe(Fancy())
    assert got['trainable'] == {'linear.weight': (20, 20), 'linear.bias': (20,)}
    assert got['buffers'] == {'constant': (20, 20)}
    assert fancy_trainable == got['total'] == 20 * 20 + 20
    tied = nn.Linear(4, 4)
    net = nn.Sequential(tied, nn.ReLU(), nn.Sequential(nn.BatchNorm1d(4), tied), nn.Linear(4, 3, bias=False))
    got = describe(net)
    assert got['trainable'] == {'0.weight': (4, 4), '0.bias': (4,), '2.0.weight': (4,), '2.0.bias': (4,), '3.weight': (3, 4)}
    means = {'2.0.running_mean': (4,), '2.0.running_var': (4,), '2.0.num_batches_tracked': ()}
    assert got['buffers'] == means and got['total'] == 16 + 4 + 8 + 12
    tied.weight.requires_grad_(False)
    got = describe(net)
    assert '0.weight' not in got['trainable'] and got['total'] == 4 + 8 + 12 and (got['buffers'] == means)
    assert all((type(shape) is tuple for shape in got['trainable'].values())) and type(got['total']) is int
    net.register_buffer('silent', torch.ones(2, 3), persistent=False)
    assert describe(net)['buffers'] == {'silent': (2, 3), **means}
    assert describe(nn.ReLU()) == {'trainable': {}, 'buffers': {}, 'total': 0}

@test_case(points=1.5, hidden=True, 
    failure_message="Some path does not lead to the network's own tensor. A tied layer has several names, a buffer need not be saved, and a wrong path is an AttributeError.")
def test_paths(get_by_path):

    def probe(get_by_path):
        import torch
        from torch import nn
        tied = nn.Linear(4, 4)
        net = nn.Module()
        net.block = nn.Sequential(tied, nn.Sequential(nn.BatchNorm1d(4), tied))
        net.scale = nn.Parameter(torch.ones(()))
        net.table = nn.ModuleDict({'a': nn.ParameterList([torch.ones(2)])})
        net.register_buffer('silent', torch.ones(2), persistent=False)
        wanted = {'scale': net.scale, 'silent': net.silent, 'block.0.weight': tied.weight, 'block.1.1.bias': tied.bias, 'block.1.1.weight': tied.weight, 'block.1.0.running_var': net.block[1][0].running_var, 'table.a.0': net.table['a'][0]}
        found = [get_by_path(net, path) is tensor for path, tensor in wanted.items()]
        for path in ('block.3.weight', 'block.0.gain', 'scales'):
            try:
                get_by_path(net, path)
            except AttributeError:
                found.append(True)
            else:
                found.append(False)
        return found
    assert inside(probe)(get_by_path) == [True] * 10

