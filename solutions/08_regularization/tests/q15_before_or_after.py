from otter.test_files import test_case

OK_FORMAT = False

name = "q15_before_or_after"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="With the sigmoid and a dropped unit the two orders differ by 0.5; order_facts holds seven booleans.")
def test_dropped_sigmoid(order_gap, commutes, order_facts):
    import torch
    got = order_gap(torch.sigmoid, torch.tensor([0.3]), torch.tensor([False]), 0.5)
    assert got is not None, 'order_gap(...) returned None: expected a float'
    assert abs(got - 0.5) < 1e-06, f'order_gap of a dropped sigmoid unit: expected 0.5, got {got}'
    got = commutes(torch.sigmoid)
    assert got is not None, 'commutes(torch.sigmoid) returned None: expected True or False'
    assert got in (True, False), f'commutes should return True or False, got {got}'
    assert isinstance(order_facts, dict), 'order_facts should be a dictionary'
    for key in ('only_behind', 'relu', 'leaky_relu', 'sigmoid', 'tanh', 'gelu', 'zero_at_zero_is_enough'):
        assert isinstance(order_facts.get(key), bool), f'order_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The gap is wrong for some mask, or commutes misjudges an activation. Think of dropped units, of rescaled ones and of negative pre-activations.")
def test_gaps(order_gap, commutes):
    import torch
    torch.manual_seed(832)
    functions = [torch.sigmoid, torch.tanh, torch.relu, torch.nn.functional.gelu, torch.abs, torch.cos]
    for activation in functions:
        for shape in ((1,), (9,), (3, 4)):
            for p in (0.0, 0.2, 0.75):
                z, keep = (torch.randn(shape) * 2, torch.rand(shape) < 0.6)
                expected = 0.0
                for value, kept in zip(z.flatten(), keep.flatten()):
                    m = 1 / (1 - p) if kept else 0.0
                    expected = max(expected, abs(activation(m * value).item() - m * activation(value).item()))
                assert abs(order_gap(activation, z, keep, p) - expected) < 1e-05
    slope = lambda left, right: lambda z: torch.where(z > 0, right * z, left * z)
    yes = [torch.relu, torch.abs, slope(0.1, 1.0), slope(-2.0, 0.0), lambda z: 3.3 * z, lambda z: 0 * z]
    no = [torch.sigmoid, torch.tanh, torch.nn.functional.softplus, torch.nn.functional.gelu, lambda z: z.clamp(-1, 1)]
    no += [lambda z: z ** 2, lambda z: z + 1, lambda z: torch.relu(z) ** 2, torch.sign, torch.nn.functional.elu]
    no += [lambda z: torch.where(z < 0, torch.tanh(z), z), lambda z: torch.where(z == 0, 1.0, z)]
    no += [lambda z: z.clamp(max=15.9), lambda z: z.clamp(min=-15.9), lambda z: torch.where(z == 0, 0.25, torch.relu(z))]
    for activation in yes:
        assert bool(commutes(activation)) is True
    for activation in no:
        assert bool(commutes(activation)) is False

@test_case(points=1, hidden=True, 
    failure_message="At least one of the seven statements about the order is decided wrongly.")
def test_order_facts(order_facts):
    import torch
    z = torch.linspace(-4, 4, 81, dtype=torch.float64)
    same = {}
    for name in ('relu', 'leaky_relu', 'sigmoid', 'tanh', 'gelu'):
        a = getattr(torch.nn.functional, name)
        same[name] = all((torch.allclose(a(m * z), m * a(z)) for m in (0.0, 2.0, 5.0)))
        assert order_facts[name] is same[name]
    vanishing = [name for name in same if getattr(torch.nn.functional, name)(torch.zeros(1)).item() == 0]
    assert order_facts['only_behind'] is (not any(same.values()))
    assert order_facts['zero_at_zero_is_enough'] is all((same[name] for name in vanishing))

