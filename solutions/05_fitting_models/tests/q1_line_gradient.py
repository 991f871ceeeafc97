from otter.test_files import test_case

OK_FORMAT = False

name = "q1_line_gradient"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="For phi (1, 2) and the example x = 3, y = 5 the gradient is (4, 12), as a row of a (1, 2) array and as a (2,) array.")
def test_one_example(per_example_gradients, minibatch_gradient):
    import numpy as np
    phi, x, y = (np.array([1.0, 2.0]), np.array([3.0]), np.array([5.0]))
    got = per_example_gradients(phi, x, y)
    assert got is not None, 'per_example_gradients(...) returned None: expected an array of shape (N, 2)'
    assert np.shape(got) == (1, 2), f'per_example_gradients: expected shape (1, 2), got {np.shape(got)}'
    assert np.allclose(got, [[4, 12]]), f'per_example_gradients: expected [[4, 12]], got {got}'
    got = minibatch_gradient(phi, x, y, np.array([0]))
    assert got is not None, 'minibatch_gradient(...) returned None: expected an array of shape (2,)'
    assert np.shape(got) == (2,), f'minibatch_gradient: expected shape (2,), got {np.shape(got)}'
    assert np.allclose(got, [4, 12]), f'minibatch_gradient: expected [4, 12], got {got}'

@test_case(points=1, hidden=True, 
    failure_message="A row is not the gradient of that example's own error. Nothing is added up or averaged here, and the intercept comes first.")
def test_rows_against_autograd(per_example_gradients):
    import numpy as np
    import torch
    rng = np.random.default_rng(501)
    for n in (0, 1, 2, 3, 7, 50):
        phi, x, y = (rng.normal(size=2) * 3, rng.normal(size=2 * n)[::2] * 4, rng.normal(size=n))
        got = per_example_gradients(phi, x, y)
        assert np.shape(got) == (n, 2)
        for i in range(n):
            p = torch.tensor(phi, requires_grad=True)
            ((p[0] + p[1] * x[i] - y[i]) ** 2).backward()
            assert np.allclose(got[i], p.grad.numpy(), rtol=1e-10, atol=1e-10)

@test_case(points=1, hidden=True, 
    failure_message="The gradient of a mini-batch is wrong. It is the sum over the batch, with repeated indices, and zero for an empty batch.")
def test_batches_against_autograd(minibatch_gradient):
    import numpy as np
    import torch
    rng = np.random.default_rng(502)
    n = 9
    phi, x, y = (rng.normal(size=2), rng.normal(size=n) * 2, rng.normal(size=n))
    batches = [np.arange(n), rng.permutation(n)[:4], np.array([8]), np.array([3, 3]), np.array([5, 0, 5, 5, 0])]
    batches += [np.arange(n)[::-1][:2], rng.integers(0, n, size=40), np.array([], dtype=int)]
    for batch in batches:
        p = torch.tensor(phi, requires_grad=True)
        loss = 0 * p.sum()
        for i in batch:
            loss = loss + (p[0] + p[1] * x[i] - y[i]) ** 2
        loss.backward()
        got = minibatch_gradient(phi, x, y, batch)
        assert np.shape(got) == (2,)
        assert np.allclose(got, p.grad.numpy(), rtol=1e-10, atol=1e-10)

