from otter.test_files import test_case

OK_FORMAT = False

name = "q10_sharing"
points = 6


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="A linear layer from 3 to 2 units has 6 weights; one step from W = 0.5 with x = 1 gives 0.65; tied_facts holds four booleans.")
def test_one_number(weight_count, train_tied, tied_facts):
    import torch
    got = weight_count('dense', n_in=3, n_out=2)
    assert got is not None, "weight_count('dense', n_in=3, n_out=2) returned None: expected an integer"
    assert got == 6, f"weight_count('dense', n_in=3, n_out=2): expected 6, got {got}"
    got = train_tied(torch.ones(1, 1), torch.full((1, 1), 0.5), 1, 0.1)
    assert got is not None, 'train_tied(...) returned None: expected a tensor'
    assert tuple(got.shape) == (1, 1), f'train_tied: expected shape (1, 1), got {tuple(got.shape)}'
    assert abs(got.item() - 0.65) < 1e-06, f'train_tied: expected 0.65, got {got.item()}'
    assert isinstance(tied_facts, dict), 'tied_facts should be a dictionary'
    for key in ('any_W_orthonormal', 'trained_W_orthonormal', 'rows_are_principal', 'gradient_is_a_sum'):
        assert isinstance(tied_facts.get(key), bool), f'tied_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="For some kind or some sizes the number of weights is not right. What is shared is counted once, whatever the image or the sequence.")
def test_counts_against_layers(weight_count):
    from torch import nn
    count = lambda module: sum((p.numel() for name, p in module.named_parameters() if 'weight' in name))
    for a, b, k in ((3, 5, 2), (1, 1, 1), (7, 2, 3), (4, 6, 5)):
        assert weight_count('dense', n_in=a, n_out=b) == count(nn.Linear(a, b))
        assert weight_count('conv', c_in=a, c_out=b, k=k) == count(nn.Conv2d(a, b, k))
        for steps in (1, 10, 1000):
            assert weight_count('rnn', n_in=a, n_hidden=b, T=steps) == count(nn.RNN(a, b))
        for height, width in ((1, 1), (4, 3), (28, 20)):
            kernels = [nn.Conv2d(a, b, k) for _ in range(height)]
            got = weight_count('local', c_in=a, c_out=b, k=k, h_out=height, w_out=width)
            assert got == width * sum(map(count, kernels)) and type(got) is int
        encoder, decoder = (nn.Linear(a, b), nn.Linear(b, a))
        assert weight_count('autoencoder', d=a, k=b, tied=False) == count(encoder) + count(decoder)
        assert weight_count('autoencoder', d=a, k=b, tied=True) == count(encoder)

@test_case(points=1, hidden=True, 
    failure_message="The steps are not those of gradient descent on the loss, the given W is changed, or the new one requires a gradient. What is averaged, and what is summed?")
def test_steps(train_tied):

    def probe(train_tied, X, W, steps, lr):
        import torch
        before = W.clone()
        got = train_tied(X, W, steps, lr)
        return (got, torch.equal(W, before) and (not W.requires_grad))
    import torch
    rng = torch.Generator().manual_seed(101)
    for n, d, k, steps in ((9, 4, 2, 1), (5, 3, 1, 4), (1, 2, 2, 3), (6, 4, 3, 0)):
        X = torch.randn(n, d, generator=rng, dtype=torch.float64)
        W = 0.5 * torch.randn(k, d, generator=rng, dtype=torch.float64)
        got, kept = inside(probe)(train_tied, X, W, steps, 0.03)
        C, expected = (X.T @ X / n, W.clone())
        for _ in range(steps):
            gram = expected @ expected.T
            slope = -4 * expected @ C + 2 * gram @ expected @ C + 2 * expected @ C @ expected.T @ expected
            expected = expected - 0.03 * slope
        assert kept and (not got.requires_grad) and torch.allclose(got, expected, rtol=0, atol=1e-10)

@test_case(points=2, hidden=True, 
    failure_message="At least one of the four statements is wrong, or long training does not end where it should. Measure the product of W and its transpose, and compare with the eigenvectors.")
def test_where_training_ends(train_tied, tied_facts):
    import torch
    rng = torch.Generator().manual_seed(102)
    aligned, orthonormal, start_orthonormal = ([], [], [])
    for _ in range(3):
        spread = torch.tensor([1.5, 1.0, 0.7, 0.2, 0.1, 0.05], dtype=torch.float64).sqrt()
        turn = torch.linalg.qr(torch.randn(6, 6, generator=rng, dtype=torch.float64)).Q
        noise = torch.linalg.qr(torch.randn(200, 6, generator=rng, dtype=torch.float64)).Q * 200 ** 0.5
        X = noise * spread @ turn.T
        start = 0.3 * torch.randn(3, 6, generator=rng, dtype=torch.float64)
        W = train_tied(X, start, 600, 0.1)
        eye = torch.eye(3, dtype=torch.float64)
        start_orthonormal.append(bool((start @ start.T - eye).abs().max() < 0.001))
        orthonormal.append(bool((W @ W.T - eye).abs().max() < 0.001))
        assert (W.T @ W - turn[:, :3] @ turn[:, :3].T).abs().max() < 0.01
        aligned.append(bool((W @ turn).abs().max(dim=1).values.min() > 0.999))
    A = torch.randn(3, 6, generator=rng, dtype=torch.float64, requires_grad=True)
    B = A.detach().clone().requires_grad_()
    (X - X @ A.T @ A).square().sum(dim=1).mean().backward()
    encoder, decoder = (A.detach().clone().requires_grad_(), B.detach().T.clone().requires_grad_())
    (X - X @ encoder.T @ decoder.T).square().sum(dim=1).mean().backward()
    is_sum = torch.allclose(A.grad, encoder.grad + decoder.grad.T, atol=1e-09)
    assert tied_facts['any_W_orthonormal'] is all(start_orthonormal)
    assert tied_facts['trained_W_orthonormal'] is all(orthonormal)
    assert tied_facts['rows_are_principal'] is all(aligned)
    assert tied_facts['gradient_is_a_sum'] is is_sum

