from otter.test_files import test_case

OK_FORMAT = False

name = "q8_batch_norm_jacobian"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="For z = (1, 3), gamma = 1 and eps = 3 the matrix holds 3/16 and -3/16; jacobian_facts holds six booleans.")
def test_two_examples(bn_jacobian, input_gradient, jacobian_facts):
    import numpy as np
    z, expected = (np.array([1.0, 3.0]), [[3 / 16, -3 / 16], [-3 / 16, 3 / 16]])
    got = bn_jacobian(z, 1.0, 3.0)
    assert got is not None, 'bn_jacobian(...) returned None: expected an array of shape (N, N)'
    assert np.shape(got) == (2, 2), f'bn_jacobian: expected shape (2, 2), got {np.shape(got)}'
    assert np.allclose(got, expected), f'bn_jacobian: expected {expected}, got {np.asarray(got).tolist()}'
    got = input_gradient(np.array([1.0, 0.0]), z, 1.0, 3.0)
    assert got is not None, 'input_gradient(...) returned None: expected an array of shape (N,)'
    assert np.shape(got) == (2,), f'input_gradient: expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, expected[0]), f'input_gradient: expected {expected[0]}, got {np.asarray(got).tolist()}'
    assert isinstance(jacobian_facts, dict), 'jacobian_facts should be a dictionary'
    keys = ['symmetric', 'rows_sum_to_zero', 'diagonal_is_enough', 'diagonal_sign']
    for key in [*keys, 'blind_to_pairs', 'calm_when_constant']:
        assert isinstance(jacobian_facts.get(key), bool), f'jacobian_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="The matrix is not the derivative of batch normalisation. The mean and the standard deviation move with every example.")
def test_jacobian_against_autograd(bn_jacobian):
    import numpy as np
    import torch
    rng = np.random.default_rng(1213)
    batches = [rng.normal(size=1), np.full(4, 2.0), np.array([0.0, 1.0]), rng.normal(size=12)[::3]]
    for z in [*batches, *(5 * rng.normal(size=n) + 3 for n in (3, 7, 30))]:
        for gamma, eps in ((1.0, 0.001), (-2.5, 0.4), (0.0, 1.0), (0.3, 2.0)):

            def normalise(t):
                deviation = torch.sqrt(((t - t.mean()) ** 2).sum() / len(t) + eps)
                return gamma * (t - t.mean()) / deviation + 0.7
            expected = torch.autograd.functional.jacobian(normalise, torch.tensor(z.copy())).numpy()
            got = bn_jacobian(z, gamma, eps)
            assert np.shape(got) == expected.shape and np.abs(got - expected).max() <= 1e-10

@test_case(points=1, hidden=True, 
    failure_message="The gradient for the inputs is wrong for some batch, or needs far too much memory for a large one.")
def test_gradient_against_torch(input_gradient):
    import numpy as np
    import torch
    rng = np.random.default_rng(1214)
    batches = [rng.normal(size=1), np.full(4, 2.0), *(5 * rng.normal(size=n) + 3 for n in (2, 3, 40, 500000))]
    for z in batches:
        for gamma, eps in ((1.0, 1e-05), (-2.5, 0.4)):
            g = rng.normal(size=len(z)) + 0.5
            t = torch.tensor(z).requires_grad_()
            if len(z) > 1:
                scale, offset = torch.tensor([gamma, 0.0], dtype=torch.float64).chunk(2)
                out = torch.nn.functional.batch_norm(t[:, None], None, None, scale, offset, True, eps=eps)
                (out[:, 0] * torch.tensor(g)).sum().backward()
                expected = t.grad.numpy()
            else:
                expected = np.zeros(1)
            got = input_gradient(g, z, gamma, eps)
            assert np.shape(got) == z.shape and np.abs(got - expected).max() <= 1e-08

@test_case(points=1, hidden=True, 
    failure_message="At least one of the six statements about the Jacobian is decided wrongly.")
def test_jacobian_facts(jacobian_facts):
    import numpy as np
    import torch

    def matrix(z, gamma, eps):

        def normalise(t):
            return gamma * (t - t.mean()) / torch.sqrt(((t - t.mean()) ** 2).mean() + eps)
        return torch.autograd.functional.jacobian(normalise, torch.tensor(z, dtype=torch.float64)).numpy()
    rng = np.random.default_rng(1215)
    batches = [*rng.normal(size=(10, 5)), np.array([0.0] * 8 + [50.0]), np.ones(3)]
    found = [(gamma, matrix(z, gamma, eps)) for z in batches for gamma in (1.2, -0.7) for eps in (1e-05, 0.5)]
    beside_diagonal = max((np.abs(J - np.diag(np.diag(J))).max() for _, J in found))
    facts = {'symmetric': all((np.allclose(J, J.T) for _, J in found)), 'rows_sum_to_zero': all((np.abs(J.sum(axis=1)).max() < 1e-08 for _, J in found)), 'diagonal_is_enough': beside_diagonal < 1e-08, 'diagonal_sign': all(((np.diag(J) / gamma).min() > -1e-08 for gamma, J in found)), 'blind_to_pairs': np.abs(matrix([0.3, -1.9], 1.2, 0.0)).max() < 1e-08, 'calm_when_constant': np.abs(matrix(np.ones(3), 1.2, 0.5)).max() < 1e-08}
    for key, fact in facts.items():
        assert jacobian_facts[key] is bool(fact)

