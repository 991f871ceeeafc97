from otter.test_files import test_case

OK_FORMAT = False

name = "q5_variance_by_depth"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="After one block the variance is 2, 1 and 2 in the three modes; simulate_variances returns a list that begins with the variance of x.")
def test_one_block(predicted_variance, simulate_variances):
    import numpy as np
    import torch
    x = torch.tensor([[1.0, -1.0, 3.0], [1.0, 0.0, 2.0]])
    for mode, expected in (('plain', 2), ('scaled', 1), ('normalised', 2)):
        got = predicted_variance(1, mode)
        assert got is not None, f'predicted_variance(1, {mode!r}) returned None: expected a float'
        assert np.shape(got) == () and abs(got - expected) < 1e-09, f'{mode}: expected {expected}, got {got}'
        got = simulate_variances(x, 3, mode)
        assert got is not None, 'simulate_variances(...) returned None: expected a list of floats'
        assert isinstance(got, (list, tuple)) and len(got) == 4, 'simulate_variances: expected 4 numbers for depth 3'
        assert all((np.shape(v) == () for v in got)), 'simulate_variances: expected single numbers'
        assert 1.6 < got[0] < 2.1, f'the first variance should be that of x (5/3, or 2 with N - 1), got {got[0]}'

@test_case(points=1, hidden=True, 
    failure_message="The predicted variance is wrong for some number of blocks. What does each single block add to it?")
def test_prediction_step_by_step(predicted_variance):
    plain = scaled = normalised = 1.0
    for k in range(41):
        for mode, expected in (('plain', plain), ('scaled', scaled), ('normalised', normalised)):
            assert abs(predicted_variance(k, mode) - expected) <= 1e-09 * expected
        branch = {'plain': plain, 'scaled': scaled, 'normalised': 1.0}
        plain += branch['plain']
        scaled = (scaled + branch['scaled']) / 2
        normalised += branch['normalised']

@test_case(points=2, hidden=True, 
    failure_message="The simulated variances are not those of such blocks. Check the variance of the weights, where the ReLU stands, and over which axis batch normalisation averages.")
def test_simulation(simulate_variances):
    import math
    import numpy as np
    import torch
    means = torch.cat([torch.full((30,), 0.9), torch.full((270,), -0.1)])
    for x in (means + 0.1 * torch.randn(100, 300), torch.empty(100, 300).exponential_()):
        units = (x - x.mean(dim=0)) / x.std(dim=0)
        expected = x.var().item() + 2 * units.clamp(min=0).square().mean().item()
        start, end = np.mean([simulate_variances(x, 1, 'normalised') for _ in range(12)], axis=0)
        assert abs(start - x.var().item()) < 0.01
        assert abs(math.log(end / expected)) < 0.1
    for mode, room in (('plain', 0.5), ('scaled', 0.5), ('normalised', 0.15)):
        runs = [simulate_variances(torch.randn(100, 300), 5, mode) for _ in range(5)]
        assert all((len(run) == 6 for run in runs))
        expected = 1.0
        for mean in np.mean(runs, axis=0):
            assert abs(math.log(mean / expected)) < room
            expected = {'plain': 2 * expected, 'scaled': expected, 'normalised': expected + 1}[mode]
    assert len(simulate_variances(x, 0, 'plain')) == 1

