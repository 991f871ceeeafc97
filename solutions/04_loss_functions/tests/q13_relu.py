from otter.test_files import test_case

OK_FORMAT = False

name = "q13_relu"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="relu_slope of (-2, 3) is (0, 1); a unit with weight 1 and bias -5 is dead on inputs 1 and 2; vanishing_net(20) gives one output.")
def test_small_cases(relu_slope, dead_units, vanishing_net, relu_facts):
    import torch
    got = relu_slope(torch.tensor([-2.0, 3.0]))
    assert isinstance(got, torch.Tensor), 'relu_slope should return a tensor'
    assert got.dtype == torch.float32, f'relu_slope: expected dtype float32, got {got.dtype}'
    assert got.tolist() == [0, 1], f'relu_slope of (-2, 3): expected [0, 1], got {got.tolist()}'
    got = dead_units(torch.ones(2, 1), torch.tensor([-5.0, 0.0]), torch.tensor([[1.0], [2.0]]))
    assert isinstance(got, torch.Tensor), 'dead_units should return a tensor'
    assert got.dtype == torch.bool, f'dead_units: expected dtype bool, got {got.dtype}'
    assert got.tolist() == [True, False], f'dead_units: expected [True, False], got {got.tolist()}'
    net = vanishing_net(20)
    assert isinstance(net, torch.nn.Sequential), 'vanishing_net should return an nn.Sequential'
    shape = tuple(net(torch.ones(3, 8)).shape)
    assert shape == (3, 1), f'vanishing_net(20): expected outputs of shape (3, 1), got {shape}'
    assert isinstance(relu_facts, dict), 'relu_facts should be a dictionary'
    for key in ('cannot_vanish', 'slope_proportional', 'output_proportional', 'can_die', 'revives_itself'):
        assert isinstance(relu_facts.get(key), bool), f'relu_facts[{key!r}] should be True or False'

@test_case(points=1.5, hidden=True, 
    failure_message="Slopes or dead units are wrong for some values. A dead unit is silent on every input, not on average.")
def test_slopes_and_dead_units(relu_slope, dead_units):
    import torch
    rng = torch.Generator().manual_seed(24)
    for dtype in (torch.float32, torch.float64):
        z = torch.cat([torch.randn(30, generator=rng, dtype=dtype) * 4, torch.tensor([0.0, 1e-30, -1e-30, 1e+30])])
        z = z.to(dtype).requires_grad_()
        torch.relu(z).sum().backward()
        got = relu_slope(z.detach())
        assert got.dtype == dtype and torch.equal(got, z.grad)
    assert relu_slope(torch.zeros(2, 3)).shape == (2, 3)
    seen = set()
    for n, d_in, d, shift in ((1, 1, 1, 0.0), (1, 2, 7, 0.0), (20, 3, 30, -2.0), (200, 2, 12, -1.0), (5, 4, 6, -9.0)):
        weight, bias = (torch.randn(d, d_in, generator=rng), torch.randn(d, generator=rng) + shift)
        x = torch.randn(d_in, n, generator=rng).T
        layer = torch.nn.Linear(d_in, d)
        layer.load_state_dict({'weight': weight, 'bias': bias})
        silent = torch.relu(layer(x)).amax(dim=0) == 0
        seen.update(silent.tolist())
        got = dead_units(weight, bias, x)
        assert got.dtype == torch.bool and torch.equal(got, silent)
    assert seen == {True, False}
    assert dead_units(torch.tensor([[1.0]]), torch.tensor([-2.0]), torch.tensor([[2.0], [1.0]])).tolist() == [True]

@test_case(points=1, hidden=True, 
    failure_message="The network has other modules than asked for, or its gradient does not vanish, or is exactly zero.")
def test_gradient_vanishes(vanishing_net):

    def probe(vanishing_net, depth):
        import torch
        net = vanishing_net(depth)
        x = torch.ones(1, 8, requires_grad=True)
        net(x).sum().backward()
        return ([type(layer).__name__ for layer in net], x.grad, tuple(net(torch.randn(4, 8)).shape))
    for depth in (20, 33, 50):
        names, gradient, shape = inside(probe)(vanishing_net, depth)
        assert names == ['Linear', 'ReLU'] * depth + ['Linear'] and shape == (4, 1)
        assert gradient.isfinite().all() and 0 < gradient.abs().max() < 1e-10

@test_case(points=1.5, hidden=True, 
    failure_message="At least one of the five statements is decided wrongly. What is constant, and what grows with z?")
def test_facts_by_computing(relu_facts):
    import torch
    z = torch.tensor([0.5, 1.0, 2.0, 10.0], requires_grad=True)
    out = torch.relu(z)
    out.sum().backward()
    slope_per_z, out_per_z = (z.grad / z.detach(), out.detach() / z.detach())
    x = torch.ones(1, 8, requires_grad=True)
    h = x
    for _ in range(40):
        h = torch.relu(0.1 * h)
    h.sum().backward()
    torch.manual_seed(25)
    data, target = (torch.randn(50, 3), torch.randn(50, 1))
    layer, last = (torch.nn.Linear(3, 1), torch.nn.Linear(1, 1))
    with torch.no_grad():
        layer.bias.fill_(-100.0)
    dead = bool((torch.relu(layer(data)) == 0).all())
    optimizer = torch.optim.SGD(layer.parameters(), lr=10.0)
    for _ in range(20):
        optimizer.zero_grad()
        ((last(torch.relu(layer(data))) - target) ** 2).mean().backward()
        optimizer.step()
    alive = bool((torch.relu(layer(data)) > 0).any())
    assert len(relu_facts) == 5
    assert relu_facts['cannot_vanish'] is (not bool(x.grad.abs().max() < 1e-10))
    assert relu_facts['slope_proportional'] is bool(torch.allclose(slope_per_z, slope_per_z[0]))
    assert relu_facts['output_proportional'] is bool(torch.allclose(out_per_z, out_per_z[0]))
    assert relu_facts['can_die'] is dead
    assert relu_facts['revives_itself'] is alive

