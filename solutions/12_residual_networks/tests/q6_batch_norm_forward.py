from otter.test_files import test_case

OK_FORMAT = False

name = "q6_batch_norm_forward"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For z = (1, 3), eps = 3, gamma = 2, delta = 10 the outputs are 9 and 11; batch_facts holds six booleans.")
def test_two_examples(bn_forward, batch_facts):
    import numpy as np
    got = bn_forward(np.array([[1.0], [3.0]]), np.array([2.0]), np.array([10.0]), 3.0)
    assert got is not None, 'bn_forward(...) returned None: expected a dictionary'
    assert isinstance(got, dict), 'bn_forward should return a dictionary'
    expected = {'mean': [2], 'centred': [[-1], [1]], 'variance': [1], 'std': [2], 'unit': [[-0.5], [0.5]]}
    expected['out'] = [[9], [11]]
    for key in ('mean', 'centred', 'square', 'variance', 'std', 'inverse', 'unit', 'out'):
        assert key in got, f'the dictionary has no entry {key!r}'
    for key, values in expected.items():
        assert np.shape(got[key]) == np.shape(values), f'{key}: expected shape {np.shape(values)}'
        assert np.allclose(got[key], values), f'{key}: expected {values}, got {np.asarray(got[key]).tolist()}'
    assert isinstance(batch_facts, dict), 'batch_facts should be a dictionary'
    keys = ['shift', 'positive_factor', 'negative_factor', 'own_example_only', 'mean_is_offset', 'std_is_scale']
    for key in keys:
        assert isinstance(batch_facts.get(key), bool), f'batch_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="Some step is wrong for some batch. What is divided by how many, where does eps stand, and what happens when all values are equal or large?")
def test_against_torch(bn_forward):
    import numpy as np
    import torch
    rng = np.random.default_rng(1209)
    for n, d in ((1, 3), (2, 1), (2, 4), (7, 1), (7, 5), (64, 3)):
        for eps in (1e-05, 0.3):
            z = rng.normal(size=(d, n)).T * rng.uniform(0.1, 30, size=d) + rng.normal(size=d)
            gamma, delta = (rng.normal(size=d), rng.normal(size=d))
            got = bn_forward(z, gamma, delta, eps)
            variance, mean = torch.var_mean(torch.tensor(z), dim=0, correction=0)
            std = torch.hypot(variance.sqrt(), torch.full_like(variance, eps ** 0.5)).numpy()
            expected = {'mean': mean.numpy(), 'variance': variance.numpy(), 'std': std, 'inverse': std ** (-1)}
            expected['centred'] = z - mean.numpy()
            expected['square'] = np.abs(expected['centred']) ** 2
            expected['unit'], expected['out'] = (np.zeros((1, d)), delta[None])
            if n > 1:
                args = [torch.tensor(a) for a in (z, gamma, delta)]
                out = torch.nn.functional.batch_norm(args[0], None, None, *args[1:], True, eps=eps)
                unit = torch.nn.functional.batch_norm(args[0], None, None, None, None, True, eps=eps)
                expected['unit'], expected['out'] = (unit.numpy(), out.numpy())
            for key, values in expected.items():
                assert np.shape(got[key]) == values.shape
                assert np.allclose(got[key], values, rtol=1e-09, atol=1e-09)
    constant = bn_forward(np.full((4, 2), 3.0), np.array([1.0, 2.0]), np.array([5.0, 6.0]), 1e-05)['out']
    assert np.allclose(constant, [5.0, 6.0], rtol=0, atol=1e-09)
    z = rng.normal(size=(64, 2))
    ones, zeros = (np.ones(2), np.zeros(2))
    near, far = (bn_forward(z + shift, ones, zeros, 0.0)['out'] for shift in (0.0, 100000000.0))
    assert np.abs(near - far).max() < 1e-06

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements about batch normalisation is decided wrongly.")
def test_batch_facts(batch_facts):
    import numpy as np
    import torch

    def out(z, eps):
        z, scale, offset = (torch.tensor(np.reshape(a, shape)) for a, shape in ((z, (9, 1)), (1.7, 1), (-0.4, 1)))
        return torch.nn.functional.batch_norm(z, None, None, scale, offset, True, eps=eps).numpy()
    z = np.random.default_rng(1210).normal(size=9)
    other = np.append(z[:-1], 20.0)
    tiny = 1e-30
    found = {'shift': all((np.allclose(out(z, eps), out(z + 3.0, eps)) for eps in (tiny, 0.5))), 'positive_factor': all((np.allclose(out(z, tiny), out(c * z, tiny)) for c in (0.1, 7.0))), 'negative_factor': all((np.allclose(out(z, tiny), out(c * z, tiny)) for c in (-1.0, -7.0))), 'own_example_only': np.allclose(out(z, 0.1)[:-1], out(other, 0.1)[:-1]), 'mean_is_offset': all((abs(out(z, eps).mean() + 0.4) < 1e-09 for eps in (tiny, 0.5))), 'std_is_scale': all((abs(out(z, eps).std() - 1.7) < 1e-09 for eps in (tiny, 0.5)))}
    for key, fact in found.items():
        assert batch_facts[key] is bool(fact)

