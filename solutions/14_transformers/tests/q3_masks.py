from otter.test_files import test_case

OK_FORMAT = False

name = "q3_masks"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="With scores 0, values 2, 4, 9 and the causal mask the outputs are 2, 3 and 5.")
def test_running_means(causal_mask, padding_mask, masked_attention):
    import torch
    allowed = causal_mask(3)
    assert isinstance(allowed, torch.Tensor), 'causal_mask(3) should return a tensor'
    assert allowed.dtype == torch.bool, f'causal_mask: expected dtype bool, got {allowed.dtype}'
    assert allowed.shape == (3, 3), f'causal_mask(3): expected shape (3, 3), got {tuple(allowed.shape)}'
    padding = padding_mask(torch.tensor([2, 3]), 3)
    assert isinstance(padding, torch.Tensor), 'padding_mask should return a tensor'
    assert padding.dtype == torch.bool, f'padding_mask: expected dtype bool, got {padding.dtype}'
    assert padding.shape == (2, 1, 3), f'padding_mask: expected shape (2, 1, 3), got {tuple(padding.shape)}'
    zeros = torch.zeros(3, 2)
    got = masked_attention(zeros, zeros, torch.tensor([[2.0], [4.0], [9.0]]), torch.ones(3, 3).tril().bool())
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'masked_attention should return (out, weights)'
    out = got[0].flatten().tolist()
    assert len(out) == 3 and max((abs(a - b) for a, b in zip(out, (2, 3, 5)))) < 1e-05, f'expected [2, 3, 5], got {out}'

@test_case(points=1, hidden=True, 
    failure_message="A mask allows a key that it should not, or forbids one that it should allow.")
def test_masks_entry_by_entry(causal_mask, padding_mask):
    import torch
    for n in (1, 2, 5):
        assert causal_mask(n).tolist() == [[m <= i for m in range(n)] for i in range(n)]
    for lengths, n in (([3], 3), ([1, 4, 0, 2], 4), ([2, 2, 1], 6), ([1], 1), ([0, 0], 2)):
        expected = [[[m < length for m in range(n)]] for length in lengths]
        assert padding_mask(torch.tensor(lengths), n).tolist() == expected

@test_case(points=1, hidden=True, 
    failure_message="Masked attention is not attention over the allowed keys alone. Are the weights normalised after the mask, for any size of the scores?")
def test_like_attention_to_fewer_keys(masked_attention):
    import torch
    rng = torch.Generator().manual_seed(1404)
    for n_q, n_k, d_q, d_v, size in ((1, 1, 1, 1, 1.0), (4, 6, 3, 2, 1.0), (5, 5, 2, 3, 30.0), (3, 4, 8, 1, 0.1)):
        q, k, v = (torch.randn(*s, generator=rng, dtype=torch.float64) for s in ((2, n_q, d_q), (2, n_k, d_q), (2, n_k, d_v)))
        q, k = (size * q, size * k)
        for shape in ((2, n_q, n_k), (n_q, n_k), (2, 1, n_k)):
            allowed = torch.rand(*shape, generator=rng) < 0.5
            out, weights = masked_attention(q, k, v, allowed)
            assert out.shape == (2, n_q, d_v) and weights.shape == (2, n_q, n_k)
            full = allowed.expand(2, n_q, n_k)
            for b in range(2):
                for n in range(n_q):
                    keep = full[b, n].nonzero().flatten()
                    part = torch.softmax(k[b, keep] @ q[b, n] / d_q ** 0.5, dim=0)
                    expected = torch.zeros(n_k, dtype=torch.float64).scatter(0, keep, part)
                    assert (weights[b, n] - expected).abs().max() < 1e-10
                    assert (out[b, n] - expected @ v[b]).abs().max() < 1e-10
    q, k, v = (torch.tensor([[-30000.0]]), torch.tensor([[30000.0], [0.0], [1.0]]), torch.tensor([[5.0], [6.0], [7.0]]))
    for allowed, expected in (([True, False, False], 5), ([True, False, True], 7), ([True, True, True], 6)):
        out, weights = masked_attention(q, k, v, torch.tensor([allowed]))
        assert out.dtype == weights.dtype == torch.float32 and out.tolist() == [[expected]]

@test_case(points=1, hidden=True, 
    failure_message="A query that may attend to nothing should have weights and output zero, and finite gradients.")
def test_query_without_keys(masked_attention):
    import torch
    rng = torch.Generator().manual_seed(1405)
    q, k, v = (torch.randn(3, 4, generator=rng) for _ in range(3))
    allowed = torch.tensor([[True, False, True], [False, False, False], [True, True, True]])
    out, weights = masked_attention(q, k, v, allowed)
    assert out[1].tolist() == [0] * 4 and weights[1].tolist() == [0] * 3
    assert (out[[0, 2]].abs() > 0).all()

    def gradients(attention, q, k, v, allowed):
        q, k, v = (t.clone().requires_grad_() for t in (q, k, v))
        attention(q, k, v, allowed)[0].square().sum().backward()
        return (q.grad, k.grad, v.grad)
    for grad in inside(gradients)(masked_attention, q, k, v, allowed):
        assert torch.isfinite(grad).all() and grad.abs().max() > 0
    for grad in inside(gradients)(masked_attention, q, k, v, torch.zeros(3, 3, dtype=torch.bool)):
        assert (grad == 0).all()

