from otter.test_files import test_case

OK_FORMAT = False

name = "q2_attend"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="In the example the weights are 3/4 and 1/4 and the output is 7.")
def test_three_quarters(attend):
    import math
    import torch
    q = torch.tensor([[2.0, 0.0, 0.0, 0.0]])
    k = torch.tensor([[math.log(3), 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    got = attend(q, k, torch.tensor([[8.0], [4.0]]))
    assert got is not None, 'attend(...) returned None: expected the pair (out, weights)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'attend should return the pair (out, weights)'
    out, weights = got
    for name, tensor, shape in (('out', out, (1, 1)), ('weights', weights, (1, 2))):
        assert isinstance(tensor, torch.Tensor), f'{name} should be a tensor'
        assert tensor.shape == shape, f'{name}: expected shape {shape}, got {tuple(tensor.shape)}'
    expected = torch.tensor([[0.75, 0.25]])
    assert torch.allclose(weights, expected, atol=1e-05), f'weights: expected [[0.75, 0.25]], got {weights.tolist()}'
    assert abs(out.item() - 7) < 0.0001, f'out: expected 7, got {out.item()}'

@test_case(points=2, hidden=True, 
    failure_message="For some shapes output or weights are wrong. Look at the scale, at the direction of the softmax, and at leading dimensions.")
def test_against_loops(attend):
    import math
    import torch
    rng = torch.Generator().manual_seed(1402)
    for n_q, n_k, d_q, d_v in ((1, 1, 1, 1), (3, 5, 2, 4), (5, 3, 4, 1), (4, 4, 7, 7), (6, 1, 3, 2)):
        q, k, v = (torch.randn(*s, generator=rng, dtype=torch.float64) for s in ((n_q, d_q), (n_k, d_q), (n_k, d_v)))
        out, weights = attend(q, k, v)
        assert out.shape == (n_q, d_v) and weights.shape == (n_q, n_k)
        for n in range(n_q):
            terms = [math.exp(float(sum(q[n] * k[m])) / d_q ** 0.5) for m in range(n_k)]
            for m in range(n_k):
                assert abs(weights[n, m].item() - terms[m] / sum(terms)) < 1e-13
            for j in range(d_v):
                mean = sum((t * v[m, j].item() for m, t in enumerate(terms))) / sum(terms)
                assert abs(out[n, j].item() - mean) < 1e-12

@test_case(points=1, hidden=True, 
    failure_message="Batches, heads, large scores, or tensors that are not contiguous are not handled, or the dtype changes.")
def test_batches_and_large_scores(attend):
    import torch
    rng = torch.Generator().manual_seed(1403)
    for dtype, bound in ((torch.float32, 1e-05), (torch.float64, 1e-12)):
        for lead in ((1,), (5,), (2, 3), (3, 1, 2)):
            q, k, v = (torch.randn(*lead, *s, generator=rng, dtype=dtype) for s in ((4, 3), (6, 3), (6, 5)))
            q = q.transpose(-2, -1).contiguous().transpose(-2, -1)
            out, weights = attend(q, k, v)
            assert out.dtype == weights.dtype == dtype and weights.shape == (*lead, 4, 6)
            oracle = torch.nn.functional.scaled_dot_product_attention(q, k, v)
            assert out.shape == oracle.shape and (out - oracle).abs().max() < bound
            assert (weights.sum(dim=-1) - 1).abs().max() < bound
    q = torch.tensor([[1000.0], [-1000.0]])
    k = torch.tensor([[1000.0], [999.0], [0.0]])
    out, weights = attend(q, k, torch.tensor([[1.0], [2.0], [4.0]]))
    assert weights.tolist() == [[1, 0, 0], [0, 0, 1]] and out.tolist() == [[1], [4]]

