from otter.test_files import test_case

OK_FORMAT = False

name = "q3_hidden_layers"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="NestMLP maps (N, 20) to (N, 16), and a ReLU in the dictionary table has the path table.a.1.")
def test_one_table(NestMLP, hidden_modules):
    import torch
    from torch import nn
    net = NestMLP()
    out = net(torch.zeros(2, 20))
    assert out is not None, 'forward returned None: expected a tensor of shape (N, 16)'
    assert tuple(out.shape) == (2, 16), f'forward: expected shape (2, 16), got {tuple(out.shape)}'
    holder = nn.Sequential(nn.Linear(2, 2))
    holder.table = {'a': [3, nn.ReLU()]}
    got = hidden_modules(holder)
    assert got is not None, 'hidden_modules(...) returned None: expected a list of paths'
    assert isinstance(got, list), 'hidden_modules should return a list'
    assert got == ['table.a.1'], f"hidden_modules: expected ['table.a.1'], got {got}"

@test_case(points=2, hidden=True, 
    failure_message="Some layer of NestMLP is not registered, not used, or not as asked. Count the parameters, take a step, and look which weights moved.")
def test_every_layer_is_registered(NestMLP):

    def probe(NestMLP, x):
        import torch
        net = NestMLP().double()
        state = {name: value.clone() for name, value in net.state_dict().items()}
        out, inner = (net(x).detach(), net.net(x).detach())
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        net(x).square().sum().backward()
        optimizer.step()
        moved = [not torch.equal(value, state[name]) for name, value in net.state_dict().items()]
        other = NestMLP().double()
        other.load_state_dict(state)
        modes = {module.training for module in net.eval().modules()}
        return ([*state.values()], out, inner, moved, other(x).detach(), modes)
    import torch
    x = torch.randn(9, 20, dtype=torch.float64, generator=torch.Generator().manual_seed(93))
    state, out, inner, moved, loaded, modes = inside(probe)(NestMLP, x)
    assert [tuple(p.shape) for p in state] == [(64, 20), (64,), (32, 64), (32,), (16, 32), (16,)]
    h = x
    for weight, bias in zip(state[:4:2], state[1:4:2]):
        h = (h @ weight.T + bias).clamp(min=0)
    assert torch.allclose(inner, h, rtol=0, atol=1e-12)
    assert torch.allclose(out, h @ state[4].T + state[5], rtol=0, atol=1e-12)
    assert len(moved) == 6 and all(moved) and torch.equal(out, loaded) and (modes == {False})

@test_case(points=2, hidden=True, 
    failure_message="For some module the hidden modules are not those found. Containers may hold containers, their owner may be a submodule, and what is registered is not hidden.")
def test_hidden_paths(hidden_modules):
    from collections import OrderedDict
    from torch import nn

    class Holder(nn.Module):

        def __init__(self, **attributes):
            super().__init__()
            for name, value in attributes.items():
                setattr(self, name, value)
    deep = Holder(x=[[(nn.ReLU(), 1), {'k': {'l': nn.Tanh()}}], 'text', None, 3.5])
    shy = Holder(_layers=[nn.ReLU()], _table={2: nn.Tanh()})
    registered = Holder(a=nn.ModuleList([nn.ReLU()]), b=nn.ModuleDict({'c': nn.Linear(2, 2)}), d=nn.ReLU())
    inner = Holder(blocks=(nn.Linear(1, 1), 0, nn.ReLU()))
    outer = Holder(block=nn.Sequential(nn.ReLU(), inner), z=OrderedDict(q=nn.ReLU(), p=nn.Tanh()))
    secret = Holder(first=[Holder(second=[nn.ReLU()])])
    many = Holder(m=[nn.ReLU() for _ in range(12)])
    cases = [(deep, ['x.0.0.0', 'x.0.1.k.l']), (shy, ['_layers.0', '_table.2']), (registered, []), (outer, ['block.1.blocks.0', 'block.1.blocks.2', 'z.p', 'z.q']), (secret, ['first.0']), (many, sorted((f'm.{i}' for i in range(12)))), (nn.Linear(2, 2), []), (Holder(a=[], b={}, c=(), d=[1, 2]), [])]
    for module, expected in cases:
        assert hidden_modules(module) == expected

