from otter.test_files import test_case

OK_FORMAT = False

name = "q2_parameter_count"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="The network with one input, one hidden unit and one output has 2 weights and 2 biases; both totals are integers.")
def test_smallest_network(count_parameters, total_1_4_2, total_2_3_1):
    assert type(total_1_4_2) is int, 'total_1_4_2 should be an integer'
    assert type(total_2_3_1) is int, 'total_2_3_1 should be an integer'
    got = count_parameters(1, 1, 1)
    assert got is not None, 'count_parameters(1, 1, 1) returned None: expected a dictionary'
    assert isinstance(got, dict), 'count_parameters should return a dictionary'
    for key, expected in (('weights', 2), ('biases', 2), ('total', 4)):
        assert key in got, f'the dictionary has no entry {key!r}'
        assert got[key] == expected, f'count_parameters(1, 1, 1): expected {expected} {key}, got {got[key]}'

@test_case(points=1, hidden=True, 
    failure_message="At least one of the two totals counted by hand is wrong. Does every output have its own intercept?")
def test_counted_by_hand(total_1_4_2, total_2_3_1):
    import torch
    for total, (d_in, d, d_out) in ((total_1_4_2, (1, 4, 2)), (total_2_3_1, (2, 3, 1))):
        layers = (torch.nn.Linear(d_in, d), torch.nn.ReLU(), torch.nn.Linear(d, d_out))
        net = torch.nn.Sequential(*layers)
        assert total == sum((p.numel() for p in net.parameters()))

@test_case(points=1, hidden=True, 
    failure_message="Your function does not count every network right, or not exactly. Draw one with 2 inputs, 3 units and 4 outputs and count.")
def test_count_against_torch(count_parameters):
    import torch
    for d_in in range(1, 6):
        for d in range(1, 6):
            for d_out in range(1, 6):
                got = count_parameters(d_in, d, d_out)
                layers = (torch.nn.Linear(d_in, d), torch.nn.ReLU(), torch.nn.Linear(d, d_out))
                net = torch.nn.Sequential(*layers)
                weights = sum((p.numel() for p in net.parameters() if p.dim() == 2))
                biases = sum((p.numel() for p in net.parameters() if p.dim() == 1))
                assert got == {'weights': weights, 'biases': biases, 'total': weights + biases}
    assert count_parameters(784, 100, 10)['total'] == 79510
    huge = count_parameters(10 ** 10 + 1, 10 ** 10, 3)
    assert all((type(value) is int for value in huge.values()))
    assert huge['weights'] == 10 ** 20 + 4 * 10 ** 10 and huge['biases'] == 10 ** 10 + 3
    assert huge['total'] == 10 ** 20 + 5 * 10 ** 10 + 3

