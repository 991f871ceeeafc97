from otter.test_files import test_case

OK_FORMAT = False

name = "q7_batch_norm_backward"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For z = (1, 3), eps = 3, gamma = 1 and g = (1, 0) the derivatives for z are 3/16 and -3/16.")
def test_two_examples(bn_backward):
    import numpy as np
    steps = {'mean': np.array([2.0]), 'centred': np.array([[-1.0], [1.0]]), 'square': np.ones((2, 1))}
    steps |= {'variance': np.array([1.0]), 'std': np.array([2.0]), 'inverse': np.array([0.5])}
    steps |= {'unit': np.array([[-0.5], [0.5]]), 'out': np.array([[-0.5], [0.5]])}
    got = bn_backward(np.array([[1.0], [0.0]]), steps, np.array([1.0]))
    assert got is not None, 'bn_backward(...) returned None: expected a dictionary'
    assert isinstance(got, dict), 'bn_backward should return a dictionary'
    for key in ('unit', 'inverse', 'std', 'variance', 'square', 'centred', 'mean', 'z', 'gamma', 'delta'):
        assert key in got, f'the dictionary has no entry {key!r}'
    expected = {'inverse': [-1], 'std': [1 / 4], 'variance': [1 / 16], 'z': [[3 / 16], [-3 / 16]]}
    for key, values in expected.items():
        assert np.shape(got[key]) == np.shape(values), f'{key}: expected shape {np.shape(values)}'
        assert np.allclose(got[key], values), f'{key}: expected {values}, got {np.asarray(got[key]).tolist()}'

@test_case(points=2, hidden=True, 
    failure_message="A derivative with respect to some step is wrong. Does it count every route to the loss, and has it the shape of the step?")
def test_each_step_against_autograd(bn_backward):
    import numpy as np
    import torch
    rng = torch.Generator().manual_seed(1211)
    for n, d in ((1, 1), (1, 3), (2, 1), (3, 3), (7, 5), (64, 2)):
        for eps in (0.001, 0.7):
            z, g = torch.randn(2, n, d, generator=rng, dtype=torch.float64)
            gamma, delta = torch.randn(2, d, generator=rng, dtype=torch.float64)
            gamma[0] = -abs(gamma[0])
            t = {'z': 3 * z + 1, 'gamma': gamma, 'delta': delta}
            for leaf in t.values():
                leaf.requires_grad_()
            t['mean'] = t['z'].mean(dim=0)
            t['centred'] = t['z'] - t['mean']
            t['square'] = t['centred'] ** 2
            t['variance'] = t['square'].mean(dim=0)
            t['std'] = (t['variance'] + eps).sqrt()
            t['inverse'] = 1 / t['std']
            t['unit'] = t['centred'] * t['inverse']
            t['out'] = t['gamma'] * t['unit'] + t['delta']
            names = ['unit', 'inverse', 'std', 'variance', 'square', 'centred', 'mean', 'z', 'gamma', 'delta']
            gradients = torch.autograd.grad((g * t['out']).sum(), [t[name] for name in names])
            arrays = {name: value.detach().numpy() for name, value in t.items()}
            steps = {name: arrays[name] for name in names[:-3]} | {'out': arrays['out']}
            got = bn_backward(g.numpy(), steps, arrays['gamma'])
            for name, gradient in zip(names, gradients):
                assert np.shape(got[name]) == tuple(gradient.shape)
                size = 1 + gradient.abs().max().item()
                assert np.abs(got[name] - gradient.numpy()).max() <= 1e-09 * size

@test_case(points=1, hidden=True, 
    failure_message="The derivative with respect to z is not that of batch normalisation for special batches, such as equal values or a single example.")
def test_special_batches(bn_backward):
    import numpy as np
    import torch
    rng = np.random.default_rng(1212)
    batches = [np.full((5, 2), 3.0), rng.normal(size=(1, 2)), np.array([[0.0, 1.0], [10000.0, 1.0]])]
    batches += [rng.normal(size=(2, 40)).T, 0.001 * rng.normal(size=(6, 2))]
    for z in batches:
        for gamma in (np.array([1.3, -0.2]), np.array([0.0, 2.0])):
            g = rng.normal(size=z.shape)
            c = z - z.mean(axis=0)
            v = (c ** 2).mean(axis=0)
            s = np.sqrt(v + 1e-05)
            steps = {'mean': z.mean(axis=0), 'centred': c, 'square': c ** 2, 'variance': v, 'std': s, 'inverse': 1 / s}
            steps |= {'unit': c / s, 'out': gamma * c / s}
            got = bn_backward(g, steps, gamma)['z']
            image = torch.tensor(z.T[None, :, :, None].copy()).requires_grad_()
            if len(z) > 1:
                args = (None, None, torch.tensor(gamma), torch.zeros(2).double(), True)
                out = torch.nn.functional.batch_norm(image, *args, eps=1e-05)
                (out[0, :, :, 0].T * torch.tensor(g)).sum().backward()
                expected = image.grad[0, :, :, 0].T.numpy()
            else:
                expected = np.zeros_like(z)
            assert np.shape(got) == z.shape and np.abs(got - expected).max() <= 1e-08

